/** What the directory and Exchange Online say of accounts on a review list, each arranged. */

import { beforeAll, describe, expect, test } from "vitest";
import type { Listed, ListedAccount } from "../../src/core/accounts/facts.ts";
import { ACCOUNTS, arrange, BOTH_PRODUCT, GROUP_PRODUCT, MAIL, NOWHERE, OWN_PRODUCT, OWN_ROLE, SERVICE, TEACHERS, TEAM } from "./listed-arranged.ts";
import { account, id, openWorld, type World } from "./listed-world.ts";

const known = <T>(value: T): object => ({ type: "present", value });
const NONE = { type: "absent" };

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await arrange(world);
}, 60_000);

describe("as they are", () => {
  let listed: Listed;
  let asked: readonly string[];
  const progress: number[] = [];
  const of = (number: number): ListedAccount => {
    const read = listed.accounts.get(id(number));
    if (read?.type !== "found") throw new Error(`${number} is ${read?.type}`);
    return read.listed;
  };
  beforeAll(async () => {
    const it = world.gateway();
    const read = await it.gateway.listed([...ACCOUNTS.map(([number]) => id(number)), NOWHERE, id(1)], (done) => void progress.push(done));
    if (read.type !== "present") throw new Error("not read");
    listed = read.value;
    asked = it.asked;
  }, 60_000);

  test("each once, in the order in which they were asked for, and progress counts them all", () => {
    expect([...listed.accounts.keys()]).toEqual([...ACCOUNTS.map(([number]) => id(number)), NOWHERE]);
    expect(progress).toEqual(Array.from({ length: ACCOUNTS.length + 1 }, (_, at) => at + 1));
  });

  test("who is not there, or among the deleted alone, is gone", () => {
    expect([listed.accounts.get(NOWHERE), listed.accounts.get(id(17))]).toEqual([{ type: "gone" }, { type: "gone" }]);
  });

  test("nothing speaks for one of which there is nothing to tell", () => {
    const { account: own, archive, ...others } = of(1);
    expect(others).toEqual({ roles: known([]), eligible: known([]), owns: known(0), mailbox: "none", mail: NONE });
    expect(own).toMatchObject({ upn: "plain@small.example", stamps: "never", created: Date.parse("2019-03-04T09:00:00Z"), enabled: true, pending: false });
    expect(archive).toMatchObject({ value: { groups: [], licences: [], besides: [] } });
  });

  test("the archive holds what makes an account again, and says what does not come back", () => {
    expect(of(2).archive).toEqual(
      known({
        id: id(2),
        upn: "whole@small.example",
        enabled: false,
        profile: {
          ageGroup: "Adult",
          businessPhones: ["+44 1632 960001"],
          city: "Whitby",
          companyName: "Small",
          consentProvidedForMinor: "NotRequired",
          country: "GB",
          department: "Maths",
          displayName: "whole",
          employeeHireDate: "2018-09-01T00:00:00Z",
          employeeId: "0042",
          employeeType: "Supply",
          faxNumber: "+44 1632 960002",
          givenName: "Whole",
          jobTitle: "Teacher",
          mailNickname: "whole",
          mobilePhone: "+44 7700 900001",
          officeLocation: "Room 3",
          onPremisesExtensionAttributes: { extensionAttribute3: "bursar" },
          otherMails: ["whole@home.example"],
          passwordPolicies: "DisablePasswordExpiration",
          postalCode: "YO21",
          preferredLanguage: "en-GB",
          state: "North Yorkshire",
          streetAddress: "1 High Street",
          usageLocation: "GB",
          userType: "Member",
        },
        groups: [TEACHERS, TEAM],
        groupNames: { [TEACHERS]: "Teachers", [TEAM]: "Team" },
        licences: [
          { sku: OWN_PRODUCT, off: [SERVICE] },
          { sku: BOTH_PRODUCT, off: [SERVICE] },
        ],
        manager: id(1),
        besides: [
          "its other addresses: w@small.example",
          "the group Everybody, whose members a rule decides",
          "the group From the school, which is synced from on premises",
          "the list Post, which Exchange keeps",
          `the product ${GROUP_PRODUCT}, which comes by a group`,
          `the product ${BOTH_PRODUCT}, which comes by a group`,
        ],
      }),
    );
  });

  test.each<readonly [string, number, Partial<ListedAccount>]>([
    ["a role", 3, { roles: { type: "present", value: ["Helpdesk Administrator"] } }],
    [
      "a role by a group, and one that the group may activate",
      4,
      { roles: { type: "present", value: ["Helpdesk Administrator"] }, eligible: { type: "present", value: ["Password Administrator"] } },
    ],
    ["a role for a part of the directory", 5, { roles: { type: "present", value: ["Password Administrator (of a part of the directory)"] } }],
    ["a role of the tenant's own making, whose name nobody tells", 6, { roles: { type: "present", value: [OWN_ROLE] } }],
    ["a role that waits to be activated", 7, { roles: { type: "present", value: [] }, eligible: { type: "present", value: ["Helpdesk Administrator"] } }],
    ["two groups that it owns", 8, { owns: { type: "present", value: 2 } }],
    ["a room", 9, { mailbox: "room", mail: { type: "present", value: { onHold: false, delegates: [], forwardsTo: undefined } } }],
    ["a hold", 10, { mailbox: "user", mail: { type: "present", value: { onHold: true, delegates: [], forwardsTo: undefined } } }],
    [
      "others who read it, send as it or on its behalf; not itself, nor who is kept out",
      11,
      { mail: { type: "present", value: { onHold: false, delegates: ["forwarded", "owner@small.example", "plain@small.example"], forwardsTo: undefined } } },
    ],
    ["mail that goes on", 12, { mail: { type: "present", value: { onHold: false, delegates: [], forwardsTo: "plain and somebody@partner.example" } } }],
    ["a policy that leaves it out is no hold", 13, { mail: { type: "present", value: { onHold: false, delegates: [], forwardsTo: undefined } } }],
  ])("%s", (_, number, want) => {
    expect(of(number)).toMatchObject(want);
  });

  test("when somebody starts, was invited, and signed in", () => {
    expect(of(14).account).toMatchObject({ hired: Date.parse("2025-01-06T00:00:00Z") });
    expect(of(15).account).toMatchObject({ guest: true, pending: true });
    expect(of(15).archive).toMatchObject({ value: { besides: ["the invitation: a guest that is made again is invited again"] } });
    expect(of(16).account.stamps).toEqual({ attempted: Date.parse("2024-09-01T08:00:00Z"), succeeded: Date.parse("2024-09-01T08:00:00Z") });
  });

  test("what holds for all of them is told with them", () => {
    expect(listed.ground).toMatchObject({ told: known(true), anybody: { stamped: true, succeeded: true }, practice: true, self: NONE });
    expect(Object.values(listed.ground.usage).map(({ type }) => type)).toEqual(["present", "present", "present"]);
    expect(listed.ground.products.type).toBe("present");
  });

  test("seven items an account of the directory, and three cmdlets a mailbox", () => {
    expect(asked.filter((each) => each.includes(id(1)))).toHaveLength(7);
    expect(asked.filter((each) => each.startsWith("Get-")).sort()).toEqual(
      MAIL.flatMap((number) => ["Get-Mailbox", "Get-MailboxPermission", "Get-RecipientPermission"].map((name) => `${name} ${id(number)}`)).sort(),
    );
  });
});

describe("once a command", () => {
  test("what holds for all is read the first time, the accounts every time", async () => {
    const { gateway, asked } = world.gateway();
    await gateway.listed([id(1)]);
    const first = asked.length;
    await gateway.listed([id(1)]);
    expect(asked.slice(first)).toHaveLength(7);
    expect(asked.slice(first).every((each) => each.includes(id(1)))).toBe(true);
  });

  test("who is signed in is told by whom it is", async () => {
    await world.tenant.put("users", account(20, "operator"));
    await world.dial({ operator: "operator@small.example" });
    const read = await world.gateway().gateway.listed([]);
    await world.dial({});
    expect(read).toMatchObject({ value: { ground: { self: known(id(20)) } } });
  });
});
