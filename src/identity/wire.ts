/**
 * The sign-in library's way out. It sends whatever it sends through here: to hosts of a short list, never on to where a redirect
 * points, a few times at most, on the connection's clock. What the service said is kept for whoever has to explain it, since the
 * library hands on only a part.
 */

import { createHttpHeaders, type HttpClient, type PipelineRequest } from "@azure/core-rest-pipeline";
import type { Cloud } from "../clouds.ts";
import { Failure } from "../failure.ts";
import type { Clock, Fetch, Runtime } from "../runtime.ts";
import { mayAsk } from "./hosts.ts";
import { noAnswer, type WayName } from "./ways.ts";

/** What a token endpoint says when it gives none. RFC 6749, 5.2, and Entra's additions. */
export type Refused = {
  readonly status: number;
  readonly error: string;
  readonly description: string;
  /** AADSTS numbers, the first one first. */
  readonly codes: readonly number[];
};

export type Heard = {
  /** What kept us from an answer, or from asking. */
  readonly trouble: Failure | undefined;
  readonly refused: Refused | undefined;
  /** How long the last token that was given is good for. */
  readonly lifetimeMs: number | undefined;
};

export type WireOptions = {
  readonly cloud: Cloud;
  readonly way: WayName;
  readonly env: Runtime["env"];
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told every request; the path is without its query. */
  readonly onRequest: ((line: { readonly method: string; readonly path: string; readonly status: number; readonly ms: number }) => void) | undefined;
};

export type Wire = {
  readonly httpClient: HttpClient;
  /** The answer's body, whatever its status. @throws Failure when there is none that can be read */
  readonly getJson: (
    address: string,
    headers: Readonly<Record<string, string>>,
  ) => Promise<{ readonly ok: boolean; readonly status: number; readonly body: unknown }>;
  /** What went wrong on the way, to be told instead of what the library makes of it. */
  readonly blame: (failure: Failure) => Failure;
  readonly heard: () => Heard;
  /** What was heard is about what is asked from here on. */
  readonly listen: () => void;
};

const TRIES = 3;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
const AGAIN: readonly number[] = [408, 429, 500, 502, 503, 504];
/** Part of signing in with a code on another machine. */
const WAITING: readonly string[] = ["authorization_pending", "slow_down"];
const MOST_CHARACTERS = 1_000_000;

type WireObject = { readonly [key: string]: unknown };
const isObject = (value: unknown): value is WireObject => typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const refusedIn = (status: number, body: WireObject): Refused => {
  const description = textOf(body["error_description"]) || textOf(body["Message"]) || textOf(body["message"]);
  const listed = Array.isArray(body["error_codes"]) ? body["error_codes"].filter((code): code is number => typeof code === "number") : [];
  const named = [...description.matchAll(/AADSTS(\d+)/g)].map(([, code]) => Number(code));
  return { status, error: textOf(body["error"]) || String(status), description, codes: [...new Set([...listed, ...named])] };
};

const codeOf = (error: unknown): string => {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ("code" in at && typeof at.code === "string" && /^[A-Z][A-Z0-9_]+$/.test(at.code)) return at.code;
  }
  return "no answer";
};

/** In seconds, as a number or as a text. */
const lifetimeIn = (body: unknown): number | undefined => {
  if (!isObject(body) || typeof body["access_token"] !== "string") return undefined;
  const seconds = Number(body["expires_in"]);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined;
};

const pauseMs = (headers: Headers | undefined, tries: number): number => {
  const asked = Number(headers?.get("retry-after") ?? Number.NaN);
  return Math.min(LONGEST_PAUSE_MS, Number.isFinite(asked) && asked > 0 ? asked * 1_000 : FIRST_PAUSE_MS * 2 ** (tries - 1));
};

export const createWire = ({ cloud, way, env, fetch, clock, signal, onRequest }: WireOptions): Wire => {
  let trouble: Failure | undefined;
  let refused: Refused | undefined;
  let lifetimeMs: number | undefined;

  const failed = (failure: Failure): Failure => {
    trouble = failure;
    return failure;
  };

  const once = async (request: Request): Promise<{ readonly response: Response; readonly text: string }> => {
    const started = clock.now();
    const { pathname, host } = new URL(request.url);
    const tell = (status: number): void => onRequest?.({ method: request.method, path: `${host}${pathname}`, status, ms: clock.now() - started });
    try {
      const response = await fetch(request);
      const text = (await response.text()).slice(0, MOST_CHARACTERS);
      tell(response.status);
      return { response, text };
    } catch (error) {
      tell(0);
      throw error;
    }
  };

  const send = async (make: () => Request): Promise<{ readonly response: Response; readonly text: string }> => {
    const { url } = make();
    const { host } = new URL(url);
    if (!mayAsk(url, { cloud, way, env }))
      throw failed(
        new Failure(
          "not-permitted",
          `could not sign in: ${host} is none of the hosts that take part in signing in to the ${cloud.name} cloud, so nothing was sent there`,
          [
            "entra-rollout help sign-in lists them; look at the settings that name a host: AZURE_AUTHORITY_HOST, AZURE_REGIONAL_AUTHORITY_NAME, IDENTITY_ENDPOINT, ACTIONS_ID_TOKEN_REQUEST_URL",
          ],
        ),
      );
    for (let tries = 1; ; tries += 1) {
      signal.throwIfAborted();
      try {
        const { response, text } = await once(make());
        if (!AGAIN.includes(response.status)) return { response, text };
        if (tries >= TRIES) {
          failed(
            new Failure("unavailable", `could not sign in: ${host} answered ${response.status}, ${tries} times`, [
              "the service has a fault of its own, or is busy: run the same command again later",
            ]),
          );
          return { response, text };
        }
        await clock.sleep(pauseMs(response.headers, tries), signal);
      } catch (error) {
        signal.throwIfAborted();
        // What fetch says may quote a header, so that only its code is told.
        if (tries >= TRIES) throw failed(noAnswer(host, codeOf(error)));
        await clock.sleep(pauseMs(undefined, tries), signal);
      }
    }
  };

  const unreadable = (url: string, status: number): Failure =>
    failed(
      new Failure("unavailable", `could not sign in: ${new URL(url).host} answered ${status} with something that is no JSON`, [
        "a proxy may stand in between: does a browser on this machine reach the address?",
      ]),
    );

  const keep = (url: string, { status }: Response, text: string): unknown => {
    const body = parsed(text);
    if (body === undefined) {
      if (trouble === undefined) unreadable(url, status);
      throw trouble;
    }
    if (isObject(body) && status >= 300 && !WAITING.includes(textOf(body["error"]))) refused = refusedIn(status, body);
    else trouble = undefined;
    lifetimeMs = lifetimeIn(body) ?? lifetimeMs;
    return body;
  };

  return {
    httpClient: {
      sendRequest: async (asked: PipelineRequest) => {
        const body = typeof asked.body === "string" ? asked.body : undefined;
        const make = (): Request =>
          new Request(asked.url, {
            method: asked.method,
            headers: asked.headers.toJSON({ preserveCase: true }),
            ...(body !== undefined && { body }),
            redirect: "manual",
          });
        const { response, text } = await send(make);
        keep(asked.url, response, text);
        return { request: asked, status: response.status, headers: createHttpHeaders(Object.fromEntries(response.headers)), bodyAsText: text };
      },
    },
    getJson: async (address, headers) => {
      const { response, text } = await send(() => new Request(address, { headers: { accept: "application/json", ...headers }, redirect: "manual" }));
      return { ok: response.ok, status: response.status, body: keep(address, response, text) };
    },
    blame: failed,
    heard: () => ({ trouble, refused, lifetimeMs }),
    listen: () => {
      trouble = undefined;
      refused = undefined;
      lifetimeMs = undefined;
    },
  };
};
