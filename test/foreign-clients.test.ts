/** The package in test/foreign/: clients that nobody here wrote, which `npm ci` alone does not bring. */

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { projectFiles, ROOT } from "../scripts/copy.js";

const FOLDER = `${ROOT}test/foreign/`;
const read = (name: string): string => readFileSync(FOLDER + name, "utf8");

const Versions = z.record(z.string(), z.string());
const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string(), integrity: z.string().optional(), engines: z.object({ node: z.string().optional() }).optional() }),
  ),
});
const manifest = z.object({ private: z.literal(true), dependencies: Versions, overrides: Versions }).parse(JSON.parse(read("package.json")));
const packagesIn = (name: string): readonly (readonly [path: string, entry: z.output<typeof Lock>["packages"][string]])[] =>
  Object.entries(Lock.parse(JSON.parse(read(name))).packages).filter(([path]) => path !== "");

const isInstalled = existsSync(`${FOLDER}node_modules`);

describe("the foreign clients", () => {
  test("each is pinned to one version", () => {
    const pinned = { ...manifest.dependencies, ...manifest.overrides };
    expect(Object.keys(pinned)).toEqual(expect.arrayContaining(["@microsoft/msgraph-sdk", "@microsoft/msgraph-sdk-users", "@pnp/graph"]));
    expect(Object.entries(pinned).filter(([, version]) => !/^\d+\.\d+\.\d+(-preview\.\d+)?$/.test(version))).toEqual([]);
  });

  test("the lock holds what is pinned, with hashes and without addresses", () => {
    const packages = new Map(packagesIn("package-lock.json"));
    const pinned = Object.entries({ ...manifest.dependencies, ...manifest.overrides });
    expect(pinned.filter(([name, version]) => packages.get(`node_modules/${name}`)?.version !== version)).toEqual([]);
    expect([...packages].filter(([, { integrity }]) => integrity === undefined)).toEqual([]);
    expect(read("package-lock.json")).not.toMatch(/"resolved"|https?:\/\/[^"]*\.tgz/);
    expect(read(".npmrc")).toBe(readFileSync(`${ROOT}.npmrc`, "utf8"));
  });

  test("each runs on the oldest Node that we promise", () => {
    const needs = packagesIn("package-lock.json").flatMap(([path, { engines }]) => (engines?.node === undefined ? [] : [{ path, node: engines.node }]));
    expect(needs.length).toBeGreaterThan(5);
    // All of them ask for a version and everything above it.
    expect(needs.filter(({ node }) => !/^>= ?(?:\d|1\d|20)(?:\.\d+)*$/.test(node) || /^>= ?20\.(?:[2-9]\d|1\d\d)/.test(node))).toEqual([]);
  });

  test("their tests take nothing from src/", () => {
    const files = projectFiles().filter((name) => name.startsWith("test/foreign/") && name.endsWith(".ts"));
    expect(files.length).toBeGreaterThan(3);
    const taken = files.flatMap((name) =>
      [...readFileSync(ROOT + name, "utf8").matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, path]) => `${name}: ${path}`),
    );
    expect(taken.filter((line) => !/: \.\/[a-z-]+\.ts$/.test(line))).toEqual([]);
  });

  test.runIf(isInstalled)("are installed as they are locked, and tested with all the rest; skipped where they are not: npm run foreign brings them", () => {
    const versionsIn = (name: string) => packagesIn(name).map(([path, { version }]) => `${path} ${version}`);
    expect(versionsIn("node_modules/.package-lock.json").sort(), "npm ci --prefix test/foreign brings them up to date").toEqual(
      versionsIn("package-lock.json").sort(),
    );
  });
});
