/** What What-If is asked (conditionalAccessRoot: evaluate; CSDL: signInIdentity, signInContext, signInConditions). */

import ipaddr from "ipaddr.js";
import type { SignInFacts, Target } from "../evaluate-policy.ts";
import type { GuestType } from "../evaluate-subject.ts";
import type { Json, WireObject } from "../fill.ts";
import { isObject, property } from "../odata.ts";
import { notBuilt, Refusal } from "../refusal.ts";
import { any, conformSent, type Fields, flag, isGuid, Misshapen, record, text, textsIn, word, words } from "./shape.ts";

/** Status and code are those of conditional access; the text is unconfirmed. */
const invalid = (detail: string): Refusal => new Refusal(400, "BadRequest", `The What If request is invalid: ${detail}`);

const risk = word("low", "medium", "high", "hidden", "none");

const CONDITIONS: Fields = {
  authenticationFlow: record({ transferMethod: words("none", "deviceCodeFlow", "authenticationTransfer") }),
  clientAppType: word("all", "browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported", "other"),
  country: text,
  // Properties of a device, as its filters name them.
  deviceInfo: any,
  devicePlatform: word("android", "iOS", "windows", "windowsPhone", "macOS", "all", "linux"),
  insiderRiskLevel: word("none", "minor", "moderate", "elevated"),
  ipAddress: text,
  servicePrincipalRiskLevel: risk,
  signInRiskLevel: risk,
  userRiskLevel: risk,
};

const BODY: Fields = { signInIdentity: any, signInContext: any, signInConditions: any, appliedPoliciesOnly: flag };
const IDENTITY: Fields = {
  userId: text,
  externalTenantId: text,
  externalUserType: words(
    "none",
    "internalGuest",
    "b2bCollaborationGuest",
    "b2bCollaborationMember",
    "b2bDirectConnectUser",
    "otherExternalUser",
    "serviceProvider",
  ),
};
const CONTEXTS: Readonly<Record<string, Fields>> = {
  applicationcontext: { includeApplications: { type: "list", of: text } },
  authcontext: { authenticationContextValue: text },
  useractioncontext: { userAction: word("registerSecurityInformation", "registerOrJoinDevices") },
};

const conformed = (object: WireObject, fields: Fields): WireObject => {
  try {
    return conformSent(object, fields);
  } catch (error) {
    if (error instanceof Misshapen) throw invalid(`'${error.where}' is not known or holds the wrong sort of value.`);
    throw error;
  }
};

const partOf = (body: WireObject, name: string): WireObject => {
  const part = body[name];
  if (!isObject(part)) throw invalid(`'${name}' is required.`);
  return part;
};

const typeOf = (object: WireObject): string =>
  String(property(object, "@odata.type") ?? "")
    .toLowerCase()
    .replace(/^#?microsoft\.graph\./, "");

const GUESTS: readonly GuestType[] = [
  "internalGuest",
  "b2bCollaborationGuest",
  "b2bCollaborationMember",
  "b2bDirectConnectUser",
  "otherExternalUser",
  "serviceProvider",
];

export type Identity = { readonly userId: string; readonly guest: GuestType | undefined; readonly homeTenant: string | undefined };

const identityOf = (sent: WireObject): Identity => {
  const type = typeOf(sent);
  if (type === "serviceprincipalsignin") throw notBuilt("What-If for service principals");
  if (type !== "usersignin") throw invalid("'signInIdentity' needs its @odata.type.");
  const { userId, externalTenantId, externalUserType } = conformed(sent, IDENTITY);
  if (typeof userId !== "string" || !isGuid(userId)) throw invalid("'userId' is the object id of a user.");
  return {
    userId,
    guest: GUESTS.find((guest) => guest === externalUserType),
    homeTenant: typeof externalTenantId === "string" ? externalTenantId.toLowerCase() : undefined,
  };
};

const targetOf = (sent: WireObject): Target => {
  const fields = CONTEXTS[typeOf(sent)];
  if (fields === undefined) throw invalid("'signInContext' needs its @odata.type.");
  const context = conformed(sent, fields);
  const { userAction, authenticationContextValue } = context;
  if (userAction === "registerSecurityInformation" || userAction === "registerOrJoinDevices") return { type: "userAction", action: userAction };
  if (typeof authenticationContextValue === "string") return { type: "authenticationContext", value: authenticationContextValue };
  const [application, ...more] = textsIn(context["includeApplications"]);
  if (application === undefined || more.length > 0) throw invalid("'signInContext' names one application, user action or authentication context.");
  return { type: "application", id: application };
};

/** What is said, by name; a property that is missing or null is not said. */
const said = <Name extends string>(name: Name, value: Json | undefined): { readonly [K in Name]?: string } => {
  const found: { [K in Name]?: string } = {};
  if (typeof value === "string") found[name] = value;
  return found;
};

const conditionsOf = (sent: WireObject): Omit<SignInFacts, "target"> => {
  const conditions = conformed(sent, CONDITIONS);
  const { ipAddress, country, deviceInfo } = conditions;
  if (typeof ipAddress === "string" && !ipaddr.isValid(ipAddress)) throw invalid(`'${ipAddress}' is no address.`);
  if (typeof country === "string" && !/^[A-Za-z]{2}$/.test(country)) throw invalid(`'${country}' is no country.`);
  const flow = conditions["authenticationFlow"];
  return {
    ...said("clientAppType", conditions["clientAppType"]),
    ...said("address", ipAddress),
    ...said("country", country),
    ...said("platform", conditions["devicePlatform"]),
    ...said("signInRisk", conditions["signInRiskLevel"]),
    ...said("userRisk", conditions["userRiskLevel"]),
    ...said("insiderRisk", conditions["insiderRiskLevel"]),
    ...said("transferMethod", isObject(flow) ? flow["transferMethod"] : undefined),
    ...(isObject(deviceInfo) && { device: deviceInfo }),
  };
};

export type WhatIf = { readonly identity: Identity; readonly facts: SignInFacts; readonly appliedOnly: boolean };

/** @throws Refusal 400; 501 for service principals */
export const whatIfOf = (body: WireObject): WhatIf => {
  const sent = conformed(body, BODY);
  return {
    identity: identityOf(partOf(sent, "signInIdentity")),
    facts: { target: targetOf(partOf(sent, "signInContext")), ...conditionsOf(partOf(sent, "signInConditions")) },
    appliedOnly: sent["appliedPoliciesOnly"] === true,
  };
};
