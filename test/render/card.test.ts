/** The page for the safe: one sheet whatever the plan, in letters that any printer has. */

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { projectFiles } from "../../scripts/copy.js";
import { type Card, cardOf } from "../../src/core/card.ts";
import { openPlan } from "../../src/core/plan/parse.ts";
import type { NamedFile, Plan } from "../../src/core/plan/plan.ts";
import { present, type ResourceOf, unknown } from "../../src/core/tenant.ts";
import { CARD_COLUMNS, CARD_LINES, cardText } from "../../src/render/card.ts";
import { widthOf } from "../../src/render/width.ts";
import { group, id, PLAN_ID, policy, plan as worldPlan } from "../core/guards/world.ts";
import { matchesGolden } from "./golden.ts";

const NOW = Date.parse("2018-11-05T08:00:00Z");
/** The published ones, whatever else somebody keeps in that folder. */
const FILES = projectFiles().flatMap((name) => /^rollout-plans\/(.+\.yaml)$/.exec(name)?.[1] ?? []);

const planIn = (file: string): Plan => {
  const textOf = (name: string): string => readFileSync(`rollout-plans/${name}`, "utf8");
  const opened = openPlan(`rollout-plans/${file}`, textOf(file));
  // A review list is there once it has come back.
  const named = (name: string): NamedFile =>
    existsSync(`rollout-plans/${name}`) ? { type: "text", text: textOf(name) } : { type: "unusable", because: "there is no such file", missing: true };
  const parsed = opened.parse(new Map(opened.files.map((name) => [name, named(name)])));
  if (parsed.type !== "sound") throw new Error(`${file} is not sound`);
  return parsed.plan;
};

const linesOf = (card: Card): readonly string[] => {
  const text = cardText(card);
  expect(text.endsWith("\n")).toBe(true);
  return text.slice(0, -1).split("\n");
};

/** One sheet, and every part on it. */
const isOnePage = (card: Card): readonly string[] => {
  const lines = linesOf(card);
  expect(lines.length).toBeLessThanOrEqual(CARD_LINES);
  expect(lines.filter((line) => widthOf(line) > CARD_COLUMNS)).toEqual([]);
  expect(lines.flatMap((line) => /^([1-5]) {2}\S/.exec(line)?.[1] ?? [])).toEqual(["1", "2", "3", "4", "5"]);
  return lines;
};

test.each(FILES)("%s is one page of letters that any printer has", (file) => {
  const card = cardOf(planIn(file), undefined, NOW);
  expect(isOnePage(card).filter((line) => !/^[ -~]*$/.test(line))).toEqual([]);
  matchesGolden(`render/card-${file.replace(".yaml", "")}.txt`, cardText(card));
});

const tenant = { id: id(0xfff), name: "County schools" };
const named = (count: number, length: number): readonly ResourceOf<"conditional-access">[] =>
  Array.from({ length: count }, (_, at) =>
    policy(
      { name: `MFA: ${"cohort ".repeat(length)}${at} [${PLAN_ID}/mfa-cohort-${at}]` },
      { id: id(0x2000 + at), mark: { plan: PLAN_ID, key: `mfa-cohort-${at}` } },
    ),
  );
const phases = (count: number): Plan["phases"] =>
  Array.from({ length: count }, (_, at) => ({
    ...(worldPlan().phases[0] as Plan["phases"][number]),
    id: `phase-${at}`,
    title: `Phase ${at}`,
  }));

describe("a plan that is longer than a page", () => {
  const cases: readonly (readonly [name: string, policies: number, length: number, phases: number, emergencies: number])[] = [
    ["many phases", 2, 1, 200, 2],
    ["many policies", 60, 1, 3, 2],
    ["many of both, with long names", 60, 30, 60, 2],
    ["many emergency accounts", 10, 1, 10, 40],
    ["nothing at all", 0, 1, 0, 0],
  ];
  test.each(cases)("%s", (_name, policies, length, many, emergencies) => {
    const plan = worldPlan({ phases: phases(many), emergencyAccounts: Array.from({ length: emergencies }, (_, at) => `emergency-${at}@county.example`) });
    const lines = isOnePage(cardOf(plan, { tenant, policies: present(named(policies, length)), groups: present([]), missing: [] }, NOW));
    const shown = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;
    const more = (pattern: RegExp): number => Number(lines.flatMap((line) => pattern.exec(line)?.[1] ?? [])[0] ?? 0);
    // What is not shown is counted.
    if (policies > 0) expect(shown(/^ {3}\[ \] /) + more(/^ {3}and (\d+) more: every policy/)).toBe(policies);
    expect(shown(/ {2,}Phase \d+$/) + more(/^ {3}and (\d+) more: county.yaml/)).toBe(many);
    expect(shown(/^ {3}emergency-/) + more(/^ {3}and (\d+) more$/)).toBe(emergencies);
    expect(shown(/^ {3}support telephone/)).toBe(1);
  });
});

describe("what stands on it", () => {
  const own = [policy({ state: "report-only" }), policy({ name: "Left over [county-2018/old]" }, { id: id(0x201) })];
  const ground = { tenant, policies: present(own), groups: present([group()]), missing: [] };

  test("the policies as they stand in the tenant, those too that the plan no longer names, and nobody else's", () => {
    const foreign = policy({ name: "Other" }, { id: id(0x900), mark: { plan: "another", key: "mfa" } });
    const text = linesOf(cardOf(worldPlan(), { ...ground, policies: present([...own, foreign]) }, NOW)).join("\n");
    expect(text).toContain(`[ ] MFA: heads [county-2018/mfa-heads]\n       report-only, id ${id(0x200)}`);
    expect(text).toContain("[ ] Left over [county-2018/old]\n       on, ");
    expect(text).not.toContain("Other");
  });

  test("policies that could not be read: those that the plan will make, and it says so", () => {
    const text = linesOf(cardOf(worldPlan(), { ...ground, policies: unknown("403") }, NOW)).join("\n");
    expect(text).toContain("the names that the plan will make, since the tenant's could not be read:\n   [ ] MFA: heads [county-2018/mfa-heads]");
  });

  test("an emergency account that is not there is told on the page", () => {
    const lines = linesOf(cardOf(worldPlan(), { ...ground, missing: ["emergency-2@county.example"] }, NOW));
    expect(lines.filter((line) => line.startsWith("   emergency-"))).toEqual([
      "   emergency-1@county.example",
      "   emergency-2@county.example   NOT IN THIS TENANT",
    ]);
  });

  test("phases on hold and begun early", () => {
    const progress = group({
      id: id(0x101),
      mark: { plan: PLAN_ID, key: "progress" },
      settings: { name: "p", description: `entra-rollout:${PLAN_ID}/progress begun=phase-1 held=phase-0` },
    });
    const lines = linesOf(cardOf(worldPlan({ phases: phases(3) }), { ...ground, groups: present([progress]) }, NOW));
    expect(lines.filter((line) => line.includes("Phase ")).map((line) => line.slice(26))).toEqual(["Phase 0 (on hold)", "Phase 1 (begun early)", "Phase 2"]);
  });

  test("a name from the tenant or the plan cannot become a second line or an escape code", () => {
    const nasty = "\u001b[31mred\nsecond \u202e";
    const lines = isOnePage(
      cardOf(worldPlan({ name: nasty, contact: { name: nasty, email: "a@b.example" } }), { ...ground, tenant: { ...tenant, name: nasty } }, NOW),
    );
    expect(lines.join("")).not.toMatch(/\p{Cc}|\u202e/u);
  });
});
