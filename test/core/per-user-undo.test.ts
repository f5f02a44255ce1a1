/** The way back from states of per-user MFA, and what the journals remember of them. */

import { describe, expect, test } from "vitest";
import type { Entry, Step, StepOutcome, Write } from "../../src/core/changes.ts";
import { historyOf } from "../../src/core/history.ts";
import { linesOf, type Run, readJournal, runOf } from "../../src/core/journal.ts";
import { PerUserStates } from "../../src/core/per-user-states.ts";
import { type Known, type ObjectId, type PerUserState, present, unknown } from "../../src/core/tenant.ts";
import { undoPlan } from "../../src/core/undo.ts";
import { diffOfSteps } from "../../src/core/undo-changes.ts";
import { id, plan, tenant } from "./county.ts";

const [ALDER, BIRCH, CEDAR] = [id(0x10), id(0x11), id(0x12)];
const PLAN = "county-2018";

type Set = Extract<Write, { readonly type: "set-states" }>;
const set = (to: PerUserState, accounts: Readonly<Record<ObjectId, PerUserState>>): Set => ({
  type: "set-states",
  kind: "per-user-mfa",
  key: "heads",
  to,
  accounts: Object.entries(accounts).map(([account, before]) => ({ id: account, before })),
});

const stepOf = (write: Set, place: number): Step => ({
  id: String(place + 1).padStart(4, "0"),
  kind: "per-user-mfa",
  key: write.key,
  name: "heads",
  write,
  undo: { type: "states", accounts: write.accounts },
  after: [],
  phases: ["web"],
});

/** Written and read back, as every journal is. */
const run = (name: string, writes: readonly Set[], more: { readonly undoes?: string; readonly outcome?: StepOutcome } = {}): Run => {
  const entries: readonly Entry[] = [
    {
      type: "start",
      at: 1,
      run: name,
      schema: 1,
      toolVersion: "0",
      plan: { id: PLAN, name: "x", file: "x.yaml" },
      tenant: id(0xfff),
      asOf: 1,
      hash: "",
      phases: ["web"],
      ...(more.undoes !== undefined && { undoes: more.undoes }),
      allowed: [],
    },
    ...writes.map((write, place): Entry => ({ type: "intent", at: 2, step: stepOf(write, place) })),
    ...writes.map((_, place): Entry => ({ type: "outcome", at: 3, step: stepOf(set("disabled", {}), place).id, outcome: more.outcome ?? { type: "done" } })),
    { type: "end", at: 4, exit: 0 },
  ];
  const text = readJournal(linesOf(entries));
  const read = text.type === "read" ? runOf(text.entries) : undefined;
  if (read === undefined) throw new Error("the journal does not read back");
  return read;
};

type Now = Readonly<Record<ObjectId, PerUserState>>;
const isKnown = (now: Now | Known<PerUserStates>): now is Known<PerUserStates> => "type" in now;
const observedWith = (now: Now | Known<PerUserStates>) => tenant(plan(), { perUser: isKnown(now) ? now : present(PerUserStates.of(Object.entries(now))) });

const back = (of: Run, now: Now | Known<PerUserStates>, later: readonly Run[] = []) => {
  const { steps, left } = undoPlan({ run: of, later, observed: observedWith(now), planId: PLAN });
  return {
    steps: steps.map(({ write }) =>
      write.type === "set-states" ? `${write.accounts.map((each) => `${each.id.slice(-2)} ${each.before}`).join(", ")} -> ${write.to}` : write.type,
    ),
    left: left.map(({ because }) => because),
  };
};

const enabling = run("a", [set("enabled", { [ALDER]: "disabled", [BIRCH]: "disabled" })]);

describe("each account back to what it was", () => {
  test.each<readonly [string, Run, Now | Known<PerUserStates>, readonly Run[], readonly string[], readonly string[]]>([
    ["as the run left them", enabling, { [ALDER]: "enabled", [BIRCH]: "enabled" }, [], ["10 enabled, 11 enabled -> disabled"], []],
    ["one that registered since jumped by itself", enabling, { [ALDER]: "enforced", [BIRCH]: "enabled" }, [], ["10 enforced, 11 enabled -> disabled"], []],
    ["back already", enabling, { [ALDER]: "disabled", [BIRCH]: "enabled" }, [], ["11 enabled -> disabled"], []],
    ["one is gone", enabling, { [BIRCH]: "enabled" }, [], ["11 enabled -> disabled"], ["1 of its accounts is not there any more"]],
    [
      "one that somebody turned off after it was enforced",
      run("a", [set("enforced", { [ALDER]: "enabled", [BIRCH]: "enabled" })]),
      { [ALDER]: "disabled", [BIRCH]: "enforced" },
      [],
      ["11 enforced -> enabled"],
      ["1 of its accounts got another state since, not by this tool; it stays as it is"],
    ],
    [
      "two that a later run raised: that one first",
      enabling,
      { [ALDER]: "enforced", [BIRCH]: "enforced" },
      [run("b", [set("enforced", { [ALDER]: "enabled", [BIRCH]: "enabled" })])],
      [],
      ["2 of its accounts got another state since by the run b: undo that one first"],
    ],
    [
      "a later run that was taken back counts no longer",
      enabling,
      { [ALDER]: "enabled", [BIRCH]: "enforced" },
      [
        run("b", [set("enforced", { [ALDER]: "enabled", [BIRCH]: "enabled" })]),
        run("c", [set("enabled", { [ALDER]: "enforced", [BIRCH]: "enforced" })], { undoes: "b" }),
      ],
      ["10 enabled, 11 enforced -> disabled"],
      [],
    ],
    [
      "taken back, then set again by another run",
      enabling,
      { [ALDER]: "enabled", [BIRCH]: "enabled" },
      [
        run("b", [set("disabled", { [ALDER]: "enabled", [BIRCH]: "enabled" })], { undoes: "a" }),
        run("c", [set("enabled", { [ALDER]: "disabled", [BIRCH]: "disabled" })]),
      ],
      [],
      ["it was taken back by the run b and written again by the run c: undo that one"],
    ],
    [
      "different states before",
      run("a", [set("enforced", { [ALDER]: "disabled", [BIRCH]: "enabled", [CEDAR]: "disabled" })]),
      { [ALDER]: "enforced", [BIRCH]: "enforced", [CEDAR]: "enforced" },
      [],
      ["10 enforced, 12 enforced -> disabled", "11 enforced -> enabled"],
      [],
    ],
    ["retired ones come back", run("a", [set("disabled", { [ALDER]: "enforced" })]), { [ALDER]: "disabled" }, [], ["10 disabled -> enforced"], []],
    [
      "told once for steps of one cohort",
      run("a", [set("enforced", { [ALDER]: "enabled" }), set("enforced", { [BIRCH]: "enabled" })]),
      { [ALDER]: "disabled", [BIRCH]: "disabled" },
      [],
      [],
      ["2 of its accounts got another state since, not by this tool; they stay as they are"],
    ],
    ["states that nobody could read", enabling, unknown("503"), [], [], ["the states of its accounts could not be read: 503"]],
  ])("%s", (_, of, now, later, steps, left) => {
    expect(back(of, now, later)).toEqual({ steps, left });
  });

  test("what was refused is not taken back", () => {
    const refused = run("a", [set("enabled", { [ALDER]: "disabled" })], { outcome: { type: "refused", error: { status: 403, code: "x", message: "no" } } });
    expect(back(refused, { [ALDER]: "enabled" })).toEqual({ steps: [], left: [] });
  });

  test("shown as a change for each state that they go back to", () => {
    const observed = observedWith({ [ALDER]: "enforced", [BIRCH]: "enforced" });
    const mixed = run("a", [set("enforced", { [ALDER]: "disabled", [BIRCH]: "enabled" })]);
    const { steps } = undoPlan({ run: mixed, later: [], observed, planId: PLAN });
    expect(diffOfSteps(PLAN, steps, observed).changes.map(({ action, states }) => [action, states?.to, states?.accounts.map((each) => each.id)])).toEqual([
      ["update", "disabled", [ALDER]],
      ["update", "enabled", [BIRCH]],
    ]);
  });
});

describe("what the runs set last", () => {
  const state = (...runs: readonly Run[]): PerUserState | undefined => historyOf(runs)?.states?.get(ALDER)?.state;
  const lost: StepOutcome = { type: "unknown", because: "no answer" };

  test.each<readonly [string, PerUserState | undefined, readonly Run[]]>([
    ["set", "enabled", [enabling]],
    ["raised", "enforced", [enabling, run("b", [set("enforced", { [ALDER]: "enabled" })])]],
    ["taken back", "disabled", [enabling, run("b", [set("disabled", { [ALDER]: "enabled" })], { undoes: "a" })]],
    ["perhaps raised: the lesser", "enabled", [enabling, run("b", [set("enforced", { [ALDER]: "enabled" })], { outcome: lost })]],
    ["perhaps lowered: the lesser", "disabled", [enabling, run("b", [set("disabled", { [ALDER]: "enabled" })], { outcome: lost })]],
    ["perhaps set for the first time", "disabled", [run("a", [set("enabled", { [ALDER]: "disabled" })], { outcome: lost })]],
    ["not done", undefined, [run("a", [set("enabled", { [ALDER]: "disabled" })], { outcome: { type: "left-out", because: "x" } })]],
  ])("%s", (_, want, runs) => {
    expect(state(...runs)).toBe(want);
  });
});
