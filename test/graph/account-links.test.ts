/** What an account has, as the service tells it, and writes that are sent again: against scripted answers, since a practice tenant has no such days. */

import { describe, expect, test } from "vitest";
import { directLicencesIn, giveBack } from "../../src/graph/account-links.ts";
import { createClient } from "../../src/graph/client.ts";
import { sendPatiently } from "../../src/graph/patience.ts";
import { json, type Seen, scripted } from "./scripted.ts";

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const [ACCOUNT, GROUP, OTHER, SKU, SECOND, PLAN, MORE] = [id(1), id(2), id(3), id(4), id(5), id(6), id(7)];

const state = (skuId: string, more: object = {}): object => ({ skuId, disabledPlans: [], assignedByGroup: null, state: "Active", ...more });

describe("licences of an account itself", () => {
  test.each<readonly [string, { readonly [name: string]: unknown }, unknown]>([
    ["none", {}, []],
    ["none, said so", { licenseAssignmentStates: null, assignedLicenses: [] }, []],
    ["by a group", { licenseAssignmentStates: [state(SKU, { assignedByGroup: GROUP })], assignedLicenses: [{ skuId: SKU, disabledPlans: [] }] }, []],
    [
      "both ways",
      {
        licenseAssignmentStates: [state(SKU, { assignedByGroup: GROUP }), state(SKU, { disabledPlans: [PLAN] })],
        assignedLicenses: [{ skuId: SKU, disabledPlans: [] }],
      },
      [{ sku: SKU, off: [PLAN] }],
    ],
    ["one that came to nothing", { licenseAssignmentStates: [state(SKU, { state: "Error", error: "CountViolation" })] }, []],
    [
      "upper case, and in another order",
      { licenseAssignmentStates: [state(SKU.toUpperCase(), { disabledPlans: [MORE, PLAN] })] },
      [{ sku: SKU, off: [PLAN, MORE] }],
    ],
    [
      "one of which no state tells",
      { licenseAssignmentStates: [state(SKU)], assignedLicenses: [{ skuId: SKU }, { skuId: SECOND, disabledPlans: [PLAN] }] },
      [
        { sku: SKU, off: [] },
        { sku: SECOND, off: [PLAN] },
      ],
    ],
  ])("%s", (_, account, licences) => {
    expect(directLicencesIn(account)).toEqual(licences);
  });
});

type Item = { readonly id: string; readonly method: string; readonly url: string };
const itemsIn = (seen: Seen): readonly Item[] => (seen.body as { readonly requests: readonly Item[] }).requests;
type ItemReply = { readonly status: number; readonly body?: unknown };
const batch = (seen: Seen, reply: (item: Item) => ItemReply): Response =>
  json(200, { responses: itemsIn(seen).map((item) => ({ id: item.id, headers: {}, ...reply(item) })) });
const GONE: ItemReply = { status: 404, body: { error: { code: "Request_ResourceNotFound", message: "gone" } } };
const account: ItemReply = { status: 200, body: { id: ACCOUNT, usageLocation: "GB", assignedLicenses: [] } };

describe("reading what an account has", () => {
  const wanted = [{ id: ACCOUNT, links: { id: ACCOUNT, groups: [GROUP, OTHER], licences: [] } }];

  test("memberships of more than a page are read to their end", async () => {
    const it = scripted((seen) => {
      if (seen.method === "GET") {
        return seen.path.includes("skiptoken")
          ? { value: [{ id: OTHER }] }
          : { value: [{ id: GROUP }], "@odata.nextLink": `http://127.0.0.1/v1.0/users/${ACCOUNT}/memberOf?$skiptoken=a` };
      }
      return batch(seen, ({ url }) => {
        if (url.includes("/memberOf")) return { status: 200, body: { value: [{ id: GROUP }], "@odata.nextLink": "http://127.0.0.1/v1.0/next" } };
        return url.includes("/manager") ? GONE : account;
      });
    });
    expect(await giveBack(createClient(it.connection), wanted)).toEqual(new Map());
    expect(it.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /v1.0/$batch",
      `GET /v1.0/users/${ACCOUNT}/memberOf?$select=id&$top=999`,
      `GET /v1.0/users/${ACCOUNT}/memberOf?$skiptoken=a`,
    ]);
  });

  test.each<readonly [string, ItemReply, ItemReply, ItemReply]>([
    ["licences", { status: 200, body: { id: ACCOUNT, assignedLicenses: "many" } }, { status: 200, body: { value: [] } }, GONE],
    ["memberships", account, { status: 200, body: { value: "many" } }, GONE],
    ["a manager", account, { status: 200, body: { value: [] } }, { status: 200, body: { id: "nobody" } }],
  ])("%s that cannot be read are not taken for none", async (_, first, second, third) => {
    const it = scripted((seen) => batch(seen, ({ url }) => (url.includes("/memberOf") ? second : url.includes("/manager") ? third : first)));
    expect((await giveBack(createClient(it.connection), wanted)).get(ACCOUNT)).toEqual([expect.stringMatching(/^what belongs to it could not be read: /)]);
    expect(it.seen.every((seen) => itemsIn(seen).every(({ method }) => method === "GET"))).toBe(true);
  });

  test("an account that never shows is said to be away, after a minute", async () => {
    const it = scripted((seen) => batch(seen, () => GONE));
    const start = it.clock.now();
    expect((await giveBack(createClient(it.connection), wanted)).get(ACCOUNT)).toEqual(["what belongs to it could not be read: it is not there"]);
    expect(it.clock.now() - start).toBeGreaterThan(45_000);
    expect(it.clock.now() - start).toBeLessThanOrEqual(60_000);
  });
});

describe("sendPatiently", () => {
  const [FIRST, LAST] = [`/users/${id(20)}`, `/users/${id(21)}`];
  const items = [FIRST, LAST].map((path) => ({ method: "PATCH", path, body: { accountEnabled: true } }) as const);
  const none = async (): Promise<ReadonlySet<number>> => new Set();

  test("sends again what nobody can say of, and that alone, four times at most", async () => {
    const it = scripted((seen) => batch(seen, ({ url }) => ({ status: url === FIRST ? 204 : 503 })));
    const answers = await sendPatiently(createClient(it.connection), items, none);
    expect(it.seen.map((seen) => itemsIn(seen).map(({ url }) => url))).toEqual([[FIRST, LAST], [LAST], [LAST], [LAST]]);
    expect(answers.map((answer) => answer.type)).toEqual(["done", "failed"]);
  });

  test("what was refused is sent again only where it came too early", async () => {
    let round = 0;
    const it = scripted((seen) => {
      round += 1;
      return batch(seen, () => (round < 3 ? GONE : { status: 204 }));
    });
    const answers = await sendPatiently(
      createClient(it.connection),
      items,
      async (refused) => new Set(refused.map(({ place }) => place).filter((place) => place === 1)),
    );
    expect(answers.map((answer) => answer.type)).toEqual(["failed", "done"]);
    expect(it.seen.map((seen) => itemsIn(seen).map(({ url }) => url))).toEqual([[FIRST, LAST], [LAST], [LAST]]);
  });

  test("an abort leaves what came too early undone, and what nobody can say of in doubt", async () => {
    const it = scripted((seen) => {
      setImmediate(() => it.controller.abort(new Error("enough")));
      return batch(seen, ({ url }) => (url === FIRST ? GONE : { status: 503 }));
    });
    const answers = await sendPatiently(createClient(it.connection), items, async () => new Set([0]));
    expect(answers.map((answer) => answer.type)).toEqual(["unsent", "failed"]);
  });

  test("nothing is nothing to send", async () => {
    const it = scripted(() => ({}));
    expect([await sendPatiently(createClient(it.connection), [], none), it.seen]).toEqual([[], []]);
  });
});
