/** What a user is in (v1.0 user: List memberOf, List transitiveMemberOf). */

import { idOf, type Row } from "../collection.ts";
import { type Answer, type Call, noSuchResource, pageOf, type Route } from "../context.ts";
import type { WireObject } from "../fill.ts";
import { selectedOf } from "../odata.ts";
import { type ObjectType, shownObject } from "../rules/directory-object.ts";

const READ = [
  "Directory.Read.All",
  "Group.ReadBasic.All",
  "GroupMember.Read.All",
  "GroupMember.ReadBasic.All",
  "Directory.ReadWrite.All",
  "User.Read.All",
  "Group.Read.All",
];

const AFTER_GROUPS = 2 ** 40;

const containersOf = (call: Call, user: WireObject, transitive: boolean): readonly (Row & { readonly objectType: ObjectType })[] => {
  const { store } = call;
  const groups = store.groupsOf(idOf(user), transitive);
  const holders = [user, ...(transitive ? groups : [])];
  const roles = new Map(holders.flatMap((holder) => store.rolesOf(idOf(holder))).map((role) => [idOf(role), role]));
  const rowOf = (objectType: "group" | "directoryRole", object: WireObject) => ({
    place: (objectType === "group" ? 0 : AFTER_GROUPS) + (store.of(objectType === "group" ? "groups" : "directoryRoles").placeOf(idOf(object)) ?? 0),
    object,
    objectType,
  });
  return [...groups.map((group) => rowOf("group", group)), ...[...roles.values()].map((role) => rowOf("directoryRole", role))].sort(
    (left, right) => left.place - right.place,
  );
};

const listContainers =
  (transitive: boolean, cast: "group" | "directoryRole" | undefined) =>
  (call: Call): Answer => {
    const key = call.parameter("id");
    const user = call.store.seenUser(key);
    if (user === undefined) throw noSuchResource(key);
    const rows = containersOf(call, user, transitive).filter((row) => cast === undefined || row.objectType === cast);
    const types = new Map(rows.map((row) => [row.object, row.objectType]));
    const selected = selectedOf(call.query);
    return pageOf(call, {
      context: cast === undefined ? "directoryObjects" : `${cast}s`,
      rows: (after) => rows.filter((row) => row.place > after),
      pick: (object) => shownObject(types.get(object) ?? "group", object, selected, cast === undefined),
    });
  };

export const memberOfRoutes: readonly Route[] = [false, true].flatMap((transitive) =>
  ([undefined, "group", "directoryRole"] as const).map(
    (cast): Route => ({
      method: "GET",
      path: `/users/{id}/${transitive ? "transitiveMemberOf" : "memberOf"}${cast === undefined ? "" : `/microsoft.graph.${cast}`}`,
      permissions: READ,
      bucket: "directory",
      units: 2,
      options: ["select", "top", "count", "skiptoken"],
      handle: listContainers(transitive, cast),
    }),
  ),
);
