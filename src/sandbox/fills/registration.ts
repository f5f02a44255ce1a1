/** What an account has registered: the live list of its methods and its row in the report, from the same words. */

import type { Instant } from "../../runtime.ts";
import type { Json, WireObject } from "../fill.ts";
import { type Account, momentOf, type Registered } from "./account.ts";
import type { IdSpace } from "./numbers.ts";

/** Whether a method makes an account able to meet a demand for MFA; hardware codes were never switched on in these tenants. */
const STRONG: Readonly<Record<Registered, "allowed" | "not allowed" | "never">> = {
  microsoftAuthenticatorPush: "allowed",
  softwareOneTimePasscode: "allowed",
  hardwareOneTimePasscode: "not allowed",
  mobilePhone: "allowed",
  officePhone: "allowed",
  email: "never",
  securityQuestion: "never",
  fido2: "allowed",
  windowsHelloForBusiness: "allowed",
};

const PASSWORDLESS: readonly Registered[] = ["fido2", "windowsHelloForBusiness"];

// The ids under which the service keeps each account's password, phones and e-mail address are the same for everyone.
const PASSWORD_ID = "28c10230-6103-485e-b985-444c60001490";
const MOBILE_ID = "3179e48a-750b-4051-897c-87b9720928f7";
const OFFICE_ID = "e37fc753-ff3b-4958-9484-eaa9425c82bc";
const EMAIL_ID = "3ddfcfc8-9383-446f-83cc-3ab9be4be18f";

/** A number from the range that is kept free for examples. */
export const examplePhone = (number: number): string => `+44 7700900${String(number % 1000).padStart(3, "0")}`;

const method = (type: string, id: string, more: Readonly<Record<string, Json>>): WireObject => ({
  "@odata.type": `#microsoft.graph.${type}AuthenticationMethod`,
  id,
  ...more,
});

/**
 * As v1.0 lists them: security questions and hardware codes have no type there and are left out.
 * @param registeredAt when the account would have registered them, if it was there then
 */
export const methodsOf = (account: Account, number: number, ids: IdSpace, registeredAt: Instant): readonly WireObject[] => {
  const has = (registered: Registered): boolean => account.registered.includes(registered);
  const id = ids.idAt(number);
  const made = { createdDateTime: `${new Date(account.created).toISOString().slice(0, 10)}T09:00:00Z` };
  const since = registeredAt < account.created ? made : { createdDateTime: momentOf(registeredAt) };
  return [
    method("password", PASSWORD_ID, { ...made, password: null }),
    ...(has("mobilePhone")
      ? [method("phone", MOBILE_ID, { phoneNumber: examplePhone(number), phoneType: "mobile", smsSignInState: "notAllowedByPolicy" })]
      : []),
    ...(has("officePhone") ? [method("phone", OFFICE_ID, { phoneNumber: "+44 1632960000", phoneType: "office", smsSignInState: "notSupported" })] : []),
    ...(has("email") ? [method("email", EMAIL_ID, { emailAddress: `person-${number}@home.example` })] : []),
    ...(has("fido2")
      ? [
          method("fido2", Buffer.from(id).toString("base64url").slice(0, 24), {
            ...since,
            aaGuid: "2fc0579f-8113-47ea-b116-bb5a8db9202a",
            attestationCertificates: [],
            attestationLevel: "attested",
            displayName: "Security key",
            model: "YubiKey 5 Series with NFC",
          }),
        ]
      : []),
    ...(has("windowsHelloForBusiness")
      ? [method("windowsHelloForBusiness", id, { ...since, displayName: `LAPTOP-${id.slice(0, 6).toUpperCase()}`, keyStrength: "normal" })]
      : []),
    ...(has("microsoftAuthenticatorPush")
      ? [method("microsoftAuthenticator", id, { ...since, deviceTag: "SoftwareTokenActivated", displayName: "Phone", phoneAppVersion: "6.8.0" })]
      : []),
    ...(has("softwareOneTimePasscode") && !has("microsoftAuthenticatorPush") ? [method("softwareOath", id, { secretKey: null })] : []),
  ];
};

/** In the words that the page lists; a security key has none there. */
const systemPreferred = (registered: readonly Registered[]): readonly string[] => {
  if (registered.includes("microsoftAuthenticatorPush")) return ["push"];
  if (registered.includes("softwareOneTimePasscode")) return ["oath"];
  return registered.includes("mobilePhone") ? ["sms"] : [];
};

const preferred = ({ registered, prefersCall }: Account): string => {
  if (prefersCall === true && registered.includes("mobilePhone")) return "voiceMobile";
  if (registered.includes("microsoftAuthenticatorPush")) return "push";
  if (registered.includes("mobilePhone")) return "sms";
  if (registered.includes("softwareOneTimePasscode")) return "oath";
  return registered.includes("officePhone") ? "voiceOffice" : "";
};

/** A row of the registration report (CSDL: `userRegistrationDetails`). @param refreshed ISO 8601, when the report was computed */
export const registrationOf = (account: Account, id: string, isAdmin: boolean, refreshed: string): WireObject => {
  const { registered } = account;
  const hasReset = registered.length > 0;
  const mayReset = account.licences.includes("faculty");
  return {
    id,
    isAdmin,
    isMfaCapable: registered.some((word) => STRONG[word] === "allowed"),
    isMfaRegistered: registered.some((word) => STRONG[word] !== "never"),
    isPasswordlessCapable: registered.some((word) => PASSWORDLESS.includes(word)),
    isSsprCapable: hasReset && mayReset,
    isSsprEnabled: mayReset,
    isSsprRegistered: hasReset,
    isSystemPreferredAuthenticationMethodEnabled: true,
    lastUpdatedDateTime: refreshed,
    methodsRegistered: registered,
    systemPreferredAuthenticationMethods: systemPreferred(registered),
    userDisplayName: account.displayName,
    userPreferredMethodForSecondaryAuthentication: preferred(account),
    userPrincipalName: account.address,
    userType: account.guest === undefined ? "member" : "guest",
  };
};
