/**
 * Reports `sign-ins` and `networks` from the command line: on thirty accounts, each a known case, what an expert would say of it; on
 * the trust, what a second and simpler reading of the same log says; and what is said when the log cannot be had whole.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Fetch } from "../../src/runtime.ts";
import type { CliResult } from "../cli/harness.ts";
import { matchesGolden } from "../render/golden.ts";
import { openThirty, PLAN, type Thirty } from "../reports/thirty/tenant.ts";
import { CASES, caseOf } from "../reports/thirty/wire.ts";
import { type Stage, stageOf } from "./stage.ts";

type Line = { readonly [column: string]: string | number | boolean | null | readonly string[] };
type Table = { readonly title: string; readonly columns: readonly string[]; readonly rows: readonly (readonly (string | number | null)[])[] };
type Report = {
  readonly rows: readonly Line[];
  readonly complete: boolean;
  readonly sums: readonly Table[];
  readonly gaps: readonly { readonly sort: string; readonly what: string; readonly because: string; readonly todo?: string }[];
  readonly notes: readonly string[];
};

const reportIn = ({ stdout }: CliResult): Report => JSON.parse(stdout);
const tableOf = ({ sums }: Report, title: string): Table["rows"] => sums.find((table) => table.title.startsWith(title))?.rows ?? [];

/** As git keeps lines, and without the moment, which moves on by what was waited before. */
const kept = (text: string): string => text.replaceAll("\r\n", "\n").replace(/, as of .* London\n/, ", as of NOW\n");

/** The row of a case. */
const rowOf = ({ rows }: Report, key: string): Line | undefined => rows.find(({ id }) => id === caseOf(key).id);

describe("thirty accounts", () => {
  let tenant: Thirty;
  const results = new Map<string, CliResult>();
  const of = (key: string): CliResult => {
    const found = results.get(key);
    if (found === undefined) throw new Error(`${key} was not asked for`);
    return found;
  };

  beforeAll(async () => {
    tenant = await openThirty();
    // One after the other and always the same: the tenant's clock moves by what is waited.
    for (const name of ["sign-ins", "networks"]) {
      for (const form of ["--json", "--csv", undefined]) {
        const words = ["report", name, PLAN, ...(form === undefined ? [] : [form, "--quiet"])];
        results.set(`${name} ${form ?? ""}`.trim(), await tenant.cli(words));
      }
    }
  }, 60_000);
  afterAll(() => tenant.close());

  test.each(["sign-ins", "networks"])("%s: the same as table, CSV and JSON", (name) => {
    for (const [form, ending] of [
      ["", "txt"],
      [" --csv", "csv"],
      [" --json", "json"],
    ] as const) {
      const { exit, stdout } = of(`${name}${form}`);
      expect(exit).toBe(0);
      if (ending === "csv") expect(stdout.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
      matchesGolden(`reports/thirty-${name}.${ending}`, kept(stdout));
    }
  });

  /** What an expert would say of each in this report; nothing is said of the others. */
  test.each<[string, Line]>([
    // Somebody guesses, and never came in.
    [
      "failed-only",
      {
        seen: ["tried outside", "tried an old program"],
        signedInFrom: [],
        triedFrom: ["RU"],
        succeededOutside: 0,
        failedOutside: 2,
        stoppedOutside: 0,
        lastOutside: null,
        succeeded: 0,
        lastFailureWords: "wrong password or address",
        oldTried: ["SMTP"],
        lastOld: null,
      },
    ],
    [
      "email-only",
      {
        seen: ["tried outside", "tried an old program"],
        signedInFrom: [],
        triedFrom: ["RU"],
        succeededOutside: 0,
        failedOutside: 1,
        oldPrograms: [],
        oldTried: ["IMAP"],
        phase: "heads",
        phaseStarts: "2026-02-02T08:00:00Z",
        capable: "no",
      },
    ],
    // On holiday, with success: the only one who was abroad.
    [
      "formula",
      {
        seen: ["signed in outside"],
        signedInFrom: ["ES"],
        succeededOutside: 1,
        succeeded: 2,
        lastOutside: "2026-02-18T18:22:00Z",
        lastOutsideCountry: "ES",
        lastOutsideAddress: "203.0.113.140",
        name: "=cmd|'/C calc'!A0",
      },
    ],
    // Old programs with success, one of them in the log of sign-ins without a person alone.
    [
      "leading-zeros",
      { seen: ["old program"], oldPrograms: ["POP"], lastOld: "2026-02-26T06:10:00Z", oldSucceeded: 1, succeededOutside: 0, name: "007", phase: null },
    ],
    ["quote", { seen: ["old program"], oldPrograms: ["IMAP"], lastOld: "2026-02-25T05:00:00Z", oldSucceeded: 1, succeeded: 1, succeededOutside: 0 }],
  ])("sign-ins: %s", (key, want) => {
    expect(rowOf(reportIn(of("sign-ins --json")), key)).toMatchObject(want);
  });

  test("sign-ins: those inside, those whom nobody tried and those who never came have no row", () => {
    const { rows } = reportIn(of("sign-ins --json"));
    const keys = rows.map(({ id }) => CASES.find((one) => one.id === id)?.key);
    // At home, or by a line that the plan lacks, is in the tenant's own country, which counts where the plan names none.
    expect(keys).toEqual(["formula", "leading-zeros", "quote", "email-only", "failed-only"]);
  });

  test("sign-ins: with all, whoever is in the log; activity that is absent makes no row", async () => {
    const report = reportIn(await tenant.cli(["report", "sign-ins", PLAN, "--json", "--quiet", "--all"]));
    // One of them from the school's own IPv6, of which the service tells no country: the plan's range says that it is inside.
    expect(rowOf(report, "emoji")).toMatchObject({ seen: [], succeeded: 2, failed: 0 });
    expect(rowOf(report, "head-ready")).toMatchObject({ seen: [], signedInFrom: [], succeededOutside: 0, succeeded: 3, capable: "yes", phase: "heads" });
    // The registration report has no row of him.
    expect(rowOf(report, "no-row")).toMatchObject({ seen: [], succeeded: 2, capable: "unknown" });
    expect(["never", "before-april-2020", "created-yesterday", "disabled", "guest"].map((key) => rowOf(report, key))).toEqual(Array(5).fill(undefined));
  });

  test("networks: the school's line, its IPv6, and the line that the plan lacks", () => {
    const report = reportIn(of("networks --json"));
    expect(
      report.rows.map(({ address, inside, networks, accounts, signIns, days, looksLike }) => [address, inside, networks, accounts, signIns, days, looksLike]),
    ).toEqual([
      ["192.0.2.17", true, ["schools"], 12, 16, 2, null],
      ["198.51.100.9", false, [], 3, 6, 2, "perhaps a school"],
      ["2001:db8:30::/64", true, ["schools"], 1, 1, 1, null],
    ]);
    expect(tableOf(report, "Most used that the plan lacks")).toEqual([[3, 6, 2, "- 198.51.100.9  # alder.thirty.example"]]);
    // In the evening at home, on holiday, by a program before school: none of them is school hours.
    expect(report.rows.some(({ address }) => String(address).startsWith("203.0.113."))).toBe(false);
  });

  test("a cohort of few is asked for by their ids", async () => {
    const asked: string[] = [];
    const fetch: Fetch = (request) => {
      if (request.url.includes("/auditLogs/")) asked.push(new URL(request.url).searchParams.get("$filter") ?? "");
      return tenant.fetch(request);
    };
    const report = reportIn(await tenant.cli(["report", "sign-ins", PLAN, "--cohort", "heads", "--json", "--quiet", "--all"], { fetch }));
    expect(report.rows.map(({ account }) => account).toSorted()).toEqual(["head@alder.thirty.example", "head@birch.thirty.example"]);
    expect(asked.filter((filter) => filter.includes(`userId eq '${caseOf("head-ready").id}'`))).toHaveLength(2);
    expect(asked).toHaveLength(3);
  });

  test("a domain, in whatever case the directory writes it", async () => {
    const report = reportIn(await tenant.cli(["report", "sign-ins", PLAN, "--domain", "Birch.thirty.example", "--json", "--quiet"]));
    expect(report.rows.map(({ account }) => account)).toEqual(["formula@birch.thirty.example", "o'neill@birch.thirty.example", "head@birch.thirty.example"]);
    expect(tableOf(report, "Countries").find(([country]) => country === "RU")).toEqual(["RU", "outside", 0, 0, 1, 1]);
  });

  test("without a plan the tenant's own country is at home, and no phase is named", async () => {
    const report = reportIn(await tenant.cli(["report", "sign-ins", "--json", "--quiet"]));
    expect(rowOf(report, "emoji")).toMatchObject({ signedInFrom: [], succeededOutside: 0, succeededUnknown: 1, phase: null });
    expect(report.notes.join("\n")).toContain("without a plan, outside is every country but GB, which is the tenant's own");
  });

  test("where nobody says where the tenant is at home every country is told", async () => {
    const fetch: Fetch = (request) =>
      request.url.includes("countryLetterCode") ? Promise.resolve(Response.json({ error: { code: "Forbidden" } }, { status: 403 })) : tenant.fetch(request);
    const report = reportIn(await tenant.cli(["report", "sign-ins", PLAN, "--json", "--quiet"], { fetch }));
    expect(rowOf(report, "head-ready")).toMatchObject({ seen: ["signed in outside"], signedInFrom: ["GB"], succeededOutside: 1 });
    expect(
      tableOf(report, "Countries")
        .filter(([country]) => country === "GB")
        .map(([, is]) => is)
        .toSorted(),
    ).toEqual(["inside", "not in a network of the plan"]);
    expect(report.notes.join("\n")).toContain("every country counts as outside");
  });

  /** Answers some of the log's requests with an error. */
  const spoilt =
    (status: number, isSpoilt: (filter: string, url: string) => boolean): Fetch =>
    async (request) => {
      const isLog = request.url.includes("/auditLogs/signIns");
      if (!isLog || !isSpoilt(new URL(request.url).searchParams.get("$filter") ?? "", request.url)) return tenant.fetch(request);
      return Response.json({ error: { code: "UnknownError", message: "spoilt" } }, { status });
    };
  /** Whether what is asked for reaches into 26 February. */
  const isOf26th = (filter: string): boolean => {
    const [, from = "", to = ""] = /createdDateTime ge (\S+) and createdDateTime lt (\S+)/.exec(filter) ?? [];
    return from < "2026-02-27T00:00:00.000Z" && to > "2026-02-26T00:00:00.000Z";
  };

  test("a day that cannot be read is named, in rows, sums and gaps, and ends with 4", async () => {
    const result = await tenant.cli(["report", "sign-ins", PLAN, "--json", "--quiet"], {
      fetch: spoilt(500, (filter) => isOf26th(filter) && !filter.includes("nonInteractive")),
    });
    const report = reportIn(result);
    expect(result.exit).toBe(4);
    expect(report.gaps).toMatchObject([{ sort: "failed", what: "sign-ins of people of 2026-02-26" }]);
    expect(tableOf(report, "Days").filter(([, read]) => read !== "whole")).toEqual([["2026-02-26", "in part", 0, 0, 0, 0]]);
    expect(rowOf(report, "formula")).toMatchObject({ signedInFrom: ["ES"], succeeded: 1 });
    expect(rowOf(report, "leading-zeros")).toBeUndefined();
  });

  test("a side that the service does not tell is named; the other is told", async () => {
    const result = await tenant.cli(["report", "sign-ins", PLAN, "--json", "--quiet"], { fetch: spoilt(400, (filter) => filter.includes("nonInteractive")) });
    const report = reportIn(result);
    expect([result.exit, report.gaps.map(({ sort, what }) => [sort, what])]).toEqual([
      4,
      [["failed", "sign-ins without a person of 2026-01-31 to 2026-03-02"]],
    ]);
    expect(rowOf(report, "quote")).toBeUndefined();
    expect(rowOf(report, "leading-zeros")).toBeDefined();
  });

  test("without the permission for the log: no rows, and what is missing, 77", async () => {
    await tenant.dial({
      permissions: [
        "User.Read.All",
        "Organization.Read.All",
        "Policy.Read.All",
        "Group.Read.All",
        "RoleManagement.Read.Directory",
        "LicenseAssignment.Read.All",
      ],
    });
    try {
      for (const name of ["sign-ins", "networks"]) {
        const result = await tenant.cli(["report", name, PLAN, "--json", "--quiet"]);
        const { rows, gaps } = reportIn(result);
        expect([result.exit, rows, gaps.map(({ sort, what }) => [sort, what])]).toEqual([77, [], [["permission", "sign-ins"]]]);
        expect(gaps[0]?.todo).toContain("AuditLog.Read.All");
      }
    } finally {
      await tenant.dial({});
    }
  });

  test("the log alone: rows by what the log says, and what is missing beside them, 77", async () => {
    await tenant.dial({ permissions: ["AuditLog.Read.All", "Organization.Read.All", "Group.Read.All"] });
    try {
      const result = await tenant.cli(["report", "sign-ins", PLAN, "--json", "--quiet"]);
      const report = reportIn(result);
      expect([result.exit, report.rows.length]).toEqual([77, 5]);
      expect(rowOf(report, "formula")).toMatchObject({
        account: "formula@birch.thirty.example",
        enabled: "unknown",
        guest: "unknown",
        capable: "unknown",
        phase: "unknown",
        phaseStarts: null,
      });
      expect(report.gaps.map(({ what }) => what)).toContain("accounts of the directory, and who is in which cohort");
      const cohort = await tenant.cli(["report", "sign-ins", PLAN, "--cohort", "heads", "--json", "--quiet"]);
      expect(reportIn(cohort).rows).toEqual([]);
      expect(reportIn(cohort).gaps.map(({ what }) => what)).toContain("who is asked for");
    } finally {
      await tenant.dial({});
    }
  });
});

describe("thirty accounts without a licence", () => {
  test("no rows, and why: 77", async () => {
    const tenant = await openThirty("free");
    try {
      for (const name of ["sign-ins", "networks"]) {
        const result = await tenant.cli(["report", name, PLAN, "--json", "--quiet"]);
        const { rows, gaps } = reportIn(result);
        expect([result.exit, rows, gaps.map(({ sort, what }) => [sort, what])]).toEqual([77, [], [["licence", "sign-ins"]]]);
      }
    } finally {
      await tenant.close();
    }
  }, 30_000);
});

/** A second reading of the log, row by row with an object each, that shares nothing with the first. */
type Raw = {
  readonly id: string;
  readonly userId: string;
  readonly createdDateTime: string;
  readonly ipAddress: string;
  readonly clientAppUsed: string;
  readonly status: { readonly errorCode: number };
  readonly location: { readonly countryOrRegion: string };
};

const rawLog = async (stage: Stage): Promise<readonly Raw[]> => {
  const rows: Raw[] = [];
  for (const first of ["/v1.0/auditLogs/signIns", "/beta/auditLogs/signIns?$filter=signInEventTypes/any(t:%20t%20eq%20'nonInteractiveUser')"]) {
    for (let next: string | undefined = first; next !== undefined; ) {
      const page: { readonly value: readonly Raw[]; readonly "@odata.nextLink"?: string } = await stage.reader.json("GET", next);
      rows.push(...page.value);
      next = page["@odata.nextLink"];
    }
  }
  return rows;
};

/** By the text alone: all of the trust's own networks in 2022. */
const isSchools = (address: string): boolean => /^(?:192\.0\.2\.(?:\d|\d\d|1[0-8]\d|19[01])$|198\.51\.100\.|203\.0\.113\.|2001:db8:[123]0:)/.test(address);

describe("the trust", () => {
  const TRUST = "rollout-plans/academy-trust-2022.yaml";
  let stage: Stage;
  let raw: readonly Raw[];
  let whole: CliResult;
  const WORDS = ["report", "sign-ins", TRUST, "--json", "--quiet"];
  beforeAll(async () => {
    stage = await stageOf("trust");
    await stage.reader.dials({ throttling: "off" });
    raw = await rawLog(stage);
    whole = await stage.cli(WORDS);
  }, 90_000);
  afterAll(() => stage.close());

  test("sign-ins: the same numbers of each account as a simpler reading of the log has", () => {
    const report = reportIn(whole);
    expect([whole.exit, report.complete, report.gaps]).toEqual([0, true, []]);
    const want = new Map<string, { outside: number; failed: number; unknown: number; from: Set<string> }>();
    for (const { userId, ipAddress, status, location } of raw) {
      // The plan names no countries, so the tenant's own is at home.
      if (isSchools(ipAddress) || location.countryOrRegion === "GB") continue;
      const one = want.get(userId) ?? { outside: 0, failed: 0, unknown: 0, from: new Set<string>() };
      want.set(userId, one);
      if (location.countryOrRegion === "") one.unknown += 1;
      else if (status.errorCode === 0) {
        one.outside += 1;
        one.from.add(location.countryOrRegion);
      } else one.failed += 1;
    }
    const told = new Map(
      report.rows.map((line) => [
        line["id"],
        [line["succeededOutside"], line["failedOutside"], Number(line["succeededUnknown"]) + Number(line["failedUnknown"]), line["signedInFrom"]],
      ]),
    );
    expect(want.size).toBeGreaterThan(5);
    // Who used an old program at home has a row as well.
    const elsewhere = [...told].filter(([, [succeeded, failed, nowhere]]) => Number(succeeded) + Number(failed) + Number(nowhere) > 0);
    expect(elsewhere.toSorted()).toEqual(
      [...want].map(([id, { outside, failed, unknown, from }]) => [id, [outside, failed, unknown, [...from].sort()]]).toSorted(),
    );
    // What set the rollout off comes first: sign-ins with success from countries where no staff are.
    const abroad = new Set([...want].filter(([, { from }]) => [...from].some((country) => country !== "GB")).map(([id]) => id));
    expect(abroad.size).toBeGreaterThan(0);
    expect(new Set(report.rows.slice(0, abroad.size).map(({ id }) => id))).toEqual(abroad);
  });

  test("sign-ins: a list that expires in the middle of a day is gone on with, and says the same", async () => {
    await stage.reader.dials({ throttling: "off", faults: [{ path: "auditLogs/signIns\\?.*skiptoken", effect: { type: "status", status: 410 }, times: 2 }] });
    const { exit, stdout } = await stage.cli(WORDS);
    await stage.reader.dials({ throttling: "off" });
    const again: Report = JSON.parse(stdout);
    const { rows, sums } = reportIn(whole);
    expect([exit, again.rows, again.sums]).toEqual([0, rows, sums]);
  }, 60_000);

  test("networks: every school inside, and a school that moved behind an address that nobody named", async () => {
    const calm: Report = JSON.parse((await stage.cli(["report", "networks", TRUST, "--json", "--quiet"])).stdout);
    expect(tableOf(calm, "Most used")).toEqual([]);
    expect(tableOf(calm, "Sign-ins during")[0]).toMatchObject(["inside", expect.any(Number), expect.any(Number), expect.any(Number), expect.any(Number)]);
    await stage.reader.dials({ throttling: "off", egress: { "summit.trust.example": "192.0.2.254" } });
    const { exit, stdout } = await stage.cli(["report", "networks", TRUST, "--json", "--quiet"]);
    const text = await stage.cli(["report", "networks", TRUST, "--quiet", "--domain", "summit.trust.example"]);
    await stage.reader.dials({ throttling: "off" });
    const moved: Report = JSON.parse(stdout);
    const [first] = tableOf(moved, "Most used that the plan lacks");
    expect([exit, first?.[3]]).toEqual([0, "- 192.0.2.254  # summit.trust.example"]);
    expect(moved.rows.find(({ address }) => address === "192.0.2.254")).toMatchObject({
      inside: false,
      looksLike: "a school",
      domains: ["summit.trust.example"],
    });
    matchesGolden("reports/trust-networks-summit.txt", kept(text.stdout));
  }, 60_000);
});

/** Some heads of the county; a plan that says where its people are, and has the network of one school of them. */
const HEADS = ["birch", "elm", "hawthorn", "maple", "mulberry", "pear", "viburnum"];
const COUNTY = `id: abroad
name: Heads abroad
timeZone: Europe/London
mechanism: conditional-access
emergencyAccounts: [emergency-1@county.example, emergency-2@county.example]
notOn: [2018-10-29, 2018-10-30, 2018-10-31, 2018-11-01, 2018-11-02]
cohorts:
  some heads: { accounts: [${HEADS.map((school) => `head@${school}.county.example`).join(", ")}] }
networks:
  home: { countries: [GB] }
  hawthorn: { ranges: [192.0.2.40/32] }
phases:
  - { id: heads, title: Heads, starts: 2018-11-19, requireMfa: { for: some heads, on: [web], outside: hawthorn } }
`;

describe("the county, by a plan that names its country", () => {
  test("abroad and nowhere is what is left; half-term is no school", async () => {
    const stage = await stageOf("county");
    try {
      writeFileSync(join(stage.cwd, "county.yaml"), COUNTY);
      const signIns = await stage.cli(["report", "sign-ins", "county.yaml", "--phase", "heads", "--quiet", "--csv"]);
      const networks = await stage.cli(["report", "networks", "county.yaml", "--quiet"]);
      expect([signIns.exit, networks.exit]).toEqual([0, 0]);
      matchesGolden("reports/county-sign-ins.csv", kept(signIns.stdout));
      matchesGolden("reports/county-networks.txt", kept(networks.stdout));
    } finally {
      await stage.close();
    }
  }, 60_000);
});
