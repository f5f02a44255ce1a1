/** What all routes share: token, permission, envelope, headers, faults, control routes, the served tenant. */

import { describe, expect, test } from "vitest";
import type { Dials } from "../../src/sandbox/dials.ts";
import { serveSandbox } from "../../src/sandbox/serve.ts";
import { errorIn, FOREIGN_POLICY, fillTiny, groupBody, namesIn, OUTER, quietWith, STAFF, userId } from "./support.ts";

const POLICIES = "/identity/conditionalAccess/policies";

describe("token, permission, envelope (facts 1 and 2)", () => {
  test.each([
    ["none", ""],
    ["another scheme", "Basic practice"],
    ["another token", "Bearer other"],
  ])("401 with the token: %s", async (_name, authorization) => {
    const { ask } = await fillTiny();
    for (const path of ["/groups", "/_practice", "/nowhere"]) {
      const asked = await ask("GET", path, undefined, { Authorization: authorization });
      expect([asked.status, errorIn(asked).code]).toEqual([401, "InvalidAuthenticationToken"]);
    }
  });

  test("the envelope names the request; its headers say it back", async () => {
    const { ask, sandbox } = await fillTiny();
    await sandbox.clock.sleep(90_000);
    const asked = await ask("GET", `/groups/${userId(1)}`, undefined, { "client-request-id": "c0ffee00-0000-4000-8000-000000000000" });
    const requestId = asked.headers.get("request-id");
    expect(asked.body).toEqual({
      error: {
        code: "Request_ResourceNotFound",
        message: `Resource '${userId(1)}' does not exist or one of its queried reference-property objects are not present.`,
        innerError: { date: "2018-11-05T08:01:30", "request-id": requestId, "client-request-id": "c0ffee00-0000-4000-8000-000000000000" },
      },
    });
    expect(asked.headers.get("client-request-id")).toBe("c0ffee00-0000-4000-8000-000000000000");
    expect(asked.headers.get("date")).toBe("Mon, 05 Nov 2018 08:01:30 GMT");
    expect(asked.headers.get("content-type")).toBe("application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8");
  });

  const permitted: readonly (readonly [method: string, path: string, permissions: readonly string[], allowed: boolean])[] = [
    ["GET", "/groups", ["Group.Read.All"], true],
    ["GET", "/groups", ["User.Read.All"], false],
    ["GET", POLICIES, ["Policy.Read.All"], true],
    ["DELETE", `${POLICIES}/${FOREIGN_POLICY}`, ["Policy.ReadWrite.ConditionalAccess"], false],
    ["DELETE", `${POLICIES}/${FOREIGN_POLICY}`, ["Policy.ReadWrite.ConditionalAccess", "Policy.Read.All"], true],
    ["DELETE", `/groups/${STAFF}`, ["GroupMember.ReadWrite.All"], false],
    ["DELETE", `/groups/${STAFF}/members/${userId(0)}/$ref`, ["GroupMember.ReadWrite.All"], true],
  ];
  test.each(permitted)("%s %s with %j: %s", async (method, path, permissions, allowed) => {
    const { ask } = await fillTiny(quietWith({ permissions: [...permissions] }));
    const asked = await ask(method, path);
    if (allowed) expect(asked.status).toBeLessThan(300);
    else
      expect([asked.status, errorIn(asked)]).toEqual([
        403,
        { code: "Authorization_RequestDenied", message: "Insufficient privileges to complete the operation." },
      ]);
  });

  test.each([
    ["GET", "/me/messages"],
    ["GET", "/groups/delta"],
    ["PUT", `/groups/${STAFF}`],
    ["GET", "/beta/groups"],
    ["GET", "/auditLogs/provisioning"],
    ["POST", "/_practice/nothing"],
  ])("501 for %s %s, naming it", async (method, path) => {
    const { ask } = await fillTiny();
    const asked = await ask(method, path);
    expect(asked.status).toBe(501);
    expect(String(errorIn(asked).message)).toContain(`${method} ${path.startsWith("/_") || path.startsWith("/beta") ? path : `/v1.0${path}`}`);
  });

  test("paths in any case, keys in brackets", async () => {
    const { ask } = await fillTiny();
    expect((await ask("GET", `/GROUPS('${STAFF}')`)).body["displayName"]).toBe("Staff");
  });
});

describe("bad days", () => {
  const fault = (effect: Dials["faults"][number]["effect"], more: Partial<Dials["faults"][number]> = {}): Partial<Dials> =>
    quietWith({ faults: [{ path: "^/groups", skip: 0, effect, ...more }] });

  test("a status with headers of its own, so many times, after so many", async () => {
    const { ask } = await fillTiny(fault({ type: "status", status: 503, headers: { "Retry-After": "7" } }, { method: "GET", skip: 1, times: 2 }));
    const statuses: number[] = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await ask("GET", "/groups")).status);
    expect(statuses).toEqual([200, 503, 503, 200]);
    expect((await ask("POST", "/groups", groupBody())).status).toBe(201);
  });

  test("its code and message are the rule's", async () => {
    const { ask } = await fillTiny(fault({ type: "status", status: 403, code: "Odd", message: "as told" }));
    expect(errorIn(await ask("GET", "/groups"))).toEqual({ code: "Odd", message: "as told" });
  });

  test("lost before: nothing was done; lost after: it was", async () => {
    const before = await fillTiny(fault({ type: "drop-before" }, { method: "POST" }));
    await expect(before.ask("POST", "/groups", groupBody())).rejects.toThrow(new TypeError("fetch failed"));
    expect(namesIn(await before.ask("GET", "/groups"))).toHaveLength(4);
    const after = await fillTiny(fault({ type: "drop-after" }, { method: "POST", times: 1 }));
    await expect(after.ask("POST", "/groups", groupBody())).rejects.toThrow(new TypeError("fetch failed"));
    expect(namesIn(await after.ask("GET", "/groups"))).toHaveLength(5);
    expect((await after.ask("GET", "/_practice/requests")).body).toMatchObject({
      requests: [
        { method: "POST", status: 0 },
        { method: "GET", status: 200 },
      ],
    });
  });

  test("a part of a batch that is lost loses the batch, the rest of which is done", async () => {
    const { ask } = await fillTiny(quietWith({ faults: [{ method: "POST", path: "^/groups", skip: 1, times: 1, effect: { type: "drop-after" } }] }));
    const post = (id: string, displayName: string) => ({
      id,
      method: "POST",
      url: "/groups",
      headers: { "Content-Type": "application/json" },
      body: groupBody({ displayName }),
    });
    await expect(ask("POST", "/$batch", { requests: [post("1", "one"), post("2", "two"), post("3", "three")] })).rejects.toThrow("fetch failed");
    expect(namesIn(await ask("GET", "/groups")).slice(4)).toEqual(["one", "two", "three"]);
  });

  test("a batch as a whole can be hit, too", async () => {
    const { ask } = await fillTiny(quietWith({ faults: [{ method: "POST", path: "^/\\$batch$", skip: 0, times: 1, effect: { type: "drop-after" } }] }));
    const batch = { requests: [{ id: "1", method: "POST", url: "/groups", headers: { "Content-Type": "application/json" }, body: groupBody() }] };
    await expect(ask("POST", "/$batch", batch)).rejects.toThrow("fetch failed");
    expect(namesIn(await ask("GET", "/groups"))).toHaveLength(5);
    expect((await ask("POST", "/$batch", batch)).status).toBe(200);
  });

  test("a wait moves the tenant's clock", async () => {
    const { ask, sandbox } = await fillTiny(fault({ type: "delay", ms: 60_000 }));
    const start = sandbox.clock.now();
    expect((await ask("GET", "/groups")).status).toBe(200);
    expect(sandbox.clock.now() - start).toBe(60_000);
  });

  test("a page that ends in the middle, and a proxy's page", async () => {
    const cut = await (await fillTiny(fault({ type: "partial-page" }))).ask("GET", "/groups");
    expect([cut.status, cut.text.startsWith("{"), cut.body]).toEqual([200, true, {}]);
    const html = await (await fillTiny(fault({ type: "html", status: 200 }))).ask("GET", "/groups");
    expect([html.status, html.headers.get("content-type"), html.text.startsWith("<html>")]).toEqual([200, "text/html", true]);
  });
});

describe("control routes", () => {
  test("about, and the clock forward only", async () => {
    const { ask, sandbox } = await fillTiny();
    expect((await ask("GET", "/_practice")).body).toEqual({
      practice: true,
      instance: sandbox.about.instance,
      fill: "tiny",
      name: "Tiny school",
      tenantId: "99999999-0000-4000-8000-000000000000",
      now: "2018-11-05T08:00:00.000Z",
    });
    expect((await ask("POST", "/_practice/clock", { forwardMs: 1_500 })).body).toEqual({ now: "2018-11-05T08:00:01.500Z" });
    expect((await ask("POST", "/_practice/clock", { to: "2018-11-19T00:00:00Z" })).body).toEqual({ now: "2018-11-19T00:00:00.000Z" });
    expect((await ask("POST", "/_practice/clock", { to: "2018-11-18T00:00:00Z" })).status).toBe(400);
    expect((await ask("POST", "/_practice/clock", {})).status).toBe(400);
  });

  test("dials are put as a whole; a wrong one says where", async () => {
    const { ask } = await fillTiny();
    expect((await ask("GET", "/_practice/dials")).body).toMatchObject({ throttling: "off", lagMs: { directory: 0, conditionalAccess: 0 }, permissions: "all" });
    expect((await ask("PUT", "/_practice/dials", { lagMs: { directory: 5 } })).body).toEqual({
      permissions: "all",
      throttling: "real",
      lagMs: { directory: 5, conditionalAccess: 1000, exchange: 1000 },
      licence: "filled",
      managedPolicies: "none",
      managedPoliciesOnAfterMs: 45 * 86_400_000,
      securityDefaultsBesidePolicies: "refused",
      registeredJump: "at-sign-in",
      bulkPerUserMfa: "told",
      restoreBrings: { licences: true, memberships: true, manager: true },
      syncedDeletion: "refused",
      dynamicGroupsLagMs: 300_000,
      signIns: "filled",
      dateAheadMs: 0,
      concealedNames: false,
      usageAgeDays: 2,
      mailboxColumns: "listed",
      exchangeGrants: "both",
      exchangeRole: "exchange-administrator",
      sendAsRows: "whole",
      egress: {},
      clock: "stored",
      faults: [],
    });
    const wrong = await ask("PUT", "/_practice/dials", { faults: [{ path: "(", effect: { type: "drop-before" } }] });
    expect([wrong.status, String(errorIn(wrong).message)]).toEqual([400, expect.stringContaining("faults[0].path")]);
  });

  test("objects that only a test can arrange", async () => {
    const { ask } = await fillTiny();
    const user = { id: userId(3), userPrincipalName: "Renamed@tiny.example", displayName: "Renamed", accountEnabled: false };
    const put = await ask("POST", "/_practice/objects", {
      put: [
        { collection: "users", object: user },
        { collection: "members", object: { id: STAFF, members: [userId(3), userId(2)] } },
      ],
      remove: [{ collection: "groups", id: OUTER }],
    });
    expect(put.body).toEqual({ put: 2, removed: 1 });
    expect((await ask("GET", "/users/renamed@tiny.example?$select=id,accountEnabled")).body).toMatchObject({ id: userId(3), accountEnabled: false });
    expect((await ask("GET", "/users/user-3@tiny.example")).status).toBe(404);
    expect(namesIn(await ask("GET", `/groups/${STAFF}/members`))).toEqual(["User 2", "Renamed"]);
    expect((await ask("GET", `/groups/${OUTER}`)).status).toBe(404);
    expect((await ask("POST", "/_practice/objects", { put: [{ collection: "planets", object: { id: "x" } }] })).status).toBe(400);
  });

  test("the request log knows no token and none of its own routes", async () => {
    const { ask, sandbox, runtime } = await fillTiny();
    await ask("GET", "/groups?$top=1");
    await ask("GET", "/_practice");
    expect((await ask("GET", "/_practice/requests?since=1")).body).toEqual({
      next: 2,
      requests: [{ n: 1, at: "2018-11-05T08:00:00.000Z", method: "GET", path: "/v1.0/groups?$top=1", status: 200 }],
    });
    expect((await ask("GET", "/_practice/requests?since=2")).body).toEqual({ next: 2, requests: [] });
    await sandbox.close();
    expect([...runtime.files.texts.values()].join("")).not.toContain("Bearer");
  });
});

describe("served on loopback", () => {
  test("another token, links on its own origin, a lost connection", async () => {
    const { sandbox } = await fillTiny(quietWith({ faults: [{ path: "^/domains", skip: 0, effect: { type: "drop-after" } }] }));
    const served = await serveSandbox(sandbox, { port: 0, token: "secret" });
    try {
      const origin = `http://127.0.0.1:${served.port}`;
      const ask = (path: string, token = "secret") => fetch(`${origin}${path}`, { headers: { authorization: `Bearer ${token}` } });
      expect((await ask("/v1.0/groups", "practice")).status).toBe(401);
      const answer = await ask("/v1.0/groups?$top=1");
      const page: unknown = await answer.json();
      expect(page).toMatchObject({ "@odata.nextLink": expect.stringContaining(`${origin}/v1.0/groups?`) });
      expect(answer.headers.get("date")).toBe("Mon, 05 Nov 2018 08:00:00 GMT");
      await expect(ask("/v1.0/domains")).rejects.toThrow("fetch failed");
    } finally {
      await served.close();
      await sandbox.close();
    }
  });
});
