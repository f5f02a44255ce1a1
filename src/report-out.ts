/** A report to standard output, no faster than it is read and no longer than somebody reads it. */

import type { Gap, Shape } from "./core/reports/shape.ts";
import type { Progress } from "./render/progress.ts";
import type { ReportForm } from "./render/report-form.ts";
import { type Poured, pour } from "./report-pour.ts";
import type { Made } from "./reports/report.ts";
import type { Output } from "./runtime.ts";

const brokenOff = (error: Error): Gap => ({ sort: "failed", what: "the rows that are missing", because: error.message, todo: "run the same command again" });

/** A list that broke off is ended with what was read, and says so itself. */
export const pourOut = async (formOf: (shape: Shape) => ReportForm, make: () => Promise<Made>, output: Output, progress: Progress): Promise<Poured> => {
  let form: ReportForm | undefined;
  /** What comes before the rows; given out with the first of them, so that until then all can be begun anew. */
  let waiting = "";
  const give = async (text: string): Promise<void> => {
    // The spinner is on the same terminal.
    if (output.isTTY) progress.end();
    output.write(waiting + text);
    waiting = "";
    await output.drained();
  };
  const poured = await pour(make, {
    begin: async (shape) => {
      form = formOf(shape);
      waiting = form.begin();
    },
    rows: async (rows) => {
      const text = form?.rows(rows) ?? "";
      if (text !== "") await give(text);
      return output.isClosed ? "enough" : "on";
    },
    discard: async () => waiting !== "",
  });
  progress.end();
  if (poured.type === "whole") await give(form?.end({ complete: true, ...poured.ending }) ?? "");
  if (poured.type === "cut") await give(form?.end({ complete: false, sums: [], gaps: [brokenOff(poured.error)], notes: [] }) ?? "");
  return poured;
};
