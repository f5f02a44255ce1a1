/** Addresses and domains: names gone, `head@` and the shape of domains kept, and every pattern of a plan in step. */

import { patternMatches, splitAddress } from "../plan/patterns.ts";
import { bySpelling, globWith, isMixed, type Piece, textThrough } from "./globs.ts";
import { hexOf, type Keyed, oneForOne, spoken } from "./keyed.ts";
import { END, isPublicLabel, isRole } from "./vocabulary.ts";

/** Lower case, as a plan has them. */
export type AddressPatterns = { readonly accounts: readonly string[]; readonly domains: readonly string[] };

export type Addresses = {
  readonly domain: (domain: string) => string;
  /** Before the `@`. */
  readonly local: (local: string) => string;
  /** Something with an `@` in it, in any case. */
  readonly address: (address: string) => string;
  readonly pattern: (pattern: string) => string;
  readonly domainPattern: (pattern: string) => string;
  /** @returns the first pattern of the plan that matches the one address and not the other */
  readonly outOfStep: (address: string, pseudonym: string) => string | undefined;
};

const GUEST = /^(.*)_([^_@]+)(#ext#)$/i;

/** What stands between signs at both ends, so that `admin.` of a pattern meets `admin.` of an address. */
const core = (text: string, signs: RegExp, inner: Piece): string => {
  const [, before = "", middle = "", behind = ""] = signs.exec(text) ?? [];
  return `${before}${middle === "" ? "" : inner(middle)}${behind}`;
};

const LOCAL_SIGNS = /^([._#+-]*)(.*?)([._#+-]*)$/s;
const LABEL_SIGNS = /^(-*)(.*?)(-*)$/s;

export const addressesBy = (keyed: Keyed, patterns: AddressPatterns): Addresses => {
  const wholeDomains = [...patterns.accounts.map((pattern) => splitAddress(pattern).domain), ...patterns.domains];
  const locals = bySpelling(patterns.accounts.map((pattern) => splitAddress(pattern).local).filter(isMixed));
  const labels = bySpelling(wholeDomains.flatMap((domain) => domain.split(".")).filter(isMixed));
  const known = new Map<string, string>();

  const oneLetter = oneForOne(keyed);
  const localPiece: Piece = (text) =>
    core(text, LOCAL_SIGNS, (inner) => {
      if (isRole(inner)) return inner;
      const bytes = keyed("local", inner.toLowerCase());
      return `${spoken(bytes, 5)}${hexOf(bytes, 10, 13)}`;
    });
  const labelPiece: Piece = (text) => core(text, LABEL_SIGNS, (inner) => (isPublicLabel(inner) ? inner : spoken(keyed("label", inner), 5)));

  const through = (globs: readonly string[], text: string, piece: Piece): string => {
    for (const glob of globs) {
      const found = textThrough(glob, text, piece, oneLetter);
      if (found !== undefined) return found;
    }
    return text === "" ? "" : piece(text);
  };

  /** What stands behind the last dot becomes a name like the others, in front of an end that is nobody's. */
  const ended = (domain: string, last: string | undefined): string => (last === END || last === undefined || /[*?]/.test(last) ? domain : `${domain}.${END}`);

  const domain = (text: string): string => {
    const lower = text.toLowerCase();
    const before = known.get(lower);
    if (before !== undefined) return before;
    const parts = lower.split(".");
    const made = ended(parts.map((label) => through(labels, label, labelPiece)).join("."), parts.at(-1));
    known.set(lower, made);
    return made;
  };
  const local = (text: string): string => {
    const [, name, home, sign] = GUEST.exec(text) ?? [];
    return name === undefined || home === undefined || sign === undefined ? through(locals, text, localPiece) : `${local(name)}_${domain(home)}${sign}`;
  };
  const address = (text: string): string => {
    const at = text.lastIndexOf("@");
    return `${local(text.slice(0, at))}@${domain(text.slice(at + 1))}`;
  };
  const domainPattern = (pattern: string): string => {
    if (!/[*?]/.test(pattern)) return domain(pattern);
    const parts = pattern.toLowerCase().split(".");
    return ended(parts.map((label) => globWith(label, labelPiece)).join("."), parts.at(-1));
  };
  const pattern = (text: string): string => {
    const split = splitAddress(text.toLowerCase());
    const before = /[*?]/.test(split.local) ? globWith(split.local, localPiece) : local(split.local);
    return `${before}@${domainPattern(split.domain)}`;
  };
  const pairs = [
    ...patterns.accounts.map((each) => [each, pattern(each)] as const),
    ...patterns.domains.map((each) => [`*@${each}`, `*@${domainPattern(each)}`] as const),
  ];
  const outOfStep = (original: string, pseudonym: string): string | undefined => {
    const lower = original.toLowerCase();
    return pairs.find(([one, other]) => patternMatches(one, lower) !== patternMatches(other, pseudonym.toLowerCase()))?.[0];
  };
  return { domain, local, address, pattern, domainPattern, outOfStep };
};
