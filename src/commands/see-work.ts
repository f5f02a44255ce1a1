/** `status` and `diff`: what is, and what would be. Neither writes anything to the tenant. */

import { commandLine, option } from "../command-line.ts";
import type { DiffDocument, PhaseLine, StatusDocument } from "../core/document.ts";
import type { Observed } from "../core/observed.ts";
import { nearest } from "../core/plan/problems.ts";
import { progressOf } from "../core/progress.ts";
import type { PlanName } from "../core/run-document.ts";
import { exitCode } from "../exit-codes.ts";
import { usage } from "../failure.ts";
import { soundPlan } from "../plan-file.ts";
import { diffText, type Standing } from "../render/diff.ts";
import { stopWords } from "../render/findings.ts";
import { jsonText } from "../render/json.ts";
import { statusText } from "../render/status.ts";
import { safe } from "../render/text-safe.ts";
import { nextPhase } from "../render/timeline.ts";
import { typedMoment } from "../render/when.ts";
import type { Runtime } from "../runtime.ts";
import { scriptPaths } from "../script-files.ts";
import type { ReadWish } from "../service.ts";
import {
  checkNames,
  documentOf,
  exitUnread,
  isKeptBack,
  momentOf,
  openSession,
  type Question,
  type Session,
  type Survey,
  standingOf,
  standpointOf,
  statusOf,
  survey,
  viewOf,
} from "../session.ts";
import { pathsOf } from "../text-file.ts";
import type { Options } from "./options.ts";
import { speaker, tenantOf } from "./speak.ts";

/** The part of what was typed that any further command needs again. */
export const again = ({ tenant, state, auth, cloud, clientId }: Pick<Options, "tenant" | "state" | "auth" | "cloud" | "clientId">): readonly string[] => [
  ...option("--tenant", tenant),
  ...option("--state", state),
  ...option("--auth", auth),
  ...option("--cloud", cloud),
  ...option("--client-id", clientId),
];

/** Everything that decides what `apply` would do, typed again. */
export const sameWords = (options: Omit<Options, "arguments">): readonly (string | undefined)[] => [
  ...option("--as-of", options.asOf),
  ...option("--phase", options.phase),
  ...option("--back-in", options.backIn),
  options.stage ? "--stage" : undefined,
  options.prune ? "--prune" : undefined,
  ...options.allow.flatMap(({ guard, count }) => ["--allow", `${guard}=${count}`]),
  ...option("--reason", options.reason),
  options.whatIf ? "--what-if" : undefined,
  ...again(options),
];

export const wishIn = ({ whatIf }: Pick<Options, "whatIf">): ReadWish => (whatIf ? { whatIf } : {});

/** @throws Failure (usage) when nobody took the domain out. */
export const checkBackIn = ({ observed, question: { plan, backIn } }: Survey): void => {
  const progress = progressOf(observed, plan.id);
  if (backIn === undefined || progress.type === "unknown") return;
  const out = progress.type === "present" ? (progress.value.out ?? []) : [];
  if (out.includes(backIn)) return;
  const meant = nearest(backIn, out);
  throw usage(
    `--back-in ${backIn}: it is not out of ${plan.id} in ${observed.tenant.name}`,
    meant === undefined ? (out.length === 0 ? "no domain is out" : `out are ${out.join(", ")}`) : `did you mean ${meant}?`,
  );
};

type Looked = { readonly seen: Survey; readonly session: Session };

const look = async <T>(options: Options, runtime: Runtime, use: (looked: Looked) => Promise<T>, wish: ReadWish = wishIn(options)): Promise<T> => {
  const [file = ""] = options.arguments;
  const { plan } = await soundPlan(file, runtime);
  checkNames(plan, options.phase, options.allow);
  const asOf = options.asOf === undefined ? undefined : momentOf(options.asOf, plan.timeZone);
  const speak = speaker(options, runtime);
  const session = await openSession({ ...tenantOf(options), state: options.state, quiet: options.quiet, ...speak }, plan.emergencyAccounts, runtime);
  try {
    const question: Question = {
      plan,
      moment: asOf ?? session.tenant.clock.now(),
      phase: options.phase,
      stage: options.stage,
      prune: options.prune,
      allow: options.allow,
      attended: true,
      ...(options.backIn !== undefined && { backIn: options.backIn }),
    };
    return await use({ seen: await survey(session, question, wish), session });
  } finally {
    await session.close();
  }
};

/** What stays as it is because somebody halted it is not what the plan wants. */
export const nothingWords = ({ setAside, phases }: Pick<DiffDocument, "setAside" | "phases">, observed: Observed): string => {
  if (setAside?.halted !== undefined) return "nothing to apply: what is on hold stays as it is";
  if (exitUnread(observed) !== exitCode("done")) return "nothing to apply of what could be read; of the rest nobody can say";
  const open = phases.filter(({ state }) => state === "live" || state === "due").flatMap(({ lists = [] }) => lists.filter(({ undecided }) => undecided > 0));
  const waits = [...new Set(open.map(({ file }) => safe(file)))].map((file) => `; ${file} has accounts on which nobody decided yet`);
  return `nothing to apply: the tenant is as the plan wants it${waits.join("")}`;
};

type Said = { readonly standing: Standing; readonly keptBack: boolean; readonly observed: Observed };

const diffNext = (document: DiffDocument, { standing, keptBack, observed }: Said, options: Options): string => {
  const { file } = document.plan;
  if (document.changes.length > 0) return standing === "stopped" ? "" : `to apply:  ${commandLine("apply", file, ...sameWords(options))}\n`;
  const next = nextPhase(document.phases);
  const command = next === undefined ? undefined : commandLine("diff", file, "--as-of", typedMoment(next.starts), ...again(options));
  const nothing = keptBack ? `nothing to apply: ${stopWords(document.findings)}` : nothingWords(document, observed);
  return `${nothing}\n${command === undefined ? "" : `next:      ${command}\n`}${heldLine(document, options)}`;
};

export const runDiff = async (options: Options, runtime: Runtime): Promise<number> => {
  const where = options.asScript === undefined ? undefined : await scriptPaths(options.asScript, runtime);
  return look(options, runtime, async ({ seen }) => {
    checkBackIn(seen);
    const document = documentOf(seen);
    const standing = standingOf(seen);
    const keptBack = isKeptBack(seen);
    if (options.out !== undefined) await runtime.files.write(pathsOf(runtime).resolve(runtime.cwd, options.out), jsonText(document), 0o644);
    if (options.json) runtime.stdout.write(jsonText(document));
    else {
      const view = await viewOf(runtime, seen.question.plan.timeZone, seen.observed, seen.diff.changes);
      runtime.stdout.write(diffText(document, view, standpointOf(seen)) + diffNext(document, { standing, keptBack, observed: seen.observed }, options));
    }
    if (where !== undefined) {
      const told = await (await import("./script-work.ts")).writeScript(seen, where, runtime);
      (options.json ? runtime.stderr : runtime.stdout).write(told.map((line) => `${safe(line)}\n`).join(""));
    }
    if (options.exitCode && (standing !== "open" || keptBack)) return exitCode("stopped");
    const unread = exitUnread(seen.observed);
    return unread === exitCode("done") && options.exitCode && document.changes.length > 0 ? exitCode("pending") : unread;
  });
};

export const heldLine = (document: { readonly phases: readonly Pick<PhaseLine, "id" | "state">[]; readonly plan: PlanName }, options: Options): string => {
  const held = document.phases.filter(({ state }) => state === "held").map(({ id }) => id);
  return held.map((id) => `on hold:   ${commandLine("apply", document.plan.file, "--phase", id, ...again(options))} goes on with it\n`).join("");
};

const statusNext = (document: StatusDocument, options: Options): string => {
  const { file } = document.plan;
  const asOf = option("--as-of", options.asOf);
  if (document.pending.length + document.drift.length > 0) return `to see it: ${commandLine("diff", file, ...asOf, ...again(options))}\n`;
  if (document.next === null) return "";
  return `to see it: ${commandLine("diff", file, "--as-of", typedMoment(document.next.starts), ...again(options))}\n`;
};

/** It writes nothing, and is typed often: who gets in is proven where something would be written. */
const NO_PROOF: ReadWish = { access: false, log: false };

export const runStatus = (options: Options, runtime: Runtime): Promise<number> =>
  look(
    options,
    runtime,
    async ({ seen }) => {
      const document = statusOf(seen);
      if (options.json) runtime.stdout.write(jsonText(document));
      else {
        const view = await viewOf(runtime, seen.question.plan.timeZone, seen.observed, seen.diff.changes);
        runtime.stdout.write(statusText(document, view) + statusNext(document, options) + heldLine(document, options));
      }
      return exitUnread(seen.observed);
    },
    NO_PROOF,
  );
