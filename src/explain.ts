/** What went wrong, in words, and the exit code that says it. */

import { exitCode } from "./exit-codes.ts";
import { DuringRun, Failure } from "./failure.ts";
import { safe } from "./render/text-safe.ts";
import { ServiceError } from "./service.ts";
import { VERSION } from "./version.ts";

export type Explanation = { readonly text: string; readonly exit: number };

const VERBS: Readonly<Record<string, string>> = { GET: "read", POST: "send", PATCH: "change", PUT: "change", DELETE: "delete" };

const sentence = (message: string, hints: readonly string[], exit: number): Explanation => ({
  // A message may have lines of its own (a list of problems); each of them is made safe.
  text: [...message.split("\n"), ...hints.map((hint) => `hint: ${hint}`)].map((line) => `${safe(line)}\n`).join(""),
  exit,
});

const serviceHint = (error: ServiceError): { readonly hints: readonly string[]; readonly exit: number } => {
  if (error.status === 401 && error.code === "ClaimsChallenge")
    return {
      hints: ["sign in anew, from where and with what the tenant's conditional access policies want: entra-rollout help sign-in lists the ways"],
      exit: exitCode("not-permitted"),
    };
  if (error.status === 401)
    return {
      hints: [
        "the sign-in is not accepted: for a served practice tenant, ENTRA_ROLLOUT_TOKEN must hold the token that sandbox serve printed",
        "on a real tenant sign in anew: entra-rollout help sign-in lists the ways",
      ],
      exit: exitCode("not-permitted"),
    };
  if (error.status === 403) return { hints: ["a permission or a licence is missing; the message says which"], exit: exitCode("not-permitted") };
  if (error.status === 0) return { hints: ["no answer came: is the tenant being served, and is this its address?"], exit: exitCode("unavailable") };
  if (error.status === 429) return { hints: ["the service is busy: wait some minutes, then run the same command again"], exit: exitCode("unavailable") };
  if (error.status >= 500) return { hints: ["the service has a fault of its own: run the same command again later"], exit: exitCode("unavailable") };
  return { hints: [], exit: exitCode("failed") };
};

/** The client's sentence begins with status and path, which stand here already. */
const reasonIn = (message: string): string => message.replace(/^the service answered .*? to [A-Z]+ \S+: /, "");

const ofService = (error: ServiceError): Explanation => {
  // What kept the request from leaving says more than the request that did not.
  if (error.cause instanceof Failure) return sentence(error.cause.message, error.cause.hints, error.cause.exit);
  const { hints, exit } = serviceHint(error);
  const status = error.status === 0 ? "no answer" : `${error.status} ${error.code}`;
  const request = error.requestId === undefined ? [] : [`request id ${error.requestId}`];
  return sentence(`could not ${VERBS[error.method] ?? error.method} ${error.path}: ${status}: ${reasonIn(error.message)}`, [...hints, ...request], exit);
};

type SystemError = Error & { readonly code: string; readonly syscall: string; readonly path?: string };

const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error && "code" in error && typeof error.code === "string" && "syscall" in error && typeof error.syscall === "string";

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOENT: "no such file or folder",
  ENOSPC: "the disk is full",
  EROFS: "the disk is read-only",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is not a folder",
  EMFILE: "too many open files",
  EBUSY: "another program has it open",
};

const ofSystem = (error: SystemError): Explanation =>
  sentence(`could not ${error.syscall} ${error.path ?? "a file"}: ${SYSTEM_REASONS[error.code] ?? error.code}`, [], exitCode("failed"));

const ofBug = (error: unknown): Explanation => {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return sentence(
    `this should not have happened: a mistake in entra-rollout ${VERSION}\n${stack}`,
    ["please report it with the lines above; they hold no token"],
    exitCode("failed"),
  );
};

/** Never throws. `interrupted`: Ctrl-C was pressed, so that whatever failed failed because of it. */
export const explain = (error: unknown, interrupted: boolean): Explanation => {
  if (!(error instanceof DuringRun) && !(error instanceof Failure) && interrupted)
    return sentence("interrupted: nothing was written to the tenant", ["run the same command again"], exitCode("interrupted"));
  return reasonOf(error, interrupted);
};

const reasonOf = (error: unknown, interrupted: boolean): Explanation => {
  if (error instanceof DuringRun) {
    const inner = reasonOf(error.cause, interrupted);
    return { text: inner.text + error.hints.map((hint) => `hint: ${safe(hint)}\n`).join(""), exit: inner.exit };
  }
  if (error instanceof Failure) return sentence(error.message, error.hints, error.exit);
  if (interrupted) return sentence("interrupted", [], exitCode("interrupted"));
  if (error instanceof ServiceError) return ofService(error);
  if (isSystemError(error)) return ofSystem(error);
  return ofBug(error);
};
