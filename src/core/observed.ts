/** What the tenant was seen to hold, in this tool's words. Built by the gateway, read by everything after it. */

import type { IdIndex } from "./ids.ts";
import type { Roster } from "./roster.ts";
import type { EmergencyAccount, Instant, Kind, Known, Licence, ObjectId, PhaseId, ResourceOf } from "./tenant.ts";

/** Which phases began early and which are on hold, as the plan's own marked group says. */
export type Progress = { readonly begun: readonly PhaseId[]; readonly held: readonly PhaseId[] };

export type Observed = {
  readonly tenant: { readonly id: ObjectId; readonly name: string; readonly practice: boolean };
  readonly readAt: Instant;
  /** Ours and foreign, sorted by id. Of groups only those that bear a mark of this tool. */
  readonly resources: { readonly [K in Kind]: Known<readonly ResourceOf<K>[]> };
  /** Members of each cohort group that bears this plan's mark, by the group's id. */
  readonly members: ReadonlyMap<ObjectId, Known<IdIndex>>;
  readonly roster: Known<Roster>;
  /** Registration data, or why there is none: then nobody's readiness is known. */
  readonly registration: Known<{ readonly refreshed?: Instant }>;
  readonly licence: Known<Licence>;
  readonly securityDefaults: Known<boolean>;
  readonly emergency: readonly EmergencyAccount[];
  /** Where the plan's own words met the tenant: list rows that name nobody, aliases that match, a group that is not there. */
  readonly remarks: readonly Remark[];
};

export type Remark = {
  readonly cohort: string;
  readonly type: "no-account" | "alias-only" | "no-group" | "list-unusable" | "row-unreadable" | "pupils-unsaid";
  readonly detail: string;
  readonly accounts: readonly string[];
};
