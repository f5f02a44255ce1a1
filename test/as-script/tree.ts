/** PowerShell by a grammar that is not ours: tree-sitter-powershell, which editors and GitHub read it with. */

import { createRequire } from "node:module";
import { Language, type Node, Parser } from "web-tree-sitter";

/** A node without the levels of precedence at which it stands alone. */
export type Tree = { readonly type: string; readonly text: string; readonly children: readonly Tree[]; readonly line: number };

const isLevel = (type: string): boolean =>
  /^(?:pipeline|pipeline_chain|left_assignment_expression|expression_with_unary_operator|(?:\w+_)?expression)$/.test(type);

const treeOf = (node: Node): Tree => {
  const { children } = node;
  const [only] = children;
  if (only !== null && only !== undefined && children.length === 1 && isLevel(node.type)) return treeOf(only);
  return {
    type: node.type,
    text: children.length === 0 || ["type_spec", "command_name", "variable"].includes(node.type) ? node.text : "",
    children: children.flatMap((child) => (child === null || child.type === "comment" ? [] : [treeOf(child)])),
    line: node.startPosition.row + 1,
  };
};

const faultsIn = (node: Node): readonly string[] => [
  ...(node.isError || node.isMissing ? [`line ${node.startPosition.row + 1}: ${JSON.stringify(node.text.slice(0, 80))}`] : []),
  ...(node.hasError ? node.children.flatMap((child) => (child === null ? [] : faultsIn(child))) : []),
];

let parser: Promise<Parser> | undefined;

const begun = async (): Promise<Parser> => {
  await Parser.init();
  const language = await Language.load(createRequire(import.meta.url).resolve("tree-sitter-powershell/tree-sitter-powershell.wasm"));
  return new Parser().setLanguage(language);
};

type Read = { readonly tree: Tree; readonly faults: readonly string[] };

/** A script is run several times over. */
const known = new Map<string, Read>();

/** @returns the tree, and where it is no PowerShell. */
export const treeIn = async (text: string): Promise<Read> => {
  const old = known.get(text);
  if (old !== undefined) return old;
  parser ??= begun();
  const parsed = (await parser).parse(text);
  if (parsed === null) throw new Error("nothing was parsed");
  const read = { tree: treeOf(parsed.rootNode), faults: faultsIn(parsed.rootNode) };
  parsed.delete();
  if (known.size > 4) known.clear();
  known.set(text, read);
  return read;
};
