/**
 * Objects of one sort in the order in which they came, as the service shows them: a change is seen by readers only after
 * a while, and until then the old version is.
 */

import type { Instant } from "../runtime.ts";
import type { WireObject } from "./fill.ts";

/** What a collection starts with; computed, never changed. Ids are lower case. */
export type Base = {
  readonly count: number;
  /** @param brief whoever asks looks at nothing that is dear to compute: it may be missing */
  readonly at: (index: number, brief?: boolean) => WireObject;
  readonly indexOf: (id: string) => number | undefined;
  /** A written object with what goes on by itself in it, as of now; as it was written when missing. */
  readonly refreshed?: (object: WireObject, index: number) => WireObject;
};

export type Row = { readonly place: number; readonly object: WireObject };

type Version = {
  readonly seenFrom: Instant;
  readonly object: WireObject | undefined;
  /** What of it goes on by itself: nothing, or what the base says. */
  readonly goesOn: boolean;
};
type Entry = { readonly place: number; versions: readonly Version[] };

const ALWAYS = Number.NEGATIVE_INFINITY;

export const idOf = (object: WireObject): string => {
  const id = object["id"];
  if (typeof id !== "string") throw new TypeError("an object of the practice tenant has no id");
  return id.toLowerCase();
};

export const baseOf = (objects: readonly WireObject[]): Base => {
  const places = new Map(objects.map((object, index) => [idOf(object), index]));
  return {
    count: objects.length,
    at: (index) => {
      const object = objects[index];
      if (object === undefined) throw new RangeError(`no object at ${index}`);
      return object;
    },
    indexOf: (id) => places.get(id),
  };
};

const seenAt = (entry: Entry, now: Instant): Version | undefined => entry.versions.findLast((version) => version.seenFrom <= now);

export class Collection {
  readonly #base: Base;
  readonly #byPlace = new Map<number, Entry>();
  readonly #added = new Map<string, number>();

  constructor(base: Base) {
    this.#base = base;
  }

  /**
   * What a reader sees at a moment.
   * @param brief the reader looks at nothing that is dear to compute: it may be missing
   */
  seen(id: string, now: Instant, brief = false): WireObject | undefined {
    const place = this.#placeOf(id.toLowerCase());
    if (place === undefined) return undefined;
    const entry = this.#byPlace.get(place);
    return entry === undefined ? this.#base.at(place, brief) : this.#shown(entry, seenAt(entry, now));
  }

  /** Whether there is something to see at a moment; costs no more for an object that is computed. */
  isSeen(id: string, now: Instant): boolean {
    const place = this.#placeOf(id.toLowerCase());
    const entry = place === undefined ? undefined : this.#byPlace.get(place);
    return place !== undefined && (entry === undefined || seenAt(entry, now)?.object !== undefined);
  }

  /** What is true, whether readers see it yet or not. */
  current(id: string): WireObject | undefined {
    const place = this.#placeOf(id.toLowerCase());
    if (place === undefined) return undefined;
    const entry = this.#byPlace.get(place);
    return entry === undefined ? this.#base.at(place) : this.#shown(entry, entry.versions.at(-1));
  }

  /**
   * What readers see at a moment, in stable order.
   * @param after the place of the last row already read, -1 for none
   * @param brief the reader looks at nothing that is dear to compute: it may be missing
   */
  *rows(now: Instant, after = -1, brief = false): Generator<Row> {
    const end = this.#base.count + this.#added.size;
    for (let place = after + 1; place < end; place += 1) {
      const entry = this.#byPlace.get(place);
      const object = entry === undefined ? this.#base.at(place, brief) : this.#shown(entry, seenAt(entry, now));
      if (object !== undefined) yield { place, object };
    }
  }

  /** Whether something was written at a place since the start. */
  isWritten(place: number): boolean {
    return this.#byPlace.has(place);
  }

  /** Where an object stands, or stood, in the order; it never changes. */
  placeOf(id: string): number | undefined {
    return this.#placeOf(id.toLowerCase());
  }

  /** What is true, in stable order. */
  *currentRows(): Generator<Row> {
    yield* this.rows(Number.POSITIVE_INFINITY);
  }

  /** How many a reader sees. */
  size(now: Instant): number {
    let size = this.#base.count;
    for (const [place, entry] of this.#byPlace) size += (seenAt(entry, now)?.object === undefined ? 0 : 1) - (place < this.#base.count ? 1 : 0);
    return size;
  }

  /**
   * @param object undefined takes it away
   * @param seenFrom when readers begin to see it
   * @param keeps whether what went on by itself in the version before does so in this one
   */
  set(id: string, object: WireObject | undefined, seenFrom: Instant, now: Instant, keeps = false): void {
    const entry = this.#entryOf(id.toLowerCase());
    const before = entry.versions.at(-1);
    const goesOn = keeps && before?.goesOn === true;
    const versions = [...entry.versions, { seenFrom: Math.max(seenFrom, before?.seenFrom ?? ALWAYS), object, goesOn }];
    const firstNeeded = versions.findLastIndex((version) => version.seenFrom <= now);
    entry.versions = firstNeeded > 0 ? versions.slice(firstNeeded) : versions;
  }

  #shown(entry: Entry, version: Version | undefined): WireObject | undefined {
    const object = version?.object;
    const { refreshed } = this.#base;
    return object === undefined || refreshed === undefined || version?.goesOn !== true ? object : refreshed(object, entry.place);
  }

  #placeOf(id: string): number | undefined {
    return this.#base.indexOf(id) ?? this.#added.get(id);
  }

  #entryOf(id: string): Entry {
    const known = this.#placeOf(id);
    const place = known ?? this.#base.count + this.#added.size;
    const found = this.#byPlace.get(place);
    if (found !== undefined) return found;
    const versions: readonly Version[] = known === undefined ? [] : [{ seenFrom: ALWAYS, object: this.#base.at(place), goesOn: place < this.#base.count }];
    if (known === undefined) this.#added.set(id, place);
    const entry: Entry = { place, versions };
    this.#byPlace.set(place, entry);
    return entry;
  }
}
