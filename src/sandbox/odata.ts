/** OData as Graph speaks it: query options, `$select`, and the part of `$filter` that the tool's routes need. */

import type { Json, WireObject } from "./fill.ts";
import { Refusal, unsupportedQuery } from "./refusal.ts";

export type Query = ReadonlyMap<string, string>;

const SYSTEM_OPTIONS = new Set(["select", "filter", "top", "count", "orderby", "expand", "search", "skip", "skiptoken", "format", "deltatoken", "apply"]);

/**
 * System query options by their name in lower case without `$`, which Graph lets clients leave out.
 * @throws Refusal 400 for one that stands twice
 */
export const queryOf = (parameters: URLSearchParams): Query => {
  const query = new Map<string, string>();
  for (const [key, value] of parameters) {
    const name = key.replace(/^\$/, "").toLowerCase();
    if (!SYSTEM_OPTIONS.has(name)) {
      if (key.startsWith("$")) throw new Refusal(400, "BadRequest", `The query parameter '${key}' is not supported.`);
      continue;
    }
    if (query.has(name)) throw new Refusal(400, "BadRequest", `Query option '$${name}' was specified more than once, but it must be specified at most once.`);
    query.set(name, value);
  }
  return query;
};

/** The names of a `$select`, lower case; undefined when everything is asked for. */
export const selectedOf = (query: Query): ReadonlySet<string> | undefined => {
  const text = query.get("select");
  if (text === undefined) return undefined;
  const names = text
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
  return names.length === 0 || names.includes("*") ? undefined : new Set(names);
};

/** The names of properties in lower case: a page asks for the same thirty a thousand times. */
const lowered = new Map<string, string>();
const MOST_NAMES = 2_000;

const lowerOf = (name: string): string => {
  const known = lowered.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  if (lowered.size < MOST_NAMES) lowered.set(name, lower);
  return lower;
};

/** An object with the selected properties only, `@odata.type` kept; the names of `$select` compare without regard to case. */
export const project = (object: WireObject, selected: ReadonlySet<string> | undefined): WireObject => {
  if (selected === undefined) return object;
  const picked: Record<string, Json> = {};
  for (const name in object) {
    const value = object[name];
    if (value !== undefined && (name === "@odata.type" || selected.has(lowerOf(name)))) picked[name] = value;
  }
  return picked;
};

/** A property whatever the case of its name. */
export const property = (object: WireObject, name: string): Json | undefined => {
  const direct = object[name];
  if (direct !== undefined) return direct;
  const wanted = name.toLowerCase();
  const key = Object.keys(object).find((candidate) => candidate.toLowerCase() === wanted);
  return key === undefined ? undefined : object[key];
};

export const isObject = (value: Json | undefined): value is WireObject => typeof value === "object" && value !== null && !Array.isArray(value);

export type Operator = "eq" | "ne" | "gt" | "ge" | "lt" | "le" | "startsWith" | "endsWith" | "in" | "any";

export type FilterNode =
  | { readonly type: "and"; readonly left: FilterNode; readonly right: FilterNode }
  | { readonly type: "or"; readonly left: FilterNode; readonly right: FilterNode }
  | { readonly type: "not"; readonly of: FilterNode }
  /** `path` is lower case, parts separated by a slash. */
  | { readonly type: "compare"; readonly path: string; readonly operator: Operator; readonly values: readonly (string | number | boolean | null)[] }
  /** Some element of a collection fulfils a condition; inside it the element itself is the empty path. */
  | { readonly type: "any"; readonly path: string; readonly of: FilterNode };

/** Which properties can be filtered, and how. Names are lower case. */
export type FilterRules = Readonly<Record<string, readonly Operator[]>>;

type Token = { readonly type: "word" | "text" | "sign"; readonly text: string };

const TOKEN = /\s*(?:'((?:[^']|'')*)'|([A-Za-z0-9_$@.:+/-]+)|([(),]))/y;

const invalid = (detail: string): Refusal => new Refusal(400, "BadRequest", `Invalid filter clause: ${detail}`);

const tokensOf = (text: string): readonly Token[] => {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== "") {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw invalid(`syntax error at position ${at}.`);
    if (match[1] !== undefined) tokens.push({ type: "text", text: match[1].replaceAll("''", "'") });
    else if (match[2] !== undefined) tokens.push({ type: "word", text: match[2] });
    else tokens.push({ type: "sign", text: match[3] ?? "" });
  }
  return tokens;
};

const COMPARISONS: ReadonlySet<string> = new Set(["eq", "ne", "gt", "ge", "lt", "le"]);
const isComparison = (word: string): word is "eq" | "ne" | "gt" | "ge" | "lt" | "le" => COMPARISONS.has(word);

const literalOf = (token: Token): string | number | boolean | null => {
  if (token.type === "text") return token.text;
  if (token.type === "sign") throw invalid(`unexpected '${token.text}'.`);
  if (token.text === "true") return true;
  if (token.text === "false") return false;
  if (token.text === "null") return null;
  return /^-?\d+(\.\d+)?$/.test(token.text) ? Number(token.text) : token.text;
};

/** @throws Refusal 400 when the text is no filter */
export const parseFilter = (text: string): FilterNode => {
  const tokens = tokensOf(text);
  let at = 0;
  const next = (): Token => {
    const token = tokens[at];
    if (token === undefined) throw invalid("unexpected end.");
    at += 1;
    return token;
  };
  const peek = (word: string): boolean => tokens[at]?.type !== "text" && tokens[at]?.text.toLowerCase() === word;
  const expect = (sign: string): void => {
    const token = next();
    if (token.type !== "sign" || token.text !== sign) throw invalid(`'${sign}' expected, '${token.text}' found.`);
  };
  const pathOf = (word: string, variable: string): string => {
    const path = word.toLowerCase();
    if (variable === "") return path;
    if (path === variable) return "";
    if (!path.startsWith(`${variable}/`)) throw invalid(`'${word}' is not under '${variable}'.`);
    return path.slice(variable.length + 1);
  };
  const either = (variable: string): FilterNode => {
    let left = both(variable);
    while (peek("or")) {
      next();
      left = { type: "or", left, right: both(variable) };
    }
    return left;
  };
  const both = (variable: string): FilterNode => {
    let left = one(variable);
    while (peek("and")) {
      next();
      left = { type: "and", left, right: one(variable) };
    }
    return left;
  };
  const one = (variable: string): FilterNode => {
    if (peek("(")) {
      next();
      const inner = either(variable);
      expect(")");
      return inner;
    }
    if (peek("not")) {
      next();
      return { type: "not", of: one(variable) };
    }
    const subject = next();
    if (subject.type !== "word") throw invalid(`a property name expected, '${subject.text}' found.`);
    return peek("(") ? called(subject.text, variable) : compared(subject.text, variable);
  };
  const called = (word: string, variable: string): FilterNode => {
    expect("(");
    const name = word.toLowerCase();
    if (name === "startswith" || name === "endswith") {
      const path = pathOf(next().text, variable);
      expect(",");
      const value = literalOf(next());
      expect(")");
      return { type: "compare", path, operator: name === "startswith" ? "startsWith" : "endsWith", values: [value] };
    }
    if (!name.endsWith("/any")) throw unsupportedQuery(`Unsupported function '${word}' in the filter clause.`);
    // The tokenizer keeps `m:m` together, and may have taken `m:m/skuId` or `m:` alone.
    const head = next().text;
    const colon = head.indexOf(":");
    if (colon < 1) throw invalid("a range variable expected.");
    const inner = head.slice(0, colon).toLowerCase();
    const rest = head.slice(colon + 1);
    const of = rest === "" ? either(inner) : compared(rest, inner);
    expect(")");
    return { type: "any", path: pathOf(word.slice(0, -"/any".length), variable), of };
  };
  const compared = (word: string, variable: string): FilterNode => {
    const path = pathOf(word, variable);
    const operator = next().text.toLowerCase();
    if (operator === "in") {
      expect("(");
      const values = [literalOf(next())];
      while (peek(",")) {
        next();
        values.push(literalOf(next()));
      }
      expect(")");
      return { type: "compare", path, operator: "in", values };
    }
    if (!isComparison(operator)) throw invalid(`unknown operator '${operator}'.`);
    return { type: "compare", path, operator, values: [literalOf(next())] };
  };
  const node = either("");
  if (at < tokens.length) throw invalid(`unexpected '${tokens[at]?.text ?? ""}'.`);
  return node;
};

/** The properties that a filter speaks of, lower case. */
export const filteredProperties = (node: FilterNode): readonly string[] => {
  if (node.type === "compare" || node.type === "any") return [node.path];
  if (node.type === "not") return filteredProperties(node.of);
  return [...filteredProperties(node.left), ...filteredProperties(node.right)];
};

const needsAdvanced = (what: string): Refusal => unsupportedQuery(`${what} is supported only with the header ConsistencyLevel: eventual and $count=true.`);

/** @throws Refusal 400 for what the route does not support, or supports as an advanced query only */
const checkRules = (node: FilterNode, rules: FilterRules, advanced: boolean): void => {
  if (node.type === "and" || node.type === "or") {
    checkRules(node.left, rules, advanced);
    checkRules(node.right, rules, advanced);
    return;
  }
  if (node.type === "not") {
    if (!advanced) throw needsAdvanced("The operator 'not'");
    checkRules(node.of, rules, advanced);
    return;
  }
  const operator = node.type === "any" ? "any" : node.operator;
  if (!(rules[node.path] ?? []).includes(operator)) throw unsupportedQuery(`Unsupported or invalid query filter clause specified for property '${node.path}'.`);
  if (advanced) return;
  if (operator === "ne" || operator === "endsWith") throw needsAdvanced(`The operator '${operator}'`);
  if (node.path.endsWith("/$count")) throw needsAdvanced("$count in $filter");
};

const stepInto = (value: Json | undefined, part: string): Json | undefined => {
  if (part === "$count") return Array.isArray(value) ? value.length : undefined;
  return isObject(value) ? property(value, part) : undefined;
};

const at = (value: Json | undefined, path: string): Json | undefined => {
  let here = value;
  for (const part of path === "" ? [] : path.split("/")) here = stepInto(here, part);
  return here;
};

const folded = (value: Json | undefined): Json | undefined => (typeof value === "string" ? value.toLowerCase() : value);

const order = (left: Json | undefined, right: string | number | boolean | null): number | undefined => {
  const value = folded(left);
  const wanted = typeof right === "string" ? right.toLowerCase() : right;
  if (typeof value === "string" && typeof wanted === "string") {
    const moments = [Date.parse(value), Date.parse(wanted)] as const;
    if (/^\d{4}-\d\d/.test(value) && !moments.some(Number.isNaN)) return moments[0] - moments[1];
    return value < wanted ? -1 : Number(value > wanted);
  }
  return typeof value === "number" && typeof wanted === "number" ? value - wanted : undefined;
};

const holds = (node: FilterNode, subject: Json): boolean => {
  switch (node.type) {
    case "and":
      return holds(node.left, subject) && holds(node.right, subject);
    case "or":
      return holds(node.left, subject) || holds(node.right, subject);
    case "not":
      return !holds(node.of, subject);
    case "any": {
      const list = at(subject, node.path);
      return Array.isArray(list) && list.some((element: Json) => holds(node.of, element));
    }
    case "compare":
      return compares(at(subject, node.path) ?? null, node.operator, node.values);
  }
};

const compares = (value: Json, operator: Operator, values: readonly (string | number | boolean | null)[]): boolean => {
  const wanted = values[0] ?? null;
  const same = (other: string | number | boolean | null): boolean => folded(value) === folded(other);
  const difference = (): number | undefined => order(value, wanted);
  switch (operator) {
    case "eq":
      return same(wanted);
    case "ne":
      return !same(wanted);
    case "in":
      return values.some(same);
    case "startsWith":
      return typeof value === "string" && typeof wanted === "string" && value.toLowerCase().startsWith(wanted.toLowerCase());
    case "endsWith":
      return typeof value === "string" && typeof wanted === "string" && value.toLowerCase().endsWith(wanted.toLowerCase());
    case "gt":
      return (difference() ?? 0) > 0;
    case "ge":
      return (difference() ?? -1) >= 0;
    case "lt":
      return (difference() ?? 0) < 0;
    case "le":
      return (difference() ?? 1) <= 0;
    case "any":
      return false;
  }
};

/**
 * What a filter lets through. Text compares without regard to case, as in the directory.
 * @param advanced the request carries ConsistencyLevel: eventual and $count=true
 * @throws Refusal 400 for what the route does not support
 */
export const predicateOf = (node: FilterNode, rules: FilterRules, advanced: boolean): ((object: WireObject) => boolean) => {
  checkRules(node, rules, advanced);
  return (object) => holds(node, object);
};
