/** Object ids in sixteen bytes each, since a tenant may hold half a million of them. */

import type { ObjectId } from "./tenant.ts";

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const EMPTY = -1;

/** By character code; -1 is none. */
const DIGITS = new Int8Array(128).fill(-1);
for (let digit = 0; digit < 16; digit += 1) {
  DIGITS[digit.toString(16).charCodeAt(0)] = digit;
  DIGITS[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

type Packed = readonly [number, number, number, number];

const noId = (id: ObjectId): RangeError => new RangeError(`not an object id: ${JSON.stringify(id)}`);

/** Digits of an id, put behind those that `word` holds. */
const digitsIn = (id: ObjectId, from: number, to: number, word = 0): number => {
  let read = word;
  for (let at = from; at < to; at += 1) {
    const digit = DIGITS[id.charCodeAt(at)] ?? -1;
    if (digit < 0) throw noId(id);
    read = (read << 4) | digit;
  }
  return read;
};

/** Digit by digit, since everybody in a tenant passes here several times: no text is cut up for it. */
const pack = (id: ObjectId): Packed => {
  if (id.length !== 36) throw noId(id);
  return [digitsIn(id, 0, 8), digitsIn(id, 14, 18, digitsIn(id, 9, 13)), digitsIn(id, 24, 28, digitsIn(id, 19, 23)), digitsIn(id, 28, 36)];
};

const unpack = (words: Int32Array, index: number): ObjectId => {
  let text = "";
  for (let at = 0; at < 4; at += 1) {
    const value = words[index * 4 + at] ?? 0;
    text += `${HEX[value >>> 24]}${HEX[(value >>> 16) & 255]}${HEX[(value >>> 8) & 255]}${HEX[value & 255]}`;
  }
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
};

/**
 * Ids in the order in which they were added, each once, found by hash. Some 30 bytes an id.
 * Ids are GUIDs in any case; they come back in lower case.
 */
export class IdIndex {
  #words = new Int32Array(4 * 64);
  #slots = new Int32Array(128).fill(EMPTY);
  #size = 0;

  static of(ids: Iterable<ObjectId>): IdIndex {
    const index = new IdIndex();
    for (const id of ids) index.add(id);
    return index;
  }

  get size(): number {
    return this.#size;
  }

  /** @returns the id's place, counted from 0; an id that is there keeps its place. */
  add(id: ObjectId): number {
    const packed = pack(id);
    const slot = this.#slotOf(packed);
    const found = this.#slots[slot] ?? EMPTY;
    if (found !== EMPTY) return found;
    if (this.#size * 4 === this.#words.length) this.#growWords();
    this.#words.set(packed, this.#size * 4);
    this.#slots[slot] = this.#size;
    this.#size += 1;
    if (this.#size * 2 > this.#slots.length) this.#growSlots();
    return this.#size - 1;
  }

  /** @returns the id's place or undefined. */
  find(id: ObjectId): number | undefined {
    const found = this.#slots[this.#slotOf(pack(id))] ?? EMPTY;
    return found === EMPTY ? undefined : found;
  }

  has(id: ObjectId): boolean {
    return this.find(id) !== undefined;
  }

  at(place: number): ObjectId {
    if (place < 0 || place >= this.#size) throw new RangeError(`no id at ${place}`);
    return unpack(this.#words, place);
  }

  *[Symbol.iterator](): IterableIterator<ObjectId> {
    for (let place = 0; place < this.#size; place += 1) yield unpack(this.#words, place);
  }

  #slotOf(packed: Packed): number {
    const mask = this.#slots.length - 1;
    let slot = (Math.imul(packed[0], 0x9e3779b1) ^ Math.imul(packed[1], 0x85ebca6b) ^ Math.imul(packed[2], 0xc2b2ae35) ^ packed[3]) & mask;
    for (;;) {
      const place = this.#slots[slot] ?? EMPTY;
      if (place === EMPTY) return slot;
      const at = place * 4;
      const words = this.#words;
      if (words[at] === packed[0] && words[at + 1] === packed[1] && words[at + 2] === packed[2] && words[at + 3] === packed[3]) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #growWords(): void {
    const words = new Int32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(EMPTY);
    for (let place = 0; place < this.#size; place += 1) {
      const at = place * 4;
      const words = this.#words;
      this.#slots[this.#slotOf([words[at] ?? 0, words[at + 1] ?? 0, words[at + 2] ?? 0, words[at + 3] ?? 0])] = place;
    }
  }
}

/** Bytes with room at the place: the same ones, or a copy twice as long. Places are filled one after the other. */
export const withRoom = (bytes: Uint8Array<ArrayBuffer>, place: number): Uint8Array<ArrayBuffer> => {
  if (place < bytes.length) return bytes;
  const longer = new Uint8Array(bytes.length * 2);
  longer.set(bytes);
  return longer;
};
