import type { Runtime } from "../runtime.ts";
import type { Command } from "./command.ts";
import type { Options } from "./options.ts";

const run = async (options: Options, runtime: Runtime): Promise<number> => (await import("./tour-work.ts")).runTour(options, runtime);

export const tour: Command = {
  name: "tour",
  takes: [],
  summary: "a look around: the county's plan on a practice tenant, nothing to set up",
  about: [
    "Fills the practice tenant county in this folder if there is none, checks the county's plan, shows its timeline and the dry run of its next phase, and says what to type next. It applies nothing.",
  ],
  options: ["quiet"],
  examples: ["entra-rollout tour"],
  run,
};
