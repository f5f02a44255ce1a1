import { describe, expect, test } from "vitest";
import { dangling } from "../../../src/core/guards/dangling.ts";
import type { GuardInput } from "../../../src/core/guards/guard.ts";
import { groupsToLookUp } from "../../../src/core/named-groups.ts";
import type { Observed } from "../../../src/core/observed.ts";
import { absent, type Known, type ObjectId, type PolicySettings, present, type ResourceOf, unknown } from "../../../src/core/tenant.ts";
import {
  change,
  desired,
  diff,
  E1,
  E2,
  emergency,
  foreign,
  HEADS_GROUP,
  id,
  input,
  LOCATION,
  locationSettings,
  observed,
  plan,
  policy,
  policyChange,
  policySettings,
  roster,
  told,
  users,
} from "./world.ts";

const GONE = id(0xdead);
const OTHER = id(0x4711);

type Things = { readonly policies?: readonly ResourceOf<"conditional-access">[]; readonly named?: readonly (readonly [ObjectId, Known<string>])[] };

const people = roster(3, [
  [E1, "emergency-1@county.example", "out"],
  [E2, "emergency-2@county.example", "out"],
]);
const seen = ({ policies = [policy()], named = [] }: Things = {}, fields: Partial<Observed> = {}): Observed => {
  const base = observed({ roster: present(people), namedGroups: new Map(named), ...fields });
  const place: ResourceOf<"named-location"> = { kind: "named-location", id: LOCATION, settings: locationSettings(), managed: false };
  return { ...base, resources: { ...base.resources, "conditional-access": present(policies), "named-location": present([place]), ...fields.resources } };
};
const given = (things: Things = {}, more: Partial<GuardInput> = {}): GuardInput => input({ observed: seen(things), ...more });

const excluding = (fields: Partial<PolicySettings["exclude"]>): Partial<PolicySettings> => ({ exclude: users({ users: [E1, E2], ...fields }) });
const mending = (before: Partial<PolicySettings>): GuardInput =>
  given({ policies: [policy(before)], named: [[GONE, absent]] }, { diff: diff([policyChange(before)]) });

describe("what ours name", () => {
  const cases: readonly (readonly [name: string, input: GuardInput, want: readonly RegExp[]])[] = [
    ["all there", given(), []],
    ["a location that is there, and words", given({ policies: [policy({ locations: { include: ["all"], exclude: [LOCATION, "all-trusted"] } })] }), []],
    [
      "the trusted addresses of per-user MFA",
      given({ policies: [policy({ locations: { include: ["all"], exclude: ["00000000-0000-0000-0000-000000000000"] } })] }),
      [],
    ],
    ["a group that was looked up and is there", given({ policies: [policy(excluding({ groups: [OTHER] }))], named: [[OTHER, present("Leavers")]] }), []],
    [
      "the group of those it asks is gone",
      given({ policies: [policy({ include: users({ groups: [GONE] }) })], named: [[GONE, absent]] }),
      [/^stop: the policy "MFA: heads" \(.*200\) would name the group .*dead, which is gone: it would match nobody by it$/],
    ],
    [
      "a group that it leaves out is gone",
      given({ policies: [policy(excluding({ groups: [GONE] }))], named: [[GONE, absent]] }),
      [/^stop: .*the group .*dead among those that it leaves out, which is gone/],
    ],
    ["an account", given({ policies: [policy({ include: users({ users: [GONE] }) })] }), [/^stop: .* would name the account .*dead/]],
    [
      "a named location",
      given({ policies: [policy({ locations: { include: ["all"], exclude: [GONE] } })] }),
      [/^stop: .* would name the named location .*dead/],
    ],
    [
      "a group that nobody could look up",
      given({ policies: [policy(excluding({ groups: [OTHER] }))], named: [[OTHER, unknown("403")]] }),
      [/^unclear: whether the group .*4711 among those that it leaves out, named by the policy "MFA: heads" .*, is there could not be read$/],
    ],
    ["nor did anybody", given({ policies: [policy(excluding({ groups: [OTHER] }))] }), [/^unclear: /]],
    [
      "the changes put it right",
      mending({ include: users({ groups: [GONE] }) }),
      [/^go: the policy "MFA: heads" .* names the group .*dead, which is gone and matches nobody; the changes put it right$/],
    ],
    [
      "of one that no phase asks for",
      given({ policies: [policy({ include: users({ groups: [GONE] }) })], named: [[GONE, absent]] }, { desired: desired("later", []) }),
      [/^go: the policy "MFA: heads" .* names the group .*dead, which is gone and matches nobody$/],
    ],
    ["nor is anything unclear of it", given({ policies: [policy(excluding({ groups: [OTHER] }))] }, { desired: desired("later", []) }), []],
    [
      "accounts not read",
      given({}, { observed: seen({ policies: [policy({ include: users({ users: [OTHER] }) })] }, { roster: unknown("503") }) }),
      [/^unclear: whether the account .*4711, named by the policy "MFA: heads" .*, is there could not be read$/],
    ],
    ["an account that it leaves out, and that is gone, leaves nobody out", given({ policies: [policy(excluding({ users: [E1, E2, GONE] }))] }), []],
    [
      "a strength of the tenant's own",
      given({ policies: [policy({ grant: { operator: "or", controls: [], strength: id(0x77) } })] }),
      [/^unclear: whether the authentication strength .*0077, named by/],
    ],
    [
      "one of the service's own strengths",
      given({ policies: [policy({ grant: { operator: "or", controls: [], strength: "00000000-0000-0000-0000-000000000004" } })] }),
      [],
    ],
  ];
  test.each(cases)("%s", (_name, { observed: before, ...rest }, want) => {
    const findings = dangling.check({ ...rest, observed: { ...before, ...("access" in before ? { access: absent } : {}) } });
    expect(told(findings)).toEqual(want.map((each) => expect.stringMatching(each)));
    for (const finding of findings) {
      if (finding.verdict !== "go")
        expect(finding).toMatchObject({ hint: expect.any(String), phase: "heads-web", holds: [{ kind: "conditional-access", key: "mfa-heads" }] });
    }
  });

  test("a change that names what is not made", () => {
    const wanted = { include: users({ groups: ["@cohort-group/heads"] }), locations: { include: ["all"], exclude: ["@named-location/schools"] } };
    const make = change({ kind: "conditional-access", key: "mfa-heads", action: "create", name: "MFA: heads", after: policySettings(wanted) });
    const place = change({ kind: "named-location", key: "schools", action: "create", name: "schools", after: locationSettings() });
    const finding = (changes: Parameters<typeof diff>[0]) => told(dangling.check(given({ policies: [] }, { diff: diff(changes) })));
    expect(finding([make])).toEqual([expect.stringMatching(/^stop: "MFA: heads" would name named-location\/schools, which is not there and is not made$/)]);
    expect(finding([make, place])).toEqual([]);
    const missing = { ...make, after: policySettings({ exclude: users({ users: ["@account/emergency-1@county.example"] }) }) };
    expect(finding([missing])).toEqual([]);
  });
});

describe("what others name", () => {
  const cases: readonly (readonly [name: string, input: GuardInput, want: readonly RegExp[]])[] = [
    ["all there", given({ policies: [foreign()] }), []],
    [
      "a group that it leaves out is gone",
      given({ policies: [foreign({ exclude: users({ groups: [GONE] }) })], named: [[GONE, absent]] }),
      [
        /^go: the policy "Old: MFA for all" .*, which is not this plan's, names the group .*dead among those that it leaves out, which is gone: whoever was left out by it no longer is$/,
      ],
    ],
    [
      "a location that it leaves out is gone",
      given({ policies: [foreign({ locations: { include: ["all"], exclude: [GONE] } })] }),
      [/^go: .* names the named location .*dead/],
    ],
    [
      "several, told once",
      given({
        policies: [1, 2, 3, 4, 5].map((number) => foreign({ name: `Old ${number}`, exclude: users({ groups: [GONE] }) }, number)),
        named: [[GONE, absent]],
      }),
      [/^go: 5 policies that are not this plan's leave out groups or networks that are gone, .*: "Old 1", "Old 2", "Old 3" and 2 more$/],
    ],
    ["a group of those it asks is gone", given({ policies: [foreign({ include: users({ groups: [GONE] }) })], named: [[GONE, absent]] }), []],
    ["accounts come and go", given({ policies: [foreign({ exclude: users({ users: [GONE] }) })] }), []],
    ["one that is off", given({ policies: [foreign({ state: "off", exclude: users({ groups: [GONE] }) })], named: [[GONE, absent]] }), []],
    ["a group that nobody could look up", given({ policies: [foreign({ exclude: users({ groups: [GONE] }) })], named: [[GONE, unknown("503")]] }), []],
  ];
  test.each(cases)("%s", (_name, input, want) => {
    expect(told(dangling.check(input))).toEqual(want.map((each) => expect.stringMatching(each)));
  });
});

describe("which groups are looked up", () => {
  const excluded = (number: number, groups: readonly ObjectId[], state: PolicySettings["state"] = "on") =>
    foreign({ state, exclude: users({ groups }), include: users({ groups: [id(0xabc)] }) }, number);

  test("ours first, then those that others leave out; none that was seen already", () => {
    const world = seen(
      {
        policies: [
          excluded(0x901, [id(0x20), HEADS_GROUP]),
          excluded(0x902, [id(0x21)], "off"),
          policy({ include: users({ groups: [id(0x30)] }), ...excluding({ groups: [id(0x31)] }) }),
        ],
      },
      { emergency: [emergency(1, { groups: present([id(0x22)]) }), emergency(2)] },
    );
    expect(groupsToLookUp(plan(), world)).toEqual([id(0x30), id(0x31), id(0x20)]);
    expect(groupsToLookUp(plan(), seen({ policies: [excluded(0x901, [id(0x22)])] }, { emergency: [emergency(1, { groups: present([id(0x22)]) })] }))).toEqual(
      [],
    );
  });

  test("a request each, so only the first few", () => {
    const many = Array.from({ length: 30 }, (_, at) => id(0x8000 + at));
    expect(groupsToLookUp(plan(), seen({ policies: [excluded(0x901, many), policy(excluding({ groups: [id(0x9999)] }))] }))).toEqual([
      id(0x9999),
      ...many.slice(0, 19),
    ]);
  });

  test("none where the groups are not known", () => {
    const base = seen({ policies: [excluded(0x901, [id(0x20)])] });
    expect(groupsToLookUp(plan(), { ...base, resources: { ...base.resources, "cohort-group": unknown("503") } })).toEqual([]);
    expect(groupsToLookUp(plan(), { ...base, resources: { ...base.resources, "conditional-access": unknown("503") } })).toEqual([]);
  });
});
