/** A rollout plan after it was read and found sound: the plan's own words, no YAML and no wire format. */

import type { Instant, PhaseId } from "../tenant.ts";

/** A wall-clock moment in the plan's zone, to the minute: `2022-02-28T06:30`. */
export type LocalMoment = string;
/** A day in the plan's zone: `2019-04-01`. */
export type LocalDate = string;

/** Where something stands in a file; both count from 1. */
export type Place = { readonly file: string; readonly line: number; readonly column: number };

export type Problem = Place & {
  readonly message: string;
  /** What to write instead, if that can be said. */
  readonly hint?: string;
};

export type Moment = { readonly local: LocalMoment; readonly instant: Instant };

/** An exclusion is a hole: it says why, whose it is and, if it has one, its end. */
export type Exception = {
  /** Address patterns, lower case. */
  readonly accounts: readonly string[];
  readonly because: string;
  readonly owner: string;
  readonly until?: LocalDate;
  readonly place: Place;
};

/** A row of a cohort's list: an address or a whole domain, lower case. */
export type ListRow = { readonly entry: string; readonly leaves: boolean; readonly line: number };

export type CohortList =
  | { readonly type: "read"; readonly rows: readonly ListRow[]; readonly remarks: readonly Problem[] }
  /** Missing, empty or unreadable: nobody joins, nobody leaves. */
  | { readonly type: "unusable"; readonly because: string };

export type CohortSource =
  | { readonly type: "accounts"; readonly patterns: readonly string[] }
  | { readonly type: "file"; readonly file: string; readonly list: CohortList }
  | { readonly type: "group"; readonly group: string }
  | { readonly type: "all" };

export type Cohort = {
  readonly name: string;
  /** The name as a key: lower case letters, digits and hyphens. */
  readonly slug: string;
  readonly source: CohortSource;
  readonly except: readonly Exception[];
  /** Undefined: the plan does not say. */
  readonly pupils?: "in" | "out";
  /** Out unless the plan says otherwise. */
  readonly guests: "in" | "out";
  readonly place: Place;
};

export type Network = {
  readonly name: string;
  readonly slug: string;
  /** CIDR, canonical, sorted. */
  readonly ranges: readonly string[];
  readonly trusted: boolean;
  readonly place: Place;
};

export type ClientWord = "web" | "clients";

export type RequireMfa = {
  /** Cohort name. */
  readonly for: string;
  readonly on: readonly ClientWord[];
  readonly apps: "all" | "office365";
  /** Networks inside which nobody is asked. */
  readonly outside: readonly string[];
  readonly askAgainAfterDays?: number;
};

export type Phase = {
  readonly id: PhaseId;
  readonly title: string;
  readonly starts: Moment;
  readonly reportOnlyFrom?: Moment;
  readonly requireMfa: RequireMfa;
  readonly place: Place;
};

export type Plan = {
  readonly id: string;
  readonly name: string;
  /** The file as the user named it. */
  readonly file: string;
  readonly timeZone: string;
  readonly mechanism: "conditional-access";
  readonly windowMs: number;
  readonly contact?: { readonly name: string; readonly email: string };
  /** Lower case. */
  readonly emergencyAccounts: readonly string[];
  readonly cohorts: readonly Cohort[];
  readonly networks: readonly Network[];
  /** In order of their moments. */
  readonly phases: readonly Phase[];
};

/** What reading a plan gives: the plan, or every problem with its place, sorted by place. */
export type ParsedPlan =
  | { readonly type: "sound"; readonly plan: Plan; readonly remarks: readonly Problem[] }
  | { readonly type: "unsound"; readonly problems: readonly Problem[] };

/** A file that the plan names, as the shell found it. */
export type NamedFile = { readonly type: "text"; readonly text: string } | { readonly type: "unusable"; readonly because: string };
