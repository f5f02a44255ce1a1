/** What `doctor` makes of what it saw: the cases that no practice tenant comes to, or where the edge lies. */

import { describe, expect, test } from "vitest";
import { doctorDocument } from "../../src/core/doctor/diagnosis.ts";
import type { DoctorLine } from "../../src/core/doctor/document.ts";
import type { Claims, Facts } from "../../src/core/doctor/facts.ts";
import type { Run } from "../../src/core/journal.ts";
import { NOT_ASKED, type Observed } from "../../src/core/observed.ts";
import { openPlan } from "../../src/core/plan/parse.ts";
import type { Plan } from "../../src/core/plan/plan.ts";
import {
  type AuthenticationMethodsSettings,
  absent,
  GLOBAL_ADMINISTRATOR,
  type LiveAccount,
  type LookedUp,
  type NamedLocationSettings,
  type PolicySettings,
  present,
  type ResourceOf,
  unknown,
} from "../../src/core/tenant.ts";

const TENANT = "11111111-0000-4000-8000-000000000001";
const MOMENT = Date.UTC(2026, 10, 20, 9, 0, 0);
const HOUR_MS = 3_600_000;

const planOf = (text: string): Plan => {
  const parsed = openPlan("plan.yaml", `id: p\nname: P\ntimeZone: Europe/London\nemergencyAccounts: [a@x.example, b@x.example]\n${text}`).parse(new Map());
  if (parsed.type !== "sound") throw new Error(JSON.stringify(parsed.problems));
  return parsed.plan;
};

const SOME = planOf(`mechanism: conditional-access
cohorts:
  heads: { accounts: ["head@*"] }
networks:
  schools: { ranges: [192.0.2.0/24] }
phases:
  - { id: a, title: A, starts: 2027-01-12, requireMfa: { for: heads, on: [web, clients], outside: schools } }
`);
const EVERYBODY = planOf(`mechanism: conditional-access
microsoftManaged: keep
cohorts:
  everybody: { all: true, pupils: out }
phases:
  - { id: a, title: Everybody asked, starts: 2027-01-12, requireMfa: { for: everybody, on: [web, clients] }, blockLegacy: { for: everybody } }
`);
const EVERYBODY_OUTSIDE = planOf(`mechanism: conditional-access
microsoftManaged: keep
cohorts:
  everybody: { all: true, pupils: out }
networks:
  schools: { ranges: [192.0.2.0/24] }
phases:
  - { id: a, title: A, starts: 2027-01-12, requireMfa: { for: everybody, on: [web, clients], outside: schools } }
`);
const PER_USER = planOf(`mechanism: per-user
cohorts:
  heads: { accounts: ["head@*"] }
phases:
  - { id: a, title: A, starts: 2027-01-12, requireMfa: { for: heads, on: [web] } }
`);
const DEFAULTS = planOf(`mechanism: security-defaults
phases:
  - { id: a, title: Defaults on, starts: 2027-01-12, securityDefaults: on }
`);
const CLOSING = planOf(`mechanism: conditional-access
cohorts:
  heads: { accounts: ["head@*"] }
phases:
  - { id: a, title: No more texts, starts: 2027-01-12, allowMethods: { text: off } }
`);
const MAIL = planOf(`mechanism: conditional-access
cohorts:
  heads: { accounts: ["head@*"] }
phases:
  - { id: a, title: Old mail off, starts: 2027-01-12, turnOff: { protocols: [pop3, imap, smtpAuth] } }
  - { id: b, title: No passwords alone, starts: 2027-01-19, blockBasic: { allow: [smtpAuth] } }
`);

const account = (id: string, more: Partial<LiveAccount> = {}): LookedUp => ({
  address: `${id}@x.example`,
  account: present({
    id: `22222222-0000-4000-8000-00000000000${id === "a" ? 1 : id === "b" ? 2 : 3}`,
    enabled: true,
    synced: false,
    federated: present(false),
    roles: present([GLOBAL_ADMINISTRATOR]),
    groups: present([]),
    methods: present(["fido2", "password"]),
    keys: [null],
    ...more,
  }),
});

const METHODS: AuthenticationMethodsSettings = {
  methods: { passkey: { state: "on", include: { all: true, groups: [] }, exclude: [], other: {} } },
  migration: "complete",
  other: {},
};

const OBSERVED: Observed = {
  tenant: { id: TENANT, name: "T", practice: false },
  readAt: MOMENT,
  resources: {
    ...NOT_ASKED,
    "cohort-group": present([]),
    "named-location": present([]),
    "conditional-access": present([]),
    "security-defaults": present([]),
  },
  members: new Map(),
  roster: unknown("nobody asked"),
  registration: unknown("nobody asked"),
  licence: present({ p1: true, p2: false, studentSkus: [] }),
  securityDefaults: present(false),
  emergency: [account("a"), account("b")],
  domains: present(new Map([["x.example", false]])),
  access: present({
    administrators: present({ looked: [account("c")], unlooked: 0 }),
    operator: absent,
    methods: present(METHODS),
    strengths: absent,
  }),
  remarks: [],
};

const APP: Claims = {
  tenantId: TENANT,
  objectId: "33333333-0000-4000-8000-000000000001",
  appId: "33333333-0000-4000-8000-000000000002",
  isApplication: true,
  scopes: [],
  roles: [],
  wids: [],
};

const facts = (plan: Plan | undefined, more: Partial<Facts> = {}, observed: Partial<Observed> = {}): Facts => ({
  plan,
  moment: MOMENT,
  observed: { ...OBSERVED, ...observed },
  claims: absent,
  exchangeClaims: absent,
  aheadMs: present(0),
  servicePlans: present(new Set(["AAD_PREMIUM", "EXCHANGE_S_ENTERPRISE"])),
  concealed: present(false),
  synchronisation: present({ on: false }),
  mail: absent,
  journals: { runs: [], damaged: [] },
  ...more,
});

const linesOf = (seen: Facts, check: string): readonly DoctorLine[] =>
  doctorDocument(seen, "2026-11-20T09:00:00Z").lines.filter((line) => line.check === check);

type Case = readonly [name: string, seen: Facts, check: string, verdict: DoctorLine["verdict"], says: RegExp];

const told = (cases: readonly Case[]): void => {
  test.each(cases)("%s", (_, seen, check, verdict, says) => {
    const lines = linesOf(seen, check);
    const fitting = lines.filter((line) => line.verdict === verdict && says.test(`${line.detail} -> ${line.todo ?? ""}`));
    expect(fitting.length, JSON.stringify(lines, undefined, 2)).toBe(1);
  });
};

describe("sign-in", () => {
  told([
    [
      "an application of this tenant",
      facts(SOME, { claims: present(APP) }),
      "sign-in",
      "ok",
      /as the application 33333333-0000-4000-8000-000000000002, for itself/,
    ],
    [
      "a token of another tenant",
      facts(SOME, { claims: present({ ...APP, tenantId: "9" }) }),
      "sign-in",
      "problem",
      /token of the tenant 9, while what answers is 1111/,
    ],
    ["nobody can say who", facts(SOME, {}, { access: unknown("it broke") }), "sign-in", "unread", /neither by the token nor/],
    [
      "an emergency account, by the token alone",
      facts(SOME, { claims: present({ ...APP, isApplication: false, objectId: "22222222-0000-4000-8000-000000000002" }) }),
      "sign-in",
      "warning",
      /an emergency account of the plan/,
    ],
    [
      "somebody else",
      facts(SOME, { claims: present({ ...APP, isApplication: false, userPrincipalName: "c@x.example", objectId: "22222222-0000-4000-8000-000000000003" }) }),
      "sign-in",
      "ok",
      /as c@x\.example, through/,
    ],
    ["60 seconds apart", facts(SOME, { aheadMs: present(60_000) }), "clock", "ok", /but for 60 seconds/],
    ["more than 60 seconds ahead", facts(SOME, { aheadMs: present(60_001) }), "clock", "warning", /60 seconds ahead of the service's/],
    ["more than 60 seconds behind", facts(SOME, { aheadMs: present(-61_000) }), "clock", "warning", /61 seconds behind/],
    ["no date in the answer", facts(SOME, { aheadMs: unknown("the answer had no date") }), "clock", "unread", /no date/],
  ]);
});

describe("licences", () => {
  const none = { licence: present({ p1: false, p2: false, studentSkus: [] }) };
  told([
    ["P1 that the plan needs", facts(SOME), "entra-id-p1", "ok", /needs it for conditional access/],
    ["P2 holds P1", facts(SOME, {}, { licence: present({ p1: true, p2: true, studentSkus: [] }) }), "entra-id-p1", "ok", /Entra ID P2, which holds P1/],
    ["none, and the plan needs it", facts(SOME, {}, none), "entra-id-p1", "problem", /needs it for conditional access/],
    ["none, and the plan needs none", facts(PER_USER, {}, none), "entra-id-p1", "ok", /the plan needs none/],
    ["none, without a plan", facts(undefined, {}, none), "entra-id-p1", "warning", /refuses conditional access/],
    ["not known", facts(SOME, {}, { licence: unknown("403") }), "entra-id-p1", "unread", /could not be read: 403/],
    ["mailboxes to switch", facts(MAIL), "exchange-online", "ok", /has Exchange Online/],
    [
      "the foundation beside other services is no mailbox",
      facts(MAIL, { servicePlans: present(new Set(["EXCHANGE_S_FOUNDATION"])) }),
      "exchange-online",
      "problem",
      /no licence with Exchange Online/,
    ],
  ]);
  test("a plan about no mailbox asks for no licence with them", () => {
    expect(linesOf(facts(SOME, { servicePlans: present(new Set()) }), "exchange-online")).toEqual([]);
  });
});

const policy = (more: Partial<PolicySettings>, resource: Partial<ResourceOf<"conditional-access">> = {}): ResourceOf<"conditional-access"> => ({
  kind: "conditional-access",
  id: "44444444-0000-4000-8000-000000000001",
  managed: false,
  settings: {
    name: "Theirs",
    description: "",
    state: "on",
    include: { all: false, none: false, guests: false, users: ["55555555-0000-4000-8000-000000000001"], groups: [], roles: [] },
    exclude: { all: false, none: false, guests: false, users: [], groups: [], roles: [] },
    apps: { include: ["all"], exclude: [], userActions: [] },
    clients: ["all"],
    locations: null,
    grant: { operator: "or", controls: ["mfa"], strength: null },
    signInFrequency: null,
    other: {},
    ...more,
  },
  ...resource,
});
const withPolicies = (...policies: readonly ResourceOf<"conditional-access">[]): Partial<Observed> => ({
  resources: { ...OBSERVED.resources, "conditional-access": present(policies) },
});

describe("settings of the tenant", () => {
  const on = { securityDefaults: present(true) };
  const methods = (migration: AuthenticationMethodsSettings["migration"]): Partial<Observed> => ({
    access: present({ administrators: present({ looked: [], unlooked: 0 }), operator: absent, methods: present({ ...METHODS, migration }), strengths: absent }),
  });
  told([
    ["defaults on, policies for some", facts(SOME, {}, on), "security-defaults", "problem", /no phase of the plan asks everybody/],
    [
      "defaults on, policies for everybody outside the networks",
      facts(EVERYBODY_OUTSIDE, {}, on),
      "security-defaults",
      "problem",
      /no phase of the plan asks everybody/,
    ],
    ["defaults on, policies for everybody at last", facts(EVERYBODY, {}, on), "security-defaults", "ok", /until "Everybody asked" asks everybody/],
    ["defaults on, and the plan switches no policy on", facts(MAIL, {}, on), "security-defaults", "ok", /switches no policy on/],
    ["defaults on, and a plan account by account", facts(PER_USER, {}, on), "security-defaults", "problem", /account by account/],
    ["defaults on, as the plan wants it", facts(DEFAULTS, {}, on), "security-defaults", "ok", /as the plan wants it/],
    ["defaults on, without a plan", facts(undefined, {}, on), "security-defaults", "ok", /no policy be switched on beside them/],
    ["defaults off and to come", facts(DEFAULTS), "security-defaults", "ok", /"Defaults on" turns them on/],
    [
      "defaults to come beside a policy",
      facts(DEFAULTS, {}, withPolicies(policy({}))),
      "security-defaults",
      "problem",
      /beside which the portal refuses.*"Theirs"/,
    ],
    [
      "defaults to come beside a policy in report-only",
      facts(DEFAULTS, {}, withPolicies(policy({ state: "report-only" }))),
      "security-defaults",
      "ok",
      /turns them on/,
    ],
    ["nothing asks, without a plan", facts(undefined), "security-defaults", "warning", /a password is enough/],
    [
      "something asks, without a plan",
      facts(undefined, {}, withPolicies(policy({ include: { ...policy({}).settings.include, all: true } }))),
      "security-defaults",
      "ok",
      /are off$| are off -> $/,
    ],
    ["defaults not known", facts(SOME, {}, { securityDefaults: unknown("500") }), "security-defaults", "unread", /500/],
    ["methods migrated", facts(SOME), "methods-migration", "ok", /complete/],
    ["migration begun", facts(SOME, {}, methods("in-progress")), "methods-migration", "warning", /under way/],
    ["migration in words of tomorrow", facts(SOME, {}, methods(null)), "methods-migration", "warning", /nobody can say where/],
    [
      "migration not begun, and a phase closes a method",
      facts(CLOSING, {}, methods("pre")),
      "methods-migration",
      "problem",
      /"No more texts" waits for its end/,
    ],
    ["names concealed", facts(SOME, { concealed: present(true) }), "report-names", "warning", /conceal names/],
    [
      "concealment refused",
      facts(SOME, { concealed: { type: "unknown", because: "403", denied: true } }),
      "report-names",
      "note",
      /may not be read by this sign-in/,
    ],
    ["concealment failed", facts(SOME, { concealed: unknown("500") }), "report-names", "unread", /500/],
    [
      "synced a moment ago",
      facts(SOME, { synchronisation: present({ on: true, last: MOMENT - 3 * HOUR_MS }) }),
      "synced-directory",
      "ok",
      /within the last three hours/,
    ],
    [
      "not synced for hours",
      facts(SOME, { synchronisation: present({ on: true, last: MOMENT - 3 * HOUR_MS - 1 }) }),
      "synced-directory",
      "warning",
      /not for 3 hours/,
    ],
    [
      "not synced for days",
      facts(SOME, { synchronisation: present({ on: true, last: MOMENT - 50 * HOUR_MS }) }),
      "synced-directory",
      "warning",
      /not for 2 days/,
    ],
    ["synced, nobody says when", facts(SOME, { synchronisation: present({ on: true }) }), "synced-directory", "warning", /nobody says when/],
    [
      "Microsoft's policies that the plan keeps",
      facts(EVERYBODY, {}, withPolicies(policy({}, { managed: true }))),
      "managed-policies",
      "ok",
      /the plan keeps them/,
    ],
    [
      "Microsoft's policies of which the plan says nothing",
      facts(SOME, {}, withPolicies(policy({ state: "report-only" }, { managed: true }))),
      "managed-policies",
      "warning",
      /in report-only, from which they switch themselves on/,
    ],
    [
      "policies not known",
      facts(SOME, {}, { resources: { ...OBSERVED.resources, "conditional-access": unknown("403") } }),
      "managed-policies",
      "unread",
      /403/,
    ],
    ["marks not known", facts(SOME, {}, { resources: { ...OBSERVED.resources, "cohort-group": unknown("403") } }), "marks", "unread", /403/],
    ["marks of this plan", facts(SOME, {}, withPolicies(policy({}, { mark: { plan: "p", key: "mfa" } }))), "marks", "ok", /this plan's: 1 policy/],
    [
      "marks, without a plan",
      facts(undefined, {}, withPolicies(policy({}, { mark: { plan: "q", key: "mfa" } }))),
      "marks",
      "ok",
      /at work here: q \(1 policy\)/,
    ],
  ]);
  test("what Microsoft made and switched off is no matter", () => {
    expect(linesOf(facts(SOME, {}, withPolicies(policy({ state: "off" }, { managed: true }))), "managed-policies")).toEqual([]);
  });
});

describe("who gets in, without a plan", () => {
  const administrators = (looked: readonly LookedUp[], unlooked = 0): Partial<Observed> => ({
    emergency: [],
    access: present({ administrators: present({ looked, unlooked }), operator: absent, methods: present(METHODS), strengths: absent }),
  });
  const passOnly = account("b", { methods: present(["password", "temporaryAccessPass"]) });
  told([
    ["two", facts(undefined, {}, administrators([account("a"), account("b")])), "administrators", "ok", /^2 Global Administrators get/],
    ["one", facts(undefined, {}, administrators([account("a")])), "administrators", "problem", /two are needed/],
    [
      "one, and one with a pass that runs out",
      facts(undefined, {}, administrators([account("a"), passOnly])),
      "administrators",
      "problem",
      /of b@x\.example that is not certain/,
    ],
    [
      "one, and one whose methods nobody could read",
      facts(undefined, {}, administrators([account("a"), account("b", { methods: unknown("403") })])),
      "administrators",
      "unread",
      /two are needed/,
    ],
    ["one, and more who were not looked at", facts(undefined, {}, administrators([account("a")], 3)), "administrators", "unread", /two are needed/],
    ["nobody can say", facts(undefined, {}, { access: unknown("403") }), "administrators", "unread", /403/],
  ]);
});

describe("networks", () => {
  const location = (name: string, ranges: readonly string[], more: Partial<ResourceOf<"named-location">> = {}, trusted = false): Partial<Observed> => {
    const settings: NamedLocationSettings = { name, sort: "ip", trusted, ranges, other: {} };
    return {
      resources: {
        ...OBSERVED.resources,
        "named-location": present([{ kind: "named-location", id: "66666666-0000-4000-8000-000000000001", managed: false, settings, ...more }]),
      },
    };
  };
  const practice = { tenant: { ...OBSERVED.tenant, practice: true } };
  const own = { mark: { plan: "p", key: "schools" } };
  told([
    ["addresses of examples in a real tenant", facts(SOME), "networks", "problem", /from which nobody ever signs in: 192\.0\.2\.0\/24 -> .*line \d+/],
    ["addresses of examples in a practice tenant", facts(SOME, {}, practice), "networks", "ok", /nothing in the tenant contradicts/],
    ["the same under the same name", facts(SOME, {}, { ...practice, ...location("SCHOOLS", ["192.0.2.0/24"]) }), "networks", "ok", /contradicts/],
    [
      "others under the same name",
      facts(SOME, {}, { ...practice, ...location("Schools", ["192.0.2.0/24", "198.51.100.0/24"]) }),
      "networks",
      "warning",
      /the tenant alone has 198\.51\.100\.0\/24/,
    ],
    [
      "fewer under the same name",
      facts(SOME, {}, { ...practice, ...location("Schools", ["192.0.2.0/25"]) }),
      "networks",
      "warning",
      /the plan alone has 192\.0\.2\.0\/24/,
    ],
    [
      "ours that somebody changed",
      facts(SOME, {}, { ...practice, ...location("schools [p/schools]", ["192.0.2.0/25"], own) }),
      "networks",
      "warning",
      /made of the network schools has other addresses by now/,
    ],
    [
      "another plan's of that name",
      facts(SOME, {}, { ...practice, ...location("schools [q/schools]", ["192.0.2.0/25"], { mark: { plan: "q", key: "schools" } }) }),
      "networks",
      "ok",
      /contradicts/,
    ],
    [
      "a trusted place that the plan does not spare",
      facts(SOME, {}, { ...practice, ...location("Annexe", ["198.51.100.0/24"], {}, true) }),
      "networks",
      "warning",
      /"Annexe" \(198\.51\.100\.0\/24\)/,
    ],
    [
      "a trusted place within the plan's",
      facts(SOME, {}, { ...practice, ...location("Annexe", ["192.0.2.128/25"], {}, true) }),
      "networks",
      "ok",
      /contradicts/,
    ],
    ["a place that nobody trusts", facts(SOME, {}, { ...practice, ...location("Annexe", ["198.51.100.0/24"]) }), "networks", "ok", /contradicts/],
    [
      "locations not known",
      facts(SOME, {}, { ...practice, resources: { ...OBSERVED.resources, "named-location": unknown("403") } }),
      "networks",
      "unread",
      /403/,
    ],
    ["without a plan", facts(undefined, {}, location("Annexe", ["198.51.100.0/24"], {}, true)), "networks", "ok", /"Annexe"; trusted: "Annexe"/],
  ]);
});

const ALL_CMDLETS = new Set([
  ..."Get-CASMailbox Get-CASMailboxPlan Get-TransportConfig Set-CASMailbox Set-CASMailboxPlan Set-TransportConfig".split(" "),
  ..."Get-AuthenticationPolicy Get-OrganizationConfig New-AuthenticationPolicy Set-AuthenticationPolicy Set-OrganizationConfig".split(" "),
]);

describe("mail", () => {
  const smtp = (smtpAuth: "on" | "off"): ResourceOf<"smtp-auth"> => ({ kind: "smtp-auth", id: "tenant", managed: false, settings: { smtpAuth } });
  const organization = (dehydrated: boolean): ResourceOf<"default-authentication-policy"> => ({
    kind: "default-authentication-policy",
    id: "tenant",
    managed: false,
    settings: { defaultPolicy: null, dehydrated },
  });
  const mail = (offered: ReadonlySet<string>, more: { readonly smtpAuth?: "on" | "off"; readonly dehydrated?: boolean } = {}): Partial<Facts> => ({
    mail: present({
      offered: present(offered),
      smtpAuth: present([smtp(more.smtpAuth ?? "on")]),
      organization: present([organization(more.dehydrated === true)]),
    }),
  });
  const refused: Partial<Facts> = {
    mail: present({
      offered: { type: "unknown", because: "401", denied: true },
      smtpAuth: { type: "unknown", because: "401", denied: true },
      organization: { type: "unknown", because: "401", denied: true },
    }),
  };
  const without = (cmdlet: string): ReadonlySet<string> => new Set([...ALL_CMDLETS].filter((name) => name !== cmdlet));
  told([
    ["all offered", facts(MAIL, mail(ALL_CMDLETS)), "protocols", "ok", /can be switched/],
    ...[...ALL_CMDLETS].map(
      (cmdlet): Case => [`${cmdlet} not offered`, facts(MAIL, mail(without(cmdlet))), "protocols", "problem", new RegExp(`does not offer ${cmdlet} `)],
    ),
    ["refused, and the plan needs it", facts(MAIL, refused), "protocols", "problem", /the plan is about mailboxes/],
    ["refused, without a plan", facts(undefined, refused), "protocols", "note", /only a plan with turnOff/],
    [
      "failed",
      facts(MAIL, { mail: present({ offered: unknown("503"), smtpAuth: unknown("503"), organization: unknown("503") }) }),
      "protocols",
      "unread",
      /503/,
    ],
    ["nobody has customised it", facts(MAIL, mail(ALL_CMDLETS, { dehydrated: true })), "organization", "problem", /Enable-OrganizationCustomization/],
    ["SMTP AUTH on", facts(MAIL, mail(ALL_CMDLETS)), "smtp-auth", "warning", /is on: .*end of December 2026.*second half of 2027/],
    ["SMTP AUTH off", facts(MAIL, mail(ALL_CMDLETS, { smtpAuth: "off" })), "smtp-auth", "ok", /is off.*end of December 2026/],
    ["SMTP AUTH not asked", facts(SOME), "smtp-auth", "note", /end of December 2026.*not read/],
  ]);
  test("a plan without blockBasic does not ask whether it was customised, and one about no mail asks nothing", () => {
    expect(linesOf(facts(undefined, mail(ALL_CMDLETS, { dehydrated: true })), "organization")).toEqual([]);
    expect(linesOf(facts(SOME), "protocols")).toEqual([]);
  });
});

describe("earlier runs", () => {
  const run = (id: string, more: Partial<Run> = {}, plan = "p", tenant = TENANT): Run => ({
    id,
    start: {
      type: "start",
      at: MOMENT,
      run: id,
      schema: 1,
      toolVersion: "0.1.0",
      plan: { id: plan, name: "P", file: "plan.yaml" },
      tenant,
      asOf: MOMENT,
      hash: "0",
      phases: [],
      allowed: [],
    },
    steps: [],
    settled: [],
    end: { at: MOMENT, exit: 0 },
    ...more,
  });
  const { end: _end, ...cut } = run("cut");
  const journals = (...runs: readonly Run[]): Partial<Facts> => ({ journals: { runs, damaged: [] } });
  told([
    ["none", facts(SOME), "journals", "ok", /no run of this plan/],
    ["whole ones", facts(SOME, journals(run("1"), run("2"))), "journals", "ok", /2 runs known.*the last is 2/],
    ["one that was cut", facts(SOME, journals(run("1"), cut)), "journals", "warning", /1 run \(cut\) has no end/],
    [
      "one of another plan that was cut",
      facts(SOME, journals({ ...cut, start: { ...cut.start, plan: { id: "q", name: "Q", file: "q.yaml" } } })),
      "journals",
      "ok",
      /no run of this plan/,
    ],
    [
      "one of another plan that was cut, without a plan",
      facts(undefined, journals({ ...cut, start: { ...cut.start, plan: { id: "q", name: "Q", file: "q.yaml" } } })),
      "journals",
      "warning",
      /has no end/,
    ],
    ["one in another tenant that was cut", facts(SOME, journals({ ...cut, start: { ...cut.start, tenant: "7" } })), "journals", "ok", /no run of this plan/],
    [
      "one that cannot be read",
      facts(SOME, { journals: { runs: [run("1")], damaged: [{ id: "x", file: "x.jsonl", because: "line 2: no" }] } }),
      "journals",
      "problem",
      /x\.jsonl: line 2: no/,
    ],
  ]);
});

test("a token that tells nothing is no want of a right", () => {
  expect(linesOf(facts(SOME), "reading").map(({ verdict }) => verdict)).toEqual(["note"]);
  expect(linesOf(facts(SOME), "writing")).toEqual([]);
});

test("the summary counts every line", () => {
  const { lines, summary } = doctorDocument(facts(SOME), "2026-11-20T09:00:00Z");
  expect(Object.values(summary).reduce((sum, count) => sum + count, 0)).toBe(lines.length);
  expect(summary.note).toBe(lines.filter(({ verdict }) => verdict === "note").length);
});
