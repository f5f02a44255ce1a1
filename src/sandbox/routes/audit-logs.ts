/** Who signed in (signin-list, signin-get). What the pages do not say can be asked is refused. */

import { type Answer, type Call, entity, filterOf, noSuchResource, pageOf, Refusal, type Route } from "../context.ts";
import type { WireObject } from "../fill.ts";
import { type FilterNode, type FilterRules, filteredProperties, type Operator, parseFilter } from "../odata.ts";
import { withKnownResults } from "../rules/applied-policies.ts";
import { hasP1 } from "../rules/licence.ts";
import { asInV1, boundsOf, isInteractiveRow, signInRows, signInWithId } from "../rules/sign-in-log.ts";
import { knowsNewValues, preferenceApplied } from "./policies.ts";
import { sortOf } from "./sorting.ts";

const PAGE = { usual: 1000, most: 1000 };

const EQUAL: readonly Operator[] = ["eq"];
const TEXT: readonly Operator[] = ["eq", "startsWith"];

/** signIn: "Supports $filter". Other pages show `gt`, `lt` and `ne` at work, for the moment and for the error code. */
const FILTERS: FilterRules = {
  appdisplayname: TEXT,
  appid: EQUAL,
  clientappused: EQUAL,
  conditionalaccessstatus: EQUAL,
  correlationid: EQUAL,
  createddatetime: ["eq", "ge", "gt", "le", "lt"],
  "devicedetail/browser": TEXT,
  "devicedetail/operatingsystem": TEXT,
  id: EQUAL,
  ipaddress: TEXT,
  isinteractive: EQUAL,
  "location/city": TEXT,
  "location/countryorregion": TEXT,
  "location/state": TEXT,
  resourcedisplayname: EQUAL,
  resourceid: EQUAL,
  riskdetail: EQUAL,
  risklevelaggregated: EQUAL,
  risklevelduringsignin: EQUAL,
  riskstate: EQUAL,
  "status/errorcode": ["eq", "ne"],
  userdisplayname: TEXT,
  userid: EQUAL,
  userprincipalname: TEXT,
};
const BETA_FILTERS: FilterRules = { ...FILTERS, authenticationrequirement: TEXT, signineventtypes: ["any"], useragent: TEXT };

const EVENT_TYPES = "signineventtypes";

/** The service's whole answer to a filter that it does not take (seen in microsoft-graph-docs#14173 and others). */
const invalidFilter = (): Refusal => new Refusal(400, "BadRequest", "Invalid filter clause");

const hasNot = (node: FilterNode): boolean => {
  if (node.type === "and" || node.type === "or") return hasNot(node.left) || hasNot(node.right);
  return node.type === "not" || (node.type === "any" && hasNot(node.of));
};

const QUOTED_MOMENT = /createdDateTime\s+(?:eq|ne|ge|gt|le|lt)\s+'/i;

/** Without the permission it is the log that speaks, and not the directory (facts of 403 answers in the field). */
const missingPermission = (): Refusal =>
  new Refusal(403, "Authentication_MSGraphPermissionMissing", "Application missing MSGraph API 'Read all audit log data' permission");

const checkLicence = (call: Call): void => {
  if (!hasP1(call.store))
    throw new Refusal(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Neither tenant is B2C or tenant doesn't have premium license");
};

const shownBy = (call: Call): ((row: WireObject) => WireObject) => {
  const seesPolicies = call.may("Policy.Read.All");
  const knows = knowsNewValues(call);
  return (row) => {
    const shown = !seesPolicies ? { ...row, appliedConditionalAccessPolicies: [] } : knows ? row : withKnownResults(row);
    return call.version === "beta" ? shown : asInV1(shown);
  };
};

const list = (call: Call): Answer => {
  checkLicence(call);
  const { store, query, version } = call;
  const sort = sortOf(query, ["createdDateTime"]);
  if (sort !== undefined && !sort.descending) throw new Refusal(501, "NotImplemented", "the practice tenant lists sign-ins newest first only");
  const text = query.get("filter");
  const node = text === undefined ? undefined : parseFilter(text);
  const names = node === undefined ? [] : filteredProperties(node);
  const rules = version === "beta" ? BETA_FILTERS : FILTERS;
  if (text !== undefined && (QUOTED_MOMENT.test(text) || names.some((name) => rules[name] === undefined) || (node !== undefined && hasNot(node))))
    throw invalidFilter();
  // `ne` is no matter of an advanced query here, as it is in the directory.
  const advanced: Call = {
    ...call,
    query: new Map([...query, ["count", "true"]]),
    header: (name) => (name === "ConsistencyLevel" ? "eventual" : call.header(name)),
  };
  const passes = filterOf(advanced, rules);
  // Only who asks for the others by their type is told of them (signIn, beta).
  const interactiveOnly = !names.includes(EVENT_TYPES);
  const bounds = boundsOf(store, node);
  const answer = pageOf(call, {
    context: "auditLogs/signIns",
    rows: (after) => signInRows(store, bounds, after, (event) => event.isInteractive || !interactiveOnly),
    filter: (row) => (!interactiveOnly || isInteractiveRow(row)) && passes(row),
    show: shownBy(call),
    sizes: PAGE,
  });
  return { ...answer, headers: preferenceApplied(call) };
};

const get = (call: Call): Answer => {
  checkLicence(call);
  const id = call.parameter("id");
  const row = signInWithId(call.store, id);
  if (row === undefined) throw noSuchResource(id);
  return { ...entity(call, "auditLogs/signIns", shownBy(call)(row)), headers: preferenceApplied(call) };
};

const BOTH = ["v1.0", "beta"] as const;

export const auditLogRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/auditLogs/signIns",
    permissions: ["AuditLog.Read.All"],
    denied: missingPermission,
    bucket: "reports",
    options: ["filter", "top", "skiptoken", "orderby"],
    versions: BOTH,
    handle: list,
  },
  {
    method: "GET",
    path: "/auditLogs/signIns/{id}",
    permissions: ["AuditLog.Read.All"],
    denied: missingPermission,
    bucket: "reports",
    versions: BOTH,
    handle: get,
  },
];
