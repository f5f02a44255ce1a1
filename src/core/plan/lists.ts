/** Lists of a cohort's accounts: CSV that people keep by hand, in an editor or a spreadsheet. */

import { CsvError, parse } from "csv-parse/sync";
import { isAddress, isDomain } from "./patterns.ts";
import type { CohortList, ListRow, Problem } from "./plan.ts";
import { type Fault, fault, listed, quoted, suggestion } from "./problems.ts";
import { isBinary } from "./text.ts";

const ACCOUNT_HEADINGS = ["account", "address", "domain", "email", "e-mail", "mail", "upn", "userprincipalname", "user principal name"];
const ACTION_HEADINGS = ["action"];
const ACTIONS = ["join", "leave"];
const MOST_REMARKS = 200;

type Cells = { readonly cells: readonly string[]; readonly line: number };

const unusable = (because: string): CohortList => ({ type: "unusable", because });

/** Spreadsheets write what their country separates with, and some say so in a first line of its own. */
export const delimiterOf = (text: string): string => {
  const said = /^sep=(.)\r?(?:\n|$)/i.exec(text)?.[1];
  if (said !== undefined) return said;
  const first = /^(?![ \t]*(?:#|[\r\n]|$)).+$/m.exec(text)?.[0] ?? "";
  return first.includes(";") ? ";" : first.includes("\t") ? "\t" : ",";
};

const isRow = (value: unknown): value is { readonly record: readonly string[]; readonly info: { readonly lines: number } } =>
  typeof value === "object" &&
  value !== null &&
  "record" in value &&
  Array.isArray(value.record) &&
  "info" in value &&
  typeof value.info === "object" &&
  value.info !== null &&
  "lines" in value.info;

const cellsOf = (text: string): readonly Cells[] => {
  // Comments only at the start of a line: a guest's address has #EXT# in its middle.
  const rows: readonly unknown[] = parse(text, {
    delimiter: delimiterOf(text),
    record_delimiter: ["\r\n", "\n", "\r"],
    comment: "#",
    comment_no_infix: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_records_with_empty_values: true,
    trim: true,
    info: true,
  });
  return rows.filter(isRow).map(({ record, info }) => ({ cells: record, line: info.lines }));
};

/** The place of the account's and the action's column, if the first row names them. */
const columnsOf = (first: Cells | undefined): { readonly account: number; readonly action: number } | undefined => {
  const names = (first?.cells ?? []).map((cell) => cell.toLowerCase());
  const account = names.findIndex((name) => ACCOUNT_HEADINGS.includes(name));
  return account < 0 ? undefined : { account, action: names.findIndex((name) => ACTION_HEADINGS.includes(name)) };
};

/** An address, or a whole domain: `birch.county.example`, `@birch.county.example`, `*@birch.county.example`. */
const entryOf = (cell: string): string | undefined => {
  const text = cell.toLowerCase();
  if (isAddress(text)) return text;
  const domain = text.replace(/^\*?@/, "");
  return isDomain(domain) ? domain : undefined;
};

const readRow = (cell: string, action: string): Omit<ListRow, "line"> | Fault => {
  const entry = entryOf(cell);
  if (entry === undefined)
    return fault(
      `${quoted(cell)} is neither an address nor a domain: nobody joins or leaves by this row`,
      cell.includes("*") || cell.includes("?")
        ? "a list takes whole addresses and whole domains; a pattern goes under accounts: in the plan"
        : "write it as head@birch.county.example or birch.county.example",
    );
  const word = action.toLowerCase();
  if (word !== "" && !ACTIONS.includes(word))
    return fault(
      `${quoted(action)} is no action: nobody joins or leaves by this row`,
      suggestion(word, ACTIONS, `the second column is empty, ${listed(ACTIONS)}`),
    );
  return { entry, leaves: word === "leave" };
};

const CUT = fault(
  "the file ends in the middle of this row, so it may be cut short: nobody joins or leaves by this row",
  "finish the row as the others are, or end it with a new line",
);

/** A last row that breaks off before its action while every other has one: what says "leave" there must not be taken for "join". */
const cutRow = (text: string, rows: readonly Cells[], action: number): Cells | undefined => {
  const last = rows.at(-1);
  if (last === undefined || rows.length < 2 || action < 0 || /[\r\n]$/.test(text)) return undefined;
  const breaksOff = ({ cells }: Cells): boolean => (cells[action] ?? "") === "";
  return breaksOff(last) && !rows.slice(0, -1).some(breaksOff) ? last : undefined;
};

/**
 * Reads a list: `account[,action]`, with or without that heading; commas, semicolons or tabs; `#` starts a comment line.
 *
 * @param file as remarks name it
 * @returns the rows that can be understood, in the order of the file, and a remark for each of the others; `unusable`
 * when it holds no row at all or cannot be read as CSV. Never throws.
 */
export const readList = (file: string, text: string): CohortList => {
  if (isBinary(text)) return unusable("it is not a text file");
  const source = text.startsWith("\ufeff") ? text.slice(1) : text;
  let all: readonly Cells[];
  try {
    all = cellsOf(source);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const opened = error.code === "CSV_QUOTE_NOT_CLOSED" ? /at line (\d+)/.exec(error.message)?.[1] : undefined;
    return unusable(
      opened === undefined
        ? `it is not CSV: ${error.message.replace(/\s+/g, " ").slice(0, 120)}`
        : `a quotation mark is opened in line ${opened} and not closed, so it may be cut short`,
    );
  }
  const lines = /^sep=./i.test(source) ? all.slice(1) : all;
  const columns = columnsOf(lines[0]);
  const { account, action } = columns ?? { account: 0, action: 1 };
  const rows: ListRow[] = [];
  const remarks: Problem[] = [];
  const entries = columns === undefined ? lines : lines.slice(1);
  const cut = cutRow(source, entries, action);
  for (const row of entries) {
    const { cells, line } = row;
    const read = row === cut ? CUT : readRow(cells[account] ?? "", cells[action] ?? "");
    if ("message" in read) remarks.push({ file, line, column: 1, ...read });
    else rows.push({ ...read, line });
  }
  if (rows.length === 0 && remarks.length === 0) return unusable("it holds no row");
  const more = remarks[MOST_REMARKS];
  if (more === undefined) return { type: "read", rows, remarks };
  return {
    type: "read",
    rows,
    remarks: [
      ...remarks.slice(0, MOST_REMARKS),
      { file, line: more.line, column: 1, message: `${(remarks.length - MOST_REMARKS).toLocaleString("en-GB")} more such rows from here on` },
    ],
  };
};
