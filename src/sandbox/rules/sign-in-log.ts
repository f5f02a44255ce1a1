/**
 * The log of sign-ins as the service shows it (signIn; signin-list): what the fill computes and what tests put there, newest first,
 * for as long as it is kept.
 */

import { idOf, type Row } from "../collection.ts";
import type { Json, SignInEvent, SignInSpan, WireObject } from "../fill.ts";
import { type FilterNode, isObject, property } from "../odata.ts";
import type { Store } from "../store.ts";
import { withPolicies } from "./applied-policies.ts";
import { hasP2 } from "./licence.ts";

/** How long sign-ins are kept with a premium licence (reference-reports-data-retention). */
const KEPT_S = 30 * 86_400;

/** Rows of one second stand in an order of their own; those that tests put come behind those that were computed. */
const IN_A_SECOND = 2 ** 20;
const PUT_FROM = 2 ** 19;
/** Later than any clock here goes, so that newer rows have smaller places. */
const LAST_SECOND = 2 ** 32;

const placeOf = (second: number, ordinal: number): number => (LAST_SECOND - second) * IN_A_SECOND + ordinal;
const secondAt = (place: number): number => LAST_SECOND - Math.floor(place / IN_A_SECOND);

/** What a filter says for certain of every row that it lets through, so that others need not be computed. */
export type Bounds = {
  readonly from: number;
  readonly to: number;
  readonly account: number | undefined;
  readonly isNobody: boolean;
  /** By programs that know the password only. */
  readonly isOld: boolean;
  readonly isSuccess: boolean;
};

const NEW_PROGRAMS: ReadonlySet<Json> = new Set(["browser", "mobile apps and desktop clients"]);

const namesOldPrograms = (node: FilterNode): boolean => {
  if (node.type === "or") return namesOldPrograms(node.left) && namesOldPrograms(node.right);
  const value = node.type === "compare" && node.path === "clientappused" && node.operator === "eq" ? node.values[0] : undefined;
  return typeof value === "string" && !NEW_PROGRAMS.has(value.toLowerCase());
};

const secondOf = (value: Json | undefined): number => Math.floor(Date.parse(String(value)) / 1000);

const placeOfUser = (store: Store, name: "userid" | "userprincipalname", value: string): number | undefined =>
  name === "userid" ? store.fill.indexOfId(value.toLowerCase()) : store.fill.indexOfAddress(value);

const narrowed = (store: Store, bounds: Bounds, node: FilterNode): Bounds => {
  if (node.type === "and") return narrowed(store, narrowed(store, bounds, node.left), node.right);
  if (namesOldPrograms(node)) return { ...bounds, isOld: true };
  if (node.type !== "compare") return bounds;
  const value = node.values[0];
  if (node.path === "status/errorcode" && node.operator === "eq" && value === 0) return { ...bounds, isSuccess: true };
  if (typeof value !== "string") return bounds;
  if (node.path === "createddatetime") {
    const second = secondOf(value);
    if (Number.isNaN(second)) return bounds;
    const after = node.operator === "ge" || node.operator === "gt" || node.operator === "eq";
    const before = node.operator === "le" || node.operator === "lt" || node.operator === "eq";
    return { ...bounds, from: after ? Math.max(bounds.from, second) : bounds.from, to: before ? Math.min(bounds.to, second) : bounds.to };
  }
  // Somebody may have been renamed, so an address that nobody had at the start says nothing.
  if ((node.path === "userid" || node.path === "userprincipalname") && node.operator === "eq") {
    const account = placeOfUser(store, node.path, value);
    if (account !== undefined && !store.of("users").isWritten(account)) return { ...bounds, account };
    if (node.path === "userid") return account === undefined ? { ...bounds, isNobody: true } : { ...bounds, account };
  }
  return bounds;
};

/** @param filter of the request, if it has one */
export const boundsOf = (store: Store, filter: FilterNode | undefined): Bounds => {
  const now = Math.floor(store.now / 1000);
  const all: Bounds = { from: now - KEPT_S, to: now, account: undefined, isNobody: false, isOld: false, isSuccess: false };
  return filter === undefined ? all : narrowed(store, all, filter);
};

const activityIn = (user: WireObject | undefined): number => {
  const activity = user?.["signInActivity"];
  const last = isObject(activity) ? (activity["lastSuccessfulSignInDateTime"] ?? activity["lastSignInDateTime"]) : undefined;
  return typeof last === "string" ? Date.parse(last) / 1000 : Number.NEGATIVE_INFINITY;
};

/** Who was signed in as what, and until when: an account that somebody changed is shown as it is now. */
const holderOf = (store: Store): ((account: number) => { readonly until: number; readonly user: WireObject | undefined }) => {
  const users = store.of("users");
  const found = new Map<number, { readonly until: number; readonly user: WireObject | undefined }>();
  return (account) => {
    if (!users.isWritten(account)) return { until: Number.POSITIVE_INFINITY, user: undefined };
    const known = found.get(account);
    if (known !== undefined) return known;
    const filled = store.fill.user(account, store.now);
    const current = users.current(idOf(filled));
    const deleted = current === undefined ? store.of("deletedUsers").current(idOf(filled)) : undefined;
    // A test that puts an account with a past of its own puts its sign-ins as well; a blocked one has none since.
    const last = activityIn(current);
    const goesOn = current !== undefined && last === activityIn(filled);
    const until = current === undefined ? secondOf(deleted?.["deletedDateTime"] ?? null) : goesOn ? Number.POSITIVE_INFINITY : last;
    const holder = { until: Number.isNaN(until) ? Number.NEGATIVE_INFINITY : until, user: current };
    found.set(account, holder);
    return holder;
  };
};

const textIn = (object: WireObject | undefined, name: string): string | undefined => {
  const value = object?.[name];
  return typeof value === "string" ? value : undefined;
};

/** What a test leaves out of a sign-in that it puts is as it is for most. */
const putRow = (store: Store, object: WireObject): WireObject => {
  const key = textIn(object, "userId") ?? textIn(object, "userPrincipalName");
  const user = key === undefined ? undefined : store.seenUser(key);
  const isInteractive = object["isInteractive"] !== false;
  const tenantId = store.fill.tenant.id;
  return {
    userDisplayName: textIn(user, "displayName") ?? "",
    userPrincipalName: (textIn(user, "userPrincipalName") ?? "").toLowerCase(),
    userId: textIn(user, "id") ?? "",
    appId: "00000002-0000-0ff1-ce00-000000000000",
    appDisplayName: "Office 365 Exchange Online",
    ipAddress: "",
    clientAppUsed: "Browser",
    userAgent: "",
    correlationId: idOf(object),
    conditionalAccessStatus: "notApplied",
    isInteractive,
    homeTenantId: tenantId,
    resourceDisplayName: "Office 365 Exchange Online",
    resourceId: "00000002-0000-0ff1-ce00-000000000000",
    resourceTenantId: tenantId,
    servicePrincipalId: "",
    servicePrincipalName: "",
    status: { errorCode: 0, failureReason: "Other.", additionalDetails: null },
    deviceDetail: { deviceId: "", displayName: "", operatingSystem: "", browser: "", isCompliant: false, isManaged: false, trustType: "" },
    location: { city: "", state: "", countryOrRegion: "", geoCoordinates: {} },
    riskEventTypes: [],
    riskEventTypes_v2: [],
    riskState: "none",
    appliedConditionalAccessPolicies: [],
    authenticationRequirement: "singleFactorAuthentication",
    authenticationProtocol: "none",
    signInEventTypes: [isInteractive ? "interactiveUser" : "nonInteractiveUser"],
    userType: textIn(user, "userType") === "Guest" ? "guest" : "member",
    ...object,
  };
};

const putRows = (store: Store, { from, to }: Bounds): readonly (Row & { readonly second: number })[] =>
  [...store.of("signIns").rows(store.now)]
    .map(({ place, object }) => ({ second: secondOf(object["createdDateTime"]), place, object }))
    .filter(({ second }) => second >= from && second <= to)
    .map(({ second, place, object }) => ({ second, place: placeOf(second, PUT_FROM + place), object }))
    .sort((left, right) => left.place - right.place);

const withNames = (row: WireObject, user: WireObject | undefined): WireObject => {
  const [address, name] = [textIn(user, "userPrincipalName"), textIn(user, "displayName")];
  if (address === undefined || name === undefined) return row;
  return { ...row, userDisplayName: name, userPrincipalName: address.toLowerCase(), signInIdentifier: address.toLowerCase() };
};

/** Risk is told with Entra ID P2 only; `hidden` is what others are told. */
const withRisk = (store: Store): ((row: WireObject) => WireObject) => {
  const word = hasP2(store) ? "none" : "hidden";
  return (row) => ({ riskDetail: word, riskLevelAggregated: word, riskLevelDuringSignIn: word, ...row });
};

const computedRow = (store: Store): ((event: SignInEvent, user: WireObject | undefined) => WireObject) => {
  const judged = withPolicies(store);
  return (event, user) => {
    const row = withNames(event.row(), user);
    const status = row["status"];
    // A wrong password never gets as far as a policy.
    return isObject(status) && status["errorCode"] !== 0 ? row : judged(row, event.isStranger);
  };
};

const spanOf = (store: Store, { from, to, account, isOld }: Bounds): SignInSpan => ({
  from,
  to,
  ...(isOld ? { oldPrograms: true } : {}),
  ...(account === undefined ? {} : { account }),
  egress: Object.fromEntries(Object.entries(store.dials.egress).map(([domain, address]) => [domain.toLowerCase(), address])),
});

/**
 * Rows behind a place, whole, as beta has them.
 * @param wants which of the computed ones are worth computing
 */
export function* signInRows(store: Store, bounds: Bounds, after: number, wants: (event: SignInEvent) => boolean): Generator<Row> {
  if (bounds.isNobody && store.of("signIns").size(store.now) === 0) return;
  const holder = holderOf(store);
  const finish = withRisk(store);
  const computed = computedRow(store);
  const put = putRows(store, bounds).filter(({ place }) => place > after);
  let next = 0;
  const rowsUpTo = function* (place: number): Generator<Row> {
    for (let row = put[next]; row !== undefined && row.place < place; row = put[next]) {
      next += 1;
      yield { place: row.place, object: finish(putRow(store, row.object)) };
    }
  };
  const { signIns } = store.fill;
  if (signIns !== undefined && store.dials.signIns === "filled" && !bounds.isNobody) {
    const span: SignInSpan = {
      ...spanOf(store, bounds),
      ...(after < 0 ? {} : { after: { second: secondAt(after), ordinal: after % IN_A_SECOND } }),
    };
    for (const event of signIns.events(span)) {
      const place = placeOf(event.second, event.ordinal);
      yield* rowsUpTo(place);
      if (!wants(event) || (bounds.isSuccess && event.isFailed)) continue;
      const { until, user } = holder(event.account);
      if (event.second <= until) yield { place, object: finish(computed(event, user)) };
    }
  }
  yield* rowsUpTo(Number.POSITIVE_INFINITY);
}

/** One sign-in by its id. */
export const signInWithId = (store: Store, id: string): WireObject | undefined => {
  const bounds = boundsOf(store, undefined);
  const finish = withRisk(store);
  const put = store.seen("signIns", id);
  if (put !== undefined) {
    const second = secondOf(put["createdDateTime"]);
    return second >= bounds.from && second <= bounds.to ? finish(putRow(store, put)) : undefined;
  }
  if (store.dials.signIns !== "filled") return undefined;
  const event = store.fill.signIns?.withId(id.toLowerCase(), spanOf(store, bounds));
  if (event === undefined) return undefined;
  const { until, user } = holderOf(store)(event.account);
  return event.second <= until ? finish(computedRow(store)(event, user)) : undefined;
};

/** What v1.0 has of it (CSDL: `signIn`). */
const IN_V1 = (
  "id createdDateTime userDisplayName userPrincipalName userId appId appDisplayName ipAddress clientAppUsed userAgent correlationId conditionalAccessStatus isInteractive " +
  "homeTenantId resourceDisplayName resourceId resourceTenantId servicePrincipalId servicePrincipalName status deviceDetail location riskDetail riskLevelAggregated " +
  "riskLevelDuringSignIn riskState riskEventTypes riskEventTypes_v2 appliedConditionalAccessPolicies"
).split(" ");

export const asInV1 = (row: WireObject): WireObject => {
  const shown: Record<string, Json> = {};
  for (const name of IN_V1) {
    const value = row[name];
    if (value !== undefined) shown[name] = value;
  }
  return shown;
};

export const isInteractiveRow = (row: WireObject): boolean => property(row, "isInteractive") !== false;
