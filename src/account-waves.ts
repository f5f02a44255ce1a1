/** Accounts of reviewed lists on their way through a run: looked at once more before each write, kept in the archive, read back by themselves. */

import type { AccountStanding } from "./core/accounts/facts.ts";
import { shows } from "./core/accounts/told.ts";
import type { Step, StepOutcome, Write } from "./core/changes.ts";
import type { Known, ObjectId } from "./core/tenant.ts";

type SetAccounts = Extract<Write, { readonly type: "set-accounts" }>;

export const isAccounts = (step: Step): boolean => step.write.type === "set-accounts";

export const listedIn = (steps: readonly Step[]): readonly ObjectId[] => steps.flatMap(({ write }) => (write.type === "set-accounts" ? write.ids : []));

/** Whether an account is looked at before: what only gives back is asked of nobody. */
export const isTaking = ({ write }: Step): boolean => write.type === "set-accounts" && (write.to === "blocked" || write.to === "deleted");

/** What a look at the accounts of a write left of it. `spared`: in words for people. */
export type LastLook = { readonly ids: readonly ObjectId[]; readonly spared: readonly string[] };

/**
 * Asked directly before a write that takes something from accounts. Whoever is deleted afterwards is in the archive, on disk, when it
 * is answered.
 */
export type LookOnceMore = (step: Step) => Promise<Known<LastLook>>;

/** The step for some of its accounts alone. */
export const forAccounts = (step: Step, ids: readonly ObjectId[]): Step => {
  const { write, undo } = step;
  if (write.type !== "set-accounts" || ids.length === write.ids.length) return step;
  return { ...step, write: { ...write, ids }, ...(undo.type === "accounts" && { undo: { ...undo, ids } }) };
};

/** How a write ended, or which of its accounts do not show it yet. @param told what the service said to it */
export const seenAccounts = (
  { to, ids, anew }: SetAccounts,
  now: ReadonlyMap<ObjectId, AccountStanding>,
  told: StepOutcome | undefined,
): StepOutcome | readonly ObjectId[] => {
  // Who is made anew has another id, which the answer told.
  if (anew === true && told !== undefined) return told;
  const lacking = ids.filter((id) => !shows(to, now.get(id)));
  // What came back without all that belonged to it is there, and not whole.
  if (lacking.length === 0) return told?.type === "unknown" && told.each !== undefined && to === "restored" ? told : { type: "done" };
  // Whom the service said no to will not show it, however long it is waited for.
  const isNo = told?.type === "unknown" && lacking.every((id) => told.each?.some((each) => each.id === id) === true);
  return isNo ? { ...told, lacking } : lacking;
};
