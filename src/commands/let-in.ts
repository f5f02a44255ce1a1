import type { Runtime } from "../runtime.ts";
import type { Command } from "./command.ts";
import type { Options } from "./options.ts";

const run = async (options: Options, runtime: Runtime): Promise<number> => (await import("./let-in-work.ts")).runLetIn(options, runtime);

export const letIn: Command = {
  name: "let-in",
  takes: ["ACCOUNT"],
  summary: "one person is asked for nothing, for some hours",
  about: [
    "Leaves one account out of every policy that this tool made, by its id, whoever they are and whatever the checks say: for somebody who stands before a class and cannot get in. Policies of others stay as they are. It asks first, unless --yes.",
    "It ends by itself: the first run or apply after its time asks the account again. Once more before that gives it a new end. 24 hours unless --for says otherwise, at most 72: who has to be left out for longer belongs under except: in the plan.",
  ],
  options: ["for", "because", "plan", "tenant", "state", "yes", "json", "quiet", "verbose"],
  examples: [
    'entra-rollout let-in head@alder.county.example --because "phone lost, exam at nine"',
    'entra-rollout let-in head@alder.county.example --for 2h --because "phone at home" --plan county-2018 --yes',
  ],
  run,
};
