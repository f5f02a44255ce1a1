/** `report exclusions` on the published plans: the trust, whose shared accounts are holes that must show in every report, and the county. */

import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { matchesGolden } from "../render/golden.ts";
import { NO_LOG, type Stage, stageOf } from "../scenarios/stage.ts";

type Told = { readonly [column: string]: string | number | boolean | null | readonly string[] };
type Document = { readonly rows: readonly Told[]; readonly sums: readonly { readonly title: string; readonly rows: readonly (readonly unknown[])[] }[] };

const told = async (stage: Stage, plan: string, ...more: readonly string[]): Promise<Document> => {
  const { exit, stdout, stderr } = await stage.cli(["report", "exclusions", plan, "--json", ...more]);
  expect(exit, stderr).toBe(0);
  return JSON.parse(stdout);
};
const by = ({ rows }: Document, word: string): readonly Told[] => rows.filter((row) => row["by"] === word);

describe.sequential("academy trust 2022", () => {
  const PLAN = "rollout-plans/academy-trust-2022.yaml";
  const SCHOOLS = ["harbour", "meadow", "quarry", "riverside", "summit", "woodlands"];
  let stage: Stage;
  let whole: Document;
  beforeAll(async () => {
    stage = await stageOf("trust", undefined, NO_LOG);
    const done = await stage.cli(["apply", PLAN, "--as-of", "2022-02-28T06:30", "--yes"]);
    expect(done, done.stdout + done.stderr).toMatchObject({ exit: 0 });
    whole = await told(stage, PLAN);
  }, 60_000);
  afterAll(() => stage.close());

  test("every shared account of every school, with its reason and who answers for it, on the morning itself", () => {
    const shared = by(whole, "exception");
    expect(shared.map(({ account }) => account)).toEqual(
      SCHOOLS.flatMap((school) => ["headteacher", "office", "finance"].map((local) => `${local}@${school}.trust.example`)),
    );
    const of = (local: string): readonly Told[] => shared.filter(({ account }) => String(account).startsWith(`${local}@`));
    const common = { overdue: null, until: null, cohorts: ["everyone"], since: "2022-02-28T06:30:00Z", phases: [], askedBy: [], hole: "yes", enabled: true };
    for (const row of of("headteacher"))
      expect(row).toMatchObject({
        ...common,
        because: "shared by the head teacher and two deputies; nobody's phone can answer for it",
        owner: "head of operations",
      });
    for (const row of of("office")) expect(row).toMatchObject({ ...common, because: "shared by everyone on the front desk", owner: "head of operations" });
    for (const row of of("finance"))
      expect(row).toMatchObject({ ...common, because: "shared by the finance team; the bank's own approval stands behind it", owner: "finance director" });
  });

  test("and besides only those whom no plan asks", () => {
    const counts = new Map<unknown, number>();
    for (const row of whole.rows) counts.set(row["by"], (counts.get(row["by"]) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({ "emergency account": 2, "directory synchronisation": 1, guest: 5, pupil: 135, exception: 18 });
    expect(whole.sums.find(({ title }) => title === "By owner")?.rows.map(([owner, accounts]) => [owner, accounts])).toEqual([
      ["head of operations", 12],
      ["finance director", 6],
    ]);
  });

  test("with --all, that the plan's own policy leaves out each of them", async () => {
    const { rows } = await told(stage, PLAN, "--all", "--domain", "harbour.trust.example");
    expect(
      rows.filter(({ account }) => account === "finance@harbour.trust.example").map((row) => [row["by"], row["through"], row["policy"], row["ours"]]),
    ).toEqual([
      ["exception", "finance@*", null, null],
      ["in a group of a policy", "MFA rollout: everyone, left out", "MFA: everyone, outside schools", true],
    ]);
  });

  test("one school as people read it", async () => {
    const { stdout } = await stage.cli(["report", "exclusions", PLAN, "--domain", "harbour.trust.example", "--quiet"]);
    matchesGolden("reports/trust-exclusions-harbour.txt", stdout.replace(/as of .* London/, "as of MOMENT"));
  });

  test("all of it as a file", async () => {
    const { stdout } = await stage.cli(["report", "exclusions", PLAN, "--csv", "--quiet"]);
    matchesGolden("reports/trust-exclusions.csv", stdout.replaceAll("\r\n", "\n"));
  });

  test("without the plan, its policies are known by their mark", async () => {
    const { exit, stdout } = await stage.cli(["report", "exclusions", "--json"]);
    expect(exit).toBe(0);
    const { rows }: Document = JSON.parse(stdout);
    // The account that synchronises the directory stands outside by its role, guests as guests, the shared ones and pupils in a group.
    expect(new Set(rows.map((row) => `${row["by"]} ${row["policy"]} ${row["ours"]}`))).toEqual(
      new Set(
        ["named by a policy", "in a role of a policy", "guest of a policy", "in a group of a policy"].map(
          (way) => `${way} MFA: everyone, outside schools true`,
        ),
      ),
    );
    expect(rows).toHaveLength(161);
  });

  test("the bad morning: a school that is out, and one person who is let in until tomorrow", async () => {
    expect(await stage.cli(["halt", "trust-2022", "--domain", "quarry.trust.example", "--yes"])).toMatchObject({ exit: 0 });
    const someone =
      (await stage.reader.users()).find(({ userPrincipalName }) => /^[a-z]+\.[a-z]+@summit\.trust\.example$/.test(userPrincipalName))?.userPrincipalName ?? "";
    expect(await stage.cli(["let-in", someone, "--because", "telephone lost", "--yes"])).toMatchObject({ exit: 0 });
    const document = await told(stage, PLAN);
    const out = by(document, "domain is out");
    expect(out.length).toBeGreaterThan(90);
    expect(new Set(out.map((row) => `${row["domain"]} ${row["through"]} ${String(row["phases"])}`))).toEqual(
      new Set(["quarry.trust.example quarry.trust.example "]),
    );
    expect(by(document, "let in").map((row) => [String(row["account"]).toLowerCase(), row["overdue"], row["hole"]])).toEqual([
      [someone.toLowerCase(), false, "yes"],
    ]);
    expect(by(document, "let in")[0]?.["until"]).toMatch(/^2022-03-01T06:3\d:\d\dZ$/);
  });

  test("who is let in stands in one group's description: where that cannot be understood, it is said", async () => {
    const progress = (await stage.reader.groups()).find(({ description }) => description?.startsWith("entra-rollout:trust-2022/progress") === true);
    await stage.reader.json("PATCH", `/v1.0/groups/${progress?.id}`, { description: "entra-rollout:trust-2022/progress tidied up" });
    const { exit, stdout } = await stage.cli(["report", "exclusions", PLAN, "--json"]);
    expect(exit).toBe(4);
    expect(JSON.parse(stdout).gaps).toMatchObject([{ sort: "failed", what: "which phases are on hold, and who is let in or out" }]);
  });
});

describe("county schools 2018", () => {
  const PLAN = "rollout-plans/county-schools-2018.yaml";
  let stage: Stage;
  let whole: Document;
  beforeAll(async () => {
    stage = await stageOf("county", undefined, NO_LOG);
    whole = await told(stage, PLAN);
  }, 30_000);
  afterAll(() => stage.close());

  test("the council's own accounts no cohort names, and pupils are out of each that would hold them", () => {
    const unnamed = by(whole, "not named");
    expect(unnamed).toHaveLength(52);
    expect(new Set(unnamed.map(({ domain }) => domain))).toEqual(new Set(["county.example", "county.onmicrosoft.example"]));
    const pupils = by(whole, "pupil");
    expect(new Set(pupils.map(({ type }) => type))).toEqual(new Set(["pupil"]));
    // Those of a school that volunteered are out of its cohort as well.
    expect(new Set(pupils.map(({ cohorts }) => String(cohorts)))).toEqual(new Set(["everyone", "early adopters,everyone"]));
    expect(new Set(pupils.map(({ phases }) => String(phases)))).toEqual(new Set([""]));
  });

  test("somebody else's trial, in report-only, leaves out the emergency accounts", () => {
    expect(whole.rows.filter(({ policy }) => policy !== null).map((row) => [row["account"], row["by"], row["policy"], row["ours"], row["state"]])).toEqual(
      ["emergency-1@county.example", "emergency-2@county.example"].map((account) => [
        account,
        "named by a policy",
        "Administrators: MFA outside the council (trial)",
        false,
        "report-only",
      ]),
    );
  });

  test("the copier's mailbox, which keeps POP3 and IMAP while they go off for all others", async () => {
    // The copies have no mail phase; this one is as published.
    copyFileSync(PLAN, join(stage.cwd, "rollout-plans/published.yaml"));
    const published = await told(stage, "rollout-plans/published.yaml");
    expect(by(published, "kept on")).toMatchObject([
      {
        account: "office@alder.county.example",
        through: "office@alder.county.example",
        protocols: ["POP3", "IMAP"],
        because: "the copier in the office fetches its print jobs by POP3",
        owner: "Alder's office manager",
        since: "2018-11-09T00:00:00Z",
        until: "2019-03-29",
        overdue: false,
        from: "old programs",
      },
    ]);
    expect(published.rows.filter((row) => row["by"] !== "kept on")).toEqual(whole.rows);
    expect((await told(stage, "rollout-plans/published.yaml", "--phase", "pop-imap-off")).rows).toEqual(by(published, "kept on"));
  });

  test("of one phase: whom its cohort would hold", async () => {
    expect((await told(stage, PLAN, "--phase", "heads-web")).rows).toEqual([]);
    const { rows } = await told(stage, PLAN, "--phase", "everyone");
    expect(new Set(rows.map((row) => row["by"]))).toEqual(new Set(["pupil"]));
  });

  test("as people read it", async () => {
    const { stdout } = await stage.cli(["report", "exclusions", PLAN, "--domain", "county.example", "--quiet"]);
    matchesGolden("reports/county-exclusions.txt", stdout.replace(/as of .* London/, "as of MOMENT"));
  });
});
