/** Per-user MFA on the wire: in bulk as far as it can be believed, one by one as documented, twenty to a batch. */

import { describe, expect, test } from "vitest";
import type { Step, StepOutcome } from "../../src/core/changes.ts";
import type { PerUserStates } from "../../src/core/per-user-states.ts";
import type { PerUserState } from "../../src/core/tenant.ts";
import { createClient } from "../../src/graph/client.ts";
import { readStates } from "../../src/graph/per-user-mfa.ts";
import { gatewayOn } from "./gateway-on.ts";
import { json, noAnswer, type Reply, refusal, type Seen, scripted } from "./scripted.ts";

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const ids = (count: number): readonly string[] => Array.from({ length: count }, (_, place) => id(place + 1));

type Item = { readonly id: string; readonly method: string; readonly url: string; readonly body?: unknown };
const itemsIn = (seen: Seen): readonly Item[] => (seen.body as { readonly requests: readonly Item[] }).requests;
const account = ({ url }: Item): string => /^\/users\/([^/]+)\/authentication\/requirements$/.exec(url)?.[1] ?? "";

type ItemReply = { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> };
/** Answers come in another order than the items. */
const batch = (seen: Seen, reply: (item: Item, place: number) => ItemReply): Response =>
  json(200, {
    responses: itemsIn(seen)
      .map((item, place) => ({ id: item.id, headers: {}, ...reply(item, place) }))
      .toReversed(),
  });
const told = (state: string): ItemReply => ({ status: 200, body: { perUserMfaState: state } });
const GONE: ItemReply = { status: 404, body: { error: { code: "Request_ResourceNotFound", message: "gone" } } };

type World = { readonly known: Readonly<Record<string, PerUserState>>; readonly listed?: (id: string) => string | undefined; readonly refuse?: Reply };

/** A tenant that tells states one by one, and in its list whatever `listed` makes of it. */
const reading = async (world: World, wanted: readonly string[]) => {
  const it = scripted((seen) => {
    if (seen.method === "POST") return batch(seen, (item) => (world.known[account(item)] === undefined ? GONE : told(world.known[account(item)] ?? "")));
    if (world.refuse !== undefined) return world.refuse;
    const listed = world.listed ?? ((each: string) => world.known[each]);
    return {
      value: Object.keys(world.known).map((each) => {
        const state = listed(each);
        return state === undefined || state === "disabled" ? { id: each } : { id: each, perUserMfaState: state };
      }),
    };
  });
  const progress: number[] = [];
  const states = await readStates(
    createClient(it.connection),
    () => wanted,
    (done) => void progress.push(done),
  );
  return { states, seen: it.seen, progress };
};
const pairs = (states: PerUserStates, of: readonly string[]): readonly (PerUserState | undefined)[] => of.map((each) => states.get(each));
const known = (count: number, state: (place: number) => PerUserState): Readonly<Record<string, PerUserState>> =>
  Object.fromEntries(ids(count).map((each, place) => [each, state(place)]));

describe("reading the states of a tenant", () => {
  test("the list tells them, a sample is looked at the documented way", async () => {
    const world = { known: known(500, (place) => (place < 100 ? "enforced" : place < 200 ? "enabled" : "disabled")) };
    const { states, seen } = await reading(world, ids(500));
    expect([states.basis, ...pairs(states, [id(1), id(150), id(499), id(900)])]).toEqual(["listed", "enforced", "enabled", "disabled", undefined]);
    expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /v1.0/users?$select=id,perUserMfaState&$top=999",
      "POST /beta/$batch",
      "POST /beta/$batch",
    ]);
    const looked = seen.slice(1).flatMap((each) => itemsIn(each).map((item) => world.known[account(item)]));
    expect([looked.length, looked.filter((state) => state === "disabled").length]).toEqual([40, 20]);
    expect(seen.slice(1).flatMap((each) => itemsIn(each).map(({ method }) => method))).toEqual(Array.from({ length: 40 }, () => "GET"));
  });

  test("a list that names nobody proves nothing, and says so", async () => {
    const { states, seen } = await reading({ known: known(100, () => "disabled") }, ids(100));
    expect([states.basis, states.get(id(3)), seen.length]).toEqual(["unnamed", "disabled", 3]);
  });

  test.each<readonly [string, Omit<World, "known">]>([
    ["leaves the property out", { listed: () => undefined }],
    ["tells another state of one of them", { listed: (each) => (each === id(1) ? "enabled" : undefined) }],
    ["does not know the property", { refuse: refusal(400, "BadRequest", "Could not find a property named 'perUserMfaState'") }],
  ])("a list that %s is not believed: those whom the plan is about are looked at, twenty to a request", async (_, world) => {
    const all = known(60, (place) => (place < 3 ? "enforced" : "disabled"));
    const { states, seen } = await reading({ known: all, ...world }, [...ids(45), ...ids(10)]);
    expect([states.basis, states.size, ...pairs(states, [id(1), id(45), id(46)])]).toEqual(["looked-up", 45, "enforced", "disabled", undefined]);
    const batches = seen.filter(({ method }) => method === "POST").map((each) => itemsIn(each).length);
    expect(batches.slice(-3)).toEqual([20, 20, 5]);
  });

  test.each<readonly [string, Reply]>([
    ["not permitted", refusal(403, "Authorization_RequestDenied", "no")],
    ["a state that nobody knows", { value: [{ id: id(1), perUserMfaState: "sometimes" }] }],
  ])("a list that fails otherwise fails: %s", async (_, refuse) => {
    await expect(reading({ known: {}, refuse }, [])).rejects.toMatchObject({ name: "ServiceError" });
  });

  test("an account that is gone since says nothing against the list", async () => {
    const all = known(5, (place) => (place === 0 ? "enforced" : "disabled"));
    const it = scripted((seen) =>
      seen.method === "POST"
        ? batch(seen, (item) => (account(item) === id(2) ? GONE : told(all[account(item)] ?? "")))
        : { value: Object.entries(all).map(([each, state]) => ({ id: each, ...(state !== "disabled" && { perUserMfaState: state }) })) },
    );
    const states = await readStates(
      createClient(it.connection),
      () => ids(5),
      () => undefined,
    );
    expect(states.basis).toBe("listed");
  });
});

describe("one by one", () => {
  const states = async (of: readonly string[], script: (seen: Seen, place: number) => Reply | Promise<Reply>) => {
    const it = scripted(script);
    const found = await gatewayOn(it.connection).states(of);
    return { found, seen: it.seen, ms: it.clock.now() - Date.parse("2022-02-07T08:00:00Z") };
  };
  const shown = ({ found }: Awaited<ReturnType<typeof states>>, of: readonly string[]): unknown => (found.type === "present" ? pairs(found.value, of) : found);

  test("a batch that breaks off, or an item of it, is read again; nothing else is", async () => {
    const result = await states(ids(25), (seen, place) => {
      if (place === 0) return noAnswer("ECONNRESET");
      if (place === 1) return batch(seen, (_, at) => (at === 3 ? { status: 503, body: { error: { code: "x", message: "later" } } } : told("enabled")));
      return batch(seen, () => told("enforced"));
    });
    expect(shown(result, [id(1), id(25)])).toEqual(["enforced", "enforced"]);
    expect(result.seen.map((each) => itemsIn(each).length)).toEqual([20, 20, 20, 5]);
    expect(result.ms).toBeGreaterThanOrEqual(3_000);
  });

  test("one that is gone has no state", async () => {
    const result = await states(ids(2), (seen) => batch(seen, (_, at) => (at === 0 ? GONE : told("Enabled"))));
    expect(shown(result, ids(2))).toEqual([undefined, "enabled"]);
  });

  test.each<readonly [string, ItemReply]>([
    ["refused", { status: 403, body: { error: { code: "Authorization_RequestDenied", message: "no" } } }],
    ["always broken", { status: 500, body: { error: { code: "x", message: "x" } } }],
    ["without a state", { status: 200, body: {} }],
    ["a state that nobody knows", told("sometimes")],
  ])("one that cannot be read makes all of them unknown: %s", async (_, reply) => {
    const result = await states(ids(2), (seen) => batch(seen, (_item, at) => (at === 0 ? reply : told("enabled"))));
    expect(result.found.type).toBe("unknown");
  });
});

describe("writing", () => {
  const stepOf = (accounts: readonly string[], place = 0): Step => {
    const states = accounts.map((each) => ({ id: each, before: "disabled" as const }));
    return {
      id: String(place),
      kind: "per-user-mfa",
      key: "heads",
      name: "heads",
      write: { type: "set-states", kind: "per-user-mfa", key: "heads", to: "enabled", accounts: states },
      undo: { type: "states", accounts: states },
      after: [],
      phases: [],
    };
  };
  const performed = async (steps: readonly Step[], script: (seen: Seen, place: number) => Reply, abortAt?: number) => {
    const it = scripted((seen, place) => {
      if (place === abortAt) it.controller.abort(new Error("interrupted"));
      return script(seen, place);
    });
    const progress: number[] = [];
    const outcomes = await gatewayOn(it.connection).perform(
      steps,
      new Map(),
      async () => undefined,
      (done) => void progress.push(done),
    );
    return { outcomes: steps.map((step): StepOutcome | undefined => outcomes.get(step.id)), seen: it.seen, progress };
  };
  const done = (): ItemReply => ({ status: 204 });

  test("a batch a step, of documented requests to beta, told step by step", async () => {
    const { outcomes, seen, progress } = await performed([stepOf(ids(20)), stepOf([id(21)], 1)], (each) => batch(each, done));
    expect(outcomes).toEqual([{ type: "done" }, { type: "done" }]);
    expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual(["POST /beta/$batch", "POST /beta/$batch"]);
    expect(seen.slice(1).flatMap(itemsIn)).toEqual([
      {
        id: "1",
        method: "PATCH",
        url: `/users/${id(21)}/authentication/requirements`,
        headers: { "Content-Type": "application/json" },
        body: { perUserMfaState: "enabled" },
      },
    ]);
    expect(progress).toEqual([1, 2]);
  });

  test.each<readonly [string, (item: Item, place: number) => ItemReply, StepOutcome]>([
    ["an account is gone: the others are done", (_, place) => (place === 1 ? GONE : done()), { type: "done" }],
    [
      "one is refused: nobody can say done or refused of the step",
      (_, place) => (place === 1 ? { status: 403, body: { error: { code: "Denied", message: "no" } } } : done()),
      { type: "unknown", because: expect.stringContaining(`2 of 3 accounts were set; account ${id(2)} was not`) },
    ],
    [
      "all are refused",
      () => ({ status: 403, body: { error: { code: "Denied", message: "no" } } }),
      { type: "refused", error: expect.objectContaining({ status: 403 }) },
    ],
  ])("%s", async (_, reply, want) => {
    const { outcomes } = await performed([stepOf(ids(3))], (seen) => batch(seen, reply));
    expect(outcomes).toEqual([want]);
  });

  test("no answer: unknown, and it is not sent again", async () => {
    const { outcomes, seen } = await performed([stepOf(ids(3))], () => noAnswer("ECONNRESET"));
    expect([outcomes[0]?.type, seen.length]).toEqual(["unknown", 1]);
  });

  test("a throttled account alone is sent again", async () => {
    const { outcomes, seen } = await performed([stepOf(ids(3))], (each, place) =>
      batch(each, (_, at) => (place === 0 && at === 1 ? { status: 429, headers: { "Retry-After": "3" }, body: {} } : done())),
    );
    expect([outcomes, seen.map((each) => itemsIn(each).length)]).toEqual([[{ type: "done" }], [3, 1]]);
  });

  test("interrupted: what left is waited for, the rest is left out", async () => {
    const { outcomes, seen } = await performed([stepOf(ids(3)), stepOf([id(9)], 1)], (each) => batch(each, done), 0);
    expect([outcomes.map((each) => each?.type), seen.length]).toEqual([["done", "left-out"], 1]);
  });

  test("more than a batch takes is refused", async () => {
    const { outcomes, seen } = await performed([stepOf(ids(21))], (each) => batch(each, done));
    expect([outcomes[0]?.type, seen.length]).toEqual(["refused", 0]);
  });
});
