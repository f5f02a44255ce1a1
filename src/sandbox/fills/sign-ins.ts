/**
 * The sign-ins of a tenant of schools, computed: who, when, from where, with what. Nothing is kept of any of them; a reader that
 * goes on at some second finds its place by arithmetic.
 */

import type { Instant } from "../../runtime.ts";
import type { SignInEvent, SignInSpan, SignInsFill } from "../fill.ts";
import { type Account, isUnattended, type Program } from "./account.ts";
import type { Site } from "./networks.ts";
import { type IdSpace, keyOf, mix, share } from "./numbers.ts";
import { type Facts, rowOf } from "./sign-in-rows.ts";
import {
  attemptDay,
  DAY_S,
  isEveningTurn,
  isInCycle,
  isNonInteractiveTurn,
  numberAtSlot,
  type Rhythm,
  readSignInNumber,
  rhythmOf,
  SCHOOL,
  SHIFT_S,
  type Sort,
  signInNumber,
  slotOf,
  turnOn,
} from "./sign-in-times.ts";

export type SignInTraits = {
  /** Whose network an account's domain, in lower case, has; undefined for guests and others without one. */
  readonly siteOf: (domain: string) => Site | undefined;
  /** Where homes and strangers have their addresses: see `homeOf`. */
  readonly elsewhere: string;
  /** Of the days on which somebody signs in, those on which a stranger tries the account as well. From 0 to 1. */
  readonly sprayed: number;
  /** Whose password a stranger knows, if its number may be one at all. */
  readonly known?: { readonly mayBe: (number: number) => boolean; readonly is: (account: Account) => boolean };
  /** Who still uses an old program beside the browser. */
  readonly oldProgramOf?: (account: Account, number: number) => Program | undefined;
};

export type SignInParts = {
  readonly seed: string;
  readonly startsAt: Instant;
  readonly total: number;
  readonly accountAt: (number: number) => Account;
  readonly users: IdSpace;
  readonly requests: IdSpace;
  readonly tenantId: string;
};

type Known = {
  readonly account: Account;
  readonly rhythm: Rhythm | undefined;
  readonly createdDay: number;
  readonly oldProgram: Program | undefined;
  readonly isKnownAbroad: boolean;
};

/** Accounts are computed once for as many as a small tenant has, since a log asks for each of them every day. */
const MOST_KNOWN = 4_096;

const MISTAKES = 0.03;
const AT_HOME = 0.06;

/** Newest first: what happened within a second of one account. */
const ORDER: readonly Sort[] = ["oldProgram", "renewal", "evening", "daily", "abroad", "spray", "mistake"];

export const signInsOf = (traits: SignInTraits, parts: SignInParts): SignInsFill => {
  const { seed, startsAt, total, requests } = parts;
  const key = keyOf(`${seed} sign-ins`);
  const keys = { home: mix(key, 1), mistake: mix(key, 2), spray: mix(key, 3), draw: mix(key, 4) };
  const known = new Map<number, Known>();
  let inOrder: readonly number[] | undefined;
  let oldInOrder: readonly number[] | undefined;

  const knownAt = (number: number): Known => {
    const found = known.get(number);
    if (found !== undefined) return found;
    const account = parts.accountAt(number);
    const rhythm =
      typeof account.activity === "number"
        ? rhythmOf(account.activity, { enabled: account.enabled, isProgram: account.program !== undefined }, startsAt, number)
        : undefined;
    const made: Known = {
      account,
      rhythm,
      createdDay: Math.floor(account.created / 1000 / DAY_S),
      oldProgram: rhythm?.goesOn === true ? traits.oldProgramOf?.(account, number) : undefined,
      isKnownAbroad: rhythm?.goesOn === true && traits.known?.mayBe(number) === true && traits.known.is(account),
    };
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(number, made);
    return made;
  };

  const drawOn = (of: number, number: number, day: number): number => share(mix(of, number), day);

  const isSprayed = (number: number, day: number): boolean => drawOn(keys.spray, number, day) < traits.sprayed;

  const sortsOn = (number: number, day: number, shift: number): readonly Sort[] => {
    // Few are woken at night, and who the others are need not be known.
    if (shift < SCHOOL && !isSprayed(number, day) && traits.known?.mayBe(number) !== true) return [];
    const { account, rhythm, createdDay, oldProgram, isKnownAbroad } = knownAt(number);
    if (account.activity === "attempts") return shift === SCHOOL && day === attemptDay(startsAt) ? ["mistake"] : [];
    const turn = rhythm === undefined || day < createdDay ? undefined : turnOn(rhythm, day);
    if (turn === undefined) return [];
    if (account.program !== undefined) {
      if (shift !== SCHOOL) return [];
      return isUnattended(account.program) || !isNonInteractiveTurn(turn, number) ? ["daily"] : ["renewal", "daily"];
    }
    if (shift > SCHOOL) return isEveningTurn(turn, number) ? ["evening"] : [];
    if (shift < SCHOOL) {
      return [...(isKnownAbroad && turn % 2 === 0 ? (["abroad"] as const) : []), ...(isSprayed(number, day) ? (["spray"] as const) : [])];
    }
    return [
      ...(oldProgram === undefined ? [] : (["oldProgram"] as const)),
      ...(isNonInteractiveTurn(turn, number) ? (["renewal"] as const) : []),
      "daily",
      ...(drawOn(keys.mistake, number, day) < MISTAKES ? (["mistake"] as const) : []),
    ];
  };

  const isWeekend = (day: number): boolean => (day + 4) % 7 === 0 || (day + 4) % 7 === 6;

  const factsOf = (number: number, day: number, sort: Sort, second: number, egress: SignInSpan["egress"]): Facts => {
    const { account, oldProgram } = knownAt(number);
    const domain = account.address.slice(account.address.lastIndexOf("@") + 1).toLowerCase();
    const isAway = sort === "evening" || (account.program === undefined && (isWeekend(day) || drawOn(keys.home, number, day) < AT_HOME));
    const moved = egress[domain];
    const site = account.guest !== undefined || isAway ? undefined : traits.siteOf(domain);
    return {
      account,
      number,
      second,
      sort,
      program: sort === "oldProgram" ? oldProgram : account.program,
      site: site === undefined || moved === undefined ? site : { v4: [moved], city: site.city },
      elsewhere: traits.elsewhere,
      draw: mix(mix(keys.draw, number), day),
      id: requests.idAt(signInNumber(number, day, sort)),
      userId: parts.users.idAt(number),
      tenantId: parts.tenantId,
    };
  };

  const eventOf = (number: number, day: number, shift: number, sort: Sort, egress: SignInSpan["egress"]): SignInEvent => {
    const second = day * DAY_S + shift * SHIFT_S + slotOf(number);
    const { account } = knownAt(number);
    return {
      second,
      ordinal: Math.floor(number / SHIFT_S) * ORDER.length + ORDER.indexOf(sort),
      account: number,
      isInteractive: sort !== "renewal" && (sort !== "daily" || !isUnattended(account.program)),
      isFailed: sort === "mistake" || sort === "spray",
      isStranger: sort === "abroad",
      row: () => rowOf(factsOf(number, day, sort, second, egress)),
    };
  };

  const mayBeOld = (number: number): boolean => {
    const { account, oldProgram } = knownAt(number);
    return oldProgram !== undefined || account.program !== undefined;
  };

  /** Where in a list in the order of slots, the last one first, those from a slot on begin. */
  const placeOf = (numbers: readonly number[], slot: number): number => {
    let [low, high] = [0, numbers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (slotOf(numbers[middle] ?? 0) > slot) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  /** Accounts in the order of their slots, the last one first; of a small tenant only those by old programs, where they are enough. */
  const numbersBetween = (from: number, to: number, oldOnly: boolean): Iterable<number> => {
    if (total > SHIFT_S) return numbersOfSlots(from, to, oldOnly);
    inOrder ??= Array.from({ length: total }, (_, number) => number).sort((left, right) => slotOf(right) - slotOf(left));
    if (oldOnly) oldInOrder ??= inOrder.filter(mayBeOld);
    const numbers = oldOnly && oldInOrder !== undefined ? oldInOrder : inOrder;
    return from === 0 && to === SHIFT_S - 1 ? numbers : numbers.slice(placeOf(numbers, to), placeOf(numbers, from - 1));
  };
  const numbersOfSlots = function* (from: number, to: number, oldOnly: boolean): Generator<number> {
    for (let slot = to; slot >= from; slot -= 1) {
      for (let number = numberAtSlot(slot); number < total; number += SHIFT_S) if (!oldOnly || mayBeOld(number)) yield number;
    }
  };

  /** One shift, from its end to its beginning. */
  const inShift = function* (day: number, shift: number, span: SignInSpan): Generator<SignInEvent> {
    const start = day * DAY_S + shift * SHIFT_S;
    const newest = Math.min(span.to, span.after?.second ?? span.to) - start;
    const [from, to] =
      span.account === undefined ? [Math.max(0, span.from - start), Math.min(SHIFT_S - 1, newest)] : [slotOf(span.account), slotOf(span.account)];
    if (span.account !== undefined && (from > newest || start + from < span.from)) return;
    // Strangers use old programs as well, at night.
    for (const number of span.account === undefined ? numbersBetween(from, to, span.oldPrograms === true && shift >= SCHOOL) : [span.account]) {
      const last = span.after?.second === start + slotOf(number) ? span.after.ordinal : -1;
      for (const sort of sortsOn(number, day, shift)) {
        const event = eventOf(number, day, shift, sort, span.egress);
        if (event.ordinal > last) yield event;
      }
    }
  };

  return {
    *events(span) {
      const newest = Math.min(span.to, span.after?.second ?? span.to);
      for (let day = Math.floor(newest / DAY_S); day >= Math.floor(span.from / DAY_S); day -= 1) {
        for (const shift of [2, 1, 0]) yield* inShift(day, shift, span);
      }
    },
    withId(id, span) {
      const value = requests.numberOf(id);
      const read = value === undefined ? undefined : readSignInNumber(value);
      if (read === undefined || read.number >= total) return undefined;
      const { number, dayInCycle, sort } = read;
      for (let day = Math.floor(span.to / DAY_S); day >= Math.floor(span.from / DAY_S); day -= 1) {
        const shift = isInCycle(day, dayInCycle) ? [2, 1, 0].find((each) => sortsOn(number, day, each).includes(sort)) : undefined;
        const event = shift === undefined ? undefined : eventOf(number, day, shift, sort, span.egress);
        if (event !== undefined && event.second >= span.from && event.second <= span.to) return event;
      }
      return undefined;
    },
  };
};
