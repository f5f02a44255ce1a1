/** Accounts on a review list of which something cannot be read: that part is unknown, and never empty. */

import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Listed, ListedAccount } from "../../src/core/accounts/facts.ts";
import { arrange, KEEPERS, MAIL, NOWHERE, TEACHERS, TEAM } from "./listed-arranged.ts";
import { id, listedIn, openWorld, type Rewrite, type World } from "./listed-world.ts";

const known = <T>(value: T): object => ({ type: "present", value });
const NONE = { type: "absent" };

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await arrange(world);
}, 60_000);

const fault = (path: string, code = 403, more: object = {}): object => ({
  faults: [{ path, effect: { type: "status", status: code, code: "Authorization_RequestDenied", message: "Insufficient privileges", ...more } }],
});
const spoilt = async <T>(dials: object, read: () => Promise<T>): Promise<T> => {
  await world.dial(dials);
  try {
    return await read();
  } finally {
    await world.dial({});
  }
};
const UNKNOWN = { type: "unknown" };

const rewriting =
  (path: string, change: (body: Readonly<Record<string, unknown>>) => unknown): Rewrite =>
  (url, part) =>
    url.includes(path) && typeof part.body === "object" && part.body !== null ? { ...part, body: change({ ...part.body }) } : part;

describe("what could not be read", () => {
  const asItIs: Rewrite = (_, part) => part;
  let rewrite = asItIs;
  let kept: ReturnType<World["gateway"]>;
  // What holds for all of them is read before anything is spoilt.
  beforeAll(async () => {
    kept = world.gateway({ rewrite: (url, part) => rewrite(url, part) });
    await kept.gateway.listed([]);
  });
  afterEach(() => {
    rewrite = asItIs;
  });

  test.each<readonly [string, object, readonly (keyof ListedAccount)[]]>([
    ["its groups", fault("/users/[^/]+/memberOf"), ["roles", "eligible", "archive"]],
    ["what it owns", fault("/ownedObjects"), ["owns"]],
    ["its manager", fault("/manager"), ["archive"]],
    ["its manager, as a 404 of something in between", fault("/manager", 404, { code: "NotFound" }), ["archive"]],
    ["roles that were assigned", fault("/roleAssignments"), ["roles"]],
    ["which roles it may activate", fault("/roleEligibilityScheduleInstances"), ["eligible"]],
    ["its mailbox in Exchange", fault("InvokeCommand/Get-Mailbox/", 500), ["mail"]],
    ["who may open its mailbox", fault("InvokeCommand/Get-MailboxPermission/", 500), ["mail"]],
    ["who may send as it", fault("InvokeCommand/Get-RecipientPermission/", 500), ["mail"]],
  ])("%s is unknown, and nothing else", async (_, dials, want) => {
    const listed = await spoilt(dials, () => listedIn(kept.gateway, id(13)));
    const { account: own, mailbox, ...parts } = listed;
    expect(Object.entries(parts).flatMap(([part, value]) => (value.type === "unknown" ? [part] : []))).toEqual(
      [...want].sort((a, b) => Object.keys(parts).indexOf(a) - Object.keys(parts).indexOf(b)),
    );
    expect([own.upn, mailbox]).toEqual(["left-out@small.example", "user"]);
  });

  test("what its mailbox is for: unknown, and Exchange is asked all the same", async () => {
    const listed = await spoilt(fault("/mailboxSettings"), () => listedIn(kept.gateway, id(10)));
    expect([listed.mailbox, listed.mail]).toMatchObject(["unknown", known({ onHold: true })]);
  });

  test("a mailbox of which Exchange knows nothing, though nobody said that there is none", async () => {
    const listed = await spoilt(fault("/mailboxSettings"), () => listedIn(kept.gateway, id(1)));
    expect(listed.mail).toMatchObject({ type: "unknown", because: expect.stringContaining("no such mailbox") });
  });

  test("a reason names what was asked for, and not what of it", async () => {
    const listed = await spoilt(fault("/ownedObjects"), () => listedIn(kept.gateway, id(1)));
    expect(listed.owns).toEqual({
      type: "unknown",
      because: `the service answered 403 Authorization_RequestDenied to GET /users/${id(1)}/ownedObjects: Insufficient privileges; it takes User.Read.All`,
    });
  });

  test.each([
    ["refused", fault(`/users/${id(1)}\\?`)],
    ["not found by something in between", fault(`/users/${id(1)}\\?`, 404, { code: "NotFound" })],
    ["broken whenever it is tried", fault(`/users/${id(1)}\\?`, 503)],
  ])("the account itself is unknown where its row is %s, and not gone", async (_, dials) => {
    const read = await spoilt(dials, () => kept.gateway.listed([id(1), id(2)]));
    expect(read).toMatchObject({ type: "present" });
    const accounts = read.type === "present" ? read.value.accounts : new Map();
    expect([accounts.get(id(1)), accounts.get(id(2))]).toMatchObject([
      { type: "unknown", because: expect.stringContaining("the service answered") },
      { type: "found" },
    ]);
  });

  test.each([
    ["an item of a batch", "/ownedObjects", {}],
    ["a whole batch", "/\\$batch", {}],
    [
      "a licence that the service forgot about",
      `/users/${id(1)}\\?`,
      { status: 403, code: "Authentication_RequestFromNonPremiumTenantOrB2CTenant", message: "Neither tenant is B2C or tenant doesn't have premium license" },
    ],
  ])("a bad moment is waited out: %s", async (_, path, more) => {
    const dials = { faults: [{ path, times: 1, effect: { type: "status", status: 503, ...more } }] };
    const listed = await spoilt(dials, () => listedIn(kept.gateway, id(1)));
    expect(listed).toMatchObject({ owns: known(0), roles: known([]), archive: { type: "present" } });
  });

  const withoutRows = rewriting("/memberOf", (body) => ({ ...body, value: [], "@odata.nextLink": "http://127.0.0.1/v1.0/next" }));

  test("a list that goes on is read to its end", async () => {
    rewrite = withoutRows;
    expect((await listedIn(kept.gateway, id(2))).archive).toMatchObject({ value: { groups: [TEACHERS, TEAM] } });
    expect(kept.asked).toContain(`GET /v1.0/users/${id(2)}/memberOf`);
  });

  const memberless = rewriting("/memberOf", ({ value, ...body }) => ({
    ...body,
    value: Array.isArray(value)
      ? value.map((row) => ({ "@odata.type": row["@odata.type"], id: row.id, displayName: null, groupTypes: null, isAssignableToRole: null }))
      : [],
  }));

  test.each<readonly [string, Rewrite, number, object]>([
    ["a group of which the caller may see no more than that it is there", memberless, 2, { archive: UNKNOWN, roles: UNKNOWN }],
    [
      "what is neither a group nor a role, and a group that may hold roles for all anybody says",
      rewriting("/memberOf", (body) => ({
        ...body,
        value: [
          { "@odata.type": "#microsoft.graph.administrativeUnit", id: NOWHERE, displayName: "Whitby" },
          { "@odata.type": "#microsoft.graph.device", id: NOWHERE, displayName: "A laptop" },
          { "@odata.type": "#microsoft.graph.group", id: KEEPERS, displayName: "Keepers", groupTypes: [] },
        ],
      })),
      1,
      {
        archive: known(expect.objectContaining({ groups: [KEEPERS], besides: ["A laptop (device)", "the administrative unit Whitby"] })),
        roles: known(["Helpdesk Administrator"]),
      },
    ],
    ["a row about another account", rewriting("?$select=", (body) => ({ ...body, id: NOWHERE })), 1, {}],
    ["a list without rows", rewriting("/ownedObjects", () => ({})), 1, { owns: UNKNOWN }],
    ["something owned of which nobody says what it is", rewriting("/ownedObjects", () => ({ value: [{ id: NOWHERE }] })), 1, { owns: UNKNOWN }],
    ["an application", rewriting("/ownedObjects", () => ({ value: [{ "@odata.type": "#microsoft.graph.application", id: NOWHERE }] })), 1, { owns: known(1) }],
    [
      "a device that it joined",
      rewriting("/ownedObjects", () => ({ value: [{ "@odata.type": "#microsoft.graph.device", id: NOWHERE }] })),
      1,
      { owns: known(0) },
    ],
    [
      "an answer about another mailbox",
      rewriting("Get-Mailbox ", (body) => ({ ...body, value: [{ ...first(body), ExternalDirectoryObjectId: id(1) }] })),
      10,
      { mail: UNKNOWN },
    ],
    ["an answer about two mailboxes", rewriting("Get-Mailbox ", (body) => ({ ...body, value: [first(body), first(body)] })), 13, { mail: UNKNOWN }],
    ["an answer about no mailbox", rewriting("Get-Mailbox ", (body) => ({ ...body, value: [] })), 13, { mail: UNKNOWN }],
    [
      "a hold of which nobody says whether there is one",
      rewriting("Get-Mailbox ", (body) => ({ ...body, value: [{ ...first(body), DelayHoldApplied: null }] })),
      13,
      { mail: UNKNOWN },
    ],
    [
      "permissions in switches",
      rewriting("Get-MailboxPermission ", (body) => ({
        ...body,
        value: [
          { User: "kept.out@small.example", AccessRights: ["FullAccess"], IsInherited: "False", Deny: { IsPresent: true } },
          { User: "let.in@small.example", AccessRights: ["FullAccess"], IsInherited: "False", Deny: { IsPresent: false } },
        ],
      })),
      13,
      { mail: known({ onHold: false, delegates: ["let.in@small.example"], forwardsTo: undefined }) },
    ],
  ])("read as it comes: %s", async (_, given, number, want) => {
    rewrite = given;
    const read = await kept.gateway.listed([id(number)]);
    const one = read.type === "present" ? read.value.accounts.get(id(number)) : undefined;
    if (Object.keys(want).length === 0) expect(one).toMatchObject(UNKNOWN);
    else expect(one).toMatchObject({ type: "found", listed: want });
  });

  test.each(["LitigationHoldEnabled", "ComplianceTagHoldApplied", "DelayHoldApplied", "DelayReleaseHoldApplied"])("%s holds", async (name) => {
    rewrite = rewriting("Get-Mailbox ", (body) => ({ ...body, value: [{ ...first(body), [name]: true }] }));
    expect((await listedIn(kept.gateway, id(13))).mail).toMatchObject(known({ onHold: true }));
  });
});

const first = (body: Readonly<Record<string, unknown>>): object => {
  const [row]: readonly unknown[] = Array.isArray(body["value"]) ? body["value"] : [];
  return typeof row === "object" && row !== null ? row : {};
};

describe("what holds for all of them, where it could not be read", () => {
  const groundWith = async (dials: object) =>
    spoilt(dials, async () => {
      const read = await world.gateway().gateway.listed([id(1)]);
      if (read.type !== "present") throw new Error("not read");
      const one = read.value.accounts.get(id(1));
      return { ground: read.value.ground, account: one?.type === "found" ? one.listed : undefined };
    });

  test.each<readonly [string, object, string]>([
    ["no licence", { licence: "free" }, "only of tenants with Entra ID P1"],
    [
      "no permission for sign-ins",
      { permissions: ["User.Read.All", "Directory.Read.All", "MailboxSettings.Read", "Reports.Read.All", "RoleManagement.Read.All"] },
      "403",
    ],
    ["licences that could not be read", fault("/subscribedSkus"), "could not be read"],
    ["accounts that could not be listed", fault("/users\\?", 500), "the service answered"],
  ])("%s: sign-ins are not told, and why", async (_, dials, because) => {
    const { ground, account: own } = await groundWith(dials);
    expect(ground.told).toMatchObject({ type: "unknown", because: expect.stringContaining(because) });
    expect(own).toBeDefined();
  });

  test("without a licence for it nobody may activate a role; where the licence is not known, nobody knows", async () => {
    expect((await groundWith({ licence: "p1" })).account?.eligible).toEqual(NONE);
    expect((await groundWith(fault("/subscribedSkus"))).account?.eligible).toMatchObject(UNKNOWN);
  });

  describe("whether anybody is stamped", () => {
    const NEXT = "http://127.0.0.1/v1.0/users?$skiptoken=of-nobody";
    /** The first page, with what is stamped changed, and behind it one that cannot be read. */
    const firstPage = (change: (stamps: object) => object | undefined, next: string | undefined): Rewrite =>
      rewriting("GET /v1.0/users", ({ value, ...body }) => ({
        ...body,
        value: Array.isArray(value) ? value.map(({ id: own, signInActivity }) => ({ id: own, signInActivity: signInActivity && change(signInActivity) })) : [],
        ...(next !== undefined && { "@odata.nextLink": next }),
      }));
    const groundOf = async (rewrite: Rewrite): Promise<Listed["ground"]> => {
      const read = await world.gateway({ rewrite }).gateway.listed([]);
      if (read.type !== "present") throw new Error("not read");
      return read.value.ground;
    };
    const nobody = (): undefined => undefined;
    const attempts = (): object => ({ lastSignInDateTime: "2024-09-01T08:00:00Z" });
    const empty = (): object => ({ lastSignInDateTime: null });

    test("nobody is: neither a stamp nor a success, and that it is told all the same", async () => {
      expect(await groundOf(firstPage(nobody, undefined))).toMatchObject({ told: known(true), anybody: { stamped: false, succeeded: false } });
      expect(await groundOf(firstPage(empty, undefined))).toMatchObject({ anybody: { stamped: false, succeeded: false } });
    });

    test("attempts alone are no success", async () => {
      expect(await groundOf(firstPage(attempts, undefined))).toMatchObject({ told: known(true), anybody: { stamped: true, succeeded: false } });
    });

    test("a success on the first page is enough; without one all pages are read, or nothing is told", async () => {
      expect(await groundOf(firstPage((stamps) => stamps, NEXT))).toMatchObject({ told: known(true), anybody: { stamped: true, succeeded: true } });
      expect(await groundOf(firstPage(attempts, NEXT))).toMatchObject({ told: UNKNOWN, anybody: { stamped: false, succeeded: false } });
    });
  });

  test("who holds which role", async () => {
    expect((await groundWith(fault("/directoryRoles"))).account?.roles).toMatchObject(UNKNOWN);
  });

  test("usage reports, each by itself", async () => {
    const { ground } = await groundWith(fault("getMailboxUsageDetail"));
    expect(Object.entries(ground.usage).map(([name, { type }]) => [name, type])).toEqual([
      ["products", "present"],
      ["programs", "present"],
      ["mailboxes", "unknown"],
    ]);
    expect((await groundWith({ concealedNames: true })).ground.usage.products).toEqual({
      type: "unknown",
      because: "the tenant conceals names in its usage reports",
    });
  });

  test("products, and who is signed in", async () => {
    expect((await groundWith(fault("/subscribedSkus"))).ground.products).toMatchObject(UNKNOWN);
    expect((await groundWith(fault("/me\\?"))).ground.self).toMatchObject(UNKNOWN);
  });
});

describe("a grant that is missing for Exchange", () => {
  test.each([
    ["none", "Exchange.ManageAsApp is missing|401"],
    ["permission-only", "no role for Exchange"],
  ])("%s: unknown with its reason, and asked once a command", async (exchangeGrants, because) => {
    await spoilt({ exchangeGrants }, async () => {
      const { gateway, asked } = world.gateway();
      const read = await gateway.listed(MAIL.map(id));
      const mail = [...(read.type === "present" ? read.value.accounts.values() : [])].map((each) => (each.type === "found" ? each.listed.mail : undefined));
      expect(mail).toEqual(MAIL.map(() => ({ type: "unknown", because: expect.stringMatching(because), denied: true })));
      const before = asked.filter((each) => each.startsWith("Get-")).length;
      const progress: number[] = [];
      const again = await gateway.listed(MAIL.map(id), (done) => void progress.push(done));
      expect(asked.filter((each) => each.startsWith("Get-")).length).toBe(before);
      expect([again, progress]).toMatchObject([{ type: "present" }, [1, 2, 3, 4, 5]]);
    });
  });
});

describe("interrupted", () => {
  test.each(["/ownedObjects", "Get-MailboxPermission", "/directoryRoles"])("at %s it rejects, with what interrupted it", async (at) => {
    const controller = new AbortController();
    const stop = new Error("stopped by hand");
    const { gateway } = world.gateway({ signal: controller.signal, seen: (what) => what.includes(at) && controller.abort(stop) });
    await expect(gateway.listed([id(10)])).rejects.toBe(stop);
  });
});
