import { describe, expect, test } from "vitest";
import { applyChanges } from "../../src/core/after.ts";
import type { Desired, DesiredResource } from "../../src/core/changes.ts";
import { besideDefaults, type HandoverInput } from "../../src/core/defaults-handover.ts";
import { diff } from "../../src/core/diff.ts";
import { markText } from "../../src/core/mark.ts";
import type { Observed } from "../../src/core/observed.ts";
import { progressText, readProgress } from "../../src/core/progress.ts";
import { orderSteps } from "../../src/core/steps.ts";
import { type PolicySettings, present, type ResourceOf, unknown } from "../../src/core/tenant.ts";
import { desired, foreign, group, heads, id, observed, PLAN_ID, plan, policy, policySettings, roster, users } from "./guards/world.ts";

const DEFAULTS = id(5);
const EVERYBODY: Partial<PolicySettings> = { clients: ["browser", "mobile-and-desktop"], include: users({ all: true }), exclude: users() };
const BLOCK: Partial<PolicySettings> = { ...EVERYBODY, clients: ["activesync", "legacy"], grant: { operator: "or", controls: ["block"], strength: null } };

const named = (key: string, fields: Partial<PolicySettings>): PolicySettings =>
  policySettings({ ...fields, name: `${key} [${PLAN_ID}/${key}]`, description: `${markText({ plan: PLAN_ID, key })}. Made` });
const wanted = (key: string, fields: Partial<PolicySettings>): DesiredResource => ({
  kind: "conditional-access",
  key,
  settings: named(key, fields),
  phases: ["heads-web"],
});
const there = (key: string, fields: Partial<PolicySettings>, number: number): ResourceOf<"conditional-access"> =>
  policy(named(key, fields), { id: id(number), mark: { plan: PLAN_ID, key } });

const WANTED: Desired = desired("started", [
  wanted("block-everyone", BLOCK),
  wanted("mfa-everyone", EVERYBODY),
  wanted("mfa-heads", { ...EVERYBODY, include: users({ users: heads(1) }) }),
]);

type World = { readonly on?: boolean; readonly left?: boolean; readonly policies?: readonly ResourceOf<"conditional-access">[] };

const seen = ({ on = true, left = false, policies = [] }: World): Observed => ({
  ...observed({
    roster: present(roster(3)),
    securityDefaults: present(on),
    members: new Map(),
  }),
  resources: {
    ...observed().resources,
    "cohort-group": present(
      left
        ? [
            group({
              mark: { plan: PLAN_ID, key: "progress" },
              settings: { name: "MFA rollout: progress", description: progressText(PLAN_ID, { begun: [], held: [], defaults: "left" }) },
            }),
          ]
        : [],
    ),
    "conditional-access": present(policies),
    "security-defaults": present([{ kind: "security-defaults", id: DEFAULTS, settings: { enabled: on }, managed: false }]),
  },
});

const look = (tenant: Observed, fields: Partial<HandoverInput> = {}): Desired => {
  const of = fields.plan ?? plan();
  const all = fields.desired ?? WANTED;
  return besideDefaults({ plan: of, observed: tenant, desired: all, after: () => applyChanges(tenant, diff(of, all, tenant)), allowed: 0, ...fields });
};

const statesOf = ({ resources }: Desired) => resources.flatMap((each) => (each.kind === "conditional-access" ? [`${each.key} ${each.settings.state}`] : []));
const enabledIn = ({ resources }: Desired) => resources.flatMap((each) => (each.kind === "security-defaults" ? [each.settings.enabled] : []));
const wordIn = ({ resources }: Desired) =>
  resources.flatMap((each) => (each.kind === "cohort-group" && each.key === "progress" ? [readProgress(each.settings.description)?.defaults] : []));

const READY = [there("block-everyone", { ...BLOCK, state: "report-only" }, 0x801), there("mfa-everyone", { ...EVERYBODY, state: "report-only" }, 0x802)];
const ALL_ON = ["block-everyone on", "mfa-everyone on", "mfa-heads on"];

describe("under a halt", () => {
  const halted = (policies: readonly ResourceOf<"conditional-access">[]): Observed => {
    const bare = seen({ on: false, left: true, policies });
    const said = { begun: [], held: ["*"], defaults: "left", halted: 0 } as const;
    const groups = [group({ mark: { plan: PLAN_ID, key: "progress" }, settings: { name: "MFA rollout: progress", description: progressText(PLAN_ID, said) } })];
    return { ...bare, resources: { ...bare.resources, "cohort-group": present(groups) } };
  };
  test("the gap that somebody made is theirs: nothing asks again, neither policies nor defaults", () => {
    const held = desired("held", [wanted("mfa-everyone", { ...EVERYBODY, state: "report-only" })]);
    expect(look(halted(READY), { desired: held })).toBe(held);
  });
  test("as soon as one goes on, it closes the gap", () => {
    expect(look(halted(READY)).defaults).toMatchObject({ type: "close" });
  });
});

describe("what becomes of security defaults", () => {
  test("they are off: nothing of all this", () => {
    expect(look(seen({ on: false }))).toBe(WANTED);
  });

  test("everybody is covered: they go, and the tenant is told beforehand that it was us", () => {
    const now = look(seen({}));
    expect(now.defaults).toEqual({ type: "leave", phases: ["heads-web"], first: "mfa-everyone", accounts: [] });
    expect([statesOf(now), enabledIn(now), wordIn(now)]).toEqual([ALL_ON, [false], ["left"]]);
  });

  test.each<readonly [string, Desired, object]>([
    ["old programs go on", desired("started", [wanted("mfa-everyone", EVERYBODY)]), { mfa: 0, oldPrograms: 3, isWide: true }],
    [
      "some are not asked",
      desired("started", [wanted("block-everyone", BLOCK), wanted("mfa-heads", { ...EVERYBODY, include: users({ users: heads(1) }) })]),
      { mfa: 2, oldPrograms: 0, isWide: true },
    ],
    [
      "asked on the web only",
      desired("started", [wanted("block-everyone", BLOCK), wanted("mfa-everyone", { ...EVERYBODY, clients: ["browser"] })]),
      { mfa: 3, oldPrograms: 0, isWide: false },
    ],
  ])("%s: they stay, and all is in report-only", (_name, all, want) => {
    const now = look(seen({}), { desired: all });
    expect(now.defaults).toMatchObject({ type: "stay", ...want });
    expect(statesOf(now).every((each) => each.endsWith(" report-only"))).toBe(true);
    expect([enabledIn(now), now.phases.map(({ course }) => course)]).toEqual([[], ["waiting"]]);
  });

  test("an administrator lets as many pass as there are, and none fewer", () => {
    const all = desired("started", [wanted("block-everyone", BLOCK), wanted("mfa-heads", { ...EVERYBODY, include: users({ users: heads(1) }) })]);
    expect(look(seen({}), { desired: all, allowed: 1 }).defaults?.type).toBe("stay");
    expect(look(seen({}), { desired: all, allowed: 2 }).defaults).toMatchObject({ type: "leave", accounts: heads(2, 1) });
  });

  test("a tenant in which nobody would be asked everywhere is not left so, whatever is let pass", () => {
    expect(look(seen({}), { desired: desired("started", [wanted("block-everyone", BLOCK)]), allowed: 1_000 }).defaults?.type).toBe("stay");
  });

  test("accounts that could not be read are not covered", () => {
    const tenant = { ...seen({}), roster: unknown("503") };
    expect(look(tenant).defaults).toEqual({ type: "stay", phases: ["heads-web"], because: "503" });
  });

  test("they are on again and stay: the word goes", () => {
    const tenant = seen({ left: true });
    const progress: DesiredResource = {
      kind: "cohort-group",
      key: "progress",
      phases: [],
      settings: { name: "MFA rollout: progress", description: progressText(PLAN_ID, { begun: ["a"], held: ["b"], defaults: "left" }) },
    };
    const now = look(tenant, { desired: desired("started", [progress, wanted("mfa-everyone", EVERYBODY)]) });
    expect(now.resources.flatMap((each) => (each.kind === "cohort-group" ? [readProgress(each.settings.description)] : []))).toEqual([
      { begun: ["a"], held: ["b"] },
    ]);
  });
});

describe("a gap that an earlier run left", () => {
  test("the policies stand ready: they come first", () => {
    const now = look(seen({ on: false, left: true, policies: READY }));
    expect(now.defaults).toEqual({ type: "close", by: "policies", first: "mfa-everyone", id: DEFAULTS });
    expect([statesOf(now), enabledIn(now)]).toEqual([ALL_ON, []]);
  });

  test.each<readonly [string, World, Partial<HandoverInput>]>([
    ["a check keeps the policies off", { policies: READY }, { stopped: true }],
    ["the policy is not there any more", { policies: READY.slice(0, 1) }, {}],
    ["nothing is due any more", { policies: READY }, { desired: desired("held", [wanted("mfa-everyone", { ...EVERYBODY, state: "report-only" })]) }],
  ])("%s: the defaults do", (_name, world, fields) => {
    const now = look(seen({ on: false, left: true, ...world }), fields);
    expect(now.defaults).toEqual({ type: "close", by: "defaults", id: DEFAULTS });
    expect([statesOf(now).every((each) => each.endsWith(" report-only")), enabledIn(now)]).toEqual([true, [true]]);
  });

  test.each<readonly [string, World]>([
    ["somebody else turned them off", { policies: READY }],
    ["ours are on", { left: true, policies: [there("mfa-everyone", EVERYBODY, 0x802)] }],
    ["somebody else's asks everybody", { left: true, policies: [foreign(EVERYBODY)] }],
  ])("no gap of ours: %s", (_name, world) => {
    const tenant = seen({ on: false, ...world });
    expect(look(tenant)).toBe(WANTED);
  });

  test("under another mechanism the defaults are what the plan says", () => {
    expect(look(seen({}), { plan: plan({ mechanism: "security-defaults" }) })).toBe(WANTED);
  });
});

describe("the order", () => {
  const stepsOf = (tenant: Observed, fields: Partial<HandoverInput> = {}) => {
    const now = look(tenant, fields);
    return orderSteps(diff(plan(), now, tenant), now.defaults);
  };
  const told = (tenant: Observed, fields: Partial<HandoverInput> = {}) =>
    stepsOf(tenant, fields).map(({ key, write, unless, first }) => {
      const after = write.type === "update" ? write.after : write.type === "create" ? write.settings : undefined;
      const what = after === undefined ? "" : "enabled" in after ? (after.enabled ? "on" : "off") : "grant" in after ? after.state : "";
      return [write.type, key, what, ...(first === true ? ["first"] : []), ...(unless === undefined ? [] : ["unless"])].filter((word) => word !== "").join(" ");
    });

  test("all stands ready, the defaults go, the policy that asks most people comes on alone, then the others", () => {
    const steps = stepsOf(seen({ policies: READY }));
    expect(told(seen({ policies: READY }))).toEqual([
      "create progress",
      "create mfa-heads report-only",
      "update mfa-everyone on",
      "update block-everyone on",
      "update mfa-heads on",
      "update tenant off",
      "update tenant on unless",
    ]);
    const [word, made, opened, block, headsOn, off, again] = steps;
    expect(off?.after).toEqual([word?.id, made?.id].filter((each) => each !== undefined).toSorted());
    expect([opened?.after, again?.after, again?.unless]).toEqual([[off?.id], [off?.id], [opened?.id]]);
    for (const other of [block, headsOn]) expect(other?.after).toContain(opened?.id);
    expect(headsOn?.write).toMatchObject({ id: "@conditional-access/mfa-heads", before: { state: "report-only" }, after: { state: "on" } });
  });

  test("a gap is closed before anything else, and with the defaults if the policy does not come on", () => {
    const [opened, ...others] = stepsOf(seen({ on: false, left: true, policies: READY }));
    expect(opened).toMatchObject({ key: "mfa-everyone", first: true, after: [] });
    expect(others.filter(({ unless }) => unless !== undefined)).toMatchObject([
      { kind: "security-defaults", after: [], unless: [opened?.id], write: { after: { enabled: true } } },
    ]);
    expect(told(seen({ on: false, left: true, policies: READY }), { stopped: true })[0]).toBe("update tenant on first");
  });

  test("a policy of Microsoft's goes off behind ours, and not without them", () => {
    const theirs = { ...foreign(EVERYBODY), managed: true };
    const of = plan({ microsoftManaged: "off" });
    const all = desired("started", [wanted("zz-everyone", EVERYBODY)]);
    const tenant = seen({ on: false, left: true, policies: [there("zz-everyone", { ...EVERYBODY, state: "report-only" }, 0x802), theirs] });
    const now = diff(of, look(tenant, { plan: of, desired: all }), tenant);
    const [ours, off] = orderSteps(now).filter(({ kind }) => kind === "conditional-access");
    expect([ours?.key, off?.key, off?.after]).toEqual(["zz-everyone", `microsoft-${theirs.id}`, [ours?.id]]);
    expect(now.changes.find(({ key }) => key === off?.key)?.needs).toEqual([{ kind: "conditional-access", key: "zz-everyone" }]);

    // Nothing of ours is to be on: theirs is what stands in the place of the defaults.
    const held = desired("held", [wanted("zz-everyone", { ...EVERYBODY, state: "report-only" })]);
    expect(diff(of, held, tenant).changes.filter(({ key }) => key.startsWith("microsoft-"))).toEqual([]);
  });
});
