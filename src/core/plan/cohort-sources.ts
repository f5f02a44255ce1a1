/** Who a cohort is, said in one of several ways: by address, domain, attribute, rule, list, group, or by other cohorts. */

import { readList } from "./lists.ts";
import { lineFault } from "./names.ts";
import { domainPatternFault, patternFault, valuePatternFault } from "./patterns.ts";
import { ATTRIBUTES, type CohortList, type CohortSource, type Condition, type NamedFile, type Problem } from "./plan.ts";
import { type Fault, fault, quoted, suggestion } from "./problems.ts";
import { check, childOf, entryOf, itemsOf, namesOf, type Sheet, type Words, wordsOf } from "./sheet.ts";
import type { Item } from "./tree.ts";

/** The service's limit for the rule of a dynamic group. */
const LONGEST_RULE = 3072;

/** What a source is read against. */
export type Given = {
  readonly files: ReadonlyMap<string, NamedFile>;
  /** Lower case. */
  readonly emergency: readonly string[];
  /** Of all cohorts, whether sound or not. */
  readonly names: readonly string[];
};

const patternsIn = (sheet: Sheet, words: readonly (Words | undefined)[], faultOf: (pattern: string) => Fault | undefined): readonly string[] => {
  const patterns = new Set<string>();
  for (const one of words) {
    const pattern = one?.text.trim().toLowerCase();
    if (one !== undefined && pattern !== undefined && check(sheet, one.item.at, faultOf(pattern))) patterns.add(pattern);
  }
  return [...patterns];
};

/** @returns address patterns, lower case, each once. */
export const readPatterns = (sheet: Sheet, item: Item | undefined): readonly string[] =>
  patternsIn(
    sheet,
    itemsOf(item).map((one) => wordsOf(sheet, one)),
    patternFault,
  );

const readAccounts = (sheet: Sheet, item: Item, emergency: readonly string[]): CohortSource => {
  for (const one of itemsOf(item)) {
    const words = wordsOf(sheet, one);
    if (words !== undefined && emergency.includes(words.text.toLowerCase()))
      sheet.problems.add(words.item.at, fault(`${quoted(words.text)} is an emergency account, which no policy of this plan asks`, "take it out of the cohort"));
  }
  return { type: "accounts", patterns: readPatterns(sheet, item) };
};

const readDomains = (sheet: Sheet, item: Item): CohortSource => ({
  type: "domains",
  patterns: patternsIn(
    sheet,
    itemsOf(item).map((one) => wordsOf(sheet, one)),
    domainPatternFault,
  ),
});

const readWhere = (sheet: Sheet, item: Item): CohortSource => {
  const conditions: readonly Condition[] = ATTRIBUTES.flatMap((attribute) => {
    const said = childOf(item, attribute);
    return said === undefined ? [] : [{ attribute, patterns: patternsIn(sheet, namesOf(sheet, said), valuePatternFault) }];
  });
  if (item.type === "map" && item.entries.size === 0)
    sheet.problems.add(item.home, fault("where names no attribute", "for example where: { department: [Staff*] }"));
  return { type: "where", conditions };
};

const ruleFault = (rule: string): Fault | undefined => {
  const hint = 'for example user.department -eq "Staff"';
  if (rule.length > LONGEST_RULE) return fault(`the rule is longer than the service's ${LONGEST_RULE.toLocaleString("en-GB")} characters`);
  if (/\bdevice\./i.test(rule)) return fault("the rule speaks of devices, which nobody is", hint);
  if (!/\buser\./i.test(rule)) return fault("the rule does not speak of user.", hint);
  // Quotation marks inside a text are escaped by a backtick there.
  return (rule.replaceAll('`"', "").split('"').length - 1) % 2 === 0 ? undefined : fault("a quotation mark of the rule is not closed", hint);
};

const readDynamic = (sheet: Sheet, cohort: Item, words: Words): CohortSource => {
  check(sheet, words.item.at, ruleFault(words.text));
  for (const key of ["pupils", "guests", "serviceAccounts", "except"]) {
    const entry = entryOf(cohort, key);
    if (entry !== undefined)
      sheet.problems.add(
        entry.key,
        fault(
          `${key} says nothing beside dynamic: the service finds the members by the rule alone`,
          "say it in the rule, or name the accounts by where: instead",
        ),
      );
  }
  return { type: "dynamic", rule: words.text.trim() };
};

const readNames = (sheet: Sheet, given: Given, item: Item | undefined, taken: Set<string>): readonly string[] => {
  const names: string[] = [];
  for (const { item: one, text } of namesOf(sheet, item)) {
    if (!given.names.includes(text))
      sheet.problems.add(one.at, fault(`there is no cohort ${quoted(text)}`, suggestion(text, given.names, "cohorts are named under cohorts:")));
    else if (taken.has(text)) sheet.problems.add(one.at, fault(`cohort ${quoted(text)} stands here twice`, "a cohort is added or taken away, once"));
    else names.push(text);
    taken.add(text);
  }
  return names;
};

const readSum = (sheet: Sheet, given: Given, cohort: Item): CohortSource => {
  const taken = new Set<string>();
  const of = readNames(sheet, given, childOf(cohort, "cohorts"), taken);
  return { type: "sum", of, without: readNames(sheet, given, childOf(cohort, "without"), taken) };
};

/** A list's path beside the plan's, as people would write it. */
export const besidePlan = (plan: string, name: string): string =>
  /^(?:[\\/]|[A-Za-z]:)/.test(name) ? name : plan.slice(0, Math.max(plan.lastIndexOf("/"), plan.lastIndexOf("\\")) + 1) + name;

const listOf = (sheet: Sheet, name: string, file: NamedFile | undefined): CohortList => {
  if (file === undefined) return { type: "unusable", because: "it was not read" };
  return file.type === "text" ? readList(besidePlan(sheet.file, name), file.text) : file;
};

const readFile = (sheet: Sheet, item: Item, { files, emergency }: Given): CohortSource | undefined => {
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

/** @returns the first of the ways in which the cohort is said, or nothing when it cannot be read. */
export const readSource = (sheet: Sheet, cohort: Item, given: Given): CohortSource | undefined => {
  const child = (key: string): Item | undefined => childOf(cohort, key);
  const [accounts, domains, where, file] = [child("accounts"), child("domains"), child("where"), child("file")];
  if (accounts !== undefined) return readAccounts(sheet, accounts, given.emergency);
  if (domains !== undefined) return readDomains(sheet, domains);
  if (where !== undefined) return readWhere(sheet, where);
  const dynamic = wordsOf(sheet, child("dynamic"));
  if (dynamic !== undefined) return readDynamic(sheet, cohort, dynamic);
  if (child("cohorts") !== undefined) return readSum(sheet, given, cohort);
  if (file !== undefined) return readFile(sheet, file, given);
  const group = wordsOf(sheet, child("group"));
  if (group !== undefined && check(sheet, group.item.at, lineFault(group.text, 256))) return { type: "group", group: group.text };
  return child("all") === undefined ? undefined : { type: "all" };
};
