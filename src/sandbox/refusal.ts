/** What the service answers when it does not do what was asked. Routes and rules throw it; the app makes it an answer. */

export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly details: readonly { readonly code: string; readonly target?: string; readonly message: string }[] | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    more: {
      readonly headers?: Readonly<Record<string, string>>;
      readonly details?: readonly { readonly code: string; readonly target?: string; readonly message: string }[];
    } = {},
  ) {
    super(message);
    this.name = "Refusal";
    this.status = status;
    this.code = code;
    this.headers = more.headers ?? {};
    this.details = more.details;
  }
}

/** The directory's answer for an object that is not there, or has not replicated yet. */
export const noSuchResource = (id: string): Refusal =>
  new Refusal(404, "Request_ResourceNotFound", `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`);

export const badRequest = (message: string): Refusal => new Refusal(400, "Request_BadRequest", message);

/** A query that the service, or this practice tenant, has no answer for. The exact text of the service is unconfirmed. */
export const unsupportedQuery = (message: string): Refusal => new Refusal(400, "Request_UnsupportedQuery", message);

export const denied = (): Refusal => new Refusal(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");

/** Loudly: what this practice tenant does not know it does not answer. */
export const notBuilt = (what: string): Refusal => new Refusal(501, "NotImplemented", `the practice tenant has no ${what}`);

/** What the tenant is made from does not say it, and an answer would be made up. */
export const untold = (what: string): Refusal => new Refusal(501, "NotImplemented", `the snapshot does not hold ${what}; on the real tenant it is looked at`);
