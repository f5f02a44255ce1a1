/** Emergency accounts, each looked up live and by itself. Facts, section 7.7. */

import { absent, type EmergencyAccount, present, unknown } from "../core/tenant.ts";
import type { Ask, GraphClient } from "./client.ts";
import { ACCOUNT_PROPERTIES, accountRowIn, knownOr, liveAccount, type Surroundings } from "./live-account.ts";
import { listOf, oneOf } from "./pager.ts";

/**
 * One emergency account, or any other that goes by its address. Never rejects for a read that failed: that part is unknown.
 * @param key its user principal name or its id
 */
export const accountNamed = async (client: GraphClient, key: string, around: Surroundings, address = key): Promise<EmergencyAccount> => {
  const ask: Ask = { method: "GET", path: `/users/${encodeURIComponent(key)}`, query: { $select: ACCOUNT_PROPERTIES } };
  const found = await knownOr(() => oneOf(client, ask, accountRowIn));
  if (found.type !== "present") return { address, account: found };
  if (found.value === undefined) return { address, account: absent };
  return { address, account: present(await liveAccount(client, found.value, around)) };
};

const NOT_ASKED = unknown("it was not asked for");

/**
 * Several accounts by their addresses, in one request: which there are, and nothing of what they may do.
 * @see https://learn.microsoft.com/graph/api/resources/user: userPrincipalName supports `in`
 */
export const accountsNamed = async (client: GraphClient, addresses: readonly string[]): Promise<readonly EmergencyAccount[]> => {
  if (addresses.length === 0) return [];
  const named = addresses.map((address) => `'${address.replaceAll("'", "''")}'`).join(",");
  const query = { $filter: `userPrincipalName in (${named})`, $select: ACCOUNT_PROPERTIES };
  const found = await knownOr(() => listOf(client, { method: "GET", path: "/users", query }, accountRowIn));
  return addresses.map((address) => {
    if (found.type !== "present") return { address, account: found };
    const row = found.value.find((each) => each.address.toLowerCase() === address.toLowerCase());
    if (row === undefined) return { address, account: absent };
    const { address: _, ...rest } = row;
    return { address, account: present({ ...rest, federated: NOT_ASKED, roles: NOT_ASKED, groups: NOT_ASKED, methods: NOT_ASKED }) };
  });
};
