/** Why an account is out, held against who is in: the two read the same words, and may never disagree. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CohortContext, cohortReader } from "../../src/core/cohorts.ts";
import { IdIndex } from "../../src/core/ids.ts";
import type { Cohort, CohortSource, Exception, ListRow, Plan } from "../../src/core/plan/plan.ts";
import { type Reason, whyOutReader } from "../../src/core/reports/why-out.ts";
import { absent, type Known, type Person, present, unknown } from "../../src/core/tenant.ts";
import { PLACE, plan } from "../core/county.ts";
import { id, person } from "../core/people.ts";

const LOCALS = ["head", "office", "svc-print", "p1", "emergency-1", "kiosk"];
const DOMAINS = ["birch.county.example", "cedar.county.example", "county.example"];
const ADDRESSES = LOCALS.flatMap((local) => DOMAINS.map((domain) => `${local}@${domain}`));
const PATTERNS = ["head@*", "office@*", "svc-*@*", "*@birch.county.example", "*@*", "p?@*", "kiosk@cedar*"];
const MEMBERS = [1, 2, 3, 4, 5, 6].map(id);

const some = <T>(from: readonly T[]): fc.Arbitrary<T[]> => fc.uniqueArray(fc.constantFrom(...from), { maxLength: 3 });

const rows: fc.Arbitrary<readonly ListRow[]> = fc
  .array(fc.record({ entry: fc.constantFrom(...ADDRESSES, ...DOMAINS), leaves: fc.boolean() }), { maxLength: 6 })
  .map((all) => all.map((row, place) => ({ ...row, line: place + 1 })));

const plain: fc.Arbitrary<CohortSource> = fc.oneof(
  { weight: 2, arbitrary: some(PATTERNS).map((patterns): CohortSource => ({ type: "accounts", patterns })) },
  fc.constant<CohortSource>({ type: "all" }),
  fc.constant<CohortSource>({ type: "domains", patterns: ["*.county.example"] }),
  { weight: 2, arbitrary: rows.map((list): CohortSource => ({ type: "file", file: "l.csv", list: { type: "read", rows: list, remarks: [] } })) },
  fc.constant<CohortSource>({ type: "file", file: "l.csv", list: { type: "unusable", because: "it is empty" } }),
  fc.constantFrom("Read", "Gone", "Unread").map((group): CohortSource => ({ type: "group", group })),
  fc.constant<CohortSource>({ type: "dynamic", rule: "(user.department -eq 1)" }),
  fc.constant<CohortSource>({ type: "where", conditions: [{ attribute: "department", patterns: ["teach*"] }] }),
);

const except: fc.Arbitrary<readonly Exception[]> = fc.array(
  fc
    .uniqueArray(fc.constantFrom(...PATTERNS), { minLength: 1, maxLength: 2 })
    .map((accounts) => ({ accounts, because: "shared", owner: "bursar", place: PLACE })),
  { maxLength: 2 },
);

const said = fc.record({
  except: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, except),
  pupils: fc.constantFrom(undefined, "in" as const, "out" as const),
  guests: fc.constantFrom("in" as const, "out" as const),
  serviceAccounts: fc.constantFrom("in" as const, "out" as const),
});
type Said = typeof said extends fc.Arbitrary<infer T> ? T : never;

const cohortOf = (name: string, source: CohortSource, { pupils, ...more }: Said): Cohort => ({
  name,
  slug: name,
  source,
  ...more,
  ...(pupils !== undefined && { pupils }),
  place: PLACE,
});

/** Three plain cohorts, a sum of some of them, and a sum of that and another. */
const plans: fc.Arbitrary<Plan> = fc
  .record({
    sources: fc.tuple(plain, plain, plain),
    words: fc.tuple(said, said, said, said, said),
    of: fc.subarray(["a", "b"], { minLength: 1 }),
    without: fc.subarray(["c"]),
    outer: fc.subarray(["sum", "c"], { minLength: 1 }),
    outerWithout: fc.subarray(["a"]),
    services: fc.constantFrom([], ["svc-*@*"], ["*@county.example"]),
  })
  .map(({ sources, words, of, without, outer, outerWithout, services }) =>
    plan({
      emergencyAccounts: ["emergency-1@county.example"],
      serviceAccounts: services,
      cohorts: [
        ...sources.map((source, place) => cohortOf("abc"[place] ?? "", source, words[place] ?? words[0])),
        cohortOf("sum", { type: "sum", of, without }, words[3]),
        cohortOf("outer", { type: "sum", of: outer, without: outerWithout }, words[4]),
      ],
    }),
  );

const people: fc.Arbitrary<Person> = fc
  .record({
    place: fc.integer({ min: 1, max: 8 }),
    address: fc.constantFrom(...ADDRESSES),
    guest: fc.boolean(),
    pupil: fc.boolean(),
    nobody: fc.constantFrom(false, false, false, true),
    teaches: fc.boolean(),
  })
  .map(({ place, address, guest, pupil, nobody, teaches }) =>
    person(address, { id: id(place), guest, pupil, nobody, attributes: teaches ? { department: "teaching" } : {} }),
  );

const context: fc.Arbitrary<CohortContext> = fc.record({
  emergencyIds: some([id(7)]).map((ids) => IdIndex.of(ids)),
  syncIds: some([id(8)]).map((ids) => IdIndex.of(ids)),
  dynamic: fc.constantFrom<CohortContext["dynamic"] & object>(
    new Map(["a", "b", "c"].map((name) => [name, present(IdIndex.of(MEMBERS.slice(0, 3)))])),
    new Map(["a", "b", "c"].map((name) => [name, absent])),
    new Map(),
  ),
});

const GROUPS: ReadonlyMap<string, Known<IdIndex>> = new Map<string, Known<IdIndex>>([
  ["read", present(IdIndex.of(MEMBERS))],
  ["gone", absent],
  ["unread", unknown("503")],
]);

const NAMES = ["a", "b", "c", "sum", "outer"];
const standingsOf = (of: Plan, who: Person, given: CohortContext) => {
  const { names, read } = cohortReader(of, GROUPS, given);
  const { standings } = read(who);
  return new Map(names.map((name, place) => [name, standings[place]]));
};
const outsideOf = (of: Plan, who: Person, given: CohortContext, asked: readonly string[] = NAMES) => whyOutReader(of, GROUPS, given, asked)(who);

const everyCohort = (of: Plan, change: (cohort: Cohort) => Cohort): Plan => ({ ...of, cohorts: of.cohorts.map(change) });

const changedSource = (change: (source: CohortSource) => CohortSource) => (cohort: Cohort) => ({ ...cohort, source: change(cohort.source) });

/** The world in which one reason does not hold. */
const without = (reason: Reason, of: Plan, who: Person, given: CohortContext): readonly [Plan, Person, CohortContext] => {
  switch (reason.type) {
    case "exception":
      return [everyCohort(of, (cohort) => ({ ...cohort, except: cohort.except.filter((each) => each !== reason.exception) })), who, given];
    case "service account":
      return [{ ...of, serviceAccounts: [] }, who, given];
    case "emergency account":
      return [{ ...of, emergencyAccounts: [] }, who, { ...given, emergencyIds: new IdIndex() }];
    case "directory synchronisation":
    case "agent":
      return [of, { ...who, nobody: false }, { ...given, syncIds: new IdIndex() }];
    case "guest":
      return [of, { ...who, guest: false }, given];
    case "pupil":
      return [of, { ...who, pupil: false }, given];
    case "left out of a sum":
      return [
        everyCohort(
          of,
          changedSource((source) => (source.type === "sum" ? { ...source, without: source.without.filter((name) => name !== reason.without) } : source)),
        ),
        who,
        given,
      ];
    case "leave row":
      return [
        everyCohort(
          of,
          changedSource((source) =>
            source.type === "file" && source.list.type === "read"
              ? { ...source, list: { ...source.list, rows: source.list.rows.map((row) => (row === reason.row ? { ...row, leaves: false } : row)) } }
              : source,
          ),
        ),
        who,
        given,
      ];
    case "not read":
    case "not named":
      return [of, who, given];
  }
};

const RUNS = { numRuns: 400 };

describe("why an account is out", () => {
  test("whoever is in no cohort has a reason, and whoever is in one is not told to be out of it", () => {
    fc.assert(
      fc.property(plans, people, context, fc.subarray(NAMES, { minLength: 1 }), (of, who, given, asked) => {
        const standings = standingsOf(of, who, given);
        const { held, reasons } = outsideOf(of, who, given, asked);
        expect(held).toEqual(NAMES.filter((name) => asked.includes(name) && standings.get(name) === "in"));
        if (held.length === 0) expect(reasons).not.toEqual([]);
        for (const { cohorts } of reasons) for (const cohort of cohorts) expect([...asked].filter((name) => !held.includes(name))).toContain(cohort);
      }),
      RUNS,
    );
  });

  test("a single reason is the reason: without it the account is in, unless that puts it into what a sum leaves out", () => {
    let tried = 0;
    fc.assert(
      fc.property(plans, people, context, fc.constantFrom(...NAMES), (of, who, given, cohort) => {
        const { reasons } = outsideOf(of, who, given, [cohort]);
        const [only, ...more] = reasons.filter(({ cohorts }) => cohorts.includes(cohort));
        if (only === undefined || more.length > 0 || only.reason.type === "not read") return;
        tried += 1;
        const [changed, someone, now] = without(only.reason, of, who, given);
        // Let in elsewhere, it may now be in what a sum leaves out.
        const left = outsideOf(changed, someone, now, [cohort]).reasons.map(({ reason }) => reason.type);
        if (standingsOf(changed, someone, now).get(cohort) !== "in") expect(new Set(left)).toEqual(new Set(["left out of a sum"]));
      }),
      RUNS,
    );
    expect(tried).toBeGreaterThan(10);
  });

  test("nobody named it: no cohort would hold it, whatever the plan keeps out", () => {
    let tried = 0;
    fc.assert(
      fc.property(plans, people, context, (of, who, given) => {
        const { reasons } = outsideOf(of, who, given);
        if (!reasons.some(({ reason }) => reason.type === "not named")) return;
        tried += 1;
        expect(reasons).toHaveLength(1);
        const open = everyCohort({ ...of, serviceAccounts: [], emergencyAccounts: [] }, (cohort) => ({
          ...cohort,
          except: [],
          pupils: "in",
          guests: "in",
          serviceAccounts: "in",
          source: cohort.source.type === "sum" ? { ...cohort.source, without: [] } : cohort.source,
        }));
        expect([...standingsOf(open, who, given).values()]).not.toContain("in");
      }),
      RUNS,
    );
    expect(tried).toBeGreaterThan(0);
  });

  test("without a word that keeps anybody out, nobody is told one", () => {
    fc.assert(
      fc.property(plans, people, context, (of, who, given) => {
        const names = new Set(outsideOf(of, who, given).reasons.map(({ reason }) => reason.type));
        if (!of.cohorts.some(({ except: entries }) => entries.length > 0)) expect(names).not.toContain("exception");
        if (of.serviceAccounts.length === 0) expect(names).not.toContain("service account");
        if (!who.guest) expect(names).not.toContain("guest");
        if (!who.pupil) expect(names).not.toContain("pupil");
        if (!who.nobody && !given.syncIds?.has(who.id)) {
          expect(names).not.toContain("agent");
          expect(names).not.toContain("directory synchronisation");
        }
      }),
      RUNS,
    );
  });
});
