/** States of accounts before and after they are written: each is looked at the documented way, and compared by itself. */

import type { StateChanges, Step, StepOutcome, Write } from "./core/changes.ts";
import { type PerUserStates, strengthOf } from "./core/per-user-states.ts";
import { satisfies } from "./core/per-user-wishes.ts";
import type { ObjectId } from "./core/tenant.ts";

type SetStates = Extract<Write, { readonly type: "set-states" }>;

export const isStates = (step: Step): boolean => step.write.type === "set-states";

export const accountsIn = (steps: readonly Step[]): readonly ObjectId[] =>
  steps.flatMap(({ write }) => (write.type === "set-states" ? write.accounts.map(({ id }) => id) : []));

/**
 * What of a write is still to be done. Who is gone, or asked for as much already, needs no write.
 *
 * @returns `moved`: accounts that somebody gave another state since they were read.
 */
export const stillToSet = ({ to, accounts }: SetStates, now: PerUserStates): { readonly still: StateChanges["accounts"]; readonly moved: number } => {
  const open = accounts.filter(({ id, before }) => {
    const state = now.get(id);
    return state !== undefined && (state === before || !satisfies(state, to));
  });
  const still = open.filter(({ id, before }) => now.get(id) === before);
  return { still, moved: open.length - still.length };
};

/** What a look left of a step: the step for those alone that are still to be written, if any; `moved`: how many somebody changed. */
export type Rest = { readonly step: Step | undefined; readonly moved: number };

/** The step for some of its accounts alone. */
const forAccounts = (step: Step, write: SetStates, accounts: StateChanges["accounts"]): Step =>
  accounts.length === write.accounts.length ? step : { ...step, write: { ...write, accounts }, undo: { type: "states", accounts } };

/** @returns undefined for a step that gives nobody a state. */
export const restOfStates = (step: Step, now: PerUserStates): Rest | undefined => {
  const { write } = step;
  if (write.type !== "set-states") return undefined;
  const { still, moved } = stillToSet(write, now);
  return { step: still.length > 0 ? forAccounts(step, write, still) : undefined, moved };
};

/** How a write ended, or in words how many of its accounts do not show it yet. */
export const seenStates = ({ to, accounts }: SetStates, now: PerUserStates): StepOutcome | string => {
  const lacking = accounts.filter(({ id, before }) => {
    const state = now.get(id);
    if (state === undefined) return false;
    // On the way down only the state itself counts; on the way up one may have gone further by itself.
    return strengthOf(to) < strengthOf(before) ? state !== to : !satisfies(state, to);
  });
  if (lacking.length === 0) return { type: "done" };
  const strange = lacking.find(({ id, before }) => now.get(id) !== before);
  if (strange !== undefined) return { type: "unknown", because: `somebody else changed account ${strange.id} meanwhile: it is ${now.get(strange.id)}` };
  return `${lacking.length} of ${accounts.length} ${lacking.length === 1 ? "account does" : "accounts do"} not show it`;
};
