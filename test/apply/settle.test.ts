import { describe, expect, test } from "vitest";
import { unknown } from "../../src/core/tenant.ts";
import { settle } from "../../src/settle.ts";
import { countsOf, Disk, FakeClock, Killed, MOMENT, runOnce, Tenant } from "./model.ts";

const HOUR = 3_600_000;
const SCHOOLS = new Set(["@named-location/schools"]);

/** A run whose location's answer was lost; `made`: whether it happened. */
const afterLost = async (made: boolean) => {
  const tenant = new Tenant(new FakeClock(MOMENT));
  const disk = new Disk();
  tenant.fate = (step) => (step.kind !== "named-location" ? "done" : made ? "lost" : "nothing");
  if (made) tenant.lagMs = 200_000;
  await runOnce(tenant, disk, MOMENT);
  tenant.fate = () => "done";
  tenant.lagMs = 0;
  tenant.clock.slept = [];
  return { tenant, disk, sentAt: disk.runs[0]?.steps.find(({ step }) => step.kind === "named-location")?.sentAt ?? 0 };
};

const look = ({ tenant, disk }: Awaited<ReturnType<typeof afterLost>>, more: Partial<Parameters<typeof settle>[0]> = {}) =>
  settle({
    runs: disk.runs,
    observed: tenant.observe(),
    wanted: SCHOOLS,
    gateway: tenant.gateway(),
    clock: tenant.clock,
    signal: new AbortController().signal,
    ...more,
  });

describe("a create whose answer was lost", () => {
  test("is there: settled with its id, without waiting", async () => {
    const world = await afterLost(true);
    const { settled, waiting } = await look(world);
    expect(settled).toMatchObject([{ found: world.tenant.ours("named-location", "schools")[0]?.id }]);
    expect(waiting).toEqual([]);
    expect(world.tenant.clock.slept).toEqual([]);
  });

  test("shows up while it is waited for, and is in what comes back", async () => {
    const world = await afterLost(true);
    world.tenant.lagMs = world.tenant.clock.at - world.sentAt + 20_000;
    const told: string[] = [];
    const { settled, waiting, observed } = await look(world, { onWait: (names) => told.push(...names) });
    expect(settled).toHaveLength(1);
    expect(waiting).toEqual([]);
    expect(observed.resources["named-location"]).toMatchObject({ type: "present", value: [{ mark: { key: "schools" } }] });
    expect(told).toEqual(["schools"]);
  });

  test("is not there within the hour: waits 120 s, then says from when on it is made again", async () => {
    const world = await afterLost(false);
    const { settled, waiting } = await look(world);
    expect(settled).toEqual([]);
    expect(waiting).toMatchObject([{ kind: "named-location", key: "schools", from: world.sentAt + HOUR }]);
    expect(world.tenant.clock.slept.reduce((sum, ms) => sum + ms, 0)).toBe(120_000);
  });

  test("is not there, and nobody wants it now: nothing is waited for", async () => {
    const world = await afterLost(false);
    expect((await look(world, { wanted: new Set() })).waiting).toEqual([]);
    expect(world.tenant.clock.slept).toEqual([]);
  });

  test("is not there, and somebody says that it may be made again", async () => {
    const world = await afterLost(false);
    const { settled, waiting } = await look(world, { allow: 1 });
    expect(waiting).toEqual([]);
    expect(settled).toEqual([{ type: "settled", at: world.tenant.clock.at, run: world.disk.runs[0]?.id, step: expect.any(String) }]);
  });

  test("the number that is allowed must reach all of them", async () => {
    const world = await afterLost(false);
    expect((await look(world, { allow: 0 })).waiting).toHaveLength(1);
  });

  test("is not there an hour later: given up, without waiting, and made again", async () => {
    const world = await afterLost(false);
    world.tenant.clock.at = world.sentAt + HOUR;
    const { settled, waiting } = await look(world);
    expect(waiting).toEqual([]);
    expect(settled).toHaveLength(1);
    expect(world.tenant.clock.slept).toEqual([]);
    expect((await runOnce(world.tenant, world.disk, MOMENT)).result.exit).toBe(0);
    expect(countsOf(world.tenant)).toEqual([1, 1, 1]);
  });

  test("could not be looked for: nothing is concluded from a list that failed", async () => {
    const world = await afterLost(false);
    const observed = { ...world.tenant.observe(), resources: { ...world.tenant.observe().resources, "named-location": unknown("429") } };
    world.tenant.clock.at = world.sentAt + HOUR;
    expect(await look(world, { observed })).toMatchObject({ settled: [], waiting: [] });
    const within = await afterLost(false);
    within.tenant.onList = () => unknown("503");
    expect((await look(within)).waiting).toHaveLength(1);
  });

  test("interrupted while it waits", async () => {
    const world = await afterLost(false);
    await expect(look(world, { signal: AbortSignal.abort(new Killed("interrupted")) })).rejects.toThrow("interrupted");
  });
});

test("a create that was answered and shows is nothing to settle", async () => {
  const tenant = new Tenant(new FakeClock(MOMENT));
  const disk = new Disk();
  await runOnce(tenant, disk, MOMENT);
  expect(await look({ tenant, disk, sentAt: 0 })).toMatchObject({ settled: [], waiting: [] });
});

test("a create that was answered and was deleted an hour ago is for the guard to tell", async () => {
  const tenant = new Tenant(new FakeClock(MOMENT));
  const disk = new Disk();
  await runOnce(tenant, disk, MOMENT);
  for (const { id } of tenant.ours("named-location", "schools")) tenant.remove(id);
  expect((await look({ tenant, disk, sentAt: 0 })).waiting).toHaveLength(1);
  tenant.clock.at += HOUR;
  expect(await look({ tenant, disk, sentAt: 0 })).toMatchObject({ settled: [], waiting: [] });
});
