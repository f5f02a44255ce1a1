/** The way back from states of per-user MFA: each account to the state that it had, unless somebody changed it since. */

import type { StateChanges, Step, Write } from "./changes.ts";
import { happened, lastWriters, type RecordedStep, type Run } from "./journal.ts";
import type { PerUserStates } from "./per-user-states.ts";
import type { Known, ObjectId, PerUserState } from "./tenant.ts";

type SetStates = Extract<Write, { readonly type: "set-states" }>;

/** What becomes of one account: nothing to do, back, or left as it is. */
type Way = { readonly type: "as-before" } | { readonly type: "back"; readonly now: PerUserState } | { readonly type: "left"; readonly because: Because };
/** A run by its id, or one of these. */
type Because = "changed" | "unread" | { readonly run: string };

export type UndoStatesInput = {
  readonly run: Run;
  readonly later: readonly Run[];
  readonly states: Known<PerUserStates> | undefined;
};

const idsIn = (write: Write): readonly ObjectId[] => (write.type === "set-states" ? write.accounts.map(({ id }) => id) : []);

const wayOf = (writers: ReadonlyMap<ObjectId, string>, to: PerUserState, { id, before }: StateChanges["accounts"][number], states: PerUserStates): Way => {
  const now = states.get(id);
  if (now === before) return { type: "as-before" };
  if (now === undefined) return { type: "left", because: "unread" };
  if (now === to) return { type: "back", now };
  const run = writers.get(id);
  if (run !== undefined) return { type: "left", because: { run } };
  // Whoever registers after being enabled is enforced by the service, not by somebody.
  return to === "enabled" && now === "enforced" ? { type: "back", now } : { type: "left", because: "changed" };
};

const worded = (count: number, because: Because): string => {
  const accounts = count === 1 ? "1 of its accounts" : `${count.toLocaleString("en-GB")} of its accounts`;
  if (because === "unread") return `${accounts} ${count === 1 ? "is" : "are"} not there any more`;
  if (because === "changed") return `${accounts} got another state since, not by this tool; ${count === 1 ? "it stays as it is" : "they stay as they are"}`;
  return `${accounts} got another state since by the run ${because.run}: undo that one first`;
};

const keyOf = (because: Because): string => (typeof because === "string" ? because : because.run);

/** Told once for all the steps of a key, since a cohort's accounts are spread over many. */
const leftOf = (run: Run, key: string, wayOfAccount: (to: PerUserState, account: StateChanges["accounts"][number]) => Way): readonly string[] => {
  const counts = new Map<string, { readonly because: Because; readonly count: number }>();
  for (const recorded of run.steps) {
    const { write } = recorded.step;
    if (write.type !== "set-states" || write.key !== key || happened(recorded) === "no") continue;
    for (const account of write.accounts) {
      const way = wayOfAccount(write.to, account);
      if (way.type === "left") counts.set(keyOf(way.because), { because: way.because, count: (counts.get(keyOf(way.because))?.count ?? 0) + 1 });
    }
  }
  return [...counts.values()].map(({ count, because }) => worded(count, because)).sort();
};

const stepFrom = (of: Step, to: PerUserState, accounts: StateChanges["accounts"], suffix: string): Step => ({
  id: `undo-${of.id}${suffix}`,
  kind: of.kind,
  key: of.key,
  name: of.name,
  write: { type: "set-states", kind: "per-user-mfa", key: of.key, to, accounts },
  undo: { type: "states", accounts },
  after: [],
  phases: of.phases,
});

export type UndoneStates = { readonly steps: readonly Step[]; readonly left: readonly string[] };

/** @returns for each step of the run the steps that set its accounts back, and in words what of its key is left as it is. */
export const undoStates = ({ run, later, states }: UndoStatesInput): ((recorded: RecordedStep, write: SetStates) => UndoneStates) => {
  const writers = lastWriters(later, idsIn);
  const leftByKey = new Map<string, readonly string[]>();
  return ({ step }, write) => {
    if (states?.type !== "present")
      return { steps: [], left: [`the states of its accounts could not be read${states?.type === "unknown" ? `: ${states.because}` : ""}`] };
    const way = (to: PerUserState, account: StateChanges["accounts"][number]): Way => wayOf(writers, to, account, states.value);
    const left = leftByKey.get(write.key) ?? leftOf(run, write.key, way);
    leftByKey.set(write.key, left);
    const back = new Map<PerUserState, { readonly id: ObjectId; readonly before: PerUserState }[]>();
    for (const account of write.accounts) {
      const its = way(write.to, account);
      if (its.type === "back") back.set(account.before, [...(back.get(account.before) ?? []), { id: account.id, before: its.now }]);
    }
    const groups = [...back].sort(([a], [b]) => (a < b ? -1 : 1));
    return { steps: groups.map(([to, accounts]) => stepFrom(step, to, accounts, groups.length > 1 ? `-${to}` : "")), left };
  };
};
