/** What the service tells of who has registered what, for a million accounts: some forty bytes each, found by id. */

import { IdIndex } from "../ids.ts";
import { methodBits } from "../methods.ts";
import type { Instant, ObjectId } from "../tenant.ts";

/** What a row says besides methods, a bit each. */
export const SAID = {
  capable: 1,
  registered: 2,
  passwordless: 4,
  resetRegistered: 8,
  resetEnabled: 16,
  resetCapable: 32,
  admin: 64,
  systemPreferred: 128,
} as const;

/** The words of `methodsRegistered` that are known, a bit each by their place. Facts, section 7.10: an open set. */
const KNOWN_WORDS = [
  "microsoftAuthenticatorPush",
  "microsoftAuthenticatorPasswordless",
  "softwareOneTimePasscode",
  "mobilePhone",
  "alternateMobilePhone",
  "officePhone",
  "fido2",
  "passKeyDeviceBound",
  "passKeyDeviceBoundAuthenticator",
  "passKeySynced",
  "windowsHelloForBusiness",
  "hardwareOneTimePasscode",
  "certificateBasedAuthentication",
  "temporaryAccessPass",
  "externalAuthMethod",
  "macOsSecureEnclaveKey",
  "email",
  "securityQuestion",
  "qrCodePin",
] as const;
export type MethodName = (typeof KNOWN_WORDS)[number];

/** Words that are younger than this tool get the bits that are left; what comes after these shares the last one. */
const MOST_BITS = 31;

export const bitOf = (name: MethodName): number => 1 << KNOWN_WORDS.indexOf(name);

/** Words and their bits, in whatever case the service writes them. */
export class MethodWords {
  readonly #words: string[] = [...KNOWN_WORDS];
  /** In the case in which they came too, so that a look-up makes no text. */
  readonly #bits = new Map<string, number>(KNOWN_WORDS.flatMap((word, place) => [word, word.toLowerCase()].map((text) => [text, 1 << place] as const)));

  bit(text: string): number {
    const known = this.#bits.get(text);
    if (known !== undefined) return known;
    const lower = text.toLowerCase();
    const same = this.#bits.get(lower);
    if (same === undefined && this.#words.length < MOST_BITS) this.#words.push(text);
    const bit = same ?? 1 << (this.#words.length - 1);
    this.#bits.set(lower, bit);
    this.#bits.set(text, bit);
    return bit;
  }

  /** In the order of the bits. */
  of(bits: number): readonly string[] {
    return this.#words.filter((_, place) => (bits & (1 << place)) !== 0);
  }

  /** As `methods.ts` sorts them: what is no MFA, or new to us, is no bit there. */
  sorts(bits: number): number {
    return methodBits(this.of(bits));
  }

  /** Words that are younger than this tool. */
  strange(bits: number): readonly string[] {
    return this.#words.filter((_, place) => place >= KNOWN_WORDS.length && (bits & (1 << place)) !== 0);
  }
}

const FIRST = 1024;

export class Registration {
  readonly words = new MethodWords();
  readonly #ids = new IdIndex();
  readonly #preferred: string[] = [""];
  readonly #preferredPlaces = new Map<string, number>([["", 0]]);
  #said = new Uint8Array(FIRST);
  #methods = new Int32Array(FIRST);
  #defaults = new Uint8Array(FIRST);
  /** Seconds; 0: not said. */
  #updated = new Uint32Array(FIRST);
  #newest = 0;

  get size(): number {
    return this.#ids.size;
  }

  /** When the newest of all rows was computed; undefined: none says. */
  get refreshed(): Instant | undefined {
    return this.#newest === 0 ? undefined : this.#newest * 1000;
  }

  /** Of two rows of one account, as may come while pages shift, the later one counts. */
  set(id: ObjectId, said: number, methods: number, preferred: string, updatedSeconds: number): void {
    const place = this.#ids.add(id);
    if (place >= this.#said.length) this.#grow();
    this.#said[place] = said;
    this.#methods[place] = methods;
    this.#defaults[place] = this.#placeOf(preferred);
    this.#updated[place] = updatedSeconds;
    if (updatedSeconds > this.#newest) this.#newest = updatedSeconds;
  }

  /** @returns the place of the account's row; undefined: there is none, which says nothing of what is registered. */
  find(id: ObjectId): number | undefined {
    return this.#ids.find(id);
  }

  said(place: number): number {
    return this.#said[place] ?? 0;
  }

  methods(place: number): number {
    return this.#methods[place] ?? 0;
  }

  preferred(place: number): string {
    return this.#preferred[this.#defaults[place] ?? 0] ?? "";
  }

  updated(place: number): Instant | undefined {
    const seconds = this.#updated[place] ?? 0;
    return seconds === 0 ? undefined : seconds * 1000;
  }

  /** A few words are in use; were there ever more than fit, those after them would be no default that anybody knows. */
  #placeOf(preferred: string): number {
    const known = this.#preferredPlaces.get(preferred);
    if (known !== undefined) return known;
    if (this.#preferred.length >= 255) return 0;
    this.#preferredPlaces.set(preferred, this.#preferred.length);
    this.#preferred.push(preferred);
    return this.#preferred.length - 1;
  }

  #grow(): void {
    const size = this.#said.length * 2;
    const [said, methods, defaults, updated] = [new Uint8Array(size), new Int32Array(size), new Uint8Array(size), new Uint32Array(size)];
    said.set(this.#said);
    methods.set(this.#methods);
    defaults.set(this.#defaults);
    updated.set(this.#updated);
    this.#said = said;
    this.#methods = methods;
    this.#defaults = defaults;
    this.#updated = updated;
  }
}
