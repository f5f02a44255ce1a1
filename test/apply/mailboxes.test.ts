/** Mailboxes through the engine: looked at before they are written where the look is old, and each read back by itself, since success says nothing. */

import { describe, expect, test } from "vitest";
import { apply } from "../../src/apply.ts";
import type { Entry, MailboxChange, Step, StepOutcome, Write } from "../../src/core/changes.ts";
import type { Mailboxes, MailboxState } from "../../src/core/mailboxes.ts";
import type { Observed } from "../../src/core/observed.ts";
import { type MailboxFields, type ObjectId, present, type ResourceOf, unknown } from "../../src/core/tenant.ts";
import { restOfMailboxes, seenMailboxes } from "../../src/mailbox-states.ts";
import type { Gateway } from "../../src/service.ts";
import { observed } from "../core/guards/world.ts";
import { box, boxesOf, OFF, ON, type States, tenantsSmtp } from "../core/mail-world.ts";
import { FakeClock } from "./model.ts";

const [A, B, C] = [0x10, 0x11, 0x12];
const START = observed().readAt;
const BOTH: MailboxFields = { pop3: true, imap: true };
const GONE: MailboxFields = { pop3: false, imap: false };

type Set = Extract<Write, { readonly type: "set-mailboxes" }>;
const changeOf = (account: number, before: MailboxFields = BOTH, after: MailboxFields = GONE): MailboxChange => ({ id: box(account), before, after });
const set = (...mailboxes: readonly MailboxChange[]): Set => ({ type: "set-mailboxes", kind: "mailbox-protocols", key: "*", mailboxes });
const stepOf = (write: Write, place = 0, after: readonly string[] = []): Step => ({
  id: String(place),
  kind: write.type === "update" ? write.kind : "mailbox-protocols",
  key: write.key,
  name: write.type === "update" ? "the tenant's" : "every mailbox",
  write,
  undo: write.type === "set-mailboxes" ? { type: "mailboxes", mailboxes: write.mailboxes } : { type: "impossible", because: "a test" },
  after,
  phases: [],
});

/** What becomes of a write: `lost` does it and answers nothing; `first` does its first mailbox alone and answers nothing. */
type Fate = "done" | "lost" | "nothing" | "first" | StepOutcome;
type World = {
  readonly states: States;
  readonly fate?: Fate;
  /** Before the mailboxes are read back, somebody does this. */
  readonly meanwhile?: States;
  readonly lagMs?: number;
  /** How often the mailboxes cannot be read, from the first look on. */
  readonly unread?: number;
  /** How old the steps' own look at the mailboxes is. */
  readonly ageMs?: number;
};

const BEFORE_WRITING: Partial<World> = { ageMs: 61_000 };

const played = async (world: World, steps: readonly Step[]) => {
  const clock = new FakeClock(START + (world.ageMs ?? 0));
  const begun = clock.at;
  const history: { readonly at: number; readonly boxes: Mailboxes }[] = [{ at: -1, boxes: boxesOf(world.states) }];
  const written: (readonly [ObjectId, MailboxFields])[][] = [];
  const seen = observed({ mailboxes: present(boxesOf(world.states)) });
  let looks = 0;
  let word: ResourceOf<"smtp-auth"> = tenantsSmtp("on");
  const gateway: Gateway = {
    readTenant: () => Promise.reject(new Error("nobody reads it")),
    list: async (kind) => {
      const resources: Observed["resources"] = { ...seen.resources, "smtp-auth": present([word]) };
      return resources[kind];
    },
    listed: () => Promise.reject(new Error("nobody is on a list")),
    standing: () => Promise.reject(new Error("nobody is on a list")),
    members: () => Promise.reject(new Error("a mailbox has no members")),
    states: () => Promise.reject(new Error("a mailbox has no state")),
    mailboxes: async () => {
      looks += 1;
      if (looks <= (world.unread ?? 0)) return unknown("503");
      return present(history.findLast(({ at }) => at <= clock.at - (world.lagMs ?? 0))?.boxes ?? boxesOf({}));
    },
    perform: async (wave) => {
      const outcomes = new Map<string, StepOutcome>();
      for (const { id: step, write } of wave) {
        if (write.type === "update") {
          word = tenantsSmtp("off");
          outcomes.set(step, { type: "done" });
          continue;
        }
        if (write.type !== "set-mailboxes") continue;
        written.push(write.mailboxes.map(({ id, after }) => [id, after]));
        const fate = world.fate ?? "done";
        const reached = fate === "first" ? write.mailboxes.slice(0, 1) : fate === "done" || fate === "lost" ? write.mailboxes : [];
        const now = (history.at(-1)?.boxes ?? boxesOf({})).with(reached.map(({ id, after }) => [id, after] as const));
        const others = Object.entries(world.meanwhile ?? {}).map(([account, state]) => [box(Number(account)), state] as const);
        history.push({ at: clock.at, boxes: now.with(others) });
        outcomes.set(step, fate === "done" ? { type: "done" } : typeof fate === "string" ? { type: "unknown", because: "no answer" } : fate);
      }
      return outcomes;
    },
  };
  const entries: Entry[] = [];
  const result = await apply({
    steps,
    gateway,
    journal: { append: async (more) => void entries.push(...more) },
    clock,
    signal: new AbortController().signal,
    observed: { ...seen, resources: { ...seen.resources, "smtp-auth": present([word]) } },
  });
  return {
    exit: result.exit,
    outcomes: steps.map((step) => result.outcomes.get(step.id)),
    types: steps.map((step) => result.outcomes.get(step.id)?.type),
    remarks: [...result.remarks.values()],
    written,
    intents: entries.flatMap((entry) => (entry.type === "intent" && entry.step.write.type === "set-mailboxes" ? [entry.step.write.mailboxes] : [])),
    looks,
    waited: clock.at - begun,
    states: Object.fromEntries([...(history.at(-1)?.boxes ?? boxesOf({}))].map(({ id, state }) => [id.slice(-2), state])),
    word: word.settings.smtpAuth,
  };
};

describe("before the write", () => {
  test("a look of this minute is not repeated: one write, one look to read it back", async () => {
    expect(await played({ states: { [A]: ON, [B]: ON } }, [stepOf(set(changeOf(A), changeOf(B)))])).toMatchObject({
      exit: 0,
      looks: 1,
      written: [
        [
          [box(A), GONE],
          [box(B), GONE],
        ],
      ],
      states: { 10: OFF, 11: OFF },
    });
  });

  test("an older one is, and what is so already needs no write", async () => {
    const run = await played({ states: { [A]: OFF, [B]: { pop3: false }, [C]: ON }, ...BEFORE_WRITING }, [stepOf(set(changeOf(A), changeOf(B), changeOf(C)))]);
    expect(run).toMatchObject({
      exit: 0,
      looks: 2,
      written: [
        [
          [box(B), { imap: false }],
          [box(C), GONE],
        ],
      ],
    });
    // The journal holds what is written, with what it was, or the way back would lie.
    expect(run.intents).toEqual([[changeOf(B, { imap: true }, { imap: false }), changeOf(C)]]);
  });

  test("a mailbox that somebody set to something else is left alone, and told of", async () => {
    const steps = [stepOf(set(changeOf(A, { smtpAuth: "inherit" }, { smtpAuth: "on" }), changeOf(B)))];
    const run = await played({ states: { [A]: { smtpAuth: "off" }, [B]: ON }, ...BEFORE_WRITING }, steps);
    expect(run).toMatchObject({ exit: 4, types: ["done"], written: [[[box(B), GONE]]], states: { 10: { smtpAuth: "off" }, 11: OFF } });
    expect(run.remarks).toEqual(["of its mailboxes 1 were changed since they were read, and was left alone"]);
  });

  test("all moved: left out; all there, or gone: done; the others go on", async () => {
    const steps = [
      stepOf(set(changeOf(A, { smtpAuth: "inherit" }, { smtpAuth: "on" }))),
      stepOf(set(changeOf(B)), 1),
      stepOf(set(changeOf(C)), 2),
      stepOf(set(changeOf(0x99)), 3),
    ];
    const run = await played({ states: { [A]: { smtpAuth: "off" }, [B]: OFF, [C]: ON }, ...BEFORE_WRITING }, steps);
    expect(run).toMatchObject({ exit: 4, types: ["left-out", "done", "done", "done"], written: [[[box(C), GONE]]] });
  });

  test("what cannot be looked at is not written", async () => {
    expect(await played({ states: { [A]: ON }, unread: 1, ...BEFORE_WRITING }, [stepOf(set(changeOf(A)))])).toMatchObject({
      exit: 4,
      types: ["left-out"],
      written: [],
    });
  });

  test.each<readonly [string, MailboxChange, States, MailboxFields | undefined, number]>([
    ["as it was read", changeOf(A), { [A]: ON }, GONE, 0],
    ["half of it there", changeOf(A), { [A]: { imap: false } }, { pop3: false }, 0],
    ["all of it there", changeOf(A), { [A]: OFF }, undefined, 0],
    ["gone", changeOf(A), {}, undefined, 0],
    ["another word than either", changeOf(A, { smtpAuth: "on" }, { smtpAuth: "inherit" }), { [A]: { smtpAuth: "off" } }, undefined, 1],
    ["a field that is no business of it", changeOf(A, { imap: true }, { imap: false }), { [A]: { pop3: false, smtpAuth: "on" } }, { imap: false }, 0],
  ])("the rest of a step: %s", (_, change, states, after, moved) => {
    const step = stepOf(set(change));
    const rest = restOfMailboxes(step, boxesOf(states));
    expect(rest?.moved).toBe(moved);
    const left = rest?.step?.write;
    expect(left?.type === "set-mailboxes" ? left.mailboxes.map((each) => each.after) : undefined).toEqual(after === undefined ? undefined : [after]);
    if (rest?.step !== undefined) expect(rest.step.undo).toEqual({ type: "mailboxes", mailboxes: left?.type === "set-mailboxes" ? left.mailboxes : [] });
  });

  test("a step about no mailbox has no such rest", () => {
    const other = stepOf({ type: "update", kind: "smtp-auth", key: "tenant", id: "tenant", before: { smtpAuth: "on" }, after: { smtpAuth: "off" } });
    expect(restOfMailboxes(other, boxesOf({}))).toBeUndefined();
  });
});

describe("after the write", () => {
  const TWO = [stepOf(set(changeOf(A), changeOf(B)))];
  test.each<readonly [string, Partial<World>, number, StepOutcome["type"], number]>([
    ["no answer, and done", { fate: "lost" }, 0, "done", 0],
    ["no answer, and not done", { fate: "nothing" }, 4, "unknown", 120_000],
    ["no answer, and done in part", { fate: "first" }, 4, "unknown", 120_000],
    ["done, and shown late", { lagMs: 100_000 }, 0, "done", 100_000],
    ["done, and shown too late", { lagMs: 500_000 }, 4, "unknown", 120_000],
    ["gone meanwhile but for one", { unread: 1 }, 0, "done", 0],
    ["refused", { fate: { type: "refused", error: { status: 403, code: "x", message: "no" } } }, 77, "refused", 0],
    ["somebody else meanwhile", { meanwhile: { [A]: { imap: true } }, lagMs: 1_000 }, 4, "unknown", 1_000],
  ])("%s", async (_, world, exit, type, waited) => {
    const run = await played({ states: { [A]: ON, [B]: ON }, ...world }, TWO);
    expect([run.exit, run.types]).toEqual([exit, [type]]);
    expect(run.waited).toBeGreaterThanOrEqual(waited);
    expect(run.written).toHaveLength(1);
  });

  const seen = (change: MailboxChange, now: Partial<MailboxState> | undefined, told?: StepOutcome): unknown => {
    const found = seenMailboxes(set(change, changeOf(B)), boxesOf({ ...(now !== undefined && { [A]: now }), [B]: OFF }), told);
    return "type" in found ? found.type : found;
  };
  test.each<readonly [string, MailboxChange, Partial<MailboxState> | undefined, unknown]>([
    ["arrived", changeOf(A), OFF, "done"],
    ["gone", changeOf(A), undefined, "done"],
    ["not yet", changeOf(A), ON, [box(A)]],
    ["half of it", changeOf(A), { imap: false }, [box(A)]],
    ["other fields say nothing", changeOf(A, { imap: true }, { imap: false }), { imap: false, pop3: true, smtpAuth: "on" }, "done"],
    ["somebody else's word", changeOf(A, { smtpAuth: "on" }, { smtpAuth: "inherit" }), { smtpAuth: "off" }, "unknown"],
  ])("one look: %s", (_, change, now, want) => {
    expect(seen(change, now)).toEqual(want);
  });
});

describe("the tenant's word behind those that keep theirs", () => {
  const keeper = stepOf(set(changeOf(A, { smtpAuth: "inherit" }, { smtpAuth: "on" })));
  const tenants = stepOf({ type: "update", kind: "smtp-auth", key: "tenant", id: "tenant", before: { smtpAuth: "on" }, after: { smtpAuth: "off" } }, 1, ["0"]);
  test.each<readonly [string, Fate, "on" | "off", StepOutcome["type"]]>([
    ["done", "done", "off", "done"],
    ["refused", { type: "refused", error: { status: 400, code: "x", message: "no" } }, "on", "left-out"],
    ["never seen", "nothing", "on", "left-out"],
  ])("theirs was %s", async (_, fate, word, type) => {
    const run = await played({ states: { [A]: ON }, fate }, [keeper, tenants]);
    expect([run.word, run.types[1]]).toEqual([word, type]);
  });
});
