import { expect, test } from "vitest";
import { exitOf } from "../../src/commands/report-work.ts";
import type { Gap } from "../../src/core/reports/shape.ts";

const CASES: readonly [sorts: readonly Gap["sort"][], exit: number][] = [
  [[], 0],
  [["failed"], 4],
  [["setting"], 4],
  [["permission"], 77],
  [["licence"], 77],
  [["licence", "permission"], 77],
  [["licence", "failed"], 4],
  [["setting", "permission"], 4],
];

test.each(CASES)("%j is exit %i", (sorts, exit) => {
  expect(exitOf(sorts.map((sort) => ({ sort, what: "last sign-ins", because: "it is so" })))).toBe(exit);
});
