/** A sign-in as far as reports ask: who, when, from where, with what, and how it ended. */

import type { SignInRow } from "../sign-in-digest.ts";
import { isFailure } from "../sign-in-errors.ts";

export type LoggedSignIn = SignInRow & {
  /** Of the row itself. */
  readonly id: string;
  /** 0: success. Undefined: the service does not say how it ended. */
  readonly code: number | undefined;
  /** The service's own sentence on a failure. */
  readonly reason: string | undefined;
  readonly app: string | undefined;
  /** What the program says of itself; not everybody asks. */
  readonly agent?: string | undefined;
  /** As the log has them, which may be older than the directory. */
  readonly name: string | undefined;
  readonly address: string | undefined;
  /** The account's address, lower case. */
  readonly upn: string | undefined;
};

/** `neither`: a question on the way, or an end that the service does not tell. */
export type Outcome = "succeeded" | "failed" | "neither";

export const outcomeOf = (code: number | undefined): Outcome =>
  code === undefined ? "neither" : code === 0 ? "succeeded" : isFailure(code) ? "failed" : "neither";

/**
 * Failures that come after the password: who gets there knows it. Conditional access judges once the first factor is done, and
 * MFA is the second. Facts, section 7.11; learn.microsoft.com/entra/identity/conditional-access/overview.
 */
const AFTER_PASSWORD: ReadonlySet<number> = new Set([50072, 50074, 50076, 50079, 50158, 53000, 53001, 53002, 53003, 53004, 500121, 530032, 530034]);

export const isAfterPassword = (code: number): boolean => AFTER_PASSWORD.has(code);

/** What stands in a cell for a country that the service does not tell. */
export const UNKNOWN = "unknown";

/** As the service writes moments: to the second, UTC. */
export const momentText = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

/** Lower case; an address without one has none. */
export const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1).toLowerCase();
