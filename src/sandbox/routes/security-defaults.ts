/** Security defaults (identitysecuritydefaultsenforcementpolicy-get and -update), in v1.0 and beta. */

import { type Answer, badRequest, bodyOf, type Call, entity, noContent, noSuchResource, Refusal, type Route } from "../context.ts";
import type { WireObject } from "../fill.ts";
import { property } from "../odata.ts";
import { managedPoliciesOf } from "../rules/managed-policies.ts";
import { SECURITY_DEFAULTS_ID } from "../store.ts";

const PATH = "/policies/identitySecurityDefaultsEnforcementPolicy";

/** What beta tells besides: nothing that Microsoft would switch on by itself. */
const BETA: WireObject = { controlTypes: [], securityDefaultsUpsell: { action: "none", dueDateTime: null } };

const found = (object: WireObject | undefined): WireObject => {
  if (object === undefined) throw noSuchResource(SECURITY_DEFAULTS_ID);
  return object;
};

const get = (call: Call): Answer => {
  const settings = found(call.store.seen("securityDefaults", SECURITY_DEFAULTS_ID));
  return entity(call, PATH.slice(1), call.version === "beta" ? { ...BETA, ...settings } : settings);
};

/**
 * Turning them on beside enabled policies: the portal refuses; what the API does is unconfirmed, and a dial says it.
 * Turning them off may bring policies of Microsoft's own.
 */
const change = (call: Call): Answer => {
  const { store } = call;
  const body = bodyOf(call);
  const isEnabled = property(body, "isEnabled");
  const foreign = Object.keys(body).find((key) => !["isenabled", "@odata.type", "@odata.context"].includes(key.toLowerCase()));
  if (typeof isEnabled !== "boolean" || foreign !== undefined)
    throw badRequest(`Invalid value specified for property '${foreign ?? "isEnabled"}' of resource 'identitySecurityDefaultsEnforcementPolicy'.`);
  const enabled = [...store.of("policies").currentRows()].some((row) => row.object["state"] === "enabled");
  if (isEnabled && enabled && store.dials.securityDefaultsBesidePolicies === "refused")
    throw new Refusal(400, "BadRequest", "Conditional Access policies are enabled in the tenant. You must disable them before enabling Security defaults.");
  const current = found(store.of("securityDefaults").current(SECURITY_DEFAULTS_ID));
  const goesOff = current["isEnabled"] === true && !isEnabled;
  store.write([
    { type: "put", collection: "securityDefaults", object: { ...current, isEnabled }, seenFrom: store.seenFrom("directory") },
    ...(goesOff ? managedPoliciesOf(store) : []),
  ]);
  return noContent;
};

export const securityDefaultsRoutes: readonly Route[] = [
  {
    method: "GET",
    path: PATH,
    permissions: ["Policy.Read.All", "Policy.ReadWrite.SecurityDefaults+Policy.Read.All"],
    bucket: "directory",
    options: ["select"],
    versions: ["v1.0", "beta"],
    handle: get,
  },
  {
    method: "PATCH",
    path: PATH,
    permissions: ["Policy.ReadWrite.SecurityDefaults+Policy.Read.All", "Policy.ReadWrite.ConditionalAccess+Policy.Read.All"],
    bucket: "directory",
    versions: ["v1.0", "beta"],
    handle: change,
  },
];
