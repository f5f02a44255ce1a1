/**
 * Address patterns: `*` stands for any letters or none, `?` for one, everything else for itself. Matched here and not by a
 * regular expression or a file-name matcher: braces, dots and slashes in an address mean nothing, and the time that a
 * pattern can cost stays in proportion to its length.
 */

import { type Fault, fault, quoted } from "./problems.ts";

export type Pattern = { readonly local: string; readonly domain: string };

/** An address as a directory takes it for a user principal name; guests have `#EXT#` in theirs. */
const ADDRESS = /^[a-z0-9'._!#^~+&$%=-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+$/;
const DOMAIN = /^[a-z0-9](?:[a-z0-9-]{0,62})(?:\.[a-z0-9-]{1,63})+$/;
const LETTERS = /^[a-z0-9'._!#^~+&$%=*?@-]+$/;

export const isAddress = (text: string): boolean => text.length <= 113 && ADDRESS.test(text);
export const isDomain = (text: string): boolean => text.length <= 253 && DOMAIN.test(text);

/**
 * Whether a glob matches a text. Where the text is itself a glob, whether the first matches all that the second does:
 * a `*` in the text is met by `*` alone, a `?` by `?` or `*`.
 */
export const globMatches = (glob: string, text: string): boolean => {
  let at = 0;
  let place = 0;
  let star = -1;
  let retry = 0;
  while (place < text.length) {
    const wanted = glob[at];
    if (wanted === "*") {
      star = at;
      retry = place;
      at += 1;
    } else if (wanted !== undefined && (wanted === text[place] || (wanted === "?" && text[place] !== "*"))) {
      at += 1;
      place += 1;
    } else if (star >= 0) {
      at = star + 1;
      retry += 1;
      place = retry;
    } else return false;
  }
  while (glob[at] === "*") at += 1;
  return at === glob.length;
};

/** An address or pattern, in lower case, cut at its one `@`. */
export const splitAddress = (address: string): Pattern => {
  const at = address.lastIndexOf("@");
  return { local: address.slice(0, Math.max(0, at)), domain: address.slice(at + 1) };
};

export const patternMatches = (pattern: string, address: string): boolean => {
  const glob = splitAddress(pattern);
  const { local, domain } = splitAddress(address);
  return globMatches(glob.local, local) && globMatches(glob.domain, domain);
};

/** Whether every address that `inner` matches is matched by `outer` as well. */
export const patternCovers = (outer: string, inner: string): boolean => patternMatches(outer, inner);

/** Whether some text could match both globs. */
const globsMeet = (a: string, b: string): boolean => {
  // The places in `b` that can be reached with the letters of `a` so far; a star stays where it is or is passed.
  const passed = (places: Set<number>): Set<number> => {
    for (const place of places) if (b[place] === "*") places.add(place + 1);
    return places;
  };
  let reached = passed(new Set([0]));
  for (const letter of a) {
    const next = new Set<number>(letter === "*" ? reached : []);
    if (letter === "*") for (let place = Math.min(...reached); place <= b.length; place += 1) next.add(place);
    else
      for (const place of reached) {
        const other = b[place];
        if (other === "*") next.add(place);
        else if (other !== undefined && (other === letter || other === "?" || letter === "?")) next.add(place + 1);
      }
    reached = passed(next);
    if (reached.size === 0) return false;
  }
  return reached.has(b.length);
};

/** Whether some address could match both patterns. */
export const patternsMeet = (a: string, b: string): boolean => {
  const one = splitAddress(a);
  const other = splitAddress(b);
  return globsMeet(one.local, other.local) && globsMeet(one.domain, other.domain);
};

/** Whether a pattern takes whole domains: `*@birch.county.example`. */
export const takesWholeDomains = (pattern: string): boolean => /^\*+$/.test(splitAddress(pattern).local);

/** @returns what is wrong with an address pattern, in lower case, or undefined. */
export const patternFault = (pattern: string): Fault | undefined => {
  const signs = pattern.split("@").length - 1;
  if (signs === 0 && LETTERS.test(pattern))
    return fault(`${quoted(pattern)} has no @, so it matches no address`, `did you mean ${isDomain(pattern) ? `"*@${pattern}"` : `"${pattern}@*"`}?`);
  if (!LETTERS.test(pattern))
    return fault(`${quoted(pattern)} is no address pattern`, "only * (any letters) and ? (one letter) stand for others, as in head@*");
  const { local, domain } = splitAddress(pattern);
  if (signs > 1 || local === "" || domain === "") return fault(`${quoted(pattern)} is no address pattern`, "one @, with something on both sides, as in head@*");
  if (pattern.length > 113) return fault(`${quoted(pattern)} is longer than an address can be`);
  return undefined;
};

/** @returns what is wrong with a pattern for domains, in lower case, or undefined. */
export const domainPatternFault = (pattern: string): Fault | undefined => {
  const behind = pattern.slice(pattern.lastIndexOf("@") + 1);
  if (pattern.includes("@"))
    return fault(
      `${quoted(pattern)} is no domain`,
      /^\*?@/.test(pattern) && /^[a-z0-9.*?-]+$/.test(behind) ? `did you mean "${behind}"?` : "for addresses write accounts: in place of domains:",
    );
  if (!/^[a-z0-9.*?-]+$/.test(pattern) || pattern.length > 253) return fault(`${quoted(pattern)} is no domain`, "write it as in *.county.example");
  return pattern.includes(".") || pattern.includes("*")
    ? undefined
    : fault(`${quoted(pattern)} is no whole domain`, `write it as in ${pattern}.county.example, or "*.${pattern}" for all that end so`);
};

/** @returns what is wrong with a pattern for what the directory says of an account, or undefined. */
export const valuePatternFault = (pattern: string): Fault | undefined =>
  pattern === ""
    ? fault("nothing is said here", "an account that has no value matches no pattern")
    : pattern.length > 1024
      ? fault(`${quoted(pattern)} is longer than such a value can be`)
      : undefined;
