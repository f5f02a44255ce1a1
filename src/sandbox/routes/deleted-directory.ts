/** Accounts and groups that were deleted and can still come back (directory deletedItems). */

import { idOf, type Row } from "../collection.ts";
import {
  type Answer,
  badRequest,
  type Call,
  denied,
  entity,
  filterOf,
  isAdvanced,
  noContent,
  noSuchResource,
  pageOf,
  type Route,
  unsupportedQuery,
} from "../context.ts";
import type { WireObject } from "../fill.ts";
import { isObject } from "../odata.ts";
import { restoreWishOf, shownDeleted, userPurged, userRestored } from "../rules/deleted-user.ts";
import { isKept } from "../rules/directory-object.ts";
import { userFilter, userView } from "../rules/user.ts";
import { sorted, sortOf } from "./sorting.ts";

const READ_USERS = ["User.Read.All", "User.ReadWrite.All", "Directory.Read.All"];
const READ_GROUPS = ["Group.Read.All", "Directory.Read.All"];
/** By id the permissions table has the least one only. */
const READ = { user: ["User.Read.All", "Directory.Read.All"], group: READ_GROUPS } as const;
const WRITE = { user: ["User.DeleteRestore.All", "User.ReadWrite.All"], group: ["Group.ReadWrite.All"] } as const;

const both = (needed: { readonly user: readonly string[]; readonly group: readonly string[] }): readonly string[] => [
  ...new Set([...needed.user, ...needed.group]),
];

const listUsers = (call: Call): Answer => {
  const { store, now, query } = call;
  if (query.has("count") && !isAdvanced(call)) throw unsupportedQuery("$count is supported only with the header ConsistencyLevel: eventual.");
  const sort = sortOf(query, ["deletedDateTime", "displayName", "userPrincipalName"]);
  if (sort?.property === "deletedDateTime" && !isAdvanced(call)) throw unsupportedQuery("Sorting not supported for current query.");
  const view = userView(call, "list");
  const kept = function* (after: number): Generator<Row> {
    for (const { place, object } of store.of("deletedUsers").rows(now, after)) if (isKept(object, now)) yield { place, object: shownDeleted(object) };
  };
  return pageOf(call, {
    context: "users",
    rows: (after) => (sort === undefined ? kept(after) : sorted(kept(-1), sort, after)),
    // There always is one, so that what is counted is what is kept.
    filter: filterOf(call, userFilter(call, isAdvanced(call)).rules),
    pick: view,
  });
};

const listGroups = (call: Call): Answer =>
  pageOf(call, {
    context: "groups",
    rows: (after) => call.store.of("deletedGroups").rows(call.now, after),
    filter: (object) => isKept(object, call.now),
  });

type Deleted = { readonly type: "user" | "group"; readonly object: WireObject };

/** What lies in the bin under an id. @throws Refusal 403 where the caller may not do it with such an object, 404 */
const deletedItem = (call: Call, needed: { readonly user: readonly string[]; readonly group: readonly string[] }): Deleted => {
  const id = call.parameter("id");
  for (const type of ["user", "group"] as const) {
    const object = call.store.writable(type === "user" ? "deletedUsers" : "deletedGroups", id);
    if (object === undefined || !isKept(object, call.now)) continue;
    if (!needed[type].some(call.may)) throw denied();
    return { type, object };
  }
  throw noSuchResource(id);
};

/** A directoryObject by its metadata; what sort of one, the answer says itself. */
const answerOf = (call: Call, { type, object }: Deleted, status = 200): Answer => {
  if (type === "group") return entity(call, "directoryObjects", { "@odata.type": "#microsoft.graph.group", ...object }, status);
  const context = `${call.root}/$metadata#directoryObjects/$entity`;
  return { status, body: { "@odata.context": context, "@odata.type": "#microsoft.graph.user", ...userView(call, "one")(object) } };
};

const get = (call: Call): Answer => {
  const { type, object } = deletedItem(call, READ);
  return type === "group" ? entity(call, "groups", object) : answerOf(call, { type, object: shownDeleted(object) });
};

const restore = (call: Call): Answer => {
  const { store, body } = call;
  const { type, object: deleted } = deletedItem(call, WRITE);
  if (body !== undefined && !isObject(body)) throw badRequest("Unable to read JSON request payload. Please ensure payload is of valid JSON format.");
  // What the body says is about users alone.
  const wish = restoreWishOf(body);
  if (type === "user") {
    const { user, changes } = userRestored(store, deleted, wish);
    store.write(changes);
    return answerOf(call, { type, object: user });
  }
  const object = { ...deleted, deletedDateTime: null };
  const seenFrom = store.seenFrom("directory");
  store.write([
    { type: "remove", collection: "deletedGroups", id: idOf(deleted), seenFrom },
    { type: "put", collection: "groups", object, seenFrom },
  ]);
  return answerOf(call, { type, object });
};

const purge = (call: Call): Answer => {
  const { store } = call;
  const { type, object } = deletedItem(call, WRITE);
  const id = idOf(object);
  store.write(type === "user" ? userPurged(store, id) : [{ type: "remove", collection: "deletedGroups", id, seenFrom: store.seenFrom("directory") }]);
  return noContent;
};

const ROOT = "/directory/deletedItems";

export const deletedDirectoryRoutes: readonly Route[] = [
  {
    method: "GET",
    path: `${ROOT}/microsoft.graph.user`,
    permissions: READ_USERS,
    bucket: "directory",
    options: ["select", "filter", "top", "count", "orderby", "skiptoken"],
    handle: listUsers,
  },
  {
    method: "GET",
    path: `${ROOT}/microsoft.graph.group`,
    permissions: READ_GROUPS,
    bucket: "directory",
    options: ["select", "top", "count", "skiptoken"],
    handle: listGroups,
  },
  { method: "GET", path: `${ROOT}/{id:guid}`, permissions: both(READ), bucket: "directory", options: ["select"], handle: get },
  { method: "POST", path: `${ROOT}/{id:guid}/restore`, permissions: both(WRITE), bucket: "directory", handle: restore },
  { method: "DELETE", path: `${ROOT}/{id:guid}`, permissions: both(WRITE), bucket: "directory", handle: purge },
];
