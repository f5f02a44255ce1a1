// The laws and the fault scenarios again, many times as often: every test file that asks for SOAK, and no other.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const files = readdirSync(`${root}test`, { recursive: true, encoding: "utf8" })
  .map((name) => `test/${name.replaceAll("\\", "/")}`)
  .filter((name) => name.endsWith(".test.ts") && !/^test\/(?:foreign|linters)\//.test(name))
  .filter((name) => readFileSync(root + name, "utf8").includes("SOAK"))
  .sort();

if (files.length === 0) throw new Error("no test file asks for SOAK");
// What is found by chance is for people to look at; where a machine decides over a change, the same dice are thrown every time.
const seed = process.env.SEED ?? (process.env.CI === undefined ? Math.floor(Math.random() * 2 ** 31) : 20181119);
console.log(`SEED=${seed}`);
const vitest = `${root}node_modules/vitest/vitest.mjs`;
const args = [vitest, "run", "--testTimeout=1200000", ...files, ...process.argv.slice(2)];
const run = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit", env: { ...process.env, SOAK: "1", SEED: String(seed) } });
process.exitCode = run.status ?? 1;
