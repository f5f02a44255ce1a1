/** `accounts restore`: those come back whom this tool deleted. */

import type { Runtime } from "../runtime.ts";
import type { Command } from "./command.ts";
import type { Options } from "./options.ts";

const run = async (options: Options, runtime: Runtime): Promise<number> => (await import("./accounts-work.ts")).runAccountsRestore(options, runtime);

export const accountsRestore: Command = {
  name: "accounts restore",
  takes: ["LIST"],
  summary: "bring accounts back that a plan deleted",
  about: [
    "LIST is a review list, or any CSV with a column Account or Id, or a file with one address a line; a single address or object id will do instead of a file. Only accounts come back that this tool deleted from this folder: it kept each of them in its archive.",
    "Within 30 days an account comes back out of the service's deleted items as it was; groups, licences and manager are put back where they did not come with it. After that it is made anew from the archive, with a new id: its mailbox, its files and what it owned do not come back, it is blocked, and its password is nobody's. What this tool had blocked before can sign in again, unless --keep-blocked.",
    "It shows what it would do and asks, unless --yes. What the service would not give back is told by address; the same command again goes on with it. Whom somebody brought back is not deleted again by the same list.",
  ],
  options: ["keepBlocked", "tenant", "state", "yes", "json", "quiet", "verbose"],
  examples: ["entra-rollout accounts restore heidi@school.example", "entra-rollout accounts restore wanted-back.csv --yes"],
  run,
};
