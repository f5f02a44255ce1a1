/** What reports of people select of accounts: user-list, signInActivity, userRegistrationDetails; the licence's part in it. */

import { describe, expect, test } from "vitest";
import { fillSandbox } from "../../src/sandbox/sandbox.ts";
import { thirty } from "../reports/thirty/tenant.ts";
import { CASES, caseOf } from "../reports/thirty/wire.ts";
import { memoryTenant } from "./memory-tenant.ts";
import { testRuntime } from "./support.ts";

const CALM = { throttling: "off", lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 } } as const;
const REGISTRATION = "/reports/authenticationMethods/userRegistrationDetails";

type Row = Readonly<Record<string, unknown>>;
type Asked = {
  readonly status: number;
  readonly body: { readonly value?: readonly Row[]; readonly error?: { readonly code: string }; readonly [name: string]: unknown };
};

const openThirty = async (dials: object = {}): Promise<(path: string) => Promise<Asked>> => {
  const fills = { thirty: { about: "", make: () => thirty } };
  const sandbox = await fillSandbox({ folder: "thirty", runtime: testRuntime(), fill: "thirty", fills, dials: { ...CALM, ...dials } });
  return async (path) => {
    const response = await sandbox.fetch(new Request(`http://127.0.0.1/v1.0${path}`, { headers: { Authorization: "Bearer practice" } }));
    return { status: response.status, body: JSON.parse(await response.text()) };
  };
};

const FIELDS =
  "id,userPrincipalName,displayName,accountEnabled,createdDateTime,employeeHireDate,externalUserState,assignedLicenses,assignedPlans,department,perUserMfaState,onPremisesSyncEnabled,userType,signInActivity";

describe("one page with all that a report needs", async () => {
  const ask = await openThirty();
  const { body } = await ask(`/users?$select=${FIELDS}&$top=500`);
  const rowOf = (key: string): Row | undefined => body.value?.find((row) => row["id"] === caseOf(key).id);

  test("each account as the service has it; what nobody knows of it is null", () => {
    expect(body.value?.length).toBe(CASES.length);
    expect(rowOf("created-yesterday")).toMatchObject({
      createdDateTime: "2026-03-01T15:30:00Z",
      employeeHireDate: "2026-03-02T00:00:00Z",
      externalUserState: null,
    });
    expect(rowOf("guest")).toMatchObject({ externalUserState: "Accepted", userType: "Guest", assignedLicenses: [], assignedPlans: [], department: null });
    expect(rowOf("leading-zeros")).toMatchObject({ displayName: "007", department: "0042" });
    expect(rowOf("synced")).toMatchObject({ onPremisesSyncEnabled: true });
  });

  test("the state of per-user MFA of those who have one, and of nobody else", () => {
    expect(body.value?.filter((row) => "perUserMfaState" in row)).toEqual([rowOf("per-user-enforced")]);
    expect(rowOf("per-user-enforced")?.["perUserMfaState"]).toBe("enforced");
  });

  test("who never signed in, or did before April 2020, has no activity at all", () => {
    const without = CASES.filter(({ key }) => rowOf(key)?.["signInActivity"] === undefined).map(({ key }) => key);
    expect(without).toEqual(["emergency-2", "shared-mailbox", "never", "before-april-2020", "created-yesterday"]);
    expect(rowOf("failed-only")?.["signInActivity"]).toMatchObject({ lastSignInDateTime: "2026-02-27T03:14:15Z", lastSuccessfulSignInDateTime: null });
  });

  test("no more than 500 at a time with activity", async () => {
    expect((await ask(`/users?$select=${FIELDS}&$top=501`)).status).toBe(400);
  });
});

test("plans follow from licences where nobody said otherwise", async () => {
  const small = await memoryTenant("small");
  const { body } = await small.get("/users/scanner@small.example?$select=assignedPlans");
  expect(body["assignedPlans"]).toContainEqual(expect.objectContaining({ service: "exchange", capabilityStatus: "Enabled" }));
  expect((await small.get("/users/info@small.example?$select=assignedPlans")).body["assignedPlans"]).toEqual([]);
});

test("successes are stamped since December 2023 and were not before; in a tenant of 2018 always", async () => {
  const stampsIn = async (fill: string, accounts: number): Promise<readonly Row[]> => {
    const sandbox = await fillSandbox({ folder: fill, runtime: testRuntime(), fill, accounts, dials: { ...CALM, licence: "p1" } });
    const headers = { Authorization: "Bearer practice" };
    const response = await sandbox.fetch(new Request("http://127.0.0.1/v1.0/users?$select=signInActivity&$top=500", { headers }));
    const body: { readonly value: readonly { readonly signInActivity?: Row }[] } = JSON.parse(await response.text());
    return body.value
      .flatMap(({ signInActivity }) => (signInActivity === undefined ? [] : [signInActivity]))
      .filter((stamps) => stamps["lastNonInteractiveSignInDateTime"] !== null);
  };
  const small = await stampsIn("small", 500);
  const isOld = (stamps: Row): boolean => String(stamps["lastSignInDateTime"]) < "2023-12-01";
  expect(small.filter(isOld).length).toBeGreaterThan(2);
  expect(small.filter((stamps) => isOld(stamps) !== (stamps["lastSuccessfulSignInDateTime"] === undefined))).toEqual([]);
  const county = await stampsIn("county", 2_000);
  expect(county.length).toBeGreaterThan(300);
  expect(county.filter((stamps) => stamps["lastSuccessfulSignInDateTime"] === undefined)).toEqual([]);
});

describe("the registration report", () => {
  const MISSING = ["shared-mailbox", "disabled", "created-yesterday", "no-row"];

  test("has no row of a blocked account, nor of everybody else", async () => {
    const ask = await openThirty();
    const { body } = await ask(REGISTRATION);
    const there = new Set(body.value?.map((row) => row["id"]));
    expect(CASES.filter(({ id }) => !there.has(id)).map(({ key }) => key)).toEqual(MISSING);
    for (const { key, id } of CASES) expect((await ask(`${REGISTRATION}/${id}`)).status, key).toBe(MISSING.includes(key) ? 404 : 200);
  });

  test("a row that a test takes away is gone; one that nobody ever computed says that nothing is registered", async () => {
    const county = await memoryTenant("county");
    const { body } = await county.get("/users/head@cedar.county.example?$select=id");
    const id = String(body["id"]);
    expect((await county.get(`${REGISTRATION}/${id}`)).status).toBe(200);
    await county.control("POST", "/_practice/objects", { remove: [{ collection: "registrationDetails", id }] });
    expect((await county.get(`${REGISTRATION}/${id}`)).status).toBe(404);
    const made = await county.ask("POST", "/users", {
      accountEnabled: true,
      displayName: "New",
      mailNickname: "new",
      userPrincipalName: "new@county.example",
      passwordProfile: { password: "long-enough-1" },
    });
    await county.settle();
    expect((await county.get(`${REGISTRATION}/${String(made.body["id"])}`)).body["methodsRegistered"]).toEqual([]);
  });
});

test("without a premium licence neither activity nor registration is told, and all the rest is", async () => {
  const ask = await openThirty({ licence: "free" });
  const code = async (path: string): Promise<unknown> => {
    const { status, body } = await ask(path);
    return [status, body.error?.code];
  };
  const refused = [403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant"];
  expect(await code(`/users?$select=${FIELDS}`)).toEqual(refused);
  expect(await code(`/users/${caseOf("never").id}?$select=signInActivity`)).toEqual(refused);
  expect(await code(REGISTRATION)).toEqual(refused);
  expect(await code(`${REGISTRATION}/${caseOf("never").id}`)).toEqual(refused);
  expect(await code("/auditLogs/signIns")).toEqual(refused);
  expect((await ask(`/users?$select=${FIELDS.replace(",signInActivity", "")}`)).body.value?.length).toBe(CASES.length);
  expect((await ask(`/users/${caseOf("no-row").id}/authentication/methods`)).body.value?.length).toBe(2);
  expect((await ask("/auditLogs/directoryAudits")).status).toBe(200);
});
