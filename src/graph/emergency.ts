/** Emergency accounts, each looked up live and by itself. Facts, sections 7.7, 7.10 and 7.13. */

import { absent, type EmergencyAccount, type Known, type ObjectId, present, unknown } from "../core/tenant.ts";
import { ServiceError } from "../service.ts";
import type { Ask, GraphClient } from "./client.ts";
import { listOf, oneOf } from "./pager.ts";
import { flagIn, idIn, objectIn, optionalFlag, optionalText, sortedOnce, textIn, type WireObject } from "./wire.ts";

/** A read that failed says why; what it was that could not be read is said by whoever tells of it. Whatever else went wrong goes on upwards. */
export const knownOr = async <T>(read: () => Promise<T>): Promise<Known<T>> => {
  try {
    return present(await read());
  } catch (error) {
    if (error instanceof ServiceError) return unknown(error.message);
    throw error;
  }
};

type Belonging =
  | { readonly type: "group"; readonly id: ObjectId; readonly name: string | undefined; readonly mayHoldRoles: boolean }
  | { readonly type: "role"; readonly template: ObjectId }
  | { readonly type: "other" };

const belongingIn = (value: unknown): Belonging => {
  const wire: WireObject = objectIn(value, "a membership");
  const type = textIn(wire["@odata.type"], "the type of a membership");
  if (type === "#microsoft.graph.directoryRole") return { type: "role", template: idIn(wire.roleTemplateId, "a role's template") };
  if (type !== "#microsoft.graph.group") return { type: "other" };
  // Left out of an answer, it may be either, and is looked at.
  const assignable = wire.isAssignableToRole === undefined ? true : optionalFlag(wire.isAssignableToRole, "whether a group may hold roles");
  return { type: "group", id: idIn(wire.id, "a group's id"), name: optionalText(wire.displayName, "a group's name"), mayHoldRoles: assignable === true };
};

const roleIn = (value: unknown): { readonly id: ObjectId; readonly template: ObjectId } => {
  const wire = objectIn(value, "a role");
  return { id: idIn(wire.id, "a role's id"), template: idIn(wire.roleTemplateId, "a role's template") };
};

const memberIn = (value: unknown): ObjectId => idIn(objectIn(value, "a role's holder").id, "a role's holder's id");

/** The roles that one of these groups holds. */
const rolesThrough = async (client: GraphClient, groups: readonly ObjectId[]): Promise<readonly ObjectId[]> => {
  if (groups.length === 0) return [];
  const roles = await listOf(client, { method: "GET", path: "/directoryRoles" }, roleIn);
  const held = await Promise.all(
    roles.map(async ({ id, template }) => {
      const holders = await listOf(client, { method: "GET", path: `/directoryRoles/${id}/members`, query: { $select: "id" } }, memberIn);
      return groups.some((group) => holders.includes(group)) ? [template] : [];
    }),
  );
  return held.flat();
};

/**
 * Groups, and roles both direct and through groups. Whether the transitive list of an account shows the latter is not
 * documented, so where it is in a group that may hold roles, the roles are asked for their holders.
 */
const standingOf = async (
  client: GraphClient,
  id: ObjectId,
): Promise<{ readonly groups: readonly ObjectId[]; readonly names: ReadonlyMap<ObjectId, string>; readonly roles: readonly ObjectId[] }> => {
  const own = await listOf(client, { method: "GET", path: `/users/${id}/transitiveMemberOf`, query: { $top: "999" } }, belongingIn);
  const groups = own.flatMap((belonging) => (belonging.type === "group" ? [belonging] : []));
  const roles = own.flatMap((belonging) => (belonging.type === "role" ? [belonging.template] : []));
  const through = await rolesThrough(
    client,
    groups.filter((group) => group.mayHoldRoles).map((group) => group.id),
  );
  const names = new Map(groups.flatMap((group) => (group.name === undefined ? [] : [[group.id, group.name] as const])));
  return { groups: sortedOnce(groups.map((group) => group.id)), names, roles: sortedOnce([...roles, ...through]) };
};

const methodIn = (value: unknown): string => {
  const type = textIn(objectIn(value, "a method")["@odata.type"], "the type of a method");
  return type.replace(/^#microsoft\.graph\./, "").replace(/AuthenticationMethod$/, "");
};

const federationOf = (address: string, domains: Known<ReadonlyMap<string, boolean>>): Known<boolean> => {
  if (domains.type !== "present") return domains;
  const domain = address.slice(address.lastIndexOf("@") + 1).toLowerCase();
  const federated = domains.value.get(domain);
  return federated === undefined ? unknown(`the domain ${domain} is not among the tenant's domains`) : present(federated);
};

/**
 * One emergency account. Never rejects for a read that failed: that part is unknown.
 * @param address its user principal name
 */
export const emergencyAccount = async (
  client: GraphClient,
  address: string,
  domains: Promise<Known<ReadonlyMap<string, boolean>>>,
): Promise<EmergencyAccount> => {
  const ask: Ask = {
    method: "GET",
    path: `/users/${encodeURIComponent(address)}`,
    query: { $select: "id,userPrincipalName,accountEnabled,onPremisesSyncEnabled" },
  };
  const found = await knownOr(() =>
    oneOf(client, ask, (value) => {
      const wire = objectIn(value, "an account");
      return {
        id: idIn(wire.id, "an account's id"),
        address: textIn(wire.userPrincipalName, "an account's address"),
        enabled: flagIn(wire.accountEnabled, "whether an account is enabled"),
        // False means that it was synced once and is no longer. Facts, section 7.7.
        synced: optionalFlag(wire.onPremisesSyncEnabled, "whether an account is synced") === true,
      };
    }),
  );
  if (found.type !== "present") return { address, account: found };
  if (found.value === undefined) return { address, account: absent };
  const { id, enabled, synced } = found.value;
  const [standing, methods, known] = await Promise.all([
    knownOr(() => standingOf(client, id)),
    knownOr(() => listOf(client, { method: "GET", path: `/users/${id}/authentication/methods` }, methodIn)),
    domains,
  ]);
  return {
    address,
    account: present({
      id,
      enabled,
      synced,
      federated: federationOf(found.value.address, known),
      roles: standing.type === "present" ? present(standing.value.roles) : standing,
      groups: standing.type === "present" ? present(standing.value.groups) : standing,
      ...(standing.type === "present" && { groupNames: standing.value.names }),
      methods: methods.type === "present" ? present(sortedOnce(methods.value)) : methods,
    }),
  };
};
