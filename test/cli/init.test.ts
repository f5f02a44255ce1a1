import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { formatDay } from "../../src/core/plan/moments.ts";
import { readPlan } from "../../src/plan-file.ts";
import { fakeRuntime, freshFolder, runCli } from "./harness.ts";

let cwd = "";
beforeEach(() => {
  cwd = freshFolder();
});

const DAY = 86_400_000;
const written = (name: string): string => readFileSync(join(cwd, name), "utf8");

describe("init", () => {
  test.each([
    ["mine.yaml", []],
    ["county.yaml", ["--like", "county"]],
    ["trust.yaml", ["--like", "trust"]],
    ["remote-desktop.yaml", ["--like", "remote-desktop"]],
    ["small.yaml", ["--like", "security-defaults"]],
    ["college.yaml", ["--like", "college"]],
    ["per-user.yaml", ["--like", "per-user"]],
    ["Our schools 2027.csv", []],
    ["mine.csv", ["--like", "table"]],
  ])("%s %j is a sound plan whose phases all lie ahead", async (name, options) => {
    const { exit, stdout, stderr } = await runCli(["init", name, ...options], { cwd });
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    const runtime = fakeRuntime({ cwd });
    const parsed = await readPlan(name, runtime);
    if (parsed.type === "unsound") expect.fail(JSON.stringify(parsed.problems));
    const ahead = parsed.plan.phases.map(({ starts }) => (starts.instant - runtime.clock.now()) / DAY);
    expect(Math.min(...ahead)).toBeGreaterThanOrEqual(27);
    expect(Math.min(...ahead)).toBeLessThan(36);
    expect(parsed.plan.id).toBe(name.replace(/\..*/, "").toLowerCase().replaceAll(" ", "-"));
    // A list that is missing, or a name left over from the model, would be told here.
    // A review list comes back later.
    expect(parsed.remarks.filter(({ message }) => !message.includes("unused-reviewed.csv") && !message.includes("is left out:"))).toEqual([]);
    expect(stdout).toContain("What to edit\n");
    expect(stdout).toContain(`the first now starts on ${formatDay(parsed.plan.phases[0]?.starts.local ?? "")}\n`);
    expect(stdout).toMatch(/entra-rollout check \S/);
    expect(written(name)).not.toMatch(/rollout-plans\/[a-z0-9-]+\.(?:yaml|csv)/);
  });

  test("says what to edit and what to type next", async () => {
    const { stdout } = await runCli(["init", "mine.yaml"], { cwd });
    expect(stdout.replace(/ on [A-Z][a-z]{2} \d+ [A-Z][a-z]{2} \d{4}/, " on DAY")).toBe(`mine.yaml: written, after the plan county-schools-2018.yaml

What to edit
  id                  now mine; never change it once something was applied
  emergency accounts  your two, which no policy ever asks
  cohorts             who your people are, by address, domain, department or group
  phases              what happens when; the first now starts on DAY
  early-adopters.csv  written beside it, with examples in it

What to type next
  entra-rollout check mine.yaml  is it sound?
  entra-rollout diff mine.yaml   what it would do to a practice tenant
  entra-rollout help plan        every word of a plan
`);
  });

  test("never writes over a file, neither the plan nor its list", async () => {
    writeFileSync(join(cwd, "mine.yaml"), "precious\n");
    writeFileSync(join(cwd, "early-adopters.csv"), "alder.county.example\n");
    const refused = await runCli(["init", "mine.yaml"], { cwd });
    expect([refused.exit, refused.stdout, written("mine.yaml")]).toEqual([64, "", "precious\n"]);
    expect(refused.stderr).toMatch(/mine\.yaml is not written: it is there already, and is left as it is\n.*hint: choose another name/s);
    expect((await runCli(["init", "other.yaml"], { cwd })).stdout).not.toContain("early-adopters.csv");
    expect(written("early-adopters.csv")).toBe("alder.county.example\n");
  });

  test.each([
    ["an unknown model", ["mine.yaml", "--like", "trsut"], /there is no such plan\n.*did you mean trust\?/s],
    ["YAML in a table", ["mine.csv", "--like", "trust"], /a name that ends in \.csv is a table's/],
    ["a table in YAML", ["mine.yaml", "--like", "table"], /a table's name ends in \.csv/],
    ["no folder", ["plans/mine.yaml"], /is not written: its folder is not there/],
    ["no letters", ["+++.yaml"], /no letter or digit/],
    ["no name", [], /PLAN is missing/],
  ])("%s is refused", async (_, args, says) => {
    const { exit, stderr } = await runCli(["init", ...args], { cwd });
    expect(exit).toBe(64);
    expect(stderr).toMatch(says);
    expect(existsSync(join(cwd, "mine.yaml"))).toBe(false);
  });
});
