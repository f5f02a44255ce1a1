/** Lists that a plan names, under pseudonyms: cohorts' lists and lists for review, row by row. */

import { csvRecords } from "../plan/csv-records.ts";
import { readList } from "../plan/lists.ts";
import { checkOf, type Frozen, markText } from "../review/frozen.ts";
import { HEADINGS, REVIEW_COLUMNS, type ReviewColumn, readReview } from "../review/read.ts";
import type { ObjectId } from "../tenant.ts";
import type { Addresses } from "./addresses.ts";
import type { Texts } from "./texts.ts";

const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const csv = (rows: readonly (readonly string[])[]): string => rows.map((row) => `${row.map(cell).join(",")}\n`).join("");

/** Who joins and who leaves. Rows that cannot be understood stay so, and say nothing. @returns undefined for a list that cannot be read at all */
export const cohortListText = (file: string, text: string, { address, domain }: Addresses): string | undefined => {
  const list = readList(file, text);
  if (list.type === "unusable") return undefined;
  const rows = list.rows.map(({ entry, leaves, line }) => ({ line, cells: [entry.includes("@") ? address(entry) : domain(entry), leaves ? "leave" : "join"] }));
  const others = list.remarks.map(({ line }) => ({ line, cells: ["could not be read", "join"] }));
  return csv([["account", "action"], ...[...rows, ...others].sort((a, b) => a.line - b.line).map(({ cells }) => cells)]);
};

export type ReviewParts = {
  readonly addresses: Addresses;
  readonly texts: Texts;
  readonly guid: (id: ObjectId) => ObjectId;
  /** What the account with an id is called. */
  readonly person: (id: ObjectId) => string;
  /** The plan's id and its pseudonym. */
  readonly plan: { readonly original: string; readonly pseudonym: string };
};

const wordOf = (text: string): string => text.toLowerCase().replace(/[\s_-]+/g, "");

/**
 * What people decided, about whom: the letters that freeze a row are made anew. A row that could not be believed cannot be believed
 * afterwards either.
 * @returns undefined for what is no review list
 */
export const reviewListText = (file: string, text: string, { addresses, texts, guid, person, plan }: ReviewParts): string | undefined => {
  const [heading, ...records] = csvRecords(text.startsWith("\ufeff") ? text.slice(1) : text, false);
  const places = new Map(REVIEW_COLUMNS.map((column) => [column, (heading?.cells ?? []).findIndex((each) => wordOf(each) === wordOf(HEADINGS[column]))]));
  if (heading === undefined || [...places.values()].some((place) => place < 0)) return undefined;
  const rows = records.map(({ cells }): readonly string[] => {
    const said = (column: ReviewColumn): string => (cells[places.get(column) ?? -1] ?? "").trim();
    const { rows: believed } = readReview(file, csv([heading.cells, cells]), { plan: plan.original });
    const row = believed[0];
    const id = guid((row?.id ?? said("id")).toLowerCase());
    const frozen: Frozen = {
      account: said("account").includes("@") ? addresses.address(row?.account ?? said("account")) : "",
      name: person(row?.id ?? said("id")),
      why: texts.text(row?.why ?? said("why")),
      created: row?.created ?? "",
      id,
    };
    const mark = row === undefined ? undefined : { ...row.mark, plan: plan.pseudonym, tenant: guid(row.mark.tenant) };
    const written: Readonly<Record<ReviewColumn, string>> = {
      ...frozen,
      decision: row?.decision ?? "",
      reason: texts.foreign(said("reason")),
      decidedBy: texts.foreign(said("decidedBy")),
      list: mark === undefined ? "" : markText(mark),
      check: mark === undefined ? "" : checkOf(mark, frozen),
    };
    return REVIEW_COLUMNS.map((column) => written[column]);
  });
  return csv([REVIEW_COLUMNS.map((column) => HEADINGS[column]), ...rows]);
};
