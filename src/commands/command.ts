/** What a command is: words for the parser, words for people, and what it does. */

import type { Runtime } from "../runtime.ts";
import { type OptionName, type Options, SIGN_IN } from "./options.ts";

export type Command = {
  /** `diff`, or `sandbox fill` for a command of a group. */
  readonly name: string;
  /** As in the usage line: `PLAN`, `RUN`, `[PLAN]`. */
  readonly takes: readonly string[];
  readonly summary: string;
  /** Paragraphs under the usage line. */
  readonly about: readonly string[];
  /** What its first argument can be, with a line each. */
  readonly words?: readonly (readonly [word: string, about: string])[];
  readonly options: readonly OptionName[];
  /** Typed as it stands it works. */
  readonly examples: readonly [string, ...string[]];
  /** @returns the exit code. */
  readonly run: (options: Options, runtime: Runtime) => Promise<number>;
};

/** Whether it may talk to a real tenant; the commands of the practice tenant never do. */
export const signsIn = ({ name, options }: Pick<Command, "name" | "options">): boolean => options.includes("tenant") && !name.startsWith("sandbox ");

/** Every option that it takes. */
export const optionsTaken = (command: Pick<Command, "name" | "options">): readonly OptionName[] => [...command.options, ...(signsIn(command) ? SIGN_IN : [])];
