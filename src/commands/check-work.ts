/** `check`: the plan and its lists, without a tenant. */

import { isoIn } from "../core/plan/moments.ts";
import type { Problem } from "../core/plan/plan.ts";
import type { CheckDocument, ProblemLine } from "../core/run-document.ts";
import { exitCode } from "../exit-codes.ts";
import { readPlan } from "../plan-file.ts";
import { checkText } from "../render/check.ts";
import { jsonText } from "../render/json.ts";
import { styleFor } from "../render/style.ts";
import type { Runtime } from "../runtime.ts";
import type { Options } from "./options.ts";

const lineOf = ({ file, line, column, message, hint }: Problem): ProblemLine => ({ file, line, column, message, ...(hint !== undefined && { hint }) });

const documentOf = async (file: string, runtime: Runtime): Promise<CheckDocument> => {
  const parsed = await readPlan(file, runtime);
  if (parsed.type === "unsound") return { schemaVersion: 1, file, sound: false, problems: parsed.problems.map(lineOf), remarks: [] };
  const { id, name, timeZone, phases } = parsed.plan;
  return {
    schemaVersion: 1,
    file,
    sound: true,
    plan: { id, name, file, timeZone, phases: phases.map(({ id: phase, title, starts }) => ({ id: phase, title, starts: isoIn(starts.instant, timeZone) })) },
    problems: [],
    remarks: parsed.remarks.map(lineOf),
  };
};

export const runCheck = async (options: Options, runtime: Runtime): Promise<number> => {
  const [file = ""] = options.arguments;
  const document = await documentOf(file, runtime);
  runtime.stdout.write(options.json ? jsonText(document) : checkText(document, await styleFor(runtime, "stdout")));
  return document.sound ? exitCode("done") : exitCode("bad-plan");
};
