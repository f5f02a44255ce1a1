/** The plan and the lists that it names, from the files in which they stand. */

import { digestOf } from "./core/hash.ts";
import { openPlan } from "./core/plan/parse.ts";
import type { NamedFile, ParsedPlan, Plan, Problem } from "./core/plan/plan.ts";
import { MAX_LIST_BYTES, MAX_PLAN_BYTES, MAX_REVIEW_BYTES } from "./core/plan/text.ts";
import { Failure } from "./failure.ts";
import type { Runtime } from "./runtime.ts";
import { pathsOf, readText } from "./text-file.ts";

/** Of a file as it was read, by its whole path. */
export type FileDigest = { readonly path: string; readonly digest: string };

export const fileDigest = (path: string, read: NamedFile): FileDigest => ({ path, digest: digestOf(JSON.stringify(read)) });

type ReadPlan = {
  readonly parsed: ParsedPlan;
  readonly digests: readonly FileDigest[];
  readonly text: string;
  readonly files: ReadonlyMap<string, NamedFile>;
};

/** Never rejects for what stands in the files, or for files that are not there: those are problems of the plan. */
export const readPlan = async (file: string, runtime: Runtime): Promise<ParsedPlan> => (await readWithDigests(file, runtime)).parsed;

const readWithDigests = async (file: string, runtime: Runtime): Promise<ReadPlan> => {
  const paths = pathsOf(runtime);
  const whole = paths.resolve(runtime.cwd, file);
  const read = await readText(whole, MAX_PLAN_BYTES, runtime.files);
  if (read.type === "unusable") {
    const problem = { file, line: 1, column: 1, message: `the plan cannot be read: ${read.because}` };
    return { parsed: { type: "unsound", problems: [problem] }, digests: [], text: "", files: new Map() };
  }
  const files = new Map<string, NamedFile>();
  const plan = openPlan(file, read.text);
  for (const name of plan.files)
    files.set(name, await readText(paths.resolve(paths.dirname(whole), name), plan.reviews.includes(name) ? MAX_REVIEW_BYTES : MAX_LIST_BYTES, runtime.files));
  const lists = [...files].map(([name, list]) => fileDigest(paths.resolve(paths.dirname(whole), name), list));
  return { parsed: plan.parse(files), digests: [fileDigest(whole, read), ...lists], text: read.text, files };
};

/** `file:line:column: message`, and under it what to write instead. */
const problemLines = (problems: readonly Pick<Problem, "file" | "line" | "column" | "message" | "hint">[]): readonly string[] =>
  problems.flatMap((problem) => [
    `${problem.file}:${problem.line}:${problem.column}: ${problem.message}`,
    ...(problem.hint === undefined ? [] : [`  hint: ${problem.hint}`]),
  ]);

export type SoundPlan = { readonly plan: Plan; readonly remarks: readonly Problem[]; readonly digests: readonly FileDigest[] };

/** A sound plan with the texts that it was read from, files by the names that it gives them. */
export type FoundPlan = SoundPlan & { readonly text: string; readonly files: ReadonlyMap<string, NamedFile> };

/** @throws Failure (bad plan) that lists every problem. */
export const foundPlan = async (file: string, runtime: Runtime): Promise<FoundPlan> => {
  const { parsed, ...read } = await readWithDigests(file, runtime);
  if (parsed.type === "sound") return { ...parsed, ...read };
  throw new Failure("bad-plan", problemLines(parsed.problems).join("\n"), ["entra-rollout help plan shows the words of a plan"]);
};

/** @throws Failure (bad plan) that lists every problem. */
export const soundPlan = (file: string, runtime: Runtime): Promise<SoundPlan> => foundPlan(file, runtime);
