/** Bodies as published captures have them, one of each sort; names and ids are made up. */

import { expect, test } from "vitest";
import { complaintOf, errorsIn, isNotFound, isPageGone, isThrottled, isTransient, warningsIn } from "../../src/exchange/errors.ts";
import { mayGoTo } from "../../src/exchange/hosts.ts";
import { claimsIn } from "../../src/graph/challenge.ts";

const thrown = (exception: string, text: string, id = "Ex6F9304") => ({
  error: {
    code: "BadRequest",
    message: "Error executing cmdlet",
    details: [{ code: "Client", target: "", message: `${id}|Microsoft.Exchange.Configuration.Tasks.${exception}|${text}` }],
    innererror: {
      message: "Error executing cmdlet",
      type: "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
      internalexception: {
        message: "Exception of type 'Microsoft.Exchange.Management.PSDirectInvoke.DirectInvokeCmdletExecutionException' was thrown.",
        type: "Microsoft.Exchange.Management.PSDirectInvoke.DirectInvokeCmdletExecutionException",
      },
    },
    "@adminapi.warnings": ["Micro delay applied. Actual delayed: 12 msecs"],
  },
});

const EXPIRED = {
  error: {
    code: "BadRequest",
    message: "Invalid Operation",
    innererror: {
      message: "Invalid Operation",
      internalexception: { message: "Expired or Invalid pagination request. Default Expiry time is 00:30:00", type: "System.Exception" },
    },
  },
};

const TABLE: readonly {
  readonly name: string;
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: unknown;
  readonly want: { readonly code: string; readonly message: string; readonly exception: string | undefined };
}[] = [
  {
    name: "the text behind the exception's name",
    status: 404,
    body: thrown("ManagementObjectNotFoundException", "The operation couldn't be performed because object 'a|b' couldn't be found."),
    want: {
      code: "BadRequest",
      message: "The operation couldn't be performed because object 'a|b' couldn't be found.",
      exception: "ManagementObjectNotFoundException",
    },
  },
  {
    name: "an error without an id",
    status: 400,
    body: thrown("TaskException", "no", ""),
    want: { code: "BadRequest", message: "no", exception: "TaskException" },
  },
  {
    name: "what only the inner exception says",
    status: 400,
    body: EXPIRED,
    want: { code: "BadRequest", message: "Expired or Invalid pagination request. Default Expiry time is 00:30:00", exception: "Exception" },
  },
  {
    name: "keys in another case",
    status: 400,
    body: { Error: { Code: "BadRequest", Details: [{ Message: "|System.Exception|said" }] } },
    want: { code: "BadRequest", message: "said", exception: "Exception" },
  },
  {
    name: "a refusal whose reason stands in a header",
    status: 403,
    headers: { "x-ms-diagnostics": '2000003;reason="The caller holds no management role.";error_category="role_required"' },
    body: undefined,
    want: { code: "403", message: "The caller holds no management role.", exception: undefined },
  },
  { name: "a body of NUL bytes", status: 403, body: "\0\0\0\0", want: { code: "403", message: "it gave no reason", exception: undefined } },
  { name: "a body that nobody could read", status: 403, body: undefined, want: { code: "403", message: "it gave no reason", exception: undefined } },
  {
    name: "plain text",
    status: 429,
    body: "You have reached the maximum number of concurrent requests per tenant. Please wait and try again.",
    want: { code: "429", message: "You have reached the maximum number of concurrent requests per tenant. Please wait and try again.", exception: undefined },
  },
];

for (const { name, status, headers, body, want } of TABLE) {
  test(`reads ${name}`, () => {
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    expect(complaintOf(status, new Headers(headers), text)).toEqual(want);
  });
}

test("a bad moment is told by the exception's name as well as by the status", () => {
  const of = (exception: string) => complaintOf(400, new Headers(), JSON.stringify(thrown(exception, "try later")));
  expect([
    isTransient(400, of("ADServerSettingsChangedException")),
    isTransient(400, of("StorageTransientException")),
    isTransient(400, of("ManagementObjectNotFoundException")),
    isTransient(503, { message: "", exception: undefined }),
    isTransient(500, { message: "", exception: undefined }),
  ]).toEqual([true, true, false, true, false]);
  expect(isNotFound(of("ManagementObjectNotFoundException"))).toBe(true);
  expect(isNotFound(of("TaskException"))).toBe(false);
  expect(isPageGone(400, complaintOf(400, new Headers(), JSON.stringify(EXPIRED)))).toBe(true);
  expect(isPageGone(400, of("TaskException"))).toBe(false);
  expect(isThrottled(503, { message: "You have reached the maximum number of concurrent requests per tenant." })).toBe(true);
  expect(isThrottled(503, { message: "busy" })).toBe(false);
});

test("warnings stand beside the value or in the error, and errors may stand in a 200", () => {
  expect(warningsIn({ "@adminapi.warnings": ["one"], value: [] })).toEqual(["one"]);
  expect(warningsIn(thrown("TaskException", "no"))).toEqual(["Micro delay applied. Actual delayed: 12 msecs"]);
  expect(errorsIn({ "@adminapi.errors": ['{"ClassName":"X","Message":"not saved"}', "plain"] })).toEqual(["not saved", "plain"]);
  expect(errorsIn({ value: [] })).toEqual([]);
});

test("a challenge's claims are taken out of it", () => {
  const claims = '{"access_token":{"nbf":{"essential":true,"value":"1750000000"}}}';
  const header = `Bearer realm="", error="insufficient_claims", claims="${Buffer.from(claims).toString("base64")}"`;
  expect(claimsIn(new Headers({ "www-authenticate": header }))).toBe(claims);
  expect(claimsIn(new Headers({ "www-authenticate": 'Bearer error="invalid_token"' }))).toBeUndefined();
});

const COM = "https://outlook.office365.com";
const HOSTS: readonly (readonly [address: string, origin: string, allowed: boolean])[] = [
  [`${COM}/adminapi/beta`, COM, true],
  ["https://eur01.outlook.office365.com/x", COM, true],
  ["http://eur01.outlook.office365.com/x", COM, false],
  ["https://outlook.office365.com.evil.example/x", COM, false],
  ["https://evil-outlook.office365.com/x", COM, false],
  ["https://outlook.office365.com:8443/x", COM, false],
  [`${COM.replace("//", "//user@")}/x`, COM, false],
  ["https://graph.microsoft.com/x", COM, false],
  ["https://outlook.office365.us/x", COM, false],
  ["http://127.0.0.1:3000/x", "http://127.0.0.1:3000", true],
  ["http://127.0.0.1:3001/x", "http://127.0.0.1:3000", false],
  ["https://example.com/x", "https://example.com", false],
  ["nowhere", COM, false],
];

for (const [address, origin, allowed] of HOSTS)
  test(`a token ${allowed ? "may" : "may not"} go from ${origin} to ${address}`, () => expect(mayGoTo(address, origin)).toBe(allowed));
