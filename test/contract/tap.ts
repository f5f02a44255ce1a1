/** Listens in on the practice tenant's front door and on the client's way out. */

import type { Hono } from "hono";
import type { Fetch } from "../../src/runtime.ts";
import { type Answer, check, type Exchange, faultsOf } from "./check.ts";
import type { Recorder } from "./recorder.ts";
import { isObject, objectFaults } from "./values.ts";

/** Ids of what this file's tests arranged although the table does not allow it. */
const odd = new Set<string>();

/** Questions that the practice tenant's door has seen: they are not counted again where they left the client. */
const counted = new Set<string>();

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
const noteArranged = (body: unknown): void => {
  const put = isObject(body) ? body["put"] : undefined;
  for (const one of Array.isArray(put) ? put.filter(isObject) : []) {
    const { collection, object } = one;
    const type = typeof collection === "string" ? ARRANGED[collection] : undefined;
    if (!isObject(object) || typeof object["id"] !== "string") continue;
    if (type === undefined || objectFaults(object, type, STRICT, "").length > 0) odd.add(object["id"].toLowerCase());
  }
};

const parsed = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
};

const answerOf = async (response: Response | undefined): Promise<Answer> => {
  if (response === undefined) return { type: "spoilt" };
  const sort = response.headers.get("content-type") ?? "";
  const text = await response.text().catch(() => undefined);
  if (text === undefined) return { type: "spoilt" };
  if (text === "") return { type: "none" };
  if (sort.startsWith("text/plain")) return { type: "text", text };
  const body = parsed(text);
  return body === undefined || sort.startsWith("text/html") ? { type: "spoilt" } : { type: "json", body: body.value };
};

const exchangeOf = async (
  request: Pick<Request, "method" | "url" | "headers">,
  asked: Pick<Response, "text"> | undefined,
  response: Response | undefined,
): Promise<Exchange> => {
  const url = new URL(request.url);
  const [, version = "", ...rest] = url.pathname.split("/");
  const text = (await asked?.text()) ?? "";
  return {
    version,
    method: request.method.toUpperCase(),
    path: rest.length === 0 ? "" : `/${rest.join("/")}`,
    query: url.search.slice(1),
    headers: Object.fromEntries(request.headers),
    // What is no JSON is no body that anybody could read.
    body: text === "" ? undefined : (parsed(text)?.value ?? text),
    status: response?.status ?? 0,
    answer: await answerOf(response),
  };
};

const idOf = (request: Request): string | undefined => request.headers.get("client-request-id") ?? undefined;

const keep = ({ count, fault }: Recorder, exchange: Exchange): void => {
  if (exchange.version === "_practice" && exchange.path === "/objects") noteArranged(exchange.body);
  for (const verdict of check(exchange, { odd })) {
    count(verdict.exempt !== undefined);
    for (const text of faultsOf(verdict)) fault(`${verdict.label}: ${verdict.status} ${text}`);
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
  readonly answer: string;
};

/** An exchange of another process, unless this one has had a part in it. */
export const heardElsewhere = (recorder: Recorder, kept: Kept): void => {
  const id = kept.headers["client-request-id"];
  if (id !== undefined && counted.has(id)) return;
  recorder.later(async () => {
    const asked = kept.body === "" ? undefined : new Response(kept.body);
    const answer = kept.answer === "" ? null : kept.answer;
    const response = new Response(answer, { status: kept.status, headers: kept.answerHeaders });
    keep(recorder, await exchangeOf({ method: kept.method, url: kept.url, headers: new Headers(kept.headers) }, asked, response));
  });
};

/** @param lost the header by which the tenant says that the connection breaks */
export const tappedTenant = (recorder: Recorder, app: Hono, lost: string): Hono => {
  const real = app.fetch;
  app.fetch = async (request, ...rest) => {
    const asked = request.body === null ? undefined : request.clone();
    const response = await real(request, ...rest);
    const heard = response.headers.has(lost) ? undefined : response.clone();
    const id = idOf(request);
    if (id !== undefined) counted.add(id);
    recorder.later(async () => keep(recorder, await exchangeOf(request, asked, heard)));
    return response;
  };
  return app;
};

/** What leaves the tool is never wrong, whatever comes back: a refusal does not excuse it. */
export const tappedFetch =
  ({ later, count, fault }: Recorder, fetch: Fetch): Fetch =>
  async (request) => {
    const asked = request.body === null ? undefined : request.clone();
    const hear = (response: Response | undefined): void => {
      const heard = response?.clone();
      const id = idOf(request);
      later(async () => {
        const isCounted = id !== undefined && counted.has(id);
        for (const verdict of check(await exchangeOf(request, asked, isCounted ? undefined : heard), { odd })) {
          if (!isCounted) count(verdict.exempt !== undefined);
          for (const text of verdict.asked) fault(`the tool asked ${verdict.label}: ${text}`);
        }
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
