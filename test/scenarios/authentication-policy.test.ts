/** A small organisation that takes passwords alone from its mail programs: one policy of the plan's own, and that it is the tenant's default. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { CliResult } from "../cli/harness.ts";
import { byHand, flat, goTo, told, typedWith } from "./mailboxes-world.ts";
import { NO_LOG, type Stage, stageOf } from "./stage.ts";

const PLAN = "passwords.yaml";
const NAME = "entra-rollout small-2024 no-basic";
const TWO_PHASES = `id: small-2024
name: Passwords alone
timeZone: Europe/London
mechanism: conditional-access
emergencyAccounts: [emergency-1@small.example, emergency-2@small.example]
cohorts:
  everyone: { all: true }
phases:
  - id: no-basic
    title: Passwords alone refused
    starts: 2024-10-07
    blockBasic: { allow: [smtpAuth] }
  - id: no-smtp
    title: Nothing sends with a password
    starts: 2024-10-14
    blockBasic: {}
`;
const FIRST = "2024-10-07T08:00:00Z";
const SECOND = "2024-10-14T08:00:00Z";

type PolicyRow = { readonly Name: string; readonly Guid: string; readonly AllowBasicAuthImap: boolean; readonly AllowBasicAuthSmtp: boolean };

const stages = new Set<Stage>();
afterAll(async () => {
  for (const stage of stages) await stage.close();
});

const onDay = async (moment = FIRST): Promise<Stage> => {
  const stage = await stageOf("small", undefined, NO_LOG);
  stages.add(stage);
  writeFileSync(join(stage.cwd, PLAN), TWO_PHASES);
  await goTo(stage, moment);
  return stage;
};

const policies = (stage: Stage): Promise<readonly PolicyRow[]> => byHand<PolicyRow>(stage, "Get-AuthenticationPolicy");
const defaultOf = async (stage: Stage): Promise<string | null | undefined> =>
  (await byHand<{ readonly DefaultAuthenticationPolicy: string | null }>(stage, "Get-OrganizationConfig"))[0]?.DefaultAuthenticationPolicy;
const state = async (stage: Stage) => ({
  policies: (await policies(stage)).map(({ Name, AllowBasicAuthImap, AllowBasicAuthSmtp }) => [Name, AllowBasicAuthImap, AllowBasicAuthSmtp]),
  standard: await defaultOf(stage),
});

const apply = (stage: Stage, ...more: readonly string[]) => typedWith(stage, ["apply", PLAN, "--yes", ...more]);
const runIn = ({ stdout }: CliResult): string => /entra-rollout undo (\S+)/.exec(stdout)?.[1] ?? "";
const cmdlets = ({ writes }: Awaited<ReturnType<typeof typedWith>>): readonly string[] => writes.map(({ cmdlet }) => cmdlet);

/** What comes to a cmdlet instead of its answer. */
const fault = (cmdlet: string, effect: object, times = 1) => ({ faults: [{ method: "POST", path: `/adminapi/InvokeCommand/${cmdlet}/`, times, effect }] });

describe("the plan's own policy, and that it counts", () => {
  test("is made before it is the default; a second run finds nothing to do; the next phase takes SMTP AUTH as well", async () => {
    const stage = await onDay();
    const diff = await stage.cli(["diff", PLAN]);
    expect(diff.exit, told(diff)).toBe(0);
    expect(flat(diff.stdout)).toContain('+ authentication policy "No basic authentication" password alone SMTP AUTH');
    expect(flat(diff.stdout)).toContain('~ setting "Default authentication policy" policy - -> No basic authentication');
    expect(flat(diff.stdout)).toContain("accounts that have an authentication policy of their own go by that");

    const applied = await apply(stage);
    expect(applied.exit, told(applied)).toBe(0);
    const [made] = await policies(stage);
    expect(applied.writes.map(({ cmdlet, parameters }) => [cmdlet, parameters])).toEqual([
      ["New-AuthenticationPolicy", { Name: NAME, AllowBasicAuthSmtp: true }],
      ["Set-OrganizationConfig", { DefaultAuthenticationPolicy: made?.Guid }],
    ]);
    expect(await state(stage)).toEqual({ policies: [[NAME, false, true]], standard: NAME });

    const again = await apply(stage);
    expect([again.exit, again.writes], told(again)).toEqual([0, []]);
    const status = await stage.cli(["status", PLAN]);
    expect(flat(status.stdout)).toMatch(/live 7 Oct Passwords alone refused/);
    expect(flat(status.stdout)).toContain("the service takes up to 24 hours: some may get in until Tue 8 Oct 2024 09:00");
    await goTo(stage, "2024-10-09T08:00:00Z");
    expect((await stage.cli(["status", PLAN])).stdout).not.toContain("24 hours");

    await goTo(stage, SECOND);
    expect(flat((await stage.cli(["status", PLAN])).stdout)).toMatch(/live 7 Oct Passwords alone refused.* due 14 Oct Nothing sends with a password/);
    const second = await apply(stage);
    expect(second.writes.map(({ cmdlet, parameters }) => [cmdlet, parameters])).toEqual([
      ["Set-AuthenticationPolicy", { Identity: made?.Guid, AllowBasicAuthSmtp: false }],
    ]);
    expect(await state(stage)).toEqual({ policies: [[NAME, false, false]], standard: NAME });
    // Undo of the second phase alone lets SMTP AUTH in again, and no more; on hold, it wants nothing.
    const back = await typedWith(stage, ["undo", runIn(second), "--yes"]);
    expect(back.exit, told(back)).toBe(0);
    expect(await state(stage)).toEqual({ policies: [[NAME, false, true]], standard: NAME });
    const held = await apply(stage);
    expect([held.exit, held.writes], told(held)).toEqual([0, []]);
  });

  test("what somebody changed since is found, and put right with an administrator's word", async () => {
    const stage = await onDay();
    await apply(stage);
    await byHand(stage, "Set-OrganizationConfig", { DefaultAuthenticationPolicy: null });
    await byHand(stage, "Set-AuthenticationPolicy", { Identity: NAME, AllowBasicAuthImap: true });
    const status = await stage.cli(["status", PLAN]);
    expect(flat(status.stdout)).toMatch(
      /Changed since, in phases that are live .*password alone IMAP, SMTP AUTH -> SMTP AUTH.*policy - -> No basic authentication/,
    );
    expect(flat(status.stdout)).toContain("was told to let IMAP in with a password alone");
    const stopped = await apply(stage);
    expect([stopped.exit, stopped.writes], told(stopped)).toEqual([3, []]);
    const mended = await apply(stage, "--allow", "loosened=2", "--reason", "nobody meant it");
    expect([mended.exit, cmdlets(mended)], told(mended)).toEqual([0, ["Set-AuthenticationPolicy", "Set-OrganizationConfig"]]);
    expect(await state(stage)).toEqual({ policies: [[NAME, false, true]], standard: NAME });
  });
});

describe("the way back", () => {
  test("the former default first, and none is one too; then what was made goes", async () => {
    const stage = await onDay();
    const applied = await apply(stage);
    const back = await typedWith(stage, ["undo", runIn(applied), "--yes"]);
    expect(back.exit, told(back)).toBe(0);
    expect(back.writes.map(({ cmdlet, parameters }) => [cmdlet, parameters["DefaultAuthenticationPolicy"]])).toEqual([
      ["Set-OrganizationConfig", null],
      ["Remove-AuthenticationPolicy", undefined],
    ]);
    expect(await state(stage)).toEqual({ policies: [], standard: null });
  });

  test("needs no plan that still says so", async () => {
    const stage = await onDay();
    const applied = await apply(stage);
    writeFileSync(
      join(stage.cwd, PLAN),
      `${TWO_PHASES.split("phases:")[0]}phases:\n  - id: later\n    starts: 2024-12-02\n    requireMfa: { for: everyone, on: [web] }\n`,
    );
    const back = await typedWith(stage, ["undo", runIn(applied), "--yes"]);
    expect([back.exit, cmdlets(back)], told(back)).toEqual([0, ["Set-OrganizationConfig", "Remove-AuthenticationPolicy"]]);
    expect(await state(stage)).toEqual({ policies: [], standard: null });
  });

  test("a policy of somebody else's is replaced, with what it let in told, and comes back", async () => {
    const stage = await onDay(SECOND);
    await byHand(stage, "New-AuthenticationPolicy", { Name: "Old printers", AllowBasicAuthSmtp: true, AllowBasicAuthImap: true });
    await byHand(stage, "Set-OrganizationConfig", { DefaultAuthenticationPolicy: "Old printers" });
    const applied = await apply(stage);
    expect(applied.exit, told(applied)).toBe(0);
    expect(flat(applied.stdout)).toContain('"Default authentication policy" policy Old printers -> No basic authentication');
    expect(flat(applied.stdout)).toContain(
      'the default authentication policy "Old printers" is replaced, and stays in the tenant: it lets IMAP and SMTP AUTH in with a password alone, which the plan\'s does not',
    );
    const theirs = (await policies(stage)).find(({ Name }) => Name === "Old printers");
    const back = await typedWith(stage, ["undo", runIn(applied), "--yes"]);
    expect(back.exit, told(back)).toBe(0);
    expect(back.writes.map(({ cmdlet, parameters }) => [cmdlet, parameters["DefaultAuthenticationPolicy"]])).toEqual([
      ["Set-OrganizationConfig", theirs?.Guid],
      ["Remove-AuthenticationPolicy", undefined],
    ]);
    expect(await state(stage)).toEqual({ policies: [["Old printers", true, true]], standard: "Old printers" });
  });

  test("a default that somebody has set since stays, and what nobody uses any longer goes", async () => {
    const stage = await onDay();
    const applied = await apply(stage);
    await byHand(stage, "New-AuthenticationPolicy", { Name: "Theirs" });
    await byHand(stage, "Set-OrganizationConfig", { DefaultAuthenticationPolicy: "Theirs" });
    const back = await typedWith(stage, ["undo", runIn(applied), "--yes"]);
    expect([back.exit, cmdlets(back)], told(back)).toEqual([4, ["Remove-AuthenticationPolicy"]]);
    expect(back.stdout).toContain("changed since");
    expect(await state(stage)).toEqual({ policies: [["Theirs", false, false]], standard: "Theirs" });
  });
});

describe("answers that do not come", () => {
  test("a policy that was made without an answer is found by its name, and not made again", async () => {
    const stage = await onDay();
    // The policy is there before the answer to the same cmdlet is lost.
    await byHand(stage, "New-AuthenticationPolicy", { Name: NAME, AllowBasicAuthSmtp: true });
    await byHand(stage, "Set-AuthenticationPolicy", { Identity: NAME, AllowBasicAuthSmtp: false });
    const applied = await apply(stage);
    expect([applied.exit, cmdlets(applied)], told(applied)).toEqual([0, ["Set-AuthenticationPolicy", "Set-OrganizationConfig"]]);
    expect(await state(stage)).toEqual({ policies: [[NAME, false, true]], standard: NAME });
  });

  test("done, and the answer lost", async () => {
    const stage = await onDay();
    await stage.reader.dials(fault("New-AuthenticationPolicy", { type: "drop-after" }));
    const applied = await apply(stage);
    expect([applied.exit, cmdlets(applied)], told(applied)).toEqual([0, ["New-AuthenticationPolicy", "Set-OrganizationConfig"]]);
    expect(await state(stage)).toEqual({ policies: [[NAME, false, true]], standard: NAME });
  });

  test("never done: it is not repeated within the hour, and nothing is made the default meanwhile", async () => {
    const stage = await onDay();
    await stage.reader.dials(fault("New-AuthenticationPolicy", { type: "drop-before" }));
    const applied = await apply(stage);
    expect([applied.exit, cmdlets(applied)], told(applied)).toEqual([4, ["New-AuthenticationPolicy"]]);
    const soon = await apply(stage);
    expect([soon.exit, soon.writes], told(soon)).toEqual([4, []]);
    await stage.reader.forward(3_600_000);
    const later = await apply(stage);
    expect([later.exit, cmdlets(later)], told(later)).toEqual([0, ["New-AuthenticationPolicy", "Set-OrganizationConfig"]]);
    expect((await policies(stage)).length).toBe(1);
  });

  test("the default set without an answer is sent again, and removing too", async () => {
    const stage = await onDay();
    await stage.reader.dials(fault("Set-OrganizationConfig", { type: "drop-after" }));
    const applied = await apply(stage);
    expect(applied.exit, told(applied)).toBe(0);
    await stage.reader.dials(fault("Remove-AuthenticationPolicy", { type: "drop-after" }));
    const back = await typedWith(stage, ["undo", runIn(applied), "--yes"]);
    expect([back.exit, await state(stage)], told(back)).toEqual([0, { policies: [], standard: null }]);
  });
});

describe("tenants that cannot", () => {
  test("one that nobody has customised is told what to run once, and nothing is written", async () => {
    const stage = await onDay();
    await stage.reader.put("organizationConfig", { id: "organization", IsDehydrated: true, DefaultAuthenticationPolicy: null });
    const applied = await apply(stage);
    expect([applied.exit, applied.writes], told(applied)).toEqual([3, []]);
    expect(flat(applied.stdout)).toContain("Enable-OrganizationCustomization");
    await stage.reader.put("organizationConfig", { id: "organization", IsDehydrated: false, DefaultAuthenticationPolicy: null });
    expect((await apply(stage)).exit).toBe(0);
  });

  test("one that says so only when it is written to", async () => {
    const stage = await onDay();
    const message =
      "The command you tried to run isn't currently allowed in your organization. To run this command, you first need to run the command: Enable-OrganizationCustomization.";
    await stage.reader.dials(
      fault(
        "New-AuthenticationPolicy",
        { type: "status", status: 400, code: "Microsoft.Exchange.Configuration.Tasks.InvalidOperationInDehydratedContextException", message },
        9,
      ),
    );
    const applied = await apply(stage);
    expect([applied.exit, cmdlets(applied)], told(applied)).toEqual([1, ["New-AuthenticationPolicy"]]);
    expect(flat(applied.stdout)).toContain("you first need to run the command: Enable-OrganizationCustomization");
    expect(await state(stage)).toEqual({ policies: [], standard: null });
  });

  test("without the role nothing is read as nothing there", async () => {
    const stage = await onDay();
    await stage.reader.dials({ exchangeRole: "recipient-administrator" });
    const applied = await apply(stage);
    expect([applied.exit, applied.writes], told(applied)).toEqual([77, []]);
  });

  test("two plans do not take the default from each other", async () => {
    const stage = await onDay();
    await byHand(stage, "New-AuthenticationPolicy", { Name: "entra-rollout other-plan no-basic" });
    await byHand(stage, "Set-OrganizationConfig", { DefaultAuthenticationPolicy: "entra-rollout other-plan no-basic" });
    const applied = await apply(stage);
    expect(applied.exit, told(applied)).toBe(3);
    expect(flat(applied.stdout)).toContain("the default authentication policy is that of the plan other-plan");
    expect(await defaultOf(stage)).toBe("entra-rollout other-plan no-basic");
  });
});
