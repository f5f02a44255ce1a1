/**
 * What surprises about the service, each of the twelve with a rollout that goes wrong for a tool that does not know of it.
 * test/mutants/surprises.json plants such a tool for each; `node scripts/mutants.js "surprise 6:"` shows one caught.
 *
 *  1  per-user MFA is in beta alone                            here; whole rollouts in per-user.test.ts
 *  2  parts of the methods policy are in beta alone            here; methods.test.ts
 *  3  security defaults block only policies that are on        here; security-defaults.test.ts
 *  4  turned off, Microsoft's own policies come on             managed-policies.test.ts
 *  5  conditional access: one call a second, no Retry-After    here; costs.test.ts counts the calls
 *  6  values behind the sentinel need a header                 here, for policies: of sign-ins no such value is read
 *  7  sign-in activity left out is not null                    here; gates.test.ts
 *  8  no sign-in activity by user principal name               here
 *  9  policies and networks are deleted softly                 here; undo.test.ts
 * 10  the deletion of groups is not to be relied on            here; undo.test.ts
 * 11  without premium 403, in two wordings                     here
 * 12  AuditLog.Read.All alone is enough for reports            here; test/contract/permissions.test.ts
 *
 * Of the log of sign-ins no value behind the sentinel is read (6); what comes of a refusal (11, 12) is in log.test.ts and test/graph/sign-ins.test.ts.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Fetch } from "../../src/runtime.ts";
import type { CliResult } from "../cli/harness.ts";
import type { LoggedRequest } from "./reader.ts";
import { type Stage, stageOf } from "./stage.ts";
import { runsOf } from "./stories.ts";

const PLAN = "plan.yaml";
const STAGED = "2024-10-02";
const DUE = "2024-10-07";
const POLICIES = "/v1.0/identity/conditionalAccess/policies";

const STAFF =
  "  - { id: staff, title: Staff, starts: 2024-10-07, reportOnlyFrom: 2024-10-01, requireMfa: { for: staff, on: [web] }, blockLegacy: { for: staff } }";
const HELPERS = "  - { id: helpers, title: Helpers, starts: 2024-10-07, requireMfa: { for: helpers, on: [web, clients], outside: office } }";
const GATED = "  - { id: staff, title: Staff, starts: 2024-10-07, requireMfa: { for: staff, on: [web] }, ready: { atLeast: 1% } }";

const planText = (phases: readonly string[], mechanism = "conditional-access"): string => `id: office
name: Office
timeZone: Europe/London
mechanism: ${mechanism}
emergencyAccounts: [emergency-1@small.example, emergency-2@small.example]
cohorts:
  staff: { domains: [small.example], pupils: out, guests: out }
  helpers: { accounts: ["volunteer-*@small.example"] }
${mechanism === "per-user" ? "" : "networks:\n  office: { ranges: [192.0.2.0/24] }\n"}phases:
${phases.join("\n")}
`;

const stages = new Set<Stage>();
afterAll(async () => {
  for (const stage of stages) await stage.close();
});

/** Nobody there uses an old program, which would stop what these are about: that is held in log.test.ts. */
const P1 = { licence: "p1", signIns: "empty" } as const;

/** Some forty accounts, so that each of these takes a moment only. */
const opened = async (text: string, dials: object = P1, fill = "small-off"): Promise<Stage> => {
  const stage = await stageOf(fill);
  stages.add(stage);
  await stage.reader.dials(dials);
  writeFileSync(join(stage.cwd, PLAN), text);
  return stage;
};

/** What was refused of what a command asked; the test's own reader is not always let in either. */
const refusals = new Map<Stage, string[]>();

type Typing = { readonly moment?: string; readonly fetch?: Fetch };

/** A role that nobody ever held is not there, and no refusal. */
const isRefusal = ({ status }: { readonly status: number }): boolean => status >= 400 && status !== 404;

const typed = (stage: Stage, args: readonly string[], { moment = DUE, fetch = stage.fetch }: Typing = {}): Promise<CliResult> => {
  const noted = refusals.get(stage) ?? [];
  refusals.set(stage, noted);
  return stage.cli([...args, "--as-of", moment], {
    fetch: async (request) => {
      const response = await fetch(request);
      // An application is nobody, and is told so; a filter that nobody documents is tried once, and a service without it loses nothing (read-log.ts).
      const isTry = response.status === 400 && (/\/me(?:\?|$)/.test(request.url) || request.url.includes("authenticationProtocol"));
      if (isRefusal(response) && !isTry) noted.push(`${request.method} ${new URL(request.url).pathname} ${response.status}`);
      return response;
    },
  });
};

const apply = (stage: Stage, typing?: Typing): Promise<CliResult> => typed(stage, ["apply", PLAN, "--yes"], typing);
const diff = (stage: Stage, fetch?: Fetch): Promise<CliResult> => typed(stage, ["diff", PLAN], fetch === undefined ? {} : { fetch });

const said = ({ exit, stdout, stderr }: CliResult): string => `exit ${exit} ${stdout}${stderr}`.replaceAll(/\s+/g, " ");
const asked = async ({ reader }: Stage): Promise<readonly LoggedRequest[]> => (await reader.requests()).filter(({ path }) => !path.includes("/_practice"));
const refused = (stage: Stage): readonly string[] => refusals.get(stage) ?? [];

describe("beta alone", () => {
  test("1: per-user MFA is asked and set where it is", async () => {
    const stage = await opened(planText(["  - { id: helpers, starts: 2024-10-07, requireMfa: { for: helpers, on: [web] } }"], "per-user"));
    const run = await apply(stage);
    expect(run.exit, said(run)).toBe(0);
    const places = (await asked(stage)).map(({ path }) => path).filter((path) => path.includes("/authentication/requirements"));
    expect(places.length).toBeGreaterThan(0);
    expect(places.filter((path) => !path.startsWith("/beta/"))).toEqual([]);
    const { id } = await stage.reader.json<{ readonly id: string }>("GET", "/v1.0/users/volunteer-1@small.example");
    await stage.reader.forward(60_000);
    expect(await stage.reader.json("GET", `/beta/users/${id}/authentication/requirements`)).toMatchObject({ perUserMfaState: "enabled" });
  });

  test("2: a campaign goes out without what v1.0 has no word for, and that stays as it is", async () => {
    const stage = await opened(planText(["  - { id: campaign, starts: 2024-10-07, campaign: { for: staff, method: app, snooze: 7 days } }", STAFF]));
    const whole = () => stage.reader.json<{ readonly registrationEnforcement: object }>("GET", "/beta/policies/authenticationMethodsPolicy");
    const before = await whole();
    const run = await apply(stage);
    expect(run.exit, said(run)).toBe(0);
    expect((await asked(stage)).filter(({ method, path }) => method === "PATCH" && path === "/v1.0/policies/authenticationMethodsPolicy")).toHaveLength(1);
    // This policy shares the reports' limit, and is paced with them.
    expect(refused(stage)).toEqual([]);
    await stage.reader.forward(60_000);
    const enforced = ({ registrationEnforcement: enforcement }: { readonly registrationEnforcement: object }): unknown =>
      JSON.parse(JSON.stringify(enforcement), (key, value: unknown) =>
        key === "snoozeDurationInDays" || key.endsWith("Targets") || key === "state" ? undefined : value,
      );
    expect(JSON.stringify(before)).toContain("enforceRegistrationAfterAllowedSnoozes");
    expect(enforced(await whole())).toEqual(enforced(before));
  });
});

test("3: on security defaults policies are made in report-only, and none is sent that is on", async () => {
  const stage = await opened(planText([STAFF]), P1, "small");
  const staged = await apply(stage, { moment: STAGED });
  expect(staged.exit, said(staged)).toBe(0);
  const states = async (): Promise<readonly string[]> => (await stage.reader.policies()).map(({ state }) => state);
  // Old clients cannot be tried out: what would lock them out is staged as well.
  const before = await states();
  expect(before.length).toBe(2);
  expect(before).not.toContain("enabled");
  expect(await apply(stage)).toMatchObject({ exit: 3 });
  expect(await states()).toEqual(before);
  expect(refused(stage)).toEqual([]);
});

describe("5: one call a second for conditional access", () => {
  test("a rollout paces its own, so that none is refused", async () => {
    const stage = await opened(planText([STAFF, HELPERS]));
    const run = await apply(stage);
    expect(run.exit, said(run)).toBe(0);
    expect((await asked(stage)).filter(({ path }) => path.includes("/identity/conditionalAccess/")).length).toBeGreaterThan(5);
    expect(refused(stage)).toEqual([]);
  });

  test("another application takes the second: refused without a Retry-After, waited for, and made once", async () => {
    const stage = await opened(planText([STAFF]));
    let waits: readonly (string | null)[] = [];
    let isTaken = false;
    const run = await apply(stage, {
      fetch: async (request) => {
        if (request.method === "POST" && request.url.endsWith(POLICIES) && !isTaken) {
          isTaken = true;
          await stage.reader.send("GET", POLICIES);
        }
        const response = await stage.fetch(request);
        if (response.status === 429) waits = [...waits, response.headers.get("retry-after")];
        return response;
      },
    });
    expect(run.exit, said(run)).toBe(0);
    expect(waits).toEqual([null]);
    expect((await stage.reader.policies()).map(({ displayName }) => displayName).toSorted()).toEqual([
      "MFA: staff [office/mfa-staff]",
      "No old clients: staff [office/block-staff]",
    ]);
  });
});

test("6: a control behind the sentinel is read by its name, and so shown", async () => {
  const stage = await opened(planText([STAFF]));
  expect(await apply(stage, { moment: STAGED })).toMatchObject({ exit: 0 });
  const own = (await stage.reader.policies()).find(({ displayName }) => displayName.startsWith("MFA: staff"));
  await stage.reader.forward(60_000);
  await stage.reader.json("PATCH", `${POLICIES}/${own?.id}`, { grantControls: { operator: "OR", builtInControls: ["mfa", "riskRemediation"] } });
  await stage.reader.forward(60_000);
  const shown = await typed(stage, ["diff", PLAN, "--json"], { moment: STAGED });
  expect(shown.stdout).toContain("riskRemediation");
  expect(shown.stdout).not.toContain("unknownFutureValue");
});

describe("sign-in activity", () => {
  type Users = { readonly value: readonly { readonly signInActivity?: unknown }[] };

  /** What a gate makes of it when the service tells this of an account; undefined is left out of the answer. */
  const gateWith = async (stage: Stage, told: (activity: unknown, place: number) => unknown): Promise<string> => {
    let changed = 0;
    const shown = await diff(stage, async (request) => {
      const response = await stage.fetch(request);
      if (!request.url.includes("/v1.0/users?") || !request.url.includes("signInActivity")) return response;
      changed += 1;
      const page = (await response.json()) as Users;
      const value = page.value.map((user, place) => ({ ...user, signInActivity: told(user.signInActivity, place) }));
      return new Response(JSON.stringify({ ...page, value }), { status: response.status, headers: { "content-type": "application/json" } });
    });
    expect(changed).toBeGreaterThan(0);
    return said(shown);
  };

  test("7: left out it says never, null says nothing, and a date of the year 1 is none", async () => {
    const stage = await opened(planText([GATED]));
    const today = { lastSignInDateTime: "2024-09-29T08:00:00Z", lastSuccessfulSignInDateTime: "2024-09-29T08:00:00Z" };
    const idle = "none of its accounts was active in the last 60 days";
    expect(await gateWith(stage, () => today)).toMatch(/\d+ of \d+ active accounts are ready; the plan asks for 1 %/);
    expect(await gateWith(stage, () => undefined)).toContain(idle);
    expect(await gateWith(stage, () => ({ lastSignInDateTime: null, lastNonInteractiveSignInDateTime: "0001-01-01T00:00:00Z" }))).toContain(idle);
    const everyOther = (other: unknown) => gateWith(stage, (_, place) => (place % 2 === 0 ? today : other));
    expect(await everyOther(undefined)).not.toContain("nobody can say whether they are active");
    expect(await everyOther(null)).toMatch(/of [1-9]\d* more nobody can say whether they are active/);
  });

  test("8: it is asked of the list, never of an account by its address", async () => {
    const stage = await opened(planText([GATED]));
    const run = await apply(stage);
    expect(run.exit, said(run)).toBe(0);
    const paths = (await asked(stage)).map(({ path }) => decodeURIComponent(path));
    expect(paths.filter((path) => /^\/v1\.0\/users\/[^/?]+@/.test(path)).length).toBeGreaterThan(0);
    const activity = paths.filter((path) => path.includes("signInActivity"));
    expect(activity.length).toBeGreaterThan(0);
    expect(activity.filter((path) => !/^\/v1\.0\/users(\?|\/[0-9a-f-]{36}\?)/.test(path))).toEqual([]);
    expect(refused(stage)).toEqual([]);
  });
});

test("9 and 10: what was deleted comes back: policies and networks as they were, the group as a new one with the same people", async () => {
  const stage = await opened(planText([STAFF, HELPERS]));
  expect(await apply(stage)).toMatchObject({ exit: 0 });
  const idsOf = async () => ({
    policies: (await stage.reader.policies()).map(({ id, displayName }) => `${displayName} ${id}`).toSorted(),
    locations: (await stage.reader.locations()).map(({ id, displayName }) => `${displayName} ${id}`).toSorted(),
  });
  const groupOf = async () => {
    const found = (await stage.reader.groups()).find(({ description }) => description?.startsWith("entra-rollout:office/helpers.") === true);
    return { id: found?.id, members: found === undefined ? [] : (await stage.reader.members(found.id)).map(({ id }) => id).toSorted() };
  };
  const before = await idsOf();
  const group = await groupOf();
  expect(group.members).toHaveLength(2);
  writeFileSync(join(stage.cwd, PLAN), planText([STAFF]));
  const pruned = await typed(stage, ["apply", PLAN, "--yes", "--prune", "--allow", "size=2", "--reason", "they left"]);
  expect(pruned.exit, said(pruned)).toBe(0);
  expect((await idsOf()).policies).toHaveLength(before.policies.length - 1);
  expect((await groupOf()).id).toBeUndefined();

  const undone = await stage.cli(["undo", (await runsOf(stage)).at(-1)?.id ?? "", "--yes"]);
  expect(undone.exit, said(undone)).toBe(0);
  expect(await idsOf()).toEqual(before);
  const back = await groupOf();
  expect(back.members).toEqual(group.members);
  expect(back.id).not.toBe(group.id);
  expect((await asked(stage)).filter(({ path }) => path.includes("/directory/deletedItems"))).toEqual([]);
  const policy = (await stage.reader.policies()).find(({ displayName }) => displayName.includes("[office/mfa-helpers"));
  expect(policy?.conditions.users.includeGroups).toEqual([back.id]);
});

describe("11: premium", () => {
  test("a free tenant is read without what it does not get, and says why its gate is shut", async () => {
    const stage = await opened(planText([GATED.replace("on: [web]", "on: [web, clients]")], "per-user"), {});
    const shown = await diff(stage);
    expect(shown.exit, said(shown)).toBe(0);
    expect(said(shown)).toContain("only to tenants with Entra ID P1 or P2");
    expect((await asked(stage)).filter(({ path }) => path.includes("signInActivity"))).toEqual([]);
  });

  test.each([
    ["Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Neither tenant is B2C or tenant doesn't have premium license"],
    ["Forbidden", "Tenant is not a B2C tenant and doesn't have premium licenses"],
  ])("a licensed tenant that says so for a moment is asked again: %s", async (code, message) => {
    const effect = { type: "status", status: 403, code, message };
    const stage = await opened(planText([GATED]), {
      ...P1,
      faults: [
        { path: "userRegistrationDetails", times: 2, effect },
        { path: "signInActivity", times: 2, effect },
      ],
    });
    const shown = await diff(stage);
    expect(shown.exit, said(shown)).toBe(0);
    expect(said(shown)).toMatch(/\d+ of \d+ active accounts are ready/);
    expect(refused(stage).length).toBe(4);
  });
});

test("12: the nine permissions, AuditLog.Read.All alone for reports: who has registered and signed in is known, and nothing is refused", async () => {
  const permissions = [
    "AuditLog.Read.All",
    "Domain.Read.All",
    "Group.ReadWrite.All",
    "LicenseAssignment.Read.All",
    "Policy.Read.All",
    "Policy.ReadWrite.ConditionalAccess",
    "RoleManagement.Read.Directory",
    "User.Read.All",
    "UserAuthenticationMethod.Read.All",
  ];
  const stage = await opened(planText([GATED]), { ...P1, permissions });
  const run = await apply(stage);
  expect(run.exit, said(run)).toBe(0);
  expect(said(run)).not.toMatch(/is not known/);
  expect((await asked(stage)).filter(({ path }) => path.includes("userRegistrationDetails")).map(({ status }) => status)).toContain(200);
  expect(refused(stage)).toEqual([]);
  expect((await stage.reader.policies()).map(({ state }) => state)).toEqual(["enabled"]);
});
