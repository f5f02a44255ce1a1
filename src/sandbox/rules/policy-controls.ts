/** Which controls a conditional-access policy may carry, and with what. */

import type { Json, WireObject } from "../fill.ts";
import { isObject } from "../odata.ts";
import { notBuilt, Refusal } from "../refusal.ts";
import { objectIn, textsIn } from "./shape.ts";
import { strengthWithId } from "./strengths.ts";

/** Number 1032 is the one seen in the wild for combinations of controls; which reason goes with which is partly unconfirmed. */
const invalidControls = (reason: "InvalidControls" | "InvalidPasswordResetControl"): Refusal =>
  new Refusal(400, "BadRequest", `1032: ConditionalActionPolicy validation failed due to ${reason}.`);

/** Exchange Online, SharePoint Online. */
const ENFORCES_RESTRICTIONS = new Set(["office365", "00000002-0000-0ff1-ce00-000000000000", "00000003-0000-0ff1-ce00-000000000000"]);

const isOn = (control: Json | undefined): boolean => isObject(control) && control["isEnabled"] === true;

const forAllApps = (conditions: WireObject): boolean =>
  textsIn(objectIn(conditions, "applications")["includeApplications"]).some((app) => app.toLowerCase() === "all");

const checkGrant = (grant: WireObject, conditions: WireObject): void => {
  const controls = textsIn(grant["builtInControls"]);
  const others = textsIn(grant["customAuthenticationFactors"]).length + textsIn(grant["termsOfUse"]).length;
  const strength = grant["authenticationStrength"];
  if (controls.length + others === 0 && !isObject(strength)) throw invalidControls("InvalidControls");
  if (typeof grant["operator"] !== "string") throw invalidControls("InvalidControls");
  if (controls.includes("block") && (controls.length + others > 1 || isObject(strength))) throw invalidControls("InvalidControls");
  if (controls.includes("mfa") && isObject(strength)) throw invalidControls("InvalidControls");
  if (!controls.includes("passwordChange")) return;
  const clients = textsIn(conditions["clientAppTypes"]);
  const fits =
    grant["operator"] === "AND" &&
    (controls.includes("mfa") || isObject(strength)) &&
    forAllApps(conditions) &&
    textsIn(conditions["userRiskLevels"]).length > 0 &&
    clients.length === 1 &&
    clients[0] === "all";
  if (!fits) throw invalidControls("InvalidPasswordResetControl");
};

// hours 1-23 and days 1-365: the bounds are unconfirmed.
const MOST: Readonly<Record<string, number>> = { hours: 23, days: 365 };

const checkFrequency = (frequency: WireObject): void => {
  const { type, value } = frequency;
  if (frequency["frequencyInterval"] === "everyTime") {
    if (type !== null || value !== null) throw invalidControls("InvalidControls");
    return;
  }
  if (typeof type !== "string" || typeof value !== "number" || value < 1 || value > (MOST[type] ?? 0)) throw invalidControls("InvalidControls");
};

const checkSession = (session: WireObject, conditions: WireObject): void => {
  const controls = Object.entries(session).filter(([name, value]) => (name === "disableResilienceDefaults" ? value === true : isOn(value)));
  // Seen with `isEnabled: false` and nothing else: refused (msgraph-metadata#93).
  if (controls.length === 0) throw invalidControls("InvalidControls");
  if (isOn(session["signInFrequency"])) checkFrequency(objectIn(session, "signInFrequency"));
  if (isOn(session["persistentBrowser"]) && (!forAllApps(conditions) || objectIn(session, "persistentBrowser")["mode"] === null))
    throw invalidControls("InvalidControls");
  if (isOn(session["applicationEnforcedRestrictions"])) {
    const apps = textsIn(objectIn(conditions, "applications")["includeApplications"]);
    if (apps.length === 0 || !apps.every((app) => ENFORCES_RESTRICTIONS.has(app.toLowerCase()))) throw invalidControls("InvalidControls");
  }
};

/** @param policy whole; @throws Refusal 400 */
export const checkControls = (policy: WireObject): void => {
  const conditions = objectIn(policy, "conditions");
  const grant = policy["grantControls"];
  const session = policy["sessionControls"];
  if (!isObject(grant) && !isObject(session)) throw invalidControls("InvalidControls");
  if (isObject(grant)) checkGrant(grant, conditions);
  if (isObject(session)) checkSession(session, conditions);
};

/** Grant controls as they are kept: the strength in full. @throws Refusal 400, 501 */
export const completeGrant = (grant: Json): Json => {
  if (!isObject(grant) || !isObject(grant["authenticationStrength"])) return grant;
  const { id } = grant["authenticationStrength"];
  if (typeof id !== "string") throw invalidControls("InvalidControls");
  const strength = strengthWithId(id);
  if (strength === undefined) throw notBuilt("authentication strengths but the three built-in ones");
  return { ...grant, authenticationStrength: strength };
};

/** Session controls as they are kept: a frequency says what it counts. */
export const completeSession = (session: Json): Json => {
  if (!isObject(session) || !isObject(session["signInFrequency"])) return session;
  const frequency = session["signInFrequency"];
  return {
    ...session,
    signInFrequency: {
      ...frequency,
      authenticationType: frequency["authenticationType"] ?? "primaryAndSecondaryAuthentication",
      frequencyInterval: frequency["frequencyInterval"] ?? "timeBased",
    },
  };
};
