/** The adapters as one: reads what a plan needs of a tenant, and performs steps on it. */

import type { Step, StepId, StepOutcome } from "./core/changes.ts";
import { cohortReader } from "./core/cohorts.ts";
import { IdIndex } from "./core/ids.ts";
import type { Observed, Remark } from "./core/observed.ts";
import type { Plan } from "./core/plan/plan.ts";
import { Roster } from "./core/roster.ts";
import {
  absent,
  DIRECTORY_SYNCHRONIZATION_ACCOUNTS,
  type EmergencyAccount,
  type Instant,
  KINDS,
  type Kind,
  type Known,
  type Licence,
  type ObjectId,
  type Person,
  present,
  type ResourceOf,
  unknown,
} from "./core/tenant.ts";
import { type Connection, createClient, type GraphClient } from "./graph/client.ts";
import { cohortGroups, membersOf } from "./graph/cohort-group.ts";
import { conditionalAccess } from "./graph/conditional-access.ts";
import { emergencyAccount, knownOr } from "./graph/emergency.ts";
import { type KindAdapter, mismatch } from "./graph/kind.ts";
import { namedLocations } from "./graph/named-location.ts";
import { readPeople, readRegistration, saysNotPremium } from "./graph/people.ts";
import { domainsOf, groupsNamed, holdersOf, licenceOf, organizationOf, securityDefaultsOf } from "./graph/surroundings.ts";
import { type Gateway, type MadeIds, type ReadProgress, ServiceError } from "./service.ts";

export type { Connection, RequestLine } from "./graph/client.ts";

const ADAPTERS = {
  "cohort-group": cohortGroups,
  "named-location": namedLocations,
  "conditional-access": conditionalAccess,
} as const satisfies { readonly [K in Kind]: KindAdapter<K> };

const adapterOf = <K extends Kind>(kind: K): KindAdapter<K> => {
  const adapters: { readonly [L in Kind]: KindAdapter<L> } = ADAPTERS;
  return adapters[kind];
};

/** How often a licensed tenant is asked again when the service says that it is not licensed, which it sometimes does. Facts, section 6. */
const LICENCE_TRIES = 4;
const LICENCE_PAUSE_MS = 2_000;

/** What this connection made, by kind: a list may not show it yet (facts, section 5). */
type Fresh = ReadonlyMap<Kind, Set<ObjectId>>;

export const createGateway = (connection: Connection): Gateway => {
  const client = createClient(connection);
  const fresh: Fresh = new Map(KINDS.map((kind) => [kind, new Set<ObjectId>()]));
  return {
    readTenant: (plan, progress) => readTenant(client, plan, connection.practice, (kind) => listKind(client, kind, fresh), progress ?? (() => undefined)),
    list: (kind) => listKind(client, kind, fresh),
    members: (group) => knownOr(() => membersOf(client, group)),
    perform: (steps, made, beforeSend, onOutcome) => performSteps(client, fresh, steps, made, beforeSend, onOutcome),
  };
};

/** Sorted by id. What this connection made and the list does not show yet is looked at by its id, where that is cheap. */
const listKind = <K extends Kind>(client: GraphClient, kind: K, fresh: Fresh): Promise<Known<readonly ResourceOf<K>[]>> =>
  knownOr(async () => {
    const adapter = adapterOf(kind);
    const listed = await adapter.list(client);
    const seen = new Set(listed.map((resource) => resource.id));
    const { get } = adapter;
    const unseen = get === undefined ? [] : [...(fresh.get(kind) ?? [])].filter((id) => !seen.has(id));
    const late = await Promise.all(unseen.map((id) => get?.(client, id)));
    const whole = [...listed, ...late.flatMap((resource) => (resource === undefined ? [] : [resource]))];
    return whole.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  });

// ---- performing

const performSteps = async (
  client: GraphClient,
  fresh: Fresh,
  steps: readonly Step[],
  made: MadeIds,
  beforeSend: (step: StepId) => Promise<void>,
  onOutcome: ((done: number) => void) | undefined,
): Promise<ReadonlyMap<StepId, StepOutcome>> => {
  const outcomes = new Map<StepId, StepOutcome>();
  const settle = (step: Step, outcome: StepOutcome): void => {
    outcomes.set(step.id, outcome);
    remember(fresh, step, outcome);
    onOutcome?.(outcomes.size);
  };
  const kinds = [...new Set(steps.map((step) => step.kind))];
  for (const kind of kinds) {
    const own = steps.filter((step) => step.kind === kind);
    await ADAPTERS[kind].perform({ client, made, fresh: fresh.get(kind) ?? new Set(), beforeSend, settle }, own);
  }
  for (const step of steps) if (!outcomes.has(step.id)) settle(step, mismatch(step));
  return outcomes;
};

const remember = (fresh: Fresh, step: Step, outcome: StepOutcome): void => {
  const { write } = step;
  if (write.type === "delete") fresh.get(step.kind)?.delete(write.id);
  if ((write.type === "create" || write.type === "restore") && outcome.type === "done" && outcome.id !== undefined) fresh.get(step.kind)?.add(outcome.id);
};

// ---- reading

const orUnknown = <T, U>(known: Known<T>, then: (value: T) => U, otherwise: U): U => (known.type === "present" ? then(known.value) : otherwise);

const readTenant = async (
  client: GraphClient,
  plan: Plan,
  practice: boolean,
  list: <K extends Kind>(kind: K) => Promise<Known<readonly ResourceOf<K>[]>>,
  progress: ReadProgress,
): Promise<Observed> => {
  const readAt = client.clock.now();
  // Alone and first: without it there is nothing to show, and a connection that may read nothing says so at once.
  const tenant = await organizationOf(client);
  progress("tenant", 1);

  const domains = knownOr(() => domainsOf(client));
  const groups = list("cohort-group");
  const [licence, securityDefaults, policies, locations, ours, members, syncHolders, cohortGroupMembers, emergency] = await Promise.all([
    knownOr(() => licenceOf(client)),
    knownOr(() => securityDefaultsOf(client)),
    list("conditional-access"),
    list("named-location"),
    groups,
    groups.then((known) => membersOfPlan(client, plan, known)),
    knownOr(() => holdersOf(client, DIRECTORY_SYNCHRONIZATION_ACCOUNTS)),
    groupsOfCohorts(client, plan),
    Promise.all(plan.emergencyAccounts.map((address) => emergencyAccount(client, address, domains))),
    domains,
  ]);
  progress("settings", 1);

  const people = await peopleOf(client, plan, licence, syncHolders, cohortGroupMembers, emergency, progress);
  const registration = await registrationOf(client, licence, people.roster, progress);
  return {
    tenant: { ...tenant, practice },
    readAt,
    resources: { "cohort-group": ours, "named-location": locations, "conditional-access": policies },
    members,
    roster: people.roster,
    registration,
    licence,
    securityDefaults,
    emergency,
    remarks: people.remarks,
  };
};

/** Sorted by the group's id. Nothing when the groups themselves are unknown. */
const membersOfPlan = async (client: GraphClient, plan: Plan, groups: Known<readonly ResourceOf<"cohort-group">[]>): Promise<Observed["members"]> => {
  const own = orUnknown(groups, (value) => value.filter((group) => group.mark?.plan === plan.id), []);
  const read = own.map(async (group) => [group.id, await knownOr(() => membersOf(client, group.id))] as const);
  return new Map(await Promise.all(read));
};

/** The groups that cohorts name, each exactly one security group; `absent` when none bears the name. */
const groupsOfCohorts = async (client: GraphClient, plan: Plan): Promise<ReadonlyMap<string, Known<IdIndex>>> => {
  const names = [...new Set(plan.cohorts.flatMap((cohort) => (cohort.source.type === "group" ? [cohort.source.group] : [])))].sort();
  return new Map(await Promise.all(names.map(async (name) => [name, await groupNamed(client, name)] as const)));
};

const groupNamed = async (client: GraphClient, name: string): Promise<Known<IdIndex>> => {
  const found = await knownOr(() => groupsNamed(client, name));
  if (found.type !== "present") return found;
  const [id, ...more] = found.value;
  if (id === undefined) return absent;
  if (more.length > 0) return unknown(`${found.value.length} security groups are named "${name}": ${found.value.join(", ")}`);
  return knownOr(() => membersOf(client, id, "transitiveMembers"));
};

type People = { readonly roster: Known<Roster>; readonly remarks: readonly Remark[] };

/** Who is in which cohort cannot be said in part: one thing unknown, and the roster is. */
const peopleOf = async (
  client: GraphClient,
  plan: Plan,
  licence: Known<Licence>,
  syncHolders: Known<IdIndex>,
  groups: ReadonlyMap<string, Known<IdIndex>>,
  emergency: readonly EmergencyAccount[],
  progress: ReadProgress,
): Promise<People> => {
  if (licence.type === "unknown")
    return { roster: unknown(`who is a pupil is not known, since the licences could not be read: ${licence.because}`), remarks: [] };
  if (syncHolders.type === "unknown")
    return { roster: unknown(`which account synchronises the directory is not known, since its role could not be read: ${syncHolders.because}`), remarks: [] };
  const students = new Set(orUnknown(licence, (value) => value.studentSkus, []));
  const nobodies = orUnknown(syncHolders, (value) => value, new IdIndex());
  // By id as well as by address: somebody may have renamed one since the plan was written.
  const emergencyIds = IdIndex.of(emergency.flatMap(({ account }) => (account.type === "present" ? [account.value.id] : [])));
  const begin = () => {
    const reader = cohortReader(plan, groups, { emergencyIds });
    const roster = new Roster(reader.names);
    return {
      read: (person: Person): void => {
        const { flags, standings } = reader.read(person);
        roster.add(person.id, person.address, flags, standings);
      },
      finish: () => ({ roster, remarks: reader.finish() }),
    };
  };
  const read = await knownOr(() => readPeople(client, students, nobodies, begin, (done) => progress("accounts", done)));
  return read.type === "present"
    ? { roster: present(read.value.roster), remarks: read.value.remarks }
    : { roster: read.type === "unknown" ? read : absent, remarks: [] };
};

const registrationOf = async (
  client: GraphClient,
  licence: Known<Licence>,
  roster: Known<Roster>,
  progress: ReadProgress,
): Promise<Known<{ readonly refreshed?: Instant }>> => {
  if (roster.type !== "present") return unknown("registration says something only of accounts that could be read");
  const people = roster.value;
  const isLicensed = orUnknown(licence, (value) => value.p1, false);
  const read = () =>
    readRegistration(
      client,
      () => people.forgetCapable(),
      (id, capable) => people.setCapable(id, capable),
      (done) => progress("registration", done),
    );
  const known = await knownOr(() => whileSaidUnlicensed(client, isLicensed ? LICENCE_TRIES : 1, read));
  // Half a report would pass for a whole one.
  if (known.type !== "present") people.forgetCapable();
  return known;
};

const whileSaidUnlicensed = async <T>(client: GraphClient, tries: number, read: () => Promise<T>): Promise<T> => {
  for (let left = tries, pause = LICENCE_PAUSE_MS; ; left -= 1, pause *= 2) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof ServiceError) || !saysNotPremium(error)) throw error;
      if (left <= 1) {
        const message = `the service gives it only to tenants with Entra ID P1 or P2 (${error.status} ${error.code})`;
        throw new ServiceError({
          method: error.method,
          path: error.path,
          status: error.status,
          code: error.code,
          message,
          requestId: error.requestId,
          outcome: error.outcome,
        });
      }
      await client.clock.sleep(pause, client.signal);
    }
  }
};
