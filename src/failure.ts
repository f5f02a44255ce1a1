/** An end that is nobody's bug: what to say, what to do, and the exit code. `main` alone prints it. */

import { type ExitName, exitCode } from "./exit-codes.ts";

export class Failure extends Error {
  readonly exit: number;
  /** One sentence each: what to do. */
  readonly hints: readonly string[];

  constructor(exit: ExitName, message: string, hints: readonly string[] = [], options?: ErrorOptions) {
    super(message, options);
    this.name = "Failure";
    this.exit = exitCode(exit);
    this.hints = hints;
  }
}

export const usage = (message: string, ...hints: readonly string[]): Failure => new Failure("usage", message, hints);

/** Something failed in the middle of a run: says where its journal is and how to go on, on top of what failed. */
export class DuringRun extends Error {
  readonly hints: readonly string[];

  constructor(cause: unknown, hints: readonly string[]) {
    super("failed during a run", { cause });
    this.name = "DuringRun";
    this.hints = hints;
  }
}
