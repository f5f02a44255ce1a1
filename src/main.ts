/** From a command line to an exit code. Errors become text here and nowhere else. */

import type { Command } from "./commands/command.ts";
import { commandHelp, exitCodeHelp, groupHelp, overview } from "./commands/help.ts";
import { COMMANDS, GROUPS } from "./commands/table.ts";
import { explain } from "./explain.ts";
import { Failure, usage } from "./failure.ts";
import type { Runtime } from "./runtime.ts";
import { VERSION } from "./version.ts";

const isHelp = (word: string): boolean => word === "--help" || word === "-h";

/** The command whose words the line begins with; the longest wins. */
const commandAt = (words: readonly string[]): Command | undefined =>
  COMMANDS.filter((command) => command.name.split(" ").every((word, at) => words[at] === word)).sort((a, b) => b.name.length - a.name.length)[0];

const helpOn = async (topic: readonly string[]): Promise<string> => {
  const [first] = topic;
  if (first === undefined) return overview(GROUPS, "entra-rollout diff rollout-plans/county-schools-2018.yaml --as-of 2018-11-19");
  if (first === "exit-codes") return exitCodeHelp("entra-rollout diff rollout-plans/county-schools-2018.yaml --exit-code; echo $?");
  if (first === "findings") return (await import("./commands/group-tenant.ts")).findingsHelp();
  if (first === "plan") return (await import("./commands/group-plan.ts")).planHelp();
  const command = commandAt(topic);
  if (command !== undefined) return commandHelp(command);
  const group = COMMANDS.filter((each) => each.name.startsWith(`${first} `));
  if (group.length > 0) return groupHelp(first, group);
  throw usage(`no help on ${first}`, "there is help on findings, exit-codes, plan and on every command: entra-rollout --help");
};

const dispatch = async (argv: readonly string[], runtime: Runtime): Promise<number> => {
  const [first, ...rest] = argv;
  const beforeDashes = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  if (first === undefined || (first === "help" && !rest.some((word) => word.startsWith("-") && !isHelp(word)))) {
    runtime.stdout.write(await helpOn(rest.filter((word) => !isHelp(word))));
    return 0;
  }
  if (beforeDashes.some(isHelp)) {
    const words = beforeDashes.filter((word) => !isHelp(word));
    const command = commandAt(words);
    runtime.stdout.write(await helpOn(command === undefined ? words.slice(0, 1) : command.name.split(" ")));
    return 0;
  }
  if (first === "--version" || first === "-V") {
    runtime.stdout.write(`${VERSION}\n`);
    return 0;
  }
  if (argv.length === 1 && COMMANDS.some((each) => each.name.startsWith(`${first} `)))
    throw usage(`${first}: which command?`, `entra-rollout ${first} --help lists them`);
  const { parseCommandLine } = await import("./commands/parse.ts");
  const { command, options } = parseCommandLine(argv, COMMANDS);
  return await command.run(options, runtime);
};

/** @returns the exit code. Never rejects. */
export const main = async (argv: readonly string[], runtime: Runtime): Promise<number> => {
  try {
    return await dispatch(argv, runtime);
  } catch (error) {
    if (error instanceof Failure && error.message === "") return error.exit;
    const { text, exit } = explain(error, runtime.signal.aborted);
    runtime.stderr.write(text);
    return exit;
  }
};
