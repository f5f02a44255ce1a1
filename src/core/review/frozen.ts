/**
 * The columns of a review list that people are to leave as they are, and letters by which it is seen that they did. They find what a
 * spreadsheet or a slip of the hand does; they keep nobody out who means harm.
 */

import { createHash } from "node:crypto";
import type { Instant, ObjectId } from "../tenant.ts";

/** What a row says of its account. `created`: a day, `2018-03-01`, or nothing. */
export type Frozen = { readonly account: string; readonly name: string; readonly why: string; readonly created: string; readonly id: ObjectId };

export type FrozenColumn = keyof Frozen;

/** In the order of their letters. */
export const FROZEN_COLUMNS = ["account", "name", "why", "created", "id"] as const satisfies readonly FrozenColumn[];

/** Which list a row is of: it stands in every row, since rows are sorted, copied and sent to schools. */
export type ListMark = { readonly plan: string; readonly tenant: ObjectId; readonly asOf: Instant };

/** Begins with letters, so that no spreadsheet takes it for a number or a day. */
export const markText = ({ plan, tenant, asOf }: ListMark): string => `${plan} ${tenant} ${new Date(asOf).toISOString()}`;

const MARK = /^([a-z0-9][a-z0-9-]*) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z)$/i;

export const markIn = (text: string): ListMark | undefined => {
  const [, plan, tenant, asOf] = MARK.exec(text.trim()) ?? [];
  const instant = Date.parse(asOf ?? "");
  return plan === undefined || tenant === undefined || Number.isNaN(instant) ? undefined : { plan, tenant: tenant.toLowerCase(), asOf: instant };
};

/** Consonants alone: a spreadsheet makes numbers and days of digits, and words of letters are offered for correction. */
const LETTERS = "bcdfghjklmnpqrstvwxz";
const LETTERS_EACH = 5;

/** Blanks, line ends and the form of accented letters are nobody's change, and nor is the case of an address or id. */
const plain = (column: FrozenColumn, text: string): string => {
  const one = text.normalize("NFC").replace(/\s+/g, " ").trim();
  return column === "account" || column === "id" ? one.toLowerCase() : one;
};

const lettersOf = (mark: string, id: string, column: FrozenColumn, text: string): string => {
  const digest = createHash("sha256")
    .update(JSON.stringify([mark, id.toLowerCase(), column, plain(column, text)]), "utf8")
    .digest();
  let letters = "";
  for (let at = 0; at < LETTERS_EACH; at += 1) letters += LETTERS[(digest[at] ?? 0) % LETTERS.length];
  return letters;
};

/** `bcdfg-hjklm-...`: five letters a column. */
export const checkOf = (mark: ListMark, frozen: Frozen): string =>
  FROZEN_COLUMNS.map((column) => lettersOf(markText(mark), frozen.id, column, frozen[column])).join("-");

const CHECK = new RegExp(`^[${LETTERS}]{${LETTERS_EACH}}(?:-[${LETTERS}]{${LETTERS_EACH}}){${FROZEN_COLUMNS.length - 1}}$`);

export const isCheck = (text: string): boolean => CHECK.test(text.trim().toLowerCase());

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAY_MS = 86_400_000;
/** Day 0 of a spreadsheet, which counts a 29 February 1900 that never was. */
const SHEET_EPOCH = Date.UTC(1899, 11, 30);

const dayFrom = (year: number, month: number, day: number): readonly string[] => {
  const at = new Date(Date.UTC(year, month - 1, day));
  const isReal = at.getUTCFullYear() === year && at.getUTCMonth() === month - 1 && at.getUTCDate() === day;
  return isReal ? [at.toISOString().slice(0, 10)] : [];
};

const yearFrom = (text: string): number => (text.length === 2 ? 2_000 + Number(text) : Number(text));

/** The days that a cell may mean which a spreadsheet wrote anew, in its own country's order. */
const daysIn = (text: string): readonly string[] => {
  // A time of day may have come along.
  const day = text.trim().replace(/[ T]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[ap]m)?Z?$/i, "");
  const numbers = /^(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})$/.exec(day);
  if (numbers !== null) {
    const [, a = "", b = "", c = ""] = numbers;
    if (a.length === 4) return dayFrom(Number(a), Number(b), Number(c));
    return [...dayFrom(yearFrom(c), Number(b), Number(a)), ...dayFrom(yearFrom(c), Number(a), Number(b))];
  }
  const words = /^(\d{1,2})[ -]([a-z]{3})[a-z]*[ -](\d{4}|\d\d)$/i.exec(day);
  if (words !== null) return dayFrom(yearFrom(words[3] ?? ""), MONTHS.indexOf((words[2] ?? "").toLowerCase()) + 1, Number(words[1]));
  const serial = /^\d{5}$/.test(day) ? Number(day) : undefined;
  return serial === undefined ? [] : [new Date(SHEET_EPOCH + serial * DAY_MS).toISOString().slice(0, 10)];
};

/** What may have stood there before a spreadsheet opened it: as it is, without the guard against formulas, as a day. */
const readings = (column: FrozenColumn, text: string): readonly string[] => [
  text,
  ...(text.startsWith("'") ? [text.slice(1)] : []),
  ...(column === "created" ? daysIn(text) : []),
];

export type Compared = { readonly changed: readonly FrozenColumn[]; readonly frozen: Frozen };

/**
 * @param check as `isCheck` takes it
 * @param whole the mark as text, which a caller with many rows of one list has already
 * @returns which columns are not what they were, and what the others were.
 */
export const compared = (mark: ListMark, cells: Frozen, check: string, whole = markText(mark)): Compared => {
  const letters = check.trim().toLowerCase().split("-");
  const changed: FrozenColumn[] = [];
  const found = FROZEN_COLUMNS.map((column, at): readonly [FrozenColumn, string] => {
    const as = readings(column, cells[column]).find((text) => lettersOf(whole, cells.id, column, text) === letters[at]);
    if (as === undefined) changed.push(column);
    return [column, plain(column, as ?? cells[column])];
  });
  return { changed, frozen: { ...cells, ...Object.fromEntries(found) } };
};
