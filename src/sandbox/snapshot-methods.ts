/** What a snapshot does not say of an account's methods, since the service tells them of one account at a time: made from the report's row. */

import { createHash } from "node:crypto";
import { idOf } from "./collection.ts";
import type { WireObject } from "./fill.ts";
import { textsIn } from "./rules/shape.ts";

const PASSWORD: WireObject = {
  "@odata.type": "#microsoft.graph.passwordAuthenticationMethod",
  id: "28c10230-6103-485e-b985-444c60001490",
  createdDateTime: null,
};

/** Types by the report's words (`methodsRegistered`); what has no type of its own in v1.0 is not here. */
const TYPES: Readonly<Record<string, WireObject>> = {
  mobilePhone: { "@odata.type": "#microsoft.graph.phoneAuthenticationMethod", phoneType: "mobile" },
  alternateMobilePhone: { "@odata.type": "#microsoft.graph.phoneAuthenticationMethod", phoneType: "alternateMobile" },
  officePhone: { "@odata.type": "#microsoft.graph.phoneAuthenticationMethod", phoneType: "office" },
  email: { "@odata.type": "#microsoft.graph.emailAuthenticationMethod" },
  fido2: { "@odata.type": "#microsoft.graph.fido2AuthenticationMethod" },
  passKeyDeviceBound: { "@odata.type": "#microsoft.graph.fido2AuthenticationMethod" },
  passKeyDeviceBoundAuthenticator: { "@odata.type": "#microsoft.graph.fido2AuthenticationMethod" },
  passKeySynced: { "@odata.type": "#microsoft.graph.fido2AuthenticationMethod" },
  windowsHelloForBusiness: { "@odata.type": "#microsoft.graph.windowsHelloForBusinessAuthenticationMethod" },
  microsoftAuthenticatorPush: { "@odata.type": "#microsoft.graph.microsoftAuthenticatorAuthenticationMethod" },
  microsoftAuthenticatorPasswordless: { "@odata.type": "#microsoft.graph.microsoftAuthenticatorAuthenticationMethod" },
  softwareOneTimePasscode: { "@odata.type": "#microsoft.graph.softwareOathAuthenticationMethod" },
  temporaryAccessPass: { "@odata.type": "#microsoft.graph.temporaryAccessPassAuthenticationMethod", isUsable: true },
};

const guidFrom = (text: string): string => {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** @param row of the registration report */
export const methodsFrom = (row: WireObject): readonly WireObject[] => {
  const words = textsIn(row["methodsRegistered"]);
  return [
    PASSWORD,
    ...words.flatMap((word) => {
      const type = TYPES[word];
      // The app's own codes are listed with the app.
      if (type === undefined || (word === "softwareOneTimePasscode" && words.includes("microsoftAuthenticatorPush"))) return [];
      return [{ ...type, id: guidFrom(`${idOf(row)} ${word}`) }];
    }),
  ];
};

/** The row of an account that the report does not have. */
export const nothingRegistered = (user: WireObject, at: number): WireObject => ({
  id: idOf(user),
  isAdmin: false,
  isMfaCapable: false,
  isMfaRegistered: false,
  isPasswordlessCapable: false,
  isSsprCapable: false,
  isSsprEnabled: false,
  isSsprRegistered: false,
  isSystemPreferredAuthenticationMethodEnabled: true,
  lastUpdatedDateTime: `${new Date(at).toISOString().slice(0, 19)}Z`,
  methodsRegistered: [],
  systemPreferredAuthenticationMethods: [],
  userDisplayName: user["displayName"] ?? "",
  userPreferredMethodForSecondaryAuthentication: "",
  userPrincipalName: user["userPrincipalName"] ?? "",
  userType: user["userType"] === "Guest" ? "guest" : "member",
});
