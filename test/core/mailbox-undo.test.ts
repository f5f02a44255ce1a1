/** The way back from protocols of mailboxes: each to what it had itself, and never over somebody else's hand. */

import { describe, expect, test } from "vitest";
import type { Entry, Step, StepOutcome, Write } from "../../src/core/changes.ts";
import { linesOf, type Run, readJournal, runOf } from "../../src/core/journal.ts";
import { absent, type Known, type MailboxFields, type ObjectId, present, unknown } from "../../src/core/tenant.ts";
import { type UndoPlan, undoPlan } from "../../src/core/undo.ts";
import { diffOfSteps } from "../../src/core/undo-changes.ts";
import { id } from "./county.ts";
import { box, boxesOf, mailPlan, mailTenant, OFF, ON, type States, tenantsSmtp } from "./mail-world.ts";

const PLAN = "county-2018";
const [A, B, C] = [0x10, 0x11, 0x12];

type Set = Extract<Write, { readonly type: "set-mailboxes" }>;
type Update = Extract<Write, { readonly type: "update" }>;
type Was = Readonly<Record<number, readonly [before: MailboxFields, after: MailboxFields]>>;
const set = (changes: Was, key = "*"): Set => ({
  type: "set-mailboxes",
  kind: "mailbox-protocols",
  key,
  mailboxes: Object.entries(changes).map(([account, [before, after]]) => ({ id: box(Number(account)), before, after })),
});
const smtpOff: Update = { type: "update", kind: "smtp-auth", key: "tenant", id: "tenant", before: { smtpAuth: "on" }, after: { smtpAuth: "off" } };

const stepOf = (write: Set | Update, place: number): Step => ({
  id: String(place + 1).padStart(4, "0"),
  kind: write.kind,
  key: write.key,
  name: write.kind,
  write,
  undo: write.type === "update" ? { type: "restore", before: write.before } : { type: "mailboxes", mailboxes: write.mailboxes },
  // The tenant's word stood on those that keep theirs.
  after: write.type === "update" && place > 0 ? ["0001"] : [],
  phases: ["off"],
});

type More = { readonly undoes?: string; readonly outcome?: StepOutcome };

/** Written and read back, as every journal is. */
const run = (name: string, writes: readonly (Set | Update)[], { undoes, outcome = { type: "done" } }: More = {}): Run => {
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
      phases: ["off"],
      ...(undoes !== undefined && { undoes }),
      allowed: [],
    },
    ...writes.map((write, place): Entry => ({ type: "intent", at: 2, step: stepOf(write, place) })),
    ...writes.map((write, place): Entry => ({ type: "outcome", at: 3, step: stepOf(write, place).id, outcome })),
    { type: "end", at: 4, exit: 0 },
  ];
  const text = readJournal(linesOf(entries));
  const read = text.type === "read" ? runOf(text.entries) : undefined;
  if (read === undefined) throw new Error("the journal does not read back");
  return read;
};

type World = { readonly later?: readonly Run[]; readonly smtpAuth?: "on" | "off" | "unread"; readonly mailboxes?: Known<ReturnType<typeof boxesOf>> };

const undoOf = (of: Run, states: States, { later = [], smtpAuth = "on", mailboxes }: World = {}): UndoPlan => {
  const base = mailTenant(mailPlan(), states);
  const word = smtpAuth === "unread" ? unknown("503") : present([tenantsSmtp(smtpAuth)]);
  return undoPlan({
    run: of,
    later,
    observed: { ...base, mailboxes: mailboxes ?? present(boxesOf(states)), resources: { ...base.resources, "smtp-auth": word } },
    planId: PLAN,
  });
};

const back = ({ steps }: UndoPlan): Readonly<Record<ObjectId, unknown>> =>
  Object.fromEntries(
    steps.flatMap(({ write }) => (write.type === "set-mailboxes" ? write.mailboxes.map((each) => [each.id.slice(-2), [each.before, each.after]]) : [])),
  );
/** Without the names behind it. */
const left = ({ left: all }: UndoPlan): readonly string[] => all.map(({ because }) => because.replace(/: (?:\S+@\S+ \(|0{8}-).*$/, ""));

const BOTH = { pop3: true, imap: true };
const GONE = { pop3: false, imap: false };
const FIRST = run("r1", [set({ [A]: [BOTH, GONE], [B]: [{ imap: true }, { imap: false }], [C]: [{ smtpAuth: "on" }, { smtpAuth: "inherit" }] })]);

describe("each mailbox to its own", () => {
  test("what it had before, and not on for all", () => {
    const undone = undoOf(FIRST, { [A]: OFF, [B]: OFF, [C]: { ...OFF, smtpAuth: "inherit" } });
    expect(back(undone)).toEqual({
      10: [GONE, BOTH],
      11: [{ imap: false }, { imap: true }],
      12: [{ smtpAuth: "inherit" }, { smtpAuth: "on" }],
    });
    expect([undone.left, undone.phases]).toEqual([[], ["off"]]);
    const [step] = undone.steps;
    expect(step).toMatchObject({ id: "undo-0001", kind: "mailbox-protocols", undo: { type: "mailboxes" } });
    expect(step?.write.type === "set-mailboxes" && step.undo.type === "mailboxes" && step.undo.mailboxes).toEqual(
      step?.write.type === "set-mailboxes" ? step.write.mailboxes : undefined,
    );
  });

  test("a change of what the run did not write is nobody's business", () => {
    expect(back(undoOf(FIRST, { [B]: { pop3: true, imap: false, activeSync: false, smtpAuth: "off" } }))).toEqual({ 11: [{ imap: false }, { imap: true }] });
  });

  test.each<readonly [string, States, readonly string[]]>([
    ["as before already", { [A]: ON, [B]: ON, [C]: { smtpAuth: "on" } }, []],
    ["gone", { [B]: OFF, [C]: ON }, ["1 of its mailboxes is not there any more"]],
    ["two gone", { [C]: ON }, ["2 of its mailboxes are not there any more"]],
    [
      "changed by hand, one of two fields",
      { [A]: { pop3: true, imap: false }, [B]: OFF, [C]: ON },
      ["1 of its mailboxes was changed since, not by this tool; it stays as it is"],
    ],
    [
      "two changed by hand",
      { [A]: { pop3: false }, [B]: OFF, [C]: { smtpAuth: "off" } },
      ["2 of its mailboxes were changed since, not by this tool; they stay as they are"],
    ],
  ])("%s", (_, states, want) => {
    const undone = undoOf(FIRST, states);
    expect(left(undone)).toEqual(want);
    const changed = Object.entries(states).flatMap(([account, state]) =>
      state === OFF || (Number(account) === C && state === ON) ? [Number(account).toString(16)] : [],
    );
    expect(Object.keys(back(undone))).toEqual(changed);
  });

  test("told once for all the steps of a key, and of each key apart", () => {
    const many = run("r1", [set({ [A]: [BOTH, GONE] }), set({ [B]: [BOTH, GONE] }), set({ [C]: [BOTH, GONE] }, "heads")]);
    expect(left(undoOf(many, {}))).toEqual(["1 of its mailboxes is not there any more", "2 of its mailboxes are not there any more"]);
    expect(undoOf(many, {}).left.map(({ key }) => key)).toEqual(["heads", "*"]);
  });

  test("whose they are, as far as anybody knows them", () => {
    expect(undoOf(FIRST, { [A]: { pop3: false }, [B]: OFF, [C]: ON }).left.map(({ because }) => because)).toEqual([
      `1 of its mailboxes was changed since, not by this tool; it stays as it is: head@alder.county.example (${box(A)})`,
    ]);
    expect(undoOf(FIRST, { [B]: OFF, [C]: ON }).left.map(({ because }) => because)).toEqual([`1 of its mailboxes is not there any more: ${box(A)}`]);
  });

  test.each<readonly [string, Known<never>, string]>([
    ["unreadable", unknown("503"), "its mailboxes could not be read: 503"],
    ["not there", absent, "its mailboxes could not be read"],
  ])("mailboxes that are %s stay as they are", (_, mailboxes, want) => {
    const undone = undoOf(FIRST, {}, { mailboxes });
    expect([undone.steps, left(undone)]).toEqual([[], [want]]);
  });

  test.each<readonly [string, StepOutcome, number]>([
    ["done", { type: "done" }, 1],
    ["nobody knows", { type: "unknown", because: "no answer" }, 1],
    ["refused", { type: "refused", error: { status: 403, code: "x", message: "no" } }, 0],
    ["left out", { type: "left-out", because: "moved" }, 0],
  ])("a write that was %s", (_, outcome, count) => {
    expect(undoOf(run("r1", [set({ [A]: [BOTH, GONE] })], { outcome }), { [A]: OFF }).steps).toHaveLength(count);
  });
});

describe("other runs", () => {
  const again = set({
    [A]: [
      { activeSync: true, imap: true },
      { activeSync: false, imap: false },
    ],
  });
  test("written since by a later run: that one first", () => {
    const later = run("r2", [set({ [A]: [{ pop3: false }, { pop3: true }] })]);
    expect(left(undoOf(FIRST, { [A]: { pop3: true, imap: false }, [B]: OFF, [C]: ON }, { later: [later] }))).toEqual([
      "1 of its mailboxes was changed since by the run r2: undo that one first",
    ]);
  });
  test("a run that was itself taken back changed nothing", () => {
    const later = [run("r2", [again]), run("r3", [again], { undoes: "r2" })];
    expect(left(undoOf(FIRST, { [A]: { pop3: true, imap: false }, [B]: OFF, [C]: ON }, { later }))).toEqual([
      "1 of its mailboxes was changed since, not by this tool; it stays as it is",
    ]);
  });
  test("a write of a later run that did not happen neither", () => {
    const later = [run("r2", [again], { outcome: { type: "left-out", because: "x" } })];
    expect(left(undoOf(FIRST, { [A]: { pop3: true, imap: false }, [B]: OFF, [C]: ON }, { later }))[0]).toContain("not by this tool");
  });
  test("taken back twice: the second finds nothing to do", () => {
    const states: States = { [A]: ON, [B]: ON, [C]: { smtpAuth: "on" } };
    const undone = undoOf(FIRST, states, { later: [run("r2", [set({ [A]: [GONE, BOTH] })], { undoes: "r1" })] });
    expect([undone.steps, undone.left]).toEqual([[], []]);
  });
  test("taken back, and done anew by a later run: it is that run's now", () => {
    const undone = undoOf(FIRST, { [A]: OFF }, { later: [run("r2", [set({ [A]: [GONE, BOTH] })], { undoes: "r1" }), run("r3", [set({ [A]: [BOTH, GONE] })])] });
    expect([undone.steps, left(undone)]).toEqual([[], ["it was taken back by the run r2 and written again by the run r3: undo that one"]]);
  });
  test("half taken back: the rest goes on from there", () => {
    const half = undoOf(FIRST, { [A]: ON, [B]: OFF, [C]: { smtpAuth: "inherit" } }, { later: [run("r2", [set({ [A]: [GONE, BOTH] })], { undoes: "r1" })] });
    expect(Object.keys(back(half))).toEqual(["11", "12"]);
  });
});

describe("who kept SMTP AUTH by a word of its own", () => {
  const keeper = set({ [A]: [{ smtpAuth: "inherit" }, { smtpAuth: "on" }] });
  const KEPT: States = { [A]: { ...ON, smtpAuth: "on" } };
  const STAYS = "1 of its mailboxes would stop handing in mail, since SMTP AUTH is not known to be on for the tenant; it stays as it is";
  test("goes back to the tenant's once that is on again, and not before", () => {
    const undone = undoOf(run("r1", [keeper, smtpOff]), KEPT, { smtpAuth: "off" });
    expect(undone.steps.map((step) => [step.kind, step.after])).toEqual([
      ["smtp-auth", []],
      ["mailbox-protocols", ["undo-0002"]],
    ]);
    expect(back(undone)).toEqual({ 10: [{ smtpAuth: "on" }, { smtpAuth: "inherit" }] });
  });
  test.each<readonly [string, "on" | "off" | "unread", readonly string[]]>([
    ["the tenant's is on", "on", []],
    ["another run turned the tenant's off", "off", [STAYS]],
    ["nobody can say what the tenant's is", "unread", [STAYS]],
  ])("of a run that left the tenant's alone: %s", (_, smtpAuth, want) => {
    const undone = undoOf(run("r1", [keeper]), KEPT, { smtpAuth });
    expect([left(undone), undone.steps.length]).toEqual([want, want.length === 0 ? 1 : 0]);
  });
  test("of a run whose write of the tenant's was taken back and done anew", () => {
    const later = [run("r2", [{ ...smtpOff, before: smtpOff.after, after: smtpOff.before }], { undoes: "r1" }), run("r3", [smtpOff])];
    const undone = undoOf(run("r1", [keeper, smtpOff]), KEPT, { smtpAuth: "off", later });
    expect(left(undone)).toEqual([expect.stringContaining("written again by the run r3"), STAYS]);
    expect(undone.steps).toEqual([]);
  });
  test("who is taken back to a word of its own asks for none of the tenant's", () => {
    expect(undoOf(FIRST, { [C]: { smtpAuth: "inherit" }, [A]: OFF, [B]: OFF }, { smtpAuth: "unread" }).left).toEqual([]);
  });
});

test("what an undo would change is shown as a diff of mailboxes", () => {
  const observed = mailTenant(mailPlan(), { [A]: OFF });
  const { changes } = diffOfSteps(PLAN, undoOf(run("r1", [set({ [A]: [BOTH, GONE] })]), { [A]: OFF }).steps, observed);
  expect(changes).toMatchObject([{ kind: "mailbox-protocols", key: "*", action: "update", mailboxes: [{ id: box(A), before: GONE, after: BOTH }] }]);
});
