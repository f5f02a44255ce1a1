/** What the tests of the log of sign-ins share: policies that block and ask, changes of them, and a digest. */

import { expect, test } from "vitest";
import type { Change, Finding } from "../../../src/core/changes.ts";
import type { Guard, GuardInput } from "../../../src/core/guards/guard.ts";
import { markText, nameWithMark } from "../../../src/core/mark.ts";
import type { Observed } from "../../../src/core/observed.ts";
import type { Plan } from "../../../src/core/plan/plan.ts";
import type { Looked, OldUse, SignInDigest } from "../../../src/core/sign-in-digest.ts";
import { type Known, type ObjectId, type PolicySettings, present, type ResourceOf } from "../../../src/core/tenant.ts";
import { change, diff, group, HEADS_GROUP, heads, id, input, MOMENT, observed, PLAN_ID, plan, policy, policySettings, told } from "./world.ts";

export const DAY_MS = 86_400_000;
export const YESTERDAY = MOMENT - DAY_MS / 2;

// ---- what is there, and what changes

const BLOCK: Partial<PolicySettings> = {
  name: nameWithMark("No old clients: heads", { plan: PLAN_ID, key: "block-heads" }),
  description: markText({ plan: PLAN_ID, key: "block-heads" }),
  clients: ["activesync", "legacy"],
  grant: { operator: "or", controls: ["block"], strength: null },
};
const BLOCK_ID = id(0x201);

const blockMark = { plan: PLAN_ID, key: "block-heads" };
export const blockPolicy = (fields: Partial<PolicySettings> = {}): ResourceOf<"conditional-access"> =>
  policy({ ...BLOCK, ...fields }, { id: BLOCK_ID, mark: blockMark });
export const blockChange = (before: Partial<PolicySettings> | undefined, after: Partial<PolicySettings> = {}): Change =>
  change({
    kind: "conditional-access",
    key: "block-heads",
    action: before === undefined ? "create" : "update",
    name: "No old clients: heads",
    after: policySettings({ ...BLOCK, ...after }),
    mark: blockMark,
    ...(before !== undefined && { id: BLOCK_ID, before: policySettings({ ...BLOCK, ...before }) }),
  });

export const joins = (added: readonly ObjectId[], removed: readonly ObjectId[] = []): Change =>
  change({
    kind: "cohort-group",
    key: "heads",
    action: "update",
    id: HEADS_GROUP,
    before: group().settings,
    after: group().settings,
    members: { added, removed },
  });

export const with_ = (policies: readonly ResourceOf<"conditional-access">[], fields: Partial<Observed> = {}): Observed => {
  const base = observed(fields);
  return { ...base, resources: { ...base.resources, "conditional-access": present(policies) } };
};

export const given = (
  changes: readonly Change[],
  policies: readonly ResourceOf<"conditional-access">[],
  fields: Partial<Observed> = {},
  of: Plan = plan(),
): GuardInput => input({ plan: of, observed: with_(policies, fields), diff: diff(changes) });

export const LOOKED: Looked = { since: MOMENT - 30 * DAY_MS, cut: false, gaps: [] };
export const logOf = (parts: Partial<SignInDigest>): Known<SignInDigest> => present({ empty: false, ...parts });

export const uses = (entries: readonly (readonly [ObjectId, string, number?])[], looked: Partial<Looked> = {}): Known<SignInDigest> =>
  logOf({
    legacy: present({
      ...LOOKED,
      ...looked,
      uses: new Map(entries.map(([who, client, last = YESTERDAY]): [ObjectId, OldUse] => [who, { client, last, count: 3 }])),
    }),
  });

export type Want = readonly (string | RegExp)[];
export type Row = readonly [name: string, input: GuardInput, want: Want];

export const check = (guard: Guard, rows: readonly Row[]): void => {
  test.each(rows)("%s", (_name, each, want) => {
    const findings = guard.check(each);
    const lines = told(findings);
    expect(lines).toHaveLength(want.length);
    for (const [at, one] of want.entries()) expect(lines[at]).toMatch(one);
    for (const finding of findings) {
      expect(finding.guard).toBe(guard.name);
      expect(finding.allowable).toBe(finding.verdict !== "go");
      if (finding.verdict !== "go")
        expect([finding.hint !== undefined, finding.count !== undefined && finding.count > 0, finding.holds !== undefined]).toEqual([true, true, true]);
    }
  });
};

export const only = (findings: readonly Finding[]): Finding => {
  const [first, second] = findings;
  if (first === undefined || second !== undefined) throw new Error(`${findings.length} findings`);
  return first;
};

export const [FIRST = "", SECOND = "", THIRD = ""] = heads(40);
export const NEW_HEADS = heads(2, 38);
