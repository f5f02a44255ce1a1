/** `report deletions`: what the journals and the archives of this folder tell. The tenant is asked for nothing but its name. */

import { deletions, deletionsOf } from "../core/accounts/deletions.ts";
import type { Row } from "../core/reports/shape.ts";
import { usage } from "../failure.ts";
import type { MakeReport } from "./report.ts";

const ROWS_AT_ONCE = 1_000;

const ONLY_HERE = "told is what this tool did from this folder: another machine has runs and archives of its own";

export const makeDeletions: MakeReport = async ({ plan, filter, past }) => {
  if (filter.cohort !== undefined)
    throw usage("--cohort is not for report deletions", "who was in a cohort is not kept with who was deleted: --domain or --phase narrow it");
  const { lines, runs, unread } = await past();
  const { rows, sums, hidden } = deletionsOf(lines, runs, plan?.id, filter);
  return {
    shape: deletions,
    rows: (async function* (): AsyncGenerator<readonly Row[], void, undefined> {
      for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) yield rows.slice(at, at + ROWS_AT_ONCE);
    })(),
    finish: () => ({
      sums,
      gaps: unread.map(({ file, because }) => ({
        sort: "failed" as const,
        what: "what some runs did",
        because: `${file}: ${because}`,
        todo: "look at the file; what else it tells is in the rows",
      })),
      notes: [
        ONLY_HERE,
        ...(hidden === 0
          ? []
          : [`${hidden === 1 ? "1 more row" : `${hidden.toLocaleString("en-GB")} more rows`} with --all: accounts that were spared by earlier runs as well`]),
      ],
    }),
  };
};
