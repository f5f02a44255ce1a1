/** Device filters of conditional access (concept-condition-filters-for-devices): `device.isCompliant -eq True -and device.trustType -ne "ServerAD"`. */

import type { Json, WireObject } from "../fill.ts";
import { isObject, property } from "../odata.ts";

/** A rule that is none, or says more than is known here. */
export class FilterUnreadable extends Error {
  constructor(detail: string) {
    super(detail);
    this.name = "FilterUnreadable";
  }
}

type Literal = null | boolean | string | readonly string[];
type Test = (device: WireObject) => boolean;
type Token = { readonly type: "text" | "word" | "sign"; readonly text: string };

const TOKEN = /\s*(?:"([^"]*)"|'([^']*)'|(-?[A-Za-z0-9_.]+)|([()[\],]))/y;

const tokensOf = (text: string): readonly Token[] => {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== "") {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new FilterUnreadable(`syntax error at position ${at}`);
    const quoted = match[1] ?? match[2];
    if (quoted !== undefined) tokens.push({ type: "text", text: quoted });
    else if (match[3] !== undefined) tokens.push({ type: "word", text: match[3] });
    else tokens.push({ type: "sign", text: match[4] ?? "" });
  }
  return tokens;
};

const folded = (value: Json | Literal): string => (value === null ? "" : String(value).toLowerCase());

/** Extension attributes are there to compare on a device that is managed, compliant or joined on premises, and on no other. */
const showsAttributes = (device: WireObject): boolean =>
  device["isCompliant"] === true || device["trustType"] === "ServerAD" || (device["mdmAppId"] ?? null) !== null;

/** An attribute stands directly on the device in a rule, below an object on the wire. */
const valueIn = (device: WireObject, name: string): Json => {
  if (!/^extensionattribute\d+$/i.test(name)) return property(device, name) ?? null;
  if (!showsAttributes(device)) return null;
  const attributes = device["extensionAttributes"];
  return (isObject(attributes) ? property(attributes, name) : property(device, name)) ?? null;
};

const isSame = (value: Json, wanted: Literal): boolean =>
  Array.isArray(wanted)
    ? wanted.some((each: string) => isSame(value, each))
    : value === null || wanted === null
      ? value === wanted
      : folded(value) === folded(wanted);

const holds = (value: Json, wanted: Literal): boolean =>
  Array.isArray(value) ? value.some((each: Json) => isSame(each, wanted)) : value !== null && folded(value).includes(folded(wanted));

const OPERATORS: Readonly<Record<string, (value: Json, wanted: Literal) => boolean>> = {
  "-eq": isSame,
  "-in": isSame,
  "-startswith": (value, wanted) => value !== null && folded(value).startsWith(folded(wanted)),
  "-endswith": (value, wanted) => value !== null && folded(value).endsWith(folded(wanted)),
  "-contains": holds,
};

const comparisonOf = (name: string, operator: string, wanted: Literal): Test => {
  const word = operator.toLowerCase();
  const plain = word === "-ne" ? "-eq" : word.replace(/^-not/, "-");
  const compare = Object.hasOwn(OPERATORS, plain) ? OPERATORS[plain] : undefined;
  if (compare === undefined) throw new FilterUnreadable(`unknown operator '${operator}'`);
  // What denies something of a device is true of one without the property, a device that is not registered among them.
  return (device) => compare(valueIn(device, name), wanted) === (plain === word);
};

/** Whether a device fulfils a rule. @throws FilterUnreadable */
export const deviceTest = (rule: string): Test => {
  const tokens = tokensOf(rule);
  let at = 0;
  const next = (): Token => {
    const token = tokens[at];
    if (token === undefined) throw new FilterUnreadable("it ends in the middle");
    at += 1;
    return token;
  };
  const isNext = (...words: readonly string[]): boolean => {
    const token = tokens[at];
    return token !== undefined && token.type !== "text" && words.includes(token.text.toLowerCase());
  };
  const either = (): Test => {
    const parts = [both()];
    for (; isNext("-or", "or"); parts.push(both())) next();
    return (device) => parts.some((part) => part(device));
  };
  const both = (): Test => {
    const parts = [one()];
    for (; isNext("-and", "and"); parts.push(one())) next();
    return (device) => parts.every((part) => part(device));
  };
  const one = (): Test => {
    const token = next();
    if (token.type === "word" && ["-not", "not"].includes(token.text.toLowerCase())) {
      const inner = one();
      return (device) => !inner(device);
    }
    if (token.type === "sign" && token.text === "(") {
      const inner = either();
      if (!isNext(")")) throw new FilterUnreadable("')' expected");
      next();
      return inner;
    }
    const name = token.type === "word" ? /^device\.(\w+)$/i.exec(token.text)?.[1] : undefined;
    if (name === undefined) throw new FilterUnreadable(`'${token.text}' is no property of a device`);
    return comparisonOf(name, next().text, literal());
  };
  const literal = (): Literal => {
    const token = next();
    if (token.type === "text") return token.text;
    const word = token.text.toLowerCase();
    if (word === "true" || word === "false") return word === "true";
    if (word === "null") return null;
    if (word !== "[") throw new FilterUnreadable(`a value expected, '${token.text}' found`);
    const values: string[] = [];
    while (!isNext("]")) {
      values.push(next().text);
      if (isNext(",")) next();
    }
    next();
    return values;
  };
  const test = either();
  if (at < tokens.length) throw new FilterUnreadable(`unexpected '${tokens[at]?.text ?? ""}'`);
  return test;
};
