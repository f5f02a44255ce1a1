import { describe, expect, test } from "vitest";
import { attributesUsed, cohortReader, EVERYBODY, isGrowing, partsOf } from "../../src/core/cohorts.ts";
import { IdIndex } from "../../src/core/ids.ts";
import type { Plan } from "../../src/core/plan/plan.ts";
import { absent, type Known, type Person, present, unknown } from "../../src/core/tenant.ts";
import { ALL, EVERYONE, HEADS, id, NO_GROUPS, person, planWith, standing } from "./people.ts";

describe("by whole domains", () => {
  test.each([
    ["one of its accounts", '{ domains: ["*.county.example"], pupils: out }', person("anybody@birch.county.example"), "in"],
    ["the council's own domain is another", '{ domains: ["*.county.example"], pupils: out }', person("a@county.example"), "out"],
    ["a domain that only ends alike", '{ domains: ["*.county.example"], pupils: out }', person("a@birch.county.example.net"), "out"],
    ["one domain", "{ domains: [birch.county.example], pupils: out }", person("a@north.birch.county.example"), "out"],
    ["a pupil", '{ domains: ["*.county.example"], pupils: out }', person("p@birch.county.example", { pupil: true }), "out"],
    ["an account without an address", '{ domains: ["*.county.example"], pupils: out }', person(""), "out"],
  ])("%s", (_, words, who, want) => expect(standing(words, who)).toBe(want));

  test("pupils who are not spoken of, and a domain that nobody has, are told", () => {
    const reader = cohortReader(planWith({ c: '{ domains: ["*.county.example"] }', d: '{ domains: ["*.elsewhere.example"], pupils: out }' }), NO_GROUPS);
    reader.read(person("p@birch.county.example", { pupil: true }));
    expect(reader.finish().map(({ cohort, type }) => `${cohort} ${type}`)).toEqual(["c pupils-unsaid", "d no-account"]);
  });
});

describe("by what the directory says", () => {
  const TEACHERS = '{ where: { jobTitle: ["teacher*", "head"], department: staff }, pupils: out }';
  const saying = (attributes: Record<string, string>, more: Partial<Person> = {}): Person => person("a@birch.county.example", { attributes, ...more });
  test.each([
    ["all of it holds", saying({ jobTitle: "teacher of maths", department: "staff" }), "in"],
    ["the second pattern", saying({ jobTitle: "head", department: "staff" }), "in"],
    ["one of it does not", saying({ jobTitle: "teacher", department: "office" }), "out"],
    ["nothing is said of one", saying({ jobTitle: "teacher" }), "out"],
    ["nothing is said at all", person("a@birch.county.example"), "out"],
    ["a pupil of whom the same is said", saying({ jobTitle: "teacher", department: "staff" }, { pupil: true }), "out"],
  ])("%s", (_, who, want) => expect(standing(TEACHERS, who)).toBe(want));

  test("only what is asked of is read", () => {
    expect(attributesUsed(planWith({ c: TEACHERS }))).toEqual(["department", "jobTitle"]);
    expect(attributesUsed(planWith({ c: HEADS }))).toEqual([]);
  });
});

describe("by a rule that the service follows", () => {
  const plan = planWith({ c: "{ dynamic: '(user.department -eq \"Staff\")' }" });
  const who = person("a@birch.county.example");
  const reading = (dynamic: Known<IdIndex>, one = who) => {
    const reader = cohortReader(plan, NO_GROUPS, { dynamic: new Map([["c", dynamic]]), emergencyIds: IdIndex.of([id(1_000_001)]) });
    const [stands] = reader.read(one).standings;
    return { stands, remarks: reader.finish().map(({ type }) => type), unreadable: reader.unreadable.map(({ cohort }) => cohort) };
  };
  test("whom the service put into its group is in, a pupil too, and that is told", () => {
    expect(reading(present(IdIndex.of([who.id])))).toEqual({ stands: "in", remarks: [], unreadable: [] });
    const pupil = person("p@birch.county.example", { pupil: true, guest: true });
    expect(reading(present(IdIndex.of([pupil.id])), pupil)).toEqual({ stands: "in", remarks: ["pupils-by-rule"], unreadable: [] });
  });
  test("an emergency account is not, whatever the rule says", () => {
    const one = person("e@county.example", { id: id(1_000_001) });
    expect(reading(present(IdIndex.of([one.id])), one).stands).toBe("out");
  });
  test("nobody yet is told, a group that is not there as well", () => {
    expect(reading(absent)).toEqual({ stands: "out", remarks: ["rule-pending"], unreadable: [] });
    expect(reading(present(new IdIndex()))).toEqual({ stands: "out", remarks: ["rule-pending"], unreadable: [] });
  });
  test("members that were not read are nobody's", () => {
    expect(reading(unknown("503"))).toMatchObject({ stands: "out", unreadable: ["c"] });
    expect(cohortReader(plan, NO_GROUPS).unreadable.map(({ cohort }) => cohort)).toEqual(["c"]);
  });
});

describe("sums", () => {
  const COHORTS = {
    rest: "{ cohorts: [staff], without: [heads, early] }",
    staff: '{ domains: ["*.county.example"], pupils: out }',
    heads: HEADS,
    early: "{ file: l.csv, pupils: out }",
    both: "{ cohorts: [heads, early] }",
    "and back": "{ cohorts: [rest, both] }",
  };
  const LIST = "office@birch.county.example\nwas@birch.county.example,leave\n";
  const plan = planWith(COHORTS, { "l.csv": LIST });
  const standings = (who: Person): readonly string[] => {
    const reader = cohortReader(plan, NO_GROUPS);
    const { standings: all } = reader.read(who);
    return reader.names.filter((_, place) => all[place] === "in");
  };
  test.each([
    ["whoever is left", person("teacher@birch.county.example"), ["rest", "staff", "and back"]],
    ["one of those left out", person("head@birch.county.example"), ["staff", "heads", "both", "and back"]],
    ["one by list", person("office@birch.county.example"), ["staff", "early", "both", "and back"]],
    ["a pupil, of whom the parts say enough", person("p@birch.county.example", { pupil: true }), []],
    ["a stranger", person("a@elsewhere.example"), []],
  ])("%s", (_, who, want) => expect(standings(who)).toEqual(want));

  test("a sum of a list grows, and its parts are all that it is made of", () => {
    const grows = Object.keys(COHORTS).filter((name) => plan.cohorts.some((each) => each.name === name && isGrowing(plan, each)));
    expect(grows).toEqual(["early", "both", "and back"]);
    expect([...partsOf(plan, "and back")].sort()).toEqual(["and back", "both", "early", "heads", "rest", "staff"]);
  });

  test("nobody leaves a growing sum but by a row, or by being left out", () => {
    const leaving = (cohort: string, who: Person): boolean => {
      const reader = cohortReader(plan, NO_GROUPS);
      return cohortReader(plan, NO_GROUPS).leavers(cohort, (one, name) => reader.read(one).standings[reader.names.indexOf(name)] ?? "out")(who);
    };
    const rows: readonly (readonly [string, string, Person, boolean])[] = [
      ["off the list without a row", "both", person("gone@birch.county.example"), false],
      ["off the list by a row", "both", person("was@birch.county.example"), true],
      ["still in the other part", "both", person("head@birch.county.example"), false],
      ["a pupil now", "both", person("office@birch.county.example", { pupil: true }), true],
      ["left out of an exact sum", "rest", person("head@birch.county.example"), true],
      ["in an exact sum", "rest", person("teacher@birch.county.example"), false],
      ["a guest now", "both", person("gone@birch.county.example", { guest: true }), true],
    ];
    for (const [why, cohort, who, want] of rows) expect([why, leaving(cohort, who)]).toEqual([why, want]);
  });
});

describe("accounts of programs", () => {
  const text = (words: string): Plan => ({ ...planWith({ c: words }), serviceAccounts: ["scanner@*", "svc-*@*"] });
  const stands = (words: string, address: string): string => cohortReader(text(words), NO_GROUPS).read(person(address)).standings[0] ?? "";
  test.each([
    ["out of a cohort that does not speak of them", EVERYONE, "scanner@birch.county.example", "out"],
    ["in by the plan's word", '{ accounts: ["*@*"], pupils: out, serviceAccounts: in }', "svc-print@birch.county.example", "in"],
    ["among those left out of everybody", ALL, "scanner@birch.county.example", "excepted"],
    ["somebody else", EVERYONE, "scan@birch.county.example", "in"],
  ])("%s", (_, words, address, want) => expect(stands(words, address)).toBe(want));
});

test("everybody is counted where a phase is about everybody, and nowhere else", () => {
  const plan = planWith({ heads: HEADS });
  const [first] = plan.phases;
  if (first === undefined) throw new Error("no phase");
  const elsewhere: Plan = { ...plan, phases: [{ ...first, external: { what: "gateway", checklist: [] } }] };
  const reader = cohortReader(elsewhere, NO_GROUPS);
  expect([cohortReader(plan, NO_GROUPS).names, reader.names]).toEqual([["heads"], ["heads", EVERYBODY]]);
  const standings = [
    person("a@x.example"),
    person("p@x.example", { pupil: true }),
    person("g@x.example", { guest: true }),
    person("emergency-1@county.example"),
  ];
  expect(standings.map((who) => reader.read(who).standings[1])).toEqual(["in", "excepted", "out", "out"]);
});
