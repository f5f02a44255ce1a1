/** Laws of protocols of mailboxes, over tenants and plans thrown by chance. What a plan means is said here once more, in the plainest words. */

import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { applyChanges } from "../../src/core/after.ts";
import { byText } from "../../src/core/canonical.ts";
import type { Entry, Step } from "../../src/core/changes.ts";
import { linesOf, type Run, readJournal, runOf } from "../../src/core/journal.ts";
import { Mailboxes, type MailboxState } from "../../src/core/mailboxes.ts";
import type { Observed } from "../../src/core/observed.ts";
import { patternMatches } from "../../src/core/plan/patterns.ts";
import { type Phase, type Plan, PROTOCOLS, type ProtocolWord } from "../../src/core/plan/plan.ts";
import { nextWave, orderSteps } from "../../src/core/steps.ts";
import { absent, type Instant, type ObjectId, present, unknown } from "../../src/core/tenant.ts";
import { undoPlan } from "../../src/core/undo.ts";
import { at, cohort, id, plan, type Someone, see, tenant } from "../core/county.ts";
import { box, keep, mailboxPlan, offPhase, tenantsSmtp } from "../core/mail-world.ts";
import { type Model, performStep } from "./model.ts";

const RUNS = { numRuns: process.env["SOAK"] === undefined ? 150 : 5_000 };

/** Whoever has no name here is in no list of accounts. */
const ADDRESSES = ["head@alder.example", "head@birch.example", "office@alder.example", "copier@alder.example", "copier@birch.example", "script@birch.example"];
const COHORTS = ["heads", "offices"];
const DAYS = ["2018-11-09", "2018-11-12", "2018-12-03"];

type Box = { readonly account: number; readonly state: MailboxState };
type World = {
  readonly of: Plan;
  readonly people: readonly Someone[];
  readonly boxes: readonly Box[];
  readonly smtpAuth: "on" | "off";
  readonly plans: readonly { readonly pop3: boolean; readonly imap: boolean; readonly activeSync: boolean }[];
  readonly held: readonly string[];
  readonly when: Instant;
};

// ---- worlds

const ons = fc.boolean();
const mailboxStates: fc.Arbitrary<MailboxState> = fc.record({
  pop3: ons,
  imap: ons,
  activeSync: ons,
  smtpAuth: fc.constantFrom("inherit", "on", "off"),
});

const turnOffs: fc.Arbitrary<(name: string, day: string) => Phase> = fc
  .record({
    protocols: fc.subarray([...PROTOCOLS], { minLength: 1 }),
    cohortName: fc.constantFrom(undefined, undefined, ...COHORTS),
    kept: fc.subarray(["copier@*", "head@birch.example", "*@alder.example", "script@*"], { maxLength: 2 }),
  })
  .map(
    ({ protocols, cohortName, kept }) =>
      (name: string, day: string): Phase =>
        offPhase(name, day, { protocols, ...(cohortName !== undefined && { for: cohortName }), keepOn: kept.map((pattern) => keep([pattern])) }),
  );

const worlds: fc.Arbitrary<World> = fc
  .record({
    phases: fc.array(fc.tuple(turnOffs, fc.constantFrom(...DAYS)), { minLength: 1, maxLength: 4 }),
    standings: fc.array(fc.tuple(fc.constantFrom("in" as const, "out" as const, "excepted" as const), fc.boolean()), { minLength: 6, maxLength: 6 }),
    boxes: fc.array(mailboxStates, { minLength: 1, maxLength: 9 }),
    smtpAuth: fc.constantFrom("on" as const, "on" as const, "off" as const),
    plans: fc.array(fc.record({ pop3: ons, imap: ons, activeSync: ons }), { maxLength: 3 }),
    held: fc.subarray(["p1", "p3"]),
    when: fc.constantFrom("2018-11-08", "2018-11-12", "2018-12-03", "2018-12-20").map(at),
  })
  .map(({ phases, standings, boxes, smtpAuth, plans, held, when }) => {
    const sorted = phases.toSorted(([, a], [, b]) => byText(a, b)).map(([make, day], number) => make(`p${number}`, day));
    return {
      of: plan({ cohorts: COHORTS.map((name) => cohort(name)), phases: sorted }),
      people: ADDRESSES.map((address, number): Someone => {
        const [standing = "out", isOffice = false] = standings[number] ?? [];
        return { id: id(number + 1), address, standings: { heads: standing, offices: isOffice ? "in" : "out" } };
      }),
      // The last of nine belong to nobody.
      boxes: boxes.map((state, number) => ({ account: number + 1, state })),
      smtpAuth,
      plans,
      held: held.filter((name) => sorted.some((phase) => phase.id === name)),
      when,
    };
  });

const observedOf = ({ of, people, boxes, smtpAuth, plans }: World): Observed => {
  const base = tenant(of, {}, people);
  return {
    ...base,
    resources: {
      ...base.resources,
      "mailbox-plan": present(plans.map((flags, number) => mailboxPlan(number, flags))),
      "smtp-auth": present([tenantsSmtp(smtpAuth)]),
    },
    mailboxes: present(Mailboxes.of(boxes.map(({ account, state }) => ({ id: box(account), owner: id(account), state })))),
  };
};

const seen = (world: World, observed = observedOf(world)) => see(world.of, observed, world.when, { progress: { begun: [], held: world.held } });

// ---- what a plan means, in the plainest words

const tenantsWord = ({ resources }: Observed): "on" | "off" => {
  const list = resources["smtp-auth"];
  return list.type === "present" ? (list.value[0]?.settings.smtpAuth ?? "on") : "on";
};

const boxesIn = ({ mailboxes }: Observed): readonly { readonly id: ObjectId; readonly owner: ObjectId; readonly state: MailboxState }[] =>
  mailboxes?.type === "present" ? [...mailboxes.value] : [];

const isOn = (state: MailboxState, protocol: ProtocolWord, word: "on" | "off"): boolean =>
  protocol === "smtpAuth" ? state.smtpAuth === "on" || (state.smtpAuth === "inherit" && word === "on") : state[protocol];

const hasBegun = ({ held, when }: World, { id: name, starts }: Phase): boolean => starts.instant <= when && !held.includes(name);

/** Some phase that has begun is about this account, and does not keep the protocol on for it. */
const goesOff = (world: World, owner: ObjectId, protocol: ProtocolWord): boolean =>
  world.of.phases.some((phase) => {
    const { turnOff } = phase;
    if (turnOff === undefined || !hasBegun(world, phase) || !turnOff.protocols.includes(protocol)) return false;
    const person = world.people.find((each) => each.id === owner);
    if (turnOff.for !== undefined && person?.standings?.[turnOff.for] !== "in") return false;
    const patterns = turnOff.keepOn.flatMap(({ accounts }) => accounts);
    // Whom nobody knows may be anybody whom it keeps on.
    return person === undefined ? patterns.length === 0 : !patterns.some((pattern) => patternMatches(pattern, person.address));
  });

const picture = (observed: Observed): unknown => ({
  word: tenantsWord(observed),
  plans: observed.resources["mailbox-plan"],
  boxes: boxesIn(observed).toSorted((a, b) => byText(a.id, b.id)),
});

// ---- steps

const inWaves = (steps: readonly Step[]): readonly Step[] => {
  const done = new Set<string>();
  const order: Step[] = [];
  for (;;) {
    const wave = nextWave(
      steps.filter((step) => !done.has(step.id)),
      done,
    );
    if (wave.length === 0) return order;
    for (const step of wave) {
      done.add(step.id);
      order.push(step);
    }
  }
};

/** Each moment between two writes, the last of them with all of them done. */
const moments = (observed: Observed, steps: readonly Step[]): readonly Observed[] => {
  let model: Model = { observed, made: new Map(), ids: new Map() };
  return inWaves(steps).map((step) => {
    model = performStep(model, step);
    return model.observed;
  });
};

/** The hold itself is no business of these laws. */
const mailSteps = (world: World, observed = observedOf(world)): readonly Step[] => {
  const { diff } = seen(world, observed);
  return orderSteps({ ...diff, changes: diff.changes.filter(({ kind }) => kind !== "cohort-group") });
};

const runOfSteps = (steps: readonly Step[]): Run => {
  const entries: readonly Entry[] = [
    {
      type: "start",
      at: 1,
      run: "r1",
      schema: 1,
      toolVersion: "0",
      plan: { id: "county-2018", name: "x", file: "x.yaml" },
      tenant: id(0xfff),
      asOf: 1,
      hash: "",
      phases: [],
      allowed: [],
    },
    ...steps.flatMap((step): readonly Entry[] => [
      { type: "intent", at: 2, step },
      { type: "outcome", at: 3, step: step.id, outcome: { type: "done" } },
    ]),
    { type: "end", at: 4, exit: 0 },
  ];
  const text = readJournal(linesOf(entries));
  const read = text.type === "read" ? runOf(text.entries) : undefined;
  if (read === undefined) throw new Error("the journal does not read back");
  return read;
};

describe("laws of mailboxes", () => {
  /** How many worlds of each law had something to do. */
  const busy = new Map<string, { all: number; busy: number }>();
  const tally = (law: string, isBusy: boolean): void => {
    const own = busy.get(law) ?? { all: 0, busy: 0 };
    busy.set(law, { all: own.all + 1, busy: own.busy + (isBusy ? 1 : 0) });
  };
  afterAll(() => {
    for (const [law, own] of busy) expect(own.busy * 3, `${law}: ${own.busy} of ${own.all} worlds had something to do`).toBeGreaterThan(own.all);
  });

  test("each mailbox has in the end what the plan leaves it of what it had: nothing more, nothing less", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const before = observedOf(world);
        const { diff } = seen(world);
        const after = applyChanges(before, diff);
        tally(
          "plan",
          diff.changes.some(({ mailboxes }) => mailboxes !== undefined),
        );
        const now = new Map(boxesIn(after).map((each) => [each.id, each.state]));
        for (const { id: mailbox, owner, state } of boxesIn(before)) {
          const had = now.get(mailbox);
          if (had === undefined) throw new Error(`the mailbox ${mailbox} is gone`);
          for (const protocol of PROTOCOLS)
            expect([protocol, isOn(had, protocol, tenantsWord(after))]).toEqual([
              protocol,
              isOn(state, protocol, tenantsWord(before)) && !goesOff(world, owner, protocol),
            ]);
        }
      }),
      RUNS,
    );
  });

  test("after the changes are made there is none, and no mailbox was written for nothing", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const before = observedOf(world);
        const { diff } = seen(world);
        tally(
          "twice",
          diff.changes.some(({ kind }) => kind !== "cohort-group"),
        );
        expect(seen(world, applyChanges(before, diff)).diff.changes).toEqual([]);
        for (const { mailboxes = [] } of diff.changes)
          for (const change of mailboxes) {
            expect(Object.keys(change.after).length).toBeGreaterThan(0);
            expect(Object.keys(change.before).sort()).toEqual(Object.keys(change.after).sort());
            for (const [name, value] of Object.entries(change.after)) expect(Object.entries(change.before)).not.toContainEqual([name, value]);
          }
        const written = diff.changes.flatMap(({ mailboxes = [] }) => mailboxes.map((each) => each.id));
        expect(new Set(written).size).toBe(written.length);
      }),
      RUNS,
    );
  });

  test("between any two writes nothing is on that was off, and nobody lacks what they keep", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const before = observedOf(world);
        const all = moments(before, mailSteps(world));
        tally("moments", all.length > 0);
        for (const [place, after] of all.entries()) {
          const last = all[place - 1] ?? before;
          for (const { id: mailbox, owner, state } of boxesIn(last)) {
            const now = boxesIn(after).find((each) => each.id === mailbox)?.state ?? state;
            for (const protocol of PROTOCOLS) {
              const [was, is] = [isOn(state, protocol, tenantsWord(last)), isOn(now, protocol, tenantsWord(after))];
              if (is) expect(was).toBe(true);
              if (was && !is) expect(goesOff(world, owner, protocol)).toBe(true);
            }
          }
        }
        if (all.length > 0) expect(picture(all.at(-1) ?? before)).toEqual(picture(applyChanges(before, seen(world).diff)));
      }),
      RUNS,
    );
  });

  test("what is taken back is as it was, field by field, and whoever keeps a protocol has it all the while", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const before = observedOf(world);
        const steps = mailSteps(world);
        const done = moments(before, steps).at(-1) ?? before;
        const back = undoPlan({ run: runOfSteps(steps), later: [], observed: done, planId: world.of.id });
        tally("undo", steps.length > 0);
        expect(back.left).toEqual([]);
        const way = moments(done, back.steps);
        expect(way).toHaveLength(back.steps.length);
        expect(picture(way.at(-1) ?? done)).toEqual(picture(before));
        for (const moment of way)
          for (const { id: mailbox, state } of boxesIn(done)) {
            const now = boxesIn(moment).find((each) => each.id === mailbox)?.state ?? state;
            for (const protocol of PROTOCOLS) if (isOn(state, protocol, tenantsWord(done))) expect(isOn(now, protocol, tenantsWord(moment))).toBe(true);
          }
      }),
      RUNS,
    );
  });

  test("what somebody changed since stays as they left it, and all else of it goes back", () => {
    fc.assert(
      fc.property(worlds, fc.array(fc.tuple(fc.nat(8), mailboxStates), { maxLength: 4 }), fc.boolean(), (world, touched, goes) => {
        const before = observedOf(world);
        const steps = mailSteps(world);
        const written = new Map(steps.flatMap(({ write }) => (write.type === "set-mailboxes" ? write.mailboxes.map((each) => [each.id, each] as const) : [])));
        const done = moments(before, steps).at(-1) ?? before;
        const somebody = new Map(touched.map(([place, state]) => [box(place + 1), state] as const));
        const gone = goes ? box(2) : "";
        const boxes = boxesIn(done).flatMap((each) => (each.id === gone ? [] : [{ ...each, state: somebody.get(each.id) ?? each.state }]));
        const now: Observed = { ...done, mailboxes: present(Mailboxes.of(boxes)) };
        const back = undoPlan({ run: runOfSteps(steps), later: [], observed: now, planId: world.of.id });
        const after = moments(now, back.steps).at(-1) ?? now;
        let count = 0;
        for (const { id: mailbox, state } of boxesIn(after)) {
          const was = boxesIn(before).find((each) => each.id === mailbox)?.state;
          const found = boxes.find((each) => each.id === mailbox)?.state;
          const change = written.get(mailbox);
          const fields = Object.entries(change?.after ?? {});
          const isOurs =
            fields.length > 0 && fields.every(([name, value]) => Object.entries(found ?? {}).some(([other, has]) => other === name && has === value));
          if (isOurs) count += 1;
          // Fields that the run wrote are as before it, the others as they are found; where one of its own is another, nothing is touched.
          expect(state).toEqual(
            isOurs
              ? { ...found, ...Object.fromEntries(fields.map(([name]) => [name, Object.entries(was ?? {}).find(([other]) => other === name)?.[1]])) }
              : found,
          );
        }
        tally("touched", count > 0);
        expect(boxesIn(after).some((each) => each.id === gone)).toBe(false);
      }),
      RUNS,
    );
  });

  test("what nobody could read changes nobody", () => {
    type Blind = (observed: Observed) => Observed;
    const blinds: fc.Arbitrary<readonly [what: string, blind: Blind]> = fc.constantFrom<readonly [string, Blind]>(
      ["mailboxes", (observed) => ({ ...observed, mailboxes: unknown("503") })],
      ["mailboxes", (observed) => ({ ...observed, mailboxes: absent })],
      ["roster", (observed) => ({ ...observed, roster: unknown("503") })],
      ["progress", (observed) => ({ ...observed, resources: { ...observed.resources, "cohort-group": unknown("503") } })],
      ["word", (observed) => ({ ...observed, resources: { ...observed.resources, "smtp-auth": unknown("503") } })],
      ["plans", (observed) => ({ ...observed, resources: { ...observed.resources, "mailbox-plan": unknown("503") } })],
    );
    fc.assert(
      fc.property(worlds, blinds, (world, [what, blind]) => {
        const kindsOf = (observed: Observed): readonly string[] => seen(world, observed).diff.changes.map(({ kind }) => kind);
        const whole = kindsOf(observedOf(world));
        const kinds = kindsOf(blind(observedOf(world)));
        tally(
          "blind",
          whole.some((kind) => kind !== "cohort-group"),
        );
        const smtp = world.of.phases.some((phase) => hasBegun(world, phase) && phase.turnOff?.protocols.includes("smtpAuth") === true);
        const blinded = what !== "plans" && (what !== "word" || smtp);
        if (blinded) expect(kinds.filter((kind) => kind === "mailbox-protocols" || kind === "smtp-auth")).toEqual([]);
        else expect(kinds.filter((kind) => kind !== "mailbox-plan")).toEqual(whole.filter((kind) => kind !== "mailbox-plan"));
        if (what === "plans" || what === "progress") expect(kinds).not.toContain("mailbox-plan");
      }),
      RUNS,
    );
  });

  test("the order of phases, mailboxes and plans does not matter for what comes of it", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const turned: World = {
          ...world,
          of: { ...world.of, phases: world.of.phases.toReversed(), cohorts: world.of.cohorts.toReversed() },
          people: world.people.toReversed(),
          boxes: world.boxes.toReversed(),
        };
        const [one, other] = [world, turned].map((each) => applyChanges(observedOf(each), seen(each).diff));
        tally(
          "order",
          seen(world).diff.changes.some(({ mailboxes }) => mailboxes !== undefined),
        );
        if (one === undefined || other === undefined) throw new Error("no worlds");
        expect(picture(other)).toEqual(picture(one));
        // Listed in another order, the same is changed by the same steps.
        const listed = { ...world, people: world.people.toReversed(), boxes: world.boxes.toReversed() };
        expect(seen(listed).diff.hash).toBe(seen(world).diff.hash);
        expect(mailSteps(listed)).toEqual(mailSteps(world));
      }),
      RUNS,
    );
  });
});
