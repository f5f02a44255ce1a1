/** What both adapters promise: reading a tenant, performing a wave of steps, reading back. */

import type { AccountStanding, Listed } from "./core/accounts/facts.ts";
import type { Step, StepId, StepOutcome } from "./core/changes.ts";
import type { IdIndex } from "./core/ids.ts";
import type { MailboxTypes } from "./core/mailbox-types.ts";
import type { Mailboxes } from "./core/mailboxes.ts";
import type { Observed, Resources } from "./core/observed.ts";
import type { PerUserStates } from "./core/per-user-states.ts";
import type { Plan } from "./core/plan/plan.ts";
import type { SignInDigest } from "./core/sign-in-digest.ts";
import type { LogQuestions } from "./core/switching.ts";
import type { Instant, Kind, Known, LookedUp, ObjectId, ResourceOf } from "./core/tenant.ts";
import type { AccountSeen } from "./core/why.ts";

/** A request that did not give what was asked. `outcome` says whether the service can have done it. */
export class ServiceError extends Error {
  readonly method: string;
  /** Path and query without the host; never a token. */
  readonly path: string;
  /** 0 when no answer came. */
  readonly status: number;
  readonly code: string;
  readonly requestId: string | undefined;
  readonly outcome: "refused" | "unknown";

  constructor(fields: {
    method: string;
    path: string;
    status: number;
    code: string;
    message: string;
    requestId?: string | undefined;
    outcome: "refused" | "unknown";
    cause?: unknown;
  }) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = "ServiceError";
    this.method = fields.method;
    this.path = fields.path;
    this.status = fields.status;
    this.code = fields.code;
    this.requestId = fields.requestId;
    this.outcome = fields.outcome;
  }
}

/**
 * How a token has to differ from the last one. `claims`: what a challenge asks for, as JSON; `fresh`: not the one that was just refused.
 * `refused`: which one that was, since another request may have had it replaced meanwhile.
 */
export type TokenWish = { readonly claims?: string; readonly fresh?: boolean; readonly refused?: string };

export type ReadProgress = (what: string, done: number) => void;

/** What is read beyond what every command needs. */
export type ReadWish = {
  /** Who gets in, and with what; unless it says false. Whatever is going to be written is judged by it. */
  readonly access?: boolean;
  /** What the log of sign-ins says of those whom the changes ask or keep out anew; unless it says false. */
  readonly log?: boolean;
  /** What the service's What-If makes of a few accounts, where policies of the plan stand in report-only; only if it says true: each takes a second. */
  readonly whatIf?: boolean;
  /**
   * Nothing but what decides whether anything would change, in as few requests as that takes, for a tenant that is known already. No
   * check can be proven by it: with changes, all is read again. `lists` were read a moment ago.
   */
  readonly bare?: { readonly tenant: Observed["tenant"]; readonly lists?: Partial<Resources> };
};

/** Ids of resources that this run made, by `@kind/key`. */
export type MadeIds = ReadonlyMap<string, ObjectId>;

/** `same`: accounts that have this as another address; `alike`: addresses that begin like it. */
export type AccountFound =
  | { readonly type: "found"; readonly seen: AccountSeen }
  | { readonly type: "missing"; readonly same: readonly string[]; readonly alike: readonly string[] };

export type Gateway = {
  /** Reads everything that the plan needs. Never rejects for a read that failed: that part is `unknown`. Rejects for what leaves nothing to show (no such tenant, no permission at all, aborted). */
  readonly readTenant: (plan: Plan, progress?: ReadProgress, wish?: ReadWish) => Promise<Observed>;
  /** One list of one kind, for reading again and reading back. */
  readonly list: <K extends Kind>(kind: K) => Promise<Known<readonly ResourceOf<K>[]>>;
  readonly members: (group: ObjectId) => Promise<Known<IdIndex>>;
  /** The states of per-user MFA of these accounts, as the service documents to read them; one that is not there has none. */
  readonly states: (ids: readonly ObjectId[], progress?: (done: number) => void) => Promise<Known<PerUserStates>>;
  /** Accounts of a review list, live, with all that may speak for them. What holds for all of them is read once and kept. */
  readonly listed: (ids: readonly ObjectId[], progress?: (done: number) => void) => Promise<Known<Listed>>;
  /** What became of accounts. */
  readonly standing: (ids: readonly ObjectId[], progress?: (done: number) => void) => Promise<Known<ReadonlyMap<ObjectId, AccountStanding>>>;
  /** Every mailbox and its protocols. */
  readonly mailboxes: (progress?: (done: number) => void) => Promise<Known<Mailboxes>>;
  /**
   * Steps of one kind whose `after` is met. The adapter packs batches and paces calls.
   * @param beforeSend awaited directly before a create leaves, so that the journal knows from when on it may have happened.
   * @param onOutcome told how many steps have their outcome; of steps that set mailboxes, how many mailboxes have their answer
   * @returns one outcome a step. Never rejects but for an abort.
   */
  readonly perform: (
    steps: readonly Step[],
    made: MadeIds,
    beforeSend: (step: StepId) => Promise<void>,
    onOutcome?: (done: number) => void,
  ) => Promise<ReadonlyMap<StepId, StepOutcome>>;
};

/** What can be asked besides a whole tenant. */
export type Lookup = {
  /** What the log of sign-ins says of the people of an observed tenant. */
  readonly signIns: (plan: Plan, questions: LogQuestions, observed: Observed, progress?: ReadProgress) => Promise<Known<SignInDigest>>;
  /** Names of the cmdlets that Exchange Online offers this sign-in. */
  readonly offered: () => Promise<Known<ReadonlySet<string>>>;
  /** What each mailbox is for: a person, a room. */
  readonly mailboxTypes: (progress?: (done: number) => void) => Promise<Known<MailboxTypes>>;
  /** Every account whose address ends in `@domain`, enabled or not. */
  readonly accountsIn: (domain: string) => Promise<Known<readonly ObjectId[]>>;
  /** One account by its address or id, live. */
  readonly lookUp: (key: string) => Promise<LookedUp>;
  /** An account by its address or id, and all that has a say in its sign-ins; failed ones since then. What could not be read besides is unknown. */
  readonly account: (key: string, since: Instant) => Promise<AccountFound>;
};
