/** Accounts that are gone for good, made again from the archive, against the practice tenant. */

import { describe, expect, test } from "vitest";
import type { ArchivedAccount } from "../../src/core/accounts/facts.ts";
import type { Step, StepOutcome } from "../../src/core/changes.ts";
import { userId, valueIn } from "../sandbox/support.ts";
import { ANN, accountWorld, archivedOf, BAND, CAT, HEAD, MAIL, stepOf, TEACHING, type Wish, type World } from "./account-world.ts";

const ANEW: Step = stepOf("restored", [ANN], { anew: true });
const UPN = "user-10@tiny.example";
const THERE = "an account of that address is there; rename or delete that one, then run it again";
const PROFILE = "id,accountEnabled,displayName,givenName,department,businessPhones,mailNickname,usageLocation,userPrincipalName,onPremisesExtensionAttributes";

const gone = async (archived: Partial<ArchivedAccount> = {}, wish: Wish = {}): Promise<World> => {
  const world = await accountWorld({ archived: [archivedOf(10, "Ann", archived)], ...wish });
  await world.tiny.ask("DELETE", `/users/${ANN}`);
  await world.tiny.ask("DELETE", `/directory/deletedItems/${ANN}`);
  await world.sent();
  return world;
};

const called = async (world: World, upn = UPN): Promise<Readonly<Record<string, unknown>>> =>
  (await world.tiny.ask("GET", `/users/${upn}?$select=${PROFILE}`)).body;
const posted = (world: World): readonly unknown[] =>
  world.bodies.flatMap(({ method, path, body }) => (method === "POST" && path === "/v1.0/users" ? [body] : []));
const because = (outcome: StepOutcome): string | undefined => (outcome.type === "unknown" ? outcome.each?.find(({ id }) => id === ANN)?.because : undefined);
const creates = (effect: object, times = 1): object => ({ faults: [{ method: "POST", path: "/users$", effect, times }] });

describe("made anew", () => {
  test("with what the archive has of it, blocked, by a password that nobody knows", async () => {
    const world = await gone();
    const outcome = await world.perform(ANEW);
    const made = await called(world);
    expect(outcome).toEqual({ type: "done", id: made["id"] });
    expect(made["id"]).not.toBe(ANN);
    expect(made).toMatchObject({
      accountEnabled: false,
      displayName: "Ann",
      givenName: "Ann",
      department: "Music",
      usageLocation: "GB",
      mailNickname: "user-10",
    });
    expect(made["onPremisesExtensionAttributes"]).toMatchObject({ extensionAttribute3: "choir" });
    expect(await world.linksOf(String(made["id"]))).toEqual(await world.linksOf(CAT));
    expect(posted(world)).toEqual([
      {
        accountEnabled: false,
        displayName: "Ann",
        givenName: "Ann",
        department: "Music",
        businessPhones: ["020 7946 0000"],
        mailNickname: "user-10",
        usageLocation: "GB",
        userPrincipalName: UPN,
        onPremisesExtensionAttributes: { extensionAttribute3: "choir" },
        passwordProfile: { forceChangePasswordNextSignIn: true, password: expect.stringMatching(/^Aa1-[0-9a-f-]{72}$/) },
      },
    ]);
  });

  test("no two passwords are alike", async () => {
    const world = await accountWorld({ archived: [archivedOf(10, "Ann", { upn: "one@tiny.example" }), archivedOf(11, "Bob", { upn: "two@tiny.example" })] });
    await world.perform(ANEW);
    await world.perform(stepOf("restored", [userId(11)], { anew: true }));
    const [one, two] = posted(world).map((body) => Object(body).passwordProfile.password);
    expect(one).not.toBe(two);
  });

  test("the journal knows of it before it leaves, and of nothing else", async () => {
    const world = await gone();
    await world.perform(ANEW);
    const place = world.bodies.findIndex(({ method, path }) => method === "POST" && path === "/v1.0/users");
    expect(world.befores).toEqual([`${ANEW.id} after ${place}`]);
  });

  test("what the step says of its links counts more than the archive", async () => {
    const world = await gone();
    const outcome = await world.perform(stepOf("restored", [ANN], { anew: true, back: [{ id: ANN, groups: [BAND], licences: [] }] }));
    expect(outcome).toMatchObject({ type: "done" });
    expect(await world.linksOf(String((await called(world))["id"]))).toEqual({ status: 200, groups: [BAND], licences: [], manager: undefined });
  });

  test.each<readonly [string, Partial<ArchivedAccount>, object]>([
    ["a profile without a name", { upn: "o'brien@tiny.example", profile: {} }, { displayName: "o'brien", mailNickname: "o'brien" }],
    ["letters that no nickname has", { upn: "a!b#c@tiny.example", profile: { displayName: "Abc" } }, { displayName: "Abc", mailNickname: "a!b#c" }],
  ])("%s", async (_, archived, body) => {
    const world = await gone({ licences: [], groups: [], ...archived });
    await world.perform(ANEW);
    expect(posted(world)).toEqual([expect.objectContaining(body)]);
  });

  test("all that a create may say of a profile is said, and nothing else", async () => {
    const texts =
      "ageGroup city companyName country department displayName employeeId employeeType faxNumber givenName jobTitle mobilePhone officeLocation " +
      "postalCode preferredLanguage state streetAddress surname";
    const writable = {
      ...Object.fromEntries(texts.split(" ").map((name) => [name, `of ${name}`])),
      ageGroup: "Adult",
      preferredLanguage: "en-GB",
      consentProvidedForMinor: "NotRequired",
      employeeHireDate: "2016-09-01T00:00:00Z",
      mailNickname: "ann",
      otherMails: ["ann@home.example"],
      passwordPolicies: "DisablePasswordExpiration",
      usageLocation: "GB",
      userType: "Member",
    };
    const not = {
      id: ANN,
      mail: UPN,
      proxyAddresses: [`SMTP:${UPN}`],
      aboutMe: "me",
      createdDateTime: "2016-01-01T00:00:00Z",
      accountEnabled: true,
      identities: [],
    };
    const empty = { businessPhones: [], onPremisesExtensionAttributes: { extensionAttribute1: null }, userPrincipalName: "other@tiny.example" };
    const world = await gone({ profile: { ...writable, ...not, ...empty } });
    const first = await world.perform(ANEW);
    expect(first).toMatchObject({ type: "done" });
    const { passwordProfile: _, ...sent } = Object(posted(world)[0]);
    expect(sent).toEqual({ ...writable, accountEnabled: false, userPrincipalName: UPN });
    // Known again by all of it.
    expect(await world.perform(ANEW)).toEqual(first);
  });

  test("what it could not be given is said beside its new id, without a name", async () => {
    const world = await gone();
    await world.tiny.ask("DELETE", `/groups/${BAND}`);
    const outcome = await world.perform(ANEW);
    const { id } = await called(world);
    expect(outcome).toEqual({
      type: "unknown",
      because: expect.any(String),
      each: [{ id: ANN, because: `it was made again as ${String(id)}; group ${BAND}: it is gone` }],
    });
    expect(JSON.stringify(outcome)).not.toMatch(/tiny\.example|Ann|user-10/);
  });

  test("nothing is known everywhere at once, its usage location included", async () => {
    const world = await gone();
    await world.dials({
      lagMs: { directory: 10_000, conditionalAccess: 0, exchange: 0 },
      faults: [
        {
          method: "POST",
          path: "/assignLicense$",
          effect: {
            type: "status",
            status: 400,
            code: "Request_BadRequest",
            message: "License assignment cannot be done for user with invalid usage location.",
          },
          times: 2,
        },
      ],
    });
    expect(await world.perform(ANEW)).toMatchObject({ type: "done" });
    await world.tiny.settle();
    expect(await world.linksOf(String((await called(world))["id"]))).toEqual(await world.linksOf(CAT));
  });
});

describe("not made", () => {
  test.each<readonly [string, object]>([
    ["that can sign in", { accountEnabled: true }],
    ["of another name", { displayName: "Zara" }],
    ["with something else in its profile", { department: "Sports" }],
    ["without something of its profile", { givenName: null }],
  ])("where somebody made an account of that address %s, it is left alone", async (_, other) => {
    const world = await gone();
    const { profile } = archivedOf(10, "Ann");
    await world.put("users", { ...profile, id: userId(300), userPrincipalName: UPN, accountEnabled: false, ...other });
    expect(await world.perform(ANEW)).toEqual({ type: "unknown", because: THERE, lacking: [ANN], refused: true, each: [{ id: ANN, because: THERE }] });
    expect(posted(world)).toEqual([]);
    expect(await world.linksOf(userId(300))).toMatchObject({ groups: [], manager: undefined });
    expect(world.befores).toEqual([]);
  });

  test("a guest is invited, not made", async () => {
    const world = await gone({ upn: "ann_else.example#EXT#@tiny.example" });
    expect(because(await world.perform(ANEW))).toBe("it is a guest, who has to be invited again");
    expect(world.bodies).toEqual([]);
  });

  test("what the service refuses is said in our words", async () => {
    const world = await gone({ upn: "ann@elsewhere.example" });
    const outcome = await world.perform(ANEW);
    expect(outcome).toMatchObject({ type: "unknown", lacking: [ANN], refused: true });
    expect(because(outcome)).toBe("it could not be made again: the service said 400 Request_BadRequest");
  });

  test("without the right to it is a refusal that says what to do", async () => {
    const world = await gone();
    await world.dials({ permissions: ["User.Read.All"] });
    const outcome = await world.perform(ANEW);
    expect(outcome).toMatchObject({ type: "refused", error: { status: 403, message: expect.stringContaining("whoever signs in needs") } });
  });

  test("where nobody can look first it is left out", async () => {
    const world = await gone();
    await world.dials({ permissions: ["Group.Read.All"] });
    expect(await world.perform(ANEW)).toMatchObject({ type: "left-out", because: expect.stringContaining("nobody could look first") });
    expect(posted(world)).toEqual([]);
  });
});

describe("made by an earlier try", () => {
  test("it is known by everything that it was made with, and given what it lacks", async () => {
    const world = await gone();
    await world.dials({ faults: [{ method: "PUT", path: "/manager", effect: { type: "status", status: 503 } }] });
    expect(await world.perform(ANEW)).toMatchObject({ type: "unknown" });
    const { id } = await called(world);
    await world.dials({});
    expect(await world.perform(ANEW)).toEqual({ type: "done", id });
    expect(posted(world).length).toBe(1);
    expect(await world.linksOf(String(id))).toMatchObject({ manager: HEAD });
  });

  test.each([
    ["the answer is lost", { type: "drop-after" }],
    ["the answer is a page", { type: "html" }],
    ["the service stumbles before", { type: "drop-before" }],
  ])("%s: it is looked for, and never made twice", async (_, effect) => {
    const world = await gone();
    await world.dials(creates(effect));
    const first = await world.perform(ANEW);
    const rows = valueIn(await world.tiny.ask("GET", `/users?$filter=startswith(userPrincipalName,'user-10@')&$select=id`));
    expect(first).toMatchObject(
      rows.length === 1 ? { type: "done", id: rows[0]?.["id"] } : { type: "unknown", because: expect.stringContaining("nobody can say"), lacking: [ANN] },
    );
    expect(posted(world).length).toBeLessThanOrEqual(1);
    const second = await world.perform(ANEW);
    const after = valueIn(await world.tiny.ask("GET", `/users?$filter=startswith(userPrincipalName,'user-10@')&$select=id`));
    expect(second).toEqual({ type: "done", id: after[0]?.["id"] });
    expect(after.length).toBe(1);
  });

  test("not seen yet, and the service says that its name is taken: it is waited for", async () => {
    const world = await gone();
    await world.dials({ lagMs: { directory: 20_000, conditionalAccess: 0, exchange: 0 } });
    // Made by a run that was cut before it heard of it.
    const earlier = await world.tiny.ask("POST", "/users", {
      ...Object.fromEntries(Object.entries(archivedOf(10, "Ann").profile).filter(([name]) => !["mail", "proxyAddresses", "createdDateTime"].includes(name))),
      userPrincipalName: UPN,
      accountEnabled: false,
      passwordProfile: { password: "not-a-real-one-9" },
    });
    expect(earlier.status).toBe(201);
    expect(await world.perform(ANEW)).toEqual({ type: "done", id: earlier.body["id"] });
  });

  test("the account itself, back by somebody's hand, is given what it lacks", async () => {
    const world = await accountWorld({ archived: [archivedOf(10, "Ann")] });
    await world.tiny.ask("DELETE", `/groups/${BAND}/members/${ANN}/$ref`);
    expect(await world.perform(ANEW)).toEqual({ type: "done", id: ANN });
    expect(await world.linksOf(ANN)).toEqual(await world.linksOf(CAT));
    expect(posted(world)).toEqual([]);
  });

  test("its licences: those of a product that is used up are said", async () => {
    const world = await gone({
      licences: [
        { sku: TEACHING, off: [] },
        { sku: MAIL, off: ["33333333-0000-4000-8000-000000000099"] },
      ],
    });
    expect(because(await world.perform(ANEW))).toContain(`licence ${MAIL}: the service said 400 Request_BadRequest`);
  });
});

describe("interrupted", () => {
  test("before the create leaves: it was never sent", async () => {
    const world = await gone(
      {},
      { onRequest: ({ controller }, request) => (request.url.includes("/users/user-10") ? controller.abort(new Error("enough")) : undefined) },
    );
    expect(await world.perform(ANEW)).toEqual({ type: "left-out", because: "interrupted before it was sent" });
    expect(posted(world)).toEqual([]);
  });

  test("while an unanswered create is looked for: nobody can say", async () => {
    const world = await gone(
      {},
      { onRequest: ({ controller, bodies }, request) => (bodies.length > 0 && request.method === "GET" ? controller.abort(new Error("enough")) : undefined) },
    );
    await world.dials(creates({ type: "status", status: 503 }));
    const outcome = await world.perform(ANEW);
    expect(outcome).toMatchObject({ type: "unknown", lacking: [ANN], because: expect.stringContaining("nobody can say") });
    expect(outcome).not.toHaveProperty("refused");
  });

  test("what the journal throws goes on upwards", async () => {
    const world = await gone();
    const step = { ...ANEW, id: "full-disk" };
    await expect(world.performWith(step, () => Promise.reject(new Error("no room on the disk")))).rejects.toThrow("no room on the disk");
    expect(posted(world)).toEqual([]);
  });
});
