import { describe, expect, test } from "vitest";
import { EVERYBODY } from "../../../src/core/cohorts.ts";
import type { Progress } from "../../../src/core/observed.ts";
import type { Phase, Plan } from "../../../src/core/plan/plan.ts";
import { isMeant, type PlanSeen, reachBy, whyOutWords } from "../../../src/core/reports/reach.ts";
import type { Standing } from "../../../src/core/roster.ts";
import { present, type ResourceOf, unknown } from "../../../src/core/tenant.ts";
import { at, cohort, id, PLACE, phase, plan } from "../county.ts";

const NAMES = ["heads", "offices"];
const PLAN = plan({
  cohorts: NAMES.map((name) => cohort(name)),
  phases: [
    phase("heads-web", "2018-11-19", "heads", ["web"]),
    phase("heads-clients", "2018-11-26", "heads", ["clients"]),
    phase("offices", "2018-12-03", "offices", ["web"], { ready: { atLeast: 90 } }),
  ],
});

/** A policy of the plan's that is on and asks in these clients. */
const live = (key: string, clients: ResourceOf<"conditional-access">["settings"]["clients"]): ResourceOf<"conditional-access"> => ({
  kind: "conditional-access",
  id: id(0x91),
  managed: false,
  mark: { plan: PLAN.id, key },
  settings: {
    name: key,
    description: "",
    state: "on",
    include: { all: false, none: false, guests: false, users: [], groups: [], roles: [] },
    exclude: { all: false, none: false, guests: false, users: [], groups: [], roles: [] },
    apps: { include: ["all"], exclude: [], userActions: [] },
    clients,
    locations: null,
    grant: { operator: "or", controls: ["mfa"], strength: null },
    signInFrequency: null,
    other: {},
  },
});

type Seen = Partial<Omit<PlanSeen, "now">> & { readonly now?: string; readonly unreadable?: readonly string[]; readonly names?: readonly string[] };

const reachOf = (
  standings: readonly Standing[],
  { now = "2018-11-05", names = NAMES, unreadable = [], ...seen }: Seen = {},
  perUser?: "disabled" | "enabled" | "enforced",
) => {
  const reader = { names, unreadable: unreadable.map((name) => ({ cohort: name, because: "503" })) };
  const whole: PlanSeen = { plan: PLAN, progress: undefined, policies: present([]), securityDefaults: present(false), ...seen, now: at(now) };
  return reachBy(whole, reader)(standings, perUser);
};
const phaseOf = (...args: Parameters<typeof reachOf>): string => {
  const { phase: own, scope } = reachOf(...args);
  return own === undefined ? scope : `${own.id} ${own.state} ${own.starts}`;
};

const held = (...ids: readonly string[]): Progress => ({ begun: [], held: ids });
const HEAD: readonly Standing[] = ["in", "out"];
const OFFICE: readonly Standing[] = ["out", "in"];

describe("the phase that reaches an account", () => {
  test.each<readonly [string, readonly Standing[], Seen, string]>([
    ["the first that will", HEAD, {}, "heads-web later 2018-11-19T00:00:00Z"],
    ["one whose moment has come, and whose policy is not on", HEAD, { now: "2018-11-20" }, "heads-web due 2018-11-19T00:00:00Z"],
    ["one that asks already", HEAD, { now: "2018-11-27", policies: present([live("mfa-heads", ["browser"])]) }, "heads-web live 2018-11-19T00:00:00Z"],
    ["policies that could not be read", HEAD, { now: "2018-11-20", policies: unknown("503") }, "heads-web unknown 2018-11-19T00:00:00Z"],
    ["one on hold gives way to the next", HEAD, { now: "2018-11-20", progress: held("heads-web") }, "heads-clients later 2018-11-26T00:00:00Z"],
    ["all on hold", HEAD, { now: "2018-11-20", progress: held("*") }, "heads-web held 2018-11-19T00:00:00Z"],
    [
      "begun early",
      HEAD,
      { progress: { begun: ["heads-clients"], held: [] }, policies: present([live("mfa-heads", ["browser", "mobile-and-desktop"])]) },
      "heads-clients live 2018-11-26T00:00:00Z",
    ],
    ["a gate that nobody opened", OFFICE, { now: "2018-12-04" }, "offices waiting 2018-12-03T00:00:00Z"],
    ["in two cohorts, the first", ["in", "in"], {}, "heads-web later 2018-11-19T00:00:00Z"],
    ["in none", ["out", "out"], {}, "out"],
    ["excepted is out", ["out", "excepted"], {}, "out"],
    ["in none, of two of which one could not be read", ["out", "out"], { unreadable: ["offices"] }, "unknown"],
    ["in one, whatever of the other could be read", HEAD, { unreadable: ["offices"] }, "heads-web later 2018-11-19T00:00:00Z"],
  ])("%s", (_name, standings, seen, want) => {
    expect(phaseOf(standings, seen)).toBe(want);
  });

  test("under per-user MFA it is the account's own state that tells", () => {
    const perUser: Plan = { ...PLAN, mechanism: "per-user" };
    const seen: Seen = { plan: perUser, now: "2018-11-27" };
    expect([phaseOf(HEAD, seen, "enabled"), phaseOf(HEAD, seen, "disabled"), phaseOf(HEAD, seen)].map((text) => text.split(" ").slice(0, 2).join(" "))).toEqual(
      ["heads-web live", "heads-web due", "heads-web unknown"],
    );
  });

  test.each([
    [present(true), "defaults live"],
    [present(false), "defaults due"],
    [unknown("403"), "defaults unknown"],
  ])("security defaults, which are %j", (securityDefaults, want) => {
    const { requireMfa: _none, ...bare } = phase("defaults", "2018-11-01", "heads", ["web"]);
    const own: Phase = { ...bare, securityDefaults: "on" };
    const seen: Seen = { plan: plan({ cohorts: [], phases: [own] }), names: [EVERYBODY], securityDefaults };
    expect(phaseOf(["in"], seen)).toBe(`${want} 2018-11-01T00:00:00Z`);
    expect(reachOf(["in"], seen).cohorts).toEqual([]);
  });

  test("a domain that is out for now is told", () => {
    const seen: Seen = { names: [...NAMES, "*out birch.example"] };
    expect([reachOf([...HEAD, "in"], seen).isDomainOut, reachOf([...HEAD, "out"], seen).isDomainOut]).toEqual([true, false]);
    expect(reachOf([...HEAD, "in"], seen).cohorts).toEqual(["heads"]);
  });

  test("those who stand alike share one value, and nobody else does", () => {
    const reader = { names: NAMES, unreadable: [] };
    const of = reachBy({ plan: PLAN, progress: undefined, now: at("2018-11-05"), policies: present([]), securityDefaults: present(false) }, reader);
    expect(of(HEAD, undefined)).toBe(of(["in", "out"], "enforced"));
    const all: readonly Standing[] = ["out", "in", "excepted"];
    const values = all.flatMap((one) => all.map((other) => of([one, other], undefined)));
    expect(new Set(values).size).toBe(9);
  });
});

test("a filter means those whom the phase or cohort is about, exempted ones too", () => {
  const [head, excepted, nobody] = [reachOf(HEAD), reachOf(["excepted", "out"]), reachOf(["out", "out"])];
  const meant = (filter: Parameters<typeof isMeant>[2]) => [head, excepted, nobody].map((reach) => isMeant(PLAN, reach, filter));
  expect([
    meant({}),
    meant({ phase: "heads-clients" }),
    meant({ cohort: "heads" }),
    meant({ phase: "offices" }),
    meant({ phase: "heads-web", cohort: "offices" }),
  ]).toEqual([
    [true, true, true],
    [true, true, false],
    [true, true, false],
    [false, false, false],
    [false, false, false],
  ]);
});

test("an exclusion holds on its last day, and is overdue from the next", () => {
  const exception = { accounts: ["head@*"], because: "shared", owner: "bursar", until: "2019-04-01", place: PLACE };
  const outside = { held: [], reasons: [{ reason: { type: "exception" as const, exception, pattern: "head@*" }, cohorts: ["heads"] }] };
  expect(["2019-04-01", "2019-04-02"].map((today) => whyOutWords(outside, today))).toEqual([
    "left out by the plan: shared (bursar, until 2019-04-01)",
    "left out by the plan: shared (bursar, overdue since 2019-04-01)",
  ]);
});
