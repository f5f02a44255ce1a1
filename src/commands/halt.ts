import type { Runtime } from "../runtime.ts";
import type { Command } from "./command.ts";
import type { Options } from "./options.ts";

const run = async (options: Options, runtime: Runtime): Promise<number> => (await import("./halt-work.ts")).runHalt(options, runtime);

export const halt: Command = {
  name: "halt",
  takes: ["PLAN-ID"],
  summary: "a plan's policies ask nobody any longer, at once",
  about: [
    "Puts every policy that bears the plan's mark into report-only, and all of the plan's phases on hold, so that no run anywhere switches them on again. It needs neither the plan's file nor its runs, only the plan's id; policies of others stay as they are. It asks first, unless --yes.",
    "With --domain only that domain's accounts are left out, by a group; everybody else goes on being asked.",
    "apply PLAN --phase ID goes on with one phase, apply PLAN --back-in DOMAIN asks a domain again; both with all checks. undo RUN takes the halt back.",
  ],
  options: ["domain", "tenant", "state", "yes", "json", "quiet", "verbose"],
  examples: ["entra-rollout halt county-2018", "entra-rollout halt county-2018 --domain alder.county.example --yes"],
  run,
};
