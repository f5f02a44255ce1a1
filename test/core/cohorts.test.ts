import { describe, expect, test } from "vitest";
import { cohortReader } from "../../src/core/cohorts.ts";
import { IdIndex } from "../../src/core/ids.ts";
import { absent, type Person, present, unknown } from "../../src/core/tenant.ts";
import { ALL, EVERYONE, HEADS, NO_GROUPS, person, planWith, standing } from "./people.ts";

describe("by pattern", () => {
  test.each([
    ["a head", HEADS, person("head@birch.county.example"), "in"],
    ["a deputy", HEADS, person("deputyhead@birch.county.example"), "out"],
    ["a head of the council", HEADS, person("head@county.example"), "out"],
    ["a head of a new school", HEADS, person("head@brand-new.county.example"), "in"],
    ["a head elsewhere", HEADS, person("head@birch.county.example.net"), "out"],
    ["a disabled head, who may be enabled again", HEADS, person("head@birch.county.example", { enabled: false }), "in"],
    ["a synced head", HEADS, person("head@birch.county.example", { synced: true }), "in"],
    ["a pattern in capitals", '{ accounts: ["HEAD@*"] }', person("head@birch.county.example"), "in"],
    ["one letter", '{ accounts: ["head-?@*"] }', person("head-1@birch.county.example"), "in"],
    ["one letter, not two", '{ accounts: ["head-?@*"] }', person("head-12@birch.county.example"), "out"],
    ["a dot is a dot", '{ accounts: ["a.b@*"] }', person("axb@birch.county.example"), "out"],
    ["the second pattern", '{ accounts: ["head@*", "office@*"] }', person("office@birch.county.example"), "in"],
    [
      "an exception",
      '{ accounts: ["*@birch.county.example"], except: [{ accounts: ["office@*"], because: x, owner: y }] }',
      person("office@birch.county.example"),
      "out",
    ],
    ["a pupil", EVERYONE, person("p1@birch.county.example", { pupil: true }), "out"],
    ["a pupil while nothing is said", '{ accounts: ["*@*"] }', person("p1@birch.county.example", { pupil: true }), "out"],
    ["a pupil who is in by the plan's word", '{ accounts: ["*@*"], pupils: in }', person("p1@birch.county.example", { pupil: true }), "in"],
    ["a guest", '{ accounts: ["*@*"] }', person("x_y#ext#@birch.county.example", { guest: true }), "out"],
    ["a guest who is in by the plan's word", '{ accounts: ["*@*"], guests: in }', person("x_y#ext#@birch.county.example", { guest: true }), "in"],
    ["an emergency account", '{ accounts: ["*@*"] }', person("emergency-1@county.example"), "out"],
    ["nobody's account", '{ accounts: ["*@*"] }', person("agent@birch.county.example", { nobody: true }), "out"],
    ["an account without an address", '{ accounts: ["*@*"] }', person(""), "out"],
  ])("%s", (_, words, who, want) => expect(standing(words, who)).toBe(want));
});

describe("everybody", () => {
  test.each([
    ["an account", person("a@trust.example"), "in"],
    ["an account without an address", person(""), "in"],
    ["an exception stands in the exclusion group", person("office@oak.trust.example"), "excepted"],
    ["a pupil stands in the exclusion group", person("p1@trust.example", { pupil: true }), "excepted"],
    ["a guest is left out by the policy itself", person("x_y#ext#@trust.example", { guest: true }), "out"],
    ["a guest who would be an exception as well", person("office@trust.example", { guest: true }), "out"],
    ["an emergency account is left out by the policy itself", person("emergency-2@county.example"), "out"],
    ["nobody's account", person("agent@trust.example", { nobody: true }), "out"],
  ])("%s", (_, who, want) => expect(standing(ALL, who)).toBe(want));

  test("pupils of whom nothing is said stand in the exclusion group", () => {
    expect(standing("{ all: true }", person("p1@trust.example", { pupil: true }))).toBe("excepted");
  });
});

describe("by list", () => {
  const LIST =
    "head@alder.county.example\nbirch.county.example\noffice@birch.county.example,leave\nelm.county.example,leave\nhead@elm.county.example\nx@fir.county.example\nx@fir.county.example,leave\n";
  test.each([
    ["an account of the list", "head@alder.county.example", "in"],
    ["another account of that school", "office@alder.county.example", "out"],
    ["an account of a school of the list", "anybody@birch.county.example", "in"],
    ["its own row goes before its school's", "office@birch.county.example", "out"],
    ["and the other way round", "head@elm.county.example", "in"],
    ["an account of a school that leaves", "office@elm.county.example", "out"],
    ["of two rows the later one holds", "x@fir.county.example", "out"],
    ["a school below the school", "a@north.birch.county.example", "out"],
  ])("%s", (_, address, want) => expect(standing("{ file: l.csv, pupils: out }", person(address), LIST)).toBe(want));

  test("who is in the group has to leave by a row, by an exception, or as an account that no cohort holds; never by a shorter list", () => {
    const plan = planWith({ c: '{ file: l.csv, except: [{ accounts: ["finance@*"], because: x, owner: y }] }' }, { "l.csv": LIST });
    const leaves = cohortReader(plan, NO_GROUPS).leavers("c");
    expect(
      [
        person("head@alder.county.example"),
        person("never-on-the-list@alder.county.example"),
        person("office@birch.county.example"),
        person("office@elm.county.example"),
        person("finance@birch.county.example"),
        person("p1@birch.county.example", { pupil: true }),
        person("emergency-1@county.example"),
      ].map(leaves),
    ).toEqual([false, false, true, true, true, true, true]);
  });

  test("a list that cannot be used moves nobody and is said", () => {
    const reader = cohortReader(planWith({ c: "{ file: l.csv }" }), NO_GROUPS);
    expect([reader.read(person("a@x.example")).standings, reader.leavers("c")(person("a@x.example"))]).toEqual([["out"], false]);
    expect(reader.finish()).toEqual([{ cohort: "c", type: "list-unusable", detail: "l.csv: it was not read; nobody joins or leaves by it", accounts: [] }]);
  });

  test("in the other cohorts it is enough not to be in", () => {
    const leaves = cohortReader(planWith({ c: HEADS }), NO_GROUPS).leavers("c");
    expect([person("head@birch.county.example"), person("office@birch.county.example")].map(leaves)).toEqual([false, true]);
    expect(() => cohortReader(planWith({ c: HEADS }), NO_GROUPS).leavers("d")).toThrow(RangeError);
  });
});

describe("by group", () => {
  const plan = planWith({ c: "{ group: IT Support }" });
  const member = person("a@trust.example");
  const other = person("b@trust.example");
  test("its members, by id", () => {
    const reader = cohortReader(plan, new Map([["it support", present(IdIndex.of([member.id]))]]));
    expect([reader.read(member).standings, reader.read(other).standings, reader.unreadable, reader.finish()]).toEqual([["in"], ["out"], [], []]);
  });
  test("a group that is not there is said", () => {
    const reader = cohortReader(plan, new Map([["it support", absent]]));
    expect([reader.read(member).standings, reader.unreadable, reader.finish()]).toEqual([
      ["out"],
      [],
      [{ cohort: "c", type: "no-group", detail: 'the tenant has no group "IT Support"', accounts: [] }],
    ]);
  });
  test.each([
    ["a group that could not be read", new Map([["it support", unknown("403")]]), "403"],
    ["a group that was not asked for", NO_GROUPS, 'the group "IT Support" was not read'],
  ])("%s leaves open who is in", (_, groups, because) => {
    const reader = cohortReader(plan, groups);
    expect([reader.unreadable, reader.finish()]).toEqual([
      [{ cohort: "c", because }],
      [{ cohort: "c", type: "no-group", detail: `the group "IT Support" cannot be read: ${because}`, accounts: [] }],
    ]);
  });
});

test("synchronisation and emergency accounts are out by id as well, whatever their address is now", () => {
  const [sync, renamed] = [person("sync@trust.example"), person("renamed@trust.example")];
  const reader = cohortReader(planWith({ c: ALL }), NO_GROUPS, { emergencyIds: IdIndex.of([renamed.id]), syncIds: IdIndex.of([sync.id]) });
  expect([sync, renamed].map((who) => reader.read(who).standings)).toEqual([["out"], ["out"]]);
});

test("one reading tells the flags and every cohort, in the plan's order", () => {
  const reader = cohortReader(planWith({ all: ALL, heads: HEADS, offices: '{ accounts: ["office@*"] }' }), NO_GROUPS);
  expect(reader.names).toEqual(["all", "heads", "offices"]);
  expect(reader.read(person("office@birch.county.example", { enabled: false, pupil: true }))).toEqual({
    flags: { enabled: false, guest: false, pupil: true },
    standings: ["excepted", "out", "out"],
    aliasOnly: [],
  });
});

describe("what is remarked once everybody was read", () => {
  const remarks = (cohorts: Readonly<Record<string, string>>, people: readonly Person[], list = "") => {
    const reader = cohortReader(planWith(cohorts, { "l.csv": list }), NO_GROUPS);
    const aliasOnly = people.map((who) => reader.read(who).aliasOnly);
    return { aliasOnly, remarks: reader.finish() };
  };

  test("another address that matches is listed, not used", () => {
    const moved = person("head@birch.county.example", { aliases: ["head@old-birch.county.example"] });
    const council = person("maria@county.example", { aliases: ["head@oak.county.example"] });
    expect(remarks({ c: HEADS }, [moved, council])).toEqual({
      aliasOnly: [[], ["c"]],
      remarks: [
        { cohort: "c", type: "alias-only", detail: "1 account matches by another of its addresses only, and is not in", accounts: ["maria@county.example"] },
      ],
    });
  });

  test("an alias on a list is listed, and its row names somebody after all", () => {
    const council = person("maria@county.example", { aliases: ["head@oak.county.example"] });
    expect(remarks({ c: "{ file: l.csv }" }, [council], "head@oak.county.example\n").remarks.map(({ type }) => type)).toEqual(["alias-only"]);
  });

  test("rows of a list that name nobody, with their lines", () => {
    expect(remarks({ c: "{ file: l.csv }" }, [person("a@x.example")], "a@x.example\nb@x.example\ny.example\nz@z.example,leave\nb@x.example\n").remarks).toEqual(
      [{ cohort: "c", type: "no-account", detail: "l.csv, lines 3, 5: no account of the tenant", accounts: ["y.example", "b@x.example"] }],
    );
  });

  test("rows that cannot be read: the first says why, of the others the plan's own check tells", () => {
    expect(remarks({ c: "{ file: l.csv }" }, [person("a@x.example")], "a@x.example\nheda\nhaed\n").remarks).toEqual([
      {
        cohort: "c",
        type: "row-unreadable",
        detail: 'l.csv, line 2: "heda" is neither an address nor a domain: nobody joins or leaves by this row; 1 more row is not understood (see check)',
        accounts: [],
      },
    ]);
  });

  test("a row that names an account which no cohort may hold names somebody", () => {
    expect(remarks({ c: "{ file: l.csv }" }, [person("p1@x.example", { pupil: true })], "p1@x.example\n").remarks).toEqual([]);
  });

  test("patterns that match nobody", () => {
    expect(remarks({ c: '{ accounts: ["heda@*", "haed@*"] }', d: HEADS }, [person("head@birch.county.example")]).remarks).toEqual([
      { cohort: "c", type: "no-account", detail: "no account of the tenant matches heda@*, haed@*", accounts: [] },
    ]);
  });

  test.each([
    ["a pattern over whole domains", '{ accounts: ["*@*"] }', 1],
    ["everybody", "{ all: true }", 1],
    ["a list's domain", "{ file: l.csv }", 1],
    ["a pattern of one name", '{ accounts: ["p1@*"] }', 0],
    ["a cohort that says so", '{ accounts: ["*@*"], pupils: in }', 0],
    ["everybody, said", ALL, 0],
  ])("pupils of whom nothing is said: %s", (_, words, count) => {
    const found = remarks({ c: words }, [person("p1@birch.county.example", { pupil: true })], "birch.county.example\n").remarks;
    expect(found.filter(({ type }) => type === "pupils-unsaid")).toEqual(
      count === 0
        ? []
        : [
            {
              cohort: "c",
              type: "pupils-unsaid",
              detail: "1 pupil would be in, and the plan does not say whether they shall: pupils: in or pupils: out",
              accounts: ["p1@birch.county.example"],
            },
          ],
    );
  });

  test("very many are counted, and some of them named", () => {
    const people = Array.from({ length: 1000 }, (_, at) => person(`p${at}@birch.county.example`, { pupil: true }));
    const [remark] = remarks({ c: "{ all: true }" }, people).remarks;
    expect([remark?.detail.slice(0, 12), remark?.accounts.length]).toEqual(["1000 pupils ", 200]);
  });
});

test("a million accounts are read in a few seconds, a quarter of them in a quarter of that", () => {
  const rounds = process.env["SOAK"] === undefined ? 25 : 100;
  const list = Array.from({ length: 5000 }, (_, at) => `user${at}@school-${at % 400}.county.example`).join("\n");
  const plan = planWith(
    { all: ALL, heads: HEADS, offices: '{ accounts: ["office@*"] }', everyone: EVERYONE, early: "{ file: l.csv, pupils: out }" },
    { "l.csv": list },
  );
  const reader = cohortReader(plan, NO_GROUPS);
  const people = Array.from({ length: 10_000 }, (_, at) =>
    person(`user${at}@school-${at % 400}.county.example`, { pupil: at % 7 === 0, aliases: [`u${at}@old-${at % 400}.county.example`] }),
  );
  const before = process.cpuUsage();
  let inside = 0;
  for (let round = 0; round < rounds; round += 1) for (const who of people) if (reader.read(who).standings[0] === "in") inside += 1;
  const used = process.cpuUsage(before);
  expect(inside).toBe(rounds * people.filter((who) => !who.pupil).length);
  // Seconds of work; some two where nothing else runs.
  expect((used.user + used.system) / 1_000_000).toBeLessThan(rounds / 8);
});
