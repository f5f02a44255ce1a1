import { describe, expect, test } from "vitest";
import type { PhaseCourse } from "../../src/core/changes.ts";
import { layoutOf } from "../../src/core/demands.ts";
import { type DesiredOptions, desiredAt } from "../../src/core/desired.ts";
import { nameOf } from "../../src/core/kinds/index.ts";
import type { Plan } from "../../src/core/plan/plan.ts";
import { DIRECTORY_SYNCHRONIZATION_ACCOUNTS, type Kind } from "../../src/core/tenant.ts";
import { at, cohort, moment, network, PLACE, phase, plan } from "./county.ts";

/** `cohort-group heads`, `conditional-access mfa-heads on browser` */
const words = (of: Plan, when: string, options: DesiredOptions = {}): readonly string[] =>
  desiredAt(of, at(when), options).resources.map((each) =>
    [
      each.kind,
      each.key,
      ...(each.kind === "conditional-access" ? [each.settings.state, each.settings.clients.join("+")] : []),
      ...(each.ifThere === true ? ["if there"] : []),
    ].join(" "),
  );

const courses = (of: Plan, when: string, options: DesiredOptions = {}): readonly PhaseCourse[] =>
  desiredAt(of, at(when), options).phases.map(({ course }) => course);

const GROUP = "cohort-group heads";
const held = (...ids: readonly string[]): DesiredOptions => ({ progress: { begun: [], held: ids } });
const begun = (...ids: readonly string[]): DesiredOptions => ({ progress: { begun: ids, held: [] } });
const staging = plan({
  phases: [
    phase("heads-web", "2018-11-19", "heads", ["web"]),
    phase("heads-clients", "2018-11-26", "heads", ["clients"], { reportOnlyFrom: moment("2018-11-22") }),
  ],
});

describe("what is wanted at a moment", () => {
  const cases: readonly (readonly [name: string, of: Plan, when: string, options: DesiredOptions, want: readonly string[]])[] = [
    ["before everything, nothing", plan(), "2018-11-05", {}, []],
    ["a second before report-only, nothing", plan(), "2018-11-11T23:59:59", {}, []],
    ["report-only", plan(), "2018-11-12", {}, [GROUP, "conditional-access mfa-heads report-only browser"]],
    ["a second before the moment", plan(), "2018-11-18T23:59:59", {}, [GROUP, "conditional-access mfa-heads report-only browser"]],
    ["the moment itself", plan(), "2018-11-19", {}, [GROUP, "conditional-access mfa-heads on browser"]],
    ["the policy grows", plan(), "2018-11-26", {}, [GROUP, "conditional-access mfa-heads on browser+mobile-and-desktop"]],
    [
      "what is staged beside it has a policy of its own",
      staging,
      "2018-11-22",
      {},
      [GROUP, "conditional-access mfa-heads on browser", "conditional-access mfa-heads-staged report-only mobile-and-desktop"],
    ],
    ["which is gone at its moment", staging, "2018-11-26", {}, [GROUP, "conditional-access mfa-heads on browser+mobile-and-desktop"]],
    [
      "staged by hand the evening before",
      plan(),
      "2018-11-25",
      { stage: true },
      [GROUP, "conditional-access mfa-heads on browser", "conditional-access mfa-heads-staged report-only mobile-and-desktop"],
    ],
    [
      "staged by hand when nothing runs yet: what starts next, no more",
      plan(),
      "2018-11-05",
      { stage: true },
      [GROUP, "conditional-access mfa-heads report-only browser"],
    ],
    ["staged by hand when all has started", plan(), "2018-12-01", { stage: true }, [GROUP, "conditional-access mfa-heads on browser+mobile-and-desktop"]],
    [
      "begun early by hand",
      plan(),
      "2018-11-05",
      { begin: "heads-clients" },
      [GROUP, "cohort-group progress", "conditional-access mfa-heads on mobile-and-desktop"],
    ],
    [
      "begun early before",
      plan(),
      "2018-11-05",
      begun("heads-clients"),
      [GROUP, "cohort-group progress", "conditional-access mfa-heads on mobile-and-desktop"],
    ],
    ["begun by hand past its moment: nothing to note", plan(), "2018-11-19", { begin: "heads-web" }, [GROUP, "conditional-access mfa-heads on browser"]],
    [
      "the only started phase on hold",
      plan(),
      "2018-11-19",
      held("heads-web"),
      [`${GROUP} if there`, "cohort-group progress", "conditional-access mfa-heads report-only browser if there"],
    ],
    [
      "one of two on hold: the other asks on",
      plan(),
      "2018-11-26",
      held("heads-clients"),
      [GROUP, "cohort-group progress", "conditional-access mfa-heads on browser"],
    ],
    [
      "all on hold",
      plan(),
      "2018-11-26",
      held("heads-web", "heads-clients"),
      [`${GROUP} if there`, "cohort-group progress", "conditional-access mfa-heads report-only browser+mobile-and-desktop if there"],
    ],
    [
      "one on hold and the next staged",
      staging,
      "2018-11-22",
      held("heads-web"),
      [GROUP, "cohort-group progress", "conditional-access mfa-heads report-only browser+mobile-and-desktop"],
    ],
    [
      "a hold released by hand",
      plan(),
      "2018-11-19",
      { ...held("heads-web"), begin: "heads-web" },
      [GROUP, "cohort-group progress", "conditional-access mfa-heads on browser"],
    ],
    [
      "a hold that is not the one released stays",
      plan(),
      "2018-11-26",
      { ...held("heads-web", "heads-clients"), begin: "heads-web" },
      [GROUP, "cohort-group progress", "conditional-access mfa-heads on browser"],
    ],
    ["a progress group that says nothing stays", plan(), "2018-11-05", { progress: { begun: [], held: [] } }, ["cohort-group progress"]],
  ];
  test.each(cases)("%s", (_name, of, when, options, want) => {
    expect(words(of, when, options)).toEqual(want);
  });

  test("to the second: 06:29:59 is not started, 06:30:00 is", () => {
    const of = plan({ phases: [phase("all", "2022-02-28T06:30", "heads", ["web", "clients"])] });
    expect(courses(of, "2022-02-28T06:29:59")).toEqual(["later"]);
    expect(courses(of, "2022-02-28T06:30:00")).toEqual(["started"]);
  });

  test.each<readonly [string, DesiredOptions, readonly PhaseCourse[]]>([
    ["held goes before started", held("heads-web"), ["held", "later"]],
    ["begin goes before held", { ...held("heads-web"), begin: "heads-web" }, ["started", "later"]],
    ["begun and held is held", { progress: { begun: ["heads-clients"], held: ["heads-clients"] } }, ["started", "held"]],
    [
      "begin of one that is begun, held and ahead",
      { progress: { begun: ["heads-clients"], held: ["heads-clients"] }, begin: "heads-clients" },
      ["started", "started"],
    ],
    ["a phase that nobody knows changes nothing", held("gone"), ["started", "later"]],
  ])("course: %s", (_name, options, want) => {
    expect(courses(plan(), "2018-11-20", options)).toEqual(want);
  });

  test("begin of a phase that the plan has not", () => {
    expect(() => desiredAt(plan(), at("2018-11-20"), { begin: "heads" })).toThrow(new RangeError("no phase heads in the plan county-2018"));
  });

  test.each<readonly [string, string, DesiredOptions, string]>([
    ["begin ahead of the moment is noted", "2018-11-20", { begin: "heads-clients" }, "begun=heads-clients held="],
    ["begin of a held phase releases it", "2018-11-20", { ...held("heads-web"), begin: "heads-web" }, "begun= held="],
    ["begin of a held phase that is ahead does both", "2018-11-20", { ...held("heads-clients"), begin: "heads-clients" }, "begun=heads-clients held="],
    ["sorted, phases that left the plan kept", "2018-11-20", { progress: { begun: [], held: ["x", "heads-web", "a"] } }, "begun= held=a,heads-web,x"],
  ])("progress: %s", (_name, when, options, want) => {
    const group = desiredAt(plan(), at(when), options).resources.find(({ key }) => key === "progress");
    expect(group?.settings).toEqual({ name: "MFA rollout: progress", description: `entra-rollout:county-2018/progress ${want}` });
    expect(group?.membership).toBeUndefined();
  });
});

describe("what a resource says", () => {
  test("a group and a policy for a cohort", () => {
    expect(desiredAt(plan(), at("2018-11-19")).resources).toEqual([
      {
        kind: "cohort-group",
        key: "heads",
        settings: {
          name: "MFA rollout: heads",
          description: "entra-rollout:county-2018/heads. Made and kept by entra-rollout; members are synced from the plan",
        },
        phases: ["heads-web"],
        membership: { cohort: "heads", standing: "in", rule: "exact" },
      },
      {
        kind: "conditional-access",
        key: "mfa-heads",
        settings: {
          name: "MFA: heads [county-2018/mfa-heads]",
          description: "entra-rollout:county-2018/mfa-heads. Made and kept by entra-rollout; change the plan, not this policy",
          state: "on",
          include: { all: false, none: false, guests: false, users: [], groups: ["@cohort-group/heads"], roles: [] },
          exclude: {
            all: false,
            none: false,
            guests: false,
            users: ["@account/emergency-1@county.example", "@account/emergency-2@county.example"],
            groups: [],
            roles: [],
          },
          apps: { include: ["all"], exclude: [], userActions: [] },
          clients: ["browser"],
          locations: null,
          grant: { operator: "or", controls: ["mfa"], strength: null },
          signInFrequency: null,
          other: {},
        },
        phases: ["heads-web"],
      },
    ]);
  });

  test("everybody outside networks, asked again", () => {
    const of = plan({
      cohorts: [cohort("everyone", { source: { type: "all" }, except: [{ accounts: ["office@*"], because: "shared", owner: "bursar", place: PLACE }] })],
      networks: [network("schools", ["2001:db8:10::/48", "192.0.2.0/24"]), network("annexe", ["198.51.100.0/24"], true)],
      phases: [
        phase("all", "2022-02-28T06:30", "everyone", ["web", "clients"], {
          require: { outside: ["schools", "annexe"], askAgainAfterDays: 90, apps: "office365" },
        }),
      ],
    });
    const [group, annexe, schools, policy] = desiredAt(of, at("2022-03-01")).resources;
    expect(group).toMatchObject({
      key: "everyone-except",
      settings: { name: "MFA rollout: everyone, left out" },
      membership: { cohort: "everyone", standing: "excepted", rule: "exact" },
    });
    expect(annexe).toMatchObject({ key: "annexe", settings: { name: "annexe [county-2018/annexe]", trusted: true } });
    expect(schools).toMatchObject({
      key: "schools",
      settings: { name: "schools [county-2018/schools]", sort: "ip", trusted: false, ranges: ["192.0.2.0/24", "2001:db8:10::/48"] },
    });
    expect(policy).toMatchObject({
      key: "mfa-everyone-outside-annexe-schools-office365",
      settings: {
        name: "MFA: everyone, outside annexe and schools, Office 365 [county-2018/mfa-everyone-outside-annexe-schools-office365]",
        include: { all: true, groups: [] },
        exclude: { guests: true, groups: ["@cohort-group/everyone-except"], roles: [DIRECTORY_SYNCHRONIZATION_ACCOUNTS] },
        apps: { include: ["office365"] },
        clients: ["browser", "mobile-and-desktop"],
        locations: { include: ["all"], exclude: ["@named-location/annexe", "@named-location/schools"] },
        signInFrequency: { every: 90, unit: "days" },
      },
    });
  });

  test("guests are asked where the plan takes them in", () => {
    const of = plan({ cohorts: [cohort("everyone", { source: { type: "all" }, guests: "in" })], phases: [phase("all", "2018-11-19", "everyone", ["web"])] });
    expect(desiredAt(of, at("2018-11-19")).resources.at(-1)).toMatchObject({ settings: { include: { all: true }, exclude: { guests: false } } });
  });

  test.each([
    ["accounts", cohort("x"), "exact"],
    ["a list", cohort("x", { source: { type: "file", file: "x.csv", list: { type: "read", rows: [], remarks: [] } } }), "growing"],
    ["a group", cohort("x", { source: { type: "group", group: "IT Support" } }), "exact"],
  ] as const)("members of %s", (_name, one, rule) => {
    const of = plan({ cohorts: [one], phases: [phase("p", "2018-11-19", "x", ["web"])] });
    expect(desiredAt(of, at("2018-11-19")).resources[0]?.membership).toEqual({ cohort: "x", standing: "in", rule });
  });
});

describe("keys", () => {
  const keys = (of: Plan): readonly string[] => layoutOf(of).makes.map(({ kind, key }) => `${kind} ${key}`);

  test("phases that ask differently have policies of their own; the one that starts first has the plain key", () => {
    const of = plan({
      phases: [
        phase("b", "2018-11-20", "heads", ["web"], { require: { askAgainAfterDays: 30 } }),
        phase("a", "2018-11-19", "heads", ["web"]),
        phase("c", "2018-11-21", "heads", ["web"], { require: { apps: "office365" } }),
      ],
    });
    expect(layoutOf(of).demands.map(({ key, words: name, phases }) => [key, name, phases.map(({ id }) => id)])).toEqual([
      ["mfa-heads", "heads", ["a"]],
      ["mfa-heads-again-30", "heads, asked again after 30 days", ["b"]],
      ["mfa-heads-office365", "heads, Office 365", ["c"]],
    ]);
  });

  test("slugs that run together give two keys", () => {
    const of = plan({
      cohorts: [cohort("a"), cohort("a-outside-b"), cohort("progress"), cohort("a-staged")],
      networks: [network("b")],
      phases: [
        phase("p", "2018-11-19", "a", ["web"], { require: { outside: ["b"] } }),
        phase("q", "2018-11-19", "a-outside-b", ["web"]),
        phase("r", "2018-11-19", "progress", ["web"]),
        phase("s", "2018-11-19", "a-staged", ["web"]),
        phase("t", "2018-11-19", "a", ["web"]),
      ],
    });
    const all = keys(of);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toContain("cohort-group progress-2");
    expect(all).toContain("conditional-access mfa-a-outside-b-2");
  });

  test("neither keys nor names grow beyond what the service takes", () => {
    const networks = Array.from({ length: 40 }, (_, number) => network(`school number ${number}`, [`192.0.2.${number}/32`]));
    const of = plan({
      cohorts: [cohort("x".repeat(90))],
      networks,
      phases: [phase("p", "2018-11-19", "x".repeat(90), ["web"], { require: { outside: networks.map(({ name }) => name) } })],
    });
    for (const { kind, settings, key } of desiredAt(of, at("2018-11-19")).resources) {
      expect(nameOf<Kind>(kind, settings).length).toBeLessThanOrEqual(256);
      expect(key.length).toBeLessThanOrEqual(120);
    }
    const last = desiredAt(of, at("2018-11-19")).resources.at(-1);
    expect(last?.kind === "conditional-access" && last.settings.name).toMatch(/, outside 40 networks \[county-2018\/mfa-x+-outside-school-n-[0-9a-f]{8}\]$/);
  });
});
