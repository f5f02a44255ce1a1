/** Which permissions the tool asks an administrator for, and that nothing less would do. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routes } from "../../src/sandbox/routes/index.ts";
import { type Stage, stageOf } from "../scenarios/stage.ts";
import { routeOf } from "./table.ts";

/**
 * What the tool needs to carry a plan through under conditional access. The permissions table marks each as the least for a route that
 * the tool uses, except for those with a reason here.
 */
const NEEDED: Readonly<Record<string, string | undefined>> = {
  "AuditLog.Read.All": undefined,
  "Domain.Read.All": undefined,
  "Group.ReadWrite.All": undefined,
  "LicenseAssignment.Read.All": undefined,
  "Policy.Read.All": undefined,
  "Policy.ReadWrite.ConditionalAccess": "the table marks only the half that reads: writes of policies and locations need both together (its note _combine)",
  "RoleManagement.Read.Directory": undefined,
  "User.Read.All": undefined,
  "UserAuthenticationMethod.Read.All": undefined,
};

/** `Policy.ReadWrite.SecurityDefaults*+Policy.Read.All` names two, and the first of them is marked. */
type Listed = { readonly all: readonly string[]; readonly isLeast: boolean };

const listedAs = (permission: string): Listed => ({ all: permission.replaceAll("*", "").split("+"), isLeast: permission.includes("*") });

/** For an application and for a person alike. */
const listedFor = (method: string, path: string): { readonly name: string; readonly listed: readonly Listed[] } => {
  const found = routeOf(path);
  const facts = found?.route.methods[method];
  return { name: `${method} ${found?.path ?? path}`, listed: [...(facts?.application ?? []), ...(facts?.delegated ?? [])].map(listedAs) };
};

describe("the tool's own", () => {
  let stage: Stage | undefined;
  let used: readonly string[] = [];
  const exits: number[] = [];

  beforeAll(async () => {
    const opened = await stageOf("county");
    stage = opened;
    await opened.reader.dials({ permissions: Object.keys(NEEDED) });
    const applied = await opened.cli(["apply", "rollout-plans/county-schools-2018.yaml", "--as-of", "2018-11-20", "--yes"]);
    const run = /\d{8}T\d{6}Z-[0-9a-f]{4}/.exec(`${applied.stdout}${applied.stderr}`)?.[0] ?? "no run";
    exits.push(applied.exit, (await opened.cli(["undo", run, "--yes"])).exit);
    const asked = (await opened.reader.requests()).map(({ method, path }) => ({ method, path: path.replace(/^\/v1\.0/, "").replace(/\?.*$/, "") }));
    used = [...new Set(asked.filter(({ path }) => path !== "/$batch").map(({ method, path }) => `${method} ${routeOf(path)?.path ?? path}`))].sort();
  });
  afterAll(() => stage?.close());

  test("are enough to carry out a phase and to take it back", () => {
    expect(exits).toEqual([0, 0]);
    for (const one of ["GET /users", "POST /groups", "PATCH /groups/{id}", "POST /identity/conditionalAccess/policies", "DELETE /groups/{id}"])
      expect(used).toContain(one);
  });

  test("are enough for each route by the permissions table as well", () => {
    const short = used.filter((one) => {
      const [method = "", path = ""] = one.split(" ");
      const { listed } = listedFor(method, path);
      return listed.length > 0 && !listed.some(({ all }) => all.every((permission) => permission in NEEDED));
    });
    expect(short).toEqual([]);
  });

  test.each(Object.entries(NEEDED))("%s is the least there is for something that the tool does", (permission, because) => {
    const least = used.filter((one) => {
      const [method = "", path = ""] = one.split(" ");
      return listedFor(method, path).listed.some(({ all, isLeast }) => isLeast && all[0] === permission);
    });
    if (because === undefined) expect(least).not.toEqual([]);
    else expect(least, "the reason why it is not marked no longer holds").toEqual([]);
  });

  test.each(Object.keys(NEEDED))("%s could not be left out", (permission) => {
    const lost = used.filter((one) => {
      const [method = "", path = ""] = one.split(" ");
      const { listed } = listedFor(method, path);
      const writes =
        /^\/identity\/conditionalAccess\//.test(path) && method !== "GET"
          ? [{ all: ["Policy.ReadWrite.ConditionalAccess", "Policy.Read.All"], isLeast: false }]
          : listed;
      return writes.length > 0 && !writes.some(({ all }) => all.every((other) => other in NEEDED && other !== permission));
    });
    expect(lost).not.toEqual([]);
  });
});

const GROUPS_IN_THE_BIN = "the permissions table speaks of deleted users there, and groups lie in the same bin";
const LEAST_ONLY = "the permissions table has only the least one; the reference page has more";
const BOTH_HALVES = "the permissions table marks the half that reads; its own note says that both are needed";

/** Where the practice tenant lets more suffice than the permissions table has, and why. */
const WIDER: Readonly<Record<string, { readonly more: readonly string[]; readonly because: string }>> = {
  "DELETE /directory/deletedItems/{id}": { more: ["Group.ReadWrite.All"], because: GROUPS_IN_THE_BIN },
  "GET /directory/deletedItems/microsoft.graph.group": { more: ["Directory.Read.All"], because: LEAST_ONLY },
  "GET /directory/deletedItems/microsoft.graph.user": { more: ["User.ReadWrite.All", "Directory.Read.All"], because: LEAST_ONLY },
  "GET /directory/deletedItems/{id}": { more: ["Group.Read.All", "Directory.Read.All"], because: GROUPS_IN_THE_BIN },
  "GET /users/{id}/memberOf": { more: ["User.Read.All", "Group.Read.All"], because: "as for transitiveMemberOf, which holds more" },
  "POST /directory/deletedItems/{id}/restore": { more: ["Group.ReadWrite.All"], because: GROUPS_IN_THE_BIN },
  "POST /groups/{id}/members/$ref": { more: ["Group.ReadWrite.All", "Directory.ReadWrite.All"], because: "as for the DELETE of the same reference" },
};

/** Where the one that is marked least does not suffice in the practice tenant, and why. */
const NOT_ENOUGH: Readonly<Record<string, string>> = {
  "DELETE /identity/conditionalAccess/namedLocations/{id}": BOTH_HALVES,
  "DELETE /identity/conditionalAccess/policies/{id}": BOTH_HALVES,
  "PATCH /identity/conditionalAccess/namedLocations/{id}": BOTH_HALVES,
  "PATCH /identity/conditionalAccess/policies/{id}": BOTH_HALVES,
  "POST /identity/conditionalAccess/namedLocations": BOTH_HALVES,
  "POST /identity/conditionalAccess/policies": BOTH_HALVES,
};

describe("the practice tenant's", () => {
  const known = routes.flatMap((route) => {
    const path = route.path.replaceAll(/\{[^}]*\}/g, "x");
    const { name, listed } = listedFor(route.method, path);
    if (listed.length === 0 || (route.versions ?? ["v1.0"])[0] !== "v1.0") return [];
    const forApplications = (routeOf(path)?.route.methods[route.method]?.application ?? []).map(listedAs);
    return [
      {
        name: name.replace(/\/microsoft\.graph\.(?:group|directoryRole|user)$/, (cast) => (name.includes("deletedItems") ? cast : "")),
        route,
        listed,
        forApplications,
      },
    ];
  });

  test("nearly every route is in the permissions table", () => {
    expect(known.length).toBeGreaterThan(30);
  });

  test("nothing suffices that the permissions table does not have", () => {
    const wider = known.flatMap(({ route, name, listed }) => {
      const names = new Set([...listed.flatMap(({ all }) => all), ...(WIDER[name]?.more ?? [])]);
      // What stands behind a plus is what reading the object first takes.
      return route.permissions.filter((permission) => !names.has(permission.split("+")[0] ?? "")).map((permission) => `${name}: ${permission}`);
    });
    expect(wider).toEqual([]);
  });

  test("where it marks a least one for applications, that one suffices", () => {
    const missing = known.flatMap(({ route, name, forApplications }) => {
      const least = forApplications.filter(({ isLeast }) => isLeast);
      const suffices = (all: readonly string[]): boolean => route.permissions.some((permission) => permission.split("+").every((one) => all.includes(one)));
      return least.length === 0 || least.some(({ all }) => suffices(all)) ? [] : [name];
    });
    expect([...new Set(missing)].sort()).toEqual(Object.keys(NOT_ENOUGH));
  });
});
