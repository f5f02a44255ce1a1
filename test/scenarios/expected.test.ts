/**
 * What each plan comes to for people, typed by hand from `rollouts.md`: a table of sign-ins for every moment, held against
 * the practice tenant's own evaluator over HTTP. The plans are applied on the way, moment by moment.
 */

import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Served, serveFill } from "./served.ts";

const PLANS = [
  { table: "county", plan: "county-schools-2018", fill: "county" },
  { table: "trust", plan: "academy-trust-2022", fill: "trust" },
  { table: "remote-desktop", plan: "remote-desktop-trust", fill: "remote-desktop" },
  { table: "college", plan: "college-14-days", fill: "college" },
  // Where they are on already the plan only confirms it, and the table would be one moment long.
  { table: "security-defaults", plan: "security-defaults", fill: "small-off" },
] as const;

/** Those whose tables say how soon people are asked again. */
const ASKING_AGAIN = ["trust", "college"];
const FEWEST_ROWS = 20;
const OUTCOMES = ["asked", "register", "blocked", "let in"];

type Row = {
  readonly moment: string;
  readonly who: string;
  readonly client: string;
  readonly address: string;
  readonly outcome: string;
  readonly why: string;
  readonly service?: string;
  readonly again?: string;
};
type Verdict = {
  readonly outcome: string;
  readonly why: readonly string[];
  readonly session: { readonly signInFrequency?: { readonly value: number; readonly type: string } };
};

const rowsOf = (table: string): readonly Row[] =>
  parse<Row>(readFileSync(`test/expected/${table}.csv`, "utf8"), { columns: true, comment: "#", comment_no_infix: true, skip_empty_lines: true });

/** Outlook of today, as the evaluator calls it. */
const clientOf = ({ client }: Row): string => (client === "app" ? "mobile-and-desktop" : client);

const shown = ({ moment, who, client, service, address, why }: Row): string =>
  [moment, who, client, ...(service === undefined ? [] : [service]), address, why].join(", ");

describe.each(PLANS)("$table", ({ table, plan, fill }) => {
  const rows = rowsOf(table);
  const moments = [...new Set(rows.map(({ moment }) => moment))];
  let served: Served;
  let checked = 0;
  beforeAll(async () => {
    served = await serveFill(fill);
  });
  afterAll(async () => {
    await served.close();
  });

  test("the table is whole, in the order of time", () => {
    expect(rows.length).toBeGreaterThanOrEqual(FEWEST_ROWS);
    expect(moments).toEqual(moments.toSorted());
    expect(rows.filter(({ outcome, why }) => !OUTCOMES.includes(outcome) || why === "")).toEqual([]);
    expect(new Set(rows.map(({ again: _again, outcome: _outcome, why: _why, ...signIn }) => JSON.stringify(signIn))).size).toBe(rows.length);
    expect(new Set(rows.map(({ outcome }) => outcome)).size).toBe(OUTCOMES.length);
  });

  test.each(moments)("%s", { timeout: 60_000 }, async (moment) => {
    expect(await served.cli(["apply", `rollout-plans/${plan}.yaml`, "--as-of", moment, "--yes"])).toMatchObject({ exit: 0 });
    const wanted = rows.filter((row) => row.moment === moment);
    expect(wanted.length).toBeGreaterThan(0);
    const came: Record<string, string> = {};
    const [expected, again]: [Record<string, string>, Record<string, string>] = [{}, {}];
    for (const row of wanted) {
      const { outcome, session } = await served.reader.json<Verdict>("POST", "/_practice/sign-in", {
        account: row.who,
        client: clientOf(row),
        address: row.address,
        ...(row.service !== undefined && { app: row.service }),
      });
      const every = session.signInFrequency;
      expected[shown(row)] = row.outcome;
      came[shown(row)] = outcome;
      // Whoever is blocked is asked for nothing, now or later.
      again[shown(row)] = every === undefined || outcome === "blocked" ? "" : `${every.value} ${every.type}`;
      checked += 1;
    }
    expect(came).toEqual(expected);
    if (ASKING_AGAIN.includes(table)) expect(again).toEqual(Object.fromEntries(wanted.map((row) => [shown(row), row.again])));
  });

  // A table that nobody read proves nothing.
  test("every row was held against the tenant", () => {
    expect(checked).toBe(rows.length);
    expect(checked).toBeGreaterThan(0);
  });
});
