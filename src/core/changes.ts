/** The shapes between the arrows: desired state, changes, findings, steps. Plain data, to print, compare, store, read back. */

import type { AccountLinks, AccountState } from "./accounts/facts.ts";
import type { Moment } from "./plan/plan.ts";
import type { Instant, Json, Kind, MailboxFields, Mark, ObjectId, PerUserState, PhaseId, Settings, SettingsOf } from "./tenant.ts";

/** Where a phase stands before the tenant is looked at: its moment, its hold, its staging. */
export type PhaseCourse = "started" | "waiting" | "staged" | "held" | "later";

/** What a phase that asks for readiness is measured by, and how that came out. */
export type Gate = {
  /** `unknown` never opens. */
  readonly state: "open" | "closed" | "unknown";
  /** `31 of 40 active accounts are ready; the plan asks for 90 %` */
  readonly detail: string;
  /** Addresses of active accounts that are not ready, and of those of whom nobody can say, sorted. */
  readonly missing: readonly string[];
};

/** Why a phase whose moment has come does not start: its own gate, an earlier phase over the same people, or the day. */
export type Wait =
  | { readonly for: "gate" }
  | { readonly for: "phase"; readonly phase: PhaseId }
  | { readonly for: "day" }
  /** Security defaults are on, and its policies do not cover everybody whom these cover. */
  | { readonly for: "defaults" };

/** Where a phase stands once the tenant was looked at. */
export type PhaseState = "done" | "live" | "due" | "waiting" | "held" | "later" | "staged";

export type CoursedPhase = {
  readonly id: PhaseId;
  readonly title: string;
  readonly starts: Moment;
  readonly reportOnlyFrom?: Moment;
  readonly course: PhaseCourse;
  /** Those that its parts name, the first part's first. */
  readonly cohorts: readonly string[];
  /** Only of a phase that is waiting. */
  readonly wait?: Wait;
  /** Only of a phase with a gate, whose moment has come, and which did not start before. */
  readonly gate?: Gate;
};

/** Who a cohort group holds: those in the cohort, or those excepted from a cohort of everybody. */
export type Membership = {
  readonly cohort: string;
  readonly standing: "in" | "excepted";
  /** `exact`: the others leave. `growing`: nobody leaves but by a `leave` row. `joining`: nobody leaves. */
  readonly rule: "exact" | "growing" | "joining";
};

export type DesiredOf<K extends Kind> = {
  readonly kind: K;
  /** Unique within plan and kind; stays the same while the plan's words change. */
  readonly key: string;
  readonly settings: SettingsOf[K];
  /** The phases that ask for it, in the plan's order. */
  readonly phases: readonly PhaseId[];
  readonly membership?: Membership;
  /** Asked for by phases on hold alone: kept where it is there, never made. */
  readonly ifThere?: true;
  /** What it may not be changed without, besides what its settings name. */
  readonly needs?: readonly { readonly kind: Kind; readonly key: string }[];
};
export type DesiredResource = { [K in Kind]: DesiredOf<K> }[Kind];

/** What becomes of security defaults beside policies that are to be on. `first`: the key of the policy that comes on first. */
export type DefaultsCourse =
  /** They stay on, and the policies of these phases stay in report-only: not everybody would be covered, or nobody can say. */
  | { readonly type: "stay"; readonly phases: readonly PhaseId[]; readonly because: string }
  | {
      readonly type: "stay";
      readonly phases: readonly PhaseId[];
      /** How many accounts would not be asked for MFA everywhere, and how many could go on with old programs. */
      readonly mfa: number;
      readonly oldPrograms: number;
      /** Either of them, sorted. */
      readonly accounts: readonly ObjectId[];
      /** Some policy asks those whom it is for everywhere. */
      readonly isWide: boolean;
    }
  /** They go off, and the policies on. `accounts` are left out with an administrator's word. */
  | { readonly type: "leave"; readonly phases: readonly PhaseId[]; readonly first: string; readonly accounts: readonly ObjectId[] }
  /** An earlier run turned them off and put nothing in their place: that comes first. `id` is that of the defaults. */
  | { readonly type: "close"; readonly by: "policies"; readonly first: string; readonly id: ObjectId }
  | { readonly type: "close"; readonly by: "defaults"; readonly id: ObjectId };

export type Desired = {
  readonly phases: readonly CoursedPhase[];
  readonly resources: readonly DesiredResource[];
  /** Only where security defaults are, or were, in the way. */
  readonly defaults?: DefaultsCourse;
};

/** `path` is dotted, in this tool's words: `state`, `clients`, `include.groups`. */
export type FieldChange = { readonly path: string; readonly before: Json | undefined; readonly after: Json | undefined };

/** Accounts whose per-user MFA differs, sorted by id, each with the state that it has. */
export type StateChanges = { readonly to: PerUserState; readonly accounts: readonly { readonly id: ObjectId; readonly before: PerUserState }[] };

/** Accounts, sorted by id, and what is made of them. */
export type AccountChanges = { readonly to: AccountState; readonly ids: readonly ObjectId[] };

/** A mailbox, by its own id, whose protocols differ: what differs, as it is and as it is to be. */
export type MailboxChange = { readonly id: ObjectId; readonly before: MailboxFields; readonly after: MailboxFields };

export type Change = {
  readonly kind: Kind;
  readonly key: string;
  readonly action: "create" | "update" | "delete";
  readonly name: string;
  readonly id?: ObjectId;
  readonly phases: readonly PhaseId[];
  readonly mark: Mark;
  /** Absent for a create. */
  readonly before?: Settings;
  /** Absent for a delete. References stand where an id is not known yet. */
  readonly after?: Settings;
  /** Every field that differs, sorted by path; for a create all fields that are not empty. */
  readonly fields: readonly FieldChange[];
  /** Sorted ids; only for a cohort group whose members differ. */
  readonly members?: { readonly added: readonly ObjectId[]; readonly removed: readonly ObjectId[] };
  /** Only for `per-user-mfa`, which has no id, no settings and no fields: a change of it is an update of these accounts. */
  readonly states?: StateChanges;
  /** Only for `mailbox-protocols`, of which the same is true: sorted by id. */
  readonly mailboxes?: readonly MailboxChange[];
  /** Only for `account-block` and `account-deletion`: whom, sorted by id. `back`: what comes back with them. */
  readonly accounts?: AccountChanges & { readonly back?: readonly AccountLinks[] };
  /** Refs in `after` whose target is created in the same run, and what else it may not be done without. */
  readonly needs: readonly { readonly kind: Kind; readonly key: string }[];
};

export type Diff = {
  readonly planId: string;
  readonly tenantId: ObjectId;
  /** Sorted by kind (in the order of `KINDS`) and key. */
  readonly changes: readonly Change[];
  /** Resources of ours that nothing in the plan asks for any more. They stay until an attended apply with `--prune`. */
  readonly leftOver: readonly Change[];
  /** Two resources that bear one mark: nothing of that key is changed. */
  readonly doubles: readonly { readonly mark: Mark; readonly kind: Kind; readonly ids: readonly ObjectId[] }[];
  readonly unchanged: number;
  readonly hash: string;
};

export type Verdict = "go" | "stop" | "unclear";

export type Finding = {
  /** The guard's name, as `--allow GUARD=NUMBER` takes it. */
  readonly guard: string;
  readonly verdict: Verdict;
  readonly phase?: PhaseId;
  /** One sentence in plain words: what is, and why it matters. */
  readonly detail: string;
  /** What to do, if it is not go. */
  readonly hint?: string;
  readonly accounts?: readonly string[];
  /** How many this is about; with it, and where `allowable`, `--allow GUARD=NUMBER` lets up to that many pass. */
  readonly count?: number;
  readonly allowable: boolean;
  /** The keys that this finding holds back; absent: all of them. */
  readonly holds?: readonly { readonly kind: Kind; readonly key: string }[];
};

export type StepId = string;

/** One wire write. `update` sends whole settings for the fields that differ; `delete` is soft where the service can. */
export type Write =
  | { readonly type: "create"; readonly kind: Kind; readonly key: string; readonly settings: Settings }
  | { readonly type: "update"; readonly kind: Kind; readonly key: string; readonly id: ObjectId; readonly before: Settings; readonly after: Settings }
  | { readonly type: "delete"; readonly kind: Kind; readonly key: string; readonly id: ObjectId; readonly before: Settings }
  /** Out of the service's deleted items, with the id that it had. `settings` are those it is expected to come back with. */
  | { readonly type: "restore"; readonly kind: Kind; readonly key: string; readonly id: ObjectId; readonly settings: Settings }
  /** Up to 20. `group` is an object id, or a reference when the group is made in the same run. */
  | { readonly type: "add-members"; readonly key: string; readonly group: string; readonly ids: readonly ObjectId[] }
  | { readonly type: "remove-member"; readonly key: string; readonly group: string; readonly ids: readonly [ObjectId] }
  /** Up to 20, in one batch; some of them may be done and others not. */
  | ({ readonly type: "set-states"; readonly kind: "per-user-mfa"; readonly key: string } & StateChanges)
  /** Up to 10, in one batch; some of them may be done and others not. */
  | { readonly type: "set-mailboxes"; readonly kind: "mailbox-protocols"; readonly key: string; readonly mailboxes: readonly MailboxChange[] }
  /**
   * Up to 20, in one batch; some of them may be done and others not. `back`: what is to come back with those that are restored; `anew`:
   * they are gone for good, and made again from the archive.
   */
  | ({
      readonly type: "set-accounts";
      readonly kind: "account-block" | "account-deletion";
      readonly key: string;
      readonly back?: readonly AccountLinks[];
      readonly anew?: true;
    } & AccountChanges);

export type Undo =
  | { readonly type: "restore"; readonly before: Settings }
  | { readonly type: "delete" }
  | { readonly type: "members"; readonly added: readonly ObjectId[]; readonly removed: readonly ObjectId[] }
  /** Each account back to the state that it had. */
  | { readonly type: "states"; readonly accounts: StateChanges["accounts"] }
  /** Each mailbox back to what it had; these are the changes that were made. */
  | { readonly type: "mailboxes"; readonly mailboxes: readonly MailboxChange[] }
  /** Each account to what it was. */
  | ({ readonly type: "accounts" } & AccountChanges)
  | { readonly type: "restore-deleted"; readonly id: ObjectId; readonly before: Settings }
  | { readonly type: "recreate"; readonly before: Settings; readonly members: readonly ObjectId[] }
  | { readonly type: "impossible"; readonly because: string };

export type Step = {
  readonly id: StepId;
  readonly kind: Kind;
  readonly key: string;
  readonly name: string;
  readonly write: Write;
  readonly undo: Undo;
  /** Steps that must be done before. */
  readonly after: readonly StepId[];
  /** Closes a gap that an earlier run left: it comes before everything that it does not stand on. */
  readonly first?: true;
  /** Only done when none of these steps was, although what it stands on was done or may have been. */
  readonly unless?: readonly StepId[];
  readonly phases: readonly PhaseId[];
};

export type Refusal = { readonly status: number; readonly code: string; readonly message: string; readonly requestId?: string };

export type StepOutcome =
  | { readonly type: "done"; readonly id?: ObjectId; readonly settings?: Settings }
  /** The service said no, or the write was never sent: nothing happened. */
  | { readonly type: "refused"; readonly error: Refusal }
  /**
   * Nobody can say whether it happened. `lacking`: of a write for many, those that do not show it; `refused`: the service said no to each
   * of these, and did the others. `each`: of accounts, what came of each that was not done whole, without a name of anybody.
   */
  | {
      readonly type: "unknown";
      readonly because: string;
      readonly lacking?: readonly ObjectId[];
      readonly refused?: true;
      readonly each?: readonly { readonly id: ObjectId; readonly because: string }[];
    }
  /** Not tried: something it stands on is missing, or the resource moved since it was read. */
  | { readonly type: "left-out"; readonly because: string };

/** What was done on a bad morning, without a plan. The reason stays in the journal, on the machine of whoever gave it. */
export type Relief =
  | { readonly type: "halt" }
  | { readonly type: "out"; readonly domain: string }
  | { readonly type: "let-in"; readonly account: ObjectId; readonly until: Instant; readonly because: string };

/** One line of a journal. `at` in UTC. Holds object ids and setting values, no names of people. */
export type Entry =
  | {
      readonly type: "start";
      readonly at: Instant;
      readonly run: string;
      readonly schema: 1;
      readonly toolVersion: string;
      readonly plan: { readonly id: string; readonly name: string; readonly file: string };
      readonly tenant: ObjectId;
      readonly asOf: Instant;
      readonly hash: string;
      readonly phases: readonly PhaseId[];
      readonly undoes?: string;
      readonly relief?: Relief;
      /** It brings deleted accounts back, on somebody's word. */
      readonly restores?: true;
      readonly allowed: readonly { readonly guard: string; readonly count: number; readonly reason: string }[];
      /** How many accounts the run saw, so that a later one notices when it sees far fewer. */
      readonly accounts?: number;
    }
  | { readonly type: "intent"; readonly at: Instant; readonly step: Step }
  /** The request for a create is about to leave: from here on it may have happened. */
  | { readonly type: "sent"; readonly at: Instant; readonly step: StepId }
  | { readonly type: "outcome"; readonly at: Instant; readonly step: StepId; readonly outcome: StepOutcome }
  /** An earlier run's unanswered write was found, or given up. */
  | { readonly type: "settled"; readonly at: Instant; readonly run: string; readonly step: StepId; readonly found?: ObjectId }
  /** Another machine made the same at the same moment, and its own is the elder: this run is about to take its own (`id`) away again. */
  | { readonly type: "twin"; readonly at: Instant; readonly step: StepId; readonly id: ObjectId; readonly kept: ObjectId }
  | { readonly type: "end"; readonly at: Instant; readonly exit: number };
