/** One plan, end to end, as an administrator goes through it: looks, has it approved, applies, takes back. */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { applySchema, clockSchema, diffSchema, runsSchema, statusSchema } from "../../src/core/document-schema.ts";
import { copyPlans } from "../plans.ts";
import { matchesGolden } from "../render/golden.ts";
import { type CliOptions, freshFolder, machineClock, runCli } from "./harness.ts";

const PLAN = "rollout-plans/county-schools-2018.yaml";
const RUN = /\d{8}T\d{6}Z-[0-9a-f]{4}/;

let cwd = "";
const cli = (args: readonly string[], options: Partial<CliOptions> = {}) => runCli(args, { cwd, ...options });
const shown = (text: string): string => text.replaceAll(new RegExp(RUN, "g"), "RUN");

beforeAll(async () => {
  cwd = freshFolder();
  copyPlans(cwd);
});
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

describe.sequential("before anything is applied", () => {
  test("with nothing configured the practice tenant is made, and the first line on stderr says so", async () => {
    const { exit, stdout, stderr } = await cli(["status", PLAN]);
    expect(exit).toBe(0);
    expect(stderr.split("\n")[0]).toBe("no tenant is configured: this is the practice tenant in this folder");
    expect(stderr.split("\n")[1]).toMatch(/^there was none yet: filled with county/);
    matchesGolden("cli/status-start.txt", stdout);
  });

  test("in colour it says the same", async () => {
    const plain = await cli(["diff", PLAN, "--as-of", "2018-11-12"]);
    const forced = await cli(["diff", PLAN, "--as-of", "2018-11-12"], { env: { FORCE_COLOR: "1" } });
    expect(forced.stdout).toContain("\u001b[1mWho will notice\u001b[22m");
    expect(stripVTControlCharacters(forced.stdout)).toBe(plain.stdout);
    expect((await cli(["diff", PLAN, "--as-of", "2018-11-12"], { tty: true, env: { NO_COLOR: "1" } })).stdout).toBe(plain.stdout);
  });

  test("on a terminal a spinner goes before the text, and leaves nothing on stdout", async () => {
    const { stdout, stderr } = await cli(["status", PLAN], { tty: true });
    expect(stderr).toContain("reading the tenant");
    expect(stderr.endsWith("\u001b[?25h")).toBe(true);
    expect(stripVTControlCharacters(stdout)).toContain("checks: all go");
  });

  test("quiet says nothing on stderr, and named, it says nothing of it either", async () => {
    expect((await cli(["status", PLAN, "--quiet"])).stderr).toBe("");
    expect((await cli(["status", PLAN, "--tenant", "sandbox"])).stderr).not.toContain("configured");
  });

  test("verbose tells every request, without a token", async () => {
    const { stderr } = await cli(["status", PLAN, "--verbose", "--quiet"]);
    const lines = stderr.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(8);
    for (const line of lines) expect(line).toMatch(/^(GET|POST) \/\S+ \d{3} \d+ ms$/);
    expect(stderr).not.toContain("practice");
  });

  test("the documents are as their schemas say", async () => {
    const status = await cli(["status", PLAN, "--json", "--as-of", "2018-11-19"]);
    expect(statusSchema.parse(JSON.parse(status.stdout)).next).toMatchObject({ phases: ["heads-clients"] });
    const diff = await cli(["diff", PLAN, "--json", "--as-of", "2018-11-19"]);
    expect(diffSchema.parse(JSON.parse(diff.stdout)).summary.create).toBeGreaterThan(0);
    expect(diff.stdout.endsWith("}\n")).toBe(true);
    const clock = await cli(["sandbox", "clock", "--json"]);
    expect(clockSchema.parse(JSON.parse(clock.stdout)).now).toMatch(/^2018-11-05T08:/);
  });

  test("a dry run says the same each time, and moves no clock", async () => {
    const first = await cli(["diff", PLAN, "--as-of", "2018-11-12"]);
    matchesGolden("cli/diff-first.txt", first.stdout);
    expect((await cli(["diff", PLAN, "--as-of", "2018-11-12"])).stdout).toBe(first.stdout);
    expect((await cli(["sandbox", "clock"])).stdout).toContain("Mon 5 Nov 2018 08:0");
  });

  test.each([
    [["diff", PLAN, "--as-of", "2018-11-12"], 0],
    [["diff", PLAN, "--as-of", "2018-11-12", "--exit-code"], 2],
    [["diff", PLAN, "--exit-code"], 0],
  ] as const)("%j ends with %i", async (args, exit) => {
    expect((await cli(args)).exit).toBe(exit);
  });
});

describe.sequential("what is refused before anything is read", () => {
  const cases: readonly [name: string, args: readonly string[], exit: number, said: string][] = [
    ["no terminal and no --yes", ["apply", PLAN], 64, "there is no terminal to ask on"],
    ["a real tenant, and no way to sign in", ["status", PLAN, "--tenant", "school.onmicrosoft.com"], 64, "nothing here says how to sign in"],
    ["a snapshot that is not there", ["status", PLAN, "--tenant", "tenant.jsonl"], 64, "there is no such file"],
    ["another machine", ["status", PLAN, "--tenant", "http://192.0.2.1:8080"], 64, "only practice tenants on this machine"],
    ["a name that only looks local", ["status", PLAN, "--tenant", "http://127.0.0.1.example:8080"], 64, "only practice tenants on this machine"],
    ["an address with a password", ["status", PLAN, "--tenant", "http://me:you@127.0.0.1:8080"], 64, "only practice tenants on this machine"],
    ["https", ["status", PLAN, "--tenant", "https://127.0.0.1:8080"], 64, "only practice tenants on this machine"],
    ["no token", ["status", PLAN, "--tenant", "http://127.0.0.1:9"], 64, "ENTRA_ROLLOUT_TOKEN is not set"],
    ["a moment that is none", ["diff", PLAN, "--as-of", "soon"], 64, "--as-of: "],
    ["an unknown phase", ["diff", PLAN, "--phase", "heads-wbe"], 64, "did you mean heads-web?"],
    ["an unknown guard", ["diff", PLAN, "--allow", "sise=3", "--reason", "because"], 64, "did you mean size?"],
    ["a guard without a way past", ["diff", PLAN, "--allow", "emergency-accounts=3", "--reason", "because"], 64, "no check of that name can be let pass"],
    ["a plan that is not there", ["apply", "nope.yaml", "--yes"], 65, "nope.yaml:1:1: "],
    ["approved changes that are not there", ["apply", PLAN, "--changes", "nope.json", "--yes"], 65, "--changes nope.json cannot be read"],
    ["approved changes that are none", ["apply", PLAN, "--changes", "rollout-plans/early-adopters.csv", "--yes"], 65, "no changes that diff --out wrote"],
    ["a run that is not there", ["undo", "20181112T000000Z-0000", "--yes"], 64, "there is no run 20181112T000000Z-0000"],
  ];
  test.each(cases)("%s", async (_name, args, exit, said) => {
    const result = await cli(args);
    expect(result).toMatchObject({ exit, stdout: "" });
    expect(result.stderr).toContain(said);
    expect(result.stderr).not.toMatch(/\bat .*\.ts:\d+/);
  });

  test("no tenant answers there", async () => {
    const { exit, stderr } = await cli(["status", PLAN, "--tenant", "http://127.0.0.1:9"], { env: { ENTRA_ROLLOUT_TOKEN: "secret-token" } });
    expect(exit).toBe(69);
    expect(stderr).toContain("no practice tenant answers at http://127.0.0.1:9");
    expect(stderr).not.toContain("secret-token");
  });
});

describe.sequential("approved, asked, applied", () => {
  test("declined: 130, and nothing is written", async () => {
    const { exit, stdout, stderr, questions } = await cli(["apply", PLAN, "--as-of", "2018-11-12"], { answer: false });
    expect(exit).toBe(130);
    expect(questions).toEqual(["apply this to County schools?"]);
    expect(stderr).toContain("nothing was written");
    expect(stdout).toContain("4 to create");
    expect((await cli(["runs"])).stdout).toBe("no runs of County schools yet\n");
  });

  test("the clock moves forward only", async () => {
    const { exit, stderr } = await cli(["apply", PLAN, "--as-of", "2018-11-06", "--yes"]);
    expect(exit).toBe(64);
    expect(stderr).toContain("the practice tenant's clock moves forward only");
  });

  test("what was approved for another day is stale: 5, both hashes, nothing written", async () => {
    expect((await cli(["diff", PLAN, "--as-of", "2018-11-19", "--out", "changes.json"])).exit).toBe(0);
    const approved = diffSchema.parse(JSON.parse(readFileSync(join(cwd, "changes.json"), "utf8")));
    const { exit, stderr } = await cli(["apply", PLAN, "--changes", "changes.json", "--yes"]);
    expect(exit).toBe(5);
    expect(stderr).toContain(`approved  ${approved.hash}`);
    expect(stderr).toMatch(/now {7}[0-9a-f]{64}/);
    expect((await cli(["runs"])).stdout).toContain("no runs");
  });

  test("approved for another plan or tenant", async () => {
    const approved = diffSchema.parse(JSON.parse(readFileSync(join(cwd, "changes.json"), "utf8")));
    writeFileSync(join(cwd, "other.json"), JSON.stringify({ ...approved, plan: { ...approved.plan, id: "trust-2022" } }));
    expect(await cli(["apply", PLAN, "--changes", "other.json", "--yes"])).toMatchObject({
      exit: 5,
      stderr: expect.stringContaining("approved for the plan trust-2022"),
    });
  });

  test("more than a minute with the question open, and the tenant is read again", async () => {
    const clock = machineClock();
    const slowly = async (): Promise<boolean> => {
      clock.pass(61_000);
      await cli(["sandbox", "clock"], { tty: false }).catch(() => undefined);
      return true;
    };
    const { exit, stdout } = await cli(["apply", PLAN, "--phase", "offices-web"], { answer: slowly, clock });
    expect(exit).toBe(0);
    expect(stdout).toContain("written and read back");
    const id = RUN.exec(stdout)?.[0] ?? "";
    expect((await cli(["undo", id, "--yes", "--no-hold"])).exit).toBe(0);
  });

  test("approved, and done exactly so", async () => {
    expect((await cli(["diff", PLAN, "--out", "changes.json"])).exit).toBe(0);
    const { exit, stdout, stderr } = await cli(["apply", PLAN, "--changes", "changes.json"], { answer: true });
    expect(exit).toBe(0);
    matchesGolden("cli/apply.txt", shown(stdout));
    expect(stderr).toContain("writing policies");
    expect((await cli(["diff", PLAN, "--exit-code"])).exit).toBe(0);
  });

  test("nothing due: says so, writes nothing, begins no run", async () => {
    const before = (await cli(["runs", "--json"])).stdout;
    const { exit, stdout } = await cli(["apply", PLAN, "--yes"]);
    expect(exit).toBe(0);
    expect(stdout).toContain("nothing to apply: the tenant is as the plan wants it");
    expect((await cli(["runs", "--json"])).stdout).toBe(before);
  });

  test("What-If is asked where somebody wants it, and what is to be typed next wants it too", async () => {
    const asked = await cli(["diff", PLAN, "--as-of", "2018-11-19", "--what-if", "--verbose", "--quiet"]);
    expect(asked.stderr.match(/^POST \S+\/evaluate 200/gm)).toHaveLength(5);
    expect(asked.stdout.replaceAll(/\s+/g, " ")).toContain("What-If and this tool agree in ");
    expect(asked.stdout).toContain("apply rollout-plans/county-schools-2018.yaml --as-of 2018-11-19 --what-if\n");
    const plain = await cli(["diff", PLAN, "--as-of", "2018-11-19", "--verbose", "--quiet"]);
    expect(plain.stderr).not.toContain("/evaluate");
  });

  test("for programs: one document, and nothing else on stdout", async () => {
    const { exit, stdout } = await cli(["apply", PLAN, "--as-of", "2018-11-19", "--yes", "--json"]);
    expect(exit).toBe(0);
    const document = applySchema.parse(JSON.parse(stdout));
    expect(document.run).toMatchObject({ done: 1, left: [], exit: 0 });
    expect(document.run.id).toMatch(RUN);
  });
});

describe.sequential("taken back", () => {
  test("the runs, for people and programs", async () => {
    const runs = runsSchema.parse(JSON.parse((await cli(["runs", "--json"])).stdout)).runs;
    expect(runs.map(({ result, done, undoes, undoneBy }) => [result, done > 0, undoes !== undefined, undoneBy !== undefined])).toEqual([
      ["done", true, false, true],
      ["done", true, true, false],
      ["done", true, false, false],
      ["done", true, false, false],
    ]);
    matchesGolden("cli/runs.txt", shown((await cli(["runs"])).stdout));
  });

  test("declined: nothing changes", async () => {
    const id = runsSchema.parse(JSON.parse((await cli(["runs", "--json"])).stdout)).runs.at(-1)?.id ?? "";
    const { exit, questions } = await cli(["undo", id], { answer: false });
    expect(exit).toBe(130);
    expect(questions).toEqual(["take this back in County schools?"]);
    expect((await cli(["diff", PLAN, "--exit-code"])).exit).toBe(0);
  });

  test("undone, held, and begun again", async () => {
    const id = runsSchema.parse(JSON.parse((await cli(["runs", "--json"])).stdout)).runs.at(-1)?.id ?? "";
    const { exit, stdout } = await cli(["undo", id, "--yes"]);
    expect(exit).toBe(0);
    matchesGolden("cli/undo.txt", shown(stdout));
    const held = statusSchema.parse(JSON.parse((await cli(["status", PLAN, "--json"])).stdout));
    expect(held.phases.find((phase) => phase.id === "heads-web")?.state).toBe("held");
    expect((await cli(["apply", PLAN, "--yes"])).stdout).toContain("nothing to apply");
    matchesGolden("cli/status-held.txt", (await cli(["status", PLAN])).stdout);
    expect((await cli(["apply", PLAN, "--phase", "heads-web", "--yes"])).exit).toBe(0);
    const live = statusSchema.parse(JSON.parse((await cli(["status", PLAN, "--json"])).stdout));
    expect(live.phases.find((phase) => phase.id === "heads-web")?.state).toBe("live");
  });

  test("a way back has no way back", async () => {
    const id = runsSchema.parse(JSON.parse((await cli(["runs", "--json"])).stdout)).runs.findLast(({ undoes }) => undoes !== undefined)?.id ?? "";
    expect(await cli(["undo", id, "--yes"])).toMatchObject({ exit: 64, stderr: expect.stringContaining("there is no way back from that") });
  });

  test("with a plan that cannot be read any more", async () => {
    const id = runsSchema.parse(JSON.parse((await cli(["runs", "--json"])).stdout)).runs.at(-1)?.id ?? "";
    const text = readFileSync(join(cwd, PLAN), "utf8");
    writeFileSync(join(cwd, PLAN), "id: [");
    const { exit, stdout } = await cli(["undo", id, "--yes"]);
    writeFileSync(join(cwd, PLAN), text);
    expect(exit).toBe(0);
    expect(stdout).toContain("put back and read back");
  });

  test("the first day again", async () => {
    expect((await cli(["sandbox", "reset"])).stdout).toBe("as on its first day: County schools, 1,512 accounts, Mon 5 Nov 2018 08:00 London\n");
    expect((await cli(["runs"])).stdout).toContain("no runs");
  });
});
