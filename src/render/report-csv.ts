/** Rows as RFC 4180 has them, and so that no spreadsheet takes a name for a formula, a number or a date. See docs/decisions/csv.md. */

import type { Cell, Column, Row, Shape } from "../core/reports/shape.ts";
import type { ReportForm } from "./report-form.ts";

const BYTE_ORDER_MARK = "\ufeff";
const NEWLINE = "\r\n";
const GUARD = "'";

/** Semicolons and tabs as well: where commas are decimal points, spreadsheets take those for the separator. */
const NEEDS_QUOTES = /[",;\t\r\n]/;

/** Most texts by far: they begin with a letter with which no number, date or value begins, or are addresses. One look is enough. */
const ORDINARY = /^(?:[bcghiklqruvxy]|(?!dec|feb|fri|false|jan|jul|jun|mar|may|mon|nov|oct|sat|sep|sun|wed)[dfjmnosw]|[a-z][\w.-]*@)[\w.@ ()'&/:!?*#%+=-]*$/i;
/** With what a formula begins, in ASCII, full width and small; spaces, quotes and what cannot be seen may stand before it. */
const FORMULA = /^[\s\u200b-\u200f\u2060'"`\u2018-\u201f]*[=+\-@\t\r\n\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20]/;
const DIGIT = /[0-9\uff10-\uff19]/;
/** Numbers, amounts, times, dates and what looks like them, in the words of English. */
const NUMBER =
  /^(?:[0-9\uff10-\uff19\s.,:;/\\%()_'"$\u00a2-\u00a5\u2010-\u2015\u20a0-\u20cf+-]|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?|[ap]m?|[etz])+$/i;
/** Ids and addresses of networks are digits and signs, and no spreadsheet takes them for a number. */
const NO_NUMBER = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?)$/i;
/** Values that spreadsheets know by name. */
const NAMED_VALUE = /^['"\s]*(?:true|false|#[a-z0-9/]+[!?]?)\s*$/i;

/**
 * Whether a spreadsheet would make something else of the text. What is guarded and what already looks guarded are both true,
 * so that a reader who takes one apostrophe away from such a text always has the name as it was.
 */
export const needsGuard = (text: string): boolean => {
  if (ORDINARY.test(text)) return false;
  if (FORMULA.test(text)) return true;
  if (DIGIT.test(text)) return NUMBER.test(text) && !NO_NUMBER.test(text);
  return NAMED_VALUE.test(text);
};

const field = (text: string): string => (NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const guarded = (text: string): string => (ORDINARY.test(text) ? text : field(needsGuard(text) ? GUARD + text : text));

const plain = (cell: Cell): string => {
  if (cell === null) return "";
  if (typeof cell === "string") return field(cell);
  if (typeof cell === "boolean") return cell ? "yes" : "no";
  return typeof cell === "number" ? String(cell) : field(cell.join("; "));
};

/** What somebody may have typed into a tenant is guarded; the tool's own words need no guard, and would be worse to read with one. */
const typed = (cell: Cell): string => {
  if (typeof cell === "string") return guarded(cell);
  return cell !== null && typeof cell === "object" ? guarded(cell.join("; ")) : plain(cell);
};

const writerOf = ({ sort }: Column): ((cell: Cell) => string) => (sort === "text" || sort === "list" ? typed : plain);

export type CsvWish = { readonly excel: boolean };

export const csvHeading = ({ columns }: Shape, { excel }: CsvWish): string =>
  (excel ? BYTE_ORDER_MARK : "") + columns.map(({ heading }) => field(heading)).join(",") + NEWLINE;

/** One row as a line, with its end. */
export const csvLine = ({ columns }: Shape): ((row: Row) => string) => {
  const writers = columns.map(writerOf);
  return (row) => {
    let line = "";
    for (let at = 0; at < writers.length; at += 1) {
      const written = writers[at]?.(row[at] ?? null) ?? "";
      line += at === 0 ? written : `,${written}`;
    }
    return line + NEWLINE;
  };
};

/** Texts that are no row of a report, such as those of an index. */
export const csvRecord = (cells: readonly (string | number | null)[]): string =>
  cells.map((cell) => (typeof cell === "string" ? guarded(cell) : plain(cell))).join(",") + NEWLINE;

export const csvForm = (shape: Shape, wish: CsvWish): ReportForm => {
  const line = csvLine(shape);
  return {
    begin: () => csvHeading(shape, wish),
    rows: (rows) => {
      let text = "";
      for (const row of rows) text += line(row);
      return text;
    },
    // What a CSV has no room for stands in the file beside it.
    end: () => "",
  };
};
