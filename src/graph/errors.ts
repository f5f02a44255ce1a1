/** What the service says when it does not give what was asked, brought into one form. Facts, section 2. */

import type { Refusal, StepOutcome } from "../core/changes.ts";
import type { Instant } from "../runtime.ts";
import type { ServiceError } from "../service.ts";

type WireObject = { readonly [key: string]: unknown };

const isObject = (value: unknown): value is WireObject => typeof value === "object" && value !== null && !Array.isArray(value);

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value.trim() !== "" ? value.trim() : undefined);

/** The directory writes `innerError`, others `innererror`. */
const member = (object: WireObject, name: string): unknown => {
  const key = Object.keys(object).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : object[key];
};

/** @returns undefined when the text is no JSON; never throws. */
export const parseJson = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
};

/** What an answer says of itself, whatever shape it came in. */
export type Complaint = { readonly code: string; readonly message: string; readonly requestId?: string };

const titleOf = (page: string): string | undefined => textOf(/<title[^>]*>([^<]*)</i.exec(page)?.[1]);

const pageComplaint = (status: number, body: string): Complaint => {
  const title = titleOf(body);
  if (body.trim() === "") return { code: String(status), message: "the answer was empty" };
  const what = /^\s*</.test(body) ? "a web page" : "text that is not JSON";
  return {
    code: String(status),
    message: `the answer was ${what} instead of data${title === undefined ? "" : `: ${title.slice(0, 120)}`}; a proxy may stand in between`,
  };
};

/**
 * Code and text of an error body. The text is taken from `innerError.message`, `message`, `details[].message` and
 * `innerError.internalException.message`, in this order, since some services put only "malformed" into the outer one; a
 * message that is itself JSON is opened. An empty code becomes the status.
 */
export const complaintOf = (status: number, body: string): Complaint => {
  const parsed = parseJson(body);
  if (parsed === undefined || !isObject(parsed.value)) return pageComplaint(status, body);
  return complaintIn(status, parsed.value, 0);
};

const complaintIn = (status: number, body: WireObject, depth: number): Complaint => {
  const inside = member(body, "error");
  const error = isObject(inside) ? inside : body;
  const inner = member(error, "innerError");
  const details = member(error, "details");
  const firstDetail = Array.isArray(details) ? details.find(isObject) : undefined;
  const internal = isObject(inner) ? member(inner, "internalException") : undefined;
  const message =
    (isObject(inner) ? textOf(member(inner, "message")) : undefined) ??
    textOf(member(error, "message")) ??
    (firstDetail === undefined ? undefined : textOf(member(firstDetail, "message"))) ??
    (isObject(internal) ? textOf(member(internal, "message")) : undefined) ??
    "the service gave no reason";
  const requestId = isObject(inner) ? textOf(member(inner, "request-id")) : undefined;
  const code = textOf(member(error, "code"));
  if (depth < 3 && message.startsWith("{")) {
    const nested = parseJson(message);
    if (nested !== undefined && isObject(nested.value)) {
      const opened = complaintIn(status, nested.value, depth + 1);
      const own = code === undefined || code === "UnknownError" ? opened.code : code;
      const id = requestId ?? opened.requestId;
      return { code: own, message: opened.message, ...(id === undefined ? {} : { requestId: id }) };
    }
  }
  return { code: code ?? String(status), message, ...(requestId === undefined ? {} : { requestId }) };
};

/**
 * How long the service asks us to wait.
 *
 * @returns milliseconds, 0 or more; undefined when the header is missing or unreadable. Never throws.
 * @see RFC 9110, 10.2.3: seconds or an HTTP date, which is read against the answer's own `Date` where it has one
 */
export const retryAfterMs = (headers: Headers, now: Instant): number | undefined => {
  const value = headers.get("retry-after")?.trim();
  if (value === undefined || value === "") return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1_000);
  const until = Date.parse(value);
  if (Number.isNaN(until)) return undefined;
  const said = Date.parse(headers.get("date") ?? "");
  return Math.max(0, until - (Number.isNaN(said) ? now : said));
};

const SHORTEST_SECRET = 20;

/** Takes tokens out of a text that is about to be shown or kept, and anything that could steer a terminal. */
export const redacted = (text: string, token: string | undefined): string => {
  // A practice tenant's token may be an ordinary word; no real one is that short.
  const plain = token === undefined || token.length < SHORTEST_SECRET ? text : text.replaceAll(token, "(token)");
  return plain
    .replace(/Bearer\s+[^\s"',;]+/gi, "Bearer (token)")
    .replace(/eyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]+){1,4}/g, "(token)")
    .replace(/\p{Cc}+/gu, " ")
    .slice(0, 1_000);
};

const refusalOf = (error: ServiceError): Refusal => ({
  status: error.status,
  code: error.code,
  message: error.message,
  ...(error.requestId === undefined ? {} : { requestId: error.requestId }),
});

/** What a failed write means for its step. */
export const outcomeOf = (error: ServiceError): Extract<StepOutcome, { readonly type: "refused" | "unknown" }> =>
  error.outcome === "refused" ? { type: "refused", error: refusalOf(error) } : { type: "unknown", because: error.message };
