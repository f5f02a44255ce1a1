/** docs/permissions.md is written from the table, and held against it. */

import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ROOT } from "../../scripts/copy.js";
import { COMMAND_NAMES, READING, UNATTENDED } from "../../src/core/permissions/commands.ts";
import { permissionsDocument } from "../../src/core/permissions/document.ts";
import { needsOf } from "../../src/core/permissions/needs.ts";
import { CMDLETS, GRAPH_ROUTES, type Rights } from "../../src/core/permissions/routes.ts";

const INTRO = `# Permissions

<!-- Written by test/permissions/paper.test.ts from the code, and held against it. UPDATE_GOLDEN=1 writes it anew. -->

What this tool may come to ask for in a tenant. For your plan it is less: \`entra-rollout doctor PLAN --permissions\` says what, and
\`entra-rollout doctor PLAN --app-registration\` how an application gets just that. Neither asks a tenant. [Why it is so](decisions/permissions.md).

- An application that acts by itself is given **application** permissions; one that somebody signs in to, **delegated** ones.
- Commands that only read: ${READING.map((name) => `\`${name}\``).join(", ")}.
- \`--app-registration\` is for what a scheduler types, ${UNATTENDED.map((name) => `\`${name}\``).join(", ")}, unless \`--read-only\`, \`--only\` or \`--signed-in\` says otherwise.
`;

const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");
const cell = (names: readonly string[]): string => (names.length === 0 ? "none" : code(names));

const byPermission = (): readonly string[] => {
  const { permissions, roles } = permissionsDocument(COMMAND_NAMES, undefined);
  return [
    "## Each permission, for any plan",
    "",
    "| permission | application | delegated | why |",
    "| --- | --- | --- | --- |",
    ...permissions.map(
      ({ name, application, delegated, uses }) => `| \`${name}\` | ${application ?? "no"} | ${delegated ?? "no"} | ${uses.map(({ why }) => why).join("; ")} |`,
    ),
    "",
    "## Each directory role",
    "",
    "| role | template | who holds it |",
    "| --- | --- | --- |",
    ...roles.map(
      ({ name, id, holders }) =>
        `| ${name} | ${id} | ${holders.map((who) => (who === "application" ? "the application, for Exchange Online" : "whoever signs in")).join("; ")} |`,
    ),
  ];
};

const byCommand = (): readonly string[] => [
  "## Each command, for any plan",
  "",
  "| command | permissions of an application | its role for Exchange Online | roles of whoever signs in |",
  "| --- | --- | --- | --- |",
  ...COMMAND_NAMES.map((command) => {
    const [application, delegated] = [needsOf([command], undefined, "application"), needsOf([command], undefined, "delegated")];
    const names = (list: readonly { readonly name: string }[]): readonly string[] => list.map(({ name }) => name);
    return `| \`${command}\` | ${cell(names(application.permissions))} | ${names(application.roles).join(", ") || "none"} | ${names(delegated.roles).join(", ") || "none"} |`;
  }),
];

const ways = (names: readonly string[]): string => (names.length === 0 ? "none" : names.map((each) => `\`${each}\``).join(" or "));

const byRequest = (): readonly string[] => [
  "## Each request, and what lets it through",
  "",
  "The first is what is asked for; `A+B` means both.",
  "",
  "| request | application | delegated, where it differs |",
  "| --- | --- | --- |",
  ...Object.entries<Rights>({ ...GRAPH_ROUTES, ...CMDLETS }).map(
    ([name, { application, delegated }]) => `| \`${name}\` | ${ways(application)} | ${application.join() === delegated.join() ? "" : ways(delegated)} |`,
  ),
];

test("docs/permissions.md tells the table as the code has it", () => {
  const text = `${[INTRO, ...byPermission(), "", ...byCommand(), "", ...byRequest()].join("\n")}\n`;
  const path = `${ROOT}docs/permissions.md`;
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, "utf8"));
});
