/** All accounts, and who of them could meet a demand for MFA: streams, page by page. Facts, sections 7.7 and 7.10. */

import type { User, UserRegistrationDetails } from "@microsoft/microsoft-graph-types";
import type { IdIndex } from "../core/ids.ts";
import type { Instant, ObjectId, Person } from "../core/tenant.ts";
import type { ServiceError } from "../service.ts";
import type { Ask, GraphClient } from "./client.ts";
import { pagesOf, readableOr, withFreshStart } from "./pager.ts";
import { flagIn, idIn, instantIn, listIn, objectIn, optionalFlag, optionalText, textIn } from "./wire.ts";

/** The greatest page that the service gives without `signInActivity`. Facts, section 5. */
const PAGE = "999";

/** `proxyAddresses` for aliases, `assignedLicenses` for pupils, `identityParentId` for agents; nothing that nobody reads. */
const USER_FIELDS = [
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

type WireUser = { readonly [K in (typeof USER_FIELDS)[number] & keyof User]?: unknown } & {
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

/**
 * One row of the list. A million of them pass here, so nothing is made that is not kept.
 * @throws Unreadable
 */
const personIn = (value: unknown, students: ReadonlySet<ObjectId>, nobodies: IdIndex): Person => {
  const wire: WireUser = objectIn(value, "an account");
  const id = idIn(wire.id, "an account's id");
  const address = textIn(wire.userPrincipalName, "an account's address").toLowerCase();
  return {
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
};

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
  begin: () => { readonly read: (person: Person) => void; readonly finish: () => T },
  progress: (done: number) => void,
): Promise<T> => {
  const ask: Ask = { method: "GET", path: "/users", query: { $select: USER_FIELDS.join(","), $top: PAGE } };
  return withFreshStart(async () => {
    const into = begin();
    let done = 0;
    for await (const page of pagesOf(client, ask)) {
      readableOr(ask, () => {
        for (const row of page) into.read(personIn(row, students, nobodies));
      });
      done += page.length;
      progress(done);
    }
    return into.finish();
  });
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
  read: (id: ObjectId, capable: boolean) => void,
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
          const { id, capable, at } = registrationIn(row);
          read(id, capable);
          if (at !== undefined && (refreshed === undefined || at > refreshed)) refreshed = at;
        }
      });
      done += page.length;
      progress(done);
    }
    return refreshed === undefined ? {} : { refreshed };
  });
};

const registrationIn = (value: unknown): { readonly id: ObjectId; readonly capable: boolean; readonly at: Instant | undefined } => {
  const wire: { readonly [K in keyof UserRegistrationDetails]?: unknown } = objectIn(value, "a row of the registration report");
  return {
    id: idIn(wire.id, "the account of a row"),
    capable: flagIn(wire.isMfaCapable, "whether an account can do MFA"),
    at: instantIn(wire.lastUpdatedDateTime),
  };
};
