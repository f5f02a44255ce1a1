/** What a plan wants of the tenant's methods of signing in, and of its registration campaign. */

import { sortedOnce } from "./canonical.ts";
import type { DesiredOf, PhaseCourse } from "./changes.ts";
import type { Layout } from "./demands.ts";
import { methodPath } from "./kinds/authentication-methods.ts";
import { ALLOWABLE_METHODS, type AllowableMethod, type Campaign, type Phase, type Plan } from "./plan/plan.ts";
import { type MethodSettings, type PhaseId, type RegistrationCampaignSettings, TENANT_KEY } from "./tenant.ts";

/** Neither can be staged, and what a phase on hold wants counts for nothing: what came before it stands. */
const begun = (plan: Plan, courses: ReadonlyMap<PhaseId, PhaseCourse>): readonly Phase[] => plan.phases.filter(({ id }) => courses.get(id) === "started");

/** For whom it is on is no matter of the plan's. */
const only = (state: "on" | "off"): MethodSettings => ({ state, include: { all: false, groups: [] }, exclude: [], other: {} });

type Said = { readonly state: "on" | "off"; readonly by: PhaseId };

/** Of several phases that speak of one method the last counts. */
const saidOf = (phases: readonly Phase[]): ReadonlyMap<AllowableMethod, Said> => {
  const said = new Map<AllowableMethod, Said>();
  for (const { id, allowMethods } of phases) {
    for (const method of ALLOWABLE_METHODS) {
      const state = allowMethods?.[method];
      if (state !== undefined) said.set(method, { state, by: id });
    }
  }
  return said;
};

export const wishedMethods = (plan: Plan, courses: ReadonlyMap<PhaseId, PhaseCourse>): readonly DesiredOf<"authentication-methods">[] => {
  const phases = begun(plan, courses).filter(({ allowMethods }) => allowMethods !== undefined);
  if (phases.length === 0) return [];
  const methods = Object.fromEntries([...saidOf(phases)].map(([method, { state }]) => [method, only(state)]));
  return [{ kind: "authentication-methods", key: TENANT_KEY, settings: { methods, migration: null, other: {} }, phases: phases.map(({ id }) => id) }];
};

/** The phases whose words a change of methods carries out, in the plan's order. */
export const phasesOfMethods = (plan: Plan, wanted: readonly PhaseId[], paths: readonly string[]): readonly PhaseId[] => {
  const said = saidOf(plan.phases.filter(({ id }) => wanted.includes(id)));
  return wanted.filter((id) => [...said].some(([method, { by }]) => by === id && paths.includes(methodPath(method))));
};

const NOBODY = { users: [], groups: [] } as const;
/** Nothing but that it ends is wanted of it: what else it says stays. */
const ENDED: RegistrationCampaignSettings = { campaign: "off", method: "app", snoozeDays: 0, include: { all: false, ...NOBODY }, exclude: NOBODY, other: {} };

const campaignSettings = (plan: Plan, layout: Layout, campaign: Campaign): RegistrationCampaignSettings => {
  if (campaign.state === "off") return ENDED;
  const use = layout.cohorts.find(({ cohort }) => cohort.name === campaign.for);
  if (use === undefined && campaign.for !== undefined) throw new Error(`the cohort ${campaign.for} has no group`);
  const groupOf = (key: string | undefined): readonly string[] => (key === undefined ? [] : [`@cohort-group/${key}`]);
  return {
    campaign: "on",
    method: campaign.method,
    snoozeDays: campaign.snoozeDays,
    include: { all: use?.key === undefined, users: [], groups: groupOf(use?.key) },
    // By id, as in every policy of ours: what nudges somebody in an emergency is in the way.
    exclude: { users: sortedOnce(plan.emergencyAccounts.map((address) => `@account/${address}`)), groups: groupOf(use?.exceptKey) },
    other: {},
  };
};

/** There is one campaign: of several phases the last counts. */
export const wishedCampaign = (plan: Plan, layout: Layout, courses: ReadonlyMap<PhaseId, PhaseCourse>): readonly DesiredOf<"registration-campaign">[] => {
  const last = begun(plan, courses).findLast(({ campaign }) => campaign !== undefined);
  if (last?.campaign === undefined) return [];
  return [{ kind: "registration-campaign", key: TENANT_KEY, settings: campaignSettings(plan, layout, last.campaign), phases: [last.id] }];
};
