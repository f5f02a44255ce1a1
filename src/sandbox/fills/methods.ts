/** Which methods a tenant lets people use: the authentication methods policy as GET gives it, its configurations apart. */

import type { Json, MethodsFill, WireObject } from "../fill.ts";

export type MethodName = "Email" | "Fido2" | "MicrosoftAuthenticator" | "Sms" | "SoftwareOath" | "TemporaryAccessPass" | "Voice" | "X509Certificate";

export type MethodsTraits = {
  /** Those that are switched on, for everybody. */
  readonly on: readonly MethodName[];
  readonly migration: "preMigration" | "migrationInProgress" | "migrationComplete";
  readonly campaign: "default" | "enabled" | "disabled";
  /** ISO 8601, UTC. */
  readonly lastModified: string;
};

const ALL_USERS = "all_users";
const target = (more: Readonly<Record<string, Json>> = {}): WireObject => ({ targetType: "group", id: ALL_USERS, isRegistrationRequired: false, ...more });
const everybody: Json = { targetType: "group", id: ALL_USERS };
const nobody: Json = { targetType: "group", id: "00000000-0000-0000-0000-000000000000" };
const shownByDefault: Json = { state: "default", includeTarget: everybody, excludeTarget: nobody };

/** What each has besides its id, state and excluded targets (CSDL: `...AuthenticationMethodConfiguration`). */
const OWN: Readonly<Record<MethodName, WireObject>> = {
  Email: { allowExternalIdToUseEmailOtp: "default", includeTargets: [target()] },
  Fido2: {
    defaultPasskeyProfile: null,
    isAttestationEnforced: true,
    isSelfServiceRegistrationAllowed: true,
    keyRestrictions: { isEnforced: false, enforcementType: "block", aaGuids: [] },
    includeTargets: [target({ allowedPasskeyProfiles: [] })],
  },
  MicrosoftAuthenticator: {
    isSoftwareOathEnabled: true,
    featureSettings: { displayAppInformationRequiredState: shownByDefault, displayLocationInformationRequiredState: shownByDefault },
    includeTargets: [target({ authenticationMode: "any" })],
  },
  Sms: { includeTargets: [target({ isUsableForSignIn: false })] },
  SoftwareOath: { includeTargets: [target()] },
  TemporaryAccessPass: {
    defaultLifetimeInMinutes: 60,
    defaultLength: 8,
    minimumLifetimeInMinutes: 60,
    maximumLifetimeInMinutes: 480,
    isUsableOnce: false,
    includeTargets: [target()],
  },
  Voice: { isOfficePhoneAllowed: true, includeTargets: [target()] },
  X509Certificate: {
    authenticationModeConfiguration: {
      x509CertificateAuthenticationDefaultMode: "x509CertificateSingleFactor",
      x509CertificateDefaultRequiredAffinityLevel: "low",
      rules: [],
    },
    certificateAuthorityScopes: [],
    certificateUserBindings: [],
    crlValidationConfiguration: { state: "disabled", exemptedCertificateAuthoritiesSubjectKeyIdentifiers: [] },
    issuerHintsConfiguration: { state: "disabled" },
    includeTargets: [target()],
  },
};

const NAMES: readonly MethodName[] = ["Fido2", "MicrosoftAuthenticator", "Sms", "TemporaryAccessPass", "SoftwareOath", "Voice", "Email", "X509Certificate"];

export const methodsFill = (traits: MethodsTraits): MethodsFill => ({
  policy: {
    id: "authenticationMethodsPolicy",
    displayName: "Authentication Methods Policy",
    description:
      "The tenant-wide policy that controls which authentication methods are allowed in the tenant, authentication method registration requirements, and self-service password reset settings",
    lastModifiedDateTime: traits.lastModified,
    policyVersion: "1.5",
    policyMigrationState: traits.migration,
    reconfirmationInDays: null,
    registrationEnforcement: {
      authenticationMethodsRegistrationCampaign: {
        snoozeDurationInDays: 1,
        enforceRegistrationAfterAllowedSnoozes: true,
        state: traits.campaign,
        excludeTargets: [],
        includeTargets: [{ id: ALL_USERS, targetType: "group", targetedAuthenticationMethod: "microsoftAuthenticator" }],
      },
    },
    reportSuspiciousActivitySettings: { state: "default", includeTarget: everybody, voiceReportingCode: 0 },
    systemCredentialPreferences: { state: "default", includeTargets: [everybody], excludeTargets: [] },
  },
  configurations: NAMES.map((name) => ({
    "@odata.type": `#microsoft.graph.${name.slice(0, 1).toLowerCase()}${name.slice(1)}AuthenticationMethodConfiguration`,
    id: name,
    state: traits.on.includes(name) ? "enabled" : "disabled",
    excludeTargets: [],
    ...OWN[name],
  })),
});

/** Whatever makes an account able to meet a demand for MFA in the older fills is on; the campaign is left to Microsoft. */
export const USUAL_METHODS: MethodsFill = methodsFill({
  on: ["Email", "Fido2", "MicrosoftAuthenticator", "Sms", "SoftwareOath", "Voice"],
  migration: "migrationComplete",
  campaign: "default",
  lastModified: "2018-01-15T10:00:00Z",
});
