/** A `fetch` that answers by script, and a clock that moves only by waiting: the boundary, and nothing above it. */

import type { Connection, RequestLine } from "../../src/graph/client.ts";
import type { Clock } from "../../src/runtime.ts";

export const ORIGIN = "http://127.0.0.1";
export const TOKEN = "eyJhbGciOiJub25lIn0.c2VjcmV0.c2lnbmF0dXJl";

type Sleeper = { readonly until: number; readonly wake: () => void };

/** Moves on to the next who waits only when nobody has anything else to do, as time does. */
const testClock = (start = Date.parse("2022-02-07T08:00:00Z")): Clock => {
  let now = start;
  let running = false;
  const sleepers: Sleeper[] = [];
  const run = async (): Promise<void> => {
    running = true;
    while (sleepers.length > 0) {
      for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      sleepers.sort((a, b) => a.until - b.until);
      const next = sleepers.shift();
      if (next === undefined) break;
      now = Math.max(now, next.until);
      next.wake();
    }
    running = false;
  };
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason);
        const stop = (): void => reject(signal?.reason);
        signal?.addEventListener("abort", stop, { once: true });
        const wake = (): void => {
          signal?.removeEventListener("abort", stop);
          resolve();
        };
        sleepers.push({ until: now + ms, wake });
        if (!running) void run();
      }),
  };
};

export type Seen = {
  readonly method: string;
  readonly url: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: unknown;
  readonly at: number;
};

/** What to answer: a whole response, a body for 200, or an error as no answer. */
export type Reply = Response | Error | { readonly [key: string]: unknown };

export const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(body === undefined ? null : JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });

export const refusal = (status: number, code: string, message: string, headers: Record<string, string> = {}): Response =>
  json(status, { error: { code, message } }, headers);

export const noAnswer = (code: string): Error => new TypeError("fetch failed", { cause: Object.assign(new Error(`connect ${code}`), { code }) });

export type Script = (seen: Seen, place: number) => Reply | Promise<Reply>;

export type Scripted = {
  readonly connection: Connection;
  readonly seen: Seen[];
  readonly lines: RequestLine[];
  readonly clock: ReturnType<typeof testClock>;
  readonly controller: AbortController;
};

export const scripted = (script: Script, more: Partial<Connection> = {}): Scripted => {
  const seen: Seen[] = [];
  const lines: RequestLine[] = [];
  const clock = testClock();
  const controller = new AbortController();
  let count = 0;
  const connection: Connection = {
    origin: ORIGIN,
    getToken: async () => TOKEN,
    clock,
    uuid: () => {
      count += 1;
      return `00000000-0000-4000-8000-${String(count).padStart(12, "0")}`;
    },
    signal: controller.signal,
    practice: true,
    onRequest: (line) => lines.push(line),
    fetch: async (request) => {
      const text = await request.text();
      const url = new URL(request.url);
      const one: Seen = {
        method: request.method,
        url: request.url,
        path: decodeURIComponent(url.pathname + url.search),
        headers: request.headers,
        body: text === "" ? undefined : JSON.parse(text),
        at: clock.now(),
      };
      seen.push(one);
      const reply = await script(one, seen.length - 1);
      if (reply instanceof Error) throw reply;
      return reply instanceof Response ? reply : json(200, reply);
    },
    ...more,
  };
  return { connection, seen, lines, clock, controller };
};

/** Replies in order; the last one goes on. */
export const inOrder =
  (...replies: readonly (() => Reply)[]): Script =>
  (_, place) => {
    const reply = replies[Math.min(place, replies.length - 1)];
    if (reply === undefined) throw new Error("a script without replies");
    return reply();
  };
