import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { planJsonSchema } from "../../src/core/plan/json-schema.ts";

const PUBLISHED = new URL("../../schema/rollout-plan.schema.json", import.meta.url);

test("the published JSON Schema is the one that the loader's schema makes", () => {
  const made = `${JSON.stringify(planJsonSchema(), null, 2)}\n`;
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(PUBLISHED, made);
  expect(readFileSync(PUBLISHED, "utf8")).toBe(made);
});

type Node = {
  readonly description?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly additionalProperties?: Node | boolean;
};

const undescribed = (node: Node, path: string): readonly string[] => [
  ...(typeof node.description === "string" ? [] : [path]),
  ...Object.entries(node.properties ?? {}).flatMap(([key, child]) => undescribed(child, `${path}.${key}`)),
  ...(node.items?.properties === undefined ? [] : undescribed(node.items, `${path}[]`)),
  ...(typeof node.additionalProperties === "object" ? undescribed(node.additionalProperties, `${path}.*`) : []),
];

test("every key tells an editor what it is for", () => {
  expect(undescribed(planJsonSchema(), "plan")).toEqual([]);
});

test("unknown keys are refused at every level of the JSON Schema", () => {
  const text = JSON.stringify(planJsonSchema());
  const objects = text.split('"properties":').length - 1;
  expect(text.split('"additionalProperties":false').length - 1).toBe(objects);
});
