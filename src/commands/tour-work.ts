/** `tour`: the county's plan on a practice tenant, each step under what a reader would type to see it. */

import { commandLine } from "../command-line.ts";
import { sandboxFolder, tenantWord } from "../connect.ts";
import type { Plan } from "../core/plan/plan.ts";
import { exitCode } from "../exit-codes.ts";
import { usage } from "../failure.ts";
import { soundPlan } from "../plan-file.ts";
import { diffText } from "../render/diff.ts";
import { statusText } from "../render/status.ts";
import { type Style, styleFor } from "../render/style.ts";
import { typedMoment } from "../render/when.ts";
import type { Runtime } from "../runtime.ts";
import { documentOf, momentOf, openSession, type Question, type Session, standpointOf, statusOf, survey, viewOf } from "../session.ts";
import { pathsOf } from "../text-file.ts";
import { check } from "./check.ts";
import type { Options } from "./options.ts";
import { speaker } from "./speak.ts";

const PLAN = "rollout-plans/county-schools-2018.yaml";
const FILL = "county";

/** The plan of this folder, as in a clone; else the one that came with the tool. */
const planFile = async (runtime: Runtime): Promise<string> => {
  const paths = pathsOf(runtime);
  return (await runtime.files.size(paths.join(runtime.cwd, PLAN))) === undefined ? paths.join(runtime.packageFolder, PLAN) : PLAN;
};

const typed = (runtime: Runtime, style: Style, line: string): void => runtime.stdout.write(`${style.strong(`$ ${line}`)}\n`);

const look = async (runtime: Runtime, session: Session, plan: Plan, style: Style): Promise<string> => {
  const question: Question = { plan, moment: session.tenant.clock.now(), phase: undefined, stage: false, prune: false, allow: [], attended: true };
  const now = await survey(session, question);
  const document = statusOf(now);
  typed(runtime, style, commandLine("status", plan.file));
  runtime.stdout.write(`${statusText(document, await viewOf(runtime, plan.timeZone, now.observed, now.diff.changes))}\n`);
  // The first that asks for MFA, with whatever is due before it.
  const asking = document.phases.find(
    ({ id, state }) => ["later", "staged"].includes(state) && plan.phases.some((phase) => phase.id === id && phase.requireMfa !== undefined),
  );
  const next = asking ?? document.next;
  const asOf = document.pending.length > 0 || next === null ? undefined : typedMoment(next.starts);
  const seen = asOf === undefined ? now : await survey(session, { ...question, moment: momentOf(asOf, plan.timeZone) });
  const words = asOf === undefined ? [] : ["--as-of", asOf];
  typed(runtime, style, commandLine("diff", plan.file, ...words));
  runtime.stdout.write(`${diffText(documentOf(seen), await viewOf(runtime, plan.timeZone, seen.observed, seen.diff.changes), standpointOf(seen))}\n`);
  return commandLine("apply", plan.file, ...words);
};

export const runTour = async (options: Options, runtime: Runtime): Promise<number> => {
  const file = await planFile(runtime);
  const style = await styleFor(runtime, "stdout");
  const { plan } = await soundPlan(file, runtime);
  const session = await openSession(
    { tenant: tenantWord(undefined, runtime) === undefined ? undefined : "sandbox", state: undefined, quiet: options.quiet, ...speaker(options, runtime) },
    plan.emergencyAccounts,
    runtime,
  );
  try {
    if (session.tenant.fill !== FILL) {
      throw usage(
        `the practice tenant in ${sandboxFolder(runtime)} is ${session.tenant.name}, and the tour goes through the county`,
        `entra-rollout sandbox fill ${FILL} --again replaces it; or take the tour in another folder`,
      );
    }
    typed(runtime, style, commandLine("check", file));
    await check.run({ ...options, arguments: [file] }, runtime);
    runtime.stdout.write("\n");
    const apply = await look(runtime, session, plan, style);
    const lines = [apply, commandLine("runs"), commandLine("sandbox", "reset"), commandLine("--help")];
    const about = ["shows this again, asks, and writes", "what was done, and how to take it back", "the practice tenant's first day again", "everything else"];
    const width = Math.max(...lines.map((line) => line.length));
    runtime.stdout.write(`${style.strong("What to type next")}\n${lines.map((line, at) => `  ${line.padEnd(width)}  ${about[at] ?? ""}\n`).join("")}`);
  } finally {
    await session.close();
  }
  return exitCode("done");
};
