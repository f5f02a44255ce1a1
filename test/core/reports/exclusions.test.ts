import { describe, expect, test } from "vitest";
import { cohortReader } from "../../../src/core/cohorts.ts";
import { IdIndex } from "../../../src/core/ids.ts";
import { localOf } from "../../../src/core/plan/moments.ts";
import type { Plan } from "../../../src/core/plan/plan.ts";
import type { Account } from "../../../src/core/reports/account.ts";
import { Belonging } from "../../../src/core/reports/belonging.ts";
import { enforcementBy } from "../../../src/core/reports/enforcement.ts";
import { ExclusionSums } from "../../../src/core/reports/exclusion-sums.ts";
import { cohortsInQuestion, exclusionRow, exclusions, foundOf, type Grounds, needsState, toldOf } from "../../../src/core/reports/exclusions.ts";
import { type Policy, watchOf } from "../../../src/core/reports/left-out.ts";
import type { Filter } from "../../../src/core/reports/shape.ts";
import { keptReader } from "../../../src/core/reports/turned-off.ts";
import { whyOutReader } from "../../../src/core/reports/why-out.ts";
import {
  DIRECTORY_SYNCHRONIZATION_ACCOUNTS,
  GLOBAL_ADMINISTRATOR,
  type Known,
  type PerUserState,
  type PolicySettings,
  present,
  unknown,
} from "../../../src/core/tenant.ts";
import { at, id } from "../county.ts";
import { planOf } from "../plan-check.ts";

const NOW = at("2026-03-02T08:00:00");
const [HEAD, OFFICE, KIOSK, CLERK, PUPIL, GUEST, SYNC, EMERGENCY, BLOCKED] = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(id);
const [EXCEPTIONS, HIDDEN, TEACHERS] = [101, 102, 103].map(id);
const [OURS, OTHERS] = [201, 202].map(id);

const account = (accountId: string | undefined, upn: string, more: Partial<Account> = {}): Account => ({
  id: accountId ?? "",
  address: upn.toLowerCase(),
  upn,
  name: upn,
  enabled: true,
  guest: false,
  synced: false,
  pupil: false,
  aliases: [],
  nobody: false,
  licences: [],
  stamps: "unknown",
  pending: false,
  ...more,
});

const PEOPLE: readonly Account[] = [
  account(HEAD, "Head@Birch.county.example"),
  account(OFFICE, "office@birch.county.example"),
  account(KIOSK, "kiosk@birch.county.example"),
  account(CLERK, "clerk@county.example"),
  account(PUPIL, "p1@birch.county.example", { pupil: true }),
  account(GUEST, "a_b.example#EXT#@county.onmicrosoft.example", { guest: true }),
  account(SYNC, "sync@county.onmicrosoft.example", { nobody: true }),
  account(EMERGENCY, "emergency-1@county.example"),
  account(BLOCKED, "office@cedar.county.example", { enabled: false }),
];

const NOBODY: PolicySettings["exclude"] = { all: false, none: false, guests: false, users: [], groups: [], roles: [] };

const policy = (name: string, fields: Partial<PolicySettings> = {}, more: Partial<Policy> = {}): Policy => ({
  kind: "conditional-access",
  id: OTHERS ?? "",
  managed: false,
  ...more,
  settings: {
    name,
    description: "",
    state: "on",
    include: { ...NOBODY, all: true },
    exclude: NOBODY,
    apps: { include: ["all"], exclude: [], userActions: [] },
    clients: ["all"],
    locations: null,
    grant: { operator: "or", controls: ["mfa"], strength: null },
    signInFrequency: null,
    other: {},
    ...fields,
  },
});

const BLOCK: Partial<PolicySettings> = { grant: { operator: "or", controls: ["block"], strength: null }, clients: ["activesync", "legacy"] };

const PLAN = planOf(`id: p
name: P
timeZone: Europe/London
mechanism: conditional-access
emergencyAccounts: [emergency-1@county.example, emergency-2@county.example]
cohorts:
  heads: { accounts: ["head@*"] }
  schools:
    domains: ["*.county.example"]
    pupils: out
    except:
      - { accounts: ["office@*"], because: shared, owner: bursar, until: 2026-03-01 }
      - { accounts: ["kiosk@*"], because: no telephone, owner: site manager, until: 2026-03-02 }
phases:
  - { id: heads, starts: 2026-02-02, requireMfa: { for: heads, on: [web] } }
  - { id: schools, starts: 2026-03-16, requireMfa: { for: schools, on: [web] } }
`);

const DEFAULTS_PLAN = planOf(`id: p
name: P
timeZone: Europe/London
mechanism: security-defaults
emergencyAccounts: [emergency-1@county.example, emergency-2@county.example]
phases:
  - { id: on, starts: 2026-02-02, securityDefaults: on }
`);

type Given = {
  readonly plan?: Plan;
  readonly policies?: Known<readonly Policy[]>;
  readonly defaults?: Known<boolean>;
  readonly perUser?: Readonly<Record<string, PerUserState>>;
  readonly filter?: Filter;
  readonly out?: readonly string[];
  readonly letIn?: ReadonlyMap<string, number>;
};

const GROUPS = new Belonging(
  new Map<string, Known<IdIndex>>([
    [EXCEPTIONS ?? "", present(IdIndex.of([HEAD ?? "", CLERK ?? ""]))],
    [TEACHERS ?? "", present(IdIndex.of([HEAD ?? ""]))],
    [HIDDEN ?? "", unknown("503")],
  ]),
);
const ROLES = new Belonging(
  new Map([
    [DIRECTORY_SYNCHRONIZATION_ACCOUNTS, present(IdIndex.of([SYNC ?? ""]))],
    [GLOBAL_ADMINISTRATOR, present(IdIndex.of([EMERGENCY ?? "", CLERK ?? ""]))],
  ]),
);

const groundsFor = ({ plan, policies = present([]), defaults = present(false), filter = { all: false }, out = [], letIn = new Map() }: Given): Grounds => {
  const ground = {
    policies,
    locations: present(new Map()),
    securityDefaults: defaults,
    groups: GROUPS,
    groupNames: new Map([
      [EXCEPTIONS ?? "", present("MFA exceptions")],
      [TEACHERS ?? "", present("Teachers")],
    ]),
    roles: ROLES,
    heldRoles: present([DIRECTORY_SYNCHRONIZATION_ACCOUNTS, GLOBAL_ADMINISTRATOR].sort()),
  };
  const context = { syncIds: IdIndex.of([SYNC ?? ""]) };
  return {
    filter,
    now: NOW,
    today: localOf(NOW, "Europe/London").slice(0, 10),
    ...(plan !== undefined && {
      planned: {
        plan,
        whyOut: whyOutReader(plan, new Map(), context, cohortsInQuestion(plan, filter)),
        kept: keptReader(plan, () => cohortReader(plan, new Map(), context)),
        out,
        letIn,
      },
    }),
    watch: watchOf(policies, defaults),
    enforcement: enforcementBy(ground),
    groups: (each) => GROUPS.of(each),
    roles: (each) => ROLES.of(each),
    key: (each) => `${GROUPS.key(each)}/${ROLES.key(each)}`,
    groupName: (each) => (each === EXCEPTIONS ? "MFA exceptions" : each === HIDDEN ? "Hidden" : each),
    roleName: (each) => (each === GLOBAL_ADMINISTRATOR ? "Global Administrator" : each),
    synchronises: (each) => each === SYNC,
  };
};

const CELLS = exclusions.columns.map(({ name }) => name);

/** Rows as objects, and the sums of those that are shown. */
const report = (given: Given) => {
  const grounds = groundsFor(given);
  const sums = new ExclusionSums();
  const rows = PEOPLE.flatMap((each) => {
    const found = foundOf(each, grounds);
    if (found === undefined) return [];
    const told = toldOf(found, given.perUser?.[each.id] ?? "disabled", grounds.filter.all).filter(({ shown }) => shown);
    sums.account(told);
    return told.map((one) => new Map(exclusionRow(one, grounds).map((cell, place) => [CELLS[place] ?? "", cell])));
  });
  return { rows, sums: sums.tables() };
};

/** `account by through policy hole askedBy`; a name before the `@` is enough to know who it is. */
const short = (given: Given, who?: string): readonly string[] =>
  report(given)
    .rows.filter((row) => who === undefined || String(row.get("account")).toLowerCase().startsWith(who))
    .map((row) =>
      ["account", "by", "through", "policy", "hole", "askedBy"]
        .map((name) => row.get(name))
        .flatMap((cell) => (cell === null || (Array.isArray(cell) && cell.length === 0) ? [] : Array.isArray(cell) ? `[${cell.join(" + ")}]` : String(cell)))
        .join(" | "),
    );

describe("the plan's own words", () => {
  test("every account that is outside, and why", () => {
    expect(short({ plan: PLAN })).toEqual([
      "office@birch.county.example | exception | office@* | yes",
      "kiosk@birch.county.example | exception | kiosk@* | yes",
      "clerk@county.example | not named | yes",
      "p1@birch.county.example | pupil | yes",
      "a_b.example#EXT#@county.onmicrosoft.example | not named | yes",
      "sync@county.onmicrosoft.example | directory synchronisation | yes",
      "emergency-1@county.example | emergency account | yes",
      "office@cedar.county.example | exception | office@* | no",
    ]);
  });

  test("all that is said of an exception, and that its last day is still within", () => {
    const [office, kiosk] = report({ plan: PLAN }).rows;
    expect(Object.fromEntries(office ?? [])).toEqual({
      account: "office@birch.county.example",
      name: "office@birch.county.example",
      domain: "birch.county.example",
      enabled: true,
      type: "member",
      by: "exception",
      through: "office@*",
      cohorts: ["schools"],
      because: "shared",
      owner: "bursar",
      since: "2026-03-16T00:00:00Z",
      until: "2026-03-01",
      overdue: true,
      policy: null,
      ours: null,
      state: null,
      from: "MFA",
      phases: [],
      askedBy: [],
      hole: "yes",
      protocols: [],
    });
    expect(kiosk?.get("until")).toBe("2026-03-02");
    expect(kiosk?.get("overdue")).toBe(false);
  });

  test("an address as it is written, its domain in lower case, and the type of each", () => {
    const rows = report({
      plan: PLAN,
      policies: present([policy("Trial", { state: "report-only", exclude: { ...NOBODY, groups: [EXCEPTIONS ?? ""] } })]),
    }).rows;
    expect(rows.map((row) => [row.get("account"), row.get("domain"), row.get("type")])).toEqual([
      ["Head@Birch.county.example", "birch.county.example", "member"],
      ["office@birch.county.example", "birch.county.example", "member"],
      ["kiosk@birch.county.example", "birch.county.example", "member"],
      ["clerk@county.example", "county.example", "member"],
      ["clerk@county.example", "county.example", "member"],
      ["p1@birch.county.example", "birch.county.example", "pupil"],
      ["a_b.example#EXT#@county.onmicrosoft.example", "county.onmicrosoft.example", "guest"],
      ["sync@county.onmicrosoft.example", "county.onmicrosoft.example", "directory synchronisation"],
      ["emergency-1@county.example", "county.example", "member"],
      ["office@cedar.county.example", "cedar.county.example", "member"],
    ]);
  });

  test("who is let in, and until when; past it, only as long as a policy still leaves the account out", () => {
    const left = policy("MFA: heads", { exclude: { ...NOBODY, users: [HEAD ?? ""] } }, { id: OURS ?? "", mark: { plan: "p", key: "mfa-heads" } });
    const tell = (until: string, policies: readonly Policy[]) =>
      report({ plan: PLAN, policies: present(policies), letIn: new Map([[HEAD ?? "", at(until)]]) })
        .rows.filter((row) => row.get("domain") === "birch.county.example" && row.get("account") === "Head@Birch.county.example")
        .map((row) => [row.get("by"), row.get("until"), row.get("overdue"), row.get("phases")]);
    expect(tell("2026-03-02T20:00:00", [left])).toEqual([["let in", "2026-03-02T20:00:00Z", false, []]]);
    expect(tell("2026-03-02T08:00:00", [left])).toEqual([["let in", "2026-03-02T08:00:00Z", true, []]]);
    expect(tell("2026-03-02T08:00:00", [])).toEqual([]);
  });

  test("a domain that is out takes all of its accounts out, of every phase", () => {
    const { rows } = report({ plan: PLAN, out: ["birch.county.example"] });
    const heads = rows.filter((row) => row.get("account") === "Head@Birch.county.example");
    expect(heads.map((row) => [row.get("by"), row.get("through"), row.get("cohorts"), row.get("phases"), row.get("since")])).toEqual([
      ["domain is out", "birch.county.example", ["heads", "schools"], [], "2026-02-02T00:00:00Z"],
    ]);
    expect(rows.filter((row) => row.get("by") === "domain is out")).toHaveLength(4);
  });

  test("security defaults leave out the account that synchronises the directory, and no emergency account", () => {
    expect(short({ plan: DEFAULTS_PLAN, defaults: present(true) })).toEqual(["sync@county.onmicrosoft.example | directory synchronisation | yes"]);
  });
});

describe("protocols that are kept on", () => {
  const MAIL = (extra = ""): Plan =>
    planOf(`id: p
name: P
timeZone: Europe/London
mechanism: conditional-access
emergencyAccounts: [emergency-1@county.example, emergency-2@county.example]
cohorts:
  heads: { accounts: ["head@*"] }
  birch: { domains: [birch.county.example] }
phases:
  - { id: heads, starts: 2026-02-02, requireMfa: { for: heads, on: [web] } }
  - id: mail
    starts: 2026-02-16
    turnOff:
      protocols: [pop3, imap]
      for: birch
      keepOn:
        - { accounts: ["office@*"], because: the copier, owner: bursar, until: 2026-03-01 }
        - { accounts: ["head@*"], because: an old telephone, owner: head of IT, until: 2026-03-02 }
${extra}`);
  const SMTP = `  - id: smtp
    starts: 2026-03-16
    turnOff: { protocols: [smtpAuth], keepOn: [{ accounts: ["office@birch.county.example"], because: the scanner, owner: bursar }] }
`;

  test("all that is said of one, beside the words of phases that ask for MFA; office@ elsewhere is in no such phase", () => {
    const rows = report({ plan: MAIL() }).rows.filter((row) => String(row.get("account")).toLowerCase().startsWith("office@"));
    expect(rows.map((row) => [row.get("account"), row.get("by")])).toEqual([
      ["office@birch.county.example", "not named"],
      ["office@birch.county.example", "kept on"],
      ["office@cedar.county.example", "not named"],
    ]);
    expect(Object.fromEntries(rows[1] ?? [])).toMatchObject({
      through: "office@*",
      cohorts: ["birch"],
      because: "the copier",
      owner: "bursar",
      since: "2026-02-16T00:00:00Z",
      until: "2026-03-01",
      overdue: true,
      policy: null,
      from: "old programs",
      hole: "yes",
      protocols: ["POP3", "IMAP"],
    });
  });

  test("who is asked for MFA has a row of it as well; its last day is still within", () => {
    const rows = report({ plan: MAIL() }).rows.filter((row) => row.get("account") === "Head@Birch.county.example");
    expect(rows.map((row) => [row.get("by"), row.get("until"), row.get("overdue"), row.get("phases")])).toEqual([["kept on", "2026-03-02", false, ["heads"]]]);
  });

  test("a policy that blocks old programs stands behind it", () => {
    expect(short({ plan: MAIL(), policies: present([policy("Block", BLOCK)]) }, "head")).toEqual([
      "Head@Birch.county.example | kept on | head@* | no | [Block]",
    ]);
  });

  test.each<[name: string, filter: Filter, want: readonly string[]]>([
    [
      "all",
      { all: false },
      ["Head@Birch.county.example head@*", "office@birch.county.example office@*", "office@birch.county.example office@birch.county.example"],
    ],
    ["a phase that turns off", { all: false, phase: "smtp" }, ["office@birch.county.example office@birch.county.example"]],
    ["a phase that asks", { all: false, phase: "heads" }, []],
    [
      "the cohort of the phase",
      { all: false, cohort: "birch" },
      ["Head@Birch.county.example head@*", "office@birch.county.example office@*", "office@birch.county.example office@birch.county.example"],
    ],
    ["a cohort that holds the account", { all: false, cohort: "heads" }, ["Head@Birch.county.example head@*"]],
    ["a domain without one", { all: false, domain: "cedar.county.example" }, []],
  ])("filter: %s", (_name, filter, want) => {
    const { rows } = report({ plan: MAIL(SMTP), filter });
    expect(rows.filter((row) => row.get("by") === "kept on").map((row) => `${row.get("account")} ${row.get("through")}`)).toEqual(want);
  });

  test("a phase that turns off has no other rows, and no policies that leave somebody out", () => {
    const policies = present([policy("Everybody", { exclude: { ...NOBODY, users: [OFFICE ?? ""] } })]);
    expect(report({ plan: MAIL(SMTP), policies, filter: { all: true, phase: "smtp" } }).rows.map((row) => row.get("by"))).toEqual(["kept on"]);
  });

  test("it counts among what is overdue, and for who answers", () => {
    const { sums } = report({ plan: MAIL(SMTP) });
    expect(sums.find(({ title }) => title === "Overdue")?.rows).toEqual([["2026-03-01", "bursar", "office@*", "the copier", 1]]);
    expect(sums.find(({ title }) => title === "By owner")?.rows.map(([owner, accounts]) => [owner, accounts])).toEqual([
      ["bursar", 1],
      ["head of IT", 1],
    ]);
  });

  test("somebody whom a policy of the plan's own leaves out is told of that as well: keeping a protocol is no reason for it", () => {
    const left = policy("MFA: heads", { exclude: { ...NOBODY, users: [HEAD ?? ""] } }, { id: OURS ?? "", mark: { plan: "p", key: "mfa-heads" } });
    expect(short({ plan: MAIL(), policies: present([left]) }, "head")).toEqual([
      "Head@Birch.county.example | kept on | head@* | yes",
      "Head@Birch.county.example | named by a policy | MFA: heads | yes",
    ]);
  });

  test("a list that cannot be read takes nobody's row away", () => {
    const plan = MAIL();
    const group: Plan = {
      ...plan,
      cohorts: plan.cohorts.map((each) => (each.name === "birch" ? { ...each, source: { type: "group", group: "Birch" } } : each)),
    };
    const kept = keptReader(group, () => cohortReader(group, new Map([["Birch", unknown("503")]]), {}));
    const office = PEOPLE[1];
    expect(office === undefined ? undefined : kept(office).map(({ pattern }) => pattern)).toEqual(["office@*"]);
  });
});

describe("what policies leave out", () => {
  const exceptions = { ...NOBODY, groups: [EXCEPTIONS ?? ""] };
  const cases: readonly (readonly [name: string, given: Given, who: string, want: readonly string[]])[] = [
    [
      "by a group, said by its name",
      { policies: present([policy("Everybody", { exclude: exceptions })]) },
      "head",
      ["Head@Birch.county.example | in a group of a policy | MFA exceptions | Everybody | yes"],
    ],
    [
      "by itself, before its groups",
      { policies: present([policy("Everybody", { exclude: { ...exceptions, users: [HEAD ?? ""] } })]) },
      "head",
      ["Head@Birch.county.example | named by a policy | Everybody | yes"],
    ],
    [
      "by a role",
      { policies: present([policy("Everybody", { exclude: { ...NOBODY, roles: [GLOBAL_ADMINISTRATOR] } })]) },
      "clerk",
      ["clerk@county.example | in a role of a policy | Global Administrator | Everybody | yes"],
    ],
    [
      "as a guest",
      { policies: present([policy("Everybody", { exclude: { ...NOBODY, guests: true } })]) },
      "a_b",
      ["a_b.example#EXT#@county.onmicrosoft.example | guest of a policy | Everybody | yes"],
    ],
    [
      "as a guest of a type",
      {
        policies: present([
          policy("Everybody", { other: { conditions: { users: { excludeGuestsOrExternalUsers: { guestOrExternalUserTypes: "b2bCollaborationGuest" } } } } }),
        ]),
      },
      "a_b",
      ["a_b.example#EXT#@county.onmicrosoft.example | guest of a policy | Everybody | yes"],
    ],
    [
      "a policy that is not for the account leaves it in nothing",
      { policies: present([policy("Teachers", { include: { ...NOBODY, groups: [TEACHERS ?? ""] }, exclude: exceptions })]) },
      "clerk",
      [],
    ],
    ["a policy that is off", { policies: present([policy("Everybody", { exclude: exceptions, state: "off" })]) }, "head", []],
    [
      "a policy in report-only leaves out, and asks nobody",
      { policies: present([policy("Trial", { exclude: exceptions, state: "report-only" })]) },
      "head",
      ["Head@Birch.county.example | in a group of a policy | MFA exceptions | Trial | yes"],
    ],
    [
      "a policy that wants something else",
      { policies: present([policy("Devices", { exclude: exceptions, grant: { operator: "or", controls: ["compliantDevice"], strength: null } })]) },
      "head",
      [],
    ],
    [
      "what asks it everywhere all the same is told with --all",
      {
        policies: present([
          policy("Everybody", { exclude: exceptions }),
          policy("Teachers", { include: { ...NOBODY, groups: [TEACHERS ?? ""] } }, { id: OURS ?? "" }),
        ]),
        filter: { all: true },
      },
      "head",
      ["Head@Birch.county.example | in a group of a policy | MFA exceptions | Everybody | no | [Teachers (by the group Teachers)]"],
    ],
    [
      "and without it is no hole, and not told",
      {
        policies: present([
          policy("Everybody", { exclude: exceptions }),
          policy("Teachers", { include: { ...NOBODY, groups: [TEACHERS ?? ""] } }, { id: OURS ?? "" }),
        ]),
      },
      "head",
      [],
    ],
    [
      "what asks only on the web leaves the programs open",
      { policies: present([policy("Everybody", { exclude: exceptions }), policy("Web", { clients: ["browser"] }, { id: OURS ?? "" })]) },
      "clerk",
      ["clerk@county.example | in a group of a policy | MFA exceptions | Everybody | partly | [Web (on the web only)]"],
    ],
    [
      "its own state of per-user MFA asks",
      { policies: present([policy("Everybody", { exclude: exceptions })]), perUser: { [HEAD ?? ""]: "enforced" }, filter: { all: true } },
      "head",
      ["Head@Birch.county.example | in a group of a policy | MFA exceptions | Everybody | no | [per-user MFA (enforced)]"],
    ],
    [
      "security defaults that could not be read may ask",
      { policies: present([policy("Everybody", { exclude: exceptions })]), defaults: unknown("503") },
      "head",
      ["Head@Birch.county.example | in a group of a policy | MFA exceptions | Everybody | unknown | [security defaults, perhaps: they could not be read]"],
    ],
    [
      "a group that nobody could read may hold anybody",
      { policies: present([policy("Everybody", { exclude: { ...NOBODY, groups: [HIDDEN ?? ""] } })]) },
      "clerk",
      ["clerk@county.example | policy not read | Hidden | Everybody | unknown | [Everybody (perhaps: whom it is about could not be read)]"],
    ],
    [
      "and is of no account where a group that was read says so",
      { policies: present([policy("Everybody", { exclude: { ...NOBODY, groups: [HIDDEN ?? "", EXCEPTIONS ?? ""] } })]) },
      "clerk",
      ["clerk@county.example | in a group of a policy | MFA exceptions | Everybody | yes"],
    ],
    [
      "whom a group that nobody could read takes in may be left out",
      { policies: present([policy("Some", { include: { ...NOBODY, groups: [HIDDEN ?? ""] }, exclude: exceptions })]) },
      "clerk",
      ["clerk@county.example | in a group of a policy | MFA exceptions | Some | yes"],
    ],
    [
      "a policy against old programs: what is open there, and not MFA",
      {
        policies: present([
          policy("No old programs", { ...BLOCK, exclude: exceptions }),
          policy("MFA", { clients: ["browser", "mobile-and-desktop"] }, { id: OURS ?? "" }),
        ]),
      },
      "head",
      ["Head@Birch.county.example | in a group of a policy | MFA exceptions | No old programs | yes"],
    ],
    [
      "a policy that asks in every program shuts out those that cannot answer",
      { policies: present([policy("No old programs", { ...BLOCK, exclude: exceptions }), policy("MFA", {}, { id: OURS ?? "" })]), filter: { all: true } },
      "head",
      ["Head@Birch.county.example | in a group of a policy | MFA exceptions | No old programs | no | [MFA]"],
    ],
    [
      "in some places only, it shuts them out partly",
      {
        policies: present([
          policy("No old programs", { ...BLOCK, exclude: exceptions }),
          policy("Abroad", { locations: { include: ["all"], exclude: [id(300)] } }, { id: OURS ?? "" }),
        ]),
      },
      "head",
      ["Head@Birch.county.example | in a group of a policy | MFA exceptions | No old programs | partly | [Abroad (not everywhere)]"],
    ],
    [
      "a policy in report-only keeps no old program out",
      {
        policies: present([
          policy("No old programs", { ...BLOCK, exclude: exceptions }),
          policy("Trial", { ...BLOCK, state: "report-only" }, { id: OURS ?? "" }),
        ]),
      },
      "head",
      ["Head@Birch.county.example | in a group of a policy | MFA exceptions | No old programs | yes"],
    ],
    [
      "enabled leaves old programs alone",
      { policies: present([policy("No old programs", { ...BLOCK, exclude: exceptions })]), perUser: { [HEAD ?? ""]: "enabled" } },
      "head",
      ["Head@Birch.county.example | in a group of a policy | MFA exceptions | No old programs | yes"],
    ],
  ];
  test.each(cases)("%s", (_, given, who, want) => {
    expect(short(given, who)).toEqual(want);
  });

  test("whose a policy is: this plan's, or with no plan whatever bears the mark; managed ones are Microsoft's", () => {
    const of = (plan: Plan | undefined, more: Partial<Policy>) =>
      report({ ...(plan !== undefined && { plan }), policies: present([policy("Everybody", { exclude: exceptions }, more)]) })
        .rows.filter((row) => row.get("policy") !== null && row.get("account") === "Head@Birch.county.example")
        .map((row) => [row.get("ours"), row.get("state")]);
    expect(of(PLAN, { mark: { plan: "p", key: "a" } })).toEqual([[true, "on"]]);
    expect(of(PLAN, { mark: { plan: "other", key: "a" } })).toEqual([[false, "on"]]);
    expect(of(undefined, { mark: { plan: "other", key: "a" } })).toEqual([[true, "on"]]);
    expect(of(undefined, { mark: { plan: "other", key: "a" }, managed: true })).toEqual([[false, "on"]]);
  });

  test("what the plan's own policies leave out by the plan's words is not told twice, but with --all", () => {
    const mine = policy("MFA: schools", { exclude: { ...NOBODY, users: [OFFICE ?? ""] } }, { mark: { plan: "p", key: "mfa-schools" } });
    const tell = (all: boolean) => short({ plan: PLAN, policies: present([mine]), filter: { all } }, "office@birch");
    expect(tell(false)).toEqual(["office@birch.county.example | exception | office@* | yes"]);
    expect(tell(true)).toEqual([
      "office@birch.county.example | exception | office@* | yes",
      "office@birch.county.example | named by a policy | MFA: schools | yes",
    ]);
  });

  test("policies that could not be read may ask anybody, and leave out nobody knows whom", () => {
    expect(short({ plan: PLAN, policies: unknown("503") }, "kiosk")).toEqual([
      "kiosk@birch.county.example | exception | kiosk@* | unknown | [policies, perhaps: they could not be read]",
    ]);
  });
});

describe("filters", () => {
  test("a domain", () => {
    expect(short({ plan: PLAN, filter: { all: false, domain: "CEDAR.county.example" } })).toEqual(["office@cedar.county.example | exception | office@* | no"]);
  });

  test("a phase, or a cohort: whom it holds, and whom it would hold", () => {
    const policies = present([policy("Others'", { exclude: { ...NOBODY, groups: [EXCEPTIONS ?? ""] } })]);
    const head = "Head@Birch.county.example | in a group of a policy | MFA exceptions | Others' | yes";
    expect(short({ plan: PLAN, policies, filter: { all: false, phase: "heads" } })).toEqual([head]);
    expect(short({ plan: PLAN, policies, filter: { all: false, cohort: "heads" } })).toEqual([head]);
    expect(short({ plan: PLAN, filter: { all: false, phase: "schools" } })).toEqual([
      "office@birch.county.example | exception | office@* | yes",
      "kiosk@birch.county.example | exception | kiosk@* | yes",
      "p1@birch.county.example | pupil | yes",
      "office@cedar.county.example | exception | office@* | no",
    ]);
  });

  test("phases that reach an account all the same", () => {
    const policies = present([policy("Others'", { exclude: { ...NOBODY, groups: [EXCEPTIONS ?? ""] } })]);
    expect(report({ plan: PLAN, policies, filter: { all: false, phase: "heads" } }).rows.map((row) => row.get("phases"))).toEqual([["heads", "schools"]]);
  });
});

describe("sums", () => {
  const { sums } = report({ plan: PLAN, policies: present([policy("Others'", { exclude: { ...NOBODY, groups: [EXCEPTIONS ?? ""] } })]) });
  const table = (title: string) => sums.find((sum) => sum.title === title);

  test("what is overdue comes first, with all that the plan says of it", () => {
    expect(sums[0]).toEqual({
      title: "Overdue",
      columns: ["ended", "owner", "left out", "because", "accounts"],
      rows: [["2026-03-01", "bursar", "office@*", "shared", 2]],
    });
  });

  test("each account once, whatever keeps it out", () => {
    expect(table("All together")?.columns).toEqual(["accounts", "enabled", "holes", "partly", "unknown", "overdue"]);
    expect(table("All together")?.rows).toEqual([[8, 7, 2, 0, 0, 2]]);
  });

  test("by domain, what is overdue first, however many holes there are elsewhere", () => {
    expect(
      report({ plan: PLAN })
        .sums.find(({ title }) => title === "By domain")
        ?.rows.map(([domain, , , holes, , , ended]) => [domain, holes, ended]),
    ).toEqual([
      ["birch.county.example", 3, 1],
      ["cedar.county.example", 0, 1],
      ["county.example", 2, 0],
      ["county.onmicrosoft.example", 2, 0],
    ]);
  });

  test("by reason, each account once, though two policies leave it out", () => {
    const exclude = { ...NOBODY, groups: [EXCEPTIONS ?? ""] };
    const two = report({ policies: present([policy("One", { exclude }), policy("Two", { exclude }, { id: OURS ?? "" })]) });
    expect(two.rows).toHaveLength(4);
    expect(two.sums.find(({ title }) => title === "By reason")?.rows).toEqual([["in a group of a policy", 2, 2, 2, 0, 0, 0]]);
    expect(two.sums.find(({ title }) => title === "By policy")?.rows.map(([name, , , accounts]) => [name, accounts])).toEqual([
      ["One", 2],
      ["Two", 2],
    ]);
  });

  test("by owner, what is overdue first", () => {
    expect(table("By owner")?.rows).toEqual([
      ["bursar", 2, 1, 0, 0, 0, 2],
      ["site manager", 1, 1, 0, 0, 0, 0],
    ]);
  });
});

test("the state of per-user MFA is wanted of those alone of whom it would say more", () => {
  const grounds = groundsFor({ plan: PLAN });
  const wanted = PEOPLE.filter((each) => {
    const found = foundOf(each, grounds);
    return found !== undefined && needsState(found);
  });
  expect(wanted.map(({ upn }) => upn)).not.toContain("office@cedar.county.example");
  expect(wanted).toHaveLength(7);
  const asked = groundsFor({ plan: PLAN, policies: present([policy("Everybody")]) });
  expect(PEOPLE.map((each) => foundOf(each, asked)).filter((found) => found !== undefined && needsState(found))).toEqual([]);
});

test("columns: each once, and a row has as many cells", () => {
  expect(new Set(CELLS).size).toBe(CELLS.length);
  expect(report({ plan: PLAN }).rows.every((row) => row.size === CELLS.length)).toBe(true);
});
