/** Days of a log by the calendar of a zone, newest first, and the hours of them in which a school is at school. */

import { Temporal } from "temporal-polyfill";
import type { LocalDate } from "../plan/plan.ts";
import { USE_DAYS } from "../sign-in-digest.ts";
import type { Instant } from "../tenant.ts";

const DAY_MS = 86_400_000;

/** `from` counts, `to` does not. */
export type Span = { readonly day: LocalDate; readonly from: Instant; readonly to: Instant };

const zonedAt = (at: Instant, zone: string): Temporal.ZonedDateTime => Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);

/** All of the log: each day as it is between two midnights, the first and the last as far as they go. */
export const daysOfLog = (now: Instant, zone: string, days = USE_DAYS): readonly Span[] => {
  const from = now - days * DAY_MS;
  const found: Span[] = [];
  let to = now;
  for (let start = zonedAt(now, zone).startOfDay(); to > from; start = start.subtract({ days: 1 }).startOfDay()) {
    const begins = Math.max(from, start.epochMilliseconds);
    if (to > begins) found.push({ day: start.toPlainDate().toString(), from: begins, to });
    to = begins;
  }
  return found;
};

const OPENS = 8;
const CLOSES = 16;
const FRIDAY = 5;

/** 08:00 to 16:00, Monday to Friday, of today and the days before; not of days that the plan names as days off. */
export const schoolHours = (now: Instant, zone: string, notOn: readonly LocalDate[], days: number): readonly Span[] => {
  const found: Span[] = [];
  for (let back = 0; back < days; back += 1) {
    const date = zonedAt(now, zone).toPlainDate().subtract({ days: back });
    const day = date.toString();
    if (date.dayOfWeek > FRIDAY || notOn.includes(day)) continue;
    const at = (hour: number): Instant => date.toZonedDateTime({ timeZone: zone, plainTime: new Temporal.PlainTime(hour) }).epochMilliseconds;
    const to = Math.min(now, at(CLOSES));
    if (to > at(OPENS)) found.push({ day, from: at(OPENS), to });
  }
  return found;
};

/** Which of the spans, which are newest first and share no moment, holds a moment. */
export const spanAt = (spans: readonly Span[], at: Instant): number | undefined => {
  let [low, high] = [0, spans.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const span = spans[middle];
    if (span === undefined) return undefined;
    if (at >= span.to) high = middle - 1;
    else if (at < span.from) low = middle + 1;
    else return middle;
  }
  return undefined;
};

/** `2018-11-05`, `2018-11-01 to 2018-11-05`: the days that spans are of, each run as one. */
export const daysWords = (spans: readonly Span[]): readonly string[] => {
  const days = [...new Set(spans.map(({ day }) => day))].sort();
  const runs: { first: LocalDate; last: LocalDate }[] = [];
  for (const day of days) {
    const run = runs.at(-1);
    if (run !== undefined && Temporal.PlainDate.from(run.last).add({ days: 1 }).toString() === day) run.last = day;
    else runs.push({ first: day, last: day });
  }
  return runs.map(({ first, last }) => (first === last ? first : `${first} to ${last}`));
};
