/** One connection to Graph: sends a request, waits where the service asks for it, repeats what may be repeated. */

import { Client, type GraphRequest, ResponseType } from "@microsoft/microsoft-graph-client";
import { withRights } from "../core/permissions/words.ts";
import type { Clock, Fetch, Instant } from "../runtime.ts";
import { ServiceError, type TokenWish } from "../service.ts";
import { bareFetch, createChain, NoAnswer, NotSent, type RequestLine, Sending } from "./chain.ts";
import { CHALLENGE, claimsIn, wantedBy } from "./challenge.ts";
import { complaintOf, parseJson, redacted, retryAfterMs } from "./errors.ts";
import { shownPath } from "./hosts.ts";
import { createGate, laneOf, type Pass } from "./pace.ts";

export type { RequestLine } from "./chain.ts";

export type Connection = {
  /** `https://graph.microsoft.com`, another cloud's, or loopback; without a path. */
  readonly origin: string;
  readonly getToken: (wish: TokenWish) => Promise<string>;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly uuid: () => string;
  /** Aborts waits and reads. A write that has left is waited for, so that its outcome is known. */
  readonly signal: AbortSignal;
  readonly practice: boolean;
  readonly onRequest?: (line: RequestLine) => void;
};

export type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

export type Ask = {
  readonly method: Method;
  /** Below the version, its parts already encoded: `/groups/{id}`. */
  readonly path: string;
  /** Not there: v1.0. */
  readonly version?: "beta";
  /** Values in plain text. */
  readonly query?: Readonly<Record<string, string>>;
  /** A nextLink, followed as it is; `path` and `query` then only say what it is a page of. */
  readonly address?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** What is asked for is a file, which comes at once or by the address that a 302 names: `body` is then the answer itself, unread. */
  readonly file?: true;
  /** Awaited each time directly before the request leaves. */
  readonly beforeSend?: () => Promise<void>;
};

type Answer = {
  /** When the request left. */
  readonly started: Instant;
  readonly status: number;
  readonly headers: Headers;
  /** Undefined when there was none. */
  readonly body: unknown;
  readonly requestId: string | undefined;
};

export type GraphClient = {
  readonly origin: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** @throws ServiceError; whatever aborted the connection; whatever `beforeSend` threw. */
  readonly send: (ask: Ask) => Promise<Answer>;
  /** One item of a batch was throttled: everything waits. */
  readonly slowDown: (headers: Headers, started: Instant) => void;
  /** A text of the service without tokens and control characters. */
  readonly cleaned: (text: string) => string;
  /**
   * Asks an address that is itself the key to a file. It gets no token, no id and no header of ours, and stands in no log.
   * Rejects with a NotSent where no file may be fetched, and with a NoAnswer.
   */
  readonly fetchBare: (address: string) => Promise<Response>;
  /** No item of a batch was throttled. */
  readonly letThrough: (started: Instant) => void;
};

export const BATCH_PATH = "/$batch";

/** Tries of a read, the first one included. */
const TRIES = 4;
const FIRST_PAUSE_MS = 1_000;
/** Longer than this nobody waits for one request; the service is then unavailable to us. */
export const LONGEST_SLOW_DOWN_MS = 15 * 60_000;

const READ_AGAIN: readonly number[] = [500, 502, 503, 504];
/** No connection came about, so nothing was sent. */
const NEVER_LEFT: readonly string[] = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"];

/** As in a query: commas and colons stay readable, the rest is encoded once, here. */
const encoded = (value: string): string => encodeURIComponent(value).replaceAll("%2C", ",").replaceAll("%3A", ":");

const queryText = (query: Readonly<Record<string, string>> = {}): string => {
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encoded(value)}`);
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
};

type Attempt =
  | { readonly type: "answer"; readonly answer: Answer }
  | {
      readonly type: "failed";
      readonly status: number;
      readonly code: string;
      readonly message: string;
      readonly requestId: string | undefined;
      readonly headers?: Headers;
      /** The token that went along. */
      readonly token?: string | undefined;
    }
  /** We did not send it, and would not the next time. */
  | { readonly type: "withheld"; readonly code: string; readonly message: string; readonly because?: unknown }
  /** `left`: whether the request may have reached the service. */
  | { readonly type: "no-answer"; readonly code: string; readonly left: boolean };

type Failed = Exclude<Attempt, { readonly type: "answer" }>;

const isRead = (ask: Ask): boolean => ask.method === "GET";

const sendWith = (request: GraphRequest, ask: Ask): Promise<unknown> => {
  switch (ask.method) {
    case "GET":
      return request.get();
    case "POST":
      return request.post(ask.body);
    case "PATCH":
      return request.patch(ask.body);
    case "PUT":
      return request.put(ask.body);
    case "DELETE":
      return request.delete();
  }
};

/** What a refused token is replaced with; a practice tenant knows only one. */
const anotherToken = ({ headers, token }: Extract<Attempt, { readonly type: "failed" }>, practice: boolean): TokenWish | undefined => {
  const refused = token === undefined ? {} : { refused: token };
  const claims = headers === undefined ? undefined : claimsIn(headers);
  if (claims !== undefined) return { claims, ...refused };
  return practice ? undefined : { fresh: true, ...refused };
};

export const createClient = (connection: Connection): GraphClient => {
  const { clock, signal } = connection;
  const gate = createGate(clock, signal);
  let lastToken: string | undefined;
  const underway = new Set<AbortController>();
  // One listener for all requests: one each would add up to a warning of Node's.
  signal.addEventListener(
    "abort",
    () => {
      for (const controller of underway) controller.abort(signal.reason);
    },
    { once: true },
  );
  const graph = Client.initWithMiddleware({
    baseUrl: `${connection.origin}/`,
    defaultVersion: "v1.0",
    middleware: createChain({
      origin: connection.origin,
      getToken: connection.getToken,
      fetch: connection.fetch,
      clock,
      uuid: connection.uuid,
      onRequest: connection.onRequest,
      onToken: (token) => {
        lastToken = token;
      },
    }),
  });

  const shown = ({ address, path, version, query }: Ask): string => shownPath(address ?? `${connection.origin}/${version ?? "v1.0"}${path}${queryText(query)}`);

  const errorOf = (ask: Ask, failed: Failed): ServiceError => {
    const whole = shown(ask);
    const common = { method: ask.method, path: whole };
    // A sentence names the resource; the query is for whoever looks at the error itself.
    const path = whole.split("?", 1)[0] ?? whole;
    if (failed.type === "withheld") {
      return new ServiceError({
        ...common,
        status: 0,
        code: failed.code,
        message: `${ask.method} ${path} was not sent: ${redacted(failed.message, lastToken)}`,
        outcome: "refused",
        cause: failed.because,
      });
    }
    if (failed.type === "no-answer") {
      const outcome = failed.left ? "unknown" : "refused";
      const what = failed.left
        ? `no answer came to ${ask.method} ${path} (${failed.code})`
        : `the service could not be reached for ${ask.method} ${path} (${failed.code})`;
      return new ServiceError({ ...common, status: 0, code: failed.code, message: what, outcome });
    }
    // 501 is the one 5xx that says that nothing was done; a 408 or a redirect leaves it open, as does a 2xx that cannot be read.
    const refused = (failed.status >= 400 && failed.status < 500 && failed.status !== 408) || failed.status === 501;
    const wanted = failed.status === 401 && failed.headers !== undefined ? wantedBy(claimsIn(failed.headers)) : undefined;
    const text = wanted ?? redacted(failed.message, lastToken);
    const code = wanted === undefined ? redacted(failed.code, lastToken) : CHALLENGE;
    const label = code === String(failed.status) ? code : `${failed.status} ${code}`;
    return new ServiceError({
      ...common,
      status: failed.status,
      code,
      message: `the service answered ${label} to ${ask.method} ${path}: ${withRights(text, failed.status, code, ask.method, whole)}`,
      requestId: failed.requestId,
      outcome: refused ? "refused" : "unknown",
    });
  };

  const readAnswer = async (ask: Ask, response: Response, started: Instant): Promise<Attempt> => {
    const { status, headers } = response;
    const header = headers.get("request-id") ?? undefined;
    if (ask.file === true && (status === 200 || status === 302))
      return { type: "answer", answer: { started, status, headers, body: response, requestId: header } };
    const text = await response.text();
    if (status >= 300 && status < 400)
      return { type: "failed", status, code: String(status), message: "a redirect, which is never followed", requestId: header, headers };
    if (status >= 400) {
      const complaint = complaintOf(status, text);
      return { type: "failed", status, code: complaint.code, message: complaint.message, requestId: header ?? complaint.requestId, headers };
    }
    if (text === "" && (status === 204 || !isRead(ask))) return { type: "answer", answer: { started, status, headers, body: undefined, requestId: header } };
    const parsed = parseJson(text);
    if (parsed !== undefined) return { type: "answer", answer: { started, status, headers, body: parsed.value, requestId: header } };
    const cut = /^\s*[[{]/.test(text) ? "the answer broke off" : complaintOf(status, text).message;
    return { type: "failed", status, code: "UnreadableAnswer", message: cut, requestId: header, headers };
  };

  const attempt = async (ask: Ask, pass: Pass, token: TokenWish): Promise<Attempt> => {
    const controller = new AbortController();
    if (isRead(ask)) underway.add(controller);
    let left = false;
    let bore: string | undefined;
    try {
      const request = graph.api(ask.path).responseType(ResponseType.RAW).option("signal", controller.signal);
      if (ask.version !== undefined) request.version(ask.version);
      for (const [name, value] of Object.entries(ask.headers ?? {})) request.header(name, value);
      if (ask.address === undefined) for (const [name, value] of Object.entries(ask.query ?? {})) request.query({ [name]: encoded(value) });
      request.middlewareOptions([
        new Sending(ask.address, pass.depart, token, (value) => {
          bore = value;
        }),
      ]);
      const response: unknown = await sendWith(request, ask);
      left = true;
      if (!(response instanceof Response)) throw new TypeError("the request chain gave no response");
      const result = await readAnswer(ask, response, pass.started());
      return result.type === "failed" ? { ...result, token: bore } : result;
    } catch (error) {
      if (isRead(ask)) signal.throwIfAborted();
      if (error instanceof NotSent) return { type: "withheld", code: error.code, message: error.message, because: error.because };
      if (error instanceof NoAnswer) return { type: "no-answer", code: error.code, left: !NEVER_LEFT.includes(error.code) };
      // The body broke off while it was read.
      if (left) return { type: "no-answer", code: "AnswerBrokeOff", left };
      throw error;
    } finally {
      underway.delete(controller);
    }
  };

  const passing = async (ask: Ask, pass: Pass, token: TokenWish): Promise<Attempt> => {
    try {
      await ask.beforeSend?.();
      return await attempt(ask, pass, token);
    } finally {
      pass.release();
    }
  };

  const mayTryAgain = (ask: Ask, failed: Failed): boolean => {
    if (failed.type === "withheld") return false;
    if (failed.type === "no-answer") return isRead(ask) || !failed.left;
    return isRead(ask) && (READ_AGAIN.includes(failed.status) || failed.code === "UnreadableAnswer");
  };

  const send = async (ask: Ask): Promise<Answer> => {
    const lane = laneOf(ask.address ?? ask.path);
    let throttledSince: number | undefined;
    let token: TokenWish | undefined;
    for (let tries = 1; ; ) {
      if (gate.closedForMs() > LONGEST_SLOW_DOWN_MS)
        throw errorOf(ask, {
          type: "withheld",
          code: "TooManyRequests",
          message: `the service asks everybody to wait ${Math.ceil(gate.closedForMs() / 60_000)} minutes`,
        });
      const pass = await gate.enter(lane);
      const result = await passing(ask, pass, token ?? {});
      const started = pass.started();
      if (result.type === "answer") {
        // A batch is let through as a whole while its items are throttled: whoever sent it knows.
        if (ask.path !== BATCH_PATH) gate.passed(started);
        return result.answer;
      }
      if (result.type === "failed" && result.status === 429) {
        // Rejected before anything was done, so a write may be sent again as well. Facts, section 3.
        gate.throttled(started, result.headers === undefined ? undefined : retryAfterMs(result.headers, clock.now()));
        throttledSince ??= started;
        if (clock.now() + gate.closedForMs() - throttledSince > LONGEST_SLOW_DOWN_MS) throw errorOf(ask, result);
        continue;
      }
      if (result.type === "failed" && result.status === 401 && token === undefined) {
        // Refused before anything was done, as with 429: once more with another token, be it a read or a write.
        token = anotherToken(result, connection.practice);
        if (token !== undefined) continue;
      }
      if (tries >= TRIES || !mayTryAgain(ask, result)) throw errorOf(ask, result);
      const asked = result.type === "failed" && result.headers !== undefined ? retryAfterMs(result.headers, clock.now()) : undefined;
      if (asked !== undefined && asked > LONGEST_SLOW_DOWN_MS) throw errorOf(ask, result);
      await clock.sleep(asked ?? FIRST_PAUSE_MS * 2 ** (tries - 1), signal);
      tries += 1;
    }
  };

  return {
    origin: connection.origin,
    clock,
    signal,
    send,
    cleaned: (text) => redacted(text, lastToken),
    fetchBare: bareFetch(connection.fetch, connection.origin, signal),
    letThrough: gate.passed,
    slowDown: (headers, started) => gate.throttled(started, retryAfterMs(headers, clock.now())),
  };
};
