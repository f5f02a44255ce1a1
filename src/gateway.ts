/** The adapters as one: reads what a plan needs of a tenant, and performs steps on it. */

import type { Step, StepId, StepOutcome } from "./core/changes.ts";
import { isGated } from "./core/cohorts.ts";
import type { IdIndex } from "./core/ids.ts";
import { groupsToLookUp } from "./core/named-groups.ts";
import type { Observed } from "./core/observed.ts";
import { isOutCohort, planWithOut } from "./core/out.ts";
import type { PerUserStates } from "./core/per-user-states.ts";
import { stateWishOf } from "./core/per-user-wishes.ts";
import type { Plan } from "./core/plan/plan.ts";
import { PROGRESS_KEY, progressIn } from "./core/progress.ts";
import type { Roster } from "./core/roster.ts";
import { absent, DIRECTORY_SYNCHRONIZATION_ACCOUNTS, KINDS, type Kind, type Known, type ObjectId, present, type ResourceOf, unknown } from "./core/tenant.ts";
import { kindsUsed } from "./core/uses.ts";
import { authenticationPolicy } from "./exchange/authentication-policy.ts";
import { createExchangeClient, type ExchangeClient, type ExchangeConnection } from "./exchange/client.ts";
import { defaultAuthenticationPolicy } from "./exchange/default-authentication-policy.ts";
import type { ExchangeAdapter } from "./exchange/kind.ts";
import { mailboxPlan } from "./exchange/mailbox-plan.ts";
import { mailboxProtocols, readMailboxes } from "./exchange/mailbox-protocols.ts";
import { readMailboxTypes } from "./exchange/mailbox-types.ts";
import { smtpAuth } from "./exchange/smtp-auth.ts";
import { accountBlock } from "./graph/account-block.ts";
import { accountDeletion } from "./graph/account-deletion.ts";
import { standingsOf } from "./graph/account-standing.ts";
import { accessOf } from "./graph/administrators.ts";
import { authenticationMethods } from "./graph/authentication-methods.ts";
import { type Connection, createClient, type GraphClient } from "./graph/client.ts";
import { cohortGroups, membersOf } from "./graph/cohort-group.ts";
import { conditionalAccess } from "./graph/conditional-access.ts";
import { accountNamed, accountsNamed } from "./graph/emergency.ts";
import { type KindAdapter, mismatch, type Performing } from "./graph/kind.ts";
import { begun, knownOr, roleHoldersOf } from "./graph/live-account.ts";
import { namedLocations } from "./graph/named-location.ts";
import { accountsIn } from "./graph/people.ts";
import { perUserMfa, readStates, statesOf } from "./graph/per-user-mfa.ts";
import { registrationCampaign } from "./graph/registration-campaign.ts";
import { securityDefaults } from "./graph/security-defaults.ts";
import { domainsOf, groupsLookedUp, groupsNamed, holdersOf, licenceOf, organizationOf } from "./graph/surroundings.ts";
import { readAccount } from "./read-account.ts";
import { listedReader } from "./read-listed.ts";
import { readLog } from "./read-log.ts";
import { membersByRule, peopleOf, registrationOf } from "./read-people.ts";
import { whatIfOf } from "./read-what-if.ts";
import { type Gateway, type Lookup, type MadeIds, type ReadProgress, type ReadWish, ServiceError } from "./service.ts";

export type { ExchangeConnection } from "./exchange/client.ts";
export type { Connection, RequestLine } from "./graph/client.ts";

type ExchangeKind = "mailbox-plan" | "mailbox-protocols" | "authentication-policy" | "default-authentication-policy" | "smtp-auth";
type GraphKind = Exclude<Kind, ExchangeKind>;

const ADAPTERS = {
  "cohort-group": cohortGroups,
  "named-location": namedLocations,
  "authentication-methods": authenticationMethods,
  "registration-campaign": registrationCampaign,
  "conditional-access": conditionalAccess,
  "security-defaults": securityDefaults,
  "per-user-mfa": perUserMfa,
  "account-block": accountBlock,
  "account-deletion": accountDeletion,
} as const satisfies { readonly [K in GraphKind]: KindAdapter<K> };

const adapterOf = <K extends GraphKind>(kind: K): KindAdapter<K> => {
  const adapters: { readonly [L in GraphKind]: KindAdapter<L> } = ADAPTERS;
  return adapters[kind];
};

/** The kinds that Microsoft Graph does not know. */
const BY_EXCHANGE = {
  "mailbox-plan": mailboxPlan,
  "mailbox-protocols": mailboxProtocols,
  "authentication-policy": authenticationPolicy,
  "default-authentication-policy": defaultAuthenticationPolicy,
  "smtp-auth": smtpAuth,
} as const satisfies { readonly [K in ExchangeKind]: ExchangeAdapter<K> };

const exchangeAdapterOf = <K extends ExchangeKind>(kind: K): ExchangeAdapter<K> => {
  const adapters: { readonly [L in ExchangeKind]: ExchangeAdapter<L> } = BY_EXCHANGE;
  return adapters[kind];
};

const isExchange = (kind: Kind): kind is ExchangeKind => kind in BY_EXCHANGE;

/** What this connection made, by kind: a list may not show it yet (facts, section 5). */
type Fresh = ReadonlyMap<Kind, Set<ObjectId>>;

/** Both services, of which the second is not talked to unless a plan is about mailboxes. */
type Clients = { readonly graph: GraphClient; readonly exchange: () => ExchangeClient };

/** What steps are performed with besides: `archived` finds an account that is gone for good, to make it again. */
export type PerformWith = Pick<Performing, "archived">;

/** @param client the connection's own, where it is also used besides: they keep one pace. */
export const createGateway = (
  connection: Connection,
  exchange: ExchangeConnection,
  client: GraphClient = createClient(connection),
  performWith: PerformWith = {},
): Gateway & Lookup => {
  let mail: ExchangeClient | undefined;
  const clients: Clients = {
    graph: client,
    exchange: () => {
      mail ??= createExchangeClient(exchange);
      return mail;
    },
  };
  const fresh: Fresh = new Map(KINDS.map((kind) => [kind, new Set<ObjectId>()]));
  const readListed = listedReader(client, clients.exchange, connection.practice);
  const mailboxes: Gateway["mailboxes"] = (progress) => knownOrDenied(() => readMailboxes(clients.exchange(), progress ?? (() => undefined)));
  return {
    mailboxes,
    readTenant: (plan, progress, wish) =>
      readTenant(client, plan, connection.practice, { list: (kind) => listKind(clients, kind, fresh), mailboxes }, progress ?? (() => undefined), wish ?? {}),
    list: (kind) => listKind(clients, kind, fresh),
    members: (group) => knownOr(() => membersOf(client, group)),
    account: (key, since) => readAccount(client, key, since, (kind) => listKind(clients, kind, fresh)),
    accountsIn: (domain) => knownOr(() => accountsIn(client, domain)),
    lookUp: (key) =>
      accountNamed(client, key, { domains: Promise.resolve(unknown("they were not asked for")), holders: roleHoldersOf(client), ownMethods: "not asked" }),
    offered: () => knownOrDenied(() => clients.exchange().offered()),
    mailboxTypes: (progress) => knownOr(() => readMailboxTypes(clients.exchange(), progress ?? (() => undefined))),
    signIns: (plan, questions, observed, progress) => readLog(client, plan.networks, questions, observed, progress ?? (() => undefined)),
    states: (ids, progress) => knownOr(() => statesOf(client, ids, progress)),
    listed: (ids, progress) => knownOr(() => readListed(ids, progress)),
    standing: (ids, progress) => knownOr(() => standingsOf(client, ids, progress)),
    perform: (steps, made, beforeSend, onOutcome) =>
      performSteps(clients, fresh, { ...performWith, uuid: connection.uuid }, steps, made, beforeSend, onOutcome),
  };
};

/** Sorted by id. What this connection made and the list does not show yet is looked at by its id, where that is cheap. */
const byId = <K extends Kind>(list: readonly ResourceOf<K>[]): readonly ResourceOf<K>[] => [...list].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));

const listKind = <K extends Kind>(clients: Clients, kind: K, fresh: Fresh): Promise<Known<readonly ResourceOf<K>[]>> => {
  const listed = listers(clients, fresh);
  return listed[kind]();
};

/** A list for each kind, of whichever service keeps it. */
const listers = (clients: Clients, fresh: Fresh): { readonly [K in Kind]: () => Promise<Known<readonly ResourceOf<K>[]>> } => {
  const graph =
    <K extends GraphKind>(kind: K) =>
    () =>
      listByGraph(clients.graph, kind, fresh);
  const exchange =
    <K extends ExchangeKind>(kind: K) =>
    () =>
      listByExchange(clients, kind);
  return {
    "cohort-group": graph("cohort-group"),
    "named-location": graph("named-location"),
    "authentication-methods": graph("authentication-methods"),
    "registration-campaign": graph("registration-campaign"),
    "conditional-access": graph("conditional-access"),
    "security-defaults": graph("security-defaults"),
    "per-user-mfa": graph("per-user-mfa"),
    "mailbox-plan": exchange("mailbox-plan"),
    "mailbox-protocols": exchange("mailbox-protocols"),
    "authentication-policy": exchange("authentication-policy"),
    "default-authentication-policy": exchange("default-authentication-policy"),
    "smtp-auth": exchange("smtp-auth"),
    "account-block": graph("account-block"),
    "account-deletion": graph("account-deletion"),
  };
};

/** Exchange Online has grants of its own, without which all that Graph tells still stands. */
const knownOrDenied = async <T>(read: () => Promise<T>): Promise<Known<T>> => {
  try {
    return present(await read());
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { type: "unknown", because: error.message, ...((error.status === 401 || error.status === 403) && { denied: true }) };
  }
};

const listByExchange = <K extends ExchangeKind>(clients: Clients, kind: K): Promise<Known<readonly ResourceOf<K>[]>> => {
  const { list } = exchangeAdapterOf(kind);
  return list === undefined ? Promise.resolve(absent) : knownOrDenied(async () => byId(await list(clients.exchange())));
};

const listByGraph = <K extends GraphKind>(client: GraphClient, kind: K, fresh: Fresh): Promise<Known<readonly ResourceOf<K>[]>> => {
  const adapter = adapterOf(kind);
  const { list } = adapter;
  if (list === undefined) return Promise.resolve(absent);
  return knownOr(async () => {
    const listed = await list(client);
    const seen = new Set(listed.map((resource) => resource.id));
    const { get } = adapter;
    const unseen = get === undefined ? [] : [...(fresh.get(kind) ?? [])].filter((id) => !seen.has(id));
    const late = await Promise.all(unseen.map((id) => get?.(client, id)));
    const whole = [...listed, ...late.flatMap((resource) => (resource === undefined ? [] : [resource]))];
    return byId(whole);
  });
};

// ---- performing

const performSteps = async (
  clients: Clients,
  fresh: Fresh,
  besides: Pick<Performing, "archived" | "uuid">,
  steps: readonly Step[],
  made: MadeIds,
  beforeSend: (step: StepId) => Promise<void>,
  onOutcome: ((done: number) => void) | undefined,
): Promise<ReadonlyMap<StepId, StepOutcome>> => {
  const outcomes = new Map<StepId, StepOutcome>();
  const settle = (step: Step, outcome: StepOutcome): void => {
    outcomes.set(step.id, outcome);
    remember(fresh, step, outcome);
    if (step.write.type !== "set-mailboxes") onOutcome?.(outcomes.size);
  };
  const kinds = [...new Set(steps.map((step) => step.kind))];
  for (const kind of kinds) {
    const own = steps.filter((step) => step.kind === kind);
    if (isExchange(kind)) await BY_EXCHANGE[kind].perform({ client: clients.exchange(), made, beforeSend, settle, progress: (done) => onOutcome?.(done) }, own);
    else await adapterOf(kind).perform({ client: clients.graph, made, fresh: fresh.get(kind) ?? new Set(), ...besides, beforeSend, settle }, own);
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
  {
    list: listNow,
    mailboxes: readAllMailboxes,
  }: { readonly list: <K extends Kind>(kind: K) => Promise<Known<readonly ResourceOf<K>[]>>; readonly mailboxes: Gateway["mailboxes"] },
  progress: ReadProgress,
  wish: ReadWish,
): Promise<Observed> => {
  const readAt = client.clock.now();
  // Alone and first: without it there is nothing to show, and a connection that may read nothing says so at once.
  const tenant = wish.bare?.tenant ?? (await organizationOf(client));
  const isBare = wish.bare !== undefined;
  progress("tenant", 1);

  const lookingForDomains = isBare ? Promise.resolve(unknown("they were not asked for")) : begun(knownOr(() => domainsOf(client)));
  const around = { domains: lookingForDomains, holders: roleHoldersOf(client) };
  const list = <K extends Kind>(kind: K): Promise<Known<readonly ResourceOf<K>[]>> => {
    const known = wish.bare?.lists?.[kind];
    return known === undefined ? listNow(kind) : Promise.resolve(known);
  };
  const groups = list("cohort-group");
  const used = kindsUsed(plan);
  const listUsed = <K extends Kind>(kind: K): Promise<Known<readonly ResourceOf<K>[]>> => (used.has(kind) ? list(kind) : Promise.resolve(absent));
  const listOfPolicies = list("conditional-access");
  const listOfMethods = listUsed("authentication-methods");
  const looked = isBare
    ? accountsNamed(client, plan.emergencyAccounts)
    : Promise.all(plan.emergencyAccounts.map((address) => accountNamed(client, address, around)));
  const lookingWhoGetsIn =
    wish.access === false || isBare
      ? Promise.resolve(absent)
      : accessOf(client, {
          ...around,
          emergency: looked,
          policies: listOfPolicies,
          methods: used.has("authentication-methods") ? listOfMethods : undefined,
        }).then(present);
  const [licence, defaults, methods, campaign, policies, locations, ours, members, syncHolders, cohortGroupMembers, emergency, access, domains] =
    await Promise.all([
      knownOr(() => licenceOf(client)),
      listUsed("security-defaults"),
      listOfMethods,
      listUsed("registration-campaign"),
      listOfPolicies,
      list("named-location"),
      groups,
      groups.then((known) => membersOfPlan(client, plan, known, isBare)),
      knownOr(() => holdersOf(client, DIRECTORY_SYNCHRONIZATION_ACCOUNTS)),
      groupsOfCohorts(client, plan),
      looked,
      lookingWhoGetsIn,
      around.domains,
    ]);
  progress("settings", 1);

  const ground = { licence, syncHolders, groups: cohortGroupMembers, dynamic: membersByRule(plan, ours, members), emergency };
  const told = progressIn(ours, plan.id);
  const people = await peopleOf(client, planWithOut(plan, told.type === "present" ? told.value : undefined), ground, progress);
  const isAboutReady = !isBare || plan.phases.some(isGated);
  const registration = isAboutReady ? await registrationOf(client, plan, licence, people.roster, progress) : unknown("it was not asked for");
  const perUser = used.has("per-user-mfa") ? await statesOfPlan(client, plan, people.roster, progress) : undefined;
  const isMail = used.has("mailbox-protocols");
  // One after the other: the service knows only so many calls of a tenant at once.
  const mailboxPlans = await listUsed("mailbox-plan");
  const basic = await listUsed("authentication-policy");
  const basicDefault = await listUsed("default-authentication-policy");
  const smtp = await listUsed("smtp-auth");
  const mailboxes = isMail ? await readAllMailboxes((done) => progress("mailboxes", done)) : undefined;
  const observed: Observed = {
    tenant: { ...tenant, practice },
    readAt,
    resources: {
      "cohort-group": ours,
      "named-location": locations,
      "authentication-methods": methods,
      "registration-campaign": campaign,
      "conditional-access": policies,
      "security-defaults": defaults,
      "per-user-mfa": absent,
      "mailbox-plan": mailboxPlans,
      "mailbox-protocols": absent,
      "authentication-policy": basic,
      "default-authentication-policy": basicDefault,
      "smtp-auth": smtp,
      "account-block": absent,
      "account-deletion": absent,
    },
    members,
    roster: people.roster,
    registration,
    ...(people.activity !== undefined && { activity: people.activity }),
    licence,
    securityDefaults: isOn(defaults),
    emergency,
    domains,
    ...(perUser !== undefined && { perUser }),
    ...(mailboxes !== undefined && { mailboxes }),
    access,
    remarks: people.remarks.filter(({ cohort }) => !isOutCohort(cohort)),
  };
  const namedGroups = wish.access === false || isBare ? undefined : await groupsLookedUp(client, groupsToLookUp(plan, observed));
  if (wish.whatIf === true) progress("what-if", 1);
  const whatIf = wish.whatIf === true ? await whatIfOf(client, plan, observed, around.holders) : undefined;
  return { ...observed, ...(namedGroups !== undefined && { namedGroups }), ...(whatIf !== undefined && { whatIf }) };
};

/** Whom the plan's phases set states of, in their order. */
const statesOfPlan = async (client: GraphClient, plan: Plan, roster: Known<Roster>, progress: ReadProgress): Promise<Known<PerUserStates>> => {
  if (roster.type !== "present") return unknown("the accounts whose states they are could not be read");
  const cohorts = new Set(plan.phases.flatMap((phase) => stateWishOf(plan, phase)?.cohort ?? []));
  const wanted = function* (): Iterable<ObjectId> {
    for (const cohort of cohorts) yield* roster.value.members(cohort);
  };
  return knownOr(() => readStates(client, wanted, (done) => progress("states", done)));
};

const isOn = (defaults: Known<readonly ResourceOf<"security-defaults">[]>): Known<boolean> => {
  if (defaults.type !== "present") return defaults;
  const [only] = defaults.value;
  return only === undefined ? absent : present(only.settings.enabled);
};

/** Sorted by the group's id. Nothing when the groups themselves are unknown. */
const membersOfPlan = async (
  client: GraphClient,
  plan: Plan,
  groups: Known<readonly ResourceOf<"cohort-group">[]>,
  isBare: boolean,
): Promise<Observed["members"]> => {
  // The group that keeps the progress is for nobody: only a check asks whether somebody is in it.
  const isAsked = ({ mark }: ResourceOf<"cohort-group">): boolean => mark?.plan === plan.id && !(isBare && mark.key === PROGRESS_KEY);
  const own = orUnknown(groups, (value) => value.filter(isAsked), []);
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
