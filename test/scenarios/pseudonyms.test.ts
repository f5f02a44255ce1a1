/** A snapshot under pseudonyms: nothing of the original in it, and diff says the same of the one as of the other. Must show 5. */

import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CliResult, freshFolder, runCli } from "../cli/harness.ts";
import { copyPlans } from "../plans.ts";
import { ownWords, planTexts, shapeOf, tellingTexts, textOf, textsLeft, wordsLeft } from "./pseudonyms.ts";

const folders: string[] = [];
const folder = (): string => {
  const cwd = freshFolder();
  folders.push(cwd);
  copyPlans(cwd);
  return cwd;
};
afterAll(() => {
  for (const cwd of folders) rmSync(cwd, { recursive: true, force: true });
});

const well = async (cwd: string, ...args: readonly string[]): Promise<CliResult> => {
  const result = await runCli(args, { cwd });
  expect(result, `${args.join(" ")}\n${result.stderr}${result.stdout}`).toMatchObject({ exit: 0 });
  return result;
};
const read = (cwd: string, name: string): string => textOf(readFileSync(join(cwd, name)));

/** Filled, carried on to a moment, and written twice: as it is, and under pseudonyms with the plan. */
const written = async (fill: string, plan: string, applied: string | undefined): Promise<string> => {
  const cwd = folder();
  await well(cwd, "sandbox", "fill", fill);
  if (applied !== undefined) await well(cwd, "apply", plan, "--as-of", applied, "--yes");
  await well(cwd, "snapshot", "plain.jsonl", "--tenant", "sandbox");
  await well(cwd, "snapshot", "made.jsonl.gz", "--tenant", "plain.jsonl", "--pseudonymise", "--plan", plan);
  return cwd;
};

const diff = async (cwd: string, plan: string, tenant: string, moment: string): Promise<string> => {
  const { stdout, stderr } = await runCli(["diff", plan, "--tenant", tenant, "--as-of", moment, "--json"], { cwd });
  expect(stdout, stderr).not.toBe("");
  return stdout;
};

type Case = readonly [fill: string, plan: string, applied: string | undefined, moments: readonly string[]];
const USUAL: readonly Case[] = [
  ["trust", "rollout-plans/academy-trust-2022.yaml", "2022-02-14T06:30", ["2022-02-28T06:30"]],
  ["college", "rollout-plans/college-14-days.yaml", "2023-09-18", ["2023-10-02"]],
  ["remote-desktop", "rollout-plans/remote-desktop-trust.yaml", undefined, ["2021-09-27"]],
  ["small", "rollout-plans/security-defaults.yaml", undefined, ["2024-10-07"]],
  ["county", "rollout-plans/county-schools-2018.yaml", "2018-11-12", ["2018-12-13"]],
];
const MORE: readonly Case[] = [
  ["trust", "rollout-plans/academy-trust-2022.yaml", undefined, ["2022-02-14T06:30", "2022-02-21"]],
  ["trust", "rollout-plans/academy-trust-2022.yaml", "2022-02-28T06:30", ["2022-02-28T06:30"]],
  ["remote-desktop", "rollout-plans/remote-desktop-trust.yaml", "2021-09-06", ["2021-09-20", "2021-09-27"]],
  ["county", "rollout-plans/county-schools-2018-per-user.yaml", "2018-11-12", ["2018-12-13"]],
  ["county", "rollout-plans/county-schools-2018.csv", undefined, ["2018-11-19", "2018-12-13"]],
];
const cases = process.env["SOAK"] === undefined ? USUAL : [...USUAL, ...MORE];

describe.each(cases)("%s, %s, applied until %s", (fill, plan, applied, moments) => {
  let cwd: string;
  beforeAll(async () => {
    cwd = await written(fill, plan, applied);
  });

  test.each(moments)("diff at %s has the same shape", async (moment) => {
    const original = await diff(cwd, plan, "plain.jsonl", moment);
    const made = await diff(cwd, "made.plan.yaml", "made.jsonl.gz", moment);
    expect(made).not.toBe(original);
    expect(shapeOf(made)).toEqual(shapeOf(original));
  });

  test("no name, address or id of the original is in any of the files", () => {
    const original = tellingTexts(read(cwd, "plain.jsonl"));
    expect(original.size).toBeGreaterThan(100);
    const made = tellingTexts(read(cwd, "made.jsonl.gz"));
    expect(textsLeft(original, made)).toEqual([]);
    expect(wordsLeft(original, [...made])).toEqual([]);
    const lengths = (text: string): readonly string[] =>
      [...text.matchAll(/"cidrAddress":"([0-9a-f.:]+)\/(\d+)"/g)].map(([, address = "", bits]) => `${address.includes(":") ? 6 : 4}/${bits}`);
    expect(lengths(read(cwd, "made.jsonl.gz"))).toEqual(lengths(read(cwd, "plain.jsonl")));
    const beside = readdirSync(cwd).filter((name) => /^made\..*\.csv$/.test(name));
    const planned = [...planTexts(read(cwd, "made.plan.yaml")), ...beside.flatMap((name) => read(cwd, name).split(/[,\n]/).slice(2))];
    expect(wordsLeft(new Set([...original, ...ownWords(read(cwd, plan))]), planned)).toEqual([]);
    expect(textsLeft(original, new Set(planned))).toEqual([]);
  });
});

describe("the key", () => {
  let cwd: string;
  const plan = "rollout-plans/academy-trust-2022.yaml";
  beforeAll(async () => {
    cwd = await written("trust", plan, undefined);
  });

  test("is beside the snapshot, for its owner alone, and in none of the other files", () => {
    const key = readFileSync(join(cwd, "made.key"), "utf8").trim();
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    if (process.platform !== "win32") expect(statSync(join(cwd, "made.key")).mode & 0o077).toBe(0);
    expect(read(cwd, "made.jsonl.gz") + read(cwd, "made.plan.yaml")).not.toContain(key);
  });

  test("gives the same names again, and another key others", async () => {
    await well(cwd, "snapshot", "again.jsonl", "--tenant", "plain.jsonl", "--pseudonymise", "--plan", plan, "--key-file", "made.key");
    // Behind the first line, which says when: asking takes a while.
    const resources = (file: string): string => read(cwd, file).replace(/^.*\n/, "");
    expect(resources("again.jsonl")).toBe(resources("made.jsonl.gz"));
    expect(read(cwd, "again.plan.yaml")).toBe(read(cwd, "made.plan.yaml"));
    expect(existsSync(join(cwd, "again.key"))).toBe(false);
    await well(cwd, "snapshot", "other.jsonl", "--tenant", "plain.jsonl", "--pseudonymise", "--key-file", "other-key");
    // Of two people under two keys the one may be called as the other is, but not under the same address.
    const addresses = [...tellingTexts(read(cwd, "other.jsonl"))].filter((text) => text.includes("@"));
    expect(textsLeft(new Set(addresses), tellingTexts(read(cwd, "made.jsonl.gz")))).toEqual([]);
    expect(readFileSync(join(cwd, "other-key"), "utf8")).toMatch(/^[0-9a-f]{64}\n$/);
  });

  test("is all that names follow from, with a plan or without; pseudonyms have pseudonyms", async () => {
    await well(cwd, "snapshot", "alone.jsonl", "--tenant", "plain.jsonl", "--pseudonymise", "--key-file", "made.key");
    const names = (file: string): readonly string[] => [...tellingTexts(read(cwd, file))].filter((text) => /@.*\.example$/.test(text)).sort();
    expect(names("alone.jsonl")).toEqual(names("made.jsonl.gz"));
    await well(cwd, "snapshot", "twice.jsonl", "--tenant", "made.jsonl.gz", "--pseudonymise", "--plan", "made.plan.yaml");
    expect(shapeOf(await diff(cwd, "twice.plan.yaml", "twice.jsonl", "2022-02-28T06:30"))).toEqual(
      shapeOf(await diff(cwd, "made.plan.yaml", "made.jsonl.gz", "2022-02-28T06:30")),
    );
  });

  test("what is said ends with what to type", async () => {
    const { stdout } = await well(cwd, "snapshot", "said.jsonl.gz", "--tenant", "plain.jsonl", "--pseudonymise", "--plan", plan);
    const [, ...lines] = stdout.trimEnd().split("\n");
    expect(lines).toEqual([
      "written to said.jsonl.gz, said.plan.yaml",
      "its names are made up by the key in said.key: keep that apart from what you give away; --key-file said.key makes the same names again",
      "to rehearse on it: entra-rollout diff said.plan.yaml --tenant said.jsonl.gz",
    ]);
  });
});

describe("refused, and nothing left", () => {
  let cwd: string;
  beforeAll(async () => {
    cwd = folder();
    await well(cwd, "sandbox", "fill", "trust");
    writeFileSync(join(cwd, "short.key"), "abc\n");
    writeFileSync(join(cwd, "taken.key"), `${"0".repeat(64)}\n`);
    writeFileSync(join(cwd, "planned.plan.yaml"), "mine\n");
    writeFileSync(join(cwd, "broken.yaml"), "id: broken\n");
    const plan = readFileSync(join(cwd, "rollout-plans/academy-trust-2022.yaml"), "utf8");
    writeFileSync(join(cwd, "odd.yaml"), plan.replace('"headteacher@*"', '"h*@*", "head*@*"'));
  });

  const refusals: readonly (readonly [args: readonly string[], exit: number, said: string])[] = [
    [["a.jsonl", "--key-file", "x.key"], 64, "--key-file is only for --pseudonymise"],
    [["a.jsonl", "--plan", "odd.yaml"], 64, "--plan is only for --pseudonymise"],
    [["a.jsonl", "--pseudonymise", "--key-file", "short.key"], 64, "it holds no key"],
    [["a.jsonl", "--pseudonymise", "--key-file", "no/where.key"], 64, "there is no such folder"],
    [["a.jsonl", "--pseudonymise", "--key-file", "rollout-plans"], 64, "it is a folder"],
    [["taken.jsonl", "--pseudonymise"], 64, "taken.key is there already, and a key is never replaced"],
    [["planned.jsonl", "--pseudonymise", "--plan", "odd.yaml"], 64, "planned.plan.yaml is there already"],
    [["a.jsonl", "--pseudonymise", "--plan", "broken.yaml"], 65, "broken.yaml:1:1"],
    [["a.jsonl", "--pseudonymise", "--plan", "odd.yaml"], 65, 'the pattern "h*@*" cannot be kept in step'],
  ];
  test.each(refusals)("%s", async (args, exit, said) => {
    const before = readdirSync(cwd).sort();
    const result = await runCli(["snapshot", ...args, "--tenant", "sandbox"], { cwd });
    expect(result).toMatchObject({ exit, stderr: expect.stringContaining(said) });
    expect(readdirSync(cwd).sort()).toEqual(before);
  });
});
