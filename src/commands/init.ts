import type { Runtime } from "../runtime.ts";
import type { Command } from "./command.ts";
import type { Options } from "./options.ts";

const run = async (options: Options, runtime: Runtime): Promise<number> => (await import("./init-work.ts")).runInit(options, runtime);

export const init: Command = {
  name: "init",
  takes: ["PLAN"],
  summary: "a commented plan to start from",
  about: [
    "Writes a plan of your own, after one of those that come with the tool: county (a group after the other, on the web first), trust (everybody on one morning, outside the schools' networks), remote-desktop (with a gateway elsewhere), security-defaults (no premium licence), college (14 days between questions), per-user (the county without a premium licence) or table (the county as a spreadsheet).",
    "The dates are moved by whole weeks so that the first phase lies ahead. A file that is there is never written over.",
  ],
  options: ["like"],
  examples: ["entra-rollout init mine.yaml --like trust"],
  run,
};
