/** `$batch` of the practice tenant's Exchange: Exchange facts, sections 5 and 13. */

import { describe, expect, test } from "vitest";
import { complaintIn, type Exchange, exchangeIn, input, itemsIn, mailboxIn } from "./exchange-support.ts";

const TOKEN = { Authorization: "Bearer practice", Accept: "application/json" };

const itemsFor = ({ root }: Exchange, identities: readonly string[], parameters: object = { PopEnabled: false }, headers: object = TOKEN) =>
  identities.map((identity, at) => ({
    id: `item-${at}`,
    method: "POST",
    url: `${root}/InvokeCommand`,
    headers,
    body: input("Set-CASMailbox", { Identity: identity, ...parameters }),
  }));

const addressesOf = async ({ invoke }: Exchange): Promise<readonly string[]> =>
  (await invoke("Get-CASMailbox")).value.map((row) => String(row["PrimarySmtpAddress"]));

describe("$batch", () => {
  test("ten, each answered by its id, in an order of its own; some of those that went well say nothing at all", async () => {
    const exchange = await exchangeIn("small");
    const ten = (await addressesOf(exchange)).slice(0, 10);
    const first = await exchange.batch(itemsFor(exchange, ten));
    expect([first.status, first.headers.get("content-type")]).toEqual([200, "application/json"]);
    const items = itemsIn(first);
    expect(items.map(({ id }) => id)).not.toEqual(ten.map((_, at) => `item-${at}`));
    expect(items.map(({ id }) => id).sort()).toEqual(ten.map((_, at) => `item-${at}`).sort());
    expect(new Set(items.map(({ status }) => status))).toEqual(new Set([200]));
    const bodies = items.map(({ body }) => Object.keys(body ?? {}).length);
    expect(bodies).toContain(0);
    expect(bodies.filter((count) => count > 0).length).toBeGreaterThan(0);
    for (const address of ten) expect(await mailboxIn(exchange, address)).toMatchObject({ PopEnabled: false });
    // The next batch is mixed another way.
    const second = itemsIn(await exchange.batch(itemsFor(exchange, ten)));
    expect(second.map(({ id }) => id)).not.toEqual(items.map(({ id }) => id));
    // What changes nothing has a warning to tell, so that it is never empty.
    for (const { body } of second) expect(body?.["@adminapi.warnings"]).toHaveLength(1);
  });

  test("200 outside, whatever befalls its items; a target is blank", async () => {
    const exchange = await exchangeIn("small", {
      faults: [{ path: "InvokeCommand/Set-CASMailbox/info@", effect: { type: "status", status: 429, headers: { "Retry-After": "15" } } }],
    });
    const requests = [
      ...itemsFor(exchange, ["scanner@small.example", "nobody@small.example", "info@small.example"]),
      { ...itemsFor(exchange, ["reception@small.example"], { PopEnabled: "no" })[0], id: "wrong" },
      { ...itemsFor(exchange, ["reception@small.example"])[0], id: "other", body: input("Remove-Mailbox", { Identity: "reception" }) },
      { ...itemsFor(exchange, ["reception@small.example"], {}, {})[0], id: "nobody's" },
      { ...itemsFor(exchange, ["reception@small.example"])[0], id: "elsewhere", url: "http://127.0.0.1/v1.0/users" },
    ];
    const answer = await exchange.batch(requests);
    expect(answer.status).toBe(200);
    const byId = new Map(itemsIn(answer).map((item) => [item.id, item]));
    expect(Object.fromEntries([...byId].map(([id, { status }]) => [id, status]))).toEqual({
      "item-0": 200,
      "item-1": 404,
      "item-2": 429,
      wrong: 400,
      other: 403,
      "nobody's": 401,
      elsewhere: 401,
    });
    expect(complaintIn({ ...(byId.get("item-1")?.body !== undefined && { body: byId.get("item-1")?.body ?? {} }) }).text).toContain(
      "'nobody@small.example' couldn't be found",
    );
    expect(byId.get("item-1")?.body?.["error"]).toMatchObject({ details: [{ code: "Client", target: "" }] });
    expect(byId.get("item-2")?.headers).toEqual({ "Retry-After": "15" });
    expect(byId.get("other")?.body).toBeUndefined();
  });

  test("reading goes by a batch as well", async () => {
    const exchange = await exchangeIn("small");
    const answer = await exchange.batch([
      { id: "1", method: "POST", url: `${exchange.root}/InvokeCommand?$select=Name`, headers: TOKEN, body: input("Get-TransportConfig") },
    ]);
    expect(itemsIn(answer).map(({ body }) => body?.["value"])).toEqual([[{ Name: "Transport Settings" }]]);
  });

  test.each([
    ["none", 0],
    ["eleven", 11],
  ])("%s are refused, and nothing is done", async (_, count) => {
    const exchange = await exchangeIn("small");
    const some = (await addressesOf(exchange)).slice(0, count);
    const answer = await exchange.batch(itemsFor(exchange, some));
    expect([answer.status, complaintIn(answer).code]).toEqual([400, "BadRequest"]);
    expect((await exchange.invoke("Get-CASMailbox", { Filter: "PopEnabled -eq 'False'" })).value).toEqual([]);
  });

  test("an id that is missing, or that stands twice, is refused", async () => {
    const exchange = await exchangeIn("small");
    const [one] = itemsFor(exchange, ["scanner@small.example"]);
    for (const requests of [[{ ...one, id: undefined }], [{ ...one, id: "" }], [one, one]]) expect((await exchange.batch(requests)).status).toBe(400);
  });

  test("who does not ask for JSON gets lines of HTTP", async () => {
    const exchange = await exchangeIn("small");
    const answer = await exchange.batch(itemsFor(exchange, ["nobody@small.example"]), { Accept: "multipart/mixed" });
    const boundary = /^multipart\/mixed; boundary="(.+)"$/.exec(answer.headers.get("content-type") ?? "")?.[1];
    expect(answer.text.startsWith(`--${boundary}\r\nContent-Type: application/http\r\n`)).toBe(true);
    expect(answer.text).toContain("HTTP/1.1 404 Refused\r\n");
    expect(answer.text.endsWith(`--${boundary}--\r\n`)).toBe(true);
  });

  test("each item counts for itself in what is listed, and is named by its batch", async () => {
    const exchange = await exchangeIn("small");
    await exchange.batch(itemsFor(exchange, ["scanner@small.example", "nobody@small.example"]));
    const { body } = await exchange.tenant.control("GET", "/_practice/requests", undefined);
    const rows = (body["requests"] as readonly { readonly path: string; readonly status: number; readonly batch?: number }[]).filter(({ path }) =>
      path.includes("adminapi"),
    );
    expect(rows.map(({ path, status }) => [path.split("/").at(-1), status])).toEqual([
      ["$batch", 200],
      ["Set-CASMailbox", 200],
      ["Set-CASMailbox", 404],
    ]);
    expect(rows.map(({ batch }) => batch !== undefined)).toEqual([false, true, true]);
  });

  test.each([
    ["drop-before", true],
    ["drop-after", false],
  ])("the connection of a whole batch is lost: %s", async (type, pop) => {
    const exchange = await exchangeIn("small", { faults: [{ path: "/adminapi/\\$batch", times: 1, effect: { type } }] });
    await expect(exchange.batch(itemsFor(exchange, ["scanner@small.example"]))).rejects.toThrow("fetch failed");
    expect(await mailboxIn(exchange, "scanner@small.example")).toMatchObject({ PopEnabled: pop });
  });

  test("a batch is refused as a whole", async () => {
    const exchange = await exchangeIn("small", { faults: [{ path: "/adminapi/\\$batch", times: 1, effect: { type: "status", status: 503 } }] });
    expect((await exchange.batch(itemsFor(exchange, ["scanner@small.example"]))).status).toBe(503);
  });
});
