/** Parts of a plan's tree that come from cells and not from YAML. */

import type { Place } from "./plan.ts";
import type { Entry, Item, ValueItem } from "./tree.ts";

const sums = (items: readonly Item[]): { readonly values: number; readonly depth: number } => ({
  values: items.reduce((sum, item) => sum + item.values, 1),
  depth: Math.max(0, ...items.map(({ depth }) => depth)) + 1,
});

export const valueItem = (value: ValueItem["value"], at: Place): Item => ({ type: "value", value, at, home: at, values: 1, depth: 1 });

export const listItem = (items: readonly Item[], at: Place): Item => ({ type: "list", items, at, home: at, ...sums(items) });

/** @param entries later ones go before earlier ones of the same name */
export const mapItem = (entries: readonly (readonly [string, Item])[], at: Place): Item => {
  const map = new Map(entries.map(([name, item]): readonly [string, Entry] => [name, { key: item.at, item }]));
  return { type: "map", entries: map, at, home: at, ...sums([...map.values()].map(({ item }) => item)) };
};
