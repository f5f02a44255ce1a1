import { expect, test } from "vitest";
import { freshFolder, runCli } from "./cli/harness.ts";
import { resolve } from "node:path";
import { readFileSync } from "node:fs";
import { join } from "node:path";
const PLAN = resolve("rollout-plans/county-schools-2018.yaml");
test("x", async () => {
  const cwd = freshFolder();
  await runCli(["sandbox", "fill", "county"], { cwd });
  const r = await runCli(["diff", PLAN, "--as-of", "2018-11-20"], { cwd });
  console.log(r.stdout, r.stderr, r.exit);
  const rows = readFileSync(join(cwd, ".entra-rollout", "sandbox", "requests.jsonl"), "utf8").split("\n").filter(Boolean).map((l) => JSON.parse(l));
  console.log(rows.map((x) => `${x.at} ${x.method} ${x.path} ${x.status}`).join("\n"));
  expect(1).toBe(1);
}, 60000);
