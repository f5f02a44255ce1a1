/** Which accounts somebody wants back: the review list itself, or any list of accounts that people keep in an editor or a spreadsheet. */

import { CsvError } from "csv-parse/sync";
import { type CsvRecord, csvRecords } from "../plan/csv-records.ts";
import { isAddress } from "../plan/patterns.ts";
import type { ObjectId } from "../tenant.ts";

/** `line` is missing where it was typed on the command line. */
export type WantedRow = {
  readonly line?: number;
  /** As it stands there, for people. */
  readonly text: string;
  readonly id?: ObjectId;
  /** Lower case. */
  readonly address?: string;
  /** It is asked for by name: a review list has rows of accounts, too, that were never deleted. */
  readonly meant: boolean;
};

export type Wanted =
  | { readonly type: "read"; readonly rows: readonly WantedRow[]; readonly unreadable: readonly { readonly line: number; readonly text: string }[] }
  | { readonly type: "unusable"; readonly because: string };

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ADDRESSES: ReadonlySet<string> = new Set(["account", "address", "email", "upn", "userprincipalname"]);
const IDS: ReadonlySet<string> = new Set(["id", "objectid", "accountid"]);

const wordOf = (text: string): string => text.toLowerCase().replace(/[\s_-]+/g, "");

/** As it was before a report guarded it against a spreadsheet. */
const plain = (cell: string): string => cell.trim().replace(/^'/, "").toLowerCase();

/** @returns undefined for what is neither an object id nor an address. */
export const accountNamed = (text: string): Pick<WantedRow, "id" | "address"> | undefined => {
  const word = plain(text);
  if (GUID.test(word)) return { id: word };
  return isAddress(word) ? { address: word } : undefined;
};

type Columns = { readonly address: number; readonly id: number; readonly ofReview: boolean };

/** Where the columns are, if the first row names them; without such a row there is one column. */
const columnsOf = (first: CsvRecord | undefined): Columns | undefined => {
  const words = (first?.cells ?? []).map(wordOf);
  const place = (names: ReadonlySet<string>): number => words.findIndex((word) => names.has(word));
  const [address, id] = [place(ADDRESSES), place(IDS)];
  return address < 0 && id < 0 ? undefined : { address, id, ofReview: words.includes("decision") };
};

const rowIn = ({ cells, line }: CsvRecord, columns: Columns | undefined): WantedRow | undefined => {
  const cell = (at: number): string => cells[at] ?? "";
  if (columns === undefined) {
    const named = accountNamed(cell(0));
    return named === undefined ? undefined : { line, text: cell(0).trim(), meant: true, ...named };
  }
  const byId = accountNamed(cell(columns.id));
  const byAddress = accountNamed(cell(columns.address));
  if (byId === undefined && byAddress === undefined) return undefined;
  return { line, text: (cell(columns.address) || cell(columns.id)).trim(), meant: !columns.ofReview, ...byAddress, ...byId };
};

/** @param text decoded, without its byte order mark @returns never throws */
export const readWanted = (text: string): Wanted => {
  let records: readonly CsvRecord[];
  try {
    records = csvRecords(text, true);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { type: "unusable", because: `not CSV: ${error.message.replace(/\s+/g, " ").slice(0, 100)}` };
  }
  const columns = columnsOf(records[0]);
  const rows: WantedRow[] = [];
  const unreadable: { readonly line: number; readonly text: string }[] = [];
  for (const record of columns === undefined ? records : records.slice(1)) {
    const row = rowIn(record, columns);
    if (row === undefined) unreadable.push({ line: record.line, text: record.cells.join(", ").slice(0, 60) });
    else rows.push(row);
  }
  return rows.length + unreadable.length === 0 ? { type: "unusable", because: "it holds no row" } : { type: "read", rows, unreadable };
};
