/** The tenant as a `fetch`: token, headers, the service's routes and the control routes. */

import { Hono } from "hono";
import type { Instant } from "../runtime.ts";
import { type BatchOutcome, runBatch } from "./batch.ts";
import { type Body, type Dispatcher, type Incoming, type Outcome, type Reply, refusalReply } from "./dispatch.ts";
import { DOWNLOADS } from "./download.ts";
import type { ExchangeOutcome, ExchangeReply, ExchangeRequest } from "./exchange/serve.ts";
import type { Json, WireObject } from "./fill.ts";
import type { Practice } from "./practice.ts";
import { Refusal } from "./refusal.ts";
import type { RequestLog, RequestNote } from "./requests.ts";
import { type Audience, isIssued } from "./token.ts";

/** Stands on what `fetch` and `serve` turn into a lost connection; never leaves the process. */
export const LOST = "x-practice-lost";

const CONTENT_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
const JSON_TYPE = /^application\/(?:[a-z.+-]*\+)?json\b/i;

export type AppParts = {
  readonly token: string;
  readonly now: () => Instant;
  /** What the answers say that the time is. */
  readonly date: () => Instant;
  readonly dispatcher: Dispatcher;
  readonly exchange: (request: ExchangeRequest) => ExchangeOutcome;
  readonly practice: Practice;
  readonly requests: RequestLog;
  /** Resolves when every write so far is on disk. */
  readonly flush: () => Promise<void>;
  readonly nextRequestId: () => string;
};

const bodyIn = async (request: Request): Promise<Body> => {
  if (request.body === null) return { type: "none" };
  const text = await request.text();
  if (text === "") return { type: "none" };
  if (!JSON_TYPE.test(request.headers.get("content-type") ?? "")) return { type: "unreadable" };
  try {
    const value: Json = JSON.parse(text);
    return { type: "json", value };
  } catch {
    return { type: "unreadable" };
  }
};

const statusOf = (outcome: Outcome): number => {
  if (outcome.type === "drop") return 0;
  return outcome.type === "html" ? outcome.status : outcome.reply.status;
};

const HTML = "<html><head><title>Bad gateway</title></head><body><h1>The proxy could not reach the server</h1></body></html>\n";

const VERSION = /^\/(?:v1\.0|beta)(?:\/|$)/i;

const half = (text: string): string => text.slice(0, Math.floor(text.length / 2));

const CHUNK = 65_536;

/** As fast as it is read: a report of a million accounts is never in memory as a whole. */
const streamOf = (lines: Iterable<string>): ReadableStream<Uint8Array> => {
  const rest = lines[Symbol.iterator]();
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull: (controller) => {
      let chunk = "";
      while (chunk.length < CHUNK) {
        const next = rest.next();
        if (next.done === true) break;
        chunk += next.value;
      }
      if (chunk === "") controller.close();
      else controller.enqueue(encoder.encode(chunk));
    },
    cancel: () => void rest.return?.(),
  });
};

const exchangeResponse = ({ status, headers, body }: ExchangeReply, common: Readonly<Record<string, string>>): Response => {
  const all = { ...common, ...headers };
  if (body === undefined) return new Response(null, { status, headers: all });
  if (body.type === "nul") return new Response(new Uint8Array(body.bytes), { status, headers: all });
  return new Response(body.type === "text" ? body.text : JSON.stringify(body.json), { status, headers: { "Content-Type": "application/json", ...all } });
};

export const createApp = (parts: AppParts): Hono => {
  const { requests, practice, now, date } = parts;

  const common = (incoming: Pick<Incoming, "requestId" | "clientRequestId">): Record<string, string> => ({
    Date: new Date(date()).toUTCString(),
    "request-id": incoming.requestId,
    "client-request-id": incoming.clientRequestId,
    "Cache-Control": "no-cache",
  });
  const responseOf = (reply: Reply, incoming: Pick<Incoming, "requestId" | "clientRequestId">, cut = false): Response => {
    const headers = { ...common(incoming), ...reply.headers };
    if (reply.lines !== undefined) {
      const body = cut ? half([...reply.lines].join("")) : streamOf(reply.lines);
      return new Response(body, { status: reply.status, headers: { ...headers, "Content-Type": "application/octet-stream" } });
    }
    if (reply.text !== undefined) return new Response(reply.text, { status: reply.status, headers: { ...headers, "Content-Type": "text/plain" } });
    if (reply.body === undefined) return new Response(null, { status: reply.status, headers });
    const text = JSON.stringify(reply.body);
    return new Response(cut ? half(text) : text, {
      status: reply.status,
      headers: { "Content-Type": CONTENT_TYPE, ...headers },
    });
  };
  const spokenOf = (outcome: Outcome, incoming: Incoming): Response => {
    switch (outcome.type) {
      case "reply":
        return responseOf(outcome.reply, incoming);
      case "cut":
        return responseOf(outcome.reply, incoming, true);
      case "html":
        return new Response(HTML, { status: outcome.status, headers: { Date: new Date(date()).toUTCString(), "Content-Type": "text/html" } });
      case "drop":
        return new Response(null, { status: 500, headers: { [LOST]: "1" } });
    }
  };
  const refused = (refusal: Refusal, incoming: Pick<Incoming, "requestId" | "clientRequestId">): Outcome => ({
    type: "reply",
    reply: refusalReply(refusal, incoming, now()),
  });
  const idsOf = (request: Request): Pick<Incoming, "requestId" | "clientRequestId"> => {
    const requestId = parts.nextRequestId();
    return { requestId, clientRequestId: request.headers.get("client-request-id") ?? requestId };
  };
  /** Its own token opens everything here; one that it gave out opens what that is for. */
  const tokenRefusal = (request: Request, audience?: Audience): Refusal | undefined => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    if (token === parts.token || (token !== undefined && audience !== undefined && isIssued(token, audience, parts.token))) return undefined;
    const [message, challenge] =
      token === undefined
        ? ["Access token is empty.", 'Bearer realm=""']
        : ["Access token validation failure. Invalid audience.", 'Bearer realm="", error="invalid_token"'];
    return new Refusal(401, "InvalidAuthenticationToken", message, { headers: { "WWW-Authenticate": challenge } });
  };

  const serve = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const [, versionText = "", ...rest] = url.pathname.split("/");
    const version = versionText.toLowerCase() === "beta" ? "beta" : "v1.0";
    const at = now();
    const incoming: Incoming = {
      method: request.method.toUpperCase(),
      version,
      target: `/${rest.join("/")}${url.search}`,
      root: `${url.origin}/${version}`,
      header: (name) => request.headers.get(name) ?? undefined,
      body: await bodyIn(request),
      ...idsOf(request),
    };
    const note = (method: string, target: string, status: number): RequestNote => ({ at, method, path: `/${version}${target}`, status });
    const { outcome, parts: batchParts } = await outcomeOf(request, incoming);
    // Nothing is answered, not even a read of it, before it is on disk.
    await parts.flush();
    requests.add(
      note(incoming.method, incoming.target, statusOf(outcome)),
      batchParts.map((part) => note(part.method, part.target, part.status)),
    );
    return spokenOf(outcome, incoming);
  };

  /** What lies at an address of its own; it is fetched without a token, and is no request to Graph, but one that is noted as well. */
  const download = async (request: Request, key: string): Promise<Response> => {
    const url = new URL(request.url);
    const at = now();
    const incoming: Incoming = {
      method: request.method.toUpperCase(),
      version: "v1.0",
      target: url.pathname,
      root: `${url.origin}/v1.0`,
      header: (name) => request.headers.get(name) ?? undefined,
      body: { type: "none" },
      ...idsOf(request),
    };
    const outcome = await parts.dispatcher.around(incoming, async () => {
      const found = parts.dispatcher.download(key, request.headers.has("authorization"));
      const reply: Reply = found.type === "lines" ? { status: 200, headers: {}, lines: found.lines } : { status: found.status, headers: {}, text: found.text };
      return { type: "reply", reply };
    });
    requests.add({ at, method: incoming.method, path: url.pathname, status: statusOf(outcome) }, []);
    return spokenOf(outcome, incoming);
  };

  /** Exchange Online's own interface, which shares nothing with Graph but the tenant. */
  const exchange = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const at = now();
    const ids = idsOf(request);
    const headers = { Date: new Date(date()).toUTCString(), "request-id": ids.requestId };
    if (tokenRefusal(request, "exchange") !== undefined) return new Response(null, { status: 401, headers });
    const body = await bodyIn(request);
    const { reply, parts: items } = parts.exchange({
      method: request.method.toUpperCase(),
      origin: url.origin,
      target: `${url.pathname}${url.search}`,
      header: (name) => request.headers.get(name) ?? undefined,
      body: body.type === "json" ? body.value : undefined,
      requestId: ids.requestId,
    });
    await parts.flush();
    const status = reply === "drop" ? 0 : reply.status;
    requests.add(
      { at, method: request.method.toUpperCase(), path: `${url.pathname}${url.search}`, status },
      items.map((item) => ({ at, ...item })),
    );
    if (reply === "drop") return new Response(null, { status: 500, headers: { [LOST]: "1" } });
    return exchangeResponse(reply, headers);
  };

  const batchOf = async (incoming: Incoming): Promise<BatchOutcome> => {
    try {
      return await runBatch(parts.dispatcher.dispatch, incoming, now());
    } catch (error) {
      if (error instanceof Refusal) return { outcome: refused(error, incoming), parts: [] };
      throw error;
    }
  };
  const outcomeOf = async (request: Request, incoming: Incoming): Promise<BatchOutcome> => {
    const refusal = tokenRefusal(request, "graph");
    if (refusal !== undefined) return { outcome: refused(refusal, incoming), parts: [] };
    const { dispatch, around } = parts.dispatcher;
    if (incoming.method !== "POST" || !/^\/(\$|%24)batch$/i.test(incoming.target)) return { outcome: await dispatch(incoming), parts: [] };
    let done: BatchOutcome["parts"] = [];
    const outcome = await around(incoming, async () => {
      const batch = await batchOf(incoming);
      done = batch.parts;
      return batch.outcome;
    });
    return { outcome, parts: done };
  };

  const control =
    (act: (request: Request) => WireObject | Promise<WireObject>) =>
    async (c: { readonly req: { readonly raw: Request } }): Promise<Response> => {
      const request = c.req.raw;
      const ids = idsOf(request);
      try {
        const refusal = tokenRefusal(request);
        if (refusal !== undefined) throw refusal;
        const body = await act(request);
        await parts.flush();
        return responseOf({ status: 200, headers: {}, body }, ids);
      } catch (error) {
        if (error instanceof Refusal) return responseOf(refusalReply(error, ids, now()), ids);
        throw error;
      }
    };
  const withBody =
    (act: (body: Json | undefined) => WireObject | Promise<WireObject>) =>
    async (request: Request): Promise<WireObject> => {
      const body = await bodyIn(request);
      if (body.type !== "json") throw new Refusal(400, "BadRequest", "a JSON body with its Content-Type is needed");
      return act(body.value);
    };

  const app = new Hono();
  app.get("/_practice", control(practice.about));
  app.post("/_practice/clock", control(withBody(practice.moveClock)));
  app.get(
    "/_practice/requests",
    control((request) => practice.requests(new URL(request.url).searchParams.get("since") ?? undefined)),
  );
  app.get("/_practice/dials", control(practice.dials));
  app.put("/_practice/dials", control(withBody(practice.setDials)));
  app.post("/_practice/objects", control(withBody(practice.arrange)));
  app.post("/_practice/sign-in", control(withBody(practice.signIn)));
  app.get(
    "/_practice/token",
    control((request) => practice.token(new URL(request.url).searchParams.get("resource") ?? "", parts.token)),
  );
  app.get(`${DOWNLOADS}:key`, (c) => download(c.req.raw, c.req.param("key")));
  // Hono's quick router takes no pattern in front of a wildcard.
  app.all("/*", (c) => {
    const { method, path, raw } = c.req;
    if (VERSION.test(path)) return serve(raw);
    if (path.startsWith("/adminapi/")) return exchange(raw);
    const ids = idsOf(raw);
    return responseOf(refusalReply(new Refusal(501, "NotImplemented", `the practice tenant has no route ${method} ${path}`), ids, now()), ids);
  });
  // Anything but a refusal is a bug or a disk that fails: the caller must not take it for an answer of the service.
  app.onError((error) => {
    throw error;
  });
  return app;
};
