/** What was done on a bad morning, taken back. */

import { describe, expect, test } from "vitest";
import type { Relief, Step } from "../../src/core/changes.ts";
import type { Run } from "../../src/core/journal.ts";
import type { Observed, Progress } from "../../src/core/observed.ts";
import { haltOf, outOf, type ReliefPlan, reliefTakenBack } from "../../src/core/relief.ts";
import { undoPlan } from "../../src/core/undo.ts";
import { releaseStep } from "../../src/core/undo-changes.ts";
import { groupWith, id, policyWith } from "./county.ts";
import { ALDER, groundOf, HOUR, halted, LIVE, NINE, told, withDone, wordOf } from "./relief-world.ts";

describe("a run that is taken back", () => {
  const runOf = ({ steps }: ReliefPlan, relief: Relief, made: Observed): Run => ({
    id: "20181119T090000Z-0001",
    start: {
      type: "start",
      at: NINE,
      run: "20181119T090000Z-0001",
      schema: 1,
      toolVersion: "0",
      plan: { id: "county-2018", name: "County schools 2018", file: "county.yaml" },
      tenant: made.tenant.id,
      asOf: NINE,
      hash: "",
      phases: [],
      relief,
      allowed: [],
    },
    steps: steps.map((step) => {
      const id = step.write.type === "create" ? groupWith(made, step.key).id : undefined;
      return { step, intentAt: NINE, outcome: { type: "done", ...(id !== undefined && { id }) } };
    }),
    settled: [],
    twins: [],
  });
  const back = (run: Run, observed: Observed): readonly Step[] => {
    const release = releaseStep("county-2018", run, observed);
    return [...(release === undefined ? [] : [release]), ...undoPlan({ run, later: [], observed, planId: "county-2018" }).steps];
  };

  test("a halt: the policies are on again, and nothing is on hold", () => {
    const of = haltOf(groundOf(LIVE), "county-2018", NINE);
    const now = halted(LIVE);
    const undone = withDone(now, { steps: back(runOf(of, { type: "halt" }, now), now) });
    expect(policyWith(undone, "mfa-heads").settings).toEqual(policyWith(LIVE, "mfa-heads").settings);
    expect(told(undone)).toEqual({ begun: [], held: [] });
  });

  test("a domain: its group stays as it is, and nothing goes by it", () => {
    const of = outOf(groundOf(LIVE), "county-2018", ALDER, [id(0x10)], new Set(), NINE);
    const now = withDone(LIVE, of);
    const steps = back(runOf(of, { type: "out", domain: ALDER }, now), now);
    expect(steps.map(wordOf)).toEqual(["update cohort-group progress", "mfa-heads on -> on"]);
    expect(policyWith(withDone(now, { steps }), "mfa-heads").settings.exclude.groups).toEqual([]);
    expect(told(withDone(now, { steps }))).toEqual({ begun: [], held: [] });
  });
});

describe("taken back", () => {
  const JO = { id: id(0x10), until: NINE };
  const KIM = { id: id(0x11), until: NINE };
  const cases: readonly (readonly [name: string, now: Progress, before: Progress | undefined, written: Progress, want: Progress])[] = [
    ["a halt", { begun: [], held: ["*"], halted: NINE }, undefined, { begun: [], held: ["*"], halted: NINE }, { begun: [], held: [] }],
    [
      "a halt over an older hold, and somebody let in since",
      { begun: ["a"], held: ["*"], halted: NINE, letIn: [JO] },
      { begun: ["a"], held: ["b"] },
      { begun: ["a"], held: ["*"], halted: NINE },
      { begun: ["a"], held: ["b"], letIn: [JO] },
    ],
    [
      "a domain, and not the other",
      { begun: [], held: ["x"], out: ["a.example", "b.example"] },
      { begun: [], held: [], out: ["a.example"] },
      { begun: [], held: [], out: ["a.example", "b.example"] },
      { begun: [], held: ["x"], out: ["a.example"] },
    ],
    [
      "one of two",
      { begun: [], held: [], letIn: [JO, KIM] },
      { begun: [], held: [], letIn: [JO] },
      { begun: [], held: [], letIn: [JO, KIM] },
      { begun: [], held: [], letIn: [JO] },
    ],
    [
      "a longer time gives way to the one before",
      { begun: [], held: [], letIn: [{ ...JO, until: NINE + HOUR }] },
      { begun: [], held: [], letIn: [JO] },
      { begun: [], held: [], letIn: [{ ...JO, until: NINE + HOUR }] },
      { begun: [], held: [], letIn: [JO] },
    ],
  ];
  test.each(cases)("%s", (_name, now, before, written, want) => {
    expect(reliefTakenBack(now, before, written)).toEqual(want);
  });
});
