/**
 * A practice tenant that can be copied at any moment, folder and all, so that many stories begin at the same one. It is
 * talked to as a served one is, without a socket in between.
 */

import { cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Fetch } from "../../src/runtime.ts";
import { fillSandbox, openSandbox } from "../../src/sandbox/sandbox.ts";
import { type CliOptions, type CliResult, fakeRuntime, freshFolder, runCli } from "../cli/harness.ts";
import { copyPlans } from "../plans.ts";
import { Reader } from "./reader.ts";

const TOKEN = "scenario-token";
const ORIGIN = "http://127.0.0.1:8080";

/** The whole command line, and what a person sees of it besides the output. */
export type Typed = (args: readonly string[], options?: Partial<CliOptions>) => Promise<CliResult>;

export type Stage = {
  readonly cwd: string;
  readonly origin: string;
  readonly fetch: Fetch;
  readonly reader: Reader;
  readonly cli: Typed;
  /** Where the runs of this tenant are kept. */
  readonly stateFolders: () => readonly string[];
  /** A folder with everything as it is now; it is the caller's to remove. */
  readonly copy: () => string;
  readonly close: () => Promise<void>;
};

const LOCK = "owner.lock";
const OWN = ".entra-rollout";

/** For stories about something else: a log of sign-ins takes longer to read than all the rest. */
export const NO_LOG = { signIns: "empty" } as const;

type Always = typeof NO_LOG | Record<never, never>;

const staged = async (cwd: string, open: typeof openSandbox, dispose: boolean, always: Always): Promise<Stage> => {
  const sandbox = await open({ folder: join(cwd, "served"), runtime: fakeRuntime({ cwd }) });
  const fetch = sandbox.fetchAs(TOKEN);
  const reader = new Reader(ORIGIN, TOKEN, fetch, always);
  return {
    cwd,
    origin: ORIGIN,
    fetch,
    reader,
    cli: (args, more) => runCli([...args, "--tenant", ORIGIN], { cwd, env: { ENTRA_ROLLOUT_TOKEN: TOKEN }, fetch, ...more }),
    stateFolders: () => (existsSync(join(cwd, OWN)) ? readdirSync(join(cwd, OWN)).map((name) => join(cwd, OWN, name)) : []),
    copy: () => {
      const folder = freshFolder();
      cpSync(cwd, folder, { recursive: true, filter: (path) => !path.endsWith(LOCK) });
      return folder;
    },
    close: async () => {
      await sandbox.close();
      if (dispose) rmSync(cwd, { recursive: true, force: true });
    },
  };
};

/** A fresh tenant of a fill, with the published plans beside it. @param always dials that stay as they are whatever else is set */
export const stageOf = (fill: string, accounts?: number, always: Always = {}): Promise<Stage> => {
  const cwd = freshFolder();
  copyPlans(cwd);
  return staged(cwd, (options) => fillSandbox({ ...options, fill, dials: always, ...(accounts !== undefined && { accounts }) }), true, always);
};

/** A stage of its own, as the copied one was. */
export const stageFrom = (copied: string, always: Always = {}): Promise<Stage> => {
  const cwd = freshFolder();
  cpSync(copied, cwd, { recursive: true });
  return staged(cwd, openSandbox, true, always);
};
