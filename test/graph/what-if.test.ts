import { describe, expect, test } from "vitest";
import { EXCHANGE_ONLINE } from "../../src/core/applications.ts";
import { dangling } from "../../src/core/guards/dangling.ts";
import { whatIf } from "../../src/core/guards/what-if.ts";
import type { SignIn } from "../../src/core/sign-in.ts";
import { type PolicySettings, present } from "../../src/core/tenant.ts";
import type { Connection, RequestLine } from "../../src/gateway.ts";
import { createClient } from "../../src/graph/client.ts";
import { groupsLookedUp } from "../../src/graph/surroundings.ts";
import { askWhatIf } from "../../src/graph/what-if.ts";
import { whatIfOf } from "../../src/read-what-if.ts";
import { asksWhatIf } from "../../src/session.ts";
import { id, input, observed, plan, policy, told } from "../core/guards/world.ts";
import { memoryTenant, type Tenant } from "../sandbox/memory-tenant.ts";
import { foreignPolicy } from "../scenarios/arranged.ts";
import { gatewayOn } from "./gateway-on.ts";
import { ORIGIN, refusal, scripted } from "./scripted.ts";

const signIn: SignIn = {
  subject: { id: id(1), groups: present(new Set()), roles: present(new Set()), belongs: "member", homeTenant: undefined },
  target: { type: "application", id: EXCHANGE_ONLINE },
  program: "browser",
  address: "203.0.113.77",
  country: "GB",
  platform: "windows",
  device: undefined,
  signInRisk: "none",
  userRisk: "none",
  insiderRisk: "none",
  flow: "none",
};

describe("on the wire", () => {
  test("one account, one application, an address and a country; values of the service that are new to us are asked for", async () => {
    const service = scripted(() => ({
      value: [
        { id: id(0x10).toUpperCase(), policyApplies: true, analysisReasons: "notSet", state: "enabled" },
        { id: id(0x11), policyApplies: false, analysisReasons: "users, location" },
      ],
    }));
    const answer = await askWhatIf(createClient(service.connection), signIn);
    expect([...answer]).toEqual([
      [id(0x10), { applies: true, reasons: [] }],
      [id(0x11), { applies: false, reasons: ["users", "location"] }],
    ]);
    expect(service.seen).toHaveLength(1);
    expect(service.seen[0]).toMatchObject({
      method: "POST",
      path: "/v1.0/identity/conditionalAccess/evaluate",
      body: {
        signInIdentity: { "@odata.type": "#microsoft.graph.userSignIn", userId: id(1) },
        signInContext: { "@odata.type": "#microsoft.graph.applicationContext", includeApplications: [EXCHANGE_ONLINE] },
        signInConditions: {
          clientAppType: "browser",
          ipAddress: "203.0.113.77",
          country: "GB",
          devicePlatform: "windows",
          signInRiskLevel: "none",
          userRiskLevel: "none",
          insiderRiskLevel: "none",
          authenticationFlow: { transferMethod: "none" },
        },
        appliedPoliciesOnly: false,
      },
    });
    expect(service.seen[0]?.headers.get("prefer")).toBe("include-unknown-enum-members");
  });

  test.each([
    ["refused", () => refusal(403, "AccessDenied", "no"), /403 AccessDenied/],
    ["no list", () => ({ value: "none" }), /could not be read/],
    ["a row without its answer", () => ({ value: [{ id: id(0x10) }] }), /could not be read/],
  ])("%s", async (_name, reply, want) => {
    await expect(askWhatIf(createClient(scripted(reply).connection), signIn)).rejects.toThrow(want);
  });

  test("groups by their ids: there, gone, and unknown where the service does not say", async () => {
    const service = scripted(({ path }) =>
      path.includes(id(1))
        ? { id: id(1), displayName: "Leavers" }
        : path.includes(id(2))
          ? refusal(404, "Request_ResourceNotFound", "gone")
          : refusal(403, "Authorization_RequestDenied", "no"),
    );
    const found = await groupsLookedUp(createClient(service.connection), [id(1), id(2), id(3)]);
    expect([...found].map(([key, { type }]) => [key, type])).toEqual([
      [id(1), "present"],
      [id(2), "absent"],
      [id(3), "unknown"],
    ]);
  });
});

describe("asked of a practice tenant, whose evaluator was written apart", () => {
  const OWN = "22222222-2222-4222-8222-222222222222";
  const GONE = "33333333-3333-4333-8333-333333333333";
  const COUNTY = plan({ emergencyAccounts: ["emergency-1@county.example", "emergency-2@county.example"] });
  const own = {
    ...foreignPolicy({ includeUsers: ["All"], excludeGroups: [GONE] }, { id: OWN, state: "enabledForReportingButNotEnforced" }),
    displayName: "MFA: heads [county-2018/mfa-heads]",
    description: "entra-rollout:county-2018/mfa-heads",
  };

  const connected = (tenant: Tenant, lines: RequestLine[]): Connection => ({
    origin: ORIGIN,
    getToken: async () => "practice",
    fetch: tenant.sandbox.fetch,
    clock: tenant.sandbox.clock,
    uuid: () => "00000000-0000-4000-8000-000000000001",
    signal: new AbortController().signal,
    practice: true,
    onRequest: (line) => lines.push(line),
  });

  test("the two agree", { timeout: 60_000 }, async () => {
    const tenant = await memoryTenant("county");
    await tenant.put("policies", own);
    const lines: RequestLine[] = [];
    const county = await gatewayOn(connected(tenant, lines)).readTenant(COUNTY, undefined, { whatIf: true });
    // Nobody is left out, since the group is gone.
    expect(lines.filter(({ path }) => path.includes("/evaluate"))).toHaveLength(4);
    expect(county.namedGroups?.get(GONE)).toEqual({ type: "absent" });
    expect(county.domains).toMatchObject({ type: "present" });
    expect(told(whatIf.check(input({ plan: COUNTY, observed: county })))).toEqual([
      expect.stringMatching(
        /^go: What-If and this tool agree in \d+ answers about .* \(asked\), .* \(guest\), emergency-1@county\.example \(emergency account\) and .* \(administrator\)/,
      ),
    ]);
    expect(told(dangling.check(input({ plan: COUNTY, observed: county })))).toContainEqual(
      expect.stringMatching(/^stop: .*the group 33333333.* among those that it leaves out, which is gone/),
    );
  });
});

test.each([
  ["a real tenant", {}, false, true],
  ["a real tenant, and nothing is going to be written", { access: false }, false, false],
  ["a practice tenant", {}, true, false],
  ["a practice tenant, and somebody wants it", { whatIf: true }, true, true],
])("%s", (_name, wish, practice, want) => {
  expect(asksWhatIf(wish, practice)).toBe(want);
});

describe("asking about a few", () => {
  const holders = () => Promise.resolve([]);
  const seenWith = (state: PolicySettings["state"]) => {
    const base = observed();
    return { ...base, resources: { ...base.resources, "conditional-access": present([policy({ state })]) } };
  };

  test("nothing stands in report-only: no request", async () => {
    const service = scripted(() => ({ value: [] }));
    expect(await whatIfOf(createClient(service.connection), plan(), seenWith("on"), holders)).toEqual({ type: "absent" });
    expect(service.seen).toEqual([]);
  });

  test("it may not be asked: that is unknown", async () => {
    const service = scripted(() => refusal(403, "AccessDenied", "no"));
    expect(await whatIfOf(createClient(service.connection), plan(), seenWith("report-only"), holders)).toMatchObject({ type: "unknown" });
  });

  test("groups that cannot be read leave the account to be asked about", async () => {
    const service = scripted(({ path }) => (path.includes("transitiveMemberOf") ? refusal(403, "AccessDenied", "no") : { value: [] }));
    const answers = await whatIfOf(createClient(service.connection), plan(), seenWith("report-only"), holders);
    if (answers.type !== "present") throw new Error(answers.type);
    expect(answers.value.find(({ as }) => as === "asked")?.signIn.subject.groups).toMatchObject({ type: "unknown" });
    // One a second, as the service gives them.
    const asked = service.seen.filter(({ path }) => path.endsWith("/evaluate"));
    expect(asked.slice(1).every(({ at }, place) => at - (asked[place]?.at ?? 0) >= 1_000)).toBe(true);
    expect(asked.length).toBe(answers.value.length);
  });
});
