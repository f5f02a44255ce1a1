/** Per-user MFA between plan and steps: who gets which state, who is never touched, and what findings say of it. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyChanges } from "../../src/core/after.ts";
import { withAllowances } from "../../src/core/allowances.ts";
import type { Change, Finding } from "../../src/core/changes.ts";
import { checkGuards } from "../../src/core/guards/index.ts";
import type { History } from "../../src/core/history.ts";
import type { Observed } from "../../src/core/observed.ts";
import { PerUserStates } from "../../src/core/per-user-states.ts";
import type { Phase, Plan } from "../../src/core/plan/plan.ts";
import { diffDocument } from "../../src/core/report.ts";
import { orderSteps } from "../../src/core/steps.ts";
import { type ObjectId, type PerUserState, type PolicySettings, present, unknown } from "../../src/core/tenant.ts";
import { at, cohort, E1, E2, HEADS, id, moment, PLACE, phase, plan, type Someone, see, tenant, withMembers } from "./county.ts";

const [ALDER, BIRCH, CEDAR] = [id(0x10), id(0x11), id(0x12)];
const NOBODY = { all: false, none: false, guests: false, users: [], groups: [], roles: [] };

const perUserPlan = (fields: Partial<Plan> = {}): Plan =>
  plan({ mechanism: "per-user", phases: [phase("web", "2018-11-19", "heads", ["web"]), phase("clients", "2018-11-26", "heads", ["clients"])], ...fields });

type States = Readonly<Record<ObjectId, PerUserState>>;
const statesOf = (states: States): PerUserStates => PerUserStates.of(Object.entries(states));
const seenWith = (of: Plan, states: States, people: readonly Someone[] = HEADS, fields: Partial<Observed> = {}): Observed =>
  tenant(of, { perUser: present(statesOf(states)), ...fields }, people);

const NONE: States = { [ALDER]: "disabled", [BIRCH]: "disabled", [CEDAR]: "disabled" };
const WEB = at("2018-11-19");
const CLIENTS = at("2018-11-26");

/** `heads -> enabled: 10 disabled, 11 disabled (web)` */
const told = ({ changes }: { readonly changes: readonly Change[] }): readonly string[] =>
  changes.map(
    ({ key, states, phases }) =>
      `${key} -> ${states?.to}: ${states?.accounts.map((each) => `${each.id.slice(-2)} ${each.before}`).join(", ")} (${phases.join(", ")})`,
  );

describe("who gets which state", () => {
  test.each<readonly [string, States, number, readonly string[]]>([
    ["nobody ahead of the day", NONE, at("2018-11-18"), []],
    ["web is enabled", NONE, WEB, ["heads -> enabled: 10 disabled, 11 disabled, 12 disabled (web)"]],
    [
      "clients is enforced",
      { ...NONE, [ALDER]: "enabled", [BIRCH]: "enabled", [CEDAR]: "enabled" },
      CLIENTS,
      ["heads -> enforced: 10 enabled, 11 enabled, 12 enabled (clients)"],
    ],
    ["no change for who jumped", { [ALDER]: "enforced", [BIRCH]: "enabled", [CEDAR]: "enforced" }, CLIENTS, ["heads -> enforced: 11 enabled (clients)"]],
    [
      "who missed both phases is of both",
      { ...NONE, [ALDER]: "enforced", [CEDAR]: "enabled" },
      CLIENTS,
      ["heads -> enforced: 11 disabled, 12 enabled (web, clients)"],
    ],
    ["enforced is never lowered", { ...NONE, [ALDER]: "enforced" }, WEB, ["heads -> enabled: 11 disabled, 12 disabled (web)"]],
    ["nothing for an account whose state was not read", { [BIRCH]: "disabled" }, WEB, ["heads -> enabled: 11 disabled (web)"]],
    ["all as it should be", { [ALDER]: "enforced", [BIRCH]: "enforced", [CEDAR]: "enforced" }, CLIENTS, []],
  ])("%s", (_, states, when, want) => {
    const of = perUserPlan();
    expect(told(see(of, seenWith(of, states), when).diff)).toEqual(want);
  });

  test("no group, network or policy is made", () => {
    const of = perUserPlan();
    expect(see(of, seenWith(of, NONE), CLIENTS).desired.resources.map(({ kind, key }) => `${kind} ${key}`)).toEqual(["per-user-mfa heads"]);
  });

  test("emergency accounts are passed over whatever cohort they match", () => {
    const of = perUserPlan();
    const people = [...HEADS, { id: E1, address: "emergency-1@county.example", standings: { heads: "in" as const } }];
    expect(told(see(of, seenWith(of, { ...NONE, [E1]: "disabled" }, people), WEB).diff)).toEqual([
      "heads -> enabled: 10 disabled, 11 disabled, 12 disabled (web)",
    ]);
  });

  test("as long as one of them cannot be looked up, nobody is touched", () => {
    const of = perUserPlan();
    const observed = seenWith(of, NONE);
    const blind = { ...observed, emergency: observed.emergency.map((each, place) => (place === 1 ? { ...each, account: unknown("503") } : each)) };
    expect(see(of, blind, WEB).diff.changes).toEqual([]);
  });

  test("disabled accounts get it too, those of other standing do not", () => {
    const of = perUserPlan();
    const people: readonly Someone[] = [
      { id: ALDER, address: "a@x.example", enabled: false, standings: { heads: "in" } },
      { id: BIRCH, address: "b@x.example", standings: { heads: "excepted" } },
      { id: CEDAR, address: "c@x.example" },
    ];
    expect(told(see(of, seenWith(of, NONE, people), WEB).diff)).toEqual(["heads -> enabled: 10 disabled (web)"]);
  });

  test("an account of two cohorts gets the state that asks for more, once", () => {
    const of = perUserPlan({
      cohorts: [cohort("heads"), cohort("all of them")],
      phases: [phase("web", "2018-11-19", "heads", ["web"]), phase("all", "2018-11-19", "all of them", ["web", "clients"])],
    });
    const people: readonly Someone[] = [
      { id: ALDER, address: "a@x.example", standings: { heads: "in", "all of them": "in" } },
      { id: BIRCH, address: "b@x.example", standings: { heads: "in" } },
    ];
    expect(told(see(of, seenWith(of, NONE, people), WEB).diff)).toEqual(["all-of-them -> enforced: 10 disabled (all)", "heads -> enabled: 11 disabled (web)"]);
  });

  test("a phase on hold wants nothing", () => {
    const of = perUserPlan();
    expect(told(see(of, seenWith(of, NONE), CLIENTS, { progress: { begun: [], held: ["clients"] } }).diff).at(-1)).toBe(
      "heads -> enabled: 10 disabled, 11 disabled, 12 disabled (web)",
    );
  });

  test("a phase that waits at its gate sets nobody, and the one behind it neither", () => {
    const of = perUserPlan({
      phases: [phase("web", "2018-11-19", "heads", ["web"], { ready: { atLeast: 90 } }), phase("clients", "2018-11-26", "heads", ["clients"])],
    });
    const gate = (state: "open" | "closed") => ({
      of: new Map([["web", { state, detail: "", missing: [] }]]),
      live: new Set<string>(),
      areSamePeople: () => true,
    });
    const when = (state: "open" | "closed") =>
      see(of, seenWith(of, NONE), CLIENTS, { gates: gate(state) }).diff.changes.filter(({ kind }) => kind === "per-user-mfa");
    expect([when("closed").length, when("open").length]).toEqual([0, 1]);
  });

  test("states that could not be read change nobody, and hold the phase back", () => {
    const of = perUserPlan();
    const observed = tenant(of, { perUser: unknown("503") });
    const seen = see(of, observed, WEB);
    expect(seen.diff.changes).toEqual([]);
    expect(findings(of, observed, WEB).filter(({ verdict }) => verdict !== "go")).toMatchObject([
      {
        guard: "unknown-reads",
        verdict: "unclear",
        detail: "the states of per-user MFA could not be read: 503",
        holds: [{ kind: "per-user-mfa", key: "heads" }],
      },
    ]);
  });
});

const findings = (of: Plan, observed: Observed, when: number, history?: History): readonly Finding[] => {
  const { desired, diff } = see(of, observed, when);
  return checkGuards({ plan: of, moment: when, observed, desired, diff, after: applyChanges(observed, diff), history, attended: true });
};
const named = (guard: string, all: readonly Finding[]): readonly Finding[] => all.filter((each) => each.guard === guard);

describe("what the diff says of people", () => {
  const linesAt = (states: States, when: number, fields: Partial<Observed> = {}) => {
    const of = perUserPlan();
    const observed = seenWith(of, states, HEADS, fields);
    const { desired, diff } = see(of, observed, when);
    return diffDocument({ plan: of, observed, desired, diff, findings: [], moment: when });
  };

  test("who is registered jumps, by name", () => {
    const [line] = linesAt(NONE, WEB).changes;
    expect(line?.states).toMatchObject({
      jump: { count: 2, sample: ["head@alder.county.example", "head@cedar.county.example"], accounts: [ALDER, CEDAR] },
      already: 0,
    });
    expect(line?.accounts).toMatchObject({ count: 3, notReady: 1 });
  });

  test("without registration data nobody can say who jumps", () => {
    const [line] = linesAt(NONE, WEB, { registration: unknown("403") }).changes;
    expect(line?.states?.jump.count).toBeNull();
  });

  test("for whom the clients phase changes nothing", () => {
    const document = linesAt({ [ALDER]: "enforced", [BIRCH]: "enabled", [CEDAR]: "enforced" }, CLIENTS);
    expect(document.changes.map(({ states }) => [states?.to, states?.accounts.length, states?.jump.count, states?.already])).toEqual([["enforced", 1, 0, 2]]);
    expect(document.phases.map(({ state }) => state)).toEqual(["live", "due"]);
  });

  test("with everybody enforced both phases are live and nothing changes", () => {
    const document = linesAt({ [ALDER]: "enforced", [BIRCH]: "enforced", [CEDAR]: "enforced" }, CLIENTS);
    expect([document.changes, document.phases.map(({ state }) => state)]).toEqual([[], ["live", "live"]]);
  });

  test("with states unread no phase is live", () => {
    expect(linesAt(NONE, WEB, { perUser: unknown("503") }).phases.map(({ state }) => state)).toEqual(["due", "later"]);
  });
});

test("a cohort of 45 is three writes of twenty at most, each with the way back", () => {
  const of = perUserPlan();
  const people = Array.from({ length: 45 }, (_, place): Someone => ({ id: id(0x100 + place), address: `p${place}@x.example`, standings: { heads: "in" } }));
  const observed = seenWith(of, Object.fromEntries(people.map((each, place) => [each.id, place === 7 ? "enabled" : "disabled"])), people);
  const steps = orderSteps(see(of, observed, CLIENTS).diff);
  expect(steps.map(({ write }) => (write.type === "set-states" ? [write.to, write.accounts.length] : write.type))).toEqual([
    ["enforced", 20],
    ["enforced", 20],
    ["enforced", 5],
  ]);
  for (const { write, undo } of steps) expect(undo).toEqual({ type: "states", accounts: write.type === "set-states" ? write.accounts : [] });
});

test("the hash is of who gets what, and from which state", () => {
  const of = perUserPlan();
  const hash = (states: States): string => see(of, seenWith(of, states), CLIENTS).diff.hash;
  const hashes = [NONE, { ...NONE, [ALDER]: "enabled" as const }, { ...NONE, [ALDER]: "enforced" as const }].map(hash);
  expect(new Set(hashes).size).toBe(3);
  expect(hash(NONE)).toBe(hashes[0]);
});

describe("findings", () => {
  const policyOf = (fields: Partial<PolicySettings>, mark?: string): Observed["resources"]["conditional-access"] =>
    present([
      {
        kind: "conditional-access",
        id: id(0x200),
        managed: false,
        ...(mark !== undefined && { mark: { plan: "county-2018", key: mark } }),
        settings: {
          name: "Old MFA",
          description: "",
          state: "on",
          include: { ...NOBODY, all: true },
          exclude: { ...NOBODY, users: [E1, E2] },
          apps: { include: ["all"], exclude: [], userActions: [] },
          clients: ["all"],
          locations: null,
          grant: { operator: "or", controls: ["mfa"], strength: null },
          signInFrequency: null,
          other: {},
          ...fields,
        },
      },
    ]);
  const withPolicy = (observed: Observed, fields: Partial<PolicySettings> = {}): Observed => ({
    ...observed,
    resources: { ...observed.resources, "conditional-access": policyOf(fields) },
  });

  test("security defaults stop it, and can be let pass", () => {
    const of = perUserPlan();
    const found = findings(of, seenWith(of, NONE, HEADS, { securityDefaults: present(true) }), WEB);
    const [stop] = named("per-user", found);
    expect(stop).toMatchObject({ verdict: "stop", count: 1, holds: [{ kind: "per-user-mfa", key: "heads" }] });
    expect(withAllowances(found, [{ guard: "per-user", count: 1 }]).filter(({ guard, allowed }) => guard === "per-user" && allowed)).toHaveLength(1);
  });

  test("a policy that asks as well is told of; one in report-only is not", () => {
    const of = perUserPlan();
    const detail = (fields: Partial<PolicySettings>) =>
      named("per-user", findings(of, withPolicy(seenWith(of, NONE), fields), WEB)).map((each) => [each.verdict, each.detail]);
    expect(detail({})).toEqual([["go", expect.stringContaining('the policy "Old MFA" asks for MFA as well')]]);
    expect(detail({ state: "report-only" })).toEqual([]);
    expect(detail({ grant: { operator: "or", controls: ["block"], strength: null } })).toEqual([]);
  });

  test("somebody's state on an emergency account is told of", () => {
    const of = perUserPlan();
    const found = named("per-user", findings(of, seenWith(of, { ...NONE, [E1]: "enforced" }), WEB));
    expect(found).toMatchObject([{ verdict: "go", accounts: ["emergency-1@county.example"] }]);
  });

  test("who leaves a list keeps the state, and that is told", () => {
    const row = (entry: string, leaves: boolean) => ({ entry, leaves, line: 1 });
    const rows = [row("cedar.county.example", false), row("head@alder.county.example", true), row("birch.county.example", true)];
    const of = perUserPlan({ cohorts: [cohort("heads", { source: { type: "file", file: "x.csv", list: { type: "read", rows, remarks: [] } } })] });
    const people = HEADS.map((each) => ({ ...each, standings: { heads: each.id === CEDAR ? ("in" as const) : ("out" as const) } }));
    const observed = seenWith(of, { [ALDER]: "enforced", [BIRCH]: "enabled", [CEDAR]: "enabled" }, people);
    expect(see(of, observed, WEB).diff.changes).toEqual([]);
    expect(named("per-user", findings(of, observed, WEB))).toMatchObject([
      { verdict: "go", count: 2, accounts: ["head@alder.county.example", "head@birch.county.example"] },
    ]);
    expect(named("per-user", findings(of, seenWith(of, NONE, people), WEB))).toEqual([]);
  });

  const lowered = (last: PerUserState, now: PerUserState, when: number): readonly Finding[] => {
    const of = perUserPlan();
    const history: History = { written: new Map(), states: new Map([[ALDER, { state: last, at: WEB, run: "r1" }]]) };
    return named("loosened", findings(of, seenWith(of, { ...NONE, [ALDER]: now, [BIRCH]: "enforced", [CEDAR]: "enforced" }), when, history));
  };
  test.each<readonly [string, PerUserState, PerUserState, number, number]>([
    ["what a run set and somebody lowered", "enabled", "disabled", WEB, 1],
    ["lowered by one", "enforced", "enabled", CLIENTS, 1],
    ["as the run left it", "enabled", "enabled", CLIENTS, 0],
    ["raised", "enabled", "enforced", CLIENTS, 0],
    ["lowered, but as much as is wanted", "enforced", "enabled", WEB, 0],
    ["never set", "disabled", "disabled", WEB, 0],
  ])("loosened: %s", (_, last, now, when, count) => {
    const found = lowered(last, now, when);
    expect(found).toHaveLength(count);
    if (count > 0)
      expect(found).toMatchObject([{ verdict: "stop", count: 1, accounts: ["head@alder.county.example"], holds: [{ kind: "per-user-mfa", key: "heads" }] }]);
  });

  describe("retired", () => {
    const retire = (cohortName: string, starts = "2019-01-21"): Phase => ({
      id: "retire",
      title: "retire",
      starts: moment(starts),
      retirePerUser: { for: cohortName },
      place: PLACE,
    });
    const of = plan({ phases: [phase("heads-all", "2018-11-19", "heads", ["web", "clients"]), retire("heads")] });
    const LATER = at("2019-01-21");
    const states: States = { [ALDER]: "enforced", [BIRCH]: "enabled", [CEDAR]: "disabled", [id(0x77)]: "enforced" };
    const observed = seenWith(of, states);
    /** The tenant with the plan's own policy on, and its group whole. */
    const covered = (members: readonly ObjectId[] = [ALDER, BIRCH, CEDAR]): Observed => {
      const before = seenWith(of, states);
      const made = applyChanges(before, see(of, before, at("2018-11-19")).diff);
      const group = made.resources["cohort-group"];
      return withMembers(made, group.type === "present" ? (group.value[0]?.id ?? "") : "", members);
    };

    test("turns off what is on, after everything that asks in its place", () => {
      const { diff } = see(of, observed, LATER);
      expect(told({ changes: diff.changes.filter(({ kind }) => kind === "per-user-mfa") })).toEqual(["heads -> disabled: 10 enforced, 11 enabled (retire)"]);
      const steps = orderSteps(diff);
      const last = steps.at(-1);
      const policies = steps.filter(({ kind }) => kind === "conditional-access").map((step) => step.id);
      expect([last?.write.type, policies.length > 0, policies.every((step) => last?.after.includes(step))]).toEqual(["set-states", true, true]);
    });

    test.each<readonly [string, Observed, number | undefined]>([
      ["its own policy asks them", covered(), undefined],
      ["one is not in its group, and joins it in the same run", covered([ALDER]), undefined],
      ["the policy is to be made in the same run", observed, undefined],
    ])("%s", (_, world, count) => {
      expect(named("per-user", findings(of, world, LATER)).find(({ verdict }) => verdict === "stop")?.count).toBe(count);
    });

    const alone = plan({ phases: [retire("heads")] });
    test.each<readonly [string, Partial<PolicySettings> | undefined, number | undefined]>([
      ["no policy at all", undefined, 2],
      ["one for all", {}, undefined],
      ["one in report-only", { state: "report-only" }, 2],
      ["one that takes a compliant device instead", { grant: { operator: "or", controls: ["compliantDevice", "mfa"], strength: null } }, 2],
      ["one that wants a compliant device besides", { grant: { operator: "and", controls: ["compliantDevice", "mfa"], strength: null } }, undefined],
      ["one for the browser alone", { clients: ["browser"] }, 2],
      ["one for an application alone", { apps: { include: [id(0x999)], exclude: [], userActions: [] } }, 2],
      ["one that leaves one of them out", { exclude: { ...NOBODY, users: [E1, E2, ALDER] } }, 1],
      ["one that leaves out a group that nobody read", { exclude: { ...NOBODY, users: [E1, E2], groups: [id(0x888)] } }, 2],
      ["one with conditions that nobody knows", { other: { conditions: { userRiskLevels: ["high"] } } }, 2],
      ["one that asks for a strength", { grant: { operator: "or", controls: [], strength: id(2) } }, undefined],
    ])("stops where nothing asks in its place: %s", (_, fields, count) => {
      const world = fields === undefined ? seenWith(alone, states) : withPolicy(seenWith(alone, states), fields);
      const stop = named("per-user", findings(alone, world, LATER)).find(({ verdict }) => verdict === "stop");
      expect(stop?.count).toBe(count);
      if (count !== undefined) expect(stop?.holds).toEqual([{ kind: "per-user-mfa", key: "heads" }]);
    });

    test("who is in no cohort of it is told of", () => {
      const people = [...HEADS, { id: id(0x77), address: "it@county.example" }];
      expect(named("per-user-left", findings(of, seenWith(of, states, people), LATER))).toMatchObject([
        { verdict: "go", count: 1, accounts: ["it@county.example"] },
      ]);
    });
  });
});

const STATES = ["disabled", "enabled", "enforced"] as const;
const worlds = fc.array(fc.record({ state: fc.constantFrom(...STATES), heads: fc.boolean(), others: fc.boolean(), enabled: fc.boolean() }), { maxLength: 50 });

test("law: once applied nothing differs, nobody is lowered, and who is in no cohort stays as they are", () => {
  const of = perUserPlan({
    cohorts: [cohort("heads"), cohort("others")],
    phases: [phase("web", "2018-11-19", "heads", ["web"]), phase("clients", "2018-11-26", "others", ["clients"])],
  });
  fc.assert(
    fc.property(worlds, fc.constantFrom(WEB, CLIENTS), (all, when) => {
      const people = all.map(
        ({ heads, others, enabled }, place): Someone => ({
          id: id(0x100 + place),
          address: `p${place}@x.example`,
          enabled,
          standings: { heads: heads ? "in" : "out", others: others ? "in" : "out" },
        }),
      );
      const states = Object.fromEntries(all.map(({ state }, place) => [id(0x100 + place), state]));
      const before = seenWith(of, states, people);
      const { diff } = see(of, before, when);
      const after = applyChanges(before, diff);
      expect(see(of, after, when).diff.changes).toEqual([]);
      const written = diff.changes.flatMap((change) => change.states?.accounts.map(({ id: account }) => account) ?? []);
      expect(new Set(written).size).toBe(written.length);
      all.forEach(({ state, heads, others }, place) => {
        const now = after.perUser?.type === "present" ? after.perUser.value.get(id(0x100 + place)) : undefined;
        expect(STATES.indexOf(now ?? "disabled")).toBeGreaterThanOrEqual(STATES.indexOf(state));
        if (!heads && !others) expect(now).toBe(state);
      });
      expect(before.perUser).toEqual(seenWith(of, states, people).perUser);
    }),
  );
});
