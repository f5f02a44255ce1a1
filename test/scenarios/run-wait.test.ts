/** `run --wait-until`: on the second, with all reading done before. */

import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Fetch } from "../../src/runtime.ts";
import { NO_LOG, type Stage, stageFrom, stageOf } from "./stage.ts";

const PLAN = "rollout-plans/academy-trust-2022.yaml";
const MOMENT = "2022-02-14T06:30";
const AT = Date.parse(`${MOMENT}:00Z`);

let before: string;
beforeAll(async () => {
  const stage = await stageOf("trust", undefined, NO_LOG);
  try {
    await stage.reader.json("POST", "/_practice/clock", { to: "2022-02-14T06:05:00Z" });
    before = stage.copy();
  } finally {
    await stage.close();
  }
});
afterAll(() => {
  rmSync(before, { recursive: true, force: true });
});

const on = async (story: (stage: Stage) => Promise<void>): Promise<void> => {
  const stage = await stageFrom(before, NO_LOG);
  try {
    await story(stage);
  } finally {
    await stage.close();
  }
};
const nowIn = async ({ reader }: Stage): Promise<number> => Date.parse((await reader.json<{ now: string }>("GET", "/_practice")).now);

describe("run --wait-until", () => {
  test("reads before the moment, and the first write leaves when it comes", async () => {
    await on(async (stage) => {
      const sent: { readonly method: string; readonly at: number }[] = [];
      const fetch: Fetch = async (request) => {
        if (!new URL(request.url).pathname.startsWith("/_practice")) sent.push({ method: request.method, at: await nowIn(stage) });
        return stage.fetch(request);
      };
      const run = await stage.cli(["run", PLAN, "--wait-until", MOMENT], { fetch });
      expect(run.exit, run.stdout + run.stderr).toBe(0);
      expect(run.stderr).toContain("waiting until Mon 14 Feb 2022 06:30, Ctrl-C ends it");
      expect(run.stderr).toMatch(/at Mon 14 Feb 2022 06:30 \d changes will be applied as far as can be seen now/);
      const first = sent.findIndex(({ method }) => method !== "GET");
      expect(sent[first]?.at).toBeGreaterThanOrEqual(AT);
      expect((sent[first]?.at ?? 0) - AT).toBeLessThan(1_000);
      // The last look is over before the moment, and no older than a minute.
      expect(sent.slice(0, first).filter(({ at }) => at >= AT)).toEqual([]);
      expect(sent.slice(0, first).some(({ at }) => at > AT - 60_000)).toBe(true);
      expect((await stage.cli(["run", PLAN, "--quiet"])).exit).toBe(0);
    });
  });

  test("ends with 130 by Ctrl-C, and nothing was written", async () => {
    await on(async (stage) => {
      const stop = new AbortController();
      let writes = 0;
      const fetch: Fetch = (request) => {
        if (request.method !== "GET" && !new URL(request.url).pathname.startsWith("/_practice")) writes += 1;
        return stage.fetch(request);
      };
      const onStderr = (text: string): void => {
        if (text.startsWith("waiting until")) stop.abort();
      };
      const run = await stage.cli(["run", PLAN, "--json", "--wait-until", MOMENT], { fetch, signal: stop.signal, onStderr });
      expect(run).toMatchObject({ exit: 130, stderr: expect.stringContaining("nothing was written") });
      expect(
        run.stdout
          .trim()
          .split("\n")
          .map((line) => (JSON.parse(line) as { event: string; exit?: number }).event),
      ).toEqual(["begin", "wait", "end"]);
      expect(run.stdout).toContain('"result":"interrupted","exit":130');
      expect(writes).toBe(0);
    });
  });

  const refused: readonly (readonly [name: string, moment: string, says: string])[] = [
    ["long past", "2022-02-14T03:00", "longer ago than the plan's window"],
    ["far ahead", "2022-02-16T07:00", "more than two days ahead"],
    ["no moment", "soon", "is not a moment"],
  ];
  test.each(refused)("refuses a moment that is %s", async (_, moment, says) => {
    await on(async (stage) => {
      const run = await stage.cli(["run", PLAN, "--wait-until", moment]);
      expect(run).toMatchObject({ exit: 64, stderr: expect.stringContaining(says) });
    });
  });

  test("one that came a while ago is told and done at once", async () => {
    await on(async (stage) => {
      await stage.reader.json("POST", "/_practice/clock", { to: "2022-02-14T07:00:00Z" });
      const run = await stage.cli(["run", PLAN, "--wait-until", MOMENT]);
      expect(run.exit, run.stderr).toBe(0);
      expect(run.stderr).toContain("has come already");
      expect(run.stdout).toContain("all written and read back");
    });
  });
});
