/** The thirty themselves: what the reports' tests stand on is what it says it is. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openThirty, PLAN, type Thirty } from "./tenant.ts";
import { CASES, caseOf } from "./wire.ts";

/** "Must show", line 1, of the issue: each of its cases by the key that it has here. */
const CASES_OF_THE_ISSUE = [
  "security-questions-only",
  "email-only",
  "number-no-voice",
  "text-default",
  "passkey-only",
  "not-capable",
  "per-user-enforced",
  "report-only",
  "excluded-nested",
  "guest",
  "shared-mailbox",
  "disabled",
  "synced",
  "never",
  "before-april-2020",
  "failed-only",
  "created-yesterday",
  "no-row",
  "emoji",
  "right-to-left",
  "quote",
  "newline",
  "formula",
];

test("thirty, each once, each case of the issue among them, each with what it is and what an expert says", () => {
  expect(CASES.length).toBe(30);
  expect(new Set(CASES.map(({ key }) => key)).size).toBe(30);
  expect(new Set(CASES.map(({ address }) => address.toLowerCase())).size).toBe(30);
  expect(CASES_OF_THE_ISSUE.filter((key) => !CASES.some((each) => each.key === key))).toEqual([]);
  for (const { what, says } of CASES) expect(Math.min(what.length, says.length)).toBeGreaterThan(20);
  expect(() => caseOf("nobody")).toThrow(RangeError);
});

describe("in a practice tenant", () => {
  let tenant: Thirty | undefined;
  beforeAll(async () => {
    tenant = await openThirty();
  });
  afterAll(() => tenant?.close());

  test("the plan is sound, and its first phase is carried out", async () => {
    const checked = await tenant?.cli(["diff", PLAN]);
    expect(checked?.exit).toBe(0);
    expect(checked?.stdout).toContain("as of Mon 2 Mar 2026 08:00 London");
    expect(checked?.stdout).toMatch(/live +2 Feb +08:00 +Head teachers +1 of 2 ready/);
    expect(checked?.stdout).not.toContain('policy "MFA: heads"');
    expect(checked?.stdout).toContain('+ policy "MFA: staff"');
    expect(checked?.stdout).toContain("the exclusion of caretaker@* from everyone ended on Fri 27 Feb 2026");
  });

  test.each([
    ["head-ready", 'MFA by the policy "MFA: heads"; can: app'],
    ["email-only", 'MFA by the policy "MFA: heads"; nothing is registered that meets it'],
    ["emoji", 'MFA by the policy "Teachers: MFA everywhere"; can: app'],
    ["text-default", 'MFA by the policy "Teachers: MFA everywhere"; can: call, text'],
    ["per-user-enforced", "MFA by per-user MFA; can: app"],
    ["report-only", "nothing is asked but the password"],
    ["excluded-nested", "nothing is asked but the password"],
    ["administrator", "nothing is asked but the password"],
    ["formula", "nothing is asked but the password"],
  ])("what is asked of %s for web mail today: %s", async (key, because) => {
    const why = await tenant?.cli(["why", caseOf(key).address, "--json"]);
    const [place] = JSON.parse(why?.stdout ?? "{}").places;
    expect(place.signIns[0]).toMatchObject({ title: "web mail in a browser", because });
  });
});
