/** One account with all that has a say in its sign-ins. Facts, sections 7.1 to 7.11. */

import { absent, type Instant, type Known, type LiveAccount, type ObjectId, type PerUserState, present, unknown } from "../core/tenant.ts";
import type { FailedSignIn } from "../core/why.ts";
import { ServiceError } from "../service.ts";
import type { Ask, GraphClient } from "./client.ts";
import { ACCOUNT_PROPERTIES, type AccountRow, accountRowIn, knownOr, liveAccount, type Surroundings } from "./live-account.ts";
import { listOf, oneOf, pagesOf, readableOr, withFreshStart } from "./pager.ts";
import { statesOf } from "./per-user-mfa.ts";
import { instantIn, listIn, objectIn, optionalObject, optionalText, textIn, Unreadable } from "./wire.ts";

export type NamedAccount = { readonly row: AccountRow; readonly name: string };

/**
 * An account by its address or its id, of which people need not know how it is written.
 * @returns undefined when there is none
 * @throws ServiceError
 */
export const accountCalled = (client: GraphClient, key: string): Promise<NamedAccount | undefined> => {
  const ask: Ask = { method: "GET", path: `/users/${encodeURIComponent(key)}`, query: { $select: `${ACCOUNT_PROPERTIES},displayName` } };
  return oneOf(client, ask, (value) => ({
    row: accountRowIn(value),
    name: optionalText(objectIn(value, "an account").displayName, "an account's name") ?? "",
  }));
};

const addressIn = (value: unknown): string => textIn(objectIn(value, "an account").userPrincipalName, "an account's address");
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Letters at the beginning of an address that are taken to be right. */
const SURE = 3;
/** One page: what is not on it was hardly meant. */
const LOOKED_AT = "999";

/**
 * Addresses that may have been meant: of accounts that have this one as another address, and of those that begin like it.
 * @throws ServiceError
 */
export const addressesLike = async (client: GraphClient, key: string): Promise<{ readonly same: readonly string[]; readonly alike: readonly string[] }> => {
  const select = { $select: "id,userPrincipalName" };
  const filter = `mail eq ${quoted(key)} or proxyAddresses/any(p: p eq ${quoted(`smtp:${key}`)})`;
  const same = await listOf(client, { method: "GET", path: "/users", query: { ...select, $filter: filter } }, addressIn);
  const ask: Ask = {
    method: "GET",
    path: "/users",
    query: { ...select, $filter: `startswith(userPrincipalName,${quoted(key.slice(0, SURE))})`, $top: LOOKED_AT },
  };
  for await (const page of pagesOf(client, ask)) return { same, alike: readableOr(ask, () => page.map(addressIn)) };
  return { same, alike: [] };
};

// ---- the log

const LOG = "/auditLogs/signIns";
const PAGE = "100";
/** Somebody with more than this in a week has a program that tries by itself, again and again. */
const MOST_PAGES = 5;

/** Without it, results that are younger than the enumeration arrive as `unknownFutureValue`. Facts, section 1. */
const WHOLE_ENUMS = { Prefer: "include-unknown-enum-members" } as const;

const failedIn = (value: unknown): FailedSignIn => {
  const wire = objectIn(value, "a sign-in");
  const at = instantIn(wire.createdDateTime);
  if (at === undefined) throw new Unreadable("when somebody signed in", "a moment");
  const status = optionalObject(wire.status, "how a sign-in ended");
  const code = status?.errorCode;
  // Told to nobody who may not read policies: then there is no list, or an empty one.
  const applied = wire.appliedConditionalAccessPolicies;
  const policies = (applied === undefined || applied === null ? [] : listIn(applied, "a sign-in's policies")).map((each) =>
    objectIn(each, "a sign-in's policy"),
  );
  return {
    at,
    application: optionalText(wire.appDisplayName, "the application of a sign-in") || optionalText(wire.resourceDisplayName, "the resource of a sign-in") || "",
    program: optionalText(wire.clientAppUsed, "the program of a sign-in") ?? "",
    address: optionalText(wire.ipAddress, "the address of a sign-in") || undefined,
    code: typeof code === "number" ? code : 0,
    reason: optionalText(status?.failureReason, "why a sign-in failed"),
    policies: policies.flatMap((policy) => (policy.result === "failure" ? [optionalText(policy.displayName, "a policy's name") ?? ""] : [])),
  };
};

const rowsOf = (client: GraphClient, ask: Ask): Promise<readonly FailedSignIn[]> =>
  withFreshStart(async () => {
    const rows: FailedSignIn[] = [];
    let pages = 0;
    for await (const page of pagesOf(client, ask)) {
      for (const value of page) rows.push(readableOr(ask, () => failedIn(value)));
      pages += 1;
      if (pages >= MOST_PAGES) break;
    }
    return rows.filter(({ code }) => code !== 0);
  });

const isUnlicensed = (error: unknown): boolean => error instanceof ServiceError && error.status === 403 && /NonPremiumTenant/i.test(error.code + error.message);

/**
 * What of an account's sign-ins failed, newest first; absent without the licence. Those of old programs may be logged as without
 * a person: the beta tells them, and where it does not, the others are told all the same.
 */
const failuresOf = async (client: GraphClient, id: ObjectId, since: Instant): Promise<Known<readonly FailedSignIn[]>> => {
  const own = `userId eq ${quoted(id)} and createdDateTime ge ${new Date(since).toISOString()}`;
  const ask = (filter: string): Ask => ({ method: "GET", path: LOG, query: { $filter: filter, $top: PAGE }, headers: WHOLE_ENUMS });
  try {
    const [shown, hidden] = await Promise.all([
      rowsOf(client, ask(own)),
      knownOr(() => rowsOf(client, { ...ask(`${own} and signInEventTypes/any(t: t eq 'nonInteractiveUser')`), version: "beta" })),
    ]);
    return present([...shown, ...(hidden.type === "present" ? hidden.value : [])].toSorted((a, b) => b.at - a.at));
  } catch (error) {
    if (isUnlicensed(error)) return absent;
    if (error instanceof ServiceError) return unknown(error.message);
    throw error;
  }
};

export type AccountParts = {
  readonly account: LiveAccount;
  readonly perUser: Known<PerUserState>;
  readonly failures: Known<readonly FailedSignIn[]>;
};

/** Never rejects for a read that failed: that part is unknown. */
export const partsOf = async (client: GraphClient, { row }: NamedAccount, around: Surroundings, since: Instant): Promise<AccountParts> => {
  const [account, states, failures] = await Promise.all([
    liveAccount(client, row, around),
    knownOr(() => statesOf(client, [row.id])),
    failuresOf(client, row.id, since),
  ]);
  const state = states.type === "present" ? states.value.get(row.id) : undefined;
  return { account, perUser: states.type === "present" ? (state === undefined ? unknown("the account is gone") : present(state)) : states, failures };
};
