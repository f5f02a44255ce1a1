/** Plans and lists that cannot be read: what is wrong, where, at once, and nothing else. */

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { main } from "../../src/main.ts";
import { type CliResult, fakeRuntime, freshFolder, runCli } from "../cli/harness.ts";
import { copyPlans } from "../plans.ts";
import { matchesGolden } from "../render/golden.ts";

/** Fifteen different mistakes, of shape and of meaning, from the first line to the last. */
const FIFTEEN = `id: County_2018
name: County schools 2018
timeZone: Europe/Londn
mechanism: conditional-acces
window: 90
emergencyAccounts: [emergency-1@county.example]

cohorts:
  heads: { accounts: ["head at *"] }
  offices: { acounts: ["office@*"] }
  everyone:
    all: true
    pupils: maybe
    except:
      - { accounts: ["finance@*"], because: shared by three, until: 2019-04-31, owner: bursar }

networks:
  schools: { ranges: [192.168.0.0/16, 203.0.113.0/24] }

phases:
  - id: heads-web
    title: Head teachers, from Friday
    starts: 2018-11-19
    requireMfa: { for: head, on: [web] }
  - id: heads-web
    starts: 2018-11-26
    requireMfa: { for: heads, on: [clients], outside: [school], askAgainAfter: 400 days }
`;

/** Fifteen more, of the whole language: ways to name people, what mechanisms cannot do, gates, methods, registration. */
const FIFTEEN_MORE = `id: county-2018
name: County schools 2018
timeZone: Europe/London
mechanism: per-user
emergencyAccounts: [emergency-1@county.example, emergency-2@county.example]
serviceAccounts: [svc-printer]
notOn: [2018-12-21 to 2019-01-04]
methods: { atLeast: 2, notCount: [text, email] }

cohorts:
  staff: { domains: ["*@county.example"] }
  teachers: { cohorts: [heads, tutors] }
  heads: { cohorts: [teachers] }
  tutors: { where: { departement: [Tutors*] } }
  cleaners: { dynamic: user.department -eq "Cleaning" }

networks:
  home: { countries: [UK], trusted: true }

phases:
  - id: tutors-web
    starts: 2018-11-19
    ready: { atLeast: 120% }
    requireMfa: { for: tutors, on: [web], outside: home }
  - id: christmas
    starts: 2018-12-24
    requireMfa: { for: staff, on: [clients], strength: strong }
    blockLegacy: { for: staff }
  - id: methods
    starts: 2019-01-07
    allowMethods: { text: off, securityQuestions: off }
`;

const PLACE = /^plan\.yaml:(\d+):(\d+): \S/;
/** What no administrator should ever see of a bad plan. */
const INSIDES = /\.[jt]s:\d+|^ +at |Error:|undefined|\[object/m;

let cwd = "";
beforeEach(() => {
  cwd = freshFolder();
});
const folders: string[] = [];
const keep = (): string => {
  folders.push(cwd);
  return cwd;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const placesIn = (text: string): readonly string[] => text.split("\n").filter((line) => PLACE.test(line));

describe.each([
  ["fifteen different mistakes", FIFTEEN, "scenarios/bad-plans-fifteen.txt"],
  ["fifteen more, of the whole language", FIFTEEN_MORE, "scenarios/bad-plans-fifteen-more.txt"],
])("a plan with %s", (_, text, golden) => {
  const run = (...args: readonly string[]): Promise<CliResult> => {
    writeFileSync(join(keep(), "plan.yaml"), text);
    return runCli(args, { cwd });
  };

  test("check prints fifteen problems with line and column, and nothing else", async () => {
    const { exit, stdout, stderr } = await run("check", "plan.yaml");
    matchesGolden(golden, stdout);
    expect([exit, stderr]).toEqual([65, ""]);
    expect(placesIn(stdout)).toHaveLength(15);
    expect(new Set(placesIn(stdout)).size).toBe(15);
    expect(stdout).toMatch(/\n15 problems in plan\.yaml\n$/);
    expect(stdout).not.toMatch(INSIDES);
  });

  test("the same for programs", async () => {
    const { exit, stdout } = await run("check", "plan.yaml", "--json");
    const { sound, problems } = JSON.parse(stdout) as {
      readonly sound: boolean;
      readonly problems: readonly { readonly line: number; readonly column: number }[];
    };
    expect([exit, sound, problems.length]).toEqual([65, false, 15]);
    expect(problems.every(({ line, column }) => line >= 1 && column >= 1 && line <= text.split("\n").length)).toBe(true);
  });

  test.each([["diff"], ["status"], ["apply", "--yes"]])("%s says the same, before it looks for a tenant", async (command, ...options) => {
    const checked = await run("check", "plan.yaml");
    const { exit, stdout, stderr } = await runCli([command ?? "", "plan.yaml", ...options], { cwd });
    expect([exit, stdout]).toEqual([65, ""]);
    expect(placesIn(stderr)).toEqual(placesIn(checked.stdout));
    expect(stderr).not.toMatch(INSIDES);
    // Not even a practice tenant is made for it.
    expect(() => readFileSync(join(cwd, ".entra-rollout"))).toThrow(/ENOENT/);
  });

  test("with the line ends of Windows they stand in the same places", async () => {
    const unix = await run("check", "plan.yaml");
    writeFileSync(join(cwd, "plan.yaml"), `\ufeff${text.replaceAll("\n", "\r\n")}`);
    expect(await runCli(["check", "plan.yaml"], { cwd })).toEqual(unix);
  });
});

const bomb = (): string => {
  const levels = Array.from(
    { length: 12 },
    (_, level) =>
      `a${level}: &a${level} [${level === 0 ? "lol, lol" : `*a${level - 1}, *a${level - 1}, *a${level - 1}, *a${level - 1}, *a${level - 1}, *a${level - 1}, *a${level - 1}, *a${level - 1}`}]`,
  );
  return `${levels.join("\n")}\n`;
};

type Spoilt = { readonly name: string; readonly make: () => void; readonly says: RegExp };
const file = (content: string | Uint8Array) => (): void => writeFileSync(join(cwd, "plan.yaml"), content);

const SPOILT: readonly Spoilt[] = [
  { name: "missing", make: () => undefined, says: /^plan\.yaml:1:1: the plan cannot be read: there is no such file$/ },
  { name: "a folder", make: () => mkdirSync(join(cwd, "plan.yaml")), says: /: it is a folder$/ },
  { name: "behind a file", make: () => symlinkSync("nowhere/else", join(cwd, "plan.yaml")), says: /: there is no such file$/ },
  { name: "a circle of links", make: () => symlinkSync("plan.yaml", join(cwd, "plan.yaml")), says: /: its links lead in a circle$/ },
  { name: "empty", make: file(""), says: /^plan\.yaml:1:1: the plan is empty$/ },
  { name: "comments alone", make: file("# later\n\n"), says: /^plan\.yaml:1:1: the plan is empty$/ },
  { name: "2 MB of text", make: file("id: county-2018\n".repeat(125_000)), says: /: it is 2\.0 MB long; at most 1\.0 MB are read$/ },
  { name: "just below the limit", make: file(`# ${"a".repeat(62)}\n`.repeat(15_000)), says: /^plan\.yaml:1:1: the plan is empty$/ },
  { name: "a megabyte of brackets", make: file("[".repeat(900_000)), says: /: the plan is nested too deeply$/ },
  { name: "a megabyte of rows", make: file("- head@alder.county.example\n".repeat(32_000)), says: /: the plan is far longer than a plan can be$/ },
  { name: "an alias bomb", make: file(bomb()), says: /: written out, the aliases here make far more than a plan can hold$/ },
  { name: "a program", make: file(readFileSync(process.execPath).subarray(0, 500_000)), says: /: it is not a text file$/ },
  { name: "a spreadsheet", make: file(Uint8Array.from([0x50, 0x4b, 3, 4, 20, 0, 6, 0, 8, 0])), says: /: it is not a text file$/ },
  { name: "Latin-1", make: file(Buffer.from("name: Schülerschule\n", "latin1")), says: /: it is not in UTF-8; save it as UTF-8 and try again$/ },
  { name: "UTF-16 without a mark", make: file(Buffer.from(FIFTEEN, "utf16le")), says: /: it is not a text file$/ },
];

/** Its own time on a processor: how busy the machine is besides makes no difference. */
const LIMIT_MS = 2_000;
const TELL_TIME = `data:text/javascript,import { writeSync } from "node:fs"; process.on("exit", () => { const { user, system } = process.cpuUsage(); writeSync(3, String((user + system) / 1000)); });`;

type Ended = { readonly status: number | null; readonly stdout: string; readonly stderr: string; readonly cpuMs: number };

/** The program as people start it, with nothing in its environment. */
const program = (...args: readonly string[]): Ended => {
  const ended = spawnSync(process.execPath, ["--import", TELL_TIME, resolve("bin/entra-rollout.cjs"), ...args], {
    cwd,
    env: {},
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    timeout: 30_000,
  });
  return { status: ended.status, stdout: ended.stdout, stderr: ended.stderr, cpuMs: Number(ended.output[3]) };
};

describe("a file that is no plan is one clear line, at once", () => {
  test.each(SPOILT)("$name", async ({ make, says }) => {
    keep();
    make();
    const { exit, stdout, stderr } = await runCli(["check", "plan.yaml"], { cwd });
    expect([exit, stderr]).toEqual([65, ""]);
    expect(placesIn(stdout)).toEqual([expect.stringMatching(says)]);
    expect(stdout).toMatch(/\n1 problem in plan\.yaml\n$/);
    expect(stdout).not.toMatch(INSIDES);
    const diff = await runCli(["diff", "plan.yaml"], { cwd });
    expect([diff.exit, diff.stdout, placesIn(diff.stderr)]).toEqual([65, "", placesIn(stdout)]);

    const real = program("check", "plan.yaml");
    expect([real.status, real.stdout, real.stderr]).toEqual([65, stdout, ""]);
    expect(real.cpuMs).toBeGreaterThan(0);
    expect(real.cpuMs).toBeLessThan(LIMIT_MS);
  });

  test.skipIf(process.platform === "win32")("a device without an end", () => {
    keep();
    const real = program("check", "/dev/zero");
    expect(real.status).toBe(65);
    expect(real.stdout).toMatch(/^\/dev\/zero:1:1: the plan cannot be read: it is longer than the 1\.0 MB that are read\n/);
  });

  test("one that may not be read", async () => {
    writeFileSync(join(keep(), "plan.yaml"), FIFTEEN);
    const runtime = fakeRuntime({ cwd });
    const denied = async (): Promise<never> => {
      throw Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
    };
    expect(await main(["check", "plan.yaml"], { ...runtime, files: { ...runtime.files, read: denied } })).toBe(65);
    expect(runtime.stdout.text()).toMatch(/^plan\.yaml:1:1: the plan cannot be read: permission denied\n\n1 problem in plan\.yaml\n$/);
  });
});

describe("files as Windows writes them", () => {
  const COUNTY = "rollout-plans/county-schools-2018.yaml";
  const LIST = "rollout-plans/early-adopters.csv";
  let county = "";
  let plain: readonly unknown[] = [];
  const see = async (): Promise<readonly unknown[]> => {
    const checked = await runCli(["check", COUNTY], { cwd });
    const shown = await runCli(["diff", COUNTY, "--as-of", "2018-11-12", "--json", "--quiet"], { cwd });
    return [checked, shown];
  };
  const windows = (text: string): string => text.replaceAll("\n", "\r\n");
  let published = { plan: "", list: "" };

  beforeAll(async () => {
    cwd = freshFolder();
    county = cwd;
    copyPlans(keep());
    published = { plan: readFileSync(join(cwd, COUNTY), "utf8"), list: readFileSync(join(cwd, LIST), "utf8") };
    plain = await see();
    expect(plain).toMatchObject([{ exit: 0 }, { exit: 0 }]);
  });

  const rows: readonly (readonly [name: string, plan: (text: string) => string | Uint8Array, list: (text: string) => string | Uint8Array])[] = [
    ["line ends of Windows", windows, windows],
    ["a byte order mark", (text) => `\ufeff${text}`, (text) => `\ufeff${text}`],
    [
      "UTF-16 with a mark, as Notepad saves it",
      (text) => Buffer.from(`\ufeff${windows(text)}`, "utf16le"),
      (text) => Buffer.from(`\ufeff${windows(text)}`, "utf16le"),
    ],
    ["a list with semicolons, as a spreadsheet saves it", (text) => text, (text) => `\ufeff${windows(text.replaceAll(",", ";"))}`],
    ["a list with tabs", (text) => text, (text) => text.replaceAll(",", "\t")],
    ["a list with quotes and spaces", (text) => text, (text) => text.replaceAll(/^([^#\n,]+),(.*)$/gm, '"$1" , "$2"')],
    ["a list without its last line end", (text) => text, (text) => text.trimEnd()],
    ["a list that says its separator", (text) => text, (text) => `sep=;\r\n${windows(text.replaceAll(",", ";"))}`],
  ];
  test.each(rows)("%s: read the same", async (_name, plan, list) => {
    cwd = county;
    writeFileSync(join(cwd, COUNTY), plan(published.plan));
    writeFileSync(join(cwd, LIST), list(published.list));
    expect(await see()).toEqual(plain);
  });
});
