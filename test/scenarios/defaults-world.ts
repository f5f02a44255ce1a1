/** The county on security defaults, and what a cut, a fault or a look at it is. */

import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fetch } from "../../src/runtime.ts";
import type { CliResult } from "../cli/harness.ts";
import { type Stage, stageFrom, stageOf } from "./stage.ts";

export const DEFAULTS = "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy";
export const PLAN = "plan.yaml";
export const QUIET = { signIns: "empty", throttling: "off", lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 } } as const;

export const planText = (more: { readonly managed?: string; readonly everyone?: boolean; readonly guests?: "in" | "out" } = {}): string => `
id: county-2018
name: County schools, away from security defaults
timeZone: Europe/London
mechanism: conditional-access
window: 2h
${more.managed === undefined ? "" : `microsoftManaged: ${more.managed}`}
emergencyAccounts: [emergency-1@county.example, emergency-2@county.example]
cohorts:
  heads: { accounts: ["head@*"] }
  everyone: { all: true, pupils: in, guests: ${more.guests ?? "in"} }
phases:
  - id: heads
    title: Head teachers
    starts: 2018-11-19
    requireMfa: { for: heads, on: [web, clients] }
${
  more.everyone === false
    ? ""
    : `  - id: everyone
    title: Everybody
    starts: 2018-12-13
    requireMfa: { for: everyone, on: [web, clients] }
    blockLegacy: { for: everyone }
`
}`;

const stages = new Set<Stage>();
const folders: string[] = [];
export const kept = (stage: Stage): Stage => {
  stages.add(stage);
  return stage;
};
export const closeAll = async (): Promise<void> => {
  for (const stage of stages) await stage.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
};

export const withPlan = (stage: Stage, text: string): void => writeFileSync(join(stage.cwd, PLAN), text);

/** The county, on security defaults, with nothing of anybody's on beside them. */
export const onDefaults = async (plan = planText({ managed: "off" }), dials: object = {}): Promise<Stage> => {
  const stage = kept(await stageOf("county"));
  await stage.reader.dials({ ...QUIET, ...dials });
  for (const policy of await stage.reader.policies()) await stage.reader.put("policies", { ...policy, state: "disabled" });
  const { "@odata.context": _, ...defaults } = await stage.reader.json<Record<string, unknown>>("GET", DEFAULTS);
  await stage.reader.put("securityDefaults", { ...defaults, isEnabled: true });
  withPlan(stage, plan);
  return stage;
};

export const apply = (stage: Stage, moment: string, more: readonly string[] = [], fetch?: Fetch): Promise<CliResult> =>
  stage.cli(["apply", PLAN, "--as-of", moment, "--yes", ...more], fetch === undefined ? {} : { fetch });

export type Stand = { readonly defaults: boolean; readonly on: readonly string[] };

export const standOf = async ({ reader }: Stage): Promise<Stand> => ({
  defaults: (await reader.json<{ isEnabled: boolean }>("GET", DEFAULTS)).isEnabled,
  on: (await reader.policies()).flatMap(({ displayName, state }) => (state === "enabled" ? [displayName] : [])).toSorted(),
});

export const isBare = ({ defaults, on }: Stand): boolean => !defaults && on.length === 0;
export const MOVED: Stand = {
  defaults: false,
  on: ["MFA: everyone [county-2018/mfa-everyone]", "MFA: heads [county-2018/mfa-heads]", "No old clients: everyone [county-2018/block-everyone]"],
};

export const writesIn = async (stage: Stage, since: number): Promise<readonly string[]> =>
  (await stage.reader.requests(since))
    .filter(({ method, path }) => method !== "GET" && !path.endsWith("/$batch"))
    .map(({ method, path, status }) => `${method} ${path} ${status}`);
export const countOf = async (stage: Stage): Promise<number> => (await stage.reader.requests()).at(-1)?.n ?? 0;

/** The tenant and the state folder as a power cut at this moment would leave them. */
export const cutOff = (stage: Stage): string => {
  const folder = stage.copy();
  folders.push(folder);
  for (const state of stage.stateFolders().map((path) => join(folder, path.slice(stage.cwd.length))))
    for (const name of readdirSync(state)) if (name.startsWith("lock-")) rmSync(join(state, name), { recursive: true });
  return folder;
};

export type Cut = { readonly after: string; readonly folder: string };

export const nameOf = (request: Request): string => `${request.method} ${new URL(request.url).pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, "ID")}`;

/** Carries a command out and keeps what a cut behind each of its writes would leave, and behind each read while the tenant is bare. */
export const withCuts = async (
  stage: Stage,
  command: (fetch: Fetch) => Promise<CliResult>,
): Promise<{ readonly cuts: readonly Cut[]; readonly result: CliResult }> => {
  const cuts: Cut[] = [];
  let isOff = false;
  const result = await command(async (request) => {
    const name = nameOf(request);
    const response = await stage.fetch(request);
    const isWrite = request.method !== "GET" && !name.includes("/_practice");
    if (isWrite && !name.endsWith("/$batch")) isOff = name === `PATCH ${DEFAULTS}`;
    if (isWrite || (isOff && !name.includes("/_practice"))) cuts.push({ after: name, folder: cutOff(stage) });
    return response;
  });
  return { cuts, result };
};

export const resumed = async (cut: Cut): Promise<Stage> => kept(await stageFrom(cut.folder));
export const closed = async (stage: Stage): Promise<void> => {
  stages.delete(stage);
  await stage.close();
};

/** Watches a command: how the tenant stood behind its first write, and what that was. */
export const firstWrite = async (
  stage: Stage,
  command: (fetch: Fetch) => Promise<CliResult>,
): Promise<{ readonly write: string; readonly stand: Stand; readonly result: CliResult }> => {
  let seen: { write: string; stand: Stand } | undefined;
  const result = await command(async (request) => {
    const response = await stage.fetch(request);
    if (seen === undefined && request.method !== "GET" && !nameOf(request).includes("/_practice"))
      seen = { write: nameOf(request), stand: await standOf(stage) };
    return response;
  });
  if (seen === undefined) throw new Error(`nothing was written: ${result.stdout}${result.stderr}`);
  return { ...seen, result };
};

export const FLIP = "PATCH /v1.0/identity/conditionalAccess/policies/ID";
export const NOV = "2018-11-19";
export const DEC = "2018-12-13";

/** Somebody's policy that is on, for nobody who matters here. */
export const onePolicyOn = async ({ reader }: Stage): Promise<readonly string[]> => {
  const policy = {
    displayName: "IT: block nobody",
    state: "enabled",
    conditions: { users: { includeUsers: ["None"] }, applications: { includeApplications: ["All"] }, clientAppTypes: ["all"] },
    grantControls: { operator: "OR", builtInControls: ["block"] },
  };
  await reader.json("POST", "/v1.0/identity/conditionalAccess/policies", policy);
  return [policy.displayName];
};
