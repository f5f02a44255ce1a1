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

type Term = readonly [string, string];

/** `extensionAttribute1` to `extensionAttribute15` mean the same and are one line. */
const withoutRuns = (lines: readonly Term[]): readonly Term[] => {
  const stem = ([word]: Term): string | undefined => /^(.*[a-z])\d+\]?$/i.exec(word)?.[1];
  return lines.flatMap((line, at): readonly Term[] => {
    const own = stem(line);
    const [before, after] = [lines[at - 1], lines[at + 1]];
    const alike = (other: Term | undefined): boolean => own !== undefined && other !== undefined && stem(other) === own && other[1] === line[1];
    if (alike(before)) return [];
    if (!alike(after)) return [line];
    const last = lines.slice(at).findLast(alike) ?? line;
    return [[`${line[0].replace(/\]$/, "")} ... ${/\d+/.exec(last[0])?.[0] ?? ""}${line[0].endsWith("]") ? "]" : ""}`, line[1]]];
  });
};

/** Every word with what it means, its parts indented under it. */
const terms = (node: Node, depth: number): readonly Term[] => {
  const indent = "  ".repeat(depth);
  const properties = Object.entries(node.properties ?? {}).map(([key, value]): readonly Term[] => {
    const part = nodeOf(value);
    if (part === undefined) return [];
    const item = nodeOf(part.items);
    const inner = item?.properties === undefined ? part : item;
    const word = (node.required ?? []).includes(key) ? key : `[${key}]`;
    return [[indent + word, said(part)], ...terms(inner, depth + 1)];
  });
  const named = nodeOf(node.additionalProperties);
  const entries: readonly Term[] = named?.properties === undefined ? [] : [[`${indent}${NAME}`, said(named)], ...terms(named, depth + 1)];
  return [...withoutRuns(properties.flat()), ...entries];
};

const TABLE = `A plan can also be a table, as a spreadsheet saves it: CSV in UTF-8, in a file whose name ends in
.csv. First come rows of a word and its values, each in a cell of its own: id, name, time zone,
mechanism, window, contact, emergency accounts, service accounts, shared accounts, not on,
microsoft managed, schools (their domains), network NAME (its ranges), pupils and guests (in or out,
for every row).
Then a row with the headings, and a row for each phase:

  emergency accounts,emergency-1@county.example,emergency-2@county.example
  schools,*.county.example
  date,accounts,action
  w/c 19/11/2018,head@ of every school,MFA on the web
  w/c 26/11/2018,head@ of every school,MFA in clients
  13/12/2018,all other accounts,MFA on the web and in clients

accounts takes addresses (head@, head@*.county.example), everyone, all other accounts, group NAME,
a domain, or the name of a list. action takes MFA on the web, MFA in clients, both together, or
block old clients. Further columns, where they are wanted: phase (the id), title, cohort (its
name), report only from, outside, ask again after. 03/12/2018 is read as the other dates of its
column, or by its weekday; where neither settles it, it is refused.`;

export const planHelp = (): string => {
  const root = nodeOf(planJsonSchema());
  return `${[
    "A plan is a YAML file. What stands in brackets here may be left out.\nEditors complete it with this first line:\n  # yaml-language-server: $schema=../schema/rollout-plan.schema.json",
    root === undefined ? "" : termList(terms(root, 0)),
    TABLE,
    "examples:\n  entra-rollout check rollout-plans/county-schools-2018.yaml\n  entra-rollout check rollout-plans/county-schools-2018.csv\n  entra-rollout init mine.yaml",
  ].join("\n\n")}\n`;
};
