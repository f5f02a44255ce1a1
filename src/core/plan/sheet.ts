/** What the passes over a plan's meaning share: the tree, what the shape already found, and where problems go. */

import type { Place } from "./plan.ts";
import type { Fault, Problems } from "./problems.ts";
import type { Shape } from "./shape.ts";
import type { Entry, Item, ValueItem } from "./tree.ts";

export type Sheet = {
  readonly file: string;
  readonly shape: Shape;
  readonly problems: Problems;
  /** Worth knowing, nothing to stop at. */
  readonly remarks: Problems;
};

export type Words = { readonly item: ValueItem; readonly text: string };

export const entryOf = (item: Item | undefined, key: string): Entry | undefined => (item?.type === "map" ? item.entries.get(key) : undefined);

export const childOf = (item: Item | undefined, key: string): Item | undefined => entryOf(item, key)?.item;

export const entriesOf = (item: Item | undefined): readonly (readonly [string, Entry])[] => (item?.type === "map" ? [...item.entries] : []);

export const itemsOf = (item: Item | undefined): readonly Item[] => (item?.type === "list" ? item.items : []);

/** Whether a key is there, or was meant by one that is misspelt. */
export const isSaid = (sheet: Sheet, item: Item, key: string): boolean => entryOf(item, key) !== undefined || sheet.shape.misspelt.get(item)?.has(key) === true;

/** @returns text that the shape found nothing wrong with, and where it stands. */
export const wordsOf = (sheet: Sheet, item: Item | undefined): Words | undefined =>
  item?.type === "value" && typeof item.value === "string" && item.value !== "" && !sheet.shape.faulty.has(item) ? { item, text: item.value } : undefined;

export const textOf = (sheet: Sheet, item: Item | undefined): string | undefined => wordsOf(sheet, item)?.text;

/** One name or a list of names. */
export const namesOf = (sheet: Sheet, item: Item | undefined): readonly Words[] =>
  (item?.type === "list" ? item.items : item === undefined ? [] : [item]).map((one) => wordsOf(sheet, one)).filter((words) => words !== undefined);

/** Says what is wrong. @returns nothing, in place of what could not be read. */
export const refuse = (sheet: Sheet, place: Place, found: Fault): undefined => {
  sheet.problems.add(place, found);
  return undefined;
};

/** Says what is wrong, if anything is. @returns whether nothing is. */
export const check = (sheet: Sheet, place: Place, found: Fault | undefined): boolean => {
  if (found !== undefined) sheet.problems.add(place, found);
  return found === undefined;
};
