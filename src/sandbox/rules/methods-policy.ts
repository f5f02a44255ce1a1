/** What the service accepts as a change of the authentication methods policy (authenticationmethodspolicy-update, ...configuration-update). */

import type { Json, WireObject } from "../fill.ts";
import { isObject, property } from "../odata.ts";
import { notBuilt, Refusal } from "../refusal.ts";
import { METHODS_POLICY_ID, moment, type Store } from "../store.ts";
import { METHOD_FIELDS, POLICY_BETA, POLICY_V1 } from "./methods-shape.ts";
import { conformSent, type Fields, isGuid, Misshapen, objectIn } from "./shape.ts";

type Version = "v1.0" | "beta";

const ALL_USERS = "all_users";
const SNOOZE_MOST = 14;
/** The policy with its configurations; beyond it cannot be saved. */
const BYTES_MOST = 20 * 1024;

/** Status and code are those of Graph for a bad body; the texts of this service are unconfirmed. */
const invalid = (detail: string): Refusal => new Refusal(400, "BadRequest", `The authentication methods policy is invalid: ${detail}`);

const KNOWN_BESIDES = new Set(["@odata.type", "@odata.context", "id"]);

/** @throws Refusal 400 for what v1.0 does not have, 501 for what beta may have and this practice tenant has not */
const sentOf = (body: WireObject, fields: Fields, version: Version): WireObject => {
  const sent = Object.fromEntries(Object.entries(body).filter(([name]) => !KNOWN_BESIDES.has(name.toLowerCase())));
  try {
    return conformSent(sent, fields);
  } catch (error) {
    if (!(error instanceof Misshapen)) throw error;
    const isKnown = Object.keys(fields).some((name) => name.toLowerCase() === error.where.toLowerCase().split(/[.[]/)[0]);
    if (version === "beta" && !isKnown) throw notBuilt(`'${error.where}' of the authentication methods policy in beta`);
    throw invalid(`'${error.where}' is not known, cannot be changed or holds the wrong sort of value.`);
  }
};

/** Groups and users that targets name must be there; what the service says of one that is not is unconfirmed. */
const checkTargets = (value: Json | undefined, store: Store): void => {
  if (!Array.isArray(value)) return;
  for (const target of value) {
    const { id, targetType } = isObject(target) ? target : {};
    if (typeof id !== "string" || typeof targetType !== "string") throw invalid("a target needs its id and its targetType.");
    const isUser = targetType.toLowerCase() === "user";
    if (!isUser && id.toLowerCase() === ALL_USERS) continue;
    if (!isGuid(id) || store.seen(isUser ? "users" : "groups", id) === undefined) throw invalid(`no ${isUser ? "user" : "group"} has the id '${id}'.`);
  }
};

const checkNoNull = (object: WireObject, names: readonly string[], what: string): void => {
  for (const name of names) if (object[name] === null || object[name] === undefined) throw invalid(`'${name}' of ${what} is needed.`);
};

const checkCampaign = (campaign: WireObject, store: Store): void => {
  const snooze = campaign["snoozeDurationInDays"];
  if (typeof snooze === "number" && (snooze < 0 || snooze > SNOOZE_MOST)) throw invalid(`snoozeDurationInDays must be between 0 and ${SNOOZE_MOST}.`);
  const includes = campaign["includeTargets"];
  for (const target of Array.isArray(includes) ? includes : []) {
    checkNoNull(isObject(target) ? target : {}, ["targetedAuthenticationMethod"], "an included target");
  }
  checkTargets(includes, store);
  checkTargets(campaign["excludeTargets"], store);
};

/** Whether a part that is sent in part keeps the rest is unconfirmed, and refused. */
const checkWhole = (part: WireObject, names: readonly string[], what: string): void => {
  const missing = names.find((name) => property(part, name) === undefined);
  if (missing !== undefined) throw notBuilt(`way to change ${what} in part: '${missing}' is missing`);
};

const campaignOf = (body: WireObject, sent: WireObject, current: WireObject): WireObject => {
  const given = property(body, "registrationEnforcement");
  const campaign = isObject(given) ? property(given, "authenticationMethodsRegistrationCampaign") : undefined;
  if (!isObject(campaign)) throw invalid("authenticationMethodsRegistrationCampaign is needed.");
  checkWhole(campaign, ["snoozeDurationInDays", "state", "includeTargets", "excludeTargets"], "a registration campaign");
  const whole = objectIn(objectIn(sent, "registrationEnforcement"), "authenticationMethodsRegistrationCampaign");
  checkNoNull(whole, ["snoozeDurationInDays", "state"], "the registration campaign");
  // Members that a version does not know, or that were not sent, stay.
  const before = objectIn(objectIn(current, "registrationEnforcement"), "authenticationMethodsRegistrationCampaign");
  return { ...before, ...Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== null)) };
};

const checkSize = (policy: WireObject, configurations: readonly WireObject[]): void => {
  if (Buffer.byteLength(JSON.stringify({ policy, configurations })) > BYTES_MOST) throw invalid("it is larger than 20 KB; use fewer groups.");
};

const configurationsOf = (store: Store): readonly WireObject[] => [...store.of("authenticationMethodConfigurations").currentRows()].map((row) => row.object);

const WHOLE: Readonly<Record<string, readonly string[]>> = {
  reportSuspiciousActivitySettings: ["state", "includeTarget", "voiceReportingCode"],
  systemCredentialPreferences: ["state", "includeTargets", "excludeTargets"],
};

/** @throws Refusal 400, 501 */
export const changedMethodsPolicy = (current: WireObject, body: WireObject, version: Version, store: Store): WireObject => {
  const sent = sentOf(body, version === "beta" ? POLICY_BETA : POLICY_V1, version);
  if (Object.keys(sent).length === 0) throw invalid("nothing in the body can be changed.");
  for (const [name, value] of Object.entries(sent)) {
    if (value === null) throw invalid(`'${name}' cannot be null.`);
    const given = property(body, name);
    if (isObject(given)) checkWhole(given, WHOLE[name] ?? [], `'${name}'`);
  }
  const changed: Record<string, Json> = { ...current, ...sent, lastModifiedDateTime: moment(store.now) };
  if (sent["registrationEnforcement"] !== undefined) {
    const campaign = campaignOf(body, sent, current);
    checkCampaign(campaign, store);
    changed["registrationEnforcement"] = { authenticationMethodsRegistrationCampaign: campaign };
  }
  if (sent["policyMigrationState"] === "preMigration" && current["policyMigrationState"] !== "preMigration") {
    throw invalid("a migration that has begun cannot go back to preMigration.");
  }
  checkTargets(objectIn(changed, "systemCredentialPreferences")["includeTargets"], store);
  checkTargets(objectIn(changed, "systemCredentialPreferences")["excludeTargets"], store);
  if (sent["reportSuspiciousActivitySettings"] !== undefined) {
    checkTargets([objectIn(changed, "reportSuspiciousActivitySettings")["includeTarget"] ?? null], store);
  }
  checkSize(changed, configurationsOf(store));
  return changed;
};

/** @throws Refusal 400, 501 */
export const changedConfiguration = (current: WireObject, body: WireObject, version: Version, store: Store): WireObject => {
  const type = property(body, "@odata.type");
  const wanted = String(current["@odata.type"]);
  if (typeof type !== "string" || type.toLowerCase().replace(/^#?/, "#") !== wanted.toLowerCase()) throw invalid(`@odata.type must be ${wanted}.`);
  const sent = sentOf(body, METHOD_FIELDS[String(current["id"]).toLowerCase()] ?? {}, version);
  if (sent["state"] === null) throw invalid("'state' cannot be null.");
  checkTargets(sent["includeTargets"], store);
  checkTargets(sent["excludeTargets"], store);
  const changed = { ...current, ...sent };
  const policy = store.of("authenticationMethodsPolicy").current(METHODS_POLICY_ID) ?? {};
  checkSize(
    policy,
    configurationsOf(store).map((other) => (other["id"] === changed["id"] ? changed : other)),
  );
  return changed;
};

const BETA_ONLY = ["reportSuspiciousActivitySettings", "systemCredentialPreferences"];

/** The policy with its configurations as a version shows it: some members are in beta alone. */
export const shownMethodsPolicy = (policy: WireObject, configurations: readonly WireObject[], version: Version): WireObject => {
  if (version === "beta") return { ...policy, authenticationMethodConfigurations: configurations };
  const kept = Object.fromEntries(Object.entries(policy).filter(([name]) => !BETA_ONLY.includes(name)));
  const enforcement = objectIn(policy, "registrationEnforcement");
  const { enforceRegistrationAfterAllowedSnoozes: _, ...campaign } = objectIn(enforcement, "authenticationMethodsRegistrationCampaign");
  return {
    ...kept,
    registrationEnforcement: { authenticationMethodsRegistrationCampaign: campaign },
    authenticationMethodConfigurations: configurations,
  };
};
