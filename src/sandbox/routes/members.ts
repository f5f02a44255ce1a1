/** Members of groups (v1.0 group: List members, List transitive members, Add members, Remove member). */

import { idOf, type Row } from "../collection.ts";
import { type Answer, bodyOf, type Call, checkOptions, countText, denied, noContent, noSuchResource, pageOf, type Route } from "../context.ts";
import { property, selectedOf } from "../odata.ts";
import { userDeletion } from "../rules/deleted-user.ts";
import { deletionOf, type ObjectType, shownObject } from "../rules/directory-object.ts";
import { checkAssigned, checkCloud, checkMembers, memberIdOf } from "../rules/group.ts";
import type { Store } from "../store.ts";
import { seenGroup, writableGroup } from "./groups.ts";

const READ = [
  "GroupMember.ReadBasic.All",
  "Group.ReadBasic.All",
  "Group.Read.All",
  "Directory.Read.All",
  "GroupMember.Read.All",
  "Group.ReadWrite.All",
  "GroupMember.ReadWrite.All",
];
const WRITE = ["GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"];

/** Groups come after all users where both are in one list in the order of the directory. */
const AFTER_USERS = 2 ** 40;

type MemberRow = Row & { readonly objectType: ObjectType };

function* directRows(call: Call, after: number): Generator<MemberRow> {
  for (const { place, id } of call.store.members.rows(idOf(seenGroup(call)), call.now, after)) {
    const found = call.store.seenObject(id);
    if (found !== undefined) yield { place, object: found.object, objectType: found.type };
  }
}

type Found = { readonly id: string; readonly type: "user" | "group"; readonly place: number };

type Answered = { readonly start: string; readonly now: number; readonly revision: number; readonly found: readonly Found[] };

/** What was found last, so that the pages of one list are not each looked for anew. */
const lastFound = new WeakMap<Store, Answered>();

/** Everybody under a group, each once, in the order of the directory; a group that contains itself by a detour is its own member. */
const foundUnder = (call: Call, start: string): readonly Found[] => {
  const { store, now } = call;
  const last = lastFound.get(store);
  if (last?.start === start && last.now === now && last.revision === store.revision) return last.found;
  const found = everybodyUnder(store, now, start).sort((left, right) => left.place - right.place);
  lastFound.set(store, { start, now, revision: store.revision, found });
  return found;
};

const everybodyUnder = (store: Store, now: number, start: string): Found[] => {
  const found = new Map<string, Found>();
  const waiting = [start];
  for (let group = waiting.pop(); group !== undefined; group = waiting.pop()) {
    for (const { id } of store.members.rows(group, now)) {
      const type = found.has(id) ? undefined : store.seenType(id);
      if (type === undefined) continue;
      const place = type === "user" ? store.of("users").placeOf(id) : AFTER_USERS + (store.of("groups").placeOf(id) ?? 0);
      found.set(id, { id, type, place: place ?? 0 });
      if (type === "group") waiting.push(id);
    }
  }
  return [...found.values()];
};

function* transitiveRows(call: Call, after: number): Generator<MemberRow> {
  for (const { id, place } of foundUnder(call, idOf(seenGroup(call)))) {
    const found = place <= after ? undefined : call.store.seenObject(id);
    if (found !== undefined) yield { place, object: found.object, objectType: found.type };
  }
}

const listMembers =
  (rows: (call: Call, after: number) => Generator<MemberRow>, cast: ObjectType | undefined) =>
  (call: Call): Answer => {
    seenGroup(call);
    const selected = selectedOf(call.query);
    const types = new WeakMap<object, ObjectType>();
    return pageOf(call, {
      context: cast === undefined ? "directoryObjects" : `${cast}s`,
      rows: function* (after) {
        for (const row of rows(call, after)) {
          if (cast !== undefined && row.objectType !== cast) continue;
          types.set(row.object, row.objectType);
          yield row;
        }
      },
      pick: (object) => shownObject(types.get(object) ?? "user", object, selected, cast === undefined),
    });
  };

const countMembers =
  (rows: (call: Call, after: number) => Generator<MemberRow>, cast: ObjectType | undefined) =>
  (call: Call): Answer => {
    seenGroup(call);
    let count = 0;
    for (const row of rows(call, -1)) count += cast === undefined || row.objectType === cast ? 1 : 0;
    return countText(call, count);
  };

const listRoutes = (segment: string, rows: (call: Call, after: number) => Generator<MemberRow>, units: number): readonly Route[] =>
  [undefined, "user" as const, "group" as const].flatMap((cast) => {
    const path = `/groups/{id:guid}/${segment}${cast === undefined ? "" : `/microsoft.graph.${cast}`}`;
    return [
      { method: "GET", path, permissions: READ, bucket: "directory", units, options: ["select", "top", "count", "skiptoken"], handle: listMembers(rows, cast) },
      { method: "GET", path: `${path}/$count`, permissions: READ, bucket: "directory", units, handle: countMembers(rows, cast) },
    ] satisfies readonly Route[];
  });

/** Without `/$ref` the call is about the member itself: the documented hazard. */
const deleteMemberItself = (call: Call): Answer => {
  checkOptions(call.query);
  const { store } = call;
  const group = writableGroup(call);
  const id = call.parameter("member");
  const found = store.members.has(idOf(group), id) ? store.seenObject(id) : undefined;
  if (found === undefined) throw noSuchResource(id);
  const needed = found.type === "user" ? ["User.DeleteRestore.All", "User.ReadWrite.All"] : ["Group.ReadWrite.All"];
  if (!needed.some(call.may)) throw denied();
  store.write(found.type === "user" ? userDeletion(store, found.object) : deletionOf("group", found.object, store));
  return noContent;
};

export const memberRoutes: readonly Route[] = [
  ...listRoutes("members", directRows, 3),
  ...listRoutes("transitiveMembers", transitiveRows, 5),
  {
    method: "POST",
    path: "/groups/{id:guid}/members/$ref",
    permissions: WRITE,
    bucket: "directory",
    handle: (call) => {
      const { store } = call;
      const group = writableGroup(call);
      checkCloud(group);
      const id = memberIdOf(property(bodyOf(call), "@odata.id"));
      checkMembers(group, [id], store);
      store.write([{ type: "members", container: idOf(group), added: [id], removed: [], seenFrom: store.seenFrom("directory") }]);
      return noContent;
    },
  },
  {
    method: "DELETE",
    path: "/groups/{id:guid}/members/{member:guid}/$ref",
    permissions: WRITE,
    bucket: "directory",
    handle: (call) => {
      const { store } = call;
      const group = writableGroup(call);
      checkCloud(group);
      checkAssigned(group);
      const id = call.parameter("member").toLowerCase();
      if (!store.members.has(idOf(group), id)) throw noSuchResource(id);
      store.write([{ type: "members", container: idOf(group), added: [], removed: [id], seenFrom: store.seenFrom("directory") }]);
      return noContent;
    },
  },
  { method: "DELETE", path: "/groups/{id:guid}/members/{member:guid}", permissions: WRITE, bucket: "directory", handle: deleteMemberItself },
];
