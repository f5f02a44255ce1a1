/** The process again, for lines that are answered at once: a bundle of its own, since the whole one takes longer to load than help may take. */

import { quickAnswer } from "./quick.ts";
import { bearClosing } from "./streams.ts";

/** @returns whether that was all. */
export const answer = (argv: readonly string[]): boolean => {
  const text = quickAnswer(argv);
  if (text === undefined) return false;
  bearClosing(process.stdout).write(text);
  return true;
};
