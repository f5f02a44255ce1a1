/** Random policies as Graph tells them, named locations, and sign-ins; for both evaluators alike. */

import fc from "fast-check";
import type { Belongs } from "../../src/core/sign-in.ts";
import type { Json } from "../../src/core/tenant.ts";

export type Wire = { readonly [key: string]: Json };

const guid = (number: number): string => `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;
export const ME = guid(1);
const OTHER = guid(2);
const GROUPS = [guid(0x10), guid(0x11), guid(0x12), guid(0x13)];
const ROLES = ["62e90394-69f5-4237-9190-012177145e10", "194ae4cb-b126-40b2-bd5b-6091b380977d"];
const HOMES = [guid(0x30), guid(0x31)];

export const APPS = {
  exchange: "00000002-0000-0ff1-ce00-000000000000",
  sharepoint: "00000003-0000-0ff1-ce00-000000000000",
  teams: "1fec8e78-bce4-4aaf-ab1b-5451cc387264",
  teamsServices: "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe",
  portal: "00000006-0000-0ff1-ce00-000000000000",
  entra: "c44b4083-3bb0-49c1-b47d-974e53cbdf3c",
  azure: "797f4846-ba00-4fd7-ba43-dac1f8f63013",
  graph: "00000003-0000-0000-c000-000000000000",
  directory: "00000002-0000-0000-c000-000000000000",
  exchangeAdmin: "497effe9-df71-4043-a8bb-14cf78c4b63b",
  security: "80ccca67-54bd-44ab-8625-4b79c4dc7775",
  intunePortal: "5926fc8e-304e-4f59-8bed-58ca97cc39a4",
  teamsAdmin: "2ddfbe71-ed12-4123-b99b-d5fc8a062a79",
  planner: "09abbdfd-ed23-44ee-a2d9-a627aa1c90f3",
  cli: "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
  own: guid(0x50),
} as const;
const APP_IDS: readonly string[] = Object.values(APPS);

export const PLACE_IDS = { school: guid(0x40), offices: guid(0x41), abroad: guid(0x42), byPhone: guid(0x43), mapped: guid(0x44), gone: guid(0x45) } as const;
export const MFA_TRUSTED = "00000000-0000-0000-0000-000000000000";

const ipRange = (cidrAddress: string): Wire => ({ "@odata.type": `#microsoft.graph.${cidrAddress.includes(":") ? "iPv6" : "iPv4"}CidrRange`, cidrAddress });
const network = (id: string, displayName: string, isTrusted: boolean, ...ranges: readonly string[]): Wire => ({
  "@odata.type": "#microsoft.graph.ipNamedLocation",
  id,
  displayName,
  isTrusted,
  ipRanges: ranges.map(ipRange),
});
const countries = (id: string, displayName: string, codes: readonly string[], unknownToo: boolean, countryLookupMethod: string): Wire => ({
  "@odata.type": "#microsoft.graph.countryNamedLocation",
  id,
  displayName,
  countriesAndRegions: codes,
  includeUnknownCountriesAndRegions: unknownToo,
  countryLookupMethod,
});

/** The tenant's named locations, the same for every case: what varies is who names them, and from where one comes. */
export const LOCATIONS: readonly Wire[] = [
  network(PLACE_IDS.school, "school", true, "203.0.113.0/24", "2001:db8:10::/48"),
  network(PLACE_IDS.offices, "offices", false, "198.51.100.0/25", "203.0.113.64/26"),
  countries(PLACE_IDS.abroad, "abroad", ["FR", "DE"], true, "clientIpAddress"),
  countries(PLACE_IDS.byPhone, "by phone", ["GB"], false, "authenticatorAppGps"),
  network(PLACE_IDS.mapped, "mapped", false, "::ffff:192.0.2.0/120"),
];

// ---- policies

const some = (pool: readonly string[], maxLength = 2): fc.Arbitrary<string[]> => fc.uniqueArray(fc.constantFrom(...pool), { maxLength });
/** Most policies have few conditions, so that one of them does not always say no. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>, one = 5): fc.Arbitrary<T | null> =>
  fc.oneof<fc.WeightedArbitrary<T | null>[]>({ weight: one - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });

const TYPES = ["internalGuest", "b2bCollaborationGuest", "b2bCollaborationMember", "b2bDirectConnectUser", "otherExternalUser", "serviceProvider"];
const tenants: fc.Arbitrary<Wire | null> = fc.oneof(
  fc.constant(null),
  fc.constant({ "@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants", membershipKind: "all" }),
  some(HOMES).map((members) => ({
    "@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants",
    membershipKind: "enumerated",
    members: [guid(0x3f), ...members],
  })),
);
const guestsOrExternal: fc.Arbitrary<Wire> = fc
  .tuple(fc.subarray(TYPES, { minLength: 1 }), tenants)
  .map(([types, externalTenants]) => ({ guestOrExternalUserTypes: types.join(","), externalTenants }));

const users: fc.Arbitrary<Wire> = fc.record({
  includeUsers: fc.oneof(
    { weight: 9, arbitrary: fc.constant(["All"]) },
    { weight: 1, arbitrary: fc.constant(["None"]) },
    { weight: 4, arbitrary: some([ME, OTHER, "GuestsOrExternalUsers"]) },
  ),
  excludeUsers: fc.oneof({ weight: 4, arbitrary: fc.constant<string[]>([]) }, { weight: 1, arbitrary: some([ME, OTHER, "GuestsOrExternalUsers"]) }),
  includeGroups: some(GROUPS),
  excludeGroups: fc.oneof({ weight: 5, arbitrary: fc.constant<string[]>([]) }, { weight: 1, arbitrary: some(GROUPS) }),
  includeRoles: some(ROLES, 1),
  excludeRoles: fc.oneof({ weight: 6, arbitrary: fc.constant<string[]>([]) }, { weight: 1, arbitrary: some(ROLES, 1) }),
  includeGuestsOrExternalUsers: rarely(guestsOrExternal, 4),
  excludeGuestsOrExternalUsers: rarely(guestsOrExternal),
});

const ENTRIES = [...APP_IDS, "Office365", "MicrosoftAdminPortals"];
const applications: fc.Arbitrary<Wire> = fc
  .record({
    sort: fc.constantFrom("all", "all", "all", "all", "all", "all", "some", "some", "some", "none", "actions", "contexts"),
    named: fc.uniqueArray(fc.constantFrom(...ENTRIES, "Office365", "MicrosoftAdminPortals"), { minLength: 1, maxLength: 4 }),
    excluded: fc.oneof({ weight: 3, arbitrary: fc.constant<string[]>([]) }, { weight: 1, arbitrary: some(ENTRIES) }),
    actions: fc.subarray(["urn:user:registersecurityinfo", "urn:user:registerdevice"], { minLength: 1 }),
    contexts: fc.subarray(["c1", "c2", "c3"], { minLength: 1 }),
    applicationFilter: rarely(
      fc.constantFrom("include", "exclude").map((mode) => ({ mode, rule: 'CustomSecurityAttribute.a_b -contains "x"' })),
      8,
    ),
  })
  .map(({ sort, named, excluded, actions, contexts, applicationFilter }) => {
    const isApps = sort === "all" || sort === "some" || sort === "none";
    return {
      includeApplications: sort === "all" ? ["All"] : sort === "none" ? ["None"] : sort === "some" ? named : [],
      excludeApplications: isApps ? excluded : [],
      includeUserActions: sort === "actions" ? actions : [],
      includeAuthenticationContextClassReferences: sort === "contexts" ? contexts : [],
      applicationFilter: isApps ? applicationFilter : null,
    };
  });

const ANY_PLACE = ["AllTrusted", ...Object.values(PLACE_IDS), MFA_TRUSTED];
const locations: fc.Arbitrary<Wire> = fc.record({
  includeLocations: fc.oneof(fc.constant(["All"]), fc.uniqueArray(fc.constantFrom(...ANY_PLACE), { minLength: 1, maxLength: 3 }), some(ANY_PLACE, 1)),
  excludeLocations: some(ANY_PLACE),
});

const PLATFORMS = ["android", "iOS", "windows", "macOS", "linux", "windowsPhone"];
const platforms: fc.Arbitrary<Wire> = fc.record({
  includePlatforms: fc.oneof(fc.constant(["all"]), fc.uniqueArray(fc.constantFrom(...PLATFORMS), { minLength: 1, maxLength: 3 }), fc.constant<string[]>([])),
  excludePlatforms: fc.oneof(fc.constant<string[]>([]), some(PLATFORMS, 3)),
});

const value = (pool: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...pool);
const PROPERTIES: readonly (readonly [name: string, values: readonly string[]])[] = [
  ["device.isCompliant", ["True", "False"]],
  ["device.trustType", ['"AzureAD"', '"ServerAD"']],
  ["device.displayName", ['"LAB-07"', '"lab"', '"07"']],
  ["device.operatingSystem", ['"Windows"', '"macos"']],
  ["device.mdmAppId", ['"x"', "null"]],
  ["device.extensionAttribute1", ['"SAW"', '"other"']],
  ["device.enrollmentProfileName", ['"lab"']],
];
const comparison: fc.Arbitrary<string> = fc.constantFrom(...PROPERTIES).chain(([name, values]) =>
  fc.oneof(
    fc.tuple(fc.constantFrom("-eq", "-ne"), value(values)).map(([operator, literal]) => `${name} ${operator} ${literal}`),
    fc
      .tuple(
        fc.constantFrom("-startsWith", "-notStartsWith", "-endsWith", "-notEndsWith", "-contains", "-notContains"),
        value(values.filter((literal) => literal !== "null")),
      )
      .map(([operator, literal]) => `${name} ${operator} ${literal}`),
    fc
      .tuple(
        fc.constantFrom("-in", "-notIn"),
        fc.subarray(
          values.filter((literal) => literal !== "null"),
          { minLength: 1 },
        ),
      )
      .map(([operator, list]) => `${name} ${operator} [${list.join(", ")}]`),
  ),
);
const rule: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: comparison },
  { weight: 2, arbitrary: fc.tuple(comparison, fc.constantFrom("-and", "-or"), comparison).map((parts) => parts.join(" ")) },
  { weight: 1, arbitrary: fc.tuple(comparison, comparison, comparison).map(([a, b, c]) => `-not (${a} -or ${b}) -and ${c} -or ${a}`) },
);
const devices: fc.Arbitrary<Wire> = fc.record({ deviceFilter: fc.record({ mode: fc.constantFrom("include", "exclude"), rule }) });

const LEVELS = ["low", "medium", "high", "none"];
/** What is younger than both evaluators. */
const STRANGERS: readonly Wire[] = [
  { moonPhases: ["full"] },
  { times: { days: ["monday"] } },
  { deviceStates: { includeStates: ["All"] } },
  { signInRiskLevels: ["hidden"] },
  { clientApplications: { includeServicePrincipals: ["ServicePrincipalsInMyTenant"] } },
];

const conditions: fc.Arbitrary<Wire> = fc
  .record({
    users,
    applications,
    clientAppTypes: fc.oneof(
      { weight: 6, arbitrary: fc.constant(["all"]) },
      { weight: 2, arbitrary: fc.subarray(["browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported", "other"], { minLength: 1 }) },
      { weight: 1, arbitrary: fc.constant<string[]>([]) },
    ),
    locations: rarely(locations, 3),
    platforms: rarely(platforms),
    devices: rarely(devices, 4),
    signInRiskLevels: rarely(fc.subarray(LEVELS), 8).map((levels) => levels ?? []),
    userRiskLevels: rarely(fc.subarray(LEVELS), 8).map((levels) => levels ?? []),
    insiderRiskLevels: rarely(
      fc.subarray(["minor", "moderate", "elevated"], { minLength: 1 }).map((levels) => levels.join(",")),
      8,
    ),
    authenticationFlows: rarely(
      fc
        .constantFrom("deviceCodeFlow", "authenticationTransfer", "deviceCodeFlow,authenticationTransfer", "none")
        .map((transferMethods) => ({ transferMethods })),
      8,
    ),
    strangers: rarely(fc.constantFrom(...STRANGERS), 20),
  })
  .map(({ strangers, ...known }) => ({ ...known, ...strangers }));

const grantControls: fc.Arbitrary<Wire | null> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  {
    weight: 3,
    arbitrary: fc.constant({ operator: "OR", builtInControls: ["block"], termsOfUse: [], customAuthenticationFactors: [], authenticationStrength: null }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      operator: fc.constantFrom("AND", "OR"),
      builtInControls: fc.subarray(["mfa", "compliantDevice", "domainJoinedDevice", "approvedApplication", "compliantApplication"]),
      termsOfUse: rarely(fc.constant([guid(0x60)]), 5).map((list) => list ?? []),
      customAuthenticationFactors: rarely(fc.constant(["Duo"]), 8).map((list) => list ?? []),
      authenticationStrength: rarely(fc.constantFrom<Wire>({ id: "00000000-0000-0000-0000-000000000002" }, { id: "00000000-0000-0000-0000-000000000004" }), 4),
    }),
  },
);

const signInFrequency: fc.Arbitrary<Wire> = fc.oneof(
  fc.record({
    isEnabled: fc.boolean(),
    frequencyInterval: fc.constant("timeBased"),
    type: fc.constantFrom("hours", "days"),
    value: fc.integer({ min: 1, max: 23 }),
  }),
  fc.constant({ isEnabled: true, frequencyInterval: "everyTime", type: null, value: null }),
);
const sessionControls: fc.Arbitrary<Wire> = fc.record({
  signInFrequency: fc.option(signInFrequency, { nil: null }),
  persistentBrowser: fc.option(fc.record({ isEnabled: fc.boolean(), mode: fc.constantFrom("always", "never") }), { nil: null }),
  applicationEnforcedRestrictions: fc.option(fc.record({ isEnabled: fc.constant(true) }), { nil: null }),
});

export const policies: fc.Arbitrary<Wire> = fc.record({
  id: fc.integer({ min: 0x100, max: 0x1ff }).map(guid),
  templateId: fc.constant(null),
  displayName: fc.constant("policy"),
  state: fc.constantFrom("enabled", "enabled", "enabled", "enabled", "enabledForReportingButNotEnforced", "enabledForReportingButNotEnforced", "disabled"),
  conditions,
  grantControls,
  sessionControls: rarely(sessionControls, 3),
});

// ---- sign-ins

export type World = {
  readonly belongs: Belongs;
  readonly homeTenant: string | undefined;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  readonly target:
    | { readonly type: "application"; readonly id: string }
    | { readonly type: "user-action"; readonly action: "register-security-info" | "register-device" }
    | { readonly type: "authentication-context"; readonly value: string };
  readonly program: "browser" | "mobile-and-desktop" | "activesync" | "legacy" | undefined;
  readonly address: string | null | undefined;
  readonly country: string | null | undefined;
  readonly platform: string | null | undefined;
  readonly device:
    | {
        readonly isCompliant: boolean;
        readonly trustType: string;
        readonly displayName: string;
        readonly operatingSystem: string;
        readonly mdmAppId: string | null;
        readonly extensionAttribute1: string | null;
      }
    | null
    | undefined;
  readonly signInRisk: "none" | "low" | "medium" | "high" | undefined;
  readonly userRisk: "none" | "low" | "medium" | "high" | undefined;
  readonly insiderRisk: "none" | "minor" | "moderate" | "elevated" | undefined;
  readonly flow: "none" | "device-code" | "transfer" | undefined;
};

/** Groups in groups, in circles too; the account is in some. */
const nesting = fc.array(fc.tuple(fc.constantFrom(...GROUPS), fc.constantFrom(...GROUPS)), { maxLength: 5 });

/** Everything that can be reached upwards from some groups; a circle ends where it began. */
export const closureOf = (direct: readonly string[], within: readonly (readonly [child: string, parent: string])[]): ReadonlySet<string> => {
  const reached = new Set(direct);
  for (let size = -1; size < reached.size; ) {
    size = reached.size;
    for (const [child, parent] of within) if (reached.has(child)) reached.add(parent);
  }
  return reached;
};

const unsaid = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 12, arbitrary }, { weight: 1, arbitrary: fc.constant(undefined) });

export const worlds: fc.Arbitrary<World> = fc
  .record({
    belongs: fc.constantFrom<Belongs[]>(
      "member",
      "member",
      "member",
      "internal-guest",
      "b2b-guest",
      "b2b-member",
      "b2b-direct",
      "other-external",
      "service-provider",
    ),
    homeTenant: fc.constantFrom(...HOMES, undefined),
    direct: some(GROUPS),
    nesting,
    roles: some(ROLES, 1),
    target: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...APP_IDS).map((id) => ({ type: "application" as const, id })) },
      {
        weight: 1,
        arbitrary: fc.constantFrom("register-security-info" as const, "register-device" as const).map((action) => ({ type: "user-action" as const, action })),
      },
      { weight: 1, arbitrary: fc.constantFrom("c1", "c2").map((context) => ({ type: "authentication-context" as const, value: context })) },
    ),
    program: unsaid(fc.constantFrom("browser" as const, "mobile-and-desktop" as const, "activesync" as const, "legacy" as const)),
    address: unsaid(
      fc.constantFrom("203.0.113.7", "203.0.113.70", "198.51.100.5", "192.0.2.9", "2001:db8:10::5", "2001:db8:99::5", "::ffff:203.0.113.7", null),
    ),
    country: unsaid(fc.constantFrom("GB", "FR", null)),
    platform: unsaid(fc.constantFrom("windows", "ios", "android", "macos", "linux", "windowsphone", null)),
    device: unsaid(
      fc.option(
        fc.record({
          isCompliant: fc.boolean(),
          trustType: fc.constantFrom("AzureAD", "ServerAD", "Workplace"),
          displayName: fc.constantFrom("LAB-07", "desk"),
          operatingSystem: fc.constantFrom("Windows", "macOS"),
          mdmAppId: fc.constantFrom("x", null),
          extensionAttribute1: fc.constantFrom("SAW", null),
        }),
        { nil: null },
      ),
    ),
    signInRisk: unsaid(fc.constantFrom("none" as const, "low" as const, "medium" as const, "high" as const)),
    userRisk: unsaid(fc.constantFrom("none" as const, "low" as const, "medium" as const, "high" as const)),
    insiderRisk: unsaid(fc.constantFrom("none" as const, "minor" as const, "moderate" as const, "elevated" as const)),
    flow: unsaid(fc.constantFrom("none" as const, "none" as const, "device-code" as const, "transfer" as const)),
  })
  .map(({ direct, nesting: within, ...rest }) => ({ ...rest, groups: [...closureOf(direct, within)] }));
