/** What stands around the thirty: groups, policies, which methods are allowed, who is an administrator. */

import type { FillGroup, FillRole, MethodsFill, WireObject } from "../../../src/sandbox/fill.ts";
import { securityGroup } from "../../../src/sandbox/fills/groups.ts";
import { methodsFill } from "../../../src/sandbox/fills/methods.ts";
import { rolesOf } from "../../../src/sandbox/fills/roles.ts";
import type { GroupName } from "./accounts.ts";
import { CASES, caseOf } from "./wire.ts";

const idIn =
  (kind: string) =>
  (place: number): string =>
    `${kind}-0000-4000-8000-${(place + 1).toString(16).padStart(12, "0")}`;
const groupIdAt = idIn("31313131");
const policyIdAt = idIn("32323232");

type Group = { readonly name: GroupName; readonly description: string | null; readonly inside?: GroupName };

const GROUPS: readonly Group[] = [
  { name: "Staff", description: "Everybody who works in the schools" },
  { name: "Teachers", description: null },
  { name: "Office policy pilot", description: null },
  // Nobody is in it but through the group inside.
  { name: "MFA exceptions", description: null, inside: "Supply cover" },
  { name: "Supply cover", description: null },
  { name: "No calls", description: "Voice is not allowed to them" },
  { name: "MFA rollout: heads", description: "entra-rollout:thirty/heads. Made and kept by entra-rollout; members are synced from the plan" },
];

export const groupIdOf = (name: GroupName): string => groupIdAt(GROUPS.findIndex((group) => group.name === name));

export const groups: readonly FillGroup[] = GROUPS.map(({ name, description, inside }) =>
  securityGroup({
    id: groupIdOf(name),
    displayName: name,
    description,
    members: [...CASES.filter((each) => each.groups.includes(name)).map(({ id }) => id), ...(inside === undefined ? [] : [groupIdOf(inside)])],
    created: "2025-11-03T09:00:00Z",
  }),
);

const EMERGENCY = [caseOf("emergency-1").id, caseOf("emergency-2").id];

type PolicyTraits = {
  readonly place: number;
  readonly name: string;
  readonly description?: string;
  readonly state: "enabled" | "enabledForReportingButNotEnforced";
  readonly clients: readonly string[];
  readonly group: GroupName;
  readonly except?: GroupName;
  readonly created: string;
};

/** Asks for MFA in every program (CSDL: `conditionalAccessPolicy`). */
const policyOf = (traits: PolicyTraits): WireObject => ({
  id: policyIdAt(traits.place),
  displayName: traits.name,
  description: traits.description ?? null,
  state: traits.state,
  templateId: null,
  createdDateTime: traits.created,
  modifiedDateTime: null,
  deletedDateTime: null,
  sessionControls: null,
  grantControls: { operator: "OR", builtInControls: ["mfa"], customAuthenticationFactors: [], termsOfUse: [], authenticationStrength: null },
  conditions: {
    applications: {
      includeApplications: ["All"],
      excludeApplications: [],
      includeUserActions: [],
      includeAuthenticationContextClassReferences: [],
      applicationFilter: null,
    },
    authenticationFlows: null,
    clientAppTypes: traits.clients,
    clientApplications: null,
    devices: null,
    insiderRiskLevels: null,
    locations: null,
    platforms: null,
    servicePrincipalRiskLevels: [],
    signInRiskLevels: [],
    userRiskLevels: [],
    users: {
      includeUsers: [],
      includeGroups: [groupIdOf(traits.group)],
      includeRoles: [],
      includeGuestsOrExternalUsers: null,
      excludeUsers: EMERGENCY,
      excludeGroups: traits.except === undefined ? [] : [groupIdOf(traits.except)],
      excludeRoles: [],
      excludeGuestsOrExternalUsers: null,
    },
  },
});

export const policies: readonly WireObject[] = [
  // Somebody else's, in force.
  policyOf({
    place: 0,
    name: "Teachers: MFA everywhere",
    state: "enabled",
    clients: ["all"],
    group: "Teachers",
    except: "MFA exceptions",
    created: "2025-11-03T10:00:00Z",
  }),
  // Somebody else's, which asks nobody.
  policyOf({
    place: 1,
    name: "Office: MFA (pilot)",
    state: "enabledForReportingButNotEnforced",
    clients: ["all"],
    group: "Office policy pilot",
    created: "2025-12-01T10:00:00Z",
  }),
  // The plan's own, of the phase that is over.
  policyOf({
    place: 2,
    name: "MFA: heads [thirty/mfa-heads]",
    description: "entra-rollout:thirty/mfa-heads. Made and kept by entra-rollout; change the plan, not this policy",
    state: "enabled",
    clients: ["browser", "mobileAppsAndDesktopClients"],
    group: "MFA rollout: heads",
    created: "2026-02-02T08:00:00Z",
  }),
];

const usual = methodsFill({
  on: ["Email", "Fido2", "MicrosoftAuthenticator", "Sms", "SoftwareOath", "Voice"],
  migration: "migrationComplete",
  campaign: "default",
  lastModified: "2025-10-06T10:00:00Z",
});

/** Voice is on, but not for everybody. */
export const methodsPolicy: MethodsFill = {
  ...usual,
  configurations: usual.configurations.map((each) =>
    each["id"] === "Voice" ? { ...each, excludeTargets: [{ targetType: "group", id: groupIdOf("No calls") }] } : each,
  ),
};

export const roles: readonly FillRole[] = rolesOf("thirty", {
  "Global Administrator": CASES.filter(({ role }) => role === "Global Administrator").map(({ id }) => id),
});
