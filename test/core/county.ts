/** A plan and a tenant in a few words, for the tests of what lies between them. */

import { applyChanges } from "../../src/core/after.ts";
import type { Desired, Diff } from "../../src/core/changes.ts";
import { type DesiredOptions, desiredAt } from "../../src/core/desired.ts";
import { type DiffOptions, diff } from "../../src/core/diff.ts";
import { IdIndex } from "../../src/core/ids.ts";
import { type Access, NOT_ASKED, type Observed } from "../../src/core/observed.ts";
import type { Cohort, Network, Phase, Plan, RequireMfa } from "../../src/core/plan/plan.ts";
import { progressOf } from "../../src/core/progress.ts";
import { Roster, type Standing } from "../../src/core/roster.ts";
import {
  absent,
  type EmergencyAccount,
  GLOBAL_ADMINISTRATOR,
  type Instant,
  type ObjectId,
  type PolicySettings,
  present,
  type Resource,
  type ResourceOf,
} from "../../src/core/tenant.ts";

export const PLACE = { file: "county.yaml", line: 1, column: 1 };

export const id = (number: number): ObjectId => `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;

export const at = (utc: string): Instant => Date.parse(utc.length === 10 ? `${utc}T00:00:00Z` : `${utc}Z`);

export const E1 = id(0xe1);
export const E2 = id(0xe2);

export const cohort = (name: string, fields: Partial<Cohort> = {}): Cohort => ({
  name,
  slug: name.replaceAll(" ", "-"),
  source: { type: "accounts", patterns: [`${name}@*`] },
  except: [],
  guests: "out",
  serviceAccounts: "out",
  place: PLACE,
  ...fields,
});

export const network = (name: string, ranges: readonly string[] = ["192.0.2.0/24"], trusted = false): Network => ({
  name,
  slug: name.replaceAll(" ", "-"),
  sort: "ip",
  ranges,
  trusted,
  place: PLACE,
});

export type PhaseWords = Partial<Omit<Phase, "requireMfa">> & { readonly require?: Partial<RequireMfa> };

export const moment = (utc: string): Phase["starts"] => ({ local: utc.length === 10 ? `${utc}T00:00` : utc, instant: at(utc) });

export const phase = (phaseId: string, starts: string, cohortName: string, on: RequireMfa["on"], fields: PhaseWords = {}): Phase => {
  const { require, ...rest } = fields;
  return {
    id: phaseId,
    title: phaseId,
    starts: moment(starts),
    requireMfa: { for: cohortName, on, apps: "all", outside: [], ...require },
    place: PLACE,
    ...rest,
  };
};

export const plan = (fields: Partial<Plan> = {}): Plan => ({
  id: "county-2018",
  name: "County schools 2018",
  file: "county.yaml",
  timeZone: "Europe/London",
  mechanism: "conditional-access",
  windowMs: 7_200_000,
  emergencyAccounts: ["emergency-1@county.example", "emergency-2@county.example"],
  serviceAccounts: [],
  notOn: [],
  methods: { atLeast: 1, notCount: [] },
  cohorts: [cohort("heads")],
  networks: [],
  phases: [
    phase("heads-web", "2018-11-19", "heads", ["web"], { reportOnlyFrom: moment("2018-11-12") }),
    phase("heads-clients", "2018-11-26", "heads", ["clients"]),
  ],
  ...fields,
});

export type Someone = {
  readonly id: ObjectId;
  readonly address: string;
  readonly enabled?: boolean;
  readonly guest?: boolean;
  readonly pupil?: boolean;
  readonly capable?: boolean;
  /** By cohort name; else out. */
  readonly standings?: Readonly<Record<string, Standing>>;
};

const rosterOf = (cohorts: readonly string[], people: readonly Someone[]): Roster => {
  const roster = new Roster(cohorts);
  for (const { id: person, address, enabled = true, guest = false, pupil = false, capable, standings = {} } of people) {
    roster.add(
      person,
      address,
      { enabled, guest, pupil },
      cohorts.map((name) => standings[name] ?? "out"),
    );
    if (capable !== undefined) roster.setCapable(person, capable);
  }
  return roster;
};

const emergency = (address: string, account: ObjectId): EmergencyAccount => ({
  address,
  account: present({
    id: account,
    enabled: true,
    synced: false,
    guest: false,
    invited: false,
    federated: present(false),
    roles: present([GLOBAL_ADMINISTRATOR]),
    groups: present([]),
    methods: present(["fido2"]),
  }),
});

/** Passkeys are for everybody, nobody else is an administrator, and an application works with the tool. */
const ACCESS: Access = {
  administrators: present({ looked: [], unlooked: 0 }),
  operator: absent,
  methods: present({
    methods: { passkey: { state: "on", include: { all: true, groups: [] }, exclude: [], other: {} } },
    migration: "complete",
    other: {},
  }),
  strengths: absent,
};

export const HEADS: readonly Someone[] = ["alder", "birch", "cedar"].map((school, number) => ({
  id: id(0x10 + number),
  address: `head@${school}.county.example`,
  capable: number !== 1,
  standings: { heads: "in" },
}));

/** None of them signs in elsewhere. */
const DOMAINS = new Map(["", "alder.", "ash.", "birch.", "cedar.", "elm.", "oak."].map((school) => [`${school}county.example`, false]));

/** An empty tenant with the three heads, unless told otherwise. */
export const tenant = (of: Plan, fields: Partial<Observed> = {}, people: readonly Someone[] = HEADS): Observed => ({
  tenant: { id: id(0xfff), name: "County schools", practice: true },
  readAt: at("2018-11-05"),
  resources: { ...NOT_ASKED, "cohort-group": present([]), "named-location": present([]), "conditional-access": present([]) },
  members: new Map(),
  roster: present(
    rosterOf(
      of.cohorts.map(({ name }) => name),
      people,
    ),
  ),
  registration: present({ refreshed: at("2018-11-05") - 3 * 3_600_000 }),
  licence: present({ p1: true, p2: false, studentSkus: [] }),
  securityDefaults: present(false),
  emergency: [emergency("emergency-1@county.example", E1), emergency("emergency-2@county.example", E2)].slice(0, of.emergencyAccounts.length),
  domains: present(DOMAINS),
  access: present(ACCESS),
  remarks: [],
  ...fields,
});

export type Seen = { readonly desired: Desired; readonly diff: Diff; readonly observed: Observed };

/** As the commands do it: what the tenant says of progress goes into what is desired. */
export const see = (of: Plan, observed: Observed, when: Instant, options: DesiredOptions & DiffOptions = {}): Seen => {
  const progress = progressOf(observed, of.id);
  const desired = desiredAt(of, when, { ...(progress.type === "present" && { progress: progress.value }), ...options });
  return { desired, observed, diff: diff(of, desired, observed, options) };
};

/** The tenant after an apply at a moment. */
export const applied = (of: Plan, observed: Observed, when: Instant, options: DesiredOptions & DiffOptions = {}): Observed =>
  applyChanges(observed, see(of, observed, when, options).diff);

export const resourcesIn = (observed: Observed): readonly Resource[] =>
  Object.values(observed.resources).flatMap((list): readonly Resource[] => (list.type === "present" ? list.value : []));

export const policyWith = (observed: Observed, key: string): ResourceOf<"conditional-access"> => {
  const list = observed.resources["conditional-access"];
  const found = (list.type === "present" ? list.value : []).find(({ mark }) => mark?.key === key);
  if (found === undefined) throw new Error(`no policy ${key}`);
  return found;
};

export const groupWith = (observed: Observed, key: string): ResourceOf<"cohort-group"> => {
  const list = observed.resources["cohort-group"];
  const found = (list.type === "present" ? list.value : []).find(({ mark }) => mark?.key === key);
  if (found === undefined) throw new Error(`no group ${key}`);
  return found;
};

/** The tenant with one policy as somebody left it. */
export const withPolicy = (observed: Observed, key: string, change: (settings: PolicySettings) => PolicySettings): Observed => {
  const target = policyWith(observed, key);
  const list = observed.resources["conditional-access"];
  const value = (list.type === "present" ? list.value : []).map((each) => (each === target ? { ...each, settings: change(each.settings) } : each));
  return { ...observed, resources: { ...observed.resources, "conditional-access": present(value) } };
};

export const withMembers = (observed: Observed, group: ObjectId, members: readonly ObjectId[]): Observed => ({
  ...observed,
  members: new Map([...observed.members, [group, present(IdIndex.of(members))]]),
});

/** `+ cohort-group heads`, `~ conditional-access mfa-heads: clients, state`, `- ...`; members as `+3 -1`. */
export const shown = ({ changes }: Pick<Diff, "changes">): readonly string[] =>
  changes.map(({ action, kind, key, fields, members }) => {
    const sign = { create: "+", update: "~", delete: "-" }[action];
    const paths = action === "update" && fields.length > 0 ? `: ${fields.map(({ path }) => path).join(", ")}` : "";
    const people = members === undefined ? "" : ` (+${members.added.length} -${members.removed.length})`;
    return `${sign} ${kind} ${key}${paths}${people}`;
  });
