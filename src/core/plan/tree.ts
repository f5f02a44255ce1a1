/** A plan's YAML as a small tree of values that know where they stand; aliases and merge keys are resolved by sharing. */

import { Composer, type Document, isAlias, isCollection, isMap, isScalar, Lexer, LineCounter, Parser, type YAMLError } from "yaml";
import type { Place } from "./plan.ts";
import { type Fault, fault, type Problems, quoted } from "./problems.ts";
import { isBinary, MAX_PLAN_BYTES } from "./text.ts";

// No plan comes near these. They bound the time that a broken or hostile file can cost, before anything is built from it.
const DEEPEST = 40;
const MOST_TOKENS = 30_000;
const MOST_VALUES = 30_000;
const MOST_SYNTAX_PROBLEMS = 10;

/** `at` is where the value starts; `home` is what to point at when something is missing in it: its key, else itself. */
type Common = { readonly at: Place; readonly home: Place; readonly values: number; readonly depth: number };
export type MapItem = Common & { readonly type: "map"; readonly entries: ReadonlyMap<string, Entry> };
export type ListItem = Common & { readonly type: "list"; readonly items: readonly Item[] };
export type ValueItem = Common & { readonly type: "value"; readonly value: string | number | boolean | null };
export type Item = MapItem | ListItem | ValueItem;
export type Entry = { readonly key: Place; readonly item: Item };

/** `meant`: keys of the root that were there and could not be read, which was said. */
export type Tree = { readonly type: "tree"; readonly root: Item; readonly meant?: readonly string[] } | { readonly type: "unreadable" };

/** What an entry's item is when its key is all that tells where it stands. */
const homed = (item: Item, home: Place): Item => ({ ...item, home });

const SENTENCES: { readonly [code: string]: Fault } = {
  TAB_AS_INDENT: fault("a tab indents this line", "indent with spaces; YAML takes no tabs there"),
  BAD_INDENT: fault("the indentation does not fit the lines above", "entries of one list or map start in the same column"),
  RESOURCE_EXHAUSTION: fault("the plan is nested too deeply"),
  NON_STRING_KEY: fault("a key is one word or name, not a list or map of its own"),
  MULTIPLE_DOCS: fault("a plan is one YAML document; another one starts here", "one plan a file: take out the --- line"),
};

/** Where something is not closed, the parser notices at its end; the sentence sends the reader up from there. */
const unclosed = (text: string): Fault | undefined => {
  const sign =
    /^Missing closing (.)quote/.exec(text)?.[1] ??
    /^Flow \w+ in block collection .* end with a (.)/.exec(text)?.[1] ??
    /^Expected flow \w+ to end with (.)/.exec(text)?.[1];
  return sign === undefined ? undefined : fault(`a ${sign} is missing here: what was opened above is not closed`);
};

const sentence = (error: YAMLError): Fault => {
  const text = error.message
    .replace(/[\s\p{C}]+/gu, " ")
    .trim()
    .replace(/\.$/, "");
  return unclosed(text) ?? SENTENCES[error.code] ?? fault(`not YAML: ${text.charAt(0).toLowerCase()}${text.slice(1, 100)}`);
};

/** @returns the documents up to where it is clear that the text is no plan, or undefined when it is too deep or too long. */
const compose = (text: string, lines: LineCounter, refuse: (offset: number, wrong: Fault) => void): readonly Document.Parsed[] | undefined => {
  const parser = new Parser(lines.addNewLine);
  // What `yaml`'s date, binary and set tags would turn a value into no plan can hold, and keys are compared here, by hash.
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    merge: true,
    stringKeys: true,
    uniqueKeys: false,
    resolveKnownTags: false,
    prettyErrors: false,
  });
  const documents: Document.Parsed[] = [];
  let strays = 0;
  const take = (tokens: Iterable<Parameters<Composer["next"]>[0]>): void => {
    for (const token of tokens) {
      if (token.type === "error" || token.type === "directive") strays += 1;
      documents.push(...composer.next(token));
    }
  };
  lines.addNewLine(0);
  let tokens = 0;
  for (const lexeme of new Lexer().lex(text)) {
    take(parser.next(lexeme));
    tokens += 1;
    if (parser.stack.length > DEEPEST) {
      refuse(parser.offset, fault("the plan is nested too deeply"));
      return undefined;
    }
    if (tokens > MOST_TOKENS) {
      refuse(parser.offset, fault("the plan is far longer than a plan can be", "lists of accounts belong in a file of their own: file: accounts.csv"));
      return undefined;
    }
    if (documents.length > 1 || strays > MOST_SYNTAX_PROBLEMS) break;
  }
  take(parser.end());
  documents.push(...composer.end(true, text.length));
  return documents;
};

class Builder {
  readonly #place: (offset: number) => Place;
  readonly #problems: Problems;
  readonly #anchors = new Map<string, Item>();
  #tooLarge = false;

  constructor(place: (offset: number) => Place, problems: Problems) {
    this.#place = place;
    this.#problems = problems;
  }

  get tooLarge(): boolean {
    return this.#tooLarge;
  }

  /** Anchors are known in the order of the text and only once they are complete, so an alias can never contain itself. */
  item(node: unknown, offset: number, home?: Place): Item {
    if (isAlias(node)) {
      const at = this.#place(node.range?.[0] ?? offset);
      const found = this.#anchors.get(node.source);
      if (found === undefined) this.#problems.add(at, fault(`nothing above is marked &${quoted(node.source).slice(1, -1)}`));
      return found === undefined ? this.#value(null, at, home) : homed(found, home ?? found.home);
    }
    const at = this.#place(this.#offset(node, offset));
    const item = isMap(node) ? this.#map(node, at, home) : isCollection(node) ? this.#list(node.items, at, offset, home) : this.#scalar(node, at, home);
    const anchor = isCollection(node) || isScalar(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, item);
    return item;
  }

  #offset(node: unknown, offset: number): number {
    return isCollection(node) || isScalar(node) ? (node.range?.[0] ?? offset) : offset;
  }

  #value(value: ValueItem["value"], at: Place, home?: Place): ValueItem {
    return { type: "value", value, at, home: home ?? at, values: 1, depth: 1 };
  }

  #scalar(node: unknown, at: Place, home?: Place): ValueItem {
    const value = isScalar(node) ? node.value : null;
    return this.#value(typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null, at, home);
  }

  #list(nodes: readonly unknown[], at: Place, offset: number, home?: Place): ListItem {
    const items = nodes.map((node) => this.item(node, offset));
    return { type: "list", items, at, home: home ?? at, ...this.#sums(items, at) };
  }

  #map(node: { readonly items: readonly unknown[] }, at: Place, home?: Place): MapItem {
    const entries = new Map<string, Entry>();
    const merged: Item[] = [];
    for (const pair of node.items) {
      if (typeof pair !== "object" || pair === null || !("key" in pair) || !("value" in pair)) continue;
      const offset = this.#offset(pair.key, 0);
      const key = offset === 0 ? at : this.#place(offset);
      const name = isScalar(pair.key) ? String(pair.key.value ?? "") : "";
      const item = this.item(pair.value, offset, key);
      const twin = entries.get(name);
      if (name === "<<") merged.push(item);
      else if (twin === undefined) entries.set(name, { key, item });
      else this.#problems.add(key, fault(`${quoted(name)} stands here twice: it is already in line ${twin.key.line}`));
    }
    // What stands here itself goes before what is merged in, and of that the first goes before the later.
    for (const source of merged.flatMap((item) => (item.type === "list" ? item.items : [item]))) {
      if (source.type !== "map") this.#problems.add(source.at, fault("<< merges in a map that is marked above, as in <<: *name"));
      else for (const [name, entry] of source.entries) if (!entries.has(name)) entries.set(name, entry);
    }
    return {
      type: "map",
      entries,
      at,
      home: home ?? at,
      ...this.#sums(
        [...entries.values()].map((entry) => entry.item),
        at,
      ),
    };
  }

  #sums(items: readonly Item[], at: Place): { readonly values: number; readonly depth: number } {
    let values = 1;
    let depth = 0;
    for (const item of items) {
      values += item.values;
      depth = Math.max(depth, item.depth);
    }
    if ((values > MOST_VALUES || depth >= DEEPEST) && !this.#tooLarge) {
      this.#tooLarge = true;
      this.#problems.add(at, fault("written out, the aliases here make far more than a plan can hold", "write it without the marks & and *"));
    }
    return { values, depth: depth + 1 };
  }
}

/**
 * Reads YAML 1.2 (core schema: dates stay text), with anchors, aliases and merge keys.
 *
 * @returns the tree; `unreadable` when problems were found that leave nothing to go on with. Never throws.
 */
export const treeOf = (file: string, source: string, problems: Problems): Tree => {
  const text = source.startsWith("\ufeff") ? source.slice(1) : source;
  const start: Place = { file, line: 1, column: 1 };
  const refuse = (wrong: Fault): Tree => {
    problems.add(start, wrong);
    return { type: "unreadable" };
  };
  if (text.length > MAX_PLAN_BYTES) return refuse(fault("the plan is larger than 1 MB", "lists of accounts belong in a file of their own: file: accounts.csv"));
  if (isBinary(text)) return refuse(fault("the plan is not a text file"));
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const documents = compose(text, lines, (offset, wrong) => problems.add(place(offset), wrong));
  if (documents === undefined) return { type: "unreadable" };
  // One mistake in the syntax makes the parser stumble many times over: a line is named once, and only the first few.
  const seen = new Set<number>();
  for (const error of documents.flatMap((document) => [...document.errors, ...document.warnings]).sort((a, b) => a.pos[0] - b.pos[0])) {
    const at = place(error.pos[0]);
    if (seen.has(at.line) || seen.size >= MOST_SYNTAX_PROBLEMS) continue;
    seen.add(at.line);
    problems.add(at, sentence(error));
  }
  const [first, second] = documents;
  if (second !== undefined && seen.size === 0) problems.add(place(second.range[0]), SENTENCES["MULTIPLE_DOCS"] ?? fault("another document starts here"));
  if (problems.size > 0) return { type: "unreadable" };
  if (first === undefined || first.contents === null || (isScalar(first.contents) && first.contents.value === null)) return refuse(fault("the plan is empty"));
  const builder = new Builder(place, problems);
  const root = builder.item(first.contents, 0);
  return builder.tooLarge ? { type: "unreadable" } : { type: "tree", root };
};

/** The tree as plain values. Parts that aliases share are shared here as well. */
export const plainOf = (root: Item): unknown => {
  const known = new Map<Item, unknown>();
  const plain = (item: Item): unknown => {
    if (item.type === "value") return item.value;
    const before = known.get(item);
    if (before !== undefined) return before;
    // A map without prototype, so that a key such as __proto__ is a key like any other.
    const made =
      item.type === "list"
        ? item.items.map(plain)
        : Object.assign(Object.create(null), Object.fromEntries([...item.entries].map(([name, entry]) => [name, plain(entry.item)])));
    known.set(item, made);
    return made;
  };
  return plain(root);
};
