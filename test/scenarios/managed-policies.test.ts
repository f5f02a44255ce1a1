/** Policies of Microsoft's that appear when security defaults go off, and the plan that turns the defaults on. */

import { afterAll, describe, expect, test } from "vitest";
import {
  apply,
  closeAll,
  countOf,
  DEC,
  DEFAULTS,
  isBare,
  kept,
  MOVED,
  NOV,
  onDefaults,
  onePolicyOn,
  planText,
  resumed,
  type Stand,
  standOf,
  withCuts,
  withPlan,
  writesIn,
} from "./defaults-world.ts";
import { type Stage, stageOf } from "./stage.ts";

afterAll(closeAll);

describe("policies of Microsoft's", () => {
  const managedOn = async ({ reader }: Stage): Promise<readonly string[]> =>
    (await reader.policies()).flatMap(({ displayName, state }) => (displayName.startsWith("Microsoft-managed") && state === "enabled" ? [displayName] : []));

  test("the plan does not say what is to be done about them: nothing is turned off", { timeout: 60_000 }, async () => {
    const stage = await onDefaults(planText(), { managedPolicies: "on" });
    const before = await countOf(stage);
    const stopped = await apply(stage, DEC);
    expect(stopped, stopped.stdout).toMatchObject({ exit: 3 });
    expect(stopped.stdout).toContain("microsoftManaged: off");
    expect(await standOf(stage)).toEqual({ defaults: true, on: [] });
    expect((await writesIn(stage, before)).filter((write) => write.includes("identitySecurityDefaults"))).toEqual([]);
  });

  test("four appear, on at once: looked at, ours on first, and they are turned off in the same run", { timeout: 60_000 }, async () => {
    const stage = await onDefaults(planText({ managed: "off" }), { managedPolicies: "on" });
    const before = await countOf(stage);
    const run = await apply(stage, DEC);
    expect(run, run.stdout + run.stderr).toMatchObject({ exit: 0 });
    expect(await managedOn(stage)).toEqual([]);
    expect(await standOf(stage)).toEqual(MOVED);
    const again = await apply(stage, DEC);
    expect(again, again.stdout).toMatchObject({ exit: 0 });
    expect((await writesIn(stage, before)).filter((write) => /^PATCH .*policies/i.test(write)).length).toBe(1 + 3 + 4);

    // Theirs, on again, would keep the defaults off.
    const runs = JSON.parse((await stage.cli(["runs", "--json"])).stdout) as { runs: readonly { id: string; done: number }[] };
    const undone = await stage.cli(["undo", runs.runs.findLast(({ done }) => done > 0)?.id ?? "", "--yes"]);
    expect(undone.stdout.replaceAll(/\s+/g, " ")).toContain("it appeared as security defaults went off, and stays as it is");
    expect(await standOf(stage)).toEqual({ defaults: true, on: [] });
  });

  test("cut off as they appear: the next run puts ours on before it turns theirs off", { timeout: 120_000 }, async () => {
    const stage = await onDefaults(planText({ managed: "off" }), { managedPolicies: "on" });
    const { cuts } = await withCuts(stage, (fetch) => apply(stage, DEC, [], fetch));
    const cut = cuts.find(({ after }) => after === `PATCH ${DEFAULTS}`);
    if (cut === undefined) throw new Error("security defaults were not turned off");
    const after = await resumed(cut);
    const stands: Stand[] = [await standOf(after)];
    const next = await apply(after, DEC, [], async (request) => {
      const response = await after.fetch(request);
      if (request.method === "PATCH") stands.push(await standOf(after));
      return response;
    });
    expect(next, next.stdout).toMatchObject({ exit: 0 });
    expect(stands[0]?.on).toHaveLength(4);
    expect(stands.filter(isBare)).toEqual([]);
    expect(stands.at(-1)).toEqual(MOVED);
    const everybody = ["MFA: everyone [county-2018/mfa-everyone]", "Microsoft-managed: Multifactor authentication for all users"];
    for (const { on } of stands) expect(on.some((name) => everybody.includes(name))).toBe(true);
  });

  test("a policy for all users that switches on by itself stops the phase", { timeout: 60_000 }, async () => {
    const stage = await onDefaults(planText(), { managedPolicies: "report-only-later-on", managedPoliciesOnAfterMs: 10 * 86_400_000 });
    await stage.reader.json("PATCH", DEFAULTS, { isEnabled: false });
    const stopped = await apply(stage, NOV);
    expect(stopped, stopped.stdout).toMatchObject({ exit: 3 });
    expect(stopped.stdout).toMatch(/stop\s+Microsoft's policy "Microsoft-managed: Multifactor authentication for all users"/);
    withPlan(stage, planText({ managed: "reportOnly" }));
    expect(await apply(stage, DEC)).toMatchObject({ exit: 0 });
    expect(await managedOn(stage)).toEqual([]);
    expect(await standOf(stage)).toEqual(MOVED);
  });
});

describe("the plan with security defaults", () => {
  const SMALL = "rollout-plans/security-defaults.yaml";
  const MOMENT = "2024-10-07";

  test("on a free tenant they go on, nothing is let pass, and a second run changes nothing", { timeout: 60_000 }, async () => {
    const stage = kept(await stageOf("small-off"));
    const diff = await stage.cli(["diff", SMALL, "--as-of", MOMENT]);
    expect(diff.stdout).toMatch(/~ setting "Security defaults" +on +no {2}-> {2}yes/);
    const before = await countOf(stage);
    const run = await stage.cli(["apply", SMALL, "--as-of", MOMENT, "--yes"]);
    expect(run, run.stdout + run.stderr).toMatchObject({ exit: 0 });
    expect(await writesIn(stage, before)).toEqual([`PATCH ${DEFAULTS} 204`]);
    expect((await standOf(stage)).defaults).toBe(true);
    const again = await countOf(stage);
    expect(await stage.cli(["apply", SMALL, "--as-of", MOMENT, "--yes"])).toMatchObject({ exit: 0 });
    expect(await writesIn(stage, again)).toEqual([]);

    const runs = JSON.parse((await stage.cli(["runs", "--json"])).stdout) as { runs: readonly { id: string; done: number }[] };
    const undone = await stage.cli(["undo", runs.runs[0]?.id ?? "", "--yes", "--no-hold"]);
    expect(undone, undone.stdout + undone.stderr).toMatchObject({ exit: 0 });
    expect((await standOf(stage)).defaults).toBe(false);
  });

  test("they are on already: confirmed, without a change", { timeout: 60_000 }, async () => {
    const stage = kept(await stageOf("small"));
    const before = await countOf(stage);
    const run = await stage.cli(["apply", SMALL, "--as-of", MOMENT, "--yes"]);
    expect(run, run.stdout + run.stderr).toMatchObject({ exit: 0 });
    expect(run.stdout).toMatch(/live +7 Oct +Security defaults on/);
    expect(await writesIn(stage, before)).toEqual([]);
  });

  test("beside a policy that is on they are not turned on", { timeout: 60_000 }, async () => {
    const stage = kept(await stageOf("small-off"));
    await stage.reader.dials({ licence: "p1" });
    const [policy] = await onePolicyOn(stage);
    const run = await stage.cli(["apply", SMALL, "--as-of", MOMENT, "--yes"]);
    expect(run, run.stdout).toMatchObject({ exit: 3 });
    expect(run.stdout).toContain(`security defaults cannot be turned on beside policies that are on: "${policy}"`);
    expect((await standOf(stage)).defaults).toBe(false);
  });

  test("conditional access without P1: refused, with what is missing and what would do", { timeout: 60_000 }, async () => {
    const stage = kept(await stageOf("small"));
    withPlan(stage, planText({ managed: "off" }).replaceAll("county.example", "small.example"));
    const before = await countOf(stage);
    const run = await apply(stage, "2024-10-07");
    expect(run, run.stdout).toMatchObject({ exit: 3 });
    expect(run.stdout.replaceAll(/\s+/g, " ")).toContain("the tenant has no Entra ID P1; conditional access cannot be used: the service would refuse");
    expect(run.stdout).toContain("mechanism: security-defaults");
    expect(run.stdout).toContain("mechanism: per-user");
    expect(await writesIn(stage, before)).toEqual([]);
  });
});
