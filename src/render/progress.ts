/** What is under way: a spinner on a terminal, a plain line now and then in a log, nothing when people asked for quiet. */

import type { Runtime } from "../runtime.ts";
import { safe } from "./text-safe.ts";

export type Progress = {
  /** `done`: how many so far, when that can be counted; `total`: of how many, when that is known. */
  readonly tell: (what: string, done?: number, total?: number) => void;
  /** Takes the spinner away; what comes next is written on a clean line. */
  readonly end: () => void;
};

const EVERY_MS = 5_000;

const words = (what: string, done = 0, total?: number): string =>
  safe(done === 0 ? what : `${what}: ${done.toLocaleString("en-GB")}${total === undefined ? "" : ` of ${total.toLocaleString("en-GB")}`}`);

const SILENT: Progress = { tell: () => {}, end: () => {} };

/** One line when something new begins, and one every five seconds while it lasts. */
const inLines = (runtime: Pick<Runtime, "stderr" | "clock">): Progress => {
  let last: { readonly what: string; readonly at: number } | undefined;
  return {
    tell: (what, done, total) => {
      const at = runtime.clock.now();
      if (last?.what === what && at - last.at < EVERY_MS) return;
      last = { what, at };
      runtime.stderr.write(`${words(what, done, total)}\n`);
    },
    end: () => {
      last = undefined;
    },
  };
};

const asSpinner = async (runtime: Runtime): Promise<Progress> => {
  const [{ default: ora }, { Writable }, readline] = await Promise.all([import("ora"), import("node:stream"), import("node:readline")]);
  const { stderr } = runtime;
  const plain = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      stderr.write(String(chunk));
      done();
    },
  });
  const stream = Object.assign(plain, {
    isTTY: true,
    columns: stderr.columns,
    clearLine: (direction: -1 | 0 | 1): boolean => readline.clearLine(plain, direction),
    cursorTo: (x: number): boolean => readline.cursorTo(plain, x),
    moveCursor: (x: number, y: number): boolean => readline.moveCursor(plain, x, y),
  });
  // Standard input stays as it is: a question may follow, and Ctrl-C must arrive.
  const spinner = ora({ stream, discardStdin: false, isEnabled: true });
  return {
    tell: (what, done, total) => {
      spinner.text = words(what, done, total);
      if (!spinner.isSpinning) spinner.start();
    },
    end: () => {
      spinner.stop();
    },
  };
};

export const progressOn = async (runtime: Runtime, quiet: boolean): Promise<Progress> => {
  if (quiet) return SILENT;
  return runtime.stderr.isTTY ? await asSpinner(runtime) : inLines(runtime);
};
