/** Whom a registration campaign reaches: it nudges right after MFA was completed, so never who has nothing to complete it with. */

import { byText } from "./canonical.ts";
import type { Change } from "./changes.ts";
import type { ReachLine } from "./document.ts";
import { settingsOf } from "./kinds/index.ts";
import type { Observed } from "./observed.ts";
import type { Plan } from "./plan/plan.ts";
import type { Roster } from "./roster.ts";
import type { ObjectId } from "./tenant.ts";

const SAMPLE = 5;

const meant = (plan: Plan, roster: Roster, change: Change): Iterable<ObjectId> | undefined => {
  const campaign = plan.phases.find(({ id, campaign: its }) => its !== undefined && change.phases.includes(id))?.campaign;
  if (campaign?.state !== "on") return undefined;
  return campaign.for === undefined ? roster.everybody() : roster.members(campaign.for);
};

/** @returns undefined for a change of another kind, for a campaign that ends, and where the accounts could not be read. */
export const reachLineOf = (plan: Plan, observed: Observed, change: Change): ReachLine | undefined => {
  if (change.kind !== "registration-campaign" || change.after === undefined || observed.roster.type !== "present") return undefined;
  const roster = observed.roster.value;
  const ids = meant(plan, roster, change);
  const { campaign, exclude } = settingsOf("registration-campaign", change.after);
  // One that is taken back is nobody's to be told about.
  if (ids === undefined || campaign !== "on") return undefined;
  let count = 0;
  const unreached: string[] = [];
  for (const id of ids) {
    const flags = roster.flags(id);
    if (flags?.enabled !== true || exclude.users.includes(id)) continue;
    count += 1;
    // Ready by the plan's own count is more than it takes: any method of MFA will do here.
    if (flags.capable !== "yes" && roster.methods(id) === 0) unreached.push(roster.address(id) ?? id);
  }
  const isKnown = observed.registration.type === "present";
  return { count, unreached: isKnown ? unreached.length : null, sample: isKnown ? unreached.sort(byText).slice(0, SAMPLE) : [] };
};
