/** What a run costs in requests, counted in the tenant's own request log. */

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { freshFolder, runCli } from "../cli/harness.ts";
import { copyPlans } from "../plans.ts";

const PLAN = "rollout-plans/county-schools-2018.yaml";

/** Any number from 49,601 to 50,000 fills 125 batches of 20 times 20. */
const SIZES = [
  { accounts: 8_400, least: 5_601, batches: 15 },
  ...(process.env["SOAK"] === undefined ? [] : [{ accounts: 74_450, least: 49_601, batches: 125 }]),
];

type Row = { readonly method: string; readonly path: string; readonly status: number; readonly batch?: number };

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const filled = async (accounts: number): Promise<string> => {
  const cwd = freshFolder();
  folders.push(cwd);
  copyPlans(cwd);
  expect(await runCli(["sandbox", "fill", "county", "--accounts", String(accounts)], { cwd })).toMatchObject({ exit: 0 });
  // What the log is asked is counted elsewhere.
  expect(await runCli(["sandbox", "dial", "signIns=empty"], { cwd })).toMatchObject({ exit: 0 });
  return cwd;
};

const requestsIn = (cwd: string): readonly Row[] =>
  readFileSync(join(cwd, ".entra-rollout", "sandbox", "requests.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Row);

const isPolicies = ({ path }: Row): boolean => path.includes("/identity/conditionalAccess/policies");

describe("requests", () => {
  test("K policies cost K writes and two reads, made and changed", { timeout: 60_000 }, async () => {
    const cwd = await filled(1_512);
    for (const [moment, writes] of [
      ["2018-12-10", 4],
      ["2018-12-13", 1],
    ] as const) {
      const before = requestsIn(cwd).length;
      expect(await runCli(["apply", PLAN, "--as-of", moment, "--yes", "--quiet"], { cwd })).toMatchObject({ exit: 0 });
      const asked = requestsIn(cwd).slice(before).filter(isPolicies);
      expect(asked.filter(({ method }) => method !== "GET")).toHaveLength(writes);
      expect(asked.filter(({ method }) => method === "GET").length).toBeLessThanOrEqual(2);
      expect(asked.filter(({ status }) => status >= 400)).toEqual([]);
    }
  });

  test.each(SIZES)(
    "$least and more members cost $batches batches, and nothing else is written to the group",
    { timeout: 120_000 },
    async ({ accounts, least, batches: wanted }) => {
      const cwd = await filled(accounts);
      expect(await runCli(["apply", PLAN, "--as-of", "2018-12-03", "--yes", "--quiet"], { cwd })).toMatchObject({ exit: 0 });
      const before = requestsIn(cwd).length;
      const run = await runCli(["apply", PLAN, "--as-of", "2018-12-06", "--yes", "--json"], { cwd });
      expect(run.exit, run.stderr).toBe(0);
      const rows = requestsIn(cwd).slice(before);
      const group = (JSON.parse(run.stdout) as { changes: readonly { kind: string; members?: { added: readonly string[] } }[] }).changes.find(
        ({ kind }) => kind === "cohort-group",
      );
      const joined = group?.members?.added.length ?? 0;
      expect(joined).toBeGreaterThanOrEqual(least);
      expect(joined).toBeLessThan(least + 400);
      const batches = rows.filter(({ path, batch }) => path.endsWith("/$batch") && batch === undefined);
      expect(batches).toHaveLength(wanted);
      expect(
        rows.filter(({ method, batch, path }) => batch === undefined && method !== "GET" && !path.endsWith("/$batch")).map(({ method }) => method),
      ).toEqual(["POST", "POST"]);
    },
  );
});
