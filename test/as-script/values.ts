/** Values as PowerShell has them, as far as the scripts use them: what is not here is not done, and said. */

/** What this stand-in does not do; no `catch` of a script catches it. */
export class NotHere extends Error {}

/** What a script catches. */
export class Fault extends Error {}

/** Keys without regard to case, in order. `ordered`: the sort that has no ContainsKey. */
export class Table {
  readonly ordered: boolean;
  readonly #entries = new Map<string, readonly [key: string, value: Value]>();

  constructor(ordered = false) {
    this.ordered = ordered;
  }

  get size(): number {
    return this.#entries.size;
  }
  get keys(): readonly string[] {
    return [...this.#entries.values()].map(([key]) => key);
  }
  get values(): readonly Value[] {
    return [...this.#entries.values()].map(([, value]) => value);
  }
  has(key: string): boolean {
    return this.#entries.has(key.toLowerCase());
  }
  get(key: string): Value {
    return this.#entries.get(key.toLowerCase())?.[1] ?? null;
  }
  set(key: string, value: Value): void {
    const old = this.#entries.get(key.toLowerCase());
    this.#entries.set(key.toLowerCase(), [old?.[0] ?? key, value]);
  }
  remove(key: string): void {
    this.#entries.delete(key.toLowerCase());
  }
}

/** What a cmdlet gives out: properties that are there, and no others. */
export class Thing {
  readonly properties: Table;

  constructor(properties: Readonly<Record<string, Value>>) {
    this.properties = new Table();
    for (const [name, value] of Object.entries(properties)) this.properties.set(name, value);
  }
}

export class Type {
  readonly name: string;

  constructor(name: string) {
    this.name = name.toLowerCase();
  }
}

export type Value = null | boolean | number | string | readonly Value[] | Table | Thing | Type | Fault;

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

export const textOf = (value: Value): string => {
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number" || typeof value === "string") return String(value);
  if (value instanceof Fault) return value.message;
  if (isList(value)) return value.map(textOf).join(" ");
  throw new NotHere("a table as text");
};

export const isTrue = (value: Value): boolean => {
  if (isList(value)) return value.length > 1 || (value.length === 1 && isTrue(value[0] ?? null));
  return value !== null && value !== false && value !== 0 && value !== "";
};

export const numberOf = (value: Value): number => {
  if (typeof value === "number") return value;
  throw new NotHere(`${textOf(value)} as a number`);
};

const equal = (left: Value, right: Value): boolean => {
  if (left === null || right === null) return left === right;
  if (isList(left)) throw new NotHere("a list on the left of -eq");
  if (typeof left === "boolean") return left === isTrue(right);
  if (typeof left === "number") return left === numberOf(right);
  return textOf(left).toLowerCase() === textOf(right).toLowerCase();
};

const wildcard = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
    "is",
  );

const split = (text: string, by: Value): readonly Value[] => {
  const [pattern, most] = isList(by) ? [textOf(by[0] ?? null), numberOf(by[1] ?? null)] : [textOf(by), 0];
  const parts = text.split(new RegExp(pattern, "i"));
  if (most === 0 || parts.length <= most) return parts;
  // The last one is all the rest, with what stands between.
  const found: string[] = [];
  let rest = text;
  while (found.length < most - 1) {
    const at = new RegExp(pattern, "i").exec(rest);
    if (at === null) break;
    found.push(rest.slice(0, at.index));
    rest = rest.slice(at.index + at[0].length);
  }
  return [...found, rest];
};

const format = (text: string, by: Value): string => {
  const values = isList(by) ? by : [by];
  return text.replace(/\{(\d+)\}/g, (_, at: string) => {
    const value = values[Number(at)];
    if (value === undefined)
      throw new Fault("Error formatting a string: Index (zero based) must be greater than or equal to zero and less than the size of the argument list.");
    return textOf(value);
  });
};

const plus = (left: Value, right: Value): Value => {
  if (isList(left)) return [...left, ...(isList(right) ? right : [right])];
  if (typeof left === "string") return left + textOf(right);
  return numberOf(left) + numberOf(right);
};

const OPERATORS: Readonly<Record<string, (left: Value, right: Value) => Value>> = {
  "-eq": equal,
  "-ne": (left, right) => !equal(left, right),
  "-gt": (left, right) => numberOf(left) > numberOf(right),
  "-lt": (left, right) => numberOf(left) < numberOf(right),
  "-like": (left, right) => wildcard(textOf(right)).test(textOf(left)),
  "-match": (left, right) => new RegExp(textOf(right), "i").test(textOf(left)),
  "-contains": (left, right) => (isList(left) ? left : [left]).some((each) => equal(each, right)),
  "-split": (left, right) => split(textOf(left), right),
  "-join": (left, right) => (isList(left) ? left : [left]).map(textOf).join(textOf(right)),
  "-f": (left, right) => format(textOf(left), right),
  "+": plus,
  "-": (left, right) => numberOf(left) - numberOf(right),
  "*": (left, right) => numberOf(left) * numberOf(right),
  "/": (left, right) => numberOf(left) / numberOf(right),
  "%": (left, right) => numberOf(left) % numberOf(right),
};

export const operate = (operator: string, left: Value, right: Value): Value => {
  const own = OPERATORS[operator.toLowerCase()];
  if (own === undefined) throw new NotHere(`the operator ${operator}`);
  return own(left, right);
};

/** As ConvertTo-Json writes it at the depth that the scripts use. */
export const jsonOf = (value: Value): unknown => {
  if (value instanceof Table) return Object.fromEntries(value.keys.map((key) => [key, jsonOf(value.get(key))]));
  if (isList(value)) return value.map(jsonOf);
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string") return value;
  throw new NotHere("this as JSON");
};

export const fromJson = (json: unknown): Value => {
  if (json === null || typeof json === "boolean" || typeof json === "number" || typeof json === "string") return json;
  if (Array.isArray(json)) return json.map(fromJson);
  if (typeof json === "object") return new Thing(Object.fromEntries(Object.entries(json).map(([name, each]) => [name, fromJson(each)])));
  throw new NotHere(`${typeof json} in JSON`);
};
