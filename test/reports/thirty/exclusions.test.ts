/** `report exclusions` on the thirty: what an expert says, by hand; then every letter of it, and what it says when something cannot be read. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CliResult } from "../../cli/harness.ts";
import { matchesGolden } from "../../render/golden.ts";
import { groupIdOf } from "./surroundings.ts";
import { openThirty, PLAN, type Thirty } from "./tenant.ts";
import { CASES, caseOf } from "./wire.ts";

type Told = { readonly [column: string]: string | number | boolean | null | readonly string[] };
type Document = {
  readonly rows: readonly Told[];
  readonly sums: readonly unknown[];
  readonly gaps: readonly { readonly sort: string; readonly what: string }[];
  readonly notes: readonly string[];
};

let tenant: Thirty;
beforeAll(async () => {
  tenant = await openThirty();
});
afterAll(() => tenant.close());

const typed = (...more: readonly string[]): Promise<CliResult> => tenant.cli(["report", "exclusions", PLAN, "--quiet", ...more]);
const documentOf = ({ stdout }: CliResult): Document => JSON.parse(stdout);
/** The case of each row, by its key, with what an expert looks at first. */
const keyed = ({ rows }: Document): readonly (readonly unknown[])[] =>
  rows.map(({ account, by, through, overdue, hole }) => [CASES.find((each) => each.address === account)?.key ?? account, by, through, overdue, hole]);

describe("what an expert says", () => {
  test("of the thirty these six stand outside, by these words, and each is a hole", async () => {
    const result = await typed("--json");
    expect(result.exit).toBe(0);
    expect(keyed(documentOf(result))).toEqual([
      ["emergency-1", "emergency account", null, null, "yes"],
      ["emergency-2", "emergency account", null, null, "yes"],
      ["excluded-nested", "in a group of a policy", "MFA exceptions", null, "yes"],
      ["guest", "guest", null, null, "yes"],
      ["leading-zeros", "exception", "caretaker@*", true, "yes"],
      ["exempt", "exception", "kiosk@*", false, "yes"],
    ]);
  });

  test("an exclusion says why, whose it is and when it ends; the overdue one is told first in the sums", async () => {
    const result = await typed("--json");
    const { rows } = documentOf(result);
    const told = (key: string): Told | undefined => rows.find(({ account }) => account === caseOf(key).address);
    expect(told("exempt")).toMatchObject({
      because: "the visitors' screen, which nobody can answer a telephone for",
      owner: "site manager",
      until: "2026-06-30",
      cohorts: ["everyone"],
      phases: [],
    });
    expect(told("leading-zeros")).toMatchObject({
      name: "007",
      because: "no telephone until the new contract",
      owner: "business manager",
      until: "2026-02-27",
    });
    expect(documentOf(result).sums[0]).toEqual({
      title: "Overdue",
      columns: ["ended", "owner", "left out", "because", "accounts"],
      rows: [["2026-02-27", "business manager", "caretaker@*", "no telephone until the new contract", 1]],
    });
  });

  test("Nadia's hole stands in no plan: it is somebody else's policy that leaves her out, through a group inside a group", async () => {
    const { rows } = documentOf(await typed("--json", "--domain", "birch.thirty.example"));
    expect(rows.find(({ account }) => account === caseOf("excluded-nested").address)).toMatchObject({
      policy: "Teachers: MFA everywhere",
      ours: false,
      state: "on",
      phases: ["staff", "everyone"],
      askedBy: [],
    });
  });

  test("a blocked account of a cohort, a shared mailbox and whoever is asked are no exclusions", async () => {
    const { rows } = documentOf(await typed("--json", "--all"));
    const accounts = new Set(rows.map(({ account }) => account));
    for (const key of ["disabled", "shared-mailbox", "head-ready", "report-only", "per-user-enforced", "emoji", "administrator"])
      expect(accounts).not.toContain(caseOf(key).address);
  });
});

describe("every letter", () => {
  /** In a tenant of its own, whose clock nobody has moved. */
  const untouched = async (...more: readonly string[]): Promise<string> => {
    const own = await openThirty();
    const { exit, stdout } = await own.cli(["report", "exclusions", PLAN, "--quiet", ...more]);
    await own.close();
    expect(exit).toBe(0);
    return stdout;
  };

  test("CSV", async () => {
    const text = await untouched("--csv");
    expect(text.split("\r\n")).toHaveLength(8);
    expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    // The repository keeps no carriage returns.
    matchesGolden("reports/thirty-exclusions.csv", text.replaceAll("\r\n", "\n"));
  });
  test("JSON", async () => matchesGolden("reports/thirty-exclusions.json", await untouched("--json")));
  test("on a terminal", async () => matchesGolden("reports/thirty-exclusions.txt", await untouched()));
  test("without a plan: what policies leave out, and that this is all", async () => {
    const { exit, stdout, stderr } = await tenant.cli(["report", "exclusions", "--csv"]);
    expect(exit).toBe(0);
    expect(
      stdout
        .split("\r\n")
        .slice(1)
        .map((line) => line.split(",")[0]),
    ).toEqual([caseOf("excluded-nested").address, ""]);
    expect(stderr).toContain("without a plan only what policies leave out is told");
  });
});

describe("asked all the same", () => {
  /** As somebody sets it by hand: the kiosk is asked by its own state. */
  const stateOf = async (state: string): Promise<void> => {
    const address = `${tenant.origin}/beta/users/${caseOf("exempt").id}/authentication/requirements`;
    const headers = { authorization: "Bearer thirty-token", "content-type": "application/json" };
    const response = await tenant.fetch(new Request(address, { method: "PATCH", headers, body: JSON.stringify({ perUserMfaState: state }) }));
    expect(response.status).toBeLessThan(300);
  };

  test.each([["told" as const], ["left-out" as const]])(
    "by its own state of per-user MFA, whether the list of accounts tells it or not: %s",
    async (bulkPerUserMfa) => {
      await tenant.dial({ bulkPerUserMfa, lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 } });
      await stateOf("enforced");
      const { rows } = documentOf(await typed("--json"));
      expect(rows.find(({ account }) => account === caseOf("exempt").address)).toMatchObject({ hole: "no", askedBy: ["per-user MFA (enforced)"] });
      expect(rows.find(({ account }) => account === caseOf("leading-zeros").address)).toMatchObject({ hole: "yes", askedBy: [] });
      await stateOf("disabled");
      await tenant.dial({});
    },
  );
});

describe("a policy that leaves out a role", () => {
  const SYNCHRONISERS = "d29b2b05-8046-44ba-8758-1e26182fcf32";
  let own: Thirty;
  beforeAll(async () => {
    own = await openThirty();
    const users = { includeUsers: [], excludeUsers: [], includeGroups: [groupIdOf("Office policy pilot")], excludeGroups: [], includeRoles: [] };
    const object = {
      id: "32323232-0000-4000-8000-00000000ffff",
      displayName: "Office: MFA (second pilot)",
      description: null,
      state: "enabledForReportingButNotEnforced",
      templateId: null,
      createdDateTime: "2026-01-05T10:00:00Z",
      modifiedDateTime: null,
      sessionControls: null,
      grantControls: { operator: "OR", builtInControls: ["mfa"], customAuthenticationFactors: [], termsOfUse: [], authenticationStrength: null },
      conditions: { applications: { includeApplications: ["All"] }, clientAppTypes: ["all"], users: { ...users, excludeRoles: [SYNCHRONISERS] } },
    };
    await own.control("POST", "/_practice/objects", { put: [{ collection: "policies", object }] });
  });
  afterAll(() => own.close());

  test("that nobody ever held: it is not there to be read, and leaves out nobody", async () => {
    const result = await own.cli(["report", "exclusions", PLAN, "--json", "--all", "--quiet"]);
    expect(result.exit).toBe(0);
    expect(documentOf(result).rows).toHaveLength(6);
  });

  test("that could not be read: whoever it asks may hold it", async () => {
    await own.dial({ faults: [{ path: "^/directoryRoles", skip: 0, effect: { type: "status", status: 403 } }] });
    const result = await own.cli(["report", "exclusions", PLAN, "--json", "--quiet"]);
    expect(result.exit).toBe(77);
    const { rows, gaps } = documentOf(result);
    expect(gaps.map(({ what }) => what)).toEqual(["roles"]);
    expect(rows.filter(({ by }) => by === "policy not read").map(({ account, through, policy }) => [account, through, policy])).toEqual([
      [caseOf("report-only").address, "Directory Synchronization Accounts", "Office: MFA (second pilot)"],
    ]);
    expect(rows).toHaveLength(7);
  });
});

describe("what cannot be read", () => {
  const failing = (path: string, status: number) => ({ faults: [{ path, skip: 0, effect: { type: "status" as const, status } }] });
  const MEMBERS = `^/groups/${groupIdOf("MFA exceptions")}/transitiveMembers`;

  test.each([
    ["failed", 500, 4],
    ["was refused", 403, 77],
  ])("who is in a group: the read %s, and everybody whom the policy asks may be left out", async (_, status, code) => {
    await tenant.dial(failing(MEMBERS, status));
    const result = await typed("--json");
    await tenant.dial({});
    expect(result.exit).toBe(code);
    const { rows, gaps } = documentOf(result);
    expect(gaps.map(({ what }) => what)).toEqual([`who is in the group ${groupIdOf("MFA exceptions")}`]);
    const perhaps = rows.filter(({ by }) => by === "policy not read");
    expect(perhaps.map(({ account }) => account)).toEqual(["text-default", "excluded-nested", "emoji", "right-to-left"].map((key) => caseOf(key).address));
    expect(new Set(perhaps.map(({ hole, through }) => `${hole} ${through}`))).toEqual(new Set(["unknown MFA exceptions"]));
    // Nobody is missing for it.
    expect(rows).toHaveLength(9);
  });

  test("policies: the plan's own words stay, and whether each is a hole is unknown", async () => {
    await tenant.dial(failing("^/identity/conditionalAccess/policies", 403));
    const result = await typed("--json");
    await tenant.dial({});
    expect(result.exit).toBe(77);
    const { rows } = documentOf(result);
    expect(rows).toHaveLength(5);
    expect(new Set(rows.map(({ hole }) => hole))).toEqual(new Set(["unknown"]));
  });

  test("states of per-user MFA: what nothing else asks is unknown", async () => {
    await tenant.dial(failing("/authentication/requirements", 403));
    const result = await typed("--json");
    await tenant.dial({});
    expect(result.exit).toBe(77);
    const { rows, gaps } = documentOf(result);
    expect(gaps.map(({ what }) => what)).toEqual(["states of per-user MFA"]);
    expect(new Set(rows.map(({ hole }) => hole))).toEqual(new Set(["unknown"]));
    expect(rows).toHaveLength(6);
  });

  test("the accounts themselves: there is nothing to tell, and that is said", async () => {
    await tenant.dial(failing("^/users\\?.*displayName", 500));
    const result = await typed("--csv");
    await tenant.dial({});
    expect([result.exit, result.stdout]).toEqual([69, ""]);
    expect(result.stderr).toContain("500");
  });
});
