/** `help plan`: the words of a plan file, from the schema that checks it. */

import * as v from "valibot";
import { planJsonSchema } from "../core/plan/json-schema.ts";
import { termList } from "./help.ts";

const nodeSchema = v.looseObject({
  description: v.optional(v.string()),
  enum: v.optional(v.array(v.string())),
  examples: v.optional(v.array(v.unknown())),
  properties: v.optional(v.record(v.string(), v.unknown())),
  required: v.optional(v.array(v.string())),
  items: v.optional(v.unknown()),
  additionalProperties: v.optional(v.unknown()),
});
type Node = v.InferOutput<typeof nodeSchema>;

const nodeOf = (value: unknown): Node | undefined => (v.is(nodeSchema, value) ? value : undefined);

const said = (node: Node): string => {
  const words = (node.description ?? "").replace(/\.$/, "");
  if (node.enum !== undefined) return node.enum.length > 1 ? `${words} (${node.enum.join(", ")})` : words;
  const [example] = node.examples ?? [];
  return example === undefined || example === null || typeof example === "object" ? words : `${words}, as in ${example}`;
};

const NAME = "NAME";

/** Every word with what it means, its parts indented under it. */
const terms = (node: Node, depth: number): readonly (readonly [string, string])[] => {
  const indent = "  ".repeat(depth);
  const properties = Object.entries(node.properties ?? {}).flatMap(([key, value]) => {
    const part = nodeOf(value);
    if (part === undefined) return [];
    const item = nodeOf(part.items);
    const inner = item?.properties === undefined ? part : item;
    const word = (node.required ?? []).includes(key) ? key : `[${key}]`;
    return [[indent + word, said(part)] as const, ...terms(inner, depth + 1)];
  });
  const named = nodeOf(node.additionalProperties);
  const entries = named?.properties === undefined ? [] : [[`${indent}${NAME}`, said(named)] as const, ...terms(named, depth + 1)];
  return [...properties, ...entries];
};

export const planHelp = (): string => {
  const root = nodeOf(planJsonSchema());
  return `${[
    "A plan is a YAML file. What stands in brackets here may be left out.\nEditors complete it with this first line:\n  # yaml-language-server: $schema=../schema/rollout-plan.schema.json",
    root === undefined ? "" : termList(terms(root, 0)),
    "example:\n  entra-rollout check rollout-plans/county-schools-2018.yaml",
  ].join("\n\n")}\n`;
};
