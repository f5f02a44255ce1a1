/** How Exchange Online's admin interface refuses: its envelope, and the exceptions inside it. */

import type { WireObject } from "../fill.ts";

/** What stands in an answer. A number of NUL bytes declares a compression that it does not have. */
export type TroubleBody =
  | { readonly type: "json"; readonly json: WireObject }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "nul"; readonly bytes: number };

export const json = (object: WireObject): TroubleBody => ({ type: "json", json: object });

/** An answer that is no success. */
export class Trouble extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: TroubleBody | undefined;

  constructor(status: number, body: TroubleBody | undefined, headers: Readonly<Record<string, string>> = {}) {
    super(`a refusal with ${status}`);
    this.name = "Trouble";
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}

const THROWN = "Microsoft.Exchange.Management.PSDirectInvoke.DirectInvokeCmdletExecutionException";
const SERVICE = "Microsoft.Exchange.Admin.OData.Core.ODataServiceException";

/** What a cmdlet threw. @param type the exception's whole name */
export const thrown = (status: number, code: string, id: string, type: string, text: string): Trouble =>
  new Trouble(
    status,
    json({
      error: {
        code,
        message: "Error executing cmdlet",
        details: [{ code: "Client", target: "", message: `${id}|${type}|${text}` }],
        innererror: {
          message: "Error executing cmdlet",
          type: SERVICE,
          stacktrace: "",
          internalexception: { message: `Exception of type '${THROWN}' was thrown.`, type: THROWN, stacktrace: "" },
        },
        "adminapi.warnings@odata.type": "#Collection(String)",
        "@adminapi.warnings": [],
      },
    }),
    { "X-ExceptionType": type.split(".").at(-1) ?? type },
  );

const invalidBody = (text: string, type: string, details?: readonly WireObject[]): TroubleBody =>
  json({
    error: {
      code: "BadRequest",
      message: "Invalid Operation",
      ...(details !== undefined && { details }),
      innererror: {
        message: "Invalid Operation",
        type: SERVICE,
        stacktrace: "",
        internalexception: { message: text, type, stacktrace: "" },
      },
      "adminapi.warnings@odata.type": "#Collection(String)",
      "@adminapi.warnings": [],
    },
  });

/** What the interface itself does not take. */
export const invalid = (text: string, type = "System.Exception"): Trouble => new Trouble(400, invalidBody(text, type));

const TASKS = "Microsoft.Exchange.Configuration.Tasks";

export const notFound = (identity: string): Trouble =>
  thrown(
    404,
    "NotFound",
    "Ex6F9304",
    `${TASKS}.ManagementObjectNotFoundException`,
    `The operation couldn't be performed because object '${identity}' couldn't be found on 'LO2P265A05DC003.GBRP265A005.PROD.OUTLOOK.COM'.`,
  );

const AMBIGUOUS = "Microsoft.Exchange.AdminApi.CommandInvocation.AmbiguousParameterSetException";

/** A parameter that the cmdlet does not have, or that the caller's role hides. */
export const unknownParameter = (name: string): Trouble => {
  const text = `Parameter set cannot be resolved using the specified named parameters. Invalid cmdlet parameters specified. ${name}`;
  return new Trouble(400, invalidBody(text, AMBIGUOUS, [{ code: "Client", target: "", message: `|${AMBIGUOUS}|${text}` }]));
};

/** @param type as .NET calls it */
export const wrongType = (name: string, value: unknown = null, type = "System.Boolean"): Trouble =>
  invalid(
    `Cannot process argument transformation on parameter '${name}'. Cannot convert value ${JSON.stringify(value)} to type "${type}".`,
    "Microsoft.Exchange.AdminApi.CommandInvocation.ParameterTransformationException",
  );

/** A name that more than one mailbox has: @see learn.microsoft.com, Set-CASMailbox: Identity is any value that is unique. */
export const ambiguous = (identity: string): Trouble =>
  thrown(
    400,
    "BadRequest",
    "Ex4F2A11",
    `${TASKS}.ManagementObjectAmbiguousException`,
    `The operation couldn't be performed because '${identity}' matches multiple entries.`,
  );

/** Nobody reads a reason here: the body is NUL bytes, and says that it is compressed. */
export const noRole = (): Trouble => new Trouble(403, { type: "nul", bytes: 4096 }, { "Content-Encoding": "gzip" });

export const noGrant = (): Trouble =>
  new Trouble(401, undefined, {
    "WWW-Authenticate":
      'Bearer client_id="00000002-0000-0ff1-ce00-000000000000", trusted_issuers="00000001-0000-0000-c000-000000000000@*", error="invalid_token"',
  });

export const tooMany = (retryAfter: number | undefined): Trouble =>
  new Trouble(
    429,
    json({ error: { code: "TooManyRequests", message: "Too many requests." } }),
    retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) },
  );

/** Too many calls of the tenant at once; it is told as plain text. */
export const crowded = (): Trouble =>
  new Trouble(
    429,
    { type: "text", text: "You have reached the maximum number of concurrent requests per tenant. Please wait and try again." },
    { "Content-Type": "text/plain" },
  );

/** A bad moment that calls itself a bad request. */
export const passing = (): Trouble =>
  thrown(
    400,
    "BadRequest",
    "Ex8A1C27",
    "Microsoft.Exchange.Data.Directory.ADServerSettingsChangedException",
    "Active Directory server settings have been modified. Please retry.",
  );
