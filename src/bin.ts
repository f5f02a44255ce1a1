/** The process: streams that may be closed by their reader, and an exit that waits until everything is written. */

import { main } from "./main.ts";
import { nodeRuntime } from "./node-runtime.ts";

/** `| head` closes the pipe: that is no failure, and nobody is left to tell. */
const endQuietlyWhenClosed = (error: NodeJS.ErrnoException): void => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
};

process.stdout.on("error", endQuietlyWhenClosed);
process.stderr.on("error", endQuietlyWhenClosed);
process.exitCode = await main(process.argv.slice(2), nodeRuntime());
