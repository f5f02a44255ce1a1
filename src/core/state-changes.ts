/** Whose per-user MFA is not as a plan wants it. Half a million accounts pass here: one look at each, an object only for those that differ. */

import type { Change, DesiredOf, DesiredResource, StateChanges } from "./changes.ts";
import type { Observed } from "./observed.ts";
import { strengthOf } from "./per-user-states.ts";
import { satisfies, stateWishOf } from "./per-user-wishes.ts";
import type { Plan } from "./plan/plan.ts";
import { progressOf } from "./progress.ts";
import type { ObjectId, PhaseId } from "./tenant.ts";

type Wish = DesiredOf<"per-user-mfa">;
type Named = { readonly wish: Wish; readonly cohort: string };

const cohortOf = (plan: Plan, { key }: Wish): string | undefined => plan.cohorts.find(({ slug }) => slug === key)?.name;

/** The strongest wish holds for an account of several cohorts, and of equals the first: it is written once. */
const goesBefore = (a: Wish, b: Wish): boolean => {
  const more = strengthOf(a.settings.perUser) - strengthOf(b.settings.perUser);
  return more > 0 || (more === 0 && a.key < b.key);
};

/** The ids of the emergency accounts; undefined when one of them could not be looked up, so that nobody knows whom to pass over. */
const emergencyIds = (plan: Plan, observed: Observed): ReadonlySet<ObjectId> | undefined => {
  const found = plan.emergencyAccounts.map((address) => observed.emergency.find((each) => each.address === address)?.account);
  if (found.some((account) => account === undefined || account.type === "unknown")) return undefined;
  return new Set(found.flatMap((account) => (account?.type === "present" ? [account.value.id] : [])));
};

/** The phases that want more than some of the accounts have. */
const unmetPhases = (plan: Plan, { phases }: Wish, accounts: StateChanges["accounts"]): readonly PhaseId[] =>
  phases.filter((id) => {
    const phase = plan.phases.find((each) => each.id === id);
    const wanted = phase === undefined ? undefined : stateWishOf(plan, phase)?.state;
    return wanted !== undefined && accounts.some(({ before }) => !satisfies(before, wanted));
  });

/**
 * What would have to be set, by key. An account whose state was not read, or that is an emergency account whatever cohort it
 * matches, is in no change; a state that asks for more than is wanted is never lowered.
 *
 * @returns undefined for a wish about which nobody can say, since accounts or states could not be read.
 */
export const stateChangesIn = (plan: Plan, resources: readonly DesiredResource[], observed: Observed): ((wish: Wish) => Change | "same" | undefined) => {
  const { roster, perUser } = observed;
  const wishes = resources.flatMap((each): readonly Named[] => {
    const cohort = each.kind === "per-user-mfa" ? cohortOf(plan, each) : undefined;
    return each.kind === "per-user-mfa" && cohort !== undefined ? [{ wish: each, cohort }] : [];
  });
  const spared = emergencyIds(plan, observed);
  return (wish) => {
    const cohort = cohortOf(plan, wish);
    if (cohort === undefined || spared === undefined || roster.type !== "present" || perUser?.type !== "present") return undefined;
    if (progressOf(observed, plan.id).type === "unknown") return undefined;
    const stronger = wishes.filter((other) => other.wish.key !== wish.key && goesBefore(other.wish, wish));
    const to = wish.settings.perUser;
    const accounts: { readonly id: ObjectId; readonly before: StateChanges["to"] }[] = [];
    for (const id of roster.value.members(cohort)) {
      const before = perUser.value.get(id);
      if (before === undefined || satisfies(before, to) || spared.has(id)) continue;
      if (!stronger.some((other) => roster.value.standing(id, other.cohort) === "in")) accounts.push({ id, before });
    }
    if (accounts.length === 0) return "same";
    return {
      kind: "per-user-mfa",
      key: wish.key,
      action: "update",
      name: cohort,
      phases: unmetPhases(plan, wish, accounts),
      mark: { plan: plan.id, key: wish.key },
      fields: [],
      states: { to, accounts: accounts.sort((a, b) => (a.id < b.id ? -1 : 1)) },
      needs: [],
    };
  };
};
