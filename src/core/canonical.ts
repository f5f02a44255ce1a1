/** One text for one value, whoever writes it. */

import canonicalize from "canonicalize";
import type { Json } from "./tenant.ts";

// The package is CommonJS while its types describe an ES module: what is imported is the function itself.
const serialise: unknown = canonicalize;

/**
 * @returns canonical JSON: object keys sorted, no white space.
 * @throws TypeError for what is no JSON value.
 * @see RFC 8785
 */
export const canonicalText = (value: Json): string => {
  const text: unknown = typeof serialise === "function" ? serialise(value) : undefined;
  if (typeof text !== "string") throw new TypeError("this value has no canonical JSON");
  return text;
};

/** By code unit, the same on every machine. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const sortedOnce = <T extends string>(list: readonly T[]): readonly T[] => [...new Set(list)].sort(byText);
