/** `status` and `diff`: what is, and what would be. Neither writes anything to the tenant. */

import { commandLine, option } from "../command-line.ts";
import type { DiffDocument, StatusDocument } from "../core/document.ts";
import { exitCode } from "../exit-codes.ts";
import { soundPlan } from "../plan-file.ts";
import { diffText, type Standing } from "../render/diff.ts";
import { jsonText } from "../render/json.ts";
import { statusText } from "../render/status.ts";
import { nextPhase } from "../render/timeline.ts";
import { typedMoment } from "../render/when.ts";
import type { Runtime } from "../runtime.ts";
import {
  checkNames,
  documentOf,
  isPartial,
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
import { speaker } from "./speak.ts";

/** The part of what was typed that any further command needs again. */
export const again = ({ tenant, state }: Pick<Options, "tenant" | "state">): readonly string[] => [...option("--tenant", tenant), ...option("--state", state)];

/** Everything that decides what `apply` would do, typed again. */
export const sameWords = (options: Omit<Options, "arguments">): readonly (string | undefined)[] => [
  ...option("--as-of", options.asOf),
  ...option("--phase", options.phase),
  options.stage ? "--stage" : undefined,
  options.prune ? "--prune" : undefined,
  ...options.allow.flatMap(({ guard, count }) => ["--allow", `${guard}=${count}`]),
  ...option("--reason", options.reason),
  ...again(options),
];

type Looked = { readonly seen: Survey; readonly session: Session };

const look = async <T>(options: Options, runtime: Runtime, use: (looked: Looked) => Promise<T>): Promise<T> => {
  const [file = ""] = options.arguments;
  const { plan } = await soundPlan(file, runtime);
  checkNames(plan, options.phase, options.allow);
  const asOf = options.asOf === undefined ? undefined : momentOf(options.asOf, plan.timeZone);
  const speak = speaker(options, runtime);
  const session = await openSession({ tenant: options.tenant, state: options.state, quiet: options.quiet, ...speak }, plan.emergencyAccounts, runtime);
  try {
    const question: Question = {
      plan,
      moment: asOf ?? session.tenant.clock.now(),
      phase: options.phase,
      stage: options.stage,
      prune: options.prune,
      allow: options.allow,
      attended: true,
    };
    return await use({ seen: await survey(session, question), session });
  } finally {
    await session.close();
  }
};

const diffNext = (document: DiffDocument, standing: Standing, options: Options): string => {
  const { file } = document.plan;
  if (document.changes.length > 0) return standing === "stopped" ? "" : `to apply:  ${commandLine("apply", file, ...sameWords(options))}\n`;
  const next = nextPhase(document.phases);
  const command = next === undefined ? undefined : commandLine("diff", file, "--as-of", typedMoment(next.starts), ...again(options));
  return `nothing to apply: the tenant is as the plan wants it\n${command === undefined ? "" : `next:      ${command}\n`}${heldLine(document, options)}`;
};

export const runDiff = (options: Options, runtime: Runtime): Promise<number> =>
  look(options, runtime, async ({ seen }) => {
    const document = documentOf(seen);
    const standing = standingOf(seen);
    if (options.out !== undefined) await runtime.files.write(pathsOf(runtime).resolve(runtime.cwd, options.out), jsonText(document), 0o644);
    if (options.json) runtime.stdout.write(jsonText(document));
    else {
      const view = await viewOf(runtime, seen.question.plan.timeZone, seen.observed, seen.diff.changes);
      runtime.stdout.write(diffText(document, view, standpointOf(seen)) + diffNext(document, standing, options));
    }
    if (options.exitCode && standing !== "open") return exitCode("stopped");
    if (isPartial(seen.observed)) return exitCode("partly");
    return options.exitCode && document.changes.length > 0 ? exitCode("pending") : exitCode("done");
  });

export const heldLine = (document: Pick<StatusDocument, "phases" | "plan">, options: Options): string => {
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

export const runStatus = (options: Options, runtime: Runtime): Promise<number> =>
  look(options, runtime, async ({ seen }) => {
    const document = statusOf(seen);
    if (options.json) runtime.stdout.write(jsonText(document));
    else {
      const view = await viewOf(runtime, seen.question.plan.timeZone, seen.observed, seen.diff.changes);
      runtime.stdout.write(statusText(document, view) + statusNext(document, options) + heldLine(document, options));
    }
    return isPartial(seen.observed) ? exitCode("partly") : exitCode("done");
  });
