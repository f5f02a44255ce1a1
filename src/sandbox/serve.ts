/** A practice tenant on loopback, for other clients and for tests of the whole command line. */

import { serve } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { LostConnection, type Sandbox } from "./sandbox.ts";

export type Served = {
  readonly port: number;
  /** Ends connections and stops listening; the practice tenant itself stays open. */
  readonly close: () => Promise<void>;
};

export type ServeOptions = {
  /** 0: any free one. */
  readonly port: number;
  /** What clients must send as bearer token. */
  readonly token: string;
};

const HOST = "127.0.0.1";

/** Rejects with Node's error when the port is taken. */
export const serveSandbox = (sandbox: Pick<Sandbox, "fetchAs">, options: ServeOptions): Promise<Served> => {
  const answer = sandbox.fetchAs(options.token);
  return new Promise((resolve, reject) => {
    const server = serve(
      {
        hostname: HOST,
        port: options.port,
        // The answers are Graph's own; the adapter must not put in headers of its own.
        overrideGlobalObjects: false,
        fetch: async (request, env) => {
          try {
            return await answer(request);
          } catch (error) {
            // Anything else is a bug or a full disk: the adapter answers 500 and says so on stderr.
            if (!(error instanceof LostConnection)) throw error;
            env.outgoing.destroy();
            return RESPONSE_ALREADY_SENT;
          }
        },
      },
      (info) => {
        resolve({
          port: info.port,
          close: () =>
            new Promise((done, failed) => {
              server.close((error) => (error === undefined ? done() : failed(error)));
              if ("closeAllConnections" in server) server.closeAllConnections();
            }),
        });
      },
    );
    server.on("error", reject);
  });
};
