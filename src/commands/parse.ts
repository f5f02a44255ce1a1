/** The command line to a command and its options, by commander: strict, with a suggestion for what is misspelt. */

import { CommanderError, Option, Command as Parser } from "commander";
import { type Failure, usage } from "../failure.ts";
import type { Command } from "./command.ts";
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
  for (const name of command.options) {
    const option = new Option(OPTIONS[name].flags);
    if (name === "allow") option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
    parser.addOption(option);
  }
};

/** @throws Failure (usage) for everything that is not a command line of these commands. */
export const parseCommandLine = (argv: readonly string[], commands: readonly Command[]): { readonly command: Command; readonly options: Options } => {
  let found: { command: Command; options: Options } | undefined;
  let meant: Command | undefined;
  const quiet = { writeOut: () => {}, writeErr: () => {} };
  const program = new Parser("entra-rollout").exitOverride().configureOutput(quiet).helpOption(false).helpCommand(false);
  const groups = new Map<string, Parser>();
  for (const command of commands) {
    const words = command.name.split(" ");
    const [first = "", second] = words;
    let parent = program;
    if (second !== undefined) {
      parent = groups.get(first) ?? program.command(first).exitOverride().configureOutput(quiet).helpOption(false).helpCommand(false);
      groups.set(first, parent);
    }
    const parser = parent
      .command(second ?? first)
      .exitOverride()
      .configureOutput(quiet)
      .helpOption(false)
      .allowExcessArguments(false);
    for (const word of command.takes) parser.argument(word.startsWith("[") ? word.toLowerCase() : `<${word.toLowerCase()}>`);
    addOptions(parser, command);
    parser.action(() => {
      found = { command, options: optionsOf({ arguments: parser.args, values: new Map(Object.entries(parser.opts())) }) };
    });
    if (words.every((word, at) => argv[at] === word)) meant = command;
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
