/** One account as a report reads it: what everybody else is told of it, and what only reports ask for. */

import type { Instant, ObjectId, Person, PerUserState } from "../tenant.ts";

/**
 * What the directory stamps of sign-ins. `attempted` and `other` are attempts, with a person and without one, whether they came
 * to anything or not; `succeeded` is filled since 2023-12-01 alone. Facts, section 7.7.
 */
export type Stamps = { readonly attempted?: Instant; readonly other?: Instant; readonly succeeded?: Instant };

export type Account = Person & {
  /** As the directory writes it, in its own case. */
  readonly upn: string;
  readonly created?: Instant;
  /** Ids of the products assigned. */
  readonly licences: readonly ObjectId[];
  /** `never`: the directory says nothing, which stands for never or not since April 2020. `unknown`: it was not asked, or did not tell. */
  readonly stamps: Stamps | "never" | "unknown";
  /** By the list of accounts, which nobody documents; undefined: not told. */
  readonly perUser?: PerUserState;
  /** A guest who has not accepted the invitation. */
  readonly pending: boolean;
  /** The first day of somebody who is still to come. */
  readonly hired?: Instant;
};
