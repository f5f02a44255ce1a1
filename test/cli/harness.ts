/** Runs the whole command line in this process: memory for streams, a real folder for files, a clock that moves by what is waited. */

import { randomUUID } from "node:crypto";
import { appendFileSync, mkdtempSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { main } from "../../src/main.ts";
import { nodeFiles } from "../../src/node-runtime.ts";
import type { Fetch, Files, Output, Runtime } from "../../src/runtime.ts";
import { createWatch, type Watch } from "./watch.ts";

export type CliOptions = {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What a person answers; with it there is a terminal to ask on. */
  readonly answer?: boolean | (() => boolean | Promise<boolean>);
  /** Standard output and standard error are terminals. */
  readonly tty?: boolean;
  readonly columns?: number;
  readonly platform?: NodeJS.Platform;
  readonly fetch?: Fetch;
  /** The machine's clock; one of its own when missing. */
  readonly clock?: Runtime["clock"];
  readonly signal?: AbortSignal;
  /** Told everything that is written to standard error, as it is written. */
  readonly onStderr?: (text: string) => void;
  /** The reader of standard output goes away after so many characters, as `head` does. */
  readonly readsAtMost?: number;
  readonly files?: Runtime["files"];
  readonly besides?: Runtime["besides"];
};

export type CliResult = { readonly exit: number; readonly stdout: string; readonly stderr: string; readonly questions: readonly string[] };

const MACHINE_START = Date.UTC(2026, 10, 22, 9, 0, 0);

const memory = (
  isTTY: boolean,
  columns: number,
  { heard, atMost = Number.POSITIVE_INFINITY }: { readonly heard?: ((text: string) => void) | undefined; readonly atMost?: number | undefined } = {},
): Output & { readonly text: () => string } => {
  const parts: string[] = [];
  let length = 0;
  const write = (text: string): void => {
    if (length > atMost) return;
    length += text.length;
    parts.push(text);
    heard?.(text);
  };
  return {
    write,
    isTTY,
    columns,
    drained: async () => {},
    get isClosed() {
      return length > atMost;
    },
    text: () => parts.join(""),
  };
};

/** A machine's clock: it stands still but for what is waited. */
export const machineClock = (start: number = MACHINE_START): Runtime["clock"] & { readonly pass: (ms: number) => void } => {
  let at = start;
  return {
    now: () => at,
    pass: (ms) => {
      at += ms;
    },
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      at += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
};

const mode = 0o600;

/** The real files, but that nobody waits for the disk: what a test writes has to outlive no power cut. */
export const hastyFiles: Files = {
  ...nodeFiles,
  append: async (path, content) => appendFileSync(path, content, { mode }),
  extend: async (path, content) => appendFileSync(path, content, { mode }),
  create: async (path, content) => writeFileSync(path, content, { mode, flag: "wx" }),
  write: async (path, content, wanted = mode) => {
    const beside = `${path}.${randomUUID()}`;
    writeFileSync(beside, content, { mode: wanted });
    renameSync(beside, path);
  },
};

export const freshFolder = (): string => mkdtempSync(join(tmpdir(), "entra-rollout-"));

export const fakeRuntime = (
  options: CliOptions,
  questions: string[] = [],
  watch: Watch = createWatch(options.env ?? {}),
): Runtime & { readonly stdout: ReturnType<typeof memory>; readonly stderr: ReturnType<typeof memory> } => {
  const { answer } = options;
  const { over } = watch;
  return {
    stdout: memory(options.tty === true, options.columns ?? 100, { atMost: options.readsAtMost }),
    stderr: memory(options.tty === true, options.columns ?? 100, { heard: options.onStderr }),
    canAsk: answer !== undefined,
    ask: async (question) => {
      questions.push(question);
      return typeof answer === "function" ? await answer() : answer === true;
    },
    env: options.env ?? {},
    cwd: options.cwd,
    packageFolder: resolve("."),
    platform: options.platform ?? process.platform,
    pid: process.pid,
    isProcessAlive: (pid) => pid === process.pid,
    clock: options.clock ?? machineClock(),
    fetch: over.fetch(options.fetch ?? ((request) => fetch(request))),
    files: over.files(options.files ?? hastyFiles),
    besides: options.besides ?? (() => undefined),
    uuid: randomUUID,
    signal: options.signal ?? new AbortController().signal,
  };
};

export const runCli = async (args: readonly string[], options: CliOptions): Promise<CliResult> => {
  const questions: string[] = [];
  const watch = createWatch(options.env ?? {});
  const runtime = fakeRuntime(options, questions, watch);
  const exit = await main(args, runtime);
  watch.search(runtime.stdout.text(), "standard output");
  // The token of a served practice tenant is made to be read and passed on.
  if (args[0] !== "sandbox" || args[1] !== "serve") watch.search(runtime.stderr.text(), "standard error");
  for (const question of questions) watch.search(question, "a question");
  return { exit, stdout: runtime.stdout.text(), stderr: runtime.stderr.text(), questions };
};
