/** What a plan wants of the tenant at a moment. */

import { wishedAccounts } from "./accounts/wishes.ts";
import { wishedBasic } from "./basic-wishes.ts";
import { sortedOnce } from "./canonical.ts";
import type { CoursedPhase, Desired, DesiredOf, DesiredResource, PhaseCourse } from "./changes.ts";
import { isGrowing } from "./cohorts.ts";
import { type Courses, coursesOf, type Gates, NO_GATES, NO_PROGRESS, progressNoted, progressWith } from "./course.ts";
import { type CohortUse, type Demand, type DemandSort, type Layout, layoutOf, type NetworkUse } from "./demands.ts";
import { byKindAndKey } from "./kinds/index.ts";
import { wishedMailboxes } from "./mailbox-wishes.ts";
import { markText, nameWithMark } from "./mark.ts";
import { wishedCampaign, wishedMethods } from "./method-wishes.ts";
import type { Progress } from "./observed.ts";
import { OUT_KEPT, outCohortName, outGroupName, outKey, withoutOut } from "./out.ts";
import { wishedStates } from "./per-user-wishes.ts";
import { type ClientWord, type Cohort, cohortsOf, type Phase, type Plan, type Strength } from "./plan/plan.ts";
import { isHeld, isLetIn, PROGRESS_KEY, PROGRESS_NAME, progressText } from "./progress.ts";
import {
  type ClientType,
  DIRECTORY_SYNCHRONIZATION_ACCOUNTS,
  type Instant,
  type Kind,
  type Mark,
  type ObjectId,
  type PhaseId,
  type PolicySettings,
  type PolicyState,
  type PolicyUsers,
  type SettingsOf,
  TENANT_KEY,
} from "./tenant.ts";

export type DesiredOptions = {
  /** What the progress group should say before `begin`; undefined when there is no such group. */
  readonly progress?: Progress | undefined;
  /** What starts next is put into report-only now. */
  readonly stage?: boolean;
  /** A phase to begin early, past its gate, or to take off hold. */
  readonly begin?: PhaseId;
  /** A domain that is out, to be asked again. */
  readonly backIn?: string;
  /** What the tenant says of the plan's gates; without it none is open. */
  readonly gates?: Gates;
};

const CLIENTS = { web: "browser", clients: "mobile-and-desktop" } as const satisfies Record<ClientWord, ClientType>;

/** The service's limit for the names that we give. */
const LONGEST_NAME = 256;

const NOBODY: PolicyUsers = { all: false, none: false, guests: false, users: [], groups: [], roles: [] };

/** Ids of the strengths that every tenant has. Facts, section 7.4. */
const STRENGTHS = {
  multifactor: "00000000-0000-0000-0000-000000000002",
  passwordless: "00000000-0000-0000-0000-000000000003",
  "phishing-resistant": "00000000-0000-0000-0000-000000000004",
} as const satisfies Record<Strength, string>;

/** What old clients are to the service: those that know the password only. */
const OLD_CLIENTS: readonly ClientType[] = ["activesync", "legacy"];
const REGISTERING = "urn:user:registersecurityinfo";

/** The clients that some phases of a demand are about. */
export const clientsOf = (sort: DemandSort, phases: readonly Phase[]): readonly ClientType[] => {
  if (phases.length === 0) return [];
  if (sort === "block") return OLD_CLIENTS;
  // A page on which methods are registered is asked for itself, whatever shows it.
  if (sort === "register") return ["all"];
  return sortedOnce(phases.flatMap(({ requireMfa }) => requireMfa?.on.map((word) => CLIENTS[word]) ?? []));
};

const markedName = (name: string, mark: Mark): string => {
  const room = LONGEST_NAME - nameWithMark("", mark).length;
  return nameWithMark(name.length > room ? name.slice(0, room).trimEnd() : name, mark);
};

const courseOf = (courses: Courses, phase: Phase): PhaseCourse => courses.get(phase.id)?.course ?? "later";

/** The phases that want a resource now, and whether they would have it made: a phase on hold keeps what is there and makes nothing. */
const wanting = (phases: readonly Phase[], courses: Courses): { readonly phases: readonly PhaseId[]; readonly ifThere?: true } | undefined => {
  const active = phases.filter((phase) => courseOf(courses, phase) !== "later");
  if (active.length === 0) return undefined;
  return { phases: active.map(({ id }) => id), ...(active.every((phase) => courseOf(courses, phase) === "held") && { ifThere: true }) };
};

export const groupSettings = (plan: Pick<Plan, "id">, key: string, name: string, kept: string): SettingsOf["cohort-group"] => ({
  name: name.slice(0, LONGEST_NAME),
  description: `${markText({ plan: plan.id, key })}. Made and kept by entra-rollout; ${kept}`,
});

const groupName = ({ name }: Cohort): string => `MFA rollout: ${name}`;
const leftOutName = (cohort: Cohort): string => `${groupName(cohort)}, left out`;

/** Of a rule the service keeps the members; of everybody there is no group but that of those who are left out. */
const cohortGroup = (plan: Plan, { key, exceptKey, cohort, phases }: CohortUse, courses: Courses): readonly DesiredResource[] => {
  const wanted = wanting(phases, courses);
  if (wanted === undefined) return [];
  const { source } = cohort;
  const name = groupName(cohort);
  const synced = "members are synced from the plan";
  const made: DesiredResource[] = [];
  if (key !== undefined && source.type === "dynamic") {
    const dynamic = { rule: source.rule, processing: "on" } as const;
    made.push({ kind: "cohort-group", key, settings: { ...groupSettings(plan, key, name, "members come from its rule"), dynamic }, ...wanted });
  } else if (key !== undefined) {
    const rule = isGrowing(plan, cohort) ? "growing" : "exact";
    made.push({
      kind: "cohort-group",
      key,
      settings: groupSettings(plan, key, name, synced),
      ...wanted,
      membership: { cohort: cohort.name, standing: "in", rule },
    });
  }
  if (exceptKey !== undefined) {
    const settings = groupSettings(plan, exceptKey, leftOutName(cohort), synced);
    made.push({ kind: "cohort-group", key: exceptKey, settings, ...wanted, membership: { cohort: cohort.name, standing: "excepted", rule: "exact" } });
  }
  return made;
};

const namedLocation = (plan: Plan, { key, network, phases }: NetworkUse, courses: Courses): readonly DesiredResource[] => {
  const wanted = wanting(phases, courses);
  if (wanted === undefined) return [];
  const name = markedName(network.name, { plan: plan.id, key });
  const settings =
    network.sort === "ip"
      ? { name, sort: network.sort, trusted: network.trusted, ranges: sortedOnce(network.ranges), other: {} }
      : {
          name,
          sort: network.sort,
          trusted: false,
          ranges: sortedOnce(network.countries),
          other: network.unknownCountries === "in" ? { includeUnknownCountriesAndRegions: true } : {},
        };
  return [{ kind: "named-location", key, settings, ...wanted }];
};

/** Whom every policy leaves out besides, by somebody's word. */
type Spared = { readonly users: readonly ObjectId[]; readonly groups: readonly string[] };

const sparedIn = ({ out = [], letIn = [] }: Progress, moment: Instant): Spared => ({
  users: letIn.filter((each) => isLetIn(each, moment)).map(({ id }) => id),
  groups: out.map((domain) => `@cohort-group/${outKey(domain)}`),
});

const sparing = (exclude: PolicyUsers, { users, groups }: Spared): PolicyUsers => ({
  ...exclude,
  users: sortedOnce([...exclude.users, ...users]),
  groups: sortedOnce([...exclude.groups, ...groups]),
});

const whom = (plan: Plan, layout: Layout, { cohort }: Demand): Pick<PolicySettings, "include" | "exclude"> => {
  const use = layout.cohorts.find((each) => each.cohort.name === cohort.name);
  if (use === undefined) throw new Error(`the cohort ${cohort.name} has no group`);
  const users = sortedOnce(plan.emergencyAccounts.map((address) => `@account/${address}`));
  const include = use.key === undefined ? { ...NOBODY, all: true } : { ...NOBODY, groups: [`@cohort-group/${use.key}`] };
  // A rule may take in what no list of ours would: the account that synchronises the directory.
  const roles = cohort.source.type === "dynamic" || use.exceptKey !== undefined ? [DIRECTORY_SYNCHRONIZATION_ACCOUNTS] : [];
  if (use.exceptKey === undefined) return { include, exclude: { ...NOBODY, users, roles } };
  const groups = [`@cohort-group/${use.exceptKey}`];
  return { include, exclude: { ...NOBODY, guests: cohort.guests === "out", users, groups, roles } };
};

const where = (layout: Layout, { networks }: Demand): PolicySettings["locations"] => {
  if (networks.length === 0) return null;
  const keys = layout.networks.filter(({ network }) => networks.some(({ name }) => name === network.name)).map(({ key }) => key);
  return { include: ["all"], exclude: sortedOnce(keys.map((key) => `@named-location/${key}`)) };
};

const TITLES = { mfa: "MFA", block: "No old clients", register: "Registering methods" } as const satisfies Record<DemandSort, string>;

const policyName = (plan: Plan, sort: DemandSort, key: string, words: string): string => markedName(`${TITLES[sort]}: ${words}`, { plan: plan.id, key });
const stagedWords = (words: string): string => `${words}, staged`;

const grantOf = ({ sort, strength }: Demand): PolicySettings["grant"] => {
  if (sort === "block") return { operator: "or", controls: ["block"], strength: null };
  return strength === undefined ? { operator: "or", controls: ["mfa"], strength: null } : { operator: "or", controls: [], strength: STRENGTHS[strength] };
};

const policy = (plan: Plan, layout: Layout, demand: Demand, key: string, words: string, state: PolicyState, phases: readonly Phase[]): PolicySettings => {
  const mark = { plan: plan.id, key };
  const { sort, apps, askAgainAfterDays } = demand;
  return {
    name: policyName(plan, sort, key, words),
    description: `${markText(mark)}. Made and kept by entra-rollout; change the plan, not this policy`,
    state,
    ...whom(plan, layout, demand),
    apps:
      sort === "register"
        ? { include: [], exclude: [], userActions: [REGISTERING] }
        : { include: typeof apps === "string" ? [apps] : sortedOnce(apps.ids), exclude: [], userActions: [] },
    clients: clientsOf(sort, phases),
    locations: where(layout, demand),
    grant: grantOf(demand),
    signInFrequency: askAgainAfterDays === undefined ? null : { every: askAgainAfterDays, unit: "days" },
    other: {},
  };
};

/** Report-only asks nobody and shows whom it would ask. Of a user action it can tell nothing (facts, 7.2): then the policy is off until its moment. */
export const restStateOf = ({ sort }: Pick<Demand, "sort">): PolicyState => (sort === "register" ? "off" : "report-only");

const policies = (plan: Plan, layout: Layout, demand: Demand, courses: Courses): readonly DesiredOf<"conditional-access">[] => {
  const wanted = wanting(demand.phases, courses);
  if (wanted === undefined) return [];
  const { sort, key, stagedKey, words } = demand;
  const having = (...some: readonly PhaseCourse[]): readonly Phase[] => demand.phases.filter((phase) => some.includes(courseOf(courses, phase)));
  const [started, staged] = [having("started"), having("staged", "waiting")];
  if (started.length === 0) {
    // What is on hold, or waits, stays there to be seen, and one write switches it on.
    const rest = policy(plan, layout, demand, key, words, restStateOf(demand), [...staged, ...having("held")]);
    return [{ kind: "conditional-access", key, settings: rest, ...wanted }];
  }
  const on = policy(plan, layout, demand, key, words, "on", started);
  const base: DesiredOf<"conditional-access"> = { kind: "conditional-access", key, settings: on, ...wanted };
  const coming = clientsOf(sort, staged).filter((client) => !on.clients.includes(client));
  if (coming.length === 0) return [base];
  const twin = { ...policy(plan, layout, demand, stagedKey, stagedWords(words), "report-only", staged), clients: coming };
  return [
    base,
    {
      kind: "conditional-access",
      key: stagedKey,
      settings: twin,
      phases: staged.filter((phase) => clientsOf(sort, [phase]).some((client) => coming.includes(client))).map(({ id }) => id),
    },
  ];
};

const progressGroup = (plan: Plan, before: Progress | undefined, progress: Progress): readonly DesiredResource[] => {
  if (before === undefined && progress.begun.length + progress.held.length === 0) return [];
  const phases = plan.phases.map(({ id }) => id).filter((id) => progress.begun.includes(id) || isHeld(progress, id));
  return [{ kind: "cohort-group", key: PROGRESS_KEY, settings: { name: PROGRESS_NAME, description: progressText(plan.id, progress) }, phases }];
};

/** A group for each domain that is out; they stay in who were put in, whoever they are. */
const outGroup = (plan: Plan, domain: string): DesiredResource => ({
  kind: "cohort-group",
  key: outKey(domain),
  settings: groupSettings(plan, outKey(domain), outGroupName(domain), OUT_KEPT),
  phases: [],
  membership: { cohort: outCohortName(domain), standing: "in", rule: "joining" },
});

/** Turned on, or confirmed; a phase that waits or is on hold leaves them as they are. */
const securityDefaults = ({ phases }: Plan, courses: Courses): readonly DesiredResource[] => {
  const started = phases.filter((phase) => phase.securityDefaults === "on" && courseOf(courses, phase) === "started").map(({ id }) => id);
  return started.length === 0 ? [] : [{ kind: "security-defaults", key: TENANT_KEY, settings: { enabled: true }, phases: started }];
};

const coursed = (phase: Phase, courses: Courses, gates: Gates): CoursedPhase => {
  const { course = "later", wait } = courses.get(phase.id) ?? {};
  const gate = gates.live.has(phase.id) ? undefined : gates.of.get(phase.id);
  return {
    id: phase.id,
    title: phase.title,
    starts: phase.starts,
    ...(phase.reportOnlyFrom !== undefined && { reportOnlyFrom: phase.reportOnlyFrom }),
    course,
    cohorts: cohortsOf(phase),
    ...(wait !== undefined && { wait }),
    ...(gate !== undefined && (course === "waiting" || course === "started") && { gate }),
  };
};

/**
 * Everything that should be in the tenant at a moment, with references where ids are not known, sorted by kind and key.
 * Phases whose moment is ahead make nothing unless they are begun, staged or on hold; one that waits at its gate is kept as
 * it was before its moment.
 *
 * @throws RangeError when `begin` names no phase of the plan.
 */
export const desiredAt = (plan: Plan, moment: Instant, options: DesiredOptions = {}): Desired => {
  const gates = options.gates ?? NO_GATES;
  const told = options.progress ?? NO_PROGRESS;
  const asked = progressWith(plan, options.backIn === undefined ? told : withoutOut(told, options.backIn), moment, options.begin, gates);
  const courses = coursesOf(plan, moment, asked, options.stage === true, gates);
  const progress = progressNoted(plan, asked, courses);
  const layout = layoutOf(plan);
  const sparedNow = sparedIn(progress, moment);
  const spared = (each: DesiredOf<"conditional-access">): DesiredOf<"conditional-access"> => ({
    ...each,
    settings: { ...each.settings, exclude: sparing(each.settings.exclude, sparedNow) },
  });
  const standing = new Map([...courses].map(([id, { course }]) => [id, course]));
  const resources: readonly DesiredResource[] = [
    ...progressGroup(plan, options.progress, progress),
    ...layout.cohorts.flatMap((use) => cohortGroup(plan, use, courses)),
    ...layout.networks.flatMap((use) => namedLocation(plan, use, courses)),
    ...(progress.out ?? []).map((domain) => outGroup(plan, domain)),
    ...layout.demands.flatMap((demand) => policies(plan, layout, demand, courses)).map(spared),
    ...securityDefaults(plan, courses),
    ...wishedMethods(plan, standing),
    ...wishedCampaign(plan, layout, standing),
    ...wishedStates(plan, standing),
    ...wishedMailboxes(plan, standing),
    ...wishedBasic(plan, standing),
    ...wishedAccounts(plan, standing),
  ];
  return { phases: plan.phases.map((phase) => coursed(phase, courses, gates)), resources: [...resources].sort(byKindAndKey) };
};

/** Something that a plan makes. `purpose` says what for, in the plan's own words for phases, cohorts and networks as `word` gives them. */
export type Making = { readonly kind: Kind; readonly key: string; readonly name: string; readonly purpose: string };

/** Everything with a name that a plan makes at some moment. */
export const makingsOf = (plan: Plan, word: { readonly id: (id: PhaseId) => string; readonly name: (name: string) => string }): readonly Making[] => {
  const { cohorts, networks, demands } = layoutOf(plan);
  const made = (kind: Kind, key: string | undefined, name: string, purpose: string): readonly Making[] =>
    key === undefined ? [] : [{ kind, key, name: name.slice(0, LONGEST_NAME), purpose }];
  return [
    ...cohorts.flatMap(({ key, exceptKey, cohort }) => [
      ...made("cohort-group", key, groupName(cohort), `in ${word.name(cohort.name)}`),
      ...made("cohort-group", exceptKey, leftOutName(cohort), `out of ${word.name(cohort.name)}`),
    ]),
    ...networks.flatMap(({ key, network }) =>
      made("named-location", key, markedName(network.name, { plan: plan.id, key }), `network ${word.name(network.name)}`),
    ),
    // A phase has one part of a sort.
    ...demands.flatMap(({ sort, key, stagedKey, words, phases }) => [
      ...made("conditional-access", key, policyName(plan, sort, key, words), `${sort} ${word.id(phases[0]?.id ?? "")}`),
      ...made("conditional-access", stagedKey, policyName(plan, sort, stagedKey, stagedWords(words)), `${sort} ${word.id(phases[0]?.id ?? "")}, staged`),
    ]),
  ];
};
