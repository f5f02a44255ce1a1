/** For every test file: what a command said or wrote holds no secret, and no token went elsewhere, or the test in which it happened fails. */

import { afterAll, afterEach, type TaskMeta } from "vitest";
import { takenCounts, takenFaults } from "./watch.ts";

let file: { meta: TaskMeta } | undefined;

afterEach(({ task }) => {
  file = task.file;
  const faults = takenFaults();
  if (faults.length > 0) throw new Error(`secrets are not kept (test/cli/watch.ts):\n  ${faults.join("\n  ")}`);
});
afterAll(() => {
  if (file !== undefined) file.meta.watch = takenCounts();
});
