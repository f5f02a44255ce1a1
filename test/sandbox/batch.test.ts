/** `$batch`, each law with the page that it follows (json-batching). */

import { describe, expect, test } from "vitest";
import { type Asked, errorIn, fillTiny, groupBody, namesIn, OUTER, quietWith, STAFF, userId, valueIn } from "./support.ts";

const POLICIES = "/identity/conditionalAccess/policies";

describe("$batch (json-batching)", () => {
  const get = (id: string, url: string, more: Readonly<Record<string, unknown>> = {}) => ({ id, method: "GET", url, ...more });
  const json = { "Content-Type": "application/json" };
  const responsesOf = (
    asked: Asked,
  ): ReadonlyMap<
    string,
    { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body?: Readonly<Record<string, unknown>> }
  > => {
    const responses: unknown = asked.body["responses"];
    return new Map((Array.isArray(responses) ? responses : []).map((response) => [response.id, response]));
  };

  test("each request is answered by its id, in an order of the service's own", async () => {
    const { ask } = await fillTiny();
    const requests = Array.from({ length: 20 }, (_, index) => get(String(index), index % 2 === 0 ? `/groups/${STAFF}?$select=id` : `groups/${userId(1)}`));
    const asked = await ask("POST", "/$batch", { requests });
    const responses = responsesOf(asked);
    expect(requests.map(({ id }) => responses.get(id)?.status)).toEqual(requests.map((_, index) => (index % 2 === 0 ? 200 : 404)));
    expect(responses.get("0")?.body?.["id"]).toBe(STAFF);
    expect([...responses.keys()]).not.toEqual(requests.map(({ id }) => id));
    const again = await (await fillTiny()).ask("POST", "/$batch", { requests });
    expect([...responsesOf(again).keys()]).toEqual([...responses.keys()]);
  });

  const refused: readonly (readonly [name: string, body: unknown])[] = [
    ["no list", {}],
    ["none", { requests: [] }],
    ["21", { requests: Array.from({ length: 21 }, (_, index) => get(String(index), "/groups")) }],
    ["an id twice", { requests: [get("a", "/groups"), get("A", "/groups")] }],
    ["no id", { requests: [{ method: "GET", url: "/groups" }] }],
    ["an absolute url", { requests: [get("1", "https://graph.microsoft.com/v1.0/groups")] }],
    ["a batch in a batch", { requests: [get("1", "/$batch")] }],
    ["a body without its type", { requests: [{ id: "1", method: "POST", url: "/groups", body: groupBody() }] }],
    ["depending on nobody", { requests: [get("1", "/groups", { dependsOn: ["2"] })] }],
    ["depending on what comes later", { requests: [get("1", "/groups", { dependsOn: ["2"] }), get("2", "/groups")] }],
    ["in a circle", { requests: [get("1", "/groups", { dependsOn: ["2"] }), get("2", "/groups", { dependsOn: ["1"] })] }],
  ];
  test.each(refused)("the whole batch is refused: %s", async (_name, body) => {
    const { ask } = await fillTiny();
    const asked = await ask("POST", "/$batch", body);
    expect([asked.status, errorIn(asked).code]).toEqual([400, "BadRequest"]);
  });

  test("what depends on a failure is 424, and not done", async () => {
    const { ask } = await fillTiny();
    const asked = await ask("POST", "/$batch", {
      requests: [
        get("1", `/groups/${userId(1)}`),
        { id: "2", method: "POST", url: "/groups", headers: json, body: groupBody(), dependsOn: ["1"] },
        get("3", `/groups/${STAFF}`),
        { id: "4", method: "POST", url: "/groups", headers: json, body: groupBody({ displayName: "second" }), dependsOn: ["3"] },
      ],
    });
    const responses = responsesOf(asked);
    expect(["1", "2", "3", "4"].map((id) => responses.get(id)?.status)).toEqual([404, 424, 200, 201]);
    expect(responses.get("2")?.body).toMatchObject({ error: { code: "FailedDependency", innerError: { date: "2018-11-05T08:00:00" } } });
    expect(namesIn(await ask("GET", "/groups"))).toEqual(["Staff", "Outer", "Synced", "Dynamic", "second"]);
  });

  test("twenty times twenty members in one request, each row in the request log", async () => {
    const { ask } = await fillTiny(quietWith({}), 500);
    const members = (from: number) => Array.from({ length: 20 }, (_, index) => `https://graph.microsoft.com/v1.0/directoryObjects/${userId(from + index)}`);
    const requests = Array.from({ length: 20 }, (_, index) => ({
      id: String(index),
      method: "PATCH",
      url: `/groups/${OUTER}`,
      headers: json,
      body: { "members@odata.bind": members(10 + index * 20) },
    }));
    const asked = await ask("POST", "/$batch", { requests });
    expect([...responsesOf(asked).values()].map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 204));
    expect(valueIn(await ask("GET", `/groups/${OUTER}/members?$select=id&$top=999`))).toHaveLength(402);
    const log = await ask("GET", "/_practice/requests?since=1");
    expect(log.body).toMatchObject({ next: 23 });
    const rows: unknown = log.body["requests"];
    expect(Array.isArray(rows) && rows.slice(0, 2)).toEqual([
      { n: 1, at: "2018-11-05T08:00:00.000Z", method: "POST", path: "/v1.0/$batch", status: 200 },
      { n: 2, at: "2018-11-05T08:00:00.000Z", method: "PATCH", path: `/v1.0/groups/${OUTER}`, status: 204, batch: 1 },
    ]);
  });

  test("each part is limited on its own, with its own headers", async () => {
    const { ask } = await fillTiny({ throttling: "real" });
    const responses = responsesOf(await ask("POST", "/$batch", { requests: [get("1", POLICIES), get("2", POLICIES), get("3", `/groups/${STAFF}`)] }));
    expect(["1", "2", "3"].map((id) => responses.get(id)?.status)).toEqual([200, 429, 200]);
    expect(Object.keys(responses.get("2")?.headers ?? {})).toEqual(["Content-Type"]);
    expect(responses.get("3")?.headers).toMatchObject({ "x-ms-resource-unit": "1" });
  });
});
