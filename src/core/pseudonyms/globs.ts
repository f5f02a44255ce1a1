/** Patterns with `*` and `?` that go on matching: what a pattern spells out, and what it leaves open, become pseudonyms piece by piece. */

import { globMatches } from "../plan/patterns.ts";

export type Piece = (text: string) => string;

/** A pattern that says something and leaves something open; `??` says how long it is. */
export const isMixed = (glob: string): boolean => /[*?]/.test(glob) && /[^*]/.test(glob);

/** Those that spell out most come first: `admin.*` before `admin*`. */
export const bySpelling = (globs: readonly string[]): readonly string[] => {
  const spelt = (glob: string): number => glob.replaceAll(/[*?]/g, "").length;
  return [...new Set(globs)].sort((a, b) => spelt(b) - spelt(a) || (a < b ? -1 : 1));
};

/** The pattern with what it spells out as pseudonyms. */
export const globWith = (glob: string, piece: Piece): string => glob.replaceAll(/[^*?]+/g, (text) => piece(text));

const standsAt = (segment: string, text: string, at: number): boolean =>
  at + segment.length <= text.length && [...segment].every((letter, place) => letter === "?" || letter === text[at + place]);

/** A segment is what stands between two stars. */
const segmentWith = (segment: string, text: string, at: number, piece: Piece, letter: Piece): string => {
  let out = "";
  for (const part of segment.match(/[^?]+|\?/g) ?? []) {
    out += part === "?" ? letter(text[at] ?? "") : piece(text.slice(at, at + part.length));
    at += part.length;
  }
  return out;
};

/**
 * @param glob lower case
 * @param text any case
 * @param piece for what the pattern spells out and for what a `*` stands for; never asked for nothing
 * @param letter for what a `?` stands for: one character for one
 * @returns undefined where the pattern does not match
 */
export const textThrough = (glob: string, text: string, piece: Piece, letter: Piece): string | undefined => {
  const lower = text.toLowerCase();
  // Some letters become two in lower case; then places would not fit.
  if (lower.length !== text.length || !globMatches(glob, lower)) return undefined;
  const segments = glob.split(/\*+/);
  let out = "";
  let done = 0;
  segments.forEach((segment, place) => {
    const isLast = place === segments.length - 1;
    let at = place === 0 ? 0 : isLast ? text.length - segment.length : done;
    while (place > 0 && !isLast && !standsAt(segment, lower, at)) at += 1;
    if (at > done) out += piece(text.slice(done, at));
    out += segmentWith(segment, text, at, piece, letter);
    done = at + segment.length;
  });
  return out;
};
