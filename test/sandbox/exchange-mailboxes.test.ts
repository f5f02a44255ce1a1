/** What the practice tenant's Exchange keeps and shows: Exchange facts, sections 3, 4, 8 and 13, and the pages of the cmdlets that they name. */

import { describe, expect, test } from "vitest";
import { complaintIn, type Exchange, exchangeIn, mailboxIn } from "./exchange-support.ts";

const small = await exchangeIn("small");
const SCANNER = "scanner@small.example";
const SHARED = "info@small.example";
const SMTP = "SmtpClientAuthenticationDisabled";
const UNCHANGED = /^The command completed successfully but no settings of '.+' have been modified\.$/;

const guidOf = async (exchange: Exchange, address: string): Promise<string> => String((await mailboxIn(exchange, address))["Guid"]);

const USER_FIELDS = "id,userPrincipalName,displayName,mail,accountEnabled,userType,assignedLicenses,onPremisesSyncEnabled,createdDateTime";
/** Writes an account as somebody else would, with some of it changed. */
const rewrite = async ({ tenant }: Exchange, address: string, more: object): Promise<void> => {
  const { "@odata.context": _, ...user } = (await tenant.get(`/users/${address}?$select=${USER_FIELDS}`)).body;
  await tenant.put("users", { ...user, ...more });
};

describe("reading mailboxes", () => {
  test("a row has everything that a mailbox's page shows, with its sidecars", async () => {
    const row = await mailboxIn(small, SCANNER);
    expect(row).toMatchObject({
      PrimarySmtpAddress: SCANNER,
      Identity: "scanner",
      PopEnabled: true,
      [SMTP]: null,
      "Guid@odata.type": "#Guid",
      "EmailAddresses@odata.type": "#Collection(String)",
      IsValid: true,
    });
    // Its own id is not its account's.
    expect(row["Guid"]).not.toBe(row["ExternalDirectoryObjectId"]);
  });

  test.each([
    ["its id", "Guid"],
    ["its account's id", "ExternalDirectoryObjectId"],
    ["its address", "PrimarySmtpAddress"],
    ["its name", "Name"],
  ])("a mailbox is found by %s", async (_, property) => {
    const row = await mailboxIn(small, SCANNER);
    expect((await mailboxIn(small, String(row[property])))["Guid"]).toBe(row["Guid"]);
  });

  test.each([["nobody@small.example"], ["emergency-1@small.example"], ["nobody"], ["00000000-0000-4000-8000-000000000000"]])(
    "%s has none",
    async (identity) => {
      for (const cmdlet of ["Get-CASMailbox", "Get-Mailbox"]) {
        const answer = await small.invoke(cmdlet, { Identity: identity });
        expect([answer.status, complaintIn(answer).code, answer.headers.get("x-exceptiontype")]).toEqual([
          404,
          "NotFound",
          "ManagementObjectNotFoundException",
        ]);
        expect(complaintIn(answer).text).toContain(`object '${identity}' couldn't be found`);
      }
    },
  );

  test("a name that several have is nobody's", async () => {
    const county = await exchangeIn("county");
    const answer = await county.invoke("Get-CASMailbox", { Identity: "head" });
    expect([answer.status, complaintIn(answer).type]).toEqual([400, "Microsoft.Exchange.Configuration.Tasks.ManagementObjectAmbiguousException"]);
  });

  test.each([
    ["absent", {}],
    ["null", { Identity: null }],
    ["empty", { Identity: "" }],
  ])("an identity that is %s means every mailbox", async (_, parameters) => {
    expect((await small.invoke("Get-CASMailbox", parameters)).value).toHaveLength(30);
    expect((await small.invoke("Get-Mailbox", parameters)).value).toHaveLength(30);
  });

  test("kinds of recipients are told, and can be asked for", async () => {
    const types = (await small.invoke("Get-Mailbox")).value.map((row) => row["RecipientTypeDetails"]);
    const count = (type: string): number => types.filter((each) => each === type).length;
    expect([count("RoomMailbox"), count("SharedMailbox"), count("UserMailbox"), types.length]).toEqual([1, 2, 27, 30]);
    const shared = await small.invoke("Get-CASMailbox", { RecipientTypeDetails: ["SharedMailbox", "RoomMailbox"], ResultSize: "Unlimited" });
    expect(shared.value.map((row) => row["Name"]).sort()).toEqual(["caius.ackbridge", "info", "room-1"]);
    expect((await small.invoke("Get-Mailbox", { RecipientTypeDetails: ["SharedMailbox"], ResultSize: 1000 })).value).toHaveLength(2);
    expect((await small.invoke("Get-Mailbox", { RecipientTypeDetails: ["PublicMailbox"] })).status).toBe(400);
  });

  test("$select trims a row, and its sidecars with it", async () => {
    const { value } = await small.invoke("Get-CASMailbox", { Identity: SCANNER }, { query: `?$select=Guid,PopEnabled,${SMTP}` });
    expect(value.map((row) => Object.keys(row).sort())).toEqual([["Guid", "Guid@data.type", "Guid@odata.type", "PopEnabled", SMTP]]);
  });

  const filters: readonly (readonly [filter: string, names: readonly string[] | undefined])[] = [
    ["ImapEnabled -eq 'False'", ["scanner"]],
    ["ImapEnabled -ne 'True'", ["scanner"]],
    ["PopEnabled -eq 'False' -or ImapEnabled -eq 'False'", ["reception", "scanner"]],
    ["PopEnabled -eq 'False' -and ImapEnabled -eq 'False'", []],
    ["popenabled -eq 'false'", ["reception"]],
    ["PopEnabled -eq $false", undefined],
    [`${SMTP} -eq 'False'`, undefined],
    ["Name -eq 'True'", undefined],
  ];
  test.each(filters)("the filter %s", async (filter, names) => {
    const exchange = await exchangeIn("small");
    await exchange.invoke("Set-CASMailbox", { Identity: SCANNER, ImapEnabled: false });
    await exchange.invoke("Set-CASMailbox", { Identity: "reception@small.example", PopEnabled: false });
    const answer = await exchange.invoke("Get-CASMailbox", { Filter: filter });
    if (names === undefined) expect(answer.status).toBe(400);
    else expect(answer.value.map((row) => row["Name"]).sort()).toEqual(names);
  });
});

describe("pages", () => {
  const ANCHOR = { "X-AnchorMailbox": "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@county.example" };
  const GONE = "Expired or Invalid pagination request. Default Expiry time is 00:30:00";

  test("a thousand, a warning and the way on; the same body is posted there", async () => {
    const county = await exchangeIn("county");
    const first = await county.invoke("Get-CASMailbox", { ResultSize: "Unlimited" }, { query: "?$select=Guid", headers: ANCHOR });
    expect([first.value.length, first.warnings]).toEqual([1000, [expect.stringMatching(/^There are more results available than are currently displayed\./)]]);
    const second = await county.next(first.body["@odata.nextLink"], "Get-CASMailbox", { ResultSize: "Unlimited" }, ANCHOR);
    expect([second.status, second.warnings, second.body["@odata.nextLink"]]).toEqual([200, [], undefined]);
    expect(Object.keys(second.value[0] ?? {}).sort()).toEqual(["Guid", "Guid@data.type", "Guid@odata.type"]);
    const ids = [...first.value, ...second.value].map((row) => row["Guid"]);
    expect([ids.length, new Set(ids).size]).toEqual([1435, 1435]);
  });

  test("a smaller page is given to who wants one, a larger one is not", async () => {
    const page = async (size: number): Promise<number> =>
      (await small.invoke("Get-Mailbox", {}, { headers: { ...ANCHOR, Prefer: `odata.maxpagesize=${size}` } })).value.length;
    expect(await page(7)).toBe(7);
    const county = await exchangeIn("county");
    expect((await county.invoke("Get-Mailbox", {}, { headers: { Prefer: "odata.maxpagesize=5000" } })).value).toHaveLength(1000);
  });

  test("the way on is good on the server of the first page only, and for half an hour", async () => {
    const exchange = await exchangeIn("small");
    const size = { Prefer: "odata.maxpagesize=7" };
    const { body } = await exchange.invoke("Get-Mailbox", {}, { headers: { ...ANCHOR, ...size } });
    const next = (headers: Readonly<Record<string, string>>) => exchange.next(body["@odata.nextLink"], "Get-Mailbox", {}, { ...size, ...headers });
    expect((await next(ANCHOR)).status).toBe(200);
    for (const headers of [{}, { "X-AnchorMailbox": "UPN:admin.delphine@small.example" }]) {
      const answer = await next(headers);
      expect([answer.status, complaintIn(answer).text]).toEqual([400, GONE]);
    }
    await exchange.wait(29 * 60_000);
    expect((await next(ANCHOR)).status).toBe(200);
    await exchange.wait(2 * 60_000);
    expect(complaintIn(await next(ANCHOR)).text).toBe(GONE);
  });

  test("who sends no anchor gets a first page and can never go on", async () => {
    const size = { Prefer: "odata.maxpagesize=7" };
    const first = await small.invoke("Get-Mailbox", {}, { headers: size });
    expect(first.value).toHaveLength(7);
    for (const headers of [size, { ...size, ...ANCHOR }])
      expect((await small.next(first.body["@odata.nextLink"], "Get-Mailbox", {}, headers)).status).toBe(400);
  });
});

describe("writing", () => {
  test("says nothing, and then is so; what is so already is told as a warning", async () => {
    const exchange = await exchangeIn("small");
    const set = () => exchange.invoke("Set-CASMailbox", { Identity: SCANNER, popenabled: false, ImapEnabled: false, Confirm: false });
    const first = await set();
    expect([first.status, first.value, first.warnings]).toEqual([200, [], []]);
    expect(await mailboxIn(exchange, SCANNER)).toMatchObject({ PopEnabled: false, ImapEnabled: false, ActiveSyncEnabled: true, [SMTP]: null });
    const second = await set();
    expect([second.status, second.value, second.warnings]).toEqual([200, [], [expect.stringMatching(UNCHANGED)]]);
  });

  test("every flag of the page can be set", async () => {
    const exchange = await exchangeIn("small");
    const flags = [
      "ActiveSyncEnabled",
      "MAPIEnabled",
      "OWAEnabled",
      "ECPEnabled",
      "EwsEnabled",
      "OutlookMobileEnabled",
      "MacOutlookEnabled",
      "OneWinNativeOutlookEnabled",
      "UniversalOutlookEnabled",
    ];
    await exchange.invoke("Set-CASMailbox", { Identity: SCANNER, ...Object.fromEntries(flags.map((flag) => [flag, false])) });
    expect(await mailboxIn(exchange, SCANNER)).toMatchObject(Object.fromEntries(flags.map((flag) => [flag, false])));
  });

  test("what was written is seen a while later", async () => {
    const exchange = await exchangeIn("small", { lagMs: { directory: 0, conditionalAccess: 0, exchange: 5_000 } });
    for (const [cmdlet, parameters] of [
      ["Set-CASMailbox", { Identity: SCANNER, PopEnabled: false }],
      ["Set-CASMailboxPlan", { Identity: "ExchangeOnline", PopEnabled: false }],
      ["Set-TransportConfig", { [SMTP]: true }],
    ] as const)
      await exchange.invoke(cmdlet, parameters);
    const seen = async (): Promise<readonly unknown[]> => [
      (await mailboxIn(exchange, SCANNER))["PopEnabled"],
      (await exchange.invoke("Get-CASMailboxPlan", { Identity: "ExchangeOnline" })).value[0]?.["PopEnabled"],
      (await exchange.invoke("Get-TransportConfig")).value[0]?.[SMTP],
    ];
    expect(await seen()).toEqual([true, true, false]);
    await exchange.wait(4_999);
    expect(await seen()).toEqual([true, true, false]);
    await exchange.wait(1);
    expect(await seen()).toEqual([false, false, true]);
  });

  test("SMTP AUTH of a mailbox is off, on, or as the tenant has it", async () => {
    const exchange = await exchangeIn("small");
    for (const value of [true, false, null]) {
      expect((await exchange.invoke("Set-CASMailbox", { Identity: SCANNER, [SMTP]: value })).status).toBe(200);
      expect((await mailboxIn(exchange, SCANNER))[SMTP]).toBe(value);
    }
    // The tenant's own word changes none of them.
    await exchange.invoke("Set-TransportConfig", { [SMTP]: true, Confirm: false });
    expect((await mailboxIn(exchange, SCANNER))[SMTP]).toBe(null);
    expect((await exchange.invoke("Set-TransportConfig", { [SMTP]: true })).warnings).toEqual([expect.stringMatching(UNCHANGED)]);
  });

  test.each([
    ["Set-CASMailbox", {}],
    ["Set-CASMailbox", { Identity: null, PopEnabled: false }],
    ["Set-CASMailbox", { Identity: "", PopEnabled: false }],
  ])("%s with %o writes nothing", async (cmdlet, parameters) => {
    expect((await small.invoke(cmdlet, parameters)).status).toBe(400);
  });
});

describe("plans", () => {
  const PLAN = { Identity: "ExchangeOnlineEnterprise", PopEnabled: false, ImapEnabled: false };

  test("three, each with an id behind its name; they are found by all of their names, and can be filtered", async () => {
    const { value } = await small.invoke("Get-CASMailboxPlan", { ResultSize: "Unlimited" });
    expect(value.map((row) => [row["DisplayName"], row["ImapEnabled"]])).toEqual([
      ["ExchangeOnlineEnterprise", true],
      ["ExchangeOnline", true],
      ["ExchangeOnlineDeskless", false],
    ]);
    const [first] = value;
    expect(String(first?.["Name"])).toMatch(/^ExchangeOnlineEnterprise-[0-9a-f-]{36}$/);
    for (const identity of [first?.["Name"], "exchangeonlineenterprise"])
      expect((await small.invoke("Get-CASMailboxPlan", { Identity: identity })).value).toEqual([first]);
    expect((await small.invoke("Get-CASMailboxPlan", { Identity: null })).value).toEqual(value);
    expect((await small.invoke("Get-CASMailboxPlan", { Filter: "ImapEnabled -eq 'True'" })).value).toHaveLength(2);
    for (const cmdlet of ["Get-CASMailboxPlan", "Set-CASMailboxPlan"])
      expect((await small.invoke(cmdlet, { Identity: "ExchangeOnlineMagic" })).status).toBe(404);
  });

  test("an edit reaches no mailbox that is there; a licence that changes brings the plan to it, and leaves what no plan speaks of", async () => {
    const exchange = await exchangeIn("small");
    await exchange.invoke("Set-CASMailbox", { Identity: SCANNER, [SMTP]: false, OutlookMobileEnabled: false, ActiveSyncEnabled: false });
    expect((await exchange.invoke("Set-CASMailboxPlan", { ...PLAN, Confirm: false })).value).toEqual([]);
    expect((await exchange.invoke("Set-CASMailboxPlan", PLAN)).warnings).toEqual([expect.stringMatching(UNCHANGED)]);
    expect(await mailboxIn(exchange, SCANNER)).toMatchObject({ PopEnabled: true, ImapEnabled: true });
    // Another name is no other licence.
    await rewrite(exchange, SCANNER, { displayName: "Scanner" });
    expect(await mailboxIn(exchange, SCANNER)).toMatchObject({ PopEnabled: true, ActiveSyncEnabled: false });
    await rewrite(exchange, SCANNER, { assignedLicenses: [{ skuId: "4b9405b0-7788-4568-add1-99614e613b69", disabledPlans: [] }] });
    expect(await mailboxIn(exchange, SCANNER)).toMatchObject({
      PopEnabled: false,
      ImapEnabled: false,
      ActiveSyncEnabled: true,
      [SMTP]: false,
      OutlookMobileEnabled: false,
    });
  });

  test("what was off for a mailbox comes back with its licence while the plan has it on", async () => {
    const exchange = await exchangeIn("small");
    await exchange.invoke("Set-CASMailbox", { Identity: SCANNER, PopEnabled: false });
    await rewrite(exchange, SCANNER, { assignedLicenses: [{ skuId: "4b9405b0-7788-4568-add1-99614e613b69", disabledPlans: [] }] });
    expect(await mailboxIn(exchange, SCANNER)).toMatchObject({ PopEnabled: true });
  });

  test("a new mailbox takes what the plan has", async () => {
    const exchange = await exchangeIn("small");
    await exchange.invoke("Set-CASMailboxPlan", { ...PLAN, ActiveSyncEnabled: true, MAPIEnabled: false, OWAEnabled: true, ECPEnabled: true });
    await exchange.tenant.put("users", {
      id: "55555555-0000-4000-8000-000000000001",
      userPrincipalName: "new@small.example",
      displayName: "New",
      mail: "new@small.example",
      accountEnabled: true,
      userType: "Member",
      assignedLicenses: [{ skuId: "4b9405b0-7788-4568-add1-99614e613b69", disabledPlans: [] }],
      createdDateTime: "2024-09-30T07:00:00Z",
    });
    expect(await mailboxIn(exchange, "new@small.example")).toMatchObject({
      PopEnabled: false,
      ImapEnabled: false,
      ActiveSyncEnabled: true,
      MAPIEnabled: false,
      [SMTP]: null,
    });
    expect((await exchange.invoke("Get-Mailbox", { Identity: "new@small.example" })).value[0]?.["MailboxPlan"]).toMatch(/^ExchangeOnlineEnterprise-/);
  });

  test("a shared mailbox has no plan", async () => {
    expect((await small.invoke("Get-Mailbox", { Identity: SHARED })).value[0]).toMatchObject({
      MailboxPlan: null,
      RecipientTypeDetails: "SharedMailbox",
      IsDirSynced: false,
    });
  });
});

test("a tenant that nobody customised says so, and refuses what would customise it", async () => {
  const exchange = await exchangeIn("small");
  expect((await exchange.invoke("Get-OrganizationConfig")).value[0]).toMatchObject({ IsDehydrated: false, DefaultAuthenticationPolicy: null });
  const { id } = { id: "organization" };
  await exchange.tenant.put("organizationConfig", { id, IsDehydrated: true });
  expect((await exchange.invoke("Get-OrganizationConfig")).value[0]).toMatchObject({ IsDehydrated: true });
  const answer = await exchange.invoke("New-AuthenticationPolicy", { Name: "Block basic" });
  expect([answer.status, complaintIn(answer).type]).toEqual([400, "Microsoft.Exchange.Configuration.Tasks.InvalidOperationInDehydratedContextException"]);
  expect(complaintIn(answer).text).toContain("Enable-OrganizationCustomization");
});

test("a policy of basic authentication is made of its switches, and changed by them", async () => {
  const exchange = await exchangeIn("small");
  const kinds = [
    "ActiveSync",
    "Autodiscover",
    "Imap",
    "Mapi",
    "OfflineAddressBook",
    "OutlookService",
    "Pop",
    "Powershell",
    "ReportingWebServices",
    "Rpc",
    "Smtp",
    "WebServices",
  ];
  const switches = (on: boolean) => Object.fromEntries(kinds.map((kind) => [`AllowBasicAuth${kind}`, on]));
  const made = await exchange.invoke("New-AuthenticationPolicy", { Name: "Open", ...switches(true), Confirm: false });
  expect(made.value).toMatchObject([{ Name: "Open", ...switches(true) }]);
  await exchange.invoke("Set-AuthenticationPolicy", { Identity: "Open", ...switches(false), Confirm: false });
  expect((await exchange.invoke("Get-AuthenticationPolicy", { Identity: null })).value).toMatchObject([{ Name: "Open", ...switches(false) }]);
  for (const name of ["Open", null]) {
    await exchange.invoke("Set-OrganizationConfig", { DefaultAuthenticationPolicy: name, Confirm: false });
    expect((await exchange.invoke("Get-OrganizationConfig")).value[0]?.["DefaultAuthenticationPolicy"]).toBe(name);
  }
});

test("what is kept is there again when the tenant is opened anew", async () => {
  expect(await guidOf(small, SCANNER)).toBe(await guidOf(await exchangeIn("small"), SCANNER));
});
