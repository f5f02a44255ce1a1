import { describe, expect, test } from "vitest";
import { stanceOf } from "../../src/core/evaluate.ts";
import { type Case, PLACES, POLICY, policy, signIn } from "./evaluation/build.ts";
import { HOW } from "./evaluation/conditions.ts";
import { CONTROLS } from "./evaluation/controls.ts";
import { WITH } from "./evaluation/devices.ts";
import { WHERE } from "./evaluation/network.ts";
import { WHAT } from "./evaluation/target.ts";
import { WHOM } from "./evaluation/users.ts";

const TABLES: readonly (readonly [what: string, cases: readonly Case[]])[] = [
  ["whom", WHOM],
  ["what", WHAT],
  ["where", WHERE],
  ["with", WITH],
  ["how", HOW],
  ["controls", CONTROLS],
];

describe.each(TABLES)("a policy's stance: %s", (_what, cases) => {
  test.each(cases)("$name", ({ policy: settings, signIn: parts, places, want, because, wants }) => {
    const stance = stanceOf({ id: POLICY, settings: policy(settings) }, signIn(parts), { locations: places ?? PLACES });
    expect({ applies: stance.applies, why: stance.because }).toEqual({ applies: want, why: stance.because });
    expect(stance.because).not.toBe("");
    if (because !== undefined) expect(stance.because).toContain(because);
    if (wants !== undefined) expect(stance.wants).toEqual(wants);
    expect("wants" in stance).toBe(want !== "no");
  });
});

test("there are at least 150 cases, each with a name of its own, its source and its reason", () => {
  const all = TABLES.flatMap(([what, cases]) => cases.map((each) => ({ ...each, name: `${what}: ${each.name}` })));
  expect(all.length).toBeGreaterThanOrEqual(150);
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  expect(all.filter(({ source, reason }) => source.length < 5 || reason.length < 5)).toEqual([]);
});
