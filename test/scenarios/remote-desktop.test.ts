/** The trust with a remote desktop: two methods each, Microsoft 365 outside the schools, and a gateway that waits for its people. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { matchesGolden } from "../render/golden.ts";
import type { Policy } from "./reader.ts";
import { type Served, serveFill } from "./served.ts";

const PLAN = "rollout-plans/remote-desktop-trust.yaml";
const MARK = "entra-rollout:remote-desktop-2021/";
const METHODS_POLICY = "/v1.0/policies/authenticationMethodsPolicy";
const REGISTRATION = "/v1.0/reports/authenticationMethods/userRegistrationDetails";
const OUTSIDE = ", outside schools, Office 365";
const KEY = "-outside-schools-office365";
const GO_LIVE = "2021-09-27";

type Campaign = {
  readonly state: string;
  readonly snoozeDurationInDays: number;
  readonly includeTargets: readonly { readonly id: string; readonly targetType: string; readonly targetedAuthenticationMethod: string }[];
  readonly excludeTargets: readonly { readonly id: string; readonly targetType: string }[];
};
type MethodsPolicy = {
  readonly registrationEnforcement: { readonly authenticationMethodsRegistrationCampaign: Campaign };
  readonly authenticationMethodConfigurations: readonly { readonly id: string; readonly state: string }[];
};
type Diff = {
  readonly phases: readonly { readonly id: string; readonly state: string }[];
  readonly changes: readonly { readonly kind: string; readonly reach?: { readonly count: number; readonly unreached: number | null } }[];
};
type Row = { readonly id: string; readonly methodsRegistered: readonly string[] };

let served: Served;
/** The port is another one every time. */
const told = (text: string): string => text.replaceAll(served.origin, "http://127.0.0.1:PORT");
beforeAll(async () => {
  served = await serveFill("remote-desktop");
});
afterAll(async () => {
  await served.close();
});

const ours = async (): Promise<readonly Policy[]> => (await served.reader.policies()).filter((policy) => policy.description?.startsWith(MARK) === true);
const states = async (): Promise<readonly string[]> => (await ours()).map((policy) => `${policy.displayName}: ${policy.state}`).toSorted();
const methods = (): Promise<MethodsPolicy> => served.reader.json<MethodsPolicy>("GET", METHODS_POLICY);
const gateway = async (): Promise<string | undefined> => (await diffOf()).phases.find(({ id }) => id === "gateway")?.state;
const diffOf = async (...more: readonly string[]): Promise<Diff> => JSON.parse((await served.cli(["diff", PLAN, "--json", ...more])).stdout) as Diff;

const step = async (moment: string, label: string): Promise<void> => {
  matchesGolden(`scenarios/remote-desktop-${label}.diff.txt`, told((await served.cli(["diff", PLAN, "--as-of", moment])).stdout));
  matchesGolden(`scenarios/remote-desktop-${label}.diff.json`, told((await served.cli(["diff", PLAN, "--as-of", moment, "--json"])).stdout));
  expect(await served.cli(["apply", PLAN, "--as-of", moment, "--yes"])).toMatchObject({ exit: 0 });
  expect(await served.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });
};

describe.sequential("trust with remote desktop 2021", () => {
  test("two methods each, and the pilot", { timeout: 60_000 }, async () => {
    const before = await methods();
    const [change] = (await diffOf("--as-of", "2021-09-06")).changes.filter(({ kind }) => kind === "registration-campaign");
    const { count = 0, unreached } = change?.reach ?? {};
    expect(count).toBeGreaterThan(150);
    expect(unreached).toBeGreaterThan(20);
    expect(unreached).toBeLessThan(count);
    await step("2021-09-06", "pilot");
    const after = await methods();
    // The app and calls were on already: not one of the configurations was touched.
    expect(after.authenticationMethodConfigurations).toEqual(before.authenticationMethodConfigurations);
    const campaign = after.registrationEnforcement.authenticationMethodsRegistrationCampaign;
    const [everyone] = (await served.reader.groups()).filter(({ description }) => description?.startsWith(`${MARK}everyone.`) === true);
    const emergency = (await served.reader.users()).filter(({ userPrincipalName }) => /^emergency-[12]@/.test(userPrincipalName)).map(({ id }) => id);
    expect(emergency).toHaveLength(2);
    expect(campaign).toEqual({
      state: "enabled",
      snoozeDurationInDays: 3,
      includeTargets: [{ id: everyone?.id, targetType: "group", targetedAuthenticationMethod: "microsoftAuthenticator" }],
      excludeTargets: emergency.toSorted().map((id) => ({ id, targetType: "user" })),
    });
    expect(await states()).toEqual([`MFA: it staff${OUTSIDE} [remote-desktop-2021/mfa-it-staff${KEY}]: enabled`]);
  });

  test("a week ahead everybody is in report-only", { timeout: 60_000 }, async () => {
    await step("2021-09-20", "report-only");
    expect(await states()).toEqual([
      `MFA: everyone${OUTSIDE} [remote-desktop-2021/mfa-everyone${KEY}]: enabledForReportingButNotEnforced`,
      `MFA: it staff${OUTSIDE} [remote-desktop-2021/mfa-it-staff${KEY}]: enabled`,
    ]);
  });

  test("on the day Microsoft 365 asks, and the gateway waits for those who are not ready", { timeout: 60_000 }, async () => {
    await step(GO_LIVE, "go-live");
    const { phases } = await diffOf();
    expect(phases.map(({ id, state }) => `${id} ${state}`)).toEqual(["two-methods live", "it-staff live", "microsoft-365 live", "gateway waiting"]);
  });

  test("once its people have the app and a telephone, the gateway can go live", { timeout: 60_000 }, async () => {
    const [workers] = (await served.reader.groups()).filter(({ displayName }) => displayName === "Remote desktop users");
    const rows = new Map((await served.reader.all<Row>(REGISTRATION)).map((row) => [row.id, row]));
    const ids = (await served.reader.members(workers?.id ?? "")).map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(10);
    const register = (id: string, methodsRegistered: readonly string[]): Promise<unknown> =>
      served.reader.put("registrationDetails", { ...rows.get(id), id, isMfaCapable: true, isMfaRegistered: true, methodsRegistered });
    for (const id of ids) await register(id, ["mobilePhone", "microsoftAuthenticatorPush"]);
    const [last = ""] = ids;
    // Neither a text nor a code is anything the gateway could ask for, though both will do in Microsoft 365.
    await register(last, ["mobilePhone", "softwareOneTimePasscode"]);
    expect(await gateway()).toBe("waiting");
    await register(last, ["officePhone", "microsoftAuthenticatorPush"]);
    expect(await gateway()).toBe("due");
    expect(await served.cli(["apply", PLAN, "--yes"])).toMatchObject({ exit: 0 });
    expect(await served.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });
    expect(await gateway()).toBe("done");
  });
});
