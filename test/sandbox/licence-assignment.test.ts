import { beforeEach, describe, expect, test } from "vitest";
import { memoryTenant, type Reply, type Tenant } from "./memory-tenant.ts";

const FACULTY = "4b590615-0888-425a-a965-b3bf7789848d";
const BASIC = "b17653a4-2443-4e8c-a550-18249dda78bb";
const TEAMS = "57ff2da0-773e-42df-b2af-ffb7a2317929";
const NOWHERE = "00000000-1111-4222-8333-444444444444";

let county: Tenant;
let id: string;
beforeEach(async () => {
  county = await memoryTenant("county");
  id = String((await county.get("/users/choir@oak.county.example?$select=id")).body["id"]);
});

const assign = (add: readonly object[], remove: readonly string[], of = id): Promise<Reply> =>
  county.ask("POST", `/users/${of}/assignLicense`, { addLicenses: add, removeLicenses: remove });
const licences = async (of = id): Promise<Reply["body"]> => (await county.get(`/users/${of}?$select=assignedLicenses,licenseAssignmentStates`)).body;
const used = async (skuId: string): Promise<number> => Number((await county.all("/subscribedSkus")).find((sku) => sku["skuId"] === skuId)?.["consumedUnits"]);

describe("assign licences (api/user-assignlicense)", () => {
  test("one is exchanged for another: what is held, from where, and how many are in use", async () => {
    const before = [await used(FACULTY), await used(BASIC)];
    await county.control("POST", "/_practice/clock", { forwardMs: 3_600_000 });
    const { status, body } = await assign([{ skuId: BASIC, disabledPlans: [TEAMS] }], [FACULTY]);
    expect([status, body["id"]]).toEqual([200, id]);
    expect(await licences()).toMatchObject({
      assignedLicenses: [{ skuId: BASIC, disabledPlans: [TEAMS] }],
      licenseAssignmentStates: [
        { assignedByGroup: null, disabledPlans: [TEAMS], error: null, lastUpdatedDateTime: "2018-11-05T09:00:00Z", skuId: BASIC, state: "Active" },
      ],
    });
    const plans = (await county.get(`/users/${id}?$select=assignedPlans`)).body["assignedPlans"];
    expect(plans).toContainEqual(expect.objectContaining({ service: "exchange" }));
    expect(plans).not.toContainEqual(expect.objectContaining({ servicePlanId: TEAMS }));
    expect([await used(FACULTY), await used(BASIC)]).toEqual([(before[0] ?? 0) - 1, (before[1] ?? 0) + 1]);
  });

  test("what an account has from the start is told as its own", async () => {
    expect((await licences())["licenseAssignmentStates"]).toMatchObject([{ assignedByGroup: null, skuId: FACULTY, state: "Active" }]);
  });

  test("one that is there already has its plans changed and takes no unit", async () => {
    const before = await used(FACULTY);
    await assign([{ skuId: FACULTY, disabledPlans: [TEAMS] }], []);
    expect((await licences())["assignedLicenses"]).toEqual([{ skuId: FACULTY, disabledPlans: [TEAMS] }]);
    expect(await used(FACULTY)).toBe(before);
  });

  test("the last unit goes to one, and the next is refused", async () => {
    const basic = (await county.all("/subscribedSkus")).find((sku) => sku["skuId"] === BASIC);
    await county.put("subscribedSkus", { ...basic, prepaidUnits: { enabled: (await used(BASIC)) + 1, suspended: 0, warning: 0, lockedOut: 0 } });
    expect((await assign([{ skuId: BASIC, disabledPlans: [] }], [])).status).toBe(200);
    const drama = String((await county.get("/users/drama@oak.county.example?$select=id")).body["id"]);
    const refused = await assign([{ skuId: BASIC, disabledPlans: [] }], [], drama);
    expect([refused.status, refused.body.error]).toMatchObject([
      400,
      { code: "Request_BadRequest", message: `Subscription with SKU ${BASIC} does not have any available licenses.` },
    ]);
  });

  test.each([
    [
      "a subscription that the tenant has not",
      [{ skuId: NOWHERE, disabledPlans: [] }],
      [],
      `License ${NOWHERE} does not correspond to a valid company License.`,
    ],
    ["taking away what is not there", [], [BASIC], "User does not have a corresponding license."],
    ["a plan of another licence", [{ skuId: BASIC, disabledPlans: [NOWHERE] }], [], "is not part of the license"],
    ["no id", [{ skuId: "faculty", disabledPlans: [] }], [], "Invalid value specified for property 'skuId'"],
  ])("400: %s; nothing is changed", async (_, add, remove, message) => {
    const before = await licences();
    const { status, body } = await assign(add, remove);
    expect([status, body.error.code]).toEqual([400, "Request_BadRequest"]);
    expect(body.error.message).toContain(message);
    expect(await licences()).toEqual(before);
  });

  test("400 without a place where it is used; a new account gets an address with its mailbox", async () => {
    const profile = { password: "not-a-real-one-9" };
    const made = {
      accountEnabled: true,
      displayName: "Made anew",
      mailNickname: "anew",
      userPrincipalName: "anew@oak.county.example",
      passwordProfile: profile,
    };
    const anew = String((await county.ask("POST", "/users", made)).body["id"]);
    const refused = await assign([{ skuId: FACULTY, disabledPlans: [] }], [], anew);
    expect([refused.status, refused.body.error.message]).toEqual([400, "License assignment cannot be done for user with invalid usage location."]);
    expect((await county.get(`/users/${anew}/mailboxSettings/userPurpose`)).status).toBe(404);
    await county.ask("PATCH", `/users/${anew}`, { usageLocation: "GB" });
    expect((await assign([{ skuId: FACULTY, disabledPlans: [] }], [], anew)).status).toBe(200);
    const { body } = await county.get(`/users/${anew}?$select=mail,proxyAddresses,assignedPlans`);
    expect(body).toMatchObject({ mail: "anew@oak.county.example", proxyAddresses: ["SMTP:anew@oak.county.example"] });
    expect(body["assignedPlans"]).not.toEqual([]);
    expect((await county.get(`/users/${anew}/mailboxSettings/userPurpose`)).body["value"]).toBe("user");
  });

  test("what comes by a group is not taken away by itself", async () => {
    const group = (await county.all("/groups?$select=id"))[0]?.["id"];
    const user = (await county.get(`/users/${id}?$select=id,userPrincipalName,displayName,accountEnabled,usageLocation,createdDateTime,assignedLicenses`)).body;
    const state = { assignedByGroup: group, disabledPlans: [], error: null, lastUpdatedDateTime: "2018-01-01T00:00:00Z", skuId: FACULTY, state: "Active" };
    await county.put("users", { ...user, licenseAssignmentStates: [state] });
    expect((await assign([], [FACULTY])).body.error.message).toBe(
      "User license is inherited from a group membership and it cannot be removed directly from the user.",
    );
    const before = await used(FACULTY);
    await assign([{ skuId: FACULTY, disabledPlans: [] }], []);
    expect((await licences())["licenseAssignmentStates"]).toMatchObject([{ assignedByGroup: group }, { assignedByGroup: null }]);
    expect((await assign([], [FACULTY])).status).toBe(200);
    expect(await licences()).toMatchObject({ assignedLicenses: [{ skuId: FACULTY }], licenseAssignmentStates: [state] });
    expect(await used(FACULTY)).toBe(before);
  });

  test.each([
    [["LicenseAssignment.ReadWrite.All"], 200],
    [["User.ReadWrite.All"], 200],
    [["User.EnableDisableAccount.All", "User.Read.All"], 403],
  ])("with %j: %i", async (permissions, status) => {
    await county.control("PUT", "/_practice/dials", { throttling: "off", permissions });
    expect((await assign([], [])).status).toBe(status);
  });
});
