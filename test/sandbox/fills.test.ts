import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Fill, Json, WireObject } from "../../src/sandbox/fill.ts";
import { fills } from "../../src/sandbox/fills/index.ts";
import { NAMES, nameAt, numberOfLocal } from "../../src/sandbox/fills/names.ts";
import { idSpace } from "../../src/sandbox/fills/numbers.ts";

const county = fills.county.make(undefined);
const trust = fills.trust.make(undefined);
const big = fills.county.make(2_000_000);

const accountsOf = (fill: Fill): readonly WireObject[] => Array.from({ length: fill.accounts }, (_, index) => fill.user(index));
const text = (value: Json | undefined): string => (typeof value === "string" ? value : "");
const upn = (user: WireObject): string => text(user["userPrincipalName"]).toLowerCase();
const local = (user: WireObject): string => upn(user).slice(0, upn(user).lastIndexOf("@"));
const skusOf = (user: WireObject): readonly string[] =>
  Array.isArray(user["assignedLicenses"]) ? user["assignedLicenses"].map((licence: Json) => text((licence as WireObject)["skuId"])) : [];
const indexOf = (fill: Fill, address: string): number => {
  const index = fill.indexOfAddress(address);
  if (index === undefined) throw new Error(`nobody is called ${address}`);
  return index;
};

const STUDENT_SKUS = ["7cfd9a2b-e110-4c39-bf20-c6a3f36a3121", "18250162-5d87-4436-a834-d795c15c80f3"];
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("numbers and names are computed both ways", () => {
  test("an id has one number and a number one id", () => {
    const space = idSpace("a test");
    fc.assert(
      fc.property(fc.nat(0xffffffff), (number) => {
        const id = space.idAt(number);
        expect(id).toMatch(GUID);
        expect(space.numberOf(id)).toBe(number);
        expect(idSpace("another").numberOf(id)).toBeUndefined();
      }),
    );
  });

  test.each(["", "x", "ffffffff-ffff-4fff-8fff-ffffffffffff", "00000000-0000-0000-0000-000000000005", "é2345678-1234-4234-8234-123456789012"])(
    "%j is no id of a space",
    (id) => {
      expect(idSpace("a test").numberOf(id)).toBeUndefined();
    },
  );

  test("every name has an address part of its own", () => {
    for (let number = 0; number < NAMES; number += 1) expect(numberOfLocal(nameAt(number).local)).toBe(number);
  });

  test.each([
    ["the county", county],
    ["the trust", trust],
  ])("%s: every account is found by its id and by its address, and no address comes twice", (_, fill) => {
    const seen = new Set<string>();
    for (const [index, user] of accountsOf(fill).entries()) {
      expect(fill.indexOfId(text(user["id"]))).toBe(index);
      expect(fill.indexOfAddress(text(user["userPrincipalName"]).toUpperCase())).toBe(index);
      seen.add(upn(user));
    }
    expect(seen.size).toBe(fill.accounts);
  });

  test("in a county of two million, too", () => {
    fc.assert(
      fc.property(fc.nat(big.accounts - 1), (index) => {
        const user = big.user(index);
        expect(big.indexOfId(text(user["id"]))).toBe(index);
        expect(big.indexOfAddress(upn(user))).toBe(index);
        expect(big.registration(index)["id"]).toBe(user["id"]);
      }),
    );
  });

  test("who is beyond the number of accounts is not there", () => {
    const last = big.user(big.accounts - 1);
    expect(county.indexOfId(text(last["id"]))).toBeUndefined();
    expect(county.indexOfAddress(upn(last))).toBeUndefined();
  });

  test.each([
    "",
    "@",
    "head",
    "head@",
    "@alder.county.example",
    "head@nowhere.county.example",
    "pupil0@alder.county.example",
    "pupil9999999999@alder.county.example",
    "nobody.here@alder.county.example",
    "aaliyah.ackbourne0@alder.county.example",
    "head@old-alder.county.example",
  ])("nobody is called %j", (address) => {
    expect(county.indexOfAddress(address)).toBeUndefined();
  });
});

describe("a fill is the same every time", () => {
  test.each(["county", "trust"] as const)("%s", (name) => {
    const again = fills[name].make(undefined);
    const first = name === "county" ? county : trust;
    expect(accountsOf(again)).toEqual(accountsOf(first));
    expect([again.groups, again.policies, again.locations, again.roles, again.tenant]).toEqual([
      first.groups,
      first.policies,
      first.locations,
      first.roles,
      first.tenant,
    ]);
  });

  test("more accounts leave those that there were as they were", () => {
    for (const index of [0, 5, 100, 1_000, 1_511]) expect(big.user(index)).toEqual(county.user(index));
  });

  test.each([
    ["too few", 1_511],
    ["not a whole number", 1_600.5],
    ["too many", 10_000_001],
  ])("%s accounts are refused", (_, accounts) => {
    expect(() => fills.county.make(accounts)).toThrow(RangeError);
  });
});

describe("the county", () => {
  const accounts = accountsOf(county);
  const enabledStaff = accounts.filter((user) => user["employeeType"] === "Staff");

  test("its numbers", () => {
    expect(new Date(county.startsAt).toISOString()).toBe("2018-11-05T08:00:00.000Z");
    expect(county.accounts).toBe(1_512);
    expect(county.tenant.displayName).toBe("County schools");
    expect(county.securityDefaults).toBe(false);
    expect(county.tenant.verifiedDomains.every((domain) => domain.authenticationType === "Managed")).toBe(true);
    expect(county.tenant.verifiedDomains.filter((domain) => domain.isDefault).map((domain) => domain.name)).toEqual(["county.example"]);
  });

  test.each(["head", "office", "finance"])("%s@ in each of forty schools, and nowhere else", (post) => {
    const holders = accounts.filter((user) => local(user) === post);
    expect(holders).toHaveLength(40);
    expect(new Set(holders.map((user) => upn(user).split("@")[1])).size).toBe(40);
  });

  test("every fourth school spells the address of its head in its own way", () => {
    const spelled = accounts.filter((user) => local(user) === "head" && text(user["userPrincipalName"]) !== upn(user));
    expect(spelled).toHaveLength(10);
    expect(spelled.map((user) => user["userPrincipalName"])).toContain("Head@Birch.county.example");
  });

  test("every address is on a domain of the tenant", () => {
    const domains = new Set(county.tenant.verifiedDomains.map((domain) => domain.name));
    for (const user of accounts) {
      expect(domains).toContain(upn(user).split("@").at(-1));
      const proxies = user["proxyAddresses"];
      for (const proxy of Array.isArray(proxies) ? proxies : []) expect(domains).toContain(text(proxy).toLowerCase().split("@").at(-1));
    }
  });

  test("pupils hold student licences and nothing else, and nobody else holds one", () => {
    const pupils = accounts.filter((user) => user["employeeType"] === "Pupil");
    expect(pupils).toHaveLength(200);
    for (const user of accounts) {
      const student = skusOf(user).filter((sku) => STUDENT_SKUS.includes(sku)).length;
      expect(student).toBe(user["employeeType"] === "Pupil" ? skusOf(user).length : 0);
      if (user["employeeType"] === "Pupil") expect(student).toBeGreaterThan(0);
    }
  });

  test("emergency accounts: enabled, cloud-only, Global Administrators, with a security key, in no group", () => {
    const globals = county.roles.find((role) => role.object["roleTemplateId"] === "62e90394-69f5-4237-9190-012177145e10");
    expect(globals?.members).toHaveLength(5);
    for (const place of [1, 2]) {
      const index = indexOf(county, `emergency-${place}@county.example`);
      const user = county.user(index);
      expect(user).toMatchObject({ accountEnabled: true, onPremisesSyncEnabled: null, userType: "Member" });
      expect(globals?.members).toContain(user["id"]);
      expect(county.methods(index).map((method) => method["@odata.type"])).toContain("#microsoft.graph.fido2AuthenticationMethod");
      expect(county.registration(index)).toMatchObject({ isAdmin: true, isMfaCapable: true, methodsRegistered: ["fido2"] });
      expect(county.groups.filter((group) => group.members.includes(text(user["id"])))).toEqual([]);
    }
  });

  test("what a foreign policy catches leaves the emergency accounts out", () => {
    const emergency = [1, 2].map((place) => county.user(indexOf(county, `emergency-${place}@county.example`))["id"]);
    const enabled = county.policies.filter((policy) => policy["state"] === "enabled");
    expect(enabled).toHaveLength(1);
    for (const policy of enabled) expect(policy["conditions"]).toMatchObject({ users: { includeUsers: [], excludeUsers: emergency } });
    expect(county.policies.map((policy) => policy["state"]).sort()).toEqual(["disabled", "enabled", "enabledForReportingButNotEnforced"]);
    expect(JSON.stringify(county.policies)).toContain('"AllTrusted"');
  });

  test("a trusted location, a country, a synced group, a group in a group", () => {
    expect(county.locations).toMatchObject([
      { "@odata.type": "#microsoft.graph.ipNamedLocation", isTrusted: true },
      { "@odata.type": "#microsoft.graph.countryNamedLocation", countriesAndRegions: ["GB", "IE"] },
    ]);
    const [support] = county.groups;
    expect(support?.object).toMatchObject({ displayName: "IT Support", securityEnabled: true, onPremisesSyncEnabled: null });
    expect(support?.members).toHaveLength(6);
    expect(county.groups.filter((group) => group.object["onPremisesSyncEnabled"] === true)).toHaveLength(1);
    expect(county.groups.filter((group) => group.members.includes(text(support?.object["id"])))).toHaveLength(1);
  });

  test("37 of 40 heads and 31 of 40 offices can meet a demand for MFA, and three quarters of the staff", () => {
    const capable = (users: readonly WireObject[]): number =>
      users.filter((user) => county.registration(indexOf(county, upn(user)))["isMfaCapable"] === true).length;
    expect(capable(accounts.filter((user) => local(user) === "head"))).toBe(37);
    expect(capable(accounts.filter((user) => local(user) === "office"))).toBe(31);
    expect(capable(enabledStaff) / enabledStaff.length).toBeGreaterThan(0.7);
    expect(capable(enabledStaff) / enabledStaff.length).toBeLessThan(0.8);
    expect(capable(accounts.filter((user) => user["employeeType"] === "Pupil"))).toBe(0);
  });

  test("every sort of account is there", () => {
    const some = (test: (user: WireObject) => boolean): number => accounts.filter(test).length;
    expect(some((user) => user["onPremisesSyncEnabled"] === true)).toBeGreaterThan(100);
    expect(some((user) => user["onPremisesSyncEnabled"] === false)).toBeGreaterThan(20);
    expect(some((user) => user["accountEnabled"] === false)).toBeGreaterThan(30);
    expect(some((user) => user["userType"] === "Guest")).toBe(8);
    expect(some((user) => !("signInActivity" in user))).toBeGreaterThan(40);
    expect(some((user) => user["@odata.type"] === "#microsoft.graph.agentUser")).toBe(1);
    expect(some((user) => user["employeeType"] === "Staff" && skusOf(user).length === 0)).toBeGreaterThan(20);
    expect(accounts.filter((user) => JSON.stringify(user["proxyAddresses"]).includes("smtp:head@old-alder.county.example")).map(upn)).toEqual([
      "head@alder.county.example",
    ]);
    expect(
      accounts
        .filter((user) => JSON.stringify(user["proxyAddresses"]).includes("smtp:head@old-birch.county.example"))
        .map(upn)
        .sort(),
    ).toEqual(["former.head@birch.county.example", "head@birch.county.example"]);
  });

  test.each([
    ["an emoji", "🌻"],
    ["letters from right to left", "حداد"],
    ["an override of direction", "\u202E"],
    ["quotes", '"'],
    ["a comma", ","],
    ["a line break", "\n"],
    ["a formula", "=cmd|'/C calc'!A0"],
    ["an escape sequence", "\u001b["],
    ["markup", "<img"],
  ])("a name with %s", (_, part) => {
    expect(accounts.filter((user) => text(user["displayName"]).includes(part)).length).toBeGreaterThan(0);
  });

  test("a name as long as the service takes", () => {
    const longest = Math.max(...accounts.map((user) => text(user["displayName"]).length));
    expect(longest).toBeGreaterThan(200);
    expect(longest).toBeLessThanOrEqual(256);
  });
});

describe("the trust", () => {
  const accounts = accountsOf(trust);

  test("its numbers", () => {
    expect(new Date(trust.startsAt).toISOString()).toBe("2022-02-07T08:00:00.000Z");
    expect(trust.accounts).toBe(800);
    expect(trust.tenant.displayName).toBe("Academy trust");
  });

  test.each(["headteacher", "office", "finance"])("%s@ in each of six schools, shared", (post) => {
    const holders = accounts.filter((user) => local(user) === post);
    expect(holders).toHaveLength(6);
    expect(holders.every((user) => user["employeeType"] === "Shared" && user["accountEnabled"] === true)).toBe(true);
  });

  test("eight people in IT Support, two of them through a group in the group", () => {
    const group = (name: string): readonly string[] => trust.groups.find((candidate) => candidate.object["displayName"] === name)?.members ?? [];
    const nested = text(trust.groups.find((candidate) => candidate.object["displayName"] === "IT Support apprentices")?.object["id"]);
    expect(group("IT Support")).toContain(nested);
    expect(group("IT Support").filter((id) => trust.indexOfId(id) !== undefined)).toHaveLength(6);
    expect(group("IT Support apprentices").filter((id) => trust.indexOfId(id) !== undefined)).toHaveLength(2);
  });

  test("pupils are there, with student licences", () => {
    expect(accounts.filter((user) => skusOf(user).some((sku) => STUDENT_SKUS.includes(sku)))).toHaveLength(135);
  });
});

describe("licences", () => {
  test.each([
    ["the county", county],
    ["the trust", trust],
  ])("%s: staff hold P1, the students' benefit does not", (_, fill) => {
    const p1 = fill.subscribedSkus.filter((sku) => JSON.stringify(sku["servicePlans"]).includes('"AAD_PREMIUM"')).map((sku) => sku["skuPartNumber"]);
    expect(p1).toEqual(["M365EDU_A3_FACULTY", "M365EDU_A3_STUDENT"]);
    const known = new Set(fill.subscribedSkus.map((sku) => text(sku["skuId"])));
    for (const user of accountsOf(fill)) for (const sku of skusOf(user)) expect(known).toContain(sku);
  });
});

describe("registration", () => {
  test.each([
    ["the county", county],
    ["the trust", trust],
  ])("%s: the report and the live list tell the same", (_, fill) => {
    for (let index = 0; index < fill.accounts; index += 1) {
      const row = fill.registration(index);
      const registered = Array.isArray(row["methodsRegistered"]) ? row["methodsRegistered"].map(text) : [];
      const types = fill.methods(index).map((method) => text(method["@odata.type"]));
      expect(types).toContain("#microsoft.graph.passwordAuthenticationMethod");
      expect(types.includes("#microsoft.graph.microsoftAuthenticatorAuthenticationMethod")).toBe(registered.includes("microsoftAuthenticatorPush"));
      expect(types.includes("#microsoft.graph.fido2AuthenticationMethod")).toBe(registered.includes("fido2"));
      expect(types.includes("#microsoft.graph.emailAuthenticationMethod")).toBe(registered.includes("email"));
      const strong = registered.filter((word) => !["email", "securityQuestion"].includes(word));
      expect(row["isMfaRegistered"]).toBe(strong.length > 0);
      expect(row["isMfaCapable"]).toBe(strong.some((word) => word !== "hardwareOneTimePasscode"));
      if (!("signInActivity" in fill.user(index))) expect(registered).toEqual([]);
    }
  });
});
