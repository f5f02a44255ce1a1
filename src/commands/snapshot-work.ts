/** What `snapshot` does, apart from its words. */

import { commandLine } from "../command-line.ts";
import { connect } from "../connect.ts";
import { formatMoment } from "../core/plan/moments.ts";
import { exitCode } from "../exit-codes.ts";
import { counted } from "../render/layout.ts";
import { progressOn } from "../render/progress.ts";
import { safe } from "../render/text-safe.ts";
import type { Runtime } from "../runtime.ts";
import { type Counts, snapshotPath, writeSnapshot } from "../snapshot.ts";
import type { Options } from "./options.ts";
import { speaker, tenantOf } from "./speak.ts";

const SHOWN = [
  ["/users", "account"],
  ["/groups", "group"],
  ["/identity/conditionalAccess/namedLocations", "network"],
] as const;

const summary = (counts: Counts): string => {
  const policies = counts.get("/identity/conditionalAccess/policies") ?? 0;
  return [...SHOWN.map(([path, noun]) => counted(counts.get(path) ?? 0, noun)), policies === 1 ? "1 policy" : `${policies} policies`].join(", ");
};

export const runSnapshot = async (options: Options, runtime: Runtime): Promise<number> => {
  const [file = ""] = options.arguments;
  const path = snapshotPath(file, runtime);
  const tenant = await connect({ ...tenantOf(options), addresses: undefined, ...speaker(options, runtime) }, runtime);
  try {
    const progress = await progressOn(runtime, options.quiet);
    const takenAt = formatMoment(tenant.clock.now(), tenant.zone);
    let counts: Counts;
    try {
      progress.tell("reading the tenant");
      counts = await writeSnapshot(tenant.connection, path, runtime, (resources) => progress.tell("reading the tenant", resources));
    } finally {
      progress.end();
    }
    runtime.stdout.write(`${safe(tenant.name)}, ${takenAt}: ${summary(counts)}\nwritten to ${safe(file)}\n`);
    if (!options.quiet) runtime.stdout.write(`to rehearse on it: ${commandLine("status", "PLAN", "--tenant", file)}\n`);
  } finally {
    await tenant.close();
  }
  return exitCode("done");
};
