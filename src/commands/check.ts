import type { Runtime } from "../runtime.ts";
import type { Command } from "./command.ts";
import type { Options } from "./options.ts";

const run = async (options: Options, runtime: Runtime): Promise<number> => (await import("./check-work.ts")).runCheck(options, runtime);

export const check: Command = {
  name: "check",
  takes: ["PLAN"],
  summary: "is the plan sound? Needs no tenant",
  about: [
    "Reads the plan and the lists that it names, and prints every problem with its line and column, all at once. Exit 0 when it is sound, 65 when it is not.",
  ],
  options: ["json"],
  examples: ["entra-rollout check rollout-plans/county-schools-2018.yaml"],
  run,
};
