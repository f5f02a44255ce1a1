/** The real program in a process of its own, against a served practice tenant. */

import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { createWatch } from "../cli/watch.ts";
import type { Served } from "./served.ts";

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly stdout: string; readonly stderr: string };

export const startProgram = (
  { cwd, token, origin }: Served,
  args: readonly string[],
  more: { readonly node?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } => {
  const child = spawn(process.execPath, [...(more.node ?? []), resolve("bin/entra-rollout.cjs"), ...args, "--tenant", origin], {
    cwd,
    env: { PATH: process.env["PATH"], ENTRA_ROLLOUT_TOKEN: token, ...more.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const out = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    out.stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    out.stderr += chunk.toString();
  });
  const ended = new Promise<Ended>((done) => child.on("close", (code, signal) => done({ code, signal, ...out })));
  const watch = createWatch({ ENTRA_ROLLOUT_TOKEN: token, ...more.env });
  return {
    child,
    ended: ended.then((end) => {
      watch.search(end.stdout, "standard output of a process");
      watch.search(end.stderr, "standard error of a process");
      return end;
    }),
  };
};
