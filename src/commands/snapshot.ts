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
    "--pseudonymise is for a snapshot that others look at: every name, address, id and network in it is made up, what belongs together still does, and addresses such as head@ and office@ keep what stands before the @. The names follow from a key, which is kept beside it for its owner alone: do not give it away with the snapshot. --plan writes the plan along, so that diff says the same of the one as of the other.",
  ],
  options: ["tenant", "pseudonymise", "keyFile", "planToo", "quiet", "verbose"],
  examples: ["entra-rollout snapshot tenant.jsonl.gz", "entra-rollout snapshot shared.jsonl.gz --pseudonymise --plan rollout-plans/county-schools-2018.yaml"],
  run,
};
