import { beforeAll, describe, expect, test } from "vitest";
import { ADVANCED, memoryTenant, type Tenant } from "./memory-tenant.ts";

const upns = (rows: readonly Record<string, unknown>[]): readonly string[] => rows.map((row) => String(row["userPrincipalName"]).toLowerCase());
const EVERY =
  "id,displayName,userPrincipalName,mail,accountEnabled,userType,createdDateTime,onPremisesSyncEnabled,assignedLicenses,department,proxyAddresses,identityParentId";
const idOf = async (tenant: Tenant, address: string): Promise<string> =>
  String((await tenant.get(`/users/${encodeURIComponent(address)}?$select=id`)).body["id"]);
const newUser = (address: string, more: object = {}): object => ({
  accountEnabled: true,
  displayName: "New person",
  mailNickname: "new.person",
  userPrincipalName: address,
  passwordProfile: { forceChangePasswordNextSignIn: true, password: "not-a-real-one-9" },
  ...more,
});

describe("Create and update a user (api/user-post-users, api/user-update)", () => {
  let county: Tenant;
  beforeAll(async () => {
    county = await memoryTenant("county");
  });

  test("201 with the usual properties; then it is found, listed, and its password nowhere", async () => {
    const { status, body } = await county.ask("POST", "/users", newUser("new.head@ALDER.county.example", { department: "Leadership" }));
    expect(status).toBe(201);
    expect(body).toMatchObject({ displayName: "New person", userPrincipalName: "new.head@ALDER.county.example", businessPhones: [] });
    const found = await county.get(`/users/${String(body["id"])}?$select=${EVERY},signInActivity`);
    expect(found.body).toMatchObject({
      department: "Leadership",
      accountEnabled: true,
      userType: "Member",
      onPremisesSyncEnabled: null,
      assignedLicenses: [],
      createdDateTime: "2018-11-05T08:00:00Z",
    });
    expect(found.body).not.toHaveProperty("signInActivity");
    const rows = await county.all("/users?$top=999&$select=userPrincipalName,passwordProfile");
    expect(upns(rows)).toContain("new.head@alder.county.example");
    expect(JSON.stringify(rows)).not.toContain("not-a-real-one");
    expect((await county.get(`/users/${String(body["id"])}/authentication/methods`)).body.value).toMatchObject([
      { "@odata.type": "#microsoft.graph.passwordAuthenticationMethod" },
    ]);
  });

  test.each([
    ["no display name", newUser("a1@county.example", { displayName: undefined }), "Property displayName value is required but is empty or missing."],
    ["no nickname", newUser("a1@county.example", { mailNickname: "" }), "Property mailNickname value is required but is empty or missing."],
    ["no password", newUser("a1@county.example", { passwordProfile: undefined }), "Property passwordProfile value is required but is empty or missing."],
    ["a weak password", newUser("a1@county.example", { passwordProfile: { password: "short" } }), "password complexity"],
    [
      "a nickname with a comma",
      newUser("a1@county.example", { mailNickname: "mills,.jr" }),
      "Invalid value specified for property 'mailNickname' of resource 'User'.",
    ],
    ["a domain that is not the tenant's", newUser("a1@elsewhere.example"), "One or more properties contains invalid values."],
    ["an address with an accent", newUser("zoë@county.example"), "One or more properties contains invalid values."],
    [
      "an address that is taken, in another case",
      newUser("HEAD@alder.county.example"),
      "Another object with the same value for property userPrincipalName already exists.",
    ],
    ["enabled as text", newUser("a1@county.example", { accountEnabled: "yes" }), "Invalid value specified for property 'accountEnabled' of resource 'User'."],
    [
      "a name that is too long",
      newUser("a1@county.example", { displayName: "x".repeat(257) }),
      "Invalid value specified for property 'displayName' of resource 'User'.",
    ],
    ["its own id", newUser("a1@county.example", { id: "x" }), "Property 'id' is read-only and cannot be set."],
  ])("400: %s", async (_, body, message) => {
    const reply = await county.ask("POST", "/users", body);
    expect([reply.status, reply.body.error.code]).toEqual([400, "Request_BadRequest"]);
    expect(reply.body.error.message).toContain(message);
  });

  test("a clash of addresses says so in its details", async () => {
    const { body } = await county.ask("POST", "/users", newUser("office@alder.county.example"));
    expect(body.error.details).toMatchObject([{ code: "ObjectConflict", target: "userPrincipalName" }]);
  });

  test("204; the account changes, everything else of it stays", async () => {
    const id = await idOf(county, "head@alder.county.example");
    const before = (await county.get(`/users/${id}?$select=${EVERY}`)).body;
    expect((await county.ask("PATCH", "/users/HEAD@alder.county.example", { accountEnabled: false })).status).toBe(204);
    expect((await county.get(`/users/${id}?$select=${EVERY}`)).body).toEqual({ ...before, accountEnabled: false });
  });

  test("a new address is the one it is found by", async () => {
    expect((await county.ask("PATCH", "/users/head@cedar.county.example", { userPrincipalName: "principal@cedar.county.example" })).status).toBe(204);
    expect((await county.get("/users/head@cedar.county.example")).status).toBe(404);
    expect((await county.get("/users/principal@cedar.county.example")).status).toBe(200);
  });

  test.each([
    [
      "a synced account",
      "head@elm.county.example",
      { accountEnabled: false },
      "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.",
    ],
    ["a licence", "head@fir.county.example", { assignedLicenses: [] }, "Property 'assignedLicenses' is read-only and cannot be set."],
    ["an empty name", "head@fir.county.example", { displayName: null }, "Invalid value specified for property 'displayName' of resource 'User'."],
    [
      "somebody else's address",
      "head@fir.county.example",
      { userPrincipalName: "office@fir.county.example" },
      "Another object with the same value for property userPrincipalName already exists.",
    ],
  ])("400: %s", async (_, address, body, message) => {
    const reply = await county.ask("PATCH", `/users/${address}`, body);
    expect([reply.status, reply.body.error.message]).toEqual([400, message]);
  });

  test("the permission to block reaches nothing else", async () => {
    await county.control("PUT", "/_practice/dials", { permissions: ["User.EnableDisableAccount.All", "User.Read.All"], throttling: "off" });
    expect((await county.ask("PATCH", "/users/office@fir.county.example", { accountEnabled: false })).status).toBe(204);
    expect((await county.ask("PATCH", "/users/office@fir.county.example", { displayName: "x" })).status).toBe(403);
  });
});

describe("Delete a user (api/user-delete, api/directory-deleteditems-list)", () => {
  let county: Tenant;
  beforeAll(async () => {
    county = await memoryTenant("county");
  });

  test("204; gone from every list, kept for thirty days under another address", async () => {
    const id = await idOf(county, "office@rowan.county.example");
    expect((await county.ask("DELETE", `/users/${id}`)).status).toBe(204);
    expect((await county.get(`/users/${id}`)).status).toBe(404);
    expect((await county.get("/users/$count", ADVANCED)).text).toBe("1511");
    expect((await county.all("/reports/authenticationMethods/userRegistrationDetails")).some((row) => row["id"] === id)).toBe(false);
    const deleted = "/directory/deletedItems/microsoft.graph.user?$select=id,userPrincipalName,deletedDateTime&$count=true&$orderby=deletedDateTime desc";
    const { body } = await county.get(deleted, ADVANCED);
    expect(body.value).toEqual([{ id, userPrincipalName: `${id.replaceAll("-", "")}office@rowan.county.example`, deletedDateTime: "2018-11-05T08:00:00Z" }]);
    expect(body["@odata.count"]).toBe(1);
    await county.control("POST", "/_practice/clock", { to: "2018-12-06T08:00:00Z" });
    expect((await county.get(deleted, ADVANCED)).body.value).toEqual([]);
  });

  test("the cast is mandatory, and sorting by date needs the header", async () => {
    expect((await county.get("/directory/deletedItems")).status).not.toBe(200);
    expect((await county.get("/directory/deletedItems/microsoft.graph.user?$orderby=deletedDateTime")).status).toBe(400);
  });

  test("400 for a synced account", async () => {
    expect((await county.ask("DELETE", "/users/head@larch.county.example")).status).toBe(204);
    expect((await county.ask("DELETE", "/users/head@elm.county.example")).body.error.message).toContain("on-premises mastered");
  });

  test("403 for an administrator, whatever the permission", async () => {
    await county.control("PUT", "/_practice/dials", { permissions: ["User.ReadWrite.All", "User.Read.All"], throttling: "off" });
    expect((await county.ask("DELETE", "/users/emergency-1@county.example")).body.error.code).toBe("Authorization_RequestDenied");
    expect((await county.ask("DELETE", "/users/office@willow.county.example")).status).toBe(204);
  });
});

describe("replication", () => {
  test("a new account, a change and a deletion are seen after a while", async () => {
    const county = await memoryTenant("county", { throttling: "off", lagMs: { directory: 5_000, conditionalAccess: 0, exchange: 0 } });
    const { body } = await county.ask("POST", "/users", newUser("late@county.example"));
    expect((await county.get(`/users/${String(body["id"])}`)).status).toBe(404);
    expect((await county.ask("PATCH", `/users/${String(body["id"])}`, { accountEnabled: false })).status).toBe(404);
    await county.settle();
    expect((await county.ask("PATCH", `/users/${String(body["id"])}`, { accountEnabled: false })).status).toBe(204);
    expect((await county.get("/users/late@county.example?$select=accountEnabled")).body["accountEnabled"]).toBe(true);
    await county.settle();
    expect((await county.get("/users/late@county.example?$select=accountEnabled")).body["accountEnabled"]).toBe(false);
  });
});
