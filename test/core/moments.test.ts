import { describe, expect, test } from "vitest";
import {
  daysLater,
  formatDay,
  formatLocal,
  formatMoment,
  instantOf,
  isoIn,
  localOf,
  mondayOf,
  parseAsOf,
  readMoment,
  titleFault,
  typed,
  weekdayOf,
  zoneFault,
} from "../../src/core/plan/moments.ts";

const LONDON = "Europe/London";

const readAs = (text: string, options = {}): string => {
  const read = readMoment(text, options);
  return read.type === "moment" ? `${read.local}${read.timed ? " timed" : ""}` : `${read.message} | ${read.hint ?? ""}`;
};

describe("a moment in words", () => {
  test.each([
    ["2018-11-19", "2018-11-19T00:00"],
    ["2022-02-28T06:30", "2022-02-28T06:30 timed"],
    ["2022-02-28 06:30", "2022-02-28T06:30 timed"],
    ["2022-02-28T06:30:00", "2022-02-28T06:30 timed"],
    ["Mon 19 Nov 2018", "2018-11-19T00:00"],
    ["Monday, 19 November 2018 06:30", "2018-11-19T06:30 timed"],
    ["19 nov 2018", "2018-11-19T00:00"],
    ["Mon 2018-11-19", "2018-11-19T00:00"],
    ["w/c 19/11/2018", "2018-11-19T00:00"],
    ["W/C 3/12/2018", "2018-12-03T00:00"],
    [" 2018-11-19 ", "2018-11-19T00:00"],
    ["2020-02-29", "2020-02-29T00:00"],
  ])("%s", (text, want) => expect(readAs(text)).toBe(want));

  const FORMS = "write a day as 2018-11-19, a moment as 2018-11-19T06:30, a week as w/c 19/11/2018";
  test.each([
    ["2018-11-31", '"2018-11-31" is no day of the calendar | '],
    ["2019-02-29", '"2019-02-29" is no day of the calendar | '],
    ["31 Nov 2018", '"31 Nov 2018" is no day of the calendar | '],
    ["2018-13-01", '"2018-13-01" is no day of the calendar | '],
    ["1899-01-01", '"1899-01-01" is not in this century or the next | '],
    ["2018-11-19T24:00", '"2018-11-19T24:00" is no time of day | hours go from 00 to 23, minutes from 00 to 59; midnight is 00:00'],
    ["2018-11-19T06:60", '"2018-11-19T06:60" is no time of day | hours go from 00 to 23, minutes from 00 to 59; midnight is 00:00'],
    ["2018-11-19T06:30:15", '"2018-11-19T06:30:15" names seconds; a plan is to the minute | write 2018-11-19T06:30'],
    ["Tue 19 Nov 2018", '"Tue 19 Nov 2018": that day is a Monday | write 2018-11-19, or the day that was meant'],
    ["Tuesday 2018-11-19 06:30", '"Tuesday 2018-11-19 06:30": that day is a Monday | write 2018-11-19T06:30, or the day that was meant'],
    ["w/c 20/11/2018", '"w/c 20/11/2018": that day is a Tuesday, and a week commences on its Monday | did you mean 2018-11-19?'],
    ["w/c 18/11/2018", '"w/c 18/11/2018": that day is a Sunday, and a week commences on its Monday | did you mean 2018-11-12?'],
    ["03/04/2018", '"03/04/2018" can be read in two ways | write 2018-04-03 if the day comes first in it'],
    ["11/19/2018", `"11/19/2018" can be read in two ways | ${FORMS}`],
    ["soon", `"soon" is not a moment | ${FORMS}`],
    ["2018-11-19T06:30Z", `"2018-11-19T06:30Z" is not a moment | ${FORMS}`],
    ["", `"" is not a moment | ${FORMS}`],
  ])("%s is refused", (text, want) => expect(readAs(text)).toBe(want));

  test.each([
    ["2018-11-19", "2018-11-19T00:00"],
    ["19/11/2018", "2018-11-19T00:00"],
    ["w/c 19/11/2018", "2018-11-19T00:00"],
    ["2018-11-21", '"2018-11-21": that day is a Wednesday, and a week commences on its Monday | did you mean 2018-11-19?'],
  ])("%s as a week", (text, want) => expect(readAs(text, { week: true })).toBe(want));
});

const instant = (local: string, zone: string): string => {
  const found = instantOf(local, zone);
  return found.type === "instant" ? new Date(found.instant).toISOString() : `${found.message} | ${found.hint ?? ""}`;
};

// Typed from the rules: London goes forward at 01:00 on the last Sunday of March and back at 02:00 on that of October; Auckland
// forward at 02:00 on the last Sunday of September and back at 03:00 on the first of April; São Paulo went forward at midnight.
describe("the instant of a moment", () => {
  test.each([
    ["2018-11-19T00:00", LONDON, "2018-11-19T00:00:00.000Z"],
    ["2018-07-01T00:00", LONDON, "2018-06-30T23:00:00.000Z"],
    ["2022-02-28T06:30", LONDON, "2022-02-28T06:30:00.000Z"],
    ["2018-03-25T00:59", LONDON, "2018-03-25T00:59:00.000Z"],
    ["2018-03-25T02:00", LONDON, "2018-03-25T01:00:00.000Z"],
    ["2018-10-28T00:59", LONDON, "2018-10-27T23:59:00.000Z"],
    ["2018-10-28T02:00", LONDON, "2018-10-28T02:00:00.000Z"],
    ["2022-03-27T00:59", LONDON, "2022-03-27T00:59:00.000Z"],
    ["2022-03-27T02:00", LONDON, "2022-03-27T01:00:00.000Z"],
    ["2022-10-30T00:59", LONDON, "2022-10-29T23:59:00.000Z"],
    ["2022-10-30T02:00", LONDON, "2022-10-30T02:00:00.000Z"],
    ["2022-04-03T01:59", "Pacific/Auckland", "2022-04-02T12:59:00.000Z"],
    ["2022-04-03T03:00", "Pacific/Auckland", "2022-04-02T15:00:00.000Z"],
    ["2022-09-25T01:59", "Pacific/Auckland", "2022-09-24T13:59:00.000Z"],
    ["2022-09-25T03:00", "Pacific/Auckland", "2022-09-24T14:00:00.000Z"],
    ["2018-11-19T00:00", "UTC", "2018-11-19T00:00:00.000Z"],
  ])("%s in %s", (local, zone, want) => expect(instant(local, zone)).toBe(want));

  const skipped = (local: string, zone: string, earlier: string, later: string, write: string): string =>
    `${local} does not exist in ${zone}, where the clocks go forward: nearest are ${earlier} or ${later} | write ${write}`;
  const twice = (local: string, zone: string, first: string, second: string): string =>
    `${local} comes twice in ${zone}, where the clocks go back: ${first} or ${second} | choose a time outside that hour`;

  test.each([
    ["2018-03-25T01:00", LONDON, skipped("2018-03-25T01:00", LONDON, "2018-03-25T00:00+00:00", "2018-03-25T02:00+01:00", "2018-03-25T02:00")],
    ["2018-03-25T01:59", LONDON, skipped("2018-03-25T01:59", LONDON, "2018-03-25T00:59+00:00", "2018-03-25T02:59+01:00", "2018-03-25T02:59")],
    ["2018-10-28T01:30", LONDON, twice("2018-10-28T01:30", LONDON, "2018-10-28T01:30+01:00", "2018-10-28T01:30+00:00")],
    ["2022-03-27T01:30", LONDON, skipped("2022-03-27T01:30", LONDON, "2022-03-27T00:30+00:00", "2022-03-27T02:30+01:00", "2022-03-27T02:30")],
    ["2022-10-30T01:00", LONDON, twice("2022-10-30T01:00", LONDON, "2022-10-30T01:00+01:00", "2022-10-30T01:00+00:00")],
    ["2022-10-30T01:59", LONDON, twice("2022-10-30T01:59", LONDON, "2022-10-30T01:59+01:00", "2022-10-30T01:59+00:00")],
    [
      "2022-09-25T02:30",
      "Pacific/Auckland",
      skipped("2022-09-25T02:30", "Pacific/Auckland", "2022-09-25T01:30+12:00", "2022-09-25T03:30+13:00", "2022-09-25T03:30"),
    ],
    ["2022-04-03T02:30", "Pacific/Auckland", twice("2022-04-03T02:30", "Pacific/Auckland", "2022-04-03T02:30+13:00", "2022-04-03T02:30+12:00")],
    [
      "2018-11-04T00:00",
      "America/Sao_Paulo",
      skipped("2018-11-04T00:00", "America/Sao_Paulo", "2018-11-03T23:00-03:00", "2018-11-04T01:00-02:00", "2018-11-04T01:00"),
    ],
  ])("%s in %s is refused", (local, zone, want) => expect(instant(local, zone)).toBe(want));
});

describe("what the clock of a zone shows", () => {
  test.each([
    ["2018-11-26T00:00:00Z", LONDON, "Mon 26 Nov 2018 00:00", "2018-11-26T00:00", "2018-11-26T00:00:00+00:00"],
    ["2022-02-28T06:29:59Z", LONDON, "Mon 28 Feb 2022 06:29:59", "2022-02-28T06:29", "2022-02-28T06:29:59+00:00"],
    ["2022-02-28T06:30:00Z", LONDON, "Mon 28 Feb 2022 06:30", "2022-02-28T06:30", "2022-02-28T06:30:00+00:00"],
    ["2022-10-30T00:30:00Z", LONDON, "Sun 30 Oct 2022 01:30", "2022-10-30T01:30", "2022-10-30T01:30:00+01:00"],
    ["2022-10-30T01:30:00Z", LONDON, "Sun 30 Oct 2022 01:30", "2022-10-30T01:30", "2022-10-30T01:30:00+00:00"],
    ["2022-06-30T23:30:00.999Z", "Pacific/Auckland", "Fri 1 Jul 2022 11:30", "2022-07-01T11:30", "2022-07-01T11:30:00+12:00"],
  ])("%s in %s", (utc, zone, words, local, iso) => {
    const at = Date.parse(utc);
    expect([formatMoment(at, zone), localOf(at, zone), isoIn(at, zone)]).toEqual([words, local, iso]);
  });

  test.each([
    ["2018-11-19T00:00", "Mon 19 Nov 2018", "2018-11-19", "Monday", "2018-11-19"],
    ["2018-11-25T06:30", "Sun 25 Nov 2018 06:30", "2018-11-25T06:30", "Sunday", "2018-11-19"],
  ])("%s without a zone", (local, words, written, weekday, monday) => {
    expect([formatLocal(local), typed(local), weekdayOf(local), mondayOf(local), formatDay(local)]).toEqual([
      words,
      written,
      weekday,
      monday,
      words.slice(0, 15),
    ]);
  });

  test("days are counted by the calendar, over a clock change too", () => {
    expect(daysLater("2022-03-28T06:30", -1)).toBe("2022-03-27T06:30");
    expect(daysLater("2019-01-01T00:00", -1)).toBe("2018-12-31T00:00");
  });
});

describe("--as-of", () => {
  const asOf = (text: string, zone = LONDON): string => {
    const found = parseAsOf(text, zone);
    return found.type === "instant" ? new Date(found.instant).toISOString() : `${found.message} | ${found.hint ?? ""}`;
  };
  test.each([
    ["2022-02-28", "2022-02-28T00:00:00.000Z"],
    ["2022-02-28T06:29:59", "2022-02-28T06:29:59.000Z"],
    ["2022-02-28 06:30", "2022-02-28T06:30:00.000Z"],
    ["2022-07-01T06:30", "2022-07-01T05:30:00.000Z"],
    ["2022-07-01T06:30Z", "2022-07-01T06:30:00.000Z"],
    ["2022-07-01T06:30:00+02:00", "2022-07-01T04:30:00.000Z"],
    ["2022-10-30T01:30+01:00", "2022-10-30T00:30:00.000Z"],
    ["2022-10-30T01:30+00:00", "2022-10-30T01:30:00.000Z"],
    ["w/c 19/11/2018", "2018-11-19T00:00:00.000Z"],
    ["Mon 26 Nov 2018 00:00", "2018-11-26T00:00:00.000Z"],
  ])("%s", (text, want) => expect(asOf(text)).toBe(want));

  test.each([
    [
      "2022-10-30T01:30",
      "2022-10-30T01:30 comes twice in Europe/London, where the clocks go back: 2022-10-30T01:30+01:00 or 2022-10-30T01:30+00:00 | write it with its offset, as above",
    ],
    ["2022-02-30T06:30Z", '"2022-02-30T06:30Z" is no moment of the calendar | '],
    ["2022-02-28T25:00Z", '"2022-02-28T25:00Z" is no moment of the calendar | '],
    ["tomorrow", '"tomorrow" is not a moment | write a day as 2018-11-19, a moment as 2018-11-19T06:30, a week as w/c 19/11/2018'],
  ])("%s is refused", (text, want) => expect(asOf(text)).toBe(want));
});

describe("a time zone", () => {
  test.each([["Europe/London"], ["UTC"], ["Pacific/Auckland"], ["America/Argentina/Buenos_Aires"]])("%s is one", (zone) =>
    expect(zoneFault(zone)).toBeUndefined(),
  );
  test.each([
    ["Europe/Londn", "did you mean Europe/London?"],
    ["Pacific/Aukland", "did you mean Pacific/Auckland?"],
    ["+01:00", "name it as in Europe/London or Pacific/Auckland"],
    ["GMT Standard Time", "name it as in Europe/London or Pacific/Auckland"],
  ])("%s is none", (zone, hint) => expect(zoneFault(zone)).toEqual({ message: `there is no time zone ${JSON.stringify(zone)}`, hint }));
});

describe("a title that names a day", () => {
  const said = (title: string, starts = "2018-11-19T00:00"): string | undefined => titleFault(title, starts)?.message;
  test.each([
    ["Head teachers, on the web", undefined],
    ["Head teachers, from Monday", undefined],
    ["Head teachers, Monday 19 November", undefined],
    ["Mon 19th of November 2018", undefined],
    ["Mondays and Tuesdays only", undefined],
    ["The Sun room, 2nd floor", undefined],
    ["Head teachers, from Tuesday", 'the title says "Tuesday", but the phase starts on a Monday'],
    ["Head teachers, Monday 20 November", 'the title says "Monday 20 November", which is a Tuesday'],
    ["Tue 20 Nov 2018", 'the title says "Tue 20 Nov 2018", but the phase starts on Mon 19 Nov 2018'],
    ["Monday 26 November", 'the title says "Monday 26 November", but the phase starts on Mon 19 Nov 2018'],
    ["Mon 31 Nov", 'the title says "Mon 31 Nov", which is no day of the calendar'],
  ])("%s", (title, want) => expect(said(title)).toBe(want));
});
