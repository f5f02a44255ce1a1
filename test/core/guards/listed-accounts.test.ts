/** Accounts of a reviewed list: whether the list and the stamps can be believed, and how many go at most. */

import { describe, expect, test } from "vitest";
import type { Listed } from "../../../src/core/accounts/facts.ts";
import type { AccountWish } from "../../../src/core/accounts/wishes.ts";
import type { Finding } from "../../../src/core/changes.ts";
import { listedAccounts } from "../../../src/core/guards/listed-accounts.ts";
import type { Roster } from "../../../src/core/roster.ts";
import { absent, type Known, present, unknown } from "../../../src/core/tenant.ts";
import { account, BLOCK, DELETE, FILE, found, ground, id, list, listed, listedOf, listPlan, many, NOW, row, type Words } from "../accounts/listed-world.ts";
import { desired, input, observed, roster, told } from "./world.ts";

const WISHES = {
  "account-deletion": { kind: "account-deletion", key: DELETE, settings: { accounts: "deleted" }, phases: [DELETE] },
  "account-block": { kind: "account-block", key: BLOCK, settings: { signIn: "blocked" }, phases: [BLOCK] },
} as const satisfies Record<AccountWish["kind"], AccountWish>;

type Given = Words & { readonly kind?: AccountWish["kind"]; readonly listed?: Known<Listed> | undefined; readonly roster?: Known<Roster> };

const check = ({ kind = "account-deletion", roster: size = present(roster(1_000)), ...given }: Given): readonly Finding[] => {
  const read = "listed" in given ? given.listed : present(listedOf());
  return listedAccounts.check(
    input({
      plan: listPlan(given),
      moment: NOW,
      observed: observed({ roster: size, ...(read !== undefined && { listed: read }) }),
      desired: desired("started", [WISHES[kind]]),
    }),
  );
};

const LOSS =
  "go: for 30 days 1 account can be brought back with licences, groups and mailbox; after that only made anew from the archive, without mail and files";
const problem = (line: number) => ({ file: FILE, line, column: 1, message: `row ${line} is wrong` });
const one = (of: Parameters<typeof listed>[0]): Given => ({ listed: present(listedOf([[id(1), found(listed(of))]])) });
const on = (fields: Parameters<typeof ground>[0]): Given => ({ listed: present(listedOf(undefined, ground(fields))) });

const lines = (all: readonly (readonly [string, Given, ...(readonly string[])])[]) => all.map(([name, given, ...want]) => ({ name, given, want }));
const counts = (all: readonly (readonly [string, number, Given, ...(readonly string[])])[]) =>
  all.map(([name, count, given, ...want]) => ({ name, count, given, want }));

describe("what is said", () => {
  test.each(
    lines([
      ["one account goes", {}, LOSS],
      ["one account is blocked: nothing is lost", { kind: "account-block" }],
      ["the list is not there", { list: list([], { missing: true }) }, `stop: the list ${FILE} is not there, so nobody is deleted`],
      ["for a block", { kind: "account-block", list: list([], { missing: true }) }, `stop: the list ${FILE} is not there, so nobody is blocked`],
      ["a list on which nobody is decided", { list: list([row(1, { decision: "keep" })]), listed: undefined }],
      [
        "a row that cannot be believed",
        { list: list([row()], { problems: [problem(7)] }) },
        `stop: 1 row of ${FILE} cannot be believed, so nobody is deleted: ${FILE}:7: row 7 is wrong`,
        LOSS,
      ],
      [
        "and nobody is decided",
        { list: list([], { problems: [problem(7), problem(8)] }) },
        `stop: 2 rows of ${FILE} cannot be believed, so nobody is deleted: ${FILE}:7: row 7 is wrong; ${FILE}:8: row 8 is wrong`,
      ],
      [
        "very many rows",
        { list: list([], { problems: Array.from({ length: 12 }, (_, at) => problem(at + 2)) }) },
        `stop: 12 rows of ${FILE} cannot be believed, so nobody is deleted: ${Array.from({ length: 10 }, (_, at) => `${FILE}:${at + 2}: row ${at + 2} is wrong`).join("; ")}; 2 more`,
      ],
      [
        "a row of another tenant",
        { list: list([row(), row(2, { mark: { ...row().mark, tenant: id(9) } })]) },
        `stop: 1 row of ${FILE} cannot be believed, so nobody is deleted: ${FILE}:3: it is of a list of another tenant, ${id(9)}: nothing is done by this row`,
        LOSS,
      ],
      ["they could not be read", { listed: unknown("503") }, "unclear: the accounts of the list could not be read, so nobody is deleted: 503"],
      ["nobody looked", { listed: undefined }, "unclear: the accounts of the list could not be read, so nobody is deleted: they were not looked up"],
      ["sign-ins are told no more", on({ told: unknown("403") }), "unclear: whether anybody of the list ever signed in is not told, so nobody is deleted: 403"],
      ["the licence is gone", on({ told: absent }), "unclear: whether anybody of the list ever signed in is not told, so nobody is deleted"],
      [
        "nobody is stamped",
        on({ anybody: { stamped: false, succeeded: false } }),
        "unclear: not one account of the tenant has a sign-in stamped, which is so in no tenant that is in use: nobody is deleted",
      ],
      ["one is spared", one({ owns: present(1) }), `go: 1 account of ${FILE} is spared, and not deleted`],
      [
        "one is not there",
        { listed: present(listedOf([[id(1), { type: "gone" }]])) },
        `go: 1 account of ${FILE} is not in the directory, and was not deleted by this tool`,
      ],
      [
        "not everything comes back",
        one({
          archive: present({
            id: id(1),
            upn: "x",
            enabled: true,
            profile: {},
            groups: [],
            groupNames: {},
            licences: [],
            besides: ["the group Year 7, whose members a rule decides"],
          }),
        }),
        LOSS,
        "go: not everything of 1 account is this tool's to bring back",
      ],
    ]),
  )("$name", ({ given, want }) => {
    expect(told(check(given))).toEqual(want);
  });

  test("who is spared, and who is not there, by name and line", () => {
    const reads = listedOf([
      [id(1), found(listed({ owns: present(2), account: account(1, { synced: true }) }))],
      [id(2), { type: "gone" }],
    ]);
    expect(check({ list: list([row(1), row(2)]), listed: present(reads) }).map(({ accounts, count }) => [count, accounts])).toEqual([
      [
        1,
        [
          "unused-1@alder.county.example (line 2): it is synced from on premises: deleted here it comes back, so delete it there; it owns 2 groups or applications",
        ],
      ],
      [1, [`unused-2@alder.county.example (${FILE}:3)`]],
    ]);
  });

  test("what stops holds the phase back, and what is only told does not", () => {
    expect(check({ list: list([row()], { problems: [problem(7)] }) }).map(({ verdict, holds, allowable }) => [verdict, holds, allowable])).toEqual([
      ["stop", [{ kind: "account-deletion", key: DELETE }], false],
      ["go", undefined, false],
    ]);
  });
});

/** Over the cap nobody goes. */
const verdicts = (count: number, of: Given): readonly string[] => {
  const { words, reads } = many(count);
  return check({ list: words, listed: present(reads), ...of })
    .filter(({ verdict }) => verdict !== "go")
    .map(({ verdict, detail }) => `${verdict}: ${detail}`);
};
const sized = (size: number): Given => ({ roster: present(roster(size)) });

describe("how many go at most", () => {
  test.each(
    counts([
      ["as many as the plan lets", 5, { deletes: { atMost: 5 } }],
      ["one more", 6, { deletes: { atMost: 5 } }, "stop: 6 accounts would be deleted, and the plan lets it be 5 at most: nobody is"],
      ["as large a share as it lets", 5, { ...sized(100), deletes: { atMostShare: 0.05 } }],
      ["a share that no binary fraction is", 29, { ...sized(100), deletes: { atMost: 100, atMostShare: 0.29 } }],
      [
        "one more than that",
        6,
        { ...sized(100), deletes: { atMostShare: 0.05 } },
        "stop: 6 accounts of 100 would be deleted, and the plan lets it be 5 % at most: nobody is",
      ],
      [
        "a share that no whole number of accounts is",
        1,
        { ...sized(19), deletes: { atMostShare: 0.05 } },
        "stop: 1 account of 19 would be deleted, and the plan lets it be 5 % at most: nobody is",
      ],
      [
        "of how many nobody knows",
        1,
        { roster: unknown("503"), deletes: { atMostShare: 0.05 } },
        "unclear: how many accounts there are could not be read, so that nobody knows whether 1 account is more than 5 %",
      ],
      ["of how many nobody knows, by the number alone", 5, { roster: unknown("503"), deletes: { atMost: 5 } }],
      [
        "of how many nobody knows, and over the number",
        6,
        { roster: unknown("503"), deletes: { atMost: 5, atMostShare: 1 } },
        "stop: 6 accounts would be deleted, and the plan lets it be 5 at most: nobody is",
      ],
      ["a block without a word on it", 100, { kind: "account-block" }],
      [
        "a block with one",
        6,
        { kind: "account-block", blocks: { atMost: 5 } },
        "stop: 6 accounts would be blocked, and the plan lets it be 5 at most: nobody is",
      ],
      [
        "a block by its share",
        6,
        { ...sized(100), kind: "account-block", blocks: { atMostShare: 0.05 } },
        "stop: 6 accounts of 100 would be blocked, and the plan lets it be 5 % at most: nobody is",
      ],
      ["a block is not under the cap of the deletion", 6, { kind: "account-block", deletes: { atMost: 5 } }],
    ]),
  )("$name", ({ count, given, want }) => {
    expect(verdicts(count, given)).toEqual(want);
  });

  test("who is spared, decided otherwise, deleted already or not there does not count", () => {
    const rows = [row(1), row(2), row(3, { decision: "keep" }), row(4), row(5)];
    const reads = listedOf([
      [id(1), found(listed())],
      [id(2), found(listed({ account: account(2, { synced: true }) }))],
      [id(4), { type: "gone" }],
      [id(5), { type: "unknown", because: "503" }],
    ]);
    expect(verdicts(0, { list: list(rows), listed: present(reads), deletes: { atMost: 1 } })).toEqual([]);
    expect(verdicts(0, { list: list(rows), listed: present(reads), deletes: { atMost: 0 } })).toEqual([
      "stop: 1 account would be deleted, and the plan lets it be 0 at most: nobody is",
    ]);
  });

  test("it cannot be allowed on the command line", () => {
    expect(listedAccounts.allowable).toBe(false);
    expect(check({ deletes: { atMost: 0 } }).some(({ allowable }) => allowable)).toBe(false);
  });
});
