/** Who is in which group or role, in the order in which they came, seen by readers only after a while. */

import type { Instant } from "../runtime.ts";

type Membership = {
  readonly place: number;
  /** What is true. */
  is: boolean;
  /** What readers see before `turnsAt`; from then on they see `is`. */
  was: boolean;
  turnsAt: Instant;
};

/** Where the owners of a group or an application stand, by its id. */
export const ownersOf = (id: string): string => `${id.toLowerCase()}/owners`;

export type MemberRow = { readonly place: number; readonly id: string };

const isSeen = (membership: Membership, now: Instant): boolean => (membership.turnsAt <= now ? membership.is : membership.was);

/** Members that follow from something else, as those of a dynamic group do from its rule. */
export type Computed = {
  readonly has: (id: string, now: Instant) => boolean;
  readonly rows: (now: Instant, after: number) => Iterable<MemberRow>;
};

export class Members {
  readonly #containers = new Map<string, Map<string, Membership>>();
  readonly #computed: (container: string) => Computed | undefined;

  /** @param computed what a container's members follow from, by its id in lower case; undefined: they are as they were written */
  constructor(computed: (container: string) => Computed | undefined = () => undefined) {
    this.#computed = computed;
  }

  /** Members that are there from the start. */
  fill(container: string, members: Iterable<string>): void {
    const rows = this.#of(container);
    for (const id of members) rows.set(id.toLowerCase(), { place: rows.size, is: true, was: true, turnsAt: Number.NEGATIVE_INFINITY });
  }

  /** True whether readers see it yet or not. */
  has(container: string, id: string): boolean {
    const computed = this.#computed(container.toLowerCase());
    if (computed !== undefined) return computed.has(id.toLowerCase(), Number.POSITIVE_INFINITY);
    return this.#containers.get(container.toLowerCase())?.get(id.toLowerCase())?.is ?? false;
  }

  sees(container: string, id: string, now: Instant): boolean {
    const computed = this.#computed(container.toLowerCase());
    if (computed !== undefined) return computed.has(id.toLowerCase(), now);
    const membership = this.#containers.get(container.toLowerCase())?.get(id.toLowerCase());
    return membership !== undefined && isSeen(membership, now);
  }

  /** What readers see at a moment, in stable order. @param after the place of the last row already read, -1 for none */
  *rows(container: string, now: Instant, after = -1): Generator<MemberRow> {
    const computed = this.#computed(container.toLowerCase());
    if (computed === undefined) yield* this.#written(container, now, after);
    else yield* computed.rows(now, after);
  }

  *#written(container: string, now: Instant, after: number): Generator<MemberRow> {
    for (const [id, membership] of this.#containers.get(container.toLowerCase()) ?? []) {
      if (membership.place > after && isSeen(membership, now)) yield { place: membership.place, id };
    }
  }

  /** What is true, whether readers see it yet or not. */
  current(container: string): readonly string[] {
    return [...this.rows(container, Number.POSITIVE_INFINITY)].map((row) => row.id);
  }

  /** Who was written into a container, whatever its members follow from now. */
  written(container: string): readonly string[] {
    return [...this.#written(container, Number.POSITIVE_INFINITY, -1)].map((row) => row.id);
  }

  set(container: string, id: string, is: boolean, seenFrom: Instant, now: Instant): void {
    const rows = this.#of(container);
    const key = id.toLowerCase();
    const found = rows.get(key);
    if (found === undefined) {
      rows.set(key, { place: rows.size, is, was: false, turnsAt: seenFrom });
      return;
    }
    found.was = isSeen(found, now);
    found.is = is;
    found.turnsAt = seenFrom;
  }

  #of(container: string): Map<string, Membership> {
    const key = container.toLowerCase();
    const found = this.#containers.get(key);
    if (found !== undefined) return found;
    const made = new Map<string, Membership>();
    this.#containers.set(key, made);
    return made;
  }
}
