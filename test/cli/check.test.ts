import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { checkSchema } from "../../src/core/document-schema.ts";
import { readPlan } from "../../src/plan-file.ts";
import type { Files } from "../../src/runtime.ts";
import { matchesGolden } from "../render/golden.ts";
import { fakeRuntime, freshFolder, runCli } from "./harness.ts";

const PLAN = `id: small-2018
name: Small schools
timeZone: Europe/London
mechanism: conditional-access
emergencyAccounts: [emergency-1@county.example, emergency-2@county.example]
cohorts:
  heads: { accounts: ["head@*"] }
phases:
  - id: heads-web
    title: Head teachers, on the web
    starts: 2018-11-19
    requireMfa: { for: heads, on: [web] }
  - id: heads-clients
    starts: 2018-11-26T06:30
    requireMfa: { for: heads, on: [clients] }
`;

let cwd = "";
beforeEach(() => {
  cwd = freshFolder();
});

const write = (name: string, content: string | Uint8Array): void => writeFileSync(join(cwd, name), content);

describe("check", () => {
  test("a sound plan", async () => {
    write("plan.yaml", PLAN);
    const { exit, stdout, stderr } = await runCli(["check", "plan.yaml"], { cwd });
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    matchesGolden("cli/check-sound.txt", stdout);
  });

  test("a sound plan for programs", async () => {
    write("plan.yaml", PLAN);
    const { exit, stdout } = await runCli(["check", "plan.yaml", "--json"], { cwd });
    expect(exit).toBe(0);
    expect(checkSchema.parse(JSON.parse(stdout)).sound).toBe(true);
    matchesGolden("cli/check-sound.json", stdout);
  });

  test("every problem at once, with its place, and no stack", async () => {
    write("plan.yaml", PLAN.replace("for: heads, on: [web]", "for: hedas, on: [wbe]").replace("mechanism:", "mechansim:"));
    const { exit, stdout, stderr } = await runCli(["check", "plan.yaml"], { cwd });
    expect({ exit, stderr }).toEqual({ exit: 65, stderr: "" });
    expect(stdout).toMatch(/^plan\.yaml:4:1: .*\n {2}hint: .*mechanism/m);
    expect(stdout).toMatch(/problems in plan\.yaml\n$/);
    expect(stdout).not.toContain(".ts:");
  });

  test("the same for programs", async () => {
    write("plan.yaml", PLAN.replace("for: heads, on: [web]", "for: hedas, on: [web]"));
    const { exit, stdout } = await runCli(["check", "plan.yaml", "--json"], { cwd });
    expect(exit).toBe(65);
    expect(checkSchema.parse(JSON.parse(stdout))).toMatchObject({
      schemaVersion: 1,
      file: "plan.yaml",
      sound: false,
      problems: [{ file: "plan.yaml", line: 12 }],
    });
  });

  const cases: readonly [name: string, content: string | Uint8Array | undefined, said: string][] = [
    ["no such file", undefined, "there is no such file"],
    ["an empty file", "", "plan.yaml:1:1: "],
    ["more than 1 MB", `# ${"a".repeat(2_000_000)}`, "at most"],
    ["a binary file", Uint8Array.from({ length: 4000 }, (_, at) => at % 256), "not a text file"],
    ["Latin-1", Buffer.from("name: Sch\xfclerschule\n", "latin1"), "UTF-8"],
  ];
  test.each(cases)("%s is one clear line", async (_name, content, said) => {
    if (content !== undefined) write("plan.yaml", content);
    const { exit, stdout } = await runCli(["check", "plan.yaml"], { cwd });
    expect(exit).toBe(65);
    expect(stdout).toContain(said);
    expect(stdout.split("\n")[0]).toMatch(/^plan\.yaml:1:1: /);
    expect(stdout.length).toBeLessThan(400);
  });

  test("a folder is no plan", async () => {
    mkdirSync(join(cwd, "plan.yaml"));
    const { exit, stdout } = await runCli(["check", "plan.yaml"], { cwd });
    expect(exit).toBe(65);
    expect(stdout).toContain("it is a folder");
  });

  test.each([
    ["CRLF", PLAN.replaceAll("\n", "\r\n")],
    ["a byte order mark", `\ufeff${PLAN}`],
    ["UTF-16 with its mark", Buffer.from(`\ufeff${PLAN}`, "utf16le")],
  ])("%s is read", async (_name, content) => {
    write("plan.yaml", content);
    expect((await runCli(["check", "plan.yaml"], { cwd })).exit).toBe(0);
  });

  test("lists are found beside the plan, wherever one stands", async () => {
    mkdirSync(join(cwd, "plans"));
    write("plans/plan.yaml", PLAN.replace('accounts: ["head@*"]', "file: heads.csv"));
    write("plans/heads.csv", "account,change\nhead@alder.county.example,join\n");
    const { exit, stdout } = await runCli(["check", "plans/plan.yaml"], { cwd });
    expect(stdout).toContain("sound");
    expect(exit).toBe(0);
  });
});

describe("a review list that a phase names", () => {
  const listed = PLAN.replace("phases:\n", "phases:\n  - { id: block, starts: 2018-11-12, blockSignIn: { list: lists/unused.csv } }\n");
  const HEADINGS = "Account,Name,Why,Created,Decision,Reason,Decided by,Id,List,Check\r\n";
  beforeEach(() => {
    write("plan.yaml", listed);
    mkdirSync(join(cwd, "lists"));
  });

  test.each<readonly [name: string, make: () => void, said: RegExp]>([
    ["is not there yet", () => undefined, /^plan\.yaml:9:59: the list "lists\/unused\.csv" is not there yet: nothing is done by it$/m],
    ["is a folder", () => mkdirSync(join(cwd, "lists/unused.csv")), /^plan\.yaml:9:59: the list .* cannot be used, so nothing is done by it: it is a folder$/m],
    ["is no text", () => write("lists/unused.csv", Uint8Array.from([0, 1, 2, 3])), /: it is not a text file$/m],
    [
      "is longer than anybody's",
      () => {
        write("lists/unused.csv", "");
        truncateSync(join(cwd, "lists/unused.csv"), 33_000_000);
      },
      /: it is 33\.0 MB long; at most 32\.0 MB are read$/m,
    ],
    [
      "is longer than a cohort's may be, and has a row that cannot be believed",
      () => write("lists/unused.csv", `${HEADINGS}a@b.example,${"a".repeat(9_000_000)},,,delete,,office,1,2,3\r\n`),
      /^lists\/unused\.csv:2:1: its Id, List or Check is not what was written: nothing is done by this row$/m,
    ],
  ])("%s: worth a look, and no mistake of the plan's", async (_name, make, said) => {
    make();
    const { exit, stdout } = await runCli(["check", "plan.yaml"], { cwd });
    expect(exit).toBe(0);
    expect(stdout).toMatch(said);
  });
});

test("on Windows, paths follow its rules", async () => {
  const asked: string[] = [];
  const files: Record<string, string> = {
    "C:\\school\\plans\\plan.yaml": PLAN.replace('accounts: ["head@*"]', "file: lists/heads.csv"),
    "C:\\school\\plans\\lists\\heads.csv": "account\r\nhead@alder.county.example\r\n",
  };
  const found = (path: string): string | undefined => {
    asked.push(path);
    return files[path];
  };
  const base = fakeRuntime({ cwd: "C:\\school", platform: "win32" });
  const inMemory: Files = {
    ...base.files,
    size: async (path) => found(path)?.length,
    read: async (path) => new TextEncoder().encode(found(path)),
  };
  const parsed = await readPlan("plans\\plan.yaml", { ...base, files: inMemory });
  expect(parsed).toMatchObject({ type: "sound", plan: { file: "plans\\plan.yaml" } });
  expect([...new Set(asked)]).toEqual(["C:\\school\\plans\\plan.yaml", "C:\\school\\plans\\lists\\heads.csv"]);
});
