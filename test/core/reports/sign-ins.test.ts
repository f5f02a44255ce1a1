/** What the log says of an account: from where, with what, success apart from failure, and what is worth seeing of it first. */

import { describe, expect, test } from "vitest";
import type { Network } from "../../../src/core/plan/plan.ts";
import { daysOfLog, daysWords, type Span, spanAt } from "../../../src/core/reports/log-days.ts";
import { isAfterPassword, type LoggedSignIn, outcomeOf } from "../../../src/core/reports/log-row.ts";
import type { Cell } from "../../../src/core/reports/shape.ts";
import { SignInFold, whereBy } from "../../../src/core/reports/sign-in-fold.ts";
import { type About, Gravest, placesOf, rowOf, signIns, sumsOf } from "../../../src/core/reports/sign-ins.ts";
import { OLD_PROGRAMS, oldProgram } from "../../../src/core/sign-in-digest.ts";
import { isFailure } from "../../../src/core/sign-in-errors.ts";
import { at, id, network, PLACE, plan } from "../county.ts";

const country = (name: string, countries: readonly string[], unknownCountries: "in" | "out" = "out"): Network => ({
  name,
  slug: name,
  sort: "country",
  countries,
  unknownCountries,
  place: PLACE,
});
const HOME = country("home", ["GB", "IE"]);
const SCHOOLS = network("schools", ["192.0.2.0/24", "2001:db8:10::/48"]);

const ANN = id(1);
const BOB = id(2);
const WRONG = 50126;

const row = (fields: Partial<LoggedSignIn> = {}): LoggedSignIn => ({
  id: "",
  at: at("2018-11-11T09:00:00"),
  account: ANN,
  client: "Browser",
  address: "203.0.113.9",
  country: "GB",
  interactive: true,
  code: 0,
  reason: undefined,
  app: "OfficeHome",
  name: "Ann",
  upn: "ann@alder.county.example",
  ...fields,
});

const folded = (rows: readonly Partial<LoggedSignIn>[], networks: readonly Network[] = [HOME, SCHOOLS], wanted?: (id: string) => boolean): SignInFold => {
  const fold = new SignInFold({ networks, days: 1, ...(wanted !== undefined && { wanted }) });
  for (const each of rows) fold.read(row(each), 0);
  return fold;
};

const ABOUT: About = { account: { address: "ann@alder.county.example", enabled: true, guest: false, capable: "no" }, phase: undefined };

/** The cells of the first account, by column; those that say nothing are left out. */
const cells = (fold: SignInFold, about: About = ABOUT): Readonly<Record<string, Cell>> => {
  const made = rowOf(fold.seen(0), about);
  expect(made).toHaveLength(signIns.columns.length);
  return Object.fromEntries(
    signIns.columns.flatMap(({ name }, place) => {
      const cell = made[place] ?? null;
      const isEmpty = cell === null || cell === 0 || (Array.isArray(cell) && cell.length === 0);
      return isEmpty || ["account", "name", "id", "domain", "enabled", "guest", "capable", "lastOutsideApp"].includes(name) ? [] : [[name, cell] as const];
    }),
  );
};

describe("where", () => {
  test.each([
    ["in a range of the plan", [HOME, SCHOOLS], "192.0.2.200", "GB", "inside"],
    ["in a range, whatever the service says of the country", [HOME, SCHOOLS], "192.0.2.200", "RU", "inside"],
    ["in a range, and no country", [HOME, SCHOOLS], "2001:db8:10:1::5", undefined, "inside"],
    ["in a range, written as IPv6", [HOME, SCHOOLS], "::ffff:192.0.2.200", "FR", "inside"],
    ["a country of the plan", [HOME, SCHOOLS], "203.0.113.9", "IE", "inside"],
    ["another country", [HOME, SCHOOLS], "203.0.113.9", "FR", "outside"],
    ["no country", [HOME, SCHOOLS], "203.0.113.9", undefined, "unknown"],
    ["no country, even where the plan takes unknown ones in", [country("home", ["GB"], "in")], "203.0.113.9", undefined, "unknown"],
    ["no address and no country", [HOME, SCHOOLS], undefined, undefined, "unknown"],
    ["no address, and another country", [HOME], undefined, "FR", "outside"],
    ["a plan without countries", [SCHOOLS], "203.0.113.9", "GB", "outside"],
    ["no plan", [], "192.0.2.200", "GB", "outside"],
    ["what is no address", [HOME, SCHOOLS], "192.0.2", "FR", "outside"],
  ] as const)("%s", (_name, networks, address, from, want) => {
    expect(whereBy(networks)(address, from)).toBe(want);
  });
});

describe("outcomes", () => {
  test.each([
    [0, "succeeded"],
    [50126, "failed"],
    [53003, "failed"],
    [50140, "neither"],
    [50058, "neither"],
    [undefined, "neither"],
  ] as const)("%s is %s", (code, want) => {
    expect(outcomeOf(code)).toBe(want);
  });

  test("who is stopped by MFA or a policy knew the password; who typed a wrong one did not", () => {
    for (const code of [50074, 50076, 50079, 53003, 500121]) expect([code, isAfterPassword(code), isFailure(code)]).toEqual([code, true, true]);
    for (const code of [0, 50126, 50053, 50034, 50057]) expect([code, isAfterPassword(code)]).toEqual([code, false]);
  });
});

describe("one account", () => {
  test.each<[string, readonly Partial<LoggedSignIn>[], Readonly<Record<string, Cell>>]>([
    [
      "success outside",
      [{ country: "FR" }, { country: "FR", at: at("2018-11-10T09:00:00") }],
      {
        seen: ["signed in outside"],
        signedInFrom: ["FR"],
        succeededOutside: 2,
        lastOutside: "2018-11-11T09:00:00Z",
        lastOutsideCountry: "FR",
        lastOutsideAddress: "203.0.113.9",
        succeeded: 2,
      },
    ],
    [
      "failed attempts only: never a sign-in",
      [{ country: "RU", code: WRONG, at: at("2018-11-09T01:00:00") }],
      {
        seen: ["tried outside"],
        triedFrom: ["RU"],
        failedOutside: 1,
        lastFailure: "2018-11-09T01:00:00Z",
        lastFailureFrom: "RU",
        lastFailureWords: "wrong password or address",
        failed: 1,
      },
    ],
    [
      "past the password, and stopped",
      [
        { country: "RU", code: 53003 },
        { country: "RU", code: WRONG, at: at("2018-11-11T08:59:00") },
      ],
      {
        seen: ["stopped after the password", "tried outside"],
        triedFrom: ["RU"],
        failedOutside: 2,
        stoppedOutside: 1,
        lastFailure: "2018-11-11T09:00:00Z",
        lastFailureFrom: "RU",
        lastFailureWords: "blocked by a policy of conditional access",
        failed: 2,
      },
    ],
    ["stopped inside is nothing of the kind", [{ code: 50074 }], { failed: 1 }],
    [
      "both, from different countries",
      [{ country: "US" }, { country: "CN", code: WRONG }, {}],
      {
        seen: ["signed in outside", "tried outside"],
        signedInFrom: ["US"],
        triedFrom: ["CN"],
        succeededOutside: 1,
        failedOutside: 1,
        lastOutside: "2018-11-11T09:00:00Z",
        lastOutsideCountry: "US",
        lastOutsideAddress: "203.0.113.9",
        lastFailure: "2018-11-11T09:00:00Z",
        lastFailureFrom: "CN",
        lastFailureWords: "wrong password or address",
        succeeded: 2,
        failed: 1,
      },
    ],
    [
      "no country is unknown, and no sign-in outside",
      [{ country: undefined, at: at("2018-11-11T10:00:00") }],
      {
        seen: ["signed in from an unknown country"],
        lastOutside: "2018-11-11T10:00:00Z",
        lastOutsideCountry: "unknown",
        lastOutsideAddress: "203.0.113.9",
        succeededUnknown: 1,
        succeeded: 1,
      },
    ],
    [
      "the last from outside counts before a later one from nowhere",
      [
        { country: undefined, at: at("2018-11-11T10:00:00") },
        { country: "FR", address: "198.51.100.1" },
      ],
      {
        seen: ["signed in outside", "signed in from an unknown country"],
        signedInFrom: ["FR"],
        succeededOutside: 1,
        lastOutside: "2018-11-11T09:00:00Z",
        lastOutsideCountry: "FR",
        lastOutsideAddress: "198.51.100.1",
        succeededUnknown: 1,
        succeeded: 2,
      },
    ],
    [
      "an old program, inside",
      [
        { client: "IMAP4", at: at("2018-11-10T05:00:00") },
        { client: "imap", at: at("2018-11-09T05:00:00") },
        { client: "Authenticated SMTP", code: WRONG },
      ],
      {
        seen: ["old program", "tried an old program"],
        oldPrograms: ["IMAP"],
        oldTried: ["SMTP"],
        lastOld: "2018-11-10T05:00:00Z",
        oldSucceeded: 2,
        oldFailed: 1,
        lastFailure: "2018-11-11T09:00:00Z",
        lastFailureFrom: "GB",
        lastFailureWords: "wrong password or address",
        succeeded: 2,
        failed: 1,
      },
    ],
    ["a question on the way is neither", [{ country: "FR", code: 50140 }], {}],
    ["nobody knows how it ended", [{ country: "FR", code: undefined }], {}],
    ["home and school", [{}, { address: "192.0.2.8", country: "FR" }], { succeeded: 2 }],
  ])("%s", (_name, rows, want) => {
    expect(cells(folded(rows))).toEqual(want);
  });

  test("rows that come in another order say the same", () => {
    const rows: readonly Partial<LoggedSignIn>[] = [
      { country: "FR", at: at("2018-11-08T09:00:00"), address: "198.51.100.1" },
      { country: "US", at: at("2018-11-10T09:00:00"), address: "198.51.100.2" },
      { country: undefined, at: at("2018-11-11T09:00:00"), address: "198.51.100.3" },
      { country: "RU", code: WRONG, at: at("2018-11-07T09:00:00") },
      { client: "POP3", code: 50053, at: at("2018-11-09T09:00:00") },
      { client: "POP3", at: at("2018-11-06T09:00:00") },
    ];
    expect(cells(folded(rows.toReversed()))).toEqual(cells(folded(rows)));
  });

  const gone = folded([{ country: "FR" }]).seen(0);
  const told = (about: About): readonly Cell[] =>
    rowOf(gone, about).filter((_, place) => ["account", "enabled", "guest", "capable", "phase", "phaseStarts"].includes(signIns.columns[place]?.name ?? ""));

  test("what the directory says of it", () => {
    const account = { address: "Ann@alder.county.example", enabled: false, guest: true, capable: "yes" } as const;
    expect(told({ account, phase: { id: "heads", starts: at("2018-11-19") } })).toEqual([
      "Ann@alder.county.example",
      false,
      true,
      "yes",
      "heads",
      "2018-11-19T00:00:00Z",
    ]);
    expect(told({ account: "gone", phase: undefined })).toEqual(["ann@alder.county.example", null, null, "unknown", null, null]);
    expect(told({ account: "unread", phase: "unknown" })).toEqual(["ann@alder.county.example", "unknown", "unknown", "unknown", "unknown", null]);
  });

  test("an address that cannot be read is not repeated", () => {
    expect(folded([{ country: "FR", address: "=1+1" }]).seen(0).last?.address).toBeUndefined();
    expect(folded([{ country: "FR", address: "2001:DB8:0::1" }]).seen(0).last?.address).toBe("2001:db8::1");
  });
});

describe("all accounts", () => {
  const accounts = (rows: readonly (readonly [number, Partial<LoggedSignIn>])[], all = false, networks?: readonly Network[]): readonly string[] => {
    const fold = folded(
      rows.map(([number, fields]) => ({ account: id(number), ...fields })),
      networks,
    );
    return [...placesOf(fold, all)].map((place) => fold.seen(place).id.slice(-1));
  };

  test("with nothing worth seeing there is no row, but of all", () => {
    expect(
      accounts([
        [1, {}],
        [2, { country: "FR" }],
      ]),
    ).toEqual(["2"]);
    expect(
      accounts(
        [
          [1, {}],
          [2, { country: "FR" }],
        ],
        true,
      ),
    ).toEqual(["2", "1"]);
  });

  test("the gravest first", () => {
    expect(
      accounts([
        [1, { country: undefined }],
        [2, { client: "POP3", code: WRONG }],
        [3, { country: "FR", code: WRONG }],
        [4, { country: "FR", code: 50074 }],
        [5, { client: "POP3" }],
        [6, { country: "FR" }],
        [7, { country: undefined, code: WRONG }],
      ]),
    ).toEqual(["6", "5", "4", "3", "2", "1", "7"]);
  });

  test("of those outside, the country that the fewest come from first: that is where no staff are", () => {
    const late = at("2018-11-11T23:00:00");
    expect(
      accounts(
        [
          [1, { at: late }],
          [2, { at: late }],
          [3, { at: late }],
          [4, { country: "IN" }],
          [5, { country: "US" }],
          [6, { country: "US" }],
          [4, { at: late }],
        ],
        false,
        [],
      ),
    ).toEqual(["4", "5", "6", "1", "2", "3"]);
  });

  test("whom the filter leaves out is nowhere, in no sum either", () => {
    const fold = folded(
      [{ country: "FR" }, { account: BOB, country: "FR" }, { account: undefined, country: "FR", code: WRONG }],
      [HOME],
      (account) => account === BOB,
    );
    expect([fold.has(ANN), fold.has(BOB), fold.rows, fold.nobodies, fold.days[0]]).toEqual([
      false,
      true,
      1,
      0,
      { rows: 1, succeeded: 1, failed: 0, signedInOutside: 1, triedOutside: 0 },
    ]);
    expect([...placesOf(fold, true)].map((place) => fold.seen(place).id)).toEqual([BOB]);
  });

  test("attempts on accounts that there are none of are counted, and are nobody's", () => {
    const fold = folded([
      { account: "00000000-0000-0000-0000-000000000000", country: "RU", code: 50034 },
      { account: undefined, country: "RU", code: 50034 },
    ]);
    expect([fold.nobodies, fold.size, fold.days[0]?.triedOutside]).toEqual([2, 0, 2]);
  });

  test("sums: what is failed is in no column of sign-ins", () => {
    const fold = folded([
      { country: "FR" },
      { country: "FR", account: BOB },
      { country: "RU", code: WRONG },
      { country: "RU", code: WRONG, client: "IMAP4" },
      { country: undefined },
      {},
      { address: "192.0.2.1", country: "RU" },
    ]);
    const gravest = new Gravest();
    for (const place of placesOf(fold, false)) gravest.add(fold.seen(place));
    const spans: readonly Span[] = [{ day: "2018-11-11", from: 0, to: 1 }];
    const tables = sumsOf(fold, gravest, plan({ networks: [HOME, SCHOOLS] }), spans, new Map());
    expect(tables.map(({ title, rows }) => [title, rows])).toEqual([
      ["Accounts, each once by the gravest", [["signed in outside", 2]]],
      [
        "Countries",
        [
          ["FR", "outside", 2, 2, 0, 0],
          ["GB", "inside", 1, 1, 0, 0],
          ["RU", "inside", 1, 1, 0, 0],
          ["unknown", "unknown", 1, 1, 0, 0],
          ["RU", "outside", 0, 0, 1, 2],
        ],
      ],
      ["Old programs", [["IMAP", 0, 0, 1, 1]]],
      ["Days", [["2018-11-11", "whole", 5, 2, 2, 2]]],
    ]);
  });

  test("a day that was not read has no numbers", () => {
    const fold = folded([]);
    const spans: readonly Span[] = [{ day: "2018-11-11", from: 0, to: 1 }];
    const days = (how: "part" | "nothing") => sumsOf(fold, new Gravest(), undefined, spans, new Map([[0, how]])).at(-1)?.rows;
    expect([days("nothing"), days("part")]).toEqual([[["2018-11-11", "not read", null, null, null, null]], [["2018-11-11", "in part", 0, 0, 0, 0]]]);
  });
});

describe("old programs", () => {
  test("all that the service calls so, and none of today", () => {
    expect(OLD_PROGRAMS.every((name) => oldProgram(name) !== undefined)).toBe(true);
    expect(["Browser", "Mobile Apps and Desktop clients", "Universal Outlook", ""].map(oldProgram)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe("days of the log", () => {
  const ISO = (instant: number): string => new Date(instant).toISOString();

  test("thirty times a day, to the millisecond, midnight by the clock of the zone", () => {
    const days = daysOfLog(at("2018-11-05T08:00:00"), "Europe/London");
    expect([days.length, days[0], days[1]?.day, days.at(-1)?.day]).toEqual([
      31,
      { day: "2018-11-05", from: at("2018-11-05"), to: at("2018-11-05T08:00:00") },
      "2018-11-04",
      "2018-10-06",
    ]);
    expect(ISO(days.at(-1)?.from ?? 0)).toBe("2018-10-06T08:00:00.000Z");
    // The clocks went back on 28 October: that day has 25 hours, and begins an hour early by UTC.
    const long = days.find(({ day }) => day === "2018-10-28");
    expect([ISO(long?.from ?? 0), ISO(long?.to ?? 0)]).toEqual(["2018-10-27T23:00:00.000Z", "2018-10-29T00:00:00.000Z"]);
    expect(days.every((span, place) => place === 0 || span.to === days[place - 1]?.from)).toBe(true);
  });

  test("at midnight there is no empty day", () => {
    const days = daysOfLog(at("2018-12-05"), "Europe/London");
    expect([days.length, days[0]?.day, days.every(({ from, to }) => from < to)]).toEqual([30, "2018-12-04", true]);
  });

  test("each moment has its day", () => {
    const days = daysOfLog(at("2018-11-05T08:00:00"), "Europe/London");
    expect(days.every(({ from, to }, place) => spanAt(days, from) === place && spanAt(days, to - 1) === place)).toBe(true);
    expect([spanAt(days, at("2018-11-05T08:00:00")), spanAt(days, at("2018-10-06T07:59:59"))]).toEqual([undefined, undefined]);
  });

  test("days in words", () => {
    const spans = ["2018-11-05", "2018-11-01", "2018-11-02", "2018-10-31"].map((day) => ({ day, from: 0, to: 0 }));
    expect(daysWords(spans)).toEqual(["2018-10-31 to 2018-11-02", "2018-11-05"]);
  });
});
