/** What a phase does to the accounts of a review list. */

import { readDays, readLimit, readShare } from "./amounts.ts";
import { readPatterns } from "./cohort-sources.ts";
import type { BlockSignIn, DeleteAccounts } from "./plan.ts";
import type { ReviewLists } from "./review-lists.ts";
import { childOf, type Sheet, wordsOf } from "./sheet.ts";
import type { Item } from "./tree.ts";
import { readWhen } from "./when.ts";

/** What these words are read against. */
export type AccountGiven = {
  /** Undefined while the plan's zone is not known. */
  readonly zone: string | undefined;
  readonly reviews: ReviewLists;
};

export const DAY_MS = 86_400_000;
const LONGEST_COOLING_DAYS = 365;

const limitsOf = (sheet: Sheet, item: Item): Pick<BlockSignIn, "atMost" | "atMostShare"> => {
  const limit = childOf(item, "atMost");
  const atMost = readLimit(sheet, limit);
  const share = readShare(sheet, childOf(item, "atMostShare"));
  return { ...(limit !== undefined && { atMost }), ...(share !== undefined && { atMostShare: share / 100 }) };
};

export const readBlockSignIn = (sheet: Sheet, { reviews }: AccountGiven, item: Item): BlockSignIn | undefined => {
  const list = reviews.read(sheet, childOf(item, "list"));
  const limits = limitsOf(sheet, item);
  return list === undefined ? undefined : { list, ...limits };
};

export const readDeleteAccounts = (sheet: Sheet, { zone, reviews }: AccountGiven, item: Item): DeleteAccounts | undefined => {
  const list = reviews.read(sheet, childOf(item, "list"));
  const { atMost, atMostShare } = limitsOf(sheet, item);
  const made = wordsOf(sheet, childOf(item, "createdBefore"));
  const createdBefore = made === undefined ? undefined : readWhen(sheet, zone, made);
  const days = readDays(sheet, childOf(item, "after"), 1, LONGEST_COOLING_DAYS);
  const keep = readPatterns(sheet, childOf(item, "keep"));
  if (list === undefined || atMost === undefined) return undefined;
  return {
    list,
    ...(createdBefore !== undefined && { createdBefore: createdBefore.instant }),
    ...(days !== undefined && { after: days * DAY_MS }),
    atMost,
    ...(atMostShare !== undefined && { atMostShare }),
    keep,
  };
};
