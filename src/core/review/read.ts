/** A review list as it comes back from people: who decided what about which account, and what of it cannot be believed. */

import { CsvError } from "csv-parse/sync";
import { csvRecords } from "../plan/csv-records.ts";
import type { Decision, Place, Problem, ReviewRow } from "../plan/plan.ts";
import { type Fault, fault, listed, Problems, quoted, suggestion } from "../plan/problems.ts";
import { isBinary } from "../plan/text.ts";
import type { ObjectId } from "../tenant.ts";
import { compared, FROZEN_COLUMNS, type Frozen, type FrozenColumn, isCheck, type ListMark, markIn, markText } from "./frozen.ts";

const DECISIONS = ["delete", "keep"] as const satisfies readonly Decision[];
/** Of one list: who has more to mend writes it anew. */
export const MOST_PROBLEMS = 50;

export const HEADINGS = {
  account: "Account",
  name: "Name",
  why: "Why",
  created: "Created",
  decision: "Decision",
  reason: "Reason",
  decidedBy: "Decided by",
  id: "Id",
  list: "List",
  check: "Check",
} as const;

export type ReviewColumn = keyof typeof HEADINGS;
export const REVIEW_COLUMNS: readonly ReviewColumn[] = ["account", "name", "why", "created", "decision", "reason", "decidedBy", "id", "list", "check"];

/** Rows that can be believed, in the order of the files; what is wrong with the others. */
export type Review = { readonly rows: readonly ReviewRow[]; readonly problems: readonly Problem[] };

/** Whose list it has to be. Which tenant is meant is not known where a plan is read alone: `ofTenant` looks at it later. */
export type Whose = { readonly plan: string; readonly tenant?: ObjectId };

/** What came back. `text`: decoded, with or without a byte order mark. */
export type ReviewFile = { readonly file: string; readonly text: string };

/** A row that speaks of an account; `row` is missing where it cannot be believed. */
type Spoken = { readonly id: ObjectId; readonly at: Place; readonly row: ReviewRow | undefined };

type Record = { readonly cells: readonly string[]; readonly at: Place };

const recordsOf = (file: string, source: string): readonly Record[] =>
  csvRecords(source, false).map(({ cells, line }) => ({ cells, at: { file, line, column: 1 } }));

const wordOf = (text: string): string => text.toLowerCase().replace(/[\s_-]+/g, "");

/** Where each column stands now, whatever its place was; columns that somebody added are passed over. */
const placesOf = (heading: Record): ReadonlyMap<ReviewColumn, number> | Fault => {
  const words = heading.cells.map(wordOf);
  const places = new Map<ReviewColumn, number>();
  const missing: string[] = [];
  for (const column of REVIEW_COLUMNS) {
    const wanted = wordOf(HEADINGS[column]);
    const [first, second] = words.flatMap((word, at) => (word === wanted ? [at] : []));
    if (second !== undefined) return fault(`the column ${HEADINGS[column]} is there twice`, "leave the one that people filled in");
    if (first === undefined) missing.push(HEADINGS[column]);
    else places.set(column, first);
  }
  if (missing.length === 0) return places;
  return fault(
    `the column${missing.length === 1 ? "" : "s"} ${listed(missing, "and")} ${missing.length === 1 ? "is" : "are"} missing`,
    "a review list is what report stale --for-review writes; its columns may stand in any order, and others beside them",
  );
};

const NOTHING_DONE = "nothing is done by this row";
const ANEW = "take the row as it was written, and fill in Decision, Reason and Decided by alone";

const changedFault = (changed: readonly FrozenColumn[]): Fault | undefined => {
  if (changed.length === 0) return undefined;
  if (changed.length === FROZEN_COLUMNS.length) return fault(`its Id, List or Check is not what was written: ${NOTHING_DONE}`, ANEW);
  const names = changed.map((column) => HEADINGS[column]);
  return fault(`${listed(names, "and")} ${names.length === 1 ? "is" : "are"} not what was written: ${NOTHING_DONE}`, ANEW);
};

const decisionFault = (word: string): Fault =>
  fault(`${quoted(word)} is no decision: ${NOTHING_DONE}`, suggestion(word.toLowerCase(), DECISIONS, `write ${listed(DECISIONS)}, or leave it empty`));

export const tenantFault = ({ tenant }: ListMark): Fault => fault(`it is of a list of another tenant, ${tenant}: ${NOTHING_DONE}`);

const isDecision = (word: string): word is Decision => DECISIONS.some((each) => each === word);

/** The marks of a list by their text: they are few, and its rows may be many thousand. */
type Marks = Map<string, { readonly mark: ListMark; readonly whole: string } | undefined>;

const markOf = (marks: Marks, text: string): { readonly mark: ListMark; readonly whole: string } | undefined => {
  if (marks.has(text)) return marks.get(text);
  const mark = markIn(text);
  const found = mark === undefined ? undefined : { mark, whole: markText(mark) };
  marks.set(text, found);
  return found;
};

const rowIn = (cell: (column: ReviewColumn) => string, at: Place, whose: Whose, marks: Marks): ReviewRow | Fault => {
  const found = markOf(marks, cell("list"));
  const check = cell("check");
  if (found === undefined || !isCheck(check)) return changedFault(FROZEN_COLUMNS) ?? fault(NOTHING_DONE);
  const { mark, whole } = found;
  if (whose.tenant !== undefined && mark.tenant !== whose.tenant.toLowerCase()) return tenantFault(mark);
  if (mark.plan !== whose.plan) return fault(`it is of a list of the plan ${mark.plan}, and not of ${whose.plan}: ${NOTHING_DONE}`);
  const cells: Frozen = { account: cell("account"), name: cell("name"), why: cell("why"), created: cell("created"), id: cell("id").toLowerCase() };
  const { changed, frozen } = compared(mark, cells, check, whole);
  const wrong = changedFault(changed);
  if (wrong !== undefined) return wrong;
  const word = cell("decision").toLowerCase();
  if (word !== "" && !isDecision(word)) return decisionFault(cell("decision"));
  const decidedBy = cell("decidedBy");
  if (word === "delete" && decidedBy === "")
    return fault(`nobody stands under ${HEADINGS.decidedBy}: ${NOTHING_DONE}`, "an account is deleted on the word of somebody who can be asked about it");
  return { ...frozen, mark, decision: word === "" ? undefined : word, reason: cell("reason"), decidedBy, at };
};

const placeOf = (at: Place, from: Place): string => (at.file === from.file ? `in line ${at.line}` : `in ${at.file}, line ${at.line},`);

/** Two rows about one account say nothing, whatever they say: not even where one of them cannot be believed, since it may say otherwise. */
const withoutDoubles = (spoken: readonly Spoken[], problems: Problems): readonly ReviewRow[] => {
  const byId = new Map<ObjectId, [Spoken, ...Spoken[]]>();
  for (const each of spoken) {
    const before = byId.get(each.id);
    if (before === undefined) byId.set(each.id, [each]);
    else before.push(each);
  }
  const rows: ReviewRow[] = [];
  for (const [first, ...others] of byId.values()) {
    const account = [first, ...others].find(({ row }) => row !== undefined)?.row?.account;
    if (others.length === 0 && first.row !== undefined) rows.push(first.row);
    if (others.length === 0 || account === undefined) continue;
    const tell = (at: Place, other: Place): void =>
      problems.add(at, fault(`${account} stands ${placeOf(other, at)} as well: nothing is done by either`, "leave the row that is meant"));
    for (const { at } of others) tell(at, first.at);
    // Each file goes to somebody else, who sees the one alone.
    const elsewhere = others.find(({ at }) => at.file !== first.at.file);
    if (elsewhere !== undefined) tell(first.at, elsewhere.at);
  }
  return rows;
};

const spokenIn = ({ file, text }: ReviewFile, whose: Whose, problems: Problems): readonly Spoken[] => {
  const top: Place = { file, line: 1, column: 1 };
  const none = (at: Place, wrong: Fault): readonly Spoken[] => {
    problems.add(at, wrong);
    return [];
  };
  if (isBinary(text)) return none(top, fault("it is not a text file", "save it as CSV"));
  let records: readonly Record[];
  try {
    records = recordsOf(file, text.startsWith("\ufeff") ? text.slice(1) : text);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = Number(/at line (\d+)/.exec(error.message)?.[1] ?? 1);
    return none(
      { ...top, line },
      error.code === "CSV_QUOTE_NOT_CLOSED"
        ? fault("a quotation mark is opened here and not closed, so that the file may be cut short", "close it, or take it out")
        : fault(`not CSV: ${error.message.replace(/\s+/g, " ").slice(0, 100)}`),
    );
  }
  const [heading, ...body] = records;
  if (heading === undefined) return none(top, fault("it holds no row"));
  const places = placesOf(heading);
  if ("message" in places) return none(heading.at, places);
  const spoken: Spoken[] = [];
  const marks: Marks = new Map();
  for (const { cells, at } of body) {
    const cell = (column: ReviewColumn): string => (cells[places.get(column) ?? -1] ?? "").trim();
    // Rows are left behind when their cells are emptied.
    if (REVIEW_COLUMNS.every((column) => cell(column) === "")) continue;
    const row = rowIn(cell, at, whose, marks);
    const isBelieved = !("message" in row);
    if (!isBelieved) problems.add(at, row);
    const id = cell("id").toLowerCase();
    if (id !== "") spoken.push({ id, at, row: isBelieved ? row : undefined });
  }
  return spoken;
};

/**
 * A list that was split comes back file by file: they are one list all the same.
 *
 * @returns never throws; a file that is no review list has no rows and says why
 */
export const readReviews = (files: readonly ReviewFile[], whose: Whose): Review => {
  const problems = new Problems();
  const rows = withoutDoubles(
    files.flatMap((file) => spokenIn(file, whose, problems)),
    problems,
  );
  return { rows, problems: problems.sorted(MOST_PROBLEMS) };
};

/** @see readReviews */
export const readReview = (file: string, text: string, whose: Whose): Review => readReviews([{ file, text }], whose);
