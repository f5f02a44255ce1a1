/** Who signs in to the tenants of the fills, and what conditional access makes of it (signIn, appliedConditionalAccessPolicy; facts 7.11). */

import { readFileSync } from "node:fs";
import ipaddr from "ipaddr.js";
import { describe, expect, test } from "vitest";
import type { SignInEvent } from "../../src/sandbox/fill.ts";
import { fills } from "../../src/sandbox/fills/index.ts";
import { type Body, memoryTenant, type Reply, type Tenant } from "./memory-tenant.ts";
import { policyBody } from "./support.ts";

const DAY_MS = 86_400_000;
const COUNTY_START = Date.UTC(2018, 10, 5, 8);

type Row = Record<string, unknown>;

const path = (filter?: string, more = ""): string => `/auditLogs/signIns?${filter === undefined ? "" : `$filter=${encodeURIComponent(filter)}&`}${more}`;
const since = (at: number, days: number): string => `createdDateTime ge ${new Date(at - days * DAY_MS).toISOString()}`;
const within = (row: Row, property: string, name: string): unknown => {
  const value = row[property];
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
};
const succeeded = (row: Row): boolean => within(row, "status", "errorCode") === 0;
const accountsIn = (rows: readonly Row[]): readonly string[] => [...new Set(rows.map((row) => String(row["userPrincipalName"])))].sort();
const networkOf = (address: string): string => (address.includes(":") ? address.split(":").slice(0, 3).join(":") : address);

const beta = async (tenant: Tenant, filter: string): Promise<Body> => {
  const reply: Reply = await tenant.control("GET", `/beta${path(filter)}`, undefined);
  if (reply.status !== 200) throw new Error(reply.text);
  return reply.body;
};
const NOT_INTERACTIVE = "signInEventTypes/any(t: t eq 'nonInteractiveUser')";
const at = (daysAgo: number): string => new Date(COUNTY_START - daysAgo * DAY_MS).toISOString().replace(".000Z", "Z");
const idsIn = (rows: readonly Row[]): readonly unknown[] => rows.map((row) => row["id"]);

describe("what the county's log holds", async () => {
  const county = await memoryTenant("county");
  const rows = await county.all(path(since(COUNTY_START, 14)));
  const good = rows.filter(succeeded);

  test("a few sign-ins a week and account, in order, each with an id that finds it", async () => {
    expect(rows.length).toBeGreaterThan(3_000);
    expect(rows.length).toBeLessThan(8_000);
    expect(rows.every((row, place) => place === 0 || String(row["createdDateTime"]) <= String(rows[place - 1]?.["createdDateTime"]))).toBe(true);
    expect(new Set(idsIn(rows)).size).toBe(rows.length);
    for (const row of [rows[0], rows[1_777], rows.at(-1)]) {
      const found = (await county.get(`/auditLogs/signIns/${String(row?.["id"])}`)).body;
      expect({ ...found, "@odata.context": undefined }).toEqual({ ...row, "@odata.context": undefined });
    }
  });

  test("agrees with the accounts' own stamps", async () => {
    const users = await county.all("/users?$select=id,userPrincipalName,signInActivity&$top=500");
    const lastOf = new Map<unknown, unknown>();
    for (const row of good) if (!lastOf.has(row["userId"])) lastOf.set(row["userId"], row["createdDateTime"]);
    let agree = 0;
    for (const user of users) {
      const stamp = within(user, "signInActivity", "lastSuccessfulSignInDateTime");
      const interactive = within(user, "signInActivity", "lastSignInDateTime");
      const last = lastOf.get(user["id"]);
      if (stamp === undefined) expect(last).toBeUndefined();
      else if (last !== undefined) expect([last, interactive]).toEqual([stamp, stamp]);
      agree += last === undefined ? 0 : 1;
    }
    expect(agree).toBeGreaterThan(1_200);
  });

  test("from the schools' networks on school days, from home otherwise; nobody shares a home with ten", () => {
    const people = new Map<string, Set<unknown>>();
    for (const row of good) {
      const network = String(row["ipAddress"]).includes(":") ? String(row["ipAddress"]) : networkOf(String(row["ipAddress"]));
      people.set(network, (people.get(network) ?? new Set()).add(row["userId"]));
    }
    const busy = [...people].filter(([, who]) => who.size >= 10).map(([network]) => network);
    expect(busy.length).toBeGreaterThan(30);
    expect(busy.filter((network) => !/^(?:192\.0\.2\.|198\.51\.100\.1[01]$)/.test(network))).toEqual([]);
    const share = good.filter((row) => /^(?:192\.0\.2\.|198\.51\.100\.|2001:db8:(?:10|ffff):)/.test(String(row["ipAddress"]))).length / good.length;
    expect(share).toBeGreaterThan(0.5);
    expect(share).toBeLessThan(0.9);
    expect(new Set(good.map((row) => within(row, "location", "countryOrRegion")))).toEqual(new Set(["GB", ""]));
  });

  test("old programs: some staff of schools, no head, no office, nobody at the school that volunteered", () => {
    const old = good.filter((row) => row["clientAppUsed"] !== "Browser" && row["clientAppUsed"] !== "Mobile Apps and Desktop clients");
    const who = accountsIn(old);
    expect(who.length).toBeGreaterThan(6);
    expect(who.length).toBeLessThan(16);
    expect(who.filter((address) => /^(?:head|office)@|birch|@county\.example$/.test(address) || !address.endsWith(".county.example"))).toEqual([]);
    expect(new Set(old.map((row) => row["clientAppUsed"]))).toEqual(new Set(["IMAP4", "POP3", "Exchange ActiveSync", "Authenticated SMTP", "Other clients"]));
  });

  test("strangers try from abroad, one address for many accounts, and fail", () => {
    const abroad = rows.filter((row) => /^203\.0\.113\.2(?:4[89]|5[01])$/.test(String(row["ipAddress"])));
    expect(abroad.length).toBeGreaterThan(10);
    expect(abroad.filter(succeeded)).toEqual([]);
    expect(new Set(abroad.map((row) => within(row, "location", "countryOrRegion")))).toEqual(new Set(["IN", "RU", "US", "CN"]));
  });

  test("programs that nobody sits at: never interactive, and named for what they are", async () => {
    const programs = new Set(["scanner@county.example", "svc-backup@county.example", "svc-timetable@county.example"]);
    expect(accountsIn(rows).filter((address) => programs.has(address) || address.startsWith("sync_"))).toEqual([]);
    const { value } = await beta(county, `${NOT_INTERACTIVE} and ${since(COUNTY_START, 14)} and startsWith(userPrincipalName,'s')`);
    const own = value.filter((row) => row["authenticationProtocol"] === "ropc" || row["clientAppUsed"] === "Authenticated SMTP");
    expect(accountsIn(own)).toEqual([...programs, "sync_dc01_3f1c9a2b7d4e@county.onmicrosoft.example"].sort());
    const scanner = await county.get("/users/scanner@county.example?$select=id");
    const { body } = await county.get(`/users/${String(scanner.body["id"])}?$select=signInActivity`);
    expect(body["signInActivity"]).toMatchObject({ lastSignInDateTime: null, lastNonInteractiveSignInDateTime: expect.stringMatching(/^2018-11-0/) });
  });

  test("the same every time, page by page and as a whole, for one account and for all", async () => {
    const other = await memoryTenant("county");
    const filter = `${since(COUNTY_START, 3)} and status/errorCode eq 0`;
    const pages = await other.all(path(filter, "$top=37"));
    const want = rows.filter((row) => succeeded(row) && String(row["createdDateTime"]) >= at(3));
    expect(JSON.stringify(pages)).toBe(JSON.stringify(want));
    // Questions that need not compute everybody find the same.
    const isOld = (row: Row): boolean => row["clientAppUsed"] === "IMAP4" || row["clientAppUsed"] === "Exchange ActiveSync";
    const old = await other.all(path(`${since(COUNTY_START, 14)} and (clientAppUsed eq 'IMAP4' or clientAppUsed eq 'Exchange ActiveSync')`));
    expect(old).toEqual(rows.filter(isOld));
    expect([old.some(succeeded), old.every(succeeded)]).toEqual([true, false]);
    const someone = String(want[5]?.["userId"]);
    expect(await other.all(path(`userId eq '${someone}' and ${since(COUNTY_START, 14)}`))).toEqual(rows.filter((row) => row["userId"] === someone));
  });
});

describe("what becomes of it", () => {
  test("it goes on with the clock; who is blocked, deleted or put by a test stops where it was", async () => {
    const county = await memoryTenant("county");
    const addresses = ["alder", "rowan", "cedar", "fir"].map((school) => `head@${school}.county.example`);
    const ids = await Promise.all(addresses.map(async (address) => String((await county.get(`/users/${address}?$select=id`)).body["id"])));
    const [goesOn = "", blocked = "", deleted = "", ofTest = ""] = ids;
    const countOf = async (id: string): Promise<number> => (await county.all(path(`userId eq '${id}'`))).length;
    expect(Math.min(...(await Promise.all(ids.map(countOf))))).toBeGreaterThan(1);
    await county.ask("PATCH", `/users/${blocked}`, { accountEnabled: false });
    await county.ask("DELETE", `/users/${deleted}`);
    const { "@odata.context": _, ...user } = (await county.get(`/users/${ofTest}?$select=id,userPrincipalName,displayName,accountEnabled,userType`)).body;
    await county.put("users", user);
    expect(await countOf(ofTest)).toBe(0);
    await county.control("POST", "/_practice/clock", { forwardMs: 40 * DAY_MS });
    expect(await Promise.all([goesOn, blocked, deleted, ofTest].map(async (id) => (await countOf(id)) > 0))).toEqual([true, false, false, false]);
  });

  test("dials: nothing but what tests put; a school behind another address", async () => {
    const dials = { throttling: "off", lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 } };
    const empty = await memoryTenant("county", { ...dials, signIns: "empty" });
    expect(await empty.all(path(since(COUNTY_START, 14)))).toEqual([]);
    await empty.put("signIns", {
      id: "mine",
      createdDateTime: at(1),
      userPrincipalName: "head@elm.county.example",
      clientAppUsed: "IMAP4",
      ipAddress: "203.0.113.9",
    });
    expect(await empty.all(path("userPrincipalName eq 'head@elm.county.example'"))).toMatchObject([
      { id: "mine", userDisplayName: expect.stringContaining("Head") },
    ]);

    const moved = await memoryTenant("county", { ...dials, egress: { "Elm.county.example": "2001:db8:77::1" } });
    const elm = (await moved.all(path(since(COUNTY_START, 6)))).filter(
      (row) => String(row["userPrincipalName"]).endsWith("@elm.county.example") && succeeded(row),
    );
    const addresses = elm.map((row) => String(row["ipAddress"]));
    expect(addresses.filter((address) => address.startsWith("192.0.2.") || address.startsWith("2001:db8:10:"))).toEqual([]);
    expect(addresses.filter((address) => address === "2001:db8:77::1").length).toBeGreaterThan(8);
  });

  test("the trust: strangers from countries where no staff are get in with the right password, until more is asked", async () => {
    const trust = await memoryTenant("trust");
    const start = Date.UTC(2022, 1, 7, 8);
    const abroad = async () =>
      (await trust.all(path(`${since(start, 14)} and status/errorCode eq 0 and startsWith(ipAddress,'192.0.2.2')`))).filter(
        (row) => succeeded(row) && !["GB", ""].includes(String(within(row, "location", "countryOrRegion"))),
      );
    const before = await abroad();
    expect(accountsIn(before).length).toBe(3);
    const conditions = { clientAppTypes: ["all"], applications: { includeApplications: ["All"] }, users: { includeUsers: ["All"] } };
    const made = await trust.ask("POST", "/identity/conditionalAccess/policies", policyBody({ displayName: "MFA: all", state: "enabled", conditions }));
    expect(made.status).toBe(201);
    await trust.control("POST", "/_practice/clock", { forwardMs: 14 * DAY_MS });
    const later = (await trust.all(path(`createdDateTime gt ${new Date(start).toISOString()} and startsWith(ipAddress,'192.0.2.2')`))).filter((row) =>
      /^192\.0\.2\.2(?:4[89]|5[01])$/.test(String(row["ipAddress"])),
    );
    expect(later.filter(succeeded)).toEqual([]);
    expect(later.filter((row) => within(row, "status", "errorCode") === 50074).map((row) => row["conditionalAccessStatus"])).toContain("failure");
    const own = (await trust.get(path("status/errorCode eq 0", "$top=50"))).body.value;
    expect(new Set(own.map((row) => row["conditionalAccessStatus"]))).toEqual(new Set(["success"]));
    expect(own[0]?.["appliedConditionalAccessPolicies"]).toContainEqual(
      expect.objectContaining({ displayName: "MFA: all", result: "success", enforcedGrantControls: ["Mfa"] }),
    );
  });

  test("who may read policies is told which applied; report-only's results only with the Prefer header", async () => {
    const county = await memoryTenant("county");
    const admin = String((await county.get("/users/admin.orla@county.example?$select=id")).body["id"]);
    const resultsIn = (reply: Reply): readonly unknown[] =>
      reply.body.value
        .flatMap((row) => (Array.isArray(row["appliedConditionalAccessPolicies"]) ? row["appliedConditionalAccessPolicies"] : []))
        .map((each: Row) => each["result"]);
    const asked = path(`userId eq '${admin}'`);
    const plain = resultsIn(await county.get(asked));
    const knowing = resultsIn(await county.get(asked, { Prefer: "include-unknown-enum-members" }));
    expect(plain.length).toBeGreaterThan(5);
    expect(new Set(plain)).toEqual(new Set(["notApplied", "unknownFutureValue", "notEnabled"]));
    expect(new Set(knowing)).toEqual(new Set(["notApplied", "reportOnlyInterrupted", "reportOnlyNotApplied", "notEnabled"]));
    await county.control("PUT", "/_practice/dials", { throttling: "off", permissions: ["AuditLog.Read.All"] });
    expect(resultsIn(await county.get(asked))).toEqual([]);
  });

  test("an old program is blocked from the moment on which a policy asks more of it than a password", async () => {
    const county = await memoryTenant("county");
    const [row] = await county.all(path(`${since(COUNTY_START, 14)} and clientAppUsed eq 'IMAP4' and status/errorCode eq 0`));
    const user = String(row?.["userId"]);
    const conditions = { clientAppTypes: ["all"], applications: { includeApplications: ["All"] }, users: { includeUsers: [user] } };
    await county.ask("POST", "/identity/conditionalAccess/policies", policyBody({ displayName: "MFA: one", state: "enabled", conditions }));
    await county.control("POST", "/_practice/clock", { forwardMs: 14 * DAY_MS });
    const rows = await county.all(path(`userId eq '${user}' and clientAppUsed eq 'IMAP4'`));
    const codes = rows.map((each) => [String(each["createdDateTime"]) > at(0), within(each, "status", "errorCode")]);
    expect(codes).toContainEqual([true, 53003]);
    expect(codes).toContainEqual([false, 0]);
    expect(codes.filter(([isLater, code]) => isLater === (code === 0))).toEqual([]);
  });
});

describe("the networks of the published plans", () => {
  const LAST_PHASE = { "academy-trust-2022": "2022-02-28", "remote-desktop-trust": "2021-09-27", "college-14-days": "2023-10-02" } as const;
  const FILLS = { "academy-trust-2022": fills.trust, "remote-desktop-trust": fills["remote-desktop"], "college-14-days": fills.college } as const;
  const isIn = (address: string, range: string): boolean => {
    const [base, bits] = ipaddr.parseCIDR(range);
    const parsed = ipaddr.parse(address);
    return parsed.kind() === base.kind() && parsed.match(base, bits);
  };

  test.each(["academy-trust-2022", "remote-desktop-trust", "college-14-days"] as const)(
    "%s: each range is in use before each phase, and nobody else's address is shared by ten",
    (plan) => {
      const text = readFileSync(new URL(`../../rollout-plans/${plan}.yaml`, import.meta.url), "utf8");
      const ranges = [...text.matchAll(/^ +- ([0-9a-f.:]+\/\d+)\b/gm)].map((match) => match[1] ?? "");
      expect(ranges.length).toBeGreaterThan(2);
      const fill = FILLS[plan].make(undefined);
      for (const day of [fill.startsAt, Date.parse(`${LAST_PHASE[plan]}T00:00:00Z`)]) {
        const to = day / 1000;
        const rows = [...(fill.signIns?.events({ from: to - 14 * 86_400, to, egress: {} }) ?? [])].map((event) => event.row());
        const people = new Map<string, Set<unknown>>();
        for (const row of rows.filter((one) => one["isInteractive"] === true && succeeded(one))) {
          const address = String(row["ipAddress"]);
          people.set(address, (people.get(address) ?? new Set()).add(row["userId"]));
        }
        const addresses = [...people.keys()];
        expect(ranges.filter((range) => !addresses.some((address) => isIn(address, range)))).toEqual([]);
        const outside = [...people].filter(([address]) => !ranges.some((range) => isIn(address, range)));
        expect(outside.length).toBeGreaterThan(50);
        expect(outside.filter(([, who]) => who.size >= 10)).toEqual([]);
      }
    },
  );
});

describe("more accounts than a shift has seconds", () => {
  const big = fills.county.make(200_000);
  // Four in the afternoon, before which there is much to read.
  const to = COUNTY_START / 1000 - 16 * 3_600;

  const take = (events: Iterable<SignInEvent>, count: number): readonly SignInEvent[] => {
    const taken: SignInEvent[] = [];
    for (const event of events) {
      taken.push(event);
      if (taken.length === count) break;
    }
    return taken;
  };

  test("in order, and a reader goes on wherever it stopped", () => {
    const { signIns } = big;
    if (signIns === undefined) throw new Error("no log");
    const span = { from: to - 30 * 86_400, to, egress: {} };
    const first = take(signIns.events(span), 600);
    expect(first.every((event, place) => place === 0 || event.second <= (first[place - 1]?.second ?? 0))).toBe(true);
    const half = first[299];
    if (half === undefined) throw new Error("too few");
    const rest = take(signIns.events({ ...span, after: half }), 300);
    expect(rest.map(({ second, ordinal }) => [second, ordinal])).toEqual(first.slice(300).map(({ second, ordinal }) => [second, ordinal]));
    for (const event of first.slice(0, 20)) {
      const row = event.row();
      const found = signIns.withId(String(row["id"]), span);
      expect([found?.second, found?.ordinal, found?.account]).toEqual([event.second, event.ordinal, event.account]);
      expect(row["userId"]).toBe(big.user(event.account)["id"]);
      expect([...signIns.events({ ...span, account: event.account })].map(({ second }) => second)).toContain(event.second);
    }
  });
});
