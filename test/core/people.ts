/** Accounts, and plans of which only the cohorts matter. */

import { cohortReader } from "../../src/core/cohorts.ts";
import type { IdIndex } from "../../src/core/ids.ts";
import type { Plan } from "../../src/core/plan/plan.ts";
import type { Known, Person } from "../../src/core/tenant.ts";
import { planOf } from "./plan-check.ts";

export const id = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

let made = 0;
export const person = (address: string, more: Partial<Person> = {}): Person => {
  made += 1;
  return { id: id(made), address, name: address, enabled: true, guest: false, synced: false, pupil: false, aliases: [], nobody: false, ...more };
};

/** A plan of which only the cohorts matter: `name: words` a line. */
export const planWith = (cohorts: Readonly<Record<string, string>>, files: Readonly<Record<string, string>> = {}): Plan =>
  planOf(
    `id: p\nname: P\ntimeZone: UTC\nmechanism: conditional-access\nemergencyAccounts: [emergency-1@county.example, emergency-2@county.example]\ncohorts:\n${Object.entries(
      cohorts,
    )
      .map(([name, words]) => `  ${name}: ${words}\n`)
      .join("")}phases:\n  - { id: one, starts: 2018-11-19, requireMfa: { for: ${Object.keys(cohorts)[0]}, on: [web] } }\n`,
    files,
  );

export const NO_GROUPS: ReadonlyMap<string, Known<IdIndex>> = new Map();

/** How one account stands to one cohort. */
export const standing = (words: string, who: Person, list?: string): string => {
  const plan = planWith({ c: words }, list === undefined ? {} : { "l.csv": list });
  return cohortReader(plan, NO_GROUPS).read(who).standings[0] ?? "";
};

export const HEADS = '{ accounts: ["head@*.county.example"] }';
export const EVERYONE = '{ accounts: ["*@*.county.example"], pupils: out }';
export const ALL = '{ all: true, pupils: out, except: [{ accounts: ["office@*"], because: shared, owner: bursar }] }';
