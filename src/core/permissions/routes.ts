/**
 * What each request takes: every route of Graph and every cmdlet of Exchange Online that the adapters call, with the rights of which any
 * one lets it through.
 *
 * The first of each list is what this tool asks an administrator for; the others are wider ones that somebody may have given already.
 * `A+B` means both together. Source: microsoft-graph-devx-content, `permissions.json` of August 2026, and the reference pages where it
 * has no such path. Which role a person needs besides: learn.microsoft.com, Least privileged roles by task, and the roles' own pages.
 */

import type { RoleName, Scheme } from "./names.ts";

export type Rights = {
  readonly application: readonly string[];
  readonly delegated: readonly string[];
  /** Of a person who signs in, and of an application where `rolesOf` says so: any one suffices, `A+B` means both. */
  readonly roles: readonly string[];
  /** An application by itself needs a role as well, and by it alone the service decides which cmdlets there are. */
  readonly rolesOf: "people" | "everybody";
};

/** Whoever may read everything and write nothing reads all of it in their own name. */
const READER = ["Global Reader", "Global Administrator"] as const satisfies readonly RoleName[];

const read = (...names: readonly string[]): Rights => ({ application: names, delegated: names, roles: READER, rolesOf: "people" });
const write = (roles: readonly (RoleName | `${RoleName}+${RoleName}`)[], ...names: readonly string[]): Rights => ({
  application: names,
  delegated: names,
  roles: [...roles, "Global Administrator"],
  rolesOf: "people",
});

const USERS = read("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All");
// `User.ReadBasic.All` and `Group.ReadBasic.All` are marked as less. Neither page says that descriptions, in which marks stand, or licences are basic.
const OF_ORGANIZATION = read("User.Read.All", "Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All");
const GROUPS = read("GroupMember.Read.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All");
const MEMBERS = read("GroupMember.Read.All", "Group.Read.All", "GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.Read.All");
const WRITE_GROUPS = write(["Groups Administrator", "User Administrator"], "Group.ReadWrite.All", "Directory.ReadWrite.All");
const WRITE_MEMBERS = write(
  ["Groups Administrator", "User Administrator"],
  // The directory's own permission for members alone is less, and never asked for: whoever writes members writes groups as well.
  "Group.ReadWrite.All",
  "GroupMember.ReadWrite.All",
  "Directory.ReadWrite.All",
);
const HOLDERS = read("RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory", "Directory.Read.All", "Directory.ReadWrite.All");
const POLICIES = read("Policy.Read.All");
// The table of permissions marks the half that reads; its pages want both.
const WRITE_POLICIES = write(["Conditional Access Administrator", "Security Administrator"], "Policy.ReadWrite.ConditionalAccess+Policy.Read.All");
const METHODS_POLICY = read("Policy.Read.All", "Policy.Read.AuthenticationMethod", "Policy.ReadWrite.AuthenticationMethod");
const WRITE_METHODS = write(["Authentication Policy Administrator"], "Policy.ReadWrite.AuthenticationMethod");
const LOG = read("AuditLog.Read.All");
const USAGE = read("Reports.Read.All");
const METHODS = read("UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All");
const WRITE_USERS = write(["User Administrator"], "User.ReadWrite.All", "Directory.ReadWrite.All");
const DELETE_USERS = write(["User Administrator"], "User.DeleteRestore.All", "User.ReadWrite.All");

/** Method and path, ids as `{id}`; `beta` in front where v1.0 has no such thing, and a word behind where what is selected takes more. */
export const GRAPH_ROUTES = {
  // Whoever may sign in sees these two. `User.Read` is marked as less for the first: how much of it that shows is not said.
  "GET /organization": { ...OF_ORGANIZATION, roles: [] },
  "GET /domains": read("Domain.Read.All", "Domain.ReadWrite.All", "Directory.Read.All"),
  "GET /subscribedSkus": read(
    "LicenseAssignment.Read.All",
    "Organization.Read.All",
    "Organization.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
  ),
  "GET /me": { roles: [], rolesOf: "people", application: [], delegated: ["User.Read", ...USERS.delegated] },
  "GET /users": USERS,
  "GET /users signInActivity": read(
    "AuditLog.Read.All+User.Read.All",
    "AuditLog.Read.All+User.ReadWrite.All",
    "AuditLog.Read.All+Directory.Read.All",
    "AuditLog.Read.All+Directory.ReadWrite.All",
  ),
  "GET /users/{id}": USERS,
  "GET /users/{id}/authentication/methods": METHODS,
  "GET /users/{id}/transitiveMemberOf": read("User.Read.All", "GroupMember.Read.All", "Group.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"),
  "GET /users/{id}/mailboxSettings/userPurpose": read("MailboxSettings.Read", "MailboxSettings.ReadWrite"),
  // Of an application the page wants the whole directory; that less is enough is said of people alone.
  "GET /users/{id}/memberOf": {
    ...GROUPS,
    application: ["Directory.Read.All", "Directory.ReadWrite.All"],
    delegated: ["GroupMember.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"],
  },
  "GET /users/{id}/ownedObjects": USERS,
  "GET /users/{id}/manager": USERS,
  "beta GET /users/{id}/authentication/requirements": read("Policy.Read.All", "Policy.ReadWrite.AuthenticationMethod"),
  "GET /groups": GROUPS,
  "GET /groups/{id}": GROUPS,
  "GET /groups/{id}/members": MEMBERS,
  "GET /groups/{id}/transitiveMembers": MEMBERS,
  "GET /directoryRoles": HOLDERS,
  "GET /directoryRoles/{id}/members": HOLDERS,
  "GET /roleManagement/directory/roleAssignments": HOLDERS,
  "GET /roleManagement/directory/roleDefinitions": HOLDERS,
  "GET /roleManagement/directory/roleEligibilityScheduleInstances": read(
    "RoleEligibilitySchedule.Read.Directory",
    "RoleManagement.Read.Directory",
    "RoleEligibilitySchedule.ReadWrite.Directory",
    "RoleManagement.ReadWrite.Directory",
  ),
  "GET /identity/conditionalAccess/policies": POLICIES,
  "GET /identity/conditionalAccess/namedLocations": POLICIES,
  "GET /identity/conditionalAccess/namedLocations/{id}": POLICIES,
  "GET /identity/conditionalAccess/deletedItems/policies": POLICIES,
  "GET /identity/conditionalAccess/deletedItems/namedLocations": POLICIES,
  "POST /identity/conditionalAccess/evaluate": read("Policy.Read.All", "Policy.Read.ConditionalAccess", "Policy.ReadWrite.ConditionalAccess"),
  "GET /policies/identitySecurityDefaultsEnforcementPolicy": POLICIES,
  "GET /policies/authenticationMethodsPolicy": METHODS_POLICY,
  "GET /policies/authenticationStrengthPolicies": METHODS_POLICY,
  "GET /reports/authenticationMethods/userRegistrationDetails": LOG,
  "GET /auditLogs/signIns": LOG,
  "GET /auditLogs/directoryAudits": LOG,
  "GET /reports/getOffice365ActiveUserDetail": USAGE,
  "GET /reports/getEmailAppUsageUserDetail": USAGE,
  "GET /reports/getMailboxUsageDetail": USAGE,
  "GET /admin/reportSettings": read("ReportSettings.Read.All", "ReportSettings.ReadWrite.All"),
  "GET /directory/deletedItems/{id}": read("User.Read.All", "Directory.Read.All"),
  "GET /directory/deletedItems/microsoft.graph.user": read("User.Read.All", "User.ReadWrite.All", "Directory.Read.All"),
  "GET /directory/deletedItems/microsoft.graph.group": read("Group.Read.All", "Directory.Read.All"),
  "POST /groups": WRITE_GROUPS,
  "PATCH /groups/{id}": WRITE_GROUPS,
  "DELETE /groups/{id}": { ...WRITE_GROUPS, application: ["Group.ReadWrite.All"], delegated: ["Group.ReadWrite.All"] },
  "POST /groups/{id}/members/$ref": WRITE_MEMBERS,
  "DELETE /groups/{id}/members/{id}/$ref": WRITE_MEMBERS,
  "POST /identity/conditionalAccess/policies": WRITE_POLICIES,
  "PATCH /identity/conditionalAccess/policies/{id}": WRITE_POLICIES,
  "DELETE /identity/conditionalAccess/policies/{id}": WRITE_POLICIES,
  "POST /identity/conditionalAccess/deletedItems/policies/{id}/restore": WRITE_POLICIES,
  "POST /identity/conditionalAccess/namedLocations": WRITE_POLICIES,
  "PATCH /identity/conditionalAccess/namedLocations/{id}": WRITE_POLICIES,
  "DELETE /identity/conditionalAccess/namedLocations/{id}": WRITE_POLICIES,
  "POST /identity/conditionalAccess/deletedItems/namedLocations/{id}/restore": WRITE_POLICIES,
  "PATCH /policies/identitySecurityDefaultsEnforcementPolicy": write(
    ["Security Administrator"],
    "Policy.ReadWrite.SecurityDefaults+Policy.Read.All",
    "Policy.ReadWrite.ConditionalAccess+Policy.Read.All",
  ),
  "PATCH /policies/authenticationMethodsPolicy": WRITE_METHODS,
  "PATCH /policies/authenticationMethodsPolicy/authenticationMethodConfigurations/{id}": WRITE_METHODS,
  // The reference names the one role, the list of tasks the other: whoever holds both is right either way.
  "beta PATCH /users/{id}/authentication/requirements": write(
    ["Authentication Policy Administrator+Authentication Administrator"],
    "Policy.ReadWrite.AuthenticationMethod",
  ),
  "PATCH /users/{id} accountEnabled": write(
    ["User Administrator"],
    "User.EnableDisableAccount.All+User.Read.All",
    "User.ReadWrite.All",
    "Directory.ReadWrite.All",
  ),
  "DELETE /users/{id}": DELETE_USERS,
  "POST /directory/deletedItems/{id}/restore": DELETE_USERS,
  "POST /users": WRITE_USERS,
  "POST /users/{id}/assignLicense": write(["User Administrator"], "User.ReadWrite.All", "LicenseAssignment.ReadWrite.All", "Directory.ReadWrite.All"),
  "PUT /users/{id}/manager/$ref": WRITE_USERS,
} as const satisfies Record<string, Rights>;

const ADMINISTRATOR = ["Exchange Administrator", "Global Administrator"] as const satisfies readonly RoleName[];

const cmdlet = (...roles: readonly RoleName[]): Rights => ({
  application: ["Exchange.ManageAsApp"],
  delegated: ["Exchange.Manage"],
  roles: [...roles, ...ADMINISTRATOR],
  rolesOf: "everybody",
});

const SEE = cmdlet("Global Reader", "Exchange Recipient Administrator");
const SEE_TENANT = cmdlet("Global Reader");
const SET_TENANT = cmdlet();

/** By the cmdlet's name. That a recipient administrator sees plans and no settings of the tenant is inferred from what each cmdlet's roles hold. */
export const CMDLETS = {
  "Get-CASMailbox": SEE,
  "Get-Mailbox": SEE,
  "Get-MailboxPermission": SEE,
  "Get-RecipientPermission": SEE,
  "Get-CASMailboxPlan": SEE,
  "Get-TransportConfig": SEE_TENANT,
  "Get-AuthenticationPolicy": SEE_TENANT,
  "Get-OrganizationConfig": SEE_TENANT,
  "Set-CASMailbox": cmdlet("Exchange Recipient Administrator"),
  "Set-CASMailboxPlan": SET_TENANT,
  "Set-TransportConfig": SET_TENANT,
  "New-AuthenticationPolicy": SET_TENANT,
  "Set-AuthenticationPolicy": SET_TENANT,
  "Remove-AuthenticationPolicy": SET_TENANT,
  "Set-OrganizationConfig": SET_TENANT,
} as const satisfies Record<string, Rights>;

export type Route = keyof typeof GRAPH_ROUTES | keyof typeof CMDLETS;

const ALL: Readonly<Record<Route, Rights>> = { ...GRAPH_ROUTES, ...CMDLETS };

export const rightsFor = (route: Route): Rights => ALL[route];

const isGraphRoute = (name: string): name is keyof typeof GRAPH_ROUTES => Object.hasOwn(GRAPH_ROUTES, name);
export const isCmdlet = (name: string): name is keyof typeof CMDLETS => Object.hasOwn(CMDLETS, name);

/** What-If is asked by POST and changes nothing. */
export const isWrite = (route: Route): boolean => !/^(?:beta )?GET |^Get-/.test(route) && route !== "POST /identity/conditionalAccess/evaluate";

const GRAPH_NAMES: readonly (keyof typeof GRAPH_ROUTES)[] = Object.keys(GRAPH_ROUTES).filter(isGraphRoute);

type Pattern = { readonly route: keyof typeof GRAPH_ROUTES; readonly method: string; readonly beta: boolean; readonly path: RegExp; readonly more: string };

const patternOf = (route: keyof typeof GRAPH_ROUTES): Pattern => {
  const [, beta, method = "", path = "", more = ""] = /^(beta )?([A-Z]+) (\S+)(?: (\S+))?$/.exec(route) ?? [];
  const text = path.replaceAll("$", "\\$").replaceAll(".", "\\.").replaceAll("{id}", "[^/]+");
  // A report's period stands in brackets behind its name, and the key of a role may.
  return { route, method, beta: beta !== undefined, path: new RegExp(`^${text}(?:\\([^/]*\\))?$`, "i"), more };
};

/** Fixed segments win over ids. */
const PATTERNS: readonly Pattern[] = [...GRAPH_NAMES].sort((a, b) => (a.replaceAll("{id}", "~") < b.replaceAll("{id}", "~") ? -1 : 1)).map(patternOf);

const keysAsSegments = (path: string): string => path.replace(/\/directoryRoles\([^/]*\)/i, "/directoryRoles/x");

/** What a request asks for beyond its path, by which it takes more. */
const beyond = (method: string, path: string, query: string): string =>
  /signInActivity/i.test(query) ? "signInActivity" : method === "PATCH" && /^\/users\/[^/]+$/.test(path) ? "accountEnabled" : "";

/**
 * @param target path and query, with the version in front: `/v1.0/groups?$top=5`
 * @returns undefined for what this tool never asks
 */
export const routeOf = (method: string, target: string): Route | undefined => {
  const [, version, rest = target] = /^\/(v1\.0|beta)(\/.*)$/.exec(target) ?? [];
  const [whole = "", query = ""] = rest.split("?", 2);
  const path = keysAsSegments(whole);
  const more = beyond(method, path, query);
  const fits = (each: Pattern): boolean => each.method === method && each.path.test(path);
  const found = PATTERNS.filter(fits);
  const isBeta = version === "beta";
  return (
    found.find((each) => each.more === more && each.beta === isBeta)?.route ??
    found.find((each) => each.more === more)?.route ??
    found.find((each) => each.more === "")?.route
  );
};

/** The alternatives of a route, least first: each is a set of names that suffices. */
export const alternatives = (route: Route, scheme: Scheme): readonly (readonly string[])[] => rightsFor(route)[scheme].map((each) => each.split("+"));
