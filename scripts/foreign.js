/**
 * Tests with libraries that nobody needs for anything else, each a package of its own: brings it where it is not there as locked, checks its types, runs its tests.
 *
 * usage: node scripts/foreign.js test/foreign|test/linters [words for vitest]
 */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./copy.js";

const [name = "", ...words] = process.argv.slice(2);
const folder = join(ROOT, name);

/** @param {string} file */
const packagesIn = (file) => {
  try {
    const { "": _, ...packages } = JSON.parse(readFileSync(join(folder, file), "utf8")).packages;
    return Object.entries(packages)
      .map(([name, { version }]) => `${name} ${version}`)
      .sort()
      .join("\n");
  } catch {
    return "";
  }
};

/** @param {string} program @param {readonly string[]} args @param {import("node:child_process").SpawnSyncOptions} [more] */
const run = (program, args, more = {}) => {
  const { status, error } = spawnSync(program, args, { cwd: ROOT, stdio: "inherit", ...more });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
};

// npm keeps beside what it installed a lock of its own.
const isThere = packagesIn("package-lock.json") === packagesIn("node_modules/.package-lock.json");
// `npm` is a script on Windows, which only a shell starts.
if (!isThere) run("npm ci --no-audit --no-fund", [], { cwd: folder, shell: true });
run(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "--noEmit", "-p", folder]);
run(process.execPath, [join(ROOT, "node_modules/vitest/vitest.mjs"), "run", "--root", folder, ...words]);
