/** The rooms of `src/` as docs/ARCHITECTURE.md tells them, and what is wrong with a set of files measured by it. */

import { posix } from "node:path";
import type { Source } from "./source.ts";

export type Room = {
  /** `core/plan/` or `core/diff.ts`: several that share a row may import each other. */
  readonly paths: readonly string[];
  readonly mayImport: readonly string[];
  readonly packages: readonly string[];
};

const MAX_LINES = 400;
const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** The two files that may touch the machine; everything else is handed a runtime. */
const OUTSIDE = ["bin-quick.ts", "bin.ts", "node-runtime.ts"];
const OF_THE_OUTSIDE = new Set([
  "process",
  "console",
  "globalThis",
  "fetch",
  "performance",
  "crypto",
  "setTimeout",
  "setInterval",
  "Date.now",
  "new Date()",
  "Date()",
  "Math.random",
  "Temporal.Now",
]);

const inTicks = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");

/** The rows of the table whose first heading is `room`. Throws when there is none, so that a renamed heading does not pass for an empty house. */
export const readRooms = (markdown: string): readonly Room[] => {
  const lines = markdown.split("\n");
  const head = lines.findIndex((line) => /^\|\s*room\s*\|/.test(line));
  if (head < 0) throw new Error("docs/ARCHITECTURE.md has no table that begins with | room |");
  const rooms: Room[] = [];
  for (const line of lines.slice(head + 2)) {
    if (!line.startsWith("|")) break;
    const [paths, , mayImport, packages] = line.split("|").slice(1);
    rooms.push({ paths: inTicks(paths ?? ""), mayImport: inTicks(mayImport ?? ""), packages: inTicks(packages ?? "") });
  }
  return rooms;
};

const lies = (path: string, within: string): boolean => (within.endsWith("/") ? path.startsWith(within) : path === within);

/** The room with the longest name that the file lies in. */
const roomOf = (rooms: readonly Room[], path: string): Room | undefined =>
  rooms.flatMap((room) => room.paths.filter((name) => lies(path, name)).map((name) => ({ room, length: name.length }))).sort((a, b) => b.length - a.length)[0]
    ?.room;

const targetOf = (source: Source, specifier: string): string => posix.normalize(posix.join(posix.dirname(source.path), specifier));

const wrongImports = (rooms: readonly Room[], source: Source, room: Room): readonly string[] =>
  source.imports.flatMap(({ specifier, line }) => {
    const at = `src/${source.path}:${line}`;
    if (specifier === "(computed)") return [`${at} imports a computed name, which nobody can check`];
    if (!specifier.startsWith(".")) {
      const allowed = room.packages.some((name) => specifier === name || specifier.startsWith(`${name}/`));
      return allowed ? [] : [`${at} imports the package ${specifier}, which its room may not`];
    }
    const target = targetOf(source, specifier);
    if (target.startsWith("..")) return [`${at} imports ${specifier}, which lies outside src/`];
    const allowed = roomOf(rooms, target) === room || room.mayImport.some((name) => lies(target, name));
    return allowed ? [] : [`${at} imports ${target}, which its room may not`];
  });

/** The same input gives the same digest. */
const DIGESTS = ["createHash", "createHmac"];

const impure = (source: Source): readonly string[] => [
  ...source.uses.map(({ what, line }) => `src/${source.path}:${line} uses ${what}, but core/ is pure and synchronous`),
  ...source.imports
    .filter(({ specifier, names }) => specifier === "node:crypto" && names.some((name) => !DIGESTS.includes(name)))
    .map(({ line }) => `src/${source.path}:${line} takes more than digests from node:crypto, but core/ is pure and synchronous`),
];

const reachesOut = (source: Source): readonly string[] =>
  source.uses
    .filter(({ what }) => OF_THE_OUTSIDE.has(what))
    .map(({ what, line }) => `src/${source.path}:${line} uses ${what}, which only ${OUTSIDE.slice(0, -1).join(", ")} and ${OUTSIDE.at(-1)} may`);

const wrongShape = (source: Source): readonly string[] => [
  ...(source.lines > MAX_LINES ? [`src/${source.path} has ${source.lines} lines, more than ${MAX_LINES}`] : []),
  ...(source.path
    .replace(/\.ts$/, "")
    .split("/")
    .every((part) => KEBAB.test(part))
    ? []
    : [`src/${source.path} is not named in kebab-case`]),
];

/** Every cycle once, by the file in it that sorts first. Types count: a cycle of types is a room that is really two. */
const cycles = (sources: readonly Source[]): readonly string[] => {
  const paths = new Set(sources.map((source) => source.path));
  const graph = new Map(
    sources.map((source) => [
      source.path,
      source.imports
        .filter(({ specifier }) => specifier.startsWith("."))
        .map(({ specifier }) => targetOf(source, specifier))
        .filter((target) => paths.has(target)),
    ]),
  );
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      const ring = trail.slice(start);
      const first = ring.indexOf([...ring].sort()[0] ?? path);
      const turned = [...ring.slice(first), ...ring.slice(0, first)];
      found.add(`src/ has a cycle: ${[...turned, turned[0]].join(" -> ")}`);
      return;
    }
    if (done.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of [...paths].sort()) visit(path, []);
  return [...found];
};

/** The table's own faults: a room, or a name it may import, that no file bears. */
const deadNames = (rooms: readonly Room[], sources: readonly Source[]): readonly string[] =>
  [...new Set(rooms.flatMap((room) => [...room.paths, ...room.mayImport]))]
    .filter((name) => !sources.some((source) => lies(source.path, name)))
    .map((name) => `docs/ARCHITECTURE.md names ${name}, which does not exist`);

/** What the table allows and nobody uses: permissions that are not needed are not given. */
const idleAllowances = (rooms: readonly Room[], sources: readonly Source[]): readonly string[] =>
  rooms.flatMap((room) => {
    const imports = sources
      .filter((source) => roomOf(rooms, source.path) === room)
      .flatMap((source) => source.imports.map((one) => ({ source, specifier: one.specifier })));
    const idleRooms = room.mayImport.filter(
      (name) => !imports.some(({ source, specifier }) => specifier.startsWith(".") && lies(targetOf(source, specifier), name)),
    );
    const idlePackages = room.packages.filter((name) => !imports.some(({ specifier }) => specifier === name || specifier.startsWith(`${name}/`)));
    return [...idleRooms, ...idlePackages].map((name) => `docs/ARCHITECTURE.md lets ${room.paths.join(", ")} import ${name}, which it does not`);
  });

/** Every kind under one name: in `core/kinds/`, and in `graph/` or `exchange/`, whichever service keeps it. */
const strayKinds = (kinds: readonly string[], sources: readonly Source[]): readonly string[] => {
  const paths = new Set(sources.map((source) => source.path));
  return kinds.flatMap((kind) => [
    ...(paths.has(`core/kinds/${kind}.ts`) ? [] : [`the kind ${kind} has no src/core/kinds/${kind}.ts`]),
    ...(paths.has(`graph/${kind}.ts`) !== paths.has(`exchange/${kind}.ts`) ? [] : [`the kind ${kind} is not in one of src/graph/ and src/exchange/`]),
  ]);
};

type House = { readonly rooms: readonly Room[]; readonly sources: readonly Source[]; readonly kinds: readonly string[] };

/** Everything that breaks the house's rules, in plain sentences, sorted. Empty: the table is true. */
export const violations = ({ rooms, sources, kinds }: House): readonly string[] =>
  [
    ...sources.flatMap((source) => {
      const room = roomOf(rooms, source.path);
      const inside = room === undefined ? [`src/${source.path} is in no room of docs/ARCHITECTURE.md`] : wrongImports(rooms, source, room);
      const pure = source.path.startsWith("core/") ? impure(source) : [];
      const kept = OUTSIDE.includes(source.path) || source.path.startsWith("core/") ? [] : reachesOut(source);
      return [...inside, ...pure, ...kept, ...wrongShape(source)];
    }),
    ...cycles(sources),
    ...deadNames(rooms, sources),
    ...idleAllowances(rooms, sources),
    ...strayKinds(kinds, sources),
  ].sort();
