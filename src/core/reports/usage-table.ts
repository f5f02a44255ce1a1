/**
 * A usage report packed, since it may have a million rows: by address, the last day of each activity and what else was told. The
 * reports know accounts by address alone, so that is what they are joined by: 64 bits of hash, not a million texts.
 */

import type { Instant } from "../tenant.ts";

const DAY_MS = 86_400_000;
const EMPTY = -1;
const FIRST = 64;

/** What a mailbox is for. `unknown`: it is there, and nobody tells what for. */
export const MAILBOX_SORTS = ["unknown", "user", "shared", "room", "equipment"] as const;
export type MailboxSort = (typeof MAILBOX_SORTS)[number];

/** Two columns of 32 bits, mixed from the characters in two ways that have nothing to do with each other. */
const hashOf = (text: string): readonly [number, number] => {
  let one = 0x811c9dc5;
  let other = 0x9e3779b9;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    one = Math.imul(one ^ code, 0x01000193);
    other = Math.imul(other + code, 0x85ebca6b);
    other ^= other >>> 13;
  }
  one ^= one >>> 15;
  return [Math.imul(one, 0x2c1b3c6d) >>> 0, Math.imul(other ^ (other >>> 16), 0xc2b2ae35) >>> 0];
};

/** One row, or what several rows of one address come to. */
export type Used = {
  /** The last day of each activity that there ever was, by the report's own word for it: days since 1970. */
  readonly days: readonly (readonly [activity: string, day: number])[];
  /** Words without a day: programs that the mailbox was opened with. */
  readonly words: readonly string[];
  readonly mailbox: MailboxSort;
};

/** @param day days since 1970, as a report has it: `2026-02-27` */
export const dayText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
/** The end of that day, UTC: the latest that it can have been. */
export const endOf = (day: number): Instant => (day + 1) * DAY_MS - 1;

/** Rows are added, never taken away: two of one address come to the later of their days and to all of their words. */
export class UsageTable {
  readonly activities: readonly string[];
  readonly words: readonly string[];
  #size = 0;
  #keys = new Uint32Array(2 * FIRST);
  #slots = new Int32Array(2 * FIRST).fill(EMPTY);
  #days: Uint16Array;
  #bits = new Uint32Array(FIRST);
  #mailboxes = new Uint8Array(FIRST);

  /** @param words at most 32 */
  constructor(activities: readonly string[], words: readonly string[]) {
    if (words.length > 32) throw new RangeError(`${words.length} words are more than a row has bits`);
    this.activities = activities;
    this.words = words;
    this.#days = new Uint16Array(FIRST * activities.length);
  }

  /** How many addresses. */
  get size(): number {
    return this.#size;
  }

  /**
   * @param address in any case
   * @param days days since 1970 in the order of `activities`; 0 where there was none
   * @param bits which of `words`
   */
  add(address: string, days: readonly number[], bits: number, mailbox: MailboxSort): void {
    const place = this.#put(hashOf(address.toLowerCase()));
    const row = place * this.activities.length;
    for (const [at, day] of days.entries()) this.#days[row + at] = Math.max(this.#days[row + at] ?? 0, day);
    this.#bits[place] = (this.#bits[place] ?? 0) | bits;
    const told = MAILBOX_SORTS.indexOf(mailbox);
    const before = this.#mailboxes[place] ?? 0;
    // Two that contradict each other tell nothing.
    this.#mailboxes[place] = before === 0 || before === told ? told : told === 0 ? before : 0;
  }

  /** @returns undefined when no row has that address, which proves nothing. */
  of(address: string): Used | undefined {
    const place = this.#slots[this.#slotOf(hashOf(address.toLowerCase()))] ?? EMPTY;
    if (place === EMPTY) return undefined;
    const row = place * this.activities.length;
    const bits = this.#bits[place] ?? 0;
    return {
      days: this.activities.flatMap((activity, at) => {
        const day = this.#days[row + at] ?? 0;
        return day === 0 ? [] : [[activity, day] as const];
      }),
      words: this.words.filter((_, at) => (bits & (1 << at)) !== 0),
      mailbox: MAILBOX_SORTS[this.#mailboxes[place] ?? 0] ?? "unknown",
    };
  }

  #put(key: readonly [number, number]): number {
    const slot = this.#slotOf(key);
    const found = this.#slots[slot] ?? EMPTY;
    if (found !== EMPTY) return found;
    const place = this.#size;
    if (place === this.#bits.length) this.#growRows();
    this.#keys.set(key, place * 2);
    this.#slots[slot] = place;
    this.#size += 1;
    if (this.#size * 2 > this.#slots.length) this.#growSlots();
    return place;
  }

  #slotOf([one, other]: readonly [number, number]): number {
    const mask = this.#slots.length - 1;
    for (let slot = (one ^ other) & mask; ; slot = (slot + 1) & mask) {
      const place = this.#slots[slot] ?? EMPTY;
      if (place === EMPTY || (this.#keys[place * 2] === one && this.#keys[place * 2 + 1] === other)) return slot;
    }
  }

  #growRows(): void {
    const rows = this.#bits.length * 2;
    const [keys, days, bits, mailboxes] = [
      new Uint32Array(rows * 2),
      new Uint16Array(rows * this.activities.length),
      new Uint32Array(rows),
      new Uint8Array(rows),
    ];
    keys.set(this.#keys);
    days.set(this.#days);
    bits.set(this.#bits);
    mailboxes.set(this.#mailboxes);
    this.#keys = keys;
    this.#days = days;
    this.#bits = bits;
    this.#mailboxes = mailboxes;
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(EMPTY);
    for (let place = 0; place < this.#size; place += 1) this.#slots[this.#slotOf([this.#keys[place * 2] ?? 0, this.#keys[place * 2 + 1] ?? 0])] = place;
  }
}
