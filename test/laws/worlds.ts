/** Random plans and tenants: foreign resources, ours as an earlier apply left them, and what people did to them since. */

import fc from "fast-check";
import type { DesiredOptions } from "../../src/core/desired.ts";
import { IdIndex } from "../../src/core/ids.ts";
import { normalise } from "../../src/core/kinds/index.ts";
import { markOf } from "../../src/core/mark.ts";
import { NOT_ASKED, type Observed } from "../../src/core/observed.ts";
import type { Cohort, Phase, Plan, RequireMfa } from "../../src/core/plan/plan.ts";
import type { Standing } from "../../src/core/roster.ts";
import { absent, type Known, type PolicySettings, present, type ResourceOf, unknown } from "../../src/core/tenant.ts";
import { applied, cohort, HEADS, id, network, PLACE, phase, plan, type Someone, tenant } from "../core/county.ts";

const DAY = 86_400_000;
const START = Date.parse("2018-11-01T00:00:00Z");

const dayOf = (day: number): number => START + day * DAY;
/** Days in half steps, so that moments fall on, before and after those of phases. */
export const when: fc.Arbitrary<number> = fc.integer({ min: 0, max: 80 }).map((half) => dayOf(half / 2));

const onDay = (day: number): Phase["starts"] => ({ local: new Date(dayOf(day)).toISOString().slice(0, 16), instant: dayOf(day) });

const sources: fc.Arbitrary<Cohort["source"]> = fc.constantFrom<Cohort["source"]>(
  { type: "accounts", patterns: ["head@*"] },
  { type: "all" },
  { type: "group", group: "IT Support" },
  { type: "dynamic", rule: "(user.department -eq 1)" },
  { type: "file", file: "x.csv", list: { type: "read", rows: [{ entry: "p3@x.example", leaves: true, line: 1 }], remarks: [] } },
  { type: "file", file: "x.csv", list: { type: "unusable", because: "missing" } },
);

const COHORTS = ["a", "b", "a-staged"];
const NETWORKS = ["n", "m"];

const phases: fc.Arbitrary<readonly Phase[]> = fc
  .array(
    fc.record({
      day: fc.integer({ min: 1, max: 40 }),
      ahead: fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
      for: fc.constantFrom("a", ...COHORTS),
      on: fc.constantFrom<RequireMfa["on"]>(["web"], ["clients"], ["web", "clients"]),
      // Mostly alike, so that phases often share a policy.
      outside: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.shuffledSubarray(NETWORKS) }),
      apps: fc.constantFrom<"all" | "office365">("all", "all", "all", "all", "office365"),
      again: fc.constantFrom(undefined, undefined, undefined, undefined, 30, 90),
      strength: fc.constantFrom<RequireMfa["strength"]>(undefined, undefined, undefined, undefined, "phishing-resistant"),
      besides: fc.constantFrom<"nothing" | "block" | "register">("nothing", "nothing", "nothing", "block", "register"),
      // Nobody has looked who is ready: such a phase waits, and so does what is behind it.
      gated: fc.constantFrom(false, false, false, false, false, true),
    }),
    { minLength: 1, maxLength: 6, size: "max" },
  )
  .map((drafts) =>
    drafts
      .toSorted((a, b) => a.day - b.day)
      .map(({ day, ahead, for: name, on, outside, apps, again, strength, besides, gated }, number) =>
        phase(`p${number}`, "2018-11-01", name, on, {
          starts: onDay(day),
          ...(ahead !== undefined && { reportOnlyFrom: onDay(day - ahead) }),
          require: { outside, apps, ...(again !== undefined && { askAgainAfterDays: again }), ...(strength !== undefined && { strength }) },
          ...(besides === "block" && { blockLegacy: { for: name } }),
          ...(besides === "register" && { protectRegistration: { for: name, outside, temporaryAccessPass: false } }),
          ...(gated && { ready: { atLeast: 50 } }),
        }),
      ),
  );

export const plans: fc.Arbitrary<Plan> = fc
  .record({ phases, sources: fc.tuple(sources, sources, sources), guests: fc.constantFrom<"in" | "out">("in", "out"), trusted: fc.boolean() })
  .map((fields) =>
    plan({
      cohorts: COHORTS.map((name, number) =>
        cohort(name, {
          source: fields.sources[number] ?? { type: "all" },
          guests: fields.guests,
          except: [{ accounts: ["p4@*"], because: "shared", owner: "x", place: PLACE }],
        }),
      ),
      networks: [network("n", ["192.0.2.0/24", "2001:db8:10::/48"]), network("m", ["198.51.100.0/24"], fields.trusted)],
      phases: fields.phases,
    }),
  );

/** Options as somebody might type them; the phase is named by number. */
export type Typed = { readonly stage: boolean; readonly begin: number | undefined };
export const typed: fc.Arbitrary<Typed> = fc.record({ stage: fc.boolean(), begin: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }) });
export const optionsOf = (of: Plan, { stage, begin }: Typed): DesiredOptions => {
  const named = begin === undefined ? undefined : of.phases[begin]?.id;
  return { stage, ...(named !== undefined && { begin: named }) };
};

const standings: fc.Arbitrary<Standing> = fc.constantFrom<Standing>("in", "in", "out", "excepted");
const people: fc.Arbitrary<readonly Someone[]> = fc
  .array(fc.record({ a: standings, b: standings, "a-staged": standings, capable: fc.boolean(), enabled: fc.boolean() }), { maxLength: 60, size: "max" })
  .map((all) =>
    all.map(({ capable, enabled, ...each }, number) => ({ id: id(0x10 + number), address: `p${number}@x.example`, capable, enabled, standings: each })),
  );

const foreignPolicy = (
  number: number,
  fields: Partial<ResourceOf<"conditional-access">>,
  settings: Partial<PolicySettings>,
): ResourceOf<"conditional-access"> => ({
  kind: "conditional-access",
  id: id(0xf00 + number),
  managed: false,
  ...fields,
  settings: normalise("conditional-access", {
    name: "Old",
    description: "",
    state: "on",
    include: { all: true, none: false, guests: false, users: [], groups: [], roles: [] },
    exclude: { all: false, none: false, guests: true, users: [id(9)], groups: [id(0xfa0)], roles: [] },
    apps: { include: ["all"], exclude: [], userActions: [] },
    clients: ["all"],
    locations: { include: ["all"], exclude: ["all-trusted"] },
    grant: { operator: "and", controls: ["mfa", "block"], strength: id(2) },
    signInFrequency: "every-time",
    other: { conditions: { platforms: { includePlatforms: ["android"] } } },
    ...settings,
  }),
});

const OURS = { plan: "county-2018", key: "mfa-a" };
export const FOREIGN: Observed["resources"] = {
  ...NOT_ASKED,
  "cohort-group": present([
    {
      kind: "cohort-group",
      id: id(0xfa0),
      mark: { plan: "county-2018", key: "a" },
      managed: true,
      settings: { name: "synced", description: "entra-rollout:county-2018/a" },
    },
  ]),
  "named-location": present([
    {
      kind: "named-location",
      id: id(0xfb0),
      managed: false,
      settings: { name: "Home", sort: "country", trusted: false, ranges: ["NZ"], other: { includeUnknownCountriesAndRegions: true } },
    },
  ]),
  "conditional-access": present([
    foreignPolicy(0, {}, {}),
    foreignPolicy(1, { mark: OURS, managed: true }, { description: "entra-rollout:county-2018/mfa-a" }),
    foreignPolicy(2, { mark: { plan: "other", key: "mfa-a" } }, {}),
  ]),
};

const isForeign = (resource: { readonly id: string }): boolean => resource.id.startsWith("00000000-0000-4000-8000-000000000f");

type Deed = (observed: Observed) => Observed;

const onPolicies =
  (change: (each: ResourceOf<"conditional-access">, number: number) => readonly ResourceOf<"conditional-access">[]): Deed =>
  (observed) => {
    const list = observed.resources["conditional-access"];
    if (list.type !== "present") return observed;
    let number = 0;
    const value = list.value.flatMap((each) => {
      if (isForeign(each)) return [each];
      number += 1;
      return change(each, number - 1);
    });
    return { ...observed, resources: { ...observed.resources, "conditional-access": present(value) } };
  };

/** Whose a policy is stands in its name and description: who edits both makes it nobody's. */
const edited = ({ kind, id: own, managed }: ResourceOf<"conditional-access">, settings: PolicySettings): ResourceOf<"conditional-access"> => {
  const mark = markOf(settings.description, settings.name);
  return { kind, id: own, managed, ...(mark !== undefined && { mark }), settings: normalise("conditional-access", settings) };
};

const editing = (edit: (settings: PolicySettings) => PolicySettings): Deed =>
  onPolicies((each, number) => [number === 0 ? edited(each, edit(each.settings)) : each]);

const fewer = <T extends { readonly id: string }>(list: Known<readonly T[]>): Known<readonly T[]> =>
  list.type === "present" ? present(list.value.filter((each, number) => isForeign(each) || number > 1)) : list;

const moving =
  (change: (members: readonly string[]) => readonly string[]): Deed =>
  (observed) => ({
    ...observed,
    members: new Map([...observed.members].map(([group, list]) => [group, list.type === "present" ? present(IdIndex.of(change([...list.value]))) : list])),
  });

const DEEDS = {
  "switched off": editing((settings) => ({ ...settings, state: "off" })),
  renamed: editing((settings) => ({ ...settings, name: "Mine" })),
  "widened and narrowed": editing((settings) => ({
    ...settings,
    exclude: { ...settings.exclude, users: [id(0x77)] },
    other: { conditions: { userRiskLevels: ["high"] } },
  })),
  "description lost": editing((settings) => ({ ...settings, description: "" })),
  "policy deleted": onPolicies((each, number) => (number === 0 ? [] : [each])),
  "policy copied": onPolicies((each, number) => (number === 0 ? [each, { ...each, id: id(0xc0) }] : [each])),
  "groups deleted": (observed) => {
    const groups = fewer(observed.resources["cohort-group"]);
    const left = new Set(groups.type === "present" ? groups.value.map((each) => each.id) : []);
    return {
      ...observed,
      resources: { ...observed.resources, "cohort-group": groups },
      members: new Map([...observed.members].filter(([group]) => left.has(group))),
    };
  },
  "networks deleted": (observed) => ({ ...observed, resources: { ...observed.resources, "named-location": fewer(observed.resources["named-location"]) } }),
  "members gone": moving((members) => members.slice(2)),
  "strangers in": moving((members) => [...members, id(0x888)]),
  "members not read": (observed) => ({ ...observed, members: new Map([...observed.members].map(([group]) => [group, unknown("503")])) }),
  "policies not read": (observed) => ({ ...observed, resources: { ...observed.resources, "conditional-access": unknown("503") } }),
  "groups not read": (observed) => ({ ...observed, resources: { ...observed.resources, "cohort-group": unknown("503") } }),
  "networks not read": (observed) => ({ ...observed, resources: { ...observed.resources, "named-location": unknown("503") } }),
  "accounts not read": (observed) => ({ ...observed, roster: unknown("503") }),
  "an emergency account gone": (observed) => ({
    ...observed,
    emergency: observed.emergency.map((each, number) => (number === 0 ? { ...each, account: absent } : each)),
  }),
} as const satisfies Record<string, Deed>;

export type World = { readonly of: Plan; readonly observed: Observed };

/** With their names, for a counter-example to show. */
const deeds: fc.Arbitrary<readonly (readonly [string, Deed])[]> = fc.uniqueArray(fc.constantFrom(...Object.entries<Deed>(DEEDS)), {
  maxLength: 3,
  selector: ([name]) => name,
});

/** A tenant in which the plan, or an earlier wording of it, may have been applied at some moment, and people went about their work since. */
export const worlds: fc.Arbitrary<World> = fc
  .record({
    of: plans,
    earlier: fc.option(plans, { nil: undefined }),
    before: fc.option(fc.tuple(when, typed), { nil: undefined }),
    held: fc.subarray(["p0", "p1", "p2"]),
    people,
    now: people,
    deeds,
  })
  .map(({ of, earlier, before, held, people: then, now, deeds: done }) => {
    const empty = tenant(of, { resources: FOREIGN }, [...HEADS, ...then]);
    const past = earlier ?? of;
    const progress = held.length === 0 ? undefined : { begun: [], held };
    const left = before === undefined ? empty : applied(past, empty, before[0], { ...optionsOf(past, before[1]), ...(progress !== undefined && { progress }) });
    const today: Observed = { ...left, roster: tenant(of, {}, now).roster };
    return { of, observed: done.reduce((observed, [, deed]) => deed(observed), today) };
  });
