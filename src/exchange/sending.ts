/** How a request gets to Exchange Online and its answer back: token, host check, redirects, waits, errors in one form. */

import type { Json, ObjectId } from "../core/tenant.ts";
import { CHALLENGE, claimsIn, wantedBy } from "../graph/challenge.ts";
import { redacted, retryAfterMs } from "../graph/errors.ts";
import { shownPath } from "../graph/hosts.ts";
import type { Clock, Fetch, Instant } from "../runtime.ts";
import { ServiceError, type TokenWish } from "../service.ts";
import { claimsOf } from "../token-claims.ts";
import { type Complaint, complaintOf, errorsIn, isPageGone, isThrottled, isTransient, parseJson, warningsIn } from "./errors.ts";
import { type Claims, isAboutGrants } from "./grants.ts";
import { mayGoTo } from "./hosts.ts";

export type ExchangeConnection = {
  /** `https://outlook.office365.com`, another cloud's, or loopback; without a path. */
  readonly origin: string;
  readonly tenant: ObjectId;
  /** `X-AnchorMailbox`, the same for all that belongs together: pages stay on the server that began them. */
  readonly anchor: string;
  /** A token for Exchange, which is none for Graph. */
  readonly getToken: (wish: TokenWish) => Promise<string>;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly uuid: () => string;
  /** Aborts waits and reads. A write that has left is waited for. */
  readonly signal: AbortSignal;
  readonly onRequest?: (line: {
    readonly method: string;
    readonly path: string;
    readonly status: number;
    readonly ms: number;
    readonly requestId: string | undefined;
  }) => void;
};

/** Values go out as they are: null says something. */
export type Cmdlet = { readonly name: string; readonly parameters: { readonly [name: string]: Json }; readonly select?: readonly string[] };

export type Reply = { readonly objects: readonly unknown[]; readonly warnings: readonly string[] };

/** Tries of what may be tried again, the first one included. */
export const TRIES = 6;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;
/** For so long it may go on saying that it is too much. */
export const LONGEST_SLOW_DOWN_MS = 15 * 60_000;
const MICRO_DELAY = /micro delay applied/i;
const MICRO_DELAY_MS = 500;
const MOST_REDIRECTS = 3;

type WireObject = { readonly [key: string]: unknown };
export const isObject = (value: unknown): value is WireObject => typeof value === "object" && value !== null && !Array.isArray(value);

/** The address of a page is no longer good. */
export class PageGone extends Error {
  readonly error: ServiceError;

  constructor(error: ServiceError) {
    super(error.message);
    this.error = error;
  }
}

export type Raw = { readonly status: number; readonly headers: Headers; readonly text: string | undefined };

export type Sent = {
  readonly method: "GET" | "POST";
  readonly address: string;
  /** What people are told it was. */
  readonly cmdlet: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

export type Sender = {
  /** Sends until there is an answer that is none of a bad moment. @throws ServiceError, PageGone */
  readonly send: (sent: Sent, repeatable: boolean) => Promise<{ readonly raw: Raw; readonly body: unknown }>;
  /** The objects of an answer. @throws ServiceError for one that holds errors or no list. */
  readonly replyIn: (sent: Pick<Sent, "method" | "address" | "cmdlet">, raw: Pick<Raw, "headers">, body: unknown) => Reply;
  readonly errorOf: (sent: Pick<Sent, "method" | "address" | "cmdlet">, status: number, complaint: Complaint, requestId?: string | null) => ServiceError;
  readonly token: (wish: TokenWish) => Promise<string>;
  /** What the last token says of the grants. */
  readonly claims: () => Claims | undefined;
  /** Whether an error of this sender says that the caller lacks a grant, whatever it asked for. */
  readonly isAboutGrants: (error: ServiceError) => boolean;
  /** Everything waits: as long as the headers say, else longer with each try. */
  readonly pause: (tries: number, headers: Headers | undefined) => Promise<void>;
  /** How far apart writes are kept since the service said that it slowed us down. */
  readonly writesApartMs: () => number;
};

/** What nobody answered, or answered so that nobody can read it. */
export const unread = (code: string, message = ""): Complaint => ({ code, message, exception: undefined });

const codeOf = (error: unknown): string => {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ("code" in at && typeof at.code === "string" && /^[A-Z][A-Z0-9_]+$/.test(at.code)) return at.code;
  }
  return "NoAnswer";
};

export const createSender = (connection: ExchangeConnection): Sender => {
  const { clock, signal, origin } = connection;
  let opensAt: Instant = Number.NEGATIVE_INFINITY;
  let apartMs = 0;
  let lastToken: string | undefined;
  const aboutGrants = new WeakSet<ServiceError>();

  const untilOpen = async (): Promise<void> => {
    for (let now = clock.now(); now < opensAt; now = clock.now()) await clock.sleep(opensAt - now, signal);
  };

  const errorOf: Sender["errorOf"] = ({ method, address, cmdlet }, status, complaint, requestId) => {
    const refused = (status >= 400 && status < 500 && status !== 408) || status === 501;
    const code = redacted(complaint.code, lastToken);
    const label = code === String(status) ? code : `${status} ${code}`;
    const words = complaint.message === "" ? "" : `: ${redacted(complaint.message, lastToken)}`;
    const error = new ServiceError({
      method,
      path: shownPath(address),
      status,
      code,
      message: status === 0 ? `no answer came to ${cmdlet} that can be read (${code})${words}` : `Exchange Online answered ${label} to ${cmdlet}${words}`,
      requestId: requestId ?? undefined,
      outcome: refused ? "refused" : "unknown",
    });
    if (isAboutGrants(status, complaint)) aboutGrants.add(error);
    return error;
  };

  const withheld = ({ method, address, cmdlet }: Sent, code: string, why: string, cause?: unknown): ServiceError =>
    new ServiceError({ method, path: shownPath(address), status: 0, code, message: `${cmdlet} was not sent: ${why}`, outcome: "refused", cause });

  const tokenFor = async (sent: Sent, wish: TokenWish): Promise<string> => {
    const token = await connection.getToken(wish).catch((error: unknown) => {
      throw withheld(sent, "NoToken", `no token could be got: ${error instanceof Error ? redacted(error.message, lastToken) : "for an unknown reason"}`, error);
    });
    // Headers would quote a malformed one in its error.
    if (!/^[\x21-\x7e]+$/.test(token)) throw withheld(sent, "NoToken", "the token is empty or holds characters that no token has");
    lastToken = token;
    return token;
  };

  /** One request, sent on to where the service says it wants it, as long as that is the service. */
  const once = async (sent: Sent, token: string): Promise<Raw> => {
    const { method, headers, body } = sent;
    let target = sent.address;
    for (let hops = 0; ; hops += 1) {
      if (!mayGoTo(target, origin)) throw withheld(sent, "AddressNotAllowed", "the service named an address that is not its own; no token is sent there");
      const started = clock.now();
      const request = new Request(target, {
        method,
        redirect: "manual",
        headers: { ...headers, Authorization: `Bearer ${token}`, "client-request-id": connection.uuid() },
        ...(body !== undefined && { body }),
      });
      const response = await connection.fetch(request);
      // A refusal may declare a compression that it does not have: its status stays true.
      const text = await response.text().catch(() => undefined);
      const { status } = response;
      connection.onRequest?.({
        method,
        path: shownPath(target),
        status,
        ms: clock.now() - started,
        requestId: response.headers.get("request-id") ?? undefined,
      });
      const location = response.headers.get("location");
      if (status < 300 || status >= 400 || location === null || hops >= MOST_REDIRECTS) return { status, headers: response.headers, text };
      target = new URL(location, target).href;
    }
  };

  const pause: Sender["pause"] = async (tries, headers) => {
    const asked = headers === undefined ? undefined : retryAfterMs(headers, clock.now());
    opensAt = Math.max(opensAt, clock.now() + (asked ?? Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1))));
    await untilOpen();
  };

  const send: Sender["send"] = async (sent, repeatable) => {
    const since = clock.now();
    let token = await tokenFor(sent, {});
    let renewed = false;
    for (let tries = 1; ; tries += 1) {
      signal.throwIfAborted();
      await untilOpen();
      let raw: Raw;
      try {
        raw = await once(sent, token);
      } catch (error) {
        if (error instanceof ServiceError) throw error;
        if (!repeatable || tries >= TRIES) throw errorOf(sent, 0, unread(codeOf(error)));
        await pause(tries, undefined);
        continue;
      }
      const body = parseJson(raw.text);
      if (raw.status >= 200 && raw.status < 300 && (body !== undefined || (raw.text ?? "").trim() === "")) return { raw, body };
      const said = complaintOf(raw.status, raw.headers, raw.text);
      const wanted = raw.status === 401 ? wantedBy(claimsIn(raw.headers)) : undefined;
      const complaint = wanted === undefined ? said : { ...said, code: CHALLENGE, message: wanted };
      const failed = errorOf(sent, raw.status, complaint, raw.headers.get("request-id"));
      if (raw.status === 401 && !renewed) {
        renewed = true;
        const claims = claimsIn(raw.headers);
        token = await tokenFor(sent, { refused: token, ...(claims === undefined ? { fresh: true } : { claims }) });
        continue;
      }
      if (isPageGone(raw.status, complaint)) throw new PageGone(failed);
      // What was throttled was refused before anything was done, so whatever it was may be sent again.
      const isOver = isThrottled(raw.status, complaint)
        ? clock.now() - since > LONGEST_SLOW_DOWN_MS
        : tries >= TRIES || !repeatable || !isTransient(raw.status, complaint);
      if (isOver) throw failed;
      await pause(tries, raw.headers);
    }
  };

  return {
    send,
    errorOf,
    pause,
    token: (wish) => tokenFor({ method: "POST", address: `${origin}/`, cmdlet: "a batch", headers: {} }, wish),
    claims: () => (lastToken === undefined ? undefined : claimsOf(lastToken)),
    isAboutGrants: (error) => aboutGrants.has(error),
    writesApartMs: () => apartMs,
    replyIn: (sent, { headers }, body) => {
      const [error] = errorsIn(body);
      if (error !== undefined) throw errorOf(sent, 400, unread("AdminApiError", error), headers.get("request-id"));
      const value = isObject(body) ? body["value"] : undefined;
      const isSilent = body === undefined || (isObject(body) && Object.keys(body).length === 0);
      // What sets something may say nothing when it went well; what was to be read and is not there is no empty list.
      const isMissing = isSilent ? !/^(?:Set|Remove|Enable)-/.test(sent.cmdlet) : !Array.isArray(value);
      if (isMissing) throw errorOf(sent, 0, unread("UnreadableAnswer", "it holds no list of values"));
      const warnings = warningsIn(body);
      if (warnings.some((warning) => MICRO_DELAY.test(warning))) apartMs = MICRO_DELAY_MS;
      return { objects: Array.isArray(value) ? value : [], warnings };
    },
  };
};
