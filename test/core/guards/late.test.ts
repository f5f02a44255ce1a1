import { describe, expect, test } from "vitest";
import { applyChanges } from "../../../src/core/after.ts";
import { late } from "../../../src/core/guards/late.ts";
import type { Observed } from "../../../src/core/observed.ts";
import type { Plan } from "../../../src/core/plan/plan.ts";
import { applied, at, HEADS, plan, see, tenant, withPolicy } from "../county.ts";

const COUNTY = plan();
const EMPTY = tenant(COUNTY);

const told = (of: Plan, observed: Observed, when: string, attended: boolean): readonly string[] => {
  const { desired, diff } = see(of, observed, at(when));
  const input = { plan: of, moment: at(when), observed, desired, diff, after: applyChanges(observed, diff), history: undefined, attended };
  return late
    .check(input)
    .map(
      ({ verdict, phase, allowable, count, holds }) => `${verdict} ${phase ?? ""} ${allowable} ${count ?? ""} ${holds?.map(({ key }) => key).join() ?? "all"}`,
    );
};

describe("late", () => {
  const STOP = "stop heads-web true 1 mfa-heads";
  const off = { ...COUNTY, notOn: ["2018-11-19", "2018-11-26"] };
  const cases: readonly (readonly [name: string, of: Plan, when: string, attended: boolean, want: readonly string[]])[] = [
    ["at its moment", COUNTY, "2018-11-19", false, []],
    ["to the end of the window", COUNTY, "2018-11-19T02:00:00", false, []],
    ["later than it, unattended", COUNTY, "2018-11-19T02:00:01", false, [STOP]],
    ["later than it, with somebody there", COUNTY, "2018-11-24", true, []],
    ["before anything starts", COUNTY, "2018-11-18", false, []],
    ["on a day on which nothing starts", off, "2018-11-19", true, [STOP]],
    ["on the day after", off, "2018-11-20", true, []],
  ];
  test.each(cases)("%s", (_name, of, when, attended, want) => expect(told(of, EMPTY, when, attended)).toEqual(want));

  test("what started already and is put right is no start, and nor are members", () => {
    const live = applied(COUNTY, EMPTY, at("2018-11-19"));
    const renamed = withPolicy(live, "mfa-heads", (settings) => ({ ...settings, name: "Mine [county-2018/mfa-heads]" }));
    const fewer = { ...live, roster: tenant(COUNTY, {}, HEADS.slice(1)).roster };
    expect([told(COUNTY, live, "2018-11-25", false), told(COUNTY, renamed, "2018-11-25", false), told(COUNTY, fewer, "2018-11-25", false)]).toEqual([
      [],
      [],
      [],
    ]);
    // A policy that grows starts something, even if it is on.
    expect(told(off, live, "2018-11-26", true)).toEqual(["stop heads-web true 1 mfa-heads"].map((each) => each.replace("heads-web", "heads-clients")));
    const twisted = withPolicy(live, "mfa-heads", (settings) => ({ ...settings, state: "off" }));
    expect(told(COUNTY, twisted, "2018-11-25", false)).toEqual([STOP]);
  });
});
