/** The shape of a plan: what the schema finds wrong, at the node where it stands and in words for people. */

import * as z from "zod";
import { slugOf } from "./names.ts";
import { type Fault, fault, listed, nearest, type Problems, quoted, suggestion } from "./problems.ts";
import { planSchema } from "./schema.ts";
import { type Item, plainOf } from "./tree.ts";

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/** What the pass over the meaning leaves alone: it was named already. */
export type Shape = {
  readonly faulty: ReadonlySet<Item>;
  /** Keys that were misspelt in a map, by what was probably meant: they are not missing as well. */
  readonly misspelt: ReadonlyMap<Item, ReadonlySet<string>>;
};

const ID_KEY = "id";

const childOf = (item: Item | undefined, step: PropertyKey): Item | undefined => {
  if (item?.type === "map") return item.entries.get(String(step))?.item;
  return item?.type === "list" ? item.items[Number(step)] : undefined;
};

const itemAt = (root: Item, path: Path): Item | undefined => path.reduce<Item | undefined>(childOf, root);

const schemaAt = (path: Path): z.core.$ZodType | undefined => {
  let schema: z.core.$ZodType | undefined = planSchema;
  for (const step of path) {
    schema = bare(schema);
    if (schema instanceof z.ZodObject) schema = schema.shape[String(step)];
    else if (schema instanceof z.ZodRecord) schema = schema.valueType;
    else if (schema instanceof z.ZodArray) schema = schema.element;
    else return undefined;
  }
  return schema;
};

const bare = (schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined => (schema instanceof z.ZodOptional ? schema.unwrap() : schema);

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
  const schema = bare(schemaAt(path));
  const examples: unknown = schema instanceof z.ZodType ? schema.meta()?.["examples"] : undefined;
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

const KINDS: Readonly<Record<string, string>> = { string: "text", array: "a list", object: "a map of keys", record: "a map of keys", boolean: "true or false" };

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
  if (path.at(-1) === "mechanism")
    return fault(`this version does not carry out the mechanism ${quoted(String(item.value))}`, "this version carries out conditional-access");
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

/** Of a value that could be one thing or another, the issues of the one that it came nearest to. */
const nearestBranch = (issue: Extract<Issue, { code: "invalid_union" }>): readonly Issue[] => {
  const depth = (issues: readonly Issue[]): number => Math.max(0, ...issues.map((one) => one.path.length));
  return [...issue.errors].sort((a, b) => depth(b) - depth(a))[0] ?? [];
};

const expectedBy = (issue: Issue): readonly string[] =>
  issue.code === "invalid_union" ? issue.errors.flat().flatMap(expectedBy) : issue.code === "invalid_type" ? [issue.expected] : [];

/** Says what the schema finds wrong with the tree. */
export const checkShape = (root: Item, problems: Problems): Shape => {
  const faulty = new Set<Item>();
  const misspelt = new Map<Item, Set<string>>();
  const missing: Path[] = [];

  const unknownKeys = (path: Path, keys: readonly string[]): void => {
    const map = itemAt(root, path);
    const schema = bare(schemaAt(path));
    if (map?.type !== "map" || !(schema instanceof z.ZodObject)) return;
    const known = Object.keys(schema.shape);
    const free = known.filter((key) => !map.entries.has(key));
    for (const key of keys) {
      const meant = nearest(key, free);
      if (meant !== undefined) misspelt.set(map, (misspelt.get(map) ?? new Set()).add(meant));
      problems.add(
        map.entries.get(key)?.key ?? map.at,
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
      const schema = bare(schemaAt(path));
      return !(schema instanceof z.ZodType) || schema.safeParse(text).success;
    };
    if (issue.code === "invalid_union") return typeFault(subject, item, expectedBy(issue), example, suits);
    if (issue.code === "invalid_type") return typeFault(subject, item, [issue.expected], example, suits);
    if (issue.code === "invalid_value") return valueFault(subject, path, item, issue.values);
    if (issue.code === "too_small") return fault(`${subject} is empty`, example === undefined ? undefined : `write it as in ${example}`);
    return formatFault(path, item, issue.message);
  };

  const report = (issue: Issue, base: Path): void => {
    const path = [...base, ...issue.path];
    const item = itemAt(root, path);
    const branch = issue.code === "invalid_union" ? nearestBranch(issue) : [];
    if (issue.code === "unrecognized_keys") unknownKeys(path, issue.keys);
    else if (item === undefined) missing.push(path);
    else if (branch.some((one) => one.path.length > 0)) for (const one of branch) report(one, path);
    else {
      problems.add(item.at, faultOf(issue, path, item));
      faulty.add(item);
    }
  };

  const result = planSchema.safeParse(plainOf(root), { jitless: true });
  for (const issue of result.error?.issues ?? []) report(issue, []);
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
