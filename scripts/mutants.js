/**
 * Plants one defect after another in a copy of the project and runs the tests that must notice it. A defect that no
 * test notices means that the test proves less than it says.
 *
 * Each file of test/mutants/ holds a list of {file, find, replace, because, tests}: `find` stands exactly once in
 * `file`; `tests` are the test files that must fail, and fail by an assertion, not because the code no longer loads.
 *
 * usage: node scripts/mutants.js [words of a list's name, a file name or reason]
 */

import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { copyProject, ROOT } from "./copy.js";

/** @typedef {{ file: string, find: string, replace: string, because: string, tests: string[], list: string }} Mutant `list`: the file in which it stands */
/** @typedef {{ testResults: { message: string, assertionResults: { status: string, fullName: string }[] }[] }} Report as vitest writes it */
/** @typedef {{ mutant: Mutant, verdict: "caught" | "missed" | "broken", detail: string, seconds: number }} Result */

const LIMIT_MS = 120_000;
const WORKERS = 2;

/** @returns {Mutant[]} */
const readMutants = () =>
  readdirSync(join(ROOT, "test/mutants"))
    .filter((name) => name.endsWith(".json"))
    .sort()
    .flatMap((name) => {
      const listed = JSON.parse(readFileSync(join(ROOT, "test/mutants", name), "utf8"));
      if (!Array.isArray(listed)) throw new Error(`test/mutants/${name} is not a list`);
      for (const one of listed) {
        const words = ["file", "find", "replace", "because"].every((key) => typeof one[key] === "string");
        if (!words || !Array.isArray(one.tests) || one.tests.length === 0)
          throw new Error(`test/mutants/${name}: ${JSON.stringify(one)} is not a whole mutant`);
      }
      return listed.map((one) => ({ ...one, list: name.replace(/\.json$/, "") }));
    });

/** Beside the copy and not in it: some tests read every file of the project. @param {string} copy */
const compiledBeside = (copy) => `${copy}-compiled`;

/** @param {string} copy @param {string[]} tests @returns {Promise<{ code: number | null, report: Report | undefined, text: string }>} */
const runTests = (copy, tests) =>
  new Promise((resolve, reject) => {
    // Building takes longer than most tests, and most start no program.
    const program = tests.some((test) => readFileSync(join(copy, test), "utf8").includes("bin/entra-rollout")) ? {} : { NO_PROGRAM: "1" };
    const out = join(copy, ".mutant-report.json");
    rmSync(out, { force: true });
    const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
    const args = [vitest, "run", "--bail=1", "--maxWorkers=1", "--reporter=json", `--outputFile=${out}`, ...tests];
    // A group of its own, so that a defect that loops for ever ends together with the test process it hangs.
    const detached = process.platform !== "win32";
    const child = spawn(process.execPath, args, {
      cwd: copy,
      detached,
      stdio: ["ignore", "pipe", "pipe"],
      // The same dice every time: what a law throws by chance must not decide whether a defect is seen.
      env: { SEED: "20181119", ...process.env, ...program, COMPILED_SOURCES: compiledBeside(copy), NO_COLOR: "1", CI: "true" },
    });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      if (child.pid !== undefined) process.kill(detached ? -child.pid : child.pid, "SIGKILL");
    }, LIMIT_MS);
    let text = "";
    child.stdout.on("data", (chunk) => (text += chunk));
    child.stderr.on("data", (chunk) => (text += chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code: late ? null : code, text, report: existsSync(out) ? JSON.parse(readFileSync(out, "utf8")) : undefined });
    });
  });

/**
 * The run as a verdict. Only a test that ran and failed catches a defect; a file that did not load proves nothing.
 * @param {{ code: number | null, report: Report | undefined, text: string }} run
 * @returns {Omit<Result, "mutant" | "seconds">}
 */
const judge = ({ code, report, text }) => {
  if (code === null) return { verdict: "broken", detail: `no end after ${LIMIT_MS / 1000} s` };
  if (report === undefined) return { verdict: "broken", detail: text.trim().split("\n").slice(-5).join(" / ") };
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const failed = tests.filter((test) => test.status === "failed");
  if (failed[0] !== undefined) return { verdict: "caught", detail: failed[0].fullName };
  if (tests.length === 0 || code !== 0)
    return { verdict: "broken", detail: report.testResults.map((file) => file.message).join(" / ") || text.trim() || "no test ran" };
  return { verdict: "missed", detail: `${tests.length} tests passed` };
};

/** @param {string} copy @param {Mutant} mutant @returns {Promise<Result>} */
const plant = async (copy, mutant) => {
  const started = Date.now();
  const path = join(copy, mutant.file);
  const whole = existsSync(path) ? readFileSync(path, "utf8") : "";
  const count = whole.split(mutant.find).length - 1;
  /** @param {Omit<Result, "mutant" | "seconds">} result @returns {Result} */
  const told = (result) => ({ mutant, ...result, seconds: (Date.now() - started) / 1000 });
  if (count !== 1) return told({ verdict: "broken", detail: `the text to replace stands ${count} times in ${mutant.file}` });
  const absent = mutant.tests.filter((test) => !existsSync(join(copy, test)));
  if (absent.length > 0) return told({ verdict: "broken", detail: `there is no ${absent.join(", ")}` });
  try {
    writeFileSync(
      path,
      whole.replace(mutant.find, () => mutant.replace),
    );
    return told(judge(await runTests(copy, mutant.tests)));
  } finally {
    writeFileSync(path, whole);
  }
};

/** @param {Result} result */
const show = ({ verdict, seconds, mutant, detail }) => {
  console.log(`${verdict.padEnd(6)} ${seconds.toFixed(1).padStart(5)} s  ${mutant.file}: ${mutant.because}`);
  console.log(`${" ".repeat(16)}${detail.split("\n")[0]}`);
};

const main = async () => {
  const words = process.argv.slice(2);
  const mutants = readMutants().filter((mutant) => words.every((word) => `${mutant.list} ${mutant.file} ${mutant.because}`.includes(word)));
  const queue = [...mutants];
  /** @type {Result[]} */
  const results = [];
  const worker = async () => {
    const copy = copyProject("mutants");
    try {
      for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
        const result = await plant(copy, mutant);
        results.push(result);
        show(result);
      }
    } finally {
      for (const made of [copy, compiledBeside(copy)]) rmSync(made, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  const caught = results.filter((result) => result.verdict === "caught").length;
  console.log(`caught ${caught} of ${mutants.length}`);
  process.exitCode = mutants.length > 0 && caught === mutants.length ? 0 : 1;
};

await main();
