import { describe, expect, test } from "vitest";
import { type BatchItem, sendBatches } from "../../src/graph/batch.ts";
import { type Ask, createClient } from "../../src/graph/client.ts";
import { listOf, pagesOf } from "../../src/graph/pager.ts";
import { idIn, objectIn } from "../../src/graph/wire.ts";
import { ServiceError } from "../../src/service.ts";
import { inOrder, json, noAnswer, ORIGIN, type Reply, refusal, type Script, type Seen, scripted, TOKEN } from "./scripted.ts";

const id = (n: number): string => `00000000-0000-0000-0000-${String(n).padStart(12, "0")}`;
const row = (value: unknown): string => idIn(objectIn(value, "a row").id, "a row's id");
const LIST: Ask = { method: "GET", path: "/users", query: { $top: "2" }, headers: { ConsistencyLevel: "eventual" } };

const page = (ids: readonly number[], next?: string) => ({
  value: ids.map((n) => ({ id: id(n) })),
  ...(next === undefined ? {} : { "@odata.nextLink": next }),
});

const read = async (script: Script): Promise<{ readonly got: string; readonly seen: readonly Seen[] }> => {
  const world = scripted(script);
  const got = await listOf(createClient(world.connection), LIST, row).then(
    (rows) => rows.map((each) => Number(each.slice(-12))).join(" "),
    (error: unknown) => (error instanceof ServiceError ? `${error.outcome} ${error.status} ${error.code}` : `threw ${String(error)}`),
  );
  return { got, seen: world.seen };
};

describe("pages", () => {
  const odd = `${ORIGIN}/v1.0/users?$skiptoken=a%2Bb%3D%3D&$top=2&$select=id&x=1&x=2&%24filter=startswith(mail,'q')#`;

  test("a nextLink is followed byte for byte, with the same headers", async () => {
    const link = odd.slice(0, -1);
    const { got, seen } = await read(
      inOrder(
        () => page([1, 2], link),
        () => page([3]),
      ),
    );
    expect(got).toBe("1 2 3");
    expect(seen[1]?.url.replaceAll("%27", "'")).toBe(link);
    expect(seen.map((each) => each.headers.get("consistencylevel"))).toEqual(["eventual", "eventual"]);
  });

  const next = `${ORIGIN}/v1.0/users?$skiptoken=2`;
  const cases: readonly { name: string; script: Script; want: string; requests: number }[] = [
    { name: "an empty list", script: inOrder(() => page([])), want: "", requests: 1 },
    {
      name: "an empty page between",
      script: inOrder(
        () => page([1], next),
        () => page([], `${next}3`),
        () => page([2]),
      ),
      want: "1 2",
      requests: 3,
    },
    { name: "no list of values", script: inOrder(() => ({ values: [] })), want: "unknown 200 UnreadableAnswer", requests: 1 },
    {
      name: "a second page without values is no shorter list",
      script: inOrder(
        () => page([1], next),
        () => ({}),
      ),
      want: "unknown 200 UnreadableAnswer",
      requests: 2,
    },
    { name: "a row that cannot be read", script: inOrder(() => ({ value: [{ id: id(1) }, { id: 7 }] })), want: "unknown 200 UnreadableAnswer", requests: 1 },
    { name: "a nextLink that repeats", script: inOrder(() => page([1], next)), want: "unknown 200 UnreadableAnswer", requests: 2 },
    { name: "a nextLink that is no text", script: inOrder(() => ({ value: [], "@odata.nextLink": 5 })), want: "unknown 200 UnreadableAnswer", requests: 1 },
    {
      name: "a nextLink to another host",
      script: inOrder(() => page([1], "https://evil.example/v1.0/users")),
      want: "refused 0 AddressNotAllowed",
      requests: 1,
    },
    {
      name: "a nextLink to another port",
      script: inOrder(() => page([1], "http://127.0.0.1:81/v1.0/users")),
      want: "refused 0 AddressNotAllowed",
      requests: 1,
    },
    {
      name: "a second page that fails",
      script: inOrder(
        () => page([1], next),
        () => refusal(500, "x", "y"),
      ),
      want: "unknown 500 x",
      requests: 5,
    },
    {
      name: "a second page that is forbidden",
      script: inOrder(
        () => page([1], next),
        () => refusal(403, "x", "y"),
      ),
      want: "refused 403 x",
      requests: 2,
    },
    {
      name: "an expired token: once more from the start",
      script: inOrder(
        () => page([1], next),
        () => refusal(410, "x", "y"),
        () => page([4], next),
        () => page([5]),
      ),
      want: "4 5",
      requests: 4,
    },
    {
      name: "an expired token says 400",
      script: inOrder(
        () => page([1], next),
        () => refusal(400, "x", "y"),
        () => page([4]),
      ),
      want: "4",
      requests: 3,
    },
    {
      name: "a token that expires twice",
      script: (_, place) => (place % 2 === 0 ? page([1], next) : refusal(410, "gone", "y")),
      want: "refused 410 gone",
      requests: 4,
    },
    { name: "a first page that is refused is not asked for again", script: inOrder(() => refusal(400, "bad", "y")), want: "refused 400 bad", requests: 1 },
  ];
  test.each(cases)("$name", async ({ script, want, requests }) => {
    const { got, seen } = await read(script);
    expect([got, seen.length]).toEqual([want, requests]);
  });

  test("are given as they come", async () => {
    const world = scripted(
      inOrder(
        () => page([1, 2], next),
        () => page([3]),
      ),
    );
    const sizes: number[] = [];
    for await (const rows of pagesOf(createClient(world.connection), LIST)) sizes.push(rows.length, world.seen.length);
    expect(sizes).toEqual([2, 1, 1, 2]);
  });
});

type Request = { readonly id: string; readonly method: string; readonly url: string; readonly body?: unknown };
const requestsIn = (seen: Seen): readonly Request[] => {
  const body = objectIn(seen.body, "a batch");
  return Array.isArray(body.requests) ? body.requests : [];
};

const items = (count: number): readonly BatchItem[] =>
  Array.from({ length: count }, (_, n) => ({ method: "DELETE", path: `/groups/${id(0)}/members/${id(n)}/$ref` }));

type Item = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown };
const answering =
  (item: (request: Request, place: number) => Item | undefined): Script =>
  (seen, place) =>
    json(200, {
      responses: [...requestsIn(seen)].reverse().flatMap((request) => {
        const answer = item(request, place);
        return answer === undefined ? [] : [{ id: request.id, ...answer }];
      }),
    });

const sent = async (count: number, script: Script): Promise<{ readonly got: readonly string[]; readonly seen: readonly Seen[]; readonly ms: number }> => {
  const world = scripted(script);
  const start = world.clock.now();
  const answers = await sendBatches(createClient(world.connection), items(count));
  const got = answers.map((answer) => (answer.type === "failed" ? `${answer.error.outcome} ${answer.error.status}` : answer.type));
  return { got, seen: world.seen, ms: world.clock.now() - start };
};

describe("batches", () => {
  test("twenty to a request, ids of their own, matched by id whatever the order", async () => {
    const { got, seen } = await sent(
      45,
      answering((request) => (request.url.includes(id(7)) ? { status: 404, body: { error: { code: "x", message: "y" } } } : { status: 204 })),
    );
    expect(seen.map((each) => requestsIn(each).length)).toEqual([20, 20, 5]);
    expect(got.map((each, place) => (each === "done" ? "" : `${place}: ${each}`)).join("")).toBe("7: refused 404");
    expect(new Set(seen.flatMap((each) => requestsIn(each).map((request) => request.id))).size).toBe(45);
    expect(seen[0]?.path).toBe("/v1.0/$batch");
    expect(requestsIn(seen[0] ?? ({ body: {} } as Seen))[0]?.url).toBe(`/groups/${id(0)}/members/${id(0)}/$ref`);
  });

  test("only what was throttled goes again, after the wait that it was given", async () => {
    const { got, seen, ms } = await sent(
      20,
      answering((request, place) =>
        place === 0 && Number(request.id) % 5 === 0 ? { status: 429, headers: { "Retry-After": "9" }, body: {} } : { status: 204 },
      ),
    );
    expect(seen.map((each) => requestsIn(each).map((request) => Number(request.id)))).toEqual([Array.from({ length: 20 }, (_, n) => n + 1), [5, 10, 15, 20]]);
    expect(got.every((each) => each === "done")).toBe(true);
    expect(ms).toBe(9_000);
  });

  test("throttled without Retry-After, the waits double", async () => {
    const { seen, ms } = await sent(
      1,
      answering((_, place) => ({ status: place < 4 ? 429 : 204 })),
    );
    expect([seen.length, ms]).toEqual([5, 15_000]);
  });

  test("an item's error shows no token and no escape code", async () => {
    const { connection } = scripted(answering(() => ({ status: 400, body: { error: { code: "x", message: `Bearer ${TOKEN} \u001b[2J` } } })));
    const [answer] = await sendBatches(createClient(connection), items(1));
    const text = answer?.type === "failed" ? answer.error.message : "";
    expect(text).toContain("Bearer (token)");
    expect(text).not.toContain("\u001b");
  });

  test("throttled for good, it ends as refused", async () => {
    const { got } = await sent(
      1,
      answering(() => ({ status: 429 })),
    );
    expect(got).toEqual(["refused 429"]);
  });

  const cases: readonly { name: string; script: Script; want: string }[] = [
    { name: "no answer for an id", script: answering((request) => (request.id === "2" ? undefined : { status: 204 })), want: "done|unknown 0|done" },
    {
      name: "two answers for an id",
      script: () =>
        json(200, {
          responses: [
            { id: "1", status: 204 },
            { id: "2", status: 204 },
            { id: "2", status: 404 },
            { id: "3", status: 204 },
          ],
        }),
      want: "done|unknown 0|done",
    },
    {
      name: "answers to nobody",
      script: () => json(200, { responses: [{ id: "9", status: 204 }, "x", { id: "1", status: "no" }, { id: 2, status: "204" }] }),
      want: "unknown 0|done|unknown 0",
    },
    { name: "no list of answers", script: () => json(200, { value: [] }), want: "unknown 0|unknown 0|unknown 0" },
    {
      name: "an item that failed inside",
      script: answering((request) => ({ status: request.id === "1" ? 500 : request.id === "2" ? 424 : 503 })),
      want: "unknown 500|refused 424|unknown 503",
    },
    { name: "the batch is lost on the way", script: () => noAnswer("ECONNRESET"), want: "unknown 0|unknown 0|unknown 0" },
    { name: "the batch breaks off", script: () => new Response('{"responses":['), want: "unknown 200|unknown 200|unknown 200" },
    { name: "a 502 for the batch", script: () => new Response("<html>", { status: 502 }), want: "unknown 502|unknown 502|unknown 502" },
    { name: "the batch is refused", script: () => refusal(400, "BadRequest", "ids"), want: "refused 400|refused 400|refused 400" },
    { name: "the batch never left", script: () => noAnswer("ECONNREFUSED"), want: "refused 0|refused 0|refused 0" },
  ];
  test.each(cases)("$name", async ({ script, want }) => {
    const { got } = await sent(3, script);
    expect(got.join("|")).toBe(want);
  });

  test("after an abort nothing more leaves, and what is known stays known", async () => {
    const world = scripted(async (seen): Promise<Reply> => {
      world.controller.abort(new Error("interrupted"));
      return json(200, { responses: requestsIn(seen).map((request) => ({ id: request.id, status: 204 })) });
    });
    const answers = await sendBatches(createClient(world.connection), items(25));
    expect(answers.map((answer) => answer.type)).toEqual([...Array.from({ length: 20 }, () => "done"), ...Array.from({ length: 5 }, () => "unsent")]);
    expect(world.seen.length).toBe(1);
  });
});
