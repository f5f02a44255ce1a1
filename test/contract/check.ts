/** One exchange with Graph against the table, both ways. */

import { checkExchange } from "./exchange-check.ts";
import { exemptionOf } from "./exempt.ts";
import { queryFaults } from "./query.ts";
import { type Found, refOf, routeOf } from "./table.ts";
import { isObject, objectFaults, sampleOf, valueFaults, type Way } from "./values.ts";

export type Answer =
  | { readonly type: "json"; readonly body: unknown }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "none" }
  /** Nobody got to read what the service said. */
  | { readonly type: "spoilt" };

export type Exchange = {
  /** The first segment of the path: `v1.0`, `beta`, `_practice`. */
  readonly version: string;
  readonly method: string;
  /** Below the version, without the query, as it went over the line. */
  readonly path: string;
  /** Behind the question mark; empty when there is none. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined when there was none. */
  readonly body: unknown;
  readonly status: number;
  readonly answer: Answer;
  /** Names in lower case. */
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /** Scheme, host and port. */
  readonly origin?: string;
};

export type Verdict = {
  /** Method and path, for people. */
  readonly label: string;
  /** 0 when nobody heard how it ended. */
  readonly status: number;
  /** Why it was not held. */
  readonly exempt: string | undefined;
  /** What is wrong with the question. A service refuses such a one: whoever refuses it is right. */
  readonly asked: readonly string[];
  readonly answered: readonly string[];
  /** Facts about Exchange that it exercised, by name. */
  readonly seen?: readonly string[];
};

export type CheckOptions = {
  /** Objects that a test put into its tenant although the table does not allow them: what the service may give years from now. */
  readonly odd?: ReadonlySet<string>;
  /** The tool asks, and not a test by itself: of Exchange it asks for less than it might, and says more. */
  readonly isOurs?: boolean;
};

/** Set by the service: facts, section 7.2, and the reference page of each. Not in the metadata, which marks none of them. */
const SET_BY_SERVICE: Readonly<Record<string, readonly string[]>> = {
  conditionalAccessPolicy: ["createdDateTime", "deletedDateTime", "id", "modifiedDateTime", "templateId"],
  namedLocation: ["createdDateTime", "deletedDateTime", "id", "modifiedDateTime"],
  group: ["createdDateTime", "deletedDateTime", "id", "onPremisesSyncEnabled"],
  user: ["createdDateTime", "deletedDateTime", "id", "signInActivity"],
  identitySecurityDefaultsEnforcementPolicy: ["id"],
};

const wayOf = (exchange: Exchange, isAnswer: boolean): Way => ({
  isAnswer,
  knowsNewWords: /include-unknown-enum-members/i.test(exchange.headers["prefer"] ?? ""),
  isTypeless: /odata\.metadata=none/i.test(exchange.headers["accept"] ?? ""),
});

const setByServiceFaults = (body: unknown, type: string): readonly string[] => {
  const names = new Set((SET_BY_SERVICE[type] ?? []).map((name) => name.toLowerCase()));
  return isObject(body)
    ? Object.keys(body)
        .filter((name) => names.has(name.toLowerCase()))
        .map((name) => `the body has ${name}, which only the service sets`)
    : [];
};

const writtenFaults = (exchange: Exchange, type: string): readonly string[] => {
  if (exchange.body === undefined) return [`${exchange.method} without a body`];
  return [...objectFaults(exchange.body, type, wayOf(exchange, false), "the body"), ...setByServiceFaults(exchange.body, type)];
};

const referenceFaults = (body: unknown): readonly string[] => {
  const link = isObject(body) ? body["@odata.id"] : undefined;
  const isLink = typeof link === "string" && /\/(?:directoryObjects|users|groups)\/[^/]+$/i.test(link);
  const others = isObject(body) ? Object.keys(body).filter((name) => name !== "@odata.id") : [];
  return [...(isLink ? [] : ["the body has no @odata.id with the address of an object"]), ...others.map((name) => `the body has ${name} beside its @odata.id`)];
};

const parameterFaults = (exchange: Exchange, takes: Readonly<Record<string, string>>): readonly string[] => {
  if (exchange.body === undefined) return [];
  if (!isObject(exchange.body)) return ["the body is no object"];
  const known = new Map(Object.entries(takes).map(([name, type]) => [name.toLowerCase(), type]));
  return Object.entries(exchange.body).flatMap(([name, value]) => {
    const type = known.get(name.toLowerCase());
    return type === undefined
      ? [`the body has ${name}, which the action does not take`]
      : valueFaults(value, refOf(type), wayOf(exchange, false), `the body.${name}`);
  });
};

/** The four that each report's page names. */
const PERIOD = /\(period=(?:'|%27)D(?:7|30|90|180)(?:'|%27)\)$/;

const askedFaults = (exchange: Exchange, found: Found | undefined): readonly string[] => {
  if (found === undefined) return [`there is no path ${exchange.path}`];
  const { route, path } = found;
  if (route.methods[exchange.method] === undefined) return [`${path} does not take ${exchange.method}`];
  const given = refOf(route.gives ?? "").name;
  const parent = route.sort === "count" ? refOf(routeOf(path.replace(/\/\$count$/, ""))?.route.gives ?? "").name : given;
  const query = queryFaults(exchange.query, parent);
  if (route.sort === "file") return [...query, ...(PERIOD.test(exchange.path) ? [] : ["the report is of no period that there is"])];
  if (exchange.method === "GET" || exchange.method === "DELETE") return query;
  if (route.sort === "reference") return [...query, ...referenceFaults(exchange.body)];
  if (route.sort === "action") return [...query, ...parameterFaults(exchange, route.takes ?? {})];
  return [...query, ...writtenFaults(exchange, given)];
};

const ERROR_PARTS = new Set(["code", "message", "innererror", "details", "target"]);

const detailFaults = (detail: unknown, at: string): readonly string[] =>
  isObject(detail) && typeof detail["code"] === "string" && typeof detail["message"] === "string" ? [] : [`${at} has no code and message`];

const errorFaults = (answer: Answer): readonly string[] => {
  if (answer.type !== "json") return ["an error that is no JSON"];
  const error = isObject(answer.body) ? answer.body["error"] : undefined;
  if (!isObject(answer.body) || !isObject(error)) return ["an error without an object called error"];
  const { code, message, details } = error;
  const inner = error["innerError"] ?? error["innererror"];
  return [
    ...Object.keys(answer.body).flatMap((name) => (name === "error" ? [] : [`the answer has ${name} beside its error`])),
    ...Object.keys(error).flatMap((name) => (ERROR_PARTS.has(name.toLowerCase()) ? [] : [`error has ${name}`])),
    ...(typeof code === "string" ? [] : ["error has no code"]),
    ...(typeof message === "string" ? [] : ["error has no message"]),
    ...(details === undefined
      ? []
      : Array.isArray(details)
        ? details.flatMap((one, at) => detailFaults(one, `error.details[${at}]`))
        : ["error.details is no list"]),
    ...(inner === undefined || isObject(inner) ? [] : ["error.innerError is no object"]),
  ];
};

const LIST_PARTS = /^@odata\.(?:context|nextLink|deltaLink|count|type)$/;

const listFaults = (body: unknown, type: string, way: Way, odd: ReadonlySet<string>): readonly string[] => {
  if (!isObject(body)) return ["a list that is no object"];
  const { value } = body;
  const count = body["@odata.count"];
  const others = Object.keys(body).filter((name) => name !== "value" && !LIST_PARTS.test(name));
  return [
    ...others.map((name) => `a list with ${name} beside its value`),
    ...(count === undefined || Number.isInteger(count) ? [] : ["@odata.count is no number"]),
    ...(body["@odata.nextLink"] === undefined || typeof body["@odata.nextLink"] === "string" ? [] : ["@odata.nextLink is no address"]),
    ...(Array.isArray(value)
      ? sampleOf(value).flatMap(([index, item]) =>
          isObject(item) && typeof item["id"] === "string" && odd.has(item["id"].toLowerCase())
            ? []
            : valueFaults(item, { name: type, isList: false, isOptional: false }, way, `value[${index}]`),
        )
      : ["a list without value"]),
  ];
};

const bodyFaults = (exchange: Exchange, found: Found, odd: ReadonlySet<string>): readonly string[] => {
  const { answer } = exchange;
  const { sort, gives } = found.route;
  if (sort === "count") return answer.type === "text" && /^\d+$/.test(answer.text) ? [] : ["a number of objects comes as plain text"];
  if (answer.type !== "json") return [`a ${exchange.status} that is no JSON`];
  const type = refOf(gives ?? "");
  const way = wayOf(exchange, true);
  // What a POST to a list makes is one object of it.
  if (type.isList && !(sort === "list" && exchange.method === "POST")) return listFaults(answer.body, type.name, way, odd);
  if (sort === "value") {
    return isObject(answer.body) ? valueFaults(answer.body["value"], type, way, "value") : ["an answer that is no object"];
  }
  if (gives === "Boolean" || gives === "String") {
    return isObject(answer.body) ? valueFaults(answer.body["value"], type, way, "value") : ["an answer that is no object"];
  }
  const id = isObject(answer.body) ? answer.body["id"] : undefined;
  return typeof id === "string" && odd.has(id.toLowerCase()) ? [] : objectFaults(answer.body, type.name, way, "the answer");
};

/** Which of the good ends a method has. @see facts, section 7: each route's own */
const endsOf = (method: string, { sort, gives }: Found["route"]): readonly number[] => {
  if (sort === "file") return [302];
  if (method === "GET") return [200];
  if (method === "DELETE" || sort === "reference") return [204];
  if (method === "PATCH") return [200, 204];
  if (sort === "action") return gives === undefined ? [202, 204] : [200];
  return [201];
};

const answeredFaults = (exchange: Exchange, found: Found | undefined, odd: ReadonlySet<string>): readonly string[] => {
  const { status, answer } = exchange;
  if (answer.type === "spoilt") return [];
  if (status >= 400) return errorFaults(answer);
  // What may not be asked is not answered well, whatever stands in the answer; `asked` says what was wrong.
  if (found === undefined || found.route.methods[exchange.method] === undefined) return [];
  const ends = endsOf(exchange.method, found.route);
  if (!ends.includes(status)) return [`${exchange.method} ${found.path} ends with ${ends.join(" or ")}, not with ${status}`];
  if (status === 204 || status === 202 || status === 302) return answer.type === "none" ? [] : [`a ${status} with a body`];
  return bodyFaults(exchange, found, odd);
};

const BATCH = /^\/(?:\$|%24)batch$/i;

const lowerNames = (headers: unknown): Readonly<Record<string, string>> =>
  isObject(headers) ? Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])) : {};

const innerAnswer = (response: Readonly<Record<string, unknown>>): Answer =>
  response["body"] === undefined || response["body"] === null ? { type: "none" } : { type: "json", body: response["body"] };

const ITEM_PARTS = new Set(["id", "method", "url", "headers", "body", "dependsOn"]);
const RESPONSE_PARTS = new Set(["id", "status", "headers", "body"]);

const itemFaults = (item: unknown, index: number): readonly string[] => {
  if (!isObject(item)) return [`requests[${index}] is no object`];
  const { id, method, url, headers, body, dependsOn } = item;
  const at = `requests[${index}]`;
  return [
    ...Object.keys(item).flatMap((name) => (ITEM_PARTS.has(name) ? [] : [`${at} has ${name}`])),
    ...(typeof id === "string" && id !== "" ? [] : [`${at} has no id`]),
    ...(typeof method === "string" ? [] : [`${at} has no method`]),
    ...(typeof url === "string" && !/^[a-z]+:/i.test(url) ? [] : [`${at} has no url below the version`]),
    ...(body === undefined || lowerNames(headers)["content-type"] !== undefined ? [] : [`${at} has a body and no Content-Type`]),
    ...(dependsOn === undefined || Array.isArray(dependsOn) ? [] : [`${at}.dependsOn is no list`]),
  ];
};

const batchFaults = (requests: unknown): readonly string[] => {
  if (!Array.isArray(requests)) return ["a batch without requests"];
  const ids = requests.map((item) => (isObject(item) ? String(item["id"]).toLowerCase() : ""));
  return [
    ...(requests.length >= 1 && requests.length <= 20 ? [] : [`a batch of ${requests.length} requests`]),
    ...(new Set(ids).size === ids.length ? [] : ["an id stands twice in a batch"]),
    ...requests.flatMap(itemFaults),
  ];
};

const responseFaults = (response: unknown, index: number): readonly string[] => {
  if (!isObject(response)) return [`responses[${index}] is no object`];
  return [
    ...Object.keys(response).flatMap((name) => (RESPONSE_PARTS.has(name) ? [] : [`responses[${index}] has ${name}`])),
    ...(typeof response["id"] === "string" ? [] : [`responses[${index}] has no id`]),
    ...(Number.isInteger(response["status"]) ? [] : [`responses[${index}] has no status`]),
  ];
};

const checkBatch = (batch: Exchange, options: CheckOptions): readonly Verdict[] => {
  const requests = isObject(batch.body) ? batch.body["requests"] : undefined;
  const isRefused = batch.status >= 400;
  const responses = batch.answer.type === "json" && isObject(batch.answer.body) ? batch.answer.body["responses"] : undefined;
  const answered =
    batch.answer.type === "spoilt"
      ? []
      : isRefused
        ? errorFaults(batch.answer)
        : Array.isArray(responses)
          ? responses.flatMap(responseFaults)
          : ["a batch that was answered without responses"];
  const whole: Verdict = { label: "POST /$batch", status: batch.status, exempt: undefined, asked: batchFaults(requests), answered };
  const items = Array.isArray(requests) ? requests.filter(isObject) : [];
  const inner = items.flatMap((item) => {
    const id = String(item["id"]).toLowerCase();
    const response = Array.isArray(responses) ? responses.filter(isObject).find((one) => String(one["id"]).toLowerCase() === id) : undefined;
    const [path = "", query = ""] = String(item["url"]).split("?", 2);
    // A batch that was refused as a whole, or lost, answers none of its parts.
    const isMissing = response === undefined;
    const missing = isMissing && !isRefused && batch.answer.type === "json" ? [`nothing was answered to ${String(item["id"])}`] : [];
    const verdicts = check(
      {
        version: batch.version,
        method: String(item["method"]).toUpperCase(),
        path: path.startsWith("/") ? path : `/${path}`,
        query,
        headers: lowerNames(item["headers"]),
        body: item["body"] ?? undefined,
        status: isMissing ? batch.status : Number(response["status"]),
        answer: isMissing ? { type: "spoilt" } : innerAnswer(response),
      },
      options,
    );
    return verdicts.map((verdict) => ({ ...verdict, answered: [...verdict.answered, ...missing] }));
  });
  return [whole, ...inner];
};

const NOTHING: ReadonlySet<string> = new Set();

/** @returns one verdict, or for a batch one for the whole and one for each of its parts */
export const check = (exchange: Exchange, options: CheckOptions = {}): readonly Verdict[] => {
  const { version, method, path } = exchange;
  if (/^adminapi$/i.test(version)) return checkExchange(exchange, options);
  if (/^(?:v1\.0|beta)$/i.test(version) && method === "POST" && BATCH.test(path)) return checkBatch(exchange, options);
  const label = `${method} /${version}${path}`;
  const because = exemptionOf(exchange);
  if (because !== undefined) return [{ label, status: exchange.status, exempt: because, asked: [], answered: [] }];
  const found = /^v1\.0$/i.test(version) ? routeOf(path) : undefined;
  const asked = askedFaults(exchange, found);
  const answered = answeredFaults(exchange, found, options.odd ?? NOTHING);
  return [{ label, status: exchange.status, exempt: undefined, asked, answered }];
};

/** Faults that count: a service may refuse what is asked wrongly, and then it is right. */
export const faultsOf = ({ status, asked, answered }: Verdict): readonly string[] => {
  const isRefused = (status >= 400 && status < 500) || status === 501;
  return [...(isRefused ? [] : asked), ...answered];
};
