/** Conditional-access policies (v1.0 conditionalAccessRoot, conditionalAccessPolicy), under both of their paths. */

import { bodyOf, type Call, entity, filterOf, noContent, pageOf, Refusal, type Route } from "../context.ts";
import type { WireObject } from "../fill.ts";
import { hasP1 } from "../rules/licence.ts";
import { asShown, changedPolicy, checkLicence, isManaged, newPolicy } from "../rules/policy.ts";
import { type CollectionName, moment, type Store } from "../store.ts";

export const READ_POLICIES = ["Policy.Read.All"];
/** One without the other is not enough. */
export const WRITE_POLICIES = ["Policy.ReadWrite.ConditionalAccess+Policy.Read.All"];

/** Everything comes in one page in practice. */
export const ONE_PAGE = { usual: 999, most: 999 };

export const knowsNewValues = (call: Call): boolean =>
  (call.header("Prefer") ?? "").split(/[,;]/).some((preference) => preference.trim().toLowerCase() === "include-unknown-enum-members");

/** What follows from the Prefer header, said back. */
export const preferenceApplied = (call: Call): Readonly<Record<string, string>> =>
  knowsNewValues(call) ? { "Preference-Applied": "include-unknown-enum-members" } : {};

export const noPolicy = (id: string): Refusal => new Refusal(404, "ResourceNotFound", `ConditionalAccessPolicy with id ${id} does not exist in the directory.`);

/** Without the licence there is nothing to see, and no error. */
export const seenLicensed = (store: Store, collection: CollectionName, id: string): WireObject | undefined =>
  hasP1(store) ? store.seen(collection, id) : undefined;

const writablePolicy = (call: Call): WireObject => {
  const id = call.parameter("id");
  const policy = call.store.writable("policies", id);
  if (policy === undefined) throw noPolicy(id);
  return policy;
};

const routesUnder = (path: string): readonly Route[] => [
  {
    method: "GET",
    path,
    permissions: READ_POLICIES,
    bucket: "conditionalAccess",
    options: ["filter", "select", "top", "count", "skiptoken"],
    handle: (call) => {
      const answer = pageOf(call, {
        context: path.slice(1),
        rows: (after) => (hasP1(call.store) ? call.store.of("policies").rows(call.now, after) : []),
        filter: filterOf(call, { id: ["eq"], state: ["eq"], displayname: ["eq"] }),
        show: (policy) => asShown(policy, knowsNewValues(call)),
        sizes: ONE_PAGE,
      });
      return { ...answer, headers: preferenceApplied(call) };
    },
  },
  {
    method: "POST",
    path,
    permissions: WRITE_POLICIES,
    bucket: "conditionalAccess",
    handle: (call) => {
      const { store } = call;
      const policy = newPolicy(bodyOf(call), store, store.newId(), moment(call.now));
      store.write([{ type: "put", collection: "policies", object: policy, seenFrom: store.seenFrom("conditionalAccess"), made: true }]);
      const answer = entity(call, path.slice(1), asShown(policy, knowsNewValues(call)), 201);
      return { ...answer, headers: { Location: `${call.root}${path}/${String(policy["id"])}`, ...preferenceApplied(call) } };
    },
  },
  {
    method: "GET",
    path: `${path}/{id:guid}`,
    permissions: READ_POLICIES,
    bucket: "conditionalAccess",
    options: ["select"],
    handle: (call) => {
      const id = call.parameter("id");
      const policy = seenLicensed(call.store, "policies", id);
      if (policy === undefined) throw noPolicy(id);
      return { ...entity(call, path.slice(1), asShown(policy, knowsNewValues(call))), headers: preferenceApplied(call) };
    },
  },
  {
    method: "PATCH",
    path: `${path}/{id:guid}`,
    permissions: WRITE_POLICIES,
    bucket: "conditionalAccess",
    handle: (call) => {
      const current = writablePolicy(call);
      call.store.put("policies", changedPolicy(current, bodyOf(call), call.store, moment(call.now)), "conditionalAccess");
      return noContent;
    },
  },
  {
    method: "DELETE",
    path: `${path}/{id:guid}`,
    permissions: WRITE_POLICIES,
    bucket: "conditionalAccess",
    handle: (call) => {
      const { store } = call;
      checkLicence(store);
      const policy = writablePolicy(call);
      // That it cannot be deleted is documented, the error is not.
      if (isManaged(policy)) throw new Refusal(400, "BadRequest", "A Microsoft-managed policy cannot be deleted.");
      const seenFrom = store.seenFrom("conditionalAccess");
      store.write([
        { type: "remove", collection: "policies", id: call.parameter("id").toLowerCase(), seenFrom },
        { type: "put", collection: "deletedPolicies", object: { ...policy, deletedDateTime: moment(call.now) }, seenFrom },
      ]);
      return noContent;
    },
  },
];

export const policyRoutes: readonly Route[] = [...routesUnder("/identity/conditionalAccess/policies"), ...routesUnder("/policies/conditionalAccessPolicies")];
