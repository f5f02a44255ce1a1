/**
 * Rules of dynamic groups (groups-dynamic-membership): the part of their language that speaks of one property of an
 * account and one value at a time.
 */

import type { Json, WireObject } from "../fill.ts";
import { isObject, property } from "../odata.ts";

/** A rule cannot be read. */
export class RuleInvalid extends Error {
  constructor(detail: string) {
    super(detail);
    this.name = "RuleInvalid";
  }
}

/** The service may know it; this practice tenant does not. */
export class RuleUnknown extends Error {
  constructor(what: string) {
    super(what);
    this.name = "RuleUnknown";
  }
}

type Test = (user: WireObject) => boolean;
type Value = string | boolean | null | readonly string[];
type Token = { readonly type: "text"; readonly value: string } | { readonly type: "word" | "sign"; readonly value: string };

const TOKEN = /\s*(?:"((?:[^"`]|`.)*)"|'((?:[^'`]|`.)*)'|(-?[A-Za-z_][\w.]*)|([()[\],]))/y;

const tokensOf = (rule: string): readonly Token[] => {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (rule.slice(TOKEN.lastIndex).trim() !== "") {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(rule);
    if (match === null) throw new RuleInvalid(`syntax error at position ${at}`);
    const [, double, single, word, sign] = match;
    const quoted = double ?? single;
    if (quoted !== undefined) tokens.push({ type: "text", value: quoted.replaceAll(/`(.)/gsu, "$1") });
    else if (word !== undefined) tokens.push({ type: "word", value: word });
    else tokens.push({ type: "sign", value: sign ?? "" });
  }
  return tokens;
};

const FLAGS = new Set(["accountenabled", "dirsyncenabled"]);
const TEXTS = new Set(
  (
    "city companyName country department displayName employeeId employeeType facsimileTelephoneNumber givenName jobTitle mail mailNickName mobile objectId " +
    "onPremisesDistinguishedName onPremisesSecurityIdentifier passwordPolicies physicalDeliveryOfficeName postalCode preferredLanguage state streetAddress surname " +
    "usageLocation userPrincipalName userType"
  )
    .toLowerCase()
    .split(" "),
);
const LISTS = new Set(["othermails", "proxyaddresses"]);
const EXTENSION = /^extensionattribute(?:[1-9]|1[0-5])$/;

/** Those that the rule language calls by another name than Graph does. */
const RENAMED: Readonly<Record<string, string>> = {
  dirsyncenabled: "onPremisesSyncEnabled",
  mobile: "mobilePhone",
  objectid: "id",
  physicaldeliveryofficename: "officeLocation",
  facsimiletelephonenumber: "faxNumber",
};

const valueIn = (user: WireObject, name: string): Json => {
  if (EXTENSION.test(name)) {
    const attributes = property(user, "onPremisesExtensionAttributes");
    return isObject(attributes) ? (property(attributes, name) ?? null) : null;
  }
  return property(user, RENAMED[name] ?? name) ?? null;
};

const folded = (value: Json): Json => (typeof value === "string" ? value.toLowerCase() : value);

type Kind = "flag" | "text" | "list";

const kindOf = (word: string): { readonly name: string; readonly kind: Kind } => {
  const [owner, name, ...rest] = word.toLowerCase().split(".");
  if (owner === "device") throw new RuleUnknown("rules about devices");
  if (owner !== "user" || name === undefined || rest.length > 0) throw new RuleInvalid(`'${word}' is no property of a user`);
  if (FLAGS.has(name)) return { name, kind: "flag" };
  if (TEXTS.has(name) || EXTENSION.test(name)) return { name, kind: "text" };
  if (LISTS.has(name)) return { name, kind: "list" };
  if (name.startsWith("extension_") || ["assignedplans", "memberof", "employeehiredate", "telephonenumber"].includes(name)) {
    throw new RuleUnknown(`rules about user.${name}`);
  }
  throw new RuleInvalid(`'${word}' is no property of a user`);
};

type Compare = (value: Json, wanted: Value) => boolean;

const equals: Compare = (value, wanted) => !Array.isArray(wanted) && folded(value) === folded(wanted);
const withText =
  (test: (value: string, wanted: string) => boolean): Compare =>
  (value, wanted) =>
    typeof value === "string" && typeof wanted === "string" && test(value.toLowerCase(), wanted.toLowerCase());
const starts = withText((value, wanted) => value.startsWith(wanted));
const ends = withText((value, wanted) => value.endsWith(wanted));
const contains = withText((value, wanted) => value.includes(wanted));
const matches: Compare = (value, wanted) => typeof value === "string" && typeof wanted === "string" && new RegExp(wanted, "i").test(value);
const isIn: Compare = (value, wanted) => Array.isArray(wanted) && wanted.some((one: string) => folded(value) === folded(one));

const not =
  (compare: Compare): Compare =>
  (value, wanted) =>
    !compare(value, wanted);

const OPERATORS: Readonly<Record<string, { readonly compare: Compare; readonly takes: readonly Kind[]; readonly value: "any" | "text" | "texts" }>> = {
  eq: { compare: equals, takes: ["flag", "text"], value: "any" },
  ne: { compare: not(equals), takes: ["flag", "text"], value: "any" },
  startswith: { compare: starts, takes: ["text"], value: "text" },
  notstartswith: { compare: not(starts), takes: ["text"], value: "text" },
  endswith: { compare: ends, takes: ["text"], value: "text" },
  notendswith: { compare: not(ends), takes: ["text"], value: "text" },
  // For a list, contains asks whether an element is the value.
  contains: { compare: contains, takes: ["text", "list"], value: "text" },
  notcontains: { compare: not(contains), takes: ["text", "list"], value: "text" },
  match: { compare: matches, takes: ["text"], value: "text" },
  notmatch: { compare: not(matches), takes: ["text"], value: "text" },
  in: { compare: isIn, takes: ["text"], value: "texts" },
  notin: { compare: not(isIn), takes: ["text"], value: "texts" },
};

const checkValue = (value: Value, kind: Kind, wanted: "any" | "text" | "texts"): void => {
  if (wanted === "texts" ? !Array.isArray(value) : Array.isArray(value)) throw new RuleInvalid("a list of values stands with -in and -notIn, and nowhere else");
  if (wanted === "text" && typeof value !== "string") throw new RuleInvalid("a text in quotes is needed");
  if (kind === "flag" && typeof value !== "boolean" && value !== null) throw new RuleInvalid("true or false is needed");
  if (kind === "text" && typeof value === "boolean") throw new RuleInvalid("a text in quotes is needed");
};

const UNKNOWN_OPERATORS = new Set(["any", "all", "ge", "le"]);

/** @param readValue reads what stands behind the operator */
const comparisonOf = (subject: string, operator: string, readValue: () => Value): Test => {
  const { name, kind } = kindOf(subject);
  const word = operator.toLowerCase().replace(/^-/, "");
  if (UNKNOWN_OPERATORS.has(word)) throw new RuleUnknown(`rules with -${word}`);
  const value = readValue();
  const known = Object.hasOwn(OPERATORS, word) ? OPERATORS[word] : undefined;
  if (known === undefined || !known.takes.includes(kind)) throw new RuleInvalid(`'${operator}' does not go with '${subject}'`);
  checkValue(value, kind, known.value);
  if (word.endsWith("match") && typeof value === "string") checkPattern(value);
  if (kind !== "list") return (user) => known.compare(valueIn(user, name), value);
  const has = (user: WireObject): boolean => {
    const list = valueIn(user, name);
    return Array.isArray(list) && list.some((element: Json) => equals(element, value));
  };
  return word === "contains" ? has : (user) => !has(user);
};

const checkPattern = (pattern: string): void => {
  try {
    new RegExp(pattern);
  } catch {
    throw new RuleInvalid(`'${pattern}' is no regular expression`);
  }
};

/**
 * Whether an account is in a group with this rule. Text compares without regard to case.
 * @throws RuleInvalid, RuleUnknown
 */
export const membershipTest = (rule: string): Test => {
  if (/^\s*Direct Reports for\b/i.test(rule)) throw new RuleUnknown("rules for direct reports");
  const tokens = tokensOf(rule);
  let at = 0;
  const next = (): Token => {
    const token = tokens[at];
    if (token === undefined) throw new RuleInvalid("it ends too early");
    at += 1;
    return token;
  };
  const isNext = (...values: readonly string[]): boolean => {
    const token = tokens[at];
    return token !== undefined && token.type !== "text" && values.includes(token.value.toLowerCase());
  };
  const expect = (sign: string): void => {
    const token = next();
    if (token.type !== "sign" || token.value !== sign) throw new RuleInvalid(`'${sign}' expected, '${token.value}' found`);
  };
  const either = (): Test => {
    const parts = [both()];
    while (isNext("-or", "or")) {
      next();
      parts.push(both());
    }
    return (user) => parts.some((part) => part(user));
  };
  const both = (): Test => {
    const parts = [one()];
    while (isNext("-and", "and")) {
      next();
      parts.push(one());
    }
    return (user) => parts.every((part) => part(user));
  };
  const one = (): Test => {
    if (isNext("-not", "not")) {
      next();
      const inner = one();
      return (user) => !inner(user);
    }
    if (isNext("(")) {
      next();
      const inner = either();
      expect(")");
      return inner;
    }
    const subject = next();
    if (subject.type !== "word") throw new RuleInvalid(`a property expected, '${subject.value}' found`);
    const operator = next();
    if (operator.type !== "word") throw new RuleInvalid(`an operator expected, '${operator.value}' found`);
    return comparisonOf(subject.value, operator.value, readValue);
  };
  const readValue = (): Value => {
    const token = next();
    if (token.type === "text") return token.value;
    if (token.type === "sign" && token.value === "[") return listOf();
    const word = token.value.toLowerCase();
    if (word === "null") return null;
    if (word === "true" || word === "false") return word === "true";
    throw new RuleInvalid(`a value expected, '${token.value}' found`);
  };
  const listOf = (): readonly string[] => {
    const values: string[] = [];
    while (values.length === 0 || isNext(",")) {
      if (values.length > 0) expect(",");
      const token = next();
      if (token.type !== "text") throw new RuleInvalid("a list holds texts in quotes");
      values.push(token.value);
    }
    expect("]");
    return values;
  };
  const test = either();
  const rest = tokens[at];
  if (rest !== undefined) throw new RuleInvalid(`'${rest.value}' stands where nothing is expected`);
  return test;
};
