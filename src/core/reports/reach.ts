/** Which phase of the plan reaches an account and when, once for all accounts that stand alike to its cohorts. */

import type { PhaseState } from "../changes.ts";
import { type CohortReader, EVERYBODY, partsOf } from "../cohorts.ts";
import { coursesOf, type Gates, NO_GATES, NO_PROGRESS } from "../course.ts";
import { liveIn } from "../gates.ts";
import type { Progress } from "../observed.ts";
import { isOutCohort } from "../out.ts";
import { satisfies, stateWishOf } from "../per-user-wishes.ts";
import { cohortsOf, type Phase, type Plan } from "../plan/plan.ts";
import type { Standing } from "../roster.ts";
import type { Instant, Known, Person, PerUserState, PhaseId, ResourceOf } from "../tenant.ts";
import type { Outside, Reason } from "./why-out.ts";

export type ReachedBy = {
  readonly id: PhaseId;
  /** As `status` has it; unknown where what it stands on could not be read. */
  readonly state: PhaseState | "unknown";
  /** ISO 8601, UTC. */
  readonly starts: string;
};

export type Reach = {
  /** `in`: a phase asks it for MFA, or will. `unknown`: who is in a cohort that one asks could not be read. */
  readonly scope: "in" | "out" | "unknown";
  /** The domain was taken out of the plan on a bad morning, until somebody brings it back. */
  readonly isDomainOut: boolean;
  /** By name, in the plan's order. */
  readonly cohorts: readonly string[];
  /** The phase that asks it already, else the next that will, else one on hold. */
  readonly phase: ReachedBy | undefined;
  /** Every phase of those that ask for MFA whose people it is one of, exempted or not. */
  readonly phases: readonly PhaseId[];
  /** Cohorts that it is in or excepted from. */
  readonly meant: readonly string[];
};

/** The cohorts that a phase asks for MFA, or whose methods something that happens elsewhere needs; none: it asks nobody. */
export const cohortsAskedBy = ({ requireMfa, securityDefaults, external }: Phase): readonly string[] => [
  ...new Set([
    ...(requireMfa === undefined ? [] : [requireMfa.for]),
    ...(securityDefaults === undefined ? [] : [EVERYBODY]),
    ...(external === undefined ? [] : [external.for ?? EVERYBODY]),
  ]),
];

export type PlanSeen = {
  readonly plan: Plan;
  readonly progress: Progress | undefined;
  readonly now: Instant;
  readonly policies: Known<readonly ResourceOf<"conditional-access">[]>;
  readonly securityDefaults: Known<boolean>;
};

type Stated = (phase: Phase, perUser: PerUserState | undefined) => ReachedBy["state"];

/** Where phases stand, for an account where that is the account's own matter. Whether a gate is open is not looked at: what waits for one is waiting until it has begun. */
const statesOf = ({ plan, progress, now, policies, securityDefaults }: PlanSeen): Stated => {
  const live = liveIn(plan, policies);
  const gates: Gates = { ...NO_GATES, live };
  const courses = coursesOf(plan, now, progress ?? NO_PROGRESS, false, gates);
  return (phase, perUser) => {
    const course = courses.get(phase.id)?.course ?? "later";
    if (course !== "started") return course;
    const wish = stateWishOf(plan, phase);
    if (wish !== undefined && wish.state !== "disabled") return perUser === undefined ? "unknown" : satisfies(perUser, wish.state) ? "live" : "due";
    if (phase.securityDefaults !== undefined) return securityDefaults.type === "present" ? (securityDefaults.value ? "live" : "due") : "unknown";
    // What happens elsewhere leaves nothing in the tenant by which it could be told.
    if (phase.requireMfa === undefined) return "done";
    return policies.type === "unknown" ? "unknown" : live.has(phase.id) ? "live" : "due";
  };
};

const ASKING: readonly ReachedBy["state"][] = ["live", "done"];

/** The first that asks already, else the first that will unless it is on hold. */
const firstOf = (phases: readonly ReachedBy[]): ReachedBy | undefined =>
  phases.find(({ state }) => ASKING.includes(state)) ?? phases.find(({ state }) => state !== "held") ?? phases[0];

const DIGITS = { out: 0, in: 1, excepted: 2 } as const satisfies Record<Standing, number>;
const STATES = { disabled: 0, enabled: 1, enforced: 2 } as const satisfies Record<PerUserState, number>;
/** So many digits to the base of three are an exact number, which is found faster than a text. */
const MOST_COHORTS = 30;

/** @returns of an account, by how it stands to the cohorts of the reader; the same value for those who stand alike */
export const reachBy = (
  seen: PlanSeen,
  reader: Pick<CohortReader, "names" | "unreadable">,
): ((standings: readonly Standing[], perUser: PerUserState | undefined) => Reach) => {
  const { plan } = seen;
  const stateOf = statesOf(seen);
  const unread = new Set(reader.unreadable.map(({ cohort }) => cohort));
  // A list that cannot be read holds nobody, which says nothing of who was in it.
  for (const { name, source } of plan.cohorts) if (source.type === "file" && source.list.type === "unusable") unread.add(name);
  const isDark = (cohort: string): boolean => [...partsOf(plan, cohort)].some((part) => unread.has(part));
  const phases = plan.phases
    .map((phase) => ({ phase, starts: `${new Date(phase.starts.instant).toISOString().slice(0, 19)}Z`, cohorts: cohortsAskedBy(phase) }))
    .filter(({ cohorts }) => cohorts.length > 0)
    .sort((a, b) => a.phase.starts.instant - b.phase.starts.instant);
  const byAccount = plan.phases.some((phase) => stateWishOf(plan, phase) !== undefined);

  const made = (standings: readonly Standing[], perUser: PerUserState | undefined): Reach => {
    const standing = (cohort: string): Standing => standings[reader.names.indexOf(cohort)] ?? "out";
    const own = phases.filter(({ cohorts }) => cohorts.some((cohort) => standing(cohort) === "in"));
    const isUnsure = own.length === 0 && phases.some(({ cohorts }) => cohorts.some(isDark));
    const isShown = (name: string): boolean => name !== EVERYBODY && !isOutCohort(name);
    return {
      scope: own.length > 0 ? "in" : isUnsure ? "unknown" : "out",
      isDomainOut: reader.names.some((name) => isOutCohort(name) && standing(name) === "in"),
      cohorts: reader.names.filter((name) => isShown(name) && standing(name) === "in"),
      phase: firstOf(own.map(({ phase, starts }) => ({ id: phase.id, state: stateOf(phase, perUser), starts }))),
      phases: phases.filter(({ cohorts }) => cohorts.some((cohort) => standing(cohort) !== "out")).map(({ phase }) => phase.id),
      meant: reader.names.filter((name) => isShown(name) && standing(name) !== "out"),
    };
  };

  const kept = new Map<number | string, Reach>();
  const keyOf = (standings: readonly Standing[], perUser: PerUserState | undefined): number | string => {
    let key = byAccount && perUser !== undefined ? STATES[perUser] : 3;
    if (standings.length > MOST_COHORTS) return `${key} ${standings.join()}`;
    for (const standing of standings) key = key * 3 + DIGITS[standing];
    return key;
  };
  return (standings, perUser) => {
    const key = keyOf(standings, perUser);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const reach = made(standings, perUser);
    kept.set(key, reach);
    return reach;
  };
};

/** Whether an account is one of those whom a filter by phase or cohort means. */
export const isMeant = (plan: Plan, reach: Reach, { phase, cohort }: { readonly phase?: PhaseId; readonly cohort?: string }): boolean => {
  if (cohort !== undefined && !reach.meant.includes(cohort)) return false;
  if (phase === undefined || reach.phases.includes(phase)) return true;
  // One that asks nobody for MFA has people all the same.
  const named = plan.phases.find(({ id }) => id === phase);
  return named !== undefined && cohortsOf(named).some((name) => reach.meant.includes(name));
};

// ---- why it is outside

const LISTED = 3;

const reasonWords = (reason: Reason, today: string): string => {
  switch (reason.type) {
    case "exception": {
      const { because, owner, until } = reason.exception;
      const end = until === undefined ? "" : until < today ? `, overdue since ${until}` : `, until ${until}`;
      return `left out by the plan: ${because} (${owner}${end})`;
    }
    case "emergency account":
      return "emergency account";
    case "directory synchronisation":
      return "synchronises the directory";
    case "agent":
      return "nobody's account, an agent's";
    case "pupil":
      return "pupil, out by the plan";
    case "guest":
      return "guest, out by the plan";
    case "service account":
      return `service account (${reason.pattern}), out by the plan`;
    case "leave row":
      return `taken out by ${reason.file}, line ${reason.row.line}`;
    case "left out of a sum":
      return `in ${reason.without}, which the plan leaves out`;
    case "not read":
      return `who is in could not be read: ${reason.because}`;
    case "not named":
      return "no phase asks it for MFA";
  }
};

/** @param today in the plan's zone: an exclusion holds on its last day, and is overdue from the next */
export const whyOutWords = ({ reasons }: Outside, today: string): string => {
  const words = [...new Set(reasons.map(({ reason }) => reasonWords(reason, today)))];
  return words.length > LISTED ? `${words.slice(0, LISTED).join("; ")}; and ${words.length - LISTED} more` : words.join("; ");
};

export type WhyOut = (person: Person) => Outside;
