/** Moments as a plan says them, in its zone. */

import { instantOf, readMoment } from "./moments.ts";
import type { Moment } from "./plan.ts";
import { fault, quoted } from "./problems.ts";
import { refuse, type Sheet, type Words } from "./sheet.ts";

/**
 * @param zone undefined while the plan's is not known
 * @param week that a week is meant, by its Monday
 */
export const readWhen = (sheet: Sheet, zone: string | undefined, words: Words, week = false): Moment | undefined => {
  const read = readMoment(words.text, { week });
  if (read.type === "wrong") return refuse(sheet, words.item.at, read);
  if (week && read.timed)
    return refuse(sheet, words.item.at, fault(`${quoted(words.text)} is not a day`, "for a time of day write starts: in place of weekCommencing:"));
  const found = instantOf(read.local, zone ?? "UTC");
  return found.type === "wrong" ? refuse(sheet, words.item.at, found) : { local: read.local, instant: found.instant };
};
