/**
 * The table against bodies in the shapes that were measured or documented, both ways, and the client against the same bodies. They lie
 * beside the project, where it is worked on; elsewhere these tests are skipped and say so.
 */

import { existsSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import type { Json } from "../../src/core/tenant.ts";
import { type Cmdlet, createExchangeClient, type ExchangeClient } from "../../src/exchange/client.ts";
import { ServiceError } from "../../src/service.ts";
import type { Answer, Exchange, Verdict } from "./check.ts";
import { checkExchange } from "./exchange-check.ts";
import { coverageOf, exchangeTable } from "./exchange-table.ts";
import { recorder } from "./recorder.ts";

const SAMPLES = new URL("../../../shared/graph/exchange-samples.json", import.meta.url);
const isThere = existsSync(SAMPLES);
const HERE = "(needs ../shared/graph/exchange-samples.json)";

// What is met here is met only where the samples are, so that it counts nowhere.
afterAll(() => recorder.begin());

type Wire = { readonly [name: string]: Json };
type SampleRequest = { readonly method: "GET" | "POST"; readonly url: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: Wire };
type SampleResponse = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Wire | null;
  readonly bodyRaw?: { readonly encoding: string; readonly text?: string; readonly count?: number };
};
type Sample = { readonly note?: string; readonly request?: SampleRequest; readonly response?: SampleResponse };

const samples: Readonly<Record<string, Sample>> = isThere ? JSON.parse(readFileSync(SAMPLES, "utf8")) : {};

/** Not of the interface that the tool uses. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  _about: "says what the others are",
  token_claims_app_only: "what stands in a token, not an exchange",
  unauthorized_get_resource: "resources by GET: facts, section 7, which says to use cmdlets instead",
  get_casmailbox_resource: "resources by GET: facts, section 7; their fields are not confirmed",
  mailbox_statistics_function: "a function by GET: facts, section 7",
  admin_api_v2_refuses_cas: "the v2.0 surface, which has none of the cmdlets; its refusal is not confirmed",
};

/** Samples that say of themselves that nobody has seen them so: what they alone show is marked in the table. */
const UNCONFIRMED = [
  "admin_api_v2_refuses_cas",
  "errors_inside_200",
  "forbidden_with_diagnostics",
  "get_casmailbox_resource",
  "new_authenticationpolicy_dehydrated",
  "throttled_429_retry_after",
  "transient_as_400",
  "unauthorized_no_app_role",
  "write_scope",
];

/** Asked wrongly on purpose, and why. */
const ASKED_WRONGLY: Readonly<Record<string, string>> = {
  bad_value: 'Set-CASMailbox.ImapEnabled is "perhaps", not a Boolean',
  unknown_parameter: "Set-CASMailboxPlan takes no SmtpClientAuthenticationDisabled",
};

const lower = (headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.replace("<token>", "token")]));

/** For answers that are told without what was asked. */
const ANY_REQUEST = "set_casmailbox_ok";

const answerOf = ({ body, bodyRaw }: SampleResponse): Answer => {
  if (bodyRaw?.text !== undefined) return { type: "text", text: bodyRaw.text };
  if (bodyRaw !== undefined) return { type: "spoilt" };
  return body === undefined || body === null ? { type: "none" } : { type: "json", body };
};

const exchangeOf = (request: SampleRequest, response: SampleResponse): Exchange => {
  const url = new URL(request.url);
  const [, version = "", ...rest] = url.pathname.split("/");
  return {
    origin: url.origin,
    version,
    method: request.method,
    path: `/${rest.join("/")}`,
    query: url.search.slice(1),
    headers: lower(request.headers),
    body: JSON.parse(JSON.stringify(request.body ?? null).replaceAll("<token>", "token")) ?? undefined,
    status: response.status,
    answer: answerOf(response),
    answerHeaders: lower(response.headers),
  };
};

type Held = { readonly name: string; readonly request: SampleRequest; readonly response: SampleResponse; readonly verdicts: readonly Verdict[] };

const held: readonly Held[] = Object.entries(samples).flatMap(([name, { request = samples[ANY_REQUEST]?.request, response }]) =>
  ELSEWHERE[name] !== undefined || request === undefined || response === undefined
    ? []
    : [{ name, request, response, verdicts: checkExchange(exchangeOf(request, response), { isOurs: true }) }],
);
const seenIn = (some: readonly Held[]): ReadonlySet<string> => new Set(some.flatMap(({ verdicts }) => verdicts.flatMap(({ seen }) => seen ?? [])));

describe.skipIf(!isThere)(`the samples against the table ${HERE}`, () => {
  test("all of them, but for those that are of something else", () => {
    expect([...held.map(({ name }) => name), ...Object.keys(ELSEWHERE)].sort()).toEqual(Object.keys(samples).sort());
    expect(held.length).toBeGreaterThan(25);
  });

  test.each(held.map(({ name, verdicts }) => [name, verdicts] as const))("%s", (name, verdicts) => {
    expect(verdicts.flatMap(({ asked }) => asked)).toEqual(ASKED_WRONGLY[name] === undefined ? [] : [ASKED_WRONGLY[name]]);
    expect(verdicts.flatMap(({ answered }) => answered)).toEqual([]);
  });

  test("every fact of the table stands in a sample, or says where else it is written down", () => {
    expect(coverageOf(seenIn(held), exchangeTable.beyondSamples)).toEqual({ missing: [], stale: [] });
    for (const where of Object.values(exchangeTable.beyondSamples)) expect(where).toMatch(/^(?:facts, section \d|the page of |a capture of |the project: )/);
  });

  test("what only unconfirmed samples show is marked so, and nothing else is", () => {
    expect(
      Object.entries(samples)
        .filter(([, { note }]) => /unconfirmed|invented/i.test(note ?? ""))
        .map(([name]) => name)
        .sort(),
    ).toEqual(UNCONFIRMED);
    const sure = seenIn(held.filter(({ name }) => !UNCONFIRMED.includes(name)));
    const doubtful = [...seenIn(held)].filter((fact) => fact.startsWith("error ") && !sure.has(fact)).map((fact) => fact.slice("error ".length));
    expect(
      Object.entries(exchangeTable.errors)
        .filter(([, { unconfirmed }]) => unconfirmed === true)
        .map(([name]) => name)
        .sort(),
    ).toEqual(doubtful.sort());
  });
});

// ---- the client on the same bodies

const responseOf = (response: SampleResponse): Response => {
  const { status, headers = {}, body, bodyRaw } = response;
  if (bodyRaw?.text !== undefined) return new Response(bodyRaw.text, { status, headers });
  // As Node's fetch has it for a compression that is none.
  if (bodyRaw !== undefined) return new Response(new ReadableStream({ pull: (controller) => controller.error(new TypeError("terminated")) }), { status });
  return new Response(body === undefined || body === null ? null : JSON.stringify(body), { status, headers });
};

type Sent = { readonly method: string; readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: unknown };

const clientOf = (request: SampleRequest, answer: (sent: Sent) => SampleResponse): { readonly client: ExchangeClient; readonly sent: readonly Sent[] } => {
  const sent: Sent[] = [];
  let now = Date.UTC(2026, 10, 22);
  let uuids = 0;
  const { origin, pathname } = new URL(request.url);
  const client = createExchangeClient({
    origin,
    tenant: pathname.split("/")[3] ?? "",
    anchor: request.headers?.["X-AnchorMailbox"] ?? "",
    getToken: async () => "token",
    fetch: async (asked) => {
      const text = await asked.text();
      const one = { method: asked.method, url: asked.url, headers: Object.fromEntries(asked.headers), body: text === "" ? undefined : JSON.parse(text) };
      sent.push(one);
      return responseOf(answer(one));
    },
    clock: {
      now: () => now,
      sleep: async (ms) => {
        now += ms;
      },
    },
    uuid: () => {
      uuids += 1;
      return `00000000-0000-4000-8000-${String(uuids).padStart(12, "0")}`;
    },
    signal: new AbortController().signal,
  });
  return { client, sent };
};

const cmdletOf = (body: Json | undefined, url: string): Cmdlet => {
  const input = typeof body === "object" && body !== null && "CmdletInput" in body ? body.CmdletInput : undefined;
  if (typeof input !== "object" || input === null || !("CmdletName" in input) || typeof input.CmdletName !== "string") throw new Error("no cmdlet");
  const parameters = input.Parameters;
  if (typeof parameters !== "object" || parameters === null || Array.isArray(parameters)) throw new Error("no parameters");
  const select = new URL(url).searchParams.get("$select")?.split(",");
  return { name: input.CmdletName, parameters: parameters as Wire, ...(select !== undefined && { select }) };
};

const single = held.filter(({ request }) => request.url.includes("/InvokeCommand"));

describe.skipIf(!isThere)(`the client and the samples ${HERE}`, () => {
  test.each(single.map((one) => [one.name, one] as const))("%s: asked alike, and read for what it is", async (name, { request, response }) => {
    const { client, sent } = clientOf(request, () => response);
    const reply = await client.run(cmdletOf(request.body, request.url)).catch((error: unknown) => error);
    const [first] = sent;
    expect(first?.body).toEqual(request.body);
    if (!request.url.includes("skiptoken")) expect(decodeURIComponent(first?.url ?? "")).toBe(request.url);
    // The tool takes whatever compression there is.
    const names = Object.keys(lower(request.headers)).filter((header) => header !== "accept-encoding");
    expect(Object.keys(first?.headers ?? {}).sort()).toEqual(names.sort());
    const changing = ["authorization", "client-request-id", "connection-id"];
    for (const header of names.filter((each) => !changing.includes(each))) expect(first?.headers[header], header).toBe(lower(request.headers)[header]);
    const isGood = response.status === 200 && name !== "errors_inside_200";
    if (isGood) expect(reply).toMatchObject({ objects: response.body?.["value"], warnings: response.body?.["@adminapi.warnings"] });
    else {
      const error = reply instanceof ServiceError ? reply : "error" in Object(reply) ? Object(reply).error : undefined;
      expect(error).toBeInstanceOf(ServiceError);
      expect(error).toMatchObject({ status: response.status === 200 ? 400 : response.status });
    }
    // Bad moments are waited out, a token that is not enough is renewed once, and the rest is told at once.
    const isBadMoment = [429, 503].includes(response.status) || name === "transient_as_400";
    if (isBadMoment) expect(sent.length).toBeGreaterThan(5);
    else expect(sent).toHaveLength([401, 403].includes(response.status) ? 2 : 1);
    // What is wrong on purpose is found by who listens in.
    const label = `the tool asked POST ${new URL(request.url).pathname} ${String(first?.headers["x-cmdletname"])}: `;
    expect(await recorder.faultsSince()).toEqual(ASKED_WRONGLY[name] === undefined ? [] : [label + ASKED_WRONGLY[name]]);
  });

  test("batch_mixed: each item read by its id, in whatever order, an empty one too; only the one that was too much goes again", async () => {
    const sample = held.find(({ name }) => name === "batch_mixed");
    const requests = sample?.request.body?.["requests"];
    const responses = sample?.response.body?.["responses"];
    if (sample === undefined || !Array.isArray(requests) || !Array.isArray(responses)) throw new Error("no sample of a batch");
    const asked = requests as readonly { readonly id: string; readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: Wire }[];
    const given = responses as readonly Wire[];
    const { client, sent } = clientOf(sample.request, ({ body }) => {
      const own = (body as { readonly requests: typeof asked }).requests;
      if (own.length === 1) return { status: 200, body: { responses: [{ id: own[0]?.id ?? "", status: 200, headers: {}, body: {} }] } };
      // The same answers in the same order, under the ids that were sent.
      return { status: 200, body: { responses: given.map((one) => ({ ...one, id: own[asked.findIndex(({ id }) => id === one["id"])]?.id ?? "" })) } };
    });
    const replies = await client.batch(asked.map(({ body, url }) => cmdletOf(body, url)));
    expect(replies.map((reply) => (reply.type === "failed" ? [reply.error.status, reply.exception] : reply.type))).toEqual([
      "done",
      "done",
      [404, "ManagementObjectNotFoundException"],
      "done",
      "done",
    ]);
    const packed = sent.map(({ body }) => (body as { readonly requests: typeof asked }).requests);
    expect(packed.map((items) => items.length)).toEqual([5, 1]);
    for (const [at, item] of (packed[0] ?? []).entries()) {
      expect([item.url, item.body]).toEqual([asked[at]?.url, asked[at]?.body]);
      const wanted = Object.keys(asked[at]?.headers ?? {});
      expect(Object.keys(item.headers)).toEqual(expect.arrayContaining(wanted));
      for (const header of ["X-AnchorMailbox", "X-CmdletName", "Prefer"]) expect(item.headers[header]).toBe(asked[at]?.headers[header]);
    }
  });

  test("available_cmdlets: asked alike, and read", async () => {
    const sample = held.find(({ name }) => name === "available_cmdlets");
    if (sample === undefined) throw new Error("no sample of what is offered");
    const { client, sent } = clientOf(sample.request, () => sample.response);
    expect([...(await client.offered())]).toContain("Set-CASMailboxPlan");
    expect([sent[0]?.method, sent[0]?.url]).toEqual([sample.request.method, sample.request.url]);
    for (const [header, value] of Object.entries(lower(sample.request.headers))) expect(sent[0]?.headers[header], header).toBe(value);
  });
});
