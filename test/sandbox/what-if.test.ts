/** What-If (conditionalAccessRoot: evaluate): which policies would apply, why the others would not, and what is no question. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorIn, fillTiny, OFFICE, otherId, quietWith, STAFF, type Tiny, userId, valueIn } from "./support.ts";

const PATH = "/identity/conditionalAccess/evaluate";
const EXCHANGE = "00000002-0000-0ff1-ce00-000000000000";

type Part = Readonly<Record<string, unknown>>;

const question = (
  more: { readonly user?: string; readonly context?: Part; readonly conditions?: Part; readonly appliedPoliciesOnly?: boolean } = {},
): Part => ({
  signInIdentity: { "@odata.type": "#microsoft.graph.userSignIn", userId: more.user ?? userId(0) },
  signInContext: more.context ?? { "@odata.type": "#microsoft.graph.applicationContext", includeApplications: [EXCHANGE] },
  signInConditions: {
    devicePlatform: "windows",
    clientAppType: "browser",
    country: "GB",
    ipAddress: "203.0.113.7",
    signInRiskLevel: "none",
    userRiskLevel: "none",
    insiderRiskLevel: "none",
    authenticationFlow: { transferMethod: "none" },
    deviceInfo: { isCompliant: false },
    ...more.conditions,
  },
  ...(more.appliedPoliciesOnly !== undefined && { appliedPoliciesOnly: more.appliedPoliciesOnly }),
});

const without = (body: Part, name: string): Part => Object.fromEntries(Object.entries(body).filter(([key]) => key !== name));

const conditions = (more: Part = {}): Part => ({
  clientAppTypes: ["all"],
  applications: { includeApplications: ["All"] },
  users: { includeUsers: ["All"] },
  ...more,
});

const POLICIES: readonly Part[] = [
  { displayName: "on", state: "enabled", conditions: conditions() },
  { displayName: "off", state: "disabled", conditions: conditions() },
  { displayName: "staff", state: "enabled", conditions: conditions({ users: { includeGroups: [STAFF] } }) },
  { displayName: "old clients", state: "enabled", conditions: conditions({ clientAppTypes: ["exchangeActiveSync", "other"] }) },
  { displayName: "inside", state: "enabled", conditions: conditions({ locations: { includeLocations: [OFFICE], excludeLocations: [] } }) },
  { displayName: "a phone", state: "enabled", conditions: conditions({ platforms: { includePlatforms: ["android"], excludePlatforms: [] } }) },
  { displayName: "registering", state: "enabled", conditions: conditions({ applications: { includeUserActions: ["urn:user:registersecurityinfo"] } }) },
  { displayName: "context", state: "enabled", conditions: conditions({ applications: { includeAuthenticationContextClassReferences: ["c1"] } }) },
  {
    displayName: "managed devices",
    state: "enabled",
    conditions: conditions({ devices: { deviceFilter: { mode: "include", rule: "device.isCompliant -eq True" } } }),
  },
  { displayName: "code flow", state: "enabled", conditions: conditions({ authenticationFlows: { transferMethods: "deviceCodeFlow" } }) },
  {
    displayName: "staff with old clients, inside",
    state: "enabled",
    conditions: conditions({ users: { includeGroups: [STAFF] }, clientAppTypes: ["other"], locations: { includeLocations: [OFFICE], excludeLocations: [] } }),
  },
].map((policy, at) => ({
  id: otherId(100 + at),
  templateId: null,
  grantControls: { operator: "OR", builtInControls: ["mfa"] },
  sessionControls: null,
  ...policy,
}));

const arranged = async (tenant: Tiny): Promise<void> => {
  const put = POLICIES.map((object) => ({ collection: "policies", object }));
  expect((await tenant.ask("POST", "/_practice/objects", { put })).status).toBe(200);
};

describe("what-if", () => {
  let tenant: Tiny;
  beforeAll(async () => {
    tenant = await fillTiny();
    await arranged(tenant);
  });
  afterAll(() => tenant.sandbox.close());

  const reasons = async (body: Part): Promise<Readonly<Record<string, unknown>>> => {
    const answer = await tenant.ask("POST", PATH, body);
    expect(answer.status, answer.text).toBe(200);
    return Object.fromEntries(valueIn(answer).map((policy) => [policy["displayName"], policy["analysisReasons"]]));
  };

  test("says of every policy whether it applies, report-only ones too, and why not", async () => {
    const answer = await tenant.ask("POST", PATH, question());
    expect(answer.body["@odata.context"]).toBe("http://127.0.0.1/v1.0/$metadata#Collection(microsoft.graph.whatIfAnalysisResult)");
    expect(valueIn(answer).map(({ displayName, policyApplies, analysisReasons }) => [displayName, policyApplies, analysisReasons])).toEqual([
      ["Theirs", true, "notSet"],
      ["Microsoft-managed: everybody", true, "notSet"],
      ["on", true, "notSet"],
      ["off", false, "policyNotEnabled"],
      ["staff", true, "notSet"],
      ["old clients", false, "clientApps"],
      ["inside", false, "location"],
      ["a phone", false, "devicePlatform"],
      ["registering", false, "userActions"],
      ["context", false, "authenticationContext"],
      ["managed devices", false, "devices"],
      ["code flow", false, "authenticationFlow"],
      ["staff with old clients, inside", false, "clientApps,location"],
    ]);
    // The whole policy comes along.
    expect(valueIn(answer)[2]).toMatchObject({ id: otherId(100), state: "enabled", grantControls: { builtInControls: ["mfa"] } });
  });

  test("several reasons stand in the order of the service's list", async () => {
    expect((await reasons(question({ user: userId(9) })))["staff with old clients, inside"]).toBe("users,clientApps,location");
  });

  test("only those that apply, when that is asked", async () => {
    const answer = await tenant.ask("POST", PATH, question({ user: userId(9), appliedPoliciesOnly: true }));
    expect(valueIn(answer).map(({ displayName }) => displayName)).toEqual(["Theirs", "Microsoft-managed: everybody", "on"]);
  });

  test("what was not said cannot be looked at", async () => {
    const body = { ...question(), signInConditions: {} };
    expect(await reasons(body)).toMatchObject({
      on: "notSet",
      "old clients": "notEnoughInformation",
      inside: "notEnoughInformation",
      "a phone": "notEnoughInformation",
      "managed devices": "notEnoughInformation",
      "code flow": "notEnoughInformation",
      registering: "userActions",
    });
  });

  test("an address inside, and another client", async () => {
    const found = await reasons(question({ conditions: { ipAddress: "192.0.2.200", clientAppType: "other" } }));
    expect(found).toMatchObject({ inside: "notSet", "old clients": "notSet", "staff with old clients, inside": "notSet", Theirs: "location" });
  });

  test("a user action: policies for it and those for all resources", async () => {
    const context = { "@odata.type": "#microsoft.graph.userActionContext", userAction: "registerSecurityInformation" };
    expect(await reasons(question({ context }))).toMatchObject({ on: "notSet", registering: "notSet", context: "authenticationContext" });
  });

  test("an authentication context", async () => {
    const context = { "@odata.type": "#microsoft.graph.authContext", authenticationContextValue: "c1" };
    expect(await reasons(question({ context }))).toMatchObject({ on: "application", context: "notSet" });
  });

  test("writes nothing", async () => {
    const before = await tenant.ask("GET", "/identity/conditionalAccess/policies");
    await tenant.ask("POST", PATH, question());
    expect(valueIn(await tenant.ask("GET", "/identity/conditionalAccess/policies"))).toEqual(valueIn(before));
  });

  const user = { "@odata.type": "#microsoft.graph.userSignIn", userId: userId(0) };
  const wrong: readonly (readonly [name: string, body: Part, status: number])[] = [
    ["no identity", without(question(), "signInIdentity"), 400],
    ["no context", without(question(), "signInContext"), 400],
    ["no conditions", without(question(), "signInConditions"), 400],
    ["an identity without its type", { ...question(), signInIdentity: { userId: userId(0) } }, 400],
    ["an address in place of an id", { ...question(), signInIdentity: { ...user, userId: "user-0@tiny.example" } }, 400],
    ["two applications", question({ context: { "@odata.type": "#microsoft.graph.applicationContext", includeApplications: [EXCHANGE, STAFF] } }), 400],
    ["an unknown client", question({ conditions: { clientAppType: "telnet" } }), 400],
    ["an unknown property", question({ conditions: { moonPhase: "full" } }), 400],
    ["an address that is none", question({ conditions: { ipAddress: "192.0.2.300" } }), 400],
    ["a country that is none", question({ conditions: { country: "Britain" } }), 400],
    ["nobody", question({ user: otherId(77) }), 404],
    [
      "a service principal",
      { ...question(), signInIdentity: { "@odata.type": "#microsoft.graph.servicePrincipalSignIn", servicePrincipalId: otherId(5) } },
      501,
    ],
  ];
  test.each(wrong)("%s is refused", async (_, body, status) => {
    const answer = await tenant.ask("POST", PATH, body);
    expect(answer.status, answer.text).toBe(status);
    expect(errorIn(answer).code).not.toBe(undefined);
  });
});

describe("what-if needs", () => {
  const rows: readonly (readonly [name: string, permissions: "all" | string[], licence: "filled" | "free", status: number, code: unknown])[] = [
    ["its own permission", ["Policy.Read.ConditionalAccess"], "filled", 200, undefined],
    ["or one that reads all policies", ["Policy.Read.All"], "filled", 200, undefined],
    ["and no other", ["User.Read.All", "Policy.Read.AuthenticationMethod"], "filled", 403, "Authorization_RequestDenied"],
    ["a licence", "all", "free", 403, "AccessDenied"],
  ];
  test.each(rows)("%s", async (_, permissions, licence, status, code) => {
    const tenant = await fillTiny(quietWith({ permissions, licence }));
    const answer = await tenant.ask("POST", PATH, question());
    expect([answer.status, errorIn(answer).code]).toEqual([status, code]);
    await tenant.sandbox.close();
  });
});
