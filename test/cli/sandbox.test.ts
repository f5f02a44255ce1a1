import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fills } from "../../src/sandbox/fills/index.ts";
import { copyPlans } from "../plans.ts";
import { freshFolder, runCli } from "./harness.ts";

let cwd = "";
const cli = (...args: readonly string[]) => runCli(args, { cwd });

beforeAll(() => {
  cwd = freshFolder();
  copyPlans(cwd);
});
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

describe.sequential("the practice tenant", () => {
  test.each([[["sandbox", "clock"]], [["sandbox", "reset"]], [["sandbox", "dial"]], [["sandbox", "serve"]], [["runs"]]])(
    "%j: there is none yet",
    async (args) => {
      const { exit, stdout, stderr } = await cli(...args);
      expect({ exit, stdout }).toEqual({ exit: 64, stdout: "" });
      expect(stderr).toContain("there is no practice tenant in ");
      expect(stderr).toContain("hint: entra-rollout sandbox fill county");
    },
  );

  test("a plan fills the one that fits it", async () => {
    const { exit, stdout, stderr } = await cli("status", "rollout-plans/academy-trust-2022.yaml");
    expect(exit).toBe(0);
    expect(stderr).toContain("filled with trust");
    expect(stdout).toContain("practice tenant: Academy trust, as of Mon 7 Feb 2022 08:00");
  });

  test("one is not replaced unless it is said", async () => {
    const { exit, stderr } = await cli("sandbox", "fill", "county");
    expect(exit).toBe(64);
    expect(stderr).toContain("hint: --again replaces it");
    expect((await cli("sandbox", "fill", "county", "--again")).stdout).toBe(
      "filled: County schools, 1,512 accounts, Mon 5 Nov 2018 08:00 London\nnext: entra-rollout status rollout-plans/county-schools-2018.yaml\n",
    );
  });

  test.each(Object.keys(fills))("%s stands in the help and leads to a plan that is there", async (fill) => {
    expect((await cli("sandbox", "fill", "--help")).stdout.split(/[\s;,]+/)).toContain(fill);
    const { exit, stdout } = await cli("sandbox", "fill", fill, "--again");
    const next = /next: entra-rollout status (\S+)\n$/.exec(stdout)?.[1] ?? "none";
    expect({ exit, next: existsSync(join(cwd, next)) }).toEqual({ exit: 0, next: true });
    expect((await cli("sandbox", "fill", "county", "--again")).exit).toBe(0);
  });

  test("an unknown fill, and a number of accounts that cannot be", async () => {
    expect(await cli("sandbox", "fill", "moon", "--again")).toMatchObject({ exit: 64, stderr: expect.stringContaining("no fill is called") });
    expect((await cli("sandbox", "fill", "county", "--again", "--accounts", "1")).exit).toBe(64);
    expect((await cli("sandbox", "clock")).exit).toBe(0);
  });

  test("its clock goes forward only", async () => {
    expect((await cli("sandbox", "clock", "2018-11-19T06:30")).stdout).toBe("County schools: Mon 19 Nov 2018 06:30 London\n");
    const { exit, stderr } = await cli("sandbox", "clock", "2018-11-12");
    expect(exit).toBe(64);
    expect(stderr).toContain("moves forward only: it is Mon 19 Nov 2018 06:30");
    expect((await cli("sandbox", "clock", "later")).exit).toBe(64);
    expect((await cli("sandbox", "clock")).stdout).toBe("County schools: Mon 19 Nov 2018 06:30 London\n");
  });

  test("its dials, shown and set", async () => {
    const usual = JSON.parse((await cli("sandbox", "dial")).stdout);
    expect(usual).toMatchObject({ throttling: "real", licence: "filled", faults: [] });
    const set = JSON.parse((await cli("sandbox", "dial", "throttling=off", "lagMs.directory=0")).stdout);
    expect(set).toEqual({ ...usual, throttling: "off", lagMs: { ...usual.lagMs, directory: 0 } });
    expect(JSON.parse((await cli("sandbox", "dial")).stdout)).toEqual(set);
  });

  test.each([["throttling"], ["throttling=sometimes"], ["nonsense=1"], ["lagMs.directory=soon"]])("a dial that is none: %s", async (setting) => {
    const { exit, stdout } = await cli("sandbox", "dial", setting);
    expect({ exit, stdout }).toEqual({ exit: 64, stdout: "" });
  });

  test("back to its first day: clock, dials, and as many accounts as it was filled with", async () => {
    expect((await cli("sandbox", "fill", "county", "--again", "--accounts", "2000")).exit).toBe(0);
    await cli("sandbox", "clock", "2018-12-01");
    const { stdout } = await cli("sandbox", "reset");
    expect(stdout).toBe("as on its first day: County schools, 2,000 accounts, Mon 5 Nov 2018 08:00 London\n");
    expect(existsSync(join(cwd, ".entra-rollout", "runs"))).toBe(false);
  });

  test("a port that is taken", async () => {
    const { createServer } = await import("node:net");
    const server = createServer();
    const port = await new Promise<number>((done) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        done(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
    const { exit, stderr } = await cli("sandbox", "serve", "--port", String(port));
    expect(exit).toBe(64);
    expect(stderr).toContain(`port ${port} is in use`);
    await new Promise((done) => server.close(done));
  });
});
