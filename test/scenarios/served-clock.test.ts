/** The clock of a served practice tenant belongs to all who use it, and moves forward only. */

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Fetch } from "../../src/runtime.ts";
import { NO_LOG, type Stage, stageOf } from "./stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await stageOf("small", undefined, NO_LOG);
});
afterAll(() => stage.close());

const PLAN = "rollout-plans/security-defaults.yaml";

/** Just before a command sets the clock, somebody else does. @param to where to, as if it were asked of them */
const beside =
  (to: (wanted: number) => number, moved: () => void): Fetch =>
  async (request) => {
    const isClock = request.method === "POST" && new URL(request.url).pathname === "/_practice/clock";
    if (isClock) {
      const asked: unknown = await request.clone().json();
      const wanted = Date.parse(String(Reflect.get(Object(asked), "to")));
      await stage.reader.json("POST", "/_practice/clock", { to: new Date(to(wanted)).toISOString() });
      moved();
    }
    return await stage.fetch(request);
  };

test("somebody who sets it on at the same moment stands in nobody's way", async () => {
  let count = 0;
  const fetch = beside(
    (wanted) => wanted + 1_000,
    () => {
      count += 1;
    },
  );
  const { exit, stderr } = await stage.cli(["status", PLAN], { fetch });
  expect([exit, count > 0], stderr).toEqual([0, true]);
});
