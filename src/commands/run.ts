import type { Runtime } from "../runtime.ts";
import type { Command } from "./command.ts";
import type { Options } from "./options.ts";

const start = async (options: Options, runtime: Runtime): Promise<number> => (await import("./run-work.ts")).runUnattended(options, runtime);

export const run: Command = {
  name: "run",
  takes: ["PLAN"],
  summary: "what a scheduler calls: everything due, no questions",
  about: [
    "The same path as apply, with nobody there: it asks nothing, lets no check pass, and begins no phase before its moment. What a check stops stays undone and is told; so is a phase whose moment is longer ago than the plan's window, and one that waits, with who is missing.",
    "What is on hold stays on hold, and it says so: apply --phase ID goes on with it. With nothing due it writes nothing, and ends with 0, also while a phase waits for its people.",
    "Every quarter of an hour will do: it reads a few lists, and all of it only when a moment of the plan has come, something was changed, people are waited for, or hours have passed.",
  ],
  options: ["tenant", "state", "waitUntil", "summary", "jsonLines", "quiet", "verbose"],
  examples: [
    "entra-rollout run rollout-plans/county-schools-2018.yaml",
    "entra-rollout run rollout-plans/academy-trust-2022.yaml --json",
    "entra-rollout run rollout-plans/academy-trust-2022.yaml --wait-until 2022-02-28T06:30",
  ],
  run: start,
};
