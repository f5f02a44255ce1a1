import { describe, expect, test } from "vitest";
import { emergencyAccounts } from "../../../src/core/guards/emergency-accounts.ts";
import type { GuardInput } from "../../../src/core/guards/guard.ts";
import { IdIndex } from "../../../src/core/ids.ts";
import { NOT_ASKED, type Observed } from "../../../src/core/observed.ts";
import { absent, type PolicySettings, present, type ResourceOf, unknown } from "../../../src/core/tenant.ts";
import {
  change,
  desired,
  diff,
  E1,
  E2,
  emergency,
  foreign,
  group,
  HEADS_GROUP,
  id,
  input,
  observed,
  plan,
  policy,
  policyChange,
  policySettings,
  roster,
  users,
  wantedGroup,
  wantedPolicy,
} from "./world.ts";

const world = (emergencies: Observed["emergency"], fields: Partial<GuardInput> = {}): GuardInput =>
  input({ observed: observed({ emergency: emergencies }), ...fields });

const withPolicies = (...policies: readonly ResourceOf<"conditional-access">[]): Observed =>
  observed({ resources: { ...NOT_ASKED, "cohort-group": present([group()]), "named-location": present([]), "conditional-access": present(policies) } });

const against = (settings: Partial<PolicySettings>, one: Parameters<typeof emergency>[1] = {}): GuardInput =>
  input({ observed: { ...withPolicies(policy(), foreign(settings)), emergency: [emergency(1, one), emergency(2)] } });

const NESTED = id(0x500);
const ROLE = id(0x600);

const cases: readonly (readonly [name: string, input: GuardInput, verdict: "go" | "stop" | "unclear", words: RegExp])[] = [
  ["all well", input(), "go", /emergency-1@county\.example and emergency-2@county\.example stand ready/],
  [
    "deleted or misspelt",
    world([{ address: "emergency-1@county.example", account: absent }, emergency(2)]),
    "stop",
    /emergency-1@county\.example is not in the tenant: it was deleted, or is misspelt/,
  ],
  ["could not be read", world([{ address: "emergency-1@county.example", account: unknown("503") }, emergency(2)]), "unclear", /could not be read: 503/],
  ["not looked up", world([emergency(2)]), "unclear", /emergency-1@county\.example could not be read/],
  ["disabled", world([emergency(1, { enabled: false }), emergency(2)]), "stop", /is disabled/],
  ["synced", world([emergency(1, { synced: true }), emergency(2)]), "stop", /synced from on premises/],
  ["federated", world([emergency(1, { federated: present(true) }), emergency(2)]), "stop", /federated/],
  ["perhaps federated", world([emergency(1, { federated: unknown("403") }), emergency(2)]), "unclear", /federated is not known: 403/],
  ["no Global Administrator", world([emergency(1, { roles: present([ROLE]) }), emergency(2)]), "stop", /not an active Global Administrator/],
  ["roles unknown", world([emergency(1, { roles: unknown("403") }), emergency(2)]), "unclear", /Global Administrator is not known/],
  ["no method but a password", world([emergency(1, { methods: present(["password"]) }), emergency(2)]), "stop", /registered no method/],
  [
    "asked again and again by somebody else's policy, and for nothing more",
    against({ include: users({ all: true }), grant: null, signInFrequency: "every-time" }),
    "go",
    /stand ready/,
  ],
  [
    "a Temporary Access Pass alone",
    world([emergency(1, { methods: present(["password", "temporaryAccessPass"]) }), emergency(2)]),
    "stop",
    /only temporaryAccessPass/,
  ],
  [
    "e-mail and security questions",
    world([emergency(1, { methods: present(["email", "password", "securityQuestion"]) }), emergency(2)]),
    "stop",
    /only email and securityQuestion/,
  ],
  ["a method that nobody knows", world([emergency(1, { methods: present(["telepathy"]) }), emergency(2)]), "stop", /registered no method/],
  ["methods unknown", world([emergency(1, { methods: unknown("403") }), emergency(2)]), "unclear", /methods .* is not known/],
  ["a phone", world([emergency(1, { methods: present(["phone"]) }), emergency(2)]), "go", /stand ready/],
  ["an authenticator app", world([emergency(1, { methods: present(["microsoftAuthenticator"]) }), emergency(2)]), "go", /stand ready/],
  [
    "one only",
    world([emergency(1)], { plan: plan({ emergencyAccounts: ["emergency-1@county.example"] }) }),
    "stop",
    /names one emergency account only; 2 are needed/,
  ],
  ["none", world([], { plan: plan({ emergencyAccounts: [] }) }), "stop", /names no emergency account/],
  ["one account under two names", world([emergency(1), emergency(2, { id: E1 })]), "stop", /one emergency account only/],

  [
    "a foreign policy for all",
    against({ exclude: users() }),
    "stop",
    /"Old: MFA for all" .* catches the emergency accounts emergency-1@county\.example and emergency-2@county\.example: it is for all users; .* they are locked out/,
  ],
  ["that leaves out one of the two", against({ exclude: users({ users: [E1] }) }), "stop", /catches the emergency account emergency-2/],
  ["that leaves out both by id", against({}), "go", /stand ready/],
  ["that is off", against({ exclude: users(), state: "off" }), "go", /stand ready/],
  ["that is in report-only", against({ exclude: users(), state: "report-only" }), "go", /stand ready/],
  ["for old programs alone", against({ exclude: users(), clients: ["activesync", "legacy"] }), "go", /stand ready/],
  ["for other apps alone", against({ exclude: users(), apps: { include: [id(0x700)], exclude: [], userActions: [] } }), "go", /stand ready/],
  [
    "for registering alone",
    against({ exclude: users(), apps: { include: [], exclude: [], userActions: ["urn:user:registersecurityinfo"] } }),
    "go",
    /stand ready/,
  ],
  ["for one network alone", against({ exclude: users(), locations: { include: [id(0x701)], exclude: [] } }), "stop", /it is for all users/],
  [
    "for the admin portals alone",
    against({ exclude: users(), apps: { include: ["admin-portals"], exclude: [], userActions: [] } }),
    "stop",
    /it is for all users/,
  ],
  [
    "for a platform alone",
    against({ exclude: users(), other: { conditions: { platforms: { includePlatforms: ["android"] } } } }),
    "stop",
    /it is for all users/,
  ],
  ["that names the account", against({ include: users({ users: [E1] }), exclude: users() }), "stop", /it names the account itself/],
  [
    "for a role it holds",
    against({ include: users({ roles: [ROLE] }), exclude: users() }, { roles: present(["62e90394-69f5-4237-9190-012177145e10", ROLE]) }),
    "stop",
    /through the role/,
  ],
  [
    "for Global Administrators",
    against({ include: users({ roles: ["62e90394-69f5-4237-9190-012177145e10"] }), exclude: users() }),
    "stop",
    /it is for Global Administrators/,
  ],
  [
    "through a nested group",
    against({ include: users({ groups: [NESTED] }), exclude: users() }, { groups: present([NESTED]) }),
    "stop",
    /through the group 00000000-0000-4000-8000-000000000500/,
  ],
  ["for a group it is not in", against({ include: users({ groups: [NESTED] }), exclude: users() }), "go", /stand ready/],
  ["left out through a group", against({ exclude: users({ groups: [NESTED], users: [E2] }) }, { groups: present([NESTED]) }), "go", /stand ready/],
  ["left out through a role", against({ exclude: users({ roles: ["62e90394-69f5-4237-9190-012177145e10"] }) }), "go", /stand ready/],
  [
    "groups unknown, and it matters",
    against({ include: users({ groups: [NESTED] }), exclude: users() }, { groups: unknown("403") }),
    "unclear",
    /groups could not be read: 403/,
  ],
  ["groups unknown, but it is left out by id", against({ include: users({ groups: [NESTED] }) }, { groups: unknown("403") }), "go", /stand ready/],
  [
    "groups unknown where they would leave it out",
    against({ exclude: users({ groups: [NESTED], users: [E2] }) }, { groups: unknown("403") }),
    "unclear",
    /is not known/,
  ],
  ["for guests", against({ include: users({ guests: true }), exclude: users() }), "go", /stand ready/],
  ["for nobody", against({ include: users({ none: true }), exclude: users() }), "go", /stand ready/],
  [
    "for people in words that are new to us",
    against({ include: users(), exclude: users(), other: { conditions: { users: { includeAgents: ["x"] } } } }),
    "unclear",
    /words that this tool does not know \(includeAgents\)/,
  ],
  [
    "for guests in the service's newer words",
    against({
      include: users(),
      exclude: users(),
      other: { conditions: { users: { includeGuestsOrExternalUsers: { guestOrExternalUserTypes: "b2bCollaborationGuest" } } } },
    }),
    "go",
    /stand ready/,
  ],
  [
    "policies unknown",
    input({
      observed: observed({ resources: { ...NOT_ASKED, "cohort-group": present([]), "named-location": present([]), "conditional-access": unknown("429") } }),
    }),
    "unclear",
    /not known: 429/,
  ],

  [
    "one of ours that does not leave it out",
    input({ observed: withPolicies(policy({ exclude: users({ users: [E1] }) })) }),
    "stop",
    /the plan's own policy "MFA: heads" .* would not leave out the emergency account emergency-2/,
  ],
  [
    "one of ours that is mended by the change",
    input({ observed: withPolicies(policy({ exclude: users() })), diff: diff([policyChange({ exclude: users() })]) }),
    "go",
    /stand ready/,
  ],
  [
    "one of ours in report-only that does not leave it out",
    input({ observed: withPolicies(policy({ state: "report-only", exclude: users() })) }),
    "stop",
    /the plan's own policy/,
  ],
  [
    "one of ours that is left over and is for somebody else",
    input({
      observed: withPolicies(policy({ exclude: users() })),
      desired: desired("started", [wantedGroup]),
      diff: diff([], { leftOver: [change({ kind: "conditional-access", key: "mfa-heads", action: "delete", id: policy().id })] }),
    }),
    "go",
    /stand ready/,
  ],
];

test.each(cases)("%s", (_name, given, verdict, words) => {
  const findings = emergencyAccounts.check(given);
  expect(findings.map((each) => each.verdict)).toContain(verdict);
  expect(new Set(findings.map((each) => each.verdict)).size).toBe(1);
  expect(findings.some(({ detail }) => words.test(detail))).toBe(true);
  for (const each of findings) {
    expect(each).toMatchObject({ guard: "emergency-accounts", allowable: false });
    expect(each.hint === undefined).toBe(verdict === "go");
  }
});

describe("the changes count, not only what is there", () => {
  const joins = diff([
    change({
      kind: "cohort-group",
      key: "heads",
      action: "update",
      id: HEADS_GROUP,
      before: group().settings,
      after: group().settings,
      members: { added: [E1], removed: [] },
    }),
  ]);
  test("an account that joins a group which a foreign policy is for", () => {
    const seen = withPolicies(policy(), foreign({ include: users({ groups: [HEADS_GROUP] }), exclude: users() }));
    expect(emergencyAccounts.check(input({ observed: seen })).map(({ verdict }) => verdict)).toEqual(["go"]);
    expect(emergencyAccounts.check(input({ observed: seen, diff: joins })).map(({ verdict }) => verdict)).toEqual(["stop"]);
  });

  const leaves = diff([
    change({
      kind: "cohort-group",
      key: "heads",
      action: "update",
      id: HEADS_GROUP,
      before: group().settings,
      after: group().settings,
      members: { added: [], removed: [E1] },
    }),
  ]);
  const goes = diff([change({ kind: "cohort-group", key: "heads", action: "delete", id: HEADS_GROUP, before: group().settings })]);
  test.each([
    ["leaves", leaves],
    ["is deleted", goes],
  ])("a group that leaves the account out of a foreign policy %s", (_name, changes) => {
    const seen = {
      ...withPolicies(foreign({ exclude: users({ groups: [HEADS_GROUP], users: [E2] }) })),
      emergency: [emergency(1, { groups: present([HEADS_GROUP]) }), emergency(2)],
    };
    expect(emergencyAccounts.check(input({ observed: seen })).map(({ verdict }) => verdict)).toEqual(["go"]);
    expect(emergencyAccounts.check(input({ observed: seen, diff: changes })).map(({ verdict }) => verdict)).toEqual(["stop"]);
  });

  test("a policy of ours that is made now and leaves nobody out", () => {
    const made = diff([change({ kind: "conditional-access", key: "mfa-heads", action: "create", after: policySettings({ exclude: users() }) })]);
    const findings = emergencyAccounts.check(input({ observed: withPolicies(), desired: desired("started", [wantedGroup, wantedPolicy()]), diff: made }));
    expect(findings.map(({ verdict }) => verdict)).toEqual(["stop"]);
    expect(findings[0]?.accounts).toEqual(["emergency-1@county.example", "emergency-2@county.example"]);
  });

  test("a guest as emergency account is caught by what is for guests", () => {
    const people = roster(1);
    people.add(E1, "emergency-1@county.example", { enabled: true, guest: true, pupil: false }, ["out"]);
    const seen = {
      ...withPolicies(foreign({ include: users({ guests: true }), exclude: users() })),
      roster: present(people),
      members: new Map([[HEADS_GROUP, present(IdIndex.of([]))]]),
    };
    expect(emergencyAccounts.check(input({ observed: seen })).map(({ verdict }) => verdict)).toEqual(["stop"]);
  });
});
