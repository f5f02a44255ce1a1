/**
 * Holds the budgets: processor time against `node -e 0` measured in the same round, so that a slow machine is as good
 * as a fast one, and for `status` the time somebody waits. Each figure is the median of 15 rounds, in which the commands
 * take turns. Exits 1 when one is over. Where even `node -e 0` has to wait for a processor the machine is busy with something
 * else, and what somebody waits there is not judged. Needs bash, whose `time` also counts what a process spends on ending.
 * Then a report on a million accounts: see bench-report.js.
 *
 * usage: node scripts/bench.js [--accounts N]   (with it the report alone, on so many accounts)
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { benchReport } from "./bench-report.js";

const ROUNDS = 15;
/** Time on the wall over processor time of a start that waits for nothing but a processor. */
const BUSY = 1.5;
const ROOT = fileURLToPath(new URL("../", import.meta.url));
const BIN = join(ROOT, "bin/entra-rollout.cjs");
const PLAN = join(ROOT, "rollout-plans/county-schools-2018.yaml");

const COMMANDS = [
  { name: "node -e 0", args: ["-e", "0"] },
  { name: "--help", args: [BIN, "--help"], cpuTimes: 1.6 },
  { name: "check county-schools-2018.yaml", args: [BIN, "check", PLAN], cpuTimes: 3 },
  { name: "status county-schools-2018.yaml", args: [BIN, "status", PLAN], wallSeconds: 0.7 },
];

// Nothing of the caller's environment: a NODE_EXTRA_CA_CERTS, say, makes every start dearer, the bare one too, and the ratios look better than they are.
/** @param {string[]} args @param {string} cwd @returns {{ cpu: number, wall: number }} seconds */
const measure = (args, cwd) => {
  const script = 'TIMEFORMAT="%U %S %R"; time "$@" >/dev/null 2>&1';
  const run = spawnSync("bash", ["--norc", "-c", script, "bash", process.execPath, ...args], {
    cwd,
    encoding: "utf8",
    env: { PATH: process.env.PATH, LC_ALL: "C" },
  });
  if (run.status !== 0) throw new Error(`${args.join(" ")} ended with ${run.status}`);
  const [user = Number.NaN, system = Number.NaN, wall = Number.NaN] = run.stderr.trim().split(" ").map(Number);
  return { cpu: user + system, wall };
};

/** @param {number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** @returns {number} budgets that were not kept */
const benchCommands = () => {
  const folder = mkdtempSync(join(tmpdir(), "entra-rollout-bench-"));
  try {
    const runs = COMMANDS.map((command) => ({ ...command, measured: /** @type {{ cpu: number, wall: number }[]} */ ([]) }));
    // The first round fills the practice tenant and the file cache, and is not counted.
    for (const { args } of runs) measure(args, folder);
    for (let round = 0; round < ROUNDS; round += 1) for (const run of runs) run.measured.push(measure(run.args, folder));

    const bare = runs[0]?.measured ?? [];
    // Round by round: a machine that changes its pace meanwhile changes both.
    /** @param {{ cpu: number }[]} measured */
    const timesBare = (measured) => median(measured.map(({ cpu }, round) => cpu / (bare[round]?.cpu ?? Number.NaN)));
    const busy = median(runs[0]?.measured.map(({ cpu, wall }) => wall / cpu) ?? []) > BUSY;
    let over = 0;
    for (const { name, measured, cpuTimes, wallSeconds } of runs) {
      const cpu = median(measured.map((one) => one.cpu));
      const times = timesBare(measured);
      const wall = median(measured.map((one) => one.wall));
      const budgets = [
        ...(cpuTimes === undefined ? [] : [{ text: `${cpuTimes} times the CPU of node -e 0`, kept: times <= cpuTimes, judged: true }]),
        ...(wallSeconds === undefined ? [] : [{ text: `${wallSeconds} s`, kept: wall < wallSeconds, judged: !busy }]),
      ];
      over += budgets.filter(({ kept, judged }) => judged && !kept).length;
      const figures = `${(cpu * 1000).toFixed(0).padStart(5)} ms CPU  ${times.toFixed(2).padStart(5)} x  ${wall.toFixed(3).padStart(6)} s`;
      console.log(
        `${name.padEnd(34)}${figures}  ${budgets.map(({ text, kept, judged }) => `${kept ? "within" : judged ? "OVER" : "the machine is busy, not held against"} ${text}`).join(", ")}`.trimEnd(),
      );
    }
    return over;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const at = process.argv.indexOf("--accounts");
const accounts = at < 0 ? 1_000_000 : Number(process.argv[at + 1]);
if (!Number.isInteger(accounts) || accounts < 2_000) throw new RangeError("--accounts takes a whole number from 2000 on");
const over = (at < 0 ? benchCommands() : 0) + (await benchReport(accounts));
process.exitCode = over === 0 ? 0 : 1;
