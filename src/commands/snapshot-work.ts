/** What `snapshot` does, apart from its words. */

import { commandLine } from "../command-line.ts";
import { connect } from "../connect.ts";
import { formatMoment } from "../core/plan/moments.ts";
import { exitCode } from "../exit-codes.ts";
import { usage } from "../failure.ts";
import { calledAfter, type Key, keyIn, type Renaming, refuseMade, renaming, writeMade } from "../pseudonymise.ts";
import { counted } from "../render/layout.ts";
import { progressOn } from "../render/progress.ts";
import { safe } from "../render/text-safe.ts";
import type { Runtime } from "../runtime.ts";
import { type Counts, refuseTaken, snapshotPath, writeSnapshot } from "../snapshot.ts";
import { pathsOf } from "../text-file.ts";
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

type Named = { readonly key: Key; readonly called: string; readonly renaming: Renaming };

/** @throws Failure (usage) for options that mean nothing without `--pseudonymise` */
const renamingFor = async (options: Options, path: string, runtime: Runtime): Promise<Named | undefined> => {
  if (!options.pseudonymise) {
    const alone = options.keyFile !== undefined ? "--key-file" : options.plan !== undefined ? "--plan" : undefined;
    if (alone !== undefined) throw usage(`${alone} is only for --pseudonymise`);
    return undefined;
  }
  const paths = pathsOf(runtime);
  const [folder, called] = [paths.dirname(path), calledAfter(path, runtime)];
  await refuseTaken(path, runtime);
  await refuseMade(folder, called, runtime);
  const key = await keyIn(options.keyFile, paths.join(folder, `${called}.key`), runtime);
  try {
    return { key, called, renaming: await renaming({ key: key.bytes, plan: options.plan, called }, runtime) };
  } catch (error) {
    if (key.isNew) await runtime.files.remove(key.path);
    throw error;
  }
};

export const runSnapshot = async (options: Options, runtime: Runtime): Promise<number> => {
  const [file = ""] = options.arguments;
  const path = snapshotPath(file, runtime);
  const paths = pathsOf(runtime);
  const tenant = await connect({ ...tenantOf(options), addresses: undefined, ...speaker(options, runtime) }, runtime);
  try {
    const named = await renamingFor(options, path, runtime);
    const progress = await progressOn(runtime, options.quiet);
    const takenAt = formatMoment(tenant.clock.now(), tenant.zone);
    let counts: Counts;
    let made: readonly string[] = [];
    try {
      progress.tell("reading the tenant");
      counts = await writeSnapshot(tenant.connection, path, runtime, {
        told: (resources) => progress.tell("reading the tenant", resources),
        ...(named !== undefined && { pseudonyms: named.renaming.through }),
      });
      const plan = named?.renaming.plan();
      if (named !== undefined && plan !== undefined) made = await writeMade(paths.dirname(path), named.called, plan, runtime);
    } catch (error) {
      if (named?.key.isNew === true && (await runtime.files.size(path)) === undefined) await runtime.files.remove(named.key.path);
      throw error;
    } finally {
      progress.end();
    }
    const beside = (name: string): string => paths.join(paths.dirname(file), name);
    const written = [file, ...made.map(beside)].map((name) => safe(name)).join(", ");
    runtime.stdout.write(`${safe(tenant.name)}, ${takenAt}: ${summary(counts)}\nwritten to ${written}\n`);
    if (options.quiet) return exitCode("done");
    if (named !== undefined) {
      const where = options.keyFile ?? beside(`${named.called}.key`);
      runtime.stdout.write(
        `its names are made up by the key in ${safe(where)}: keep that apart from what you give away; --key-file ${safe(where)} makes the same names again\n`,
      );
    }
    const plan = made.at(-1);
    const next = plan === undefined ? commandLine("status", "PLAN", "--tenant", file) : commandLine("diff", beside(plan), "--tenant", file);
    runtime.stdout.write(`to rehearse on it: ${next}\n`);
  } finally {
    await tenant.close();
  }
  return exitCode("done");
};
