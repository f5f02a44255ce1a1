import type { Runtime } from "../runtime.ts";
import type { Command } from "./command.ts";
import type { Options } from "./options.ts";

const run = async (options: Options, runtime: Runtime): Promise<number> => (await import("./apply-work.ts")).runApply(options, runtime);

export const apply: Command = {
  name: "apply",
  takes: ["PLAN"],
  summary: "make it so: the same path as diff, then the writes",
  about: [
    "Shows the dry run and asks before the first write; --yes does not ask, and without a terminal it is needed. Every write is noted before it leaves and read back afterwards, so that a run that was cut goes on when the same command is run again, and undo can take it back.",
    "--as-of moves the practice tenant's clock forward to the moment first, and leaves it there. --phase begins a phase early, or goes on with one that is on hold.",
  ],
  options: ["tenant", "state", "asOf", "phase", "backIn", "changes", "stage", "prune", "allow", "reason", "whatIf", "yes", "json", "quiet", "verbose"],
  examples: [
    "entra-rollout apply rollout-plans/county-schools-2018.yaml --as-of 2018-11-19",
    "entra-rollout apply rollout-plans/academy-trust-2022.yaml --changes changes.json --yes",
  ],
  run,
};
