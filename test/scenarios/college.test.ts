/** The college: staff first, then everybody, outside its network, asked again after 14 days. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { matchesGolden } from "../render/golden.ts";
import type { Policy } from "./reader.ts";
import { type Served, serveFill } from "./served.ts";

const PLAN = "rollout-plans/college-14-days.yaml";
const MARK = "entra-rollout:college-2023/";

let served: Served;
/** The port is another one every time. */
const told = (text: string): string => text.replaceAll(served.origin, "http://127.0.0.1:PORT");
beforeAll(async () => {
  served = await serveFill("college");
});
afterAll(async () => {
  await served.close();
});

const ours = async (): Promise<readonly Policy[]> => (await served.reader.policies()).filter((policy) => policy.description?.startsWith(MARK) === true);
const addresses = async (group: string | undefined): Promise<readonly string[]> => {
  if (group === undefined) throw new Error("no group");
  return (await served.reader.members(group)).map((member) => member.userPrincipalName.toLowerCase()).toSorted();
};

const step = async (moment: string, label: string): Promise<void> => {
  matchesGolden(`scenarios/college-${label}.diff.txt`, told((await served.cli(["diff", PLAN, "--as-of", moment])).stdout));
  matchesGolden(`scenarios/college-${label}.diff.json`, told((await served.cli(["diff", PLAN, "--as-of", moment, "--json"])).stdout));
  expect(await served.cli(["apply", PLAN, "--as-of", moment, "--yes"])).toMatchObject({ exit: 0 });
  expect(await served.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });
};

describe.sequential("college 2023", () => {
  test("staff, outside the college, asked again after 14 days", { timeout: 60_000 }, async () => {
    await step("2023-09-18", "staff");
    const [policy, second] = (await ours()).filter(({ state }) => state === "enabled");
    expect(second).toBeUndefined();
    expect(policy?.sessionControls?.signInFrequency).toMatchObject({ value: 14, type: "days", isEnabled: true });
    expect(policy?.conditions.applications.includeApplications).toEqual(["All"]);
    const members = await addresses(policy?.conditions.users.includeGroups[0]);
    expect(members.length).toBeGreaterThan(200);
    expect(members.filter((address) => !address.endsWith("@college.example"))).toEqual([]);
    const [location] = (await served.reader.locations()).filter(({ id }) => id === policy?.conditions.locations?.excludeLocations[0]);
    expect(location?.isTrusted).toBe(false);
    expect(location?.ipRanges?.map(({ cidrAddress }) => cidrAddress).toSorted()).toEqual(["192.0.2.0/24", "198.51.100.0/25", "2001:db8:60::/48"]);
  });

  test("a week ahead everybody is in report-only", { timeout: 60_000 }, async () => {
    await step("2023-09-25", "report-only");
  });

  test("everybody, students too, with one write", { timeout: 60_000 }, async () => {
    const before = (await served.reader.requests()).length;
    await step("2023-10-02", "everyone");
    const writes = (await served.reader.requests()).slice(before).filter(({ method, path }) => method !== "GET" && !path.includes("_practice"));
    expect(writes.map(({ method, path }) => `${method} ${path.replace(/[0-9a-f-]{36}/g, "ID")}`)).toEqual([
      "PATCH /v1.0/identity/conditionalAccess/policies/ID",
    ]);
    const policy = (await ours()).find((each) => each.conditions.users.includeUsers.includes("All"));
    expect(policy?.state).toBe("enabled");
    expect(policy?.sessionControls?.signInFrequency).toMatchObject({ value: 14, type: "days" });
    const out = await addresses(policy?.conditions.users.excludeGroups[0]);
    expect(out.filter((address) => address.includes("student"))).toEqual([]);
    expect(out).toContain("svc-print@college.example");
  });
});
