/** From a command line to an exit code. Errors become text here and nowhere else. */

import { COMMANDS } from "./commands/table.ts";
import { explain } from "./explain.ts";
import { Failure, usage } from "./failure.ts";
import { quickAnswer, topicOf } from "./quick.ts";
import type { Runtime } from "./runtime.ts";

/** Help that is drawn from tables which only the commands themselves need. */
const longHelp = async ([first]: readonly string[]): Promise<string> => {
  if (first === "findings") return (await import("./commands/help-findings.ts")).findingsHelp();
  if (first === "plan") return (await import("./commands/help-plan.ts")).planHelp();
  if (first === "sign-in") return (await import("./commands/help-sign-in.ts")).signInHelp();
  throw usage(`no help on ${first}`, "there is help on findings, exit-codes, plan, sign-in and on every command: entra-rollout --help");
};

const dispatch = async (argv: readonly string[], runtime: Runtime): Promise<number> => {
  const topic = topicOf(argv);
  const answer = quickAnswer(argv) ?? (topic === undefined ? undefined : await longHelp(topic));
  if (answer !== undefined) {
    runtime.stdout.write(answer);
    return 0;
  }
  const [first = ""] = argv;
  if (argv.length === 1 && COMMANDS.some((each) => each.name.startsWith(`${first} `)))
    throw usage(`${first}: which command?`, `entra-rollout ${first} --help lists them`);
  const { parseCommandLine } = await import("./commands/parse.ts");
  const { command, options } = parseCommandLine(argv, COMMANDS);
  return await command.run(options, runtime);
};

/** @returns the exit code. Never rejects. */
export const main = async (argv: readonly string[], runtime: Runtime): Promise<number> => {
  try {
    return await dispatch(argv, runtime);
  } catch (error) {
    if (error instanceof Failure && error.message === "") return error.exit;
    const { text, exit } = explain(error, runtime.signal.aborted);
    runtime.stderr.write(text);
    return exit;
  }
};
