/** The bad morning in the core: what is written, and that the plan then wants just that. */

import { describe, expect, test } from "vitest";
import { applyChanges } from "../../src/core/after.ts";
import { checkGuards } from "../../src/core/guards/index.ts";
import type { History } from "../../src/core/history.ts";
import type { Observed, Progress } from "../../src/core/observed.ts";
import { isOutKey, outKey, planWithOut } from "../../src/core/out.ts";
import type { Plan } from "../../src/core/plan/plan.ts";
import { PROGRESS_KEY, progressText } from "../../src/core/progress.ts";
import { couldBeAbout, haltOf, letInOf, outOf, plansIn, policiesOf, type ReliefPlan, type Someone } from "../../src/core/relief.ts";
import { absent, type ObjectId, type PolicySettings, present, unknown } from "../../src/core/tenant.ts";
import { holdStep } from "../../src/core/undo-changes.ts";
import { applied, at, cohort, E1, groupWith, HEADS, id, moment, phase, plan, policyWith, see, shown, tenant, withMembers, withPolicy } from "./county.ts";
import { ALDER, COUNTY, groundOf, HOUR, halted, LIVE, NINE, NOV19, told, withDone, wordOf } from "./relief-world.ts";

/** As a person of this machine who let somebody in or halted would not find it: written here, loosened elsewhere. */
const writtenIn = (observed: Observed, when: number): History => ({
  written: new Map(
    policiesOf(groundOf(observed), "county-2018").map((policy) => [
      `@conditional-access/${policy.mark?.key}`,
      {
        kind: "conditional-access",
        key: policy.mark?.key ?? "",
        id: policy.id,
        possible: [policy.settings],
        sure: true,
        at: when,
        run: "20181119T000000Z-0001",
        members: new Set(),
        whole: true,
      },
    ]),
  ),
});

const loosenings = (of: Plan, observed: Observed, when: number, history: History, more: Parameters<typeof see>[3] = {}): readonly string[] => {
  const { desired, diff } = see(of, observed, when, more);
  const found = checkGuards({ plan: of, moment: when, observed, desired, diff, after: applyChanges(observed, diff), history, attended: false });
  return found.filter(({ guard }) => guard === "loosened").map(({ detail }) => detail);
};

describe("halt", () => {
  test("the hold first, then every policy that is on; nothing waits for the hold", () => {
    const { steps } = haltOf(groundOf(LIVE), "county-2018", NINE);
    expect(steps.map(wordOf)).toEqual(["create cohort-group progress", "mfa-heads on -> report-only"]);
    expect(steps.flatMap((step) => step.after)).toEqual([]);
    const now = halted(LIVE);
    expect(told(now)).toEqual({ begun: [], held: ["*"], halted: NINE });
    expect(groupWith(now, PROGRESS_KEY).settings.description).toBe("entra-rollout:county-2018/progress begun= held=* halted=2018-11-19T09:00:00Z");
  });

  test("a policy that protects how methods are registered goes off", () => {
    const of = withPolicy(LIVE, "mfa-heads", (settings) => ({
      ...settings,
      apps: { include: [], exclude: [], userActions: ["urn:user:registersecurityinfo"] },
    }));
    expect(haltOf(groundOf(of), "county-2018", NINE).steps.map(wordOf)).toContain("mfa-heads on -> off");
  });

  test("a state that only the service knows is taken for on, and goes", () => {
    const of = withPolicy(LIVE, "mfa-heads", (settings) => ({ ...settings, other: { state: "enabledForSome", conditions: { devices: "all" } } }));
    const [, step] = haltOf(groundOf(of), "county-2018", NINE).steps;
    expect(step?.write).toMatchObject({ after: { state: "report-only", other: { conditions: { devices: "all" } } } });
  });

  test("managed policies, and those of others and of other plans, stay", () => {
    const [own] = policiesOf(groundOf(LIVE), "county-2018");
    if (own === undefined) throw new Error("no policy");
    const others = present([
      { ...own, managed: true },
      { ...own, id: id(0x901), mark: { plan: "trust-2022", key: "mfa-heads" } },
      { kind: own.kind, id: id(0x902), settings: own.settings, managed: false },
    ]);
    const ground = { policies: others, groups: present([]) };
    expect(haltOf(ground, "county-2018", NINE).steps.map(wordOf)).toEqual(["create cohort-group progress"]);
    expect(plansIn(ground)).toEqual(["trust-2022"]);
  });

  test("what was begun and left stays noted", () => {
    const early = applied(COUNTY, LIVE, NOV19, { begin: "heads-clients" });
    expect(told(halted(early))).toEqual({ begun: ["heads-clients"], held: ["*"], halted: NINE });
  });

  test("a second time it finds nothing to do; where something was switched on again it is halted anew", () => {
    const now = halted(LIVE);
    expect(haltOf(groundOf(now), "county-2018", NINE + HOUR)).toMatchObject({ steps: [], note: { type: "there" } });
    const on = withPolicy(now, "mfa-heads", (settings) => ({ ...settings, state: "on" }));
    expect(told(halted(on, NINE + HOUR))?.halted).toBe(NINE + HOUR);
  });

  test("where the groups cannot be read, or nobody understands the text, the policies are halted all the same", () => {
    const unread = haltOf({ ...groundOf(LIVE), groups: unknown("not permitted") }, "county-2018", NINE);
    expect(unread.note).toEqual({ type: "cannot", because: "not permitted" });
    expect(unread.steps.map(wordOf)).toEqual(["mfa-heads on -> report-only"]);
    const group = groupWith(halted(LIVE), PROGRESS_KEY);
    const odd = { ...group, settings: { ...group.settings, description: "entra-rollout:county-2018/progress begun= held= frozen=all" } };
    expect(haltOf({ ...groundOf(LIVE), groups: present([odd]) }, "county-2018", NINE).note).toMatchObject({
      type: "cannot",
      because: expect.stringContaining("no longer says"),
    });
  });
});

describe("what the plan wants of what is halted", () => {
  const staging = plan({
    phases: [
      phase("heads-web", "2018-11-19", "heads", ["web"]),
      phase("heads-clients", "2018-11-26", "heads", ["clients"], { reportOnlyFrom: moment("2018-11-22") }),
    ],
  });
  const beside = applied(staging, tenant(staging), at("2018-11-22"));
  const cases: readonly (readonly [name: string, of: Plan, from: Observed, when: string])[] = [
    ["on the day", COUNTY, LIVE, "2018-11-19T09:30"],
    ["when the next phase's moment has come: it does not grow", COUNTY, LIVE, "2018-11-27"],
    ["what is staged beside it stays", staging, beside, "2018-11-23"],
    ["and stays when its moment has come", staging, beside, "2018-11-27"],
    ["before its first moment", COUNTY, applied(COUNTY, tenant(COUNTY), at("2018-11-12")), "2018-11-20"],
  ];
  test.each(cases)("nothing: %s", (_name, of, from, when) => {
    const now = halted(from);
    expect(shown(see(of, now, at(when)).diff)).toEqual([]);
    expect(see(of, now, at(when)).desired.phases.map(({ course }) => course)).toEqual(["held", "held"]);
  });

  test("but rest, where somebody switched one on", () => {
    const on = withPolicy(halted(LIVE), "mfa-heads", (settings) => ({ ...settings, state: "on" }));
    expect(shown(see(COUNTY, on, at("2018-11-20")).diff)).toEqual(["~ conditional-access mfa-heads: state"]);
  });

  test("a phase that the plan got since is held too", () => {
    const longer = plan({ cohorts: [cohort("heads"), cohort("offices")], phases: [...COUNTY.phases, phase("offices", "2018-11-19", "offices", ["web"])] });
    const now = { ...halted(LIVE), roster: tenant(longer).roster };
    expect(shown(see(longer, now, at("2018-11-28")).diff)).toEqual([]);
  });

  test("begun by hand, one goes on and the others stay on hold", () => {
    const now = halted(applied(COUNTY, LIVE, at("2018-11-26")), at("2018-11-26"));
    const seen = see(COUNTY, now, at("2018-11-27"), { begin: "heads-web" });
    expect(shown(seen.diff)).toEqual(["~ cohort-group progress: description", "~ conditional-access mfa-heads: clients, state"]);
    const released = applyChanges(now, seen.diff);
    expect(policyWith(released, "mfa-heads").settings).toMatchObject({ state: "on", clients: ["browser"] });
    expect(told(released)).toEqual({ begun: [], held: ["heads-clients"], halted: at("2018-11-26") });
    expect(shown(see(COUNTY, released, at("2018-11-28")).diff)).toEqual([]);
  });

  test("a machine that never saw the halt takes it for nobody's loosening, and what came later for somebody's", () => {
    const now = halted(LIVE);
    const begun = { begin: "heads-web" };
    expect(loosenings(COUNTY, now, NINE + HOUR, writtenIn(LIVE, NOV19), begun)).toEqual([]);
    // Cut after the hold was released and before the policy was switched on.
    const released = withDone(now, { steps: [] });
    const list = released.resources["cohort-group"];
    const groups = present(
      (list.type === "present" ? list.value : []).map((each) =>
        each.mark?.key === PROGRESS_KEY
          ? { ...each, settings: { ...each.settings, description: progressText("county-2018", { begun: [], held: [], halted: NINE }) } }
          : each,
      ),
    );
    const cut = { ...released, resources: { ...released.resources, "cohort-group": groups } };
    expect(loosenings(COUNTY, cut, NINE + HOUR, writtenIn(LIVE, NOV19))).toEqual([]);
    expect(loosenings(COUNTY, cut, NINE + 2 * HOUR, writtenIn(LIVE, NINE + HOUR))).toEqual([expect.stringContaining("was set to report-only")]);
  });

  test("a later undo's hold is not the halt's", () => {
    const over: Progress = { begun: [], held: [], halted: NINE };
    const group = { ...groupWith(halted(LIVE), PROGRESS_KEY), settings: { name: "MFA rollout: progress", description: progressText("county-2018", over) } };
    const now = { ...LIVE, resources: { ...LIVE.resources, "cohort-group": present([group]) } };
    const step = holdStep("county-2018", ["heads-web"], now);
    expect(step?.write).toMatchObject({ after: { description: "entra-rollout:county-2018/progress begun= held=heads-web" } });
    expect(holdStep("county-2018", ["heads-web"], halted(LIVE))).toBeUndefined();
  });
});

describe("a domain that is out", () => {
  const both: readonly (readonly [ObjectId, string])[] = [
    [id(0x10), "head@alder.county.example"],
    [id(0x20), "office@alder.county.example"],
  ];
  const out = (observed: Observed, members: ReadonlySet<ObjectId> = new Set()): ReliefPlan =>
    outOf(
      groundOf(observed),
      "county-2018",
      ALDER,
      both.map(([each]) => each),
      members,
      NINE,
    );
  const taken = withDone(LIVE, out(LIVE));
  const withRoster = (of: Plan, observed: Observed, extra: readonly (readonly [ObjectId, string])[] = []): Observed => ({
    ...observed,
    roster: tenant(of, {}, [
      ...HEADS.map((each) => ({ ...each, standings: { ...each.standings, ...(each.address.endsWith(`@${ALDER}`) && { [`*out ${ALDER}`]: "in" as const }) } })),
      { id: id(0x20), address: "office@alder.county.example", standings: { [`*out ${ALDER}`]: "in" as const } },
      ...extra.map(([each, address]) => ({ id: each, address, standings: { [`*out ${ALDER}`]: "in" as const } })),
    ]).roster,
  });
  const OF = planWithOut(COUNTY, { out: [ALDER] });

  test("a group of its accounts, left out of every policy that there is", () => {
    expect(out(LIVE).steps.map(wordOf)).toEqual([
      "create cohort-group progress",
      "create cohort-group out-alder_county_example",
      "add-members cohort-group out-alder_county_example",
      "mfa-heads on -> on",
    ]);
    expect(policyWith(taken, "mfa-heads").settings.exclude.groups).toEqual([groupWith(taken, outKey(ALDER)).id]);
    expect(told(taken)).toEqual({ begun: [], held: [], out: [ALDER] });
  });

  test("the plan wants the same, and who joins the domain joins the group", () => {
    expect(shown(see(OF, withRoster(OF, taken), NINE).diff)).toEqual([]);
    expect(shown(see(OF, withRoster(OF, taken, [[id(0x21), "new@alder.county.example"]]), NINE).diff)).toEqual([
      "~ cohort-group out-alder_county_example (+1 -0)",
    ]);
  });

  test("nobody leaves it by a run, not even who is no account of the plan's", () => {
    const more = withRoster(OF, withMembers(taken, groupWith(taken, outKey(ALDER)).id, [id(0x10), id(0x20), E1]));
    expect(shown(see(OF, more, NINE).diff)).toEqual([]);
  });

  test("asked again, it is left out nowhere; its group stays for the next time", () => {
    const seen = see(OF, withRoster(OF, taken), NINE, { backIn: ALDER });
    expect(shown(seen.diff)).toEqual(["~ cohort-group progress: description", "~ conditional-access mfa-heads: exclude.groups"]);
    expect(seen.diff.leftOver).toEqual([]);
    expect(loosenings(OF, withRoster(OF, taken), NINE + HOUR, writtenIn(LIVE, NOV19), { backIn: ALDER })).toEqual([]);
    const back = applyChanges(taken, seen.diff);
    expect(told(back)).toEqual({ begun: [], held: [] });
    const again = outOf(groundOf(back), "county-2018", ALDER, [id(0x10), id(0x20)], new Set([id(0x10), id(0x20)]), NINE + HOUR);
    expect(again.steps.map(wordOf)).toEqual(["update cohort-group progress", "mfa-heads on -> on"]);
  });

  test("its key is no cohort's, and says which domain it is", () => {
    expect(isOutKey(outKey(ALDER))).toBe(true);
    expect(isOutKey("out-alder")).toBe(false);
    expect(isOutKey("heads_x")).toBe(false);
  });
});

describe("somebody who is let in", () => {
  const JO = id(0x10);
  const until = NINE + 24 * HOUR;
  const let1 = (observed: Observed, end = until, when = NINE): Observed =>
    withDone(observed, letInOf(groundOf(observed), "county-2018", { id: JO, until: end }, when));
  const inside = let1(LIVE);

  test("by id, in every policy; noted with the end", () => {
    expect(policyWith(inside, "mfa-heads").settings.exclude.users).toContain(JO);
    expect(told(inside)).toEqual({ begun: [], held: [], letIn: [{ id: JO, until }] });
  });

  const moments: readonly (readonly [name: string, when: number, want: readonly string[]])[] = [
    ["before the end nothing changes", until - 1, []],
    ["at the end the exclusion goes, and nothing else", until, ["~ conditional-access mfa-heads: exclude.users"]],
    ["a phase that begins meanwhile leaves them out too", at("2018-11-26"), ["~ conditional-access mfa-heads: clients, exclude.users"]],
  ];
  test.each(moments)("%s", (_name, when, want) => {
    expect(shown(see(COUNTY, inside, when).diff)).toEqual(want);
    expect(loosenings(COUNTY, inside, when, writtenIn(LIVE, NOV19))).toEqual([]);
  });

  test("a policy made before the end leaves them out from the first moment", () => {
    const bare = withDone(tenant(COUNTY), letInOf(groundOf(tenant(COUNTY)), "county-2018", { id: JO, until }, NINE));
    expect(policyWith(applied(COUNTY, bare, NINE), "mfa-heads").settings.exclude.users).toContain(JO);
  });

  test("another's exclusion at the same time is somebody's loosening", () => {
    const two = withPolicy(inside, "mfa-heads", (settings) => ({
      ...settings,
      exclude: { ...settings.exclude, users: [...settings.exclude.users, id(0x11)] },
    }));
    const found = loosenings(COUNTY, two, until, writtenIn(LIVE, NOV19));
    expect(found).toEqual([expect.stringContaining("head@birch.county.example")]);
    expect(found[0]).not.toContain("alder");
  });

  test("once more gives another end; one whose end is a week ago is forgotten with the next note", () => {
    expect(told(let1(inside, until + HOUR))?.letIn).toEqual([{ id: JO, until: until + HOUR }]);
    const other = (when: number): Observed => withDone(inside, letInOf(groundOf(inside), "county-2018", { id: id(0x11), until: when + HOUR }, when));
    expect(told(other(until + HOUR))?.letIn).toHaveLength(2);
    expect(told(other(until + 8 * 24 * HOUR))?.letIn).toEqual([{ id: id(0x11), until: until + 8 * 24 * HOUR + HOUR }]);
  });

  test("as many as the description holds, and no more", () => {
    let now = LIVE;
    let count = 0;
    for (;;) {
      const next = letInOf(groundOf(now), "county-2018", { id: id(0x1000 + count), until }, NINE);
      if (next.note.type !== "write") {
        expect(next.note).toMatchObject({ type: "cannot", because: expect.stringContaining("1024 characters") });
        break;
      }
      now = withDone(now, next);
      count += 1;
    }
    expect(count).toBe(16);
    expect(groupWith(now, PROGRESS_KEY).settings.description.length).toBeLessThanOrEqual(1024);
  });
});

describe("whether a policy could be about somebody", () => {
  const of = policyWith(LIVE, "mfa-heads").settings;
  const group = of.include.groups[0] ?? "";
  const who = (fields: Partial<Someone> = {}): Someone => ({ id: id(0x10), guest: false, groups: present([]), roles: present([]), ...fields });
  const with_ = (include: Partial<PolicySettings["include"]>, exclude: Partial<PolicySettings["exclude"]> = {}): PolicySettings => ({
    ...of,
    include: { ...of.include, groups: [], ...include },
    exclude: { ...of.exclude, ...exclude },
  });
  const cases: readonly (readonly [name: string, settings: PolicySettings, who: Someone, want: boolean])[] = [
    ["in its group", of, who({ groups: present([group]) }), true],
    ["in no group", of, who(), false],
    ["groups not known", of, who({ groups: unknown("forbidden") }), true],
    ["everybody", with_({ all: true }), who(), true],
    ["named", with_({ users: [id(0x10)] }), who(), true],
    ["a guest", with_({ guests: true }), who({ guest: true }), true],
    ["no guest", with_({ guests: true }), who(), false],
    ["by role", with_({ roles: ["r"] }), who({ roles: present(["r"]) }), true],
    ["left out by id", with_({ all: true }, { users: [id(0x10)] }), who(), false],
    ["left out by a group", with_({ all: true }, { groups: ["g"] }), who({ groups: present(["g"]) }), false],
    ["perhaps left out by a group", with_({ all: true }, { groups: ["g"] }), who({ groups: unknown("forbidden") }), true],
    ["left out by role", with_({ all: true }, { roles: ["r"] }), who({ roles: present(["r"]) }), false],
    ["guests left out", with_({ all: true }, { guests: true }), who({ guest: true }), false],
    ["of no role", with_({ roles: ["r"] }), who({ roles: absent }), false],
  ];
  test.each(cases)("%s", (_name, settings, someone, want) => {
    expect(couldBeAbout(settings, someone)).toBe(want);
  });
});
