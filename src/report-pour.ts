/** Rows from the pages of a tenant to wherever they go, chunk by chunk: nothing is kept of what went by. */

import type { Ending, Row, Shape } from "./core/reports/shape.ts";
import { ExpiredPages } from "./graph/pager.ts";
import type { Made } from "./reports/report.ts";
import { ServiceError } from "./service.ts";

export type Sink = {
  /** Also after `discard`, for the same report from its beginning. */
  readonly begin: (shape: Shape) => Promise<void>;
  /** `enough`: nobody is there any more to read on. */
  readonly rows: (rows: readonly Row[]) => Promise<"on" | "enough">;
  /** Forgets what it was given. False: that can no longer be taken back. */
  readonly discard: () => Promise<boolean>;
};

export type Poured =
  | { readonly type: "whole"; readonly shape: Shape; readonly count: number; readonly ending: Ending }
  | { readonly type: "cut"; readonly shape: Shape; readonly count: number; readonly error: ServiceError }
  /** The reader went away. */
  | { readonly type: "left" };

type Tried = Poured | { readonly type: "again" };

const once = async (make: () => Promise<Made>, sink: Sink, mayBeginAnew: boolean): Promise<Tried> => {
  let count = 0;
  let shape: Shape | undefined;
  try {
    const made = await make();
    shape = made.shape;
    await sink.begin(shape);
    for await (const rows of made.rows) {
      count += rows.length;
      if (rows.length > 0 && (await sink.rows(rows)) === "enough") return { type: "left" };
    }
    return { type: "whole", shape, count, ending: await made.finish() };
  } catch (error) {
    if (error instanceof ExpiredPages && mayBeginAnew && (await sink.discard())) return { type: "again" };
    if (!(error instanceof ServiceError) || shape === undefined || count === 0) throw error;
    return { type: "cut", shape, count, error };
  }
};

/**
 * @returns what became of it; a list that broke off is `cut`. When the tenant has forgotten the page it was at, the report is
 * begun anew, once.
 * @throws ServiceError when there is not one row.
 */
export const pour = async (make: () => Promise<Made>, sink: Sink): Promise<Poured> => {
  const first = await once(make, sink, true);
  if (first.type !== "again") return first;
  const second = await once(make, sink, false);
  if (second.type === "again") throw new Error("a report was begun anew twice");
  return second;
};
