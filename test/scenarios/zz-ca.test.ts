import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stageOf } from "./stage.ts";

const PLAN = `id: mixed
name: Mixed
timeZone: Europe/London
mechanism: conditional-access
emergencyAccounts: [emergency-1@county.example, emergency-2@county.example]
serviceAccounts: ["scanner@*"]
cohorts:
  heads: { accounts: ["head@*"] }
  offices: { accounts: ["office@*"] }
  school staff: { domains: ["*.county.example"], pupils: out }
  teachers: { where: { jobTitle: ["teacher*", "head*"] } , pupils: out}
  by rule: { dynamic: '(user.department -eq "IT Services")' }
  others: { cohorts: [school staff], without: [heads, offices] }
networks:
  home: { countries: [GB, IE], unknownCountries: out }
phases:
  - { id: block, starts: 2018-11-19, reportOnlyFrom: 2018-11-12, blockLegacy: { for: heads } }
  - { id: heads, starts: 2018-11-19, reportOnlyFrom: 2018-11-12, requireMfa: { for: heads, on: [web, clients], strength: multifactor, outside: home }, ready: { atLeast: 99% } }
  - { id: heads-more, starts: 2018-11-20, requireMfa: { for: heads, on: [web] } }
  - { id: offices, starts: 2018-11-20, requireMfa: { for: offices, on: [web] } , ready: { atLeast: 20% } }
  - { id: rule, starts: 2018-11-20, requireMfa: { for: by rule, on: [web, clients] } }
  - { id: others, starts: 2018-11-21, requireMfa: { for: others, on: [web] }, protectRegistration: { for: others, outside: home, temporaryAccessPass: true } }
  - { id: teachers, starts: 2018-11-22, external: { what: gateway, for: teachers, gate: ready, checklist: ["Ring", "Wait"] } }
`;

test("e2e", { timeout: 200_000 }, async () => {
  const stage = await stageOf("county");
  writeFileSync(join(stage.cwd, "p.yaml"), PLAN);
  const out: string[] = [];
  const say = async (...args: string[]): Promise<void> => {
    const r = await stage.cli(args);
    out.push(`$ ${args.join(" ")}\n${r.stdout}\n${r.stderr}\nexit ${r.exit}\n`);
  };
  
  for (const when of ["2018-11-12", "2018-11-19", "2018-11-20", "2018-11-21", "2018-11-22"]) {
    await say("apply", "p.yaml", "--as-of", when, "--yes");
    await say("diff", "p.yaml", "--exit-code");
  }
  await say("status", "p.yaml");
  await say("apply", "p.yaml", "--phase", "heads", "--yes");
  await say("apply", "p.yaml", "--phase", "heads", "--yes", "--allow", "ready=9", "--reason", "x");
  await say("diff", "p.yaml", "--exit-code");
  for (const [plan, fill, when] of [["remote-desktop-trust", "remote-desktop", "2021-09-27"], ["college-14-days", "college", "2019-09-02"]] as const) {
    const other = await stageOf(fill);
    for (const args of [["check", `rollout-plans/${plan}.yaml`], ["status", `rollout-plans/${plan}.yaml`], ["diff", `rollout-plans/${plan}.yaml`, "--as-of", when]]) {
      const r = await other.cli(args);
      out.push(`$ ${args.join(" ")}\n${r.stdout}\n${r.stderr}\nexit ${r.exit}\n`);
    }
    await other.close();
  }
  writeFileSync("/tmp/ca-run/out.txt", out.join("\n"));
  await stage.close();
  expect(out.length).toBeGreaterThan(3);
});
