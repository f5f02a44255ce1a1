import { describe, expect, test } from "vitest";
import { applyChanges } from "../../../src/core/after.ts";
import { late } from "../../../src/core/guards/late.ts";
import type { Observed } from "../../../src/core/observed.ts";
import { PerUserStates } from "../../../src/core/per-user-states.ts";
import type { Plan } from "../../../src/core/plan/plan.ts";
import { present } from "../../../src/core/tenant.ts";
import { applied, at, HEADS, phase, plan, see, tenant, withPolicy } from "../county.ts";
import { mailboxPlan, mailPlan, mailTenant, OFF, ON } from "../mail-world.ts";

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

  // Four mailboxes of accounts that nobody need know.
  const mail = mailPlan();
  const plans = [mailboxPlan(1, { pop3: true, imap: true, activeSync: true })];
  const off4 = { 1: OFF, 2: OFF, 3: OFF, 4: OFF };
  const MAIL = "stop off true 1 501,*".replace("501", plans[0]?.id ?? "");
  test.each([
    ["all of them are on: it begins", { 1: ON, 2: ON, 3: ON, 4: ON }, MAIL],
    ["most of them are on", { ...off4, 1: ON, 2: ON, 3: ON }, MAIL],
    ["half of them: put right at any hour", { ...off4, 1: ON, 2: ON }, undefined],
    ["one that came back", { ...off4, 1: ON }, undefined],
    ["only the defaults for new ones", off4, undefined],
  ] as const)("mailboxes, days late and unattended: %s", (_, states, want) => {
    expect(told(mail, mailTenant(mail, states, { plans }), "2018-11-12", false)).toEqual(want === undefined ? [] : [want]);
    expect(told(mail, mailTenant(mail, states, { plans }), "2018-11-12", true)).toEqual([]);
    expect(told(mail, mailTenant(mail, states, { plans }), "2018-11-09T01:00:00", false)).toEqual([]);
  });

  const perUser = plan({ mechanism: "per-user", phases: [phase("web", "2018-11-19", "heads", ["web"])] });
  const ids = HEADS.map(({ id }) => id);
  test.each([
    ["all of them: it begins", 0, ["stop web true 1 heads"]],
    ["most of them", 1, ["stop web true 1 heads"]],
    ["one who is new", 2, []],
  ] as const)("states of per-user MFA, days late and unattended: %s", (_, already, want) => {
    const states = PerUserStates.of(ids.map((each, place) => [each, place < already ? "enabled" : "disabled"] as const));
    expect(told(perUser, tenant(perUser, { perUser: present(states) }), "2018-11-25", false)).toEqual(want);
  });
});
