/** Accounts of reviewed lists as people read them: before, while asked, afterwards, and on the way back. */

import { describe, expect, test } from "vitest";
import type { ChangeLine, DiffDocument, ListedLine, ListLine, PhaseLine } from "../../src/core/document.ts";
import type { Run } from "../../src/core/journal.ts";
import type { LeftStep, RunResult } from "../../src/core/run-document.ts";
import { changesSum, doneWords, listsWords, reasonLines, warningWords } from "../../src/render/accounts.ts";
import { diffText, type Standpoint } from "../../src/render/diff.ts";
import { findingLines } from "../../src/render/findings.ts";
import { outcomeText } from "../../src/render/outcome.ts";
import { statusText } from "../../src/render/status.ts";
import { undoText } from "../../src/render/undo.ts";
import { widthOf } from "../../src/render/width.ts";
import { document as other, view } from "./fixture.ts";
import { matchesGolden } from "./golden.ts";

const OPEN: Standpoint = { standing: "open", browserOnly: new Set(), blocking: new Set(), registering: new Set(), askedWho: new Map() };

const SCHOOLS = ["oak", "birch", "alder", "cedar", "dogwood", "elm", "fir", "hazel", "holly", "juniper", "larch", "maple", "pine", "rowan"] as const;
const address = (number: number): string => `unused-${number}@${SCHOOLS[number % SCHOOLS.length]}.county.example`;
const ids = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`);

const listed = (to: ListedLine["to"], count: number, fields: Partial<ListedLine> = {}): ListedLine => ({
  to,
  count,
  accounts: ids(count),
  sample: Array.from({ length: Math.min(20, count) }, (_, at) => address(at)),
  domains: SCHOOLS.map((school, at) => ({ domain: `${school}.county.example`, count: 14 - at })),
  ...fields,
});

const change = (line: ListedLine, fields: Partial<ChangeLine> = {}): ChangeLine => ({
  phases: ["unused-deleted"],
  kind: line.to === "deleted" || line.to === "restored" ? "account-deletion" : "account-block",
  action: line.to === "deleted" ? "delete" : "update",
  key: "unused-deleted",
  name: "unused.csv",
  fields: [],
  listed: line,
  ...fields,
});

const line = (to: ListLine["to"], rows: number | null, now: ListLine["now"], undecided = 0): ListLine => ({ to, file: "unused.csv", rows, undecided, now });

const phases: readonly PhaseLine[] = [
  {
    id: "unused-blocked",
    title: "Unused accounts blocked",
    starts: "2018-12-10T00:00:00+00:00",
    state: "live",
    lists: [line("blocked", 60, { toDo: 0, done: 57, spared: 3, missing: 0 })],
  },
  {
    id: "unused-deleted",
    title: "Unused accounts deleted",
    starts: "2019-01-07T00:00:00+00:00",
    state: "due",
    lists: [line("deleted", 60, { toDo: 25, done: 30, spared: 5, missing: 0 })],
  },
  { id: "guests", title: "Guests deleted", starts: "2019-02-04T00:00:00+00:00", state: "later", lists: [line("deleted", 1_200, null)] },
];

const SPARED = [
  "head@alder.county.example (line 3): it signed in on 2018-12-20",
  ...Array.from(
    { length: 24 },
    (_, at) => `${address(at)} (line ${at + 4}): it was blocked by this tool too short a time ago, and can be deleted from 2019-01-14 on`,
  ),
  "desmond.hartford@birch.county.example (line 40): it is a shared mailbox: others read it, and it goes with the account; it owns a group or an application",
];

const document: DiffDocument = {
  ...other,
  asOf: "2019-01-07T00:00:00+00:00",
  phases,
  changes: [change(listed("deleted", 105))],
  leftOver: [],
  findings: [
    {
      guard: "listed-accounts",
      verdict: "go",
      phase: "unused-deleted",
      detail: "26 accounts of unused.csv are spared, and not deleted",
      accounts: SPARED,
      count: 26,
    },
    {
      guard: "listed-accounts",
      verdict: "go",
      phase: "unused-deleted",
      detail: "1 account of unused.csv is not in the directory, and was not deleted by this tool",
      accounts: ["gone@oak.county.example (unused.csv:9)"],
      count: 1,
    },
  ],
  summary: { create: 0, update: 0, delete: 1, unchanged: 1 },
};

const WIDTHS = [80, 100, 120, 200];

/** What no line may hold: whatever moves the cursor or runs the other way. */
const HOSTILE = "\u001b[2J\r\n\u202egnp.exe\u0007\u2028";
const unsafe = (text: string): string | undefined => /[\p{Cc}\u202e\u2028]/u.exec(text.replaceAll("\n", ""))?.[0];

describe("a dry run", () => {
  test.each([80, 120])("on %i columns", (columns) => {
    matchesGolden(`render/accounts-diff-${columns}.txt`, diffText(document, { ...view, columns }, OPEN));
  });

  test("no line is wider than the terminal, a list of forty files included", () => {
    const files = SCHOOLS.map((school) => `lists/${school}.csv`).join(", ");
    for (const columns of WIDTHS) {
      const text = diffText({ ...document, changes: [change(listed("deleted", 105), { name: files })] }, { ...view, columns }, OPEN);
      expect(
        text.split("\n").filter((each) => widthOf(each) > columns),
        `at ${columns}`,
      ).toEqual([]);
    }
  });

  test("a count stands in one line with its domain", () => {
    for (const columns of WIDTHS) {
      expect(
        diffText(document, { ...view, columns }, OPEN)
          .split("\n")
          .filter((each) => /^ *\d+( more)?,?$/.test(each)),
      ).toEqual([]);
    }
  });

  test("all of one school", () => {
    const one = listed("blocked", 1, { domains: [{ domain: "oak.county.example", count: 1 }], sample: ["unused-1@oak.county.example"] });
    expect(diffText({ ...document, changes: [change(one)] }, view, OPEN)).toContain("where    all of oak.county.example\n");
  });

  test("whose address nobody knows is counted all the same", () => {
    const text = diffText({ ...document, changes: [change(listed("deleted", 3, { sample: [], domains: [] }))] }, view, OPEN);
    expect(text).toContain('- accounts "unused.csv"  deleted  3 accounts\n\nChecks');
    expect(text).not.toContain("who ");
  });

  test("names cannot move the cursor, add a line or reverse the text", () => {
    const domains = [HOSTILE, "b"].map((domain) => ({ domain, count: 1 }));
    const text = diffText(
      {
        ...document,
        changes: [change(listed("deleted", 2, { sample: [HOSTILE], domains }), { name: HOSTILE })],
        findings: [{ guard: "listed-accounts", verdict: "go", detail: "x", accounts: [`${HOSTILE}: ${HOSTILE}`, `a: ${HOSTILE}`, `a: b`] }],
      },
      view,
      OPEN,
    );
    expect(unsafe(text)).toBeUndefined();
    expect(text).toContain("\\u{1b}[2J");
  });
});

describe("the timeline", () => {
  test.each<readonly [string, PhaseLine["state"], readonly ListLine[], string]>([
    ["ahead", "later", [line("deleted", 60, null)], "60 accounts on its list"],
    ["on hold", "held", [line("deleted", 1, null)], "1 account on its list"],
    ["due", "due", [line("deleted", 30, { toDo: 25, done: 0, spared: 5, missing: 0 })], "25 accounts to delete, 5 spared"],
    ["half done", "due", [line("blocked", 31, { toDo: 1, done: 24, spared: 5, missing: 1 })], "1 to block, 24 blocked, 5 spared, 1 not found"],
    ["live", "live", [line("deleted", 1_230, { toDo: 0, done: 1_225, spared: 5, missing: 0 })], "1,225 accounts deleted, 5 spared"],
    ["nobody may go", "live", [line("deleted", 5, { toDo: 0, done: 0, spared: 5, missing: 0 })], "5 accounts spared"],
    ["nobody is decided", "live", [line("deleted", 0, { toDo: 0, done: 0, spared: 0, missing: 0 })], "nobody on its list"],
    ["nobody can say", "due", [line("deleted", 30, null)], "30 on its list, who may go is not known"],
    ["no list yet", "due", [line("deleted", null, null)], "its list is not there"],
    ["nobody decided yet", "due", [line("deleted", 0, { toDo: 0, done: 0, spared: 0, missing: 0 }, 1_068)], "1,068 accounts undecided"],
    ["nobody decided, and its day is ahead", "later", [line("blocked", 0, null, 1)], "1 account undecided"],
    ["some are undecided, and its day is ahead", "later", [line("blocked", 53, null, 7)], "53 accounts on its list, 7 undecided"],
    ["some are undecided", "live", [line("deleted", 4, { toDo: 0, done: 3, spared: 1, missing: 0 }, 2)], "3 accounts deleted, 1 spared, 2 undecided"],
    [
      "blocked and deleted in one",
      "due",
      [line("blocked", 9, { toDo: 4, done: 5, spared: 0, missing: 0 }), line("deleted", 9, { toDo: 0, done: 5, spared: 4, missing: 0 })],
      "4 accounts to block, 5 blocked; 5 accounts deleted, 4 spared",
    ],
  ])("%s", (_name, state, lists, want) => {
    expect(listsWords({ state, lists })).toBe(want);
  });

  test("status tells it, and how many accounts are due", () => {
    const { hash: _hash, changes, summary: _summary, ...rest } = document;
    const text = statusText({ ...rest, drift: [], pending: changes, next: null }, { ...view, columns: 80 });
    expect(text).toContain("  25 to delete, 30 deleted, 5 spared\n");
    expect(text).toContain("due now: Unused accounts deleted: 105 accounts to delete\n");
  });
});

describe("sums", () => {
  const group = other.changes.slice(0, 1);
  test.each<readonly [string, readonly ChangeLine[], string, string]>([
    ["a list alone", [change(listed("deleted", 25))], "25 accounts to delete", "25 accounts are deleted"],
    ["one account", [change(listed("blocked", 1))], "1 account to block", "1 account is blocked"],
    [
      "lists beside others",
      [...group, change(listed("blocked", 3)), change(listed("deleted", 1_000)), change(listed("blocked", 4))],
      "1 to create, 0 to change, 0 to delete; 7 accounts to block, 1,000 to delete",
      "7 accounts are blocked, 1,000 accounts are deleted",
    ],
    ["no list", group, "1 to create, 0 to change, 0 to delete", ""],
  ])("%s", (_name, changes, sum, warning) => {
    expect([changesSum(changes), warningWords(changes)]).toEqual([sum, warning]);
  });

  test("what was done", () => {
    expect(
      doneWords([
        { to: "restored", count: 1 },
        { to: "enabled", count: 20 },
      ]),
    ).toBe("1 account brought back, 20 unblocked");
  });
});

describe("reasons", () => {
  test("who shares one stands together, the most first; the others keep their order", () => {
    expect(reasonLines(["a: x", "b: y: z", "c: x", "d: w"], "", view)).toEqual(["2 accounts: x", "  a, c", "b: y: z", "d: w"]);
  });

  test("ten names of a reason, and twenty reasons", () => {
    const many = reasonLines(
      Array.from({ length: 21 }, (_, at) => `n${at}: x`),
      "",
      { ...view, columns: 200 },
    );
    expect(many[1]).toMatch(/, n9 and 11 more$/);
    const lines = reasonLines(
      Array.from({ length: 23 }, (_, at) => `n${at}: reason ${at}`),
      "",
      view,
    );
    expect([lines.length, lines.at(-1)]).toEqual([21, "and 3 more accounts: --json tells of each"]);
  });

  test("names without a reason are a list as before", () => {
    const [, names] = findingLines(document.findings.slice(1), view);
    expect(names).toBe("           gone@oak.county.example (unused.csv:9)");
  });
});

const COMMANDS = { again: "entra-rollout apply plan.yaml", undo: "entra-rollout undo 20190107T000000Z-1a2b" };
const left = (fields: Partial<LeftStep> & Pick<LeftStep, "result" | "because">): LeftStep => ({
  kind: "account-deletion",
  key: "unused-deleted",
  name: "unused.csv",
  ...fields,
});
const outcome = (run: Partial<RunResult>, columns = 80): string =>
  outcomeText({ ...document, run: { id: "20190107T000000Z-1a2b", done: 3, left: [], exit: 0, ...run } }, { ...view, columns }, COMMANDS);

describe("afterwards", () => {
  test("all done", () => {
    expect(outcome({ listed: [{ to: "deleted", count: 57 }] })).toBe(
      "57 accounts deleted\n3 writes, all written and read back   run 20190107T000000Z-1a2b\n\nto take back:  entra-rollout undo 20190107T000000Z-1a2b\n",
    );
  });

  test("refused, not known, spared: by address and reason", () => {
    matchesGolden(
      "render/accounts-outcome-80.txt",
      outcome({
        done: 2,
        listed: [{ to: "deleted", count: 52 }],
        left: [
          left({
            result: "refused",
            because: "this sign-in may not do that",
            accounts: [
              `${address(1)}: this sign-in may not do that`,
              `${address(2)}: this sign-in may not do that`,
              `${address(3)}: the service said 409 Conflict`,
            ],
          }),
          left({ result: "refused", because: "another", accounts: [`${address(4)}: this sign-in may not do that`] }),
          left({
            result: "differs",
            because: "spared at the last look",
            accounts: ["head@alder.county.example: it signed in on 2019-01-07; it owns a group or an application"],
          }),
          left({
            result: "left-out",
            because: "spared at the last look",
            accounts: ["ann@alder.county.example: it signed in on 2019-01-07; it owns a group or an application"],
          }),
          left({ result: "left-out", because: "interrupted before it was begun" }),
          left({ result: "left-out", because: "interrupted before it was begun" }),
        ],
        exit: 4,
      }),
    );
  });

  test("a step that was done for some can be taken back", () => {
    const some = { done: 0, left: [left({ result: "unknown", because: "x", accounts: [`${address(1)}: x`] })], exit: 4 };
    expect(outcome({ ...some, listed: [{ to: "deleted", count: 19 }] })).toContain("to take back:");
    expect(outcome({ ...some, listed: [{ to: "deleted", count: 0 }] })).not.toContain("to take back:");
  });

  test("names are escaped", () => {
    expect(unsafe(outcome({ left: [left({ result: "refused", because: HOSTILE, name: HOSTILE, accounts: [`${HOSTILE}: ${HOSTILE}`] })] }))).toBeUndefined();
  });
});

describe("the way back", () => {
  const run: Run = {
    id: "20190107T000000Z-1a2b",
    start: {
      type: "start",
      at: Date.UTC(2019, 0, 7),
      run: "20190107T000000Z-1a2b",
      schema: 1,
      toolVersion: "1.0.0",
      plan: other.plan,
      tenant: other.tenant.id,
      asOf: Date.UTC(2019, 0, 7),
      hash: "",
      phases: ["unused-deleted"],
      allowed: [],
    },
    steps: [],
    settled: [],
    twins: [],
  };
  const back = { memberships: 40, licences: 25, managers: 1 };

  test.each<readonly [string, ListedLine, string]>([
    ["all that belonged to them", listed("restored", 25, { back }), "25 accounts from the deleted items, with 40 group memberships, 25 licences and 1 manager"],
    ["nothing belonged to them", listed("restored", 1), "1 account from the deleted items"],
    ["licences alone", listed("restored", 2, { back: { memberships: 0, licences: 1, managers: 0 } }), "2 accounts from the deleted items, with 1 licence"],
    ["blocked ones", listed("enabled", 25), "unblocked 25 accounts where"],
  ])("%s", (_name, of, want) => {
    const text = undoText({ ...document, changes: [change(of)], findings: [] }, run, { steps: [], left: [], phases: [] }, [], { ...view, columns: 120 });
    expect(text.replace(/\s+/g, " ")).toContain(want);
  });
});
