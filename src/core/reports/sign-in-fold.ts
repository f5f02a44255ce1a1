/** The log of sign-ins folded into some numbers an account: from where, with which programs, with success or without. */

import ipaddr from "ipaddr.js";
import { IdIndex } from "../ids.ts";
import type { Network } from "../plan/plan.ts";
import { addressIn, isWithin, oldProgram } from "../sign-in-digest.ts";
import type { Instant, ObjectId } from "../tenant.ts";
import { isAfterPassword, type LoggedSignIn, outcomeOf, UNKNOWN } from "./log-row.ts";
import { Bits, Numbers, Texts } from "./packed.ts";

/** Inside: an address of the plan's, or a country of the plan's. An address with no country is nowhere, and never inside. */
export type Where = "inside" | "outside" | "unknown";

/** The service's placeholder for an account that there is none of. */
const NOBODY = "00000000-0000-0000-0000-000000000000";

const MOST_ADDRESSES = 50_000;

export const countriesIn = (networks: readonly Network[]): readonly string[] =>
  [...new Set(networks.flatMap((each) => (each.sort === "country" ? each.countries : [])))].sort();

/** @param home the tenant's own country, which counts where the plan names none; with neither, no country is inside. */
export const whereBy = (networks: readonly Network[], home?: string): ((address: string | undefined, country: string | undefined) => Where) => {
  const ranges = networks.flatMap((each) => (each.sort === "ip" ? each.ranges.map((range) => ipaddr.parseCIDR(range)) : []));
  const named = countriesIn(networks);
  const countries = new Set(named.length === 0 && home !== undefined ? [home] : named);
  const known = new Map<string, boolean>();
  const isRanged = (text: string): boolean => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const address = addressIn(text);
    const inside = address !== undefined && ranges.some((range) => isWithin(address, range));
    if (known.size >= MOST_ADDRESSES) known.clear();
    known.set(text, inside);
    return inside;
  };
  return (address, country) => {
    if (address !== undefined && ranges.length > 0 && isRanged(address)) return "inside";
    return country === undefined ? "unknown" : countries.has(country) ? "inside" : "outside";
  };
};

const COUNTED = [
  "succeeded",
  "failed",
  "succeededOutside",
  "failedOutside",
  "stoppedOutside",
  "succeededUnknown",
  "failedUnknown",
  "oldSucceeded",
  "oldFailed",
] as const;
export type Counts = { readonly [K in (typeof COUNTED)[number]]: number };

/** What one account has in the log. Countries are those outside; `unknown` is none of them. */
export type Seen = Counts & {
  readonly id: ObjectId;
  /** As the log has it. */
  readonly name: string | undefined;
  readonly upn: string | undefined;
  readonly signedInFrom: readonly string[];
  readonly triedFrom: readonly string[];
  /** The last success outside, or from an unknown country where there is none outside. */
  readonly last?: { readonly at: Instant; readonly country: string; readonly address: string | undefined; readonly app: string | undefined };
  readonly oldPrograms: readonly string[];
  readonly oldTried: readonly string[];
  readonly lastOld?: Instant;
  /** The last of the failures outside, from an unknown country or with an old program. */
  readonly lastFailure?: { readonly at: Instant; readonly code: number; readonly reason: string | undefined; readonly from: string };
};

export type DayTotals = { rows: number; succeeded: number; failed: number; signedInOutside: number; triedOutside: number };
export type CountryTotals = {
  readonly country: string;
  readonly where: Where;
  readonly accounts: number;
  readonly succeeded: number;
  readonly tried: number;
  readonly failed: number;
};
export type ProgramTotals = {
  readonly program: string;
  readonly accounts: number;
  readonly succeeded: number;
  readonly tried: number;
  readonly failed: number;
};

/** What can be read as an address, and nothing else that the service may say. */
const canonical = (text: string | undefined): string | undefined => {
  const address = text === undefined ? undefined : addressIn(text);
  return address?.toString();
};

/** One more is kept for what goes beyond. */
const REST = "others";
const MOST_TEXTS = 65_536;
const MOST_PROGRAMS = 32;

/** Before the name of a country, for sign-ins from there that are inside: what the service says is stripped of it. */
const INSIDE = "/";

const keyOf = (where: Where, country = UNKNOWN): string => {
  const plain = country.replace(/^\/+/, "") || UNKNOWN;
  return where === "unknown" ? UNKNOWN : where === "inside" ? `${INSIDE}${plain}` : plain;
};

type Tally = { succeeded: number; failed: number };
const tallied = (tallies: Tally[], place: number): Tally => {
  while (tallies.length <= place) tallies.push({ succeeded: 0, failed: 0 });
  return tallies[place] ?? { succeeded: 0, failed: 0 };
};

export type FoldInput = {
  readonly networks: readonly Network[];
  /** The tenant's own country, for a plan that names none. */
  readonly home?: string;
  /** How many spans of time the log is read in. */
  readonly days: number;
  /** Whose sign-ins are asked for; asked once an account. Undefined: everybody's, those of nobody the directory knows as well. */
  readonly wanted?: (id: ObjectId, upn: string | undefined) => boolean;
};

export class SignInFold {
  readonly #where: ReturnType<typeof whereBy>;
  readonly #wanted: FoldInput["wanted"];
  readonly #ids = new IdIndex();
  /** 1: in, 2: out. */
  readonly #scope = new Numbers("count");
  readonly #counts: { readonly [K in keyof Counts]: Numbers };
  /** A country is outside or inside for good, but for one with an address of the plan's: those stand apart. */
  readonly #countries = new Texts(Bits.MOST, REST);
  readonly #countryTallies: Tally[] = [];
  readonly #from = { succeeded: new Bits(), failed: new Bits() };
  readonly #programs = new Texts(MOST_PROGRAMS, REST);
  readonly #programTallies: Tally[] = [];
  readonly #old = { succeeded: new Bits(), failed: new Bits() };
  readonly #texts = new Texts(MOST_TEXTS, REST);
  readonly #last = { at: new Numbers("moment"), country: new Numbers("count"), app: new Numbers("count"), rank: new Numbers("count") };
  readonly #lastOld = new Numbers("moment");
  readonly #failure = { at: new Numbers("moment"), code: new Numbers("count"), reason: new Numbers("count"), from: new Numbers("count") };
  readonly #addresses: (string | undefined)[] = [];
  readonly #names: (string | undefined)[] = [];
  readonly #upns: (string | undefined)[] = [];
  readonly days: readonly DayTotals[];
  /** Rows of accounts that there are none of, and rows that do not say how they ended. */
  nobodies = 0;
  untold = 0;
  rows = 0;

  constructor({ networks, home, days, wanted }: FoldInput) {
    this.#where = whereBy(networks, home);
    this.#wanted = wanted;
    this.days = Array.from({ length: days }, () => ({ rows: 0, succeeded: 0, failed: 0, signedInOutside: 0, triedOutside: 0 }));
    const counts = () => new Numbers("count");
    this.#counts = {
      succeeded: counts(),
      failed: counts(),
      succeededOutside: counts(),
      failedOutside: counts(),
      stoppedOutside: counts(),
      succeededUnknown: counts(),
      failedUnknown: counts(),
      oldSucceeded: counts(),
      oldFailed: counts(),
    };
    // The unknown one is the first, so that it is there whatever comes.
    this.#countries.add(UNKNOWN);
    this.#texts.add("");
  }

  /** @param day the place of the span of time that the row is of */
  read(row: LoggedSignIn, day: number): void {
    const account = row.account === NOBODY ? undefined : row.account;
    if (account === undefined) {
      if (this.#wanted === undefined) this.#total(row, day, this.#where(row.address, row.country));
      this.nobodies += this.#wanted === undefined ? 1 : 0;
      return;
    }
    const place = this.#ids.add(account);
    let scope = this.#scope.at(place);
    if (scope === 0) {
      scope = this.#wanted === undefined || this.#wanted(account, row.upn) ? 1 : 2;
      this.#scope.set(place, scope);
    }
    if (scope === 2) return;
    const where = this.#where(row.address, row.country);
    this.#total(row, day, where);
    this.#account(place, row, where);
  }

  #total({ code }: LoggedSignIn, day: number, where: Where): void {
    this.rows += 1;
    if (code === undefined) this.untold += 1;
    const total = this.days[day];
    if (total === undefined) return;
    const outcome = outcomeOf(code);
    total.rows += 1;
    if (outcome === "neither") return;
    total[outcome] += 1;
    if (where === "outside") total[outcome === "succeeded" ? "signedInOutside" : "triedOutside"] += 1;
  }

  #account(place: number, row: LoggedSignIn, where: Where): void {
    const outcome = outcomeOf(row.code);
    if (outcome === "neither") return;
    const isSuccess = outcome === "succeeded";
    this.#counts[outcome].add(place, 1);
    const country = this.#countries.add(keyOf(where, row.country));
    this.#from[outcome].set(place, country);
    tallied(this.#countryTallies, country)[outcome] += 1;
    const program = row.client === undefined ? undefined : oldProgram(row.client);
    if (where === "inside" && program === undefined) return;
    if (where === "outside") this.#counts[isSuccess ? "succeededOutside" : "failedOutside"].add(place, 1);
    if (where === "unknown") this.#counts[isSuccess ? "succeededUnknown" : "failedUnknown"].add(place, 1);
    if (where === "outside" && !isSuccess && isAfterPassword(row.code ?? 0)) this.#counts.stoppedOutside.add(place, 1);
    if (program !== undefined) this.#oldProgram(place, program, row.at, outcome);
    if (isSuccess && where !== "inside") this.#success(place, row, country, where);
    if (!isSuccess) this.#failed(place, row, country);
    this.#names[place] = row.name ?? this.#names[place];
    this.#upns[place] = row.upn ?? this.#upns[place];
  }

  #oldProgram(place: number, program: string, at: Instant, outcome: "succeeded" | "failed"): void {
    const bit = this.#programs.add(program);
    this.#old[outcome].set(place, bit);
    tallied(this.#programTallies, bit)[outcome] += 1;
    this.#counts[outcome === "succeeded" ? "oldSucceeded" : "oldFailed"].add(place, 1);
    if (outcome === "succeeded") this.#lastOld.set(place, Math.max(this.#lastOld.at(place), at));
  }

  #success(place: number, row: LoggedSignIn, country: number, where: Where): void {
    const last = this.#last;
    const rank = where === "outside" ? 2 : 1;
    const isBetter = rank > last.rank.at(place) || (rank === last.rank.at(place) && row.at > last.at.at(place));
    if (!isBetter) return;
    last.rank.set(place, rank);
    last.at.set(place, row.at);
    last.country.set(place, country);
    this.#addresses[place] = row.address;
    last.app.set(place, this.#texts.add(row.app ?? ""));
  }

  #failed(place: number, row: LoggedSignIn, country: number): void {
    const last = this.#failure;
    if (row.at <= last.at.at(place)) return;
    last.at.set(place, row.at);
    last.code.set(place, row.code ?? 0);
    last.reason.set(place, this.#texts.add(row.reason ?? ""));
    last.from.set(place, country);
  }

  get size(): number {
    return this.#ids.size;
  }

  has(id: ObjectId): boolean {
    const place = this.#ids.find(id);
    return place !== undefined && this.#scope.at(place) === 1;
  }

  /** Something to be looked at. */
  isWorthSeeing(place: number): boolean {
    const { succeededOutside, failedOutside, succeededUnknown, failedUnknown, oldSucceeded, oldFailed } = this.#counts;
    return [succeededOutside, failedOutside, succeededUnknown, failedUnknown, oldSucceeded, oldFailed].some((each) => each.at(place) > 0);
  }

  isWanted(place: number): boolean {
    return this.#scope.at(place) === 1;
  }

  /**
   * How soon it is to be looked at, the smallest first: sign-ins from outside by how few accounts signed in from there, then old
   * programs, then attempts that got past the password, then the others.
   */
  ranks(): (place: number) => number {
    const accounts = this.#accountsBy(this.#countries.size, this.#from.succeeded);
    const { succeededOutside, oldSucceeded, stoppedOutside, failedOutside, oldFailed, succeededUnknown, failedUnknown } = this.#counts;
    const beyond = this.#ids.size + 1;
    return (place) => {
      if (succeededOutside.at(place) > 0) {
        const outside = this.#from.succeeded.of(place).filter((country) => this.#isOutside(country));
        return Math.min(...outside.map((country) => accounts[country] ?? beyond));
      }
      const later = [oldSucceeded, stoppedOutside, failedOutside, oldFailed, succeededUnknown, failedUnknown].findIndex((each) => each.at(place) > 0);
      return beyond + (later < 0 ? 6 : later);
    };
  }

  /** The last thing worth seeing. */
  lastAt(place: number): Instant {
    return Math.max(this.#last.at.at(place), this.#lastOld.at(place), this.#failure.at.at(place));
  }

  seen(place: number): Seen {
    const countries = (bits: Bits): readonly string[] =>
      bits
        .of(place)
        .filter((country) => this.#isOutside(country))
        .map((country) => this.#countries.at(country))
        .sort();
    const programs = (bits: Bits): readonly string[] =>
      bits
        .of(place)
        .map((bit) => this.#programs.at(bit))
        .sort();
    const text = (numbers: Numbers): string | undefined => this.#texts.at(numbers.at(place)) || undefined;
    const counted = (name: keyof Counts): number => this.#counts[name].at(place);
    const [lastOld, failedAt] = [this.#lastOld.at(place), this.#failure.at.at(place)];
    return {
      id: this.#ids.at(place),
      name: this.#names[place],
      upn: this.#upns[place],
      succeeded: counted("succeeded"),
      failed: counted("failed"),
      succeededOutside: counted("succeededOutside"),
      failedOutside: counted("failedOutside"),
      stoppedOutside: counted("stoppedOutside"),
      succeededUnknown: counted("succeededUnknown"),
      failedUnknown: counted("failedUnknown"),
      oldSucceeded: counted("oldSucceeded"),
      oldFailed: counted("oldFailed"),
      signedInFrom: countries(this.#from.succeeded),
      triedFrom: countries(this.#from.failed),
      ...(this.#last.rank.at(place) > 0 && {
        last: {
          at: this.#last.at.at(place),
          country: this.#countryAt(this.#last.country.at(place)),
          address: canonical(this.#addresses[place]),
          app: text(this.#last.app),
        },
      }),
      oldPrograms: programs(this.#old.succeeded),
      oldTried: programs(this.#old.failed),
      ...(lastOld > 0 && { lastOld }),
      ...(failedAt > 0 && {
        lastFailure: {
          at: failedAt,
          code: this.#failure.code.at(place),
          reason: text(this.#failure.reason),
          from: this.#countryAt(this.#failure.from.at(place)),
        },
      }),
    };
  }

  /** By country, the one with the most accounts that signed in first. */
  byCountry(): readonly CountryTotals[] {
    const signedIn = this.#accountsBy(this.#countries.size, this.#from.succeeded);
    const tried = this.#accountsBy(this.#countries.size, this.#from.failed);
    return Array.from({ length: this.#countries.size }, (_, place): CountryTotals => {
      const { succeeded, failed } = tallied(this.#countryTallies, place);
      const where = place === 0 ? "unknown" : this.#isOutside(place) ? "outside" : "inside";
      return { country: this.#countryAt(place), where, accounts: signedIn[place] ?? 0, succeeded, tried: tried[place] ?? 0, failed };
    })
      .filter(({ succeeded, failed }) => succeeded + failed > 0)
      .sort((a, b) => b.accounts - a.accounts || b.tried - a.tried || (a.country + a.where < b.country + b.where ? -1 : 1));
  }

  byProgram(): readonly ProgramTotals[] {
    const [signedIn, tried] = [this.#accountsBy(this.#programs.size, this.#old.succeeded), this.#accountsBy(this.#programs.size, this.#old.failed)];
    return Array.from({ length: this.#programs.size }, (_, place): ProgramTotals => {
      const { succeeded, failed } = tallied(this.#programTallies, place);
      return { program: this.#programs.at(place), accounts: signedIn[place] ?? 0, succeeded, tried: tried[place] ?? 0, failed };
    }).sort((a, b) => b.accounts - a.accounts || b.tried - a.tried || (a.program < b.program ? -1 : 1));
  }

  #isOutside(country: number): boolean {
    return country > 0 && !this.#countries.at(country).startsWith(INSIDE);
  }

  #countryAt(place: number): string {
    const text = this.#countries.at(place);
    return text.startsWith(INSIDE) ? text.slice(INSIDE.length) : text;
  }

  /** How many accounts have each bit. */
  #accountsBy(size: number, bits: Bits): readonly number[] {
    const accounts = Array.from({ length: size }, () => 0);
    for (let place = 0; place < this.#ids.size; place += 1) for (const bit of bits.of(place)) accounts[bit] = (accounts[bit] ?? 0) + 1;
    return accounts;
  }
}
