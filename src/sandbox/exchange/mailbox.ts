/**
 * Mailboxes as Exchange Online keeps them, beside the directory: their own ids, their protocols, and the plans from which new
 * ones take these (learn.microsoft.com: Set-CASMailbox, Set-CASMailboxPlan, "Mailbox plans in Exchange Online").
 */

import { idOf, type Row } from "../collection.ts";
import type { Fill, Json, WireObject } from "../fill.ts";
import { guidFrom } from "../ids.ts";
import { isKept } from "../rules/directory-object.ts";
import { mailboxPurposeOf } from "../rules/mailbox.ts";
import type { Change, Store } from "../store.ts";
import { SERVER, SMTP } from "./defaults.ts";
import { aliasOf, isOnHold, keepingOf, principalOf } from "./keeping.ts";
import { ambiguous, notFound } from "./trouble.ts";

/** What Set-CASMailbox takes, as far as this tenant knows mailboxes. */
export const CAS_FLAGS = [
  "PopEnabled",
  "ImapEnabled",
  "ActiveSyncEnabled",
  "MAPIEnabled",
  "OWAEnabled",
  "ECPEnabled",
  "EwsEnabled",
  "OutlookMobileEnabled",
  "MacOutlookEnabled",
  "OneWinNativeOutlookEnabled",
  "UniversalOutlookEnabled",
] as const;

/** What a plan says of new mailboxes. */
export const PLAN_FLAGS = ["ActiveSyncEnabled", "ImapEnabled", "MAPIEnabled", "OWAEnabled", "ECPEnabled", "PopEnabled"] as const;

const keys = new WeakMap<Fill, readonly number[]>();

/** By which a tenant's mailboxes have ids of their own. */
const keyOf = (fill: Fill): readonly number[] => {
  const known = keys.get(fill);
  if (known !== undefined) return known;
  const key = [...guidFrom(`${fill.seed} mailboxes`).replaceAll("-", "")].map((digit) => Number.parseInt(digit, 16));
  keys.set(fill, key);
  return key;
};

/** A mailbox's own id and its account's are two; each is found from the other without a table. */
const turned = (id: string, fill: Fill): string => {
  const key = keyOf(fill);
  let text = "";
  let at = 0;
  for (const character of id.toLowerCase()) {
    const digit = "0123456789abcdef".indexOf(character);
    text += digit < 0 ? character : (digit ^ (key[at % key.length] ?? 0)).toString(16);
    if (digit >= 0) at += 1;
  }
  return text;
};

const guidOf = (store: Store, user: string): string => turned(user, store.fill);
const userOf = (store: Store, guid: string): string => turned(guid, store.fill);

const ALL_ON: WireObject = Object.fromEntries(CAS_FLAGS.map((flag) => [flag, true]));

/** As the plan has it; an edit of the plan reaches no mailbox that is there. Of SMTP AUTH no plan says anything. */
const fromPlan = (plan: WireObject | undefined): WireObject =>
  Object.fromEntries(PLAN_FLAGS.flatMap((flag) => (typeof plan?.[flag] === "boolean" ? [[flag, plan[flag]]] : [])));

/** What the fill says of a mailbox that nobody has touched yet. */
const filled = (store: Store, user: WireObject): WireObject => {
  const index = store.fill.indexOfId(idOf(user));
  return { ...ALL_ON, [SMTP]: null, ...(index === undefined ? {} : store.fill.casMailbox?.(index)) };
};

/** The protocols of an account's mailbox; undefined when it has none. */
export const casOf = (store: Store, user: WireObject, seen: "now" | "truly" = "now"): WireObject | undefined => {
  if (mailboxPurposeOf(store, user) === undefined) return undefined;
  const id = idOf(user);
  const written = seen === "now" ? store.seen("casMailboxes", id) : store.of("casMailboxes").current(id);
  return { ...filled(store, user), ...written };
};

const TYPES = {
  user: "UserMailbox",
  linked: "LinkedMailbox",
  shared: "SharedMailbox",
  room: "RoomMailbox",
  equipment: "EquipmentMailbox",
  others: "UserMailbox",
} as const;

/** What RecipientTypeDetails of Get-CASMailbox takes (its page). */
export const RECIPIENT_TYPES: readonly string[] = [
  "DiscoveryMailbox",
  "EquipmentMailbox",
  "LegacyMailbox",
  "LinkedMailbox",
  "LinkedRoomMailbox",
  "MailUser",
  "RoomMailbox",
  "SharedMailbox",
  "TeamMailbox",
  "UserMailbox",
];

/** Undefined for an account without a mailbox. */
export const recipientTypeOf = (store: Store, user: WireObject): string | undefined => {
  const purpose = mailboxPurposeOf(store, user);
  return purpose === undefined ? undefined : TYPES[purpose];
};

const planOf = (store: Store, user: WireObject): string | null => {
  const licences = Array.isArray(user["assignedLicenses"]) ? user["assignedLicenses"] : [];
  if (licences.length === 0) return null;
  const [first] = [...store.of("casMailboxPlans").rows(store.now)].map(({ object }) => object);
  return first === undefined ? null : String(first["Name"]);
};

const addressesOf = (user: WireObject): readonly string[] => {
  const mail = String(user["mail"] ?? user["userPrincipalName"]);
  const proxies = Array.isArray(user["proxyAddresses"]) ? user["proxyAddresses"].filter((each) => typeof each === "string") : [];
  return proxies.length > 0 ? proxies : [`SMTP:${mail}`];
};

const guid = (id: string): WireObject => ({ "Guid@data.type": "System.Guid", "Guid@odata.type": "#Guid", Guid: id });

const SHOWN_FLAGS = [...CAS_FLAGS, SMTP];

/** A row of Get-CASMailbox. */
export const casRow = (store: Store, user: WireObject, cas: WireObject): WireObject => {
  const own = guidOf(store, idOf(user));
  const alias = aliasOf(user);
  const flags: Record<string, Json> = {};
  for (const name of SHOWN_FLAGS) flags[name] = cas[name] ?? null;
  return {
    "EmailAddresses@odata.type": "#Collection(String)",
    EmailAddresses: addressesOf(user),
    LegacyExchangeDN: `/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=${own.replaceAll("-", "")}-${alias}`,
    PrimarySmtpAddress: String(user["mail"] ?? user["userPrincipalName"]),
    SamAccountName: `$${own.slice(0, 6).toUpperCase()}-${own.slice(9, 13).toUpperCase()}`,
    ServerName: SERVER.slice(0, SERVER.indexOf(".")).toLowerCase(),
    DisplayName: user["displayName"] ?? "",
    ActiveSyncMailboxPolicy: "Default",
    HasActiveSyncDevicePartnership: false,
    OwaMailboxPolicy: "OwaMailboxPolicy-Default",
    ...flags,
    ExternalDirectoryObjectId: idOf(user),
    Identity: alias,
    Id: alias,
    Name: alias,
    ...guid(own),
    IsValid: true,
  };
};

/** Exchange's way to write a moment. */
const momentOf = (text: string): string => `${new Date(text).toISOString().slice(0, 19)}.0000000+00:00`;
const dated = (name: string, text: string | null): WireObject =>
  text === null ? { [name]: null } : { [`${name}@data.type`]: "System.DateTime", [name]: momentOf(text) };
const listedAs = (name: string, texts: readonly string[]): WireObject => ({ [`${name}@odata.type`]: "#Collection(String)", [name]: texts });

/** By their names in Exchange's directory. Whoever is not in it any more is left out: what becomes of such a link nobody has written down. */
const namesOf = (store: Store, principals: readonly string[]): readonly string[] =>
  principals.map((each) => principalOf(store, each).name).filter((name) => name !== undefined);

/** A row of Get-Mailbox, as far as anybody here asks for it. @param user one of the deleted, for a mailbox that is there no more */
export const mailboxRow = (store: Store, user: WireObject): WireObject => {
  const kept = keepingOf(store, user);
  const deleted = typeof user["deletedDateTime"] === "string" ? user["deletedDateTime"] : null;
  return {
    UserPrincipalName: user["userPrincipalName"] ?? "",
    RecipientTypeDetails: recipientTypeOf(store, user) ?? TYPES.user,
    ExternalDirectoryObjectId: idOf(user),
    ...guid(guidOf(store, idOf(user))),
    Identity: aliasOf(user),
    Name: aliasOf(user),
    DisplayName: user["displayName"] ?? "",
    PrimarySmtpAddress: String(user["mail"] ?? user["userPrincipalName"]),
    MailboxPlan: planOf(store, user),
    IsDirSynced: user["onPremisesSyncEnabled"] === true,
    LitigationHoldEnabled: kept.LitigationHoldEnabled,
    ...dated("LitigationHoldDate", kept.LitigationHoldDate),
    ...listedAs("InPlaceHolds", kept.InPlaceHolds),
    ComplianceTagHoldApplied: kept.ComplianceTagHoldApplied,
    DelayHoldApplied: kept.DelayHoldApplied,
    DelayReleaseHoldApplied: kept.DelayReleaseHoldApplied,
    RetentionHoldEnabled: kept.RetentionHoldEnabled,
    ForwardingAddress: kept.ForwardingAddress === null ? null : (principalOf(store, kept.ForwardingAddress).name ?? null),
    ForwardingSmtpAddress: kept.ForwardingSmtpAddress,
    DeliverToMailboxAndForward: kept.DeliverToMailboxAndForward,
    ...listedAs("GrantSendOnBehalfTo", namesOf(store, kept.GrantSendOnBehalfTo)),
    IsInactiveMailbox: deleted !== null && isOnHold(kept),
    ...dated("WhenSoftDeleted", deleted),
  };
};

/** By the mailbox's id, the account's, an address, or the name in Exchange's own directory. @throws Trouble for a name that several have */
export const userNamed = (store: Store, identity: string): WireObject | undefined => {
  const key = identity.trim();
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(key)) return store.seenUser(userOf(store, key)) ?? store.seenUser(key);
  if (key.includes("@")) return store.seenUser(key);
  const found = store.fill.tenant.verifiedDomains.map(({ name }) => store.seenUser(`${key}@${name}`)).filter((user) => user !== undefined);
  if (found.length > 1) throw ambiguous(identity);
  return found[0];
};

/** Deleted accounts whose mailboxes are still kept: as long as the account can come back, and longer where somebody holds it (Get-Mailbox: SoftDeletedMailbox). */
export const softDeleted = function* (store: Store, after = -1): Generator<Row> {
  for (const row of store.of("deletedUsers").rows(store.now, after)) {
    const isThere = isKept(row.object, store.now) || isOnHold(keepingOf(store, row.object));
    if (isThere && mailboxPurposeOf(store, row.object) !== undefined) yield row;
  }
};

const softDeletedNamed = (store: Store, identity: string): WireObject | undefined => {
  const key = identity.trim().toLowerCase();
  const [first, second] = [...softDeleted(store)]
    .map(({ object }) => object)
    .filter((user) =>
      [guidOf(store, idOf(user)), idOf(user), user["userPrincipalName"], user["mail"], aliasOf(user)].some((each) => String(each).toLowerCase() === key),
    );
  if (second !== undefined) throw ambiguous(identity);
  return first;
};

/** The account whose mailbox is meant. @throws Trouble when there is none, or several */
export const ownerNamed = (store: Store, identity: string, among: "there" | "soft-deleted" = "there"): WireObject => {
  const user = among === "there" ? userNamed(store, identity) : softDeletedNamed(store, identity);
  if (user === undefined || mailboxPurposeOf(store, user) === undefined) throw notFound(identity);
  return user;
};

/** Which licences an account holds, so that a change of them is told. */
const licencesOf = (user: WireObject | undefined): string => JSON.stringify(user?.["assignedLicenses"] ?? []);

/**
 * What becomes of a mailbox when its account is written: one that is new takes its protocols from the plan, and so does one whose
 * licence changed, whatever of what the plan says it had before ("Mailbox plans in Exchange Online"). One that comes back with its
 * account is not new.
 */
export const provisioned = (store: Store, known: WireObject | undefined, after: WireObject): readonly Change[] => {
  const before = known ?? store.of("deletedUsers").current(idOf(after));
  const had = before !== undefined && mailboxPurposeOf(store, before) !== undefined;
  if (planOf(store, after) === null || (had && licencesOf(before) === licencesOf(after))) return [];
  const name = planOf(store, after);
  const plan = [...store.of("casMailboxPlans").currentRows()].map(({ object }) => object).find((object) => object["Name"] === name);
  const kept: WireObject = had ? (casOf(store, before, "truly") ?? {}) : { ...ALL_ON, [SMTP]: null };
  return [{ type: "put", collection: "casMailboxes", object: { ...kept, ...fromPlan(plan), id: idOf(after) }, seenFrom: store.now }];
};

export const isJsonFlag = (value: Json | undefined): value is boolean => typeof value === "boolean";
