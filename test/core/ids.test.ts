import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IdIndex } from "../../src/core/ids.ts";

const A = "aaaaaaaa-0000-4000-8000-000000000001";
const B = "bbbbbbbb-0000-4000-8000-000000000002";
const RUNS = process.env["SOAK"] === undefined ? 100 : 2_000;

describe("IdIndex", () => {
  test("gives places in the order of adding, each id once, whatever its case", () => {
    const index = IdIndex.of([B, A, B.toUpperCase()]);
    expect([index.size, index.find(B), index.find(A), index.add(A.toUpperCase()), index.size]).toEqual([2, 0, 1, 1, 2]);
    expect([...index]).toEqual([B, A]);
    expect([index.at(0), index.at(1)]).toEqual([B, A]);
  });

  test("knows what it does not hold", () => {
    const index = IdIndex.of([A]);
    expect([index.has(A), index.has(B), index.find(B)]).toEqual([true, false, undefined]);
    expect(() => index.at(1)).toThrow("no id at 1");
    expect(() => index.at(-1)).toThrow("no id at -1");
  });

  test.each(["", "head@alder.county.example", `${A}0`, A.replace("a", "x"), A.replaceAll("-", "")])("refuses %j, which is no object id", (id) => {
    expect(() => new IdIndex().add(id)).toThrow("not an object id");
  });

  // Some of them fall into one slot, where only a comparison tells them apart.
  test.each([0, 1, 2, 3])("tells ids apart by their quarter %i alone", (quarter) => {
    const spelled = (last: string) =>
      ["00000000", "00000000", "00000000", "00000000"]
        .with(quarter, last)
        .join("")
        .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    const ids = ["00000001", "80000001", "00010001", "ffffffff"].map(spelled);
    expect([...IdIndex.of(ids)]).toEqual(ids);
  });

  test("keeps thousands in their order while it grows", () => {
    const ids = Array.from(
      { length: 5_000 },
      (_, number) => `${(number * 7919).toString(16).padStart(8, "0")}-0000-4000-8000-${number.toString(16).padStart(12, "0")}`,
    );
    const index = IdIndex.of([...ids, ...ids]);
    expect([...index]).toEqual(ids);
    expect(ids.every((id, place) => index.find(id) === place)).toBe(true);
  });

  test("holds what a set holds, in the same order", () => {
    // Few distinct words, so that ids collide in the table.
    const hex = fc.constantFrom("00000000", "00000001", "80000000", "ffffffff", "0badcafe");
    const id = fc.tuple(hex, hex, hex, hex).map(([a, b, c, d]) => `${a}-${b.slice(0, 4)}-${b.slice(4)}-${c.slice(0, 4)}-${c.slice(4)}${d}`);
    const ids = fc.array(fc.oneof(id, fc.uuid()), { maxLength: 400 });
    fc.assert(
      fc.property(ids, ids, (added, asked) => {
        const index = IdIndex.of(added);
        const set = new Set(added);
        expect([...index]).toEqual([...set]);
        for (const one of asked) expect(index.has(one)).toBe(set.has(one));
      }),
      { numRuns: RUNS },
    );
  });
});
