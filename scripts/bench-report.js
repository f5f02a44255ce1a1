/**
 * A million accounts, from a practice tenant in a process of its own to a file: what `report unregistered` spends, held against a
 * bare loop that fetches and parses the same pages, both in one run. The pages are computed there, and that is not measured.
 */

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const BIN = join(ROOT, "bin/entra-rollout.cjs");
const BARE = join(ROOT, "scripts/bare-pages.js");
const USAGE = join(ROOT, "scripts/usage.cjs");
const PLAN = join(ROOT, "rollout-plans/county-schools-2018.yaml");
const TOKEN = "bench-token";

const CPU_TIMES = 2;
const MOST_MB = 256;
/** Requests besides the pages of the two lists: settings, groups, roles, emergency accounts, and the looks at per-user states. */
const MOST_OTHERS = 60;

/** @typedef {{ cpuMs: number, maxMB: number, text: string }} Spent */

/** @param {string} cwd @returns {NodeJS.ProcessEnv} */
const environment = (cwd) => ({ PATH: process.env["PATH"], HOME: cwd, ENTRA_ROLLOUT_TOKEN: TOKEN, BARE_TOKEN: TOKEN, NO_COLOR: "1" });

/** @param {string[]} args @param {string} cwd @param {NodeJS.ProcessEnv} [more] @returns {Promise<{ code: number | null, text: string }>} */
const run = (args, cwd, more = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, env: { ...environment(cwd), ...more } });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, text }));
  });

/** @param {string[]} args @param {string} cwd @returns {Promise<Spent>} */
const measured = async (args, cwd) => {
  const file = join(cwd, "usage.json");
  const { code, text } = await run(["--require", USAGE, ...args], cwd, { USAGE_FILE: file });
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${text.slice(-2_000)}`);
  return { ...JSON.parse(readFileSync(file, "utf8")), text };
};

/** @param {string} cwd @returns {Promise<{ origin: string, close: () => void }>} */
const serve = (cwd) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, "sandbox", "serve"], { cwd, env: environment(cwd), stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
      const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
      if (origin !== undefined) resolve({ origin, close: () => child.kill("SIGTERM") });
    });
    child.on("error", reject);
    child.on("close", () => reject(new Error(`the practice tenant ended: ${text}`)));
  });

/** @param {string} origin @param {number} since @returns {Promise<{ next: number, requests: { method: string, path: string, batch?: number }[] }>} */
const requestsSince = async (origin, since) => {
  const response = await fetch(`${origin}/_practice/requests?since=${since}`, { headers: { authorization: `Bearer ${TOKEN}` } });
  return JSON.parse(await response.text());
};

/** Killed in the middle, a run leaves nothing under the final name. @param {string[]} args @param {string} cwd @param {string} out */
const killed = (args, cwd, out) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, env: environment(cwd), stdio: ["ignore", "ignore", "pipe"] });
    let text = "";
    child.stderr.on("data", (chunk) => {
      text += chunk;
      // Rows are being written by then.
      if (/reading accounts: [1-9]/.test(text)) child.kill("SIGKILL");
    });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(signal === "SIGKILL" && code === null && !existsSync(out)));
  });

/**
 * @param {number} accounts
 * @returns {Promise<number>} budgets that were not kept
 */
export const benchReport = async (accounts) => {
  const folder = mkdtempSync(join(tmpdir(), "entra-rollout-million-"));
  let close = () => {};
  try {
    await run([BIN, "sandbox", "fill", "county", "--accounts", String(accounts), "--quiet"], folder);
    // The service's limits are the same for whoever asks, and would only make both wait.
    await run([BIN, "sandbox", "dial", "throttling=off", "--quiet"], folder);
    const tenant = await serve(folder);
    close = tenant.close;
    const { origin } = tenant;
    const before = (await requestsSince(origin, 0)).next;
    const out = join(folder, "unregistered.csv");
    const report = (/** @type {string} */ to) => [BIN, "report", "unregistered", PLAN, "--tenant", origin, "--out", to];
    const tool = await measured(report(out), folder);
    const { requests } = await requestsSince(origin, before);
    const asked = requests.filter(({ path }) => !path.startsWith("/_practice"));
    const isList = (/** @type {string} */ path) =>
      /^\/v1\.0\/(users|reports\/authenticationMethods\/userRegistrationDetails)(\?|$)/.test(path) && !/\$top=999/.test(path);
    const pages = asked.filter(({ method, path, batch }) => method === "GET" && batch === undefined && isList(path));
    const firsts = pages.filter(({ path }) => !/skiptoken/i.test(path)).map(({ path }) => origin + path);
    const bare = await measured([BARE, ...firsts], folder);
    const counted = JSON.parse(bare.text);
    const others = asked.filter(({ batch }) => batch === undefined).length - pages.length;
    const times = tool.cpuMs / bare.cpuMs;
    const gone = await killed(report(join(folder, "killed.csv")), folder, join(folder, "killed.csv"));
    const budgets = [
      {
        text: `${CPU_TIMES} times the CPU of the bare loop (${times.toFixed(2)} x, ${(tool.cpuMs / 1000).toFixed(1)} s and ${(bare.cpuMs / 1000).toFixed(1)} s)`,
        kept: times <= CPU_TIMES,
      },
      { text: `${MOST_MB} MB (${tool.maxMB.toFixed(0)} MB, the bare loop ${bare.maxMB.toFixed(0)} MB)`, kept: tool.maxMB < MOST_MB },
      {
        text: `the fewest requests (${pages.length} pages as the bare loop's ${counted.pages}, ${others} others)`,
        kept: pages.length === counted.pages && others <= MOST_OTHERS,
      },
      { text: "a killed run leaves no file", kept: gone },
    ];
    const size = (statSync(out).size / 1e6).toFixed(1);
    console.log(`report unregistered, ${accounts.toLocaleString("en-GB")} accounts, ${size} MB written`);
    for (const { text, kept } of budgets) console.log(`  ${kept ? "within" : "OVER"}  ${text}`);
    return budgets.filter(({ kept }) => !kept).length;
  } finally {
    close();
    rmSync(folder, { recursive: true, force: true });
  }
};
