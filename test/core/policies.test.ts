/** What the parts of a phase become: strengths, applications, countries, old clients kept out, registering protected. */

import { describe, expect, test } from "vitest";
import { applyChanges } from "../../src/core/after.ts";
import type { DesiredOf } from "../../src/core/changes.ts";
import { layoutOf } from "../../src/core/demands.ts";
import { type DesiredOptions, desiredAt } from "../../src/core/desired.ts";
import { checkGuards } from "../../src/core/guards/index.ts";
import { LOOSER } from "../../src/core/guards/looser.ts";
import { fieldChanges, normalise } from "../../src/core/kinds/index.ts";
import type { Cohort, Network, Phase, Plan } from "../../src/core/plan/plan.ts";
import { diffDocument, statusDocument } from "../../src/core/report.ts";
import { DIRECTORY_SYNCHRONIZATION_ACCOUNTS, type NamedLocationSettings, present } from "../../src/core/tenant.ts";
import { applied, at, cohort, E1, E2, HEADS, moment, network, PLACE, phase, plan, policyWith, see, shown, tenant, withPolicy } from "./county.ts";

const BARE = { title: "p", starts: moment("2018-11-19"), place: PLACE };
const HOME: Network = { name: "home", slug: "home", place: PLACE, sort: "country", countries: ["GB", "IE"], unknownCountries: "out" };
const everyone = cohort("everyone", { source: { type: "all" } });
const ruled = cohort("staff", { source: { type: "dynamic", rule: '(user.department -eq "Staff")' } });

const planOf = (phases: readonly Phase[], cohorts: readonly Cohort[] = [cohort("heads")], networks: readonly Network[] = []): Plan =>
  plan({ phases, cohorts, networks });

const policies = (of: Plan, when: string, options: DesiredOptions = {}): readonly DesiredOf<"conditional-access">[] =>
  desiredAt(of, at(when), options).resources.flatMap((each) => (each.kind === "conditional-access" ? [each] : []));

const only = (of: Plan, when = "2018-11-19"): DesiredOf<"conditional-access"> => {
  const [first, second] = policies(of, when);
  if (first === undefined || second !== undefined) throw new Error("not one policy");
  return first;
};

describe("a demand for MFA", () => {
  test.each([
    ["multifactor", "00000000-0000-0000-0000-000000000002", "heads, multifactor strength"],
    ["passwordless", "00000000-0000-0000-0000-000000000003", "heads, passwordless"],
    ["phishing-resistant", "00000000-0000-0000-0000-000000000004", "heads, phishing-resistant"],
  ] as const)("of %s strength names it by its id, and no control besides", (strength, id, words) => {
    const { key, settings } = only(planOf([phase("p", "2018-11-19", "heads", ["web"], { require: { strength } })]));
    expect([key, settings.grant]).toEqual([`mfa-heads-${strength}`, { operator: "or", controls: [], strength: id }]);
    expect(settings.name).toContain(`MFA: ${words} [`);
  });

  test("of another strength is another policy, beside the first", () => {
    const of = planOf([
      phase("p", "2018-11-19", "heads", ["web"]),
      phase("q", "2018-11-20", "heads", ["web"], { require: { strength: "phishing-resistant" } }),
    ]);
    expect(policies(of, "2018-11-20").map(({ key, settings }) => `${key} ${settings.state}`)).toEqual(["mfa-heads on", "mfa-heads-phishing-resistant on"]);
  });

  test("for some applications names them, in whatever order the plan does", () => {
    const ids = ["00000000-0000-0000-0000-00000000000b", "00000000-0000-0000-0000-00000000000a"];
    const one = only(planOf([phase("p", "2018-11-19", "heads", ["web"], { require: { apps: { ids } } })]));
    expect(one.settings.apps).toEqual({ include: ids.toSorted(), exclude: [], userActions: [] });
    expect(one.key).toMatch(/^mfa-heads-apps-[0-9a-f]{8}$/);
    expect(only(planOf([phase("p", "2018-11-19", "heads", ["web"], { require: { apps: { ids: ids.toReversed() } } })])).key).toBe(one.key);
  });

  test.each([["in", { includeUnknownCountriesAndRegions: true }] as const, ["out", {}] as const])(
    "outside home countries, those unknown %s",
    (unknownCountries, other) => {
      const of = planOf([phase("p", "2018-11-19", "heads", ["web"], { require: { outside: ["home"] } })], [cohort("heads")], [{ ...HOME, unknownCountries }]);
      const [location] = desiredAt(of, at("2018-11-19")).resources.filter(({ kind }) => kind === "named-location");
      expect(location?.settings).toEqual({ name: "home [county-2018/home]", sort: "country", trusted: false, ranges: ["GB", "IE"], other });
    },
  );
});

describe("a network by its countries", () => {
  const place = (other: NamedLocationSettings["other"]): NamedLocationSettings => ({ name: "home", sort: "country", trusted: false, ranges: ["GB"], other });
  const said = { countryLookupMethod: "clientIpAddress", includeUnknownCountriesAndRegions: false };
  test("is what the service says of it by default", () => {
    expect(fieldChanges("named-location", place(said), place({}))).toEqual([]);
    expect(fieldChanges("named-location", place({ ...said, includeUnknownCountriesAndRegions: true }), place({})).map(({ path }) => path)).toEqual([
      "other.includeUnknownCountriesAndRegions",
    ]);
    expect(normalise("named-location", place({ countryLookupMethod: "authenticatorAppGps" })).other).toEqual({ countryLookupMethod: "authenticatorAppGps" });
  });
  test("that takes in addresses of no known country is wider", () => {
    const wide = place({ includeUnknownCountriesAndRegions: true });
    expect([LOOSER["named-location"](place({}), wide).map(({ path }) => path), LOOSER["named-location"](wide, place({}))]).toEqual([
      ["other.includeUnknownCountriesAndRegions"],
      [],
    ]);
  });
});

describe("keeping old clients out", () => {
  const of = planOf([{ ...BARE, id: "block", reportOnlyFrom: moment("2018-11-12"), blockLegacy: { for: "heads" } }]);
  test("blocks what knows the password only, for everybody but the emergency accounts", () => {
    expect(only(of)).toMatchObject({
      key: "block-heads",
      settings: {
        name: "No old clients: heads [county-2018/block-heads]",
        state: "on",
        clients: ["activesync", "legacy"],
        apps: { include: ["all"] },
        grant: { operator: "or", controls: ["block"], strength: null },
        include: { groups: ["@cohort-group/heads"] },
        exclude: { users: ["@account/emergency-1@county.example", "@account/emergency-2@county.example"] },
        locations: null,
      },
    });
  });
  test("is staged in report-only", () => expect(only(of, "2018-11-12").settings.state).toBe("report-only"));
  test("for all leaves out those who are left out of everything", () => {
    const { include, exclude } = only(planOf([{ ...BARE, id: "block", blockLegacy: { for: "everyone" } }], [everyone])).settings;
    expect([include.all, exclude]).toEqual([
      true,
      {
        all: false,
        none: false,
        guests: true,
        users: ["@account/emergency-1@county.example", "@account/emergency-2@county.example"],
        groups: ["@cohort-group/everyone-except"],
        roles: [DIRECTORY_SYNCHRONIZATION_ACCOUNTS],
      },
    ]);
  });

  const verdicts = (observed: ReturnType<typeof tenant>): readonly string[] => {
    const { desired, diff } = see(of, observed, at("2018-11-19"));
    const input = { plan: of, moment: at("2018-11-19"), observed, desired, diff, after: applyChanges(observed, diff), history: undefined, attended: true };
    return checkGuards(input).flatMap(({ guard, verdict, accounts }) => (guard === "emergency-accounts" ? [`${verdict} ${accounts?.join() ?? ""}`] : []));
  };
  test("an emergency account that such a policy would catch is a stop, on or staged", () => {
    const live = applied(of, tenant(of), at("2018-11-19"));
    expect(verdicts(live)).toEqual(["go emergency-1@county.example,emergency-2@county.example"]);
    // Somebody else's, with the account in its group's place, and for every program: one for old programs alone is in nobody's way.
    const caught = policyWith(live, "block-heads");
    const { mark: _, ...foreign } = { ...caught, id: E2.replace("e2", "f9"), settings: { ...caught.settings, name: "Old", description: "" } };
    const list = live.resources["conditional-access"];
    const named = {
      ...foreign.settings,
      clients: ["all"] as const,
      include: { ...foreign.settings.include, users: [E1] },
      exclude: { ...foreign.settings.exclude, users: [E2] },
    };
    const both = {
      ...live,
      resources: { ...live.resources, "conditional-access": present([...(list.type === "present" ? list.value : []), { ...foreign, settings: named }]) },
    };
    expect(verdicts(both)).toEqual(["stop emergency-1@county.example"]);
  });
});

describe("protecting how methods are registered", () => {
  const words = { for: "heads", outside: ["home"], temporaryAccessPass: false };
  const of = planOf([{ ...BARE, id: "register", reportOnlyFrom: moment("2018-11-12"), protectRegistration: words }], [cohort("heads")], [HOME]);
  test("asks at the user action, in no application, whatever shows it", () => {
    expect(only(of)).toMatchObject({
      key: "register-heads-outside-home",
      settings: {
        name: "Registering methods: heads, outside home [county-2018/register-heads-outside-home]",
        state: "on",
        apps: { include: [], exclude: [], userActions: ["urn:user:registersecurityinfo"] },
        clients: ["all"],
        grant: { controls: ["mfa"] },
        locations: { include: ["all"], exclude: ["@named-location/home"] },
      },
    });
  });
  test("cannot be rehearsed: it is off until its moment, on hold as well, and nobody is told that it is staged", () => {
    expect(only(of, "2018-11-12").settings.state).toBe("off");
    expect(policies(of, "2018-11-19", { progress: { begun: [], held: ["register"] } }).map(({ settings }) => settings.state)).toEqual(["off"]);
    const empty = tenant(of);
    const ahead = applied(of, empty, at("2018-11-12"));
    const document = (observed: typeof empty, when: string) => diffDocument({ plan: of, ...see(of, observed, at(when)), findings: [], moment: at(when) });
    expect(document(ahead, "2018-11-12").phases.map(({ state }) => state)).toEqual(["later"]);
    expect(shown(see(of, ahead, at("2018-11-19")).diff)).toEqual(["~ conditional-access register-heads-outside-home: state"]);
    expect(document(applied(of, ahead, at("2018-11-19")), "2018-11-19").phases.map(({ state }) => state)).toEqual(["live"]);
  });
  test("one of ours that is off, and would catch an emergency account once it is switched on, is a stop", () => {
    const ahead = withPolicy(applied(of, tenant(of), at("2018-11-12")), "register-heads-outside-home", (settings) => ({
      ...settings,
      exclude: { ...settings.exclude, users: [E1] },
    }));
    const { desired } = see(of, ahead, at("2018-11-12"));
    const nothing = { planId: of.id, tenantId: ahead.tenant.id, changes: [], leftOver: [], doubles: [], unchanged: 0, hash: "" };
    const input = { plan: of, moment: at("2018-11-12"), observed: ahead, desired, diff: nothing, after: ahead, history: undefined, attended: true };
    expect(checkGuards(input).flatMap(({ guard, verdict }) => (guard === "emergency-accounts" ? [verdict] : []))).toEqual(["stop"]);
  });
});

describe("a phase of several parts", () => {
  const of = planOf(
    [
      phase("heads", "2018-11-19", "heads", ["web"], { blockLegacy: { for: "everyone" }, reportOnlyFrom: moment("2018-11-12") }),
      phase("clients", "2018-11-26", "heads", ["clients"], { blockLegacy: { for: "heads" } }),
    ],
    [cohort("heads"), everyone],
  );
  const states = (observed: ReturnType<typeof tenant>, when: string): readonly string[] =>
    diffDocument({ plan: of, ...see(of, observed, at(when)), findings: [], moment: at(when) }).phases.map(({ state }) => state);

  test("becomes a policy each, and is live once all of them are on", () => {
    expect(policies(of, "2018-11-19").map(({ key, phases }) => `${key} ${phases.join()}`)).toEqual(["block-everyone heads", "mfa-heads heads"]);
    const live = applied(of, tenant(of), at("2018-11-19"));
    expect(states(live, "2018-11-19")).toEqual(["live", "later"]);
    for (const key of ["block-everyone", "mfa-heads"]) {
      const off = withPolicy(live, key, (settings) => ({ ...settings, state: "off" }));
      expect([key, ...states(off, "2018-11-19")]).toEqual([key, "due", "later"]);
    }
    expect(states(applied(of, live, at("2018-11-26")), "2018-11-26")).toEqual(["live", "live"]);
  });

  test("each change is about the people of its own part", () => {
    const people = [...HEADS, { id: "00000000-0000-4000-8000-000000000777", address: "x@x.example", standings: { everyone: "in" } as const }];
    const observed = tenant(of, {}, people);
    const { changes } = diffDocument({ plan: of, ...see(of, observed, at("2018-11-19")), findings: [], moment: at("2018-11-19") });
    expect(changes.map(({ key, accounts }) => `${key} ${accounts?.count ?? "-"}`)).toEqual(["everyone-except -", "heads 3", "block-everyone 1", "mfa-heads 3"]);
  });
});

describe("a group that finds its members by a rule", () => {
  const of = planOf([phase("p", "2018-11-19", "staff", ["web"])], [ruled]);
  test("is asked for with its rule, and its members are nobody's to write", () => {
    const [group, policy] = desiredAt(of, at("2018-11-19")).resources;
    expect(group).toMatchObject({ key: "staff", settings: { dynamic: { rule: '(user.department -eq "Staff")', processing: "on" } } });
    expect(group?.membership).toBeUndefined();
    expect(policy).toMatchObject({ settings: { include: { groups: ["@cohort-group/staff"] }, exclude: { roles: [DIRECTORY_SYNCHRONIZATION_ACCOUNTS] } } });
  });

  const live = applied(of, tenant(of, {}, []), at("2018-11-19"));
  const withRule = (rule: string, processing: "on" | "paused" = "on"): typeof live => {
    const list = live.resources["cohort-group"];
    const value = (list.type === "present" ? list.value : []).map((each) => ({ ...each, settings: { ...each.settings, dynamic: { rule, processing } } }));
    return { ...live, resources: { ...live.resources, "cohort-group": present(value) } };
  };
  test.each([
    ["the same", '(user.department -eq "Staff")', "on", []],
    ["another rule", "other", "on", ["~ cohort-group staff: rule"]],
    ["no longer followed", '(user.department -eq "Staff")', "paused", ["~ cohort-group staff: processing"]],
  ] as const)("%s", (_name, rule, processing, want) => expect(shown(see(of, withRule(rule, processing), at("2018-11-19")).diff)).toEqual(want));

  const told = (observed: typeof live, guard: string): readonly string[] => {
    const { desired, diff } = see(of, observed, at("2018-11-19"));
    const input = { plan: of, moment: at("2018-11-19"), observed, desired, diff, after: applyChanges(observed, diff), history: undefined, attended: true };
    return checkGuards(input).flatMap((each) => (each.guard === guard ? [`${each.verdict} ${each.detail}`] : []));
  };
  test("needs the licence", () => {
    const bare = tenant(of, { licence: present({ p1: false, p2: false, studentSkus: [] }) }, []);
    const { desired, diff } = see(of, bare, at("2018-11-19"));
    const groups = { ...diff, changes: diff.changes.filter(({ kind }) => kind === "cohort-group") };
    const input = { plan: of, moment: at("2018-11-19"), observed: bare, desired, diff: groups, after: bare, history: undefined, attended: true };
    expect(checkGuards(input).flatMap(({ guard, verdict }) => (guard === "licence" ? [verdict] : []))).toEqual(["stop"]);
  });
  test("another rule is told, since the service follows in its own time", () => {
    expect(told(withRule("other"), "lists")).toEqual([expect.stringMatching(/^go the group "MFA rollout: staff" is to find its members by another rule/)]);
    expect(told(live, "lists")).toEqual([]);
  });
  test("is nobody for as long as the service works it out, and no mistake while it is made; switching on beside it is", () => {
    expect(told(tenant(of, {}, []), "size")).toEqual([]);
    expect(told(live, "size")).toEqual([]);
    const off = withPolicy(live, "mfa-staff", (settings) => ({ ...settings, state: "report-only" }));
    expect(told(off, "size")).toEqual([expect.stringMatching(/^stop the cohort staff is nobody at all/)]);
  });
});

describe("what happens elsewhere", () => {
  const of = planOf(
    [{ ...BARE, id: "gateway", external: { what: "gateway", for: "heads", checklist: ["ring"] } }, phase("offices", "2018-11-20", "offices", ["web"])],
    [cohort("heads"), cohort("offices")],
  );
  test("makes nothing, is done once its moment has passed, and is told with its checklist", () => {
    const observed = tenant(of);
    expect(shown(see(of, observed, at("2018-11-19")).diff)).toEqual([]);
    const document = (when: string) => statusDocument({ plan: of, ...see(of, observed, at(when)), findings: [], moment: at(when) });
    expect(document("2018-11-18").phases[0]).toMatchObject({ state: "later", accounts: { count: 3 }, external: { what: "gateway", checklist: ["ring"] } });
    expect(document("2018-11-19").phases[0]).toMatchObject({ state: "done" });
  });
});

test("only policies need groups and networks: under another mechanism nothing of the kind is laid out", () => {
  const phases = [phase("p", "2018-11-19", "heads", ["web"], { require: { outside: ["n"] } })];
  const of = { ...planOf(phases, [cohort("heads")], [network("n")]), mechanism: "per-user" as const };
  expect(
    layoutOf(of)
      .makes.map(({ kind, key }) => `${kind} ${key}`)
      .filter((each) => !each.endsWith("progress")),
  ).toEqual([]);
});
