/** What the service says of each of the thirty, from the traits in `accounts.ts`. */

import type { MailboxPurpose, UsageOfAccount, WireObject } from "../../../src/sandbox/fill.ts";
import { type Activity, EVERYDAY, type GroupName, LAST_WEEK, type Registered, TRAITS, type Traits } from "./accounts.ts";

/** When the service computed the registration report. */
const REFRESHED = "2026-03-02T02:40:11Z";

export type Case = Omit<Traits, "address" | "mailbox" | "groups" | "usage"> & {
  readonly id: string;
  /** The user principal name. */
  readonly address: string;
  readonly object: WireObject;
  /** Of the registration report; `noRow` says that it is not there. */
  readonly row: WireObject;
  readonly methods: readonly WireObject[];
  readonly groups: readonly GroupName[];
  readonly mailbox: MailboxPurpose | undefined;
  readonly usage: UsageOfAccount;
};

const idAt = (place: number): string => `30303030-0000-4000-8000-${(place + 1).toString(16).padStart(12, "0")}`;

const PLANS: readonly (readonly [string, string, string])[] = [
  ["41781fb2-bc02-4b7c-bd55-b576c07bb09d", "AAD_PREMIUM", "AADPremiumService"],
  ["efb87545-963c-4e0d-99df-69c6916d9eb0", "EXCHANGE_S_ENTERPRISE", "exchange"],
  ["57ff2da0-773e-42df-b2af-ffb7a2317929", "TEAMS1", "TeamspaceAPI"],
];
const FACULTY_SKU = "4b590615-0888-425a-a965-b3bf7789848d";

const stampsOf = (activity: Activity, place: number): WireObject => {
  const request = (digit: number): string => `40404040-0000-4000-8000-${(place * 8 + digit).toString(16).padStart(12, "0")}`;
  return {
    lastSignInDateTime: activity.interactive ?? null,
    lastSignInRequestId: activity.interactive === undefined ? "" : request(1),
    lastNonInteractiveSignInDateTime: activity.nonInteractive ?? null,
    lastNonInteractiveSignInRequestId: activity.nonInteractive === undefined ? "" : request(2),
    lastSuccessfulSignInDateTime: activity.successful ?? null,
    lastSuccessfulSignInRequestId: activity.successful === undefined ? "" : request(3),
  };
};

const objectOf = (traits: Traits, place: number): WireObject => ({
  id: idAt(place),
  accountEnabled: true,
  assignedLicenses: [{ disabledPlans: [], skuId: FACULTY_SKU }],
  assignedPlans: PLANS.map(([servicePlanId, , service]) => ({
    assignedDateTime: "2022-09-01T08:00:00Z",
    capabilityStatus: "Enabled",
    service,
    servicePlanId,
  })),
  createdDateTime: traits.created ?? "2021-09-01T08:00:00Z",
  creationType: null,
  deletedDateTime: null,
  department: "Teaching",
  displayName: traits.name,
  employeeHireDate: null,
  externalUserState: null,
  mail: traits.address,
  mailNickname: traits.key,
  onPremisesSyncEnabled: null,
  otherMails: [],
  proxyAddresses: [],
  usageLocation: "GB",
  userPrincipalName: traits.address,
  userType: "Member",
  ...traits.user,
  ...(traits.activity !== undefined && { signInActivity: stampsOf(traits.activity, place) }),
});

/** E-mail and questions are good for a new password and for nothing else. */
const STRONG: ReadonlySet<Registered> = new Set([
  "microsoftAuthenticatorPush",
  "softwareOneTimePasscode",
  "hardwareOneTimePasscode",
  "mobilePhone",
  "officePhone",
  "fido2",
]);

const rowOf = (traits: Traits, place: number): WireObject => {
  const registered = traits.registered ?? [];
  const isRegistered = registered.some((word) => STRONG.has(word));
  const hasApp = registered.includes("microsoftAuthenticatorPush");
  return {
    id: idAt(place),
    isAdmin: traits.role !== undefined,
    isMfaCapable: isRegistered && traits.capable !== false,
    isMfaRegistered: isRegistered,
    isPasswordlessCapable: registered.includes("fido2"),
    isSsprCapable: registered.length > 0,
    isSsprEnabled: true,
    isSsprRegistered: registered.length > 0,
    isSystemPreferredAuthenticationMethodEnabled: true,
    lastUpdatedDateTime: REFRESHED,
    methodsRegistered: registered,
    systemPreferredAuthenticationMethods: hasApp ? ["push"] : registered.includes("mobilePhone") ? ["sms"] : [],
    userDisplayName: traits.name,
    userPreferredMethodForSecondaryAuthentication: traits.prefers ?? (hasApp ? "push" : ""),
    userPrincipalName: traits.address,
    userType: traits.user?.["userType"] === "Guest" ? "guest" : "member",
  };
};

const method = (type: string, id: string, more: WireObject): WireObject => ({ "@odata.type": `#microsoft.graph.${type}AuthenticationMethod`, id, ...more });

/** As the service lists them of one account: questions and hardware tokens have no type in v1.0. */
const METHODS: Readonly<Record<Registered, (id: string, since: string | undefined) => readonly WireObject[]>> = {
  microsoftAuthenticatorPush: (id, since) => [
    method("microsoftAuthenticator", id, {
      createdDateTime: since ?? "2025-09-08T08:40:00Z",
      deviceTag: "SoftwareTokenActivated",
      displayName: "Phone",
      phoneAppVersion: "6.2509.5820",
    }),
  ],
  // The app's own codes are listed with the app.
  softwareOneTimePasscode: () => [],
  hardwareOneTimePasscode: () => [],
  mobilePhone: () => [
    method("phone", "3179e48a-750b-4051-897c-87b9720928f7", { phoneNumber: "+44 7700900123", phoneType: "mobile", smsSignInState: "notAllowedByPolicy" }),
  ],
  officePhone: () => [
    method("phone", "e37fc753-ff3b-4958-9484-eaa9425c82bc", { phoneNumber: "+44 1632960000", phoneType: "office", smsSignInState: "notSupported" }),
  ],
  email: () => [method("email", "3ddfcfc8-9383-446f-83cc-3ab9be4be18f", { emailAddress: "someone@home.example" })],
  securityQuestion: () => [],
  fido2: (id) => [
    method("fido2", Buffer.from(id).toString("base64url").slice(0, 24), {
      aaGuid: "2fc0579f-8113-47ea-b116-bb5a8db9202a",
      attestationCertificates: [],
      attestationLevel: "attested",
      createdDateTime: "2025-01-20T10:00:00Z",
      displayName: "Security key",
      model: "YubiKey 5 Series with NFC",
    }),
  ],
};

const methodsOf = ({ registered = [], registeredAt }: Traits, place: number): readonly WireObject[] => [
  method("password", "28c10230-6103-485e-b985-444c60001490", { createdDateTime: "2024-09-02T08:00:00Z", password: null }),
  ...registered.flatMap((word) => METHODS[word](idAt(place), registeredAt)),
];

export const CASES: readonly Case[] = TRAITS.map((traits, place) => ({
  ...traits,
  id: idAt(place),
  object: objectOf(traits, place),
  row: rowOf(traits, place),
  methods: methodsOf(traits, place),
  groups: traits.groups ?? [],
  usage: traits.usage ?? (traits.activity === LAST_WEEK ? EVERYDAY : { mailApps: [] }),
  mailbox: traits.mailbox === "none" ? undefined : (traits.mailbox ?? "user"),
}));

/** @throws RangeError when no account is that case */
export const caseOf = (key: string): Case => {
  const found = CASES.find((each) => each.key === key);
  if (found === undefined) throw new RangeError(`no account is the case ${key}`);
  return found;
};
