import fc from "fast-check";
import { expect, test } from "vitest";
import { instantIn } from "../../src/graph/wire.ts";

const machine = (text: string): number | undefined => {
  const instant = Date.parse(text);
  return Number.isNaN(instant) || instant < 0 ? undefined : instant;
};

test("a stamp that is read digit by digit is the moment that the machine reads", () => {
  const two = fc.integer({ min: 0, max: 99 }).map((number) => String(number).padStart(2, "0"));
  const written = fc.tuple(
    fc.constantFrom("0001", "1969", "1970", "2018", "2024", "2x24"),
    two,
    two,
    two,
    two,
    two,
    fc.constantFrom("Z", "z", ".5Z", "+01:00", ""),
  );
  const real = fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }).map((date) => `${date.toISOString().slice(0, 19)}Z`);
  const text = fc.oneof(
    real,
    written.map(([year, month, day, hour, minute, second, end]) => `${year}-${month}-${day}T${hour}:${minute}:${second}${end}`),
  );
  fc.assert(
    fc.property(text, (stamp) => {
      expect(instantIn(stamp)).toBe(machine(stamp));
    }),
    { numRuns: 2_000 },
  );
});

test.each([undefined, null, 5, "", "0001-01-01T00:00:00Z", "yesterday"])("%j is no moment", (value) => {
  expect(instantIn(value)).toBeUndefined();
});
