/** What holds of every set of policies and every sign-in, whatever the pages say of single ones. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluate, type Ground, type Policy, stanceOf } from "../../src/core/evaluate.ts";
import { isBlock } from "../../src/core/evaluate-controls.ts";
import type { Answer } from "../../src/core/evaluate-logic.ts";
import type { Outcome, SignIn } from "../../src/core/sign-in.ts";
import { type PolicySettings, type PolicyUsers, present, unknown } from "../../src/core/tenant.ts";
import { fromWire } from "../../src/graph/conditional-access.ts";
import { fromWire as locationFromWire } from "../../src/graph/named-location.ts";
import { APPS, closureOf, LOCATIONS, ME, PLACE_IDS, type World, policies as wires, worlds } from "./sign-in-world.ts";

const RUNS = { numRuns: process.env["SOAK"] === undefined ? 200 : 5_000 };

const GROUND: Ground = { locations: present(new Map(LOCATIONS.map((wire) => locationFromWire(wire)).map(({ id, settings }) => [id, settings]))) };

const signInOf = ({ belongs, homeTenant, groups, roles, device, ...rest }: World): SignIn => ({
  ...rest,
  subject: { id: ME, groups: present(new Set(groups)), roles: present(new Set(roles)), belongs, homeTenant },
  device: device === null || device === undefined ? device : Object.fromEntries(Object.entries(device).map(([name, value]) => [name.toLowerCase(), value])),
});

const signIns = worlds.map(signInOf);
const policies: fc.Arbitrary<readonly Policy[]> = fc
  .uniqueArray(
    wires.map((wire) => fromWire(wire)),
    { selector: ({ id }) => id, maxLength: 5 },
  )
  .map((list) => list.map(({ id, settings }) => ({ id, settings })));
const policy: fc.Arbitrary<Policy> = wires.map((wire) => fromWire(wire)).map(({ id, settings }) => ({ id, settings }));

const RANK = { no: 0, unknown: 1, yes: 2 } as const satisfies Record<Answer, number>;
const inForce = ({ settings }: Policy): boolean => settings.state === "on";
const withoutStances = ({ stances: _stances, ...rest }: Outcome): Omit<Outcome, "stances"> => rest;

// ---- exclusions

const excludeMore = (settings: PolicySettings, more: Partial<PolicyUsers>): PolicySettings => ({
  ...settings,
  exclude: {
    ...settings.exclude,
    guests: settings.exclude.guests || more.guests === true,
    users: [...settings.exclude.users, ...(more.users ?? [])],
    groups: [...settings.exclude.groups, ...(more.groups ?? [])],
    roles: [...settings.exclude.roles, ...(more.roles ?? [])],
  },
});

/** One more thing left out; null where the policy has no such condition to leave something out of. */
const EXCLUSIONS: readonly ((settings: PolicySettings, signIn: SignIn) => PolicySettings | null)[] = [
  (settings) => excludeMore(settings, { users: [ME] }),
  (settings) => excludeMore(settings, { users: ["@account/emergency-1@county.example"] }),
  (settings, { subject }) => excludeMore(settings, { groups: subject.groups.type === "present" ? [...subject.groups.value] : [] }),
  (settings, { subject }) => excludeMore(settings, { roles: subject.roles.type === "present" ? [...subject.roles.value] : [] }),
  (settings) => excludeMore(settings, { guests: true }),
  (settings) => ({ ...settings, apps: { ...settings.apps, exclude: [...settings.apps.exclude, "office365"] } }),
  (settings) => ({ ...settings, apps: { ...settings.apps, exclude: [...settings.apps.exclude, APPS.teams, APPS.exchange] } }),
  ({ locations, ...settings }) => (locations === null ? null : { ...settings, locations: { ...locations, exclude: [...locations.exclude, PLACE_IDS.school] } }),
  ({ locations, ...settings }) =>
    locations === null ? null : { ...settings, locations: { ...locations, exclude: [...locations.exclude, "all-trusted", PLACE_IDS.gone] } },
];

// ---- what nobody knows any more

const NO_GROUND: Ground = { locations: unknown("503") };
const FORGOTTEN: readonly ((signIn: SignIn) => SignIn)[] = [
  ({ subject, ...signIn }) => ({ ...signIn, subject: { ...subject, groups: unknown("403") } }),
  ({ subject, ...signIn }) => ({ ...signIn, subject: { ...subject, roles: unknown("403") } }),
  ({ subject, ...signIn }) => ({ ...signIn, subject: { ...subject, belongs: undefined } }),
  ({ subject, ...signIn }) => ({ ...signIn, subject: { ...subject, homeTenant: undefined } }),
  (signIn) => ({ ...signIn, program: undefined }),
  (signIn) => ({ ...signIn, address: undefined }),
  (signIn) => ({ ...signIn, country: undefined }),
  (signIn) => ({ ...signIn, platform: undefined }),
  (signIn) => ({ ...signIn, device: undefined }),
  ({ device, ...signIn }) => ({ ...signIn, device: device === null || device === undefined ? device : {} }),
  (signIn) => ({ ...signIn, signInRisk: undefined }),
  (signIn) => ({ ...signIn, userRisk: undefined }),
  (signIn) => ({ ...signIn, insiderRisk: undefined }),
  (signIn) => ({ ...signIn, flow: undefined }),
];

describe("laws of the evaluator", () => {
  test("an exclusion never adds a control", () => {
    fc.assert(
      fc.property(policies, signIns, fc.nat(4), fc.constantFrom(...EXCLUSIONS), (list, signIn, number, exclude) => {
        const excluded = list.map((each, place) => (place === number ? { ...each, settings: exclude(each.settings, signIn) ?? each.settings } : each));
        const [before, after] = [evaluate(list, signIn, GROUND), evaluate(excluded, signIn, GROUND)];
        for (const [place, stance] of after.stances.entries()) expect(RANK[stance.applies]).toBeLessThanOrEqual(RANK[before.stances[place]?.applies ?? "no"]);
        for (const asked of after.asks) expect(before.asks).toContainEqual(asked);
        if (after.type === "blocked") expect(before.type).toBe("blocked");
      }),
      RUNS,
    );
  });

  test("who is left out by id, by a group or through groups in groups, also in a circle, is asked for nothing", () => {
    const groups = ["a", "b", "c", "d"].map((letter, number) => `00000000-0000-4000-8000-00000000${letter}${number}00`);
    const links = fc.array(fc.tuple(fc.constantFrom(...groups), fc.constantFrom(...groups)), { maxLength: 8 });
    fc.assert(
      fc.property(policy, signIns, fc.constantFrom(...groups), links, fc.constantFrom(...groups), (each, signIn, direct, within, named) => {
        const all = closureOf([direct], within);
        const nested: SignIn = { ...signIn, subject: { ...signIn.subject, groups: present(all) } };
        const stance = stanceOf({ ...each, settings: excludeMore(each.settings, { groups: [named] }) }, nested, GROUND);
        if (all.has(named)) expect(stance.applies).toBe("no");
        // A group that it is not in leaves out nobody.
        else expect(stance.applies).toBe(stanceOf(each, nested, GROUND).applies);
        expect(stanceOf({ ...each, settings: excludeMore(each.settings, { users: [ME] }) }, nested, GROUND).applies).toBe("no");
      }),
      RUNS,
    );
  });

  test("a block never lets in, whatever stands beside it", () => {
    const wall: PolicySettings = fromWire({
      id: "00000000-0000-4000-8000-0000000000bb",
      displayName: "block",
      state: "enabled",
      conditions: { users: { includeUsers: ["All"] }, applications: { includeApplications: ["All"] }, clientAppTypes: ["all"] },
      grantControls: { operator: "OR", builtInControls: ["block"] },
    }).settings;
    fc.assert(
      fc.property(policies, signIns, (list, signIn) => {
        const outcome = evaluate(list, signIn, GROUND);
        const blocking = outcome.stances.filter(({ state, applies, wants }) => state === "on" && applies === "yes" && isBlock(wants));
        if (blocking.length > 0) expect(outcome.type).toBe("blocked");
        if (signIn.target.type === "authentication-context") return;
        const walled = evaluate([...list, { id: "00000000-0000-4000-8000-0000000000bb", settings: wall }], signIn, GROUND);
        expect(walled.type).toBe("blocked");
        expect(walled.asks).toEqual(outcome.asks);
      }),
      RUNS,
    );
  });

  test("report-only changes nothing, and what is off neither", () => {
    fc.assert(
      fc.property(policies, signIns, (list, signIn) => {
        const all = evaluate(list, signIn, GROUND);
        expect(withoutStances(evaluate(list.filter(inForce), signIn, GROUND))).toEqual(withoutStances(all));
        expect(all.stances.length).toBe(list.length);
        // And yet it is told what it would ask.
        for (const each of list) {
          if (each.settings.state !== "report-only") continue;
          const { state: _state, ...told } = stanceOf(each, signIn, GROUND);
          const { state: _on, ...live } = stanceOf({ ...each, settings: { ...each.settings, state: "on" } }, signIn, GROUND);
          expect(told).toEqual(live);
        }
      }),
      RUNS,
    );
  });

  test("the order of policies, and of what stands in their lists, does not matter", () => {
    const turned = <T>(list: readonly T[]): readonly T[] => [...list].reverse();
    const turnedUsers = (users: PolicyUsers): PolicyUsers => ({
      ...users,
      users: turned(users.users),
      groups: turned(users.groups),
      roles: turned(users.roles),
    });
    const turnedPolicy = ({ id, settings }: Policy): Policy => ({
      id,
      settings: {
        ...settings,
        include: turnedUsers(settings.include),
        exclude: turnedUsers(settings.exclude),
        apps: { include: turned(settings.apps.include), exclude: turned(settings.apps.exclude), userActions: turned(settings.apps.userActions) },
        clients: turned(settings.clients),
        locations: settings.locations === null ? null : { include: turned(settings.locations.include), exclude: turned(settings.locations.exclude) },
      },
    });
    const answers = ({ stances, ...rest }: Outcome): unknown => ({ ...rest, stances: stances.map(({ because: _because, ...stance }) => stance) });
    fc.assert(
      fc.property(policies, signIns, (list, signIn) => {
        const outcome = evaluate(list, signIn, GROUND);
        expect(evaluate(turned(list), signIn, GROUND)).toEqual(outcome);
        // Of two groups that take somebody in either may be named as the reason.
        expect(answers(evaluate(list.map(turnedPolicy), signIn, GROUND))).toEqual(answers(outcome));
      }),
      RUNS,
    );
  });

  test("what is forgotten turns an answer into unknown or leaves it, and never blocked or unknown into let in", () => {
    const lesser = <T extends string>(before: T, after: T): boolean => after === before || after === "unknown";
    fc.assert(
      fc.property(policies, signIns, fc.subarray([...FORGOTTEN], { minLength: 1, maxLength: 4 }), fc.boolean(), (list, signIn, forget, noGround) => {
        const vague = forget.reduce((known, each) => each(known), signIn);
        const [before, after] = [evaluate(list, signIn, GROUND), evaluate(list, vague, noGround ? NO_GROUND : GROUND)];
        for (const [place, stance] of after.stances.entries()) {
          const was = before.stances[place]?.applies ?? "no";
          expect([was, stance.applies, lesser(was, stance.applies)]).toEqual([was, stance.applies, true]);
        }
        expect([before.type, after.type, lesser(before.type, after.type)]).toEqual([before.type, after.type, true]);
      }),
      RUNS,
    );
  });

  test("a condition that nobody knows narrows or does nothing: it takes in nobody", () => {
    fc.assert(
      fc.property(policy, signIns, ({ id, settings }, signIn) => {
        const other = typeof settings.other === "object" && settings.other !== null && !Array.isArray(settings.other) ? settings.other : {};
        const strange = { id, settings: { ...settings, other: { ...other, partialEnablementStrategy: { percent: 1 } } } };
        const [before, after] = [stanceOf({ id, settings }, signIn, GROUND).applies, stanceOf(strange, signIn, GROUND).applies];
        expect(after).toBe(before === "no" ? "no" : "unknown");
      }),
      RUNS,
    );
  });
});
