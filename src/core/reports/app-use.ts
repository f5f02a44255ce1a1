/** What the usage reports say of one account. They tell of apps that were used, which is neither a sign-in nor a way of signing in. */

import { absent, type Instant, type Known, present, unknown } from "../tenant.ts";
import { dayText, endOf, type MailboxSort, type UsageTable } from "./usage-table.ts";

/** One report. */
export type Usage = {
  readonly table: UsageTable;
  /** The day up to which it tells, as its first moment; undefined: it does not say. */
  readonly refreshed?: Instant;
};

/** Products by day, programs that opened the mailbox, and mailboxes. */
export type UsageReports = { readonly products: Known<Usage>; readonly programs: Known<Usage>; readonly mailboxes: Known<Usage> };

export type AppUse = {
  /** The latest day of any use, as its end; absent: none. */
  readonly used: Known<Instant>;
  /** That day, as the reports have it. */
  readonly day: string | undefined;
  /** Each with its last day, the latest first: `Exchange 2026-02-27`. */
  readonly apps: readonly string[];
  readonly programs: readonly string[];
  /** Undefined: there is no row of a mailbox. */
  readonly mailbox: MailboxSort | undefined;
};

const NO_ROW = "the usage report of products has no row of it, though it has a licence";

/** @param licensed has a product: then the report of products has a row of it, used or not, and one that is missing is no news */
export const appUseOf = (reports: UsageReports, address: string, licensed: boolean): AppUse => {
  const rows = Object.values(reports).flatMap((known) => {
    const row = known.type === "present" ? known.value.table.of(address) : undefined;
    return row ?? [];
  });
  const latest = Math.max(0, ...rows.flatMap(({ days }) => days.map(([, day]) => day)));
  const unread = Object.values(reports).find((known) => known.type !== "present");
  const { products, mailboxes } = reports;
  const because =
    unread !== undefined
      ? unread.type === "unknown"
        ? unread.because
        : "they were not read"
      : licensed && products.type === "present" && products.value.table.of(address) === undefined
        ? NO_ROW
        : undefined;
  return {
    used: latest > 0 ? present(endOf(latest)) : because === undefined ? absent : unknown(because),
    day: latest > 0 ? dayText(latest) : undefined,
    apps: rows
      .flatMap(({ days }) => days)
      .toSorted(([one, a], [other, b]) => b - a || (one < other ? -1 : 1))
      .map(([activity, day]) => `${activity} ${dayText(day)}`),
    programs: rows.flatMap(({ words }) => words),
    mailbox: mailboxes.type === "present" ? mailboxes.value.table.of(address)?.mailbox : undefined,
  };
};
