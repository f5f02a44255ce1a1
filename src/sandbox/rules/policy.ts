/** What the service accepts as a conditional-access policy (conditionalAccessRoot: Create, Update; conditionalAccessConditionSet). */

import type { Json, WireObject } from "../fill.ts";
import { isObject } from "../odata.ts";
import { Refusal } from "../refusal.ts";
import { SECURITY_DEFAULTS_ID, type Store } from "../store.ts";
import { hasP1, hasP2, notLicensed } from "./licence.ts";
import { checkControls, completeGrant, completeSession } from "./policy-controls.ts";
import { CONDITION_FIELDS, POLICY_FIELDS } from "./policy-shape.ts";
import { conformSent, isGuid, Misshapen, objectIn, textsIn } from "./shape.ts";

const POLICIES_MOST = 195;

/** Stands in a policy for the trusted addresses of per-user MFA; it is no named location. */
const MFA_TRUSTED_IPS = "00000000-0000-0000-0000-000000000000";
const USER_ACTIONS = new Set(["urn:user:registersecurityinfo", "urn:user:registerdevice"]);

const misshapen = (): Refusal =>
  new Refusal(
    400,
    "BadRequest",
    "1007: Incoming ConditionalAccessPolicy object is null or does not match the schema of ConditionalAccessPolicy type. For examples, please see API documentation at https://docs.microsoft.com/en-us/graph/api/conditionalaccessroot-post-policies.",
  );

/** The number is one that the service uses for invalid policies; its text is unconfirmed. */
const invalid = (detail: string): Refusal => new Refusal(400, "BadRequest", `1011: Policy is invalid: ${detail}`);

const sentOf = (body: WireObject): WireObject => {
  try {
    return conformSent(body, POLICY_FIELDS);
  } catch (error) {
    if (error instanceof Misshapen) throw misshapen();
    throw error;
  }
};

const checkWords = (what: string, values: readonly string[], allowed: readonly string[], alone: readonly string[]): void => {
  for (const value of values) {
    if (isGuid(value)) continue;
    const isAlone = alone.includes(value.toLowerCase());
    if (!isAlone && !allowed.includes(value.toLowerCase())) throw invalid(`'${value}' cannot stand in ${what}.`);
    // That it must stand alone is documented; the number of the error is unconfirmed.
    if (isAlone && values.length > 1) throw invalid(`'${value}' must stand alone in ${what}.`);
  }
};

const checkUsers = (users: WireObject, conditions: WireObject): void => {
  const include = textsIn(users["includeUsers"]);
  checkWords("includeUsers", include, ["guestsorexternalusers"], ["all", "none"]);
  checkWords("excludeUsers", textsIn(users["excludeUsers"]), ["guestsorexternalusers"], []);
  for (const list of ["includeGroups", "excludeGroups", "includeRoles", "excludeRoles"]) checkWords(list, textsIn(users[list]), [], []);
  const rules = include.length + textsIn(users["includeGroups"]).length + textsIn(users["includeRoles"]).length;
  const isAboutServices = textsIn(objectIn(conditions, "clientApplications")["includeServicePrincipals"]).length > 0;
  if (rules === 0 && !isObject(users["includeGuestsOrExternalUsers"]) && !isAboutServices) throw invalid("no user is included.");
};

const checkApplications = (applications: WireObject): void => {
  const include = textsIn(applications["includeApplications"]);
  const actions = textsIn(applications["includeUserActions"]);
  const contexts = textsIn(applications["includeAuthenticationContextClassReferences"]);
  const words = ["office365", "microsoftadminportals"];
  checkWords("includeApplications", include, words, ["all", "none"]);
  checkWords("excludeApplications", textsIn(applications["excludeApplications"]), words, []);
  for (const action of actions) if (!USER_ACTIONS.has(action.toLowerCase())) throw invalid(`'${action}' is no user action.`);
  if (include.length + actions.length + contexts.length === 0 && !isObject(applications["applicationFilter"])) throw invalid("no application is included.");
  if (actions.length > 0 && include.length > 0) throw invalid("user actions and applications exclude each other.");
};

const checkLocations = (locations: WireObject, store: Store): void => {
  const include = textsIn(locations["includeLocations"]);
  const exclude = textsIn(locations["excludeLocations"]);
  if (include.length === 0) throw invalid("excludeLocations needs includeLocations.");
  for (const location of [...include, ...exclude]) {
    if (["all", "alltrusted"].includes(location.toLowerCase()) || location === MFA_TRUSTED_IPS) continue;
    if (!isGuid(location)) throw invalid(`'${location}' cannot stand in locations.`);
    // A new one is not seen until it has replicated; then the same policy is accepted.
    if (store.writable("namedLocations", location) === undefined) {
      throw new Refusal(400, "BadRequest", `1040: Policy contains invalid named location: NamedLocation with id ${location} does not exist in the directory.`);
    }
  }
};

const hasRisk = (conditions: WireObject): boolean =>
  ["userRiskLevels", "signInRiskLevels", "servicePrincipalRiskLevels"].some((name) => textsIn(conditions[name]).length > 0);

const checkConditions = (conditions: WireObject, store: Store): void => {
  const { applications, users, clientApplications, locations } = conditions;
  if (!isObject(applications) || textsIn(conditions["clientAppTypes"]).length === 0) throw misshapen();
  if (!isObject(users) && !isObject(clientApplications)) throw misshapen();
  checkApplications(applications);
  if (isObject(users)) checkUsers(users, conditions);
  if (isObject(locations)) checkLocations(locations, store);
  if (hasRisk(conditions) && !hasP2(store)) throw notLicensed();
};

/** Security defaults and policies that are on exclude each other; for a moment after they went off the service has not noticed. */
export const checkState = (state: Json | undefined, store: Store): void => {
  const settings = [store.of("securityDefaults").current(SECURITY_DEFAULTS_ID), store.seen("securityDefaults", SECURITY_DEFAULTS_ID)];
  if (state === "enabled" && settings.some((setting) => setting?.["isEnabled"] === true)) {
    throw new Refusal(
      400,
      "BadRequest",
      "Security Defaults is enabled in the tenant. You must disable Security defaults before enabling a Conditional Access policy.",
    );
  }
};

export const checkRoom = (store: Store): void => {
  let count = 0;
  for (const _ of store.of("policies").currentRows()) count += 1;
  // The limit is documented, the error is not.
  if (count >= POLICIES_MOST) throw new Refusal(400, "BadRequest", `The tenant has ${POLICIES_MOST} conditional access policies, which is the limit.`);
};

export const checkLicence = (store: Store): void => {
  if (!hasP1(store)) throw notLicensed();
};

const complete = (sent: WireObject): WireObject => ({
  ...sent,
  ...(sent["grantControls"] === undefined ? {} : { grantControls: completeGrant(sent["grantControls"]) }),
  ...(sent["sessionControls"] === undefined ? {} : { sessionControls: completeSession(sent["sessionControls"]) }),
});

/**
 * A new policy in full.
 * @throws Refusal 400, 403
 */
export const newPolicy = (body: WireObject, store: Store, id: string, createdDateTime: string): WireObject => {
  checkLicence(store);
  const sent = complete(sentOf(body));
  const { displayName, state, conditions } = sent;
  if (typeof displayName !== "string" || displayName.trim() === "" || typeof state !== "string" || !isObject(conditions)) throw misshapen();
  const policy: WireObject = {
    id,
    templateId: null,
    displayName,
    description: sent["description"] ?? null,
    createdDateTime,
    modifiedDateTime: null,
    deletedDateTime: null,
    state,
    conditions,
    grantControls: sent["grantControls"] ?? null,
    sessionControls: sent["sessionControls"] ?? null,
  };
  checkConditions(conditions, store);
  checkControls(policy);
  checkState(state, store);
  checkRoom(store);
  return policy;
};

const EXCLUSIONS = ["excludeUsers", "excludeGroups", "excludeRoles", "excludeGuestsOrExternalUsers"];

/** Conditions without whom they leave out, in full, as text. */
const withoutExclusions = (conditions: Json | undefined): string => {
  const whole = isObject(conditions) ? conformSent(conditions, CONDITION_FIELDS) : {};
  const full = Object.fromEntries(Object.keys(CONDITION_FIELDS).map((name) => [name, whole[name] ?? null]));
  const users = objectIn(full, "users");
  const kept = Object.fromEntries(Object.entries(users).filter(([name]) => !EXCLUSIONS.includes(name)));
  return JSON.stringify({ ...full, users: kept }, (_, value: Json) => (Array.isArray(value) && value.length === 0 ? null : value));
};

/** Microsoft's own policies: only the state and whom they leave out can be changed. The error is unconfirmed. */
const checkManaged = (current: WireObject, sent: WireObject): void => {
  if (!isManaged(current)) return;
  for (const name of Object.keys(sent)) {
    const isAllowed = name === "state" || (name === "conditions" && withoutExclusions(sent[name]) === withoutExclusions(current[name]));
    if (!isAllowed) throw new Refusal(400, "BadRequest", "A Microsoft-managed policy cannot be changed but for its state and its excluded identities.");
  }
};

export const isManaged = (policy: WireObject): boolean => typeof policy["templateId"] === "string";

/**
 * A policy after a change: what was sent replaces what was there, whole objects at a time; the rest stays as it was, byte for byte.
 * @throws Refusal 400, 403
 */
export const changedPolicy = (current: WireObject, body: WireObject, store: Store, modifiedDateTime: string): WireObject => {
  checkLicence(store);
  const sent = complete(sentOf(body));
  if (Object.keys(sent).length === 0) throw misshapen();
  checkManaged(current, sent);
  const { displayName, state, conditions } = sent;
  if (displayName !== undefined && (typeof displayName !== "string" || displayName.trim() === "")) throw misshapen();
  if (state === null || conditions === null) throw misshapen();
  const policy: WireObject = { ...current, ...sent, modifiedDateTime };
  if (isObject(conditions)) checkConditions(conditions, store);
  if (["conditions", "grantControls", "sessionControls"].some((name) => sent[name] !== undefined)) checkControls(policy);
  checkState(state, store);
  return policy;
};

const SENTINEL = "unknownFutureValue";
const afterSentinel = (value: Json | undefined, late: string): Json => textsIn(value).map((element) => (element === late ? SENTINEL : element));

/** Values that came after `unknownFutureValue` are hidden from clients that did not say they know how to deal with them. */
export const asShown = (policy: WireObject, knowsNewValues: boolean): WireObject => {
  if (knowsNewValues) return policy;
  const grant = objectIn(policy, "grantControls");
  const conditions = objectIn(policy, "conditions");
  const platforms = objectIn(conditions, "platforms");
  const hidesControl = textsIn(grant["builtInControls"]).includes("riskRemediation");
  const hidesPlatform = [...textsIn(platforms["includePlatforms"]), ...textsIn(platforms["excludePlatforms"])].includes("linux");
  return {
    ...policy,
    ...(hidesControl ? { grantControls: { ...grant, builtInControls: afterSentinel(grant["builtInControls"], "riskRemediation") } } : {}),
    ...(hidesPlatform
      ? {
          conditions: {
            ...conditions,
            platforms: {
              includePlatforms: afterSentinel(platforms["includePlatforms"], "linux"),
              excludePlatforms: afterSentinel(platforms["excludePlatforms"], "linux"),
            },
          },
        }
      : {}),
  };
};
