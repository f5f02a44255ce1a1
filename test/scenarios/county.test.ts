/** The county's conditional-access phases, moment by moment, seen by a reader that knows only HTTP and `rollouts.md`. */

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { matchesGolden } from "../render/golden.ts";
import type { Policy } from "./reader.ts";
import { type Served, serveFill } from "./served.ts";

const PLAN = "rollout-plans/county-schools-2018.yaml";
const HEADS = /^head@[a-z-]+\.county\.example$/;
const OFFICES = /^office@[a-z-]+\.county\.example$/;

type Expectation = {
  readonly moment: string;
  /** Who is asked, where, by policies that are on: address pattern to client apps. */
  readonly asked: readonly { readonly who: "heads" | "offices" | "early adopters" | "everyone"; readonly clients: readonly string[] }[];
  readonly reportOnly: readonly string[];
};

/** Typed from the table of rollout 1; the report-only weeks are the plan's own. */
const MOMENTS: readonly Expectation[] = [
  { moment: "2018-11-05T08:00", asked: [], reportOnly: [] },
  { moment: "2018-11-12", asked: [{ who: "early adopters", clients: ["browser", "mobileAppsAndDesktopClients"] }], reportOnly: ["heads"] },
  {
    moment: "2018-11-19",
    asked: [
      { who: "early adopters", clients: ["browser", "mobileAppsAndDesktopClients"] },
      { who: "heads", clients: ["browser"] },
    ],
    reportOnly: [],
  },
  {
    moment: "2018-11-26",
    asked: [
      { who: "early adopters", clients: ["browser", "mobileAppsAndDesktopClients"] },
      { who: "heads", clients: ["browser", "mobileAppsAndDesktopClients"] },
    ],
    reportOnly: ["offices"],
  },
  {
    moment: "2018-12-03",
    asked: [
      { who: "early adopters", clients: ["browser", "mobileAppsAndDesktopClients"] },
      { who: "heads", clients: ["browser", "mobileAppsAndDesktopClients"] },
      { who: "offices", clients: ["browser"] },
    ],
    reportOnly: [],
  },
  {
    moment: "2018-12-06",
    asked: [
      { who: "early adopters", clients: ["browser", "mobileAppsAndDesktopClients"] },
      { who: "heads", clients: ["browser", "mobileAppsAndDesktopClients"] },
      { who: "offices", clients: ["browser"] },
    ],
    reportOnly: ["everyone"],
  },
  {
    moment: "2018-12-10",
    asked: [
      { who: "early adopters", clients: ["browser", "mobileAppsAndDesktopClients"] },
      { who: "heads", clients: ["browser", "mobileAppsAndDesktopClients"] },
      { who: "offices", clients: ["browser", "mobileAppsAndDesktopClients"] },
    ],
    reportOnly: ["everyone"],
  },
  {
    moment: "2018-12-13",
    asked: [
      { who: "early adopters", clients: ["browser", "mobileAppsAndDesktopClients"] },
      { who: "heads", clients: ["browser", "mobileAppsAndDesktopClients"] },
      { who: "offices", clients: ["browser", "mobileAppsAndDesktopClients"] },
      { who: "everyone", clients: ["browser", "mobileAppsAndDesktopClients"] },
    ],
    reportOnly: [],
  },
];

let served: Served;
/** The port is another one every time. */
const told = (text: string): string => text.replaceAll(served.origin, "http://127.0.0.1:PORT");
beforeAll(async () => {
  served = await serveFill("county");
});
afterAll(async () => {
  await served.close();
});

const ours = (policies: readonly Policy[]): readonly Policy[] =>
  policies.filter((policy) => policy.description?.startsWith("entra-rollout:county-2018/") === true);

const membersOf = async (policy: Policy): Promise<readonly string[]> => {
  const group = policy.conditions.users.includeGroups[0];
  if (policy.conditions.users.includeGroups.length !== 1 || group === undefined) throw new Error(`${policy.displayName} does not include just one group`);
  return (await served.reader.members(group)).map((member) => member.userPrincipalName.toLowerCase()).toSorted();
};

describe.sequential("county schools 2018", () => {
  test.each(MOMENTS)("$moment", { timeout: 60_000 }, async ({ moment, asked, reportOnly }) => {
    const name = `county-${moment.replaceAll(":", "")}`;
    const shown = await served.cli(["diff", PLAN, "--as-of", moment]);
    matchesGolden(`scenarios/${name}.diff.txt`, told(shown.stdout));
    const json = await served.cli(["diff", PLAN, "--as-of", moment, "--json"]);
    matchesGolden(`scenarios/${name}.diff.json`, told(json.stdout));
    expect((await served.cli(["apply", PLAN, "--as-of", moment, "--yes"])).exit).toBe(0);
    const before = (await served.reader.requests()).length;
    expect(await served.cli(["diff", PLAN, "--exit-code"])).toMatchObject({ exit: 0 });
    expect(await served.cli(["apply", PLAN, "--yes"])).toMatchObject({ exit: 0 });
    const again = (await served.reader.requests()).slice(before);
    expect(again.filter((request) => request.method !== "GET" && !request.path.includes("$batch") && !request.path.includes("_practice"))).toEqual([]);

    const policies = ours(await served.reader.policies());
    const on = await Promise.all(policies.filter((policy) => policy.state === "enabled").map(async (policy) => ({ policy, members: await membersOf(policy) })));
    expect(on).toHaveLength(asked.length);
    const emergency = (await served.reader.users()).filter((user) => /^emergency-[12]@county\.example$/.test(user.userPrincipalName)).map((user) => user.id);
    expect(emergency).toHaveLength(2);
    for (const { policy } of on) {
      expect(policy.conditions.users.excludeUsers.toSorted()).toEqual(emergency.toSorted());
      expect(policy.grantControls?.builtInControls).toEqual(["mfa"]);
      expect(policy.conditions.applications.includeApplications).toEqual(["All"]);
      expect(policy.conditions.locations).toBeNull();
    }
    const everybody = await served.reader.users();
    const students = new Set([
      "7cfd9a2b-e110-4c39-bf20-c6a3f36a3121",
      "18250162-5d87-4436-a834-d795c15c80f3",
      "46c119d4-0379-4a9d-85e4-97c66d3f909e",
      "31d57bc7-3a05-4867-ab53-97a17835a411",
    ]);
    const pupils = new Set(
      everybody
        .filter((user) => (user.assignedLicenses ?? []).length > 0 && (user.assignedLicenses ?? []).every((licence) => students.has(licence.skuId)))
        .map((user) => user.userPrincipalName.toLowerCase()),
    );
    expect(pupils.size).toBeGreaterThan(100);
    for (const { who, clients } of asked) {
      const found = on.find(({ policy }) => policy.displayName === `MFA: ${who} [county-2018/mfa-${who.replaceAll(" ", "-")}]`);
      expect(found, who).toBeDefined();
      if (found === undefined) continue;
      expect(found.policy.conditions.clientAppTypes.toSorted()).toEqual(clients);
      expect(found.members.filter((member) => pupils.has(member))).toEqual([]);
      if (who === "heads")
        expect([
          found.members.length,
          found.members.filter((member) => HEADS.test(member)).length,
          new Set(found.members.map((member) => member.split("@")[1])).size,
        ]).toEqual([40, 40, 40]);
      if (who === "offices") expect([found.members.length, found.members.filter((member) => OFFICES.test(member)).length]).toEqual([40, 40]);
      if (who === "everyone") {
        const want = everybody
          .filter((user) => user.userType !== "Guest")
          .map((user) => user.userPrincipalName.toLowerCase())
          .filter((address) => /@[a-z-]+\.county\.example$/.test(address) && !pupils.has(address))
          .toSorted();
        expect(want.length).toBeGreaterThan(800);
        expect(found.members).toEqual(want);
      }
    }
    expect(
      policies
        .filter((policy) => policy.state === "enabledForReportingButNotEnforced")
        .map((policy) => policy.displayName)
        .toSorted(),
    ).toEqual(reportOnly.map((who) => `MFA: ${who} [county-2018/mfa-${who}]`));
  });

  test("heads are in mixed case in the tenant and the file of the plan is the published one", async () => {
    const mixed = (await served.reader.users()).filter(
      (user) => /^head@/i.test(user.userPrincipalName) && user.userPrincipalName !== user.userPrincipalName.toLowerCase(),
    );
    expect(mixed.length).toBeGreaterThan(5);
    expect(readFileSync(PLAN, "utf8")).toContain("2018-11-26");
  });
});
