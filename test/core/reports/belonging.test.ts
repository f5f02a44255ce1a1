import fc from "fast-check";
import { expect, test } from "vitest";
import { IdIndex } from "../../../src/core/ids.ts";
import { Belonging } from "../../../src/core/reports/belonging.ts";
import { absent, type Known, type ObjectId, present, unknown } from "../../../src/core/tenant.ts";

const idOf = (number: number): ObjectId => `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;
const SET = (number: number): ObjectId => `aaaaaaaa-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;

test("says of every account what each set says, however many sets there are", () => {
  const sets = fc.array(fc.uniqueArray(fc.nat({ max: 120 }), { maxLength: 90 }), { maxLength: 70 });
  fc.assert(
    fc.property(sets, (members) => {
      const belonging = new Belonging(new Map(members.map((own, at) => [SET(at), present(IdIndex.of(own.map(idOf)))])));
      for (let account = 0; account <= 121; account += 1) {
        const held = belonging.of(idOf(account));
        members.forEach((own, at) => {
          expect(held.has(SET(at))).toBe(own.includes(account));
          expect(held.unread(SET(at))).toBeUndefined();
        });
      }
    }),
    { numRuns: 40 },
  );
});

test("what could not be read, or was never asked for, is told apart from nobody", () => {
  const sets = new Map<ObjectId, Known<IdIndex>>([
    [SET(1), absent],
    [SET(2), unknown("403 Forbidden")],
    [SET(3), present(IdIndex.of([idOf(1)]))],
  ]);
  const held = new Belonging(sets).of(idOf(1));
  expect([SET(1), SET(2), SET(3), SET(4)].map((set) => [held.has(set), held.unread(set)])).toEqual([
    [false, undefined],
    [false, "403 Forbidden"],
    [true, undefined],
    [false, "it was not read"],
  ]);
});
