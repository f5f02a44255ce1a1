import { describe, expect, test } from "vitest";
import type { Finding } from "../../../src/core/changes.ts";
import { allTrusted } from "../../../src/core/guards/all-trusted.ts";
import { doubles } from "../../../src/core/guards/doubles.ts";
import type { Guard, GuardInput } from "../../../src/core/guards/guard.ts";
import { licence } from "../../../src/core/guards/licence.ts";
import { lists } from "../../../src/core/guards/lists.ts";
import { overdue } from "../../../src/core/guards/overdue.ts";
import { securityDefaults } from "../../../src/core/guards/security-defaults.ts";
import { size } from "../../../src/core/guards/size.ts";
import { unknownReads } from "../../../src/core/guards/unknown-reads.ts";
import { IdIndex } from "../../../src/core/ids.ts";
import type { Observed, Remark } from "../../../src/core/observed.ts";
import type { Cohort } from "../../../src/core/plan/plan.ts";
import type { Standing } from "../../../src/core/roster.ts";
import { absent, present, unknown } from "../../../src/core/tenant.ts";
import {
  change,
  cohort,
  desired,
  diff,
  foreign,
  group,
  groupSettings,
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
  wantedGroup,
  wantedPolicy,
} from "./world.ts";

type Row = readonly [name: string, input: GuardInput, want: readonly (string | RegExp)[]];

/** `want`: what each finding's verdict and sentence look like, in order; none when the guard has nothing to say. */
const check = (guard: Guard, rows: readonly Row[]): void => {
  test.each(rows)("%s", (_name, given, want) => {
    const findings = guard.check(given);
    const lines = told(findings);
    expect(lines).toHaveLength(want.length);
    for (const [at, each] of want.entries()) expect(lines[at]).toMatch(each);
    for (const finding of findings) {
      expect(finding.guard).toBe(guard.name);
      if (finding.allowable) expect(guard.allowable).toBe(true);
      if (finding.verdict !== "go") expect(finding.hint).toBeDefined();
    }
  });
};

const holdsOf = (findings: readonly Finding[]): readonly (readonly string[] | undefined)[] =>
  findings.map(({ holds }) => holds?.map(({ kind, key }) => `${kind}/${key}`));

const resources = (fields: Partial<Observed["resources"]>): Observed => observed({ resources: { ...observed().resources, ...fields } });

describe("unknown-reads", () => {
  const progress = group({
    id: id(0x101),
    mark: { plan: PLAN_ID, key: "progress" },
    settings: { name: "MFA rollout: progress", description: `entra-rollout:${PLAN_ID}/progress somebody edited this` },
  });
  check(unknownReads, [
    ["all read", input(), []],
    [
      "policies unknown",
      input({ observed: resources({ "conditional-access": unknown("429 for 10 minutes") }) }),
      [/^unclear: the policies could not be read: 429 for 10 minutes$/],
    ],
    ["locations unknown", input({ observed: resources({ "named-location": unknown("503") }) }), [/^unclear: the named locations could not be read/]],
    ["groups unknown", input({ observed: resources({ "cohort-group": unknown("403") }) }), [/^unclear: the groups could not be read/]],
    ["nothing there is not unknown", input({ observed: resources({ "cohort-group": absent, "named-location": absent, "conditional-access": absent }) }), []],
    ["accounts unknown", input({ observed: observed({ roster: unknown("page 3 failed") }) }), [/^unclear: the accounts could not be read.*page 3 failed/]],
    [
      "members unknown",
      input({ observed: observed({ members: new Map([[HEADS_GROUP, unknown("504")]]) }) }),
      [/^unclear: the members of the group "MFA rollout: heads" \(00000000-0000-4000-8000-000000000100\) could not be read: 504/],
    ],
    ["members not looked up", input({ observed: observed({ members: new Map() }) }), [/^unclear: the members .* they were not looked up/]],
    [
      "members of another plan's group",
      input({ observed: { ...resources({ "cohort-group": present([group({ mark: { plan: "other", key: "heads" } })]) }), members: new Map() } }),
      [],
    ],
    ["members of a group that the plan does not ask for", input({ observed: observed({ members: new Map() }), desired: desired("later", []) }), []],
    [
      "progress that somebody edited",
      input({ observed: resources({ "cohort-group": present([group(), progress]) }) }),
      [/^unclear: the description of the group "MFA rollout: progress"/],
    ],
    [
      "registration of two days ago",
      input({ observed: observed({ registration: present({ refreshed: MOMENT - 51 * 3_600_000 }) }) }),
      [/^go: who is ready is not known for sure: the registration report is 51 hours old/],
    ],
    ["registration unknown", input({ observed: observed({ registration: unknown("403") }) }), [/^go: who is ready is not known/]],
  ]);

  test("only unknown members hold one key; a list that failed holds everything", () => {
    expect(holdsOf(unknownReads.check(input({ observed: observed({ members: new Map() }) })))).toEqual([["cohort-group/heads"]]);
    expect(holdsOf(unknownReads.check(input({ observed: observed({ roster: unknown("x") }) })))).toEqual([undefined]);
  });
});

describe("doubles", () => {
  const twice = diff([], { doubles: [{ mark: { plan: PLAN_ID, key: "mfa-heads" }, kind: "conditional-access", ids: [id(0x202), id(0x201)] }] });
  check(doubles, [
    ["each once", input(), []],
    [
      "a policy twice",
      input({ diff: twice }),
      [/^stop: two policies bear the mark county-2018\/mfa-heads: 00000000-0000-4000-8000-000000000201 and 00000000-0000-4000-8000-000000000202;/],
    ],
  ]);
  test("it holds that key", () => {
    expect(holdsOf(doubles.check(input({ diff: twice })))).toEqual([["conditional-access/mfa-heads"]]);
  });
});

describe("lists", () => {
  const remark = (type: Remark["type"], accounts: readonly string[] = []): Observed =>
    observed({ remarks: [{ cohort: "heads", type, detail: `said of ${type}`, accounts }] });
  const withoutGroup = (type: Remark["type"]): Observed => ({ ...remark(type), resources: { ...observed().resources, "cohort-group": present([]) } });
  check(lists, [
    ["nothing to say", input(), []],
    ["pupils unsaid", input({ observed: remark("pupils-unsaid") }), [/^stop: heads: said of pupils-unsaid$/]],
    ["pupils unsaid in a later phase", input({ observed: remark("pupils-unsaid"), desired: desired("later", []) }), [/^stop: /]],
    ["no group, live", input({ observed: remark("no-group") }), [/^stop: heads: said of no-group$/]],
    ["no group, staged", input({ observed: remark("no-group"), desired: desired("staged") }), [/^stop: heads: said of no-group$/]],
    ["no group, later", input({ observed: remark("no-group"), desired: desired("later", []) }), [/^go: heads: said of no-group$/]],
    ["no group, on hold", input({ observed: remark("no-group"), desired: desired("held") }), [/^go: /]],
    ["list unusable, group there", input({ observed: remark("list-unusable") }), [/^go: heads: said of list-unusable$/]],
    ["list unusable, group not there", input({ observed: withoutGroup("list-unusable") }), [/^stop: heads: said of list-unusable$/]],
    ["list unusable, later", input({ observed: withoutGroup("list-unusable"), desired: desired("later", []) }), [/^go: /]],
    ["a row that names nobody", input({ observed: remark("no-account", ["ghost@alder.county.example"]) }), [/^go: heads: said of no-account$/]],
    ["a match of an alias", input({ observed: remark("alias-only") }), [/^go: heads: said of alias-only$/]],
  ]);
  test("a stop holds the cohort's group and its policies, and names the phase", () => {
    const [finding] = lists.check(input({ observed: remark("no-group") }));
    expect(finding).toMatchObject({
      phase: "heads-web",
      holds: [
        { kind: "cohort-group", key: "heads" },
        { kind: "conditional-access", key: "mfa-heads" },
      ],
    });
  });
});

describe("licence", () => {
  const needs = diff([policyChange({ state: "report-only" })]);
  const onlyGroups = diff([change({ kind: "cohort-group", key: "heads", action: "create", after: groupSettings })]);
  const held = (fields: Partial<Observed>): Observed => observed(fields);
  check(licence, [
    ["P1", input({ diff: needs }), []],
    ["P2 alone", input({ diff: needs, observed: held({ licence: present({ p1: false, p2: true, studentSkus: [] }) }) }), []],
    [
      "none",
      input({ diff: needs, observed: held({ licence: present({ p1: false, p2: false, studentSkus: [] }) }) }),
      [/^stop: the tenant has no Entra ID P1; conditional access cannot be used: the service would refuse 1 policy$/],
    ],
    ["no subscription at all", input({ diff: needs, observed: held({ licence: absent }) }), [/^stop: the tenant has no Entra ID P1/]],
    ["unknown", input({ diff: needs, observed: held({ licence: unknown("403") }) }), [/^unclear: whether the tenant has Entra ID P1 is not known: 403$/]],
    ["none, but nothing needs it", input({ diff: onlyGroups, observed: held({ licence: absent }) }), []],
  ]);
});

describe("security-defaults", () => {
  const on = diff([policyChange({ state: "report-only" }, { state: "on" })]);
  check(securityDefaults, [
    ["off", input({ diff: on }), []],
    [
      "on beside a plan of another mechanism",
      input({ diff: on, observed: observed({ securityDefaults: present(true) }) }),
      [/^stop: security defaults are on.*1 policy would be$/],
    ],
    [
      "on, only report-only",
      input({ diff: diff([policyChange({ state: "off" }, { state: "report-only" })]), observed: observed({ securityDefaults: present(true) }) }),
      [],
    ],
    [
      "unknown",
      input({ diff: on, observed: observed({ securityDefaults: unknown("403") }) }),
      [/^unclear: whether security defaults are on is not known: 403$/],
    ],
    ["unknown, nothing to switch on", input({ observed: observed({ securityDefaults: unknown("403") }) }), []],
  ]);
  test("it holds what is to be switched on, so that staging goes on", () => {
    const changes = diff([
      policyChange({ state: "report-only" }),
      change({ kind: "conditional-access", key: "mfa-offices", action: "create", after: policySettings({ state: "report-only" }) }),
    ]);
    expect(holdsOf(securityDefaults.check(input({ diff: changes, observed: observed({ securityDefaults: present(true) }) })))).toEqual([
      ["conditional-access/mfa-heads"],
    ]);
  });
});

describe("all-trusted", () => {
  const makes = (trusted: boolean) =>
    diff([change({ kind: "named-location", key: "schools", action: "create", name: "schools", after: locationSettings({ trusted }) })]);
  const ends = diff([
    change({
      kind: "named-location",
      key: "schools",
      action: "update",
      name: "schools",
      id: LOCATION,
      before: locationSettings({ trusted: true }),
      after: locationSettings(),
    }),
  ]);
  const spares = foreign({ name: "Old: MFA outside", locations: { include: ["all"], exclude: ["all-trusted"] } });
  const names = foreign({ name: "Old: block outside", locations: { include: ["all-trusted"], exclude: [] }, state: "report-only" }, 0x901);
  const off = foreign({ locations: { include: ["all"], exclude: ["all-trusted"] }, state: "off" }, 0x902);
  const seen = (...policies: readonly ReturnType<typeof foreign>[]): Observed => resources({ "conditional-access": present(policies) });
  check(allTrusted, [
    ["no location changes", input({ observed: seen(spares) }), []],
    ["one that is not trusted", input({ observed: seen(spares), diff: makes(false) }), []],
    [
      "a trusted one, nobody minds",
      input({ observed: seen(foreign(), off, policy({ locations: { include: ["all"], exclude: ["all-trusted"] } })), diff: makes(true) }),
      [],
    ],
    [
      "a trusted one, two mind",
      input({ observed: seen(spares, names), diff: makes(true) }),
      [/^stop: the trusted location "schools" would change 2 policies of others.*"Old: MFA outside" \(.*900\) and "Old: block outside" \(.*901\)$/],
    ],
    ["one that ceases to be trusted", input({ observed: seen(spares), diff: ends }), [/^stop: .*1 policy of others/]],
    ["policies unknown", input({ observed: resources({ "conditional-access": unknown("429") }), diff: makes(true) }), [/^unclear: .*429$/]],
  ]);
});

describe("size", () => {
  const leaving = (count: number, of: number): GuardInput =>
    input({
      observed: observed({ members: new Map([[HEADS_GROUP, present(IdIndex.of(heads(of)))]]) }),
      diff: diff([
        change({
          kind: "cohort-group",
          key: "heads",
          action: "update",
          name: "MFA rollout: heads",
          id: HEADS_GROUP,
          before: groupSettings,
          after: groupSettings,
          members: { added: [], removed: heads(count) },
        }),
      ]),
    });
  const deleting = (count: number): GuardInput =>
    input({
      diff: diff(
        Array.from({ length: count }, (_, at) =>
          change({ kind: "conditional-access", key: `mfa-${at}`, action: "delete", name: `MFA: ${at}`, id: id(0x700 + at), before: policySettings() }),
        ),
      ),
    });
  const nobody = observed({ roster: present(roster(0)) });
  const unusable: Remark = { cohort: "heads", type: "list-unusable", detail: "", accounts: [] };
  const lastTime = (accounts: number): GuardInput => input({ history: { written: new Map(), accounts } });
  check(size, [
    ["nothing much", input(), []],
    ["two leave a group of three", leaving(2, 3), []],
    ["three leave a group of six", leaving(3, 6), [/^stop: 3 accounts of 6 would leave/]],
    ["fifty leave a group of 500: the share", leaving(50, 500), []],
    ["fifty leave a group of 5,000", leaving(50, 5_000), []],
    ["51 leave a group of 5,000: the count, although the share is small", leaving(51, 5_000), [/^stop: 51 accounts of 5,000 would leave/]],
    ["51 leave a group of 505: the share, although the count is small", leaving(51, 505), [/^stop: 51 accounts of 505 would leave/]],
    ["six leave a group of sixty", leaving(6, 60), []],
    ["six leave a group of 59", leaving(6, 59), [/^stop: 6 accounts of 59 would leave the group "MFA rollout: heads"$/]],
    ["3 deletions", deleting(3), []],
    ["4 deletions", deleting(4), [/^stop: 4 resources would be deleted: "MFA: 0", "MFA: 1", "MFA: 2" and "MFA: 3"$/]],
    ["a live cohort of nobody", input({ observed: nobody }), [/^stop: the cohort heads is nobody at all/]],
    ["a staged cohort of nobody", input({ observed: nobody, desired: desired("staged") }), [/^stop: the cohort heads/]],
    ["a later cohort of nobody", input({ observed: nobody, desired: desired("later", []) }), []],
    ["a cohort of nobody whose list cannot be used", input({ observed: { ...nobody, remarks: [unusable] } }), []],
    ["accounts unknown", input({ observed: observed({ roster: unknown("x") }) }), []],
    ["as many accounts as last time", lastTime(40), []],
    ["80 % of the accounts of last time", lastTime(50), []],
    ["fewer", lastTime(51), [/^unclear: the tenant shows 40 accounts, the last run saw 51/]],
    ["a thousand fewer of many", { ...lastTime(8_000), observed: observed({ roster: present(roster(7_000)) }) }, []],
    [
      "more than a thousand fewer, although the share is small",
      { ...lastTime(8_001), observed: observed({ roster: present(roster(7_000)) }) },
      [/^unclear: the tenant shows 7,000 accounts, the last run saw 8,001/],
    ],
  ]);
  test("counts and holds", () => {
    expect(size.check(leaving(6, 59))).toMatchObject([{ count: 6, allowable: true, holds: [{ kind: "cohort-group", key: "heads" }] }]);
    expect(size.check(leaving(6, 59))[0]?.accounts?.[0]).toBe("head@school-0.county.example");
    expect(size.check(lastTime(100))).toMatchObject([{ count: 60, allowable: true }]);
    expect(holdsOf(size.check(lastTime(100)))).toEqual([undefined]);
  });
});

describe("overdue", () => {
  const until = (day?: string): GuardInput =>
    input({
      plan: plan({
        cohorts: [
          cohort({
            except: [
              {
                accounts: ["finance@*"],
                because: "shared by three people",
                owner: "bursar",
                ...(day !== undefined && { until: day }),
                place: { file: "county.yaml", line: 12, column: 3 },
              },
            ],
          }),
        ],
      }),
    });
  check(overdue, [
    ["no end", until(), []],
    ["ends later", until("2018-12-01"), []],
    ["the last day", until("2018-11-19"), []],
    ["the day after", until("2018-11-18"), [/^go: the exclusion of finance@\* from heads ended on .*18 Nov.* is overdue/]],
  ]);
  test("it says who is out through it", () => {
    const bursar = (at: number, standing: Standing = "out") => [id(0x2000 + at), `finance@school-${at}.county.example`, standing] as const;
    const others = [bursar(2), bursar(1), bursar(3, "in")];
    const outOf = (source: Cohort["source"], people = others) =>
      overdue.check({
        ...until("2018-11-01"),
        plan: plan({ cohorts: until("2018-11-01").plan.cohorts.map((each) => ({ ...each, source })) }),
        observed: observed({ roster: present(roster(2, people)) }),
      })[0];
    const two = ["finance@school-1.county.example", "finance@school-2.county.example"];
    expect(outOf({ type: "domains", patterns: ["*.county.example"] })).toMatchObject({
      accounts: two,
      count: 2,
      detail: expect.stringMatching(/overdue: 2 accounts are still not asked/),
    });
    expect(outOf({ type: "accounts", patterns: ["*@school-1.county.example"] })).toMatchObject({
      accounts: two.slice(0, 1),
      detail: expect.stringMatching(/: 1 account is still not asked/),
    });
    expect(outOf({ type: "all" }, [bursar(1), bursar(2, "excepted")])).toMatchObject({ accounts: two.slice(1) });
    // Who is in the group, nobody can say who is not in the cohort.
    expect(outOf({ type: "group", group: "Finance" })).not.toHaveProperty("accounts");
  });
  test("by the plan's clock, not by UTC", () => {
    const auckland = { ...until("2018-11-19"), moment: MOMENT + 12 * 3_600_000 };
    expect(overdue.check({ ...auckland, plan: { ...auckland.plan, timeZone: "Pacific/Auckland" } })).toHaveLength(1);
    expect(overdue.check(auckland)).toHaveLength(0);
  });
});

test("a world in which all is well has no stop", () => {
  const all = [unknownReads, doubles, lists, licence, securityDefaults, allTrusted, size, overdue].flatMap((guard) =>
    guard.check(input({ desired: desired("started", [wantedGroup, wantedPolicy()]) })),
  );
  expect(all).toEqual([]);
});
