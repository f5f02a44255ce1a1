/** Accounts blocked, deleted and brought back, against the practice tenant. */

import { describe, expect, test } from "vitest";
import type { StepOutcome } from "../../src/core/changes.ts";
import { userId } from "../sandbox/support.ts";
import { ADMIN, ANN, accountWorld, BAND, BOB, CAT, CHOIR, HEAD, LINKS, MAIL, stepOf, TEACHING, type World } from "./account-world.ts";

const isWrite = (line: string): boolean => !/ GET /.test(line);
const writes = async (world: World): Promise<readonly string[]> => (await world.sent()).filter(isWrite).sort();
const eachOf = (outcome: StepOutcome): readonly (readonly [string, string])[] =>
  outcome.type === "unknown" ? (outcome.each ?? []).map(({ id, because }) => [id, because] as const) : [];
const enabledOf = async (world: World, id: string): Promise<unknown> =>
  (await world.tiny.ask("GET", `/users/${id}?$select=accountEnabled`)).body["accountEnabled"];

/** Deleted, as the run before left them, and looked at no more. */
const withDeleted = async (ids: readonly string[], wish: Parameters<typeof accountWorld>[0] = {}): Promise<World> => {
  const world = await accountWorld(wish);
  for (const id of ids) expect((await world.tiny.ask("DELETE", `/users/${id}`)).status).toBe(204);
  await world.sent();
  return world;
};

const NOTHING_BROUGHT = { restoreBrings: { licences: false, memberships: false, manager: false } };

const restoreOf = (ids: readonly string[]) => stepOf("restored", ids, { back: ids.map(LINKS) });

describe("blocked, enabled, deleted", () => {
  test("one batch a step", async () => {
    const world = await accountWorld();
    expect(await world.perform(stepOf("blocked", [ANN, BOB]))).toEqual({ type: "done" });
    expect([await enabledOf(world, ANN), await enabledOf(world, BOB), await enabledOf(world, CAT)]).toEqual([false, false, true]);
    expect(await world.perform(stepOf("enabled", [ANN]))).toEqual({ type: "done" });
    expect([await enabledOf(world, ANN), await enabledOf(world, BOB)]).toEqual([true, false]);
    expect(await world.perform(stepOf("deleted", [ANN, BOB]))).toEqual({ type: "done" });
    expect([await enabledOf(world, ANN), await enabledOf(world, BOB), await enabledOf(world, CAT)]).toEqual([undefined, undefined, true]);
    expect(world.bodies.map(({ method, path }) => `${method} ${path}`)).toEqual(Array.from({ length: 3 }, () => "POST /v1.0/$batch"));
    expect(world.befores).toEqual([]);
  });

  test("who is gone already is deleted, and cannot be blocked", async () => {
    const world = await withDeleted([ANN]);
    expect(await world.perform(stepOf("deleted", [ANN, BOB]))).toEqual({ type: "done" });
    expect(await world.perform(stepOf("blocked", [ANN, CAT]))).toEqual({
      type: "unknown",
      because: "there is no such account any more",
      lacking: [ANN],
      refused: true,
      each: [{ id: ANN, because: "there is no such account any more" }],
    });
    expect(await enabledOf(world, CAT)).toBe(false);
  });

  test("an administrator is out of reach: each says so; where nobody can be reached it is a refusal with what to do", async () => {
    const world = await accountWorld();
    await world.dials({ reachesAdministrators: false });
    const some = await world.perform(stepOf("deleted", [ADMIN, ANN]));
    expect(some).toMatchObject({ type: "unknown", lacking: [ADMIN], refused: true });
    expect(eachOf(some)).toEqual([[ADMIN, expect.stringContaining("this sign-in may not do that; an account that holds a role")]]);
    const all = await world.perform(stepOf("deleted", [ADMIN]));
    expect(all).toMatchObject({ type: "refused", error: { status: 403, code: "Authorization_RequestDenied" } });
    expect(all.type === "refused" && all.error.message).toContain("whoever signs in needs User.DeleteRestore.All");
    expect(await enabledOf(world, ADMIN)).toBe(true);
  });

  test("what takes is sent once, what gives until it is there", async () => {
    const world = await accountWorld();
    await world.dials({ faults: [{ method: "DELETE", path: "/users/", effect: { type: "status", status: 503 }, times: 1 }] });
    const outcome = await world.perform(stepOf("deleted", [ANN]));
    expect(outcome).toEqual({
      type: "unknown",
      because: expect.any(String),
      lacking: [ANN],
      each: [{ id: ANN, because: "nobody can say whether it was done (503)" }],
    });
    await world.dials({ faults: [{ method: "PATCH", path: "/users/", effect: { type: "status", status: 503 }, times: 2 }] });
    expect(await world.perform(stepOf("enabled", [ANN]))).toEqual({ type: "done" });
    expect(await writes(world)).toEqual([`204 PATCH /users/${ANN}`, `503 DELETE /users/${ANN}`, `503 PATCH /users/${ANN}`, `503 PATCH /users/${ANN}`]);
  });

  test.each([
    [
      "more than a batch",
      stepOf(
        "deleted",
        Array.from({ length: 21 }, (_, n) => userId(n)),
      ),
    ],
    ["two made anew at once", stepOf("restored", [ANN, BOB], { anew: true })],
    ["one made anew that no archive has", stepOf("restored", [ANN], { anew: true })],
    ["one deleted anew", stepOf("deleted", [ANN], { anew: true })],
  ])("%s is no step", async (_, step) => {
    const world = await accountWorld();
    expect(await world.perform(step)).toMatchObject({ type: "refused", error: { status: 0, code: "WrongStep" } });
    expect(world.bodies).toEqual([]);
  });

  test("nobody is nothing to do; after an abort nothing is sent", async () => {
    const world = await accountWorld();
    expect(await world.perform(stepOf("deleted", []))).toEqual({ type: "done" });
    world.controller.abort();
    expect(await world.perform(stepOf("deleted", [ANN]))).toEqual({ type: "left-out", because: "interrupted before it was sent" });
    expect(world.bodies).toEqual([]);
  });
});

const BRINGS = [true, false].flatMap((licences) =>
  [true, false].flatMap((memberships) => [true, false].map((manager) => ({ licences, memberships, manager }))),
);

describe("restored", () => {
  test.each(BRINGS)("ends the same whatever the service brings back by itself: %o", async (restoreBrings) => {
    const before = await (await accountWorld()).linksOf(ANN);
    const world = await withDeleted([ANN]);
    await world.dials({ restoreBrings });
    expect(await world.perform(restoreOf([ANN]))).toEqual({ type: "done" });
    expect(await world.linksOf(ANN)).toEqual(before);
    const brought = await writes(world);
    expect(brought.filter((line) => line.includes("/assignLicense")).length).toBe(restoreBrings.licences ? 0 : 1);
    expect(brought.filter((line) => line.includes("/members/")).length).toBe(restoreBrings.memberships ? 0 : 2);
    expect(brought.filter((line) => line.includes("/manager/")).length).toBe(restoreBrings.manager ? 0 : 1);
    // Once more: it is an account, and lacks nothing.
    expect(await world.perform(restoreOf([ANN]))).toEqual({ type: "done" });
    expect(await writes(world)).toEqual([`404 POST /directory/deletedItems/${ANN}/restore`]);
  });

  test("goes on where an earlier run was cut: only what is missing is given", async () => {
    const world = await withDeleted([ANN, BOB]);
    await world.tiny.ask("POST", `/directory/deletedItems/${ANN}/restore`, {});
    await world.tiny.ask("DELETE", `/groups/${BAND}/members/${ANN}/$ref`);
    await world.tiny.ask("POST", `/users/${ANN}/assignLicense`, { addLicenses: [{ skuId: TEACHING, disabledPlans: [] }], removeLicenses: [] });
    await world.sent();
    expect(await world.perform(restoreOf([ANN, BOB]))).toEqual({ type: "done" });
    expect(await writes(world)).toEqual([
      `200 POST /directory/deletedItems/${BOB}/restore`,
      `200 POST /users/${ANN}/assignLicense`,
      `204 POST /groups/${BAND}/members/$ref`,
      `404 POST /directory/deletedItems/${ANN}/restore`,
    ]);
    expect(await world.linksOf(ANN)).toEqual(await world.linksOf(CAT));
  });

  test("twenty at once, some of which are back, gone for good, or short of something", async () => {
    const others = Array.from({ length: 17 }, (_, n) => userId(100 + n));
    const world = await accountWorld();
    for (const id of others)
      await world.put("users", { id, userPrincipalName: `${id}@tiny.example`, displayName: "Dan", accountEnabled: false, usageLocation: "GB" });
    const ids = [ANN, BOB, CAT, ...others];
    expect(await world.perform(stepOf("deleted", ids))).toEqual({ type: "done" });
    await world.dials(NOTHING_BROUGHT);
    await world.tiny.ask("DELETE", `/directory/deletedItems/${BOB}`);
    await world.tiny.ask("POST", `/directory/deletedItems/${CAT}/restore`, {});
    const back = ids.map((id) => (id === ANN || id === CAT ? LINKS(id) : { id, groups: [BAND], licences: [] }));
    await world.tiny.ask("DELETE", `/groups/${CHOIR}`);
    const outcome = await world.perform(stepOf("restored", ids, { back }));
    expect(outcome).toMatchObject({ type: "unknown", lacking: [BOB], refused: true });
    const lost = `group ${CHOIR}: it is gone`;
    expect(eachOf(outcome)).toEqual([
      [ANN, lost],
      [BOB, expect.stringContaining("only the archive")],
      [CAT, lost],
    ]);
    for (const id of others) expect(await world.linksOf(id)).toMatchObject({ groups: [BAND] });
  });

  test("without links to give back nothing is read", async () => {
    const world = await withDeleted([ANN]);
    expect(await world.perform(stepOf("restored", [ANN]))).toEqual({ type: "done" });
    expect(await world.sent()).toEqual([`200 POST /directory/deletedItems/${ANN}/restore`]);
  });

  test("where another has its name it is not restored, and gets no other name", async () => {
    const world = await withDeleted([ANN, BOB]);
    await world.put("users", { id: userId(200), userPrincipalName: "user-10@tiny.example", displayName: "Zara", accountEnabled: true });
    const outcome = await world.perform(restoreOf([ANN, BOB]));
    const because = "its address is used by another account; rename that one, then run it again";
    expect(outcome).toEqual({ type: "unknown", because, lacking: [ANN], refused: true, each: [{ id: ANN, because }] });
    expect((await writes(world)).filter((line) => line.includes(ANN)).length).toBe(2);
    expect(JSON.stringify(world.bodies)).not.toContain("newUserPrincipalName");
    expect(await enabledOf(world, BOB)).toBe(true);
  });

  test("where another has one of its mail addresses it comes back without that", async () => {
    const world = await withDeleted([ANN]);
    await world.put("users", {
      id: userId(201),
      userPrincipalName: "zara@tiny.example",
      mail: "ann@tiny.example",
      proxyAddresses: ["SMTP:ann@tiny.example"],
      displayName: "Zara",
      accountEnabled: true,
    });
    const outcome = await world.perform(restoreOf([ANN]));
    expect(outcome).toEqual({
      type: "unknown",
      because: expect.any(String),
      each: [{ id: ANN, because: "it is back without a mail address that another account uses now" }],
    });
    expect((await world.tiny.ask("GET", `/users/${ANN}?$select=proxyAddresses`)).body["proxyAddresses"]).toEqual(["SMTP:user-10@tiny.example"]);
    expect(await world.linksOf(ANN)).toEqual(await world.linksOf(CAT));
    // It is as it can be: the next time there is nothing to say of it.
    expect(await world.perform(restoreOf([ANN]))).toEqual({ type: "done" });
  });

  test.each([
    [409, "Conflict", "in the way", "its address is used by another account; rename that one, then run it again"],
    [400, "Request_BadRequest", "Another object with the same value for property userPrincipalName already exists.", "its address is used by another account"],
    [400, "Request_BadRequest", "something else", "the service said 400 Request_BadRequest"],
  ])("a conflict is told by its class: %i %s %s", async (status, code, message, because) => {
    const world = await withDeleted([ANN]);
    await world.dials({ faults: [{ method: "POST", path: "/restore$", effect: { type: "status", status, code, message } }] });
    expect(eachOf(await world.perform(restoreOf([ANN])))).toEqual([[ANN, expect.stringContaining(because)]]);
  });

  test("who is gone for good is told so", async () => {
    const world = await withDeleted([ANN]);
    await world.tiny.ask("DELETE", `/directory/deletedItems/${ANN}`);
    const outcome = await world.perform(restoreOf([ANN]));
    expect(outcome).toMatchObject({ type: "unknown", lacking: [ANN], refused: true });
    expect(eachOf(outcome)).toEqual([[ANN, "it is neither among the accounts nor among the deleted ones; only the archive can make it again"]]);
  });

  test("an administrator cannot be restored by anybody", async () => {
    const world = await withDeleted([ADMIN]);
    await world.dials({ reachesAdministrators: false });
    expect(await world.perform(restoreOf([ADMIN]))).toMatchObject({
      type: "refused",
      error: { status: 403, message: expect.stringContaining("a role above it") },
    });
  });
});

describe("what the service does not give back", () => {
  test.each<readonly [string, (world: World) => Promise<unknown>, string]>([
    ["a group that is gone", (world) => world.tiny.ask("DELETE", `/groups/${BAND}`), `group ${BAND}: it is gone`],
    [
      "a group that is kept on premises",
      (world) => world.tiny.ask("GET", `/groups/${BAND}`).then(({ body }) => world.put("groups", { ...body, id: BAND, onPremisesSyncEnabled: true })),
      `group ${BAND}: the service said 400 Request_BadRequest, as of a group that has a rule now, or is kept on premises`,
    ],
    ["a manager who is gone", (world) => world.tiny.ask("DELETE", `/users/${HEAD}`), `manager ${HEAD}: it is gone`],
    ["a licence that is used up", (world) => useUp(world, MAIL), `licence ${MAIL}: none is left`],
    [
      "all licences used up",
      (world) => useUp(world, MAIL).then(() => useUp(world, TEACHING)),
      `licence ${TEACHING}: none is left; licence ${MAIL}: none is left`,
    ],
    [
      "a licence of no subscription any more",
      (world) => world.tiny.ask("POST", "/_practice/objects", { remove: [{ collection: "subscribedSkus", id: MAIL }] }),
      `licence ${MAIL}: the service said 400 Request_BadRequest`,
    ],
  ])("%s", async (_, spoil, because) => {
    const world = await withDeleted([ANN]);
    await world.dials(NOTHING_BROUGHT);
    await spoil(world);
    await world.sent();
    const outcome = await world.perform(restoreOf([ANN]));
    expect(outcome).toEqual({ type: "unknown", because, each: [{ id: ANN, because }] });
    expect(JSON.stringify(outcome)).not.toMatch(/tiny\.example|Ann|Hedda|Choir|Band/);
    const { groups, licences, manager } = Object(await world.linksOf(ANN));
    const lost = because.split("; ").length;
    expect(groups.length + licences.length + (manager === undefined ? 0 : 1)).toBe(5 - lost);
  });

  test("without a usage location no licence is given", async () => {
    const world = await withDeleted([ANN]);
    await world.dials(NOTHING_BROUGHT);
    await world.tiny.ask("POST", `/directory/deletedItems/${ANN}/restore`, {});
    const { body } = await world.tiny.ask("GET", `/users/${ANN}?$select=id,userPrincipalName,displayName,accountEnabled`);
    await world.put("users", { ...body, id: ANN, usageLocation: null });
    const short = `licence ${TEACHING}: the account has no usage location; licence ${MAIL}: the account has no usage location`;
    expect(eachOf(await world.perform(restoreOf([ANN])))).toEqual([[ANN, short]]);
  });

  test("rights that reach accounts and no groups", async () => {
    const world = await withDeleted([ANN]);
    await world.dials({ ...NOTHING_BROUGHT, permissions: ["User.ReadWrite.All", "Directory.Read.All"] });
    const outcome = await world.perform(restoreOf([ANN]));
    expect(eachOf(outcome)[0]?.[1]).toMatch(new RegExp(`^group ${CHOIR}: this sign-in may not do that.*group ${BAND}: this sign-in may not do that`));
    expect(Object(await world.linksOf(ANN))).toMatchObject({ groups: [], manager: HEAD });
  });

  test("what cannot be read is said, and nothing is given blindly", async () => {
    const world = await withDeleted([ANN]);
    await world.dials({ ...NOTHING_BROUGHT, permissions: ["User.DeleteRestore.All"] });
    expect(eachOf(await world.perform(restoreOf([ANN])))).toEqual([
      [ANN, expect.stringMatching(/^what belongs to it could not be read: this sign-in may not/)],
    ]);
    expect(await writes(world)).toEqual([`200 POST /directory/deletedItems/${ANN}/restore`]);
  });
});

const useUp = (world: World, sku: string): Promise<void> =>
  world.put("subscribedSkus", {
    id: sku,
    skuId: sku,
    skuPartNumber: "X",
    capabilityStatus: "Enabled",
    consumedUnits: 0,
    prepaidUnits: { enabled: 2, warning: 0 },
    servicePlans: [
      { servicePlanId: "33333333-0000-4000-8000-000000000032", servicePlanName: "A", provisioningStatus: "Success", appliesTo: "User" },
      { servicePlanId: "33333333-0000-4000-8000-000000000033", servicePlanName: "B", provisioningStatus: "Success", appliesTo: "User" },
    ],
  });

describe("bad moments", () => {
  test.each([
    ["the restore", "POST", "/restore$"],
    ["reading it", "GET", `/users/${ANN}\\?`],
    ["reading its groups", "GET", "/memberOf"],
    ["reading its manager", "GET", "/manager"],
    ["its groups", "POST", "/members/"],
    ["its licences", "POST", "/assignLicense"],
    ["its manager", "PUT", "/manager"],
  ])("in %s are waited for", async (_, method, path) => {
    const world = await withDeleted([ANN]);
    await world.dials({ ...NOTHING_BROUGHT, faults: [{ method, path, effect: { type: "status", status: 503, code: "serviceNotAvailable" }, times: 2 }] });
    expect(await world.perform(restoreOf([ANN]))).toEqual({ type: "done" });
    expect(await world.linksOf(ANN)).toEqual(await world.linksOf(CAT));
  });

  test.each([
    ["the restore", "POST", "/restore$"],
    ["a group", "POST", `/groups/${BAND}/members/`],
    ["the licences", "POST", "/assignLicense"],
  ])("an answer that is lost for %s is no harm", async (_, method, path) => {
    const world = await withDeleted([ANN]);
    await world.dials({ ...NOTHING_BROUGHT, faults: [{ method, path, effect: { type: "drop-after" }, times: 1 }] });
    expect(await world.perform(restoreOf([ANN]))).toEqual({ type: "done" });
    expect(await world.linksOf(ANN)).toEqual(await world.linksOf(CAT));
  });

  test("what stays away is given up, and said", async () => {
    const world = await withDeleted([ANN]);
    await world.dials({ ...NOTHING_BROUGHT, faults: [{ method: "PUT", path: "/manager", effect: { type: "status", status: 503 } }] });
    expect(eachOf(await world.perform(restoreOf([ANN])))).toEqual([[ANN, `manager ${HEAD}: nobody can say whether it was done (503)`]]);
  });

  test.each([2_000, 20_000])("nothing is known everywhere at once: %i ms", async (directory) => {
    const world = await accountWorld();
    await world.dials({ ...NOTHING_BROUGHT, lagMs: { directory, conditionalAccess: 0, exchange: 0 } });
    expect(await world.perform(stepOf("deleted", [ANN]))).toEqual({ type: "done" });
    await world.tiny.settle();
    expect(await world.perform(restoreOf([ANN]))).toEqual({ type: "done" });
    expect(await world.perform(stepOf("enabled", [ANN]))).toEqual({ type: "done" });
    await world.tiny.settle();
    expect(await world.linksOf(ANN)).toEqual(await world.linksOf(CAT));
  });

  test("an account that was let in again right after it came back is waited for", async () => {
    const world = await withDeleted([ANN]);
    await world.dials({ lagMs: { directory: 20_000, conditionalAccess: 0, exchange: 0 } });
    expect(await world.perform(stepOf("restored", [ANN]))).toEqual({ type: "done" });
    expect(await world.perform(stepOf("enabled", [ANN]))).toEqual({ type: "done" });
  });
});

describe("interrupted", () => {
  test("before what belongs to it is given back: it is back, and says what it lacks", async () => {
    const world = await withDeleted([ANN], {
      onRequest: ({ controller, bodies }) => {
        if (bodies.length === 1) controller.abort(new Error("enough"));
      },
    });
    await world.dials(NOTHING_BROUGHT);
    const outcome = await world.perform(restoreOf([ANN]));
    expect(outcome).toMatchObject({ type: "unknown", each: [{ id: ANN, because: expect.stringContaining("interrupted before") }] });
    expect(outcome).not.toHaveProperty("lacking");
    expect(await enabledOf(world, ANN)).toBe(true);
  });

  test("while one that is not there yet is waited for: it was never sent", async () => {
    const world = await withDeleted([ANN], {
      onRequest: ({ controller, bodies }) => {
        if (bodies.length === 1) controller.abort(new Error("enough"));
      },
    });
    await world.tiny.ask("DELETE", `/directory/deletedItems/${ANN}`);
    expect(await world.perform(restoreOf([ANN]))).toEqual({ type: "left-out", because: "interrupted before it was sent" });
  });
});
