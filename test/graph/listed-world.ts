/** A practice tenant with accounts for a review list, and a gateway in front of it whose batches can be looked at and spoilt at the boundary. */

import { exchangeOf } from "../../src/connect.ts";
import type { ListedAccount } from "../../src/core/accounts/facts.ts";
import { type Connection, createGateway } from "../../src/gateway.ts";
import { memoryTenant, type Tenant } from "../sandbox/memory-tenant.ts";
import { ORIGIN } from "./scripted.ts";

const CALM = { throttling: "off", lagMs: { directory: 0, conditionalAccess: 0, exchange: 0 }, licence: "p2", dynamicGroupsLagMs: 0 };

export const id = (number: number): string => `a0000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

type Part = { readonly id: string; readonly status: number; readonly body?: unknown };
/** @param url of an item, or the name of a cmdlet and its identity, or `GET /v1.0/users` for the list of accounts @returns what is answered in its place */
export type Rewrite = (url: string, part: Part) => Part;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);
const listIn = (value: unknown): readonly Readonly<Record<string, unknown>>[] => (Array.isArray(value) ? value.filter(isObject) : []);

const shownOf = (request: Readonly<Record<string, unknown>>): string => {
  const input = isObject(request["body"]) ? request["body"]["CmdletInput"] : undefined;
  if (!isObject(input)) return String(request["url"]);
  const parameters = isObject(input["Parameters"]) ? input["Parameters"] : {};
  return `${String(input["Name"] ?? input["CmdletName"])} ${String(parameters["Identity"])}`;
};

export type World = {
  readonly tenant: Tenant;
  readonly dial: (dials: object) => Promise<void>;
  /** A gateway of its own, that has read nothing yet. */
  readonly gateway: (options?: { readonly rewrite?: Rewrite; readonly signal?: AbortSignal; readonly seen?: (what: string) => void }) => {
    readonly gateway: ReturnType<typeof createGateway>;
    /** Items of batches and requests besides, in the order in which they left. */
    readonly asked: string[];
  };
};

export const openWorld = async (): Promise<World> => {
  const tenant = await memoryTenant("small", CALM);
  let uuids = 0;
  return {
    tenant,
    dial: async (dials) => {
      const reply = await tenant.control("PUT", "/_practice/dials", { ...CALM, ...dials });
      if (reply.status !== 200) throw new Error(reply.text);
    },
    gateway: ({ rewrite = (_: string, part: Part): Part => part, signal = new AbortController().signal, seen = () => undefined } = {}) => {
      const asked: string[] = [];
      const note = (what: string): void => {
        asked.push(what);
        seen(what);
      };
      const connection: Connection = {
        origin: ORIGIN,
        getToken: async () => "practice",
        clock: tenant.sandbox.clock,
        uuid: () => {
          uuids += 1;
          return `00000000-0000-4000-8000-${String(uuids).padStart(12, "0")}`;
        },
        signal,
        practice: true,
        fetch: async (request) => {
          const { pathname } = new URL(request.url);
          if (!pathname.endsWith("/$batch")) {
            note(`${request.method} ${pathname}`);
            const alone = await tenant.sandbox.fetch(request);
            if (pathname !== "/v1.0/users") return alone;
            const { body, status } = rewrite(`GET ${pathname}`, { id: "", status: alone.status, body: await alone.json() });
            return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
          }
          const sent: unknown = JSON.parse(await request.clone().text());
          const items = new Map(listIn(isObject(sent) ? sent["requests"] : []).map((item) => [String(item["id"]), shownOf(item)]));
          for (const shown of items.values()) note(shown);
          const response = await tenant.sandbox.fetch(request);
          const body: unknown = await response
            .clone()
            .json()
            .catch(() => undefined);
          if (!isObject(body) || !("responses" in body)) return response;
          const parts = listIn(body["responses"]).map((part) => {
            const own: Part = { id: String(part["id"]), status: Number(part["status"]), body: part["body"] };
            return { ...part, ...rewrite(items.get(own.id) ?? "", own) };
          });
          return new Response(JSON.stringify({ ...body, responses: parts }), { status: response.status, headers: { "content-type": "application/json" } });
        },
      };
      return { gateway: createGateway(connection, exchangeOf(connection, tenant.sandbox.about.tenantId)), asked };
    },
  };
};

export const account = (number: number, name: string, more: object = {}): object => ({
  id: id(number),
  userPrincipalName: `${name}@small.example`,
  displayName: name,
  mailNickname: name,
  mail: null,
  accountEnabled: true,
  userType: "Member",
  onPremisesSyncEnabled: null,
  assignedLicenses: [],
  createdDateTime: "2019-03-04T09:00:00Z",
  ...more,
});

/** Read as one; a reason where it was not. */
export const listedIn = async (gateway: ReturnType<World["gateway"]>["gateway"], which: string): Promise<ListedAccount> => {
  const known = await gateway.listed([which]);
  if (known.type !== "present") throw new Error(known.type === "unknown" ? known.because : "absent");
  const read = known.value.accounts.get(which);
  if (read?.type !== "found") throw new Error(`${read?.type}: ${read !== undefined && "because" in read ? read.because : ""}`);
  return read.listed;
};
