/** The county's New Year, from the command line: a list, objections, blocked, left to cool off, deleted, and three that somebody missed. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../cli/harness.ts";
import { copyPlans } from "../plans.ts";
import { matchesGolden } from "../render/golden.ts";
import { goTo, LIST, type Row, rowsIn, SENT_OUT, told } from "./accounts-world.ts";
import { NO_LOG, type Stage, stageOf } from "./stage.ts";

const FOLDER = "rollout-plans";
const PLAN = `${FOLDER}/county-schools-2018.yaml`;
const MISSED = ["allotment@oak.county.example", "keir.selcroft@birch.county.example", "benedict.fernby@birch.county.example"];
/** On hold, read by others, sent on to others. */
const OF_OTHERS = ["eco.club@oak.county.example", "parent.council@oak.county.example", "science.fair@oak.county.example"];

let county: Stage;
/** Whom somebody decided to delete. */
let decided: readonly Row[] = [];

beforeAll(async () => {
  county = await stageOf("county", undefined, NO_LOG);
  copyPlans(county.cwd, "as published");
  // What comes before the New Year has stories of its own.
  const path = join(county.cwd, PLAN);
  const text = readFileSync(path, "utf8");
  const from = text.indexOf("\nphases:\n") + "\nphases:\n".length;
  const last = text.indexOf("  # Accounts that were asked for and that nobody ever used.");
  writeFileSync(path, `${text.slice(0, from)}${text.slice(last)}`);
});
afterAll(async () => county.close());

type User = { readonly id: string; readonly userPrincipalName: string; readonly accountEnabled: boolean };
const enabledOf = async (ids: readonly string[]): Promise<ReadonlyMap<string, boolean>> => {
  const users = await county.reader.all<User>("/v1.0/users?$select=id,userPrincipalName,accountEnabled&$top=999");
  const wanted = new Set(ids);
  return new Map(users.filter(({ id }) => wanted.has(id)).map(({ userPrincipalName, accountEnabled }) => [userPrincipalName, accountEnabled]));
};
const idsOf = (rows: readonly Row[]): readonly string[] => rows.map(({ Id = "" }) => Id);

/** As a spreadsheet saves it in a county office: semicolons, a byte order mark, days the British way, sorted by school, a column more. */
const asSpreadsheet = (rows: readonly Row[]): string => {
  const columns = ["Domain", "Account", "Decision", "Reason", "Decided by", "Remarks", "Name", "Why", "Created", "Id", "List", "Check"];
  const cell = (text: string): string => (/[";\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = rows.map((row) =>
    columns.map((column) => cell(column === "Created" ? (row[column] ?? "").split("-").reverse().join("/") : (row[column] ?? ""))),
  );
  return `\ufeff${[columns, ...lines].map((cells) => `${cells.join(";")}\r\n`).join("")}`;
};

describe.sequential("New Year 2019", () => {
  test("in November the list goes out, and comes back with objections", async () => {
    const listed = await county.cli(["report", "stale", PLAN, "--for-review", SENT_OUT]);
    expect(listed.exit, told(listed)).toBe(0);
    matchesGolden("scenarios/accounts-county.list.txt", listed.stderr);
    const rows = rowsIn(county, SENT_OUT);
    expect(rows.length).toBeGreaterThan(50);
    const answered = [...rows]
      .sort((a, b) => ((a["Account"] ?? "") < (b["Account"] ?? "") ? -1 : 1))
      .map((row, at): Row => {
        if (at % 9 === 4) return { ...row, Decision: "keep", Reason: "comes back in spring", "Decided by": "school office" };
        return at % 9 === 8 ? row : { ...row, Decision: "Delete", Reason: "asked for, never used", "Decided by": "head teacher" };
      });
    decided = answered.filter(({ Decision }) => Decision === "Delete");
    const spoiled = answered.map((row, at) => (at === 0 ? { ...row, Name: "somebody else" } : row));
    writeFileSync(join(county.cwd, FOLDER, LIST), asSpreadsheet(spoiled));
    const bad = await runCli(["check", PLAN], { cwd: county.cwd });
    expect([bad.exit, bad.stdout], told(bad)).toEqual([0, expect.stringContaining(`${LIST}:2:1: Name is not what was written`)]);
    writeFileSync(join(county.cwd, FOLDER, LIST), asSpreadsheet(answered));
    const good = await runCli(["check", PLAN], { cwd: county.cwd });
    const open = answered.filter(({ Decision }) => Decision === "").length;
    expect([good.exit, good.stdout], told(good)).toEqual([
      0,
      expect.stringContaining(`${open} of ${answered.length} rows have no decision: nothing is done by them`),
    ]);
  });

  test("in December they are blocked", async () => {
    await goTo(county.reader, "2018-12-17");
    const diff = await county.cli(["diff", PLAN]);
    expect(diff.exit, told(diff)).toBe(0);
    matchesGolden("scenarios/accounts-county.block.txt", diff.stdout);
    const run = await county.cli(["run", PLAN]);
    expect(run.exit, told(run)).toBe(0);
    await county.reader.forward(10_000);
    const enabled = await enabledOf(idsOf(decided));
    expect(enabled.size).toBe(decided.length);
    const open = [...enabled].filter(([, isOn]) => isOn).map(([address]) => address);
    expect(open.sort()).toEqual(OF_OTHERS);
    matchesGolden("scenarios/accounts-county.status-blocked.txt", (await county.cli(["status", PLAN])).stdout);
    const early = await county.cli(["apply", PLAN, "--phase", "unused-deleted", "--yes"]);
    expect([early.exit, early.stdout], told(early)).toEqual([expect.any(Number), expect.stringContaining("can be deleted from 2019-01-07 on")]);
    expect((await enabledOf(idsOf(decided))).size).toBe(decided.length);
  });

  test("in January they are deleted, and whoever was let in again is not", async () => {
    await goTo(county.reader, "2019-01-07");
    const rescued = decided.find(({ Account = "" }) => Account.includes("@fir."));
    await county.reader.json("PATCH", `/v1.0/users/${rescued?.["Id"] ?? ""}`, { accountEnabled: true });
    const diff = await county.cli(["diff", PLAN]);
    expect(diff.exit, told(diff)).toBe(0);
    matchesGolden("scenarios/accounts-county.delete.txt", diff.stdout);
    const run = await county.cli(["run", PLAN]);
    expect(run.exit, told(run)).toBe(0);
    await county.reader.forward(10_000);
    const left = await enabledOf(idsOf(decided));
    // The second was made a shared mailbox in the meantime.
    expect([...left.keys()].sort()).toEqual([rescued?.["Account"], "desmond.hartford@birch.county.example", ...OF_OTHERS].sort());
    matchesGolden("scenarios/accounts-county.status-deleted.txt", (await county.cli(["status", PLAN])).stdout);
    const again = await county.cli(["run", PLAN]);
    const nothing = `nothing to apply: the tenant is as the plan wants it; ${LIST} has accounts on which nobody decided yet`;
    expect([again.exit, again.stdout], told(again)).toEqual([0, expect.stringContaining(nothing)]);
  });

  test("three are missed, and come back", async () => {
    writeFileSync(join(county.cwd, "missed.csv"), `Account\r\n${MISSED.join("\r\n")}\r\n`);
    const back = await county.cli(["accounts", "restore", "missed.csv", "--yes"]);
    expect(back.exit, told(back)).toBe(0);
    matchesGolden("scenarios/accounts-county.restore.txt", back.stdout.replaceAll(/\d{8}T\d{6}Z-[0-9a-f]{4}/g, "RUN"));
    await county.reader.forward(10_000);
    const there = await enabledOf(idsOf(decided));
    for (const account of MISSED) expect(there.get(account), account).toBe(true);
    // The list still says delete.
    const run = await county.cli(["run", PLAN]);
    expect([run.exit, run.stdout.includes("nothing to apply")], told(run)).toEqual([0, true]);
    const report = await county.cli(["report", "deletions", PLAN, "--csv"]);
    expect(report.exit, told(report)).toBe(0);
    matchesGolden("scenarios/accounts-county.deletions.csv", report.stdout.replaceAll(/\d{8}T\d{6}Z-[0-9a-f]{4}/g, "RUN"));
  });
});
