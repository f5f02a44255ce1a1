import { beforeAll, describe, expect, test } from "vitest";
import { memoryTenant, type Tenant } from "./memory-tenant.ts";

const GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10";
const REPORT = "/reports/authenticationMethods/userRegistrationDetails";
const filtered = (path: string, filter: string): string => `${path}?$filter=${encodeURIComponent(filter)}`;
const idOf = async (tenant: Tenant, address: string): Promise<string> => String((await tenant.get(`/users/${address}?$select=id`)).body["id"]);

describe("the organization, its domains and subscriptions (api/organization-list, domain-list, subscribedsku-list)", () => {
  let county: Tenant;
  beforeAll(async () => {
    county = await memoryTenant("county");
  });

  test("organization", async () => {
    const { status, body } = await county.get("/organization");
    expect(status).toBe(200);
    expect(body.value).toHaveLength(1);
    expect(body.value[0]).toMatchObject({ displayName: "County schools", countryLetterCode: "GB", tenantType: "AAD", onPremisesSyncEnabled: true });
    expect(body.value[0]?.["verifiedDomains"]).toContainEqual({
      capabilities: "Email, OfficeCommunicationsOnline",
      isDefault: true,
      isInitial: false,
      name: "county.example",
      type: "Managed",
    });
    expect((await county.get(`/organization/${county.sandbox.about.tenantId}?$select=displayName`)).body).toEqual({
      "@odata.context": "http://127.0.0.1/v1.0/$metadata#organization(displayName)/$entity",
      displayName: "County schools",
    });
    expect((await county.get("/organization/0f0f0f0f-0000-4000-8000-000000000000")).status).toBe(404);
  });

  test("domains, all managed; one that a test makes federated is", async () => {
    const rows = await county.all("/domains");
    expect(rows).toHaveLength(51);
    expect(rows.every((row) => row["authenticationType"] === "Managed" && row["isVerified"] === true)).toBe(true);
    expect(rows.filter((row) => row["isDefault"] === true).map((row) => row["id"])).toEqual(["county.example"]);
    const [domain] = rows.filter((row) => row["id"] === "county.example");
    await county.put("domains", { ...domain, authenticationType: "Federated" });
    expect((await county.get("/domains/county.example")).body["authenticationType"]).toBe("Federated");
    expect((await county.get("/domains/elsewhere.example")).status).toBe(404);
  });

  test("subscriptions hold P1, until the dial takes it out", async () => {
    const plans = async (): Promise<string> => JSON.stringify((await county.get("/subscribedSkus")).body.value);
    expect(await plans()).toContain('"AAD_PREMIUM"');
    expect((await county.get(filtered("/subscribedSkus", "skuPartNumber eq 'M365EDU_A1'"))).status).toBe(400);
    await county.control("PUT", "/_practice/dials", { licence: "free", throttling: "off" });
    expect(await plans()).not.toContain('"AAD_PREMIUM"');
    expect(await plans()).toContain("M365EDU_A3_FACULTY");
  });
});

describe("directory roles (api/directoryrole-list, directoryrole-list-members)", () => {
  let county: Tenant;
  let roleId: string;
  beforeAll(async () => {
    county = await memoryTenant("county");
    const { body } = await county.get(filtered("/directoryRoles", `roleTemplateId eq '${GLOBAL_ADMINISTRATOR}'`));
    roleId = String(body.value[0]?.["id"]);
  });

  test("only those that are activated", async () => {
    const rows = await county.all("/directoryRoles?$select=displayName,roleTemplateId");
    expect(rows.map((row) => row["displayName"]).sort()).toEqual([
      "Directory Synchronization Accounts",
      "Exchange Administrator",
      "Global Administrator",
      "Helpdesk Administrator",
      "User Administrator",
    ]);
  });

  test.each([
    ["by its id", (id: string) => `/directoryRoles/${id}`],
    ["by its template, as the page has it", () => `/directoryRoles(roleTemplateId='${GLOBAL_ADMINISTRATOR}')`],
    ["by its template, encoded", () => `/directoryRoles(roleTemplateId=%27${GLOBAL_ADMINISTRATOR}%27)`],
    ["by its template, as the page had it", () => `/directoryRoles/roleTemplateId=${GLOBAL_ADMINISTRATOR}`],
  ])("one role %s, and its members", async (_, path) => {
    expect((await county.get(path(roleId))).body).toMatchObject({ id: roleId, roleTemplateId: GLOBAL_ADMINISTRATOR, displayName: "Global Administrator" });
    const members = await county.all(`${path(roleId)}/members?$select=id,userPrincipalName`);
    expect(members.map((row) => row["userPrincipalName"])).toEqual([
      "emergency-1@county.example",
      "emergency-2@county.example",
      "admin.orla@county.example",
      "admin.tobias@county.example",
      "admin.ngozi@county.example",
    ]);
    expect(members.every((row) => row["@odata.type"] === "#microsoft.graph.user")).toBe(true);
  });

  test.each([
    ["a role that is not activated", "/directoryRoles(roleTemplateId='194ae4cb-b126-40b2-bd5b-6091b380977d')/members", 404],
    ["a role that does not exist", "/directoryRoles/0f0f0f0f-0000-4000-8000-000000000000", 404],
    ["$top, which the page does not have", "/directoryRoles/x/members?$top=5", 400],
    ["another path of the same length", "/devices/members", 501],
    ["another path with a key", "/devices(deviceId='x')", 501],
  ])("%s", async (_, path, status) => {
    expect((await county.get(path)).status).toBe(status);
  });

  test("what a test arranges is what there is: a group with a role, and whoever was deleted has none", async () => {
    const group = String((await county.get("/groups")).body.value[0]?.["id"]);
    const first = await idOf(county, "emergency-1@county.example");
    await county.control("POST", "/_practice/objects", {
      put: [{ collection: "members", object: { id: roleId, members: [first, group] } }],
    });
    expect((await county.all(`/directoryRoles/${roleId}/members`)).map((row) => [row["@odata.type"], row["id"]])).toEqual([
      ["#microsoft.graph.user", first],
      ["#microsoft.graph.group", group],
    ]);
    await county.ask("DELETE", `/users/${first}`);
    expect((await county.all(`/directoryRoles/${roleId}/members`)).map((row) => row["id"])).toEqual([group]);
  });
});

describe("security defaults (api/identitysecuritydefaultsenforcementpolicy-get and -update)", () => {
  const PATH = "/policies/identitySecurityDefaultsEnforcementPolicy";
  let trust: Tenant;
  beforeAll(async () => {
    trust = await memoryTenant("trust");
  });

  test("off at the start; 204 turns them on and off", async () => {
    expect((await trust.get(PATH)).body).toMatchObject({ id: "00000000-0000-0000-0000-000000000005", displayName: "Security Defaults", isEnabled: false });
    expect((await trust.ask("PATCH", PATH, { isEnabled: true })).status).toBe(204);
    expect((await trust.get(PATH)).body["isEnabled"]).toBe(true);
    expect((await trust.ask("PATCH", PATH, { isEnabled: false })).status).toBe(204);
  });

  test.each([[{}], [{ isEnabled: "true" }], [{ isEnabled: true, displayName: "x" }]])("400 for %j", async (body) => {
    expect((await trust.ask("PATCH", PATH, body)).status).toBe(400);
  });

  test("not beside a policy that is on", async () => {
    const county = await memoryTenant("county");
    const { status, body } = await county.ask("PATCH", PATH, { isEnabled: true });
    expect([status, body.error.code]).toEqual([400, "BadRequest"]);
  });

  test("to read them is not to change them", async () => {
    await trust.control("PUT", "/_practice/dials", { permissions: ["Policy.Read.All"], throttling: "off" });
    expect((await trust.get(PATH)).status).toBe(200);
    expect((await trust.ask("PATCH", PATH, { isEnabled: true })).body.error.code).toBe("Authorization_RequestDenied");
  });
});

describe("registration (api/authenticationmethodsroot-list-userregistrationdetails)", () => {
  let county: Tenant;
  beforeAll(async () => {
    county = await memoryTenant("county");
  });

  test("every enabled account, over pages; disabled ones are not in it", async () => {
    const first = await county.get(REPORT);
    expect(first.body["@odata.nextLink"]).toBeDefined();
    const rows = await county.all(REPORT);
    const enabled = await county.all(`/users?$top=999&$select=id&$filter=${encodeURIComponent("accountEnabled eq true")}`);
    expect(rows.map((row) => row["id"])).toEqual(enabled.map((row) => row["id"]));
    expect(Object.keys(rows[0] ?? {}).sort()).toEqual([
      "id",
      "isAdmin",
      "isMfaCapable",
      "isMfaRegistered",
      "isPasswordlessCapable",
      "isSsprCapable",
      "isSsprEnabled",
      "isSsprRegistered",
      "isSystemPreferredAuthenticationMethodEnabled",
      "lastUpdatedDateTime",
      "methodsRegistered",
      "systemPreferredAuthenticationMethods",
      "userDisplayName",
      "userPreferredMethodForSecondaryAuthentication",
      "userPrincipalName",
      "userType",
    ]);
  });

  test.each([
    ["startsWith(userPrincipalName,'head@') and isMfaCapable eq true", 37],
    ["startsWith(userPrincipalName,'office@') and isMfaCapable eq true", 31],
    ["isAdmin eq true", 13],
    ["userPrincipalName eq 'emergency-1@county.example'", 1],
    ["methodsRegistered/any(m:m eq 'fido2') and isAdmin eq true", 3],
    ["userType eq 'guest'", 8],
  ])("$filter=%s", async (filter, count) => {
    expect(await county.all(filtered(REPORT, filter))).toHaveLength(count);
  });

  test("$orderby=userPrincipalName", async () => {
    const names = (await county.all(`${REPORT}?$orderby=userPrincipalName`)).map((row) => String(row["userPrincipalName"]).toLowerCase());
    expect(names).toEqual([...names].sort());
  });

  test.each(["$top=999", "$select=id", "$count=true", "$orderby=lastUpdatedDateTime", "$filter=lastUpdatedDateTime eq null"])(
    "400 for %s, which the page does not have",
    async (option) => {
      expect((await county.get(`${REPORT}?${option}`)).status).toBe(400);
    },
  );

  test("the report is computed anew as time passes, but for a row that a test put in", async () => {
    const id = await idOf(county, "head@hazel.county.example");
    const row = (await county.get(`${REPORT}/${id}`)).body;
    expect(row).toMatchObject({ isMfaCapable: false, isMfaRegistered: false, methodsRegistered: ["email"], lastUpdatedDateTime: "2018-11-05T08:00:00Z" });
    await county.put("registrationDetails", { ...row, isMfaCapable: true, lastUpdatedDateTime: "2018-10-01T00:00:00Z" });
    await county.control("POST", "/_practice/clock", { to: "2018-11-19T01:00:00Z" });
    expect((await county.get(`${REPORT}/${id}`)).body).toMatchObject({ isMfaCapable: true, lastUpdatedDateTime: "2018-10-01T00:00:00Z" });
    expect((await county.get(`${REPORT}/${await idOf(county, "head@alder.county.example")}`)).body["lastUpdatedDateTime"]).toBe("2018-11-19T00:00:00Z");
    expect((await county.get(`${REPORT}/0f0f0f0f-0000-4000-8000-000000000000`)).status).toBe(404);
  });

  test("an account made later has registered nothing", async () => {
    await county.put("users", {
      id: "0f0f0f0f-0000-4000-8000-00000000000b",
      userPrincipalName: "late@county.example",
      accountEnabled: true,
      displayName: "Late",
      userType: "Member",
    });
    expect((await county.get(`${REPORT}/0f0f0f0f-0000-4000-8000-00000000000b`)).body).toMatchObject({
      userPrincipalName: "late@county.example",
      isMfaCapable: false,
      methodsRegistered: [],
      isAdmin: false,
    });
  });

  test("403 without the licence, with a text of its own", async () => {
    await county.control("PUT", "/_practice/dials", { licence: "free", throttling: "off" });
    const { status, body } = await county.get(REPORT);
    expect([status, body.error]).toMatchObject([
      403,
      { code: "Authentication_RequestFromNonPremiumTenantOrB2CTenant", message: "Tenant is not a B2C tenant and doesn't have premium licenses" },
    ]);
  });
});
