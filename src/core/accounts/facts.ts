/** Accounts that stand on a review list, as they are read live: what they are, what may speak for them, and what would bring them back. */

import type { Account } from "../reports/account.ts";
import type { UsageReports } from "../reports/app-use.ts";
import type { Mailbox } from "../reports/deletable.ts";
import type { Instant, Json, Known, ObjectId } from "../tenant.ts";

/** What a write makes of accounts. `restored`: out of the service's deleted items, or made anew where they are gone for good. */
export type AccountState = "blocked" | "enabled" | "deleted" | "restored";

/** What may come back with an account, by ids alone, so that a journal may hold it. */
export type AccountLinks = {
  readonly id: ObjectId;
  /** Groups that somebody put it into; sorted. Who is in by a rule, or is synced, is in again by itself. */
  readonly groups: readonly ObjectId[];
  /** Products that were given to it itself, each with the services that are off; sorted. */
  readonly licences: readonly { readonly sku: ObjectId; readonly off: readonly ObjectId[] }[];
  readonly manager?: ObjectId;
};

/** Good enough to make the account again. Rows of people: for files that their owner alone may read, and for no journal. */
export type ArchivedAccount = AccountLinks & {
  readonly upn: string;
  readonly enabled: boolean;
  /** By Graph's own names; what is empty is left out. Never a password. */
  readonly profile: { readonly [property: string]: Json };
  readonly groupNames: { readonly [id: ObjectId]: string };
  /** What nobody can bring back even with all this, in words: groups with a rule, synced ones, lists that Exchange keeps. */
  readonly besides: readonly string[];
};

/** What of an archived account is ids alone. */
export const linksIn = ({ id, groups, licences, manager }: ArchivedAccount): AccountLinks => ({
  id,
  groups,
  licences,
  ...(manager !== undefined && { manager }),
});

/** What its mailbox says of it. When it was last used stands in the usage reports. */
export type MailFacts = {
  readonly onHold: boolean;
  /** Who may open it or send in its name, besides its owner. */
  readonly delegates: readonly string[];
  /** Where its mail goes on to. */
  readonly forwardsTo: string | undefined;
};

/** One account as it is now. */
export type ListedAccount = {
  /** With its story and its stamps. */
  readonly account: Account;
  /** Names of roles that are active, directly or through a group; empty: none. */
  readonly roles: Known<readonly string[]>;
  /** Names of roles that it may activate; absent: the tenant has no such thing. */
  readonly eligible: Known<readonly string[]>;
  /** How many groups and applications it owns. */
  readonly owns: Known<number>;
  readonly mailbox: Mailbox;
  /** Absent: it has no mailbox in Exchange Online. */
  readonly mail: Known<MailFacts>;
  readonly archive: Known<ArchivedAccount>;
};

export type ListedRead =
  | { readonly type: "found"; readonly listed: ListedAccount }
  /** The directory has no such account, except perhaps among the deleted. */
  | { readonly type: "gone" }
  | { readonly type: "unknown"; readonly because: string };

/** What holds for all of them, read once a command. */
export type ListedGround = {
  /** The tenant is told of sign-ins, licensed and read; otherwise why not. */
  readonly told: Known<true>;
  readonly anybody: { readonly stamped: boolean; readonly succeeded: boolean };
  /** Part numbers of products by their ids. */
  readonly products: Known<ReadonlyMap<ObjectId, string>>;
  readonly usage: UsageReports;
  readonly practice: boolean;
  /** The account by which this tool is signed in; absent: none, it is an application's own sign-in. */
  readonly self: Known<ObjectId>;
};

export type Listed = { readonly ground: ListedGround; readonly accounts: ReadonlyMap<ObjectId, ListedRead> };

/** `gone`: neither there nor among the deleted. */
export type AccountStanding = "enabled" | "blocked" | "deleted" | "gone";

/** What this tool did to an account last, by the journals; what it did not do, or nobody knows of, is not there. */
export type AccountTold = {
  /** When it was blocked, unless that was taken back since. */
  readonly blocked?: Instant;
  /** When it was deleted, unless it was brought back since. */
  readonly deleted?: Instant;
  /** When a deletion was begun of which nobody knows the end: whether it is there shows whether it was done. */
  readonly deleting?: Instant;
  /** When it was brought back, or let sign in again, by this tool. */
  readonly back?: Instant;
};
