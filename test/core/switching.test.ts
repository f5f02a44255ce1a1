/** Whom changes begin to ask for MFA, or to keep out, and what the log of sign-ins is asked for it. */

import { describe, expect, test } from "vitest";
import type { Change } from "../../src/core/changes.ts";
import type { GuardInput } from "../../src/core/guards/guard.ts";
import { IdIndex } from "../../src/core/ids.ts";
import type { Observed } from "../../src/core/observed.ts";
import { Roster } from "../../src/core/roster.ts";
import { logQuestions, switchedOn } from "../../src/core/switching.ts";
import { type PolicySettings, present, type ResourceOf } from "../../src/core/tenant.ts";
import { blockChange, FIRST, given, joins, NEW_HEADS } from "./guards/log-world.ts";
import {
  change,
  cohort,
  E1,
  HEADS_GROUP,
  heads,
  id,
  LOCATION,
  locationSettings,
  observed,
  PLAN_ID,
  plan,
  policy,
  policyChange,
  users,
} from "./guards/world.ts";

describe("whom changes begin to ask or keep out", () => {
  const EVERYBODY = users({ all: true });
  const line = (each: GuardInput): readonly string[] =>
    switchedOn(each).map(({ sort, words, holds, staged, grown, programs, outside, reaches }) => {
      const reached = heads(40).filter(reaches).length;
      const flags = [staged ? "staged" : "", grown ? "grown" : "", programs ? "programs" : "", ...outside].filter((word) => word !== "");
      return `${sort} "${words}" ${reached} ${holds.map(({ kind, key }) => `${kind}/${key}`).join(" ")} ${flags.join(" ")}`.trim();
    });
  const MFA = 'mfa "MFA: heads"';
  const KEY = "conditional-access/mfa-heads";
  const outside: Partial<PolicySettings> = { locations: { include: ["all"], exclude: [LOCATION] } };
  const location = (ranges: readonly string[]): ResourceOf<"named-location"> => ({
    kind: "named-location",
    id: LOCATION,
    mark: { plan: PLAN_ID, key: "schools" },
    settings: locationSettings({ ranges }),
    managed: false,
  });
  /** Beside the policies that a row says. */
  const located = (ranges: readonly string[]): Partial<Observed> => ({ resources: { ...observed().resources, "named-location": present([location(ranges)]) } });
  const ranges = (before: readonly string[], after: readonly string[]): Change =>
    change({
      kind: "named-location",
      key: "schools",
      action: "update",
      id: LOCATION,
      before: locationSettings({ ranges: before }),
      after: locationSettings({ ranges: after }),
    });
  const networked = plan({
    networks: [{ name: "schools", slug: "schools", sort: "ip", ranges: ["192.0.2.0/24"], trusted: false, place: { file: "p", line: 1, column: 1 } }],
  });
  const states = (to: "disabled" | "enabled" | "enforced"): Change =>
    change({ kind: "per-user-mfa", key: "heads", action: "update", states: { to, accounts: heads(3).map((who) => ({ id: who, before: "disabled" })) } });
  const defaults = (enabled: boolean): Change =>
    change({ kind: "security-defaults", key: "tenant", action: "update", id: id(9), before: { enabled: !enabled }, after: { enabled } });

  test.each<readonly [string, GuardInput, readonly string[]]>([
    ["nothing changes", given([], [policy()]), []],
    ["a policy comes on", given([policyChange({ state: "report-only" })], [policy({ state: "report-only" })]), [`${MFA} 40 ${KEY} grown`]],
    ["asks programs as well", given([policyChange({}, { clients: ["browser", "mobile-and-desktop"] })], [policy()]), [`${MFA} 40 ${KEY} grown programs`]],
    [
      "asks in fewer programs",
      given([policyChange({ clients: ["browser", "mobile-and-desktop"] })], [policy({ clients: ["browser", "mobile-and-desktop"] })]),
      [],
    ],
    ["is renamed", given([policyChange({ name: "MFA" })], [policy({ name: "MFA" })]), []],
    ["goes into report-only", given([policyChange({}, { state: "report-only" })], [policy()]), []],
    ["is switched off", given([policyChange({}, { state: "off" })], [policy()]), []],
    ["is staged", given([policyChange({ state: "off" }, { state: "report-only" })], [policy({ state: "off" })]), [`${MFA} 40 ${KEY} staged grown`]],
    ["stays staged", given([], [policy({ state: "report-only" })]), []],
    [
      "somebody joins a policy that is on",
      given([joins(NEW_HEADS)], [policy()], { members: new Map([[HEADS_GROUP, present(IdIndex.of(heads(38)))]]) }),
      [`${MFA} 2 cohort-group/heads`],
    ],
    [
      "somebody joins one that is staged",
      given([joins(NEW_HEADS)], [policy({ state: "report-only" })], { members: new Map([[HEADS_GROUP, present(IdIndex.of(heads(38)))]]) }),
      [],
    ],
    ["no longer left out", given([policyChange({ ...outside, state: "on" }, {})], [policy(outside)], {}, networked), [`${MFA} 40 ${KEY} grown`]],
    ["spared in a network", given([policyChange({}, outside)], [policy()], {}, networked), []],
    [
      "a network that becomes narrower",
      given([ranges(["192.0.2.0/24", "198.51.100.0/24"], ["192.0.2.0/24"])], [policy(outside)], located(["192.0.2.0/24", "198.51.100.0/24"]), networked),
      [`${MFA} 40 named-location/schools grown schools`],
    ],
    [
      "a network that becomes wider",
      given([ranges(["192.0.2.0/24"], ["192.0.2.0/24", "198.51.100.0/24"])], [policy(outside)], located(["192.0.2.0/24"]), networked),
      [],
    ],
    ["a network beside it that becomes narrower", given([ranges(["192.0.2.0/24"], [])], [policy()], located(["192.0.2.0/24"]), networked), []],
    [
      "more applications",
      given(
        [policyChange({ apps: { include: ["office365"], exclude: [], userActions: [] } })],
        [policy({ apps: { include: ["office365"], exclude: [], userActions: [] } })],
      ),
      [`${MFA} 40 ${KEY} grown`],
    ],
    ["a strength in place of MFA", given([policyChange({}, { grant: { operator: "or", controls: [], strength: id(4) } })], [policy()]), []],
    [
      "a block in place of MFA",
      given([policyChange({}, { grant: { operator: "or", controls: ["block"], strength: null } })], [policy()]),
      [`block "MFA: heads" 40 ${KEY} grown`],
    ],
    [
      "registering methods is no sign-in",
      given(
        [policyChange({ state: "off" }, { apps: { include: [], exclude: [], userActions: ["urn:user:registersecurityinfo"] } })],
        [policy({ state: "off" })],
      ),
      [],
    ],
    ["somebody else's policy", given([], [policy({}, { mark: { plan: "other", key: "mfa-heads" } })]), []],
    [
      "everybody, but who is left out",
      given(
        [policyChange({ state: "report-only", include: EVERYBODY }, { include: EVERYBODY, exclude: users({ users: [E1, FIRST], groups: [HEADS_GROUP] }) })],
        [policy({ state: "report-only", include: EVERYBODY })],
        { members: new Map([[HEADS_GROUP, present(IdIndex.of(heads(5)))]]) },
      ),
      [`${MFA} 35 ${KEY} grown`],
    ],
    ["per-user MFA enabled", given([states("enabled")], []), ['mfa "heads" 3 per-user-mfa/heads grown programs']],
    [
      "per-user MFA enforced keeps old programs out",
      given([states("enforced")], []),
      ['mfa "heads" 3 per-user-mfa/heads grown programs', 'block "heads" 3 per-user-mfa/heads grown programs'],
    ],
    ["per-user MFA retired", given([states("disabled")], []), []],
    [
      "security defaults come on",
      given([defaults(true)], []),
      ['mfa "security defaults" 40 security-defaults/tenant grown programs', 'block "security defaults" 40 security-defaults/tenant grown programs'],
    ],
    [
      "a block in place of security defaults, which let no old program in",
      given([blockChange(undefined)], [policy()], { securityDefaults: present(true) }),
      [],
    ],
    ["security defaults go", given([defaults(false)], []), []],
  ])("%s", (_name, each, want) => {
    expect(line(each)).toEqual(want);
  });

  describe("who is asked for as much already", () => {
    const STAFF = { plan: PLAN_ID, key: "mfa-staff" };
    const coming = (fields: Partial<PolicySettings>, live: Partial<PolicySettings>, stays = true): string => {
      const staff = policy({ state: "report-only", include: EVERYBODY, ...fields }, { id: id(0x202), mark: STAFF });
      const on: Change = {
        ...policyChange({ state: "report-only", include: EVERYBODY, ...fields }, { include: EVERYBODY, ...fields }),
        id: id(0x202),
        key: "mfa-staff",
        mark: STAFF,
      };
      const off = stays ? [] : [policyChange(live, { ...live, state: "off" })];
      const fifteen = new Map([[HEADS_GROUP, present(IdIndex.of(heads(15)))]]);
      return line(given([on, ...off], [policy(live), staff], { members: fifteen }))[0]?.split(" ")[3] ?? "";
    };
    test.each<readonly [string, Partial<PolicySettings>, Partial<PolicySettings>, string]>([
      ["in the same programs", {}, {}, "25"],
      ["in more programs", {}, { clients: ["browser", "mobile-and-desktop"] }, "25"],
      ["in fewer programs", { clients: ["browser", "mobile-and-desktop"] }, {}, "40"],
      ["by a policy in report-only", {}, { state: "report-only" }, "40"],
      ["in some applications alone", {}, { apps: { include: ["office365"], exclude: [], userActions: [] } }, "40"],
      ["in all but some applications", {}, { apps: { include: ["all"], exclude: ["office365"], userActions: [] } }, "40"],
      ["outside a network alone", {}, { locations: { include: ["all"], exclude: [LOCATION] } }, "40"],
      ["outside the same network", { locations: { include: ["all"], exclude: [LOCATION] } }, { locations: { include: ["all"], exclude: [LOCATION] } }, "25"],
      ["everywhere", { locations: { include: ["all"], exclude: [LOCATION] } }, {}, "25"],
      ["but by a block", {}, { grant: { operator: "or", controls: ["block"], strength: null } }, "40"],
    ])("%s", (_name, fields, live, want) => {
      expect(coming(fields, live)).toBe(want);
    });
    test("by a policy that goes", () => {
      expect(coming({}, {}, false)).toBe("40");
    });
  });

  test("a role that is left out is that of no cohort: who synchronises the directory is not reached", () => {
    const SYNC = id(0x77);
    const people = new Roster(["heads"]);
    people.add(FIRST, "head@alder.county.example", { enabled: true, guest: false, pupil: false }, ["in"]);
    people.add(SYNC, "sync_dc@county.example", { enabled: true, guest: false, pupil: false }, ["out"]);
    const exclude = users({ users: [E1], roles: ["d29b2b05-8046-44ba-8758-1e26182fcf32"] });
    const all = plan({ cohorts: [cohort({ source: { type: "all" }, pupils: "out" })] });
    const settings = { include: EVERYBODY, exclude };
    const [one] = switchedOn(
      given([policyChange({ ...settings, state: "report-only" }, settings)], [policy({ ...settings, state: "report-only" })], { roster: present(people) }, all),
    );
    expect([one?.reaches(FIRST), one?.reaches(SYNC), one?.reaches(E1)]).toEqual([true, false, false]);
  });

  test("guests are reached unless they are left out", () => {
    const people = new Roster(["heads"]);
    people.add(FIRST, "guest@elsewhere.example", { enabled: true, guest: true, pupil: false }, ["out"]);
    const reached = (guests: boolean): boolean | undefined => {
      const settings = { include: EVERYBODY, exclude: users({ guests }) };
      return switchedOn(
        given([policyChange({ ...settings, state: "off" }, settings)], [policy({ ...settings, state: "off" })], { roster: present(people) }),
      )[0]?.reaches(FIRST);
    };
    expect([reached(true), reached(false)]).toEqual([false, true]);
  });

  test.each<readonly [string, GuardInput, string]>([
    ["nothing is switched on", given([], [policy()]), ""],
    ["the browser alone is asked", given([policyChange({ state: "off" })], [policy({ state: "off" })]), ""],
    ["programs are asked", given([policyChange({}, { clients: ["all"] })], [policy()]), "services"],
    [
      "outside a network",
      given([policyChange({ ...outside, state: "off" }, outside)], [policy({ ...outside, state: "off" })], located(["192.0.2.0/24"]), networked),
      "places",
    ],
    ["a block", given([blockChange(undefined)], [policy()]), "legacy"],
    ["a block in report-only", given([blockChange(undefined, { state: "report-only" })], [policy()]), "legacy"],
    [
      "MFA in report-only",
      given([policyChange({ state: "off" }, { state: "report-only", clients: ["all"], ...outside })], [policy({ state: "off" })], {}, networked),
      "",
    ],
  ])("what the log is asked when %s", (_name, each, want) => {
    expect(
      Object.entries(logQuestions(each))
        .flatMap(([name, asks]) => (asks ? [name] : []))
        .join(" "),
    ).toBe(want);
  });
});
