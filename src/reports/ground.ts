/** What every report of people stands on: licence, policies, methods, and who is in the groups and roles that they name. */

import { attributesUsed, type CohortContext, type CohortReader, cohortReader } from "../core/cohorts.ts";
import { IdIndex } from "../core/ids.ts";
import type { Progress } from "../core/observed.ts";
import { planWithOut } from "../core/out.ts";
import type { AttributeWord, Plan } from "../core/plan/plan.ts";
import { progressIn } from "../core/progress.ts";
import { Belonging } from "../core/reports/belonging.ts";
import type { Gap } from "../core/reports/shape.ts";
import {
  type AuthenticationMethodsSettings,
  absent,
  DIRECTORY_SYNCHRONIZATION_ACCOUNTS,
  type EmergencyAccount,
  type Known,
  type Licence,
  type NamedLocationSettings,
  type ObjectId,
  present,
  type ResourceOf,
  unknown,
} from "../core/tenant.ts";
import type { GraphClient } from "../graph/client.ts";
import { membersOf } from "../graph/cohort-group.ts";
import { accountNamed } from "../graph/emergency.ts";
import { begun, knownOr, roleHoldersOf } from "../graph/live-account.ts";
import { roleSets } from "../graph/role-sets.ts";
import { domainsOf, groupsLookedUp, groupsNamed, licenceOf } from "../graph/surroundings.ts";
import { membersByRule } from "../read-people.ts";
import { ServiceError } from "../service.ts";
import type { ReportAsk } from "./report.ts";

export type Ground = {
  readonly licence: Known<Licence>;
  /** Products that are students', of which a pupil has no other. */
  readonly students: ReadonlySet<ObjectId>;
  /** Accounts that synchronise the directory. */
  readonly nobodies: IdIndex;
  readonly policies: Known<readonly ResourceOf<"conditional-access">[]>;
  readonly locations: Known<ReadonlyMap<ObjectId, NamedLocationSettings>>;
  readonly methods: Known<AuthenticationMethodsSettings>;
  readonly securityDefaults: Known<boolean>;
  /** Everybody in the groups that policies and methods name, through other groups too. */
  readonly groups: Belonging;
  readonly groupNames: ReadonlyMap<ObjectId, Known<string>>;
  /** Active holders of each role by its template, through role-assignable groups too. */
  readonly roles: Belonging;
  /** Templates of the roles that anybody holds. */
  readonly heldRoles: Known<readonly ObjectId[]>;
  /** What the tenant calls them. */
  readonly roleNames: ReadonlyMap<ObjectId, string>;
  /** Of the plan; empty without one. */
  readonly emergency: readonly EmergencyAccount[];
  readonly attributes: readonly AttributeWord[];
  /** The plan with what was taken out on a bad morning, and a reader of its cohorts. */
  readonly planned?: {
    readonly plan: Plan;
    readonly progress: Progress | undefined;
    /** Whether the tenant told it, be it that there is none. */
    readonly isProgressTold: boolean;
    readonly cohorts: () => CohortReader;
    /** What the reader is made from. */
    readonly words: { readonly groups: ReadonlyMap<string, Known<IdIndex>>; readonly context: CohortContext };
  };
  readonly gaps: readonly Gap[];
};

/** How a refusal stands in a report: run it again, or have somebody grant what is missing. */
export const gapOf = (what: string, error: ServiceError | string, todo?: string): Gap => {
  const [sort, because]: readonly [Gap["sort"], string] =
    typeof error === "string"
      ? ["failed", error]
      : [
          /premium|P1 or P2/i.test(error.message) && error.status === 403 ? "licence" : error.status === 403 || error.status === 401 ? "permission" : "failed",
          error.message,
        ];
  return { sort, what, because, ...(todo !== undefined && { todo }) };
};

/** A read whose failure is a gap of the report, and unknown where it is used. */
export const knownAs = async <T>(gaps: Gap[], what: string, read: () => Promise<T>, todo?: string): Promise<Known<T>> => {
  try {
    return present(await read());
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    gaps.push(gapOf(what, error, todo));
    return unknown(error.message);
  }
};

/** A list that the gateway read: its reason is text, and a refusal says so in it. */
export const noted = <T>(gaps: Gap[], what: string, known: Known<T>): Known<T> => {
  if (known.type === "unknown") gaps.push({ sort: /\b40[13]\b/.test(known.because) ? "permission" : "failed", what, because: known.because });
  return known;
};

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Groups that decide whom a policy, or a method, is about. */
const groupsNamedIn = (policies: Ground["policies"], methods: Ground["methods"]): readonly ObjectId[] => {
  const ids = new Set<ObjectId>();
  const add = (list: readonly string[]): void => {
    for (const id of list) if (GUID.test(id)) ids.add(id);
  };
  for (const { settings } of policies.type === "present" ? policies.value : []) {
    if (settings.state === "off") continue;
    add(settings.include.groups);
    add(settings.exclude.groups);
  }
  for (const { include, exclude } of methods.type === "present" ? Object.values(methods.value.methods) : []) {
    add(include.groups);
    add(exclude);
  }
  return [...ids].sort();
};

/** A group that was deleted has nobody in it, and a policy goes on naming it. */
const groupSet = async (client: GraphClient, id: ObjectId): Promise<Known<IdIndex>> => {
  try {
    return present(await membersOf(client, id, "transitiveMembers"));
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return error.status === 404 ? absent : unknown(error.message);
  }
};

const only = <T>(known: Known<readonly T[]>): Known<T> => {
  if (known.type !== "present") return known;
  const [first] = known.value;
  return first === undefined ? absent : present(first);
};

const then = <T, U>(known: Known<T>, value: (value: T) => U): Known<U> => (known.type === "present" ? present(value(known.value)) : known);

const groupNamedOnce = async (client: GraphClient, name: string): Promise<Known<IdIndex>> => {
  const found = await knownOr(() => groupsNamed(client, name));
  if (found.type !== "present") return found;
  const [id, ...more] = found.value;
  if (id === undefined) return absent;
  if (more.length > 0) return unknown(`${found.value.length} security groups are named "${name}"`);
  return knownOr(() => membersOf(client, id, "transitiveMembers"));
};

export const plannedOf = async ({ client, gateway, plan }: ReportAsk, emergency: readonly EmergencyAccount[], gaps: Gap[]): Promise<Ground["planned"]> => {
  if (plan === undefined) return undefined;
  const groups = noted(gaps, "the plan's groups", await gateway.list("cohort-group"));
  const told = progressIn(groups, plan.id);
  // Which groups there are was read, and what the plan's own says is not to be understood.
  if (groups.type === "present") noted(gaps, "which phases are on hold, and who is let in or out", told);
  const progress = told.type === "present" ? told.value : undefined;
  const whole = planWithOut(plan, progress);
  const own = groups.type === "present" ? groups.value.filter(({ mark }) => mark?.plan === plan.id) : [];
  const members = new Map(await Promise.all(own.map(async ({ id }) => [id, await gateway.members(id)] as const)));
  const names = [...new Set(whole.cohorts.flatMap(({ source }) => (source.type === "group" ? [source.group] : [])))].sort();
  const named = new Map(
    await Promise.all(names.map(async (name) => [name, noted(gaps, `who is in the group ${name}`, await groupNamedOnce(client, name))] as const)),
  );
  const emergencyIds = IdIndex.of(emergency.flatMap(({ account }) => (account.type === "present" ? [account.value.id] : [])));
  const dynamic = membersByRule(whole, groups, members);
  const words = { groups: named, context: { emergencyIds, dynamic } };
  return { plan: whole, progress, isProgressTold: told.type !== "unknown", cohorts: () => cohortReader(whole, words.groups, words.context), words };
};

/**
 * Reads it all, what is independent side by side. What could not be read is unknown there and a gap of the report.
 * @throws ServiceError when nothing at all can be read
 */
export const groundOf = async (ask: ReportAsk): Promise<Ground> => {
  const { client, gateway, plan, progress } = ask;
  const gaps: Gap[] = [];
  progress("settings", 0);
  const holders = roleHoldersOf(client);
  const around = { domains: begun(knownOr(() => domainsOf(client))), holders };
  const [licence, policies, locations, methods, defaults, roles, emergency] = await Promise.all([
    knownAs(gaps, "licences", () => licenceOf(client)),
    gateway.list("conditional-access").then((known) => noted(gaps, "policies", known)),
    gateway.list("named-location").then((known) => noted(gaps, "networks", known)),
    gateway.list("authentication-methods").then((known) => noted(gaps, "which methods are allowed", known)),
    gateway.list("security-defaults").then((known) => noted(gaps, "security defaults", known)),
    knownAs(gaps, "roles", () => roleSets(client)),
    Promise.all((plan?.emergencyAccounts ?? []).map((address) => accountNamed(client, address, around))),
  ]);
  const settings = then(only(methods), (one) => one.settings);
  const ids = groupsNamedIn(policies, settings);
  const [sets, groupNames, planned] = await Promise.all([
    Promise.all(ids.map(async (id) => [id, noted(gaps, `who is in the group ${id}`, await groupSet(client, id))] as const)),
    groupsLookedUp(client, ids),
    plannedOf(ask, emergency, gaps),
  ]);
  progress("settings", 1);
  const roleMap = roles.type === "present" ? roles.value.sets : new Map<ObjectId, Known<IdIndex>>();
  for (const known of roleMap.values()) noted(gaps, "who holds a role", known);
  const sync = roleMap.get(DIRECTORY_SYNCHRONIZATION_ACCOUNTS);
  return {
    licence,
    students: new Set(licence.type === "present" ? licence.value.studentSkus : []),
    nobodies: sync?.type === "present" ? sync.value : new IdIndex(),
    policies,
    locations: then(locations, (all) => new Map(all.map(({ id, settings: own }) => [id, own]))),
    methods: settings,
    securityDefaults: then(only(defaults), (one) => one.settings.enabled),
    groups: new Belonging(new Map(sets)),
    groupNames,
    roles: new Belonging(roleMap),
    heldRoles: then(roles, ({ sets: all }) => [...all.keys()].sort()),
    roleNames: roles.type === "present" ? roles.value.names : new Map(),
    emergency,
    attributes: plan === undefined ? [] : attributesUsed(plan),
    ...(planned !== undefined && { planned }),
    gaps,
  };
};
