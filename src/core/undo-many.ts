/** The way back from writes for many, each of whom is compared by itself: states of accounts, mailboxes, accounts of a list. */

import type { AccountLinks } from "./accounts/facts.ts";
import { addressIn } from "./accounts/listed-lines.ts";
import type { Step } from "./changes.ts";
import type { RecordedStep, Run } from "./journal.ts";
import type { Observed } from "./observed.ts";
import type { ObjectId } from "./tenant.ts";
import { undoAccounts } from "./undo-accounts.ts";
import { undoMailboxes } from "./undo-mailboxes.ts";
import { type UndoneStates, undoStates } from "./undo-states.ts";

export type UndoManyInput = {
  readonly run: Run;
  readonly later: readonly Run[];
  readonly observed: Observed;
  /** What belonged to accounts that the run deleted. */
  readonly links?: ReadonlyMap<ObjectId, AccountLinks>;
  /** The tenant's own word on SMTP AUTH once the run is taken back; undefined: nobody can say. */
  readonly smtpAuth: "on" | "off" | undefined;
};

export type UndoneMany = UndoneStates | { readonly steps: readonly Step[]; readonly left: readonly string[] };

/** @returns nothing for a step that is no write for many. */
export const undoMany = ({ run, later, observed, links = new Map(), smtpAuth }: UndoManyInput): ((recorded: RecordedStep) => UndoneMany | undefined) => {
  const { roster } = observed;
  const statesBack = undoStates({ run, later, states: observed.perUser });
  const mailboxesBack = undoMailboxes({ run, later, mailboxes: observed.mailboxes, roster, smtpAuth });
  const nameOf = (id: ObjectId): string => addressIn(observed, id) ?? id;
  const accountsBack = undoAccounts({ run, later, standing: observed.standing, links, nameOf });
  return (recorded) => {
    const { write } = recorded.step;
    switch (write.type) {
      case "set-states":
        return statesBack(recorded, write);
      case "set-mailboxes":
        return mailboxesBack(recorded, write);
      case "set-accounts":
        return accountsBack(recorded, write);
      default:
        return undefined;
    }
  };
};
