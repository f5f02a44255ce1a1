/** What a text needs besides the document: the terminal's width and colours, and names for ids. */

import type { Style } from "./style.ts";

export type View = {
  readonly columns: number;
  readonly style: Style;
  /** The plan's time zone: `Europe/London`. */
  readonly zone: string;
  /** A name for an object id or a reference, if there is one. */
  readonly nameOf: (id: string) => string | undefined;
};

/** Lists and sentences stay readable on a wide terminal. */
export const MAX_COLUMNS = 120;
export const columnsOf = (view: View): number => Math.min(MAX_COLUMNS, Math.max(40, view.columns));

/** `London` for `Europe/London`. */
export const zoneWord = (zone: string): string => (zone.split("/").at(-1) ?? zone).replaceAll("_", " ");
