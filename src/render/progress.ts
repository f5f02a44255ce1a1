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

const number = (count: number): string => count.toLocaleString("en-GB");

/** What takes longer is worth a guess. */
const GUESS_FROM_MS = 20_000;
const MINUTE_MS = 60_000;

/** How long the rest takes if it goes on like this. */
const restWords = (ms: number): string => {
  const minutes = Math.ceil(ms / MINUTE_MS);
  if (minutes <= 1) return "about a minute";
  return minutes < 120 ? `about ${minutes} minutes` : `about ${Math.round(minutes / 60)} hours`;
};

type Begun = { readonly what: string; readonly at: number; readonly done: number };

const words = (begun: Begun, now: number, done = 0, total?: number): string => {
  const { what } = begun;
  if (done === 0) return safe(what);
  if (total === undefined) return safe(`${what}: ${number(done)}`);
  const [passed, managed, left] = [now - begun.at, done - begun.done, total - done];
  const guess = passed >= GUESS_FROM_MS && managed > 0 && left > 0 ? `, ${number(left)} left, ${restWords((passed / managed) * left)}` : "";
  return safe(`${what}: ${number(done)} of ${number(total)}${guess}`);
};

/** Since when the same thing is under way. */
const since = (clock: Runtime["clock"]): ((what: string, done?: number) => Begun) => {
  let begun: Begun | undefined;
  let last = 0;
  return (what, done = 0) => {
    // Fewer than before: it was begun anew.
    if (begun?.what !== what || done < last) begun = { what, at: clock.now(), done };
    last = done;
    return begun;
  };
};

const SILENT: Progress = { tell: () => {}, end: () => {} };

/** One line when something new begins, and one every five seconds while it lasts. */
const inLines = (runtime: Pick<Runtime, "stderr" | "clock">): Progress => {
  let last: { readonly what: string; readonly at: number } | undefined;
  const begun = since(runtime.clock);
  return {
    tell: (what, done, total) => {
      const at = runtime.clock.now();
      const from = begun(what, done);
      if (last?.what === what && at - last.at < EVERY_MS) return;
      last = { what, at };
      runtime.stderr.write(`${words(from, at, done, total)}\n`);
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
  const begun = since(runtime.clock);
  return {
    tell: (what, done, total) => {
      spinner.text = words(begun(what, done), runtime.clock.now(), done, total);
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
