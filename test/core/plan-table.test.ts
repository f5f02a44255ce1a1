/** A plan as the table in which it is announced, with what a spreadsheet does to it. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { filesNamedBy, openPlan, parsePlan } from "../../src/core/plan/parse.ts";
import type { Plan, Problem } from "../../src/core/plan/plan.ts";
import { actionOf } from "../../src/core/plan/table-cells.ts";
import { orderOf, readDate } from "../../src/core/plan/table-dates.ts";
import { filesOf, told } from "./plan-check.ts";

const COUNTY = readFileSync(new URL("../../rollout-plans/county-schools-2018.csv", import.meta.url), "utf8");
const LISTS = { "early-adopters.csv": "birch.county.example\n" };

/** The same plan in YAML. */
const TWIN = `id: county-2018
name: County schools 2018
timeZone: Europe/London
mechanism: conditional-access
window: 2h
contact: { name: IT service desk, email: servicedesk@county.example }
emergencyAccounts: [emergency-1@county.example, emergency-2@county.example]
cohorts:
  early adopters: { file: early-adopters.csv, pupils: out }
  heads: { accounts: ["head@*.county.example"], pupils: out }
  offices: { accounts: ["office@*.county.example"], pupils: out }
  everyone: { domains: ["*.county.example"], pupils: out }
phases:
  - id: early-adopters
    title: "early-adopters.csv: MFA on the web and in clients"
    starts: 2018-11-12
    requireMfa: { for: early adopters, on: [web, clients] }
  - id: heads-web
    title: "head@ of every school: MFA on the web"
    starts: 2018-11-19
    reportOnlyFrom: 2018-11-12
    requireMfa: { for: heads, on: [web] }
  - id: heads-clients
    title: "head@ of every school: MFA in Outlook clients too"
    starts: 2018-11-26
    requireMfa: { for: heads, on: [clients] }
  - id: offices-web
    title: "office@ of every school: MFA on the web"
    starts: 2018-12-03
    reportOnlyFrom: 2018-11-26
    requireMfa: { for: offices, on: [web] }
  - id: offices-clients
    title: "office@ of every school: MFA in Outlook clients too"
    starts: 2018-12-10
    requireMfa: { for: offices, on: [clients] }
  - id: everyone
    title: "all other accounts of the schools: MFA on the web and in clients together"
    starts: 2018-12-13
    reportOnlyFrom: 2018-12-06
    requireMfa: { for: everyone, on: [web, clients] }
`;

const parsed = (file: string, text: string): { readonly plan: Plan; readonly remarks: readonly Problem[] } => {
  const read = parsePlan(file, text, filesOf(LISTS));
  return read.type === "sound" ? read : expect.fail(told(read.problems).join("\n"));
};
/** Without the places and the file: those are the only things that may differ. */
const bare = (plan: Plan): unknown => JSON.parse(JSON.stringify({ ...plan, file: "" }, (key, value: unknown) => (key === "place" ? undefined : value)));
const problemsOf = (text: string): readonly string[] => {
  const read = parsePlan("plan.csv", text, filesOf(LISTS));
  return read.type === "sound" ? [] : told(read.problems);
};

const semicolons = COUNTY.replaceAll(",", ";");
describe("the county's table reads as its YAML does", () => {
  const want = bare(parsed("plan.yaml", TWIN).plan);
  const swapped = (text: string): string => text.replace(/(\d\d)\/(\d\d)\/(\d{4})/g, "$2/$1/$3");
  test.each([
    ["as it is", COUNTY],
    ["saved by Excel", `\ufeff${semicolons.replaceAll("\n", "\r\n")}`],
    ["with tabs, as Unicode text", COUNTY.replaceAll(",", "\t")],
    ["with the separator in a line of its own", `sep=;\r\n${semicolons.replace(/^#.*\n/gm, "")}`],
    ["padded with empty cells and rows", COUNTY.replace(/^(?!#)(.*)$/gm, "$1,,,,").replace("pupils", ",,,\n,,,\npupils")],
    [
      "every cell in quotation marks",
      COUNTY.replace(/^(?!#)(.+)$/gm, (line: string) =>
        line
          .split(",")
          .map((cell) => `"${cell}"`)
          .join(","),
      ),
    ],
    ["words and values in one cell", COUNTY.replace(/^(id|name|time zone|mechanism|window|pupils|schools),/gm, "$1: ")],
    ["months first", swapped(COUNTY)],
    ["years of two digits", COUNTY.replace(/\/20(\d\d)/g, "/$1")],
    ["months in letters", COUNTY.replace(/12\/11\/2018/g, "12-Nov-18").replace("06/12/2018", "2018-12-06")],
    ["headings in capitals", COUNTY.replace("date,accounts,action", "Date,Accounts,ACTION")],
  ])("%s", (_, text) => expect(bare(parsed("plan.csv", text).plan)).toEqual(want));

  test("what it names is read, and what is left out is said", () => {
    expect(openPlan("plan.csv", COUNTY).files).toEqual(["early-adopters.csv"]);
    expect(filesNamedBy(COUNTY)).toEqual([]);
    expect(told(parsed("plan.csv", COUNTY).remarks)).toEqual([
      '16:30 "POP3 and IMAP turned off" is left out: this version does not turn mail protocols off; it blocks old clients: block old clients',
      '23:47 "deleted" is left out: this version does not delete accounts',
    ]);
  });

  test("a phase stands where its row does, a cohort where it was named first", () => {
    const { plan } = parsed("plan.csv", COUNTY);
    expect(plan.phases[1]?.place).toEqual({ file: "plan.csv", line: 18, column: 1 });
    expect(plan.cohorts[1]?.place).toEqual({ file: "plan.csv", line: 18, column: 16 });
  });
});

const TOP = "id,a\nname,A\ntime zone,UTC\nmechanism,conditional-access\nemergency accounts,e1@x.example,e2@x.example\n";
const table = (...rows: readonly string[]): string => `${TOP}date,accounts,action\n${rows.join("\n")}\n`;

describe("without the columns that may be left out", () => {
  test("ids, names and titles come from the cells", () => {
    const { plan } = parsed(
      "plan.csv",
      table("2018-11-19,head@,MFA on the web", "2018-11-26,head@,MFA in clients", "2018-12-03,everyone,block old clients", "2018-12-04,group IT Support,MFA"),
    );
    expect(plan.cohorts.map(({ name, source }) => [name, source])).toEqual([
      ["head", { type: "accounts", patterns: ["head@*"] }],
      ["everyone", { type: "all" }],
      ["IT Support", { type: "group", group: "IT Support" }],
    ]);
    expect(plan.phases.map(({ id, title, requireMfa, blockLegacy }) => [id, title, requireMfa?.on, blockLegacy?.for])).toEqual([
      ["head-web", "head@: MFA on the web", ["web"], undefined],
      ["head-clients", "head@: MFA in clients", ["clients"], undefined],
      ["everyone-old-clients", "everyone: block old clients", undefined, "everyone"],
      ["it-support", "group IT Support: MFA", ["web", "clients"], undefined],
    ]);
  });
});

test("accounts that are nobody's, and accounts that several people use", () => {
  const { plan } = parsed("plan.csv", `service accounts,svc-*@*\nshared accounts,Office@*,finance@*\n${table("2018-11-19,head@,MFA")}`);
  expect(plan).toMatchObject({ serviceAccounts: ["svc-*@*"], sharedAccounts: ["office@*", "finance@*"] });
});

describe("what a table can get wrong", () => {
  test.each([
    ["nothing", "", ["1:1 the plan is empty"]],
    ["no table", TOP, ["1:1 the plan has no table: no row with the headings date, accounts, action | help plan shows one"]],
    ["a table without actions", `${TOP}date,accounts\n2018-11-19,head@\n`, ["6:1 the table has no column action | its headings are date, accounts, action"]],
    ["an open quotation mark", `${table("2018-11-19,head@,MFA")}"`, ["8:1 a quotation mark is opened here and not closed | close it, or take it out"]],
    [
      "an unknown word",
      `colour,red\n${table("2018-11-19,head@,MFA")}`,
      [expect.stringMatching(/^1:1 "colour" means nothing above the table \| known there: id, plan id/)],
    ],
    [
      "a misspelt word",
      `${table("2018-11-19,head@,MFA").replace("time zone", "time zon")}`,
      [expect.stringMatching(/^1:1 the plan has no timeZone/), '3:1 "time zon" means nothing above the table | did you mean "time zone"?'],
    ],
    [
      "a word that every object has",
      `constructor,x\n${table("2018-11-19,head@,MFA")}`,
      [expect.stringMatching(/^1:1 "constructor" means nothing above the table/)],
    ],
    ["a word twice", `id,b\n${table("2018-11-19,head@,MFA")}`, ['2:1 "id" stands here twice: it is already in line 1']],
    [
      "a date of two meanings",
      table("03/12/2018,head@,MFA"),
      ['7:1 "03/12/2018" can be read in two ways, as Mon 3 Dec 2018 or Mon 12 Mar 2018 | write 2018-12-03 or 2018-03-12'],
    ],
    [
      "dates of both orders",
      table("12/13/2018,head@,MFA on the web", "05/12/2018,office@,MFA", "13/12/2018,finance@,MFA"),
      [
        '8:1 "05/12/2018" can be read in two ways, as Wed 5 Dec 2018 or Sat 12 May 2018, and the column has dates of both orders | write 2018-12-05 or 2018-05-12',
      ],
    ],
    [
      "a date without its format",
      table("43423,head@,MFA"),
      ['7:1 "43423" is a date that has lost its format | it may be Mon 19 Nov 2018: give the column the format of a date, or write 2018-11-19'],
    ],
    ["no day", table("31/11/2018,head@,MFA"), ['7:1 "31/11/2018" is no day of the calendar | write a day as 2018-11-19']],
    ["the wrong weekday", table("Tue 19/11/2018,head@,MFA"), [expect.stringMatching(/^7:1 "Tue 2018-11-19": that day is a Monday/)]],
    [
      "a week from a Tuesday",
      table("w/c 20/11/2018,head@,MFA"),
      [expect.stringMatching(/^7:1 "2018-11-20": that day is a Tuesday, and a week commences on its Monday/)],
    ],
    [
      "an action with a no",
      table("2018-11-19,head@,MFA not needed"),
      [expect.stringMatching(/^7:18 "MFA not needed" is not understood: "not" means nothing there \| write MFA on the web/)],
    ],
    ["no such accounts", table("2018-11-19,some people,MFA"), [expect.stringMatching(/^7:12 "some people" does not say whose accounts/)]],
    ["others of nowhere", table("2018-11-19,all other accounts,MFA"), [expect.stringMatching(/^7:12 "all other accounts": of which domains\?/)]],
    ["an empty cell", table("2018-11-19,,MFA"), ["7:1 this row has no accounts | a row of the table has a date, accounts and an action"]],
    ["a bad pattern", table('2018-11-19,"he ad@[x]",MFA'), [expect.stringMatching(/^7:12 "he ad@\[x\]" does not say whose accounts/)]],
    [
      "a phase that says nothing new",
      table("2018-11-19,head@,MFA", "2018-11-20,head@,MFA on the web"),
      [expect.stringMatching(/^8:18 phase head-web asks nothing that phase head does not ask already/)],
    ],
    [
      "rows out of order",
      table("2018-11-26,head@,MFA on the web", "2018-11-19,head@,MFA in clients"),
      [expect.stringMatching(/^8:1 phase head-clients starts before phase head-web/)],
    ],
  ])("%s", (_, text, want) => expect(problemsOf(text)).toEqual(want));
});

describe("dates", () => {
  const CASES: readonly (readonly [text: string, column: readonly string[], want: string])[] = [
    ["03/12/2018", ["19/11/2018"], "2018-12-03"],
    ["03/12/2018", ["11/19/2018"], "2018-03-12"],
    ["w/c 05/11/2018", [], "2018-11-05"],
    ["Wed 05/12/2018", [], "Wed 2018-12-05"],
    ["5.12.2018", ["19.11.2018"], "2018-12-05"],
    ["11/11/2018", [], "2018-11-11"],
    ["from 28/02/2022 6:30", [], "2022-02-28T06:30"],
    ["19-Nov-18", [], "19 Nov 2018"],
    ["week commencing 2018-11-19", [], "2018-11-19"],
  ];
  test.each(CASES)("%s among %j", (text, column, want) => expect(readDate(text, orderOf([text, ...column]))).toMatchObject({ type: "date", text: want }));
});

describe("actions", () => {
  test.each([
    ["MFA needed on the web (Outlook on the web): enabled", ["web"]],
    ["MFA needed in Outlook clients too: enforced", ["clients"]],
    ["MFA on Outlook on the web", ["web"]],
    ["MFA on the web and in clients together", ["web", "clients"]],
    ["Multi-factor authentication is compulsory", ["web", "clients"]],
    ["old clients blocked", ["block"]],
  ])("%s", (text, parts) => expect(actionOf({ text, at: { file: "", line: 1, column: 1 } })).toEqual({ type: "part", parts }));
});
