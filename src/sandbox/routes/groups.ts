/** Groups (v1.0 group: List, Create, Get, Update, Delete). */

import { idOf } from "../collection.ts";
import { bodyOf, type Call, countText, entity, filterOf, noContent, noSuchResource, pageOf, type Route } from "../context.ts";
import { followsRule } from "../dynamic-members.ts";
import type { WireObject } from "../fill.ts";
import type { FilterRules } from "../odata.ts";
import { deletionOf } from "../rules/directory-object.ts";
import { changedGroup, checkCloud, groupWriteOf, newGroup } from "../rules/group.ts";
import { type Change, moment, type Store } from "../store.ts";

const READ = ["Group.ReadBasic.All", "Group.Read.All", "Directory.Read.All", "GroupMember.Read.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"];
const WRITE = ["Group.ReadWrite.All", "Directory.ReadWrite.All"];

const FILTERS: FilterRules = {
  id: ["eq"],
  displayname: ["eq", "startsWith"],
  description: ["eq", "startsWith"],
  securityenabled: ["eq"],
};

/** The group that a write is for. A new one is not found until it has replicated. @throws Refusal 404 */
export const writableGroup = (call: Call): WireObject => {
  const id = call.parameter("id");
  const group = call.store.writable("groups", id);
  if (group === undefined) throw noSuchResource(id);
  return group;
};

/** @throws Refusal 404 */
export const seenGroup = (call: Call): WireObject => {
  const id = call.parameter("id");
  const group = call.store.seen("groups", id);
  if (group === undefined) throw noSuchResource(id);
  return group;
};

const memberChange = (container: string, added: readonly string[], seenFrom: number): readonly Change[] =>
  added.length === 0 ? [] : [{ type: "members", container, added, removed: [], seenFrom }];

/** When a group stops following its rule, whoever is in it stays. */
const keptMembers = (store: Store, current: WireObject, group: WireObject): readonly Change[] => {
  if (!followsRule(current) || followsRule(group)) return [];
  const container = idOf(group);
  const [is, was] = [store.members.current(container), store.members.written(container)];
  const there = new Set(is);
  const written = new Set(was);
  return [{ type: "members", container, added: is.filter((id) => !written.has(id)), removed: was.filter((id) => !there.has(id)), seenFrom: store.now }];
};

export const groupRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/groups",
    permissions: READ,
    bucket: "directory",
    options: ["filter", "select", "top", "count", "skiptoken"],
    handle: (call) =>
      pageOf(call, {
        context: "groups",
        rows: (after) => call.store.of("groups").rows(call.now, after),
        ...(call.query.has("filter") ? { filter: filterOf(call, FILTERS) } : {}),
        size: () => call.store.of("groups").size(call.now),
      }),
  },
  {
    method: "GET",
    path: "/groups/$count",
    permissions: READ,
    bucket: "directory",
    handle: (call) => countText(call, call.store.of("groups").size(call.now)),
  },
  {
    method: "POST",
    path: "/groups",
    permissions: ["Group.Create", ...WRITE],
    bucket: "directory",
    handle: (call) => {
      const { store } = call;
      const id = store.newId();
      const write = groupWriteOf(bodyOf(call));
      const group = newGroup(write, store, id, moment(call.now));
      const seenFrom = store.seenFrom("directory");
      store.write([{ type: "put", collection: "groups", object: group, seenFrom, made: true }, ...memberChange(id, write.members, seenFrom)]);
      const answer = entity(call, "groups", group, 201);
      return { ...answer, headers: { Location: `${call.root}/groups/${id}` } };
    },
  },
  {
    method: "GET",
    path: "/groups/{id:guid}",
    permissions: READ,
    bucket: "directory",
    options: ["select"],
    handle: (call) => entity(call, "groups", seenGroup(call)),
  },
  {
    method: "PATCH",
    path: "/groups/{id:guid}",
    permissions: WRITE,
    bucket: "directory",
    handle: (call) => {
      const { store } = call;
      const current = writableGroup(call);
      const write = groupWriteOf(bodyOf(call));
      const group = changedGroup(current, write, store);
      const seenFrom = store.seenFrom("directory");
      const properties: readonly Change[] = Object.keys(write.properties).length === 0 ? [] : [{ type: "put", collection: "groups", object: group, seenFrom }];
      store.write([...properties, ...keptMembers(store, current, group), ...memberChange(String(group["id"]), write.members, seenFrom)]);
      return noContent;
    },
  },
  {
    method: "DELETE",
    path: "/groups/{id:guid}",
    permissions: ["Group.ReadWrite.All"],
    bucket: "directory",
    handle: (call) => {
      const group = writableGroup(call);
      checkCloud(group);
      call.store.write(deletionOf("group", group, call.store));
      return noContent;
    },
  },
];
