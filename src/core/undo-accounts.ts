/** The way back from accounts that were blocked or deleted: each as it was, unless somebody changed it since. */

import type { AccountLinks, AccountStanding } from "./accounts/facts.ts";
import type { Step, Write } from "./changes.ts";
import { happened, lastWriters, type RecordedStep, type Run } from "./journal.ts";
import { namesInShort } from "./mailbox-names.ts";
import type { Known, ObjectId } from "./tenant.ts";

type SetAccounts = Extract<Write, { readonly type: "set-accounts" }>;

export type UndoAccountsInput = {
  readonly run: Run;
  readonly later: readonly Run[];
  /** What became of the accounts of the run; undefined: nobody looked. */
  readonly standing: Known<ReadonlyMap<ObjectId, AccountStanding>> | undefined;
  /** What belonged to accounts that were deleted, by the archive. */
  readonly links: ReadonlyMap<ObjectId, AccountLinks>;
  readonly nameOf: (id: ObjectId) => string;
};

/** A run by its id, or one of these. */
type Because = "gone" | "deleted" | "changed" | "unarchived" | { readonly run: string };
type Way = { readonly type: "as-before" } | { readonly type: "back" } | { readonly type: "left"; readonly because: Because };

const idsIn = (write: Write): readonly ObjectId[] => (write.type === "set-accounts" ? write.ids : []);
const deletedIn = (write: Write): readonly ObjectId[] => (write.type === "set-accounts" && write.to === "deleted" ? write.ids : []);

/** Whom a step was not done for, by its own outcome. */
const missed = ({ outcome }: RecordedStep): ReadonlySet<ObjectId> => new Set(outcome?.type === "unknown" && outcome.refused === true ? outcome.lacking : []);

/** Whom an earlier try to take the run back brought back with all that belonged to them. */
const broughtBack = (run: Run, later: readonly Run[]): ReadonlySet<ObjectId> =>
  new Set(
    later
      .filter(({ start }) => start.undoes === run.id)
      .flatMap(({ steps }) => steps.flatMap(({ step, outcome }) => (outcome?.type === "done" ? idsIn(step.write) : []))),
  );

const wayOf = (
  { to }: SetAccounts,
  id: ObjectId,
  standing: AccountStanding | undefined,
  { writers, deleters }: { readonly writers: ReadonlyMap<ObjectId, string>; readonly deleters: ReadonlyMap<ObjectId, string> },
  links: UndoAccountsInput["links"],
  isWhole: boolean,
): Way => {
  const run = writers.get(id);
  if (to === "deleted") {
    if (standing === "gone" || standing === undefined) return { type: "left", because: "gone" };
    if (standing !== "deleted") {
      // Back already, by an earlier try or by hand: what belongs to it may be missing still.
      return links.has(id) && run === undefined && !isWhole ? { type: "back" } : { type: "as-before" };
    }
    // Back once, and deleted again: by then it may have had something else.
    const again = deleters.get(id);
    if (again !== undefined) return { type: "left", because: { run: again } };
    return links.has(id) ? { type: "back" } : { type: "left", because: "unarchived" };
  }
  if (standing === "enabled") return { type: "as-before" };
  if (run !== undefined) return { type: "left", because: { run } };
  if (standing === "blocked") return { type: "back" };
  return { type: "left", because: standing === "deleted" ? "deleted" : "gone" };
};

const were = (count: number): string => (count === 1 ? "was" : "were");

const worded = (count: number, because: Because): string => {
  const accounts = count === 1 ? "1 of its accounts" : `${count.toLocaleString("en-GB")} of its accounts`;
  switch (because) {
    case "gone":
      return `${accounts} ${count === 1 ? "is" : "are"} gone for good; accounts restore makes them anew from the archive`;
    case "deleted":
      return `${accounts} ${were(count)} deleted since; bring ${count === 1 ? "it" : "them"} back first`;
    case "changed":
      return `${accounts} ${were(count)} changed since, not by this tool`;
    case "unarchived":
      return `${accounts} ${count === 1 ? "is" : "are"} among the deleted, but the archive of this run does not have ${count === 1 ? "it" : "them"}: restore ${count === 1 ? "it" : "them"} in the admin centre`;
    default:
      return `${accounts} ${were(count)} changed since by the run ${because.run}: undo that one first`;
  }
};

const keyOf = (because: Because): string => (typeof because === "string" ? because : because.run);

type UndoneAccounts = { readonly steps: readonly Step[]; readonly left: readonly string[] };

/** @returns for each step of the run the step that takes it back, and in words whom of its key it leaves as they are. */
export const undoAccounts = ({ run, later, standing, links, nameOf }: UndoAccountsInput): ((recorded: RecordedStep, write: SetAccounts) => UndoneAccounts) => {
  const by = { writers: lastWriters(later, idsIn), deleters: lastWriters(later, deletedIn) };
  const whole = broughtBack(run, later);
  const leftByKey = new Map<string, readonly string[]>();
  return (recorded, write) => {
    if (standing?.type !== "present")
      return { steps: [], left: [`its accounts could not be read${standing?.type === "unknown" ? `: ${standing.because}` : ""}`] };
    const way = (of: RecordedStep, its: SetAccounts, id: ObjectId): Way =>
      missed(of).has(id) ? { type: "as-before" } : wayOf(its, id, standing.value.get(id), by, links, whole.has(id));
    // Told once for all the steps of a key, since its accounts are spread over many.
    const leftOf = (): readonly string[] => {
      const found = new Map<string, { readonly because: Because; readonly ids: ObjectId[] }>();
      for (const each of run.steps) {
        const its = each.step.write;
        if (its.type !== "set-accounts" || its.kind !== write.kind || its.key !== write.key || happened(each) === "no") continue;
        for (const id of its.ids) {
          const one = way(each, its, id);
          if (one.type !== "left") continue;
          const own = found.get(keyOf(one.because)) ?? { because: one.because, ids: [] };
          own.ids.push(id);
          found.set(keyOf(one.because), own);
        }
      }
      return [...found.values()].map(({ ids, because }) => `${worded(ids.length, because)}: ${namesInShort(ids.map(nameOf))}`).sort();
    };
    const key = `${write.kind}/${write.key}`;
    const left = leftByKey.get(key) ?? leftOf();
    leftByKey.set(key, left);
    const ids = write.ids.filter((id) => way(recorded, write, id).type === "back");
    if (ids.length === 0) return { steps: [], left };
    const { step } = recorded;
    const to = write.to === "deleted" ? "restored" : "enabled";
    const back = ids.flatMap((id) => links.get(id) ?? []);
    return {
      steps: [
        {
          id: `undo-${step.id}`,
          kind: step.kind,
          key: step.key,
          name: step.name,
          write: { type: "set-accounts", kind: write.kind, key: write.key, to, ids, ...(to === "restored" && { back }) },
          undo: { type: "accounts", to: write.to, ids },
          after: [],
          phases: step.phases,
        },
      ],
      left,
    };
  };
};
