import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cover, type Demand, isMet, needless } from "../../src/core/permissions/cover.ts";
import "../seed.ts";

const way = (text: string): readonly string[] => text.split("+");
const demand = (...ways: readonly string[]): Demand => ways.map(way);

describe("the fewest rights", () => {
  test.each([
    { name: "nothing is asked", given: [], want: [] },
    { name: "a request that needs none", given: [demand()], want: [] },
    { name: "of several the first", given: [demand("A", "B")], want: ["A"] },
    { name: "two that go together", given: [demand("B+A")], want: ["A", "B"] },
    { name: "what another wants anyway is enough", given: [demand("A", "B"), demand("B")], want: ["B"] },
    { name: "whichever comes first", given: [demand("B"), demand("A", "B")], want: ["B"] },
    { name: "the half that is there already is not counted", given: [demand("C", "A+B"), demand("A"), demand("B")], want: ["A", "B"] },
    { name: "what has few ways is settled first", given: [demand("R", "D", "Q"), demand("E", "R"), demand("D")], want: ["D", "E"] },
    { name: "the way that adds less", given: [demand("A+B", "C")], want: ["C"] },
  ])("$name", ({ given, want }) => {
    expect(cover(given)).toEqual(want);
  });

  test("what is held is not asked for", () => {
    expect(cover([demand("A", "B"), demand("C")], new Set(["B"]))).toEqual(["C"]);
  });
});

describe("what is too much", () => {
  test.each([
    { name: "what nothing wants", held: ["A", "Z"], asked: ["A"], want: ["Z"] },
    { name: "of two that do the same the one that was asked for stays", held: ["A", "B"], asked: ["B"], want: ["A"] },
    { name: "a wider one is enough by itself", held: ["B"], asked: ["A"], want: [] },
    { name: "what nothing lets through is no reason to keep the rest", held: ["Y"], asked: ["A"], want: ["Y"] },
  ])("$name", ({ held, asked, want }) => {
    expect(needless([demand("A", "B")], held, asked)).toEqual(want);
  });
});

const NAMES = ["A", "B", "C", "D", "E"];
const ways = fc.uniqueArray(fc.subarray(NAMES, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 4, selector: (names) => names.join() });
const demands = fc.uniqueArray(ways, { maxLength: 8, selector: (each) => JSON.stringify(each) });

describe("whatever is asked", () => {
  test("everything is let through, and without any one of the names something is not", () => {
    fc.assert(
      fc.property(demands, fc.subarray(NAMES), (given, before) => {
        const held = new Set(before);
        const found = cover(given, held);
        const all = [...held, ...found];
        expect(given.every((each) => isMet(each, new Set(all)))).toBe(true);
        for (const name of found) {
          expect(held.has(name)).toBe(false);
          expect(given.every((each) => isMet(each, new Set(all.filter((other) => other !== name))))).toBe(false);
        }
      }),
    );
  });

  test("what is called too much can be taken away, and nothing besides", () => {
    fc.assert(
      fc.property(demands, fc.subarray(NAMES), fc.constantFrom(...NAMES), (given, held, asked) => {
        const spare = needless(given, held, [asked]);
        const kept = held.filter((name) => !spare.includes(name));
        const met = given.filter((each) => isMet(each, new Set(held)));
        expect(met.every((each) => isMet(each, new Set(kept)))).toBe(true);
        for (const name of kept) expect(met.every((each) => isMet(each, new Set(kept.filter((other) => other !== name))))).toBe(false);
      }),
    );
  });
});
