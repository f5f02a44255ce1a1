/**
 * The outside as one value. Everything that touches the world goes through here, so that a test, or the practice
 * tenant, can stand in for it.
 */

/** Milliseconds since 1970-01-01T00:00:00Z, a whole number. */
export type Instant = number;

export type Clock = {
  readonly now: () => Instant;
  /** Rejects with the signal's reason when it is aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
};

export type Output = {
  readonly write: (text: string) => void;
  readonly isTTY: boolean;
  /** Columns of the terminal; 80 in a pipe. */
  readonly columns: number;
  /** Kept when the reader has taken what was written, or went away: whoever writes much waits, so that it does not pile up here. */
  readonly drained: () => Promise<void>;
  /** The reader went away, as `head` does: what is still written reaches nobody. */
  readonly isClosed: boolean;
};

/** A `fetch` that takes a whole request. Rejects only when no answer arrived. */
export type Fetch = (request: Request) => Promise<Response>;

/** A file that is written from its beginning to its end, owner-only. */
export type GrowingFile = {
  readonly write: (content: string | Uint8Array) => Promise<void>;
  /** Closes it; what was written is on disk then. */
  readonly end: () => Promise<void>;
  /** Closes it as it is. */
  readonly leave: () => Promise<void>;
};

/** What stands at a path; `path` is where the links lead. */
export type FoundFile = { readonly sort: "file" | "folder" | "other"; readonly path: string };

/** Paths are the platform's own. Errors are Node's, with their `code`. */
export type Files = {
  /** At most one byte more than `atMostBytes`, where it is given: a device or a pipe may have no end. */
  readonly read: (path: string, atMostBytes?: number) => Promise<Uint8Array>;
  /** The file piece by piece, for one that may be large. Rejects as `read` does. */
  readonly chunks: (path: string) => AsyncIterable<Uint8Array>;
  /** Size in bytes, or undefined when there is no such file. */
  readonly size: (path: string) => Promise<number | undefined>;
  readonly list: (folder: string) => Promise<readonly string[]>;
  /** Whole file, atomically, owner-only unless told otherwise. */
  readonly write: (path: string, content: string | Uint8Array, mode?: number) => Promise<void>;
  /** Appends and flushes to disk before it returns. Creates the file owner-only. */
  readonly append: (path: string, content: string) => Promise<void>;
  /** Fails with EEXIST when the file is there. */
  readonly create: (path: string, content: string) => Promise<void>;
  /** Begins a new file. Fails with EEXIST when one is there. */
  readonly begin: (path: string) => Promise<GrowingFile>;
  /** Appends without waiting for the disk: `flush` does. Creates the file owner-only. */
  readonly extend: (path: string, content: string) => Promise<void>;
  readonly flush: (path: string) => Promise<void>;
  /** Takes the place of a file that is there. */
  readonly rename: (from: string, to: string) => Promise<void>;
  /** @returns undefined when there is nothing. */
  readonly look: (path: string) => Promise<FoundFile | undefined>;
  readonly makeFolder: (path: string) => Promise<void>;
  readonly remove: (path: string) => Promise<void>;
};

export type Runtime = {
  readonly stdout: Output;
  readonly stderr: Output;
  /** True when a person can answer a question: both standard input and standard error are terminals. */
  readonly canAsk: boolean;
  /** Asks on stderr; only when `canAsk`. */
  readonly ask: (question: string) => Promise<boolean>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Where this tool was installed, with the example plans. */
  readonly packageFolder: string;
  readonly platform: NodeJS.Platform;
  readonly pid: number;
  readonly isProcessAlive: (pid: number) => boolean;
  readonly clock: Clock;
  readonly fetch: Fetch;
  readonly files: Files;
  /** What a package exports that somebody installed beside this tool, which does not bring it; undefined when there is none. */
  readonly besides: (name: string) => unknown;
  /** A random GUID, lower case. */
  readonly uuid: () => string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
};
