/** What `report methods` asks of the service besides the registration report, and what it makes of the answers. */

import { describe, expect, test } from "vitest";
import type { RegistrationEvent } from "../../src/core/reports/registrations.ts";
import { createClient } from "../../src/graph/client.ts";
import { readRegistrations, readShared } from "../../src/graph/report-methods.ts";
import { isObject } from "../../src/graph/wire.ts";
import { inOrder, ORIGIN, type Reply, refusal, type Script, type Seen, scripted } from "./scripted.ts";

const id = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

const audit = (more: object = {}): object => ({
  activityDateTime: "2022-02-01T09:00:00Z",
  activityDisplayName: "User registered security info",
  result: "success",
  initiatedBy: { app: null, user: { id: id(1).toUpperCase(), ipAddress: "198.51.100.7" } },
  targetResources: [{ id: id(1), type: "User" }],
  ...more,
});

const page = (rows: readonly object[], next?: string): Reply => ({
  value: rows,
  ...(next !== undefined && { "@odata.nextLink": `${ORIGIN}/v1.0/auditLogs/directoryAudits?$skiptoken=${next}` }),
});

const registrations = async (script: Script) => {
  const world = scripted(script);
  const events: RegistrationEvent[] = [];
  await readRegistrations(
    createClient(world.connection),
    Date.parse("2022-01-08T08:00:00Z"),
    () => events.splice(0),
    (event) => events.push(event),
    () => undefined,
  );
  return { ...world, events };
};

describe("the log of registrations", () => {
  test("asks for registrations since then and nothing else, and follows pages as they are", async () => {
    const { seen, events } = await registrations((_, place) => page([audit()], place === 0 ? "next%20page" : undefined));
    const asked = seen.map(({ url }) => url.slice(ORIGIN.length));
    expect(new URL(seen[0]?.url ?? "").searchParams.get("$filter")).toBe(
      "activityDateTime ge 2022-01-08T08:00:00Z and activityDisplayName eq 'User registered security info'",
    );
    expect(asked[1]).toBe("/v1.0/auditLogs/directoryAudits?$skiptoken=next%20page");
    expect(events).toHaveLength(2);
  });

  test.each<{ name: string; row: object; want: RegistrationEvent | undefined }>([
    { name: "whose it is, when and from where", row: audit(), want: { account: id(1), at: Date.parse("2022-02-01T09:00:00Z"), from: "198.51.100.7" } },
    {
      name: "whose it is, and not who did it",
      row: audit({ targetResources: [{ id: id(2), type: "User" }] }),
      want: { account: id(2), at: Date.parse("2022-02-01T09:00:00Z"), from: "198.51.100.7" },
    },
    {
      name: "who did it, where the row names only the method",
      row: audit({ targetResources: [{ id: "not an id", type: "Other" }] }),
      want: { account: id(1), at: Date.parse("2022-02-01T09:00:00Z"), from: "198.51.100.7" },
    },
    {
      name: "without an address",
      row: audit({ initiatedBy: { user: { id: id(1), ipAddress: "" } } }),
      want: { account: id(1), at: Date.parse("2022-02-01T09:00:00Z"), from: undefined },
    },
    { name: "one that failed is none", row: audit({ result: "failure" }), want: undefined },
    { name: "another activity is none", row: audit({ activityDisplayName: "User deleted security info" }), want: undefined },
    { name: "one of nobody is none", row: audit({ initiatedBy: { app: { appId: id(9) } }, targetResources: [] }), want: undefined },
  ])("$name", async ({ row, want }) => {
    expect((await registrations(inOrder(() => page([row])))).events).toEqual(want === undefined ? [] : [want]);
  });

  test("pages that expire on the way: begun anew, and nothing counted twice", async () => {
    const { events } = await registrations(
      inOrder(
        () => page([audit()], "old"),
        () => refusal(410, "Gone", "the token has expired"),
        () => page([audit()], "new"),
        () => page([audit({ targetResources: [{ id: id(3) }] })]),
      ),
    );
    expect(events.map(({ account }) => account)).toEqual([id(1), id(3)]);
  });

  test.each([
    { name: "a refusal", reply: () => refusal(403, "Authentication_MSGraphPermissionMissing", "not you") },
    { name: "a moment that is none", reply: () => page([audit({ activityDateTime: "soon" })]) },
  ])("$name is no empty log", async ({ reply }) => {
    await expect(registrations(inOrder(reply))).rejects.toMatchObject({ name: "ServiceError" });
  });
});

/** Answers each item of a batch by its path. */
const batched =
  (answer: (path: string) => { readonly status: number; readonly body: object }): Script =>
  ({ body }: Seen) => {
    const requests: unknown[] = isObject(body) && Array.isArray(body.requests) ? body.requests : [];
    return {
      responses: requests.map((request) => {
        const { id: number, url } = isObject(request) ? request : {};
        return { id: number, headers: {}, ...answer(String(url)) };
      }),
    };
  };

const method = (type: string, createdDateTime?: string): object => ({
  "@odata.type": `#microsoft.graph.${type}AuthenticationMethod`,
  id: "x",
  ...(createdDateTime !== undefined && { createdDateTime }),
});

describe("shared accounts", () => {
  const [password, methods] = [
    "2022-01-20T08:00:00Z",
    [method("password", "2022-01-20T08:00:00Z"), method("email"), method("phone"), method("fido2", "2021-09-01T08:00:00Z")],
  ];

  test("twenty reads a request, and of the methods those that are a second factor", async () => {
    const { connection, seen } = scripted(
      batched((path) => ({ status: 200, body: path.includes("/authentication/") ? { value: methods } : { id: id(1), lastPasswordChangeDateTime: password } })),
    );
    const ids = Array.from({ length: 12 }, (_, place) => id(place + 1));
    const looks = await readShared(createClient(connection), ids);
    expect(seen.map(({ path }) => path)).toEqual(["/v1.0/$batch", "/v1.0/$batch"]);
    expect([...looks.keys()]).toEqual(ids);
    expect(looks.get(id(12))).toEqual({
      password: { type: "present", value: Date.parse(password) },
      methods: { type: "present", value: [null, Date.parse("2021-09-01T08:00:00Z")] },
    });
  });

  test("what is refused, or not said, is known to be so", async () => {
    const { connection } = scripted(
      batched((path) =>
        path.includes("/authentication/")
          ? { status: 403, body: { error: { code: "Authorization_RequestDenied", message: "not you" } } }
          : { status: 200, body: { id: id(1), lastPasswordChangeDateTime: null } },
      ),
    );
    const look = (await readShared(createClient(connection), [id(1)])).get(id(1));
    expect(look?.password).toEqual({ type: "absent" });
    expect(look?.methods).toMatchObject({ type: "unknown", because: expect.stringContaining("403") });
  });

  test("nobody is asked for when nobody is shared", async () => {
    const { connection, seen } = scripted(() => new Error("nobody should ask"));
    expect((await readShared(createClient(connection), [])).size).toBe(0);
    expect(seen).toEqual([]);
  });
});
