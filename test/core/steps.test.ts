import { describe, expect, test } from "vitest";
import type { Step } from "../../src/core/changes.ts";
import type { Observed } from "../../src/core/observed.ts";
import type { Plan } from "../../src/core/plan/plan.ts";
import { nextWave, orderSteps } from "../../src/core/steps.ts";
import { applied, at, cohort, groupWith, HEADS, id, moment, network, phase, plan, policyWith, type Someone, see, tenant, withMembers } from "./county.ts";

const NOV19 = at("2018-11-19");
const NOV26 = at("2018-11-26");

/** `0003 add-members cohort-group heads <- 0001` */
const words = (steps: readonly Step[]): readonly string[] =>
  steps.map(({ id: step, write, kind, key, after }) => [step, write.type, kind, key, ...(after.length > 0 ? ["<-", ...after] : [])].join(" "));

const stepsAt = (of: Plan, observed: Observed, when: number, options: Parameters<typeof see>[3] = {}): readonly Step[] =>
  orderSteps(see(of, observed, when, options).diff);

const waves = (steps: readonly Step[]): readonly (readonly string[])[] => {
  const found: string[][] = [];
  const done = new Set<string>();
  for (;;) {
    const wave = nextWave(
      steps.filter((step) => !done.has(step.id)),
      done,
    );
    if (wave.length === 0) return found;
    found.push(wave.map((step) => step.id));
    for (const step of wave) done.add(step.id);
  }
};

const COUNTY = plan();
const OUTSIDE = plan({
  networks: [network("schools"), network("annexe", ["198.51.100.0/24"], true)],
  phases: [phase("heads", "2018-11-19", "heads", ["web"], { require: { outside: ["schools", "annexe"] } })],
});
const staging = plan({
  phases: [
    phase("heads-web", "2018-11-19", "heads", ["web"]),
    phase("heads-clients", "2018-11-26", "heads", ["clients"], { reportOnlyFrom: moment("2018-11-22") }),
  ],
});

describe("order", () => {
  test("groups, members, networks, policies; edges only to what a step stands on", () => {
    expect(words(stepsAt(OUTSIDE, tenant(OUTSIDE), NOV19))).toEqual([
      "0001 create cohort-group heads",
      "0002 add-members cohort-group heads <- 0001",
      "0003 create named-location annexe",
      "0004 create named-location schools",
      "0005 create conditional-access mfa-heads-outside-annexe-schools <- 0001 0002 0003 0004",
    ]);
    expect(waves(stepsAt(OUTSIDE, tenant(OUTSIDE), NOV19))).toEqual([["0001"], ["0002"], ["0003", "0004"], ["0005"]]);
  });

  test("one PATCH a policy and nothing else when a moment comes", () => {
    expect(words(stepsAt(COUNTY, applied(COUNTY, tenant(COUNTY), at("2018-11-12")), NOV19))).toEqual(["0001 update conditional-access mfa-heads"]);
  });

  test("members twenty by twenty, those who leave one by one; a policy stands on joining alone", () => {
    const many = Array.from(
      { length: 45 },
      (_, number): Someone => ({ id: id(0x1000 + number), address: `head@s${number}.county.example`, standings: { heads: "in" } }),
    );
    const live = applied(COUNTY, tenant(COUNTY), NOV19);
    const steps = stepsAt(COUNTY, { ...live, roster: tenant(COUNTY, {}, many).roster }, NOV26);
    expect(words(steps)).toEqual([
      "0001 add-members cohort-group heads",
      "0002 add-members cohort-group heads",
      "0003 add-members cohort-group heads",
      "0004 remove-member cohort-group heads",
      "0005 remove-member cohort-group heads",
      "0006 remove-member cohort-group heads",
      "0007 update conditional-access mfa-heads <- 0001 0002 0003",
    ]);
    expect(steps.slice(0, 3).map(({ write }) => (write.type === "add-members" ? write.ids.length : 0))).toEqual([20, 20, 5]);
    expect(steps[0]?.write).toMatchObject({ group: groupWith(live, "heads").id });
  });

  test("the twin goes in one wave with the change of its policy", () => {
    const steps = stepsAt(staging, applied(staging, tenant(staging), at("2018-11-22")), NOV26);
    expect(words(steps)).toEqual(["0001 update conditional-access mfa-heads", "0002 delete conditional-access mfa-heads-staged"]);
    expect(waves(steps)).toEqual([["0001", "0002"]]);
  });

  test("a beginning is written down before anything of the phase", () => {
    const steps = stepsAt(COUNTY, tenant(COUNTY), at("2018-11-05"), { begin: "heads-clients" });
    expect(words(steps)).toEqual([
      "0001 create cohort-group progress",
      "0002 create cohort-group heads <- 0001",
      "0003 add-members cohort-group heads <- 0002",
      "0004 create conditional-access mfa-heads <- 0001 0002 0003",
    ]);
    expect(waves(steps)).toEqual([["0001"], ["0002"], ["0003"], ["0004"]]);
  });

  test("a hold too, and what is no business of it does not wait", () => {
    const two = plan({
      cohorts: [cohort("heads"), cohort("offices")],
      phases: [phase("heads", "2018-11-19", "heads", ["web"]), phase("offices", "2018-11-26", "offices", ["web"])],
    });
    const live = applied(two, tenant(two), NOV19);
    expect(words(stepsAt(two, live, NOV26, { progress: { begun: [], held: ["heads"] } }))).toEqual([
      "0001 create cohort-group progress",
      "0002 create cohort-group offices",
      "0003 update conditional-access mfa-heads <- 0001",
      "0004 create conditional-access mfa-offices <- 0002",
    ]);
  });

  test("deletes last: policies, networks, groups", () => {
    const none = plan({ cohorts: [cohort("others")], phases: [phase("others", "2019-01-01", "others", ["web"])] });
    const live = { ...applied(OUTSIDE, tenant(OUTSIDE), NOV19), roster: tenant(none).roster };
    const steps = stepsAt(none, live, NOV19, { prune: true });
    expect(words(steps)).toEqual([
      "0001 update named-location annexe <- 0002",
      "0002 delete conditional-access mfa-heads-outside-annexe-schools",
      "0003 delete named-location annexe <- 0001",
      "0004 delete named-location schools <- 0002",
      "0005 delete cohort-group heads <- 0002",
    ]);
    expect(waves(steps)).toEqual([["0002"], ["0001"], ["0003", "0004"], ["0005"]]);
  });

  test("ids go on past four digits in order", () => {
    const live = applied(COUNTY, tenant(COUNTY), NOV19);
    const strangers = Array.from({ length: 10_000 }, (_, number) => id(0x100000 + number));
    const steps = stepsAt(COUNTY, withMembers(live, groupWith(live, "heads").id, strangers), NOV26);
    expect(steps).toHaveLength(10_002);
    expect([steps[0]?.id, steps.at(-1)?.id]).toEqual(["00001", "10002"]);
    expect(steps.map((step) => step.id)).toEqual(steps.map((step) => step.id).toSorted());
  });

  test("no changes, no steps", () => {
    expect(stepsAt(COUNTY, tenant(COUNTY), at("2018-11-05"))).toEqual([]);
    expect(nextWave([], new Set())).toEqual([]);
  });

  test("nothing is next while what it stands on is not done", () => {
    const [, adding] = stepsAt(COUNTY, tenant(COUNTY), NOV19);
    expect(nextWave(adding === undefined ? [] : [adding], new Set())).toEqual([]);
  });
});

describe("undo", () => {
  const live = applied(COUNTY, tenant(COUNTY), NOV19);
  test("of what is made: its deletion, and members taken out", () => {
    expect(stepsAt(COUNTY, tenant(COUNTY), NOV19).map(({ undo }) => undo)).toEqual([
      { type: "delete" },
      { type: "members", added: HEADS.map((head) => head.id), removed: [] },
      { type: "delete" },
    ]);
  });

  test("of a change: what was before, ids and all", () => {
    const [step] = stepsAt(COUNTY, live, NOV26);
    expect(step?.undo).toEqual({ type: "restore", before: policyWith(live, "mfa-heads").settings });
  });

  test("of a member who leaves", () => {
    const gone = withMembers(live, groupWith(live, "heads").id, [...HEADS.map((head) => head.id), id(0x99)]);
    expect(stepsAt(COUNTY, gone, NOV19).map(({ undo }) => undo)).toEqual([{ type: "members", added: [], removed: [id(0x99)] }]);
  });

  test("of deletes: from the service's deleted items, but groups anew with their members", () => {
    const none = plan({ cohorts: [cohort("others")], phases: [phase("others", "2019-01-01", "others", ["web"])] });
    const steps = stepsAt(none, { ...live, roster: tenant(none).roster }, NOV19, { prune: true });
    expect(steps.map(({ undo }) => undo)).toEqual([
      { type: "restore-deleted", id: policyWith(live, "mfa-heads").id, before: policyWith(live, "mfa-heads").settings },
      { type: "recreate", before: groupWith(live, "heads").settings, members: HEADS.map((head) => head.id) },
    ]);
  });

  test("of a trusted network: untrusted, deleted, and back in the reverse order", () => {
    const none = plan({ cohorts: [cohort("others")], phases: [phase("others", "2019-01-01", "others", ["web"])] });
    const trusting = applied(OUTSIDE, tenant(OUTSIDE), NOV19);
    const steps = stepsAt(none, { ...trusting, roster: tenant(none).roster }, NOV19, { prune: true }).filter(({ key }) => key === "annexe");
    const list = trusting.resources["named-location"];
    const annexe = (list.type === "present" ? list.value : []).find(({ mark }) => mark?.key === "annexe");
    expect(steps.map(({ write, undo }) => [write.type, undo])).toEqual([
      ["update", { type: "restore", before: annexe?.settings }],
      ["delete", { type: "restore-deleted", id: annexe?.id, before: { ...annexe?.settings, trusted: false } }],
    ]);
    expect(annexe).toMatchObject({ settings: { trusted: true } });
  });
});
