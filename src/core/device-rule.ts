/**
 * The rules by which policies pick devices: `device.isCompliant -eq True -and device.displayName -startsWith "LAB"`.
 *
 * @see "Conditional Access: Filter for devices": properties, operators, devices that are not registered
 * @see "Manage rules for dynamic membership groups": precedence, null, case, hyphens
 */

import type { Answer } from "./evaluate-logic.ts";

export type Device = { readonly [property: string]: string | boolean | null };

type Literal = { readonly type: "text"; readonly text: string } | { readonly type: "null" } | { readonly type: "list"; readonly texts: readonly string[] };
type Rule =
  | { readonly type: "compare"; readonly property: string; readonly operator: Operator; readonly literal: Literal }
  | { readonly type: "not"; readonly rule: Rule }
  | { readonly type: "and" | "or"; readonly rules: readonly Rule[] };

/** "The maximum length for the filter rule is 3072 characters"; a longer one is none of the service's. */
const MAX_LENGTH = 3_072;

const OPERATORS = {
  eq: { negative: false, holds: (have, want) => have === want },
  ne: { negative: true, holds: (have, want) => have === want },
  startswith: { negative: false, holds: (have, want) => have.startsWith(want) },
  notstartswith: { negative: true, holds: (have, want) => have.startsWith(want) },
  endswith: { negative: false, holds: (have, want) => have.endsWith(want) },
  notendswith: { negative: true, holds: (have, want) => have.endsWith(want) },
  contains: { negative: false, holds: (have, want) => have.includes(want) },
  notcontains: { negative: true, holds: (have, want) => have.includes(want) },
  in: { negative: false, holds: (have, want) => have === want },
  notin: { negative: true, holds: (have, want) => have === want },
} as const satisfies Record<string, { readonly negative: boolean; readonly holds: (have: string, want: string) => boolean }>;
type Operator = keyof typeof OPERATORS;

const PROPERTIES = new Set([
  ...["deviceid", "displayname", "deviceownership", "enrollmentprofilename", "iscompliant", "manufacturer", "mdmappid", "model"],
  ...["operatingsystem", "operatingsystemversion", "physicalids", "profiletype", "systemlabels", "trusttype"],
  ...Array.from({ length: 15 }, (_, number) => `extensionattribute${number + 1}`),
]);
/** Several values each, of which a sign-in here holds none. */
const COLLECTIONS = new Set(["physicalids", "systemlabels"]);

class Unreadable extends Error {}

type Token = { readonly type: "text" | "word"; readonly text: string } | { readonly type: "(" | ")" | "[" | "]" | "," };

const TOKEN = /\s*(?:([()[\],])|"([^"`\\]*)"|'([^'`\\]*)'|([^\s()[\],"'`\\]+))/y;

const tokensOf = (rule: string): readonly Token[] => {
  const tokens: Token[] = [];
  const text = rule.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) throw new Unreadable();
    const [, mark, double, single, word] = match;
    if (mark === "(" || mark === ")" || mark === "[" || mark === "]" || mark === ",") tokens.push({ type: mark });
    else if (word !== undefined) tokens.push({ type: "word", text: word });
    else tokens.push({ type: "text", text: double ?? single ?? "" });
  }
  return tokens;
};

/** "Operators can be used with or without the hyphen (-) prefix"; the documentation itself prints dashes for it. */
const operatorWord = (token: Token | undefined): string => (token?.type === "word" ? token.text.replace(/^[-\u2013]/, "").toLowerCase() : "");

const isOperator = (word: string): word is Operator => Object.hasOwn(OPERATORS, word);

/** Comparisons bind before `-not`, that before `-and`, that before `-or` (operator precedence). */
const parse = (rule: string): Rule => {
  const tokens = tokensOf(rule);
  let place = 0;
  const next = (): Token => {
    const token = tokens[place];
    if (token === undefined) throw new Unreadable();
    place += 1;
    return token;
  };
  const expect = (type: Token["type"]): void => {
    if (next().type !== type) throw new Unreadable();
  };
  const literal = (): Literal => {
    const token = next();
    if (token.type === "text") return { type: "text", text: token.text };
    if (token.type === "word") return token.text.toLowerCase() === "null" ? { type: "null" } : { type: "text", text: token.text };
    if (token.type !== "[") throw new Unreadable();
    const texts: string[] = [];
    for (;;) {
      const item = next();
      if (item.type !== "text" && item.type !== "word") throw new Unreadable();
      texts.push(item.text);
      const after = next().type;
      if (after === "]") return { type: "list", texts };
      if (after !== ",") throw new Unreadable();
    }
  };
  const comparison = (): Rule => {
    const property = next();
    const operator = operatorWord(next());
    if (property.type !== "word" || !/^device\./i.test(property.text) || !isOperator(operator)) throw new Unreadable();
    return { type: "compare", property: property.text.slice("device.".length).toLowerCase(), operator, literal: literal() };
  };
  const factor = (): Rule => {
    if (operatorWord(tokens[place]) === "not") {
      place += 1;
      return { type: "not", rule: factor() };
    }
    if (tokens[place]?.type !== "(") return comparison();
    place += 1;
    const inner = either();
    expect(")");
    return inner;
  };
  const joined = (word: "and" | "or", part: () => Rule): Rule => {
    const rules = [part()];
    while (operatorWord(tokens[place]) === word) {
      place += 1;
      rules.push(part());
    }
    return rules.length === 1 && rules[0] !== undefined ? rules[0] : { type: word, rules };
  };
  const both = (): Rule => joined("and", factor);
  const either = (): Rule => joined("or", both);
  const whole = either();
  if (place < tokens.length) throw new Unreadable();
  return whole;
};

const answer = (is: boolean): Answer => (is ? "yes" : "no");
const opposite = (of: Answer): Answer => (of === "unknown" ? of : answer(of === "no"));

/**
 * "Devices must be Microsoft Intune managed, compliant, or Microsoft Entra hybrid joined for a value to be available in
 * extensionAttributes1-15".
 */
const hasExtensions = (device: Device): Answer => {
  const of = (property: string): Answer => {
    const value = Object.hasOwn(device, property) ? device[property] : undefined;
    if (value === undefined) return "unknown";
    const text = String(value ?? "").toLowerCase();
    if (property === "iscompliant") return answer(text === "true");
    return answer(property === "trusttype" ? text === "serverad" : text !== "");
  };
  const answers = ["iscompliant", "trusttype", "mdmappid"].map(of);
  if (answers.includes("yes")) return "yes";
  return answers.includes("unknown") ? "unknown" : "no";
};

const compare = ({ property, operator, literal }: Extract<Rule, { readonly type: "compare" }>, device: Device | null): Answer => {
  if (!PROPERTIES.has(property)) return "unknown";
  const { negative, holds } = OPERATORS[operator];
  // "For a device that is unregistered, all device properties are considered as null values", and yet positive operators never apply: of
  // a comparison with null nobody can say.
  if (device === null) return literal.type === "null" ? "unknown" : answer(negative);
  if (property.startsWith("extensionattribute")) {
    const available = hasExtensions(device);
    if (available === "unknown" || (available === "no" && (negative || literal.type === "null"))) return "unknown";
    if (available === "no") return "no";
  }
  const have = Object.hasOwn(device, property) ? device[property] : undefined;
  if (have === undefined) return "unknown";
  if (literal.type === "null") return operator === "eq" || operator === "ne" ? answer((have === null) !== negative) : "unknown";
  if ((literal.type === "list") !== (operator === "in" || operator === "notin")) return "unknown";
  if (have === null) return answer(negative);
  if (COLLECTIONS.has(property)) return "unknown";
  // "Regex and string operations aren't case sensitive".
  const texts = (literal.type === "list" ? literal.texts : [literal.text]).map((text) => text.toLowerCase());
  const found = texts.some((text) => holds(String(have).toLowerCase(), text));
  return answer(found !== negative);
};

const judge = (rule: Rule, device: Device | null): Answer => {
  switch (rule.type) {
    case "compare":
      return compare(rule, device);
    case "not":
      return opposite(judge(rule.rule, device));
    default: {
      const decisive: Answer = rule.type === "or" ? "yes" : "no";
      const answers = rule.rules.map((each) => judge(each, device));
      if (answers.includes(decisive)) return decisive;
      return answers.includes("unknown") ? "unknown" : opposite(decisive);
    }
  }
};

/**
 * Whether a device is one of those that a rule picks; null: the device is not registered. What stands in the rule and cannot
 * be read is unknown, as is a property that the device does not tell. Never throws.
 */
export const matchesRule = (rule: string, device: Device | null): Answer => {
  if (rule.length > MAX_LENGTH) return "unknown";
  try {
    return judge(parse(rule), device);
  } catch (error) {
    if (error instanceof Unreadable) return "unknown";
    throw error;
  }
};
