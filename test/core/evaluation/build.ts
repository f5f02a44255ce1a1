/** Policies and sign-ins by what differs from an everyday one, and the pages that say what comes of it. */

import type { Answer } from "../../../src/core/evaluate-logic.ts";
import type { SignIn, Subject, Wanted } from "../../../src/core/sign-in.ts";
import { absent, type Json, type Known, type NamedLocationSettings, type PolicySettings, type PolicyUsers, present } from "../../../src/core/tenant.ts";

const PAGE = "learn.microsoft.com/entra/identity/conditional-access";
export const BUILDING = `${PAGE}/concept-conditional-access-policies`;
export const USERS = `${PAGE}/concept-conditional-access-users-groups`;
export const TARGETS = `${PAGE}/concept-conditional-access-cloud-apps`;
export const OFFICE = `${PAGE}/reference-office-365-application-contents`;
export const DEPENDENCIES = `${PAGE}/service-dependencies`;
export const APP_FILTER = `${PAGE}/concept-filter-for-applications`;
export const CONDITIONS = `${PAGE}/concept-conditional-access-conditions`;
export const NETWORK = `${PAGE}/concept-assignment-network`;
export const DEVICES = `${PAGE}/concept-condition-filters-for-devices`;
export const FLOWS = `${PAGE}/concept-authentication-flows`;
export const GRANT = `${PAGE}/concept-conditional-access-grant`;
export const SESSION = `${PAGE}/concept-conditional-access-session`;
export const REPORT_ONLY = `${PAGE}/concept-conditional-access-report-only`;
export const EXTERNAL = "learn.microsoft.com/entra/external-id/authentication-conditional-access";
export const RULES = "learn.microsoft.com/entra/identity/users/groups-dynamic-membership";
export const WHAT_IF = "learn.microsoft.com/graph/api/conditionalaccessroot-evaluate";
export const CSDL = "msgraph-metadata v1.0-Prod.csdl";
export const FACTS = (section: string): string => `facts.md, ${section}`;
/** What no page tells: unknown, because unknown lets nobody in. */
export const ISSUE = "issue 4: what it cannot know is unknown";

export const guid = (number: number): string => `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;
export const ME = guid(1);
export const OTHER = guid(2);
export const GROUP = guid(0x10);
export const OTHER_GROUP = guid(0x11);
export const ROLE = "62e90394-69f5-4237-9190-012177145e10";
export const OTHER_ROLE = "194ae4cb-b126-40b2-bd5b-6091b380977d";
export const POLICY = guid(0x20);
export const HOME = guid(0x30);
export const SCHOOL = guid(0x40);
export const OFFICES = guid(0x41);
export const ABROAD = guid(0x42);
export const BY_PHONE = guid(0x43);
export const ODD = guid(0x44);
export const NEW_SORT = guid(0x45);
export const GONE = guid(0x46);
export const LINE_OF_BUSINESS = guid(0x50);

const NOBODY: PolicyUsers = { all: false, none: false, guests: false, users: [], groups: [], roles: [] };
export const EVERYBODY: PolicyUsers = { ...NOBODY, all: true };

export const some = (users: Partial<PolicyUsers>): PolicyUsers => ({ ...NOBODY, ...users });

export const policy = (settings: Partial<PolicySettings> = {}): PolicySettings => ({
  name: "MFA for all",
  description: "",
  state: "on",
  include: EVERYBODY,
  exclude: NOBODY,
  apps: { include: ["all"], exclude: [], userActions: [] },
  clients: ["all"],
  locations: null,
  grant: { operator: "or", controls: ["mfa"], strength: null },
  signInFrequency: null,
  other: {},
  ...settings,
});

/** What Graph says besides, in one condition. */
export const condition = (name: string, value: Json): Pick<PolicySettings, "other"> => ({ other: { conditions: { [name]: value } } });

export const apps = (include: readonly string[], exclude: readonly string[] = [], userActions: readonly string[] = []): Pick<PolicySettings, "apps"> => ({
  apps: { include, exclude, userActions },
});

export const subject = (parts: Partial<Subject> = {}): Subject => ({
  id: ME,
  groups: present(new Set([GROUP])),
  roles: present(new Set([ROLE])),
  belongs: "member",
  homeTenant: undefined,
  ...parts,
});

export const signIn = (parts: Partial<SignIn> = {}): SignIn => ({
  subject: subject(),
  target: { type: "application", id: "00000002-0000-0ff1-ce00-000000000000" },
  program: "browser",
  address: "203.0.113.7",
  country: "GB",
  platform: "windows",
  device: null,
  signInRisk: "none",
  userRisk: "none",
  insiderRisk: "none",
  flow: "none",
  ...parts,
});

export const to = (id: string): Pick<SignIn, "target"> => ({ target: { type: "application", id } });

const place = (name: string, parts: Partial<NamedLocationSettings>): NamedLocationSettings => ({
  name,
  sort: "ip",
  trusted: false,
  ranges: [],
  other: {},
  ...parts,
});

export const PLACES: Known<ReadonlyMap<string, NamedLocationSettings>> = present(
  new Map([
    [SCHOOL, place("school", { trusted: true, ranges: ["203.0.113.0/25", "2001:db8:10::/48"] })],
    [OFFICES, place("offices", { ranges: ["198.51.100.0/24", "::ffff:192.0.2.0/121"] })],
    [ABROAD, place("abroad", { sort: "country", ranges: ["FR", "DE"], other: { includeUnknownCountriesAndRegions: true } })],
    [BY_PHONE, place("by phone", { sort: "country", ranges: ["GB"], other: { countryLookupMethod: "authenticatorAppGps" } })],
    [ODD, place("odd", { ranges: ["192.0.2.0/24"], other: { ipRanges: [{ from: "198.51.100.1", to: "198.51.100.9" }] } })],
    [NEW_SORT, place("new", { sort: "other" })],
  ]),
);
export const NO_PLACES = absent;

export type Case = {
  readonly name: string;
  readonly policy?: Partial<PolicySettings>;
  readonly signIn?: Partial<SignIn>;
  readonly places?: Known<ReadonlyMap<string, NamedLocationSettings>>;
  readonly want: Answer;
  /** A part of the reason that people are told. */
  readonly because?: string;
  /** Only when it applies or may. */
  readonly wants?: Wanted | null;
  readonly source: string;
  readonly reason: string;
};

/** One line each: name, policy, sign-in, want, source, reason. */
export const row = (
  name: string,
  settings: Partial<PolicySettings>,
  parts: Partial<SignIn>,
  want: Answer,
  source: string,
  reason: string,
  more: Pick<Case, "because" | "wants" | "places"> = {},
): Case => ({ name, policy: settings, signIn: parts, want, source, reason, ...more });
