/** What a plan wants of accounts on reviewed lists: blocked, deleted. */

import type { DesiredOf, DesiredResource, PhaseCourse } from "../changes.ts";
import type { Phase, Plan, ReviewList, ReviewRow } from "../plan/plan.ts";
import type { PhaseId } from "../tenant.ts";

export type AccountWish = DesiredOf<"account-block"> | DesiredOf<"account-deletion">;

export const isAccountWish = (each: DesiredResource): each is AccountWish => each.kind === "account-block" || each.kind === "account-deletion";

/** The list of a wish, which has the id of its phase for a key. */
export const listOf = (phase: Phase, { kind }: Pick<AccountWish, "kind">): ReviewList | undefined =>
  kind === "account-block" ? phase.blockSignIn?.list : phase.deleteAccounts?.list;

/** Whom people decided to delete. */
export const decidedRows = (list: ReviewList | undefined): readonly ReviewRow[] => (list?.rows ?? []).filter(({ decision }) => decision === "delete");

/** On whom nobody decided yet. */
export const undecidedRows = ({ rows }: Pick<ReviewList, "rows">): readonly ReviewRow[] => rows.filter(({ decision }) => decision === undefined);

export const listPhases = ({ phases }: Pick<Plan, "phases">): readonly Phase[] =>
  phases.filter(({ blockSignIn, deleteAccounts }) => blockSignIn !== undefined || deleteAccounts !== undefined);

/** A phase on hold, or still ahead, wants nothing. */
export const wishedAccounts = (plan: Plan, courses: ReadonlyMap<PhaseId, PhaseCourse>): readonly AccountWish[] =>
  plan.phases
    .filter(({ id }) => courses.get(id) === "started")
    .flatMap(({ id, blockSignIn, deleteAccounts }): readonly AccountWish[] => [
      ...(blockSignIn === undefined ? [] : [{ kind: "account-block" as const, key: id, settings: { signIn: "blocked" as const }, phases: [id] }]),
      ...(deleteAccounts === undefined ? [] : [{ kind: "account-deletion" as const, key: id, settings: { accounts: "deleted" as const }, phases: [id] }]),
    ]);
