import { describe, expect, test } from "vitest";
import { apply } from "../../src/apply.ts";
import type { Step, StepOutcome } from "../../src/core/changes.ts";
import { desiredAt } from "../../src/core/desired.ts";
import { diff } from "../../src/core/diff.ts";
import { orderSteps } from "../../src/core/steps.ts";
import { unknown } from "../../src/core/tenant.ts";
import { id, policySettings } from "../core/guards/world.ts";
import { countsOf, Disk, FakeClock, LATER, MOMENT, PLAN, runOnce, startEntry, Tenant } from "./model.ts";

const fresh = () => ({ tenant: new Tenant(new FakeClock(MOMENT)), disk: new Disk() });
const POLICY = "mfa-heads-outside-schools";
const refusal = (status: number): StepOutcome => ({ type: "refused", error: { status, code: "x", message: "no" } });
const isPolicy = (step: Step): boolean => step.kind === "conditional-access";
const outcomeOf = ({ result, steps }: Awaited<ReturnType<typeof runOnce>>, key: string): readonly (StepOutcome | undefined)[] =>
  steps.filter((step) => step.key === key).map((step) => result.outcomes.get(step.id));

describe("a run that nothing disturbs", () => {
  test("makes what stands on nothing first, and journals intent, sent and outcome in this order", async () => {
    const { tenant, disk } = fresh();
    const { result, steps } = await runOnce(tenant, disk, MOMENT);
    expect(result.exit).toBe(0);
    expect(tenant.writes.map(({ write }) => write.type)).toEqual(["create", "add-members", "add-members", "add-members", "create", "create"]);
    expect(countsOf(tenant)).toEqual([1, 1, 1]);
    const lines = (disk.texts[0] ?? "")
      .trim()
      .split("\n")
      .map((line): { readonly type: string } => JSON.parse(line));
    expect(lines.map(({ type }) => type)).toEqual([
      ...["start", "intent", "sent", "outcome"],
      ...["intent", "intent", "intent", "outcome", "outcome", "outcome"],
      ...["intent", "sent", "outcome", "intent", "sent", "outcome", "end"],
    ]);
    expect(disk.runs[0]?.steps.map(({ outcome }) => outcome?.type)).toEqual(steps.map(() => "done"));
  });

  test("each kind is listed once after its creates, and members are read back once a group", async () => {
    const { tenant, disk } = fresh();
    await runOnce(tenant, disk, MOMENT);
    expect(tenant.lists).toEqual(["cohort-group", "named-location", "conditional-access"]);
    expect(tenant.memberLists).toBe(1);
  });

  test("an update is read back by one list of its kind, two seconds later", async () => {
    const { tenant, disk } = fresh();
    await runOnce(tenant, disk, MOMENT);
    tenant.lists = [];
    tenant.writes = [];
    tenant.clock.slept = [];
    expect((await runOnce(tenant, disk, LATER)).result.exit).toBe(0);
    expect(tenant.writes.map(({ write }) => write.type)).toEqual(["update"]);
    expect(tenant.lists).toEqual(["conditional-access"]);
    expect(tenant.clock.slept).toEqual([2_000]);
  });

  test("progress counts up to the whole", async () => {
    const { tenant, disk } = fresh();
    const steps = orderSteps(diff(PLAN, desiredAt(PLAN, MOMENT), tenant.observe()));
    const seen: number[] = [];
    await apply({
      steps,
      gateway: tenant.gateway(),
      journal: disk.writer(0),
      clock: tenant.clock,
      signal: new AbortController().signal,
      observed: tenant.observe(),
      progress: ({ done, total }) => seen.push(done / total),
    });
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });
});

describe("refusals and what stands on them", () => {
  test("what needs a group that was refused is left out, the rest is done", async () => {
    const { tenant, disk } = fresh();
    tenant.fate = (step) => (step.kind === "cohort-group" ? refusal(400) : "done");
    const run = await runOnce(tenant, disk, MOMENT);
    expect(run.result.exit).toBe(4);
    expect(outcomeOf(run, POLICY)).toEqual([{ type: "left-out", because: expect.stringMatching(/^it stands on MFA rollout: heads, which was not done$/) }]);
    expect(outcomeOf(run, "schools")).toMatchObject([{ type: "done" }]);
    expect(tenant.writes.filter(isPolicy)).toEqual([]);
  });

  test.each([
    ["not permitted", 403, 77],
    ["not signed in", 401, 77],
    ["too busy", 429, 69],
    ["down", 503, 69],
    ["unreachable", 0, 69],
    ["wrong", 400, 1],
  ] as const)("nothing was done: %s", async (_name, status, exit) => {
    const { tenant, disk } = fresh();
    tenant.fate = () => refusal(status);
    expect((await runOnce(tenant, disk, MOMENT)).result.exit).toBe(exit);
    expect(disk.runs[0]?.end?.exit).toBe(exit);
  });

  test("keys that settling holds back are not made, nor what stands on them", async () => {
    const { tenant, disk } = fresh();
    const observed = tenant.observe();
    const steps = orderSteps(diff(PLAN, desiredAt(PLAN, MOMENT), observed));
    const result = await apply({
      steps,
      gateway: tenant.gateway(),
      journal: disk.writer(0),
      clock: tenant.clock,
      signal: new AbortController().signal,
      observed,
      leaveOut: new Map([["@named-location/schools", "wait until noon"]]),
    });
    expect(result.exit).toBe(4);
    expect(countsOf(tenant)).toEqual([1, 0, 0]);
    expect([...result.outcomes.values()]).toContainEqual({ type: "left-out", because: "wait until noon" });
  });
});

describe("answers that are lost", () => {
  test("a create that happened is found by its mark, and what stands on it goes on", async () => {
    const { tenant, disk } = fresh();
    tenant.fate = () => "lost";
    const run = await runOnce(tenant, disk, MOMENT);
    expect(run.result.exit).toBe(0);
    expect(countsOf(tenant)).toEqual([1, 1, 1]);
  });

  test("a create that shows only after 120 s is unknown, is not repeated in this run, and is found by the next", async () => {
    const { tenant, disk } = fresh();
    tenant.lagMs = 150_000;
    tenant.fate = (step) => (step.kind === "named-location" ? "lost" : "done");
    const run = await runOnce(tenant, disk, MOMENT);
    expect(run.result.exit).toBe(4);
    expect(outcomeOf(run, "schools")).toMatchObject([{ type: "unknown" }]);
    const made = tenant.ours("named-location", "schools")[0]?.id;
    const second = await runOnce(tenant, disk, MOMENT);
    expect(second.settlement.settled).toMatchObject([{ type: "settled", run: disk.runs[0]?.id, found: made }]);
    expect(second.result.exit).toBe(0);
    expect(countsOf(tenant)).toEqual([1, 1, 1]);
  });

  test("a create that did not happen is unknown after 120 s on the clock, with backing off", async () => {
    const { tenant, disk } = fresh();
    tenant.fate = (step) => (step.kind === "named-location" ? "nothing" : "done");
    const run = await runOnce(tenant, disk, MOMENT);
    expect(run.result.exit).toBe(4);
    expect(outcomeOf(run, "schools")).toEqual([{ type: "unknown", because: "no answer; after 120 s nothing with its mark is listed" }]);
    expect(tenant.clock.slept.slice(2)).toEqual([2_000, 2_000, 4_000, 8_000, 15_000, 30_000, 30_000, 29_000]);
    expect(tenant.writes.filter(({ kind }) => kind === "named-location")).toHaveLength(1);
  });

  test("an update that happened is seen by its value", async () => {
    const { tenant, disk } = fresh();
    await runOnce(tenant, disk, MOMENT);
    tenant.fate = () => "lost";
    const run = await runOnce(tenant, disk, LATER);
    expect(run.result.exit).toBe(0);
    expect(outcomeOf(run, POLICY)).toMatchObject([{ type: "done" }]);
  });

  test("an update that did not happen is unknown, and says so", async () => {
    const { tenant, disk } = fresh();
    await runOnce(tenant, disk, MOMENT);
    tenant.fate = () => "nothing";
    const run = await runOnce(tenant, disk, LATER);
    expect(run.result.exit).toBe(4);
    expect(outcomeOf(run, POLICY)).toEqual([{ type: "unknown", because: "no answer; after 120 s the service still shows the old clients" }]);
  });

  test("an answer that differs from what was asked is told", async () => {
    const { tenant, disk } = fresh();
    tenant.fate = (step) => (isPolicy(step) ? { type: "done", id: id(0x777), settings: policySettings({ state: "off" }) } : "done");
    const run = await runOnce(tenant, disk, MOMENT);
    expect(run.result.exit).toBe(4);
    expect([...run.result.remarks.values()]).toEqual([expect.stringMatching(/the service shows another .*state.* than was asked for$/)]);
  });
});

describe("lists that lag", () => {
  test("an update shows a minute later", async () => {
    const { tenant, disk } = fresh();
    await runOnce(tenant, disk, MOMENT);
    tenant.clock.at += 600_000;
    tenant.lagMs = 45_000;
    expect((await runOnce(tenant, disk, LATER)).result.exit).toBe(0);
  });

  test("two runs in a row, and the first one's groups do not show yet: nothing is made twice", async () => {
    const { tenant, disk } = fresh();
    tenant.lagMs = 10 * 60_000;
    await runOnce(tenant, disk, MOMENT);
    const second = await runOnce(tenant, disk, MOMENT);
    expect(second.result.exit).toBe(4);
    expect(second.settlement.waiting.map(({ key }) => key)).toContain("heads");
    expect(countsOf(tenant)[0]).toBe(1);
  });
});

describe("somebody else is at work", () => {
  const runBetween = async (tenant: Tenant, disk: Disk, moment: number, between: () => void) => {
    const observed = tenant.observe();
    const steps = orderSteps(diff(PLAN, desiredAt(PLAN, moment), observed));
    between();
    const result = await apply({
      steps,
      gateway: tenant.gateway(),
      journal: disk.writer(disk.texts.length),
      clock: tenant.clock,
      signal: new AbortController().signal,
      observed,
    });
    return { result, steps };
  };
  const policyOf = (tenant: Tenant) => {
    const [found] = tenant.ours("conditional-access", POLICY);
    if (found === undefined || !("state" in found.settings)) throw new Error("no policy");
    return { ...found, settings: found.settings };
  };

  test("a policy that moved since it was read an hour ago is left as it is", async () => {
    const { tenant, disk } = fresh();
    await runOnce(tenant, disk, MOMENT);
    const { result, steps } = await runBetween(tenant, disk, LATER, () => {
      tenant.clock.at += 3_600_000;
      const found = policyOf(tenant);
      tenant.put({ ...found, settings: { ...found.settings, state: "off" } });
    });
    expect(result.exit).toBe(4);
    expect(steps.map(({ id: step }) => result.outcomes.get(step))).toEqual([{ type: "left-out", because: "somebody changed its state since it was read" }]);
    expect(policyOf(tenant).settings).toMatchObject({ state: "off", clients: ["browser"] });
  });

  test("a policy that is gone, or that somebody made", async () => {
    const { tenant, disk } = fresh();
    await runOnce(tenant, disk, MOMENT);
    const gone = await runBetween(tenant, disk, LATER, () => {
      tenant.clock.at += 3_600_000;
      tenant.remove(policyOf(tenant).id);
    });
    expect([...gone.result.outcomes.values()]).toEqual([{ type: "left-out", because: "somebody deleted it since it was read" }]);
    const other = fresh();
    const made = await runBetween(other.tenant, other.disk, MOMENT, () => {
      other.tenant.clock.at += 3_600_000;
      for (const each of tenant.ours("named-location", "schools")) other.tenant.put(each);
    });
    expect([...made.result.outcomes.values()].filter(({ type }) => type === "left-out")).toContainEqual({
      type: "left-out",
      because: expect.stringMatching(/^somebody made it since it was read/),
    });
    expect(countsOf(other.tenant)[1]).toBe(1);
  });

  test("a list that fails before a wave leaves it out", async () => {
    const { tenant, disk } = fresh();
    await runOnce(tenant, disk, MOMENT);
    tenant.onList = () => unknown("429 for ten minutes");
    const { result } = await runBetween(tenant, disk, LATER, () => {
      tenant.clock.at += 3_600_000;
    });
    expect([...result.outcomes.values()]).toEqual([{ type: "left-out", because: "it could not be read again before writing: 429 for ten minutes" }]);
    expect(result.exit).toBe(4);
  });

  test("a policy that shows as something else than was written", async () => {
    const { tenant, disk } = fresh();
    await runOnce(tenant, disk, MOMENT);
    tenant.onWrite = () => {
      const found = policyOf(tenant);
      tenant.put({ ...found, settings: { ...found.settings, state: "report-only" } });
    };
    const run = await runOnce(tenant, disk, LATER);
    expect(run.result.exit).toBe(4);
    expect(outcomeOf(run, POLICY)).toEqual([{ type: "unknown", because: "somebody else changed it meanwhile: it shows another state" }]);
  });
});

describe("Ctrl-C", () => {
  test("the write under way is finished and journalled, nothing is begun after it, exit 130", async () => {
    const { tenant, disk } = fresh();
    const interruption = new AbortController();
    tenant.onWrite = () => interruption.abort(new Error("interrupted"));
    const run = await runOnce(tenant, disk, MOMENT, interruption.signal);
    expect(run.result.exit).toBe(130);
    expect(tenant.writes).toHaveLength(1);
    expect(disk.runs[0]?.steps).toMatchObject([{ outcome: { type: "done" } }]);
    expect(disk.runs[0]?.end?.exit).toBe(130);
    expect([...run.result.outcomes.values()].filter(({ type }) => type === "left-out")).toHaveLength(run.steps.length - 1);
    // And on it goes.
    tenant.onWrite = () => undefined;
    expect((await runOnce(tenant, disk, MOMENT)).result.exit).toBe(0);
    expect(countsOf(tenant)).toEqual([1, 1, 1]);
  });

  test("while it waits for a list to show, nobody can say what holds", async () => {
    const { tenant, disk } = fresh();
    const interruption = new AbortController();
    await runOnce(tenant, disk, MOMENT);
    tenant.onList = () => {
      interruption.abort(new Error("interrupted"));
      return unknown("interrupted");
    };
    const run = await runOnce(tenant, disk, LATER, interruption.signal);
    expect(run.result.exit).toBe(130);
    expect(outcomeOf(run, POLICY)).toEqual([{ type: "unknown", because: "the service took it; interrupted before it was read back" }]);
  });

  test("interrupted before the first write nothing is written", async () => {
    const { tenant, disk } = fresh();
    const run = await runOnce(tenant, disk, MOMENT, AbortSignal.abort(new Error("interrupted")));
    expect(run.result.exit).toBe(130);
    expect(tenant.writes).toEqual([]);
  });
});

describe("what cannot be", () => {
  const step = (name: string, after: readonly string[]): Step => ({
    id: name,
    kind: "cohort-group",
    key: name,
    name,
    write: { type: "create", kind: "cohort-group", key: name, settings: { name, description: `entra-rollout:county-2018/${name}` } },
    undo: { type: "delete" },
    after,
    phases: [],
  });
  const run = async (steps: readonly Step[]) => {
    const { tenant, disk } = fresh();
    await disk.writer(0).append([startEntry(0, MOMENT)]);
    const result = await apply({
      steps,
      gateway: tenant.gateway(),
      journal: disk.writer(0),
      clock: tenant.clock,
      signal: new AbortController().signal,
      observed: tenant.observe(),
    });
    return { result, tenant, disk };
  };

  test("steps in a circle are left out", async () => {
    const { result, tenant } = await run([step("a", ["b"]), step("b", ["a"])]);
    expect(tenant.writes).toEqual([]);
    expect([...result.outcomes.values()].map(({ type }) => type)).toEqual(["left-out", "left-out"]);
  });

  test("a step that stands on one which is not part of the run is left out", async () => {
    const { result, disk } = await run([step("a", ["held"])]);
    expect([...result.outcomes.values()]).toEqual([{ type: "left-out", because: "it stands on the step held, which is not part of this run" }]);
    expect(disk.runs[0]?.steps).toMatchObject([{ outcome: { type: "left-out" } }]);
  });

  test("no steps: done", async () => {
    expect((await run([])).result.exit).toBe(0);
  });

  test("a journal that cannot be written ends the run before the write", async () => {
    const { tenant, disk } = fresh();
    disk.onAppend = (entries) => (entries.some(({ type }) => type === "sent") ? "never" : "whole");
    await expect(runOnce(tenant, disk, MOMENT)).rejects.toThrow("killed while appending");
    expect(tenant.writes).toEqual([]);
  });
});
