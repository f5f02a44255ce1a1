/** What the report calls drifted is what an apply would turn off, and nothing else: both read the plan's words by themselves. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyChanges } from "../../src/core/after.ts";
import { coursesOf, NO_PROGRESS } from "../../src/core/course.ts";
import { effectiveSmtp } from "../../src/core/mailbox-changes.ts";
import { turnOffPhases } from "../../src/core/mailbox-wishes.ts";
import type { MailboxState } from "../../src/core/mailboxes.ts";
import type { Observed } from "../../src/core/observed.ts";
import { type Plan, PROTOCOLS, type ProtocolWord } from "../../src/core/plan/plan.ts";
import { judgedOf } from "../../src/core/reports/protocols.ts";
import { turnedOffBy } from "../../src/core/reports/turned-off.ts";
import type { Instant } from "../../src/core/tenant.ts";
import { at, cohort, id, plan, type Someone, see } from "../core/county.ts";
import { keep, mailTenant, offPhase } from "../core/mail-world.ts";

const RUNS = { numRuns: process.env["SOAK"] === undefined ? 200 : 5_000 };
const ADDRESSES = ["head@alder.example", "head@birch.example", "office@alder.example", "copier@alder.example"];
const COHORTS = ["heads", "offices"];
const DAYS = ["2018-11-09", "2018-11-12", "2018-12-03"];

const states: fc.Arbitrary<MailboxState> = fc.record({
  pop3: fc.boolean(),
  imap: fc.boolean(),
  activeSync: fc.boolean(),
  smtpAuth: fc.constantFrom("inherit", "on", "off"),
});

type World = { readonly of: Plan; readonly observed: Observed; readonly when: Instant };

const worlds: fc.Arbitrary<World> = fc
  .record({
    phases: fc.array(
      fc.record({
        protocols: fc.subarray([...PROTOCOLS], { minLength: 1 }),
        name: fc.constantFrom(undefined, undefined, ...COHORTS),
        kept: fc.subarray(["copier@*", "head@birch.example", "*@alder.example"], { maxLength: 2 }),
        day: fc.constantFrom(...DAYS),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    standings: fc.array(fc.subarray(COHORTS), { minLength: ADDRESSES.length, maxLength: ADDRESSES.length }),
    boxes: fc.array(states, { minLength: ADDRESSES.length, maxLength: ADDRESSES.length }),
    smtpAuth: fc.constantFrom("on" as const, "off" as const),
    when: fc.constantFrom("2018-11-08", "2018-11-12", "2018-12-20").map(at),
  })
  .map(({ phases, standings, boxes, smtpAuth, when }) => {
    const sorted = phases.toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
    const of = plan({
      cohorts: COHORTS.map((name) => cohort(name)),
      phases: sorted.map(({ protocols, name, kept, day }, number) =>
        offPhase(`p${number}`, day, { protocols, ...(name !== undefined && { for: name }), keepOn: kept.map((pattern) => keep([pattern])) }),
      ),
    });
    const people = ADDRESSES.map((address, number): Someone => {
      return { id: id(number + 1), address, standings: Object.fromEntries((standings[number] ?? []).map((name) => [name, "in" as const])) };
    });
    return { of, when, observed: mailTenant(of, Object.fromEntries(boxes.map((state, number) => [number + 1, state])), { smtpAuth, people }) };
  });

const smtpOf = ({ resources }: Observed): "on" | "off" => {
  const list = resources["smtp-auth"];
  return (list.type === "present" ? list.value[0]?.settings.smtpAuth : undefined) ?? "on";
};

/** `1 pop3` for each protocol of an account in that state. */
const inState = ({ of, observed, when }: World, wanted: string): readonly string[] => {
  const { mailboxes, roster } = observed;
  if (mailboxes?.type !== "present" || roster.type !== "present") return [];
  const courses = coursesOf(of, when, NO_PROGRESS, false);
  const wordsOf = turnedOffBy(turnOffPhases(of), (name) => courses.get(name)?.course);
  return [...mailboxes.value].flatMap((mailbox) => {
    const words = wordsOf({ address: roster.value.address(mailbox.owner), isIn: (name) => roster.value.standing(mailbox.owner, name) === "in" });
    const { each } = judgedOf({ mailbox, account: undefined, type: undefined, use: undefined, words }, { tenantSmtp: smtpOf(observed) });
    return each.filter(({ state }) => state === wanted).map(({ protocol }) => `${mailbox.owner} ${protocol}`);
  });
};

/** What leads to a mailbox. */
const open = (observed: Observed): readonly string[] => {
  const { mailboxes } = observed;
  const isOn = (state: MailboxState, protocol: ProtocolWord): boolean =>
    protocol === "smtpAuth" ? effectiveSmtp(state.smtpAuth, smtpOf(observed)) === "on" : state[protocol];
  return mailboxes?.type !== "present"
    ? []
    : [...mailboxes.value].flatMap(({ owner, state }) => PROTOCOLS.filter((protocol) => isOn(state, protocol)).map((protocol) => `${owner} ${protocol}`));
};

describe("the report of protocols and the diff", () => {
  test("what is drifted is what an apply turns off", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const after = applyChanges(world.observed, see(world.of, world.observed, world.when).diff);
        const left = new Set(open(after));
        expect(inState(world, "drifted")).toEqual(open(world.observed).filter((each) => !left.has(each)));
      }),
      RUNS,
    );
  });

  test("once it is applied, nothing is drifted; what is kept is as it was", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const observed = applyChanges(world.observed, see(world.of, world.observed, world.when).diff);
        expect(inState({ ...world, observed }, "drifted")).toEqual([]);
        expect(inState({ ...world, observed }, "kept on")).toEqual(inState(world, "kept on"));
      }),
      RUNS,
    );
  });
});
