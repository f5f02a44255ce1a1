import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { ROOT } from "../scripts/copy.js";
import { ALLOWED } from "../scripts/notices.js";
import { install, pack, WALK, walk } from "../scripts/pack.js";

/**
 * The package on the Node that runs the tests, of what lies in dist/, which the tests' set-up has built for bin/entra-rollout.cjs. `npm run packed` builds it as for
 * publishing and does the same on every Node that is promised, and more of it.
 */

const read = (name: string): string => readFileSync(join(ROOT, name), "utf8");
const manifest = z
  .object({
    private: z.boolean().optional(),
    dependencies: z.record(z.string(), z.string()).default({}),
    devDependencies: z.record(z.string(), z.string()),
    scripts: z.record(z.string(), z.string()),
    bin: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(read("package.json")));

let folder = "";
let packed: ReturnType<typeof pack> = { tarball: "", files: [], unpackedBytes: 0 };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "entra-rollout-pack-"));
  packed = pack(folder, { build: false });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("the package", () => {
  test("may be published, is built before it is, and asks for no other package", () => {
    expect(manifest.private).toBeUndefined();
    expect(manifest.dependencies).toEqual({});
    expect(manifest.scripts["prepack"]).toBe("npm run build");
    expect(manifest.scripts["install"] ?? manifest.scripts["postinstall"] ?? manifest.scripts["preinstall"]).toBeUndefined();
  });

  test("holds what the tool reads, the papers and the licences, and nothing by which it was made or tested", () => {
    const folders = [...new Set(packed.files.map((name) => (name.includes("/") ? name.slice(0, name.indexOf("/")) : name)))].sort();
    expect(folders).toEqual(["LICENSE", "README.md", "bin", "deploy", "dist", "docs", "package.json", "rollout-plans", "schema"]);
    const bundles = z.record(z.string(), z.string()).parse(JSON.parse(read("dist/bundles.json")));
    expect(packed.files.filter((name) => name.startsWith("dist/"))).toEqual(
      [...Object.values(bundles), "bundles.json", "third-party-licences.txt"].map((name) => `dist/${name}`).sort(),
    );
    expect(packed.unpackedBytes).toBeLessThan(8_000_000);
  });

  test("asks, when it runs, for nothing but what Node brings", () => {
    const { whole = "" } = z.record(z.string(), z.string()).parse(JSON.parse(read("dist/bundles.json")));
    const asked = [...read(`dist/${whole}`).matchAll(/\b(?:require|import)\("([^"]+)"\)/g)].map(([, name = ""]) => name);
    expect(asked).toContain("node:fs");
    // Looked for by libraries that do without: colours for traces that nobody switches on, and a store that later Nodes have.
    expect([...new Set(asked)].filter((name) => !isBuiltin(name) && name !== "supports-color" && name !== "node:sqlite")).toEqual([]);
  });

  test("no page in it links to one that is not", () => {
    const broken = packed.files
      .filter((name) => name.endsWith(".md"))
      .flatMap((name) =>
        [...read(name).matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)]
          .map((match) => new URL(match[1] ?? "", `file:///${name}`).pathname.slice(1).replace(/\/$/, ""))
          .filter((target) => !packed.files.some((file) => file === target || file.startsWith(`${target}/`)))
          .map((target) => `${name} links to ${target}`),
      );
    expect(broken).toEqual([]);
  });

  test("installed without a network in an empty folder, it is there by its name, alone, and does its work on a plan from Windows", { timeout: 120_000 }, () => {
    const empty = join(folder, "empty");
    expect(install(empty, packed.tarball, process.execPath)).toEqual(["entra-rollout"]);
    const few = WALK.filter(
      ({ line: [command = "", plan], says }) =>
        command === "--help" || (plan === "windows/plan.yaml" && ["check", "diff", "apply"].includes(command) && !says.source.startsWith("0")),
    );
    expect(few.map(({ line: [command] }) => command)).toEqual(["--help", "check", "diff", "apply"]);
    expect(walk(empty, process.execPath, few)).toEqual({ passed: few.length, problems: [] });
    expect(existsSync(join(empty, ".entra-rollout"))).toBe(true);
  });

  test("a step that does not end, or say, as it should is a problem", () => {
    const { passed, problems } = walk(join(folder, "empty"), process.execPath, [
      { line: ["--version"], says: /^one$/ },
      { line: ["--version"], exit: 3, says: /./ },
    ]);
    expect(passed).toBe(0);
    expect(problems).toHaveLength(2);
    expect(problems[1]).toContain("entra-rollout --version ended with 0 (3");
  });
});

describe("the licences of what is bundled", () => {
  const notices = read("dist/third-party-licences.txt");

  test("are all in one file, of every library that this project names for its sources, and with their texts", () => {
    const bundled = [...notices.matchAll(/^={80}\n(\S+) \S+ \((.+)\)\n\n(.+)/gm)].map(([, name = "", licence = "", text = ""]) => ({ name, licence, text }));
    expect(bundled.length).toBeGreaterThan(40);
    const used = ["@microsoft/microsoft-graph-client", "commander", "hono", "temporal-polyfill", "valibot", "write-file-atomic", "yaml", "zod"];
    expect(used.filter((name) => manifest.devDependencies[name] === undefined || !bundled.some((each) => each.name === name))).toEqual([]);
    expect(bundled.filter(({ licence }) => !ALLOWED.includes(licence))).toEqual([]);
    expect(bundled.filter(({ text }) => text.trim() === "")).toEqual([]);
    expect(notices).toContain("Permission is hereby granted, free of charge");
    expect(notices).toContain("Apache License");
    expect(bundled.map(({ name }) => name)).not.toContain("vitest");
  });
});
