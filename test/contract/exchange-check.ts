/** One exchange with Exchange Online's admin interface against the table: what is asked. What is answered: exchange-answers.ts. */

import type { Exchange, Verdict } from "./check.ts";
import { type Answered, answerFaults, batchAnswerFaults, itemAnswers } from "./exchange-answers.ts";
import { exchangeTable, parameterNamed, type RouteName, type Seen, typeFault } from "./exchange-table.ts";
import { isObject } from "./values.ts";

export type ExchangeCheckOptions = {
  /** The tool asks: it keeps to more than the service wants. */
  readonly isOurs?: boolean;
};

/** What a socket adds by itself. */
const TRANSPORT = new Set(["accept-encoding", "accept-language", "connection", "content-length", "host", "sec-fetch-mode", "user-agent"]);

const TENANT = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z0-9-]+(?:\.[a-z0-9-]+)+)$/i;

const hostFaults = (origin: string | undefined): readonly string[] => {
  if (origin === undefined) return [];
  const { protocol, hostname } = new URL(origin);
  if (["127.0.0.1", "localhost", "[::1]"].includes(hostname)) return [];
  const isKnown = exchangeTable.hosts.some((host) => hostname === host || hostname.endsWith(`.${host}`));
  return isKnown && protocol === "https:" ? [] : [`${origin} is no host of Exchange Online`];
};

/** @param isInner an item of a batch, which has no socket of its own */
const headerFaults = (
  route: RouteName,
  headers: Readonly<Record<string, string>>,
  cmdlet: string | undefined,
  isOurs: boolean,
  seen: Seen,
): readonly string[] => {
  const { needs, ours, may } = exchangeTable.routes[route];
  const known = new Set([...needs, ...ours, ...may]);
  const wanted = isOurs ? [...needs, ...ours] : needs;
  return [
    ...wanted.flatMap((name) => (headers[name] === undefined ? [`no header ${name}`] : [])),
    ...Object.entries(headers).flatMap(([name, value]) => {
      // Whoever else asks may say it in another way, and the service need not mind.
      if (!known.has(name)) return !isOurs || TRANSPORT.has(name) ? [] : [`a header ${name}, which is not in the table`];
      if (exchangeTable.headers[name]?.test(value) !== true) return !isOurs || TRANSPORT.has(name) ? [] : [`${name} is ${JSON.stringify(value)}`];
      seen(`header ${route} ${name}`);
      return name === "x-cmdletname" && cmdlet !== undefined && value !== cmdlet ? [`${name} is ${value}, but the cmdlet is ${cmdlet}`] : [];
    }),
    ...(isOurs && route === "batch" && headers["prefer"] !== undefined && !headers["prefer"].includes("continue-on-error")
      ? ["a batch that ends at its first error"]
      : []),
  ];
};

const selectedOf = (query: URLSearchParams): readonly string[] | undefined => query.get("$select")?.split(",");

const queryFaults = (route: RouteName, query: URLSearchParams, row: string | undefined, seen: Seen): readonly string[] => [
  ...[...query.keys()].flatMap((name) => {
    if (!exchangeTable.routes[route].query.includes(name)) return [`nobody knows the query option ${name}`];
    seen(`query ${route} ${name}`);
    return [];
  }),
  ...(selectedOf(query) ?? []).flatMap((name) =>
    row !== undefined && exchangeTable.rows[row]?.[name] !== undefined ? [] : [`$select names ${name}, which ${row ?? "nothing"} does not have`],
  ),
  ...(query.get("Version") === null || /^\d+\.\d+\.\d+$/.test(query.get("Version") ?? "") ? [] : ["Version is none of the module"]),
];

const DONE_TO = /^(?:Set|Remove)-(?:CASMailbox|CASMailboxPlan|User|AuthenticationPolicy)$/;

/** Of everybody they tell nothing, or everything: the tool asks about one. */
const ASKED_OF_ONE = /^Get-(?:Mailbox|Recipient)Permission$/;

const parameterFaults = (cmdlet: string, parameters: Readonly<Record<string, unknown>>, isOurs: boolean, seen: Seen): readonly string[] => {
  const facts = exchangeTable.cmdlets[cmdlet];
  const given = Object.keys(parameters).map((name) => name.toLowerCase());
  const isWrite = /^Set-/.test(cmdlet);
  return [
    ...Object.entries(parameters).flatMap(([name, value]) => {
      const [known, type] = parameterNamed(cmdlet, name) ?? [];
      if (known === undefined || type === undefined) return [`${cmdlet} takes no ${name}`];
      seen(`parameter ${cmdlet}.${known}${value === null ? " null" : ""}`);
      if (isOurs && facts?.ours !== undefined && !facts.ours.includes(known)) return [`${cmdlet} is told ${known}, which the tool leaves alone`];
      // Nothing would mean everybody.
      if (isOurs && known === "Identity" && (value === null || value === "")) return [`${cmdlet} is given no identity`];
      return typeFault(value, type, `${cmdlet}.${known}`) ?? [];
    }),
    ...((DONE_TO.test(cmdlet) || (isOurs && ASKED_OF_ONE.test(cmdlet))) && !given.includes("identity") ? [`${cmdlet} is given no identity`] : []),
    // A null that was taken out on the way leaves nothing to set.
    ...(isWrite && given.every((name) => name === "identity" || name === "confirm") ? [`${cmdlet} sets nothing`] : []),
  ];
};

type Input = { readonly cmdlet: string | undefined; readonly parameters: Readonly<Record<string, unknown>> | undefined };

const inputOf = (body: unknown): Input => {
  const input = isObject(body) ? body["CmdletInput"] : undefined;
  const [cmdlet, parameters] = isObject(input) ? [input["CmdletName"], input["Parameters"]] : [undefined, undefined];
  return { cmdlet: typeof cmdlet === "string" ? cmdlet : undefined, parameters: isObject(parameters) ? parameters : undefined };
};

const inputFaults = (body: unknown, isOurs: boolean, seen: Seen): readonly string[] => {
  const { cmdlet, parameters } = inputOf(body);
  const input = isObject(body) ? body["CmdletInput"] : undefined;
  if (!isObject(body) || !isObject(input)) return ["the body has no CmdletInput"];
  const beside = [
    ...Object.keys(body).filter((name) => name !== "CmdletInput"),
    ...Object.keys(input).filter((name) => !/^(?:CmdletName|Parameters)$/.test(name)),
  ];
  if (beside.length > 0) return [`the body has ${beside.join(", ")}, which is no part of a cmdlet's input`];
  if (cmdlet === undefined) return ["CmdletInput has no CmdletName"];
  if (parameters === undefined) return [`${cmdlet} has no object of Parameters`];
  if (exchangeTable.cmdlets[cmdlet] === undefined) return [`nobody knows the cmdlet ${cmdlet}`];
  seen(`cmdlet ${cmdlet}`);
  return parameterFaults(cmdlet, parameters, isOurs, seen);
};

const routeOf = (path: string): { readonly name: RouteName; readonly version: string; readonly tenant: string } | undefined => {
  const [, version = "", tenant = "", what = ""] = /^\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  const names = ["invoke", "batch", "offered"] as const;
  const name = names.find((one) => exchangeTable.routes[one].what.toLowerCase() === what.replace("%24", "$").toLowerCase());
  return name === undefined ? undefined : { name, version, tenant };
};

/** @param route undefined: there is no such path */
const askedFaults = (exchange: Exchange, route: ReturnType<typeof routeOf>, name: RouteName, isOurs: boolean, seen: Seen): readonly string[] => {
  if (route === undefined) return [`there is no path /adminapi${exchange.path}`];
  const facts = exchangeTable.routes[name];
  const { cmdlet } = inputOf(exchange.body);
  const row = cmdlet === undefined ? undefined : exchangeTable.cmdlets[cmdlet]?.gives;
  seen(`route ${name}`);
  return [
    ...hostFaults(exchange.origin),
    ...(route.version.toLowerCase() === facts.version ? [] : [`${facts.what} is below ${facts.version} and not below ${route.version}`]),
    ...(TENANT.test(route.tenant) ? [] : [`${route.tenant} is no tenant`]),
    ...(exchange.method === facts.method ? [] : [`${facts.what} takes ${facts.method} and not ${exchange.method}`]),
    ...headerFaults(name, exchange.headers, name === "batch" ? undefined : cmdlet, isOurs, seen),
    ...(isOurs && exchange.headers["x-anchormailbox"]?.endsWith(`@${route.tenant}`) === false ? ["the anchor is in another tenant"] : []),
    ...queryFaults(name, new URLSearchParams(exchange.query), row, seen),
    ...(name === "invoke" || name === "item" ? inputFaults(exchange.body, isOurs, seen) : []),
  ];
};

// ---- batches

const ITEM_PARTS = ["body", "headers", "id", "method", "url"];
const MOST = 10;

const batchFaults = (requests: unknown): readonly string[] => {
  if (!Array.isArray(requests)) return ["a batch without requests"];
  const ids = requests.map((item) => (isObject(item) ? String(item["id"]).toLowerCase() : ""));
  return [
    ...(requests.length >= 1 && requests.length <= MOST ? [] : [`a batch of ${requests.length} requests`]),
    ...(new Set(ids).size === ids.length ? [] : ["an id stands twice in a batch"]),
    ...requests.flatMap((item, at) => {
      if (!isObject(item)) return [`requests[${at}] is no object`];
      const others = Object.keys(item).filter((name) => !ITEM_PARTS.includes(name));
      return [
        ...others.map((name) => `requests[${at}] has ${name}`),
        ...(typeof item["id"] === "string" && item["id"] !== "" ? [] : [`requests[${at}] has no id`]),
        ...(typeof item["url"] === "string" && URL.canParse(item["url"]) ? [] : [`requests[${at}] has no whole address`]),
      ];
    }),
  ];
};

const lowerNames = (headers: unknown): Readonly<Record<string, string>> =>
  isObject(headers) ? Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])) : {};

const itemOf = (item: Readonly<Record<string, unknown>>, batch: Exchange, own: Answered): Exchange => {
  const url = typeof item["url"] === "string" && URL.canParse(item["url"]) ? new URL(item["url"]) : undefined;
  const [, version = "", ...rest] = url?.pathname.split("/") ?? [];
  return {
    ...(url !== undefined && { origin: url.origin }),
    version,
    method: String(item["method"]).toUpperCase(),
    path: `/${rest.join("/")}`,
    query: url?.search.slice(1) ?? "",
    headers: lowerNames(item["headers"]),
    body: item["body"],
    status: own.status ?? batch.status,
    answer: own.answer,
    answerHeaders: own.headers,
  };
};

const oneOf = (exchange: Exchange, route: ReturnType<typeof routeOf>, name: RouteName, isOurs: boolean): Verdict => {
  const facts = new Set<string>();
  const seen: Seen = (fact) => void facts.add(fact);
  const { cmdlet } = inputOf(exchange.body);
  const asked = askedFaults(exchange, route, name, isOurs, seen);
  const selected = selectedOf(new URLSearchParams(exchange.query));
  const answered = answerFaults(exchange, { route: route === undefined ? undefined : name, cmdlet, selected }, seen);
  return {
    label: `${exchange.method} /${exchange.version}${exchange.path}${cmdlet === undefined ? "" : ` ${cmdlet}`}`,
    status: exchange.status,
    exempt: undefined,
    asked,
    answered,
    seen: [...facts],
  };
};

/** @returns one verdict, or for a batch one for the whole and one for each of its items */
export const checkExchange = (exchange: Exchange, { isOurs = false }: ExchangeCheckOptions = {}): readonly Verdict[] => {
  const route = routeOf(exchange.path);
  if (route?.name !== "batch") return [oneOf(exchange, route, route?.name ?? "invoke", isOurs)];
  const requests = isObject(exchange.body) ? exchange.body["requests"] : undefined;
  const items = Array.isArray(requests) ? requests.filter(isObject) : [];
  const facts = new Set<string>();
  const seen: Seen = (fact) => void facts.add(fact);
  const answered = batchAnswerFaults(
    exchange,
    items.map((item) => String(item["id"])),
    seen,
  );
  const whole: Verdict = {
    label: "POST /adminapi/$batch",
    status: exchange.status,
    exempt: undefined,
    asked: [...askedFaults(exchange, route, "batch", isOurs, seen), ...batchFaults(requests)],
    answered,
    seen: [...facts],
  };
  const answers = itemAnswers(exchange);
  const inner = items.map((item) => {
    const own = itemOf(item, exchange, answers(String(item["id"])));
    const itemRoute = own.version === "adminapi" ? routeOf(own.path) : undefined;
    return oneOf(own, itemRoute?.name === "invoke" ? itemRoute : undefined, "item", isOurs);
  });
  return [whole, ...inner];
};
