/** Where people sign in from, in the ranges that are kept free for documentation. */

import { mix } from "./numbers.ts";

export type Site = {
  /** The addresses with which a school goes out. */
  readonly v4: readonly string[];
  /** The first four parts of its IPv6 addresses, without the colons behind: `2001:db8:10:1`. Every device has one of its own. */
  readonly v6?: string;
  readonly city: string;
};

export type Place = { readonly address: string; readonly city: string; readonly country: string };

/** One of the addresses of a network. */
export const addressAt = (site: Site, number: number, draw: number): string => {
  const { v4, v6 } = site;
  if (v6 !== undefined && (v4.length === 0 || draw % 5 === 0)) return `${v6}::${(1 + (mix(draw, number) % 0xfffe)).toString(16)}`;
  return v4[number % v4.length] ?? "";
};

/** IPv4 addresses that are left for homes: few, so that only a few people have one of them, and nobody shares it with many. */
const HOMES = 48;
const PER_HOME = 4;
const EVERY = 16;

/**
 * Where somebody signs in from at home: an IPv6 network of their own for most, which the service cannot always place in a country.
 * @param elsewhere the first three numbers of a network and where its last begins: `203.0.113.192`
 */
export const homeOf = (elsewhere: string, number: number): Place => {
  const share = Math.floor(number / EVERY);
  if (number % EVERY === 3 && share < HOMES * PER_HOME) return { address: shifted(elsewhere, 1 + (share % HOMES)), city: "York", country: "GB" };
  const prefix = `2001:db8:${(0xa000 | ((number >>> 16) & 0xfff)).toString(16)}:${(number & 0xffff).toString(16)}`;
  const isKnown = number % 8 !== 5;
  return { address: `${prefix}::${(1 + (mix(number, 61) % 0xfffe)).toString(16)}`, city: isKnown ? "York" : "", country: isKnown ? "GB" : "" };
};

const ABROAD = [
  { city: "Mumbai", country: "IN" },
  { city: "Moscow", country: "RU" },
  { city: "Chicago", country: "US" },
  { city: "Beijing", country: "CN" },
] as const;

/** Countries where no staff are. */
export const abroadAt = (elsewhere: string, draw: number): Place => {
  const which = draw % ABROAD.length;
  return { address: shifted(elsewhere, 56 + which), city: ABROAD[which]?.city ?? "", country: ABROAD[which]?.country ?? "" };
};

const shifted = (start: string, by: number): string => {
  const last = start.lastIndexOf(".");
  return `${start.slice(0, last)}.${Number(start.slice(last + 1)) + by}`;
};
