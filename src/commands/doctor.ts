/** `doctor`: what works, what does not, what to do. */

import type { Runtime } from "../runtime.ts";
import type { Command } from "./command.ts";
import type { Options } from "./options.ts";

const run = async (options: Options, runtime: Runtime): Promise<number> => (await import("./doctor-work.ts")).runDoctor(options, runtime);

export const doctor: Command = {
  name: "doctor",
  takes: ["[PLAN]"],
  summary: "what works and what does not: sign-in, licences, settings, emergency accounts",
  about: [
    "Reads the tenant and writes nothing: who is signed in, what the plan needs and the tenant has, the settings that decide whether it can be carried out, whether the emergency accounts get in, the plan's networks against the tenant's, whether protocols of mailboxes can be switched, and what Microsoft Graph can neither read nor set. Each line says ok, warning or problem, and what to do. Without a plan it says what can be said of the tenant.",
    "Exit 3 when there is a problem, 4 when something could not be read, 77 when that is for want of a permission alone.",
  ],
  options: ["tenant", "state", "json", "quiet", "verbose"],
  examples: ["entra-rollout doctor rollout-plans/county-schools-2018.yaml", "entra-rollout doctor"],
  run,
};
