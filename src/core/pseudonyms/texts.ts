/**
 * Texts word by word: what is made of a text's parts is made of their pseudonyms, so that the names which a plan gives to what it makes
 * stay in step. Words that say nothing about a tenant stay.
 */

import { globMatches } from "../plan/patterns.ts";
import { bySpelling, globWith, isMixed, textThrough } from "./globs.ts";
import { capital, GUID, type Keyed, oneForOne, spoken } from "./keyed.ts";
import { isNumber, isPublicWord } from "./vocabulary.ts";

export type Texts = {
  /** The plan's words, and what is made of them. */
  readonly text: (text: string) => string;
  /** What others wrote: no word of it stays. */
  readonly foreign: (text: string) => string;
  /** A pseudonym that is not longer than so many characters: what is too long ends earlier. */
  readonly within: (text: string, longest: number) => string;
  /** What the directory says of an account: a property's value, so that a plan's conditions go on holding. */
  readonly attribute: (name: string, value: string) => string;
  readonly attributePattern: (pattern: string) => string;
  /** @returns a pattern of the property that matches the one value and not the other */
  readonly outOfStep: (name: string, value: string, pseudonym: string) => string | undefined;
  /** A rule of the service's own language: its properties and signs stay, what is compared with becomes pseudonyms. */
  readonly rule: (rule: string) => string;
};

/** By property; lower case. */
export type AttributePatterns = ReadonlyMap<string, readonly string[]>;

const WORD = /[\p{L}\p{M}\p{N}]+/gu;

/** Values that rules compare with and that the service itself gave. */
const RULE_VALUES: ReadonlySet<string> = new Set(
  "azuread compliant company enabled guest mdm member microsoftconfigurationmanager mobile personal serverad unknown windows workplace".split(" "),
);

/** What may stand in a rule besides. */
type Others = { readonly address: (address: string) => string; readonly domain: (domain: string) => string; readonly guid: (id: string) => string };

export const textsBy = (keyed: Keyed, patterns: AttributePatterns, { address, domain, guid }: Others): Texts => {
  const known = new Map<string, string>();
  const mixed = new Map([...patterns].map(([name, globs]) => [name, bySpelling(globs.filter(isMixed))]));

  const word = (written: string, stays: (word: string) => boolean): string => {
    const plain = written.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    if (stays(plain)) return written;
    const made = known.get(plain) ?? spoken(keyed("word", plain), 4);
    known.set(plain, made);
    return /^\p{Lu}/u.test(written) ? capital(made) : made;
  };
  const text = (written: string): string => written.replaceAll(WORD, (each) => word(each, isPublicWord));
  const foreign = (written: string): string => written.replaceAll(WORD, (each) => word(each, isNumber));
  const within = (made: string, longest: number): string =>
    made.length <= longest ? made : made.slice(0, longest).replace(/[^\p{L}\p{N}]+[\p{L}\p{N}]*$/u, "");
  const oneLetter = oneForOne(keyed);
  const attribute = (name: string, value: string): string => {
    for (const glob of mixed.get(name) ?? []) {
      const found = textThrough(glob, value, foreign, oneLetter);
      if (found !== undefined) return found;
    }
    return foreign(value);
  };
  const attributePattern = (pattern: string): string => globWith(pattern, foreign);

  const compared = (value: string): string => {
    if (RULE_VALUES.has(value.toLowerCase()) || /^[A-Z]{2}$/.test(value)) return value;
    if (GUID.test(value)) return guid(value);
    if (value.startsWith("@")) return `@${domain(value.slice(1))}`;
    return /^\S+@\S+\.\S+$/.test(value) ? address(value) : foreign(value);
  };
  const rule = (written: string): string =>
    written.replaceAll(
      /"((?:[^"`]|`.)*)"|'((?:[^'`]|`.)*)'|(-?[\p{L}_][\p{L}\p{N}_.]*)/gsu,
      (all: string, double: string | undefined, single: string | undefined, name: string | undefined) => {
        if (double !== undefined) return `"${compared(double)}"`;
        if (single !== undefined) return `'${compared(single)}'`;
        // Names of attributes that an organisation made for itself are its own words.
        return name !== undefined && /^(?:CustomSecurityAttribute\.|(?:user|device)\.extension_)/i.test(name)
          ? name.replace(/\.(.*)$/s, (_, own: string) => `.${foreign(own)}`)
          : all;
      },
    );
  const outOfStep = (name: string, value: string, pseudonym: string): string | undefined =>
    (patterns.get(name) ?? []).find(
      (pattern) => globMatches(pattern, value.toLowerCase()) !== globMatches(attributePattern(pattern).toLowerCase(), pseudonym.toLowerCase()),
    );
  return { text, foreign, within, attribute, attributePattern, outOfStep, rule };
};
