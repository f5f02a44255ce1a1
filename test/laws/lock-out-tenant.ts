/** A random world as a practice tenant in memory: its fill, written as the service would give each object. */

import type { Clock, Fetch } from "../../src/runtime.ts";
import { createApp } from "../../src/sandbox/app.ts";
import { tenantClock } from "../../src/sandbox/clock.ts";
import { dialsSchema } from "../../src/sandbox/dials.ts";
import { createDispatch } from "../../src/sandbox/dispatch.ts";
import { createExchange } from "../../src/sandbox/exchange/serve.ts";
import type { Fill, Json, WireObject } from "../../src/sandbox/fill.ts";
import { securityGroup } from "../../src/sandbox/fills/groups.ts";
import { assignedLicenses, subscribedSkus } from "../../src/sandbox/fills/licences.ts";
import { type MethodName, methodsFill } from "../../src/sandbox/fills/methods.ts";
import { countryLocation, foreignPolicy, ipLocation } from "../../src/sandbox/fills/policies.ts";
import { rolesOf } from "../../src/sandbox/fills/roles.ts";
import { createPractice } from "../../src/sandbox/practice.ts";
import type { RequestLog } from "../../src/sandbox/requests.ts";
import { STRENGTHS } from "../../src/sandbox/rules/strengths.ts";
import { trySignIn } from "../../src/sandbox/sign-in.ts";
import { Store } from "../../src/sandbox/store.ts";
import { type Foreign, firstDay, type Method, type Person, type World } from "./lock-out-world.ts";

const id = (sort: string, at: number): string => `${sort}${"0".repeat(8 - sort.length)}-0000-4000-8000-${at.toString(16).padStart(12, "0")}`;
const USER = "aa";
const GROUP = "bb";
const PLACE = "cc";
const POLICY = "dd";
const CREATED = "2015-09-01T08:00:00Z";

const typed = (type: string, more: Readonly<Record<string, Json>>): WireObject => ({ "@odata.type": `#microsoft.graph.${type}AuthenticationMethod`, ...more });

const METHODS = {
  app: typed("microsoftAuthenticator", { displayName: "Phone", deviceTag: "SoftwareTokenActivated", phoneAppVersion: "6.8.0" }),
  code: typed("softwareOath", { secretKey: null }),
  mobile: typed("phone", { phoneNumber: "+44 7700900001", phoneType: "mobile", smsSignInState: "notAllowedByPolicy" }),
  office: typed("phone", { phoneNumber: "+44 1632960000", phoneType: "office", smsSignInState: "notSupported" }),
  passkey: typed("fido2", { displayName: "Security key", model: "Key" }),
  hello: typed("windowsHelloForBusiness", { displayName: "LAPTOP", keyStrength: "normal" }),
  pass: typed("temporaryAccessPass", { isUsable: true, isUsableOnce: false, lifetimeInMinutes: 60, startDateTime: CREATED }),
  email: typed("email", { emailAddress: "someone@home.example" }),
} as const satisfies Record<Method, WireObject>;

/** As the report calls them; a pass is no method there. */
const REPORTED: Readonly<Record<Method, readonly string[]>> = {
  app: ["microsoftAuthenticatorPush", "softwareOneTimePasscode"],
  code: ["softwareOneTimePasscode"],
  mobile: ["mobilePhone"],
  office: ["officePhone"],
  passkey: ["fido2SecurityKey"],
  hello: ["windowsHelloForBusiness"],
  pass: [],
  email: ["email"],
};

const methodsOf = ({ methods }: Person): readonly WireObject[] => [
  { ...typed("password", { createdDateTime: CREATED, password: null }), id: "28c10230-6103-485e-b985-444c60001490" },
  ...methods.map((method, at) => ({ ...METHODS[method], id: id("e0", at) })),
];

const userOf = (person: Person, at: number, startsAt: number): WireObject => {
  const { address, guest, synced } = person;
  const last = `${new Date(startsAt - 86_400_000).toISOString().slice(0, 19)}Z`;
  return {
    accountEnabled: person.enabled,
    assignedLicenses: guest ? [] : assignedLicenses(["faculty"]),
    businessPhones: [],
    companyName: null,
    createdDateTime: CREATED,
    creationType: guest ? "Invitation" : null,
    deletedDateTime: null,
    department: null,
    displayName: address,
    employeeType: null,
    externalUserState: guest ? "Accepted" : null,
    givenName: null,
    id: id(USER, at),
    identityParentId: null,
    jobTitle: null,
    mail: address,
    mailNickname: `u${at}`,
    mobilePhone: null,
    officeLocation: null,
    onPremisesDomainName: synced ? "internal.example" : null,
    onPremisesImmutableId: synced ? "AAAA" : null,
    onPremisesLastSyncDateTime: synced ? CREATED : null,
    onPremisesSyncEnabled: synced ? true : null,
    otherMails: [],
    preferredLanguage: null,
    proxyAddresses: [],
    surname: null,
    usageLocation: "GB",
    userPrincipalName: address,
    userType: guest ? "Guest" : "Member",
    signInActivity: {
      lastNonInteractiveSignInDateTime: last,
      lastNonInteractiveSignInRequestId: id("f0", at),
      lastSignInDateTime: last,
      lastSignInRequestId: id("f0", at),
      lastSuccessfulSignInDateTime: last,
      lastSuccessfulSignInRequestId: id("f0", at),
    },
  };
};

const registrationOf = (person: Person, at: number, startsAt: number): WireObject => {
  const words = [...new Set(person.methods.flatMap((method) => REPORTED[method]))];
  const strong = person.methods.some((method) => !["pass", "email", "office"].includes(method));
  return {
    id: id(USER, at),
    isAdmin: person.isAdministrator,
    isMfaCapable: strong,
    isMfaRegistered: strong,
    isPasswordlessCapable: person.methods.some((method) => ["passkey", "hello"].includes(method)),
    isSsprCapable: strong,
    isSsprEnabled: true,
    isSsprRegistered: strong,
    isSystemPreferredAuthenticationMethodEnabled: true,
    lastUpdatedDateTime: `${new Date(startsAt - 3 * 3_600_000).toISOString().slice(0, 19)}Z`,
    methodsRegistered: words,
    systemPreferredAuthenticationMethods: [],
    userDisplayName: person.address,
    userPreferredMethodForSecondaryAuthentication: "",
    userPrincipalName: person.address,
    userType: person.guest ? "guest" : "member",
  };
};

type Names = { readonly users: (address: string) => string; readonly groups: (name: string) => string; readonly places: (name: string) => string };

const policyOf = (policy: Foreign, at: number, names: Names): WireObject => {
  const users = (list: readonly string[]): readonly string[] => list.map((each) => (each.includes("@") ? names.users(each) : each));
  const places = (list: readonly string[]): readonly string[] => list.map((each) => (["All", "AllTrusted"].includes(each) ? each : names.places(each)));
  const plain = foreignPolicy({
    id: id(POLICY, at),
    displayName: policy.name,
    state: policy.state,
    created: CREATED,
    users: {
      includeUsers: users(policy.include.users),
      excludeUsers: users(policy.exclude.users),
      includeGroups: policy.include.groups.map(names.groups),
      includeRoles: policy.include.roles,
    },
    clientAppTypes: policy.clients,
    ...(policy.places !== null && { locations: { include: places(policy.places.include), exclude: places(policy.places.exclude) } }),
    control: "mfa",
  });
  const { conditions, grantControls } = plain as { readonly conditions: WireObject & { readonly users: WireObject }; readonly grantControls: WireObject };
  const { grant, platforms } = policy;
  const strength = grant?.strength == null ? null : (STRENGTHS.find((each) => String(each["id"]).endsWith(String(grant.strength))) ?? null);
  return {
    ...plain,
    conditions: {
      ...conditions,
      users: { ...conditions.users, excludeGroups: policy.exclude.groups.map(names.groups), excludeRoles: policy.exclude.roles },
      applications: {
        applicationFilter: null,
        includeApplications: policy.apps.include,
        excludeApplications: policy.apps.exclude,
        includeUserActions: policy.apps.actions,
        includeAuthenticationContextClassReferences: policy.apps.contexts,
      },
      platforms: platforms === null ? null : { includePlatforms: platforms.include, excludePlatforms: platforms.exclude },
      devices: policy.deviceRule === null ? null : { deviceFilter: { ...policy.deviceRule } },
      signInRiskLevels: policy.signInRisk,
      authenticationFlows: policy.flows === null ? null : { transferMethods: policy.flows },
    },
    grantControls: grant === null ? null : { ...grantControls, operator: grant.operator, builtInControls: grant.controls, authenticationStrength: strength },
    sessionControls:
      grant === null
        ? {
            applicationEnforcedRestrictions: null,
            cloudAppSecurity: null,
            disableResilienceDefaults: null,
            persistentBrowser: { isEnabled: true, mode: "never" },
            signInFrequency: null,
          }
        : null,
  };
};

const isMethodName = (name: string): name is MethodName => name !== "";

/** Ids by place in the world, for who looks at a tenant from outside. */
export const userId = (world: World, address: string): string =>
  id(
    USER,
    world.people.findIndex((person) => person.address === address),
  );
export const policyId = (at: number): string => id(POLICY, at);

const fillOf = (world: World): Fill => {
  const startsAt = firstDay(world) - 14 * 86_400_000;
  const { people, groups } = world;
  const userAt = new Map(people.map(({ address }, at) => [address.toLowerCase(), at]));
  const placeOf = (map: ReadonlyMap<string, number>, name: string): number => {
    const at = map.get(name.toLowerCase());
    if (at === undefined) throw new RangeError(`the world has no ${name}`);
    return at;
  };
  const groupAt = new Map(groups.map(({ name }, at) => [name.toLowerCase(), at]));
  const placeAt = new Map(world.places.map(({ name }, at) => [name.toLowerCase(), at]));
  const names: Names = {
    users: (address) => id(USER, placeOf(userAt, address)),
    groups: (name) => id(GROUP, placeOf(groupAt, name)),
    places: (name) => id(PLACE, placeOf(placeAt, name)),
  };
  const person = (at: number): Person => {
    const found = people[at];
    if (found === undefined) throw new RangeError(`the world has no account ${at}`);
    return found;
  };
  const administrators = [
    ...people.filter((each) => each.isAdministrator).map(({ address }) => names.users(address)),
    ...groups.filter((each) => each.isAdministrator).map(({ name }) => names.groups(name)),
  ];
  return {
    name: "law",
    seed: `law ${world.seed}`,
    startsAt,
    tenant: {
      id: id("99", 0),
      displayName: "School",
      createdDateTime: CREATED,
      countryLetterCode: "GB",
      verifiedDomains: ["school.example", "hill.school.example", "school.onmicrosoft.example"].map((name, at) => ({
        name,
        isDefault: at === 0,
        isInitial: at === 2,
        authenticationType: world.federated.includes(name) ? "Federated" : "Managed",
      })),
    },
    accounts: people.length,
    user: (at) => userOf(person(at), at, startsAt),
    indexOfId: (text) => {
      const at = text.startsWith(id(USER, 0).slice(0, 24)) ? Number.parseInt(text.slice(24), 16) : people.length;
      return at < people.length ? at : undefined;
    },
    indexOfAddress: (address) => userAt.get(address.toLowerCase()),
    methods: (at) => methodsOf(person(at)),
    registration: (at) => registrationOf(person(at), at, startsAt),
    groups: groups.map((group, at) => {
      const made = securityGroup({
        id: id(GROUP, at),
        displayName: group.name,
        description: null,
        created: CREATED,
        members: [...new Set(group.members)].map((member) => (member.includes("@") ? names.users(member) : names.groups(member))),
      });
      return group.isAdministrator ? { ...made, object: { ...made.object, isAssignableToRole: true } } : made;
    }),
    policies: world.policies.map((policy, at) => policyOf(policy, at, names)),
    locations: world.places.map((place, at) =>
      place.countries.length === 0
        ? ipLocation({ id: id(PLACE, at), displayName: place.name, created: CREATED, isTrusted: place.trusted, ranges: place.ranges })
        : {
            ...countryLocation({ id: id(PLACE, at), displayName: place.name, created: CREATED, countries: place.countries }),
            includeUnknownCountriesAndRegions: place.unknownToo,
          },
    ),
    roles: rolesOf("law", { "Global Administrator": administrators, "User Administrator": [] }),
    subscribedSkus: subscribedSkus(id("99", 0), "School", { faculty: people.length, basic: 0, student: 0, studentBenefit: 0 }, [
      world.premium ? "faculty" : "basic",
    ]),
    securityDefaults: world.defaults,
    perUserMfa: (at) => person(at).perUser,
    authenticationMethods: methodsFill({
      on: world.methodsOn.filter(isMethodName),
      migration: world.migration,
      campaign: "default",
      lastModified: CREATED,
    }),
  };
};

export type MemoryTenant = {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly moveClockTo: (to: number) => Promise<void>;
  /** The evaluator of `POST /_practice/sign-in`, without the way there. */
  readonly signIn: (body: WireObject) => WireObject;
};

export const ORIGIN = "http://127.0.0.1";
export const TOKEN = "practice";

const NO_LOG: RequestLog = { count: () => 0, add: () => undefined, since: () => [], close: async () => undefined };

/** As `openSandbox` puts one together, but for the files: nothing here outlives its test. */
export const memoryTenantOf = (world: World): MemoryTenant => {
  const fill = fillOf(world);
  const nothing = async (): Promise<void> => undefined;
  const clock = tenantClock(fill.startsAt, { now: () => 0 }, nothing);
  const store = new Store(fill, clock, () => undefined);
  const dials = dialsSchema.parse({
    throttling: "off",
    lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 },
    managedPolicies: world.managed,
    ...(world.operator !== null && { operator: world.operator }),
  });
  store.write([{ type: "dials", dials }]);
  const about = { instance: "law", fill: "law", name: fill.tenant.displayName, tenantId: fill.tenant.id };
  const practice = createPractice(about, store, clock, NO_LOG);
  let asked = 0;
  const app = createApp({
    token: TOKEN,
    now: clock.now,
    date: clock.now,
    dispatcher: createDispatch(store, clock),
    exchange: createExchange(store),
    practice,
    requests: NO_LOG,
    flush: nothing,
    nextRequestId: () => {
      asked += 1;
      return id("ff", asked);
    },
  });
  return {
    fetch: async (request) => app.fetch(request),
    clock: { now: clock.now, sleep: clock.sleep },
    moveClockTo: async (to) => void (await practice.moveClock({ to: new Date(to).toISOString() })),
    signIn: (body) => trySignIn(store, body),
  };
};
