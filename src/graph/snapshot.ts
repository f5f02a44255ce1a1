/**
 * The whole tenant, as far as plans look at it, in the service's own JSON. What nobody needs is not asked for: no telephone numbers,
 * no addresses outside, no passes. Facts, section 7.
 */

import { ServiceError } from "../service.ts";
import type { Ask, GraphClient } from "./client.ts";
import { pagesOf, readableOr, withFreshStart } from "./pager.ts";
import { saysNotPremium } from "./people.ts";
import { licenceOf } from "./surroundings.ts";
import { idIn, isObject, objectIn, type WireObject } from "./wire.ts";

/** One resource, and where Graph lists it. */
export type Resource = { readonly path: string; readonly value: WireObject };

const GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10";

const USER_FIELDS = [
  ...["id", "accountEnabled", "assignedLicenses", "companyName", "createdDateTime", "creationType", "department", "displayName", "employeeType"],
  ...["externalUserState", "givenName", "identityParentId", "jobTitle", "mail", "mailNickname", "officeLocation", "onPremisesDomainName"],
  ...["onPremisesExtensionAttributes", "onPremisesImmutableId", "onPremisesLastSyncDateTime", "onPremisesSyncEnabled", "perUserMfaState", "proxyAddresses"],
  ...["surname", "usageLocation", "userPrincipalName", "userType"],
];

const GROUP_FIELDS = [
  ...["id", "createdDateTime", "deletedDateTime", "description", "displayName", "groupTypes", "isAssignableToRole", "mail", "mailEnabled", "mailNickname"],
  ...["membershipRule", "membershipRuleProcessingState", "onPremisesLastSyncDateTime", "onPremisesSyncEnabled", "proxyAddresses", "renewedDateTime"],
  ...["securityEnabled", "visibility"],
];

/** Of a method only what says whether it serves: the rest is a number, an address or a secret. */
const METHOD_FIELDS: ReadonlySet<string> = new Set(["@odata.type", "id", "aaGuid", "createdDateTime", "phoneType", "isUsable"]);

/** Without the notes of the protocol, at any depth; a type is more than a note. */
const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key === "@odata.type" || !key.includes("@"))
      .map(([key, inner]) => [key, plain(inner)]),
  );
};

const resourceIn = (path: string, row: unknown): Resource => {
  const value = plain(objectIn(row, `a resource of ${path}`));
  return { path, value: objectIn(value, path) };
};

type List = {
  readonly path: string;
  readonly select?: readonly string[];
  readonly top?: string;
  /** Values that came after `unknownFutureValue` arrive under their own names. */
  readonly allValues?: true;
};

const askFor = ({ path, select, top, allValues }: List): Ask => ({
  method: "GET",
  path,
  query: { ...(select !== undefined && { $select: select.join(",") }), ...(top !== undefined && { $top: top }) },
  ...(allValues === true && { headers: { Prefer: "include-unknown-enum-members" } }),
});

const BEFORE_PEOPLE: readonly List[] = [{ path: "/domains" }, { path: "/subscribedSkus" }];
const SETTINGS: readonly List[] = [
  { path: "/identity/conditionalAccess/namedLocations" },
  { path: "/identity/conditionalAccess/policies", allValues: true },
  { path: "/identity/conditionalAccess/deletedItems/namedLocations" },
  { path: "/identity/conditionalAccess/deletedItems/policies", allValues: true },
];
const DELETED: readonly List[] = [
  { path: "/directory/deletedItems/microsoft.graph.group", select: GROUP_FIELDS, top: "999" },
  { path: "/directory/deletedItems/microsoft.graph.user", select: [...USER_FIELDS, "deletedDateTime"], top: "999" },
];
const REPORT: List = { path: "/reports/authenticationMethods/userRegistrationDetails" };
const SINGLE: readonly List[] = [{ path: "/policies/identitySecurityDefaultsEnforcementPolicy" }, { path: "/policies/authenticationMethodsPolicy" }];

type Page = readonly Resource[];

/** A list that is read as it is written away cannot begin anew: then the snapshot does. */
async function* pagesFrom(client: GraphClient, list: List): AsyncGenerator<Page> {
  const ask = askFor(list);
  for await (const rows of pagesOf(client, ask)) yield readableOr(ask, () => rows.map((row) => resourceIn(list.path, row)));
}

/** A list that is short enough to be held, and to be begun anew when its pages expire. */
const whole = (client: GraphClient, list: List): Promise<Page> =>
  withFreshStart(async () => {
    const all: Resource[] = [];
    for await (const page of pagesFrom(client, list)) all.push(...page);
    return all;
  });

const one = async (client: GraphClient, list: List): Promise<Page> => {
  const ask = askFor(list);
  const answer = await client.send(ask);
  return [readableOr(ask, () => resourceIn(list.path, answer.body))];
};

const idOf = ({ value }: Resource): string => idIn(value.id, "a resource's id");

const membersUnder = (client: GraphClient, path: string, top: string | undefined): Promise<Page> =>
  whole(client, { path: `${path}/members`, select: ["id"], ...(top !== undefined && { top }) });

const methodsOf = async (client: GraphClient, user: string): Promise<Page> => {
  const path = `/users/${user}/authentication/methods`;
  return (await whole(client, { path })).map(({ value }) => ({
    path,
    value: Object.fromEntries(Object.entries(value).filter(([key]) => METHOD_FIELDS.has(key))),
  }));
};

/** How often a licensed tenant is asked again when the service says that it is not licensed, which it sometimes does. Facts, section 6. */
const TRIES = 4;
const PAUSE_MS = 2_000;

/** The first page of a list, when the service gives it at last. */
async function* afterAll(client: GraphClient, list: List): AsyncGenerator<Page> {
  for (let tries = 1; ; tries += 1) {
    const pages = pagesFrom(client, list);
    try {
      const first = await pages.next();
      if (first.done !== true) yield first.value;
    } catch (error) {
      if (!(error instanceof ServiceError) || !saysNotPremium(error) || tries >= TRIES) throw error;
      await client.clock.sleep(PAUSE_MS * 2 ** (tries - 1), client.signal);
      continue;
    }
    yield* pages;
    return;
  }
}

/**
 * Every resource, those that others belong to first, page by page in the order in which the service gives them.
 * @throws ServiceError: a snapshot is whole, or there is none
 */
export async function* snapshotOf(client: GraphClient): AsyncGenerator<Page> {
  const { p1 } = await licenceOf(client);
  yield await whole(client, { path: "/organization", select: ["id", "displayName", "createdDateTime", "countryLetterCode"] });
  for (const list of BEFORE_PEOPLE) yield await whole(client, list);
  for (const list of SINGLE) yield await one(client, list);
  for (const list of SETTINGS) yield await whole(client, list);

  const administrators = new Set<string>();
  const roles = (await whole(client, { path: "/directoryRoles" })) satisfies Page;
  yield roles;
  for (const role of roles) {
    const members = await membersUnder(client, `/directoryRoles/${idOf(role)}`, undefined);
    if (role.value.roleTemplateId === GLOBAL_ADMINISTRATOR) for (const member of members) administrators.add(idOf(member));
    yield members;
  }
  const groups = await whole(client, { path: "/groups", select: GROUP_FIELDS, top: "999" });
  yield groups;
  for (const group of groups) {
    const members = await membersUnder(client, `/groups/${idOf(group)}`, "999");
    if (administrators.has(idOf(group))) for (const member of members) administrators.add(idOf(member));
    yield members;
  }
  const people = { path: "/users", select: p1 ? [...USER_FIELDS, "signInActivity"] : USER_FIELDS, top: p1 ? "500" : "999" };
  const found = new Set<string>();
  for await (const page of afterAll(client, people)) {
    yield page;
    for (const user of page) if (administrators.has(idOf(user))) found.add(idOf(user));
  }
  // One request an account, and five in ten seconds are allowed: only of those on whom it depends whether anybody is locked out.
  for (const user of [...found].sort()) yield await methodsOf(client, user);
  if (p1) yield* afterAll(client, REPORT);
  for (const list of DELETED) yield await whole(client, list);
}
