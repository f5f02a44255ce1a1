/** `snapshot`: the tenant as a file. */

import type { Runtime } from "../runtime.ts";
import type { Command } from "./command.ts";
import type { Options } from "./options.ts";

const run = async (options: Options, runtime: Runtime): Promise<number> => (await import("./snapshot-work.ts")).runSnapshot(options, runtime);

export const snapshot: Command = {
  name: "snapshot",
  takes: ["FILE"],
  summary: "write the tenant to a file, to rehearse on",
  about: [
    "One resource a line, as Microsoft Graph tells it: accounts, groups, roles, policies, networks, licences, who has registered. No token, no secret, no telephone number; but rows of people, so keep it to yourself. FILE must not be there yet; it is compressed where its name ends in .gz, and there only when it is whole.",
    "With --tenant FILE other commands practise on it. What they do is kept in .entra-rollout/snapshots; the file stays as it is.",
  ],
  options: ["tenant", "quiet", "verbose"],
  examples: ["entra-rollout snapshot tenant.jsonl.gz"],
  run,
};
