import { describe, expect, test } from "vitest";
import { applyChanges } from "../../src/core/after.ts";
import type { Observed } from "../../src/core/observed.ts";
import type { CohortList, ListRow } from "../../src/core/plan/plan.ts";
import { absent, present, type ResourceOf, unknown } from "../../src/core/tenant.ts";
import {
  applied,
  at,
  cohort,
  E1,
  E2,
  groupWith,
  HEADS,
  id,
  moment,
  network,
  phase,
  plan,
  policyWith,
  see,
  shown,
  tenant,
  withMembers,
  withPolicy,
} from "./county.ts";

const NOV19 = at("2018-11-19");
const NOV26 = at("2018-11-26");
const COUNTY = plan();
const EMPTY = tenant(COUNTY);
const LIVE = applied(COUNTY, EMPTY, NOV19);
const staging = plan({
  phases: [
    phase("heads-web", "2018-11-19", "heads", ["web"]),
    phase("heads-clients", "2018-11-26", "heads", ["clients"], { reportOnlyFrom: moment("2018-11-22") }),
  ],
});
const STAGED = applied(staging, EMPTY, at("2018-11-22"));

/** One more resource beside those that are there. */
const withGroup = (observed: Observed, ...groups: readonly ResourceOf<"cohort-group">[]): Observed => {
  const list = observed.resources["cohort-group"];
  return { ...observed, resources: { ...observed.resources, "cohort-group": present([...(list.type === "present" ? list.value : []), ...groups]) } };
};
const withPolicies = (observed: Observed, ...policies: readonly ResourceOf<"conditional-access">[]): Observed => {
  const list = observed.resources["conditional-access"];
  return { ...observed, resources: { ...observed.resources, "conditional-access": present([...(list.type === "present" ? list.value : []), ...policies]) } };
};
const group = (number: number, key: string, fields: Partial<ResourceOf<"cohort-group">> = {}): ResourceOf<"cohort-group"> => ({
  kind: "cohort-group",
  id: id(number),
  mark: { plan: "county-2018", key },
  settings: { name: key, description: `entra-rollout:county-2018/${key}. x` },
  managed: false,
  ...fields,
});
const held = (text: string): Observed =>
  withGroup(LIVE, group(0x700, "progress", { settings: { name: "MFA rollout: progress", description: `entra-rollout:county-2018/progress ${text}` } }));
const reads = (fields: Partial<Observed["resources"]>): Observed => ({ ...LIVE, resources: { ...LIVE.resources, ...fields } });

describe("changes", () => {
  const cases: readonly (readonly [name: string, observed: Observed, when: number, want: readonly string[]])[] = [
    ["everything is made", EMPTY, NOV19, ["+ cohort-group heads (+3 -0)", "+ conditional-access mfa-heads"]],
    ["nothing, once it is", LIVE, NOV19, []],
    ["the policy alone grows", LIVE, NOV26, ["~ conditional-access mfa-heads: clients"]],
    ["nothing before the first moment", EMPTY, at("2018-11-05"), []],
    ["from report-only to on", applied(COUNTY, EMPTY, at("2018-11-12")), NOV19, ["~ conditional-access mfa-heads: state"]],
    ["a renamed policy", withPolicy(LIVE, "mfa-heads", (s) => ({ ...s, name: "Heads" })), NOV19, ["~ conditional-access mfa-heads: name"]],
    [
      "a condition that somebody added",
      withPolicy(LIVE, "mfa-heads", (s) => ({ ...s, other: { conditions: { userRiskLevels: ["high"] } } })),
      NOV19,
      ["~ conditional-access mfa-heads: other.conditions.userRiskLevels"],
    ],
    [
      "empty is nothing",
      withPolicy(LIVE, "mfa-heads", (s) => ({ ...s, other: { conditions: { userRiskLevels: [], platforms: null } }, locations: { include: [], exclude: [] } })),
      NOV19,
      [],
    ],
    ["a description that the service did not keep", withPolicy(LIVE, "mfa-heads", (s) => ({ ...s, description: "" })), NOV19, []],
    [
      "a description that somebody wrote",
      withPolicy(LIVE, "mfa-heads", (s) => ({ ...s, description: "mine" })),
      NOV19,
      ["~ conditional-access mfa-heads: description"],
    ],
    [
      "an emergency account taken in",
      withPolicy(LIVE, "mfa-heads", (s) => ({ ...s, exclude: { ...s.exclude, users: [E2] } })),
      NOV19,
      ["~ conditional-access mfa-heads: exclude.users"],
    ],
    ["in another order", withPolicy(LIVE, "mfa-heads", (s) => ({ ...s, exclude: { ...s.exclude, users: [E2, E1, E2] } })), NOV19, []],
    ["two marks alike: nothing of them, nor of what needs them", withGroup(LIVE, group(0x800, "heads")), NOV26, []],
    ["two policies with one mark: neither is changed", withPolicies(LIVE, { ...policyWith(LIVE, "mfa-heads"), id: id(0x901) }), NOV26, []],
    ["a managed resource is never ours", withGroup(LIVE, group(0x800, "heads", { managed: true })), NOV26, ["~ conditional-access mfa-heads: clients"]],
    [
      "another plan's is never ours",
      withGroup(LIVE, group(0x800, "heads", { mark: { plan: "other", key: "heads" } })),
      NOV26,
      ["~ conditional-access mfa-heads: clients"],
    ],
    ["groups unknown: no policy either", reads({ "cohort-group": unknown("503") }), NOV26, []],
    ["policies unknown", reads({ "conditional-access": unknown("503") }), NOV26, []],
    ["networks unknown, but none is needed", reads({ "named-location": unknown("503") }), NOV26, ["~ conditional-access mfa-heads: clients"]],
    ["accounts unknown: no member, no policy", { ...LIVE, roster: unknown("503") }, NOV26, []],
    ["accounts unknown in an empty tenant", { ...EMPTY, roster: unknown("503") }, NOV19, ["+ cohort-group heads"]],
    ["members unknown: no policy over them", { ...LIVE, members: new Map([[groupWith(LIVE, "heads").id, unknown("503")]]) }, NOV26, []],
    ["members not read", { ...LIVE, members: new Map() }, NOV26, []],
    [
      "an emergency account unknown",
      { ...LIVE, emergency: LIVE.emergency.map((each, number) => (number === 0 ? { ...each, account: unknown("503") } : each)) },
      NOV26,
      [],
    ],
    ["an emergency account not looked up", { ...LIVE, emergency: LIVE.emergency.slice(1) }, NOV26, []],
    [
      "an emergency account gone",
      { ...LIVE, emergency: LIVE.emergency.map((each, number) => (number === 0 ? { ...each, account: absent } : each)) },
      NOV19,
      ["~ conditional-access mfa-heads: exclude.users"],
    ],
    [
      "somebody deleted the group",
      { ...LIVE, resources: { ...LIVE.resources, "cohort-group": present([]) } },
      NOV19,
      ["+ cohort-group heads (+3 -0)", "~ conditional-access mfa-heads: include.groups"],
    ],
    ["a phase on hold", held("begun= held=heads-web"), NOV19, ["~ conditional-access mfa-heads: state"]],
    ["a hold that cannot be read holds every policy", held("heads-web is held"), NOV26, []],
    ["a phase that was moved to a later day", LIVE, at("2018-11-05"), ["- conditional-access mfa-heads"]],
  ];
  test.each(cases)("%s", (_name, observed, when, want) => {
    expect(shown(see(COUNTY, observed, when).diff)).toEqual(want);
  });

  test("a hold makes nothing that is not there", () => {
    const bare = {
      ...held("begun= held=heads-web"),
      resources: {
        ...EMPTY.resources,
        "cohort-group": present([
          group(0x700, "progress", { settings: { name: "MFA rollout: progress", description: "entra-rollout:county-2018/progress begun= held=heads-web" } }),
        ]),
      },
    };
    expect(shown(see(COUNTY, bare, NOV19).diff)).toEqual([]);
  });

  test("a hold makes what a policy that is there needs", () => {
    const lost = held("begun= held=heads-web");
    const list = lost.resources["cohort-group"];
    const observed = {
      ...lost,
      resources: { ...lost.resources, "cohort-group": present((list.type === "present" ? list.value : []).filter(({ mark }) => mark?.key !== "heads")) },
    };
    expect(shown(see(COUNTY, observed, NOV19).diff)).toEqual(["+ cohort-group heads (+3 -0)", "~ conditional-access mfa-heads: include.groups, state"]);
  });

  test("the twin goes when its moment comes, with the change that takes its place", () => {
    expect(shown(see(staging, STAGED, NOV26).diff)).toEqual(["~ conditional-access mfa-heads: clients", "- conditional-access mfa-heads-staged"]);
    expect(see(staging, STAGED, NOV26).diff.changes.map(({ phases }) => phases)).toEqual([["heads-clients"], ["heads-clients"]]);
    expect(see(staging, STAGED, NOV26).diff.leftOver).toEqual([]);
    expect(shown(see(staging, STAGED, at("2018-11-23")).diff)).toEqual([]);
  });

  test("what no phase can make is left over, and goes with prune alone", () => {
    const less = plan({ cohorts: [cohort("heads"), cohort("offices")], phases: [phase("offices", "2018-11-19", "offices", ["web"])] });
    const { diff } = see(less, { ...LIVE, roster: tenant(less).roster }, NOV19);
    expect(shown({ changes: diff.leftOver })).toEqual(["- cohort-group heads (+0 -3)", "- conditional-access mfa-heads"]);
    expect(shown(diff)).toEqual(["+ cohort-group offices", "+ conditional-access mfa-offices"]);
    const pruned = see(less, { ...LIVE, roster: tenant(less).roster }, NOV19, { prune: true }).diff;
    expect(shown(pruned)).toEqual(
      ["+ cohort-group offices", "- cohort-group heads (+0 -3)", "+ conditional-access mfa-offices", "- conditional-access mfa-heads"].toSorted((a, b) =>
        a.slice(2) < b.slice(2) ? -1 : 1,
      ),
    );
    expect(pruned.leftOver).toEqual([]);
    expect(pruned.hash).not.toBe(diff.hash);
  });

  test("a group whose members were not read is not pruned", () => {
    const less = plan({ cohorts: [cohort("heads"), cohort("offices")], phases: [phase("offices", "2018-11-19", "offices", ["web"])] });
    const pruned = see(less, { ...LIVE, roster: tenant(less).roster, members: new Map() }, NOV19, { prune: true }).diff;
    expect(shown(pruned)).not.toContain("- cohort-group heads");
    expect(shown({ changes: pruned.leftOver })).toEqual(["- cohort-group heads"]);
  });

  test("doubles are told", () => {
    expect(see(COUNTY, withGroup(LIVE, group(0x001, "heads")), NOV19).diff.doubles).toEqual([
      { mark: { plan: "county-2018", key: "heads" }, kind: "cohort-group", ids: [id(1), groupWith(LIVE, "heads").id].sort() },
    ]);
  });

  test("a change says all that a reader and a write need", () => {
    const renamed = withPolicy(LIVE, "mfa-heads", (s) => ({ ...s, name: "Heads", other: { sessionControls: { disableResilienceDefaults: true } } }));
    const [change] = see(COUNTY, renamed, NOV26).diff.changes;
    expect(change).toMatchObject({
      action: "update",
      name: "MFA: heads",
      id: policyWith(LIVE, "mfa-heads").id,
      phases: ["heads-web", "heads-clients"],
      mark: { plan: "county-2018", key: "mfa-heads" },
      fields: [
        { path: "clients", before: ["browser"], after: ["browser", "mobile-and-desktop"] },
        { path: "name", before: "Heads", after: "MFA: heads [county-2018/mfa-heads]" },
        { path: "other.sessionControls.disableResilienceDefaults", before: true, after: null },
      ],
      before: { clients: ["browser"], include: { groups: [groupWith(LIVE, "heads").id] } },
      after: { clients: ["browser", "mobile-and-desktop"], include: { groups: [groupWith(LIVE, "heads").id] }, exclude: { users: [E1, E2] }, other: {} },
      needs: [],
    });
  });

  test("a create has references for what is made with it, and fields that are not empty", () => {
    const [, policy] = see(COUNTY, EMPTY, NOV19).diff.changes;
    expect(policy).toMatchObject({
      action: "create",
      needs: [{ kind: "cohort-group", key: "heads" }],
      after: { include: { groups: ["@cohort-group/heads"] }, exclude: { users: [E1, E2] } },
    });
    expect(policy?.fields.map(({ path }) => path)).toEqual([
      "apps.include",
      "clients",
      "description",
      "exclude.users",
      "grant.controls",
      "grant.operator",
      "include.groups",
      "name",
      "state",
    ]);
    expect(policy?.fields.every(({ before }) => before === undefined)).toBe(true);
    expect(policy).not.toHaveProperty("before");
    expect(policy).not.toHaveProperty("id");
  });

  test("unchanged counts what is there and as wanted", () => {
    expect([EMPTY, LIVE].map((observed) => see(COUNTY, observed, NOV19).diff.unchanged)).toEqual([0, 2]);
    expect(see(COUNTY, LIVE, NOV26).diff.unchanged).toBe(1);
  });

  test("networks: compared by range, whatever the spelling", () => {
    const of = plan({
      networks: [network("schools", ["192.0.2.0/24", "2001:db8:10::/48"])],
      phases: [phase("p", "2018-11-19", "heads", ["web"], { require: { outside: ["schools"] } })],
    });
    const made = applied(of, tenant(of), NOV19);
    const list = made.resources["named-location"];
    const spelt = (ranges: readonly string[]): Observed => ({
      ...made,
      resources: {
        ...made.resources,
        "named-location": present((list.type === "present" ? list.value : []).map((each) => ({ ...each, settings: { ...each.settings, ranges } }))),
      },
    });
    expect(shown(see(of, spelt(["2001:DB8:10:0:0:0:0:0/48", "192.0.2.0/24"]), NOV19).diff)).toEqual([]);
    expect(shown(see(of, spelt(["192.0.2.0/25", "2001:db8:10::/48"]), NOV19).diff)).toEqual(["~ named-location schools: ranges"]);
  });
});

describe("members", () => {
  const rows = (...entries: readonly (readonly [string, boolean])[]): CohortList => ({
    type: "read",
    rows: entries.map(([entry, leaves], line): ListRow => ({ entry, leaves, line: line + 1 })),
    remarks: [],
  });
  const listed = (list: CohortList) => plan({ cohorts: [cohort("heads", { source: { type: "file", file: "heads.csv", list } })] });
  const HEADS_GROUP = groupWith(LIVE, "heads").id;
  const moved = (of: ReturnType<typeof plan>, observed: Observed): unknown => see(of, observed, NOV19).diff.changes.find(({ key }) => key === "heads")?.members;
  const [alder, birch, cedar] = HEADS.map((head) => head.id);
  const without = (...ids: readonly (string | undefined)[]) =>
    tenant(
      COUNTY,
      {},
      HEADS.map((head) => (ids.includes(head.id) ? { ...head, standings: {} } : head)),
    ).roster;

  test.each<readonly [string, ReturnType<typeof plan>, Observed, unknown]>([
    ["who is not in leaves an exact cohort", COUNTY, { ...LIVE, roster: without(birch) }, { added: [], removed: [birch] }],
    ["who is new joins", COUNTY, withMembers(LIVE, HEADS_GROUP, [alder ?? ""]), { added: [birch, cedar], removed: [] }],
    [
      "who is not in the tenant leaves an exact cohort",
      COUNTY,
      withMembers(LIVE, HEADS_GROUP, [...HEADS.map((head) => head.id), id(0x99)]),
      { added: [], removed: [id(0x99)] },
    ],
    ["but not when nobody knows who is in the tenant", COUNTY, { ...withMembers(LIVE, HEADS_GROUP, [id(0x99)]), roster: unknown("503") }, undefined],
    ["a list that grows keeps who is no longer on it", listed(rows()), { ...LIVE, roster: without(birch) }, undefined],
    [
      "until a row says that they leave",
      listed(rows(["head@birch.county.example", true])),
      { ...LIVE, roster: without(birch) },
      { added: [], removed: [birch] },
    ],
    ["or that their domain does", listed(rows(["birch.county.example", true])), { ...LIVE, roster: without(birch) }, { added: [], removed: [birch] }],
    ["unless a row of their own says that they stay", listed(rows(["birch.county.example", true], ["head@birch.county.example", false])), LIVE, undefined],
    [
      "of two rows the later holds",
      listed(rows(["head@birch.county.example", true], ["head@birch.county.example", false])),
      { ...LIVE, roster: without(birch) },
      undefined,
    ],
    [
      "who is gone from the tenant stays in a list that grows",
      listed(rows()),
      withMembers(LIVE, HEADS_GROUP, [...HEADS.map((head) => head.id), id(0x99)]),
      undefined,
    ],
    ["a list that cannot be used moves nobody", listed({ type: "unusable", because: "missing" }), { ...LIVE, roster: without(alder, birch, cedar) }, undefined],
    [
      "a group that is not there moves nobody",
      plan({ cohorts: [cohort("heads", { source: { type: "group", group: "Heads" } })] }),
      { ...LIVE, roster: without(alder), remarks: [{ cohort: "heads", type: "no-group", detail: "", accounts: [] }] },
      undefined,
    ],
    [
      "a group that came out empty moves nobody",
      plan({ cohorts: [cohort("heads", { source: { type: "group", group: "Heads" } })] }),
      { ...LIVE, roster: without(alder, birch, cedar) },
      undefined,
    ],
    [
      "a group that shrank does",
      plan({ cohorts: [cohort("heads", { source: { type: "group", group: "Heads" } })] }),
      { ...LIVE, roster: without(alder) },
      { added: [], removed: [alder] },
    ],
  ])("%s", (_name, of, observed, want) => {
    expect(moved(of, observed)).toEqual(want);
  });

  test("those left out of a cohort of everybody", () => {
    const of = plan({ cohorts: [cohort("everyone", { source: { type: "all" } })], phases: [phase("all", "2018-11-19", "everyone", ["web"])] });
    const people = [
      ...HEADS.map((head) => ({ ...head, standings: { everyone: "in" as const } })),
      { id: id(0x20), address: "office@alder.county.example", standings: { everyone: "excepted" as const } },
    ];
    expect(see(of, tenant(of, {}, people), NOV19).diff.changes[0]).toMatchObject({ key: "everyone-except", members: { added: [id(0x20)], removed: [] } });
  });

  test("the progress group has no members that anybody looks at", () => {
    const progress = group(0x700, "progress", { settings: { name: "MFA rollout: progress", description: "entra-rollout:county-2018/progress begun= held=" } });
    expect(shown(see(COUNTY, withMembers(withGroup(LIVE, progress), progress.id, [id(1)]), NOV19).diff)).toEqual([]);
  });
});

describe("foreign resources", () => {
  test("are in no change, whatever they look like", () => {
    const mine = policyWith(LIVE, "mfa-heads");
    const { mark: _mark, ...unmarked } = mine;
    const foreign: readonly ResourceOf<"conditional-access">[] = [
      { ...unmarked, id: id(0x901) },
      { ...mine, id: id(0x902), managed: true },
      { ...mine, id: id(0x903), mark: { plan: "county-2019", key: "mfa-heads" } },
    ];
    const { diff } = see(COUNTY, withPolicies(LIVE, ...foreign), NOV26, { prune: true });
    expect(diff.changes.map((change) => change.id)).toEqual([mine.id]);
    expect(diff.leftOver).toEqual([]);
    expect(diff.doubles).toEqual([]);
  });

  test("and stay as they are in the model", () => {
    const foreign = { ...policyWith(LIVE, "mfa-heads"), id: id(0x902), managed: true };
    const before = withPolicies(LIVE, foreign);
    const list = applyChanges(before, see(COUNTY, before, NOV26).diff).resources["conditional-access"];
    expect(list.type === "present" && list.value).toContainEqual(foreign);
  });
});
