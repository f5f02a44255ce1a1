/**
 * Whether an account ever signed in: never, unknown, or when last. Accounts go by this answer, so *never* has to be proven and
 * everything else is unknown. docs/decisions/never-signed-in.md, facts 7.7.
 */

import type { Instant, Known } from "../tenant.ts";
import type { Account } from "./account.ts";

const HOUR_MS = 3_600_000;

/** A stamp comes up to a day after the sign-in; whoever was made within two may have signed in since. */
export const YOUNGEST_MS = 48 * HOUR_MS;

/** From when on the directory stamps attempts of either kind, and from when on successes. */
export type StampHistory = { readonly attempts: Instant; readonly successes: Instant };

/** Attempts by people since April 2020, those by programs since May, no day said; successes since 2023-12-01, and none before was filled in. */
const SERVICE_HISTORY: StampHistory = { attempts: Date.UTC(2020, 5, 1), successes: Date.UTC(2023, 11, 1) };
const ALL_ALONG = Number.NEGATIVE_INFINITY;

/**
 * A practice tenant may stand in a year in which the service stamped nothing yet, and has stamps all the same: what it does today,
 * it does there all along.
 */
export const historyOf = (now: Instant, practice: boolean): StampHistory => ({
  attempts: practice && now < SERVICE_HISTORY.attempts ? ALL_ALONG : SERVICE_HISTORY.attempts,
  successes: practice && now < SERVICE_HISTORY.successes ? ALL_ALONG : SERVICE_HISTORY.successes,
});

/** What holds for all accounts of a tenant. */
export type StampsOfTenant = {
  readonly now: Instant;
  readonly history: StampHistory;
  /** Licensed, and read; otherwise why not. */
  readonly told: Known<true>;
  /** Whether anybody has a stamp at all, and one of a success: what nobody has may have been left out of every answer. */
  readonly anybody: { readonly stamped: boolean; readonly succeeded: boolean };
};

/** What is known of one account. */
export type SignInEvidence = Pick<Account, "stamps" | "created"> & {
  /** What the usage reports say: the latest day on which an app was used, as its end; absent: no use. */
  readonly used: Known<Instant>;
};

export const UNKNOWN_REASONS = [
  "not-told",
  "nobody-stamped",
  "empty",
  "no-creation",
  "too-young",
  "before-log",
  "attempts-only",
  "no-success-told",
  "app-used",
  "use-unread",
] as const;
export type UnknownReason = (typeof UNKNOWN_REASONS)[number];

export type LastSignIn =
  | { readonly state: "never signed in"; readonly attempted?: Instant }
  | { readonly state: "unknown"; readonly reason: UnknownReason; readonly because: string }
  | { readonly state: "last signed in"; readonly at: Instant };

const WORDS = {
  "nobody-stamped": "no account that was read has a single sign-in stamped, which is so in no tenant that is in use",
  empty: "the directory answered for this account, and left the answer empty",
  "no-creation": "nothing is stamped, and when the account was made is not told",
  "too-young": "the account was made in the last 48 hours, and stamps come up to a day late",
  "before-log": "nothing is stamped, and the account is older than the stamps, which begin in April 2020: never, or not since then",
  "attempts-only": "there are attempts, and successes are stamped only since 1 December 2023: an earlier one may have succeeded",
  "no-success-told": "there are attempts, and the directory tells no success of anybody",
} as const satisfies Partial<Record<UnknownReason, string>>;

const unknownFor = (reason: keyof typeof WORDS): LastSignIn => ({ state: "unknown", reason, because: WORDS[reason] });

const dayOf = (instant: Instant): string => new Date(instant).toISOString().slice(0, 10);

const latest = (moments: readonly (Instant | undefined)[]): Instant | undefined =>
  moments.reduce((last, each) => (each === undefined || (last !== undefined && last >= each) ? last : each), undefined);

/**
 * Evidence of use never makes it `never signed in`: each piece more leads away from there or changes nothing. Neither does a read
 * that failed: whatever could speak against *never* has to have been read.
 */
export const lastSignIn = ({ stamps, created, used }: SignInEvidence, { now, history, told, anybody }: StampsOfTenant): LastSignIn => {
  const known = stamps === "never" || stamps === "unknown" ? {} : stamps;
  if (known.succeeded !== undefined) return { state: "last signed in", at: known.succeeded };
  if (told.type !== "present")
    return { state: "unknown", reason: "not-told", because: told.type === "unknown" ? told.because : "the directory does not tell sign-ins of this tenant" };
  if (stamps === "unknown") return unknownFor("empty");
  if (!anybody.stamped) return unknownFor("nobody-stamped");
  if (created === undefined) return unknownFor("no-creation");
  if (now - created < YOUNGEST_MS) return unknownFor("too-young");
  const attempted = latest([known.attempted, known.other]);
  if (attempted === undefined && created < history.attempts) return unknownFor("before-log");
  // In both: where attempts began later than successes, an older account without any would be unknown, and one with a failed one never.
  if (attempted !== undefined && created < Math.max(history.attempts, history.successes)) return unknownFor("attempts-only");
  if (attempted !== undefined && !anybody.succeeded) return unknownFor("no-success-told");
  if (used.type === "present")
    return {
      state: "unknown",
      reason: "app-used",
      because: `no sign-in is stamped, but the usage reports have an app used on ${dayOf(used.value)}: by it, by something in its place, or by others in its mailbox`,
    };
  if (used.type === "unknown")
    return { state: "unknown", reason: "use-unread", because: `no sign-in is stamped, but whether an app was used could not be read: ${used.because}` };
  return attempted === undefined ? { state: "never signed in" } : { state: "never signed in", attempted };
};
