/** What the tenant was seen to hold, in this tool's words. Built by the gateway, read by everything after it. */

import type { AccountStanding, AccountTold, Listed } from "./accounts/facts.ts";
import type { IdIndex } from "./ids.ts";
import type { Mailboxes } from "./mailboxes.ts";
import type { PerUserStates } from "./per-user-states.ts";
import type { Roster } from "./roster.ts";
import type { SignIn } from "./sign-in.ts";
import type { SignInDigest } from "./sign-in-digest.ts";
import {
  type AuthenticationMethodsSettings,
  absent,
  type EmergencyAccount,
  type Instant,
  type Kind,
  type Known,
  type Licence,
  type LookedUp,
  type ObjectId,
  type PhaseId,
  type ResourceOf,
  type Strength,
} from "./tenant.ts";

/** Somebody who is left out of the plan's policies for some hours. */
export type LetIn = { readonly id: ObjectId; readonly until: Instant };

/** Which phases began early and which are on hold, as the plan's own marked group says. */
export type Progress = {
  readonly begun: readonly PhaseId[];
  /** `*` stands for every phase of the plan. */
  readonly held: readonly PhaseId[];
  /** When somebody halted the plan last; it stays after the holds are released. */
  readonly halted?: Instant;
  /** Domains whose accounts are left out of all policies of the plan. */
  readonly out?: readonly string[];
  /** Those whose time is over too, until the text is written anew much later. */
  readonly letIn?: readonly LetIn[];
  /** Security defaults went off by our hand, or were about to: where they are off, something of ours has to stand in their place. */
  readonly defaults?: "left";
};

export type Resources = { readonly [K in Kind]: Known<readonly ResourceOf<K>[]> };

/** The kinds that a plan need not use, none of which was asked for. */
export const NOT_ASKED = {
  "authentication-methods": absent,
  "registration-campaign": absent,
  "security-defaults": absent,
  "per-user-mfa": absent,
  "mailbox-plan": absent,
  "mailbox-protocols": absent,
  "authentication-policy": absent,
  "default-authentication-policy": absent,
  "smtp-auth": absent,
  "account-block": absent,
  "account-deletion": absent,
} as const satisfies Partial<Resources>;

/** Who can sign in to mend the tenant, and with what: looked up live, for the proof that nobody is locked out. */
export type Access = {
  /**
   * Active, enabled Global Administrators that are no emergency accounts of the plan, sorted by address; `unlooked` counts those
   * past the first few, who were not looked at.
   */
  readonly administrators: Known<{ readonly looked: readonly LookedUp[]; readonly unlooked: number }>;
  /** Whose sign-in this tool works with; absent: an application's. */
  readonly operator: Known<LookedUp>;
  /** Which methods the tenant lets people use, whether the plan names any or not. */
  readonly methods: Known<AuthenticationMethodsSettings>;
  /** Absent: no policy asks for one. */
  readonly strengths: Known<ReadonlyMap<ObjectId, Strength>>;
};

/** Whom What-If was asked about: an account and what it is to the first policy in report-only. */
export type WhatIfAccount = {
  readonly address: string;
  readonly as: "asked" | "excluded" | "outside" | "guest" | "emergency account" | "administrator";
};

export type WhatIfAnswer = WhatIfAccount & {
  readonly signIn: SignIn;
  /** By policy: whether it is about the sign-in, and if not why, in the service's words. */
  readonly policies: ReadonlyMap<ObjectId, { readonly applies: boolean; readonly reasons: readonly string[] }>;
};

export type Observed = {
  readonly tenant: { readonly id: ObjectId; readonly name: string; readonly practice: boolean };
  readonly readAt: Instant;
  /**
   * Ours and foreign, sorted by id. Of groups only those that bear a mark of this tool. What is tenant-wide is a list of one;
   * `absent` there means that it was not asked for, since the plan says nothing of it (`kindsUsed`). A state of accounts has
   * no list either: `per-user-mfa` is always absent here.
   */
  readonly resources: Resources;
  /** Members of each cohort group that bears this plan's mark, by the group's id. */
  readonly members: ReadonlyMap<ObjectId, Known<IdIndex>>;
  readonly roster: Known<Roster>;
  /** Registration data, or why there is none: then nobody's readiness is known. */
  readonly registration: Known<{ readonly refreshed?: Instant }>;
  /** Since when an account counts as active; unknown: nobody knows who is. Not there when the plan does not ask. */
  readonly activity?: Known<{ readonly since: Instant }>;
  readonly licence: Known<Licence>;
  readonly securityDefaults: Known<boolean>;
  readonly emergency: readonly EmergencyAccount[];
  /** The tenant's domains, lower case, and whether their accounts sign in elsewhere. Missing is as good as not known. */
  readonly domains?: Known<ReadonlyMap<string, boolean>>;
  /** Who has which state of per-user MFA; missing when nothing of the plan is about it, so that it was not asked for. */
  readonly perUser?: Known<PerUserStates>;
  /** Every mailbox and its protocols; missing when nothing of the plan is about them, so that Exchange Online was not asked. */
  readonly mailboxes?: Known<Mailboxes>;
  /** Accounts of the lists of phases that have begun; missing: no phase asks for them. */
  readonly listed?: Known<Listed>;
  /** What became of accounts that a run is to be taken back for; missing: nobody looked. */
  readonly standing?: Known<ReadonlyMap<ObjectId, AccountStanding>>;
  /** Addresses of accounts that this tool deleted, by its archive: no roster has them any longer. */
  readonly former?: ReadonlyMap<ObjectId, string>;
  /** What this tool did to accounts, by its journals; missing: nothing, or nobody looked. */
  readonly told?: ReadonlyMap<ObjectId, AccountTold>;
  /** Missing: nobody looked, and nothing is proven. Absent: it was not asked for, since nothing is going to be written. */
  readonly access?: Known<Access>;
  /** Groups that policies name and no other read has shown, by id, each with its name; absent: it is gone. Of others nobody looked. */
  readonly namedGroups?: ReadonlyMap<ObjectId, Known<string>>;
  /** What the service's What-If made of a few accounts; missing: it was not asked. Absent: no policy of the plan stands in report-only. */
  readonly whatIf?: Known<readonly WhatIfAnswer[]>;
  /** What the log of sign-ins says; missing: it was not read; absent: nobody asks (`status`). Read only for what changes switch on. */
  readonly log?: Known<SignInDigest>;
  /** Where the plan's own words met the tenant: list rows that name nobody, aliases that match, a group that is not there. */
  readonly remarks: readonly Remark[];
};

export type Remark = {
  readonly cohort: string;
  readonly type: "no-account" | "alias-only" | "no-group" | "list-unusable" | "row-unreadable" | "pupils-unsaid" | "rule-pending" | "pupils-by-rule";
  readonly detail: string;
  readonly accounts: readonly string[];
};
