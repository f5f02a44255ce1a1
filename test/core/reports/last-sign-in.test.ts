import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Stamps } from "../../../src/core/reports/account.ts";
import {
  historyOf,
  type LastSignIn,
  lastSignIn,
  type SignInEvidence,
  type StampsOfTenant,
  UNKNOWN_REASONS,
  YOUNGEST_MS,
} from "../../../src/core/reports/last-sign-in.ts";
import { absent, type Instant, present, unknown } from "../../../src/core/tenant.ts";

const NOW = Date.parse("2026-03-02T08:00:00Z");
const at = (text: string): Instant => Date.parse(`${text}T12:00:00Z`);
const HOUR = 3_600_000;

const TENANT: StampsOfTenant = { now: NOW, history: historyOf(NOW, false), told: present(true), anybody: { stamped: true, succeeded: true } };
const NOTHING: SignInEvidence = { stamps: "never", created: at("2022-09-01"), used: absent };

const word = (answer: LastSignIn): string =>
  answer.state === "unknown" ? answer.reason : answer.state === "last signed in" ? new Date(answer.at).toISOString().slice(0, 10) : "never";

type Given = { readonly [K in keyof SignInEvidence]?: SignInEvidence[K] | undefined };
type Line = readonly [name: string, want: string, evidence: Given, tenant?: Partial<StampsOfTenant>];

const LINES: readonly Line[] = [
  // Signed in.
  ["a success is stamped", "2026-02-27", { stamps: { succeeded: at("2026-02-27") } }],
  ["a success long ago, and attempts since", "2024-02-09", { stamps: { succeeded: at("2024-02-09"), attempted: at("2026-02-27"), other: at("2026-02-28") } }],
  ["a success of an account made yesterday", "2026-03-02", { stamps: { succeeded: at("2026-03-02") }, created: NOW - HOUR }],
  [
    "a success, in a tenant of which nothing else can be said",
    "2026-02-27",
    { stamps: { succeeded: at("2026-02-27") }, used: unknown("403") },
    { told: unknown("403") },
  ],
  // Never.
  ["no stamp at all, younger than the stamps", "never", {}],
  ["no stamp at all, made on the first day of which all is stamped", "never", { created: Date.UTC(2020, 5, 1) }],
  ["a failed attempt is no sign-in", "never", { stamps: { attempted: at("2026-02-27") }, created: at("2024-09-02") }],
  ["nor is a program's", "never", { stamps: { other: at("2026-02-27") }, created: at("2024-09-02") }],
  ["attempts alone, made on the first day of stamped successes", "never", { stamps: { attempted: at("2026-02-27") }, created: Date.UTC(2023, 11, 1) }],
  ["made 48 hours ago", "never", { created: NOW - YOUNGEST_MS }],
  // Unknown, line by line of the rule.
  ["not licensed, or not read", "not-told", {}, { told: unknown("403") }],
  ["nobody asked", "not-told", {}, { told: absent }],
  ["the whole tenant is blank", "nobody-stamped", {}, { anybody: { stamped: false, succeeded: false } }],
  ["the answer for this account is empty", "empty", { stamps: "unknown" }],
  ["nobody tells when it was made", "no-creation", { created: undefined }],
  ["attempts, and nobody tells when it was made", "no-creation", { stamps: { attempted: at("2026-02-27") }, created: undefined }],
  ["made less than 48 hours ago", "too-young", { created: NOW - YOUNGEST_MS + 1 }],
  ["made in the future of a wrong clock", "too-young", { created: NOW + HOUR }],
  ["no stamp at all, and older than the stamps", "before-log", { created: at("2015-09-01") }],
  ["made in April 2020, when only people were stamped", "before-log", { created: at("2020-04-20") }],
  ["made the moment before all is stamped", "before-log", { created: Date.UTC(2020, 5, 1) - 1 }],
  ["attempts alone, and made before successes were stamped", "attempts-only", { stamps: { attempted: at("2022-06-14") }, created: at("2018-09-03") }],
  [
    "attempts last week, and made before successes were stamped",
    "attempts-only",
    { stamps: { attempted: at("2026-02-27") }, created: Date.UTC(2023, 11, 1) - 1 },
  ],
  [
    "attempts, and no success of anybody is told",
    "no-success-told",
    { stamps: { attempted: at("2026-02-27") }, created: at("2024-09-02") },
    { anybody: { stamped: true, succeeded: false } },
  ],
  ["an app was used", "app-used", { used: present(at("2026-02-27")) }],
  ["attempts alone, and an app was used", "app-used", { stamps: { attempted: at("2026-02-27") }, created: at("2024-09-02"), used: present(at("2026-01-01")) }],
  ["whether an app was used could not be read", "use-unread", { used: unknown("names are concealed") }],
];

const of = (evidence: Given): SignInEvidence => {
  const { created, ...rest } = { ...NOTHING, ...evidence };
  return { stamps: rest.stamps ?? "never", used: rest.used ?? absent, ...(created !== undefined && { created }) };
};

describe("the rule, line by line", () => {
  test.each(LINES.map(([name, want, given, all]) => ({ name, want, given, all })))("$name: $want", ({ want, given, all }) => {
    expect(word(lastSignIn(of(given), { ...TENANT, ...all }))).toBe(want);
  });

  test("every reason for unknown has a line", () => {
    const met = new Set(LINES.map(([, want]) => want));
    expect(UNKNOWN_REASONS.filter((reason) => !met.has(reason))).toEqual([]);
  });

  test("what is unknown says why, in the words of whoever refused where somebody did", () => {
    expect(lastSignIn(of({}), { ...TENANT, told: unknown("needs AuditLog.Read.All") })).toMatchObject({ because: "needs AuditLog.Read.All" });
    expect(lastSignIn(of({ used: unknown("names are concealed") }), TENANT)).toMatchObject({ because: expect.stringContaining("names are concealed") });
    expect(lastSignIn(of({ used: present(at("2026-02-27")) }), TENANT)).toMatchObject({ because: expect.stringContaining("2026-02-27") });
  });

  test("the last attempt is told of one that never signed in, the later of the two", () => {
    const stamps = { attempted: at("2026-01-05"), other: at("2026-01-07") };
    expect(lastSignIn(of({ stamps, created: at("2024-09-02") }), TENANT)).toEqual({ state: "never signed in", attempted: at("2026-01-07") });
  });
});

describe("since when there are stamps", () => {
  const before = at("2018-11-05");
  test("a practice tenant in 2018 stamps what it stamps all along", () => {
    const tenant = { ...TENANT, now: before, history: historyOf(before, true) };
    expect(word(lastSignIn(of({ created: at("2016-05-19") }), tenant))).toBe("never");
    expect(word(lastSignIn(of({ created: at("2016-05-19"), stamps: { attempted: at("2018-10-06") } }), tenant))).toBe("never");
  });
  test("one in 2022 has attempts since 2020 and successes all along", () => {
    const history = historyOf(at("2022-02-07"), true);
    expect(history.attempts).toBe(Date.UTC(2020, 5, 1));
    expect(history.successes).toBe(Number.NEGATIVE_INFINITY);
  });
  test("a real tenant on a machine with a wrong clock goes by the service's days", () => {
    expect(historyOf(before, false)).toEqual(historyOf(NOW, false));
    expect(historyOf(NOW, true)).toEqual(historyOf(NOW, false));
  });
});

const moment = fc.integer({ min: Date.UTC(2014, 0, 1), max: NOW }).map((each) => Math.floor(each / HOUR) * HOUR);
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const stampsOf = ({ attempted, other, succeeded }: { [K in keyof Stamps]: Instant | undefined }): SignInEvidence["stamps"] =>
  attempted === undefined && other === undefined && succeeded === undefined
    ? "never"
    : { ...(attempted !== undefined && { attempted }), ...(other !== undefined && { other }), ...(succeeded !== undefined && { succeeded }) };
const stamps: fc.Arbitrary<SignInEvidence["stamps"]> = fc.oneof(
  fc.constantFrom("never" as const, "unknown" as const),
  fc.record({ attempted: maybe(moment), other: maybe(moment), succeeded: maybe(moment) }).map(stampsOf),
);
const evidence: fc.Arbitrary<SignInEvidence> = fc
  .record({ stamps, created: maybe(moment), used: fc.oneof(fc.constant(absent), moment.map(present), fc.constant(unknown("500"))) })
  .map(of);
const tenant: fc.Arbitrary<StampsOfTenant> = fc
  .record({
    now: fc.constantFrom(NOW, at("2018-11-05"), at("2022-02-07")),
    practice: fc.boolean(),
    told: fc.boolean(),
    anybody: fc.constantFrom("none", "attempts", "all"),
  })
  .map(({ now, practice, told, anybody }) => ({
    now,
    history: historyOf(now, practice),
    told: told ? present(true) : unknown("403"),
    anybody: { stamped: anybody !== "none", succeeded: anybody === "all" },
  }));

const isNever = (one: SignInEvidence, all: StampsOfTenant): boolean => lastSignIn(one, all).state === "never signed in";

/** The same account, with one more sign that somebody was there; whatever it shows of this tenant is shown then. */
const more = (
  one: SignInEvidence,
  all: StampsOfTenant,
  what: "attempted" | "other" | "succeeded" | "used",
  when: Instant,
): readonly [SignInEvidence, StampsOfTenant] => {
  if (what === "used") return [{ ...one, used: present(when) }, all];
  const known = typeof one.stamps === "string" ? {} : one.stamps;
  const anybody = { stamped: true, succeeded: all.anybody.succeeded || what === "succeeded" };
  return [
    { ...one, stamps: { ...known, [what]: when } },
    { ...all, anybody },
  ];
};

describe("laws", () => {
  test("evidence of use never turns an account into one that never signed in", () => {
    fc.assert(
      fc.property(evidence, tenant, fc.constantFrom("attempted", "other", "succeeded", "used"), moment, (one, all, what, when) => {
        // An answer that was empty is filled by an attempt, which is an answer and no evidence of use: the others go for it as well.
        fc.pre(!(one.stamps === "unknown" && what !== "succeeded" && what !== "used"));
        if (isNever(one, all)) return;
        expect(isNever(...more(one, all, what, when))).toBe(false);
      }),
      { numRuns: 3_000 },
    );
  });

  test("nor does a read that failed", () => {
    fc.assert(
      fc.property(evidence, tenant, fc.constantFrom("stamps", "used", "told", "created", "others"), (one, all, what) => {
        const { created: _, ...uncreated } = one;
        const failed: readonly [SignInEvidence, StampsOfTenant] =
          what === "stamps"
            ? [{ ...one, stamps: "unknown" }, all]
            : what === "used"
              ? [{ ...one, used: unknown("500") }, all]
              : what === "created"
                ? [uncreated, all]
                : [one, what === "told" ? { ...all, told: unknown("403") } : { ...all, anybody: { stamped: false, succeeded: false } }];
        if (isNever(one, all)) return;
        expect(isNever(...failed)).toBe(false);
      }),
      { numRuns: 3_000 },
    );
  });

  test("who signed in, or used anything, never did not", () => {
    fc.assert(
      fc.property(evidence, tenant, (one, all) => {
        const used = one.used.type !== "absent";
        const succeeded = typeof one.stamps !== "string" && one.stamps.succeeded !== undefined;
        if (used || succeeded) expect(isNever(one, all)).toBe(false);
      }),
      { numRuns: 3_000 },
    );
  });
});
