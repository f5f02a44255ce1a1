/** The CSVs as whoever gets them opens them: by LibreOffice, which takes texts for numbers, dates and formulas as Excel does. */

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../scripts/copy.js";
import type { Cell, Shape } from "../src/core/reports/shape.ts";
import { csvForm, needsGuard } from "../src/render/report-csv.ts";
import { freshFolder } from "./cli/harness.ts";

const { CI, REQUIRE_SOFFICE } = process.env;
const IS_REQUIRED = [CI, REQUIRE_SOFFICE].some((value) => value === "1" || value === "true");
const version = spawnSync("soffice", ["--version"], { encoding: "utf8" });
const IS_THERE = version.status === 0;

type Opened = { readonly type: string; readonly text: string; readonly value: string | undefined; readonly isFormula: boolean };

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
const decoded = (xml: string): string =>
  xml.replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (_, hex: string | undefined, decimal: string | undefined, name: string | undefined) =>
    hex !== undefined
      ? String.fromCodePoint(Number.parseInt(hex, 16))
      : decimal !== undefined
        ? String.fromCodePoint(Number(decimal))
        : (ENTITIES[name ?? ""] ?? "?"),
  );
const attribute = (tag: string, name: string): string | undefined => {
  const found = new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1];
  return found === undefined ? undefined : decoded(found);
};
const paragraph = (xml: string): string =>
  decoded(
    xml
      .replaceAll(/<text:s(?: text:c="(\d+)")?\/>/g, (_, count: string | undefined) => " ".repeat(Number(count ?? 1)))
      .replaceAll("<text:tab/>", "\t")
      .replaceAll("<text:line-break/>", "\n")
      .replaceAll(/<[^>]+>/g, ""),
  );

/** A flat OpenDocument sheet, as far as it has anything in it. */
const cellsIn = (fods: string): readonly (readonly Opened[])[] =>
  [...fods.matchAll(/<table:table-row[^>]*?(?:\/>|>(.*?)<\/table:table-row>)/gs)]
    .map(([, row = ""]) =>
      [...row.matchAll(/<table:table-cell([^>]*?)(?:\/>|>(.*?)<\/table:table-cell>)/gs)].flatMap(([, tag = "", inner = ""]): readonly Opened[] => {
        const type = attribute(tag, "office:value-type") ?? "empty";
        const text = [...inner.matchAll(/<text:p(?:\/>|>(.*?)<\/text:p>)/gs)].map(([, line = ""]) => paragraph(line)).join("\n");
        const value = attribute(tag, "office:value") ?? attribute(tag, "office:date-value");
        const one = { type, text, value, isFormula: tag.includes("table:formula") };
        const times = Number(attribute(tag, "table:number-columns-repeated") ?? 1);
        return type === "empty" && times > 100 ? [] : Array.from({ length: times }, () => one);
      }),
    )
    .filter((row) => row.some(({ type }) => type !== "empty"));

const NAMES: readonly string[] = [
  "Zoë Müller",
  "\ud83d\ude00 \ud83d\udc69\u200d\ud83d\udc67 head",
  "\u05e8\u05d0\u05e9 \u05d1\u05d9\u05ea \u05e1\u05e4\u05e8",
  '"The" head, "acting"',
  "first line\nsecond line",
  "first line\r\nsecond line",
  "semi;colon\tand tab",
  "=cmd|'/C calc'!A0",
  "=1+1",
  "+44 20 7946 0000",
  "-1+1",
  "@SUM(A1:A9)",
  "\t=1+1",
  " =1+1",
  "\uff1d1+1",
  '"=1+1"',
  "'=1+1",
  "0123",
  "0123456789012345678901",
  "1e5",
  "3-4",
  "1/2",
  "1 1/2",
  "12:30",
  "2018-11-05",
  "1 Mar",
  "Mar 1",
  "March 2018",
  "Jan-18",
  "5 pm",
  "50%",
  "$5",
  "(5)",
  ".5",
  "\u22125",
  "1,234",
  "TRUE",
  "false",
  "#N/A",
  "'0123",
  "203.0.113.7",
  "203.0.113.0/24",
  "2001:db8::1",
  "11111111-0000-4000-8000-000000000001",
  "head@alder.county.example",
];

const MADE: Shape = {
  name: "unregistered",
  about: "",
  columns: [
    { name: "name", heading: "Name", sort: "text", about: "" },
    { name: "list", heading: "List", sort: "list", about: "" },
    { name: "known", heading: "Known", sort: "flag", about: "" },
    { name: "at", heading: "At", sort: "moment", about: "" },
    { name: "count", heading: "Count", sort: "number", about: "" },
    { name: "last", heading: "Last", sort: "word", about: "" },
  ],
};
const MADE_ROWS: readonly (readonly Cell[])[] = NAMES.map((name) => [name, [name, "app"], true, "2018-11-05T08:00:00Z", 1512, "end"]);
const madeCsv = (excel: boolean): string => {
  const form = csvForm(MADE, { excel });
  return form.begin() + form.rows(MADE_ROWS);
};

/** Those of the thirty known cases, among others; line ends outside of quotes are as git keeps them and not as they were printed. */
const GOLDENS = `${ROOT}test/golden/reports/`;
const printed = (golden: string): string => golden.replaceAll(/"(?:[^"]|"")*"|\r?\n/g, (found) => (found.startsWith('"') ? found : "\r\n"));
const goldens = new Map(
  readdirSync(GOLDENS)
    .filter((name) => name.endsWith(".csv"))
    .map((name) => [name, printed(readFileSync(GOLDENS + name, "utf8"))]),
);
/** What would come of the texts without their guard. */
const BARE = NAMES.filter(needsGuard)
  .map((each) => `"${each.replaceAll('"', '""')}",x\r\n`)
  .join("");
const FILES = new Map([["made.csv", madeCsv(false)], ["made-excel.csv", madeCsv(true)], ...goldens]);

const lines = (text: string): string => text.replaceAll(/\r\n?/g, "\n");

/** What is wrong with a cell as it was opened; undefined: it is as it was written. */
const faultOf = (wanted: string, { type, text, value, isFormula }: Opened): string | undefined => {
  const fault = (what: string): string => `${JSON.stringify(wanted)} ${what}: ${JSON.stringify({ type, text, value })}`;
  if (isFormula) return fault("was run as a formula");
  if (type === "empty") return wanted === "" ? undefined : fault("is not there");
  if (type === "string") return text === lines(wanted) ? undefined : fault("is another text");
  // A number of ours stays that number; a day of ours is a day.
  return value === wanted ? undefined : fault("became something else");
};

test("LibreOffice is installed where all must be tested: apt-get install libreoffice-calc-nogui", () => {
  expect(IS_THERE || !IS_REQUIRED).toBe(true);
});

describe.runIf(IS_THERE)("opened by LibreOffice; skipped where it is not installed", () => {
  const folder = freshFolder();
  const open = (names: readonly string[], filter: readonly string[]): void => {
    const profile = pathToFileURL(join(folder, "profile")).href;
    const args = [
      "--headless",
      "--norestore",
      `-env:UserInstallation=${profile}`,
      "--convert-to",
      "fods",
      ...filter,
      "--outdir",
      join(folder, "opened"),
      ...names,
    ];
    // Where nobody says which letters the machine writes, it takes none but ASCII, whatever the file's own mark says.
    const env = { ...process.env, LC_ALL: "C.UTF-8" };
    const { status, stdout, stderr } = spawnSync("soffice", args, { cwd: folder, encoding: "utf8", timeout: 120_000, env });
    expect({ status, said: stdout.split("->").length - 1 }, stderr).toEqual({ status: 0, said: names.length });
  };
  const sheet = (name: string) => cellsIn(readFileSync(join(folder, "opened", name.replace(/\.csv$/, ".fods")), "utf8"));

  beforeAll(() => {
    mkdirSync(join(folder, "opened"));
    for (const [name, text] of [...FILES, ["bare.csv", BARE] as const]) writeFileSync(join(folder, name), text);
    // As its dialog suggests: comma, quotes, UTF-8. A byte order mark says the last by itself.
    const others = [...FILES.keys()].filter((name) => name !== "made-excel.csv");
    open([...others, "bare.csv"], ["--infilter=CSV:44,34,76,1"]);
    open(["made-excel.csv"], ["--infilter=CSV:44,34"]);
  }, 180_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("there are reports to open, the thirty known cases among them", () => {
    expect([...FILES.keys()].filter((name) => name.includes("thirty")).length).toBeGreaterThan(3);
  });

  test.each([...FILES.keys()])("%s: every cell is as it was written", (name) => {
    const wanted: readonly (readonly string[])[] = parse(FILES.get(name) ?? "", { bom: true });
    const opened = sheet(name);
    expect(opened.length).toBe(wanted.length);
    const faults = wanted.flatMap((row, at) =>
      row.flatMap((cell, column) => faultOf(cell, opened[at]?.[column] ?? { type: "empty", text: "", value: undefined, isFormula: false }) ?? []),
    );
    expect(faults).toEqual([]);
  });

  test.each(["made.csv", "made-excel.csv"])("%s: names are as they were, but for the apostrophe where one is needed", (name) => {
    expect(
      sheet(name)
        .slice(1)
        .map(([cell]) => cell),
    ).toEqual(NAMES.map((each) => ({ type: "string", text: lines(needsGuard(each) ? `'${each}` : each), value: undefined, isFormula: false })));
  });

  test("without the guard it would have been otherwise", () => {
    const cells = sheet("bare.csv").map(([cell]) => cell);
    expect(cells.filter((cell) => cell?.isFormula === true).length).toBeGreaterThan(0);
    expect(cells.filter((cell) => cell?.type !== "string").length).toBeGreaterThan(15);
  });
});
