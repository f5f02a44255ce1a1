/** Who has which state of per-user MFA, for half a million accounts: an index of ids and a byte each. */

import { IdIndex, withRoom } from "./ids.ts";
import type { ObjectId, PerUserState } from "./tenant.ts";

const STATES = ["disabled", "enabled", "enforced"] as const satisfies readonly PerUserState[];

/** How much a state asks for: what has at least as much of it satisfies a wish for less. */
export const strengthOf = (state: PerUserState): number => STATES.indexOf(state);

/**
 * How the states were told. The list of accounts tells them in bulk, which nobody documents: `listed` says that some were
 * looked up the documented way and agreed, `unnamed` that besides the list named nobody at all, so that nothing proves
 * that it tells states. `looked-up`: each account the documented way.
 */
type StatesBasis = "listed" | "unnamed" | "looked-up";

export class PerUserStates {
  readonly basis: StatesBasis;
  readonly #ids = new IdIndex();
  #states = new Uint8Array(256);

  constructor(basis: StatesBasis) {
    this.basis = basis;
  }

  static of(accounts: Iterable<readonly [ObjectId, PerUserState]>, basis: StatesBasis = "looked-up"): PerUserStates {
    const states = new PerUserStates(basis);
    for (const [id, state] of accounts) states.set(id, state);
    return states;
  }

  /** How many accounts were read. */
  get size(): number {
    return this.#ids.size;
  }

  set(id: ObjectId, state: PerUserState): void {
    const place = this.#ids.add(id);
    this.#states = withRoom(this.#states, place);
    this.#states[place] = strengthOf(state);
  }

  /** @returns undefined for an account that was not read: nothing may be said of it. */
  get(id: ObjectId): PerUserState | undefined {
    const place = this.#ids.find(id);
    return place === undefined ? undefined : (STATES[this.#states[place] ?? 0] ?? "disabled");
  }

  /** Those who have any per-user MFA, in the order in which they were read. */
  *asked(): IterableIterator<readonly [ObjectId, PerUserState]> {
    for (let place = 0; place < this.#ids.size; place += 1) {
      const state = STATES[this.#states[place] ?? 0] ?? "disabled";
      if (state !== "disabled") yield [this.#ids.at(place), state];
    }
  }

  /** The same with some accounts set; this one stays as it is. */
  with(accounts: Iterable<readonly [ObjectId, PerUserState]>, basis: StatesBasis = this.basis): PerUserStates {
    const states = new PerUserStates(basis);
    for (let place = 0; place < this.#ids.size; place += 1) states.set(this.#ids.at(place), STATES[this.#states[place] ?? 0] ?? "disabled");
    for (const [id, state] of accounts) states.set(id, state);
    return states;
  }
}
