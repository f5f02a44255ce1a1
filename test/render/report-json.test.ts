import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ReportEnd } from "../../src/core/reports/document.ts";
import type { Row } from "../../src/core/reports/shape.ts";
import { jsonForm } from "../../src/render/report-json.ts";
import { matchesGolden } from "./golden.ts";
import { END, HEAD, row, SHAPE } from "./report-fixture.ts";

const text = (chunks: readonly (readonly Row[])[], end: ReportEnd = END): string => {
  const form = jsonForm(SHAPE, HEAD);
  return form.begin() + chunks.map((each) => form.rows(each)).join("") + form.end(end);
};

const ROWS = [row("head@alder.county.example", "alder.county.example"), row("\u202e\u001b[2J", "b", { methods: null, lastSignIn: "never", age: "unknown" })];

test("one document, a row a line", () => {
  matchesGolden("render/report.json", text([ROWS]));
});

test("nothing in it can move a cursor", () => {
  expect(text([ROWS])).not.toMatch(/[\u001b\u202e]/);
  expect(JSON.parse(text([ROWS])).rows[1].address).toBe("\u202e\u001b[2J");
});

describe("however it comes", () => {
  test("in chunks it is the same text", () => {
    expect(text([[], ...ROWS.map((each) => [each]), []])).toBe(text([ROWS]));
  });

  test("without rows it is a document as well", () => {
    expect(JSON.parse(text([]))).toEqual({ ...HEAD, rows: [], ...END });
  });

  test("a list that broke off says so", () => {
    expect(JSON.parse(text([ROWS], { ...END, complete: false })).complete).toBe(false);
  });
});

test("whatever stands in the cells comes back under the columns' names", () => {
  const anyCell = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.array(fc.string({ unit: "binary" }), { maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(anyCell, { minLength: 7, maxLength: 7 }), { maxLength: 4 }), (rows) => {
      const { rows: back } = JSON.parse(text([rows]));
      expect(back).toEqual(rows.map((cells) => Object.fromEntries(SHAPE.columns.map(({ name }, at) => [name, cells[at]]))));
    }),
  );
});
