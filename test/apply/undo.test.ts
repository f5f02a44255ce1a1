import { describe, expect, test } from "vitest";
import { apply } from "../../src/apply.ts";
import { desiredAt } from "../../src/core/desired.ts";
import { diff } from "../../src/core/diff.ts";
import { nameOf, settingsOf } from "../../src/core/kinds/index.ts";
import { orderSteps } from "../../src/core/steps.ts";
import { undoPlan } from "../../src/core/undo.ts";
import { id, PLAN_ID, policySettings } from "../core/guards/world.ts";
import { countsOf, Disk, FakeClock, LATER, MOMENT, PLAN, runOnce, type Stored, startEntry, Tenant } from "./model.ts";

const POLICY = "mfa-heads-outside-schools";
const FOREIGN: readonly Stored[] = [
  { kind: "conditional-access", id: id(0x900), settings: policySettings({ name: "Old: MFA for all", description: "" }), members: new Set(), managed: false },
];

const world = () => ({ tenant: new Tenant(new FakeClock(MOMENT), FOREIGN), disk: new Disk() });

const planOf = (tenant: Tenant, disk: Disk, which: number) => {
  const [run, ...later] = disk.runs.slice(which);
  if (run === undefined) throw new Error("no such run");
  return undoPlan({ run, later, observed: tenant.observe(), planId: PLAN_ID });
};

const undo = async (tenant: Tenant, disk: Disk, which: number) => {
  const undone = planOf(tenant, disk, which);
  const number = disk.texts.length;
  const journal = disk.writer(number);
  await journal.append([startEntry(number, tenant.clock.at, { undoes: disk.runs[which]?.id ?? "" })]);
  const result = await apply({
    steps: undone.steps,
    gateway: tenant.gateway(),
    journal,
    clock: tenant.clock,
    signal: new AbortController().signal,
    observed: tenant.observe(),
  });
  return { undone, result };
};

/** Everything field by field, without the ids that a new group gets. */
const content = (tenant: Tenant): readonly unknown[] => {
  const names = new Map([...tenant.state.values()].map((each) => [each.id, nameOf(each.kind, settingsOf(each.kind, each.settings))]));
  const named = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replace(/[0-9a-f-]{36}/g, (found) => names.get(found) ?? found));
  return [...tenant.state.values()]
    .map(({ kind, settings, members }) => [kind, named(settings), [...members].sort()] as const)
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
};

test("undo of all runs, the last first: the tenant as before, field by field", async () => {
  const { tenant, disk } = world();
  const [empty] = [content(tenant)];
  await runOnce(tenant, disk, MOMENT);
  const first = content(tenant);
  await runOnce(tenant, disk, LATER);
  const back = await undo(tenant, disk, 1);
  expect(back.result.exit).toBe(0);
  expect(back.undone).toMatchObject({ left: [], phases: ["heads-clients"] });
  expect(content(tenant)).toEqual(first);
  const all = await undo(tenant, disk, 0);
  expect(all.result.exit).toBe(0);
  expect(all.undone.left).toEqual([]);
  expect(content(tenant)).toEqual(empty);
  // The policy goes before the group and the network that it names, and nobody is taken out of a group that goes.
  expect(all.undone.steps.map(({ write }) => write.type)).toEqual(["delete", "delete", "delete"]);
  expect(all.undone.steps[0]?.kind).toBe("conditional-access");
});

test("undo twice: the second time there is nothing to do", async () => {
  const { tenant, disk } = world();
  await runOnce(tenant, disk, MOMENT);
  await undo(tenant, disk, 0);
  expect(planOf(tenant, disk, 0)).toEqual({ steps: [], left: [], phases: [] });
});

test("members that a run added leave again, those who were there stay", async () => {
  const { tenant, disk } = world();
  await runOnce(tenant, disk, MOMENT);
  const [group] = tenant.ours("cohort-group", "heads");
  if (group === undefined) throw new Error("no group");
  const some = new Set([...group.members].slice(0, 20));
  tenant.put({ ...group, members: some });
  await runOnce(tenant, disk, MOMENT);
  const { undone, result } = await undo(tenant, disk, 1);
  expect(result.exit).toBe(0);
  expect(new Set(undone.steps.map(({ write }) => write.type))).toEqual(new Set(["remove-member"]));
  expect([...(tenant.ours("cohort-group", "heads")[0]?.members ?? [])].sort()).toEqual([...some].sort());
});

test("members that a run took out come back, 20 a step, but not accounts that are gone", async () => {
  const { tenant, disk } = world();
  await runOnce(tenant, disk, MOMENT);
  const [group] = tenant.ours("cohort-group", "heads");
  if (group === undefined) throw new Error("no group");
  const observed = tenant.observe();
  const extra = [id(0x1001), id(0xdead)];
  const steps = extra.map((each, at) => ({
    id: `s${at}`,
    kind: "cohort-group" as const,
    key: "heads",
    name: "heads",
    write: { type: "remove-member" as const, key: "heads", group: group.id, ids: [each] as const },
    undo: { type: "members" as const, added: [], removed: [each] },
    after: [],
    phases: [],
  }));
  tenant.put({ ...group, members: new Set([...group.members, ...extra]) });
  await disk.writer(1).append([startEntry(1, MOMENT)]);
  await apply({ steps, gateway: tenant.gateway(), journal: disk.writer(1), clock: tenant.clock, signal: new AbortController().signal, observed });
  expect(planOf(tenant, disk, 1).steps.map(({ write }) => write)).toEqual([{ type: "add-members", key: "heads", group: group.id, ids: [id(0x1001)] }]);
});

describe("what somebody changed since stays as it is, and is named", () => {
  const applied = async () => {
    const each = world();
    await runOnce(each.tenant, each.disk, MOMENT);
    return each;
  };
  const only = <T>(list: readonly T[]): T => {
    const [first] = list;
    if (first === undefined) throw new Error("nothing there");
    return first;
  };

  test("a policy, and with it the group and the network that it names", async () => {
    const { tenant, disk } = await applied();
    const policy = only(tenant.ours("conditional-access", POLICY));
    tenant.put({ ...policy, settings: { ...policySettings(), ...policy.settings, signInFrequency: "every-time" } });
    const { undone, result } = await undo(tenant, disk, 0);
    expect(undone.steps.filter(({ write }) => write.type === "delete")).toEqual([]);
    expect(undone.left.map(({ key, because }) => [key, because])).toEqual([
      [POLICY, "it was changed since (signInFrequency), not by this tool; it stays as it is"],
      ["schools", expect.stringMatching(/^"MFA: heads.*" \(.*\) would go on naming it$/)],
      ["heads", expect.stringMatching(/would go on naming it$/)],
    ]);
    expect(result.exit).toBe(0);
    expect(countsOf(tenant)).toEqual([1, 1, 1]);
  });

  test("by a later run of this tool", async () => {
    const { tenant, disk } = await applied();
    await runOnce(tenant, disk, LATER);
    expect(planOf(tenant, disk, 0).left[0]).toMatchObject({
      key: POLICY,
      because: `it was changed since (clients) by the run ${disk.runs[1]?.id}: undo that one first`,
    });
  });

  test("a group into which others were put: it stays, and those whom the run put in leave", async () => {
    const { tenant, disk } = await applied();
    const group = only(tenant.ours("cohort-group", "heads"));
    tenant.put({ ...group, members: new Set([...group.members, id(0x5000)]) });
    const { undone } = await undo(tenant, disk, 0);
    expect(undone.left).toMatchObject([{ key: "heads", because: "it was changed since (who is in it), not by this tool; it stays as it is" }]);
    expect([...only(tenant.ours("cohort-group", "heads")).members]).toEqual([id(0x5000)]);
  });

  test("a foreign policy that names a group of ours keeps it", async () => {
    const { tenant, disk } = await applied();
    const group = only(tenant.ours("cohort-group", "heads"));
    tenant.put({ ...only(FOREIGN), settings: policySettings({ name: "Old", description: "", include: { ...policySettings().include, groups: [group.id] } }) });
    const { left } = planOf(tenant, disk, 0);
    expect(left).toMatchObject([{ key: "heads", because: expect.stringMatching(/^"Old" \(.*900\) would go on naming it$/) }]);
  });

  test("a kind that cannot be read", async () => {
    const { tenant, disk } = await applied();
    const [run] = disk.runs;
    const observed = tenant.observe();
    const blind = undoPlan({
      run: only(run === undefined ? [] : [run]),
      later: [],
      observed: { ...observed, resources: { ...observed.resources, "conditional-access": { type: "unknown", because: "429" } } },
      planId: PLAN_ID,
    });
    expect(blind.left).toMatchObject([{ key: POLICY, because: "it could not be read: 429" }]);
  });
});

describe("a run that deleted", () => {
  const pruned = async () => {
    const each = world();
    await runOnce(each.tenant, each.disk, MOMENT);
    const before = content(each.tenant);
    const bare = { ...PLAN, phases: [], cohorts: [], networks: [] };
    const observed = each.tenant.observe();
    const changes = diff(bare, desiredAt(bare, MOMENT), observed, { prune: true });
    const journal = each.disk.writer(1);
    await journal.append([startEntry(1, each.tenant.clock.at)]);
    const result = await apply({
      steps: orderSteps(changes),
      gateway: each.tenant.gateway(),
      journal,
      clock: each.tenant.clock,
      signal: new AbortController().signal,
      observed,
    });
    expect(result.exit).toBe(0);
    expect(countsOf(each.tenant)).toEqual([0, 0, 0]);
    return { ...each, before };
  };

  test("is undone: the group made anew with its members, the policy restored and told of the new group", async () => {
    const { tenant, disk, before } = await pruned();
    const { undone, result } = await undo(tenant, disk, 1);
    expect(undone.left).toEqual([]);
    expect(undone.steps.filter(({ kind }) => kind === "conditional-access").map(({ write }) => write.type)).toEqual(["restore", "update"]);
    expect(result.exit).toBe(0);
    expect(content(tenant)).toEqual(before);
    const [group] = tenant.ours("cohort-group", "heads");
    const [policy] = tenant.ours("conditional-access", POLICY);
    expect(policy !== undefined && "include" in policy.settings ? policy.settings.include.groups : []).toEqual([group?.id]);
  });

  test("what was made again since is not made twice", async () => {
    const { tenant, disk } = await pruned();
    await runOnce(tenant, disk, MOMENT);
    const { left, steps } = planOf(tenant, disk, 1);
    expect(steps).toEqual([]);
    expect(left.map(({ key }) => key).sort()).toEqual(["heads", POLICY, "schools"].sort());
  });
});

test("a run that was cut is undone as far as it came, its unanswered creates included", async () => {
  const { tenant, disk } = world();
  const before = content(tenant);
  tenant.fate = (step) => (step.kind === "conditional-access" ? "lost" : "done");
  tenant.onWrite = (step) => {
    if (step.kind === "conditional-access") throw new Error("killed");
  };
  await expect(runOnce(tenant, disk, MOMENT)).rejects.toThrow("killed");
  tenant.onWrite = () => undefined;
  tenant.fate = () => "done";
  expect(disk.runs[0]?.end).toBeUndefined();
  const { result, undone } = await undo(tenant, disk, 0);
  expect(undone.left).toEqual([]);
  expect(result.exit).toBe(0);
  expect(content(tenant)).toEqual(before);
});
