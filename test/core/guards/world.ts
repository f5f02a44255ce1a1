/** A small tenant and plan, in which every guard finds all well; a test changes one thing. */

import { applyChanges } from "../../../src/core/after.ts";
import type { Change, Desired, DesiredResource, Diff, Finding } from "../../../src/core/changes.ts";
import type { GuardInput } from "../../../src/core/guards/guard.ts";
import { IdIndex } from "../../../src/core/ids.ts";
import { markText, nameWithMark } from "../../../src/core/mark.ts";
import { type Access, NOT_ASKED, type Observed } from "../../../src/core/observed.ts";
import { ALLOWABLE_METHODS, type Cohort, type Phase, type Plan } from "../../../src/core/plan/plan.ts";
import { Roster, type Standing } from "../../../src/core/roster.ts";
import {
  absent,
  type CohortGroupSettings,
  type EmergencyAccount,
  GLOBAL_ADMINISTRATOR,
  type NamedLocationSettings,
  type ObjectId,
  type PolicySettings,
  type PolicyUsers,
  present,
  type ResourceOf,
} from "../../../src/core/tenant.ts";

export const id = (number: number): ObjectId => `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;

export const PLAN_ID = "county-2018";
const TENANT = id(0xfff);
/** 2018-11-19T00:00 in London. */
export const MOMENT = Date.parse("2018-11-19T00:00:00Z");
export const HEADS_GROUP = id(0x100);
export const HEADS_POLICY = id(0x200);
export const LOCATION = id(0x300);
export const E1 = id(1);
export const E2 = id(2);
const PLACE = { file: "county.yaml", line: 1, column: 1 };

export const cohort = (fields: Partial<Cohort> = {}): Cohort => ({
  name: "heads",
  slug: "heads",
  source: { type: "accounts", patterns: ["head@*"] },
  except: [],
  guests: "out",
  serviceAccounts: "out",
  place: PLACE,
  ...fields,
});

const phase: Phase = {
  id: "heads-web",
  title: "Head teachers, on the web",
  starts: { local: "2018-11-19T00:00", instant: MOMENT },
  requireMfa: { for: "heads", on: ["web"], apps: "all", outside: [] },
  place: PLACE,
};

export const plan = (fields: Partial<Plan> = {}): Plan => ({
  id: PLAN_ID,
  name: "County schools 2018",
  file: "county.yaml",
  timeZone: "Europe/London",
  mechanism: "conditional-access",
  windowMs: 7_200_000,
  emergencyAccounts: ["emergency-1@county.example", "emergency-2@county.example"],
  serviceAccounts: [],
  notOn: [],
  methods: { atLeast: 1, notCount: [] },
  cohorts: [cohort()],
  networks: [],
  phases: [phase],
  ...fields,
});

export const users = (fields: Partial<PolicyUsers> = {}): PolicyUsers => ({
  all: false,
  none: false,
  guests: false,
  users: [],
  groups: [],
  roles: [],
  ...fields,
});

export const policySettings = (fields: Partial<PolicySettings> = {}): PolicySettings => ({
  name: nameWithMark("MFA: heads", { plan: PLAN_ID, key: "mfa-heads" }),
  description: `${markText({ plan: PLAN_ID, key: "mfa-heads" })}. Made and kept by entra-rollout`,
  state: "on",
  include: users({ groups: [HEADS_GROUP] }),
  exclude: users({ users: [E1, E2] }),
  apps: { include: ["all"], exclude: [], userActions: [] },
  clients: ["browser"],
  locations: null,
  grant: { operator: "or", controls: ["mfa"], strength: null },
  signInFrequency: null,
  other: {},
  ...fields,
});

export const policy = (fields: Partial<PolicySettings> = {}, about: Partial<ResourceOf<"conditional-access">> = {}): ResourceOf<"conditional-access"> => ({
  kind: "conditional-access",
  id: HEADS_POLICY,
  mark: { plan: PLAN_ID, key: "mfa-heads" },
  settings: policySettings(fields),
  managed: false,
  ...about,
});

/** Somebody else's: for everyone, with the emergency accounts left out, unless told otherwise. */
export const foreign = (fields: Partial<PolicySettings> = {}, number = 0x900): ResourceOf<"conditional-access"> => ({
  kind: "conditional-access",
  id: id(number),
  settings: policySettings({ name: "Old: MFA for all", description: "", include: users({ all: true }), ...fields }),
  managed: false,
});

export const groupSettings: CohortGroupSettings = {
  name: "MFA rollout: heads",
  description: `${markText({ plan: PLAN_ID, key: "heads" })}. Made and kept by entra-rollout`,
};

export const group = (about: Partial<ResourceOf<"cohort-group">> = {}): ResourceOf<"cohort-group"> => ({
  kind: "cohort-group",
  id: HEADS_GROUP,
  mark: { plan: PLAN_ID, key: "heads" },
  settings: groupSettings,
  managed: false,
  ...about,
});

export const locationSettings = (fields: Partial<NamedLocationSettings> = {}): NamedLocationSettings => ({
  name: nameWithMark("schools", { plan: PLAN_ID, key: "schools" }),
  sort: "ip",
  trusted: false,
  ranges: ["192.0.2.0/24"],
  other: {},
  ...fields,
});

type Account = Extract<EmergencyAccount["account"], { readonly type: "present" }>["value"];

export const emergency = (number: 1 | 2, fields: Partial<Account> = {}): EmergencyAccount => ({
  address: `emergency-${number}@county.example`,
  account: present({
    id: number === 1 ? E1 : E2,
    enabled: true,
    synced: false,
    guest: false,
    invited: false,
    federated: present(false),
    roles: present([GLOBAL_ADMINISTRATOR]),
    groups: present([]),
    methods: present(["password", "fido2"]),
    ...fields,
  }),
});

/** Every method is for everybody, nobody else is an administrator, and an application works with the tool. */
export const ACCESS: Access = {
  administrators: present({ looked: [], unlooked: 0 }),
  operator: absent,
  methods: present({
    methods: Object.fromEntries(
      ALLOWABLE_METHODS.map((method) => [method, { state: "on" as const, include: { all: true, groups: [] }, exclude: [], other: {} }]),
    ),
    migration: "complete",
    other: {},
  }),
  strengths: absent,
};

/** `in` heads, ids from 0x1000 on, then whoever else is named. */
export const roster = (heads: number, others: readonly (readonly [ObjectId, string, Standing])[] = []): Roster => {
  const people = new Roster(["heads"]);
  const enabled = { enabled: true, guest: false, pupil: false };
  for (let at = 0; at < heads; at += 1) people.add(id(0x1000 + at), `head@school-${at}.county.example`, enabled, ["in"]);
  for (const [person, address, standing] of others) people.add(person, address, enabled, [standing]);
  return people;
};

export const heads = (count: number, from = 0): readonly ObjectId[] => Array.from({ length: count }, (_, at) => id(0x1000 + from + at));

export const observed = (fields: Partial<Observed> = {}): Observed => ({
  tenant: { id: TENANT, name: "County schools", practice: true },
  readAt: MOMENT,
  resources: { ...NOT_ASKED, "cohort-group": present([group()]), "named-location": present([]), "conditional-access": present([policy()]) },
  members: new Map([[HEADS_GROUP, present(IdIndex.of(heads(40)))]]),
  roster: present(roster(40)),
  registration: present({ refreshed: MOMENT - 3 * 3_600_000 }),
  licence: present({ p1: true, p2: false, studentSkus: [] }),
  securityDefaults: present(false),
  emergency: [emergency(1), emergency(2)],
  domains: present(new Map([["county.example", false], ...Array.from({ length: 100 }, (_, at) => [`school-${at}.county.example`, false] as const)])),
  access: present(ACCESS),
  remarks: [],
  ...fields,
});

export const wantedGroup: DesiredResource = {
  kind: "cohort-group",
  key: "heads",
  settings: groupSettings,
  phases: ["heads-web"],
  membership: { cohort: "heads", standing: "in", rule: "exact" },
};
export const wantedPolicy = (fields: Partial<PolicySettings> = {}): DesiredResource => ({
  kind: "conditional-access",
  key: "mfa-heads",
  settings: policySettings(fields),
  phases: ["heads-web"],
});

export const desired = (
  course: Desired["phases"][number]["course"] = "started",
  resources: readonly DesiredResource[] = [wantedGroup, wantedPolicy()],
): Desired => ({
  phases: [{ id: phase.id, title: phase.title, starts: phase.starts, course, cohorts: ["heads"] }],
  resources,
});

export const change = (fields: Partial<Change> & Pick<Change, "kind" | "key" | "action">): Change => ({
  name: fields.key,
  phases: ["heads-web"],
  mark: { plan: PLAN_ID, key: fields.key },
  fields: [],
  needs: [],
  ...fields,
});

/** The policy from `before` to what the plan wants. */
export const policyChange = (before: Partial<PolicySettings>, after: Partial<PolicySettings> = {}): Change =>
  change({
    kind: "conditional-access",
    key: "mfa-heads",
    action: "update",
    name: "MFA: heads",
    id: HEADS_POLICY,
    before: policySettings(before),
    after: policySettings(after),
  });

export const diff = (changes: readonly Change[] = [], fields: Partial<Diff> = {}): Diff => ({
  planId: PLAN_ID,
  tenantId: TENANT,
  changes,
  leftOver: [],
  doubles: [],
  unchanged: 0,
  hash: "0",
  ...fields,
});

export const input = (fields: Partial<GuardInput> = {}): GuardInput => {
  const seen = fields.observed ?? observed();
  const differs = fields.diff ?? diff();
  return {
    plan: plan(),
    moment: MOMENT,
    observed: seen,
    desired: desired(),
    diff: differs,
    after: applyChanges(seen, differs),
    history: undefined,
    attended: true,
    ...fields,
  };
};

/** `stop`, `go: words`: what a table can say shortly. */
export const told = (findings: readonly Finding[]): readonly string[] => findings.map(({ verdict, detail }) => `${verdict}: ${detail}`);
