/** Which resources a plan can make at any moment, and under which keys: the same keys whatever the moment. */

import { byText } from "./canonical.ts";
import { shortDigest } from "./hash.ts";
import { byKindAndKey } from "./kinds/index.ts";
import type { Cohort, Network, Phase, Plan } from "./plan/plan.ts";
import { PROGRESS_KEY } from "./progress.ts";
import type { Kind } from "./tenant.ts";

/** Phases that ask the same people in the same places and apps: one policy, which grows from phase to phase. */
export type Demand = {
  readonly key: string;
  /** The key of the policy beside it that is in report-only while this one is on already. */
  readonly stagedKey: string;
  /** As people say it: `heads, outside schools`. */
  readonly words: string;
  readonly cohort: Cohort;
  readonly networks: readonly Network[];
  readonly apps: "all" | "office365";
  readonly askAgainAfterDays?: number;
  /** In the plan's order. */
  readonly phases: readonly Phase[];
};

export type CohortUse = { readonly key: string; readonly cohort: Cohort; readonly phases: readonly Phase[] };
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

const firstStart = (phases: readonly Phase[]): readonly [number, string] => {
  const [first] = [...phases].sort((a, b) => a.starts.instant - b.starts.instant || byText(a.id, b.id));
  return first === undefined ? [0, ""] : [first.starts.instant, first.id];
};

type Bare = Omit<Demand, "key" | "stagedKey" | "words"> & { readonly base: string; readonly variant: string };

const wordsOf = ({ cohort, networks, apps, askAgainAfterDays }: Bare, isVariant: boolean): string => {
  const names = networks.map(({ name }) => name);
  const outside = names.length > LISTED_NETWORKS ? `${names.length} networks` : names.join(" and ");
  return [
    cohort.name,
    ...(names.length > 0 ? [`outside ${outside}`] : []),
    ...(apps === "office365" ? ["Office 365"] : []),
    ...(isVariant ? [askAgainAfterDays === undefined ? "not asked again" : `asked again after ${askAgainAfterDays} days`] : []),
  ].join(", ");
};

const bareDemands = (plan: Plan): readonly Bare[] => {
  const found = new Map<string, Bare>();
  for (const phase of plan.phases) {
    const { requireMfa } = phase;
    const cohort = named(plan.cohorts, requireMfa.for, "cohort");
    const networks = [...new Set(requireMfa.outside)]
      .map((name) => named(plan.networks, name, "network"))
      .sort((a, b) => byText(a.slug, b.slug) || byText(a.name, b.name));
    const base = [
      `mfa-${cohort.slug}`,
      ...(networks.length > 0 ? [`outside-${networks.map(({ slug }) => slug).join("-")}`] : []),
      ...(requireMfa.apps === "office365" ? ["office365"] : []),
    ].join("-");
    const variant = requireMfa.askAgainAfterDays === undefined ? "never" : String(requireMfa.askAgainAfterDays);
    const same = JSON.stringify([cohort.name, networks.map(({ name }) => name), requireMfa.apps, variant]);
    const old = found.get(same);
    found.set(same, {
      cohort,
      networks,
      apps: requireMfa.apps,
      ...(requireMfa.askAgainAfterDays !== undefined && { askAgainAfterDays: requireMfa.askAgainAfterDays }),
      phases: [...(old?.phases ?? []), phase],
      base,
      variant,
    });
  }
  return [...found.values()];
};

const byIdentity = (a: Bare, b: Bare): number => {
  const identity = (each: Bare): string => JSON.stringify([each.cohort.name, each.networks.map(({ name }) => name), each.apps]);
  const [startA, idA] = firstStart(a.phases);
  const [startB, idB] = firstStart(b.phases);
  return byText(identity(a), identity(b)) || startA - startB || byText(idA, idB);
};

const demandsOf = (plan: Plan): readonly Demand[] => {
  const taken = new Set<string>();
  const bare = [...bareDemands(plan)].sort(byIdentity);
  // Of demands that differ only in how often they ask, the one that starts first has the plain key: a later phase added to the plan moves nothing.
  const keyed = bare.map((each, at) => {
    const before = bare[at - 1];
    const isVariant = before !== undefined && before.cohort === each.cohort && before.base === each.base && before.apps === each.apps;
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

/** The same for the same plan, in whatever order its cohorts, networks and phases stand. */
export const layoutOf = (plan: Plan): Layout => {
  const demands = demandsOf(plan);
  const groups = new Set([PROGRESS_KEY]);
  const cohorts = usedBy(plan.cohorts, plan, (phase, name) => phase.requireMfa.for === name).map(({ thing, phases }) => ({
    key: claim(groups, thing.source.type === "all" ? `${thing.slug}-except` : thing.slug),
    cohort: thing,
    phases,
  }));
  const locations = new Set<string>();
  const networks = usedBy(plan.networks, plan, (phase, name) => phase.requireMfa.outside.includes(name)).map(({ thing, phases }) => ({
    key: claim(locations, thing.slug),
    network: thing,
    phases,
  }));
  return {
    demands,
    cohorts,
    networks,
    makes: [
      { kind: "cohort-group" as const, key: PROGRESS_KEY, phases: [] },
      ...cohorts.map(({ key, phases }) => ({ kind: "cohort-group" as const, key, phases })),
      ...networks.map(({ key, phases }) => ({ kind: "named-location" as const, key, phases })),
      ...demands.flatMap(({ key, stagedKey, phases }) => [key, stagedKey].map((each) => ({ kind: "conditional-access" as const, key: each, phases }))),
    ].sort(byKindAndKey),
  };
};
