/** `runs`: what the journals tell. */

import { commandLine, option } from "../command-line.ts";
import type { Run } from "../core/journal.ts";
import { isoIn } from "../core/plan/moments.ts";
import type { RunLine, RunsDocument } from "../core/run-document.ts";
import { exitCode } from "../exit-codes.ts";
import { jsonText } from "../render/json.ts";
import { runsText } from "../render/runs.ts";
import { styleFor } from "../render/style.ts";
import type { Runtime } from "../runtime.ts";
import { openSession } from "../session.ts";
import type { DamagedRun } from "../state.ts";
import type { Options } from "./options.ts";
import { again } from "./see-work.ts";
import { speaker, tenantOf } from "./speak.ts";

const resultOf = ({ end, steps }: Run): RunLine["result"] => {
  // Ctrl-C and a kill leave the same behind: something to go on with.
  if (end === undefined || end.exit === exitCode("interrupted")) return "cut";
  if (end.exit === exitCode("done")) return "done";
  return steps.some(({ outcome }) => outcome?.type === "done") ? "partly" : "failed";
};

const reliefOf = ({ start: { relief, restores } }: Run): Pick<RunLine, "did" | "about" | "reason"> => {
  if (relief === undefined) return restores === true ? { did: "restore" } : {};
  if (relief.type === "out") return { did: relief.type, about: relief.domain };
  return relief.type === "halt" ? { did: relief.type } : { did: relief.type, about: relief.account, reason: relief.because };
};

/** What to type to go on with a run that was cut. */
const onward = ({ did, plan, about }: RunLine, options: Options): string =>
  did === undefined
    ? commandLine("apply", plan.file, ...again(options))
    : did === "restore"
      ? commandLine("accounts", "restore", "LIST", ...again(options))
      : did === "let-in"
        ? commandLine("let-in", about ?? "ACCOUNT", "--because", "TEXT", "--plan", plan.id, ...again(options))
        : commandLine("halt", plan.id, ...option("--domain", about), ...again(options));

const runLines = (runs: readonly Run[]): readonly RunLine[] =>
  runs.map((run) => {
    const done = run.steps.filter(({ outcome }) => outcome?.type === "done").length;
    const undoneBy = runs.findLast(({ start }) => start.undoes === run.id)?.id;
    return {
      id: run.id,
      at: new Date(run.start.at).toISOString(),
      plan: run.start.plan,
      phases: run.start.phases,
      done,
      left: run.steps.length - done,
      result: resultOf(run),
      exit: run.end?.exit ?? null,
      ...(run.start.undoes !== undefined && { undoes: run.start.undoes }),
      ...(undoneBy !== undefined && { undoneBy }),
      ...reliefOf(run),
    };
  });

const nextLine = (lines: readonly RunLine[], options: Options): string => {
  const cut = lines.findLast(({ result }) => result === "cut");
  const last = lines.findLast((line) => line.done > 0 && line.undoes === undefined && line.undoneBy === undefined && line.did !== "restore");
  return [
    ...(cut === undefined || cut !== lines.at(-1) || cut.undoes !== undefined ? [] : [`to go on:      ${onward(cut, options)}`]),
    ...(last === undefined ? [] : [`to take back:  ${commandLine("undo", last.id, ...again(options))}`]),
  ]
    .map((line) => `${line}\n`)
    .join("");
};

const ofTenant = (runs: readonly Run[], tenantId: string): readonly Run[] => runs.filter(({ start }) => start.tenant === tenantId);
const damagedLine = ({ id, file, because }: DamagedRun): RunsDocument["damaged"][number] => ({ id, file, because });

export const runRuns = async (options: Options, runtime: Runtime): Promise<number> => {
  const session = await openSession({ ...tenantOf(options), state: options.state, quiet: true, ...speaker(options, runtime) }, undefined, runtime);
  try {
    const { tenant, state } = session;
    const { runs, damaged } = await state.runs();
    const lines = runLines(ofTenant(runs, tenant.tenantId));
    const document: RunsDocument = {
      schemaVersion: 1,
      tenant: { id: tenant.tenantId, name: tenant.name, practice: tenant.connection.practice },
      runs: lines,
      damaged: damaged.map(damagedLine),
    };
    if (options.json) runtime.stdout.write(jsonText(document));
    else {
      const view = { columns: runtime.stdout.columns, style: await styleFor(runtime, "stdout"), zone: tenant.zone, nameOf: () => undefined };
      runtime.stdout.write(runsText(document, view, (iso) => isoIn(Date.parse(iso), tenant.zone)) + nextLine(lines, options));
    }
    return damaged.length > 0 ? exitCode("partly") : exitCode("done");
  } finally {
    await session.close();
  }
};
