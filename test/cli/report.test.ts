/** `report` from its words to its exit code: what goes together, what is said of gaps, where it is written. */

import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reportAboutSchema, reportSchema } from "../../src/core/reports/schema.ts";
import { REPORTS } from "../../src/core/reports/shape.ts";
import { REPORT_MAKERS } from "../../src/reports/index.ts";
import { copyPlans } from "../plans.ts";
import { freshFolder, runCli } from "./harness.ts";

const PLAN = "rollout-plans/county-schools-2018.yaml";
let cwd = "";
beforeAll(async () => {
  cwd = freshFolder();
  copyPlans(cwd);
  expect((await runCli(["sandbox", "fill", "county"], { cwd })).exit).toBe(0);
});
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

describe("what does not go together, or is not there, is told with what to do", () => {
  const cases: readonly [name: string, args: readonly string[], ...said: string[]][] = [
    ["no name", [], "NAME is missing"],
    ["a misspelt name", ["unregisterd"], "report unregisterd: there is no report of that name", "hint: did you mean unregistered?"],
    ["another name", ["nothing-like-it"], `hint: these are there: ${REPORTS.join(", ")}`],
    ["a plan in the place of the name", [PLAN], `hint: the name comes first: entra-rollout report unregistered ${PLAN}`],
    ["a phase without a plan", ["unregistered", "--phase", "heads-web"], "--phase needs PLAN"],
    ["a cohort without a plan", ["unregistered", "--cohort", "heads"], "--cohort needs PLAN"],
    ["readiness without a plan", ["readiness"], "report readiness needs PLAN"],
    ["a misspelt phase", ["readiness", PLAN, "--phase", "heads-wbe"], "--phase heads-wbe: the plan has no such phase", "hint: did you mean heads-web?"],
    ["a misspelt cohort", ["readiness", PLAN, "--cohort", "haeds"], "--cohort haeds: the plan has no such cohort", "hint: did you mean heads?"],
    ["no domain", ["readiness", PLAN, "--domain", "alder"], "--domain alder: a domain is needed"],
    ["JSON and CSV", ["unregistered", "--json", "--csv"], "--json and --csv contradict each other"],
    ["JSON and Excel", ["unregistered", "--json", "--excel"], "--json and --excel contradict each other"],
    ["a split by something else", ["unregistered", "--split", "phase", "--out", "x"], "--split phase: a report is split by domain only"],
    ["a split to nowhere", ["unregistered", "--split", "domain"], "--split needs --out"],
    ["a split as JSON", ["unregistered", "--split", "domain", "--out", "x", "--json"], "--split and --json contradict each other"],
    ["a file without a name", ["unregistered", "--out", " "], "--out is empty"],
  ];
  test.each(cases)("%s", async (_name, args, ...said) => {
    const { exit, stdout, stderr } = await runCli(["report", ...args], { cwd });
    expect({ exit, stdout }).toEqual({ exit: 64, stdout: "" });
    for (const words of said) expect(stderr).toContain(words);
  });
});

describe("one report, in each form", () => {
  const asked = (...more: readonly string[]) => runCli(["report", "readiness", PLAN, "--quiet", ...more], { cwd });

  test("on a terminal, with what to type next", async () => {
    const { exit, stdout } = await asked("--phase", "heads-web", "--domain", "Alder.county.example");
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^practice tenant: County schools, as of /);
    expect(stdout).toContain("; phase heads-web; domain alder.county.example");
    expect(stdout).toContain(`every column:  entra-rollout report readiness ${PLAN} --phase heads-web --domain alder.county.example --out readiness.csv\n`);
  });

  test("as JSON, as its schema says", async () => {
    const { readiness, unregistered } = REPORT_MAKERS;
    const printed: unknown = JSON.parse((await asked("--json", "--cohort", "heads")).stdout);
    const document = reportSchema([readiness.shape, unregistered.shape]).parse(printed);
    expect(document).toMatchObject({ report: "readiness", complete: true, filter: { cohort: "heads", all: false }, timeZone: "Europe/London" });
    expect(document.rows.length).toBeGreaterThan(40);
  });

  test("as CSV; the notes are beside it", async () => {
    const plain = await runCli(["report", "readiness", PLAN, "--csv"], { cwd });
    expect(plain.stdout).toMatch(/^Phase,Title,.*\r\n/);
    expect(plain.stdout).not.toContain("registration report within");
    expect(plain.stderr).toContain("the service computed its registration report");
    expect((await asked("--excel")).stdout).toBe(`\ufeff${plain.stdout}`);
  });

  test("in a file, by the same bytes, and what it is of beside it", async () => {
    const { exit, stdout, stderr } = await runCli(["report", "readiness", PLAN, "--out", "readiness.csv"], { cwd });
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: "" });
    expect(stderr).toMatch(/written to readiness\.csv: \d+ rows; readiness\.csv\.about\.json says of when and of what\n/);
    expect(readFileSync(join(cwd, "readiness.csv"), "utf8")).toBe((await asked("--csv")).stdout);
    const about = reportAboutSchema.parse(JSON.parse(readFileSync(join(cwd, "readiness.csv.about.json"), "utf8")));
    expect(about).toMatchObject({ report: "readiness", complete: true, plan: { file: PLAN }, tenant: { name: "County schools" } });
    expect(about.columns.map(({ name }) => name)).toEqual(REPORT_MAKERS.readiness.shape.columns.map(({ name }) => name));
    expect(readFileSync(join(cwd, "readiness.csv"), "utf8").split("\r\n")).toHaveLength(about.rows + 2);
  });

  test("in a file as JSON, which tells all of it by itself", async () => {
    expect((await asked("--json", "--out", "readiness.json")).exit).toBe(0);
    expect(JSON.parse(readFileSync(join(cwd, "readiness.json"), "utf8")).report).toBe("readiness");
    expect(existsSync(join(cwd, "readiness.json.about.json"))).toBe(false);
  });

  test("split by domain", async () => {
    const { exit, stderr } = await runCli(["report", "readiness", PLAN, "--split", "domain", "--out", "schools"], { cwd });
    expect(exit).toBe(0);
    expect(stderr).toMatch(/written to schools: \d+ rows in 41 files, index\.csv and about\.json\n/);
    expect(readdirSync(join(cwd, "schools"))).toHaveLength(43);
    expect(readFileSync(join(cwd, "schools", "index.csv"), "utf8")).toContain("alder.county.example,alder.county.example.csv,6");
    const again = await runCli(["report", "readiness", PLAN, "--domain", "alder.county.example", "--split", "domain", "--out", "schools"], { cwd });
    expect(again.stderr).toMatch(/not of this split, and left as they are: all\.csv, birch\.county\.example\.csv, .* and \d+ more\n/);
  });
});

test("a list that cannot be read is no report: exit 69 or 77, and no file", async () => {
  for (const args of [[], ["--out", "none.csv"], ["--json"]]) {
    const { exit, stdout, stderr } = await runCli(["report", "unregistered", "--quiet", "--tenant", "http://127.0.0.1:9", ...args], {
      cwd,
      env: { ENTRA_ROLLOUT_TOKEN: "token" },
    });
    expect({ exit, stdout }).toEqual({ exit: 69, stdout: "" });
    expect(stderr).toContain("no practice tenant answers");
  }
  expect(existsSync(join(cwd, "none.csv"))).toBe(false);
});
