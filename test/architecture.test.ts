import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { KINDS } from "../src/core/tenant.ts";
import { type Room, readRooms, violations } from "./house/rooms.ts";
import { readSource } from "./house/source.ts";

const ROOT = new URL("../", import.meta.url);
const SRC = fileURLToPath(new URL("src/", ROOT));

const sources = () =>
  readdirSync(SRC, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts"))
    .sort()
    .map((path) => readSource(path, readFileSync(`${SRC}${path}`, "utf8")));

test("src/ is built as docs/ARCHITECTURE.md says", () => {
  const rooms = readRooms(readFileSync(new URL("docs/ARCHITECTURE.md", ROOT), "utf8"));
  expect(rooms.length).toBeGreaterThan(10);
  expect(violations({ rooms, sources: sources(), kinds: KINDS })).toEqual([]);
});

/** A house of two rooms in which everything is as it should be; each case below breaks one thing. */
const SOUND: Readonly<Record<string, string>> = {
  "core/words.ts": 'export const word = "a";\n',
  "core/kinds/group.ts": 'import { word } from "../words.ts";\nimport { parse } from "yaml";\nexport const group = parse(word);\n',
  "graph/group.ts": 'import { group } from "../core/kinds/group.ts";\nexport const wire = group;\n',
  "node-runtime.ts": 'import { readFileSync } from "node:fs";\nexport const runtime = { now: () => Date.now(), env: process.env, read: readFileSync };\n',
};
const room = (paths: string, mayImport: readonly string[] = [], packages: readonly string[] = []): Room => ({ paths: [paths], mayImport, packages });
const ROOMS: readonly Room[] = [
  room("core/words.ts"),
  room("core/kinds/", ["core/words.ts"], ["yaml"]),
  room("graph/", ["core/"]),
  room("node-runtime.ts", [], ["node:fs"]),
];
const judge = (files: Readonly<Record<string, string>>, rooms: readonly Room[] = ROOMS, kinds: readonly string[] = ["group"]) =>
  violations({ rooms, sources: Object.entries({ ...SOUND, ...files }).map(([path, text]) => readSource(path, text)), kinds });

describe("the rules see what breaks them", () => {
  test("a sound house has no violation", () => {
    expect(judge({})).toEqual([]);
  });

  const inCore = (text: string) => ({ "core/words.ts": text });
  const inGraph = (text: string) => ({ "graph/group.ts": `${SOUND["graph/group.ts"]}${text}` });
  const cases: readonly (readonly [name: string, files: Readonly<Record<string, string>>, want: string])[] = [
    [
      "a static import",
      inCore('import { wire } from "../graph/group.ts";\nexport const word = wire;'),
      "src/core/words.ts:1 imports graph/group.ts, which its room may not",
    ],
    [
      "an import of a type",
      inCore('import type { wire } from "../graph/group.ts";\nexport type Word = typeof wire;'),
      "src/core/words.ts:1 imports graph/group.ts, which its room may not",
    ],
    [
      "an import inside a type",
      inCore('export type Word = import("../graph/group.ts").Wire;'),
      "src/core/words.ts:1 imports graph/group.ts, which its room may not",
    ],
    [
      "a dynamic import",
      inCore('export const word = () => import("../graph/group.ts");'),
      "src/core/words.ts:1 imports graph/group.ts, which its room may not",
    ],
    ["an import for its effect", inCore('import "../graph/group.ts";'), "src/core/words.ts:1 imports graph/group.ts, which its room may not"],
    ["a re-export", inCore('export * from "../graph/group.ts";'), "src/core/words.ts:1 imports graph/group.ts, which its room may not"],
    [
      "a computed import",
      inGraph("export const any = (name: string) => import(name);"),
      "src/graph/group.ts:3 imports a computed name, which nobody can check",
    ],
    [
      "a package",
      inCore('import { parse } from "yaml";\nexport const word = parse("");'),
      "src/core/words.ts:1 imports the package yaml, which its room may not",
    ],
    [
      "a module of Node",
      inGraph('import { hostname } from "node:os";\nexport const host = hostname;'),
      "src/graph/group.ts:3 imports the package node:os, which its room may not",
    ],
    [
      "a file outside src/",
      inGraph('import own from "../../package.json";\nexport const version = own;'),
      "src/graph/group.ts:3 imports ../../package.json, which lies outside src/",
    ],
    ["a room that the table does not have", { "attic/box.ts": "export const box = 1;" }, "src/attic/box.ts is in no room of docs/ARCHITECTURE.md"],
    ["async in core", inCore("export const word = async () => 1;"), "src/core/words.ts:1 uses async, but core/ is pure and synchronous"],
    ["an async method in core", inCore("export class Word {\n  async say() {}\n}"), "src/core/words.ts:2 uses async, but core/ is pure and synchronous"],
    ["await in core", inCore("export const word = await 1;"), "src/core/words.ts:1 uses await, but core/ is pure and synchronous"],
    ["for await in core", inCore("for await (const word of []) word;\nexport {};"), "src/core/words.ts:1 uses await, but core/ is pure and synchronous"],
    ["Promise in core", inCore("export type Word = Promise<string>;"), "src/core/words.ts:1 uses Promise, but core/ is pure and synchronous"],
    ["the clock in core", inCore("export const word = () => Date.now();"), "src/core/words.ts:1 uses Date.now, but core/ is pure and synchronous"],
    [
      "the clock by another name in core",
      inCore('export const word = () => Date["now"]();'),
      "src/core/words.ts:1 uses Date.now, but core/ is pure and synchronous",
    ],
    ["a date of now in core", inCore("export const word = new Date();"), "src/core/words.ts:1 uses new Date(), but core/ is pure and synchronous"],
    [
      "Temporal's clock in core",
      inCore("export const word = () => Temporal.Now.instant();"),
      "src/core/words.ts:1 uses Temporal.Now, but core/ is pure and synchronous",
    ],
    ["chance in core", inCore("export const word = Math.random();"), "src/core/words.ts:1 uses Math.random, but core/ is pure and synchronous"],
    ["process in core", inCore("export const word = process.env;"), "src/core/words.ts:1 uses process, but core/ is pure and synchronous"],
    ["console in core", inCore("console.log(1);"), "src/core/words.ts:1 uses console, but core/ is pure and synchronous"],
    [
      "the machine's language in core",
      inCore('export const word = "a".localeCompare("b");'),
      "src/core/words.ts:1 uses localeCompare without a locale, but core/ is pure and synchronous",
    ],
    [
      "random bytes in core",
      inCore('import { randomUUID } from "node:crypto";\nexport const word = randomUUID;'),
      "src/core/words.ts:1 takes more than digests from node:crypto, but core/ is pure and synchronous",
    ],
    [
      "process outside the runtime",
      inGraph("export const shell = process.env;"),
      "src/graph/group.ts:3 uses process, which only bin-quick.ts, bin.ts and node-runtime.ts may",
    ],
    [
      "console outside the runtime",
      inGraph("export const say = () => console.log(1);"),
      "src/graph/group.ts:3 uses console, which only bin-quick.ts, bin.ts and node-runtime.ts may",
    ],
    [
      "the world's fetch outside the runtime",
      inGraph("export const get = () => fetch;"),
      "src/graph/group.ts:3 uses fetch, which only bin-quick.ts, bin.ts and node-runtime.ts may",
    ],
    [
      "a timer outside the runtime",
      inGraph("setTimeout(() => 1, 1);"),
      "src/graph/group.ts:3 uses setTimeout, which only bin-quick.ts, bin.ts and node-runtime.ts may",
    ],
    [
      "the clock outside the runtime",
      inGraph("export const now = () => Date.now();"),
      "src/graph/group.ts:3 uses Date.now, which only bin-quick.ts, bin.ts and node-runtime.ts may",
    ],
    ["a long file", inGraph("\n".repeat(399)), "src/graph/group.ts has 401 lines, more than 400"],
    ["a name that is not kebab-case", { "graph/Group.ts": "export const group = 1;" }, "src/graph/Group.ts is not named in kebab-case"],
    ["a folder that is not kebab-case", { "graph/Odd_one/group.ts": "export const group = 1;" }, "src/graph/Odd_one/group.ts is not named in kebab-case"],
    [
      "a cycle, though it is of types",
      { "graph/a.ts": 'import type { B } from "./b.ts";\nexport type A = B;', "graph/b.ts": 'import type { A } from "./a.ts";\nexport type B = A;' },
      "src/ has a cycle: graph/a.ts -> graph/b.ts -> graph/a.ts",
    ],
  ];
  test.each(cases)("%s", (_name, files, want) => {
    expect(judge(files)).toContain(want);
  });

  test("words, members and comments are not the outside", () => {
    const text =
      '// process.env, Date.now()\nexport type T = { readonly process: string; fetch(): void };\nexport const f = ({ fetch }: { fetch: () => void }) => fetch();\nexport const s = "console.log";\n';
    expect(judge(inGraph(text))).toEqual([]);
  });

  test("a kind that has no file in a room", () => {
    expect(judge({}, ROOMS, ["group", "location"])).toEqual([
      "the kind location has no src/core/kinds/location.ts",
      "the kind location is not in one of src/graph/ and src/exchange/",
    ]);
  });

  test("a table that names what is not there", () => {
    expect(judge({}, [...ROOMS, room("exchange/")])).toEqual(["docs/ARCHITECTURE.md names exchange/, which does not exist"]);
  });

  test("a table that allows what nobody needs", () => {
    const rooms = [...ROOMS.slice(1), room("core/words.ts", [], ["zod"])];
    expect(judge({}, rooms)).toEqual(["docs/ARCHITECTURE.md lets core/words.ts import zod, which it does not"]);
  });

  test("a page without the table", () => {
    expect(() => readRooms("# Architecture\n\n| name | what |\n")).toThrow("no table that begins with | room |");
  });

  test("a row is read whole, and the table ends where its lines end", () => {
    const page = "| room | what lives there | may import | packages |\n|---|---|---|---|\n| `a/`, `b.ts` | words | `c/` | `yaml` |\n\n| `d/` | no row | | |\n";
    expect(readRooms(page)).toEqual([{ paths: ["a/", "b.ts"], mayImport: ["c/"], packages: ["yaml"] }]);
  });
});
