import { describe, expect, test } from "vitest";
import type { DefaultsCourse } from "../../../src/core/changes.ts";
import { managedPolicies } from "../../../src/core/guards/managed-policies.ts";
import { securityDefaults } from "../../../src/core/guards/security-defaults.ts";
import { type PolicySettings, present } from "../../../src/core/tenant.ts";
import { change, desired, diff, E1, foreign, id, input, observed, plan, policy, policyChange, policySettings, told, users } from "./world.ts";

const on = diff([policyChange({ state: "report-only" })]);
const ACCOUNT = id(0x1000);

describe("security defaults beside policies", () => {
  const course = (defaults: DefaultsCourse) => ({ ...desired(), defaults });
  const stay = { type: "stay", phases: ["heads-web"], mfa: 1, oldPrograms: 2, accounts: [ACCOUNT, E1], isWide: true } as const;
  const leave = { type: "leave", phases: ["heads-web"], first: "mfa-heads", accounts: [] } as const;
  const later = {
    ...plan(),
    phases: [
      ...plan().phases,
      ...plan().phases.map((phase) => ({ ...phase, id: "heads-clients", starts: { local: "2018-11-26T00:00", instant: phase.starts.instant + 1 } })),
    ],
  };
  const more = { id: "heads-clients", title: "later", starts: { local: "2018-11-26T00:00", instant: 1 }, course: "later", cohorts: ["heads"] } as const;

  test.each<readonly [string, Parameters<typeof input>[0], readonly RegExp[]]>([
    [
      "stay, and nothing more is to come",
      { desired: course(stay) },
      [/^stop: .*"Head teachers, on the web" stays in report-only.*1 account would not be asked.* and 2 accounts could go on/],
    ],
    [
      "stay, and more is to come",
      { plan: later, desired: { ...course(stay), phases: [...desired().phases, more] } },
      [/^go: security defaults are on and stay on/],
    ],
    [
      "stay, nobody knows whom they cover",
      { desired: course({ type: "stay", phases: ["heads-web"], because: "503" }) },
      [/^unclear: .* whom the policies would cover is not known: 503$/],
    ],
    ["leave", { desired: course(leave), diff: on, plan: plan({ microsoftManaged: "keep" }) }, [/^go: security defaults go off and 1 policy on in their place/]],
    ["leave, Microsoft's policies unsaid", { desired: course(leave), diff: on }, [/^stop: when security defaults go off, Microsoft may add policies/]],
    [
      "leave, with somebody left out",
      { desired: course({ ...leave, accounts: [ACCOUNT] }), diff: on, plan: plan({ microsoftManaged: "off" }) },
      [/^stop: security defaults would go off, and 1 account that they cover would be left out/],
    ],
    [
      "close",
      { desired: course({ type: "close", by: "policies", first: "mfa-heads", id: id(5) }), diff: on },
      [/^go: an earlier run .* switched on before anything else$/],
    ],
    [
      "close by the defaults",
      { desired: course({ type: "close", by: "defaults", id: id(5) }) },
      [/^go: an earlier run .* turned on again before anything else/],
    ],
  ])("%s", (_name, fields, want) => {
    const lines = told(securityDefaults.check(input(fields)));
    expect(lines).toHaveLength(want.length);
    for (const [at, each] of want.entries()) expect(lines[at]).toMatch(each);
  });

  test("what is let pass is counted in accounts, and named by address; a tenant that would be bare is never let pass", () => {
    const [wide] = securityDefaults.check(input({ desired: course(stay) }));
    expect(wide).toMatchObject({
      allowable: true,
      count: 2,
      accounts: [E1, "head@school-0.county.example"].sort(),
      holds: [{ kind: "security-defaults", key: "tenant" }],
    });
    expect(securityDefaults.check(input({ desired: course({ ...stay, isWide: false }) }))).toMatchObject([{ allowable: false }]);
  });

  test("turned on beside a policy that is on", () => {
    const turnsOn = diff([
      change({ kind: "security-defaults", key: "tenant", action: "update", id: id(5), before: { enabled: false }, after: { enabled: true } }),
    ]);
    expect(told(securityDefaults.check(input({ diff: turnsOn })))).toEqual([
      expect.stringMatching(/^stop: security defaults cannot be turned on beside policies that are on: "MFA: heads/),
    ]);
    const off = observed({ resources: { ...observed().resources, "conditional-access": present([policy({ state: "report-only" })]) } });
    expect(securityDefaults.check(input({ diff: turnsOn, observed: off }))).toEqual([]);
  });
});

describe("policies of Microsoft's", () => {
  const EVERYBODY: Partial<PolicySettings> = {
    name: "Microsoft-managed: MFA for all users",
    clients: ["all"],
    include: users({ all: true }),
    exclude: users(),
  };
  const managed = (fields: Partial<PolicySettings> = {}) => ({ ...foreign({ ...EVERYBODY, ...fields }), managed: true });
  const seen = (...policies: readonly ReturnType<typeof policy>[]) =>
    observed({ resources: { ...observed().resources, "conditional-access": present(policies) } });
  const block = { operator: "or", controls: ["block"], strength: null } as const;

  test.each<readonly [string, Parameters<typeof input>[0], readonly RegExp[]]>([
    ["none", { observed: seen(policy()) }, []],
    [
      "on, for all",
      { observed: seen(policy(), managed()) },
      [/^stop: Microsoft's policy "Microsoft-managed: MFA for all users" .* asks 40 accounts whom the plan has not reached yet$/],
    ],
    ["the plan asks as many already", { observed: seen(policy({ ...EVERYBODY, exclude: users({ users: [E1] }) }), managed()) }, []],
    ["the plan asks them on the web only", { observed: seen(policy({ include: users({ all: true }) }), managed()) }, [/^stop: .* 40 accounts/]],
    ["another plan's policy asks them", { observed: seen(policy(EVERYBODY, { mark: { plan: "other", key: "x" } }), managed()) }, [/^stop: /]],
    ["the plan keeps them", { plan: plan({ microsoftManaged: "keep" }), observed: seen(policy(), managed()) }, [/^go: .*; the plan keeps it$/]],
    [
      "old programs blocked for all",
      { observed: seen(policy(), managed({ clients: ["activesync", "legacy"], grant: block })) },
      [/^stop: .* blocks old programs of 40 accounts/],
    ],
    ["for administrators alone", { observed: seen(policy(), managed({ include: users({ roles: [id(0x40)] }) })) }, []],
    ["for one app alone", { observed: seen(policy(), managed({ apps: { include: [id(0x50)], exclude: [], userActions: [] } })) }, []],
    [
      "in report-only",
      { observed: seen(policy(), managed({ state: "report-only" })) },
      [/^go: 1 policy of Microsoft's is in report-only and may switch itself on/],
    ],
    [
      "in report-only, and the plan says what then",
      { plan: plan({ microsoftManaged: "report-only" }), observed: seen(policy(), managed({ state: "report-only" })) },
      [],
    ],
    ["off", { observed: seen(policy(), managed({ state: "off" })) }, []],
    ["somebody else's, not Microsoft's", { observed: seen(policy(), foreign(EVERYBODY)) }, []],
  ])("%s", (_name, fields, want) => {
    const lines = told(managedPolicies.check(input(fields)));
    expect(lines).toHaveLength(want.length);
    for (const [at, each] of want.entries()) expect(lines[at]).toMatch(each);
  });

  test("turned off by this very diff, it stops nothing", () => {
    const { id: own, settings } = managed();
    const turnsOff = diff([
      change({
        kind: "conditional-access",
        key: `microsoft-${own}`,
        action: "update",
        id: own,
        before: settings,
        after: policySettings({ ...EVERYBODY, state: "off" }),
      }),
    ]);
    expect(told(managedPolicies.check(input({ plan: plan({ microsoftManaged: "off" }), observed: seen(policy(), managed()), diff: turnsOff })))).toEqual([
      expect.stringMatching(/^go: 1 policy of Microsoft's is set to off, as the plan says/),
    ]);
  });
});
