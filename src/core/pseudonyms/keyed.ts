/** Made-up words, letters and ids that follow from a text and a key, and from which nobody without the key finds the text. */

import { createHmac } from "node:crypto";
import type { ObjectId } from "../tenant.ts";

/** 32 bytes that follow from a text of one sort. */
export type Keyed = (sort: string, text: string) => Uint8Array;

/** HMAC-SHA-256 (RFC 2104). @param key at least 32 bytes of chance */
export const keyedBy =
  (key: Uint8Array): Keyed =>
  (sort, text) =>
    createHmac("sha256", key).update(`${sort}\0${text}`, "utf8").digest();

const CONSONANTS = "bdfgklmnprstvz";
const VOWELS = "aeiou";

const letterOf = (letters: string, byte: number | undefined): string => letters[(byte ?? 0) % letters.length] ?? "";

/** A word that can be said aloud: 70 choices a syllable. @param from the byte at which it begins, two to a syllable */
export const spoken = (bytes: Uint8Array, syllables: number, from = 0): string =>
  Array.from({ length: syllables }, (_, at) => letterOf(CONSONANTS, bytes[from + at * 2]) + letterOf(VOWELS, bytes[from + at * 2 + 1])).join("");

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";

/** One letter for each letter and one digit for each digit, so that what differs in one still does. */
export const oneForOne = (keyed: Keyed): ((letter: string) => string) => {
  const order = (signs: string): readonly string[] => {
    const rank = new Map([...signs].map((sign) => [sign, hexOf(keyed("letter", sign), 0, 16)]));
    return [...signs].sort((a, b) => ((rank.get(a) ?? "") < (rank.get(b) ?? "") ? -1 : 1));
  };
  const table = new Map([LETTERS, DIGITS].flatMap((signs) => order(signs).map((sign, at): readonly [string, string] => [signs.charAt(at), sign])));
  return (letter) => table.get(letter.toLowerCase()) ?? letter;
};

export const hexOf = (bytes: Uint8Array, from: number, to: number): string =>
  [...bytes.subarray(from, to)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** In the shape of a random GUID (RFC 9562, version 4). */
export const guidFrom = (bytes: Uint8Array): ObjectId => {
  const hex = hexOf(bytes, 0, 16);
  const variant = "89ab"[(bytes[8] ?? 0) % 4];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

export const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
