import { describe, expect, test } from "vitest";
import { IdIndex } from "../../../src/core/ids.ts";
import { Belonging } from "../../../src/core/reports/belonging.ts";
import { enforcementBy, type Grounds, type Somebody } from "../../../src/core/reports/enforcement.ts";
import {
  DIRECTORY_SYNCHRONIZATION_ACCOUNTS,
  GLOBAL_ADMINISTRATOR,
  type NamedLocationSettings,
  type ObjectId,
  type PolicySettings,
  type PolicyUsers,
  present,
  type ResourceOf,
  unknown,
} from "../../../src/core/tenant.ts";
import { id } from "../county.ts";

const ANN = id(1);
const [STAFF, EXCEPT] = [id(0x21), id(0x22)];
const SCHOOLS = id(0x31);
const NOBODY: PolicyUsers = { all: false, none: false, guests: false, users: [], groups: [], roles: [] };
const EVERYBODY: PolicyUsers = { ...NOBODY, all: true };

const policy = (fields: Partial<PolicySettings> = {}, number = 1): ResourceOf<"conditional-access"> => ({
  kind: "conditional-access",
  id: id(0x100 + number),
  managed: false,
  settings: {
    name: `P${number}`,
    description: "",
    state: "on",
    include: EVERYBODY,
    exclude: NOBODY,
    apps: { include: ["all"], exclude: [], userActions: [] },
    clients: ["all"],
    locations: null,
    grant: { operator: "or", controls: ["mfa"], strength: null },
    signInFrequency: null,
    other: {},
    ...fields,
  },
});

const schools: NamedLocationSettings = { name: "schools", sort: "ip", trusted: false, ranges: ["192.0.2.0/24"], other: {} };

const grounds = (fields: Partial<Grounds>): Grounds => ({
  policies: present([]),
  locations: present(new Map([[SCHOOLS, schools]])),
  securityDefaults: present(false),
  groups: new Belonging(
    new Map([
      [STAFF, present(IdIndex.of([ANN]))],
      [EXCEPT, present(new IdIndex())],
    ]),
  ),
  groupNames: new Map([
    [STAFF, present("Staff")],
    [EXCEPT, present("Exceptions")],
  ]),
  roles: new Belonging(new Map()),
  heldRoles: present([]),
  ...fields,
});

const ann: Somebody = { id: ANN, address: "ann@x.example", guest: false, perUser: "disabled" };
const of = (policies: readonly ResourceOf<"conditional-access">[], fields: Partial<Grounds> = {}, somebody: Partial<Somebody> = {}) =>
  enforcementBy(grounds({ policies: present(policies), ...fields }))({ ...ann, ...somebody });
const said = (settings: Partial<PolicySettings>) => {
  const { enforced, by } = of([policy(settings)]);
  return [enforced, by[0]];
};

describe("one policy", () => {
  test.each<readonly [string, Partial<PolicySettings>, string, string | undefined]>([
    ["for everybody, everywhere", {}, "yes", "P1"],
    ["our own, without its mark", { name: "MFA: heads [county-2018/mfa-heads]" }, "yes", "MFA: heads"],
    ["through a group", { include: { ...NOBODY, groups: [STAFF] } }, "yes", "P1 (by the group Staff)"],
    ["by name", { include: { ...NOBODY, users: [ANN] } }, "yes", "P1 (by the account itself)"],
    ["a strength", { grant: { operator: "or", controls: [], strength: id(0x99) } }, "yes", "P1"],
    ["modern clients alone", { clients: ["browser", "mobile-and-desktop"] }, "yes", "P1"],
    ["no client named, as before 2020", { clients: [] }, "yes", "P1"],
    ["the web only", { clients: ["browser"] }, "partly", "P1 (on the web only)"],
    ["programs only", { clients: ["mobile-and-desktop"] }, "partly", "P1 (in programs only)"],
    ["outside networks", { locations: { include: ["all"], exclude: [SCHOOLS] } }, "partly", "P1 (outside schools)"],
    ["inside networks", { locations: { include: ["all-trusted"], exclude: [] } }, "partly", "P1 (inside trusted networks only)"],
    ["one suite", { apps: { include: ["office365"], exclude: [], userActions: [] } }, "partly", "P1 (in Office 365 only)"],
    ["without one application", { apps: { include: ["all"], exclude: [id(0x77)], userActions: [] } }, "partly", "P1 (not in 1 application)"],
    [
      "a device will do",
      { grant: { operator: "or", controls: ["compliantDevice", "mfa"], strength: null } },
      "partly",
      "P1 (or a compliant device in its place)",
    ],
    ["a device besides", { grant: { operator: "and", controls: ["compliantDevice", "mfa"], strength: null } }, "yes", "P1"],
    ["at a risk", { other: { conditions: { signInRiskLevels: ["high", "medium"] } } }, "partly", "P1 (at a sign-in risk of high or medium)"],
    ["on platforms", { other: { conditions: { platforms: { includePlatforms: ["android"] } } } }, "partly", "P1 (on some platforms)"],
    [
      "under a condition of tomorrow",
      { other: { conditions: { moonPhases: ["full"] } } },
      "unknown",
      "P1 (under a condition that this tool does not know (moonPhases))",
    ],
    ["in report-only", { state: "report-only" }, "no", undefined],
    ["off", { state: "off" }, "no", undefined],
    ["that blocks", { grant: { operator: "or", controls: ["block"], strength: null } }, "no", undefined],
    ["that asks for a device alone", { grant: { operator: "or", controls: ["compliantDevice"], strength: null } }, "no", undefined],
    ["for old programs alone", { clients: ["activesync", "legacy"] }, "no", undefined],
    ["for registering alone", { apps: { include: [], exclude: [], userActions: ["urn:user:registersecurityinfo"] } }, "no", undefined],
    ["for others", { include: { ...NOBODY, users: [id(2)] } }, "no", undefined],
    ["that leaves out her group", { exclude: { ...NOBODY, groups: [STAFF] } }, "no", undefined],
  ])("%s", (_name, settings, enforced, word) => {
    expect(said(settings)).toEqual([enforced, word]);
  });

  test("in report-only is named apart", () => {
    expect(of([policy({ state: "report-only" })]).reportOnly).toEqual(["P1"]);
  });

  test("that leaves somebody out says by what", () => {
    const leftOut = (exclude: Partial<PolicyUsers>) => of([policy({ exclude: { ...NOBODY, ...exclude } })]).leftOut;
    expect([leftOut({ groups: [STAFF] }), leftOut({ users: [ANN] }), leftOut({ groups: [EXCEPT] })]).toEqual([
      ["P1 leaves out the group Staff"],
      ["P1 leaves out the account itself"],
      [],
    ]);
  });
});

describe("together", () => {
  const web = policy({ clients: ["browser"] }, 1);
  const programs = policy({ clients: ["mobile-and-desktop"] }, 2);
  const abroad = policy({ locations: { include: ["all"], exclude: [SCHOOLS] } }, 3);

  test("the web and programs, each by its own policy, are everywhere", () => {
    expect(of([web, programs]).enforced).toBe("yes");
    expect(of([web, abroad]).enforced).toBe("partly");
    expect(of([policy({ clients: ["browser"], locations: { include: ["all"], exclude: [SCHOOLS] } }), programs]).enforced).toBe("partly");
  });

  test("security defaults ask everybody but the account that synchronises the directory", () => {
    const sync = new Belonging(new Map([[DIRECTORY_SYNCHRONIZATION_ACCOUNTS, present(IdIndex.of([ANN]))]]));
    expect(of([], { securityDefaults: present(true) })).toMatchObject({ enforced: "yes", by: ["security defaults"] });
    expect(of([], { securityDefaults: present(true), roles: sync, heldRoles: present([DIRECTORY_SYNCHRONIZATION_ACCOUNTS]) }).enforced).toBe("no");
    expect(of([], { securityDefaults: unknown("403") }).enforced).toBe("unknown");
    expect(of([policy()], { securityDefaults: unknown("403") }).enforced).toBe("yes");
  });

  test.each([
    ["disabled", "no", []],
    ["enabled", "yes", ["per-user MFA (enabled)"]],
    ["enforced", "yes", ["per-user MFA (enforced)"]],
    [undefined, "unknown", []],
  ] as const)("a state of per-user MFA that is %s", (perUser, enforced, by) => {
    expect(of([], {}, { perUser })).toMatchObject({ enforced, by });
  });

  test("one answer is not lent to somebody else", () => {
    const enforcementOf = enforcementBy(grounds({ policies: present([policy({ include: { ...NOBODY, groups: [STAFF] } })]) }));
    const answers = [ann, { ...ann, id: id(2) }, ann, { ...ann, id: id(2), perUser: "enforced" as const }, { ...ann, id: id(2) }];
    expect(answers.map((each) => enforcementOf(each).enforced)).toEqual(["yes", "no", "yes", "yes", "no"]);
  });

  test("a role that nobody holds takes in nobody, and one that could not be read perhaps", () => {
    const admins = policy({ include: { ...NOBODY, roles: [GLOBAL_ADMINISTRATOR] } });
    const roles = new Belonging(new Map([[GLOBAL_ADMINISTRATOR, unknown("503")]]));
    expect(of([admins]).enforced).toBe("no");
    expect(of([admins], { heldRoles: unknown("503") }).enforced).toBe("unknown");
    expect(of([admins], { roles, heldRoles: present([GLOBAL_ADMINISTRATOR]) }).enforced).toBe("unknown");
    const held = new Belonging(new Map([[GLOBAL_ADMINISTRATOR, present(IdIndex.of([ANN]))]]));
    expect(of([admins], { roles: held, heldRoles: present([GLOBAL_ADMINISTRATOR]) }).by).toEqual(["P1 (by the role Global Administrator)"]);
  });

  test("a group that could not be read is unknown only where it decides", () => {
    const groups = new Belonging(
      new Map<ObjectId, ReturnType<typeof present<IdIndex>> | ReturnType<typeof unknown>>([
        [STAFF, unknown("503")],
        [EXCEPT, present(IdIndex.of([ANN]))],
      ]),
    );
    const decided = (settings: Partial<PolicySettings>) => of([policy(settings)], { groups }).enforced;
    expect(decided({ include: { ...NOBODY, groups: [STAFF] } })).toBe("unknown");
    expect(decided({ exclude: { ...NOBODY, groups: [STAFF] } })).toBe("unknown");
    expect(decided({ include: { ...NOBODY, groups: [STAFF, EXCEPT] } })).toBe("yes");
    expect(decided({ include: { ...NOBODY, groups: [STAFF] }, exclude: { ...NOBODY, groups: [EXCEPT] } })).toBe("no");
  });

  test("policies that could not be read leave nothing certain but what else asks", () => {
    expect(of([], { policies: unknown("503") }).enforced).toBe("unknown");
    expect(of([], { policies: unknown("503") }, { perUser: "enforced" }).enforced).toBe("yes");
  });
});
