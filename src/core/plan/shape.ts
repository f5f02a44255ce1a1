/** The shape of a plan: what the schema finds wrong, at the node where it stands and in words for people. */

import * as v from "valibot";
import { slugOf } from "./names.ts";
import { type Fault, fault, listed, nearest, type Problems, quoted, suggestion } from "./problems.ts";
import { planSchema } from "./schema.ts";
import { type Item, plainOf } from "./tree.ts";

type Path = readonly (string | number)[];
type Issue = v.BaseIssue<unknown>;
type Schema = v.GenericSchema<unknown, unknown>;

/** What the pass over the meaning leaves alone: it was named already. */
export type Shape = {
  readonly faulty: ReadonlySet<Item>;
  /** Keys that were misspelt in a map, by what was probably meant: they are not missing as well. */
  readonly misspelt: ReadonlyMap<Item, ReadonlySet<string>>;
};

const ID_KEY = "id";

const childOf = (item: Item | undefined, step: string | number): Item | undefined => {
  if (item?.type === "map") return item.entries.get(String(step))?.item;
  return item?.type === "list" ? item.items[Number(step)] : undefined;
};

const itemAt = (root: Item, path: Path): Item | undefined => path.reduce<Item | undefined>(childOf, root);

const isSchema = (value: unknown): value is Schema => typeof value === "object" && value !== null && "kind" in value && value.kind === "schema";

/** A schema that stands in another one. */
const partOf = (schema: Schema | undefined, name: "wrapped" | "item" | "value"): Schema | undefined => {
  const part: unknown = schema !== undefined && name in schema ? Reflect.get(schema, name) : undefined;
  return isSchema(part) ? part : undefined;
};

const entriesOf = (schema: Schema | undefined): Readonly<Record<string, unknown>> | undefined =>
  schema !== undefined && "entries" in schema && typeof schema.entries === "object" && schema.entries !== null ? { ...schema.entries } : undefined;

const bare = (schema: Schema | undefined): Schema | undefined => partOf(schema, "wrapped") ?? schema;

const schemaAt = (path: Path): Schema | undefined => {
  let schema: Schema | undefined = planSchema;
  for (const step of path) {
    const entries = entriesOf(schema);
    const entry = entries !== undefined && Object.hasOwn(entries, step) ? entries[step] : undefined;
    schema = bare(typeof step === "number" ? partOf(schema, "item") : isSchema(entry) ? entry : partOf(schema, "value"));
  }
  return schema;
};

const shown = (example: unknown): string =>
  Array.isArray(example)
    ? `[${example.map(shown).join(", ")}]`
    : typeof example === "object" && example !== null
      ? `{ ${Object.entries(example)
          .map(([key, value]) => `${key}: ${shown(value)}`)
          .join(", ")} }`
      : /[*:[\]{}#]/.test(String(example))
        ? quoted(String(example))
        : String(example);

/** `starts: 2018-11-19`, from the schema's own examples. */
const exampleOf = (path: Path): string | undefined => {
  const schema = schemaAt(path);
  const examples: unknown = schema === undefined ? undefined : Reflect.get(v.getMetadata(schema), "examples");
  const first: unknown = Array.isArray(examples) ? examples[0] : undefined;
  const key = path.at(-1);
  return first === undefined ? undefined : typeof key === "string" ? `${key}: ${shown(first)}` : shown(first);
};

/** What a path is called: `the plan`, `phase heads-web`, `ranges of network "schools"`. */
const subjectOf = (root: Item, path: Path): string => {
  const [top, name] = path;
  const last = path.at(-1);
  if (last === undefined) return "the plan";
  if (path.length === 1) return String(last);
  if (path.length === 2 && top === "cohorts") return `cohort ${quoted(String(name))}`;
  if (path.length === 2 && top === "networks") return `network ${quoted(String(name))}`;
  if (path.length === 2 && top === "phases") return phaseName(itemAt(root, path), Number(name));
  if (path.length === 4 && top === "cohorts" && path[2] === "except") return `exception ${Number(last) + 1} of cohort ${quoted(String(name))}`;
  const owner = subjectOf(root, path.slice(0, -1));
  return typeof last === "number" ? `entry ${last + 1} of ${owner}` : `${String(last)} of ${owner}`;
};

/** A phase by its id, or by its place in the list while it has none. */
export const phaseName = (phase: Item | undefined, place: number): string => {
  const id = childOf(phase, ID_KEY);
  return id?.type === "value" && typeof id.value === "string" && id.value !== ""
    ? `phase ${id.value.length > 40 ? quoted(id.value) : id.value.replace(/[^\x20-\x7e]/g, "?")}`
    : `phase number ${place + 1}`;
};

/** What a schema's type is called. */
const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  array: "a list",
  strict_object: "a map of keys",
  record: "a map of keys",
  boolean: "true or false",
  number: "a number",
  picklist: "a word",
};

/** What some would expect to be there, and why it is not. */
const REASONS: Readonly<Record<string, Readonly<Record<string, Fault>>>> = {
  allowMethods: {
    securityQuestions: fault("security questions belong to password reset alone, and Graph cannot turn them on or off", "take the word out"),
    hello: fault("Windows Hello is set up on devices, not in the tenant's methods", "take the word out"),
    token: fault("hardware tokens have no place among the methods that Graph (v1.0) can set", "take the word out"),
  },
  notCount: {
    email: fault("email serves password reset only, and never counts as a method of MFA", "take the word out: it is not counted anyway"),
    securityQuestions: fault(
      "security questions serve password reset only, and never count as a method of MFA",
      "take the word out: they are not counted anyway",
    ),
  },
};

/** Keys and values of a plan can be any text, such as the names that every object has. */
const NOT_HERE = new Map(Object.entries(REASONS).flatMap(([place, words]) => Object.entries(words).map(([word, why]) => [`${place}/${word}`, why] as const)));
const reasonOf = (place: string | number | undefined, word: unknown): Fault | undefined => NOT_HERE.get(`${place}/${word}`);

const kindOf = (item: Item): string =>
  item.type === "map" ? "a map of keys" : item.type === "list" ? "a list" : typeof item.value === "string" ? "text" : `${item.value}`;

/** @param suits whether the value would do as text: 90 does not become a length of time by its quotes. */
const typeFault = (
  subject: string,
  item: Item,
  expected: readonly string[],
  example: string | undefined,
  suits: (text: string) => boolean = () => true,
): Fault => {
  const hint = example === undefined ? undefined : `write it as in ${example}`;
  if (item.type === "value" && item.value === null) return fault(`${subject} is empty`, hint ?? "give it a value, or leave the key out");
  const wanted = listed([...new Set(expected.map((kind) => KINDS[kind] ?? kind))]);
  if (item.type === "value" && typeof item.value !== "string" && wanted.startsWith("text"))
    return fault(
      `${subject} is ${kindOf(item)}, which is not text`,
      suits(String(item.value)) ? `write it in quotes: "${item.value}"${example === undefined ? "" : `; for example ${example}`}` : hint,
    );
  return fault(`${subject} is ${kindOf(item)}, where ${wanted} is needed`, hint);
};

const valueFault = (subject: string, path: Path, item: Item, values: readonly unknown[]): Fault => {
  const words = values.map(String);
  if (item.type !== "value" || item.value === null) return typeFault(subject, item, words, undefined);
  const known = reasonOf(path.at(-2), item.value);
  if (known !== undefined) return known;
  const meant = nearest(String(item.value), words);
  return fault(
    `${subject} is ${quoted(String(item.value))}, which means nothing there`,
    meant === undefined ? `it takes ${listed(words)}` : `did you mean ${meant}?`,
  );
};

const formatFault = (path: Path, item: Item, said: string): Fault => {
  const value = item.type === "value" ? String(item.value) : "";
  const slug = path.at(-1) === ID_KEY ? slugOf(value).slice(0, 40) : "";
  const example = exampleOf(path);
  return fault(`${quoted(value)} ${said}`, slug !== "" ? `did you mean ${slug}?` : example === undefined ? undefined : `write it as in ${example}`);
};

/** The words that a schema takes, or that one of its choices does. */
const wordsOf = (schema: unknown): readonly unknown[] | undefined => {
  if (!isSchema(schema)) return undefined;
  if ("literal" in schema) return [schema.literal];
  const options = "options" in schema && Array.isArray(schema.options) ? schema.options : [];
  return schema.type === "picklist" ? options : options.map(wordsOf).find((words) => words !== undefined);
};

const expectedBy = (issue: Issue): readonly string[] => (issue.type === "union" ? (issue.issues ?? []).flatMap(expectedBy) : [issue.type]);

const pathOf = (issue: Issue): Path => (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));

/** The schema's own library takes these for no keys at all, so that what stands under them is checked apart. */
const UNSEEN_KEYS = ["__proto__", "constructor", "prototype"];

/** What the library also takes a list for. */
const MAPS: readonly string[] = ["strict_object", "record"];

/**
 * Says what the schema finds wrong with the tree.
 *
 * @param meant keys of the plan that are there, though not in a way that can be read: that was said already
 */
export const checkShape = (root: Item, problems: Problems, meant: readonly string[] = []): Shape => {
  const faulty = new Set<Item>();
  const misspelt = new Map<Item, Set<string>>([[root, new Set(meant)]]);
  const missing: Path[] = [];
  const lists = new Set<Item | undefined>();

  const unknownKeys = (map: Item, path: Path): void => {
    const entries = entriesOf(schemaAt(path));
    if (map.type !== "map" || entries === undefined) return;
    const known = Object.keys(entries);
    const free = known.filter((key) => !map.entries.has(key));
    for (const [key, entry] of map.entries) {
      if (known.includes(key)) continue;
      const why = reasonOf(path.at(-1), key);
      if (why !== undefined) {
        problems.add(entry.key, why);
        continue;
      }
      const meant = nearest(key, free);
      if (meant !== undefined) misspelt.set(map, (misspelt.get(map) ?? new Set()).add(meant));
      problems.add(
        entry.key,
        fault(
          `unknown key ${quoted(key)} in ${subjectOf(root, path)}`,
          meant === undefined ? suggestion(key, known, `known here: ${known.join(", ")}`) : `did you mean ${quoted(meant)}?`,
        ),
      );
    }
  };

  const faultOf = (issue: Issue, path: Path, item: Item): Fault => {
    const subject = subjectOf(root, path);
    const example = exampleOf(path);
    const suits = (text: string): boolean => {
      const schema = schemaAt(path);
      return schema === undefined || v.is(schema, text);
    };
    const words = wordsOf(schemaAt(path));
    if (words !== undefined && (issue.type !== "union" || (item.type === "value" && typeof item.value === "string")))
      return valueFault(subject, path, item, words);
    if (issue.kind === "schema") return typeFault(subject, item, expectedBy(issue), example, suits);
    if (issue.type === "min_length") return fault(`${subject} is empty`, example === undefined ? undefined : `write it as in ${example}`);
    return formatFault(path, item, issue.message);
  };

  const report = (issue: Issue, base: Path): void => {
    const path = [...base, ...pathOf(issue)];
    if (path.some((_, at) => lists.has(itemAt(root, path.slice(0, at))))) return;
    const item = itemAt(root, path);
    // Of a value that could be one thing or another, the issues of the one that it came nearest to.
    const inner = issue.type === "union" ? (issue.issues ?? []).filter((one) => pathOf(one).length > 0) : [];
    if (item === undefined) missing.push(path);
    // Named by the walk over all maps, since the library stops at the first of several.
    else if (issue.expected === "never") return;
    else if (inner.length > 0) for (const one of inner) report(one, path);
    else {
      problems.add(item.at, faultOf(issue, path, item));
      faulty.add(item);
    }
  };

  const walk = (item: Item, path: Path): void => {
    const kind = schemaAt(path)?.type ?? "";
    if (item.type === "list" && MAPS.includes(kind)) {
      problems.add(item.at, typeFault(subjectOf(root, path), item, [kind], exampleOf(path)));
      faulty.add(item);
      lists.add(item);
      return;
    }
    unknownKeys(item, path);
    if (item.type === "list")
      item.items.forEach((one, at) => {
        walk(one, [...path, at]);
      });
    if (item.type !== "map") return;
    const named = partOf(schemaAt(path), "value");
    for (const [key, entry] of item.entries) {
      if (named !== undefined && UNSEEN_KEYS.includes(key))
        for (const issue of v.safeParse(named, plainOf(entry.item)).issues ?? []) report(issue, [...path, key]);
      walk(entry.item, [...path, key]);
    }
  };

  walk(root, []);
  for (const issue of v.safeParse(planSchema, plainOf(root)).issues ?? []) report(issue, []);
  // Last, since a key that is misspelt is not missing as well.
  for (const path of missing) {
    const parent = itemAt(root, path.slice(0, -1));
    const key = String(path.at(-1));
    if (parent === undefined || misspelt.get(parent)?.has(key) === true) continue;
    const example = exampleOf(path);
    problems.add(parent.home, fault(`${subjectOf(root, path.slice(0, -1))} has no ${key}`, example === undefined ? undefined : `for example ${example}`));
  }
  return { faulty, misspelt };
};
