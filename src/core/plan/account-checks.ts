/** Phases that block and delete the accounts of review lists, against each other and against their own moments. */

import { DAY_MS } from "./account-words.ts";
import { daysLater, formatDay, formatLocal, typed } from "./moments.ts";
import type { Part } from "./phase-parts.ts";
import type { BlockSignIn, DeleteAccounts, LocalDate, LocalMoment, Moment, Place } from "./plan.ts";
import { fault, listed, quoted } from "./problems.ts";
import { sameFile } from "./review-lists.ts";
import { nextFree } from "./rule-words.ts";
import { childOf, entryOf, namesOf, type Sheet } from "./sheet.ts";
import type { Item } from "./tree.ts";

type Draft = {
  readonly name: string;
  readonly starts?: { readonly moment: Moment; readonly at: Place } | undefined;
  readonly parts: { readonly blockSignIn?: Part<BlockSignIn> | undefined; readonly deleteAccounts?: Part<DeleteAccounts> | undefined };
  readonly item: Item;
};

type Given = { readonly notOn: readonly LocalDate[] };

/** The same file under the same word, however it is written. */
const filesOf = (sheet: Sheet, { item }: Draft, part: "blockSignIn" | "deleteAccounts"): readonly string[] => [
  ...new Set(namesOf(sheet, childOf(childOf(item, part), "list")).map(({ text }) => sameFile(text))),
];

const some = (files: readonly string[]): string => (files.length > 3 ? `${files.length} of its files` : listed(files.map(quoted), "and"));

/** Which draft, by its place, blocks the accounts of a file first. */
const firstBlocks = (sheet: Sheet, drafts: readonly Draft[]): ReadonlyMap<string, number> => {
  const first = new Map<string, number>();
  drafts.forEach((draft, at) => {
    if (draft.parts.blockSignIn !== undefined) for (const file of filesOf(sheet, draft, "blockSignIn")) if (!first.has(file)) first.set(file, at);
  });
  return first;
};

/** Whom nobody blocked before, nobody missed. @returns whether each of its files is blocked by then. */
const checkOrder = (sheet: Sheet, drafts: readonly Draft[], first: ReadonlyMap<string, number>, at: number, part: Part<DeleteAccounts>): boolean => {
  const draft = drafts[at];
  if (draft === undefined) return false;
  const { name, item } = draft;
  const files = filesOf(sheet, draft, "deleteAccounts");
  const isCooling = part.words.after !== undefined;
  const later = files.filter((file) => (first.get(file) ?? -1) > at);
  const never = files.filter((file) => first.get(file) === undefined);
  const together = files.filter((file) => first.get(file) === at);
  const [behind] = later;
  if (behind !== undefined)
    sheet.problems.add(
      part.at,
      fault(
        `${name} deletes accounts of ${some(later)}, which ${drafts[first.get(behind) ?? -1]?.name} blocks only later`,
        "block them first, in an earlier phase, and say after: 28 days here",
      ),
    );
  if (together.length > 0 && !isCooling)
    sheet.problems.add(
      part.at,
      fault(
        `${name} blocks and deletes accounts of ${some(together)} at once, so that nobody can object in between`,
        "block them in an earlier phase, and say after: 28 days here",
      ),
    );
  const after = entryOf(childOf(item, "deleteAccounts"), "after");
  if (isCooling && never.length > 0 && after !== undefined)
    sheet.problems.add(
      after.key,
      fault(
        `${name} deletes only what was blocked before, and no earlier phase blocks accounts of ${some(never)}: nothing would ever be deleted`,
        "block them in an earlier phase: blockSignIn: with the same list",
      ),
    );
  return later.length === 0 && never.length === 0;
};

/** By the clock, as people count: 28 days from a Monday is a Monday at the same hour. */
const firstPossible = (
  drafts: readonly Draft[],
  blocks: readonly number[],
  days: number,
): { readonly by: string; readonly since: LocalMoment; readonly local: LocalMoment } | undefined => {
  const moments = blocks.flatMap((at) => {
    const draft = drafts[at];
    const since = draft?.starts?.moment.local;
    return draft === undefined || since === undefined ? [] : [{ by: draft.name, since, local: daysLater(since, days) }];
  });
  return moments.sort((a, b) => (a.local < b.local ? 1 : a.local > b.local ? -1 : 0))[0];
};

const checkCooling = (sheet: Sheet, { notOn }: Given, drafts: readonly Draft[], blocks: readonly number[], draft: Draft, after: number): void => {
  const days = Math.round(after / DAY_MS);
  const possible = firstPossible(drafts, blocks, days);
  if (possible === undefined || draft.starts === undefined || draft.starts.moment.local >= possible.local) return;
  const { by, since, local } = possible;
  const free = `${nextFree(local, notOn)}${local.slice(10)}`;
  sheet.problems.add(
    draft.starts.at,
    fault(
      `${draft.name} starts less than ${days} day${days === 1 ? "" : "s"} after ${by === draft.name ? "it blocks" : `${by} blocks`} the same accounts, on ${formatLocal(since)}`,
      `the first possible ${free.endsWith("T00:00") ? "day" : "moment"} is ${formatLocal(free)}: ${typed(free)}`,
    ),
  );
};

const checkCreated = (sheet: Sheet, { name, starts, item }: Draft, { createdBefore }: DeleteAccounts): void => {
  const said = childOf(childOf(item, "deleteAccounts"), "createdBefore");
  if (createdBefore === undefined || starts === undefined || said === undefined || createdBefore <= starts.moment.instant) return;
  sheet.problems.add(
    said.at,
    fault(
      `createdBefore is later than ${name} starts, on ${formatLocal(starts.moment.local)}`,
      `write a day before the list went out: no account on it was made after ${formatDay(starts.moment.local)}`,
    ),
  );
};

/** Neither waits for anybody: whom they are about never signed in. */
const checkGate = (sheet: Sheet, { name, parts, item }: Draft): void => {
  const { blockSignIn, deleteAccounts, ...others } = parts;
  const ready = entryOf(item, "ready");
  if (ready === undefined || (blockSignIn === undefined && deleteAccounts === undefined) || Object.values(others).some((part) => part !== undefined)) return;
  sheet.problems.add(ready.key, fault(`${name} asks nobody for MFA, so there is nobody who could be ready for it`, "take ready out"));
};

const checkRepeats = (sheet: Sheet, drafts: readonly Draft[], first: ReadonlyMap<string, number>): void => {
  const seen = new Map<string, string>();
  drafts.forEach((draft, at) => {
    const { blockSignIn, deleteAccounts } = draft.parts;
    const before = blockSignIn === undefined ? [] : filesOf(sheet, draft, "blockSignIn").map((file) => first.get(file) ?? at);
    if (blockSignIn !== undefined && before.length > 0 && before.every((each) => each < at))
      sheet.problems.add(
        blockSignIn.at,
        fault(
          `${draft.name} blocks nobody whom ${[...new Set(before.map((each) => drafts[each]?.name))].join(" and ")} does not block already`,
          "take it out: rows that are decided later are blocked by the phase that has begun",
        ),
      );
    if (deleteAccounts === undefined) return;
    const { createdBefore, after, keep } = deleteAccounts.words;
    const words = JSON.stringify([[...filesOf(sheet, draft, "deleteAccounts")].sort(), createdBefore ?? "", after ?? "", [...keep].sort()]);
    const other = seen.get(words);
    if (other === undefined) seen.set(words, draft.name);
    else sheet.problems.add(deleteAccounts.at, fault(`${draft.name} deletes nobody whom ${other} does not delete already`, "take it out, or say what it adds"));
  });
};

/** @param drafts in the plan's order */
export const checkAccounts = (sheet: Sheet, given: Given, drafts: readonly Draft[]): void => {
  const first = firstBlocks(sheet, drafts);
  drafts.forEach((draft, at) => {
    checkGate(sheet, draft);
    const part = draft.parts.deleteAccounts;
    if (part === undefined) return;
    const { after } = part.words;
    checkCreated(sheet, draft, part.words);
    const isOrdered = checkOrder(sheet, drafts, first, at, part);
    if (after === undefined)
      sheet.remarks.add(
        part.at,
        fault(
          `${draft.name} waits for nobody to object: it deletes accounts that nobody was kept out of for a while`,
          "block them in an earlier phase by blockSignIn, and say after: 28 days here",
        ),
      );
    else if (isOrdered) {
      const blocks = filesOf(sheet, draft, "deleteAccounts").flatMap((file) => first.get(file) ?? []);
      checkCooling(sheet, given, drafts, [...new Set(blocks)], draft, after);
    }
  });
  checkRepeats(sheet, drafts, first);
};
