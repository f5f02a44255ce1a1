/** Listens in on the practice tenant's front door and on the client's way out. */

import type { Hono } from "hono";
import type { Fetch } from "../../src/runtime.ts";
import { type Answer, check, type Exchange, faultsOf } from "./check.ts";
import type { Recorder } from "./recorder.ts";
import { isObject, objectFaults } from "./values.ts";
import { excerptOf, jsonOf, rememberTexts, textOf } from "./wire-text.ts";

rememberTexts();

/** What a test may put into its tenant, by the collection's name. */
const ARRANGED: Readonly<Record<string, string>> = {
  users: "user",
  groups: "group",
  policies: "conditionalAccessPolicy",
  namedLocations: "namedLocation",
  deletedUsers: "user",
  deletedGroups: "group",
  deletedPolicies: "conditionalAccessPolicy",
  deletedNamedLocations: "namedLocation",
  directoryRoles: "directoryRole",
  subscribedSkus: "subscribedSku",
  domains: "domain",
};

const STRICT = { isAnswer: true, knowsNewWords: false, isTypeless: false };

/** The tenant gives back what was put into it; where that is odd on purpose, so is what it gives. */
const noteArranged = (odd: Set<string>, body: unknown): void => {
  const put = isObject(body) ? body["put"] : undefined;
  for (const one of Array.isArray(put) ? put.filter(isObject) : []) {
    const { collection, object } = one;
    const type = typeof collection === "string" ? ARRANGED[collection] : undefined;
    if (!isObject(object) || typeof object["id"] !== "string") continue;
    if (type === undefined || objectFaults(object, type, STRICT, "").length > 0) odd.add(object["id"].toLowerCase());
  }
};

/** What somebody heard of an answer: nothing, when the connection broke. */
type Heard = { readonly status: number; readonly headers: Headers; readonly text: () => Promise<string | undefined> };

const heardOf = (response: Response): Heard => ({ status: response.status, headers: response.headers, text: textOf(response) });

/** @param isWhole false: of a long list a part is enough */
const answerOf = (sort: string, text: string | undefined, isWhole: boolean): Answer => {
  if (text === undefined) return { type: "spoilt" };
  if (text === "") return { type: "none" };
  if (sort.startsWith("text/plain")) return { type: "text", text };
  if (sort.startsWith("text/html")) return { type: "spoilt" };
  const excerpt = isWhole ? undefined : excerptOf(text);
  if (excerpt !== undefined) return { type: "json", body: excerpt };
  const body = jsonOf(text);
  return body === undefined ? { type: "spoilt" } : { type: "json", body: body.value };
};

type Asked = Pick<Request, "method" | "url" | "headers">;

/** @returns the exchange, once with an excerpt of its answer and once with all of it */
const exchangesOf = async (request: Asked, asked: string | undefined, heard: Heard | undefined): Promise<readonly [Exchange, () => Exchange]> => {
  const url = new URL(request.url);
  const [, version = "", ...rest] = url.pathname.split("/");
  const text = await heard?.text();
  const sort = heard?.headers.get("content-type") ?? "";
  const exchange = (isWhole: boolean): Exchange => ({
    version,
    method: request.method.toUpperCase(),
    path: rest.length === 0 ? "" : `/${rest.join("/")}`,
    query: url.search.slice(1),
    headers: Object.fromEntries(request.headers),
    // What is no JSON is no body that anybody could read.
    body: asked === undefined || asked === "" ? undefined : (jsonOf(asked)?.value ?? asked),
    status: heard?.status ?? 0,
    answer: answerOf(sort, text, isWhole),
    answerHeaders: Object.fromEntries(heard?.headers ?? []),
    origin: url.origin,
  });
  return [exchange(false), () => exchange(true)];
};

/** The parts of a batch are refused one by one; of Exchange the tool asks otherwise than anybody may. */
const isAskedApart = ({ url }: { readonly url: string }): boolean => url.endsWith("/$batch") || new URL(url).pathname.startsWith("/adminapi/");

const idOf = (request: Request): string | undefined => request.headers.get("client-request-id") ?? undefined;

const keep = async (recorder: Recorder, request: Asked, asked: string | undefined, heard: Heard | undefined, isOurs: boolean): Promise<void> => {
  const { count, fault, odd, saw } = recorder;
  const [exchange, whole] = await exchangesOf(request, asked, heard);
  if (exchange.version === "_practice" && exchange.path === "/objects") noteArranged(odd, exchange.body);
  const first = check(exchange, { odd, isOurs });
  const verdicts = first.some((verdict) => faultsOf(verdict).length > 0) ? check(whole(), { odd, isOurs }) : first;
  for (const verdict of verdicts) {
    count(verdict.exempt !== undefined);
    saw(verdict.seen ?? []);
    for (const text of faultsOf(verdict)) fault(`${verdict.label}: ${verdict.status} ${text}`);
  }
};

/** Facts about what is asked. */
const ASKED = /^(?:route|query|header|cmdlet|parameter) /;

/** What the tool asked is held by itself. @param isCounted somebody counts it already */
const holdAsked = async (recorder: Recorder, request: Asked, asked: string | undefined, heard: Heard | undefined, isCounted: boolean): Promise<void> => {
  const { count, fault, odd, saw } = recorder;
  const [exchange] = await exchangesOf(request, asked, heard);
  for (const verdict of check(exchange, { odd, isOurs: true })) {
    if (!isCounted) count(verdict.exempt !== undefined);
    // What a test answers in the service's place exercises nothing.
    saw((verdict.seen ?? []).filter((fact) => ASKED.test(fact)));
    for (const text of verdict.asked) fault(`the tool asked ${verdict.label}: ${text}`);
  }
};

/** What another process kept of an exchange: see listen.cjs. */
export type Kept = {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly status: number;
  readonly answerHeaders: Readonly<Record<string, string>>;
  /** Missing when nobody could read it. */
  readonly answer?: string;
};

/** An exchange of another process, unless this one has had a part in it. */
export const heardElsewhere = (recorder: Recorder, kept: Kept): void => {
  const id = kept.headers["client-request-id"];
  const isCounted = id !== undefined && recorder.counted.has(id);
  if (isCounted && !isAskedApart(kept)) return;
  const heard: Heard = { status: kept.status, headers: new Headers(kept.answerHeaders), text: async () => kept.answer };
  const request = { method: kept.method, url: kept.url, headers: new Headers(kept.headers) };
  recorder.later(() => (isCounted ? holdAsked(recorder, request, kept.body, undefined, true) : keep(recorder, request, kept.body, heard, true)));
};

/** @param lost the header by which the tenant says that the connection breaks */
export const tappedTenant = (recorder: Recorder, app: Hono, lost: string): Hono => {
  const real = app.fetch;
  app.fetch = async (request, ...rest) => {
    const asked = request.body === null ? undefined : request.clone();
    const response = await real(request, ...rest);
    const heard = response.headers.has(lost) ? undefined : heardOf(response);
    const id = idOf(request);
    if (id !== undefined) recorder.counted.add(id);
    recorder.later(async () => keep(recorder, request, await asked?.text(), heard, false));
    return response;
  };
  return app;
};

/**
 * What leaves the tool is never wrong, whatever comes back: a refusal does not excuse it. Of a question that the tenant took, its
 * door has held every word already.
 */
export const tappedFetch =
  (recorder: Recorder, fetch: Fetch): Fetch =>
  async (request) => {
    const { later, counted } = recorder;
    const asked = request.body === null ? undefined : request.clone();
    const hear = (response: Response | undefined): void => {
      const id = idOf(request);
      const isCounted = id !== undefined && counted.has(id);
      if (isCounted && response !== undefined && response.status < 400 && !isAskedApart(request)) return;
      const heard = response === undefined || isCounted ? undefined : heardOf(response);
      later(async () => {
        await holdAsked(recorder, request, await asked?.text(), heard, isCounted);
      });
    };
    try {
      const response = await fetch(request);
      hear(response);
      return response;
    } catch (error) {
      hear(undefined);
      throw error;
    }
  };
