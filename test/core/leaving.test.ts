import { expect, test } from "vitest";
import { leavingPhase } from "../../src/core/plan/leaving.ts";
import { planOf, remarksOf } from "./plan-check.ts";

const planText = (phases: readonly string[], managed = "microsoftManaged: off"): string => `id: county-2018
name: County schools 2018
timeZone: Europe/London
mechanism: conditional-access
${managed}
emergencyAccounts: [emergency-1@county.example, emergency-2@county.example]
cohorts:
  heads: { accounts: ["head@*"] }
  everyone: { all: true, pupils: in, guests: in }
networks:
  schools: { ranges: [192.0.2.0/24] }
phases:
${phases.map((phase, at) => `  - { id: phase-${at}, title: Phase ${at}, starts: 2018-11-${19 + at}, ${phase} }`).join("\n")}
`;

test.each<readonly [string, readonly string[], string | undefined]>([
  ["heads alone", ["requireMfa: { for: heads, on: [web, clients] }, blockLegacy: { for: heads }"], undefined],
  ["everybody, and old programs go on", ["requireMfa: { for: everyone, on: [web, clients] }"], undefined],
  ["everybody, old programs blocked for heads", ["requireMfa: { for: everyone, on: [web, clients] }, blockLegacy: { for: heads }"], undefined],
  [
    "everybody on the web, then in clients",
    ["requireMfa: { for: everyone, on: [web] }, blockLegacy: { for: everyone }", "requireMfa: { for: everyone, on: [clients] }"],
    "phase-1",
  ],
  [
    "heads, then everybody",
    ["requireMfa: { for: heads, on: [web, clients] }", "requireMfa: { for: everyone, on: [web, clients] }, blockLegacy: { for: everyone }"],
    "phase-1",
  ],
  ["everybody outside the schools", ["requireMfa: { for: everyone, on: [web, clients], outside: schools }, blockLegacy: { for: everyone }"], undefined],
  ["everybody in Office 365", ["requireMfa: { for: everyone, on: [web, clients], apps: office365 }, blockLegacy: { for: everyone }"], undefined],
])("%s", (_name, phases, want) => {
  expect(leavingPhase(planOf(planText(phases)))?.id).toBe(want);
});

test("check says so of a plan that says what becomes of Microsoft's policies, and of no other", () => {
  const all = ["requireMfa: { for: heads, on: [web, clients] }", "requireMfa: { for: everyone, on: [web, clients] }, blockLegacy: { for: everyone }"];
  const told = (text: string): readonly string[] =>
    remarksOf(text).flatMap(({ line, message }) => (message.includes("security defaults") ? [`${line} ${message}`] : []));
  expect(told(planText(all))).toEqual([
    '14 a tenant on security defaults leaves them with the phase "phase-1", the first that covers everybody; what comes before it stays in report-only there',
  ]);
  expect(told(planText(all.slice(0, 1)))).toEqual([expect.stringMatching(/^13 no phase asks everybody .* a tenant on security defaults keeps them/)]);
  expect(told(planText(all, ""))).toEqual([]);
});
