/** @pnp/graph against the served practice tenant: its own paging, batches, retries and errors. */

import {
  AdvancedQuery,
  DefaultHeaders,
  DefaultInit,
  GraphCollection,
  type GraphFI,
  GraphQueryable,
  graphDelete,
  graphfi,
  graphPatch,
  graphPost,
  type IGraphCollection,
  Paged,
} from "@pnp/graph";
import { GroupType } from "@pnp/graph/groups/index.js";
import "@pnp/graph/batching.js";
import "@pnp/graph/members/index.js";
import "@pnp/graph/users/index.js";
import { BearerToken, BrowserFetchWithRetry, body, DefaultParse, HttpRequestError, InjectHeaders } from "@pnp/queryable";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { expectGraphError, serveTenant, type Tenant } from "./tenant.ts";

const POLICIES = "identity/conditionalAccess/policies";
const LOCATIONS = "identity/conditionalAccess/namedLocations";
const NOBODY = "00000000-0000-4000-8000-000000000000";

let tenant: Tenant | undefined;
let graph: GraphFI;

const served = (): Tenant => {
  if (tenant === undefined) throw new Error("no tenant is served");
  return tenant;
};
const graphWith = (token: string): GraphFI =>
  graphfi().using(DefaultHeaders(), DefaultInit(served().root), BrowserFetchWithRetry(), DefaultParse(), BearerToken(token));

beforeAll(async () => {
  tenant = await serveTenant("trust", 800);
  graph = graphWith(tenant.token);
});
afterAll(() => tenant?.close());
beforeEach(() => served().dial({}));

/** Any path, asked with all that the root was set up with: PnP's own way to what it has no words for. */
const collection = (path: string): IGraphCollection => GraphCollection([graph.users, ""], path);

type Named = { readonly id: string; readonly displayName: string };

const people = async (count: number): Promise<readonly Named[]> => {
  const found: readonly { readonly id?: string | undefined; readonly displayName?: string | null | undefined }[] = await graph.users.top(count)();
  return found.map(({ id, displayName }) => ({ id: String(id), displayName: String(displayName) }));
};

const newPolicy = (displayName: string) => ({
  displayName,
  state: "enabledForReportingButNotEnforced",
  conditions: { clientAppTypes: ["all"], applications: { includeApplications: ["All"] }, users: { includeUsers: ["All"] } },
  grantControls: { operator: "OR", builtInControls: ["mfa"] },
});

const errorOf = async (call: Promise<unknown>): Promise<{ readonly status: number; readonly body: unknown }> => {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof HttpRequestError)) throw error;
    return { status: error.status, body: await error.response.json() };
  }
  throw new Error("it was not refused");
};

describe("people", () => {
  test("everybody with sign-in activity, to the last page", async () => {
    const pages: unknown[][] = [];
    const asked = await served().watched(async () => {
      for await (const page of graph.users.select("id", "userPrincipalName", "signInActivity").top(90)) pages.push([...page]);
    });
    const { count } = await graph.users.top(1).using(AdvancedQuery(), Paged(true))<{ count: number }>();
    expect(pages.flat()).toHaveLength(count);
    expect(pages.map(({ length }) => length)).toEqual([...pages.slice(1).map(() => 90), count % 90]);
    expect(asked.map(({ status }) => status)).toEqual(pages.map(() => 200));
    expect(pages.flat()).toContainEqual({
      id: expect.any(String),
      userPrincipalName: expect.any(String),
      signInActivity: expect.objectContaining({ lastSignInDateTime: expect.stringMatching(/^\d{4}-/) }),
    });
  });

  test("an advanced query, in PnP's own spelling of it", async () => {
    const found = await graph.users
      .filter("endsWith(userPrincipalName,'@alder.trust.example') or assignedLicenses/$count eq 0")
      .select("id")
      .using(AdvancedQuery())();
    expect(found.length).toBeGreaterThan(0);
    expect(Object.keys(found[0] ?? {})).toEqual(["id"]);
  });
});

describe("policies, locations, groups", () => {
  test("a policy is made, listed, patched and deleted", async () => {
    const made = await graphPost<Named>(collection(POLICIES), body(newPolicy("MFA by PnP")));
    const one = GraphQueryable(collection(POLICIES), made.id);
    expect((await collection(POLICIES)<Named[]>()).map(({ displayName }) => displayName)).toContain("MFA by PnP");
    await graphPatch(one, body({ state: "disabled" }));
    expect(await one()).toMatchObject({ ...newPolicy("MFA by PnP"), state: "disabled", id: made.id });
    await graphDelete(one);
    const gone = await errorOf(one());
    expect(gone.status).toBe(404);
    expectGraphError(gone.body, "ResourceNotFound");
  });

  test("a location is made, changed and deleted", async () => {
    const type = { "@odata.type": "#microsoft.graph.countryNamedLocation" };
    const made = await graphPost<Named>(collection(LOCATIONS), body({ ...type, displayName: "Home countries", countriesAndRegions: ["GB"] }));
    const one = GraphQueryable(collection(LOCATIONS), made.id);
    await graphPatch(one, body({ ...type, countriesAndRegions: ["GB", "IE"] }));
    expect(await collection(LOCATIONS)<Named[]>()).toContainEqual(expect.objectContaining({ ...type, id: made.id, countriesAndRegions: ["GB", "IE"] }));
    await graphDelete(one);
    expect((await errorOf(one())).status).toBe(404);
  });

  test("members are added and removed", async () => {
    const [first, second] = await people(2);
    const { id = "" } = await graph.groups.add("By PnP", "by-pnp", GroupType.Security);
    const group = graph.groups.getById(id);
    for (const person of [first, second]) await group.members.add(`${served().root}/directoryObjects/${person?.id}`);
    expect((await group.members<Named[]>()).map((member) => member.id)).toEqual([first?.id, second?.id]);
    await group.members.getById(first?.id ?? "").remove();
    expect(await group.members.select("id")()).toEqual([{ "@odata.type": "#microsoft.graph.user", id: second?.id }]);
    await group.update({ description: "by a foreign client" });
    expect(await group()).toMatchObject({ displayName: "By PnP", description: "by a foreign client" });
    await group.delete();
    expectGraphError((await errorOf(group())).body, "Request_ResourceNotFound");
  });
});

describe("$batch", () => {
  test("more than twenty requests, which PnP packs and sorts out again", async () => {
    const found = await people(30);
    const [batched, execute] = graph.batched();
    const answers = found.map(({ id }) => batched.users.getById(id)());
    const nobody = errorOf(batched.users.getById(NOBODY)());
    const asked = await served().watched(execute);
    expect((await Promise.all(answers)).map(({ id }) => id)).toEqual(found.map(({ id }) => id));
    expectGraphError((await nobody).body, "Request_ResourceNotFound");
    expect(asked.filter(({ path }) => path.endsWith("/$batch"))).toHaveLength(2);
  });

  test("twenty, of which one fails, another stands on it and the rest are done", async () => {
    const found = await people(18);
    const requests = [
      { id: "fails", method: "GET", url: `groups/${NOBODY}` },
      { id: "stands on it", method: "DELETE", url: `users/${found[0]?.id}`, dependsOn: ["fails"] },
      ...found.map(({ id }) => ({ id, method: "GET", url: `/users/${id}?$select=id` })),
    ];
    expect(requests).toHaveLength(20);
    const { responses } = await graphPost<{ responses: { id: string; status: number; body: unknown }[] }>(collection("$batch"), body({ requests }));
    const statusOf = new Map(responses.map(({ id, status }) => [id, status]));
    expect(requests.map(({ id }) => statusOf.get(id))).toEqual([404, 424, ...found.map(() => 200)]);
    for (const { status, body: answer } of responses) if (status === 424) expectGraphError(answer, "FailedDependency");
    // What stood on the failure was not done.
    expect((await graph.users.getById(found[0]?.id ?? "")()).id).toBe(found[0]?.id);
  });
});

describe("bad days", () => {
  test.each([429, 503, 504])("%d is asked again, as long as the answer says", async (status) => {
    await served().dial({ faults: [{ path: "^/groups", times: 2, effect: { type: "status", status, headers: { "Retry-After": "0" } } }] });
    const asked = await served().watched(() => graph.groups());
    expect(asked.map((one) => one.status)).toEqual([status, status, 200]);
  });

  test("no token, a wrong one, and none of the rights", async () => {
    const wrong = await errorOf(graphWith("another-token").groups());
    expect(wrong.status).toBe(401);
    expectGraphError(wrong.body, "InvalidAuthenticationToken");
    await served().dial({ permissions: ["User.Read.All"] });
    const denied = await errorOf(graph.groups());
    expect(denied.status).toBe(403);
    expectGraphError(denied.body, "Authorization_RequestDenied");
  });

  const refused: readonly (readonly [name: string, call: () => Promise<unknown>, status: number, code: string])[] = [
    ["a filter that is none", () => graph.users.filter("displayName eq")(), 400, "BadRequest"],
    ["a filter that the service does not have", () => graph.users.filter("endsWith(displayName,'x')")(), 400, "Request_UnsupportedQuery"],
    ["a page that is too long", () => graph.users.top(1000)(), 400, "Request_BadRequest"],
    ["nobody", () => graph.users.getById(NOBODY)(), 404, "Request_ResourceNotFound"],
    ["a policy without conditions", () => graphPost(collection(POLICIES), body({ displayName: "x", state: "disabled" })), 400, "BadRequest"],
    ["a group without a name", () => graphPost(collection("groups"), body({ securityEnabled: true })), 400, "Request_BadRequest"],
    ["a group as its own member", async () => selfMember(), 400, "Request_BadRequest"],
    ["a body that is no JSON", () => graphPost(collection("groups"), { body: "{", headers: {} }), 400, "BadRequest"],
    ["a batch of none", () => graphPost(collection("$batch"), body({ requests: [] })), 400, "BadRequest"],
    ["what the practice tenant does not have", () => collection("sites")(), 501, "NotImplemented"],
  ];
  test.each(refused)("refused as Graph refuses: %s", async (_name, call, status, code) => {
    const { status: given, body: answer } = await errorOf(call());
    expect(given).toBe(status);
    expectGraphError(answer, code);
  });

  const selfMember = async (): Promise<unknown> => {
    const [group] = await collection("groups").filter("securityEnabled eq true").top(1)<Named[]>();
    const one = graph.groups.getById(group?.id ?? "");
    return one.members.add(`${served().root}/directoryObjects/${group?.id}`);
  };
});

describe("as others write it", () => {
  test("paths, options and names of properties in capitals", async () => {
    const upper = await collection("USERS?$SELECT=ID,DISPLAYNAME&$TOP=3")();
    const lower = await collection("users?$select=id,displayName&$top=3")();
    expect(upper).toEqual(lower);
    const made = await graphPost<Named>(collection("Identity/ConditionalAccess/Policies"), body(capitals(newPolicy("MFA in capitals"))));
    expect(made).toMatchObject(newPolicy("MFA in capitals"));
    await graphDelete(GraphQueryable(collection(POLICIES.toUpperCase()), made.id.toUpperCase()));
  });

  test("with metadata and without", async () => {
    const withLevel = (level: string) =>
      collection("groups")
        .top(1)
        .using(InjectHeaders({ Accept: `application/json;odata.metadata=${level}` }), Paged())<{ value: object[]; hasNext: boolean }>();
    const [none, minimal, full] = [await withLevel("none"), await withLevel("minimal"), await withLevel("full")];
    expect([none, minimal, full].map(({ hasNext }) => hasNext)).toEqual([true, true, true]);
    expect(none.value).toEqual(minimal.value);
    expect(full.value[0]).toMatchObject({ "@odata.type": "#microsoft.graph.group", ...minimal.value[0] });
  });
});

/** Every name in capitals, the values as they are. */
const capitals = (value: unknown): object => {
  const shout = (inner: unknown): unknown => {
    if (Array.isArray(inner)) return inner.map(shout);
    if (typeof inner !== "object" || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).map(([name, one]) => [name.toUpperCase(), shout(one)]));
  };
  return Object(shout(value));
};
