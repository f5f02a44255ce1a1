import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/commands/table.ts";
import { EXIT_CODES } from "../../src/exit-codes.ts";
import { VERSION } from "../../src/version.ts";
import { matchesGolden } from "../render/golden.ts";
import { freshFolder, runCli } from "./harness.ts";

const cwd = freshFolder();

describe("help", () => {
  test.each([[[]], [["--help"]], [["-h"]], [["help"]]])("%j is the overview", async (args) => {
    const { exit, stdout, stderr } = await runCli(args, { cwd });
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    matchesGolden("cli/help.txt", stdout);
  });

  test.each(COMMANDS.map((command) => [command.name] as const))("%s has one, with an example, by three ways", async (name) => {
    const words = name.split(" ");
    const { exit, stdout } = await runCli([...words, "--help"], { cwd });
    expect(exit).toBe(0);
    expect(stdout).toMatch(/examples?:\n {2}entra-rollout /);
    matchesGolden(`cli/help-${words.join("-")}.txt`, stdout);
    expect((await runCli(["help", ...words], { cwd })).stdout).toBe(stdout);
    expect((await runCli([...words, "-h"], { cwd })).stdout).toBe(stdout);
  });

  test("a group of commands has one", async () => {
    const { exit, stdout } = await runCli(["sandbox", "--help"], { cwd });
    expect(exit).toBe(0);
    matchesGolden("cli/help-sandbox.txt", stdout);
  });

  test("the exit codes are the code's own", async () => {
    const { stdout } = await runCli(["help", "exit-codes"], { cwd });
    for (const { code, meaning } of EXIT_CODES)
      expect(
        stdout.split("\n").some((line) => line.trim().startsWith(`${code} `) && line.endsWith(meaning)),
        String(code),
      ).toBe(true);
    matchesGolden("cli/help-exit-codes.txt", stdout);
  });

  test("the findings and the plan's words are the code's own", async () => {
    const findings = await runCli(["help", "findings"], { cwd });
    expect(findings.stdout).toContain("emergency-accounts");
    const plan = await runCli(["help", "plan"], { cwd });
    expect(plan.stdout).toContain("reportOnlyFrom");
    expect([findings.exit, plan.exit]).toEqual([0, 0]);
  });

  test("no line is wider than 100 columns", async () => {
    for (const args of [
      ["--help"],
      ["help", "plan"],
      ["help", "findings"],
      ["help", "exit-codes"],
      ...COMMANDS.map((command) => [...command.name.split(" "), "--help"]),
    ]) {
      const wide = (await runCli(args, { cwd })).stdout
        .split("\n")
        .filter((line) => line.length > 120 || (line.length > 100 && !line.startsWith("  entra-rollout")));
      expect(wide, args.join(" ")).toEqual([]);
    }
  });
});

describe("the command line is read strictly", () => {
  const cases: readonly [name: string, args: readonly string[], exit: number, ...said: string[]][] = [
    ["a misspelt command", ["stauts", "plan.yaml"], 64, "unknown command stauts", "hint: did you mean status?"],
    ["a misspelt option", ["check", "plan.yaml", "--jsno"], 64, "unknown option --jsno", "hint: did you mean --json?"],
    ["an option of another command", ["check", "plan.yaml", "--yes"], 64, "unknown option --yes", "usage: entra-rollout check PLAN"],
    ["an argument is missing", ["diff"], 64, "PLAN is missing"],
    ["an argument too many", ["check", "a.yaml", "b.yaml"], 64, "too many arguments"],
    ["a value is missing", ["diff", "plan.yaml", "--as-of"], 64, "--as-of"],
    ["a group without its command", ["sandbox"], 64, "sandbox: which command?"],
    ["a misspelt command of a group", ["sandbox", "fil"], 64, "unknown command fil", "hint: did you mean fill?"],
    ["help on nothing", ["help", "nonsense"], 64, "no help on nonsense"],
    ["allow without reason", ["diff", "plan.yaml", "--allow", "size=3"], 64, "--allow needs --reason"],
    ["allow with an empty reason", ["diff", "plan.yaml", "--allow", "size=3", "--reason", " "], 64, "--allow needs --reason"],
    ["reason without allow", ["diff", "plan.yaml", "--reason", "because"], 64, "--reason is only for --allow"],
    ["allow without a number", ["diff", "plan.yaml", "--allow", "size", "--reason", "because"], 64, "--allow size: a guard and a number are needed"],
    ["one guard twice", ["diff", "plan.yaml", "--allow", "size=3", "--allow", "size=4", "--reason", "because"], 64, "--allow size: given twice"],
    ["a port that is none", ["sandbox", "serve", "--port", "99999"], 64, "--port 99999: a whole number up to 65535 is needed"],
    ["an unknown first option", ["--frobnicate"], 64, "unknown option --frobnicate"],
  ];
  test.each(cases)("%s", async (_name, args, exit, ...said) => {
    const result = await runCli(args, { cwd });
    expect(result.exit).toBe(exit);
    expect(result.stdout).toBe("");
    for (const words of said) expect(result.stderr).toContain(words);
    expect(result.stderr).not.toMatch(/\bat .*\.ts:\d+/);
    for (const line of result.stderr.trimEnd().split("\n")) expect(line).toMatch(/^[^A-Z]|^PLAN|^RUN/);
  });

  test("what is typed cannot move the cursor", async () => {
    const { exit, stderr } = await runCli(["\u001b[2Jevil"], { cwd });
    expect(exit).toBe(64);
    expect(stderr).toContain("\\u{1b}[2Jevil");
  });
});

test("the version is the package's", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(VERSION).toBe(version);
  expect((await runCli(["--version"], { cwd })).stdout).toBe(`${version}\n`);
});
