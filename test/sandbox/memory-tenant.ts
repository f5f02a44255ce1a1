/** A whole fill in memory, for tests of what the routes for people and the directory answer. */

import { fillSandbox, type Sandbox } from "../../src/sandbox/sandbox.ts";
import { testRuntime } from "./support.ts";

/** Graph's JSON, as far as these tests read it. */
export type Body = {
  readonly [name: string]: unknown;
  readonly value: readonly Record<string, unknown>[];
  readonly error: { readonly code: string; readonly message: string; readonly details?: unknown };
};
export type Reply = { readonly status: number; readonly text: string; readonly body: Body };

export type Tenant = {
  readonly sandbox: Sandbox;
  /** @param path below the version, with its query as it is; what a URL cannot hold is encoded */
  readonly ask: (method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Reply>;
  readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Reply>;
  /** Every row of a list, page by page. */
  readonly all: (path: string, headers?: Readonly<Record<string, string>>) => Promise<readonly Record<string, unknown>[]>;
  readonly put: (collection: string, object: unknown) => Promise<void>;
  readonly control: (method: string, path: string, body: unknown) => Promise<Reply>;
  /** Lets what was written replicate. */
  readonly settle: () => Promise<void>;
};

export const ADVANCED = { ConsistencyLevel: "eventual" };

/** Dials that keep limits and lag out of the way of what is tested here. */
const CALM = { throttling: "off", lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 } } as const;

export const memoryTenant = async (fill: string, dials: object = CALM): Promise<Tenant> => {
  const sandbox = await fillSandbox({ folder: "tenant", runtime: testRuntime(), fill, dials });
  const send = async (method: string, address: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Reply> => {
    const request = new Request(address, {
      method,
      headers: { Authorization: "Bearer practice", ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const response = await sandbox.fetch(request);
    const text = await response.text();
    const parsed: Body = text.startsWith("{") ? JSON.parse(text) : { value: [], error: { code: "", message: "" } };
    return { status: response.status, text, body: parsed };
  };
  const ask: Tenant["ask"] = (method, path, body, headers) => send(method, `http://127.0.0.1/v1.0${path}`, body, headers);
  const control: Tenant["control"] = (method, path, body) => send(method, `http://127.0.0.1${path}`, body);
  return {
    sandbox,
    ask,
    get: (path, headers) => ask("GET", path, undefined, headers),
    all: async (path, headers) => {
      const rows: Record<string, unknown>[] = [];
      for (let next: string | undefined = `http://127.0.0.1/v1.0${path}`; next !== undefined; ) {
        const reply: Reply = await send("GET", next, undefined, headers);
        if (reply.status !== 200) throw new Error(`${next}: ${reply.status} ${reply.text}`);
        rows.push(...reply.body.value);
        const link: unknown = reply.body["@odata.nextLink"];
        next = typeof link === "string" ? link : undefined;
      }
      return rows;
    },
    put: async (collection, object) => {
      const reply = await control("POST", "/_practice/objects", { put: [{ collection, object }] });
      if (reply.status !== 200) throw new Error(reply.text);
    },
    control,
    settle: async () => void (await control("POST", "/_practice/clock", { forwardMs: 60_000 })),
  };
};
