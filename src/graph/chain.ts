/**
 * What happens to every single request on its way out: the exact address, an id, the host check, the token, the log,
 * `fetch`. Built on the middleware of @microsoft/microsoft-graph-client; of its own handlers none is used: its retry
 * repeats a POST, its redirect handler takes the token along, its telemetry tells what nobody asked.
 */

import { type Context, GraphClientError, type Middleware, type MiddlewareOptions } from "@microsoft/microsoft-graph-client";
import type { Clock, Fetch } from "../runtime.ts";
import type { TokenWish } from "../service.ts";
import { mayDownloadFrom, mayGoTo, shownPath } from "./hosts.ts";

/** One request as the log shows it: never a header, a body or a host. */
export type RequestLine = {
  readonly method: string;
  readonly path: string;
  /** 0 when no answer came. */
  readonly status: number;
  /** On the connection's clock. */
  readonly ms: number;
  readonly requestId: string | undefined;
};

/** What one request brings along for the chain. */
export class Sending implements MiddlewareOptions {
  /** The library rewrites the queries of the addresses that it is given; a nextLink is followed byte for byte instead. */
  readonly address: string | undefined;
  /** Told the moment at which the request leaves. */
  readonly departing: () => void;
  readonly token: TokenWish;
  /** Told the token that goes along. */
  readonly bearing: (token: string) => void;

  constructor(address: string | undefined, departing: () => void, token: TokenWish = {}, bearing: (token: string) => void = () => undefined) {
    this.address = address;
    this.departing = departing;
    this.token = token;
    this.bearing = bearing;
  }
}

/**
 * The request was not sent, and trying again would not help. The library passes on only errors of its own class unharmed,
 * and takes their class from those that stand on it.
 */
export class NotSent extends GraphClientError {
  readonly code: string;
  /** What kept it, where that is an error with something to say of its own. */
  readonly because: unknown;

  constructor(code: string, message: string, because?: unknown) {
    super(message);
    Object.setPrototypeOf(this, NotSent.prototype);
    this.code = code;
    this.because = because;
  }
}

/** No answer came. Says nothing of the request, since the errors of `fetch` may quote a header. */
export class NoAnswer extends GraphClientError {
  readonly code: string;

  constructor(code: string) {
    super(`no answer (${code})`);
    Object.setPrototypeOf(this, NoAnswer.prototype);
    this.code = code;
  }
}

export type Wiring = {
  readonly origin: string;
  readonly getToken: (wish: TokenWish) => Promise<string>;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly uuid: () => string;
  readonly onRequest: ((line: RequestLine) => void) | undefined;
  /** Told each token, so that it can be taken out of what is shown. */
  readonly onToken: (token: string) => void;
};

const link = (act: (context: Context, next: () => Promise<void>) => Promise<void>): Middleware => {
  let rest: Middleware | undefined;
  return {
    execute: (context) => act(context, async () => rest?.execute(context)),
    setNext: (next) => {
      rest = next;
    },
  };
};

const addressOf = (context: Context): string => (typeof context.request === "string" ? context.request : "");

const withHeader = (context: Context, name: string, value: string): void => {
  const headers = new Headers(context.options?.headers);
  headers.set(name, value);
  context.options = { ...context.options, headers };
};

const sendingOf = (context: Context): Sending | undefined => {
  const options: unknown = context.middlewareControl?.getMiddlewareOptions(Sending);
  return options instanceof Sending ? options : undefined;
};

const exactAddress = (): Middleware =>
  link(async (context, next) => {
    context.request = sendingOf(context)?.address ?? context.request;
    await next();
  });

const requestId = (uuid: () => string): Middleware =>
  link(async (context, next) => {
    withHeader(context, "client-request-id", uuid());
    await next();
  });

/** Stands before the token, so that no address from an answer ever gets to see one. */
const hostCheck = (origin: string): Middleware =>
  link(async (context, next) => {
    if (!mayGoTo(addressOf(context), origin))
      throw new NotSent("AddressNotAllowed", "the service named an address that is not its own; no token is sent there");
    await next();
  });

const token = (getToken: Wiring["getToken"], onToken: (token: string) => void): Middleware =>
  link(async (context, next) => {
    const value = await getToken(sendingOf(context)?.token ?? {}).catch((error: unknown) => {
      throw new NotSent("NoToken", `no token could be got: ${error instanceof Error ? error.message : "for an unknown reason"}`, error);
    });
    // Checked here because Headers would quote a malformed one in its error.
    if (!/^[\x21-\x7e]+$/.test(value)) throw new NotSent("NoToken", "the token is empty or holds characters that no token has");
    onToken(value);
    sendingOf(context)?.bearing(value);
    withHeader(context, "Authorization", `Bearer ${value}`);
    await next();
  });

const log = (clock: Clock, onRequest: ((line: RequestLine) => void) | undefined): Middleware =>
  link(async (context, next) => {
    if (onRequest === undefined) return next();
    const started = clock.now();
    const tell = (status: number, id: string | undefined): void =>
      onRequest({ method: context.options?.method ?? "GET", path: shownPath(addressOf(context)), status, ms: clock.now() - started, requestId: id });
    try {
      await next();
    } catch (error) {
      tell(0, undefined);
      throw error;
    }
    tell(context.response?.status ?? 0, context.response?.headers.get("request-id") ?? undefined);
  });

/** Node puts its code into the cause of a "fetch failed". */
const codeOf = (error: unknown): string => {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ("code" in at && typeof at.code === "string" && /^[A-Z][A-Z0-9_]+$/.test(at.code)) return at.code;
  }
  return error instanceof Error && /^[A-Za-z]+$/.test(error.name) ? error.name : "Error";
};

const terminal = (fetch: Fetch): Middleware => ({
  execute: async (context) => {
    // A redirect is an answer like any other: following it would carry the token to wherever it points.
    const request = new Request(addressOf(context), { ...context.options, redirect: "manual" });
    sendingOf(context)?.departing();
    context.response = await fetch(request).catch((error: unknown) => {
      throw new NoAnswer(codeOf(error));
    });
  },
});

export const createChain = (wiring: Wiring): Middleware[] => [
  exactAddress(),
  requestId(wiring.uuid),
  hostCheck(wiring.origin),
  token(wiring.getToken, wiring.onToken),
  log(wiring.clock, wiring.onRequest),
  terminal(wiring.fetch),
];

/** A request beside the chain, for addresses that are keys themselves: nothing is added to it, and nobody is told of it. */
export const bareFetch =
  (fetch: Fetch, origin: string, signal: AbortSignal) =>
  async (address: string): Promise<Response> => {
    if (!mayDownloadFrom(address, origin)) throw new NotSent("AddressNotAllowed", "the service named an address from which no file is fetched");
    const request = new Request(address, { method: "GET", redirect: "manual", credentials: "omit", referrerPolicy: "no-referrer", signal });
    return await fetch(request).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new NoAnswer(codeOf(error));
    });
  };
