import { existsSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { watchReporter } from "./test/cli/watch-reporter.ts";
import { contractReporter } from "./test/contract/reporter.ts";
import { LongFirst } from "./test/sequencer.ts";

// The foreign clients and the linters are packages of their own, which `npm ci` alone does not bring: test/foreign-clients.test.ts says so.
const packages = ["foreign", "linters"].flatMap((name) => (existsSync(new URL(`test/${name}/node_modules`, import.meta.url)) ? [] : [`test/${name}/**`]));

// Where the same sources are loaded by hundreds of runs, as under planted defects, they are compiled once: kept by their text.
const compiled = process.env["COMPILED_SOURCES"];

export default defineConfig({
  test: {
    experimental: compiled === undefined ? {} : { fsModuleCache: true, fsModuleCachePath: compiled },
    include: ["test/**/*.test.ts"],
    exclude: ["**/node_modules/**", ...packages],
    globalSetup: ["test/global-setup.ts"],
    setupFiles: ["test/seed.ts", "test/contract/setup.ts", "test/cli/watch-setup.ts"],
    reporters: ["default", contractReporter(), watchReporter()],
    // A test that was singled out while working on it must not hide the others.
    allowOnly: false,
    sequence: { sequencer: LongFirst },
    pool: "forks",
    maxWorkers: 2,
    // The sources are loaded once a worker, not once a file: nothing in them is changed by being used.
    isolate: false,
    // Whole commands are run as processes of their own; on a busy machine with two cores that takes a while.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A test that left something open would otherwise hang a scheduler's run of them.
    teardownTimeout: 5_000,
  },
});
