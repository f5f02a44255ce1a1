/** Licences of accounts: who holds which, from where, and what is left of a subscription (assignedLicense, licenseAssignmentState, subscribedSku). */

import { idOf } from "../collection.ts";
import type { Json, WireObject } from "../fill.ts";
import { isObject, property } from "../odata.ts";
import { badRequest } from "../refusal.ts";
import { type Change, moment, plainAddress, type Store } from "../store.ts";
import { plansOf, subscriptionsOf } from "./licence.ts";
import { isGuid, objectIn, textsIn } from "./shape.ts";

type Licence = { readonly skuId: string; readonly disabledPlans: readonly string[] };

const objectsIn = (value: Json | undefined): readonly WireObject[] =>
  Array.isArray(value) ? value.filter((each: Json): each is WireObject => isObject(each)) : [];

const skuOf = (object: WireObject): string => String(object["skuId"]).toLowerCase();

const licencesOf = (user: WireObject): readonly WireObject[] => objectsIn(user["assignedLicenses"]);

const isFromGroup = (state: WireObject): boolean => typeof state["assignedByGroup"] === "string";

const directState = ({ skuId, disabledPlans }: Licence, lastUpdatedDateTime: Json): WireObject => ({
  assignedByGroup: null,
  disabledPlans,
  error: null,
  lastUpdatedDateTime,
  skuId,
  state: "Active",
});

/** From where each licence comes. What nobody wrote down was assigned to the account itself, when it was made. */
export const assignmentStatesOf = (user: WireObject): readonly WireObject[] => {
  const written = objectsIn(user["licenseAssignmentStates"]);
  const known = new Set(written.map(skuOf));
  const others = licencesOf(user).filter((licence) => !known.has(skuOf(licence)));
  return [
    ...written,
    ...others.map((licence) => directState({ skuId: skuOf(licence), disabledPlans: textsIn(licence["disabledPlans"]) }, user["createdDateTime"] ?? null)),
  ];
};

/** What writing down that so many more, or fewer, units of each subscription are in use takes. */
const useChanges = (store: Store, more: ReadonlyMap<string, number>): readonly Change[] =>
  [...more]
    .filter(([, by]) => by !== 0)
    .map(([skuId, by]) => {
      const before = store.of("licenceUse").current(skuId)?.["more"];
      const object = { id: skuId, more: (typeof before === "number" ? before : 0) + by };
      return { type: "put", collection: "licenceUse", object, seenFrom: store.seenFrom("directory") };
    });

/** A deleted account's licences are free for others at once (how long a deleted one keeps them, pages say differently: facts, section 7.7). */
export const unitsFreed = (store: Store, user: WireObject): readonly Change[] => useChanges(store, new Map(licencesOf(user).map((each) => [skuOf(each), -1])));

const isSold = (sku: WireObject): boolean => sku["capabilityStatus"] === "Enabled" || sku["capabilityStatus"] === "Warning";

/** Units that nobody has; as many as are asked for where the subscription does not say how many were bought. */
const unitsLeft = (sku: WireObject): number => {
  const { enabled, warning } = objectIn(sku, "prepaidUnits");
  if (typeof enabled !== "number") return Number.POSITIVE_INFINITY;
  const consumed = sku["consumedUnits"];
  return enabled + (typeof warning === "number" ? warning : 0) - (typeof consumed === "number" ? consumed : 0);
};

const subscriptionFor = (store: Store, skuId: string): WireObject | undefined => subscriptionsOf(store, "truly").find((sku) => skuOf(sku) === skuId);

/** A deleted account's licences as they are when it comes back: what is short is left out, and so is what came with a group. */
export const licencesRestored = (store: Store, user: WireObject): { readonly user: WireObject; readonly changes: readonly Change[] } => {
  const { licences: comeBack, memberships } = store.dials.restoreBrings;
  const states = assignmentStatesOf(user).filter((state) => {
    const sku = comeBack && (memberships || !isFromGroup(state)) ? subscriptionFor(store, skuOf(state)) : undefined;
    return sku !== undefined && isSold(sku) && unitsLeft(sku) > 0;
  });
  const there = new Set(states.map(skuOf));
  const licences = licencesOf(user).filter((licence) => there.has(skuOf(licence)));
  return {
    user: { ...user, assignedLicenses: licences, licenseAssignmentStates: states },
    changes: useChanges(store, new Map(licences.map((licence) => [skuOf(licence), 1]))),
  };
};

type Assignment = { readonly add: readonly Licence[]; readonly remove: readonly string[] };

const guidIn = (value: Json | undefined, name: string): string => {
  if (typeof value !== "string" || !isGuid(value)) throw badRequest(`Invalid value specified for property '${name}' of resource 'AssignedLicense'.`);
  return value.toLowerCase();
};

/** Both lists are there, if only empty (the metadata has neither as nullable). @throws Refusal 400 */
const assignmentOf = (body: WireObject): Assignment => {
  const listNamed = (name: string): readonly Json[] => {
    const value = property(body, name);
    // The text is unconfirmed.
    if (!Array.isArray(value)) throw badRequest(`Property ${name} value is required but is empty or missing.`);
    return value;
  };
  const add = listNamed("addLicenses").map((each): Licence => {
    const licence = isObject(each) ? each : {};
    const plans = property(licence, "disabledPlans") ?? [];
    return {
      skuId: guidIn(property(licence, "skuId"), "skuId"),
      disabledPlans: (Array.isArray(plans) ? plans : [null]).map((plan: Json) => guidIn(plan, "disabledPlans")),
    };
  });
  return { add, remove: listNamed("removeLicenses").map((each) => guidIn(each, "removeLicenses")) };
};

const noCompanyLicence = (skuId: string) => badRequest(`License ${skuId} does not correspond to a valid company License.`);

/** @throws Refusal 400 */
const checkAdded = (store: Store, user: WireObject, { skuId, disabledPlans }: Licence, held: ReadonlySet<string>): void => {
  const sku = subscriptionFor(store, skuId);
  if (sku === undefined) throw noCompanyLicence(skuId);
  const location = user["usageLocation"];
  if (typeof location !== "string" || location === "") throw badRequest("License assignment cannot be done for user with invalid usage location.");
  const plans = new Set(plansOf(sku).map((plan) => String(plan["servicePlanId"]).toLowerCase()));
  // The text is unconfirmed.
  const foreign = disabledPlans.find((plan) => !plans.has(plan));
  if (foreign !== undefined) throw badRequest(`The service plan ${foreign} is not part of the license ${skuId}.`);
  if (!held.has(skuId) && (!isSold(sku) || unitsLeft(sku) < 1)) throw badRequest(`Subscription with SKU ${skuId} does not have any available licenses.`);
};

/** @throws Refusal 400 */
const checkRemoved = (store: Store, skuId: string, states: readonly WireObject[]): void => {
  if (subscriptionFor(store, skuId) === undefined) throw noCompanyLicence(skuId);
  const mine = states.filter((state) => skuOf(state) === skuId);
  if (mine.length === 0) throw badRequest("User does not have a corresponding license.");
  if (mine.every(isFromGroup)) throw badRequest("User license is inherited from a group membership and it cannot be removed directly from the user.");
};

const opensMailbox = (store: Store, licences: readonly WireObject[]): boolean =>
  licences.some((licence) => {
    const off = new Set(textsIn(licence["disabledPlans"]).map((plan) => plan.toLowerCase()));
    const sku = subscriptionFor(store, skuOf(licence));
    return (sku === undefined ? [] : plansOf(sku)).some(
      (plan) => /^EXCHANGE_S_(?!FOUNDATION)/.test(String(plan["servicePlanName"])) && !off.has(String(plan["servicePlanId"]).toLowerCase()),
    );
  });

/** Whoever gets a mailbox gets an address with it: the one to sign in with, unless somebody else has it. */
const addressed = (store: Store, user: WireObject): WireObject => {
  const has = textsIn(user["proxyAddresses"]).length > 0;
  if (has || user["userType"] === "Guest" || user["onPremisesSyncEnabled"] === true || !opensMailbox(store, licencesOf(user))) return user;
  const mail = typeof user["mail"] === "string" ? user["mail"] : String(user["userPrincipalName"]);
  const other = store.hasMailAddress(plainAddress(mail));
  return other === undefined || idOf(other) === idOf(user) ? { ...user, mail, proxyAddresses: [`SMTP:${mail}`] } : user;
};

/**
 * What user: assignLicense makes of an account.
 * @throws Refusal 400: texts as seen in clients of the service; all of it is done, or nothing is
 */
export const assigned = (store: Store, user: WireObject, body: WireObject): { readonly user: WireObject; readonly changes: readonly Change[] } => {
  const { add, remove } = assignmentOf(body);
  const states = assignmentStatesOf(user);
  const before = new Set(licencesOf(user).map(skuOf));
  // Whether a licence may stand on both lists is unconfirmed.
  if (add.some(({ skuId }) => remove.includes(skuId))) throw badRequest("A license cannot be added and removed in the same request.");
  for (const skuId of remove) checkRemoved(store, skuId, states);
  for (const licence of add) checkAdded(store, user, licence, before);
  const touched = new Set([...remove, ...add.map(({ skuId }) => skuId)]);
  const kept = states.filter((state) => isFromGroup(state) || !touched.has(skuOf(state)));
  const after = [...kept, ...add.map((licence) => directState(licence, moment(store.now)))];
  const skuIds = [...new Set(after.map(skuOf))];
  // Of two assignments of the same licence a plan is off only where both have it off.
  const licences = skuIds.map((skuId) => {
    const [first = [], ...others] = after.filter((state) => skuOf(state) === skuId).map((state) => textsIn(state["disabledPlans"]));
    return { disabledPlans: first.filter((plan) => others.every((other) => other.includes(plan))), skuId };
  });
  const more = new Map([...new Set([...before, ...skuIds])].map((skuId) => [skuId, Number(skuIds.includes(skuId)) - Number(before.has(skuId))]));
  return { user: addressed(store, { ...user, assignedLicenses: licences, licenseAssignmentStates: after }), changes: useChanges(store, more) };
};
