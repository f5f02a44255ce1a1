/** `report readiness` as people type it: the same figures as `status`, phase by phase; the thirty accounts, the county, the trust, and what is missing. */

import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StatusDocument } from "../../src/core/document.ts";
import { type CliResult, freshFolder, runCli } from "../cli/harness.ts";
import { matchesGolden } from "../render/golden.ts";
import { openThirty, PLAN, type Thirty } from "../reports/thirty/tenant.ts";

type Line = Readonly<Record<string, unknown>>;
type Document = {
  readonly rows: readonly Line[];
  readonly sums: readonly { readonly title: string; readonly rows: readonly (readonly unknown[])[] }[];
  readonly gaps: readonly { readonly sort: string; readonly what: string }[];
  readonly notes: readonly string[];
};
const documentIn = ({ stdout }: CliResult): Document => JSON.parse(stdout);
const statusIn = ({ stdout }: CliResult): StatusDocument => JSON.parse(stdout);

const lineOf = ({ rows }: Document, phase: string, domain = "all"): Line => {
  const found = rows.find((row) => row["phase"] === phase && row["domain"] === domain);
  if (found === undefined) throw new Error(`no row ${phase} ${domain}`);
  return found;
};

/** Each phase of `status` beside its row. */
const agrees = (document: Document, { phases }: StatusDocument): void => {
  expect(phases.length).toBeGreaterThan(0);
  // A phase about mailboxes, or about accounts on a list, asks nobody for anything.
  const isQuiet = ({ mailboxes, lists }: StatusDocument["phases"][number]): boolean => mailboxes !== undefined || lists !== undefined;
  expect(document.rows.filter(({ phase }) => phases.some((each) => each.id === phase && isQuiet(each)))).toEqual([]);
  for (const { id, state, accounts } of phases.filter((each) => !isQuiet(each))) {
    const row = lineOf(document, id);
    expect([id, row["state"], row["inScope"], Number(row["notReady"]) + Number(row["unknown"])]).toEqual([id, state, accounts?.count, accounts?.notReady]);
  }
};

describe("the thirty accounts", () => {
  test.each([
    { name: "txt", args: [] },
    { name: "csv", args: ["--csv"] },
    { name: "json", args: ["--json"] },
  ])("as $name", async ({ name, args }) => {
    const tenant = await openThirty();
    try {
      const { exit, stdout } = await tenant.cli(["report", "readiness", PLAN, "--quiet", ...args]);
      expect(exit).toBe(0);
      matchesGolden(`reports/thirty-readiness.${name}`, stdout);
    } finally {
      await tenant.close();
    }
  });

  describe("what an expert would say", () => {
    let tenant: Thirty;
    let told: Document;
    beforeAll(async () => {
      tenant = await openThirty();
      told = documentIn(await tenant.cli(["report", "readiness", PLAN, "--json", "--quiet"]));
    });
    afterAll(() => tenant.close());

    test.each<{ name: string; phase: string; domain?: string; want: Line }>([
      { name: "one head has the app, the other an e-mail address", phase: "heads", want: { state: "live", inScope: 2, ready: 1, notReady: 1, unknown: 0 } },
      {
        name: "and each is a school of its own, whatever case its domain is written in",
        phase: "heads",
        domain: "birch.thirty.example",
        want: { inScope: 1, ready: 0, notReady: 1, share: 0 },
      },
      // Leavers may not sign in, and the new one and the one without a row are unknown, not unregistered.
      { name: "all staff but the leaver, two of them unknown", phase: "staff", want: { state: "due", inScope: 19, unknown: 2 } },
      {
        name: "everybody but pupils, guests, emergency accounts and the two whom the plan excepts",
        phase: "everyone",
        want: { state: "later", inScope: 23, exempt: 2 },
      },
      { name: "one of them at the office", phase: "everyone", domain: "thirty.example", want: { exempt: 1 } },
    ])("$name", ({ phase, domain, want }) => {
      expect(lineOf(told, phase, domain)).toMatchObject(want);
    });

    test("both exceptions with their reason, owner and end, the overdue one as well", () => {
      const rows = told.sums.find(({ title }) => title === "Left out by the plan")?.rows;
      expect(rows).toEqual([
        ["everyone", "no telephone until the new contract", "business manager", "2026-02-27", 1],
        ["everyone", "the visitors' screen, which nobody can answer a telephone for", "site manager", "2026-06-30", 1],
      ]);
    });

    test("the figures of status", async () => {
      agrees(told, statusIn(await tenant.cli(["status", PLAN, "--json", "--quiet"])));
    });
  });

  test("gates: whether they would open today, weeks before anybody asks", async () => {
    const tenant = await openThirty();
    try {
      const plan = readFileSync(join(tenant.cwd, PLAN), "utf8");
      const gated = plan
        .replace(
          "requireMfa: { for: staff, on: [web, clients] }",
          "requireMfa: { for: staff, on: [web, clients] }\n    ready: { atLeast: 70%, perDomain: 72% }",
        )
        .replace("reportOnlyFrom: 2026-03-09T08:00", "reportOnlyFrom: 2026-03-09T08:00\n    ready: { atLeast: 70% }");
      writeFileSync(join(tenant.cwd, "gated.yaml"), gated);
      const told = documentIn(await tenant.cli(["report", "readiness", "gated.yaml", "--json", "--quiet"]));
      // 10 of 14 active, 71.4 %: enough for all, and for no domain.
      expect(lineOf(told, "staff")).toMatchObject({ state: "waiting", share: 71.4, asked: 70, gate: "closed" });
      expect(lineOf(told, "staff", "alder.thirty.example")).toMatchObject({ share: 71.4, asked: 72, gate: "closed" });
      expect(lineOf(told, "everyone")).toMatchObject({ state: "later", share: 70.5, asked: 70, gate: "open" });
      expect(lineOf(told, "everyone", "alder.thirty.example")).toMatchObject({ asked: null, gate: "none" });
      const { findings, phases } = statusIn(await tenant.cli(["status", "gated.yaml", "--json", "--quiet"]));
      expect(phases.find(({ id }) => id === "staff")?.state).toBe("waiting");
      const waits = findings.find(({ guard, phase }) => guard === "ready" && phase === "staff");
      expect(waits?.detail).toContain(String(lineOf(told, "staff")["because"]));
    } finally {
      await tenant.close();
    }
  });
});

describe("what is missing", () => {
  const refused = { code: "Authentication_MSGraphPermissionMissing", message: "not you" };
  const status = (path: string, code: number, more: object = {}): object => ({ method: "GET", path, effect: { type: "status", status: code, ...more } });

  test.each<{ name: string; dials: object; exit: number; gap: object; want: Line }>([
    {
      name: "the registration report is refused",
      dials: { faults: [status("/reports/authenticationMethods/userRegistrationDetails", 403, refused)] },
      exit: 77,
      gap: { sort: "permission", what: "who is ready" },
      want: { inScope: 19, ready: "unknown", notReady: "unknown", unknown: 19, exempt: 0, share: "unknown" },
    },
    {
      name: "the registration report fails",
      dials: { faults: [status("/reports/authenticationMethods/userRegistrationDetails", 500)] },
      exit: 4,
      gap: { sort: "failed", what: "who is ready" },
      want: { inScope: 19, ready: "unknown", notReady: "unknown", unknown: 19 },
    },
    {
      name: "the accounts cannot be read: no phase passes for an empty one",
      dials: { faults: [status("^/users\\?", 500)] },
      exit: 4,
      gap: { sort: "failed", what: "all counts" },
      want: { inScope: "unknown", ready: "unknown", notReady: "unknown", unknown: "unknown", exempt: "unknown", active: "unknown" },
    },
    {
      name: "a group that the plan names cannot be read",
      dials: { faults: [status("/groups/[^/]+/transitiveMembers", 500)] },
      exit: 4,
      gap: { sort: "failed", what: "who is in staff" },
      want: { inScope: "unknown", ready: "unknown" },
    },
  ])("$name", async ({ dials, exit: want, gap, want: cells }) => {
    const tenant = await openThirty("p1", dials);
    try {
      const { exit, stdout } = await tenant.cli(["report", "readiness", PLAN, "--json", "--quiet"]);
      const document: Document = JSON.parse(stdout);
      expect(document.gaps).toEqual(expect.arrayContaining([expect.objectContaining(gap)]));
      expect(exit).toBe(want);
      expect(lineOf(document, "staff")).toMatchObject(cells);
    } finally {
      await tenant.close();
    }
  });

  test("no licence: by each account's own methods; gates and activity stay unknown", async () => {
    const tenant = await openThirty("free");
    try {
      const { exit, stdout } = await tenant.cli(["report", "readiness", PLAN, "--json", "--quiet"]);
      const document: Document = JSON.parse(stdout);
      expect(exit).toBe(77);
      // The one whom the report has no row of has the app; she who was made yesterday has nothing.
      expect(lineOf(document, "staff")).toMatchObject({
        inScope: 19,
        ready: 11,
        notReady: 8,
        unknown: 0,
        active: "unknown",
        share: "unknown",
        registrationAge: null,
      });
      expect(document.gaps.map(({ sort }) => sort)).toEqual(["licence", "licence"]);
      expect(document.notes.join("\n")).toContain("each account's own methods");
    } finally {
      await tenant.close();
    }
  });
});

describe.each([
  { name: "county", plan: "county-schools-2018", files: ["early-adopters.csv"], moment: "2018-11-12T00:00", domain: "birch.county.example" },
  { name: "trust", plan: "academy-trust-2022", files: [], moment: "2022-02-14T06:30", domain: "meadow.trust.example" },
])("the $name", ({ name, plan, files, moment, domain }) => {
  let cwd = "";
  const cli = (...args: readonly string[]): Promise<CliResult> => runCli(args, { cwd });
  beforeAll(async () => {
    cwd = freshFolder();
    for (const file of [`${plan}.yaml`, ...files]) copyFileSync(join("rollout-plans", file), join(cwd, file));
    expect(await cli("sandbox", "fill", name)).toMatchObject({ exit: 0 });
  });
  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  test("before anything happens, and after the first phase: the figures of status", { timeout: 60_000 }, async () => {
    const table = await cli("report", "readiness", `${plan}.yaml`, "--quiet");
    expect(table.exit).toBe(0);
    matchesGolden(`reports/${name}-readiness.txt`, table.stdout);
    matchesGolden(`reports/${name}-readiness-one.csv`, (await cli("report", "readiness", `${plan}.yaml`, "--quiet", "--csv", "--domain", domain)).stdout);
    expect(await cli("apply", `${plan}.yaml`, "--as-of", moment, "--yes")).toMatchObject({ exit: 0 });
    const document = documentIn(await cli("report", "readiness", `${plan}.yaml`, "--json", "--quiet"));
    expect(document.rows.some(({ state }) => state === "live")).toBe(true);
    agrees(document, statusIn(await cli("status", `${plan}.yaml`, "--json", "--quiet")));
  });
});
