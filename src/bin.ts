/** The process: streams that may be closed by their reader, and an exit that waits until everything is written. */

import { main } from "./main.ts";
import { nodeRuntime } from "./node-runtime.ts";
import { bearClosedStreams } from "./streams.ts";

/** @param packageFolder where this tool was installed */
export const start = async (argv: readonly string[], packageFolder: string): Promise<void> => {
  bearClosedStreams();
  process.exitCode = await main(argv, nodeRuntime(packageFolder));
};
