/** What `npm run mutants` plants: a whole run of it takes minutes, so that each list is at least held here. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { ROOT } from "../../scripts/copy.js";

const FOLDER = `${ROOT}test/mutants/`;
const GUARDS = "src/core/guards/";

const listSchema = z.array(
  z.strictObject({ file: z.string(), find: z.string().min(1), replace: z.string(), because: z.string().min(1), tests: z.array(z.string()).min(1) }),
);
const mutants = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json"))
  .flatMap((name) => listSchema.parse(JSON.parse(readFileSync(FOLDER + name, "utf8"))).map((mutant) => ({ list: name, ...mutant })));

test("a defect is planted in every guard", () => {
  const planted = new Set(mutants.map(({ file }) => file));
  const guards = readdirSync(ROOT + GUARDS).map((name) => GUARDS + name);
  expect(guards.length).toBeGreaterThan(20);
  expect(guards.filter((name) => !planted.has(name))).toEqual([]);
});

test("each defect has one place, changes it, and names tests that are there", () => {
  const texts = new Map<string, string>();
  const textOf = (file: string): string => {
    const text = texts.get(file) ?? (existsSync(ROOT + file) ? readFileSync(ROOT + file, "utf8") : "");
    texts.set(file, text);
    return text;
  };
  const wrong = mutants.filter(
    ({ file, find, replace, tests }) => textOf(file).split(find).length !== 2 || find === replace || tests.some((name) => !existsSync(ROOT + name)),
  );
  expect(wrong.map(({ list, file, because }) => `${list}: ${file}: ${because}`)).toEqual([]);
});
