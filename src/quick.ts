/** What can be said without a plan and without a tenant: help, and which version this is. It must come at once, so nothing heavy is imported here. */

import type { Command } from "./commands/command.ts";
import { commandHelp, exitCodeHelp, groupHelp, overview } from "./commands/help.ts";
import { COMMANDS, GROUPS } from "./commands/table.ts";
import { VERSION } from "./version.ts";

const isHelp = (word: string): boolean => word === "--help" || word === "-h";

/** The command whose words the line begins with; the longest wins. */
const commandAt = (words: readonly string[]): Command | undefined =>
  COMMANDS.filter((command) => command.name.split(" ").every((word, at) => words[at] === word)).sort((a, b) => b.name.length - a.name.length)[0];

/** @returns the words of a line that asks for help, up to the command that it asks about; undefined of any other line. */
export const topicOf = (argv: readonly string[]): readonly string[] | undefined => {
  const [first, ...rest] = argv;
  const beforeDashes = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  if (first === undefined || (first === "help" && !rest.some((word) => word.startsWith("-") && !isHelp(word)))) return rest.filter((word) => !isHelp(word));
  if (!beforeDashes.some(isHelp)) return undefined;
  const words = beforeDashes.filter((word) => !isHelp(word));
  return commandAt(words)?.name.split(" ") ?? words.slice(0, 1);
};

/** @returns help on a topic, as far as it is known here; undefined otherwise. */
const helpOn = (topic: readonly string[]): string | undefined => {
  const [first] = topic;
  if (first === undefined) return overview(GROUPS, "entra-rollout diff rollout-plans/county-schools-2018.yaml --as-of 2018-11-19");
  if (first === "exit-codes") return exitCodeHelp("entra-rollout diff rollout-plans/county-schools-2018.yaml --exit-code; echo $?");
  const command = commandAt(topic);
  if (command !== undefined) return commandHelp(command);
  const group = COMMANDS.filter((each) => each.name.startsWith(`${first} `));
  return group.length > 0 ? groupHelp(first, group) : undefined;
};

/** @returns the whole answer to a line that asks for no more than this; undefined of any other line. */
export const quickAnswer = (argv: readonly string[]): string | undefined => {
  const topic = topicOf(argv);
  if (topic !== undefined) return helpOn(topic);
  return argv[0] === "--version" || argv[0] === "-V" ? `${VERSION}\n` : undefined;
};
