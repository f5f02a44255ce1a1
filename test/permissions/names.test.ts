/** The table of rights against itself: every name stands in it, every id is one, and reading asks for reading. */

import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/commands/table.ts";
import { COMMAND_NAMES, type CommandName, READING } from "../../src/core/permissions/commands.ts";
import { isPermissionName, isRoleName, PERMISSION_NAMES, permissionFacts, ROLE_NAMES, ROLES, SCHEMES, SERVICES } from "../../src/core/permissions/names.ts";
import { needsOf } from "../../src/core/permissions/needs.ts";
import { CMDLETS, GRAPH_ROUTES, rightsFor, routeOf } from "../../src/core/permissions/routes.ts";

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

describe("names", () => {
  test("ids are ids, and no two rights share one", () => {
    const ids = [
      ...PERMISSION_NAMES.flatMap((name) => SCHEMES.flatMap((scheme) => permissionFacts(name)[scheme] ?? [])),
      ...Object.values(ROLES),
      ...Object.values(SERVICES).map(({ appId }) => appId),
    ];
    expect(ids.filter((id) => !GUID.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(40);
  });

  test("every right is asked for by something, and what is asked for is there", () => {
    const asked = SCHEMES.flatMap((scheme) => COMMAND_NAMES.map((command) => needsOf([command], undefined, scheme)));
    const names = new Set(asked.flatMap(({ permissions, roles }) => [...permissions, ...roles].map(({ name }) => name)));
    const roles = new Set(ROLE_NAMES.filter((name) => name !== "Global Administrator" && name !== "Conditional Access Administrator"));
    for (const name of roles) expect([...names, "Exchange Recipient Administrator"]).toContain(name);
    for (const needs of asked)
      for (const { uses, name } of [...needs.permissions, ...needs.roles]) {
        expect(uses, name).not.toEqual([]);
        expect(uses.every(({ commands }) => commands.length > 0)).toBe(true);
      }
  });

  test("what the first way of a route wants can be given, to an application and to a person", () => {
    for (const rights of Object.values({ ...GRAPH_ROUTES, ...CMDLETS }))
      for (const scheme of SCHEMES)
        for (const name of rights[scheme][0]?.split("+") ?? []) expect(isPermissionName(name) && permissionFacts(name)[scheme]).toMatch(GUID);
    for (const { roles } of Object.values({ ...GRAPH_ROUTES, ...CMDLETS }))
      for (const name of roles.flatMap((each: string) => each.split("+"))) expect(isRoleName(name), name).toBe(true);
  });
});

/** Commands that talk to no tenant, or to one that only this machine has. */
const WITHOUT: readonly string[] = ["init", "check", "tour", "sandbox fill", "sandbox serve", "sandbox clock", "sandbox reset", "sandbox dial"];

test("each command that talks to a tenant is in the table", () => {
  const known = COMMANDS.filter(({ name }) => !WITHOUT.includes(name)).flatMap(({ name, words }) =>
    name === "report" ? (words ?? []).map(([word]) => `report ${word}`) : [name],
  );
  expect([...COMMAND_NAMES].filter((name) => name !== "doctor").sort()).toEqual(known.filter((name) => name !== "doctor").sort());
});

test.each(SCHEMES.flatMap((scheme) => READING.map((command) => [command, scheme] as const)))("%s asks for reading alone (%s)", (command, scheme) => {
  const { permissions, roles } = needsOf([command], undefined, scheme);
  expect(permissions.map(({ name }) => name).filter((name) => !/^Exchange\.Manage(AsApp)?$/.test(name) && !name.includes(".Read"))).toEqual([]);
  expect(permissions.map(({ name }) => name).filter((name) => /ReadWrite|EnableDisable|DeleteRestore/.test(name))).toEqual([]);
  expect(roles.map(({ name }) => name).filter((name) => name !== "Global Reader")).toEqual([]);
});

test("what writes is told apart from what reads", () => {
  const writing: readonly CommandName[] = ["apply", "run", "undo", "accounts restore", "halt", "let-in"];
  expect(COMMAND_NAMES.filter((name) => !READING.includes(name))).toEqual(writing);
});

describe("a request's place in the table", () => {
  test.each([
    ["GET", "/v1.0/users?$select=id,signInActivity&$top=500", "GET /users signInActivity"],
    ["GET", "/v1.0/users?$select=id", "GET /users"],
    ["GET", "/v1.0/users/head%40county.example?$select=id", "GET /users/{id}"],
    ["PATCH", "/v1.0/users/00000000-0000-4000-8000-000000000001", "PATCH /users/{id} accountEnabled"],
    ["GET", "/v1.0/directoryRoles(roleTemplateId='62e90394-69f5-4237-9190-012177145e10')/members?$select=id", "GET /directoryRoles/{id}/members"],
    ["GET", "/v1.0/reports/getMailboxUsageDetail(period='D180')", "GET /reports/getMailboxUsageDetail"],
    ["GET", "/beta/auditLogs/signIns?$filter=x", "GET /auditLogs/signIns"],
    ["PATCH", "/beta/users/x/authentication/requirements", "beta PATCH /users/{id}/authentication/requirements"],
    ["GET", "/v1.0/directory/deletedItems/microsoft.graph.user?$top=9", "GET /directory/deletedItems/microsoft.graph.user"],
    ["GET", "/v1.0/directory/deletedItems/00000000-0000-4000-8000-000000000001", "GET /directory/deletedItems/{id}"],
    ["DELETE", "/v1.0/groups/a/members/b/$ref", "DELETE /groups/{id}/members/{id}/$ref"],
    ["GET", "/v1.0/something/else", undefined],
    ["DELETE", "/v1.0/identity/conditionalAccess/namedLocations", undefined],
  ])("%s %s", (method, target, want) => {
    expect(routeOf(method, target)).toBe(want);
  });

  test("each route is its own", () => {
    for (const name of Object.keys(GRAPH_ROUTES)) {
      const [, beta, method = "", path = "", more] = /^(beta )?([A-Z]+) (\S+)(?: (\S+))?$/.exec(name) ?? [];
      const found = routeOf(
        method,
        `/${beta === undefined ? "v1.0" : "beta"}${path.replaceAll("{id}", "x")}${more === "signInActivity" ? "?$select=signInActivity" : ""}`,
      );
      expect(found).toBe(name);
      if (found !== undefined) expect(rightsFor(found).application).toBeDefined();
    }
  });
});
