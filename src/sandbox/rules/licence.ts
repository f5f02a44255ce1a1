/** What the tenant has a licence for, by service plan (subscribedSku). */

import type { Json, WireObject } from "../fill.ts";
import { isObject } from "../odata.ts";
import { Refusal } from "../refusal.ts";
import type { Store } from "../store.ts";
import { textsIn } from "./shape.ts";

const P1 = "AAD_PREMIUM";
const P2 = "AAD_PREMIUM_P2";

const PLAN_IDS: Readonly<Record<typeof P1 | typeof P2, string>> = {
  [P1]: "41781fb2-bc02-4b7c-bd55-b576c07bb09d",
  [P2]: "eec0eb4f-6444-4f95-aba0-50c24d67f998",
};

const planOf = (name: typeof P1 | typeof P2): WireObject => ({
  appliesTo: "User",
  provisioningStatus: "Success",
  servicePlanId: PLAN_IDS[name],
  servicePlanName: name,
});

export const plansOf = (sku: WireObject): readonly WireObject[] => {
  const plans = sku["servicePlans"];
  return Array.isArray(plans) ? plans.filter((plan: Json): plan is WireObject => isObject(plan)) : [];
};

const counted = (sku: WireObject, use: WireObject | undefined): WireObject => {
  const [consumed, more] = [sku["consumedUnits"], use?.["more"]];
  return typeof consumed === "number" && typeof more === "number" ? { ...sku, consumedUnits: Math.max(0, consumed + more) } : sku;
};

/** Subscriptions as the service tells them, the licence dial applied. @param seen how much of each is in use: as readers see it, or truly */
export const subscriptionsOf = (store: Store, seen: "now" | "truly" = "now"): readonly WireObject[] => {
  const use = store.of("licenceUse");
  const skus = [...store.of("subscribedSkus").rows(store.now)].map(({ object }) => {
    const id = String(object["skuId"]).toLowerCase();
    return counted(object, seen === "now" ? use.seen(id, store.now) : use.current(id));
  });
  const { licence } = store.dials;
  if (licence === "filled") return skus;
  const added = licence === "free" ? [] : [planOf(P1), ...(licence === "p2" ? [planOf(P2)] : [])];
  return skus.map((sku) => ({
    ...sku,
    servicePlans: [...plansOf(sku).filter((plan) => plan["servicePlanName"] !== P1 && plan["servicePlanName"] !== P2), ...added],
  }));
};

/** What each plan is to the service that it opens (assignedPlan: service); others count as Exchange does in no report here. */
const SERVICES: Readonly<Record<string, string>> = {
  [P1]: "AADPremiumService",
  [P2]: "AADPremiumService",
  AAD_BASIC_EDU: "AADPremiumService",
  EXCHANGE_S_ENTERPRISE: "exchange",
  EXCHANGE_S_STANDARD: "exchange",
  MFA_PREMIUM: "MultiFactorService",
  TEAMS1: "TeamspaceAPI",
};

/** What an account's licences open (CSDL: `assignedPlan`); plans that are off are left out. */
export const plansOfUser = (store: Store, user: WireObject): readonly WireObject[] => {
  const licences = user["assignedLicenses"];
  const held: ReadonlyMap<Json | undefined, WireObject> = new Map(
    Array.isArray(licences) ? licences.flatMap((licence: Json) => (isObject(licence) ? [[licence["skuId"], licence] as const] : [])) : [],
  );
  const plans = subscriptionsOf(store).flatMap((sku) => {
    const licence = held.get(sku["skuId"]);
    if (licence === undefined) return [];
    const off = new Set(textsIn(licence["disabledPlans"]));
    return plansOf(sku).filter((plan) => !off.has(String(plan["servicePlanId"])));
  });
  return plans.map((plan) => ({
    assignedDateTime: user["createdDateTime"] ?? null,
    capabilityStatus: "Enabled",
    service: SERVICES[String(plan["servicePlanName"])] ?? "",
    servicePlanId: plan["servicePlanId"] ?? null,
  }));
};

const hasPlan = (store: Store, names: readonly string[]): boolean =>
  subscriptionsOf(store).some(
    (sku) =>
      (sku["capabilityStatus"] === "Enabled" || sku["capabilityStatus"] === "Warning") &&
      plansOf(sku).some(
        (plan) => typeof plan["servicePlanName"] === "string" && names.includes(plan["servicePlanName"]) && plan["provisioningStatus"] === "Success",
      ),
  );

export const hasP1 = (store: Store): boolean => hasPlan(store, [P1, P2]);
export const hasP2 = (store: Store): boolean => hasPlan(store, [P2]);

/** The answer to a conditional-access write without the licence. */
export const notLicensed = (): Refusal =>
  new Refusal(403, "AccessDenied", "Your tenant is not licensed for this feature. Please upgrade your subscription to access it.");
