/** The facts of test/contract/table.json, ready to be asked: routes by path, members by type. */

import { readFileSync } from "node:fs";
import { z } from "zod";

const permissions = z.strictObject({ delegated: z.array(z.string()).optional(), application: z.array(z.string()).optional() });
const tableSchema = z.strictObject({
  source: z.record(z.string(), z.string()),
  routes: z.record(
    z.string(),
    z.strictObject({
      sort: z.enum(["one", "list", "count", "reference", "action", "value", "file"]),
      gives: z.string().optional(),
      takes: z.record(z.string(), z.string()).optional(),
      methods: z.record(z.string(), permissions),
    }),
  ),
  types: z.record(
    z.string(),
    z.strictObject({
      base: z.string().optional(),
      abstract: z.literal(true).optional(),
      open: z.literal(true).optional(),
      properties: z.record(z.string(), z.string()),
      navigation: z.record(z.string(), z.string()).optional(),
    }),
  ),
  enums: z.record(z.string(), z.strictObject({ flags: z.literal(true).optional(), values: z.array(z.string()) })),
});

export type Table = z.output<typeof tableSchema>;
export type RouteFacts = Table["routes"][string];

export const table: Table = tableSchema.parse(JSON.parse(readFileSync(new URL("table.json", import.meta.url), "utf8")));

/** `[String?]`: a list whose entries may be null. */
export type TypeRef = { readonly name: string; readonly isList: boolean; readonly isOptional: boolean };

const refs = new Map<string, TypeRef>();

export const refOf = (text: string): TypeRef => {
  const known = refs.get(text);
  if (known !== undefined) return known;
  const isList = text.startsWith("[");
  const inner = isList ? text.slice(1, -1) : text;
  const isOptional = inner.endsWith("?");
  const ref = { name: isOptional ? inner.slice(0, -1) : inner, isList, isOptional };
  refs.set(text, ref);
  return ref;
};

export type Member = { readonly name: string; readonly type: TypeRef; readonly isNavigation: boolean };
export type Members = { readonly exact: ReadonlyMap<string, Member>; readonly anyCase: ReadonlyMap<string, Member>; readonly isOpen: boolean };

/** The type and those that it is built on, itself first. */
export const lineOf = (name: string): readonly string[] => {
  const base = table.types[name]?.base;
  return base === undefined ? [name] : [name, ...lineOf(base)];
};

/** The type and those that are built on it. */
const heirsOf = (name: string): readonly string[] => Object.keys(table.types).filter((other) => lineOf(other).includes(name));

const membersOfLine = (names: readonly string[]): Members => {
  const exact = new Map<string, Member>();
  for (const name of names) {
    const type = table.types[name];
    for (const [property, text] of Object.entries(type?.properties ?? {})) exact.set(property, { name: property, type: refOf(text), isNavigation: false });
    for (const [property, text] of Object.entries(type?.navigation ?? {})) exact.set(property, { name: property, type: refOf(text), isNavigation: true });
  }
  return {
    exact,
    anyCase: new Map([...exact].map(([name, member]) => [name.toLowerCase(), member])),
    isOpen: names.some((name) => table.types[name]?.open === true),
  };
};

const kept = new Map<string, Members>();

const keep = (key: string, make: () => Members): Members => {
  const known = kept.get(key);
  if (known !== undefined) return known;
  const members = make();
  kept.set(key, members);
  return members;
};

export const membersOf = (name: string): Members => keep(name, () => membersOfLine(lineOf(name)));

/** Of the type, and of everything that may stand in its place: what can be selected of it. */
export const widestMembersOf = (name: string): Members => keep(`${name}+`, () => membersOfLine([...heirsOf(name), ...lineOf(name)]));

export type Found = { readonly path: string; readonly route: RouteFacts };

/** `groups('x')` and `directoryRoles(roleTemplateId='x')` are the same as `groups/x`. Undefined when a segment cannot be decoded. */
const segmentsOf = (path: string): readonly string[] | undefined => {
  try {
    return path
      .split("/")
      .filter((segment) => segment !== "")
      .map(decodeURIComponent)
      .flatMap((segment) => {
        const [, name, key] = /^([A-Za-z][A-Za-z0-9]*)\((.+)\)$/.exec(segment) ?? [];
        return name === undefined || key === undefined ? [segment] : [name, key];
      });
  } catch {
    return undefined;
  }
};

const PREPARED = Object.entries(table.routes)
  .map(([path, route]) => ({ path, route, segments: path.slice(1).toLowerCase().split("/") }))
  // Where several fit, the one with a fixed segment first wins.
  .sort((a, b) => (a.path.replaceAll("{id}", "~") < b.path.replaceAll("{id}", "~") ? -1 : 1));

const isKey = (segment: string): boolean => !segment.startsWith("$") && !segment.startsWith("microsoft.graph.") && segment !== "delta";

/** @param path below the version, without the query */
export const routeOf = (path: string): Found | undefined => {
  // `graph` is the namespace's alias in the metadata, and how the SDKs write casts.
  const segments = segmentsOf(path)?.map((segment) => segment.toLowerCase().replace(/^graph\.(?=[a-z]+$)/, "microsoft.graph."));
  if (segments === undefined) return undefined;
  return PREPARED.find(
    (prepared) =>
      prepared.segments.length === segments.length &&
      prepared.segments.every((segment, index) => (segment === "{id}" || segment === "{period}" ? isKey(segments[index] ?? "") : segment === segments[index])),
  );
};
