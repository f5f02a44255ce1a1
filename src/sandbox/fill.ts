/**
 * What a practice tenant is filled with: a description from which everything is computed, the same every time. Accounts
 * are computed one by one, so that a tenant of millions costs no more memory than one of a hundred.
 */

import type { Instant } from "../runtime.ts";

/** A plain JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** An object in the service's own JSON. */
export type WireObject = { readonly [key: string]: Json };

export type FillDomain = {
  readonly name: string;
  readonly isDefault: boolean;
  readonly isInitial: boolean;
  /** Where its users sign in. `Federated` means elsewhere. */
  readonly authenticationType: "Managed" | "Federated";
};

export type FillGroup = {
  /** The whole group object, with `id`. */
  readonly object: WireObject;
  /** Object ids of direct members, users or groups. */
  readonly members: readonly string[];
  /** Object ids of accounts; nobody when missing. */
  readonly owners?: readonly string[];
};

export type FillRole = {
  /** The whole directoryRole object: `id`, `roleTemplateId`, `displayName`, `description`. */
  readonly object: WireObject;
  /** Object ids of active members, users or groups. */
  readonly members: readonly string[];
};

export type Fill = {
  readonly name: string;
  /** Ids and everything that varies come from it; objects made later take their ids from it, too. */
  readonly seed: string;
  /** Where the tenant's clock starts. */
  readonly startsAt: Instant;
  readonly tenant: {
    readonly id: string;
    readonly displayName: string;
    /** ISO 8601, UTC. */
    readonly createdDateTime: string;
    /** Two letters. */
    readonly countryLetterCode: string;
    readonly verifiedDomains: readonly FillDomain[];
  };
  /** How many accounts there are at the start. */
  readonly accounts: number;
  /**
   * The account at a place, with every property that a client can select. `signInActivity` is missing, not null, when
   * the account never signed in.
   * @param index 0 to `accounts` - 1
   * @param now up to when people have signed in; `startsAt` when missing
   * @param brief whoever asks does not look at `signInActivity`, which costs as much as all the rest: it may be missing
   */
  readonly user: (index: number, now?: Instant, brief?: boolean) => WireObject;
  /** The place of an account by its object id, which is lower case; without a table, in constant time. */
  readonly indexOfId: (id: string) => number | undefined;
  /** The place of an account by its user principal name in any case; without a table, in constant time. */
  readonly indexOfAddress: (userPrincipalName: string) => number | undefined;
  /** Registered methods as `/users/{id}/authentication/methods` lists them, each with `@odata.type` and `id`. */
  readonly methods: (index: number) => readonly WireObject[];
  /** One row of `/reports/authenticationMethods/userRegistrationDetails`; its `id` is the account's. */
  readonly registration: (index: number) => WireObject;
  /** Object ids of those whom that report does not have, as it does not have an account that was made an hour ago; nobody when missing. */
  readonly withoutRegistration?: readonly string[];
  readonly groups: readonly FillGroup[];
  /** Whole conditional-access policies, as GET gives them. */
  readonly policies: readonly WireObject[];
  /** Whole named locations, each with `@odata.type`, as GET gives them. */
  readonly locations: readonly WireObject[];
  readonly roles: readonly FillRole[];
  /** Whole subscribedSku objects; they decide what is licensed. */
  readonly subscribedSkus: readonly WireObject[];
  /** Whether security defaults are on. */
  readonly securityDefaults: boolean;
  /** Per-user MFA of the account at a place; disabled for everybody when missing. */
  readonly perUserMfa?: (index: number) => PerUserMfaState;
  /** Which methods may be used; as in a tenant that has been moved to the methods policy when missing. */
  readonly authenticationMethods?: MethodsFill;
  /** Whole domain objects; made from the verified domains when missing. */
  readonly domains?: readonly WireObject[];
  /** The whole policy of security defaults; made from `securityDefaults` when missing. */
  readonly securityDefaultsPolicy?: WireObject;
  /** What was deleted before the start and can still come back, each with its `deletedDateTime`; nothing when missing. */
  readonly deleted?: DeletedFill;
  /** What of its protocols the mailbox of the account at a place has differently: all on, and SMTP AUTH as the tenant has it, when missing. */
  readonly casMailbox?: (index: number) => WireObject;
  /** Holds, forwarding and delegates of the mailbox of the account at a place, as exchange/keeping.ts has them; none when missing. */
  readonly exchangeMailbox?: (index: number) => WireObject | undefined;
  /** SMTP AUTH of the whole tenant; on when missing, as in a tenant made before 2020. */
  readonly smtpAuth?: "on" | "off";
  /** Who signed in, computed; an empty log when missing. */
  readonly signIns?: SignInsFill;
  /** What the account's mailbox is for; undefined: it has none. Told by its licence and its address when missing. */
  readonly mailbox?: (index: number) => MailboxPurpose | undefined;
  /** What the account did in the programs of Microsoft 365; told by its sign-ins when missing. @param user as it is shown now */
  readonly usage?: (index: number, user: WireObject) => UsageOfAccount;
  /** The object id of the manager of the account at a place; nobody has one when missing. */
  readonly manager?: (index: number) => string | undefined;
  /** What nobody told of this tenant, so that nothing is said of it: nothing when missing. */
  readonly untold?: readonly Untold[];
  /** Who registered what, computed; nobody when missing. */
  readonly audits?: AuditsFill;
};

/** Who used which programs; what accounts own. */
export type Untold = "usage" | "owned";

/** CSDL: `userPurpose`. */
export const MAILBOX_PURPOSES = ["user", "linked", "shared", "room", "equipment", "others"] as const;
export type MailboxPurpose = (typeof MAILBOX_PURPOSES)[number];

/** Programs by the columns of the report (reportroot-getemailappusageuserdetail). */
export const MAIL_APPS = [
  "Mail For Mac",
  "Outlook For Mac",
  "Outlook For Windows",
  "Outlook For Mobile",
  "Other For Mobile",
  "Outlook For Web",
  "POP3 App",
  "IMAP4 App",
  "SMTP App",
] as const;
export type MailApp = (typeof MAIL_APPS)[number];

/** Days of the last activity, as 2026-02-27; missing where there was none. */
export type UsageOfAccount = {
  readonly exchange?: string;
  readonly oneDrive?: string;
  readonly sharePoint?: string;
  readonly teams?: string;
  /** With what the mailbox was opened. */
  readonly mailApps: readonly MailApp[];
};

export type SignInSpan = {
  /** Seconds since 1970, both included. */
  readonly from: number;
  readonly to: number;
  /** Goes on behind this one. */
  readonly after?: { readonly second: number; readonly ordinal: number };
  /** The place of one account alone. */
  readonly account?: number;
  /** Those by old programs are enough; others may be among them. */
  readonly oldPrograms?: true;
  /** By domain in lower case: the address from which its sign-ins come, instead of its own network. */
  readonly egress: Readonly<Record<string, string>>;
};

/** One sign-in, which costs nothing until its row is asked for. */
export type SignInEvent = {
  /** Seconds since 1970. */
  readonly second: number;
  /** The order within the second: 0 to 2^19 - 1. */
  readonly ordinal: number;
  /** The place of the account. */
  readonly account: number;
  readonly isInteractive: boolean;
  /** Whatever conditional access would have made of it. */
  readonly isFailed: boolean;
  /** Somebody else signed in with the account's password. */
  readonly isStranger: boolean;
  /** The signIn as beta gives it, without its user's names and without what conditional access made of it. */
  readonly row: () => WireObject;
};

export type SignInsFill = {
  /** Newest first. */
  readonly events: (span: SignInSpan) => Iterable<SignInEvent>;
  /** The sign-in with an id, if there was one between the two moments. */
  readonly withId: (id: string, span: SignInSpan) => SignInEvent | undefined;
};

/** One line of the log of what was done in the directory. */
export type AuditEvent = {
  /** Seconds since 1970. */
  readonly second: number;
  /** The order within the second: 0 to 2^19 - 1. */
  readonly ordinal: number;
  /** The directoryAudit as v1.0 gives it. */
  readonly row: () => WireObject;
};

export type AuditsFill = {
  /** Newest first. */
  readonly events: (span: Pick<SignInSpan, "from" | "to" | "after">) => Iterable<AuditEvent>;
};

export type DeletedFill = {
  readonly users: readonly WireObject[];
  readonly groups: readonly WireObject[];
  readonly policies: readonly WireObject[];
  readonly locations: readonly WireObject[];
};

export type PerUserMfaState = "disabled" | "enabled" | "enforced";

export type MethodsFill = {
  /** The authenticationMethodsPolicy as beta gives it, without its configurations. */
  readonly policy: WireObject;
  /** Its authenticationMethodConfigurations, each with `@odata.type` and `id`. */
  readonly configurations: readonly WireObject[];
};

/** How a fill is made. The table of all fills is `fills` in `fills/index.ts`. */
export type FillMaker = {
  /** One line for people, lower case. */
  readonly about: string;
  /** @param accounts how many accounts; the fill's own number when undefined. Throws a RangeError when it cannot be. */
  readonly make: (accounts: number | undefined) => Fill;
};
export type Fills = Readonly<Record<string, FillMaker>>;
