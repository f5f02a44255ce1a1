import { beforeEach, describe, expect, test } from "vitest";
import { ADVANCED, memoryTenant, type Reply, type Tenant } from "./memory-tenant.ts";

const CALM = { throttling: "off", lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 } };
const CHOIR = "choir@oak.county.example";
const EVERY = [
  "id,displayName,userPrincipalName,mail,mailNickname,accountEnabled,userType,createdDateTime,deletedDateTime,onPremisesSyncEnabled,assignedLicenses",
  "licenseAssignmentStates,department,jobTitle,proxyAddresses,usageLocation,signInActivity",
].join(",");

const idOf = async (tenant: Tenant, address: string): Promise<string> =>
  String((await tenant.get(`/users/${encodeURIComponent(address)}?$select=id`)).body["id"]);
const whole = async (tenant: Tenant, id: string): Promise<unknown> => (await tenant.get(`/users/${id}?$select=${EVERY}`)).body;
const groupNamed = async (tenant: Tenant, name: string): Promise<string> =>
  String((await tenant.all("/groups?$select=id,displayName")).find((group) => group["displayName"] === name)?.["id"]);
const memberIds = async (tenant: Tenant, group: string): Promise<readonly unknown[]> =>
  (await tenant.all(`/groups/${group}/members?$select=id`)).map((row) => row["id"]);
const groupsOf = async (tenant: Tenant, id: string): Promise<readonly unknown[]> =>
  (await tenant.all(`/users/${id}/memberOf/microsoft.graph.group?$select=id`)).map((row) => row["id"]);
const dials = (tenant: Tenant, more: object): Promise<Reply> => tenant.control("PUT", "/_practice/dials", { ...CALM, ...more });
const unitsUsed = async (tenant: Tenant, part: string): Promise<number> =>
  Number((await tenant.all("/subscribedSkus")).find((sku) => sku["skuPartNumber"] === part)?.["consumedUnits"]);
const remove = async (tenant: Tenant, id: string): Promise<void> => expect((await tenant.ask("DELETE", `/users/${id}`)).status).toBe(204);
const restore = (tenant: Tenant, id: string, body?: object): Promise<Reply> => tenant.ask("POST", `/directory/deletedItems/${id}/restore`, body);
const newUser = (address: string, more: object = {}): object => ({
  accountEnabled: true,
  displayName: "Somebody else",
  mailNickname: "somebody",
  userPrincipalName: address,
  passwordProfile: { password: "not-a-real-one-9" },
  ...more,
});

let county: Tenant;
let id: string;
beforeEach(async () => {
  county = await memoryTenant("county");
  id = await idOf(county, CHOIR);
});

describe("a deleted account (api/user-delete, api/directory-deleteditems-get, -list)", () => {
  test("is told by its id, under a name that others may have", async () => {
    const before = await county.get(`/users/${id}?$select=id,displayName,assignedLicenses`);
    await remove(county, id);
    const { status, body } = await county.get(`/directory/deletedItems/${id}?$select=id,displayName,userPrincipalName,deletedDateTime,assignedLicenses`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      "@odata.type": "#microsoft.graph.user",
      id,
      displayName: before.body["displayName"],
      assignedLicenses: before.body["assignedLicenses"],
      userPrincipalName: `${id.replaceAll("-", "")}${CHOIR}`,
      deletedDateTime: "2018-11-05T08:00:00Z",
    });
  });

  test("its list is filtered as accounts are", async () => {
    const other = await idOf(county, "drama@oak.county.example");
    await remove(county, id);
    await remove(county, other);
    const LIST = "/directory/deletedItems/microsoft.graph.user?$select=id";
    expect((await county.all(`${LIST}&$filter=id in ('${other}')`)).map((row) => row["id"])).toEqual([other]);
    expect((await county.all(`${LIST}&$filter=startswith(userPrincipalName,'${id.replaceAll("-", "")}')`)).map((row) => row["id"])).toEqual([id]);
    const counted = await county.get(`${LIST}&$count=true&$filter=displayName eq 'Oak: drama'`, ADVANCED);
    expect([counted.body["@odata.count"], counted.body.value]).toEqual([1, [{ id: other }]]);
  });

  test("is in no group's list, and its name, licence and place are free", async () => {
    const group = await groupNamed(county, "IT Support");
    expect((await county.ask("POST", `/groups/${group}/members/$ref`, { "@odata.id": `https://graph.microsoft.com/v1.0/directoryObjects/${id}` })).status).toBe(
      204,
    );
    const [used, before] = [await unitsUsed(county, "M365EDU_A3_FACULTY"), await memberIds(county, group)];
    await remove(county, id);
    expect(before).toContain(id);
    expect(await memberIds(county, group)).toEqual(before.filter((member) => member !== id));
    expect((await county.get(`/users/${id}/memberOf`)).status).toBe(404);
    expect(await unitsUsed(county, "M365EDU_A3_FACULTY")).toBe(used - 1);
    expect((await county.ask("POST", "/users", newUser(CHOIR))).status).toBe(201);
  });

  test.each([
    ["read", "GET", "", []],
    ["read", "GET", "", ["Group.Read.All"]],
    ["restored", "POST", "/restore", ["Group.ReadWrite.All", "User.Read.All"]],
    ["purged", "DELETE", "", ["Group.ReadWrite.All", "User.Read.All"]],
  ])("is not %s by %s%s with %j", async (_, method, path, permissions) => {
    await remove(county, id);
    await dials(county, { permissions });
    const reply = await county.ask(method, `/directory/deletedItems/${id}${path}`);
    expect([reply.status, reply.body.error.code]).toEqual([403, "Authorization_RequestDenied"]);
  });

  test("thirty days later it is gone by itself, not a second before", async () => {
    await remove(county, id);
    await county.control("POST", "/_practice/clock", { forwardMs: 30 * 86_400_000 - 1000 });
    expect((await county.get(`/directory/deletedItems/${id}`)).status).toBe(200);
    await county.control("POST", "/_practice/clock", { forwardMs: 1000 });
    expect((await county.get(`/directory/deletedItems/${id}`)).status).toBe(404);
    expect((await restore(county, id)).body.error.code).toBe("Request_ResourceNotFound");
  });

  test("purged it is gone for good, and nothing of it is left in any group", async () => {
    const group = await groupNamed(county, "IT Support");
    await county.ask("POST", `/groups/${group}/members/$ref`, { "@odata.id": `https://graph.microsoft.com/v1.0/directoryObjects/${id}` });
    await remove(county, id);
    expect((await county.ask("DELETE", `/directory/deletedItems/${id}`)).status).toBe(204);
    expect((await restore(county, id)).status).toBe(404);
    expect((await county.ask("DELETE", `/directory/deletedItems/${id}`)).status).toBe(404);
    expect((await county.ask("DELETE", `/groups/${group}/members/${id}/$ref`)).status).toBe(404);
  });

  test("a synced one comes back with the next sync, where the dials have the service accept its deletion", async () => {
    const elm = await idOf(county, "hiro.radbridge@elm.county.example");
    expect((await county.ask("DELETE", `/users/${elm}`)).status).toBe(400);
    await dials(county, { syncedDeletion: "undone-by-sync" });
    const before = await whole(county, elm);
    await remove(county, elm);
    expect((await county.get(`/users/${elm}`)).status).toBe(404);
    expect((await county.get(`/directory/deletedItems/${elm}`)).status).toBe(404);
    await county.control("POST", "/_practice/clock", { forwardMs: 1_800_000 });
    expect(await whole(county, elm)).toEqual(before);
    expect(await county.all("/directory/deletedItems/microsoft.graph.user")).toEqual([]);
  });

  test("has no mailbox that Exchange would tell of", async () => {
    const admissions = await idOf(county, "admissions@county.example");
    const ask = async (): Promise<string> =>
      (
        await county.control("POST", `/adminapi/beta/${county.sandbox.about.tenantId}/InvokeCommand`, {
          CmdletInput: { CmdletName: "Get-Mailbox", Parameters: { ResultSize: "Unlimited", RecipientTypeDetails: ["SharedMailbox"] } },
        })
      ).text;
    expect(await ask()).toContain("admissions@county.example");
    await remove(county, admissions);
    const after = await ask();
    expect(after).toContain("vacancies@county.example");
    expect(after).not.toContain("admissions@county.example");
  });
});

describe("Restore a deleted account (api/directory-deleteditems-restore)", () => {
  test("200; it is as it was, property by property, its groups, licence and manager with it", async () => {
    const group = await groupNamed(county, "IT Support");
    await county.ask("POST", `/groups/${group}/members/$ref`, { "@odata.id": `https://graph.microsoft.com/v1.0/directoryObjects/${id}` });
    const [before, groups, manager] = [await whole(county, id), await groupsOf(county, id), (await county.get(`/users/${id}/manager`)).body];
    const used = await unitsUsed(county, "M365EDU_A3_FACULTY");
    await remove(county, id);
    const { status, body } = await restore(county, id);
    expect([status, body["@odata.type"], body["id"]]).toEqual([200, "#microsoft.graph.user", id]);
    expect(await whole(county, id)).toEqual(before);
    expect(groups).toEqual([group]);
    expect(await groupsOf(county, id)).toEqual(groups);
    expect((await county.get(`/users/${id}/manager`)).body).toEqual(manager);
    expect(await unitsUsed(county, "M365EDU_A3_FACULTY")).toBe(used);
    expect((await county.get(`/users/${CHOIR}`)).body["id"]).toBe(id);
    expect((await county.get(`/directory/deletedItems/${id}`)).status).toBe(404);
  });

  test("one that was blocked comes back blocked", async () => {
    await county.ask("PATCH", `/users/${id}`, { accountEnabled: false });
    await remove(county, id);
    await restore(county, id);
    expect((await county.get(`/users/${id}?$select=accountEnabled`)).body["accountEnabled"]).toBe(false);
  });

  test("somebody who signed in keeps the day of it", async () => {
    const office = await idOf(county, "office@rowan.county.example");
    const before = await whole(county, office);
    expect(before).toHaveProperty("signInActivity");
    await remove(county, office);
    await county.control("POST", "/_practice/clock", { forwardMs: 5 * 86_400_000 });
    await restore(county, office);
    expect(await whole(county, office)).toEqual(before);
  });

  test.each([
    ["licences", { licences: false }],
    ["memberships", { memberships: false }],
    ["manager", { manager: false }],
  ] as const)("where the dials keep %s back, that alone is missing", async (what, restoreBrings) => {
    const group = await groupNamed(county, "IT Support");
    await county.ask("POST", `/groups/${group}/members/$ref`, { "@odata.id": `https://graph.microsoft.com/v1.0/directoryObjects/${id}` });
    await dials(county, { restoreBrings });
    const used = await unitsUsed(county, "M365EDU_A3_FACULTY");
    await remove(county, id);
    await restore(county, id);
    const { body } = await county.get(`/users/${id}?$select=assignedLicenses,licenseAssignmentStates`);
    const count = (list: unknown): number => (Array.isArray(list) ? list.length : -1);
    expect([count(body["assignedLicenses"]), count(body["licenseAssignmentStates"])]).toEqual(what === "licences" ? [0, 0] : [1, 1]);
    expect(await unitsUsed(county, "M365EDU_A3_FACULTY")).toBe(what === "licences" ? used - 1 : used);
    expect(await groupsOf(county, id)).toEqual(what === "memberships" ? [] : [group]);
    expect((await county.get(`/users/${id}/manager`)).status).toBe(what === "manager" ? 404 : 200);
  });

  test("a licence of which no unit is left stays away, and the account comes without it", async () => {
    const skus = await county.all("/subscribedSkus");
    const faculty = skus.find((sku) => sku["skuPartNumber"] === "M365EDU_A3_FACULTY");
    await remove(county, id);
    const used = await unitsUsed(county, "M365EDU_A3_FACULTY");
    await county.put("subscribedSkus", { ...faculty, prepaidUnits: { enabled: used, suspended: 0, warning: 0, lockedOut: 0 } });
    expect((await restore(county, id)).status).toBe(200);
    expect((await county.get(`/users/${id}?$select=assignedLicenses`)).body["assignedLicenses"]).toEqual([]);
    expect(await unitsUsed(county, "M365EDU_A3_FACULTY")).toBe(used);
  });

  test("a name that another has now is a conflict; a new one resolves it", async () => {
    await remove(county, id);
    await county.ask("POST", "/users", newUser(CHOIR.toUpperCase()));
    const refused = await restore(county, id);
    expect([refused.status, refused.body.error.code, refused.body.error.details]).toMatchObject([
      400,
      "Request_BadRequest",
      [{ code: "ObjectConflict", target: "userPrincipalName" }],
    ]);
    expect((await restore(county, id, { newUserPrincipalName: "choir@elsewhere.example" })).status).toBe(400);
    expect((await restore(county, id, { newUserPrincipalName: "drama@oak.county.example" })).status).toBe(400);
    expect((await restore(county, id, { newUserPrincipalName: "choir-2@oak.county.example" })).status).toBe(200);
    expect((await county.get("/users/choir-2@oak.county.example?$select=id")).body["id"]).toBe(id);
  });

  test("an address that another has now is a conflict; it is given up on wish", async () => {
    const drama = await idOf(county, "drama@oak.county.example");
    await county.put("users", {
      ...(await county.get(`/users/${id}?$select=${EVERY}`)).body,
      proxyAddresses: [`SMTP:${CHOIR}`, "smtp:singers@oak.county.example"],
    });
    await remove(county, id);
    const taken = (await county.get(`/users/${drama}?$select=${EVERY}`)).body;
    await county.put("users", { ...taken, proxyAddresses: ["SMTP:drama@oak.county.example", "smtp:Singers@oak.county.example"] });
    const refused = await restore(county, id);
    expect([refused.status, refused.body.error.details]).toMatchObject([400, [{ code: "ObjectConflict", target: "proxyAddresses" }]]);
    expect((await restore(county, id, { autoReconcileProxyConflict: true })).status).toBe(200);
    expect((await county.get(`/users/${id}?$select=mail,proxyAddresses`)).body).toMatchObject({ mail: CHOIR, proxyAddresses: [`SMTP:${CHOIR}`] });
  });

  test("an administrator comes back only where the caller reaches one", async () => {
    const admin = await idOf(county, "admin.orla@county.example");
    await remove(county, admin);
    await dials(county, { permissions: ["User.DeleteRestore.All", "User.Read.All"] });
    expect((await restore(county, admin)).body.error.code).toBe("Authorization_RequestDenied");
    await dials(county, { permissions: ["User.DeleteRestore.All", "User.Read.All"], reachesAdministrators: true });
    expect((await restore(county, admin)).status).toBe(200);
    const roles = await county.all(`/users/${admin}/memberOf/microsoft.graph.directoryRole?$select=displayName`);
    expect(roles.map((role) => role["displayName"])).toEqual(["Global Administrator"]);
  });

  test("is seen after a while", async () => {
    await remove(county, id);
    await dials(county, { lagMs: { directory: 5_000, conditionalAccess: 0, exchange: 0 } });
    expect((await restore(county, id)).status).toBe(200);
    expect((await county.get(`/users/${id}`)).status).toBe(404);
    await county.settle();
    expect((await county.get(`/users/${id}`)).status).toBe(200);
  });

  test("goes in a batch, item by item", async () => {
    const other = await idOf(county, "drama@oak.county.example");
    const batch = async (requests: readonly object[]): Promise<readonly unknown[]> => {
      const responses: unknown = (await county.ask("POST", "/$batch", { requests })).body["responses"];
      return Array.isArray(responses) ? responses.map((response) => response.status).sort() : [];
    };
    expect(await batch([id, other].map((one, at) => ({ id: String(at), method: "DELETE", url: `/users/${one}` })))).toEqual([204, 204]);
    const HEADERS = { "Content-Type": "application/json" };
    const restores = [id, other, id].map((one, at) => ({
      id: String(at),
      method: "POST",
      url: `/directory/deletedItems/${one}/restore`,
      headers: HEADERS,
      body: {},
    }));
    expect(await batch(restores)).toEqual([200, 200, 404]);
  });
});

describe('who reaches administrators (resources/users, "Who can perform sensitive actions")', () => {
  const GROUP = "/groups/{group}/owners/$ref";

  test.each([
    ["an administrator is not deleted", "DELETE", "", undefined, 403],
    ["an administrator is not blocked", "PATCH", "", { accountEnabled: false }, 403],
    ["what is no such thing is changed", "PATCH", "", { department: "Elsewhere" }, 204],
  ])("by permissions alone, %s", async (_, method, path, body, status) => {
    const admin = await idOf(county, "admin.orla@county.example");
    await dials(county, { permissions: ["User.ReadWrite.All"] });
    expect((await county.ask(method, `/users/${admin}${path}`, body)).status).toBe(status);
  });

  test("nor is the owner of a group that may have a role, nor with all permissions where the dials say so", async () => {
    const group = (
      await county.ask("POST", "/groups", { displayName: "Desk", mailEnabled: false, mailNickname: "desk", securityEnabled: true, isAssignableToRole: true })
    ).body["id"];
    const link = { "@odata.id": `https://graph.microsoft.com/v1.0/users/${id}` };
    expect((await county.ask("POST", GROUP.replace("{group}", String(group)), link)).status).toBe(204);
    await dials(county, { permissions: ["User.ReadWrite.All"] });
    expect((await county.ask("DELETE", `/users/${id}`)).status).toBe(403);
    await dials(county, { reachesAdministrators: false });
    expect((await county.ask("DELETE", `/users/${id}`)).status).toBe(403);
    await dials(county, {});
    expect((await county.ask("DELETE", `/users/${id}`)).status).toBe(204);
  });
});
