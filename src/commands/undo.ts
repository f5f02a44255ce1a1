import type { Runtime } from "../runtime.ts";
import type { Command } from "./command.ts";
import type { Options } from "./options.ts";

const run = async (options: Options, runtime: Runtime): Promise<number> => (await import("./undo-work.ts")).runUndo(options, runtime);

export const undo: Command = {
  name: "undo",
  takes: ["RUN"],
  summary: "take a run back, and hold its phases",
  about: [
    "Shows what would be put back as it was, asks, and does it as a run of its own. What somebody changed since is left alone and named.",
    "The phases that the run switched on are put on hold, so that the next apply does not begin them again: apply --phase ID goes on with one. --no-hold leaves them as they are.",
  ],
  options: ["tenant", "state", "hold", "yes", "json", "quiet", "verbose"],
  examples: ["entra-rollout undo 20181119T000000Z-1a2b"],
  run,
};
