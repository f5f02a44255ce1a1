/** Address ranges of networks: what a named location takes, and what can be a network's address as the service sees it. */

import ipaddr from "ipaddr.js";
import { type Fault, fault, quoted } from "./problems.ts";

/** The service takes no more in one named location. */
export const MOST_RANGES = 2000;

type Range = { readonly version: 4 | 6; readonly bytes: readonly number[]; readonly bits: number };

// Ranges that no sign-in comes from, as far as the service can see. Documentation ranges are not among them: practice tenants live there.
const CLOSED: readonly (readonly [cidr: string, what: string])[] = [
  ["0.0.0.0/8", "this network (RFC 1122)"],
  ["10.0.0.0/8", "private (RFC 1918)"],
  ["100.64.0.0/10", "shared behind a provider's NAT (RFC 6598)"],
  ["127.0.0.0/8", "loopback"],
  ["169.254.0.0/16", "link-local"],
  ["172.16.0.0/12", "private (RFC 1918)"],
  ["192.168.0.0/16", "private (RFC 1918)"],
  ["224.0.0.0/4", "multicast"],
  ["240.0.0.0/4", "reserved"],
  ["fc00::/7", "private (unique local, RFC 4193)"],
  ["fe80::/10", "link-local"],
  ["ff00::/8", "multicast"],
  ["::1/128", "loopback"],
  ["::/128", "unspecified"],
];

const parsed = (cidr: string): Range | undefined => {
  const [address = "", bits = "", ...rest] = cidr.split("/");
  if (rest.length > 0 || !/^\d{1,3}$/.test(bits)) return undefined;
  // The library also reads 0x7f.1 and 010.0.0.1, which mean different things to different programs.
  const four = ipaddr.IPv4.isValidFourPartDecimal(address) && !/(?:^|\.)0\d/.test(address);
  const six = !four && address.includes(":") && !address.includes("%") && ipaddr.IPv6.isValid(address);
  if (!four && !six) return undefined;
  const bytes = ipaddr.parse(address).toByteArray();
  return Number(bits) > bytes.length * 8 ? undefined : { version: four ? 4 : 6, bytes, bits: Number(bits) };
};

const masked = (range: Range): Range => ({
  ...range,
  bytes: range.bytes.map((byte, at) => byte & (0xff << (8 - Math.min(8, Math.max(0, range.bits - at * 8)))) & 0xff),
});

const written = (range: Range): string => {
  const address = ipaddr.fromByteArray([...range.bytes]);
  const text = address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
  return `${text}/${range.bits}`;
};

const contains = (outer: Range, inner: Range): boolean => {
  if (outer.version !== inner.version || outer.bits > inner.bits) return false;
  const cut = masked({ ...inner, bits: outer.bits });
  return cut.bytes.every((byte, at) => byte === outer.bytes[at]);
};

const required = (cidr: string): Range => {
  const range = parsed(cidr);
  if (range === undefined) throw new RangeError(`not a range: ${cidr}`);
  return range;
};

const GO_OUT = "write the public addresses that the network goes out with";
const MAPPED = "::ffff:0:0/96";
const PUBLIC_SIX = "2000::/3";

/** Kept free for documentation (RFC 5737, 3849 and 9637): nobody ever signs in from there but in a practice tenant. */
const DOCUMENTATION = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"];

/** @param cidrs canonical @returns those that lie in a documentation range */
export const documentationIn = (cidrs: readonly string[]): readonly string[] =>
  cidrs.filter((cidr) => DOCUMENTATION.some((kept) => contains(required(kept), required(cidr))));

/** @param cidrs canonical @returns those of them that none of the others holds */
export const outsideOf = (cidrs: readonly string[], others: readonly string[]): readonly string[] => {
  const outer = others.flatMap((other) => parsed(other) ?? []);
  return cidrs.filter((cidr) => {
    const range = parsed(cidr);
    return range === undefined || !outer.some((other) => contains(other, range));
  });
};

export type ReadRange = { readonly type: "range"; readonly cidr: string } | ({ readonly type: "wrong" } & Fault);

const wrong = (message: string, hint?: string): ReadRange => ({ type: "wrong", ...fault(message, hint) });

/**
 * @param text one range in CIDR notation, v4 or v6
 * @returns it in canonical form (RFC 5952 for v6), or what is wrong with it. Never throws.
 */
export const readRange = (text: string): ReadRange => {
  const range = parsed(text);
  if (range === undefined) {
    const single = text.includes("/") ? undefined : (parsed(`${text}/32`) ?? parsed(`${text}/128`));
    if (single !== undefined)
      return wrong(`${quoted(text)} has no mask`, `write ${written({ ...single, bits: single.bytes.length * 8 })} for that one address`);
    return wrong(`${quoted(text)} is not an address range`, "write it as 192.0.2.0/24 or 2001:db8:10::/48");
  }
  // Before the mask's host bits: a whole v4 range written into v6 has them in another place.
  if (contains(required(MAPPED), range)) {
    const four = masked({ version: 4, bytes: range.bytes.slice(12), bits: range.bits - 96 });
    return wrong(`${quoted(text)} is a v4 range written as v6`, `write ${written(four)}`);
  }
  const canonical = masked(range);
  for (const [cidr, what] of CLOSED) {
    const other = required(cidr);
    if (contains(other, canonical)) return wrong(`${quoted(text)} is ${what}: no sign-in comes from there`, GO_OUT);
    if (canonical.bits > 8 && contains(canonical, other)) return wrong(`${quoted(text)} takes in ${cidr}, which is ${what}`, GO_OUT);
  }
  if (range.bits <= 8) return wrong(`${quoted(text)} is too wide: the service takes masks longer than /8 only`);
  if (canonical.version === 6 && !contains(required(PUBLIC_SIX), canonical)) return wrong(`${quoted(text)} is not in the public part of v6 (2000::/3)`, GO_OUT);
  if (canonical.bytes.some((byte, at) => byte !== range.bytes[at]))
    return wrong(`${quoted(text)} has bits set behind its mask`, `did you mean ${written(canonical)}?`);
  return { type: "range", cidr: written(canonical) };
};

/**
 * Ranges of which one holds the other.
 *
 * @param cidrs canonical, in the order of the text
 * @returns for each range that overlaps an earlier one, both of their places in the list
 */
export const overlaps = (cidrs: readonly string[]): readonly { readonly later: number; readonly earlier: number }[] => {
  const ranges = cidrs.map((cidr, place) => ({ range: required(cidr), place }));
  // Ranges are nested or apart, so of each range only the wider ones need to be looked for: it is cut to their masks.
  const known = new Map<string, number>();
  const masks = new Set<number>();
  const found: { readonly later: number; readonly earlier: number }[] = [];
  for (const { range, place } of ranges.sort((a, b) => a.range.bits - b.range.bits || a.place - b.place)) {
    const wider = [...masks]
      .map((bits) => (bits <= range.bits ? known.get(written(masked({ ...range, bits }))) : undefined))
      .find((other) => other !== undefined);
    if (wider !== undefined) found.push({ later: Math.max(place, wider), earlier: Math.min(place, wider) });
    else known.set(written(range), place);
    masks.add(range.bits);
  }
  return found.sort((a, b) => a.later - b.later || a.earlier - b.earlier);
};
