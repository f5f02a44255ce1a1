/** `init`: a starter plan, and what to do with it. */

import { commandLine } from "../command-line.ts";
import { nearest } from "../core/plan/problems.ts";
import { namesFrom, starterOf } from "../core/plan/starter.ts";
import { isTable } from "../core/plan/table.ts";
import { exitCode } from "../exit-codes.ts";
import { Failure, usage } from "../failure.ts";
import { soundPlan } from "../plan-file.ts";
import { styleFor } from "../render/style.ts";
import { safe } from "../render/text-safe.ts";
import type { Runtime } from "../runtime.ts";
import { pathsOf } from "../text-file.ts";
import type { Options } from "./options.ts";

const MODELS = {
  county: "county-schools-2018.yaml",
  trust: "academy-trust-2022.yaml",
  "remote-desktop": "remote-desktop-trust.yaml",
  "security-defaults": "security-defaults.yaml",
  college: "college-14-days.yaml",
  "per-user": "county-schools-2018-per-user.yaml",
  table: "county-schools-2018.csv",
} as const;
type Model = keyof typeof MODELS;

const isModel = (word: string): word is Model => Object.hasOwn(MODELS, word);

const modelOf = (file: string, like: string | undefined): Model => {
  const word = like ?? (isTable(file) ? "table" : "county");
  const words = Object.keys(MODELS);
  if (!isModel(word)) {
    const meant = nearest(word, words);
    throw usage(`--like ${word}: there is no such plan`, meant === undefined ? `there are ${words.join(", ")}` : `did you mean ${meant}?`);
  }
  if ((word === "table") !== isTable(file))
    throw usage(
      word === "table" ? `${file}: a table's name ends in .csv` : `${file}: a name that ends in .csv is a table's`,
      commandLine("init", word === "table" ? "mine.csv" : "mine.yaml", "--like", word),
    );
  return word;
};

const CANNOT: Readonly<Record<string, string>> = {
  EEXIST: "it is there already, and is left as it is",
  ENOENT: "its folder is not there",
  ENOTDIR: "its folder is not there",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "permission denied",
};

/** Never over a file that is there. @returns undefined, or why not. */
const create = async (runtime: Runtime, path: string, text: string): Promise<string | undefined> => {
  try {
    await runtime.files.create(path, text);
    return undefined;
  } catch (error) {
    const because = error instanceof Error && "code" in error ? CANNOT[String(error.code)] : undefined;
    if (because === undefined) throw error;
    return because;
  }
};

const read = async (runtime: Runtime, path: string): Promise<string> => new TextDecoder().decode(await runtime.files.read(path));

/** The lists that the model names go beside the plan, where none of that name is there. */
const copyLists = async (runtime: Runtime, from: string, to: string, names: readonly string[]): Promise<readonly string[]> => {
  const paths = pathsOf(runtime);
  const made: string[] = [];
  for (const name of names) if ((await create(runtime, paths.join(to, name), await read(runtime, paths.join(from, name)))) === undefined) made.push(name);
  return made;
};

export const runInit = async (options: Options, runtime: Runtime): Promise<number> => {
  const [file = ""] = options.arguments;
  const model = modelOf(file, options.like);
  const { id, name } = namesFrom(file);
  if (id === "") throw usage(`${file}: its name has no letter or digit to make the plan's id from`, commandLine("init", "mine.yaml"));
  const paths = pathsOf(runtime);
  const [target, folder] = [paths.resolve(runtime.cwd, file), paths.join(runtime.packageFolder, "rollout-plans")];
  const modelPath = paths.join(folder, MODELS[model]);
  const { plan } = await soundPlan(modelPath, runtime);
  const [first] = plan.phases;
  if (first === undefined) throw new Error(`the plan ${MODELS[model]} has no phases`);
  const schema = paths.relative(paths.dirname(target), paths.join(runtime.packageFolder, "schema", "rollout-plan.schema.json")).replaceAll("\\", "/");
  const modelText = await read(runtime, modelPath);
  const starter = starterOf(
    { text: modelText, firstStart: first.starts },
    { file, modelFile: `rollout-plans/${MODELS[model]}`, id, name, schema, now: runtime.clock.now() },
  );
  const refused = await create(runtime, target, starter.text);
  if (refused !== undefined) throw new Failure("usage", `${file} is not written: ${refused}`, ["choose another name, or take the file away first"]);
  const lists = plan.cohorts.flatMap(({ source }) => (source.type === "file" ? [source.file] : []));
  const made = await copyLists(runtime, folder, paths.dirname(target), lists);

  const style = await styleFor(runtime, "stdout");
  const edit = [
    ["id", `now ${id}; never change it once something was applied`],
    ["emergency accounts", "your two, which no policy ever asks"],
    ...(plan.cohorts.length > 0 ? [["cohorts", "who your people are, by address, domain, department or group"]] : []),
    ...(plan.networks.length > 0 ? [["networks", "the public addresses that your sites go out with"]] : []),
    ["phases", `what happens when; the first now starts on ${starter.starts}`],
    ...made.map((list) => [list, "written beside it, with examples in it"]),
  ] as const;
  const next = [
    [commandLine("check", file), "is it sound?"],
    [commandLine("diff", file), "what it would do to a practice tenant"],
    [commandLine("help", "plan"), "every word of a plan"],
  ] as const;
  const block = (lines: readonly (readonly [string, string] | readonly string[])[]): string => {
    const width = Math.max(...lines.map(([word = ""]) => word.length));
    return lines.map(([word = "", about = ""]) => `  ${safe(word).padEnd(width)}  ${safe(about)}\n`).join("");
  };
  runtime.stdout.write(`${safe(file)}: written, after the plan ${MODELS[model]}\n\n`);
  runtime.stdout.write(`${style.strong("What to edit")}\n${block(edit)}\n${style.strong("What to type next")}\n${block(next)}`);
  return exitCode("done");
};
