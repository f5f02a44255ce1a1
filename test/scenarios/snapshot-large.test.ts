/** Half a million accounts pass through, and are not held: in the soak alone, since it takes minutes. */

import { spawn } from "node:child_process";
import { readFileSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshFolder, runCli } from "../cli/harness.ts";

const isMeant = process.env["SOAK"] !== undefined && process.platform === "linux";
const cwd = freshFolder();
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const ACCOUNTS = 500_000;
/** The practice tenant is in the same process. */
const MOST_MB = 320;
const MINUTES = 20;

/** The most that a process held at a time, as the system tells it while it runs. @returns megabytes */
const peakOf = (args: readonly string[]): Promise<number> =>
  new Promise((done, failed) => {
    // Nobody listens to what it sends: that is held elsewhere, and would take more room than the tenant.
    const child = spawn(process.execPath, [resolve("bin/entra-rollout.cjs"), ...args], { cwd, stdio: "ignore", env: { ...process.env, NODE_OPTIONS: "" } });
    let most = 0;
    const looking = setInterval(() => {
      try {
        most = Math.max(most, Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? 0));
      } catch {
        // It has just ended.
      }
    }, 200);
    child.once("error", failed);
    child.once("exit", (code) => {
      clearInterval(looking);
      if (code === 0) done(most / 1_000);
      else failed(new Error(`${args.join(" ")} ended with ${code}`));
    });
  });

beforeAll(async () => {
  if (isMeant) expect(await runCli(["sandbox", "fill", "county", "--accounts", String(ACCOUNTS)], { cwd })).toMatchObject({ exit: 0 });
});

test.skipIf(!isMeant).each([
  ["as it is", []],
  ["under pseudonyms", ["--pseudonymise"]],
])("%s", { timeout: MINUTES * 60_000 }, async (_name, options) => {
  const peak = await peakOf(["snapshot", `large-${options.length}.jsonl.gz`, "--tenant", "sandbox", "--quiet", ...options]);
  expect(peak).toBeGreaterThan(20);
  expect(peak).toBeLessThan(MOST_MB);
  expect(statSync(join(cwd, `large-${options.length}.jsonl.gz`)).size).toBeGreaterThan(ACCOUNTS * 50);
});
