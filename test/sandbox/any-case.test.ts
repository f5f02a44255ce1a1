/**
 * Path segments, options and names of properties in any case (traverse-the-graph: all of them "case-insensitive"; ids and
 * values that somebody assigned are not), and `Accept` with and without metadata (OData JSON Format 4.01, 3.1).
 */

import { describe, expect, test } from "vitest";
import type { Route } from "../../src/sandbox/context.ts";
import { routes } from "../../src/sandbox/routes/index.ts";
import {
  type Asked,
  errorIn,
  FOREIGN_POLICY,
  fillTiny,
  groupBody,
  locationBody,
  OFFICE,
  otherId,
  policyBody,
  quietWith,
  STAFF,
  TRUSTED_PLACE,
  userId,
  valueIn,
} from "./support.ts";

const mixed = (text: string): string => [...text].map((letter, index) => (index % 2 === 0 ? letter.toLowerCase() : letter.toUpperCase())).join("");

const SPELLINGS: readonly (readonly [name: string, spelt: (text: string) => string])[] = [
  ["capitals", (text) => text.toUpperCase()],
  ["small letters", (text) => text.toLowerCase()],
  ["both", mixed],
];

/** What stands in the place after a segment; anybody's id elsewhere. */
const KEYS: Readonly<Record<string, string>> = {
  conditionalAccessPolicies: FOREIGN_POLICY,
  directoryRoles: otherId(9),
  domains: "tiny.example",
  groups: STAFF,
  namedLocations: OFFICE,
  organization: "99999999-0000-4000-8000-000000000000",
  policies: FOREIGN_POLICY,
  userRegistrationDetails: userId(0),
  users: userId(0),
};

const isPlace = (segment: string): boolean => segment.startsWith("{");

/** A path to ask for; the keys in it stay as they are. */
const pathOf = (route: Route, spelt: (text: string) => string): string => {
  const segments = route.path.split("/");
  return segments.map((segment, index) => (isPlace(segment) ? (KEYS[segments[index - 1] ?? ""] ?? otherId(404)) : spelt(segment))).join("/");
};

const rootOf = (route: Route): string => `http://127.0.0.1/${(route.versions ?? ["v1.0"]).includes("v1.0") ? "v1.0" : "beta"}`;

/** An answer without what differs from one request to the next. */
const essence = (asked: Asked): unknown => [asked.status, asked.status < 400 ? asked.text : errorIn(asked)];

const EVENTUAL = { ConsistencyLevel: "eventual" };

describe("paths in any case", () => {
  const reads = routes.filter(({ method }) => method === "GET");
  const lists = reads.filter(({ path }) => !path.includes("{"));

  test("there are lists to try, and each of them answers", async () => {
    const { ask } = await fillTiny(quietWith({ operator: "user-1@tiny.example", licence: "p2" }));
    expect(lists.length).toBeGreaterThan(15);
    const statuses: string[] = [];
    for (const route of lists) statuses.push(`${route.path} ${(await ask("GET", `${rootOf(route)}${pathOf(route, String)}`, undefined, EVENTUAL)).status}`);
    expect(statuses).toEqual(lists.map(({ path }) => `${path} 200`));
  });

  test.each(SPELLINGS)("every route that reads answers the same in %s", async (_name, spelt) => {
    const { ask } = await fillTiny();
    for (const route of reads) {
      const usual = await ask("GET", `${rootOf(route)}${pathOf(route, String)}`, undefined, EVENTUAL);
      const other = await ask("GET", `${rootOf(route).toUpperCase().replace("HTTP", "http")}${pathOf(route, spelt)}`, undefined, EVENTUAL);
      expect(essence(other), route.path).toEqual(essence(usual));
    }
  });

  test.each(SPELLINGS)("options in %s, and the properties that they name", async (_name, spelt) => {
    const { ask } = await fillTiny();
    const query = (words: (text: string) => string) =>
      `?${words("$select")}=${words("id,displayName")}&${words("$filter")}=${words("accountEnabled")} eq true and startsWith(${words("displayName")},'User 2')&${words("$top")}=4`;
    const usual = await ask("GET", `/users${query(String)}`);
    expect(valueIn(usual)).toHaveLength(4);
    expect(valueIn(await ask("GET", `/users${query(spelt)}`))).toEqual(valueIn(usual));
  });

  test("the next page of a list keeps to the origin and to the spelling of whoever asks", async () => {
    const { ask } = await fillTiny();
    const first = await ask("GET", "/USERS?$SELECT=ID&$TOP=25");
    const link = String(first.body["@odata.nextLink"]);
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1\/v1\.0\/USERS\?\$SELECT=ID&\$TOP=25&\$skiptoken=/);
    const last = await ask("GET", link);
    expect([...valueIn(first), ...valueIn(last)].map(({ id }) => id)).toEqual(Array.from({ length: 30 }, (_, index) => userId(index)));
    expect(last.body).not.toHaveProperty(["@odata.nextLink"]);
  });

  test("a cast by the alias of the namespace, as the SDKs write it (CSDL)", async () => {
    const { ask } = await fillTiny();
    const usual = await ask("GET", `/groups/${STAFF}/members/microsoft.graph.user?$select=id`);
    expect(valueIn(usual)).toHaveLength(3);
    for (const cast of ["graph.user", "Graph.User"]) expect(valueIn(await ask("GET", `/groups/${STAFF}/members/${cast}?$select=id`))).toEqual(valueIn(usual));
    // Somebody may be called that.
    expect((await ask("GET", "/users/graph.user@tiny.example")).status).toBe(404);
  });
});

describe("names of properties in any case", () => {
  type Write = readonly [name: string, method: string, path: string, body: Readonly<Record<string, unknown>>, readBack: string];
  const POLICIES = "/identity/conditionalAccess/policies";
  const LOCATIONS = "/identity/conditionalAccess/namedLocations";
  const DEFAULTS = "/policies/identitySecurityDefaultsEnforcementPolicy";
  const someone = `https://graph.microsoft.com/v1.0/directoryObjects/${userId(9)}`;
  const user = {
    accountEnabled: true,
    displayName: "New",
    mailNickname: "new",
    userPrincipalName: "new@tiny.example",
    passwordProfile: { password: "correct horse", forceChangePasswordNextSignIn: true },
  };
  const writes: readonly Write[] = [
    ["a new account", "POST", "/users", user, "/users/new@tiny.example?$select=id,displayName,mailNickname,accountEnabled,department"],
    ["an account", "PATCH", `/users/${userId(1)}`, { department: "Maths", usageLocation: "GB" }, `/users/${userId(1)}?$select=department,usageLocation`],
    ["a new group", "POST", "/groups", groupBody({ "members@odata.bind": [someone] }), "/groups"],
    ["a group", "PATCH", `/groups/${STAFF}`, { description: "Everybody", displayName: "All staff" }, `/groups/${STAFF}`],
    ["a new policy", "POST", POLICIES, policyBody({ sessionControls: { signInFrequency: { isEnabled: true, type: "days", value: 90 } } }), POLICIES],
    ["a policy", "PATCH", `${POLICIES}/${FOREIGN_POLICY}`, { state: "disabled", grantControls: { operator: "OR", builtInControls: ["block"] } }, POLICIES],
    ["a new location", "POST", LOCATIONS, locationBody(), LOCATIONS],
    ["a location", "PATCH", `${LOCATIONS}/${TRUSTED_PLACE}`, locationBody({ displayName: "Trusted no more" }), LOCATIONS],
    ["security defaults", "PATCH", DEFAULTS, { isEnabled: true }, DEFAULTS],
  ];

  /** Annotations are no properties: how many spellings of those the service knows is not stated. */
  const respelt = (value: unknown, spelt: (text: string) => string): unknown => {
    if (Array.isArray(value)) return value.map((element) => respelt(element, spelt));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name.includes("@") ? name : spelt(name), respelt(inner, spelt)]));
  };

  /** The tenant after a write, and what was answered. */
  const outcome = async ([, method, path, , readBack]: Write, body: unknown): Promise<readonly unknown[]> => {
    const { ask } = await fillTiny();
    const asked = await ask(method, path, body);
    return [essence(asked), essence(await ask("GET", readBack))];
  };
  const untouched = async ([, , , , readBack]: Write): Promise<unknown> => essence(await (await fillTiny()).ask("GET", readBack));

  test.each(writes)("%s", async (...write) => {
    const usual = await outcome(write, write[3]);
    expect(usual[0]).toEqual([expect.toBeOneOf([200, 201, 204]), expect.any(String)]);
    expect(usual[1]).not.toEqual(await untouched(write));
    for (const [name, spelt] of SPELLINGS) expect(await outcome(write, respelt(write[3], spelt)), name).toEqual(usual);
  });

  test("one name in two spellings is refused", async () => {
    const { ask } = await fillTiny();
    const asked = await ask("PATCH", `/groups/${STAFF}`, { description: "one", DESCRIPTION: "two" });
    expect([asked.status, errorIn(asked).code]).toEqual([400, "Request_BadRequest"]);
  });
});

describe("Accept", () => {
  const typeAt = (level: string): string => `application/json;odata.metadata=${level};odata.streaming=true;IEEE754Compatible=false;charset=utf-8`;
  const levels: readonly (readonly [accept: string, level: "none" | "minimal" | "full"])[] = [
    ["application/json", "minimal"],
    ["*/*", "minimal"],
    ["application/json;odata.metadata=minimal", "minimal"],
    ["application/json; odata.metadata=none", "none"],
    ["APPLICATION/JSON;ODATA.METADATA=NONE", "none"],
    ['application/json;odata.metadata="none";charset=utf-8', "none"],
    ["text/plain;q=0.5, application/json;odata.metadata=none", "none"],
    ["application/json;odata.metadata=full;IEEE754Compatible=true", "full"],
    ["application/json;odata.metadata=some", "minimal"],
    ["text/html", "minimal"],
  ];
  test.each(levels)("%s is %s", async (accept, level) => {
    const { ask } = await fillTiny();
    const asked = await ask("GET", "/groups?$top=1&$count=true", undefined, { Accept: accept, ...EVENTUAL });
    expect(asked.headers.get("content-type")).toBe(typeAt(level));
    // Without these two nobody could go on, so they stay at every level.
    expect(asked.body).toMatchObject({ "@odata.count": 4, "@odata.nextLink": expect.any(String), value: [{ id: STAFF, displayName: "Staff" }] });
    expect("@odata.context" in asked.body).toBe(level !== "none");
    const id = `http://127.0.0.1/v1.0/groups('${STAFF}')`;
    const named = { "@odata.type": "#microsoft.graph.group", "@odata.id": id, "@odata.editLink": `groups('${STAFF}')` };
    if (level === "full") expect(valueIn(asked)[0]).toMatchObject(named);
    else expect(Object.keys(valueIn(asked)[0] ?? {}).filter((name) => name.includes("@"))).toEqual([]);
  });

  test("without metadata the type of an object goes as well, inside of others too; with all of it nothing is lost", async () => {
    const { ask } = await fillTiny();
    const path = `/identity/conditionalAccess/namedLocations/${OFFICE}`;
    const usual = await ask("GET", path);
    const bare = await ask("GET", path, undefined, { Accept: "application/json;odata.metadata=none" });
    expect(usual.text).toContain("#microsoft.graph.iPv4CidrRange");
    expect(bare.text).not.toContain("@odata");
    expect(bare.body).toMatchObject({ id: OFFICE, displayName: "Office", ipRanges: [{ cidrAddress: "192.0.2.0/24" }] });
    const full = await ask("GET", path, undefined, { Accept: "application/json;odata.metadata=full" });
    expect(full.body).toMatchObject({ ...usual.body, "@odata.editLink": expect.stringContaining(OFFICE) });
  });

  test("$format says the same and comes first", async () => {
    const { ask } = await fillTiny();
    const format = encodeURIComponent("application/json;odata.metadata=none");
    const asked = await ask("GET", `/groups?$format=${format}`, undefined, { Accept: "application/json;odata.metadata=full" });
    expect(asked.headers.get("content-type")).toBe(typeAt("none"));
    expect(asked.text).not.toContain("@odata");
  });

  test("what is made, what is refused, and what has no body", async () => {
    const { ask } = await fillTiny();
    const none = { Accept: "application/json;odata.metadata=none" };
    const made = await ask("POST", "/groups", groupBody(), none);
    expect([made.status, made.body["displayName"], made.text.includes("@odata")]).toEqual([201, "MFA rollout: heads", false]);
    const refused = await ask("GET", `/groups/${userId(1)}`, undefined, none);
    expect([refused.status, errorIn(refused).code]).toEqual([404, "Request_ResourceNotFound"]);
    const deleted = await ask("DELETE", `/groups/${String(made.body["id"])}`, undefined, none);
    expect([deleted.status, deleted.text, deleted.headers.get("content-type")]).toEqual([204, "", null]);
  });

  test("each part of a batch has its own", async () => {
    const { ask } = await fillTiny(quietWith({}));
    const get = (id: string, level: string) => ({
      id,
      method: "GET",
      url: `/groups/${STAFF}?$select=id`,
      headers: { accept: `application/json;odata.metadata=${level}` },
    });
    const asked = await ask("POST", "/$batch", { requests: [get("1", "none"), get("2", "minimal")] });
    const responses: unknown = asked.body["responses"];
    const context = `http://127.0.0.1/v1.0/$metadata#groups(id)/$entity`;
    expect(responses).toEqual(
      expect.arrayContaining([
        { id: "1", status: 200, headers: expect.objectContaining({ "Content-Type": typeAt("none") }), body: { id: STAFF } },
        { id: "2", status: 200, headers: expect.anything(), body: { "@odata.context": context, id: STAFF } },
      ]),
    );
  });
});
