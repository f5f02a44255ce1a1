/** Sign-in activity as time passes (facts 7.7, 10.1), and alternate keys in a path. */

import { describe, expect, test } from "vitest";
import { segmentsOf } from "../../src/sandbox/match.ts";
import { memoryTenant } from "./memory-tenant.ts";

const DAY_MS = 86_400_000;
type Tenant = Awaited<ReturnType<typeof memoryTenant>>;

const idOf = async (tenant: Tenant, address: string): Promise<string> => String((await tenant.get(`/users/${address}?$select=id`)).body["id"]);
const lastOf = async (tenant: Tenant, id: string): Promise<string | undefined> => {
  const activity = (await tenant.get(`/users/${id}?$select=signInActivity`)).body["signInActivity"];
  return typeof activity === "object" && activity !== null && "lastSignInDateTime" in activity ? String(activity.lastSignInDateTime) : undefined;
};

describe("sign-ins go on", () => {
  test("a head who signs in every day; who was never seen is not seen now", async () => {
    const county = await memoryTenant("county");
    const [head, unused] = [await idOf(county, "head@alder.county.example"), await idOf(county, "choir@oak.county.example")];
    const first = await lastOf(county, head);
    await county.control("POST", "/_practice/clock", { forwardMs: 10 * DAY_MS });
    const last = await lastOf(county, head);
    expect(Date.parse(last ?? "") - Date.parse(first ?? "")).toBe(9 * DAY_MS);
    expect(await lastOf(county, unused)).toBeUndefined();
  });

  test("nothing is stamped later than a day ago, and nothing goes back", async () => {
    const trust = await memoryTenant("trust");
    const rows = async () => (await trust.all("/users?$top=500&$select=id,signInActivity")).map((row) => JSON.stringify(row["signInActivity"]));
    const before = await rows();
    await trust.control("POST", "/_practice/clock", { to: "2022-03-07T08:00:00Z" });
    const after = await rows();
    const moment = (json: string | undefined): string => /"lastSignInDateTime":"([^"]+)"/.exec(json ?? "")?.[1] ?? "";
    expect(after.every((json, index) => moment(json) >= moment(before[index]) && moment(json) <= "2022-03-06T08:00:00Z")).toBe(true);
    expect(after.filter((json, index) => json !== before[index]).length).toBeGreaterThan(400);
    // Whoever had been away for long stays away.
    expect(after.filter((json, index) => json === before[index] && json !== undefined).length).toBeGreaterThan(20);
  });

  test("they go on after a change of the account, end when it is blocked, and are a test's own when it put them there", async () => {
    const county = await memoryTenant("county");
    const [head, blocked, own] = await Promise.all(
      ["head@alder.county.example", "head@rowan.county.example", "office@alder.county.example"].map((address) => idOf(county, address)),
    );
    if (head === undefined || blocked === undefined || own === undefined) throw new Error("nobody there");
    await county.ask("PATCH", `/users/${head}`, { jobTitle: "Head" });
    await county.ask("PATCH", `/users/${blocked}`, { accountEnabled: false });
    const whole = (await county.get(`/users/${own}?$select=id,userPrincipalName,displayName,accountEnabled,userType`)).body;
    const { "@odata.context": _, ...user } = whole;
    await county.put("users", { ...user, signInActivity: { lastSignInDateTime: "2018-01-01T00:00:00Z" } });
    await county.ask("PATCH", `/users/${own}`, { jobTitle: "Office" });
    const before = await Promise.all([head, blocked, own].map((id) => lastOf(county, id)));
    await county.control("POST", "/_practice/clock", { forwardMs: 20 * DAY_MS });
    const after = await Promise.all([head, blocked, own].map((id) => lastOf(county, id)));
    expect(after[0]).not.toBe(before[0]);
    expect(after[1]).toBe(before[1]);
    expect([before[2], after[2]]).toEqual(["2018-01-01T00:00:00Z", "2018-01-01T00:00:00Z"]);
  });
});

describe("segments of a path", () => {
  test.each([
    ["/groups/x/members", ["groups", "x", "members"]],
    ["/groups('x')/members", ["groups", "x", "members"]],
    ["/users('o''neill@x.example')", ["users", "o'neill@x.example"]],
    ["/directoryRoles(roleTemplateId='x')/members", ["directoryRoles", "roleTemplateId='x'", "members"]],
    ["/directoryRoles(roleTemplateId=%27x%27)", ["directoryRoles", "roleTemplateId='x'"]],
    ["/reports/getX(period='D7')", ["reports", "getX", "period='D7'"]],
    ["/%zz", undefined],
  ])("%s", (path, want) => {
    expect(segmentsOf(path)).toEqual(want);
  });

  test.each([
    ["/directoryRoles(roleTemplateId='62e90394-69f5-4237-9190-012177145e10')/members", 200],
    ["/DirectoryRoles(RoleTemplateId='62e90394-69f5-4237-9190-012177145e10')", 200],
    ["/users(userPrincipalName='head@alder.county.example')", 501],
    ["/groups(uniqueName='x')", 501],
    ["/devices(deviceId='x')", 501],
    ["/anything", 501],
  ])("%s is answered with %i", async (path, status) => {
    const county = await memoryTenant("county");
    expect((await county.get(path)).status).toBe(status);
  });
});
