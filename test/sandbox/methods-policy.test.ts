/** The authentication methods policy, its configurations, and strengths (facts 0.2, 7.4, 7.9). */

import { describe, expect, test } from "vitest";
import { memoryTenant } from "./memory-tenant.ts";
import { errorIn, fillTiny, groupId, namesIn, quietWith, STAFF, valueIn } from "./support.ts";

const PATH = "/policies/authenticationMethodsPolicy";
const ONE = `${PATH}/authenticationMethodConfigurations`;
const GONE = groupId(77);

const everybody = { id: "all_users", targetType: "group" };
const campaign = (more: object = {}) => ({
  registrationEnforcement: {
    authenticationMethodsRegistrationCampaign: {
      state: "enabled",
      snoozeDurationInDays: 3,
      includeTargets: [{ ...everybody, targetedAuthenticationMethod: "microsoftAuthenticator" }],
      excludeTargets: [],
      ...more,
    },
  },
});
const typed = (name: string, more: object) => ({ "@odata.type": `#microsoft.graph.${name}AuthenticationMethodConfiguration`, ...more });

describe("read", () => {
  test("v1.0 has no member of beta's", async () => {
    const { ask } = await fillTiny();
    const v1 = await ask("GET", PATH);
    expect(v1.body).toMatchObject({ id: "authenticationMethodsPolicy", policyMigrationState: "migrationComplete" });
    expect(v1.text).not.toMatch(/reportSuspiciousActivitySettings|systemCredentialPreferences|enforceRegistrationAfterAllowedSnoozes/);
    const beta = (await ask("GET", `/beta${PATH}`)).text;
    for (const name of ["reportSuspiciousActivitySettings", "systemCredentialPreferences", "enforceRegistrationAfterAllowedSnoozes"])
      expect(beta).toContain(name);
    const { authenticationMethodConfigurations: configurations } = v1.body;
    expect(Array.isArray(configurations) ? configurations.map((one: { id: string }) => one.id) : []).toEqual(
      valueIn(await ask("GET", ONE)).map((one) => one["id"]),
    );
  });

  test.each(["sms", "SMS", "MicrosoftAuthenticator", "x509certificate"])("one configuration by its id in any case: %s", async (id) => {
    const { ask } = await fillTiny();
    expect(String((await ask("GET", `${ONE}/${id}`)).body["id"]).toLowerCase()).toBe(id.toLowerCase());
    expect(String((await ask("GET", `${ONE}('${id}')`)).body["id"]).toLowerCase()).toBe(id.toLowerCase());
    expect((await ask("GET", `${ONE}/telepathy`)).status).toBe(404);
  });

  test.each([
    [["Policy.Read.AuthenticationMethod"], 200, 403],
    [["Policy.Read.All"], 200, 403],
    [["Policy.ReadWrite.AuthenticationMethod"], 200, 200],
    [["Policy.ReadWrite.ConditionalAccess"], 403, 403],
  ] as const)("with %j: read %i, write %i", async (permissions, read, write) => {
    const { ask } = await fillTiny(quietWith({ permissions: [...permissions] }));
    expect((await ask("GET", PATH)).status).toBe(read);
    expect((await ask("PATCH", PATH, campaign())).status).toBe(write);
    const one = await ask("PATCH", `${ONE}/sms`, typed("sms", { state: "disabled" }));
    expect(one.status).toBe(write === 200 ? 204 : 403);
  });
});

describe("change the policy", () => {
  test("200 with the whole; what v1.0 does not know stays", async () => {
    const { ask } = await fillTiny();
    const asked = await ask("PATCH", PATH, campaign({ excludeTargets: [{ id: STAFF, targetType: "group" }] }));
    expect(asked.status).toBe(200);
    expect(asked.body).toMatchObject({ ...campaign({ excludeTargets: [{ id: STAFF, targetType: "group" }] }), lastModifiedDateTime: "2018-11-05T08:00:00Z" });
    expect((await ask("GET", `/beta${PATH}`)).body["registrationEnforcement"]).toMatchObject({
      authenticationMethodsRegistrationCampaign: { state: "enabled", enforceRegistrationAfterAllowedSnoozes: true },
    });
  });

  test("in beta: snoozes, suspicious activity, preferred methods, migration", async () => {
    const { ask } = await fillTiny();
    const body = {
      ...campaign({ enforceRegistrationAfterAllowedSnoozes: false }),
      reportSuspiciousActivitySettings: { state: "enabled", includeTarget: everybody, voiceReportingCode: 0 },
      systemCredentialPreferences: { state: "disabled", includeTargets: [everybody], excludeTargets: [] },
    };
    const asked = await ask("PATCH", `/beta${PATH}`, body);
    expect([asked.status, asked.body]).toMatchObject([200, body]);
  });

  const refused: readonly (readonly [name: string, version: "" | "/beta", body: object, status: number])[] = [
    ["nothing", "", {}, 400],
    ["a member of beta's in v1.0", "", { reportSuspiciousActivitySettings: { state: "enabled" } }, 400],
    ["snoozes of beta's in v1.0", "", campaign({ enforceRegistrationAfterAllowedSnoozes: true }), 400],
    ["the migration in v1.0", "", { policyMigrationState: "migrationComplete" }, 400],
    ["a member that beta may have", "/beta", { qrCodes: true }, 501],
    ["15 days", "", campaign({ snoozeDurationInDays: 15 }), 400],
    ["less than none", "", campaign({ snoozeDurationInDays: -1 }), 400],
    ["half a day", "", campaign({ snoozeDurationInDays: 0.5 }), 400],
    ["a state that is none", "", campaign({ state: "on" }), 400],
    ["no state", "", campaign({ state: null }), 400],
    ["a single user", "", campaign({ excludeTargets: [{ id: STAFF, targetType: "user" }] }), 400],
    ["a group that is not there", "", campaign({ excludeTargets: [{ id: GONE, targetType: "group" }] }), 400],
    ["a target without a method", "", campaign({ includeTargets: [everybody] }), 400],
    ["texts as the method", "", campaign({ includeTargets: [{ ...everybody, targetedAuthenticationMethod: "sms" }] }), 400],
    ["half of a campaign", "", { registrationEnforcement: { authenticationMethodsRegistrationCampaign: { state: "enabled" } } }, 501],
    ["back before the migration", "/beta", { policyMigrationState: "preMigration" }, 400],
  ];
  test.each(refused)("refuses %s", async (_name, version, body, status) => {
    const { ask } = await fillTiny();
    const before = (await ask("GET", `/beta${PATH}`)).body;
    const asked = await ask("PATCH", `${version}${PATH}`, body);
    expect([asked.status, errorIn(asked).code]).toEqual([status, status === 501 ? "NotImplemented" : "BadRequest"]);
    expect((await ask("GET", `/beta${PATH}`)).body).toEqual(before);
  });

  test("more than 20 KB cannot be saved", async () => {
    const { ask } = await fillTiny();
    const excludeTargets = Array.from({ length: 400 }, () => ({ id: STAFF, targetType: "group" }));
    expect(String(errorIn(await ask("PATCH", PATH, campaign({ excludeTargets }))).message)).toContain("20 KB");
  });

  test("seen after the lag", async () => {
    const { ask, sandbox } = await fillTiny(quietWith({ lagMs: { directory: 1500, conditionalAccess: 0, exchange: 0 } }));
    await ask("PATCH", `${ONE}/sms`, typed("sms", { state: "disabled" }));
    expect((await ask("GET", `${ONE}/sms`)).body["state"]).toBe("enabled");
    await sandbox.clock.sleep(1500);
    expect((await ask("GET", `${ONE}/sms`)).body["state"]).toBe("disabled");
  });
});

describe("change one configuration", () => {
  test("204; what was not sent stays", async () => {
    const { ask } = await fillTiny();
    const body = typed("sms", { includeTargets: [{ targetType: "group", id: STAFF, isRegistrationRequired: false, isUsableForSignIn: false }] });
    expect((await ask("PATCH", `${ONE}/Sms`, body)).status).toBe(204);
    expect((await ask("GET", `${ONE}/sms`)).body).toMatchObject({ id: "Sms", state: "enabled", ...body });
  });

  const refused: readonly (readonly [name: string, id: string, body: object, status: number])[] = [
    ["no type", "sms", { state: "disabled" }, 400],
    ["another's type", "sms", typed("voice", { state: "disabled" }), 400],
    ["a state that is none", "sms", typed("sms", { state: "default" }), 400],
    ["another's member", "voice", typed("voice", { isUsableForSignIn: true }), 400],
    ["a single user", "sms", typed("sms", { includeTargets: [{ id: STAFF, targetType: "user" }] }), 400],
    ["one that is not there", "telepathy", typed("telepathy", { state: "enabled" }), 404],
  ];
  test.each(refused)("refuses %s", async (_name, id, body, status) => {
    const { ask } = await fillTiny();
    expect((await ask("PATCH", `${ONE}/${id}`, body)).status).toBe(status);
  });
});

describe("who is capable follows the policy", () => {
  const capable = async (tenant: Awaited<ReturnType<typeof memoryTenant>>): Promise<number> =>
    (await tenant.all(`/reports/authenticationMethods/userRegistrationDetails?$filter=${encodeURIComponent("isMfaCapable eq true")}`)).length;

  test("texts and calls off: whoever has a telephone alone is registered and not capable", async () => {
    const county = await memoryTenant("county");
    const before = await capable(county);
    for (const name of ["sms", "voice"]) expect((await county.ask("PATCH", `${ONE}/${name}`, typed(name, { state: "disabled" }))).status).toBe(204);
    expect(await capable(county)).toBeLessThan(before);
    const holes = await county.all(
      `/reports/authenticationMethods/userRegistrationDetails?$filter=${encodeURIComponent("isMfaCapable eq false and isMfaRegistered eq true and methodsRegistered/any(m:m eq 'mobilePhone')")}`,
    );
    expect(holes.length).toBeGreaterThan(50);
  });

  test("until the migration is complete an older setting still allows them", async () => {
    const desk = await memoryTenant("remote-desktop");
    const before = await capable(desk);
    await desk.ask("PATCH", `${ONE}/sms`, typed("sms", { state: "disabled" }));
    await desk.ask("PATCH", `${ONE}/voice`, typed("voice", { state: "disabled" }));
    expect(await capable(desk)).toBe(before);
  });
});

describe("authentication strengths", () => {
  test("three are built in, and no other can be made", async () => {
    const path = "/policies/authenticationStrengthPolicies";
    const { ask } = await fillTiny();
    const list = await ask("GET", path);
    expect(namesIn(list)).toEqual(["Multifactor authentication", "Passwordless MFA", "Phishing resistant MFA"]);
    expect((await ask("GET", `${path}/00000000-0000-0000-0000-000000000004`)).body).toMatchObject({
      policyType: "builtIn",
      requirementsSatisfied: "mfa",
      allowedCombinations: ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"],
    });
    expect((await ask("GET", `${path}/00000000-0000-0000-0000-000000000009`)).status).toBe(404);
    expect((await ask("POST", path, {})).status).toBe(501);
  });

  test("another permission does not do", async () => {
    const { ask } = await fillTiny(quietWith({ permissions: ["User.Read.All"] }));
    expect((await ask("GET", "/policies/authenticationStrengthPolicies")).status).toBe(403);
  });
});
