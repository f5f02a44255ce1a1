/** What a plan wants of per-user MFA: the state of each cohort's accounts, by its phases. */

import type { DesiredOf, PhaseCourse } from "./changes.ts";
import { strengthOf } from "./per-user-states.ts";
import type { Phase, Plan } from "./plan/plan.ts";
import type { PerUserState, PhaseId } from "./tenant.ts";

/** What a phase wants of its cohort's accounts. `disabled` only of who was asked by per-user MFA before. */
export type StateWish = { readonly cohort: string; readonly state: PerUserState };

/** @returns undefined for a phase that is not about per-user MFA. */
export const stateWishOf = ({ mechanism }: Pick<Plan, "mechanism">, { requireMfa, retirePerUser }: Phase): StateWish | undefined => {
  if (mechanism === "per-user" && requireMfa !== undefined) {
    return { cohort: requireMfa.for, state: requireMfa.on.includes("clients") ? "enforced" : "enabled" };
  }
  return mechanism !== "per-user" && retirePerUser !== undefined ? { cohort: retirePerUser.for, state: "disabled" } : undefined;
};

/** Whether the states of accounts have to be read for a plan. */
export const asksForStates = (plan: Plan): boolean => plan.phases.some((phase) => stateWishOf(plan, phase) !== undefined);

/** Whether an account is as a wish wants it: what asks for more satisfies what asks for less, and nothing but `disabled` is retired. */
export const satisfies = (has: PerUserState, wanted: PerUserState): boolean =>
  wanted === "disabled" ? has === "disabled" : strengthOf(has) >= strengthOf(wanted);

/** A phase on hold, or still ahead, wants nothing; what others want of the same cohort adds up to the strongest. */
export const wishedStates = (plan: Plan, courses: ReadonlyMap<PhaseId, PhaseCourse>): readonly DesiredOf<"per-user-mfa">[] =>
  plan.cohorts.flatMap(({ name, slug }): readonly DesiredOf<"per-user-mfa">[] => {
    const phases = plan.phases.filter((phase) => courses.get(phase.id) === "started" && stateWishOf(plan, phase)?.cohort === name);
    const [state] = phases.flatMap((phase) => stateWishOf(plan, phase)?.state ?? []).toSorted((a, b) => strengthOf(b) - strengthOf(a));
    return state === undefined ? [] : [{ kind: "per-user-mfa", key: slug, settings: { perUser: state }, phases: phases.map(({ id }) => id) }];
  });
