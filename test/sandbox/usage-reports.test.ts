/** Usage reports: reportroot-getoffice365activeuserdetail, -getemailappusageuserdetail, -getmailboxusagedetail; adminreportsettings-get, -update. */

import { parse } from "csv-parse/sync";
import { describe, expect, test } from "vitest";
import type { Dials } from "../../src/sandbox/dials.ts";
import { fillSandbox, type Sandbox } from "../../src/sandbox/sandbox.ts";
import { thirty } from "../reports/thirty/tenant.ts";
import { caseOf } from "../reports/thirty/wire.ts";
import { memoryTenant } from "./memory-tenant.ts";
import { testRuntime } from "./support.ts";

type Row = Readonly<Record<string, string>>;

const ORIGIN = "http://127.0.0.1";
const ACTIVE = "getOffice365ActiveUserDetail";
const MAIL = "getEmailAppUsageUserDetail";
const MAILBOX = "getMailboxUsageDetail";

const CALM = { throttling: "off", lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 } } as const;

const openThirty = (dials: Partial<Dials> = {}): Promise<Sandbox> =>
  fillSandbox({ folder: "thirty", runtime: testRuntime(), fill: "thirty", fills: { thirty: { about: "", make: () => thirty } }, dials: { ...CALM, ...dials } });

const ask = (sandbox: Sandbox, method: string, path: string, body?: unknown): Promise<Response> =>
  sandbox.fetch(
    new Request(`${ORIGIN}${path}`, {
      method,
      headers: { Authorization: "Bearer practice", "Content-Type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  );

/** Where a report lies. */
const placeOf = async (sandbox: Sandbox, report: string, period = "D180"): Promise<string> => {
  const response = await ask(sandbox, "GET", `/v1.0/reports/${report}(period='${period}')`);
  expect([response.status, await response.text()]).toEqual([302, ""]);
  return response.headers.get("location") ?? "";
};

const fetched = (sandbox: Sandbox, place: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  sandbox.fetch(new Request(place, { headers }));

const textOf = async (sandbox: Sandbox, report: string, period?: string): Promise<string> => {
  const response = await fetched(sandbox, await placeOf(sandbox, report, period));
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/octet-stream"]);
  return Buffer.from(await response.arrayBuffer()).toString("utf8");
};

const rowsOf = async (sandbox: Sandbox, report: string, period?: string): Promise<readonly Row[]> =>
  parse(await textOf(sandbox, report, period), { columns: true, bom: true });

const rowOf = (rows: readonly Row[], key: string): Row | undefined => rows.find((row) => row["User Principal Name"] === caseOf(key).address);

const headerOf = (text: string): string => text.slice(0, text.indexOf("\r\n")).replace("\uFEFF", "");

const control = async (sandbox: Sandbox, path: string, body: unknown, method = "POST"): Promise<void> => {
  expect((await ask(sandbox, method, `/_practice${path}`, body)).status).toBe(200);
};

describe("where a report lies", () => {
  test("a redirect to an address that takes no token and is good for some minutes", async () => {
    const tenant = await openThirty();
    const place = await placeOf(tenant, ACTIVE);
    expect(new URL(place).origin).toBe(ORIGIN);
    expect(new URL(place).pathname).toMatch(/^\/data\/download\/[\w-]+$/);
    expect((await fetched(tenant, place, { Authorization: "Bearer practice" })).status).toBe(400);
    expect((await fetched(tenant, place)).status).toBe(200);
    await tenant.clock.sleep(5 * 60_000);
    expect((await fetched(tenant, place)).status).toBe(200);
    await tenant.clock.sleep(1);
    expect((await fetched(tenant, place)).status).toBe(403);
  });

  test("nobody makes one up", async () => {
    const tenant = await openThirty();
    const place = await placeOf(tenant, ACTIVE);
    const [coded = "", seal = ""] = place.slice(place.lastIndexOf("/") + 1).split("__");
    const later = Buffer.from(Buffer.from(coded, "base64url").toString("utf8").replace(/\d+$/, "9999999999999")).toString("base64url");
    for (const key of [`${later}__${seal}`, `${coded}__`, "x", "x__y"]) expect((await fetched(tenant, `${ORIGIN}/data/download/${key}`)).status).toBe(404);
  });

  test("of the four periods and no other, and with the permission for it", async () => {
    const tenant = await openThirty({ permissions: ["User.Read.All"] });
    const denied = await ask(tenant, "GET", `/v1.0/reports/${MAIL}(period='D7')`);
    expect([denied.status, JSON.parse(await denied.text()).error.code]).toEqual([403, "Authorization_RequestDenied"]);
    const other = await openThirty({ permissions: ["Reports.Read.All"] });
    expect(await placeOf(other, MAIL, "D30")).not.toBe("");
    for (const period of ["D31", "d7", ""])
      expect((await ask(other, "GET", `/v1.0/reports/${MAIL}(period='${period}')`)).status, period).toBeGreaterThanOrEqual(400);
  });

  test("each report fourteen times in ten minutes, counted by itself", async () => {
    const tenant = await openThirty({ throttling: "real" });
    for (let time = 0; time < 14; time += 1) await placeOf(tenant, ACTIVE);
    expect((await ask(tenant, "GET", `/v1.0/reports/${ACTIVE}(period='D7')`)).status).toBe(429);
    await placeOf(tenant, MAIL);
    await tenant.clock.sleep(600_000);
    await placeOf(tenant, ACTIVE);
  });

  test("what is fetched is noted, and can be made to fail", async () => {
    const tenant = await openThirty({ faults: [{ path: "^/data/download/", skip: 0, times: 1, effect: { type: "partial-page" } }] });
    const place = await placeOf(tenant, ACTIVE);
    const [half, whole] = [await (await fetched(tenant, place)).text(), await (await fetched(tenant, place)).text()];
    expect(whole.startsWith(half)).toBe(true);
    expect(half.length).toBe(Math.floor(whole.length / 2));
    const noted = JSON.parse(await (await ask(tenant, "GET", "/_practice/requests")).text()).requests;
    expect(noted.at(-1)).toMatchObject({ method: "GET", path: new URL(place).pathname, status: 200 });
  });

  test("works without a premium licence, and within $batch", async () => {
    const tenant = await openThirty({ licence: "free" });
    expect(rowOf(await rowsOf(tenant, ACTIVE), "head-ready")?.["Exchange Last Activity Date"]).toBe("2026-02-27");
    const batch = await ask(tenant, "POST", "/v1.0/$batch", { requests: [{ id: "1", method: "GET", url: `/reports/${MAIL}(period='D7')` }] });
    const [response] = JSON.parse(await batch.text()).responses;
    expect([response.status, response.headers.Location]).toEqual([302, expect.stringContaining("/data/download/")]);
  });
});

describe("what it says", () => {
  test("the columns of its page, in a file that begins with a byte order mark", async () => {
    const tenant = await openThirty();
    const texts = await Promise.all([ACTIVE, MAIL, MAILBOX].map((report) => textOf(tenant, report, "D7")));
    for (const text of texts) expect(text.startsWith("\uFEFFReport Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,")).toBe(true);
    expect(texts.map(headerOf)).toEqual([
      "Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Has Exchange License,Has OneDrive License,Has SharePoint License,Has Skype For Business License,Has Yammer License,Has Teams License,Exchange Last Activity Date,OneDrive Last Activity Date,SharePoint Last Activity Date,Skype For Business Last Activity Date,Yammer Last Activity Date,Teams Last Activity Date,Exchange License Assign Date,OneDrive License Assign Date,SharePoint License Assign Date,Skype For Business License Assign Date,Yammer License Assign Date,Teams License Assign Date,Assigned Products",
      "Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Last Activity Date,Mail For Mac,Outlook For Mac,Outlook For Windows,Outlook For Mobile,Other For Mobile,Outlook For Web,POP3 App,IMAP4 App,SMTP App,Report Period",
      "Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Created Date,Last Activity Date,Item Count,Storage Used (Byte),Issue Warning Quota (Byte),Prohibit Send Quota (Byte),Prohibit Send/Receive Quota (Byte),Deleted Item Count,Deleted Item Size (Byte),Deleted Item Quota (Byte),Has Archive,Report Period",
    ]);
  });

  test.each([
    ["sample", 15, undefined],
    ["listed", 17, undefined],
    ["with-recipient-type", 18, "Shared"],
  ] as const)("the columns of mailboxes drift: %s", async (mailboxColumns, count, recipient) => {
    const tenant = await openThirty({ mailboxColumns });
    const row = rowOf(await rowsOf(tenant, MAILBOX), "shared-mailbox");
    expect([Object.keys(row ?? {}).length, row?.["Recipient Type"], row?.["Report Period"]]).toEqual([count, recipient, "180"]);
  });

  test("as of two days ago: who was made since is not in it, and what was done since is not told", async () => {
    const tenant = await openThirty();
    const rows = await rowsOf(tenant, ACTIVE);
    expect(new Set(rows.map((row) => row["Report Refresh Date"]))).toEqual(new Set(["2026-02-28"]));
    expect(rowOf(rows, "created-yesterday")).toBeUndefined();
    expect(rowOf(rows, "never")).toMatchObject({ "Exchange Last Activity Date": "", "Has Exchange License": "True", "Is Deleted": "False" });
    await control(tenant, "/dials", { ...CALM, usageAgeDays: 4 }, "PUT");
    const older = rowOf(await rowsOf(tenant, ACTIVE), "head-ready");
    expect([older?.["Report Refresh Date"], older?.["Exchange Last Activity Date"]]).toEqual(["2026-02-26", "2026-02-26"]);
  });

  test("what lies before the period is not told", async () => {
    const tenant = await openThirty();
    const lastOf = async (period: string): Promise<string | undefined> => rowOf(await rowsOf(tenant, MAIL, period), "email-only")?.["Last Activity Date"];
    expect([await lastOf("D7"), await lastOf("D30"), await lastOf("D90")]).toEqual(["", "2026-01-30", "2026-01-30"]);
    await control(tenant, "/dials", { ...CALM, usageAgeDays: 1 }, "PUT");
    // Thirty days with the last one: from 31 January.
    expect(await lastOf("D30")).toBe("");
  });

  test("programs by the version that was seen, or that some version was; nothing where none was", async () => {
    const tenant = await openThirty();
    const rows = await rowsOf(tenant, MAIL);
    const programs = (key: string): Row =>
      Object.fromEntries(Object.entries(rowOf(rows, key) ?? {}).filter(([name, value]) => / (?:App|Mac|Windows|Mobile|Web)$/.test(name) && value !== ""));
    expect(programs("head-ready")).toEqual({ "Outlook For Windows": "ProPlus" });
    expect(programs("leading-zeros")).toEqual({ "POP3 App": "Undetermined" });
    expect(programs("quote")).toEqual({ "IMAP4 App": "Undetermined", "SMTP App": "Undetermined" });
    expect(programs("never")).toEqual({});
  });

  test("whose mailbox it is: shared ones stand among mailboxes, and not among those who open mail; guests nowhere", async () => {
    const tenant = await openThirty();
    const [active, mail, mailboxes] = [await rowsOf(tenant, ACTIVE), await rowsOf(tenant, MAIL), await rowsOf(tenant, MAILBOX)];
    const there = (key: string): readonly boolean[] => [active, mail, mailboxes].map((rows) => rowOf(rows, key) !== undefined);
    expect(there("shared-mailbox")).toEqual([true, false, true]);
    expect(there("guest")).toEqual([false, false, false]);
    expect(there("emergency-1")).toEqual([false, false, false]);
    expect(there("disabled")).toEqual([false, true, true]);
  });

  test("names come as they are: a line break, quotes, what a spreadsheet would run", async () => {
    const tenant = await openThirty();
    const rows = await rowsOf(tenant, ACTIVE);
    for (const key of ["newline", "quote", "formula", "emoji", "right-to-left", "leading-zeros"])
      expect(rowOf(rows, key)?.["Display Name"], key).toBe(caseOf(key).name);
  });

  test("who was deleted is in it for thirty days, and said to be", async () => {
    const tenant = await openThirty();
    const { id, address } = caseOf("formula");
    expect((await ask(tenant, "DELETE", `/v1.0/users/${id}`)).status).toBe(204);
    const row = (await rowsOf(tenant, MAILBOX)).find((one) => one["User Principal Name"] === address);
    expect([row?.["Is Deleted"], row?.["Deleted Date"]]).toEqual(["True", "2026-03-02"]);
    await tenant.clock.sleep(30 * 86_400_000);
    expect((await rowsOf(tenant, MAILBOX)).some((one) => one["User Principal Name"] === address)).toBe(false);
  });
});

describe("hidden names", () => {
  test("digits in the place of address and name, in every report and always the same", async () => {
    const tenant = await openThirty({ concealedNames: true });
    const [active, mail] = [await rowsOf(tenant, ACTIVE), await rowsOf(tenant, MAIL)];
    for (const row of [...active, ...mail]) {
      expect(row["User Principal Name"]).toMatch(/^[0-9A-F]{32}$/);
      expect(row["Display Name"]).toMatch(/^[0-9A-F]{32}$/);
    }
    const known = new Set(active.map((row) => row["User Principal Name"]));
    expect(mail.filter((row) => known.has(row["User Principal Name"])).length).toBeGreaterThan(20);
  });

  test("read and set by who may", async () => {
    const tenant = await openThirty({ concealedNames: true });
    const settings = async (): Promise<unknown> => JSON.parse(await (await ask(tenant, "GET", "/v1.0/admin/reportSettings")).text()).displayConcealedNames;
    expect(await settings()).toBe(true);
    expect((await ask(tenant, "PATCH", "/v1.0/admin/reportSettings", { displayConcealedNames: false })).status).toBe(204);
    expect(await settings()).toBe(false);
    expect(rowOf(await rowsOf(tenant, ACTIVE), "head-ready")).toBeDefined();
    expect((await ask(tenant, "PATCH", "/v1.0/admin/reportSettings", { displayConcealedNames: "no" })).status).toBe(400);
    await control(tenant, "/dials", { ...CALM, permissions: ["ReportSettings.Read.All"] }, "PUT");
    expect((await ask(tenant, "PATCH", "/v1.0/admin/reportSettings", { displayConcealedNames: true })).status).toBe(403);
    expect(await settings()).toBe(false);
  });
});

describe("in a tenant that is computed", () => {
  test("who never got in did nothing; who did has the day of it; old programs stand where they are counted", async () => {
    const county = await memoryTenant("county");
    const place = async (report: string): Promise<readonly Row[]> => rowsOf(county.sandbox, report);
    const [active, mail, mailboxes] = [await place(ACTIVE), await place(MAIL), await place(MAILBOX)];
    const users = await county.all("/users?$select=userPrincipalName,userType,accountEnabled,assignedLicenses,mail,signInActivity&$top=500");
    const byAddress = new Map(users.map((user) => [user["userPrincipalName"], user]));
    const lastOf = (user: Record<string, unknown> | undefined): unknown => {
      const activity = user?.["signInActivity"];
      return typeof activity === "object" && activity !== null ? Reflect.get(activity, "lastSuccessfulSignInDateTime") : undefined;
    };
    let seen = 0;
    for (const row of active) {
      const last = lastOf(byAddress.get(row["User Principal Name"]));
      const day = row["Teams Last Activity Date"] ?? "";
      if (typeof last !== "string") expect([row["Exchange Last Activity Date"], day]).toEqual(["", ""]);
      else if (day !== "") expect(last.slice(0, 10) >= day).toBe(true);
      seen += day === "" ? 0 : 1;
    }
    expect(seen).toBeGreaterThan(1_000);
    const used = (app: string): number => mail.filter((row) => row[app] !== "").length;
    expect([used("POP3 App"), used("IMAP4 App"), used("SMTP App")].every((count) => count > 0 && count < 40)).toBe(true);
    expect(mailboxes.length).toBeGreaterThan(mail.length);
  });

  test("a report comes piece by piece, as it is made", async () => {
    const sandbox = await fillSandbox({ folder: "large", runtime: testRuntime(), fill: "county", accounts: 6_000, dials: CALM });
    const pieces: number[] = [];
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let text = "";
    for await (const piece of (await fetched(sandbox, await placeOf(sandbox, MAILBOX))).body ?? []) {
      pieces.push(piece.length);
      text += decoder.decode(piece, { stream: true });
    }
    expect(pieces.length).toBeGreaterThan(5);
    expect(Math.max(...pieces)).toBeLessThan(100_000);
    expect(text.split("\r\n").length).toBeGreaterThan(4_000);
  });
});
