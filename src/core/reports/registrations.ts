/** The log of registrations, folded as its rows stream past: who registered a method last, when and from where, and how many a day. */

import ipaddr from "ipaddr.js";
import { IdIndex } from "../ids.ts";
import { localOf } from "../plan/moments.ts";
import type { Network } from "../plan/plan.ts";
import type { Instant, ObjectId } from "../tenant.ts";
import type { Registering } from "./methods.ts";
import { Numbers } from "./packed.ts";
import type { SumTable } from "./shape.ts";

export type RegistrationEvent = {
  readonly account: ObjectId;
  readonly at: Instant;
  /** An internet address, as the log has it. */
  readonly from: string | undefined;
};

/** Where none of the plan's networks is. */
const ELSEWHERE = "elsewhere";

type Place = (address: string) => string | undefined;

/** @returns the name of the network that holds an address; undefined for what is no address. */
const placeIn = (networks: readonly Network[]): Place => {
  const ranged = networks.flatMap((network) =>
    network.sort === "ip" ? [{ name: network.name, ranges: network.ranges.map((each) => ipaddr.parseCIDR(each)) }] : [],
  );
  return (text) => {
    if (!ipaddr.isValid(text)) return undefined;
    // An IPv4 address may come in the clothes of IPv6.
    const address = ipaddr.process(text);
    const found = ranged.find(({ ranges }) => ranges.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits)));
    return found?.name ?? ELSEWHERE;
  };
};

export const hasRanges = (networks: readonly Network[]): boolean => networks.some(({ sort }) => sort === "ip");

type Day = { registrations: number; readonly accounts: IdIndex; elsewhere: number };

/** An id, a moment and the number of its address an account. */
export class Registrations {
  readonly #ids = new IdIndex();
  readonly #last = new Numbers("moment");
  readonly #from = new Numbers("count");
  readonly #addresses: (string | undefined)[] = [undefined];
  readonly #places = new Map<string, number>();
  readonly #days = new Map<string, Day>();
  readonly #zone: string;
  readonly #placeOf: Place;
  readonly #hasRanges: boolean;

  constructor(networks: readonly Network[], zone: string) {
    this.#zone = zone;
    this.#placeOf = placeIn(networks);
    this.#hasRanges = hasRanges(networks);
  }

  read({ account, at, from }: RegistrationEvent): void {
    const place = this.#ids.add(account);
    if (at >= this.#last.at(place)) {
      this.#last.set(place, at);
      this.#from.set(place, this.#numberOf(from));
    }
    const name = localOf(at, this.#zone).slice(0, 10);
    const day = this.#days.get(name) ?? { registrations: 0, accounts: new IdIndex(), elsewhere: 0 };
    this.#days.set(name, day);
    day.registrations += 1;
    day.accounts.add(account);
    if (from !== undefined && this.#placeOf(from) === ELSEWHERE) day.elsewhere += 1;
  }

  last(id: ObjectId): Registering | undefined {
    const place = this.#ids.find(id);
    if (place === undefined) return undefined;
    const from = this.#addresses[this.#from.at(place)];
    return { at: this.#last.at(place), from, where: from === undefined ? undefined : this.#placeOf(from) };
  }

  /** Of the whole tenant, oldest first. */
  byDay(since: Instant): SumTable {
    return {
      title: `Registered since ${localOf(since, this.#zone).slice(0, 10)}, by day, in the whole tenant`,
      columns: ["day", "registrations", "accounts", ...(this.#hasRanges ? ["outside the plan's networks"] : [])],
      rows: [...this.#days]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([day, { registrations, accounts, elsewhere }]) => [day, registrations, accounts.size, ...(this.#hasRanges ? [elsewhere] : [])]),
    };
  }

  #numberOf(address: string | undefined): number {
    if (address === undefined) return 0;
    const known = this.#places.get(address);
    if (known !== undefined) return known;
    const number = this.#addresses.push(address) - 1;
    this.#places.set(address, number);
    return number;
  }
}
