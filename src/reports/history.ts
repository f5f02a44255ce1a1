/** What earlier runs of a report found, a line each, in the state folder. */

import type { ReportName } from "../core/reports/shape.ts";
import type { Runtime } from "../runtime.ts";
import { pathsOf } from "../text-file.ts";
import type { ReportAsk } from "./report.ts";

/** Years of daily runs; of a longer file only the end is of use, and nobody has written one. */
const MOST_BYTES = 16_000_000;

/** Of one tenant: several may share a state folder. */
export const reportHistory = (folder: string, report: ReportName, tenant: string, machine: Pick<Runtime, "files" | "platform">): ReportAsk["history"] => {
  const file = pathsOf(machine).join(folder, `report-${report}-${tenant.toLowerCase().replaceAll(/[^a-z0-9-]/g, "-")}.jsonl`);
  const text = async (): Promise<string> => {
    if ((await machine.files.size(file)) === undefined) return "";
    return new TextDecoder().decode(await machine.files.read(file, MOST_BYTES));
  };
  return {
    // A last line without its end was cut by a kill.
    read: async () =>
      (await text())
        .split("\n")
        .slice(0, -1)
        .filter((line) => line !== ""),
    append: async (line) => {
      const before = await text();
      await machine.files.makeFolder(folder);
      await machine.files.append(file, `${before === "" || before.endsWith("\n") ? "" : "\n"}${line}\n`);
    },
  };
};
