/** The part of a plan that says where: networks by address ranges or by countries. */

import { readCountry } from "./countries.ts";
import { checkSlugs } from "./keys.ts";
import { keyedNameFault, slugOf } from "./names.ts";
import { MOST_RANGES, overlaps, readRange } from "./networks.ts";
import type { Network, Place } from "./plan.ts";
import { fault, quoted } from "./problems.ts";
import { check, childOf, entriesOf, entryOf, isSaid, itemsOf, type Sheet, textOf, wordsOf } from "./sheet.ts";
import type { Entry, Item } from "./tree.ts";

/** The service keeps no more named locations. */
const MOST_NETWORKS = 195;

const readRanges = (sheet: Sheet, item: Item | undefined): readonly string[] => {
  const read: { readonly cidr: string; readonly at: Place; readonly said: string }[] = [];
  for (const one of itemsOf(item)) {
    const words = wordsOf(sheet, one);
    if (words === undefined) continue;
    const range = readRange(words.text.trim());
    if (range.type === "wrong") sheet.problems.add(words.item.at, range);
    else read.push({ cidr: range.cidr, at: words.item.at, said: words.text });
  }
  const cidrs = read.map(({ cidr }) => cidr);
  for (const { later, earlier } of overlaps(cidrs)) {
    const [one, other] = [read[later], read[earlier]];
    if (one !== undefined && other !== undefined)
      sheet.problems.add(one.at, fault(`${quoted(one.said)} overlaps ${quoted(other.said)} in line ${other.at.line}`, "keep the wider of the two"));
  }
  return cidrs.sort();
};

const readCountries = (sheet: Sheet, item: Item | undefined): readonly string[] => {
  const codes = new Set<string>();
  for (const one of itemsOf(item)) {
    const words = wordsOf(sheet, one);
    if (words === undefined) continue;
    const country = readCountry(words.text);
    if ("message" in country) sheet.problems.add(words.item.at, country);
    else if (codes.has(country.code)) sheet.problems.add(words.item.at, fault(`${country.code} stands here twice`));
    else codes.add(country.code);
  }
  return [...codes].sort();
};

/** What belongs to one sort of network and stands beside the other. */
const checkSort = (sheet: Sheet, name: string, { key, item }: Entry, isCountry: boolean): void => {
  if (!isSaid(sheet, item, "ranges") && !isSaid(sheet, item, "countries"))
    sheet.problems.add(key, fault(`network ${quoted(name)} has no ranges`, "for example ranges: [192.0.2.0/24, 2001:db8:10::/48], or countries: [GB, IE]"));
  const ranges = entryOf(item, "ranges");
  if (isCountry && ranges !== undefined)
    sheet.problems.add(ranges.key, fault(`network ${quoted(name)} has ranges and countries`, "make it two networks: outside: takes several"));
  const trusted = entryOf(item, "trusted");
  if (isCountry && trusted?.item.type === "value" && trusted.item.value === true)
    sheet.problems.add(trusted.key, fault("a country cannot be marked as trusted: the service takes that of address ranges only", "take trusted out"));
  const unknown = entryOf(item, "unknownCountries");
  if (!isCountry && unknown !== undefined)
    sheet.problems.add(unknown.key, fault(`network ${quoted(name)} names no countries, so that no address has an unknown one`, "take unknownCountries out"));
};

const readNetwork = (sheet: Sheet, name: string, entry: Entry): Network => {
  const { item, key } = entry;
  const countries = childOf(item, "countries");
  if (item.type === "map") checkSort(sheet, name, entry, countries !== undefined);
  const common = { name, slug: slugOf(name), place: key };
  if (countries !== undefined)
    return {
      ...common,
      sort: "country",
      countries: readCountries(sheet, countries),
      unknownCountries: textOf(sheet, childOf(item, "unknownCountries")) === "in" ? "in" : "out",
    };
  const ranges = childOf(item, "ranges");
  if (itemsOf(ranges).length > MOST_RANGES)
    sheet.problems.add(
      key,
      fault(`network ${quoted(name)} has ${itemsOf(ranges).length} ranges, and the service takes ${MOST_RANGES}`, "make it two networks"),
    );
  const trusted = childOf(item, "trusted");
  return { ...common, sort: "ip", ranges: readRanges(sheet, ranges), trusted: trusted?.type === "value" && trusted.value === true };
};

/** @returns the networks by name, in the order of the plan. */
export const readNetworks = (sheet: Sheet, item: Item | undefined): ReadonlyMap<string, Network> => {
  const entries = entriesOf(item);
  checkSlugs(sheet, "named location", entries);
  const networks = new Map<string, Network>();
  for (const [name, entry] of entries) {
    check(sheet, entry.key, keyedNameFault(name));
    networks.set(name, readNetwork(sheet, name, entry));
  }
  const over = entries[MOST_NETWORKS];
  if (over !== undefined) sheet.problems.add(over[1].key, fault(`the plan names more than ${MOST_NETWORKS} networks, and the service takes no more`));
  return networks;
};
