import { defineConfig } from "vitest/config";

/** For `npm run linters`; `npm test` takes these tests in where the linters are installed. */
export default defineConfig({
  test: {
    include: ["*.test.ts"],
    allowOnly: false,
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 5_000,
  },
});
