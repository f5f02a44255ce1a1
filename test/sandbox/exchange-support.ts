/** A practice tenant's Exchange, asked by hand: nothing of the tool's own client is used here. */

import type { Dials } from "../../src/sandbox/dials.ts";
import type { Json, WireObject } from "../../src/sandbox/fill.ts";
import { memoryTenant, type Tenant } from "./memory-tenant.ts";

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: WireObject;
  /** The rows, of a list. */
  readonly value: readonly WireObject[];
  readonly warnings: readonly Json[];
};

export type Asking = {
  /** Behind the cmdlet's address, with its question mark. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  readonly version?: string;
};

export type Item = { readonly id: string; readonly status: number; readonly headers: WireObject; readonly body?: WireObject };

export type Exchange = {
  readonly tenant: Tenant;
  readonly root: string;
  readonly invoke: (cmdlet: string, parameters?: unknown, asking?: Asking) => Promise<Answer>;
  /** To an address that an answer named. */
  readonly next: (address: unknown, cmdlet: string, parameters: unknown, headers?: Readonly<Record<string, string>>) => Promise<Answer>;
  readonly batch: (requests: readonly unknown[], headers?: Readonly<Record<string, string>>) => Promise<Answer>;
  readonly offered: (method?: string, version?: string) => Promise<Answer>;
  readonly dial: (dials: { readonly [name in keyof Dials]?: unknown }) => Promise<void>;
  readonly wait: (ms: number) => Promise<void>;
};

const CALM = { throttling: "off", lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 } } as const;
const TOKEN = { Authorization: "Bearer practice" };
const JSON_BODY = { "Content-Type": "application/json" };
const ORIGIN = "http://127.0.0.1";

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
const isObject = (value: unknown): value is WireObject => typeof value === "object" && value !== null && !Array.isArray(value);

export const answerOf = async (response: Response): Promise<Answer> => {
  const text = await response.text();
  const parsed: unknown = text.startsWith("{") && !text.includes("\0") ? JSON.parse(text) : {};
  const body = isObject(parsed) ? parsed : {};
  const { value, "@adminapi.warnings": warnings } = body;
  return {
    status: response.status,
    headers: response.headers,
    text,
    body,
    value: isList(value) ? value.filter(isObject) : [],
    warnings: isList(warnings) ? warnings : [],
  };
};

export const input = (cmdlet: string, parameters: unknown = {}) => ({ CmdletInput: { CmdletName: cmdlet, Parameters: parameters } });

export const exchangeIn = async (fill: string, dials: { readonly [name in keyof Dials]?: unknown } = {}): Promise<Exchange> => {
  const tenant = await memoryTenant(fill, { ...CALM, ...dials });
  const root = `${ORIGIN}/adminapi/beta/${tenant.sandbox.about.tenantId}`;
  const send = async (method: string, address: string, body: unknown, headers: Readonly<Record<string, string>>): Promise<Answer> =>
    answerOf(await tenant.sandbox.fetch(new Request(address, { method, headers, ...(method === "POST" && { body: JSON.stringify(body) }) })));
  return {
    tenant,
    root,
    invoke: (cmdlet, parameters, { query = "", headers = {}, method = "POST", version = "beta" } = {}) =>
      send(method, `${root.replace("beta", version)}/InvokeCommand${query}`, input(cmdlet, parameters), { ...TOKEN, ...JSON_BODY, ...headers }),
    next: (address, cmdlet, parameters, headers = {}) => send("POST", String(address), input(cmdlet, parameters), { ...TOKEN, ...JSON_BODY, ...headers }),
    batch: (requests, headers = { Accept: "application/json" }) => send("POST", `${root}/$batch`, { requests }, { ...TOKEN, ...JSON_BODY, ...headers }),
    offered: (method = "GET", version = "v1.0") =>
      send(method, `${root.replace("beta", version)}/EXOModuleFile?Version=3.9.2`, {}, { ...TOKEN, ...JSON_BODY, CommandName: "*" }),
    dial: async (more) => {
      const reply = await tenant.control("PUT", "/_practice/dials", { ...CALM, ...more });
      if (reply.status !== 200) throw new Error(reply.text);
    },
    wait: async (ms) => void (await tenant.control("POST", "/_practice/clock", { forwardMs: ms })),
  };
};

/** The exception's whole name and what it says: the second and the third part of the detail, or of what lies within. */
export const complaintIn = ({ body }: { readonly body?: WireObject }): { readonly code: unknown; readonly type: unknown; readonly text: unknown } => {
  const error = isObject(body?.["error"]) ? body["error"] : {};
  const [detail] = isList(error["details"]) ? error["details"] : [];
  const inner = isObject(error["innererror"]) && isObject(error["innererror"]["internalexception"]) ? error["innererror"]["internalexception"] : {};
  const [, type = inner["type"], ...text] = isObject(detail) ? String(detail["message"]).split("|") : [];
  return { code: error["code"], type, text: text.length > 0 ? text.join("|") : inner["message"] };
};

export const itemsIn = ({ body }: Pick<Answer, "body">): readonly Item[] => {
  const { responses } = body;
  return isList(responses)
    ? responses.filter(isObject).map(({ id, status, headers, body: own }) => ({
        id: String(id),
        status: Number(status),
        headers: isObject(headers) ? headers : {},
        ...(isObject(own) && { body: own }),
      }))
    : [];
};

/** Where a mailbox lies, by its address. */
export const mailboxIn = async ({ invoke }: Exchange, address: string): Promise<WireObject> =>
  (await invoke("Get-CASMailbox", { Identity: address })).value[0] ?? {};
