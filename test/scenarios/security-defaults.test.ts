/** A tenant on security defaults moves to conditional access: never without the one or the other but between two writes, and whatever stops it there, the next run closes it first. */

import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Fetch } from "../../src/runtime.ts";
import type { CliResult } from "../cli/harness.ts";
import { badLine, type Trouble } from "./line.ts";
import { type Stage, stageFrom, stageOf } from "./stage.ts";

const DEFAULTS = "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy";
const PLAN = "plan.yaml";
const QUIET = { throttling: "off", lagMs: { directory: 0, conditionalAccess: 0 } } as const;

const planText = (more: { readonly managed?: string; readonly everyone?: boolean; readonly guests?: "in" | "out" } = {}): string => `
id: county-2018
name: County schools, away from security defaults
timeZone: Europe/London
mechanism: conditional-access
window: 2h
${more.managed === undefined ? "" : `microsoftManaged: ${more.managed}`}
emergencyAccounts: [emergency-1@county.example, emergency-2@county.example]
cohorts:
  heads: { accounts: ["head@*"] }
  everyone: { all: true, pupils: in, guests: ${more.guests ?? "in"} }
phases:
  - id: heads
    title: Head teachers
    starts: 2018-11-19
    requireMfa: { for: heads, on: [web, clients] }
${
  more.everyone === false
    ? ""
    : `  - id: everyone
    title: Everybody
    starts: 2018-12-13
    requireMfa: { for: everyone, on: [web, clients] }
    blockLegacy: { for: everyone }
`
}`;

const stages = new Set<Stage>();
const folders: string[] = [];
const kept = (stage: Stage): Stage => {
  stages.add(stage);
  return stage;
};
afterAll(async () => {
  for (const stage of stages) await stage.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const withPlan = (stage: Stage, text: string): void => writeFileSync(join(stage.cwd, PLAN), text);

/** The county, on security defaults, with nothing of anybody's on beside them. */
const onDefaults = async (plan = planText({ managed: "off" }), dials: object = {}): Promise<Stage> => {
  const stage = kept(await stageOf("county"));
  await stage.reader.dials({ ...QUIET, ...dials });
  for (const policy of await stage.reader.policies()) await stage.reader.put("policies", { ...policy, state: "disabled" });
  const { "@odata.context": _, ...defaults } = await stage.reader.json<Record<string, unknown>>("GET", DEFAULTS);
  await stage.reader.put("securityDefaults", { ...defaults, isEnabled: true });
  withPlan(stage, plan);
  return stage;
};

const apply = (stage: Stage, moment: string, more: readonly string[] = [], fetch?: Fetch): Promise<CliResult> =>
  stage.cli(["apply", PLAN, "--as-of", moment, "--yes", ...more], fetch === undefined ? {} : { fetch });

type Stand = { readonly defaults: boolean; readonly on: readonly string[] };

const standOf = async ({ reader }: Stage): Promise<Stand> => ({
  defaults: (await reader.json<{ isEnabled: boolean }>("GET", DEFAULTS)).isEnabled,
  on: (await reader.policies()).flatMap(({ displayName, state }) => (state === "enabled" ? [displayName] : [])).toSorted(),
});

const isBare = ({ defaults, on }: Stand): boolean => !defaults && on.length === 0;
const MOVED: Stand = {
  defaults: false,
  on: ["MFA: everyone [county-2018/mfa-everyone]", "MFA: heads [county-2018/mfa-heads]", "No old clients: everyone [county-2018/block-everyone]"],
};

const writesIn = async (stage: Stage, since: number): Promise<readonly string[]> =>
  (await stage.reader.requests(since))
    .filter(({ method, path }) => method !== "GET" && !path.endsWith("/$batch"))
    .map(({ method, path, status }) => `${method} ${path} ${status}`);
const countOf = async (stage: Stage): Promise<number> => (await stage.reader.requests()).at(-1)?.n ?? 0;

/** The tenant and the state folder as a power cut at this moment would leave them. */
const cutOff = (stage: Stage): string => {
  const folder = stage.copy();
  folders.push(folder);
  for (const state of stage.stateFolders().map((path) => join(folder, path.slice(stage.cwd.length))))
    for (const name of readdirSync(state)) if (name.startsWith("lock-")) rmSync(join(state, name), { recursive: true });
  return folder;
};

type Cut = { readonly after: string; readonly folder: string };

const nameOf = (request: Request): string => `${request.method} ${new URL(request.url).pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, "ID")}`;

/** Carries a command out and keeps what a cut behind each of its writes would leave, and behind each read while the tenant is bare. */
const withCuts = async (
  stage: Stage,
  command: (fetch: Fetch) => Promise<CliResult>,
): Promise<{ readonly cuts: readonly Cut[]; readonly result: CliResult }> => {
  const cuts: Cut[] = [];
  let isOff = false;
  const result = await command(async (request) => {
    const name = nameOf(request);
    const response = await stage.fetch(request);
    const isWrite = request.method !== "GET" && !name.includes("/_practice");
    if (isWrite && !name.endsWith("/$batch")) isOff = name === `PATCH ${DEFAULTS}`;
    if (isWrite || (isOff && !name.includes("/_practice"))) cuts.push({ after: name, folder: cutOff(stage) });
    return response;
  });
  return { cuts, result };
};

const resumed = async (cut: Cut): Promise<Stage> => kept(await stageFrom(cut.folder));
const closed = async (stage: Stage): Promise<void> => {
  stages.delete(stage);
  await stage.close();
};

/** Watches a command: how the tenant stood behind its first write, and what that was. */
const firstWrite = async (
  stage: Stage,
  command: (fetch: Fetch) => Promise<CliResult>,
): Promise<{ readonly write: string; readonly stand: Stand; readonly result: CliResult }> => {
  let seen: { write: string; stand: Stand } | undefined;
  const result = await command(async (request) => {
    const response = await stage.fetch(request);
    if (seen === undefined && request.method !== "GET" && !nameOf(request).includes("/_practice"))
      seen = { write: nameOf(request), stand: await standOf(stage) };
    return response;
  });
  if (seen === undefined) throw new Error(`nothing was written: ${result.stdout}${result.stderr}`);
  return { ...seen, result };
};

const FLIP = "PATCH /v1.0/identity/conditionalAccess/policies/ID";
const NOV = "2018-11-19";
const DEC = "2018-12-13";

/** Somebody's policy that is on, for nobody who matters here. */
const onePolicyOn = async ({ reader }: Stage): Promise<readonly string[]> => {
  const policy = {
    displayName: "IT: block nobody",
    state: "enabled",
    conditions: { users: { includeUsers: ["None"] }, applications: { includeApplications: ["All"] }, clientAppTypes: ["all"] },
    grantControls: { operator: "OR", builtInControls: ["block"] },
  };
  await reader.json("POST", "/v1.0/identity/conditionalAccess/policies", policy);
  return [policy.displayName];
};

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

  test("taken back: policies into report-only, then the defaults on", { timeout: 60_000 }, async () => {
    const runs = JSON.parse((await stage.cli(["runs", "--json"])).stdout) as { runs: readonly { id: string; done: number }[] };
    const last = runs.runs.findLast(({ done }) => done > 0);
    const undone = await stage.cli(["undo", last?.id ?? "", "--yes", "--no-hold"]);
    expect(undone, undone.stdout + undone.stderr).toMatchObject({ exit: 0 });
    expect(await standOf(stage)).toEqual({ defaults: true, on: [] });
    expect(await apply(stage, DEC)).toMatchObject({ exit: 0 });
    expect(await standOf(stage)).toEqual(MOVED);
  });
});

describe("security defaults stay", () => {
  test("a phase for 40 heads alone does not turn them off", { timeout: 60_000 }, async () => {
    const stage = await onDefaults(planText({ managed: "off", everyone: false }));
    const diff = await stage.cli(["diff", PLAN, "--as-of", NOV]);
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
