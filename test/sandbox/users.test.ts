import { beforeAll, describe, expect, test } from "vitest";
import { ADVANCED, memoryTenant, type Tenant } from "./memory-tenant.ts";

const upns = (rows: readonly Record<string, unknown>[]): readonly string[] => rows.map((row) => String(row["userPrincipalName"]).toLowerCase());
const filterPath = (filter: string, more = ""): string => `/users?$filter=${encodeURIComponent(filter)}&$select=id,userPrincipalName${more}`;
const EVERY =
  "id,displayName,userPrincipalName,mail,accountEnabled,userType,createdDateTime,onPremisesSyncEnabled,assignedLicenses,department,proxyAddresses,identityParentId";
const idOf = async (tenant: Tenant, address: string): Promise<string> =>
  String((await tenant.get(`/users/${encodeURIComponent(address)}?$select=id`)).body["id"]);

describe("List users (api/user-list)", () => {
  let county: Tenant;
  beforeAll(async () => {
    county = await memoryTenant("county");
  });

  test("without $select the usual eleven properties, a hundred a page", async () => {
    const { status, body } = await county.get("/users");
    expect(status).toBe(200);
    expect(body.value).toHaveLength(100);
    expect(body["@odata.context"]).toBe("http://127.0.0.1/v1.0/$metadata#users");
    expect(body["@odata.nextLink"]).toMatch(/^http:\/\/127\.0\.0\.1\/v1\.0\/users\?\$skiptoken=/);
    expect(Object.keys(body.value[0] ?? {}).sort()).toEqual(
      [
        "businessPhones",
        "displayName",
        "givenName",
        "id",
        "jobTitle",
        "mail",
        "mobilePhone",
        "officeLocation",
        "preferredLanguage",
        "surname",
        "userPrincipalName",
      ].sort(),
    );
  });

  test("all 1,512, each once, in two pages of 999", async () => {
    const rows = await county.all(`/users?$top=999&$select=${EVERY}`);
    expect(rows).toHaveLength(1_512);
    expect(new Set(rows.map((row) => row["id"])).size).toBe(1_512);
    expect(rows[0]).toMatchObject({ onPremisesSyncEnabled: null, assignedLicenses: [], accountEnabled: true });
  });

  test("names of $select without regard to case; what an account has none of is null or an empty list", async () => {
    const { body } = await county.get("/users?$select=USERPRINCIPALNAME,city,imAddresses&$top=1");
    expect(body.value).toEqual([{ userPrincipalName: "emergency-1@county.example", city: null, imAddresses: [] }]);
  });

  test("an agent's account says its type", async () => {
    const { body } = await county.get(filterPath("userPrincipalName eq 'assistant@county.example'"));
    expect(body.value).toMatchObject([{ "@odata.type": "#microsoft.graph.agentUser" }]);
  });

  test.each([
    ["1000 a page", "/users?$top=1000", 400, "Request_BadRequest", "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive."],
    ["501 a page with sign-in activity", "/users?$top=501&$select=id,signInActivity", 400, "Request_BadRequest", "Must be between 1 and 500"],
    ["what can be read of one account only", "/users?$select=aboutMe", 501, "NotImplemented", "aboutme"],
    ["$skip", "/users?$skip=5", 400, "Request_UnsupportedQuery", "$skip"],
    ["$expand", "/users?$expand=manager", 400, "Request_UnsupportedQuery", "$expand"],
    ["a property that cannot be filtered", filterPath("postalCode eq 'x'"), 400, "Request_UnsupportedQuery", "postalcode"],
    ["endsWith without the header", filterPath("endsWith(userPrincipalName,'@yew.county.example')"), 400, "Request_UnsupportedQuery", "endsWith"],
    ["ne without the header", filterPath("userType ne 'Guest'"), 400, "Request_UnsupportedQuery", "ne"],
    ["null without the header", filterPath("onPremisesSyncEnabled eq null"), 400, "Request_UnsupportedQuery", "null"],
    ["no filter at all", filterPath("userType equals 'Guest'"), 400, "BadRequest", "Invalid filter clause"],
    ["sorting by what cannot be sorted", "/users?$orderby=department", 400, "Request_UnsupportedQuery", "Sorting not supported for current query."],
    [
      "sorting and filtering without the header",
      `${filterPath("userType eq 'Guest'")}&$orderby=displayName`,
      400,
      "Request_UnsupportedQuery",
      "Sorting not supported for current query.",
    ],
    [
      "sign-in activity beside another property",
      filterPath("accountEnabled eq true and signInActivity/lastSignInDateTime le 2018-10-01T00:00:00Z"),
      400,
      "Request_UnsupportedQuery",
      "signInActivity",
    ],
    ["a page that has expired", "/users?$skiptoken=nonsense", 400, "Request_BadRequest", "page token"],
  ])("refused: %s", async (_, path, status, code, message) => {
    const reply = await county.get(path);
    expect([reply.status, reply.body.error.code]).toEqual([status, code]);
    expect(reply.body.error.message).toContain(message);
  });

  test.each<readonly [string, Readonly<Record<string, string>>, number, number]>([
    ["accountEnabled eq false", {}, 60, 30],
    ["userType eq 'Guest'", {}, 8, 8],
    ["startsWith(userPrincipalName,'head@')", {}, 40, 40],
    ["userPrincipalName eq 'HEAD@BIRCH.COUNTY.EXAMPLE'", {}, 1, 1],
    ["userPrincipalName eq 'maeve.o''dell@yew.county.example'", {}, 1, 1],
    ["onPremisesSyncEnabled eq true", {}, 300, 100],
    ["userPrincipalName in ('head@alder.county.example','office@alder.county.example')", {}, 2, 2],
    ["proxyAddresses/any(p:p eq 'smtp:head@old-alder.county.example')", {}, 1, 1],
    ["assignedLicenses/any(l:l/skuId eq 18250162-5d87-4436-a834-d795c15c80f3)", {}, 199, 150],
    ["startsWith(userPrincipalName,'office@') and accountEnabled eq true", {}, 40, 40],
    ["endsWith(userPrincipalName,'@yew.county.example')", ADVANCED, 80, 30],
    ["onPremisesSyncEnabled eq null", ADVANCED, 1_400, 1_000],
    ["not(userType eq 'Member')", ADVANCED, 8, 8],
    ["assignedLicenses/$count eq 0", ADVANCED, 300, 50],
  ])("$filter=%s", async (filter, headers, most, fewest) => {
    const advanced = headers === ADVANCED;
    const rows = await county.all(filterPath(filter, `&$top=999${advanced ? "&$count=true" : ""}`), headers);
    expect(rows.length).toBeLessThanOrEqual(most);
    expect(rows.length).toBeGreaterThanOrEqual(fewest);
    if (!advanced) return;
    const first = await county.get(filterPath(filter, "&$top=1&$count=true"), headers);
    expect(first.body["@odata.count"]).toBe(rows.length);
  });

  test("sorted by user principal name, downwards, over pages", async () => {
    const rows = upns(await county.all("/users?$orderby=userPrincipalName desc&$select=userPrincipalName&$top=700"));
    expect(rows).toHaveLength(1_512);
    expect(rows).toEqual([...rows].sort().reverse());
  });

  test("/users/$count needs the header and answers as text", async () => {
    expect((await county.get("/users/$count")).status).toBe(400);
    const { status, text } = await county.get("/users/$count", ADVANCED);
    expect([status, text]).toEqual([200, "1512"]);
    expect((await county.get(`/users/$count?$filter=${encodeURIComponent("userType eq 'Guest'")}`, ADVANCED)).text).toBe("8");
  });
});

describe("sign-in activity (resources/signinactivity)", () => {
  let county: Tenant;
  beforeAll(async () => {
    county = await memoryTenant("county");
  });

  test("missing, not null, for who never signed in; 500 a page", async () => {
    const { body } = await county.get("/users?$select=userPrincipalName,signInActivity&$top=500");
    expect(body.value).toHaveLength(500);
    const never = body.value.filter((row) => !("signInActivity" in row));
    expect(upns(never)).toContain("choir@oak.county.example");
    expect(body.value.every((row) => row["signInActivity"] !== null)).toBe(true);
    expect(body.value.every((row) => typeof row["id"] === "string")).toBe(true);
  });

  test("a filter for older activity never returns who never signed in", async () => {
    const rows = await county.all(
      `/users?$select=id,signInActivity&$filter=${encodeURIComponent("signInActivity/lastSignInDateTime le 2018-09-01T00:00:00Z")}`,
    );
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.every((row) => "signInActivity" in row)).toBe(true);
  });

  test("one account by object id, not by address", async () => {
    const id = await idOf(county, "head@alder.county.example");
    const byId = await county.get(`/users/${id}?$select=signInActivity`);
    expect(byId.body["signInActivity"]).toMatchObject({ lastSignInDateTime: expect.stringMatching(/^2018-11-04T/) });
    const byAddress = await county.get("/users/head@alder.county.example?$select=signInActivity");
    expect(byAddress.status).toBe(400);
    expect(byAddress.body.error.message).toBe("Get By Key only supports UserId and the key has to be a valid Guid");
  });

  test("403 without the permission, and another 403 without the licence", async () => {
    const path = "/users?$select=id,signInActivity";
    await county.control("PUT", "/_practice/dials", { permissions: ["User.Read.All"], throttling: "off" });
    expect((await county.get(path)).body.error.code).toBe("Authentication_MSGraphPermissionMissing");
    expect((await county.get("/users?$select=id")).status).toBe(200);
    await county.control("PUT", "/_practice/dials", { licence: "free", throttling: "off" });
    const { status, body } = await county.get(path);
    expect([status, body.error]).toMatchObject([
      403,
      { code: "Authentication_RequestFromNonPremiumTenantOrB2CTenant", message: "Neither tenant is B2C or tenant doesn't have premium license" },
    ]);
  });
});

describe("Get a user (api/user-get)", () => {
  let county: Tenant;
  beforeAll(async () => {
    county = await memoryTenant("county");
  });

  test.each([
    ["in any case", "/users/HEAD@birch.COUNTY.example"],
    ["in quotes", "/users('Head@Birch.county.example')"],
  ])("by address, %s", async (_, path) => {
    const { status, body } = await county.get(`${path}?$select=userPrincipalName,accountEnabled`);
    expect(status).toBe(200);
    expect(body).toEqual({
      "@odata.context": "http://127.0.0.1/v1.0/$metadata#users(userPrincipalName,accountEnabled)/$entity",
      userPrincipalName: "Head@Birch.county.example",
      accountEnabled: true,
    });
  });

  test("a guest by the address with its encoded #", async () => {
    const { status, body } = await county.get("/users/head_partner.example%23EXT%23@county.onmicrosoft.example?$select=userType,mail");
    expect(status).toBe(200);
    expect(body).toMatchObject({ userType: "Guest", mail: "head@partner.example" });
  });

  test.each(["nobody@county.example", "head@old-alder.county.example", "0f0f0f0f-0000-4000-8000-000000000000", "nobody"])("404 for %s", async (key) => {
    const { status, body } = await county.get(`/users/${key}`);
    expect([status, body.error.code]).toEqual([404, "Request_ResourceNotFound"]);
    expect(body.error.message).toBe(`Resource '${key}' does not exist or one of its queried reference-property objects are not present.`);
  });

  test("whoever may read basic profiles only may not select more", async () => {
    await county.control("PUT", "/_practice/dials", { permissions: ["User.ReadBasic.All"], throttling: "off" });
    expect((await county.get("/users/head@alder.county.example?$select=id,displayName")).status).toBe(200);
    expect((await county.get("/users/head@alder.county.example?$select=id,accountEnabled")).body.error.code).toBe("Authorization_RequestDenied");
    await county.control("PUT", "/_practice/dials", { permissions: [], throttling: "off" });
    expect((await county.get("/users/head@alder.county.example")).status).toBe(403);
  });
});

describe("what a test puts in overrides what was computed", () => {
  let county: Tenant;
  beforeAll(async () => {
    county = await memoryTenant("county");
  });

  test("an account", async () => {
    const id = await idOf(county, "emergency-1@county.example");
    const { body } = await county.get(`/users/${id}?$select=${EVERY}`);
    const { "@odata.context": _, ...user } = body;
    await county.put("users", { ...user, accountEnabled: false, onPremisesSyncEnabled: true });
    expect((await county.get("/users/emergency-1@county.example?$select=accountEnabled,onPremisesSyncEnabled")).body).toMatchObject({
      accountEnabled: false,
      onPremisesSyncEnabled: true,
    });
    expect((await county.all("/users?$top=999&$select=id,accountEnabled")).find((row) => row["id"] === id)).toEqual({ id, accountEnabled: false });
  });

  test("a new account in a domain that was not there", async () => {
    await county.put("users", {
      id: "0f0f0f0f-0000-4000-8000-00000000000a",
      userPrincipalName: "head@new.county.example",
      accountEnabled: true,
      displayName: "Head",
      userType: "Member",
    });
    expect(upns(await county.all(filterPath("startsWith(userPrincipalName,'head@')")))).toHaveLength(41);
    expect((await county.get("/users/Head@New.county.example?$select=assignedLicenses,mail")).body).toMatchObject({ assignedLicenses: [], mail: null });
  });

  test("registered methods (api/authentication-list-methods)", async () => {
    const path = "/users/emergency-2@county.example/authentication/methods";
    expect((await county.get(path)).body.value.map((row) => row["@odata.type"])).toEqual([
      "#microsoft.graph.passwordAuthenticationMethod",
      "#microsoft.graph.fido2AuthenticationMethod",
    ]);
    await county.put("authenticationMethods", {
      id: await idOf(county, "emergency-2@county.example"),
      value: [{ "@odata.type": "#microsoft.graph.passwordAuthenticationMethod", id: "x" }],
    });
    expect((await county.get(path)).body.value).toEqual([{ "@odata.type": "#microsoft.graph.passwordAuthenticationMethod", id: "x" }]);
    expect((await county.get("/users/nobody@county.example/authentication/methods")).status).toBe(404);
  });
});
