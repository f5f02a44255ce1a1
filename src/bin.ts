/** The process: streams that may be closed by their reader, and an exit that waits until everything is written. */

import { main } from "./main.ts";
import { nodeRuntime } from "./node-runtime.ts";

/** `| head` closes the pipe: nobody is left to tell. What is under way goes on to its end, since it may be an apply. */
const stayQuietWhenClosed = (error: NodeJS.ErrnoException): void => {
  if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") throw error;
};

process.stdout.on("error", stayQuietWhenClosed);
process.stderr.on("error", stayQuietWhenClosed);
process.exitCode = await main(process.argv.slice(2), nodeRuntime());
