/** Amounts as a plan says them: days, accounts, shares. */

import { fault, quoted } from "./problems.ts";
import { type Sheet, wordsOf } from "./sheet.ts";
import type { Item } from "./tree.ts";

const MOST_HIT = 1_000_000;

export const readDays = (sheet: Sheet, item: Item | undefined, least: number, most: number): number | undefined => {
  const words = wordsOf(sheet, item);
  if (words === undefined) return undefined;
  const days = Number.parseInt(words.text, 10);
  if (days < least || days > most)
    sheet.problems.add(words.item.at, fault(`${quoted(words.text)} is not from ${least} day${least === 1 ? "" : "s"} to ${most} days`));
  return days;
};

/** @returns how many accounts; 0 where nothing is said. */
export const readLimit = (sheet: Sheet, limit: Item | undefined): number => {
  const atMost = limit?.type === "value" && typeof limit.value === "number" ? limit.value : 0;
  if (limit !== undefined && !(Number.isInteger(atMost) && atMost >= 0 && atMost <= MOST_HIT))
    sheet.problems.add(limit.at, fault(`${atMost} is not a number of accounts`, "write a whole number, as in atMost: 25"));
  return atMost;
};

/** @returns percent */
export const readShare = (sheet: Sheet, item: Item | undefined): number | undefined => {
  const words = wordsOf(sheet, item);
  if (words === undefined) return undefined;
  const share = Number.parseInt(words.text, 10);
  if (share < 1 || share > 100) sheet.problems.add(words.item.at, fault(`${quoted(words.text)} is not from 1% to 100%`));
  return share;
};
