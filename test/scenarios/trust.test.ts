/** The academy trust: 06:30 on a Monday, outside the schools' networks only, asked again after 90 days. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { matchesGolden } from "../render/golden.ts";
import type { Policy } from "./reader.ts";
import { type Served, serveFill } from "./served.ts";

const PLAN = "rollout-plans/academy-trust-2022.yaml";
const MARK = "entra-rollout:trust-2022/";

let served: Served;
/** The port is another one every time. */
const told = (text: string): string => text.replaceAll(served.origin, "http://127.0.0.1:PORT");
beforeAll(async () => {
  served = await serveFill("trust", { overHttp: true });
});
afterAll(async () => {
  await served.close();
});

const ours = async (): Promise<readonly Policy[]> => (await served.reader.policies()).filter((policy) => policy.description?.startsWith(MARK) === true);
const states = async (): Promise<readonly string[]> => (await ours()).map((policy) => `${policy.displayName}: ${policy.state}`).toSorted();
const addresses = async (group: string | undefined): Promise<readonly string[]> => {
  if (group === undefined) throw new Error("no group");
  return (await served.reader.members(group)).map((member) => member.userPrincipalName.toLowerCase()).toSorted();
};

const step = async (moment: string, label: string): Promise<void> => {
  matchesGolden(`scenarios/trust-${label}.diff.txt`, told((await served.cli(["diff", PLAN, "--as-of", moment])).stdout));
  matchesGolden(`scenarios/trust-${label}.diff.json`, told((await served.cli(["diff", PLAN, "--as-of", moment, "--json"])).stdout));
  expect(await served.cli(["apply", PLAN, "--as-of", moment, "--yes"])).toMatchObject({ exit: 0 });
  expect(await served.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });
};

describe.sequential("academy trust 2022", () => {
  test("IT staff first, outside the networks, asked again after 90 days", { timeout: 60_000 }, async () => {
    await step("2022-02-14T06:30", "it-staff");
    const policies = await ours();
    expect(policies).toHaveLength(1);
    const [policy] = policies;
    expect(policy?.state).toBe("enabled");
    const members = await addresses(policy?.conditions.users.includeGroups[0]);
    expect(members).toHaveLength(8);
    expect(policy?.sessionControls?.signInFrequency).toMatchObject({ value: 90, type: "days", isEnabled: true });
    const [location] = (await served.reader.locations()).filter((each) => each.id === policy?.conditions.locations?.excludeLocations[0]);
    expect(policy?.conditions.locations?.includeLocations).toEqual(["All"]);
    expect(policy?.conditions.locations?.excludeLocations).toHaveLength(1);
    expect(location?.isTrusted).toBe(false);
    expect(location?.ipRanges?.length).toBeGreaterThanOrEqual(6);
  });

  test("a week ahead the others are in report-only", { timeout: 60_000 }, async () => {
    await step("2022-02-21", "report-only");
    expect((await states()).filter((state) => state.endsWith("enabledForReportingButNotEnforced"))).toHaveLength(1);
  });

  test("06:29:59 is not due; 06:30:00 is, and is one PATCH a policy and no group write", { timeout: 60_000 }, async () => {
    const early = await served.cli(["diff", PLAN, "--as-of", "2022-02-28T06:29:59", "--exit-code"]);
    expect(early.exit).toBe(0);
    expect(await served.cli(["apply", PLAN, "--as-of", "2022-02-28T06:29:59", "--yes"])).toMatchObject({ exit: 0 });
    const due = await served.cli(["diff", PLAN, "--as-of", "2022-02-28T06:30:00", "--exit-code"]);
    expect(due.exit).toBe(2);
    const before = (await served.reader.requests()).length;
    await step("2022-02-28T06:30", "all-staff");
    const writes = (await served.reader.requests())
      .slice(before)
      .filter((request) => request.method !== "GET" && !request.path.includes("_practice") && !request.path.endsWith("$batch"));
    expect(writes.map((write) => `${write.method} ${write.path.replace(/[0-9a-f-]{36}/g, "ID")}`)).toEqual([
      "PATCH /v1.0/identity/conditionalAccess/policies/ID",
    ]);
  });

  test("everyone but the shared accounts, outside only", { timeout: 60_000 }, async () => {
    const policy = (await ours()).find((each) => each.conditions.users.includeUsers.includes("All"));
    expect(policy?.state).toBe("enabled");
    expect(policy?.conditions.clientAppTypes.toSorted()).toEqual(["browser", "mobileAppsAndDesktopClients"]);
    expect(policy?.conditions.users.excludeUsers).toContain("GuestsOrExternalUsers");
    expect(policy?.sessionControls?.signInFrequency).toMatchObject({ value: 90, type: "days" });
    const out = await addresses(policy?.conditions.users.excludeGroups[0]);
    for (const word of ["headteacher", "office", "finance"]) expect(out.filter((address) => address.startsWith(`${word}@`))).toHaveLength(6);
    expect(out.filter((address) => address.startsWith("emergency"))).toEqual([]);
  });
});
