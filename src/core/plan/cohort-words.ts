/** The part of a plan that says who: emergency accounts and cohorts. */

import { type Given, readPatterns, readSource } from "./cohort-sources.ts";
import { checkSlugs } from "./keys.ts";
import { readMoment } from "./moments.ts";
import { keyedNameFault, lineFault, slugOf } from "./names.ts";
import { isAddress } from "./patterns.ts";
import type { Cohort, Exception, NamedFile } from "./plan.ts";
import { fault, listed, quoted } from "./problems.ts";
import { SOURCES } from "./schema.ts";
import { check, childOf, entriesOf, entryOf, isSaid, itemsOf, type Sheet, textOf, wordsOf } from "./sheet.ts";
import { checkSums } from "./sums.ts";
import type { Entry, Item } from "./tree.ts";

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

export const readException = (sheet: Sheet, item: Item): Exception | undefined => {
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

const readCohort = (sheet: Sheet, name: string, entry: Entry, given: Given): Cohort | undefined => {
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
  const without = entryOf(item, "without");
  if (without !== undefined && !isSaid(sheet, item, "cohorts"))
    sheet.problems.add(without.key, fault("without takes away from a sum of cohorts, and there is none", "name the sum by cohorts:, or use except:"));
  const source = readSource(sheet, item, given);
  const except = itemsOf(childOf(item, "except")).map((one) => readException(sheet, one));
  const inOrOut = (word: string): "in" | "out" | undefined => {
    const text = textOf(sheet, childOf(item, word));
    return text === "in" || text === "out" ? text : undefined;
  };
  if (source === undefined) return undefined;
  // A sum takes its parts as they are: they said already who of them is in.
  const unsaid = source.type === "sum" ? "in" : "out";
  const pupils = inOrOut("pupils") ?? (source.type === "sum" ? "in" : undefined);
  return {
    name,
    slug: slugOf(name),
    source,
    except: except.filter((one) => one !== undefined),
    ...(pupils !== undefined && { pupils }),
    guests: inOrOut("guests") ?? unsaid,
    serviceAccounts: inOrOut("serviceAccounts") ?? unsaid,
    place: key,
  };
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
  const given: Given = { files, emergency, names: entries.map(([name]) => name) };
  const cohorts = new Map<string, Cohort>();
  for (const [name, entry] of entries) {
    const cohort = readCohort(sheet, name, entry, given);
    if (cohort !== undefined) cohorts.set(name, cohort);
  }
  checkSums(sheet, cohorts);
  return cohorts;
};
