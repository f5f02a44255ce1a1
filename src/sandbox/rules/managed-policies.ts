/**
 * The policies that Microsoft makes when a tenant with P1 turns security defaults off (managed-policies), and how they
 * switch themselves on.
 */

import type { WireObject } from "../fill.ts";
import { type Change, moment, type Store } from "../store.ts";
import { hasP1 } from "./licence.ts";

type Managed = {
  readonly displayName: string;
  readonly templateId: string;
  readonly users: WireObject;
  readonly clientAppTypes: readonly string[];
  readonly app: string;
  readonly control: "mfa" | "block";
};

/** The roles that Microsoft's own policies for administrators name. */
const ADMINISTRATORS: readonly string[] = [
  "62e90394-69f5-4237-9190-012177145e10",
  "194ae4cb-b126-40b2-bd5b-6091b380977d",
  "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",
  "29232cdf-9323-42fd-ade2-1d097af3e4de",
  "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",
  "729827e3-9c14-49f7-bb1b-9608f156bbb8",
  "b0f54661-2d74-4c50-afa3-1ec803f12efe",
  "fe930be7-5e62-47db-91af-98c3a49a38b1",
  "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
  "158c047a-c907-4556-b7ef-446551a6b5f7",
  "c4e39bd9-1100-46d3-8c65-fb160da0071f",
  "966707d0-3269-4727-9be2-8c3a10f19b9d",
  "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
  "e8611ab8-c189-46e8-94e1-60213ab1f814",
];

/** Windows Azure Service Management API. */
const AZURE = "797f4846-ba00-4fd7-ba43-dac1f8f63013";

/**
 * Which four they are is documented. How their names begin and which template ids they bear is unconfirmed: here they bear
 * those of the templates for the same purpose.
 */
const MANAGED: readonly Managed[] = [
  {
    displayName: "Microsoft-managed: Block legacy authentication",
    templateId: "0b2282f9-2862-4178-88b5-d79340b36cb8",
    users: { includeUsers: ["All"] },
    clientAppTypes: ["exchangeActiveSync", "other"],
    app: "All",
    control: "block",
  },
  {
    displayName: "Microsoft-managed: Multifactor authentication for Azure Management",
    templateId: "d8c51a9a-e6b1-454d-86af-554e7872e2c1",
    users: { includeUsers: ["All"] },
    clientAppTypes: ["all"],
    app: AZURE,
    control: "mfa",
  },
  {
    displayName: "Microsoft-managed: Multifactor authentication for admins",
    templateId: "c7503427-338e-4c5e-902d-abe252abfb43",
    users: { includeRoles: ADMINISTRATORS },
    clientAppTypes: ["all"],
    app: "All",
    control: "mfa",
  },
  {
    displayName: "Microsoft-managed: Multifactor authentication for all users",
    templateId: "a3d0a415-b068-4326-9251-f9cdf9feeb64",
    users: { includeUsers: ["All"] },
    clientAppTypes: ["all"],
    app: "All",
    control: "mfa",
  },
];

const policyOf = (managed: Managed, id: string, state: string, createdDateTime: string): WireObject => ({
  id,
  templateId: managed.templateId,
  displayName: managed.displayName,
  description: null,
  createdDateTime,
  modifiedDateTime: null,
  deletedDateTime: null,
  state,
  conditions: {
    userRiskLevels: [],
    signInRiskLevels: [],
    clientAppTypes: managed.clientAppTypes,
    servicePrincipalRiskLevels: [],
    insiderRiskLevels: null,
    platforms: null,
    locations: null,
    devices: null,
    clientApplications: null,
    authenticationFlows: null,
    applications: {
      includeApplications: [managed.app],
      excludeApplications: [],
      includeUserActions: [],
      includeAuthenticationContextClassReferences: [],
      applicationFilter: null,
    },
    users: {
      includeUsers: [],
      excludeUsers: [],
      includeGroups: [],
      excludeGroups: [],
      includeRoles: [],
      excludeRoles: [],
      includeGuestsOrExternalUsers: null,
      excludeGuestsOrExternalUsers: null,
      ...managed.users,
    },
  },
  grantControls: {
    operator: "OR",
    builtInControls: [managed.control],
    customAuthenticationFactors: [],
    termsOfUse: [],
    authenticationStrength: null,
  },
  sessionControls: null,
});

const REPORT_ONLY = "enabledForReportingButNotEnforced";

/** What appears in the tenant as security defaults go off, as the dials have it. Those that are there already stay as they are. */
export const managedPoliciesOf = (store: Store): readonly Change[] => {
  const { managedPolicies, managedPoliciesOnAfterMs } = store.dials;
  if (managedPolicies === "none" || !hasP1(store)) return [];
  const there = new Set([...store.of("policies").currentRows()].map((row) => row.object["templateId"]));
  const seenFrom = store.seenFrom("conditionalAccess");
  return MANAGED.filter((managed) => !there.has(managed.templateId)).flatMap((managed, place): readonly Change[] => {
    const id = store.newId(place);
    const later = managedPolicies === "report-only-later-on";
    const policy = policyOf(managed, id, later ? REPORT_ONLY : "enabled", moment(store.now));
    const made: Change = { type: "put", collection: "policies", object: policy, seenFrom, made: true };
    if (!later) return [made];
    const at = moment(store.now + managedPoliciesOnAfterMs);
    return [made, { type: "put", collection: "scheduledStates", object: { id, state: "enabled", at }, seenFrom }];
  });
};

/**
 * Switches on what was announced and is due by now, but for policies that somebody has switched off or on since. A test
 * arranges one by putting `{id, state, at}` into `scheduledStates`.
 */
export const carryOutSchedule = (store: Store): void => {
  const due = [...store.of("scheduledStates").currentRows()].filter((row) => Date.parse(String(row.object["at"])) <= store.now);
  const seenFrom = store.now;
  const changes = due.flatMap(({ object }): readonly Change[] => {
    const id = String(object["id"]).toLowerCase();
    const policy = store.of("policies").current(id);
    const done: Change = { type: "remove", collection: "scheduledStates", id, seenFrom };
    if (policy?.["state"] !== REPORT_ONLY) return [done];
    const changed = { ...policy, state: object["state"] ?? "enabled", modifiedDateTime: object["at"] ?? moment(store.now) };
    return [done, { type: "put", collection: "policies", object: changed, seenFrom }];
  });
  store.write(changes);
};
