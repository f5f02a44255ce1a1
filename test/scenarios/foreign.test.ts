/** A tenant full of other people's things: none of them is ever a change, is written to, or is another afterwards. */

import { afterAll, describe, expect, test } from "vitest";
import type { CliResult } from "../cli/harness.ts";
import { essenceOf } from "./dump.ts";
import { type ForeignWorld, fillWith, foreignWorld, oddPolicies, publishedPolicies, sparing, type Wire } from "./foreign-world.ts";
import { NO_LOG, type Stage, stageOf } from "./stage.ts";
import { COUNTY, COUNTY_MOMENTS, TRUST, TRUST_MOMENTS } from "./stories.ts";

/** The county takes half a minute. */
const SOAK = process.env["SOAK"] !== undefined;

type DiffDocument = {
  readonly changes: readonly { readonly id?: string; readonly key: string; readonly name: string }[];
  readonly leftOver: readonly unknown[];
};

const ROLLOUTS = [
  { fill: "county", plan: COUNTY, moments: COUNTY_MOMENTS, mark: "county-2018/" },
  { fill: "trust", plan: TRUST, moments: TRUST_MOMENTS, mark: "trust-2022/" },
] as const;

const open: Stage[] = [];
afterAll(async () => {
  for (const stage of open) await stage.close();
});
const stageFor = async (fill: string): Promise<Stage> => {
  const stage = await stageOf(fill, undefined, NO_LOG);
  open.push(stage);
  return stage;
};

const accounts = async ({ reader }: Stage): Promise<{ readonly emergency: readonly string[]; readonly some: readonly string[] }> => {
  const users = await reader.users();
  return {
    emergency: users.filter(({ userPrincipalName }) => userPrincipalName.startsWith("emergency-")).map(({ id }) => id),
    some: users.slice(100, 110).map(({ id }) => id),
  };
};

const idsOf = (world: ForeignWorld): readonly string[] => [...world.policies, ...world.locations, ...world.groups].map(({ id }) => id);

/** What the service answers for each of them, as it came. */
const rawOf = async ({ reader }: Stage, world: ForeignWorld): Promise<ReadonlyMap<string, string>> => {
  const paths = [
    ...world.policies.map(({ id }) => `/v1.0/identity/conditionalAccess/policies/${id}`),
    ...world.locations.map(({ id }) => `/v1.0/identity/conditionalAccess/namedLocations/${id}`),
    ...world.groups.flatMap(({ id }) => [`/v1.0/groups/${id}`, `/v1.0/groups/${id}/members?$select=id`]),
  ];
  await reader.dials({ throttling: "off" });
  const raw = new Map<string, string>();
  for (const path of paths) {
    const response = await reader.send("GET", path);
    expect(response.status, path).toBe(200);
    raw.set(path, await response.text());
  }
  await reader.dials({});
  return raw;
};

/** The addresses that a policy of others spares when it speaks of all trusted locations. */
const trustedRanges = async ({ reader }: Stage): Promise<readonly string[]> =>
  (await reader.locations()).flatMap((location) => (location.isTrusted === true ? [`${location.id} ${JSON.stringify(location.ipRanges)}`] : [])).toSorted();

const said = ({ stdout, stderr }: CliResult): string => `${stdout}${stderr}`.replaceAll(/\s+/g, " ");

/** What the rollout itself made. */
const ours = (lines: readonly string[], mark: string): readonly string[] =>
  lines.filter((line) =>
    line.startsWith("location")
      ? line.includes(` [${mark}`)
      : line.includes(`"description":"entra-rollout:${mark}`) && line.includes("Made and kept by entra-rollout"),
  );

describe("other people's things", () => {
  test.each(ROLLOUTS.filter(({ fill }) => SOAK || fill !== "county"))(
    "$fill: the whole rollout among them",
    { timeout: 120_000 },
    async ({ fill, plan, moments, mark }) => {
      const alone = await stageFor(fill);
      const stage = await stageFor(fill);
      const { emergency, some } = await accounts(stage);
      expect(emergency).toHaveLength(2);
      const hand = foreignWorld(emergency, some);
      const world = { ...hand, policies: [...hand.policies, ...publishedPolicies().map((each) => sparing(each, emergency))] };
      const there: ForeignWorld = { ...world, policies: [...world.policies, ...((await stage.reader.policies()) as readonly unknown[] as readonly Wire[])] };
      await fillWith(stage.reader, world);
      const foreign = new Set(idsOf(there));
      expect(foreign.size).toBeGreaterThan(25);
      const before = await rawOf(stage, there);
      const spared = await trustedRanges(stage);
      expect(spared.length).toBeGreaterThanOrEqual(2);
      const begun = (await stage.reader.requests()).length;

      for (const moment of moments) {
        const shown = JSON.parse((await stage.cli(["diff", plan, "--as-of", moment, "--json"])).stdout) as DiffDocument;
        expect(shown.changes.filter(({ id }) => id !== undefined && foreign.has(id))).toEqual([]);
        expect(shown.leftOver).toEqual([]);
        const applied = await stage.cli(["apply", plan, "--as-of", moment, "--yes"]);
        expect(applied, applied.stdout + applied.stderr).toMatchObject({ exit: 0 });
        expect(await stage.cli(["diff", plan, "--exit-code"])).toMatchObject({ exit: 0 });
        expect(await alone.cli(["apply", plan, "--as-of", moment, "--yes"])).toMatchObject({ exit: 0 });
      }

      const writes = (await stage.reader.requests()).slice(begun).filter(({ method, path }) => method !== "GET" && !path.includes("/_practice"));
      expect(writes.length).toBeGreaterThan(5);
      expect(writes.filter(({ path }) => [...foreign].some((id) => path.toLowerCase().includes(id.toLowerCase())))).toEqual([]);
      expect(await rawOf(stage, there)).toEqual(before);
      expect(await trustedRanges(stage)).toEqual(spared);
      const made = ours(await essenceOf(stage.reader), mark);
      expect(made.length).toBeGreaterThan(3);
      expect(made).toEqual(ours(await essenceOf(alone.reader), mark));
    },
  );

  test("one that is on and catches the emergency accounts stops the rollout before its first write", { timeout: 60_000 }, async () => {
    const stage = await stageFor("county");
    const { emergency, some } = await accounts(stage);
    const world = foreignWorld(emergency, some);
    const blunt = oddPolicies([])
      .filter(({ displayName }) => displayName === "Away from home")
      .map((policy) => ({ ...policy, id: "f0a00000-0000-4000-8000-000000000099", displayName: "MFA for all" }));
    expect(blunt).toHaveLength(1);
    await fillWith(stage.reader, { ...world, policies: [...world.policies, ...publishedPolicies(), ...blunt] });
    const begun = (await stage.reader.requests()).length;
    const stopped = await stage.cli(["apply", COUNTY, "--as-of", "2018-11-12", "--yes"]);
    expect(stopped.exit).toBe(3);
    expect(said(stopped)).toContain('the policy "MFA for all" (f0a00000-0000-4000-8000-000000000099) is on and catches the emergency account');
    expect(said(stopped)).toContain('exclude emergency-1@county.example and emergency-2@county.example from the policy "MFA for all"');
    expect(stopped.stderr).toContain("nothing was written");
    expect((await stage.reader.requests()).slice(begun).filter(({ method, path }) => method !== "GET" && !path.includes("/_practice"))).toEqual([]);
  });

  test("one that cannot be read stops it as well, and is named", { timeout: 60_000 }, async () => {
    const stage = await stageFor("county");
    const { emergency, some } = await accounts(stage);
    const [first] = foreignWorld(emergency, some).policies;
    await stage.reader.put("policies", { ...first, displayName: null, conditions: null });
    const stopped = await stage.cli(["apply", COUNTY, "--as-of", "2018-11-12", "--yes"]);
    expect(stopped.exit).toBe(3);
    expect(stopped.stdout).toContain(first?.id);
    expect((await stage.reader.requests()).filter(({ method, path }) => method !== "GET" && !path.includes("/_practice"))).toEqual([]);
  });
});
