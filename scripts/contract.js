/**
 * Distils Graph's own description of itself into test/contract/table.json: paths, properties, types, enum values and permissions, as
 * far as the tool's routes need them. Facts only; the description itself stays where it is, in ../shared/graph.
 *
 * usage: node scripts/contract.js   (writes the table; test/contract/table.test.ts says when it is out of date)
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "./copy.js";
import { readMetadata } from "./metadata.js";

/** @typedef {import("./metadata.js").Metadata} Metadata */
/** @typedef {{ delegated?: string[], application?: string[] }} Permissions */
/** @typedef {{ base?: string, abstract?: true, open?: true, properties: Record<string, string>, navigation?: Record<string, string> }} TypeFacts */
/** @typedef {{ flags?: true, values: string[] }} EnumFacts values in the order of their numbers: what stands after `unknownFutureValue` came later */
/**
 * `gives`: what a GET, or the action, answers; of `one` a POST takes one as well.
 * @typedef {{
 *   sort: "one" | "list" | "count" | "reference" | "action" | "value" | "file",
 *   gives?: string,
 *   takes?: Record<string, string>,
 *   methods: Record<string, Permissions>,
 * }} RouteFacts
 */
/** @typedef {{ source: Record<string, string>, routes: Record<string, RouteFacts>, types: Record<string, TypeFacts>, enums: Record<string, EnumFacts> }} Table */

export const SOURCES = fileURLToPath(new URL("../shared/graph/", `file://${ROOT}`));
export const TABLE = join(ROOT, "test/contract/table.json");

/**
 * The routes of the tool and of its practice tenant. Which methods a path takes is not in the metadata: they are those of the permissions
 * table and of the reference pages. `PATCH /groups/{id}` is there with its members as well, `DELETE` of a member without `$ref` only because
 * it is a mistake that the practice tenant punishes.
 * @type {Record<string, string[]>}
 */
const ROUTES = {
  "/admin/reportSettings": ["GET", "PATCH"],
  "/auditLogs/directoryAudits": ["GET"],
  "/auditLogs/signIns": ["GET"],
  "/auditLogs/signIns/{id}": ["GET"],
  "/directory/deletedItems/microsoft.graph.group": ["GET"],
  "/directory/deletedItems/microsoft.graph.user": ["GET"],
  "/directory/deletedItems/{id}": ["GET", "DELETE"],
  "/directory/deletedItems/{id}/restore": ["POST"],
  "/directoryObjects/getByIds": ["POST"],
  "/directoryObjects/{id}": ["GET"],
  "/directoryRoleTemplates": ["GET"],
  "/directoryRoles": ["GET"],
  "/directoryRoles/{id}": ["GET"],
  "/directoryRoles/{id}/members": ["GET"],
  "/domains": ["GET"],
  "/domains/{id}": ["GET"],
  "/groups": ["GET", "POST"],
  "/groups/$count": ["GET"],
  "/groups/{id}": ["GET", "PATCH", "DELETE"],
  "/groups/{id}/memberOf": ["GET"],
  "/groups/{id}/members": ["GET"],
  "/groups/{id}/members/$count": ["GET"],
  "/groups/{id}/members/$ref": ["POST"],
  "/groups/{id}/members/microsoft.graph.group": ["GET"],
  "/groups/{id}/members/microsoft.graph.group/$count": ["GET"],
  "/groups/{id}/members/microsoft.graph.user": ["GET"],
  "/groups/{id}/members/microsoft.graph.user/$count": ["GET"],
  "/groups/{id}/members/{id}": ["DELETE"],
  "/groups/{id}/members/{id}/$ref": ["DELETE"],
  "/groups/{id}/owners": ["GET"],
  "/groups/{id}/owners/$ref": ["POST"],
  "/groups/{id}/owners/{id}/$ref": ["DELETE"],
  "/groups/{id}/transitiveMembers": ["GET"],
  "/groups/{id}/transitiveMembers/$count": ["GET"],
  "/groups/{id}/transitiveMembers/microsoft.graph.group": ["GET"],
  "/groups/{id}/transitiveMembers/microsoft.graph.group/$count": ["GET"],
  "/groups/{id}/transitiveMembers/microsoft.graph.user": ["GET"],
  "/groups/{id}/transitiveMembers/microsoft.graph.user/$count": ["GET"],
  "/identity/conditionalAccess/deletedItems/namedLocations": ["GET"],
  "/identity/conditionalAccess/deletedItems/namedLocations/{id}": ["GET", "DELETE"],
  "/identity/conditionalAccess/deletedItems/namedLocations/{id}/restore": ["POST"],
  "/identity/conditionalAccess/deletedItems/policies": ["GET"],
  "/identity/conditionalAccess/deletedItems/policies/{id}": ["GET", "DELETE"],
  "/identity/conditionalAccess/deletedItems/policies/{id}/restore": ["POST"],
  "/identity/conditionalAccess/evaluate": ["POST"],
  "/identity/conditionalAccess/namedLocations": ["GET", "POST"],
  "/identity/conditionalAccess/namedLocations/{id}": ["GET", "PATCH", "DELETE"],
  "/identity/conditionalAccess/policies": ["GET", "POST"],
  "/identity/conditionalAccess/policies/{id}": ["GET", "PATCH", "DELETE"],
  "/identity/conditionalAccess/templates": ["GET"],
  "/me": ["GET"],
  "/organization": ["GET"],
  "/organization/{id}": ["GET"],
  "/policies/authenticationMethodsPolicy": ["GET", "PATCH"],
  "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations": ["GET"],
  "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/{id}": ["GET", "PATCH"],
  "/policies/authenticationStrengthPolicies": ["GET"],
  "/policies/authenticationStrengthPolicies/{id}": ["GET"],
  "/policies/conditionalAccessPolicies": ["GET", "POST"],
  "/policies/conditionalAccessPolicies/{id}": ["GET", "PATCH", "DELETE"],
  "/policies/identitySecurityDefaultsEnforcementPolicy": ["GET", "PATCH"],
  "/reports/authenticationMethods/userRegistrationDetails": ["GET"],
  "/reports/authenticationMethods/userRegistrationDetails/{id}": ["GET"],
  "/reports/getEmailAppUsageUserDetail/{period}": ["GET"],
  "/reports/getMailboxUsageDetail/{period}": ["GET"],
  "/reports/getOffice365ActiveUserDetail/{period}": ["GET"],
  "/roleManagement/directory/roleAssignments": ["GET"],
  "/roleManagement/directory/roleDefinitions": ["GET"],
  "/roleManagement/directory/roleEligibilityScheduleInstances": ["GET"],
  "/subscribedSkus": ["GET"],
  "/subscribedSkus/{id}": ["GET"],
  "/users": ["GET", "POST"],
  "/users/$count": ["GET"],
  "/users/{id}": ["GET", "PATCH", "DELETE"],
  "/users/{id}/assignLicense": ["POST"],
  "/users/{id}/authentication/methods": ["GET"],
  "/users/{id}/licenseDetails": ["GET"],
  "/users/{id}/mailboxSettings": ["GET"],
  "/users/{id}/mailboxSettings/userPurpose": ["GET"],
  "/users/{id}/manager": ["GET"],
  "/users/{id}/manager/$ref": ["PUT", "DELETE"],
  "/users/{id}/memberOf": ["GET"],
  "/users/{id}/memberOf/$count": ["GET"],
  "/users/{id}/memberOf/microsoft.graph.directoryRole": ["GET"],
  "/users/{id}/memberOf/microsoft.graph.group": ["GET"],
  "/users/{id}/ownedObjects": ["GET"],
  "/users/{id}/ownedObjects/microsoft.graph.group": ["GET"],
  "/users/{id}/revokeSignInSessions": ["POST"],
  "/users/{id}/transitiveMemberOf": ["GET"],
  "/users/{id}/transitiveMemberOf/$count": ["GET"],
  "/users/{id}/transitiveMemberOf/microsoft.graph.directoryRole": ["GET"],
  "/users/{id}/transitiveMemberOf/microsoft.graph.group": ["GET"],
};

/**
 * Under which name the permissions table has a path: a member's reference under the member, a kind of objects and their number under all of them.
 * @param {string} path
 */
const listedAs = (path) =>
  path
    .replace("/members/{id}/$ref", "/members/{id}")
    .replace(/\/\$count$/, "")
    .replace(/\/\{period\}$/, "(period={value})")
    .replace(/(?<!deletedItems)\/microsoft\.graph\.\w+$/, "");

/** What a report is to the metadata. All that comes is the address where it lies, as a page of each says. */
const FILES = ["Stream", "report"];

/** @param {string} a @param {string} b */
const byText = (a, b) => (a < b ? -1 : Number(a > b));

/** @template T @param {Iterable<readonly [string, T]>} entries @returns {Record<string, T>} */
const sorted = (entries) => Object.fromEntries([...entries].sort(([a], [b]) => byText(a, b)));

/** The name in `[name?]`. @param {string} type */
const nameOf = (type) => type.replace(/^\[/, "").replace(/\]$/, "").replace(/\?$/, "");

/**
 * What a path leads to.
 * @param {Metadata} metadata @param {string} path
 * @returns {Omit<RouteFacts, "methods">}
 * @throws {Error} where the metadata does not know a part of it
 */
const resolve = (metadata, path) => {
  /** @param {string} name @returns {string[]} the type and those that it is built on */
  const lineOf = (name) => [name, ...(metadata.types.get(name)?.base === undefined ? [] : lineOf(metadata.types.get(name)?.base ?? ""))];
  /** @type {{ name: string, list: boolean } | undefined} */
  let at;
  /** @type {Omit<RouteFacts, "methods"> | undefined} */
  let end;
  for (const segment of path.slice(1).split("/")) {
    const lost = new Error(`the metadata does not know ${segment} in ${path}`);
    if (end !== undefined) throw lost;
    if (at === undefined) {
      const set = metadata.sets.get(segment);
      const singleton = metadata.singletons.get(segment);
      if (set === undefined && singleton === undefined) throw lost;
      at = { name: set ?? singleton ?? "", list: set !== undefined };
    } else if (segment === "{id}") {
      if (!at.list) throw lost;
      at = { name: at.name, list: false };
    } else if (segment === "$count") {
      if (!at.list) throw lost;
      end = { sort: "count" };
    } else if (segment === "{period}") {
      if (at.name !== "a file") throw lost;
      end = { sort: "file" };
    } else if (segment === "$ref") {
      end = { sort: "reference" };
    } else if (segment.startsWith("microsoft.graph.")) {
      const cast = segment.slice("microsoft.graph.".length);
      if (!lineOf(cast).includes(at.name)) throw lost;
      at = { name: cast, list: at.list };
    } else {
      const line = lineOf(at.name);
      const navigation = line.map((name) => metadata.types.get(name)?.navigation.get(segment)).find((found) => found !== undefined);
      const bound = line.map((name) => (at?.list ? `[${name}]` : name));
      const action = metadata.actions.find(({ name, binding }) => name === segment && bound.includes(binding));
      const property = line.map((name) => metadata.types.get(name)?.properties.get(segment)).find((found) => found !== undefined);
      if (property !== undefined && metadata.types.has(nameOf(property))) at = { name: nameOf(property), list: false };
      else if (property !== undefined) end = { sort: "value", gives: nameOf(property) };
      else if (navigation !== undefined) at = { name: nameOf(navigation.type), list: navigation.type.startsWith("[") };
      else if (action !== undefined && FILES.includes(action.gives ?? "")) at = { name: "a file", list: false };
      else if (action !== undefined) end = { sort: "action", ...(action.gives !== undefined && { gives: action.gives }), takes: sorted(action.takes) };
      else throw lost;
    }
  }
  if (at === undefined) throw new Error(`${path} is no path`);
  return end ?? { sort: at.list ? "list" : "one", gives: at.list ? `[${at.name}]` : at.name };
};

/**
 * The types that are named, those in their properties, and those that may stand in their place.
 * @param {Metadata} metadata @param {string[]} named @returns {ReadonlySet<string>}
 */
const reached = (metadata, named) => {
  /** @type {Set<string>} */
  const found = new Set();
  const open = [...named];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const type = metadata.types.get(name);
    if (type === undefined || found.has(name)) continue;
    found.add(name);
    if (type.base !== undefined) open.push(type.base);
    open.push(...[...type.properties.values()].map(nameOf));
    // What lies within an object may come and go with it; what it only points to is another object.
    open.push(...[...type.navigation.values()].filter(({ within }) => within).map((one) => nameOf(one.type)));
    // The root types have everything below them, and nothing ever stands in for them.
    if (name !== "entity" && name !== "policyBase") open.push(...[...metadata.types].filter(([, { base }]) => base === name).map(([heir]) => heir));
  }
  return found;
};

/**
 * @param {string} csdl the metadata, an XML document
 * @param {Record<string, unknown>} listed permissions by method and path
 * @returns {Table}
 * @throws {Error} where a route is not in the metadata
 */
export const distil = (csdl, listed) => {
  const metadata = readMetadata(csdl);
  const routes = sorted(
    Object.entries(ROUTES).map(([path, methods]) => {
      const permissionsOf = (/** @type {string} */ method) => {
        const found = listed[`${method} ${listedAs(path)}`];
        if (typeof found !== "object" || found === null) return {};
        const { delegated, application } = /** @type {Permissions} */ (found);
        return { ...(application !== undefined && { application }), ...(delegated !== undefined && { delegated }) };
      };
      return [path, { ...resolve(metadata, path), methods: Object.fromEntries(methods.map((method) => [method, permissionsOf(method)])) }];
    }),
  );
  const named = Object.values(routes).flatMap(({ gives, takes }) => [...(gives === undefined ? [] : [gives]), ...Object.values(takes ?? {})].map(nameOf));
  const kept = reached(metadata, named);
  const types = sorted(
    [...kept].map((name) => {
      const type = metadata.types.get(name);
      if (type === undefined) throw new Error(`no type ${name}`);
      return [
        name,
        {
          ...(type.base !== undefined && { base: type.base }),
          ...(type.isAbstract && { abstract: /** @type {const} */ (true) }),
          ...(type.isOpen && { open: /** @type {const} */ (true) }),
          properties: sorted(type.properties),
          ...(type.navigation.size > 0 && { navigation: sorted([...type.navigation].map(([property, { type: of }]) => [property, of])) }),
        },
      ];
    }),
  );
  const used = new Set([...Object.values(types).flatMap(({ properties }) => Object.values(properties).map(nameOf)), ...named]);
  const enums = sorted(
    [...metadata.enums]
      .filter(([name]) => used.has(name))
      .map(([name, { isFlags, values }]) => [name, { ...(isFlags && { flags: /** @type {const} */ (true) }), values }]),
  );
  const about = String(listed["_about"]);
  const source = {
    metadata: /msgraph-metadata (\S+ \(commit \w+, [\d-]+)/.exec(csdl)?.[1]?.replace("(", "") ?? "unknown",
    permissions: /permissions\.json, commit (\w+ \([\d-]+)\)/.exec(about)?.[1]?.replace("(", "") ?? "unknown",
  };
  return { source, routes, types, enums };
};

/** One fact a line, so that a change of the table can be read. @param {Table} table */
export const textOf = (table) => {
  /** @param {object} part */
  const lines = (part) =>
    Object.entries(part)
      .map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
      .join(",\n");
  return `{\n${Object.entries(table)
    .map(([name, part]) => `  ${JSON.stringify(name)}: {\n${lines(part)}\n  }`)
    .join(",\n")}\n}\n`;
};

export const hasSources = () => existsSync(SOURCES);

/** The text that test/contract/table.json must have. */
export const currentTable = () => {
  const csdl = readFileSync(join(SOURCES, "v1.0-slice.csdl"), "utf8");
  return textOf(distil(csdl, JSON.parse(readFileSync(join(SOURCES, "permissions-slice.json"), "utf8"))));
};

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(TABLE, currentTable());
