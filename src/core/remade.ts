/**
 * Groups that were deleted and made anew since a run: the service gives none back with its old id, so what a journal says
 * of the old one is to be read as said of the new one.
 */

import { refOf } from "./history.ts";
import { happened, type RecordedStep, type Run } from "./journal.ts";
import { mapIds, settingsOf } from "./kinds/index.ts";
import type { Kind, ObjectId, ResourceOf, Settings } from "./tenant.ts";

export type Remade = ReadonlyMap<ObjectId, ObjectId>;

/**
 * @param runs oldest first.
 * @param byMark what is in the tenant now, for a create whose answer was lost.
 * @returns ids that were deleted, with the id that stands for each now.
 */
export const remadeBy = (runs: readonly Run[], byMark: (kind: Kind, key: string) => ResourceOf<Kind> | undefined): Remade => {
  const gone = new Map<string, readonly ObjectId[]>();
  const remade = new Map<ObjectId, ObjectId>();
  for (const recorded of runs.flatMap(({ steps }) => steps)) {
    const { write } = recorded.step;
    if (happened(recorded) === "no" || (write.type !== "delete" && write.type !== "create")) continue;
    const ref = refOf(write.kind, write.key);
    if (write.type === "delete") gone.set(ref, [...(gone.get(ref) ?? []), write.id]);
    else {
      const id = (recorded.outcome?.type === "done" ? recorded.outcome.id : undefined) ?? byMark(write.kind, write.key)?.id;
      if (id !== undefined) for (const old of gone.get(ref) ?? []) remade.set(old, id);
    }
  }
  return remade;
};

const followedOutcome = ({ outcome }: RecordedStep, put: (settings: Settings) => Settings, now: (id: ObjectId) => ObjectId): Pick<RecordedStep, "outcome"> => {
  if (outcome?.type !== "done") return {};
  return {
    outcome: {
      ...outcome,
      ...(outcome.id !== undefined && { id: now(outcome.id) }),
      ...(outcome.settings !== undefined && { settings: put(outcome.settings) }),
    },
  };
};

/** The step as if it had been done with the ids of now. A delete stays as it was: what comes back of it names the old ones. */
export const withRemade = (recorded: RecordedStep, remade: Remade): RecordedStep => {
  const { step } = recorded;
  const { write } = step;
  const now = (id: string): string => remade.get(id) ?? id;
  if (remade.size === 0 || write.type === "delete") return recorded;
  if (write.type === "add-members" || write.type === "remove-member") return { ...recorded, step: { ...step, write: { ...write, group: now(write.group) } } };
  if (write.type === "set-states" || write.type === "set-mailboxes" || write.type === "set-accounts") return recorded;
  const put = (settings: Settings): Settings => mapIds(write.kind, settingsOf(write.kind, settings), now);
  const followed = { ...recorded, ...followedOutcome(recorded, put, now) };
  if (write.type === "update")
    return { ...followed, step: { ...step, write: { ...write, id: now(write.id), before: put(write.before), after: put(write.after) } } };
  return { ...followed, step: { ...step, write: { ...write, settings: put(write.settings) } } };
};
