import type { Runtime } from "../runtime.ts";
import type { Command } from "./command.ts";
import type { Options } from "./options.ts";

const run = async (options: Options, runtime: Runtime): Promise<number> => (await import("./see-work.ts")).runDiff(options, runtime);

export const diff: Command = {
  name: "diff",
  takes: ["PLAN"],
  summary: "what apply would do, whom it touches and what speaks against it",
  about: [
    "The dry run: the same path as apply, up to its first write. It writes nothing, and does not move the practice tenant's clock.",
    "Give the file of --out to somebody for approval; apply --changes FILE then does exactly that, or exits 5.",
    "Where nobody can grant Exchange.ManageAsApp, --as-script FILE.ps1 writes what Exchange Online would be told as a script for an Exchange Administrator. As it is it only says what it would do; with -Apply it does it. FILE.rollback.ps1 takes it back.",
    "Exit 0 whatever it finds; with --exit-code 2 when there are changes and 3 when a check would stop them. Exit 4 when part of the tenant could not be read.",
  ],
  options: [
    "tenant",
    "state",
    "asOf",
    "phase",
    "backIn",
    "stage",
    "prune",
    "allow",
    "reason",
    "whatIf",
    "out",
    "asScript",
    "exitCode",
    "json",
    "quiet",
    "verbose",
  ],
  examples: [
    "entra-rollout diff rollout-plans/county-schools-2018.yaml --as-of 2018-11-19",
    "entra-rollout diff rollout-plans/academy-trust-2022.yaml --as-of 2022-02-28T06:30 --out changes.json",
    "entra-rollout diff rollout-plans/county-schools-2018.yaml --as-of 2018-11-09 --as-script mail-off.ps1",
  ],
  run,
};
