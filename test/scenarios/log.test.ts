/**
 * The log of sign-ins, from the command line: who would lose an old program, which network is not the one that people come
 * from, which accounts are a program's. Each stops what it is about and nothing else, and is let pass by its own number.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CliResult } from "../cli/harness.ts";
import { type Stage, stageOf } from "./stage.ts";

const PLAN = "log.yaml";
const planText = (phases: readonly string[], ranges: string): string => `id: log
name: Old programs and networks
timeZone: Europe/London
mechanism: conditional-access
emergencyAccounts: [emergency-1@small.example, emergency-2@small.example]
cohorts:
  staff: { domains: [small.example], pupils: out, guests: out }
networks:
  office: { ranges: ${ranges} }
phases:
${phases.join("\n")}
`;
const RANGES = '[192.0.2.0/24, 198.51.100.0/25, 203.0.113.0/24, "2001:db8::/32"]';
const DUE = "2024-10-07";
const P1 = { licence: "p1" } as const;
const OLD = `  - { id: old, title: No old programs, starts: ${DUE}, blockLegacy: { for: staff } }`;
const OUTSIDE = `  - { id: outside, title: Outside the office, starts: ${DUE}, requireMfa: { for: staff, on: [web], outside: office } }`;
const PROGRAMS = `  - { id: programs, title: In programs, starts: ${DUE}, requireMfa: { for: staff, on: [web, clients] } }`;

type Finding = {
  readonly guard: string;
  readonly verdict: string;
  readonly detail: string;
  readonly count?: number;
  readonly accounts?: readonly string[];
  readonly allowed?: boolean;
};
const OWN = ["legacy-clients", "networks", "service-accounts"];

let stage: Stage;
beforeAll(async () => {
  stage = await stageOf("small-off");
}, 60_000);
afterAll(() => stage.close());

const diffed = async (
  phases: readonly string[],
  dials: object = {},
  ranges = RANGES,
): Promise<{ readonly findings: readonly Finding[]; readonly asked: readonly string[] }> => {
  writeFileSync(join(stage.cwd, PLAN), planText(phases, ranges));
  await stage.reader.dials({ ...P1, ...dials });
  const from = (await stage.reader.requests()).at(-1)?.n ?? -1;
  const { stdout, exit, stderr } = await stage.cli(["diff", PLAN, "--as-of", DUE, "--json", "--quiet"]);
  expect([exit, stderr]).toEqual([0, ""]);
  const { findings }: { readonly findings: readonly Finding[] } = JSON.parse(stdout);
  const asked = (await stage.reader.requests(from + 1))
    .filter(({ path }) => path.includes("/auditLogs/signIns"))
    .map(({ path, status }) => `${status} ${path.split("/auditLogs", 1)[0]}`);
  return { findings: findings.filter(({ guard }) => OWN.includes(guard)), asked };
};
const lines = (findings: readonly Finding[]): readonly string[] => findings.map(({ guard, verdict, count }) => `${guard} ${verdict} ${count ?? 0}`);

const SCANNER = "scanner@small.example";

describe("diff", () => {
  test("a block names those who still use an old program, and when", async () => {
    const { findings, asked } = await diffed([OLD]);
    expect(lines(findings)).toEqual(["legacy-clients stop 3"]);
    expect(findings[0]?.accounts).toContain(`${SCANNER} (SMTP, yesterday)`);
    expect(asked).toEqual(["200 /v1.0", "200 /beta"]);
  });

  test("a school behind an egress that nobody named", async () => {
    expect(await diffed([OUTSIDE])).toEqual({ findings: [], asked: ["200 /v1.0"] });
    const { findings } = await diffed([OUTSIDE], { egress: { "small.example": "2001:db9:1:2::3" } });
    expect(lines(findings)).toEqual([expect.stringMatching(/^networks stop [1-9]\d$/)]);
    expect(findings[0]?.detail).toMatch(/an address outside every network of the plan, ten or more from each: 2001:db9:1:2::\/64 \(\d+ accounts\)$/);
  });

  test("a network from which nobody comes", async () => {
    const { findings } = await diffed([OUTSIDE], { egress: { "small.example": "192.0.2.5" } }, "[198.51.100.128/25]");
    expect(findings.map(({ detail }) => detail.replace(/:.*/, ""))).toEqual([
      "nobody signed in from the network office (198.51.100.128/25) in the last 14 days",
      expect.stringMatching(/^\d+ accounts that would be asked for MFA sign in from an address outside every network of the plan, ten or more from each$/),
    ]);
  });

  test("accounts of programs, where programs are asked", async () => {
    const { findings, asked } = await diffed([PROGRAMS]);
    expect(lines(findings)).toEqual(["service-accounts stop 2"]);
    expect(findings[0]?.accounts).toEqual(["newsletter@small.example (hands in mail by SMTP, 2 days ago)", `${SCANNER} (hands in mail by SMTP, yesterday)`]);
    // What nobody documents is tried once.
    expect(asked).toEqual(["200 /v1.0", "200 /beta", "400 /beta"]);
  });

  test("on a practice tenant without a log a rehearsal goes on", async () => {
    expect(lines((await diffed([OLD, OUTSIDE, PROGRAMS], { signIns: "empty" })).findings)).toEqual([
      "legacy-clients go 0",
      "networks go 0",
      "service-accounts go 0",
    ]);
  });

  test("without permission nothing does, and it is asked for once", async () => {
    const faults = [{ method: "GET", path: "auditLogs/signIns", effect: { type: "status", status: 403, code: "Authentication_MSGraphPermissionMissing" } }];
    const { findings, asked } = await diffed([OLD, OUTSIDE, PROGRAMS], { faults });
    expect(findings.map(({ guard, verdict }) => `${guard} ${verdict}`)).toEqual(["legacy-clients unclear", "networks unclear", "service-accounts unclear"]);
    expect(asked).toEqual(["403 /v1.0"]);
  });

  test("without a licence nothing is asked, and it is told that nobody can say", async () => {
    const { findings, asked } = await diffed([OLD, PROGRAMS], { licence: "free" });
    expect([lines(findings), asked]).toEqual([["legacy-clients go 0", "service-accounts go 0"], []]);
  });

  test("status does not look into the log", async () => {
    writeFileSync(join(stage.cwd, PLAN), planText([OLD, OUTSIDE, PROGRAMS], RANGES));
    await stage.reader.dials(P1);
    const from = (await stage.reader.requests()).at(-1)?.n ?? -1;
    const { stdout } = await stage.cli(["status", PLAN, "--as-of", DUE]);
    expect(stdout).toMatch(/\n1 check: all go\n/);
    expect((await stage.reader.requests(from + 1)).filter(({ path }) => path.includes("auditLogs"))).toEqual([]);
  });
});

describe("apply", () => {
  const apply = (...more: readonly string[]): Promise<CliResult> => stage.cli(["apply", PLAN, "--as-of", DUE, "--yes", ...more]);

  test("holds the block back; let pass by its number it is done, and then there is nothing to say and nothing to ask", async () => {
    writeFileSync(join(stage.cwd, PLAN), planText([OLD], RANGES));
    await stage.reader.dials(P1);
    const first = await apply();
    expect(first.exit).not.toBe(0);
    expect(first.stdout).toMatch(/still used by scanner@small\.example \(SMTP, /);
    expect((await apply("--allow", "legacy-clients=2", "--reason", "they know")).exit).not.toBe(0);
    expect((await apply("--allow", "legacy-clients=3", "--reason", "they know")).exit).toBe(0);
    const from = (await stage.reader.requests()).at(-1)?.n ?? -1;
    const again = await apply();
    expect([again.exit, again.stdout.includes("nothing to apply")]).toEqual([0, true]);
    expect((await stage.reader.requests(from + 1)).filter(({ path }) => path.includes("auditLogs"))).toEqual([]);
  });
});
