/** What was done to accounts of review lists, as journals and archives tell it together. */

import { describe, expect, test } from "vitest";
import type { ArchiveLine } from "../../../src/core/accounts/archive-lines.ts";
import { deletions, deletionsOf } from "../../../src/core/accounts/deletions.ts";
import type { StepOutcome } from "../../../src/core/changes.ts";
import type { Run } from "../../../src/core/journal.ts";
import { accountLine, archivedAccount, blockedLine, DELETED_AT, type Doing, GROUP, runName, runOfDoings, sparedLine } from "./archive-world.ts";
import { addressOf, BLOCK, DELETE, id, PLAN } from "./listed-world.ts";

const DAY = 86_400_000;
const ALL = { all: false };
const column = (name: string): number => deletions.columns.findIndex((each) => each.name === name);
type Given = { readonly lines?: readonly ArchiveLine[]; readonly runs?: readonly Run[] };
const told = ({ lines = [], runs = [] }: Given, ...names: readonly string[]) =>
  deletionsOf(lines, runs, undefined, ALL).rows.map((row) => names.map((name) => row[column(name)]));

const unknownFor = (numbers: readonly number[], refused = false): StepOutcome => ({
  type: "unknown",
  because: "no answer",
  lacking: numbers.map(id),
  ...(refused && { refused: true as const }),
});
const story = (to: Doing["to"], outcome?: Doing["outcome"], anew?: true): Run =>
  runOfDoings(1, DELETED_AT, [{ to, accounts: [1], ...(outcome !== undefined && { outcome }), ...(anew !== undefined && { anew }) }]);

test("a row as it is written", () => {
  const lines = [accountLine(1, runName(1))];
  expect(deletionsOf(lines, [story("deleted")], undefined, ALL).rows).toEqual([
    [
      addressOf(1),
      "alder.county.example",
      "Unused 1",
      "deleted",
      "2026-03-02T08:00:00Z",
      ["left in 2019"],
      "Head of Office",
      "2026-04-01T08:00:00Z",
      runName(1),
      id(1),
      PLAN,
      DELETE,
    ],
  ]);
});

describe("what is said of a step", () => {
  const refused: StepOutcome = { type: "refused", error: { status: 403, code: "x", message: "no" } };
  test.each<readonly [string, Run, readonly string[]]>([
    ["done", story("deleted"), ["deleted"]],
    ["blocked", story("blocked"), ["blocked"]],
    ["let in again", story("enabled"), ["enabled"]],
    ["out of the deleted items", story("restored"), ["restored"]],
    ["made anew", story("restored", { type: "done", id: id(7) }, true), ["made anew"]],
    ["cut before anybody knew", story("deleted", "cut"), ["perhaps deleted"]],
    ["not answered", story("deleted", { type: "unknown", because: "x" }), ["perhaps deleted"]],
    ["not answered for this one", story("deleted", unknownFor([1])), ["perhaps deleted"]],
    ["not answered for another", story("deleted", unknownFor([2])), ["deleted"]],
    ["back, though not whole", story("restored", { type: "unknown", because: "x", each: [{ id: id(1), because: "x" }] }), ["restored"]],
    ["refused", story("deleted", refused), []],
    ["refused for this one", story("deleted", unknownFor([1], true)), []],
    ["left out", story("deleted", { type: "left-out", because: "x" }), []],
  ])("%s", (_, run, want) => {
    expect(told({ runs: [run] }, "what")).toEqual(want.map((what) => [what]));
  });
});

describe("names", () => {
  test("of who came back: by the archive of the run that deleted it; what was not given back with the name of the group", () => {
    const outcome: StepOutcome = { type: "unknown", because: "x", each: [{ id: id(1), because: `group ${GROUP}: it is gone` }] };
    const given = {
      lines: [accountLine(1, runName(9))],
      runs: [runOfDoings(9, DELETED_AT, []), runOfDoings(1, DELETED_AT + 1, [{ to: "restored", accounts: [1], outcome }])],
    };
    expect(told(given, "account", "name", "because", "decidedBy")).toEqual([[addressOf(1), "Unused 1", ["group Office: it is gone"], ""]]);
  });

  test("of who was made anew the new id", () => {
    expect(told({ runs: [story("restored", { type: "done", id: id(7) }, true)] }, "id")).toEqual([[id(7)]]);
  });

  test("without any archive they are unknown, and the row is there all the same", () => {
    expect(told({ runs: [story("deleted")] }, "account", "domain", "name", "what", "id")).toEqual([["unknown", "unknown", null, "deleted", id(1)]]);
  });

  test("the reason is that of the run's own list", () => {
    const lines = [blockedLine(1, runName(1)), accountLine(1, runName(2), { reason: "left for good", decidedBy: "Governor" })];
    const runs = [story("blocked"), runOfDoings(2, DELETED_AT + 1, [{ to: "deleted", accounts: [1] }])];
    expect(told({ lines, runs }, "because", "decidedBy")).toEqual([
      [["left in 2019"], "Head of Office"],
      [["left for good"], "Governor"],
    ]);
  });
});

describe("until when somebody can come back", () => {
  const at = (place: number): number => DELETED_AT + place * DAY;
  const doing = (number: number, to: Doing["to"]): Run => runOfDoings(number, at(number), [{ to, accounts: [1] }]);
  test.each<readonly [string, readonly Run[], readonly (string | null)[]]>([
    ["deleted", [doing(0, "deleted")], ["2026-04-01T08:00:00Z"]],
    ["back by now", [doing(0, "deleted"), doing(1, "restored")], [null, null]],
    ["deleted again", [doing(0, "deleted"), doing(1, "restored"), doing(2, "deleted")], [null, null, "2026-04-03T08:00:00Z"]],
    ["blocked alone", [doing(0, "blocked")], [null]],
  ])("%s", (_, runs, want) => {
    expect(told({ runs }, "until")).toEqual(want.map((until) => [until]));
  });
});

describe("without journals", () => {
  test("the archive tells what may have been done", () => {
    const lines: readonly ArchiveLine[] = [
      blockedLine(1, "r1", 1),
      accountLine(1, "r2", { at: 2 }),
      { type: "restored", at: 3, run: "r3", id: id(1), upn: addressOf(1) },
      { type: "restored", at: 4, run: "r3", id: id(2), newId: id(7), upn: addressOf(2) },
    ];
    expect(told({ lines }, "what", "account", "id")).toEqual([
      ["perhaps blocked", addressOf(1), id(1)],
      ["perhaps deleted", addressOf(1), id(1)],
      ["restored", addressOf(1), id(1)],
      ["made anew", addressOf(2), id(7)],
    ]);
  });

  test("with its journal a line that nothing followed is no deletion", () => {
    expect(told({ lines: [accountLine(1, runName(1))], runs: [runOfDoings(1, DELETED_AT, [])] }, "what")).toEqual([]);
  });
});

describe("who was spared", () => {
  const lines = [sparedLine(1, "r1", 1, "signed in"), sparedLine(1, "r2", 2, "owns a group", "holds a role"), sparedLine(2, "r1", 1)];
  test("the last time, with all reasons", () => {
    const { rows, hidden } = deletionsOf(lines, [], undefined, ALL);
    expect(rows.map((row) => [row[column("account")], row[column("because")]])).toEqual([
      [addressOf(2), ["signed in on 2026-03-01"]],
      [addressOf(1), ["owns a group", "holds a role"]],
    ]);
    expect(hidden).toBe(1);
  });
  test("every time with --all", () => {
    expect(deletionsOf(lines, [], undefined, { all: true })).toMatchObject({ rows: { length: 3 }, hidden: 0 });
  });
});

describe("which rows", () => {
  const other = { ...accountLine(2, runName(2)), plan: "other", account: archivedAccount(2, { upn: "kim@Birch.county.example" }) };
  const lines = [blockedLine(1, runName(1)), other];
  const runs = [story("blocked"), runOfDoings(2, DELETED_AT, [{ to: "deleted", accounts: [2] }], { plan: { id: "other", name: "x", file: "y.yaml" } })];
  test.each([
    ["of every plan", undefined, {}, 2],
    ["of one", PLAN, {}, 1],
    ["of a plan that did nothing", "none", {}, 0],
    ["of a domain", undefined, { domain: "birch.county.example" }, 1],
    ["of a phase", undefined, { phase: BLOCK }, 1],
  ])("%s", (_, plan, filter, count) => {
    expect(deletionsOf(lines, runs, plan, { all: false, ...filter }).rows).toHaveLength(count);
  });

  test("sums by domain, of the same rows", () => {
    expect(deletionsOf(lines, runs, undefined, ALL).sums).toEqual([
      {
        title: "By domain",
        columns: ["domain", "blocked", "deleted", "spared", "restored", "made anew", "enabled"],
        rows: [
          ["alder.county.example", 1, 0, 0, 0, 0, 0],
          ["birch.county.example", 0, 1, 0, 0, 0, 0],
        ],
      },
    ]);
  });

  test("oldest first, whatever the order of the files", () => {
    const given = { lines: [], runs: [runOfDoings(2, 20, [{ to: "deleted", accounts: [1] }]), runOfDoings(1, 10, [{ to: "blocked", accounts: [1] }])] };
    expect(told(given, "what")).toEqual([["blocked"], ["deleted"]]);
  });
});
