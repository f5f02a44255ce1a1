/** Policies and named locations that were deleted and can still come back (conditionalAccessRoot deletedItems). */

import { type Call, entity, noContent, pageOf, type Refusal, type Route } from "../context.ts";
import type { WireObject } from "../fill.ts";
import { isKept } from "../rules/directory-object.ts";
import { checkLocationRoom } from "../rules/location.ts";
import { checkLicence, checkRoom, checkState } from "../rules/policy.ts";
import type { CollectionName, Store } from "../store.ts";
import { noLocation } from "./locations.ts";
import { noPolicy, ONE_PAGE, READ_POLICIES, WRITE_POLICIES } from "./policies.ts";

type Bin = {
  readonly path: string;
  readonly deleted: CollectionName;
  readonly live: CollectionName;
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly notFound: (id: string) => Refusal;
  /** Whether it may come back. @throws Refusal */
  readonly checkReturn: (object: WireObject, store: Store) => void;
};

const bins: readonly Bin[] = [
  {
    path: "/identity/conditionalAccess/deletedItems/policies",
    deleted: "deletedPolicies",
    live: "policies",
    read: READ_POLICIES,
    write: WRITE_POLICIES,
    notFound: noPolicy,
    checkReturn: (policy, store) => {
      checkLicence(store);
      checkState(policy["state"], store);
      checkRoom(store);
    },
  },
  {
    path: "/identity/conditionalAccess/deletedItems/namedLocations",
    deleted: "deletedNamedLocations",
    live: "namedLocations",
    read: READ_POLICIES,
    write: WRITE_POLICIES,
    notFound: noLocation,
    checkReturn: (_, store) => {
      checkLicence(store);
      checkLocationRoom(store);
    },
  },
];

const SERVICE = "conditionalAccess";

const contextOf = (bin: Bin): string => bin.path.slice(1);

const keptItem = (bin: Bin, call: Call): WireObject => {
  const id = call.parameter("id");
  const object = call.store.writable(bin.deleted, id);
  if (object === undefined || !isKept(object, call.now)) throw bin.notFound(id);
  return object;
};

const routesOf = (bin: Bin): readonly Route[] => [
  {
    method: "GET",
    path: bin.path,
    permissions: bin.read,
    bucket: SERVICE,
    options: ["select", "top", "count", "skiptoken"],
    handle: (call) =>
      pageOf(call, {
        context: contextOf(bin),
        rows: (after) => call.store.of(bin.deleted).rows(call.now, after),
        filter: (object) => isKept(object, call.now),
        sizes: ONE_PAGE,
      }),
  },
  {
    method: "GET",
    path: `${bin.path}/{id:guid}`,
    permissions: bin.read,
    bucket: SERVICE,
    options: ["select"],
    handle: (call) => entity(call, contextOf(bin), keptItem(bin, call)),
  },
  {
    method: "POST",
    path: `${bin.path}/{id:guid}/restore`,
    permissions: bin.write,
    bucket: SERVICE,
    handle: (call) => {
      const { store } = call;
      const deleted = keptItem(bin, call);
      bin.checkReturn(deleted, store);
      const object = { ...deleted, deletedDateTime: null };
      const seenFrom = store.seenFrom(SERVICE);
      store.write([
        { type: "remove", collection: bin.deleted, id: call.parameter("id").toLowerCase(), seenFrom },
        { type: "put", collection: bin.live, object, seenFrom },
      ]);
      return entity(call, contextOf(bin), object);
    },
  },
  {
    method: "DELETE",
    path: `${bin.path}/{id:guid}`,
    permissions: bin.write,
    bucket: SERVICE,
    handle: (call) => {
      keptItem(bin, call);
      call.store.write([{ type: "remove", collection: bin.deleted, id: call.parameter("id").toLowerCase(), seenFrom: call.store.seenFrom(SERVICE) }]);
      return noContent;
    },
  },
];

export const deletedItemRoutes: readonly Route[] = bins.flatMap(routesOf);
