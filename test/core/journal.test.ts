import { describe, expect, test } from "vitest";
import type { Entry, Step, StepOutcome, Write } from "../../src/core/changes.ts";
import { historyOf } from "../../src/core/history.ts";
import { createsOf, happened, linesOf, type Run, readJournal, runOf } from "../../src/core/journal.ts";
import type { ObjectId } from "../../src/core/tenant.ts";
import { startEntry } from "../apply/model.ts";
import { groupSettings, HEADS_GROUP, HEADS_POLICY, heads, id, LOCATION, locationSettings, MOMENT, policySettings, users } from "./guards/world.ts";

const step = (name: string, write: Write, more: Partial<Step> = {}): Step => ({
  id: name,
  kind: write.type === "add-members" || write.type === "remove-member" ? "cohort-group" : write.kind,
  key: write.key,
  name,
  write,
  undo: { type: "delete" },
  after: [],
  phases: ["heads-web"],
  ...more,
});

const createGroup: Write = { type: "create", kind: "cohort-group", key: "heads", settings: groupSettings };
const createPolicy: Write = {
  type: "create",
  kind: "conditional-access",
  key: "mfa-heads",
  settings: policySettings({ include: users({ groups: ["@cohort-group/heads"] }) }),
};
const update: Write = {
  type: "update",
  kind: "conditional-access",
  key: "mfa-heads",
  id: HEADS_POLICY,
  before: policySettings({ state: "report-only" }),
  after: policySettings(),
};
const remove: Write = { type: "delete", kind: "conditional-access", key: "mfa-heads", id: HEADS_POLICY, before: policySettings() };
const restore: Write = { type: "restore", kind: "conditional-access", key: "mfa-heads", id: HEADS_POLICY, settings: policySettings() };
const add = (...ids: readonly ObjectId[]): Write => ({ type: "add-members", key: "heads", group: HEADS_GROUP, ids });
const out = (one: ObjectId): Write => ({ type: "remove-member", key: "heads", group: HEADS_GROUP, ids: [one] });

const done = (made?: ObjectId): StepOutcome => ({ type: "done", ...(made !== undefined && { id: made }) });
const lost: StepOutcome = { type: "unknown", because: "no answer" };
const refused: StepOutcome = { type: "refused", error: { status: 400, code: "BadRequest", message: "1007", requestId: "r" } };

type Told = readonly [write: Write, outcome: StepOutcome | "sent" | "intent"];

const run = (number: number, told: readonly Told[], settled: readonly Entry[] = [], more: Parameters<typeof startEntry>[2] = {}): Run => {
  const at = MOMENT + number * 60_000;
  const entries: Entry[] = [startEntry(number, at, more), ...settled];
  told.forEach(([write, outcome], place) => {
    const name = `${write.type}-${write.key}-${place}`;
    entries.push({ type: "intent", at, step: step(name, write) });
    if (outcome !== "intent" && write.type === "create") entries.push({ type: "sent", at: at + 1, step: name });
    if (typeof outcome !== "string") entries.push({ type: "outcome", at: at + 2, step: name, outcome });
  });
  const found = runOf(entries);
  if (found === undefined) throw new Error("no run");
  return found;
};

const idOf = (number: number): string => `20181119T000000Z-${number.toString(16).padStart(4, "0")}`;
const settledAs = (of: number, name: string, found?: ObjectId): Entry => ({
  type: "settled",
  at: MOMENT,
  run: idOf(of),
  step: name,
  ...(found !== undefined && { found }),
});

describe("lines", () => {
  const entries: readonly Entry[] = [
    startEntry(0, MOMENT, { undoes: idOf(9), accounts: 1512, allowed: [{ guard: "size", count: 3, reason: "agreed" }] }),
    ...[
      createGroup,
      createPolicy,
      update,
      remove,
      restore,
      add(...heads(3)),
      out(id(9)),
      { type: "create", kind: "named-location", key: "schools", settings: locationSettings() } as const,
    ].map((write, place): Entry => ({ type: "intent", at: MOMENT, step: step(`s${place}`, write, { after: ["x"] }) })),
    ...(
      [
        { type: "delete" },
        { type: "restore", before: policySettings() },
        { type: "members", added: heads(2), removed: [] },
        { type: "restore-deleted", id: HEADS_POLICY, before: policySettings() },
        { type: "recreate", before: groupSettings, members: heads(1) },
        { type: "impossible", because: "gone" },
      ] as const
    ).map((undo, place): Entry => ({ type: "intent", at: MOMENT, step: step(`u${place}`, update, { undo }) })),
    { type: "sent", at: MOMENT, step: "s0" },
    ...[
      done(),
      done(HEADS_GROUP),
      { type: "done", id: LOCATION, settings: locationSettings() } as const,
      refused,
      lost,
      { type: "left-out", because: "moved" } as const,
    ].map((outcome): Entry => ({ type: "outcome", at: MOMENT, step: "s0", outcome })),
    settledAs(3, "s0"),
    settledAs(3, "s0", HEADS_GROUP),
    { type: "end", at: MOMENT, exit: 4 },
  ];

  test("every entry comes back as it was", () => {
    expect(readJournal(linesOf(entries))).toEqual({ type: "read", entries, torn: false });
  });

  test("what stands behind the last line feed is dropped, wherever the line was cut", () => {
    const text = linesOf(entries);
    for (let cut = text.length - 60; cut < text.length; cut += 1) {
      const journal = readJournal(text.slice(0, cut));
      expect(journal.type).toBe("read");
      if (journal.type === "read") expect(entries.slice(0, journal.entries.length)).toEqual(journal.entries);
    }
  });

  const [first] = entries;
  const line = (value: unknown): string => `${JSON.stringify(value)}\n`;
  test.each([
    ["no JSON", `${line(first)}{"type":\n`, 2],
    ["an entry of a later version", `${line(first)}${line({ type: "paused", at: 1 })}`, 2],
    ["a later schema", line({ ...first, schema: 2 }), 1],
    ["a member that is new", `${line(first)}${line({ type: "end", at: 1, exit: 0, mood: "good" })}`, 2],
    ["settings of another kind", `${line(first)}${line({ type: "intent", at: 1, step: step("x", { ...createGroup, kind: "named-location" }) })}`, 2],
    ["no start", line({ type: "end", at: 1, exit: 0 }), 1],
    ["two starts", `${line(first)}${line(first)}`, 2],
    ["an empty line", `${line(first)}\n`, 2],
  ])("damaged: %s", (_name, text, at) => {
    expect(readJournal(text)).toMatchObject({ type: "damaged", line: at });
  });

  test("an empty file holds no run", () => {
    const journal = readJournal("");
    expect(journal).toEqual({ type: "read", entries: [], torn: false });
    expect(runOf([])).toBeUndefined();
  });
});

describe("whether a write happened", () => {
  test.each([
    ["done", createGroup, done(HEADS_GROUP), "yes"],
    ["refused", createGroup, refused, "no"],
    ["left out", update, { type: "left-out", because: "" }, "no"],
    ["unknown", createGroup, lost, "perhaps"],
    ["a create that was cut after it was sent", createGroup, "sent", "perhaps"],
    ["a create that was cut before it was sent", createGroup, "intent", "no"],
    ["an update that was cut", update, "intent", "perhaps"],
    ["members that were cut", add(id(5)), "intent", "perhaps"],
  ] as const)("%s", (_name, write, outcome, want) => {
    expect(run(0, [[write, outcome]]).steps.map(happened)).toEqual([want]);
  });
});

describe("creates that may stand in the tenant", () => {
  const open = (...runs: readonly Run[]) => createsOf(runs).map(({ kind, key, id: known, sentAt }) => [`${kind}/${key}`, known, sentAt - MOMENT] as const);
  const sent = run(0, [[createGroup, "sent"]]);
  const name = "create-heads-0";
  test.each([
    ["none", [], []],
    ["sent", [sent], [["cohort-group/heads", undefined, 1]]],
    ["unknown", [run(0, [[createGroup, lost]])], [["cohort-group/heads", undefined, 1]]],
    ["answered", [run(0, [[createGroup, done(HEADS_GROUP)]])], [["cohort-group/heads", HEADS_GROUP, 1]]],
    ["never sent", [run(0, [[createGroup, "intent"]])], []],
    ["refused", [run(0, [[createGroup, refused]])], []],
    ["found by a later run", [sent, run(1, [], [settledAs(0, name, HEADS_GROUP)])], [["cohort-group/heads", HEADS_GROUP, 1]]],
    ["given up by a later run", [sent, run(1, [], [settledAs(0, name)])], []],
    ["given up, then made", [sent, run(1, [[createGroup, done(HEADS_GROUP)]], [settledAs(0, name)])], [["cohort-group/heads", HEADS_GROUP, 60_001]]],
    ["deleted by a later run", [run(0, [[createPolicy, done(HEADS_POLICY)]]), run(1, [[remove, done()]])], []],
    ["perhaps deleted", [run(0, [[createPolicy, done(HEADS_POLICY)]]), run(1, [[remove, lost]])], []],
    ["restored", [run(0, [[remove, done()]]), run(1, [[restore, lost]])], [["conditional-access/mfa-heads", HEADS_POLICY, 60_000]]],
    ["in whatever order the runs come", [run(1, [[remove, done()]]), run(0, [[createPolicy, done(HEADS_POLICY)]])], []],
  ] as const)("%s", (_name, runs, want) => {
    expect(open(...runs)).toEqual(want);
  });
});

describe("what was written last", () => {
  const last = (key: string, ...runs: readonly Run[]) => historyOf(runs)?.written.get(key);
  const made = run(0, [
    [createGroup, done(HEADS_GROUP)],
    [add(...heads(3)), done()],
    [createPolicy, done(HEADS_POLICY)],
  ]);

  test("no run, no history", () => {
    expect(historyOf([])).toBeUndefined();
  });

  test("references are resolved", () => {
    expect(last("@conditional-access/mfa-heads", made)).toMatchObject({ id: HEADS_POLICY, possible: [policySettings()], sure: true, run: idOf(0) });
  });

  test("members that were put in and not taken out", () => {
    const later = run(1, [
      [out(id(0x1001)), done()],
      [out(id(0x1002)), lost],
      [add(id(0x1005)), lost],
      [add(id(0x1006)), refused],
    ]);
    expect([...(last("@cohort-group/heads", made, later)?.members ?? [])]).toEqual([id(0x1000)]);
    expect(last("@cohort-group/heads", made, later)?.whole).toBe(true);
    expect(last("@cohort-group/heads", run(1, [[add(id(7)), done()]]))).toMatchObject({ whole: false, possible: [] });
  });

  test("an update replaces, a lost one adds what may be", () => {
    const off = policySettings({ state: "off" });
    expect(last("@conditional-access/mfa-heads", made, run(1, [[{ ...update, after: off }, done()]]))?.possible).toEqual([off]);
    expect(last("@conditional-access/mfa-heads", made, run(1, [[{ ...update, after: off }, "intent"]]))?.possible).toEqual([policySettings(), off]);
    expect(last("@conditional-access/mfa-heads", run(1, [[update, lost]]))?.possible).toEqual([policySettings({ state: "report-only" }), policySettings()]);
  });

  test("what was deleted is not missed; what perhaps was is not sure", () => {
    expect(last("@conditional-access/mfa-heads", made, run(1, [[remove, done()]]))).toBeUndefined();
    expect(last("@conditional-access/mfa-heads", made, run(1, [[remove, lost]]))).toMatchObject({ sure: false });
    expect(last("@conditional-access/mfa-heads", made, run(1, [[remove, done()]]), run(2, [[restore, done(HEADS_POLICY)]]))).toMatchObject({
      sure: true,
      id: HEADS_POLICY,
    });
  });

  test("a lost create counts once it was found, and not once it was given up", () => {
    const sent = run(0, [[createGroup, "sent"]]);
    expect(last("@cohort-group/heads", sent)).toMatchObject({ sure: false });
    expect(last("@cohort-group/heads", sent, run(1, [], [settledAs(0, "create-heads-0", HEADS_GROUP)]))).toMatchObject({ sure: true, id: HEADS_GROUP });
    expect(last("@cohort-group/heads", sent, run(1, [], [settledAs(0, "create-heads-0")]))).toBeUndefined();
  });

  test("how many accounts the last run saw", () => {
    expect(historyOf([run(0, [], [], { accounts: 40 }), run(1, [])])?.accounts).toBe(40);
    expect(historyOf([run(0, [], [], { accounts: 40 }), run(1, [], [], { accounts: 38 })])?.accounts).toBe(38);
  });
});
