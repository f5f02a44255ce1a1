/** The tenant's methods and its registration campaign, which share one policy: changed, taken back, and each answer lost on the way. */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CliResult } from "../cli/harness.ts";
import { matchesGolden } from "../render/golden.ts";
import { badLine, type Trouble } from "./line.ts";
import { type Stage, stageFrom, stageOf } from "./stage.ts";
import { runsOf } from "./stories.ts";

const PLAN = "methods.yaml";
const POLICY = "/v1.0/policies/authenticationMethodsPolicy";
const CONFIGURATION = `${POLICY}/authenticationMethodConfigurations`;
const DAY = "2022-02-14";
const APPLY = ["apply", PLAN, "--as-of", DAY, "--yes"];

const planText = (methods: string): string => `id: methods-2022
name: Methods 2022
timeZone: Europe/London
mechanism: conditional-access
emergencyAccounts: [emergency-1@trust.example, emergency-2@trust.example]
cohorts:
  it staff: { group: IT Support }
phases:
  - id: methods
    title: A pass for the first day, and no more of the rest
    starts: ${DAY}
    allowMethods: ${methods}
  - id: nudge
    title: The app, for IT staff
    starts: ${DAY}
    campaign: { for: it staff, snooze: 0 days }
  - id: no-more-nudging
    title: The campaign ends
    starts: 2022-03-14
    campaign: { state: off }
`;

type Configuration = { readonly id: string; readonly state: string; readonly includeTargets: readonly { readonly id: string }[] };
type Campaign = { readonly snoozeDurationInDays: number; readonly includeTargets: readonly { readonly id: string }[] };
type Policy = {
  readonly lastModifiedDateTime?: string;
  readonly registrationEnforcement: { readonly authenticationMethodsRegistrationCampaign: Campaign };
  readonly authenticationMethodConfigurations: readonly Configuration[];
};

type Status = { readonly drift: readonly unknown[]; readonly pending: readonly { readonly kind: string }[] };
type Beta = {
  readonly registrationEnforcement: { readonly authenticationMethodsRegistrationCampaign: { readonly enforceRegistrationAfterAllowedSnoozes?: boolean } };
  readonly reportSuspiciousActivitySettings: object;
  readonly systemCredentialPreferences: object;
};

const stages = new Set<Stage>();
const opened = async (folder: string): Promise<Stage> => {
  const stage = await stageFrom(folder);
  stages.add(stage);
  return stage;
};
let before = "";
let office = "";
beforeAll(async () => {
  const stage = await stageOf("trust");
  writeFileSync(join(stage.cwd, PLAN), planText("{ text: off, temporaryAccessPass: on }"));
  // Text messages are for one group only, and that is nobody's to change.
  office = (await stage.reader.groups()).find(({ displayName }) => displayName === "IT Support")?.id ?? "";
  await stage.reader.json("PATCH", `${CONFIGURATION}/Sms`, {
    "@odata.type": "#microsoft.graph.smsAuthenticationMethodConfiguration",
    includeTargets: [{ targetType: "group", id: office, isRegistrationRequired: false, isUsableForSignIn: true }],
  });
  await stage.reader.forward(600_000);
  before = stage.copy();
  await stage.close();
}, 60_000);
afterAll(async () => {
  for (const stage of stages) await stage.close();
  rmSync(before, { recursive: true, force: true });
});

/** The service takes few requests of this sort at once, and this reader does not wait by itself. */
const PAUSE_MS = 15_000;
const policyOf = async ({ reader }: Stage): Promise<Policy> => {
  await reader.forward(PAUSE_MS);
  const { lastModifiedDateTime: _when, ...policy } = await reader.json<Policy>("GET", POLICY);
  return policy;
};
const statesOf = async (stage: Stage): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries((await policyOf(stage)).authenticationMethodConfigurations.map(({ id, state }) => [id, state]));
const configured = async ({ reader }: Stage, name: string, type: string, state: string): Promise<void> => {
  await reader.forward(PAUSE_MS);
  await reader.json("PATCH", `${CONFIGURATION}/${name}`, { "@odata.type": `#microsoft.graph.${type}AuthenticationMethodConfiguration`, state });
  await reader.forward(PAUSE_MS);
};
const said = ({ stdout, stderr }: CliResult): string => `${stdout}${stderr}`.replaceAll(/\s+/g, " ");
const rewritten = (stage: Stage, from: string, to: string): void => {
  const file = join(stage.cwd, PLAN);
  writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
};

const WRITES = [
  "POST /groups",
  "POST /$batch",
  "PATCH /policies/authenticationMethodsPolicy/authenticationMethodConfigurations/TemporaryAccessPass",
  "PATCH /policies/authenticationMethodsPolicy/authenticationMethodConfigurations/Sms",
  "PATCH /policies/authenticationMethodsPolicy",
];

describe("as the plan says", () => {
  test("only what it names is changed: what comes on first, then what goes, then the campaign", { timeout: 60_000 }, async () => {
    const stage = await opened(before);
    const was = await policyOf(stage);
    matchesGolden("scenarios/methods.diff.txt", (await stage.cli(["diff", PLAN, "--as-of", DAY])).stdout);
    const { drift, pending } = JSON.parse((await stage.cli(["status", PLAN, "--as-of", DAY, "--json"])).stdout) as Status;
    expect([drift, pending.map(({ kind }) => kind)]).toEqual([[], ["cohort-group", "authentication-methods", "registration-campaign"]]);
    const line = badLine(stage.fetch);
    expect(await stage.cli(APPLY, { fetch: line.fetch })).toMatchObject({ exit: 0 });
    // One that was throttled was sent again.
    expect(line.writes.filter((write, at) => write !== line.writes[at - 1])).toEqual(WRITES);
    expect(await stage.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });
    const is = await policyOf(stage);
    const changed: Readonly<Record<string, string>> = { Sms: "disabled", TemporaryAccessPass: "enabled" };
    expect(is.authenticationMethodConfigurations).toEqual(
      was.authenticationMethodConfigurations.map((each) => ({ ...each, state: changed[each.id] ?? each.state })),
    );
    expect(is.authenticationMethodConfigurations.find(({ id }) => id === "Sms")?.includeTargets.map(({ id }) => id)).toEqual([office]);
    expect(is.registrationEnforcement).toMatchObject({
      authenticationMethodsRegistrationCampaign: {
        state: "enabled",
        snoozeDurationInDays: 0,
        includeTargets: [{ targetType: "group" }],
        excludeTargets: [{ targetType: "user" }, { targetType: "user" }],
      },
    });
  });

  test("what beta alone has is neither asked for nor written", { timeout: 60_000 }, async () => {
    const stage = await opened(before);
    const whole = async (): Promise<Beta> => {
      await stage.reader.forward(PAUSE_MS);
      return stage.reader.json<Beta>("GET", POLICY.replace("v1.0", "beta"));
    };
    const was = await whole();
    const from = (await stage.reader.requests()).length;
    expect(await stage.cli(APPLY)).toMatchObject({ exit: 0 });
    expect((await stage.reader.requests()).slice(from).filter(({ path }) => path.startsWith("/beta"))).toEqual([]);
    const is = await whole();
    expect(was.registrationEnforcement.authenticationMethodsRegistrationCampaign.enforceRegistrationAfterAllowedSnoozes).toBe(true);
    expect(is.registrationEnforcement.authenticationMethodsRegistrationCampaign.enforceRegistrationAfterAllowedSnoozes).toBe(true);
    expect([is.reportSuspiciousActivitySettings, is.systemCredentialPreferences]).toEqual([
      was.reportSuspiciousActivitySettings,
      was.systemCredentialPreferences,
    ]);
  });

  test("a campaign that ends keeps its words", { timeout: 60_000 }, async () => {
    const stage = await opened(before);
    expect(await stage.cli(APPLY)).toMatchObject({ exit: 0 });
    const during = await policyOf(stage);
    expect(await stage.cli(["apply", PLAN, "--as-of", "2022-03-14", "--yes"])).toMatchObject({ exit: 0 });
    const campaign = ({ registrationEnforcement }: Policy): object => registrationEnforcement.authenticationMethodsRegistrationCampaign;
    expect(campaign(await policyOf(stage))).toEqual({ ...campaign(during), state: "disabled" });
  });

  test("somebody else's change of another method is none of ours: approved is approved; one of ours is not", { timeout: 60_000 }, async () => {
    const stage = await opened(before);
    expect(await stage.cli(["diff", PLAN, "--as-of", DAY, "--out", "approved.json"])).toMatchObject({ exit: 0 });
    await configured(stage, "X509Certificate", "x509Certificate", "enabled");
    expect(await stage.cli([...APPLY, "--changes", "approved.json"])).toMatchObject({ exit: 0 });
    expect(await statesOf(stage)).toMatchObject({ X509Certificate: "enabled", Sms: "disabled" });
    const other = await opened(before);
    expect(await other.cli(["diff", PLAN, "--as-of", DAY, "--out", "approved.json"])).toMatchObject({ exit: 0 });
    await configured(other, "Sms", "sms", "disabled");
    expect(await other.cli([...APPLY, "--changes", "approved.json"])).toMatchObject({ exit: 5 });
  });

  test("somebody allowed it again: that is not undone behind their back", { timeout: 60_000 }, async () => {
    const stage = await opened(before);
    expect(await stage.cli(APPLY)).toMatchObject({ exit: 0 });
    await configured(stage, "Sms", "sms", "enabled");
    const again = await stage.cli(["apply", PLAN, "--yes"]);
    expect(again.exit).toBe(3);
    expect(said(again)).toMatch(/stop the setting "Authentication methods" \(authenticationMethodsPolicy\) was told to allow text since the run of/);
    expect(await statesOf(stage)).toMatchObject({ Sms: "enabled" });
    expect(await stage.cli(["apply", PLAN, "--yes", "--allow", "loosened=1", "--reason", "a mistake"])).toMatchObject({ exit: 0 });
    expect(await statesOf(stage)).toMatchObject({ Sms: "disabled" });
  });

  test("who would lose the last method stops it, and nothing lets that pass", { timeout: 60_000 }, async () => {
    const stage = await opened(before);
    rewritten(stage, "text: off", "passkey: off");
    const stopped = await stage.cli([...APPLY, "--allow", "last-method=99", "--reason", "in a hurry"]);
    expect(stopped.exit).toBe(64);
    const line = badLine(stage.fetch);
    const plain = await stage.cli(APPLY, { fetch: line.fetch });
    expect(plain.exit).toBe(3);
    // The emergency accounts have nothing but their keys.
    expect(said(plain)).toMatch(/stop .* enabled accounts? would lose the last method with which they can sign in, once passkey is off/);
    expect(said(plain)).toContain("emergency-1@trust.example");
    expect(line.writes.filter((write) => write.includes("authenticationMethodConfigurations"))).toEqual([]);
    expect(await statesOf(stage)).toMatchObject({ Fido2: "enabled" });
  });

  test("before the migration is complete nobody can say what a method that goes comes to", { timeout: 60_000 }, async () => {
    const stage = await opened(before);
    const policy = await stage.reader.json<object>("GET", POLICY.replace("v1.0", "beta"));
    await stage.reader.put("authenticationMethodsPolicy", { ...policy, policyMigrationState: "migrationInProgress" });
    const result = await stage.cli(APPLY);
    expect(result.exit).toBe(3);
    expect(said(result)).toMatch(/unclear the methods policy's migration is not complete/);
  });
});

describe("the way back", () => {
  test("states and campaign are as they were; what others changed besides stays", { timeout: 60_000 }, async () => {
    const stage = await opened(before);
    const was = await policyOf(stage);
    expect(await stage.cli(APPLY)).toMatchObject({ exit: 0 });
    await configured(stage, "X509Certificate", "x509Certificate", "enabled");
    const [run] = await runsOf(stage);
    expect(await stage.cli(["undo", run?.id ?? "", "--yes"])).toMatchObject({ exit: 0 });
    expect(await policyOf(stage)).toEqual({
      ...was,
      authenticationMethodConfigurations: was.authenticationMethodConfigurations.map((each) =>
        each.id === "X509Certificate" ? { ...each, state: "enabled" } : each,
      ),
    });
    // Taken back is on hold: the plan does not do it again.
    expect(await stage.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });
  });

  test("what somebody changed since is left as it is", { timeout: 60_000 }, async () => {
    const stage = await opened(before);
    expect(await stage.cli(APPLY)).toMatchObject({ exit: 0 });
    await configured(stage, "Sms", "sms", "enabled");
    const [run] = await runsOf(stage);
    const undone = await stage.cli(["undo", run?.id ?? "", "--yes"]);
    expect(said(undone)).toMatch(/changed since \(methods\.text\)/);
    expect(await statesOf(stage)).toMatchObject({ Sms: "enabled", TemporaryAccessPass: "enabled" });
  });

  test("a campaign that somebody made their own stays, and with it the group that it names", { timeout: 60_000 }, async () => {
    const stage = await opened(before);
    expect(await stage.cli(APPLY)).toMatchObject({ exit: 0 });
    const { authenticationMethodsRegistrationCampaign: campaign } = (await policyOf(stage)).registrationEnforcement;
    await stage.reader.json("PATCH", POLICY, {
      registrationEnforcement: { authenticationMethodsRegistrationCampaign: { ...campaign, snoozeDurationInDays: 9 } },
    });
    await stage.reader.forward(PAUSE_MS);
    const [run] = await runsOf(stage);
    const undone = await stage.cli(["undo", run?.id ?? "", "--yes"]);
    expect(said(undone)).toMatch(/changed since \(snoozeDays\)/);
    expect(said(undone)).toMatch(/"Registration campaign" \(registrationCampaign\) would go on naming it/);
    expect((await stage.reader.groups()).map(({ id }) => id)).toContain(campaign.includeTargets[0]?.id);
    expect(await statesOf(stage)).toMatchObject({ Sms: "enabled" });
  });
});

describe("an answer that is lost", () => {
  const lost = (done: boolean): Trouble => ({ type: "lost", done });
  const cases: readonly { readonly write: string; readonly trouble: Trouble }[] = [
    ...WRITES.slice(2).flatMap((write) => [true, false].map((done) => ({ write, trouble: lost(done) }))),
    { write: "PATCH /policies/authenticationMethodsPolicy", trouble: { type: "cut" } },
  ];
  test.each(cases)("$write, $trouble.type, done: $trouble.done", { timeout: 60_000 }, async ({ write, trouble }) => {
    const stage = await opened(before);
    const first = await stage.cli(APPLY, { fetch: badLine(stage.fetch, trouble, WRITES.indexOf(write)).fetch });
    expect([0, 4], said(first)).toContain(first.exit);
    const second = await stage.cli(APPLY);
    expect(second.exit, said(first) + said(second)).toBe(0);
    expect(await stage.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });
    expect(await statesOf(stage)).toMatchObject({ Sms: "disabled", TemporaryAccessPass: "enabled" });
    expect(await policyOf(stage)).toMatchObject({
      registrationEnforcement: { authenticationMethodsRegistrationCampaign: { state: "enabled", snoozeDurationInDays: 0 } },
    });
  });
});
