/** A review list goes out, through spreadsheets and many hands, and comes back. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkOf, type Frozen, type ListMark, markText } from "../../../src/core/review/frozen.ts";
import { ofTenant } from "../../../src/core/review/of-tenant.ts";
import { HEADINGS, REVIEW_COLUMNS, type Review, type ReviewColumn, type ReviewFile, readReview, readReviews } from "../../../src/core/review/read.ts";

const MARK: ListMark = { plan: "county-2018", tenant: "e1d8c35a-4ace-490e-ae19-24f86d33083b", asOf: Date.UTC(2018, 11, 10, 8) };
const WHOSE = { plan: MARK.plan, tenant: MARK.tenant };
const idOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

type Cells = Readonly<Record<ReviewColumn, string>>;

const frozenOf = (number: number, fields: Partial<Frozen> = {}): Frozen => ({
  account: `unused-${number}@alder.county.example`,
  name: `Unused ${number}`,
  why: "never signed in, made 280 days ago",
  created: "2018-03-01",
  id: idOf(number),
  ...fields,
});

const cellsOf = (frozen: Frozen, decided: Partial<Cells> = {}, mark: ListMark = MARK): Cells => ({
  ...frozen,
  decision: "",
  reason: "",
  decidedBy: "",
  list: markText(mark),
  check: checkOf(mark, frozen),
  ...decided,
});

const DELETE: Partial<Cells> = { decision: "delete", reason: "left in summer", decidedBy: "office manager" };

const quotedCell = (text: string, separator = ","): string => (new RegExp(`["\r\n${separator}]`).test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const csv = (
  rows: readonly Cells[],
  { columns = REVIEW_COLUMNS, separator = ",", end = "\r\n" }: { columns?: readonly ReviewColumn[]; separator?: string; end?: string } = {},
): string =>
  [columns.map((column) => HEADINGS[column]), ...rows.map((row) => columns.map((column) => quotedCell(row[column], separator)))]
    .map((cells) => cells.join(separator) + end)
    .join("");

const read = (text: string): Review => readReview("unused.csv", text, WHOSE);
const decided = ({ rows }: Review): readonly string[] => rows.map(({ account, decision }) => `${account.split("@")[0]} ${decision ?? "-"}`);
const said = ({ problems }: Review): readonly string[] => problems.map(({ line, message }) => `${line}: ${message}`);

const ROWS = [cellsOf(frozenOf(1), DELETE), cellsOf(frozenOf(2), { decision: "KEEP", reason: "starts in May" }), cellsOf(frozenOf(3))];
const WANT = ["unused-1 delete", "unused-2 keep", "unused-3 -"];

describe("what spreadsheets and hands do to it is understood", () => {
  const changed = (column: ReviewColumn, text: string): readonly Cells[] => ROWS.map((row, at) => (at === 0 ? { ...row, [column]: text } : row));
  test.each([
    ["as it was written", csv(ROWS)],
    ["a byte order mark", `\ufeff${csv(ROWS)}`],
    ["semicolons", csv(ROWS, { separator: ";" })],
    ["semicolons, and a line that says so", `sep=;\r\n${csv(ROWS, { separator: ";" })}`],
    ["tabs, and line ends of Unix", csv(ROWS, { separator: "\t", end: "\n" })],
    ["columns in another order", csv(ROWS, { columns: [...REVIEW_COLUMNS].reverse() })],
    ["a column of their own", csv(ROWS).replaceAll("\r\n", ",see mail of Monday\r\n")],
    ["rows that were emptied", csv(ROWS).replaceAll("\r\n", "\r\n,,,,,,,,,\r\n")],
    ["headings in another case", csv(ROWS).replace("Decided by", "DECIDED BY")],
    ["the day by another country's clock", csv(changed("created", "01/03/2018"))],
    ["the day by a third one's", csv(changed("created", "3/1/2018"))],
    ["the day with dots, and a time", csv(changed("created", "1.3.2018 00:00:00"))],
    ["the day in words", csv(changed("created", "01-Mar-18"))],
    ["the day as a number", csv(changed("created", "43160"))],
    ["an address in another case", csv(changed("account", "Unused-1@Alder.county.example"))],
    ["a name with blanks and a line end", csv(changed("name", " Unused\r\n1 "))],
    ["letters of the check in capitals", csv(changed("check", (ROWS[0]?.check ?? "").toUpperCase()))],
  ])("%s", (_, text) => {
    expect([decided(read(text)), said(read(text))]).toEqual([WANT, []]);
  });

  test("rows in another order, and without some of them: who is not there is not decided", () => {
    expect(decided(read(csv([...ROWS].reverse())))).toEqual([...WANT].reverse());
    expect(decided(read(csv(ROWS.slice(1))))).toEqual(WANT.slice(1));
  });

  test("a name that would be a formula comes back with its guard, or without", () => {
    const formula = frozenOf(1, { name: "=1+1" });
    for (const name of ["'=1+1", "=1+1"]) expect(read(csv([{ ...cellsOf(formula, DELETE), name }])).rows[0]?.name).toBe("=1+1");
  });
});

describe("what cannot be believed is named by its line, and nothing is done by it", () => {
  const [one, two] = [cellsOf(frozenOf(1), DELETE), cellsOf(frozenOf(2), DELETE)];
  const other = (mark: Partial<ListMark>): Cells => cellsOf(frozenOf(1), DELETE, { ...MARK, ...mark });
  test.each<readonly [name: string, rows: readonly Cells[], want: readonly string[], kept: readonly string[]]>([
    ["a name was changed", [{ ...one, name: "Somebody else" }, two], ["2: Name is not what was written: nothing is done by this row"], ["unused-2 delete"]],
    [
      "two cells were changed",
      [{ ...one, account: "head@alder.county.example", created: "2017-03-01" }],
      ["2: Account and Created are not what was written: nothing is done by this row"],
      [],
    ],
    ["the id of another account", [{ ...one, id: idOf(9) }], ["2: its Id, List or Check is not what was written: nothing is done by this row"], []],
    ["no letters", [{ ...one, check: "" }], ["2: its Id, List or Check is not what was written: nothing is done by this row"], []],
    ["another tenant", [other({ tenant: idOf(7) })], [`2: it is of a list of another tenant, ${idOf(7)}: nothing is done by this row`], []],
    ["another plan", [other({ plan: "trust" })], ["2: it is of a list of the plan trust, and not of county-2018: nothing is done by this row"], []],
    ["an unknown decision", [{ ...one, decision: "delte" }, two], ['2: "delte" is no decision: nothing is done by this row'], ["unused-2 delete"]],
    ["nobody who decided", [{ ...one, decidedBy: "" }], ["2: nobody stands under Decided by: nothing is done by this row"], []],
    [
      "an account that stands twice",
      [one, two, { ...one, decision: "keep" }],
      ["4: unused-1@alder.county.example stands in line 2 as well: nothing is done by either"],
      ["unused-2 delete"],
    ],
    [
      "an account that stands three times",
      [one, two, { ...one, decision: "keep" }, one],
      [
        "4: unused-1@alder.county.example stands in line 2 as well: nothing is done by either",
        "5: unused-1@alder.county.example stands in line 2 as well: nothing is done by either",
      ],
      ["unused-2 delete"],
    ],
    [
      "an account that stands twice, once in a row that may have meant keep",
      [one, two, { ...one, decision: "kep" }],
      ['4: "kep" is no decision: nothing is done by this row', "4: unused-1@alder.county.example stands in line 2 as well: nothing is done by either"],
      ["unused-2 delete"],
    ],
  ])("%s", (_, rows, want, kept) => {
    expect([said(read(csv(rows))), decided(read(csv(rows)))]).toEqual([want, kept]);
  });

  test.each([
    ["no list at all", "hello\r\n", /^1: the columns Account, Name, .* and Check are missing$/],
    ["nothing", "", /^1: it holds no row$/],
    ["a column that was deleted", csv(ROWS, { columns: REVIEW_COLUMNS.filter((column) => column !== "check") }), /^1: the column Check is missing$/],
    ["a column twice", csv(ROWS).replace("Reason", "Decision"), /^1: the column Decision is there twice$/],
    ["a quotation mark that is not closed", `${csv(ROWS)}"unused`, /^\d+: a quotation mark is opened here/],
    ["a picture", "\u0000\u0001PNG", /^1: it is not a text file$/],
  ])("%s", (_, text, want) => {
    expect(read(text).rows).toEqual([]);
    expect(said(read(text))).toEqual([expect.stringMatching(want)]);
  });
});

describe("a list that was split comes back file by file", () => {
  const [one, two, three] = ROWS;
  const files = (...rows: readonly (readonly (Cells | undefined)[])[]): readonly ReviewFile[] =>
    rows.map((each, at) => ({ file: `${["alder", "birch", "cedar"][at]}.csv`, text: csv(each.filter((row) => row !== undefined)) }));
  const saidIn = ({ problems }: Review): readonly string[] => problems.map(({ file, line, message }) => `${file}:${line} ${message}`);

  test("as one list, in the order of the files", () => {
    const back = readReviews(files([one, two], [three]), WHOSE);
    expect([decided(back), saidIn(back)]).toEqual([WANT, []]);
    expect(back.rows.map(({ at }) => `${at.file}:${at.line}`)).toEqual(["alder.csv:2", "alder.csv:3", "birch.csv:2"]);
  });

  test("an account that stands in two of them is named in both", () => {
    const back = readReviews(files([one, two], [three, one]), WHOSE);
    expect(decided(back)).toEqual(WANT.slice(1));
    expect(saidIn(back)).toEqual([
      "alder.csv:2 unused-1@alder.county.example stands in birch.csv, line 3, as well: nothing is done by either",
      "birch.csv:3 unused-1@alder.county.example stands in alder.csv, line 2, as well: nothing is done by either",
    ]);
  });

  test("two rows of one file and one of another: none of the three is believed", () => {
    const back = readReviews(files([one, one], [one, two]), WHOSE);
    expect(decided(back)).toEqual(["unused-2 keep"]);
    expect(saidIn(back)).toHaveLength(3);
  });

  test("a file that is none takes nothing from the others", () => {
    const back = readReviews([{ file: "alder.csv", text: "hello\r\n" }, ...files([], [two]).slice(1)], WHOSE);
    expect(decided(back)).toEqual(["unused-2 keep"]);
    expect(saidIn(back)).toEqual([expect.stringMatching(/^alder\.csv:1 the columns .* are missing$/)]);
  });

  test("of very many problems the first, and how many more there are", () => {
    const many = Array.from({ length: 60 }, (_, at) => cellsOf(frozenOf(at), { ...DELETE, decision: "?" }));
    const { problems } = readReview("unused.csv", csv(many), WHOSE);
    expect(problems).toHaveLength(51);
    expect(problems.at(-1)).toMatchObject({ line: 52, message: "10 more problems from here on" });
  });
});

describe("of which tenant it is, is looked at when there is one", () => {
  const elsewhere = idOf(7);
  const mixed = csv([...ROWS, cellsOf(frozenOf(4), DELETE, { ...MARK, tenant: elsewhere }), cellsOf(frozenOf(5), { ...DELETE, decision: "?" })]);
  const back = readReview("unused.csv", mixed, { plan: MARK.plan });
  const list = { file: "unused.csv", ...back };

  test("without one every row is taken, with its mark", () => {
    expect(back.rows.map(({ mark }) => mark.tenant)).toEqual([MARK.tenant, MARK.tenant, MARK.tenant, elsewhere]);
    expect(said(back)).toEqual(['6: "?" is no decision: nothing is done by this row']);
  });

  test("with one, in the words of the reader, and in the order of the lines", () => {
    const own = ofTenant(list, MARK.tenant.toUpperCase());
    const atOnce = readReview("unused.csv", mixed, WHOSE);
    expect({ rows: own.rows, problems: own.problems }).toEqual(atOnce);
    expect(said(own)[0]).toBe(`5: it is of a list of another tenant, ${elsewhere}: nothing is done by this row`);
  });

  test("a list of this tenant alone is as it was", () => {
    const own = { file: "unused.csv", ...read(csv(ROWS)) };
    expect(ofTenant(own, MARK.tenant)).toEqual(own);
    expect(ofTenant(own, elsewhere).rows).toEqual([]);
  });
});

describe("whatever happens to it", () => {
  const word = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom("=cmd", "+1", "1-2", "O'Neill", 'a "b"', "a;b", "a,b", "#1", "Zoë"));
  const frozen = fc.record({ name: word, why: word, created: fc.constantFrom("", "2018-03-01", "2012-12-12") });
  test("what was not touched comes back as it was, in any order of rows and columns", () => {
    fc.assert(
      fc.property(
        fc.array(frozen, { minLength: 1, maxLength: 8 }),
        fc.shuffledSubarray([...REVIEW_COLUMNS], { minLength: REVIEW_COLUMNS.length }),
        fc.constantFrom(",", ";", "\t"),
        (list, columns, separator) => {
          const rows = list.map((fields, at) => cellsOf(frozenOf(at, fields), DELETE));
          const back = read(csv(rows, { columns, separator }));
          expect(said(back)).toEqual([]);
          expect(back.rows.map(({ id, decision }) => [id, decision])).toEqual(list.map((_, at) => [idOf(at), "delete"]));
        },
      ),
      { numRuns: 200 },
    );
  });

  test("a frozen cell that says something else is never believed", () => {
    fc.assert(
      fc.property(frozen, word, fc.constantFrom("name", "why", "created", "account"), (fields, text, column) => {
        const before = frozenOf(1, fields);
        const bare = (value: string): string => value.normalize("NFC").replace(/\s+/gu, " ").trim().replace(/^'/, "");
        fc.pre(bare(text).toLowerCase() !== bare(before[column]).toLowerCase() && column !== "created");
        expect(read(csv([{ ...cellsOf(before, DELETE), [column]: text }])).rows).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
