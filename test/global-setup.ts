import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The tests of whole commands start what people start, so `dist/` is built once, before all of them. */
export const setup = (): void => {
  // Set by scripts/mutants.js for tests that start no program of their own.
  if (process.env["NO_PROGRAM"] !== undefined) return;
  execFileSync(process.execPath, [fileURLToPath(new URL("../scripts/build.js", import.meta.url))], { stdio: "inherit" });
};
