import type { Runtime } from "../runtime.ts";
import type { Command } from "./command.ts";
import type { Options } from "./options.ts";

const run = async (options: Options, runtime: Runtime): Promise<number> => (await import("./runs-work.ts")).runRuns(options, runtime);

export const runs: Command = {
  name: "runs",
  takes: [],
  summary: "what was done, and by which run",
  about: ["Oldest first, with the ids that undo takes. cut: the run was ended from outside; the command that began it, typed again, goes on with it."],
  options: ["tenant", "state", "json", "quiet"],
  examples: ["entra-rollout runs"],
  run,
};
