/** The shape of the authentication methods policy and of its configurations (CSDL: `authenticationMethodsPolicy`, `...Configuration`). */

import { any, type Fields, flag, list, record, type Shape, text, whole, word, words } from "./shape.ts";

const STATE = word("default", "enabled", "disabled");
// `user` is in the metadata, and the service takes it no longer.
const TARGET_TYPE = word("group");
const excluded = record({ id: text, targetType: TARGET_TYPE });
// Of a campaign the pages of excludeTarget and ...CampaignIncludeTarget say users and groups.
const CAMPAIGN_TARGET_TYPE = word("user", "group");

const campaign = (more: Fields): Shape =>
  record({
    snoozeDurationInDays: whole,
    ...more,
    state: STATE,
    excludeTargets: list(record({ id: text, targetType: CAMPAIGN_TARGET_TYPE })),
    includeTargets: list(record({ id: text, targetType: CAMPAIGN_TARGET_TYPE, targetedAuthenticationMethod: word("microsoftAuthenticator", "fido2") })),
  });

/** What a client may write in v1.0: its page lists nothing else. */
export const POLICY_V1: Fields = { registrationEnforcement: record({ authenticationMethodsRegistrationCampaign: campaign({}) }) };

export const POLICY_BETA: Fields = {
  policyMigrationState: word("preMigration", "migrationInProgress", "migrationComplete"),
  registrationEnforcement: record({ authenticationMethodsRegistrationCampaign: campaign({ enforceRegistrationAfterAllowedSnoozes: flag }) }),
  reportSuspiciousActivitySettings: record({ state: STATE, includeTarget: excluded, voiceReportingCode: whole }),
  systemCredentialPreferences: record({ state: STATE, includeTargets: list(excluded), excludeTargets: list(excluded) }),
};

const target = (more: Fields = {}): Shape => list(record({ targetType: TARGET_TYPE, id: text, isRegistrationRequired: flag, ...more }));
const COMMON: Fields = { state: word("enabled", "disabled"), excludeTargets: list(excluded) };
const featureTarget = record({ targetType: word("group", "administrativeUnit", "role"), id: text });
const feature = record({ state: STATE, includeTarget: featureTarget, excludeTarget: featureTarget });
const keyRestrictions = record({ isEnforced: flag, enforcementType: word("allow", "block"), aaGuids: list(text) });
const affinity = word("low", "high");
const mode = word("x509CertificateSingleFactor", "x509CertificateMultiFactor");

/** What a client may write of each method, by its id in lower case. */
export const METHOD_FIELDS: Readonly<Record<string, Fields>> = {
  email: { ...COMMON, allowExternalIdToUseEmailOtp: word("default", "enabled", "disabled"), includeTargets: target() },
  fido2: {
    ...COMMON,
    defaultPasskeyProfile: text,
    isAttestationEnforced: flag,
    isSelfServiceRegistrationAllowed: flag,
    keyRestrictions,
    includeTargets: target({ allowedPasskeyProfiles: list(text) }),
    passkeyProfiles: list(
      record({
        id: text,
        name: text,
        attestationEnforcement: word("disabled", "registrationOnly"),
        passkeyTypes: words("deviceBound", "synced"),
        keyRestrictions,
      }),
    ),
  },
  microsoftauthenticator: {
    ...COMMON,
    isSoftwareOathEnabled: flag,
    featureSettings: record({ displayAppInformationRequiredState: feature, displayLocationInformationRequiredState: feature }),
    includeTargets: target({ authenticationMode: word("deviceBasedPush", "push", "any") }),
  },
  sms: { ...COMMON, includeTargets: target({ isUsableForSignIn: flag }) },
  softwareoath: { ...COMMON, includeTargets: target() },
  temporaryaccesspass: {
    ...COMMON,
    defaultLifetimeInMinutes: whole,
    defaultLength: whole,
    minimumLifetimeInMinutes: whole,
    maximumLifetimeInMinutes: whole,
    isUsableOnce: flag,
    includeTargets: target(),
  },
  voice: { ...COMMON, isOfficePhoneAllowed: flag, includeTargets: target() },
  x509certificate: {
    ...COMMON,
    authenticationModeConfiguration: record({
      x509CertificateAuthenticationDefaultMode: mode,
      x509CertificateDefaultRequiredAffinityLevel: affinity,
      rules: list(any),
    }),
    certificateAuthorityScopes: list(any),
    certificateUserBindings: list(record({ x509CertificateField: text, userProperty: text, priority: whole, trustAffinityLevel: affinity })),
    crlValidationConfiguration: record({ state: word("disabled", "enabled"), exemptedCertificateAuthoritiesSubjectKeyIdentifiers: list(text) }),
    issuerHintsConfiguration: record({ state: word("disabled", "enabled") }),
    includeTargets: target(),
  },
};
