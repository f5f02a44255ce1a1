/** The process's streams, which their reader may close at any time. */

/** `| head` closes the pipe: nobody is left to tell. What is under way goes on to its end, since it may be an apply. */
const stayQuietWhenClosed = (error: NodeJS.ErrnoException): void => {
  if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") throw error;
};

export const bearClosedStreams = (): void => {
  process.stdout.on("error", stayQuietWhenClosed);
  process.stderr.on("error", stayQuietWhenClosed);
};
