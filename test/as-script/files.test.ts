/** Two files that stand there together, or not at all, on a disk that fails. */

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SCRIPT_MARK } from "../../src/render/script.ts";
import type { Machine } from "../../src/report-files.ts";
import { scriptPaths, writeScripts } from "../../src/script-files.ts";
import { fakeRuntime, freshFolder } from "../cli/harness.ts";

const texts = (word: string) => ({ script: `${SCRIPT_MARK} ${word}`, rollback: `${SCRIPT_MARK} ${word} back` });

/** A disk on which one file cannot be given its name. */
const failingAt = (machine: Machine, name: string): Machine => ({
  ...machine,
  files: {
    ...machine.files,
    rename: async (from, to) => {
      if (to.endsWith(name)) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
      await machine.files.rename(from, to);
    },
  },
});

const contents = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));

const cases: readonly (readonly [name: string, failing: string, before: Readonly<Record<string, string>>])[] = [
  ["the script, where nothing was", "/mail.ps1", {}],
  ["the script, where both were", "/mail.ps1", { "mail.ps1": `${SCRIPT_MARK} old`, "mail.rollback.ps1": `${SCRIPT_MARK} old back` }],
  ["the rollback, where nothing was", "/mail.rollback.ps1", {}],
  ["the rollback, where both were", "/mail.rollback.ps1", { "mail.ps1": `${SCRIPT_MARK} old`, "mail.rollback.ps1": `${SCRIPT_MARK} old back` }],
];

test.each(cases)("what cannot be written leaves what was there: %s", async (_, failing, before) => {
  const cwd = freshFolder();
  for (const [name, text] of Object.entries(before)) writeFileSync(join(cwd, name), text);
  const machine = fakeRuntime({ cwd });
  const where = await scriptPaths("mail.ps1", machine);
  await expect(writeScripts(where, texts("new"), failingAt(machine, failing))).rejects.toThrow(
    "--as-script mail.ps1: it cannot be written (ENOSPC); nothing was changed there",
  );
  expect(contents(cwd)).toEqual(before);
  await writeScripts(where, texts("new"), machine);
  expect(contents(cwd)).toEqual({ "mail.ps1": `${SCRIPT_MARK} new`, "mail.rollback.ps1": `${SCRIPT_MARK} new back` });
  rmSync(cwd, { recursive: true });
});

test("a file that came while the tenant was read is left", async () => {
  const cwd = freshFolder();
  const machine = fakeRuntime({ cwd });
  const where = await scriptPaths("mail.ps1", machine);
  writeFileSync(join(cwd, "mail.rollback.ps1"), "Get-Date");
  await expect(writeScripts(where, texts("new"), machine)).rejects.toThrow("is there already, and entra-rollout did not write it");
  expect(contents(cwd)).toEqual({ "mail.rollback.ps1": "Get-Date" });
  rmSync(cwd, { recursive: true });
});
