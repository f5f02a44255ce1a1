/** Numbers that look random and are the same every time, and object ids that are computed from a number and back. */

const HASH_START = 0x811c9dc5;
const HASH_STEP = 0x01000193;

/** A number for a text, 0 to 2^32 - 1. */
export const keyOf = (text: string): number => {
  let hash = HASH_START;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), HASH_STEP);
  return mix(hash >>> 0, text.length);
};

/** A number that depends on every bit of both, 0 to 2^32 - 1. */
export const mix = (key: number, value: number): number => {
  let hash = Math.imul(value ^ (key >>> 0), 0x9e3779b1) + key;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16) ^ key, 0x27d4eb2f);
  return (hash ^ (hash >>> 15)) >>> 0;
};

/** From 0 up to, never reaching, 1. */
export const share = (key: number, value: number): number => mix(key, value) / 0x1_0000_0000;

/** One of the choices, which must not be empty. */
export const pick = <T>(choices: readonly T[], number: number): T => {
  const choice = choices[number % choices.length];
  if (choice === undefined) throw new RangeError("nothing to pick from");
  return choice;
};

const ROUNDS = 4;

/** A Feistel network over two halves of 16 bits: every number has one image, and it can be undone. */
const shuffled = (key: number, number: number): number => {
  let left = number >>> 16;
  let right = number & 0xffff;
  for (let round = 0; round < ROUNDS; round += 1) {
    const next = left ^ (mix(key + round, right) & 0xffff);
    left = right;
    right = next;
  }
  return ((left << 16) | right) >>> 0;
};

const unshuffled = (key: number, number: number): number => {
  let left = number >>> 16;
  let right = number & 0xffff;
  for (let round = ROUNDS - 1; round >= 0; round -= 1) {
    const before = right ^ (mix(key + round, left) & 0xffff);
    right = left;
    left = before;
  }
  return ((left << 16) | right) >>> 0;
};

const bytes = Buffer.alloc(16);
const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** A GUID of four numbers of 32 bits. */
const guidOf = (first: number, second: number, third: number, fourth: number): string => {
  words.setUint32(0, first);
  words.setUint32(4, second);
  words.setUint32(8, third);
  words.setUint32(12, fourth);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

export type IdSpace = {
  /** @param number 0 to 2^32 - 1. @returns a lower-case GUID of version 4 */
  readonly idAt: (number: number) => string;
  /** The number of an id of this space; undefined for every other text. */
  readonly numberOf: (id: string) => number | undefined;
};

/** Ids of one sort of object. Its number is in the first eight digits, the rest says that the id is of this space. */
export const idSpace = (name: string): IdSpace => {
  const key = keyOf(name);
  const made = (number: number): string => {
    const first = shuffled(key, number);
    const second = mix(key ^ 0x5bd1e995, first);
    const third = mix(key ^ 0x2545f491, first);
    const fourth = mix(key ^ 0x6c078965, first);
    // Version 4, variant 1.
    return guidOf(first, (second & 0xffff0fff) | 0x4000, (0x8000_0000 | ((third & 0x3fff) << 16) | (third >>> 16)) >>> 0, fourth);
  };
  // Whoever goes through a list asks for the same one several times on end.
  let last = 0;
  let lastId = made(last);
  const idAt = (number: number): string => {
    if (number !== last) {
      lastId = made(number);
      last = number;
    }
    return lastId;
  };
  return {
    idAt,
    numberOf: (id) => {
      const first = /^[0-9a-f]{8}-/u.test(id) ? Number.parseInt(id.slice(0, 8), 16) : Number.NaN;
      if (Number.isNaN(first)) return undefined;
      const number = unshuffled(key, first);
      return idAt(number) === id ? number : undefined;
    },
  };
};
