/** What was done in the directory (directoryaudit-list, directoryAudit). No premium licence is needed; without one, a week is kept. */

import { type Answer, type Call, filterOf, pageOf, Refusal, type Route } from "../context.ts";
import { type FilterNode, type FilterRules, type Operator, parseFilter } from "../odata.ts";
import { auditBounds, auditRows } from "../rules/audit-log.ts";
import { sortOf } from "./sorting.ts";

const PAGE = { usual: 1000, most: 1000 };

const EQUAL: readonly Operator[] = ["eq"];
const TEXT: readonly Operator[] = ["eq", "startsWith"];

/** As the page of the resource has them. Of the category it says nothing, but other pages of the service filter by it. */
const FILTERS: FilterRules = {
  activitydatetime: ["eq", "ge", "le"],
  activitydisplayname: TEXT,
  category: EQUAL,
  correlationid: EQUAL,
  id: EQUAL,
  "initiatedby/app/appid": EQUAL,
  "initiatedby/app/displayname": EQUAL,
  "initiatedby/user/displayname": EQUAL,
  "initiatedby/user/id": EQUAL,
  "initiatedby/user/userprincipalname": TEXT,
  loggedbyservice: EQUAL,
  targetresources: ["any"],
};
const TARGETS: FilterRules = { displayname: TEXT, id: EQUAL };

const invalidFilter = (): Refusal => new Refusal(400, "BadRequest", "Invalid filter clause");

const isTaken = (node: FilterNode, rules: FilterRules): boolean => {
  if (node.type === "and" || node.type === "or") return isTaken(node.left, rules) && isTaken(node.right, rules);
  if (node.type === "not") return false;
  if (node.type === "any") return rules[node.path]?.includes("any") === true && isTaken(node.of, TARGETS);
  return rules[node.path]?.includes(node.operator) === true;
};

const list = (call: Call): Answer => {
  const { store, query } = call;
  const sort = sortOf(query, ["activityDateTime"]);
  if (sort !== undefined && !sort.descending) throw new Refusal(501, "NotImplemented", "the practice tenant lists audits newest first only");
  const text = query.get("filter");
  const node = text === undefined ? undefined : parseFilter(text);
  if (node !== undefined && !isTaken(node, FILTERS)) throw invalidFilter();
  const bounds = auditBounds(store, node);
  return pageOf(call, {
    context: "auditLogs/directoryAudits",
    rows: (after) => auditRows(store, bounds, after),
    filter: filterOf(call, FILTERS),
    sizes: PAGE,
  });
};

export const directoryAuditRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/auditLogs/directoryAudits",
    permissions: ["AuditLog.Read.All"],
    denied: () => new Refusal(403, "Authentication_MSGraphPermissionMissing", "Application missing MSGraph API 'Read all audit log data' permission"),
    bucket: "reports",
    options: ["filter", "top", "skiptoken", "orderby"],
    handle: list,
  },
];
