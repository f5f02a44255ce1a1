/** Who holds which role, all roles at once, and what they are called. Facts, section 7.13. */

import { IdIndex } from "../core/ids.ts";
import { Belonging } from "../core/reports/belonging.ts";
import { type Known, type ObjectId, present, unknown } from "../core/tenant.ts";
import type { GraphClient } from "./client.ts";
import { membersOf } from "./cohort-group.ts";
import { knownOr } from "./live-account.ts";
import { listOf } from "./pager.ts";
import { idIn, objectIn, textIn } from "./wire.ts";

type Holder = { readonly id: ObjectId; readonly isGroup: boolean };

const holderIn = (value: unknown): Holder => {
  const wire = objectIn(value, "a role's holder");
  return { id: idIn(wire.id, "a role's holder's id"), isGroup: wire["@odata.type"] === "#microsoft.graph.group" };
};

/** Roles by their template: who holds each, through groups too, and what the tenant calls it. */
export type RoleSets = { readonly sets: ReadonlyMap<ObjectId, Known<IdIndex>>; readonly names: ReadonlyMap<ObjectId, string> };

/** @throws ServiceError */
export const roleSets = async (client: GraphClient): Promise<RoleSets> => {
  const roles = await listOf(client, { method: "GET", path: "/directoryRoles" }, (value) => {
    const wire = objectIn(value, "a role");
    return { id: idIn(wire.id, "a role's id"), template: idIn(wire.roleTemplateId, "a role's template"), name: textIn(wire.displayName, "a role's name") };
  });
  const sets = new Map(
    await Promise.all(
      roles.map(async ({ id, template }): Promise<readonly [ObjectId, Known<IdIndex>]> => {
        const known = await knownOr(async () => {
          const holders = await listOf(client, { method: "GET", path: `/directoryRoles/${id}/members` }, holderIn);
          const index = new IdIndex();
          for (const holder of holders) {
            if (!holder.isGroup) index.add(holder.id);
            else for (const member of await membersOf(client, holder.id, "transitiveMembers")) index.add(member);
          }
          return index;
        });
        return [template, known];
      }),
    ),
  );
  return { sets, names: new Map(roles.map(({ template, name }) => [template, name])) };
};

/** The names of the roles that one account holds, by those lists. What could not be read is unknown where nothing else says that it holds one. */
export const rolesIn = (roles: Known<RoleSets>) => {
  if (roles.type !== "present") return () => unknown("who holds which role could not be read");
  const { sets, names } = roles.value;
  const belonging = new Belonging(sets);
  const unread = [...sets.values()].some(({ type }) => type === "unknown");
  const sorted = [...names].sort(([, one], [, other]) => (one < other ? -1 : 1));
  return (id: ObjectId): Known<readonly string[]> => {
    const held = belonging.of(id);
    const own = sorted.filter(([template]) => held.has(template)).map(([, name]) => name);
    return unread && own.length === 0 ? unknown("who holds which role could not be read whole") : present(own);
  };
};
