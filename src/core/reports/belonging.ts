/** Who is in which of a few sets of ids (groups, roles), a bit each: one look-up an account however many sets there are. */

import { IdIndex } from "../ids.ts";
import type { Known, ObjectId } from "../tenant.ts";

/** What one account is in, by the place of the set. */
export type Held = {
  readonly has: (set: ObjectId) => boolean;
  /** Sets of which nobody could read who is in. */
  readonly unread: (set: ObjectId) => string | undefined;
};

/** Thirty-two sets to a word. */
export class Belonging {
  readonly #places = new Map<ObjectId, number>();
  readonly #unread = new Map<ObjectId, string>();
  readonly #ids = new IdIndex();
  readonly #stride: number;
  #bits: Uint32Array;

  /** @param sets by the id of the set; absent: it is not there, and nobody is in it. */
  constructor(sets: ReadonlyMap<ObjectId, Known<IdIndex>>) {
    this.#stride = Math.max(1, Math.ceil(sets.size / 32));
    this.#bits = new Uint32Array(this.#stride * 64);
    for (const [set, known] of sets) {
      const place = this.#places.size;
      this.#places.set(set, place);
      if (known.type === "unknown") this.#unread.set(set, known.because);
      if (known.type !== "present") continue;
      for (const id of known.value) {
        const at = this.#ids.add(id);
        while ((at + 1) * this.#stride > this.#bits.length) this.#grow();
        const word = at * this.#stride + (place >> 5);
        this.#bits[word] = (this.#bits[word] ?? 0) | (1 << (place & 31));
      }
    }
  }

  /** The same text for accounts that are in the same sets; empty: in none. */
  key(id: ObjectId): string {
    const at = this.#ids.find(id);
    if (at === undefined) return "";
    let text = "";
    for (let word = 0; word < this.#stride; word += 1) text += `${this.#bits[at * this.#stride + word] ?? 0}.`;
    return text;
  }

  /** Of one account. */
  of(id: ObjectId): Held {
    const at = this.#ids.find(id);
    return {
      has: (set) => {
        const place = this.#places.get(set);
        return at !== undefined && place !== undefined && ((this.#bits[at * this.#stride + (place >> 5)] ?? 0) & (1 << (place & 31))) !== 0;
      },
      unread: (set) => (this.#places.has(set) ? this.#unread.get(set) : "it was not read"),
    };
  }

  #grow(): void {
    const bits = new Uint32Array(this.#bits.length * 2);
    bits.set(this.#bits);
    this.#bits = bits;
  }
}
