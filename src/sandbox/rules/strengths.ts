/** The built-in authentication strengths (authenticationStrengthRoot: List policies). */

import type { WireObject } from "../fill.ts";

const phishingResistant = ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"];
const passwordless = [...phishingResistant, "deviceBasedPush"];
const anyMfa = [
  ...passwordless,
  "temporaryAccessPassOneTime",
  "temporaryAccessPassMultiUse",
  ...["microsoftAuthenticatorPush", "softwareOath", "hardwareOath", "x509CertificateSingleFactor", "x509CertificateMultiFactor", "sms", "voice"].map(
    (second) => `password,${second}`,
  ),
  "federatedMultiFactor",
  ...["microsoftAuthenticatorPush", "softwareOath", "hardwareOath", "sms", "voice"].map((second) => `${second},federatedSingleFactor`),
];

const builtIn = (number: number, displayName: string, description: string, allowedCombinations: readonly string[]): WireObject => ({
  id: `00000000-0000-0000-0000-${String(number).padStart(12, "0")}`,
  createdDateTime: "2021-12-01T00:00:00Z",
  modifiedDateTime: "2021-12-01T00:00:00Z",
  displayName,
  description,
  policyType: "builtIn",
  requirementsSatisfied: "mfa",
  allowedCombinations,
});

export const STRENGTHS: readonly WireObject[] = [
  builtIn(2, "Multifactor authentication", "Combinations of methods that satisfy strong authentication, such as a password + SMS", anyMfa),
  builtIn(
    3,
    "Passwordless MFA",
    "Passwordless methods that satisfy strong authentication, such as Passwordless sign-in with the Microsoft Authenticator",
    passwordless,
  ),
  builtIn(
    4,
    "Phishing resistant MFA",
    "Phishing resistant, Passwordless methods for the strongest authentication, such as a FIDO2 security key",
    phishingResistant,
  ),
];

export const strengthWithId = (id: string): WireObject | undefined => STRENGTHS.find((strength) => strength["id"] === id.toLowerCase());
