/** Subscriptions of a school: which licences there are and what they hold. Ids as Microsoft publishes them. */

import type { WireObject } from "../fill.ts";

type Plan = { readonly id: string; readonly name: string; readonly appliesTo: "User" | "Company" };

const AAD_PREMIUM: Plan = { id: "41781fb2-bc02-4b7c-bd55-b576c07bb09d", name: "AAD_PREMIUM", appliesTo: "User" };
const MFA_PREMIUM: Plan = { id: "8a256a2b-b617-496d-b51b-e76466e88db0", name: "MFA_PREMIUM", appliesTo: "User" };
const AAD_BASIC_EDU: Plan = { id: "1d0f309f-fdf9-4b2a-9ae7-9c48b91f1426", name: "AAD_BASIC_EDU", appliesTo: "User" };
const EXCHANGE_ENTERPRISE: Plan = { id: "efb87545-963c-4e0d-99df-69c6916d9eb0", name: "EXCHANGE_S_ENTERPRISE", appliesTo: "User" };
const EXCHANGE_STANDARD: Plan = { id: "9aaf7827-d63c-4b61-89c3-182f06f82e5c", name: "EXCHANGE_S_STANDARD", appliesTo: "User" };
const TEAMS: Plan = { id: "57ff2da0-773e-42df-b2af-ffb7a2317929", name: "TEAMS1", appliesTo: "User" };

const SKUS = {
  faculty: { id: "4b590615-0888-425a-a965-b3bf7789848d", part: "M365EDU_A3_FACULTY", plans: [AAD_PREMIUM, MFA_PREMIUM, EXCHANGE_ENTERPRISE, TEAMS] },
  basic: { id: "b17653a4-2443-4e8c-a550-18249dda78bb", part: "M365EDU_A1", plans: [AAD_BASIC_EDU, EXCHANGE_STANDARD, TEAMS] },
  student: { id: "7cfd9a2b-e110-4c39-bf20-c6a3f36a3121", part: "M365EDU_A3_STUDENT", plans: [AAD_PREMIUM, MFA_PREMIUM, EXCHANGE_ENTERPRISE, TEAMS] },
  // Given free with the faculty's licences; it holds no premium directory.
  studentBenefit: { id: "18250162-5d87-4436-a834-d795c15c80f3", part: "M365EDU_A3_STUUSEBNFT", plans: [AAD_BASIC_EDU, EXCHANGE_STANDARD, TEAMS] },
} as const;

export type Sku = keyof typeof SKUS;
const ALL_SKUS = ["faculty", "basic", "student", "studentBenefit"] as const satisfies readonly Sku[];

export const assignedLicenses = (skus: readonly Sku[]): readonly WireObject[] => skus.map((sku) => ({ disabledPlans: [], skuId: SKUS[sku].id }));

/**
 * Whole subscribedSku objects.
 * @param consumed how many accounts hold each; a round number above is paid for
 * @param bought those that the tenant has
 */
export const subscribedSkus = (
  tenantId: string,
  accountName: string,
  consumed: Readonly<Record<Sku, number>>,
  bought: readonly Sku[] = ALL_SKUS,
): readonly WireObject[] =>
  ALL_SKUS.filter((sku) => bought.includes(sku)).map((sku) => ({
    accountId: tenantId,
    accountName,
    appliesTo: "User",
    capabilityStatus: "Enabled",
    consumedUnits: consumed[sku],
    id: `${tenantId}_${SKUS[sku].id}`,
    prepaidUnits: { enabled: (Math.floor(consumed[sku] / 250) + 1) * 250, lockedOut: 0, suspended: 0, warning: 0 },
    servicePlans: SKUS[sku].plans.map((plan) => ({
      appliesTo: plan.appliesTo,
      provisioningStatus: "Success",
      servicePlanId: plan.id,
      servicePlanName: plan.name,
    })),
    skuId: SKUS[sku].id,
    skuPartNumber: SKUS[sku].part,
    subscriptionIds: [],
  }));
