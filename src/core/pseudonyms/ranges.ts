/**
 * Address ranges: another place for each, prefix lengths kept, what lay inside another still inside, nothing on top of something else.
 * They go to the ranges that are kept for documentation, which are nobody's; what does not fit there goes where it is at least nobody's
 * by any rule of this tool. Ranges that are special stay so.
 */

import ipaddr from "ipaddr.js";
import type { Keyed } from "./keyed.ts";

type Range = { readonly size: 32 | 128; readonly from: bigint; readonly bits: number };

const parsed = (cidr: string): Range | undefined => {
  try {
    const [address, bits] = ipaddr.parseCIDR(cidr);
    const bytes = address.toByteArray();
    const size = bytes.length === 4 ? 32 : 128;
    const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    const host = BigInt(size - bits);
    return { size, from: (value >> host) << host, bits };
  } catch {
    return undefined;
  }
};

const required = (cidr: string): Range => {
  const range = parsed(cidr);
  if (range === undefined) throw new RangeError(`not a range: ${cidr}`);
  return range;
};

const written = ({ size, from, bits }: Range): string => {
  const bytes = Array.from({ length: size / 8 }, (_, at) => Number((from >> BigInt(size - 8 - at * 8)) & 0xffn));
  const address = ipaddr.fromByteArray(bytes);
  return `${address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString()}/${bits}`;
};

const holds = (outer: Range, inner: Range): boolean =>
  outer.size === inner.size && outer.bits <= inner.bits && inner.from >> BigInt(inner.size - outer.bits) === outer.from >> BigInt(outer.size - outer.bits);

const meet = (a: Range, b: Range): boolean => holds(a, b) || holds(b, a);

/** RFC 1918, 6598, 3927, 1122, 4193, 4291 and what is multicast or reserved: no network of an organisation shows one to the service. */
const SPECIAL = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4"],
  ...["fc00::/7", "fe80::/10", "ff00::/8", "::/96"],
].map(required);

/** RFC 5737, 2544, 3849, 9637. */
const DOCUMENTATION = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15", "2001:db8::/32", "3fff::/20"].map(required);

/** For what is too wide or too much: a part of v4 without special ranges in it, and one of v6 that was never given out. */
const OVERFLOW = ["64.0.0.0/3", "3000::/5"].map(required);

const numberOf = (bytes: Uint8Array): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

const inOrder = (a: Range, b: Range): number => a.bits - b.bits || (a.from < b.from ? -1 : a.from > b.from ? 1 : 0);

type Placed = { readonly original: Range; readonly at: Range; readonly mask: bigint };

const freeIn = (pool: Range, range: Range, start: bigint, taken: readonly Range[]): Range | undefined => {
  const width = range.bits - pool.bits;
  if (pool.size !== range.size || width < 0) return undefined;
  const slots = 1n << BigInt(width);
  const host = BigInt(range.size - range.bits);
  let slot = start % slots;
  let passed = 0n;
  while (passed < slots) {
    const at: Range = { size: range.size, from: pool.from | (slot << host), bits: range.bits };
    const other = taken.find((each) => meet(each, at));
    if (other === undefined) return at;
    // A wide one is passed in one step: slot by slot a small range would never see its end.
    const next = other.bits >= range.bits ? slot + 1n : ((other.from - pool.from) >> host) + (1n << BigInt(range.bits - other.bits));
    passed += next - slot;
    slot = next % slots;
  }
  return undefined;
};

/** @returns undefined for what is no range, or was not there when places were given out. */
export type Ranges = (cidr: string) => string | undefined;

/**
 * @param cidrs all that will be asked for: places are given out at once, so that none holds another that it did not hold
 * @throws RangeError where there is no room left
 */
export const rangesBy = (keyed: Keyed, cidrs: readonly string[]): Ranges => {
  const all = [...new Map(cidrs.flatMap((cidr) => parsed(cidr) ?? []).map((range) => [written(range), range])).values()].sort(inOrder);
  const widest = all.filter((range, place) => !all.slice(0, place).some((other) => holds(other, range)));
  // No pseudonym lies where a range of the tenant does: somebody would take it for that one.
  const taken: Range[] = [...widest];
  const placed: Placed[] = [];
  for (const original of widest) {
    const text = written(original);
    const special = SPECIAL.find((range) => holds(range, original));
    const pools = special === undefined ? [...DOCUMENTATION, ...OVERFLOW] : [special];
    const start = numberOf(keyed("range", text));
    const at =
      special !== undefined && special.bits === original.bits
        ? special
        : pools.map((pool) => freeIn(pool, original, start, taken)).find((found) => found !== undefined);
    if (at === undefined) throw new RangeError(`there is no other place for ${text}`);
    taken.push(at);
    placed.push({ original, at, mask: numberOf(keyed("inside", text)) });
  }
  return (cidr) => {
    const range = parsed(cidr);
    const place = range === undefined ? undefined : placed.find(({ original }) => holds(original, range));
    if (range === undefined || place === undefined) return undefined;
    const { original, at, mask } = place;
    const host = BigInt(range.size - range.bits);
    const within = ((range.from ^ mask) & ((1n << BigInt(range.size - original.bits)) - 1n)) >> host;
    return written({ ...range, from: at.from | (within << host) });
  };
};
