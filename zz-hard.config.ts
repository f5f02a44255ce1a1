import { defineConfig } from "vitest/config";
export default defineConfig({ root: "/work/main", test: { include: ["test/**/*.test.ts"], setupFiles: ["/tmp/hard/setup.ts"], pool: "forks", maxWorkers: 1, testTimeout: 600000, hookTimeout: 120000 } });
