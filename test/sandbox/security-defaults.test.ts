/** Security defaults and what they do to conditional access (facts 0.3, 0.4, 7.1; managed-policies). */

import { describe, expect, test } from "vitest";
import { securityDefaultsRoutes } from "../../src/sandbox/routes/security-defaults.ts";
import { errorIn, FOREIGN_POLICY, fillTiny, namesIn, policyBody, quietWith, userId, valueIn } from "./support.ts";

const PATH = "/policies/identitySecurityDefaultsEnforcementPolicy";
const POLICIES = "/identity/conditionalAccess/policies";
const DAY_MS = 86_400_000;
const ON = {
  put: [{ collection: "securityDefaults", object: { id: "00000000-0000-0000-0000-000000000005", displayName: "Security Defaults", isEnabled: true } }],
};

type Dials = NonNullable<Parameters<typeof fillTiny>[0]>;

const onAtFirst = async (dials: Dials = {}) => {
  const tiny = await fillTiny(quietWith(dials));
  await tiny.ask("POST", "/_practice/objects", ON);
  return tiny;
};
const managedIn = (asked: Parameters<typeof valueIn>[0]) =>
  valueIn(asked).filter(
    (policy) => String(policy["displayName"]).startsWith("Microsoft-managed: ") && policy["createdDateTime"] !== "2018-01-01T00:00:00.1234567Z",
  );

describe("read and change", () => {
  test("beta says more than v1.0", async () => {
    const { ask } = await fillTiny();
    const v1 = (await ask("GET", PATH)).body;
    expect(Object.keys(v1)).toEqual(["@odata.context", "id", "displayName", "description", "isEnabled"]);
    expect((await ask("GET", `/beta${PATH}`)).body).toMatchObject({
      isEnabled: false,
      controlTypes: [],
      securityDefaultsUpsell: { action: "none", dueDateTime: null },
    });
  });

  test("204, path and property in any case; seen after the lag", async () => {
    const { ask, sandbox } = await fillTiny(quietWith({ lagMs: { directory: 1500, conditionalAccess: 0, exchange: 0 } }));
    expect((await ask("PATCH", PATH.toUpperCase(), { ISENABLED: true })).status).toBe(204);
    expect((await ask("GET", PATH)).body["isEnabled"]).toBe(false);
    await sandbox.clock.sleep(1500);
    expect((await ask("GET", PATH.toLowerCase())).body["isEnabled"]).toBe(true);
  });

  // What is sent to beta stands on a list of its own (test/contract/exempt.ts), and this change need not be.
  test("beta takes the change as well", () => {
    expect(securityDefaultsRoutes.map(({ method, versions }) => [method, versions])).toEqual([
      ["GET", ["v1.0", "beta"]],
      ["PATCH", ["v1.0", "beta"]],
    ]);
  });

  test.each([
    ["refused", 400],
    ["accepted", 204],
  ] as const)("on beside an enabled policy: %s", async (securityDefaultsBesidePolicies, status) => {
    const { ask } = await fillTiny(quietWith({ securityDefaultsBesidePolicies }));
    await ask("PATCH", `${POLICIES}/${FOREIGN_POLICY}`, { state: "enabled" });
    const asked = await ask("PATCH", PATH, { isEnabled: true });
    expect([asked.status, errorIn(asked).code]).toEqual([status, status === 400 ? "BadRequest" : undefined]);
  });

  test.each([
    [["Policy.Read.All"], 403],
    [["Policy.ReadWrite.SecurityDefaults"], 403],
    [["Policy.ReadWrite.SecurityDefaults", "Policy.Read.All"], 204],
    [["Policy.ReadWrite.ConditionalAccess", "Policy.Read.All"], 204],
  ] as const)("with %j: %i", async (permissions, status) => {
    const { ask } = await fillTiny(quietWith({ permissions: [...permissions] }));
    expect((await ask("PATCH", PATH, { isEnabled: true })).status).toBe(status);
  });

  test("no licence is needed", async () => {
    const { ask } = await fillTiny(quietWith({ licence: "free" }));
    expect((await ask("PATCH", PATH, { isEnabled: true })).status).toBe(204);
  });
});

describe("off, and policies on", () => {
  test("a policy is refused until the service has noticed that they are off, and report-only never is", async () => {
    const { ask, sandbox } = await onAtFirst({ lagMs: { directory: 2000, conditionalAccess: 0, exchange: 0 } });
    const made = await ask("POST", POLICIES, policyBody());
    expect(made.status).toBe(201);
    const own = `${POLICIES}/${String(made.body["id"])}`;
    expect((await ask("PATCH", own, { state: "enabled" })).status).toBe(400);
    await ask("PATCH", PATH, { isEnabled: false });
    expect(errorIn(await ask("PATCH", own, { state: "enabled" })).message).toContain("Security Defaults is enabled in the tenant.");
    await sandbox.clock.sleep(2000);
    expect((await ask("PATCH", own, { state: "enabled" })).status).toBe(204);
  });

  test("none of Microsoft's own unless the dial says so", async () => {
    const { ask } = await onAtFirst();
    await ask("PATCH", PATH, { isEnabled: false });
    expect(managedIn(await ask("GET", POLICIES))).toEqual([]);
  });

  test("four that are on at once", async () => {
    const { ask } = await onAtFirst({ managedPolicies: "on" });
    await ask("PATCH", PATH, { isEnabled: false });
    const managed = managedIn(await ask("GET", POLICIES));
    expect(managed.map((policy) => policy["displayName"])).toEqual([
      "Microsoft-managed: Block legacy authentication",
      "Microsoft-managed: Multifactor authentication for Azure Management",
      "Microsoft-managed: Multifactor authentication for admins",
      "Microsoft-managed: Multifactor authentication for all users",
    ]);
    expect(managed.every((policy) => policy["state"] === "enabled" && typeof policy["templateId"] === "string")).toBe(true);
    expect(new Set(managed.map((policy) => policy["id"])).size).toBe(4);
    const all = `${POLICIES}/${String(managed[3]?.["id"])}`;
    expect((await ask("DELETE", all)).status).toBe(400);
    expect((await ask("PATCH", all, { displayName: "mine" })).status).toBe(400);
    expect((await ask("PATCH", all, { grantControls: { operator: "OR", builtInControls: ["block"] } })).status).toBe(400);
    const { conditions } = (await ask("GET", all)).body;
    const users = typeof conditions === "object" && conditions !== null && "users" in conditions ? conditions.users : {};
    const leavingOut = { conditions: { ...Object(conditions), users: { ...Object(users), excludeUsers: [userId(1)] } } };
    expect((await ask("PATCH", all, leavingOut)).status).toBe(204);
    expect((await ask("PATCH", all, { state: "disabled" })).status).toBe(204);
    const next = await ask("POST", POLICIES, policyBody());
    expect(managed.map((policy) => policy["id"])).not.toContain(next.body["id"]);
  });

  test("off a second time: nothing comes twice, and a tenant without P1 gets none", async () => {
    const { ask } = await onAtFirst({ managedPolicies: "on", securityDefaultsBesidePolicies: "accepted" });
    for (const isEnabled of [false, true, false]) await ask("PATCH", PATH, { isEnabled });
    expect(managedIn(await ask("GET", POLICIES))).toHaveLength(4);
    const free = await onAtFirst({ managedPolicies: "on", licence: "free" });
    await free.ask("PATCH", PATH, { isEnabled: false });
    await free.ask("PUT", "/_practice/dials", { throttling: "off" });
    expect(managedIn(await free.ask("GET", POLICIES))).toEqual([]);
  });

  test("off where they were off brings nothing", async () => {
    const { ask } = await fillTiny(quietWith({ managedPolicies: "on" }));
    await ask("PATCH", PATH, { isEnabled: false });
    expect(managedIn(await ask("GET", POLICIES))).toEqual([]);
  });

  test("report-only ones switch themselves on, but for one that was switched off", async () => {
    const { ask } = await onAtFirst({ managedPolicies: "report-only-later-on", managedPoliciesOnAfterMs: 7 * DAY_MS });
    await ask("PATCH", PATH, { isEnabled: false });
    const states = async () => managedIn(await ask("GET", POLICIES)).map((policy) => policy["state"]);
    const reportOnly = "enabledForReportingButNotEnforced";
    expect(await states()).toEqual([reportOnly, reportOnly, reportOnly, reportOnly]);
    const [first] = managedIn(await ask("GET", POLICIES));
    await ask("PATCH", `${POLICIES}/${String(first?.["id"])}`, { state: "disabled" });
    await ask("POST", "/_practice/clock", { forwardMs: 7 * DAY_MS - 1000 });
    expect(await states()).toEqual(["disabled", reportOnly, reportOnly, reportOnly]);
    await ask("POST", "/_practice/clock", { forwardMs: 1000 });
    expect(await states()).toEqual(["disabled", "enabled", "enabled", "enabled"]);
    expect(managedIn(await ask("GET", POLICIES))[3]).toMatchObject({ modifiedDateTime: "2018-11-12T08:00:00Z" });
  });

  test("a test arranges one that switches itself on", async () => {
    const { ask } = await fillTiny();
    await ask("POST", "/_practice/objects", {
      put: [{ collection: "scheduledStates", object: { id: FOREIGN_POLICY, state: "enabled", at: "2018-11-06T00:00:00Z" } }],
    });
    await ask("POST", "/_practice/clock", { to: "2018-11-06T00:00:00Z" });
    expect(namesIn(await ask("GET", `${POLICIES}?$filter=state eq 'enabled'`))).toEqual(["Theirs"]);
  });
});

describe("licences by dial", () => {
  test.each([
    ["free", 403],
    ["p1", 201],
  ] as const)("%s: a policy is answered with %i", async (licence, status) => {
    const { ask } = await fillTiny(quietWith({ licence }));
    expect((await ask("POST", POLICIES, policyBody())).status).toBe(status);
  });

  test("a risk is allowed with P2", async () => {
    const { ask } = await fillTiny(quietWith({ licence: "p2" }));
    const body = policyBody({
      conditions: { clientAppTypes: ["all"], applications: { includeApplications: ["All"] }, users: { includeUsers: ["All"] }, signInRiskLevels: ["high"] },
    });
    expect((await ask("POST", POLICIES, body)).status).toBe(201);
  });
});
