/** Groups and their members, each with the page that it follows. */

import { describe, expect, test } from "vitest";
import { DYNAMIC, errorIn, fillTiny, groupBody, groupId, namesIn, OUTER, quietWith, STAFF, SYNCED, userId, valueIn } from "./support.ts";

const MISSING = "77777777-0000-4000-8000-000000000000";
const bind = (...ids: readonly string[]): readonly string[] => ids.map((id) => `https://graph.microsoft.com/v1.0/directoryObjects/${id}`);
const ON_PREMISES = "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.";
const ALREADY = "One or more added object references already exist for the following modified properties: 'members'.";
const NOT_THERE = (id: string): string => `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`;

describe("list (group-list; aad-advanced-queries)", () => {
  const cases: readonly (readonly [name: string, query: string, want: readonly string[]])[] = [
    ["all", "", ["Staff", "Outer", "Synced", "Dynamic"]],
    ["name is", "?$filter=displayName eq 'staff'", ["Staff"]],
    ["name begins", "?$filter=startsWith(displayName,'S')", ["Staff", "Synced"]],
    ["description begins", "?$filter=startswith(description,'every')", ["Staff"]],
    ["description is", "?$filter=description eq 'Everybody who works here'", ["Staff"]],
    ["id is", `?$filter=id eq '${OUTER}'`, ["Outer"]],
    ["and, or", "?$filter=securityEnabled eq true and (displayName eq 'Outer' or displayName eq 'Dynamic')", ["Outer", "Dynamic"]],
    ["an option in other case", "?$FILTER=displayName eq 'Outer'", ["Outer"]],
    ["an option without the sign", "?filter=displayName eq 'Outer'", ["Outer"]],
  ];
  test.each(cases)("%s", async (_name, query, want) => {
    const { ask } = await fillTiny();
    const asked = await ask("GET", `/groups${query}`);
    expect(asked.status).toBe(200);
    expect(namesIn(asked)).toEqual(want);
  });

  const refused: readonly (readonly [name: string, path: string, code: string])[] = [
    ["a property that has no filter", "/groups?$filter=mailNickname eq 'x'", "Request_UnsupportedQuery"],
    ["not without the advanced header", "/groups?$filter=not(displayName eq 'x')", "Request_UnsupportedQuery"],
    ["ordering", "/groups?$orderby=displayName", "Request_UnsupportedQuery"],
    ["searching", "/groups?$search=x", "Request_UnsupportedQuery"],
    ["counting without the header", "/groups?$count=true", "Request_UnsupportedQuery"],
    ["a filter that is none", "/groups?$filter=displayName eq", "BadRequest"],
    ["an option twice", "/groups?$top=1&$top=2", "BadRequest"],
    ["an option that does not exist", "/groups?$foo=1", "BadRequest"],
  ];
  test.each(refused)("%s is refused", async (_name, path, code) => {
    const { ask } = await fillTiny();
    const asked = await ask("GET", path);
    expect([asked.status, errorIn(asked).code]).toEqual([400, code]);
  });

  test("$select keeps only what was asked for, whatever its case", async () => {
    const { ask } = await fillTiny();
    const asked = await ask("GET", "/groups?$select=ID,displayname&$top=1");
    expect(valueIn(asked)).toEqual([{ id: STAFF, displayName: "Staff" }]);
  });

  test("$count with the header counts all of what passes, on the first page only", async () => {
    const { ask } = await fillTiny();
    const first = await ask("GET", "/groups?$count=true&$top=1&$filter=startsWith(displayName,'S')", undefined, { ConsistencyLevel: "eventual" });
    expect(first.body["@odata.count"]).toBe(2);
    const second = await ask("GET", String(first.body["@odata.nextLink"]), undefined, { ConsistencyLevel: "eventual" });
    expect([second.body["@odata.count"], namesIn(second)]).toEqual([undefined, ["Synced"]]);
    const text = await ask("GET", "/groups/$count", undefined, { ConsistencyLevel: "eventual" });
    expect([text.text, text.headers.get("content-type")]).toEqual(["4", "text/plain"]);
  });

  test("pages are stable while groups come and go, and their links carry the query on the same origin", async () => {
    const { ask } = await fillTiny();
    const first = await ask("GET", "/groups?$top=2&$select=displayName");
    const link = String(first.body["@odata.nextLink"]);
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1\/v1\.0\/groups\?\$top=2&\$select=displayName&\$skiptoken=[\w-]+$/);
    await ask("DELETE", `/groups/${STAFF}`);
    await ask("POST", "/groups", groupBody());
    const second = await ask("GET", link);
    expect([...namesIn(first), ...namesIn(second)]).toEqual(["Staff", "Outer", "Synced", "Dynamic"]);
    const third = await ask("GET", String(second.body["@odata.nextLink"]));
    expect([namesIn(third), third.body["@odata.nextLink"]]).toEqual([["MFA rollout: heads"], undefined]);
  });

  test.each([
    ["1000", "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive."],
    ["0", "Invalid page size specified: '0'. Must be between 1 and 999 inclusive."],
    ["x", "Invalid page size specified: 'x'. Must be between 1 and 999 inclusive."],
  ])("$top=%s is refused", async (top, message) => {
    const { ask } = await fillTiny();
    const asked = await ask("GET", `/groups?$top=${top}`);
    expect([asked.status, errorIn(asked).message]).toEqual([400, message]);
  });

  test("a link that was tampered with is refused", async () => {
    const { ask } = await fillTiny();
    expect((await ask("GET", "/groups?$skiptoken=abc")).status).toBe(400);
  });
});

describe("create (group-post-groups)", () => {
  test("201 with the whole object, the same in every tenant of the fill", async () => {
    const { ask } = await fillTiny();
    const asked = await ask("POST", "/groups", groupBody({ description: "entra-rollout:county-2018/heads", "members@odata.bind": bind(userId(0), userId(1)) }));
    expect(asked.status).toBe(201);
    expect(asked.body).toMatchObject({
      displayName: "MFA rollout: heads",
      description: "entra-rollout:county-2018/heads",
      groupTypes: [],
      mail: null,
      createdDateTime: "2018-11-05T08:00:00Z",
    });
    const id = String(asked.body["id"]);
    expect(asked.body["securityIdentifier"]).toMatch(/^S-1-12-1(-\d+){4}$/);
    expect(namesIn(await ask("GET", `/groups/${id.toUpperCase()}/members`))).toEqual(["User 0", "User 1"]);
    const other = await fillTiny();
    const again = await other.ask("POST", "/groups", groupBody());
    expect(again.body["id"]).toBe(id);
    expect(other.sandbox.about.tenantId).toBe("99999999-0000-4000-8000-000000000000");
  });

  const refused: readonly (readonly [name: string, body: unknown, status: number, code: string])[] = [
    ["no name", groupBody({ displayName: undefined }), 400, "Request_BadRequest"],
    ["no nickname", groupBody({ mailNickname: undefined }), 400, "Request_BadRequest"],
    ["a space in the nickname", groupBody({ mailNickname: "mfa heads" }), 400, "Request_BadRequest"],
    ["an @ in the nickname", groupBody({ mailNickname: "mfa@heads" }), 400, "Request_BadRequest"],
    ["65 characters", groupBody({ mailNickname: "a".repeat(65) }), 400, "Request_BadRequest"],
    ["a name of 257 characters", groupBody({ displayName: "a".repeat(257) }), 400, "Request_BadRequest"],
    ["no securityEnabled", groupBody({ securityEnabled: undefined }), 400, "Request_BadRequest"],
    ["mail-enabled", groupBody({ mailEnabled: true }), 400, "Request_BadRequest"],
    ["an unknown property", groupBody({ colour: "red" }), 400, "Request_BadRequest"],
    ["the wrong sort of value", groupBody({ displayName: 7 }), 400, "Request_BadRequest"],
    ["21 members", groupBody({ "members@odata.bind": bind(...Array.from({ length: 21 }, (_, index) => userId(index))) }), 400, "Request_BadRequest"],
    ["a member twice", groupBody({ "members@odata.bind": bind(userId(1), userId(1)) }), 400, "Request_BadRequest"],
    ["a member that is not there", groupBody({ "members@odata.bind": bind(MISSING) }), 404, "Request_ResourceNotFound"],
    ["a reference that is none", groupBody({ "members@odata.bind": ["user-1@tiny.example"] }), 400, "Request_BadRequest"],
    ["a Microsoft 365 group", groupBody({ groupTypes: ["Unified"] }), 501, "NotImplemented"],
    ["a dynamic group without a rule", groupBody({ groupTypes: ["DynamicMembership"] }), 400, "Request_BadRequest"],
    ["no object", [], 400, "BadRequest"],
    ["no JSON", "{", 400, "BadRequest"],
  ];
  test.each(refused)("%s", async (_name, body, status, code) => {
    const { ask } = await fillTiny();
    const asked = await ask("POST", "/groups", body);
    expect([asked.status, errorIn(asked).code]).toEqual([status, code]);
    expect(namesIn(await ask("GET", "/groups"))).toHaveLength(4);
  });

  test("a dynamic group needs P1", async () => {
    const { ask } = await fillTiny(quietWith({ licence: "free" }));
    const asked = await ask("POST", "/groups", groupBody({ groupTypes: ["DynamicMembership"], membershipRule: "(user.accountEnabled -eq true)" }));
    expect([asked.status, errorIn(asked).code]).toEqual([403, "DynamicGroupLicenseError_NoProperLicense"]);
  });

  test("a body without its content type is refused", async () => {
    const { ask } = await fillTiny();
    expect((await ask("POST", "/groups", JSON.stringify(groupBody()), { "Content-Type": "text/plain" })).status).toBe(400);
  });
});

describe("change and delete (group-update, group-delete)", () => {
  test("204, and only what was sent is different", async () => {
    const { ask } = await fillTiny();
    const before = (await ask("GET", `/groups/${STAFF}`)).body;
    expect((await ask("PATCH", `/groups/${STAFF}`, { DESCRIPTION: "new" })).status).toBe(204);
    expect((await ask("GET", `/groups/${STAFF}`)).body).toEqual({ ...before, description: "new" });
  });

  test("deleted softly: gone from lists, there among the deleted, back with its members", async () => {
    const { ask } = await fillTiny();
    expect((await ask("DELETE", `/groups/${STAFF}`)).status).toBe(204);
    expect(errorIn(await ask("GET", `/groups/${STAFF}`))).toEqual({ code: "Request_ResourceNotFound", message: NOT_THERE(STAFF) });
    expect(namesIn(await ask("GET", "/directory/deletedItems/microsoft.graph.group"))).toEqual(["Staff"]);
    expect((await ask("POST", `/directory/deletedItems/${STAFF}/restore`)).status).toBe(200);
    expect(namesIn(await ask("GET", `/groups/${STAFF}/members`))).toEqual(["User 0", "User 1", "User 2", "Outer"]);
  });

  test("thirty days later it is gone for good", async () => {
    const { ask, sandbox } = await fillTiny();
    await ask("DELETE", `/groups/${STAFF}`);
    await sandbox.clock.sleep(30 * 86_400_000);
    expect(namesIn(await ask("GET", "/directory/deletedItems/microsoft.graph.group"))).toEqual([]);
    expect((await ask("POST", `/directory/deletedItems/${STAFF}/restore`)).status).toBe(404);
  });

  test.each([
    ["change", "PATCH", `/groups/${SYNCED}`, { description: "x" }],
    ["delete", "DELETE", `/groups/${SYNCED}`, undefined],
    ["add", "POST", `/groups/${SYNCED}/members/$ref`, { "@odata.id": bind(userId(1))[0] }],
    ["remove", "DELETE", `/groups/${SYNCED}/members/${userId(4)}/$ref`, undefined],
  ])("a synced group is not for the cloud to %s", async (_name, method, path, body) => {
    const { ask } = await fillTiny();
    expect(errorIn(await ask(method, path, body))).toEqual({ code: "Request_BadRequest", message: ON_PREMISES });
  });

  test("whoever is in a dynamic group follows its rule", async () => {
    const { ask } = await fillTiny();
    expect((await ask("PATCH", `/groups/${DYNAMIC}`, { "members@odata.bind": bind(userId(1)) })).status).toBe(403);
    expect((await ask("DELETE", `/groups/${DYNAMIC}/members/${userId(5)}/$ref`)).status).toBe(403);
  });
});

describe("members (group-list-members, group-post-members, group-delete-members)", () => {
  test("mixed objects say their type; a cast leaves only one", async () => {
    const { ask } = await fillTiny();
    const all = await ask("GET", `/groups/${STAFF}/members?$select=id`);
    expect(valueIn(all)).toEqual([
      ...[0, 1, 2].map((index) => ({ "@odata.type": "#microsoft.graph.user", id: userId(index) })),
      { "@odata.type": "#microsoft.graph.group", id: OUTER },
    ]);
    const users = await ask("GET", `/groups/${STAFF}/Members/Microsoft.Graph.User?$select=id,accountEnabled&$top=2`);
    expect(valueIn(users)).toEqual([0, 1].map((index) => ({ id: userId(index), accountEnabled: true })));
    expect(valueIn(await ask("GET", String(users.body["@odata.nextLink"])))).toEqual([{ id: userId(2), accountEnabled: true }]);
  });

  test("transitive members are each found once, in circles too", async () => {
    const { ask } = await fillTiny();
    expect(namesIn(await ask("GET", `/groups/${OUTER}/transitiveMembers`))).toEqual(["User 0", "User 1", "User 2", "User 3", "Staff", "Outer"]);
    expect(namesIn(await ask("GET", `/groups/${OUTER}/transitiveMembers/microsoft.graph.user`))).toEqual(["User 0", "User 1", "User 2", "User 3"]);
    const count = await ask("GET", `/groups/${OUTER}/transitiveMembers/microsoft.graph.user/$count`, undefined, { ConsistencyLevel: "eventual" });
    expect(count.text).toBe("4");
  });

  test("twenty at a time, all or nothing", async () => {
    const { ask } = await fillTiny();
    const twenty = Array.from({ length: 20 }, (_, index) => userId(index + 10));
    expect((await ask("PATCH", `/groups/${OUTER}`, { "members@odata.bind": bind(...twenty) })).status).toBe(204);
    expect(namesIn(await ask("GET", `/groups/${OUTER}/members?$select=id`), "id")).toEqual([STAFF, userId(3), ...twenty]);
    const once = await ask("PATCH", `/groups/${OUTER}`, { "members@odata.bind": bind(userId(4), userId(10)) });
    expect([once.status, errorIn(once)]).toEqual([400, { code: "Request_BadRequest", message: ALREADY }]);
    const missing = await ask("PATCH", `/groups/${OUTER}`, { "members@odata.bind": bind(userId(4), MISSING) });
    expect([missing.status, errorIn(missing).message]).toEqual([404, NOT_THERE(MISSING)]);
    expect(namesIn(await ask("GET", `/groups/${OUTER}/members?$select=id`), "id")).toHaveLength(22);
    const tooMany = await ask("PATCH", `/groups/${OUTER}`, { "members@odata.bind": bind(...twenty, userId(4)) });
    expect(tooMany.status).toBe(400);
  });

  test("one at a time", async () => {
    const { ask } = await fillTiny();
    const body = { "@odata.id": `https://graph.microsoft.com/v1.0/users/${userId(7)}` };
    expect((await ask("POST", `/groups/${STAFF}/members/$ref`, body)).status).toBe(204);
    expect(errorIn(await ask("POST", `/groups/${STAFF}/members/$ref`, body)).message).toBe(ALREADY);
    expect((await ask("DELETE", `/groups/${STAFF}/members/${userId(7)}/$ref`)).status).toBe(204);
    expect((await ask("DELETE", `/groups/${STAFF}/members/${userId(7)}/$ref`)).status).toBe(404);
    expect((await ask("POST", `/groups/${STAFF}/members/$ref`, { "@odata.id": bind(STAFF)[0] })).status).toBe(400);
    expect((await ask("POST", `/groups/${groupId(99)}/members/$ref`, body)).status).toBe(404);
  });

  test("without /$ref the member itself goes: the documented hazard", async () => {
    const { ask } = await fillTiny();
    expect((await ask("DELETE", `/groups/${STAFF}/members/${userId(1)}`)).status).toBe(204);
    expect((await ask("GET", `/users/${userId(1)}`)).status).toBe(404);
    expect(namesIn(await ask("GET", `/groups/${STAFF}/members`))).toEqual(["User 0", "User 2", "Outer"]);
  });

  test("without the right to delete users it does not", async () => {
    const { ask } = await fillTiny(quietWith({ permissions: ["GroupMember.ReadWrite.All", "User.Read.All"] }));
    expect((await ask("DELETE", `/groups/${STAFF}/members/${userId(1)}`)).status).toBe(403);
    expect((await ask("GET", `/users/${userId(1)}`)).status).toBe(200);
  });
});

describe("what a user is in (user-list-memberof, user-list-transitivememberof)", () => {
  const cases: readonly (readonly [path: string, want: readonly string[]])[] = [
    [`/users/${userId(3)}/memberOf`, ["Outer"]],
    [`/users/${userId(3)}/transitiveMemberOf`, ["Staff", "Outer", "Global Administrator"]],
    [`/users/USER-3@tiny.example/transitiveMemberOf/microsoft.graph.group`, ["Staff", "Outer"]],
    [`/users/${userId(3)}/transitiveMemberOf/microsoft.graph.directoryRole`, ["Global Administrator"]],
    [`/users/${userId(6)}/memberOf/microsoft.graph.directoryRole`, ["Global Administrator"]],
    [`/users/${userId(9)}/transitiveMemberOf`, []],
  ];
  test.each(cases)("%s", async (path, want) => {
    const { ask } = await fillTiny();
    expect(namesIn(await ask("GET", path))).toEqual(want);
  });

  test("nobody of that name", async () => {
    const { ask } = await fillTiny();
    expect((await ask("GET", "/users/nobody@tiny.example/memberOf")).status).toBe(404);
  });
});
