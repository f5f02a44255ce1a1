/** What a plan asks of accounts besides: attributes, sign-in activity, the methods that count, members by a rule. */

import { describe, expect, test } from "vitest";
import type { Step, StepOutcome, Write } from "../../src/core/changes.ts";
import { IdIndex } from "../../src/core/ids.ts";
import { METHOD_BITS } from "../../src/core/methods.ts";
import type { Observed } from "../../src/core/observed.ts";
import type { Plan } from "../../src/core/plan/plan.ts";
import type { CohortGroupSettings, Known, NamedLocationSettings, Person } from "../../src/core/tenant.ts";
import { createClient } from "../../src/graph/client.ts";
import { fromWire as groupFrom } from "../../src/graph/cohort-group.ts";
import { patchOf as locationPatch, toWire as locationTo } from "../../src/graph/named-location.ts";
import { type PeopleWish, readPeople } from "../../src/graph/people.ts";
import { cohort, phase, plan } from "../core/county.ts";
import { memoryTenant } from "../sandbox/memory-tenant.ts";
import { gatewayOn } from "./gateway-on.ts";
import { json, ORIGIN, type Seen, scripted } from "./scripted.ts";

const id = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
const ROW = { id: id(1), userPrincipalName: "a@x.example", accountEnabled: true, userType: "Member", assignedLicenses: [], mail: null, proxyAddresses: [] };

const readRow = async (more: object, wish: PeopleWish): Promise<{ readonly person: Person | undefined; readonly seen: Seen | undefined }> => {
  const people: Person[] = [];
  const world = scripted(() => ({ value: [{ ...ROW, ...more }] }));
  const into = { read: (person: Person) => void people.push(person), finish: () => undefined };
  await readPeople(
    createClient(world.connection),
    new Set(),
    new IdIndex(),
    wish,
    () => into,
    () => undefined,
  );
  return { person: people[0], seen: world.seen[0] };
};

const PLAIN = "id,displayName,userPrincipalName,mail,proxyAddresses,accountEnabled,userType,onPremisesSyncEnabled,assignedLicenses,identityParentId";

describe("the list of accounts", () => {
  test.each([
    ["nothing more than is needed", { attributes: [] }, PLAIN, "999"],
    ["a department", { attributes: ["department"] }, `${PLAIN},department`, "999"],
    [
      "attributes from on premises, all in one",
      { attributes: ["extensionAttribute1", "extensionAttribute12", "jobTitle"] },
      `${PLAIN},jobTitle,onPremisesExtensionAttributes`,
      "999",
    ],
    ["activity, in smaller pages", { attributes: [], activeSince: 1 }, `${PLAIN},signInActivity`, "500"],
  ] as const)("asks for %s", async (_name, wish, select, top) => {
    const { seen } = await readRow({}, wish);
    expect(seen?.path).toBe(`/v1.0/users?$select=${select}&$top=${top}`);
  });

  test("tells attributes in lower case, and nothing of what is empty", async () => {
    const attributes = ["department", "jobTitle", "extensionAttribute3", "extensionAttribute4"] as const;
    const said = { department: " Staff ", jobTitle: null, onPremisesExtensionAttributes: { extensionAttribute3: "Year 7", extensionAttribute4: "" } };
    expect((await readRow(said, { attributes })).person?.attributes).toEqual({
      department: "staff",
      extensionattribute3: undefined,
      extensionAttribute3: "year 7",
    });
    expect((await readRow({}, { attributes })).person?.attributes).toEqual({});
    expect((await readRow(said, { attributes: [] })).person?.attributes).toBeUndefined();
    await expect(readRow({ department: 7 }, { attributes })).rejects.toThrow(/an account's department is not text/);
  });

  const DAY = "2026-10-01T00:00:00Z";
  const SINCE = Date.parse(DAY);
  const before = "2026-09-30T23:59:59Z";
  test.each([
    ["a success of late", { lastSuccessfulSignInDateTime: DAY, lastSignInDateTime: before }, "active"],
    ["a success long ago, and somebody trying since", { lastSuccessfulSignInDateTime: before, lastSignInDateTime: "2026-10-20T00:00:00Z" }, "idle"],
    ["attempts without any success, since successes are stamped", { lastSignInDateTime: DAY, lastSuccessfulSignInDateTime: null }, "idle"],
    ["nothing in it", {}, "idle"],
    ["the service's placeholder", { lastSuccessfulSignInDateTime: "0001-01-01T00:00:00Z" }, "idle"],
    ["not there at all: never", undefined, "idle"],
    ["there, and empty: nobody can tell", null, "unknown"],
  ] as const)("activity: %s", async (_name, signInActivity, want) => {
    expect((await readRow(signInActivity === undefined ? {} : { signInActivity }, { attributes: [], activeSince: SINCE })).person?.activity).toBe(want);
  });

  test("before successes were stamped attempts have to do", async () => {
    const wish = { attributes: [], activeSince: Date.parse("2018-09-20T00:00:00Z") };
    const tried = { lastSignInDateTime: null, lastNonInteractiveSignInDateTime: "2018-10-01T00:00:00Z" };
    expect((await readRow({ signInActivity: tried }, wish)).person?.activity).toBe("active");
    expect((await readRow({ signInActivity: { lastSignInDateTime: "2018-09-01T00:00:00Z" } }, wish)).person?.activity).toBe("idle");
    expect((await readRow({ signInActivity: tried }, { attributes: [] })).person?.activity).toBeUndefined();
  });
});

type Read = { readonly observed: Observed; readonly paths: readonly string[]; readonly again: (plan: Plan) => Promise<Observed> };

const CALM = { throttling: "off", lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 } };

const readTenant = async (of: Plan, dials: object = {}, fill = "county"): Promise<Read> => {
  const tenant = await memoryTenant(fill, { ...CALM, ...dials });
  const paths: string[] = [];
  let count = 0;
  const gateway = gatewayOn({
    origin: ORIGIN,
    getToken: async () => "practice",
    fetch: tenant.sandbox.fetch,
    clock: tenant.sandbox.clock,
    uuid: () => {
      count += 1;
      return id(count);
    },
    signal: new AbortController().signal,
    practice: true,
    onRequest: ({ method, path }) => paths.push(`${method} ${decodeURIComponent(path)}`),
  });
  return { observed: await gateway.readTenant(of), paths, again: (other) => gateway.readTenant(other) };
};

const rosterOf = ({ roster }: Observed) => {
  if (roster.type !== "present") throw new Error("no roster");
  return roster.value;
};
const why = (known: Known<unknown> | undefined): string => (known?.type === "unknown" ? known.because : (known?.type ?? "not asked"));

const heads = cohort("heads", { source: { type: "accounts", patterns: ["head@*"] } });
const gated = plan({ cohorts: [heads], phases: [phase("p", "2018-11-19", "heads", ["web"], { ready: { atLeast: 90 } })] });
const ungated = plan({ cohorts: [heads], phases: [phase("p", "2018-11-19", "heads", ["web"])] });

describe("a tenant read for a plan", () => {
  test("without gates nobody's activity is asked for; with one that is all that is new, and two requests more", async () => {
    const [plain, more] = [await readTenant(ungated), await readTenant(gated)];
    const users = ({ paths }: Read): readonly string[] => paths.filter((path) => path.startsWith("GET /v1.0/users?"));
    expect([why(plain.observed.activity), why(more.observed.activity)]).toEqual(["not asked", "present"]);
    expect(users(plain).some((path) => path.includes("signInActivity"))).toBe(false);
    expect(users(more).every((path) => path.includes("signInActivity"))).toBe(true);
    const rest = ({ paths }: Read): readonly string[] => paths.filter((path) => !path.startsWith("GET /v1.0/users?")).toSorted();
    expect(rest(more)).toEqual(rest(plain));
    const { all } = rosterOf(more.observed).readiness(["heads"]);
    expect(all).toMatchObject({ active: 40, ready: 37, unclear: 0 });
    expect(all.missing).toHaveLength(3);
  });

  test("a refusal takes the activity away, and not the accounts", async () => {
    const fault = { path: "users.*signInActivity", effect: { type: "status", status: 403, code: "Authentication_MSGraphPermissionMissing" } };
    const { observed } = await readTenant(gated, { faults: [fault] });
    expect(why(observed.activity)).toMatch(/403 Authentication_MSGraphPermissionMissing/);
    expect(rosterOf(observed).counts("heads").in).toBe(40);
    expect(rosterOf(observed).readiness(["heads"]).all).toMatchObject({ active: 0 });
  });

  test("a failure of another sort is one of the accounts", async () => {
    const { observed } = await readTenant(gated, { faults: [{ path: "users.*signInActivity", effect: { type: "status", status: 500 } }] });
    expect(observed.roster.type).toBe("unknown");
  });

  test("without the licence it is not even asked", async () => {
    const { observed, paths } = await readTenant({ ...gated, emergencyAccounts: [] }, {}, "small");
    expect(why(observed.activity)).toMatch(/only of tenants with Entra ID P1/);
    expect(paths.some((path) => path.includes("signInActivity"))).toBe(false);
  });

  test("methods are kept by account, and as many have to count as the plan says", async () => {
    const [one, two] = [await readTenant(ungated), await readTenant({ ...ungated, methods: { atLeast: 3, notCount: ["text"] } })];
    const ready = ({ observed }: Read): number => rosterOf(observed).counts("heads").enabled - rosterOf(observed).counts("heads").notReady;
    expect(ready(two)).toBeLessThan(ready(one));
    const roster = rosterOf(two.observed);
    const bits = [...roster.members("heads")].map((member) => roster.methods(member));
    expect(bits.some((each) => (each & METHOD_BITS.app) !== 0)).toBe(true);
  });

  test("cohorts by attribute and by rule", async () => {
    const of = plan({
      cohorts: [
        cohort("council", { source: { type: "where", conditions: [{ attribute: "department", patterns: ["it*", "finance*"] }] }, pupils: "out" }),
        cohort("by rule", { source: { type: "dynamic", rule: "(user.accountEnabled -eq true)" } }),
      ],
      phases: [phase("p", "2018-11-19", "council", ["web"]), phase("q", "2018-11-19", "by rule", ["web"])],
    });
    const { observed, paths } = await readTenant(of);
    expect(rosterOf(observed).counts("council").in).toBeGreaterThan(0);
    expect(rosterOf(observed).counts("by rule").in).toBe(0);
    expect(observed.remarks.filter(({ type }) => type === "rule-pending").map(({ cohort: name }) => name)).toEqual(["by rule"]);
    expect(paths.filter((path) => path.startsWith("GET /v1.0/users?")).every((path) => path.includes(",department&"))).toBe(true);
  });
});

const settings: CohortGroupSettings = { name: "MFA rollout: staff", description: "entra-rollout:p/staff. Made" };
const dynamic = { rule: '(user.department -eq "Staff")', processing: "on" } as const;

const performed = async (
  write: Write,
  reply: (seen: Seen) => Response,
): Promise<{ readonly outcome: StepOutcome | undefined; readonly seen: readonly Seen[] }> => {
  const step: Step = { id: "1", kind: "cohort-group", key: "staff", name: "staff", write, undo: { type: "delete" }, after: [], phases: [] };
  const world = scripted(reply);
  const outcomes = await gatewayOn(world.connection).perform([step], new Map(), async () => undefined);
  return { outcome: outcomes.get("1"), seen: world.seen };
};

describe("a group with a rule, on the wire", () => {
  test("is made with it, and read back", async () => {
    const write: Write = { type: "create", kind: "cohort-group", key: "staff", settings: { ...settings, dynamic } };
    const { outcome, seen } = await performed(write, (one) => json(201, { ...Object(one.body), id: id(9) }));
    expect(seen[0]?.body).toMatchObject({ groupTypes: ["DynamicMembership"], membershipRule: dynamic.rule, membershipRuleProcessingState: "On" });
    expect(outcome).toEqual({ type: "done", id: id(9), settings: { ...settings, dynamic } });
  });

  test.each([
    [
      "another rule",
      dynamic,
      { ...dynamic, rule: "other" },
      { groupTypes: ["DynamicMembership"], membershipRule: "other", membershipRuleProcessingState: "On" },
    ],
    [
      "followed again",
      { ...dynamic, processing: "paused" },
      dynamic,
      { groupTypes: ["DynamicMembership"], membershipRule: dynamic.rule, membershipRuleProcessingState: "On" },
    ],
    ["no longer by a rule", dynamic, undefined, { groupTypes: [], membershipRule: null, membershipRuleProcessingState: null }],
  ] as const)("%s", async (_name, from, to, body) => {
    const after = { ...settings, ...(to !== undefined && { dynamic: to }) };
    const write: Write = { type: "update", kind: "cohort-group", key: "staff", id: id(9), before: { ...settings, dynamic: from }, after };
    const { outcome, seen } = await performed(write, () => new Response(null, { status: 204 }));
    expect([seen[0]?.body, outcome?.type]).toEqual([body, "done"]);
  });

  test("a state that is new to us is not the one in which the rule is followed", () => {
    const wire = {
      id: id(9),
      displayName: "x",
      description: "",
      groupTypes: ["DynamicMembership"],
      membershipRule: "r",
      membershipRuleProcessingState: "Someday",
    };
    expect(groupFrom(wire).settings.dynamic).toEqual({ rule: "r", processing: "paused" });
    expect(groupFrom({ ...wire, groupTypes: [] }).settings.dynamic).toBeUndefined();
  });
});

test("a network by its countries says on the wire also what is the default, since what a PATCH leaves out stays", () => {
  const home: NamedLocationSettings = { name: "home", sort: "country", trusted: false, ranges: ["GB"], other: {} };
  const wide = { ...home, other: { includeUnknownCountriesAndRegions: true } };
  expect(locationTo(home)).toEqual({
    "@odata.type": "#microsoft.graph.countryNamedLocation",
    displayName: "home",
    countriesAndRegions: ["GB"],
    countryLookupMethod: "clientIpAddress",
    includeUnknownCountriesAndRegions: false,
  });
  expect(locationPatch(wide, home)).toEqual({ "@odata.type": "#microsoft.graph.countryNamedLocation", includeUnknownCountriesAndRegions: false });
});
