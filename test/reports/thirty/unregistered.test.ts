import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { freshFolder, runCli } from "../../cli/harness.ts";
import { matchesGolden } from "../../render/golden.ts";
import { groupIdOf } from "./surroundings.ts";
import { openThirty, PLAN, type Thirty } from "./tenant.ts";
import { CASES, caseOf } from "./wire.ts";

const Cell = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]);
const Report = z.object({
  rows: z.array(z.record(z.string(), Cell)),
  complete: z.boolean(),
  sums: z.array(z.object({ title: z.string(), columns: z.array(z.string()), rows: z.array(z.array(Cell)) })),
  gaps: z.array(z.object({ sort: z.string(), what: z.string(), because: z.string(), todo: z.string().optional() })),
  notes: z.array(z.string()),
});
type Report = z.infer<typeof Report>;

const ask = async (tenant: Thirty, ...args: readonly string[]): Promise<Report & { readonly exit: number }> => {
  const { exit, stdout } = await tenant.cli(["report", "unregistered", ...args, "--json"]);
  return { exit, ...Report.parse(JSON.parse(stdout)) };
};
const rowOf = (report: Report, key: string) => report.rows.find((row) => row["account"] === caseOf(key).address);
const cellOf = (report: Report, key: string, column: string) => rowOf(report, key)?.[column];

type Said = readonly [
  state: "ready" | "not ready" | "unknown" | "exempt",
  because: string | null,
  counts: string,
  enforced: "yes" | "partly" | "no",
  phase: string,
];

/** What an expert says of each under the plan: who is ready and why not, what counts, what enforces MFA today, what reaches them first. */
const EXPERT: Readonly<Record<string, Said>> = {
  "emergency-1": ["exempt", "emergency account", "passkey", "no", "-"],
  "emergency-2": ["exempt", "emergency account", "passkey", "no", "-"],
  administrator: ["ready", null, "app, code", "no", "everyone later"],
  "head-ready": ["ready", null, "app, code", "yes", "heads live"],
  "email-only": ["not ready", "only e-mail", "", "yes", "heads live"],
  "security-questions-only": ["not ready", "only security questions", "", "no", "staff due"],
  // The service calls her capable, by texts, which this plan does not count.
  "number-no-voice": ["not ready", "a number, but Voice is not allowed to them and texts do not count", "", "no", "staff due"],
  "text-default": ["ready", "text is their default where call is wanted", "call", "yes", "staff due"],
  "passkey-only": ["ready", null, "passkey", "no", "staff due"],
  "not-capable": ["not ready", "a hardware token, which the service says they may not use", "", "no", "staff due"],
  "per-user-enforced": ["ready", null, "app, code", "yes", "staff due"],
  // A policy in report-only asks nobody.
  "report-only": ["ready", null, "app, code", "no", "staff due"],
  "excluded-nested": ["ready", null, "app, code", "no", "staff due"],
  guest: ["exempt", "guest, out by the plan", "", "no", "-"],
  "shared-mailbox": ["exempt", "disabled", "unknown", "no", "everyone later"],
  disabled: ["exempt", "disabled", "unknown", "no", "staff due"],
  synced: ["not ready", "nothing is registered", "", "no", "staff due"],
  never: ["not ready", "nothing is registered", "", "no", "staff due"],
  "before-april-2020": ["not ready", "nothing is registered", "", "no", "staff due"],
  "failed-only": ["not ready", "nothing is registered", "", "no", "everyone later"],
  // No row is no proof.
  "created-yesterday": ["unknown", "new: the registration report has no row of it yet", "unknown", "no", "staff due"],
  "no-row": ["unknown", "the registration report has no row of it, which proves nothing", "unknown", "no", "staff due"],
  emoji: ["ready", null, "app, code", "yes", "staff due"],
  "right-to-left": ["ready", null, "app, code, call", "yes", "staff due"],
  quote: ["ready", null, "app, code", "no", "staff due"],
  newline: ["not ready", "nothing is registered", "", "no", "staff due"],
  formula: ["not ready", "nothing is registered", "", "no", "staff due"],
  "leading-zeros": ["exempt", "left out by the plan: no telephone until the new contract (business manager, overdue since 2026-02-27)", "", "no", "-"],
  // One telephone in one of four hands.
  "shared-account": ["not ready", "the app and its code on one telephone, a shared account needs two", "app, code", "no", "staff due"],
  exempt: ["exempt", "left out by the plan: the visitors' screen, which nobody can answer a telephone for (site manager, until 2026-06-30)", "", "no", "-"],
};

/** Every file of the project ends its lines alike; a CSV does not, which is asserted apart. */
const asGitKeepsIt = (text: string): string => text.replaceAll("\r\n", "\n");

const listText = (value: unknown): string => (Array.isArray(value) ? value.join(", ") : String(value));

describe("report unregistered on thirty known accounts", () => {
  let tenant: Thirty;
  let all: Report & { readonly exit: number };
  beforeAll(async () => {
    tenant = await openThirty();
    all = await ask(tenant, PLAN, "--all");
  });
  afterAll(() => tenant.close());

  test("every account is a row, and each of the thirty is judged here", () => {
    expect(all.exit).toBe(0);
    expect(all.rows.map((row) => row["account"])).toEqual(CASES.map(({ address }) => address));
    expect(Object.keys(EXPERT).sort()).toEqual(CASES.map(({ key }) => key).sort());
  });

  test.each(Object.entries(EXPERT))("says of %s what an expert would say", (key, [state, because, counts, enforced, phase]) => {
    const row = rowOf(all, key);
    expect([row?.["state"], row?.["because"], listText(row?.["counts"]), row?.["enforced"]]).toEqual([state, because, counts, enforced]);
    expect(row?.["phase"] === null ? "-" : `${row?.["phase"]} ${row?.["phaseState"]}`).toBe(phase);
  });

  test.each([
    ["number-no-voice", "capable", "yes"],
    ["not-capable", "capable", "registered only"],
    ["email-only", "capable", "no"],
    ["no-row", "capable", "unknown"],
    ["text-default", "defaultMethod", "text"],
    ["per-user-enforced", "perUser", "enforced"],
    ["per-user-enforced", "enforcedBy", ["per-user MFA (enforced)"]],
    ["head-ready", "enforcedBy", ["MFA: heads (by the group MFA rollout: heads)"]],
    ["report-only", "reportOnlyBy", ["Office: MFA (pilot) (by the group Office policy pilot)"]],
    ["report-only", "enforcedBy", []],
    ["excluded-nested", "leftOutBy", ["Teachers: MFA everywhere leaves out the group MFA exceptions"]],
    ["email-only", "registered", ["e-mail"]],
    ["disabled", "registered", ["unknown"]],
    ["disabled", "enabled", false],
    ["shared-account", "shared", "yes"],
    ["synced", "synced", true],
    ["guest", "type", "guest"],
    ["quote", "lastSignIn", "last signed in"],
    ["failed-only", "lastSignIn", "never signed in"],
    ["failed-only", "lastAttempted", "2026-02-27T03:14:15Z"],
    ["before-april-2020", "lastSignIn", "unknown"],
    ["created-yesterday", "lastSignIn", "unknown"],
    ["quote", "lastAttempted", "2026-02-25T05:00:00Z"],
    ["administrator", "phaseStarts", "2026-03-16T08:00:00Z"],
    ["administrator", "dataAsOf", "2026-03-02T02:40:11Z"],
    ["administrator", "dataAge", "5 hours"],
    ["no-row", "dataAge", "unknown"],
    ["head-ready", "cohorts", ["heads", "everyone"]],
  ])("says of %s in %s %j", (key, column, want) => {
    expect(cellOf(all, key, column)).toEqual(want);
  });

  test("lists by default whom a phase waits for and who is not ready, or may not be", async () => {
    const { rows, exit } = await ask(tenant, PLAN);
    expect(exit).toBe(0);
    expect(rows.map((row) => row["account"])).toEqual(
      CASES.filter(({ key }) => ["not ready", "unknown"].includes(EXPERT[key]?.[0] ?? "")).map(({ address }) => address),
    );
  });

  test("adds up by phase, cohort and domain", () => {
    const of = (title: string) => all.sums.find((sum) => sum.title === title)?.rows;
    expect(of("By phase")).toEqual([
      ["heads", "2026-02-02T08:00:00Z", 1, 1, 0, 0],
      ["staff", "2026-03-02T08:00:00Z", 8, 9, 2, 1],
      ["everyone", "2026-03-16T08:00:00Z", 10, 11, 2, 4],
    ]);
    expect(of("By domain")).toEqual([
      ["alder.thirty.example", 4, 5, 2, 0],
      ["birch.thirty.example", 5, 5, 0, 2],
      ["thirty.example", 1, 1, 0, 4],
      ["thirty.onmicrosoft.example", 0, 0, 0, 1],
    ]);
    expect(of("All together")).toEqual([[10, 11, 2, 7]]);
    expect(of("By cohort")?.[0]).toEqual(["heads", 1, 1, 0, 0]);
  });

  test.each([
    ["--phase", "heads", ["head@alder.thirty.example", "head@Birch.thirty.example"]],
    ["--cohort", "heads", ["head@alder.thirty.example", "head@Birch.thirty.example"]],
    ["--domain", "thirty.onmicrosoft.example", [caseOf("guest").address]],
  ])("%s %s leaves the others out, and counts them no more", async (option, value, want) => {
    const { rows, sums } = await ask(tenant, PLAN, "--all", option, value);
    expect(rows.map((row) => row["account"])).toEqual(want);
    expect(sums.find(({ title }) => title === "All together")?.rows[0]?.reduce<number>((sum, each) => sum + Number(each), 0)).toBe(want.length);
  });

  test("without a plan, a method that satisfies MFA is enough, and nobody is exempt but who is disabled", async () => {
    const { rows } = await ask(tenant, "--all");
    const states = (keys: readonly string[]) => keys.map((key) => rows.find((row) => row["account"] === caseOf(key).address)?.["state"]);
    expect(states(["number-no-voice", "shared-account", "exempt", "guest", "disabled", "not-capable"])).toEqual([
      "ready",
      "ready",
      "not ready",
      "unknown",
      "exempt",
      "not ready",
    ]);
    expect(rows.every((row) => row["phase"] === null && row["shared"] === "not said")).toBe(true);
  });

  test.each([
    ["csv", ["--csv", "--all"]],
    ["json", ["--json", "--all"]],
    ["txt", []],
  ])("as %s", async (form, args) => {
    const { exit, stdout } = await tenant.cli(["report", "unregistered", PLAN, ...args, "--quiet"], { columns: 120 });
    expect(exit).toBe(0);
    expect(stdout.includes("\r\n")).toBe(form === "csv");
    matchesGolden(`reports/thirty-unregistered.${form}`, asGitKeepsIt(stdout));
  });
});

describe("without Entra ID P1", () => {
  let tenant: Thirty;
  beforeAll(async () => {
    tenant = await openThirty("free");
  });
  afterAll(() => tenant.close());

  test("each account is asked for its methods, and what they do not tell is said", async () => {
    const report = await ask(tenant, PLAN, "--all");
    expect(report.exit).toBe(77);
    expect(report.gaps).toEqual([expect.objectContaining({ sort: "licence", what: "last sign-ins, default methods, security questions and hardware tokens" })]);
    expect(report.notes[0]).toMatch(/^there is no registration report without Entra ID P1/);
    const cells = (key: string) => ["state", "because", "capable", "defaultMethod", "lastSignIn"].map((column) => cellOf(report, key, column));
    expect(cells("no-row")).toEqual(["ready", null, "yes", "unknown", "unknown"]);
    expect(cells("number-no-voice")).toEqual(["not ready", "a number, but Voice is not allowed to them and texts do not count", "yes", "unknown", "unknown"]);
    expect(cells("email-only")).toEqual(["not ready", "only e-mail", "no", "unknown", "unknown"]);
    expect(cells("security-questions-only")).toEqual(["not ready", "no method is told; a hardware token would not be", "no", "unknown", "unknown"]);
    expect(cells("guest")[0]).toBe("exempt");
    matchesGolden("reports/thirty-unregistered-without-p1.json", `${JSON.stringify(report.rows, null, 1)}\n`);
  });
});

describe("what cannot be read is said, and is in no row as if it were known", () => {
  const PERMISSIONS = [
    "User.Read.All",
    "AuditLog.Read.All",
    "Policy.Read.All",
    "Group.Read.All",
    "GroupMember.Read.All",
    "RoleManagement.Read.Directory",
    "Directory.Read.All",
    "Organization.Read.All",
    "LicenseAssignment.Read.All",
    "Domain.Read.All",
    "UserAuthenticationMethod.Read.All",
  ];

  const withDials = async (dials: Parameters<typeof openThirty>[1], licence: "p1" | "free" = "p1"): Promise<Report & { readonly exit: number }> => {
    const tenant = await openThirty(licence, dials);
    try {
      return await ask(tenant, PLAN, "--all");
    } finally {
      await tenant.close();
    }
  };
  const columnOf = (report: Report, column: string): readonly unknown[] => [...new Set(report.rows.map((row) => row[column]))].sort();

  test("a permission: what is registered and when somebody signed in is unknown of everybody", async () => {
    const report = await withDials({ permissions: PERMISSIONS.filter((each) => each !== "AuditLog.Read.All") });
    expect(report.exit).toBe(77);
    expect(report.rows).toHaveLength(30);
    expect(report.gaps.map(({ sort, what }) => `${sort}: ${what}`).sort()).toEqual(["permission: last sign-ins", "permission: what is registered"]);
    expect([columnOf(report, "capable"), columnOf(report, "lastSignIn"), columnOf(report, "dataAge")]).toEqual([["unknown"], ["unknown"], ["unknown"]]);
    expect(["passkey-only", "exempt"].map((key) => cellOf(report, key, "state"))).toEqual(["unknown", "exempt"]);
  });

  test("the registration report breaks off: all rows, none of them judged by half of it", async () => {
    const report = await withDials({ faults: [{ method: "GET", path: "/userRegistrationDetails", effect: { type: "partial-page" }, skip: 0 }] });
    expect([report.exit, report.rows.length, report.gaps.map(({ sort, what }) => `${sort}: ${what}`)]).toEqual([4, 30, ["failed: what is registered"]]);
    expect(columnOf(report, "capable")).toEqual(["unknown"]);
    expect(columnOf(report, "state")).toEqual(["exempt", "unknown"]);
  });

  test("a group that a policy names: unknown for those whom it may be about, and for nobody else", async () => {
    const report = await withDials({
      faults: [{ method: "GET", path: `/groups/${groupIdOf("Teachers")}/transitiveMembers`, effect: { type: "status", status: 503 }, skip: 0 }],
    });
    expect([report.exit, report.gaps.map(({ sort }) => sort)]).toEqual([4, ["failed"]]);
    expect(["head-ready", "per-user-enforced", "emoji", "never", "excluded-nested", "emergency-1"].map((key) => cellOf(report, key, "enforced"))).toEqual([
      "yes",
      "yes",
      "unknown",
      "unknown",
      // Whoever is left out is left out, whether taken in or not.
      "no",
      "no",
    ]);
  });

  test("a list that does not tell states of per-user MFA: each account is asked", async () => {
    const report = await withDials({ bulkPerUserMfa: "left-out" });
    expect([report.exit, cellOf(report, "per-user-enforced", "perUser"), cellOf(report, "never", "perUser")]).toEqual([0, "enforced", "disabled"]);
    expect(report.notes.find((note) => note.includes("per-user"))).toContain("account by account");
    // A disabled account is asked for nothing.
    expect(cellOf(report, "disabled", "perUser")).toBe("unknown");
  });

  test("states that are refused are unknown, and so is who is asked by nothing else", async () => {
    const report = await withDials({ faults: [{ method: "GET", path: "/authentication/requirements", effect: { type: "status", status: 403 }, skip: 0 }] });
    expect([report.exit, report.gaps.map(({ sort, what }) => `${sort}: ${what}`)]).toEqual([77, ["permission: states of per-user MFA"]]);
    expect(["head-ready", "never", "per-user-enforced"].map((key) => cellOf(report, key, "enforced"))).toEqual(["yes", "unknown", "unknown"]);
    expect(columnOf(report, "perUser")).toEqual(["unknown"]);
  });

  test("methods of single accounts that cannot be read are unknown of these alone", async () => {
    const one = caseOf("passkey-only").id;
    const faults = [{ method: "GET", path: `/users/${one}/authentication/methods`, effect: { type: "status", status: 500 } as const, skip: 0 }];
    const report = await withDials({ faults }, "free");
    expect(report.gaps.map(({ sort, what }) => `${sort}: ${what}`)).toContain("failed: what is registered of 1 account");
    expect([report.exit, cellOf(report, "passkey-only", "state"), cellOf(report, "no-row", "state")]).toEqual([4, "unknown", "ready"]);
  });
});

describe.each([
  ["county", "county-schools-2018.yaml", ["--domain", "alder.county.example"]],
  ["trust", "academy-trust-2022.yaml", ["--domain", "harbour.trust.example"]],
])("on the %s practice tenant", (fill, plan, filter) => {
  const folder = freshFolder();
  beforeAll(async () => {
    cpSync("rollout-plans", folder, { recursive: true });
    expect((await runCli(["sandbox", "fill", fill, "--quiet"], { cwd: folder })).exit).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("one school as a table, and as CSV", async () => {
    const table = await runCli(["report", "unregistered", join(folder, plan), ...filter, "--quiet"], { cwd: folder, columns: 120 });
    const csv = await runCli(["report", "unregistered", join(folder, plan), ...filter, "--csv", "--quiet"], { cwd: folder });
    expect([table.exit, csv.exit]).toEqual([0, 0]);
    matchesGolden(`reports/${fill}-unregistered.txt`, table.stdout.replaceAll(folder, "."));
    matchesGolden(`reports/${fill}-unregistered.csv`, asGitKeepsIt(csv.stdout));
  });
});
