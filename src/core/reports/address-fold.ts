/** Sign-ins folded by the address that they came from: an IPv4 one as it is, an IPv6 one by its /64, since it changes by the hour. */

import ipaddr from "ipaddr.js";
import { IdIndex } from "../ids.ts";
import type { Network } from "../plan/plan.ts";
import { addressIn, isWithin } from "../sign-in-digest.ts";
import type { Instant, ObjectId } from "../tenant.ts";
import { domainOf, type LoggedSignIn, outcomeOf } from "./log-row.ts";
import { Bits, Numbers, Pairs, Texts } from "./packed.ts";

const MOST_ADDRESSES = 50_000;
const REST = "others";

export type Family = "IPv4" | "IPv6";

/** Domains of the accounts, most accounts first. */
export type DomainCount = { readonly domain: string; readonly accounts: number };

/** One address, as far as it is in the same networks. */
export type Spot = {
  readonly address: string;
  readonly family: Family;
  /** The plan's names. */
  readonly networks: readonly string[];
  /** In one of the plan's ranges, whatever the countries are. */
  readonly isRanged: boolean;
  /** As the service has it, of the last sign-in that was read. */
  readonly country: string | undefined;
  readonly accounts: number;
  readonly signIns: number;
  readonly first: Instant;
  readonly last: Instant;
  readonly days: number;
  readonly domains: readonly DomainCount[];
};

type Parsed = { readonly family: Family; readonly high: number; readonly low: number; readonly ranged: readonly string[] };

const NOTHING: unique symbol = Symbol("no address");

const wordsOf = (address: ipaddr.IPv4 | ipaddr.IPv6): { readonly family: Family; readonly high: number; readonly low: number } => {
  if (address instanceof ipaddr.IPv4) {
    const [a = 0, b = 0, c = 0, d = 0] = address.octets;
    return { family: "IPv4", high: 0, low: ((a << 24) | (b << 16) | (c << 8) | d) >>> 0 };
  }
  const [a = 0, b = 0, c = 0, d = 0] = address.parts;
  return { family: "IPv6", high: ((a << 16) | b) >>> 0, low: ((c << 16) | d) >>> 0 };
};

const textOf = (family: Family, high: number, low: number): string => {
  if (family === "IPv4") return [low >>> 24, (low >>> 16) & 255, (low >>> 8) & 255, low & 255].join(".");
  return `${new ipaddr.IPv6([high >>> 16, high & 0xffff, low >>> 16, low & 0xffff, 0, 0, 0, 0]).toString()}/64`;
};

/** A plan's networks, for one sign-in. */
const networksBy = (networks: readonly Network[]) => {
  const ranged = networks.flatMap((each) => (each.sort === "ip" ? [{ name: each.name, ranges: each.ranges.map((range) => ipaddr.parseCIDR(range)) }] : []));
  const countries = networks.flatMap((each) => (each.sort === "country" ? [each] : []));
  return {
    byAddress: (address: ipaddr.IPv4 | ipaddr.IPv6): readonly string[] =>
      ranged.filter(({ ranges }) => ranges.some((range) => isWithin(address, range))).map(({ name }) => name),
    byCountry: (country: string | undefined): readonly string[] =>
      countries
        .filter(({ countries: own, unknownCountries }) => (country === undefined ? unknownCountries === "in" : own.includes(country)))
        .map(({ name }) => name),
  };
};

const INSIDE = 1;
const OUTSIDE = 2;
const V4 = 4;
const V6 = 8;

export type Part = { readonly addresses: number; readonly accounts: number; readonly signIns: number };

export class AddressFold {
  readonly #by: ReturnType<typeof networksBy>;
  readonly #networks: readonly Network[];
  readonly #parsed = new Map<string, Parsed | typeof NOTHING>();
  /** An address has one place in each. */
  readonly #addresses = { IPv4: new Pairs(), IPv6: new Pairs() };
  /** Lists of the plan's networks, as JSON. */
  readonly #lists = new Texts(Number.MAX_SAFE_INTEGER, REST);
  readonly #listed: { readonly names: readonly string[]; readonly isRanged: boolean }[] = [];
  /** Address (twice its place, and one for IPv6) and list of networks. */
  readonly #spots = new Pairs();
  readonly #signIns = new Numbers("count");
  readonly #first = new Numbers("moment");
  readonly #last = new Numbers("moment");
  readonly #days = new Bits();
  readonly #countries = new Texts(Bits.MOST, REST);
  readonly #country = new Numbers("count");
  readonly #accounts = new Numbers("count");
  /** Spot and account. */
  readonly #visits = new Pairs();
  readonly #ids = new IdIndex();
  readonly #domains = new Texts(65_536, REST);
  readonly #domainOf = new Numbers("count");
  readonly #marks = new Numbers("count");
  readonly #inNetwork = new Bits();
  readonly #wanted: ((id: ObjectId, upn: string | undefined) => boolean) | undefined;
  readonly #addressOf: (id: ObjectId) => string | undefined;
  readonly days: number[];
  rows = 0;
  /** Sign-ins without an address. */
  nowhere = 0;

  /** @param addressOf of an account in the directory; undefined where it is not there */
  constructor(
    networks: readonly Network[],
    days: number,
    addressOf: (id: ObjectId) => string | undefined,
    wanted: ((id: ObjectId, upn: string | undefined) => boolean) | undefined,
  ) {
    this.#networks = networks;
    this.#by = networksBy(networks);
    this.#addressOf = addressOf;
    this.#wanted = wanted;
    this.days = Array.from({ length: days }, () => 0);
    this.#countries.add("");
  }

  /** @param day the place of the day that the row is of */
  read(row: LoggedSignIn, day: number): void {
    const { account, at, address } = row;
    if (account === undefined || outcomeOf(row.code) !== "succeeded") return;
    if (this.#wanted !== undefined && !this.#wanted(account, row.upn)) return;
    this.rows += 1;
    this.days[day] = (this.days[day] ?? 0) + 1;
    const parsed = address === undefined ? NOTHING : this.#parse(address);
    if (parsed === NOTHING) {
      this.nowhere += 1;
      return;
    }
    const list = this.#listOf(parsed, row.country);
    const spot = this.#spots.add(this.#addresses[parsed.family].add(parsed.high, parsed.low) * 2 + (parsed.family === "IPv6" ? 1 : 0), list);
    const who = this.#account(account, row.upn);
    this.#signIns.add(spot, 1);
    this.#days.set(spot, day);
    const [first, last] = [this.#first.at(spot), this.#last.at(spot)];
    if (first === 0 || at < first) this.#first.set(spot, at);
    if (at >= last) {
      this.#last.set(spot, at);
      this.#country.set(spot, this.#countries.add(row.country ?? ""));
    }
    const visits = this.#visits.size;
    this.#visits.add(spot, who);
    if (this.#visits.size > visits) this.#accounts.add(spot, 1);
    const names = this.#listed[list]?.names ?? [];
    this.#marks.set(who, this.#marks.at(who) | (names.length > 0 ? INSIDE : OUTSIDE) | (parsed.family === "IPv4" ? V4 : V6));
    for (const name of names)
      this.#inNetwork.set(
        who,
        this.#networks.findIndex((network) => network.name === name),
      );
  }

  #parse(text: string): Parsed | typeof NOTHING {
    const found = this.#parsed.get(text);
    if (found !== undefined) return found;
    const address = addressIn(text);
    const parsed = address === undefined ? NOTHING : { ...wordsOf(address), ranged: this.#by.byAddress(address) };
    if (this.#parsed.size >= MOST_ADDRESSES) this.#parsed.clear();
    this.#parsed.set(text, parsed);
    return parsed;
  }

  #listOf({ ranged }: Parsed, country: string | undefined): number {
    const names = [...ranged, ...this.#by.byCountry(country)];
    const place = this.#lists.add(JSON.stringify([names, ranged.length > 0]));
    if (place === this.#listed.length) this.#listed.push({ names, isRanged: ranged.length > 0 });
    return place;
  }

  #account(id: ObjectId, upn: string | undefined): number {
    const known = this.#ids.size;
    const place = this.#ids.add(id);
    if (place < known) return place;
    this.#domainOf.set(place, this.#domains.add(domainOf(this.#addressOf(id) ?? upn ?? "")));
    return place;
  }

  /** Most accounts first. */
  *spots(): IterableIterator<Spot> {
    const order = new Int32Array(this.#spots.size).map((_, place) => place);
    order.sort(
      (a, b) => this.#accounts.at(b) - this.#accounts.at(a) || this.#signIns.at(b) - this.#signIns.at(a) || this.#first.at(a) - this.#first.at(b) || a - b,
    );
    const visitors = this.#visitorsBySpot();
    for (const spot of order) yield this.#spot(spot, visitors(spot));
  }

  #spot(place: number, visitors: Iterable<number>): Spot {
    const [address, list] = [this.#spots.left(place), this.#listed[this.#spots.right(place)]];
    const family = address % 2 === 1 ? "IPv6" : "IPv4";
    const pairs = this.#addresses[family];
    const at = address >>> 1;
    const counts = new Map<number, number>();
    for (const account of visitors) counts.set(this.#domainOf.at(account), (counts.get(this.#domainOf.at(account)) ?? 0) + 1);
    return {
      address: textOf(family, pairs.left(at), pairs.right(at)),
      family,
      networks: list?.names ?? [],
      isRanged: list?.isRanged === true,
      country: this.#countries.at(this.#country.at(place)) || undefined,
      accounts: this.#accounts.at(place),
      signIns: this.#signIns.at(place),
      first: this.#first.at(place),
      last: this.#last.at(place),
      days: this.#days.of(place).length,
      domains: [...counts]
        .map(([domain, accounts]) => ({ domain: this.#domains.at(domain), accounts }))
        .sort((a, b) => b.accounts - a.accounts || (a.domain < b.domain ? -1 : 1)),
    };
  }

  /** Visits in the order of their spots, so that each spot's stand together. */
  #visitorsBySpot(): (spot: number) => Iterable<number> {
    const starts = new Uint32Array(this.#spots.size + 1);
    for (let visit = 0; visit < this.#visits.size; visit += 1) {
      const next = this.#visits.left(visit) + 1;
      starts[next] = (starts[next] ?? 0) + 1;
    }
    for (let spot = 0; spot < this.#spots.size; spot += 1) starts[spot + 1] = (starts[spot + 1] ?? 0) + (starts[spot] ?? 0);
    const filled = starts.slice();
    const visitors = new Uint32Array(this.#visits.size);
    for (let visit = 0; visit < this.#visits.size; visit += 1) {
      const spot = this.#visits.left(visit);
      const at = filled[spot] ?? 0;
      visitors[at] = this.#visits.right(visit);
      filled[spot] = at + 1;
    }
    return (spot) => visitors.subarray(starts[spot] ?? 0, starts[spot + 1] ?? 0);
  }

  /** What is inside, outside, of one family: each account once. */
  part(which: "inside" | "outside" | Family): Part {
    const mark = { inside: INSIDE, outside: OUTSIDE, IPv4: V4, IPv6: V6 }[which];
    const isOf = (spot: number): boolean => {
      if (which === "IPv4" || which === "IPv6") return (this.#spots.left(spot) % 2 === 1) === (which === "IPv6");
      return (this.#listed[this.#spots.right(spot)]?.names.length ?? 0) > 0 === (which === "inside");
    };
    return this.#summed(isOf, (account) => (this.#marks.at(account) & mark) !== 0);
  }

  /** Of one of the plan's networks, by its name. */
  network(name: string): Part {
    const number = this.#networks.findIndex((network) => network.name === name);
    return this.#summed(
      (spot) => this.#listed[this.#spots.right(spot)]?.names.includes(name) === true,
      (account) => this.#inNetwork.has(account, number),
    );
  }

  #summed(isSpot: (spot: number) => boolean, isAccount: (account: number) => boolean): Part {
    let [addresses, accounts, signIns] = [0, 0, 0];
    for (let spot = 0; spot < this.#spots.size; spot += 1) {
      if (!isSpot(spot)) continue;
      addresses += 1;
      signIns += this.#signIns.at(spot);
    }
    for (let account = 0; account < this.#ids.size; account += 1) if (isAccount(account)) accounts += 1;
    return { addresses, accounts, signIns };
  }
}
