/** One request to the service, alone or as part of a batch: fault, route, limit, permission, answer. */

import type { TenantClock } from "./clock.ts";
import { type Call, checkOptions, type Method } from "./context.ts";
import type { FaultEffect } from "./dials.ts";
import { type Download, downloadOf } from "./download.ts";
import { faultFor } from "./faults.ts";
import type { Json, WireObject } from "./fill.ts";
import { matcherOf, segmentsOf } from "./match.ts";
import { dressed } from "./metadata.ts";
import { queryOf } from "./odata.ts";
import { denied, notBuilt, Refusal, unsupportedQuery } from "./refusal.ts";
import { routes } from "./routes/index.ts";
import { carryOutSchedule } from "./rules/managed-policies.ts";
import type { Store } from "./store.ts";
import { createThrottle } from "./throttle.ts";

export type Body = { readonly type: "none" } | { readonly type: "json"; readonly value: Json } | { readonly type: "unreadable" };

export type Incoming = {
  readonly method: string;
  readonly version: "v1.0" | "beta";
  /** Path and query below the version, byte for byte. */
  readonly target: string;
  /** Origin and version. */
  readonly root: string;
  readonly header: (name: string) => string | undefined;
  readonly body: Body;
  readonly requestId: string;
  readonly clientRequestId: string;
};

export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: WireObject;
  readonly text?: string;
  /** Instead of both: a file, line by line, as it is fetched. */
  readonly lines?: Iterable<string>;
};

/** What comes back over the line. What spoils a part of a batch spoils the whole of it. */
export type Outcome =
  | { readonly type: "reply"; readonly reply: Reply }
  /** The text of the reply ends in the middle. */
  | { readonly type: "cut"; readonly reply: Reply }
  /** Something between the client and the service answered. */
  | { readonly type: "html"; readonly status: number }
  /** The connection was lost. */
  | { readonly type: "drop" };

export type Dispatch = (incoming: Incoming) => Promise<Outcome>;

export type Dispatcher = {
  readonly dispatch: Dispatch;
  /** Does the work of a request as the dials for faults have it: not at all, with its answer lost, late. */
  readonly around: (incoming: Incoming, work: () => Promise<Outcome>) => Promise<Outcome>;
  /** What lies ready outside of Graph. */
  readonly download: (key: string, withToken: boolean) => Download;
};

/** Graph's envelope for errors. */
export const refusalReply = (refusal: Refusal, incoming: Pick<Incoming, "requestId" | "clientRequestId">, now: number): Reply => ({
  status: refusal.status,
  headers: refusal.headers,
  body: {
    error: {
      code: refusal.code,
      message: refusal.message,
      ...(refusal.details === undefined ? {} : { details: refusal.details.map((detail) => ({ ...detail })) }),
      innerError: { date: new Date(now).toISOString().slice(0, 19), "request-id": incoming.requestId, "client-request-id": incoming.clientRequestId },
    },
  },
});

const USUAL_CODES: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "InvalidAuthenticationToken",
  403: "Authorization_RequestDenied",
  404: "Request_ResourceNotFound",
  429: "TooManyRequests",
  503: "serviceNotAvailable",
};

const refusalOf = (effect: FaultEffect & { readonly type: "status" }): Refusal =>
  new Refusal(effect.status, effect.code ?? USUAL_CODES[effect.status] ?? "UnknownError", effect.message ?? "The practice tenant was told to fail here.", {
    headers: effect.headers ?? {},
  });

const METHODS: ReadonlySet<string> = new Set<Method>(["GET", "POST", "PATCH", "PUT", "DELETE"]);
const isMethod = (text: string): text is Method => METHODS.has(text);

const match = matcherOf(routes);

export const createDispatch = (store: Store, clock: Pick<TenantClock, "sleep">): Dispatcher => {
  const throttle = createThrottle(store);

  const may = (permission: string): boolean => {
    const { permissions } = store.dials;
    return permissions === "all" || permission.split("+").every((part) => permissions.includes(part));
  };

  const answer = (incoming: Incoming): Reply => {
    carryOutSchedule(store);
    const question = incoming.target.indexOf("?");
    const path = question < 0 ? incoming.target : incoming.target.slice(0, question);
    const segments = segmentsOf(path);
    const found = segments === undefined ? undefined : match(incoming.method, incoming.version, segments);
    if (segments === undefined || found === undefined || !isMethod(incoming.method)) throw notBuilt(`route ${incoming.method} /${incoming.version}${path}`);
    const { route, parameters } = found;
    const query = queryOf(new URLSearchParams(question < 0 ? "" : incoming.target.slice(question + 1)));
    const headers = throttle.take(route, query);
    if (!route.permissions.some(may)) throw route.denied?.() ?? denied();
    checkOptions(query, route.options);
    if (route.bucket === "directory" && query.get("count")?.toLowerCase() === "true" && incoming.header("ConsistencyLevel")?.toLowerCase() !== "eventual") {
      throw unsupportedQuery("$count is not currently supported.");
    }
    if (incoming.body.type === "unreadable" && incoming.method !== "GET") {
      throw new Refusal(
        400,
        "BadRequest",
        "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
      );
    }
    const call: Call = {
      store,
      now: store.now,
      version: incoming.version,
      method: incoming.method,
      path: `/${segments.join("/")}`,
      parameter: (name) => {
        const value = parameters.get(name);
        if (value === undefined) throw new RangeError(`the route ${route.path} has no {${name}}`);
        return value;
      },
      query,
      header: incoming.header,
      body: incoming.body.type === "json" ? incoming.body.value : undefined,
      root: incoming.root,
      target: incoming.target,
      may,
    };
    const { headers: more, body, ...rest } = route.handle(call);
    if (body === undefined) return { ...rest, headers: { ...headers, ...more } };
    const shown = dressed(body, incoming.header("Accept"), query.get("format"), incoming.root);
    return { ...rest, headers: { ...headers, ...more, ...shown.headers }, body: shown.body };
  };

  const reply = (incoming: Incoming): Reply => {
    try {
      return answer(incoming);
    } catch (error) {
      if (error instanceof Refusal) return refusalReply(error, incoming, store.now);
      throw error;
    }
  };

  const around: Dispatcher["around"] = async (incoming, work) => {
    const effect = faultFor(store, incoming.method, incoming.target);
    switch (effect?.type) {
      case undefined:
      case "aside":
        return work();
      case "status":
        return { type: "reply", reply: refusalReply(refusalOf(effect), incoming, store.now) };
      case "drop-before":
        return { type: "drop" };
      case "drop-after":
        await work();
        return { type: "drop" };
      case "delay":
        await clock.sleep(effect.ms);
        return work();
      case "partial-page": {
        const outcome = await work();
        return outcome.type === "reply" ? { type: "cut", reply: outcome.reply } : outcome;
      }
      case "html":
        return { type: "html", status: effect.status };
    }
  };

  return {
    around,
    download: (key, withToken) => downloadOf(store, key, withToken),
    dispatch: (incoming) => around(incoming, async () => ({ type: "reply", reply: reply(incoming) })),
  };
};
