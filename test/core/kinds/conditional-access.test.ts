import { describe, expect, test } from "vitest";
import { fieldChanges, idsIn, mapIds, normalise, refsIn, sameSettings, settingsOf } from "../../../src/core/kinds/index.ts";
import type { PolicySettings, PolicyUsers } from "../../../src/core/tenant.ts";

const NOBODY: PolicyUsers = { all: false, none: false, guests: false, users: [], groups: [], roles: [] };
const policy = (fields: Partial<PolicySettings> = {}): PolicySettings => ({
  name: "MFA: heads",
  description: "entra-rollout:x/mfa-heads",
  state: "on",
  include: { ...NOBODY, groups: ["g"] },
  exclude: { ...NOBODY, users: ["e2", "e1"] },
  apps: { include: ["all"], exclude: [], userActions: [] },
  clients: ["mobile-and-desktop", "browser"],
  locations: null,
  grant: { operator: "or", controls: ["mfa"], strength: null },
  signInFrequency: null,
  other: {},
  ...fields,
});

describe("conditional-access", () => {
  const cases: readonly (readonly [name: string, change: Partial<PolicySettings>, paths: readonly string[]])[] = [
    ["nothing", {}, []],
    ["lists in another order, entries twice", { clients: ["browser", "mobile-and-desktop", "browser"] }, []],
    ["no location condition and an empty one", { locations: { include: [], exclude: [] } }, []],
    [
      "empty values of the service's",
      { other: { conditions: { platforms: null, userRiskLevels: [], devices: {} }, sessionControls: { disableResilienceDefaults: false } } },
      [],
    ],
    ["the name", { name: "x" }, ["name"]],
    ["the state", { state: "off" }, ["state"]],
    ["everybody instead of a group", { include: { ...NOBODY, all: true } }, ["include.all", "include.groups"]],
    ["nobody", { include: { ...NOBODY, none: true, groups: ["g"] } }, ["include.none"]],
    ["guests and roles", { exclude: { ...NOBODY, users: ["e1", "e2"], guests: true, roles: ["r"] } }, ["exclude.guests", "exclude.roles"]],
    ["apps", { apps: { include: ["office365"], exclude: ["a"], userActions: ["u"] } }, ["apps.exclude", "apps.include", "apps.userActions"]],
    ["clients", { clients: ["all"] }, ["clients"]],
    ["locations", { locations: { include: ["all"], exclude: ["l"] } }, ["locations.exclude", "locations.include"]],
    ["no grant", { grant: null }, ["grant.controls", "grant.operator"]],
    ["a strength", { grant: { operator: "or", controls: [], strength: "s" } }, ["grant.controls", "grant.strength"]],
    ["how often", { signInFrequency: { every: 90, unit: "days" } }, ["signInFrequency"]],
    ["every time", { signInFrequency: "every-time" }, ["signInFrequency"]],
    [
      "what we have no word for",
      { other: { conditions: { platforms: { includePlatforms: ["ios", "android"] } }, x: 1 } },
      ["other.conditions.platforms.includePlatforms", "other.x"],
    ],
  ];
  test.each(cases)("differs in: %s", (_name, change, paths) => {
    expect(fieldChanges("conditional-access", policy(change), policy()).map(({ path }) => path)).toEqual(paths);
    expect(fieldChanges("conditional-access", policy(), policy(change)).map(({ path }) => path)).toEqual(paths);
    expect(sameSettings("conditional-access", policy(change), policy())).toBe(paths.length === 0);
  });

  test("a change says what was and what shall be; what is not said is null", () => {
    const other = { conditions: { userRiskLevels: ["high"] } };
    expect(fieldChanges("conditional-access", policy({ other, state: "report-only" }), policy({ signInFrequency: { every: 1, unit: "hours" } }))).toEqual([
      { path: "other.conditions.userRiskLevels", before: ["high"], after: null },
      { path: "signInFrequency", before: null, after: { every: 1, unit: "hours" } },
      { path: "state", before: "report-only", after: "on" },
    ]);
  });

  test("what is made or goes is told by the fields that say something", () => {
    const made = fieldChanges("conditional-access", undefined, policy());
    expect(made).toContainEqual({ path: "clients", before: undefined, after: ["browser", "mobile-and-desktop"] });
    expect(made.map(({ path }) => path)).toEqual(fieldChanges("conditional-access", policy(), undefined).map(({ path }) => path));
    expect(made.map(({ path }) => path)).not.toContain("locations.include");
  });

  test.each<readonly [string, string, string, readonly string[]]>([
    ["none observed is no difference", "", "wanted", []],
    ["another is", "mine", "wanted", ["description"]],
    ["one that is to go is", "mine", "", ["description"]],
  ])("description: %s", (_name, observed, wanted, paths) => {
    expect(fieldChanges("conditional-access", policy({ description: observed }), policy({ description: wanted })).map(({ path }) => path)).toEqual(paths);
  });

  test("normal form", () => {
    const normal = normalise("conditional-access", policy({ locations: { include: [], exclude: [] }, other: { a: null, b: { c: [] }, d: [2, 1, 2] } }));
    expect(normal).toMatchObject({ locations: null, other: { d: [1, 2] }, clients: ["browser", "mobile-and-desktop"], exclude: { users: ["e1", "e2"] } });
    expect(normal.other).toEqual({ d: [1, 2] });
  });

  test("ids and references: of users, groups and locations, not of roles", () => {
    const one = policy({
      include: { ...NOBODY, groups: ["@cohort-group/heads"], users: ["u"], roles: ["r"] },
      locations: { include: ["all"], exclude: ["@named-location/n", "l"] },
    });
    expect(idsIn("conditional-access", one)).toEqual(["@cohort-group/heads", "@named-location/n", "all", "e1", "e2", "l", "u"]);
    expect(refsIn("conditional-access", one)).toEqual(["@cohort-group/heads", "@named-location/n"]);
    const upper = mapIds("conditional-access", one, (id) => id.toUpperCase());
    expect(upper).toMatchObject({
      include: { groups: ["@COHORT-GROUP/HEADS"], users: ["U"], roles: ["r"] },
      exclude: { users: ["E1", "E2"] },
      locations: { include: ["ALL"], exclude: ["@NAMED-LOCATION/N", "L"] },
    });
  });

  test("settings of another kind are refused", () => {
    expect(settingsOf("conditional-access", policy())).toEqual(policy());
    expect(() => settingsOf("cohort-group", policy())).toThrow(TypeError);
    expect(() => settingsOf("conditional-access", { name: "x", description: "y" })).toThrow(TypeError);
  });
});
