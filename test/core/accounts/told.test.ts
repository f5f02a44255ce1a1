/** What journals say of accounts: what is not sure makes nobody look longer blocked than they are. */

import { describe, expect, test } from "vitest";
import type { AccountStanding, AccountState, AccountTold } from "../../../src/core/accounts/facts.ts";
import { accountsTold, shows } from "../../../src/core/accounts/told.ts";
import type { StepOutcome } from "../../../src/core/changes.ts";
import { historyOf } from "../../../src/core/history.ts";
import type { Run } from "../../../src/core/journal.ts";
import { id } from "./listed-world.ts";
import { run, unknownFor } from "./runs-world.ts";

const REFUSED: StepOutcome = { type: "refused", error: { status: 403, code: "Authorization_RequestDenied", message: "no" } };
const LEFT: StepOutcome = { type: "left-out", because: "its accounts were spared at the last look" };
const NOWHERE: StepOutcome = { type: "unknown", because: "no answer" };

const of = (...runs: readonly Run[]): Readonly<Record<number, AccountTold>> => {
  const told = accountsTold(runs);
  return Object.fromEntries(
    [1, 2, 3].flatMap((number): readonly (readonly [number, AccountTold])[] => {
      const one = told.get(id(number));
      return one === undefined ? [] : [[number, one]];
    }),
  );
};
const block = (at: number, outcome?: StepOutcome | "cut", accounts: readonly number[] = [1]): Run =>
  run(`b${at}`, at, [{ to: "blocked", accounts, ...(outcome !== undefined && { outcome }) }]);
const take = (at: number, outcome?: StepOutcome | "cut", accounts: readonly number[] = [1]): Run =>
  run(`d${at}`, at, [{ to: "deleted", accounts, ...(outcome !== undefined && { outcome }) }]);

describe("one run", () => {
  test.each<readonly [string, Run, Readonly<Record<number, AccountTold>>]>([
    ["blocked: from when it was meant to be", block(10), { 1: { blocked: 10 } }],
    ["not answered: whoever cannot sign in was blocked then", block(10, NOWHERE), { 1: { blocked: 10 } }],
    ["cut before anybody knew", block(10, "cut"), { 1: { blocked: 10 } }],
    ["refused: nothing happened", block(10, REFUSED), {}],
    ["left out: nothing happened", block(10, LEFT), {}],
    ["deleted", take(10), { 1: { deleted: 10 } }],
    ["a deletion that was not answered is none yet", take(10, NOWHERE), { 1: { deleting: 10 } }],
    ["nor is one that was cut", take(10, "cut"), { 1: { deleting: 10 } }],
    ["one that was refused", take(10, REFUSED), {}],
    ["deleted but for some", take(10, unknownFor([2]), [1, 2]), { 1: { deleted: 10 }, 2: { deleting: 10 } }],
    ["refused for some", take(10, unknownFor([1], true), [1, 2]), { 1: { deleting: 10 }, 2: { deleted: 10 } }],
    ["nothing was done about anybody else", block(10, { type: "done" }, [3]), { 3: { blocked: 10 } }],
  ])("%s", (_, given, want) => {
    expect(of(given)).toEqual(want);
  });
});

const restored = (at: number, undoes?: string, outcome?: StepOutcome): Run =>
  run(`r${at}`, at, [{ to: "restored", accounts: [1], back: [{ id: id(1), groups: [], licences: [] }], ...(outcome !== undefined && { outcome }) }], undoes);
const enabled = (at: number, undoes?: string): Run => run(`e${at}`, at, [{ to: "enabled", accounts: [1] }], undoes);

describe("one after the other", () => {
  test.each<readonly [string, readonly Run[], AccountTold | undefined]>([
    ["blocked twice: the later one counts", [block(10), block(20)], { blocked: 20 }],
    ["in whatever order they are read", [block(20), block(10)], { blocked: 20 }],
    ["blocked, then deleted", [block(10), take(20)], { blocked: 10, deleted: 20 }],
    ["blocked and deleted; undone it may be deleted again", [block(10), take(20), restored(30, "d20")], { blocked: 10 }],
    ["brought back on somebody's word: not again", [block(10), take(20), restored(30)], { blocked: 10, back: 30 }],
    [
      "brought back, though not whole",
      [block(10), take(20), restored(30, "d20", { type: "unknown", because: "a group is gone", each: [{ id: id(1), because: "a group is gone" }] })],
      { blocked: 10 },
    ],
    ["brought back, but nobody knows whether", [block(10), take(20), restored(30, undefined, NOWHERE)], { blocked: 10, deleted: 20 }],
    ["let sign in again on somebody's word", [block(10), enabled(20)], { back: 20 }],
    ["the block was undone: as if it had not been", [block(10), enabled(20, "b10")], {}],
    ["blocked anew after that: from then on", [block(10), enabled(20, "b10"), block(30)], { blocked: 30 }],
    ["blocked anew: somebody's word stands", [block(10), enabled(20), block(30)], { blocked: 30, back: 20 }],
    ["somebody's word stands where a later deletion is undone", [restored(10), take(20), restored(30, "d20")], { back: 10 }],
    ["a later block that was refused changes nothing", [block(10), block(20, REFUSED)], { blocked: 10 }],
    ["a later block that may have been done starts anew", [block(10), block(20, NOWHERE)], { blocked: 20 }],
    ["a deletion that was not answered leaves the block", [block(10), take(20, NOWHERE)], { blocked: 10, deleting: 20 }],
    ["and another one that was answered settles it", [take(10, NOWHERE), take(20)], { deleted: 20 }],
    ["brought back after one that was not answered", [take(10, NOWHERE), restored(20)], { back: 20 }],
  ])("%s", (_, given, want) => {
    expect(of(...given)[1]).toEqual(want);
  });
});

test.each<readonly [AccountState, readonly (AccountStanding | undefined)[]]>([
  ["blocked", ["blocked"]],
  ["enabled", ["enabled"]],
  ["deleted", ["deleted", "gone"]],
  ["restored", ["enabled", "blocked"]],
])("%s shows in who is %s", (to, want) => {
  const all: readonly (AccountStanding | undefined)[] = ["enabled", "blocked", "deleted", "gone", undefined];
  expect(all.filter((standing) => shows(to, standing))).toEqual(want);
});

describe("how many accounts the last run left", () => {
  const seen = (name: string, at: number, done: Parameters<typeof run>[2], accounts: number) => {
    const made = run(name, at, done);
    return { ...made, start: { ...made.start, accounts } };
  };
  test.each([
    ["none was deleted", [{ to: "blocked", accounts: [1, 2] }], 1_000],
    ["two were", [{ to: "deleted", accounts: [1, 2] }], 998],
    ["perhaps: the list shows whichever", [{ to: "deleted", accounts: [1, 2], outcome: "cut" }], 998],
    ["the service said no", [{ to: "deleted", accounts: [1, 2], outcome: REFUSED }], 1_000],
    ["one came back", [{ to: "restored", accounts: [1] }], 1_001],
  ] as const)("%s", (_, done, accounts) => {
    expect(historyOf([seen("20190107T000000Z-0001", 1, done, 1_000)])?.accounts).toBe(accounts);
  });
  test("a later run counts anew", () => {
    const runs = [
      seen("20190107T000000Z-0001", 1, [{ to: "deleted", accounts: [1, 2] }], 1_000),
      seen("20190108T000000Z-0001", 86_400_000, [{ to: "deleted", accounts: [3] }], 990),
    ];
    expect(historyOf(runs)?.accounts).toBe(989);
  });
});
