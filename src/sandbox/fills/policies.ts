/** Conditional-access policies and named locations of other people, as GET gives them. */

import type { Json, WireObject } from "../fill.ts";

type Users = {
  readonly includeUsers?: readonly string[];
  readonly excludeUsers?: readonly string[];
  readonly includeGroups?: readonly string[];
  readonly includeRoles?: readonly string[];
};

export type PolicyTraits = {
  readonly id: string;
  readonly displayName: string;
  readonly state: "enabled" | "disabled" | "enabledForReportingButNotEnforced";
  /** ISO 8601. */
  readonly created: string;
  readonly users: Users;
  readonly clientAppTypes: readonly string[];
  readonly locations?: { readonly include: readonly string[]; readonly exclude: readonly string[] };
  readonly control: "mfa" | "block";
};

/** CSDL: `conditionalAccessPolicy`, every member that the service gives. */
export const foreignPolicy = (traits: PolicyTraits): WireObject => ({
  conditions: {
    applications: {
      applicationFilter: null,
      excludeApplications: [],
      includeApplications: ["All"],
      includeAuthenticationContextClassReferences: [],
      includeUserActions: [],
    },
    authenticationFlows: null,
    clientAppTypes: traits.clientAppTypes,
    clientApplications: null,
    devices: null,
    insiderRiskLevels: null,
    locations: traits.locations === undefined ? null : { excludeLocations: traits.locations.exclude, includeLocations: traits.locations.include },
    platforms: null,
    servicePrincipalRiskLevels: [],
    signInRiskLevels: [],
    userRiskLevels: [],
    users: {
      excludeGroups: [],
      excludeGuestsOrExternalUsers: null,
      excludeRoles: [],
      excludeUsers: traits.users.excludeUsers ?? [],
      includeGroups: traits.users.includeGroups ?? [],
      includeGuestsOrExternalUsers: null,
      includeRoles: traits.users.includeRoles ?? [],
      includeUsers: traits.users.includeUsers ?? [],
    },
  },
  createdDateTime: traits.created,
  deletedDateTime: null,
  description: null,
  displayName: traits.displayName,
  grantControls: { authenticationStrength: null, builtInControls: [traits.control], customAuthenticationFactors: [], operator: "OR", termsOfUse: [] },
  id: traits.id,
  modifiedDateTime: null,
  sessionControls: null,
  state: traits.state,
  templateId: null,
});

const rangeOf = (cidr: string): Json => ({
  "@odata.type": cidr.includes(":") ? "#microsoft.graph.iPv6CidrRange" : "#microsoft.graph.iPv4CidrRange",
  cidrAddress: cidr,
});

type LocationTraits = { readonly id: string; readonly displayName: string; readonly created: string };

const location = (type: string, traits: LocationTraits): { readonly [key: string]: Json } => ({
  "@odata.type": `#microsoft.graph.${type}`,
  createdDateTime: traits.created,
  deletedDateTime: null,
  displayName: traits.displayName,
  id: traits.id,
  modifiedDateTime: traits.created,
});

export const ipLocation = (traits: LocationTraits & { readonly isTrusted: boolean; readonly ranges: readonly string[] }): WireObject => ({
  ...location("ipNamedLocation", traits),
  ipRanges: traits.ranges.map(rangeOf),
  isTrusted: traits.isTrusted,
});

export const countryLocation = (traits: LocationTraits & { readonly countries: readonly string[] }): WireObject => ({
  ...location("countryNamedLocation", traits),
  countriesAndRegions: traits.countries,
  countryLookupMethod: "clientIpAddress",
  includeUnknownCountriesAndRegions: false,
});
