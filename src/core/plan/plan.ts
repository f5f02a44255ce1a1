/** A rollout plan after it was read and found sound: the plan's own words, no YAML and no wire format. */

import type { Frozen, ListMark } from "../review/frozen.ts";
import type { Instant, ObjectId, PhaseId } from "../tenant.ts";

/** A wall-clock moment in the plan's zone, to the minute: `2022-02-28T06:30`. */
export type LocalMoment = string;
/** A day in the plan's zone: `2019-04-01`. */
export type LocalDate = string;

/** Where something stands in a file; both count from 1. */
export type Place = { readonly file: string; readonly line: number; readonly column: number };

export type Problem = Place & {
  readonly message: string;
  /** What to write instead, if that can be said. */
  readonly hint?: string;
};

export type Moment = { readonly local: LocalMoment; readonly instant: Instant };

/** An exclusion is a hole: it says why, whose it is and, if it has one, its end. */
export type Exception = {
  /** Address patterns, lower case. */
  readonly accounts: readonly string[];
  readonly because: string;
  readonly owner: string;
  readonly until?: LocalDate;
  readonly place: Place;
};

/** A row of a cohort's list: an address or a whole domain, lower case. */
export type ListRow = { readonly entry: string; readonly leaves: boolean; readonly line: number };

export type CohortList =
  | { readonly type: "read"; readonly rows: readonly ListRow[]; readonly remarks: readonly Problem[] }
  /** Missing, empty or unreadable: nobody joins, nobody leaves. */
  | { readonly type: "unusable"; readonly because: string };

/** What the directory says of an account; the numbered ones come from the directory on premises. */
export const ATTRIBUTES = [
  "department",
  "jobTitle",
  "extensionAttribute1",
  "extensionAttribute2",
  "extensionAttribute3",
  "extensionAttribute4",
  "extensionAttribute5",
  "extensionAttribute6",
  "extensionAttribute7",
  "extensionAttribute8",
  "extensionAttribute9",
  "extensionAttribute10",
  "extensionAttribute11",
  "extensionAttribute12",
  "extensionAttribute13",
  "extensionAttribute14",
  "extensionAttribute15",
] as const;
export type AttributeWord = (typeof ATTRIBUTES)[number];

/** Holds for an account when its value, in lower case, matches one of the patterns; an account without a value matches none. */
export type Condition = { readonly attribute: AttributeWord /** Lower case, `*` and `?` as in addresses. */; readonly patterns: readonly string[] };

export type CohortSource =
  | { readonly type: "accounts"; readonly patterns: readonly string[] }
  /** Whole domains: patterns for what stands behind the @, lower case. */
  | { readonly type: "domains"; readonly patterns: readonly string[] }
  /** All conditions have to hold. */
  | { readonly type: "where"; readonly conditions: readonly Condition[] }
  /** A group whose members the service finds itself, by a rule in its own words; needs a premium licence. */
  | { readonly type: "dynamic"; readonly rule: string }
  /** Whoever is in one of these cohorts and in none of those, by name; the sums of a plan make no circle. */
  | { readonly type: "sum"; readonly of: readonly string[]; readonly without: readonly string[] }
  | { readonly type: "file"; readonly file: string; readonly list: CohortList }
  | { readonly type: "group"; readonly group: string }
  | { readonly type: "all" };

export type Cohort = {
  readonly name: string;
  /** The name as a key: lower case letters, digits and hyphens. */
  readonly slug: string;
  readonly source: CohortSource;
  readonly except: readonly Exception[];
  /** Undefined: the plan does not say. */
  readonly pupils?: "in" | "out";
  /** Out unless the plan says otherwise. */
  readonly guests: "in" | "out";
  /** Out unless the plan says otherwise. */
  readonly serviceAccounts: "in" | "out";
  readonly place: Place;
};

export type Network = { readonly name: string; readonly slug: string; readonly place: Place } & (
  | {
      readonly sort: "ip";
      /** CIDR, canonical, sorted. */
      readonly ranges: readonly string[];
      readonly trusted: boolean;
    }
  | {
      readonly sort: "country";
      /** ISO 3166-1 alpha-2, upper case, sorted. */
      readonly countries: readonly string[];
      /** Whether an address of no known country counts as inside. */
      readonly unknownCountries: "in" | "out";
    }
);

export type ClientWord = "web" | "clients";
export type Strength = "multifactor" | "passwordless" | "phishing-resistant";
/** The applications that ask; ids are lower case, sorted. */
export type Apps = "all" | "office365" | { readonly ids: readonly ObjectId[] };

export type RequireMfa = {
  /** Cohort name. */
  readonly for: string;
  readonly on: readonly ClientWord[];
  readonly apps: Apps;
  /** Networks inside which nobody is asked. */
  readonly outside: readonly string[];
  /** Undefined: whatever satisfies MFA. */
  readonly strength?: Strength;
  readonly askAgainAfterDays?: number;
};

/** Clients that know the password only (Exchange ActiveSync and older ones) are blocked. */
export type BlockLegacy = { readonly for: string };

/** Methods are registered with MFA or, where there is no method yet, inside the networks or with a Temporary Access Pass. */
export type ProtectRegistration = { readonly for: string; readonly outside: readonly string[]; readonly temporaryAccessPass: boolean };

/** Methods that people sign in with, which count for readiness. */
export const METHODS = ["app", "code", "call", "text", "passkey", "hello", "token"] as const;
export type MethodWord = (typeof METHODS)[number];
/** Methods that the tenant's policy lets people use or not; Windows Hello and hardware tokens have no part in it that v1.0 can write. */
export const ALLOWABLE_METHODS = ["app", "code", "call", "text", "passkey", "certificate", "temporaryAccessPass", "email"] as const;
export type AllowableMethod = (typeof ALLOWABLE_METHODS)[number];
export type AllowMethods = { readonly [method in AllowableMethod]?: "on" | "off" };

/** Ways to a mailbox that know a password only, or are used with one: what `turnOff` can turn off. */
export const PROTOCOLS = ["pop3", "imap", "smtpAuth", "activeSync"] as const;
export type ProtocolWord = (typeof PROTOCOLS)[number];
/** As people call them. */
export const PROTOCOL_NAMES = { pop3: "POP3", imap: "IMAP", smtpAuth: "SMTP AUTH", activeSync: "ActiveSync" } as const satisfies Record<ProtocolWord, string>;

/** Protocols of mailboxes go off, and stay off when somebody or a licence change brings them back. */
export type TurnOff = {
  /** In the order of `PROTOCOLS`. */
  readonly protocols: readonly ProtocolWord[];
  /** Undefined: every mailbox, one made tomorrow too. */
  readonly for?: string;
  /** Accounts whose mailboxes keep them: copiers, scripts. */
  readonly keepOn: readonly Exception[];
  /** How many accounts may lose one with which they got mail of late before a check stops it; 0 when the plan says nothing. */
  readonly atMost: number;
};

/** What a tenant's authentication policy may still let in with a password alone. The service took the others away in 2022. */
export const BASIC_ALLOWABLE = ["smtpAuth"] as const;
export type BasicAllowable = (typeof BASIC_ALLOWABLE)[number];

/** Nothing gets at a mailbox with a password alone, but what is named here; accounts with a policy of their own go by that. */
export type BlockBasic = {
  readonly allow: readonly BasicAllowable[];
  /** How many accounts may lose one with which they sent mail of late before a check stops it; 0 when the plan says nothing. */
  readonly atMost: number;
};

export type Decision = "delete" | "keep";

/** A row of a review list. `decision` is missing where nobody decided: nothing is done by such a row. */
export type ReviewRow = Frozen & {
  readonly mark: ListMark;
  readonly decision: Decision | undefined;
  readonly reason: string;
  readonly decidedBy: string;
  readonly at: Place;
};

/** A review list that came back, of one file or of several. */
export type ReviewList = {
  /** As the plan names it; of several files the names, separated by `, `. */
  readonly file: string;
  /** Nothing came back yet: none of its files is there. */
  readonly missing?: true;
  /** Rows that can be believed, in the order of the files. Whose tenant they are of is for `ofTenant` to say, since a plan knows none. */
  readonly rows: readonly ReviewRow[];
  /** Of very many the first, and how many more there are. */
  readonly problems: readonly Problem[];
};

/** Accounts of a list that are to be deleted cannot sign in any more. */
export type BlockSignIn = {
  readonly list: ReviewList;
  /** More than so many accounts stop a run before its first write. */
  readonly atMost?: number;
  /** The same as a share of all accounts of the tenant, above 0 and up to 1. */
  readonly atMostShare?: number;
};

/** Accounts of a list that are to be deleted go to the deleted items of the directory, whence they come back for 30 days. */
export type DeleteAccounts = {
  readonly list: ReviewList;
  /** Only accounts that were made before it. */
  readonly createdBefore?: Instant;
  /** In milliseconds: only accounts that this tool blocked at least so long before. */
  readonly after?: number;
  readonly atMost: number;
  /** Above 0 and up to 1. */
  readonly atMostShare?: number;
  /** Address patterns of accounts that are spared whatever the list says, lower case. */
  readonly keep: readonly string[];
};

/** Asks people, after they have completed MFA, to register a better method. */
export type Campaign =
  | {
      readonly state: "on";
      /** Undefined: everybody. */
      readonly for?: string;
      readonly method: "app" | "passkey";
      /** 0 to 14; 0 asks at every MFA. */
      readonly snoozeDays: number;
    }
  | { readonly state: "off" };

/** What happens elsewhere, by hand: this tool gates it and says who is not ready. */
export type External = {
  readonly what: string;
  /** Undefined: everybody. */
  readonly for?: string;
  /** Undefined: nothing is waited for. */
  readonly gate?: "ready";
  readonly checklist: readonly string[];
};

/** The share of the phase's active people, in percent, who must be ready before it starts: of all, and of each domain. */
export type ReadyGate = { readonly atLeast?: number; readonly perDomain?: number };

/** At least one part besides the gate; each part names its cohort. */
export type Phase = {
  readonly id: PhaseId;
  readonly title: string;
  readonly starts: Moment;
  readonly reportOnlyFrom?: Moment;
  readonly requireMfa?: RequireMfa;
  readonly blockLegacy?: BlockLegacy;
  readonly protectRegistration?: ProtectRegistration;
  readonly allowMethods?: AllowMethods;
  readonly campaign?: Campaign;
  /** Per-user MFA of these people is turned off, once conditional access asks them. */
  readonly retirePerUser?: { readonly for: string };
  readonly securityDefaults?: "on";
  readonly turnOff?: TurnOff;
  readonly blockBasic?: BlockBasic;
  readonly blockSignIn?: BlockSignIn;
  readonly deleteAccounts?: DeleteAccounts;
  readonly external?: External;
  readonly ready?: ReadyGate;
  readonly place: Place;
};

export const MECHANISMS = ["conditional-access", "security-defaults", "per-user"] as const;
export type Mechanism = (typeof MECHANISMS)[number];

/** What counts as ready: so many registered methods, these left out of the count. */
export type CountedMethods = { readonly atLeast: number; readonly notCount: readonly MethodWord[] };

export type Plan = {
  readonly id: string;
  readonly name: string;
  /** The file as the user named it. */
  readonly file: string;
  readonly timeZone: string;
  readonly mechanism: Mechanism;
  readonly windowMs: number;
  readonly contact?: { readonly name: string; readonly email: string };
  /** Lower case. */
  readonly emergencyAccounts: readonly string[];
  /** Address patterns of accounts that are nobody's, lower case: in no cohort that does not say so. */
  readonly serviceAccounts: readonly string[];
  /** Address patterns of accounts that several people use, lower case: each needs two registered methods before it is asked. */
  readonly sharedAccounts?: readonly string[];
  /** Days on which no phase starts, sorted. */
  readonly notOn: readonly LocalDate[];
  readonly methods: CountedMethods;
  /** What is done about policies that Microsoft adds when security defaults go off; undefined: the plan does not say. */
  readonly microsoftManaged?: "keep" | "report-only" | "off";
  readonly cohorts: readonly Cohort[];
  readonly networks: readonly Network[];
  /** In order of their moments. */
  readonly phases: readonly Phase[];
};

/** What reading a plan gives: the plan, or every problem with its place, sorted by place. */
export type ParsedPlan =
  | { readonly type: "sound"; readonly plan: Plan; readonly remarks: readonly Problem[] }
  | { readonly type: "unsound"; readonly problems: readonly Problem[] };

/** A file that the plan names, as the shell found it. */
export type NamedFile =
  | { readonly type: "text"; readonly text: string }
  /** `missing`: there is no such file. */
  | { readonly type: "unusable"; readonly because: string; readonly missing?: true };

/** The cohorts that a phase's parts name, each once, in the order of the parts; a part for everybody names none. */
export const cohortsOf = (phase: Phase): readonly string[] => {
  const { requireMfa, blockLegacy, protectRegistration, campaign, retirePerUser, turnOff, external } = phase;
  const named = [
    requireMfa?.for,
    blockLegacy?.for,
    protectRegistration?.for,
    campaign?.state === "on" ? campaign.for : undefined,
    retirePerUser?.for,
    turnOff?.for,
    external?.for,
  ];
  return [...new Set(named.filter((name) => name !== undefined))];
};

/** A phase that is about accounts of review lists and about nothing else: these are nobody's, and no cohort. */
export const isListOnly = (phase: Phase): boolean => {
  const { id: _id, title: _title, starts: _starts, reportOnlyFrom: _from, ready: _ready, place: _place, blockSignIn, deleteAccounts, ...others } = phase;
  return (blockSignIn !== undefined || deleteAccounts !== undefined) && Object.keys(others).length === 0;
};

/** The networks that a phase's parts name, each once. */
export const networksOf = ({ requireMfa, protectRegistration }: Phase): readonly string[] => [
  ...new Set([...(requireMfa?.outside ?? []), ...(protectRegistration?.outside ?? [])]),
];
