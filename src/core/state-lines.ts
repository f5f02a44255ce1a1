/** What a change of states means for the people behind it: who jumps further by themselves, and for whom nothing changes. */

import type { Change } from "./changes.ts";
import type { StatesLine } from "./document.ts";
import type { Observed } from "./observed.ts";
import { strengthOf } from "./per-user-states.ts";
import { satisfies } from "./per-user-wishes.ts";
import type { Plan } from "./plan/plan.ts";
import type { ObjectId, PerUserState } from "./tenant.ts";

const SAMPLE = 5;

/** The enabled accounts of the cohort that have the state already, or one that asks for more. */
const already = (plan: Plan, { roster, perUser }: Observed, { key, states }: Change): number => {
  const cohort = plan.cohorts.find(({ slug }) => slug === key)?.name;
  if (cohort === undefined || states === undefined || roster.type !== "present" || perUser?.type !== "present") return 0;
  let count = 0;
  for (const id of roster.value.members(cohort)) {
    const has = perUser.value.get(id);
    if (has !== undefined && satisfies(has, states.to) && roster.value.flags(id)?.enabled === true) count += 1;
  }
  return count;
};

/** Who has registered and is enabled becomes enforced at the next sign-in, by the service's own doing. */
const jumping = ({ roster }: Observed, to: PerUserState, accounts: NonNullable<Change["states"]>["accounts"]): readonly ObjectId[] => {
  if (to !== "enabled" || roster.type !== "present") return [];
  return accounts.flatMap(({ id, before }) => {
    const flags = roster.value.flags(id);
    return strengthOf(before) < strengthOf(to) && flags?.enabled === true && flags.capable === "yes" ? [id] : [];
  });
};

/** @returns undefined for a change of another kind. */
export const statesLineOf = (plan: Plan, observed: Observed, change: Change): StatesLine | undefined => {
  const { states } = change;
  if (states === undefined) return undefined;
  // Whom nobody raises nobody sees jump, whatever is known of them.
  const isKnown = observed.registration.type === "present" || states.to !== "enabled";
  const jump = jumping(observed, states.to, states.accounts);
  const addresses = jump.map((id) => (observed.roster.type === "present" ? observed.roster.value.address(id) : undefined) ?? id).sort();
  return {
    to: states.to,
    accounts: states.accounts,
    jump: { count: isKnown ? jump.length : null, sample: addresses.slice(0, SAMPLE), accounts: jump },
    already: already(plan, observed, change),
  };
};
