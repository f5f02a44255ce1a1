/** One account as a fill describes it, and as the service shows it. */

import type { Instant } from "../../runtime.ts";
import type { Json, PerUserMfaState, WireObject } from "../fill.ts";
import { assignedLicenses, type Sku } from "./licences.ts";
import type { IdSpace } from "./numbers.ts";
import { attemptDay, lastStamped, rhythmOf, SHIFT_S, type Sort, secondOn, signInNumber } from "./sign-in-times.ts";

export const DAY_MS = 86_400_000;

/** What an account may have registered, in the words of the registration report (`methodsRegistered`). */
export type Registered =
  | "microsoftAuthenticatorPush"
  | "softwareOneTimePasscode"
  | "hardwareOneTimePasscode"
  | "mobilePhone"
  | "officePhone"
  | "email"
  | "securityQuestion"
  | "fido2"
  | "windowsHelloForBusiness";

/** `attempts`: tried, never succeeded. A number: whole days between the last sign-in and the start of the fill. */
export type Activity = "never" | "attempts" | number;

export type Account = {
  /** The user principal name as it is written. */
  readonly address: string;
  readonly displayName: string;
  readonly given: string | null;
  readonly surname: string | null;
  readonly mail: string | null;
  /** Further addresses of the mailbox. */
  readonly aliases: readonly string[];
  readonly enabled: boolean;
  /** Where a guest comes from; undefined for a member. */
  readonly guest: { readonly accepted: boolean } | undefined;
  readonly created: Instant;
  /** true: synced, false: was synced once, null: never. */
  readonly synced: boolean | null;
  readonly licences: readonly Sku[];
  readonly department: string | null;
  readonly jobTitle: string | null;
  readonly company: string | null;
  readonly employeeType: string | null;
  readonly mobile: string | null;
  readonly activity: Activity;
  readonly registered: readonly Registered[];
  /** The object id of the application whose agent this is; nobody's account then. */
  readonly agentOf: string | undefined;
  /** Whether a registered telephone is to be called rather than sent a text. */
  readonly prefersCall: boolean | undefined;
  /** The fifteen attributes for the tenant's own use: values by number. */
  readonly extensions: Readonly<Record<number, string>> | undefined;
  /** What alone signs in with the account; people and their browsers when undefined. */
  readonly program: Program | undefined;
  /** The day on which somebody begins to work here, who has an account before. */
  readonly hired: Instant | undefined;
  /** From before the rollout. */
  readonly perUserMfa: PerUserMfaState | undefined;
};

/** Those of an account's traits that differ from an ordinary, licensed, cloud-only member who signed in yesterday. */
export type Special = { readonly address: string; readonly displayName: string } & Partial<Account>;

const NONE: readonly never[] = [];

/** Said of one trait after the other: a page of a list makes a thousand, and a spread costs as much as all the rest of one. */
export const accountOf = (special: Special, startsAt: Instant): Account => ({
  address: special.address,
  displayName: special.displayName,
  given: special.given ?? null,
  surname: special.surname ?? null,
  mail: special.mail === undefined ? special.address : special.mail,
  aliases: special.aliases ?? NONE,
  enabled: special.enabled ?? true,
  guest: special.guest,
  created: special.created ?? startsAt - 900 * DAY_MS,
  synced: special.synced ?? null,
  licences: special.licences ?? NONE,
  department: special.department ?? null,
  jobTitle: special.jobTitle ?? null,
  company: special.company ?? null,
  employeeType: special.employeeType ?? null,
  mobile: special.mobile ?? null,
  activity: special.activity ?? 1,
  registered: special.registered ?? NONE,
  agentOf: special.agentOf,
  prefersCall: special.prefersCall,
  extensions: special.extensions,
  program: special.program,
  hired: special.hired,
  perUserMfa: special.perUserMfa,
});

/** Days as text, kept since a page of a list asks for the same few thousand again and again. */
const days = new Map<number, string>();
const MOST_DAYS = 10_000;

const dayOf = (day: number): string => {
  const known = days.get(day);
  if (known !== undefined) return known;
  const text = new Date(day * DAY_MS).toISOString().slice(0, 10);
  if (days.size < MOST_DAYS) days.set(day, text);
  return text;
};

const two = (number: number): string => (number < 10 ? `0${number}` : String(number));

/** Whole seconds, ISO 8601, UTC. */
export const momentOf = (at: Instant): string => {
  const day = Math.floor(at / DAY_MS);
  const seconds = Math.floor((at - day * DAY_MS) / 1000);
  return `${dayOf(day)}T${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}Z`;
};

const localOf = (address: string): string => address.slice(0, address.lastIndexOf("@"));

/** What a program signs in with that nobody sits at. `script`: with the password itself, as a grant. */
export type Program = "script" | "smtp" | "imap" | "pop" | "activesync" | "other";

/** Programs whose sign-ins are none that a person could answer for. */
export const isUnattended = (program: Program | undefined): boolean => program === "script" || program === "smtp";

const attempted = (last: string, request: string): WireObject => ({
  lastNonInteractiveSignInDateTime: null,
  lastNonInteractiveSignInRequestId: "",
  lastSignInDateTime: last,
  lastSignInRequestId: request,
});

const signInActivity = (account: Account, activity: Exclude<Activity, "never">, wire: Wire, now: Instant, number: number): WireObject => {
  const { program, enabled } = account;
  const { startsAt } = wire;
  const requestOf = (day: number, sort: Sort): string => wire.requests.idAt(signInNumber(number, day, sort));
  const momentOn = (day: number, shifts = 0): string => momentOf((secondOn(day, number) + shifts * SHIFT_S) * 1000);
  if (activity === "attempts") {
    const day = attemptDay(startsAt);
    return attempted(momentOn(day), requestOf(day, "mistake"));
  }
  const { day, isEvening, nonInteractiveDay } = lastStamped(
    rhythmOf(activity, { enabled, isProgram: program !== undefined }, startsAt, number),
    startsAt,
    now,
    number,
  );
  if (isUnattended(program)) {
    const [last, request] = [momentOn(day), requestOf(day, "daily")];
    return {
      lastNonInteractiveSignInDateTime: last,
      lastNonInteractiveSignInRequestId: request,
      lastSignInDateTime: null,
      lastSignInRequestId: "",
      ...succeeded(last, request, startsAt),
    };
  }
  const hasEvening = isEvening && program === undefined;
  const [last, request] = hasEvening ? [momentOn(day, 1), requestOf(day, "evening")] : [momentOn(day), requestOf(day, "daily")];
  return {
    lastNonInteractiveSignInDateTime: momentOn(nonInteractiveDay),
    lastNonInteractiveSignInRequestId: requestOf(nonInteractiveDay, "renewal"),
    lastSignInDateTime: last,
    lastSignInRequestId: request,
    ...succeeded(last, request, startsAt),
  };
};

/** Successes have been stamped since then, without those before (signInActivity). Tenants of earlier years are stamped as if they always had been. */
const STAMPED_SINCE = "2023-12-01";

const succeeded = (last: string, request: string, startsAt: Instant): WireObject =>
  last < STAMPED_SINCE && startsAt >= Date.parse(STAMPED_SINCE) ? {} : { lastSuccessfulSignInDateTime: last, lastSuccessfulSignInRequestId: request };

export type Wire = {
  readonly startsAt: Instant;
  readonly users: IdSpace;
  readonly requests: IdSpace;
  readonly onPremisesDomain: string;
};

const extensionsOf = (extensions: Readonly<Record<number, string>>): WireObject =>
  Object.fromEntries(Array.from({ length: 15 }, (_, place) => [`extensionAttribute${place + 1}`, extensions[place + 1] ?? null]));

/** The user object with every property that a client of this tool can select (CSDL: `user`). */
export const userOf = (account: Account, number: number, wire: Wire, now: Instant = wire.startsAt, brief = false): WireObject => {
  const { startsAt } = wire;
  const { guest, mail, synced } = account;
  const id = wire.users.idAt(number);
  const aliases = account.aliases.map((alias) => `smtp:${alias}`);
  const user: Record<string, Json> = {
    accountEnabled: account.enabled,
    assignedLicenses: assignedLicenses(account.licences),
    businessPhones: [],
    companyName: account.company,
    createdDateTime: momentOf(account.created),
    creationType: guest === undefined ? null : "Invitation",
    deletedDateTime: null,
    department: account.department,
    displayName: account.displayName,
    employeeType: account.employeeType,
    externalUserState: guest === undefined ? null : guest.accepted ? "Accepted" : "PendingAcceptance",
    givenName: account.given,
    id,
    identityParentId: account.agentOf ?? null,
    jobTitle: account.jobTitle,
    mail,
    mailNickname: localOf(account.address).slice(0, 64),
    mobilePhone: account.mobile,
    officeLocation: null,
    onPremisesDomainName: synced === null ? null : wire.onPremisesDomain,
    onPremisesImmutableId: synced === null ? null : Buffer.from(id.slice(0, 12)).toString("base64"),
    onPremisesLastSyncDateTime: synced === null ? null : momentOf(synced ? startsAt - 1_500_000 : startsAt - 400 * DAY_MS),
    onPremisesSyncEnabled: synced,
    otherMails: guest === undefined || mail === null ? [] : [mail],
    preferredLanguage: null,
    proxyAddresses: mail === null || guest !== undefined ? aliases : [`SMTP:${mail}`, ...aliases],
    surname: account.surname,
    usageLocation: account.licences.length === 0 ? null : "GB",
    userPrincipalName: account.address,
    userType: guest === undefined ? "Member" : "Guest",
  };
  if (account.extensions !== undefined) user["onPremisesExtensionAttributes"] = extensionsOf(account.extensions);
  if (account.hired !== undefined) user["employeeHireDate"] = momentOf(account.hired);
  const { activity } = account;
  if (!brief && activity !== "never") user["signInActivity"] = signInActivity(account, activity, wire, now, number);
  if (account.agentOf !== undefined) user["@odata.type"] = "#microsoft.graph.agentUser";
  return user;
};
