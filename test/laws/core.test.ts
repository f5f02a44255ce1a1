import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyChanges, freshIds } from "../../src/core/after.ts";
import { byText } from "../../src/core/canonical.ts";
import type { Step } from "../../src/core/changes.ts";
import { desiredAt } from "../../src/core/desired.ts";
import { fieldChanges, normalise, sameSettings } from "../../src/core/kinds/index.ts";
import { markOf } from "../../src/core/mark.ts";
import { NOT_ASKED, type Observed } from "../../src/core/observed.ts";
import type { Plan } from "../../src/core/plan/plan.ts";
import { progressOf, progressText, readProgress } from "../../src/core/progress.ts";
import { nextWave, orderSteps } from "../../src/core/steps.ts";
import { KINDS, type Kind, type Known, present } from "../../src/core/tenant.ts";
import { applied, E1, E2, resourcesIn, see, shown, tenant } from "../core/county.ts";
import { type Model, performStep, undoStep } from "./model.ts";
import { FOREIGN, optionsOf, plans, typed, when, worlds } from "./worlds.ts";

const RUNS = { numRuns: process.env["SOAK"] === undefined ? 100 : 3_000 };

/** What the tenant holds, to be compared: members as sorted lists, resources by id. */
/** Members that the service finds by a rule are nobody's to bring back: they come with the rule. */
const isByRule = (observed: Observed, group: string): boolean => {
  const groups = observed.resources["cohort-group"];
  return groups.type === "present" && groups.value.some(({ id, settings }) => id === group && settings.dynamic !== undefined);
};

const held = (observed: Observed): unknown => ({
  read: KINDS.map((kind) => observed.resources[kind].type),
  resources: resourcesIn(observed)
    .map(({ kind, id, mark, managed, settings }) => ({ kind, id, mark, managed, settings: normalise<Kind>(kind, settings) }))
    .sort((a, b) => byText(a.id, b.id)),
  members: [...observed.members]
    .filter(([group]) => !isByRule(observed, group))
    .map(([group, list]) => [group, list.type === "present" ? [...list.value].sort(byText) : list.type] as const)
    .sort(([a], [b]) => byText(a, b)),
});

const inWaves = (steps: readonly Step[]): readonly Step[] => {
  const done = new Set<string>();
  const order: Step[] = [];
  for (;;) {
    const wave = nextWave(
      steps.filter(({ id }) => !done.has(id)),
      done,
    );
    if (wave.length === 0) return order;
    expect(new Set(wave.map(({ kind }) => kind)).size).toBe(1);
    for (const step of wave) {
      done.add(step.id);
      order.push(step);
    }
  }
};

const turned = <T>(list: readonly T[], by: number): readonly T[] =>
  [...list.slice(by % Math.max(1, list.length)), ...list.slice(0, by % Math.max(1, list.length))].toReversed();

const turnedKnown = <T>(list: Known<readonly T[]>, by: number): Known<readonly T[]> => (list.type === "present" ? present(turned(list.value, by)) : list);

describe("laws of the core", () => {
  test("nothing differs from itself, in whatever order its lists stand", () => {
    const settings = FOREIGN["conditional-access"];
    const [policy] = settings.type === "present" ? settings.value : [];
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), fc.shuffledSubarray(["a", "b", "c"], { minLength: 3 }), (json, users) => {
        if (policy === undefined) throw new Error("no policy to look at");
        const parsed: unknown = JSON.parse(json);
        const other = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? JSON.parse(json) : {};
        const one = { ...policy.settings, other, include: { ...policy.settings.include, users: ["a", "b", "c"] } };
        expect(fieldChanges("conditional-access", one, { ...one, include: { ...one.include, users: [...users, "a"] } })).toEqual([]);
        const said = { ...one, other: { kept: 1, ...other } };
        const hollow = { ...one, other: { empty: [], none: null, no: false, text: "", deep: { deeper: [{}] }, kept: 1, ...other } };
        expect(fieldChanges("conditional-access", hollow, said)).toEqual(fieldChanges("conditional-access", said, said));
        expect(normalise("conditional-access", normalise("conditional-access", one))).toEqual(normalise("conditional-access", one));
        expect(sameSettings("conditional-access", one, normalise("conditional-access", one))).toBe(true);
      }),
      RUNS,
    );
  });

  test("after the changes are made there is none", () => {
    fc.assert(
      fc.property(worlds, when, typed, fc.boolean(), ({ of, observed }, moment, words, prune) => {
        const options = { ...optionsOf(of, words), prune };
        const before = see(of, observed, moment, options);
        const after = applyChanges(observed, before.diff);
        expect(shown(see(of, after, moment, options).diff)).toEqual([]);
        // What was begun by hand is noted, so that the next run need not be told.
        expect(shown(see(of, after, moment, { stage: words.stage }).diff)).toEqual([]);
        if (prune) expect(see(of, after, moment, options).diff.leftOver.every(({ kind }) => kind !== "conditional-access")).toBe(true);
      }),
      RUNS,
    );
  });

  test("what asks goes on asking as time goes by, and in no fewer clients", () => {
    fc.assert(
      fc.property(plans, when, when, fc.subarray(["p0", "p1", "p2"]), fc.subarray(["p1", "p2", "p3"]), (of, one, other, onHold, begun) => {
        const progress = { begun, held: onHold };
        const [early, late] = [Math.min(one, other), Math.max(one, other)].map((moment) => desiredAt(of, moment, { progress }));
        const on = (desired: typeof early, key: string): readonly string[] => {
          const found = desired?.resources.find((each) => each.key === key);
          return found?.kind === "conditional-access" && found.settings.state === "on" ? found.settings.clients : [];
        };
        for (const { key } of early?.resources ?? []) for (const client of on(early, key)) expect(on(late, key)).toContain(client);
        for (const [number, phase] of (early?.phases ?? []).entries()) if (phase.course === "started") expect(late?.phases[number]?.course).toBe("started");
      }),
      RUNS,
    );
  });

  test("what only phases on hold ask for is asked of nobody", () => {
    fc.assert(
      fc.property(plans, when, fc.subarray(["p0", "p1", "p2", "p3"]), (of, moment, onHold) => {
        const desired = desiredAt(of, moment, { progress: { begun: [], held: onHold } });
        const lives = new Set(desired.phases.filter(({ course }) => course === "started").map(({ id }) => id));
        for (const each of desired.resources) {
          if (each.kind !== "conditional-access" || each.settings.state !== "on") continue;
          expect(each.phases.some((id) => lives.has(id))).toBe(true);
          // What blocks, or protects registering, is for the same clients whatever a phase says.
          if (!each.key.startsWith("mfa-")) continue;
          const words = each.phases.filter((id) => lives.has(id)).flatMap((id) => of.phases.find((phase) => phase.id === id)?.requireMfa?.on ?? []);
          expect(each.settings.clients.length).toBe(new Set(words).size);
        }
      }),
      RUNS,
    );
  });

  test("the order in which things are named or listed does not matter", () => {
    fc.assert(
      fc.property(worlds, when, typed, fc.integer({ min: 0, max: 9 }), ({ of, observed }, moment, words, by) => {
        const plan: Plan = {
          ...of,
          cohorts: turned(of.cohorts, by),
          networks: turned(of.networks, by),
          phases: turned(of.phases, by).map((phase) => ({
            ...phase,
            ...(phase.requireMfa !== undefined && {
              requireMfa: { ...phase.requireMfa, on: turned(phase.requireMfa.on, by), outside: turned(phase.requireMfa.outside, by) },
            }),
          })),
          emergencyAccounts: turned(of.emergencyAccounts, by),
        };
        const { resources } = observed;
        const listed: Observed = {
          ...observed,
          resources: {
            ...NOT_ASKED,
            "cohort-group": turnedKnown(resources["cohort-group"], by),
            "named-location": turnedKnown(resources["named-location"], by),
            "conditional-access": turnedKnown(resources["conditional-access"], by),
          },
          members: new Map(turned([...observed.members], by)),
          emergency: turned(observed.emergency, by),
        };
        const options = optionsOf(of, words);
        const [one, other] = [see(of, observed, moment, options).diff, see(plan, listed, moment, options).diff];
        expect(other.hash).toBe(one.hash);
        const plain = (steps: readonly Step[]): unknown => steps.map(({ phases, ...step }) => ({ ...step, phases: [...phases].sort(byText) }));
        expect(plain(orderSteps(other))).toEqual(plain(orderSteps(one)));
      }),
      RUNS,
    );
  });

  test("the steps make what the changes say, and their undos in reverse bring back what was there", () => {
    fc.assert(
      fc.property(worlds, when, typed, fc.boolean(), ({ of, observed }, moment, words, prune) => {
        const { diff } = see(of, observed, moment, { ...optionsOf(of, words), prune });
        const steps = orderSteps(diff);
        const order = inWaves(steps);
        expect(order).toHaveLength(steps.length);
        const start: Model = { observed, made: new Map(), ids: freshIds(observed, diff) };
        const done = order.reduce(performStep, start);
        expect(held(done.observed)).toEqual(held(applyChanges(observed, diff)));
        const back = order.toReversed().reduce(undoStep, done);
        expect(held(back.observed)).toEqual(held(observed));
      }),
      RUNS,
    );
  });

  test("a step stands behind what makes what it names", () => {
    fc.assert(
      fc.property(worlds, when, typed, ({ of, observed }, moment, words) => {
        const steps = orderSteps(see(of, observed, moment, optionsOf(of, words)).diff);
        const place = new Map(steps.map((step, number) => [step.id, number]));
        const made = new Map(steps.flatMap(({ id, write }) => (write.type === "create" ? [[`@${write.kind}/${write.key}`, id] as const] : [])));
        steps.forEach((step, number) => {
          for (const id of step.after) expect(place.get(id)).toBeLessThan(number);
          const { before: _before, ...text } = { before: undefined, ...step.write };
          for (const [ref, id] of made) if (id !== step.id && JSON.stringify(text).includes(`"${ref}"`)) expect(step.after).toContain(id);
          if ("ids" in step.write) expect(step.write.ids.length).toBeLessThanOrEqual(20);
        });
      }),
      RUNS,
    );
  });

  test("what is foreign is in no change and stays as it is", () => {
    fc.assert(
      fc.property(worlds, when, typed, ({ of, observed }, moment, words) => {
        const { diff } = see(of, observed, moment, { ...optionsOf(of, words), prune: true });
        const ours = new Set(resourcesIn(observed).flatMap(({ id, managed, mark }) => (!managed && mark?.plan === of.id ? [id] : [])));
        for (const change of [...diff.changes, ...diff.leftOver]) if (change.action !== "create") expect(ours.has(change.id ?? "")).toBe(true);
        const after = resourcesIn(applyChanges(observed, diff));
        for (const each of resourcesIn(observed)) if (!ours.has(each.id)) expect(after).toContainEqual(each);
        for (const step of orderSteps(diff)) {
          if ("id" in step.write) expect(ours.has(step.write.id)).toBe(true);
          if ("group" in step.write && !step.write.group.startsWith("@")) expect(ours.has(step.write.group)).toBe(true);
        }
      }),
      RUNS,
    );
  });

  test("every policy that the changes leave on leaves out each emergency account that is there", () => {
    fc.assert(
      fc.property(worlds, when, typed, ({ of, observed }, moment, words) => {
        const { diff } = see(of, observed, moment, optionsOf(of, words));
        const there = observed.emergency.flatMap(({ account }) => (account.type === "present" ? [account.value.id] : []));
        for (const change of diff.changes) {
          if (change.after === undefined || !("state" in change.after)) continue;
          for (const id of there) expect(change.after.exclude.users).toContain(id);
        }
        expect([E1, E2]).toEqual(expect.arrayContaining(there));
      }),
      RUNS,
    );
  });

  test("what was not read is in no change", () => {
    fc.assert(
      fc.property(worlds, when, typed, ({ of, observed }, moment, words) => {
        const { changes } = see(of, observed, moment, { ...optionsOf(of, words), prune: true }).diff;
        for (const { kind, id, members } of changes) {
          expect(observed.resources[kind].type).not.toBe("unknown");
          if (members !== undefined && id !== undefined) expect(observed.members.get(id)?.type).toBe("present");
          if (observed.roster.type === "unknown") expect(members === undefined || members.added.length === 0).toBe(true);
        }
        if (observed.roster.type === "unknown") expect(changes.filter(({ kind, action }) => kind === "conditional-access" && action !== "delete")).toEqual([]);
      }),
      RUNS,
    );
  });

  test("progress is read back as it was written", () => {
    const ids = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]+(-[a-z0-9]+)*$/), { maxLength: 5 });
    fc.assert(
      fc.property(ids, ids, (begun, onHold) => {
        const text = progressText("county-2018", { begun, held: onHold });
        expect(readProgress(text)).toEqual({ begun: [...begun].sort(byText), held: [...onHold].sort(byText) });
        expect(markOf(text, undefined)).toEqual({ plan: "county-2018", key: "progress" });
      }),
      RUNS,
    );
  });

  test("a hold survives every apply that is not told to release it", () => {
    fc.assert(
      fc.property(plans, when, when, fc.subarray(["p0", "p1", "p2"], { minLength: 1 }), (of, one, other, onHold) => {
        const first = applied(of, tenant(of), one, { progress: { begun: [], held: onHold } });
        expect(progressOf(applied(of, first, other), of.id)).toEqual(present({ begun: [], held: onHold }));
      }),
      RUNS,
    );
  });
});
