/** Protocols of mailboxes before and after they are written: each mailbox is compared by itself, since success says nothing. */

import type { Rest } from "./account-states.ts";
import type { MailboxChange, Step, StepOutcome, Write } from "./core/changes.ts";
import type { Mailboxes, MailboxState } from "./core/mailboxes.ts";
import { MAILBOX_FLAGS, type MailboxFields, type ObjectId } from "./core/tenant.ts";

type SetMailboxes = Extract<Write, { readonly type: "set-mailboxes" }>;

export const isMailboxes = (step: Step): boolean => step.write.type === "set-mailboxes";

export const mailboxesIn = (steps: readonly Step[]): readonly ObjectId[] =>
  steps.flatMap(({ write }) => (write.type === "set-mailboxes" ? write.mailboxes.map(({ id }) => id) : []));

const FIELDS = [...MAILBOX_FLAGS, "smtpAuth"] as const;

const shows = (state: MailboxState, fields: MailboxFields): boolean => FIELDS.every((field) => fields[field] === undefined || fields[field] === state[field]);

/** What of a mailbox still differs from what it is to be; a field that is so already needs no write. */
const open = ({ id, before, after }: MailboxChange, state: MailboxState): MailboxChange => {
  const names = FIELDS.filter((field) => after[field] !== undefined && after[field] !== state[field]);
  const part = (fields: MailboxFields): MailboxFields => Object.fromEntries(Object.entries(fields).filter(([name]) => names.some((each) => each === name)));
  return { id, before: part(before), after: part(after) };
};

/**
 * What of a write is still to be done. A mailbox that is gone, or as it is to be already, needs none.
 *
 * @returns `moved`: mailboxes that somebody set to something else since they were read.
 */
const stillToWrite = ({ mailboxes }: SetMailboxes, now: Mailboxes): { readonly still: readonly MailboxChange[]; readonly moved: number } => {
  const still: MailboxChange[] = [];
  let moved = 0;
  for (const mailbox of mailboxes) {
    const state = now.get(mailbox.id);
    if (state === undefined) continue;
    const left = open(mailbox, state);
    if (Object.keys(left.after).length === 0) continue;
    if (shows(state, left.before)) still.push(left);
    else moved += 1;
  }
  return { still, moved };
};

/** The step for some of its mailboxes alone. */
const forMailboxes = (step: Step, write: SetMailboxes, mailboxes: readonly MailboxChange[]): Step => ({
  ...step,
  write: { ...write, mailboxes },
  undo: { type: "mailboxes", mailboxes },
});

/** @returns undefined for a step that sets no mailbox. */
export const restOfMailboxes = (step: Step, now: Mailboxes): Rest | undefined => {
  const { write } = step;
  if (write.type !== "set-mailboxes") return undefined;
  const { still, moved } = stillToWrite(write, now);
  return { step: still.length > 0 ? forMailboxes(step, write, still) : undefined, moved };
};

/** How a write ended, or which of its mailboxes do not show it yet. @param told what the service said to it */
export const seenMailboxes = ({ mailboxes }: SetMailboxes, now: Mailboxes, told?: StepOutcome): StepOutcome | readonly ObjectId[] => {
  const lacking = mailboxes.filter(({ id, after }) => {
    const state = now.get(id);
    return state !== undefined && !shows(state, after);
  });
  if (lacking.length === 0) return { type: "done" };
  const strange = lacking.find(({ id, before, after }) => {
    const state = now.get(id);
    return state !== undefined && FIELDS.some((field) => after[field] !== undefined && state[field] !== after[field] && state[field] !== before[field]);
  });
  const ids = lacking.map(({ id }) => id);
  if (strange !== undefined) return { type: "unknown", because: "somebody else changed it meanwhile", lacking: ids };
  // What was refused will not show however long it is waited for.
  const isNo = told?.type === "unknown" && told.refused === true && ids.every((id) => told.lacking?.includes(id) === true);
  return isNo ? { ...told, lacking: ids } : ids;
};
