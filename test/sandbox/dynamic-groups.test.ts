/** Dynamic groups: their rules, and who is in them (facts 7.6; groups-dynamic-membership). */

import { describe, expect, test } from "vitest";
import { membershipTest, RuleInvalid, RuleUnknown } from "../../src/sandbox/rules/membership-rule.ts";
import { memoryTenant } from "./memory-tenant.ts";
import { errorIn, fillTiny, groupBody, quietWith, userId, valueIn } from "./support.ts";

const USER = {
  id: "x",
  userPrincipalName: "Head@Birch.county.example",
  department: "Teaching staff",
  jobTitle: null,
  accountEnabled: true,
  onPremisesSyncEnabled: null,
  otherMails: ["a@home.example"],
  onPremisesExtensionAttributes: { extensionAttribute1: "staff", extensionAttribute12: 'say "so"' },
};

describe("rules", () => {
  test.each([
    ['user.department -eq "teaching STAFF"', true],
    ['(user.department -eq "Teaching staff")', true],
    ['user.department -ne "Teaching staff"', false],
    ['user.department -eq "Support staff" -or user.accountEnabled -eq true', true],
    ['user.department -eq "Support staff" or user.accountEnabled -eq false', false],
    ['(user.department -startsWith "Teach") -and (user.accountEnabled -eq true)', true],
    ['user.department -startsWith "Teach" -and -not (user.accountEnabled -eq true)', false],
    // and binds more tightly than or
    ['user.accountEnabled -eq true -or user.accountEnabled -eq true -and user.department -eq "x"', true],
    ["user.jobTitle -eq null", true],
    ["user.jobTitle -ne null", false],
    ['user.userPrincipalName -match "^head@[a-z]+\\.county\\.example$"', true],
    ['user.userPrincipalName -match "birch"', true],
    ['user.userPrincipalName -notMatch "birch"', false],
    ['user.userPrincipalName -contains "@BIRCH."', true],
    ['user.userPrincipalName -notContains "@elm."', true],
    ['user.userPrincipalName -endsWith ".example"', true],
    ['user.extensionAttribute1 -eq "staff"', true],
    ['user.extensionAttribute2 -eq "staff"', false],
    ['user.extensionAttribute12 -eq "say `"so`""', true],
    ['user.department -in ["Support staff", "Teaching staff"]', true],
    ['user.department -notIn ["Support staff", "Teaching staff"]', false],
    ['user.otherMails -contains "A@home.example"', true],
    ['user.otherMails -contains "home"', false],
    ["USER.ACCOUNTENABLED -EQ TRUE", true],
    ["user.dirSyncEnabled -eq null", true],
  ])("%s: %s", (rule, want) => {
    expect(membershipTest(rule)(USER)).toBe(want);
  });

  test.each([
    "",
    "user.department",
    'user.department = "x"',
    'user.department -eq "x" -and',
    '(user.department -eq "x"',
    'user.department -eq "x")',
    'user.department -like "x"',
    'user.weather -eq "fine"',
    'department -eq "x"',
    "user.accountEnabled -eq 7",
    'user.accountEnabled -eq "true"',
    'user.accountEnabled -startsWith "t"',
    "user.department -eq true",
    'user.department -in "x"',
    'user.department -eq ["x"]',
    'user.department -match "("',
    'user.department -eq "x" user.jobTitle -eq "y"',
    'user.extensionAttribute16 -eq "x"',
  ])("is no rule: %s", (rule) => {
    expect(() => membershipTest(rule)).toThrow(RuleInvalid);
  });

  test.each([
    'Direct Reports for "62e19b97-8b3d-4d4a-a106-4ce66896a863"',
    'user.assignedPlans -any (assignedPlan.capabilityStatus -eq "Enabled")',
    'device.displayName -eq "x"',
    'user.memberof -any (group.objectId -in ["x"])',
  ])("may be one, and is not known here: %s", (rule) => {
    expect(() => membershipTest(rule)).toThrow(RuleUnknown);
  });
});

const RULE = 'user.displayName -eq "User 3" -or user.displayName -startsWith "User 1"';
const dynamic = (more: object = {}) => groupBody({ groupTypes: ["DynamicMembership"], membershipRule: RULE, membershipRuleProcessingState: "On", ...more });

describe("the group", () => {
  test.each([
    ["no rule", { membershipRule: undefined }, 400],
    ["no state of processing", { membershipRuleProcessingState: undefined }, 400],
    ["a rule that is none", { membershipRule: "everybody" }, 400],
    ["a rule that is not known here", { membershipRule: 'user.memberof -any (group.objectId -in ["x"])' }, 501],
    ["members of its own", { "members@odata.bind": [`https://graph.microsoft.com/v1.0/directoryObjects/${userId(1)}`] }, 403],
  ] as const)("refuses %s", async (_name, more, status) => {
    const { ask } = await fillTiny();
    expect((await ask("POST", "/groups", dynamic(more))).status).toBe(status);
  });

  test("without P1 there is none", async () => {
    const { ask } = await fillTiny(quietWith({ licence: "free" }));
    const asked = await ask("POST", "/groups", dynamic());
    expect([asked.status, errorIn(asked).code]).toEqual([403, "DynamicGroupLicenseError_NoProperLicense"]);
  });

  const ten = [1, 3, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19].map(userId);

  test("its members follow after a while, page by page, and are told of each", async () => {
    const { ask } = await fillTiny(quietWith({ dynamicGroupsLagMs: 600_000 }));
    const { body } = await ask("POST", "/groups", dynamic());
    const path = `/groups/${String(body["id"])}/members`;
    await ask("POST", "/_practice/clock", { forwardMs: 599_000 });
    expect(valueIn(await ask("GET", path))).toEqual([]);
    await ask("POST", "/_practice/clock", { forwardMs: 1000 });
    const first = await ask("GET", `${path}?$top=5&$select=id`);
    const second = await ask("GET", String(first.body["@odata.nextLink"]));
    const third = await ask("GET", String(second.body["@odata.nextLink"]));
    expect([first, second, third].flatMap(valueIn).map((row) => row["id"])).toEqual(ten);
    expect(valueIn(await ask("GET", `/users/${userId(3)}/memberOf`)).map((row) => row["id"])).toContain(body["id"]);
    expect(valueIn(await ask("GET", `/users/${userId(4)}/memberOf`)).map((row) => row["id"])).not.toContain(body["id"]);
  });

  test("who changes comes and goes; who is deleted goes", async () => {
    const { ask } = await fillTiny(quietWith({ dynamicGroupsLagMs: 0 }));
    const { body } = await ask("POST", "/groups", dynamic({ membershipRule: 'user.department -eq "Office"' }));
    const members = async () => valueIn(await ask("GET", `/groups/${String(body["id"])}/members?$select=id`)).map((row) => row["id"]);
    expect(await members()).toEqual([]);
    await ask("PATCH", `/users/${userId(8)}`, { department: "Office" });
    await ask("PATCH", `/users/${userId(7)}`, { department: "office" });
    expect(await members()).toEqual([userId(7), userId(8)]);
    await ask("DELETE", `/users/${userId(8)}`);
    await ask("PATCH", `/users/${userId(7)}`, { department: null });
    expect(await members()).toEqual([]);
  });

  test("paused: whoever is in it stays, also from disk", async () => {
    const { ask } = await fillTiny(quietWith({ dynamicGroupsLagMs: 0 }));
    const { body } = await ask("POST", "/groups", dynamic());
    const path = `/groups/${String(body["id"])}`;
    expect((await ask("PATCH", path, { membershipRuleProcessingState: "Paused" })).status).toBe(204);
    expect((await ask("PATCH", path, { membershipRule: 'user.displayName -eq "User 2"' })).status).toBe(204);
    expect(valueIn(await ask("GET", `${path}/members?$select=id`)).map((row) => row["id"])).toEqual(ten);
    await ask("PATCH", path, { membershipRuleProcessingState: "On" });
    expect(valueIn(await ask("GET", `${path}/members?$select=id`)).map((row) => row["id"])).toEqual([userId(2)]);
  });

  test("a rule by an attribute that somebody has just set", async () => {
    const { ask } = await fillTiny(quietWith({ dynamicGroupsLagMs: 0 }));
    const { body } = await ask("POST", "/groups", dynamic({ membershipRule: 'user.extensionAttribute4 -eq "wave 1"' }));
    expect((await ask("PATCH", `/users/${userId(5)}`, { onPremisesExtensionAttributes: { ExtensionAttribute4: "Wave 1" } })).status).toBe(204);
    expect(valueIn(await ask("GET", `/groups/${String(body["id"])}/transitiveMembers?$select=id`)).map((row) => row["id"])).toEqual([userId(5)]);
    expect((await ask("GET", `/users/${userId(5)}?$select=onPremisesExtensionAttributes`)).body["onPremisesExtensionAttributes"]).toMatchObject({
      extensionAttribute1: null,
      extensionAttribute4: "Wave 1",
    });
    const filter = encodeURIComponent("onPremisesExtensionAttributes/extensionAttribute4 eq 'wave 1'");
    expect(valueIn(await ask("GET", `/users?$select=id&$filter=${filter}`))).toEqual([{ id: userId(5) }]);
    expect((await ask("PATCH", `/users/${userId(5)}`, { onPremisesExtensionAttributes: { extensionAttribute16: "x" } })).status).toBe(400);
  });

  test("one that the college has", async () => {
    const college = await memoryTenant("college");
    const group = (await college.all("/groups?$filter=displayName eq 'Teaching staff'"))[0];
    const rows = await college.all(`/groups/${String(group?.["id"])}/members/microsoft.graph.user?$select=department,accountEnabled&$top=999`);
    expect(rows.length).toBeGreaterThan(50);
    expect(rows.every((row) => row["department"] === "Teaching staff" && row["accountEnabled"] === true)).toBe(true);
  });
});
