/** The authentication methods policy and its configurations (authenticationmethodspolicy-get, -update; ...configuration-get, -update). */

import { type Answer, bodyOf, type Call, entity, noContent, pageOf, Refusal, type Route } from "../context.ts";
import type { WireObject } from "../fill.ts";
import { changedConfiguration, changedMethodsPolicy, shownMethodsPolicy } from "../rules/methods-policy.ts";
import { type CollectionName, METHODS_POLICY_ID } from "../store.ts";

const PATH = "/policies/authenticationMethodsPolicy";
const CONFIGURATIONS = `${PATH}/authenticationMethodConfigurations`;
const READ = ["Policy.Read.AuthenticationMethod", "Policy.Read.All", "Policy.ReadWrite.AuthenticationMethod"];
const WRITE = ["Policy.ReadWrite.AuthenticationMethod"];
const CONTEXT = "authenticationMethodsPolicy";

const found = (object: WireObject | undefined, id: string): WireObject => {
  if (object === undefined) throw new Refusal(404, "ResourceNotFound", `The authentication method configuration '${id}' does not exist.`);
  return object;
};

const shown = (call: Call, policy: WireObject): WireObject =>
  shownMethodsPolicy(
    policy,
    [...call.store.of("authenticationMethodConfigurations").rows(call.now)].map((row) => row.object),
    call.version,
  );

const get = (call: Call): Answer =>
  entity(call, CONTEXT, shown(call, found(call.store.seen("authenticationMethodsPolicy", METHODS_POLICY_ID), METHODS_POLICY_ID)));

/** What a write is done to: as it truly is. */
const writable = (call: Call, collection: CollectionName, id: string): WireObject => found(call.store.writable(collection, id), id);

/** 200 and the whole of it, as the page says. */
const change = (call: Call): Answer => {
  const current = writable(call, "authenticationMethodsPolicy", METHODS_POLICY_ID);
  const changed = changedMethodsPolicy(current, bodyOf(call), call.version, call.store);
  call.store.put("authenticationMethodsPolicy", changed, "directory");
  return entity(call, CONTEXT, shown(call, changed));
};

const changeConfiguration = (call: Call): Answer => {
  const { store } = call;
  const current = writable(call, "authenticationMethodConfigurations", call.parameter("id"));
  store.put("authenticationMethodConfigurations", changedConfiguration(current, bodyOf(call), call.version, store), "directory");
  return noContent;
};

const BOTH = ["v1.0", "beta"] as const;

// Limits on "authenticationMethod*" are those of the reports; that this policy is meant as well is a cautious reading.
export const methodsPolicyRoutes: readonly Route[] = [
  { method: "GET", path: PATH, permissions: READ, bucket: "reports", options: ["select"], versions: BOTH, handle: get },
  { method: "PATCH", path: PATH, permissions: WRITE, bucket: "reports", versions: BOTH, handle: change },
  {
    method: "GET",
    path: CONFIGURATIONS,
    permissions: READ,
    bucket: "reports",
    versions: BOTH,
    handle: (call) =>
      pageOf(call, {
        context: `${CONTEXT}/authenticationMethodConfigurations`,
        rows: (after) => call.store.of("authenticationMethodConfigurations").rows(call.now, after),
      }),
  },
  {
    method: "GET",
    path: `${CONFIGURATIONS}/{id}`,
    permissions: READ,
    bucket: "reports",
    versions: BOTH,
    handle: (call) => {
      const id = call.parameter("id");
      return entity(call, `${CONTEXT}/authenticationMethodConfigurations`, found(call.store.seen("authenticationMethodConfigurations", id), id));
    },
  },
  { method: "PATCH", path: `${CONFIGURATIONS}/{id}`, permissions: WRITE, bucket: "reports", versions: BOTH, handle: changeConfiguration },
];
