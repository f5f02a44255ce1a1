/** The plan and the lists that it names, from the files in which they stand. */

import { openPlan } from "./core/plan/parse.ts";
import type { NamedFile, ParsedPlan, Plan, Problem } from "./core/plan/plan.ts";
import { MAX_LIST_BYTES, MAX_PLAN_BYTES, MAX_REVIEW_BYTES } from "./core/plan/text.ts";
import { Failure } from "./failure.ts";
import type { Runtime } from "./runtime.ts";
import { pathsOf, readText } from "./text-file.ts";

/** Never rejects for what stands in the files, or for files that are not there: those are problems of the plan. */
export const readPlan = async (file: string, runtime: Runtime): Promise<ParsedPlan> => {
  const paths = pathsOf(runtime);
  const whole = paths.resolve(runtime.cwd, file);
  const read = await readText(whole, MAX_PLAN_BYTES, runtime.files);
  if (read.type === "unusable") return { type: "unsound", problems: [{ file, line: 1, column: 1, message: `the plan cannot be read: ${read.because}` }] };
  const files = new Map<string, NamedFile>();
  const plan = openPlan(file, read.text);
  for (const name of plan.files)
    files.set(name, await readText(paths.resolve(paths.dirname(whole), name), plan.reviews.includes(name) ? MAX_REVIEW_BYTES : MAX_LIST_BYTES, runtime.files));
  return plan.parse(files);
};

/** `file:line:column: message`, and under it what to write instead. */
const problemLines = (problems: readonly Pick<Problem, "file" | "line" | "column" | "message" | "hint">[]): readonly string[] =>
  problems.flatMap((problem) => [
    `${problem.file}:${problem.line}:${problem.column}: ${problem.message}`,
    ...(problem.hint === undefined ? [] : [`  hint: ${problem.hint}`]),
  ]);

/** @throws Failure (bad plan) that lists every problem. */
export const soundPlan = async (file: string, runtime: Runtime): Promise<{ readonly plan: Plan; readonly remarks: readonly Problem[] }> => {
  const parsed = await readPlan(file, runtime);
  if (parsed.type === "sound") return parsed;
  throw new Failure("bad-plan", problemLines(parsed.problems).join("\n"), ["entra-rollout help plan shows the words of a plan"]);
};
