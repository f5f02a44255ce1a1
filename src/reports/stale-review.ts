/** `report stale --for-review`: the same accounts as `report stale` has them, as a list that people decide on. */

import type { Row } from "../core/reports/shape.ts";
import { reviewRow, staleReview } from "../core/review/shape.ts";
import { usage } from "../failure.ts";
import type { MakeReport } from "./report.ts";
import { makeStale } from "./stale.ts";

export const makeStaleReview: MakeReport = async (ask) => {
  const { plan, tenant, now } = ask;
  if (plan === undefined) throw usage("--for-review needs PLAN: a review list belongs to a plan", "entra-rollout report stale PLAN --for-review unused.csv");
  // Whoever is in use has no row here either, and nobody looks for them on such a list.
  const made = await makeStale({ ...ask, filter: { ...ask.filter, all: true } });
  const mark = { plan: plan.id, tenant: tenant.id, asOf: now };
  let count = 0;
  return {
    shape: staleReview,
    rows: (async function* () {
      for await (const rows of made.rows) {
        const chosen = rows.flatMap((row): readonly Row[] => {
          const reviewed = reviewRow(row, mark);
          return reviewed === undefined ? [] : [reviewed];
        });
        count += chosen.length;
        if (chosen.length > 0) yield chosen;
      }
    })(),
    finish: async () => {
      const { gaps, notes } = await made.finish();
      return {
        sums: [],
        gaps,
        notes: [
          count === 0
            ? "no account is on the list: each has signed in, has something that speaks for it, or has something of which nobody can say"
            : "fill in Decision (delete or keep), Reason and Decided by, and leave the other columns as they are; what is left empty is not touched",
          ...notes,
        ],
      };
    },
  };
};
