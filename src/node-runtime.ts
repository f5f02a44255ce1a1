/** The real outside: this process, its streams and its files. What is heavy is loaded when it is first needed. */

import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { unlessHeld } from "./held.ts";
import { proxiedFetch, proxySettings } from "./proxy.ts";
import type { Fetch, Files, Output, Runtime } from "./runtime.ts";
import { bearClosing, drained, isClosed } from "./streams.ts";

/** A stream takes a while to make, and standard error is often not needed. */
const output = (name: "stdout" | "stderr"): Output => ({
  write: (text) => {
    bearClosing(process[name]).write(text);
  },
  get isTTY() {
    return process[name].isTTY === true;
  },
  get columns() {
    const { isTTY, columns } = process[name];
    return isTTY === true && columns > 0 ? columns : 80;
  },
  drained: () => drained(process[name]),
  get isClosed() {
    return isClosed(process[name]);
  },
});

const OWNER_ONLY = 0o600;
const CHUNK_BYTES = 65_536;
/** Node waits 100 ms before the second try, 200 ms before the third, and so on. */
const RETRIES = 5;

const isNothing = (error: unknown): boolean => error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");

const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
  const { setTimeout } = await import("node:timers/promises");
  try {
    await setTimeout(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : error;
  }
};

/** @param sleep between two tries at what another program holds */
export const nodeFilesOn = (platform: NodeJS.Platform, sleep: (ms: number) => Promise<void>): Files => {
  const held = <T>(act: () => Promise<T>): Promise<T> => unlessHeld(act, platform, sleep);
  return {
    // Without the thread pool: a command reads a few files of a few kilobytes, and waits for each.
    read: async (path, atMostBytes) => {
      if (atMostBytes === undefined) return readFileSync(path);
      const file = openSync(path, "r");
      try {
        const chunks: Buffer[] = [];
        // A byte beyond the limit tells that there is more.
        for (let left = atMostBytes + 1; left > 0; ) {
          const chunk = Buffer.allocUnsafe(Math.min(left, CHUNK_BYTES));
          const length = readSync(file, chunk);
          if (length === 0) break;
          chunks.push(chunk.subarray(0, length));
          left -= length;
        }
        return Buffer.concat(chunks);
      } finally {
        closeSync(file);
      }
    },
    async *chunks(path) {
      yield* (await import("node:fs")).createReadStream(path);
    },
    size: async (path) => {
      try {
        return statSync(path).size;
      } catch (error) {
        if (isNothing(error)) return undefined;
        throw error;
      }
    },
    list: async (folder) => (await (await import("node:fs/promises")).readdir(folder)).sort(),
    write: async (path, content, mode = OWNER_ONLY) => {
      const { default: writeFileAtomic } = await import("write-file-atomic");
      await held(() => writeFileAtomic(path, typeof content === "string" ? content : Buffer.from(content), { mode }));
    },
    append: async (path, content) => {
      const { open } = await import("node:fs/promises");
      const file = await held(() => open(path, "a", OWNER_ONLY));
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
    },
    create: async (path, content) => {
      const { open } = await import("node:fs/promises");
      const file = await held(() => open(path, "wx", OWNER_ONLY));
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
    },
    begin: async (path) => {
      const { open } = await import("node:fs/promises");
      const file = await held(() => open(path, "wx", OWNER_ONLY));
      return {
        write: (content) => file.writeFile(content),
        end: async () => {
          try {
            await file.sync();
          } finally {
            await file.close();
          }
        },
        leave: () => file.close(),
      };
    },
    extend: async (path, content) => {
      const { open } = await import("node:fs/promises");
      const file = await held(() => open(path, "a", OWNER_ONLY));
      try {
        await file.writeFile(content);
      } finally {
        await file.close();
      }
    },
    flush: async (path) => {
      const { open } = await import("node:fs/promises");
      const file = await held(() => open(path, "r+"));
      try {
        await file.sync();
      } finally {
        await file.close();
      }
    },
    rename: async (from, to) => {
      // Whoever puts a file in place waits longer, and says what to do.
      await (await import("node:fs/promises")).rename(from, to);
    },
    look: async (path) => {
      const { realpath, stat } = await import("node:fs/promises");
      try {
        const found = await stat(path);
        return { sort: found.isFile() ? "file" : found.isDirectory() ? "folder" : "other", path: await realpath(path) };
      } catch (error) {
        if (isNothing(error)) return undefined;
        throw error;
      }
    },
    makeFolder: async (path) => {
      await (await import("node:fs/promises")).mkdir(path, { recursive: true, mode: 0o700 });
    },
    remove: async (path) => {
      const { rm } = await import("node:fs/promises");
      await rm(path, { recursive: true, force: true, maxRetries: platform === "win32" ? RETRIES : 0 });
    },
  };
};

export const nodeFiles: Files = nodeFilesOn(process.platform, sleep);

const installedBeside = (packageFolder: string): Runtime["besides"] => {
  return (name) => {
    try {
      return createRequire(resolve(packageFolder, "package.json"))(name);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND") return undefined;
      throw error;
    }
  };
};

const outward = (env: Runtime["env"]): Fetch => {
  const proxy = proxySettings(env);
  return proxy === undefined ? (request) => fetch(request) : proxiedFetch(proxy);
};

/** Takes the process's Ctrl-C: the first aborts `signal`, a second one ends the process at once. */
export const nodeRuntime = (packageFolder: string): Runtime => {
  let controller: AbortController | undefined;
  // Made when somebody listens: most commands end before.
  const interruption = (): AbortController => {
    controller ??= new AbortController();
    return controller;
  };
  process.on("SIGINT", () => {
    if (interruption().signal.aborted) process.exit(130);
    interruption().abort(new Error("interrupted"));
  });
  process.on("SIGTERM", () => interruption().abort(new Error("interrupted")));
  return {
    stdout: output("stdout"),
    stderr: output("stderr"),
    get canAsk() {
      return process.stdin.isTTY === true && process.stderr.isTTY === true;
    },
    ask: async (question) => {
      const { confirm } = await import("@inquirer/prompts");
      try {
        return await confirm({ message: question, default: false }, { output: process.stderr, signal: interruption().signal });
      } catch (error) {
        // Ctrl-C or the end of input while the question stands: that is a no.
        if (error instanceof Error && (error.name === "ExitPromptError" || error.name === "AbortPromptError")) return false;
        throw error;
      }
    },
    env: process.env,
    cwd: process.cwd(),
    packageFolder,
    platform: process.platform,
    pid: process.pid,
    isProcessAlive: (pid) => {
      try {
        process.kill(pid, 0);
        return true;
      } catch (error) {
        // EPERM: it lives and is somebody else's.
        return error instanceof Error && "code" in error && error.code === "EPERM";
      }
    },
    clock: { now: () => Date.now(), sleep },
    fetch: outward(process.env),
    files: nodeFiles,
    besides: installedBeside(packageFolder),
    uuid: () => globalThis.crypto.randomUUID(),
    get signal() {
      return interruption().signal;
    },
  };
};
