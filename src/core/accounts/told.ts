/** What this tool did to accounts, by its own journals. Where these are lost, nobody knows; then nothing was blocked long enough. */

import type { StepOutcome, Write } from "../changes.ts";
import { happened, inOrder, type RecordedStep, type Run } from "../journal.ts";
import type { Instant, ObjectId } from "../tenant.ts";
import type { AccountStanding, AccountState, AccountTold } from "./facts.ts";

type SetAccounts = Extract<Write, { readonly type: "set-accounts" }>;

/** Those for whom a write was surely done. */
const doneFor = ({ ids }: SetAccounts, outcome: StepOutcome | undefined): readonly ObjectId[] => {
  if (outcome?.type === "done") return ids;
  if (outcome?.type !== "unknown") return [];
  const { lacking, each } = outcome;
  // Where it is told of each what it lacks, and none is lacking, all of them are there, if not whole.
  if (lacking === undefined) return each === undefined ? [] : ids;
  return ids.filter((id) => !lacking.includes(id));
};

/**
 * Of a write that nobody answered for it is not known whether it was done. A deletion shows by itself: whoever is still there was not
 * deleted. A block counts, since the time from when it counts is all that it is asked for, and whoever can sign in is not blocked.
 */
const noted = (recorded: RecordedStep, write: SetAccounts): readonly ObjectId[] => {
  if (write.to === "blocked" && happened(recorded) !== "no") return write.ids;
  return doneFor(write, recorded.outcome);
};

const after = (told: AccountTold | undefined, to: AccountState, at: Instant, isUndo: boolean): AccountTold => {
  const { blocked, back } = told ?? {};
  const objected = back === undefined ? {} : { back };
  switch (to) {
    case "blocked":
      return { blocked: at, ...objected };
    case "deleted":
      return { ...(blocked !== undefined && { blocked }), ...objected, deleted: at };
    case "restored":
      // A run that is taken back may be done again; whom somebody asked for by name, may not.
      return isUndo ? { ...(blocked !== undefined && { blocked }), ...objected } : { ...(blocked !== undefined && { blocked }), back: at };
    case "enabled":
      return isUndo ? objected : { back: at };
  }
};

/** @param runs of one plan in one tenant, in any order. */
export const accountsTold = (runs: readonly Run[]): ReadonlyMap<ObjectId, AccountTold> => {
  const told = new Map<ObjectId, AccountTold>();
  for (const run of inOrder(runs)) {
    for (const recorded of run.steps) {
      const { write } = recorded.step;
      if (write.type !== "set-accounts") continue;
      if (write.to === "deleted" && happened(recorded) === "perhaps")
        for (const id of write.ids) told.set(id, { ...told.get(id), deleting: recorded.intentAt });
      for (const id of noted(recorded, write)) told.set(id, after(told.get(id), write.to, recorded.intentAt, run.start.undoes !== undefined));
    }
  }
  return told;
};

/** Whether an account shows what a write was to make of it. */
export const shows = (to: AccountState, standing: AccountStanding | undefined): boolean => {
  switch (to) {
    case "blocked":
    case "enabled":
      return standing === to;
    case "deleted":
      return standing === "deleted" || standing === "gone";
    case "restored":
      return standing === "enabled" || standing === "blocked";
  }
};
