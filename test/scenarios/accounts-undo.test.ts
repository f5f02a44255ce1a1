/** Deleted, and taken back: accounts are as they were, field by field, and what is not is named. */

import { afterEach, describe, expect, test } from "vitest";
import {
  arrange,
  csvOf,
  DOMAIN,
  frozenOf,
  idOf,
  markOf,
  PLAN_FILE,
  planText,
  rowFor,
  SKU,
  smallStage,
  tenantIdOf,
  unusedUser,
  type Wire,
  writeList,
  writePlan,
} from "./accounts-law-world.ts";
import { flat } from "./mailboxes-world.ts";
import type { Stage } from "./stage.ts";

const EXCHANGE_PLAN = "9aaf7827-d63c-4b61-89c3-182f06f82e5c";
const TEAMS_PLAN = "57ff2da0-773e-42df-b2af-ffb7a2317929";
const [CHOIR, TRIPS, EVERYBODY, SCARCE] = [1, 2, 3, 4].map((last) => `66666666-0000-4000-8000-00000000000${last}`) as [string, string, string, string];
const NUMBERS = [1, 2, 3];

const GROUP: Wire = { createdDateTime: "2024-03-14T10:00:00Z", description: null, groupTypes: [], mailEnabled: false, securityEnabled: true };

const FIELDS =
  "accountEnabled,assignedLicenses,businessPhones,city,companyName,createdDateTime,department,displayName,employeeId,employeeType,givenName,id,jobTitle,licenseAssignmentStates,mail,mailNickname,mobilePhone,officeLocation,otherMails,proxyAddresses,surname,usageLocation,userPrincipalName,userType";

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

const managerId = async ({ reader }: Stage): Promise<string> =>
  (await reader.json<{ readonly id: string }>("GET", `/v1.0/users/emergency-2@${DOMAIN}?$select=id`)).id;

/** Each in other groups, with other services off; the first has a manager. */
const begun = async (dials: object = {}): Promise<Stage> => {
  const of = await smallStage(dials);
  stage = of;
  const [sku] = (await of.reader.json<{ readonly value: readonly Wire[] }>("GET", "/v1.0/subscribedSkus")).value;
  const offOf: Readonly<Record<number, readonly string[]>> = { 1: [TEAMS_PLAN], 2: [], 3: [EXCHANGE_PLAN, TEAMS_PLAN].toSorted() };
  await arrange(of, [
    {
      collection: "subscribedSkus",
      object: {
        ...sku,
        id: `x_${SCARCE}`,
        skuId: SCARCE,
        skuPartNumber: "PROJECT_PLAN",
        consumedUnits: 2,
        prepaidUnits: { enabled: 2, lockedOut: 0, suspended: 0, warning: 0 },
      },
    },
    ...NUMBERS.map((number) => ({
      collection: "users",
      object: unusedUser(number, {
        assignedLicenses: [{ skuId: SKU, disabledPlans: offOf[number] ?? [] }, ...(number === 2 ? [{ skuId: SCARCE, disabledPlans: [] }] : [])],
        businessPhones: [`01632 96000${number}`],
        city: "Whitby",
        employeeId: `E${number}`,
        givenName: "Unused",
        mobilePhone: "07700 900123",
        otherMails: [`home-${number}@home.example`],
        proxyAddresses: [`SMTP:unused-${number}@${DOMAIN}`, `smtp:old-${number}@${DOMAIN}`],
        surname: `Account ${number}`,
      }),
    })),
    { collection: "groups", object: { ...GROUP, id: CHOIR, displayName: "Choir", mailNickname: "choir" } },
    { collection: "groups", object: { ...GROUP, id: TRIPS, displayName: "Trips", mailNickname: "trips" } },
    {
      collection: "groups",
      object: {
        ...GROUP,
        id: EVERYBODY,
        displayName: "All volunteers",
        mailNickname: "volunteers",
        groupTypes: ["DynamicMembership"],
        membershipRule: '(user.department -eq "Volunteers")',
        membershipRuleProcessingState: "On",
      },
    },
    { collection: "members", object: { id: CHOIR, members: [idOf(1), idOf(2)] } },
    { collection: "members", object: { id: TRIPS, members: [idOf(1), idOf(3)] } },
    { collection: "managers", object: { id: idOf(1), manager: await managerId(of) } },
  ]);
  await of.reader.forward(600_000);
  const mark = markOf(await tenantIdOf(of));
  writePlan(of, planText({ onlyDeletes: true }));
  writeList(of, csvOf(NUMBERS.map((number) => rowFor(frozenOf(number), mark))));
  return of;
};

type Belongings = { readonly user: Wire; readonly groups: readonly string[]; readonly manager: string | undefined };

/** Field by field, by somebody else's eyes. */
const belongings = async ({ reader }: Stage, number: number): Promise<Belongings> => {
  const { "@odata.context": _, licenseAssignmentStates, ...user } = await reader.json<Wire>("GET", `/v1.0/users/${idOf(number)}?$select=${FIELDS}`);
  const groups = await reader.all<{ readonly displayName: string }>(`/v1.0/users/${idOf(number)}/memberOf?$select=displayName`);
  const manager = await reader.send("GET", `/v1.0/users/${idOf(number)}/manager?$select=id`);
  const own = (licenseAssignmentStates as readonly Wire[])
    .map(({ lastUpdatedDateTime: _at, ...state }) => state)
    .toSorted((a, b) => (String(a["skuId"]) < String(b["skuId"]) ? -1 : 1));
  const licences = (user["assignedLicenses"] as readonly Wire[]).toSorted((a, b) => (String(a["skuId"]) < String(b["skuId"]) ? -1 : 1));
  return {
    user: { ...user, assignedLicenses: licences, licenseAssignmentStates: own },
    groups: groups.map(({ displayName }) => displayName).toSorted(),
    manager: manager.ok ? ((await manager.json()) as { readonly id: string }).id : undefined,
  };
};
const all = (of: Stage): Promise<readonly Belongings[]> => Promise.all(NUMBERS.map((number) => belongings(of, number)));

const runIn = (text: string): string => /\brun (\d{8}T\d{6}Z-[0-9a-f]{4})/.exec(text)?.[1] ?? "none";

const deleted = async (of: Stage): Promise<string> => {
  const { exit, stdout, stderr } = await of.cli(["apply", PLAN_FILE, "--yes"]);
  expect(exit, `${stdout}${stderr}`).toBe(0);
  for (const number of NUMBERS) expect((await of.reader.send("GET", `/v1.0/users/${idOf(number)}`)).status).toBe(404);
  return runIn(stdout);
};
const undone = async (of: Stage, run: string) => {
  const result = await of.cli(["undo", run, "--yes", "--no-hold"]);
  return { ...result, text: flat(`${result.stdout}${result.stderr}`) };
};

const WAYS = [
  ["brings all of it back", { licences: true, memberships: true, manager: true }],
  ["brings nothing but the account", { licences: false, memberships: false, manager: false }],
  ["brings the licences alone", { licences: true, memberships: false, manager: false }],
  ["brings all but the licences", { licences: false, memberships: true, manager: true }],
] as const;

test.each(WAYS)("where the service %s, they are as before, field by field", async (_, restoreBrings) => {
  const of = await begun({ restoreBrings });
  const before = await all(of);
  expect(before.map(({ groups }) => groups)).toEqual([
    ["All volunteers", "Choir", "Trips"],
    ["All volunteers", "Choir"],
    ["All volunteers", "Trips"],
  ]);
  expect(before[0]?.manager).toBeDefined();
  const run = await deleted(of);
  const { exit, text } = await undone(of, run);
  expect(exit, text).toBe(0);
  // A rule needs its time.
  await of.reader.forward(600_000);
  expect(await all(of)).toEqual(before);
  expect(await of.reader.all("/v1.0/directory/deletedItems/microsoft.graph.user?$select=id")).toEqual([]);
});

describe("what cannot come back", () => {
  test("is named in the diff beforehand", async () => {
    const of = await begun();
    const { exit, stdout } = await of.cli(["diff", PLAN_FILE]);
    const text = flat(stdout);
    expect(exit).toBe(0);
    expect(text).toContain(
      "for 30 days 3 accounts can be brought back with licences, groups and mailbox; after that only made anew from the archive, without mail and files",
    );
    expect(text).toContain("not everything of 3 accounts is this tool's to bring back");
    expect(text).toContain(`unused-1@${DOMAIN}: its other addresses: old-1@${DOMAIN}; the group All volunteers, whose members a rule decides`);
  });

  test("is named where it turns out so: a group that vanished, a licence that somebody else has now", async () => {
    const of = await begun({ restoreBrings: { licences: false, memberships: false, manager: true } });
    const before = await all(of);
    const run = await deleted(of);
    await of.reader.json("DELETE", `/v1.0/groups/${CHOIR}`);
    // Both units are somebody else's now.
    const scarce = (await of.reader.json<{ readonly value: readonly Wire[] }>("GET", "/v1.0/subscribedSkus")).value.find(({ skuId }) => skuId === SCARCE);
    await arrange(of, [{ collection: "subscribedSkus", object: { ...scarce, id: `x_${SCARCE}`, consumedUnits: 3 } }]);
    const { exit, text } = await undone(of, run);
    expect(exit, text).toBe(4);
    expect(text).toContain(`unused-2@${DOMAIN}`);
    expect(text).toMatch(/group/);
    expect(text).toMatch(/licen/);
    await of.reader.forward(600_000);
    const after = await all(of);
    expect(after.map(({ groups }) => groups)).toEqual([["All volunteers", "Trips"], ["All volunteers"], ["All volunteers", "Trips"]]);
    expect(after[1]?.user["assignedLicenses"]).toEqual([{ skuId: SKU, disabledPlans: [] }]);
    expect([after[0]?.user, after[2]]).toEqual([before[0]?.user, before[2]]);
  });
});
