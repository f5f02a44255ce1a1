/** What a sign-in comes to, held against tables written from the documentation: the tenant's own evaluator, through its control route. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { memoryTenant, type Tenant } from "./memory-tenant.ts";

const HEAD = "head@alder.county.example";
/** Has registered an e-mail address, which is no second factor. */
const EMAIL_ONLY = "head@hazel.county.example";
const NOTHING = "head@viburnum.county.example";
const PHONE_ONLY = "office@alder.county.example";
const ADMIN = "admin.tobias@county.example";
const EMERGENCY = "emergency-1@county.example";
const GUEST = "head_partner.example#EXT#@county.onmicrosoft.example";
const SYNC = "Sync_DC01_3f1c9a2b7d4e@county.onmicrosoft.example";
const DISABLED = "payroll@county.example";
const GA = "62e90394-69f5-4237-9190-012177145e10";
const EXCHANGE = "00000002-0000-0ff1-ce00-000000000000";

const id = (number: number): string => `33333333-0000-4000-8000-${String(number).padStart(12, "0")}`;
const [INNER, OUTER, SCHOOLS, BRITAIN, UNKNOWN_COUNTRY, GONE] = [1, 2, 3, 4, 5, 6].map(id) as [string, string, string, string, string, string];

let tenant: Tenant;
const ids = new Map<string, string>();
const idOf = (address: string): string => {
  const found = ids.get(address.toLowerCase());
  if (found === undefined) throw new Error(`no account ${address}`);
  return found;
};

type Part = { readonly [name: string]: unknown };
type Policy = {
  readonly state?: "enabled" | "disabled" | "enabledForReportingButNotEnforced";
  readonly users?: Part;
  readonly apps?: Part;
  readonly clients?: readonly string[];
  readonly locations?: readonly [include: readonly string[], exclude: readonly string[]];
  readonly platforms?: readonly [include: readonly string[], exclude: readonly string[]];
  readonly filter?: Part;
  readonly conditions?: Part;
  readonly grant?: Part | null;
  readonly session?: Part;
};

const policyOf = (number: number, policy: Policy): Part => ({
  id: id(100 + number),
  displayName: `P${number}`,
  templateId: null,
  state: policy.state ?? "enabled",
  conditions: {
    users: { includeUsers: ["All"], ...policy.users },
    applications: { includeApplications: ["All"], ...policy.apps },
    clientAppTypes: policy.clients ?? ["all"],
    locations: policy.locations === undefined ? null : { includeLocations: policy.locations[0], excludeLocations: policy.locations[1] },
    platforms: policy.platforms === undefined ? null : { includePlatforms: policy.platforms[0], excludePlatforms: policy.platforms[1] },
    devices: policy.filter === undefined ? null : { deviceFilter: policy.filter },
    ...policy.conditions,
  },
  grantControls: policy.grant === undefined ? { operator: "OR", builtInControls: ["mfa"] } : policy.grant,
  sessionControls: policy.session ?? null,
});

let removable: string[] = [];
const withPolicies = async (policies: readonly Policy[]): Promise<void> => {
  const put = policies.map((policy, at) => ({ collection: "policies", object: policyOf(at + 1, policy) }));
  const remove = removable.map((each) => ({ collection: "policies", id: each }));
  const reply = await tenant.control("POST", "/_practice/objects", { remove });
  expect(reply.status).toBe(200);
  expect((await tenant.control("POST", "/_practice/objects", { put })).status).toBe(200);
  removable = put.map(({ object }) => String(object["id"]));
};

type Verdict = {
  readonly outcome: string;
  readonly why: readonly string[];
  readonly controls: readonly string[];
  readonly session: Part;
  readonly policies: readonly { readonly displayName: string; readonly result: string }[];
};

const isVerdict = (body: unknown): body is Verdict => typeof body === "object" && body !== null && "outcome" in body && "why" in body;

const signIn = async (sent: Part): Promise<Verdict> => {
  const reply = await tenant.control("POST", "/_practice/sign-in", { client: "browser", ...sent });
  const body: unknown = reply.body;
  if (!isVerdict(body)) throw new Error(reply.text);
  return body;
};

const range = (cidrAddress: string): Part => ({
  "@odata.type": cidrAddress.includes(":") ? "#microsoft.graph.iPv6CidrRange" : "#microsoft.graph.iPv4CidrRange",
  cidrAddress,
});

beforeAll(async () => {
  tenant = await memoryTenant("county");
  for (const user of await tenant.all("/users?$select=id,userPrincipalName&$top=999"))
    ids.set(String(user["userPrincipalName"]).toLowerCase(), String(user["id"]));
  removable = (await tenant.all("/identity/conditionalAccess/policies")).map((policy) => String(policy["id"]));
  const group = (number: string, displayName: string): Part => ({
    collection: "groups",
    object: { id: number, displayName, groupTypes: [], securityEnabled: true },
  });
  const put = [
    group(INNER, "Inner"),
    group(OUTER, "Outer"),
    { collection: "members", object: { id: INNER, members: [idOf(HEAD)] } },
    { collection: "members", object: { id: OUTER, members: [INNER] } },
    {
      collection: "namedLocations",
      object: {
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        id: SCHOOLS,
        displayName: "Schools",
        isTrusted: false,
        ipRanges: [range("192.0.2.0/24"), range("2001:db8:10::/48")],
      },
    },
    ...[
      { id: BRITAIN, countriesAndRegions: ["GB"], includeUnknownCountriesAndRegions: false },
      { id: UNKNOWN_COUNTRY, countriesAndRegions: ["FR"], includeUnknownCountriesAndRegions: true },
    ].map((place) => ({ collection: "namedLocations", object: { "@odata.type": "#microsoft.graph.countryNamedLocation", displayName: place.id, ...place } })),
  ];
  expect((await tenant.control("POST", "/_practice/objects", { put })).status).toBe(200);
});
afterAll(() => tenant.sandbox.close());
beforeEach(() => withPolicies([]));

type Row = readonly [name: string, policies: readonly Policy[], sent: Part, want: string];

const BLOCK = { operator: "OR", builtInControls: ["block"] };
const strength = (number: number, name: string, allowedCombinations: readonly string[]): Part => ({
  operator: "OR",
  builtInControls: [],
  authenticationStrength: { id: `00000000-0000-0000-0000-00000000000${number}`, displayName: name, allowedCombinations },
});
const RESISTANT = strength(4, "Phishing resistant MFA", ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"]);
const TEXTS = strength(9, "Texts", ["password,sms"]);

const conditionalAccess: readonly Row[] = [
  ["nothing asks", [], { account: HEAD }, "let in"],
  ["a disabled account", [], { account: DISABLED }, "blocked"],
  ["all users", [{}], { account: HEAD }, "asked"],
  ["all users are guests, too", [{}], { account: GUEST }, "asked"],
  ["nothing registered", [{}], { account: NOTHING }, "register"],
  ["an e-mail address is no second factor", [{}], { account: EMAIL_ONLY }, "register"],
  ["a telephone is", [{}], { account: PHONE_ONLY }, "asked"],
  ["off", [{ state: "disabled" }], { account: HEAD }, "let in"],
  ["report-only", [{ state: "enabledForReportingButNotEnforced" }], { account: HEAD }, "let in"],
  ["report-only that blocks", [{ state: "enabledForReportingButNotEnforced", grant: BLOCK }], { account: HEAD }, "let in"],
  // users
  ["nobody", [{ users: { includeUsers: ["None"] } }], { account: HEAD }, "let in"],
  ["guests only, a guest", [{ users: { includeUsers: ["GuestsOrExternalUsers"] } }], { account: GUEST }, "asked"],
  ["guests only, somebody else", [{ users: { includeUsers: ["GuestsOrExternalUsers"] } }], { account: HEAD }, "let in"],
  ["guests out", [{ users: { excludeUsers: ["GuestsOrExternalUsers"] } }], { account: GUEST }, "let in"],
  [
    "a type of guest",
    [{ users: { includeUsers: [], includeGuestsOrExternalUsers: { guestOrExternalUserTypes: "internalGuest,b2bCollaborationGuest", externalTenants: null } } }],
    { account: GUEST },
    "asked",
  ],
  [
    "another type of guest",
    [{ users: { includeUsers: [], includeGuestsOrExternalUsers: { guestOrExternalUserTypes: "b2bCollaborationMember", externalTenants: null } } }],
    { account: GUEST },
    "let in",
  ],
  ["a group", [{ users: { includeUsers: [], includeGroups: [INNER] } }], { account: HEAD }, "asked"],
  ["a group through a group, in any case", [{ users: { includeUsers: [], includeGroups: [OUTER.toUpperCase()] } }], { account: HEAD }, "asked"],
  ["another's group", [{ users: { includeUsers: [], includeGroups: [INNER] } }], { account: PHONE_ONLY }, "let in"],
  ["a group through a group is left out", [{ users: { excludeGroups: [OUTER] } }], { account: HEAD }, "let in"],
  ["a group that is gone has nobody in it", [{ users: { includeUsers: [], includeGroups: [GONE] } }], { account: HEAD }, "let in"],
  ["a role", [{ users: { includeUsers: [], includeRoles: [GA] } }], { account: ADMIN }, "asked"],
  ["a role of somebody else", [{ users: { includeUsers: [], includeRoles: [GA] } }], { account: HEAD }, "let in"],
  ["a role is left out", [{ users: { excludeRoles: [GA] } }], { account: ADMIN }, "let in"],
  ["being left out wins over being named", [{ users: { includeUsers: [], includeGroups: [INNER], excludeGroups: [OUTER] } }], { account: HEAD }, "let in"],
  // applications
  ["no application", [{ apps: { includeApplications: ["None"] } }], { account: HEAD }, "let in"],
  ["Office 365 is Exchange", [{ apps: { includeApplications: ["Office365"] } }], { account: HEAD, app: "exchange" }, "asked"],
  ["Office 365 is SharePoint", [{ apps: { includeApplications: ["Office365"] } }], { account: HEAD, app: "sharepoint" }, "asked"],
  ["Office 365 is not the Azure portal", [{ apps: { includeApplications: ["Office365"] } }], { account: HEAD, app: "entra admin" }, "let in"],
  ["admin portals", [{ apps: { includeApplications: ["MicrosoftAdminPortals"] } }], { account: ADMIN, app: "entra admin" }, "asked"],
  ["admin portals are not Exchange", [{ apps: { includeApplications: ["MicrosoftAdminPortals"] } }], { account: ADMIN }, "let in"],
  ["an application by id", [{ apps: { includeApplications: [EXCHANGE] } }], { account: HEAD }, "asked"],
  ["another application", [{ apps: { includeApplications: [EXCHANGE] } }], { account: HEAD, app: GONE }, "let in"],
  ["a suite is left out", [{ apps: { excludeApplications: ["Office365"] } }], { account: HEAD }, "let in"],
  // client apps
  ["browser only, a browser", [{ clients: ["browser"] }], { account: HEAD }, "asked"],
  ["browser only, an app", [{ clients: ["browser"] }], { account: HEAD, client: "mobile-and-desktop" }, "let in"],
  ["browser only, IMAP", [{ clients: ["browser"] }], { account: HEAD, client: "imap" }, "let in"],
  ["apps only, an app", [{ clients: ["mobileAppsAndDesktopClients"] }], { account: HEAD, client: "mobile-and-desktop" }, "asked"],
  ["all clients, IMAP cannot be asked", [{}], { account: HEAD, client: "imap" }, "blocked"],
  ["old programs blocked, IMAP", [{ clients: ["exchangeActiveSync", "other"], grant: BLOCK }], { account: HEAD, client: "imap" }, "blocked"],
  ["old programs blocked, ActiveSync", [{ clients: ["exchangeActiveSync", "other"], grant: BLOCK }], { account: HEAD, client: "activesync" }, "blocked"],
  ["old programs blocked, a browser", [{ clients: ["exchangeActiveSync", "other"], grant: BLOCK }], { account: HEAD }, "let in"],
  ["other is not ActiveSync", [{ clients: ["other"], grant: BLOCK }], { account: HEAD, client: "activesync" }, "let in"],
  ["an app password does not help", [{}], { account: HEAD, client: "imap", appPassword: true }, "blocked"],
  // locations
  ["outside, from inside", [{ locations: [["All"], [SCHOOLS]] }], { account: HEAD, address: "192.0.2.77" }, "let in"],
  ["outside, from outside", [{ locations: [["All"], [SCHOOLS]] }], { account: HEAD, address: "203.0.113.9" }, "asked"],
  ["outside, from nowhere known", [{ locations: [["All"], [SCHOOLS]] }], { account: HEAD }, "asked"],
  ["inside by IPv6", [{ locations: [["All"], [SCHOOLS]] }], { account: HEAD, address: "2001:db8:10:1::5" }, "let in"],
  ["outside by IPv6", [{ locations: [["All"], [SCHOOLS]] }], { account: HEAD, address: "2001:db8:11::5" }, "asked"],
  ["IPv4 inside IPv6", [{ locations: [["All"], [SCHOOLS]] }], { account: HEAD, address: "::ffff:192.0.2.1" }, "let in"],
  ["only inside", [{ locations: [[SCHOOLS], []] }], { account: HEAD, address: "192.0.2.1" }, "asked"],
  ["all trusted is what is trusted", [{ locations: [["All"], ["AllTrusted"]] }], { account: HEAD, address: "198.51.100.9" }, "let in"],
  ["all trusted is not what only has a name", [{ locations: [["All"], ["AllTrusted"]] }], { account: HEAD, address: "192.0.2.1" }, "asked"],
  ["a location that is gone", [{ locations: [["All"], [GONE]] }], { account: HEAD, address: "192.0.2.1" }, "asked"],
  ["the MFA service's own addresses: there are none", [{ locations: [["All"], ["00000000-0000-0000-0000-000000000000"]] }], { account: HEAD }, "asked"],
  ["a country", [{ locations: [["All"], [BRITAIN]], grant: BLOCK }], { account: HEAD, country: "gb" }, "let in"],
  ["another country", [{ locations: [["All"], [BRITAIN]], grant: BLOCK }], { account: HEAD, country: "IN" }, "blocked"],
  ["an unknown country", [{ locations: [["All"], [BRITAIN]], grant: BLOCK }], { account: HEAD }, "blocked"],
  ["an unknown country that counts", [{ locations: [["All"], [UNKNOWN_COUNTRY]], grant: BLOCK }], { account: HEAD }, "let in"],
  // platforms and devices
  ["a platform", [{ platforms: [["iOS"], []] }], { account: HEAD, platform: "iOS" }, "asked"],
  ["another platform", [{ platforms: [["iOS"], []] }], { account: HEAD, platform: "windows" }, "let in"],
  ["all but a platform", [{ platforms: [["all"], ["iOS"]] }], { account: HEAD, platform: "iOS" }, "let in"],
  ["an unknown platform is one of all", [{ platforms: [["all"], ["iOS"]] }], { account: HEAD }, "asked"],
  [
    "a device filter",
    [{ filter: { mode: "exclude", rule: 'device.isCompliant -eq True -or device.trustType -in ["ServerAD"]' } }],
    { account: HEAD, device: { trustType: "ServerAD" } },
    "let in",
  ],
  ["a device filter, not registered", [{ filter: { mode: "exclude", rule: "device.isCompliant -eq True" } }], { account: HEAD }, "asked"],
  ["a device filter that denies", [{ filter: { mode: "include", rule: "device.isCompliant -ne True" } }], { account: HEAD }, "asked"],
  // risk and flows
  ["a risk that is not there", [{ conditions: { signInRiskLevels: ["high", "medium"] } }], { account: HEAD }, "let in"],
  ["device code only", [{ conditions: { authenticationFlows: { transferMethods: "deviceCodeFlow" } }, grant: BLOCK }], { account: HEAD }, "let in"],
  // controls
  ["block wins", [{}, { grant: BLOCK }], { account: HEAD }, "blocked"],
  [
    "MFA or a compliant device, with one",
    [{ grant: { operator: "OR", builtInControls: ["mfa", "compliantDevice"] } }],
    { account: NOTHING, device: { isCompliant: true } },
    "let in",
  ],
  ["MFA or a compliant device, without", [{ grant: { operator: "OR", builtInControls: ["mfa", "compliantDevice"] } }], { account: HEAD }, "asked"],
  ["MFA and a compliant device, without", [{ grant: { operator: "AND", builtInControls: ["mfa", "compliantDevice"] } }], { account: HEAD }, "blocked"],
  [
    "MFA and a compliant device, with",
    [{ grant: { operator: "AND", builtInControls: ["mfa", "compliantDevice"] } }],
    { account: HEAD, device: { isCompliant: true } },
    "asked",
  ],
  ["a joined device", [{ grant: { operator: "OR", builtInControls: ["domainJoinedDevice"] } }], { account: HEAD, device: { trustType: "ServerAD" } }, "let in"],
  [
    "two policies, both count",
    [{ grant: { operator: "OR", builtInControls: ["compliantDevice"] } }, {}],
    { account: HEAD, device: { isCompliant: true } },
    "asked",
  ],
  [
    "old programs tell nothing of their device",
    [{ grant: { operator: "OR", builtInControls: ["compliantDevice"] } }],
    { account: HEAD, client: "imap", device: { isCompliant: true } },
    "blocked",
  ],
  ["a key meets the strength", [{ grant: RESISTANT }], { account: EMERGENCY }, "asked"],
  ["an app does not, and a key is not registered on the way", [{ grant: RESISTANT }], { account: HEAD }, "blocked"],
  ["texts only, a mobile", [{ grant: TEXTS }], { account: PHONE_ONLY }, "asked"],
  ["texts only, nothing registered", [{ grant: TEXTS }], { account: NOTHING }, "register"],
  [
    "session controls alone ask nothing",
    [{ grant: null, session: { signInFrequency: { isEnabled: true, type: "days", value: 1 } } }],
    { account: HEAD },
    "let in",
  ],
  // registering
  [
    "registering is protected, registered",
    [{ apps: { includeApplications: [], includeUserActions: ["urn:user:registersecurityinfo"] } }],
    { account: HEAD, userAction: "registerSecurityInformation" },
    "asked",
  ],
  [
    "registering is protected, not registered",
    [{ apps: { includeApplications: [], includeUserActions: ["urn:user:registersecurityinfo"] } }],
    { account: NOTHING, userAction: "registerSecurityInformation" },
    "blocked",
  ],
  [
    "registering is protected, an ordinary sign-in",
    [{ apps: { includeApplications: [], includeUserActions: ["urn:user:registersecurityinfo"] } }],
    { account: NOTHING },
    "let in",
  ],
  [
    "asked, not registered, and registering is protected",
    [{}, { apps: { includeApplications: [], includeUserActions: ["urn:user:registersecurityinfo"] } }],
    { account: NOTHING },
    "blocked",
  ],
  [
    "asked outside, registering protected outside, inside",
    [
      { locations: [["All"], [SCHOOLS]] },
      { locations: [["All"], [SCHOOLS]], apps: { includeApplications: [], includeUserActions: ["urn:user:registersecurityinfo"] } },
    ],
    { account: NOTHING, address: "192.0.2.1", userAction: "registerSecurityInformation" },
    "let in",
  ],
  ["MFA for all resources lets people register", [{}], { account: NOTHING, userAction: "registerSecurityInformation" }, "register"],
  [
    "registering devices is another action",
    [{ apps: { includeApplications: [], includeUserActions: ["urn:user:registerdevice"] } }],
    { account: HEAD, userAction: "registerSecurityInformation" },
    "let in",
  ],
];

describe("conditional access", () => {
  test.each(conditionalAccess)("%s", async (_, policies, sent, want) => {
    await withPolicies(policies);
    const verdict = await signIn(sent);
    expect(verdict.outcome, verdict.why.join("; ")).toBe(want);
  });

  test("says of each policy what became of it, report-only apart", async () => {
    const report = "enabledForReportingButNotEnforced" as const;
    await withPolicies([
      {},
      { users: { includeUsers: ["None"] } },
      { state: "disabled" },
      { state: report },
      { state: report, grant: BLOCK },
      { state: report, clients: ["other"] },
      { state: report, grant: null, session: { persistentBrowser: { isEnabled: true, mode: "never" } } },
      { state: report, apps: { includeApplications: [], includeUserActions: ["urn:user:registersecurityinfo"] } },
      { grant: null, session: { persistentBrowser: { isEnabled: true, mode: "never" } } },
    ]);
    const results = (await signIn({ account: HEAD })).policies.filter(({ displayName }) => /^P\d$/.test(displayName)).map(({ result }) => result);
    expect(results).toEqual([
      "success",
      "notApplied",
      "notEnabled",
      "reportOnlyInterrupted",
      "reportOnlyFailure",
      "reportOnlyNotApplied",
      "reportOnlySuccess",
      "reportOnlyNotApplied",
      "success",
    ]);
  });

  test("a user action cannot be tried in report-only", async () => {
    await withPolicies([
      { state: "enabledForReportingButNotEnforced", apps: { includeApplications: [], includeUserActions: ["urn:user:registersecurityinfo"] } },
    ]);
    const { policies } = await signIn({ account: HEAD, userAction: "registerSecurityInformation" });
    expect(policies.find(({ displayName }) => displayName === "P1")?.result).toBe("reportOnlyNotApplied");
  });

  test("the shortest sign-in frequency counts, of policies that are on and apply", async () => {
    const every = (value: number, type: string): Part => ({ signInFrequency: { isEnabled: true, type, value, frequencyInterval: "timeBased" } });
    await withPolicies([
      { session: every(90, "days") },
      { session: every(20, "hours") },
      { session: every(1, "hours"), state: "enabledForReportingButNotEnforced" },
      { session: every(2, "hours"), clients: ["other"] },
    ]);
    expect((await signIn({ account: HEAD })).session).toEqual({ signInFrequency: { frequencyInterval: "timeBased", type: "hours", value: 20 } });
  });

  test("a policy that has not replicated is not in force", async () => {
    const dials = { throttling: "off", lagMs: { directory: 0, conditionalAccess: 5_000, exchange: 0 } };
    const lagging = await memoryTenant("county", dials);
    const made = await lagging.ask("POST", "/identity/conditionalAccess/policies", {
      displayName: "New",
      state: "enabled",
      conditions: { clientAppTypes: ["all"], applications: { includeApplications: ["All"] }, users: { includeUsers: ["All"] } },
      grantControls: { operator: "OR", builtInControls: ["mfa"] },
    });
    expect(made.status).toBe(201);
    const outcome = async (): Promise<unknown> => (await lagging.control("POST", "/_practice/sign-in", { account: HEAD, client: "browser" })).body["outcome"];
    expect(await outcome()).toBe("let in");
    await lagging.settle();
    expect(await outcome()).toBe("asked");
    await lagging.sandbox.close();
  });

  test("what is no sign-in is refused, and an account that is not there is not found", async () => {
    const reply = (sent: Part) => tenant.control("POST", "/_practice/sign-in", sent);
    expect((await reply({ account: HEAD, client: "telnet" })).status).toBe(400);
    expect((await reply({ account: HEAD, client: "browser", address: "192.0.2.300" })).status).toBe(400);
    expect((await reply({ account: HEAD, client: "browser", app: "solitaire" })).status).toBe(400);
    expect((await reply({ account: "nobody@county.example", client: "browser" })).status).toBe(404);
  });
});

type Plain = readonly [name: string, sent: Part, want: string];

describe("security defaults", () => {
  beforeAll(async () => {
    await tenant.put("securityDefaults", { id: "00000000-0000-0000-0000-000000000005", isEnabled: true });
  });
  afterAll(async () => {
    await tenant.put("securityDefaults", { id: "00000000-0000-0000-0000-000000000005", isEnabled: false });
  });

  const rows: readonly Plain[] = [
    ["everybody", { account: HEAD }, "asked"],
    ["everybody registers, without days of grace", { account: NOTHING }, "register"],
    ["apps as well", { account: NOTHING, client: "mobile-and-desktop" }, "register"],
    ["from any address", { account: HEAD, address: "198.51.100.9" }, "asked"],
    ["administrators", { account: ADMIN }, "asked"],
    ["emergency accounts are not left out", { account: EMERGENCY }, "asked"],
    ["guests", { account: GUEST }, "asked"],
    ["in the portal", { account: PHONE_ONLY, app: "entra admin" }, "asked"],
    ["old programs", { account: HEAD, client: "imap" }, "blocked"],
    ["ActiveSync with a password", { account: HEAD, client: "activesync" }, "blocked"],
    ["an app password does not help", { account: HEAD, client: "imap", appPassword: true }, "blocked"],
    ["the account that synchronises the directory", { account: SYNC }, "let in"],
  ];
  test.each(rows)("%s", async (_, sent, want) => {
    const verdict = await signIn(sent);
    expect(verdict.outcome, verdict.why.join("; ")).toBe(want);
  });
});

describe("per-user MFA", () => {
  const state = (address: string, perUserMfaState: string): Promise<void> => tenant.put("perUserMfa", { id: idOf(address), perUserMfaState });

  const rows: readonly (readonly [name: string, state: string, sent: Part, want: string])[] = [
    ["disabled", "disabled", { account: HEAD }, "let in"],
    ["enabled, on the web", "enabled", { account: HEAD }, "asked"],
    ["enabled, in an app", "enabled", { account: HEAD, client: "mobile-and-desktop" }, "asked"],
    ["enabled, nothing registered", "enabled", { account: NOTHING }, "register"],
    ["enabled, old programs go on", "enabled", { account: NOTHING, client: "imap" }, "let in"],
    ["enforced, on the web", "enforced", { account: HEAD }, "asked"],
    ["enforced, nothing registered", "enforced", { account: NOTHING }, "register"],
    ["enforced, old programs need their own password", "enforced", { account: HEAD, client: "imap" }, "blocked"],
    ["enforced, an app password", "enforced", { account: HEAD, client: "imap", appPassword: true }, "let in"],
    ["enforced, from a trusted location all the same", "enforced", { account: HEAD, address: "198.51.100.9" }, "asked"],
  ];
  test.each(rows)("%s", async (_, word, sent, want) => {
    const account = String(sent["account"]);
    await state(account, word);
    const verdict = await signIn(sent);
    await state(account, "disabled");
    expect(verdict.outcome, verdict.why.join("; ")).toBe(want);
  });

  test("asks in spite of a policy that leaves somebody out", async () => {
    await withPolicies([{ users: { excludeUsers: [idOf(HEAD)] } }]);
    await state(HEAD, "enforced");
    expect((await signIn({ account: HEAD })).outcome).toBe("asked");
    await state(HEAD, "disabled");
    expect((await signIn({ account: HEAD })).outcome).toBe("let in");
  });
});

test("from 2025 on the portals ask everybody, whatever the tenant says; a pass alone does not do", async () => {
  const later = await memoryTenant("county");
  const outcome = async (account: string, app: string): Promise<unknown> =>
    (await later.control("POST", "/_practice/sign-in", { account, client: "browser", app })).body["outcome"];
  expect(await outcome(EMERGENCY, "entra admin")).toBe("let in");
  await later.control("POST", "/_practice/clock", { to: "2026-03-01T00:00:00Z" });
  expect(await outcome(EMERGENCY, "entra admin")).toBe("asked");
  expect(await outcome(EMERGENCY, "exchange")).toBe("let in");
  expect(await outcome(EMERGENCY, "office")).toBe("asked");
  await later.put("authenticationMethods", {
    id: idOf(EMERGENCY),
    value: [{ "@odata.type": "#microsoft.graph.temporaryAccessPassAuthenticationMethod", id: "1", isUsable: true }],
  });
  expect(await outcome(EMERGENCY, "entra admin")).toBe("register");
  await later.sandbox.close();
});
