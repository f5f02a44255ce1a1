/** What the service lets a reader see of an account, and what it lets a writer do (CSDL: `user`; user-list, user-post-users, user-update). */

import type { Call } from "../context.ts";
import type { Json, WireObject } from "../fill.ts";
import { type FilterNode, type FilterRules, filteredProperties, isObject, type Operator, parseFilter, property, selectedOf } from "../odata.ts";
import { badRequest, denied, noSuchResource, Refusal, unsupportedQuery } from "../refusal.ts";
import type { Store } from "../store.ts";
import { assignmentStatesOf } from "./assignment.ts";
import { hasP1, plansOfUser } from "./licence.ts";
import { mailboxSettings, noAccess } from "./mailbox.ts";
import { perUserStateOf } from "./per-user-mfa.ts";

/** Properties with one value; null when an account has none. */
const SINGLE = (
  "accountEnabled ageGroup city companyName consentProvidedForMinor country createdDateTime creationType deletedDateTime department displayName employeeHireDate employeeId " +
  "employeeLeaveDateTime employeeType externalUserState externalUserStateChangeDateTime faxNumber givenName id identityParentId isManagementRestricted isResourceAccount jobTitle " +
  "lastPasswordChangeDateTime legalAgeGroupClassification mail mailNickname mobilePhone officeLocation onPremisesDistinguishedName onPremisesDomainName onPremisesImmutableId " +
  "onPremisesLastSyncDateTime onPremisesSamAccountName onPremisesSecurityIdentifier onPremisesSyncEnabled onPremisesUserPrincipalName passwordPolicies postalCode " +
  "preferredDataLocation preferredLanguage securityIdentifier showInAddressList signInSessionsValidFromDateTime state streetAddress surname usageLocation userPrincipalName userType"
).split(" ");
const COLLECTIONS =
  "assignedLicenses assignedPlans businessPhones identities imAddresses licenseAssignmentStates onPremisesProvisioningErrors otherMails provisionedPlans proxyAddresses serviceProvisioningErrors".split(
    " ",
  );

/** Can be asked of one account only; a list that names one is refused with 501 (user-list). */
const ALONE = new Set(
  "aboutMe birthday hireDate interests mySite pastProjects preferredName responsibilities schools skills mailboxSettings".toLowerCase().split(" "),
);

const USUAL = "businessPhones displayName givenName id jobTitle mail mobilePhone officeLocation preferredLanguage surname userPrincipalName".split(" ");
const BASIC = new Set("displayName givenName id mail photo securityIdentifier surname userPrincipalName".toLowerCase().split(" "));
const ACTIVITY = "signInActivity";
const MAILBOX = "mailboxSettings";
const PLANS = "assignedPlans";
const STATES = "licenseAssignmentStates";
const EXTENSIONS = "onPremisesExtensionAttributes";
const EXTENSION_NAMES = Array.from({ length: 15 }, (_, place) => `extensionAttribute${place + 1}`);
const NO_EXTENSIONS: WireObject = Object.fromEntries(EXTENSION_NAMES.map((name) => [name, null]));
/** In no documentation; production code reads it (the type is open). */
const PER_USER = "perUserMfaState";

/** How the service spells a property, and what stands for it where an account has none; undefined: nothing does. */
type Known = { readonly name: string; readonly none: Json | undefined };
const KNOWN: ReadonlyMap<string, Known> = new Map(
  [
    ...SINGLE.map((name): Known => ({ name, none: null })),
    ...COLLECTIONS.map((name): Known => ({ name, none: [] })),
    { name: EXTENSIONS, none: NO_EXTENSIONS },
  ].map((known) => [known.name.toLowerCase(), known]),
);

export const asksForActivity = (call: Call): boolean => selectedOf(call.query)?.has(ACTIVITY.toLowerCase()) ?? false;

/** Whoever reads sign-in activity needs the permission, then the licence. @throws Refusal 403 */
const checkActivityAllowed = (call: Call): void => {
  if (!call.may("AuditLog.Read.All")) {
    throw new Refusal(403, "Authentication_MSGraphPermissionMissing", "Application missing MSGraph API 'Read all audit log data' permission");
  }
  if (!hasP1(call.store))
    throw new Refusal(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Neither tenant is B2C or tenant doesn't have premium license");
};

/**
 * How an account looks to this reader: the usual properties, or the selected ones.
 * @param of one account, or a list of them
 * @throws Refusal 403 without the permission for what is selected, 501 for what cannot be listed
 */
export const userView = (call: Call, of: "one" | "list"): ((user: WireObject) => WireObject) => {
  const selected = selectedOf(call.query);
  const wanted = selected === undefined ? USUAL.map((name) => name.toLowerCase()) : [...selected];
  const beyond = wanted.find((name) => ALONE.has(name));
  if (of === "list" && beyond !== undefined) throw new Refusal(501, "NotImplemented", `The property '${beyond}' can be read of a single user only.`);
  const mayAll = ["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"].some(call.may);
  if (!mayAll && selected !== undefined && wanted.some((name) => !BASIC.has(name))) throw denied();
  if (asksForActivity(call)) checkActivityAllowed(call);
  // Whoever asks for the activity gets the id with it, named or not.
  const names = new Set(asksForActivity(call) ? ["id", ...wanted] : wanted);
  const tellsMailbox = names.delete(MAILBOX.toLowerCase());
  if (tellsMailbox && !["MailboxSettings.Read", "MailboxSettings.ReadWrite"].some(call.may)) throw noAccess();
  const tellsState = names.has(PER_USER.toLowerCase()) && call.store.dials.bulkPerUserMfa === "told";
  const columns = [...names].map((name): Known => KNOWN.get(name) ?? { name: name === ACTIVITY.toLowerCase() ? ACTIVITY : name, none: undefined });
  return (user) => {
    const shown: Record<string, Json> = {};
    const type = user["@odata.type"];
    if (type !== undefined) shown["@odata.type"] = type;
    for (const { name, none } of columns) {
      const value = name === STATES ? assignmentStatesOf(user) : (user[name] ?? (name === PLANS ? plansOfUser(call.store, user) : none));
      if (value !== undefined) shown[name] = value;
    }
    if (tellsMailbox) shown[MAILBOX] = mailboxSettings(call.store, user);
    // Who is `disabled` has no such property at all.
    const state = tellsState ? perUserStateOf(call.store, String(user["id"])) : "disabled";
    if (state !== "disabled") shown[PER_USER] = state;
    return shown;
  };
};

const EQUAL: readonly Operator[] = ["eq", "ne", "in"];
const ORDERED: readonly Operator[] = [...EQUAL, "ge", "le"];
const TEXT: readonly Operator[] = [...ORDERED, "startsWith"];
const ADDRESS: readonly Operator[] = [...TEXT, "endsWith"];
const MOMENT: readonly Operator[] = ["eq", "ne", "ge", "le"];
const COUNT: readonly Operator[] = ["eq", "ne"];

const FILTERS: FilterRules = {
  accountenabled: EQUAL,
  assignedlicenses: ["any"],
  "assignedlicenses/$count": COUNT,
  city: TEXT,
  companyname: TEXT,
  country: TEXT,
  createddatetime: ORDERED,
  creationtype: EQUAL,
  department: TEXT,
  displayname: TEXT,
  employeeid: TEXT,
  employeetype: TEXT,
  externaluserstate: EQUAL,
  givenname: TEXT,
  id: EQUAL,
  jobtitle: TEXT,
  mail: ADDRESS,
  mailnickname: TEXT,
  mobilephone: TEXT,
  officelocation: TEXT,
  ...Object.fromEntries(EXTENSION_NAMES.map((name) => [`${EXTENSIONS}/${name}`.toLowerCase(), TEXT])),
  onpremisesimmutableid: ORDERED,
  onpremiseslastsyncdatetime: ORDERED,
  onpremisessyncenabled: EQUAL,
  othermails: ["any"],
  preferredlanguage: TEXT,
  proxyaddresses: ["any"],
  "proxyaddresses/$count": COUNT,
  "signinactivity/lastsignindatetime": MOMENT,
  "signinactivity/lastnoninteractivesignindatetime": MOMENT,
  "signinactivity/lastsuccessfulsignindatetime": MOMENT,
  surname: TEXT,
  usagelocation: TEXT,
  userprincipalname: ADDRESS,
  usertype: EQUAL,
};

const asksForNull = (node: FilterNode): boolean => {
  switch (node.type) {
    case "and":
    case "or":
      return asksForNull(node.left) || asksForNull(node.right);
    case "not":
    case "any":
      return asksForNull(node.of);
    case "compare":
      return node.values.includes(null);
  }
};

/**
 * The rules by which accounts are filtered, after those that only accounts have.
 * @returns the rules, and whether the filter speaks of sign-in activity
 * @throws Refusal 400, 403
 */
export const userFilter = (call: Call, advanced: boolean): { readonly rules: FilterRules; readonly activity: boolean } => {
  const text = call.query.get("filter");
  if (text === undefined) return { rules: FILTERS, activity: false };
  const node = parseFilter(text);
  const properties = filteredProperties(node);
  const activity = properties.some((name) => name.startsWith("signinactivity"));
  if (activity) {
    checkActivityAllowed(call);
    // The exact text of the service is unconfirmed.
    if (!properties.every((name) => name.startsWith("signinactivity")))
      throw unsupportedQuery("Filter on signInActivity cannot be combined with other filterable properties.");
  }
  if (!advanced && asksForNull(node))
    throw unsupportedQuery("Comparing with null is supported only with the header ConsistencyLevel: eventual and $count=true.");
  return { rules: FILTERS, activity };
};

const REQUIRED = ["accountEnabled", "displayName", "mailNickname", "passwordProfile", "userPrincipalName"];

/** What the directory itself, a licence or a sync sets. */
const READ_ONLY = new Set(
  "id createdDateTime creationType deletedDateTime assignedLicenses assignedPlans provisionedPlans licenseAssignmentStates proxyAddresses signInActivity onPremisesSyncEnabled onPremisesLastSyncDateTime onPremisesDomainName identityParentId externalUserState"
    .toLowerCase()
    .split(" "),
);
const FLAGS = new Set(["accountenabled"]);
const TEXTS = new Set(
  SINGLE.map((name) => name.toLowerCase()).filter(
    (name) => !FLAGS.has(name) && !READ_ONLY.has(name) && !["isresourceaccount", "ismanagementrestricted", "showinaddresslist"].includes(name),
  ),
);
const NEVER_EMPTY = new Set(["displayname", "mailnickname", "userprincipalname", "usagelocation"]);

const LOCAL = /^[A-Za-z0-9'._!#^~-]{1,64}$/;
const NICKNAME = /^[\x21-\x7e]{1,64}$/;
const NICKNAME_NEVER = /[@()\\[\]";:<>,\s]|\.$/;

const invalidValue = (name: string): Refusal =>
  new Refusal(400, "Request_BadRequest", `Invalid value specified for property '${name}' of resource 'User'.`, {
    details: [{ code: "InvalidValue", target: name, message: `Invalid value specified for property '${name}' of resource 'User'.` }],
  });

/** @throws Refusal 400 for what is no address of one of the tenant's domains */
export const checkAddress = (address: string, store: Store): void => {
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1).toLowerCase();
  const verified = [...store.of("domains").rows(store.now)].some(
    (row) => row.object["isVerified"] !== false && String(row.object["id"]).toLowerCase() === domain,
  );
  if (at < 1 || !LOCAL.test(address.slice(0, at)) || !verified) throw badRequest("One or more properties contains invalid values.");
};

/** @throws Refusal 400 where another account has the name */
export const checkFree = (address: string, id: string | undefined, store: Store): void => {
  const other = store.currentUser(address);
  if (other === undefined || other["id"] === id) return;
  const message = "Another object with the same value for property userPrincipalName already exists.";
  throw new Refusal(400, "Request_BadRequest", message, { details: [{ code: "ObjectConflict", target: "userPrincipalName", message }] });
};

/** The fifteen attributes after a change: those that were sent, and the rest as they were. @throws Refusal 400 */
const extensionsOf = (value: Json, current: WireObject | undefined): WireObject => {
  if (!isObject(value)) throw invalidValue(EXTENSIONS);
  const before = current?.[EXTENSIONS];
  const changed: Record<string, Json> = { ...NO_EXTENSIONS, ...(isObject(before) ? before : {}) };
  for (const [key, text] of Object.entries(value)) {
    if (key.toLowerCase() === "@odata.type") continue;
    const name = EXTENSION_NAMES.find((candidate) => candidate.toLowerCase() === key.toLowerCase());
    if (name === undefined || (text !== null && (typeof text !== "string" || text.length > 1024))) throw invalidValue(`${EXTENSIONS}/${key}`);
    changed[name] = text;
  }
  return changed;
};

/** A body's properties under the names that the service spells, each checked. The password never gets further than this. @throws Refusal 400 */
const checkedProperties = (body: WireObject, current: WireObject | undefined, store: Store): Readonly<Record<string, Json>> => {
  const id = current === undefined ? undefined : String(current["id"]);
  const properties: Record<string, Json> = {};
  for (const [key, value] of Object.entries(body)) {
    const lower = key.toLowerCase();
    if (lower === "@odata.type" || lower === "passwordprofile") continue;
    if (lower === EXTENSIONS.toLowerCase()) {
      properties[EXTENSIONS] = extensionsOf(value, current);
      continue;
    }
    if (READ_ONLY.has(lower)) throw badRequest(`Property '${key}' is read-only and cannot be set.`);
    const name = KNOWN.get(lower)?.name ?? key;
    if (FLAGS.has(lower) && typeof value !== "boolean") throw invalidValue(name);
    if (TEXTS.has(lower) && value !== null && typeof value !== "string") throw invalidValue(name);
    if (NEVER_EMPTY.has(lower) && (value === null || value === "")) throw invalidValue(name);
    if (KNOWN.get(lower)?.none !== null && KNOWN.has(lower) && !Array.isArray(value)) throw invalidValue(name);
    if (lower === "displayname" && typeof value === "string" && value.length > 256) throw invalidValue(name);
    if (lower === "mailnickname" && typeof value === "string" && (!NICKNAME.test(value) || NICKNAME_NEVER.test(value))) throw invalidValue(name);
    if (lower === "usertype" && value !== "Member" && value !== "Guest") throw invalidValue(name);
    if (lower === "userprincipalname" && typeof value === "string") {
      checkAddress(value, store);
      checkFree(value, id, store);
    }
    properties[name] = value;
  }
  return properties;
};

/** A new account, cloud-only and without a licence. @throws Refusal 400 */
export const newUser = (body: WireObject, store: Store, id: string, createdDateTime: string): WireObject => {
  for (const name of REQUIRED) {
    const value = property(body, name);
    if (value === undefined || value === null || value === "") throw badRequest(`Property ${name} value is required but is empty or missing.`);
  }
  const profile = property(body, "passwordProfile");
  const password = isObject(profile) ? property(profile, "password") : undefined;
  if (typeof password !== "string" || password.length < 8) {
    throw badRequest("The specified password does not comply with password complexity requirements. Please provide a different password.");
  }
  const empty = Object.fromEntries([...KNOWN.values()].map(({ name, none }) => [name, none ?? null]));
  const { [PLANS]: _, ...rest } = empty;
  return { ...rest, userType: "Member", ...checkedProperties(body, undefined, store), id, createdDateTime };
};

/** @throws Refusal 400, also for every change to an account whose master is on premises */
export const changedUser = (current: WireObject, body: WireObject, store: Store): WireObject => {
  if (current["onPremisesSyncEnabled"] === true) {
    throw badRequest("Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.");
  }
  return { ...current, ...checkedProperties(body, current, store) };
};

/** The account that a path names, by object id or user principal name. @throws Refusal 404 */
export const userNamed = (store: Store, key: string): WireObject => {
  const user = store.seenUser(key);
  if (user === undefined) throw noSuchResource(key);
  return user;
};
