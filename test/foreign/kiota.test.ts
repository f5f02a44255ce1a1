/** The official Microsoft Graph SDK for TypeScript against the served practice tenant. */

import { HttpMethod, type Parsable, type ParsableFactory } from "@microsoft/kiota-abstractions";
import {
  type ConditionalAccessPolicy,
  type ConditionalAccessPolicyCollectionResponse,
  createConditionalAccessPolicyCollectionResponseFromDiscriminatorValue,
  createConditionalAccessPolicyFromDiscriminatorValue,
  createDirectoryObjectCollectionResponseFromDiscriminatorValue,
  createGroupCollectionResponseFromDiscriminatorValue,
  createGroupFromDiscriminatorValue,
  createNamedLocationCollectionResponseFromDiscriminatorValue,
  createNamedLocationFromDiscriminatorValue,
  createUserCollectionResponseFromDiscriminatorValue,
  type DirectoryObjectCollectionResponse,
  type Group,
  type GroupCollectionResponse,
  type IPv4CidrRange,
  type IpNamedLocation,
  type NamedLocationCollectionResponse,
  serializeConditionalAccessPolicy,
  serializeGroup,
  serializeIpNamedLocation,
  serializeReferenceCreate,
  type User,
} from "@microsoft/msgraph-sdk/models/index.js";
import { BatchRequestContent, PageIterator } from "@microsoft/msgraph-sdk-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ERRORS, type Kiota, kiotaFor, refusalOf } from "./kiota.ts";
import { serveTenant, type Tenant } from "./tenant.ts";

const ACCOUNTS = 1600;
const POLICIES = "/identity/conditionalAccess/policies";
const LOCATIONS = "/identity/conditionalAccess/namedLocations";

let tenant: Tenant | undefined;
let kiota: Kiota;

const served = (): Tenant => {
  if (tenant === undefined) throw new Error("no tenant is served");
  return tenant;
};

beforeAll(async () => {
  tenant = await serveTenant("county", ACCOUNTS);
  kiota = kiotaFor(tenant.root, tenant.token);
});
afterAll(() => tenant?.close());
beforeEach(() => served().dial({}));

type Page<T> = { readonly value?: T[] | null; readonly odataNextLink?: string | null };

/** Everything from the first page to the last, as the SDK's own iterator goes. */
const toTheLast = async <T extends Parsable>(first: Page<T> | undefined, as: ParsableFactory<Parsable>): Promise<readonly T[]> => {
  if (typeof first?.odataNextLink !== "string") throw new Error("one page is all");
  const found: T[] = [];
  const page = { value: first.value ?? [], odataNextLink: first.odataNextLink };
  await new PageIterator<T>(kiota.adapter, page, (one) => found.push(one) > 0, as, ERRORS).iterate();
  return found;
};

const everybody = async (top: number, select: string[]): Promise<readonly User[]> => {
  const first = await kiota.graph.users.get({ queryParameters: { top, select } });
  return toTheLast<User>(first, createUserCollectionResponseFromDiscriminatorValue);
};

const newPolicy = (displayName: string): ConditionalAccessPolicy => ({
  displayName,
  state: "enabledForReportingButNotEnforced",
  conditions: {
    clientAppTypes: ["browser", "mobileAppsAndDesktopClients"],
    applications: { includeApplications: ["All"] },
    users: { includeUsers: ["All"] },
    locations: { includeLocations: ["All"], excludeLocations: ["AllTrusted"] },
  },
  grantControls: { operator: "OR", builtInControls: ["mfa"] },
  sessionControls: { signInFrequency: { isEnabled: true, type: "days", value: 90, frequencyInterval: "timeBased" } },
});

const newGroup = (displayName: string): Group => ({ displayName, mailEnabled: false, mailNickname: displayName.toLowerCase(), securityEnabled: true });

const makeGroup = (displayName: string): Promise<Group> =>
  kiota.post("/groups", { body: newGroup(displayName), as: serializeGroup }, createGroupFromDiscriminatorValue);

const makePolicy = (displayName: string): Promise<ConditionalAccessPolicy> =>
  kiota.post(POLICIES, { body: newPolicy(displayName), as: serializeConditionalAccessPolicy }, createConditionalAccessPolicyFromDiscriminatorValue);

const namesOf = (objects: readonly { displayName?: string | null }[] | null | undefined): readonly (string | null | undefined)[] =>
  (objects ?? []).map(({ displayName }) => displayName);

const memberRef = (id: string | null | undefined) => ({ body: { odataId: `${served().root}/directoryObjects/${id}` }, as: serializeReferenceCreate });

const memberIds = async (group: Group): Promise<readonly (string | null | undefined)[]> => {
  const { value } = await kiota.get<DirectoryObjectCollectionResponse>(
    `/groups/${group.id}/members?%24select=id`,
    createDirectoryObjectCollectionResponseFromDiscriminatorValue,
  );
  return (value ?? []).map(({ id }) => id);
};

describe("people", () => {
  test("everybody with sign-in activity, to the last page", async () => {
    const count = await kiota.graph.users.count.get({ headers: { ConsistencyLevel: "eventual" } });
    expect(count).toBeGreaterThan(ACCOUNTS * 0.9);
    let people: readonly User[] = [];
    const asked = await served().watched(async () => {
      people = await everybody(150, ["id", "userPrincipalName", "signInActivity"]);
    });
    expect(asked).toHaveLength(Math.ceil(Number(count) / 150));
    expect(new Set(asked.map(({ path }) => path)).size).toBe(asked.length);
    expect(new Set(people.map(({ id }) => id)).size).toBe(count);
    const active = people.filter(({ signInActivity }) => signInActivity?.lastSignInDateTime instanceof Date);
    expect(active.length).toBeGreaterThan(100);
    expect(active.every(({ signInActivity }) => Number.isFinite(signInActivity?.lastSignInDateTime?.getTime()))).toBe(true);
  });

  test("an advanced query counts what it finds", async () => {
    const found = await kiota.graph.users.get({
      headers: { ConsistencyLevel: "eventual" },
      queryParameters: {
        count: true,
        filter: "endsWith(userPrincipalName,'@birch.county.example') and accountEnabled eq true",
        top: 2,
        orderby: ["displayName desc"],
      },
    });
    expect(found?.value).toHaveLength(2);
    expect(found?.odataCount).toBeGreaterThan(2);
    expect(found?.odataNextLink).toContain(`${served().origin}/v1.0/users?`);
  });

  test("one by address, and by id alone with sign-in activity", async () => {
    const [someone] = await everybody(500, ["id", "userPrincipalName"]);
    const byAddress = kiota.graph.users.byUserId(someone?.userPrincipalName ?? "");
    expect((await byAddress.get())?.id).toBe(someone?.id);
    const select = ["id", "signInActivity"];
    expect(await refusalOf(byAddress.get({ queryParameters: { select } }))).toMatchObject({ responseStatusCode: 400, errorEscaped: { code: "400" } });
    expect((await kiota.graph.users.byUserId(someone?.id ?? "").get({ queryParameters: { select } }))?.id).toBe(someone?.id);
  });

  test("the methods that somebody registered come as what they are", async () => {
    const people = await everybody(500, ["id"]);
    const methods = await kiota.graph.users.byUserId(people[0]?.id ?? "").authentication.methods.get();
    expect(methods?.value?.map(({ odataType }) => odataType)).toContain("#microsoft.graph.passwordAuthenticationMethod");
  });
});

describe("policies and locations", () => {
  test("a policy is made, listed, read, patched and deleted", async () => {
    const before = await kiota.get<ConditionalAccessPolicyCollectionResponse>(POLICIES, createConditionalAccessPolicyCollectionResponseFromDiscriminatorValue);
    const made = await makePolicy("MFA by a foreign client");
    expect(made).toMatchObject({ ...newPolicy("MFA by a foreign client"), createdDateTime: expect.any(Date) });
    const after = await kiota.get<ConditionalAccessPolicyCollectionResponse>(POLICIES, createConditionalAccessPolicyCollectionResponseFromDiscriminatorValue);
    expect(namesOf(after.value)).toEqual([...namesOf(before.value), "MFA by a foreign client"]);

    await kiota.send(HttpMethod.PATCH, `${POLICIES}/${made.id}`, {
      body: { state: "disabled", description: "off again" },
      as: serializeConditionalAccessPolicy,
    });
    const patched = await kiota.get<ConditionalAccessPolicy>(`${POLICIES}/${made.id}`, createConditionalAccessPolicyFromDiscriminatorValue);
    expect(patched).toMatchObject({ ...newPolicy("MFA by a foreign client"), state: "disabled", description: "off again", modifiedDateTime: expect.any(Date) });

    await kiota.send(HttpMethod.DELETE, `${POLICIES}/${made.id}`);
    const gone = await refusalOf(kiota.get<ConditionalAccessPolicy>(`${POLICIES}/${made.id}`, createConditionalAccessPolicyFromDiscriminatorValue));
    expect(gone).toMatchObject({ responseStatusCode: 404, errorEscaped: { code: "ResourceNotFound" } });
  });

  test("a location is made and comes back as the type that it is", async () => {
    // This preview of the SDK leaves out what a derived type adds, so the address goes as additional data.
    const range: IPv4CidrRange = { odataType: "#microsoft.graph.iPv4CidrRange", additionalData: { cidrAddress: "192.0.2.0/24" } };
    const body: IpNamedLocation = {
      odataType: "#microsoft.graph.ipNamedLocation",
      displayName: "Schools, by a foreign client",
      isTrusted: false,
      ipRanges: [range],
    };
    const made = await kiota.post(LOCATIONS, { body, as: serializeIpNamedLocation }, createNamedLocationFromDiscriminatorValue);
    const shown = { ...body, ipRanges: [{ odataType: "#microsoft.graph.iPv4CidrRange", cidrAddress: "192.0.2.0/24" }] };
    expect(made).toMatchObject(shown);
    const { value } = await kiota.get<NamedLocationCollectionResponse>(LOCATIONS, createNamedLocationCollectionResponseFromDiscriminatorValue);
    expect(value?.find(({ id }) => id === made.id)).toMatchObject(shown);
    await kiota.send(HttpMethod.DELETE, `${LOCATIONS}/${made.id}`);
  });
});

describe("groups", () => {
  test("all of them, page by page", async () => {
    const { value: all } = await kiota.get<GroupCollectionResponse>("/groups?%24top=999", createGroupCollectionResponseFromDiscriminatorValue);
    const first = await kiota.get<GroupCollectionResponse>("/groups?%24top=1", createGroupCollectionResponseFromDiscriminatorValue);
    const found = await toTheLast<Group>(first, createGroupCollectionResponseFromDiscriminatorValue);
    expect(found.length).toBeGreaterThan(3);
    expect(found.map(({ id }) => id)).toEqual((all ?? []).map(({ id }) => id));
  });

  test("members are added and removed; the group goes and comes back", async () => {
    const people = await everybody(500, ["id"]);
    const [first, second] = people.map(({ id }) => id);
    const group = await makeGroup("Foreign");
    for (const id of [first, second]) await kiota.send(HttpMethod.POST, `/groups/${group.id}/members/$ref`, memberRef(id));
    expect(await memberIds(group)).toEqual([first, second]);
    await kiota.send(HttpMethod.DELETE, `/groups/${group.id}/members/${first}/$ref`);
    expect(await memberIds(group)).toEqual([second]);

    const twice = await refusalOf(kiota.send(HttpMethod.POST, `/groups/${group.id}/members/$ref`, memberRef(second)));
    expect(twice).toMatchObject({ responseStatusCode: 400, errorEscaped: { code: "Request_BadRequest" } });

    await kiota.send(HttpMethod.DELETE, `/groups/${group.id}`);
    const deleted = await kiota.graph.directory.deletedItems.graphGroup.get();
    expect(namesOf(deleted?.value)).toContain("Foreign");
    const restored = await kiota.graph.directory.deletedItems.byDirectoryObjectId(group.id ?? "").restore.post({});
    expect(restored?.id).toBe(group.id);
    expect(await memberIds(group)).toEqual([second]);
    await kiota.send(HttpMethod.DELETE, `/groups/${group.id}`);
  });

  test("members come as what they are", async () => {
    const [someone] = await everybody(500, ["id"]);
    const [outer, inner] = [await makeGroup("Outer"), await makeGroup("Inner")];
    for (const id of [inner.id, someone?.id]) await kiota.send(HttpMethod.POST, `/groups/${outer.id}/members/$ref`, memberRef(id));
    const { value } = await kiota.get<DirectoryObjectCollectionResponse>(
      `/groups/${outer.id}/members`,
      createDirectoryObjectCollectionResponseFromDiscriminatorValue,
    );
    expect(value?.map(({ odataType }) => odataType).sort()).toEqual(["#microsoft.graph.group", "#microsoft.graph.user"]);
    for (const { id } of [outer, inner]) await kiota.send(HttpMethod.DELETE, `/groups/${id}`);
  });
});

describe("$batch", () => {
  test("twenty at once, of which one fails and another stands on it", async () => {
    const group = await makeGroup("Batched");
    const people = (await everybody(500, ["id"])).slice(0, 17);
    const batch = new BatchRequestContent(kiota.adapter, ERRORS);
    const nobody = "00000000-0000-4000-8000-000000000000";
    batch.addBatchRequest(kiota.request(HttpMethod.GET, `/groups/${nobody}`), "fails");
    const depending = batch.addBatchRequest(kiota.request(HttpMethod.DELETE, `/groups/${group.id}`), "stands on it");
    depending.dependsOn = ["fails"];
    for (const { id } of people) batch.addBatchRequest(kiota.request(HttpMethod.GET, `/users/${id}?%24select=id`), id ?? "").dependsOn = ["fails"];
    batch.addBatchRequest(kiota.request(HttpMethod.GET, `/groups/${group.id}`), "last").dependsOn = ["fails"];
    const answer = await batch.postAsync();
    const statuses = await answer?.getResponsesStatusCodes();
    expect([statuses?.size, statuses?.get("fails"), statuses?.get("last")]).toEqual([20, 404, 424]);
    expect(people.map(({ id }) => statuses?.get(id ?? ""))).toEqual(people.map(() => 424));
    // Nothing that stood on it was done.
    expect((await kiota.get<Group>(`/groups/${group.id}`, createGroupFromDiscriminatorValue)).id).toBe(group.id);
    await kiota.send(HttpMethod.DELETE, `/groups/${group.id}`);
  });
});

describe("bad days", () => {
  test.each([429, 503, 504])("%d is asked again by the SDK's own handler", async (status) => {
    await served().dial({ faults: [{ path: "^/groups", times: 2, effect: { type: "status", status, headers: { "Retry-After": "0" } } }] });
    const asked = await served().watched(() => groups("/groups"));
    expect(asked.map((one) => one.status)).toEqual([status, status, 200]);
  });

  const groups = (path: string): Promise<GroupCollectionResponse> => kiota.get(path, createGroupCollectionResponseFromDiscriminatorValue);
  const nobody = "00000000-0000-4000-8000-000000000000";
  type Dials = Readonly<Record<string, unknown>>;
  const refused: readonly (readonly [name: string, call: () => Promise<unknown>, status: number, code: string, dials: Dials])[] = [
    ["a wrong token", () => kiotaFor(served().root, "another").graph.users.get(), 401, "InvalidAuthenticationToken", {}],
    ["a right that is missing", () => groups("/groups"), 403, "Authorization_RequestDenied", { permissions: ["User.Read.All"] }],
    ["a licence that is missing", () => makePolicy("x"), 403, "AccessDenied", { licence: "free" }],
    ["nobody", () => kiota.graph.users.byUserId(nobody).get(), 404, "Request_ResourceNotFound", {}],
    ["a filter that is none", () => kiota.graph.users.get({ queryParameters: { filter: "displayName eq" } }), 400, "BadRequest", {}],
    ["a page that is too long", () => kiota.graph.users.get({ queryParameters: { top: 1000 } }), 400, "Request_BadRequest", {}],
    ["a count without its header", () => kiota.graph.users.count.get(), 400, "Request_UnsupportedQuery", {}],
    ["an account without a name", () => kiota.graph.users.post({ accountEnabled: true }), 400, "Request_BadRequest", {}],
    [
      "a policy without conditions",
      () => kiota.post(POLICIES, { body: { displayName: "x" }, as: serializeConditionalAccessPolicy }, createConditionalAccessPolicyFromDiscriminatorValue),
      400,
      "BadRequest",
      {},
    ],
    ["a member that is nobody", async () => addNobody(), 404, "Request_ResourceNotFound", {}],
    ["what the practice tenant does not have", () => kiota.graph.directory.administrativeUnits.get(), 501, "NotImplemented", {}],
  ];
  test.each(refused)("refused as the SDK reads Graph's errors: %s", async (_name, call, status, code, dials) => {
    await served().dial(dials);
    expect(await refusalOf(call())).toMatchObject({
      responseStatusCode: status,
      responseHeaders: { "request-id": [expect.any(String)] },
      errorEscaped: {
        code,
        message: expect.stringMatching(/\S/),
        innerError: { date: expect.any(Date), requestId: expect.any(String), clientRequestId: expect.any(String) },
      },
    });
  });

  const addNobody = async (): Promise<void> => {
    const { value } = await groups("/groups?%24top=1");
    await kiota.send(HttpMethod.POST, `/groups/${value?.[0]?.id}/members/$ref`, memberRef(nobody));
  };
});

describe("as others write it", () => {
  test("a path in capitals", async () => {
    const upper = await kiota.get<ConditionalAccessPolicyCollectionResponse>(
      POLICIES.toUpperCase(),
      createConditionalAccessPolicyCollectionResponseFromDiscriminatorValue,
    );
    const lower = await kiota.get<ConditionalAccessPolicyCollectionResponse>(
      POLICIES.toLowerCase(),
      createConditionalAccessPolicyCollectionResponseFromDiscriminatorValue,
    );
    expect(upper.value).toEqual(lower.value);
    expect(upper.value?.length).toBeGreaterThan(0);
  });

  test("with metadata and without", async () => {
    const group = async (level: string): Promise<Group | undefined> => {
      const headers = { Accept: `application/json;odata.metadata=${level}` };
      const { value } = await kiota.get<GroupCollectionResponse>("/groups?%24top=1", createGroupCollectionResponseFromDiscriminatorValue, headers);
      return value?.[0];
    };
    const [none, minimal, full] = [await group("none"), await group("minimal"), await group("full")];
    expect(none).toEqual(minimal);
    expect(full).toMatchObject({ displayName: minimal?.displayName, odataType: "#microsoft.graph.group" });
  });
});
