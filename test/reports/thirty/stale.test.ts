import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { freshFolder, runCli } from "../../cli/harness.ts";
import { copyPlans } from "../../plans.ts";
import { matchesGolden } from "../../render/golden.ts";
import { openThirty, PLAN, type Thirty } from "./tenant.ts";
import { CASES, caseOf } from "./wire.ts";

const Cell = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]);
const Report = z.object({
  rows: z.array(z.record(z.string(), Cell)),
  complete: z.boolean(),
  sums: z.array(z.object({ title: z.string(), rows: z.array(z.array(Cell)) })),
  gaps: z.array(z.object({ sort: z.string(), what: z.string(), because: z.string(), todo: z.string().optional() })),
  notes: z.array(z.string()),
});
type Report = z.infer<typeof Report>;

const ask = async (tenant: Thirty, ...args: readonly string[]): Promise<Report & { readonly exit: number }> => {
  const { exit, stdout } = await tenant.cli(["report", "stale", PLAN, "--json", ...args]);
  return { exit, ...Report.parse(JSON.parse(stdout)) };
};
const rowOf = (report: Report, key: string) => report.rows.find((row) => row["id"] === caseOf(key).id);
const textOf = (value: unknown): string => (Array.isArray(value) ? value.join("; ") : String(value));

type Said = readonly [state: "never signed in" | "unknown" | "last signed in", deletable: "yes" | "no" | "unknown", reason: string];

const SIGNED_IN: Said = ["last signed in", "no", "it has signed in"];

/** What an expert says of each with P1: the state, whether it may be deleted, and words of the reason. */
const EXPERT: Readonly<Record<string, Said>> = {
  "emergency-1": ["last signed in", "no", "emergency account"],
  "emergency-2": ["never signed in", "no", "emergency account of the plan; it holds a role: Global Administrator"],
  administrator: ["last signed in", "no", "it holds a role: Global Administrator"],
  "head-ready": SIGNED_IN,
  "email-only": SIGNED_IN,
  "security-questions-only": SIGNED_IN,
  "number-no-voice": SIGNED_IN,
  "text-default": SIGNED_IN,
  "passkey-only": SIGNED_IN,
  "not-capable": SIGNED_IN,
  "per-user-enforced": SIGNED_IN,
  "report-only": SIGNED_IN,
  "excluded-nested": SIGNED_IN,
  guest: ["last signed in", "no", "last on 2025-11-20"],
  // No sign-in of its own, and read every day: nobody should take it for unused.
  "shared-mailbox": ["unknown", "no", "it is a shared mailbox"],
  disabled: ["last signed in", "no", "last on 2025-07-18"],
  synced: ["last signed in", "no", "synced from on premises"],
  never: ["never signed in", "yes", "it never signed in"],
  "before-april-2020": ["unknown", "unknown", "older than the stamps, which begin in April 2020"],
  "failed-only": ["never signed in", "yes", "it never signed in"],
  "created-yesterday": ["unknown", "no", "younger than 30 days; its owner starts on 2026-03-02"],
  "no-row": SIGNED_IN,
  emoji: SIGNED_IN,
  "right-to-left": SIGNED_IN,
  // The year 1 is a placeholder; what counts is the program of 25 February.
  quote: ["last signed in", "no", "last on 2026-02-25"],
  newline: ["unknown", "unknown", "an earlier one may have succeeded"],
  formula: SIGNED_IN,
  "leading-zeros": SIGNED_IN,
  "shared-account": SIGNED_IN,
  exempt: SIGNED_IN,
};

describe("the thirty, with P1", () => {
  let tenant: Thirty;
  let all: Report & { readonly exit: number };
  beforeAll(async () => {
    tenant = await openThirty();
    all = await ask(tenant, "--all");
  });
  afterAll(() => tenant.close());

  test("every one of them has a word of the expert, and a row", () => {
    expect(Object.keys(EXPERT).sort()).toEqual(CASES.map(({ key }) => key).sort());
    expect(all).toMatchObject({ exit: 0, complete: true, gaps: [] });
    expect(all.rows).toHaveLength(30);
  });

  test.each(Object.entries(EXPERT).map(([key, said]) => ({ key, said })))("$key", ({ key, said }) => {
    const row = rowOf(all, key);
    expect([row?.["state"], row?.["deletable"]]).toEqual(said.slice(0, 2));
    expect(textOf(row?.["reasons"])).toContain(said[2]);
  });

  test("an app that was used stands beside the state, for what it is", () => {
    expect(rowOf(all, "shared-mailbox")).toMatchObject({
      mailbox: "shared",
      appLastUsed: "2026-02-27",
      lastSignedIn: "unknown",
      because: expect.stringContaining("2026-02-27"),
    });
    expect(rowOf(all, "quote")).toMatchObject({ lastAttempt: null, lastNonInteractive: "2026-02-25T05:00:00Z", mailPrograms: ["IMAP4 App", "SMTP App"] });
    expect(rowOf(all, "failed-only")).toMatchObject({ lastSignedIn: null, lastAttempt: "2026-02-27T03:14:15Z", appLastUsed: null });
    expect(rowOf(all, "emoji")).toMatchObject({
      apps: expect.arrayContaining(["Exchange 2026-02-27", "OneDrive 2026-02-26"]),
      cohorts: ["staff", "everyone"],
      phases: ["staff", "everyone"],
    });
    expect(rowOf(all, "disabled")).toMatchObject({ enabled: false, days: 226, licences: 0 });
  });

  test("without --all those in use have no row, and it is said how many", async () => {
    const listed = await ask(tenant);
    const keys = listed.rows.map((row) => CASES.find(({ id }) => id === row["id"])?.key);
    expect(keys).toEqual([
      "emergency-1",
      "emergency-2",
      "guest",
      "disabled",
      "synced",
      "never",
      "before-april-2020",
      "failed-only",
      "created-yesterday",
      "newline",
    ]);
    expect(listed.notes.join("; ")).toContain("20 accounts signed in or used an app");
    // Sums are those of everybody.
    expect(listed.sums).toEqual(all.sums);
  });

  test("filters: a phase, a cohort, a domain", async () => {
    const ids = async (...args: readonly string[]) => (await ask(tenant, "--all", ...args)).rows.map((row) => textOf(row["account"]));
    expect(await ids("--cohort", "heads")).toEqual(["head@alder.thirty.example", "head@Birch.thirty.example"]);
    expect(await ids("--phase", "heads")).toEqual(["head@alder.thirty.example", "head@Birch.thirty.example"]);
    expect((await ids("--domain", "birch.thirty.example")).every((account) => /@birch\.thirty\.example$/i.test(account))).toBe(true);
  });

  test("mailboxes are asked for where nothing else decides: three of thirty, in one request", async () => {
    const paths: string[] = [];
    await tenant.cli(["report", "stale", PLAN, "--json"], {
      fetch: (request) => {
        paths.push(new URL(request.url).pathname);
        return tenant.fetch(request);
      },
    });
    expect(paths.filter((path) => path.includes("mailboxSettings"))).toEqual([]);
    expect(paths.filter((path) => path === "/v1.0/$batch")).toHaveLength(1);
    expect(paths.filter((path) => path.startsWith("/data/download/"))).toHaveLength(3);
  });

  test("whoever comes before the first stamp is judged by it as well: rows wait for it", async () => {
    const isBlank = (row: Readonly<Record<string, unknown>>): boolean => row["signInActivity"] === undefined;
    const { stdout } = await tenant.cli(["report", "stale", PLAN, "--json", "--all"], {
      fetch: async (request) => {
        const url = new URL(request.url);
        if (url.pathname !== "/v1.0/users") return await tenant.fetch(request);
        const isSecond = url.searchParams.has("$skiptoken");
        const whole = await tenant.fetch(new Request(request.url.replace(/&\$skiptoken=.*/, ""), { headers: request.headers }));
        const { value } = z.object({ value: z.array(z.record(z.string(), z.unknown())) }).parse(await whole.json());
        const next = isSecond ? {} : { "@odata.nextLink": `${request.url}&$skiptoken=second` };
        return Response.json({ value: value.filter((row) => isBlank(row) !== isSecond), ...next });
      },
    });
    const told = Report.parse(JSON.parse(stdout));
    expect(told.rows).toHaveLength(30);
    expect(told.rows.slice(0, 5).every((row) => row["lastAttempt"] === null)).toBe(true);
    for (const key of ["emergency-2", "never", "failed-only"]) expect(rowOf(told, key)?.["state"]).toBe("never signed in");
    expect(told.sums).toEqual(all.sums);
  });

  test("as it looks", async () => {
    matchesGolden("reports/thirty-stale.txt", (await tenant.cli(["report", "stale", PLAN])).stdout);
    matchesGolden("reports/thirty-stale.csv", (await tenant.cli(["report", "stale", PLAN, "--all", "--csv"])).stdout);
    matchesGolden("reports/thirty-stale.json", (await tenant.cli(["report", "stale", PLAN, "--json"])).stdout);
  });

  test("no golden file knows an address of a download", () => {
    for (const name of ["thirty-stale.txt", "thirty-stale.csv", "thirty-stale.json"])
      expect(readFileSync(join(import.meta.dirname, "../../golden/reports", name), "utf8")).not.toContain("data/download");
  });
});

describe("the thirty, without P1", () => {
  let tenant: Thirty;
  beforeAll(async () => {
    tenant = await openThirty("free");
  });
  afterAll(() => tenant.close());

  test("nobody never signed in, nobody did: it is unknown, and that is said; what apps were used is there", async () => {
    const all = await ask(tenant, "--all");
    expect(all.exit).toBe(77);
    expect(all.rows.map((row) => row["state"])).toEqual(CASES.map(() => "unknown"));
    expect(all.rows.filter((row) => row["deletable"] === "yes")).toEqual([]);
    expect(all.gaps).toMatchObject([{ sort: "licence", what: "last sign-ins", because: expect.stringContaining("Entra ID P1") }]);
    expect(rowOf(all, "emoji")).toMatchObject({ appLastUsed: "2026-02-27", lastSignedIn: "unknown", lastAttempt: "unknown", deletable: "no" });
    expect(rowOf(all, "never")).toMatchObject({ appLastUsed: null, deletable: "unknown" });
    expect(rowOf(all, "emergency-2")).toMatchObject({ deletable: "no" });
    expect(rowOf(all, "synced")).toMatchObject({ deletable: "no" });
  });

  test("as it looks", async () => {
    matchesGolden("reports/thirty-stale-without-p1.txt", (await tenant.cli(["report", "stale", PLAN])).stdout);
    matchesGolden("reports/thirty-stale-without-p1.csv", (await tenant.cli(["report", "stale", PLAN, "--csv"])).stdout);
    matchesGolden("reports/thirty-stale-without-p1.json", (await tenant.cli(["report", "stale", PLAN, "--json"])).stdout);
  });
});

describe("what is missing", () => {
  const PERMISSIONS = [
    "User.Read.All",
    "Organization.Read.All",
    "LicenseAssignment.Read.All",
    "RoleManagement.Read.Directory",
    "Directory.Read.All",
    "Group.Read.All",
    "GroupMember.Read.All",
    "Policy.Read.All",
    "AuditLog.Read.All",
    "Reports.Read.All",
    "MailboxSettings.Read",
  ];

  test.each([
    ["AuditLog.Read.All", "last sign-ins", 77],
    ["Reports.Read.All", "apps used, by product", 77],
    ["MailboxSettings.Read", "what the mailboxes of 3 accounts are for", 77],
  ] as const)("the permission %s: no less rows, and it is said", async (permission, what, exit) => {
    const tenant = await openThirty("p1", { permissions: PERMISSIONS.filter((each) => each !== permission) });
    try {
      const all = await ask(tenant, "--all");
      expect(all.exit).toBe(exit);
      expect(all.gaps).toContainEqual(expect.objectContaining({ sort: "permission", what }));
      expect(all.rows).toHaveLength(30);
      expect(all.rows.filter((row) => row["deletable"] === "yes")).toEqual([]);
    } finally {
      await tenant.close();
    }
  });

  test("licences that could not be read: nobody never signed in, nobody is surely in a cohort, and a list of one is not made", async () => {
    const tenant = await openThirty("p1", { faults: [{ path: "^/subscribedSkus", skip: 0, effect: { type: "status", status: 500 } }] });
    try {
      const all = await ask(tenant, "--all");
      expect(all.exit).toBe(4);
      expect(all.rows).toHaveLength(30);
      expect(all.rows.filter((row) => row["state"] === "never signed in" || row["deletable"] === "yes")).toEqual([]);
      expect(new Set(all.rows.map((row) => textOf(row["cohorts"])))).toEqual(new Set(["unknown"]));
      expect(rowOf(all, "emoji")).toMatchObject({ state: "last signed in", lastSignedIn: "2026-02-27T14:02:55Z" });
      const heads = await ask(tenant, "--all", "--cohort", "heads");
      expect(heads).toMatchObject({ exit: 4, rows: [] });
      expect(heads.gaps).toContainEqual(expect.objectContaining({ what: "who is asked for" }));
    } finally {
      await tenant.close();
    }
  });

  test("concealed names: nothing of the reports is said of anybody, and where it is set", async () => {
    const tenant = await openThirty();
    try {
      await tenant.control("POST", "/_practice/objects", {
        put: [{ collection: "reportSettings", object: { id: "reportSettings", displayConcealedNames: true } }],
      });
      const all = await ask(tenant, "--all");
      expect(all.exit).toBe(4);
      expect(all.gaps).toMatchObject([{ sort: "setting", what: "apps used", todo: expect.stringContaining("displayConcealedNames") }]);
      expect(new Set(all.rows.map((row) => row["appLastUsed"]))).toEqual(new Set(["unknown"]));
      expect(all.rows.filter((row) => row["state"] === "never signed in")).toEqual([]);
      expect(rowOf(all, "emoji")).toMatchObject({ state: "last signed in" });
    } finally {
      await tenant.close();
    }
  });

  test("a tenant in which nobody has a stamp: nobody never signed in, and that it is so", async () => {
    const tenant = await openThirty();
    try {
      const blank = CASES.map(({ object: { signInActivity: _, ...object } }) => ({ collection: "users", object }));
      await tenant.control("POST", "/_practice/objects", { put: blank });
      const all = await ask(tenant, "--all");
      expect(all.rows.filter((row) => row["state"] === "never signed in")).toEqual([]);
      expect(all.rows).toHaveLength(30);
      expect(all.exit).toBe(4);
      expect(all.gaps).toMatchObject([{ sort: "failed", what: "last sign-ins", because: expect.stringContaining("none of 30 accounts") }]);
    } finally {
      await tenant.close();
    }
  });
});

test("the county, with its plan", async () => {
  const cwd = freshFolder();
  try {
    copyPlans(cwd);
    const { exit, stdout } = await runCli(["report", "stale", "rollout-plans/county-schools-2018.yaml", "--domain", "oak.county.example"], { cwd });
    expect(exit).toBe(0);
    matchesGolden("reports/county-stale.txt", stdout);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
});
