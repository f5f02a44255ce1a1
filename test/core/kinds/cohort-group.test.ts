import { describe, expect, test } from "vitest";
import { byKindAndKey, fieldChanges, idsIn, normalise, settingsOf } from "../../../src/core/kinds/index.ts";

const group = { name: "MFA rollout: heads", description: "entra-rollout:x/heads. Made" };

describe("cohort-group", () => {
  test.each([
    ["nothing", {}, []],
    ["the name", { name: "x" }, ["name"]],
    ["the description, an empty one too", { description: "" }, ["description"]],
  ])("differs in: %s", (_name, change, paths) => {
    expect(fieldChanges("cohort-group", { ...group, ...change }, group).map(({ path }) => path)).toEqual(paths);
  });

  test("is what it says and names nothing", () => {
    expect(normalise("cohort-group", group)).toEqual(group);
    expect(settingsOf("cohort-group", group)).toBe(group);
    expect(idsIn("cohort-group", group)).toEqual([]);
  });
});

test("kinds in the order in which they stand on each other, then by key", () => {
  const all = [
    { kind: "conditional-access", key: "a" },
    { kind: "named-location", key: "b" },
    { kind: "named-location", key: "a" },
    { kind: "cohort-group", key: "z" },
  ] as const;
  expect([...all].sort(byKindAndKey).map(({ kind, key }) => `${kind} ${key}`)).toEqual([
    "cohort-group z",
    "named-location a",
    "named-location b",
    "conditional-access a",
  ]);
});
