/** The whole tenant as data, to hold two moments of it, or two tenants, against each other. */

import type { Reader } from "./reader.ts";

export type Dump = {
  readonly groups: readonly unknown[];
  readonly policies: readonly unknown[];
  readonly locations: readonly unknown[];
  readonly users: readonly unknown[];
};

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** Every field that the service tells, with ids: for the same tenant at two moments. */
export const dumpOf = async (reader: Reader): Promise<Dump> => ({
  groups: await Promise.all(
    (await reader.groups())
      .toSorted(byId)
      .map(async (group) => ({ ...group, members: (await reader.members(group.id)).map((member) => member.id).toSorted() })),
  ),
  policies: (await reader.policies()).toSorted(byId),
  locations: (await reader.locations()).toSorted(byId),
  users: (await reader.users()).toSorted(byId),
});

/** What a person would compare: names in place of ids, no time stamps: for two tenants that went different ways to the same place. */
export const essenceOf = async (reader: Reader): Promise<readonly string[]> => {
  const [groups, policies, locations, users] = [await reader.groups(), await reader.policies(), await reader.locations(), await reader.users()];
  const names = new Map<string, string>();
  for (const group of groups) names.set(group.id, `group ${group.displayName}`);
  for (const location of locations) names.set(location.id, `location ${location.displayName}`);
  for (const user of users) names.set(user.id, user.userPrincipalName.toLowerCase());
  const named = (value: unknown): unknown => {
    if (typeof value === "string") return names.get(value) ?? value;
    if (Array.isArray(value)) return value.map(named).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => !["id", "createdDateTime", "modifiedDateTime", "mailNickname", "renewedDateTime", "securityIdentifier"].includes(key))
        .map(([key, inner]) => [key, named(inner)]),
    );
  };
  const lines = [
    ...policies.map((policy) => `policy ${JSON.stringify(named(policy))}`),
    ...locations.map((location) => `location ${JSON.stringify(named(location))}`),
    ...(await Promise.all(
      groups.map(
        async (group) =>
          `group ${JSON.stringify(named(group))} ${(
            await reader.members(group.id)
          )
            .map((member) => member.userPrincipalName)
            .toSorted()
            .join(" ")}`,
      ),
    )),
  ];
  return lines.toSorted();
};
