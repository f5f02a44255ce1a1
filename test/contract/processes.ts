/** The tool as a process of its own: it keeps its exchanges in a file, line by line, and they are held here. */

import { existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Recorder } from "./recorder.ts";
import type { Kept } from "./tap.ts";

const LISTENER = fileURLToPath(new URL("listen.cjs", import.meta.url));

/** Every process that is started from now on is listened to. */
export const listenToProcesses = (): { readonly hear: (recorder: Recorder) => Promise<void>; readonly end: () => void } => {
  const file = join(tmpdir(), `entra-rollout-exchanges-${process.pid}.jsonl`);
  rmSync(file, { force: true });
  const { NODE_OPTIONS: options = "" } = process.env;
  process.env["NODE_OPTIONS"] = `${options} --require ${JSON.stringify(LISTENER)}`.trim();
  process.env["CONTRACT_EXCHANGES"] = file;
  let heard = 0;
  return {
    hear: async (recorder) => {
      if (!existsSync(file)) return;
      const { heardElsewhere } = await import("./tap.ts");
      // What a killed process was writing when it died is no line yet.
      const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
      for (const line of lines.slice(heard)) {
        const kept: Kept = JSON.parse(line);
        heardElsewhere(recorder, kept);
      }
      heard = lines.length;
    },
    end: () => {
      process.env["NODE_OPTIONS"] = options;
      delete process.env["CONTRACT_EXCHANGES"];
      rmSync(file, { force: true });
    },
  };
};
