/** `$filter` and `$select` as Graph documents them (query-parameters, filter-query-parameter). */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { WireObject } from "../../src/sandbox/fill.ts";
import { type FilterRules, filteredProperties, parseFilter, predicateOf, project, queryOf, selectedOf } from "../../src/sandbox/odata.ts";
import { Refusal } from "../../src/sandbox/refusal.ts";

const ALL = ["eq", "ne", "gt", "ge", "lt", "le", "startsWith", "endsWith", "in", "any"] as const;
const RULES: FilterRules = Object.fromEntries(
  ["name", "on", "age", "born", "tags", "skus", "sku", "skus/$count", "seen/at", "", "skuid"].map((name) => [name, ALL]),
);

const HEAD: WireObject = {
  Name: "O'Hara (head)",
  on: true,
  age: 41,
  born: "1977-05-01T10:00:00Z",
  tags: ["red", "blue"],
  skus: [{ skuId: "AAAA" }],
  seen: { at: "2018-11-04T23:30:00Z" },
  nothing: null,
};

describe("filters", () => {
  const cases: readonly (readonly [filter: string, want: boolean])[] = [
    ["name eq 'o''hara (HEAD)'", true],
    ["NAME ne 'x'", true],
    ["on eq true", true],
    ["on eq false or age eq 41", true],
    ["on eq true and age eq 40", false],
    ["not (on eq true)", false],
    ["age gt 40 and age lt 42 and age ge 41 and age le 41", true],
    ["born ge 1977-05-01T11:00:00+01:00", true],
    ["born lt 1977-05-01T10:00:00Z", false],
    ["seen/at le 2018-11-05T00:00:00Z", true],
    ["startsWith(name,'O''H')", true],
    ["endswith(name, 'head)')", true],
    ["name in ('a', 'O''Hara (head)')", true],
    ["tags/any(t:t eq 'BLUE')", true],
    ["tags/any(t: t eq 'green')", false],
    ["skus/any(s:s/skuId eq AAAA)", true],
    ["skus/$count eq 1", true],
    ["on eq true or on eq false and age eq 0", true],
    ["(on eq true or on eq false) and age eq 0", false],
  ];
  test.each(cases)("%s: %s", (filter, want) => {
    expect(predicateOf(parseFilter(filter), RULES, true)(HEAD)).toBe(want);
  });

  test.each([
    "",
    "name",
    "name eq",
    "name eq 'x",
    "name like 'x'",
    "(name eq 'x'",
    "name eq 'x')",
    "eq eq eq eq",
    "contains(name,'x')",
    "tags/any(t eq 'x')",
    "tags/any(t:u eq 'x')",
    "name eq 'x' name eq 'y'",
    "name eq ;",
  ])("%j is none", (filter) => {
    expect(() => predicateOf(parseFilter(filter), RULES, true)).toThrow(Refusal);
  });

  test.each(["not(on eq true)", "name ne 'x'", "endsWith(name,'x')", "skus/$count eq 0"])("%s needs the advanced header", (filter) => {
    expect(() => predicateOf(parseFilter(filter), RULES, false)).toThrow(/ConsistencyLevel/);
  });

  test("which properties a filter speaks of", () => {
    expect(filteredProperties(parseFilter("not(a eq 1) and (b/c eq 2 or d/any(x:x eq 3))"))).toEqual(["a", "b/c", "d"]);
  });

  test("whatever the text, it is a filter or refused", () => {
    const piece = fc.constantFrom("name", "eq", "'x'", "(", ")", " ", "and", "not", ",", "/any(", "t:t", "startsWith(", "'", "in", "true", "ü");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          predicateOf(parseFilter(pieces.join(" ")), RULES, true)(HEAD);
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
        }
      }),
    );
  });
});

test("a selection keeps order and type", () => {
  const selected = selectedOf(queryOf(new URLSearchParams("$select=b, A")));
  expect(JSON.stringify(project({ "@odata.type": "#x", a: 1, B: 2, c: 3 }, selected))).toBe('{"@odata.type":"#x","a":1,"B":2}');
});
