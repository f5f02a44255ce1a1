/** Whether enough of a phase's people are ready for it to start, as far as the tenant tells. */

import { sortedOnce } from "./canonical.ts";
import type { Gate } from "./changes.ts";
import { EVERYBODY, isGated, peopleOf } from "./cohorts.ts";
import type { Gates } from "./course.ts";
import { type Demand, layoutOf } from "./demands.ts";
import { clientsOf } from "./desired.ts";
import type { Observed, Progress } from "./observed.ts";
import type { Phase, Plan } from "./plan/plan.ts";
import { isHeld } from "./progress.ts";
import { staleness } from "./registration-age.ts";
import type { Readiness, Roster } from "./roster.ts";
import type { Instant, PhaseId, PolicySettings } from "./tenant.ts";

/** Whoever signed in within so many days is one of those who would be asked. */
export const ACTIVE_DAYS = 60;

const LISTED_DOMAINS = 3;

const counted = (count: number, one: string): string => `${count.toLocaleString("en-GB")} ${one}${count === 1 ? "" : "s"}`;

/** Those of whom nobody can say whether they were active count as if they were and are not ready: what is not known opens nothing. */
export const isEnough = ({ active, ready, unclear }: Readiness, percent: number): boolean => ready * 100 >= percent * (active + unclear);

const shares = ({ active, ready, unclear }: Readiness): string =>
  `${ready.toLocaleString("en-GB")} of ${counted(active, "active account")} ${active === 1 ? "is" : "are"} ready${
    unclear === 0 ? "" : `, of ${unclear.toLocaleString("en-GB")} more nobody can say whether they are active`
  }`;

const shut = (state: "closed" | "unknown", detail: string, missing: readonly string[] = []): Gate => ({ state, detail, missing });

/** What is asked for when the plan does not say how many: everybody. */
export const percentsOf = ({ ready }: Phase): { readonly atLeast: number | undefined; readonly perDomain: number | undefined } =>
  ready?.atLeast === undefined && ready?.perDomain === undefined
    ? { atLeast: 100, perDomain: undefined }
    : { atLeast: ready.atLeast, perDomain: ready.perDomain };

const whyUnknown = ({ roster, registration, activity, readAt }: Observed): string | undefined => {
  if (roster.type !== "present") return roster.type === "unknown" ? `the accounts could not be read: ${roster.because}` : "the accounts were not read";
  if (registration.type !== "present") return `who has registered is not known${registration.type === "unknown" ? `: ${registration.because}` : ""}`;
  const old = staleness(registration.value.refreshed, readAt);
  if (old !== undefined) return `the registration report ${old}, and who is ready is only known from one of the last 48 hours`;
  if (activity?.type !== "present")
    return `who was active in the last ${ACTIVE_DAYS} days is not known${activity?.type === "unknown" ? `: ${activity.because}` : ""}`;
  return undefined;
};

const measured = (phase: Phase, roster: Roster): Gate => {
  const cohorts = peopleOf(phase);
  const strange = cohorts.find((name) => !roster.knows(name));
  if (strange !== undefined) return shut("unknown", "who it is about was not read");
  const { all, by } = roster.readiness(cohorts);
  const { atLeast, perDomain } = percentsOf(phase);
  // Nobody active is no proof that all is well: more often nothing was told of them.
  if (all.active === 0) return shut("unknown", `none of its accounts was active in the last ${ACTIVE_DAYS} days, so nobody can say who is ready`, all.missing);
  const asked = [
    ...(atLeast === undefined ? [] : [`the plan asks for ${atLeast} %`]),
    ...(perDomain === undefined ? [] : [`${atLeast === undefined ? "the plan asks for " : ""}${perDomain} % in each domain`]),
  ].join(" and ");
  const short = perDomain === undefined ? [] : [...by].filter(([, own]) => !isEnough(own, perDomain)).map(([domain]) => domain);
  const named = sortedOnce(short);
  const domains = named.slice(0, LISTED_DOMAINS).map((domain) => {
    const own = by.get(domain);
    return own === undefined ? domain : `${domain} (${own.ready} of ${own.active + own.unclear})`;
  });
  const below =
    named.length === 0 ? "" : `; below it: ${domains.join(", ")}${named.length > LISTED_DOMAINS ? ` and ${named.length - LISTED_DOMAINS} more` : ""}`;
  const detail = `${shares(all)}; ${asked}${below}`;
  const isOpen = named.length === 0 && (atLeast === undefined || isEnough(all, atLeast));
  return isOpen ? { state: "open", detail, missing: all.missing } : shut("closed", detail, all.missing);
};

const gateOf = (phase: Phase, observed: Observed): Gate => {
  const because = whyUnknown(observed);
  if (because !== undefined || observed.roster.type !== "present") return shut("unknown", because ?? "the accounts were not read");
  return measured(phase, observed.roster.value);
};

type Policies = Observed["resources"]["conditional-access"];

const policyOf = (plan: Plan, list: Policies, key: string): PolicySettings | undefined => {
  const found = list.type === "present" ? list.value.filter(({ managed, mark }) => !managed && mark?.plan === plan.id && mark.key === key) : [];
  return found.length === 1 ? found[0]?.settings : undefined;
};

/** All of the phase's policies are on and ask what it wants asked. */
const isLive = (plan: Plan, policies: Policies, phase: Phase, demands: readonly Demand[]): boolean => {
  const own = demands.filter(({ phases }) => phases.includes(phase));
  return (
    own.length > 0 &&
    own.every(({ key, sort }) => {
      const policy = policyOf(plan, policies, key);
      return policy?.state === "on" && (policy.clients.includes("all") || clientsOf(sort, [phase]).every((client) => policy.clients.includes(client)));
    })
  );
};

/** Phases whose policies are all on, as the tenant has them. */
export const liveIn = (plan: Plan, policies: Policies): ReadonlySet<PhaseId> => {
  const { demands } = layoutOf(plan);
  return new Set(plan.phases.filter((phase) => isLive(plan, policies, phase, demands)).map(({ id }) => id));
};

/** Whether somebody is in a cohort of each. */
const areSamePeople = (observed: Observed): Gates["areSamePeople"] => {
  const known = new Map<string, boolean>();
  const meet = (one: string, other: string): boolean => {
    if (one === other || one === EVERYBODY || other === EVERYBODY) return true;
    const { roster } = observed;
    // Where nobody can tell, nobody goes on.
    if (roster.type !== "present" || !roster.value.knows(one) || !roster.value.knows(other)) return true;
    const pair = JSON.stringify(sortedOnce([one, other]));
    const found = known.get(pair) ?? roster.value.meets(one, other);
    known.set(pair, found);
    return found;
  };
  return (one, other) => peopleOf(one).some((name) => peopleOf(other).some((another) => meet(name, another)));
};

/**
 * @param begin a phase that somebody begins by hand: its gate is looked at as well.
 * @returns nothing of interest for a plan without gates.
 */
export const gatesOf = (plan: Plan, observed: Observed, moment: Instant, progress: Progress, begin?: PhaseId): Gates => {
  const isOpenQuestion = ({ id, starts }: Phase): boolean =>
    !progress.begun.includes(id) && (id === begin || (!isHeld(progress, id) && starts.instant <= moment));
  const gated = plan.phases.filter(isGated);
  return {
    of: new Map(gated.filter(isOpenQuestion).map((phase) => [phase.id, gateOf(phase, observed)])),
    live: gated.length === 0 ? new Set() : liveIn(plan, observed.resources["conditional-access"]),
    areSamePeople: areSamePeople(observed),
  };
};
