/** The tool as a process of its own: built, started, piped, interrupted. */

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { copyPlans } from "../plans.ts";
import { freshFolder } from "./harness.ts";

const BIN = resolve("bin/entra-rollout.cjs");
const PLAN = "rollout-plans/county-schools-2018.yaml";

let cwd = "";
const { ENTRA_ROLLOUT_TOKEN: _token, FORCE_COLOR: _colour, ...env } = process.env;

const cli = (...args: readonly string[]) => spawnSync(process.execPath, [BIN, ...args], { cwd, encoding: "utf8", env });

beforeAll(() => {
  cwd = freshFolder();
  copyPlans(cwd);
});
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

describe.sequential("the process", () => {
  test("ends with the exit code, and everything is written", () => {
    expect(cli("check", PLAN)).toMatchObject({ status: 0, stderr: "" });
    expect(cli("check", "nope.yaml").status).toBe(65);
    expect(cli("chekc").status).toBe(64);
    expect(cli("help", "plan").stdout).toMatch(/examples:\n(?: {2}entra-rollout .+\n)+$/);
  });

  test("a long document through a pipe arrives whole", () => {
    const { status, stdout } = cli("diff", PLAN, "--as-of", "2018-12-13", "--json", "--quiet");
    expect(status).toBe(0);
    expect(stdout.length).toBeGreaterThan(60_000);
    expect(() => JSON.parse(stdout)).not.toThrow();
  });

  test.skipIf(process.platform === "win32")("a reader that has seen enough ends it quietly", () => {
    const { status, stdout, stderr } = spawnSync(
      "bash",
      ["-c", `"${process.execPath}" "${BIN}" diff ${PLAN} --as-of 2018-12-13 --json --quiet | head -c 100; echo "\${PIPESTATUS[0]}"`],
      { cwd, encoding: "utf8", env },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^\{\n/);
    expect(stdout).toMatch(/ 0\n$/);
  });

  test.skipIf(process.platform === "win32")("an apply whose reader went away is carried through", () => {
    const { stdout } = spawnSync(
      "bash",
      ["-c", `"${process.execPath}" "${BIN}" apply ${PLAN} --as-of 2018-11-12 --yes | head -n 1; echo "\${PIPESTATUS[0]}"`],
      { cwd, encoding: "utf8", env },
    );
    expect(stdout).toMatch(/\n0\n$/);
    expect(cli("runs", "--json").stdout).toContain('"result": "done"');
    expect(cli("sandbox", "reset").status).toBe(0);
  });

  test("the tour shows the county's timeline and the next phase, and writes nothing to the tenant", () => {
    const { status, stdout } = cli("tour");
    expect(status).toBe(0);
    expect(stdout).toContain(`$ entra-rollout status ${PLAN}`);
    expect(stdout).toContain("to create");
    expect(stdout).toContain("What to type next");
    expect(cli("runs").stdout).toContain("no runs");
  });

  test("without a folder of plans the tour takes those that came with it", () => {
    const elsewhere = freshFolder();
    const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, "tour", "--quiet"], { cwd: elsewhere, encoding: "utf8", env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("County schools");
    rmSync(elsewhere, { recursive: true, force: true });
  });

  test.skipIf(process.platform === "win32")("a folder that may not be written to is told in one line", () => {
    const closed = freshFolder();
    mkdirSync(join(closed, ".entra-rollout"));
    writeFileSync(join(closed, ".entra-rollout", "sandbox"), "in the way");
    const { status, stderr } = spawnSync(process.execPath, [BIN, "sandbox", "fill"], { cwd: closed, encoding: "utf8", env });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^could not \S+ .*sandbox.*\n$/);
    rmSync(closed, { recursive: true, force: true });
  });
});

describe.sequential("serve", () => {
  test.skipIf(process.platform === "win32")("serves until Ctrl-C, for another process with the token", { timeout: 60_000 }, async () => {
    expect(cli("sandbox", "fill", "trust", "--again").status).toBe(0);
    const server = spawn(process.execPath, [BIN, "sandbox", "serve", "--json"], { cwd, env });
    let said = "";
    const { origin, token } = await new Promise<{ readonly origin: string; readonly token: string }>((done, failed) => {
      server.on("exit", () => failed(new Error(said)));
      server.stdout.on("data", (data) => {
        said += String(data);
        if (said.endsWith("}\n")) done(JSON.parse(said));
      });
    });
    const ask = (secret: string) =>
      spawnSync(process.execPath, [BIN, "status", "rollout-plans/academy-trust-2022.yaml", "--tenant", origin], {
        cwd,
        encoding: "utf8",
        env: { ...env, ENTRA_ROLLOUT_TOKEN: secret },
      });
    const right = ask(token);
    expect(right.stdout).toContain("practice tenant: Academy trust");
    expect(right.status).toBe(0);
    const wrong = ask("wrong");
    expect(wrong.status).toBe(77);
    expect(wrong.stderr).toContain("does not take this token");
    const ended = new Promise<number | null>((done) => server.on("exit", done));
    server.kill("SIGINT");
    expect(await ended).toBe(0);
  });
});
