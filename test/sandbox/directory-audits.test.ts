/** Who registered what, when and from where: directoryaudit-list, directoryAudit, reference-audit-activities, reference-reports-data-retention. */

import { describe, expect, test } from "vitest";
import { memoryTenant, type Tenant } from "./memory-tenant.ts";
import { errorIn, fillTiny, quietWith, userId, valueIn } from "./support.ts";

type Row = Record<string, unknown>;

const DAY_MS = 86_400_000;
const COUNTY_START = Date.UTC(2018, 10, 5, 8);

const path = (filter?: string, more = ""): string =>
  `/auditLogs/directoryAudits?${filter === undefined ? "" : `$filter=${encodeURIComponent(filter)}&`}${more}`;
const ago = (days: number): string => new Date(COUNTY_START - days * DAY_MS).toISOString().replace(".000Z", "Z");
const initiatorOf = (row: Row | undefined): Row => {
  const by = row?.["initiatedBy"];
  const user: unknown = typeof by === "object" && by !== null ? Reflect.get(by, "user") : undefined;
  return typeof user === "object" && user !== null ? { ...user } : {};
};
const momentOf = (row: Row | undefined): string => String(row?.["activityDateTime"]);

const REGISTERED = "loggedByService eq 'Authentication Methods' and activityDisplayName eq 'User registered security info'";

describe("what the county's log holds", async () => {
  const county = await memoryTenant("county");
  const rows = await county.all(path());

  test("some registrations on each day, newest first, thirty days back", () => {
    expect(rows.length).toBeGreaterThan(30);
    expect(rows.length).toBeLessThan(200);
    expect(rows.every((row, place) => place === 0 || momentOf(row) <= momentOf(rows[place - 1]))).toBe(true);
    expect(momentOf(rows.at(-1)) >= ago(30)).toBe(true);
    expect(momentOf(rows.at(-1)) < ago(27)).toBe(true);
    expect(new Set(rows.map((row) => row["id"])).size).toBe(rows.length);
  });

  test("by the account itself, with its address, in the words of the page", async () => {
    for (const row of rows) {
      expect([row["activityDisplayName"], row["loggedByService"], row["category"], row["result"]]).toEqual([
        "User registered security info",
        "Authentication Methods",
        "UserManagement",
        "success",
      ]);
      expect(row["targetResources"]).toEqual([expect.objectContaining({ id: initiatorOf(row)["id"], type: "User" })]);
    }
    const addresses = rows.map((row) => String(initiatorOf(row)["ipAddress"]));
    const inside = addresses.filter((address) => /^(?:192\.0\.2\.|198\.51\.100\.|2001:db8:10:)/.test(address));
    expect(inside.length / addresses.length).toBeGreaterThan(0.5);
    expect(inside.length).toBeLessThan(addresses.length);
  });

  test("agrees with what each has registered, and since when", async () => {
    for (const row of rows.slice(0, 12)) {
      const id = String(initiatorOf(row)["id"]);
      const { body } = await county.get(`/users/${id}/authentication/methods`);
      const types = body.value.map((method) => method["@odata.type"]);
      const app = body.value.find((method) => method["@odata.type"] === "#microsoft.graph.microsoftAuthenticatorAuthenticationMethod");
      if (row["resultReason"] === "User registered Authenticator App with Notification and Code")
        expect(app?.["createdDateTime"] ?? "no app").toBe(momentOf(row));
      if (row["resultReason"] === "User registered Mobile Phone SMS") expect(types).toContain("#microsoft.graph.phoneAuthenticationMethod");
    }
    expect(new Set(rows.map((row) => row["resultReason"])).size).toBeGreaterThan(2);
  });

  const asked: readonly (readonly [name: string, filter: string, passes: (row: Row) => boolean])[] = [
    ["service and activity", REGISTERED, () => true],
    ["a span of days", `activityDateTime ge ${ago(20)} and activityDateTime le ${ago(10)}`, (row) => momentOf(row) >= ago(20) && momentOf(row) <= ago(10)],
    ["a category", "category eq 'Policy'", () => false],
    ["how an activity begins", "startsWith(activityDisplayName,'User registered')", () => true],
    ["one account", `initiatedBy/user/id eq '${String(initiatorOf(rows[3])["id"])}'`, (row) => initiatorOf(row)["id"] === initiatorOf(rows[3])["id"]],
    ["one target", `targetResources/any(t:t/id eq '${String(initiatorOf(rows[3])["id"])}')`, (row) => initiatorOf(row)["id"] === initiatorOf(rows[3])["id"]],
  ];
  test.each(asked)("%s", async (_, filter, passes) => {
    expect(await county.all(path(filter))).toEqual(rows.filter(passes));
  });

  test("page by page the same", async () => {
    expect(await county.all(path(undefined, "$top=7"))).toEqual(rows);
    expect((await county.get(path(undefined, "$top=1001"))).status).toBe(400);
  });

  test.each([
    "activityDateTime lt 2018-11-01T00:00:00Z",
    "result eq 'success'",
    "not (category eq 'Policy')",
    "targetResources/any(t:t/type eq 'User')",
    "loggedByService ne 'Core Directory'",
  ])("a filter that no page has: %s", async (filter) => {
    const { status, body } = await county.get(path(filter));
    expect([status, body.error.message]).toEqual([400, "Invalid filter clause"]);
  });
});

describe("how long it is kept, and who may read it", () => {
  const of = (tenant: Tenant): Promise<readonly Row[]> => tenant.all(path());

  test("a week without a premium licence, a month with one; the log goes on with the clock", async () => {
    const [free, p1] = [await memoryTenant("county", { throttling: "off", licence: "free" }), await memoryTenant("county")];
    const [week, month] = [await of(free), await of(p1)];
    expect(week).toEqual(month.filter((row) => momentOf(row) >= ago(7)));
    expect(week.length).toBeGreaterThan(3);
    await p1.sandbox.clock.sleep(10 * DAY_MS);
    expect(await of(p1)).toEqual(month.filter((row) => momentOf(row) >= ago(20)));
  });

  test("with the permission for it", async () => {
    const { ask } = await fillTiny(quietWith({ permissions: ["Directory.Read.All"] }));
    expect([(await ask("GET", path())).status, errorIn(await ask("GET", path())).code]).toEqual([403, "Authentication_MSGraphPermissionMissing"]);
  });

  test("what tests put stands among the rest, with what they left out filled in", async () => {
    const { ask } = await fillTiny(quietWith({ permissions: ["AuditLog.Read.All"], licence: "free" }));
    const put = (id: string, activityDateTime: string, more: object = {}): unknown => ({
      collection: "directoryAudits",
      object: { id, activityDateTime, ...more },
    });
    const mine = { user: { id: userId(1), displayName: null, ipAddress: "192.0.2.9", userPrincipalName: "user-1@tiny.example" }, app: null };
    const old = new Date(Date.UTC(2018, 9, 29, 7, 59)).toISOString();
    await ask("POST", "/_practice/objects", {
      put: [
        put("one", "2018-11-04T10:00:00Z", { activityDisplayName: "User registered security info", initiatedBy: mine }),
        put("two", "2018-11-05T07:00:00Z", { activityDisplayName: "Reset user password" }),
        put("old", old),
        put("future", "2018-11-06T07:00:00Z"),
      ],
    });
    expect(valueIn(await ask("GET", path())).map((row) => row["id"])).toEqual(["two", "one"]);
    const [row] = valueIn(await ask("GET", path("activityDisplayName eq 'User registered security info'")));
    expect(row).toMatchObject({ id: "one", category: "UserManagement", result: "success", initiatedBy: mine });
  });
});
