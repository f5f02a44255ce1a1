import { beforeAll, describe, expect, test } from "vitest";
import { memoryTenant, type Tenant } from "./memory-tenant.ts";

const CALM = { throttling: "off", lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 } };
const NOWHERE = "00000000-1111-4222-8333-444444444444";
const linkTo = (id: string): object => ({ "@odata.id": `https://graph.microsoft.com/v1.0/users/${id}` });

let county: Tenant;
let [choir, head, drama] = ["", "", ""];
beforeAll(async () => {
  county = await memoryTenant("county");
  const idOf = async (address: string): Promise<string> => String((await county.get(`/users/${address}?$select=id`)).body["id"]);
  [choir, head, drama] = [await idOf("choir@oak.county.example"), await idOf("head@oak.county.example"), await idOf("drama@oak.county.example")];
});

describe("managers (api/user-list-manager, -post-manager, -delete-manager)", () => {
  test("whoever works at a school is managed by its head", async () => {
    const { status, body } = await county.get(`/users/${choir}/manager?$select=id,userPrincipalName`);
    expect([status, body["@odata.type"], body["id"], body["userPrincipalName"]]).toEqual([200, "#microsoft.graph.user", head, "head@oak.county.example"]);
  });

  test.each([
    ["a head", "head@oak.county.example"],
    ["a pupil", "pupil0004@oak.county.example"],
    ["somebody of the council", "emergency-1@county.example"],
  ])("%s has none: 404, which names the property", async (_, address) => {
    const { status, body } = await county.get(`/users/${address}/manager`);
    expect([status, body.error.code]).toEqual([404, "Request_ResourceNotFound"]);
    expect(body.error.message).toMatch(/^Resource 'manager' does not exist/);
  });

  test("stands beside the account where it is asked for, and is left out where there is none", async () => {
    const one = await county.get(`/users/${choir}?$select=id&$expand=manager($select=id,displayName)`);
    expect(one.body).toMatchObject({
      id: choir,
      manager: { "@odata.type": "#microsoft.graph.user", id: head, displayName: "Head teacher, Oak Primary School" },
    });
    expect((await county.get(`/users/${head}?$select=id&$expand=manager`)).body).not.toHaveProperty("manager");
    expect((await county.get(`/users/${choir}?$expand=manager($levels=max)`)).status).toBe(501);
    expect((await county.get(`/users/${choir}?$expand=directReports`)).status).toBe(501);
  });

  test("is set, changed and taken away", async () => {
    expect((await county.ask("PUT", `/users/${choir}/manager/$ref`, linkTo(drama))).status).toBe(204);
    expect((await county.get(`/users/${choir}/manager`)).body["id"]).toBe(drama);
    expect((await county.ask("DELETE", `/users/${choir}/manager/$ref`)).status).toBe(204);
    expect((await county.get(`/users/${choir}/manager`)).status).toBe(404);
    expect((await county.ask("DELETE", `/users/${choir}/manager/$ref`)).status).toBe(404);
    expect((await county.ask("PUT", `/users/${choir}/manager/$ref`, linkTo(head))).status).toBe(204);
  });

  test("nobody who is not there, and none for a synced account", async () => {
    expect((await county.ask("PUT", `/users/${choir}/manager/$ref`, linkTo(NOWHERE))).status).toBe(404);
    const synced = await county.ask("PUT", "/users/hiro.radbridge@elm.county.example/manager/$ref", linkTo(head));
    expect([synced.status, synced.body.error.message]).toEqual([400, expect.stringContaining("on-premises mastered")]);
  });

  test("a deleted manager manages nobody until restored", async () => {
    const tenant = await memoryTenant("county");
    await tenant.ask("DELETE", `/users/${head}`);
    expect((await tenant.get(`/users/${choir}/manager`)).status).toBe(404);
    await tenant.ask("POST", `/directory/deletedItems/${head}/restore`);
    expect((await tenant.get(`/users/${choir}/manager`)).body["id"]).toBe(head);
  });
});

describe("what somebody owns (api/user-list-ownedobjects, group-list-owners, -post-owners, -delete-owners)", () => {
  const owned = async (of: string, path = ""): Promise<readonly unknown[]> =>
    (await county.all(`/users/${of}/ownedObjects${path}`)).map((row) => [row["@odata.type"], row["displayName"]]);

  test("groups and applications", async () => {
    expect(await owned("school.council@oak.county.example")).toEqual([["#microsoft.graph.group", "Council finance"]]);
    expect(await owned(choir)).toEqual([]);
    const application = { id: "aaaaaaaa-1111-4222-8333-444444444444", appId: "bbbbbbbb-1111-4222-8333-444444444444", displayName: "Timetable" };
    const arranged = await county.control("POST", "/_practice/objects", {
      put: [
        { collection: "applications", object: application },
        { collection: "owners", object: { id: application.id, owners: [drama] } },
      ],
    });
    expect(arranged.status).toBe(200);
    expect(await owned(drama)).toEqual([["#microsoft.graph.application", "Timetable"]]);
    expect(await owned(drama, "/microsoft.graph.group")).toEqual([]);
  });

  test("owners are added and taken away, but for the last", async () => {
    const group = (await county.all("/groups?$select=id,displayName")).find((row) => row["displayName"] === "Everyone in IT")?.["id"];
    const OWNERS = `/groups/${String(group)}/owners`;
    expect(await county.all(OWNERS)).toEqual([]);
    expect((await county.ask("POST", `${OWNERS}/$ref`, linkTo(choir))).status).toBe(204);
    expect((await county.ask("POST", `${OWNERS}/$ref`, linkTo(choir))).body.error.message).toContain("'owners'");
    expect((await county.ask("POST", `${OWNERS}/$ref`, linkTo(NOWHERE))).status).toBe(404);
    expect((await county.all(`${OWNERS}?$select=id`)).map((row) => row["id"])).toEqual([choir]);
    expect(await owned(choir, "/microsoft.graph.group")).toEqual([[undefined, "Everyone in IT"]]);
    expect((await county.ask("DELETE", `${OWNERS}/${choir}/$ref`)).status).toBe(400);
    expect((await county.ask("POST", `${OWNERS}/$ref`, linkTo(head))).status).toBe(204);
    expect((await county.ask("DELETE", `${OWNERS}/${choir}/$ref`)).status).toBe(204);
    expect(await owned(choir)).toEqual([]);
    // An owner is no member.
    expect(await county.all(`/users/${head}/memberOf/microsoft.graph.group`)).toEqual([]);
  });
});

describe("who has which role (api/rbacapplication-list-roleassignments)", () => {
  const PATH = "/roleManagement/directory/roleAssignments";

  test("of one account alone; a role for a part of the directory is among them, and no membership", async () => {
    const tenant = await memoryTenant("county");
    const orla = String((await tenant.get("/users/admin.orla@county.example?$select=id")).body["id"]);
    const mine = `${PATH}?$filter=principalId eq '${orla}'`;
    const GLOBAL = { principalId: orla, roleDefinitionId: "62e90394-69f5-4237-9190-012177145e10", directoryScopeId: "/" };
    expect(await tenant.all(mine)).toMatchObject([GLOBAL]);
    const scoped = {
      id: "part-1",
      principalId: orla,
      roleDefinitionId: "729827e3-9c14-49f7-bb1b-9608f156bbb8",
      directoryScopeId: `/administrativeUnits/${NOWHERE}`,
    };
    await tenant.put("roleAssignments", scoped);
    expect(await tenant.all(mine)).toMatchObject([GLOBAL, scoped]);
    expect(await tenant.all(`/users/${orla}/memberOf/microsoft.graph.directoryRole`)).toHaveLength(1);
    const all = await tenant.all(`${PATH}?$top=3`);
    expect(new Set(all.map((row) => row["id"])).size).toBe(all.length);
    expect(all.length).toBeGreaterThan(8);
    await tenant.ask("DELETE", `/users/${orla}`);
    expect(await tenant.all(mine)).toEqual([]);
  });
});

describe("roles that somebody may activate (api/rbacapplication-list-roleeligibilityscheduleinstances)", () => {
  const PATH = "/roleManagement/directory/roleEligibilityScheduleInstances";
  const USER_ADMINISTRATOR = "fe930be7-5e62-47db-91af-98c3a49a38b1";
  const instance = (id: string, principalId: string): object => ({ id, principalId, roleDefinitionId: USER_ADMINISTRATOR });

  test("400 without P2, and 403 without the permission", async () => {
    const { status, body } = await county.get(PATH);
    expect([status, body.error]).toMatchObject([
      400,
      { code: "AadPremiumLicenseRequired", message: "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license." },
    ]);
    await county.control("PUT", "/_practice/dials", { ...CALM, permissions: ["Directory.Read.All"] });
    expect((await county.get(PATH)).status).toBe(403);
  });

  test("of one account alone, and its role has a name", async () => {
    await county.control("PUT", "/_practice/dials", { ...CALM, licence: "p2", permissions: ["RoleManagement.Read.Directory"] });
    await county.put("roleEligibilities", instance("eligible-1", choir));
    await county.put("roleEligibilities", instance("eligible-2", head));
    const rows = await county.all(`${PATH}?$filter=principalId eq '${choir}'`);
    expect(rows).toMatchObject([{ id: "eligible-1", principalId: choir, roleDefinitionId: USER_ADMINISTRATOR, memberType: "Direct", directoryScopeId: "/" }]);
    expect(rows).toHaveLength(1);
    const names = await county.all(`/roleManagement/directory/roleDefinitions?$filter=id eq '${USER_ADMINISTRATOR}'&$select=id,displayName`);
    expect(names).toEqual([{ id: USER_ADMINISTRATOR, displayName: "User Administrator" }]);
  });
});
