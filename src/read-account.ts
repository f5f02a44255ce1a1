/** One account with everything that has a say in its sign-ins, for `why`. */

import { type Kind, type Known, type ObjectId, present, type ResourceOf } from "./core/tenant.ts";
import { accountCalled, addressesLike, partsOf } from "./graph/account.ts";
import { strengthsOf } from "./graph/administrators.ts";
import type { GraphClient } from "./graph/client.ts";
import { begun, knownOr, roleHoldersOf } from "./graph/live-account.ts";
import { domainsOf } from "./graph/surroundings.ts";
import { type AccountFound, ServiceError } from "./service.ts";

type List = <K extends Kind>(kind: K) => Promise<Known<readonly ResourceOf<K>[]>>;

/** Of a setting that a tenant has once. */
const only = <K extends Kind, T>(known: Known<readonly ResourceOf<K>[]>, what: string, read: (resource: ResourceOf<K>) => T): Known<T> => {
  if (known.type !== "present") return known;
  const [first] = known.value;
  return first === undefined ? { type: "unknown", because: `the service told nothing of ${what}` } : present(read(first));
};

const missing = async (client: GraphClient, key: string): Promise<AccountFound> => {
  try {
    return { type: "missing", ...(await addressesLike(client, key)) };
  } catch (error) {
    // That there is no such account is what has to be said; who may have been meant is a help.
    if (error instanceof ServiceError) return { type: "missing", same: [], alike: [] };
    throw error;
  }
};

/** @throws ServiceError when the account itself cannot be looked up */
export const readAccount = async (client: GraphClient, key: ObjectId | string, since: number, list: List): Promise<AccountFound> => {
  const named = await accountCalled(client, key);
  if (named === undefined) return missing(client, key);
  const policies = list("conditional-access");
  const around = { domains: begun(knownOr(() => domainsOf(client))), holders: roleHoldersOf(client) };
  const [parts, listed, locations, groups, defaults, methods, strengths] = await Promise.all([
    partsOf(client, named, around, since),
    policies,
    list("named-location"),
    list("cohort-group"),
    list("security-defaults"),
    list("authentication-methods"),
    strengthsOf(client, policies),
  ]);
  return {
    type: "found",
    seen: {
      ...parts,
      address: named.row.address,
      name: named.name,
      policies: listed,
      locations,
      groups,
      defaults: only(defaults, "security defaults", ({ settings }) => settings.enabled),
      methods: only(methods, "the methods that may be used", ({ settings }) => settings),
      strengths,
    },
  };
};
