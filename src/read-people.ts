/** Reads who is in the tenant: all accounts past the plan's words, and who of them has registered what. */

import { attributesUsed, cohortReader, isGated } from "./core/cohorts.ts";
import { layoutOf } from "./core/demands.ts";
import { ACTIVE_DAYS } from "./core/gates.ts";
import { IdIndex } from "./core/ids.ts";
import { readyBy } from "./core/methods.ts";
import type { Observed, Remark } from "./core/observed.ts";
import type { Plan } from "./core/plan/plan.ts";
import { Roster } from "./core/roster.ts";
import { absent, type EmergencyAccount, type Instant, type Known, type Licence, type Person, present, type ResourceOf, unknown } from "./core/tenant.ts";
import type { GraphClient } from "./graph/client.ts";
import { knownOr } from "./graph/live-account.ts";
import { readPeople, readRegistration, saysNotPremium } from "./graph/people.ts";
import { type ReadProgress, ServiceError } from "./service.ts";

const DAY_MS = 86_400_000;

/** How often a licensed tenant is asked again when the service says that it is not licensed, which it sometimes does. Facts, section 6. */
export const LICENCE_TRIES = 4;
const LICENCE_PAUSE_MS = 2_000;

const orUnknown = <T, U>(known: Known<T>, then: (value: T) => U, otherwise: U): U => (known.type === "present" ? then(known.value) : otherwise);

/** Whom the service has put into the plan's groups that go by a rule, by cohort. */
export const membersByRule = (
  plan: Plan,
  groups: Known<readonly ResourceOf<"cohort-group">[]>,
  members: Observed["members"],
): ReadonlyMap<string, Known<IdIndex>> =>
  new Map(
    layoutOf(plan)
      .cohorts.filter(({ cohort }) => cohort.source.type === "dynamic")
      .map(({ cohort, key }): readonly [string, Known<IdIndex>] => {
        if (groups.type !== "present") return [cohort.name, groups];
        const [own, second] = groups.value.filter(({ managed, mark }) => !managed && mark?.plan === plan.id && mark.key === key);
        if (own === undefined) return [cohort.name, absent];
        return [cohort.name, second === undefined ? (members.get(own.id) ?? unknown("its members were not read")) : unknown("two groups bear its mark")];
      }),
  );

/** What of the tenant decides who is in a cohort, besides the accounts themselves. */
export type Ground = {
  readonly licence: Known<Licence>;
  /** Holders of the role of directory synchronisation. */
  readonly syncHolders: Known<IdIndex>;
  /** Members of the groups that cohorts name, by the group's name. */
  readonly groups: ReadonlyMap<string, Known<IdIndex>>;
  readonly dynamic: ReadonlyMap<string, Known<IdIndex>>;
  readonly emergency: readonly EmergencyAccount[];
};

export type People = { readonly roster: Known<Roster>; readonly remarks: readonly Remark[]; readonly activity?: Observed["activity"] };

const NEEDS_PREMIUM = "the service tells it only of tenants with Entra ID P1 or P2";

/** A refusal takes the activity away, and not the accounts with it. */
const readWithActivity = async <T>(
  client: GraphClient,
  plan: Plan,
  licence: Known<Licence>,
  read: (activeSince: Instant | undefined) => Promise<T>,
): Promise<{ readonly value: T; readonly activity?: Observed["activity"] }> => {
  if (!plan.phases.some(isGated)) return { value: await read(undefined) };
  if (!orUnknown(licence, ({ p1, p2 }) => p1 || p2, false)) return { value: await read(undefined), activity: unknown(NEEDS_PREMIUM) };
  const since = client.clock.now() - ACTIVE_DAYS * DAY_MS;
  try {
    return { value: await whileSaidUnlicensed(client, LICENCE_TRIES, () => read(since)), activity: present({ since }) };
  } catch (error) {
    if (!(error instanceof ServiceError) || error.status !== 403) throw error;
    return { value: await read(undefined), activity: unknown(error.message) };
  }
};

/** Who is in which cohort cannot be said in part: one thing unknown, and the roster is. */
export const peopleOf = async (client: GraphClient, plan: Plan, ground: Ground, progress: ReadProgress): Promise<People> => {
  const { licence, syncHolders, groups, dynamic, emergency } = ground;
  if (licence.type === "unknown")
    return { roster: unknown(`who is a pupil is not known, since the licences could not be read: ${licence.because}`), remarks: [] };
  if (syncHolders.type === "unknown")
    return { roster: unknown(`which account synchronises the directory is not known, since its role could not be read: ${syncHolders.because}`), remarks: [] };
  const students = new Set(orUnknown(licence, (value) => value.studentSkus, []));
  const nobodies = orUnknown(syncHolders, (value) => value, new IdIndex());
  // By id as well as by address: somebody may have renamed one since the plan was written.
  const emergencyIds = IdIndex.of(emergency.flatMap(({ account }) => (account.type === "present" ? [account.value.id] : [])));
  const begin = () => {
    const reader = cohortReader(plan, groups, { emergencyIds, dynamic });
    const roster = new Roster(reader.names);
    return {
      read: (person: Person): void => {
        const { flags, standings } = reader.read(person);
        roster.add(person.id, person.address, flags, standings, person.activity);
      },
      finish: () => ({ roster, remarks: reader.finish() }),
    };
  };
  const attributes = attributesUsed(plan);
  const told = (done: number): void => progress("accounts", done);
  const read = await knownOr(() =>
    readWithActivity(client, plan, licence, (activeSince) =>
      readPeople(client, students, nobodies, { attributes, ...(activeSince !== undefined && { activeSince }) }, begin, told),
    ),
  );
  if (read.type !== "present") return { roster: read, remarks: [] };
  const { value, activity } = read.value;
  return { roster: present(value.roster), remarks: value.remarks, ...(activity !== undefined && { activity }) };
};

export const registrationOf = async (
  client: GraphClient,
  plan: Plan,
  licence: Known<Licence>,
  roster: Known<Roster>,
  progress: ReadProgress,
): Promise<Known<{ readonly refreshed?: Instant }>> => {
  if (roster.type !== "present") return unknown("registration says something only of accounts that could be read");
  const people = roster.value;
  const isLicensed = orUnknown(licence, (value) => value.p1, false);
  const isReady = readyBy(plan.methods);
  const read = () =>
    readRegistration(
      client,
      () => people.forgetCapable(),
      (id, capable, methods) => people.setCapable(id, isReady(capable, methods), methods),
      (done) => progress("registration", done),
    );
  const known = await knownOr(() => whileSaidUnlicensed(client, isLicensed ? LICENCE_TRIES : 1, read));
  // Half a report would pass for a whole one.
  if (known.type !== "present") people.forgetCapable();
  return known;
};

export const whileSaidUnlicensed = async <T>(client: GraphClient, tries: number, read: () => Promise<T>): Promise<T> => {
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

export const STAMPS_NEED_PREMIUM = "the service tells sign-ins only of tenants with Entra ID P1 or P2";

/**
 * Reads accounts with what the directory stamps of sign-ins, or without it where it tells none.
 *
 * @param untold told first, with the refusal; undefined: the tenant has no licence for it
 * @returns with it, whether what is missing among the stamps proves anything
 * @throws ServiceError
 */
export const withStamps = async <T>(
  client: GraphClient,
  licence: Known<Licence>,
  read: (activity: boolean) => Promise<T>,
  untold: (error: ServiceError | undefined) => void = () => undefined,
): Promise<{ readonly told: Known<true>; readonly value: T }> => {
  if (licence.type === "present" && !licence.value.p1 && !licence.value.p2) {
    untold(undefined);
    return { told: unknown(STAMPS_NEED_PREMIUM), value: await read(false) };
  }
  // Stamps are shown where they come; without a licence that could be read, what is missing among them proves nothing.
  const told = licence.type === "present" ? present<true>(true) : unknown("whether the tenant has Entra ID P1 could not be read");
  try {
    return { told, value: await whileSaidUnlicensed(client, LICENCE_TRIES, () => read(true)) };
  } catch (error) {
    if (!(error instanceof ServiceError) || error.status !== 403) throw error;
    untold(error);
    return { told: unknown(error.message), value: await read(false) };
  }
};
