import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyChanges } from "../../src/core/after.ts";
import type { CoursedPhase } from "../../src/core/changes.ts";
import { EVERYBODY } from "../../src/core/cohorts.ts";
import { type DesiredOptions, desiredAt } from "../../src/core/desired.ts";
import { diff } from "../../src/core/diff.ts";
import { gatesOf } from "../../src/core/gates.ts";
import { checkGuards } from "../../src/core/guards/index.ts";
import type { Observed } from "../../src/core/observed.ts";
import type { Phase, Plan } from "../../src/core/plan/plan.ts";
import { progressOf } from "../../src/core/progress.ts";
import { Roster } from "../../src/core/roster.ts";
import { type Activity, absent, present, unknown } from "../../src/core/tenant.ts";
import { applied, at, cohort, id, moment, type PhaseWords, PLACE, phase, plan, policyWith, tenant, withPolicy } from "./county.ts";

type Who = { readonly address: string; readonly activity?: Activity; readonly ready?: boolean; readonly enabled?: boolean; readonly in: readonly string[] };

const COHORTS = ["heads", "offices", "staff", EVERYBODY];

const rosterOf = (people: readonly Who[]): Roster => {
  const roster = new Roster(COHORTS);
  people.forEach(({ address, activity = "active", ready, enabled = true, in: names }, number) => {
    const standings = COHORTS.map((name) => (name === EVERYBODY || names.includes(name) ? "in" : "out"));
    roster.add(id(0x10 + number), address, { enabled, guest: false, pupil: false }, standings, activity);
    if (ready !== undefined) roster.setCapable(id(0x10 + number), ready);
  });
  return roster;
};

const head = (school: string, ready: boolean, more: Partial<Who> = {}): Who => ({
  address: `head@${school}.county.example`,
  ready,
  in: ["heads", "staff"],
  ...more,
});
const office = (school: string, ready: boolean): Who => ({ address: `office@${school}.county.example`, ready, in: ["offices", "staff"] });

const FOUR = [head("alder", true), head("birch", true), head("cedar", true), head("elm", false)];

const seen = (of: Plan, people: readonly Who[], fields: Partial<Observed> = {}): Observed => ({
  ...tenant(of),
  roster: present(rosterOf(people)),
  activity: present({ since: at("2018-09-20") }),
  ...fields,
});

const gated = (name: string, day: string, of: string, ready: Phase["ready"], more: PhaseWords = {}): Phase =>
  phase(name, day, of, ["web"], { ...(ready !== undefined && { ready }), ...more });

const planWith = (...phases: readonly Phase[]): Plan => plan({ cohorts: ["heads", "offices", "staff"].map((name) => cohort(name)), phases });

/** As `judge` of a session does it. */
const look = (of: Plan, observed: Observed, when: string, options: DesiredOptions = {}) => {
  const known = progressOf(observed, of.id);
  const progress = options.progress ?? (known.type === "present" ? known.value : { begun: [], held: [] });
  const gates = gatesOf(of, observed, at(when), progress, options.begin);
  return desiredAt(of, at(when), { ...(known.type === "present" && { progress: known.value }), ...options, gates });
};

const courses = (phases: readonly CoursedPhase[]): readonly string[] =>
  phases.map(({ id: name, course, wait }) => `${name} ${course}${wait === undefined ? "" : ` for ${wait.for}`}`);

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** As `tenant` has it. */
const READ_AT = at("2018-11-05");

describe("a gate", () => {
  const one = (ready: Phase["ready"]): Plan => planWith(gated("heads", "2018-11-19", "heads", ready));
  const cases: readonly (readonly [name: string, of: Plan, observed: (of: Plan) => Observed, state: string, detail: RegExp, missing: readonly string[]])[] = [
    [
      "enough are ready",
      one({ atLeast: 75 }),
      (of) => seen(of, FOUR),
      "open",
      /^3 of 4 active accounts are ready; the plan asks for 75 %$/,
      ["head@elm.county.example"],
    ],
    [
      "one too few",
      one({ atLeast: 76 }),
      (of) => seen(of, FOUR),
      "closed",
      /^3 of 4 active accounts are ready; the plan asks for 76 %$/,
      ["head@elm.county.example"],
    ],
    [
      "whoever was not active of late does not count",
      one({ atLeast: 100 }),
      (of) => seen(of, [head("alder", true), head("elm", false, { activity: "idle" })]),
      "open",
      /^1 of 1 active account is ready/,
      [],
    ],
    [
      "nor do disabled accounts, nor others",
      one({ atLeast: 100 }),
      (of) => seen(of, [head("alder", true), head("elm", false, { enabled: false }), office("elm", false)]),
      "open",
      /^1 of 1/,
      [],
    ],
    [
      "of whom nobody can say whether they were active: they count as if they were",
      one({ atLeast: 60 }),
      (of) => seen(of, [head("alder", true), head("elm", false, { activity: "unknown" })]),
      "closed",
      /1 of 1 active account is ready, of 1 more nobody can say whether they are active/,
      ["head@elm.county.example"],
    ],
    [
      "who does not stand in the registration report is not ready",
      one({ atLeast: 100 }),
      (of) => seen(of, [head("alder", true), { address: "head@elm.county.example", in: ["heads"] }]),
      "closed",
      /^1 of 2/,
      ["head@elm.county.example"],
    ],
    [
      "one domain short",
      one({ atLeast: 50, perDomain: 70 }),
      (of) => seen(of, [...FOUR, { ...head("birch", false), address: "second@birch.county.example" }]),
      "closed",
      /50 % and 70 % in each domain; below it: birch\.county\.example \(1 of 2\), elm\.county\.example \(0 of 1\)$/,
      ["head@elm.county.example", "second@birch.county.example"],
    ],
    ["a domain alone", one({ perDomain: 70 }), (of) => seen(of, FOUR.slice(0, 3)), "open", /the plan asks for 70 % in each domain$/, []],
    ["nobody active", one({ atLeast: 1 }), (of) => seen(of, [head("alder", true, { activity: "idle" })]), "unknown", /none of its accounts was active/, []],
    ["accounts not read", one({ atLeast: 1 }), (of) => seen(of, FOUR, { roster: unknown("503") }), "unknown", /accounts could not be read: 503/, []],
    [
      "registration not read",
      one({ atLeast: 1 }),
      (of) => seen(of, FOUR, { registration: unknown("403") }),
      "unknown",
      /who has registered is not known: 403/,
      [],
    ],
    [
      "the report is 47:59 old",
      one({ atLeast: 75 }),
      (of) => seen(of, FOUR, { registration: present({ refreshed: READ_AT - 47 * HOUR_MS - 59 * MINUTE_MS }) }),
      "open",
      /^3 of 4/,
      ["head@elm.county.example"],
    ],
    [
      "the report is 48:00 old",
      one({ atLeast: 75 }),
      (of) => seen(of, FOUR, { registration: present({ refreshed: READ_AT - 48 * HOUR_MS }) }),
      "open",
      /^3 of 4/,
      ["head@elm.county.example"],
    ],
    [
      "the report is 48:01 old",
      one({ atLeast: 75 }),
      (of) => seen(of, FOUR, { registration: present({ refreshed: READ_AT - 48 * HOUR_MS - MINUTE_MS }) }),
      "unknown",
      /^the registration report is 48 hours old, and who is ready is only known from one of the last 48 hours$/,
      [],
    ],
    [
      "the report does not say of when it is",
      one({ atLeast: 75 }),
      (of) => seen(of, FOUR, { registration: present({}) }),
      "unknown",
      /^the registration report does not say how old it is/,
      [],
    ],
    ["activity not read", one({ atLeast: 1 }), (of) => seen(of, FOUR, { activity: unknown("no licence") }), "unknown", /60 days is not known: no licence/, []],
    ["activity not asked for", one({ atLeast: 1 }), (of) => tenant(of), "unknown", /60 days is not known/, []],
  ];
  test.each(cases)("%s", (_name, of, observed, state, detail, missing) => {
    const [coursed] = look(of, observed(of), "2018-11-19").phases;
    expect([coursed?.gate?.state, coursed?.gate?.missing]).toEqual([state, missing]);
    expect(coursed?.gate?.detail).toMatch(detail);
    expect(coursed?.course).toBe(state === "open" ? "started" : "waiting");
  });

  test("of what happens elsewhere asks for everybody, unless the plan says how many", () => {
    const { requireMfa: _, ...bare } = phase("gateway", "2018-11-19", "heads", ["web"]);
    const elsewhere = (more: Partial<Phase>): Plan => planWith({ ...bare, external: { what: "gateway", gate: "ready", checklist: [] }, ...more });
    const all = seen(elsewhere({}), [...FOUR, office("alder", true)]);
    expect(look(elsewhere({}), all, "2018-11-19").phases[0]?.gate?.detail).toBe("4 of 5 active accounts are ready; the plan asks for 100 %");
    expect(look(elsewhere({ ready: { atLeast: 80 } }), all, "2018-11-19").phases[0]?.course).toBe("started");
  });
});

describe("what waits, and what goes on", () => {
  const three = planWith(
    gated("heads", "2018-11-19", "heads", { atLeast: 100 }, { reportOnlyFrom: moment("2018-11-12") }),
    gated("offices", "2018-11-20", "offices", { atLeast: 100 }),
    phase("staff", "2018-11-21", "staff", ["clients"]),
  );
  const people = [...FOUR, office("alder", true)];

  test("later phases over the same people wait, others go on", () => {
    const desired = look(three, seen(three, people), "2018-11-21");
    expect(courses(desired.phases)).toEqual(["heads waiting for gate", "offices started", "staff waiting for phase"]);
    expect(desired.phases[2]?.wait).toEqual({ for: "phase", phase: "heads" });
    const states = desired.resources.flatMap((each) => (each.kind === "conditional-access" ? [`${each.key} ${each.settings.state}`] : []));
    expect(states).toEqual(["mfa-heads report-only", "mfa-offices on", "mfa-staff report-only"]);
  });

  test("a phase of the same moment does not wait for it", () => {
    const two = planWith(gated("heads", "2018-11-19", "heads", { atLeast: 100 }), phase("staff", "2018-11-19", "staff", ["web"]));
    expect(courses(look(two, seen(two, people), "2018-11-19").phases)).toEqual(["heads waiting for gate", "staff started"]);
  });

  test("before its moment a gate is nobody's business", () => {
    expect(courses(look(three, seen(three, people), "2018-11-18").phases)).toEqual(["heads staged", "offices later", "staff later"]);
  });

  test("what started stays started: the tenant is told", () => {
    const all = people.map((each) => ({ ...each, ready: true }));
    const of = planWith(gated("heads", "2018-11-19", "heads", { atLeast: 100 }));
    const empty = seen(of, all);
    const after = applyChanges(empty, diff(of, look(of, empty, "2018-11-19"), empty));
    expect(progressOf(after, of.id)).toEqual(present({ begun: ["heads"], held: [] }));
    const worse = { ...after, roster: present(rosterOf(people)) };
    const desired = look(of, worse, "2018-11-26");
    expect(courses(desired.phases)).toEqual(["heads started"]);
    expect(desired.phases[0]?.gate).toBeUndefined();
    expect(diff(of, desired, worse).changes).toEqual([]);
  });

  test("a policy that is on already is not put back because a gate was added to the plan", () => {
    const before = planWith(phase("heads", "2018-11-19", "heads", ["web"]));
    const live = applied(before, seen(before, people), at("2018-11-19"));
    const now = planWith(gated("heads", "2018-11-19", "heads", { atLeast: 100 }));
    const desired = look(now, live, "2018-11-26");
    expect(courses(desired.phases)).toEqual(["heads started"]);
    expect(desired.phases[0]?.gate).toBeUndefined();
    const off = withPolicy(live, "mfa-heads", (settings) => ({ ...settings, state: "report-only" }));
    expect(courses(look(now, off, "2018-11-26").phases)).toEqual(["heads waiting for gate"]);
    expect(policyWith(live, "mfa-heads").settings.state).toBe("on");
  });

  test("on hold is on hold, and nothing waits behind it", () => {
    const desired = look(three, seen(three, people), "2018-11-21", { progress: { begun: [], held: ["heads"] } });
    expect(courses(desired.phases)).toEqual(["heads held", "offices started", "staff started"]);
  });

  test("no gate opens on a day on which nothing starts", () => {
    const of = { ...planWith(gated("heads", "2018-11-19", "heads", { atLeast: 75 })), notOn: ["2018-11-19"] };
    expect(courses(look(of, seen(of, FOUR), "2018-11-19").phases)).toEqual(["heads waiting for day"]);
    expect(courses(look(of, seen(of, FOUR), "2018-11-20").phases)).toEqual(["heads started"]);
  });

  test("without a look at the tenant no gate is open", () => {
    expect(courses(desiredAt(three, at("2018-11-21")).phases)).toEqual(["heads waiting for gate", "offices waiting for gate", "staff started"]);
  });

  test("who is in both is who counts, not what the cohorts are called", () => {
    const apart = [...FOUR.map((each) => ({ ...each, in: ["heads"] })), office("alder", true)];
    expect(courses(look(three, seen(three, apart), "2018-11-21").phases)).toEqual(["heads waiting for gate", "offices started", "staff started"]);
    // Where nobody can tell, nobody goes on.
    const blind = look(three, seen(three, apart, { roster: absent }), "2018-11-21").phases;
    expect(courses(blind)).toEqual(["heads waiting for gate", "offices waiting for gate", "staff waiting for phase"]);
  });
});

describe("a phase begun by hand past its gate", () => {
  const of = planWith(gated("heads", "2018-11-19", "heads", { atLeast: 100 }), phase("later", "2018-11-20", "heads", ["clients"]));
  const verdicts = (observed: Observed, when: string, begin: string | undefined): readonly string[] => {
    const desired = look(of, observed, when, begin === undefined ? {} : { begin });
    const changes = diff(of, desired, observed);
    return checkGuards({
      plan: of,
      moment: at(when),
      observed,
      desired,
      diff: changes,
      after: applyChanges(observed, changes),
      history: undefined,
      attended: true,
    })
      .filter(({ guard }) => guard === "ready")
      .map(
        ({ verdict, phase: about, count, allowable, holds }) =>
          `${verdict} ${about ?? ""} ${count ?? "-"} ${allowable} ${holds === undefined ? "all" : holds.length}`,
      );
  };
  const closed = seen(of, FOUR);

  test("waits, and says who is missing", () => expect(verdicts(closed, "2018-11-19", undefined)).toEqual(["go heads 1 false all"]));
  test("what is behind it says so as well", () => expect(verdicts(closed, "2018-11-20", undefined)).toEqual(["go heads 1 false all", "go later - false all"]));
  // Held back as a whole: otherwise what waits behind it would start without it.
  test("is a stop that names a number", () => expect(verdicts(closed, "2018-11-20", "heads")).toEqual(["stop heads 1 true all"]));
  test("ahead of its moment as well", () => expect(verdicts(closed, "2018-11-05", "heads")).toEqual(["stop heads 1 true all"]));
  test("is unclear where nobody can count", () =>
    expect(verdicts({ ...closed, activity: unknown("x") }, "2018-11-19", "heads")).toEqual(["unclear heads 1 true all"]));
  test("so is one whose registration report is 48:01 old", () => {
    const aged = (minutes: number): Observed => seen(of, FOUR.slice(0, 3), { registration: present({ refreshed: READ_AT - minutes * MINUTE_MS }) });
    expect(verdicts(aged(47 * 60 + 59), "2018-11-19", "heads")).toEqual(["go heads - false all"]);
    expect(verdicts(aged(48 * 60 + 1), "2018-11-19", "heads")).toEqual(["unclear heads 1 true all"]);
    expect(verdicts(aged(48 * 60 + 1), "2018-11-19", undefined)).toEqual(["go heads - false all"]);
  });
  test("is noted like any that begins early", () => {
    const desired = look(of, closed, "2018-11-19", { begin: "heads" });
    const after = applyChanges(closed, diff(of, desired, closed));
    expect(progressOf(after, of.id)).toEqual(present({ begun: ["heads"], held: [] }));
  });
  test("goes where the gate is open", () => expect(verdicts(seen(of, FOUR.slice(0, 3)), "2018-11-19", undefined)).toEqual(["go heads - false all"]));
});

test("nobody is asked by a phase that waits, whoever is ready", () => {
  const who = fc.record({
    activity: fc.constantFrom<Activity>("active", "idle", "unknown"),
    ready: fc.boolean(),
    enabled: fc.boolean(),
    in: fc.subarray(["heads", "offices", "staff"]),
  });
  const percent = fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined });
  // Two phases that ask the same of the same people are one policy: whichever starts carries out both.
  const drafts = fc.uniqueArray(fc.record({ for: fc.constantFrom("heads", "offices", "staff"), day: fc.integer({ min: 10, max: 14 }), atLeast: percent }), {
    maxLength: 3,
    selector: (draft) => draft.for,
  });
  fc.assert(
    fc.property(fc.array(who, { maxLength: 12 }), drafts, (people, chosen) => {
      const of = planWith(
        ...chosen
          .toSorted((a, b) => a.day - b.day)
          .map(({ for: name, day, atLeast }, number) =>
            gated(`p${number}`, `2018-11-${day}`, name, atLeast === undefined ? undefined : { atLeast }, { place: PLACE }),
          ),
      );
      const observed = seen(
        of,
        people.map((each, number) => ({ ...each, address: `p${number}@x${number % 3}.county.example` })),
      );
      const desired = look(of, observed, "2018-11-14");
      for (const { id: name, course, gate } of desired.phases) {
        const own = of.phases.find((each) => each.id === name);
        if (gate?.state !== "open" && own?.ready !== undefined) expect(course).toBe("waiting");
      }
      const started = new Set(desired.phases.filter(({ course }) => course === "started").map(({ id: name }) => name));
      for (const each of desired.resources)
        if (each.kind === "conditional-access" && each.settings.state === "on") expect(each.phases.some((name) => started.has(name))).toBe(true);
      // What is noted is what got through, and what is done once is not done again.
      const after = applyChanges(observed, diff(of, desired, observed));
      expect(diff(of, look(of, after, "2018-11-14"), after).changes).toEqual([]);
    }),
  );
});
