/** The facts of test/contract/exchange-table.json, ready to be asked. Each has a name, so that what nobody ever exercises is told. */

import { readFileSync } from "node:fs";
import { z } from "zod";

const names = z.array(z.string());
const pattern = z.string().transform((text) => new RegExp(text, "i"));

const route = z.strictObject({
  method: z.enum(["GET", "POST"]),
  version: z.string(),
  what: z.string(),
  query: names,
  /** Headers without which the service does not answer. */
  needs: names,
  /** Those that the tool sends besides. */
  ours: names,
  /** Those that somebody sends. */
  may: names,
});

const tableSchema = z.strictObject({
  source: z.string(),
  hosts: names,
  headers: z.record(z.string(), pattern),
  routes: z.strictObject({ invoke: route, batch: route, item: route, offered: route }),
  cmdlets: z.record(
    z.string(),
    z.strictObject({
      takes: z.record(z.string(), z.string()),
      /** Kind of row; none for those that say nothing when it went well. */
      gives: z.string().optional(),
      /** Of what it takes, what the tool may send; everything when missing. */
      ours: names.optional(),
    }),
  ),
  rows: z.record(z.string(), z.record(z.string(), z.string())),
  /** Properties that rows may lack also when nobody selected some: those who met the cmdlet do not agree. */
  sometimes: z.record(z.string(), names),
  sidecars: z.record(z.string(), z.strictObject({ value: z.string(), always: z.boolean() })),
  warnings: z.record(z.string(), pattern),
  errors: z.record(
    z.string(),
    z.strictObject({
      status: z.array(z.number()),
      code: z.string().optional(),
      shape: z.enum(["thrown", "invalid", "short", "text", "none", "unreadable"]),
      /** The exception's whole name. */
      type: z.string().optional(),
      text: pattern.optional(),
      /** One that comes with it. */
      header: z.string().optional(),
      /** Nobody has seen it so: the wording or the wrapping is what sounds right. */
      unconfirmed: z.literal(true).optional(),
    }),
  ),
  /** Facts that nothing in the whole suite exercises, each with the reason. */
  unexercised: z.record(z.string(), z.string()),
  /** Facts that no sample shows, each with where they are written down. */
  beyondSamples: z.record(z.string(), z.string()),
});

export type ExchangeTable = z.output<typeof tableSchema>;
export type RouteName = keyof ExchangeTable["routes"];
export type ErrorFacts = ExchangeTable["errors"][string];

export const exchangeTable: ExchangeTable = tableSchema.parse(JSON.parse(readFileSync(new URL("exchange-table.json", import.meta.url), "utf8")));

/** Parameters may be named in any case, properties may not. */
export const parameterNamed = (cmdlet: string, name: string): readonly [name: string, type: string] | undefined =>
  Object.entries(exchangeTable.cmdlets[cmdlet]?.takes ?? {}).find(([known]) => known.toLowerCase() === name.toLowerCase());

/** Properties of the table that have a sidecar: `Guid@odata.type` beside `Guid`. */
export const sidecarsOf = (property: string): readonly string[] => Object.keys(exchangeTable.sidecars).filter((name) => name.startsWith(`${property}@`));

/** Is told the name of each fact that an exchange exercises. */
export type Seen = (fact: string) => void;

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  Boolean: (value) => typeof value === "boolean",
  DateTime: (value) => typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}(?:Z|\+00:00)$/.test(value),
  // The module turns $true into 'True' before it sends a filter; who sends none of its own must do so too.
  Filter: (value) => typeof value === "string" && value !== "" && !value.includes("$"),
  Guid: (value) => typeof value === "string" && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value),
  Int32: (value) => Number.isInteger(value),
  ResultSize: (value) => value === "Unlimited" || (typeof value === "number" && Number.isInteger(value) && value > 0),
  Size: (value) => typeof value === "string" && /^[\d.]+ [KMGT]?B \([\d,]+ bytes\)$/.test(value),
  String: (value) => typeof value === "string",
};

/** @param type `String`, `String?` for what may be null, `[String]` for a list @returns what is wrong, or undefined */
export const typeFault = (value: unknown, type: string, at: string): string | undefined => {
  if (value === null) return type.endsWith("?") ? undefined : `${at} is null, which it never is`;
  if (type.startsWith("[")) {
    const inner = type.slice(1, -1);
    return Array.isArray(value) && value.every((each) => typeFault(each, inner, at) === undefined) ? undefined : `${at} is no list of ${inner}`;
  }
  const name = type.replace(/\?$/, "");
  return TYPES[name]?.(value) === true ? undefined : `${at} is ${JSON.stringify(value)}, not a ${name}`;
};

const typed = (kind: string, at: string, members: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(members).flatMap(([name, type]) => [`${kind} ${at}.${name}`, ...(type.endsWith("?") ? [`${kind} ${at}.${name} null`] : [])]);

const routeFacts = (name: string, { query, needs, ours, may }: z.output<typeof route>): readonly string[] => [
  `route ${name}`,
  ...query.map((option) => `query ${name} ${option}`),
  ...[...needs, ...ours, ...may].map((header) => `header ${name} ${header}`),
];

/** The name of every fact that can be exercised. */
export const factsOf = (table: ExchangeTable): readonly string[] =>
  [
    ...Object.entries(table.routes).flatMap(([name, one]) => routeFacts(name, one)),
    ...Object.entries(table.cmdlets).flatMap(([name, { takes }]) => [`cmdlet ${name}`, ...typed("parameter", name, takes)]),
    ...Object.entries(table.rows).flatMap(([name, members]) => typed("row", name, members)),
    ...Object.keys(table.sidecars).map((name) => `sidecar ${name}`),
    ...Object.keys(table.warnings).map((name) => `warning ${name}`),
    ...Object.keys(table.errors).map((name) => `error ${name}`),
    "reply nextLink",
    "reply errors",
    "reply empty",
    "item empty",
    "item shuffled",
  ].sort();

export type Coverage = {
  /** Facts that nobody exercised although they are not excused. */
  readonly missing: readonly string[];
  /** Excuses for what was exercised, or for what is no fact. */
  readonly stale: readonly string[];
};

/** A name with a star at its end stands for all that begin so. */
const isMeant = (excuse: string, fact: string): boolean => (excuse.endsWith("*") ? fact.startsWith(excuse.slice(0, -1)) : fact === excuse);

/** @param excused names of facts, with reasons */
export const coverageOf = (seen: ReadonlySet<string>, excused: Readonly<Record<string, string>>, table: ExchangeTable = exchangeTable): Coverage => {
  const unseen = factsOf(table).filter((fact) => !seen.has(fact));
  const excuses = Object.keys(excused);
  return {
    missing: unseen.filter((fact) => !excuses.some((excuse) => isMeant(excuse, fact))),
    stale: excuses.filter((excuse) => !unseen.some((fact) => isMeant(excuse, fact))),
  };
};
