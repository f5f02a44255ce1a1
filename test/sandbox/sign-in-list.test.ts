/** What the list of sign-ins takes and refuses (signin-list, signin-get, signIn; facts 6 and 7.11), and whose token it is (user-get: /me). */

import { describe, expect, test } from "vitest";
import { errorIn, fillTiny, quietWith, STAFF, userId, valueIn } from "./support.ts";

const DAY_MS = 86_400_000;
const COUNTY_START = Date.UTC(2018, 10, 5, 8);

type Row = Record<string, unknown>;

const path = (filter?: string, more = ""): string => `/auditLogs/signIns?${filter === undefined ? "" : `$filter=${encodeURIComponent(filter)}&`}${more}`;
const since = (at: number, days: number): string => `createdDateTime ge ${new Date(at - days * DAY_MS).toISOString()}`;
const NOT_INTERACTIVE = "signInEventTypes/any(t: t eq 'nonInteractiveUser')";

/** A tenant of thirty accounts whose log is what a test puts there. */
const tinyWith = async (rows: readonly Row[], dials = {}) => {
  const tiny = await fillTiny(quietWith(dials));
  const put = rows.map((object, place) => ({ collection: "signIns", object: { id: `row-${place}`, userId: userId(place % 30), ...object } }));
  await tiny.ask("POST", "/_practice/objects", { put });
  return tiny;
};
const at = (daysAgo: number): string => new Date(COUNTY_START - daysAgo * DAY_MS).toISOString().replace(".000Z", "Z");
const idsIn = (rows: readonly Row[]): readonly unknown[] => rows.map((row) => row["id"]);

describe("the list", () => {
  test("newest first, whole rows of v1.0's properties", async () => {
    const { ask } = await tinyWith([{ createdDateTime: at(2) }, { createdDateTime: at(1) }, { createdDateTime: at(3) }]);
    const reply = await ask("GET", "/auditLogs/signIns");
    expect(idsIn(valueIn(reply))).toEqual(["row-1", "row-0", "row-2"]);
    expect(reply.body["@odata.context"]).toBe("http://127.0.0.1/v1.0/$metadata#auditLogs/signIns");
    expect(valueIn(reply)[0]).toMatchObject({ userId: userId(1), userPrincipalName: "user-1@tiny.example", isInteractive: true, riskDetail: "hidden" });
    for (const name of ["authenticationRequirement", "signInEventTypes", "authenticationProtocol"]) expect(valueIn(reply)[0]).not.toHaveProperty(name);
    const whole = await ask("GET", "/beta/auditLogs/signIns");
    expect(valueIn(whole)[0]).toMatchObject({ authenticationRequirement: "singleFactorAuthentication", signInEventTypes: ["interactiveUser"] });
  });

  test("kept for thirty days, and nothing of tomorrow", async () => {
    const { ask, sandbox } = await tinyWith([29.9, 30.1, -0.5].map((days) => ({ createdDateTime: at(days) })));
    expect(idsIn(valueIn(await ask("GET", "/auditLogs/signIns")))).toEqual(["row-0"]);
    expect((await ask("GET", "/auditLogs/signIns/row-1")).status).toBe(404);
    await sandbox.clock.sleep(DAY_MS);
    expect(idsIn(valueIn(await ask("GET", "/auditLogs/signIns")))).toEqual(["row-2"]);
    expect((await ask("GET", "/auditLogs/signIns/row-2")).body).toMatchObject({ id: "row-2", createdDateTime: at(-0.5) });
  });

  test("page by page: two of the same second, one that comes in between, the clock going on", async () => {
    const { ask, sandbox } = await tinyWith([1, 1, 1, 2].map((days) => ({ createdDateTime: at(days) })));
    const seen: unknown[] = [];
    for (let next: unknown = "/auditLogs/signIns?$top=1"; typeof next === "string"; ) {
      const reply = await ask("GET", next);
      expect(reply.status).toBe(200);
      seen.push(...idsIn(valueIn(reply)));
      next = reply.body["@odata.nextLink"];
      await sandbox.clock.sleep(60_000);
      const object = { id: `late-${seen.length}`, userId: userId(1), createdDateTime: new Date(sandbox.clock.now()).toISOString() };
      await ask("POST", "/_practice/objects", { put: [{ collection: "signIns", object }] });
    }
    expect(seen).toEqual(["row-0", "row-1", "row-2", "row-3"]);
  });

  const ROWS: readonly Row[] = [
    { createdDateTime: at(1), ipAddress: "192.0.2.10", clientAppUsed: "Browser" },
    { createdDateTime: at(2), ipAddress: "198.51.100.9", clientAppUsed: "IMAP4", status: { errorCode: 50126, failureReason: "", additionalDetails: null } },
    { createdDateTime: at(3), ipAddress: "2001:db8::1", clientAppUsed: "POP3", location: { city: "", state: "", countryOrRegion: "IN", geoCoordinates: {} } },
    { createdDateTime: at(4), ipAddress: "192.0.2.99", clientAppUsed: "Authenticated SMTP", isInteractive: false },
  ];
  test.each([
    [undefined, [0, 1, 2]],
    [`createdDateTime ge ${at(2)}`, [0, 1]],
    [`createdDateTime gt ${at(2)}`, [0]],
    [`createdDateTime lt ${at(1)} and createdDateTime ge ${at(2)}`, [1]],
    [`createdDateTime le ${at(2)}`, [1, 2]],
    [`createdDateTime eq ${at(3)}`, [2]],
    [`userId eq '${userId(1).toUpperCase()}'`, [1]],
    ["userId eq '00000000-0000-4000-8000-00000000dead'", []],
    ["userPrincipalName eq 'USER-2@tiny.example'", [2]],
    ["startsWith(userPrincipalName,'user-')", [0, 1, 2]],
    ["clientAppUsed eq 'IMAP4' or clientAppUsed eq 'POP3'", [1, 2]],
    ["(clientAppUsed eq 'IMAP4' or clientAppUsed eq 'POP3') and status/errorCode eq 0", [2]],
    ["status/errorCode ne 0", [1]],
    ["startsWith(ipAddress,'192.0.2.')", [0]],
    ["ipAddress eq '2001:db8::1'", [2]],
    ["location/countryOrRegion eq 'IN'", [2]],
    ["isInteractive eq true and conditionalAccessStatus eq 'notApplied'", [0, 1, 2]],
  ])("v1.0: %s", async (filter, want) => {
    const { ask } = await tinyWith(ROWS);
    expect(idsIn(valueIn(await ask("GET", path(filter))))).toEqual(want.map((place) => `row-${place}`));
  });

  test.each([
    [undefined, [0, 1, 2]],
    [NOT_INTERACTIVE, [3]],
    ["signInEventTypes/any(t: t ne 'interactiveUser')", [3]],
    [`${NOT_INTERACTIVE} and clientAppUsed eq 'Authenticated SMTP'`, [3]],
    ["signInEventTypes/any(t: t eq 'interactiveUser' or t eq 'nonInteractiveUser')", [0, 1, 2, 3]],
    ["authenticationRequirement eq 'singleFactorAuthentication'", [0, 1, 2]],
  ])("beta: %s", async (filter, want) => {
    const { ask } = await tinyWith(ROWS);
    expect(idsIn(valueIn(await ask("GET", `/beta${path(filter)}`)))).toEqual(want.map((place) => `row-${place}`));
  });

  test.each([
    [path("createdDateTime ge '2018-11-01T00:00:00Z'"), 400, "BadRequest", "Invalid filter clause"],
    [path("authenticationRequirement eq 'singleFactorAuthentication'"), 400, "BadRequest", "Invalid filter clause"],
    [path(NOT_INTERACTIVE), 400, "BadRequest", "Invalid filter clause"],
    [path("not (status/errorCode eq 0)"), 400, "BadRequest", "Invalid filter clause"],
    [path("location/countryOrRegion ne 'GB'"), 400, "Request_UnsupportedQuery", "location/countryorregion"],
    [path(undefined, "$top=1001"), 400, "Request_BadRequest", "Must be between 1 and 1000"],
    [path(undefined, "$orderby=userPrincipalName"), 400, "Request_UnsupportedQuery", "Sorting not supported"],
    [path(undefined, "$orderby=createdDateTime asc"), 501, "NotImplemented", "newest first only"],
    [path(undefined, "$select=id"), 400, "Request_UnsupportedQuery", "$select"],
    [path(undefined, "$count=true"), 400, "Request_UnsupportedQuery", "$count"],
    ["/auditLogs/signIns/nobody", 404, "Request_ResourceNotFound", "nobody"],
  ])("%s is refused with %i", async (asked, status, code, words) => {
    const { ask } = await tinyWith(ROWS);
    const reply = await ask("GET", asked);
    expect([reply.status, errorIn(reply).code]).toEqual([status, code]);
    expect(errorIn(reply).message).toContain(words);
  });

  test("$orderby=createdDateTime desc is what it does anyhow", async () => {
    const { ask } = await tinyWith(ROWS);
    expect(idsIn(valueIn(await ask("GET", path(undefined, "$orderby=createdDateTime desc&$top=2"))))).toEqual(["row-0", "row-1"]);
  });

  test.each([
    [{ permissions: ["User.Read.All"] }, "Authentication_MSGraphPermissionMissing", "Application missing MSGraph API 'Read all audit log data' permission"],
    [{ licence: "free" as const }, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Neither tenant is B2C or tenant doesn't have premium license"],
  ])("403 with %j", async (dials, code, message) => {
    const { ask } = await tinyWith(ROWS, dials);
    for (const asked of ["/auditLogs/signIns", "/beta/auditLogs/signIns", "/auditLogs/signIns/row-0"]) {
      const reply = await ask("GET", asked);
      expect([reply.status, errorIn(reply)]).toEqual([403, { code, message }]);
    }
  });

  test("five in ten seconds, whatever they ask for (throttling-limits: identity and access reports)", async () => {
    const { ask, sandbox } = await tinyWith(ROWS, { throttling: "real" });
    const asked: number[] = [];
    for (const one of [
      "/auditLogs/signIns",
      "/beta/auditLogs/signIns",
      "/auditLogs/signIns/row-0",
      "/auditLogs/signIns",
      "/auditLogs/signIns",
      "/auditLogs/signIns",
    ])
      asked.push((await ask("GET", one)).status);
    expect(asked).toEqual([200, 200, 200, 200, 200, 429]);
    await sandbox.clock.sleep(10_000);
    expect((await ask("GET", "/auditLogs/signIns")).status).toBe(200);
  });

  test("risk is told with P2 only", async () => {
    const { ask } = await tinyWith(ROWS, { licence: "p2" });
    expect(valueIn(await ask("GET", "/auditLogs/signIns"))[0]).toMatchObject({ riskDetail: "none", riskLevelAggregated: "none" });
  });

  test("a tenant without sign-ins, as one from a snapshot, has an empty list", async () => {
    const { ask } = await fillTiny();
    const reply = await ask("GET", path(since(COUNTY_START, 14)));
    expect([reply.status, valueIn(reply)]).toEqual([200, []]);
  });
});

describe("/me", () => {
  test("an application has no account of its own", async () => {
    const { ask } = await fillTiny();
    const reply = await ask("GET", "/me");
    expect([reply.status, errorIn(reply)]).toEqual([400, { code: "BadRequest", message: "/me request is only valid with delegated authentication flow." }]);
  });

  test("the account whose token it is", async () => {
    const { ask } = await fillTiny(quietWith({ operator: "USER-6@tiny.example", permissions: ["User.Read.All"] }));
    expect((await ask("GET", "/me?$select=id,userPrincipalName")).body).toEqual({
      "@odata.context": "http://127.0.0.1/v1.0/$metadata#users(id,userPrincipalName)/$entity",
      id: userId(6),
      userPrincipalName: "user-6@tiny.example",
    });
    expect((await ask("GET", "/me")).body).toMatchObject({ displayName: "User 6" });
  });

  test("an account that is gone is not found", async () => {
    const { ask } = await fillTiny(quietWith({ operator: "nobody@tiny.example" }));
    expect((await ask("GET", "/me")).status).toBe(404);
  });

  test("somebody's methods, in a batch", async () => {
    const { ask } = await fillTiny(quietWith({ operator: "user-6@tiny.example" }));
    const requests = [
      { id: "1", method: "GET", url: `/users/${userId(6)}/authentication/methods` },
      { id: "2", method: "GET", url: "/me?$select=id" },
      { id: "3", method: "GET", url: `/groups/${STAFF}/members?$select=id` },
    ];
    const reply = await ask("POST", "/$batch", { requests });
    const responses: unknown = reply.body["responses"];
    expect(Array.isArray(responses) ? responses.map((each: { status: number }) => each.status) : []).toEqual([200, 200, 200]);
  });
});
