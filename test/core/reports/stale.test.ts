import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Account } from "../../../src/core/reports/account.ts";
import { appUseOf, type UsageReports } from "../../../src/core/reports/app-use.ts";
import { type DeletionFacts, deletionOf, isCandidate } from "../../../src/core/reports/deletable.ts";
import type { LastSignIn } from "../../../src/core/reports/last-sign-in.ts";
import { isInUse, type StaleAccount, StaleSums, stale, staleRow } from "../../../src/core/reports/stale.ts";
import { type MailboxSort, UsageTable } from "../../../src/core/reports/usage-table.ts";
import { absent, present, unknown } from "../../../src/core/tenant.ts";

const DAY = 86_400_000;
const NOW = Date.parse("2026-03-02T08:00:00Z");
const dayOf = (text: string): number => Date.parse(`${text}T00:00:00Z`) / DAY;

const NEVER: LastSignIn = { state: "never signed in" };
const UNKNOWN: LastSignIn = { state: "unknown", reason: "before-log", because: "older than the log" };
const LONG_AGO: LastSignIn = { state: "last signed in", at: Date.parse("2024-02-09T13:00:00Z") };

const ACCOUNT: Account = {
  id: "30303030-0000-4000-8000-000000000001",
  address: "nadir@alder.example",
  upn: "Nadir@Alder.example",
  name: "Nadir Never",
  enabled: true,
  guest: false,
  synced: false,
  pupil: false,
  aliases: [],
  nobody: false,
  created: Date.parse("2022-09-01T08:00:00Z"),
  licences: ["4b590615-0888-425a-a965-b3bf7789848d"],
  stamps: "never",
  pending: false,
};

const FACTS: DeletionFacts = {
  account: ACCOUNT,
  signIn: NEVER,
  roles: present([]),
  emergency: false,
  mailbox: "user",
  used: absent,
  products: present(["M365EDU_A3_FACULTY"]),
  now: NOW,
};
const account = (more: Partial<Account>): Partial<DeletionFacts> => ({ account: { ...ACCOUNT, ...more } });

describe("whether an account may be deleted", () => {
  const LINES: readonly (readonly [name: string, more: Partial<DeletionFacts>, answer: string, says: string])[] = [
    ["never signed in, and nothing against it", {}, "yes", "it never signed in"],
    ["without a mailbox", { mailbox: "none" }, "yes", "holds no role"],
    ["signed in, however long ago", { signIn: LONG_AGO }, "no", "last on 2024-02-09"],
    ["an emergency account", { emergency: true }, "no", "emergency account"],
    ["holds a role", { roles: present(["Global Administrator", "User Administrator"]) }, "no", "Global Administrator, User Administrator"],
    ["synced", account({ synced: true }), "no", "delete it there"],
    ["a program's", account({ nobody: true }), "no", "belongs to a program"],
    ["a shared mailbox", { mailbox: "shared" }, "no", "shared mailbox"],
    ["a room", { mailbox: "room" }, "no", "mailbox of a room"],
    ["equipment", { mailbox: "equipment" }, "no", "mailbox of equipment"],
    ["a Teams Rooms device", { products: present(["Microsoft_Teams_Rooms_Basic"]) }, "no", "Microsoft_Teams_Rooms_Basic"],
    ["a telephone line", { products: present(["PHONESYSTEM_VIRTUALUSER"]) }, "no", "PHONESYSTEM_VIRTUALUSER"],
    ["an app was used", { signIn: UNKNOWN, used: present(NOW - 10 * DAY) }, "no", "an app was used on 2026-02-20"],
    ["29 days old", account({ created: NOW - 30 * DAY + 1 }), "no", "younger than 30 days"],
    ["30 days old", account({ created: NOW - 30 * DAY }), "yes", "old enough"],
    ["to start today", account({ hired: Date.parse("2026-03-02T00:00:00Z") }), "no", "starts on 2026-03-02"],
    ["to start in summer", account({ hired: Date.parse("2026-08-01T00:00:00Z") }), "no", "starts on 2026-08-01"],
    ["started last year", account({ hired: Date.parse("2025-08-01T00:00:00Z") }), "yes", "never signed in"],
    ["a guest who has not answered", account({ guest: true, pending: true }), "no", "invitation is pending"],
    ["a guest who has", account({ guest: true }), "yes", "never signed in"],
    ["unknown whether it signed in", { signIn: UNKNOWN }, "unknown", "older than the log"],
    ["unknown whether it holds a role", { roles: unknown("403") }, "unknown", "whether it holds a role"],
    ["unknown what its licences are for", { products: unknown("500") }, "unknown", "licences"],
    ["unknown what its mailbox is for", { mailbox: "unknown" }, "unknown", "mailbox"],
    ["unknown whether an app was used", { used: unknown("500") }, "unknown", "500"],
    ["one thing against it and one unknown", { roles: unknown("403"), mailbox: "shared" }, "no", "shared mailbox"],
  ];
  test.each(LINES)("%s", (_, more, answer, says) => {
    const told = deletionOf({ ...FACTS, ...more });
    expect(told.answer).toBe(answer);
    expect(told.reasons.join("; ")).toContain(says);
  });

  test("every reason is told, and what nobody knows as well", () => {
    const { reasons } = deletionOf({ ...FACTS, ...account({ synced: true }), signIn: UNKNOWN, roles: present(["Reader"]), mailbox: "shared" });
    expect(reasons).toHaveLength(4);
  });

  test("a mailbox is asked for where nothing else decides, and nowhere else", () => {
    expect(isCandidate(FACTS)).toBe(true);
    const used: Partial<DeletionFacts> = { signIn: { state: "unknown", reason: "app-used", because: "an app" }, used: present(NOW - DAY) };
    expect(isCandidate({ ...FACTS, ...used })).toBe(true);
    expect(isCandidate({ ...FACTS, ...used, ...account({ synced: true }) })).toBe(false);
    for (const [, more, answer] of LINES) if (more.mailbox === undefined && answer !== "yes") expect(isCandidate({ ...FACTS, ...more })).toBe(false);
  });
});

describe("the packed usage report", () => {
  const address = fc
    .tuple(fc.constantFrom("head", "office", "Häd", "o'neill", "x"), fc.nat(200), fc.constantFrom("alder", "BIRCH", "con"))
    .map(([a, n, d]) => `${a}${n}@${d}.example`);
  const row = fc.record({
    address,
    days: fc.tuple(fc.integer({ min: 0, max: 25_000 }), fc.integer({ min: 0, max: 25_000 })),
    bits: fc.nat(7),
    mailbox: fc.constantFrom<MailboxSort>("unknown", "user", "shared"),
  });
  test("says what a map of texts would say, of rows in any order and number", () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 400 }), (rows) => {
        const table = new UsageTable(["Exchange", "Teams"], ["one", "two", "three"]);
        const map = new Map<string, { days: number[]; bits: number }>();
        for (const each of rows) {
          table.add(each.address, each.days, each.bits, each.mailbox);
          const key = each.address.toLowerCase();
          const before = map.get(key) ?? { days: [0, 0], bits: 0 };
          map.set(key, { days: before.days.map((day, at) => Math.max(day, each.days[at] ?? 0)), bits: before.bits | each.bits });
        }
        expect(table.size).toBe(map.size);
        for (const [key, { days, bits }] of map) {
          const told = table.of(key.toUpperCase());
          expect(told?.words).toEqual(["one", "two", "three"].filter((_, at) => (bits & (1 << at)) !== 0));
          expect(new Map(told?.days)).toEqual(new Map(["Exchange", "Teams"].flatMap((name, at) => (days[at] ? [[name, days[at]] as const] : []))));
        }
        expect(table.of("nobody@oak.example")).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  test("what two rows say of a mailbox counts as long as they agree", () => {
    const table = new UsageTable([], []);
    for (const [name, sort] of [
      ["a", "user"],
      ["a", "unknown"],
      ["b", "user"],
      ["b", "shared"],
      ["c", "unknown"],
      ["c", "room"],
    ] as const)
      table.add(`${name}@x.example`, [], 0, sort);
    expect(["a", "b", "c"].map((name) => table.of(`${name}@x.example`)?.mailbox)).toEqual(["user", "unknown", "room"]);
  });

  test("hundreds of thousands of addresses are told apart", () => {
    const table = new UsageTable(["Exchange"], []);
    // So many that 32 bits alone would take some of them for others.
    const address = (at: number): string => `${(Math.imul(at, 0x9e3779b1) >>> 0).toString(36)}@${(at * at) % 9_973}.county.example`;
    for (let at = 0; at < 300_000; at += 1) table.add(address(at), [at % 2], 0, "unknown");
    expect(table.size).toBe(300_000);
    expect(table.of(address(299_999))?.days).toEqual([["Exchange", 1]]);
    expect(table.of(address(300_000))).toBeUndefined();
  });
});

const reports = (more: Partial<UsageReports> = {}): UsageReports => {
  const products = new UsageTable(["Exchange", "Teams"], []);
  products.add("a@x.example", [dayOf("2026-02-20"), dayOf("2026-02-27")], 0, "unknown");
  products.add("idle@x.example", [0, 0], 0, "unknown");
  const programs = new UsageTable(["mail"], ["POP3 App"]);
  programs.add("scanner@x.example", [dayOf("2026-02-28")], 1, "unknown");
  return {
    products: present({ table: products }),
    programs: present({ table: programs }),
    mailboxes: present({ table: new UsageTable(["mailbox"], []) }),
    ...more,
  };
};

describe("apps that were used", () => {
  test("the latest day counts, and each app is told with its own", () => {
    expect(appUseOf(reports(), "A@x.example", true)).toMatchObject({
      used: present(Date.parse("2026-02-28T00:00:00Z") - 1),
      day: "2026-02-27",
      apps: ["Teams 2026-02-27", "Exchange 2026-02-20"],
      programs: [],
    });
    expect(appUseOf(reports(), "scanner@x.example", false)).toMatchObject({ day: "2026-02-28", apps: ["mail 2026-02-28"], programs: ["POP3 App"] });
  });
  test("none, for who has a row and used nothing, and for who has no licence and no row", () => {
    expect(appUseOf(reports(), "idle@x.example", true).used).toEqual(absent);
    expect(appUseOf(reports(), "guest@x.example", false).used).toEqual(absent);
  });
  test("unknown, for who has a licence and no row", () => {
    expect(appUseOf(reports(), "missing@x.example", true).used).toMatchObject({ type: "unknown", because: expect.stringContaining("no row") });
  });
  test("unknown where one of the reports is missing, unless another shows a use", () => {
    const partly = reports({ programs: unknown("500") });
    expect(appUseOf(partly, "idle@x.example", true).used).toEqual(unknown("500"));
    expect(appUseOf(partly, "a@x.example", true).used.type).toBe("present");
  });
});

const USELESS = { used: absent, day: undefined, apps: [], programs: [], mailbox: undefined } as const;
const one = (more: Partial<StaleAccount> = {}): StaleAccount => ({
  account: ACCOUNT,
  signIn: NEVER,
  use: USELESS,
  useUnread: { apps: false, programs: false },
  products: ["M365EDU_A3_FACULTY"],
  roles: present([]),
  mailbox: "user",
  deletion: { answer: "yes", reasons: ["because"] },
  reach: undefined,
  ...more,
});
const cells = (row: StaleAccount) => {
  const values = staleRow(row, NOW);
  expect(values).toHaveLength(stale.columns.length);
  return Object.fromEntries(stale.columns.map(({ name }, at) => [name, values[at]]));
};

describe("a row", () => {
  test("of one that never signed in has nothing where there is nothing", () => {
    expect(cells(one())).toMatchObject({
      account: "Nadir@Alder.example",
      domain: "alder.example",
      state: "never signed in",
      lastSignedIn: null,
      days: null,
      lastAttempt: null,
      appLastUsed: null,
      apps: [],
      age: 1278,
      type: "member",
      cohorts: null,
    });
  });
  test("of one that is unknown says so wherever it is", () => {
    const { created: _, ...uncreated } = ACCOUNT;
    const row = one({
      account: { ...uncreated, stamps: "unknown" },
      signIn: UNKNOWN,
      useUnread: { apps: true, programs: true },
      roles: unknown("403"),
    });
    expect(cells(row)).toMatchObject({
      because: "older than the log",
      lastSignedIn: "unknown",
      days: "unknown",
      lastAttempt: "unknown",
      lastNonInteractive: "unknown",
      appLastUsed: "unknown",
      apps: "unknown",
      mailPrograms: "unknown",
      created: "unknown",
      age: "unknown",
      roles: "unknown",
    });
  });
  test("of one that signed in counts whole days", () => {
    const stamps = { attempted: Date.parse("2026-02-28T00:00:00Z"), succeeded: Date.parse("2024-02-09T13:00:00Z") };
    expect(cells(one({ account: { ...ACCOUNT, stamps }, signIn: LONG_AGO }))).toMatchObject({
      lastSignedIn: "2024-02-09T13:00:00Z",
      days: 751,
      lastAttempt: "2026-02-28T00:00:00Z",
      lastNonInteractive: null,
    });
  });
});

describe("who is listed", () => {
  const signedIn = (days: number): LastSignIn => ({ state: "last signed in", at: NOW - days * DAY });
  const usedBefore = (days: number) => ({ ...USELESS, used: present(NOW - days * DAY) });
  test.each([
    ["never", NEVER, USELESS, false],
    ["unknown", UNKNOWN, USELESS, false],
    ["unknown, use unread", UNKNOWN, { ...USELESS, used: unknown("500") }, false],
    ["unknown, and an app used last week", UNKNOWN, usedBefore(7), true],
    ["unknown, and an app used 91 days ago", UNKNOWN, usedBefore(91), false],
    ["signed in 90 days ago", signedIn(90), USELESS, true],
    ["signed in 91 days ago", signedIn(91), USELESS, false],
    ["signed in 91 days ago, an app used since", signedIn(91), usedBefore(2), true],
  ] as const)("%s", (_, signIn, use, want) => {
    expect(isInUse({ signIn, use }, NOW)).toBe(want);
  });

  test("sums count everybody, in use or not, and each domain once", () => {
    const sums = new StaleSums();
    sums.add(one(), NOW);
    sums.add(one({ account: { ...ACCOUNT, address: "b@birch.example" }, signIn: UNKNOWN, deletion: { answer: "unknown", reasons: [] } }), NOW);
    sums.add(one({ signIn: LONG_AGO, deletion: { answer: "no", reasons: [] } }), NOW);
    sums.add(one({ signIn: signedIn(1), deletion: { answer: "no", reasons: [] } }), NOW);
    const [states, domains] = sums.tables();
    expect(states?.rows.map(([, count, deletable]) => [count, deletable])).toEqual([
      [1, 1],
      [1, 0],
      [1, 0],
      [1, 0],
    ]);
    expect(domains?.rows).toEqual([
      ["alder.example", 1, 0, 1, 1, 1],
      ["birch.example", 0, 1, 0, 0, 0],
    ]);
    expect(sums.inUse).toBe(1);
  });
});
