/** All accounts, and who of them could meet a demand for MFA: streams, page by page. Facts, sections 7.7 and 7.10. */

import type { User, UserRegistrationDetails } from "@microsoft/microsoft-graph-types";
import type { IdIndex } from "../core/ids.ts";
import type { Instant, ObjectId, Person } from "../core/tenant.ts";
import type { ServiceError } from "../service.ts";
import type { Ask, GraphClient } from "./client.ts";
import { pagesOf, readableOr, withFreshStart } from "./pager.ts";
import { flagIn, idIn, instantIn, listIn, objectIn, optionalFlag, optionalText, sortedOnce, textIn } from "./wire.ts";

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

const aliasesIn = (wire: WireUser, address: string): readonly string[] => {
  const mail = optionalText(wire.mail, "an account's mail address");
  const proxies = listIn(wire.proxyAddresses ?? [], "an account's proxy addresses").map((item) => textIn(item, "a proxy address"));
  const mails = proxies.filter((proxy) => /^smtp:/i.test(proxy)).map((proxy) => proxy.slice("smtp:".length));
  const all = [...(mail === undefined ? [] : [mail]), ...mails].map((alias) => alias.toLowerCase());
  return all.length === 0 ? all : sortedOnce(all.filter((alias) => alias !== address && alias !== ""));
};

/** @throws Unreadable */
export const personIn = (value: unknown, students: ReadonlySet<ObjectId>, nobodies: IdIndex): Person => {
  const wire: WireUser = objectIn(value, "an account");
  const id = idIn(wire.id, "an account's id");
  const address = textIn(wire.userPrincipalName, `the address of account ${id}`).toLowerCase();
  const licences = listIn(wire.assignedLicenses, `the licences of account ${id}`).map((item) => idIn(objectIn(item, "a licence").skuId, "a licence's id"));
  return {
    id,
    address,
    name: optionalText(wire.displayName, `the name of account ${id}`) ?? address,
    enabled: optionalFlag(wire.accountEnabled, `whether account ${id} is enabled`) === true,
    guest: optionalText(wire.userType, `the type of account ${id}`)?.toLowerCase() === "guest",
    synced: optionalFlag(wire.onPremisesSyncEnabled, `whether account ${id} is synced`) === true,
    pupil: licences.length > 0 && licences.every((licence) => students.has(licence)),
    aliases: aliasesIn(wire, address),
    nobody: wire["@odata.type"] === "#microsoft.graph.agentUser" || (wire.identityParentId !== undefined && wire.identityParentId !== null) || nobodies.has(id),
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
      for (const row of page) into.read(readableOr(ask, () => personIn(row, students, nobodies)));
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
      for (const row of page) {
        const { id, capable, at } = readableOr(ask, () => registrationIn(row));
        read(id, capable);
        if (at !== undefined && (refreshed === undefined || at > refreshed)) refreshed = at;
      }
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
