/** What `doctor` saw of a tenant, of the sign-in and of this machine, before anybody says what it means. */

import type { Run } from "../journal.ts";
import type { Observed } from "../observed.ts";
import type { Plan } from "../plan/plan.ts";
import type { Instant, Known, ObjectId, ResourceOf } from "../tenant.ts";

/** What a token says of whoever holds it. */
export type Claims = {
  readonly tenantId: ObjectId;
  readonly objectId: ObjectId;
  readonly appId: ObjectId;
  readonly userPrincipalName?: string;
  readonly name?: string;
  readonly isApplication: boolean;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly wids: readonly string[];
};

export type Synchronisation = { readonly on: boolean /** Missing: never, or nobody says. */; readonly last?: Instant };

/** What Exchange Online offers this sign-in, and what it says of the tenant. */
export type Mail = {
  /** Names of cmdlets. */
  readonly offered: Known<ReadonlySet<string>>;
  readonly smtpAuth: Known<readonly ResourceOf<"smtp-auth">[]>;
  readonly organization: Known<readonly ResourceOf<"default-authentication-policy">[]>;
};

export type DamagedJournal = { readonly id: string; readonly file: string; readonly because: string };

export type Facts = {
  readonly plan: Plan | undefined;
  readonly moment: Instant;
  /** As `readTenant` has it, but that nobody asked for people: the roster is unknown. */
  readonly observed: Observed;
  /** Absent: the token is none that tells anything. */
  readonly claims: Known<Claims>;
  /** The same of the token for Exchange Online; absent too where it was not asked, or gave none. */
  readonly exchangeClaims: Known<Claims>;
  /** How far the clock that this tool goes by is ahead of the service's; negative: behind. */
  readonly aheadMs: Known<number>;
  /** Names of the service plans that the tenant has licences for and that are in force, upper case: `AAD_PREMIUM`. */
  readonly servicePlans: Known<ReadonlySet<string>>;
  /** Whether usage reports hide who it was. */
  readonly concealed: Known<boolean>;
  readonly synchronisation: Known<Synchronisation>;
  /** Absent: the plan is not about mail, so that Exchange Online was not asked. */
  readonly mail: Known<Mail>;
  readonly journals: { readonly runs: readonly Run[]; readonly damaged: readonly DamagedJournal[] };
};
