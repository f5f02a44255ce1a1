/**
 * The people of a tenant as one packed table: who is in which cohort, who could meet a demand for MFA. The shell streams
 * the accounts past `CohortReader`; this keeps what the diff and the guards need of each.
 */

import { IdIndex } from "./ids.ts";
import type { Activity, ObjectId } from "./tenant.ts";

/** How an account stands to one cohort. */
export type Standing = "out" | "in" | "excepted";

/** Whether the service says that the account has registered methods that it may use for MFA, as many as the plan counts. */
export type Capable = "yes" | "no" | "unknown";

export type PersonFlags = { readonly enabled: boolean; readonly guest: boolean; readonly pupil: boolean };

/** Enabled accounts: those that were active of late, how many of these are ready, and those of whom nobody knows whether they were active. */
export type Readiness = { readonly active: number; readonly ready: number; readonly unclear: number; readonly missing: readonly string[] };

const ENABLED = 1;
const GUEST = 2;
const PUPIL = 4;
const CAPABLE = 8;
const NOT_CAPABLE = 16;
const ACTIVE = 32;
const IDLE = 64;

export type CohortCounts = { readonly in: number; readonly excepted: number; readonly enabled: number; readonly notReady: number; readonly unclear: number };

/** Puts a text into a short sorted list, which never grows beyond `size`. */
const keepFirst = (list: string[], text: string, size: number): void => {
  const last = list.at(-1);
  if (list.length >= size && (last === undefined || text >= last)) return;
  const at = list.findIndex((each) => text < each);
  list.splice(at < 0 ? list.length : at, 0, text);
  if (list.length > size) list.pop();
};

const activityIn = (flags: number): Activity => ((flags & ACTIVE) !== 0 ? "active" : (flags & IDLE) !== 0 ? "idle" : "unknown");

export class Roster {
  readonly #ids = new IdIndex();
  readonly #cohorts: readonly string[];
  readonly #stride: number;
  #flags = new Uint8Array(1024);
  /** What is registered, a bit a sort of method. */
  #methods = new Uint16Array(1024);
  /** Two bits a cohort and person: 1 is in, 2 is excepted. */
  #standings: Uint32Array;
  #addresses: string[] = [];

  /** @param cohorts the names that `standing` and `members` take. */
  constructor(cohorts: readonly string[]) {
    this.#cohorts = cohorts;
    this.#stride = Math.max(1, Math.ceil(cohorts.length / 16));
    this.#standings = new Uint32Array(1024 * this.#stride);
  }

  get size(): number {
    return this.#ids.size;
  }

  /** `standings` in the order of the cohorts. An account that comes twice, as it may while pages shift, counts once: the later wins. */
  add(id: ObjectId, address: string, flags: PersonFlags, standings: readonly Standing[], activity: Activity = "unknown"): void {
    const place = this.#ids.add(id);
    if (place >= this.#flags.length) this.#grow();
    const old = (this.#flags[place] ?? 0) & (CAPABLE | NOT_CAPABLE);
    const seen = activity === "active" ? ACTIVE : activity === "idle" ? IDLE : 0;
    this.#flags[place] = old | seen | (flags.enabled ? ENABLED : 0) | (flags.guest ? GUEST : 0) | (flags.pupil ? PUPIL : 0);
    this.#addresses[place] = address;
    this.#standings.fill(0, place * this.#stride, (place + 1) * this.#stride);
    standings.forEach((standing, cohort) => {
      const at = place * this.#stride + (cohort >> 4);
      const bits = standing === "in" ? 1 : standing === "excepted" ? 2 : 0;
      this.#standings[at] = (this.#standings[at] ?? 0) | (bits << ((cohort & 15) * 2));
    });
  }

  /**
   * What the registration report says; an id that the roster does not hold is passed over.
   *
   * @param methods a bit a sort of method, as `methodBits` gives them
   */
  setCapable(id: ObjectId, capable: boolean, methods = 0): void {
    const place = this.#ids.find(id);
    if (place === undefined) return;
    this.#methods[place] = methods;
    this.#flags[place] = ((this.#flags[place] ?? 0) & ~(CAPABLE | NOT_CAPABLE)) | (capable ? CAPABLE : NOT_CAPABLE);
  }

  /** Takes back what `setCapable` said: a report that broke off half way is no report. */
  forgetCapable(): void {
    for (let place = 0; place < this.#ids.size; place += 1) this.#flags[place] = (this.#flags[place] ?? 0) & ~(CAPABLE | NOT_CAPABLE);
    this.#methods.fill(0);
  }

  /** Whether it was told of this cohort. */
  knows(cohort: string): boolean {
    return this.#cohorts.includes(cohort);
  }

  has(id: ObjectId): boolean {
    return this.#ids.has(id);
  }

  address(id: ObjectId): string | undefined {
    const place = this.#ids.find(id);
    return place === undefined ? undefined : this.#addresses[place];
  }

  flags(id: ObjectId): (PersonFlags & { readonly capable: Capable }) | undefined {
    const place = this.#ids.find(id);
    if (place === undefined) return undefined;
    const flags = this.#flags[place] ?? 0;
    return {
      enabled: (flags & ENABLED) !== 0,
      guest: (flags & GUEST) !== 0,
      pupil: (flags & PUPIL) !== 0,
      capable: (flags & CAPABLE) !== 0 ? "yes" : (flags & NOT_CAPABLE) !== 0 ? "no" : "unknown",
    };
  }

  /** What is registered, a bit a sort of method; none of whom the report says nothing. */
  methods(id: ObjectId): number {
    const place = this.#ids.find(id);
    return place === undefined ? 0 : (this.#methods[place] ?? 0);
  }

  activity(id: ObjectId): Activity {
    const place = this.#ids.find(id);
    return place === undefined ? "unknown" : activityIn(this.#flags[place] ?? 0);
  }

  standing(id: ObjectId, cohort: string): Standing {
    const place = this.#ids.find(id);
    return place === undefined ? "out" : this.#standingAt(place, this.#cohort(cohort));
  }

  /** Those who are in (or excepted from) the cohort, in the order in which the service listed them. */
  *members(cohort: string, standing: "in" | "excepted" = "in"): IterableIterator<ObjectId> {
    const number = this.#cohort(cohort);
    for (let place = 0; place < this.#ids.size; place += 1) if (this.#standingAt(place, number) === standing) yield this.#ids.at(place);
  }

  /** Everybody, in the order in which the service listed them. */
  *everybody(): IterableIterator<ObjectId> {
    yield* this.#ids;
  }

  /** `enabled`, `notReady` and `unclear` count enabled accounts that are in. */
  counts(cohort: string): CohortCounts {
    const number = this.#cohort(cohort);
    let inside = 0;
    let excepted = 0;
    let enabled = 0;
    let notReady = 0;
    let unclear = 0;
    for (let place = 0; place < this.#ids.size; place += 1) {
      const standing = this.#standingAt(place, number);
      if (standing === "excepted") excepted += 1;
      if (standing !== "in") continue;
      inside += 1;
      const flags = this.#flags[place] ?? 0;
      if ((flags & ENABLED) === 0) continue;
      enabled += 1;
      if ((flags & NOT_CAPABLE) !== 0) notReady += 1;
      else if ((flags & CAPABLE) === 0) unclear += 1;
    }
    return { in: inside, excepted, enabled, notReady, unclear };
  }

  /** Addresses of enabled accounts that are in: those not ready first, then those of whom nobody can say, each in the order of the alphabet. */
  sample(cohort: string, size: number): readonly string[] {
    const number = this.#cohort(cohort);
    const found: [string[], string[], string[]] = [[], [], []];
    for (let place = 0; place < this.#ids.size; place += 1) {
      const flags = this.#flags[place] ?? 0;
      if ((flags & ENABLED) === 0 || this.#standingAt(place, number) !== "in") continue;
      keepFirst(found[(flags & NOT_CAPABLE) !== 0 ? 0 : (flags & CAPABLE) === 0 ? 1 : 2], this.#addresses[place] ?? "", size);
    }
    return found.flat().slice(0, size);
  }

  /** Of the enabled accounts that are in one of the cohorts, each once; in `by` those of each domain apart. */
  readiness(cohorts: readonly string[]): { readonly all: Readiness; readonly by: ReadonlyMap<string, Readiness> } {
    const numbers = cohorts.map((name) => this.#cohort(name));
    const by = new Map<string, { active: number; ready: number; unclear: number; missing: string[] }>();
    for (let place = 0; place < this.#ids.size; place += 1) {
      const flags = this.#flags[place] ?? 0;
      if ((flags & ENABLED) === 0 || (flags & IDLE) !== 0 || !numbers.some((number) => this.#standingAt(place, number) === "in")) continue;
      const address = this.#addresses[place] ?? "";
      const domain = address.slice(address.lastIndexOf("@") + 1);
      const own = by.get(domain) ?? { active: 0, ready: 0, unclear: 0, missing: [] };
      by.set(domain, own);
      const isReady = (flags & CAPABLE) !== 0;
      const isActive = (flags & ACTIVE) !== 0;
      if (isActive) own.active += 1;
      else own.unclear += isReady ? 0 : 1;
      if (isActive && isReady) own.ready += 1;
      if (!isReady) own.missing.push(address);
    }
    const all = [...by.values()];
    const sum = (of: (each: Readiness) => number): number => all.reduce((total, each) => total + of(each), 0);
    return {
      all: {
        active: sum(({ active }) => active),
        ready: sum(({ ready }) => ready),
        unclear: sum(({ unclear }) => unclear),
        missing: all.flatMap(({ missing }) => missing).sort(),
      },
      by,
    };
  }

  /** Whether an account is in both cohorts. */
  meets(one: string, other: string): boolean {
    const [a, b] = [this.#cohort(one), this.#cohort(other)];
    for (let place = 0; place < this.#ids.size; place += 1) if (this.#standingAt(place, a) === "in" && this.#standingAt(place, b) === "in") return true;
    return false;
  }

  #cohort(name: string): number {
    const number = this.#cohorts.indexOf(name);
    if (number < 0) throw new RangeError(`no cohort ${name}`);
    return number;
  }

  #standingAt(place: number, cohort: number): Standing {
    const bits = ((this.#standings[place * this.#stride + (cohort >> 4)] ?? 0) >>> ((cohort & 15) * 2)) & 3;
    return bits === 1 ? "in" : bits === 2 ? "excepted" : "out";
  }

  #grow(): void {
    const flags = new Uint8Array(this.#flags.length * 2);
    flags.set(this.#flags);
    this.#flags = flags;
    const methods = new Uint16Array(this.#methods.length * 2);
    methods.set(this.#methods);
    this.#methods = methods;
    const standings = new Uint32Array(this.#standings.length * 2);
    standings.set(this.#standings);
    this.#standings = standings;
  }
}
