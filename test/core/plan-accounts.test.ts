/** The plan's words for accounts of review lists: what they read as, what is refused, and what is only remarked on. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { peopleOf } from "../../src/core/cohorts.ts";
import { asksNobody, isMailOnly } from "../../src/core/mailbox-changes.ts";
import { filesNamedBy, openPlan, parsePlan } from "../../src/core/plan/parse.ts";
import { type BlockSignIn, type DeleteAccounts, isListOnly, MECHANISMS, type NamedFile, type Phase } from "../../src/core/plan/plan.ts";
import { MAX_REVIEW_BYTES } from "../../src/core/plan/text.ts";
import { checkOf, type Frozen, type ListMark, markText } from "../../src/core/review/frozen.ts";
import { HEADINGS, REVIEW_COLUMNS } from "../../src/core/review/read.ts";
import { planOf, problemsOf, told } from "./plan-check.ts";

const DAY = 86_400_000;
const MARK: ListMark = { plan: "county-2018", tenant: "e1d8c35a-4ace-490e-ae19-24f86d33083b", asOf: Date.UTC(2018, 11, 10, 8) };

const line = (number: number, { decision = "delete", account = `unused-${number}@alder.county.example`, mark = MARK } = {}): string => {
  const id = `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
  const frozen: Frozen = { account, name: `Unused ${number}`, why: "never signed in", created: "2018-03-01", id };
  const cells = { ...frozen, decision, reason: "left", decidedBy: "office manager", list: markText(mark), check: checkOf(mark, frozen) };
  return REVIEW_COLUMNS.map((column) => cells[column]).join(",");
};
const csv = (...lines: readonly string[]): string => [REVIEW_COLUMNS.map((column) => HEADINGS[column]).join(","), ...lines, ""].join("\r\n");

const FILES = { "unused.csv": csv(line(1), line(2, { decision: "keep" })), "schools/alder.csv": csv(line(3)), "schools/birch.csv": csv(line(4)) };

/** Phases from line 8 on, with the smallest cohort and a demand after them, so that the rest of the plan is always the same. */
const text = (phases: readonly string[], { mechanism = "conditional-access", notOn = "" } = {}): string =>
  [
    "id: county-2018",
    "name: County schools 2018",
    "timeZone: Europe/London",
    `mechanism: ${mechanism}`,
    `emergencyAccounts: [emergency-1@county.example, emergency-2@county.example]${notOn}`,
    mechanism === "security-defaults" ? "" : 'cohorts: { heads: { accounts: ["head@*"] } }',
    "phases:",
    ...phases.map((words) => `  - { ${words} }`),
    mechanism === "security-defaults"
      ? "  - { id: last, starts: 2019-12-02, securityDefaults: on }"
      : "  - { id: last, starts: 2019-12-02, requireMfa: { for: heads, on: [web] } }",
    "",
  ].join("\n");

const BLOCK = "id: block, starts: 2019-01-07, blockSignIn: { list: unused.csv }";
const DELETE = "id: delete, starts: 2019-02-04, deleteAccounts: { list: unused.csv, after: 28 days, atMost: 25 }";
const deleting = (words: string, starts = "2019-02-04"): string => `id: delete, starts: ${starts}, deleteAccounts: { list: unused.csv, atMost: 25, ${words} }`;

const phasesOf = (phases: readonly string[], files: Readonly<Record<string, string>> = FILES): readonly Phase[] => planOf(text(phases), files).phases;
const blockOf = (words: string): BlockSignIn | undefined =>
  phasesOf([`id: block, starts: 2019-01-07, blockSignIn: { list: unused.csv${words} }`])[0]?.blockSignIn;
const deleteOf = (words: string): DeleteAccounts | undefined => phasesOf([BLOCK, deleting(words)])[1]?.deleteAccounts;
const refused = (...phases: readonly string[]): readonly string[] => problemsOf(text(phases), FILES);

/** Remarks with the file in which they stand. */
const remarked = (phases: readonly string[], files: Readonly<Record<string, NamedFile>>): readonly string[] => {
  const parsed = parsePlan("plans/plan.yaml", text(phases), new Map(Object.entries(files)));
  if (parsed.type === "unsound") expect.fail(told(parsed.problems).join("\n"));
  return parsed.remarks.map((remark) => `${remark.file}:${told([remark]).join("")}`);
};
const asText = (given: string): NamedFile => ({ type: "text", text: given });
const GONE: NamedFile = { type: "unusable", because: "there is no such file", missing: true };

describe("what they read as", () => {
  test("a list to block, as it came back", () => {
    const block = blockOf("");
    expect(Object.keys(block ?? {})).toEqual(["list"]);
    expect(block?.list).toMatchObject({
      file: "unused.csv",
      problems: [],
      rows: [{ account: "unused-1@alder.county.example", decision: "delete" }, { decision: "keep" }],
    });
    expect(block?.list).not.toHaveProperty("missing");
    expect(block?.list.rows[0]).toMatchObject({ mark: MARK, at: { file: "unused.csv", line: 2, column: 1 }, decidedBy: "office manager" });
  });

  test.each<readonly [string, string, Partial<BlockSignIn>]>([
    ["so many", ", atMost: 25", { atMost: 25 }],
    ["none", ", atMost: 0", { atMost: 0 }],
    ["a share", ", atMostShare: 5%", { atMostShare: 0.05 }],
    ["both", ", atMost: 3, atMostShare: 100%", { atMost: 3, atMostShare: 1 }],
  ])("%s may be blocked", (_, words, want) => expect(blockOf(words)).toMatchObject(want));

  test.each<readonly [string, string, Partial<DeleteAccounts>]>([
    ["a cooling-off", "after: 28 days", { after: 28 * DAY, atMost: 25, keep: [] }],
    ["of a day", "after: 1 day", { after: DAY }],
    ["made before a day, by the plan's clock", "after: 28 days, createdBefore: 2018-10-01", { createdBefore: Date.UTC(2018, 8, 30, 23) }],
    ["made before a moment", "createdBefore: 2018-11-05T08:00", { createdBefore: Date.UTC(2018, 10, 5, 8) }],
    ["a share", "atMostShare: 12%", { atMostShare: 0.12 }],
    ["who is kept", 'keep: ["Head@*", "lab-??@alder.county.example"]', { keep: ["head@*", "lab-??@alder.county.example"] }],
  ])("%s", (_, words, want) => expect(deleteOf(words)).toMatchObject(want));

  test("what is not said is not there", () => {
    expect(Object.keys(deleteOf("keep: [a@b.example]") ?? {}).sort()).toEqual(["atMost", "keep", "list"]);
  });

  test("several files are one list, under the name of all", () => {
    const [block] = phasesOf(["id: block, starts: 2019-01-07, blockSignIn: { list: [schools/alder.csv, schools/birch.csv] }"]);
    expect(block?.blockSignIn?.list.file).toBe("schools/alder.csv, schools/birch.csv");
    expect(block?.blockSignIn?.list.rows.map(({ at }) => at.file)).toEqual(["schools/alder.csv", "schools/birch.csv"]);
  });

  test("its files are named with those of the cohorts, and told apart from them", () => {
    const of = text([BLOCK, "id: delete, starts: 2019-02-04, deleteAccounts: { list: [schools/birch.csv, unused.csv], atMost: 2 }"]).replace(
      '{ accounts: ["head@*"] }',
      "{ file: heads.csv }",
    );
    expect(filesNamedBy(of)).toEqual(["heads.csv", "schools/birch.csv", "unused.csv"]);
    expect(openPlan("plan.yaml", of).reviews).toEqual(["schools/birch.csv", "unused.csv"]);
    expect(openPlan("plan.yaml", "phases: [{ blockSignIn: { list: 7 } }, 3]\n").reviews).toEqual([]);
  });

  test.each(MECHANISMS)("under %s", (mechanism) => {
    expect(problemsOf(text([BLOCK, DELETE], { mechanism }), FILES)).toEqual([]);
  });

  test("twenty thousand rows fit, in two bytes a letter", () => {
    expect(2 * 20_000 * (line(1).length + 300)).toBeLessThan(MAX_REVIEW_BYTES);
  });
});

describe("whom such a phase is about", () => {
  test("it asks nobody, and is no cohort's and not everybody's", () => {
    const phases = phasesOf([BLOCK, DELETE]).slice(0, 2);
    expect(phases).toHaveLength(2);
    for (const phase of phases) {
      expect([asksNobody(phase), isListOnly(phase), isMailOnly(phase)]).toEqual([true, true, false]);
      expect(peopleOf(phase)).toEqual([]);
    }
  });

  test("beside something else it is about whom that is about", () => {
    const [both] = phasesOf(["id: both, starts: 2019-03-01, blockSignIn: { list: schools/alder.csv }, blockLegacy: { for: heads }"]);
    expect(both !== undefined && [asksNobody(both), isListOnly(both)]).toEqual([false, false]);
    expect(both === undefined ? [] : peopleOf(both)).toEqual(["heads"]);
  });

  test("with mailboxes it asks nobody either", () => {
    const [mail] = phasesOf(["id: block, starts: 2019-01-07, blockSignIn: { list: unused.csv }, turnOff: { protocols: [pop3] }"]);
    expect(mail !== undefined && [asksNobody(mail), isListOnly(mail), isMailOnly(mail)]).toEqual([true, false, false]);
    expect(mail === undefined ? [] : peopleOf(mail)).toEqual(["*everybody"]);
  });
});

describe("what is refused", () => {
  test.each<readonly [name: string, phases: readonly string[], want: readonly string[]]>([
    ["no list", ["id: block, starts: 2019-01-07, blockSignIn: { atMost: 3 }"], ["8:38 blockSignIn of phase block has no list | for example list: unused.csv"]],
    [
      "an empty list of files",
      ["id: block, starts: 2019-01-07, blockSignIn: { list: [] }"],
      ["8:59 list of blockSignIn of phase block is empty | write it as in list: unused.csv"],
    ],
    ["a file twice", ["id: block, starts: 2019-01-07, blockSignIn: { list: [unused.csv, ./unused.csv] }"], ['8:72 "./unused.csv" stands here twice']],
    [
      "no limit",
      [BLOCK, "id: delete, starts: 2019-02-04, deleteAccounts: { list: unused.csv, after: 28 days }"],
      ["9:39 deleteAccounts of phase delete has no atMost | for example atMost: 25"],
    ],
    [
      "a limit in words",
      [BLOCK, "id: delete, starts: 2019-02-04, deleteAccounts: { list: unused.csv, after: 28 days, atMost: many }"],
      ["9:99 atMost of deleteAccounts of phase delete is text, where a number is needed | write it as in atMost: 25"],
    ],
    [
      "half an account",
      [BLOCK, "id: delete, starts: 2019-02-04, deleteAccounts: { list: unused.csv, after: 28 days, atMost: 2.5 }"],
      ["9:99 2.5 is not a number of accounts | write a whole number, as in atMost: 25"],
    ],
    [
      "fewer than none",
      ["id: block, starts: 2019-01-07, blockSignIn: { list: unused.csv, atMost: -1 }"],
      ["8:79 -1 is not a number of accounts | write a whole number, as in atMost: 25"],
    ],
    [
      "a share without its sign",
      [BLOCK, deleting('after: 28 days, atMostShare: "5"')],
      ['9:116 "5" is not a share in percent | write it as in atMostShare: 5%'],
    ],
    ["a share of nobody", [BLOCK, deleting("after: 28 days, atMostShare: 0%")], ['9:116 "0%" is not from 1% to 100%']],
    [
      "a share of more than all",
      ["id: block, starts: 2019-01-07, blockSignIn: { list: unused.csv, atMostShare: 101% }"],
      ['8:84 "101%" is not from 1% to 100%'],
    ],
    ["a cooling-off in weeks", [BLOCK, deleting("after: 4 weeks")], ['9:94 "4 weeks" is not a number of days | write it as in after: 28 days']],
    ["a cooling-off of nothing", [BLOCK, deleting("after: 0 days")], ['9:94 "0 days" is not from 1 day to 365 days']],
    ["a pattern without @", [BLOCK, deleting("after: 28 days, keep: [head]")], ['9:110 "head" has no @, so it matches no address | did you mean "head@*"?']],
    ["an unknown key", [BLOCK, deleting("afters: 28 days")], ['9:87 unknown key "afters" in deleteAccounts of phase delete | did you mean "after"?']],
    ["no day", [BLOCK, deleting("after: 28 days, createdBefore: Easter")], [expect.stringMatching(/^9:118 "Easter" is not a moment/)]],
    [
      "made before a day that is still to come",
      [BLOCK, deleting("after: 28 days, createdBefore: 2019-03-01")],
      [
        "9:118 createdBefore is later than phase delete starts, on Mon 4 Feb 2019 | write a day before the list went out: no account on it was made after Mon 4 Feb 2019",
      ],
    ],
    [
      "a cooling-off of what nobody blocks",
      [deleting("after: 28 days")],
      [
        '8:87 phase delete deletes only what was blocked before, and no earlier phase blocks accounts of "unused.csv": nothing would ever be deleted | block them in an earlier phase: blockSignIn: with the same list',
      ],
    ],
    [
      "a cooling-off of a list of which another is blocked",
      [BLOCK, "id: delete, starts: 2019-02-04, deleteAccounts: { list: [unused.csv, schools/alder.csv], after: 28 days, atMost: 2 }"],
      [expect.stringMatching(/^9:\d+ phase delete deletes only what was blocked before, and no earlier phase blocks accounts of "schools\/alder\.csv":/)],
    ],
    [
      "deleted before they are blocked",
      [deleting("after: 28 days", "2019-01-02"), BLOCK],
      [
        '8:39 phase delete deletes accounts of "unused.csv", which phase block blocks only later | block them first, in an earlier phase, and say after: 28 days here',
      ],
    ],
    [
      "deleted before they are blocked, without a cooling-off",
      [deleting("keep: [a@b.example]", "2019-01-02"), BLOCK],
      [expect.stringMatching(/^8:39 phase delete deletes accounts of "unused\.csv", which phase block blocks only later/)],
    ],
    [
      "blocked and deleted at once",
      ["id: both, starts: 2019-01-07, blockSignIn: { list: unused.csv }, deleteAccounts: { list: unused.csv, atMost: 3 }"],
      [
        '8:72 phase both blocks and deletes accounts of "unused.csv" at once, so that nobody can object in between | block them in an earlier phase, and say after: 28 days here',
      ],
    ],
    [
      "blocked and deleted in one phase, with a cooling-off",
      ["id: both, starts: 2019-01-07, blockSignIn: { list: unused.csv }, deleteAccounts: { list: unused.csv, atMost: 3, after: 7 days }"],
      ["8:25 phase both starts less than 7 days after it blocks the same accounts, on Mon 7 Jan 2019 | the first possible day is Mon 14 Jan 2019: 2019-01-14"],
    ],
    [
      "a day too early",
      [BLOCK, deleting("after: 28 days", "2019-02-03")],
      [
        "9:27 phase delete starts less than 28 days after phase block blocks the same accounts, on Mon 7 Jan 2019 | the first possible day is Mon 4 Feb 2019: 2019-02-04",
      ],
    ],
    [
      "an hour too early",
      ["id: block, starts: 2019-01-07T06:30, blockSignIn: { list: unused.csv }", deleting("after: 28 days", "2019-02-04T05:30")],
      [
        "9:27 phase delete starts less than 28 days after phase block blocks the same accounts, on Mon 7 Jan 2019 06:30 | the first possible moment is Mon 4 Feb 2019 06:30: 2019-02-04T06:30",
      ],
    ],
    [
      "too early for one of its files",
      [
        "id: first, starts: 2019-01-07, blockSignIn: { list: schools/alder.csv }",
        "id: second, starts: 2019-01-14, blockSignIn: { list: schools/birch.csv }",
        "id: delete, starts: 2019-02-04, deleteAccounts: { list: [schools/alder.csv, schools/birch.csv], after: 28 days, atMost: 2 }",
      ],
      [expect.stringMatching(/^10:27 phase delete starts less than 28 days after phase second .* the first possible day is Mon 11 Feb 2019: 2019-02-11$/)],
    ],
    [
      "blocked twice",
      [BLOCK, "id: again, starts: 2019-01-14, blockSignIn: { list: unused.csv, atMost: 3 }"],
      [
        "9:38 phase again blocks nobody whom phase block does not block already | take it out: rows that are decided later are blocked by the phase that has begun",
      ],
    ],
    [
      "deleted twice",
      [BLOCK, DELETE, "id: again, starts: 2019-02-11, deleteAccounts: { list: ./unused.csv, after: 28 days, atMost: 3 }"],
      ["10:38 phase again deletes nobody whom phase delete does not delete already | take it out, or say what it adds"],
    ],
    [
      "a gate",
      ["id: block, starts: 2019-01-07, ready: { atLeast: 90% }, blockSignIn: { list: unused.csv }"],
      ["8:38 phase block asks nobody for MFA, so there is nobody who could be ready for it | take ready out"],
    ],
    [
      "report-only",
      ["id: block, starts: 2019-01-07, reportOnlyFrom: 2018-12-03, blockSignIn: { list: unused.csv }"],
      ["8:38 nothing in phase block can stand in report-only | take reportOnlyFrom out"],
    ],
  ])("%s", (_, phases, want) => {
    expect(refused(...phases)).toEqual(want);
  });

  test.each<readonly [string, readonly string[]]>([
    ["exactly as long after", [BLOCK, DELETE]],
    [
      "by the clock, where the night between is an hour short",
      ["id: block, starts: 2019-03-11, blockSignIn: { list: unused.csv }", deleting("after: 28 days", "2019-04-08")],
    ],
    [
      "its files in two phases, in time",
      [
        "id: first, starts: 2019-01-07, blockSignIn: { list: schools/alder.csv }",
        "id: second, starts: 2019-01-14, blockSignIn: { list: ./schools/birch.csv }",
        "id: delete, starts: 2019-02-11, deleteAccounts: { list: [schools/alder.csv, schools/birch.csv], after: 28 days, atMost: 2 }",
      ],
    ],
    ["blocked with more files", ["id: block, starts: 2019-01-07, blockSignIn: { list: [unused.csv, schools/alder.csv] }", DELETE]],
    [
      "a later phase that deletes more",
      [
        BLOCK,
        deleting("after: 28 days, createdBefore: 2018-01-01"),
        "id: more, starts: 2019-03-04, deleteAccounts: { list: unused.csv, after: 28 days, createdBefore: 2018-06-01, atMost: 3 }",
      ],
    ],
    ["made before the moment it starts", [BLOCK, deleting("after: 28 days, createdBefore: 2019-02-04")]],
    [
      "a gate of something beside it",
      ["id: block, starts: 2019-01-07, ready: { atLeast: 90% }, blockSignIn: { list: unused.csv }, blockLegacy: { for: heads }"],
    ],
    ["without a cooling-off, blocked or not", [deleting("keep: [a@b.example]")]],
  ])("%s is taken", (_, phases) => {
    expect(refused(...phases)).toEqual([]);
  });

  test("the first possible day is one on which something may start", () => {
    const of = text([BLOCK, deleting("after: 28 days", "2019-02-01")], { notOn: "\nnotOn: [2019-02-04 to 2019-02-05]" });
    expect(problemsOf(of, FILES)).toEqual([expect.stringMatching(/\| the first possible day is Wed 6 Feb 2019: 2019-02-06$/)]);
  });
});

describe("what is only worth a look", () => {
  test("a list that is not there yet, once, however many phases name it; the plan is sound", () => {
    expect(remarked([BLOCK, DELETE], { "unused.csv": GONE })).toEqual([
      'plans/plan.yaml:8:59 the list "unused.csv" is not there yet: nothing is done by it | entra-rollout report stale PLAN --for-review FILE writes one, on which people decide',
    ]);
    const parsed = parsePlan("plan.yaml", text([BLOCK]), new Map([["unused.csv", GONE]]));
    expect(parsed.type === "sound" && parsed.plan.phases[0]?.blockSignIn?.list).toMatchObject({ missing: true, rows: [], problems: [{ line: 8 }] });
  });

  test.each<readonly [string, readonly string[], string]>([
    [
      "of several",
      [line(1), line(2, { decision: "" }), line(3, { decision: "" }), line(4, { decision: "keep" })],
      "2 of 4 rows have no decision: nothing is done by them",
    ],
    ["of all", [line(1, { decision: "" }), line(2, { decision: "" })], "2 of 2 rows have no decision: nothing is done by them"],
    ["of one", [line(1, { decision: "" })], "1 of 1 row has no decision: nothing is done by it"],
  ])("rows that nobody decided on, %s: counted once, however many phases name them", (_, lines, want) => {
    expect(remarked([BLOCK, DELETE], { "unused.csv": asText(csv(...lines)) })).toEqual([`plans/plan.yaml:8:59 ${want} | delete or keep, under Decision`]);
  });

  test.each<readonly [string, NamedFile | undefined, string]>([
    ["too long", { type: "unusable", because: "it is 40.0 MB long; at most 32.0 MB are read" }, "it is 40.0 MB long; at most 32.0 MB are read"],
    ["no text", { type: "unusable", because: "it is not a text file" }, "it is not a text file"],
    ["not read", undefined, "it was not read"],
  ])("a list that is %s", (_, file, because) => {
    expect(remarked([BLOCK], file === undefined ? {} : { "unused.csv": file })).toEqual([
      `plans/plan.yaml:8:59 the list "unused.csv" cannot be used, so nothing is done by it: ${because}`,
    ]);
    const parsed = parsePlan("plan.yaml", text([BLOCK]), file === undefined ? new Map() : new Map([["unused.csv", file]]));
    expect(parsed.type === "sound" && parsed.plan.phases[0]?.blockSignIn?.list).not.toHaveProperty("missing");
  });

  test("of two files one that is there: its rows stand, and the other is named", () => {
    const phases = ["id: block, starts: 2019-01-07, blockSignIn: { list: [schools/alder.csv, schools/birch.csv] }"];
    const files = { "schools/alder.csv": GONE, "schools/birch.csv": asText(csv(line(4))) };
    expect(remarked(phases, files)).toEqual([expect.stringMatching(/^plans\/plan\.yaml:8:60 the list "schools\/alder\.csv" is not there yet/)]);
    const parsed = parsePlan("plan.yaml", text(phases), new Map(Object.entries(files)));
    const list = parsed.type === "sound" ? parsed.plan.phases[0]?.blockSignIn?.list : undefined;
    expect([list?.missing, list?.rows.length, list?.problems.length]).toEqual([undefined, 1, 1]);
  });

  test("rows that cannot be believed, beside the plan and by their line; the others stand", () => {
    const broken = csv(line(1), line(2, { decision: "delte" }), line(3, { mark: { ...MARK, plan: "trust" } }), line(1, { decision: "keep" }));
    expect(remarked([BLOCK, DELETE], { "unused.csv": asText(broken) })).toEqual([
      'plans/unused.csv:3:1 "delte" is no decision: nothing is done by this row | did you mean "delete"?',
      "plans/unused.csv:4:1 it is of a list of the plan trust, and not of county-2018: nothing is done by this row",
      "plans/unused.csv:5:1 unused-1@alder.county.example stands in line 2 as well: nothing is done by either | leave the row that is meant",
    ]);
  });

  test("a row of any tenant, since a plan knows none", () => {
    expect(remarked([BLOCK], { "unused.csv": asText(csv(line(1, { mark: { ...MARK, tenant: "00000000-0000-4000-8000-000000000009" } }))) })).toEqual([]);
  });

  test("an emergency account that somebody wants deleted, and none that is kept", () => {
    const list = csv(line(1, { account: "Emergency-1@county.example" }), line(2, { account: "emergency-2@county.example", decision: "keep" }));
    expect(remarked([BLOCK, DELETE], { "unused.csv": asText(list) })).toEqual([
      "plans/unused.csv:2:1 emergency-1@county.example is an emergency account of the plan, and is spared whatever the list says | write keep",
    ]);
  });

  test("accounts that are deleted with nobody having missed them", () => {
    expect(remarked([BLOCK, deleting("keep: [a@b.example]")], { "unused.csv": asText(FILES["unused.csv"]) })).toEqual([
      "plans/plan.yaml:9:39 phase delete waits for nobody to object: it deletes accounts that nobody was kept out of for a while | block them in an earlier phase by blockSignIn, and say after: 28 days here",
    ]);
  });

  test("of a list that is wrong in every row the first fifty, and how many more there are", () => {
    const all = remarked([BLOCK, DELETE], { "unused.csv": asText(csv(...Array.from({ length: 300 }, (_, at) => line(at, { decision: "?" })))) });
    expect(all).toHaveLength(51);
    expect(all.at(-1)).toBe("plans/unused.csv:52:1 250 more problems from here on");
  });
});

describe("whatever the days are", () => {
  const day = (after: number): string => new Date(Date.UTC(2019, 0, 1 + after)).toISOString().slice(0, 10);
  test("a plan is taken if and only if the list is blocked long enough before, and the day that is named otherwise is taken", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(60), fc.integer({ min: 1, max: 50 }), (since, later, days) => {
        const of = (starts: string): readonly string[] => [
          `id: block, starts: ${day(since)}, blockSignIn: { list: unused.csv }`,
          deleting(`after: ${days} day${days === 1 ? "" : "s"}`, starts),
        ];
        const found = refused(...of(day(since + later)));
        expect(found).toHaveLength(later >= days ? 0 : 1);
        const named = /: (\d{4}-\d\d-\d\d)$/.exec(found[0] ?? "")?.[1] ?? day(since + later);
        expect(refused(...of(named))).toEqual([]);
        expect(named).toBe(day(since + Math.max(later, days)));
      }),
      { numRuns: 30 },
    );
  });
});
