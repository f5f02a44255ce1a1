/** Which resources a plan can make at any moment, and under which keys: the same keys whatever the moment. */

import { BASIC_KEY, blockBasicPhases } from "./basic-wishes.ts";
import { byText } from "./canonical.ts";
import { shortDigest } from "./hash.ts";
import { byKindAndKey } from "./kinds/index.ts";
import { type Apps, type Cohort, cohortsOf, type Network, networksOf, type Phase, type Plan, type RequireMfa, type Strength } from "./plan/plan.ts";
import { PROGRESS_KEY } from "./progress.ts";
import type { Kind } from "./tenant.ts";

/** What a policy is for: asking for MFA, keeping old clients out, or protecting how methods are registered. */
export type DemandSort = "mfa" | "block" | "register";

/** Phases that want the same of the same people in the same places and apps: one policy, which grows from phase to phase. */
export type Demand = {
  readonly sort: DemandSort;
  readonly key: string;
  /** The key of the policy beside it that is in report-only while this one is on already. */
  readonly stagedKey: string;
  /** As people say it: `heads, outside schools`. */
  readonly words: string;
  readonly cohort: Cohort;
  readonly networks: readonly Network[];
  readonly apps: Apps;
  /** Undefined: whatever satisfies MFA. */
  readonly strength?: Strength;
  readonly askAgainAfterDays?: number;
  /** In the plan's order. */
  readonly phases: readonly Phase[];
};

/** `key` is the group that holds the cohort; of everybody there is only that of those who are left out, `exceptKey`. */
export type CohortUse = { readonly key?: string; readonly exceptKey?: string; readonly cohort: Cohort; readonly phases: readonly Phase[] };
export type NetworkUse = { readonly key: string; readonly network: Network; readonly phases: readonly Phase[] };

export type Layout = {
  readonly demands: readonly Demand[];
  readonly cohorts: readonly CohortUse[];
  readonly networks: readonly NetworkUse[];
  /** Everything that the plan can make at some moment, with the phases that it is for, sorted by kind and key. */
  readonly makes: readonly { readonly kind: Kind; readonly key: string; readonly phases: readonly Phase[] }[];
};

/** Keys stand in names, which the service keeps to 256 characters. */
const LONGEST_KEY = 120;
const LISTED_NETWORKS = 3;

const shortened = (key: string): string => (key.length <= LONGEST_KEY ? key : `${key.slice(0, LONGEST_KEY - 9).replace(/[-_]+$/, "")}-${shortDigest(key)}`);

/** Two cohorts and networks can have slugs that run together into one key; the second gets a number. */
const claim = (taken: Set<string>, wanted: string): string => {
  let key = shortened(wanted);
  for (let number = 2; taken.has(key); number += 1) key = `${shortened(wanted)}-${number}`;
  taken.add(key);
  return key;
};

/** @throws Error when there is none: such a plan does not pass its loader. */
const named = <T extends { readonly name: string }>(list: readonly T[], name: string, what: string): T => {
  const found = list.find((each) => each.name === name);
  if (found === undefined) throw new Error(`the plan names no ${what} ${name}`);
  return found;
};

const KEY_PREFIXES = { mfa: "mfa", block: "block", register: "register" } as const satisfies Record<DemandSort, string>;

const firstStart = (phases: readonly Phase[]): readonly [number, string] => {
  const [first] = [...phases].sort((a, b) => a.starts.instant - b.starts.instant || byText(a.id, b.id));
  return first === undefined ? [0, ""] : [first.starts.instant, first.id];
};

type Bare = Omit<Demand, "key" | "stagedKey" | "words"> & { readonly base: string; readonly variant: string };

const appsKey = (apps: Apps): readonly string[] =>
  apps === "all" ? [] : [apps === "office365" ? apps : `apps-${shortDigest([...apps.ids].sort().join(" "))}`];

const appsWords = (apps: Apps): readonly string[] => {
  if (apps === "all") return [];
  return [apps === "office365" ? "Office 365" : apps.ids.length === 1 ? "1 application" : `${apps.ids.length} applications`];
};

const STRENGTH_WORDS = {
  multifactor: "multifactor strength",
  passwordless: "passwordless",
  "phishing-resistant": "phishing-resistant",
} as const satisfies Record<Strength, string>;

const wordsOf = ({ sort, cohort, networks, apps, strength, askAgainAfterDays }: Bare, isVariant: boolean): string => {
  const names = networks.map(({ name }) => name);
  const outside = names.length > LISTED_NETWORKS ? `${names.length} networks` : names.join(" and ");
  return [
    cohort.name,
    ...(names.length > 0 ? [`outside ${outside}`] : []),
    ...appsWords(apps),
    ...(strength === undefined ? [] : [STRENGTH_WORDS[strength]]),
    ...(isVariant && sort === "mfa" ? [askAgainAfterDays === undefined ? "not asked again" : `asked again after ${askAgainAfterDays} days`] : []),
  ].join(", ");
};

/** One part of a phase, as far as it makes a policy. */
type Part = { readonly sort: DemandSort; readonly for: string; readonly outside: readonly string[] } & Partial<
  Pick<RequireMfa, "apps" | "strength" | "askAgainAfterDays">
>;

const partsOf = ({ requireMfa, blockLegacy, protectRegistration }: Phase): readonly Part[] => [
  ...(requireMfa === undefined ? [] : [{ sort: "mfa" as const, ...requireMfa }]),
  ...(blockLegacy === undefined ? [] : [{ sort: "block" as const, for: blockLegacy.for, outside: [] }]),
  ...(protectRegistration === undefined ? [] : [{ sort: "register" as const, for: protectRegistration.for, outside: protectRegistration.outside }]),
];

const bareOf = (plan: Plan, { sort, for: name, outside, apps = "all", strength, askAgainAfterDays }: Part): Omit<Bare, "phases"> => {
  const cohort = named(plan.cohorts, name, "cohort");
  const networks = [...new Set(outside)]
    .map((network) => named(plan.networks, network, "network"))
    .sort((a, b) => byText(a.slug, b.slug) || byText(a.name, b.name));
  return {
    sort,
    cohort,
    networks,
    apps,
    ...(strength !== undefined && { strength }),
    ...(askAgainAfterDays !== undefined && { askAgainAfterDays }),
    base: [
      `${KEY_PREFIXES[sort]}-${cohort.slug}`,
      ...(networks.length > 0 ? [`outside-${networks.map(({ slug }) => slug).join("-")}`] : []),
      ...appsKey(apps),
      ...(strength === undefined ? [] : [strength]),
    ].join("-"),
    variant: askAgainAfterDays === undefined ? "never" : String(askAgainAfterDays),
  };
};

/** Whom, where and what for: what demands that differ in nothing but how often they ask have in common. */
const identityOf = ({ sort, cohort, networks, apps, strength }: Omit<Bare, "phases">): string =>
  JSON.stringify([cohort.name, networks.map(({ name }) => name), typeof apps === "string" ? apps : [...apps.ids].sort(), sort, strength ?? ""]);

const bareDemands = (plan: Plan): readonly Bare[] => {
  const found = new Map<string, Bare>();
  for (const phase of plan.phases) {
    // The mechanism says what a phase becomes; policies are what it becomes under this one.
    for (const part of plan.mechanism === "conditional-access" ? partsOf(phase) : []) {
      const bare = bareOf(plan, part);
      const same = JSON.stringify([identityOf(bare), bare.variant]);
      found.set(same, { ...bare, phases: [...(found.get(same)?.phases ?? []), phase] });
    }
  }
  return [...found.values()];
};

const byIdentity = (a: Bare, b: Bare): number => {
  const [startA, idA] = firstStart(a.phases);
  const [startB, idB] = firstStart(b.phases);
  return byText(identityOf(a), identityOf(b)) || startA - startB || byText(idA, idB);
};

const demandsOf = (plan: Plan): readonly Demand[] => {
  const taken = new Set<string>();
  const bare = [...bareDemands(plan)].sort(byIdentity);
  // Of demands that differ only in how often they ask, the one that starts first has the plain key: a later phase added to the plan moves nothing.
  const keyed = bare.map((each, at) => {
    const before = bare[at - 1];
    const isVariant = before !== undefined && identityOf(before) === identityOf(each);
    return { each, isVariant, key: claim(taken, isVariant ? `${each.base}-again-${each.variant}` : each.base) };
  });
  return keyed.map(({ each: { base: _base, variant: _variant, ...demand }, each, isVariant, key }) => ({
    ...demand,
    key,
    stagedKey: claim(taken, `${key}-staged`),
    words: wordsOf(each, isVariant),
  }));
};

const usedBy = <T extends { readonly name: string; readonly slug: string }>(things: readonly T[], plan: Plan, uses: (phase: Phase, name: string) => boolean) =>
  [...things]
    .sort((a, b) => byText(a.slug, b.slug) || byText(a.name, b.name))
    .map((thing) => ({ thing, phases: plan.phases.filter((phase) => uses(phase, thing.name)) }))
    .filter(({ phases }) => phases.length > 0);

/** Cohorts that a policy or a setting of the phase names, so that they need a group; what is set account by account, or happens elsewhere, needs none. */
const namedInSettings = ({ mechanism }: Plan, phase: Phase): readonly string[] => {
  const {
    retirePerUser: _retired,
    turnOff: _mailboxes,
    external: _elsewhere,
    requireMfa: _asked,
    blockLegacy: _blocked,
    protectRegistration: _protected,
    ...others
  } = phase;
  const { retirePerUser: _again, turnOff: _theirs, external: _too, ...named } = phase;
  return cohortsOf(mechanism === "conditional-access" ? named : others);
};

/** The same for the same plan, in whatever order its cohorts, networks and phases stand. */
export const layoutOf = (plan: Plan): Layout => {
  const demands = demandsOf(plan);
  const groups = new Set([PROGRESS_KEY]);
  const cohorts: readonly CohortUse[] = usedBy(plan.cohorts, plan, (phase, name) => namedInSettings(plan, phase).includes(name)).map(({ thing, phases }) => ({
    ...(thing.source.type === "all" ? { exceptKey: claim(groups, `${thing.slug}-except`) } : { key: claim(groups, thing.slug) }),
    cohort: thing,
    phases,
  }));
  const locations = new Set<string>();
  const blocking = blockBasicPhases(plan);
  const networks = usedBy(plan.networks, plan, (phase, name) => plan.mechanism === "conditional-access" && networksOf(phase).includes(name)).map(
    ({ thing, phases }) => ({
      key: claim(locations, thing.slug),
      network: thing,
      phases,
    }),
  );
  return {
    demands,
    cohorts,
    networks,
    makes: [
      { kind: "cohort-group" as const, key: PROGRESS_KEY, phases: [] },
      ...cohorts.flatMap(({ key, exceptKey, phases }) =>
        [key, exceptKey].flatMap((each) => (each === undefined ? [] : [{ kind: "cohort-group" as const, key: each, phases }])),
      ),
      ...networks.map(({ key, phases }) => ({ kind: "named-location" as const, key, phases })),
      ...demands.flatMap(({ key, stagedKey, phases }) => [key, stagedKey].map((each) => ({ kind: "conditional-access" as const, key: each, phases }))),
      ...(blocking.length === 0 ? [] : [{ kind: "authentication-policy" as const, key: BASIC_KEY, phases: blocking }]),
    ].sort(byKindAndKey),
  };
};
