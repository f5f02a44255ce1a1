import { defineConfig } from "vitest/config";

/** For `npm run foreign`; `npm test` takes these tests in where the clients are installed. */
export default defineConfig({
  test: {
    include: ["*.test.ts"],
    globalSetup: ["../global-setup.ts"],
    allowOnly: false,
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 5_000,
  },
});
