/** States of accounts through the engine: looked at before they are written, read back after it, whatever the service says. */

import { describe, expect, test } from "vitest";
import { seenStates, stillToSet } from "../../src/account-states.ts";
import { apply } from "../../src/apply.ts";
import type { Entry, Step, StepOutcome, Write } from "../../src/core/changes.ts";
import { PerUserStates } from "../../src/core/per-user-states.ts";
import { type Known, type ObjectId, type PerUserState, present, unknown } from "../../src/core/tenant.ts";
import type { Gateway } from "../../src/service.ts";
import type { ApplyProgress } from "../../src/working.ts";
import { id, observed } from "../core/guards/world.ts";
import { FakeClock } from "./model.ts";

const START = 1_000_000;
const [A, B, C] = [id(1), id(2), id(3)];

type Set = Extract<Write, { readonly type: "set-states" }>;
const set = (to: PerUserState, before: PerUserState, ...accounts: readonly ObjectId[]): Set => ({
  type: "set-states",
  kind: "per-user-mfa",
  key: "heads",
  to,
  accounts: accounts.map((account) => ({ id: account, before })),
});
const stepOf = (write: Set, place = 0): Step => ({
  id: String(place),
  kind: "per-user-mfa",
  key: write.key,
  name: "heads",
  write,
  undo: { type: "states", accounts: write.accounts },
  after: [],
  phases: [],
});

type Fate = "done" | "lost" | "nothing" | "half" | StepOutcome;
type World = {
  readonly states: Readonly<Record<ObjectId, PerUserState>>;
  readonly fate?: Fate;
  readonly lagMs?: number;
  /** How often the states cannot be read, from the first look on. */
  readonly unread?: number;
};

const played = async (world: World, steps: readonly Step[], signal: AbortSignal = new AbortController().signal) => {
  const clock = new FakeClock(START);
  const history: { readonly at: number; readonly states: Map<ObjectId, PerUserState> }[] = [{ at: -1, states: new Map(Object.entries(world.states)) }];
  const written: Set[] = [];
  const looks: number[] = [];
  const gateway: Gateway = {
    readTenant: () => Promise.reject(new Error("nobody reads it")),
    list: () => Promise.reject(new Error("a state has no list")),
    listed: () => Promise.reject(new Error("nobody is on a list")),
    standing: () => Promise.reject(new Error("nobody is on a list")),
    members: () => Promise.reject(new Error("a state has no members")),
    mailboxes: () => Promise.reject(new Error("a state is no mailbox")),
    states: async (ids): Promise<Known<PerUserStates>> => {
      looks.push(ids.length);
      if (looks.length <= (world.unread ?? 0)) return unknown("503");
      const shown = history.findLast(({ at }) => at <= clock.at - (world.lagMs ?? 0))?.states ?? new Map<ObjectId, PerUserState>();
      return present(PerUserStates.of(ids.flatMap((each) => (shown.has(each) ? [[each, shown.get(each) ?? "disabled"] as const] : []))));
    },
    perform: async (wave) => {
      const outcomes = new Map<string, StepOutcome>();
      for (const { id: step, write } of wave) {
        if (write.type !== "set-states") continue;
        written.push(write);
        const fate = world.fate ?? "done";
        const now = new Map(history.at(-1)?.states);
        const reached = fate === "half" ? write.accounts.slice(0, 1) : fate === "done" || fate === "lost" ? write.accounts : [];
        for (const account of reached) now.set(account.id, write.to);
        history.push({ at: clock.at, states: now });
        outcomes.set(step, fate === "done" ? { type: "done" } : typeof fate === "string" ? { type: "unknown", because: "no answer" } : fate);
      }
      return outcomes;
    },
  };
  const entries: Entry[] = [];
  const progress: ApplyProgress[] = [];
  const result = await apply({
    steps,
    gateway,
    journal: { append: async (more) => void entries.push(...more) },
    clock,
    signal,
    observed: observed(),
    progress: (each) => void progress.push(each),
  });
  return {
    exit: result.exit,
    outcomes: steps.map((step) => result.outcomes.get(step.id)?.type),
    remarks: [...result.remarks.values()],
    written: written.map(({ accounts }) => accounts.map((account) => account.id)),
    intents: entries.flatMap((entry) => (entry.type === "intent" && entry.step.write.type === "set-states" ? [entry.step.write.accounts.length] : [])),
    kinds: entries.map(({ type }) => type),
    looks,
    waited: clock.at - START,
    states: Object.fromEntries(history.at(-1)?.states ?? []),
  };
};

describe("before the write", () => {
  test("two looks and a write, journalled around it", async () => {
    const run = await played({ states: { [A]: "disabled", [B]: "disabled" } }, [stepOf(set("enabled", "disabled", A, B))]);
    expect(run).toMatchObject({
      exit: 0,
      outcomes: ["done"],
      written: [[A, B]],
      looks: [2, 2],
      kinds: ["intent", "outcome", "end"],
      states: { [A]: "enabled", [B]: "enabled" },
    });
  });

  test("who moved is left alone, who is there already needs no write, and the journal holds the others", async () => {
    const states = { [A]: "enabled", [B]: "disabled", [C]: "enforced" } as const;
    const run = await played({ states }, [stepOf(set("enforced", "enabled", A, B, C))]);
    expect(run).toMatchObject({ exit: 4, outcomes: ["done"], written: [[A]], intents: [1], states: { [A]: "enforced", [B]: "disabled", [C]: "enforced" } });
    expect(run.remarks).toEqual(["of its accounts 1 got another state since they were read, and was left alone"]);
  });

  test("what of a write is still to be done; an account that is gone needs none", () => {
    const now = PerUserStates.of([
      [A, "enabled"],
      [B, "enforced"],
      [C, "disabled"],
    ]);
    expect(stillToSet(set("enforced", "enabled", A, B, C, id(4)), now)).toEqual({ still: [{ id: A, before: "enabled" }], moved: 1 });
  });

  test("a step of which all moved is left out, one of which all are there is done, and the others go on", async () => {
    const steps = [stepOf(set("enforced", "enabled", A)), stepOf(set("enforced", "enabled", B), 1), stepOf(set("enforced", "enabled", C), 2)];
    const run = await played({ states: { [A]: "disabled", [B]: "enforced", [C]: "enabled" } }, steps);
    expect(run).toMatchObject({ exit: 4, outcomes: ["left-out", "done", "done"], written: [[C]], states: { [A]: "disabled" } });
  });

  test("what cannot be looked at is not written", async () => {
    const run = await played({ states: { [A]: "disabled" }, unread: 1 }, [stepOf(set("enabled", "disabled", A))]);
    expect(run).toMatchObject({ exit: 4, outcomes: ["left-out"], written: [] });
  });

  test("interrupted before it", async () => {
    const controller = new AbortController();
    controller.abort(new Error("interrupted"));
    expect(await played({ states: { [A]: "disabled" } }, [stepOf(set("enabled", "disabled", A))], controller.signal)).toMatchObject({ exit: 130, written: [] });
  });
});

describe("after the write", () => {
  test.each<readonly [string, World, number, string, number]>([
    ["no answer, and done", { states: {}, fate: "lost" }, 0, "done", 1],
    ["no answer, and not done", { states: {}, fate: "nothing" }, 4, "unknown", 120_000],
    ["no answer, and done in part", { states: {}, fate: "half" }, 4, "unknown", 120_000],
    ["done, and shown late", { states: {}, lagMs: 100_000 }, 0, "done", 100_000],
    ["done, and shown too late", { states: {}, lagMs: 500_000 }, 4, "unknown", 120_000],
    ["refused", { states: {}, fate: { type: "refused", error: { status: 403, code: "x", message: "no" } } }, 77, "refused", 0],
  ])("%s", async (_, world, exit, outcome, waited) => {
    const run = await played({ ...world, states: { [A]: "disabled", [B]: "disabled" } }, [stepOf(set("enabled", "disabled", A, B))]);
    expect([run.exit, run.outcomes]).toEqual([exit, [outcome]]);
    expect(run.waited).toBeGreaterThanOrEqual(waited);
    expect(run.written).toEqual([[A, B]]);
  });

  test.each<readonly [string, Set, PerUserState | undefined, string]>([
    ["arrived", set("enabled", "disabled", A), "enabled", "done"],
    ["further by itself", set("enabled", "disabled", A), "enforced", "done"],
    ["gone", set("enabled", "disabled", A), undefined, "done"],
    ["not yet", set("enabled", "disabled", A), "disabled", "1 of 1 account does not show it"],
    ["on the way down only the state itself counts", set("enabled", "enforced", A), "enforced", "1 of 1 account does not show it"],
    ["down", set("disabled", "enforced", A), "disabled", "done"],
    ["somebody else's", set("enforced", "enabled", A), "disabled", "unknown"],
    ["somebody else's, on the way down", set("disabled", "enforced", A), "enabled", "unknown"],
  ])("%s", (_, write, now, want) => {
    const seen = seenStates(write, PerUserStates.of(now === undefined ? [] : [[A, now]]));
    expect(typeof seen === "string" ? seen : seen.type).toBe(want);
  });
});
