/**
 * Accounts of a review list as the directory has them now: one after the other by their ids, since no list tells all of this, twenty
 * to a request. Facts, sections 7.7 and 7.13.
 */

import type { ListedAccount } from "../core/accounts/facts.ts";
import type { IdIndex } from "../core/ids.ts";
import type { Account } from "../core/reports/account.ts";
import { absent, type Known, type Licence, type ObjectId, present, unknown } from "../core/tenant.ts";
import type { ServiceError } from "../service.ts";
import { ARCHIVE_FIELDS, archiveOf, type Membership, membershipIn } from "./account-archive.ts";
import { type BatchItem, type ReadAnswer, readBatches, twentyAtATime } from "./batch.ts";
import type { GraphClient } from "./client.ts";
import { knownOr } from "./live-account.ts";
import { mailboxIn, purposeItem } from "./mailboxes.ts";
import { listOf, readableOr, unreadableAnswer } from "./pager.ts";
import { saysNotPremium } from "./people.ts";
import { accountFields, accountIn } from "./report-accounts.ts";
import { idIn, isObject, lowerId, objectIn, optionalText, sortedOnce, textIn } from "./wire.ts";

/** What holds for all accounts, and says how one is read. */
export type ListedWish = {
  /** Products that are students', and accounts that synchronise the directory. */
  readonly students: ReadonlySet<ObjectId>;
  readonly nobodies: IdIndex;
  /** Whether sign-ins are asked for; without a licence the whole row would be refused. */
  readonly activity: boolean;
  readonly licence: Known<Licence>;
  readonly productName: (id: ObjectId) => string;
  /** Names of roles by the lists of their holders, which also see through groups; read once, so that what one says may be old. */
  readonly heldRoles: (id: ObjectId) => Known<readonly string[]>;
  /** What roles are called, by their templates and ids; asked for where one is held. */
  readonly roleNames: () => Promise<ReadonlyMap<string, string>>;
};

export type ListedInDirectory =
  | { readonly type: "found"; readonly listed: Omit<ListedAccount, "mail"> }
  | { readonly type: "gone" }
  | { readonly type: "unknown"; readonly because: string };

type ReadAsk = { readonly path: string; readonly query?: Readonly<Record<string, string>> };

const get = (ask: ReadAsk): ReadAsk & { readonly method: "GET" } => ({ method: "GET", ...ask });

const itemOf = ({ path, query = {} }: ReadAsk): BatchItem => {
  const text = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%2C", ",")}`);
  return { method: "GET", path: text.length === 0 ? path : `${path}?${text.join("&")}` };
};

/** That the directory has no such object, as it says it; a 404 of something in between says nothing. */
export const isMissing = ({ status, code }: ServiceError): boolean => status === 404 && code === "Request_ResourceNotFound";

const bodyOf = (answer: ReadAnswer): unknown => {
  if (answer.type === "failed") throw answer.error;
  return answer.body;
};

/** One answer of each kind, in the order of the accounts. A list that goes on behind its first page is read anew, page by page. */
const listFrom = async <T>(client: GraphClient, ask: ReadAsk, answer: ReadAnswer | undefined, row: (value: unknown) => T): Promise<Known<readonly T[]>> =>
  knownOr(async () => {
    const body = answer === undefined ? undefined : bodyOf(answer);
    if (!isObject(body) || !Array.isArray(body.value)) throw unreadableAnswer(get(ask), "it holds no list of values");
    if (body["@odata.nextLink"] !== undefined && body["@odata.nextLink"] !== null) return await listOf(client, get(ask), row);
    const rows: readonly unknown[] = body.value;
    return readableOr(get(ask), () => rows.map(row));
  });

// ---- what is asked of one account

const memberOf = (id: ObjectId): ReadAsk => ({ path: `/users/${id}/memberOf`, query: { $top: "999" } });
const ownedObjects = (id: ObjectId): ReadAsk => ({ path: `/users/${id}/ownedObjects`, query: { $top: "999" } });
const managerOf = (id: ObjectId): ReadAsk => ({ path: `/users/${id}/manager`, query: { $select: "id" } });

const ofPrincipal = (id: ObjectId): Readonly<Record<string, string>> => ({ $filter: `principalId eq '${id}'` });
/** Active ones, those for a part of the directory and those of the tenant's own making included, of which `memberOf` shows none. */
const assignments = (id: ObjectId): ReadAsk => ({ path: "/roleManagement/directory/roleAssignments", query: ofPrincipal(id) });
const eligibilities = (id: ObjectId): ReadAsk => ({ path: "/roleManagement/directory/roleEligibilityScheduleInstances", query: ofPrincipal(id) });

const wholeOf = ({ activity }: ListedWish) => ({ attributes: [], activity, perUser: false, story: true }) as const;
const rowOf = (id: ObjectId, wish: ListedWish): ReadAsk => ({
  path: `/users/${id}`,
  query: { $select: [...new Set([...accountFields(wholeOf(wish)), ...ARCHIVE_FIELDS])].join(",") },
});

type Held = { readonly role: string; readonly isPart: boolean };

const heldIn = (value: unknown): Held => {
  const wire = objectIn(value, "a role's assignment");
  const scope = optionalText(wire.directoryScopeId, "of what a role's assignment is") ?? "/";
  return { role: lowerId(textIn(wire.roleDefinitionId, "the role of an assignment")), isPart: scope !== "/" };
};

/** Devices are owned by whoever joined them. */
const isOwned = (value: unknown): boolean =>
  textIn(objectIn(value, "what an account owns")["@odata.type"], "the type of what is owned") !== "#microsoft.graph.device";

const managerIn = (ask: ReadAsk, answer: ReadAnswer | undefined): Promise<Known<ObjectId | undefined>> =>
  knownOr(async () => {
    if (answer?.type === "failed" && isMissing(answer.error)) return undefined;
    const body = answer === undefined ? undefined : bodyOf(answer);
    return readableOr(get(ask), () => idIn(objectIn(body, "a manager").id, "a manager's id"));
  });

// ---- roles

type HeldList = Known<readonly Held[]>;
/** Of each group that may hold roles; nothing is in such a group by another one, the service does not let it. */
type OfGroups = ReadonlyMap<ObjectId, HeldList>;

const groupsWithRoles = (memberships: Known<readonly Membership[]>): readonly ObjectId[] =>
  memberships.type === "present" ? memberships.value.flatMap((each) => (each.type === "group" && each.mayHoldRoles ? [each.id] : [])) : [];

/** What could be read of them names the roles; that something could not be read counts where nothing else says that there is one. */
const namesOf = async (lists: readonly HeldList[], more: readonly Known<readonly string[]>[], wish: ListedWish): Promise<Known<readonly string[]>> => {
  const held = lists.flatMap((list) => (list.type === "present" ? list.value : []));
  const names = held.length === 0 ? new Map<string, string>() : await wish.roleNames();
  const all = sortedOnce([
    ...held.map(({ role, isPart }) => `${names.get(role) ?? role}${isPart ? " (of a part of the directory)" : ""}`),
    ...more.flatMap((list) => (list.type === "present" ? list.value : [])),
  ]);
  if (all.length > 0) return present(all);
  return [...lists, ...more].find(({ type }) => type === "unknown") === undefined ? present([]) : unknown(whyNot([...lists, ...more]));
};

const whyNot = (known: readonly Known<unknown>[]): string => known.find((each) => each.type === "unknown")?.because ?? "it was not read";

// ---- twenty at a time

const answersFor = async (client: GraphClient, ids: readonly ObjectId[], ask: (id: ObjectId) => ReadAsk): Promise<readonly ReadAnswer[]> =>
  readBatches(
    client,
    ids.map((id) => itemOf(ask(id))),
  );

const listsFor = async <T>(
  client: GraphClient,
  ids: readonly ObjectId[],
  ask: (id: ObjectId) => ReadAsk,
  row: (value: unknown) => T,
): Promise<readonly Known<readonly T[]>[]> => {
  const answers = await answersFor(client, ids, ask);
  return Promise.all(ids.map((id, place) => listFrom(client, ask(id), answers[place], row)));
};

/** The service sometimes says of a licensed tenant that it is none (facts, section 6). */
const mayPass = (error: ServiceError): boolean => error.outcome === "unknown" || saysNotPremium(error);

type Eligible = (id: ObjectId) => HeldList;

const eligibleFor = async (client: GraphClient, ids: readonly ObjectId[], { licence }: ListedWish): Promise<Eligible> => {
  if (licence.type === "unknown") return () => unknown(`whether the tenant has Entra ID P2 could not be read: ${licence.because}`);
  if (licence.type === "absent" || !licence.value.p2) return () => absent;
  const lists = await listsFor(client, ids, eligibilities, heldIn);
  const byId = new Map(ids.map((id, place) => [id, lists[place] ?? unknown("it was not read")] as const));
  return (id) => byId.get(id) ?? unknown("it was not read");
};

type Parts = {
  readonly memberships: Known<readonly Membership[]>;
  readonly owned: Known<readonly boolean[]>;
  readonly manager: Known<ObjectId | undefined>;
  readonly assigned: HeldList;
  readonly eligible: HeldList;
  readonly mailbox: ListedAccount["mailbox"];
};

const archiveFrom = async (account: Account, row: unknown, { memberships, manager }: Parts, wish: ListedWish): Promise<ListedAccount["archive"]> => {
  if (memberships.type !== "present") return memberships;
  if (manager.type !== "present") return manager;
  return knownOr(async () => readableOr(get(rowOf(account.id, wish)), () => archiveOf(account, row, memberships.value, manager.value, wish.productName)));
};

const then = <T, U>(known: Known<T>, value: (value: T) => U): Known<U> => (known.type === "present" ? present(value(known.value)) : known);

const foundFrom = async (
  account: Account,
  row: unknown,
  parts: Parts,
  ofGroups: { readonly assigned: OfGroups; readonly eligible: Eligible },
  wish: ListedWish,
): Promise<ListedInDirectory> => {
  const { memberships, assigned, eligible, owned, mailbox } = parts;
  const groups = groupsWithRoles(memberships);
  const direct = then(memberships, (all) => all.flatMap((each) => (each.type === "role" ? [each.name] : [])));
  const through = groups.map((id) => ofGroups.assigned.get(id) ?? unknown("the roles of its groups were not read"));
  const [roles, mayActivate, archive] = await Promise.all([
    namesOf([assigned, ...through], [direct, wish.heldRoles(account.id)], wish),
    // Which groups it is in decides what it may activate by them.
    eligible.type === "absent" ? absent : namesOf([eligible, ...groups.map(ofGroups.eligible)], [then(memberships, () => [])], wish),
    archiveFrom(account, row, parts, wish),
  ]);
  return { type: "found", listed: { account, roles, eligible: mayActivate, owns: then(owned, (all) => all.filter(Boolean).length), mailbox, archive } };
};

const readTwenty = async (client: GraphClient, ids: readonly ObjectId[], wish: ListedWish): Promise<readonly ListedInDirectory[]> => {
  const [rows, memberships, owned, managers, assigned, eligible, purposes] = await Promise.all([
    readBatches(
      client,
      ids.map((id) => itemOf(rowOf(id, wish))),
      mayPass,
    ),
    listsFor(client, ids, memberOf, membershipIn),
    listsFor(client, ids, ownedObjects, isOwned),
    answersFor(client, ids, managerOf),
    listsFor(client, ids, assignments, heldIn),
    eligibleFor(client, ids, wish),
    readBatches(client, ids.map(purposeItem)),
  ]);
  const groups = sortedOnce(memberships.flatMap(groupsWithRoles));
  const [groupRoles, groupEligible] = await Promise.all([listsFor(client, groups, assignments, heldIn), eligibleFor(client, groups, wish)]);
  const ofGroups = { assigned: new Map(groups.map((id, place) => [id, groupRoles[place] ?? unknown("it was not read")] as const)), eligible: groupEligible };
  return Promise.all(
    ids.map(async (id, place): Promise<ListedInDirectory> => {
      const answer = rows[place];
      if (answer?.type === "failed" && isMissing(answer.error)) return { type: "gone" };
      const row = await knownOr(async () => {
        const body = answer === undefined ? undefined : bodyOf(answer);
        const account = readableOr(get(rowOf(id, wish)), () => accountIn(body, wish.students, wish.nobodies, wholeOf(wish)));
        if (account.id !== id) throw unreadableAnswer(get(rowOf(id, wish)), "it is about another account");
        return { account, body };
      });
      if (row.type !== "present") return { type: "unknown", because: whyNot([row]) };
      const mailbox = mailboxIn(purposes[place]);
      const parts: Parts = {
        memberships: memberships[place] ?? unknown("it was not read"),
        owned: owned[place] ?? unknown("it was not read"),
        manager: await managerIn(managerOf(id), managers[place]),
        assigned: assigned[place] ?? unknown("it was not read"),
        eligible: eligible(id),
        mailbox: typeof mailbox === "string" ? mailbox : "unknown",
      };
      return foundFrom(row.value.account, row.value.body, parts, ofGroups, wish);
    }),
  );
};

/**
 * Everything that the directory has a say in. A read that failed makes its part unknown, and of the row itself the whole account.
 *
 * @param told called with each account as soon as it is read
 * @throws whatever aborted the connection
 */
export const readListedAccounts = (
  client: GraphClient,
  ids: readonly ObjectId[],
  wish: ListedWish,
  told: (id: ObjectId, read: ListedInDirectory) => void,
): Promise<void> =>
  twentyAtATime(ids, async (some) => {
    const read = await readTwenty(client, some, wish);
    for (const [place, id] of some.entries()) told(id, read[place] ?? { type: "unknown", because: "it was not read" });
  });
