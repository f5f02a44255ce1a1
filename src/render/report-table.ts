/** A report on a terminal: rows as they come, in columns that fit its width, then sums, what is missing, and what to type next. */

import { isoIn } from "../core/plan/moments.ts";
import type { ReportEnd, ReportHead } from "../core/reports/document.ts";
import type { Cell, Column, Gap, Row, Shape, SumTable } from "../core/reports/shape.ts";
import { headerLine, section } from "./diff.ts";
import { counted, hanging, padEnd } from "./layout.ts";
import type { ReportForm } from "./report-form.ts";
import { safe } from "./text-safe.ts";
import { columnsOf, type View } from "./view.ts";
import { fullMoment, minuteMoment } from "./when.ts";
import { fit, widthOf } from "./width.ts";
import { wrap } from "./wrap.ts";

/** Widths are taken from as many rows; what comes later is cut to them. */
const MEASURED = 300;
const INDENT = "  ";
const GAP = 2;
/** What a wide column is cut to before others go: enough to tell who is meant, where there is room for that. */
const LEAST_WIDE = 22;
const LEAST_WIDE_IN_LITTLE_ROOM = 12;
const LITTLE_ROOM = 72;
const LEAST = 3;
/** A pipe has no width: rows are cut there as well, or a sentence would draw all others out, but not so that nobody knows who is meant. */
const LEAST_WIDE_IN_PIPE = 48;
/** For cells of which nobody says anything. */
const NO_COLUMN: Column = { name: "", heading: "", sort: "text", about: "" };

const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** How wide a line may be. */
type Room = { readonly cells: number; readonly isTerminal: boolean };

/** `5 Nov 2018 08:00`, by the clock of the place; words in place of a moment stay words. */
const local = (text: string, zone: string): string => {
  if (DAY.test(text)) return fullMoment(`${text}T00:00`).slice(4, -6);
  const instant = MOMENT.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(instant) ? safe(text) : minuteMoment(isoIn(instant, zone)).slice(4);
};

const cellText = (cell: Cell, { sort }: Column, zone: string): string => {
  if (cell === null) return "";
  if (typeof cell === "string") return sort === "moment" ? local(cell, zone) : safe(cell);
  if (typeof cell === "number") return cell.toLocaleString("en-GB");
  return typeof cell === "boolean" ? (cell ? "yes" : "no") : safe(cell.join(", "));
};

/** Takes from the widest column that has more than its least, until no more is too much. @returns what still is. */
const narrowed = (widths: number[], leastOf: (at: number) => number, excess: number): number => {
  for (let left = excess; left > 0; left -= 1) {
    let widest: number | undefined;
    for (const [at, width] of widths.entries()) if (width > leastOf(at) && (widest === undefined || width > (widths[widest] ?? 0))) widest = at;
    if (widest === undefined) return left;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return 0;
};

type Layout = {
  readonly columns: readonly Column[];
  readonly widths: readonly number[] /** In the order of all columns. */;
  readonly kept: readonly number[];
  readonly wanted: readonly number[];
};

/** Those in which something stands; the first is always one. */
const filled = (all: readonly Column[], rows: readonly (readonly string[])[]): readonly number[] =>
  all.map((_, at) => at).filter((at) => at === 0 || rows.some((row) => (row[at] ?? "") !== ""));

/**
 * First headings are broken at their spaces, then what is wide is cut. Where that is not enough the last columns are left
 * out whole: all of them cut to a few letters would say nothing.
 */
const layoutOf = (
  all: readonly Column[],
  rows: readonly (readonly string[])[],
  { cells, isTerminal }: Room,
  from: readonly number[] = all.map((_, at) => at),
): Layout => {
  const tight = all.map(({ heading }, at) => {
    const word = Math.max(...heading.split(" ").map(widthOf));
    return rows.reduce((most, row) => Math.max(most, widthOf(row[at] ?? "")), word);
  });
  const leastWide = !isTerminal ? LEAST_WIDE_IN_PIPE : cells < LITTLE_ROOM ? LEAST_WIDE_IN_LITTLE_ROOM : LEAST_WIDE;
  let kept = from;
  for (;;) {
    const widths = kept.map((at) => Math.max(tight[at] ?? 0, widthOf(all[at]?.heading ?? "")));
    const tightOf = (place: number): number => tight[kept[place] ?? 0] ?? 0;
    const isWide = (place: number): boolean => all[kept[place] ?? 0]?.shown === "wide";
    const excess = INDENT.length + widths.reduce((sum, each) => sum + each + GAP, -GAP) - cells;
    const still = narrowed(widths, tightOf, excess);
    const over = narrowed(widths, (place) => (isWide(place) ? Math.min(leastWide, tightOf(place)) : tightOf(place)), still);
    if (over === 0 || !isTerminal || kept.length === 1) {
      if (isTerminal) narrowed(widths, () => LEAST, over);
      return { columns: kept.flatMap((at) => all[at] ?? []), widths, kept, wanted: from };
    }
    const last = kept.findLast((at, place) => place > 0 && all[at]?.shown !== "wide") ?? kept.at(-1);
    kept = kept.filter((at) => at !== last);
  }
};

const lineOf = (cells: readonly string[], { columns, widths, kept }: Layout): string => {
  let line = INDENT;
  for (const [place, width] of widths.entries()) {
    const cell = fit(cells[kept[place] ?? 0] ?? "", width);
    const space = " ".repeat(Math.max(0, width - widthOf(cell)));
    if (place > 0) line += " ".repeat(GAP);
    line += columns[place]?.sort === "number" ? space + cell : cell + space;
  }
  return line.trimEnd();
};

/** On as many lines as the longest needs, their last words on one. */
const headingLines = (all: readonly Column[], layout: Layout): readonly string[] => {
  const wrapped = all.map(({ heading }, at) => wrap(heading, layout.widths[layout.kept.indexOf(at)] ?? 0, widthOf));
  const height = Math.max(0, ...layout.kept.map((at) => wrapped[at]?.length ?? 0));
  return Array.from({ length: height }, (_, line) =>
    lineOf(
      wrapped.map((lines) => lines[line - height + lines.length] ?? ""),
      layout,
    ),
  );
};

const noRoomLines = (all: readonly Column[], { kept, wanted }: Layout, view: View): readonly string[] => {
  const left = all.flatMap(({ heading }, at) => (kept.includes(at) || !wanted.includes(at) ? [] : [heading]));
  return left.length === 0 ? [] : [hanging(INDENT, `no room here for: ${left.join(", ")}`, columnsOf(view))];
};

/** Sums are few: each of their tables has widths of its own. What stands in them says itself whether it is a number or a moment. */
const sumLines = ({ columns: headings, rows }: SumTable, room: Room, view: View): readonly string[] => {
  const columns = headings.map((heading, at): Column => {
    const isNumber = rows.some((row) => typeof row[at] === "number") && rows.every((row) => typeof row[at] !== "string");
    return { name: heading, heading: safe(heading), sort: isNumber ? "number" : "moment", about: "", shown: at === 0 ? "wide" : "narrow" };
  });
  const cells = rows.map((row) => columns.map((column, at) => cellText(row[at] ?? null, column, view.zone)));
  const layout = layoutOf(columns, cells, room);
  return [...headingLines(columns, layout).map(view.style.quiet), ...cells.map((each) => lineOf(each, layout)), ...noRoomLines(columns, layout, view)];
};

const gapLines = (gaps: readonly Gap[], view: View): readonly string[] =>
  gaps.flatMap(({ what, because, todo }) => [
    hanging(INDENT, safe(`${what}: ${because}`), columnsOf(view)),
    ...(todo === undefined ? [] : [hanging(`${INDENT}-> `, safe(todo), columnsOf(view))]),
  ]);

export type TableWords = {
  readonly isTerminal: boolean;
  /** Which rows were asked for: `domain alder.county.example`. */
  readonly filter: readonly string[];
  /** What to type next, each with its label. */
  readonly next: readonly (readonly [label: string, command: string])[];
};

export const tableForm = (shape: Shape, head: ReportHead, view: View, words: TableWords): ReportForm => {
  const room = { cells: view.columns, isTerminal: words.isTerminal };
  const at = shape.columns.flatMap(({ shown }, index) => (shown === undefined ? [] : [index]));
  const columns = at.flatMap((index) => shape.columns[index] ?? []);
  const cellsOf = (row: Row): readonly string[] => at.map((index, place) => cellText(row[index] ?? null, columns[place] ?? NO_COLUMN, view.zone));
  const held: (readonly string[])[] = [];
  let layout: Layout | undefined;
  let count = 0;

  /** @param whole no row comes after these, so that a column in which nothing stands takes no room. */
  const measured = (whole: boolean): string => {
    if (held.length === 0) return "";
    const fixed = layoutOf(columns, held, room, whole && room.isTerminal ? filled(columns, held) : undefined);
    layout = fixed;
    return [...headingLines(columns, fixed).map(view.style.quiet), ...held.map((cells) => lineOf(cells, fixed))].map((line) => `${line}\n`).join("");
  };

  return {
    begin: () => {
      const about = [shape.about, ...words.filter].map(safe).join("; ");
      const plan = head.plan === null ? [] : [view.style.strong(safe(head.plan.name))];
      return `${[headerLine(head, view), ...plan, hanging("", about, columnsOf(view)), ""].join("\n")}\n`;
    },
    rows: (rows) => {
      count += rows.length;
      if (layout !== undefined) {
        const fixed = layout;
        return rows.map((row) => `${lineOf(cellsOf(row), fixed)}\n`).join("");
      }
      for (const row of rows) held.push(cellsOf(row));
      return held.length < MEASURED ? "" : measured(false);
    },
    end: ({ complete, sums, gaps, notes }: ReportEnd) => {
      const rest = layout === undefined ? measured(true) : "";
      const left = layout === undefined ? [] : noRoomLines(columns, layout, view);
      const total = complete
        ? view.style.quiet(INDENT + (count === 0 ? "no rows" : counted(count, "row")))
        : view.style.bad(`${INDENT}cut short after ${counted(count, "row")}: the list broke off`);
      const width = Math.max(...words.next.map(([label]) => label.length), 0) + 1;
      const lines = [
        ...(count === 0 ? [] : [""]),
        total,
        ...left,
        ...sums.flatMap((sum) => (sum.rows.length === 0 ? [] : section(sum.title, sumLines(sum, room, view), view))),
        ...section("What is not known", gapLines(gaps, view), view),
        ...section(
          "To know",
          notes.map((note) => hanging(INDENT, safe(note), columnsOf(view))),
          view,
        ),
        ...(words.next.length === 0 ? [] : ["", ...words.next.map(([label, command]) => `${padEnd(`${label}:`, width)}  ${command}`)]),
      ];
      return `${rest}${lines.join("\n")}\n`;
    },
  };
};
