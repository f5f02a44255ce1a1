/**
 * Thirty accounts, each a known case: what it is, what an expert would say of it, and everything that the service says. The day is
 * Monday, 2 March 2026, 08:00 in London; sign-ins have been stamped with their success since December 2023.
 */

import type { MailboxPurpose, PerUserMfaState, UsageOfAccount, WireObject } from "../../../src/sandbox/fill.ts";

export const NOW = "2026-03-02T08:00:00Z";
export const INITIAL = "thirty.onmicrosoft.example";

export type GroupName = "Staff" | "Teachers" | "Office policy pilot" | "MFA exceptions" | "Supply cover" | "No calls" | "MFA rollout: heads";

export type Activity = { readonly interactive?: string; readonly nonInteractive?: string; readonly successful?: string };

export type Registered =
  | "microsoftAuthenticatorPush"
  | "softwareOneTimePasscode"
  | "hardwareOneTimePasscode"
  | "mobilePhone"
  | "officePhone"
  | "email"
  | "securityQuestion"
  | "fido2";

export type Traits = {
  readonly key: string;
  /** What stands before the @, or the whole address. */
  readonly address: string;
  readonly name: string;
  /** What the account is. */
  readonly what: string;
  /** What an expert would say of it, and why. */
  readonly says: string;
  readonly registered?: readonly Registered[];
  /** When, where the log still tells it. */
  readonly registeredAt?: string;
  /** Where it differs from what follows from the methods: a method that no policy allows makes nobody capable. */
  readonly capable?: false;
  readonly prefers?: "push" | "oath" | "sms" | "voiceMobile" | "";
  /** The report has no row of it. */
  readonly noRow?: true;
  /** Not there at all when missing. */
  readonly activity?: Activity;
  readonly created?: string;
  readonly groups?: readonly GroupName[];
  readonly perUser?: PerUserMfaState;
  readonly role?: "Global Administrator";
  /** Everybody has one of their own unless it says otherwise. */
  readonly mailbox?: MailboxPurpose | "none";
  /** That of most people when missing, if the account is in use; nothing otherwise. */
  readonly usage?: UsageOfAccount;
  /** Properties of the user object that differ from those of a licensed member made in the cloud. */
  readonly user?: WireObject;
};

const APP = ["microsoftAuthenticatorPush", "softwareOneTimePasscode"] as const;
/** In February, like most people: on the web, in programs, and with success. */
export const LAST_WEEK: Activity = { interactive: "2026-02-26T08:31:07Z", nonInteractive: "2026-02-27T14:02:55Z", successful: "2026-02-27T14:02:55Z" };
export const EVERYDAY: UsageOfAccount = {
  exchange: "2026-02-27",
  oneDrive: "2026-02-26",
  sharePoint: "2026-02-26",
  teams: "2026-02-27",
  mailApps: ["Outlook For Windows"],
};
const UNLICENSED: WireObject = { assignedLicenses: [], assignedPlans: [], usageLocation: null };
const PLACEHOLDER = "0001-01-01T00:00:00Z";

export const TRAITS: readonly Traits[] = [
  {
    key: "emergency-1",
    address: "emergency-1@thirty.example",
    name: "Emergency account 1",
    what: "break-glass account with a security key, used in a drill last autumn",
    says: "ready; outside every phase by the plan itself; never to be deleted",
    registered: ["fido2"],
    activity: { interactive: "2025-10-14T09:00:12Z", successful: "2025-10-14T09:00:12Z" },
    role: "Global Administrator",
    mailbox: "none",
    user: { ...UNLICENSED, mail: null, department: null },
  },
  {
    key: "emergency-2",
    address: "emergency-2@thirty.example",
    name: "Emergency account 2",
    what: "break-glass account with a security key that nobody ever tried",
    says: "ready; never signed in, and still not to be deleted: emergency account and administrator",
    registered: ["fido2"],
    role: "Global Administrator",
    mailbox: "none",
    user: { ...UNLICENSED, mail: null, department: null },
  },
  {
    key: "administrator",
    address: "admin@thirty.example",
    name: "Ines Administrator",
    what: "administrator with the app",
    says: "ready; no policy in force reaches administrators, so that only Microsoft's own admin centres ask; the last phase reaches the account",
    registered: APP,
    activity: LAST_WEEK,
    role: "Global Administrator",
  },
  {
    key: "head-ready",
    address: "head@alder.thirty.example",
    name: "Head teacher, Alder",
    what: "head with the app, in the phase that is over",
    says: "ready, and asked for MFA by the plan's own policy since 2 February",
    registered: APP,
    activity: LAST_WEEK,
    groups: ["MFA rollout: heads"],
  },
  {
    key: "email-only",
    address: "head@Birch.thirty.example",
    name: "Head teacher, Birch",
    what: "only an e-mail address for the password reset, and a policy in force",
    says: "not ready: e-mail never counts; asked already, so the next sign-in goes no further than registering",
    registered: ["email"],
    activity: { interactive: "2026-01-28T07:45:00Z", nonInteractive: "2026-01-30T07:45:00Z", successful: "2026-01-30T07:45:00Z" },
    groups: ["MFA rollout: heads"],
    usage: { exchange: "2026-01-30", mailApps: ["Outlook For Web"] },
  },
  {
    key: "security-questions-only",
    address: "quinn@alder.thirty.example",
    name: "Quinn Questions",
    what: "only security questions",
    says: "not ready: questions reset a password and never count; the phase due today reaches the account",
    registered: ["securityQuestion"],
    activity: LAST_WEEK,
    groups: ["Staff"],
  },
  {
    key: "number-no-voice",
    address: "nora@alder.thirty.example",
    name: "Nora Number",
    what: "a telephone number, and a group that may not be called",
    says: "capable, as the service says, by text; not ready for this plan, which counts calls and not texts: Voice is not allowed to her",
    registered: ["mobilePhone"],
    prefers: "sms",
    activity: LAST_WEEK,
    groups: ["Staff", "No calls"],
  },
  {
    key: "text-default",
    address: "tess@alder.thirty.example",
    name: "Tess Text",
    what: "a telephone number that may be called, and text as her default",
    says: "ready by a call, but her default is a text, which the plan does not want",
    registered: ["mobilePhone"],
    registeredAt: "2026-02-27T09:12:00Z",
    prefers: "sms",
    activity: LAST_WEEK,
    groups: ["Staff", "Teachers"],
  },
  {
    key: "passkey-only",
    address: "pat@alder.thirty.example",
    name: "Pat Passkey",
    what: "a passkey and nothing else",
    says: "ready: passkeys count, whatever counts of methods by telephone or app say",
    registered: ["fido2"],
    prefers: "",
    activity: LAST_WEEK,
    groups: ["Staff"],
  },
  {
    key: "not-capable",
    address: "harper@birch.thirty.example",
    name: "Harper Hardware",
    what: "a hardware token, which no policy allows",
    says: "registered, not capable: a hole in the methods policy, to be mended before anybody asks",
    registered: ["hardwareOneTimePasscode"],
    capable: false,
    prefers: "oath",
    activity: LAST_WEEK,
    groups: ["Staff"],
  },
  {
    key: "per-user-enforced",
    address: "perry@birch.thirty.example",
    name: "Perry Peruser",
    what: "the app, and per-user MFA set to enforced by somebody years ago",
    says: "ready; enforced by the per-user state alone, no policy in force reaches the account",
    registered: APP,
    activity: LAST_WEEK,
    groups: ["Staff"],
    perUser: "enforced",
  },
  {
    key: "report-only",
    address: "robin@birch.thirty.example",
    name: "Robin Reportonly",
    what: "the app, and a policy that is in report-only",
    says: "ready; nothing enforces MFA today: a report-only policy asks nobody",
    registered: APP,
    activity: LAST_WEEK,
    groups: ["Staff", "Office policy pilot"],
  },
  {
    key: "excluded-nested",
    address: "nadia@birch.thirty.example",
    name: "Nadia Nested",
    what: "in the group that a policy in force is for, and in a group inside the one that it leaves out",
    says: "nothing enforces MFA: excluded through Supply cover, which is in MFA exceptions; a hole that stands in no plan",
    registered: APP,
    activity: LAST_WEEK,
    groups: ["Staff", "Teachers", "Supply cover"],
  },
  {
    key: "guest",
    address: `auditor_audit.example#EXT#@${INITIAL}`,
    name: "Auditor (guest)",
    what: "guest who accepted, signs in at home",
    says: "outside every phase: guests are out; what is registered at home cannot be known",
    activity: { interactive: "2025-11-20T10:12:00Z", successful: "2025-11-20T10:12:00Z" },
    mailbox: "none",
    user: {
      ...UNLICENSED,
      userType: "Guest",
      externalUserState: "Accepted",
      externalUserStateChangeDateTime: "2023-05-02T12:00:00Z",
      creationType: "Invitation",
      mail: "auditor@audit.example",
      otherMails: ["auditor@audit.example"],
      department: null,
    },
  },
  {
    key: "shared-mailbox",
    address: "enquiries@thirty.example",
    name: "Enquiries",
    what: "shared mailbox, blocked and without a licence, as they all are",
    says: "never signs in and never will: not stale, and its mailbox goes if it is deleted",
    mailbox: "shared",
    usage: { exchange: "2026-02-27", mailApps: [] },
    user: { ...UNLICENSED, accountEnabled: false, department: null },
  },
  {
    key: "disabled",
    address: "leaver@birch.thirty.example",
    name: "Lee Leaver",
    what: "left in July; blocked, licence taken away, the app still registered",
    says: "blocked, so no phase waits for the account; last signed in on 18 July 2025; its report row is gone",
    registered: APP,
    activity: { interactive: "2025-07-18T15:20:00Z", nonInteractive: "2025-07-18T16:01:00Z", successful: "2025-07-18T16:01:00Z" },
    groups: ["Staff"],
    user: { ...UNLICENSED, accountEnabled: false },
  },
  {
    key: "synced",
    address: "sam@birch.thirty.example",
    name: "Sam Synced",
    what: "comes from the school's own directory; last signed in two years ago",
    says: "stale by its stamps, and not to be deleted here: it would come back; delete it in the directory it comes from",
    activity: { interactive: "2024-02-09T13:00:00Z", nonInteractive: "2024-02-09T13:00:00Z", successful: "2024-02-09T13:00:00Z" },
    created: "2017-09-04T08:00:00Z",
    groups: ["Staff"],
    user: {
      onPremisesSyncEnabled: true,
      onPremisesLastSyncDateTime: "2026-03-02T07:31:00Z",
      onPremisesDomainName: "birch.internal.example",
      onPremisesImmutableId: "MDAwMDAwMDAwMDE3",
    },
  },
  {
    key: "never",
    address: "nadir@alder.thirty.example",
    name: "Nadir Never",
    what: "made in September 2022, no sign-in ever, a licence all the while",
    says: "with P1: never signed in, since the account is younger than the log; without: unknown",
    created: "2022-09-01T08:00:00Z",
    groups: ["Staff"],
  },
  {
    key: "before-april-2020",
    address: "olga@alder.thirty.example",
    name: "Olga Old",
    what: "made in 2015, last signed in in 2019: before the service kept any stamps",
    says: "unknown, not never: the account is older than the log, and what was before April 2020 nobody can say",
    created: "2015-09-01T08:00:00Z",
    groups: ["Staff"],
  },
  {
    key: "failed-only",
    address: "finance@thirty.example",
    name: "Finance (old mailbox)",
    what: "made in 2024; nothing but failed attempts from abroad, the last one three days ago",
    says: "never signed in: an attempt is not a sign-in, and successes have been stamped since before the account was made",
    created: "2024-09-02T08:00:00Z",
    activity: { interactive: "2026-02-27T03:14:15Z" },
  },
  {
    key: "created-yesterday",
    address: "yara@alder.thirty.example",
    name: "Yara Yesterday",
    what: "made yesterday; the report does not know her yet",
    says: "too new to say anything: neither stale nor never",
    created: "2026-03-01T15:30:00Z",
    noRow: true,
    groups: ["Staff"],
    user: { employeeHireDate: "2026-03-02T00:00:00Z" },
  },
  {
    key: "no-row",
    address: "milan@alder.thirty.example",
    name: "Milan Missing",
    what: "has the app, is years old, and the registration report has no row of him",
    says: "unknown, not unregistered: what is missing from a report proves nothing; his live methods say that he has the app",
    registered: APP,
    noRow: true,
    activity: LAST_WEEK,
    groups: ["Staff"],
  },
  {
    key: "emoji",
    address: "emoji@alder.thirty.example",
    name: "Emma 👩🏽‍🏫 Emoji",
    what: "a name with an emoji of several code points",
    says: "ready, asked by the teachers' policy in force",
    registered: APP,
    registeredAt: "2026-02-10T10:02:31Z",
    activity: LAST_WEEK,
    groups: ["Staff", "Teachers"],
  },
  {
    key: "right-to-left",
    address: "rahel@birch.thirty.example",
    name: "רחל כהן",
    what: "a name that is written from right to left; the app and a number",
    says: "ready twice over, asked by the teachers' policy in force",
    registered: ["mobilePhone", ...APP],
    prefers: "push",
    activity: LAST_WEEK,
    groups: ["Staff", "Teachers"],
  },
  {
    key: "quote",
    address: "o'neill@birch.thirty.example",
    name: 'Sean "Shay" O\'Neill, BSc',
    what: "quotes, an apostrophe and a comma in the name; signs in by a program only, with the placeholder of old rows beside it",
    says: "in use: last non-interactive sign-in on 25 February; the year 1 is a placeholder and no moment",
    registered: APP,
    activity: { interactive: PLACEHOLDER, nonInteractive: "2026-02-25T05:00:00Z", successful: "2026-02-25T05:00:00Z" },
    groups: ["Staff"],
    usage: { exchange: "2026-02-25", mailApps: ["IMAP4 App", "SMTP App"] },
  },
  {
    key: "newline",
    address: "newline@birch.thirty.example",
    name: "Nia\nNewline",
    what: "a line break in the name; last attempt in June 2022, before successes were stamped",
    says: "unknown: the attempt of June 2022 may have failed, and nobody stamped successes then",
    created: "2018-09-03T08:00:00Z",
    activity: { interactive: "2022-06-14T09:00:00Z", nonInteractive: "2022-06-14T09:00:00Z" },
    groups: ["Staff"],
  },
  {
    key: "formula",
    address: "formula@birch.thirty.example",
    name: "=cmd|'/C calc'!A0",
    what: "a name that a spreadsheet would run; nothing registered",
    says: "not ready; the phase due today reaches the account; its name is text and nothing else",
    activity: LAST_WEEK,
    groups: ["Staff"],
  },
  {
    key: "leading-zeros",
    address: "caretaker@thirty.example",
    name: "007",
    what: "zeros in front in name and department; exempted by the plan until a day that is past",
    says: "outside every phase by an exclusion that is overdue since 27 February",
    activity: LAST_WEEK,
    usage: { exchange: "2026-02-27", mailApps: ["POP3 App"] },
    user: { department: "0042", employeeId: "000123" },
  },
  {
    key: "shared-account",
    address: "office@alder.thirty.example",
    name: "Office, Alder",
    what: "four people with one password, and the app on the telephone of one of them",
    says: "one of the two methods that a shared account needs: not ready, though the service calls it capable; the password was changed since, so that whoever has left may still answer for it",
    registered: APP,
    registeredAt: "2026-02-12T13:40:05Z",
    user: { lastPasswordChangeDateTime: "2026-02-20T16:00:00Z" },
    activity: LAST_WEEK,
    groups: ["Staff"],
  },
  {
    key: "exempt",
    address: "kiosk@birch.thirty.example",
    name: "Kiosk, Birch",
    what: "the visitors' screen; exempted by the plan until the summer",
    says: "outside every phase: exempt until 30 June, the site manager closes it",
    activity: LAST_WEEK,
    usage: { exchange: "2026-02-27", mailApps: ["Outlook For Web"] },
  },
];
