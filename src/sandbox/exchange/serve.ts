/**
 * Exchange Online's admin interface: one cmdlet a request, or ten in a batch (exchange/reference: REST calls behind the V3 module; no
 * contract is published, so what stands here is what clients that work with it send and get).
 */

import { createHash } from "node:crypto";
import type { FaultEffect } from "../dials.ts";
import { faultFor } from "../faults.ts";
import type { Json, WireObject } from "../fill.ts";
import { isObject } from "../odata.ts";
import type { Store } from "../store.ts";
import { NOTHING, type Output } from "./cmdlet.ts";
import { type Input, inputOf, offered, run } from "./cmdlets.ts";
import { SERVER } from "./defaults.ts";
import { multipart } from "./multipart.ts";
import { crowded, invalid, json, noGrant, noRole, passing, Trouble, type TroubleBody, thrown, tooMany } from "./trouble.ts";

export type ExchangeRequest = {
  readonly method: string;
  readonly origin: string;
  /** Path and query. */
  readonly target: string;
  readonly header: (name: string) => string | undefined;
  readonly body: Json | undefined;
  readonly requestId: string;
};

export type ExchangeReply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: TroubleBody | undefined;
};

/** A part of a batch, as it is noted. */
export type ExchangePart = { readonly method: string; readonly path: string; readonly status: number };

export type ExchangeOutcome = { readonly reply: ExchangeReply | "drop"; readonly parts: readonly ExchangePart[] };

const PAGE = 1000;
const MOST_IN_A_BATCH = 10;
/** How long the address of a page is good for. */
const PAGES_MS = 30 * 60_000;
const MORE = "There are more results available than are currently displayed. To view them, increase the value for the ResultSize parameter.";

const TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

type Aside = { readonly errors: readonly string[]; readonly warnings: readonly string[] };
const QUIET: Aside = { errors: [], warnings: [] };

/** What did not stop the cmdlet is told as an object in a text. */
const toldError = (message: string): string =>
  JSON.stringify({ ClassName: "Microsoft.Exchange.Configuration.Tasks.TaskException", Message: message, localizedString: { stringId: "Ex1A2B3C" } });

const UNAUTHORIZED: { readonly reply: ExchangeReply; readonly name: string } = { reply: { status: 401, headers: {}, body: undefined }, name: "" };

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The pages stand on the server to which the first one led. */
const tokenOf = (place: number, now: number, anchor: string): string =>
  Buffer.from(JSON.stringify({ place, now, on: digest(anchor).slice(0, 8) })).toString("base64url");

const placeOf = (token: string, now: number, anchor: string): number => {
  const expired = invalid("Expired or Invalid pagination request. Default Expiry time is 00:30:00");
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
  } catch {
    throw expired;
  }
  if (typeof value !== "object" || value === null || !("place" in value) || !("now" in value) || !("on" in value)) throw expired;
  const { place, now: made, on } = value;
  if (typeof place !== "number" || typeof made !== "number" || now - made > PAGES_MS || on !== digest(anchor).slice(0, 8)) throw expired;
  return place;
};

const pageSizeOf = (header: ExchangeRequest["header"]): number => {
  const size = Number(/odata\.maxpagesize=(\d+)/i.exec(header("prefer") ?? "")?.[1] ?? PAGE);
  return Math.max(1, Math.min(PAGE, size));
};

/** What a `$select` keeps, by the name of a property: a page asks for the same forty a thousand times. */
const keeperOf = (names: readonly string[]): ((key: string) => boolean) => {
  const kept = new Map<string, boolean>();
  return (key) => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const isKept = names.includes((key.split("@")[0] ?? key).toLowerCase());
    kept.set(key, isKept);
    return isKept;
  };
};

const selected = (row: WireObject, keeps: ((key: string) => boolean) | undefined): WireObject => {
  if (keeps === undefined) return row;
  const picked: Record<string, Json> = {};
  for (const key in row) {
    const value = row[key];
    if (value !== undefined && keeps(key)) picked[key] = value;
  }
  return picked;
};

/** Where a request goes: cmdlets, a batch of them, or what is offered. */
const ROUTE = /^\/adminapi\/(beta|v1\.0)\/([^/?]+)\/(InvokeCommand|\$batch|%24batch|EXOModuleFile)(?:\?(.*))?$/i;

/** The anchor may be missing; then each page may land on another server. */
const anchorOf = (header: ExchangeRequest["header"], requestId: string): string => header("x-anchormailbox") ?? requestId;

/** What went well and has nothing to say comes now and then with nothing in it. */
const itemBody = ({ status, body }: ExchangeReply, seed: string): { readonly body?: Json } => {
  if (body === undefined || body.type === "nul") return {};
  if (body.type === "text") return { body: body.text };
  const { value, "@adminapi.warnings": warnings, "@adminapi.errors": errors } = body.json;
  const isSilent = status === 200 && [value, warnings].every((list) => Array.isArray(list) && list.length === 0) && errors === undefined;
  return { body: isSilent && digest(`${seed} silence`) < "4" ? {} : body.json };
};

export const createExchange = (store: Store): ((request: ExchangeRequest) => ExchangeOutcome) => {
  let calls = 0;

  /** Both grants, neither of which works alone. @throws Trouble */
  const checkGrants = (): void => {
    const { exchangeGrants } = store.dials;
    if (exchangeGrants === "none") throw noGrant();
    if (exchangeGrants === "permission-only") throw noRole();
  };

  /** A share of the calls fails, spread the same way every time. @throws Trouble */
  const stumble = (): void => {
    const { exchangeStumbles } = store.dials;
    if (exchangeStumbles === undefined) return;
    calls += 1;
    const roll = Number.parseInt(digest(`${store.fill.seed} stumble ${store.now} ${calls}`).slice(0, 8), 16) % 100;
    if (roll >= exchangeStumbles.percent) return;
    const ways = {
      crowded,
      throttled: () => tooMany(undefined),
      "throttled-for": () => tooMany(7),
      transient: passing,
      unavailable: () => new Trouble(503, undefined),
    };
    throw ways[exchangeStumbles.as]();
  };

  /** What comes instead of anything that was done. */
  const insteadOf = (effect: FaultEffect | undefined): ExchangeReply | "drop" | undefined => {
    switch (effect?.type) {
      case "status": {
        const code = effect.status === 404 ? "NotFound" : "BadRequest";
        const body = effect.message === undefined ? undefined : thrown(effect.status, code, "", effect.code ?? "System.Exception", effect.message).body;
        return { status: effect.status, headers: effect.headers ?? {}, body };
      }
      case "html":
        return {
          status: effect.status,
          headers: { "Content-Type": "text/html" },
          body: { type: "text", text: "<html><body>The proxy could not reach the server</body></html>" },
        };
      case "drop-before":
        return "drop";
      case "delay":
        throw new Error("the practice tenant's Exchange knows no delays");
      default:
        return undefined;
    }
  };

  /** What becomes of an answer on its way. */
  const spoilt = (effect: FaultEffect | undefined, reply: ExchangeReply | "drop"): ExchangeReply | "drop" => {
    if (effect?.type === "drop-after") return "drop";
    if (effect?.type !== "partial-page" || reply === "drop" || reply.body?.type !== "json") return reply;
    const text = JSON.stringify(reply.body.json);
    return { ...reply, body: { type: "text", text: text.slice(0, Math.floor(text.length / 2)) } };
  };

  const paged = (request: ExchangeRequest, root: string, output: Output, query: URLSearchParams, aside: Aside): ExchangeReply => {
    const anchor = anchorOf(request.header, request.requestId);
    const token = query.get("$skiptoken");
    const after = token === null ? -1 : placeOf(token, store.now, anchor);
    const size = pageSizeOf(request.header);
    const names = query
      .get("$select")
      ?.split(",")
      .map((name) => name.trim().toLowerCase());
    const keeps = names === undefined ? undefined : keeperOf(names);
    const value: WireObject[] = [];
    let last = after;
    let more = false;
    for (const { place, row } of output.rows(after)) {
      if (value.length === size) {
        more = true;
        break;
      }
      value.push(selected(row, keeps));
      last = place;
    }
    const select = query.get("$select");
    const next = `${root}/InvokeCommand?${select === null ? "" : `$select=${select}&`}%24skiptoken=${tokenOf(last, store.now, anchor)}`;
    return {
      status: 200,
      headers: { "Content-Type": TYPE, "X-CalculatedBETarget": SERVER },
      body: json({
        "@odata.context": `${root}/$metadata#Collection(Exchange.GenericHashTable)`,
        "adminapi.warnings@odata.type": "#Collection(String)",
        "@adminapi.warnings": [...(more ? [MORE] : []), ...output.warnings, ...aside.warnings],
        ...(more && { "@odata.nextLink": next }),
        ...(aside.errors.length > 0 && { "@adminapi.errors": aside.errors.map(toldError) }),
        value,
      }),
    };
  };

  const invoke = (request: ExchangeRequest, root: string, queryText: string): { readonly reply: ExchangeReply | "drop"; readonly name: string } => {
    let input: Input = { name: "", parameters: {} };
    try {
      checkGrants();
      input = inputOf(request.body);
      const effect = faultFor(store, "POST", `/adminapi/InvokeCommand/${input.name}/${String(input.parameters["Identity"] ?? "")}`);
      const instead = insteadOf(effect);
      if (instead !== undefined) return { reply: instead, name: input.name };
      stumble();
      const aside = effect?.type === "aside" ? effect : QUIET;
      const output = aside.errors.length > 0 ? NOTHING : run(store, input);
      return { reply: spoilt(effect, paged(request, root, output, new URLSearchParams(queryText), aside)), name: input.name };
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      return { reply: { status: error.status, headers: error.headers, body: error.body }, name: input.name };
    }
  };

  const batch = (request: ExchangeRequest, root: string): ExchangeOutcome => {
    const requests = isObject(request.body) ? request.body["requests"] : undefined;
    const refused = ({ status, headers, body }: Trouble): ExchangeOutcome => ({ reply: { status, headers, body }, parts: [] });
    // Who may not come in at all is told so at the door; what the role offers is each cmdlet's own affair.
    if (store.dials.exchangeGrants === "none") return refused(noGrant());
    if (!Array.isArray(requests) || requests.length === 0 || requests.length > MOST_IN_A_BATCH) {
      return refused(invalid(`A batch holds 1 to ${MOST_IN_A_BATCH} requests.`));
    }
    const ids = requests.map((item) => (isObject(item) ? item["id"] : undefined));
    if (!ids.every((id) => typeof id === "string" && id !== "") || new Set(ids).size < ids.length) {
      return refused(invalid("Each request of a batch has an id of its own."));
    }
    const parts: ExchangePart[] = [];
    const responses: WireObject[] = [];
    for (const item of requests) {
      if (!isObject(item)) continue;
      const { id, url, headers, body }: WireObject = item;
      const own = isObject(headers) ? headers : {};
      const header = (name: string): string | undefined => {
        const value = Object.entries(own).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
        return typeof value === "string" ? value : undefined;
      };
      // An item without a token of its own is nobody's.
      const isOurs = typeof url === "string" && url.startsWith(`${root}/InvokeCommand`) && header("authorization") === request.header("authorization");
      const { reply, name } = isOurs
        ? invoke({ ...request, header, body: body ?? undefined, requestId: `${request.requestId} ${String(id)}` }, root, String(url).split("?", 2)[1] ?? "")
        : UNAUTHORIZED;
      const status = reply === "drop" ? 0 : reply.status;
      parts.push({ method: "POST", path: `/adminapi/beta/InvokeCommand/${name}`, status });
      if (reply === "drop") return { reply: "drop", parts };
      responses.push({
        id: id ?? "",
        status: reply.status,
        headers: { ...reply.headers },
        ...itemBody(reply, `${request.requestId} ${String(id)}`),
      });
    }
    // The service answers in any order; this one mixes it on purpose.
    const rank = (response: WireObject): string => digest(`${request.requestId} ${String(response["id"])}`);
    const mixed = [...responses].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
    // Who does not ask for JSON gets the parts one after the other, as lines of HTTP.
    const isJson = /application\/json/i.test(request.header("accept") ?? "");
    const reply: ExchangeReply = isJson
      ? { status: 200, headers: { "Content-Type": "application/json" }, body: json({ responses: mixed }) }
      : { status: 200, ...multipart(mixed, request.requestId) };
    return { reply, parts };
  };

  return (request) => {
    const found = ROUTE.exec(request.target);
    const [, version = "", tenant = "", what = "", query = ""] = found ?? [];
    const { id, verifiedDomains } = store.fill.tenant;
    const isTenant = tenant.toLowerCase() === id.toLowerCase() || verifiedDomains.some(({ name }) => name.toLowerCase() === tenant.toLowerCase());
    const root = `${request.origin}/adminapi/${version}/${tenant}`;
    const only = (reply: ExchangeReply | "drop"): ExchangeOutcome => ({ reply, parts: [] });
    if (found === null || !isTenant) return only({ status: 404, headers: {}, body: undefined });
    if (/^EXOModuleFile$/i.test(what)) {
      if (request.method !== "GET" || version.toLowerCase() !== "v1.0") return only({ status: 405, headers: {}, body: undefined });
      try {
        checkGrants();
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
        return only({ status: error.status, headers: error.headers, body: error.body });
      }
      return only({
        status: 200,
        headers: { "Content-Type": TYPE },
        body: json({ "@odata.context": `${root}/$metadata#EXOModuleFile`, value: [{ exportedCmdlets: offered(store).join(",") }] }),
      });
    }
    // Only beta has it.
    if (request.method !== "POST" || version.toLowerCase() !== "beta") return only({ status: 405, headers: {}, body: undefined });
    if (/batch$/i.test(what)) {
      const effect = faultFor(store, "POST", "/adminapi/$batch");
      const instead = insteadOf(effect);
      if (instead !== undefined) return only(instead);
      const { reply, parts } = batch(request, root);
      return { reply: spoilt(effect, reply), parts };
    }
    return only(invoke(request, root, query).reply);
  };
};
