/** How the practice tenant's Exchange refuses: Exchange facts, sections 2, 6 and 13; bodies as in exchange-samples.json. */

import { describe, expect, test } from "vitest";
import { serveSandbox } from "../../src/sandbox/serve.ts";
import { answerOf, complaintIn, exchangeIn, input, mailboxIn } from "./exchange-support.ts";

const SCANNER = "scanner@small.example";
const SMTP = "SmtpClientAuthenticationDisabled";
const small = await exchangeIn("small");

describe("who may what", () => {
  const SEVEN = [
    "Get-CASMailbox",
    "Get-CASMailboxPlan",
    "Get-Mailbox",
    "Get-OrganizationConfig",
    "Get-TransportConfig",
    "Set-CASMailbox",
    "Set-CASMailboxPlan",
    "Set-TransportConfig",
  ];
  const offeredBy = (text: unknown): readonly string[] => String(text).split(",");

  test("neither grant: 401 for everything, with a challenge and without a body", async () => {
    const exchange = await exchangeIn("small", { exchangeGrants: "none" });
    const item = {
      id: "1",
      method: "POST",
      url: `${exchange.root}/InvokeCommand`,
      headers: { Authorization: "Bearer practice" },
      body: input("Get-TransportConfig"),
    };
    for (const answer of [await exchange.invoke("Get-CASMailbox"), await exchange.offered(), await exchange.batch([item])]) {
      expect([answer.status, answer.text]).toEqual([401, ""]);
      expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer .*error="invalid_token"/);
    }
  });

  test("another's token: 401", async () => {
    const request = new Request(`${small.root}/InvokeCommand`, {
      method: "POST",
      headers: { Authorization: "Bearer graph", "Content-Type": "application/json" },
      body: JSON.stringify(input("Get-CASMailbox")),
    });
    expect((await answerOf(await small.tenant.sandbox.fetch(request))).status).toBe(401);
  });

  test("the permission without a role: 403 in zeroes that call themselves compressed", async () => {
    const exchange = await exchangeIn("small", { exchangeGrants: "permission-only" });
    for (const answer of [await exchange.invoke("Get-CASMailbox"), await exchange.offered()]) {
      expect([answer.status, answer.headers.get("content-encoding")]).toEqual([403, "gzip"]);
      expect(answer.text).toMatch(/^\0{4096}$/);
    }
  });

  test("over a socket nobody can read them, and the status stays what it is", async () => {
    const exchange = await exchangeIn("small", { exchangeGrants: "permission-only" });
    const served = await serveSandbox(exchange.tenant.sandbox, { port: 0, token: "t" });
    try {
      for (const encoding of [undefined, "identity"]) {
        const response = await fetch(`http://127.0.0.1:${served.port}/adminapi/beta/${exchange.tenant.sandbox.about.tenantId}/InvokeCommand`, {
          method: "POST",
          headers: { Authorization: "Bearer t", "Content-Type": "application/json", ...(encoding !== undefined && { "Accept-Encoding": encoding }) },
          body: JSON.stringify(input("Get-CASMailbox")),
        });
        expect(response.status).toBe(403);
        await expect(response.text()).rejects.toThrow(TypeError);
      }
    } finally {
      await served.close();
    }
  });

  test.each([
    ["exchange-administrator", SEVEN, []],
    [
      "recipient-administrator",
      ["Get-CASMailbox", "Get-Mailbox", "Set-CASMailbox"],
      ["Set-CASMailboxPlan", "Set-TransportConfig", "Set-OrganizationConfig", "New-AuthenticationPolicy"],
    ],
    [
      "global-reader",
      ["Get-CASMailbox", "Get-CASMailboxPlan", "Get-Mailbox", "Get-TransportConfig"],
      ["Set-CASMailbox", "Set-CASMailboxPlan", "Set-TransportConfig"],
    ],
  ])("%s: what is offered is what works", async (exchangeRole, some, none) => {
    const exchange = await exchangeIn("small", { exchangeRole });
    const answer = await exchange.offered();
    const names = offeredBy(answer.value[0]?.["exportedCmdlets"]);
    expect(names).toEqual(expect.arrayContaining(some));
    expect(names.filter((name) => none.includes(name))).toEqual([]);
    for (const name of none) expect((await exchange.invoke(name, { Identity: SCANNER, PopEnabled: false })).status).toBe(403);
    for (const name of some.filter((each) => each.startsWith("Get-"))) expect((await exchange.invoke(name)).status).toBe(200);
  });

  test("a cmdlet that nobody offers is refused as one that the role does not have", async () => {
    const answer = await small.invoke("Remove-Mailbox", { Identity: SCANNER });
    expect([answer.status, answer.headers.get("content-encoding")]).toEqual([403, "gzip"]);
  });

  test("Graph goes on working without any of it", async () => {
    const exchange = await exchangeIn("small", { exchangeGrants: "none" });
    expect((await exchange.tenant.get("/users?$top=1")).status).toBe(200);
  });
});

describe("where and how", () => {
  test.each([
    ["a cmdlet by GET", () => small.invoke("Get-CASMailbox", {}, { method: "GET" }), 405],
    ["the next page by GET", () => small.invoke("Get-CASMailbox", {}, { method: "GET", query: "?%24skiptoken=abc" }), 405],
    ["a cmdlet below v1.0", () => small.invoke("Get-CASMailbox", {}, { version: "v1.0" }), 405],
    ["a cmdlet below v2.0", () => small.invoke("Get-CASMailbox", {}, { version: "v2.0" }), 404],
    ["the cmdlets that are offered, by POST", () => small.offered("POST"), 405],
    ["the cmdlets that are offered, below beta", () => small.offered("GET", "beta"), 405],
  ])("%s is refused", async (_, ask, status) => {
    expect((await ask()).status).toBe(status);
  });

  test("a tenant is meant by its id or by a domain of its own, and by nothing else", async () => {
    const at = async (tenant: string): Promise<number> => {
      const request = new Request(`http://127.0.0.1/adminapi/beta/${tenant}/InvokeCommand`, {
        method: "POST",
        headers: { Authorization: "Bearer practice", "Content-Type": "application/json" },
        body: JSON.stringify(input("Get-TransportConfig")),
      });
      return (await answerOf(await small.tenant.sandbox.fetch(request))).status;
    };
    expect([await at(small.tenant.sandbox.about.tenantId), await at("small.example"), await at("other.example")]).toEqual([200, 200, 404]);
  });

  test("a page's address that is none is one that has expired", async () => {
    for (const token of ["abc", "bnVsbA", "e30"]) {
      const answer = await small.invoke("Get-CASMailbox", {}, { query: `?%24skiptoken=${token}` });
      expect([answer.status, complaintIn(answer).text]).toEqual([400, "Expired or Invalid pagination request. Default Expiry time is 00:30:00"]);
    }
  });
});

describe("what a cmdlet does not take", () => {
  const AMBIGUOUS = "Microsoft.Exchange.AdminApi.CommandInvocation.AmbiguousParameterSetException";
  const TRANSFORMATION = "Microsoft.Exchange.AdminApi.CommandInvocation.ParameterTransformationException";

  test.each([
    ["a parameter that it has not", "Set-CASMailboxPlan", { Identity: "ExchangeOnline", [SMTP]: true }, AMBIGUOUS],
    ["a parameter of another", "Get-TransportConfig", { ResultSize: "Unlimited" }, AMBIGUOUS],
    ["text for a truth value", "Set-CASMailbox", { Identity: SCANNER, ImapEnabled: "perhaps" }, TRANSFORMATION],
    ["a truth value as text", "Set-CASMailbox", { Identity: SCANNER, ImapEnabled: "false" }, TRANSFORMATION],
    ["null where it says nothing", "Set-CASMailbox", { Identity: SCANNER, ImapEnabled: null }, TRANSFORMATION],
    ["null for the tenant", "Set-TransportConfig", { [SMTP]: null }, TRANSFORMATION],
    ["text for a plan", "Set-CASMailboxPlan", { Identity: "ExchangeOnline", PopEnabled: "no" }, TRANSFORMATION],
    ["a number for an identity", "Get-CASMailbox", { Identity: 7 }, TRANSFORMATION],
    ["a size that is none", "Get-CASMailbox", { ResultSize: "All" }, TRANSFORMATION],
  ])("%s", async (_, cmdlet, parameters, type) => {
    const answer = await small.invoke(cmdlet, parameters);
    expect([answer.status, complaintIn(answer).code, complaintIn(answer).type]).toEqual([400, "BadRequest", type]);
    const [wrong] = Object.entries(parameters).slice(-1);
    expect(complaintIn(answer).text).toContain(String(wrong?.[0]));
  });

  test.each([
    ["null", null],
    ["nothing", undefined],
    ["a list", []],
  ])("Parameters that are %s", async (_, parameters) => {
    const request = new Request(`${small.root}/InvokeCommand`, {
      method: "POST",
      headers: { Authorization: "Bearer practice", "Content-Type": "application/json" },
      body: JSON.stringify({ CmdletInput: { CmdletName: "Get-TransportConfig", Parameters: parameters } }),
    });
    expect((await answerOf(await small.tenant.sandbox.fetch(request))).status).toBe(400);
  });

  test("nothing of it was written", async () => {
    expect(await mailboxIn(small, SCANNER)).toMatchObject({ ImapEnabled: true, PopEnabled: true });
  });
});

describe("bad moments", () => {
  const set = { Identity: SCANNER, PopEnabled: false };

  test.each([
    ["throttled", 429, null, "TooManyRequests"],
    ["throttled-for", 429, "7", "TooManyRequests"],
    ["transient", 400, null, "BadRequest"],
    ["unavailable", 503, null, undefined],
    ["crowded", 429, null, undefined],
  ])("%s", async (as, status, wait, code) => {
    const exchange = await exchangeIn("small", { exchangeStumbles: { percent: 100, as } });
    const answer = await exchange.invoke("Set-CASMailbox", set);
    expect([answer.status, answer.headers.get("retry-after"), complaintIn(answer).code]).toEqual([status, wait, code]);
    if (as === "transient") expect(complaintIn(answer).type).toBe("Microsoft.Exchange.Data.Directory.ADServerSettingsChangedException");
    if (as === "crowded")
      expect([answer.headers.get("content-type"), answer.text]).toEqual([
        "text/plain",
        expect.stringMatching(/maximum number of concurrent requests per tenant/),
      ]);
    await exchange.dial({});
    expect(await mailboxIn(exchange, SCANNER)).toMatchObject({ PopEnabled: true });
  });

  test("a share of the calls, not the same ones the next time", async () => {
    const exchange = await exchangeIn("small", { exchangeStumbles: { percent: 20, as: "transient" } });
    const ask = async (): Promise<string> => {
      let marks = "";
      for (let at = 0; at < 50; at += 1) marks += (await exchange.invoke("Get-TransportConfig")).status === 200 ? "." : "x";
      return marks;
    };
    const [first, second] = [await ask(), await ask()];
    for (const marks of [first, second]) expect(marks.replaceAll(".", "").length).toBeGreaterThan(2);
    for (const marks of [first, second]) expect(marks.replaceAll(".", "").length).toBeLessThan(20);
    expect(second).not.toBe(first);
  });

  const fault = (effect: object, path = "InvokeCommand/Set-CASMailbox") => ({ faults: [{ path, times: 1, effect }] });

  test("errors in a 200: nothing was done, and it says so beside an empty list", async () => {
    const exchange = await exchangeIn("small", fault({ type: "aside", errors: ["The settings could not be saved."] }));
    const answer = await exchange.invoke("Set-CASMailbox", set);
    expect([answer.status, answer.value]).toEqual([200, []]);
    const errors = answer.body["@adminapi.errors"];
    expect(Array.isArray(errors) && errors.map((each) => JSON.parse(String(each)))).toMatchObject([{ Message: "The settings could not be saved." }]);
    expect(await mailboxIn(exchange, SCANNER)).toMatchObject({ PopEnabled: true });
    await exchange.invoke("Set-CASMailbox", set);
    expect(await mailboxIn(exchange, SCANNER)).toMatchObject({ PopEnabled: false });
  });

  test("a warning that it was slowed down: it was done", async () => {
    const warning = "Micro delay applied. Actual delayed: 1840 msecs, Enforced: True";
    const exchange = await exchangeIn("small", fault({ type: "aside", warnings: [warning] }));
    expect((await exchange.invoke("Set-CASMailbox", set)).warnings).toEqual([warning]);
    expect(await mailboxIn(exchange, SCANNER)).toMatchObject({ PopEnabled: false });
  });

  test("a mailbox of one's choice fails, with what a cmdlet throws", async () => {
    const type = "Microsoft.Exchange.Configuration.Tasks.InvalidOperationException";
    const message = `The operation on mailbox "scanner" failed because it's out of the current user's write scope.`;
    const exchange = await exchangeIn("small", fault({ type: "status", status: 400, code: type, message }, `Set-CASMailbox/${SCANNER}`));
    expect((await exchange.invoke("Set-CASMailbox", { ...set, Identity: "info@small.example" })).status).toBe(200);
    const answer = await exchange.invoke("Set-CASMailbox", set);
    expect([answer.status, complaintIn(answer)]).toEqual([400, { code: "BadRequest", type, text: message }]);
  });

  test("a reason in a header, a proxy's page, half an answer", async () => {
    const diagnosed = await exchangeIn("small", fault({ type: "status", status: 403, headers: { "x-ms-diagnostics": '2000003;reason="no role"' } }));
    const answer = await diagnosed.invoke("Set-CASMailbox", set);
    expect([answer.status, answer.text, answer.headers.get("x-ms-diagnostics")]).toEqual([403, "", '2000003;reason="no role"']);
    const proxied = await exchangeIn("small", fault({ type: "html", status: 503 }));
    expect((await proxied.invoke("Set-CASMailbox", set)).headers.get("content-type")).toBe("text/html");
    const cut = await exchangeIn("small", fault({ type: "partial-page" }));
    await expect(cut.invoke("Set-CASMailbox", set)).rejects.toThrow(SyntaxError);
    expect(await mailboxIn(cut, SCANNER)).toMatchObject({ PopEnabled: false });
  });

  test.each([
    ["drop-before", true],
    ["drop-after", false],
  ])("the connection is lost: %s", async (type, pop) => {
    const exchange = await exchangeIn("small", fault({ type }));
    await expect(exchange.invoke("Set-CASMailbox", set)).rejects.toThrow("fetch failed");
    expect(await mailboxIn(exchange, SCANNER)).toMatchObject({ PopEnabled: pop });
  });
});
