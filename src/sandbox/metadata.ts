/** How much of OData's own information an answer carries, as the request asks for it (OData JSON Format 4.01, 3.1; RFC 9110, 12.5.1). */

import type { Json, WireObject } from "./fill.ts";
import { isObject } from "./odata.ts";

type Metadata = "none" | "minimal" | "full";

const JSON_RANGE = /^\s*(?:application\/json|json|application\/\*|\*\/\*)\s*(?:;|$)/i;
const LEVEL = /;\s*odata\.metadata\s*=\s*"?(none|minimal|full)"?/i;

const isMetadata = (text: string | undefined): text is Metadata => text === "none" || text === "minimal" || text === "full";

/** `$format` wins over `Accept`; of several media types the first that stands for JSON counts. What names no level is minimal. */
const metadataOf = (accept: string | undefined, format: string | undefined): Metadata => {
  const range = (format ?? accept ?? "").split(",").find((text) => JSON_RANGE.test(text));
  const level = LEVEL.exec(range ?? "")?.[1]?.toLowerCase();
  return isMetadata(level) ? level : "minimal";
};

/** These a service keeps at every level: without them a client could not go on. */
const KEPT: ReadonlySet<string> = new Set(["nextlink", "count", "deltalink"]);

const isOwn = (name: string): boolean => {
  const at = name.indexOf("@odata.");
  return at >= 0 && !KEPT.has(name.slice(at + "@odata.".length).toLowerCase());
};

const bare = (value: Json): Json => {
  if (Array.isArray(value)) return value.map((element: Json) => bare(element));
  return isObject(value) ? bareObject(value) : value;
};

const bareObject = (object: WireObject): WireObject =>
  Object.fromEntries(Object.entries(object).flatMap(([name, value]) => (isOwn(name) ? [] : [[name, bare(value)]])));

/** Types of the sets whose objects do not name their own (CSDL). */
const TYPES: Readonly<Record<string, string>> = {
  directoryRoles: "directoryRole",
  domains: "domain",
  groups: "group",
  "identity/conditionalAccess/policies": "conditionalAccessPolicy",
  organization: "organization",
  "policies/conditionalAccessPolicies": "conditionalAccessPolicy",
  "reports/authenticationMethods/userRegistrationDetails": "userRegistrationDetails",
  subscribedSkus: "subscribedSku",
  users: "user",
};

const named = (object: WireObject, set: string, root: string): WireObject => {
  const { id } = object;
  const own = object["@odata.type"];
  const known = TYPES[set];
  const type = typeof own === "string" ? own : known === undefined ? undefined : `#microsoft.graph.${known}`;
  if (type === undefined) return object;
  const path = `${set}('${String(id)}')${typeof own === "string" ? `/${own.replace("#", "")}` : ""}`;
  return { "@odata.type": type, ...(typeof id === "string" ? { "@odata.id": `${root}/${path}`, "@odata.editLink": path } : {}), ...object };
};

/**
 * Everything is named that a client needs to refer to an object: its type, its id and where it is changed. The links along
 * every relation and the types of single values, which the service adds as well, are left out: nobody may count on them here.
 */
const full = (body: WireObject, root: string): WireObject => {
  const context = body["@odata.context"];
  const [, set = "", isOne] = typeof context === "string" ? (/\$metadata#([^(]+?)(?:\([^)]*\))?(\/\$entity)?$/.exec(context) ?? []) : [];
  if (set === "") return body;
  if (isOne !== undefined) return { "@odata.context": context ?? null, ...named(body, set, root) };
  const { value } = body;
  return Array.isArray(value) ? { ...body, value: value.map((object: Json) => (isObject(object) ? named(object, set, root) : object)) } : body;
};

type Dressed = { readonly headers: Readonly<Record<string, string>>; readonly body: WireObject };

/**
 * The body of an answer with as much metadata as was asked for; where that is not the usual, a content type that says so.
 * @param root origin and version
 */
export const dressed = (body: WireObject, accept: string | undefined, format: string | undefined, root: string): Dressed => {
  const level = metadataOf(accept, format);
  if (level === "minimal") return { headers: {}, body };
  return {
    headers: { "Content-Type": `application/json;odata.metadata=${level};odata.streaming=true;IEEE754Compatible=false;charset=utf-8` },
    body: level === "none" ? bareObject(body) : full(body, root),
  };
};
