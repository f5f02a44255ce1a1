/** Phases of several parts, cohorts of every source, and gates: what waits, what goes on, and what the tenant remembers. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DiffDocument } from "../../src/core/document.ts";
import { NO_LOG, type Stage, stageOf } from "./stage.ts";

const PLAN = `id: mixed
name: Mixed
timeZone: Europe/London
mechanism: conditional-access
emergencyAccounts: [emergency-1@county.example, emergency-2@county.example]
cohorts:
  heads: { accounts: ["head@*"] }
  offices: { accounts: ["office@*"] }
  school staff: { domains: ["*.county.example"], pupils: out }
  teachers: { where: { jobTitle: ["teacher*"] }, pupils: out }
  by rule: { dynamic: '(user.jobTitle -eq "Head teacher")' }
  others: { cohorts: [school staff], without: [heads, offices] }
networks:
  home: { countries: [GB, IE], unknownCountries: out }
phases:
  - { id: block, starts: 2018-11-19, reportOnlyFrom: 2018-11-12, blockLegacy: { for: heads } }
  - { id: heads, starts: 2018-11-19, reportOnlyFrom: 2018-11-12, requireMfa: { for: heads, on: [web, clients], strength: multifactor, outside: home }, ready: { atLeast: 99% } }
  - { id: heads-more, starts: 2018-11-20, requireMfa: { for: heads, on: [web] } }
  - { id: offices, starts: 2018-11-20, requireMfa: { for: offices, on: [web] }, ready: { atLeast: 20% } }
  - { id: rule, starts: 2018-11-20, requireMfa: { for: by rule, on: [web, clients] } }
  - { id: others, starts: 2018-11-21, requireMfa: { for: others, on: [web] }, protectRegistration: { for: others, outside: home, temporaryAccessPass: true } }
  - { id: gateway, starts: 2018-11-22, external: { what: gateway, for: teachers, gate: ready, checklist: [Ring, Wait] } }
`;

let stage: Stage;
beforeAll(async () => {
  stage = await stageOf("county", undefined, NO_LOG);
  writeFileSync(join(stage.cwd, "p.yaml"), PLAN);
});
afterAll(async () => {
  await stage.close();
});

const parsed = (text: string): DiffDocument => JSON.parse(text);
const states = ({ phases }: DiffDocument): readonly string[] => phases.map(({ id, state }) => `${id} ${state}`);

/** Applied at a moment, and found as it should be by the next look. */
const step = async (asOf: string): Promise<DiffDocument> => {
  expect(await stage.cli(["apply", "p.yaml", "--as-of", asOf, "--yes"])).toMatchObject({ exit: 0 });
  const again = await stage.cli(["diff", "p.yaml", "--exit-code", "--json"]);
  expect(again).toMatchObject({ exit: 0 });
  return parsed(again.stdout);
};
const policies = async (): Promise<readonly string[]> =>
  (await stage.reader.policies())
    .filter(({ displayName }) => displayName.includes("[mixed/"))
    .map(({ displayName, state }) => `${displayName.replace(/.*\[mixed\/(.*)\]/, "$1")} ${state}`)
    .toSorted();

describe.sequential("gates on the practice tenant", () => {
  test("staged, then one waits at its gate while the other starts", { timeout: 60_000 }, async () => {
    expect(states(await step("2018-11-12")).slice(0, 2)).toEqual(["block staged", "heads staged"]);
    const document = await step("2018-11-19");
    expect(states(document).slice(0, 3)).toEqual(["block live", "heads waiting", "heads-more later"]);
    expect(await policies()).toEqual(["block-heads enabled", "mfa-heads-outside-home-multifactor enabledForReportingButNotEnforced"]);
    const waiting = document.findings.find(({ guard, phase }) => guard === "ready" && phase === "heads");
    expect([waiting?.verdict, waiting?.accounts, waiting?.count]).toEqual(["go", [expect.stringMatching(/^head@/), expect.any(String), expect.any(String)], 3]);
  });

  test("who comes later over the same people waits as well, others go on; what got through is remembered", { timeout: 60_000 }, async () => {
    const document = await step("2018-11-20");
    expect(states(document).slice(0, 5)).toEqual(["block live", "heads waiting", "heads-more waiting", "offices live", "rule live"]);
    const progress = (await stage.reader.groups()).find(({ description }) => description?.startsWith("entra-rollout:mixed/progress") === true);
    expect(progress?.description).toBe("entra-rollout:mixed/progress begun=offices held=");
    const later = await step("2018-11-21");
    expect(states(later).slice(5)).toEqual(["others live", "gateway later"]);
    // By then the service has followed the rule.
    expect(later.phases.find(({ id }) => id === "rule")?.accounts?.count).toBe(40);
    expect(states(await step("2018-11-22"))).toContain("gateway waiting");
    const text = (await stage.cli(["status", "p.yaml"])).stdout;
    expect(text).toContain("To do by hand\n  gateway: gateway\n    - Ring\n    - Wait");
    expect(text).toContain("waiting: heads; heads-more; gateway");
  });

  test("begun by hand it takes a number, and nothing at all is done without it", { timeout: 60_000 }, async () => {
    const before = await policies();
    expect(await stage.cli(["apply", "p.yaml", "--phase", "heads", "--yes"])).toMatchObject({ exit: 3 });
    expect(await policies()).toEqual(before);
    expect(await stage.cli(["apply", "p.yaml", "--phase", "heads", "--yes", "--allow", "ready=3", "--reason", "they are on leave"])).toMatchObject({ exit: 0 });
    const after = parsed((await stage.cli(["diff", "p.yaml", "--json"])).stdout);
    expect(states(after)).toEqual(["block live", "heads live", "heads-more live", "offices live", "rule live", "others live", "gateway waiting"]);
    expect(after.changes).toEqual([]);
    expect(await policies()).toContain("mfa-heads-outside-home-multifactor enabled");
  });
});
