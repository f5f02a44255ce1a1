/** The dates of a column, as spreadsheets write them: 03/12/2018 is settled by its weekday or its neighbours, or refused. */

import { Temporal } from "temporal-polyfill";
import { formatDay, mondayOf, weekdayOf } from "./moments.ts";
import { type Fault, fault, quoted } from "./problems.ts";

export type ReadDate = { readonly type: "date"; readonly text: string; readonly week: boolean } | ({ readonly type: "wrong" } & Fault);

const NUMBERS = /^(?:(mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d{2})(?:\s+(\d{1,2}:\d{2})(?::00)?)?$/i;
const WEEK = /^(?:w\/c|wc|week commencing|week of)\.?:?\s*/i;
const FROM = /^from\s+/i;
const SHORT_MONTH = /^(\d{1,2})-([a-z]{3})-(\d{4}|\d{2})$/i;

type Numbers = {
  readonly weekday: string | undefined;
  readonly first: number;
  readonly second: number;
  readonly year: number;
  readonly time: string | undefined;
};

const yearOf = (digits: string): number => (digits.length === 2 ? 2000 + Number(digits) : Number(digits));

const bare = (text: string): string => text.trim().replace(FROM, "").replace(WEEK, "");

const numbersOf = (text: string): Numbers | undefined => {
  const found = NUMBERS.exec(bare(text));
  if (found === null) return undefined;
  const [, weekday, first = "", second = "", year = "", time] = found;
  return { weekday, first: Number(first), second: Number(second), year: yearOf(year), time };
};

const dayOf = (year: number, month: number, day: number): string | undefined => {
  try {
    return Temporal.PlainDate.from({ year, month, day }, { overflow: "reject" }).toString();
  } catch {
    return undefined;
  }
};

/** The days that the numbers can mean: the day first, then the month first. */
const readings = ({ first, second, year }: Numbers): { readonly dayFirst: string | undefined; readonly monthFirst: string | undefined } => ({
  dayFirst: dayOf(year, second, first),
  monthFirst: first === second ? undefined : dayOf(year, first, second),
});

export type Order = "day-first" | "month-first" | "unknown" | "both";

/** The order of all dates of a column, as those tell that can be read in one way only. */
export const orderOf = (column: readonly string[]): Order => {
  const orders = new Set<Order>();
  for (const text of column) {
    const numbers = numbersOf(text);
    if (numbers === undefined || numbers.first === numbers.second) continue;
    const { dayFirst, monthFirst } = readings(numbers);
    if (dayFirst !== undefined && monthFirst === undefined) orders.add("day-first");
    if (dayFirst === undefined && monthFirst !== undefined) orders.add("month-first");
  }
  const [only, other] = orders;
  return other === undefined ? (only ?? "unknown") : "both";
};

const wrong = (found: Fault): ReadDate => ({ type: "wrong", ...found });

const settle = (text: string, numbers: Numbers, week: boolean, order: Order): string | Fault => {
  const { dayFirst, monthFirst } = readings(numbers);
  const candidates = [dayFirst, monthFirst].filter((day) => day !== undefined);
  const [one, other] = candidates;
  if (one === undefined) return fault(`${quoted(text)} is no day of the calendar`, "write a day as 2018-11-19");
  if (other === undefined) return one;
  const fits = (day: string): boolean =>
    (numbers.weekday === undefined || weekdayOf(day).toLowerCase().startsWith(numbers.weekday.toLowerCase())) && (!week || mondayOf(day) === day);
  const fitting = numbers.weekday === undefined && !week ? [] : candidates.filter(fits);
  const [fit] = fitting;
  if (fit !== undefined && fitting.length === 1) return fit;
  if (order === "day-first") return dayFirst ?? one;
  if (order === "month-first") return monthFirst ?? one;
  return fault(
    `${quoted(text)} can be read in two ways, as ${formatDay(one)} or ${formatDay(other)}${order === "both" ? ", and the column has dates of both orders" : ""}`,
    `write ${one} or ${other}`,
  );
};

/** What a cell says as the plan's YAML would: `2018-12-03`, and whether a week is meant. */
export const readDate = (text: string, order: Order): ReadDate => {
  const rest = text.trim().replace(FROM, "");
  const week = WEEK.test(rest);
  const numbers = numbersOf(text);
  if (numbers !== undefined) {
    const settled = settle(text, numbers, week, order);
    if (typeof settled !== "string") return wrong(settled);
    const time = numbers.time === undefined ? "" : `T${numbers.time.padStart(5, "0")}`;
    const weekday = numbers.weekday === undefined ? "" : `${numbers.weekday} `;
    return { type: "date", text: `${weekday}${settled}${time}`, week };
  }
  // What a spreadsheet keeps of a date whose column has lost its format: days since 30 December 1899.
  if (/^\d{5}$/.test(rest)) {
    const day = Temporal.PlainDate.from("1899-12-30")
      .add({ days: Number(rest) })
      .toString();
    return wrong(
      fault(`${quoted(text)} is a date that has lost its format`, `it may be ${formatDay(day)}: give the column the format of a date, or write ${day}`),
    );
  }
  const short = SHORT_MONTH.exec(rest.replace(WEEK, ""));
  if (short !== null) return { type: "date", text: `${short[1]} ${short[2]} ${yearOf(short[3] ?? "")}`, week };
  return { type: "date", text: rest.replace(WEEK, ""), week };
};
