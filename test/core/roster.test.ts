import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PersonFlags, Roster, type Standing } from "../../src/core/roster.ts";

const RUNS = process.env["SOAK"] === undefined ? 50 : 1_000;
const COHORTS = Array.from({ length: 18 }, (_, number) => `cohort ${number}`);
const person = (number: number): string => `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;
const flags = (set: Partial<PersonFlags> = {}): PersonFlags => ({ enabled: true, guest: false, pupil: false, ...set });
const out = COHORTS.map((): Standing => "out");

describe("Roster", () => {
  test("tells standings apart over more cohorts than fit into one word", () => {
    const roster = new Roster(COHORTS);
    roster.add(person(1), "head@alder.county.example", flags(), out.with(0, "in").with(15, "excepted").with(16, "in").with(17, "excepted"));
    expect(COHORTS.map((cohort) => roster.standing(person(1), cohort))).toEqual(out.with(0, "in").with(15, "excepted").with(16, "in").with(17, "excepted"));
    expect(roster.standing(person(2), "cohort 0")).toBe("out");
    expect(() => roster.standing(person(1), "nobody")).toThrow("no cohort nobody");
  });

  test("an account that comes twice counts once, as it came last, and keeps what the registration report said", () => {
    const roster = new Roster(["heads"]);
    roster.add(person(1), "head@alder.county.example", flags(), ["in"]);
    roster.setCapable(person(1), true);
    roster.add(person(1), "office@alder.county.example", flags({ enabled: false, guest: true }), ["out"]);
    expect(roster.size).toBe(1);
    expect(roster.address(person(1))).toBe("office@alder.county.example");
    expect(roster.standing(person(1), "heads")).toBe("out");
    expect(roster.flags(person(1))).toEqual({ enabled: false, guest: true, pupil: false, capable: "yes" });
  });

  test("what the report does not say is unknown, and what it says last holds", () => {
    const roster = new Roster(["heads"]);
    roster.add(person(1), "a@county.example", flags(), ["in"]);
    expect(roster.flags(person(1))?.capable).toBe("unknown");
    roster.setCapable(person(1), true);
    roster.setCapable(person(1), false);
    expect(roster.flags(person(1))?.capable).toBe("no");
    roster.setCapable(person(1), true);
    expect([roster.flags(person(1))?.capable, roster.counts("heads").notReady]).toEqual(["yes", 0]);
    roster.setCapable(person(2), true);
    expect([roster.size, roster.has(person(2)), roster.flags(person(2))]).toEqual([1, false, undefined]);
  });

  test("counts readiness among enabled accounts that are in, and nobody else", () => {
    const roster = new Roster(["heads"]);
    const rows: readonly (readonly [PersonFlags, Standing, boolean | undefined])[] = [
      [flags(), "in", true],
      [flags(), "in", false],
      [flags(), "in", undefined],
      [flags({ enabled: false }), "in", false],
      [flags(), "excepted", false],
      [flags(), "out", false],
    ];
    rows.forEach(([set, standing, capable], number) => {
      roster.add(person(number), `${number}@county.example`, set, [standing]);
      if (capable !== undefined) roster.setCapable(person(number), capable);
    });
    expect(roster.counts("heads")).toEqual({ in: 4, excepted: 1, enabled: 3, notReady: 1, unclear: 1 });
    expect([...roster.members("heads")]).toEqual([person(0), person(1), person(2), person(3)]);
    expect([...roster.members("heads", "excepted")]).toEqual([person(4)]);
    expect([...roster.everybody()]).toHaveLength(6);
  });

  test("keeps everybody while it grows", () => {
    const roster = new Roster(COHORTS);
    for (let number = 0; number < 5_000; number += 1)
      roster.add(person(number), `${number}@county.example`, flags({ pupil: number % 3 === 0 }), out.with(number % 18, "in"));
    expect(roster.size).toBe(5_000);
    for (const [number, cohort] of COHORTS.entries()) {
      const want = Array.from({ length: 5_000 }, (_, one) => one).filter((one) => one % 18 === number);
      expect([...roster.members(cohort)]).toEqual(want.map(person));
      expect(want.every((one) => roster.address(person(one)) === `${one}@county.example` && roster.flags(person(one))?.pupil === (one % 3 === 0))).toBe(true);
    }
  });

  test("says what a plain table says", () => {
    const standing = fc.constantFrom<Standing>("out", "in", "excepted");
    const row = fc.record({
      number: fc.nat(20),
      enabled: fc.boolean(),
      guest: fc.boolean(),
      pupil: fc.boolean(),
      standings: fc.array(standing, { minLength: 18, maxLength: 18 }),
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), (rows) => {
        const roster = new Roster(COHORTS);
        const plain = new Map<number, (typeof rows)[number]>();
        for (const one of rows) {
          roster.add(person(one.number), `${one.number}@county.example`, one, one.standings);
          plain.set(one.number, one);
        }
        expect(roster.size).toBe(plain.size);
        for (const [number, one] of plain) {
          expect(COHORTS.map((cohort) => roster.standing(person(number), cohort))).toEqual(one.standings);
          expect(roster.flags(person(number))).toEqual({ enabled: one.enabled, guest: one.guest, pupil: one.pupil, capable: "unknown" });
        }
      }),
      { numRuns: RUNS },
    );
  });
});
