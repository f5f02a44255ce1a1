/** The documents that `--json` prints and that the text renderers draw: one shape for programs and for people. */

import type { AccountState } from "./accounts/facts.ts";
import type { FieldChange, MailboxChange, PhaseState, Verdict } from "./changes.ts";
import type { Kind, ObjectId, PerUserState, PhaseId } from "./tenant.ts";

export type PhaseLine = {
  readonly id: PhaseId;
  readonly title: string;
  /** ISO 8601 with the plan's offset. */
  readonly starts: string;
  readonly state: PhaseState;
  /** Whom the phase is about; missing when the accounts could not be read. */
  readonly accounts?: AccountCount;
  /** Of a phase that is about mailboxes and nothing else: how many it is about, and how many still have what it turns off; null when nobody can say. */
  readonly mailboxes?: { readonly count: number; readonly on: number } | null;
  /** Of a phase that is about reviewed lists and nothing else: where each stands. */
  readonly lists?: readonly ListLine[];
  /** What happens elsewhere, by hand. */
  readonly external?: { readonly what: string; readonly checklist: readonly string[] };
};

/** A reviewed list, and how far what is done by it has come. */
export type ListLine = {
  readonly to: "blocked" | "deleted";
  readonly file: string;
  /** Accounts that people decided to delete; null: the list is not there. */
  readonly rows: number | null;
  /** Rows on which nobody decided yet: nothing is done by them. */
  readonly undecided: number;
  /**
   * Null: the phase is still ahead, or nobody can say. `done`: it is so already; `missing`: the directory has no such account, and this
   * tool did not delete it.
   */
  readonly now: { readonly toDo: number; readonly done: number; readonly spared: number; readonly missing: number } | null;
};

/** `notReady` is null when nobody can say. `sample`: up to five addresses of enabled accounts, those not ready first. */
export type AccountCount = { readonly count: number; readonly notReady: number | null; readonly sample: readonly string[] };

/** States of accounts that change, by id, each with the one that it has. */
export type StatesLine = {
  readonly to: PerUserState;
  readonly accounts: readonly { readonly id: ObjectId; readonly before: PerUserState }[];
  /** Those who become enforced by themselves, since they are registered; null when nobody can say. `sample`: up to five addresses; `accounts`: all their ids. */
  readonly jump: { readonly count: number | null; readonly sample: readonly string[]; readonly accounts: readonly ObjectId[] };
  /** How many enabled accounts of the cohort are so already, or further: for them nothing changes. */
  readonly already: number;
};

/** Whom a registration campaign is for, and how many of them it never reaches: they have nothing to complete MFA with. Null when nobody can say. */
export type ReachLine = { readonly count: number; readonly unreached: number | null; readonly sample: readonly string[] };

/** Accounts of a reviewed list, or on their way back from one. */
export type ListedLine = {
  readonly to: AccountState;
  readonly count: number;
  /** All of them by id, sorted. */
  readonly accounts: readonly ObjectId[];
  /** Up to twenty addresses, by domain. */
  readonly sample: readonly string[];
  /** How many of each domain, the most first; whose address nobody knows is in none. */
  readonly domains: readonly { readonly domain: string; readonly count: number }[];
  /** What comes back with those that were deleted. */
  readonly back?: { readonly memberships: number; readonly licences: number; readonly managers: number };
};

export type ChangeLine = {
  readonly phases: readonly PhaseId[];
  readonly kind: Kind;
  readonly action: "create" | "update" | "delete";
  readonly key: string;
  readonly name: string;
  readonly id?: ObjectId;
  readonly fields: readonly FieldChange[];
  readonly members?: { readonly added: readonly ObjectId[]; readonly removed: readonly ObjectId[] };
  readonly states?: StatesLine;
  /** Mailboxes whose protocols change, by their own id, sorted. */
  readonly mailboxes?: readonly MailboxChange[];
  readonly listed?: ListedLine;
  readonly reach?: ReachLine;
  readonly accounts?: AccountCount;
};

export type FindingLine = {
  readonly guard: string;
  readonly verdict: Verdict;
  readonly phase?: PhaseId;
  readonly detail: string;
  readonly hint?: string;
  readonly accounts?: readonly string[];
  readonly count?: number;
  readonly allowed?: boolean;
};

/** What somebody did on a bad morning and what is still so. */
export type SetAside = {
  /** Since when phases are on hold by `halt`. */
  readonly halted?: string;
  /** Domains whose accounts this plan asks nothing. */
  readonly out: readonly string[];
  readonly letIn: readonly { readonly id: ObjectId; readonly address?: string; readonly until: string }[];
};

export type DiffDocument = {
  readonly schemaVersion: 1;
  readonly plan: { readonly id: string; readonly name: string; readonly file: string };
  readonly tenant: { readonly id: ObjectId; readonly name: string; readonly practice: boolean };
  readonly asOf: string;
  readonly hash: string;
  readonly phases: readonly PhaseLine[];
  readonly setAside?: SetAside;
  readonly changes: readonly ChangeLine[];
  readonly leftOver: readonly ChangeLine[];
  readonly findings: readonly FindingLine[];
  readonly summary: { readonly create: number; readonly update: number; readonly delete: number; readonly unchanged: number };
};

/** The timeline as the tenant shows it. */
export type StatusDocument = {
  readonly schemaVersion: 1;
  readonly plan: DiffDocument["plan"];
  readonly tenant: DiffDocument["tenant"];
  readonly asOf: string;
  readonly phases: readonly PhaseLine[];
  readonly setAside?: SetAside;
  /** What phases that were live already have lost since: somebody changed something of ours, or people came and went. */
  readonly drift: readonly ChangeLine[];
  /** What is waiting to be applied, without the drift. */
  readonly pending: readonly ChangeLine[];
  readonly leftOver: readonly ChangeLine[];
  readonly findings: readonly FindingLine[];
  /** The next moment at which phases start by themselves; null when none is ahead. */
  readonly next: { readonly starts: string; readonly phases: readonly PhaseId[] } | null;
};
