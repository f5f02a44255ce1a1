/** One account looked up live: what it is, what it is in, what it may do and with what it can sign in. Facts, sections 7.7, 7.10 and 7.13. */

import { type Known, type LiveAccount, type ObjectId, present, unknown } from "../core/tenant.ts";
import { ServiceError } from "../service.ts";
import type { GraphClient } from "./client.ts";
import { listOf } from "./pager.ts";
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

/** Begun now, for whoever waits for it later: what breaks it off in between is told to them, and to nobody else before. */
export const begun = <T>(promise: Promise<T>): Promise<T> => {
  promise.catch(() => undefined);
  return promise;
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

type Holders = { readonly template: ObjectId; readonly holders: readonly ObjectId[] };

/** Who holds which role, asked for once however many accounts need it, and only when one does. */
export type RoleHolders = () => Promise<readonly Holders[]>;

/** @throws ServiceError */
export const roleHoldersOf = (client: GraphClient): RoleHolders => {
  const read = async (): Promise<readonly Holders[]> => {
    const roles = await listOf(client, { method: "GET", path: "/directoryRoles" }, roleIn);
    return Promise.all(
      roles.map(async ({ id, template }) => ({
        template,
        holders: await listOf(client, { method: "GET", path: `/directoryRoles/${id}/members`, query: { $select: "id" } }, memberIn),
      })),
    );
  };
  let under: Promise<readonly Holders[]> | undefined;
  return () => {
    under ??= read();
    return under;
  };
};

/**
 * Groups, and roles both direct and through groups. Whether the transitive list of an account shows the latter is not
 * documented, so where it is in a group that may hold roles, the roles are asked for their holders.
 */
export const standingOf = async (
  client: GraphClient,
  id: ObjectId,
  holders: RoleHolders,
): Promise<{ readonly groups: readonly ObjectId[]; readonly names: ReadonlyMap<ObjectId, string>; readonly roles: readonly ObjectId[] }> => {
  const own = await listOf(client, { method: "GET", path: `/users/${id}/transitiveMemberOf`, query: { $top: "999" } }, belongingIn);
  const groups = own.flatMap((belonging) => (belonging.type === "group" ? [belonging] : []));
  const roles = own.flatMap((belonging) => (belonging.type === "role" ? [belonging.template] : []));
  const mayHold = groups.filter((group) => group.mayHoldRoles).map((group) => group.id);
  const through = mayHold.length === 0 ? [] : (await holders()).filter((role) => mayHold.some((group) => role.holders.includes(group)));
  const names = new Map(groups.flatMap((group) => (group.name === undefined ? [] : [[group.id, group.name] as const])));
  return { groups: sortedOnce(groups.map((group) => group.id)), names, roles: sortedOnce([...roles, ...through.map(({ template }) => template)]) };
};

type Method = { readonly word: string; readonly key?: string | null };

/** Only a mobile telephone gets texts; one of which nobody says what it is may be on a desk. */
const methodIn = (value: unknown): Method => {
  const wire = objectIn(value, "a method");
  const type = textIn(wire["@odata.type"], "the type of a method");
  const word = type.replace(/^#microsoft\.graph\./, "").replace(/AuthenticationMethod$/, "");
  if (word === "phone") return { word: optionalText(wire.phoneType, "the type of a telephone") === "mobile" ? word : "officePhone" };
  if (word === "temporaryAccessPass") return { word: optionalFlag(wire.isUsable, "whether a pass can be used") === false ? "expiredPass" : word };
  return word === "fido2" ? { word, key: optionalText(wire.aaGuid, "a key's model")?.toLowerCase() ?? null } : { word };
};

const federationOf = (address: string, domains: Known<ReadonlyMap<string, boolean>>): Known<boolean> => {
  if (domains.type !== "present") return domains;
  const domain = address.slice(address.lastIndexOf("@") + 1).toLowerCase();
  const federated = domains.value.get(domain);
  return federated === undefined ? unknown(`the domain ${domain} is not among the tenant's domains`) : present(federated);
};

export const ACCOUNT_PROPERTIES = "id,userPrincipalName,accountEnabled,onPremisesSyncEnabled,userType";

/** What one row says of an account, asked for with `ACCOUNT_PROPERTIES`. */
export type AccountRow = Pick<LiveAccount, "id" | "enabled" | "synced" | "guest" | "invited"> & { readonly address: string };

/** @throws Unreadable */
export const accountRowIn = (value: unknown): AccountRow => {
  const wire = objectIn(value, "an account");
  const address = textIn(wire.userPrincipalName, "an account's address");
  return {
    id: idIn(wire.id, "an account's id"),
    address,
    enabled: flagIn(wire.accountEnabled, "whether an account is enabled"),
    // False means that it was synced once and is no longer. Facts, section 7.7.
    synced: optionalFlag(wire.onPremisesSyncEnabled, "whether an account is synced") === true,
    guest: optionalText(wire.userType, "an account's type")?.toLowerCase() === "guest",
    invited: address.toUpperCase().includes("#EXT#"),
  };
};

export type Surroundings = {
  readonly domains: Promise<Known<ReadonlyMap<string, boolean>>>;
  readonly holders: RoleHolders;
  /** Whoever does not need to know with what somebody can sign in needs no right to see it. */
  readonly ownMethods?: "not asked";
};

/** All of an account that its row does not say. Never rejects for a read that failed: that part is unknown. */
export const liveAccount = async (
  client: GraphClient,
  { address, ...row }: AccountRow,
  { domains, holders, ownMethods }: Surroundings,
): Promise<LiveAccount> => {
  const [standing, methods, known] = await Promise.all([
    knownOr(() => standingOf(client, row.id, holders)),
    ownMethods === "not asked"
      ? unknown("they were not asked for")
      : knownOr(() => listOf(client, { method: "GET", path: `/users/${row.id}/authentication/methods` }, methodIn)),
    domains,
  ]);
  return {
    ...row,
    federated: federationOf(address, known),
    roles: standing.type === "present" ? present(standing.value.roles) : standing,
    groups: standing.type === "present" ? present(standing.value.groups) : standing,
    ...(standing.type === "present" && { groupNames: standing.value.names }),
    methods: methods.type === "present" ? present(sortedOnce(methods.value.map(({ word }) => word))) : methods,
    ...(methods.type === "present" && { keys: methods.value.flatMap(({ key }) => (key === undefined ? [] : [key])) }),
  };
};
