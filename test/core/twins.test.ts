import { describe, expect, test } from "vitest";
import type { Run } from "../../src/core/journal.ts";
import type { ResourceOf } from "../../src/core/tenant.ts";
import { madeBy, twinsIn } from "../../src/core/twins.ts";

const AT = Date.UTC(2022, 1, 14, 6, 30);
const group = (id: string, more: Partial<ResourceOf<"cohort-group">> = {}): ResourceOf<"cohort-group"> => ({
  kind: "cohort-group",
  id,
  mark: { plan: "p", key: "k" },
  settings: { name: "N", description: "entra-rollout:p/k" },
  managed: false,
  created: AT,
  ...more,
});
const OWN = new Set(["b"]);

const cases: readonly (readonly [name: string, list: readonly ResourceOf<"cohort-group">[], want: readonly string[]])[] = [
  ["one alone is no twin", [group("b")], []],
  ["the younger of its own goes", [group("a"), group("b", { created: AT + 1_000 })], ["b for a"]],
  ["the elder of its own stays", [group("a", { created: AT + 1_000 }), group("b")], []],
  ["of one second the id decides", [group("a"), group("b")], ["b for a"]],
  ["and its own stays by it", [group("c"), group("b")], []],
  ["of three the two others are not its to judge", [group("a"), group("b", { created: AT + 1_000 }), group("c", { created: AT + 2_000 })], ["b for a"]],
  ["made by others, both are left", [group("a"), group("c")], []],
  ["made an hour apart they are no twins", [group("a"), group("b", { created: AT + 3_600_000 })], []],
  ["one of which nobody knows when it was made", [{ ...group("a"), created: AT }, (({ created: _, ...rest }) => rest)(group("b"))], []],
  ["another plan's", [group("a", { mark: { plan: "q", key: "k" } }), group("b")], []],
  ["another key's", [group("a", { mark: { plan: "p", key: "l" } }), group("b")], []],
  ["a managed one is nobody's twin", [group("a", { managed: true }), group("b")], []],
];

describe("twins", () => {
  test.each(cases)("%s", (_, list, want) => {
    const found = [list, [...list].reverse()].map((each) => twinsIn(each, "p", OWN).map(({ kept, younger }) => `${younger.id} for ${kept.id}`));
    expect(found).toEqual([want, want]);
  });

  test("what was left to a twin is not its own, and what it took away was", () => {
    const write = { type: "create", kind: "cohort-group", key: "k", settings: group("b").settings } as const;
    const step = { id: "s", kind: "cohort-group", key: "k", name: "N", write, undo: { type: "delete" }, after: [], phases: [] } as const;
    const run = (kept: string, twins: NonNullable<Run["twins"]>): Run => ({
      id: "r",
      start: {
        type: "start",
        at: AT,
        run: "r",
        schema: 1,
        toolVersion: "1",
        plan: { id: "p", name: "P", file: "p.yaml" },
        tenant: "t",
        asOf: AT,
        hash: "h",
        phases: [],
        allowed: [],
      },
      steps: [{ step, intentAt: AT, outcome: { type: "done", id: kept } }],
      settled: [],
      twins,
    });
    expect([...madeBy([run("b", [])])]).toEqual(["b"]);
    expect([...madeBy([run("a", [{ type: "twin", at: AT, step: "s", id: "b", kept: "a" }])])]).toEqual(["b"]);
  });
});
