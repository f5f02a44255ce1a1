/** Reading what arrives: every value is looked at before it is believed. */

import type { Instant, Json, ObjectId } from "../core/tenant.ts";

export type WireObject = { readonly [key: string]: unknown };

/** An answer whose shape is not that of the thing asked for. `message` says where; it quotes no value. */
export class Unreadable extends Error {
  constructor(where: string, wanted: string) {
    super(`${where} is not ${wanted}`);
    this.name = "Unreadable";
  }
}

export const isObject = (value: unknown): value is WireObject => typeof value === "object" && value !== null && !Array.isArray(value);

export const objectIn = (value: unknown, where: string): WireObject => {
  if (!isObject(value)) throw new Unreadable(where, "an object");
  return value;
};

/** Null and missing are the same. */
export const optionalObject = (value: unknown, where: string): WireObject | undefined =>
  value === undefined || value === null ? undefined : objectIn(value, where);

export const textIn = (value: unknown, where: string): string => {
  if (typeof value !== "string") throw new Unreadable(where, "text");
  return value;
};

export const optionalText = (value: unknown, where: string): string | undefined => (value === undefined || value === null ? undefined : textIn(value, where));

export const flagIn = (value: unknown, where: string): boolean => {
  if (typeof value !== "boolean") throw new Unreadable(where, "true or false");
  return value;
};

export const optionalFlag = (value: unknown, where: string): boolean | undefined => (value === undefined || value === null ? undefined : flagIn(value, where));

export const listIn = (value: unknown, where: string): readonly unknown[] => {
  if (!Array.isArray(value)) throw new Unreadable(where, "a list");
  return value;
};

/** A missing list is an empty one; each text once, sorted. */
export const textsIn = (value: unknown, where: string): readonly string[] =>
  value === undefined || value === null ? [] : sortedOnce(listIn(value, where).map((item) => lowerId(textIn(item, where))));

export const sortedOnce = (texts: Iterable<string>): readonly string[] => [...new Set(texts)].sort();

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isId = (text: string): boolean => GUID.test(text);

/** Object ids compare without regard to case; other words stay as they are. */
export const lowerId = (text: string): string => (isId(text) ? text.toLowerCase() : text);

export const idIn = (value: unknown, where: string): ObjectId => {
  const text = textIn(value, where);
  if (!isId(text)) throw new Unreadable(where, "an object id");
  return text.toLowerCase();
};

/** Deeper than anything the service says; beyond it lies only the end of the stack. */
const DEEPEST = 100;

export const jsonIn = (value: unknown, where: string, depth = 0): Json => {
  if (depth > DEEPEST) throw new Unreadable(where.slice(0, 80), "JSON of a sane depth");
  if (value === null || typeof value === "string" || typeof value === "boolean" || typeof value === "number") return value;
  if (Array.isArray(value)) return value.map((item) => jsonIn(item, where, depth + 1));
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, jsonIn(inner, `${where}.${key}`, depth + 1)]));
  throw new Unreadable(where, "JSON");
};

const ZERO = 48;
const twoDigits = (text: string, at: number): number => {
  const [tens, ones] = [text.charCodeAt(at) - ZERO, text.charCodeAt(at + 1) - ZERO];
  return tens >= 0 && tens < 10 && ones >= 0 && ones < 10 ? tens * 10 + ones : Number.NaN;
};

/** `2018-11-05T08:00:00Z`, as the service writes nearly all of a million stamps; what is written in another way, or may be no day, is left to the machine. */
const plainMoment = (text: string): Instant | undefined => {
  if (text.length !== 20 || text[4] !== "-" || text[7] !== "-" || text[10] !== "T" || text[13] !== ":" || text[16] !== ":" || text[19] !== "Z")
    return undefined;
  const [month, day, hour, minute, second] = [twoDigits(text, 5), twoDigits(text, 8), twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17)];
  const isPlain = month >= 1 && month <= 12 && day >= 1 && day <= 28 && hour < 24 && minute < 60 && second < 60;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  return isPlain && year >= 1970 ? Date.UTC(year, month - 1, day, hour, minute, second) : undefined;
};

/** @returns undefined for a missing stamp and for the service's placeholder of year 1. */
export const instantIn = (value: unknown): Instant | undefined => {
  if (typeof value !== "string") return undefined;
  const instant = plainMoment(value) ?? Date.parse(value);
  return Number.isNaN(instant) || instant < 0 ? undefined : instant;
};

/** When a resource was made and when it was changed last; what was never changed was so when it was made. */
export const stampsIn = (wire: WireObject): { readonly created?: Instant; readonly modified?: Instant } => {
  const created = instantIn(wire.createdDateTime);
  const modified = instantIn(wire.modifiedDateTime) ?? created;
  return { ...(modified === undefined ? {} : { modified }), ...(created === undefined ? {} : { created }) };
};

type JsonObject = { readonly [key: string]: Json };
export const isJsonObject = (value: Json | undefined): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

/** Without nulls, empty lists and empty objects, at any depth; `false`, 0 and empty text say something and stay. */
export const withoutEmpty = (value: Json): Json | undefined => {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value;
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).flatMap(([key, inner]) => {
    const left = withoutEmpty(inner);
    return left === undefined ? [] : [[key, left] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** The members that `known` does not name; annotations of the protocol are no part of a resource, but a type is. */
export const restOf = (object: WireObject | undefined, known: readonly string[], where: string): JsonObject =>
  Object.fromEntries(
    Object.entries(object ?? {})
      .filter(([key]) => !known.includes(key) && (key === "@odata.type" || !key.includes("@")))
      .map(([key, value]) => [key, withoutAnnotations(jsonIn(value, `${where}.${key}`))]),
  );

const withoutAnnotations = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(withoutAnnotations);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key === "@odata.type" || !key.includes("@"))
      .map(([key, inner]) => [key, withoutAnnotations(inner)]),
  );
};

/** Objects are merged, lists joined, and where both say something else, the second counts. */
export const joined = (first: Json, second: Json): Json => {
  if (Array.isArray(first) && Array.isArray(second)) return [...first, ...second];
  if (!isJsonObject(first) || !isJsonObject(second)) return second;
  const keys = new Set([...Object.keys(first), ...Object.keys(second)]);
  return Object.fromEntries(
    [...keys].map((key) => {
      const [one, other] = [first[key], second[key]];
      return [key, one === undefined ? (other ?? null) : other === undefined ? one : joined(one, other)];
    }),
  );
};

const sameJson = (one: Json | undefined, other: Json | undefined): boolean => {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other)) return one.length === other.length && one.every((item, at) => sameJson(item, other[at]));
  if (!isJsonObject(one) || !isJsonObject(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => key in other && sameJson(one[key], other[key]));
};

/**
 * What turns `before` into `after`: of the top level only the members that differ, each whole. Whether the service
 * replaces a nested object or merges into it is observed, not documented (facts, 7.2), so what shall go is named as null;
 * both readings then come to the same.
 */
export const patchBetween = (before: JsonObject, after: JsonObject): JsonObject => {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return Object.fromEntries(keys.filter((key) => !sameJson(before[key], after[key])).map((key) => [key, withRemovals(before[key], after[key])]));
};

const withRemovals = (before: Json | undefined, after: Json | undefined): Json => {
  if (after === undefined) return null;
  if (!isJsonObject(before) || !isJsonObject(after)) return after;
  const gone = Object.keys(before).filter((key) => !(key in after));
  return {
    ...Object.fromEntries(Object.entries(after).map(([key, value]) => [key, withRemovals(before[key], value)])),
    ...Object.fromEntries(gone.map((key) => [key, null])),
  };
};
