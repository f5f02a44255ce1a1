import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/foreign/**"],
    globalSetup: ["test/global-setup.ts"],
    // A test that was singled out while working on it must not hide the others.
    allowOnly: false,
    pool: "forks",
    maxWorkers: 2,
    // Whole commands are run as processes of their own; on a busy machine with two cores that takes a while.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A test that left something open would otherwise hang a scheduler's run of them.
    teardownTimeout: 5_000,
  },
});
