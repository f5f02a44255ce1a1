import { describe, expect, test } from "vitest";
import { type Ask, createClient } from "../../src/graph/client.ts";
import { mayGoTo, shownPath } from "../../src/graph/hosts.ts";
import { ServiceError } from "../../src/service.ts";
import { inOrder, json, noAnswer, ORIGIN, type Reply, refusal, type Script, scripted, TOKEN } from "./scripted.ts";

const READ: Ask = { method: "GET", path: "/users", query: { $select: "id,mail", $filter: "displayName eq 'a & b+c'" } };
const WRITE: Ask = { method: "POST", path: "/groups", body: { displayName: "heads" } };

const failureOf = async (promise: Promise<unknown>): Promise<ServiceError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ServiceError)) throw new Error(`not a service error: ${String(error)}`);
  return error;
};

describe("one request", () => {
  test("goes out with its query encoded once, an id of its own, the token and no redirect", async () => {
    const world = scripted(() => ({ value: [] }));
    await createClient(world.connection).send(READ);
    const [seen] = world.seen;
    expect(seen?.url).toBe(`${ORIGIN}/v1.0/users?$select=id,mail&$filter=displayName%20eq%20%27a%20%26%20b%2Bc%27`);
    expect(seen?.headers.get("authorization")).toBe(`Bearer ${TOKEN}`);
    expect(seen?.headers.get("client-request-id")).toBe("00000000-0000-4000-8000-000000000001");
  });

  test("a body goes as JSON", async () => {
    const world = scripted(() => json(201, { id: "x" }));
    const answer = await createClient(world.connection).send(WRITE);
    expect(world.seen[0]?.body).toEqual(WRITE.body);
    expect(world.seen[0]?.headers.get("content-type")).toBe("application/json");
    expect(answer).toMatchObject({ status: 201, body: { id: "x" } });
  });

  test("the log holds method, path, status, time and id, and neither host nor token", async () => {
    const world = scripted(() => json(200, { value: [] }, { "request-id": "r-1" }));
    await createClient(world.connection).send({ ...READ, headers: { Prefer: "x" } });
    expect(world.lines).toEqual([
      { method: "GET", path: "/v1.0/users?$select=id,mail&$filter=displayName%20eq%20'a%20%26%20b%2Bc'", status: 200, ms: 0, requestId: "r-1" },
    ]);
  });

  test("each try has an id of its own", async () => {
    const world = scripted(
      inOrder(
        () => refusal(503, "x", "y"),
        () => ({ value: [] }),
      ),
    );
    await createClient(world.connection).send(READ);
    expect(new Set(world.seen.map((seen) => seen.headers.get("client-request-id"))).size).toBe(2);
  });
});

describe("hosts", () => {
  const cases: readonly [string, string, boolean][] = [
    ["https://graph.microsoft.com/v1.0/users", "https://graph.microsoft.com", true],
    ["https://GRAPH.microsoft.com/v1.0/users", "https://graph.microsoft.com", true],
    ["http://graph.microsoft.com/v1.0/users", "http://graph.microsoft.com", false],
    ["https://graph.microsoft.us/v1.0/users", "https://graph.microsoft.com", false],
    ["https://graph.microsoft.com:444/v1.0/users", "https://graph.microsoft.com", false],
    ["https://graph.microsoft.com@evil.example/v1.0", "https://graph.microsoft.com", false],
    ["https://evil.example/v1.0", "https://evil.example", false],
    ["http://127.0.0.1:8080/v1.0/users", "http://127.0.0.1:8080", true],
    ["http://127.0.0.1:8081/v1.0/users", "http://127.0.0.1:8080", false],
    ["http://[::1]:8080/v1.0/users", "http://[::1]:8080", true],
    ["http://127.0.0.1.evil.example/", "http://127.0.0.1.evil.example", false],
    ["http://user:pass@127.0.0.1/", "http://127.0.0.1", false],
    ["file:///etc/passwd", "file://", false],
    ["nonsense", ORIGIN, false],
  ];
  test.each(cases)("%s over %s: %s", (address, origin, want) => {
    expect(mayGoTo(address, origin)).toBe(want);
  });

  test("a foreign address gets neither a request nor a token", async () => {
    let asked = 0;
    const getToken = async (): Promise<string> => {
      asked += 1;
      return TOKEN;
    };
    const world = scripted(() => ({ value: [] }), { getToken });
    const error = await failureOf(createClient(world.connection).send({ ...READ, address: "https://evil.example/v1.0/users" }));
    expect(error).toMatchObject({ code: "AddressNotAllowed", status: 0, outcome: "refused" });
    expect([world.seen.length, asked]).toEqual([0, 0]);
  });

  test("a redirect is not followed", async () => {
    const world = scripted(() => new Response(null, { status: 302, headers: { location: "https://evil.example/" } }));
    const error = await failureOf(createClient(world.connection).send(WRITE));
    expect(error).toMatchObject({ status: 302, outcome: "unknown" });
    expect(world.seen.length).toBe(1);
  });

  test("a page token is not shown", () => {
    expect(shownPath("https://graph.microsoft.com/v1.0/users?$top=5&$skiptoken=abc&x=1")).toBe("/v1.0/users?$top=5&$skiptoken=...&x=1");
  });
});

describe("what is tried again", () => {
  const ok = (): Reply => json(200, { value: [] });
  const cases: readonly { name: string; ask: Ask; script: Script; requests: number; want: string }[] = [
    { name: "read, 503 once", ask: READ, script: inOrder(() => refusal(503, "x", "y"), ok), requests: 2, want: "done" },
    { name: "read, 500 for good", ask: READ, script: inOrder(() => refusal(500, "x", "y")), requests: 4, want: "unknown 500" },
    {
      name: "read, 504 and a network error",
      ask: READ,
      script: inOrder(
        () => refusal(504, "x", "y"),
        () => noAnswer("ECONNRESET"),
        ok,
      ),
      requests: 3,
      want: "done",
    },
    { name: "read, cut-off JSON", ask: READ, script: inOrder(() => new Response('{"value":[{"id":'), ok), requests: 2, want: "done" },
    { name: "read, a page of a proxy", ask: READ, script: inOrder(() => new Response("<html><title>Blocked</title>")), requests: 4, want: "unknown 200" },
    { name: "read, an empty 200", ask: READ, script: inOrder(() => new Response("")), requests: 4, want: "unknown 200" },
    { name: "read, 403", ask: READ, script: inOrder(() => refusal(403, "x", "y")), requests: 1, want: "refused 403" },
    { name: "read, 501", ask: READ, script: inOrder(() => refusal(501, "x", "y")), requests: 1, want: "refused 501" },
    { name: "write, 429 once", ask: WRITE, script: inOrder(() => refusal(429, "x", "y"), ok), requests: 2, want: "done" },
    { name: "write, connection refused once", ask: WRITE, script: inOrder(() => noAnswer("ECONNREFUSED"), ok), requests: 2, want: "done" },
    { name: "write, connection refused for good", ask: WRITE, script: inOrder(() => noAnswer("ECONNREFUSED")), requests: 4, want: "refused 0" },
    { name: "write, connection lost", ask: WRITE, script: inOrder(() => noAnswer("ECONNRESET")), requests: 1, want: "unknown 0" },
    { name: "write, an error without code", ask: WRITE, script: inOrder(() => new Error("lost")), requests: 1, want: "unknown 0" },
    { name: "write, 500", ask: WRITE, script: inOrder(() => refusal(500, "x", "y")), requests: 1, want: "unknown 500" },
    {
      name: "write, 503 with Retry-After",
      ask: WRITE,
      script: inOrder(() => refusal(503, "x", "y", { "retry-after": "1" })),
      requests: 1,
      want: "unknown 503",
    },
    { name: "write, 504", ask: WRITE, script: inOrder(() => refusal(504, "x", "y")), requests: 1, want: "unknown 504" },
    { name: "write, 409", ask: WRITE, script: inOrder(() => refusal(409, "x", "y")), requests: 1, want: "refused 409" },
    { name: "write, 408", ask: WRITE, script: inOrder(() => refusal(408, "x", "y")), requests: 1, want: "unknown 408" },
    { name: "write, 501", ask: WRITE, script: inOrder(() => refusal(501, "x", "y")), requests: 1, want: "refused 501" },
    { name: "write, a cut-off 201", ask: WRITE, script: inOrder(() => new Response('{"id":', { status: 201 })), requests: 1, want: "unknown 201" },
    { name: "write, an empty 204", ask: WRITE, script: inOrder(() => new Response(null, { status: 204 })), requests: 1, want: "done" },
  ];
  test.each(cases)("$name", async ({ ask, script, requests, want }) => {
    const world = scripted(script);
    const got = await createClient(world.connection)
      .send(ask)
      .then(
        () => "done",
        (error: unknown) => (error instanceof ServiceError ? `${error.outcome} ${error.status}` : `threw ${String(error)}`),
      );
    expect([got, world.seen.length]).toEqual([want, requests]);
  });

  test("a body that breaks off while it is read is no answer", async () => {
    const broken = (): Response =>
      new Response(
        new ReadableStream({
          start: (controller) => {
            controller.enqueue(new TextEncoder().encode('{"value":'));
            controller.error(new Error(`socket closed for Bearer ${TOKEN}`));
          },
        }),
      );
    const world = scripted(inOrder(broken, ok));
    await createClient(world.connection).send(READ);
    expect(world.seen.length).toBe(2);
    const error = await failureOf(createClient(scripted(broken).connection).send(WRITE));
    expect(error).toMatchObject({ outcome: "unknown", code: "AnswerBrokeOff" });
  });
});

describe("slow-down", () => {
  test("Retry-After in seconds holds everything back, not only the call that got it", async () => {
    const world = scripted((_, place) => (place === 0 ? refusal(429, "TooManyRequests", "slow", { "retry-after": "7" }) : { value: [] }));
    const client = createClient(world.connection);
    const start = world.clock.now();
    await Promise.all([client.send(READ), client.send({ method: "GET", path: "/groups" }).then(() => client.send({ method: "GET", path: "/domains" }))]);
    expect(world.seen.map((seen) => [seen.path.split("?")[0], seen.at - start])).toEqual([
      ["/v1.0/users", 0],
      ["/v1.0/groups", 0],
      ["/v1.0/users", 7_000],
      ["/v1.0/domains", 7_000],
    ]);
  });

  test("an HTTP date counts from the answer's own date", async () => {
    const headers = { date: "Mon, 07 Feb 2022 09:00:00 GMT", "retry-after": "Mon, 07 Feb 2022 09:00:30 GMT" };
    const world = scripted(
      inOrder(
        () => refusal(429, "x", "y", headers),
        () => ({ value: [] }),
      ),
    );
    const start = world.clock.now();
    await createClient(world.connection).send(READ);
    expect(world.clock.now() - start).toBe(30_000);
  });

  test("without Retry-After the waits double up to a minute, and end", async () => {
    const world = scripted(() => refusal(429, "x", "y"));
    const start = world.clock.now();
    const error = await failureOf(createClient(world.connection).send(WRITE));
    expect(error).toMatchObject({ status: 429, outcome: "refused" });
    const waits = world.seen.map((seen) => (seen.at - start) / 1_000);
    expect(waits.slice(0, 9)).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183]);
    expect(world.clock.now() - start).toBeLessThanOrEqual(15 * 60_000);
  });

  test("calls that were under way together make one round", async () => {
    const world = scripted((_, place) => (place < 5 ? refusal(429, "x", "y") : { value: [] }));
    const client = createClient(world.connection);
    const start = world.clock.now();
    await Promise.all(Array.from({ length: 5 }, () => client.send(READ)));
    expect(world.clock.now() - start).toBe(1_000);
  });

  test("asked to wait for an hour, nothing waits: it is an error at once", async () => {
    const world = scripted(() => refusal(429, "x", "y", { "retry-after": "3600" }));
    const client = createClient(world.connection);
    expect(await failureOf(client.send(READ))).toMatchObject({ status: 429 });
    expect(await failureOf(client.send(READ))).toMatchObject({ code: "TooManyRequests", outcome: "refused" });
    expect(world.seen.length).toBe(1);
  });
});

describe("pace", () => {
  test("policies and locations start a second apart, reads and writes together; the directory does not wait for them", async () => {
    const world = scripted(() => json(200, { value: [] }));
    const client = createClient(world.connection);
    const start = world.clock.now();
    const paths = [
      "/identity/conditionalAccess/policies",
      "/identity/conditionalAccess/namedLocations",
      "/identity/conditionalAccess/policies/1",
      "/identity/conditionalAccess/deletedItems/policies",
    ];
    await client.send({ method: "GET", path: "/users" });
    await Promise.all(paths.map((path, place) => client.send(place === 2 ? { method: "PATCH", path, body: {} } : { method: "GET", path })));
    expect(world.seen.map((seen) => seen.at - start)).toEqual([0, 0, 1_000, 2_000, 3_000]);
  });

  test("reports are asked five times in ten seconds", async () => {
    const world = scripted(() => json(200, { value: [] }));
    const client = createClient(world.connection);
    const start = world.clock.now();
    for (let n = 0; n < 7; n += 1) await client.send({ method: "GET", path: "/reports/authenticationMethods/userRegistrationDetails" });
    expect(world.seen.map((seen) => seen.at - start)).toEqual([0, 0, 0, 0, 0, 10_000, 10_000]);
  });

  test("a 429 of conditional access keeps the distance afterwards", async () => {
    const world = scripted((_, place) => (place === 0 ? refusal(429, "x", "y") : json(200, { value: [] })));
    const client = createClient(world.connection);
    const start = world.clock.now();
    await Promise.all([1, 2, 3].map(() => client.send({ method: "GET", path: "/identity/conditionalAccess/policies" })));
    const at = world.seen.map((seen) => seen.at - start);
    expect(at.every((moment, place) => place === 0 || moment - (at[place - 1] ?? 0) >= 1_000)).toBe(true);
  });
});

describe("errors", () => {
  const cases: readonly { name: string; status: number; body: string; code: string; text: string }[] = [
    {
      name: "the directory's form",
      status: 403,
      body: '{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges."}}',
      code: "Authorization_RequestDenied",
      text: "Insufficient privileges",
    },
    {
      name: "innerError.message counts first",
      status: 400,
      body: '{"error":{"code":"BadRequest","message":"malformed","innerError":{"message":"1032: bad control"}}}',
      code: "BadRequest",
      text: "1032: bad control",
    },
    {
      name: "innererror in small letters",
      status: 400,
      body: '{"error":{"code":"BadRequest","message":"malformed","innererror":{"message":"1040: no location"}}}',
      code: "BadRequest",
      text: "1040: no location",
    },
    {
      name: "details",
      status: 400,
      body: '{"error":{"code":"Request_BadRequest","message":"","details":[{"code":"ObjectConflict","message":"Another object"}]}}',
      code: "Request_BadRequest",
      text: "Another object",
    },
    { name: "internalException", status: 400, body: '{"error":{"code":"","innerError":{"internalException":{"message":"deep"}}}}', code: "400", text: "deep" },
    {
      name: "JSON inside the message",
      status: 400,
      body: JSON.stringify({ error: { code: "UnknownError", message: JSON.stringify({ error: { code: "Inner", message: "Get By Key" } }) } }),
      code: "Inner",
      text: "Get By Key",
    },
    { name: "the bare status as code", status: 400, body: '{"error":{"code":"400","message":"bad"}}', code: "400", text: "bad" },
    { name: "nothing at all", status: 404, body: "", code: "404", text: "the answer was empty" },
    { name: "a page", status: 407, body: "<html><head><title>Proxy login</title></head></html>", code: "407", text: "a web page instead of data: Proxy login" },
    { name: "JSON that is no object", status: 400, body: '"no"', code: "400", text: "text that is not JSON" },
    { name: "an error that is text", status: 400, body: '{"error":"no","message":"top"}', code: "400", text: "top" },
    {
      name: "control characters",
      status: 400,
      body: JSON.stringify({ error: { code: "a\u001b[2Jb", message: "x\r\ny\u001b[31m" } }),
      code: "a [2Jb",
      text: "x y [31m",
    },
  ];
  test.each(cases)("$name", async ({ status, body, code, text }) => {
    const world = scripted(() => new Response(body, { status, headers: { "request-id": "r-9" } }));
    const error = await failureOf(createClient(world.connection).send(READ));
    expect(error).toMatchObject({ status, code, requestId: "r-9", method: "GET" });
    expect(error.message).toContain(text);
    expect(error.path).not.toContain("127.0.0.1");
  });

  const leaks: readonly [string, Script][] = [
    ["the service echoes it", () => refusal(400, `code ${TOKEN}`, `you sent Bearer ${TOKEN}`)],
    ["a proxy's page quotes it", () => new Response(`<title>${TOKEN}</title>`, { status: 502 })],
    ["fetch quotes it", () => new TypeError(`Headers.append: "Bearer ${TOKEN}" is invalid`, { cause: new Error(TOKEN) })],
  ];
  test.each(leaks)("no token when %s", async (_, script) => {
    const world = scripted(script);
    const error = await failureOf(createClient(world.connection).send(WRITE));
    const whole = [error.message, error.code, error.path, error.stack, JSON.stringify(error), JSON.stringify(world.lines), String(error.cause)].join("\n");
    expect(whole).not.toContain(TOKEN);
  });

  test("a token that is an ordinary word leaves texts readable", async () => {
    const world = scripted(() => refusal(501, "NotImplemented", "the practice tenant does not know this"), { getToken: async () => "practice" });
    expect((await failureOf(createClient(world.connection).send(READ))).message).toContain("the practice tenant does not know this");
  });

  test("a token that no header takes is never quoted", async () => {
    const world = scripted(() => ({ value: [] }), { getToken: async () => "secret\nvalue" });
    const error = await failureOf(createClient(world.connection).send(READ));
    expect(`${error.message}${error.stack}`).not.toContain("secret");
    expect(error).toMatchObject({ code: "NoToken", outcome: "refused" });
    expect(world.seen.length).toBe(0);
  });
});

describe("abort", () => {
  test("ends a wait with the reason", async () => {
    const world = scripted(() => refusal(429, "x", "y", { "retry-after": "60" }));
    const client = createClient(world.connection);
    const waiting = client.send(READ);
    const reason = new Error("interrupted");
    world.controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  test("a read under way ends with the reason, a write is waited for", async () => {
    const reason = new Error("interrupted");
    const world = scripted(async (seen) => {
      world.controller.abort(reason);
      return seen.method === "GET" ? new DOMException("aborted", "AbortError") : json(201, { id: "x" });
    });
    expect(await createClient(world.connection).send(WRITE)).toMatchObject({ status: 201 });
    const next = scripted(async () => {
      next.controller.abort(reason);
      return new DOMException("aborted", "AbortError");
    });
    await expect(createClient(next.connection).send(READ)).rejects.toBe(reason);
  });

  test("what beforeSend throws comes through, and nothing leaves", async () => {
    const world = scripted(() => ({ value: [] }));
    const full = new Error("disk full");
    await expect(createClient(world.connection).send({ ...WRITE, beforeSend: () => Promise.reject(full) })).rejects.toBe(full);
    expect(world.seen.length).toBe(0);
  });
});
