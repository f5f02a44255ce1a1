/**
 * What may be lost with a mailbox: holds, forwarding, and who else opens it or sends as it. Pages of Get-Mailbox, Get-MailboxPermission and
 * Get-RecipientPermission, and rows as clients met them.
 */

import { describe, expect, test } from "vitest";
import { complaintIn, type Exchange, exchangeIn, mailboxIn } from "./exchange-support.ts";

const SCANNER = "scanner@small.example";
const RECEPTION = "reception@small.example";
const SHARED = "info@small.example";
const GONE = "00000000-0000-4000-8000-000000000001";
const SELF_ROW = {
  User: "NT AUTHORITY\\SELF",
  UserSid: "S-1-5-10",
  AccessRights: ["FullAccess, ReadPermission"],
  Deny: false,
  IsInherited: false,
  InheritanceType: "All",
};

const small = await exchangeIn("small");

const idOf = async (exchange: Exchange, address: string): Promise<string> => String((await mailboxIn(exchange, address))["ExternalDirectoryObjectId"]);
const arrange = async (exchange: Exchange, address: string, kept: object): Promise<void> =>
  exchange.tenant.put("exchangeMailboxes", { id: await idOf(exchange, address), ...kept });
const shown = async (exchange: Exchange, address: string) => (await exchange.invoke("Get-Mailbox", { Identity: address })).value[0] ?? {};
const rows = async (exchange: Exchange, cmdlet: string, parameters: object) => (await exchange.invoke(cmdlet, parameters)).value;
const remove = async (exchange: Exchange, id: string): Promise<void> => {
  const reply = await exchange.tenant.ask("DELETE", `/users/${id}`);
  if (reply.status !== 204) throw new Error(reply.text);
};
const done = (reply: { readonly status: number; readonly text: string }): void => {
  if (reply.status !== 200) throw new Error(reply.text);
};
type Restore = (exchange: Exchange, user: Readonly<Record<string, unknown>>) => Promise<void>;
const restoreByGraph: Restore = async ({ tenant }, user) => done(await tenant.ask("POST", `/directory/deletedItems/${String(user["id"])}/restore`));
/** As a restore leaves the directory. */
const restoreByHand: Restore = async ({ tenant }, user) =>
  done(
    await tenant.control("POST", "/_practice/objects", {
      put: [{ collection: "users", object: user }],
      remove: [{ collection: "deletedUsers", id: user["id"] }],
    }),
  );

const FREE = {
  LitigationHoldEnabled: false,
  LitigationHoldDate: null,
  InPlaceHolds: [],
  ComplianceTagHoldApplied: false,
  DelayHoldApplied: false,
  DelayReleaseHoldApplied: false,
  RetentionHoldEnabled: false,
  ForwardingAddress: null,
  ForwardingSmtpAddress: null,
  DeliverToMailboxAndForward: false,
  GrantSendOnBehalfTo: [],
  IsInactiveMailbox: false,
  WhenSoftDeleted: null,
};

describe("what Get-Mailbox tells", () => {
  test("of an ordinary mailbox: no hold, no forwarding, nobody else; by each identity, and in the list", async () => {
    const own = await shown(small, SCANNER);
    expect(own).toMatchObject({ ...FREE, Identity: "scanner", "InPlaceHolds@odata.type": "#Collection(String)" });
    for (const property of ["Guid", "ExternalDirectoryObjectId", "PrimarySmtpAddress"]) expect(await shown(small, String(own[property]))).toEqual(own);
    for (const row of await rows(small, "Get-Mailbox", { ResultSize: "Unlimited" })) expect(row).toMatchObject(FREE);
  });

  test("of one that somebody wants kept: each hold, each forwarding, each delegate", async () => {
    const exchange = await exchangeIn("small");
    const holds = ["UniH7d895d48-7e23-4a8d-8346-533c3beac15d", "mbxcdbbb86ce60342489bff371876e7f224:1"];
    await arrange(exchange, SCANNER, {
      LitigationHoldEnabled: true,
      LitigationHoldDate: "2026-09-01T08:00:00Z",
      InPlaceHolds: holds,
      ComplianceTagHoldApplied: true,
      DelayHoldApplied: true,
      DelayReleaseHoldApplied: true,
      RetentionHoldEnabled: true,
      ForwardingAddress: await idOf(exchange, RECEPTION),
      ForwardingSmtpAddress: "smtp:scanner@partner.example",
      DeliverToMailboxAndForward: true,
      GrantSendOnBehalfTo: [await idOf(exchange, RECEPTION), "Office staff", GONE],
    });
    const want = {
      LitigationHoldEnabled: true,
      LitigationHoldDate: "2026-09-01T08:00:00.0000000+00:00",
      InPlaceHolds: holds,
      ComplianceTagHoldApplied: true,
      DelayHoldApplied: true,
      DelayReleaseHoldApplied: true,
      RetentionHoldEnabled: true,
      ForwardingAddress: "reception",
      ForwardingSmtpAddress: "smtp:scanner@partner.example",
      DeliverToMailboxAndForward: true,
      // Whoever is gone has no name.
      GrantSendOnBehalfTo: ["reception", "Office staff"],
      // Held, and in use.
      IsInactiveMailbox: false,
    };
    expect(await shown(exchange, SCANNER)).toMatchObject(want);
    const listed = await rows(exchange, "Get-Mailbox", {});
    expect(listed.filter((row) => row["LitigationHoldEnabled"] === true)).toEqual([expect.objectContaining(want)]);
    const { value } = await exchange.invoke("Get-Mailbox", { Identity: SCANNER }, { query: "?$select=InPlaceHolds,ForwardingSmtpAddress" });
    expect(value).toEqual([{ "InPlaceHolds@odata.type": "#Collection(String)", InPlaceHolds: holds, ForwardingSmtpAddress: "smtp:scanner@partner.example" }]);
  });

  test.each(["LitigationHoldEnabled", "ComplianceTagHoldApplied", "DelayHoldApplied", "DelayReleaseHoldApplied", "RetentionHoldEnabled"])(
    "%s is told of itself alone",
    async (flag) => {
      const exchange = await exchangeIn("small");
      await arrange(exchange, SCANNER, { [flag]: true });
      expect(await shown(exchange, SCANNER)).toMatchObject({ ...FREE, [flag]: true });
    },
  );

  test.each([
    ["a name that no mailbox has for it", { LitigationHold: true }],
    ["an address without its smtp:", { ForwardingSmtpAddress: "a@partner.example" }],
    ["a right of nobody", { MailboxPermission: [{ AccessRights: ["FullAccess"] }] }],
  ])("what cannot be is not arranged: %s", async (_, kept) => {
    await expect(arrange(small, SCANNER, kept)).rejects.toThrow("BadRequest");
  });
});

describe("who may open a mailbox, and who sends as it", () => {
  test("everybody their own, and that row is always there", async () => {
    expect(await rows(small, "Get-MailboxPermission", { Identity: SCANNER })).toEqual([expect.objectContaining({ ...SELF_ROW, Identity: "scanner" })]);
    expect(await rows(small, "Get-RecipientPermission", { Identity: SHARED, ResultSize: "Unlimited" })).toEqual([
      expect.objectContaining({
        Identity: "info",
        Trustee: "NT AUTHORITY\\SELF",
        TrusteeSidString: "S-1-5-10",
        AccessControlType: "Allow",
        AccessRights: ["SendAs"],
        IsInherited: false,
      }),
    ]);
  });

  test("accounts by their user principal name, groups by theirs, others as they are shown", async () => {
    const exchange = await exchangeIn("small");
    const reception = await idOf(exchange, RECEPTION);
    const group = (await exchange.tenant.get("/groups")).body.value[0] ?? {};
    await arrange(exchange, SHARED, {
      MailboxPermission: [
        { User: reception, AccessRights: ["FullAccess"] },
        { User: String(group["id"]), AccessRights: ["ReadPermission"], IsInherited: true },
        { User: "S-1-5-21-1111-2222-3333-4444", AccessRights: ["FullAccess, ExternalAccount"], Deny: true },
      ],
      RecipientPermission: [{ Trustee: reception }, { Trustee: "Discovery Management", AccessControlType: "Deny", IsInherited: true }],
    });
    const opening = await rows(exchange, "Get-MailboxPermission", { Identity: SHARED, ResultSize: "Unlimited" });
    expect(opening.slice(1).map((row) => [row["User"], row["AccessRights"], row["IsInherited"], row["Deny"], row["PrimarySmtpAddress"]])).toEqual([
      [RECEPTION, ["FullAccess"], false, false, ""],
      [group["displayName"], ["ReadPermission"], true, false, ""],
      ["S-1-5-21-1111-2222-3333-4444", ["FullAccess, ExternalAccount"], false, true, ""],
    ]);
    const sending = await rows(exchange, "Get-RecipientPermission", { Identity: SHARED });
    expect(sending.slice(1).map((row) => [row["Trustee"], row["AccessControlType"], row["IsInherited"]])).toEqual([
      [RECEPTION, "Allow", false],
      ["Discovery Management", "Deny", true],
    ]);
    // Who it is has one number in both.
    expect(opening[1]?.["UserSid"]).toBe(sending[1]?.["TrusteeSidString"]);
    expect(String(opening[1]?.["UserSid"])).toMatch(/^S-1-5-21(?:-\d+){4}$/);
  });

  test("rows of the one cmdlet may say less", async () => {
    const exchange = await exchangeIn("small", { sendAsRows: "bare" });
    const [row = {}] = await rows(exchange, "Get-RecipientPermission", { Identity: SHARED });
    expect(Object.keys(row).sort()).toEqual([
      "AccessControlType",
      "AccessRights",
      "AccessRights@odata.type",
      "Identity",
      "IsValid",
      "Trustee",
      "TrusteeSidString",
      "TrusteeWithPrimarySmtpAddress",
    ]);
  });

  test("delegates who were deleted, or are gone for good, are shown to who asks for them", async () => {
    const exchange = await exchangeIn("small");
    const reception = await idOf(exchange, RECEPTION);
    await arrange(exchange, SHARED, {
      GrantSendOnBehalfTo: [reception],
      MailboxPermission: [reception, GONE].map((User) => ({ User, AccessRights: ["FullAccess"] })),
      RecipientPermission: [{ Trustee: reception }],
    });
    const others = async (more: object): Promise<readonly unknown[]> =>
      (await rows(exchange, "Get-MailboxPermission", { Identity: SHARED, ...more })).slice(1).map((row) => row["User"]);
    const soft = { IncludeSoftDeletedUserPermissions: true };
    const unresolved = { IncludeUnresolvedPermissions: true };
    const number = expect.stringMatching(/^S-1-5-21(?:-\d+){4}$/);
    expect(await others({})).toEqual([RECEPTION]);
    expect(await others(unresolved)).toEqual([RECEPTION, number]);
    await remove(exchange, reception);
    expect(await others({})).toEqual([]);
    expect(await others(soft)).toEqual([number]);
    expect(await others({ ...soft, ...unresolved })).toEqual([number, number]);
    expect((await rows(exchange, "Get-RecipientPermission", { Identity: SHARED })).map((row) => row["Trustee"])).toEqual(["NT AUTHORITY\\SELF", number]);
    expect((await shown(exchange, SHARED))["GrantSendOnBehalfTo"]).toEqual([]);
  });

  test.each([
    ["Get-MailboxPermission", { Identity: "nobody@small.example" }],
    ["Get-RecipientPermission", { Identity: "emergency-1@small.example" }],
    ["Get-MailboxPermission", { Identity: SCANNER, SoftDeletedMailbox: true }],
  ])("%s of %o: there is no such mailbox", async (cmdlet, parameters) => {
    const answer = await small.invoke(cmdlet, parameters);
    expect([answer.status, complaintIn(answer).type]).toEqual([404, "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException"]);
  });

  test.each([
    ["without an identity", {}],
    ["with none in it", { Identity: null }],
    ["with a switch that is no switch", { Identity: SCANNER, IncludeUnresolvedPermissions: "yes" }],
  ])("Get-MailboxPermission %s is refused", async (_, parameters) => {
    expect((await small.invoke("Get-MailboxPermission", parameters)).status).toBe(400);
  });

  test("Get-RecipientPermission of nobody means of everybody, page by page", async () => {
    const exchange = await exchangeIn("small");
    await arrange(exchange, SCANNER, { RecipientPermission: Array.from({ length: 5 }, (_, at) => ({ Trustee: `S-1-5-21-0-0-0-${at}` })) });
    const whole = await rows(exchange, "Get-RecipientPermission", { Identity: null });
    expect([whole.length, new Set(whole.map((row) => row["Identity"])).size]).toEqual([35, 30]);
    const headers = { "X-AnchorMailbox": "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@small.example", Prefer: "odata.maxpagesize=4" };
    const found: unknown[] = [];
    let page = await exchange.invoke("Get-RecipientPermission", {}, { headers });
    for (let pages = 0; pages < 20; pages += 1) {
      found.push(...page.value);
      if (page.body["@odata.nextLink"] === undefined) break;
      page = await exchange.next(page.body["@odata.nextLink"], "Get-RecipientPermission", {}, headers);
    }
    expect(found).toEqual(whole);
  });

  test.each(["global-reader", "recipient-administrator", "exchange-administrator"])("a %s may read both", async (exchangeRole) => {
    const exchange = await exchangeIn("small", { exchangeRole });
    for (const cmdlet of ["Get-MailboxPermission", "Get-RecipientPermission"]) {
      expect((await exchange.invoke(cmdlet, { Identity: SCANNER })).status).toBe(200);
      expect(String((await exchange.offered()).value[0]?.["exportedCmdlets"]).split(",")).toContain(cmdlet);
    }
  });
});

describe("mailboxes of deleted accounts", () => {
  const KEPT = {
    ForwardingSmtpAddress: "smtp:scanner@partner.example",
    MailboxPermission: [{ User: "S-1-5-21-0-0-0-7", AccessRights: ["FullAccess"] }],
  };

  test.each([
    ["Graph", restoreByGraph],
    ["whoever arranges", restoreByHand],
  ])("are in no list, and no permission of theirs is told, unless they are asked for; %s brings them back as they were", async (_, restore) => {
    const exchange = await exchangeIn("small");
    const id = await idOf(exchange, SCANNER);
    await arrange(exchange, SCANNER, KEPT);
    await exchange.invoke("Set-CASMailbox", { Identity: SCANNER, PopEnabled: false });
    const [before, protocols] = [await shown(exchange, SCANNER), await mailboxIn(exchange, SCANNER)];
    const guid = String(before["Guid"]);
    const { "@odata.context": _context, ...user } = (
      await exchange.tenant.get(`/users/${id}?$select=id,userPrincipalName,displayName,mail,accountEnabled,userType,assignedLicenses,createdDateTime`)
    ).body;
    await remove(exchange, id);
    for (const identity of [guid, id, SCANNER, "scanner"])
      for (const cmdlet of ["Get-Mailbox", "Get-CASMailbox", "Get-MailboxPermission", "Get-RecipientPermission"])
        expect([cmdlet, identity, (await exchange.invoke(cmdlet, { Identity: identity })).status]).toEqual([cmdlet, identity, 404]);
    for (const cmdlet of ["Get-Mailbox", "Get-CASMailbox"]) {
      const listed = await rows(exchange, cmdlet, { ResultSize: "Unlimited" });
      expect([listed.length, listed.some((row) => row["Guid"] === guid)]).toEqual([29, false]);
    }
    const deleted = { ...before, "WhenSoftDeleted@data.type": "System.DateTime", WhenSoftDeleted: expect.stringMatching(/^\d{4}-.*\.0000000\+00:00$/) };
    expect(await rows(exchange, "Get-Mailbox", { SoftDeletedMailbox: true })).toEqual([deleted]);
    for (const identity of [guid, id, SCANNER])
      expect(await rows(exchange, "Get-Mailbox", { Identity: identity, SoftDeletedMailbox: true })).toEqual([deleted]);
    const opening = await rows(exchange, "Get-MailboxPermission", { Identity: guid, SoftDeletedMailbox: true });
    expect(opening.map((row) => row["User"])).toEqual(["NT AUTHORITY\\SELF", "S-1-5-21-0-0-0-7"]);
    await restore(exchange, user);
    expect(await shown(exchange, SCANNER)).toEqual(before);
    expect(await mailboxIn(exchange, SCANNER)).toEqual(protocols);
    expect(await rows(exchange, "Get-Mailbox", { SoftDeletedMailbox: true })).toEqual([]);
  });

  test("a name that two of them had is nobody's", async () => {
    const exchange = await exchangeIn("small");
    for (const address of ["caretaker@a.small.example", "caretaker@b.small.example"])
      await exchange.tenant.put("deletedUsers", {
        id: address.includes("@a.") ? GONE : GONE.replace(/1$/, "2"),
        userPrincipalName: address,
        mail: address,
        displayName: "Caretaker",
        assignedLicenses: [{ skuId: "4b9405b0-7788-4568-add1-99614e613b69", disabledPlans: [] }],
        deletedDateTime: new Date(exchange.tenant.sandbox.clock.now()).toISOString(),
      });
    const answer = await exchange.invoke("Get-Mailbox", { Identity: "caretaker", SoftDeletedMailbox: true });
    expect([answer.status, complaintIn(answer).type]).toEqual([400, "Microsoft.Exchange.Configuration.Tasks.ManagementObjectAmbiguousException"]);
    expect(await rows(exchange, "Get-Mailbox", { Identity: "caretaker@b.small.example", SoftDeletedMailbox: true })).toMatchObject([
      { PrimarySmtpAddress: "caretaker@b.small.example" },
    ]);
  });

  test.each([
    ["nobody holds it", {}, false, false],
    ["a lawsuit holds it", { LitigationHoldEnabled: true }, true, true],
    ["a case holds it", { InPlaceHolds: ["UniH7d895d48-7e23-4a8d-8346-533c3beac15d"] }, true, true],
    ["a label in it holds it", { ComplianceTagHoldApplied: true }, true, true],
    ["a hold that ended holds it for a while", { DelayHoldApplied: true }, true, true],
    ["and so does another", { DelayReleaseHoldApplied: true }, true, true],
    ["a policy leaves it out", { InPlaceHolds: ["-mbxe9b52bf7ab3b46a286308ecb29624696"] }, false, false],
    ["its retention is paused, which is no hold", { RetentionHoldEnabled: true }, false, false],
  ])("after thirty days one is gone, unless it is held: %s", async (_, kept, isInactive, isThere) => {
    const exchange = await exchangeIn("small");
    const id = await idOf(exchange, SCANNER);
    await arrange(exchange, SCANNER, kept);
    await remove(exchange, id);
    const inactive = async () => (await rows(exchange, "Get-Mailbox", { SoftDeletedMailbox: true })).map((row) => row["IsInactiveMailbox"]);
    await exchange.wait(30 * 86_400_000 - 1000);
    expect(await inactive()).toEqual([isInactive]);
    await exchange.wait(1000);
    expect(await inactive()).toEqual(isThere ? [isInactive] : []);
  });
});

test("the county has three mailboxes that were never opened and are yet somebody's", async () => {
  const county = await exchangeIn("county");
  const listed = await rows(county, "Get-Mailbox", { Identity: "eco.club@oak.county.example" });
  expect(listed).toMatchObject([{ LitigationHoldEnabled: true, LitigationHoldDate: "2018-09-17T09:00:00.0000000+00:00" }]);
  expect(await rows(county, "Get-Mailbox", { Identity: "science.fair@oak.county.example" })).toMatchObject([
    { ForwardingSmtpAddress: "smtp:science.fair@partner.example", DeliverToMailboxAndForward: true },
  ]);
  expect((await rows(county, "Get-MailboxPermission", { Identity: "parent.council@oak.county.example" })).map((row) => row["User"])).toEqual([
    "NT AUTHORITY\\SELF",
    "head@oak.county.example",
  ]);
});
