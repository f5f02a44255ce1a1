/** `report methods` as people type it: the thirty accounts case by case, the county and the trust, and what is missing where something is. */

import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CliResult, freshFolder, runCli } from "../cli/harness.ts";
import { matchesGolden } from "../render/golden.ts";
import { openThirty, PLAN, type Thirty } from "../reports/thirty/tenant.ts";
import { CASES, caseOf } from "../reports/thirty/wire.ts";

type Line = Readonly<Record<string, unknown>>;
type Document = {
  readonly complete: boolean;
  readonly rows: readonly Line[];
  readonly sums: readonly { readonly title: string; readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] }[];
  readonly gaps: readonly { readonly sort: string; readonly what: string; readonly because: string }[];
  readonly notes: readonly string[];
};

const documentIn = ({ stdout }: CliResult): Document => JSON.parse(stdout);
const rowOf = ({ rows }: Document, key: string): Line => {
  const found = rows.find(({ id }) => id === caseOf(key).id);
  if (found === undefined) throw new Error(`no row of ${key}`);
  return found;
};
const sumOf = ({ sums }: Document, title: string): readonly (readonly unknown[])[] => {
  const found = sums.find((table) => table.title.startsWith(title));
  if (found === undefined) throw new Error(`no sums ${title}`);
  return found.rows;
};

describe("the thirty accounts", () => {
  let tenant: Thirty;
  let told: Document;
  beforeAll(async () => {
    tenant = await openThirty();
    told = documentIn(await tenant.cli(["report", "methods", PLAN, "--json", "--all", "--quiet"]));
  });
  afterAll(() => tenant.close());

  test.each([
    {
      key: "security-questions-only",
      says: "nothing: questions reset a password",
      want: { methods: [], registered: ["securityQuestion"], counts: [], capability: "nothing", resetCapable: true },
    },
    {
      key: "email-only",
      says: "nothing: an e-mail address is no second factor",
      want: { methods: ["email"], counts: [], capability: "nothing", resetCapable: true },
    },
    {
      key: "number-no-voice",
      says: "capable by text, of which nothing counts: Voice is not allowed to her, and texts do not count",
      want: { methods: ["call", "text"], counts: [], uncertain: [], capability: "capable", default: "sms" },
    },
    {
      key: "text-default",
      says: "her number counts for calls, her default is a text",
      want: { methods: ["call", "text"], counts: ["call"], default: "sms", registeredAt: "2026-02-27T09:12:00Z", registeredWhere: "elsewhere" },
    },
    {
      key: "passkey-only",
      says: "a passkey counts",
      want: { methods: ["passkey"], counts: ["passkey"], capability: "capable", passwordless: true, default: null },
    },
    {
      key: "not-capable",
      says: "a token that no policy allows: registered, and not capable",
      want: { methods: ["token"], counts: [], uncertain: [], capability: "registered only" },
    },
    {
      key: "head-ready",
      says: "the app and its codes",
      want: { methods: ["app", "code"], counts: ["app", "code"], capability: "capable", default: "push", systemPreferred: true },
    },
    {
      key: "right-to-left",
      says: "the app and a number",
      want: { name: "רחל כהן", methods: ["app", "code", "call", "text"], counts: ["app", "code", "call"] },
    },
    {
      key: "emoji",
      says: "registered at school, on 10 February",
      want: { registeredAt: "2026-02-10T10:02:31Z", registeredFrom: "192.0.2.17", registeredWhere: "schools" },
    },
    { key: "guest", says: "a guest, of whom nothing is registered here", want: { guest: true, capability: "nothing" } },
    {
      key: "disabled",
      says: "may not sign in, and the report has no row: what is registered is unknown",
      want: { enabled: false, methods: "unknown", capability: "unknown" },
    },
    { key: "shared-mailbox", says: "the same of a shared mailbox", want: { enabled: false, capability: "unknown" } },
    {
      key: "created-yesterday",
      says: "too new for a row: unknown, and not nothing",
      want: { enabled: true, methods: "unknown", capability: "unknown", resetCapable: "unknown" },
    },
    { key: "no-row", says: "years old, and no row: unknown, and not nothing", want: { capability: "unknown", counts: "unknown" } },
    { key: "formula", says: "a name, and nothing else", want: { name: "=cmd|'/C calc'!A0", capability: "nothing" } },
    {
      key: "shared-account",
      says: "shared; the app was registered from somebody's home, and the password was changed since: whoever left may still answer for it",
      want: {
        shared: true,
        handedOver: "2026-02-20T16:00:00Z",
        newestMethod: "2026-02-12T13:40:05Z",
        olderThanHandover: "yes",
        registeredFrom: "203.0.113.77",
        registeredWhere: "elsewhere",
      },
    },
  ])("$key: $says", ({ key, want }) => {
    expect(rowOf(told, key)).toMatchObject(want);
  });

  test("everybody once, with --all", () => {
    expect(told.rows).toHaveLength(CASES.length);
    expect(new Set(told.rows.map(({ id }) => id)).size).toBe(CASES.length);
    expect(told).toMatchObject({ complete: true, gaps: [] });
  });

  test("without --all those who may sign in, and a word on the others", async () => {
    const { exit, stdout } = await tenant.cli(["report", "methods", PLAN, "--json", "--quiet"]);
    const { rows, notes } = documentIn({ exit, stdout, stderr: "", questions: [] });
    expect(exit).toBe(0);
    expect(rows.map(({ id }) => id)).toEqual(CASES.filter(({ object }) => object["accountEnabled"] !== false).map(({ id }) => id));
    expect(notes).toContain("2 accounts that may not sign in are left out; --all shows them");
    expect(notes).toContain("the registration report has no row of 2 accounts that may sign in: what they have registered is not known");
  });

  test.each([
    { filter: ["--domain", "birch.thirty.example"], want: (row: Line) => row["domain"] === "birch.thirty.example" },
    { filter: ["--phase", "heads"], want: (row: Line) => String(row["account"]).toLowerCase().startsWith("head@") },
    { filter: ["--cohort", "heads"], want: (row: Line) => String(row["account"]).toLowerCase().startsWith("head@") },
  ])("only $filter", async ({ filter, want }) => {
    const { rows, sums } = documentIn(await tenant.cli(["report", "methods", PLAN, "--json", "--all", "--quiet", ...filter]));
    expect(rows.map(({ id }) => id)).toEqual(told.rows.filter(want).map(({ id }) => id));
    expect(rows.length).toBeGreaterThan(0);
    expect(sums.find(({ title }) => title === "By domain")?.rows.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(rows.length);
  });

  test.each([
    { name: "txt", args: [] },
    { name: "csv", args: ["--csv"] },
    { name: "json", args: ["--json"] },
  ])("as $name", async ({ name, args }) => {
    // Its clock moves on by what is waited, so each has one of its own.
    const fresh = await openThirty();
    try {
      const { exit, stdout } = await fresh.cli(["report", "methods", PLAN, "--quiet", ...args]);
      expect(exit).toBe(0);
      matchesGolden(`reports/thirty-methods.${name}`, stdout);
    } finally {
      await fresh.close();
    }
  });

  test("without a plan it tells what it can", async () => {
    const { exit, stdout } = await tenant.cli(["report", "methods", "--json", "--quiet"]);
    const document = documentIn({ exit, stdout, stderr: "", questions: [] });
    expect(exit).toBe(0);
    expect(rowOf(document, "shared-account")).toMatchObject({ shared: null, handedOver: null, olderThanHandover: null });
    expect(rowOf(document, "number-no-voice")).toMatchObject({ counts: ["text"] });
    expect(document.sums.map(({ title }) => title)).not.toContain("Towards the next phases");
  });
});

describe("a shared account", () => {
  test.each([
    {
      name: "that changed hands before somebody registered",
      password: "2026-02-10T08:00:00Z",
      want: { handedOver: "2026-02-10T08:00:00Z", olderThanHandover: "no" },
    },
    {
      name: "of which the directory does not say when it changed hands",
      password: null,
      want: { handedOver: "unknown", newestMethod: "2026-02-12T13:40:05Z", olderThanHandover: "unknown" },
    },
  ])("$name", async ({ password, want }) => {
    const tenant = await openThirty();
    try {
      const { object } = caseOf("shared-account");
      await tenant.control("POST", "/_practice/objects", { put: [{ collection: "users", object: { ...object, lastPasswordChangeDateTime: password } }] });
      const document = documentIn(await tenant.cli(["report", "methods", PLAN, "--json", "--quiet"]));
      expect(rowOf(document, "shared-account")).toMatchObject(want);
      expect(sumOf(document, "Shared accounts").find(([word]) => word === want.olderThanHandover)).toEqual([want.olderThanHandover, 1]);
    } finally {
      await tenant.close();
    }
  });
});

describe("what is missing", () => {
  const ALL = ["AuditLog.Read.All", "Directory.Read.All", "Policy.Read.All", "User.Read.All", "Group.Read.All", "RoleManagement.Read.Directory"] as const;
  const status = (path: string, code: number, more: object = {}): object => ({ method: "GET", path, effect: { type: "status", status: code, ...more } });

  test("no licence: each account's own methods, and what cannot be known is said", async () => {
    const tenant = await openThirty("free");
    try {
      const { exit, stdout } = await tenant.cli(["report", "methods", PLAN, "--json", "--quiet"]);
      const document = documentIn({ exit, stdout, stderr: "", questions: [] });
      expect(exit).toBe(77);
      expect(document.rows).toHaveLength(28);
      expect(document.gaps).toMatchObject([
        { sort: "licence", what: "defaults, passwordless and self-service reset, which the registration report alone tells" },
      ]);
      // Her methods are told although the report would have had no row of her.
      expect(rowOf(document, "no-row")).toMatchObject({
        methods: ["app"],
        counts: ["app"],
        capability: "capable",
        default: "unknown",
        resetCapable: "unknown",
      });
      expect(rowOf(document, "security-questions-only")).toMatchObject({ registered: [], capability: "nothing" });
      expect(rowOf(document, "number-no-voice")).toMatchObject({ counts: [] });
    } finally {
      await tenant.close();
    }
  });

  test.each<{ name: string; dials: object; exit: number; gap: object; rows?: number; look: (document: Document) => void }>([
    {
      name: "the report is refused: every account is there, and nothing is said of its methods",
      dials: {
        faults: [
          status("/reports/authenticationMethods/userRegistrationDetails", 403, { code: "Authentication_MSGraphPermissionMissing", message: "not you" }),
        ],
      },
      exit: 77,
      gap: { sort: "permission", what: "methods, and who can do MFA" },
      look: (document) => expect(rowOf(document, "head-ready")).toMatchObject({ methods: "unknown", capability: "unknown" }),
    },
    {
      name: "the report fails: nothing is said of anybody, and everybody is there",
      dials: { faults: [status("/reports/authenticationMethods/userRegistrationDetails", 500)] },
      exit: 4,
      gap: { sort: "failed", what: "methods, and who can do MFA" },
      look: (document) => expect(rowOf(document, "passkey-only")).toMatchObject({ methods: "unknown", capability: "unknown" }),
    },
    {
      name: "the log of the directory is refused",
      dials: { faults: [status("/auditLogs/directoryAudits", 403, { code: "Authentication_MSGraphPermissionMissing", message: "not you" })] },
      exit: 77,
      gap: { sort: "permission", what: "who registered during the last 30 days, and from where" },
      look: (document) => {
        expect(rowOf(document, "emoji")).toMatchObject({
          capability: "capable",
          registeredAt: "unknown",
          registeredFrom: "unknown",
          registeredWhere: "unknown",
        });
        expect(document.sums.map(({ title }) => title).filter((title) => title.startsWith("Registered since"))).toEqual([]);
      },
    },
    {
      name: "the methods of shared accounts are refused",
      dials: { permissions: ALL },
      exit: 77,
      gap: { sort: "permission", what: "whether 1 shared account changed hands after the last method" },
      look: (document) => expect(rowOf(document, "shared-account")).toMatchObject({ newestMethod: "unknown", olderThanHandover: "unknown" }),
    },
  ])("$name", async ({ dials, exit: want, gap, look }) => {
    const tenant = await openThirty("p1", dials);
    try {
      const { exit, stdout } = await tenant.cli(["report", "methods", PLAN, "--json", "--quiet"]);
      const document = documentIn({ exit, stdout, stderr: "", questions: [] });
      expect(document.gaps).toEqual(expect.arrayContaining([expect.objectContaining(gap)]));
      expect(exit).toBe(want);
      expect(document.rows).toHaveLength(28);
      look(document);
    } finally {
      await tenant.close();
    }
  });
});

describe.each([
  { name: "county", plan: "county-schools-2018", domain: "birch.county.example" },
  { name: "trust", plan: "academy-trust-2022", domain: "meadow.trust.example" },
])("the $name", ({ name, plan, domain }) => {
  let cwd = "";
  const cli = (...args: readonly string[]): Promise<CliResult> => runCli(args, { cwd });
  const report = (...args: readonly string[]): Promise<CliResult> => cli("report", "methods", `${plan}.yaml`, "--quiet", ...args);
  beforeAll(async () => {
    cwd = freshFolder();
    for (const file of [`${plan}.yaml`, "early-adopters.csv"]) copyFileSync(join("rollout-plans", file), join(cwd, file));
    expect(await cli("sandbox", "fill", name)).toMatchObject({ exit: 0 });
  });
  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  test("one school, as people and as programs read it", { timeout: 60_000 }, async () => {
    const table = await report("--domain", domain);
    expect(table.exit).toBe(0);
    matchesGolden(`reports/${name}-methods.txt`, table.stdout);
    matchesGolden(`reports/${name}-methods.csv`, (await report("--domain", domain, "--csv")).stdout);
  });

  test.runIf(name === "county")(
    "the trend: a line a day, whatever rows were asked for; a folder that is lost loses nothing else",
    { timeout: 60_000 },
    async () => {
      const trend = (document: Document): readonly (readonly unknown[])[] =>
        sumOf(document, "Towards the next phases").filter(([phase]) => phase === "heads-web");
      const before = documentIn(await report("--json"));
      expect(trend(before)).toEqual([["heads-web", "2018-11-19", "2018-11-05", 37, 3, 0]]);
      expect(await cli("sandbox", "clock", "2018-11-13T08:00")).toMatchObject({ exit: 0 });
      // Twice on that day, once of one school alone: one line, of all the phase's people.
      await report("--domain", domain, "--csv");
      const after = documentIn(await report("--json"));
      expect(trend(after)).toEqual([
        ["heads-web", "2018-11-19", "2018-11-05", 37, 3, 0],
        ["heads-web", "2018-11-19", "2018-11-13", 37, 3, 0],
      ]);
      const elsewhere = documentIn(await report("--json", "--state", join(cwd, "elsewhere")));
      expect(trend(elsewhere)).toEqual([["heads-web", "2018-11-19", "2018-11-13", 37, 3, 0]]);
      expect(elsewhere.rows).toEqual(after.rows);
    },
  );
});
