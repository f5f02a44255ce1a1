/** The fills of the remote-desktop trust, the small organisation and the college (rollouts 3 to 5). */

import { describe, expect, test } from "vitest";
import type { Fill, Json, WireObject } from "../../src/sandbox/fill.ts";
import { fills } from "../../src/sandbox/fills/index.ts";
import { memoryTenant } from "./memory-tenant.ts";

const made = {
  "remote-desktop": fills["remote-desktop"].make(undefined),
  small: fills.small.make(undefined),
  "small-off": fills["small-off"].make(undefined),
  college: fills.college.make(undefined),
};
const each = Object.entries(made);

const accountsOf = (fill: Fill): readonly WireObject[] => Array.from({ length: fill.accounts }, (_, index) => fill.user(index));
const text = (value: Json | undefined): string => (typeof value === "string" ? value : "");
const upn = (user: WireObject): string => text(user["userPrincipalName"]).toLowerCase();
const registered = (fill: Fill, index: number): readonly string[] => {
  const methods = fill.registration(index)["methodsRegistered"];
  return Array.isArray(methods) ? methods.map(text) : [];
};

const emergencyIds = (fill: Fill): readonly string[] => {
  const domain = fill.tenant.verifiedDomains.find((one) => one.isDefault)?.name ?? "";
  return [1, 2].map((place) => text(fill.user(fill.indexOfAddress(`emergency-${place}@${domain}`) ?? -1)["id"]));
};

describe.each(each)("%s", (name, fill) => {
  const accounts = accountsOf(fill);

  test("every account is found by its id and by its address, and no address comes twice", () => {
    const seen = new Set<string>();
    for (const [index, user] of accounts.entries()) {
      expect(fill.indexOfId(text(user["id"]))).toBe(index);
      expect(fill.indexOfAddress(text(user["userPrincipalName"]).toUpperCase())).toBe(index);
      seen.add(upn(user));
    }
    expect(seen.size).toBe(fill.accounts);
  });

  test("the same every time, and more accounts leave those that there were as they were", () => {
    const maker = fills[name as keyof typeof made];
    expect(accountsOf(maker.make(undefined))).toEqual(accounts);
    const big = maker.make(100_000);
    expect(big.user(fill.accounts - 1)).toEqual(fill.user(fill.accounts - 1));
    const last = big.user(99_999);
    expect(big.indexOfAddress(upn(last))).toBe(99_999);
  });

  test("every address is on a domain of the tenant, and none is anybody's", () => {
    const domains = new Set(fill.tenant.verifiedDomains.map((domain) => domain.name));
    for (const user of accounts) expect(domains).toContain(upn(user).split("@").at(-1));
    for (const domain of domains) expect(domain).toMatch(/\.example$/);
  });

  test("emergency accounts: enabled, cloud-only, Global Administrators, with a security key", () => {
    const globals = fill.roles.find((role) => role.object["roleTemplateId"] === "62e90394-69f5-4237-9190-012177145e10");
    for (const id of emergencyIds(fill)) {
      const index = fill.indexOfId(id) ?? -1;
      expect(fill.user(index)).toMatchObject({ accountEnabled: true, onPremisesSyncEnabled: null, userType: "Member" });
      expect(globals?.members).toContain(fill.user(index)["id"]);
      expect(registered(fill, index)).toEqual(["fido2"]);
    }
  });

  test("no policy that is on reaches an emergency account", () => {
    for (const policy of fill.policies.filter((one) => one["state"] === "enabled")) {
      const conditions = JSON.stringify(policy["conditions"]);
      for (const id of emergencyIds(fill)) expect(conditions).toContain(id);
      expect(conditions).toMatch(/"includeUsers":\["[0-9a-f]{8}-/);
    }
  });

  test("guests, shared accounts, blocked ones, some that were never used, people who are ready and who are not", () => {
    const some = (holds: (user: WireObject, index: number) => boolean): number => accounts.filter(holds).length;
    expect(some((user) => user["userType"] === "Guest")).toBeGreaterThan(2);
    expect(some((user) => user["employeeType"] === "Shared" && user["accountEnabled"] === true)).toBeGreaterThan(1);
    expect(some((user) => user["accountEnabled"] === false)).toBeGreaterThan(1);
    expect(some((user) => !("signInActivity" in user))).toBeGreaterThan(2);
    expect(some((user) => user["onPremisesSyncEnabled"] !== null)).toBeGreaterThan(0);
    const staff = accounts.map((user, index) => ({ user, index })).filter(({ user }) => user["employeeType"] === "Staff");
    const ready = staff.filter(({ index }) => fill.registration(index)["isMfaCapable"] === true).length;
    expect(ready / staff.length).toBeGreaterThan(0.5);
    expect(ready / staff.length).toBeLessThan(0.9);
  });
});

test.each([
  ["remote-desktop", "2021-08-30T07:00:00.000Z", "Remote desktop trust", false],
  ["small", "2024-09-30T07:00:00.000Z", "Small organisation", true],
  ["small-off", "2024-09-30T07:00:00.000Z", "Small organisation", false],
  ["college", "2023-09-11T07:00:00.000Z", "College", false],
] as const)("%s begins on Monday at eight, a week before its first phase", (name, startsAt, displayName, securityDefaults) => {
  const fill = made[name];
  expect([new Date(fill.startsAt).toISOString(), fill.tenant.displayName, fill.securityDefaults]).toEqual([startsAt, displayName, securityDefaults]);
});

describe("the remote-desktop trust", () => {
  const fill = made["remote-desktop"];
  const staff = accountsOf(fill)
    .map((user, index) => ({ user, row: fill.registration(index), methods: registered(fill, index) }))
    .filter(({ user }) => user["employeeType"] === "Staff");

  test("a fifth has a telephone for texts alone, some have one that is called", () => {
    const phoneOnly = staff.filter(({ methods }) => methods.join() === "mobilePhone");
    const called = phoneOnly.filter(({ row }) => row["userPreferredMethodForSecondaryAuthentication"] === "voiceMobile");
    const texted = phoneOnly.filter(({ row }) => row["userPreferredMethodForSecondaryAuthentication"] === "sms");
    expect(texted.length / staff.length).toBeGreaterThan(0.12);
    expect(texted.length / staff.length).toBeLessThan(0.25);
    expect(called.length).toBeGreaterThan(5);
    expect(called.length + texted.length).toBe(phoneOnly.length);
  });

  test("people say in the directory what they are", () => {
    const departments = staff.map(({ user }) => user["department"]);
    for (const department of ["Teaching staff", "Support staff"]) expect(departments.filter((one) => one === department).length).toBeGreaterThan(30);
    const pupils = accountsOf(fill).filter((user) => user["employeeType"] === "Pupil");
    expect(pupils.length).toBeGreaterThan(60);
    expect(pupils.every((user) => user["jobTitle"] === "Pupil")).toBe(true);
    expect(pupils[0]?.["onPremisesExtensionAttributes"]).toMatchObject({
      extensionAttribute1: "castle",
      extensionAttribute2: "pupil",
      extensionAttribute3: null,
    });
  });
});

describe("the small organisation", () => {
  test("has no premium licence: what needs it is refused, and security defaults can be turned off and on", async () => {
    const small = await memoryTenant("small");
    expect((await small.get("/users?$select=id,signInActivity")).body.error.code).toBe("Authentication_RequestFromNonPremiumTenantOrB2CTenant");
    expect((await small.get("/reports/authenticationMethods/userRegistrationDetails")).status).toBe(403);
    const path = "/policies/identitySecurityDefaultsEnforcementPolicy";
    for (const isEnabled of [false, true]) expect((await small.ask("PATCH", path, { isEnabled })).status).toBe(204);
    expect((await small.get(path)).body["isEnabled"]).toBe(true);
  });

  test("everybody who has a licence has the one that was bought", () => {
    const bought = made.small.subscribedSkus.map((sku) => sku["skuId"]);
    expect(bought).toEqual(["b17653a4-2443-4e8c-a550-18249dda78bb"]);
    for (const user of accountsOf(made.small)) {
      for (const licence of Array.isArray(user["assignedLicenses"]) ? user["assignedLicenses"] : [])
        expect(JSON.stringify(licence)).toContain(String(bought[0]));
    }
  });
});

describe("the college", () => {
  const fill = made.college;
  const students = accountsOf(fill)
    .map((user, index) => ({ user, index }))
    .filter(({ user }) => user["employeeType"] === "Student");

  test("four hundred students with a domain, telephones and a directory on premises of their own", () => {
    expect(students).toHaveLength(400);
    expect(students.every(({ user }) => upn(user).endsWith("@students.college.example") && user["jobTitle"] === "Student")).toBe(true);
    expect(students.every(({ user }) => user["onPremisesSyncEnabled"] === true)).toBe(true);
    const capable = students.filter(({ index }) => fill.registration(index)["isMfaCapable"] === true).length;
    expect(capable).toBeGreaterThan(180);
    expect(capable).toBeLessThan(280);
    expect(fill.indexOfAddress("student0001@students.college.example")).toBe(students[0]?.index);
  });
});
