/** What every format of a report has in common: text before the rows, for each chunk of them, and after them. */

import type { ReportEnd } from "../core/reports/document.ts";
import type { Row } from "../core/reports/shape.ts";

export type ReportForm = {
  readonly begin: () => string;
  /** May be held back for a while, and comes with a later call. */
  readonly rows: (rows: readonly Row[]) => string;
  readonly end: (end: ReportEnd) => string;
};
