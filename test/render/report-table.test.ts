import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ReportEnd } from "../../src/core/reports/document.ts";
import type { Row, Shape } from "../../src/core/reports/shape.ts";
import { tableForm } from "../../src/render/report-table.ts";
import { PLAIN, type Style } from "../../src/render/style.ts";
import { widthOf } from "../../src/render/width.ts";
import { matchesGolden } from "./golden.ts";
import { END, HEAD, row, SHAPE } from "./report-fixture.ts";

type Wish = { readonly columns?: number; readonly isTerminal?: boolean; readonly end?: ReportEnd; readonly shape?: Shape; readonly style?: Style };

const text = (chunks: readonly (readonly Row[])[], { columns = 80, isTerminal = true, end = END, shape = SHAPE, style = PLAIN }: Wish = {}): string => {
  const view = { columns, style, zone: "Europe/London", nameOf: () => undefined };
  const words = {
    isTerminal,
    filter: ["phase heads-web"],
    next: [["every column", "entra-rollout report unregistered plan.yaml --out unregistered.csv"]],
  } as const;
  const form = tableForm(shape, HEAD, view, words);
  return form.begin() + chunks.map((each) => form.rows(each)).join("") + form.end(end);
};

const ROWS = [
  row("head@alder.county.example", "alder.county.example"),
  row("a-very-long-address-of-somebody@birch.county.example", "birch.county.example", { lastSignIn: "never", age: null }),
  row("\u202e\u001b[2Jhead", "b", { methods: [], lastSignIn: "2018-12-05", age: "unknown" }),
  row("\u6728\u6751@cedar.county.example", "c", { methods: ["=1+1"], lastSignIn: "2018-12-05T23:30:15.25Z" }),
];

/** The lines of the rows alone. */
const rowLines = (whole: string): readonly string[] => {
  const lines = whole.split("\n");
  return lines.slice(lines.findIndex((line) => /Address/.test(line)) + 1, lines.findIndex((line) => / rows?$|^ {2}cut short|^ {2}no rows/.test(line)) - 1);
};

test.each([
  ["a terminal of 80", "report-80.txt", { columns: 80 }],
  ["a wide one", "report-200.txt", { columns: 200 }],
  ["a pipe", "report-pipe.txt", { isTerminal: false }],
] as const)("on %s", (_name, golden, wish) => {
  matchesGolden(`render/${golden}`, text([ROWS], wish));
});

test("in chunks it is the same text", () => {
  expect(text(ROWS.map((each) => [each]))).toBe(text([ROWS]));
});

describe("what stands in the cells", () => {
  const whole = text([ROWS], { columns: 200 });
  test("moments are by the clock of the place, summer time and all", () => {
    expect(whole).toContain("5 Jul 2018 09:00");
    expect(whole).toContain("5 Dec 2018 23:30");
    expect(whole).toContain("5 Dec 2018  ");
    expect(whole).toContain("never");
  });
  test("nothing can move the cursor or turn the line", () => {
    expect(whole).not.toMatch(/[\u001b\u202e]/);
    expect(whole).toContain("\\u{202e}\\u{1b}[2Jhead");
  });
  test("a table is no spreadsheet: names are as they are", () => {
    expect(whole).toContain(" =1+1 ");
  });
  test("columns that are not for a terminal are left out", () => {
    expect(rowLines(whole).join("\n")).not.toContain(" birch.county.example");
  });
});

describe("the width", () => {
  test("is kept, whatever stands in the cells, on each terminal", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme", maxLength: 60 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 40, max: 160 }),
        (names, columns) => {
          const lines = rowLines(text([names.map((name) => row(name, "d"))], { columns }));
          expect(lines).toHaveLength(names.length);
          for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });

  test("holds for rows that come after it was measured", () => {
    const many = Array.from({ length: 400 }, () => row("head@alder.county.example", "d"));
    const late = row(`${"x".repeat(100)}@alder.county.example`, "d");
    const lines = rowLines(text([many, [late]], { columns: 80 }));
    expect(lines).toHaveLength(401);
    expect(lines.at(-1)).toMatch(/^ {2}x+\.\.\. /);
    expect(new Set(lines.map((line) => widthOf(line))).size).toBe(1);
  });

  test("too narrow a terminal loses columns, and says which; the first stays", () => {
    const narrow = text([ROWS], { columns: 44 });
    expect(narrow).toMatch(/ {2}no room here for: Last sign-in, Age of\n {2}data\n/);
    expect(rowLines(narrow)[0]).toMatch(/^ {2}head@/);
    expect(text([ROWS], { columns: 160 })).not.toContain("no room here");
  });

  test("a column in which nothing stands takes no room on a terminal, once it is known that nothing will", () => {
    const bare = row("head@alder.county.example", "alder.county.example", { methods: [], age: null });
    const few = text([[bare]]);
    expect([few.includes("Registered"), few.includes("Age of"), few.includes("no room here"), few.includes("Enabled")]).toEqual([false, false, false, true]);
    expect(text([[bare]], { isTerminal: false })).toContain("Registered");
    // More rows are still to come when the widths are taken.
    expect(text([Array.from({ length: 301 }, () => bare)], { columns: 160 })).toContain("Registered");
  });

  test("a pipe cuts nothing short of a sentence", () => {
    expect(text([ROWS], { isTerminal: false })).toMatch(/a-very-long-address-of-somebody@birch\.county\.{4}/);
    expect(text([ROWS.slice(0, 1)], { isTerminal: false, columns: 40 })).toContain("head@alder.county.example");
  });
});

test("rows flow before the end, once there are enough to measure", () => {
  const form = tableForm(
    SHAPE,
    HEAD,
    { columns: 80, style: PLAIN, zone: "Europe/London", nameOf: () => undefined },
    { isTerminal: true, filter: [], next: [] },
  );
  const some = Array.from({ length: 150 }, () => row("a", "d"));
  expect(form.rows(some)).toBe("");
  expect(form.rows(some).split("\n")).toHaveLength(1 + 300 + 1);
  expect(form.rows(some).split("\n")).toHaveLength(150 + 1);
});

test("nobody is nobody", () => {
  const none = text([], { end: { complete: true, sums: [], gaps: [], notes: [] } });
  expect(none).toContain("\n\n  no rows\n");
  expect(none).not.toContain("Address");
});

test("a list that broke off says so where its rows end", () => {
  expect(text([ROWS], { end: { ...END, complete: false } })).toContain("  cut short after 4 rows: the list broke off\n");
});

test("colour is around text, never measured with it", () => {
  const marked: Style = { ...PLAIN, quiet: (each) => `<q>${each}</q>`, strong: (each) => `<b>${each}</b>` };
  expect(text([ROWS], { style: marked }).replaceAll(/<\/?[qb]>/g, "")).toBe(text([ROWS]));
});
