/** What `runs` says of each run. */

import { describe, expect, test } from "vitest";
import type { RunLine } from "../../src/core/run-document.ts";
import { runsText } from "../../src/render/runs.ts";
import { view } from "./fixture.ts";

const run = (fields: Partial<RunLine>): RunLine => ({
  id: "20181126T000000Z-1a2b",
  at: "2018-11-26T00:00:00.000Z",
  plan: { id: "county-2018", name: "County schools 2018", file: "county.yaml" },
  phases: ["heads-web"],
  done: 0,
  left: 0,
  result: "done",
  exit: 0,
  ...fields,
});

const textOf = (line: RunLine): string =>
  runsText({ schemaVersion: 1, tenant: { id: "t", name: "County", practice: true }, runs: [line], damaged: [] }, view, (iso) => iso);

describe("what came of a run", () => {
  test.each<readonly [string, Partial<RunLine>, string]>([
    ["all is done", { done: 3 }, "3 writes"],
    ["some was refused", { result: "partly", done: 2, left: 1, exit: 4 }, "partly: 2 of 3 writes"],
    ["nothing got through", { result: "failed", left: 1, exit: 69 }, "failed: 0 of 1 write"],
    ["cut with some of it in the air", { result: "cut", done: 1, left: 2, exit: null }, "cut after 1 write, 2 more begun"],
    ["cut between two writes", { result: "cut", done: 3, exit: null }, "cut after 3 writes"],
    ["cut in its first write", { result: "cut", left: 1, exit: null }, "cut after 0 writes, 1 more begun"],
    ["cut before it asked for anything", { result: "cut", exit: 130 }, "cut before its first write"],
  ])("%s", (_name, fields, want) => {
    expect(textOf(run(fields)).trimEnd().endsWith(`heads-web  ${want}`), textOf(run(fields))).toBe(true);
  });
});
