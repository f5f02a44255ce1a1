/** What `doctor` does, apart from its words. */

import { commandLine } from "../command-line.ts";
import { doctorDocument } from "../core/doctor/diagnosis.ts";
import type { DoctorDocument } from "../core/doctor/document.ts";
import { isoIn } from "../core/plan/moments.ts";
import { examine } from "../doctor.ts";
import { type ExitCode, exitCode } from "../exit-codes.ts";
import { soundPlan } from "../plan-file.ts";
import { doctorText } from "../render/doctor.ts";
import { jsonText } from "../render/json.ts";
import { styleFor } from "../render/style.ts";
import { zoneWord } from "../render/view.ts";
import type { Runtime } from "../runtime.ts";
import { openSession } from "../session.ts";
import type { Options } from "./options.ts";
import { again } from "./see-work.ts";
import { speaker, tenantOf } from "./speak.ts";

const exitOf = ({ summary }: DoctorDocument, denied: boolean): ExitCode => {
  if (summary.problem > 0) return exitCode("stopped");
  if (summary.unread > 0) return exitCode(denied ? "not-permitted" : "partly");
  return exitCode("done");
};

/** The table of rights is the same for every tenant. */
const typed =
  (options: Options) =>
  (words: readonly string[]): string =>
    commandLine(...words, ...(words.includes("--permissions") ? [] : again(options)));

export const runDoctor = async (options: Options, runtime: Runtime): Promise<number> => {
  const [file] = options.arguments;
  const plan = file === undefined ? undefined : (await soundPlan(file, runtime)).plan;
  const speak = speaker(options, runtime);
  const session = await openSession({ ...tenantOf(options), state: options.state, quiet: options.quiet, ...speak }, plan?.emergencyAccounts, runtime);
  try {
    const { facts, denied } = await examine(session, plan);
    const zone = plan?.timeZone ?? session.tenant.zone;
    const document = doctorDocument(facts, isoIn(facts.moment, zone));
    if (options.json) runtime.stdout.write(jsonText(document));
    else {
      const view = { columns: runtime.stdout.columns, style: await styleFor(runtime, "stdout"), zone, nameOf: () => undefined };
      runtime.stdout.write(doctorText(document, view, { command: typed(options), zone: zoneWord(zone) }));
    }
    return exitOf(document, denied);
  } finally {
    await session.close();
  }
};
