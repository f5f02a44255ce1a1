/** Shapes of wire objects: what a body may hold, and what an object looks like when all of it is there. */

import type { Json, WireObject } from "../fill.ts";
import { isObject } from "../odata.ts";

export type Shape =
  | { readonly type: "text" }
  | { readonly type: "flag" }
  | { readonly type: "whole" }
  /** One of some words. */
  | { readonly type: "word"; readonly of: readonly string[] }
  /** Some of some words, separated by commas. */
  | { readonly type: "words"; readonly of: readonly string[] }
  | { readonly type: "list"; readonly of: Shape }
  | { readonly type: "record"; readonly fields: Fields }
  /** As it comes, for parts that have rules of their own. */
  | { readonly type: "any" };

export type Fields = Readonly<Record<string, Shape>>;

/** A body does not have the shape; `where` is the path of what is wrong. */
export class Misshapen extends Error {
  readonly where: string;

  constructor(where: string) {
    super(`misshapen at ${where}`);
    this.name = "Misshapen";
    this.where = where;
  }
}

export const text: Shape = { type: "text" };
export const flag: Shape = { type: "flag" };
export const whole: Shape = { type: "whole" };
export const any: Shape = { type: "any" };
export const word = (...of: readonly string[]): Shape => ({ type: "word", of });
export const words = (...of: readonly string[]): Shape => ({ type: "words", of });
export const list = (of: Shape): Shape => ({ type: "list", of });
export const record = (fields: Fields): Shape => ({ type: "record", fields });

const wordIn = (value: string, of: readonly string[], where: string): string => {
  const found = of.find((candidate) => candidate.toLowerCase() === value.trim().toLowerCase());
  if (found === undefined) throw new Misshapen(where);
  return found;
};

/** The value in full: missing lists are empty, everything else that is missing is null. @throws Misshapen */
const conform = (value: Json | undefined, shape: Shape, where: string): Json => {
  if (value === undefined || value === null) return shape.type === "list" ? [] : null;
  switch (shape.type) {
    case "any":
      return value;
    case "text":
      if (typeof value !== "string") throw new Misshapen(where);
      return value;
    case "flag":
      if (typeof value !== "boolean") throw new Misshapen(where);
      return value;
    case "whole":
      if (typeof value !== "number" || !Number.isInteger(value)) throw new Misshapen(where);
      return value;
    case "word":
      if (typeof value !== "string") throw new Misshapen(where);
      return wordIn(value, shape.of, where);
    case "words":
      if (typeof value !== "string") throw new Misshapen(where);
      return value
        .split(",")
        .map((part) => wordIn(part, shape.of, where))
        .join(",");
    case "list":
      if (!Array.isArray(value)) throw new Misshapen(where);
      return value.map((element: Json, index) => {
        if (element === null) throw new Misshapen(`${where}[${index}]`);
        return conform(element, shape.of, `${where}[${index}]`);
      });
    case "record": {
      if (!isObject(value)) throw new Misshapen(where);
      const sent = conformSent(value, shape.fields, where);
      return Object.fromEntries(Object.entries(shape.fields).map(([name, field]) => [name, sent[name] ?? conform(undefined, field, name)]));
    }
  }
};

/**
 * What was sent, with the names of its properties as the service spells them, and each value in full. Clients that mark
 * every object with its `@odata.type` may do so.
 * @throws Misshapen for properties that are not there or hold the wrong sort of value
 */
export const conformSent = (body: WireObject, fields: Fields, where = ""): WireObject => {
  const sent: Record<string, Json> = {};
  for (const [key, value] of Object.entries(body)) {
    const path = where === "" ? key : `${where}.${key}`;
    const name = Object.keys(fields).find((candidate) => candidate.toLowerCase() === key.toLowerCase());
    if (name !== undefined) {
      if (Object.hasOwn(sent, name)) throw new Misshapen(path);
      sent[name] = conform(value, fields[name] ?? any, path);
    } else if (key.toLowerCase() !== "@odata.type") throw new Misshapen(path);
  }
  return sent;
};

export const isGuid = (value: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);

/** The texts of a list; what is no text is left out. */
export const textsIn = (value: Json | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((element: Json): element is string => typeof element === "string") : [];

/** A property that is an object, or an empty one. */
export const objectIn = (object: WireObject, name: string): WireObject => {
  const value = object[name];
  return isObject(value) ? value : {};
};
