/** A run's journal: entries as lines, and what they say once they are read back. */

import { byText } from "./canonical.ts";
import type { Entry, Step, StepId, StepOutcome, Write } from "./changes.ts";
import { entrySchema } from "./entry-schema.ts";
import type { Instant, Kind, ObjectId, Settings } from "./tenant.ts";

/** One line of JSON an entry, each with its line feed. */
export const linesOf = (entries: readonly Entry[]): string => entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");

export type JournalText =
  | { readonly type: "read"; readonly entries: readonly Entry[]; readonly torn: boolean }
  /** A whole line that is no entry: the file was edited, or a later version wrote it. `line` counts from 1. */
  | { readonly type: "damaged"; readonly line: number; readonly because: string };

const entryOf = (line: string): Entry | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const parsed = entrySchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
};

/**
 * Reads a journal back. What stands behind the last line feed was being written when the run was killed: what it would
 * have announced did not happen yet, so it is dropped, whole or not.
 */
export const readJournal = (text: string): JournalText => {
  const lines = text.split("\n");
  const rest = lines.pop() ?? "";
  const entries: Entry[] = [];
  for (const [at, line] of lines.entries()) {
    const entry = entryOf(line);
    if (entry === undefined) return { type: "damaged", line: at + 1, because: "it is no journal entry that this version knows" };
    if ((at === 0) !== (entry.type === "start"))
      return { type: "damaged", line: at + 1, because: at === 0 ? "a journal begins with its start" : "a second start" };
    entries.push(entry);
  }
  return { type: "read", entries, torn: rest !== "" };
};

export type Start = Extract<Entry, { readonly type: "start" }>;
export type TwinEntry = Extract<Entry, { readonly type: "twin" }>;
export type Settled = Extract<Entry, { readonly type: "settled" }>;

/** A step as its journal knows it. `outcome` is missing when the run was cut before it was known. */
export type RecordedStep = {
  readonly step: Step;
  readonly intentAt: Instant;
  readonly sentAt?: Instant;
  readonly outcome?: StepOutcome;
};

/** A run as its journal tells it. `end` is missing when it was cut. */
export type Run = {
  readonly id: string;
  readonly start: Start;
  readonly steps: readonly RecordedStep[];
  /** What this run found out about earlier runs' unanswered creates. */
  readonly settled: readonly Settled[];
  /** What it made and took away again, since another machine had made the same; missing: nothing. */
  readonly twins?: readonly TwinEntry[];
  readonly end?: { readonly at: Instant; readonly exit: number };
};

/** @returns undefined when there is no start: the run was cut before it did anything. */
export const runOf = (entries: readonly Entry[]): Run | undefined => {
  const [start] = entries;
  if (start?.type !== "start") return undefined;
  const steps = new Map<StepId, RecordedStep>();
  const settled: Settled[] = [];
  const twins: TwinEntry[] = [];
  let end: Run["end"];
  for (const entry of entries) {
    if (entry.type === "intent") steps.set(entry.step.id, { step: entry.step, intentAt: entry.at });
    else if (entry.type === "settled") settled.push(entry);
    else if (entry.type === "twin") twins.push(entry);
    else if (entry.type === "end") end = { at: entry.at, exit: entry.exit };
    else if (entry.type === "sent" || entry.type === "outcome") {
      const recorded = steps.get(entry.step);
      if (recorded === undefined) continue;
      steps.set(entry.step, entry.type === "sent" ? { ...recorded, sentAt: entry.at } : { ...recorded, outcome: entry.outcome });
    }
  }
  return { id: start.run, start, steps: [...steps.values()], settled, ...(twins.length > 0 && { twins }), ...(end !== undefined && { end }) };
};

/** Oldest first. A practice tenant's clock stands still between commands, so the ids, which grow, decide a tie. */
export const inOrder = (runs: readonly Run[]): readonly Run[] => [...runs].sort((a, b) => a.start.at - b.start.at || byText(a.id, b.id));

/** Whether the write may have happened as far as the journal knows: `no` also for one that was never sent. */
export const happened = (recorded: RecordedStep): "yes" | "no" | "perhaps" => {
  const { outcome, step } = recorded;
  if (outcome?.type === "done") return "yes";
  if (outcome?.type === "refused" || outcome?.type === "left-out") return "no";
  if (outcome === undefined && step.write.type === "create" && recorded.sentAt === undefined) return "no";
  return "perhaps";
};

/**
 * By what was written the last of the runs that wrote it and was not itself taken back.
 *
 * @param ids what of a write is asked for; none of another sort of write
 */
export const lastWriters = (runs: readonly Run[], ids: (write: Write) => readonly ObjectId[]): ReadonlyMap<ObjectId, string> => {
  const back = new Set(runs.flatMap(({ start }) => start.undoes ?? []));
  const writers = new Map<ObjectId, string>();
  for (const { id, start, steps } of runs) {
    if (start.undoes !== undefined || back.has(id)) continue;
    for (const each of steps) {
      if (happened(each) === "no") continue;
      for (const written of ids(each.step.write)) writers.set(written, id);
    }
  }
  return writers;
};

/** A create whose resource may stand in the tenant although a list need not show it yet. */
export type RecentCreate = {
  readonly run: string;
  readonly step: StepId;
  readonly kind: Kind;
  readonly key: string;
  readonly name: string;
  readonly sentAt: Instant;
  /** Known when the service answered. */
  readonly id?: ObjectId;
  readonly settings: Settings;
};

/** How long after it was sent a create may still show up. After that, what is not there was not made, or was deleted. */
export const GIVEN_UP_AFTER_MS = 3_600_000;

/**
 * Of each key the last create (or restore) that no later run deleted, found or gave up, oldest first: answered ones with
 * their id, unanswered ones without. An answered one matters too, since a list may lag behind the answer.
 */
export const createsOf = (runs: readonly Run[]): readonly RecentCreate[] => {
  const open = new Map<string, RecentCreate>();
  for (const run of inOrder(runs)) {
    for (const settled of run.settled) {
      for (const [at, create] of open) {
        if (create.run !== settled.run || create.step !== settled.step) continue;
        if (settled.found === undefined) open.delete(at);
        else open.set(at, { ...create, id: settled.found });
      }
    }
    for (const recorded of run.steps) {
      const { write, name, id: step } = recorded.step;
      const sure = happened(recorded);
      if (sure === "no" || (write.type !== "create" && write.type !== "restore" && write.type !== "delete")) continue;
      const at = `@${write.kind}/${write.key}`;
      if (write.type === "delete") {
        open.delete(at);
        continue;
      }
      const known = write.type === "restore" ? write.id : recorded.outcome?.type === "done" ? recorded.outcome.id : undefined;
      open.set(at, {
        run: run.id,
        step,
        kind: write.kind,
        key: write.key,
        name,
        sentAt: recorded.sentAt ?? recorded.intentAt,
        ...(known !== undefined && { id: known }),
        settings: write.settings,
      });
    }
  }
  return [...open.values()].sort((a, b) => a.sentAt - b.sentAt);
};
