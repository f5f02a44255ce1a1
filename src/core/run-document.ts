/** The documents of `check`, `apply`, `undo` and `runs`, beside those of `document.ts`. */

import type { AccountState } from "./accounts/facts.ts";
import type { DiffDocument } from "./document.ts";
import type { Problem } from "./plan/plan.ts";
import type { Kind, ObjectId, PhaseId, PolicyState } from "./tenant.ts";

export type PlanName = { readonly id: string; readonly name: string; readonly file: string };

export type ProblemLine = Pick<Problem, "file" | "line" | "column" | "message" | "hint">;

export type CheckDocument = {
  readonly schemaVersion: 1;
  readonly file: string;
  readonly sound: boolean;
  /** Missing when the plan is not sound. */
  readonly plan?: PlanName & {
    readonly timeZone: string;
    readonly phases: readonly { readonly id: PhaseId; readonly title: string; readonly starts: string }[];
  };
  /** What makes the plan unusable, by its place. */
  readonly problems: readonly ProblemLine[];
  /** What is worth a look and hinders nothing. */
  readonly remarks: readonly ProblemLine[];
};

/** What became of a step that was not done, or (`differs`) not quite as it was asked for. */
export type LeftStep = {
  readonly kind: Kind;
  readonly key: string;
  readonly name: string;
  readonly result: "refused" | "unknown" | "left-out" | "differs";
  readonly because: string;
  /** Which mailboxes of the step it is about: `head@birch.county.example (GUID)`. */
  readonly mailboxes?: readonly string[];
  /** Which accounts of the step, and what came of each: `ann@alder.county.example: no licence is left`. */
  readonly accounts?: readonly string[];
};

export type RunResult = {
  /** Null when nothing was begun: nothing due, stopped, declined. */
  readonly id: string | null;
  readonly done: number;
  /** Accounts of reviewed lists that were seen to have become so; missing: the run was about none. */
  readonly listed?: readonly { readonly to: AccountState; readonly count: number }[];
  readonly left: readonly LeftStep[];
  readonly exit: number;
};

/** What `apply` and `undo` print: what was to be done, as `diff` tells it, and what came of it. */
export type ApplyDocument = DiffDocument & { readonly undoes?: string; readonly run: RunResult };

/** One policy of a plan on a bad morning. `leftOut`: the domain or the account was left out of it before. */
export type ReliefPolicy = {
  readonly id: ObjectId;
  readonly name: string;
  readonly before: PolicyState;
  readonly after: PolicyState;
  readonly leftOut: boolean;
  /** It keeps people or programs out, and asks nobody for anything. */
  readonly blocks: boolean;
};

export type ReliefLine = {
  /** Without a name and a file of its own where this machine never applied it. */
  readonly plan: PlanName;
  readonly policies: readonly ReliefPolicy[];
  /** Why nobody knows its policies. */
  readonly unread?: string;
  /** Security defaults went off for this plan, and are not put back by a halt. */
  readonly defaultsLeft?: true;
  /** Whether the tenant says so, for every other machine to see. */
  readonly noted: "now" | "before" | "not";
  readonly because?: string;
  readonly run: RunResult;
};

/** What `halt` and `let-in` print. */
export type ReliefDocument = {
  readonly schemaVersion: 1;
  readonly tenant: { readonly id: ObjectId; readonly name: string; readonly practice: boolean };
  readonly asOf: string;
  readonly action: "halt" | "out" | "let-in";
  readonly domain?: string;
  /** How many accounts of the domain there are. */
  readonly accounts?: number;
  readonly account?: { readonly id: ObjectId; readonly address: string };
  readonly until?: string;
  readonly reason?: string;
  readonly plans: readonly ReliefLine[];
  readonly exit: number;
};

export type RunLine = {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly plan: PlanName;
  readonly phases: readonly PhaseId[];
  readonly done: number;
  readonly left: number;
  /** `cut`: it was ended from outside; run the same command again. */
  readonly result: "done" | "partly" | "cut" | "failed";
  readonly exit: number | null;
  readonly undoes?: string;
  readonly undoneBy?: string;
  /** What it was when it was no apply. */
  readonly did?: "halt" | "out" | "let-in" | "restore";
  /** Of `out` the domain, of `let-in` the account. */
  readonly about?: string;
  readonly reason?: string;
};

export type RunsDocument = {
  readonly schemaVersion: 1;
  readonly tenant: { readonly id: ObjectId; readonly name: string; readonly practice: boolean };
  /** Oldest first. */
  readonly runs: readonly RunLine[];
  readonly damaged: readonly { readonly id: string; readonly file: string; readonly because: string }[];
};
