/** Named locations (v1.0 namedLocation, ipNamedLocation, countryNamedLocation). */

import { bodyOf, type Call, entity, filterOf, noContent, pageOf, Refusal, type Route } from "../context.ts";
import type { WireObject } from "../fill.ts";
import { hasP1 } from "../rules/licence.ts";
import { changedLocation, checkRemovable, newLocation } from "../rules/location.ts";
import { checkLicence } from "../rules/policy.ts";
import { moment } from "../store.ts";
import { ONE_PAGE, READ_POLICIES, seenLicensed, WRITE_POLICIES } from "./policies.ts";

const PATH = "/identity/conditionalAccess/namedLocations";

export const noLocation = (id: string): Refusal => new Refusal(404, "ResourceNotFound", `NamedLocation with id ${id} does not exist in the directory.`);

const writableLocation = (call: Call): WireObject => {
  const id = call.parameter("id");
  const location = call.store.writable("namedLocations", id);
  if (location === undefined) throw noLocation(id);
  return location;
};

export const locationRoutes: readonly Route[] = [
  {
    method: "GET",
    path: PATH,
    permissions: READ_POLICIES,
    bucket: "conditionalAccess",
    options: ["filter", "select", "top", "count", "skiptoken"],
    handle: (call) =>
      pageOf(call, {
        context: PATH.slice(1),
        rows: (after) => (hasP1(call.store) ? call.store.of("namedLocations").rows(call.now, after) : []),
        filter: filterOf(call, { id: ["eq"], displayname: ["eq"] }),
        sizes: ONE_PAGE,
      }),
  },
  {
    method: "POST",
    path: PATH,
    permissions: WRITE_POLICIES,
    bucket: "conditionalAccess",
    handle: (call) => {
      const { store } = call;
      const location = newLocation(bodyOf(call), store, store.newId(), moment(call.now));
      store.write([{ type: "put", collection: "namedLocations", object: location, seenFrom: store.seenFrom("conditionalAccess"), made: true }]);
      return { ...entity(call, PATH.slice(1), location, 201), headers: { Location: `${call.root}${PATH}/${String(location["id"])}` } };
    },
  },
  {
    method: "GET",
    path: `${PATH}/{id:guid}`,
    permissions: READ_POLICIES,
    bucket: "conditionalAccess",
    options: ["select"],
    handle: (call) => {
      const id = call.parameter("id");
      const location = seenLicensed(call.store, "namedLocations", id);
      if (location === undefined) throw noLocation(id);
      return entity(call, PATH.slice(1), location);
    },
  },
  {
    method: "PATCH",
    path: `${PATH}/{id:guid}`,
    permissions: WRITE_POLICIES,
    bucket: "conditionalAccess",
    handle: (call) => {
      const current = writableLocation(call);
      call.store.put("namedLocations", changedLocation(current, bodyOf(call), call.store, moment(call.now)), "conditionalAccess");
      return noContent;
    },
  },
  {
    method: "DELETE",
    path: `${PATH}/{id:guid}`,
    permissions: WRITE_POLICIES,
    bucket: "conditionalAccess",
    handle: (call) => {
      const { store } = call;
      checkLicence(store);
      const location = writableLocation(call);
      checkRemovable(location, store);
      const seenFrom = store.seenFrom("conditionalAccess");
      store.write([
        { type: "remove", collection: "namedLocations", id: call.parameter("id").toLowerCase(), seenFrom },
        { type: "put", collection: "deletedNamedLocations", object: { ...location, deletedDateTime: moment(call.now) }, seenFrom },
      ]);
      return noContent;
    },
  },
];
