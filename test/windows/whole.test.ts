import { readFileSync } from "node:fs";
import { join, resolve, win32 } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../scripts/copy.js";
import { nodeFiles } from "../../src/node-runtime.ts";
import { type CliResult, runCli } from "../cli/harness.ts";
import { type WindowsMachine, windowsMachine } from "./machine.ts";

/** As a Windows editor saves it. */
const asOnWindows = (name: string): string => `\uFEFF${readFileSync(join(ROOT, "rollout-plans", name), "utf8").replaceAll(/\r?\n/g, "\r\n")}`;

const PLANS = [
  ["academy-trust-2022.yaml", "trust.yaml"],
  ["county-schools-2018.yaml", "county.yaml"],
  ["county-schools-2018.csv", "county.csv"],
  ["early-adopters.csv", "early-adopters.csv"],
] as const;

const IS_SOAK = process.env["SOAK"] !== undefined;

const CWD = "C:\\School\\MFA rollout";
const PLAN = "plans\\trust.yaml";
const COUNTY = "plans\\county.yaml";
const DAY = "2022-03-01";

describe("the whole tool on a Windows machine", () => {
  let machine: WindowsMachine;
  const typed = (...words: readonly string[]): Promise<CliResult> => runCli(words, { cwd: CWD, platform: "win32", files: machine.files, env: {} });
  const well = async (...words: readonly string[]): Promise<CliResult> => {
    const result = await typed(...words);
    expect(result.exit, `${words.join(" ")}: ${result.stderr}`).toBe(0);
    return result;
  };
  /** As an editor leaves a file in which somebody only looked. */
  const edited = (path: string): void => machine.put(path, machine.text(path)?.replaceAll(/\r?\n/g, "\r\n") ?? "");

  beforeAll(() => {
    machine = windowsMachine(nodeFiles);
    const plans = `${CWD}\\plans\\`;
    for (const [from, to] of PLANS) machine.put(`${plans}${to}`, asOnWindows(from));
    // Where the package lies on a Windows machine.
    machine.put(win32.resolve("C:\\", resolve("."), "rollout-plans/academy-trust-2022.yaml"), asOnWindows("academy-trust-2022.yaml"));
  });

  test("plans, a table and a list of Windows' making are sound, by any of their names", async () => {
    for (const plan of [PLAN, "plans/trust.yaml", "PLANS\\TRUST.YAML", `${CWD}\\plans\\trust.yaml`, COUNTY, "plans\\county.csv"]) await well("check", plan);
  });

  test("what was approved is applied, told, and taken back", async () => {
    const { stdout } = await well("diff", PLAN, "--as-of", DAY, "--out", "changes.json");
    // What is printed can be typed here.
    expect(stdout).toContain(`entra-rollout apply ${PLAN} --as-of ${DAY}`);
    edited(`${CWD}\\changes.json`);
    await well("apply", PLAN, "--as-of", DAY, "--changes", "changes.json", "--yes");
    const told = await well("run", PLAN, "--json", "--summary", "last-run.md");
    expect(told.stdout.trim().split("\n").length).toBeGreaterThan(1);
    expect(machine.text(`${CWD}\\last-run.md`)).toMatch(/\S/);
    const runs = await well("runs");
    // And journals.
    const journals = machine.names().filter((name) => /\\runs\\\d{8}T\d{6}Z-[0-9a-f]{4}\.jsonl$/.test(name));
    expect(journals.length).toBeGreaterThan(0);
    for (const journal of journals) edited(journal);
    expect(await well("runs")).toEqual(runs);
    const [id = ""] = /\d{8}T\d{6}Z-[0-9a-f]{4}/.exec(runs.stdout) ?? [];
    await well("undo", id, "--yes");
    expect((await well("status", PLAN)).stdout).toMatch(/^ +held /m);
  });

  test("reports, a folder of them, a card and snapshots are written where they are asked for", async () => {
    await well("report", "unregistered", PLAN, "--excel", "--out", "out.csv");
    await well("report", "unregistered", PLAN, "--excel", "--split", "domain", "--out", "schools");
    await well("card", PLAN, "--out", "card.txt");
    await well("init", "mine.yaml", "--like", "trust");
    await well("snapshot", "tenant.jsonl");
    edited(`${CWD}\\tenant.jsonl`);
    await well("status", PLAN, "--tenant", "tenant.jsonl");
    const inFolder = machine.names().filter((name) => win32.dirname(name) === CWD);
    expect(inFolder.map((name) => win32.basename(name))).toEqual(expect.arrayContaining(["card.txt", "mine.yaml", "out.csv", "tenant.jsonl"]));
    expect(machine.names()).toContain(`${CWD}\\schools\\harbour.trust.example.csv`);
  });

  test.runIf(IS_SOAK)("a list is looked for beside the plan; scripts and compressed snapshots have their places too", async () => {
    await well("sandbox", "fill", "county", "--again");
    const { stdout } = await well("diff", COUNTY, "--as-of", "2018-11-19", "--as-script", "mail.ps1");
    expect(stdout).toContain("4 to create, 4 to change, 0 to delete");
    expect(stdout).toContain("33 join");
    await well("snapshot", "county.jsonl.gz");
    await well("status", COUNTY, "--tenant", "county.jsonl.gz");
    expect(machine.names()).toEqual(expect.arrayContaining(["mail.ps1", "mail.rollback.ps1", "county.jsonl.gz"].map((name) => `${CWD}\\${name}`)));
  });

  test("no name was made that Windows does not take, none beside the folder, and none that differs in case alone", () => {
    expect(machine.made.length).toBeGreaterThan(50);
    expect(machine.unfit).toEqual([]);
    // A colon behind the drive's would name a stream of a file, and Windows would not say so.
    expect(machine.made.filter((path) => path.lastIndexOf(":") !== 1)).toEqual([]);
    expect(machine.made.filter((path) => path !== CWD && !path.startsWith(`${CWD}\\`))).toEqual([]);
    const names = machine.names();
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
    // Nothing is left of what was written under another name first.
    expect(names.filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});

describe("the machine that stands in for Windows", () => {
  test.each([
    ["C:\\school\\a:b.txt", "EINVAL"],
    ["C:\\school\\NUL.txt", "EINVAL"],
    ["C:\\school\\com1", "EINVAL"],
    ["C:\\school\\ends.", "EINVAL"],
    ["C:\\school\\what?.csv", "EINVAL"],
    ["C:\\nowhere\\a.txt", "ENOENT"],
    [`C:\\school\\${"a".repeat(260)}`, "ENAMETOOLONG"],
  ])("refuses %s", async (path, code) => {
    const machine = windowsMachine(nodeFiles);
    machine.put("C:\\school\\there.txt", "text");
    await expect(machine.files.write(path, "text")).rejects.toMatchObject({ code });
  });

  test("knows no case, and both slashes", async () => {
    const machine = windowsMachine(nodeFiles);
    machine.put("C:\\School\\There.txt", "text");
    expect(await machine.files.size("c:/school/THERE.TXT")).toBe(4);
    await expect(machine.files.create("C:\\school\\there.txt", "other")).rejects.toMatchObject({ code: "EEXIST" });
    expect(await machine.files.list("C:\\school")).toEqual(["There.txt"]);
  });
});
