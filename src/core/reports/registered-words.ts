/** What is registered, in words that people know. */

import type { MethodName, MethodWords } from "./registration.ts";

const METHOD_WORDS = {
  microsoftAuthenticatorPush: "Authenticator app",
  microsoftAuthenticatorPasswordless: "Authenticator app without password",
  softwareOneTimePasscode: "software code",
  mobilePhone: "mobile number",
  alternateMobilePhone: "second mobile number",
  officePhone: "office number",
  fido2: "passkey",
  passKeyDeviceBound: "passkey on a device",
  passKeyDeviceBoundAuthenticator: "passkey in the Authenticator app",
  passKeySynced: "synced passkey",
  windowsHelloForBusiness: "Windows Hello",
  hardwareOneTimePasscode: "hardware token",
  certificateBasedAuthentication: "certificate",
  temporaryAccessPass: "Temporary Access Pass",
  externalAuthMethod: "another provider's method",
  macOsSecureEnclaveKey: "platform credential",
  email: "e-mail",
  securityQuestion: "security questions",
  qrCodePin: "QR code and PIN",
} as const satisfies Record<MethodName, string>;

const NAMED = new Map<string, string>(Object.entries(METHOD_WORDS).map(([name, word]) => [name.toLowerCase(), word]));

/** A method that is new to us stays in the service's word. */
export const registeredWords = (words: MethodWords): ((bits: number) => readonly string[]) => {
  const kept = new Map<number, readonly string[]>();
  return (bits) => {
    const known = kept.get(bits);
    if (known !== undefined) return known;
    const made = words.of(bits).map((word) => NAMED.get(word.toLowerCase()) ?? word);
    kept.set(bits, made);
    return made;
  };
};
