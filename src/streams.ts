/** The process's streams, which their reader may close at any time. */

/** `| head` closes the pipe: nobody is left to tell. What is under way goes on to its end, since it may be an apply. */
const stayQuietWhenClosed = (error: NodeJS.ErrnoException): void => {
  if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") throw error;
};

export const bearClosing = (stream: NodeJS.WriteStream): NodeJS.WriteStream =>
  stream.listeners("error").includes(stayQuietWhenClosed) ? stream : stream.on("error", stayQuietWhenClosed);
