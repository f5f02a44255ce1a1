/** What each mailbox of a tenant is for, for half a million of them: an index of ids and a byte each. */

import { IdIndex, withRoom } from "./ids.ts";
import type { ObjectId } from "./tenant.ts";

/** A service has a dozen; of what comes after so many nothing is told. */
const MOST_WORDS = 255;

export class MailboxTypes {
  readonly #ids = new IdIndex();
  readonly #words: string[] = [];
  #codes = new Uint8Array(256);

  get size(): number {
    return this.#ids.size;
  }

  /** A mailbox that comes twice, as it may while pages shift, has the word that came last. */
  add(id: ObjectId, word: string): void {
    const place = this.#ids.add(id);
    this.#codes = withRoom(this.#codes, place);
    this.#codes[place] = this.#codeOf(word);
  }

  /** @returns undefined for a mailbox of which nothing was told. */
  of(id: ObjectId): string | undefined {
    const place = this.#ids.find(id);
    return place === undefined ? undefined : this.#words[this.#codes[place] ?? 0];
  }

  #codeOf(word: string): number {
    const found = this.#words.indexOf(word);
    if (found >= 0 || this.#words.length === MOST_WORDS) return found >= 0 ? found : MOST_WORDS;
    return this.#words.push(word) - 1;
  }
}
