/** What a plan wants of the tenant at a moment. */

import { sortedOnce } from "./canonical.ts";
import type { CoursedPhase, Desired, DesiredOf, DesiredResource, Membership, PhaseCourse } from "./changes.ts";
import { coursesOf, NO_PROGRESS, progressWith } from "./course.ts";
import { type CohortUse, type Demand, type Layout, layoutOf, type NetworkUse } from "./demands.ts";
import { byKindAndKey } from "./kinds/index.ts";
import { markText, nameWithMark } from "./mark.ts";
import type { Progress } from "./observed.ts";
import type { ClientWord, Cohort, Phase, Plan } from "./plan/plan.ts";
import { PROGRESS_KEY, progressText } from "./progress.ts";
import {
  type ClientType,
  DIRECTORY_SYNCHRONIZATION_ACCOUNTS,
  type Instant,
  type Mark,
  type PhaseId,
  type PolicySettings,
  type PolicyState,
  type PolicyUsers,
} from "./tenant.ts";

export type DesiredOptions = {
  /** What the progress group should say before `begin`; undefined when there is no such group. */
  readonly progress?: Progress | undefined;
  /** What starts next is put into report-only now. */
  readonly stage?: boolean;
  /** A phase to begin early, or to take off hold. */
  readonly begin?: PhaseId;
};

const CLIENTS = { web: "browser", clients: "mobile-and-desktop" } as const satisfies Record<ClientWord, ClientType>;

/** The service's limit for the names that we give. */
const LONGEST_NAME = 256;

const NOBODY: PolicyUsers = { all: false, none: false, guests: false, users: [], groups: [], roles: [] };

/** The clients in which a phase asks. */
export const clientsOf = (phases: readonly Phase[]): readonly ClientType[] =>
  sortedOnce(phases.flatMap(({ requireMfa }) => requireMfa.on.map((word) => CLIENTS[word])));

const markedName = (name: string, mark: Mark): string => {
  const room = LONGEST_NAME - nameWithMark("", mark).length;
  return nameWithMark(name.length > room ? name.slice(0, room).trimEnd() : name, mark);
};

type Courses = ReadonlyMap<PhaseId, PhaseCourse>;

const courseOf = (courses: Courses, phase: Phase): PhaseCourse => courses.get(phase.id) ?? "later";

/** The phases that want a resource now, and whether they would have it made: a phase on hold keeps what is there and makes nothing. */
const wanting = (phases: readonly Phase[], courses: Courses): { readonly phases: readonly PhaseId[]; readonly ifThere?: true } | undefined => {
  const active = phases.filter((phase) => courseOf(courses, phase) !== "later");
  if (active.length === 0) return undefined;
  return { phases: active.map(({ id }) => id), ...(active.every((phase) => courseOf(courses, phase) === "held") && { ifThere: true }) };
};

const membershipOf = ({ name, source }: Cohort): Membership => ({
  cohort: name,
  standing: source.type === "all" ? "excepted" : "in",
  rule: source.type === "file" ? "growing" : "exact",
});

const cohortGroup = (plan: Plan, { key, cohort, phases }: CohortUse, courses: Courses): readonly DesiredResource[] => {
  const wanted = wanting(phases, courses);
  if (wanted === undefined) return [];
  const name = `MFA rollout: ${cohort.name}${cohort.source.type === "all" ? ", left out" : ""}`;
  const description = `${markText({ plan: plan.id, key })}. Made and kept by entra-rollout; members are synced from the plan`;
  return [{ kind: "cohort-group", key, settings: { name: name.slice(0, LONGEST_NAME), description }, ...wanted, membership: membershipOf(cohort) }];
};

const namedLocation = (plan: Plan, { key, network, phases }: NetworkUse, courses: Courses): readonly DesiredResource[] => {
  const wanted = wanting(phases, courses);
  if (wanted === undefined) return [];
  const name = markedName(network.name, { plan: plan.id, key });
  return [{ kind: "named-location", key, settings: { name, sort: "ip", trusted: network.trusted, ranges: sortedOnce(network.ranges), other: {} }, ...wanted }];
};

const whom = (plan: Plan, layout: Layout, { cohort }: Demand): Pick<PolicySettings, "include" | "exclude"> => {
  const use = layout.cohorts.find((each) => each.cohort.name === cohort.name);
  if (use === undefined) throw new Error(`the cohort ${cohort.name} has no group`);
  const group = `@cohort-group/${use.key}`;
  const users = sortedOnce(plan.emergencyAccounts.map((address) => `@account/${address}`));
  if (cohort.source.type !== "all") return { include: { ...NOBODY, groups: [group] }, exclude: { ...NOBODY, users } };
  return {
    include: { ...NOBODY, all: true },
    exclude: { ...NOBODY, guests: cohort.guests === "out", users, groups: [group], roles: [DIRECTORY_SYNCHRONIZATION_ACCOUNTS] },
  };
};

const where = (layout: Layout, { networks }: Demand): PolicySettings["locations"] => {
  if (networks.length === 0) return null;
  const keys = layout.networks.filter(({ network }) => networks.some(({ name }) => name === network.name)).map(({ key }) => key);
  return { include: ["all"], exclude: sortedOnce(keys.map((key) => `@named-location/${key}`)) };
};

const policy = (plan: Plan, layout: Layout, demand: Demand, key: string, words: string, state: PolicyState, phases: readonly Phase[]): PolicySettings => {
  const mark = { plan: plan.id, key };
  return {
    name: markedName(`MFA: ${words}`, mark),
    description: `${markText(mark)}. Made and kept by entra-rollout; change the plan, not this policy`,
    state,
    ...whom(plan, layout, demand),
    apps: { include: [demand.apps], exclude: [], userActions: [] },
    clients: clientsOf(phases),
    locations: where(layout, demand),
    grant: { operator: "or", controls: ["mfa"], strength: null },
    signInFrequency: demand.askAgainAfterDays === undefined ? null : { every: demand.askAgainAfterDays, unit: "days" },
    other: {},
  };
};

const policies = (plan: Plan, layout: Layout, demand: Demand, courses: Courses): readonly DesiredOf<"conditional-access">[] => {
  const wanted = wanting(demand.phases, courses);
  if (wanted === undefined) return [];
  const { key, stagedKey, words } = demand;
  const having = (course: PhaseCourse): readonly Phase[] => demand.phases.filter((phase) => courseOf(courses, phase) === course);
  const [started, staged, held] = [having("started"), having("staged"), having("held")];
  if (started.length === 0) {
    // Report-only asks nobody: what is on hold stays there to be seen, and one write switches it on again.
    return [{ kind: "conditional-access", key, settings: policy(plan, layout, demand, key, words, "report-only", [...staged, ...held]), ...wanted }];
  }
  const on = policy(plan, layout, demand, key, words, "on", started);
  const base: DesiredOf<"conditional-access"> = { kind: "conditional-access", key, settings: on, ...wanted };
  const coming = clientsOf(staged).filter((client) => !on.clients.includes(client));
  if (coming.length === 0) return [base];
  const twin = { ...policy(plan, layout, demand, stagedKey, `${words}, staged`, "report-only", staged), clients: coming };
  return [
    base,
    {
      kind: "conditional-access",
      key: stagedKey,
      settings: twin,
      phases: staged.filter((phase) => clientsOf([phase]).some((client) => coming.includes(client))).map(({ id }) => id),
    },
  ];
};

const progressGroup = (plan: Plan, before: Progress | undefined, progress: Progress): readonly DesiredResource[] => {
  if (before === undefined && progress.begun.length + progress.held.length === 0) return [];
  const phases = plan.phases.map(({ id }) => id).filter((id) => progress.begun.includes(id) || progress.held.includes(id));
  return [{ kind: "cohort-group", key: PROGRESS_KEY, settings: { name: "MFA rollout: progress", description: progressText(plan.id, progress) }, phases }];
};

const coursed = ({ id, title, starts, reportOnlyFrom, requireMfa }: Phase, courses: Courses): CoursedPhase => ({
  id,
  title,
  starts,
  ...(reportOnlyFrom !== undefined && { reportOnlyFrom }),
  course: courses.get(id) ?? "later",
  cohort: requireMfa.for,
});

/**
 * Everything that should be in the tenant at a moment, with references where ids are not known, sorted by kind and key.
 * Phases whose moment is ahead make nothing unless they are begun, staged or on hold.
 *
 * @throws RangeError when `begin` names no phase of the plan.
 */
export const desiredAt = (plan: Plan, moment: Instant, options: DesiredOptions = {}): Desired => {
  const progress = progressWith(plan, options.progress ?? NO_PROGRESS, moment, options.begin);
  const courses = coursesOf(plan, moment, progress, options.stage === true);
  const layout = layoutOf(plan);
  const resources: readonly DesiredResource[] = [
    ...progressGroup(plan, options.progress, progress),
    ...layout.cohorts.flatMap((use) => cohortGroup(plan, use, courses)),
    ...layout.networks.flatMap((use) => namedLocation(plan, use, courses)),
    ...layout.demands.flatMap((demand) => policies(plan, layout, demand, courses)),
  ];
  return { phases: plan.phases.map((phase) => coursed(phase, courses)), resources: [...resources].sort(byKindAndKey) };
};
