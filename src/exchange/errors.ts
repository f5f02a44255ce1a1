/** What Exchange Online says when it does not do what was asked. Exchange facts, section 6; its bodies come in many cases and depths. */

type WireObject = { readonly [key: string]: unknown };

const isObject = (value: unknown): value is WireObject => typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | undefined => (typeof value === "string" && value.trim() !== "" ? value.trim() : undefined);

/** Keys are written in more than one case. */
const member = (object: unknown, name: string): unknown => {
  if (!isObject(object)) return undefined;
  const key = Object.keys(object).find((candidate) => candidate.toLowerCase() === name);
  return key === undefined ? undefined : object[key];
};

export type Complaint = {
  readonly code: string;
  readonly message: string;
  /** The last part of the exception's name: `ManagementObjectNotFoundException`. */
  readonly exception: string | undefined;
};

const shortName = (type: string | undefined): string | undefined => type?.split(/[.+]/).at(-1);

/** `details[0].message` is `<ErrorId>|<.NET type>|<text>`, of which the first may be empty and the third may hold bars. */
const detailOf = (error: unknown): { readonly type: string | undefined; readonly text: string | undefined } => {
  const details = member(error, "details");
  const first = Array.isArray(details) ? textOf(member(details[0], "message")) : undefined;
  const parts = /^([^|]*)\|([^|]*)\|([\s\S]*)$/.exec(first ?? "");
  return { type: textOf(parts?.[2]), text: textOf(parts?.[3]) ?? (parts === null ? first : undefined) };
};

/** This one says nothing but that something was thrown. */
const EMPTY_WORDS = /^Exception of type '[^']*' was thrown\.$/;

/**
 * @param body undefined when it could not be read: some refusals declare a compression that they do not have
 */
export const complaintOf = (status: number, headers: Headers, body: string | undefined): Complaint => {
  const parsed = parseJson(body);
  const error = member(parsed, "error") ?? parsed;
  const inner = member(member(error, "innererror"), "internalexception");
  const detail = detailOf(error);
  const innerText = textOf(member(inner, "message"));
  const diagnostics = /reason="([^"]*)"/.exec(headers.get("x-ms-diagnostics") ?? "")?.[1];
  const plain = parsed === undefined ? textOf((body ?? "").replaceAll("\0", "").replaceAll(/<[^>]*>/g, " ")) : undefined;
  const message =
    detail.text ??
    (innerText !== undefined && !EMPTY_WORDS.test(innerText) ? innerText : undefined) ??
    textOf(member(error, "message")) ??
    diagnostics ??
    plain;
  return {
    code: textOf(member(error, "code")) ?? String(status),
    message: message ?? (status === 401 || status === 403 ? "it gave no reason" : "the answer was empty"),
    exception: shortName(detail.type ?? headers.get("x-exceptiontype") ?? textOf(member(inner, "type")) ?? undefined),
  };
};

/** Undefined for what is none. */
export const parseJson = (text: string | undefined): unknown => {
  if (text === undefined || text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Names that stand for a bad moment, whatever the status says. Exchange facts, section 6. */
const TRANSIENT = [
  "ADServerSettingsChangedException",
  "BackendCommunicationException",
  "CmdletProxyNotAvailableFailure",
  "DCOverloadedException",
  "ServerBusyException",
  "ServerInMMException",
  "StorageTransientException",
  "SuitabilityDirectoryException",
  "TransientException",
];
const TRANSIENT_STATUS: readonly number[] = [408, 502, 503, 504];
const CONCURRENCY = /maximum number of concurrent requests/i;

export const isThrottled = (status: number, { message }: Pick<Complaint, "message">): boolean => status === 429 || CONCURRENCY.test(message);

export const isTransient = (status: number, { message, exception }: Pick<Complaint, "message" | "exception">): boolean =>
  TRANSIENT_STATUS.includes(status) || TRANSIENT.some((name) => exception === name || message.includes(name));

/** The page's address was good for half an hour, or for another server: the list is begun anew. */
export const isPageGone = (status: number, { message }: Pick<Complaint, "message">): boolean =>
  status === 400 && /expired or invalid pagination request/i.test(message);

/** No mailbox of that name: deleted, without a licence, on premises, or a group. */
export const isNotFound = ({ exception }: Pick<Complaint, "exception">): boolean => exception === "ManagementObjectNotFoundException";

/** What a call is told besides its objects; an error in a 200 is one all the same. */
export const errorsIn = (body: unknown): readonly string[] => {
  const errors = member(body, "@adminapi.errors");
  return Array.isArray(errors) ? errors.map((each) => messageIn(each)) : [];
};

const messageIn = (value: unknown): string => {
  const opened = typeof value === "string" ? (parseJson(value) ?? value) : value;
  return textOf(member(opened, "message")) ?? textOf(opened) ?? "an error without words";
};

/** Warnings stand beside the value or inside the error. */
export const warningsIn = (body: unknown): readonly string[] => {
  const warnings = member(body, "@adminapi.warnings") ?? member(member(body, "error"), "@adminapi.warnings");
  return Array.isArray(warnings) ? warnings.flatMap((each) => textOf(each) ?? []) : [];
};
