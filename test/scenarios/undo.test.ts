/** The way back: of any run, with other people's edits in between, and what holds make of it. */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CliResult } from "../cli/harness.ts";
import { type Dump, dumpOf } from "./dump.ts";
import { NO_LOG, type Stage, stageFrom, stageOf } from "./stage.ts";
import { COUNTY, COUNTY_MOMENTS, runsOf, TRUST, TRUST_MOMENTS } from "./stories.ts";

const SOAK = process.env["SOAK"] !== undefined;
const POLICIES = "/v1.0/identity/conditionalAccess/policies";

/** The tenant before a rollout and after each of its runs, oldest first. */
type Rolled = { readonly plan: string; readonly folders: readonly string[]; readonly dumps: readonly Dump[] };

const stages = new Set<Stage>();
const rolledOut = async (fill: string, plan: string, moments: readonly string[]): Promise<Rolled> => {
  const stage = await stageOf(fill, undefined, NO_LOG);
  const folders = [stage.copy()];
  const dumps = [await dumpOf(stage.reader)];
  for (const moment of moments) {
    expect(await stage.cli(["apply", plan, "--as-of", moment, "--yes"])).toMatchObject({ exit: 0 });
    folders.push(stage.copy());
    dumps.push(await dumpOf(stage.reader));
  }
  await stage.close();
  return { plan, folders, dumps };
};

let county: Rolled;
let trust: Rolled;
beforeAll(async () => {
  [county, trust] = await Promise.all([rolledOut("county", COUNTY, COUNTY_MOMENTS), rolledOut("trust", TRUST, TRUST_MOMENTS)]);
}, 120_000);
afterAll(async () => {
  for (const stage of stages) await stage.close();
  for (const folder of [...county.folders, ...trust.folders]) rmSync(folder, { recursive: true, force: true });
});

/** @param runs how many runs of the rollout are done. */
const stageAfter = async ({ folders }: Rolled, runs: number): Promise<Stage> => {
  const stage = await stageFrom(folders[runs] ?? "", NO_LOG);
  stages.add(stage);
  return stage;
};

const said = ({ stdout, stderr }: CliResult): string => `${stdout}${stderr}`.replaceAll(/\s+/g, " ");

const policyOf = async ({ reader }: Stage, name: string) => {
  const found = (await reader.policies()).find(({ displayName }) => displayName.startsWith(`${name} [`));
  if (found === undefined) throw new Error(`no policy ${name}`);
  return found;
};

/** By somebody in the admin centre, a minute ago. */
const patched = async ({ reader }: Stage, policy: string, body: unknown): Promise<void> => {
  await reader.forward(60_000);
  await reader.json("PATCH", `${POLICIES}/${policy}`, body);
  await reader.forward(60_000);
};

const isProgress = (group: unknown): boolean =>
  typeof group === "object" && group !== null && "displayName" in group && group.displayName === "MFA rollout: progress";
const stamps = new Set(["modifiedDateTime"]);
/** What a write cannot put back: when it was last written. */
const withoutStamps = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (key, inner: unknown) => (stamps.has(key) ? undefined : inner)));

describe("undo of all runs, the last first", () => {
  test.each([
    ["the county, held", () => county, true],
    ["the trust, held", () => trust, true],
    ["the trust, not held", () => trust, false],
  ] as const)("%s: after each the tenant is as it was before that run", { timeout: 120_000 }, async (_, rolled, hold) => {
    const { dumps, plan } = rolled();
    const stage = await stageAfter(rolled(), dumps.length - 1);
    const runs = await runsOf(stage);
    expect(runs).toHaveLength(dumps.length - 1);
    for (const [at, run] of [...runs.entries()].toReversed()) {
      const undone = await stage.cli(["undo", run.id, "--yes", ...(hold ? [] : ["--no-hold"])]);
      expect(undone, said(undone)).toMatchObject({ exit: 0 });
      const now = await dumpOf(stage.reader);
      const groups = now.groups.filter((group) => !isProgress(group));
      expect(now.groups.length - groups.length).toBe(hold ? 1 : 0);
      expect(withoutStamps({ ...now, groups })).toEqual(withoutStamps(dumps[at]));
    }
    // A hold outlasts the undo: nothing of it begins by itself again.
    const next = await stage.cli(["diff", plan, "--exit-code"]);
    expect(next.exit).toBe(hold ? 0 : 2);
  });
});

describe("undo of one run in the middle", () => {
  test("each of the county's: it takes back what nobody built on, names what a later run did, and the plan can be applied again", {
    timeout: 120_000,
  }, async () => {
    // Those that a later run built on cannot go: 4.
    const exits = [4, 4, 4, 4, 4, 0, 0];
    for (const [at, exit] of exits.entries()) {
      if (!SOAK && ![0, 4, 5].includes(at)) continue;
      const stage = await stageAfter(county, COUNTY_MOMENTS.length);
      const runs = await runsOf(stage);
      const undone = await stage.cli(["undo", runs[at]?.id ?? "", "--yes", "--no-hold"]);
      expect(undone.exit, said(undone)).toBe(exit);
      if (exit === 4) expect(said(undone)).toMatch(/by the run \S+: undo that one first|would go on naming it/);
      const policies = (await stage.reader.policies()).filter(({ state, description }) => state === "enabled" && description?.startsWith("entra-rollout:"));
      for (const policy of policies) expect(await stage.reader.members(policy.conditions.users.includeGroups[0] ?? ""), policy.displayName).not.toEqual([]);
      const again = await stage.cli(["apply", COUNTY, "--yes"]);
      expect(again, said(again)).toMatchObject({ exit: 0 });
      expect(await stage.cli(["diff", COUNTY, "--exit-code"])).toMatchObject({ exit: 0 });
    }
  });

  test("whom the trust's policy leaves out stays left out while it is on", { timeout: 60_000 }, async () => {
    const stage = await stageAfter(trust, 3);
    const [, run] = await runsOf(stage);
    const undone = await stage.cli(["undo", run?.id ?? "", "--yes"]);
    expect(undone.exit).toBe(4);
    expect(said(undone)).toContain("would go on naming it");
    expect((await dumpOf(stage.reader)).groups.filter((group) => !isProgress(group))).toEqual(trust.dumps[3]?.groups);
    expect((await policyOf(stage, "MFA: everyone, outside schools")).state).toBe("enabled");
  });

  test("what somebody else edited since stays as it is, and is said", { timeout: 60_000 }, async () => {
    const stage = await stageAfter(county, 2);
    const run = (await runsOf(stage)).at(-1);
    const policy = await policyOf(stage, "MFA: heads");
    await patched(stage, policy.id, { state: "disabled" });
    const undone = await stage.cli(["undo", run?.id ?? "", "--yes"]);
    expect(undone.exit).toBe(4);
    expect(said(undone)).toContain("it was changed since (state), not by this tool; it stays as it is");
    expect((await policyOf(stage, "MFA: heads")).state).toBe("disabled");
    // Put right by hand, it is as it was before the run.
    await patched(stage, policy.id, { state: "enabledForReportingButNotEnforced" });
    const right = await stage.cli(["undo", run?.id ?? "", "--yes"]);
    expect(right, said(right)).toMatchObject({ exit: 0 });
  });

  test("a group into which somebody put others stays, with those others", { timeout: 60_000 }, async () => {
    const stage = await stageAfter(trust, 1);
    const run = (await runsOf(stage)).at(-1);
    const group = (await stage.reader.groups()).find(({ displayName }) => displayName === "MFA rollout: it staff");
    const guest = (await stage.reader.users()).find(({ userPrincipalName }) => userPrincipalName.startsWith("finance@"));
    await stage.reader.json("POST", `/v1.0/groups/${group?.id}/members/$ref`, { "@odata.id": `${stage.origin}/v1.0/directoryObjects/${guest?.id}` });
    await stage.reader.forward(60_000);
    const undone = await stage.cli(["undo", run?.id ?? "", "--yes", "--no-hold"]);
    expect(undone.exit).toBe(4);
    expect(said(undone)).toContain("it was changed since (who is in it), not by this tool; it stays as it is");
    expect((await stage.reader.members(group?.id ?? "")).map(({ id }) => id)).toEqual([guest?.id]);
  });
});

describe("holds", () => {
  test("an undone phase stays away until it is begun again", { timeout: 60_000 }, async () => {
    const stage = await stageAfter(county, 2);
    const run = (await runsOf(stage)).at(-1);
    const undone = await stage.cli(["undo", run?.id ?? "", "--yes"]);
    expect(undone, said(undone)).toMatchObject({ exit: 0 });
    const held = await stage.cli(["apply", COUNTY, "--yes"]);
    const status = await stage.cli(["status", COUNTY]);
    expect(held.exit).toBe(0);
    expect(said(held)).toContain("held 19 Nov Head teachers, on the web");
    expect(said(status)).toContain("held 19 Nov Head teachers, on the web");
    expect((await policyOf(stage, "MFA: heads")).state).toBe("enabledForReportingButNotEnforced");
    expect(said(held)).toContain(`on hold: entra-rollout apply ${COUNTY} --phase heads-web`);
    const released = await stage.cli(["apply", COUNTY, "--phase", "heads-web", "--yes"]);
    expect(released, said(released)).toMatchObject({ exit: 0 });
    expect((await policyOf(stage, "MFA: heads")).state).toBe("enabled");
    expect((await stage.reader.groups()).find(isProgress)?.description).toBe("entra-rollout:county-2018/progress begun= held=");
    expect(await stage.cli(["diff", COUNTY, "--exit-code"])).toMatchObject({ exit: 0 });
    // Taken back once and done again by another run: the first is no longer to be taken back.
    const twice = await stage.cli(["undo", run?.id ?? "", "--yes"]);
    expect(twice.exit).toBe(4);
    expect(said(twice)).toMatch(/it was taken back by the run \S+ and written again by the run \S+: undo that one/);
    expect((await policyOf(stage, "MFA: heads")).state).toBe("enabled");
  });

  test("twice, and an undo itself: refused", { timeout: 60_000 }, async () => {
    const stage = await stageAfter(trust, 3);
    const run = (await runsOf(stage)).at(-1);
    expect(await stage.cli(["undo", run?.id ?? "", "--yes"])).toMatchObject({ exit: 0 });
    const twice = await stage.cli(["undo", run?.id ?? "", "--yes"]);
    const undo = (await runsOf(stage)).at(-1);
    const back = await stage.cli(["undo", undo?.id ?? "", "--yes"]);
    expect(twice).toMatchObject({ exit: 64, stdout: "" });
    expect(said(twice)).toContain(`the run ${run?.id} was taken back already, by the run ${undo?.id}`);
    expect(back).toMatchObject({ exit: 64, stdout: "" });
    expect(said(back)).toContain("there is no way back from that but to begin its phases again");
    expect(said(back)).toContain(`--phase everyone`);
  });
});

describe("ahead of its day", () => {
  test("staged the evening before, and switched on by one write", { timeout: 60_000 }, async () => {
    const stage = await stageAfter(county, 0);
    const staged = await stage.cli(["apply", COUNTY, "--as-of", "2018-11-11T20:00", "--stage", "--yes"]);
    expect(staged, said(staged)).toMatchObject({ exit: 0 });
    expect((await stage.reader.policies()).filter(({ description }) => description?.startsWith("entra-rollout:")).map(({ state }) => state)).toEqual([
      "enabledForReportingButNotEnforced",
    ]);
    const begun = (await stage.reader.requests()).length;
    const on = await stage.cli(["apply", COUNTY, "--as-of", "2018-11-12", "--yes"]);
    expect(on, said(on)).toMatchObject({ exit: 0 });
    const writes = (await stage.reader.requests()).slice(begun).filter(({ method, path }) => method !== "GET" && !path.includes("/_practice"));
    expect(
      writes
        .filter(({ method }) => method === "PATCH")
        .map(({ path }) => path.replace(/[0-9a-f-]{36}/, "ID"))
        .filter((path) => path.startsWith(POLICIES)),
    ).toEqual([`${POLICIES}/ID`]);
  });

  test("a phase begun early is on, is remembered as begun, and taken back is held", { timeout: 60_000 }, async () => {
    const stage = await stageAfter(county, 1);
    const early = await stage.cli(["apply", COUNTY, "--phase", "offices-web", "--yes"]);
    expect(early, said(early)).toMatchObject({ exit: 0 });
    expect((await policyOf(stage, "MFA: offices")).state).toBe("enabled");
    expect((await stage.reader.groups()).find(isProgress)?.description).toBe("entra-rollout:county-2018/progress begun=offices-web held=");
    const plain = await stage.cli(["apply", COUNTY, "--yes"]);
    expect(said(plain)).toContain("nothing to apply");
    const run = (await runsOf(stage)).at(-1);
    const undone = await stage.cli(["undo", run?.id ?? "", "--yes"]);
    expect(undone, said(undone)).toMatchObject({ exit: 0 });
    expect((await stage.reader.groups()).find(isProgress)?.description).toBe("entra-rollout:county-2018/progress begun= held=offices-web");
    expect((await stage.reader.policies()).filter(({ displayName }) => displayName.startsWith("MFA: offices"))).toEqual([]);
    expect(await stage.cli(["apply", COUNTY, "--yes"])).toMatchObject({ exit: 0 });
    expect((await stage.reader.policies()).filter(({ displayName }) => displayName.startsWith("MFA: offices"))).toEqual([]);
  });
});

describe("a plan that changed", () => {
  const edit = ({ cwd }: Stage, plan: string, change: (text: string) => string): void => {
    const file = join(cwd, plan);
    const text = readFileSync(file, "utf8");
    expect(change(text)).not.toBe(text);
    writeFileSync(file, change(text));
  };

  test("what a phase that left it had made is shown and stays, until it is pruned", { timeout: 60_000 }, async () => {
    const stage = await stageAfter(county, 3);
    edit(stage, COUNTY, (text) => text.replace(/ {2}- id: heads-web[\s\S]*?(?= {2}- id: offices-web)/, ""));
    const shown = await stage.cli(["diff", COUNTY, "--exit-code"]);
    const kept = await stage.cli(["apply", COUNTY, "--yes"]);
    expect(shown.exit).toBe(0);
    expect(said(shown)).toContain("Made by this plan, no longer named in it");
    expect(kept.exit).toBe(0);
    expect((await policyOf(stage, "MFA: heads")).state).toBe("enabled");
    const pruned = await stage.cli(["apply", COUNTY, "--prune", "--yes", "--allow", "size=40", "--reason", "the heads moved to another plan"]);
    expect(pruned, said(pruned)).toMatchObject({ exit: 0 });
    expect((await stage.reader.groups()).filter(({ displayName }) => displayName === "MFA rollout: heads")).toEqual([]);
    expect((await stage.reader.policies()).filter(({ displayName }) => displayName.startsWith("MFA: heads"))).toEqual([]);
  });

  test("what was approved is stale: 5 before the first write", { timeout: 60_000 }, async () => {
    const stage = await stageAfter(county, 1);
    expect(await stage.cli(["diff", COUNTY, "--as-of", "2018-11-19", "--out", "changes.json"])).toMatchObject({ exit: 0 });
    const policy = await policyOf(stage, "MFA: heads");
    await patched(stage, policy.id, { displayName: "MFA: heads, do not touch [county-2018/mfa-heads]" });
    const begun = (await stage.reader.requests()).length;
    const stale = await stage.cli(["apply", COUNTY, "--as-of", "2018-11-19", "--changes", "changes.json", "--yes"]);
    expect(stale.exit).toBe(5);
    expect(said(stale)).toMatch(/what was approved is no longer what would be done; nothing was written approved [0-9a-f]{64} now [0-9a-f]{64}/);
    expect((await stage.reader.requests()).slice(begun).filter(({ method, path }) => method !== "GET" && !path.includes("/_practice"))).toEqual([]);
    await patched(stage, policy.id, { displayName: policy.displayName });
    const fresh = await stage.cli(["apply", COUNTY, "--as-of", "2018-11-19", "--changes", "changes.json", "--yes"]);
    expect(fresh, said(fresh)).toMatchObject({ exit: 0 });
  });
});
