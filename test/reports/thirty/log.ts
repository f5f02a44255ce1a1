/** Who signed in during the month before, and who registered what: what the two logs hold of the thirty. */

import type { WireObject } from "../../../src/sandbox/fill.ts";
import { NOW } from "./accounts.ts";
import { caseOf } from "./wire.ts";

/** Addresses of the school's own network, as the plan has them, and others. */
const SCHOOL = "192.0.2.17";
const SCHOOL_V6 = "2001:db8:30::17";
/** Alder's second line, which the plan lacks. */
const UNKNOWN_LINE = "198.51.100.9";
const HOME = "203.0.113.77";
const ABROAD = "203.0.113.200";

type Entry = {
  readonly who: string;
  readonly at: string;
  readonly from: string;
  /** Two letters; empty where the service could not tell. */
  readonly country: string;
  readonly client?: string;
  /** 0 when missing: success. */
  readonly error?: number;
  readonly notInteractive?: true;
};

const WRONG_PASSWORD = 50126;

const SIGN_INS: readonly Entry[] = [
  ...["head-ready", "security-questions-only", "passkey-only", "emoji", "text-default"].flatMap((who) => [
    { who, at: "2026-02-24T08:31:07Z", from: SCHOOL, country: "GB" },
    { who, at: "2026-02-26T08:31:07Z", from: who === "emoji" ? SCHOOL_V6 : SCHOOL, country: who === "emoji" ? "" : "GB" },
  ]),
  ...["number-no-voice", "no-row", "shared-account"].flatMap((who) => [
    { who, at: "2026-02-25T10:05:00Z", from: UNKNOWN_LINE, country: "GB" },
    { who, at: "2026-02-26T08:31:07Z", from: UNKNOWN_LINE, country: "GB" },
  ]),
  ...["not-capable", "per-user-enforced", "report-only", "excluded-nested", "right-to-left", "administrator"].map((who) => ({
    who,
    at: "2026-02-26T08:31:07Z",
    from: SCHOOL,
    country: "GB",
  })),
  // In the evening and at home.
  { who: "head-ready", at: "2026-02-25T19:40:00Z", from: HOME, country: "GB" },
  // On holiday, with success.
  { who: "formula", at: "2026-02-18T18:22:00Z", from: "203.0.113.140", country: "ES" },
  { who: "formula", at: "2026-02-26T08:31:07Z", from: SCHOOL, country: "GB" },
  // Old programs, one of them with success.
  { who: "leading-zeros", at: "2026-02-26T06:10:00Z", from: SCHOOL, country: "GB", client: "POP3" },
  { who: "quote", at: "2026-02-25T05:00:00Z", from: HOME, country: "GB", client: "IMAP4", notInteractive: true },
  { who: "exempt", at: "2026-02-26T08:31:07Z", from: SCHOOL, country: "GB" },
  // Somebody guesses.
  { who: "failed-only", at: "2026-02-19T03:14:15Z", from: ABROAD, country: "RU", error: WRONG_PASSWORD, client: "Authenticated SMTP" },
  { who: "failed-only", at: "2026-02-27T03:14:15Z", from: ABROAD, country: "RU", error: WRONG_PASSWORD },
  { who: "email-only", at: "2026-02-27T03:15:00Z", from: ABROAD, country: "RU", error: WRONG_PASSWORD, client: "IMAP4" },
];

const CITIES: Readonly<Record<string, string>> = { GB: "Whitby", ES: "Cádiz", RU: "Moscow" };

const idAt = (kind: string, place: number): string => `${kind}-0000-4000-8000-${(place + 1).toString(16).padStart(12, "0")}`;

/** For the collection `signIns`; what is missing here is as it is for most. */
export const signInRows: readonly WireObject[] = SIGN_INS.map((entry, place) => ({
  id: idAt("33333333", place),
  userId: caseOf(entry.who).id,
  createdDateTime: entry.at,
  ipAddress: entry.from,
  clientAppUsed: entry.client ?? "Browser",
  isInteractive: entry.notInteractive !== true,
  status:
    entry.error === undefined
      ? { errorCode: 0, failureReason: "Other.", additionalDetails: null }
      : { errorCode: entry.error, failureReason: "Invalid username or password or Invalid on-premise username or password.", additionalDetails: null },
  location: { city: CITIES[entry.country] ?? "", state: "", countryOrRegion: entry.country, geoCoordinates: {} },
}));

/** For the collection `directoryAudits`. */
export const auditRows: readonly WireObject[] = [
  { who: "emoji", from: SCHOOL, reason: "User registered Authenticator App with Notification and Code" },
  { who: "shared-account", from: HOME, reason: "User registered Authenticator App with Notification and Code" },
  { who: "text-default", from: UNKNOWN_LINE, reason: "User registered Mobile Phone SMS" },
].map(({ who, from, reason }, place) => {
  const { id, address, name, registeredAt } = caseOf(who);
  return {
    id: `Authentication Methods_${idAt("34343434", place)}_000000`,
    activityDateTime: registeredAt ?? NOW,
    activityDisplayName: "User registered security info",
    additionalDetails: [],
    category: "UserManagement",
    correlationId: idAt("34343434", place),
    initiatedBy: { app: null, user: { id, displayName: name, ipAddress: from, userPrincipalName: address } },
    loggedByService: "Authentication Methods",
    operationType: "Add",
    result: "success",
    resultReason: reason,
    targetResources: [{ id, displayName: name, type: "User", userPrincipalName: address, groupType: null, modifiedProperties: [] }],
  };
});
