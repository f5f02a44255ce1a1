/** The records of a CSV that people had in a spreadsheet, each with the line on which it begins. */

import { parse } from "csv-parse/sync";
import { delimiterOf } from "./lists.ts";

export type CsvRecord = { readonly cells: readonly string[]; readonly line: number };

const isRecord = (value: unknown): value is { readonly record: readonly string[]; readonly info: { readonly lines: number } } =>
  typeof value === "object" && value !== null && "record" in value && "info" in value;

/**
 * @param comments whether lines that begin with # are left out; only at the start of a line, since a guest's address has #EXT# in its middle
 * @throws CsvError for what is no CSV
 */
export const csvRecords = (text: string, comments: boolean): readonly CsvRecord[] => {
  const read: readonly unknown[] = parse(text, {
    delimiter: delimiterOf(text),
    record_delimiter: ["\r\n", "\n", "\r"],
    ...(comments && { comment: "#", comment_no_infix: true }),
    relax_column_count: true,
    relax_quotes: true,
    skip_records_with_empty_values: true,
    trim: true,
    info: true,
  });
  return read.filter(isRecord).flatMap(({ record, info }): readonly CsvRecord[] => {
    // A cell may hold line ends of its own: the record begins as many lines above its end.
    const line = info.lines - record.join("").split(/\r\n|\n|\r/).length + 1;
    return /^sep=/i.test(record[0] ?? "") && line === 1 ? [] : [{ cells: record, line }];
  });
};
