/**
 * Who can sign in to mend the tenant, besides the plan's emergency accounts: the Global Administrators, whoever works with
 * this tool, and what the tenant lets them use. Facts, sections 7.4, 7.9 and 7.13.
 */

import type { Access } from "../core/observed.ts";
import {
  type AuthenticationMethodsSettings,
  absent,
  type EmergencyAccount,
  GLOBAL_ADMINISTRATOR,
  type Known,
  type LookedUp,
  type ObjectId,
  type PolicySettings,
  present,
  type ResourceOf,
  type Strength,
  unknown,
} from "../core/tenant.ts";
import { ServiceError } from "../service.ts";
import { authenticationMethods } from "./authentication-methods.ts";
import type { Ask, GraphClient } from "./client.ts";
import { accountNamed } from "./emergency.ts";
import { ACCOUNT_PROPERTIES, type AccountRow, accountRowIn, knownOr, liveAccount, type Surroundings } from "./live-account.ts";
import { ExpiredPages, listOf, oneOf } from "./pager.ts";
import { idIn, listIn, objectIn, optionalText, sortedOnce, textIn, textsIn } from "./wire.ts";

/** Each costs a request that the service gives out five of in ten seconds; that some of them get in is all that has to be known. */
const AT_MOST = 10;

const HOLDERS: Ask = {
  method: "GET",
  path: `/directoryRoles(roleTemplateId='${GLOBAL_ADMINISTRATOR}')/members`,
  query: { $select: ACCOUNT_PROPERTIES },
};

type Holder = { readonly type: "account"; readonly row: AccountRow } | { readonly type: "group"; readonly id: ObjectId } | { readonly type: "other" };

const holderIn = (value: unknown): Holder => {
  const wire = objectIn(value, "a role's holder");
  const type = textIn(wire["@odata.type"], "the type of a role's holder");
  if (type === "#microsoft.graph.user") return { type: "account", row: accountRowIn(value) };
  return type === "#microsoft.graph.group" ? { type: "group", id: idIn(wire.id, "a role's holder's id") } : { type: "other" };
};

/** Nobody has to be in a role: one that nobody ever had is 404. */
const orNobody = async (read: () => Promise<readonly Holder[]>): Promise<readonly Holder[]> => {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ServiceError && error.status === 404 && !(error instanceof ExpiredPages)) return [];
    throw error;
  }
};

/** Everybody who is an active Global Administrator, by address. @throws ServiceError */
const holdersOf = async (client: GraphClient): Promise<readonly AccountRow[]> => {
  const direct = await orNobody(() => listOf(client, HOLDERS, holderIn));
  const through = await Promise.all(
    direct.flatMap((holder) =>
      holder.type === "group"
        ? [listOf(client, { method: "GET", path: `/groups/${holder.id}/transitiveMembers`, query: { $select: ACCOUNT_PROPERTIES } }, holderIn)]
        : [],
    ),
  );
  const byId = new Map([...direct, ...through.flat()].flatMap((holder) => (holder.type === "account" ? [[holder.row.id, holder.row] as const] : [])));
  return [...byId.values()].sort((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1));
};

const administratorsOf = (client: GraphClient, emergency: Promise<readonly EmergencyAccount[]>, around: Surroundings): Promise<Access["administrators"]> =>
  knownOr(async () => {
    const [holders, known] = await Promise.all([holdersOf(client), emergency]);
    const ids = new Set(known.flatMap(({ account }) => (account.type === "present" ? [account.value.id] : [])));
    const others = holders.filter(({ id, enabled }) => enabled && !ids.has(id));
    const looked = await Promise.all(
      others.slice(0, AT_MOST).map(async (row): Promise<LookedUp> => ({ address: row.address, account: present(await liveAccount(client, row, around)) })),
    );
    return { looked, unlooked: others.length - looked.length };
  });

const ME: Ask = { method: "GET", path: "/me", query: { $select: "id,userPrincipalName" } };

/** An application has no account of its own: the service says so with these words. */
const isApplication = (error: unknown): boolean =>
  error instanceof ServiceError && error.status === 400 && error.message.includes("only valid with delegated authentication flow");

const whoAmI = async (client: GraphClient): Promise<{ readonly id: ObjectId; readonly address: string } | undefined> => {
  try {
    return await oneOf(client, ME, (value) => {
      const wire = objectIn(value, "the account signed in with");
      return { id: idIn(wire.id, "the account's id"), address: textIn(wire.userPrincipalName, "the account's address") };
    });
  } catch (error) {
    if (isApplication(error)) return undefined;
    throw error;
  }
};

/** Whom this tool is signed in as; looked at anew only where that was not done yet. */
const operatorOf = async (client: GraphClient, looked: () => Promise<readonly LookedUp[]>, around: Surroundings): Promise<Known<LookedUp>> => {
  const me = await knownOr(() => whoAmI(client));
  if (me.type !== "present") return me;
  const own = me.value;
  if (own === undefined) return absent;
  const before = (await looked()).find(({ account }) => account.type === "present" && account.value.id === own.id);
  return present(before ?? (await accountNamed(client, own.id, around, own.address)));
};

const strengthIn = (value: unknown): readonly [ObjectId, Strength] => {
  const wire = objectIn(value, "a strength");
  const narrowing = wire.combinationConfigurations;
  const narrowed = (narrowing === undefined || narrowing === null ? [] : listIn(narrowing, "a strength's conditions")).flatMap((each) =>
    textsIn(objectIn(each, "a strength's condition").appliesToCombinations, "what a strength's condition is about"),
  );
  const combinations = textsIn(wire.allowedCombinations, "a strength's combinations");
  // Left out of an answer, there may be conditions; the built-in ones have none.
  const isTold = narrowing !== undefined || wire.policyType === "builtIn";
  return [
    idIn(wire.id, "a strength's id"),
    { name: optionalText(wire.displayName, "a strength's name") ?? "", combinations, narrowed: isTold ? sortedOnce(narrowed) : combinations },
  ];
};

const usesStrength = ({ grant }: PolicySettings): boolean => grant !== null && grant.strength !== null;

export const strengthsOf = async (client: GraphClient, policies: Promise<Known<readonly ResourceOf<"conditional-access">[]>>): Promise<Access["strengths"]> => {
  const known = await policies;
  if (known.type !== "present") return known.type === "absent" ? absent : unknown("the policies that ask for them could not be read");
  if (!known.value.some(({ settings }) => usesStrength(settings))) return absent;
  return knownOr(async () => new Map(await listOf(client, { method: "GET", path: "/policies/authenticationStrengthPolicies" }, strengthIn)));
};

/** What the plan does not ask for is read all the same: whether somebody may use what they registered decides whether they get in. */
const methodsOf = async (
  client: GraphClient,
  listed: Promise<Known<readonly ResourceOf<"authentication-methods">[]>> | undefined,
): Promise<Known<AuthenticationMethodsSettings>> => {
  const { list } = authenticationMethods;
  const known = await (listed ?? (list === undefined ? absent : knownOr(() => list(client))));
  const [only] = known.type === "present" ? known.value : [];
  return only === undefined ? (known.type === "unknown" ? known : unknown("the service told nothing")) : present(only.settings);
};

export type AccessGround = Surroundings & {
  readonly emergency: Promise<readonly EmergencyAccount[]>;
  readonly policies: Promise<Known<readonly ResourceOf<"conditional-access">[]>>;
  /** Undefined: nobody has asked for it yet. */
  readonly methods: Promise<Known<readonly ResourceOf<"authentication-methods">[]>> | undefined;
};

/** Never rejects for a read that failed: that part is unknown. */
export const accessOf = async (client: GraphClient, ground: AccessGround): Promise<Access> => {
  const administrators = administratorsOf(client, ground.emergency, ground);
  const looked = async (): Promise<readonly LookedUp[]> => {
    const [known, emergency] = await Promise.all([administrators, ground.emergency]);
    return [...emergency, ...(known.type === "present" ? known.value.looked : [])];
  };
  const [own, operator, methods, strengths] = await Promise.all([
    administrators,
    operatorOf(client, looked, ground),
    methodsOf(client, ground.methods),
    strengthsOf(client, ground.policies),
  ]);
  return { administrators: own, operator, methods, strengths };
};
