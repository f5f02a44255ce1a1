import { describe, expect, test } from "vitest";
import type { Change, Membership } from "../../../src/core/changes.ts";
import type { GuardInput } from "../../../src/core/guards/guard.ts";
import { loosened } from "../../../src/core/guards/loosened.ts";
import type { History, Written } from "../../../src/core/history.ts";
import { IdIndex } from "../../../src/core/ids.ts";
import { type ObjectId, type PolicySettings, present } from "../../../src/core/tenant.ts";
import {
  change,
  desired,
  diff,
  group,
  groupSettings,
  HEADS_GROUP,
  HEADS_POLICY,
  heads,
  id,
  input,
  LOCATION,
  locationSettings,
  MOMENT,
  observed,
  policy,
  policyChange,
  policySettings,
  roster,
  told,
  users,
  wantedGroup,
} from "./world.ts";

const DAY = 86_400_000;

const written = (fields: Partial<Written> = {}): Written => ({
  kind: "conditional-access",
  key: "mfa-heads",
  id: HEADS_POLICY,
  possible: [policySettings()],
  sure: true,
  at: MOMENT - DAY,
  run: "20181118T000000Z-0001",
  members: new Set(),
  whole: true,
  ...fields,
});

const history = (...all: readonly Written[]): History => ({ written: new Map(all.map((each) => [`@${each.kind}/${each.key}`, each])) });

/** The plan wants what was written; the tenant holds `now`. */
const since = (now: Partial<PolicySettings>, was: Partial<PolicySettings> = {}, more: Partial<Written> = {}): GuardInput =>
  input({ diff: diff([policyChange(now, was)]), history: history(written({ possible: [policySettings(was)], ...more })) });

const LEGACY = id(0x800);

const rows: readonly (readonly [name: string, input: GuardInput, want: RegExp | undefined])[] = [
  ["nothing changed", input({ history: history(written()) }), undefined],
  ["no history", input({ diff: diff([policyChange({ state: "off" })]) }), undefined],
  [
    "turned off",
    since({ state: "off" }),
    /^stop: the policy "MFA: heads" \(.*200\) was turned off since the run of Sun 18 Nov 2018 00:00: somebody may have had a reason$/,
  ],
  ["set to report-only", since({ state: "report-only" }), /was set to report-only since/],
  [
    "an exclusion of an account",
    since({ exclude: users({ users: [id(1), id(2), LEGACY] }) }),
    /was given an exclusion of the user 00000000-0000-4000-8000-000000000800 since/,
  ],
  ["an exclusion of a group", since({ exclude: users({ users: [id(1), id(2)], groups: [LEGACY] }) }), /was given an exclusion of the group/],
  ["an exclusion of guests", since({ exclude: users({ users: [id(1), id(2)], guests: true }) }), /was given an exclusion of guests/],
  ["no longer for its group", since({ include: users({ users: [LEGACY] }) }), /was taken off the group "MFA rollout: heads" \(.*100\) since/],
  ["no longer for all", since({ include: users({ groups: [LEGACY] }) }, { include: users({ all: true }) }), /was taken off all users/],
  ["clients taken out", since({ clients: ["browser"] }, { clients: ["browser", "mobile-and-desktop"] }), /was taken off some programs \(mobile-and-desktop\)/],
  ["apps taken out", since({ apps: { include: ["office365"], exclude: [], userActions: [] } }), /was taken off some apps/],
  ["an app excluded", since({ apps: { include: ["all"], exclude: [LEGACY], userActions: [] } }), /was given an exclusion of apps/],
  ["a place spared", since({ locations: { include: ["all"], exclude: [LEGACY] } }), /was told to spare another place/],
  ["a place only", since({ locations: { include: [LEGACY], exclude: [] } }), /was taken off some places/],
  ["asks for nothing", since({ grant: null }), /was rid of what it asks for/],
  ["asks for something else", since({ grant: { operator: "or", controls: ["compliantDevice"], strength: null } }), /was rid of mfa/],
  ["an easier way in", since({ grant: { operator: "or", controls: ["compliantDevice", "mfa"], strength: null } }), /was given an easier way in/],
  ["asks later", since({ signInFrequency: { every: 90, unit: "days" } }, { signInFrequency: { every: 24, unit: "hours" } }), /was told to ask again later/],
  ["further conditions", since({ other: { conditions: { platforms: ["android"] } } }), /was given further conditions/],
  ["two things at once", since({ state: "off", grant: null }), /was turned off and rid of what it asks for since/],
  ["renamed only", since({ name: "MFA for heads [county-2018/mfa-heads]" }), undefined],
  ["tightened", since({ clients: ["browser", "mobile-and-desktop"] }), undefined],
  ["one control more to pass", since({ grant: { operator: "and", controls: ["compliantDevice", "mfa"], strength: null } }), undefined],
  ["turned on where it was to be staged", since({ state: "on" }, { state: "report-only" }), undefined],
  // The plan grows: what is there is what was written.
  [
    "as written, and the plan asks for more",
    input({ diff: diff([policyChange({}, { clients: ["browser", "mobile-and-desktop"] })]), history: history(written()) }),
    undefined,
  ],
  // Turned off, and the plan wants it off as well: nothing would be tightened.
  [
    "loosened as the plan now wants it",
    input({
      diff: diff([policyChange({ state: "report-only" }, { state: "report-only", clients: ["browser", "mobile-and-desktop"] })]),
      history: history(written()),
    }),
    undefined,
  ],
  ["another answer was possible", since({ state: "report-only" }, {}, { possible: [policySettings(), policySettings({ state: "report-only" })] }), undefined],
  [
    "looser than any that was possible",
    since({ state: "off" }, {}, { possible: [policySettings(), policySettings({ state: "report-only" })] }),
    /was turned off/,
  ],
  ["made anew by hand", since({ state: "off" }, {}, { id: LEGACY }), undefined],
];

test.each(rows)("%s", (_name, given, want) => {
  const lines = told(loosened.check(given));
  expect(lines).toHaveLength(want === undefined ? 0 : 1);
  if (want !== undefined) expect(lines[0]).toMatch(want);
});

test("a finding holds its key, may be let pass, and says when it was last changed", () => {
  const seen = observed({
    resources: { ...observed().resources, "conditional-access": present([policy({ state: "off" }, { modified: MOMENT - 3_600_000 })]) },
  });
  const [finding] = loosened.check({ ...since({ state: "off" }), observed: seen });
  expect(finding).toMatchObject({ verdict: "stop", allowable: true, count: 1, phase: "heads-web", holds: [{ kind: "conditional-access", key: "mfa-heads" }] });
  expect(finding?.detail).toContain("last changed Sun 18 Nov 2018 23:00");
});

describe("a resource that is gone", () => {
  const create = diff([change({ kind: "conditional-access", key: "mfa-heads", action: "create", name: "MFA: heads", after: policySettings() })]);
  test.each([
    ["was deleted", written(), 1],
    ["was made less than an hour ago, so a list may not show it yet", written({ at: MOMENT - 3_599_000 }), 0],
    ["may never have been made", written({ sure: false }), 0],
  ] as const)("%s", (_name, last, count) => {
    const lines = told(loosened.check(input({ diff: create, history: history(last) })));
    expect(lines).toHaveLength(count);
    if (count > 0) expect(lines[0]).toMatch(/^stop: the policy "MFA: heads" was deleted since/);
  });
});

test("a network that was widened", () => {
  const wide = change({
    kind: "named-location",
    key: "schools",
    action: "update",
    name: "schools",
    id: LOCATION,
    before: locationSettings({ ranges: ["192.0.2.0/24", "198.51.100.0/24"] }),
    after: locationSettings(),
  });
  const last = written({ kind: "named-location", key: "schools", id: LOCATION, possible: [locationSettings()] });
  expect(told(loosened.check(input({ diff: diff([wide]), history: history(last) })))).toEqual([
    expect.stringMatching(/^stop: the named location "schools" .* was widened by 198\.51\.100\.0\/24 since/),
  ]);
});

describe("members", () => {
  const last = (members: readonly ObjectId[], fields: Partial<Written> = {}): Written =>
    written({ kind: "cohort-group", key: "heads", id: HEADS_GROUP, possible: [groupSettings], members: new Set(members), ...fields });
  const moved = (added: readonly ObjectId[], removed: readonly ObjectId[] = []): Change =>
    change({
      kind: "cohort-group",
      key: "heads",
      action: "update",
      name: "MFA rollout: heads",
      id: HEADS_GROUP,
      before: groupSettings,
      after: groupSettings,
      members: { added, removed },
    });
  const at = (there: readonly ObjectId[], changed: Change, was: Written, standing: Membership["standing"] = "in", people = roster(40)): GuardInput =>
    input({
      observed: observed({ members: new Map([[HEADS_GROUP, present(IdIndex.of(there))]]), roster: present(people) }),
      desired: desired("started", [{ ...wantedGroup, membership: { cohort: "heads", standing, rule: "exact" } }]),
      diff: diff([changed]),
      history: history(was),
    });
  const excepted = [id(0x2000), id(0x2001)] as const;
  const withExcepted = roster(0, [[excepted[0], "finance@alder.county.example", "excepted"]]);

  test.each([
    ["emptied", at([], moved(heads(40)), last(heads(40))), /was emptied \(40 members\)/],
    ["lost more than half", at(heads(19, 21), moved(heads(21)), last(heads(40))), /lost 21 members of 40/],
    ["lost half", at(heads(20, 20), moved(heads(20)), last(heads(40))), undefined],
    ["whoever is new is nobody's loss", at(heads(1), moved(heads(39, 1)), last(heads(1))), undefined],
    ["whoever no longer belongs in is no loss", at([], moved(heads(1)), last([...heads(1), id(0x5000), id(0x5001)])), /was emptied \(1 member\)/],
    ["others were put into a cohort's group", at([...heads(40), id(0x5000)], moved([], [id(0x5000)]), last(heads(40))), undefined],
    [
      "others were put among the exceptions",
      at(excepted, moved([], [excepted[1]]), last([excepted[0]]), "excepted", withExcepted),
      /was given 1 member more, who are not asked/,
    ],
    ["an exception ended", at(excepted, moved([], [excepted[1]]), last(excepted), "excepted", withExcepted), undefined],
    [
      "among the exceptions, but the journals begin later",
      at(excepted, moved([], [excepted[1]]), last([], { whole: false }), "excepted", withExcepted),
      undefined,
    ],
  ] as const)("%s", (_name, given, want) => {
    const lines = told(loosened.check(given));
    expect(lines).toHaveLength(want === undefined ? 0 : 1);
    if (want !== undefined) expect(lines[0]).toMatch(want);
  });

  test("a group that bears no history", () => {
    expect(
      loosened.check(
        input({
          diff: diff([moved(heads(40))]),
          history: history(),
          observed: observed({ resources: { ...observed().resources, "cohort-group": present([group()]) } }),
        }),
      ),
    ).toEqual([]);
  });
});
