/** Exchanges with Exchange Online that are wrong, each reported, and as many that are right; and the way from one to a failed test. */

import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import { type Answer, check, type Exchange, faultsOf } from "./check.ts";
import { checkExchange } from "./exchange-check.ts";
import { coverageOf, exchangeTable, factsOf } from "./exchange-table.ts";
import { createRecorder } from "./recorder.ts";
import { closingOf } from "./reporter.ts";
import { heardElsewhere, tappedFetch, tappedTenant } from "./tap.ts";

type Body = Readonly<Record<string, unknown>>;

const TENANT = "7c1d9a44-2f0e-4b5c-9d61-0e8a3f5b7712";
const ROOT = `https://outlook.office365.com/adminapi/beta/${TENANT}`;
const GUID = "1f0a6a1e-40d2-4d2f-9a55-6d3b8b3c0a01";
const ANCHOR = `APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@${TENANT}`;

const HEADERS = {
  accept: "application/json",
  authorization: "Bearer token",
  "client-request-id": GUID,
  "connection-id": GUID,
  "content-type": "application/json; charset=utf-8",
  prefer: "odata.maxpagesize=1000",
  "x-anchormailbox": ANCHOR,
  "x-cmdletname": "Get-CASMailbox",
  "x-responseformat": "json",
};

/** @returns the object without one of its members */
const without = (object: Body, name: string): Body => Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
const headersWithout = (name: string): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(HEADERS).filter(([key]) => key !== name));

const json = (body: unknown): Answer => ({ type: "json", body });
const NONE: Answer = { type: "none" };

const LIST = {
  "@odata.context": `${ROOT}/$metadata#Collection(Exchange.GenericHashTable)`,
  "adminapi.warnings@odata.type": "#Collection(String)",
  "@adminapi.warnings": [],
  value: [],
};
const ROW = { "Guid@odata.type": "#Guid", Guid: GUID, Name: "head", PopEnabled: true, SmtpClientAuthenticationDisabled: null };
const MORE = "There are more results available than are currently displayed. To view them, increase the value for the ResultSize parameter.";

const input = (cmdlet: string, parameters: unknown) => ({ CmdletInput: { CmdletName: cmdlet, Parameters: parameters } });

const exchange = (more: Partial<Exchange>): Exchange => ({
  version: "adminapi",
  origin: "https://outlook.office365.com",
  method: "POST",
  path: `/beta/${TENANT}/InvokeCommand`,
  query: "",
  headers: HEADERS,
  body: input("Get-CASMailbox", { ResultSize: "Unlimited" }),
  status: 200,
  answer: json(LIST),
  answerHeaders: {},
  ...more,
});

const running = (cmdlet: string, parameters: unknown, more: Partial<Exchange> = {}): Exchange =>
  exchange({ headers: { ...HEADERS, "x-cmdletname": cmdlet }, body: input(cmdlet, parameters), ...more });
const setting = (parameters: unknown, more: Partial<Exchange> = {}): Exchange => running("Set-CASMailbox", parameters, more);
/** A mailbox of which four properties were selected. */
const showing = (row: unknown, query = "$select=Guid,Name,PopEnabled,SmtpClientAuthenticationDisabled"): Exchange =>
  exchange({ query, answer: json({ ...LIST, value: [row] }) });
/** As little as was met of who sends as a mailbox. */
const SENDING = {
  Identity: "head",
  Trustee: "office@northfield.example",
  AccessControlType: "Allow",
  "AccessRights@odata.type": "#Collection(String)",
  AccessRights: ["SendAs"],
  TrusteeSidString: "S-1-5-21-1-2-3-4",
  TrusteeWithPrimarySmtpAddress: "",
  IsValid: true,
};
const permitting = (row: Body): Exchange => running("Get-RecipientPermission", { Identity: GUID }, { answer: json({ ...LIST, value: [row] }) });
const listing = (more: Body): Exchange => exchange({ answer: json({ ...LIST, ...more }) });

const INNER = {
  message: "Error executing cmdlet",
  type: "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
  stacktrace: "",
  internalexception: {
    message: "Exception of type 'Microsoft.Exchange.Management.PSDirectInvoke.DirectInvokeCmdletExecutionException' was thrown.",
    type: "Microsoft.Exchange.Management.PSDirectInvoke.DirectInvokeCmdletExecutionException",
    stacktrace: "",
  },
};
const NOT_FOUND = {
  code: "NotFound",
  message: "Error executing cmdlet",
  details: [{ code: "Client", target: "", message: "Ex6F9304|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|It is not there." }],
  innererror: INNER,
  "adminapi.warnings@odata.type": "#Collection(String)",
  "@adminapi.warnings": [],
};
const refused = (status: number, error: unknown, answerHeaders: Readonly<Record<string, string>> = { "x-exceptiontype": "x" }): Exchange =>
  setting({ Identity: GUID, PopEnabled: false }, { status, answer: json({ error }), answerHeaders });

const ITEM_HEADERS = {
  Authorization: "Bearer token",
  Accept: "application/json",
  "Content-Type": "application/json; charset=utf-8",
  Prefer: "odata.maxpagesize=1000;odata.continue-on-error",
  "X-AnchorMailbox": ANCHOR,
  "X-CmdletName": "Set-CASMailbox",
};
const ITEM: Body = {
  id: "1",
  method: "POST",
  url: `${ROOT}/InvokeCommand`,
  headers: ITEM_HEADERS,
  body: input("Set-CASMailbox", { Identity: GUID, SmtpClientAuthenticationDisabled: null }),
};
const REPLY: Body = { id: "1", status: 200, headers: { "Content-Type": "application/json" }, body: LIST };

const batch = (requests: readonly Body[], responses: readonly Body[], headers: Readonly<Record<string, string>> = {}): Exchange =>
  exchange({
    path: `/beta/${TENANT}/$batch`,
    headers: { ...HEADERS, prefer: "odata.continue-on-error", ...headers },
    body: { requests },
    answer: json({ responses }),
  });
const many = (count: number): Exchange =>
  batch(
    Array.from({ length: count }, (_, at) => ({ ...ITEM, id: String(at) })),
    Array.from({ length: count }, (_, at) => ({ ...REPLY, id: String(at) })),
  );
const offered = (more: Partial<Exchange> = {}): Exchange =>
  exchange({
    method: "GET",
    path: `/v1.0/${TENANT}/EXOModuleFile`,
    query: "Version=3.9.2",
    headers: { accept: "application/json", authorization: "Bearer token", commandname: "*", "x-anchormailbox": ANCHOR },
    body: undefined,
    answer: json({ "@odata.context": `${ROOT}/$metadata#EXOModuleFile`, value: [{ exportedCmdlets: "Get-CASMailbox,Set-CASMailbox" }] }),
    ...more,
  });

const faults = (one: Exchange): readonly string[] => checkExchange(one, { isOurs: true }).flatMap(({ asked, answered }) => [...asked, ...answered]);

const NEXT = `${ROOT}/InvokeCommand?%24skiptoken=abc`;

type Planted = readonly (readonly [name: string, exchange: Exchange, want: string])[];

const WRONG_QUESTIONS: Planted = [
  ["a host that is not the service's", exchange({ origin: "https://outlook.office365.com.evil.example" }), "is no host of Exchange Online"],
  ["a host without its lock", exchange({ origin: "http://outlook.office365.com" }), "is no host of Exchange Online"],
  ["the stable version, which has it not", exchange({ path: `/v1.0/${TENANT}/InvokeCommand` }), "is below beta and not below v1.0"],
  ["the preview's version", exchange({ path: `/v2.0/${TENANT}/InvokeCommand` }), "is below beta and not below v2.0"],
  ["a resource instead of a cmdlet", exchange({ method: "GET", path: `/beta/${TENANT}/CasMailbox` }), "there is no path"],
  ["nobody's tenant", exchange({ path: "/beta/common/InvokeCommand" }), "common is no tenant"],
  ["GET to the next page", exchange({ method: "GET", query: "%24skiptoken=abc" }), "takes POST and not GET"],
  ["a query option that nobody knows", exchange({ query: "$top=5" }), "nobody knows the query option $top"],
  ["a property that there is not", exchange({ query: "$select=Guid,UserPrincipalName" }), "$select names UserPrincipalName"],
  ["a property in another case", exchange({ query: "$select=guid" }), "$select names guid"],
  ["multipart taken for an answer", exchange({ headers: { ...HEADERS, accept: "multipart/mixed" } }), 'accept is "multipart/mixed"'],
  ["serialised XML", exchange({ headers: { ...HEADERS, "x-responseformat": "clixml" } }), 'x-responseformat is "clixml"'],
  ["no anchor", exchange({ headers: headersWithout("x-anchormailbox") }), "no header x-anchormailbox"],
  ["an anchor without its braces", exchange({ headers: { ...HEADERS, "x-anchormailbox": ANCHOR.replace(/[{}]/g, "") } }), "x-anchormailbox is"],
  ["an anchor in another tenant", exchange({ headers: { ...HEADERS, "x-anchormailbox": ANCHOR.replace(TENANT, GUID) } }), "the anchor is in another tenant"],
  ["no connection", exchange({ headers: headersWithout("connection-id") }), "no header connection-id"],
  ["no token", exchange({ headers: headersWithout("authorization") }), "no header authorization"],
  ["a page of two thousand", exchange({ headers: { ...HEADERS, prefer: "odata.maxpagesize=2000" } }), 'prefer is "odata.maxpagesize=2000"'],
  ["a header that is not in the table", exchange({ headers: { ...HEADERS, "x-verbose": "1" } }), "a header x-verbose"],
  ["the name of another cmdlet", exchange({ headers: { ...HEADERS, "x-cmdletname": "Get-Mailbox" } }), "but the cmdlet is Get-CASMailbox"],
  ["no CmdletInput", exchange({ body: { CmdletName: "Get-CASMailbox", Parameters: {} } }), "the body has no CmdletInput"],
  ["something beside CmdletInput", exchange({ body: { ...input("Get-CASMailbox", {}), ResultSize: 5 } }), "the body has ResultSize"],
  ["no object of Parameters", running("Get-CASMailbox", undefined), "has no object of Parameters"],
  ["null as Parameters", running("Get-CASMailbox", null), "has no object of Parameters"],
  ["a cmdlet that nobody knows", running("Remove-Mailbox", { Identity: GUID }), "nobody knows the cmdlet Remove-Mailbox"],
  ["a parameter that the cmdlet does not have", running("Set-CASMailboxPlan", { Identity: "x", SmtpClientAuthenticationDisabled: true }), "takes no Smtp"],
  ["text where a truth value belongs", setting({ Identity: GUID, PopEnabled: "false" }), 'PopEnabled is "false", not a Boolean'],
  ["null where it says nothing", setting({ Identity: GUID, PopEnabled: null }), "PopEnabled is null, which it never is"],
  ["a null that was taken out on the way", setting({ Identity: GUID }), "Set-CASMailbox sets nothing"],
  ["no identity", setting({ PopEnabled: false }), "Set-CASMailbox is given no identity"],
  ["null as identity, which is everybody", running("Get-CASMailbox", { Identity: null }), "Get-CASMailbox is given no identity"],
  ["permissions of nobody, which are everybody's", running("Get-RecipientPermission", { ResultSize: "Unlimited" }), "is given no identity"],
  ["permissions of null", running("Get-MailboxPermission", { Identity: null }), "Get-MailboxPermission is given no identity"],
  ["what is left alone", setting({ Identity: GUID, OWAEnabled: false }), "told OWAEnabled, which the tool leaves alone"],
  ["a filter as PowerShell has it", running("Get-CASMailbox", { Filter: "ImapEnabled -eq $true" }), "not a Filter"],
  ["a number of results as text", running("Get-CASMailbox", { ResultSize: "1000" }), "not a ResultSize"],
  ["eleven in a batch", many(11), "a batch of 11 requests"],
  ["none in a batch", batch([], []), "a batch of 0 requests"],
  ["an item without id", batch([without(ITEM, "id")], [{ ...REPLY, id: "undefined" }]), "requests[0] has no id"],
  ["an id twice", batch([ITEM, ITEM], [REPLY]), "an id stands twice"],
  ["an item below the version, as Graph has it", batch([{ ...ITEM, url: "/InvokeCommand" }], [REPLY]), "requests[0] has no whole address"],
  ["an item elsewhere", batch([{ ...ITEM, url: "https://evil.example/adminapi/beta/x/InvokeCommand" }], [REPLY]), "is no host of Exchange Online"],
  ["an item without a token", batch([{ ...ITEM, headers: without(ITEM_HEADERS, "Authorization") }], [REPLY]), "no header authorization"],
  ["an item without an anchor", batch([{ ...ITEM, headers: without(ITEM_HEADERS, "X-AnchorMailbox") }], [REPLY]), "no header x-anchormailbox"],
  ["a null taken out of an item", batch([{ ...ITEM, body: input("Set-CASMailbox", { Identity: GUID }) }], [REPLY]), "Set-CASMailbox sets nothing"],
  ["an item that depends on another", batch([{ ...ITEM, dependsOn: ["0"] }], [REPLY]), "requests[0] has dependsOn"],
  ["multipart for a batch", batch([ITEM], [REPLY], { accept: "multipart/mixed" }), 'accept is "multipart/mixed"'],
  ["a batch that ends at its first error", batch([ITEM], [REPLY], { prefer: "odata.maxpagesize=1000" }), "a batch that ends at its first error"],
  [
    "the list of cmdlets without saying of which",
    offered({ headers: { ...offered().headers, commandname: "Get-CASMailbox" } }),
    'commandname is "Get-CASMailbox"',
  ],
  ["the list of cmdlets of no version", offered({ query: "Version=latest" }), "Version is none of the module"],
];

const WRONG_ANSWERS: Planted = [
  ["a bare list", exchange({ answer: json([]) }), "an answer that is no object"],
  ["a list without value", exchange({ answer: json(without(LIST, "value")) }), "without a list of values"],
  ["a list without warnings", exchange({ answer: json(without(LIST, "@adminapi.warnings")) }), "without a list of warnings"],
  ["a list without its context", exchange({ answer: json(without(LIST, "@odata.context")) }), "without its context"],
  ["a list with something beside it", listing({ "@odata.count": 5 }), "an answer with @odata.count"],
  ["a warning that nobody knows", listing({ "@adminapi.warnings": ["Careful."] }), 'nobody knows the warning "Careful."'],
  ["more is told of, and no page follows", listing({ "@adminapi.warnings": [MORE] }), "more results are told of, but no page follows"],
  ["a page follows, and nothing tells of it", listing({ "@odata.nextLink": NEXT }), "a page follows, but no warning tells of it"],
  ["the next page elsewhere", listing({ "@odata.nextLink": `${ROOT}/Mailbox?%24skiptoken=a`, "@adminapi.warnings": [MORE] }), "at no address of this list"],
  ["a page of 1,001", listing({ value: Array.from({ length: 1001 }, () => ROW) }), "a page of 1001 rows"],
  ["errors that are none", listing({ "@adminapi.errors": [] }), "@adminapi.errors is no list of what went wrong"],
  ["a property that nobody selected", showing({ ...ROW, ImapEnabled: true }), "value[0] has ImapEnabled, which nobody selected"],
  ["a property that is selected and absent", showing(without(ROW, "Name")), "value[0] has no Name"],
  ["a property that there is not", showing({ ...ROW, pop: true }), "value[0] has pop, which CasMailbox does not have"],
  ["null where there is always a value", showing({ ...ROW, PopEnabled: null }), "value[0].PopEnabled is null, which it never is"],
  ["text where a truth value belongs", showing({ ...ROW, PopEnabled: "True" }), 'value[0].PopEnabled is "True"'],
  ["what is no id", showing({ ...ROW, Guid: "head" }), 'value[0].Guid is "head", not a Guid'],
  ["a sidecar of nothing", showing({ ...ROW, "Id@odata.type": "#Guid" }), "has Id@odata.type beside no Id"],
  ["another sidecar than is told", showing({ ...ROW, "Guid@odata.type": "#String" }), 'Guid@odata.type is "#String", not #Guid'],
  ["a property without its sidecar", showing(without(ROW, "Guid@odata.type")), "has Guid without Guid@odata.type"],
  ["a permission that lacks what may lack, and more", permitting(without(SENDING, "Trustee")), "value[0] has no Trustee"],
  ["a permission with a right that is in no list", permitting({ ...SENDING, AccessRights: "SendAs" }), "AccessRights is no list of String"],
  [
    "a row where a write says nothing",
    setting({ Identity: GUID, PopEnabled: false }, { answer: json({ ...LIST, value: [ROW] }) }),
    "says nothing when it went well",
  ],
  ["nothing where something was to be read", exchange({ answer: NONE }), "an answer without anything in it"],
  ["204", setting({ Identity: GUID, PopEnabled: false }, { status: 204, answer: NONE }), "a 204"],
  ["an error without details", refused(404, without(NOT_FOUND, "details")), "nobody knows a 404 that is invalid"],
  ["a detail without its parts", refused(404, { ...NOT_FOUND, details: [{ code: "Client", target: "", message: "not there" }] }), "is not <id>|<type>|<text>"],
  ["a detail without its target", refused(404, { ...NOT_FOUND, details: [without(NOT_FOUND.details[0] ?? {}, "target")] }), "not one with code and target"],
  ["an error without its cause", refused(404, without(NOT_FOUND, "innererror")), "without what it was caused by"],
  ["an error with another code", refused(404, { ...NOT_FOUND, code: "ResourceNotFound" }, {}), "ResourceNotFound"],
  ["an error as Graph has it", refused(400, { code: "BadRequest", message: "no", innerError: {} }), "error has innerError"],
  ["a status that nobody knows", refused(418, { code: "Teapot", message: "no" }), "nobody knows a 418 that is short, Teapot"],
  ["a wait in no seconds", refused(429, { code: "TooManyRequests", message: "no" }, { "retry-after": "soon" }), "Retry-After is no number"],
  [
    "zeroes that declare no compression",
    setting({ Identity: GUID, PopEnabled: false }, { status: 403, answer: { type: "spoilt" } }),
    "nobody knows a 403 that is unreadable",
  ],
  ["a batch without responses", exchange({ ...batch([ITEM], []), answer: json({ value: [] }) }), "answered without responses"],
  ["an item that nobody answered", batch([ITEM, { ...ITEM, id: "2" }], [REPLY]), "2 is not answered once"],
  ["an item answered twice", batch([ITEM], [REPLY, REPLY]), "1 is not answered once"],
  ["a response without id", batch([ITEM], [without(REPLY, "id")]), "responses[0] has no id"],
  ["a response without status", batch([ITEM], [without(REPLY, "status")]), "responses[0] has no status"],
  ["a response with something beside it", batch([ITEM], [{ ...REPLY, url: "x" }]), "responses[0] has url"],
  ["a wrong answer inside a batch", batch([ITEM], [{ ...REPLY, body: { ...LIST, value: [ROW] } }]), "says nothing when it went well"],
  ["an error inside a batch that is none", batch([ITEM], [{ ...REPLY, status: 404, body: "gone" }]), "nobody knows a 404 that is text"],
  [
    "a list of cmdlets with spaces",
    offered({ answer: json({ "@odata.context": `${ROOT}/$metadata#EXOModuleFile`, value: [{ exportedCmdlets: "a b" }] }) }),
    "no list of cmdlets",
  ],
];

const RIGHT: readonly (readonly [name: string, exchange: Exchange])[] = [
  ["a list", exchange({})],
  ["a row of what was selected", showing(ROW)],
  ["a permission that lacks what may lack", permitting(SENDING)],
  ["a permission that lacks nothing", permitting({ ...SENDING, IsInherited: false, InheritanceType: "None" })],
  ["a page, and the way to the next", listing({ "@odata.nextLink": NEXT, "@adminapi.warnings": [MORE] })],
  ["the next page", exchange({ query: "%24skiptoken=abc" })],
  ["a null that says something", setting({ Identity: GUID, SmtpClientAuthenticationDisabled: null })],
  ["parameters in another case", setting({ identity: GUID, popenabled: false })],
  [
    "a write that changes nothing",
    setting(
      { Identity: GUID, PopEnabled: false },
      { answer: json({ ...LIST, "@adminapi.warnings": ["The command completed successfully but no settings of 'head' have been modified."] }) },
    ),
  ],
  ["a write that is answered with nothing", setting({ Identity: GUID, PopEnabled: false }, { answer: NONE })],
  ["errors in a 200", listing({ "@adminapi.errors": ['{"Message": "not saved"}'] })],
  ["no such mailbox", refused(404, NOT_FOUND)],
  ["too much, with and without a wait", refused(429, { code: "TooManyRequests", message: "Too many requests." }, { "retry-after": "20" })],
  [
    "too much at once",
    setting(
      { Identity: GUID, PopEnabled: false },
      { status: 429, answer: { type: "text", text: "You have reached the maximum number of concurrent requests per tenant. Please wait and try again." } },
    ),
  ],
  [
    "zeroes that declare a compression",
    setting({ Identity: GUID, PopEnabled: false }, { status: 403, answer: { type: "spoilt" }, answerHeaders: { "content-encoding": "gzip" } }),
  ],
  ["not allowed", exchange({ status: 401, answer: NONE })],
  ["a bad moment", exchange({ status: 503, answer: NONE })],
  ["nobody heard how it ended", exchange({ status: 0, answer: { type: "spoilt" } })],
  ["ten in a batch", many(10)],
  [
    "a batch of a regional host, its answers in another order",
    batch([ITEM, { ...ITEM, id: "2", url: `${ROOT.replace("://", "://eur01.")}/InvokeCommand` }], [{ ...REPLY, id: "2", body: {} }, REPLY]),
  ],
  ["what is offered", offered()],
];

describe("wrong exchanges are reported", () => {
  test.each(WRONG_QUESTIONS)("asked: %s", (_, one, want) => {
    const asked = checkExchange(one, { isOurs: true }).flatMap((verdict) => verdict.asked);
    expect(asked.join("\n")).toContain(want);
  });

  test.each(WRONG_ANSWERS)("answered: %s", (_, one, want) => {
    const answered = checkExchange(one, { isOurs: true }).flatMap((verdict) => verdict.answered);
    expect(answered.join("\n")).toContain(want);
  });
});

describe("right ones pass", () => {
  test.each(RIGHT)("%s", (_, one) => {
    expect(faults(one)).toEqual([]);
  });

  test("somebody else may send less, and ask for more", () => {
    const bare = { authorization: "Bearer token", "content-type": "application/json", "user-agent": "x", host: "127.0.0.1:80", accept: "*/*" };
    const other = exchange({
      origin: "http://127.0.0.1",
      headers: without(bare, "accept") as Readonly<Record<string, string>>,
      body: input("Get-CASMailbox", { Identity: null }),
    });
    expect(check(other).flatMap(faultsOf)).toEqual([]);
    expect(faults(other).join("\n")).toContain("no header x-anchormailbox");
  });

  test("who refuses what is asked wrongly is right", () => {
    const wrong = running(
      "Set-CASMailbox",
      { Identity: GUID, PopEnabled: "no" },
      { status: 404, answer: json({ error: NOT_FOUND }), answerHeaders: { "x-exceptiontype": "x" } },
    );
    expect(check(wrong).flatMap(faultsOf)).toEqual([]);
    expect(check({ ...wrong, status: 200, answer: json(LIST) }).flatMap(faultsOf)).toHaveLength(1);
  });
});

describe("what is exercised", () => {
  const seenIn = (one: Exchange): ReadonlySet<string> => new Set(checkExchange(one, { isOurs: true }).flatMap(({ seen }) => seen ?? []));

  test("every fact has a name, and an exchange says which it exercised", () => {
    const facts = factsOf(exchangeTable);
    expect(new Set(facts).size).toBe(facts.length);
    expect([...seenIn(setting({ Identity: GUID, SmtpClientAuthenticationDisabled: null }))]).toEqual(
      expect.arrayContaining([
        "route invoke",
        "header invoke x-anchormailbox",
        "cmdlet Set-CASMailbox",
        "parameter Set-CASMailbox.SmtpClientAuthenticationDisabled null",
      ]),
    );
    for (const [, one] of RIGHT) for (const fact of seenIn(one)) expect(facts).toContain(fact);
  });

  test("what nobody exercises is told, unless there is a reason; and a reason that no longer holds is told as well", () => {
    const facts = factsOf(exchangeTable);
    const [first = "", second = "", ...rest] = facts;
    expect(coverageOf(new Set(rest), { [second]: "because" })).toEqual({ missing: [first], stale: [] });
    expect(coverageOf(new Set(["cmdlet Set-User"]), { "*": "because" })).toEqual({ missing: [], stale: [] });
    expect(coverageOf(new Set(facts), { [second]: "because", "cmdlet Nobody": "gone" })).toEqual({ missing: [], stale: [second, "cmdlet Nobody"] });
  });

  test("the closing line of a whole run counts them, and a fact that was never met makes it a bad one", () => {
    const met = coverageOf(new Set(), exchangeTable.unexercised).missing;
    const all = factsOf(exchangeTable).length;
    const half = Math.floor(met.length / 2);
    const runs = [
      { checked: 3, exempt: 0, seen: met.slice(0, half) },
      { checked: 1, exempt: 0, seen: met.slice(half) },
    ];
    expect(closingOf(runs, true)).toMatchObject({ isBad: false });
    expect(closingOf(runs, true).line).toContain(`${met.length} of ${all} facts about Exchange met, ${all - met.length} excused`);
    const [missed = "", ...rest] = met;
    const short = closingOf([{ checked: 3, exempt: 0, seen: rest }], true);
    expect([short.isBad, short.line.includes(`never met: ${missed}`)]).toEqual([true, true]);
    expect(closingOf([{ checked: 3, exempt: 0, seen: rest }], false).isBad).toBe(false);
  });
});

describe("from an exchange to a failed test", () => {
  // What is planted here is counted nowhere.
  const tenant = (answer: () => Response): { readonly ask: (body: unknown) => Promise<Response>; readonly own: ReturnType<typeof createRecorder> } => {
    const own = createRecorder();
    const app = new Hono();
    app.all("/*", answer);
    const tapped = tappedTenant(own, app, "lost");
    return {
      own,
      ask: (body) =>
        Promise.resolve(
          tapped.fetch(new Request(`http://127.0.0.1/adminapi/beta/${TENANT}/InvokeCommand`, { method: "POST", headers: HEADERS, body: JSON.stringify(body) })),
        ),
    };
  };
  const ASKED = input("Get-CASMailbox", { ResultSize: "Unlimited" });

  test("a wrong answer of the practice tenant is noted, and a right one is counted with what it exercised", async () => {
    const wrong = tenant(() => Response.json({ ...LIST, value: [{ pop: true }] }));
    await wrong.ask(ASKED);
    expect((await wrong.own.faultsSince()).join("\n")).toContain("value[0] has pop, which CasMailbox does not have");
    const right = tenant(() => Response.json(LIST));
    await right.ask(ASKED);
    expect(await right.own.faultsSince()).toEqual([]);
    expect(right.own.countsSoFar()).toEqual({ checked: 1, exempt: 0 });
    expect(right.own.seenSoFar()).toContain("parameter Get-CASMailbox.ResultSize");
  });

  test("zeroes that nobody can read are what they are", async () => {
    const { ask, own } = tenant(() => new Response(new Uint8Array(16), { status: 403, headers: { "content-encoding": "gzip" } }));
    await ask(ASKED);
    expect(await own.faultsSince()).toEqual([]);
    expect(own.seenSoFar()).toContain("error forbidden-nul");
  });

  test("what the tool asks wrongly is noted although the tenant took it", async () => {
    const { ask, own } = tenant(() => Response.json(LIST));
    await ask(input("Get-CASMailbox", { Identity: null }));
    expect(await own.faultsSince()).toEqual([]);
    const request = new Request(`http://127.0.0.1/adminapi/beta/${TENANT}/InvokeCommand`, {
      method: "POST",
      headers: HEADERS,
      body: JSON.stringify(input("Get-CASMailbox", { Identity: null })),
    });
    await tappedFetch(own, async () => Response.json(LIST))(request);
    expect(await own.faultsSince()).toEqual([`the tool asked POST /adminapi/beta/${TENANT}/InvokeCommand Get-CASMailbox: Get-CASMailbox is given no identity`]);
  });

  test("so is what another process asked, and what it was answered, read or not", async () => {
    const own = createRecorder();
    const kept = {
      method: "POST",
      url: `http://127.0.0.1/adminapi/beta/${TENANT}/InvokeCommand`,
      headers: HEADERS,
      status: 200,
      answerHeaders: { "content-type": "application/json" },
    };
    heardElsewhere(own, {
      ...kept,
      body: JSON.stringify(input("Set-CASMailbox", { Identity: GUID })),
      headers: { ...HEADERS, "x-cmdletname": "Set-CASMailbox" },
      answer: JSON.stringify(LIST),
    });
    expect((await own.faultsSince()).join("\n")).toContain("Set-CASMailbox sets nothing");
    heardElsewhere(own, { ...kept, body: JSON.stringify(ASKED), status: 403, answerHeaders: { "content-encoding": "gzip" } });
    expect(await own.faultsSince()).toEqual([]);
    expect(own.seenSoFar()).toContain("error forbidden-nul");
  });
});
