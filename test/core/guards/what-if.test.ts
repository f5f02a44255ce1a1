import { describe, expect, test } from "vitest";
import { whatIf } from "../../../src/core/guards/what-if.ts";
import { IdIndex } from "../../../src/core/ids.ts";
import type { Observed, WhatIfAnswer } from "../../../src/core/observed.ts";
import { Roster } from "../../../src/core/roster.ts";
import { absent, type Known, type ObjectId, type PolicySettings, present, type ResourceOf, unknown } from "../../../src/core/tenant.ts";
import { sampleOf, signInOf } from "../../../src/core/what-if.ts";
import { E1, foreign, HEADS_GROUP, HEADS_POLICY, id, input, LOCATION, locationSettings, observed, plan, policy, told, users } from "./world.ts";

const HEAD = id(0x1000);
const STAGED: Partial<PolicySettings> = { state: "report-only" };

const seen = (fields: Partial<Observed> = {}, policies: readonly ResourceOf<"conditional-access">[] = [policy(STAGED)]): Observed => {
  const base = observed(fields);
  return { ...base, resources: { ...base.resources, "conditional-access": present(policies) } };
};

const subject = (person: ObjectId, groups: Known<ReadonlySet<ObjectId>> = present(new Set([HEADS_GROUP]))) =>
  ({ id: person, groups, roles: present(new Set<ObjectId>()), belongs: "member", homeTenant: undefined }) as const;

const answer = (policies: WhatIfAnswer["policies"], groups?: Known<ReadonlySet<ObjectId>>): WhatIfAnswer => ({
  address: "head@school-0.county.example",
  as: "asked",
  signIn: signInOf(subject(HEAD, groups), seen()),
  policies,
});

const said = (applies: boolean, ...reasons: readonly string[]): WhatIfAnswer["policies"] => new Map([[HEADS_POLICY, { applies, reasons }]]);

describe("What-If and this tool", () => {
  type Policies = readonly ResourceOf<"conditional-access">[];
  type Row = readonly [name: string, whatIf: Known<readonly WhatIfAnswer[]> | undefined, want: readonly RegExp[], policies: Policies];
  const row = (name: string, asked: Row[1], want: readonly RegExp[], policies: Policies = [policy(STAGED)]): Row => [name, asked, want, policies];
  const cases: readonly Row[] = [
    row("not asked", undefined, []),
    row("nothing to ask", absent, []),
    row("agree", present([answer(said(true))]), [/^go: What-If and this tool agree in 1 answer about head@school-0\.county\.example \(asked\)$/]),
    row("agree that it is not about them", present([answer(said(false, "users"), present(new Set()))]), [/^go: What-If and this tool agree in 1 answer/]),
    row("it says no, we say yes", present([answer(said(false, "users", "location"))]), [
      /^unclear: What-If says that the policy "MFA: heads" \(.*200\) is not about head@school-0\.county\.example, asked \(users, location\); this tool says that it is: /,
    ]),
    row("it says yes, we say no", present([answer(said(true), present(new Set()))]), [
      /^unclear: What-If says that the policy "MFA: heads" \(.*200\) is about head@school-0\.county\.example, asked; this tool says that it is not: /,
    ]),
    row("it had too little to go by", present([answer(said(false, "notEnoughInformation"))]), []),
    row("it was switched off in between", present([answer(said(false, "policyNotEnabled"))]), []),
    row("it does not know the policy yet", present([answer(new Map())]), []),
    row("we cannot tell", present([answer(said(false, "users"), unknown("503"))]), []),
    row("one that is off", present([answer(said(false, "policyNotEnabled"))]), [], [policy({ state: "off" })]),
    row(
      "other people's policies are compared as well",
      present([answer(new Map([...said(true), [id(0x900), { applies: false, reasons: ["users"] }]]))]),
      [/^unclear: What-If says that the policy "Old: MFA for all" \(.*900\) is not about/],
      [policy(STAGED), foreign()],
    ),
    row(
      "an answer of which one cannot tell is counted",
      present([answer(new Map([...said(true), [id(0x900), { applies: false, reasons: ["notEnoughInformation"] }]]))]),
      [/^go: .* agree in 1 answer about .*; of 1 answer more one of them cannot tell$/],
      [policy(STAGED), foreign()],
    ),
    row("it could not be asked", unknown("the service answered 403"), [/^go: What-If could not be asked .*: the service answered 403$/]),
  ];
  test.each(cases)("%s", (_name, answered, want, policies) => {
    const findings = whatIf.check(input({ observed: { ...seen({}, policies), ...(answered !== undefined && { whatIf: answered }) } }));
    expect(told(findings)).toEqual(want.map((each) => expect.stringMatching(each)));
    for (const finding of findings) {
      if (finding.verdict === "go") continue;
      expect(finding).toMatchObject({ count: 1, allowable: true, accounts: ["head@school-0.county.example"], hint: expect.any(String) });
      // The proof that nobody is locked out stands on the same reading of policies.
      expect(finding).not.toHaveProperty("holds");
    }
  });
});

describe("whom it asks about", () => {
  const roster = (): Roster => {
    const people = new Roster(["heads"]);
    const add = (number: number, address: string, more: { readonly enabled?: boolean; readonly guest?: boolean } = {}): void =>
      people.add(id(number), address, { enabled: true, guest: false, pupil: false, ...more }, ["out"]);
    add(1, "a.emergency-1@county.example");
    add(0x20, "zoe@county.example");
    add(0x21, "adam@county.example");
    add(0x22, "aaron@county.example", { enabled: false });
    add(0x23, "bea@county.example");
    add(0x24, "ann@county.example");
    add(0x25, "aa_partner.example#ext#@county.example", { guest: true });
    return people;
  };
  const members = new Map([
    [HEADS_GROUP, present(IdIndex.of([id(0x20), id(0x23), id(0x22), E1]))],
    [id(0x101), present(IdIndex.of([id(0x20), id(0x24)]))],
  ]);
  const admin = {
    address: "Admin.Zoe@county.example",
    account: present({
      id: id(0x50),
      enabled: true,
      synced: false,
      federated: present(false),
      roles: present([]),
      groups: present([]),
      methods: present([]),
      guest: false,
      invited: false,
    }),
  };
  const access: Observed["access"] = present({
    administrators: present({ looked: [admin], unlooked: 0 }),
    operator: absent,
    methods: unknown("503"),
    strengths: absent,
  });
  const sample = (fields: Partial<Observed> = {}, policies = [policy(STAGED)]): readonly string[] =>
    sampleOf(plan(), seen({ roster: present(roster()), members, access, ...fields }, policies)).map(
      ({ address, as, belongs }) => `${as} ${address} ${belongs ?? "of whom nobody knows"}`,
    );

  test("one of each sort, the first of the alphabet", () => {
    expect(sample()).toEqual([
      "asked bea@county.example member",
      "outside adam@county.example member",
      "guest aa_partner.example#ext#@county.example b2b-guest",
      "emergency account emergency-1@county.example member",
      "administrator admin.zoe@county.example member",
    ]);
  });

  test("who is left out by a group goes before who is not in", () => {
    const excluding = policy({ ...STAGED, exclude: users({ users: [E1], groups: [id(0x101)] }) });
    expect(sample({}, [excluding])[1]).toBe("excluded zoe@county.example member");
    const everybody = policy({ ...STAGED, include: users({ all: true }), exclude: users({ groups: [id(0x101)] }) });
    expect(sample({}, [everybody]).slice(0, 2)).toEqual(["asked adam@county.example member", "excluded ann@county.example member"]);
  });

  test("nobody where nothing stands in report-only, or only of others", () => {
    expect(sample({}, [policy(), policy({ state: "off" }, { id: id(0x201) })])).toEqual([]);
    expect(sample({}, [foreign(STAGED)])).toEqual([]);
    expect(sample({}, [policy(STAGED, { managed: true })])).toEqual([]);
  });

  test("without the accounts, those who were looked up one by one", () => {
    expect(sample({ roster: unknown("503") })[0]).toMatch(/^emergency account emergency-1@county\.example/);
  });
});

describe("from where", () => {
  const from = (...ranges: readonly string[]): string | null | undefined => {
    const base = seen();
    const place = { kind: "named-location", id: LOCATION, settings: locationSettings({ ranges }), managed: false } as const;
    return signInOf(subject(HEAD), { ...base, resources: { ...base.resources, "named-location": present([place]) } }).address;
  };
  test.each([
    ["no network", [], "203.0.113.77"],
    ["other networks", ["192.0.2.0/24", "2001:db8::/32"], "203.0.113.77"],
    ["inside the first", ["203.0.113.0/24"], "198.51.100.77"],
    ["inside all of IPv4", ["0.0.0.0/0"], "2001:db8:ffff::77"],
    ["a range that nobody can read", ["somewhere"], "203.0.113.77"],
  ])("%s", (_name, ranges, want) => {
    expect(from(...ranges)).toBe(want);
  });
});
