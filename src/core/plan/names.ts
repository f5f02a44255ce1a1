/** Names that people give and the keys that the tenant sees: what fits, and what would be mistaken for something else. */

import { type Fault, fault, quoted } from "./problems.ts";

/** The service's limit for what a group says of itself. */
const LONGEST_DESCRIPTION = 1024;
/** Beside the phases there stands that security defaults were left, and when the plan was halted. */
const PROGRESS_RESERVE = 48;
/** Leaves room for the rest of a name in the tenant: what it is, and the mark with the plan's id and the key. */
const LONGEST_NAME = 60;
const LONGEST_TITLE = 120;

// Controls, line ends, halves of characters, and marks that hide letters or turn the direction of writing.
const UNSEEN = /[\p{Cc}\p{Cs}\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u;

// What the keys of exclusion groups, staged twins and policies end in or hold, and the group that keeps the plan's progress.
const RESERVED = /^progress$|-except$|-staged$|-office365$|-outside(?:-|$)/;

/** Most names, and a pattern that needs no table of all letters to be compiled. */
const PLAIN = /^[\x20-\x7e]*$/;

/** A name as a key: lower case letters, digits and hyphens; empty when it has none of them. */
export const slugOf = (name: string): string =>
  (PLAIN.test(name) ? name : name.normalize("NFKD").replace(/\p{M}/gu, ""))
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");

/** @returns what is wrong with a line that people see, or undefined. */
export const lineFault = (text: string, longest = LONGEST_TITLE): Fault | undefined => {
  if (!PLAIN.test(text) && UNSEEN.test(text)) return fault(`${quoted(text)} holds characters that cannot be seen`, "type it anew, on one line");
  if (text.length > longest) return fault(`${quoted(text)} is longer than ${longest} characters`);
  return undefined;
};

/** @returns what is wrong with a name that stands in the tenant's names, or undefined. */
export const nameFault = (name: string): Fault | undefined => {
  if (/[[\]]/.test(name)) return fault(`${quoted(name)} holds [ or ], which mark what the plan makes in the tenant`, "use round brackets");
  if (name.trim() !== name || name === "") return fault(`${quoted(name)} begins or ends with a space, or is empty`);
  return lineFault(name, LONGEST_NAME);
};

/** @returns what is wrong with a name of a cohort or network, which becomes a key as well, or undefined. */
export const keyedNameFault = (name: string): Fault | undefined => {
  const found = nameFault(name);
  if (found !== undefined) return found;
  const slug = slugOf(name);
  if (slug === "") return fault(`${quoted(name)} has no letter a-z and no digit, so it makes no key in the tenant`);
  if (RESERVED.test(slug)) return fault(`${quoted(name)} reads like a name that the tool gives itself`, "choose another one");
  return undefined;
};

/** @returns whether all phases, begun and held, can be noted in the description of the group that keeps the plan's progress. */
export const fitsProgress = (planId: string, phases: readonly string[]): boolean => {
  const ids = phases.join(",");
  return `entra-rollout:${planId}/progress begun=${ids} held=${ids}`.length < LONGEST_DESCRIPTION - PROGRESS_RESERVE;
};
