import { describe, expect, test } from "vitest";
import { ALLOWABLE, applicable, isStopping, withAllowances } from "../../src/core/allowances.ts";
import type { Change, Finding } from "../../src/core/changes.ts";
import { checkGuards, GUARDS } from "../../src/core/guards/index.ts";
import { change, diff, HEADS_GROUP, id, input, policyChange, policySettings, users } from "./guards/world.ts";

const stop = (guard: string, fields: Partial<Finding> = {}): Finding => ({ guard, verdict: "stop", detail: "", allowable: true, count: 1, ...fields });

describe("allowances", () => {
  const table: readonly (readonly [name: string, findings: readonly Finding[], allow: readonly (readonly [string, number])[], allowed: readonly boolean[]])[] =
    [
      ["none given", [stop("size")], [], [false]],
      ["enough", [stop("size", { count: 12 })], [["size", 12]], [true]],
      ["more than enough", [stop("size", { count: 12 })], [["size", 50]], [true]],
      ["one too few", [stop("size", { count: 12 })], [["size", 11]], [false]],
      ["two findings, together too many", [stop("loosened"), stop("loosened")], [["loosened", 1]], [false, false]],
      ["two findings, together enough", [stop("loosened"), stop("loosened")], [["loosened", 2]], [true, true]],
      ["another guard's", [stop("loosened")], [["size", 9]], [false]],
      ["what may not be let pass", [stop("emergency-accounts", { allowable: false })], [["emergency-accounts", 99]], [false]],
      ["unclear, but allowable", [stop("size", { verdict: "unclear", count: 5 })], [["size", 5]], [true]],
      ["go needs none", [stop("size", { verdict: "go" })], [["size", 5]], [false]],
      ["zero allows nothing", [stop("size")], [["size", 0]], [false]],
    ];
  test.each(table)("%s", (_name, findings, allow, allowed) => {
    const judged = withAllowances(
      findings,
      allow.map(([guard, count]) => ({ guard, count })),
    );
    expect(judged.map((each) => each.allowed)).toEqual(allowed);
  });

  test("lock-out can never be let pass", () => {
    expect(ALLOWABLE).toEqual([
      "all-trusted",
      "federated",
      "late",
      "legacy-clients",
      "loosened",
      "managed-policies",
      "networks",
      "old-mail",
      "per-user",
      "policy-limit",
      "ready",
      "second-method",
      "security-defaults",
      "service-accounts",
      "size",
      "unanswered",
      "what-if",
    ]);
  });

  test("unclear acts as stop", () => {
    expect([stop("size", { verdict: "unclear" }), stop("size", { verdict: "go" })].map((each) => isStopping({ ...each, allowed: false }))).toEqual([
      true,
      false,
    ]);
  });
});

describe("what may be applied", () => {
  const groups = change({
    kind: "cohort-group",
    key: "heads",
    action: "update",
    id: HEADS_GROUP,
    before: { name: "a", description: "" },
    after: { name: "b", description: "" },
  });
  const made = change({ kind: "cohort-group", key: "offices", action: "create", after: { name: "o", description: "" } });
  const needsMade = change({
    kind: "conditional-access",
    key: "mfa-offices",
    action: "create",
    after: policySettings(),
    needs: [{ kind: "cohort-group", key: "offices" }],
  });
  const heads = policyChange({ state: "report-only" });
  const goes = change({ kind: "cohort-group", key: "old", action: "delete", id: id(0x111), before: { name: "old", description: "" } });
  const away = change({
    kind: "conditional-access",
    key: "mfa-old",
    action: "update",
    id: id(0x222),
    before: policySettings({ include: users({ groups: [id(0x111)] }) }),
    after: policySettings({ include: users({ groups: [id(0x112)] }) }),
  });
  const all: readonly Change[] = [groups, made, goes, heads, away, needsMade];
  const holding = (...changes: readonly Change[]): Finding => stop("loosened", { holds: changes.map(({ kind, key }) => ({ kind, key })) });

  test.each([
    ["no finding", [], "everything"],
    ["only go", [stop("size", { verdict: "go" })], "everything"],
    ["a stop without keys", [stop("licence")], "nothing"],
    ["a stop with keys beside one without", [holding(heads), stop("licence")], "nothing"],
    ["a policy", [holding(heads)], ["mfa-heads"]],
    ["a group that is made holds the policy that needs it", [holding(made)], ["offices", "mfa-offices"]],
    ["a group that is there holds the policies that name it", [holding(groups)], ["heads", "mfa-heads", "mfa-offices"]],
    ["a policy that goes on naming a group holds the group's deletion", [holding(away)], ["old", "mfa-old"]],
    ["a key without a change", [stop("lists", { holds: [{ kind: "cohort-group", key: "nobody" }] })], []],
  ] as const)("%s", (_name, findings, want) => {
    const result = applicable(withAllowances(findings, []), diff(all));
    expect(result.type === "all-but" ? result.held.map(({ key }) => key) : result.type).toEqual(want);
  });

  test("what was let pass holds nothing", () => {
    expect(applicable(withAllowances([holding(heads)], [{ guard: "loosened", count: 1 }]), diff(all))).toEqual({ type: "everything" });
  });
});

describe("all guards together", () => {
  test("names are unique, and what is allowable says so in its hint with the whole guard's number", () => {
    expect(new Set(GUARDS.map(({ name }) => name)).size).toBe(GUARDS.length);
    const six = Array.from({ length: 6 }, (_, at) =>
      change({ kind: "conditional-access", key: `mfa-${at}`, action: "delete", id: id(0x700 + at), before: policySettings() }),
    );
    const findings = checkGuards(input({ diff: diff(six), history: { written: new Map(), accounts: 100 } }));
    const size = findings.filter(({ guard }) => guard === "size");
    expect(size.map(({ count }) => count)).toEqual([6, 60]);
    for (const finding of size) expect(finding.hint).toMatch(/; to let it pass: --allow size=66 --reason "\.\.\."$/);
  });

  test("nobody attends: the hint says that it takes a person", () => {
    const six = Array.from({ length: 4 }, (_, at) =>
      change({ kind: "conditional-access", key: `mfa-${at}`, action: "delete", id: id(0x700 + at), before: policySettings() }),
    );
    const [finding] = checkGuards(input({ diff: diff(six), attended: false })).filter(({ guard }) => guard === "size");
    expect(finding?.hint).toMatch(/somebody can let it pass with apply --allow size=4/);
  });

  test("the same input gives the same findings", () => {
    expect(checkGuards(input())).toEqual(checkGuards(input()));
    expect(checkGuards(input()).map(({ guard, verdict }) => `${guard} ${verdict}`)).toEqual(["emergency-accounts go", "lock-out go"]);
  });
});
