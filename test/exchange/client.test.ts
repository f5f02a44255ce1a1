/** The client against answers as the service gives them, one after the other; the clock moves by what is waited. */

import { expect, test } from "vitest";
import { type Cmdlet, createExchangeClient, type ExchangeConnection } from "../../src/exchange/client.ts";
import { ServiceError } from "../../src/service.ts";

const TENANT = "7c1d9a44-2f0e-4b5c-9d61-0e8a3f5b7712";
const ORIGIN = "https://outlook.office365.com";
const ROOT = `${ORIGIN}/adminapi/beta/${TENANT}`;
const REGIONAL = `https://eur01.outlook.office365.com/adminapi/beta/${TENANT}/InvokeCommand`;
const ANCHOR = `APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@${TENANT}`;

type Seen = { readonly url: string; readonly method: string; readonly headers: Headers; readonly body: unknown };
type Answer = { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: unknown; readonly text?: string };

const requestsOf = (
  body: unknown,
): readonly { readonly id: string; readonly url: string; readonly headers: Record<string, string>; readonly body: unknown }[] =>
  typeof body === "object" && body !== null && "requests" in body && Array.isArray(body.requests) ? body.requests : [];

/** @param answer what comes back, or an error where nothing does. */
const clientWith = (answer: (request: Seen, at: number) => Answer | Error | Promise<Answer | Error>, options: { readonly signal?: AbortSignal } = {}) => {
  const seen: Seen[] = [];
  const wishes: unknown[] = [];
  const slept: number[] = [];
  let now = Date.UTC(2026, 10, 22);
  let uuids = 0;
  const connection: ExchangeConnection = {
    origin: ORIGIN,
    tenant: TENANT,
    anchor: ANCHOR,
    getToken: async (wish) => {
      wishes.push(wish);
      return `token-number-${wishes.length}-long-enough`;
    },
    fetch: async (request) => {
      const text = await request.text();
      const one = { url: request.url, method: request.method, headers: request.headers, body: text === "" ? undefined : JSON.parse(text) };
      seen.push(one);
      const given = await answer(one, seen.length);
      if (given instanceof Error) throw given;
      return new Response(given.text ?? (given.body === undefined ? null : JSON.stringify(given.body)), {
        status: given.status ?? 200,
        headers: { "content-type": "application/json", ...given.headers },
      });
    },
    clock: {
      now: () => now,
      sleep: async (ms, signal) => {
        signal?.throwIfAborted();
        slept.push(ms);
        now += ms;
      },
    },
    uuid: () => {
      uuids += 1;
      return `00000000-0000-4000-8000-${String(uuids).padStart(12, "0")}`;
    },
    signal: options.signal ?? new AbortController().signal,
  };
  return { client: createExchangeClient(connection), seen, slept, wishes };
};

const done = (value: readonly unknown[] = [], more: object = {}): Answer => ({ body: { "@adminapi.warnings": [], value, ...more } });
const setOff = (identity: string): Cmdlet => ({
  name: "Set-CASMailbox",
  parameters: { Identity: identity, PopEnabled: false, SmtpClientAuthenticationDisabled: null },
});
const failing = (exception: string, status = 400) => ({
  status,
  body: {
    error: {
      code: "BadRequest",
      message: "Error executing cmdlet",
      details: [{ code: "Client", target: "", message: `Ex1|Microsoft.Exchange.${exception}|it said so` }],
    },
  },
});
const errorOf = async (promise: Promise<unknown>): Promise<ServiceError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ServiceError) return error;
  throw new Error(`no error of the service: ${String(error)}`);
};

test("a cmdlet goes out as the service wants it, null kept as null", async () => {
  const { client, seen } = clientWith(() => done());
  await client.run(setOff("1f0a6a1e-40d2-4d2f-9a55-6d3b8b3c0a01"));
  const [only] = seen;
  expect(only?.url).toBe(`${ROOT}/InvokeCommand`);
  expect(only?.method).toBe("POST");
  expect(only?.body).toEqual({
    CmdletInput: {
      CmdletName: "Set-CASMailbox",
      Parameters: { Identity: "1f0a6a1e-40d2-4d2f-9a55-6d3b8b3c0a01", PopEnabled: false, SmtpClientAuthenticationDisabled: null },
    },
  });
  expect(["accept", "x-anchormailbox", "x-cmdletname", "x-responseformat", "prefer"].map((name) => only?.headers.get(name))).toEqual([
    "application/json",
    ANCHOR,
    "Set-CASMailbox",
    "json",
    "odata.maxpagesize=1000",
  ]);
});

test("pages are posted with the same body, anchor and connection, to the address that the service names", async () => {
  const next = `${ROOT}/InvokeCommand?%24skiptoken=abc`;
  const { client, seen } = clientWith((_, at) =>
    at === 1
      ? done([{ Name: "a" }], { "@odata.nextLink": next, "@adminapi.warnings": ["There are more results available than are currently displayed."] })
      : done([{ Name: "b" }]),
  );
  expect(await client.list({ name: "Get-CASMailbox", parameters: { ResultSize: "Unlimited" } })).toEqual([{ Name: "a" }, { Name: "b" }]);
  expect(seen.map(({ url, method }) => [url, method])).toEqual([
    [`${ROOT}/InvokeCommand`, "POST"],
    [next, "POST"],
  ]);
  const [first, second] = seen;
  expect(second?.body).toEqual(first?.body);
  for (const name of ["x-anchormailbox", "connection-id"]) expect(second?.headers.get(name)).toBe(first?.headers.get(name));
  expect(second?.headers.get("client-request-id")).not.toBe(first?.headers.get("client-request-id"));
});

test("a page that ran out begins the list anew, once", async () => {
  const gone = {
    status: 400,
    body: { error: { message: "Invalid Operation", innererror: { internalexception: { message: "Expired or Invalid pagination request." } } } },
  };
  const next = { "@odata.nextLink": `${ROOT}/InvokeCommand?%24skiptoken=abc` };
  const { client } = clientWith((_, at) => [done([1], next), gone, done([1], next), done([2])][at - 1] ?? gone);
  expect(await client.list({ name: "Get-CASMailbox", parameters: {} })).toEqual([1, 2]);
  const twice = clientWith((_, at) => (at % 2 === 1 ? done([1], next) : gone));
  expect((await errorOf(twice.client.list({ name: "Get-CASMailbox", parameters: {} }))).status).toBe(400);
  expect(twice.seen).toHaveLength(4);
});

test("a list that says that it is cut short is no list", async () => {
  const { client } = clientWith(() =>
    done([1], { "@adminapi.warnings": ["There are more results available than are currently displayed. To view them, increase the value."] }),
  );
  expect((await errorOf(client.list({ name: "Get-CASMailbox", parameters: {} }))).code).toBe("CutShort");
});

test("no identity, or an empty one, would mean everybody and is never sent", async () => {
  const { client, seen } = clientWith(() => done());
  for (const parameters of [{}, { Identity: "" }, { Identity: " " }, { Identity: null }]) {
    await expect(client.run({ name: "Set-CASMailbox", parameters })).rejects.toThrow(RangeError);
    expect(() => client.batch([{ name: "Set-CASMailbox", parameters }])).toThrow(RangeError);
  }
  expect(seen).toEqual([]);
});

test("a bad moment is waited out by its name, and what is wrong is told at once", async () => {
  const { client, seen, slept } = clientWith((_, at) => (at <= 2 ? failing("Data.Directory.ADServerSettingsChangedException") : done()));
  await client.run(setOff("a"));
  expect([seen.length, slept]).toEqual([3, [2_000, 4_000]]);
  const wrong = clientWith(() => failing("Configuration.Tasks.ManagementObjectNotFoundException", 404));
  const error = await errorOf(wrong.client.run(setOff("a")));
  expect([wrong.seen.length, error.outcome, error.message]).toEqual([1, "refused", "Exchange Online answered 404 BadRequest to Set-CASMailbox: it said so"]);
});

test("what was throttled waits as long as the service says, also what makes something", async () => {
  const { client, seen, slept } = clientWith((_, at) => (at === 1 ? { status: 429, headers: { "retry-after": "20" }, body: {} } : done()));
  await client.run({ name: "New-AuthenticationPolicy", parameters: { Name: "x" } });
  expect([seen.length, slept]).toEqual([2, [20_000]]);
});

test("what makes something is not sent twice after a lost answer", async () => {
  const { client, seen } = clientWith(() => Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error(), { code: "ECONNRESET" }) }));
  const error = await errorOf(client.run({ name: "New-AuthenticationPolicy", parameters: { Name: "x" } }));
  expect([seen.length, error.outcome, error.code]).toEqual([1, "unknown", "ECONNRESET"]);
});

test("a refused token is renewed once, with the claims where a challenge has some", async () => {
  const claims = '{"access_token":{}}';
  const challenge = { status: 401, headers: { "www-authenticate": `Bearer claims="${Buffer.from(claims).toString("base64")}"` } };
  const one = clientWith((_, at) => (at === 1 ? challenge : done()));
  await one.client.run(setOff("a"));
  expect(one.wishes).toEqual([{}, { claims, refused: "token-number-1-long-enough" }]);
  const two = clientWith(() => ({ status: 401 }));
  expect((await errorOf(two.client.run(setOff("a")))).status).toBe(401);
  expect(two.wishes).toEqual([{}, { fresh: true, refused: "token-number-1-long-enough" }]);
});

test("a redirect is followed within the service's own hosts and nowhere else", async () => {
  const within = clientWith((_, at) => (at === 1 ? { status: 302, headers: { location: REGIONAL } } : done()));
  await within.client.run(setOff("a"));
  expect(within.seen.map(({ url, method }) => [url, method])).toEqual([
    [`${ROOT}/InvokeCommand`, "POST"],
    [REGIONAL, "POST"],
  ]);
  for (const location of ["https://outlook.office365.com.evil.example/", "http://outlook.office365.com/", "//evil.example/"]) {
    const away = clientWith(() => ({ status: 302, headers: { location } }));
    expect((await errorOf(away.client.run(setOff("a")))).code).toBe("AddressNotAllowed");
    expect(away.seen).toHaveLength(1);
  }
});

test("a refusal that declares a compression that it does not have keeps its status", async () => {
  const { client } = clientWith(() => done());
  const broken = new Response(new ReadableStream({ pull: (controller) => controller.error(new TypeError("terminated")) }), { status: 403 });
  const connection: ExchangeConnection = {
    origin: ORIGIN,
    tenant: TENANT,
    anchor: ANCHOR,
    getToken: async () => "token",
    fetch: async () => broken,
    clock: client.clock,
    uuid: () => "00000000-0000-4000-8000-000000000001",
    signal: client.signal,
  };
  const error = await errorOf(createExchangeClient(connection).run(setOff("a")));
  expect([error.status, error.outcome]).toEqual([403, "refused"]);
});

test("an error inside a 200 is an error", async () => {
  const { client } = clientWith(() => done([], { "@adminapi.errors": ['{"Message":"not saved"}'] }));
  expect((await errorOf(client.run(setOff("a")))).message).toContain("not saved");
});

test("what sets something says nothing when it went well; what was to be read and is not there is no empty list", async () => {
  for (const empty of [{}, { body: {} }]) {
    expect(await clientWith(() => empty).client.run(setOff("a"))).toEqual({ objects: [], warnings: [] });
    for (const cmdlet of [
      { name: "Get-CASMailbox", parameters: {} },
      { name: "New-AuthenticationPolicy", parameters: { Name: "x" } },
    ])
      expect((await errorOf(clientWith(() => empty).client.run(cmdlet))).code).toBe("UnreadableAnswer");
    expect((await errorOf(clientWith(() => empty).client.list({ name: "Get-CASMailbox", parameters: {} }))).code).toBe("UnreadableAnswer");
  }
});

// ---- batches

type Item = { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: unknown };
/** Answers each item of a batch by its mailbox, in reverse order. */
const batching =
  (item: (identity: string, times: number) => Item | undefined) =>
  (counts = new Map<string, number>()) =>
  ({ body }: Seen): Answer => ({
    body: {
      responses: requestsOf(body)
        .flatMap(({ id, body: own }) => {
          const identity = /"Identity":"([^"]*)"/.exec(JSON.stringify(own))?.[1] ?? "";
          const times = (counts.get(identity) ?? 0) + 1;
          counts.set(identity, times);
          const reply = item(identity, times);
          return reply === undefined ? [] : [{ id: id.toUpperCase(), status: 200, headers: {}, body: { "@adminapi.warnings": [], value: [] }, ...reply }];
        })
        .reverse(),
    },
  });

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `m${at}`);

test("ten to a request, answered in whatever order", async () => {
  const { client, seen } = clientWith(
    batching((identity) => (identity === "m3" ? { ...failing("Configuration.Tasks.ManagementObjectNotFoundException"), status: 404 } : {}))(),
  );
  const replies = await client.batch(names(25).map(setOff));
  expect(seen.map(({ url, body }) => [url, requestsOf(body).length])).toEqual([
    [`${ROOT}/$batch`, 10],
    [`${ROOT}/$batch`, 10],
    [`${ROOT}/$batch`, 5],
  ]);
  expect(replies.map(({ type }) => type)).toEqual(names(25).map((name) => (name === "m3" ? "failed" : "done")));
  const failed = replies[3];
  expect(failed?.type === "failed" && failed.exception).toBe("ManagementObjectNotFoundException");
  const [first] = requestsOf(seen[0]?.body);
  expect([first?.url, first?.headers["X-AnchorMailbox"], first?.headers["Prefer"]]).toEqual([
    `${ROOT}/InvokeCommand`,
    ANCHOR,
    "odata.maxpagesize=1000;odata.continue-on-error",
  ]);
});

test("only the items that a moment was bad for are sent again", async () => {
  const { client, seen, slept } = clientWith(
    batching((identity, times) => {
      if (identity === "m1" && times <= 2) return { ...failing("StorageTransientException"), status: 400 };
      return identity === "m2" && times === 1 ? { status: 429, headers: { "Retry-After": "7" }, body: null } : {};
    })(),
  );
  const replies = await client.batch(names(3).map(setOff));
  expect(replies.map(({ type }) => type)).toEqual(["done", "done", "done"]);
  expect(seen.map(({ body }) => requestsOf(body).length)).toEqual([3, 2, 1]);
  expect(slept[0]).toBe(7_000);
});

test("an item that goes on failing, or is never answered, is told and spoils no other", async () => {
  const { client, seen } = clientWith(batching((identity) => (identity === "m0" ? { status: 503, body: "" } : identity === "m1" ? undefined : {}))());
  const replies = await client.batch(names(3).map(setOff));
  expect(replies.map((reply) => (reply.type === "failed" ? [reply.error.status, reply.error.outcome] : reply.type))).toEqual([
    [503, "unknown"],
    [0, "unknown"],
    "done",
  ]);
  expect(seen).toHaveLength(6);
});

test("a batch that is refused as a whole fails each of its items, and the next goes on", async () => {
  const { client } = clientWith((request, at) => (at === 1 ? { status: 403 } : batching(() => ({}))()(request)));
  const replies = await client.batch(names(12).map(setOff));
  expect(replies.map(({ type }) => type)).toEqual([...names(10).map(() => "failed"), "done", "done"]);
});

test("after an abort nothing more leaves, and what has left is answered", async () => {
  const controller = new AbortController();
  const answer = batching(() => ({}))();
  const { client, seen } = clientWith(
    (request) => {
      controller.abort(new Error("stop"));
      return answer(request);
    },
    { signal: controller.signal },
  );
  const replies = await client.batch(names(55).map(setOff));
  expect(seen).toHaveLength(3);
  expect(replies.map(({ type }) => type)).toEqual([...names(30).map(() => "done"), ...names(25).map(() => "unsent")]);
});

// Of thirty the third batch is the last, so that the other lanes have ended when it comes back.
test.each([30, 90])("%d side by side, fewer at once after the service says that it is too much, and none is left behind", async (count) => {
  let open = 0;
  const most: number[] = [];
  let batches = 0;
  const tooMany = { status: 429, body: { error: { code: "TooManyRequests", message: "Too many requests." } } };
  const { client } = clientWith(async (request) => {
    batches += 1;
    const isThird = batches === 3;
    open += 1;
    most.push(open);
    await new Promise((resolve) => setImmediate(resolve));
    open -= 1;
    return batching(() => (isThird ? tooMany : {}))()(request);
  });
  const told = new Map<number, string>();
  const replies = await client.batch(names(count).map(setOff), (place, { type }) => told.set(place, type));
  expect(replies.map(({ type }) => type)).toEqual(names(count).map(() => "done"));
  expect([...told.values()]).toEqual(names(count).map(() => "done"));
  expect(Math.max(...most)).toBe(3);
  expect(most).toHaveLength(count / 10 + 1);
  expect(most.slice(5).filter((each) => each > 2)).toEqual([]);
});

test("a grant that is missing is missing for all: nothing more is sent, and which one it is stands in each reply", async () => {
  const { client, seen } = clientWith((request) => {
    if (request.method === "GET") return { body: { value: [{ exportedCmdlets: "Get-CASMailbox,Get-Mailbox" }] } };
    return { body: { responses: requestsOf(request.body).map(({ id }) => ({ id, status: 403, headers: { "Content-Encoding": "gzip" } })) } };
  });
  const told: number[] = [];
  const replies = await client.batch(names(500).map(setOff), (place) => told.push(place));
  expect(seen.filter(({ method }) => method === "POST").length).toBeLessThanOrEqual(3);
  expect(seen.filter(({ method }) => method === "GET")).toHaveLength(1);
  expect(told).toHaveLength(500);
  const words = replies.map((reply) => (reply.type === "failed" ? reply.error.message : reply.type));
  expect(new Set(words).size).toBe(1);
  expect(words[0]).toMatch(/403 to Set-CASMailbox: the role that is there does not offer Set-CASMailbox/);
});

test("one mailbox that is refused for a reason of its own spoils no other", async () => {
  const scope = { ...failing("Configuration.Tasks.InvalidOperationException", 403) };
  const { client } = clientWith(batching((identity) => (identity === "m1" ? scope : {}))());
  const replies = await client.batch(names(40).map(setOff));
  expect(replies.flatMap(({ type }, at) => (type === "done" ? [] : [at]))).toEqual([1]);
});

test("an item whose token ran out goes once more with another one", async () => {
  const { client, wishes } = clientWith(batching((identity, times) => (identity === "m4" && times === 1 ? { status: 401, body: null } : {}))());
  const replies = await client.batch(names(12).map(setOff));
  expect(replies.map(({ type }) => type)).toEqual(names(12).map(() => "done"));
  expect(wishes).toContainEqual({ fresh: true, refused: "token-number-1-long-enough" });
});

test("an item that was answered twice was not answered", async () => {
  const { client } = clientWith(({ body }) => ({
    body: {
      responses: requestsOf(body).flatMap(({ id }, at) =>
        (at === 1 ? [404, 200] : [200]).map((status) => ({ id, status, headers: {}, body: { "@adminapi.warnings": [], value: [] } })),
      ),
    },
  }));
  const replies = await client.batch(names(3).map(setOff));
  expect(replies.map(({ type }) => type)).toEqual(["done", "failed", "done"]);
});

test("the cmdlets that are offered", async () => {
  const { client, seen } = clientWith(() => ({ body: { value: [{ exportedCmdlets: "Get-CASMailbox, Set-CASMailbox" }] } }));
  expect([...(await client.offered())]).toEqual(["Get-CASMailbox", "Set-CASMailbox"]);
  expect([seen[0]?.method, seen[0]?.url, seen[0]?.headers.get("commandname")]).toEqual([
    "GET",
    `${ORIGIN}/adminapi/v1.0/${TENANT}/EXOModuleFile?Version=3.9.2`,
    "*",
  ]);
});

test("neither a message nor a path of an error holds the token", async () => {
  const { client } = clientWith(() => ({ status: 400, body: { error: { code: "x", message: "bad token-number-1-long-enough and Bearer abc" } } }));
  const error = await errorOf(client.run(setOff("a")));
  expect(`${error.message} ${error.path}`).not.toMatch(/token-number|Bearer abc/);
});
