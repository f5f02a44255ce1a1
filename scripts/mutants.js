/**
 * Plants one defect after another in a copy of the project and runs the tests that must notice it. A defect that no
 * test notices means that the test proves less than it says.
 *
 * Each file of test/mutants/ holds a list of {file, find, replace, because, tests}: `find` stands exactly once in
 * `file`; `tests` are the test files that must fail, and fail by an assertion, not because the code no longer loads.
 *
 * Defects that the same tests must notice are planted one after another in processes that stay: see warm-tests.js. There only
 * "caught" is believed, and that only where the same tests in the same process pass without a defect, before and after;
 * whatever else comes back is asked again of a process of its own, as everything is with --cold.
 *
 * usage: node scripts/mutants.js [--cold] [--every N] [--lists FOLDER] [words of a list's name, a file name or reason]
 *   --every N: one defect of N, to try
 *   --lists FOLDER: lists other than those of test/mutants/
 */

import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { copyProject, ROOT } from "./copy.js";

/** @typedef {{ file: string, find: string, replace: string, because: string, tests: string[], list: string }} Mutant `list`: the file in which it stands */
/** @typedef {{ testResults: { message: string, assertionResults: { status: string, fullName: string }[] }[] }} Report as vitest writes it */
/** @typedef {{ verdict: "caught" | "missed" | "broken", detail: string }} Verdict */
/** @typedef {import("./warm-tests.js").Answer} Answer */
/** @typedef {{ ask: (tests: string[], changed: string[]) => Promise<Answer>, end: () => Promise<void> }} Warm */

const LIMIT_MS = 120_000;
const WORKERS = 2;
/** A warm process is let go after so many defects, before all that it once compiled weighs on it. */
const WARM_FOR = 60;

/** @param {string} folder @returns {Mutant[]} */
const readMutants = (folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .flatMap((name) => {
      const listed = JSON.parse(readFileSync(join(folder, name), "utf8"));
      if (!Array.isArray(listed)) throw new Error(`${name} is not a list`);
      for (const one of listed) {
        const words = ["file", "find", "replace", "because"].every((key) => typeof one[key] === "string");
        if (!words || !Array.isArray(one.tests) || one.tests.length === 0) throw new Error(`${name}: ${JSON.stringify(one)} is not a whole mutant`);
      }
      return listed.map((one) => ({ ...one, list: name.replace(/\.json$/, "") }));
    });

/** Beside the copy and not in it: some tests read every file of the project. @param {string} copy */
const compiledBeside = (copy) => `${copy}-compiled`;

/** Building takes longer than most tests, and most start no program. @param {string} copy @param {string[]} tests */
const startsProgram = (copy, tests) => tests.some((test) => readFileSync(join(copy, test), "utf8").includes("bin/entra-rollout"));

/** A group of its own, so that a defect that loops for ever ends together with the test process it hangs. */
const DETACHED = process.platform !== "win32";

/** @param {import("node:child_process").ChildProcess} child */
const killWhole = ({ pid }) => {
  if (pid !== undefined) process.kill(DETACHED ? -pid : pid, "SIGKILL");
};

/** The same dice every time: what a law throws by chance must not decide whether a defect is seen. @param {string} copy */
const environmentIn = (copy) => ({ SEED: "20181119", ...process.env, COMPILED_SOURCES: compiledBeside(copy), NO_COLOR: "1", CI: "true" });

/** @param {string} copy @param {string[]} tests @returns {Promise<{ code: number | null, report: Report | undefined, text: string }>} */
const runCold = (copy, tests) =>
  new Promise((resolve, reject) => {
    const program = startsProgram(copy, tests) ? {} : { NO_PROGRAM: "1" };
    const out = join(copy, ".mutant-report.json");
    rmSync(out, { force: true });
    const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
    const args = [vitest, "run", "--bail=1", "--maxWorkers=1", "--reporter=json", `--outputFile=${out}`, ...tests];
    const child = spawn(process.execPath, args, {
      cwd: copy,
      detached: DETACHED,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...environmentIn(copy), ...program },
    });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      killWhole(child);
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

/** A warm process: whatever goes wrong with it, or takes too long, is an answer that is not good. @param {string} copy @returns {Warm} */
const startWarm = (copy) => {
  const child = spawn(process.execPath, [join(ROOT, "scripts/warm-tests.js")], {
    cwd: copy,
    detached: DETACHED,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    env: { ...environmentIn(copy), NO_PROGRAM: "1" },
  });
  let isGone = false;
  const gone = new Promise((resolve) => {
    child.once("error", resolve);
    child.once("exit", resolve);
  }).then(() => {
    isGone = true;
  });
  const end = async () => {
    if (!isGone) killWhole(child);
    await gone;
  };
  /** @returns {Promise<unknown>} undefined where nothing came */
  const heard = async () => {
    const timer = setTimeout(end, LIMIT_MS);
    try {
      return await Promise.race([new Promise((resolve) => child.once("message", resolve)), gone]);
    } finally {
      clearTimeout(timer);
    }
  };
  const ready = heard();
  return {
    ask: async (tests, changed) => {
      if ((await ready) === undefined || isGone) return { isGood: false };
      child.send({ tests, changed }, () => {});
      return /** @type {Answer | undefined} */ (await heard()) ?? { isGood: false };
    },
    end,
  };
};

/**
 * The run as a verdict. Only a test that ran and failed catches a defect; a file that did not load proves nothing.
 * @param {{ code: number | null, report: Report | undefined, text: string }} run
 * @returns {Verdict}
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

/**
 * What `work` comes to while the defect stands in the copy, or why it cannot be planted.
 * @param {string} copy @param {Mutant} mutant @param {() => Promise<Verdict>} work @returns {Promise<Verdict>}
 */
const planted = async (copy, { file, find, replace, tests }, work) => {
  const path = join(copy, file);
  const whole = existsSync(path) ? readFileSync(path, "utf8") : "";
  const count = whole.split(find).length - 1;
  if (count !== 1) return { verdict: "broken", detail: `the text to replace stands ${count} times in ${file}` };
  const absent = tests.filter((test) => !existsSync(join(copy, test)));
  if (absent.length > 0) return { verdict: "broken", detail: `there is no ${absent.join(", ")}` };
  try {
    writeFileSync(
      path,
      whole.replace(find, () => replace),
    );
    return await work();
  } finally {
    writeFileSync(path, whole);
  }
};

/** @param {Answer} answer @returns {Verdict} */
const judgeWarm = ({ failed }) => (failed === undefined ? { verdict: "broken", detail: "" } : { verdict: "caught", detail: failed });

/** @param {Mutant} mutant @param {Verdict} verdict @param {number} started */
const show = ({ file, because }, { verdict, detail }, started) => {
  console.log(`${verdict.padEnd(6)} ${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s  ${file}: ${because}`);
  console.log(`${" ".repeat(16)}${detail.split("\n")[0]}`);
};

/** One of two that plant, each in a copy of its own. @param {boolean} isCold */
const planter = (isCold) => {
  const copy = copyProject("mutants");
  /** @type {Warm | undefined} */
  let warm;
  let plantedInWarm = 0;
  /** Written since the warm process was last asked. @type {Set<string>} */
  const written = new Set();
  const letGo = async () => {
    await warm?.end();
    warm = undefined;
    plantedInWarm = 0;
  };
  /** @param {string[]} tests */
  const askWarm = (tests) => {
    warm ??= startWarm(copy);
    const changed = [...written];
    written.clear();
    return warm.ask(tests, changed);
  };

  /** The defects of a group that were caught beyond doubt. @param {string[]} tests @param {Mutant[]} group */
  const caughtWarm = async (tests, group) => {
    if (plantedInWarm >= WARM_FOR) await letGo();
    /** @type {Map<Mutant, Verdict>} */
    const caught = new Map();
    const { isGood: isGoodBefore } = await askWarm(tests);
    if (isGoodBefore) {
      for (const mutant of group) {
        const started = Date.now();
        written.add(mutant.file);
        const verdict = await planted(copy, mutant, async () => judgeWarm(await askWarm(tests)));
        written.add(mutant.file);
        plantedInWarm += 1;
        if (verdict.verdict !== "caught") continue;
        caught.set(mutant, verdict);
        show(mutant, verdict, started);
      }
    }
    // What one defect left behind must not be what "catches" the next.
    const { isGood: isGoodAfter } = isGoodBefore && group.length === 1 ? { isGood: true } : await askWarm(tests);
    if (isGoodAfter) return caught;
    await letGo();
    return new Map();
  };

  /** @param {Mutant[]} group @returns {Promise<Map<Mutant, Verdict>>} of defects that the same tests must notice */
  const plantAll = async (group) => {
    const tests = group[0]?.tests ?? [];
    const isThere = tests.every((test) => existsSync(join(copy, test)));
    const verdicts = !isCold && isThere && !startsProgram(copy, tests) ? await caughtWarm(tests, group) : new Map();
    const left = group.filter((mutant) => !verdicts.has(mutant));
    const unplanted = left.length > 0 && isThere ? judge(await runCold(copy, tests)) : undefined;
    for (const mutant of left) {
      const started = Date.now();
      /** @type {Verdict} */
      const verdict =
        unplanted === undefined || unplanted.verdict === "missed"
          ? await planted(copy, mutant, async () => judge(await runCold(copy, tests)))
          : { verdict: "broken", detail: `without the defect: ${unplanted.detail}` };
      verdicts.set(mutant, verdict);
      show(mutant, verdict, started);
    }
    return verdicts;
  };
  const end = async () => {
    await letGo();
    // What was just killed may still be closing a file in there.
    for (const made of [copy, compiledBeside(copy)]) rmSync(made, { recursive: true, force: true, maxRetries: 5 });
  };
  return { plantAll, end };
};

const main = async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      cold: { type: "boolean", default: false },
      every: { type: "string", default: "1" },
      lists: { type: "string", default: join(ROOT, "test/mutants") },
    },
  });
  const every = Number(values.every);
  if (!Number.isSafeInteger(every) || every < 1) throw new RangeError("--every takes a whole number from 1 on");
  const mutants = readMutants(values.lists)
    .filter((mutant) => positionals.every((word) => `${mutant.list} ${mutant.file} ${mutant.because}`.includes(word)))
    .filter((_, place) => place % every === 0);
  /** @type {Map<string, Mutant[]>} */
  const groups = new Map();
  for (const mutant of mutants) groups.set(mutant.tests.join(), [...(groups.get(mutant.tests.join()) ?? []), mutant]);
  // The largest first: neither of the two is left alone with one at the end.
  const queue = [...groups.values()].sort((left, right) => right.length - left.length);
  /** @type {Verdict[]} */
  const verdicts = [];
  const work = async () => {
    const { plantAll, end } = planter(values.cold);
    try {
      for (let group = queue.shift(); group !== undefined; group = queue.shift()) verdicts.push(...(await plantAll(group)).values());
    } finally {
      await end();
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  const caught = verdicts.filter(({ verdict }) => verdict === "caught").length;
  console.log(`caught ${caught} of ${mutants.length}`);
  process.exitCode = mutants.length > 0 && caught === mutants.length ? 0 : 1;
};

await main();
