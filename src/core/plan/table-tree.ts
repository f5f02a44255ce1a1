/**
 * A plan as the table in which it is announced. Above the table, rows of a word and its values (`id`, `time zone`, ...); then a row with
 * the headings date, accounts, action; then a row for each phase. It becomes the tree that YAML would be, with the places of the cells, so
 * that everything after it is the same.
 */

import { slugOf } from "./names.ts";
import type { Place } from "./plan.ts";
import { fault, listed, nearest, type Problems, quoted, suggestion } from "./problems.ts";
import { type Cell, type Row, rowsOf } from "./table.ts";
import { type Accounts, accountsOf, actionOf, type TableWords } from "./table-cells.ts";
import { type Order, orderOf, readDate } from "./table-dates.ts";
import { listItem, mapItem, valueItem } from "./table-items.ts";
import { isBinary, MAX_PLAN_BYTES } from "./text.ts";
import type { Item, Tree } from "./tree.ts";

type Entries = [string, Item][];

type Column = "date" | "accounts" | "action" | "id" | "title" | "cohort" | "reportOnlyFrom" | "outside" | "askAgainAfter";
const NEEDED: readonly Column[] = ["date", "accounts", "action"];
/** The headings of each column, lower case; the first is what it is called. */
const COLUMNS: readonly (readonly [Column, readonly string[]])[] = [
  ["date", ["date", "from", "when", "starts"]],
  ["accounts", ["accounts", "account", "who", "people"]],
  ["action", ["action", "what", "change"]],
  ["id", ["phase", "id"]],
  ["title", ["title"]],
  ["cohort", ["cohort", "name"]],
  ["reportOnlyFrom", ["report only from", "report-only from", "reportonlyfrom"]],
  ["outside", ["outside"]],
  ["askAgainAfter", ["ask again after", "askagainafter"]],
];

type Columns = ReadonlyMap<Column, number>;

const columnsOf = (row: Row): Columns => {
  const names = row.cells.map(({ text }) => text.toLowerCase());
  const found = new Map<Column, number>();
  for (const [column, headings] of COLUMNS) {
    const at = names.findIndex((name) => headings.includes(name));
    if (at >= 0) found.set(column, at);
  }
  return found;
};

const isHeading = (row: Row): boolean => {
  const columns = columnsOf(row);
  return NEEDED.filter((column) => columns.has(column)).length >= 2;
};

const one = (cells: readonly Cell[], at: Place): Item => valueItem(cells[0]?.text ?? null, cells[0]?.at ?? at);
const many = (cells: readonly Cell[], at: Place): Item =>
  listItem(
    cells.map((cell) => valueItem(cell.text, cell.at)),
    cells[0]?.at ?? at,
  );

/** The words above the table, and what each becomes. Several values stand in several cells, or in one with commas between. */
const WORDS: Readonly<Record<string, readonly [key: string, read: (cells: readonly Cell[], at: Place) => Item]>> = {
  id: ["id", one],
  "plan id": ["id", one],
  name: ["name", one],
  "time zone": ["timeZone", one],
  timezone: ["timeZone", one],
  mechanism: ["mechanism", one],
  window: ["window", one],
  contact: [
    "contact",
    (cells, at) =>
      mapItem(
        ["name", "email"].flatMap((key, place): Entries => (cells[place] === undefined ? [] : [[key, valueItem(cells[place].text, cells[place].at)]])),
        at,
      ),
  ],
  "emergency accounts": ["emergencyAccounts", many],
  "service accounts": ["serviceAccounts", many],
  "shared accounts": ["sharedAccounts", many],
  "not on": ["notOn", many],
  "microsoft managed": ["microsoftManaged", one],
};
const IN_OR_OUT: Readonly<Record<string, string>> = { pupils: "pupils", guests: "guests" };
const OWN = ["schools", ...Object.keys(IN_OR_OUT), "network NAME"];

type Head = { readonly entries: Entries; readonly domains: readonly Cell[]; readonly inOrOut: Entries };

/** A row above the table: `id` in one cell and its value in the next, or both in one as `id: county-2018`. */
const keyed = ({ cells }: Row): readonly [Cell, readonly Cell[]] | undefined => {
  const [first, ...rest] = cells;
  if (first === undefined) return undefined;
  const [, word = first.text, value = ""] = /^([^:]+?)\s*:\s*(.*)$/.exec(first.text) ?? [];
  const own = value === "" ? [] : [{ text: value, at: first.at }];
  const values = [...own, ...rest].flatMap(({ text, at }) => text.split(/\s*,\s*/).map((part) => ({ text: part, at }))).filter(({ text }) => text !== "");
  return [{ text: word.trim(), at: first.at }, values];
};

const readHead = (rows: readonly Row[], problems: Problems): Head => {
  const entries: Entries = [];
  const domains: Cell[] = [];
  const inOrOut: Entries = [];
  const networks: Entries = [];
  const seen = new Map<string, number>();
  for (const row of rows) {
    const [word, values] = keyed(row) ?? [];
    if (word === undefined || values === undefined) continue;
    const key = word.text.toLowerCase();
    const network = /^network\s+(.+)$/i.exec(word.text)?.[1];
    const known = Object.hasOwn(WORDS, key) ? WORDS[key] : undefined;
    const side = Object.hasOwn(IN_OR_OUT, key) ? IN_OR_OUT[key] : undefined;
    const before = seen.get(key);
    if (before !== undefined) problems.add(word.at, fault(`${quoted(word.text)} stands here twice: it is already in line ${before}`));
    seen.set(key, word.at.line);
    if (network !== undefined) networks.push([network, mapItem([["ranges", many(values, word.at)]], word.at)]);
    else if (key === "schools") domains.push(...values);
    else if (side !== undefined) inOrOut.push([side, one(values, word.at)]);
    else if (known !== undefined)
      entries.push([
        known[0],
        known[1](key === "name" ? [{ text: values.map(({ text }) => text).join(", "), at: values[0]?.at ?? word.at }] : values, word.at),
      ]);
    else {
      const words = [...Object.keys(WORDS), ...OWN];
      problems.add(word.at, fault(`${quoted(word.text)} means nothing above the table`, suggestion(key, words, `known there: ${listed(words, "and")}`)));
    }
  }
  const [first] = networks;
  if (first !== undefined) entries.push(["networks", mapItem(networks, first[1].at)]);
  return { entries, domains, inOrOut };
};

const TITLE_LENGTH = 120;

class Table {
  readonly #columns: Columns;
  readonly #words: TableWords;
  readonly #problems: Problems;
  readonly #remarks: Problems;
  readonly #cohorts = new Map<string, Accounts & { readonly said: string }>();
  readonly #ids = new Set<string>();
  readonly #orders: ReadonlyMap<Column, Order>;
  #hasUnread = false;

  constructor(columns: Columns, rows: readonly Row[], words: TableWords, problems: Problems, remarks: Problems) {
    this.#columns = columns;
    this.#words = words;
    this.#problems = problems;
    this.#remarks = remarks;
    // Both columns of dates are of one hand.
    const texts = (column: Column): readonly string[] => rows.flatMap((row) => this.#cell(row, column)?.text ?? []);
    const order = orderOf([...texts("date"), ...texts("reportOnlyFrom")]);
    this.#orders = new Map([
      ["date", order],
      ["reportOnlyFrom", order],
    ]);
  }

  /** Whether a row was not understood. */
  get hasUnread(): boolean {
    return this.#hasUnread;
  }

  get cohorts(): Entries {
    return [...this.#cohorts.values()].map(({ name, item }): [string, Item] => [name, item]);
  }

  /** @returns nothing for a row that is not understood, which was said, or that is done elsewhere. */
  phase(row: Row): Item | undefined {
    const [date, accounts, action] = NEEDED.map((column) => this.#cell(row, column));
    for (const [column, cell] of [
      ["date", date],
      ["accounts", accounts],
      ["action", action],
    ] as const)
      if (cell === undefined) this.#problems.add(row.at, fault(`this row has no ${column}`, "a row of the table has a date, accounts and an action"));
    const does = action === undefined ? undefined : actionOf(action);
    if (action !== undefined && does !== undefined && "because" in does)
      this.#remarks.add(action.at, fault(`${quoted(action.text)} is left out: ${does.because}`));
    if (action !== undefined && does !== undefined && "message" in does) this.#problems.add(action.at, does);
    const isElsewhere = does !== undefined && "because" in does;
    const cohort = accounts === undefined || isElsewhere ? undefined : this.#cohort(row, accounts);
    const starts = date === undefined || isElsewhere ? undefined : this.#date("date", date);
    if (isElsewhere) return undefined;
    if (cohort === undefined || starts === undefined || action === undefined || accounts === undefined || does === undefined || !("parts" in does)) {
      this.#hasUnread = true;
      return undefined;
    }
    const whom = valueItem(cohort, accounts.at);
    const on = does.parts.filter((part) => part !== "block");
    const demand: Entries = [
      ["for", whom],
      [
        "on",
        many(
          on.map((text) => ({ text, at: action.at })),
          action.at,
        ),
      ],
      ...this.#optional(row, "outside", (cell) =>
        many(
          cell.text.split(/\s*,\s*/).map((text) => ({ text, at: cell.at })),
          cell.at,
        ),
      ),
      ...this.#optional(row, "askAgainAfter", (cell) => valueItem(cell.text, cell.at)),
    ];
    const staged = this.#cell(row, "reportOnlyFrom");
    const reportOnly = staged === undefined ? undefined : this.#date("reportOnlyFrom", staged);
    return mapItem(
      [
        ["id", this.#id(row, cohort, does.parts)],
        ["title", this.#title(row, accounts, action)],
        [starts.week ? "weekCommencing" : "starts", valueItem(starts.text, starts.at)],
        ...(reportOnly === undefined ? [] : [["reportOnlyFrom", valueItem(reportOnly.text, reportOnly.at)] as const]),
        does.parts.includes("block") ? ["blockLegacy", mapItem([["for", whom]], action.at)] : ["requireMfa", mapItem(demand, action.at)],
      ],
      row.at,
    );
  }

  #cell(row: Row, column: Column): Cell | undefined {
    const cell = row.cells[this.#columns.get(column) ?? -1];
    return cell === undefined || cell.text === "" ? undefined : cell;
  }

  #optional(row: Row, column: Column, read: (cell: Cell) => Item): Entries {
    const cell = this.#cell(row, column);
    return cell === undefined ? [] : [[column, read(cell)]];
  }

  #date(column: Column, cell: Cell): { readonly text: string; readonly week: boolean; readonly at: Place } | undefined {
    const read = readDate(cell.text, this.#orders.get(column) ?? "unknown");
    if (read.type === "date") return { text: read.text, week: read.week, at: cell.at };
    this.#problems.add(cell.at, read);
    return undefined;
  }

  #cohort(row: Row, cell: Cell): string | undefined {
    const own = this.#cell(row, "cohort");
    const said = cell.text.toLowerCase().replace(/\s+/g, " ");
    const known = [...this.#cohorts.values()].find((each) => each.said === said && (own === undefined || own.text === each.name));
    if (known !== undefined) return known.name;
    const read = accountsOf(cell, this.#words);
    if ("message" in read) {
      this.#problems.add(cell.at, read);
      return undefined;
    }
    const name = own?.text ?? read.name;
    const taken = this.#cohorts.get(name);
    if (taken !== undefined) {
      this.#problems.add((own ?? cell).at, fault(`the cohort ${quoted(name)} is already ${quoted(taken.said)}`, "tell the two apart in a column cohort"));
      return undefined;
    }
    this.#cohorts.set(name, { name, item: read.item, said });
    return name;
  }

  #id(row: Row, cohort: string, parts: readonly string[]): Item {
    const own = this.#cell(row, "id");
    if (own !== undefined) return valueItem(own.text, own.at);
    const what = parts.includes("block") ? "-old-clients" : parts.length === 1 ? `-${parts[0]}` : "";
    const base = `${slugOf(cohort).slice(0, 40 - what.length)}${what}`;
    let id = base;
    for (let number = 2; this.#ids.has(id); number += 1) id = `${base.slice(0, 37)}-${number}`;
    this.#ids.add(id);
    return valueItem(id, row.at);
  }

  #title(row: Row, accounts: Cell, action: Cell): Item {
    const own = this.#cell(row, "title");
    return own === undefined ? valueItem(`${accounts.text}: ${action.text}`.slice(0, TITLE_LENGTH), action.at) : valueItem(own.text, own.at);
  }
}

/** @returns the tree that the plan's YAML would be, as far as the table is understood; `unreadable` when nothing is left to go on with. Never throws. */
export const treeOfTable = (file: string, source: string, problems: Problems, remarks: Problems): Tree => {
  const text = source.startsWith("\ufeff") ? source.slice(1) : source;
  const start: Place = { file, line: 1, column: 1 };
  const refuse = (message: string, hint?: string, at: Place = start): Tree => {
    problems.add(at, fault(message, hint));
    return { type: "unreadable" };
  };
  if (text.length > MAX_PLAN_BYTES)
    return refuse("the plan is larger than 1 MB", "lists of accounts belong in a file of their own, named in the accounts column");
  if (isBinary(text)) return refuse("the plan is not a text file", "save the spreadsheet as CSV UTF-8");
  const rows = rowsOf(file, text);
  if ("message" in rows) return refuse(rows.message, rows.hint, rows);
  if (rows.length === 0) return refuse("the plan is empty");
  const at = rows.findIndex(isHeading);
  const heading = rows[at];
  if (heading === undefined) {
    const close = rows.find(({ cells }) => cells.length > 2 && cells.some((cell) => nearest(cell.text.toLowerCase(), NEEDED) !== undefined));
    return refuse("the plan has no table: no row with the headings date, accounts, action", "help plan shows one", close?.at ?? start);
  }
  const columns = columnsOf(heading);
  for (const column of NEEDED)
    if (!columns.has(column)) problems.add(heading.at, fault(`the table has no column ${column}`, "its headings are date, accounts, action"));
  const known = new Set(columns.values());
  heading.cells.forEach((cell, place) => {
    if (cell.text === "" || known.has(place)) return;
    const words = COLUMNS.map(([column, [word = column]]) => word);
    remarks.add(
      cell.at,
      fault(`the column ${quoted(cell.text)} is not read`, suggestion(cell.text.toLowerCase(), words, `columns are ${listed(words, "and")}`)),
    );
  });
  if (NEEDED.some((column) => !columns.has(column))) return { type: "unreadable" };
  const head = readHead(rows.slice(0, at), problems);
  const body = rows.slice(at + 1);
  const table = new Table(columns, body, head, problems, remarks);
  const phases = body.flatMap((row) => table.phase(row) ?? []);
  const root = mapItem(
    [...head.entries, ["cohorts", mapItem(table.cohorts, heading.at)], ...(phases.length === 0 ? [] : [["phases", listItem(phases, heading.at)] as const])],
    start,
  );
  return { type: "tree", root, ...(table.hasUnread && { meant: ["phases"] }) };
};
