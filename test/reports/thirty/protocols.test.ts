/** `report protocols` on the thirty: what an expert says, by hand; every letter of it; and what it says when something cannot be read. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Dials } from "../../../src/sandbox/dials.ts";
import type { CliOptions, CliResult } from "../../cli/harness.ts";
import { matchesGolden } from "../../render/golden.ts";
import { MAIL_PLAN, openMail } from "./mail.ts";
import { PLAN, type Thirty } from "./tenant.ts";
import { CASES, caseOf } from "./wire.ts";

const Cell = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]);
const Report = z.object({
  rows: z.array(z.record(z.string(), Cell)),
  complete: z.boolean(),
  sums: z.array(z.object({ title: z.string(), columns: z.array(z.string()), rows: z.array(z.array(Cell)) })),
  gaps: z.array(z.object({ sort: z.string(), what: z.string(), because: z.string(), todo: z.string().optional() })),
  notes: z.array(z.string()),
});
type Report = z.infer<typeof Report> & { readonly exit: number };

const MAILBOXES = CASES.filter(({ mailbox }) => mailbox !== undefined);

const typed = (tenant: Thirty, ...args: readonly string[]): Promise<CliResult> => tenant.cli(["report", "protocols", ...args]);
const asked = async (tenant: Thirty, args: readonly string[] = [MAIL_PLAN], options?: Partial<CliOptions>): Promise<Report> => {
  const { exit, stdout } = await tenant.cli(["report", "protocols", ...args, "--json", "--quiet"], options);
  return { exit, ...Report.parse(JSON.parse(stdout)) };
};
const keyOf = (row: Report["rows"][number]): string => CASES.find(({ id }) => id === row["id"])?.key ?? String(row["id"]);
const rowOf = (report: Report, key: string) => report.rows.find((row) => row["id"] === caseOf(key).id);
const sumOf = ({ sums }: Report, title: string): readonly unknown[] => sums.find((each) => each.title === title)?.rows ?? [];

const withTenant = async (dials: Partial<Dials>, work: (tenant: Thirty) => Promise<void>): Promise<void> => {
  const tenant = await openMail(dials);
  try {
    await work(tenant);
  } finally {
    await tenant.close();
  }
};

describe.sequential("the thirty", () => {
  let tenant: Thirty;
  let all: Report;
  let listed: Report;
  beforeAll(async () => {
    tenant = await openMail();
    listed = await asked(tenant);
    all = await asked(tenant, [MAIL_PLAN, "--all"]);
  }, 60_000);
  afterAll(() => tenant.close());

  test("who has a row: something that the plan turns off is on, or somebody came by one of the four; who drifted, who is kept", () => {
    expect(listed).toMatchObject({ exit: 0, complete: true, gaps: [] });
    expect(listed.rows.map((row) => [keyOf(row), row["state"], row["stillOn"], row["lastUsedBy"]])).toEqual([
      ["email-only", "drifted", ["IMAP"], null],
      ["passkey-only", "as planned", [], "ActiveSync"],
      ["shared-mailbox", "drifted", ["POP3", "IMAP"], null],
      ["synced", "goes off", ["SMTP AUTH"], null],
      ["quote", "drifted", ["IMAP"], "IMAP"],
      ["leading-zeros", "kept on", [], "POP3"],
      ["shared-account", "kept on", [], "SMTP AUTH"],
    ]);
    expect(listed.notes.join("; ")).toContain("20 mailboxes have no row");
  });

  test("--all is every mailbox, and sums are those of all", () => {
    expect(all.rows.map(keyOf)).toEqual(MAILBOXES.map(({ key }) => key));
    expect(all.sums).toEqual(listed.sums);
    expect(sumOf(all, "By state")).toEqual([
      ["drifted", 3],
      ["goes off", 1],
      ["kept on", 3],
      ["as planned", 20],
    ]);
    expect(sumOf(all, "By protocol")).toEqual([
      ["POP3", 3, 24, 0, 1, 1, 0, 2],
      ["IMAP", 4, 23, 0, 1, 3, 0, 1],
      ["SMTP AUTH (own)", 2, 1, 0, 1, 0, 1, 1],
      ["SMTP AUTH (tenant)", 0, 24, 0, 0, 0, 0, 0],
      ["ActiveSync", 26, 1, 0, 1, 0, 0, 0],
    ]);
  });

  test("the copier: newest of its two sign-ins, without a person, with what it says of itself; whose it is", () => {
    expect(rowOf(all, "shared-account")).toMatchObject({
      account: "office@alder.thirty.example",
      mailbox: "user",
      smtpAuth: "on (own)",
      lastUsed: "2026-03-01T02:00:00Z",
      lastClient: "Authenticated SMTP",
      lastAgent: "Ricoh MP C3004",
      lastAddress: "192.0.2.40",
      signIns: 2,
      pop3Used: null,
      smtpAuthUsed: "2026-03-01T02:00:00Z",
      keptOn: ["SMTP AUTH"],
      because: "the copier",
      owner: "business manager",
      until: null,
      overdue: null,
      phase: "smtp-off",
      phaseState: "later",
    });
  });

  test("whose word SMTP AUTH is by, what the mailbox is for, which phase is about it", () => {
    expect(rowOf(all, "head-ready")).toMatchObject({ smtpAuth: "off (tenant)", state: "as planned", lastUsed: null, signIns: 0, phase: "heads-off" });
    expect(rowOf(all, "formula")).toMatchObject({ smtpAuth: "off (own)", activeSync: "off" });
    expect(rowOf(all, "shared-mailbox")).toMatchObject({ mailbox: "shared", enabled: false, pop3: "on", imap: "on", phase: "mail-off", phaseState: "started" });
    expect(rowOf(all, "email-only")).toMatchObject({ account: "head@Birch.thirty.example", domain: "birch.thirty.example", phase: "heads-off" });
  });

  test("kept on past its end; and an attempt with a wrong password is no use", () => {
    expect(rowOf(all, "leading-zeros")).toMatchObject({
      keptOn: ["POP3", "IMAP"],
      owner: "business manager",
      until: "2026-02-27",
      overdue: true,
      plan: [
        "POP3: kept on by mail-off until 2026-02-27, business manager: the boiler's reports, until the new contract",
        "IMAP: kept on by mail-off until 2026-02-27, business manager: the boiler's reports, until the new contract",
        "SMTP AUTH: off by smtp-off from 2026-03-16T08:00:00Z",
      ],
    });
    expect(rowOf(all, "exempt")).toMatchObject({ state: "kept on", overdue: false });
    expect(rowOf(all, "failed-only")).toMatchObject({ lastUsedBy: null, signIns: 0 });
  });

  test("filters: a phase that turns off, a cohort, a domain", async () => {
    const keys = async (...args: readonly string[]) => (await asked(tenant, [MAIL_PLAN, "--all", ...args])).rows.map(keyOf);
    expect(await keys("--phase", "heads-off")).toEqual(["head-ready", "email-only"]);
    expect(await keys("--phase", "smtp-off")).toEqual(MAILBOXES.map(({ key }) => key));
    // A phase that turns off nothing has people all the same.
    expect((await asked(tenant, [PLAN, "--all", "--phase", "heads"])).rows.map(keyOf)).toEqual(["head-ready", "email-only"]);
    expect(await keys("--cohort", "heads")).toEqual(["head-ready", "email-only"]);
    const birch = await keys("--domain", "birch.thirty.example");
    expect(birch).toEqual(MAILBOXES.filter(({ address }) => /@birch\./i.test(address)).map(({ key }) => key));
  });

  test("without a plan, and with one that turns off nothing: who came by which", async () => {
    const without = await asked(tenant, []);
    expect(without).toMatchObject({ exit: 0, gaps: [] });
    expect(without.rows.map((row) => [keyOf(row), row["state"], row["plan"]])).toEqual(
      ["passkey-only", "quote", "leading-zeros", "shared-account"].map((key) => [key, null, []]),
    );
    expect(without.notes.join("; ")).toContain("23 mailboxes have no row: nobody came by the four in 30 days");
    const other = await asked(tenant, [PLAN]);
    expect(other.rows.map((row) => [keyOf(row), row["state"]])).toEqual(
      ["passkey-only", "quote", "leading-zeros", "shared-account"].map((key) => [key, "no word"]),
    );
    expect(other.notes.join("; ")).toContain("no phase of the plan turns off a protocol");
  });

  test("two lists of Exchange, two questions to the log that name the four alone", async () => {
    const asks: string[] = [];
    await asked(tenant, [MAIL_PLAN], {
      fetch: async (request) => {
        const url = new URL(request.url);
        const name =
          request.method === "POST" ? z.object({ CmdletInput: z.object({ CmdletName: z.string() }) }).safeParse(await request.clone().json()) : undefined;
        asks.push(name?.data?.CmdletInput.CmdletName ?? `${url.pathname} ${url.searchParams.get("$filter") ?? ""}`);
        return tenant.fetch(request);
      },
    });
    expect(asks.filter((each) => each.startsWith("Get-"))).toEqual(["Get-CASMailbox", "Get-TransportConfig", "Get-Mailbox"]);
    const log = asks.filter((each) => each.includes("/auditLogs/signIns") && each.includes("clientAppUsed"));
    expect(new Set(log.map((each) => each.split(" ")[0]))).toEqual(new Set(["/v1.0/auditLogs/signIns", "/beta/auditLogs/signIns"]));
    for (const each of log) {
      expect(each).toContain("status/errorCode eq 0");
      expect(each).toContain("clientAppUsed eq 'Authenticated SMTP'");
      expect(each).not.toContain("Other clients");
    }
  });

  test("as it looks, at 80 and at 100 columns", async () => {
    const at = async (columns: number) =>
      (await tenant.cli(["report", "protocols", MAIL_PLAN], { tty: true, columns, env: { ENTRA_ROLLOUT_TOKEN: "thirty-token", NO_COLOR: "1" } })).stdout;
    const fresh = await openMail();
    try {
      matchesGolden("reports/thirty-protocols.txt", (await typed(fresh, MAIL_PLAN)).stdout);
    } finally {
      await fresh.close();
    }
    for (const columns of [80, 100]) {
      const lines = (await at(columns)).split("\n").filter((line) => !line.includes("entra-rollout report"));
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
      const heading = lines.find((line) => line.startsWith("  Account"));
      expect(heading).toMatch(/Account +State +Still on +Last by +Last used/);
    }
  });

  test("as files", async () => {
    const fresh = await openMail();
    try {
      matchesGolden("reports/thirty-protocols.csv", (await typed(fresh, MAIL_PLAN, "--all", "--csv")).stdout);
    } finally {
      await fresh.close();
    }
    const other = await openMail();
    try {
      matchesGolden("reports/thirty-protocols.json", (await typed(other, MAIL_PLAN, "--json")).stdout);
    } finally {
      await other.close();
    }
  });
});

describe("what is missing", () => {
  test.each<[name: string, dials: Partial<Dials>, says: string]>([
    ["the permission", { exchangeGrants: "none" }, "Exchange.ManageAsApp"],
    ["the role", { exchangeGrants: "permission-only" }, "assign Exchange Administrator"],
  ])("%s for Exchange: 77, no row, and which grant it is", async (_name, dials, says) => {
    await withTenant(dials, async (tenant) => {
      const { exit, rows, gaps } = await asked(tenant);
      expect({ exit, rows }).toEqual({ exit: 77, rows: [] });
      expect(gaps).toMatchObject([
        { sort: "permission", what: "mailboxes", because: expect.stringContaining(says), todo: expect.stringContaining("Global Reader") },
      ]);
    });
  });

  test("a page of mailboxes that does not come: 4, and no shorter list", async () => {
    await withTenant({ faults: [{ path: "^/adminapi/InvokeCommand/Get-CASMailbox", skip: 0, effect: { type: "status", status: 503 } }] }, async (tenant) => {
      const { exit, rows, gaps } = await asked(tenant);
      expect({ exit, rows }).toEqual({ exit: 4, rows: [] });
      expect(gaps).toMatchObject([{ sort: "failed", what: "mailboxes" }]);
    });
  });

  test("a mailbox that cannot be read spoils the list: none is left out in silence", async () => {
    await withTenant({}, async (tenant) => {
      const { exit, rows, gaps } = await asked(tenant, [MAIL_PLAN], {
        fetch: async (request) => {
          const reply = await tenant.fetch(request);
          if (!request.url.includes("InvokeCommand")) return reply;
          return new Response((await reply.text()).replace('"PopEnabled":false', '"PopEnabled":"no"'), { status: reply.status, headers: reply.headers });
        },
      });
      expect({ exit, rows }).toEqual({ exit: 4, rows: [] });
      expect(gaps).toMatchObject([{ sort: "failed", what: "mailboxes", because: expect.stringContaining("POP3") }]);
    });
  });

  test("a role for mailboxes alone: the tenant's word is unknown, and those that go by it are", async () => {
    await withTenant({ exchangeRole: "recipient-administrator" }, async (tenant) => {
      const all = await asked(tenant, [MAIL_PLAN, "--all"]);
      expect(all.exit).toBe(77);
      expect(all.gaps).toMatchObject([{ sort: "permission", what: "the tenant's own word on SMTP AUTH" }]);
      expect(rowOf(all, "head-ready")).toMatchObject({ smtpAuth: "unknown (tenant)", state: "unknown", stillOn: ["SMTP AUTH"] });
      expect(rowOf(all, "shared-account")).toMatchObject({ smtpAuth: "on (own)", state: "kept on" });
      expect(rowOf(all, "formula")).toMatchObject({ smtpAuth: "off (own)", state: "as planned" });
      // Whatever may be on has a row; of the one that says off itself nothing is.
      expect((await asked(tenant)).rows.map(keyOf)).toEqual(MAILBOXES.map(({ key }) => key).filter((key) => key !== "formula"));
    });
  });

  test("what mailboxes are for could not be read: no less rows, and unknown stands there", async () => {
    await withTenant({ faults: [{ path: "^/adminapi/InvokeCommand/Get-Mailbox/", skip: 0, effect: { type: "status", status: 503 } }] }, async (tenant) => {
      const { exit, rows, gaps } = await asked(tenant);
      expect([exit, rows.length]).toEqual([4, 7]);
      expect(new Set(rows.map((row) => row["mailbox"]))).toEqual(new Set(["unknown"]));
      expect(gaps).toMatchObject([{ what: "what mailboxes are for" }]);
    });
  });

  test.each<[name: string, dials: Partial<Dials>, exit: number, sort: string]>([
    [
      "a permission",
      { permissions: ["User.Read.All", "Organization.Read.All", "LicenseAssignment.Read.All", "RoleManagement.Read.Directory", "Group.Read.All"] },
      77,
      "permission",
    ],
    ["a licence", { licence: "free" }, 77, "licence"],
  ])("the log without %s: who came by which is unknown, everything that is on has a row", async (_name, dials, exit, sort) => {
    await withTenant(dials, async (tenant) => {
      const report = await asked(tenant);
      expect(report.exit).toBe(exit);
      expect(report.gaps).toMatchObject([{ sort, what: "sign-ins" }]);
      // ActiveSync is on for all but one, of whom nothing is.
      expect(report.rows).toHaveLength(MAILBOXES.length - 1);
      for (const row of report.rows)
        expect(row).toMatchObject({ lastUsedBy: "unknown", lastUsed: "unknown", lastAddress: "unknown", signIns: "unknown", imapUsed: "unknown" });
      expect(rowOf(report, "email-only")).toMatchObject({ state: "drifted" });
      expect(sumOf(report, "By protocol")).toContainEqual(["POP3", 3, 24, 0, "unknown", 1, 0, 2]);
    });
  });

  test("half of the log: what was read is told, what may stand in the other half is unknown", async () => {
    await withTenant({}, async (tenant) => {
      const report = await asked(tenant, [MAIL_PLAN], {
        fetch: (request) => (request.url.includes("/beta/auditLogs") ? Promise.resolve(new Response("{}", { status: 400 })) : tenant.fetch(request)),
      });
      expect(report.exit).toBe(4);
      expect(report.gaps).toMatchObject([{ sort: "failed", what: expect.stringContaining("sign-ins without a person") }]);
      expect(rowOf(report, "leading-zeros")).toMatchObject({ lastUsedBy: "POP3", imapUsed: "unknown" });
      expect(rowOf(report, "shared-account")).toMatchObject({ lastUsedBy: "unknown" });
      expect(report.rows).toHaveLength(MAILBOXES.length - 1);
    });
  });

  test("phases on hold that nobody can read: nothing is said to have drifted", async () => {
    await withTenant({ faults: [{ path: "^/groups\\?", skip: 0, effect: { type: "status", status: 500 } }] }, async (tenant) => {
      const report = await asked(tenant, [MAIL_PLAN, "--all"]);
      expect(report.exit).toBe(4);
      expect(rowOf(report, "quote")).toMatchObject({ state: "unknown", stillOn: ["IMAP"], phaseState: "unknown" });
      expect(rowOf(report, "head-ready")).toMatchObject({ state: "as planned" });
    });
  });

  test("licences that could not be read: nobody is surely in a cohort, and a list of one is not made", async () => {
    await withTenant({ faults: [{ path: "^/subscribedSkus", skip: 0, effect: { type: "status", status: 500 } }] }, async (tenant) => {
      const all = await asked(tenant, [MAIL_PLAN, "--all"]);
      expect([all.exit, all.rows.length]).toEqual([4, MAILBOXES.length]);
      // Whether the heads' phase is about it or not, everybody's is.
      expect(rowOf(all, "email-only")).toMatchObject({ state: "drifted", phase: "mail-off" });
      const heads = await asked(tenant, [MAIL_PLAN, "--all", "--phase", "heads-off"]);
      expect(heads).toMatchObject({ exit: 4, rows: [] });
      expect(heads.gaps).toContainEqual(expect.objectContaining({ what: "who is asked for", because: expect.stringContaining("heads-off") }));
    });
  });

  test("an account that comes twice, as it may while pages shift, has one row and counts once", async () => {
    await withTenant({}, async (tenant) => {
      const twice = async (request: Request): Promise<Response> => {
        const reply = await tenant.fetch(request);
        if (new URL(request.url).pathname !== "/v1.0/users") return reply;
        const { value } = z.object({ value: z.array(z.unknown()) }).parse(await reply.json());
        return Response.json({ value: [...value, ...value.slice(0, 9)] });
      };
      const report = await asked(tenant, [MAIL_PLAN, "--all"], { fetch: twice });
      expect(report.rows.map(keyOf)).toEqual(MAILBOXES.map(({ key }) => key));
      expect(sumOf(report, "By state")).toContainEqual(["as planned", 20]);
    });
  });

  test("an account that the directory does not list: the mailbox stands under its id, and may be one that is kept", async () => {
    await withTenant({}, async (tenant) => {
      const { id } = caseOf("shared-mailbox");
      const without = {
        fetch: async (request: Request) => {
          const reply = await tenant.fetch(request);
          if (new URL(request.url).pathname !== "/v1.0/users") return reply;
          const body = z.object({ value: z.array(z.record(z.string(), z.unknown())) }).parse(await reply.json());
          return Response.json({ value: body.value.filter((row) => row["id"] !== id) });
        },
      };
      const report = await asked(tenant, [MAIL_PLAN], without);
      expect(rowOf(report, "shared-mailbox")).toMatchObject({ account: id, name: null, domain: null, enabled: null, state: "unknown", mailbox: "shared" });
      expect(report.notes.join("; ")).toContain("1 mailbox belongs to accounts that the directory does not list: they stand under");
      expect(sumOf(report, "By domain").map((row) => z.array(Cell).parse(row)[0])).toContain("not in the directory");
      const narrow = await asked(tenant, [MAIL_PLAN, "--all", "--domain", "thirty.example"], without);
      expect(rowOf(narrow, "shared-mailbox")).toBeUndefined();
      expect(narrow.notes.join("; ")).toContain("whether they are meant nobody can say");
    });
  });
});

test("who is kept on stands in the report of exclusions", async () => {
  await withTenant({}, async (tenant) => {
    const { exit, stdout } = await tenant.cli(["report", "exclusions", MAIL_PLAN, "--json", "--quiet"]);
    expect(exit).toBe(0);
    const kept = Report.parse(JSON.parse(stdout)).rows.filter((row) => row["by"] === "kept on");
    expect(kept.map((row) => [row["account"], row["through"], row["protocols"], row["owner"], row["until"], row["overdue"]])).toEqual([
      ["caretaker@thirty.example", "caretaker@*", ["POP3", "IMAP"], "business manager", "2026-02-27", true],
      ["office@alder.thirty.example", "office@*", ["SMTP AUTH"], "business manager", null, null],
      ["kiosk@birch.thirty.example", "kiosk@*", ["POP3", "IMAP"], "site manager", "2026-06-30", false],
    ]);
  });
});
