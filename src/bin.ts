/** The process: from the words that were typed to an exit code. */

import { main } from "./main.ts";
import { nodeRuntime } from "./node-runtime.ts";

/** @param packageFolder where this tool was installed */
export const start = async (argv: readonly string[], packageFolder: string): Promise<void> => {
  process.exitCode = await main(argv, nodeRuntime(packageFolder));
};
