/** `help plan`: the words of a plan file, from the schema that checks it. */

import { z } from "zod";
import { planJsonSchema } from "../core/plan/schema.ts";
import { termList } from "./help.ts";

const nodeSchema = z.looseObject({
  description: z.string().optional(),
  enum: z.array(z.string()).optional(),
  examples: z.array(z.json()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  items: z.unknown().optional(),
  additionalProperties: z.unknown().optional(),
});
type Node = z.output<typeof nodeSchema>;

const nodeOf = (value: unknown): Node | undefined => {
  const parsed = nodeSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
};

const said = (node: Node): string => {
  const words = node.description ?? "";
  const choice = node.enum === undefined ? "" : ` (${node.enum.join(", ")})`;
  const [example] = node.examples ?? [];
  const shown = example === undefined || typeof example === "object" ? "" : `, as in ${example}`;
  return `${words.replace(/\.$/, "")}${choice}${shown}`;
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
    return [[`${indent}${key}`, `${said(part)}${(node.required ?? []).includes(key) ? "" : "; may be left out"}`] as const, ...terms(inner, depth + 1)];
  });
  const named = nodeOf(node.additionalProperties);
  const entries = named?.properties === undefined ? [] : [[`${indent}${NAME}`, said(named)] as const, ...terms(named, depth + 1)];
  return [...properties, ...entries];
};

export const planHelp = (): string => {
  const root = nodeOf(planJsonSchema());
  return `${[
    "A plan is a YAML file. Editors complete it with this first line:\n  # yaml-language-server: $schema=../schema/rollout-plan.schema.json",
    root === undefined ? "" : termList(terms(root, 0)),
    "example:\n  entra-rollout check rollout-plans/county-schools-2018.yaml",
  ].join("\n\n")}\n`;
};
