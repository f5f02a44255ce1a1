/** A tenant on security defaults moves to conditional access: never without the one or the other but between two writes, and whatever stops it there, the next run closes it first. */

import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CliResult } from "../cli/harness.ts";
import {
  apply,
  type Cut,
  closeAll,
  closed,
  countOf,
  cutOff,
  DEC,
  DEFAULTS,
  FLIP,
  firstWrite,
  isBare,
  MOVED,
  NOV,
  nameOf,
  onDefaults,
  PLAN,
  planText,
  QUIET,
  resumed,
  standOf,
  withCuts,
  writesIn,
} from "./defaults-world.ts";
import { badLine, type Trouble } from "./line.ts";
import type { Stage } from "./stage.ts";

afterAll(closeAll);

describe("from security defaults to conditional access", () => {
  let stage: Stage;
  let cuts: readonly Cut[] = [];
  let moved: CliResult;

  beforeAll(async () => {
    stage = await onDefaults();
    expect(await apply(stage, NOV)).toMatchObject({ exit: 0 });
    expect(await standOf(stage)).toEqual({ defaults: true, on: [] });
    ({ cuts, result: moved } = await withCuts(stage, (fetch) => apply(stage, DEC, [], fetch)));
  }, 120_000);

  test("everybody is covered: the defaults go off and the policies on, and a second run changes nothing", { timeout: 60_000 }, async () => {
    expect(moved, moved.stdout + moved.stderr).toMatchObject({ exit: 0 });
    expect(moved.stdout).toContain("security defaults go off and 3 policies on in their place");
    expect(await standOf(stage)).toEqual(MOVED);
    expect(cuts.map(({ after }) => after).filter((name) => !name.startsWith("GET"))).toEqual([
      "POST /v1.0/groups",
      "POST /v1.0/groups",
      "POST /v1.0/identity/conditionalAccess/policies",
      "POST /v1.0/identity/conditionalAccess/policies",
      `PATCH ${DEFAULTS}`,
      FLIP,
      FLIP,
      FLIP,
    ]);
    const before = await countOf(stage);
    expect(await apply(stage, DEC)).toMatchObject({ exit: 0 });
    expect(await writesIn(stage, before)).toEqual([]);
  });

  test("cut off behind each request: one write has neither behind it, and the next run closes that first", { timeout: 240_000 }, async () => {
    const bare: string[] = [];
    for (const cut of cuts) {
      const after = await resumed(cut);
      const stand = await standOf(after);
      if (isBare(stand)) bare.push(cut.after);
      if (cut === cuts.at(-1)) {
        expect(stand).toEqual(MOVED);
      } else {
        const { write, stand: then, result } = await firstWrite(after, (fetch) => apply(after, DEC, [], fetch));
        expect(result, `${cut.after}\n${result.stdout}${result.stderr}`).toMatchObject({ exit: 0 });
        if (isBare(stand)) {
          expect(write).toBe(FLIP);
          expect(then).toEqual({ defaults: false, on: ["MFA: everyone [county-2018/mfa-everyone]"] });
        }
        expect(await standOf(after)).toEqual(MOVED);
      }
      await closed(after);
    }
    // What is read behind it, until the policy is on, leaves the tenant as that one write did.
    expect(bare.filter((name) => !name.startsWith("GET"))).toEqual([`PATCH ${DEFAULTS}`]);
    expect(bare.slice(1)).toEqual([`GET ${DEFAULTS}`, "GET /v1.0/identity/conditionalAccess/policies"]);
  });

  const bareCut = (): Cut => {
    const cut = cuts.find(({ after }) => after === `PATCH ${DEFAULTS}`);
    if (cut === undefined) throw new Error("security defaults were not turned off");
    return cut;
  };

  test("the state folder is lost: the tenant alone says that the gap is ours", { timeout: 60_000 }, async () => {
    const after = await resumed(bareCut());
    for (const folder of after.stateFolders()) rmSync(folder, { recursive: true });
    const { write, result } = await firstWrite(after, (fetch) => apply(after, DEC, [], fetch));
    expect(result).toMatchObject({ exit: 0 });
    expect(write).toBe(FLIP);
    expect(await standOf(after)).toEqual(MOVED);
  });

  test("a check keeps the policies off: the defaults go on again before anything else", { timeout: 60_000 }, async () => {
    const after = await resumed(bareCut());
    const user = await after.reader.json<Record<string, unknown>>("GET", "/v1.0/users/emergency-1@county.example");
    await after.reader.json("PATCH", `/v1.0/users/${String(user["id"])}`, { accountEnabled: false });
    const { write, stand, result } = await firstWrite(after, (fetch) => apply(after, DEC, [], fetch));
    expect(result, result.stdout).toMatchObject({ exit: 3 });
    expect(write).toBe(`PATCH ${DEFAULTS}`);
    expect(stand).toEqual({ defaults: true, on: [] });
    expect(await standOf(after)).toEqual({ defaults: true, on: [] });
  });

  test("the service refuses the policies: the defaults go on again, in the same run and in the next", { timeout: 60_000 }, async () => {
    const after = await resumed(bareCut());
    await after.reader.dials({ ...QUIET, faults: [{ method: "PATCH", path: "conditionalAccess/policies", effect: { type: "status", status: 403 } }] });
    const next = await apply(after, DEC);
    expect(next, next.stdout).toMatchObject({ exit: 4 });
    expect(await standOf(after)).toEqual({ defaults: true, on: [] });
    const again = await apply(after, DEC);
    expect(again, again.stdout).toMatchObject({ exit: 4 });
    expect(again.stdout).toContain("so they are on again");
    expect(await standOf(after)).toEqual({ defaults: true, on: [] });
    await after.reader.dials(QUIET);
    expect(await apply(after, DEC)).toMatchObject({ exit: 0 });
    expect(await standOf(after)).toEqual(MOVED);
  });

  test.each<readonly [string, number, Trouble]>([
    ["the defaults went off, and the answer is lost", 0, { type: "lost", done: true }],
    ["the defaults did not go off, and no answer comes", 0, { type: "lost", done: false }],
    ["the policy came on, and the answer is lost", 1, { type: "lost", done: true }],
    ["the policy did not come on, and no answer comes", 1, { type: "lost", done: false }],
  ])("%s: no run ends with neither", { timeout: 60_000 }, async (_name, at, trouble) => {
    const ready = cuts.findLast(({ after }) => after === "POST /v1.0/identity/conditionalAccess/policies");
    if (ready === undefined) throw new Error("no policy was made");
    const after = await resumed(ready);
    const line = badLine(after.fetch, trouble, at);
    const first = await apply(after, DEC, [], line.fetch);
    expect([0, 4], first.stdout).toContain(first.exit);
    const stand = await standOf(after);
    expect(isBare(stand)).toBe(false);
    expect(trouble.type === "lost" && trouble.done ? stand : stand.defaults).toEqual(trouble.type === "lost" && trouble.done ? MOVED : true);
    expect(await apply(after, DEC)).toMatchObject({ exit: 0 });
    expect(await standOf(after)).toEqual(MOVED);
    await closed(after);
  });

  test("taken back: policies into report-only, then the defaults on; cut off in between, the next run turns them on first", { timeout: 60_000 }, async () => {
    const runs = JSON.parse((await stage.cli(["runs", "--json"])).stdout) as { runs: readonly { id: string; done: number }[] };
    const last = runs.runs.findLast(({ done }) => done > 0);
    const back: Cut[] = [];
    const undone = await stage.cli(["undo", last?.id ?? "", "--yes"], {
      fetch: async (request) => {
        const response = await stage.fetch(request);
        if (request.method === "PATCH") back.push({ after: nameOf(request), folder: cutOff(stage) });
        return response;
      },
    });
    expect(undone, undone.stdout + undone.stderr).toMatchObject({ exit: 0 });
    expect(await standOf(stage)).toEqual({ defaults: true, on: [] });
    expect(await apply(stage, DEC)).toMatchObject({ exit: 0 });
    expect(await standOf(stage)).toEqual({ defaults: true, on: [] });

    // Behind the last policy, before the defaults.
    const gap = back[back.findLastIndex(({ after }) => after === FLIP)];
    if (gap === undefined) throw new Error("no policy was taken back");
    const after = await resumed(gap);
    expect(isBare(await standOf(after))).toBe(true);
    const { write, stand, result } = await firstWrite(after, (fetch) => apply(after, DEC, [], fetch));
    expect(result, result.stdout).toMatchObject({ exit: 0 });
    expect([write, stand.defaults]).toEqual([`PATCH ${DEFAULTS}`, true]);
    await closed(after);
  });
});

describe("security defaults stay", () => {
  test("a phase for 40 heads alone does not turn them off", { timeout: 60_000 }, async () => {
    const stage = await onDefaults(planText({ managed: "off", everyone: false }));
    const diff = await stage.cli(["diff", PLAN, "--as-of", NOV]);
    expect(diff.stdout).toMatch(/waiting +19 Nov +Head teachers/);
    expect(diff.stdout).toMatch(/stop\s+security defaults are on and stay on, and what is due of "Head teachers" stays in\s+report-only/);
    expect(await apply(stage, NOV)).toMatchObject({ exit: 3 });
    expect((await stage.reader.policies()).filter(({ displayName }) => displayName.startsWith("MFA: heads")).map(({ state }) => state)).toEqual([
      "enabledForReportingButNotEnforced",
    ]);
    expect(await standOf(stage)).toEqual({ defaults: true, on: [] });
    const before = await countOf(stage);
    expect(await apply(stage, NOV)).toMatchObject({ exit: 3 });
    expect(await writesIn(stage, before)).toEqual([]);
  });

  test("guests are left out: a stop with their number, which an administrator may let pass", { timeout: 60_000 }, async () => {
    const stage = await onDefaults(planText({ managed: "off", guests: "out" }));
    const first = await apply(stage, DEC);
    const [, count] = /security-defaults=(\d+)/.exec(first.stdout) ?? [];
    expect(Number(count)).toBeGreaterThan(0);
    expect(Number(count)).toBeLessThan(100);
    expect(await standOf(stage)).toEqual({ defaults: true, on: [] });
    const fewer = await apply(stage, DEC, ["--allow", `security-defaults=${Number(count) - 1}`, "--reason", "guests"]);
    expect(fewer.stdout).toContain("stop");
    expect(await standOf(stage)).toEqual({ defaults: true, on: [] });
    expect(await apply(stage, DEC, ["--allow", `security-defaults=${count}`, "--reason", "guests answer to their own tenants"])).toMatchObject({ exit: 0 });
    expect((await standOf(stage)).defaults).toBe(false);
  });
});
