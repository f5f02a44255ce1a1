/** The real program, killed at random requests of a full rollout, run again; then everything taken back. */

import type { ChildProcess } from "node:child_process";
import { afterAll, describe, expect, test } from "vitest";
import { dumpOf, essenceOf } from "./dump.ts";
import { startProgram } from "./program.ts";
import { type Served, serveFill } from "./served.ts";

const PLAN = "rollout-plans/county-schools-2018.yaml";
const MOMENTS = ["2018-11-12", "2018-11-19", "2018-11-26", "2018-12-03", "2018-12-06", "2018-12-10", "2018-12-13"] as const;
const SOAK = process.env["SOAK"] !== undefined;
const KILLS = SOAK ? 10 : 3;

/** Mulberry32: the same moments every time, unless SEED says otherwise. */
const dice = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

const open: Served[] = [];
afterAll(async () => {
  for (const served of open) await served.close();
});

describe("a rollout that is killed and run again", () => {
  test("SIGKILL, again and again: the same tenant, no duplicates, and back to where it was", { timeout: 240_000 }, async () => {
    let fuse = Number.POSITIVE_INFINITY;
    let fromFirstWrite = false;
    let dieWhen: "before" | "after" = "before";
    let victim: ChildProcess | undefined;
    const watch = (when: "before" | "after", request: Request): void => {
      if (victim === undefined || when !== dieWhen) return;
      if (request.method !== "GET") fromFirstWrite = false;
      if (fromFirstWrite) return;
      fuse -= 1;
      if (fuse <= 0) victim.kill("SIGKILL");
    };
    const served = await serveFill("county", { watch, dials: { signIns: "empty" } });
    open.push(served);
    const reference = await serveFill("county", { dials: { signIns: "empty" } });
    open.push(reference);
    const first = await dumpOf(served.reader);

    for (const moment of MOMENTS) expect(await reference.cli(["apply", PLAN, "--as-of", moment, "--yes"])).toMatchObject({ exit: 0 });

    const random = dice(Number(process.env["SEED"] ?? 20181119));
    let killed = 0;
    let attempts = 0;
    for (const moment of MOMENTS) {
      for (let round = 0; ; round += 1) {
        expect(round, `${moment} does not converge`).toBeLessThan(12);
        attempts += 1;
        const { child, ended } = startProgram(served, ["apply", PLAN, "--as-of", moment, "--yes"]);
        const kills = killed < KILLS && round < 3;
        // Half of them die anywhere, reading included; the others within the writes, before one is handled or after it was done and not answered.
        fromFirstWrite = random() < 0.7;
        dieWhen = random() < 0.5 ? "before" : "after";
        fuse = kills ? 1 + Math.floor(random() * (fromFirstWrite ? 6 : 25)) : Number.POSITIVE_INFINITY;
        victim = child;
        const end = await ended;
        victim = undefined;
        if (end.signal === "SIGKILL") {
          killed += 1;
          continue;
        }
        // A create that nobody answered is made again only after an hour, since it may still turn up.
        if (end.code === 4) {
          await served.reader.forward(3_600_000);
          continue;
        }
        expect(end, end.stderr).toMatchObject({ code: 0 });
        break;
      }
    }
    expect(killed).toBe(KILLS);
    expect(attempts).toBeGreaterThan(KILLS);
    expect(await essenceOf(served.reader)).toEqual(await essenceOf(reference.reader));

    const runs = JSON.parse((await served.cli(["runs", "--json"])).stdout) as { runs: readonly { id: string; undoes?: string }[] };
    for (const run of runs.runs.toSorted((a, b) => (a.id < b.id ? 1 : -1))) {
      const undone = await served.cli(["undo", run.id, "--no-hold", "--yes"]);
      expect(undone, undone.stdout + undone.stderr).toMatchObject({ exit: 0 });
    }
    const last = await dumpOf(served.reader);
    expect(last).toEqual(first);
  });
});
