/** Tenants and plans that nobody would fill in: other names, other writing, lists under review, things that no version knows yet. */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pseudonymsBy } from "../../src/core/pseudonyms/pseudonyms.ts";
import { type CliResult, freshFolder, runCli } from "../cli/harness.ts";
import { copyPlans } from "../plans.ts";
import { planTexts, shapeOf, tellingTexts, textOf, textsLeft, wordsLeft } from "./pseudonyms.ts";
import "../seed.ts";

const cwd = freshFolder();
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const well = async (...args: readonly string[]): Promise<CliResult> => {
  const result = await runCli(args, { cwd });
  expect(result, `${args.join(" ")}\n${result.stderr}${result.stdout}`).toMatchObject({ exit: 0 });
  return result;
};
const read = (name: string): string => textOf(readFileSync(join(cwd, name)));
const put = (name: string, text: string): void => writeFileSync(join(cwd, name), text);
const shape = async (plan: string, tenant: string, moment: string): Promise<unknown> => {
  const { stdout, stderr } = await runCli(["diff", plan, "--tenant", tenant, "--as-of", moment, "--json"], { cwd });
  expect(stdout, stderr).not.toBe("");
  return shapeOf(stdout);
};

let names = 0;
const made = async (tenant: string, plan: string): Promise<string> => {
  names += 1;
  await well("snapshot", `made-${names}.jsonl`, "--tenant", tenant, "--pseudonymise", "--plan", plan);
  return `made-${names}`;
};

let trust: string;
let plan: string;
beforeAll(async () => {
  copyPlans(cwd, "as published");
  await well("sandbox", "fill", "trust");
  await well("snapshot", "trust.jsonl", "--tenant", "sandbox");
  trust = read("trust.jsonl");
  plan = read("rollout-plans/academy-trust-2022.yaml");
});

const policyWith = (conditions: object, more: object = {}): object => ({
  id: "7d1f0f5e-4f0b-4d7e-8c52-3f5f2b8a9c11",
  displayName: "Quillhaven: legacy",
  createdDateTime: "2021-01-04T08:00:00Z",
  modifiedDateTime: null,
  state: "enabledForReportingButNotEnforced",
  conditions: {
    clientAppTypes: ["all"],
    applications: { includeApplications: ["0b7c8a44-18b6-4ad5-9a3c-2f6b0d6e7f01", "00000002-0000-0ff1-ce00-000000000000"] },
    users: { includeUsers: ["All"] },
    ...conditions,
  },
  grantControls: { operator: "OR", builtInControls: ["mfa"], customAuthenticationFactors: [], termsOfUse: [] },
  sessionControls: null,
  ...more,
});

const strange: readonly (readonly [name: string, path: string, value: object, gone: readonly string[], kept: readonly string[]])[] = [
  [
    "a policy of a later version",
    "/identity/conditionalAccess/policies",
    policyWith({ moonPhase: { includePhases: ["Quillwaning"], since: "2021-01-01T00:00:00Z" } }),
    ["quillhaven", "quillwaning", "0b7c8a44-18b6-4ad5-9a3c-2f6b0d6e7f01", "7d1f0f5e"],
    ["moonPhase", "00000002-0000-0ff1-ce00-000000000000", "2021-01-01T00:00:00Z", "enabledForReportingButNotEnforced"],
  ],
  [
    "a policy for devices and partners",
    "/identity/conditionalAccess/policies",
    policyWith({
      devices: { deviceFilter: { mode: "exclude", rule: 'device.extensionAttribute1 -eq "Quillkiosk" and device.trustType -eq "AzureAD"' } },
      users: {
        includeUsers: ["All"],
        excludeGuestsOrExternalUsers: {
          guestOrExternalUserTypes: "serviceProvider",
          externalTenants: { membershipKind: "enumerated", members: ["5f1c2d3e-4a5b-4c6d-8e7f-9a0b1c2d3e4f"] },
        },
      },
    }),
    ["quillkiosk", "5f1c2d3e-4a5b-4c6d-8e7f-9a0b1c2d3e4f"],
    ["serviceProvider", "AzureAD", "device.extensionAttribute1"],
  ],
  [
    "a location under another form of its range",
    "/identity/conditionalAccess/namedLocations",
    {
      "@odata.type": "#microsoft.graph.ipNamedLocation",
      id: "3c2b1a09-8f7e-4d6c-9b5a-4f3e2d1c0b9a",
      displayName: "Quillhaven hall",
      createdDateTime: "2021-01-04T08:00:00Z",
      isTrusted: true,
      ipRanges: [{ "@odata.type": "#microsoft.graph.iPv6CidrRange", cidrAddress: "2001:0db8:00aa:0000::/48" }],
    },
    ["quillhaven", "2001:0db8:00aa", "2001:db8:aa"],
    ["/48", "isTrusted"],
  ],
];

test.each(strange)("%s says nothing", (_name, path, value, gone, kept) => {
  const ranges = ["2001:0db8:00aa:0000::/48"];
  const { resource } = pseudonymsBy({ key: new Uint8Array(32).fill(1), plan: undefined, called: "made", ranges, outOfStep: () => {} });
  const text = JSON.stringify(resource({ path, value: { ...value } }));
  for (const each of gone) expect(text.toLowerCase()).not.toContain(each.toLowerCase());
  for (const each of kept) expect(text).toContain(each);
});

test("a review list comes along: who is to go, and what could not be believed", async () => {
  await well("sandbox", "fill", "county", "--again");
  await well("snapshot", "county.jsonl", "--tenant", "sandbox");
  await well("report", "stale", "rollout-plans/county-schools-2018.yaml", "--for-review", "rollout-plans/unused-reviewed.csv", "--tenant", "sandbox");
  const rows = read("rollout-plans/unused-reviewed.csv").trimEnd().split("\n");
  expect(rows.length).toBeGreaterThan(20);
  const decided = rows.map((row, at) => {
    const line = row.replace(/,,,/, at % 3 === 1 ? ',delete,"left us, says Quillhead",Ann Quill' : at % 3 === 2 ? ",keep,needed,Ann Quill" : ",,,");
    return at === 5 ? line.replace(/@/, ".changed@") : line;
  });
  put("rollout-plans/unused-reviewed.csv", `${decided.join("\n")}\n`);
  const name = await made("county.jsonl", "rollout-plans/county-schools-2018.yaml");
  const list = read(`${name}.review-2.csv`);
  expect(list.trimEnd().split("\n")).toHaveLength(rows.length);
  expect(wordsLeft(new Set([...tellingTexts(read("county.jsonl")), "Ann Quill", "Quillhead"]), list.split(/[,\n]/).slice(11))).toEqual([]);
  const check = async (file: string): Promise<number> => (await well("check", file)).stdout.split("\n").filter((line) => line.includes(".csv:")).length;
  expect(await check(`${name}.plan.yaml`)).toBe(await check("rollout-plans/county-schools-2018.yaml"));
  expect(await shape(`${name}.plan.yaml`, `${name}.jsonl`, "2018-12-17")).toEqual(
    await shape("rollout-plans/county-schools-2018.yaml", "county.jsonl", "2018-12-17"),
  );
});

test("of what a snapshot does not hold nothing is made up: accounts of a list are spared, and it is said why", async () => {
  put("rollout-plans/unused-reviewed.csv", read("rollout-plans/unused-reviewed.csv").replace(".changed@", "@"));
  const { stdout } = await runCli(["diff", "rollout-plans/county-schools-2018.yaml", "--tenant", "county.jsonl", "--as-of", "2018-12-17"], { cwd });
  const said = stdout.replaceAll(/\s+/g, " ");
  expect(said).toMatch(/\d+ accounts of unused-reviewed\.csv are spared, and not blocked/);
  expect(said).toContain("the snapshot does not hold who used what; on the real tenant it is looked at");
  expect(said).toContain("the snapshot does not hold what accounts own; on the real tenant it is looked at");
});

describe("whatever things are called", () => {
  const word = fc.stringMatching(/^[A-Za-z][a-z0-9]{1,9}$/);
  const writing = fc.constantFrom("", " Süd", " Łódź", " школа", " 学校", " (north)", " & sons", " 'A'", " 2022");
  const called = fc.tuple(word, writing).map(([a, b]) => `${a}${b}`);
  const label = fc.stringMatching(/^[a-z][a-z0-9]{2,12}$/);
  const quoted = (text: string): string => JSON.stringify(text);

  test("names of a plan and its tenant", { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(called, { minLength: 4, maxLength: 4, selector: (text) => text.toLowerCase().slice(0, 6) }),
        label,
        async ([group, cohort, network, name], home) => {
          const renamed = (text: string): string => text.replaceAll("trust.example", `${home}.schools.example`).replaceAll('"IT Support"', quoted(group ?? ""));
          put("named.jsonl", renamed(trust));
          put(
            "named.yaml",
            renamed(plan)
              .replaceAll("group: IT Support", `group: ${quoted(group ?? "")}`)
              .replaceAll("it staff", quoted(cohort ?? ""))
              .replaceAll(/\bschools(?=:\n|,)/g, quoted(network ?? ""))
              .replace("name: Academy trust 2022", `name: ${quoted(name ?? "")}`),
          );
          const result = await made("named.jsonl", "named.yaml");
          expect(await shape(`${result}.plan.yaml`, `${result}.jsonl`, "2022-02-28T06:30")).toEqual(
            await shape("named.yaml", "named.jsonl", "2022-02-28T06:30"),
          );
          const original = tellingTexts(read("named.jsonl"));
          expect(textsLeft(original, tellingTexts(read(`${result}.jsonl`)))).toEqual([]);
          expect(wordsLeft(original, [...tellingTexts(read(`${result}.jsonl`)), ...planTexts(read(`${result}.plan.yaml`))])).toEqual([]);
        },
      ),
      { numRuns: process.env["SOAK"] === undefined ? 1 : 25 },
    );
  });
});
