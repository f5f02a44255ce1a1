/** The way back from accounts that were blocked or deleted: what anybody did since stays as it is, and is told. */

import { describe, expect, test } from "vitest";
import type { AccountLinks, AccountStanding } from "../../../src/core/accounts/facts.ts";
import type { Write } from "../../../src/core/changes.ts";
import type { Run } from "../../../src/core/journal.ts";
import { absent, type Known, type ObjectId, present, unknown } from "../../../src/core/tenant.ts";
import { undoAccounts } from "../../../src/core/undo-accounts.ts";
import { id } from "./listed-world.ts";
import { run, unknownFor } from "./runs-world.ts";

type SetAccounts = Extract<Write, { readonly type: "set-accounts" }>;
type Standing = Readonly<Record<number, AccountStanding>>;
type Given = {
  readonly run: Run;
  readonly later?: readonly Run[];
  readonly standing: Standing | Known<never> | undefined;
  /** Whom the archive has; everybody when missing. */
  readonly archived?: readonly number[];
};

const linksOf = (number: number): AccountLinks => ({ id: id(number), groups: [id(0x100 + number)], licences: [] });
const isKnown = (standing: Given["standing"]): standing is Known<never> => standing !== undefined && "type" in standing;
const numberOf = (whose: ObjectId): number => Number.parseInt(whose.slice(-4), 16) - 0x5000;

type Back = { readonly writes: readonly SetAccounts[]; readonly left: readonly string[] };

const undone = ({ run: of, later = [], standing, archived = [1, 2, 3] }: Given): Back => {
  const back = undoAccounts({
    run: of,
    later,
    standing:
      standing === undefined || isKnown(standing)
        ? standing
        : present(new Map(Object.entries(standing).map(([number, each]) => [id(Number(number)), each] as const))),
    links: new Map(archived.map((number) => [id(number), linksOf(number)])),
    nameOf: (whose) => `account ${numberOf(whose)}`,
  });
  const all = of.steps.flatMap((recorded) => {
    const { write } = recorded.step;
    return write.type === "set-accounts" ? [back(recorded, write)] : [];
  });
  return {
    writes: all.flatMap(({ steps }) => steps.flatMap(({ write }) => (write.type === "set-accounts" ? [write] : []))),
    left: [...new Set(all.flatMap(({ left }) => left))],
  };
};

const inShort = ({ writes, left }: Back): readonly string[] => [...writes.map(({ to, ids }) => `${to} ${ids.map(numberOf).join(" ")}`), ...left];

const BLOCKED = run("r1", 10, [{ to: "blocked", accounts: [1, 2] }]);
const DELETED = run("r1", 10, [{ to: "deleted", accounts: [1, 2] }]);
const RESTORED = (name: string, accounts: readonly number[], undoes?: string): Run =>
  run(name, 20, [{ to: "restored", accounts, back: accounts.map(linksOf) }], undoes);

describe("what is taken back", () => {
  test.each<readonly [string, Given, readonly string[]]>([
    ["blocked ones can sign in again", { run: BLOCKED, standing: { 1: "blocked", 2: "blocked" } }, ["enabled 1 2"]],
    ["who can already is left as they are", { run: BLOCKED, standing: { 1: "enabled", 2: "blocked" } }, ["enabled 2"]],
    [
      "who was deleted since comes back first",
      { run: BLOCKED, standing: { 1: "deleted", 2: "blocked" } },
      ["enabled 2", "1 of its accounts was deleted since; bring it back first: account 1"],
    ],
    [
      "who was deleted since by a later run is that run's",
      { run: BLOCKED, later: [run("r2", 20, [{ to: "deleted", accounts: [1, 2] }])], standing: { 1: "deleted", 2: "deleted" } },
      ["2 of its accounts were changed since by the run r2: undo that one first: account 1, account 2"],
    ],
    [
      "who is gone for good",
      { run: BLOCKED, standing: { 1: "gone", 2: "blocked" } },
      ["enabled 2", "1 of its accounts is gone for good; accounts restore makes them anew from the archive: account 1"],
    ],
    [
      "blocked once more by a later run: that one first",
      { run: BLOCKED, later: [run("r2", 20, [{ to: "blocked", accounts: [1] }])], standing: { 1: "blocked", 2: "blocked" } },
      ["enabled 2", "1 of its accounts was changed since by the run r2: undo that one first: account 1"],
    ],
    [
      "a later run that was itself taken back says nothing",
      {
        run: BLOCKED,
        later: [run("r2", 20, [{ to: "deleted", accounts: [1, 2] }]), RESTORED("r3", [1, 2], "r2")],
        standing: { 1: "blocked", 2: "blocked" },
      },
      ["enabled 1 2"],
    ],
    ["deleted ones come back", { run: DELETED, standing: { 1: "deleted", 2: "deleted" } }, ["restored 1 2"]],
    [
      "who is gone for good is made anew by another command",
      { run: DELETED, standing: { 1: "gone", 2: "deleted" } },
      ["restored 2", "1 of its accounts is gone for good; accounts restore makes them anew from the archive: account 1"],
    ],
    [
      "of whom nobody says anything",
      { run: DELETED, standing: { 2: "deleted" } },
      ["restored 2", "1 of its accounts is gone for good; accounts restore makes them anew from the archive: account 1"],
    ],
    [
      "whom the archive does not have",
      { run: DELETED, standing: { 1: "deleted", 2: "deleted" }, archived: [2] },
      ["restored 2", "1 of its accounts is among the deleted, but the archive of this run does not have it: restore it in the admin centre: account 1"],
    ],
    ["back by somebody's hand: what belongs to it may be missing", { run: DELETED, standing: { 1: "blocked", 2: "deleted" } }, ["restored 1 2"]],
    ["back by hand, and not in the archive", { run: DELETED, standing: { 1: "enabled", 2: "enabled" }, archived: [] }, []],
    ["back by an earlier try, and whole", { run: DELETED, later: [RESTORED("r2", [1], "r1")], standing: { 1: "blocked", 2: "deleted" } }, ["restored 2"]],
    [
      "back by an earlier try, and deleted again by a later run: that one first",
      { run: DELETED, later: [RESTORED("r2", [1, 2], "r1"), run("r3", 30, [{ to: "deleted", accounts: [1] }])], standing: { 1: "deleted", 2: "deleted" } },
      ["restored 2", "1 of its accounts was changed since by the run r3: undo that one first: account 1"],
    ],
    [
      "deleted again by a later run that was itself taken back, and by hand since",
      {
        run: DELETED,
        later: [RESTORED("r2", [1, 2], "r1"), run("r3", 30, [{ to: "deleted", accounts: [1] }]), run("r4", 40, [{ to: "restored", accounts: [1] }], "r3")],
        standing: { 1: "deleted", 2: "deleted" },
      },
      ["restored 1 2"],
    ],
    [
      "back by an earlier try, and not whole: once more",
      {
        run: DELETED,
        later: [
          run(
            "r2",
            20,
            [
              {
                to: "restored",
                accounts: [1],
                back: [linksOf(1)],
                outcome: { type: "unknown", because: "a group is gone", each: [{ id: id(1), because: "a group is gone" }] },
              },
            ],
            "r1",
          ),
        ],
        standing: { 1: "blocked", 2: "blocked" },
      },
      ["restored 1 2"],
    ],
    [
      "whom the service refused was not done",
      { run: run("r1", 10, [{ to: "deleted", accounts: [1, 2], outcome: unknownFor([1], true) }]), standing: { 1: "blocked", 2: "deleted" } },
      ["restored 2"],
    ],
    [
      "who did not show it may be deleted all the same",
      { run: run("r1", 10, [{ to: "deleted", accounts: [1, 2], outcome: unknownFor([1]) }]), standing: { 1: "deleted", 2: "deleted" } },
      ["restored 1 2"],
    ],
    ["nobody could look", { run: DELETED, standing: unknown("503") }, ["its accounts could not be read: 503"]],
    ["nobody looked", { run: DELETED, standing: undefined }, ["its accounts could not be read"]],
    ["there was nothing to look at", { run: DELETED, standing: absent }, ["its accounts could not be read"]],
  ])("%s", (_, given, want) => {
    expect(inShort(undone(given))).toEqual(want);
  });
});

test("what belonged to an account goes along, of those alone that come back", () => {
  expect(undone({ run: DELETED, standing: { 1: "gone", 2: "deleted" } }).writes.map(({ back }) => back)).toEqual([[linksOf(2)]]);
  expect(undone({ run: BLOCKED, standing: { 1: "blocked", 2: "blocked" } }).writes.map(({ back }) => back)).toEqual([undefined]);
});

test("of a list in many steps each step comes back by itself, and who stays is told once", () => {
  const of = run("r1", 10, [
    { to: "deleted", accounts: [1] },
    { to: "deleted", accounts: [2] },
    { to: "deleted", accounts: [3] },
  ]);
  expect(inShort(undone({ run: of, standing: { 1: "deleted", 2: "gone", 3: "gone" } }))).toEqual([
    "restored 1",
    "2 of its accounts are gone for good; accounts restore makes them anew from the archive: account 2, account 3",
  ]);
});
