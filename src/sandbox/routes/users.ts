/** Accounts: list, read, make, change, delete, and the methods that one has registered. */

import { idOf, type Row } from "../collection.ts";
import {
  type Answer,
  bodyOf,
  type Call,
  countText,
  denied,
  filterOf,
  isAdvanced,
  noContent,
  noSuchResource,
  type PageSizes,
  pageOf,
  Refusal,
  type Route,
  unsupportedQuery,
} from "../context.ts";
import { provisioned } from "../exchange/mailbox.ts";
import type { WireObject } from "../fill.ts";
import { property } from "../odata.ts";
import { assigned } from "../rules/assignment.ts";
import { checkReach, userDeletion } from "../rules/deleted-user.ts";
import { expandedManager } from "../rules/manager.ts";
import { isGuid } from "../rules/shape.ts";
import { asksForActivity, changedUser, newUser, userFilter, userNamed, userView } from "../rules/user.ts";
import { moment } from "../store.ts";
import { sorted, sortOf } from "./sorting.ts";

const READ = ["User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const WRITE = ["User.ReadWrite.All", "Directory.ReadWrite.All"];

/** With sign-in activity a page holds 500 at most; whether more is refused or cut down is unconfirmed, and refusing shows the mistake. */
const WITH_ACTIVITY: PageSizes = { usual: 100, most: 500 };
const WITHOUT: PageSizes = { usual: 100, most: 999 };

const contextOf = (call: Call): string => {
  const select = call.query.get("select");
  return select === undefined ? "users" : `users(${select.replaceAll(" ", "")})`;
};

const list = (call: Call): Answer => {
  const { store, now, query } = call;
  const advanced = isAdvanced(call);
  const { rules, activity } = userFilter(call, advanced);
  const pick = userView(call, "list");
  const users = store.of("users");
  const sort = sortOf(query, ["displayName", "userPrincipalName"]);
  if (sort !== undefined && query.has("filter") && !advanced) throw unsupportedQuery("Sorting not supported for current query.");
  const passes = query.has("filter") ? filterOf(call, rules) : undefined;
  const told = activity || asksForActivity(call);
  const rows = (after: number): Iterable<Row> => (sort === undefined ? users.rows(now, after, !told) : sorted(users.rows(now, -1, !told), sort, after));
  return pageOf(call, {
    context: "users",
    rows,
    ...(passes === undefined ? {} : { filter: passes }),
    pick,
    sizes: told ? WITH_ACTIVITY : WITHOUT,
    size: () => users.size(now),
  });
};

const count = (call: Call): Answer => {
  const { store, now } = call;
  const users = store.of("users");
  // The header alone makes this an advanced query: there is no $count to ask for beside it.
  const advanced = call.header("ConsistencyLevel")?.toLowerCase() === "eventual";
  if (!call.query.has("filter")) return countText(call, users.size(now));
  const { rules, activity } = userFilter(call, advanced);
  const passes = filterOf({ ...call, query: new Map([...call.query, ["count", "true"]]) }, rules);
  let size = 0;
  for (const row of users.rows(now, -1, !activity)) size += passes(row.object) ? 1 : 0;
  return countText(call, size);
};

const get = (call: Call): Answer => {
  const key = call.parameter("id");
  if (asksForActivity(call) && !isGuid(key)) throw new Refusal(400, "400", "Get By Key only supports UserId and the key has to be a valid Guid");
  const expanded = expandedManager(call);
  const view = userView(call, "one");
  const user = userNamed(call.store, key);
  return { status: 200, body: { "@odata.context": `${call.root}/$metadata#${contextOf(call)}/$entity`, ...view(user), ...expanded(user) } };
};

/** Whose token it is. @throws Refusal 400 for an application, as the service answers it (user-get; seen in msgraph-sdk-php#1163 and others) */
const me = (call: Call): Answer => {
  const { operator } = call.store.dials;
  if (operator === undefined) throw new Refusal(400, "BadRequest", "/me request is only valid with delegated authentication flow.");
  const view = userView(call, "one");
  return { status: 200, body: { "@odata.context": `${call.root}/$metadata#${contextOf(call)}/$entity`, ...view(userNamed(call.store, operator)) } };
};

const create = (call: Call): Answer => {
  const { store } = call;
  const user = newUser(bodyOf(call), store, store.newId(), moment(call.now));
  store.write([{ type: "put", collection: "users", object: user, seenFrom: store.seenFrom("directory"), made: true }, ...provisioned(store, undefined, user)]);
  return { status: 201, body: { "@odata.context": `${call.root}/$metadata#users/$entity`, ...userView(call, "one")(user) } };
};

/** The account to write to, as it truly is; one that readers do not see yet cannot be written to. @throws Refusal 404 */
const writableUser = (call: Call): WireObject => {
  const key = call.parameter("id");
  const current = call.store.writable("users", idOf(userNamed(call.store, key)));
  if (current === undefined) throw noSuchResource(key);
  return current;
};

/** Of administrators, a permission alone does not change these (users: "Who can perform sensitive actions"). */
const SENSITIVE = new Set(
  "accountEnabled businessPhones mobilePhone onPremisesImmutableId otherMails passwordProfile userPrincipalName".toLowerCase().split(" "),
);

const patch = (call: Call): Answer => {
  const body = bodyOf(call);
  // The permission to block and unblock reaches no other property (user-update).
  if (!WRITE.some(call.may) && Object.keys(body).some((key) => key.toLowerCase() !== "accountenabled")) throw denied();
  const current = writableUser(call);
  const { store } = call;
  if (Object.keys(body).some((key) => SENSITIVE.has(key.toLowerCase()))) checkReach(store, idOf(current));
  store.write([{ type: "put", collection: "users", object: changedUser(current, body, store), seenFrom: store.seenFrom("directory"), keeps: true }]);
  return noContent;
};

const remove = (call: Call): Answer => {
  call.store.write(userDeletion(call.store, writableUser(call)));
  return noContent;
};

/** Licences added and taken away; a mailbox that comes with them is there at once. */
const assignLicense = (call: Call): Answer => {
  const { store } = call;
  const before = writableUser(call);
  const { user, changes } = assigned(store, before, bodyOf(call));
  store.write([
    { type: "put", collection: "users", object: user, seenFrom: store.seenFrom("directory"), keeps: true },
    ...changes,
    ...provisioned(store, before, user),
  ]);
  return { status: 200, body: { "@odata.context": `${call.root}/$metadata#users/$entity`, ...userView(call, "one")(user) } };
};

const PASSWORD_METHOD: WireObject = {
  "@odata.type": "#microsoft.graph.passwordAuthenticationMethod",
  id: "28c10230-6103-485e-b985-444c60001490",
  createdDateTime: null,
  password: null,
};

/** Registered methods (authentication-list-methods); an account made later has its password and nothing else. */
const methods = (call: Call): Answer => {
  const user = userNamed(call.store, call.parameter("id"));
  const id = idOf(user);
  const registered = call.store.seen("authenticationMethods", id);
  const value = registered === undefined ? undefined : property(registered, "value");
  return {
    status: 200,
    body: { "@odata.context": `${call.root}/$metadata#users('${id}')/authentication/methods`, value: Array.isArray(value) ? value : [PASSWORD_METHOD] },
  };
};

export const userRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/users",
    permissions: READ,
    bucket: "directory",
    units: 2,
    options: ["select", "filter", "top", "count", "orderby", "skiptoken"],
    handle: list,
  },
  { method: "GET", path: "/users/$count", permissions: READ, bucket: "directory", options: ["filter"], handle: count },
  { method: "GET", path: "/users/{id}", permissions: READ, bucket: "directory", options: ["select", "expand"], handle: get },
  { method: "GET", path: "/me", permissions: ["User.Read", ...READ], bucket: "directory", options: ["select"], handle: me },
  { method: "POST", path: "/users", permissions: WRITE, bucket: "directory", handle: create },
  { method: "PATCH", path: "/users/{id}", permissions: [...WRITE, "User.EnableDisableAccount.All+User.Read.All"], bucket: "directory", handle: patch },
  { method: "DELETE", path: "/users/{id}", permissions: ["User.DeleteRestore.All", "User.ReadWrite.All"], bucket: "directory", handle: remove },
  {
    method: "POST",
    path: "/users/{id}/assignLicense",
    permissions: ["LicenseAssignment.ReadWrite.All", ...WRITE],
    bucket: "directory",
    handle: assignLicense,
  },
  {
    method: "GET",
    path: "/users/{id}/authentication/methods",
    permissions: ["UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All"],
    bucket: "reports",
    handle: methods,
  },
];
