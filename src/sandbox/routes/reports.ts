/** Who has registered which methods (authenticationmethodsroot-list-userregistrationdetails). */

import { idOf, type Row } from "../collection.ts";
import { type Answer, type Call, entity, filterOf, noSuchResource, pageOf, Refusal, type Route } from "../context.ts";
import type { WireObject } from "../fill.ts";
import type { FilterRules, Operator } from "../odata.ts";
import { hasP1 } from "../rules/licence.ts";
import { mfaCapability, withCapability } from "../rules/methods-allowed.ts";
import { moment } from "../store.ts";
import { sorted, sortOf } from "./sorting.ts";

/** The report is computed anew this often; how often the service does it is not stated beyond "up to a few hours". */
const REFRESH_MS = 4 * 3_600_000;

/** Neither `$top` nor a page size is documented for this list: how long a page is, a client must not rely on. */
const PAGE = { usual: 1000, most: 1000 };

const checkLicence = (call: Call): void => {
  if (!hasP1(call.store))
    throw new Refusal(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Tenant is not a B2C tenant and doesn't have premium licenses");
};

const nothingRegistered = (call: Call, user: WireObject): WireObject => ({
  id: idOf(user),
  isAdmin: call.store.rolesOf(idOf(user)).length > 0,
  isMfaCapable: false,
  isMfaRegistered: false,
  isPasswordlessCapable: false,
  isSsprCapable: false,
  isSsprEnabled: true,
  isSsprRegistered: false,
  isSystemPreferredAuthenticationMethodEnabled: true,
  lastUpdatedDateTime: moment(call.store.fill.startsAt),
  methodsRegistered: [],
  systemPreferredAuthenticationMethods: [],
  userDisplayName: user["displayName"] ?? "",
  userPreferredMethodForSecondaryAuthentication: "",
  userPrincipalName: user["userPrincipalName"] ?? "",
  userType: user["userType"] === "Guest" ? "guest" : "member",
});

/**
 * A row that the fill computed says when the report was last computed; one that a test put in keeps its own moment, and one that it took
 * away is not there: the report does not know everybody at once.
 */
const rowsFor = (call: Call): ((user: WireObject) => WireObject | undefined) => {
  const { store, now } = call;
  const details = store.of("registrationDetails");
  const { startsAt } = store.fill;
  const refreshedAt = Math.floor(now / REFRESH_MS) * REFRESH_MS;
  const refreshed = moment(refreshedAt);
  const capable = mfaCapability(store);
  // ISO 8601 in one zone and to the second compares as text.
  const [first, last] = [moment(startsAt - REFRESH_MS), moment(Math.min(startsAt, refreshedAt))];
  return (user) => {
    const id = idOf(user);
    const row = details.seen(id, now) ?? (details.placeOf(id) === undefined ? nothingRegistered(call, user) : undefined);
    if (row === undefined) return undefined;
    const written = row["lastUpdatedDateTime"];
    if (typeof written !== "string" || written <= first || written > last) return row;
    return { ...withCapability(row, capable), lastUpdatedDateTime: refreshed };
  };
};

/** Deleted accounts are gone from the report, and it does not work for disabled ones. */
const rowsOf = function* (call: Call, after: number): Generator<Row> {
  const rowOf = rowsFor(call);
  for (const { place, object } of call.store.of("users").rows(call.now, after, true)) {
    const row = object["accountEnabled"] === false ? undefined : rowOf(object);
    if (row !== undefined) yield { place, object: row };
  }
};

const FLAG: readonly Operator[] = ["eq"];
const NAME: readonly Operator[] = ["eq", "startsWith"];
const FILTERS: FilterRules = {
  isadmin: FLAG,
  ismfacapable: FLAG,
  ismfaregistered: FLAG,
  ispasswordlesscapable: FLAG,
  isssprcapable: FLAG,
  isssprenabled: FLAG,
  isssprregistered: FLAG,
  issystempreferredauthenticationmethodenabled: FLAG,
  methodsregistered: ["any"],
  systempreferredauthenticationmethods: ["any"],
  userdisplayname: NAME,
  userprincipalname: NAME,
  usertype: FLAG,
};

const CONTEXT = "reports/authenticationMethods/userRegistrationDetails";

const list = (call: Call): Answer => {
  checkLicence(call);
  const sort = sortOf(call.query, ["userPrincipalName", "userDisplayName"]);
  return pageOf(call, {
    context: CONTEXT,
    rows: (after) => (sort === undefined ? rowsOf(call, after) : sorted(rowsOf(call, -1), sort, after)),
    filter: filterOf(call, FILTERS),
    sizes: PAGE,
  });
};

const get = (call: Call): Answer => {
  checkLicence(call);
  const id = call.parameter("id");
  const user = call.store.seen("users", id);
  const row = user === undefined || user["accountEnabled"] === false ? undefined : rowsFor(call)(user);
  if (row === undefined) throw noSuchResource(id);
  return entity(call, CONTEXT, row);
};

export const reportRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/reports/authenticationMethods/userRegistrationDetails",
    permissions: ["AuditLog.Read.All"],
    bucket: "reports",
    options: ["filter", "orderby", "skiptoken"],
    handle: list,
  },
  { method: "GET", path: "/reports/authenticationMethods/userRegistrationDetails/{id}", permissions: ["AuditLog.Read.All"], bucket: "reports", handle: get },
];
