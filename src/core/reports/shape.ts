/** What a reader of a report sees, before any format: columns, rows that stream past, sums, and what could not be had. */

export const REPORTS = ["unregistered", "stale", "readiness", "methods", "sign-ins", "networks", "exclusions", "protocols", "deletions"] as const;
export type ReportName = (typeof REPORTS)[number];

/** Null: there is nothing to say, which is not the same as unknown; what is unknown says so in words. Moments are ISO 8601, UTC. */
export type Cell = string | number | boolean | null | readonly string[];

/** In the order of the report's columns. */
export type Row = readonly Cell[];

export type Column = {
  /** Camel case: the key of a row in JSON. Once published it is never taken away, and columns are never put in another order. */
  readonly name: string;
  /** The head of the column in CSV and in a table. */
  readonly heading: string;
  /** `text` may be what somebody typed into a tenant; `word` is one of this tool's own; `list` has words or texts. */
  readonly sort: "text" | "word" | "number" | "flag" | "moment" | "list";
  /** What stands there, for docs/reports.md and the JSON schema. */
  readonly about: string;
  /** A terminal has no room for all: those without it are left to CSV and JSON. `wide` is the one that is cut to fit. */
  readonly shown?: "narrow" | "wide";
};

export type Shape = {
  readonly name: ReportName;
  /** One line, as help and docs/reports.md have it. */
  readonly about: string;
  readonly columns: readonly Column[];
  /** The column whose text `--split domain` goes by; missing: it cannot be split. */
  readonly splitBy?: string;
};

/** What a report adds up to, by one thing: a small table under the rows. */
export type SumTable = {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
};

/** Something that a report should have and has not. `failed` and `setting`: exit 4; `permission` and `licence`: exit 77. */
export type Gap = {
  readonly sort: "failed" | "setting" | "permission" | "licence";
  /** What is missing, as it stands in the cells: `last sign-ins`. */
  readonly what: string;
  readonly because: string;
  /** What the administrator can do about it. */
  readonly todo?: string;
};

/** What is said once all rows have passed. */
export type Ending = {
  readonly sums: readonly SumTable[];
  readonly gaps: readonly Gap[];
  /** What a reader has to know to believe the rows: how old the data is, where it comes from. */
  readonly notes: readonly string[];
};

/** Which rows were asked for, in words for the companion file: `phase heads-web`, `domain alder.county.example`. */
export type Filter = { readonly phase?: string; readonly cohort?: string; readonly domain?: string; readonly all: boolean };
