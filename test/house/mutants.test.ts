/** What `npm run mutants` plants: a whole run of it takes minutes, so that each list is at least held here. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

const PLACE = 'export const PROGRESS_KEY = "progress";';

/** What a run of the script says of texts put in one place. */
const verdictsOn = (texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  const folder = mkdtempSync(join(tmpdir(), "entra-rollout-lists-"));
  const tests = ["test/core/progress.test.ts"];
  const list = Object.entries(texts).map(([because, replace]) => ({ file: "src/core/progress.ts", find: PLACE, replace, because, tests }));
  try {
    writeFileSync(join(folder, "tried.json"), JSON.stringify(list));
    const { stdout } = spawnSync(process.execPath, [`${ROOT}scripts/mutants.js`, "--lists", folder], { cwd: ROOT, encoding: "utf8" });
    return Object.fromEntries([...stdout.matchAll(/^(caught|missed|broken) .*: (.*)$/gm)].map(([, verdict = "", because = ""]) => [because, verdict]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const SOAK = process.env["SOAK"] !== undefined;

test.runIf(SOAK)("a defect is told from what breaks nothing, and from what does not load", () => {
  expect(
    verdictsOn({ "another word": PLACE.replace("progress", "process"), "a remark": `${PLACE} // as before`, "no TypeScript": "export const = ;" }),
  ).toEqual({
    "another word": "caught",
    "a remark": "missed",
    "no TypeScript": "broken",
  });
});

test.runIf(SOAK)("what one defect leaves behind in the process does not catch the next", () => {
  const lasting = `${PLACE}\nDate.prototype.toISOString = () => "never";`;
  expect(verdictsOn({ lasting, "a remark": `${PLACE} // as before` })).toEqual({ lasting: "caught", "a remark": "missed" });
});
