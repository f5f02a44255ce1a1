/** All accounts, and who of them could meet a demand for MFA: streams, page by page. Facts, sections 7.7 and 7.10. */

import type { User, UserRegistrationDetails } from "@microsoft/microsoft-graph-types";
import type { IdIndex } from "../core/ids.ts";
import { methodBits } from "../core/methods.ts";
import type { AttributeWord } from "../core/plan/plan.ts";
import type { Activity, Instant, ObjectId, Person } from "../core/tenant.ts";
import type { ServiceError } from "../service.ts";
import type { Ask, GraphClient } from "./client.ts";
import { listOf, pagesOf, readableOr, withFreshStart } from "./pager.ts";
import { flagIn, idIn, instantIn, listIn, objectIn, optionalFlag, optionalObject, optionalText, sortedOnce, textIn } from "./wire.ts";

/** The greatest page that the service gives without `signInActivity`. Facts, section 5. */
const PAGE = "999";
/** And with it. */
const PAGE_WITH_ACTIVITY = "500";

/** `proxyAddresses` for aliases, `assignedLicenses` for pupils, `identityParentId` for agents; nothing that nobody reads. */
export const USER_FIELDS = [
  "id",
  "displayName",
  "userPrincipalName",
  "mail",
  "proxyAddresses",
  "accountEnabled",
  "userType",
  "onPremisesSyncEnabled",
  "assignedLicenses",
  "identityParentId",
] as const;

const EXTENSIONS = "onPremisesExtensionAttributes";
const ACTIVITY = "signInActivity";

/** What a plan asks of accounts besides. */
export type PeopleWish = {
  readonly attributes: readonly AttributeWord[];
  /** Who signed in since then is active; undefined: nobody asks. */
  readonly activeSince?: Instant;
};

type WireUser = { readonly [K in ((typeof USER_FIELDS)[number] | "department" | "jobTitle" | typeof EXTENSIONS | typeof ACTIVITY) & keyof User]?: unknown } & {
  readonly identityParentId?: unknown;
  readonly "@odata.type"?: unknown;
};

const NONE: readonly string[] = [];

/** Most accounts have no address but their own, so nothing is made for them. */
const aliasesIn = (wire: WireUser, address: string): readonly string[] => {
  let aliases: string[] | undefined;
  const add = (text: string): void => {
    const alias = text.toLowerCase();
    if (alias === address || alias === "" || aliases?.includes(alias) === true) return;
    if (aliases === undefined) aliases = [alias];
    else aliases.push(alias);
  };
  const mail = optionalText(wire.mail, "an account's mail address");
  if (mail !== undefined) add(mail);
  for (const item of listIn(wire.proxyAddresses ?? NONE, "an account's proxy addresses")) {
    const proxy = textIn(item, "a proxy address");
    if (proxy.startsWith("SMTP:") || proxy.startsWith("smtp:")) add(proxy.slice(5));
  }
  return aliases?.sort() ?? NONE;
};

/** Students' licences and no other. */
const isPupil = (licences: readonly unknown[], students: ReadonlySet<ObjectId>): boolean => {
  let others = 0;
  for (const item of licences) {
    const licence = textIn(objectIn(item, "a licence").skuId, "a licence's id");
    if (!students.has(licence) && !students.has(licence.toLowerCase())) others += 1;
  }
  return licences.length > 0 && others === 0;
};

const isGuest = (type: string | undefined): boolean => type !== undefined && type !== "Member" && type.toLowerCase() === "guest";

/** Values in lower case; what is empty says nothing. */
const attributesIn = (wire: WireUser, wanted: readonly AttributeWord[]): { readonly [attribute: string]: string } => {
  const extensions = optionalObject(wire[EXTENSIONS], "an account's extension attributes");
  const found: Record<string, string> = {};
  for (const attribute of wanted) {
    const said = attribute === "department" || attribute === "jobTitle" ? wire[attribute] : extensions?.[attribute];
    const value = optionalText(said, `an account's ${attribute}`)?.trim().toLowerCase();
    if (value !== undefined && value !== "") found[attribute] = value;
  }
  return found;
};

/** Since then the service stamps successes; before, there is only when somebody tried. Facts, section 7.7. */
const SUCCESS_SINCE = Date.UTC(2023, 11, 1);

/** Not said at all: never, or not since 2020. Said, and empty: nobody can tell. */
const activityIn = (value: unknown, since: Instant): Activity => {
  if (value === undefined) return "idle";
  if (value === null) return "unknown";
  const wire = objectIn(value, "an account's sign-in activity");
  const success = instantIn(wire.lastSuccessfulSignInDateTime);
  if (success !== undefined) return success >= since ? "active" : "idle";
  if (since >= SUCCESS_SINCE) return "idle";
  const tried = [wire.lastSignInDateTime, wire.lastNonInteractiveSignInDateTime].flatMap((stamp) => instantIn(stamp) ?? []);
  return tried.some((stamp) => stamp >= since) ? "active" : "idle";
};

/**
 * One row of the list. A million of them pass here, so nothing is made that is not kept.
 * @throws Unreadable
 */
export const personIn = (value: unknown, students: ReadonlySet<ObjectId>, nobodies: IdIndex, { attributes, activeSince }: PeopleWish): Person => {
  const wire: WireUser = objectIn(value, "an account");
  const id = idIn(wire.id, "an account's id");
  const address = textIn(wire.userPrincipalName, "an account's address").toLowerCase();
  const person: Person = {
    id,
    address,
    name: optionalText(wire.displayName, "an account's name") ?? address,
    enabled: optionalFlag(wire.accountEnabled, "whether an account is enabled") === true,
    guest: isGuest(optionalText(wire.userType, "an account's type")),
    synced: optionalFlag(wire.onPremisesSyncEnabled, "whether an account is synced") === true,
    pupil: isPupil(listIn(wire.assignedLicenses, "an account's licences"), students),
    aliases: aliasesIn(wire, address),
    nobody:
      wire["@odata.type"] === "#microsoft.graph.agentUser" ||
      (wire.identityParentId !== undefined && wire.identityParentId !== null) ||
      (nobodies.size > 0 && nobodies.has(id)),
  };
  if (attributes.length === 0 && activeSince === undefined) return person;
  return {
    ...person,
    ...(attributes.length > 0 && { attributes: attributesIn(wire, attributes) }),
    ...(activeSince !== undefined && { activity: activityIn(wire[ACTIVITY], activeSince) }),
  };
};

/** Nothing that nobody reads. */
const fieldsFor = ({ attributes, activeSince }: PeopleWish): readonly string[] => [
  ...USER_FIELDS,
  ...attributes.filter((attribute) => attribute === "department" || attribute === "jobTitle"),
  ...(attributes.some((attribute) => attribute.startsWith("extensionAttribute")) ? [EXTENSIONS] : []),
  ...(activeSince === undefined ? [] : [ACTIVITY]),
];

/**
 * Reads all accounts. When the pages expire on the way it starts once more, with a new reader.
 *
 * @param begin makes what the people are read into, and is called again for a fresh start
 * @throws ServiceError
 */
export const readPeople = <T>(
  client: GraphClient,
  students: ReadonlySet<ObjectId>,
  nobodies: IdIndex,
  wish: PeopleWish,
  begin: () => { readonly read: (person: Person) => void; readonly finish: () => T },
  progress: (done: number) => void,
): Promise<T> => {
  const top = wish.activeSince === undefined ? PAGE : PAGE_WITH_ACTIVITY;
  const ask: Ask = { method: "GET", path: "/users", query: { $select: fieldsFor(wish).join(","), $top: top } };
  return withFreshStart(async () => {
    const into = begin();
    let done = 0;
    for await (const page of pagesOf(client, ask)) {
      readableOr(ask, () => {
        for (const row of page) into.read(personIn(row, students, nobodies, wish));
      });
      done += page.length;
      progress(done);
    }
    return into.finish();
  });
};

/**
 * Everybody of one domain, disabled ones too, sorted. A filter by how an address ends is an advanced query (facts, section 5).
 *
 * @throws ServiceError
 */
export const accountsIn = async (client: GraphClient, domain: string): Promise<readonly ObjectId[]> => {
  const filter = `endsWith(userPrincipalName,'@${domain.replaceAll("'", "''")}')`;
  const query = { $filter: filter, $select: "id", $count: "true", $top: PAGE };
  const ids = await listOf(client, { method: "GET", path: "/users", query, headers: { ConsistencyLevel: "eventual" } }, (value) =>
    idIn(objectIn(value, "an account").id, "an account's id"),
  );
  return sortedOnce(ids);
};

const NOT_PREMIUM = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";

/** The code of the registration report's refusal is not confirmed, its text is. Facts, section 6. */
export const saysNotPremium = (error: ServiceError): boolean =>
  error.status === 403 && (error.code === NOT_PREMIUM || /premium licen[sc]e/i.test(error.message));

const REPORT = "/reports/authenticationMethods/userRegistrationDetails";

/**
 * Who is registered. `isMfaCapable` counts: registered with a method that the policy lets them use.
 *
 * @param begin told before each start, since the report may have to be read again from the beginning
 * @throws ServiceError
 */
export const readRegistration = (
  client: GraphClient,
  begin: () => void,
  read: (id: ObjectId, capable: boolean, methods: number) => void,
  progress: (done: number) => void,
): Promise<{ readonly refreshed?: Instant }> => {
  // Neither a page size nor a choice of columns is documented for this report. Facts, section 5.
  const ask: Ask = { method: "GET", path: REPORT };
  return withFreshStart(async () => {
    begin();
    let refreshed: Instant | undefined;
    let done = 0;
    for await (const page of pagesOf(client, ask)) {
      readableOr(ask, () => {
        for (const row of page) {
          const { id, capable, methods, at } = registrationIn(row);
          read(id, capable, methods);
          if (at !== undefined && (refreshed === undefined || at > refreshed)) refreshed = at;
        }
      });
      done += page.length;
      progress(done);
    }
    return refreshed === undefined ? {} : { refreshed };
  });
};

type Registered = { readonly id: ObjectId; readonly capable: boolean; readonly methods: number; readonly at: Instant | undefined };

const registrationIn = (value: unknown): Registered => {
  const wire: { readonly [K in keyof UserRegistrationDetails]?: unknown } = objectIn(value, "a row of the registration report");
  return {
    id: idIn(wire.id, "the account of a row"),
    capable: flagIn(wire.isMfaCapable, "whether an account can do MFA"),
    methods: methodBits(listIn(wire.methodsRegistered ?? NONE, "an account's methods").map((method) => textIn(method, "a method"))),
    at: instantIn(wire.lastUpdatedDateTime),
  };
};
