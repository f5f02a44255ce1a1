/** What a report is made of at the edge: what it is asked with, and what it gives. */

import type { Past } from "../core/accounts/archive-lines.ts";
import type { Plan } from "../core/plan/plan.ts";
import type { Ending, Filter, ReportName, Row, Shape } from "../core/reports/shape.ts";
import type { Instant, ObjectId } from "../core/tenant.ts";
import type { GraphClient } from "../graph/client.ts";
import type { Gateway, Lookup, ReadProgress } from "../service.ts";

export type ReportAsk = {
  /** Undefined: the report says what it can without one. */
  readonly plan: Plan | undefined;
  readonly filter: Filter;
  readonly client: GraphClient;
  readonly gateway: Gateway & Lookup;
  readonly tenant: { readonly id: ObjectId; readonly name: string; readonly practice: boolean };
  /** The tenant's clock. */
  readonly now: Instant;
  /** The plan's time zone, or the tenant's. */
  readonly zone: string;
  readonly progress: ReadProgress;
  /** Lines of this tenant's history of a report, oldest first, and one more for this run. Kept in the state folder, owner-only. */
  readonly history: { readonly read: () => Promise<readonly string[]>; readonly append: (line: string) => Promise<void> };
  /** Of this tenant. */
  readonly past: () => Promise<Past>;
  readonly signal: AbortSignal;
};

export type Made = {
  readonly shape: Shape;
  /** Chunks of rows, a page or so each; read once, to the end, before `finish`. Rejects with a ServiceError when the list itself cannot be read on. */
  readonly rows: AsyncIterable<readonly Row[]>;
  readonly finish: () => Ending | Promise<Ending>;
};

/** Rejects with a ServiceError for what leaves nothing to report; whatever else could not be read is a gap. */
export type MakeReport = (ask: ReportAsk) => Promise<Made>;

export type Reports = { readonly [K in ReportName]: { readonly shape: Shape; readonly make: MakeReport } };
