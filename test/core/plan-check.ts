/** What the tests of the plan share: a sound plan to spoil, and one look at what is said of it. */

import { expect } from "vitest";
import { parsePlan } from "../../src/core/plan/parse.ts";
import type { NamedFile, Plan, Problem } from "../../src/core/plan/plan.ts";

/** The line that a spoilt plan's tests count from: every key of the smallest plan on a line of its own. */
export const SMALLEST = `id: county-2018
name: County schools 2018
timeZone: Europe/London
mechanism: conditional-access
emergencyAccounts: [emergency-1@county.example, emergency-2@county.example]
cohorts:
  heads: { accounts: ["head@*"] }
networks:
  schools: { ranges: [192.0.2.0/24] }
phases:
  - id: heads-web
    starts: 2018-11-19
    requireMfa: { for: heads, on: [web], outside: schools }
`;

export const filesOf = (texts: Readonly<Record<string, string>>): ReadonlyMap<string, NamedFile> =>
  new Map(Object.entries(texts).map(([name, text]) => [name, { type: "text", text }]));

/** `line:column message`, and the hint behind a `|`. */
export const told = (problems: readonly Problem[]): readonly string[] =>
  problems.map(({ line, column, message, hint }) => `${line}:${column} ${message}${hint === undefined ? "" : ` | ${hint}`}`);

export const problemsOf = (text: string, files: Readonly<Record<string, string>> = {}): readonly string[] => {
  const parsed = parsePlan("plan.yaml", text, filesOf(files));
  return parsed.type === "sound" ? [] : told(parsed.problems);
};

export const remarksOf = (text: string, files: Readonly<Record<string, string>> = {}): readonly Problem[] => {
  const parsed = parsePlan("plan.yaml", text, filesOf(files));
  return parsed.type === "sound" ? parsed.remarks : expect.fail(told(parsed.problems).join("\n"));
};

export const planOf = (text: string, files: Readonly<Record<string, string>> = {}): Plan => {
  const parsed = parsePlan("plan.yaml", text, filesOf(files));
  return parsed.type === "sound" ? parsed.plan : expect.fail(told(parsed.problems).join("\n"));
};

/** The smallest plan with one piece of it replaced. */
export const spoilt = (piece: string, by: string): string => {
  expect(SMALLEST).toContain(piece);
  return SMALLEST.replace(piece, by);
};
