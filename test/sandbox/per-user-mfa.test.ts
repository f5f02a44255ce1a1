/** Per-user MFA (facts 7.8; b-api/authentication-update, howto-mfa-userstates). */

import { describe, expect, test } from "vitest";
import { memoryTenant } from "./memory-tenant.ts";
import { errorIn, fillTiny, quietWith, userId, valueIn } from "./support.ts";

const pathOf = (key: string): string => `/beta/users/${key}/authentication/requirements`;
const HEAD = "head@alder.county.example";

describe("the route", () => {
  test("disabled at first; 204; by id and by address", async () => {
    const { ask } = await fillTiny();
    expect((await ask("GET", pathOf(userId(1)))).body["perUserMfaState"]).toBe("disabled");
    expect((await ask("PATCH", pathOf("User-1@TINY.example"), { PerUserMfaState: "Enforced" })).status).toBe(204);
    expect((await ask("GET", pathOf(userId(1)))).body["perUserMfaState"]).toBe("enforced");
    expect((await ask("PATCH", `/beta/Users/${userId(1)}/Authentication/REQUIREMENTS`, { perUserMfaState: "disabled" })).status).toBe(204);
    expect((await ask("GET", pathOf("user-1@tiny.example"))).body["perUserMfaState"]).toBe("disabled");
  });

  test.each([["GET"], ["PATCH"]])("v1.0 has no such member: %s", async (method) => {
    const { ask } = await fillTiny();
    const asked = await ask(method, `/users/${userId(1)}/authentication/requirements`, method === "PATCH" ? { perUserMfaState: "enabled" } : undefined);
    expect([asked.status, errorIn(asked)]).toEqual([400, { code: "BadRequest", message: "Resource not found for the segment 'requirements'." }]);
  });

  test.each([[{}], [{ perUserMfaState: "on" }], [{ perUserMfaState: true }], [{ perUserMfaState: "enabled", other: 1 }]])("400 for %j", async (body) => {
    const { ask } = await fillTiny();
    expect((await ask("PATCH", pathOf(userId(1)), body)).status).toBe(400);
    expect((await ask("GET", pathOf(userId(1)))).body["perUserMfaState"]).toBe("disabled");
  });

  test("404 for nobody", async () => {
    const { ask } = await fillTiny();
    expect(errorIn(await ask("PATCH", pathOf("nobody@tiny.example"), { perUserMfaState: "enabled" })).code).toBe("Request_ResourceNotFound");
  });

  test.each([
    [["Policy.Read.All"], 200, 403],
    [["Policy.ReadWrite.AuthenticationMethod"], 200, 204],
    [["User.ReadWrite.All"], 403, 403],
  ] as const)("with %j: read %i, write %i", async (permissions, read, write) => {
    const { ask } = await fillTiny(quietWith({ permissions: [...permissions] }));
    expect((await ask("GET", pathOf(userId(1)))).status).toBe(read);
    expect((await ask("PATCH", pathOf(userId(1)), { perUserMfaState: "enabled" })).status).toBe(write);
  });

  test("seen after the lag", async () => {
    const { ask, sandbox } = await fillTiny(quietWith({ lagMs: { directory: 1500, conditionalAccess: 0, exchange: 0 } }));
    await ask("PATCH", pathOf(userId(1)), { perUserMfaState: "enforced" });
    expect((await ask("GET", pathOf(userId(1)))).body["perUserMfaState"]).toBe("disabled");
    await sandbox.clock.sleep(1500);
    expect((await ask("GET", pathOf(userId(1)))).body["perUserMfaState"]).toBe("enforced");
  });
});

describe("in bulk", () => {
  test("twenty in one batch of beta", async () => {
    const { ask } = await fillTiny();
    const item = (method: string) => (_: unknown, index: number) => ({
      id: String(index),
      method,
      url: `/users/${userId(index)}/authentication/requirements`,
      ...(method === "GET" ? {} : { headers: { "Content-Type": "application/json" }, body: { perUserMfaState: "enforced" } }),
    });
    const written = await ask("POST", "/beta/$batch", { requests: Array.from({ length: 20 }, item("PATCH")) });
    expect(new Set((written.body["responses"] as { status: number }[]).map((response) => response.status))).toEqual(new Set([204]));
    const read = await ask("POST", "/beta/$batch", { requests: Array.from({ length: 20 }, item("GET")) });
    const states = (read.body["responses"] as { body: { perUserMfaState: string } }[]).map((response) => response.body.perUserMfaState);
    expect(states).toEqual(Array.from({ length: 20 }, () => "enforced"));
    const wrong = await ask("POST", "/$batch", { requests: [item("GET")(undefined, 0)] });
    expect((wrong.body["responses"] as { status: number }[])[0]?.status).toBe(400);
  });

  test.each([
    ["told", { perUserMfaState: "enforced" }],
    ["left-out", {}],
  ] as const)("selected in the list of users, which nobody documents: %s; disabled is absent", async (bulkPerUserMfa, more) => {
    const { ask } = await fillTiny(quietWith({ bulkPerUserMfa }));
    await ask("PATCH", pathOf(userId(1)), { perUserMfaState: "enforced" });
    const rows = valueIn(await ask("GET", "/users?$top=2&$select=id,PerUserMfaState"));
    expect(rows).toEqual([{ id: userId(0) }, { id: userId(1), ...more }]);
  });
});

describe("what moves by itself", () => {
  const stateOf = async (tenant: Awaited<ReturnType<typeof memoryTenant>>): Promise<unknown> => {
    const rows = await tenant.all(`/users?$select=id,perUserMfaState&$filter=${encodeURIComponent(`userPrincipalName eq '${HEAD}'`)}`);
    return rows[0]?.["perUserMfaState"];
  };
  const setEnabled = async (tenant: Awaited<ReturnType<typeof memoryTenant>>, address: string) => {
    const answer = await tenant.sandbox.fetch(
      new Request(`http://127.0.0.1${pathOf(address)}`, {
        method: "PATCH",
        headers: { Authorization: "Bearer practice", "Content-Type": "application/json" },
        body: JSON.stringify({ perUserMfaState: "enabled" }),
      }),
    );
    expect(answer.status).toBe(204);
  };
  const CALM = { throttling: "off", lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 } };

  test.each([
    ["never", "enabled", "enabled"],
    ["at-once", "enforced", "enforced"],
    ["at-sign-in", "enabled", "enforced"],
  ] as const)("who had registered: %s", async (registeredJump, first, weekLater) => {
    const tenant = await memoryTenant("county", { ...CALM, registeredJump });
    await setEnabled(tenant, HEAD);
    expect(await stateOf(tenant)).toBe(first);
    await tenant.control("POST", "/_practice/clock", { forwardMs: 7 * 86_400_000 });
    expect(await stateOf(tenant)).toBe(weekLater);
  });

  test("who had not stays enabled, until registered", async () => {
    const { ask } = await fillTiny();
    await ask("PATCH", pathOf(userId(1)), { perUserMfaState: "enabled" });
    await ask("POST", "/_practice/clock", { forwardMs: 30 * 86_400_000 });
    expect((await ask("GET", pathOf(userId(1)))).body["perUserMfaState"]).toBe("enabled");
    await ask("POST", "/_practice/objects", { put: [{ collection: "registrationDetails", object: { id: userId(1), isMfaRegistered: true } }] });
    expect((await ask("GET", pathOf(userId(1)))).body["perUserMfaState"]).toBe("enforced");
  });

  test("what a test puts there stays as it is", async () => {
    const { ask } = await fillTiny();
    await ask("POST", "/_practice/objects", {
      put: [
        { collection: "registrationDetails", object: { id: userId(1), isMfaRegistered: true } },
        { collection: "perUserMfa", object: { id: userId(1), perUserMfaState: "enabled" } },
      ],
    });
    expect((await ask("GET", pathOf(userId(1)))).body["perUserMfaState"]).toBe("enabled");
  });

  test("people of the remote-desktop trust's IT have it from before", async () => {
    const tenant = await memoryTenant("remote-desktop");
    const rows = await tenant.all("/users?$top=999&$select=department,perUserMfaState");
    expect(new Set(rows.filter((row) => row["perUserMfaState"] === "enforced").map((row) => row["department"]))).toEqual(new Set(["IT"]));
  });
});
