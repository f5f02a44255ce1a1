/** Conditional-access policies, each with the page that it follows (facts 7.1, 7.2; conditionalaccessroot-*, conditionalaccesspolicy-*). */

import { describe, expect, test } from "vitest";
import { errorIn, FOREIGN_POLICY, fillTiny, MANAGED_POLICY, namesIn, OFFICE, otherId, policyBody, quietWith, STAFF, userId, valueIn } from "./support.ts";

const PATH = "/identity/conditionalAccess/policies";
const NEW_VALUES = { Prefer: "include-unknown-enum-members" };
const GONE = otherId(99);

const conditions = (more: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  clientAppTypes: ["all"],
  applications: { includeApplications: ["All"] },
  users: { includeUsers: ["All"] },
  ...more,
});
const given = (more: Readonly<Record<string, unknown>>) => policyBody({ conditions: conditions(more) });
const granting = (grantControls: unknown, more: Readonly<Record<string, unknown>> = {}) => policyBody({ conditions: conditions(more), grantControls });
const session = (sessionControls: unknown, more: Readonly<Record<string, unknown>> = {}) =>
  policyBody({ conditions: conditions(more), grantControls: null, sessionControls });

describe("create", () => {
  test("201 with everything that a policy has, no list null", async () => {
    const { ask } = await fillTiny();
    const asked = await ask("POST", PATH, policyBody({ description: "entra-rollout:x/y" }), NEW_VALUES);
    expect(asked.status).toBe(201);
    const { id, "@odata.context": context, ...policy } = asked.body;
    expect(context).toBe("http://127.0.0.1/v1.0/$metadata#identity/conditionalAccess/policies/$entity");
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(policy).toEqual({
      templateId: null,
      displayName: "MFA: heads",
      description: "entra-rollout:x/y",
      createdDateTime: "2018-11-05T08:00:00Z",
      modifiedDateTime: null,
      deletedDateTime: null,
      state: "enabledForReportingButNotEnforced",
      conditions: {
        userRiskLevels: [],
        signInRiskLevels: [],
        clientAppTypes: ["browser"],
        servicePrincipalRiskLevels: [],
        insiderRiskLevels: null,
        platforms: null,
        locations: null,
        devices: null,
        clientApplications: null,
        authenticationFlows: null,
        applications: {
          includeApplications: ["All"],
          excludeApplications: [],
          includeUserActions: [],
          includeAuthenticationContextClassReferences: [],
          applicationFilter: null,
        },
        users: {
          includeUsers: [],
          excludeUsers: [],
          includeGroups: [STAFF],
          excludeGroups: [],
          includeRoles: [],
          excludeRoles: [],
          includeGuestsOrExternalUsers: null,
          excludeGuestsOrExternalUsers: null,
        },
      },
      grantControls: { operator: "OR", builtInControls: ["mfa"], customAuthenticationFactors: [], termsOfUse: [], authenticationStrength: null },
      sessionControls: null,
    });
    const { "@odata.context": _, ...listed } = (await ask("GET", `${PATH}/${String(id)}`)).body;
    expect(listed).toEqual({ id, ...policy });
  });

  const accepted: readonly (readonly [name: string, body: unknown])[] = [
    ["everywhere but trusted places", given({ locations: { includeLocations: ["All"], excludeLocations: ["AllTrusted"] } })],
    ["the trusted addresses of per-user MFA", given({ locations: { includeLocations: ["All"], excludeLocations: ["00000000-0000-0000-0000-000000000000"] } })],
    ["a place by its id", given({ locations: { includeLocations: ["All"], excludeLocations: [OFFICE] } })],
    ["words for applications", given({ applications: { includeApplications: ["Office365", "MicrosoftAdminPortals"] } })],
    ["a user action", given({ applications: { includeUserActions: ["urn:user:registersecurityinfo"] } })],
    ["a role", given({ users: { includeRoles: ["62e90394-69f5-4237-9190-012177145e10"] } })],
    ["guests by kind", given({ users: { includeGuestsOrExternalUsers: { guestOrExternalUserTypes: "internalGuest,b2bCollaborationGuest" } } })],
    ["names in other case, types said", { ...given({}), DisplayName: "x", displayName: undefined, "@odata.type": "#microsoft.graph.conditionalAccessPolicy" }],
    ["blocking old clients", granting({ operator: "OR", builtInControls: ["block"] }, { clientAppTypes: ["exchangeActiveSync", "other"] })],
    ["a strength", granting({ operator: "OR", authenticationStrength: { id: "00000000-0000-0000-0000-000000000004" } })],
    ["asked again every 90 days", session({ signInFrequency: { isEnabled: true, type: "days", value: 90 } })],
    ["asked every time", session({ signInFrequency: { isEnabled: true, frequencyInterval: "everyTime" } })],
    ["a browser that forgets", session({ persistentBrowser: { isEnabled: true, mode: "never" } })],
    ["restrictions in Exchange", session({ applicationEnforcedRestrictions: { isEnabled: true } }, { applications: { includeApplications: ["Office365"] } })],
  ];
  test.each(accepted)("accepts %s", async (_name, body) => {
    const { ask } = await fillTiny();
    const asked = await ask("POST", PATH, body);
    expect([asked.status, errorIn(asked).message]).toEqual([201, undefined]);
  });

  const refused: readonly (readonly [name: string, number: string, body: unknown])[] = [
    ["no name", "1007", policyBody({ displayName: undefined })],
    ["no state", "1007", policyBody({ state: undefined })],
    ["a state that is none", "1007", policyBody({ state: "on" })],
    ["no conditions", "1007", policyBody({ conditions: undefined })],
    ["no applications", "1007", given({ applications: undefined })],
    ["no client types", "1007", given({ clientAppTypes: [] })],
    ["no users", "1007", given({ users: undefined })],
    ["an id of its own", "1007", policyBody({ id: otherId(50) })],
    ["an unknown property", "1007", given({ weather: "fine" })],
    ["a number for a list", "1007", given({ users: { includeUsers: 7 } })],
    ["a control that is none", "1007", granting({ operator: "OR", builtInControls: ["pray"] })],
    ["nobody", "1011", given({ users: { includeUsers: [] } })],
    ["everybody and one more", "1011", given({ users: { includeUsers: ["All", userId(1)] } })],
    ["a name for an id", "1011", given({ users: { includeUsers: ["user-1@tiny.example"] } })],
    ["a role by name", "1011", given({ users: { includeRoles: ["Global Administrator"] } })],
    ["leaving out everybody", "1011", given({ users: { includeUsers: ["All"], excludeUsers: ["All"] } })],
    ["no application", "1011", given({ applications: {} })],
    ["an application by name", "1011", given({ applications: { includeApplications: ["Outlook"] } })],
    ["an action and an application", "1011", given({ applications: { includeApplications: ["All"], includeUserActions: ["urn:user:registerdevice"] } })],
    ["an action that is none", "1011", given({ applications: { includeUserActions: ["urn:user:dance"] } })],
    ["places left out of nowhere", "1011", given({ locations: { excludeLocations: ["AllTrusted"] } })],
    ["a place by name", "1011", given({ locations: { includeLocations: ["Office"] } })],
    ["a place that is not there", "1040", given({ locations: { includeLocations: ["All"], excludeLocations: [GONE] } })],
    ["no control at all", "1032", policyBody({ grantControls: null })],
    ["an empty grant", "1032", granting({ operator: "OR", builtInControls: [] })],
    ["no operator", "1032", granting({ builtInControls: ["mfa"] })],
    ["block and more", "1032", granting({ operator: "OR", builtInControls: ["block", "mfa"] })],
    [
      "mfa and a strength",
      "1032",
      granting({ operator: "OR", builtInControls: ["mfa"], authenticationStrength: { id: "00000000-0000-0000-0000-000000000002" } }),
    ],
    ["a new password alone", "1032", granting({ operator: "OR", builtInControls: ["passwordChange"] })],
    ["24 hours", "1032", session({ signInFrequency: { isEnabled: true, type: "hours", value: 24 } })],
    ["366 days", "1032", session({ signInFrequency: { isEnabled: true, type: "days", value: 366 } })],
    ["every time, and a number", "1032", session({ signInFrequency: { isEnabled: true, frequencyInterval: "everyTime", type: "days", value: 1 } })],
    ["a frequency switched off and nothing else", "1032", session({ signInFrequency: { isEnabled: false, type: "days", value: 1 } })],
    [
      "a browser, not for all applications",
      "1032",
      session({ persistentBrowser: { isEnabled: true, mode: "never" } }, { applications: { includeApplications: ["Office365"] } }),
    ],
    ["restrictions for all applications", "1032", session({ applicationEnforcedRestrictions: { isEnabled: true } })],
  ];
  test.each(refused)("refuses %s (%s)", async (_name, number, body) => {
    const { ask } = await fillTiny();
    const asked = await ask("POST", PATH, body);
    expect([asked.status, errorIn(asked).code]).toEqual([400, "BadRequest"]);
    expect(String(errorIn(asked).message)).toMatch(new RegExp(`^${number}: `));
    expect(namesIn(await ask("GET", PATH))).toHaveLength(2);
  });

  test("1032 for a new password says which control", async () => {
    const { ask } = await fillTiny();
    const asked = await ask("POST", PATH, granting({ operator: "AND", builtInControls: ["mfa", "passwordChange"] }));
    expect(errorIn(asked).message).toBe("1032: ConditionalActionPolicy validation failed due to InvalidPasswordResetControl.");
  });

  test("a risk needs P2", async () => {
    const { ask } = await fillTiny();
    expect(errorIn(await ask("POST", PATH, given({ signInRiskLevels: ["high"] }))).code).toBe("AccessDenied");
  });

  test("195 policies are the limit", async () => {
    const { ask } = await fillTiny();
    for (let count = 2; count < 195; count += 1) expect((await ask("POST", PATH, policyBody())).status).toBe(201);
    expect([(await ask("POST", PATH, policyBody())).status, valueIn(await ask("GET", `${PATH}?$top=999`)).length]).toEqual([400, 195]);
  });
});

describe("security defaults and licences (identitysecuritydefaultsenforcementpolicy; facts 6)", () => {
  const SECURITY_DEFAULTS = "00000000-0000-0000-0000-000000000005";
  const MESSAGE = "Security Defaults is enabled in the tenant. You must disable Security defaults before enabling a Conditional Access policy.";

  test("on: no policy may be enabled, the other states are welcome", async () => {
    const { ask } = await fillTiny();
    await ask("POST", "/_practice/objects", {
      put: [{ collection: "securityDefaults", object: { id: SECURITY_DEFAULTS, displayName: "Security Defaults", isEnabled: true } }],
    });
    expect(errorIn(await ask("POST", PATH, policyBody({ state: "enabled" })))).toEqual({ code: "BadRequest", message: MESSAGE });
    expect((await ask("POST", PATH, policyBody({ state: "disabled" }))).status).toBe(201);
    const made = await ask("POST", PATH, policyBody());
    expect(errorIn(await ask("PATCH", `${PATH}/${String(made.body["id"])}`, { state: "enabled" })).message).toBe(MESSAGE);
  });

  test("without P1: writes are refused, reads find nothing", async () => {
    const { ask } = await fillTiny(quietWith({ licence: "free" }));
    const error = { code: "AccessDenied", message: "Your tenant is not licensed for this feature. Please upgrade your subscription to access it." };
    for (const [method, path, body] of [
      ["POST", PATH, policyBody()],
      ["PATCH", `${PATH}/${FOREIGN_POLICY}`, { state: "disabled" }],
      ["DELETE", `${PATH}/${FOREIGN_POLICY}`, undefined],
    ] as const) {
      const asked = await ask(method, path, body);
      expect([asked.status, errorIn(asked)]).toEqual([403, error]);
    }
    const list = await ask("GET", PATH);
    expect([list.status, valueIn(list)]).toEqual([200, []]);
  });
});

describe("change", () => {
  test("204; an object that is sent replaces the whole of its like, the rest stays byte for byte", async () => {
    const { ask } = await fillTiny();
    const { conditions: _before, ...before } = (await ask("GET", `${PATH}/${FOREIGN_POLICY}`)).body;
    expect((await ask("PATCH", `${PATH}/${FOREIGN_POLICY}`, { conditions: conditions({ clientAppTypes: ["browser"] }) })).status).toBe(204);
    const { conditions: after, ...rest } = (await ask("GET", `${PATH}/${FOREIGN_POLICY}`)).body;
    expect(after).toMatchObject({ clientAppTypes: ["browser"], locations: null });
    expect(rest).toEqual({ ...before, modifiedDateTime: "2018-11-05T08:00:00Z" });
  });

  test("a state alone touches nothing else", async () => {
    const { ask } = await fillTiny();
    const before = (await ask("GET", `${PATH}/${FOREIGN_POLICY}`)).body;
    expect((await ask("PATCH", `${PATH}/${FOREIGN_POLICY}`, { state: "enabled" })).status).toBe(204);
    expect((await ask("GET", `${PATH}/${FOREIGN_POLICY}`)).body).toEqual({ ...before, state: "enabled", modifiedDateTime: "2018-11-05T08:00:00Z" });
  });

  const refused: readonly (readonly [name: string, id: string, body: unknown, status: number, code: string])[] = [
    ["nothing", FOREIGN_POLICY, {}, 400, "BadRequest"],
    ["its id", FOREIGN_POLICY, { id: FOREIGN_POLICY }, 400, "BadRequest"],
    ["no name left", FOREIGN_POLICY, { displayName: "" }, 400, "BadRequest"],
    ["half of the conditions", FOREIGN_POLICY, { conditions: { clientAppTypes: ["browser"] } }, 400, "BadRequest"],
    ["no control left", FOREIGN_POLICY, { grantControls: null }, 400, "BadRequest"],
    ["one that is not there", GONE, { state: "disabled" }, 404, "ResourceNotFound"],
  ];
  test.each(refused)("refuses %s", async (_name, id, body, status, code) => {
    const { ask } = await fillTiny();
    const asked = await ask("PATCH", `${PATH}/${id}`, body);
    expect([asked.status, errorIn(asked).code]).toEqual([status, code]);
  });

  test("Microsoft's own: the state and whom it leaves out, and it stays (managed-policies)", async () => {
    const { ask } = await fillTiny();
    const own = `${PATH}/${MANAGED_POLICY}`;
    const whole = conditions({ locations: { includeLocations: ["All"], excludeLocations: [OFFICE] } });
    expect((await ask("PATCH", own, { state: "disabled" })).status).toBe(204);
    expect((await ask("PATCH", own, { conditions: { ...whole, users: { includeUsers: ["All"], excludeUsers: [userId(1)] } } })).status).toBe(204);
    expect((await ask("PATCH", own, { conditions: { ...whole, users: { includeUsers: [userId(1)] } } })).status).toBe(400);
    expect((await ask("PATCH", own, { displayName: "mine" })).status).toBe(400);
    expect((await ask("DELETE", own)).status).toBe(400);
  });
});

describe("read and delete", () => {
  test("both paths are one collection", async () => {
    const { ask } = await fillTiny();
    const made = await ask("POST", "/policies/conditionalAccessPolicies", policyBody());
    expect(made.status).toBe(201);
    expect(namesIn(await ask("GET", PATH))).toContain("MFA: heads");
    expect((await ask("GET", `/policies/ConditionalAccessPolicies/${String(made.body["id"])}`)).status).toBe(200);
  });

  test.each([
    ["state eq 'enabledForReportingButNotEnforced'", 2],
    ["state eq 'enabled'", 0],
    ["displayName eq 'Theirs'", 1],
  ])("filtered by %s", async (filter, count) => {
    const { ask } = await fillTiny();
    expect(valueIn(await ask("GET", `${PATH}?$filter=${filter}`))).toHaveLength(count);
  });

  test("values after the sentinel are hidden without the header", async () => {
    const { ask } = await fillTiny();
    const made = await ask(
      "POST",
      PATH,
      granting({ operator: "OR", builtInControls: ["riskRemediation"] }, { platforms: { includePlatforms: ["linux"] } }),
      NEW_VALUES,
    );
    const path = `${PATH}/${String(made.body["id"])}`;
    const controls = async (headers: Readonly<Record<string, string>>) => {
      const { body } = await ask("GET", path, undefined, headers);
      return JSON.stringify([body["grantControls"], body["conditions"]]);
    };
    expect(await controls(NEW_VALUES)).toContain('"riskRemediation"');
    expect(await controls(NEW_VALUES)).toContain('"linux"');
    expect(await controls({})).not.toMatch(/riskRemediation|linux/);
  });

  test("deleted softly, listed, restored as it was, purged", async () => {
    const { ask } = await fillTiny();
    const before = (await ask("GET", `${PATH}/${FOREIGN_POLICY}`)).body;
    const deleted = `/identity/conditionalAccess/deletedItems/policies/${FOREIGN_POLICY}`;
    expect((await ask("DELETE", `${PATH}/${FOREIGN_POLICY}`)).status).toBe(204);
    expect(errorIn(await ask("GET", `${PATH}/${FOREIGN_POLICY}`)).code).toBe("ResourceNotFound");
    expect(valueIn(await ask("GET", "/identity/conditionalAccess/deletedItems/policies"))).toMatchObject([
      { id: FOREIGN_POLICY, deletedDateTime: "2018-11-05T08:00:00Z" },
    ]);
    expect((await ask("POST", `${deleted}/restore`)).status).toBe(200);
    expect((await ask("GET", `${PATH}/${FOREIGN_POLICY}`)).body).toEqual({ ...before, deletedDateTime: null });
    expect((await ask("POST", `${deleted}/restore`)).status).toBe(404);
    await ask("DELETE", `${PATH}/${FOREIGN_POLICY}`);
    expect((await ask("DELETE", deleted)).status).toBe(204);
    expect(valueIn(await ask("GET", "/identity/conditionalAccess/deletedItems/policies"))).toEqual([]);
  });

  test("what a test puts in comes back byte for byte, also from disk", async () => {
    const odd = {
      zeta: 1,
      id: otherId(70),
      displayName: 'Ünïcode \u2028 "quoted"',
      conditions: { "@odata.type": "#x", empty: {}, list: [null, 1.5e10] },
      state: "enabled",
      last: null,
    };
    const { ask } = await fillTiny();
    expect((await ask("POST", "/_practice/objects", { put: [{ collection: "policies", object: odd }] })).status).toBe(200);
    const list = await ask("GET", PATH, undefined, NEW_VALUES);
    expect(list.text).toContain(JSON.stringify(odd));
  });
});
