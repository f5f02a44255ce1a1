/** The part of a plan that holds for all its phases: accounts that are nobody's, days on which nothing starts, what counts as ready. */

import { Temporal } from "temporal-polyfill";
import { readPatterns } from "./cohort-sources.ts";
import { type Reading, readMoment } from "./moments.ts";
import { type CountedMethods, type LocalDate, METHODS, type Plan } from "./plan.ts";
import { fault, listed, quoted } from "./problems.ts";
import { check, childOf, itemsOf, refuse, type Sheet, textOf, type Words, wordsOf } from "./sheet.ts";
import type { Item } from "./tree.ts";

/** More in one span is a slip of the year. */
const LONGEST_SPAN_DAYS = 120;

export const readServiceAccounts = (sheet: Sheet, item: Item | undefined): readonly string[] => readPatterns(sheet, item);
export const readSharedAccounts = (sheet: Sheet, item: Item | undefined): readonly string[] => readPatterns(sheet, item);

const readDay = (sheet: Sheet, words: Words, text: string): LocalDate | undefined => {
  const read: Reading = readMoment(text);
  if (read.type === "wrong") return refuse(sheet, words.item.at, fault(read.message, "write a day as 2018-12-25, or a span as 2018-12-21 to 2019-01-04"));
  const day = read.local.slice(0, 10);
  if (read.timed || read.week) return refuse(sheet, words.item.at, fault(`${quoted(text)} is not a day`, `did you mean ${day}?`));
  return day;
};

const daysOf = (sheet: Sheet, words: Words): readonly LocalDate[] => {
  const [first = "", last, ...more] = words.text.split(/\s+(?:to|until|-)\s+/);
  if (more.length > 0) {
    sheet.problems.add(words.item.at, fault(`${quoted(words.text)} is no span of days`, "write it as 2018-12-21 to 2019-01-04"));
    return [];
  }
  const from = readDay(sheet, words, first);
  const to = last === undefined ? from : readDay(sheet, words, last);
  if (from === undefined || to === undefined) return [];
  const length = Temporal.PlainDate.from(from).until(to, { largestUnit: "day" }).days;
  const wrong =
    length < 0
      ? fault(`${quoted(words.text)} ends before it begins`, `did you mean ${to} to ${from}?`)
      : length > LONGEST_SPAN_DAYS
        ? fault(`${quoted(words.text)} is longer than ${LONGEST_SPAN_DAYS} days`, "name the holidays one by one")
        : undefined;
  if (!check(sheet, words.item.at, wrong)) return [];
  return Array.from({ length: length + 1 }, (_, at) => Temporal.PlainDate.from(from).add({ days: at }).toString());
};

/** @returns the days, sorted, each once. */
export const readNotOn = (sheet: Sheet, item: Item | undefined): readonly LocalDate[] =>
  [
    ...new Set(
      itemsOf(item).flatMap((one) => {
        const words = wordsOf(sheet, one);
        return words === undefined ? [] : daysOf(sheet, words);
      }),
    ),
  ].sort();

/** The first day from a moment's on that is free. */
export const nextFree = (local: string, notOn: readonly LocalDate[]): LocalDate => {
  const taken = new Set(notOn);
  let day = Temporal.PlainDate.from(local.slice(0, 10));
  while (taken.has(day.toString())) day = day.add({ days: 1 });
  return day.toString();
};

export const readMethods = (sheet: Sheet, item: Item | undefined): CountedMethods => {
  const notCount: string[] = [];
  for (const one of itemsOf(childOf(item, "notCount"))) {
    const words = wordsOf(sheet, one);
    if (words === undefined) continue;
    if (notCount.includes(words.text)) sheet.problems.add(words.item.at, fault(`${quoted(words.text)} stands here twice`));
    else notCount.push(words.text);
  }
  const counted = METHODS.filter((method) => !notCount.includes(method));
  const said = childOf(item, "atLeast");
  const atLeast = said?.type === "value" && typeof said.value === "number" ? said.value : 1;
  if (said !== undefined && !sheet.shape.faulty.has(said) && (!Number.isInteger(atLeast) || atLeast < 1 || atLeast > METHODS.length))
    sheet.problems.add(said.at, fault(`${atLeast} is not a number of methods`, `write a whole number from 1 to ${METHODS.length}; 2 is much already`));
  else if (item !== undefined && atLeast > counted.length)
    sheet.problems.add(
      (said ?? childOf(item, "notCount") ?? item).at,
      fault(
        counted.length === 0
          ? "no method is left that counts, so nobody is ever ready"
          : `only ${listed(counted, "and")} are left to count, so nobody ever has ${atLeast}`,
        "take a word out of notCount",
      ),
    );
  return { atLeast, notCount: METHODS.filter((method) => notCount.includes(method)) };
};

export const readMicrosoftManaged = (sheet: Sheet, item: Item | undefined): Plan["microsoftManaged"] => {
  const text = textOf(sheet, item);
  if (text === "reportOnly") return "report-only";
  return text === "keep" || text === "off" ? text : undefined;
};
