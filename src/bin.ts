/** The process: from the words that were typed to an exit code. */

import { main } from "./main.ts";
import { nodeRuntime } from "./node-runtime.ts";

/** @param packageFolder where this tool was installed */
export const start = async (argv: readonly string[], packageFolder: string): Promise<void> => {
  const runtime = nodeRuntime(packageFolder);
  process.exitCode = await main(argv, runtime);
  if (!runtime.signal.aborted) return;
  // What was broken off may have left something open, such as the address to which a browser was to return.
  await Promise.all([runtime.stdout.drained(), runtime.stderr.drained()]);
  process.exit();
};
