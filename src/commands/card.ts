/** `card`: one page for the safe. */

import type { Runtime } from "../runtime.ts";
import type { Command } from "./command.ts";
import type { Options } from "./options.ts";

const run = async (options: Options, runtime: Runtime): Promise<number> => (await import("./card-work.ts")).runCard(options, runtime);

export const card: Command = {
  name: "card",
  takes: ["PLAN"],
  summary: "one page for the safe: how to undo it all when nobody can sign in",
  about: [
    "Plain text, at most 66 lines of 80 columns, to be printed: the plan's policies by the names that the portal shows, the clicks that undo each, the emergency accounts with a line to say where their passwords and keys are kept, whom to call, and what to do when not even they can sign in.",
    "The names are those in the tenant, where there is one and it has them; else, or with --offline, those that the plan will make. Print it before the first phase, and again after each.",
    "Exit 3 when an emergency account is not in the tenant; the page is written all the same, and says so.",
  ],
  options: ["page", "offline", "tenant", "quiet", "verbose"],
  examples: ["entra-rollout card rollout-plans/county-schools-2018.yaml --out card.txt", "entra-rollout card rollout-plans/county-schools-2018.yaml --offline"],
  run,
};
