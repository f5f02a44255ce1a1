/** How text is set off on a terminal. A value, so that a pipe, a test and a terminal take the same path. */

import type { Runtime } from "../runtime.ts";

type Paint = (text: string) => string;

export type Style = {
  readonly strong: Paint;
  readonly quiet: Paint;
  readonly good: Paint;
  readonly warning: Paint;
  readonly bad: Paint;
  readonly note: Paint;
};

const same: Paint = (text) => text;

export const PLAIN: Style = { strong: same, quiet: same, good: same, warning: same, bad: same, note: same };

/** @see https://no-color.org and https://force-color.org: an empty NO_COLOR says nothing, FORCE_COLOR=0 says no. */
export const wantsColour = (env: Runtime["env"], isTTY: boolean): boolean => {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
  return isTTY && env.TERM !== "dumb";
};

/** The style for one stream. Sixteen colours only, so that they follow the reader's own theme. */
export const styleFor = async (runtime: Runtime, stream: "stdout" | "stderr"): Promise<Style> => {
  if (!wantsColour(runtime.env, runtime[stream].isTTY)) return PLAIN;
  const { Chalk } = await import("chalk");
  const chalk = new Chalk({ level: 1 });
  // Chalk joins whatever it is given; these take one text, also from `map`.
  return {
    strong: (text) => chalk.bold(text),
    quiet: (text) => chalk.dim(text),
    good: (text) => chalk.green(text),
    warning: (text) => chalk.yellow(text),
    bad: (text) => chalk.red(text),
    note: (text) => chalk.cyan(text),
  };
};
