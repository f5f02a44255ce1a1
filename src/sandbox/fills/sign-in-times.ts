/**
 * When an account signs in, from its number and its traits alone. Every account has one second of an eight-hour shift that is its
 * own, so that a shift can be gone through in order without a list of what happened in it.
 */

import type { Instant } from "../../runtime.ts";

const DAY_MS = 86_400_000;
export const DAY_S = 86_400;

/** Three shifts a day: night, school hours (08:00 to 16:00 UTC), evening. */
export const SHIFT_S = 28_800;
export const SCHOOL = 1;

/** Has no factor in common with the length of a shift: neighbours in number are far apart in time, and there is a way back. */
const STEP = 7_919;
const BACK = 20_879;

/** @returns 0 to `SHIFT_S` - 1 */
export const slotOf = (number: number): number => (number * STEP) % SHIFT_S;

/** The lowest number with a slot; the others are whole shifts further. */
export const numberAtSlot = (slot: number): number => (slot * BACK) % SHIFT_S;

/** Who was away longer than this does not come back by himself. */
const AWAY_DAYS = 60;

/** Stamps come a while after the sign-in (howto-manage-inactive-user-accounts). */
const STAMP_MS = DAY_MS;

const NON_INTERACTIVE_EVERY = 8;

export type Rhythm = {
  /** The day, counted from 1970, of the last sign-in before the fill starts. */
  readonly firstDay: number;
  readonly everyDays: number;
  /** Whether it goes on after the start. */
  readonly goesOn: boolean;
};

/** People stay signed in for some days; programs begin anew each time. */
const LEAST_DAYS = 3;

/** @param activity whole days between the last sign-in and the start of the fill */
export const rhythmOf = (activity: number, traits: { readonly enabled: boolean; readonly isProgram: boolean }, startsAt: Instant, number: number): Rhythm => {
  const startDay = Math.floor(startsAt / DAY_MS);
  // Whoever was there today was so before the fill starts.
  const isAhead = activity === 0 && (startDay * DAY_S + SCHOOL * SHIFT_S + slotOf(number)) * 1000 >= startsAt;
  return {
    firstDay: startDay - activity - (isAhead ? 1 : 0),
    everyDays: Math.max(activity + 1, traits.isProgram ? 1 : LEAST_DAYS),
    goesOn: traits.enabled && activity <= AWAY_DAYS,
  };
};

/** Whoever signed in some days before the start comes again after as many days and one, or after three, and again. @returns which time it is, 0 for the first; undefined on other days */
export const turnOn = ({ firstDay, everyDays, goesOn }: Rhythm, day: number): number | undefined => {
  const turn = (day - firstDay) / everyDays;
  return Number.isInteger(turn) && (turn <= 0 || goesOn) ? turn : undefined;
};

export const isNonInteractiveTurn = (turn: number, number: number): boolean => (turn + number) % NON_INTERACTIVE_EVERY === 0;

/** Who tried without success did so this long before the fill starts. */
const ATTEMPT_DAYS = 30;

export const attemptDay = (startsAt: Instant): number => Math.floor(startsAt / DAY_MS) - ATTEMPT_DAYS;

/** The second of a sign-in during school hours. */
export const secondOn = (day: number, number: number): number => day * DAY_S + SCHOOL * SHIFT_S + slotOf(number);

/** Some sign in again in the evening of the same day, at home. */
export const isEveningTurn = (turn: number, number: number): boolean => (turn * 3 + number) % 7 === 0;

/** What a sign-in is, by the digit that it has in its id. */
export const SORTS = { daily: 0, evening: 1, renewal: 2, oldProgram: 3, mistake: 4, spray: 5, abroad: 6 } as const;
export type Sort = keyof typeof SORTS;

const SORT_NAMES = Object.keys(SORTS) as Sort[];
const DAYS_APART = 32;

/** Distinct for everything that can be in a log of 30 days at once. @param number of the account, up to ten million */
export const signInNumber = (number: number, day: number, sort: Sort): number => (number * DAYS_APART + (day % DAYS_APART)) * 8 + SORTS[sort];

export type Read = { readonly number: number; readonly dayInCycle: number; readonly sort: Sort };

export const readSignInNumber = (value: number): Read | undefined => {
  const sort = SORT_NAMES.find((name) => SORTS[name] === value % 8);
  const rest = Math.floor(value / 8);
  return sort === undefined ? undefined : { number: Math.floor(rest / DAYS_APART), dayInCycle: rest % DAYS_APART, sort };
};

export const isInCycle = (day: number, dayInCycle: number): boolean => day % DAYS_APART === dayInCycle;

export type Last = {
  /** Days counted from 1970. */
  readonly day: number;
  readonly isEvening: boolean;
  readonly nonInteractiveDay: number;
};

/** What is stamped by now as the last sign-in, and as the last that was not interactive. */
export const lastStamped = (rhythm: Rhythm, startsAt: Instant, now: Instant, number: number): Last => {
  const { firstDay, everyDays, goesOn } = rhythm;
  const stamped = Math.max(startsAt, now - STAMP_MS);
  const first = secondOn(firstDay, number) * 1000;
  const turn = goesOn ? Math.max(0, Math.floor((stamped - first) / (everyDays * DAY_MS))) : 0;
  const day = firstDay + turn * everyDays;
  const back = (((turn + number) % NON_INTERACTIVE_EVERY) + NON_INTERACTIVE_EVERY) % NON_INTERACTIVE_EVERY;
  return {
    day,
    isEvening: isEveningTurn(turn, number) && (secondOn(day, number) + SHIFT_S) * 1000 <= stamped,
    nonInteractiveDay: day - back * everyDays,
  };
};
