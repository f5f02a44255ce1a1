/** What is published of the reports: their columns, docs/reports.md, and the schemas of their documents. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ROOT } from "../../scripts/copy.js";
import { report } from "../../src/commands/report.ts";
import { reportAboutSchema, reportSchema } from "../../src/core/reports/schema.ts";
import { type Column, REPORTS, type Shape } from "../../src/core/reports/shape.ts";
import { REPORT_MAKERS } from "../../src/reports/index.ts";

const MAY_WRITE = process.env["UPDATE_GOLDEN"] === "1";
const SHAPES = REPORTS.map((name): Shape => REPORT_MAKERS[name].shape);

const holds = (path: string, text: string): void => {
  if (MAY_WRITE) writeFileSync(ROOT + path, text);
  expect(text).toBe(readFileSync(ROOT + path, "utf8"));
};

describe("columns", () => {
  test.each(SHAPES.map((shape) => [shape.name, shape] as const))(
    "of %s have names as JSON wants them, no two alike, and what is needed of each",
    (name, shape) => {
      expect(shape.name).toBe(name);
      const all = shape.columns;
      expect(new Set(all.map((column) => column.name)).size).toBe(all.length);
      expect(new Set(all.map(({ heading }) => heading)).size).toBe(all.length);
      for (const column of all) {
        expect(column.name).toMatch(/^[a-z][a-zA-Z0-9]*$/);
        expect(column.heading).toMatch(/^[^\s=+@'",;-][^\r\n";]*$/);
        expect(column.about, column.name).toMatch(/[^.\s]$/);
      }
      expect(all.filter(({ shown }) => shown !== undefined).length).toBeGreaterThan(1);
      if (shape.splitBy !== undefined) expect(all.map((column) => column.name)).toContain(shape.splitBy);
    },
  );

  // Whoever reads a CSV by the place of its columns, or by their headings, goes on being able to.
  test("that were published stay where they are; new ones come at the end", () => {
    const path = `${ROOT}test/golden/report-columns.json`;
    const listed = z.record(z.string(), z.array(z.string()));
    const now = Object.fromEntries(SHAPES.map(({ name, columns }) => [name, columns.map((column) => `${column.name}: ${column.heading}`)]));
    const before = existsSync(path) ? listed.parse(JSON.parse(readFileSync(path, "utf8"))) : {};
    for (const [name, columns] of Object.entries(before)) expect(now[name]?.slice(0, columns.length), name).toEqual(columns);
    if (MAY_WRITE) writeFileSync(path, `${JSON.stringify(now, undefined, 2)}\n`);
    expect(listed.parse(JSON.parse(readFileSync(path, "utf8")))).toEqual(now);
  });
});

const SORTS = {
  text: "text",
  word: "word",
  number: "number",
  flag: "yes or no",
  moment: "moment",
  list: "list",
} as const satisfies Record<Column["sort"], string>;

const inTable = (text: string): string => text.replaceAll("|", "\\|");

const INTRO = `# Reports

<!-- Written by test/cli/report-papers.test.ts from the code, and held against it. UPDATE_GOLDEN=1 writes it anew. -->

\`entra-rollout report NAME [PLAN]\` prints a table; \`--csv\`, \`--excel\` and \`--json\` have every column, always in the order below: new columns come at the end, and none is ever
taken away. \`--out FILE\` writes CSV (or, with \`--json\`, JSON) and stands there only once all of it is there; \`--split domain --out FOLDER\` writes one CSV a domain, with an
index.

What is not known is never left out: the cell says \`unknown\`, and what is missing, why, and what to do about it stands at the end of the table and of the JSON, on standard error for
CSV, and in the file beside it. The exit code is then 4, or 77 where a permission or a licence is missing. An empty cell means that there is nothing to say.

- **CSV** is RFC 4180 in UTF-8 with CRLF, the headings in the first line; \`--excel\` puts a byte order mark before it. A text that a spreadsheet would run as a formula, or make a number
  or a date of, has one apostrophe before it ([why](decisions/csv.md)). Yes and no are \`yes\` and \`no\`, lists are joined by \`; \`.
- **Beside \`FILE\`** stands \`FILE.about.json\` (in a folder, \`about.json\`): tenant, plan, as of when and in which time zone, which rows were asked for, how many there are, sums, what is
  missing, and what each column says.
- **JSON** is one document, a row a line under the columns' names ([schema](../schema/report.schema.json)).
- **Moments** are ISO 8601 in UTC, \`2018-11-05T08:00:00Z\`; on a terminal they are by the clock of the plan's time zone.
`;

const paperOf = ({ name, about, columns, splitBy }: Shape): string =>
  [
    `## ${name}`,
    "",
    `${about.slice(0, 1).toUpperCase()}${about.slice(1)}.${splitBy === undefined ? " It is not by domain, and cannot be split." : ""}`,
    "",
    "| column | in JSON | is a | what stands there |",
    "| --- | --- | --- | --- |",
    ...columns.map((column) => `| ${inTable(column.heading)} | \`${column.name}\` | ${SORTS[column.sort]} | ${inTable(column.about)} |`),
    "",
  ].join("\n");

test("docs/reports.md tells each report and each column as the code has them", () => {
  holds("docs/reports.md", [INTRO, ...SHAPES.map(paperOf)].join("\n"));
});

test("help has a line for each report", () => {
  expect(report.words?.map(([word]) => word)).toEqual([...REPORTS]);
});

describe("the published schemas", () => {
  const [first, ...more] = SHAPES;
  if (first === undefined) throw new Error("there is no report");
  test.each([
    ["report", reportSchema([first, ...more])],
    ["report-about", reportAboutSchema],
  ] as const)("%s is the code's own", (name, schema) => {
    holds(`schema/${name}.schema.json`, `${JSON.stringify(z.toJSONSchema(schema, { target: "draft-2020-12" }), undefined, 2)}\n`);
  });
});
