/** The way back from protocols of mailboxes: each mailbox to what it had itself, unless somebody changed it since. */

import type { MailboxChange, Step, Write } from "./changes.ts";
import { happened, lastWriters, type RecordedStep, type Run } from "./journal.ts";
import { mailboxNames, namesInShort } from "./mailbox-names.ts";
import type { Mailboxes } from "./mailboxes.ts";
import type { Roster } from "./roster.ts";
import type { Known, MailboxFields, ObjectId } from "./tenant.ts";

type SetMailboxes = Extract<Write, { readonly type: "set-mailboxes" }>;

export type UndoMailboxesInput = {
  readonly run: Run;
  readonly later: readonly Run[];
  readonly mailboxes: Known<Mailboxes> | undefined;
  readonly roster: Known<Roster>;
  /** The tenant's own word on SMTP AUTH once the run is taken back; undefined: nobody can say. */
  readonly smtpAuth: "on" | "off" | undefined;
};

/** A run by its id, or one of these. */
type Because = "changed" | "gone" | "tenant" | { readonly run: string };

type Way = { readonly type: "as-before" } | { readonly type: "back"; readonly change: MailboxChange } | { readonly type: "left"; readonly because: Because };

const idsIn = (write: Write): readonly ObjectId[] => (write.type === "set-mailboxes" ? write.mailboxes.map(({ id }) => id) : []);

/** What the mailbox shows of the fields that a change is about. */
const shownOf = (fields: MailboxFields, state: MailboxFields): MailboxFields =>
  Object.fromEntries(Object.entries(state).filter(([name]) => Object.hasOwn(fields, name)));

const entriesOf = (fields: MailboxFields): readonly (readonly [string, unknown])[] => Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));

const isSame = (a: MailboxFields, b: MailboxFields): boolean => JSON.stringify(entriesOf(a)) === JSON.stringify(entriesOf(b));

/** Who goes on by a word of its own would stop by going back to that of the tenant, which was on when it was given one. */
const stops = ({ before, after }: MailboxChange, smtpAuth: UndoMailboxesInput["smtpAuth"]): boolean =>
  after.smtpAuth === "on" && before.smtpAuth === "inherit" && smtpAuth !== "on";

const wayOf = (writers: ReadonlyMap<ObjectId, string>, change: MailboxChange, mailboxes: Mailboxes, smtpAuth: UndoMailboxesInput["smtpAuth"]): Way => {
  const { id, before, after } = change;
  const state = mailboxes.get(id);
  if (state === undefined) return { type: "left", because: "gone" };
  const now = shownOf(before, state);
  if (isSame(now, before)) return { type: "as-before" };
  if (isSame(now, after)) return stops(change, smtpAuth) ? { type: "left", because: "tenant" } : { type: "back", change: { id, before: now, after: before } };
  const run = writers.get(id);
  return { type: "left", because: run === undefined ? "changed" : { run } };
};

const worded = (count: number, because: Because): string => {
  const mailboxes = count === 1 ? "1 of its mailboxes" : `${count.toLocaleString("en-GB")} of its mailboxes`;
  if (because === "gone") return `${mailboxes} ${count === 1 ? "is" : "are"} not there any more`;
  if (because === "tenant")
    return `${mailboxes} would stop handing in mail, since SMTP AUTH is not known to be on for the tenant; ${count === 1 ? "it stays as it is" : "they stay as they are"}`;
  if (because === "changed")
    return `${mailboxes} ${count === 1 ? "was" : "were"} changed since, not by this tool; ${count === 1 ? "it stays as it is" : "they stay as they are"}`;
  return `${mailboxes} ${count === 1 ? "was" : "were"} changed since by the run ${because.run}: undo that one first`;
};

const keyOf = (because: Because): string => (typeof because === "string" ? because : because.run);

/** Told once for all the steps of a key, since its mailboxes are spread over many. */
const leftOf = (run: Run, key: string, way: (change: MailboxChange) => Way, named: (ids: readonly ObjectId[]) => readonly string[]): readonly string[] => {
  const found = new Map<string, { readonly because: Because; readonly ids: ObjectId[] }>();
  for (const recorded of run.steps) {
    const { write } = recorded.step;
    if (write.type !== "set-mailboxes" || write.key !== key || happened(recorded) === "no") continue;
    for (const mailbox of write.mailboxes) {
      const its = way(mailbox);
      if (its.type !== "left") continue;
      const own = found.get(keyOf(its.because)) ?? { because: its.because, ids: [] };
      own.ids.push(mailbox.id);
      found.set(keyOf(its.because), own);
    }
  }
  return [...found.values()].map(({ ids, because }) => `${worded(ids.length, because)}: ${namesInShort(named(ids))}`).sort();
};

type UndoneMailboxes = { readonly steps: readonly Step[]; readonly left: readonly string[] };

/** @returns for each step of the run the step that sets its mailboxes back, and in words what of its key is left as it is. */
export const undoMailboxes = ({
  run,
  later,
  mailboxes,
  roster,
  smtpAuth,
}: UndoMailboxesInput): ((recorded: RecordedStep, write: SetMailboxes) => UndoneMailboxes) => {
  const writers = lastWriters(later, idsIn);
  const leftByKey = new Map<string, readonly string[]>();
  return ({ step }, write) => {
    if (mailboxes?.type !== "present")
      return { steps: [], left: [`its mailboxes could not be read${mailboxes?.type === "unknown" ? `: ${mailboxes.because}` : ""}`] };
    const way = (change: MailboxChange): Way => wayOf(writers, change, mailboxes.value, smtpAuth);
    const left = leftByKey.get(write.key) ?? leftOf(run, write.key, way, (ids) => mailboxNames({ mailboxes, roster }, ids));
    leftByKey.set(write.key, left);
    const back = write.mailboxes.flatMap((mailbox) => {
      const its = way(mailbox);
      return its.type === "back" ? [its.change] : [];
    });
    if (back.length === 0) return { steps: [], left };
    const undone: Step = {
      id: `undo-${step.id}`,
      kind: step.kind,
      key: step.key,
      name: step.name,
      write: { type: "set-mailboxes", kind: "mailbox-protocols", key: step.key, mailboxes: back },
      undo: { type: "mailboxes", mailboxes: back },
      after: [],
      phases: step.phases,
    };
    return { steps: [undone], left };
  };
};
