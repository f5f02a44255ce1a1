/** Changes as single writes in a safe order, each with what takes it back. */

import type { Change, Diff, Step, StepId, Undo, Write } from "./changes.ts";
import { byKindAndKey, idsIn, kindOrder, settingsOf } from "./kinds/index.ts";
import { PROGRESS_KEY } from "./progress.ts";
import { KINDS, type Kind, type ObjectId, type Ref } from "./tenant.ts";

/** The service adds no more at once, and adds all or none. */
const MEMBERS_A_WRITE = 20;

/** A step before it has a number: `after` names other drafts. */
type Draft = { readonly change: Change; readonly write: Write; readonly undo: Undo; readonly after: readonly Draft[] };

type Place = { readonly write: Write; readonly kind: Kind; readonly key: string };

const isProgress = (kind: Kind, key: string): boolean => kind === "cohort-group" && key === PROGRESS_KEY;

/**
 * Holds and beginnings are written before anything else; deletes of what policies name come after the policies, which
 * themselves go in one wave: made, changed and deleted.
 */
const rankOf = ({ write, kind, key }: Place): number => {
  if (isProgress(kind, key) && write.type !== "delete") return 0;
  if (write.type === "delete" && kind !== "conditional-access") return 2 * KINDS.length - kindOrder(kind);
  return 1 + kindOrder(kind);
};

const refTo = ({ kind, key }: Change): Ref => `@${kind}/${key}`;

/** What the change's resource is called by in other settings: its id and, when it is made in this run, its reference. */
const isNamed = (change: Change, ids: readonly string[]): boolean => (change.id !== undefined && ids.includes(change.id)) || ids.includes(refTo(change));

const chunks = (ids: readonly ObjectId[]): readonly (readonly ObjectId[])[] =>
  Array.from({ length: Math.ceil(ids.length / MEMBERS_A_WRITE) }, (_, at) => ids.slice(at * MEMBERS_A_WRITE, (at + 1) * MEMBERS_A_WRITE));

const memberDrafts = (change: Change, after: readonly Draft[]): readonly Draft[] => {
  const { key, members } = change;
  if (members === undefined) return [];
  const group = change.id ?? refTo(change);
  return [
    ...chunks(members.added).map(
      (ids): Draft => ({ change, write: { type: "add-members", key, group, ids }, undo: { type: "members", added: ids, removed: [] }, after }),
    ),
    ...members.removed.map(
      (id): Draft => ({ change, write: { type: "remove-member", key, group, ids: [id] }, undo: { type: "members", added: [], removed: [id] }, after }),
    ),
  ];
};

/** A write for the settings, if they differ, then those for the members. */
const upserts = (change: Change, after: readonly Draft[]): readonly Draft[] => {
  const { kind, key, id, before, after: settings, action, fields } = change;
  if (settings === undefined) return [];
  if (action === "create") {
    const made: Draft = { change, write: { type: "create", kind, key, settings }, undo: { type: "delete" }, after };
    return [made, ...memberDrafts(change, [made])];
  }
  if (id === undefined || before === undefined) return [];
  const update: Draft = { change, write: { type: "update", kind, key, id, before, after: settings }, undo: { type: "restore", before }, after };
  return [...(fields.length > 0 ? [update] : []), ...memberDrafts(change, after)];
};

const deletes = (change: Change, after: readonly Draft[]): readonly Draft[] => {
  const { kind, key, id, before, members } = change;
  if (id === undefined || before === undefined) return [];
  if (kind === "cohort-group") {
    // Groups are made anew, as their soft delete is a preview that no tenant has to have.
    return [{ change, write: { type: "delete", kind, key, id, before }, undo: { type: "recreate", before, members: members?.removed ?? [] }, after }];
  }
  const location = kind === "named-location" ? settingsOf("named-location", before) : undefined;
  if (location?.trusted !== true) return [{ change, write: { type: "delete", kind, key, id, before }, undo: { type: "restore-deleted", id, before }, after }];
  // The service deletes no location that is still trusted.
  const plain = { ...location, trusted: false };
  const loosened: Draft = { change, write: { type: "update", kind, key, id, before, after: plain }, undo: { type: "restore", before }, after };
  return [
    loosened,
    { change, write: { type: "delete", kind, key, id, before: plain }, undo: { type: "restore-deleted", id, before: plain }, after: [loosened] },
  ];
};

const idsBefore = ({ kind, before }: Change): readonly string[] => (before === undefined ? [] : idsIn<Kind>(kind, before));
const idsAfter = ({ kind, after }: Change): readonly string[] => (after === undefined ? [] : idsIn<Kind>(kind, after));

const hasPhaseOf = (a: Change, b: Change): boolean => a.phases.some((phase) => b.phases.includes(phase));

const draftsOf = (changes: readonly Change[]): readonly Draft[] => {
  const kept = changes.filter(({ action }) => action !== "delete");
  const progress = kept.filter(({ kind, key }) => isProgress(kind, key)).flatMap((change) => upserts(change, []));
  // A hold or a beginning that is not written down would be gone with the next run: what a phase does comes after it.
  const toldFor = (change: Change): readonly Draft[] => progress.filter((each) => hasPhaseOf(each.change, change));
  const groundwork = kept
    .filter(({ kind, key }) => kind !== "conditional-access" && !isProgress(kind, key))
    .flatMap((change) => upserts(change, toldFor(change)));
  const policies = changes
    .filter(({ kind }) => kind === "conditional-access")
    .flatMap((change) => {
      const ids = idsAfter(change);
      // Whom a policy is for, and whom it leaves out, is in place before the policy; who is to leave a group can leave later.
      const stands = groundwork.filter((each) => each.write.type !== "remove-member" && isNamed(each.change, ids));
      return change.action === "delete" ? deletes(change, toldFor(change)) : upserts(change, [...toldFor(change), ...stands]);
    });
  const lastly = changes
    .filter(({ action, kind }) => action === "delete" && kind !== "conditional-access")
    .flatMap((change) =>
      deletes(
        change,
        policies.filter((each) => isNamed(change, idsBefore(each.change)) && !isNamed(change, idsAfter(each.change))),
      ),
    );
  return [...progress, ...groundwork, ...policies, ...lastly];
};

const placeOf = ({ change, write }: Draft): Place => ({ write, kind: change.kind, key: change.key });

/**
 * One step a write, in the order in which they may be done: the plan's progress first, groups, their members, networks,
 * policies, then the deletes of networks and groups. An id is a number with leading zeros, `0001`, in that order.
 *
 * An undo of type `members` tells what the step did: `added` are to be taken out, `removed` to be put back.
 */
export const orderSteps = (diff: Diff): readonly Step[] => {
  const drafts = draftsOf([...diff.changes].sort(byKindAndKey)).map((draft, at) => ({ draft, at }));
  const ordered = drafts.sort((a, b) => rankOf(placeOf(a.draft)) - rankOf(placeOf(b.draft)) || a.at - b.at).map(({ draft }) => draft);
  const width = Math.max(4, String(ordered.length).length);
  const ids = new Map<Draft, StepId>(ordered.map((draft, at) => [draft, String(at + 1).padStart(width, "0")]));
  const idOf = (draft: Draft): StepId => ids.get(draft) ?? "";
  return ordered.map((draft) => ({
    id: idOf(draft),
    kind: draft.change.kind,
    key: draft.change.key,
    name: draft.change.name,
    write: draft.write,
    undo: draft.undo,
    after: draft.after.map(idOf),
    phases: draft.change.phases,
  }));
};

/**
 * The steps to perform next: all of one kind, in the order of kinds, with everything done that they stand on.
 *
 * @param steps those that were not tried yet.
 * @returns nothing when none is left, or when what is left stands on steps that were not done.
 */
export const nextWave = (steps: readonly Step[], done: ReadonlySet<StepId>): readonly Step[] => {
  const ready = steps.filter(({ after }) => after.every((id) => done.has(id)));
  const first = Math.min(...new Set(ready.map(rankOf)));
  return ready.filter((step) => rankOf(step) === first);
};
