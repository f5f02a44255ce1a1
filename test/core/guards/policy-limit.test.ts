import { describe, expect, test } from "vitest";
import type { Change } from "../../../src/core/changes.ts";
import type { GuardInput } from "../../../src/core/guards/guard.ts";
import { policyLimit } from "../../../src/core/guards/policy-limit.ts";
import { present, type ResourceOf, unknown } from "../../../src/core/tenant.ts";
import { change, diff, foreign, id, input, LOCATION, locationSettings, observed, policyChange, policySettings, told } from "./world.ts";

const location = (at: number): ResourceOf<"named-location"> => ({
  kind: "named-location",
  id: id(0x5000 + at),
  settings: locationSettings({ name: `Office ${at}` }),
  managed: false,
});

const policies = (count: number) =>
  Array.from({ length: count }, (_, at) => foreign({ state: (["on", "report-only", "off"] as const)[at % 3] ?? "on" }, 0x6000 + at));
const newPolicy = (at: number): Change =>
  change({ kind: "conditional-access", key: `mfa-${at}`, action: "create", after: policySettings({ state: "report-only" }) });
const newLocation = (ranges = 1, before?: number): Change =>
  change({
    kind: "named-location",
    key: "schools",
    action: before === undefined ? "create" : "update",
    name: "schools",
    ...(before !== undefined && { id: LOCATION, before: locationSettings({ ranges: rangesOf(before) }) }),
    after: locationSettings({ ranges: rangesOf(ranges) }),
  });
const rangesOf = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `198.51.${at >> 8}.${at & 255}/32`);
const gone: Change = change({ kind: "conditional-access", key: "old", action: "delete", id: id(0x6000), before: policySettings() });

const given = (there: number, changes: readonly Change[], locations = 0): GuardInput => {
  const seen = observed();
  return input({
    observed: {
      ...seen,
      resources: {
        ...seen.resources,
        "conditional-access": present(policies(there)),
        "named-location": present(Array.from({ length: locations }, (_, at) => location(at))),
      },
    },
    diff: diff(changes),
  });
};

describe("room for what is made", () => {
  const three = [1, 2, 3].map(newPolicy);
  const cases: readonly (readonly [name: string, input: GuardInput, want: readonly RegExp[]])[] = [
    ["plenty", given(20, three), []],
    ["six left", given(186, three), []],
    ["five left", given(187, three), [/^go: the tenant would have 190 policies: 5 more can be made$/]],
    ["close: those that are off count as well", given(188, three), [/^go: the tenant would have 191 policies: 4 more can be made$/]],
    ["exactly full", given(192, three), [/^go: the tenant would have 195 policies: no more can be made$/]],
    ["one too many", given(193, three), [/^stop: the tenant would have 196 policies, and the service takes 195$/]],
    ["what goes, goes afterwards", given(193, [...three, gone]), [/^stop: .* 196 policies/]],
    ["too many already, and none is made", given(200, [policyChange({ state: "report-only" })]), []],
    ["named locations: room", given(1, [newLocation()], 188), []],
    ["named locations: close", given(1, [newLocation()], 190), [/^go: the tenant would have 191 named locations: 4 more can be made$/]],
    ["named locations: one too many", given(1, [newLocation()], 195), [/^stop: the tenant would have 196 named locations, and the service takes 195$/]],
    ["ranges: close", given(1, [newLocation(1_998)]), [/^go: the named location "schools" would have 1,998 ranges: 2 more can be made$/]],
    ["ranges: full", given(1, [newLocation(2_000, 10)]), [/^go: .*2,000 ranges: no more/]],
    ["ranges: one too many", given(1, [newLocation(2_001, 10)]), [/^stop: the named location "schools" would have 2,001 ranges, and the service takes 2,000$/]],
    ["ranges: fewer than there are", given(1, [newLocation(2_001, 2_002)]), []],
  ];
  test.each(cases)("%s", (_name, given, want) => {
    const findings = policyLimit.check(given);
    expect(told(findings)).toEqual(want.map((each) => expect.stringMatching(each)));
    for (const finding of findings) expect(finding.hint).toBeDefined();
  });

  test("it stops before the first write, and can be let pass by how many are too many", () => {
    expect(policyLimit.check(given(194, three))).toMatchObject([{ verdict: "stop", count: 2, allowable: true }]);
    expect(policyLimit.check(given(194, three))[0]).not.toHaveProperty("holds");
  });

  test("lists that were not read hold everything back by themselves", () => {
    const seen = given(194, three);
    const lost = { ...seen.observed, resources: { ...seen.observed.resources, "conditional-access": unknown("503") } };
    expect(policyLimit.check({ ...seen, observed: lost })).toEqual([]);
  });
});
