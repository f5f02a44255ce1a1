/** What Exchange Online's admin interface answers, against the table: lists of rows, batches, and the many forms of its errors. */

import type { Answer, Exchange } from "./check.ts";
import { type ErrorFacts, exchangeTable, type RouteName, type Seen, sidecarsOf, typeFault } from "./exchange-table.ts";
import { isObject, sampleOf } from "./values.ts";

type Wire = Readonly<Record<string, unknown>>;

/** What stood in a batch's answer for one item; without status when nothing did. */
export type Answered = { readonly status: number | undefined; readonly answer: Answer; readonly headers: Readonly<Record<string, string>> };

type Asked = {
  /** Undefined: there is no such path. */
  readonly route: RouteName | undefined;
  readonly cmdlet: string | undefined;
  readonly selected: readonly string[] | undefined;
};

// ---- rows

/** @param selected undefined: every property there is */
const rowFaults = (row: unknown, kind: string, selected: readonly string[] | undefined, at: string, seen: Seen): readonly string[] => {
  const members = exchangeTable.rows[kind] ?? {};
  if (!isObject(row)) return [`${at} is no object`];
  const wanted = selected ?? Object.keys(members);
  return [
    ...wanted.flatMap((name) => (Object.hasOwn(row, name) || exchangeTable.sometimes[kind]?.includes(name) === true ? [] : [`${at} has no ${name}`])),
    ...Object.entries(row).flatMap(([name, value]) => {
      const [property = "", term] = name.split("@", 2);
      if (term === undefined) {
        const type = members[name];
        if (type === undefined || !wanted.includes(name))
          return [`${at} has ${name}, which ${type === undefined ? `${kind} does not have` : "nobody selected"}`];
        seen(`row ${kind}.${name}${value === null ? " null" : ""}`);
        return typeFault(value, type, `${at}.${name}`) ?? [];
      }
      const facts = exchangeTable.sidecars[name];
      if (facts === undefined || !Object.hasOwn(row, property)) return [`${at} has ${name} beside no ${property}`];
      seen(`sidecar ${name}`);
      return value === facts.value ? [] : [`${at}.${name} is ${JSON.stringify(value)}, not ${facts.value}`];
    }),
    ...Object.keys(row).flatMap((property) =>
      sidecarsOf(property).flatMap((name) =>
        exchangeTable.sidecars[name]?.always === true && !Object.hasOwn(row, name) ? [`${at} has ${property} without ${name}`] : [],
      ),
    ),
  ];
};

// ---- lists

const LIST_PARTS = ["@adminapi.errors", "@adminapi.warnings", "@odata.context", "@odata.nextLink", "adminapi.warnings@odata.type", "value"];

const warningFaults = (body: Wire, seen: Seen): readonly string[] => {
  const warnings = body["@adminapi.warnings"];
  if (!Array.isArray(warnings)) return ["an answer without a list of warnings, which is there also when it is empty"];
  return [
    ...(body["adminapi.warnings@odata.type"] === "#Collection(String)" ? [] : ["the warnings have no type beside them"]),
    ...warnings.flatMap((warning) => {
      const name = Object.entries(exchangeTable.warnings).find(([, words]) => typeof warning === "string" && words.test(warning))?.[0];
      if (name !== undefined) seen(`warning ${name}`);
      return name === undefined ? [`nobody knows the warning ${JSON.stringify(warning)}`] : [];
    }),
  ];
};

const isMore = (warning: unknown): boolean => typeof warning === "string" && exchangeTable.warnings["more"]?.test(warning) === true;

const linkFaults = (exchange: Exchange, body: Wire, seen: Seen): readonly string[] => {
  const next = body["@odata.nextLink"];
  const isTold = Array.isArray(body["@adminapi.warnings"]) && body["@adminapi.warnings"].some(isMore);
  if (next === undefined) return isTold ? ["more results are told of, but no page follows"] : [];
  seen("reply nextLink");
  const url = typeof next === "string" && URL.canParse(next) ? new URL(next) : undefined;
  const isOwn = url !== undefined && url.pathname === `/${exchange.version}${exchange.path}` && url.searchParams.has("$skiptoken");
  return [...(isTold ? [] : ["a page follows, but no warning tells of it"]), ...(isOwn ? [] : ["the next page is at no address of this list"])];
};

const errorPartFaults = (errors: unknown, seen: Seen): readonly string[] => {
  if (errors === undefined) return [];
  seen("reply errors");
  return Array.isArray(errors) && errors.length > 0 && errors.every((error) => typeof error === "string" && /"Message"/.test(error))
    ? []
    : ["@adminapi.errors is no list of what went wrong"];
};

const CONTEXT = { list: /\/adminapi\/[^/]+\/[^/]+\/\$metadata#Collection\(Exchange\.GenericHashTable\)$/, offered: /\/\$metadata#EXOModuleFile$/ };

const listFaults = (exchange: Exchange, body: Wire, { cmdlet, selected }: Asked, seen: Seen): readonly string[] => {
  const kind = cmdlet === undefined ? undefined : exchangeTable.cmdlets[cmdlet]?.gives;
  const { value } = body;
  const rows = Array.isArray(value) ? value : [];
  return [
    ...Object.keys(body).flatMap((name) => (LIST_PARTS.includes(name) ? [] : [`an answer with ${name}`])),
    ...(typeof body["@odata.context"] === "string" && CONTEXT.list.test(body["@odata.context"]) ? [] : ["an answer without its context"]),
    ...warningFaults(body, seen),
    ...linkFaults(exchange, body, seen),
    ...errorPartFaults(body["@adminapi.errors"], seen),
    ...(Array.isArray(value) ? [] : ["an answer without a list of values"]),
    ...(rows.length > 1000 ? [`a page of ${rows.length} rows`] : []),
    ...(kind === undefined
      ? rows.length > 0
        ? [`${cmdlet ?? "this"} says nothing when it went well`]
        : []
      : sampleOf(rows).flatMap(([at, row]) => rowFaults(row, kind, selected, `value[${at}]`, seen))),
  ];
};

const offeredFaults = (body: Wire): readonly string[] => {
  const { value } = body;
  const [first, ...more] = Array.isArray(value) ? value : [];
  const names = isObject(first) ? first["exportedCmdlets"] : undefined;
  const others = Object.keys(body).filter((name) => !["@odata.context", "value"].includes(name));
  return [
    ...others.map((name) => `an answer with ${name}`),
    ...(typeof body["@odata.context"] === "string" && CONTEXT.offered.test(body["@odata.context"]) ? [] : ["an answer without its context"]),
    ...(more.length === 0 && typeof names === "string" && /^[A-Za-z]+-[A-Za-z]+(?:,[A-Za-z]+-[A-Za-z]+)*$/.test(names) ? [] : ["no list of cmdlets"]),
  ];
};

// ---- errors

const THROWN = "Microsoft.Exchange.Management.PSDirectInvoke.DirectInvokeCmdletExecutionException";
const SERVICE = "Microsoft.Exchange.Admin.OData.Core.ODataServiceException";
const ERROR_PARTS = ["@adminapi.warnings", "adminapi.warnings@odata.type", "code", "details", "innererror", "message"];

/** An error as far as it can be read, and what is wrong with how it is written. */
type ReadError = {
  readonly shape: ErrorFacts["shape"];
  readonly code?: unknown;
  readonly type?: string;
  readonly text?: string;
  readonly faults: readonly string[];
};

const innerFaults = (inner: unknown, types: readonly string[]): readonly string[] => {
  const internal = isObject(inner) ? inner["internalexception"] : undefined;
  if (!isObject(inner) || !isObject(internal)) return ["an error without what it was caused by"];
  return [
    ...(inner["type"] === SERVICE && typeof inner["message"] === "string" ? [] : ["error.innererror is not the service's own exception"]),
    ...(typeof internal["message"] === "string" && types.includes(String(internal["type"]))
      ? []
      : [`error.innererror.internalexception is ${String(internal["type"])}`]),
  ];
};

const detailed = (error: Wire): ReadError => {
  const details = error["details"];
  const [first, ...more] = Array.isArray(details) ? details : [];
  const [, , type, text] = /^([^|]*)\|([^|]+)\|([\s\S]+)$/.exec(isObject(first) ? String(first["message"]) : "") ?? [];
  return {
    shape: "thrown",
    code: error["code"],
    ...(type !== undefined && { type }),
    ...(text !== undefined && { text }),
    faults: [
      ...(more.length === 0 && isObject(first) && typeof first["code"] === "string" && typeof first["target"] === "string"
        ? []
        : ["error.details is not one with code and target"]),
      ...(type === undefined ? ["error.details[0].message is not <id>|<type>|<text>"] : innerFaults(error["innererror"], [THROWN, type])),
    ],
  };
};

const readError = (answer: Answer): ReadError => {
  if (answer.type === "none") return { shape: "none", faults: [] };
  if (answer.type === "spoilt") return { shape: "unreadable", faults: [] };
  if (answer.type === "text") return { shape: "text", text: answer.text, faults: [] };
  const error = isObject(answer.body) ? answer.body["error"] : undefined;
  if (!isObject(answer.body) || !isObject(error)) return { shape: "short", faults: ["an error without an object called error"] };
  const parts = [
    ...Object.keys(answer.body).flatMap((name) => (name === "error" ? [] : [`the answer has ${name} beside its error`])),
    ...Object.keys(error).flatMap((name) => (ERROR_PARTS.includes(name) ? [] : [`error has ${name}`])),
    ...(typeof error["message"] === "string" ? [] : ["error has no message"]),
    ...(error["innererror"] === undefined || Array.isArray(error["@adminapi.warnings"]) ? [] : ["error has no list of warnings"]),
  ];
  if (error["details"] !== undefined) {
    const read = detailed(error);
    return { ...read, faults: [...parts, ...read.faults] };
  }
  const inner = isObject(error["innererror"]) ? error["innererror"]["internalexception"] : undefined;
  if (isObject(inner)) {
    const type = String(inner["type"]);
    return { shape: "invalid", code: error["code"], type, text: String(inner["message"]), faults: [...parts, ...innerFaults(error["innererror"], [type])] };
  }
  return { shape: "short", code: error["code"], faults: parts };
};

const fits = (facts: ErrorFacts, status: number, read: ReadError, headers: Readonly<Record<string, string>>): boolean =>
  facts.status.includes(status) &&
  facts.shape === read.shape &&
  (facts.code === undefined || facts.code === read.code) &&
  (facts.type === undefined || facts.type === read.type) &&
  (facts.text === undefined || facts.text.test(read.text ?? "")) &&
  (facts.header === undefined || headers[facts.header] !== undefined);

const errorFaults = (status: number, answer: Answer, headers: Readonly<Record<string, string>>, seen: Seen): readonly string[] => {
  const read = readError(answer);
  if (read.faults.length > 0) return read.faults;
  const name = Object.entries(exchangeTable.errors)
    .filter(([, facts]) => fits(facts, status, read, headers))
    // The one that says most of it.
    .sort(([, a], [, b]) => Object.keys(b).length - Object.keys(a).length)[0]?.[0];
  const wait = headers["retry-after"];
  if (name !== undefined) seen(`error ${name}`);
  return [
    ...(name === undefined
      ? [
          `nobody knows a ${status} that is ${read.shape}${read.type === undefined ? "" : `, ${read.type}`}${read.code === undefined ? "" : `, ${String(read.code)}`}`,
        ]
      : []),
    ...(wait === undefined || /^\d+$/.test(wait) ? [] : ["Retry-After is no number of seconds"]),
  ];
};

/** @returns what is wrong with what came back */
export const answerFaults = (exchange: Exchange, asked: Asked, seen: Seen): readonly string[] => {
  const { status, answer } = exchange;
  // Nobody heard it.
  if (status === 0) return [];
  if (status >= 400) return errorFaults(status, answer, exchange.answerHeaders ?? {}, seen);
  if (answer.type === "spoilt" || asked.route === undefined) return [];
  if (status !== 200) return [`a ${status}`];
  const isSilent = asked.cmdlet !== undefined && exchangeTable.cmdlets[asked.cmdlet] !== undefined && exchangeTable.cmdlets[asked.cmdlet]?.gives === undefined;
  if (answer.type === "none" || (answer.type === "json" && isObject(answer.body) && Object.keys(answer.body).length === 0)) {
    seen(asked.route === "item" ? "item empty" : "reply empty");
    return isSilent ? [] : ["an answer without anything in it"];
  }
  if (answer.type !== "json" || !isObject(answer.body)) return ["an answer that is no object"];
  return asked.route === "offered" ? offeredFaults(answer.body) : listFaults(exchange, answer.body, asked, seen);
};

// ---- batches

const RESPONSE_PARTS = ["body", "headers", "id", "status"];

const responsesOf = (batch: Exchange): readonly unknown[] | undefined => {
  const responses = batch.answer.type === "json" && isObject(batch.answer.body) ? batch.answer.body["responses"] : undefined;
  return Array.isArray(responses) ? responses : undefined;
};

/** @param ids of what was asked, in its order */
export const batchAnswerFaults = (batch: Exchange, ids: readonly string[], seen: Seen): readonly string[] => {
  if (batch.status === 0) return [];
  if (batch.status >= 400) return errorFaults(batch.status, batch.answer, batch.answerHeaders ?? {}, seen);
  if (batch.answer.type === "spoilt") return [];
  const responses = responsesOf(batch);
  if (responses === undefined) return ["a batch that was answered without responses"];
  const given = responses.map((response) => (isObject(response) ? String(response["id"]) : ""));
  if (given.length > 1 && given.join() !== ids.join()) seen("item shuffled");
  return [
    ...ids.flatMap((id) => (given.filter((one) => one.toLowerCase() === id.toLowerCase()).length === 1 ? [] : [`${id} is not answered once`])),
    ...(given.length > ids.length ? ["more is answered than was asked"] : []),
    ...responses.flatMap((response, at) => {
      if (!isObject(response)) return [`responses[${at}] is no object`];
      const others = Object.keys(response).filter((name) => !RESPONSE_PARTS.includes(name));
      return [
        ...others.map((name) => `responses[${at}] has ${name}`),
        ...(typeof response["id"] === "string" && response["id"] !== "" ? [] : [`responses[${at}] has no id`]),
        ...(Number.isInteger(response["status"]) ? [] : [`responses[${at}] has no status`]),
        ...(isObject(response["headers"]) ? [] : [`responses[${at}] has no headers`]),
      ];
    }),
  ];
};

const lowered = (headers: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(isObject(headers) ? headers : {}).map(([name, value]) => [name.toLowerCase(), String(value)]));

/** What was answered to an item, by its id. Of a batch that was refused or lost: nothing that is to be held. */
export const itemAnswers = (batch: Exchange): ((id: string) => Answered) => {
  const byId = new Map((responsesOf(batch) ?? []).filter(isObject).map((response) => [String(response["id"]).toLowerCase(), response]));
  return (id) => {
    const own = byId.get(id.toLowerCase());
    if (own === undefined) return { status: 0, answer: { type: "spoilt" }, headers: {} };
    const { body } = own;
    const answer: Answer =
      body === undefined || body === null ? { type: "none" } : typeof body === "string" ? { type: "text", text: body } : { type: "json", body };
    return { status: Number(own["status"]), answer, headers: lowered(own["headers"]) };
  };
};
