/** The command line to a command and its options, by commander: strict, with a suggestion for what is misspelt. */

import { CommanderError, Option, Command as Parser } from "commander";
import { type Failure, usage } from "../failure.ts";
import { type Command, optionsTaken } from "./command.ts";
import { OPTIONS, type Options, optionsOf } from "./options.ts";

const SUGGESTION = /\n\(Did you mean (?:one of )?(.+?)\?\)/;

const failureOf = (error: CommanderError, command: Command | undefined): Failure => {
  const suggestion = SUGGESTION.exec(error.message)?.[1];
  const message = error.message
    .replace(/^error: /, "")
    .replace(SUGGESTION, "")
    .replace(/'([^']*)'/g, "$1")
    .replace(/^missing required argument (.+)$/, (_, name: string) => `${name.toUpperCase()} is missing`)
    .replace(/^too many arguments.*$/, "too many arguments")
    .replace(/^option (.+?) argument missing$/, "option $1: its value is missing")
    .replace(/\.$/, "");
  const where =
    command === undefined
      ? "entra-rollout --help lists the commands"
      : `usage: entra-rollout ${[command.name, ...command.takes].join(" ")}   (entra-rollout ${command.name} --help)`;
  return usage(message, ...(suggestion === undefined ? [] : [`did you mean ${suggestion}?`]), where);
};

const addOptions = (parser: Parser, command: Command): void => {
  for (const name of optionsTaken(command)) {
    const option = new Option(OPTIONS[name].flags);
    if (name === "allow") option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
    parser.addOption(option);
  }
};

const quiet = { writeOut: () => {}, writeErr: () => {} };
const strict = (parser: Parser): Parser => parser.exitOverride().configureOutput(quiet).helpOption(false).helpCommand(false);

/** @throws Failure (usage) for everything that is not a command line of these commands. */
export const parseCommandLine = (argv: readonly string[], commands: readonly Command[]): { readonly command: Command; readonly options: Options } => {
  let found: { command: Command; options: Options } | undefined;
  const meant = commands.find((command) => command.name.split(" ").every((word, at) => argv[at] === word));
  const program = strict(new Parser("entra-rollout"));
  const groups = new Map<string, Parser>();
  // The others matter only when it is none of them, for a suggestion.
  for (const command of meant === undefined ? commands : [meant]) {
    const [first = "", second] = command.name.split(" ");
    let parent = program;
    if (second !== undefined) {
      parent = groups.get(first) ?? strict(program.command(first));
      groups.set(first, parent);
    }
    const parser = strict(parent.command(second ?? first)).allowExcessArguments(false);
    for (const word of command.takes) parser.argument(word.startsWith("[") ? word.toLowerCase() : `<${word.toLowerCase()}>`);
    addOptions(parser, command);
    parser.action(() => {
      found = { command, options: optionsOf({ arguments: parser.args, values: new Map(Object.entries(parser.opts())) }) };
    });
  }
  try {
    program.parse([...argv], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) throw failureOf(error, meant);
    throw error;
  }
  if (found === undefined) throw usage("no command", "entra-rollout --help lists the commands");
  return found;
};
