import type { CheckDocument } from "../core/run-document.ts";
import { exitCode } from "../exit-codes.ts";
import type { Runtime } from "../runtime.ts";
import type { Command } from "./command.ts";
import type { Options } from "./options.ts";

const run = async (options: Options, runtime: Runtime): Promise<number> => {
  const [file = ""] = options.arguments;
  const { readPlan } = await import("../plan-file.ts");
  const parsed = await readPlan(file, runtime);
  const remarks = parsed.type === "sound" ? parsed.remarks : [];
  const problems = parsed.type === "sound" ? [] : parsed.problems;
  const line = ({ file: where, line: at, column, message, hint }: (typeof problems)[number]) => ({ file: where, line: at, column, message, ...(hint !== undefined && { hint }) });
  const { isoIn } = await import("../core/plan/moments.ts");
  const document: CheckDocument = {
    schemaVersion: 1,
    file,
    sound: parsed.type === "sound",
    ...(parsed.type === "sound" && {
      plan: {
        id: parsed.plan.id,
        name: parsed.plan.name,
        file: parsed.plan.file,
        timeZone: parsed.plan.timeZone,
        phases: parsed.plan.phases.map(({ id, title, starts }) => ({ id, title, starts: isoIn(starts.instant, parsed.plan.timeZone) })),
      },
    }),
    problems: problems.map(line),
    remarks: remarks.map(line),
  };
  if (options.json) runtime.stdout.write((await import("../render/json.ts")).jsonText(document));
  else {
    const { styleFor } = await import("../render/style.ts");
    const { checkText } = await import("../render/check.ts");
    runtime.stdout.write(checkText(document, await styleFor(runtime, "stdout")));
  }
  return document.sound ? exitCode("done") : exitCode("bad-plan");
};

export const check: Command = {
  name: "check",
  takes: ["PLAN"],
  summary: "is the plan sound? Needs no tenant",
  about: ["Reads the plan and the lists that it names, and prints every problem with its line and column, all at once. Exit 0 when it is sound, 65 when it is not."],
  options: ["json"],
  examples: ["entra-rollout check rollout-plans/county-schools-2018.yaml"],
  run,
};
