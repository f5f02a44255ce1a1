/** Accounts of reviewed lists as documents show them. */

import { describe, expect, test } from "vitest";
import { addressIn, listedLineOf, listLinesOf } from "../../../src/core/accounts/listed-lines.ts";
import type { AccountWish } from "../../../src/core/accounts/wishes.ts";
import type { Change } from "../../../src/core/changes.ts";
import type { ListLine } from "../../../src/core/document.ts";
import type { Observed } from "../../../src/core/observed.ts";
import { diffDocument, statusDocument } from "../../../src/core/report.ts";
import { present, unknown } from "../../../src/core/tenant.ts";
import { desired, observed } from "../guards/world.ts";
import { account, BLOCK, DELETE, FILE, found, ground, id, list, listed, listedOf, listPlan, NOW, phaseOf, row, tellings, type Words } from "./listed-world.ts";

const WISHES: readonly AccountWish[] = [
  { kind: "account-block", key: BLOCK, settings: { signIn: "blocked" }, phases: [BLOCK] },
  { kind: "account-deletion", key: DELETE, settings: { accounts: "deleted" }, phases: [DELETE] },
];

const reads = listedOf([
  [id(1), found(listed({ account: account(1, { address: "Zoe@Birch.county.example" }) }))],
  [id(2), found(listed({ account: account(2, { address: "ann@birch.county.example" }) }))],
  [id(3), found(listed({ account: account(3, { address: "bob@alder.county.example" }) }))],
]);

const change = (accounts: NonNullable<Change["accounts"]>, key = DELETE): Change => ({
  kind: "account-deletion",
  key,
  action: "delete",
  name: FILE,
  phases: [key],
  mark: { plan: "county-2018", key },
  fields: [],
  accounts,
  needs: [],
});

describe("a change", () => {
  test("how many, of which domains, and whom: those of one domain together, in whatever case they were typed", () => {
    const line = listedLineOf(observed({ listed: present(reads) }), change({ to: "deleted", ids: [id(1), id(2), id(3), id(4)] }));
    expect(line).toEqual({
      to: "deleted",
      count: 4,
      accounts: [id(1), id(2), id(3), id(4)],
      sample: ["bob@alder.county.example", "ann@birch.county.example", "Zoe@Birch.county.example"],
      domains: [
        { domain: "birch.county.example", count: 2 },
        { domain: "alder.county.example", count: 1 },
      ],
    });
  });

  test("twenty addresses at most, and every account in its domain", () => {
    const many = Array.from({ length: 25 }, (_, at) => at + 1);
    const seen = observed({ listed: present(listedOf(many.map((number) => [id(number), found(listed({ account: account(number) }))]))) });
    const line = listedLineOf(seen, change({ to: "blocked", ids: many.map(id) }));
    expect([line?.sample.length, line?.count, line?.domains]).toEqual([20, 25, [{ domain: "alder.county.example", count: 25 }]]);
  });

  test("what comes back with them is counted", () => {
    const back = [
      { id: id(1), groups: [id(50), id(51)], licences: [{ sku: id(60), off: [] }], manager: id(9) },
      { id: id(2), groups: [id(50)], licences: [] },
    ];
    expect(listedLineOf(observed(), change({ to: "restored", ids: [id(1), id(2)], back }))?.back).toEqual({ memberships: 3, licences: 1, managers: 1 });
  });

  test("one that is about no list has none", () => {
    const { accounts: _, ...other } = change({ to: "deleted", ids: [] });
    expect(listedLineOf(observed(), other)).toBeUndefined();
  });

  test.each<readonly [string, Partial<Observed>, string | undefined]>([
    ["as the list's own look found it", { listed: present(reads), former: new Map([[id(1), "old@x.example"]]) }, "Zoe@Birch.county.example"],
    ["by the archive, once it is deleted", { former: new Map([[id(1), "zoe@birch.county.example"]]) }, "zoe@birch.county.example"],
    ["nobody knows it", { roster: unknown("503") }, undefined],
  ])("an address: %s", (_name, fields, want) => {
    expect(addressIn(observed(fields), id(1))).toBe(want);
  });
});

const ROWS = [row(1), row(2), row(3), row(4), row(5, { decision: "keep" })];

/** Of four that are to be deleted one may go, one is spared, one was deleted before and one is not there. */
const SEEN: Partial<Observed> = {
  listed: present(
    listedOf([
      [id(1), found(listed())],
      [id(2), found(listed({ account: account(2), owns: present(2) }))],
      [id(4), { type: "gone" }],
    ]),
  ),
  told: tellings({ 3: { deleted: NOW - 1 } }),
};

const linesAt = (fields: Partial<Observed>, words: Words = {}, wishes: readonly AccountWish[] = WISHES): readonly ListLine[] => {
  const plan = listPlan({ list: list(ROWS), ...words });
  return listLinesOf(plan, desired("started", wishes), observed(fields), NOW, phaseOf(plan, DELETE));
};

describe("a phase", () => {
  test("what is still to do, done, spared, and not there", () => {
    expect(linesAt(SEEN)).toEqual([{ to: "deleted", file: FILE, rows: 4, undecided: 0, now: { toDo: 1, done: 1, spared: 1, missing: 1 } }]);
  });

  test("rows on which nobody decided are counted beside the others, and those of another tenant are not", () => {
    const open = { decision: undefined };
    const rows = [row(1), row(6, open), row(7, open), row(8, { ...open, mark: { ...row().mark, tenant: id(9) } }), row(5, { decision: "keep" })];
    expect(linesAt(SEEN, { list: list(rows) })).toMatchObject([{ rows: 1, undecided: 2 }]);
  });

  test.each<readonly [string, readonly ListLine[], ListLine]>([
    ["ahead of its day nobody looks", linesAt(SEEN, {}, []), { to: "deleted", file: FILE, rows: 4, undecided: 0, now: null }],
    ["the wish of another phase is not its own", linesAt(SEEN, {}, WISHES.slice(0, 1)), { to: "deleted", file: FILE, rows: 4, undecided: 0, now: null }],
    ["the accounts could not be read", linesAt({ listed: unknown("503") }), { to: "deleted", file: FILE, rows: 4, undecided: 0, now: null }],
    ["the list is not there", linesAt(SEEN, { list: list([], { missing: true }) }), { to: "deleted", file: FILE, rows: null, undecided: 0, now: null }],
    [
      "rows of another tenant are nobody's",
      linesAt(SEEN, { list: list([...ROWS.slice(0, 1), row(7, { mark: { ...row().mark, tenant: id(9) } })]) }),
      { to: "deleted", file: FILE, rows: 1, undecided: 0, now: { toDo: 1, done: 0, spared: 0, missing: 0 } },
    ],
  ])("%s", (_name, [line, ...others], want) => {
    expect(others).toEqual([]);
    expect(line).toEqual(want);
  });

  test("nobody's stamps while somebody was looked at", () => {
    const reads = listedOf([[id(1), found(listed())]], ground({ anybody: { stamped: false, succeeded: false } }));
    expect(linesAt({ ...SEEN, listed: present(reads) })[0]?.now).toBeNull();
    expect(linesAt({ ...SEEN, listed: present(listedOf([[id(1), found(listed())]], ground({ told: unknown("403") }))) })[0]?.now).toBeNull();
  });
});

describe("in a document", () => {
  const plan = listPlan({ list: list(ROWS) });
  const input = (changes: readonly Change[]) => ({
    plan,
    observed: observed(SEEN),
    desired: {
      ...desired("started", WISHES),
      phases: [phaseOf(plan, BLOCK), phaseOf(plan, DELETE)].map(({ id: name, title, starts }) => ({
        id: name,
        title,
        starts,
        cohorts: [],
        course: "started" as const,
      })),
    },
    diff: { planId: plan.id, tenantId: id(0xfff), changes, leftOver: [], doubles: [], unchanged: 0, hash: "" },
    findings: [],
    moment: NOW,
  });

  test("a phase of lists has its lines and no accounts, a change its accounts", () => {
    const { phases, changes } = diffDocument(input([change({ to: "deleted", ids: [id(1)] })]));
    expect(phases.map(({ id: name, state, accounts, lists }) => [name, state, accounts, lists?.length])).toEqual([
      [BLOCK, "live", undefined, 1],
      [DELETE, "due", undefined, 1],
    ]);
    expect(changes.map(({ listed: line, accounts }) => [line?.count, accounts])).toEqual([[1, undefined]]);
  });

  test("who is still to go is waiting to be applied, and nothing that somebody changed since", () => {
    const { drift, pending } = statusDocument(input([change({ to: "deleted", ids: [id(1)] })]));
    expect([drift.length, pending.length]).toEqual([0, 1]);
  });
});
