/**
 * What a tenant is made of, in this tool's words: kinds, keys, shapes. Open to all of `core/`, imports nothing.
 */

/** Lower-case GUID. */
export type ObjectId = string;
export type PhaseId = string;
/** Milliseconds since 1970, UTC. */
export type Instant = number;

/** What a read tells: a failed or partial read is never the same as nothing there. */
export type Known<T> =
  | { readonly type: "present"; readonly value: T }
  | { readonly type: "absent" }
  /** `denied`: the sign-in lacks a right that the rest of the plan can do without. */
  | { readonly type: "unknown"; readonly because: string; readonly denied?: true };

export const present = <T>(value: T): Known<T> => ({ type: "present", value });
export const absent: Known<never> = { type: "absent" };
export const unknown = (because: string): Known<never> => ({ type: "unknown", because });

/** The kinds of resources that this tool makes or changes. Every table of kinds is checked against this list. */
export const KINDS = [
  "cohort-group",
  "named-location",
  "authentication-methods",
  "registration-campaign",
  "conditional-access",
  "security-defaults",
  "per-user-mfa",
  "mailbox-plan",
  "mailbox-protocols",
  "authentication-policy",
  "default-authentication-policy",
  "smtp-auth",
  "account-block",
  "account-deletion",
] as const;
export type Kind = (typeof KINDS)[number];

/**
 * Settings of which a tenant has one, that no mark can stand in: what the plan names of them is ours to change, and nothing
 * of them is ever made or deleted. Each has the key `tenant`.
 */
const TENANT_WIDE = [
  "authentication-methods",
  "registration-campaign",
  "security-defaults",
  "default-authentication-policy",
  "smtp-auth",
] as const satisfies readonly Kind[];
export const TENANT_KEY = "tenant";
export const isTenantWide = (kind: Kind): boolean => TENANT_WIDE.some((each) => each === kind);

/** A plain JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Inside settings, a resource or an account that has no object id yet stands as a reference: `@cohort-group/heads`,
 * `@named-location/schools`, `@account/emergency-1@county.example`. `diff` replaces those whose id is known; `perform`
 * never sends one.
 */
export type Ref = `@${Kind}/${string}` | `@account/${string}`;
export const isRef = (value: string): value is Ref => value.startsWith("@");

export type CohortGroupSettings = {
  readonly name: string;
  /** The mark, then whatever is for people to read. */
  readonly description: string;
  /** The service finds the members itself, by a rule in its own words; absent: they are assigned. */
  readonly dynamic?: { readonly rule: string; readonly processing: "on" | "paused" };
};

export type NamedLocationSettings = {
  readonly name: string;
  /** `ip` is the only sort we make; the others are foreign. */
  readonly sort: "ip" | "country" | "other";
  readonly trusted: boolean;
  /** CIDR, canonical, sorted. Countries for `country`. */
  readonly ranges: readonly string[];
  readonly other: Json;
};

export type PolicyState = "on" | "report-only" | "off";
export type ClientType = "all" | "browser" | "mobile-and-desktop" | "activesync" | "legacy" | "activesync-supported";

/** Ids (or references) sorted; `all`, `none` and `guests` are words of their own and never stand in the lists. */
export type PolicyUsers = {
  readonly all: boolean;
  readonly none: boolean;
  readonly guests: boolean;
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly roles: readonly string[];
};

export type PolicySettings = {
  readonly name: string;
  readonly description: string;
  readonly state: PolicyState;
  readonly include: PolicyUsers;
  readonly exclude: PolicyUsers;
  /** `all`, `none`, `office365`, `admin-portals` or application ids. */
  readonly apps: { readonly include: readonly string[]; readonly exclude: readonly string[]; readonly userActions: readonly string[] };
  readonly clients: readonly ClientType[];
  /** `all`, `all-trusted` or location ids; null when the policy has no location condition. */
  readonly locations: { readonly include: readonly string[]; readonly exclude: readonly string[] } | null;
  readonly grant: {
    readonly operator: "and" | "or";
    /** `mfa`, `block` and Graph's other words, sorted. */
    readonly controls: readonly string[];
    readonly strength: ObjectId | null;
  } | null;
  readonly signInFrequency: { readonly every: number; readonly unit: "hours" | "days" } | "every-time" | null;
  /**
   * Everything else that the service says of the policy and this tool has no word for, without empty values, in the
   * service's own shape. Not empty in one of ours means that somebody narrowed or widened it.
   */
  readonly other: Json;
};

/** A method of signing in, for whom it is allowed. `all` is a word of its own and never stands in the lists, which are sorted ids or references. */
export type MethodSettings = {
  readonly state: "on" | "off";
  readonly include: { readonly all: boolean; readonly groups: readonly string[] };
  readonly exclude: readonly string[];
  /** What the service says of it besides, in the service's own shape. */
  readonly other: Json;
};

export type AuthenticationMethodsSettings = {
  /** By this tool's word for the method: `app`, `code`, `text`, ... What is desired names only those that the plan names. */
  readonly methods: { readonly [method: string]: MethodSettings };
  /** Until it is complete, a method works too where the legacy settings, which nobody can read, allow it. Null: not said; it is never desired. */
  readonly migration: "pre" | "in-progress" | "complete" | null;
  readonly other: Json;
};

/** What nudges people to register the app, right after they have completed MFA. Ids or references sorted. */
export type RegistrationCampaignSettings = {
  /** `default`: as Microsoft has it, which may be on. */
  readonly campaign: "on" | "off" | "default";
  /** What those in `include` are asked to register. */
  readonly method: "app" | "passkey";
  readonly snoozeDays: number;
  readonly include: { readonly all: boolean; readonly users: readonly string[]; readonly groups: readonly string[] };
  readonly exclude: { readonly users: readonly string[]; readonly groups: readonly string[] };
  /** `includeTargets` that are asked for another method, in the service's own shape. */
  readonly other: Json;
};

export type SecurityDefaultsSettings = { readonly enabled: boolean };

export type PerUserState = "disabled" | "enabled" | "enforced";
/** What a cohort's accounts are to be set to; who of them differs stands in the change. */
export type PerUserMfaSettings = { readonly perUser: PerUserState };

/** Ways to a mailbox that are on or off, each by a flag of the mailbox. */
export const MAILBOX_FLAGS = ["pop3", "imap", "activeSync"] as const;
export type MailboxFlag = (typeof MAILBOX_FLAGS)[number];
/** `inherit`: as the tenant has it, which is what a mailbox of which nobody said anything does. */
export type SmtpAuth = "on" | "off" | "inherit";
/** What a mailbox says of its protocols, or the part of it that something is about. */
export type MailboxFields = { readonly [flag in MailboxFlag]?: boolean } & { readonly smtpAuth?: SmtpAuth };

/** What new mailboxes of a licence start with, and what a mailbox is given when its licence changes. Of a wish: for every such plan. */
export type MailboxPlanSettings = { readonly plan: string; readonly flags: { readonly [flag in MailboxFlag]?: boolean } };
/** What is to be off in the mailboxes of a cohort, or in all; who of them differs stands in the change. Sorted. */
export type MailboxProtocolsSettings = { readonly off: readonly string[] };
/** Whether programs may hand in mail with a password, where a mailbox does not say so itself. */
export type SmtpAuthSettings = { readonly smtpAuth: "on" | "off" };

/** What an authentication policy of Exchange Online can let in with a password alone. */
export const BASIC_WORDS = [
  "activeSync",
  "autodiscover",
  "imap",
  "mapi",
  "offlineAddressBook",
  "outlookService",
  "pop3",
  "powershell",
  "reportingWebServices",
  "rpc",
  "smtpAuth",
  "webServices",
] as const;
export type BasicWord = (typeof BASIC_WORDS)[number];
/** What people call them. */
export const BASIC_TITLES = {
  activeSync: "ActiveSync",
  autodiscover: "Autodiscover",
  imap: "IMAP",
  mapi: "MAPI",
  offlineAddressBook: "the offline address book",
  outlookService: "the Outlook service",
  pop3: "POP3",
  powershell: "PowerShell",
  reportingWebServices: "reporting web services",
  rpc: "RPC",
  smtpAuth: "SMTP AUTH",
  webServices: "Exchange Web Services",
} as const satisfies Record<BasicWord, string>;
/** What signs in with a password alone all the same; whatever is not named does not. Sorted. */
export type AuthenticationPolicySettings = { readonly name: string; readonly allowBasic: readonly BasicWord[] };
/** The policy, by its id, of every account that has none of its own; null: none, so that nothing is blocked. */
export type DefaultAuthenticationPolicySettings = {
  readonly defaultPolicy: string | null;
  /** Nobody has customised the tenant's Exchange yet, and it takes no policies; never desired. */
  readonly dehydrated: boolean;
};

/** Who is on the reviewed list cannot sign in. Who differs is told by account. */
export type AccountBlockSettings = { readonly signIn: "blocked" };
/** Who is on the reviewed list is deleted. Who differs is told by account. */
export type AccountDeletionSettings = { readonly accounts: "deleted" };

export type SettingsOf = {
  readonly "cohort-group": CohortGroupSettings;
  readonly "named-location": NamedLocationSettings;
  readonly "authentication-methods": AuthenticationMethodsSettings;
  readonly "registration-campaign": RegistrationCampaignSettings;
  readonly "conditional-access": PolicySettings;
  readonly "security-defaults": SecurityDefaultsSettings;
  readonly "per-user-mfa": PerUserMfaSettings;
  readonly "mailbox-plan": MailboxPlanSettings;
  readonly "mailbox-protocols": MailboxProtocolsSettings;
  readonly "authentication-policy": AuthenticationPolicySettings;
  readonly "default-authentication-policy": DefaultAuthenticationPolicySettings;
  readonly "smtp-auth": SmtpAuthSettings;
  readonly "account-block": AccountBlockSettings;
  readonly "account-deletion": AccountDeletionSettings;
};
export type Settings = SettingsOf[Kind];

/** `entra-rollout:<plan id>/<key>`: what says that we made a resource. */
export type Mark = { readonly plan: string; readonly key: string };

/** One resource as observed. `mark` is there when this tool, for whichever plan, made it; never on what is tenant-wide. */
export type ResourceOf<K extends Kind> = {
  readonly kind: K;
  readonly id: ObjectId;
  readonly mark?: Mark;
  readonly settings: SettingsOf[K];
  /** Made by Microsoft or synced: never ours, whatever its text says. */
  readonly managed: boolean;
  readonly modified?: Instant;
  /** When it was made, of what two machines may make at once. */
  readonly created?: Instant;
};
export type Resource = { [K in Kind]: ResourceOf<K> }[Kind];

/** The licence facts that decide what can be done. */
export type Licence = { readonly p1: boolean; readonly p2: boolean; readonly studentSkus: readonly ObjectId[] };

/** Signed in of late, or not; unknown where the service does not tell. */
export type Activity = "active" | "idle" | "unknown";

/** One account as the user list tells it. Addresses are lower case. */
export type Person = {
  readonly id: ObjectId;
  readonly address: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly guest: boolean;
  readonly synced: boolean;
  /** Holds student licences and no other. */
  readonly pupil: boolean;
  /** Other addresses of the account (proxy addresses, mail), lower case, without the user principal name. */
  readonly aliases: readonly string[];
  /** An agent or other account that is nobody's: never in a cohort. */
  readonly nobody: boolean;
  /** What the directory says of the account, lower case, as far as the plan asks for it; what it says nothing of is not there. */
  readonly attributes?: { readonly [attribute: string]: string };
  /** Whether it was signed in with of late; not there when it was not asked. */
  readonly activity?: Activity;
};

/** An account that decides whether somebody gets in, looked up live. */
export type LiveAccount = {
  readonly id: ObjectId;
  readonly enabled: boolean;
  readonly synced: boolean;
  /** Authentication of its domain is done elsewhere. */
  readonly federated: Known<boolean>;
  /** Role template ids of its active roles, direct or through a role-assignable group. */
  readonly roles: Known<readonly ObjectId[]>;
  /** Every group it is in, transitively. */
  readonly groups: Known<readonly ObjectId[]>;
  /** What people call these groups, where the service told. */
  readonly groupNames?: ReadonlyMap<ObjectId, string>;
  /**
   * Registered methods, by Graph's `@odata.type` without `#microsoft.graph.` and `AuthenticationMethod`: `fido2`, `password`, ...;
   * a telephone that gets no texts is `officePhone`, a pass that has run out `expiredPass`.
   */
  readonly methods: Known<readonly string[]>;
  /** Models of its passkeys (AAGUIDs), lower case; null: the service did not tell. */
  readonly keys?: readonly (string | null)[];
  /** `userType` is Guest; not there where nobody asked. */
  readonly guest?: boolean;
  /** It was invited: its home is another tenant. */
  readonly invited?: boolean;
};

/** An account and what people know it by. */
export type LookedUp = { readonly address: string; readonly account: Known<LiveAccount> };

/** An emergency account as the plan names it, looked up live. */
export type EmergencyAccount = LookedUp;

/** Which combinations of methods an authentication strength takes (authenticationMethodModes). */
export type Strength = {
  readonly name: string;
  readonly combinations: readonly string[];
  /** Those of the combinations that only certain keys or certificates make up. */
  readonly narrowed: readonly string[];
};

export const GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10";
export const DIRECTORY_SYNCHRONIZATION_ACCOUNTS = "d29b2b05-8046-44ba-8758-1e26182fcf32";
