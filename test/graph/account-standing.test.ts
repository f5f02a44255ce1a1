/** What became of accounts, and that nobody is called gone of whom nobody can say it. */

import { beforeAll, describe, expect, test } from "vitest";
import { account, id, openWorld, type Rewrite, type World } from "./listed-world.ts";

const NOWHERE = "99999999-1111-4222-8333-444444444444";
const MANY = Array.from({ length: 45 }, (_, at) => id(100 + at));

let world: World;
beforeAll(async () => {
  world = await openWorld();
  const put = [
    ...[account(1, "there"), account(2, "blocked", { accountEnabled: false }), account(3, "deleted"), account(4, "purged")],
    ...MANY.map((_, at) => account(100 + at, `many-${at}`, { accountEnabled: at % 3 !== 0 })),
  ].map((object) => ({ collection: "users", object }));
  const reply = await world.tenant.control("POST", "/_practice/objects", { put });
  if (reply.status !== 200) throw new Error(reply.text);
  for (const which of [3, 4]) await world.tenant.ask("DELETE", `/users/${id(which)}`);
  await world.tenant.ask("DELETE", `/directory/deletedItems/${id(4)}`);
});

const standing = async (ids: readonly string[], rewrite?: Rewrite, progress?: (done: number) => void) => {
  const it = world.gateway(rewrite === undefined ? {} : { rewrite });
  const known = await it.gateway.standing(ids, progress);
  return { known, asked: it.asked, found: known.type === "present" ? [...known.value] : known };
};

test("there, blocked, deleted, gone for good, never there: each once, in the order of the question", async () => {
  const { found } = await standing([NOWHERE, id(3), id(1), id(2), id(4), id(1)]);
  expect(found).toEqual([
    [NOWHERE, "gone"],
    [id(3), "deleted"],
    [id(1), "enabled"],
    [id(2), "blocked"],
    [id(4), "gone"],
  ]);
});

test("many are read twenty to a request, and who is there is not looked for among the deleted", async () => {
  const progress: number[] = [];
  const { found, asked } = await standing(MANY, undefined, (done) => void progress.push(done));
  expect(found).toEqual(MANY.map((each, at) => [each, at % 3 === 0 ? "blocked" : "enabled"]));
  expect([asked.length, asked.filter((each) => each.includes("deletedItems"))]).toEqual([45, []]);
  expect([progress.length, progress.at(-1), [...progress].sort((a, b) => a - b)]).toEqual([3, 45, progress]);
});

test("one that came back while it was looked for is there, and not gone", async () => {
  let looks = 0;
  const missing = { status: 404, body: { error: { code: "Request_ResourceNotFound", message: "not there" } } };
  const { found } = await standing([id(1)], (url, part) => {
    if (!url.startsWith("/users/")) return part;
    looks += 1;
    return looks === 1 ? { ...part, ...missing } : part;
  });
  expect([found, looks]).toEqual([[[id(1), "enabled"]], 2]);
});

describe("one that cannot be read makes all of them unknown", () => {
  const answering =
    (path: string, answer: object): Rewrite =>
    (url, part) =>
      url.startsWith(path) ? { ...part, ...answer } : part;
  const refused = (status: number, code: string): object => ({ status, body: { error: { code, message: "no" } } });

  test.each<readonly [string, Rewrite]>([
    ["a row that was refused", answering(`/users/${id(1)}`, refused(403, "Authorization_RequestDenied"))],
    ["a 404 of something in between", answering(`/users/${id(1)}`, refused(404, "NotFound"))],
    ["a row that is always broken", answering(`/users/${id(1)}`, refused(500, "InternalServerError"))],
    ["a row that does not say whether it is enabled", answering(`/users/${id(1)}`, { body: { id: id(1), accountEnabled: null } })],
    ["a row about another account", answering(`/users/${id(1)}`, { body: { id: id(2), accountEnabled: true } })],
    ["deleted items that were refused", answering("/directory/deletedItems/", refused(403, "Authorization_RequestDenied"))],
    ["deleted items that something in between does not know", answering("/directory/deletedItems/", refused(404, "NotFound"))],
    ["a deleted item about another account", answering("/directory/deletedItems/", { status: 200, body: { id: id(2) } })],
  ])("%s", async (_, rewrite) => {
    expect((await standing([id(1), id(3)], rewrite)).known.type).toBe("unknown");
  });
});

test("interrupted, it rejects with what interrupted it", async () => {
  const controller = new AbortController();
  const stop = new Error("stopped by hand");
  const { gateway } = world.gateway({ signal: controller.signal, seen: () => controller.abort(stop) });
  await expect(gateway.standing([id(1)])).rejects.toBe(stop);
});
