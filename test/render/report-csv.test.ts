import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell, Row, Shape } from "../../src/core/reports/shape.ts";
import { csvForm, needsGuard } from "../../src/render/report-csv.ts";
import { END, row, SHAPE } from "./report-fixture.ts";

const text = (rows: readonly Row[], shape = SHAPE, excel = false): string => {
  const form = csvForm(shape, { excel });
  return form.begin() + form.rows(rows) + form.end(END);
};

/** As a program reads it that knows RFC 4180 and nothing of us. */
const parsed = (csv: string): readonly (readonly string[])[] => parse(csv, { bom: true, relax_column_count: false, record_delimiter: "\r\n" });

const ofOne = (sort: Shape["columns"][number]["sort"]): Shape => ({ ...SHAPE, columns: [{ name: "one", heading: "One", sort, about: "" }] });
const cell = (value: Cell, sort: Shape["columns"][number]["sort"] = "text"): string => {
  // A second column, since a record of one empty field could be taken for an empty line.
  const shape = { ...SHAPE, columns: [...ofOne(sort).columns, { name: "two", heading: "Two", sort: "word" as const, about: "" }] };
  return parsed(text([[value, "x"]], shape))[1]?.[0] ?? "missing";
};

test("a heading, and a line for each row, ended as RFC 4180 has it", () => {
  expect(text([row("head@alder.county.example", "alder.county.example"), row('"Zoë", head', "b", { methods: [], lastSignIn: null, age: null })])).toBe(
    [
      "Address,Domain,Capable,Registered methods,Enabled,Last sign-in,Age of data",
      'head@alder.county.example,alder.county.example,yes,"app; text",yes,2018-07-05T08:00:00Z,1512',
      '"""Zoë"", head",b,yes,,yes,,',
      "",
    ].join("\r\n"),
  );
});

test("the byte order mark is for Excel alone", () => {
  expect(text([], SHAPE, true)).toBe(`\ufeff${text([])}`);
  expect(text([]).charCodeAt(0)).toBe("A".charCodeAt(0));
});

test("chunks make the same text as all rows at once", () => {
  const rows = Array.from({ length: 10 }, (_, at) => row(`user-${at}@alder.county.example`, "alder.county.example"));
  const form = csvForm(SHAPE, { excel: false });
  expect(form.begin() + rows.map((each) => form.rows([each])).join("")).toBe(text(rows));
});

describe("each sort of cell", () => {
  const cases: readonly [name: string, value: Cell, sort: Shape["columns"][number]["sort"], want: string][] = [
    ["a flag", true, "flag", "yes"],
    ["a flag that is not set", false, "flag", "no"],
    ["nothing to say", null, "text", ""],
    ["a number", -1.5, "number", "-1.5"],
    ["unknown, in place of a number", "unknown", "number", "unknown"],
    ["a moment", "2018-11-05T08:00:00Z", "moment", "2018-11-05T08:00:00Z"],
    ["a day", "2018-11-05", "moment", "2018-11-05"],
    ["a list", ["app", "text"], "list", "app; text"],
    ["a list of one", ["=1+1"], "list", "'=1+1"],
    ["an empty list", [], "list", ""],
    ["our own word, whatever it looks like", "-", "word", "-"],
  ];
  test.each(cases)("%s", (_name, value, sort, want) => {
    expect(cell(value, sort)).toBe(want);
  });
});

describe("texts that a spreadsheet would make something else of", () => {
  const guarded = [
    "=1+1",
    "=cmd|'/C calc'!A0",
    "+44 1234",
    "-1",
    "@SUM(A1)",
    "\ttab",
    "\r\nline",
    "\nline",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20a",
    "\u22125",
    " =1+1",
    "\u00a0=1+1",
    "\u3000=1",
    "\u200b=1",
    '"=1+1"',
    "'=1+1",
    "' \"=1+1",
    "0123",
    "00447",
    "123456789012345678901",
    "1e5",
    "1E-5",
    "3-4",
    "1/2",
    "1 1/2",
    "12:30",
    "5 pm",
    "2018-11-05",
    "1 Mar",
    "Mar 1",
    "March 2018",
    "Jan-18",
    "Sept 5",
    "Monday 5 March 2018 10:00",
    "50%",
    "\u00a35",
    "$5",
    "5 \u20ac",
    "(5)",
    ".5",
    "5",
    "\uff11\uff12",
    "1'000",
    "true",
    "FALSE",
    "#N/A",
    "#REF!",
    "'0123",
  ];
  test.each(guarded)("%j is kept by one apostrophe", (value) => {
    expect(cell(value)).toBe(`'${value}`);
    expect(cell([value], "list")).toBe(`'${value}`);
  });

  const plain = [
    "head@alder.county.example",
    "3rd@alder.county.example",
    "Zoë Müller",
    "6th form office",
    "10 Downing Street",
    "O'Brien",
    "'Alan'",
    "Anne-Marie",
    "April May",
    "May",
    "E. Marsh",
    "T. Decker",
    "Augustus 2nd",
    "truehead",
    "falsetto",
    "#1 pupil of the year",
    "\u05d0\u05d1\u05d2",
    "\ud83d\ude00 head",
    "a=b",
    "1111aaaa-0000-4000-8000-000000000001",
    "11111111-0000-4000-8000-000000000001",
    "203.0.113.7",
    "203.0.113.0/24",
    "2001:db8::1",
    "Year 7",
    "",
    " ",
  ];
  test.each(plain)("%j is as it is", (value) => {
    expect(cell(value)).toBe(value);
  });
});

const anyText = fc.oneof(
  fc.string({ unit: "binary" }).map((each) => Buffer.from(each).toString()),
  fc
    .array(
      fc.constantFrom(
        "=",
        "+",
        "-",
        "@",
        "\t",
        "\r",
        "\n",
        " ",
        "'",
        '"',
        ",",
        ";",
        "0",
        "1",
        "e",
        ".",
        "/",
        ":",
        "a",
        "Mar",
        "true",
        "#",
        "\uff1d",
        "\u200b",
        "\ud83d\ude00",
      ),
      {
        maxLength: 8,
      },
    )
    .map((each) => each.join("")),
);
const anyCell = fc.oneof(anyText, fc.constant(null), fc.boolean(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.array(anyText, { maxLength: 3 }));
const anyRow = fc.tuple(anyText, anyCell, anyCell);
const THREE: Shape = {
  ...SHAPE,
  columns: [
    { name: "a", heading: "A", sort: "text", about: "" },
    { name: "b", heading: "B", sort: "list", about: "" },
    { name: "c", heading: "C, the third", sort: "text", about: "" },
  ],
};

/** What stands in a cell, without regard to any format. */
const said = (value: Cell): string => {
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "object" ? value.join("; ") : String(value);
};

describe("laws", () => {
  test("whatever stands in the cells comes back, but for one apostrophe where the text needs it", () => {
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 5 }), fc.boolean(), (rows, excel) => {
        const [heading, ...lines] = parsed(text(rows, THREE, excel));
        expect(heading).toEqual(["A", "B", "C, the third"]);
        const back = lines.map((line) => line.map((each) => (each.startsWith("'") && needsGuard(each.slice(1)) ? each.slice(1) : each)));
        // Numbers of ours are written as they are, and never look like somebody's text.
        const want = rows.map((each) => each.map(said));
        expect(back).toEqual(want);
      }),
    );
  });

  test("no field of a text or a list begins a formula", () => {
    fc.assert(
      fc.property(anyText, fc.array(anyText, { maxLength: 3 }), (value, list) => {
        for (const field of [cell(value), cell(list, "list")])
          expect(field.replace(/^[\s\u200b'"]*/, (before) => (before.startsWith("'") ? "'" : ""))).not.toMatch(/^[=+\-@\uff1d]/);
      }),
    );
  });

  test("a row is a record: line breaks stand in quotes only", () => {
    fc.assert(
      fc.property(fc.array(anyRow, { minLength: 1, maxLength: 5 }), (rows) => {
        expect(parsed(text(rows, THREE))).toHaveLength(rows.length + 1);
        expect(
          text(rows, THREE)
            .replaceAll(/"(?:[^"]|"")*"/g, "")
            .split("\r\n"),
        ).toHaveLength(rows.length + 2);
      }),
    );
  });
});
