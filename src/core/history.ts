/** What earlier runs left behind, as their journals tell: with it a guard can say what somebody changed since. */

import type { Write } from "./changes.ts";
import { createsOf, happened, inOrder, type RecordedStep, type Run } from "./journal.ts";
import { mapIds, settingsOf } from "./kinds/index.ts";
import { strengthOf } from "./per-user-states.ts";
import type { Instant, Kind, ObjectId, PerUserState, Ref, Settings } from "./tenant.ts";

/** One resource as the runs left it. */
export type Written = {
  readonly kind: Kind;
  readonly key: string;
  readonly id?: ObjectId;
  /** What stood there last: one value, or several when an answer was lost and nobody knows which of them. */
  readonly possible: readonly Settings[];
  /** False when it may never have come about, or may be gone again. */
  readonly sure: boolean;
  readonly at: Instant;
  readonly run: string;
  /** Those whom the runs put in and did not take out again. */
  readonly members: ReadonlySet<ObjectId>;
  /** The journals know it from its making on, so that every member who is not in `members` was put in by others. */
  readonly whole: boolean;
};

export type History = {
  /** By `@kind/key`. */
  readonly written: ReadonlyMap<string, Written>;
  /** How many accounts the last run left: those that it saw, without those that it deleted. */
  readonly accounts?: number;
  /** The states of per-user MFA that the runs set last, by account; missing when they set none. */
  readonly states?: ReadonlyMap<ObjectId, SetState>;
};

/** Where an answer was lost, the lesser of the states that an account may have got. */
type SetState = { readonly state: PerUserState; readonly at: Instant; readonly run: string };

export const refOf = (kind: Kind, key: string): Ref => `@${kind}/${key}`;

/** The settings with references replaced by ids, as far as these are known. */
export const withIds = (kind: Kind, settings: Settings, ids: ReadonlyMap<string, ObjectId>): Settings =>
  mapIds(kind, settingsOf(kind, settings), (id) => ids.get(id) ?? id);

/** The ids of what the runs made, by reference; of a key that was made twice the later. */
const madeIds = (runs: readonly Run[]): ReadonlyMap<string, ObjectId> => {
  const ids = new Map<string, ObjectId>();
  for (const run of inOrder(runs)) {
    for (const { step, outcome } of run.steps) {
      const { write } = step;
      if (write.type === "update" || write.type === "restore" || write.type === "delete") ids.set(refOf(write.kind, write.key), write.id);
      else if (write.type === "create" && outcome?.type === "done" && outcome.id !== undefined) ids.set(refOf(write.kind, write.key), outcome.id);
    }
  }
  for (const { kind, key, id } of createsOf(runs)) if (id !== undefined) ids.set(refOf(kind, key), id);
  return ids;
};

const NOBODY: ReadonlySet<ObjectId> = new Set();

const afterMembers = (old: Written | undefined, recorded: RecordedStep, ids: ReadonlyMap<string, ObjectId>): Written | undefined => {
  const { write } = recorded.step;
  if (old === undefined || (write.type !== "add-members" && write.type !== "remove-member")) return old;
  const group = ids.get(write.group) ?? write.group;
  if (old.id !== undefined && old.id !== group) return old;
  const members = new Set(old.members);
  for (const id of write.ids) {
    // Who may have been taken out is no longer counted as put in, and who may have been put in is not counted yet.
    if (write.type === "remove-member") members.delete(id);
    else if (happened(recorded) === "yes") members.add(id);
  }
  return { ...old, members };
};

const afterStep = (old: Written | undefined, run: Run, recorded: RecordedStep, ids: ReadonlyMap<string, ObjectId>): Written | undefined => {
  const sure = happened(recorded);
  if (sure === "no") return old;
  const { write } = recorded.step;
  const by = { run: run.id, at: recorded.sentAt ?? recorded.intentAt };
  const seen = recorded.outcome?.type === "done" ? recorded.outcome : undefined;
  switch (write.type) {
    case "delete":
      return sure === "yes" || old === undefined ? undefined : { ...old, ...by, sure: false };
    case "create":
    case "restore": {
      const id = write.type === "restore" ? write.id : seen?.id;
      return {
        kind: write.kind,
        key: write.key,
        ...(id !== undefined && { id }),
        possible: [seen?.settings ?? withIds(write.kind, write.settings, ids)],
        sure: sure === "yes",
        ...by,
        members: NOBODY,
        whole: write.type === "create",
      };
    }
    case "update": {
      const now = seen?.settings ?? withIds(write.kind, write.after, ids);
      const before = old?.possible ?? [write.before];
      return {
        kind: write.kind,
        key: write.key,
        id: write.id,
        possible: sure === "yes" ? [now] : [...before, now],
        sure: true,
        ...by,
        members: old?.members ?? NOBODY,
        whole: old?.whole ?? false,
      };
    }
    case "add-members":
    case "remove-member":
      return afterMembers(old ?? { kind: "cohort-group", key: write.key, possible: [], sure: true, ...by, members: NOBODY, whole: false }, recorded, ids);
  }
};

const noteStates = (states: Map<ObjectId, SetState>, run: Run, recorded: RecordedStep): void => {
  const sure = happened(recorded);
  const { write } = recorded.step;
  if (write.type !== "set-states" || sure === "no") return;
  for (const { id, before } of write.accounts) {
    const old = states.get(id)?.state ?? before;
    const state = sure === "perhaps" && strengthOf(old) < strengthOf(write.to) ? old : write.to;
    states.set(id, { state, at: recorded.intentAt, run: run.id });
  }
};

const keyOf = ({ write }: RecordedStep["step"]): string =>
  write.type === "add-members" || write.type === "remove-member" ? refOf("cohort-group", write.key) : refOf(write.kind, write.key);

/** By how many accounts the tenant grows with a write of our own: what this tool deleted is not missing from the list. */
const growthBy = ({ to, ids }: Extract<Write, { readonly type: "set-accounts" }>): number =>
  to === "deleted" ? -ids.length : to === "restored" ? ids.length : 0;

/**
 * @param runs of one plan in one tenant, in any order; runs that were cut and partly done count as far as they came.
 * @returns undefined when there is none: then nothing can be compared with what was there.
 */
export const historyOf = (runs: readonly Run[]): History | undefined => {
  if (runs.length === 0) return undefined;
  const ids = madeIds(runs);
  const written = new Map<string, Written>();
  const states = new Map<ObjectId, SetState>();
  const put = (at: string, now: Written | undefined): void => {
    if (now === undefined) written.delete(at);
    else written.set(at, now);
  };
  let accounts: number | undefined;
  for (const run of inOrder(runs)) {
    accounts = run.start.accounts ?? accounts;
    for (const settled of run.settled) {
      const step = runs.find((each) => each.id === settled.run)?.steps.find((each) => each.step.id === settled.step)?.step;
      const old = step === undefined ? undefined : written.get(keyOf(step));
      if (step === undefined || old === undefined || old.run !== settled.run) continue;
      put(keyOf(step), settled.found === undefined ? undefined : { ...old, id: settled.found, sure: true });
    }
    for (const recorded of run.steps) {
      noteStates(states, run, recorded);
      const { write } = recorded.step;
      if (accounts !== undefined && write.type === "set-accounts" && happened(recorded) !== "no") accounts += growthBy(write);
      if (write.type === "set-states" || write.type === "set-mailboxes" || write.type === "set-accounts") continue;
      const at = keyOf(recorded.step);
      put(at, afterStep(written.get(at), run, recorded, ids));
    }
  }
  return { written, ...(states.size > 0 && { states }), ...(accounts !== undefined && { accounts }) };
};
