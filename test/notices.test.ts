import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundledPackages, noticesOf } from "../scripts/notices.js";

describe("the licences of what is bundled", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "entra-rollout-notices-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const made = (paths: readonly (readonly [string, number])[]): Metafile => ({
    inputs: {},
    outputs: {
      "dist/a.cjs": { bytes: 1, imports: [], exports: [], inputs: Object.fromEntries(paths.map(([path, bytesInOutput]) => [path, { bytesInOutput }])) },
    },
  });

  test("are those of the libraries of which something is in a bundle, wherever npm put them", () => {
    const folders = bundledPackages([
      made([
        ["node_modules/zod/v4/index.js", 10],
        ["node_modules/zod/v4/core.js", 10],
        ["node_modules/yaml/dist/index.js", 0],
        ["src/bin.ts", 10],
      ]),
      made([
        ["node_modules/wrap-ansi/node_modules/string-width/index.js", 10],
        ["node_modules/@hono/node-server/dist/index.mjs", 10],
      ]),
    ]);
    expect(folders).toEqual(["node_modules/@hono/node-server", "node_modules/wrap-ansi/node_modules/string-width", "node_modules/zod"]);
  });

  test("one that nobody decided on, or whose text is missing, stops the build", () => {
    const library = (name: string, license: string, files: readonly string[]): string => {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, "package.json"), JSON.stringify({ name, version: "1.0.0", license }));
      for (const file of files) writeFileSync(join(folder, name, file), `what ${file} of ${name} says`);
      return name;
    };
    expect(() => noticesOf(folder, [library("strict", "GPL-3.0-only", ["LICENSE"])])).toThrow("strict 1.0.0 is under GPL-3.0-only: whether it may be bundled");
    expect(() => noticesOf(folder, [library("terse", "MIT", ["readme.md"])])).toThrow("terse 1.0.0 brings no text of its licence");
    const text = noticesOf(folder, [library("tidy", "MIT", ["license.txt", "NOTICE"])]);
    expect(text).toContain("what license.txt of tidy says");
    expect(text).toContain("what NOTICE of tidy says");
  });
});
