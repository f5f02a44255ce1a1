/** `why`: what is asked of one account. */

import type { Runtime } from "../runtime.ts";
import type { Command } from "./command.ts";
import type { Options } from "./options.ts";

const run = async (options: Options, runtime: Runtime): Promise<number> => (await import("./why-work.ts")).runWhy(options, runtime);

export const why: Command = {
  name: "why",
  takes: ["ACCOUNT"],
  summary: "why somebody cannot get in: what is asked of them, by whom, can they do it",
  about: [
    "ACCOUNT is an address or an object id; no plan is needed, and nothing is written. Shows what typical sign-ins come to, outside and inside each named network: let in, asked for MFA and with which registered method they can, led to registering, blocked and by whom, or that nobody can tell and why. Then the policies that are about them, this plan's and other people's, their last failures of seven days in words, and what to do.",
    "Exit 64 when there is no such account, 4 when part of the tenant could not be read.",
  ],
  options: ["from", "app", "client", "all", "tenant", "json", "quiet", "verbose"],
  examples: ["entra-rollout why head@alder.county.example", "entra-rollout why head@alder.county.example --from 203.0.113.7 --client outlook"],
  run,
};
