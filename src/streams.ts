/** The process's streams, which their reader may close at any time. */

const borne = new WeakSet<NodeJS.WriteStream>();
const closed = new WeakSet<NodeJS.WriteStream>();

/** `| head` closes the pipe: nobody is left to tell. What is under way goes on to its end, since it may be an apply. */
export const bearClosing = (stream: NodeJS.WriteStream): NodeJS.WriteStream => {
  if (borne.has(stream)) return stream;
  borne.add(stream);
  return stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") throw error;
    closed.add(stream);
  });
};

export const isClosed = (stream: NodeJS.WriteStream): boolean => closed.has(stream) || stream.destroyed;

/** That a pipe was closed is told after the write itself, so that at least one turn is waited. */
export const drained = async (stream: NodeJS.WriteStream): Promise<void> => {
  await new Promise((turned) => setImmediate(turned));
  if (!stream.writableNeedDrain || isClosed(stream)) return;
  await new Promise<void>((kept) => {
    const events = ["drain", "error", "close"] as const;
    const done = (): void => {
      for (const event of events) stream.off(event, done);
      kept();
    };
    for (const event of events) stream.on(event, done);
  });
};
