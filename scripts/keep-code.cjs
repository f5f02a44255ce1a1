"use strict";
// Runs the commands that people type most, and keeps V8's code of what ran beside each file of dist/.
const { mkdtempSync, renameSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { setFlagsFromString } = require("node:v8");
const { SORT, load } = require("../bin/load.cjs");

const PLAN = join(__dirname, "../rollout-plans/county-schools-2018.yaml");
const QUICK = [["--help"], ["diff", "--help"], ["help", "exit-codes"]];
const COMMANDS = [
  ["status", PLAN],
  ["diff", PLAN, "--as-of", "2018-11-19"],
];

const keep = async () => {
  // What ran only once at the beginning is needed as much as what ran last.
  setFlagsFromString("--no-flush-bytecode");
  const folder = mkdtempSync(join(tmpdir(), "entra-rollout-build-"));
  try {
    process.chdir(folder);
    const [quick, plan, whole] = [load("quick"), load("plan"), load("whole")];
    if (quick === undefined || plan === undefined || whole === undefined) throw new Error("there is nothing in dist/");
    process.stdout.write = () => true;
    process.stderr.write = () => true;
    for (const argv of QUICK) if (!quick.exports.answer(argv)) throw new Error(`${argv.join(" ")} was not answered`);
    /** @param {{ start(argv: readonly string[], packageFolder: string): Promise<void> }} bundle @param {readonly string[]} argv */
    const run = async (bundle, argv) => {
      await bundle.start(argv, join(__dirname, ".."));
      if (process.exitCode !== 0) throw new Error(`${argv.join(" ")} ended with ${process.exitCode}`);
    };
    await run(plan.exports, ["check", PLAN]);
    for (const argv of COMMANDS) await run(whole.exports, argv);
    setFlagsFromString("--flush-bytecode");
    for (const { path, script } of [quick, plan, whole]) {
      const file = `${path}.${SORT}`;
      writeFileSync(`${file}.${process.pid}`, script.createCachedData());
      renameSync(`${file}.${process.pid}`, file);
    }
  } finally {
    process.chdir(__dirname);
    rmSync(folder, { recursive: true, force: true });
  }
};

keep().catch((error) => {
  require("node:fs").writeSync(2, `${error.stack}\n`);
  process.exitCode = 1;
});
