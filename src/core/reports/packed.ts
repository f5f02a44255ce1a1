/** Columns of numbers that grow, and pairs of numbers each kept once: what half a million accounts are folded into. */

const FIRST = 256;

/** By place, 0 where nothing was put. `count`: up to 2^32; `moment`: whole milliseconds. */
export class Numbers {
  #values: Uint32Array | Float64Array;

  constructor(sort: "count" | "moment") {
    this.#values = sort === "count" ? new Uint32Array(FIRST) : new Float64Array(FIRST);
  }

  at(place: number): number {
    return this.#values[place] ?? 0;
  }

  set(place: number, value: number): void {
    while (place >= this.#values.length) this.#grow();
    this.#values[place] = value;
  }

  add(place: number, more: number): void {
    this.set(place, this.at(place) + more);
  }

  #grow(): void {
    const grown = this.#values instanceof Uint32Array ? new Uint32Array(this.#values.length * 2) : new Float64Array(this.#values.length * 2);
    grown.set(this.#values);
    this.#values = grown;
  }
}

/** A few bits by place: which of a short list of texts, `MOST` of them. */
export class Bits {
  static readonly MOST = 256;
  readonly #words: Numbers[] = [];

  set(place: number, bit: number): void {
    const word = bit >> 5;
    while (this.#words.length <= word) this.#words.push(new Numbers("count"));
    const numbers = this.#words[word];
    numbers?.set(place, (numbers.at(place) | (1 << (bit & 31))) >>> 0);
  }

  has(place: number, bit: number): boolean {
    return ((this.#words[bit >> 5]?.at(place) ?? 0) & (1 << (bit & 31))) !== 0;
  }

  any(place: number): boolean {
    return this.#words.some((word) => word.at(place) !== 0);
  }

  /** Rising. */
  of(place: number): readonly number[] {
    const found: number[] = [];
    for (const [at, word] of this.#words.entries()) {
      const bits = word.at(place);
      for (let bit = 0; bits !== 0 && bit < 32; bit += 1) if ((bits & (1 << bit)) !== 0) found.push(at * 32 + bit);
    }
    return found;
  }
}

/** Texts in the order in which they came, each once. @param most further ones stand together under `rest` */
export class Texts {
  readonly #places = new Map<string, number>();
  readonly #texts: string[] = [];
  readonly #most: number;
  readonly #rest: string;

  constructor(most: number, rest: string) {
    this.#most = most;
    this.#rest = rest;
  }

  get size(): number {
    return this.#texts.length;
  }

  add(text: string): number {
    const found = this.#places.get(text);
    if (found !== undefined) return found;
    const isFull = this.#texts.length >= this.#most - 1;
    const kept = isFull ? this.#rest : text;
    const known = this.#places.get(kept);
    if (known !== undefined) return known;
    this.#places.set(kept, this.#texts.length);
    this.#texts.push(kept);
    return this.#texts.length - 1;
  }

  at(place: number): string {
    return this.#texts[place] ?? "";
  }
}

const EMPTY = -1;

/** Networks differ in their upper bits alone, places in the lower ones: each bit has to reach all others (the end of MurmurHash3). */
const mixed = (left: number, right: number): number => {
  let bits = Math.imul(left ^ (left >>> 16), 0x9e3779b1) ^ right;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
};

/** Pairs of whole numbers below 2^32 in the order in which they came, each once, found by hash. Some 20 bytes a pair. */
export class Pairs {
  #lefts = new Uint32Array(FIRST);
  #rights = new Uint32Array(FIRST);
  #slots = new Int32Array(FIRST * 2).fill(EMPTY);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  left(place: number): number {
    return this.#lefts[place] ?? 0;
  }

  right(place: number): number {
    return this.#rights[place] ?? 0;
  }

  /** @returns the pair's place, counted from 0; a pair that is there keeps its place. */
  add(left: number, right: number): number {
    const slot = this.#slotOf(left, right);
    const found = this.#slots[slot] ?? EMPTY;
    if (found !== EMPTY) return found;
    const place = this.#size;
    if (place === this.#lefts.length) this.#growPairs();
    this.#lefts[place] = left;
    this.#rights[place] = right;
    this.#slots[slot] = place;
    this.#size += 1;
    if (this.#size * 2 > this.#slots.length) this.#growSlots();
    return place;
  }

  #slotOf(left: number, right: number): number {
    const mask = this.#slots.length - 1;
    let slot = mixed(left, right) & mask;
    for (;;) {
      const place = this.#slots[slot] ?? EMPTY;
      if (place === EMPTY || (this.#lefts[place] === left >>> 0 && this.#rights[place] === right >>> 0)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #growPairs(): void {
    const [lefts, rights] = [new Uint32Array(this.#size * 2), new Uint32Array(this.#size * 2)];
    lefts.set(this.#lefts);
    rights.set(this.#rights);
    this.#lefts = lefts;
    this.#rights = rights;
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(EMPTY);
    for (let place = 0; place < this.#size; place += 1) this.#slots[this.#slotOf(this.left(place), this.right(place))] = place;
  }
}
