/** Emergency accounts, each looked up live and by itself. Facts, section 7.7. */

import { absent, type EmergencyAccount, present } from "../core/tenant.ts";
import type { Ask, GraphClient } from "./client.ts";
import { ACCOUNT_PROPERTIES, accountRowIn, knownOr, liveAccount, type Surroundings } from "./live-account.ts";
import { oneOf } from "./pager.ts";

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
