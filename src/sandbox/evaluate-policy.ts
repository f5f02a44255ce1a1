/**
 * Whether one conditional-access policy is about a sign-in, and if not, why (conditionalAccessConditionSet and its parts;
 * concept-conditional-access-conditions, -cloud-apps, -users-groups; concept-assignment-network).
 */

import ipaddr from "ipaddr.js";
import { meansApplication, onTheWayTo } from "./evaluate-applications.ts";
import type { Subject } from "./evaluate-subject.ts";
import type { Json, WireObject } from "./fill.ts";
import { isObject } from "./odata.ts";
import { deviceTest, FilterUnreadable } from "./rules/device-filter.ts";
import { objectIn, textsIn } from "./rules/shape.ts";

export type Target =
  | { readonly type: "application"; readonly id: string }
  | { readonly type: "userAction"; readonly action: "registerSecurityInformation" | "registerOrJoinDevices" }
  | { readonly type: "authenticationContext"; readonly value: string };

/** Undefined: nobody said. Null: said that there is none, or that it cannot be known. */
export type SignInFacts = {
  readonly target: Target;
  readonly clientAppType?: string | null;
  readonly address?: string | null;
  /** ISO 3166, two letters. */
  readonly country?: string | null;
  readonly platform?: string | null;
  /** Properties of the device that device filters speak of; null: not registered. */
  readonly device?: WireObject | null;
  readonly signInRisk?: string | null;
  readonly userRisk?: string | null;
  readonly insiderRisk?: string | null;
  readonly transferMethod?: string | null;
};

/** whatIfAnalysisReasons (CSDL), in its order. */
export const REASONS = [
  "notEnoughInformation",
  "invalidCondition",
  "users",
  "workloadIdentities",
  "application",
  "userActions",
  "authenticationContext",
  "devicePlatform",
  "devices",
  "clientApps",
  "location",
  "signInRisk",
  "emptyPolicy",
  "invalidPolicy",
  "policyNotEnabled",
  "userRisk",
  "time",
  "insiderRisk",
  "authenticationFlow",
] as const;
export type Reason = (typeof REASONS)[number];

type Met = "met" | "unmet" | "unsaid";

const met = (is: boolean): Met => (is ? "met" : "unmet");
const lower = (value: Json | undefined): readonly string[] => textsIn(value).map((text) => text.toLowerCase());

// ---- who

const namesGuest = (value: Json | undefined, subject: Subject): boolean => {
  if (!isObject(value) || subject.guest === undefined) return false;
  const types = String(value["guestOrExternalUserTypes"] ?? "").split(",");
  if (!types.some((type) => type.trim().toLowerCase() === subject.guest?.toLowerCase())) return false;
  const tenants = objectIn(value, "externalTenants");
  // An account does not say where it comes from, so a list of tenants takes in only whom What-If places in one.
  return tenants["membershipKind"] !== "enumerated" || (subject.homeTenant !== undefined && lower(tenants["members"]).includes(subject.homeTenant));
};

const names = (users: WireObject, side: "include" | "exclude", subject: Subject): boolean => {
  const people = lower(users[`${side}Users`]);
  return (
    people.includes(subject.id) ||
    (side === "include" && people.includes("all")) ||
    (subject.guest !== undefined && people.includes("guestsorexternalusers")) ||
    lower(users[`${side}Groups`]).some((group) => subject.groups.has(group)) ||
    lower(users[`${side}Roles`]).some((role) => subject.roles.has(role)) ||
    namesGuest(users[`${side}GuestsOrExternalUsers`], subject)
  );
};

// ---- what

const ACTION_WORDS = { registerSecurityInformation: "urn:user:registersecurityinfo", registerOrJoinDevices: "urn:user:registerdevice" } as const;

/** Which part of a policy for other things is said not to fit is not documented: that which the policy is for. */
const targetReason = (applications: WireObject): Reason => {
  if (textsIn(applications["includeUserActions"]).length > 0) return "userActions";
  return textsIn(applications["includeAuthenticationContextClassReferences"]).length > 0 ? "authenticationContext" : "application";
};

const isForAll = (applications: WireObject): boolean => lower(applications["includeApplications"]).includes("all");

/** Filters go by custom security attributes of the application, which a practice tenant does not have. */
const filterOf = (applications: WireObject): Json | undefined => objectIn(applications, "applicationFilter")["mode"];

const meansTarget = (applications: WireObject, target: Target): Met => {
  const include = textsIn(applications["includeApplications"]);
  switch (target.type) {
    case "userAction":
      // The page's third example shows policies for all resources that apply to a user action.
      return met(isForAll(applications) || lower(applications["includeUserActions"]).includes(ACTION_WORDS[target.action]));
    case "authenticationContext":
      return met(lower(applications["includeAuthenticationContextClassReferences"]).includes(target.value.toLowerCase()));
    case "application": {
      const exclude = textsIn(applications["excludeApplications"]);
      if (exclude.some((entry) => meansApplication(entry, target.id))) return "unmet";
      const isNamed = (id: string): boolean => include.some((entry) => meansApplication(entry, id)) && !exclude.some((entry) => meansApplication(entry, id));
      if (isForAll(applications) || [target.id, ...onTheWayTo(target.id)].some(isNamed)) return filterOf(applications) === "exclude" ? "unsaid" : "met";
      return filterOf(applications) === "include" ? "unsaid" : "unmet";
    }
  }
};

// ---- with what

const meansClient = (types: readonly string[], client: string | null | undefined): Met => {
  if (types.length === 0 || types.includes("all")) return "met";
  if (client === undefined || client === "all") return "unsaid";
  if (client === "exchangeActiveSync") return met(types.includes("exchangeactivesync") || types.includes("eassupported"));
  return met(client !== null && types.includes(client.toLowerCase()));
};

const meansPlatform = (platforms: Json | undefined, platform: string | null | undefined): Met => {
  if (!isObject(platforms)) return "met";
  const [include, exclude] = [lower(platforms["includePlatforms"]), lower(platforms["excludePlatforms"])];
  // The default is all platforms, and "any device" is any, whatever it is (concept-conditional-access-conditions).
  if (exclude.length === 0 && (include.length === 0 || include.includes("all"))) return "met";
  if (platform === undefined) return "unsaid";
  if (platform !== null && (exclude.includes(platform.toLowerCase()) || exclude.includes("all"))) return "unmet";
  return met(include.length === 0 || include.includes("all") || (platform !== null && include.includes(platform.toLowerCase())));
};

const meansDevice = (devices: Json | undefined, device: WireObject | null | undefined): Met => {
  const filter = isObject(devices) ? devices["deviceFilter"] : undefined;
  if (!isObject(filter) || typeof filter["rule"] !== "string") return "met";
  if (device === undefined) return "unsaid";
  try {
    return met(deviceTest(filter["rule"])(device ?? {}) === (filter["mode"] !== "exclude"));
  } catch (error) {
    if (error instanceof FilterUnreadable) return "unsaid";
    throw error;
  }
};

// ---- from where

const isInRange = (address: string, cidr: Json | undefined): boolean => {
  if (typeof cidr !== "string" || !ipaddr.isValid(address) || !ipaddr.isValidCIDR(cidr)) return false;
  const [from, bits] = ipaddr.parseCIDR(cidr);
  // An IPv4 address inside an IPv6 one is the IPv4 address.
  const ip = ipaddr.process(address);
  return ip.kind() === from.kind() && ip.match([from, bits]);
};

const isInside = (location: WireObject, facts: SignInFacts): Met => {
  if (location["@odata.type"] === "#microsoft.graph.countryNamedLocation") {
    const { country } = facts;
    if (country === undefined) return "unsaid";
    if (country === null) return met(location["includeUnknownCountriesAndRegions"] === true);
    return met(lower(location["countriesAndRegions"]).includes(country.toLowerCase()));
  }
  const { address } = facts;
  if (address === undefined) return "unsaid";
  const ranges = location["ipRanges"];
  return met(address !== null && Array.isArray(ranges) && ranges.some((range: Json) => isObject(range) && isInRange(address, range["cidrAddress"])));
};

const someOf = (all: readonly Met[]): Met => (all.includes("met") ? "met" : all.includes("unsaid") ? "unsaid" : "unmet");

/** By lower-case id, as readers see them. */
export type Places = ReadonlyMap<string, WireObject>;

/** An id of a location that is gone, and the MFA service's own trusted addresses, which a practice tenant does not have, mean no place. */
const isAt = (words: readonly string[], facts: SignInFacts, places: Places): Met =>
  someOf(
    words.flatMap((word): readonly Met[] => {
      if (word === "all") return ["met"];
      if (word === "alltrusted") return [...places.values()].filter((place) => place["isTrusted"] === true).map((place) => isInside(place, facts));
      const place = places.get(word);
      return place === undefined ? [] : [isInside(place, facts)];
    }),
  );

const meansPlace = (locations: Json | undefined, facts: SignInFacts, places: Places): Met => {
  if (!isObject(locations)) return "met";
  const [include, exclude] = [lower(locations["includeLocations"]), lower(locations["excludeLocations"])];
  // Policies apply to all locations by default: a condition that names none is none.
  if (include.length === 0 && exclude.length === 0) return "met";
  const outside = isAt(exclude, facts, places);
  if (outside === "met") return "unmet";
  const inside = isAt(include, facts, places);
  return inside === "met" && outside === "unsaid" ? "unsaid" : inside;
};

// ---- how risky

const meansLevel = (levels: readonly string[], level: string | null | undefined): Met => {
  if (levels.length === 0) return "met";
  return level === undefined ? "unsaid" : met(level !== null && levels.includes(level.toLowerCase()));
};

const flags = (value: Json | undefined): readonly string[] =>
  typeof value === "string"
    ? value
        .toLowerCase()
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== "" && part !== "none")
    : [];

/**
 * Why a policy is not about a sign-in, in the order of the service's list; empty when it is. Whether the policy is on is
 * left out of account but for one that is disabled.
 */
export const reasonsAgainst = (policy: WireObject, subject: Subject, facts: SignInFacts, places: Places): readonly Reason[] => {
  if (policy["state"] === "disabled") return ["policyNotEnabled"];
  const conditions = objectIn(policy, "conditions");
  const applications = objectIn(conditions, "applications");
  // Session controls that are all null are none.
  const hasSession = Object.values(objectIn(policy, "sessionControls")).some((control) => control !== null);
  if (!isObject(policy["grantControls"]) && !hasSession) return ["emptyPolicy"];
  const found: readonly (readonly [Reason, Met])[] = [
    ["users", met(takesIn(policy, subject))],
    [targetReason(applications), meansTarget(applications, facts.target)],
    ["devicePlatform", meansPlatform(conditions["platforms"], facts.platform)],
    ["devices", meansDevice(conditions["devices"], facts.device)],
    ["clientApps", meansClient(lower(conditions["clientAppTypes"]), facts.clientAppType)],
    ["location", meansPlace(conditions["locations"], facts, places)],
    ["signInRisk", meansLevel(lower(conditions["signInRiskLevels"]), facts.signInRisk)],
    ["userRisk", meansLevel(lower(conditions["userRiskLevels"]), facts.userRisk)],
    ["insiderRisk", meansLevel(flags(conditions["insiderRiskLevels"]), facts.insiderRisk)],
    ["authenticationFlow", meansLevel(flags(objectIn(conditions, "authenticationFlows")["transferMethods"]), facts.transferMethod)],
  ];
  const reasons = new Set(found.filter(([, how]) => how !== "met").map(([reason, how]): Reason => (how === "unsaid" ? "notEnoughInformation" : reason)));
  return REASONS.filter((reason) => reasons.has(reason));
};

/** Whether a policy is about an account at all, whatever it signs in to and from where. */
export const takesIn = (policy: WireObject, subject: Subject): boolean => {
  const users = objectIn(objectIn(policy, "conditions"), "users");
  return names(users, "include", subject) && !names(users, "exclude", subject);
};

/** Whether a policy names the action of registering itself, and not just all resources. */
export const namesUserAction = (policy: WireObject): boolean =>
  textsIn(objectIn(objectIn(policy, "conditions"), "applications")["includeUserActions"]).length > 0;
