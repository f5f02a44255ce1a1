/** What a route gets, what it gives back, and the helpers that all routes share. */

import type { Instant } from "../runtime.ts";
import type { Row } from "./collection.ts";
import type { Json, WireObject } from "./fill.ts";
import { type FilterRules, isObject, parseFilter, predicateOf, project, type Query, selectedOf } from "./odata.ts";
import { badRequest, Refusal, unsupportedQuery } from "./refusal.ts";
import type { Store } from "./store.ts";

export { badRequest, denied, noSuchResource, Refusal, unsupportedQuery } from "./refusal.ts";

/** Which limit a route counts against (throttling-limits). */
export type Bucket = "directory" | "conditionalAccess" | "reports" | "usageReports" | "outlook";

export type SystemOption = "select" | "filter" | "top" | "count" | "orderby" | "expand" | "search" | "skiptoken";

export type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

export type Call = {
  readonly store: Store;
  /** The tenant's clock when the request came. */
  readonly now: Instant;
  readonly version: "v1.0" | "beta";
  readonly method: Method;
  /** Below the version, as it came, decoded, without the query: `/groups/{id}/members`. */
  readonly path: string;
  /** What stands in the places of the route's path, decoded. */
  readonly parameter: (name: string) => string;
  readonly query: Query;
  readonly header: (name: string) => string | undefined;
  /** The parsed body; undefined when there is none. */
  readonly body: Json | undefined;
  /** Origin and version: `http://127.0.0.1/v1.0`. Links and contexts begin with it. */
  readonly root: string;
  /** Path and query below the version, byte for byte as it came. */
  readonly target: string;
  /** Whether the caller has a permission; `A+B` means both. */
  readonly may: (permission: string) => boolean;
};

export type Answer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: WireObject;
  /** Instead of a body: plain text, as `/$count` gives. */
  readonly text?: string;
};

export type Route = {
  readonly method: Method;
  /** Segments compare without regard to case; `{name}` stands for one segment, `{name:guid}` for an object id, `{name:key}` for any key; fixed segments win: `/groups/{id:guid}/members/$ref`. */
  readonly path: string;
  /** Any one of these suffices; `A+B` means both together. */
  readonly permissions: readonly string[];
  readonly bucket: Bucket;
  /** Resource units of a read before `$select`, `$expand` and `$top` (directory only); 1 when missing. */
  readonly units?: number;
  /** The system query options that it answers; any other is refused. */
  readonly options?: readonly SystemOption[];
  /** Where it is there; v1.0 only when missing. */
  /** What is said to a caller without a permission, where it is not what the directory says. */
  readonly denied?: () => Refusal;
  readonly versions?: readonly ("v1.0" | "beta")[];
  readonly handle: (call: Call) => Answer;
};

/** Refuses what a route cannot answer rather than leave it out of account. */
export const checkOptions = (query: Query, options: readonly SystemOption[] = []): void => {
  const known: ReadonlySet<string> = new Set<string>([...options, "format"]);
  for (const name of query.keys()) {
    if (!known.has(name)) throw unsupportedQuery(`The query option '$${name}' is not supported here.`);
  }
};

/** An advanced query reads another index: it needs the header and the count (aad-advanced-queries). */
export const isAdvanced = (call: Call): boolean =>
  call.header("ConsistencyLevel")?.toLowerCase() === "eventual" && call.query.get("count")?.toLowerCase() === "true";

/** @throws Refusal 400 when the body is no JSON object */
export const bodyOf = (call: Call): WireObject => {
  const { body } = call;
  if (isObject(body)) return body;
  throw new Refusal(400, "BadRequest", "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.");
};

export type PageSizes = { readonly usual: number; readonly most: number };
const DIRECTORY_PAGE: PageSizes = { usual: 100, most: 999 };

/** @throws Refusal 400 with the service's text when `$top` is out of range */
const pageSizeOf = (query: Query, sizes: PageSizes = DIRECTORY_PAGE): number => {
  const text = query.get("top");
  if (text === undefined) return sizes.usual;
  const size = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(size >= 1 && size <= sizes.most)) throw badRequest(`Invalid page size specified: '${text}'. Must be between 1 and ${sizes.most} inclusive.`);
  return size;
};

const tokenOf = (place: number): string => Buffer.from(JSON.stringify({ after: place })).toString("base64url");

const placeOf = (token: string): number => {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (typeof value === "object" && value !== null && "after" in value && typeof value.after === "number" && Number.isInteger(value.after)) return value.after;
  } catch {
    // Not one of our tokens: the same answer as for one of another shape.
  }
  throw badRequest("The specified page token value has expired and can no longer be included in your request.");
};

const linkTo = (call: Call, place: number): string => {
  const [path, search = ""] = call.target.split("?", 2);
  const kept = search.split("&").filter((part) => part !== "" && !/^(\$|%24)?skiptoken=/i.test(part));
  return `${call.root}${path}?${[...kept, `$skiptoken=${tokenOf(place)}`].join("&")}`;
};

/** The filter of a request as a test of objects; everything passes without one. @throws Refusal 400 */
export const filterOf = (call: Call, rules: FilterRules): ((object: WireObject) => boolean) => {
  const text = call.query.get("filter");
  return text === undefined ? () => true : predicateOf(parseFilter(text), rules, isAdvanced(call));
};

export type Listing = {
  /** What comes after `$metadata#`, without the selected names: `groups`. */
  readonly context: string;
  /** Rows in stable order, those after a place only; a row's place never changes. */
  readonly rows: (after: number) => Iterable<Row>;
  readonly filter?: (object: WireObject) => boolean;
  /** What an object looks like before `$select`; as it is when missing. */
  readonly show?: (object: WireObject) => WireObject;
  /** Replaces `$select`, for routes with rules of their own. */
  readonly pick?: (object: WireObject) => WireObject;
  readonly sizes?: PageSizes;
  /** How many there are, when that is known without counting. */
  readonly size?: () => number;
};

/** One page of a list, with the link to the next. Follows `$top`, `$select`, `$count` and `$skiptoken`. */
export const pageOf = (call: Call, listing: Listing): Answer => {
  const { query } = call;
  const size = pageSizeOf(query, listing.sizes);
  const token = query.get("skiptoken");
  const after = token === undefined ? -1 : placeOf(token);
  const passes = listing.filter ?? (() => true);
  const selected = selectedOf(query);
  const pick = listing.pick ?? ((object: WireObject) => project(listing.show === undefined ? object : listing.show(object), selected));
  const value: WireObject[] = [];
  let last = after;
  let more = false;
  for (const row of listing.rows(after)) {
    if (!passes(row.object)) continue;
    if (value.length === size) {
      more = true;
      break;
    }
    value.push(pick(row.object));
    last = row.place;
  }
  const context = selected === undefined ? listing.context : `${listing.context}(${(query.get("select") ?? "").replaceAll(" ", "")})`;
  return {
    status: 200,
    body: {
      "@odata.context": `${call.root}/$metadata#${context}`,
      ...(isAdvanced(call) && token === undefined ? { "@odata.count": countOf(listing, passes) } : {}),
      ...(more ? { "@odata.nextLink": linkTo(call, last) } : {}),
      value,
    },
  };
};

const countOf = (listing: Listing, passes: (object: WireObject) => boolean): number => {
  if (listing.filter === undefined && listing.size !== undefined) return listing.size();
  let count = 0;
  for (const row of listing.rows(-1)) count += passes(row.object) ? 1 : 0;
  return count;
};

/** One object, `$select` followed. @param context what comes after `$metadata#`, without the selected names and `/$entity` */
export const entity = (call: Call, context: string, object: WireObject, status = 200): Answer => {
  const selected = selectedOf(call.query);
  const names = selected === undefined ? "" : `(${(call.query.get("select") ?? "").replaceAll(" ", "")})`;
  return { status, body: { "@odata.context": `${call.root}/$metadata#${context}${names}/$entity`, ...project(object, selected) } };
};

/** The number of objects alone, as text (`/$count`); an advanced query. */
export const countText = (call: Call, count: number): Answer => {
  if (call.header("ConsistencyLevel")?.toLowerCase() !== "eventual")
    throw unsupportedQuery("$count is supported only with the header ConsistencyLevel: eventual.");
  return { status: 200, text: String(count) };
};

export const noContent: Answer = { status: 204 };
