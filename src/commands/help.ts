/** Help, from the same words that the parser takes. Nothing heavy is imported here: help must come at once. */

import { EXIT_CODES } from "../exit-codes.ts";
import { wrap } from "../render/wrap.ts";
import { type Command, signsIn } from "./command.ts";
import { OPTIONS } from "./options.ts";

const WIDTH = 96;

export type Group = { readonly title: string; readonly commands: readonly Command[] };

/** Terms with what they mean beside them. */
export const termList = (terms: readonly (readonly [string, string])[], indent = "  "): string => {
  const width = Math.max(...terms.map(([term]) => term.length)) + 2;
  return terms
    .map(([term, text]) =>
      wrap(text, WIDTH - width - indent.length)
        .map((line, at) => indent + (at === 0 ? term : "").padEnd(width) + line)
        .join("\n"),
    )
    .join("\n");
};

const paragraph = (text: string): string => wrap(text, WIDTH).join("\n");
const called = (command: Command): string => [command.name, ...command.takes].join(" ");
const exampleLines = (examples: readonly string[]): string =>
  `${examples.length === 1 ? "example" : "examples"}:\n${examples.map((each) => `  ${each}`).join("\n")}`;

export const overview = (groups: readonly Group[], example: string): string => {
  const all = groups.flatMap((group) => group.commands);
  const width = Math.max(...all.map((command) => called(command).length));
  const lists = groups.map((group) => `${group.title}\n${termList(group.commands.map((command) => [called(command).padEnd(width), command.summary]))}`);
  return `${[
    paragraph(
      "entra-rollout carries a dated MFA rollout plan through a Microsoft 365 tenant: shows what a phase would change and whom it hits, refuses what would lock people out, applies it, takes it back.",
    ),
    "usage: entra-rollout COMMAND [PLAN] [options]",
    ...lists,
    `Help\n${termList([
      ["COMMAND --help".padEnd(width), "a command, its options and an example"],
      ["help findings".padEnd(width), "the checks, and which of them --allow can let pass"],
      ["help exit-codes".padEnd(width), "what each exit code says"],
      ["help plan".padEnd(width), "the words of a plan file"],
      ["help sign-in".padEnd(width), "real tenants: the ways to sign in, the clouds, and what each needs"],
    ])}`,
    paragraph(
      "Without --tenant, and without ENTRA_ROLLOUT_TENANT, the practice tenant in this folder is used (.entra-rollout/); it is made when it is not there. --tenant ID or DOMAIN is a real tenant.",
    ),
    exampleLines([example]),
  ].join("\n\n")}\n`;
};

const SIGN_IN_TERM: readonly [string, string] = ["--auth, --cloud, --client-id", "how to sign in to a real tenant: entra-rollout help sign-in"];

export const commandHelp = (command: Command): string => {
  const optionTerms = [
    ...command.options.map((name): readonly [string, string] => [OPTIONS[name].flags, OPTIONS[name].about]),
    ...(signsIn(command) ? [SIGN_IN_TERM] : []),
  ];
  return `${[
    `usage: entra-rollout ${called(command)}${command.options.length > 0 ? " [options]" : ""}`,
    paragraph(command.summary[0] === undefined ? "" : command.summary[0].toUpperCase() + command.summary.slice(1)),
    ...(command.words === undefined ? [] : [`${command.takes[0] ?? ""}:\n${termList(command.words)}`]),
    ...command.about.map(paragraph),
    ...(optionTerms.length > 0 ? [`options:\n${termList(optionTerms)}`] : []),
    exampleLines(command.examples),
  ].join("\n\n")}\n`;
};

export const groupHelp = (name: string, commands: readonly Command[]): string =>
  `${[
    `usage: entra-rollout ${name} COMMAND [options]`,
    termList(commands.map((command) => [called(command), command.summary])),
    exampleLines(commands.slice(0, 1).map((command) => command.examples[0])),
  ].join("\n\n")}\n`;

export const exitCodeHelp = (example: string): string =>
  `${[
    paragraph("The same everywhere; when several apply, the first of this list."),
    EXIT_CODES.map((each) => `  ${String(each.code).padStart(3)}  ${each.name.padEnd(15)}${each.meaning}`).join("\n"),
    exampleLines([example]),
  ].join("\n\n")}\n`;
