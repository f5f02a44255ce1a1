import { describe, expect, test } from "vitest";
import type { Change, Finding } from "../../../src/core/changes.ts";
import type { GuardInput } from "../../../src/core/guards/guard.ts";
import { checkGuards } from "../../../src/core/guards/index.ts";
import { lockOut, madeWorse } from "../../../src/core/guards/lock-out.ts";
import { type Access, NOT_ASKED, type Observed } from "../../../src/core/observed.ts";
import type { AllowableMethod } from "../../../src/core/plan/plan.ts";
import {
  type AuthenticationMethodsSettings,
  absent,
  GLOBAL_ADMINISTRATOR,
  type LiveAccount,
  type LookedUp,
  type PolicySettings,
  type PolicyUsers,
  present,
  type ResourceOf,
  TENANT_KEY,
  unknown,
} from "../../../src/core/tenant.ts";
import {
  ACCESS,
  change,
  diff,
  E1,
  E2,
  emergency,
  foreign,
  group,
  HEADS_GROUP,
  id,
  input,
  LOCATION,
  locationSettings,
  observed,
  policy,
  policyChange,
  policySettings,
  told,
  users,
} from "./world.ts";

const OTHER = id(0x500);
const ADMIN = id(0x10);

const admin = (fields: Partial<LiveAccount> = {}, address = "admin.ada@county.example"): LookedUp => ({
  address,
  account: present({
    id: ADMIN,
    enabled: true,
    synced: false,
    guest: false,
    invited: false,
    federated: present(false),
    roles: present([GLOBAL_ADMINISTRATOR]),
    groups: present([]),
    methods: present(["password", "microsoftAuthenticator"]),
    ...fields,
  }),
});

const PLACE: ResourceOf<"named-location"> = { kind: "named-location", id: LOCATION, managed: false, settings: locationSettings({ name: "Schools" }) };
const ABROAD: ResourceOf<"named-location"> = {
  kind: "named-location",
  id: id(0x301),
  managed: false,
  settings: locationSettings({ name: "Home", sort: "country", ranges: ["GB", "IE"], other: { includeUnknownCountriesAndRegions: true } }),
};

type World = {
  readonly policies?: readonly Partial<PolicySettings>[];
  /** Ours, beside them. */
  readonly own?: Partial<PolicySettings>;
  readonly one?: Partial<LiveAccount>;
  readonly two?: Partial<LiveAccount>;
  readonly administrators?: readonly LookedUp[];
  readonly access?: Partial<Access>;
  readonly changes?: readonly Change[];
  readonly seen?: Partial<Observed>;
};

const world = ({ policies = [], own = {}, one, two, administrators = [], access = {}, changes = [], seen = {} }: World = {}): GuardInput =>
  input({
    observed: observed({
      resources: {
        ...NOT_ASKED,
        "cohort-group": present([group()]),
        "named-location": present([PLACE, ABROAD]),
        "conditional-access": present([policy(own), ...policies.map((fields, number) => foreign(fields, 0x900 + number))]),
      },
      emergency: [emergency(1, one), emergency(2, two)],
      access: present({ ...ACCESS, administrators: present({ looked: administrators, unlooked: 0 }), ...access }),
      ...seen,
    }),
    diff: diff(changes),
  });

const NOBODY_OUT: { readonly exclude: PolicyUsers } = { exclude: users() };
const BLOCK = { operator: "or", controls: ["block"], strength: null } as const;
const RESISTANT = { operator: "and", controls: [], strength: "00000000-0000-0000-0000-000000000004" } as const;
const CUSTOM = id(0x800);
const APP_ONLY: Access["strengths"] = present(new Map([[CUSTOM, { name: "The app", combinations: ["password,microsoftAuthenticatorPush"], narrowed: [] }]]));
const NARROWED: Access["strengths"] = present(new Map([[CUSTOM, { name: "Our keys", combinations: ["fido2"], narrowed: ["fido2"] }]]));

const methodsWith = (states: { readonly [method in AllowableMethod]?: "on" | "off" }, fields: Partial<AuthenticationMethodsSettings> = {}) => {
  if (ACCESS.methods.type !== "present") throw new Error("the world has methods");
  const { methods } = ACCESS.methods.value;
  const changed = Object.entries(states).flatMap(([method, state]) => {
    const own = methods[method];
    return own === undefined ? [] : [[method, { ...own, state }] as const];
  });
  return { ...ACCESS.methods.value, methods: { ...methods, ...Object.fromEntries(changed) }, ...fields };
};

/** The methods phase: what is allowed before, and what after. */
const allowing = (before: AuthenticationMethodsSettings, after: AuthenticationMethodsSettings): Pick<World, "changes" | "seen" | "access"> => ({
  access: { methods: present(before) },
  changes: [change({ kind: "authentication-methods", key: TENANT_KEY, action: "update", id: "authenticationMethodsPolicy", before, after })],
});

const withMethods = (given: GuardInput, settings: AuthenticationMethodsSettings): GuardInput => {
  const resources: Observed["resources"] = {
    ...given.observed.resources,
    "authentication-methods": present([{ kind: "authentication-methods", id: "authenticationMethodsPolicy", managed: false, settings }]),
  };
  return input({ observed: { ...given.observed, resources }, diff: given.diff });
};

const membersChange = (members: NonNullable<Change["members"]>): Change =>
  change({ kind: "cohort-group", key: "heads", action: "update", id: HEADS_GROUP, before: group().settings, after: group().settings, members });

const ADA = "admin.ada@county.example";
const [ONE, TWO] = ["emergency-1@county.example", "emergency-2@county.example"];

type Want = readonly [verdict: Finding["verdict"], words: RegExp, accounts?: readonly string[]];
type Row = readonly [name: string, given: GuardInput, ...want: readonly Want[]];

const TEXT = { methods: present(["password", "phone"]) };

const ROWS: readonly Row[] = [
  [
    "all well",
    world(),
    [
      "go",
      /^emergency-1@county\.example \(passkey\) and emergency-2@county\.example \(passkey\) get into the admin centre and Microsoft Graph, from any address$/,
    ],
  ],
  [
    "all well, with changes and administrators",
    world({
      administrators: [admin(), admin({ id: id(0x11), methods: present(["password"]) }, "admin.bo@county.example")],
      changes: [policyChange({ state: "off" })],
    }),
    ["go", /Graph before, during and after, from any address; so do 1 of 2 other administrators$/],
  ],
  ["the other administrator as well", world({ administrators: [admin()] }), ["go", /; the other administrator does as well$/]],
  [
    "some were not looked at",
    world({ access: { administrators: present({ looked: [admin()], unlooked: 7 }) } }),
    ["go", /the other administrator does as well \(7 more were not looked at\)$/],
  ],
  ["administrators unread", world({ access: { administrators: unknown("403") } }), ["go", /; who else is an administrator could not be read: 403$/]],
  ["not asked for", input({ observed: observed({ access: absent }) })],
  [
    "nobody looked",
    input({ observed: { ...observed(), access: unknown("503") } }),
    ["unclear", /^which methods .*emergency-1.* may use is not known: 503; two administrators must get in/, [ONE, TWO]],
    ["unclear", /who is signed in to this tool.* is not known: 503/],
  ],

  // ---- policies
  [
    "a foreign block of everybody",
    world({ policies: [{ ...NOBODY_OUT, grant: BLOCK }], administrators: [admin()] }),
    [
      "stop",
      /^the policy "Old: MFA for all" \(.*900\) blocks emergency-1@county\.example, emergency-2@county\.example and admin\.ada@county\.example in the admin centre: .*all users.*; two administrators must get in at any time, one of them an emergency account, and that is certain of nobody$/,
      [ONE, TWO, ADA],
    ],
  ],
  ["that is for old programs alone", world({ policies: [{ ...NOBODY_OUT, grant: BLOCK, clients: ["activesync", "legacy"] }] }), ["go", /get into/]],
  ["that is in report-only", world({ policies: [{ ...NOBODY_OUT, grant: BLOCK, state: "report-only" }] }), ["go", /get into/]],
  [
    "that is for another app",
    world({ policies: [{ ...NOBODY_OUT, grant: BLOCK, apps: { include: [id(0x70)], exclude: [], userActions: [] } }] }),
    ["go", /get into/],
  ],
  [
    "that is for Graph through a client",
    world({ policies: [{ ...NOBODY_OUT, grant: BLOCK, clients: ["mobile-and-desktop"] }] }),
    ["stop", /blocks emergency-1.* in Microsoft Graph: /],
  ],
  [
    "one of them is left out, and an administrator",
    world({ policies: [{ exclude: users({ users: [E1, ADMIN] }), grant: BLOCK }], administrators: [admin()] }),
    ["go", /^emergency-1@county\.example \(passkey\) and admin\.ada@county\.example \(app\) get into/],
  ],
  [
    "one of them is left out, and nobody else",
    world({ policies: [{ exclude: users({ users: [E1] }), grant: BLOCK }] }),
    ["stop", /blocks emergency-2@county\.example .*certain only of emergency-1@county\.example \(passkey\)$/, [TWO]],
  ],
  [
    "only administrators are left out",
    world({
      policies: [{ exclude: users({ users: [ADMIN, id(0x11)] }), grant: BLOCK }],
      administrators: [admin(), admin({ id: id(0x11) }, "admin.bo@county.example")],
    }),
    ["stop", /blocks emergency-1.* and emergency-2/, [ONE, TWO]],
  ],
  ["MFA of everybody is met", world({ policies: [NOBODY_OUT] }), ["go", /get into/]],
  [
    "a role catches the emergency accounts",
    world({ policies: [{ include: users({ roles: [GLOBAL_ADMINISTRATOR] }), ...NOBODY_OUT, grant: BLOCK }] }),
    ["stop", /blocks .*the role Global Administrator|blocks .*role Global Administrator/, [ONE, TWO]],
  ],
  [
    "left out by a group that it is no longer in",
    world({ policies: [{ exclude: users({ groups: [OTHER] }), grant: BLOCK }], one: { groups: present([OTHER]) } }),
    ["stop", /blocks emergency-2@/, [TWO]],
  ],
  [
    "left out by a group that nobody could read",
    world({ policies: [{ exclude: users({ groups: [OTHER] }), grant: BLOCK }], one: { groups: unknown("403") }, two: { groups: unknown("403") } }),
    ["unclear", /^whether the policy "Old: MFA for all" .* keeps .* out of .* is not known: .*403; it blocks/, [ONE, TWO]],
  ],
  [
    "a strength that nobody meets",
    world({ policies: [{ ...NOBODY_OUT, grant: RESISTANT }], one: TEXT, two: TEXT, administrators: [admin()] }),
    [
      "stop",
      /asks emergency-1.* for the strength "Phishing resistant MFA" in .*, and what they have registered and may use does not meet it \(text, call and app\)/,
      [ONE, TWO, ADA],
    ],
  ],
  ["a strength that passkeys meet", world({ policies: [{ ...NOBODY_OUT, grant: RESISTANT }] }), ["go", /get into/]],
  [
    "a strength of the tenant's own",
    world({ policies: [{ ...NOBODY_OUT, grant: { ...RESISTANT, strength: CUSTOM } }], access: { strengths: APP_ONLY } }),
    ["stop", /the strength "The app" .* does not meet it \(passkey\)/],
  ],
  [
    "a strength for certain keys",
    world({ policies: [{ ...NOBODY_OUT, grant: { ...RESISTANT, strength: CUSTOM } }], access: { strengths: NARROWED } }),
    ["unclear", /the strength "Our keys" .*nobody can say whether they can do that/],
  ],
  [
    "a strength that nobody could read",
    world({ policies: [{ ...NOBODY_OUT, grant: { ...RESISTANT, strength: CUSTOM } }], access: { strengths: unknown("503") } }),
    ["unclear", /nobody can say whether they can do that/],
  ],
  [
    "a device that nobody can vouch for",
    world({ policies: [{ ...NOBODY_OUT, grant: { operator: "and", controls: ["compliantDevice", "mfa"], strength: null } }] }),
    ["unclear", /for a compliant device and MFA in/],
  ],
  [
    "that device, or MFA",
    world({ policies: [{ ...NOBODY_OUT, grant: { operator: "or", controls: ["compliantDevice", "mfa"], strength: null } }] }),
    ["go", /get into/],
  ],
  [
    "a block at a risk that nobody can rule out",
    world({ policies: [{ ...NOBODY_OUT, grant: BLOCK, other: { conditions: { signInRiskLevels: ["high"] } } }] }),
    ["unclear", /is not known: .*; it blocks/],
  ],
  [
    "a condition that is new to us",
    world({ policies: [{ ...NOBODY_OUT, grant: BLOCK, other: { conditions: { moon: "full" } } }] }),
    ["unclear", /is not known/],
  ],
  [
    "policies unread",
    world({ seen: { resources: { ...observed().resources, "conditional-access": unknown("429") } } }),
    ["unclear", /whether a policy keeps .* out is not known: 429/],
  ],

  // ---- places
  [
    "everything outside the network is blocked",
    world({ policies: [{ ...NOBODY_OUT, grant: BLOCK, locations: { include: ["all"], exclude: [LOCATION] } }], administrators: [admin()] }),
    ["stop", /blocks emergency-1/, [ONE, TWO, ADA]],
  ],
  [
    "administrators at the network only",
    world({ policies: [{ grant: BLOCK, locations: { include: ["all"], exclude: [LOCATION] } }], administrators: [admin()] }),
    ["go", /; the other administrator does not; admin\.ada@county\.example only from inside "Schools"$/],
  ],
  [
    "that network is deleted on the way",
    world({
      policies: [{ grant: BLOCK, locations: { include: ["all"], exclude: [LOCATION] } }],
      administrators: [admin()],
      changes: [change({ kind: "named-location", key: "schools", action: "delete", id: LOCATION, before: PLACE.settings })],
    }),
    ["go", /; the other administrator does not$/],
  ],
  [
    "a country block",
    world({ policies: [{ ...NOBODY_OUT, grant: BLOCK, locations: { include: ["all"], exclude: [ABROAD.id] } }] }),
    ["stop", /blocks .* in the admin centre.*, from some countries: /],
  ],
  [
    "a block of some countries",
    world({ policies: [{ ...NOBODY_OUT, grant: BLOCK, locations: { include: [ABROAD.id], exclude: [] } }] }),
    ["stop", /from some countries/],
  ],
  [
    "locations unread",
    world({
      policies: [{ ...NOBODY_OUT, grant: BLOCK, locations: { include: [LOCATION], exclude: [] } }],
      seen: {
        resources: {
          ...NOT_ASKED,
          "cohort-group": present([group()]),
          "named-location": unknown("503"),
          "conditional-access": present([foreign({ ...NOBODY_OUT, grant: BLOCK, locations: { include: [LOCATION], exclude: [] } })]),
        },
      },
    }),
    ["unclear", /is not known: .*503/],
  ],

  // ---- on the way
  [
    "one of ours that is switched on, and leaves nobody out",
    world({
      own: { state: "report-only" },
      changes: [policyChange({ state: "report-only" }, { include: users({ all: true }), exclude: users(), grant: BLOCK })],
    }),
    ["stop", /^the policy "MFA: heads" .* would block emergency-1/, [ONE, TWO]],
  ],
  [
    "one that keeps them out today, and will not any more",
    world({
      own: { include: users({ all: true }), exclude: users(), grant: BLOCK },
      changes: [policyChange({ include: users({ all: true }), exclude: users(), grant: BLOCK }, {})],
    }),
    ["go", /"MFA: heads" .* blocks emergency-1.*; the change of "MFA: heads" mends that: afterwards .*\(passkey\) get in$/],
  ],
  [
    "they join what is blocked",
    world({ own: { exclude: users(), grant: BLOCK }, changes: [membersChange({ added: [E1, E2], removed: [] })] }),
    ["stop", /"MFA: heads" .* blocks|would block/, [ONE, TWO]],
  ],
  [
    "they leave what leaves them out",
    world({
      policies: [{ exclude: users({ groups: [HEADS_GROUP] }), grant: BLOCK }],
      one: { groups: present([HEADS_GROUP]) },
      two: { groups: present([HEADS_GROUP]) },
      changes: [membersChange({ added: [], removed: [E1, E2] })],
    }),
    ["stop", /would block/, [ONE, TWO]],
  ],
  [
    "they leave it in the same moment as the policy goes",
    world({
      own: { include: users({ all: true }), exclude: users({ groups: [HEADS_GROUP] }), grant: BLOCK },
      one: { groups: present([HEADS_GROUP]) },
      two: { groups: present([HEADS_GROUP]) },
      changes: [
        membersChange({ added: [], removed: [E1, E2] }),
        policyChange({ include: users({ all: true }), exclude: users({ groups: [HEADS_GROUP] }), grant: BLOCK }, { state: "off" }),
      ],
    }),
    ["stop", /would block/, [ONE, TWO]],
  ],
  [
    "they stay in what leaves them out",
    world({
      policies: [{ exclude: users({ groups: [HEADS_GROUP] }), grant: BLOCK }],
      one: { groups: present([HEADS_GROUP]) },
      two: { groups: present([HEADS_GROUP]) },
      changes: [membersChange({ added: [id(0x77)], removed: [] })],
    }),
    ["go", /get into/],
  ],
  [
    "what leaves them out becomes a group by a rule",
    world({
      policies: [{ exclude: users({ groups: [HEADS_GROUP] }), grant: BLOCK }],
      one: { groups: present([HEADS_GROUP]) },
      two: { groups: present([HEADS_GROUP]) },
      changes: [
        change({
          kind: "cohort-group",
          key: "heads",
          action: "update",
          id: HEADS_GROUP,
          before: group().settings,
          after: { ...group().settings, dynamic: { rule: "(user.department -eq 1)", processing: "on" } },
        }),
      ],
    }),
    ["stop", /would block/, [ONE, TWO]],
  ],
  [
    "the group that leaves them out is deleted",
    world({
      policies: [{ exclude: users({ groups: [HEADS_GROUP] }), grant: BLOCK }],
      one: { groups: present([HEADS_GROUP]) },
      two: { groups: present([HEADS_GROUP]) },
      changes: [change({ kind: "cohort-group", key: "heads", action: "delete", id: HEADS_GROUP, before: group().settings })],
    }),
    ["stop", /would block/, [ONE, TWO]],
  ],
  [
    "a network that lets them in shrinks",
    world({
      policies: [{ ...NOBODY_OUT, grant: BLOCK, locations: { include: [ABROAD.id], exclude: [] } }],
      seen: {},
      changes: [
        change({
          kind: "named-location",
          key: "home",
          action: "update",
          id: ABROAD.id,
          before: ABROAD.settings,
          after: { ...ABROAD.settings, ranges: ["FR"] },
        }),
      ],
    }),
    ["stop", /from some countries/, [ONE, TWO]],
  ],

  // ---- means
  [
    "a password alone",
    world({ one: { methods: present(["password"]) } }),
    ["stop", /emergency-1@county\.example cannot get in: nothing that they have registered/, [ONE]],
  ],
  [
    "passes alone",
    world({ one: { methods: present(["temporaryAccessPass"]) }, two: { methods: present(["temporaryAccessPass"]) } }),
    ["stop", /cannot get in/, [ONE, TWO]],
  ],
  ["methods unread", world({ one: { methods: unknown("403") } }), ["unclear", /^with what emergency-1@county\.example could sign in is not known: 403/, [ONE]]],
  ["what is allowed unread", world({ access: { methods: unknown("403") } }), ["unclear", /^which methods .* may use is not known: 403/, [ONE, TWO]]],
  [
    "what they have is not allowed",
    world({ access: { methods: present(methodsWith({ passkey: "off" })) } }),
    ["stop", /cannot get in: nothing that they have registered, and may use/, [ONE, TWO]],
  ],
  [
    "what they have may be allowed elsewhere",
    world({ one: TEXT, two: TEXT, access: { methods: present(methodsWith({ text: "off", call: "off" }, { migration: "in-progress" })) } }),
    ["unclear", /until the migration is complete/, [ONE, TWO]],
  ],
  [
    "the methods phase takes the last method",
    withMethods(
      world({ one: TEXT, two: TEXT, administrators: [admin(TEXT)], ...allowing(methodsWith({ call: "off" }), methodsWith({ call: "off", text: "off" })) }),
      methodsWith({ call: "off" }),
    ),
    ["stop", /^the change of methods would take from .*emergency-1.* the last one with which they get in/, [ONE, TWO, ADA]],
  ],
  [
    "the methods phase takes one and gives another",
    withMethods(
      world({
        one: { methods: present(["phone", "microsoftAuthenticator"]) },
        two: { methods: present(["phone", "microsoftAuthenticator"]) },
        ...allowing(methodsWith({ app: "off", call: "off" }), methodsWith({ call: "off", text: "off" })),
      }),
      methodsWith({ app: "off", call: "off" }),
    ),
    ["go", /get into/],
  ],
  [
    "a strength that was met, and is not by what comes instead",
    withMethods(
      world({
        policies: [{ ...NOBODY_OUT, grant: RESISTANT }],
        one: { methods: present(["fido2", "microsoftAuthenticator"]) },
        two: { methods: present(["fido2", "microsoftAuthenticator"]) },
        ...allowing(methodsWith({}), methodsWith({ passkey: "off" })),
      }),
      methodsWith({}),
    ),
    ["stop", /would ask .* for the strength "Phishing resistant MFA" .* does not meet it \(app\)/, [ONE, TWO]],
  ],

  // ---- the accounts themselves: what is wrong is told elsewhere, that they do not count is told here
  [
    "one is disabled",
    world({ one: { enabled: false } }),
    ["stop", /^two administrators must get in.*certain only of emergency-2@county\.example \(passkey\)$/],
  ],
  [
    "one is disabled, and there is another administrator",
    world({ one: { enabled: false }, administrators: [admin()] }),
    ["go", /^emergency-2@county\.example \(passkey\) and admin\.ada@county\.example \(app\) get into/],
  ],
  [
    "both are synced",
    world({ one: { synced: true }, two: { synced: true }, administrators: [admin()] }),
    ["stop", /certain only of admin\.ada@county\.example \(app\)/],
  ],
  ["one is federated", world({ one: { federated: present(true) } }), ["stop", /certain only of emergency-2/]],
  ["one may be federated", world({ one: { federated: unknown("403") } }), ["unclear", /certain only of emergency-2/]],
  ["one is no administrator", world({ one: { roles: present([]) } }), ["stop", /certain only of emergency-2/]],
  ["of one the roles are unread", world({ one: { roles: unknown("403") } }), ["unclear", /certain only of emergency-2/]],
  ["one is gone", world({ seen: { emergency: [{ address: ONE, account: absent }, emergency(2)] } }), ["stop", /certain only of emergency-2/]],
  ["one account under two names", world({ two: { id: E1 } }), ["stop", /certain only of/]],
  [
    "one named nowhere in the plan does not count",
    world({ seen: { emergency: [emergency(1), { ...emergency(2), address: "stray@county.example" }] } }),
    ["stop", /certain only of emergency-1/],
  ],
  [
    "one is disabled, and who else there is could not be read",
    world({ one: { enabled: false }, access: { administrators: unknown("403") } }),
    ["unclear", /certain only of emergency-2.*; who else is an administrator could not be read: 403/],
  ],

  // ---- whoever works with the tool
  ["the operator gets in", world({ access: { operator: present(admin()) } }), ["go", /get into/]],
  [
    "nobody knows who works with the tool",
    world({ access: { operator: unknown("500") } }),
    ["go", /get into/],
    ["unclear", /^who is signed in to this tool.*: 500$/],
  ],
  [
    "the operator could not be looked up",
    world({ access: { operator: present({ address: ADA, account: unknown("404") }) } }),
    ["go", /get into/],
    ["unclear", /admin\.ada@county\.example could not be looked up: 404/],
  ],
  [
    "the operator has nothing, and is asked now",
    world({
      own: { state: "off" },
      access: { operator: present(admin({ methods: present(["password"]), groups: present([HEADS_GROUP]) })) },
      changes: [policyChange({ state: "off" }, {})],
    }),
    ["go", /get into/],
    ["stop", /^the policy "MFA: heads" .* would ask admin\.ada@county\.example for MFA .*: this is the account that you are signed in with$/, [ADA]],
  ],
  [
    "the operator has nothing, and was asked before",
    world({
      policies: [NOBODY_OUT],
      access: { operator: present(admin({ methods: present(["password"]) })) },
      changes: [membersChange({ added: [id(0x77)], removed: [] })],
    }),
    ["go", /get into/],
  ],
  [
    "the operator is blocked now",
    world({
      own: { state: "off" },
      access: { operator: present(admin()) },
      changes: [policyChange({ state: "off" }, { include: users({ all: true }), grant: BLOCK })],
    }),
    ["go", /get into/],
    ["stop", /would block admin\.ada/, [ADA]],
  ],
  [
    "the operator is blocked now, and not in the network",
    world({
      own: { state: "off" },
      access: { operator: present(admin()) },
      changes: [policyChange({ state: "off" }, { include: users({ all: true }), grant: BLOCK, locations: { include: ["all"], exclude: [LOCATION] } })],
    }),
    ["go", /; admin\.ada@county\.example only from inside "Schools"$/],
  ],
  [
    "the operator loses the last method",
    withMethods(
      world({
        access: { operator: present(admin(TEXT)) },
        ...{ changes: allowing(methodsWith({ call: "off" }), methodsWith({ call: "off", text: "off" })).changes ?? [] },
      }),
      methodsWith({ call: "off" }),
    ),
    ["go", /get into/],
    ["stop", /^the change of methods would take from admin\.ada/, [ADA]],
  ],
  [
    "security defaults come on, and the operator has nothing",
    world({
      access: { operator: present(admin({ methods: present(["password"]) })) },
      seen: {
        resources: {
          ...observed().resources,
          "security-defaults": present([{ kind: "security-defaults", id: "sd", managed: false, settings: { enabled: false } }]),
        },
      },
      changes: [change({ kind: "security-defaults", key: TENANT_KEY, action: "update", id: "sd", before: { enabled: false }, after: { enabled: true } })],
    }),
    ["go", /get into/],
    ["stop", /^security defaults would ask admin\.ada@county\.example for MFA/, [ADA]],
  ],
  [
    "the operator's own state asks now",
    world({
      access: { operator: present(admin({ methods: present(["password"]) })) },
      changes: [
        change({
          kind: "per-user-mfa",
          key: "heads",
          action: "update",
          after: { perUser: "enforced" },
          states: { to: "enforced", accounts: [{ id: ADMIN, before: "disabled" }] },
        }),
      ],
    }),
    ["go", /get into/],
    ["stop", /^per-user MFA would ask admin\.ada/, [ADA]],
  ],
];

const asCases = (rows: readonly Row[]) => rows.map(([name, given, ...want]) => ({ name, given, want }));

test.each(asCases(ROWS))("$name", ({ given, want }) => {
  const findings = lockOut.check(given);
  expect(told(findings), findings.map(({ detail }) => detail).join("\n")).toHaveLength(want.length);
  for (const [place, [verdict, words, accounts]] of want.entries()) {
    const found = findings[place];
    expect(found?.verdict, found?.detail).toBe(verdict);
    expect(found?.detail).toMatch(words);
    expect(found).toMatchObject({ guard: "lock-out", allowable: false });
    // Whoever reads a stop is told the way out; nothing but everything is held back.
    expect(found?.hint === undefined).toBe(verdict === "go");
    expect(found?.holds).toBeUndefined();
    if (accounts !== undefined) expect(found?.accounts).toEqual(accounts);
  }
});

describe("what mends a lock-out is made first and alone", () => {
  const block = { include: users({ all: true }), exclude: users(), grant: BLOCK };
  const place = change({ kind: "named-location", key: "schools", action: "create", after: locationSettings() });
  const made = change({ kind: "conditional-access", key: "mfa-all", action: "create", after: policySettings({ name: "Another" }) });

  test("a policy of ours", () => {
    const [found, ...more] = lockOut.check(world({ own: block, changes: [policyChange(block, {}), place, made] }));
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      verdict: "stop",
      detail: expect.stringMatching(/blocks emergency-1.*the change of "MFA: heads" mends that, and is made first and alone$/),
    });
    expect(found?.holds).toEqual([
      { kind: "named-location", key: "schools" },
      { kind: "conditional-access", key: "mfa-all" },
    ]);
  });

  test("what it stands on goes with it", () => {
    const members = membersChange({ added: [id(0x77)], removed: [] });
    const [found] = lockOut.check(world({ own: block, changes: [members, policyChange(block, {}), made] }));
    expect(found?.holds).toEqual([{ kind: "conditional-access", key: "mfa-all" }]);
  });

  test("methods that are to be allowed again are no way in yet", () => {
    const [before, after] = [methodsWith({ passkey: "off" }), methodsWith({})];
    const { changes = [] } = allowing(before, after);
    const [found] = lockOut.check(withMethods(world({ access: { methods: present(before) }, changes }), before));
    expect(found).toMatchObject({ verdict: "stop", hint: expect.stringMatching(/let them use what they have/) });
    expect(found?.holds).toBeUndefined();
  });

  test("nothing else is any good: then it is a stop for everything", () => {
    const [found] = lockOut.check(world({ policies: [block], own: block, changes: [policyChange(block, {}), made] }));
    expect(found).toMatchObject({ verdict: "stop" });
    expect(found?.holds).toBeUndefined();
  });
});

describe("a way back", () => {
  const block = { include: users({ all: true }), exclude: users(), grant: BLOCK };
  const rows: readonly Row[] = [
    ["all well", world({ changes: [policyChange({}, { state: "off" })] }), ["go", /get into/]],
    [
      "switches on what keeps everybody out",
      world({ own: { ...block, state: "off" }, changes: [policyChange({ ...block, state: "off" }, block)] }),
      ["stop", /would block/, [ONE, TWO]],
    ],
    ["out of a lock-out, as far as it goes", world({ policies: [block], own: block, changes: [policyChange(block, { ...block, state: "off" })] })],
    [
      "deeper into one",
      world({ policies: [block], own: { ...block, state: "off" }, changes: [policyChange({ ...block, state: "off" }, block)] }),
      ["stop", /"MFA: heads"/, [ONE, TWO]],
    ],
    ["nobody asked", input({ observed: observed({ access: absent }) })],
  ];
  test.each(asCases(rows))("$name", ({ given, want }) => {
    const findings = madeWorse(given);
    expect(told(findings)).toHaveLength(want.length);
    for (const [place, [verdict, words, accounts]] of want.entries()) {
      expect(findings[place]).toMatchObject({ verdict, detail: expect.stringMatching(words), ...(accounts !== undefined && { accounts }) });
    }
  });
});

test("it is told with every dry run, right after the emergency accounts", () => {
  expect(
    checkGuards(world())
      .slice(0, 2)
      .map(({ guard }) => guard),
  ).toEqual(["emergency-accounts", "lock-out"]);
});

test("a policy that is made in the same run is looked at with the network that is made for it", () => {
  const made = change({
    kind: "conditional-access",
    key: "mfa-all",
    action: "create",
    after: policySettings({
      include: users({ all: true }),
      exclude: users(),
      grant: BLOCK,
      locations: { include: ["all"], exclude: ["@named-location/schools"] },
    }),
  });
  const place = change({ kind: "named-location", key: "schools", action: "create", after: locationSettings() });
  expect(told(lockOut.check(world({ changes: [place, made] })))).toEqual([
    expect.stringMatching(/^stop: the policy "MFA: heads" .* would block .* in the admin centre/),
  ]);
});
