/** A practice tenant as anybody would serve it: the command line, in a folder of its own, asked over HTTP. */

import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TOKEN = "foreign-token";

type Json = Readonly<Record<string, unknown>>;

/** A line of the tenant's request log. */
export type Noted = { readonly method: string; readonly path: string; readonly status: number };

export type Tenant = {
  /** `http://127.0.0.1:port`. */
  readonly origin: string;
  /** Origin and version, as clients take it for Graph's. */
  readonly root: string;
  readonly token: string;
  /** Sets dials beside those with which the tenant was served; every call begins from those again. */
  readonly dial: (dials: Json) => Promise<void>;
  /** What was asked of the tenant while some work was done. */
  readonly watched: (work: () => Promise<unknown>) => Promise<readonly Noted[]>;
  readonly close: () => Promise<void>;
};

const isRecord = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

const recordIn = (text: string): Json => {
  const value: unknown = JSON.parse(text);
  if (!isRecord(value)) throw new TypeError(`no object: ${text}`);
  return value;
};

const program = (): string => {
  const bin = recordIn(readFileSync(join(ROOT, "package.json"), "utf8"))["bin"];
  if (!isRecord(bin)) throw new TypeError("package.json names no program");
  return join(ROOT, String(bin["entra-rollout"]));
};

/** Nothing replicates late and nothing is throttled unless a test says so: these tests are about what is answered, not when. */
const DIALS = { throttling: "off", lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 } };

const served = (folder: string): Promise<{ readonly origin: string; readonly stop: () => Promise<void> }> => {
  const child = spawn(process.execPath, [program(), "sandbox", "serve", "--json", "--quiet"], {
    cwd: folder,
    env: { ...process.env, ENTRA_ROLLOUT_TOKEN: TOKEN },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const stop = async (): Promise<void> => {
    child.kill("SIGINT");
    await ended;
  };
  return new Promise((resolve, reject) => {
    let out = "";
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      // The document ends with its only line that is a closing brace alone, or with its only line.
      if (/\}\n$/.test(out)) resolve({ origin: String(recordIn(out)["origin"]), stop });
    });
    void ended.then((code) => reject(new Error(`sandbox serve ended with ${code}: ${err}`)));
  });
};

export const serveTenant = async (fill: "county" | "trust", accounts: number): Promise<Tenant> => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "entra-rollout-foreign-")));
  await promisify(execFile)(process.execPath, [program(), "sandbox", "fill", fill, "--accounts", String(accounts), "--quiet"], { cwd: folder });
  const { origin, stop } = await served(folder);
  const control = async (method: string, path: string, body?: Json): Promise<Json> => {
    const response = await fetch(`${origin}/_practice${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} /_practice${path}: ${text}`);
    return recordIn(text);
  };
  const dial = async (dials: Json): Promise<void> => void (await control("PUT", "/dials", { ...DIALS, ...dials }));
  await dial({});
  return {
    origin,
    root: `${origin}/v1.0`,
    token: TOKEN,
    dial,
    watched: async (work) => {
      const { next } = await control("GET", "/requests?since=0");
      await work();
      const { requests } = await control("GET", `/requests?since=${Number(next)}`);
      return (Array.isArray(requests) ? requests : []).map(({ method, path, status }) => ({ method, path, status }));
    },
    close: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Graph's envelope for errors (errors): a code and a message, and inside when it was and the two ids of the request. */
export const expectGraphError = (body: unknown, code: string): void => {
  expect(body).toMatchObject({
    error: {
      code,
      message: expect.stringMatching(/\S/),
      innerError: {
        date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
        "request-id": expect.stringMatching(GUID),
        "client-request-id": expect.stringMatching(/\S/),
      },
    },
  });
};
