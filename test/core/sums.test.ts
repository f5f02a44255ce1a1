/** The groups of sums: what a list puts in stays in, and what could not be read moves nobody. */

import { describe, expect, test } from "vitest";
import { applyChanges } from "../../src/core/after.ts";
import { checkGuards } from "../../src/core/guards/index.ts";
import type { Observed, Remark } from "../../src/core/observed.ts";
import type { CohortSource, Plan } from "../../src/core/plan/plan.ts";
import type { Standing } from "../../src/core/roster.ts";
import { applied, at, cohort, groupWith, id, phase, plan, type Someone, see, tenant, withMembers } from "./county.ts";

const list = (usable: boolean): CohortSource => ({
  type: "file",
  file: "x.csv",
  list: usable ? { type: "read", rows: [{ entry: "gone@x.example", leaves: true, line: 1 }], remarks: [] } : { type: "unusable", because: "missing" },
});

const planWith = (of: readonly string[], without: readonly string[], usable = true): Plan =>
  plan({
    cohorts: [cohort("sum", { source: { type: "sum", of, without } }), cohort("early", { source: list(usable) }), cohort("staff")],
    phases: [phase("p", "2018-11-19", "sum", ["web"])],
  });

const who = (name: string, number: number, standings: Readonly<Record<string, Standing>>): Someone => ({
  id: id(number),
  address: `${name}@x.example`,
  standings,
});

/** After the group held a, b and gone: who joins and leaves. */
const moved = (of: Plan, people: readonly Someone[], fields: Partial<Observed> = {}): string => {
  const live = applied(of, tenant(of, {}, []), at("2018-11-19"));
  const seen = { ...withMembers(live, groupWith(live, "sum").id, [id(1), id(2), id(3)]), roster: tenant(of, {}, people).roster, ...fields };
  const change = see(of, seen, at("2018-11-19")).diff.changes.find(({ kind }) => kind === "cohort-group");
  const short = (ids: readonly string[] | undefined): string => (ids ?? []).map((each) => Number.parseInt(each.slice(-3), 16)).join();
  return `+${short(change?.members?.added)} -${short(change?.members?.removed)}`;
};

const A = who("a", 1, { sum: "in", staff: "in" });
const lost = (name: string): Remark => ({ cohort: name, type: "list-unusable", detail: "x", accounts: [] });

describe("who joins and leaves the group of a sum", () => {
  const exact = planWith(["staff"], ["early"]);
  const grows = planWith(["staff", "early"], []);
  const cases: readonly (readonly [name: string, of: Plan, people: readonly Someone[], remarks: readonly Remark[], want: string])[] = [
    ["an exact one has whoever is in, and no other", exact, [A, who("b", 2, {}), who("gone", 3, {}), who("d", 4, { sum: "in" })], [], "+4 -2,3"],
    ["one of a list keeps whom the list does not name any more, until a row says so", grows, [A, who("b", 2, {}), who("gone", 3, {})], [], "+ -3"],
    [
      "a list that could not be read moves nobody out",
      planWith(["staff", "early"], [], false),
      [A, who("b", 2, {}), who("gone", 3, {})],
      [lost("early")],
      "+ -",
    ],
    [
      "nor does it, where it is what is left out, let anybody in",
      planWith(["staff"], ["early"], false),
      [A, who("d", 4, { sum: "in" })],
      [lost("early")],
      "+ -",
    ],
    ["a group that could not be read, the same", exact, [A, who("d", 4, { sum: "in" })], [{ ...lost("early"), type: "no-group" }], "+ -"],
  ];
  test.each(cases)("%s", (_name, of, people, remarks, want) => expect(moved(of, people, { remarks })).toBe(want));
});

test("a list that is lost is told of the sum that it is a part of: a stop while the sum has no group yet", () => {
  const of = planWith(["staff", "early"], [], false);
  const verdicts = (observed: Observed): readonly string[] => {
    const { desired, diff } = see(of, observed, at("2018-11-19"));
    const input = { plan: of, moment: at("2018-11-19"), observed, desired, diff, after: applyChanges(observed, diff), history: undefined, attended: true };
    return checkGuards(input).flatMap(({ guard, verdict, holds }) => (guard === "lists" ? [`${verdict} ${holds?.map(({ key }) => key).join() ?? ""}`] : []));
  };
  const empty = tenant(of, { remarks: [lost("early")] }, [A]);
  expect(verdicts(empty)).toEqual(["stop sum,mfa-sum"]);
  expect(verdicts({ ...applied(of, empty, at("2018-11-19")), remarks: [lost("early")] })).toEqual(["go "]);
});
