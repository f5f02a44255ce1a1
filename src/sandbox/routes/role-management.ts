/**
 * Roles by their definitions, who has them, and who may activate which (v1.0 rbacApplication: List roleDefinitions, List
 * roleAssignments, List roleEligibilityScheduleInstances).
 */

import { idOf, type Row } from "../collection.ts";
import { type Answer, type Call, filterOf, pageOf, Refusal, type Route } from "../context.ts";
import type { WireObject } from "../fill.ts";
import { hasP2 } from "../rules/licence.ts";

/** Built-in roles by their template ids, which are the ids of their definitions (facts, section 7.13). A tenant has a hundred more. */
const BUILT_IN: Readonly<Record<string, string>> = {
  "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
  "194ae4cb-b126-40b2-bd5b-6091b380977d": "Security Administrator",
  "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9": "Conditional Access Administrator",
  "29232cdf-9323-42fd-ade2-1d097af3e4de": "Exchange Administrator",
  "f28a1f50-f6e7-4571-818b-6a12f2af6b6c": "SharePoint Administrator",
  "729827e3-9c14-49f7-bb1b-9608f156bbb8": "Helpdesk Administrator",
  "b0f54661-2d74-4c50-afa3-1ec803f12efe": "Billing Administrator",
  "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
  "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
  "158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
  "c4e39bd9-1100-46d3-8c65-fb160da0071f": "Authentication Administrator",
  "966707d0-3269-4727-9be2-8c3a10f19b9d": "Password Administrator",
  "7be44c8a-adaf-4e2a-84d6-ab2649e08a13": "Privileged Authentication Administrator",
  "e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
  "d29b2b05-8046-44ba-8758-1e26182fcf32": "Directory Synchronization Accounts",
};

const definitionOf = (templateId: string, displayName: string): WireObject => ({
  description: null,
  displayName,
  id: templateId,
  isBuiltIn: true,
  isEnabled: true,
  resourceScopes: ["/"],
  templateId,
  version: "1",
});

/** Those above, and whatever else is activated in the tenant. */
const definitions = (call: Call): readonly WireObject[] => {
  const activated = [...call.store.of("directoryRoles").rows(call.now)].map(({ object }) => [String(object["roleTemplateId"]), String(object["displayName"])]);
  const names = new Map([...Object.entries(BUILT_IN), ...activated.map(([id = "", name = ""]) => [id, name] as const)]);
  return [...names].map(([id, name]) => definitionOf(id, name));
};

const rowsOf = (objects: readonly WireObject[], after: number): readonly Row[] =>
  objects.map((object, place) => ({ place, object })).filter((row) => row.place > after);

const listDefinitions = (call: Call): Answer => {
  const filter = filterOf(call, { id: ["eq"], displayname: ["eq"], templateid: ["eq"], isbuiltin: ["eq"] });
  return pageOf(call, { context: "roleManagement/directory/roleDefinitions", rows: (after) => rowsOf(definitions(call), after), filter });
};

const hexOf = (id: string): string => id.replaceAll("-", "");

/** Opaque, and the same as long as the assignment is. */
const assignmentId = (role: string, principal: string): string => `${Buffer.from(hexOf(role) + hexOf(principal), "hex").toString("base64url")}-1`;

/** The members of every role, for the whole directory; then those for a part of it. Of deleted ones it tells nothing. */
function* assignments(call: Call): Generator<WireObject> {
  const { store, now } = call;
  const isThere = (principal: string): boolean => store.seenType(principal) !== undefined;
  for (const { object: role } of store.of("directoryRoles").rows(now)) {
    const roleDefinitionId = String(role["roleTemplateId"]);
    for (const { id: principalId } of store.members.rows(idOf(role), now)) {
      if (isThere(principalId)) yield { directoryScopeId: "/", id: assignmentId(roleDefinitionId, principalId), principalId, roleDefinitionId };
    }
  }
  for (const { object } of store.of("roleAssignments").rows(now)) if (isThere(String(object["principalId"]))) yield { directoryScopeId: "/", ...object };
}

const listAssignments = (call: Call): Answer => {
  const filter = filterOf(call, { id: ["eq"], principalid: ["eq"], roledefinitionid: ["eq"] });
  return pageOf(call, { context: "roleManagement/directory/roleAssignments", rows: (after) => rowsOf([...assignments(call)], after), filter });
};

const eligibilityOf = (object: WireObject): WireObject => ({
  appScopeId: null,
  directoryScopeId: "/",
  endDateTime: null,
  memberType: "Direct",
  roleEligibilityScheduleId: idOf(object),
  startDateTime: null,
  ...object,
});

/** Of an application's own principals and of deleted ones it tells nothing. @throws Refusal 400 in a tenant without P2 */
const listEligibilities = (call: Call): Answer => {
  const { store, now } = call;
  if (!hasP2(store)) {
    throw new Refusal(400, "AadPremiumLicenseRequired", "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.");
  }
  const filter = filterOf(call, { id: ["eq"], principalid: ["eq"], roledefinitionid: ["eq"] });
  return pageOf(call, {
    context: "roleManagement/directory/roleEligibilityScheduleInstances",
    rows: function* (after) {
      for (const { place, object } of store.of("roleEligibilities").rows(now, after)) {
        if (store.seenType(String(object["principalId"])) !== undefined) yield { place, object: eligibilityOf(object) };
      }
    },
    filter,
  });
};

const READ_ROLES = ["RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory", "Directory.Read.All", "Directory.ReadWrite.All"];
const READ_ELIGIBILITIES = [
  "RoleEligibilitySchedule.Read.Directory",
  "RoleEligibilitySchedule.ReadWrite.Directory",
  "RoleManagement.Read.All",
  "RoleManagement.Read.Directory",
  "RoleManagement.ReadWrite.Directory",
];
const ROOT = "/roleManagement/directory";

// Which limit they count against is not stated; they are the directory's.
export const roleManagementRoutes: readonly Route[] = [
  {
    method: "GET",
    path: `${ROOT}/roleDefinitions`,
    permissions: READ_ROLES,
    bucket: "directory",
    options: ["select", "filter", "skiptoken"],
    handle: listDefinitions,
  },
  {
    method: "GET",
    path: `${ROOT}/roleAssignments`,
    permissions: READ_ROLES,
    bucket: "directory",
    options: ["select", "filter", "top", "skiptoken"],
    handle: listAssignments,
  },
  {
    method: "GET",
    path: `${ROOT}/roleEligibilityScheduleInstances`,
    permissions: READ_ELIGIBILITIES,
    bucket: "directory",
    options: ["select", "filter", "skiptoken"],
    handle: listEligibilities,
  },
];
