import { describe, expect, test } from "vitest";
import type { Change } from "../../../src/core/changes.ts";
import { newlyAsked } from "../../../src/core/guards/asked.ts";
import { federated } from "../../../src/core/guards/federated.ts";
import type { GuardInput } from "../../../src/core/guards/guard.ts";
import { secondMethod } from "../../../src/core/guards/second-method.ts";
import { IdIndex } from "../../../src/core/ids.ts";
import { METHOD_BITS } from "../../../src/core/methods.ts";
import type { Plan } from "../../../src/core/plan/plan.ts";
import { Roster } from "../../../src/core/roster.ts";
import { type Known, type ObjectId, type PolicySettings, present, unknown } from "../../../src/core/tenant.ts";
import { change, diff, E1, E2, groupSettings, HEADS_GROUP, id, input, MOMENT, observed, plan, policy, policyChange, told, users } from "./world.ts";

const ALDER = id(0x10);
const BIRCH = id(0x11);
const ELM = id(0x12);
const OFF = id(0x13);
const FINANCE = id(0x14);

type Who = { readonly bits?: number; readonly capable?: boolean };

const rosterOf = (who: Readonly<Record<ObjectId, Who>> = {}): Roster => {
  const people = new Roster(["heads"]);
  const add = (person: ObjectId, address: string, enabled: boolean, standing: "in" | "out"): void => {
    people.add(person, address, { enabled, guest: false, pupil: false }, [standing]);
    const { bits = METHOD_BITS.app | METHOD_BITS.mobile, capable = true } = who[person] ?? {};
    if (!("capable" in (who[person] ?? {})) || who[person]?.capable !== undefined) people.setCapable(person, capable, bits);
  };
  add(ALDER, "head@alder.county.example", true, "in");
  add(BIRCH, "head@birch.county.example", true, "in");
  add(ELM, "head@elm.county.example", true, "in");
  add(OFF, "head@ash.county.example", false, "in");
  add(FINANCE, "finance@alder.county.example", true, "out");
  return people;
};

const DOMAINS = new Map(["alder", "birch", "elm", "ash"].map((school) => [`${school}.county.example`, false]));

const world = (
  changes: readonly Change[],
  more: {
    readonly of?: Partial<Plan>;
    readonly roster?: Roster;
    readonly domains?: Known<ReadonlyMap<string, boolean>>;
    /** Of the policy as it is. */
    readonly state?: PolicySettings["state"];
    readonly settings?: Partial<PolicySettings>;
    /** Of the group. */
    readonly inside?: readonly ObjectId[];
    readonly registration?: Known<{ readonly refreshed?: number }>;
  } = {},
): GuardInput => {
  const base = observed();
  return input({
    plan: plan(more.of),
    observed: observed({
      resources: { ...base.resources, "conditional-access": present([policy({ ...(more.state !== undefined && { state: more.state }), ...more.settings })]) },
      members: new Map([[HEADS_GROUP, present(IdIndex.of(more.inside ?? [ALDER, BIRCH, ELM, OFF]))]]),
      roster: present(more.roster ?? rosterOf()),
      domains: more.domains ?? present(DOMAINS),
      ...(more.registration !== undefined && { registration: more.registration }),
    }),
    diff: diff(changes),
  });
};

const comesOn = policyChange({ state: "report-only" });
const grows = policyChange({ clients: ["browser"] }, { clients: ["browser", "mobile-and-desktop"] });
const renamed: Change = { ...policyChange({ name: "Old" }), fields: [{ path: "name", before: "Old", after: "New" }] };
const stays = policyChange({ state: "off" }, { state: "report-only" });
const blocks = policyChange({ state: "off" }, { grant: { operator: "or", controls: ["block"], strength: null } });
const registers = policyChange({ state: "off" }, { apps: { include: [], exclude: [], userActions: ["urn:user:registersecurityinfo"] } });
const strong = policyChange({ state: "off" }, { grant: { operator: "or", controls: [], strength: id(4) } });
const joins = (added: readonly ObjectId[], removed: readonly ObjectId[] = []): Change =>
  change({ kind: "cohort-group", key: "heads", action: "update", id: HEADS_GROUP, before: groupSettings, after: groupSettings, members: { added, removed } });
const states = (to: "disabled" | "enabled"): Change =>
  change({ kind: "per-user-mfa", key: "heads", action: "update", states: { to, accounts: [{ id: BIRCH, before: "disabled" }] } });
const everybody: Partial<PolicySettings> = { include: users({ all: true }), exclude: users({ users: [E1, E2], groups: [HEADS_GROUP] }) };

const HEADS = [ALDER, BIRCH, ELM];

const kept = (given: GuardInput) => newlyAsked(given).map(({ ids, ...rest }) => ({ ...rest, ids: [...ids()] }));

describe("whom the changes ask anew", () => {
  const cases: readonly (readonly [name: string, input: GuardInput, want: readonly ObjectId[]])[] = [
    ["nothing changes", world([]), []],
    ["a policy comes on: its enabled people", world([comesOn], { state: "report-only" }), HEADS],
    ["one with a strength", world([strong], { state: "off" }), HEADS],
    ["one that is on grows", world([grows]), HEADS],
    ["one that is on gets another name", world([renamed]), []],
    ["one goes into report-only", world([stays], { state: "off" }), []],
    ["one that blocks comes on", world([blocks], { state: "off" }), []],
    ["one about registering comes on", world([registers], { state: "off" }), []],
    ["people join the group of a policy that is on", world([joins([FINANCE, OFF])], { inside: [ALDER, BIRCH, ELM] }), [FINANCE]],
    ["and leave it", world([joins([], [BIRCH])]), []],
    ["people join the group of one in report-only", world([joins([FINANCE])], { state: "report-only" }), []],
    ["people leave the group of exceptions", world([joins([FINANCE], [ELM])], { settings: everybody, inside: [ALDER, ELM] }), [ELM]],
    ["per-user MFA comes on", world([states("enabled")]), [BIRCH]],
    ["per-user MFA goes off", world([states("disabled")]), []],
  ];
  test.each(cases)("%s", (_name, given, want) => {
    expect(newlyAsked(given).flatMap(({ ids }) => [...ids()])).toEqual(want);
  });

  test("the phase, and what asks them", () => {
    expect(kept(world([comesOn], { state: "report-only" }))).toEqual([
      { phase: "heads-web", title: "Head teachers, on the web", ids: HEADS, holds: [{ kind: "conditional-access", key: "mfa-heads" }] },
    ]);
  });

  test("by two ways at once, each account once", () => {
    expect(kept(world([comesOn, states("enabled")], { state: "report-only" })).map(({ ids }) => ids)).toEqual([HEADS]);
  });

  test("nobody where the accounts are not known: that holds everything back by itself", () => {
    const given = world([comesOn], { state: "report-only" });
    expect(newlyAsked({ ...given, observed: { ...given.observed, roster: unknown("503") } })).toEqual([]);
  });

  test("security defaults ask everybody", () => {
    const on = change({ kind: "security-defaults", key: "tenant", action: "update", phases: [], before: { enabled: false }, after: { enabled: true } });
    expect(kept(world([on]))).toEqual([{ title: "security defaults", ids: [...HEADS, FINANCE], holds: [{ kind: "security-defaults", key: "tenant" }] }]);
    expect(newlyAsked(world([{ ...on, after: { enabled: false } }]))).toEqual([]);
  });
});

describe("federated", () => {
  const elsewhere = new Map([...DOMAINS, ["alder.county.example", true], ["elm.county.example", true]] as const);
  const cases: readonly (readonly [name: string, input: GuardInput, want: readonly RegExp[]])[] = [
    ["nobody is asked", world([]), []],
    ["everybody signs in here", world([comesOn], { state: "report-only" }), []],
    [
      "two schools sign in elsewhere",
      world([comesOn], { state: "report-only", domains: present(elsewhere) }),
      [/^unclear: 2 accounts of Head teachers, on the web sign in at another identity provider \(1 of alder\.county\.example and 1 of elm\.county\.example\)/],
    ],
    [
      "one of those who join",
      world([joins([ELM])], { inside: [ALDER], domains: present(elsewhere) }),
      [/^unclear: 1 account of Head teachers, on the web signs in/],
    ],
    ["nobody of those who join", world([joins([BIRCH])], { inside: [ALDER], domains: present(elsewhere) }), []],
    [
      "a domain that the tenant does not list",
      world([comesOn], { state: "report-only", domains: present(new Map([...DOMAINS].filter(([domain]) => !domain.startsWith("elm")))) }),
      [/^unclear: the domains of 1 account of .* are not among the tenant's \(1 of elm\.county\.example\)/],
    ],
    [
      "domains not read",
      world([comesOn], { state: "report-only", domains: unknown("403") }),
      [/^unclear: whether the 3 accounts of .* is not known, since the domains could not be read: 403$/],
    ],
    ["domains not read, and nobody is asked", world([], { domains: unknown("403") }), []],
  ];
  test.each(cases)("%s", (_name, given, want) => {
    expect(told(federated.check(given))).toEqual(want.map((each) => expect.stringMatching(each)));
  });

  test("who it is, how many, and what they are asked by", () => {
    expect(federated.check(world([comesOn], { state: "report-only", domains: present(elsewhere) }))).toMatchObject([
      {
        phase: "heads-web",
        accounts: ["head@alder.county.example", "head@elm.county.example"],
        count: 2,
        allowable: true,
        holds: [{ key: "mfa-heads" }],
      },
    ]);
  });

  test("domains that nobody looked for are as good as not known", () => {
    const given = world([comesOn], { state: "report-only" });
    const { domains: _, ...seen } = given.observed;
    expect(told(federated.check({ ...given, observed: seen }))).toEqual([expect.stringMatching(/^unclear: .*they were not read$/)]);
  });
});

describe("second-method", () => {
  const of = { sharedAccounts: ["head@birch.*", "finance@*"] };
  const { app, code, mobile, passkey, certificate } = METHOD_BITS;
  const birch = (bits: number): Roster => rosterOf({ [BIRCH]: { bits } });
  const given = (roster: Roster, more: Parameters<typeof world>[1] = {}): GuardInput => world([comesOn], { state: "report-only", of, roster, ...more });
  const cases: readonly (readonly [name: string, input: GuardInput, want: readonly RegExp[]])[] = [
    ["no account is shared", world([comesOn], { state: "report-only", roster: birch(0) }), []],
    ["nobody is asked", world([], { of, roster: birch(0) }), []],
    ["two methods", given(birch(app | mobile)), []],
    ["one method", given(birch(mobile)), [/^stop: 1 shared account of Head teachers, on the web has fewer than 2 registered methods/]],
    ["none", given(birch(0)), [/^stop: 1 shared account/]],
    ["a method that the plan does not count", given(birch(app | mobile), { of: { ...of, methods: { atLeast: 1, notCount: ["call", "text"] } } }), [/^stop: /]],
    ["what is no method to share", given(birch(app | certificate)), [/^stop: /]],
    ["the app, which registers its code by itself", given(birch(app | code)), [/^unclear: of 1 shared account .* more than one telephone/]],
    ["the app and a passkey", given(birch(app | code | passkey)), []],
    [
      "the plan asks for three",
      given(birch(app | mobile), { of: { ...of, methods: { atLeast: 3, notCount: [] } } }),
      [/^stop: .* fewer than 3 registered methods/],
    ],
    ["one of whom the report says nothing", given(withoutRow()), [/^unclear: of 1 shared account/]],
    ["one that does not join", world([joins([ALDER])], { inside: [BIRCH], of, roster: birch(0) }), []],
    ["one that joins", world([joins([BIRCH])], { inside: [ALDER], of, roster: birch(mobile) }), [/^stop: 1 shared account/]],
    [
      "registration not read",
      given(birch(0), { registration: unknown("403") }),
      [/^unclear: whether 1 shared account of .* has a second method is not known: 403$/],
    ],
    [
      "a report of two days ago",
      given(birch(app | mobile), { registration: present({ refreshed: MOMENT - 49 * 3_600_000 }) }),
      [/^unclear: .* since the registration report is 49 hours old$/],
    ],
  ];
  function withoutRow(): Roster {
    const people = rosterOf();
    people.forgetCapable();
    return people;
  }
  test.each(cases)("%s", (_name, input, want) => {
    const findings = secondMethod.check(input);
    expect(told(findings)).toEqual(want.map((each) => expect.stringMatching(each)));
    for (const finding of findings)
      expect(finding).toMatchObject({ accounts: ["head@birch.county.example"], count: 1, allowable: true, hint: expect.any(String), holds: [{}] });
  });
});
