/** Who of a list goes, and what becomes of the others: it is asked for the diff, and once more for those about to be written. */

import { describe, expect, test } from "vitest";
import { type Decided, type DecidingInput, decide, decidedFor, NOBODY_LISTED, toRead } from "../../../src/core/accounts/deciding.ts";
import type { AccountTold, Listed, ListedAccount } from "../../../src/core/accounts/facts.ts";
import type { AccountWish } from "../../../src/core/accounts/wishes.ts";
import type { Plan } from "../../../src/core/plan/plan.ts";
import { present, unknown } from "../../../src/core/tenant.ts";
import { E1, emergency, observed } from "../guards/world.ts";
import {
  account,
  BLOCK,
  DAY,
  DELETE,
  day,
  found,
  id,
  list,
  listed,
  listedOf,
  listPlan,
  NOW,
  phaseOf,
  row,
  TENANT,
  tellings,
  type Words,
} from "./listed-world.ts";

type Given = Words & {
  readonly kind?: AccountWish["kind"];
  readonly told?: Readonly<Record<number, AccountTold>>;
  readonly reads?: Listed;
  readonly only?: ReadonlySet<string>;
  readonly tenant?: string;
  readonly now?: number;
};

const inputOf = ({ kind = "account-deletion", told = {}, tenant = TENANT, now = NOW, ...words }: Given): DecidingInput => {
  const plan: Plan = listPlan(words);
  const base = observed({ tenant: { id: tenant, name: "County schools", practice: false } });
  return { plan, phase: phaseOf(plan, kind === "account-block" ? BLOCK : DELETE), kind, observed: base, told: tellings(told), now };
};

const of = (given: Given): Decided => decide(inputOf(given), given.reads ?? listedOf(), given.only);
const who = ({ id: whose }: { readonly id: string }): number => Number.parseInt(whose.slice(-4), 16) - 0x5000;
const inShort = ({ go, spared, done, strange }: Decided): Readonly<Record<string, readonly number[]>> => ({
  ...(go.length > 0 && { go: go.map(({ row: of }) => who(of)) }),
  ...(spared.length > 0 && { spared: spared.map(({ row: of }) => who(of)) }),
  ...(done.length > 0 && { done: done.map(who) }),
  ...(strange.length > 0 && { strange: strange.map(who) }),
});
const reasons = ({ spared }: Decided): readonly string[] => spared.flatMap(({ because }) => because);

const one = (fields: Parameters<typeof account>[1], more: Partial<ListedAccount> = {}): Listed =>
  listedOf([[id(1), found(listed({ account: account(1, fields), ...more }))]]);
const both = listedOf([
  [id(1), found(listed())],
  [id(2), found(listed({ account: account(2) }))],
]);

describe("one account", () => {
  test.each<readonly [string, Given, Readonly<Record<string, readonly number[]>>]>([
    ["nothing speaks for it", {}, { go: [1] }],
    ["nobody decided", { list: list([row(1, { decision: undefined })]) }, {}],
    ["somebody decided to keep it", { list: list([row(1, { decision: "keep" })]) }, {}],
    ["it is on no row", { list: list([]) }, {}],
    ["it is not in the directory", { reads: listedOf([[id(1), { type: "gone" }]]) }, { strange: [1] }],
    [
      "it is gone, and a deletion was begun of which nobody knows the end",
      { told: { 1: { deleting: day("2026-02-20") } }, reads: listedOf([[id(1), { type: "gone" }]]) },
      { done: [1] },
    ],
    ["it is there, and a deletion was begun", { told: { 1: { deleting: day("2026-02-20") } } }, { go: [1] }],
    ["it could not be read", { reads: listedOf([[id(1), { type: "unknown", because: "503" }]]) }, { spared: [1] }],
    ["it was not looked up", { reads: listedOf([]) }, { spared: [1] }],
    ["this tool deleted it already", { told: { 1: { deleted: day("2026-02-20") } }, reads: listedOf([[id(1), { type: "gone" }]]) }, { done: [1] }],
    ["this tool deleted it, and nobody looks again", { told: { 1: { deleted: day("2026-02-20") } } }, { done: [1] }],
    ["another tenant's row", { list: list([row(1, { mark: { ...row().mark, tenant: id(0xffe) } })]) }, {}],
    ["another tenant", { tenant: id(0xffe) }, {}],
    ["blocked already", { kind: "account-block", reads: one({ enabled: false }) }, { done: [1] }],
    ["blocked already, whatever speaks for it", { kind: "account-block", reads: one({ enabled: false, synced: true }) }, { done: [1] }],
    ["blocked, and to be deleted at once", { reads: one({ enabled: false }) }, { go: [1] }],
    ["to be blocked", { kind: "account-block" }, { go: [1] }],
    ["to be blocked, but it signed in", { kind: "account-block", reads: one({ stamps: { succeeded: day("2026-03-01") } }) }, { spared: [1] }],
    ["only others are asked for", { only: new Set([id(2)]) }, {}],
    ["it alone is asked for", { list: list([row(1), row(2)]), reads: both, only: new Set([id(1)]) }, { go: [1] }],
  ])("%s", (_, given, want) => {
    expect(inShort(of(given))).toEqual(want);
  });
});

test("who goes is sorted by id, in whatever order they stand on the list", () => {
  expect(inShort(of({ list: list([row(2), row(1)]), reads: both }))).toEqual({ go: [1, 2] });
});

describe("by the plan's words", () => {
  test.each<readonly [string, Given, readonly string[]]>([
    ["its emergency accounts, by address", { emergencyAccounts: ["unused-1@alder.county.example"] }, ["it is an emergency account of the plan"]],
    ["in other capitals", { emergencyAccounts: ["Unused-1@Alder.county.example"] }, ["it is an emergency account of the plan"]],
    ["the keep-list", { deletes: { keep: ["unused-1@*"] } }, ["the plan keeps it"]],
    ["a keep-list that is about others", { deletes: { keep: ["head@*", "unused-2@*"] } }, []],
    [
      "the keep-list, by the address on the list",
      { deletes: { keep: ["unused-1@*"] }, reads: one({ address: "renamed@alder.county.example", licences: [] }) },
      ["it is called renamed@alder.county.example now, and stands on the list as unused-1@alder.county.example", "the plan keeps it"],
    ],
    [
      "the keep-list, by the address that it has now",
      { deletes: { keep: ["head@*"] }, reads: one({ address: "Head@alder.county.example", licences: [] }) },
      ["it is called Head@alder.county.example now, and stands on the list as unused-1@alder.county.example", "the plan keeps it"],
    ],
    [
      "the keep-list, by another address that it has",
      { deletes: { keep: ["head@*"] }, reads: one({ aliases: ["head@alder.county.example"] }) },
      ["the plan keeps it"],
    ],
    ["made too late", { deletes: { createdBefore: day("2024-09-01") } }, ["it was made on 2024-09-02, and the plan says before 2024-09-01"]],
    ["made in time", { deletes: { createdBefore: day("2024-09-03") } }, []],
    ["it has to cool off, and was not blocked", { deletes: { after: 28 * DAY } }, ["it can still sign in: it has to be blocked first"]],
    // By the plan's calendar, which is London's: the days count, and not the hours.
    ["it cooled off", { deletes: { after: 28 * DAY }, reads: one({ enabled: false }), told: { 1: { blocked: Date.parse("2026-02-02T23:59:00Z") } } }, []],
    [
      "it is cooling off",
      { deletes: { after: 28 * DAY }, reads: one({ enabled: false }), told: { 1: { blocked: Date.parse("2026-02-03T00:01:00Z") } } },
      ["it was blocked by this tool too short a time ago, and can be deleted from 2026-03-03 on"],
    ],
    [
      "in summer the day begins an hour earlier",
      {
        deletes: { after: 28 * DAY },
        reads: one({ enabled: false }),
        told: { 1: { blocked: Date.parse("2025-07-01T23:30:00Z") } },
        now: Date.parse("2025-07-29T22:59:00Z"),
      },
      ["it was blocked by this tool too short a time ago, and can be deleted from 2025-07-30 on"],
    ],
    [
      "it cannot sign in, and not by this tool",
      { deletes: { after: 28 * DAY }, reads: one({ enabled: false }) },
      ["it cannot sign in, but this tool did not block it, so nobody knows since when"],
    ],
    ["blocked yesterday, and the plan does not wait", { reads: one({ enabled: false }), told: { 1: { blocked: NOW - DAY } } }, []],
    // Whom the plan would not delete, it does not keep from signing in either.
    ["blocked: the keep-list of the deletion", { kind: "account-block", deletes: { keep: ["unused-1@*"] } }, ["the plan keeps it"]],
    [
      "blocked: the day of the deletion",
      { kind: "account-block", deletes: { createdBefore: day("2024-09-01") } },
      ["it was made on 2024-09-02, and the plan says before 2024-09-01"],
    ],
    ["blocked: nothing has to cool off", { kind: "account-block", deletes: { after: 28 * DAY } }, []],
  ])("%s", (_, given, want) => {
    expect(reasons(of(given))).toEqual(want);
  });

  test("an emergency account by its id, whatever it is called by now", () => {
    const input = inputOf({ list: list([row(1, { id: E1 })]) });
    const reads = listedOf([[E1, found(listed({ account: account(1, { id: E1 }) }))]]);
    expect(reasons(decide({ ...input, observed: { ...input.observed, emergency: [emergency(1)] } }, reads))).toEqual([
      "it is an emergency account of the plan",
    ]);
    expect(decide({ ...input, observed: { ...input.observed, emergency: [] } }, reads).go).toHaveLength(1);
  });

  test.each<readonly [AccountWish["kind"], string, string]>([
    ["account-block", BLOCK, "delete"],
    ["account-deletion", DELETE, "block"],
  ])("%s: a word on another list is heard on this one", (kind, name, other) => {
    const keep = { ...list([row(1, { decision: "keep", at: { file: "others.csv", line: 7, column: 1 } })]), file: "others.csv" };
    const plan = other === "delete" ? listPlan({ deletes: { list: keep } }) : listPlan({ blocks: { list: keep } });
    const input: DecidingInput = { ...inputOf({ kind }), plan, phase: phaseOf(plan, name) };
    expect(reasons(decide(input, listedOf()))).toEqual(["somebody wrote keep for it in others.csv, line 7"]);
    expect(inShort(decide({ ...input, observed: { ...input.observed, tenant: { ...input.observed.tenant, id: id(9) } } }, listedOf()))).toEqual({});
  });

  test("a list of its own is blocked by nobody else's words", () => {
    const plan = listPlan({ deletes: { keep: ["unused-1@*"], list: { ...list(), file: "others.csv" } } });
    const input: DecidingInput = { ...inputOf({ kind: "account-block" }), plan, phase: phaseOf(plan, BLOCK) };
    expect(inShort(decide(input, listedOf()))).toEqual({ go: [1] });
  });

  test("of two days the earlier one holds", () => {
    const plan = listPlan({ deletes: { createdBefore: day("2024-09-03") } });
    const earlier = phaseOf(listPlan({ deletes: { createdBefore: day("2024-09-01") } }), DELETE);
    const input: DecidingInput = { ...inputOf({ kind: "account-block" }), plan: { ...plan, phases: [...plan.phases, { ...earlier, id: "again" }] } };
    expect(inShort(decide({ ...input, phase: phaseOf(plan, BLOCK) }, listedOf()))).toEqual({ spared: [1] });
  });
});

describe("whom it asks to be read", () => {
  const rows = list([row(1), row(2, { decision: "keep" }), row(3), row(4, { mark: { ...row().mark, tenant: id(0xffe) } }), row(5, { decision: undefined })]);
  test.each<readonly [string, Given, readonly number[]]>([
    ["those that are decided, of this tenant", { list: rows }, [1, 3]],
    ["not those that it deleted already", { list: rows, told: { 3: { deleted: NOW } } }, [1]],
    ["those that it blocked, too", { list: rows, kind: "account-block", told: { 3: { blocked: NOW } } }, [1, 3]],
  ])("%s", (_, given, want) => {
    expect(toRead(inputOf(given)).map(who)).toEqual(want);
  });
});

describe("for a wish", () => {
  const wish: AccountWish = { kind: "account-deletion", key: DELETE, settings: { accounts: "deleted" }, phases: [DELETE] };
  const plan = listPlan();
  test("those who were read", () => {
    expect(inShort(decidedFor(plan, wish, observed({ listed: present(listedOf()) }), NOW) ?? { go: [], spared: [], done: [], strange: [] })).toEqual({
      go: [1],
    });
  });
  test.each([
    ["nobody looked", observed()],
    ["they could not be read", observed({ listed: unknown("503") })],
  ])("nothing: %s", (_, seen) => {
    expect(decidedFor(plan, wish, seen, NOW)).toBeUndefined();
  });
  test("nothing: the plan has no such phase", () => {
    expect(decidedFor(plan, { ...wish, key: "other" }, observed({ listed: NOBODY_LISTED }), NOW)).toBeUndefined();
  });
});
