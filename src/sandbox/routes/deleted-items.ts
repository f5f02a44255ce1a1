/** What was deleted and can still come back: policies, named locations, groups (conditionalAccessRoot deletedItems, directory deletedItems). */

import { type Call, entity, noContent, noSuchResource, notBuilt, pageOf, type Refusal, type Route } from "../context.ts";
import type { WireObject } from "../fill.ts";
import { checkLocationRoom } from "../rules/location.ts";
import { checkLicence, checkRoom, checkState } from "../rules/policy.ts";
import type { CollectionName, Service, Store } from "../store.ts";
import { noLocation } from "./locations.ts";
import { noPolicy, ONE_PAGE, READ_POLICIES, WRITE_POLICIES } from "./policies.ts";

/** Then it is gone for good. */
const KEPT_MS = 30 * 86_400_000;

type Bin = {
  /** The container, below which an item stands by its id. */
  readonly path: string;
  /** Where the list is; the container itself unless a cast is mandatory. */
  readonly listPath: string;
  readonly context: string;
  readonly deleted: CollectionName;
  readonly live: CollectionName;
  readonly service: Service;
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly notFound: (id: string) => Refusal;
  /** Whether it may come back. @throws Refusal */
  readonly checkReturn: (object: WireObject, store: Store) => void;
};

const bins: readonly Bin[] = [
  {
    path: "/identity/conditionalAccess/deletedItems/policies",
    listPath: "/identity/conditionalAccess/deletedItems/policies",
    context: "identity/conditionalAccess/deletedItems/policies",
    deleted: "deletedPolicies",
    live: "policies",
    service: "conditionalAccess",
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
    listPath: "/identity/conditionalAccess/deletedItems/namedLocations",
    context: "identity/conditionalAccess/deletedItems/namedLocations",
    deleted: "deletedNamedLocations",
    live: "namedLocations",
    service: "conditionalAccess",
    read: READ_POLICIES,
    write: WRITE_POLICIES,
    notFound: noLocation,
    checkReturn: (_, store) => {
      checkLicence(store);
      checkLocationRoom(store);
    },
  },
  {
    path: "/directory/deletedItems",
    listPath: "/directory/deletedItems/microsoft.graph.group",
    context: "groups",
    deleted: "deletedGroups",
    live: "groups",
    service: "directory",
    read: ["Group.Read.All", "Directory.Read.All"],
    write: ["Group.ReadWrite.All"],
    notFound: noSuchResource,
    checkReturn: () => undefined,
  },
];

const isKept = (object: WireObject, call: Call): boolean => call.now - Date.parse(String(object["deletedDateTime"])) < KEPT_MS;

const keptItem = (bin: Bin, call: Call): WireObject => {
  const id = call.parameter("id");
  const object = call.store.writable(bin.deleted, id);
  if (bin.service === "directory" && call.store.seen("deletedUsers", id) !== undefined) throw notBuilt("way to read, restore or purge a deleted user");
  if (object === undefined || !isKept(object, call)) throw bin.notFound(id);
  return object;
};

const routesOf = (bin: Bin): readonly Route[] => [
  {
    method: "GET",
    path: bin.listPath,
    permissions: bin.read,
    bucket: bin.service,
    options: ["select", "top", "count", "skiptoken"],
    handle: (call) =>
      pageOf(call, {
        context: bin.context,
        rows: (after) => call.store.of(bin.deleted).rows(call.now, after),
        filter: (object) => isKept(object, call),
        ...(bin.service === "directory" ? {} : { sizes: ONE_PAGE }),
      }),
  },
  {
    method: "GET",
    path: `${bin.path}/{id:guid}`,
    permissions: bin.read,
    bucket: bin.service,
    options: ["select"],
    handle: (call) => entity(call, bin.context, keptItem(bin, call)),
  },
  {
    method: "POST",
    path: `${bin.path}/{id:guid}/restore`,
    permissions: bin.write,
    bucket: bin.service,
    handle: (call) => {
      const { store } = call;
      const deleted = keptItem(bin, call);
      bin.checkReturn(deleted, store);
      const object = { ...deleted, deletedDateTime: null };
      const seenFrom = store.seenFrom(bin.service);
      store.write([
        { type: "remove", collection: bin.deleted, id: call.parameter("id").toLowerCase(), seenFrom },
        { type: "put", collection: bin.live, object, seenFrom },
      ]);
      // A directoryObject by its metadata; what sort of one, the answer says itself.
      return bin.service === "directory"
        ? entity(call, "directoryObjects", { "@odata.type": "#microsoft.graph.group", ...object })
        : entity(call, bin.context, object);
    },
  },
  {
    method: "DELETE",
    path: `${bin.path}/{id:guid}`,
    permissions: bin.write,
    bucket: bin.service,
    handle: (call) => {
      keptItem(bin, call);
      call.store.write([{ type: "remove", collection: bin.deleted, id: call.parameter("id").toLowerCase(), seenFrom: call.store.seenFrom(bin.service) }]);
      return noContent;
    },
  },
];

export const deletedItemRoutes: readonly Route[] = bins.flatMap(routesOf);
