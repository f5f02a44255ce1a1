/** Which rights are needed and why, and an application with just these, for people. */

import { COMMAND_NAMES, type CommandName, READING } from "../core/permissions/commands.ts";
import type { PermissionLine, PermissionsDocument, PlanWords } from "../core/permissions/document.ts";
import type { Use } from "../core/permissions/needs.ts";
import type { RegistrationDocument, Step } from "../core/permissions/registration.ts";
import { hanging } from "./layout.ts";
import type { Style } from "./style.ts";
import { safe } from "./text-safe.ts";
import { MAX_COLUMNS } from "./view.ts";

const widest = (width: number): number => Math.min(MAX_COLUMNS, Math.max(40, width));

const COUNT_OF_ALL = COMMAND_NAMES.length;

/** Names of commands, in the fewest words: among those that are spoken of at all. */
const commandsText = (commands: readonly CommandName[], among: readonly CommandName[]): string => {
  const wanted = among.filter((name) => commands.includes(name));
  const missing = among.filter((name) => !commands.includes(name));
  if (wanted.length > 3 && missing.length === 0) return "all of them";
  if (wanted.length > 6 && missing.length < 4) return `all but ${missing.join(", ")}`;
  const words: string[] = [];
  const rest = new Set(wanted);
  const take = (part: readonly CommandName[], word: string): void => {
    if (part.length < 3 || !part.every((name) => rest.has(name))) return;
    words.push(word);
    for (const name of part) rest.delete(name);
  };
  take(
    among.filter((name) => READING.includes(name)),
    "all that reads",
  );
  take(
    among.filter((name) => !READING.includes(name)),
    "all that writes",
  );
  take(
    among.filter((name) => name.startsWith("report ")),
    "every report",
  );
  const reports = [...rest].flatMap((name) => (name.startsWith("report ") ? [name.slice("report ".length)] : []));
  const others = [...rest].filter((name) => !name.startsWith("report "));
  return [...words, ...others, ...(reports.length === 0 ? [] : [`report ${reports.join(", ")}`])].join(", ");
};

/** Who is meant when a whole sort of commands is. */
const forWhom = (commands: readonly CommandName[]): string =>
  commands.length >= COUNT_OF_ALL - 1
    ? "every command"
    : commands.length === READING.length && commands.every((name) => READING.includes(name))
      ? "every command that only reads"
      : commandsText(commands, COMMAND_NAMES);

/** Of a right that writes what is read with it besides is left out: it would be read with less. */
const told = (uses: readonly Use[], reads: boolean): readonly Use[] =>
  !reads && uses.some(({ writes }) => writes) ? uses.filter(({ writes }) => writes) : uses;

const usesText = (uses: readonly Use[], reads: boolean, among: readonly CommandName[], columns: number): readonly string[] => {
  const shown = told(uses, reads);
  return [
    hanging("      ", shown.map(({ why }) => why).join("; "), columns),
    hanging(
      "      for: ",
      commandsText(
        shown.flatMap(({ commands }) => commands),
        among,
      ),
      columns,
    ),
  ];
};

const kindOf = ({ application, delegated }: PermissionLine): string =>
  application !== null && delegated !== null ? "application, delegated" : application !== null ? "application" : "delegated";

const about = (plan: PlanWords | null): string => (plan === null ? "any plan" : `${safe(plan.name)} (${safe(plan.file)})`);

const permissionText = (line: PermissionLine, among: readonly CommandName[], style: Style, columns: number): readonly string[] => [
  `  ${style.strong(line.name)}   ${style.quiet(kindOf(line))}`,
  ...usesText(line.uses, line.reads || line.service === "exchange", among, columns),
];

/** @param columns how wide the terminal is */
export const permissionsText = (document: PermissionsDocument, next: string, style: Style, width: number): string => {
  const columns = widest(width);
  const among = document.commands.map(({ command }) => command);
  const section = (title: string, lines: readonly PermissionLine[]): readonly string[] =>
    lines.length === 0 ? [] : [style.strong(title), ...lines.flatMap((line) => permissionText(line, among, style, columns)), ""];
  const holders = { application: "the application itself, for Exchange Online", delegated: "whoever signs in" } as const;
  const roles = document.roles.flatMap(({ name, holders: who, uses }) => [
    hanging(`  ${style.strong(name)}   `, `of ${who.map((each) => holders[each]).join(", and of ")}`, columns),
    ...(name === "Global Reader" ? [hanging("      ", "to read", columns)] : usesText(uses, false, among, columns)),
  ]);
  return `${[
    hanging("", `What ${forWhom(among)} may come to need for ${about(document.plan)}.`, columns),
    hanging("", "An application that acts by itself is given application permissions, one that somebody signs in to is given delegated ones.", columns),
    "",
    ...section(
      "To read",
      document.permissions.filter(({ reads }) => reads),
    ),
    ...section(
      "To write",
      document.permissions.filter(({ reads, service }) => !reads && service === "graph"),
    ),
    ...section(
      "Office 365 Exchange Online, which goes by the role besides",
      document.permissions.filter(({ service }) => service === "exchange"),
    ),
    ...(roles.length === 0 ? [] : [style.strong("Directory roles"), ...roles, ""]),
    hanging("next: ", next, columns),
  ].join("\n")}\n`;
};

const stepText = ({ title, portal, commands, files }: Step, at: number, style: Style, columns: number): readonly string[] => [
  style.strong(`${at + 1}  ${title}`),
  ...portal.map((line) => hanging(line.startsWith("  ") ? "       " : "   - ", line.trim(), columns)),
  ...(commands.length === 0 ? [] : [style.quiet("   or by the Azure CLI:"), ...commands.map((line) => `     ${safe(line)}`)]),
  ...files.flatMap(({ name, json }) => [
    style.quiet(`   with ${safe(name)}:`),
    ...JSON.stringify(json, undefined, 2)
      .replace(/\{\s*"id": ("[^"]*"),\s*"type": ("[^"]*")\s*\}/g, '{ "id": $1, "type": $2 }')
      .split("\n")
      .map((line) => `     ${safe(line)}`),
  ]),
  "",
];

export const registrationText = (document: RegistrationDocument, next: readonly string[], style: Style, width: number): string => {
  const columns = widest(width);
  const who = document.scheme === "application" ? "an application by itself, as a scheduler's" : "an application that somebody signs in to";
  return `${[
    hanging("", `The app registration for ${about(document.plan)}: ${who}, for ${forWhom(document.commands)}, and for no more.`, columns),
    "",
    ...document.steps.flatMap((step, at) => stepText(step, at, style, columns)),
    ...next.map((line) => hanging("next: ", line, columns)),
  ].join("\n")}\n`;
};
