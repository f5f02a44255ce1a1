/** Report `stale`: who signed in when last, who never did, of whom nobody can say, and whether an account may be deleted. */

import type { Instant, Known } from "../tenant.ts";
import type { Account } from "./account.ts";
import type { AppUse } from "./app-use.ts";
import type { Deletion, Mailbox } from "./deletable.ts";
import type { LastSignIn } from "./last-sign-in.ts";
import type { Cell, Column, Row, Shape, SumTable } from "./shape.ts";

const DAY_MS = 86_400_000;
/** Who signed in, or used an app, within so many days is in use. */
export const STALE_DAYS = 90;
const UNKNOWN = "unknown";

const COLUMNS = [
  { name: "account", heading: "Account", sort: "text", about: "the user principal name, as the directory writes it", shown: "wide" },
  { name: "name", heading: "Name", sort: "text", about: "the display name" },
  { name: "domain", heading: "Domain", sort: "text", about: "the domain of the account, lower case" },
  {
    name: "state",
    heading: "State",
    sort: "word",
    about:
      "`never signed in`: proven, see docs/decisions/never-signed-in.md; `last signed in`: with success, at `lastSignedIn`; `unknown`: neither can be said, and `because` says why",
    shown: "narrow",
  },
  { name: "because", heading: "Because", sort: "text", about: "what the state stands on" },
  {
    name: "lastSignedIn",
    heading: "Last signed in",
    sort: "moment",
    about:
      "the last sign-in with success, by a person or a program; empty: never; `unknown` where the state is. Stamped up to a day late, since 1 December 2023",
    shown: "narrow",
  },
  { name: "days", heading: "Days since", sort: "number", about: "whole days since the last sign-in; empty: never", shown: "narrow" },
  {
    name: "lastAttempt",
    heading: "Last attempt",
    sort: "moment",
    about: "the last time that somebody tried to sign in, with success or without; it is no sign-in. Empty: none is stamped, which is done since April 2020",
  },
  {
    name: "lastNonInteractive",
    heading: "Last non-interactive",
    sort: "moment",
    about: "the last time that a program tried in somebody's place, with success or without. Empty: none is stamped, which is done since May 2020",
  },
  {
    name: "appLastUsed",
    heading: "App last used",
    sort: "moment",
    about:
      "the last day on which an app of Microsoft 365 was used, by the usage reports of the last 180 days: not a sign-in. Empty: none, or the reports have no row",
    shown: "narrow",
  },
  { name: "apps", heading: "Apps used", sort: "list", about: "each app of the usage reports with the last day on which it was used, the latest first" },
  {
    name: "mailPrograms",
    heading: "Mail programs",
    sort: "list",
    about: "with what the mailbox was opened, by the usage reports: the app that was used, which does not say that it used basic authentication",
  },
  { name: "created", heading: "Created", sort: "moment", about: "when the account was made" },
  { name: "age", heading: "Age in days", sort: "number", about: "whole days since the account was made" },
  { name: "enabled", heading: "Enabled", sort: "flag", about: "whether anybody may sign in with it" },
  { name: "type", heading: "Type", sort: "word", about: "`member` or `guest`" },
  { name: "pending", heading: "Invitation pending", sort: "flag", about: "a guest who has not accepted the invitation yet" },
  { name: "licences", heading: "Licences", sort: "number", about: "how many products are assigned" },
  { name: "products", heading: "Products", sort: "list", about: "their part numbers, as the service has them; the id where it does not tell one" },
  {
    name: "mailbox",
    heading: "Mailbox",
    sort: "word",
    about:
      "`user`, `shared`, `room`, `equipment`; `none`: none in Exchange Online; `unknown`: could not be read. Empty: nobody asked, since the account is not to be deleted for other reasons",
  },
  { name: "source", heading: "Source", sort: "word", about: "`synced` from on premises, or `cloud`" },
  {
    name: "roles",
    heading: "Roles",
    sort: "list",
    about: "active directory roles that it holds, directly or through a group; roles that it may activate are not told",
  },
  { name: "cohorts", heading: "Cohorts", sort: "list", about: "cohorts of the plan that it is in; empty without a plan" },
  { name: "phases", heading: "Phases", sort: "list", about: "phases of the plan that are about it, by their ids; empty without a plan" },
  {
    name: "deletable",
    heading: "Delete",
    sort: "word",
    about:
      "whether it may be deleted: `yes` where it never signed in and nothing that this report reads speaks against it; `no`; `unknown`: something would have to be known first. Groups that it owns are not looked at here",
    shown: "narrow",
  },
  { name: "reasons", heading: "Reasons", sort: "list", about: "why it may or may not be deleted", shown: "wide" },
  { name: "id", heading: "Id", sort: "text", about: "its object id" },
] as const satisfies readonly Column[];

export const stale: Shape = {
  name: "stale",
  about: "accounts that nobody uses: who never signed in, of whom it is unknown, who last signed in long ago, and whether each may be deleted",
  columns: COLUMNS,
  splitBy: "domain",
};

export type StaleAccount = {
  readonly account: Account;
  readonly signIn: LastSignIn;
  readonly use: AppUse;
  /** What of the usage reports is missing, so that nothing there is not the same as none. */
  readonly useUnread: { readonly apps: boolean; readonly programs: boolean };
  readonly products: readonly string[];
  readonly roles: Known<readonly string[]>;
  readonly mailbox: Mailbox | undefined;
  readonly deletion: Deletion;
  /** Undefined without a plan. */
  readonly reach: { readonly cohorts: readonly string[]; readonly phases: readonly string[] } | undefined;
};

const isoOf = (instant: Instant): string => `${new Date(instant).toISOString().slice(0, 19)}Z`;
const daysSince = (at: Instant, now: Instant): number => Math.max(0, Math.floor((now - at) / DAY_MS));

export const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1).toLowerCase();

const becauseOf = (signIn: LastSignIn): string => {
  switch (signIn.state) {
    case "last signed in":
      return "a sign-in with success is stamped";
    case "unknown":
      return signIn.because;
    case "never signed in":
      return signIn.attempted === undefined
        ? "nothing was ever stamped, and stamps are older than the account"
        : `attempts alone are stamped, the last on ${isoOf(signIn.attempted).slice(0, 10)}; successes were stamped all its life, and there is none`;
  }
};

const stampCell = (stamps: Account["stamps"], which: "attempted" | "other"): Cell => {
  if (stamps === "unknown") return UNKNOWN;
  const at = stamps === "never" ? undefined : stamps[which];
  return at === undefined ? null : isoOf(at);
};

const of = <T extends Cell>(signIn: LastSignIn, cell: (at: Instant) => T): Cell =>
  signIn.state === "last signed in" ? cell(signIn.at) : signIn.state === "unknown" ? UNKNOWN : null;

/** In the order of the columns. */
export const staleRow = ({ account, signIn, use, useUnread, products, roles, mailbox, deletion, reach }: StaleAccount, now: Instant): Row => [
  account.upn,
  account.name,
  domainOf(account.address),
  signIn.state,
  becauseOf(signIn),
  of(signIn, isoOf),
  of(signIn, (at) => daysSince(at, now)),
  stampCell(account.stamps, "attempted"),
  stampCell(account.stamps, "other"),
  use.day ?? (useUnread.apps ? UNKNOWN : null),
  use.apps.length === 0 && useUnread.apps ? UNKNOWN : use.apps,
  use.programs.length === 0 && useUnread.programs ? UNKNOWN : use.programs,
  account.created === undefined ? UNKNOWN : isoOf(account.created),
  account.created === undefined ? UNKNOWN : daysSince(account.created, now),
  account.enabled,
  account.guest ? "guest" : "member",
  account.pending,
  account.licences.length,
  products,
  mailbox ?? null,
  account.synced ? "synced" : "cloud",
  roles.type === "present" ? roles.value : UNKNOWN,
  reach?.cohorts ?? null,
  reach?.phases ?? null,
  deletion.answer,
  deletion.reasons,
  account.id,
];

const isRecent = (at: Instant, now: Instant): boolean => now - at <= STALE_DAYS * DAY_MS;

/** In use: signed in, or an app used, in the last 90 days. Nobody looks for such an account in a list of those that nobody uses. */
export const isInUse = ({ signIn, use }: Pick<StaleAccount, "signIn" | "use">, now: Instant): boolean =>
  (signIn.state === "last signed in" && isRecent(signIn.at, now)) || (use.used.type === "present" && isRecent(use.used.value, now));

const KINDS = ["never signed in", "unknown", `last signed in over ${STALE_DAYS} days ago`, `in use in the last ${STALE_DAYS} days`] as const;
type Counts = { kinds: number[]; deletable: number };

/** Counts everybody who was asked for, listed or not. */
export class StaleSums {
  readonly #all: Counts = { kinds: [0, 0, 0, 0], deletable: 0 };
  readonly #mayGo = [0, 0, 0, 0];
  readonly #domains = new Map<string, Counts>();

  add(one: Pick<StaleAccount, "account" | "signIn" | "use" | "deletion">, now: Instant): void {
    const kind = isInUse(one, now) ? 3 : one.signIn.state === "last signed in" ? 2 : one.signIn.state === "unknown" ? 1 : 0;
    const domain = domainOf(one.account.address);
    const own: Counts = this.#domains.get(domain) ?? { kinds: [0, 0, 0, 0], deletable: 0 };
    this.#domains.set(domain, own);
    for (const counts of [this.#all, own]) {
      counts.kinds[kind] = (counts.kinds[kind] ?? 0) + 1;
      if (one.deletion.answer === "yes") counts.deletable += 1;
    }
    if (one.deletion.answer === "yes") this.#mayGo[kind] = (this.#mayGo[kind] ?? 0) + 1;
  }

  /** How many are left out of the rows unless everybody was asked for. */
  get inUse(): number {
    return this.#all.kinds[3] ?? 0;
  }

  tables(): readonly SumTable[] {
    return [
      {
        title: "by state",
        columns: ["State", "Accounts", "May be deleted"],
        rows: KINDS.map((kind, at) => [kind, this.#all.kinds[at] ?? 0, this.#mayGo[at] ?? 0]),
      },
      {
        title: "by domain",
        columns: ["Domain", "Never", "Unknown", `Over ${STALE_DAYS} days`, "In use", "May be deleted"],
        rows: [...this.#domains].sort(([one], [other]) => (one < other ? -1 : 1)).map(([domain, { kinds, deletable }]) => [domain, ...kinds, deletable]),
      },
    ];
  }
}
