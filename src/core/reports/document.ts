/** A report as documents tell it: what stands before the rows, and what after them. */

import type { Filter, Gap, ReportName, SumTable } from "./shape.ts";

export type ReportHead = {
  readonly schemaVersion: 1;
  readonly report: ReportName;
  readonly plan: { readonly id: string; readonly name: string; readonly file: string } | null;
  readonly tenant: { readonly id: string; readonly name: string; readonly practice: boolean };
  /** ISO 8601 with an offset. */
  readonly asOf: string;
  /** In which people there read the clock: `Europe/London`. */
  readonly timeZone: string;
  readonly filter: Filter;
};

export type ReportEnd = {
  /** False: the list broke off, and rows are missing. */
  readonly complete: boolean;
  readonly sums: readonly SumTable[];
  readonly gaps: readonly Gap[];
  readonly notes: readonly string[];
};

/** What goes beside a CSV, which has no room for it. */
export type ReportAbout = ReportHead & {
  /** What wrote it. */
  readonly tool: string;
  readonly columns: readonly { readonly name: string; readonly heading: string; readonly about: string }[];
  readonly rows: number;
  /** The files of a report that was split, in order. */
  readonly files?: readonly string[];
} & ReportEnd;
