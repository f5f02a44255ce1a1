import type { Runtime } from "../runtime.ts";
import type { Command } from "./command.ts";
import type { Options } from "./options.ts";

const run = async (options: Options, runtime: Runtime): Promise<number> => (await import("./see-work.ts")).runStatus(options, runtime);

export const status: Command = {
  name: "status",
  takes: ["PLAN"],
  summary: "the timeline: what is done, live, due, held and next",
  about: [
    "Reads the tenant and writes nothing: where each phase stands, whom it is about and how many of them are ready, what differs in the phases that are live, what speaks against going on, and the next command to type.",
    "Exit 4 when part of the tenant could not be read.",
  ],
  options: ["tenant", "state", "asOf", "json", "quiet", "verbose"],
  examples: ["entra-rollout status rollout-plans/county-schools-2018.yaml"],
  run,
};
