/** Reports by the tool as a process of its own: piped, cut off, killed. */

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { copyPlans } from "../plans.ts";
import { freshFolder } from "./harness.ts";

const BIN = resolve("bin/entra-rollout.cjs");
const PLAN = "rollout-plans/county-schools-2018.yaml";
const IS_WINDOWS = process.platform === "win32";

let cwd = "";
const { ENTRA_ROLLOUT_TOKEN: _token, FORCE_COLOR: _colour, ...env } = process.env;
const cli = (...args: readonly string[]) => spawnSync(process.execPath, [BIN, ...args], { cwd, encoding: "utf8", env, maxBuffer: 64_000_000 });
const piped = (args: string, into: string) =>
  spawnSync("bash", ["-c", `"${process.execPath}" "${BIN}" ${args} | ${into}; echo "\${PIPESTATUS[0]}"`], { cwd, encoding: "utf8", env });
const left = (): readonly string[] => readdirSync(cwd).filter((name) => name.endsWith(".tmp"));

beforeAll(() => {
  cwd = freshFolder();
  copyPlans(cwd);
});
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

describe.sequential("a report", () => {
  test("fills its practice tenant, and arrives whole through a pipe", () => {
    const { status, stdout } = cli("report", "unregistered", PLAN, "--all", "--json", "--quiet");
    expect(status).toBe(0);
    const { rows, complete } = z.object({ rows: z.array(z.object({ account: z.string() })), complete: z.boolean() }).parse(JSON.parse(stdout));
    expect(complete).toBe(true);
    expect(rows.length).toBeGreaterThan(1500);
  });

  test.skipIf(IS_WINDOWS).each([
    ["table", "", /^practice tenant: /],
    ["CSV", "--csv", /^Account,/],
    ["JSON", "--json", /^\{\n/],
  ])("whose reader has seen enough ends quietly: %s", (_name, option, begins) => {
    const { status, stdout, stderr } = piped(`report unregistered ${PLAN} --all --quiet ${option}`, "head -n 2");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(begins);
    expect(stdout.split("\n").slice(2)).toEqual(["0", ""]);
  });

  test.skipIf(IS_WINDOWS)("that is killed leaves no file under its name, and the one that was there as it was; the next run clears up", async () => {
    writeFileSync(join(cwd, "there.csv"), "old");
    for (const [at, out] of ["new.csv", "there.csv"].entries()) {
      const child = spawn(process.execPath, [BIN, "report", "unregistered", PLAN, "--all", "--quiet", "--out", out], { cwd, env, stdio: "ignore" });
      const ended = new Promise<string | null>((done) => child.on("exit", (_code, signal) => done(signal)));
      const watching = watch(cwd, () => {
        if (left().length > at) child.kill("SIGKILL");
      });
      expect(await ended).toBe("SIGKILL");
      watching.close();
    }
    expect(left().length).toBe(2);
    expect(existsSync(join(cwd, "new.csv"))).toBe(false);
    expect(readFileSync(join(cwd, "there.csv"), "utf8")).toBe("old");
    expect(cli("report", "unregistered", PLAN, "--quiet", "--out", "there.csv").status).toBe(0);
    // The other one's is swept by the next run for its name.
    expect(left().length).toBe(1);
    expect(readFileSync(join(cwd, "there.csv"), "utf8")).toMatch(/^Account,/);
    for (const name of left()) rmSync(join(cwd, name));
  });

  test.skipIf(IS_WINDOWS)("that is interrupted takes away what it began", async () => {
    const child = spawn(process.execPath, [BIN, "report", "unregistered", PLAN, "--all", "--quiet", "--out", "cut.csv"], {
      cwd,
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (data) => {
      said += String(data);
    });
    const ended = new Promise<number | null>((done) => child.on("close", (code) => done(code)));
    const watching = watch(cwd, () => {
      if (left().length > 0) {
        watching.close();
        child.kill("SIGINT");
      }
    });
    expect(await ended).toBe(130);
    expect(said).toMatch(/^interrupted/);
    expect(readdirSync(cwd).filter((name) => name.includes("cut.csv") || name.endsWith(".tmp"))).toEqual([]);
  });
});
