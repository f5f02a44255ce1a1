/** What a run over accounts of a list tells on the way and afterwards: people count accounts, and a step is twenty of them. */

import { describe, expect, test } from "vitest";
import type { LookOnceMore } from "../../src/account-waves.ts";
import { apply } from "../../src/apply.ts";
import type { AccountStanding, AccountState } from "../../src/core/accounts/facts.ts";
import type { Step, StepOutcome } from "../../src/core/changes.ts";
import { type ObjectId, present } from "../../src/core/tenant.ts";
import type { Gateway } from "../../src/service.ts";
import type { ApplyProgress } from "../../src/working.ts";
import { id, observed } from "../core/guards/world.ts";
import { FakeClock } from "./model.ts";

const range = (from: number, to: number): readonly ObjectId[] => Array.from({ length: to - from }, (_, at) => id(0x9000 + from + at));

const step = (place: number, ids: readonly ObjectId[], to: AccountState = "deleted"): Step => ({
  id: String(place),
  kind: "account-deletion",
  key: "unused-deleted",
  name: "unused.csv",
  write: { type: "set-accounts", kind: "account-deletion", key: "unused-deleted", to, ids },
  undo: { type: "accounts", to: to === "deleted" ? "restored" : "deleted", ids },
  after: [],
  phases: [],
});

type World = {
  /** By the last look, in words. */
  readonly spared?: ReadonlyMap<ObjectId, string>;
  /** What the service says no to. */
  readonly refused?: readonly ObjectId[];
};

const played = async (steps: readonly Step[], { spared = new Map(), refused = [] }: World = {}) => {
  const clock = new FakeClock(observed().readAt);
  const told: ApplyProgress[] = [];
  const standing = new Map<ObjectId, AccountStanding>();
  const gateway: Gateway = {
    readTenant: () => Promise.reject(new Error("nobody reads it")),
    list: async () => ({ type: "absent" }),
    listed: () => Promise.reject(new Error("the test looks by itself")),
    members: () => Promise.reject(new Error("an account has no members")),
    states: () => Promise.reject(new Error("nobody asks for a state")),
    mailboxes: () => Promise.reject(new Error("nobody asks for a mailbox")),
    standing: async (ids) => present(new Map(ids.map((each) => [each, standing.get(each) ?? "blocked"]))),
    perform: async (wave, _made, _beforeSend, onOutcome) =>
      new Map(
        wave.map(({ id: name, write }): readonly [string, StepOutcome] => {
          if (write.type !== "set-accounts") throw new Error("only accounts are written here");
          const no = write.ids.filter((each) => refused.includes(each));
          for (const each of write.ids) if (!no.includes(each)) standing.set(each, write.to === "deleted" ? "deleted" : "enabled");
          onOutcome?.(1);
          return [
            name,
            no.length === 0
              ? { type: "done" }
              : { type: "unknown", because: "no", lacking: no, refused: true, each: no.map((each) => ({ id: each, because: "the service said no" })) },
          ];
        }),
      ),
  };
  const lookOnceMore: LookOnceMore = async ({ write }) => {
    const ids = write.type === "set-accounts" ? write.ids : [];
    return present({ ids: ids.filter((each) => !spared.has(each)), spared: ids.flatMap((each) => spared.get(each) ?? []) });
  };
  const result = await apply({
    steps,
    gateway,
    journal: { append: async () => undefined },
    clock,
    signal: new AbortController().signal,
    observed: observed(),
    progress: (each) => told.push(each),
    lookOnceMore,
  });
  return { ...result, told };
};

describe("on the way", () => {
  test("one thing is told from the first to the last, in accounts of the whole run", async () => {
    const { told } = await played([step(0, range(0, 20)), step(1, range(20, 40)), step(2, range(40, 45))]);
    expect([...new Set(told.map(({ to, doing }) => `${doing} ${to}`))]).toEqual(["writing deleted"]);
    expect([...new Set(told.map(({ total }) => total))]).toEqual([45]);
    expect([...new Set(told.map(({ done }) => done))]).toEqual([0, 20, 40, 45]);
  });

  test("those who come back are counted by themselves", async () => {
    const { told, reached } = await played([step(0, range(0, 20)), step(1, range(20, 25), "enabled")]);
    expect(new Set(told.map(({ to, total }) => `${to} ${total}`))).toEqual(new Set(["deleted 20", "enabled 5"]));
    expect([...reached]).toEqual([
      ["deleted", 20],
      ["enabled", 5],
    ]);
  });
});

describe("afterwards", () => {
  test("who was spared or refused was not deleted, and is told by itself", async () => {
    const [first, second, third] = range(0, 3);
    const { reached, spared, outcomes, remarks } = await played([step(0, range(0, 20)), step(1, [second ?? ""])], {
      spared: new Map([
        [first ?? "", "ann: it signed in"],
        [second ?? "", "bob: it signed in"],
      ]),
      refused: [third ?? ""],
    });
    expect([...reached]).toEqual([["deleted", 17]]);
    expect([...spared]).toEqual([
      ["0", ["ann: it signed in", "bob: it signed in"]],
      ["1", ["bob: it signed in"]],
    ]);
    expect([outcomes.get("0")?.type, outcomes.get("1")?.type]).toEqual(["unknown", "left-out"]);
    // A remark may end in a journal, which holds no names.
    expect([...remarks.values()]).toEqual(["spared at the last look", "spared at the last look"]);
  });
});
