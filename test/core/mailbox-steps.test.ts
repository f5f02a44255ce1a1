/** Protocols of mailboxes as single writes, in an order in which nobody loses what they keep. */

import { describe, expect, test } from "vitest";
import type { Step } from "../../src/core/changes.ts";
import type { Plan } from "../../src/core/plan/plan.ts";
import { nextWave, orderSteps } from "../../src/core/steps.ts";
import { at, cohort, id, phase, type Someone, see } from "./county.ts";
import { keep, mailboxPlan, mailPlan, mailTenant, OFF, ON, offPhase, type States } from "./mail-world.ts";

const DAY = at("2018-11-09");
const people = (count: number): readonly Someone[] =>
  Array.from({ length: count }, (_, place) => ({
    id: id(0x100 + place),
    address: place % 4 === 0 ? `copier${place}@a.example` : `p${place}@a.example`,
    standings: { heads: place < 15 ? ("in" as const) : ("out" as const) },
  }));
const all = (count: number): States => Object.fromEntries(Array.from({ length: count }, (_, place) => [0x100 + place, ON]));

const stepsOf = (of: Plan, count: number, world: Parameters<typeof mailTenant>[2] = {}, options: Parameters<typeof see>[3] = {}): readonly Step[] =>
  orderSteps(see(of, mailTenant(of, all(count), { people: people(count), ...world }), DAY, options).diff);

/** `0002 set-mailboxes * 10 <- 0001` */
const words = (steps: readonly Step[]): readonly string[] =>
  steps.map(({ id: step, write, key, kind, after }) =>
    [step, kind, key, ...(write.type === "set-mailboxes" ? [write.mailboxes.length] : []), ...(after.length > 0 ? ["<-", ...after] : [])].join(" "),
  );

const waves = (steps: readonly Step[], refused: readonly string[] = []): readonly (readonly string[])[] => {
  const done = new Set<string>();
  const tried = new Set<string>();
  const found: string[][] = [];
  for (;;) {
    const wave = nextWave(
      steps.filter((step) => !tried.has(step.id)),
      done,
    );
    if (wave.length === 0) return found;
    found.push(wave.map((step) => step.id));
    for (const step of wave) {
      tried.add(step.id);
      if (!refused.includes(step.id)) done.add(step.id);
    }
  }
};

test("ten to a write, in the order of ids, each with the way back", () => {
  const steps = stepsOf(mailPlan(), 25);
  expect(words(steps)).toEqual(["0001 mailbox-protocols * 10", "0002 mailbox-protocols * 10", "0003 mailbox-protocols * 5"]);
  const written = steps.flatMap(({ write }) => (write.type === "set-mailboxes" ? write.mailboxes.map((each) => each.id) : []));
  expect([written, new Set(written).size]).toEqual([written.toSorted(), 25]);
  for (const { write, undo } of steps) expect(undo).toEqual({ type: "mailboxes", mailboxes: write.type === "set-mailboxes" ? write.mailboxes : [] });
  expect(waves(steps)).toEqual([["0001", "0002", "0003"]]);
});

test("ten and no more, eleven is two", () => {
  expect(stepsOf(mailPlan(), 10)).toHaveLength(1);
  expect(stepsOf(mailPlan(), 11)).toHaveLength(2);
});

test("who is as wanted is in no write", () => {
  const of = mailPlan();
  const states = { ...all(12), 256: OFF, 257: OFF, 258: OFF };
  expect(words(orderSteps(see(of, mailTenant(of, states, { people: people(12) }), DAY).diff))).toEqual(["0001 mailbox-protocols * 9"]);
});

describe("the order", () => {
  const of = mailPlan({ protocols: ["pop3", "smtpAuth"], keepOn: [keep(["copier*@*"])] });
  const PLANS = [mailboxPlan(1, { pop3: true }), mailboxPlan(2, { pop3: true })];
  const steps = stepsOf(of, 12, { plans: PLANS });

  test("plans for new mailboxes, mailboxes, the tenant's word", () => {
    expect(words(steps)).toEqual([
      `0001 mailbox-plan ${id(0x501)}`,
      `0002 mailbox-plan ${id(0x502)}`,
      "0003 mailbox-protocols * 10",
      "0004 mailbox-protocols * 2",
      "0005 smtp-auth tenant <- 0003",
    ]);
    expect(waves(steps)).toEqual([["0001", "0002"], ["0003", "0004"], ["0005"]]);
  });

  test("a plan that is refused keeps no mailbox from being done", () => {
    expect(waves(steps, ["0001", "0002"])).toEqual([["0001", "0002"], ["0003", "0004"], ["0005"]]);
  });

  test("the tenant's word waits for those that keep theirs, and for no others", () => {
    const keepers = steps.filter(({ write }) => write.type === "set-mailboxes" && write.mailboxes.some(({ after }) => after.smtpAuth === "on"));
    expect(keepers.map((step) => step.id)).toEqual(["0003"]);
    expect(waves(steps, ["0003"])).toEqual([
      ["0001", "0002"],
      ["0003", "0004"],
    ]);
    expect(waves(steps, ["0004"]).at(-1)).toEqual(["0005"]);
  });

  test("a beginning is written down before anything of the phase", () => {
    const ahead = mailPlan({}, { phases: [offPhase("off", "2018-12-01", { protocols: ["pop3", "smtpAuth"] })] });
    const begun = stepsOf(ahead, 1, { plans: PLANS }, { begin: "off" });
    expect(words(begun)).toEqual([
      "0001 cohort-group progress",
      `0002 mailbox-plan ${id(0x501)} <- 0001`,
      `0003 mailbox-plan ${id(0x502)} <- 0001`,
      "0004 mailbox-protocols * 1 <- 0001",
      "0005 smtp-auth tenant <- 0001",
    ]);
  });

  test("nothing of Graph's waits for a mailbox, and no mailbox for Graph", () => {
    const both = mailPlan({}, { cohorts: [cohort("heads")], phases: [offPhase("off", "2018-11-09"), phase("web", "2018-11-09", "heads", ["web"])] });
    const mixed = stepsOf(both, 3);
    const mail = new Set(mixed.filter(({ kind }) => kind === "mailbox-protocols").map((step) => step.id));
    expect(mail.size).toBe(1);
    expect(mixed.length).toBeGreaterThan(2);
    for (const step of mixed) for (const other of step.after) expect([mail.has(step.id), mail.has(other)]).toEqual([false, false]);
  });

  test("of two keys each has its own writes", () => {
    const two = mailPlan({}, { phases: [offPhase("heads", "2018-11-09", { for: "heads" }), offPhase("all", "2018-11-09", { protocols: ["imap"] })] });
    expect(words(stepsOf(two, 22))).toEqual(["0001 mailbox-protocols * 7", "0002 mailbox-protocols heads 10", "0003 mailbox-protocols heads 5"]);
  });
});
