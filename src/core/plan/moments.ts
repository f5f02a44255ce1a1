/** Wall-clock moments of a plan and the instants that they are in its zone. */

import { Temporal } from "temporal-polyfill";
import type { Instant } from "../tenant.ts";
import type { LocalDate, LocalMoment } from "./plan.ts";
import { type Fault, fault, nearest, quoted } from "./problems.ts";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
const FULL_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

const MONTH = "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?";
const DAY = "mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?|thu(?:rs?(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?";
const FULL_DAY = "monday|tuesday|wednesday|thursday|friday|saturday|sunday";
const TIME = "(\\d{2}):(\\d{2})(?::(\\d{2}))?";

const ISO = new RegExp(`^(?:(${DAY}),?\\s+)?(\\d{4})-(\\d{2})-(\\d{2})(?:[t ]${TIME})?$`);
const WORDS = new RegExp(`^(?:(${DAY}),?\\s+)?(\\d{1,2})\\s+(${MONTH})\\s+(\\d{4})(?:\\s+${TIME})?$`);
const NUMBERS = /^(?:(w\/c)\s*)?(\d{1,2})\/(\d{1,2})\/(\d{4})$/;
const WITH_OFFSET = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})$/i;

const FORMS = "write a day as 2018-11-19, a moment as 2018-11-19T06:30, a week as w/c 19/11/2018";

/** Letters of another case are matched so, since a pattern that minds no case takes a millisecond to compile. Keeps every letter's place. */
const small = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

const numbersIn = (local: string): readonly number[] => local.split(/[-T:]/).map(Number);

/** @param local a day of the calendar */
const dayOf = (local: string): Temporal.PlainDate => {
  const [year = 0, month = 0, day = 0] = numbersIn(local);
  return new Temporal.PlainDate(year, month, day);
};

/** @param local a moment of the calendar, to the minute or second */
const plain = (local: string): Temporal.PlainDateTime => {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = numbersIn(local);
  return new Temporal.PlainDateTime(year, month, day, hour, minute, second);
};

/** What was read: whether it named a whole week, and whether it named a time of day. `local` has seconds only where they were written and are not 0. */
export type Reading =
  | { readonly type: "moment"; readonly local: LocalMoment; readonly week: boolean; readonly timed: boolean }
  | ({ readonly type: "wrong" } & Fault);

const wrong = (found: Fault): { readonly type: "wrong" } & Fault => ({ type: "wrong", ...found });

/** `Mon 19 Nov 2018`, of a day or a moment in the plan's own words. */
export const formatDay = (local: string): string => {
  const date = dayOf(local);
  const month = MONTHS[date.month - 1] ?? "";
  return `${DAYS[date.dayOfWeek - 1]} ${date.day} ${month.charAt(0).toUpperCase()}${month.slice(1)} ${date.year}`;
};

/** `Mon 19 Nov 2018 06:30`, without the time when it is midnight. */
export const formatLocal = (local: LocalMoment): string => (local.endsWith("T00:00") ? formatDay(local) : `${formatDay(local)} ${local.slice(11)}`);

/** The day of the week in full: `Monday`. */
export const weekdayOf = (local: string): string => FULL_DAYS[dayOf(local).dayOfWeek - 1] ?? "";

/** The Monday of the day's week. */
export const mondayOf = (local: string): LocalDate => {
  const date = dayOf(local);
  return date.subtract({ days: date.dayOfWeek - 1 }).toString();
};

/** As many days later, at the same time by the clock. */
export const daysLater = (local: LocalMoment, days: number): LocalMoment => plain(local).add({ days }).toString({ smallestUnit: "minute" });

/** As it is best typed: the day alone when it is midnight. */
export const typed = (local: LocalMoment): string => (local.endsWith("T00:00") ? local.slice(0, 10) : local);

type Parts = {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour?: string | undefined;
  readonly minute?: string | undefined;
  readonly second?: string | undefined;
};

const dateOf = (parts: Parts): Temporal.PlainDate | undefined => {
  try {
    return Temporal.PlainDate.from({ year: parts.year, month: parts.month, day: parts.day }, { overflow: "reject" });
  } catch {
    return undefined;
  }
};

type Options = {
  /** Seconds are taken as well. */
  readonly seconds?: boolean;
  /** A week is meant, whatever the form: its Monday is asked for, and `19/11/2018` is taken, day first. */
  readonly week?: boolean;
};

const assemble = (text: string, parts: Parts, weekday: string | undefined, options: Options): Reading => {
  const week = options.week === true;
  const date = dateOf(parts);
  if (date === undefined) return wrong(fault(`${quoted(text)} is no day of the calendar`));
  if (date.year < 2000 || date.year > 2199) return wrong(fault(`${quoted(text)} is not in this century or the next`));
  const { hour = "00", minute = "00", second = "00" } = parts;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59)
    return wrong(fault(`${quoted(text)} is no time of day`, "hours go from 00 to 23, minutes from 00 to 59; midnight is 00:00"));
  if (options.seconds !== true && second !== "00")
    return wrong(fault(`${quoted(text)} names seconds; a plan is to the minute`, `write ${date}T${hour}:${minute}`));
  const local = `${date}T${hour}:${minute}${second === "00" ? "" : `:${second}`}`;
  const timed = parts.hour !== undefined;
  if (weekday !== undefined && !weekdayOf(local).toLowerCase().startsWith(weekday.slice(0, 3).toLowerCase()))
    return wrong(fault(`${quoted(text)}: that day is a ${weekdayOf(local)}`, `write ${timed ? local : date}, or the day that was meant`));
  if (week && date.dayOfWeek !== 1)
    return wrong(fault(`${quoted(text)}: that day is a ${weekdayOf(local)}, and a week commences on its Monday`, `did you mean ${mondayOf(local)}?`));
  return { type: "moment", local, week, timed };
};

const monthOf = (word: string | undefined): number => MONTHS.indexOf((word ?? "").slice(0, 3).toLowerCase()) + 1;

/**
 * A moment as people write it: `2018-11-19`, `2018-11-19T06:30`, `2018-11-19 06:30`, `Mon 19 Nov 2018 06:30`, `w/c 19/11/2018`.
 *
 * @returns the moment by the clock, or what is wrong with it. Never throws.
 */
export const readMoment = (text: string, options: Options = {}): Reading => {
  const written = small(text.trim());
  const numbers = NUMBERS.exec(written);
  if (numbers !== null) {
    const [, week, day, month, year] = numbers;
    const parts: Parts = { year: Number(year), month: Number(month), day: Number(day) };
    if (week !== undefined || options.week === true) return assemble(text, parts, undefined, { week: true });
    const date = dateOf(parts);
    return wrong(fault(`${quoted(text)} can be read in two ways`, date === undefined ? FORMS : `write ${date} if the day comes first in it`));
  }
  const iso = ISO.exec(written);
  if (iso !== null) {
    const [, weekday, year, month, day, hour, minute, second] = iso;
    return assemble(text, { year: Number(year), month: Number(month), day: Number(day), hour, minute, second }, weekday, options);
  }
  const words = WORDS.exec(written);
  if (words !== null) {
    const [, weekday, day, month, year, hour, minute, second] = words;
    return assemble(text, { year: Number(year), month: monthOf(month), day: Number(day), hour, minute, second }, weekday, options);
  }
  return wrong(fault(`${quoted(text)} is not a moment`, FORMS));
};

/** @returns what is wrong with the name of a time zone, or undefined. */
export const zoneFault = (zone: string): Fault | undefined => {
  try {
    // Offsets such as +01:00 are taken by some versions of Node and not by others, and know no summer time.
    if (/^[A-Za-z]/.test(zone) && new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "") return undefined;
  } catch {
    // Told below.
  }
  const meant = nearest(zone, ["UTC", ...Intl.supportedValuesOf("timeZone")]);
  return fault(`there is no time zone ${quoted(zone)}`, meant === undefined ? "name it as in Europe/London or Pacific/Auckland" : `did you mean ${meant}?`);
};

const candidate = (moment: Temporal.ZonedDateTime): string => moment.toString({ timeZoneName: "never", smallestUnit: "minute" });

export type Found = { readonly type: "instant"; readonly instant: Instant } | ({ readonly type: "wrong" } & Fault);

/**
 * The instant of a moment by the clock of a zone.
 *
 * @param local to the minute or second: `2022-02-28T06:30`
 * @param zone a zone that `zoneFault` finds nothing wrong with
 * @param whenTwice what to do about a time that comes twice
 * @returns milliseconds since 1970; of a moment that a clock change skips or repeats, its two candidates.
 */
export const instantOf = (local: LocalMoment, zone: string, whenTwice = "choose a time outside that hour"): Found => {
  const moment = plain(local);
  const earlier = moment.toZonedDateTime(zone, { disambiguation: "earlier" });
  const later = moment.toZonedDateTime(zone, { disambiguation: "later" });
  if (earlier.epochMilliseconds === later.epochMilliseconds) return { type: "instant", instant: earlier.epochMilliseconds };
  const candidates = `${candidate(earlier)} or ${candidate(later)}`;
  if (earlier.toPlainDateTime().equals(moment))
    return wrong(fault(`${typed(local)} comes twice in ${zone}, where the clocks go back: ${candidates}`, whenTwice));
  return wrong(
    fault(
      `${local} does not exist in ${zone}, where the clocks go forward: nearest are ${candidates}`,
      `write ${typed(later.toPlainDateTime().toString({ smallestUnit: "minute" }))}`,
    ),
  );
};

const zoned = (instant: Instant, zone: string): Temporal.ZonedDateTime => Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);

/** What the clock of a zone shows at an instant, to the minute that has begun. */
export const localOf = (instant: Instant, zone: string): LocalMoment =>
  zoned(instant, zone).toPlainDateTime().toString({ smallestUnit: "minute", roundingMode: "floor" });

/** `Mon 26 Nov 2018 00:00` by the clock of a zone, with seconds when there are any. */
export const formatMoment = (instant: Instant, zone: string): string => {
  const local = zoned(instant, zone).toPlainDateTime();
  const time = local.toPlainTime().toString({ smallestUnit: local.second === 0 ? "minute" : "second", roundingMode: "floor" });
  return `${formatDay(local.toPlainDate().toString())} ${time}`;
};

/** ISO 8601 to the second, with the offset that the zone has then: `2018-11-26T00:00:00+00:00`. */
export const isoIn = (instant: Instant, zone: string): string =>
  zoned(instant, zone).toString({ timeZoneName: "never", smallestUnit: "second", roundingMode: "floor" });

/**
 * The moment behind `--as-of`: by the clock of the plan's zone, or ISO 8601 with an offset or Z, which says all by itself.
 *
 * @returns milliseconds since 1970, or what is wrong with it. Never throws.
 */
export const parseAsOf = (text: string, zone: string): Found => {
  const exact = WITH_OFFSET.exec(text.trim());
  if (exact !== null) {
    try {
      return { type: "instant", instant: Temporal.Instant.from(`${exact[1]}T${exact[2]}${exact[3]}`).epochMilliseconds };
    } catch {
      return wrong(fault(`${quoted(text)} is no moment of the calendar`));
    }
  }
  const read = readMoment(text, { seconds: true });
  if (read.type === "wrong") return read;
  return instantOf(read.local, zone, "write it with its offset, as above");
};

const DATE_IN_TITLE = new RegExp(`\\b(?:(${DAY}),?\\s+)?(\\d{1,2})(?:st|nd|rd|th)?\\s+(?:of\\s+)?(${MONTH})\\b(?:,?\\s+(\\d{4})\\b)?`, "g");
/** Every date has a number, and every day of the week its last three letters. */
const NAMES_A_DAY = /\d|[dD][aA][yY]/;
const DAY_IN_TITLE = new RegExp(`\\b(${FULL_DAY})s?\\b`, "g");

const sameDay = (word: string, local: string): boolean => weekdayOf(local).toLowerCase().startsWith(word.slice(0, 3).toLowerCase());

/** @returns what a title says of a phase's day that its moment contradicts, or undefined. */
export const titleFault = (title: string, starts: LocalMoment): Fault | undefined => {
  const hint = `the phase starts on ${formatDay(starts)}: correct the title or the moment`;
  if (!NAMES_A_DAY.test(title)) return undefined;
  const written = small(title);
  const saidAt = ({ 0: word, index }: RegExpExecArray): string => title.slice(index, index + word.length);
  const dates = [...written.matchAll(DATE_IN_TITLE)];
  for (const match of dates) {
    const [, weekday, day, month, year] = match;
    if (weekday === undefined) continue;
    const date = dateOf({ year: year === undefined ? Number(starts.slice(0, 4)) : Number(year), month: monthOf(month), day: Number(day) });
    if (date === undefined || !sameDay(weekday, date.toString()))
      return fault(
        `the title says ${quoted(saidAt(match))}, which is ${date === undefined ? "no day of the calendar" : `a ${weekdayOf(date.toString())}`}`,
        hint,
      );
  }
  // A title may name other days as well: only when none of those that it names is the phase's own it contradicts.
  const weekdays = [...written.matchAll(DAY_IN_TITLE)];
  const [firstDay] = weekdays;
  if (firstDay !== undefined && !weekdays.some(([word]) => sameDay(word, starts)))
    return fault(`the title says ${quoted(saidAt(firstDay))}, but the phase starts on a ${weekdayOf(starts)}`, hint);
  const named = dates.filter(([, weekday]) => weekday !== undefined);
  const [firstDate] = named;
  const own = dayOf(starts);
  if (firstDate !== undefined && !named.some(([, , day, month]) => Number(day) === own.day && monthOf(month) === own.month))
    return fault(`the title says ${quoted(saidAt(firstDate))}, but the phase starts on ${formatDay(starts)}`, hint);
  return undefined;
};
