/** The guards that stand on the log of sign-ins, and whom changes begin to ask or keep out. */

import { describe, expect, test } from "vitest";
import type { Change, Finding } from "../../../src/core/changes.ts";
import type { Guard, GuardInput } from "../../../src/core/guards/guard.ts";
import { legacyClients } from "../../../src/core/guards/legacy-clients.ts";
import { networks } from "../../../src/core/guards/networks.ts";
import { serviceAccounts } from "../../../src/core/guards/service-accounts.ts";
import { IdIndex } from "../../../src/core/ids.ts";
import { markText, nameWithMark } from "../../../src/core/mark.ts";
import type { Observed } from "../../../src/core/observed.ts";
import type { Plan } from "../../../src/core/plan/plan.ts";
import { Roster } from "../../../src/core/roster.ts";
import type { Crowd, Looked, OldUse, ServiceUse, SignInDigest } from "../../../src/core/sign-in-digest.ts";
import { logQuestions, switchedOn } from "../../../src/core/switching.ts";
import { absent, type Known, type ObjectId, type PolicySettings, present, type ResourceOf, unknown } from "../../../src/core/tenant.ts";
import {
  change,
  cohort,
  diff,
  E1,
  group,
  HEADS_GROUP,
  heads,
  id,
  input,
  LOCATION,
  locationSettings,
  MOMENT,
  observed,
  PLAN_ID,
  plan,
  policy,
  policyChange,
  policySettings,
  roster,
  told,
  users,
} from "./world.ts";

const DAY_MS = 86_400_000;
const YESTERDAY = MOMENT - DAY_MS / 2;

// ---- what is there, and what changes

const BLOCK: Partial<PolicySettings> = {
  name: nameWithMark("No old clients: heads", { plan: PLAN_ID, key: "block-heads" }),
  description: markText({ plan: PLAN_ID, key: "block-heads" }),
  clients: ["activesync", "legacy"],
  grant: { operator: "or", controls: ["block"], strength: null },
};
const BLOCK_ID = id(0x201);

const blockMark = { plan: PLAN_ID, key: "block-heads" };
const blockPolicy = (fields: Partial<PolicySettings> = {}): ResourceOf<"conditional-access"> =>
  policy({ ...BLOCK, ...fields }, { id: BLOCK_ID, mark: blockMark });
const blockChange = (before: Partial<PolicySettings> | undefined, after: Partial<PolicySettings> = {}): Change =>
  change({
    kind: "conditional-access",
    key: "block-heads",
    action: before === undefined ? "create" : "update",
    name: "No old clients: heads",
    after: policySettings({ ...BLOCK, ...after }),
    mark: blockMark,
    ...(before !== undefined && { id: BLOCK_ID, before: policySettings({ ...BLOCK, ...before }) }),
  });

const joins = (added: readonly ObjectId[], removed: readonly ObjectId[] = []): Change =>
  change({
    kind: "cohort-group",
    key: "heads",
    action: "update",
    id: HEADS_GROUP,
    before: group().settings,
    after: group().settings,
    members: { added, removed },
  });

const with_ = (policies: readonly ResourceOf<"conditional-access">[], fields: Partial<Observed> = {}): Observed => {
  const base = observed(fields);
  return { ...base, resources: { ...base.resources, "conditional-access": present(policies) } };
};

const given = (
  changes: readonly Change[],
  policies: readonly ResourceOf<"conditional-access">[],
  fields: Partial<Observed> = {},
  of: Plan = plan(),
): GuardInput => input({ plan: of, observed: with_(policies, fields), diff: diff(changes) });

const LOOKED: Looked = { since: MOMENT - 30 * DAY_MS, cut: false, gaps: [] };
const logOf = (parts: Partial<SignInDigest>): Known<SignInDigest> => present({ empty: false, ...parts });

const uses = (entries: readonly (readonly [ObjectId, string, number?])[], looked: Partial<Looked> = {}): Known<SignInDigest> =>
  logOf({
    legacy: present({
      ...LOOKED,
      ...looked,
      uses: new Map(entries.map(([who, client, last = YESTERDAY]): [ObjectId, OldUse] => [who, { client, last, count: 3 }])),
    }),
  });

type Want = readonly (string | RegExp)[];
type Row = readonly [name: string, input: GuardInput, want: Want];

const check = (guard: Guard, rows: readonly Row[]): void => {
  test.each(rows)("%s", (_name, each, want) => {
    const findings = guard.check(each);
    const lines = told(findings);
    expect(lines).toHaveLength(want.length);
    for (const [at, one] of want.entries()) expect(lines[at]).toMatch(one);
    for (const finding of findings) {
      expect(finding.guard).toBe(guard.name);
      expect(finding.allowable).toBe(finding.verdict !== "go");
      if (finding.verdict !== "go")
        expect([finding.hint !== undefined, finding.count !== undefined && finding.count > 0, finding.holds !== undefined]).toEqual([true, true, true]);
    }
  });
};

const only = (findings: readonly Finding[]): Finding => {
  const [first, second] = findings;
  if (first === undefined || second !== undefined) throw new Error(`${findings.length} findings`);
  return first;
};

const [FIRST = "", SECOND = "", THIRD = ""] = heads(40);
const NEW_HEADS = heads(2, 38);

describe("whom changes begin to ask or keep out", () => {
  const EVERYBODY = users({ all: true });
  const line = (each: GuardInput): readonly string[] =>
    switchedOn(each).map(({ sort, words, holds, staged, grown, programs, outside, reaches }) => {
      const reached = heads(40).filter(reaches).length;
      const flags = [staged ? "staged" : "", grown ? "grown" : "", programs ? "programs" : "", ...outside].filter((word) => word !== "");
      return `${sort} "${words}" ${reached} ${holds.map(({ kind, key }) => `${kind}/${key}`).join(" ")} ${flags.join(" ")}`.trim();
    });
  const MFA = 'mfa "MFA: heads"';
  const KEY = "conditional-access/mfa-heads";
  const outside: Partial<PolicySettings> = { locations: { include: ["all"], exclude: [LOCATION] } };
  const location = (ranges: readonly string[]): ResourceOf<"named-location"> => ({
    kind: "named-location",
    id: LOCATION,
    mark: { plan: PLAN_ID, key: "schools" },
    settings: locationSettings({ ranges }),
    managed: false,
  });
  /** Beside the policies that a row says. */
  const located = (ranges: readonly string[]): Partial<Observed> => ({ resources: { ...observed().resources, "named-location": present([location(ranges)]) } });
  const ranges = (before: readonly string[], after: readonly string[]): Change =>
    change({
      kind: "named-location",
      key: "schools",
      action: "update",
      id: LOCATION,
      before: locationSettings({ ranges: before }),
      after: locationSettings({ ranges: after }),
    });
  const networked = plan({
    networks: [{ name: "schools", slug: "schools", sort: "ip", ranges: ["192.0.2.0/24"], trusted: false, place: { file: "p", line: 1, column: 1 } }],
  });
  const states = (to: "disabled" | "enabled" | "enforced"): Change =>
    change({ kind: "per-user-mfa", key: "heads", action: "update", states: { to, accounts: heads(3).map((who) => ({ id: who, before: "disabled" })) } });
  const defaults = (enabled: boolean): Change =>
    change({ kind: "security-defaults", key: "tenant", action: "update", id: id(9), before: { enabled: !enabled }, after: { enabled } });

  test.each<readonly [string, GuardInput, readonly string[]]>([
    ["nothing changes", given([], [policy()]), []],
    ["a policy comes on", given([policyChange({ state: "report-only" })], [policy({ state: "report-only" })]), [`${MFA} 40 ${KEY} grown`]],
    ["asks programs as well", given([policyChange({}, { clients: ["browser", "mobile-and-desktop"] })], [policy()]), [`${MFA} 40 ${KEY} grown programs`]],
    [
      "asks in fewer programs",
      given([policyChange({ clients: ["browser", "mobile-and-desktop"] })], [policy({ clients: ["browser", "mobile-and-desktop"] })]),
      [],
    ],
    ["is renamed", given([policyChange({ name: "MFA" })], [policy({ name: "MFA" })]), []],
    ["goes into report-only", given([policyChange({}, { state: "report-only" })], [policy()]), []],
    ["is switched off", given([policyChange({}, { state: "off" })], [policy()]), []],
    ["is staged", given([policyChange({ state: "off" }, { state: "report-only" })], [policy({ state: "off" })]), [`${MFA} 40 ${KEY} staged grown`]],
    ["stays staged", given([], [policy({ state: "report-only" })]), []],
    [
      "somebody joins a policy that is on",
      given([joins(NEW_HEADS)], [policy()], { members: new Map([[HEADS_GROUP, present(IdIndex.of(heads(38)))]]) }),
      [`${MFA} 2 cohort-group/heads`],
    ],
    [
      "somebody joins one that is staged",
      given([joins(NEW_HEADS)], [policy({ state: "report-only" })], { members: new Map([[HEADS_GROUP, present(IdIndex.of(heads(38)))]]) }),
      [],
    ],
    ["no longer left out", given([policyChange({ ...outside, state: "on" }, {})], [policy(outside)], {}, networked), [`${MFA} 40 ${KEY} grown`]],
    ["spared in a network", given([policyChange({}, outside)], [policy()], {}, networked), []],
    [
      "a network that becomes narrower",
      given([ranges(["192.0.2.0/24", "198.51.100.0/24"], ["192.0.2.0/24"])], [policy(outside)], located(["192.0.2.0/24", "198.51.100.0/24"]), networked),
      [`${MFA} 40 named-location/schools grown schools`],
    ],
    [
      "a network that becomes wider",
      given([ranges(["192.0.2.0/24"], ["192.0.2.0/24", "198.51.100.0/24"])], [policy(outside)], located(["192.0.2.0/24"]), networked),
      [],
    ],
    ["a network beside it that becomes narrower", given([ranges(["192.0.2.0/24"], [])], [policy()], located(["192.0.2.0/24"]), networked), []],
    [
      "more applications",
      given(
        [policyChange({ apps: { include: ["office365"], exclude: [], userActions: [] } })],
        [policy({ apps: { include: ["office365"], exclude: [], userActions: [] } })],
      ),
      [`${MFA} 40 ${KEY} grown`],
    ],
    ["a strength in place of MFA", given([policyChange({}, { grant: { operator: "or", controls: [], strength: id(4) } })], [policy()]), []],
    [
      "a block in place of MFA",
      given([policyChange({}, { grant: { operator: "or", controls: ["block"], strength: null } })], [policy()]),
      [`block "MFA: heads" 40 ${KEY} grown`],
    ],
    [
      "registering methods is no sign-in",
      given(
        [policyChange({ state: "off" }, { apps: { include: [], exclude: [], userActions: ["urn:user:registersecurityinfo"] } })],
        [policy({ state: "off" })],
      ),
      [],
    ],
    ["somebody else's policy", given([], [policy({}, { mark: { plan: "other", key: "mfa-heads" } })]), []],
    [
      "everybody, but who is left out",
      given(
        [policyChange({ state: "report-only", include: EVERYBODY }, { include: EVERYBODY, exclude: users({ users: [E1, FIRST], groups: [HEADS_GROUP] }) })],
        [policy({ state: "report-only", include: EVERYBODY })],
        { members: new Map([[HEADS_GROUP, present(IdIndex.of(heads(5)))]]) },
      ),
      [`${MFA} 35 ${KEY} grown`],
    ],
    ["per-user MFA enabled", given([states("enabled")], []), ['mfa "heads" 3 per-user-mfa/heads grown programs']],
    [
      "per-user MFA enforced keeps old programs out",
      given([states("enforced")], []),
      ['mfa "heads" 3 per-user-mfa/heads grown programs', 'block "heads" 3 per-user-mfa/heads grown programs'],
    ],
    ["per-user MFA retired", given([states("disabled")], []), []],
    [
      "security defaults come on",
      given([defaults(true)], []),
      ['mfa "security defaults" 40 security-defaults/tenant grown programs', 'block "security defaults" 40 security-defaults/tenant grown programs'],
    ],
    ["security defaults go", given([defaults(false)], []), []],
  ])("%s", (_name, each, want) => {
    expect(line(each)).toEqual(want);
  });

  test("a role that is left out is that of no cohort: who synchronises the directory is not reached", () => {
    const SYNC = id(0x77);
    const people = new Roster(["heads"]);
    people.add(FIRST, "head@alder.county.example", { enabled: true, guest: false, pupil: false }, ["in"]);
    people.add(SYNC, "sync_dc@county.example", { enabled: true, guest: false, pupil: false }, ["out"]);
    const exclude = users({ users: [E1], roles: ["d29b2b05-8046-44ba-8758-1e26182fcf32"] });
    const all = plan({ cohorts: [cohort({ source: { type: "all" }, pupils: "out" })] });
    const settings = { include: EVERYBODY, exclude };
    const [one] = switchedOn(
      given([policyChange({ ...settings, state: "report-only" }, settings)], [policy({ ...settings, state: "report-only" })], { roster: present(people) }, all),
    );
    expect([one?.reaches(FIRST), one?.reaches(SYNC), one?.reaches(E1)]).toEqual([true, false, false]);
  });

  test("guests are reached unless they are left out", () => {
    const people = new Roster(["heads"]);
    people.add(FIRST, "guest@elsewhere.example", { enabled: true, guest: true, pupil: false }, ["out"]);
    const reached = (guests: boolean): boolean | undefined => {
      const settings = { include: EVERYBODY, exclude: users({ guests }) };
      return switchedOn(
        given([policyChange({ ...settings, state: "off" }, settings)], [policy({ ...settings, state: "off" })], { roster: present(people) }),
      )[0]?.reaches(FIRST);
    };
    expect([reached(true), reached(false)]).toEqual([false, true]);
  });

  test.each<readonly [string, GuardInput, string]>([
    ["nothing is switched on", given([], [policy()]), ""],
    ["the browser alone is asked", given([policyChange({ state: "off" })], [policy({ state: "off" })]), ""],
    ["programs are asked", given([policyChange({}, { clients: ["all"] })], [policy()]), "services"],
    [
      "outside a network",
      given([policyChange({ ...outside, state: "off" }, outside)], [policy({ ...outside, state: "off" })], located(["192.0.2.0/24"]), networked),
      "places",
    ],
    ["a block", given([blockChange(undefined)], [policy()]), "legacy"],
    ["a block in report-only", given([blockChange(undefined, { state: "report-only" })], [policy()]), "legacy"],
    [
      "MFA in report-only",
      given([policyChange({ state: "off" }, { state: "report-only", clients: ["all"], ...outside })], [policy({ state: "off" })], {}, networked),
      "",
    ],
  ])("what the log is asked when %s", (_name, each, want) => {
    expect(
      Object.entries(logQuestions(each))
        .flatMap(([name, asks]) => (asks ? [name] : []))
        .join(" "),
    ).toBe(want);
  });
});

describe("legacy-clients", () => {
  const on = (log: Known<SignInDigest> | undefined, fields: Partial<Observed> = {}): GuardInput =>
    given([blockChange(undefined)], [policy()], { ...(log !== undefined && { log }), ...fields });
  const disabled = (): Roster => {
    const people = roster(40);
    people.add(FIRST, "head@school-0.county.example", { enabled: false, guest: false, pupil: false }, ["in"]);
    return people;
  };
  check(legacyClients, [
    ["nothing is blocked", given([], [policy(), blockPolicy()], { log: uses([[FIRST, "IMAP4"]]) }), []],
    ["nobody uses one", on(uses([])), []],
    ["one does", on(uses([[FIRST, "IMAP4"]])), [/^stop: 1 account used an old program in the last 30 days, and "No old clients: heads" would keep it out/]],
    [
      "three do",
      on(
        uses([
          [FIRST, "IMAP4"],
          [SECOND, "POP3"],
          [THIRD, "Authenticated SMTP"],
        ]),
      ),
      [/^stop: 3 accounts used an old program/],
    ],
    ["somebody else does", on(uses([[id(0x7777), "IMAP4"]])), []],
    ["a disabled account did", on(uses([[FIRST, "IMAP4"]]), { roster: present(disabled()) }), []],
    ["MFA blocks no program", given([policyChange({ state: "off" })], [policy({ state: "off" })], { log: uses([[FIRST, "IMAP4"]]) }), []],
    [
      "staged: who would lose it, and when",
      given([blockChange(undefined, { state: "report-only" })], [policy()], { log: uses([[FIRST, "IMAP4"]]) }),
      [/^go: 1 account used an old program in the last 30 days, which "No old clients: heads" would keep out on Mon 19 Nov 2018/],
    ],
    ["staged, and the log is not known: no danger yet", given([blockChange(undefined, { state: "report-only" })], [policy()], { log: unknown("503") }), []],
    ["not read", on(undefined), [/^unclear: who still uses an old program is not known: the log of sign-ins was not read$/]],
    ["nobody asks", on(absent), []],
    ["unreadable", on(unknown("403")), [/^unclear: who still uses an old program is not known: the log of sign-ins could not be read: 403$/]],
    ["that part was not asked for", on(logOf({})), [/^unclear: .*was not asked for it$/]],
    ["that part is unreadable", on(logOf({ legacy: unknown("504") })), [/^unclear: .*could not be read: 504$/]],
    [
      "no licence: nobody will ever know",
      on(logOf({ legacy: absent })),
      [/^go: who still uses an old program is not known: the service keeps a log .* P1 or P2$/],
    ],
    [
      "a practice tenant without a log",
      on(present({ ...uses([]), empty: true, ...(uses([]).type === "present" && { legacy: present({ ...LOOKED, uses: new Map() }) }) })),
      [/^go: .* this practice tenant has no log/],
    ],
    [
      "a real one with an empty log",
      on(present({ empty: true, legacy: present({ ...LOOKED, uses: new Map() }) }), { tenant: { ...observed().tenant, practice: false } }),
      [/^unclear: .*the log of sign-ins is empty/],
    ],
    [
      "half of it could not be read",
      on(uses([[FIRST, "IMAP4"]], { gaps: [{ words: "beta: 503", lasting: false }] })),
      [/^stop: 1 account/, /^unclear: who still uses an old program is known in part: beta: 503$/],
    ],
    [
      "half of it nobody tells",
      on(uses([], { gaps: [{ words: "beta: 400", lasting: true }] })),
      [/^go: who still uses an old program is known in part: beta: 400$/],
    ],
    [
      "the log is too long",
      on(uses([], { cut: true, since: MOMENT - 2 * DAY_MS })),
      [/^go: who still uses an old program is known back to Sat 17 Nov 2018.*: the log is longer than what is read of it$/],
    ],
  ]);

  test("who, with what and when, the newest first", () => {
    const { accounts, count, holds, phase } = only(
      legacyClients.check(
        on(
          uses([
            [FIRST, "IMAP4", MOMENT - 3 * DAY_MS],
            [SECOND, "POP3"],
            [THIRD, "Authenticated SMTP", MOMENT - 20 * DAY_MS],
          ]),
        ),
      ),
    );
    expect(accounts).toEqual([
      "head@school-1.county.example (POP, yesterday)",
      "head@school-0.county.example (IMAP, 3 days ago)",
      "head@school-2.county.example (SMTP, 20 days ago)",
    ]);
    expect({ count, holds, phase }).toEqual({ count: 3, holds: [{ kind: "conditional-access", key: "block-heads" }], phase: "heads-web" });
  });

  test("only those who join a block that is on already", () => {
    const log = uses([
      [FIRST, "IMAP4"],
      [NEW_HEADS[0] ?? "", "POP3"],
    ]);
    const finding = only(
      legacyClients.check(given([joins(NEW_HEADS)], [blockPolicy()], { log, members: new Map([[HEADS_GROUP, present(IdIndex.of(heads(38)))]]) })),
    );
    expect([finding.count, finding.holds]).toEqual([1, [{ kind: "cohort-group", key: "heads" }]]);
  });

  test("what is not known takes as many to let pass as could be hit", () => {
    expect(only(legacyClients.check(on(unknown("503")))).count).toBe(40);
  });
});

describe("service-accounts", () => {
  const PROGRAMS: Partial<PolicySettings> = { clients: ["browser", "mobile-and-desktop"] };
  const services = (entries: readonly (readonly [ObjectId, ServiceUse["way"]])[], looked: Partial<Looked> = {}): Known<SignInDigest> =>
    logOf({
      services: present({ ...LOOKED, ...looked, accounts: new Map(entries.map(([who, way]): [ObjectId, ServiceUse] => [who, { way, last: YESTERDAY }])) }),
    });
  const on = (log: Known<SignInDigest> | undefined): GuardInput =>
    given([policyChange({ state: "off", ...PROGRAMS }, PROGRAMS)], [policy({ state: "off", ...PROGRAMS })], log === undefined ? {} : { log });
  const web = (log: Known<SignInDigest> | undefined): GuardInput =>
    given([policyChange({ state: "off" })], [policy({ state: "off" })], log === undefined ? {} : { log });
  check(serviceAccounts, [
    ["nobody is asked", given([], [policy(PROGRAMS)], { log: services([[FIRST, "smtp"]]) }), []],
    ["none", on(services([])), []],
    [
      "one",
      on(services([[FIRST, "smtp"]])),
      [/^stop: 1 account looks like an account of programs: no person signed in with it in the last 30 days; asked for MFA, its program stops$/],
    ],
    [
      "two",
      on(
        services([
          [FIRST, "smtp"],
          [SECOND, "password"],
        ]),
      ),
      [/^stop: 2 accounts look like accounts of programs/],
    ],
    ["somebody whom nobody asks", on(services([[id(0x7777), "smtp"]])), []],
    [
      "in the browser no program is asked",
      web(services([[FIRST, "smtp"]])),
      [/^go: 1 account looks like .* in the browser nobody asks it, but once programs are asked as well it stops$/],
    ],
    ["in the browser, and nobody read the log", web(undefined), []],
    ["not read", on(undefined), [/^unclear: which accounts programs sign in as is not known: the log of sign-ins was not read$/]],
    ["nobody asks for the log", on(absent), []],
    ["no licence", on(logOf({ services: absent })), [/^go: which accounts programs sign in as is not known: the service keeps/]],
    ["unreadable", on(logOf({ services: unknown("when accounts were last signed in with: 503") })), [/^unclear: .*503$/]],
    ["half of it", on(services([], { gaps: [{ words: "ropc: 503", lasting: false }] })), [/^unclear: .* known in part: ropc: 503$/]],
  ]);

  test("who, how and when", () => {
    const { accounts, count, holds } = only(
      serviceAccounts.check(
        on(
          services([
            [SECOND, "refresh"],
            [FIRST, "smtp"],
            [THIRD, "password"],
          ]),
        ),
      ),
    );
    expect(accounts).toEqual([
      "head@school-0.county.example (hands in mail by SMTP, yesterday)",
      "head@school-1.county.example (signs in without a person, yesterday)",
      "head@school-2.county.example (a program sends its password, yesterday)",
    ]);
    expect([count, holds]).toEqual([3, [{ kind: "conditional-access", key: "mfa-heads" }]]);
  });

  test("two policies that ask the same account are let pass once", () => {
    const staff = policy({ ...PROGRAMS, state: "off" }, { id: id(0x202), mark: { plan: PLAN_ID, key: "mfa-staff" } });
    const second: Change = {
      ...policyChange({ ...PROGRAMS, state: "off" }, PROGRAMS),
      id: id(0x202),
      key: "mfa-staff",
      mark: { plan: PLAN_ID, key: "mfa-staff" },
    };
    const both = given([policyChange({ state: "off", ...PROGRAMS }, PROGRAMS), second], [policy({ state: "off", ...PROGRAMS }), staff], {
      log: services([[FIRST, "smtp"]]),
    });
    const { count, holds } = only(serviceAccounts.check(both));
    expect([count, holds?.map(({ key }) => key)]).toEqual([1, ["mfa-heads", "mfa-staff"]]);
  });
});

describe("networks", () => {
  const OUTSIDE: Partial<PolicySettings> = { locations: { include: ["all"], exclude: [LOCATION] } };
  const SCHOOLS: Plan["networks"][number] = {
    name: "schools",
    slug: "schools",
    sort: "ip",
    ranges: ["192.0.2.0/24"],
    trusted: false,
    place: { file: "p", line: 1, column: 1 },
  };
  const HALL: Plan["networks"][number] = { ...SCHOOLS, name: "hall", slug: "hall" };
  const of = plan({ networks: [SCHOOLS, HALL] });
  const location: ResourceOf<"named-location"> = {
    kind: "named-location",
    id: LOCATION,
    mark: { plan: PLAN_ID, key: "schools" },
    settings: locationSettings(),
    managed: false,
  };
  const crowd = (size: number, address = "198.51.100.7", from = 0): Crowd => ({ address, accounts: heads(size, from) });
  const places = (seen: readonly string[], crowds: readonly Crowd[] = [], looked: Partial<Looked> = {}): Known<SignInDigest> =>
    logOf({ places: present({ ...LOOKED, ...looked, networks: new Map(seen.map((name) => [name, { last: YESTERDAY, count: 7 }])), crowds }) });
  const at = (
    changes: readonly Change[],
    policies: readonly ResourceOf<"conditional-access">[],
    log: Known<SignInDigest> | undefined,
    fields: Partial<Observed> = {},
  ): GuardInput => {
    const base = with_(policies, fields);
    const seen = { ...base, resources: { ...base.resources, "named-location": present([location]) }, ...(log !== undefined && { log }) };
    return input({ plan: of, observed: seen, diff: diff(changes) });
  };
  const on = (log: Known<SignInDigest> | undefined): GuardInput =>
    at([policyChange({ ...OUTSIDE, state: "off" }, OUTSIDE)], [policy({ ...OUTSIDE, state: "off" })], log);

  check(networks, [
    ["nothing is switched on", at([], [policy(OUTSIDE)], places([])), []],
    ["MFA everywhere spares no network", at([policyChange({ state: "off" })], [policy({ state: "off" })], places([], [crowd(20)])), []],
    ["people are in it", on(places(["schools"])), []],
    [
      "nobody is in it",
      on(places([])),
      [/^stop: nobody signed in from the network schools \(192\.0\.2\.0\/24\) in the last 14 days: if its addresses are wrong/],
    ],
    ["nobody is in a network that this policy does not spare", on(places(["schools"])), []],
    [
      "ten outside",
      on(places(["schools"], [crowd(10)])),
      [
        /^stop: 10 accounts that would be asked for MFA sign in from an address outside every network of the plan, ten or more from each: 198\.51\.100\.7 \(10 accounts\)$/,
      ],
    ],
    ["nine of ten are asked", on(places(["schools"], [{ address: "198.51.100.7", accounts: [...heads(9), id(0x7777)] }])), []],
    [
      "two addresses",
      on(places(["schools"], [crowd(12), crowd(15, "2001:db8:99:1::/64", 12)])),
      [/^stop: 27 accounts .* from 2 addresses .*: 2001:db8:99:1::\/64 \(15 accounts\) and 198\.51\.100\.7 \(12 accounts\)$/],
    ],
    ["both mistakes", on(places([], [crowd(10)])), [/^stop: nobody signed in/, /^stop: 10 accounts/]],
    [
      "staged",
      at([policyChange({ ...OUTSIDE, state: "off" }, { ...OUTSIDE, state: "report-only" })], [policy({ ...OUTSIDE, state: "off" })], places([], [crowd(20)])),
      [],
    ],
    ["not read", on(undefined), [/^unclear: where people sign in from is not known: the log of sign-ins was not read$/]],
    ["nobody asks", on(absent), []],
    ["unreadable", on(logOf({ places: unknown("503") })), [/^unclear: where people sign in from is not known: .*503$/]],
    ["no licence", on(logOf({ places: absent })), [/^go: /]],
    [
      "an empty log in a practice tenant",
      on(present({ empty: true, places: present({ ...LOOKED, networks: new Map(), crowds: [] }) })),
      [/^go: where people sign in from is not known: this practice tenant has no log/],
    ],
    [
      "the log was cut",
      on(places([], [], { cut: true, since: YESTERDAY })),
      [/^stop: nobody signed in .* in the last 14 days, as far as the log was read/, /^go: where people sign in from is known back to Sun 18 Nov 2018 12:00/],
    ],
    [
      "those who join an asking policy: their crowd alone",
      at([joins(heads(12, 28))], [policy(OUTSIDE)], places([], [crowd(20, "198.51.100.9"), crowd(12, "198.51.100.7", 28)]), {
        members: new Map([[HEADS_GROUP, present(IdIndex.of(heads(28)))]]),
      }),
      [/^stop: 12 accounts .*: 198\.51\.100\.7 \(12 accounts\)$/],
    ],
  ]);

  test("who, and what waits for it", () => {
    const { accounts, count, holds, hint } = only(networks.check(on(places(["schools"], [crowd(11, "2001:db8:99:1::/64")]))));
    expect([accounts?.length, accounts?.[0], count, holds]).toEqual([
      11,
      "head@school-0.county.example",
      11,
      [{ kind: "conditional-access", key: "mfa-heads" }],
    ]);
    expect(hint).toMatch(/IPv6/);
  });
});
