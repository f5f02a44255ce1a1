/** Twenty exchanges that are wrong, each reported, and as many that are right; and the way from an exchange to a failed test. */

import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import { createClient } from "../../src/graph/client.ts";
import { scripted } from "../graph/scripted.ts";
import { fillTiny } from "../sandbox/support.ts";
import { type Answer, check, type Exchange, faultsOf } from "./check.ts";
import { exemptionOf } from "./exempt.ts";
import { createRecorder, recorder } from "./recorder.ts";
import { closingOf } from "./reporter.ts";
import { tappedFetch, tappedTenant } from "./tap.ts";

const ID = "11111111-0000-4000-8000-000000000001";
const OTHER = "22222222-0000-4000-8000-000000000002";
const POLICIES = "/identity/conditionalAccess/policies";
const LOCATIONS = "/identity/conditionalAccess/namedLocations";

const json = (body: unknown): Answer => ({ type: "json", body });
const NONE: Answer = { type: "none" };
const REFUSAL = { error: { code: "BadRequest", message: "1007: not as it should be", innerError: { date: "2022-02-07T08:00:00", "request-id": ID } } };

const exchange = (more: Partial<Exchange>): Exchange => ({
  version: "v1.0",
  method: "GET",
  path: "/users",
  query: "",
  headers: {},
  body: undefined,
  status: 200,
  answer: json({ value: [] }),
  ...more,
});

const USER = { id: ID, userPrincipalName: "head@alder.county.example", accountEnabled: true, assignedLicenses: [{ skuId: OTHER, disabledPlans: [] }] };
const GROUP = { displayName: "MFA rollout: heads", mailEnabled: false, mailNickname: "heads", securityEnabled: true };
const POLICY = {
  displayName: "MFA: heads",
  state: "enabledForReportingButNotEnforced",
  conditions: {
    clientAppTypes: ["browser"],
    applications: { includeApplications: ["All"] },
    users: { includeGroups: [ID], excludeUsers: [OTHER] },
    locations: { includeLocations: ["All"], excludeLocations: [OTHER] },
  },
  grantControls: { operator: "OR", builtInControls: ["mfa"] },
};
const LOCATION = {
  "@odata.type": "#microsoft.graph.ipNamedLocation",
  displayName: "Schools",
  isTrusted: false,
  ipRanges: [{ "@odata.type": "#microsoft.graph.iPv4CidrRange", cidrAddress: "192.0.2.0/24" }],
};
const made = (object: object): Answer =>
  json({ "@odata.context": "http://127.0.0.1/v1.0/$metadata#x/$entity", id: ID, createdDateTime: "2018-11-05T08:00:00Z", ...object });

const faults = (one: Exchange): readonly string[] => check(one).flatMap(faultsOf);

const batch = (requests: readonly object[], responses: readonly object[]): Exchange =>
  exchange({ method: "POST", path: "/$batch", body: { requests }, answer: json({ responses }) });
const ADD = {
  id: "1",
  method: "PATCH",
  url: `/groups/${ID}`,
  headers: { "Content-Type": "application/json" },
  body: { "members@odata.bind": [`http://127.0.0.1/v1.0/directoryObjects/${ID}`] },
};

const creating = (body: object, more: object = {}): Exchange =>
  exchange({ method: "POST", path: POLICIES, body, status: 201, answer: made({ ...POLICY, ...more }) });
const listing = (item: object, query = ""): Exchange => exchange({ query, answer: json({ value: [item] }) });

const WRONG: readonly (readonly [name: string, exchange: Exchange, want: string])[] = [
  ["a word that the enum does not have, asked", creating({ ...POLICY, state: "reportOnly" }), 'the body.state is "reportOnly"'],
  ["a word that the enum does not have, answered", creating(POLICY, { state: "on" }), 'the answer.state is "on"'],
  [
    "a report of use that comes at once",
    exchange({ path: "/reports/getOffice365ActiveUserDetail(period='D7')", answer: json({ value: [] }) }),
    "ends with 302, not with 200",
  ],
  [
    "a report of use of a period that there is none of",
    exchange({ path: "/reports/getMailboxUsageDetail(period='D14')", status: 302, answer: NONE }),
    "the report is of no period that there is",
  ],
  [
    "a purpose that no mailbox has",
    exchange({ path: `/users/${ID}/mailboxSettings/userPurpose`, answer: json({ value: "sharedMailbox" }) }),
    'value is "sharedMailbox"',
  ],
  ["a word deep inside a list", creating(POLICY, { grantControls: { operator: "OR", builtInControls: ["MFA"] } }), 'builtInControls[0] is "MFA"'],
  [
    "a word that came later, told to somebody who did not ask for such",
    creating(POLICY, { grantControls: { operator: "OR", builtInControls: ["riskRemediation"] } }),
    "told only to those who ask for new words",
  ],
  [
    "a misspelt property, asked",
    creating({ ...POLICY, grantControl: POLICY.grantControls }),
    "the body has grantControl, but conditionalAccessPolicy has no such",
  ],
  ["a misspelt property, answered", listing({ ...USER, userPrincipleName: "x" }), "value[0] has userPrincipleName, but user has no such"],
  ["a property in the wrong case, answered", listing({ ID: ID, AccountEnabled: true }), "value[0] has AccountEnabled, which is spelt accountEnabled"],
  ["a number where text belongs", listing({ ...USER, department: 7 }), "value[0].department is 7, not a String"],
  [
    "text where a truth value belongs",
    exchange({ method: "PATCH", path: `/users/${ID}`, body: { accountEnabled: "false" }, status: 204, answer: NONE }),
    "not a Boolean",
  ],
  [
    "null where there is always a value",
    creating(POLICY, { conditions: { ...POLICY.conditions, clientAppTypes: null } }),
    "clientAppTypes is null, not a list",
  ],
  ["a day where a moment belongs", listing({ ...USER, createdDateTime: "2018-11-05" }), "not a DateTimeOffset"],
  ["one object where a list belongs", exchange({ answer: json(USER) }), "a list without value"],
  ["a bare list", exchange({ answer: json([USER]) }), "a list that is no object"],
  ["a path that there is not", exchange({ path: "/identity/conditionalaccess/policys" }), "there is no path /identity/conditionalaccess/policys"],
  [
    "a path of beta, asked of v1.0",
    exchange({ path: `/users/${ID}/authentication/requirements`, answer: json({ perUserMfaState: "disabled" }) }),
    "there is no path",
  ],
  ["a beta path that is on no list", exchange({ version: "beta", path: "/users" }), "there is no path /users"],
  [
    "a method that the path does not take",
    exchange({ method: "PUT", path: `/groups/${ID}`, body: GROUP, status: 200, answer: made(GROUP) }),
    "does not take PUT",
  ],
  ["$select of what is no property", exchange({ query: "$select=id,signinActivities&$top=500" }), "$select names signinActivities, but user has no property"],
  [
    "$filter by what is no property",
    exchange({ query: "$filter=accountEnabled eq true and signInActivity/lastSignIn le 2018-01-01T00:00:00Z" }),
    "has no property lastSignIn",
  ],
  ["$expand of what leads nowhere", exchange({ path: "/groups", query: "$expand=mail" }), "$expand names mail"],
  ["an error without a code", exchange({ status: 403, answer: json({ error: { message: "Insufficient privileges" } }) }), "error has no code"],
  [
    "an error outside of its envelope",
    exchange({ status: 404, answer: json({ code: "Request_ResourceNotFound", message: "no" }) }),
    "without an object called error",
  ],
  [
    "a create that ends as a read does",
    exchange({ method: "POST", path: "/groups", body: GROUP, status: 200, answer: made(GROUP) }),
    "ends with 201, not with 200",
  ],
  ["a delete with a body", exchange({ method: "DELETE", path: `/groups/${ID}`, status: 204, answer: json({}) }), "a 204 with a body"],
  [
    "a location that does not say what it is",
    exchange({ method: "POST", path: LOCATIONS, body: { ...LOCATION, "@odata.type": undefined, ipRanges: [] }, status: 201, answer: made(LOCATION) }),
    "ipRanges",
  ],
  [
    "a type where it cannot stand",
    exchange({ path: LOCATIONS, answer: json({ value: [{ ...LOCATION, "@odata.type": "#microsoft.graph.user" }] }) }),
    "where only namedLocation can stand",
  ],
  ["a member without its type", exchange({ path: `/groups/${ID}/members`, answer: json({ value: [USER] }) }), "directoryObject has no such property"],
  ["what only the service sets", creating({ ...POLICY, templateId: ID }), "templateId, which only the service sets"],
  [
    "a member bound to something that is no member",
    exchange({ method: "PATCH", path: `/groups/${ID}`, body: { "displayName@odata.bind": [] }, status: 204, answer: NONE }),
    "cannot be bound",
  ],
  [
    "a reference without an address",
    exchange({ method: "POST", path: `/groups/${ID}/members/$ref`, body: { id: OTHER }, status: 204, answer: NONE }),
    "no @odata.id",
  ],
  ["a wrong part of a batch", batch([{ ...ADD, body: { displayname: 7 } }], [{ id: "1", status: 204 }]), "the body.displayname is 7"],
  ["a part of a batch that nobody answered", batch([ADD, { ...ADD, id: "2" }], [{ id: "1", status: 204 }]), "nothing was answered to 2"],
  [
    "an answer in a batch that is no error as errors are",
    batch([ADD], [{ id: "1", status: 404, body: "not found" }]),
    "an error without an object called error",
  ],
  ["a number of objects as JSON", exchange({ path: "/users/$count", answer: json(12) }), "comes as plain text"],
];

const RIGHT: readonly (readonly [name: string, exchange: Exchange])[] = [
  ["where a report of use lies", exchange({ path: "/reports/getMailboxUsageDetail(period='D7')", status: 302, answer: NONE })],
  ["what a mailbox is for", exchange({ path: `/users/${ID}/mailboxSettings/userPurpose`, answer: json({ value: "shared" }) })],
  [
    "people, with everything that the tool asks for",
    listing({ ...USER, signInActivity: { lastSignInDateTime: "2018-11-05T08:00:00Z" } }, "$select=id,signInActivity,onPremisesExtensionAttributes&$top=500"),
  ],
  [
    "a page and its neighbours",
    exchange({ answer: json({ "@odata.context": "x", "@odata.count": 2, "@odata.nextLink": "http://127.0.0.1/v1.0/users?$skiptoken=x", value: [USER] }) }),
  ],
  ["names in any case, asked", exchange({ path: "/USERS", query: "$SELECT=ID,userprincipalname&$FILTER=AccountEnabled eq true" })],
  ["query options without their dollar", exchange({ query: "select=id&top=5" })],
  ["a policy made", creating(POLICY)],
  ["a policy made, names in any case", creating({ DisplayName: "x", State: "disabled", Conditions: { ClientAppTypes: ["all"] } })],
  ["a policy with what the service adds as null", creating(POLICY, { partialEnablementStrategy: null, conditions: { ...POLICY.conditions, times: null } })],
  ["a policy with a strength", creating({ ...POLICY, grantControls: { operator: "OR", builtInControls: [], authenticationStrength: { id: ID } } })],
  [
    "a word that came later, told to somebody who asked",
    exchange({
      path: POLICIES,
      headers: { prefer: "include-unknown-enum-members" },
      answer: json({ value: [{ ...POLICY, grantControls: { builtInControls: ["riskRemediation"] } }] }),
    }),
  ],
  ["a policy changed", exchange({ method: "PATCH", path: `${POLICIES}/${ID}`, body: { state: "enabled", sessionControls: null }, status: 204, answer: NONE })],
  ["a location, with the type of each range", exchange({ method: "POST", path: LOCATIONS, body: LOCATION, status: 201, answer: made(LOCATION) })],
  [
    "locations of both kinds",
    exchange({
      path: LOCATIONS,
      answer: json({
        value: [
          LOCATION,
          { "@odata.type": "#microsoft.graph.countryNamedLocation", displayName: "Home", countriesAndRegions: ["GB"], countryLookupMethod: "clientIpAddress" },
        ],
      }),
    }),
  ],
  [
    "members with their types",
    exchange({
      path: `/groups/${ID}/members`,
      answer: json({
        value: [
          { "@odata.type": "#microsoft.graph.user", ...USER },
          { "@odata.type": "#microsoft.graph.group", id: OTHER, ...GROUP },
        ],
      }),
    }),
  ],
  [
    "members without types, for somebody who wants none",
    exchange({ path: `/groups/${ID}/members`, headers: { accept: "application/json;odata.metadata=none" }, answer: json({ value: [USER] }) }),
  ],
  [
    "the number of members",
    exchange({ path: `/groups/${ID}/members/$count`, headers: { consistencylevel: "eventual" }, answer: { type: "text", text: "40" } }),
  ],
  [
    "a reference made and taken away",
    exchange({
      method: "POST",
      path: `/groups/${ID}/members/$ref`,
      body: { "@odata.id": `http://127.0.0.1/v1.0/directoryObjects/${OTHER}` },
      status: 204,
      answer: NONE,
    }),
  ],
  [
    "a batch with a part that failed",
    batch(
      [ADD, { ...ADD, id: "2", dependsOn: ["1"] }],
      [
        { id: "2", status: 424, body: REFUSAL },
        { id: "1", status: 404, headers: {}, body: REFUSAL },
      ],
    ),
  ],
  ["something wrong that was refused", exchange({ method: "POST", path: POLICIES, body: { nonsense: 1 }, status: 400, answer: json(REFUSAL) })],
  ["a path that there is not, refused", exchange({ path: "/nothing", status: 501, answer: json(REFUSAL) })],
  [
    "a role by its template",
    exchange({ path: "/directoryRoles(roleTemplateId='62e90394-69f5-4237-9190-012177145e10')/members", query: "$select=id", answer: json({ value: [] }) }),
  ],
  [
    "who has registered what",
    exchange({
      path: "/reports/authenticationMethods/userRegistrationDetails",
      query: "$filter=methodsRegistered/any(m:m eq 'fido2') and isAdmin eq true",
      answer: json({ value: [{ id: ID, userType: "member", userPreferredMethodForSecondaryAuthentication: "" }] }),
    }),
  ],
  [
    "restored from the bin",
    exchange({ method: "POST", path: `/directory/deletedItems/${ID}/restore`, status: 200, answer: json({ "@odata.type": "#microsoft.graph.user", ...USER }) }),
  ],
  [
    "What If, asked and answered",
    exchange({
      method: "POST",
      path: "/identity/conditionalAccess/evaluate",
      body: { signInIdentity: { "@odata.type": "#microsoft.graph.userSignIn", userId: ID }, signInConditions: { clientAppType: "browser" } },
      answer: json({ value: [{ ...POLICY, id: ID, policyApplies: true, analysisReasons: "notSet" }] }),
    }),
  ],
];

describe("wrong exchanges are reported", () => {
  test("twenty and more", () => {
    expect(WRONG.length).toBeGreaterThanOrEqual(20);
  });

  test.each(WRONG)("%s", (_, one, want) => {
    expect(faults(one).join("\n")).toContain(want);
  });
});

describe("right ones pass", () => {
  test.each(RIGHT)("%s", (_, one) => {
    expect(faults(one)).toEqual([]);
  });
});

describe("what is not held stands on a list", () => {
  const cases: readonly (readonly [name: string, version: string, method: string, path: string, isExempt: boolean])[] = [
    ["the practice tenant's controls", "_practice", "POST", "/clock", true],
    ["the practice tenant itself", "_practice", "GET", "", true],
    ["a control that there is not", "_practice", "GET", "/secrets", false],
    ["per-user MFA", "beta", "PATCH", `/users/${ID}/authentication/requirements`, true],
    ["another method of it", "beta", "DELETE", `/users/${ID}/authentication/requirements`, false],
    ["all of beta", "beta", "GET", "/users", false],
    ["Exchange, which has a table of its own", "adminapi", "POST", `/beta/${ID}/InvokeCommand`, false],
    ["v1.0", "v1.0", "GET", "/users", false],
  ];
  test.each(cases)("%s", (_, version, method, path, isExempt) => {
    expect(exemptionOf({ version, method, path }) !== undefined).toBe(isExempt);
    if (!isExempt && version !== "v1.0") expect(faults(exchange({ version, method, path }))).not.toEqual([]);
  });
});

describe("from an exchange to a failed test", () => {
  // What is planted here is counted nowhere.
  const own = createRecorder();
  const { countsSoFar, faultsSince } = own;
  const tenant = (): Hono => {
    const app = new Hono();
    app.get("/v1.0/users", (c) => c.json({ value: [{ id: 7 }] }));
    app.get("/v1.0/groups", (c) => c.json({ value: [] }));
    app.get("/v1.0/lost", (c) => c.body(null, 500, { lost: "1" }));
    app.post("/_practice/objects", (c) => c.json({}));
    app.get("/v1.0/policies/conditionalAccessPolicies", (c) => c.json({ value: [{ id: ID, state: "odd" }] }));
    return tappedTenant(own, app, "lost");
  };
  const ask = (app: Hono, path: string, init?: RequestInit): Promise<Response> => Promise.resolve(app.fetch(new Request(`http://127.0.0.1${path}`, init)));

  test("a wrong answer is noted, and the answer itself is untouched", async () => {
    const before = countsSoFar().checked;
    const response = await ask(tenant(), "/v1.0/users");
    expect(await response.json()).toEqual({ value: [{ id: 7 }] });
    expect(await faultsSince()).toEqual(["GET /v1.0/users: 200 value[0].id is 7, not a String"]);
    expect(countsSoFar().checked).toBe(before + 1);
  });

  test("a fault is told once, and a right exchange has none", async () => {
    await ask(tenant(), "/v1.0/groups");
    expect(await faultsSince()).toEqual([]);
  });

  test.each([0, 150, 599])("one wrong object in six hundred: number %i", async (place) => {
    const value = Array.from({ length: 600 }, (_, at) => ({ ...USER, id: at === place ? 7 : ID, department: 'a } and a "quote", },{"id":' }));
    const app = new Hono();
    app.get("/v1.0/users", (c) => c.json({ "@odata.count": 600, value }));
    await ask(tappedTenant(own, app, "lost"), "/v1.0/users");
    const sampled = place === 0 || place === 599;
    expect(await faultsSince()).toEqual(sampled ? [`GET /v1.0/users: 200 value[${place}].id is 7, not a String`] : []);
  });

  test("what a test put in although the table does not allow it may come back", async () => {
    const app = tenant();
    await ask(app, "/v1.0/policies/conditionalAccessPolicies");
    expect(await faultsSince()).toHaveLength(1);
    const body = JSON.stringify({ put: [{ collection: "policies", object: { id: ID, state: "odd" } }] });
    await ask(app, "/_practice/objects", { method: "POST", body });
    await ask(app, "/v1.0/policies/conditionalAccessPolicies");
    expect(await faultsSince()).toEqual([]);
  });

  test("what the tool asks wrongly is noted although it was refused, or never answered", async () => {
    const answers: readonly (() => Promise<Response>)[] = [
      async () => Response.json(REFUSAL, { status: 400 }),
      async () => {
        throw new TypeError("fetch failed");
      },
    ];
    for (const answer of answers) {
      const request = new Request("http://127.0.0.1/v1.0/users?$select=nonsense", { headers: { "client-request-id": crypto.randomUUID() } });
      await tappedFetch(own, answer)(request).catch(() => undefined);
      expect(await faultsSince()).toEqual(["the tool asked GET /v1.0/users: $select names nonsense, but user has no property nonsense"]);
    }
  });

  test("every practice tenant and every client of a test file is listened to", async () => {
    const before = recorder.countsSoFar();
    const { ask } = await fillTiny();
    await ask("GET", "/users");
    await ask("GET", "/_practice");
    expect(await recorder.faultsSince()).toEqual([]);
    expect(recorder.countsSoFar()).toEqual({ checked: before.checked + 1, exempt: before.exempt + 1 });
    await createClient(scripted(() => ({ value: [] })).connection).send({ method: "GET", path: "/nowhere" });
    expect(await recorder.faultsSince()).toEqual(["the tool asked GET /v1.0/nowhere: there is no path /nowhere"]);
  });

  test("the closing line: checked, exempt and total; nothing checked in a whole run is bad", () => {
    const some = [
      { checked: 3, exempt: 1 },
      { checked: 4, exempt: 0 },
    ];
    expect(closingOf(some, true)).toEqual({ line: "contract: 7 checked, 1 exempt, 8 total", isBad: false });
    expect(closingOf([{ checked: 0, exempt: 5 }], true)).toMatchObject({ isBad: true });
    expect(closingOf([], true)).toMatchObject({ isBad: true });
    expect(closingOf([], false)).toEqual({ line: "contract: 0 checked, 0 exempt, 0 total", isBad: false });
  });
});
