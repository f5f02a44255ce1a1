/** From a list to steps: who was deleted by this tool, what became of them, and what is done about it. */

import { describe, expect, test } from "vitest";
import type { AccountStanding } from "../../../src/core/accounts/facts.ts";
import { cameOf, type Deleted, foundIn, type Restoring, restoreSteps, restoringOf } from "../../../src/core/accounts/restoring.ts";
import { inWorkingOrder, nextWave } from "../../../src/core/steps.ts";
import { accountLine, archivedAccount, blockedLine, DELETED_AT, type Doing, runName, runOfDoings } from "./archive-world.ts";
import { addressOf, DELETE, id, PLAN } from "./listed-world.ts";

const NO_ROWS = { deleted: [], missing: [], kept: 0 };
const byId = (number: number) => ({ text: id(number), id: id(number), meant: true });
const byAddress = (number: number) => ({ text: addressOf(number), address: addressOf(number), meant: true });

const R1 = runName(1);
const deleting = (...doings: readonly Doing[]) => runOfDoings(1, DELETED_AT, doings);
const DELETED: Doing = { to: "deleted", accounts: [1, 2] };
const only = (found: ReturnType<typeof foundIn>): Deleted => {
  expect(found.deleted).toHaveLength(1);
  const [first] = found.deleted;
  if (first === undefined) throw new Error("nobody");
  return first;
};

describe("who is found", () => {
  const lines = [accountLine(1, R1), accountLine(2, R1)];
  test("by id, by address, and each once", () => {
    const found = foundIn([byId(2), byAddress(2), byAddress(1)], lines, [deleting(DELETED)]);
    expect(found.deleted.map(({ id: one }) => one)).toEqual([id(1), id(2)]);
    expect(found.deleted[0]).toMatchObject({ plan: PLAN, phase: DELETE, at: DELETED_AT, list: { file: "unused.csv", line: 2 }, blocked: false, tried: false });
    expect(found).toMatchObject({ missing: [], kept: 0 });
  });

  test("a row of somebody who was never deleted is named; of a review list it is counted", () => {
    const stranger = byAddress(9);
    expect(foundIn([stranger], lines, [deleting(DELETED)])).toEqual({ ...NO_ROWS, missing: [stranger] });
    expect(foundIn([{ ...stranger, meant: false }], lines, [deleting(DELETED)])).toEqual({ ...NO_ROWS, kept: 1 });
  });

  test.each<readonly [string, Doing | undefined, boolean]>([
    ["deleted", DELETED, true],
    ["perhaps deleted: nobody answered", { ...DELETED, outcome: { type: "unknown", because: "no answer" } }, true],
    ["perhaps deleted: the run was cut", { ...DELETED, outcome: "cut" }, true],
    ["refused", { ...DELETED, outcome: { type: "refused", error: { status: 403, code: "x", message: "no" } } }, false],
    ["refused for this one", { ...DELETED, outcome: { type: "unknown", because: "no", lacking: [id(1)], refused: true } }, false],
    ["left out", { ...DELETED, outcome: { type: "left-out", because: "no" } }, false],
    ["kept in the archive, and the run was cut before the delete", undefined, false],
    ["only blocked by that run", { to: "blocked", accounts: [1] }, false],
  ])("%s", (_, doing, isFound) => {
    expect(foundIn([byId(1)], lines, [deleting(...(doing === undefined ? [] : [doing]))]).deleted).toHaveLength(isFound ? 1 : 0);
  });

  test("without its journal the archive is believed", () => {
    expect(only(foundIn([byId(1)], lines, [])).account).toEqual(archivedAccount(1));
  });

  test("deleted twice: as it was the last time", () => {
    const later = accountLine(1, runName(2), { at: DELETED_AT + 1, account: { groups: [] } });
    expect(only(foundIn([byId(1)], [lines[0] ?? later, later], [deleting(DELETED), runOfDoings(2, DELETED_AT + 1, [DELETED])])).account.groups).toEqual([]);
  });

  test.each<readonly [string, readonly Doing[], boolean]>([
    ["blocked by this tool before", [{ to: "blocked", accounts: [1] }], true],
    ["not blocked", [], false],
    [
      "blocked, and let sign in again",
      [
        { to: "blocked", accounts: [1] },
        { to: "enabled", accounts: [1] },
      ],
      false,
    ],
  ])("%s", (_, before, blocked) => {
    const runs = [...before.map((doing, at) => runOfDoings(10 + at, DELETED_AT - 100 + at, [doing])), deleting(DELETED)];
    const kept = before.length === 0 ? lines : [blockedLine(1, runName(10), DELETED_AT - 100), ...lines];
    expect(only(foundIn([byId(1)], kept, runs)).blocked).toBe(blocked);
  });

  test("without journals the archive tells who was blocked", () => {
    expect(only(foundIn([byId(1)], [blockedLine(1, R1, 1), ...lines], [])).blocked).toBe(true);
  });

  const each = (one: number, because: string) => ({ type: "unknown", because, each: [{ id: id(one), because }] }) as const;
  test.each<readonly [string, readonly Doing[], boolean]>([
    ["brought back whole", [{ to: "restored", accounts: [1] }], true],
    ["whole, though another was not", [{ to: "restored", accounts: [1, 2], outcome: each(2, "a licence is short") }], true],
    ["not whole", [{ to: "restored", accounts: [1, 2], outcome: each(1, "a licence is short") }], false],
    ["nobody knows", [{ to: "restored", accounts: [1], outcome: { type: "unknown", because: "no answer" } }], false],
    ["cut", [{ to: "restored", accounts: [1], outcome: "cut" }], false],
  ])("%s", (_, doings, isBack) => {
    const found = only(foundIn([byId(1)], lines, [deleting(DELETED), runOfDoings(2, DELETED_AT + 5, doings)]));
    expect(found.back).toBe(isBack ? DELETED_AT + 5 : undefined);
  });

  test("brought back, and deleted again: not back", () => {
    const again = accountLine(1, runName(3), { at: DELETED_AT + 9 });
    const runs = [deleting(DELETED), runOfDoings(2, DELETED_AT + 5, [{ to: "restored", accounts: [1] }]), runOfDoings(3, DELETED_AT + 9, [DELETED])];
    expect(only(foundIn([byId(1)], [...lines, again], runs))).toMatchObject({ back: undefined, at: DELETED_AT + 9 });
  });

  describe("made anew", () => {
    const anew = (outcome: Doing["outcome"]): Doing => ({ to: "restored", accounts: [1], anew: true, ...(outcome !== undefined && { outcome }) });
    const tried = (outcome: Doing["outcome"]) => [deleting(DELETED), runOfDoings(2, DELETED_AT + 5, [anew(outcome)])];
    test("it goes by its new id, and is found by either", () => {
      const runs = tried({ type: "done", id: id(7) });
      for (const row of [byId(1), byId(7), byAddress(1)])
        expect(only(foundIn([row], lines, runs))).toMatchObject({ id: id(7), tried: true, account: { id: id(1) } });
    });
    test("not whole: the words tell the new id", () => {
      const told = each(1, `it was made again as ${id(7)}; the licence is short`);
      expect(only(foundIn([byId(1)], lines, tried(told)))).toMatchObject({ id: id(7), back: undefined });
    });
    test("nobody knows: by its old id, and that it was tried", () => {
      expect(only(foundIn([byId(1)], lines, tried({ type: "unknown", because: "no answer" })))).toMatchObject({ id: id(1), tried: true });
    });
    test("without journals the archive tells", () => {
      const line = { type: "restored", at: DELETED_AT + 5, run: runName(2), id: id(1), newId: id(7), upn: addressOf(1) } as const;
      expect(only(foundIn([byId(1)], [...lines, line], [])).id).toBe(id(7));
    });
  });
});

const deleted = (number: number, more: Partial<Deleted> = {}): Deleted => ({
  id: id(number),
  plan: PLAN,
  phase: DELETE,
  at: DELETED_AT,
  account: archivedAccount(number),
  list: { file: "unused.csv", line: 2 },
  blocked: true,
  back: undefined,
  tried: false,
  ...more,
});

describe("what is done about one", () => {
  const NOBODY: ReadonlySet<string> = new Set();
  const TAKEN = new Set([addressOf(1)]);
  test.each<readonly [string, Deleted, AccountStanding, boolean, ReadonlySet<string>, Pick<Restoring, "way" | "enable">]>([
    ["among the deleted", deleted(1), "deleted", false, NOBODY, { way: "restore", enable: true }],
    ["to stay blocked", deleted(1), "deleted", true, NOBODY, { way: "restore", enable: false }],
    ["not blocked by this tool", deleted(1, { blocked: false }), "deleted", false, NOBODY, { way: "restore", enable: false }],
    [
      "it could sign in when it was deleted",
      deleted(1, { account: archivedAccount(1, { enabled: true }) }),
      "deleted",
      false,
      NOBODY,
      { way: "restore", enable: false },
    ],
    ["gone for good", deleted(1), "gone", false, NOBODY, { way: "anew", enable: false }],
    ["gone, and somebody has its address", deleted(1), "gone", false, TAKEN, { way: "taken", enable: false }],
    ["gone, and it may be ours that has it", deleted(1, { tried: true }), "gone", false, TAKEN, { way: "anew", enable: false }],
    ["there, by somebody else's hand", deleted(1), "enabled", false, NOBODY, { way: "rest", enable: false }],
    ["there and blocked", deleted(1), "blocked", false, NOBODY, { way: "rest", enable: true }],
    ["made anew before: somebody has to give it a password first", deleted(1, { id: id(7) }), "blocked", false, NOBODY, { way: "rest", enable: false }],
    ["back already", deleted(1, { back: 1 }), "enabled", false, NOBODY, { way: "nothing", enable: false }],
    ["back already, and still blocked", deleted(1, { back: 1 }), "blocked", false, NOBODY, { way: "nothing", enable: true }],
  ])("%s", (_, of, standing, keepBlocked, taken, want) => {
    expect(restoringOf(of, standing, keepBlocked, taken)).toEqual({ deleted: of, standing, ...want });
  });
});

describe("steps", () => {
  const all = (count: number, way: Restoring["way"], more: Partial<Restoring> = {}, from = 1): readonly Restoring[] =>
    Array.from({ length: count }, (_, at) => ({ deleted: deleted(from + at), standing: "deleted", way, enable: false, ...more }));
  const shapes = (given: readonly Restoring[]) =>
    restoreSteps(given).map(({ write }) => (write.type === "set-accounts" ? [write.to, write.ids.length, write.anew === true] : []));

  test("twenty a write, one a write of who is made anew, then who signs in again", () => {
    const given = [
      ...all(1, "anew", {}, 100),
      ...all(21, "restore", { enable: true }),
      ...all(2, "anew", {}, 200),
      ...all(1, "nothing", {}, 300),
      ...all(1, "taken", {}, 301),
    ];
    expect(shapes(given)).toEqual([
      ["restored", 20, false],
      ["restored", 1, false],
      ["restored", 1, true],
      ["restored", 1, true],
      ["restored", 1, true],
      ["enabled", 20, false],
      ["enabled", 1, false],
    ]);
  });

  test("who is back already and still blocked is let sign in, and nothing else", () => {
    expect(shapes(all(1, "nothing", { enable: true }))).toEqual([["enabled", 1, false]]);
  });

  test("each account in one write of its sort, with all that belonged to it, and nothing that names people", () => {
    const [step] = restoreSteps([...all(2, "restore")].reverse());
    expect(step?.write).toEqual({
      type: "set-accounts",
      kind: "account-deletion",
      key: DELETE,
      to: "restored",
      ids: [id(1), id(2)],
      back: [1, 2].map((number) => ({ id: id(number), groups: archivedAccount(number).groups, licences: archivedAccount(number).licences })),
    });
    expect(JSON.stringify(step)).not.toMatch(/unused-|Unused|Office/);
  });

  test("who was made anew before gets what is missing under the new id", () => {
    const [step] = restoreSteps([{ deleted: deleted(1, { id: id(7) }), standing: "blocked", way: "rest", enable: false }]);
    expect(step?.write).toMatchObject({ ids: [id(7)], back: [{ id: id(7) }] });
  });

  test("nobody is let sign in before everybody is back, and nobody waits for a step that was not done", () => {
    const steps = restoreSteps([...all(25, "restore", { enable: true }), ...all(1, "anew", {}, 100)]);
    const order: string[] = [];
    const done = new Set<string>();
    for (let left = inWorkingOrder(steps); left.length > 0; left = left.filter(({ id: one }) => !done.has(one))) {
      for (const step of nextWave(left, done)) {
        done.add(step.id);
        order.push(step.write.type === "set-accounts" ? step.write.to : "");
      }
    }
    expect(order).toEqual(["restored", "restored", "restored", "enabled", "enabled"]);
    expect(steps.flatMap(({ after }) => after)).toEqual([]);
  });

  test("no undo deletes anybody again", () => {
    expect(restoreSteps(all(3, "restore", { enable: true })).map(({ undo }) => undo.type)).toEqual(["impossible", "impossible"]);
  });
});

describe("what came of it", () => {
  const of = (...doings: readonly Doing[]) => cameOf(runOfDoings(2, 1, doings));
  const both: Doing = { to: "restored", accounts: [1, 2] };
  test.each<readonly [string, readonly Doing[], ReturnType<typeof cameOf>]>([
    ["all back", [both], { back: [{ id: id(1) }, { id: id(2) }], left: [] }],
    [
      "one not whole",
      [{ ...both, outcome: { type: "unknown", because: "x", each: [{ id: id(2), because: "a licence is short" }] } }],
      { back: [{ id: id(1) }, { id: id(2) }], left: [{ id: id(2), because: "a licence is short" }] },
    ],
    [
      "one not back",
      [{ ...both, outcome: { type: "unknown", because: "x", lacking: [id(2)], each: [{ id: id(2), because: "its address is taken" }] } }],
      { back: [{ id: id(1) }], left: [{ id: id(2), because: "its address is taken" }] },
    ],
    [
      "nobody knows",
      [{ ...both, outcome: { type: "unknown", because: "no answer" } }],
      { back: [], left: [1, 2].map((one) => ({ id: id(one), because: "no answer" })) },
    ],
    ["cut", [{ ...both, outcome: "cut" }], { back: [], left: [1, 2].map((one) => ({ id: id(one), because: "it was not tried" })) }],
    [
      "back, and not let sign in",
      [
        { to: "restored", accounts: [1] },
        { to: "enabled", accounts: [1], outcome: { type: "refused", error: { status: 403, code: "x", message: "no right" } } },
      ],
      { back: [{ id: id(1) }], left: [{ id: id(1), because: "no right" }] },
    ],
    ["made anew", [{ to: "restored", accounts: [1], anew: true, outcome: { type: "done", id: id(7) } }], { back: [{ id: id(1), newId: id(7) }], left: [] }],
  ])("%s", (_, doings, want) => {
    expect(of(...doings)).toEqual(want);
  });
});
