/** What the report on readiness counts: whom each phase is about, whom the plan excepts, and who of them is ready and active. */

import type { Desired, Diff, Gate, PhaseState } from "../changes.ts";
import { isGrowing, peopleOf } from "../cohorts.ts";
import { NO_PROGRESS } from "../course.ts";
import { gatesOf } from "../gates.ts";
import { IdIndex } from "../ids.ts";
import type { Observed } from "../observed.ts";
import { patternMatches } from "../plan/patterns.ts";
import type { Cohort, Exception, Phase, Plan } from "../plan/plan.ts";
import type { Roster } from "../roster.ts";
import type { ObjectId, PhaseId } from "../tenant.ts";

// ---- what is read

/** A name that no cohort of a plan can have: the same cohort, before anybody is excepted. */
const BEFORE = "*before exceptions ";
const twinOf = (name: string): string => `${BEFORE}${name}`;

const twin = ({ source, name, ...cohort }: Cohort): Cohort => ({
  ...cohort,
  name: twinOf(name),
  // What a sum leaves out it leaves out whether somebody was excepted there or not.
  source: source.type === "sum" ? { ...source, of: source.of.map(twinOf) } : source,
  except: [],
});

/**
 * The plan with which the tenant is read: it counts besides who would be in each cohort without its exceptions, and asks who
 * is active whether a phase has a gate or not.
 */
export const planToRead = (plan: Plan): Plan => ({
  ...plan,
  cohorts: plan.cohorts.some(({ except }) => except.length > 0)
    ? [...plan.cohorts, ...plan.cohorts.filter(({ source }) => source.type !== "dynamic").map(twin)]
    : plan.cohorts,
  phases: plan.phases.map((phase) => (phase.ready === undefined ? { ...phase, ready: {} } : phase)),
});

/** What was read, without what the twins were remarked for. */
export const withoutTwins = (observed: Observed): Observed => ({ ...observed, remarks: observed.remarks.filter(({ cohort }) => !cohort.startsWith(BEFORE)) });

/**
 * Those in the groups of cohorts whose list grows, or whose own words could not be read: there the group says who is in, once
 * its change is made.
 *
 * @returns by cohort; undefined: nobody can say who is in.
 */
export const groupScopes = (plan: Plan, observed: Observed, desired: Desired, diff: Diff): ReadonlyMap<string, IdIndex | undefined> => {
  const scopes = new Map<string, IdIndex | undefined>();
  const groups = observed.resources["cohort-group"];
  for (const cohort of plan.cohorts) {
    const unread = observed.remarks.some((remark) => remark.cohort === cohort.name && (remark.type === "list-unusable" || remark.type === "no-group"));
    if (!unread && !isGrowing(plan, cohort)) continue;
    const key = desired.resources.find(({ membership }) => membership?.cohort === cohort.name && membership.standing === "in")?.key;
    const own = groups.type === "present" ? groups.value.filter(({ managed, mark }) => !managed && mark?.plan === plan.id && mark.key === key) : [];
    const [group, second] = own;
    const members = group === undefined || second !== undefined ? undefined : observed.members.get(group.id);
    if (members?.type === "present") {
      const change = diff.changes.find((each) => each.kind === "cohort-group" && each.key === key)?.members;
      const removed = new Set(change?.removed ?? []);
      const inside = new IdIndex();
      for (const id of members.value) if (!removed.has(id)) inside.add(id);
      for (const id of change?.added ?? []) inside.add(id);
      scopes.set(cohort.name, inside);
    } else if (unread) scopes.set(cohort.name, undefined);
  }
  return scopes;
};

// ---- counting

export type Counts = {
  inScope: number;
  ready: number;
  notReady: number;
  unknown: number;
  exempt: number;
  active: number;
  activeReady: number;
  activeUnknown: number;
};

const noCounts = (): Counts => ({ inScope: 0, ready: 0, notReady: 0, unknown: 0, exempt: 0, active: 0, activeReady: 0, activeUnknown: 0 });

type Exempt = { readonly exception: Exception; accounts: number };

/** A phase as it was counted. `all` and `by` are missing when nobody can say whom it is about. */
export type PhaseCounts = {
  readonly phase: Phase;
  readonly state: PhaseState | "unknown";
  readonly gate: Gate | undefined;
  readonly counts: { readonly all: Readonly<Counts>; readonly by: ReadonlyMap<string, Readonly<Counts>> } | undefined;
  readonly exempt: readonly Readonly<Exempt>[];
};

export type Counted = {
  readonly phases: readonly PhaseCounts[];
  readonly isRegistrationKnown: boolean;
  /** By what it is known: the service's report, or the methods of each account. */
  readonly source: "report" | "each";
  readonly isActivityKnown: boolean;
  /** Hours; undefined: not known. */
  readonly age: number | undefined;
};

const HOUR_MS = 3_600_000;

/** The words by which an account is out of the cohort, its own or those of a part of it. */
const exceptionIn = (plan: Plan, name: string, address: string): Exception | undefined => {
  const cohort = plan.cohorts.find((each) => each.name === name);
  if (cohort === undefined) return undefined;
  const own = cohort.except.find(({ accounts }) => accounts.some((pattern) => patternMatches(pattern, address)));
  if (own !== undefined || cohort.source.type !== "sum") return own;
  for (const part of cohort.source.of) {
    const found = exceptionIn(plan, part, address);
    if (found !== undefined) return found;
  }
  return undefined;
};

class Tally {
  readonly phase: Phase;
  readonly cohorts: readonly string[];
  readonly all = noCounts();
  readonly by = new Map<string, Counts>();
  readonly exempt = new Map<Exception, Exempt>();

  constructor(phase: Phase) {
    this.phase = phase;
    this.cohorts = peopleOf(phase);
  }

  add(domain: string, keys: readonly (keyof Counts)[]): void {
    const own = this.by.get(domain) ?? noCounts();
    this.by.set(domain, own);
    for (const key of keys) {
      own[key] += 1;
      this.all[key] += 1;
    }
  }

  except(exception: Exception): void {
    const own = this.exempt.get(exception) ?? { exception, accounts: 0 };
    own.accounts += 1;
    this.exempt.set(exception, own);
  }
}

const count = (plan: Plan, roster: Roster, tallies: readonly Tally[], scopes: ReadonlyMap<string, IdIndex | undefined>): void => {
  for (const id of roster.everybody()) {
    const flags = roster.flags(id);
    if (flags?.enabled !== true) continue;
    const address = roster.address(id) ?? "";
    const domain = address.slice(address.lastIndexOf("@") + 1);
    const activity = roster.activity(id);
    const isReady = flags.capable === "yes";
    const known = new Map<string, boolean>();
    const isIn = (cohort: string): boolean => {
      const said = known.get(cohort) ?? (roster.knows(cohort) && roster.standing(id, cohort) === "in");
      known.set(cohort, said);
      return said;
    };
    const isInScope = (cohort: string): boolean => (scopes.has(cohort) ? scopes.get(cohort)?.has(id) === true : isIn(cohort));
    for (const tally of tallies) {
      const { cohorts } = tally;
      const keys: (keyof Counts)[] = [];
      if (cohorts.some(isInScope)) keys.push("inScope", isReady ? "ready" : flags.capable === "no" ? "notReady" : "unknown");
      else if (cohorts.some((cohort) => isIn(twinOf(cohort)))) {
        const exception = cohorts.map((cohort) => exceptionIn(plan, cohort, address)).find((each) => each !== undefined);
        if (exception !== undefined) {
          keys.push("exempt");
          tally.except(exception);
        }
      }
      if (cohorts.some(isIn)) {
        if (activity === "active") keys.push("active", ...(isReady ? (["activeReady"] as const) : []));
        else if (activity === "unknown" && !isReady) keys.push("activeUnknown");
      }
      if (keys.length > 0) tally.add(domain, keys);
    }
  }
};

/** Whether any phase is about an account, by the plan's words or by its group. */
export const isInPhases = (plan: Plan, roster: Roster, scopes: ReadonlyMap<string, IdIndex | undefined>): ((id: ObjectId) => boolean) => {
  const cohorts = [...new Set(plan.phases.flatMap(peopleOf))].filter((name) => roster.knows(name));
  return (id) => cohorts.some((name) => scopes.get(name)?.has(id) === true || roster.standing(id, name) === "in");
};

/**
 * Counts everybody once, for all phases together.
 *
 * @param observed as read with `planToRead`
 * @param states where each phase stands, as `status` says
 * @param source `each`: the roster was told by each account's methods, since there is no report
 */
export const countReadiness = (
  plan: Plan,
  observed: Observed,
  states: ReadonlyMap<PhaseId, PhaseState>,
  scopes: ReadonlyMap<string, IdIndex | undefined>,
  source: Counted["source"] = "report",
): Counted => {
  // Whatever its moment: a gate that would be shut today is what somebody wants to know beforehand.
  const gates = gatesOf(plan, observed, Number.MAX_SAFE_INTEGER, NO_PROGRESS).of;
  const tallies = plan.phases.map((phase) => new Tally(phase));
  const { roster, registration, activity, readAt } = observed;
  if (roster.type === "present") count(plan, roster.value, tallies, scopes);
  const isUnread = (cohort: string): boolean =>
    roster.type !== "present" || !roster.value.knows(cohort) || (scopes.has(cohort) && scopes.get(cohort) === undefined);
  const refreshed = registration.type === "present" ? registration.value.refreshed : undefined;
  return {
    phases: tallies.map(({ phase, cohorts, all, by, exempt }) => ({
      phase,
      state: states.get(phase.id) ?? "unknown",
      gate: gates.get(phase.id),
      counts: cohorts.some(isUnread) ? undefined : { all, by },
      exempt: [...exempt.values()],
    })),
    isRegistrationKnown: registration.type === "present" || source === "each",
    source,
    isActivityKnown: activity?.type === "present",
    age: refreshed === undefined ? undefined : Math.max(0, Math.floor((readAt - refreshed) / HOUR_MS)),
  };
};
