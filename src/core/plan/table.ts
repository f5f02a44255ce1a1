/** A plan as a spreadsheet saves it: rows of cells, each with its place. */

import { CsvError, parse } from "csv-parse/sync";
import { delimiterOf } from "./lists.ts";
import type { Place } from "./plan.ts";
import { type Fault, fault } from "./problems.ts";

export type Cell = { readonly text: string; readonly at: Place };
export type Row = { readonly cells: readonly Cell[]; readonly at: Place };

/** Whether a plan's file is a table and not YAML. */
export const isTable = (file: string): boolean => /\.(?:csv|tsv)$/i.test(file);

/** Where a cell starts in its line, from 1; delimiters between quotation marks are text. */
const columnOf = (line: string, place: number, delimiter: string): number => {
  let left = place;
  let quoted = false;
  for (let at = 0; at < line.length && left > 0; at += 1) {
    if (line[at] === '"') quoted = !quoted;
    else if (line[at] === delimiter && !quoted) {
      left -= 1;
      if (left === 0) return at + 2;
    }
  }
  return left === 0 ? 1 : line.length + 1;
};

const isRecord = (value: unknown): value is { readonly record: readonly string[]; readonly info: { readonly lines: number } } =>
  typeof value === "object" && value !== null && "record" in value && "info" in value;

/**
 * @param source without byte order mark
 * @returns the rows that are not empty; what is wrong with the text as CSV, and in which line. Never throws.
 */
export const rowsOf = (file: string, source: string): readonly Row[] | (Fault & Place) => {
  const lines = source.split(/\r\n|\n|\r/);
  const delimiter = delimiterOf(source);
  let read: readonly unknown[];
  try {
    read = parse(source, {
      delimiter,
      record_delimiter: ["\r\n", "\n", "\r"],
      comment: "#",
      comment_no_infix: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_records_with_empty_values: true,
      trim: true,
      info: true,
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = Number(/at line (\d+)/.exec(error.message)?.[1] ?? 1);
    return {
      file,
      line,
      column: 1,
      ...(error.code === "CSV_QUOTE_NOT_CLOSED"
        ? fault("a quotation mark is opened here and not closed", "close it, or take it out")
        : fault(`not CSV: ${error.message.replace(/\s+/g, " ").slice(0, 100)}`)),
    };
  }
  return read.filter(isRecord).flatMap(({ record, info }): readonly Row[] => {
    // A cell may hold line ends of its own: the record begins as many lines above its end.
    const line = info.lines - record.join("").split(/\r\n|\n|\r/).length + 1;
    if (/^sep=/i.test(record[0] ?? "") && line === 1) return [];
    const written = lines[line - 1] ?? "";
    const cells = record.map((text, place) => ({ text: text.trim(), at: { file, line, column: columnOf(written, place, delimiter) } }));
    return [{ cells, at: { file, line, column: 1 } }];
  });
};
