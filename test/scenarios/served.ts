/** A practice tenant served on loopback in a folder of its own, the whole command line against it, and the independent reader. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { fillSandbox } from "../../src/sandbox/sandbox.ts";
import { serveSandbox } from "../../src/sandbox/serve.ts";
import { type CliOptions, type CliResult, fakeRuntime, freshFolder, runCli } from "../cli/harness.ts";
import { copyPlans } from "../plans.ts";
import { Reader } from "./reader.ts";

const TOKEN = "scenario-token";

export type Served = {
  readonly cwd: string;
  readonly origin: string;
  readonly token: string;
  readonly reader: Reader;
  /** The whole command line in this process, in the scenario's folder: without the socket, unless `overHttp` says otherwise. */
  readonly cli: (args: readonly string[], options?: Partial<CliOptions>) => Promise<CliResult>;
  readonly close: () => Promise<void>;
};

export type ServeFillOptions = {
  readonly accounts?: number;
  readonly dials?: object;
  /** Also the command line goes through the socket, as the reader always does; it takes nearly twice as long. */
  readonly overHttp?: true;
  /** Called for every Graph request, before it is handled and after it was done but not yet answered. */
  readonly watch?: (when: "before" | "after", request: Request) => void;
};

export const serveFill = async (fill: string, options: ServeFillOptions = {}): Promise<Served> => {
  const cwd = freshFolder();
  copyPlans(cwd);
  const runtime = fakeRuntime({ cwd });
  const sandbox = await fillSandbox({ folder: join(cwd, "served"), fill, runtime, ...(options.accounts !== undefined && { accounts: options.accounts }) });
  const watched = {
    fetchAs: (token: string) => {
      const answer = sandbox.fetchAs(token);
      return async (request: Request): Promise<Response> => {
        const isGraph = !new URL(request.url).pathname.startsWith("/_practice");
        if (isGraph) options.watch?.("before", request);
        const response = await answer(request);
        if (isGraph) options.watch?.("after", request);
        return response;
      };
    },
  };
  const server = await serveSandbox(watched, { port: 0, token: TOKEN });
  const origin = `http://127.0.0.1:${server.port}`;
  const reader = new Reader(origin, TOKEN);
  if (options.dials !== undefined) await reader.dials(options.dials);
  const line = options.overHttp === true ? {} : { fetch: watched.fetchAs(TOKEN) };
  return {
    cwd,
    origin,
    token: TOKEN,
    reader,
    cli: (args, more) => runCli([...args, "--tenant", origin], { cwd, env: { ENTRA_ROLLOUT_TOKEN: TOKEN }, ...line, ...more }),
    close: async () => {
      await server.close();
      await sandbox.close();
      rmSync(cwd, { recursive: true, force: true });
    },
  };
};
