/** Which tenant it is: the one that is meant and no other, by the machine's clock, with its runs where the user keeps such things. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { stateHome } from "../../src/real-tenant.ts";
import { BY_SECRET, openWorld, PLAN, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const OTHER = "99999999-8888-4777-8666-555555555555";
const DUE = "2024-10-07T00:30:00Z";
const STATE = [".local", "state", "entra-rollout"] as const;
const onReal = (command: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  world.cli([...command, "--tenant", world.tenantId], { env: { ...BY_SECRET, ...env } });
const writes = () => world.left.filter(({ method, host, path }) => host.startsWith("graph.") && method !== "GET" && !/\$batch|getByIds|evaluate/.test(path));

describe("the tenant that is meant", () => {
  test("by its domain: the service says its id", async () => {
    const { exit, stderr } = await world.cli(["status", PLAN, "--tenant", "SMALL.example"], { env: BY_SECRET });
    expect(stderr).toContain("signing in with the client secret");
    expect(exit).toBe(0);
    expect(world.asked.map(({ path }) => path)).toEqual(["/small.example/v2.0/.well-known/openid-configuration", "/small.example/oauth2/v2.0/token"]);
  });

  test("for every command, in the environment", async () => {
    const { exit, stdout, stderr } = await world.cli(["status", resolve(PLAN)], {
      cwd: world.folder,
      env: { ...BY_SECRET, ENTRA_ROLLOUT_TENANT: world.tenantId },
    });
    expect(stderr).toContain(`${world.tenantId}: signing in with`);
    expect(exit).toBe(0);
    expect(stdout).not.toContain("--tenant");
  });

  const others: readonly (readonly [
    name: string,
    prepare: () => { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } | undefined,
    says: string,
  ])[] = [
    [
      "whose token is another's",
      () => {
        world.told.claims = { tid: OTHER };
        return undefined;
      },
      `this sign-in is for the tenant ${OTHER}, and `,
    ],
    [
      "whose organization is another",
      () => {
        world.told.service = (request) =>
          request.url.includes("/organization")
            ? new Response(JSON.stringify({ value: [{ id: OTHER, displayName: "Other", verifiedDomains: [{ name: "small.example" }] }] }), {
                headers: { "content-type": "application/json" },
              })
            : undefined;
        return undefined;
      },
      `this sign-in is for the tenant ${OTHER}, and `,
    ],
    [
      "whose domain is another's",
      () => ({ args: ["--tenant", "elsewhere.example"] }),
      "this sign-in is for the tenant Small organisation, and elsewhere.example is meant",
    ],
    ["that the environment does not mean", () => ({ args: ["--tenant", "small.example"], env: { AZURE_TENANT_ID: OTHER } }), `and ${OTHER} is meant`],
  ];
  test.each(others)("is refused where it is one %s", async (_, prepare, says) => {
    const { args = ["--tenant", world.tenantId], env = {} } = prepare() ?? {};
    await world.moveTo(DUE);
    const { exit, stderr } = await world.cli(["apply", PLAN, "--yes", ...args], { env: { ...BY_SECRET, ...env } });
    expect(stderr).toContain(says);
    expect(stderr).toContain("hint: nothing was read or written");
    expect(exit).toBe(64);
    expect(writes()).toEqual([]);
  });
});

describe("a plan that is not this tenant's", () => {
  const planWith = (change: (text: string) => string, from = PLAN): string => {
    const file = join(world.folder, "plan.yaml");
    writeFileSync(file, change(readFileSync(from, "utf8")));
    return file;
  };

  test("by its emergency accounts is refused before anything else is read", async () => {
    const file = planWith((text) => text.replaceAll("@small.example", "@county.example"));
    const { exit, stderr } = await onReal(["apply", file, "--yes"]);
    expect(stderr).toContain(
      "this plan is not for Small organisation: emergency-1@county.example and emergency-2@county.example, its emergency accounts, are of no domain of that tenant\n",
    );
    expect(stderr).toContain("hint: its domains are ");
    expect(exit).toBe(65);
    expect(world.left.filter(({ host }) => host.startsWith("graph.")).map(({ path }) => path)).toEqual(["/v1.0/organization"]);
  });

  test("with networks out of documentation is refused, but not on a practice tenant", async () => {
    const file = planWith((text) => text.replaceAll(/@[a-z.]+\.example/g, "@small.example"), "rollout-plans/college-14-days.yaml");
    const { exit, stderr } = await onReal(["status", file]);
    expect(stderr).toMatch(
      /plan\.yaml:\d+:\d+: \S.*: 2001:db8:60::\/48 is kept for documentation, and nobody signs in to a real tenant from there\nhint: write the public addresses/,
    );
    expect(exit).toBe(65);
    expect(await world.cli(["check", file])).toMatchObject({ exit: 0 });
  });
});

describe("apply and run", () => {
  test("work there, and keep their runs in the user's folder, under the tenant's id", async () => {
    await world.moveTo(DUE);
    const diff = await onReal(["diff", PLAN]);
    expect(diff.stdout).toContain("tenant: Small organisation");
    expect(diff.stdout).not.toContain("practice tenant");
    const applied = await onReal(["apply", PLAN, "--yes", "--json"]);
    expect(applied.exit).toBe(0);
    expect(JSON.parse(applied.stdout)).toMatchObject({ tenant: { id: world.tenantId, practice: false }, run: { done: 1 } });
    expect(writes().map(({ method, path }) => `${method} ${path}`)).toEqual(["PATCH /v1.0/policies/identitySecurityDefaultsEnforcementPolicy"]);
    const runs = readdirSync(join(world.folder, ...STATE, world.tenantId)).filter((name) => name.endsWith(".jsonl"));
    expect(runs).toHaveLength(1);

    const again = await onReal(["run", PLAN]);
    expect(again.exit).toBe(0);
    expect(writes()).toHaveLength(1);
    const listed = await onReal(["runs", "--json"]);
    expect(JSON.parse(listed.stdout)).toMatchObject({ tenant: { id: world.tenantId, practice: false }, runs: [{}] });
    const undone = await onReal(["undo", JSON.parse(listed.stdout).runs[0].id, "--yes"]);
    expect(undone.exit).toBe(0);
    expect(writes().length).toBeGreaterThan(1);
  });

  test("take no other moment than now", async () => {
    const { exit, stderr } = await onReal(["apply", PLAN, "--as-of", "2024-10-07", "--yes"]);
    expect(stderr).toContain("--as-of with apply is for practice tenants\n");
    expect(exit).toBe(64);
    expect(writes()).toEqual([]);
    expect((await onReal(["diff", PLAN, "--as-of", "2024-10-07"])).exit).toBe(0);
  });

  test("--state keeps runs elsewhere, and needs no home", async () => {
    await world.moveTo(DUE);
    const where = join(world.folder, "mine");
    const { exit } = await onReal(["apply", PLAN, "--yes", "--state", where], { HOME: "" });
    expect(exit).toBe(0);
    expect(readdirSync(where).some((name) => name.endsWith(".jsonl"))).toBe(true);
    expect(existsSync(join(world.folder, ".local"))).toBe(false);
  });
});

test.each([["clock"], ["dial"]])("sandbox %s is refused there before anybody signs in", async (command) => {
  const { exit, stderr } = await onReal(["sandbox", command, ...(command === "dial" ? ["throttling=off"] : [])]);
  expect(stderr).toContain("this command is for practice tenants, and nothing was asked of that one\n");
  expect(exit).toBe(64);
  expect(world.left).toEqual([]);
});

describe("the machine's clock", () => {
  const off = (ms: number): World["clock"] => ({ now: () => world.clock.now() + ms, sleep: world.clock.sleep });
  const applyWith = (ms: number, command: readonly string[]) => world.cli([...command, "--tenant", world.tenantId], { env: BY_SECRET, clock: off(ms) });

  test.each([
    [5 * 60_000, "this machine's clock is 5 minutes ahead of the service's"],
    [-90_000, "this machine's clock is 90 seconds behind the service's"],
  ])("%i ms from the service's: reads warn, and nothing is written", async (ms, says) => {
    await world.moveTo(DUE);
    const read = await applyWith(ms, ["diff", PLAN]);
    expect(read.stderr).toContain(`${says}: what is due is reckoned by this machine's`);
    expect(read.stderr.split(says)).toHaveLength(2);
    expect(read.exit).toBe(0);
    const written = await applyWith(ms, ["apply", PLAN, "--yes"]);
    expect(written.stderr).toContain(`${says}, so nothing is written`);
    expect(written.exit).toBe(1);
    expect(writes()).toEqual([]);
  });

  test("a minute from the service's is near enough", async () => {
    await world.moveTo(DUE);
    const { exit, stderr } = await applyWith(59_000, ["apply", PLAN, "--yes"]);
    expect(stderr).not.toContain("clock is");
    expect(exit).toBe(0);
  });
});

describe("the user's folder", () => {
  const cases: readonly (readonly [platform: NodeJS.Platform, env: Readonly<Record<string, string>>, want: string])[] = [
    ["linux", { XDG_STATE_HOME: "/state", HOME: "/a" }, "/state/entra-rollout"],
    ["linux", { XDG_STATE_HOME: "state", HOME: "/a" }, "/a/.local/state/entra-rollout"],
    ["linux", { HOME: "/a" }, "/a/.local/state/entra-rollout"],
    ["darwin", { HOME: "/b" }, "/b/.local/state/entra-rollout"],
    ["win32", { LOCALAPPDATA: "D:\\a\\AppData\\Local" }, "D:\\a\\AppData\\Local\\entra-rollout"],
    ["win32", { USERPROFILE: "D:\\a" }, "D:\\a\\AppData\\Local\\entra-rollout"],
  ];
  test.each(cases)("on %s with %j: %s", (platform, env, want) => {
    expect(stateHome({ platform, env })).toBe(want);
  });
  test.each(["linux", "win32"] as const)("on %s without any is asked for", (platform) => {
    expect(() => stateHome({ platform, env: {} })).toThrow("there is no folder in which runs could be kept");
  });
});
