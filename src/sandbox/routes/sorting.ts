/** `$orderby` over one property, for lists that document it. */

import type { Row } from "../collection.ts";
import { property, type Query } from "../odata.ts";
import { unsupportedQuery } from "../refusal.ts";

export type Sort = { readonly property: string; readonly descending: boolean };

/** @param by the properties that the list can be sorted by. @throws Refusal 400 for any other */
export const sortOf = (query: Query, by: readonly string[]): Sort | undefined => {
  const text = query.get("orderby");
  if (text === undefined) return undefined;
  const match = /^\s*([A-Za-z]+)(?:\s+(asc|desc))?\s*$/iu.exec(text);
  const name = by.find((candidate) => candidate.toLowerCase() === match?.[1]?.toLowerCase());
  if (match === null || name === undefined) throw unsupportedQuery("Sorting not supported for current query.");
  return { property: name, descending: match[2]?.toLowerCase() === "desc" };
};

/** All rows in order, numbered anew; those after a place. Names sort as text without regard to case, not by anybody's language. */
export function* sorted(rows: Iterable<Row>, sort: Sort, after: number): Generator<Row> {
  const keyed = [...rows].map((row) => ({ row, key: String(property(row.object, sort.property) ?? "").toLowerCase() }));
  const sign = sort.descending ? -1 : 1;
  keyed.sort((left, right) => (left.key === right.key ? left.row.place - right.row.place : left.key < right.key ? -sign : sign));
  for (const [place, { row }] of keyed.entries()) if (place > after) yield { place, object: row.object };
}
