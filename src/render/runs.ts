/** The runs as a table: when, of which plan, what came of it. */

import type { RunLine, RunsDocument } from "../core/run-document.ts";
import { counted, table } from "./layout.ts";
import { safe } from "./text-safe.ts";
import { columnsOf, type View } from "./view.ts";
import { minuteMoment } from "./when.ts";

const RESULTS = { done: "good", partly: "warning", cut: "warning", failed: "bad" } as const satisfies Record<RunLine["result"], keyof View["style"]>;

/** How many there would have been is not in the journal of a run that was cut: only what it had begun is. */
const resultWords = ({ result, done, left }: RunLine): string => {
  if (result === "done") return counted(done, "write");
  if (result !== "cut") return `${result}: ${done} of ${counted(done + left, "write")}`;
  const begun = left === 0 ? "" : `, ${left} more begun`;
  return done + left === 0 ? "cut before its first write" : `cut after ${counted(done, "write")}${begun}`;
};

const DID = { halt: "halt", out: "took out", "let-in": "let in", restore: "brought accounts back" } as const satisfies Record<
  NonNullable<RunLine["did"]>,
  string
>;

const about = (run: RunLine): string => {
  const back = run.undoes !== undefined ? `takes back ${run.undoes}` : run.undoneBy !== undefined ? "taken back" : "";
  if (run.did === undefined) return back;
  const did = [DID[run.did], ...(run.about === undefined ? [] : [safe(run.about)])].join(" ");
  return [`${did}${run.reason === undefined ? "" : `: ${safe(run.reason)}`}`, ...(back === "" ? [] : [back])].join("; ");
};

/** `momentOf` gives an instant of the document by the clock of the reader's zone, ISO 8601. */
export const runsText = (document: RunsDocument, view: View, momentOf: (iso: string) => string): string => {
  const { runs, damaged } = document;
  if (runs.length === 0 && damaged.length === 0) return `no runs of ${safe(document.tenant.name)} yet\n`;
  const paint = (text: string, row: number): string => {
    const result = runs[row]?.result;
    return result === undefined ? text : view.style[RESULTS[result]](text);
  };
  const severalPlans = new Set(runs.map((run) => run.plan.id)).size > 1;
  const rows = table(
    runs.map((run) => [
      run.id,
      minuteMoment(momentOf(run.at)),
      severalPlans ? safe(run.plan.id) : "",
      safe(run.phases.join(", ")),
      resultWords(run),
      about(run),
    ]),
    [{}, {}, {}, { flexible: true }, { paint }, {}],
    columnsOf(view),
    "",
  );
  const unreadable = damaged.map(({ file, because }) => view.style.warning(`cannot be read: ${safe(file)}: ${safe(because)}`));
  return `${[...rows, ...unreadable].join("\n")}\n`;
};
