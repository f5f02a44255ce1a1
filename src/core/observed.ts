/** What the tenant was seen to hold, in this tool's words. Built by the gateway, read by everything after it. */

import type { IdIndex } from "./ids.ts";
import type { PerUserStates } from "./per-user-states.ts";
import type { Roster } from "./roster.ts";
import { absent, type EmergencyAccount, type Instant, type Kind, type Known, type Licence, type ObjectId, type PhaseId, type ResourceOf } from "./tenant.ts";

/** Which phases began early and which are on hold, as the plan's own marked group says. */
export type Progress = {
  readonly begun: readonly PhaseId[];
  readonly held: readonly PhaseId[];
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
} as const satisfies Partial<Resources>;

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
  /** Who has which state of per-user MFA; missing when nothing of the plan is about it, so that it was not asked for. */
  readonly perUser?: Known<PerUserStates>;
  /** Where the plan's own words met the tenant: list rows that name nobody, aliases that match, a group that is not there. */
  readonly remarks: readonly Remark[];
};

export type Remark = {
  readonly cohort: string;
  readonly type: "no-account" | "alias-only" | "no-group" | "list-unusable" | "row-unreadable" | "pupils-unsaid" | "rule-pending" | "pupils-by-rule";
  readonly detail: string;
  readonly accounts: readonly string[];
};
