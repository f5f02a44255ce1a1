/**
 * What conditional access made of sign-ins that the fill computed (appliedConditionalAccessPolicy; concept-conditional-access-report-only).
 * A policy is taken to have been as it is since it was last changed, and not to have been there before: nobody keeps what it was.
 */

import { idOf } from "../collection.ts";
import { placesOf } from "../evaluate.ts";
import { type Ask, type Demand, demandOf, grantControlsShown, isLegacy, resultOf, sessionControlsShown } from "../evaluate-controls.ts";
import { meansOf } from "../evaluate-methods.ts";
import { namesUserAction, type Places, reasonsAgainst, type SignInFacts, takesIn } from "../evaluate-policy.ts";
import { type Subject, subjectOf } from "../evaluate-subject.ts";
import type { Json, WireObject } from "../fill.ts";
import { isObject } from "../odata.ts";
import type { Store } from "../store.ts";

type InForce = { readonly policy: WireObject; readonly sinceMs: number };

type Person = {
  readonly subject: Subject;
  readonly isMet: (ask: Ask) => boolean;
  /** Those that are about this account, in one place and program or another. */
  readonly concerned: ReadonlySet<WireObject>;
};

type Ground = {
  readonly revision: number;
  readonly now: number;
  readonly policies: readonly InForce[];
  readonly places: Places;
  readonly people: Map<string, Person>;
};

/** A list asks page by page for the same people and policies. */
const grounds = new WeakMap<Store, Ground>();

const sinceOf = (policy: WireObject): number => Date.parse(String(policy["modifiedDateTime"] ?? policy["createdDateTime"] ?? ""));

const groundOf = (store: Store): Ground => {
  const found = grounds.get(store);
  if (found !== undefined && found.revision === store.revision && found.now === store.now) return found;
  const ground: Ground = {
    revision: store.revision,
    now: store.now,
    policies: [...store.of("policies").rows(store.now)].map(({ object }) => ({ policy: object, sinceMs: sinceOf(object) })),
    places: placesOf(store),
    people: new Map(),
  };
  grounds.set(store, ground);
  return ground;
};

const MOST_PEOPLE = 4_096;

const personOf = (store: Store, ground: Ground, userId: string): Person | undefined => {
  const known = ground.people.get(userId);
  if (known !== undefined) return known;
  const user = store.seen("users", userId);
  if (user === undefined) return undefined;
  const subject = subjectOf(store, user);
  let registered: ReadonlySet<string> | undefined;
  const isMet = ({ allowed }: Ask): boolean => {
    registered ??= meansOf(store, subject).registered;
    return allowed === undefined || [...registered].some((each) => allowed.has(each));
  };
  const concerned = new Set(ground.policies.map(({ policy }) => policy).filter((policy) => policy["state"] !== "disabled" && takesIn(policy, subject)));
  const person: Person = { subject, isMet, concerned };
  if (ground.people.size >= MOST_PEOPLE) ground.people.clear();
  ground.people.set(userId, person);
  return person;
};

const CLIENTS: Readonly<Record<string, string>> = {
  Browser: "browser",
  "Mobile Apps and Desktop clients": "mobileAppsAndDesktopClients",
  "Exchange ActiveSync": "exchangeActiveSync",
};

const textIn = (value: Json | undefined, name: string): string => {
  const text = isObject(value) ? value[name] : undefined;
  return typeof text === "string" ? text : "";
};

const platformOf = (system: string): string | null => {
  if (/^windows/i.test(system)) return "windows";
  return /^ios/i.test(system) ? "iOS" : null;
};

const factsOf = (row: WireObject): SignInFacts => ({
  target: { type: "application", id: textIn(row, "resourceId") },
  clientAppType: CLIENTS[textIn(row, "clientAppUsed")] ?? "other",
  address: textIn(row, "ipAddress"),
  country: textIn(row["location"], "countryOrRegion") || null,
  platform: platformOf(textIn(row["deviceDetail"], "operatingSystem")),
  device: null,
  signInRisk: "none",
  userRisk: "none",
  insiderRisk: "none",
  transferMethod: "none",
});

const isTried = (policy: WireObject): boolean => policy["state"] !== "enabledForReportingButNotEnforced" || !namesUserAction(policy);

const demandOn = ({ subject, concerned }: Person, policy: WireObject, facts: SignInFacts, places: Places): Demand | undefined => {
  if (!concerned.has(policy) || !isTried(policy) || reasonsAgainst(policy, subject, facts, places).length > 0) return undefined;
  return demandOf(policy, facts.clientAppType, undefined);
};

type Refused = { readonly errorCode: number; readonly failureReason: string };

const BLOCKED: Refused = {
  errorCode: 53003,
  failureReason: "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
};
const DEVICE: Refused = { errorCode: 53000, failureReason: "Device is not in required device state: {state}." };
const STRONG: Refused = { errorCode: 50074, failureReason: "Strong Authentication is required." };
const NO_PROMPT: Refused = {
  errorCode: 50076,
  failureReason: "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication.",
};

/** Nobody is there to answer a program's prompt, and a stranger has no second factor. Whoever has none registers one on the way. */
const refusalOf = (demands: readonly Demand[], client: string | null | undefined, row: WireObject, isStranger: boolean): Refused | undefined => {
  if (demands.some(({ type }) => type === "block")) return BLOCKED;
  if (demands.some(({ type }) => type === "impossible")) return isLegacy(client) ? BLOCKED : DEVICE;
  if (!demands.some(({ type }) => type === "ask")) return undefined;
  if (isStranger) return STRONG;
  return row["authenticationProtocol"] === "ropc" ? NO_PROMPT : undefined;
};

/** A sign-in whose password was right, as it came out under the policies that were there then. @param isStranger somebody else has the password */
export const withPolicies = (store: Store): ((row: WireObject, isStranger: boolean) => WireObject) => {
  const ground = groundOf(store);
  return (row, isStranger) => {
    const at = Date.parse(textIn(row, "createdDateTime"));
    const inForce = ground.policies.filter(({ sinceMs }) => sinceMs <= at);
    const person = inForce.length === 0 ? undefined : personOf(store, ground, textIn(row, "userId"));
    if (person === undefined) return row;
    const facts = factsOf(row);
    const judged = inForce.map(({ policy }) => ({ policy, demand: demandOn(person, policy, facts, ground.places) }));
    const enforced = judged.flatMap(({ policy, demand }) => (policy["state"] === "enabled" && demand !== undefined ? [demand] : []));
    const refused = refusalOf(enforced, facts.clientAppType, row, isStranger);
    const isAsked = enforced.some(({ type }) => type === "ask");
    return {
      ...row,
      conditionalAccessStatus: enforced.length === 0 ? "notApplied" : refused === undefined ? "success" : "failure",
      ...(refused === undefined ? {} : { status: { ...refused, additionalDetails: null } }),
      ...(isAsked ? { authenticationRequirement: "multiFactorAuthentication" } : {}),
      appliedConditionalAccessPolicies: judged.map(({ policy, demand }) => ({
        id: idOf(policy),
        displayName: textIn(policy, "displayName"),
        enforcedGrantControls: demand === undefined ? [] : grantControlsShown(policy),
        enforcedSessionControls: demand === undefined ? [] : sessionControlsShown(policy),
        // Whoever got past a demand has met it, on the way if need be.
        result: resultOf(textIn(policy, "state"), demand, (ask) => (refused === undefined ? true : person.isMet(ask))),
      })),
    };
  };
};

const NEW_RESULTS = /^reportOnly/;

/** Results that came after `unknownFutureValue` are hidden from clients that did not say that they know how to deal with them. */
export const withKnownResults = (row: WireObject): WireObject => {
  const applied = row["appliedConditionalAccessPolicies"];
  if (!Array.isArray(applied) || !applied.some((each: Json) => NEW_RESULTS.test(textIn(each, "result")))) return row;
  return {
    ...row,
    appliedConditionalAccessPolicies: applied.map((each: Json) =>
      isObject(each) && NEW_RESULTS.test(textIn(each, "result")) ? { ...each, result: "unknownFutureValue" } : each,
    ),
  };
};
