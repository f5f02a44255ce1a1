/** Text in columns. */

import { fit, widthOf } from "./width.ts";
import { wrap } from "./wrap.ts";

export const padEnd = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - widthOf(text)));

/** A space at which no line ends. */
export const GLUE = "\u00a0";

/** Text behind a label, wrapped, its later lines under its first. */
export const hanging = (label: string, text: string, columns: number): string => {
  const indent = widthOf(label);
  return wrap(text, Math.max(20, columns - indent), widthOf)
    .map((line, at) => (at === 0 ? label : " ".repeat(indent)) + line.replaceAll(GLUE, " "))
    .join("\n");
};

/** As many items as fit in `width` cells, then how many more there are: `a, b and 12 more`. */
export const listed = (items: readonly string[], width: number, total = items.length): string => {
  const shown: string[] = [];
  let used = 0;
  for (const item of items) {
    const cells = widthOf(item) + 2;
    const rest = total - shown.length - 1;
    if (shown.length > 0 && used + cells + (rest > 0 ? ` and ${rest} more`.length : 0) > width) break;
    shown.push(item);
    used += cells;
  }
  const more = total - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more.toLocaleString("en-GB")} more` : shown.join(", ");
};

export type Column = { readonly align?: "left" | "right"; readonly paint?: (text: string, row: number) => string; readonly flexible?: boolean };

/**
 * Rows in columns two cells apart. When they are wider than the terminal, the flexible column is cut, never below eight cells.
 * Cells are plain text; `paint` colours them after they were measured.
 */
export const table = (allRows: readonly (readonly string[])[], allColumns: readonly Column[], width: number, indent = "  "): readonly string[] => {
  // A column without a word in it takes no room.
  const used = allColumns.map((_, at) => at).filter((at) => allRows.some((row) => (row[at] ?? "") !== ""));
  const columns = used.map((at) => allColumns[at] ?? {});
  const rows = allRows.map((row) => used.map((at) => row[at] ?? ""));
  const widths = columns.map((_, at) => Math.max(0, ...rows.map((row) => widthOf(row[at] ?? ""))));
  const total = indent.length + widths.reduce((sum, each) => sum + each, 0) + 2 * (columns.length - 1);
  const flexible = columns.findIndex((column) => column.flexible === true);
  if (flexible >= 0 && total > width) widths[flexible] = Math.max(8, (widths[flexible] ?? 0) - (total - width));
  return rows.map((row, number) => {
    const cells = columns.map((column, at) => {
      const cell = fit(row[at] ?? "", widths[at] ?? 0);
      const painted = column.paint === undefined || cell === "" ? cell : column.paint(cell, number);
      const space = " ".repeat(Math.max(0, (widths[at] ?? 0) - widthOf(cell)));
      return column.align === "right" ? space + painted : painted + space;
    });
    return (indent + cells.join("  ")).trimEnd();
  });
};

/** `1 account`, `1,512 accounts`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count.toLocaleString("en-GB")} ${count === 1 ? one : many}`;
