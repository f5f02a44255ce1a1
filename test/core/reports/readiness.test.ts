import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cohortReader } from "../../../src/core/cohorts.ts";
import { gatesOf } from "../../../src/core/gates.ts";
import { IdIndex } from "../../../src/core/ids.ts";
import type { Observed } from "../../../src/core/observed.ts";
import type { Cohort, Phase, Plan } from "../../../src/core/plan/plan.ts";
import { statusDocument } from "../../../src/core/report.ts";
import { readiness, readinessEnding, readinessGaps, readinessRows } from "../../../src/core/reports/readiness.ts";
import { countReadiness, groupScopes, planToRead, withoutTwins } from "../../../src/core/reports/readiness-counts.ts";
import type { Cell, Filter } from "../../../src/core/reports/shape.ts";
import { Roster } from "../../../src/core/roster.ts";
import { type Activity, present, unknown } from "../../../src/core/tenant.ts";
import { applied, at, cohort, id, PLACE, phase, plan, see, tenant } from "../county.ts";

type Who = {
  readonly address: string;
  readonly activity?: Activity;
  /** Missing: the registration report has no row. */
  readonly ready?: boolean;
  readonly enabled?: boolean;
  readonly pupil?: boolean;
};

const NOW = "2018-11-20";
const FRESH = at(NOW) - 3 * 3_600_000;
const ALL: Filter = { all: false };

/** Read as `src/read-people.ts` does it. */
const read = (of: Plan, people: readonly Who[], fields: Partial<Observed> = {}): Observed => {
  const reader = cohortReader(planToRead(of), new Map());
  const roster = new Roster(reader.names);
  for (const [number, { address, activity = "active", enabled = true, pupil = false, ready }] of people.entries()) {
    const account = id(0x100 + number);
    const person = { id: account, address, name: address, enabled, guest: false, synced: false, pupil, aliases: [], nobody: false, activity };
    const { flags, standings } = reader.read(person);
    roster.add(account, address, flags, standings, activity);
    if (ready !== undefined) roster.setCapable(account, ready);
  }
  return withoutTwins({
    ...tenant(of),
    readAt: at(NOW),
    roster: present(roster),
    registration: present({ refreshed: FRESH }),
    activity: present({ since: at("2018-09-21") }),
    remarks: reader.finish(),
    ...fields,
  });
};

const count = (of: Plan, observed: Observed) => {
  const { desired, diff } = see(of, observed, at(NOW));
  const document = statusDocument({ plan: of, observed, desired, diff, findings: [], moment: at(NOW) });
  const states = new Map(document.phases.map((each) => [each.id, each.state]));
  return { document, counted: countReadiness(of, observed, states, groupScopes(of, observed, desired, diff)) };
};

type Line = Readonly<Record<string, Cell>>;
const linesOf = (of: Plan, observed: Observed, filter: Filter = ALL): readonly Line[] =>
  readinessRows(count(of, observed).counted, filter)
    .flat()
    .map((row) => Object.fromEntries(readiness.columns.map(({ name }, place) => [name, row[place] ?? null])));

const lineOf = (lines: readonly Line[], name: string, domain = "all"): Line => {
  const found = lines.find((line) => line["phase"] === name && line["domain"] === domain);
  if (found === undefined) throw new Error(`no row ${name} ${domain}`);
  return found;
};

const headsCohort = (fields: Partial<Cohort> = {}): Cohort => cohort("heads", { source: { type: "accounts", patterns: ["head@*"] }, ...fields });
const gated = (name: string, starts: string, of: string, ready?: Phase["ready"]): Phase =>
  phase(name, starts, of, ["web"], ready === undefined ? {} : { ready });
const except = (pattern: string, because: string) => [{ accounts: [pattern], because, owner: "bursar", until: "2019-04-01", place: PLACE }];

const HEADS: readonly Who[] = [
  { address: "head@alder.county.example", ready: true },
  { address: "head@birch.county.example", ready: true },
  { address: "head@cedar.county.example", ready: false },
  { address: "head@elm.county.example" },
];
const heads = (ready?: Phase["ready"]): Plan => plan({ cohorts: [headsCohort()], phases: [gated("heads", "2018-12-01", "heads", ready)] });

describe("one phase", () => {
  test.each<{ name: string; people: readonly Who[]; ready?: Phase["ready"]; fields?: Partial<Observed>; want: Line }>([
    {
      name: "ready, not ready, and of whom the report says nothing",
      people: HEADS,
      want: {
        inScope: 4,
        ready: 2,
        notReady: 1,
        unknown: 1,
        exempt: 0,
        active: 4,
        activeReady: 2,
        share: 50,
        asked: null,
        gate: "none",
        because: null,
        registrationAge: 3,
      },
    },
    {
      name: "who may not sign in is nobody's to wait for",
      people: [...HEADS, { address: "head@fir.county.example", ready: true, enabled: false }],
      want: { inScope: 4, ready: 2 },
    },
    {
      name: "idle accounts are in scope, and count for no gate",
      people: HEADS.map((who) => (who.ready === true ? who : { ...who, activity: "idle" as const })),
      ready: { atLeast: 100 },
      want: { inScope: 4, notReady: 1, unknown: 1, active: 2, activeReady: 2, share: 100, asked: 100, gate: "open" },
    },
    {
      name: "of whom nobody can say whether they are active counts against the gate, unless ready",
      people: HEADS.map((who) => ({ ...who, activity: "unknown" as const })).concat(
        { address: "head@fir.county.example", ready: true, activity: "unknown" },
        {
          address: "head@oak.county.example",
          ready: true,
          activity: "active" as "unknown",
        },
      ),
      ready: { atLeast: 34 },
      want: { active: 1, activeReady: 1, activeUnknown: 2, share: 33.3, gate: "closed" },
    },
    {
      name: "a share is cut, and not rounded up to what is asked",
      people: Array.from({ length: 2_500 }, (_, number) => ({ address: `head@s${number}.county.example`, ready: number < 2_249 })),
      ready: { atLeast: 90 },
      want: { share: 89.9, asked: 90, gate: "closed" },
    },
    {
      name: "just enough opens",
      people: Array.from({ length: 10 }, (_, number) => ({ address: `head@s${number}.county.example`, ready: number < 9 })),
      ready: { atLeast: 90 },
      want: { share: 90, gate: "open" },
    },
    {
      name: "nobody active opens nothing",
      people: HEADS.map((who) => ({ ...who, ready: true, activity: "idle" as const })),
      ready: { atLeast: 50 },
      want: { inScope: 4, ready: 4, active: 0, share: null, gate: "unknown" },
    },
    {
      name: "without registration data nobody is ready, and nobody is not",
      people: HEADS.map(({ address }) => ({ address })),
      ready: { atLeast: 50 },
      fields: { registration: unknown("no licence") },
      want: {
        inScope: 4,
        ready: "unknown",
        notReady: "unknown",
        unknown: 4,
        active: 4,
        activeReady: "unknown",
        share: "unknown",
        gate: "unknown",
        registrationAge: "unknown",
      },
    },
    {
      name: "without activity no share can be said",
      people: HEADS,
      ready: { atLeast: 50 },
      fields: { activity: unknown("no licence") },
      want: { inScope: 4, ready: 2, active: "unknown", activeReady: "unknown", activeUnknown: "unknown", share: "unknown", gate: "unknown" },
    },
    {
      name: "a report that is three days old opens no gate, and is told all the same",
      people: HEADS,
      ready: { atLeast: 10 },
      fields: { registration: present({ refreshed: at(NOW) - 72 * 3_600_000 }) },
      want: { ready: 2, share: 50, gate: "unknown", registrationAge: 72 },
    },
    {
      name: "accounts that could not be read are no empty phase",
      people: HEADS,
      ready: { atLeast: 10 },
      fields: { roster: unknown("403 Authorization_RequestDenied") },
      want: {
        inScope: "unknown",
        ready: "unknown",
        notReady: "unknown",
        unknown: "unknown",
        exempt: "unknown",
        active: "unknown",
        share: "unknown",
        gate: "unknown",
      },
    },
  ])("$name", ({ people, ready, fields, want }) => {
    const of = heads(ready);
    expect(lineOf(linesOf(of, read(of, people, fields)), "heads")).toMatchObject(want);
  });

  test("a gate of each domain: below it in one, open in the others, and shut as a whole", () => {
    const of = plan({
      cohorts: [cohort("staff", { source: { type: "domains", patterns: ["*.county.example"] } })],
      phases: [gated("staff", "2018-12-01", "staff", { perDomain: 70 })],
    });
    const people = [
      ...Array.from({ length: 10 }, (_, number) => ({ address: `a${number}@alder.county.example`, ready: number < 9 })),
      ...Array.from({ length: 10 }, (_, number) => ({ address: `b${number}@birch.county.example`, ready: number < 6 })),
      { address: "c@cedar.county.example", ready: false, activity: "idle" as const },
    ];
    const lines = linesOf(of, read(of, people));
    const shown = lines.map((line) => [line["domain"], line["share"], line["asked"], line["gate"]]);
    expect(shown).toEqual([
      ["all", 75, null, "closed"],
      ["alder.county.example", 90, 70, "open"],
      ["birch.county.example", 60, 70, "closed"],
      // Nobody active there holds it up.
      ["cedar.county.example", null, 70, "open"],
    ]);
    expect(lineOf(lines, "staff")["because"]).toContain("below it: birch.county.example (6 of 10)");
  });

  test("what nobody knows opens no domain's gate", () => {
    const of = heads({ perDomain: 50 });
    const observed = read(of, HEADS, { activity: unknown("no licence") });
    expect(lineOf(linesOf(of, observed), "heads", "alder.county.example")).toMatchObject({ asked: 50, gate: "unknown" });
  });

  test("where all together are asked, a domain has no gate of its own", () => {
    const of = heads({ atLeast: 50 });
    expect(lineOf(linesOf(of, read(of, HEADS)), "heads", "alder.county.example")).toMatchObject({ asked: null, gate: "none" });
  });
});

describe("who is exempt", () => {
  const EVERYBODY: readonly Who[] = [
    { address: "head@alder.county.example", ready: true },
    { address: "finance@alder.county.example", ready: true },
    { address: "finance@birch.county.example", enabled: false },
    { address: "kit@alder.county.example", pupil: true },
    { address: "emergency-1@county.example", ready: true },
  ];

  test.each([
    { name: "of a cohort of everybody", source: { type: "all" } as const },
    { name: "of a cohort by domain, whose excepted accounts are simply out", source: { type: "domains", patterns: ["*.county.example"] } as const },
  ])("$name: those whom the plan excepts, and neither pupils nor emergency accounts", ({ source }) => {
    const of = plan({
      cohorts: [cohort("staff", { source, pupils: "out", except: except("finance@*", "three people share it") })],
      phases: [gated("staff", "2018-12-01", "staff")],
    });
    const observed = read(of, EVERYBODY);
    expect(lineOf(linesOf(of, observed), "staff")).toMatchObject({ inScope: 1, exempt: 1 });
    const { sums } = readinessEnding(of, observed, count(of, observed).counted, ALL);
    expect(sums.find(({ title }) => title === "Left out by the plan")?.rows).toEqual([["staff", "three people share it", "bursar", "2019-04-01", 1]]);
  });

  test("a part's exception is the sum's", () => {
    const of = plan({
      cohorts: [
        headsCohort(),
        cohort("finance", { except: except("finance@alder.*", "one telephone") }),
        cohort("both", { source: { type: "sum", of: ["heads", "finance"], without: [] } }),
      ],
      phases: [gated("both", "2018-12-01", "both")],
    });
    const observed = read(of, EVERYBODY);
    expect(lineOf(linesOf(of, observed), "both")).toMatchObject({ inScope: 1, exempt: 1 });
  });

  test("who is in by another cohort of the phase is not exempt", () => {
    const of = plan({
      cohorts: [
        headsCohort({ except: except("head@alder.*", "on leave") }),
        cohort("alder", { source: { type: "domains", patterns: ["alder.county.example"] } }),
      ],
      phases: [{ ...gated("heads", "2018-12-01", "heads"), blockLegacy: { for: "alder" } }],
    });
    expect(lineOf(linesOf(of, read(of, EVERYBODY)), "heads")).toMatchObject({ exempt: 0 });
  });

  test("the reader of exceptions leaves no remark that nobody asked for", () => {
    const of = plan({ cohorts: [headsCohort({ except: except("finance@*", "shared") }), cohort("porters")], phases: [gated("heads", "2018-12-01", "heads")] });
    const names = read(of, EVERYBODY).remarks.map(({ cohort: name }) => name);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => name !== "heads" && name !== "porters")).toEqual([]);
  });
});

describe("as status and gates count", () => {
  const who = fc.record({
    local: fc.constantFrom("head", "office", "finance"),
    domain: fc.constantFrom("alder.county.example", "birch.county.example", "cedar.county.example"),
    activity: fc.constantFrom<Activity>("active", "idle", "unknown"),
    ready: fc.constantFrom(true, false, undefined),
    enabled: fc.boolean(),
    pupil: fc.boolean(),
  });
  const share = fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined });

  test("for any people and any gate, to the figure", () => {
    fc.assert(
      fc.property(fc.array(who, { maxLength: 40 }), share, share, fc.boolean(), (drawn, atLeast, perDomain, excepts) => {
        const of = plan({
          cohorts: [
            headsCohort(),
            cohort("everyone", {
              source: { type: "domains", patterns: ["*.county.example"] },
              pupils: "out",
              except: excepts ? except("finance@*", "shared") : [],
            }),
          ],
          phases: [
            gated("heads", "2018-11-19", "heads", { ...(atLeast !== undefined && { atLeast }), ...(perDomain !== undefined && { perDomain }) }),
            gated("everyone", "2018-12-13", "everyone", atLeast === undefined ? undefined : { atLeast }),
          ],
        });
        const people: readonly Who[] = drawn.map(({ local, domain, activity, ready, enabled, pupil }, number) => ({
          address: `${local}@${number}.${domain}`,
          activity,
          enabled,
          pupil,
          ...(ready !== undefined && { ready }),
        }));
        const observed = read(of, people);
        const { document } = count(of, observed);
        const lines = linesOf(of, observed);
        const gates = gatesOf(of, observed, at("2030-01-01"), { begun: [], held: [] }).of;
        for (const { id: name, accounts, state } of document.phases) {
          const all = lineOf(lines, name);
          expect([all["state"], all["inScope"], Number(all["notReady"]) + Number(all["unknown"])]).toEqual([state, accounts?.count, accounts?.notReady]);
          expect(all["gate"]).toBe(gates.get(name)?.state ?? "none");
          const domains = lines.filter((line) => line["phase"] === name && line["domain"] !== "all");
          for (const key of ["inScope", "ready", "notReady", "unknown", "exempt", "active", "activeReady", "activeUnknown"])
            expect(domains.reduce((sum, line) => sum + Number(line[key]), 0)).toBe(all[key]);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("a list that grows: those in its group count, although a row is gone", () => {
    const list = (entries: readonly string[]) => ({
      type: "file" as const,
      file: "early.csv",
      list: { type: "read" as const, rows: entries.map((entry, line) => ({ entry, leaves: false, line })), remarks: [] },
    });
    const before = plan({
      cohorts: [cohort("early", { source: list(["head@alder.county.example", "head@birch.county.example"]) })],
      phases: [gated("early", "2018-11-12", "early")],
    });
    const after = plan({
      cohorts: [cohort("early", { source: list(["head@birch.county.example", "head@cedar.county.example"]) })],
      phases: [gated("early", "2018-11-12", "early")],
    });
    const made = applied(before, read(before, HEADS), at(NOW));
    const observed = { ...read(after, HEADS), resources: made.resources, members: made.members };
    const { document } = count(after, observed);
    expect(document.phases[0]?.accounts?.count).toBe(3);
    expect(lineOf(linesOf(after, observed), "early")).toMatchObject({ inScope: 3, ready: 2, notReady: 1, active: 2 });
  });

  test("a list that nobody can read makes no empty phase where its group is not there", () => {
    const of = plan({
      cohorts: [cohort("early", { source: { type: "file", file: "early.csv", list: { type: "unusable", because: "it is not there" } } })],
      phases: [gated("early", "2018-11-12", "early")],
    });
    const observed = read(of, HEADS);
    expect(count(of, observed).document.phases[0]?.accounts).toBeUndefined();
    expect(lineOf(linesOf(of, observed), "early")).toMatchObject({ inScope: "unknown", ready: "unknown", gate: "none" });
    expect(readinessGaps(of, observed)).toMatchObject([{ sort: "setting", what: "who is in early" }]);
  });

  test("and where its group is there, that is who is in", () => {
    const scopes = (members: IdIndex) => {
      const of = plan({
        cohorts: [cohort("early", { source: { type: "file", file: "early.csv", list: { type: "unusable", because: "gone" } } })],
        phases: [gated("early", "2018-11-12", "early")],
      });
      const sound = plan({
        cohorts: [
          cohort("early", {
            source: {
              type: "file",
              file: "early.csv",
              list: { type: "read", rows: [{ entry: "head@alder.county.example", leaves: false, line: 1 }], remarks: [] },
            },
          }),
        ],
        phases: of.phases,
      });
      const made = applied(sound, read(sound, HEADS), at(NOW));
      const group =
        made.resources["cohort-group"].type === "present" ? made.resources["cohort-group"].value.find(({ mark }) => mark?.key === "early")?.id : undefined;
      return { of, observed: { ...read(of, HEADS), resources: made.resources, members: new Map([...made.members, [group ?? "", present(members)]]) } };
    };
    const { of, observed } = scopes(IdIndex.of([id(0x100), id(0x102)]));
    expect(lineOf(linesOf(of, observed), "early")).toMatchObject({ inScope: 2, ready: 1, notReady: 1 });
  });
});

describe("which rows", () => {
  const of = plan({ cohorts: [headsCohort(), cohort("office")], phases: [gated("heads", "2018-12-01", "heads"), gated("offices", "2018-12-02", "office")] });
  const observed = read(of, [...HEADS.slice(0, 2), { address: "office@alder.county.example", ready: true }]);
  const shown = (filter: Filter): readonly string[] => linesOf(of, observed, filter).map((line) => `${line["phase"]} ${line["domain"]}`);

  test.each<{ name: string; filter: Filter; want: readonly string[] }>([
    {
      name: "all of them",
      filter: ALL,
      want: ["heads all", "heads alder.county.example", "heads birch.county.example", "offices all", "offices alder.county.example"],
    },
    { name: "a phase", filter: { all: false, phase: "offices" }, want: ["offices all", "offices alder.county.example"] },
    { name: "phases about a cohort", filter: { all: false, cohort: "office" }, want: ["offices all", "offices alder.county.example"] },
    { name: "a domain", filter: { all: false, domain: "alder.county.example" }, want: ["heads alder.county.example", "offices alder.county.example"] },
    { name: "a domain where nobody is", filter: { all: false, domain: "nowhere.example" }, want: [] },
  ])("$name", ({ filter, want }) => {
    expect(shown(filter)).toEqual(want);
  });
});

describe("what is missing", () => {
  const of = heads({ atLeast: 90 });
  test.each<{ name: string; fields: Partial<Observed>; want: readonly { sort: string; what: string }[] }>([
    { name: "nothing", fields: {}, want: [] },
    {
      name: "a licence",
      fields: {
        registration: unknown("the service gives it only to tenants with Entra ID P1 or P2 (403 X)"),
        activity: unknown("only of tenants with Entra ID P1 or P2"),
      },
      want: [
        { sort: "licence", what: "who is ready" },
        { sort: "licence", what: "who is active" },
      ],
    },
    {
      name: "a permission",
      fields: { registration: unknown("the service answered 403 Authorization_RequestDenied to GET /reports") },
      want: [{ sort: "permission", what: "who is ready" }],
    },
    { name: "a read that broke off", fields: { roster: unknown("the service answered 503 to GET /users") }, want: [{ sort: "failed", what: "all counts" }] },
    {
      name: "policies, by which a phase stands where it does",
      fields: { resources: { ...tenant(of).resources, "conditional-access": unknown("the service answered 500") } },
      want: [{ sort: "failed", what: "policies, by which a phase stands where it does" }],
    },
  ])("$name", ({ fields, want }) => {
    expect(readinessGaps(of, read(of, HEADS, fields))).toMatchObject(want);
  });
});
