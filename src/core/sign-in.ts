/** One sign-in, as policies are asked about it, and what they make of it. Plain data; `undefined` is always: nobody can say. */

import type { Known, ObjectId, PolicyState } from "./tenant.ts";

/** conditionalAccessGuestOrExternalUserTypes (CSDL), as far as an account of the directory can be one; `member`: one of the tenant's own. */
export type Belongs = "member" | "internal-guest" | "b2b-guest" | "b2b-member" | "b2b-direct" | "other-external" | "service-provider";

/** Who signs in, as conditional access sees the account. */
export type Subject = {
  readonly id: ObjectId;
  /** Every group it is in, directly or through others. */
  readonly groups: Known<ReadonlySet<ObjectId>>;
  /** Template ids of its active roles, direct or through a role-assignable group. */
  readonly roles: Known<ReadonlySet<ObjectId>>;
  readonly belongs: Belongs | undefined;
  /** Where an external account comes from: a tenant's id, lower case. */
  readonly homeTenant: string | undefined;
};

export type Target =
  | { readonly type: "application" /** Lower case. */; readonly id: ObjectId }
  | { readonly type: "user-action"; readonly action: "register-security-info" | "register-device" }
  | { readonly type: "authentication-context" /** `c1` */; readonly value: string };

/** What kind of program asks; `legacy` is Graph's `other`. */
export type Program = "browser" | "mobile-and-desktop" | "activesync" | "legacy";

export type RiskLevel = "none" | "low" | "medium" | "high";

export type SignIn = {
  readonly subject: Subject;
  readonly target: Target;
  readonly program: Program | undefined;
  /** Null: in no network that anybody named. */
  readonly address: string | null | undefined;
  /** ISO 3166, two letters, upper case; null: the service cannot tell it. */
  readonly country: string | null | undefined;
  /** Graph's words, lower case: `windows`, `macos`, `ios`, `android`, `linux`, `windowsphone`; null: none that the service knows. */
  readonly platform: string | null | undefined;
  /** Null: the device is not registered. Properties by the names that device filters use, lower case. */
  readonly device: { readonly [property: string]: string | boolean | null } | null | undefined;
  readonly signInRisk: RiskLevel | undefined;
  readonly userRisk: RiskLevel | undefined;
  readonly insiderRisk: "none" | "minor" | "moderate" | "elevated" | undefined;
  readonly flow: "none" | "device-code" | "transfer" | undefined;
};

/** Nothing is said of where the sign-in comes from, on what, or at which risk: what can ever be so must be thought of. */
export const NOTHING_SAID = {
  address: undefined,
  country: undefined,
  platform: undefined,
  device: undefined,
  signInRisk: undefined,
  userRisk: undefined,
  insiderRisk: undefined,
  flow: undefined,
} as const satisfies Partial<SignIn>;

/**
 * What one policy wants of a sign-in that it is about. `any`: one of them will do; else all are needed. A control is a word
 * of Graph's built-in controls, or `strength:<id>`, `terms-of-use:<id>`, `custom:<name>`; what we have no word for is `unknown:<text>`.
 */
export type Wanted = { readonly any: boolean; readonly controls: readonly string[] };

/** How one policy stands to a sign-in. */
export type Stance = {
  readonly policy: ObjectId;
  readonly name: string;
  readonly state: PolicyState;
  readonly applies: "yes" | "no" | "unknown";
  /** `no`, `unknown`: which condition decides, and why, in words; `yes`: by which words it takes the account in. */
  readonly because: string;
  /** Null: no grant control at all, only session controls. Not there when it does not apply for certain. */
  readonly wants?: Wanted | null;
};

export type SessionAsked = {
  /** The shortest of all that apply; hours, 0 is every time. */
  readonly signInFrequencyHours?: number;
  readonly persistentBrowser?: "always" | "never";
  /** Graph's names of further session controls, sorted. */
  readonly others: readonly string[];
};

/**
 * What all policies that are on make of a sign-in together.
 * `not-applied`: none is about it. `granted`: each that is wants something that is in `asks`. `blocked`: one blocks, whatever
 * else is unknown. `unknown`: of one at least nobody can say whether it is about it, and no other blocks.
 */
export type Outcome = {
  readonly type: "not-applied" | "granted" | "blocked" | "unknown";
  /** Of the policies that are on and apply: what is wanted, all of it. */
  readonly asks: readonly (Wanted & { readonly policy: ObjectId; readonly name: string })[];
  readonly session: SessionAsked;
  /** Every policy, by id; those in report-only and those that are off too. */
  readonly stances: readonly Stance[];
};
