/** The shape of a conditional-access policy in v1.0, in the order in which the service writes it. */

import { any, type Fields, flag, list, record, text, whole, word, words } from "./shape.ts";

const risk = list(word("low", "medium", "high", "hidden", "none", "unknownFutureValue"));
const platforms = list(word("android", "iOS", "windows", "windowsPhone", "macOS", "all", "linux"));
const filter = record({ mode: word("include", "exclude"), rule: text });
const guests = record({
  guestOrExternalUserTypes: words(
    "none",
    "internalGuest",
    "b2bCollaborationGuest",
    "b2bCollaborationMember",
    "b2bDirectConnectUser",
    "otherExternalUser",
    "serviceProvider",
  ),
  // Two types with an `@odata.type` of their own; nothing here depends on what they hold.
  externalTenants: any,
});

export const CONDITION_FIELDS: Fields = {
  userRiskLevels: risk,
  signInRiskLevels: risk,
  clientAppTypes: list(word("all", "browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported", "other")),
  servicePrincipalRiskLevels: risk,
  insiderRiskLevels: words("minor", "moderate", "elevated"),
  platforms: record({ includePlatforms: platforms, excludePlatforms: platforms }),
  locations: record({ includeLocations: list(text), excludeLocations: list(text) }),
  devices: record({ deviceFilter: filter }),
  clientApplications: record({ includeServicePrincipals: list(text), excludeServicePrincipals: list(text), servicePrincipalFilter: filter }),
  authenticationFlows: record({ transferMethods: words("none", "deviceCodeFlow", "authenticationTransfer") }),
  applications: record({
    includeApplications: list(text),
    excludeApplications: list(text),
    includeUserActions: list(text),
    includeAuthenticationContextClassReferences: list(text),
    applicationFilter: filter,
  }),
  users: record({
    includeUsers: list(text),
    excludeUsers: list(text),
    includeGroups: list(text),
    excludeGroups: list(text),
    includeRoles: list(text),
    excludeRoles: list(text),
    includeGuestsOrExternalUsers: guests,
    excludeGuestsOrExternalUsers: guests,
  }),
};

/** What a client may write. */
export const POLICY_FIELDS: Fields = {
  displayName: text,
  description: text,
  state: word("enabled", "disabled", "enabledForReportingButNotEnforced"),
  conditions: record(CONDITION_FIELDS),
  grantControls: record({
    operator: word("AND", "OR"),
    builtInControls: list(
      word("block", "mfa", "compliantDevice", "domainJoinedDevice", "approvedApplication", "compliantApplication", "passwordChange", "riskRemediation"),
    ),
    customAuthenticationFactors: list(text),
    termsOfUse: list(text),
    // Sent as `{id}`, or whole as it was read.
    authenticationStrength: any,
  }),
  sessionControls: record({
    disableResilienceDefaults: flag,
    applicationEnforcedRestrictions: record({ isEnabled: flag }),
    cloudAppSecurity: record({ isEnabled: flag, cloudAppSecurityType: word("mcasConfigured", "monitorOnly", "blockDownloads") }),
    signInFrequency: record({
      value: whole,
      type: word("days", "hours"),
      authenticationType: word("primaryAndSecondaryAuthentication", "secondaryAuthentication"),
      frequencyInterval: word("timeBased", "everyTime"),
      isEnabled: flag,
    }),
    persistentBrowser: record({ mode: word("always", "never"), isEnabled: flag }),
    secureSignInSession: record({ isEnabled: flag }),
  }),
};
