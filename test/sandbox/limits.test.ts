/** Limits and replication lag on the tenant's clock. */

import { describe, expect, test } from "vitest";
import type { Dials } from "../../src/sandbox/dials.ts";
import { errorIn, FOREIGN_POLICY, fillTiny, groupBody, locationBody, namesIn, policyBody, STAFF, userId } from "./support.ts";

const POLICIES = "/identity/conditionalAccess/policies";
const PLACES = "/identity/conditionalAccess/namedLocations";

describe("limits (throttling-limits)", () => {
  test("conditional access: one a second for policies and places together, without Retry-After", async () => {
    const { ask, sandbox } = await fillTiny({ throttling: "real" });
    expect((await ask("GET", POLICIES)).status).toBe(200);
    const second = await ask("GET", PLACES);
    expect([second.status, second.headers.get("retry-after")]).toEqual([429, null]);
    await sandbox.clock.sleep(999);
    expect((await ask("GET", PLACES)).status).toBe(429);
    await sandbox.clock.sleep(1);
    expect((await ask("GET", PLACES)).status).toBe(200);
  });

  test("reports: five in ten seconds", async () => {
    const { ask, sandbox } = await fillTiny({ throttling: "real" });
    const statuses: number[] = [];
    for (let count = 0; count < 6; count += 1) statuses.push((await ask("GET", "/reports/authenticationMethods/userRegistrationDetails")).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    await sandbox.clock.sleep(10_000);
    expect((await ask("GET", "/reports/authenticationMethods/userRegistrationDetails")).status).toBe(200);
  });

  test("directory: units of ten seconds by the size of the tenant, with Retry-After", async () => {
    const { ask, sandbox } = await fillTiny({ throttling: "real" });
    let asked = await ask("GET", `/groups/${STAFF}/transitiveMembers`);
    expect(asked.headers.get("x-ms-resource-unit")).toBe("5");
    for (let used = 5; used < 3_500; used += 5) asked = await ask("GET", `/groups/${STAFF}/transitiveMembers`);
    expect([asked.status, asked.headers.get("x-ms-throttle-limit-percentage")]).toEqual([200, "1.0"]);
    const refused = await ask("GET", `/groups/${STAFF}`);
    expect([refused.status, refused.headers.get("retry-after"), refused.headers.get("x-ms-throttle-information")]).toEqual([
      429,
      "10",
      "ResourceUnitLimitExceeded",
    ]);
    expect(refused.headers.get("x-ms-throttle-scope")).toMatch(/^Tenant_Application\/ReadWrite\/[0-9a-f-]{36}\/99999999-0000-4000-8000-000000000000$/);
    await sandbox.clock.sleep(10_000);
    expect((await ask("GET", `/groups/${STAFF}`)).status).toBe(200);
  });

  test("directory: 3,000 writes in 150 seconds", async () => {
    const { ask, sandbox } = await fillTiny({ throttling: "real" });
    const path = `/groups/${userId(1)}`;
    for (let count = 0; count < 3_000; count += 1) expect((await ask("DELETE", path)).status).toBe(404);
    const refused = await ask("DELETE", path);
    expect([refused.status, refused.headers.get("retry-after"), refused.headers.get("x-ms-throttle-information")]).toEqual([429, "150", "WriteLimitExceeded"]);
    await sandbox.clock.sleep(150_000);
    expect((await ask("DELETE", path)).status).toBe(404);
  });
});

describe("replication (facts 5)", () => {
  const LAG: Partial<Dials> = { throttling: "off", lagMs: { directory: 1_500, conditionalAccess: 1_000, exchange: 0 } };

  test("a new group is unseen, cannot be written to, and then is there", async () => {
    const { ask, sandbox } = await fillTiny(LAG);
    const made = await ask("POST", "/groups", groupBody({ "members@odata.bind": [`https://graph.microsoft.com/v1.0/directoryObjects/${userId(0)}`] }));
    const path = `/groups/${String(made.body["id"])}`;
    expect(made.body["displayName"]).toBe("MFA rollout: heads");
    const early = [await ask("GET", path), await ask("PATCH", path, { description: "x" }), await ask("GET", `${path}/members`), await ask("DELETE", path)];
    expect(early.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect(namesIn(await ask("GET", "/groups"))).toHaveLength(4);
    await sandbox.clock.sleep(1_500);
    expect((await ask("GET", path)).status).toBe(200);
    expect(namesIn(await ask("GET", `${path}/members`))).toEqual(["User 0"]);
  });

  test("a change shows the old version until then, and a second change builds on the first", async () => {
    const { ask, sandbox } = await fillTiny(LAG);
    await ask("PATCH", `/groups/${STAFF}`, { description: "first" });
    await sandbox.clock.sleep(1_000);
    await ask("PATCH", `/groups/${STAFF}`, { displayName: "Second" });
    const seen = async () => {
      const { body } = await ask("GET", `/groups/${STAFF}`);
      return [body["displayName"], body["description"]];
    };
    expect(await seen()).toEqual(["Staff", "Everybody who works here"]);
    await sandbox.clock.sleep(500);
    expect(await seen()).toEqual(["Staff", "first"]);
    await sandbox.clock.sleep(1_000);
    expect(await seen()).toEqual(["Second", "first"]);
  });

  test("members come and go late, but once is once", async () => {
    const { ask, sandbox } = await fillTiny(LAG);
    const body = { "members@odata.bind": [`https://graph.microsoft.com/v1.0/directoryObjects/${userId(9)}`] };
    const members = async () => namesIn(await ask("GET", `/groups/${STAFF}/members/microsoft.graph.user`));
    await ask("PATCH", `/groups/${STAFF}`, body);
    await ask("DELETE", `/groups/${STAFF}/members/${userId(0)}/$ref`);
    expect(await members()).toEqual(["User 0", "User 1", "User 2"]);
    expect((await ask("PATCH", `/groups/${STAFF}`, body)).status).toBe(400);
    expect((await ask("DELETE", `/groups/${STAFF}/members/${userId(0)}/$ref`)).status).toBe(404);
    await sandbox.clock.sleep(1_500);
    expect(await members()).toEqual(["User 1", "User 2", "User 9"]);
  });

  test("a policy that names a place too new for it: 1040, and later the same is accepted", async () => {
    const { ask, sandbox } = await fillTiny(LAG);
    const place = await ask("POST", PLACES, locationBody());
    const body = policyBody({
      conditions: {
        clientAppTypes: ["all"],
        applications: { includeApplications: ["All"] },
        users: { includeUsers: ["All"] },
        locations: { includeLocations: ["All"], excludeLocations: [place.body["id"]] },
      },
    });
    expect(String(errorIn(await ask("POST", POLICIES, body)).message)).toMatch(/^1040: /);
    await sandbox.clock.sleep(1_000);
    expect((await ask("POST", POLICIES, body)).status).toBe(201);
    expect(namesIn(await ask("GET", POLICIES))).toHaveLength(2);
    await sandbox.clock.sleep(1_000);
    expect(namesIn(await ask("GET", POLICIES))).toHaveLength(3);
  });

  test("what is deleted is still shown for a while, but cannot be written to", async () => {
    const { ask, sandbox } = await fillTiny(LAG);
    await ask("DELETE", `${POLICIES}/${FOREIGN_POLICY}`);
    expect((await ask("GET", `${POLICIES}/${FOREIGN_POLICY}`)).status).toBe(200);
    expect((await ask("PATCH", `${POLICIES}/${FOREIGN_POLICY}`, { state: "disabled" })).status).toBe(404);
    await sandbox.clock.sleep(1_000);
    expect((await ask("GET", `${POLICIES}/${FOREIGN_POLICY}`)).status).toBe(404);
  });
});
