/** Who owns what (v1.0 user: List ownedObjects; group: List owners, Add owners, Remove owner). */

import { idOf, type Row } from "../collection.ts";
import { type Answer, badRequest, bodyOf, type Call, noContent, noSuchResource, pageOf, type Route } from "../context.ts";
import { ownersOf } from "../members.ts";
import { property, selectedOf } from "../odata.ts";
import { untold } from "../refusal.ts";
import { type ObjectType, shownObject } from "../rules/directory-object.ts";
import { checkCloud, memberIdOf } from "../rules/group.ts";
import { userNamed } from "../rules/user.ts";
import { seenGroup, writableGroup } from "./groups.ts";

const READ_OWNED = ["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const READ_OWNERS = ["GroupMember.Read.All", "Group.Read.All", "Directory.Read.All", "Group.ReadWrite.All", "GroupMember.ReadWrite.All"];
const WRITE_OWNERS = ["Group.ReadWrite.All", "Directory.ReadWrite.All"];

const AFTER_GROUPS = 2 ** 40;

type OwnedRow = Row & { readonly objectType: ObjectType };

/** Groups, then applications, each in the order of the directory. Devices and enterprise applications have no owners here. */
function* owned(call: Call, id: string, after: number): Generator<OwnedRow> {
  const { store, now } = call;
  for (const objectType of ["group", "application"] as const) {
    for (const { place: inside, object } of store.of(objectType === "group" ? "groups" : "applications").rows(now)) {
      const place = inside + (objectType === "group" ? 0 : AFTER_GROUPS);
      if (place > after && store.members.sees(ownersOf(idOf(object)), id, now)) yield { place, object, objectType };
    }
  }
}

/** The other cast that the service has, to applications, is not in the metadata that this tenant is held against. */
const listOwned =
  (cast: "group" | undefined) =>
  (call: Call): Answer => {
    if (call.store.fill.untold?.includes("owned") === true) throw untold("what accounts own");
    const id = idOf(userNamed(call.store, call.parameter("id")));
    const selected = selectedOf(call.query);
    const types = new WeakMap<object, ObjectType>();
    return pageOf(call, {
      context: cast === undefined ? "directoryObjects" : "groups",
      rows: function* (after) {
        for (const row of owned(call, id, after)) {
          if (cast !== undefined && row.objectType !== cast) continue;
          types.set(row.object, row.objectType);
          yield row;
        }
      },
      pick: (object) => shownObject(types.get(object) ?? "group", object, selected, cast === undefined),
    });
  };

const listOwners = (call: Call): Answer => {
  const { store, now } = call;
  const container = ownersOf(idOf(seenGroup(call)));
  const selected = selectedOf(call.query);
  return pageOf(call, {
    context: "directoryObjects",
    rows: function* (after) {
      for (const { place, id } of store.members.rows(container, now, after)) {
        const object = store.seen("users", id);
        if (object !== undefined) yield { place, object };
      }
    },
    pick: (object) => shownObject("user", object, selected, true),
  });
};

const addOwner = (call: Call): Answer => {
  const { store } = call;
  const group = writableGroup(call);
  checkCloud(group);
  const id = memberIdOf(property(bodyOf(call), "@odata.id"));
  if (!store.canBeNamed(id)) throw noSuchResource(id);
  // Users and service principals own groups; the text is unconfirmed.
  if (store.seenType(id) !== "user") throw badRequest("The specified object cannot be an owner.");
  const container = ownersOf(idOf(group));
  if (store.members.has(container, id)) throw badRequest("One or more added object references already exist for the following modified properties: 'owners'.");
  store.write([{ type: "members", container, added: [id], removed: [], seenFrom: store.seenFrom("directory") }]);
  return noContent;
};

/** Once a group has owners, the last one stays (group-delete-owners). */
const removeOwner = (call: Call): Answer => {
  const { store } = call;
  const group = writableGroup(call);
  checkCloud(group);
  const id = call.parameter("owner").toLowerCase();
  const container = ownersOf(idOf(group));
  if (!store.members.has(container, id)) throw noSuchResource(id);
  const others = store.members.current(container).filter((other) => other !== id && store.of("users").current(other) !== undefined);
  if (others.length === 0) throw badRequest("The group must have at least one owner, hence this owner cannot be removed.");
  store.write([{ type: "members", container, added: [], removed: [id], seenFrom: store.seenFrom("directory") }]);
  return noContent;
};

const LIST = { bucket: "directory", units: 2, options: ["select", "top", "count", "skiptoken"] } as const;

export const ownerRoutes: readonly Route[] = [
  { method: "GET", path: "/users/{id}/ownedObjects", permissions: READ_OWNED, ...LIST, handle: listOwned(undefined) },
  { method: "GET", path: "/users/{id}/ownedObjects/microsoft.graph.group", permissions: READ_OWNED, ...LIST, handle: listOwned("group") },
  { method: "GET", path: "/groups/{id:guid}/owners", permissions: READ_OWNERS, ...LIST, handle: listOwners },
  { method: "POST", path: "/groups/{id:guid}/owners/$ref", permissions: WRITE_OWNERS, bucket: "directory", handle: addOwner },
  { method: "DELETE", path: "/groups/{id:guid}/owners/{owner:guid}/$ref", permissions: WRITE_OWNERS, bucket: "directory", handle: removeOwner },
];
