/** The tenant itself: organization, domains, subscriptions, directory roles. */

import { idOf, type Row } from "../collection.ts";
import { type Answer, type Call, entity, filterOf, noSuchResource, pageOf, type Route } from "../context.ts";
import type { Json, WireObject } from "../fill.ts";
import { isObject, property, selectedOf } from "../odata.ts";
import { shownObject } from "../rules/directory-object.ts";
import { subscriptionsOf } from "../rules/licence.ts";
import { moment } from "../store.ts";

const plansOf = (sku: WireObject): readonly WireObject[] => {
  const plans = sku["servicePlans"];
  return Array.isArray(plans) ? plans.filter((plan: Json): plan is WireObject => isObject(plan)) : [];
};

/** CSDL: `organization`; organization-list. */
const organizationOf = (call: Call): WireObject => {
  const { store } = call;
  const { tenant } = store.fill;
  const plans = new Map(
    subscriptionsOf(store)
      .flatMap(plansOf)
      .map((plan) => [String(plan["servicePlanId"]), plan] as const),
  );
  const syncs = [...store.of("directoryRoles").rows(call.now)].some((row) => row.object["displayName"] === "Directory Synchronization Accounts");
  return {
    assignedPlans: [...plans].map(([servicePlanId, plan]) => ({
      assignedDateTime: tenant.createdDateTime,
      capabilityStatus: plan["provisioningStatus"] === "Success" ? "Enabled" : "Suspended",
      service: String(plan["servicePlanName"]),
      servicePlanId,
    })),
    businessPhones: [],
    city: null,
    country: null,
    countryLetterCode: tenant.countryLetterCode,
    createdDateTime: tenant.createdDateTime,
    defaultUsageLocation: null,
    deletedDateTime: null,
    displayName: tenant.displayName,
    id: tenant.id,
    marketingNotificationEmails: [],
    onPremisesLastSyncDateTime: syncs ? moment(Math.floor(call.now / 1_800_000) * 1_800_000) : null,
    onPremisesSyncEnabled: syncs ? true : null,
    partnerTenantType: null,
    postalCode: null,
    preferredLanguage: "en",
    privacyProfile: null,
    provisionedPlans: [],
    securityComplianceNotificationMails: [],
    securityComplianceNotificationPhones: [],
    state: null,
    street: null,
    technicalNotificationMails: [],
    tenantType: "AAD",
    verifiedDomains: [...store.of("domains").rows(call.now)]
      .filter((row) => row.object["isVerified"] !== false)
      .map(({ object }) => ({
        capabilities: "Email, OfficeCommunicationsOnline",
        isDefault: object["isDefault"] ?? false,
        isInitial: object["isInitial"] ?? false,
        name: idOf(object),
        type: object["authenticationType"] ?? "Managed",
      })),
  };
};

const rowsOf = (objects: readonly WireObject[], after: number): readonly Row[] =>
  objects.map((object, place) => ({ place, object })).filter((row) => row.place > after);

const organizations = (call: Call): Answer => pageOf(call, { context: "organization", rows: (after) => rowsOf([organizationOf(call)], after) });

const organization = (call: Call): Answer => {
  const found = organizationOf(call);
  if (idOf(found) !== call.parameter("id").toLowerCase()) throw noSuchResource(call.parameter("id"));
  return entity(call, "organization", found);
};

const domains = (call: Call): Answer => pageOf(call, { context: "domains", rows: (after) => call.store.of("domains").rows(call.now, after) });

const domain = (call: Call): Answer => {
  const found = call.store.seen("domains", call.parameter("id"));
  if (found === undefined) throw noSuchResource(call.parameter("id"));
  return entity(call, "domains", found);
};

const subscriptions = (call: Call): Answer => pageOf(call, { context: "subscribedSkus", rows: (after) => rowsOf(subscriptionsOf(call.store), after) });

const roles = (call: Call): Answer => {
  const filter = filterOf(call, { displayname: ["eq"], id: ["eq"], roletemplateid: ["eq"] });
  return pageOf(call, { context: "directoryRoles", rows: (after) => call.store.of("directoryRoles").rows(call.now, after), filter });
};

/** A role's id or template id, however the path says it: `{id}`, `roleTemplateId={id}`, `(roleTemplateId='{id}')`. */
const roleNamed = (call: Call, key: string): WireObject => {
  const template = /^roleTemplateId='?([0-9a-f-]+)'?$/iu.exec(key)?.[1]?.toLowerCase();
  const found = [...call.store.of("directoryRoles").rows(call.now)]
    .map((row) => row.object)
    .find((role) => (template === undefined ? idOf(role) === key.toLowerCase() : property(role, "roleTemplateId") === template));
  if (found === undefined) throw noSuchResource(template ?? key);
  return found;
};

/** Page size without `$top`, which the list of a role's members does not take (directoryrole-list-members). */
const ROLE_MEMBERS = { usual: 1000, most: 1000 };

const membersOf = (call: Call, role: WireObject): Answer => {
  const { store, now } = call;
  const selected = selectedOf(call.query);
  const rows = function* (after: number): Generator<Row> {
    for (const member of store.members.rows(idOf(role), now, after)) {
      const found = store.seenObject(member.id);
      // Whoever was deleted keeps the role for a restore, and is not shown.
      if (found === undefined) continue;
      yield { place: member.place, object: shownObject(found.type, found.object, selected, true) };
    }
  };
  return pageOf(call, { context: "directoryObjects", rows, sizes: ROLE_MEMBERS });
};

const ROLE_READ = ["RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory", "Directory.Read.All", "Directory.ReadWrite.All"];
const ORGANIZATION_READ = ["Organization.Read.All", "Organization.ReadWrite.All", "User.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const DOMAIN_READ = ["Domain.Read.All", "Domain.ReadWrite.All", "Directory.Read.All"];

export const directoryRoutes: readonly Route[] = [
  { method: "GET", path: "/organization", permissions: ORGANIZATION_READ, bucket: "directory", options: ["select"], handle: organizations },
  { method: "GET", path: "/organization/{id}", permissions: ORGANIZATION_READ, bucket: "directory", options: ["select"], handle: organization },
  { method: "GET", path: "/domains", permissions: DOMAIN_READ, bucket: "directory", options: ["select", "top", "skiptoken"], handle: domains },
  { method: "GET", path: "/domains/{id}", permissions: DOMAIN_READ, bucket: "directory", options: ["select"], handle: domain },
  {
    method: "GET",
    path: "/subscribedSkus",
    permissions: ["LicenseAssignment.Read.All", "Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"],
    bucket: "directory",
    units: 3,
    options: ["select"],
    handle: subscriptions,
  },
  { method: "GET", path: "/directoryRoles", permissions: ROLE_READ, bucket: "directory", options: ["select", "filter"], handle: roles },
  {
    method: "GET",
    path: "/directoryRoles/{id:key}",
    permissions: ROLE_READ,
    bucket: "directory",
    options: ["select"],
    handle: (call) => entity(call, "directoryRoles", roleNamed(call, call.parameter("id"))),
  },
  {
    method: "GET",
    path: "/directoryRoles/{id:key}/members",
    permissions: ROLE_READ,
    bucket: "directory",
    options: ["select", "skiptoken"],
    handle: (call) => membersOf(call, roleNamed(call, call.parameter("id"))),
  },
];
