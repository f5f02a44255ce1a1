/** What one source file imports, and which of the outside's names it uses. Read from its syntax tree, so that a comment or a string is never taken for code. */

import { parseSync, visitorKeys } from "oxc-parser";

type Import = { readonly specifier: string; readonly line: number; readonly names: readonly string[] };
type Use = { readonly what: string; readonly line: number };
export type Source = { readonly path: string; readonly lines: number; readonly imports: readonly Import[]; readonly uses: readonly Use[] };

type Node = { readonly type: string; readonly start: number; readonly [key: string]: unknown };

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "start" in value && typeof value.start === "number";

const childrenOf = (node: Node): readonly Node[] => (visitorKeys[node.type] ?? []).flatMap((key) => [node[key]].flat().filter(isNode));

const nameOf = (node: unknown): string | undefined =>
  isNode(node) && node.type === "Identifier" && typeof node["name"] === "string" ? node["name"] : undefined;

const textOf = (node: unknown): string | undefined =>
  isNode(node) && node.type === "Literal" && typeof node["value"] === "string" ? node["value"] : undefined;

/** Names of the world that a runtime stands for. `process` and `console` count even where a file has one of its own: nobody shall have to look. */
const ALWAYS = new Set(["process", "console", "globalThis"]);
const GLOBALS = new Set(["fetch", "performance", "crypto", "setTimeout", "setInterval", "setImmediate", "Promise", "queueMicrotask"]);
const MEMBERS = new Set(["Date.now", "Math.random", "Temporal.Now", "Atomics.wait"]);
const LOCALE = new Set(["toLocaleString", "toLocaleDateString", "toLocaleTimeString", "toLocaleLowerCase", "toLocaleUpperCase", "localeCompare"]);

/** Keys under which an identifier is a mere word, not a reference. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  MemberExpression: ["property"],
  Property: ["key"],
  MethodDefinition: ["key"],
  PropertyDefinition: ["key"],
  TSPropertySignature: ["key"],
  TSMethodSignature: ["key"],
  TSQualifiedName: ["right"],
  ImportSpecifier: ["imported"],
  ExportSpecifier: ["local", "exported"],
  LabeledStatement: ["label"],
  BreakStatement: ["label"],
  ContinueStatement: ["label"],
  TSTypeQuery: ["exprName"],
  TSTypePredicate: ["parameterName"],
};

const BINDING_PARENTS: Readonly<Record<string, readonly string[]>> = {
  VariableDeclarator: ["id"],
  FunctionDeclaration: ["id", "params"],
  FunctionExpression: ["id", "params"],
  ArrowFunctionExpression: ["params"],
  ClassDeclaration: ["id"],
  CatchClause: ["param"],
  ImportSpecifier: ["local"],
  ImportDefaultSpecifier: ["local"],
  ImportNamespaceSpecifier: ["local"],
};

const boundBy = (pattern: Node): readonly string[] => {
  const name = nameOf(pattern);
  if (name !== undefined) return [name];
  if (pattern.type === "AssignmentPattern") return isNode(pattern["left"]) ? boundBy(pattern["left"]) : [];
  if (pattern.type === "Property") return isNode(pattern["value"]) ? boundBy(pattern["value"]) : [];
  if (["ObjectPattern", "ArrayPattern", "RestElement"].includes(pattern.type)) return childrenOf(pattern).flatMap(boundBy);
  return [];
};

const walk = (node: Node, visit: (node: Node) => void): void => {
  visit(node);
  for (const child of childrenOf(node)) walk(child, visit);
};

const referencesOf = (node: Node): readonly string[] => {
  const words = WORDS[node.type] ?? [];
  const keys = (visitorKeys[node.type] ?? []).filter((key) => !words.includes(key) || node["computed"] === true);
  return keys
    .flatMap((key) => [node[key]].flat())
    .map(nameOf)
    .filter((name) => name !== undefined);
};

const usesOf = (node: Node): readonly string[] => {
  const uses: string[] = [];
  if (node["async"] === true) uses.push("async");
  if (node.type === "AwaitExpression" || (node.type === "ForOfStatement" && node["await"] === true)) uses.push("await");
  if (node.type === "NewExpression" && nameOf(node["callee"]) === "Date" && [node["arguments"]].flat().length === 0) uses.push("new Date()");
  if (node.type === "CallExpression" && nameOf(node["callee"]) === "Date") uses.push("Date()");
  if (node.type === "MemberExpression") {
    const object = nameOf(node["object"]);
    const property = node["computed"] === true ? textOf(node["property"]) : nameOf(node["property"]);
    if (object !== undefined && property !== undefined && MEMBERS.has(`${object}.${property}`)) uses.push(`${object}.${property}`);
  }
  if (node.type === "CallExpression" && isNode(node["callee"]) && node["callee"].type === "MemberExpression") {
    const method = nameOf(node["callee"]["property"]);
    const locale = [node["arguments"]].flat()[method === "localeCompare" ? 1 : 0];
    if (method !== undefined && LOCALE.has(method) && textOf(locale) === undefined) uses.push(`${method} without a locale`);
  }
  return uses;
};

/**
 * @param path from `src/` on, with forward slashes.
 * @returns imports of every sort: static, dynamic, re-exports and types. Throws when the text is no TypeScript.
 */
export const readSource = (path: string, text: string): Source => {
  const parsed = parseSync(path, text);
  const error = parsed.errors[0];
  if (error !== undefined) throw new SyntaxError(`${path}: ${error.message}`);
  const lineAt = (offset: number): number => text.slice(0, offset).split("\n").length;

  const imports: Import[] = parsed.module.staticImports.map((found) => ({
    specifier: found.moduleRequest.value,
    line: lineAt(found.start),
    names: found.entries.map((entry) => entry.importName.name ?? entry.importName.kind),
  }));
  for (const found of parsed.module.staticExports) {
    for (const entry of found.entries) {
      if (entry.moduleRequest)
        imports.push({ specifier: entry.moduleRequest.value, line: lineAt(found.start), names: [entry.importName.name ?? entry.importName.kind] });
    }
  }

  const uses: Use[] = [];
  const bound = new Set<string>();
  const references: Use[] = [];
  const program: unknown = parsed.program;
  if (!isNode(program)) throw new SyntaxError(`${path}: no syntax tree`);
  walk(program, (node) => {
    if (node.type === "ImportExpression" || node.type === "TSImportType") {
      imports.push({ specifier: textOf(node["source"]) ?? "(computed)", line: lineAt(node.start), names: ["*"] });
    }
    for (const key of BINDING_PARENTS[node.type] ?? [])
      for (const pattern of [node[key]].flat().filter(isNode)) for (const name of boundBy(pattern)) bound.add(name);
    for (const what of usesOf(node)) uses.push({ what, line: lineAt(node.start) });
    for (const what of referencesOf(node)) if (ALWAYS.has(what) || GLOBALS.has(what)) references.push({ what, line: lineAt(node.start) });
  });
  uses.push(...references.filter(({ what }) => ALWAYS.has(what) || !bound.has(what)));
  return { path, lines: text.replace(/\n$/, "").split("\n").length, imports, uses: uses.sort((a, b) => a.line - b.line) };
};
