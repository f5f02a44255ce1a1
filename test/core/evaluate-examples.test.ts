/** The examples of "conditionalAccessRoot: evaluate" (learn.microsoft.com/graph/api/conditionalaccessroot-evaluate): what the service itself answered. */

import { describe, expect, test } from "vitest";
import { stanceOf } from "../../src/core/evaluate.ts";
import type { Answer } from "../../src/core/evaluate-logic.ts";
import type { SignIn } from "../../src/core/sign-in.ts";
import { type Json, present } from "../../src/core/tenant.ts";
import { fromWire } from "../../src/graph/conditional-access.ts";
import { guid, ROLE, signIn, subject } from "./evaluation/build.ts";

type Wire = { readonly [key: string]: Json };
const EXCLUDED = guid(0xa1);
const NOTHING: Wire = { includeApplications: [], excludeApplications: [], includeUserActions: [], includeAuthenticationContextClassReferences: [] };

/** As the page prints them, with the members that are null or empty left in. */
const wire = (displayName: string, applications: Wire, users: Wire, more: Wire, rest: Wire): Wire => ({
  id: guid(0xa2),
  templateId: null,
  displayName,
  createdDateTime: "2022-04-01T18:55:43.1454565Z",
  modifiedDateTime: "2025-03-27T21:42:26.951558Z",
  state: "enabledForReportingButNotEnforced",
  partialEnablementStrategy: null,
  conditions: {
    userRiskLevels: [],
    signInRiskLevels: [],
    clientAppTypes: ["all"],
    servicePrincipalRiskLevels: [],
    insiderRiskLevels: null,
    clients: null,
    platforms: null,
    locations: null,
    times: null,
    deviceStates: null,
    devices: null,
    clientApplications: null,
    authenticationFlows: null,
    applications: { ...NOTHING, applicationFilter: null, networkAccess: null, globalSecureAccess: null, ...applications },
    users: {
      includeUsers: ["All"],
      excludeUsers: [EXCLUDED],
      includeGroups: [],
      excludeGroups: [],
      includeRoles: [],
      excludeRoles: [],
      includeGuestsOrExternalUsers: null,
      excludeGuestsOrExternalUsers: null,
      ...users,
    },
    ...more,
  },
  grantControls: null,
  sessionControls: null,
  ...rest,
});

const grant = (operator: string, ...builtInControls: string[]): Wire => ({
  grantControls: { operator, builtInControls, customAuthenticationFactors: [], termsOfUse: [], authenticationStrength: null },
});
const STRENGTH: Wire = {
  grantControls: {
    operator: "OR",
    builtInControls: [],
    customAuthenticationFactors: [],
    termsOfUse: [],
    authenticationStrength: {
      id: "00000000-0000-0000-0000-000000000002",
      displayName: "Multifactor authentication",
      allowedCombinations: ["fido2"],
      combinationConfigurations: [],
    },
  },
};

const OFFICE = wire(
  "Office 365, app enforced restrictions",
  { includeApplications: ["Office365"] },
  {},
  {},
  {
    sessionControls: { disableResilienceDefaults: null, cloudAppSecurity: null, signInFrequency: null, applicationEnforcedRestrictions: { isEnabled: true } },
  },
);
const USER_RISK = wire(
  "All resources, user risk high",
  { includeApplications: ["All"] },
  {},
  { userRiskLevels: ["high"] },
  grant("AND", "mfa", "passwordChange"),
);
const CONTEXT = wire("authentication contexts", { includeAuthenticationContextClassReferences: ["c1", "c37"] }, { excludeUsers: [] }, {}, STRENGTH);
const ADMIN_ROLES = wire(
  "All admin roles, all resources",
  { includeApplications: ["All"] },
  { includeUsers: [], includeRoles: [ROLE] },
  {},
  grant("OR", "mfa"),
);
const REGISTERING = wire("User action RS info", { includeUserActions: ["urn:user:registersecurityinfo"] }, {}, {}, STRENGTH);
const WORKLOADS = wire(
  "All service principals, all resources, block",
  { includeApplications: ["All"] },
  { includeUsers: ["None"], excludeUsers: [] },
  { clientApplications: { includeServicePrincipals: ["ServicePrincipalsInMyTenant"], excludeServicePrincipals: [], servicePrincipalFilter: null } },
  grant("OR", "block"),
);

const FIRST: Partial<SignIn> = {
  target: { type: "application", id: "00000003-0000-0ff1-ce00-000000000000" },
  platform: "android",
  signInRisk: "high",
  userRisk: "high",
  insiderRisk: "elevated",
  flow: "device-code",
  device: { iscompliant: true },
};
const SECOND: Partial<SignIn> = {
  target: { type: "authentication-context", value: "c37" },
  program: "mobile-and-desktop",
  signInRisk: "medium",
  insiderRisk: "moderate",
  flow: "transfer",
  device: { profiletype: "Standard" },
};
const THIRD: Partial<SignIn> = {
  target: { type: "user-action", action: "register-security-info" },
  platform: "macos",
  signInRisk: "low",
  userRisk: "high",
  insiderRisk: "minor",
  flow: "device-code",
  device: { trusttype: "EntraID" },
};

/** Whoever signs in there holds one of the roles of the third example. */
const ASKED = { subject: subject({ roles: present(new Set([ROLE])) }) };

describe("the examples of What-If", () => {
  const cases: readonly (readonly [name: string, policy: Wire, signIn: Partial<SignIn>, want: Answer])[] = [
    ["1: Office 365 for SharePoint", OFFICE, FIRST, "yes"],
    ["1: user risk high", USER_RISK, FIRST, "yes"],
    ["1: for whom it leaves out", USER_RISK, { ...FIRST, subject: subject({ id: EXCLUDED }) }, "no"],
    ["2: the context c37", CONTEXT, SECOND, "yes"],
    ["2: all resources, not in the answer", ADMIN_ROLES, SECOND, "no"],
    ["2: user risk high, not in the answer", USER_RISK, SECOND, "no"],
    ["3: all resources, user risk high", USER_RISK, THIRD, "yes"],
    ["3: all resources, administrators", ADMIN_ROLES, THIRD, "yes"],
    ["3: the user action", REGISTERING, THIRD, "yes"],
    ["3: Office 365, not in the answer", OFFICE, THIRD, "no"],
    ["3: the context, not in the answer", CONTEXT, THIRD, "no"],
    ["4: workload identities, a person", WORKLOADS, FIRST, "no"],
  ];
  test.each(cases)("%s", (_name, policy, parts, want) => {
    const { id, settings } = fromWire(policy);
    expect(stanceOf({ id, settings }, signIn({ ...ASKED, ...parts }), { locations: present(new Map()) }).applies).toBe(want);
  });
});
