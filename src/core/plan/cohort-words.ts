/** The part of a plan that says who and where: emergency accounts, cohorts, networks. */

import { readList } from "./lists.ts";
import { readMoment } from "./moments.ts";
import { keyedNameFault, lineFault, slugOf } from "./names.ts";
import { MOST_RANGES, overlaps, readRange } from "./networks.ts";
import { isAddress, patternFault } from "./patterns.ts";
import type { Cohort, CohortList, CohortSource, Exception, NamedFile, Network, Place, Problem } from "./plan.ts";
import { fault, listed, quoted } from "./problems.ts";
import { check, childOf, entriesOf, entryOf, isSaid, itemsOf, type Sheet, textOf, wordsOf } from "./sheet.ts";
import type { Entry, Item } from "./tree.ts";

const SOURCES = ["accounts", "file", "group", "all"] as const;
/** The service keeps no more named locations. */
const MOST_NETWORKS = 195;

/** @returns lower case, in the order of the plan. */
export const readEmergencyAccounts = (sheet: Sheet, item: Item | undefined): readonly string[] => {
  if (item?.type !== "list") return [];
  const lines = new Map<string, number>();
  for (const one of item.items) {
    const words = wordsOf(sheet, one);
    const address = words?.text.trim().toLowerCase();
    if (words === undefined || address === undefined) continue;
    const before = lines.get(address);
    if (!isAddress(address))
      sheet.problems.add(
        words.item.at,
        fault(`${quoted(words.text)} is not an address`, "emergency accounts are named one by one, as emergency-1@county.example"),
      );
    else if (before !== undefined)
      sheet.problems.add(words.item.at, fault(`${quoted(words.text)} is already in line ${before}`, "name two different accounts, so that one can fail"));
    if (before === undefined) lines.set(address, words.item.at.line);
  }
  if (item.items.length < 2)
    sheet.problems.add(
      item.home,
      fault("emergencyAccounts names fewer than two accounts", "two, so that one can fail: [emergency-1@county.example, emergency-2@county.example]"),
    );
  return [...lines.keys()];
};

const readPatterns = (sheet: Sheet, item: Item | undefined): readonly string[] => {
  const patterns = new Set<string>();
  for (const one of itemsOf(item)) {
    const words = wordsOf(sheet, one);
    const pattern = words?.text.toLowerCase();
    if (words !== undefined && pattern !== undefined && check(sheet, words.item.at, patternFault(pattern))) patterns.add(pattern);
  }
  return [...patterns];
};

const readException = (sheet: Sheet, item: Item): Exception | undefined => {
  const accounts = readPatterns(sheet, childOf(item, "accounts"));
  const [because, owner, until] = [wordsOf(sheet, childOf(item, "because")), wordsOf(sheet, childOf(item, "owner")), wordsOf(sheet, childOf(item, "until"))];
  for (const words of [because, owner])
    if (words !== undefined)
      check(
        sheet,
        words.item.at,
        words.text.trim() === "" ? fault("nothing is said here", "an exclusion is a hole: say why it is there and whose it is") : lineFault(words.text, 300),
      );
  let end: string | undefined;
  if (until !== undefined) {
    const read = readMoment(until.text);
    if (read.type === "wrong") sheet.problems.add(until.item.at, fault(read.message, "until is a day, as 2019-04-01"));
    else if (read.timed || read.week)
      sheet.problems.add(until.item.at, fault(`${quoted(until.text)} is not a day`, `did you mean ${read.local.slice(0, 10)}?`));
    else end = read.local.slice(0, 10);
  }
  if (because === undefined || owner === undefined) return undefined;
  return { accounts, because: because.text.trim(), owner: owner.text.trim(), ...(end !== undefined && { until: end }), place: item.at };
};

/** A list's path beside the plan's, as people would write it. */
const besidePlan = (plan: string, name: string): string =>
  /^(?:[\\/]|[A-Za-z]:)/.test(name) ? name : plan.slice(0, Math.max(plan.lastIndexOf("/"), plan.lastIndexOf("\\")) + 1) + name;

const listOf = (sheet: Sheet, name: string, file: NamedFile | undefined): CohortList => {
  if (file === undefined) return { type: "unusable", because: "it was not read" };
  return file.type === "text" ? readList(besidePlan(sheet.file, name), file.text) : file;
};

const readFile = (sheet: Sheet, item: Item, files: ReadonlyMap<string, NamedFile>, emergency: readonly string[]): CohortSource | undefined => {
  const words = wordsOf(sheet, item);
  if (words === undefined) return undefined;
  if (!check(sheet, words.item.at, lineFault(words.text, 260))) return undefined;
  const list = listOf(sheet, words.text, files.get(words.text));
  if (list.type === "unusable")
    sheet.remarks.add(words.item.at, fault(`the list ${quoted(words.text)} cannot be used, so nobody joins or leaves by it: ${list.because}`));
  else {
    const held: readonly Problem[] = list.rows
      .filter((row) => !row.leaves && emergency.includes(row.entry))
      .map((row) => ({
        file: besidePlan(sheet.file, words.text),
        line: row.line,
        column: 1,
        message: `${row.entry} is an emergency account and never joins a cohort`,
      }));
    for (const remark of [...list.remarks, ...held]) sheet.remarks.add(remark, remark);
  }
  return { type: "file", file: words.text, list };
};

const readSource = (sheet: Sheet, cohort: Item, files: ReadonlyMap<string, NamedFile>, emergency: readonly string[]): CohortSource | undefined => {
  const accounts = childOf(cohort, "accounts");
  if (accounts !== undefined) {
    for (const one of itemsOf(accounts)) {
      const words = wordsOf(sheet, one);
      if (words !== undefined && emergency.includes(words.text.toLowerCase()))
        sheet.problems.add(
          words.item.at,
          fault(`${quoted(words.text)} is an emergency account, which no policy of this plan asks`, "take it out of the cohort"),
        );
    }
    return { type: "accounts", patterns: readPatterns(sheet, accounts) };
  }
  const file = childOf(cohort, "file");
  if (file !== undefined) return readFile(sheet, file, files, emergency);
  const group = wordsOf(sheet, childOf(cohort, "group"));
  if (group !== undefined && check(sheet, group.item.at, lineFault(group.text, 256))) return { type: "group", group: group.text };
  return childOf(cohort, "all") === undefined ? undefined : { type: "all" };
};

const readCohort = (sheet: Sheet, name: string, entry: Entry, files: ReadonlyMap<string, NamedFile>, emergency: readonly string[]): Cohort | undefined => {
  const { item, key } = entry;
  check(sheet, key, keyedNameFault(name));
  if (item.type !== "map") return undefined;
  const said = SOURCES.filter((source) => entryOf(item, source) !== undefined);
  if (!SOURCES.some((source) => isSaid(sheet, item, source)))
    sheet.problems.add(key, fault(`cohort ${quoted(name)} does not say who is in it`, `give it one of ${listed(SOURCES)}`));
  for (const more of said.slice(1))
    sheet.problems.add(
      entryOf(item, more)?.key ?? key,
      fault(`cohort ${quoted(name)} is said twice, by ${said[0]} and by ${more}`, "make it two cohorts, or keep one of the two"),
    );
  const source = readSource(sheet, item, files, emergency);
  const except = itemsOf(childOf(item, "except")).map((one) => readException(sheet, one));
  const [pupils, guests] = [textOf(sheet, childOf(item, "pupils")), textOf(sheet, childOf(item, "guests"))];
  if (source === undefined) return undefined;
  return {
    name,
    slug: slugOf(name),
    source,
    except: except.filter((one) => one !== undefined),
    ...((pupils === "in" || pupils === "out") && { pupils }),
    guests: guests === "in" ? "in" : "out",
    place: key,
  };
};

/** Two names with one key would be one group or location in the tenant. */
const checkSlugs = (sheet: Sheet, what: string, entries: readonly (readonly [string, Entry])[]): void => {
  const taken = new Map<string, string>();
  for (const [name, { key }] of entries) {
    const slug = slugOf(name);
    const other = taken.get(slug);
    if (slug !== "" && other !== undefined)
      sheet.problems.add(
        key,
        fault(
          `${quoted(name)} and ${quoted(other)} would be the same ${what} in the tenant: both are ${quoted(slug)} there`,
          "tell them apart by letters or digits",
        ),
      );
    if (other === undefined) taken.set(slug, name);
  }
};

/** @returns the cohorts by name, in the order of the plan; those that are not sound may be missing. */
export const readCohorts = (
  sheet: Sheet,
  item: Item | undefined,
  files: ReadonlyMap<string, NamedFile>,
  emergency: readonly string[],
): ReadonlyMap<string, Cohort> => {
  const entries = entriesOf(item);
  checkSlugs(sheet, "group", entries);
  const cohorts = new Map<string, Cohort>();
  for (const [name, entry] of entries) {
    const cohort = readCohort(sheet, name, entry, files, emergency);
    if (cohort !== undefined) cohorts.set(name, cohort);
  }
  return cohorts;
};

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

/** @returns the networks by name, in the order of the plan. */
export const readNetworks = (sheet: Sheet, item: Item | undefined): ReadonlyMap<string, Network> => {
  const entries = entriesOf(item);
  checkSlugs(sheet, "named location", entries);
  const networks = new Map<string, Network>();
  for (const [name, { key, item: network }] of entries) {
    check(sheet, key, keyedNameFault(name));
    const ranges = childOf(network, "ranges");
    if (itemsOf(ranges).length > MOST_RANGES)
      sheet.problems.add(
        key,
        fault(`network ${quoted(name)} has ${itemsOf(ranges).length} ranges, and the service takes ${MOST_RANGES}`, "make it two networks"),
      );
    const trusted = childOf(network, "trusted");
    networks.set(name, {
      name,
      slug: slugOf(name),
      ranges: readRanges(sheet, ranges),
      trusted: trusted?.type === "value" && trusted.value === true,
      place: key,
    });
  }
  const over = entries[MOST_NETWORKS];
  if (over !== undefined) sheet.problems.add(over[1].key, fault(`the plan names more than ${MOST_NETWORKS} networks, and the service takes no more`));
  return networks;
};
