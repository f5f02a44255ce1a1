/** What the rows of the report of exclusions add up to, counted as they pass. */

import type { Exception, LocalDate } from "../plan/plan.ts";
import type { Told } from "./exclusions.ts";
import type { SumTable } from "./shape.ts";

/** Of one thing: accounts, each counted once however many rows it has. */
type Tally = { accounts: number; enabled: number; holes: number; partly: number; unknown: number; overdue: number };

const fresh = (): Tally => ({ accounts: 0, enabled: 0, holes: 0, partly: 0, unknown: 0, overdue: 0 });

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

class Table<K> {
  readonly #tallies = new Map<K, Tally>();

  /** @param some the rows of one account that count here */
  add(key: K, enabled: boolean, some: readonly Told[]): void {
    const tally = this.#tallies.get(key) ?? fresh();
    this.#tallies.set(key, tally);
    tally.accounts += 1;
    if (enabled) tally.enabled += 1;
    if (some.some(({ hole }) => hole === "yes")) tally.holes += 1;
    else if (some.some(({ hole }) => hole === "partly")) tally.partly += 1;
    else if (some.some(({ hole }) => hole === "unknown")) tally.unknown += 1;
    if (some.some(({ exclusion }) => exclusion.overdue === true)) tally.overdue += 1;
  }

  /** What is overdue first, then where most holes are. */
  sorted(nameOf: (key: K) => string): readonly (readonly [K, Tally])[] {
    return [...this.#tallies].sort(
      ([a, one], [b, two]) => two.overdue - one.overdue || two.holes - one.holes || two.accounts - one.accounts || byText(nameOf(a), nameOf(b)),
    );
  }
}

const groupedBy = <K>(rows: readonly Told[], keyOf: (told: Told) => K | undefined): ReadonlyMap<K, readonly Told[]> => {
  const groups = new Map<K, Told[]>();
  for (const told of rows) {
    const key = keyOf(told);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [told]);
    else group.push(told);
  }
  return groups;
};

const COUNTED = ["accounts", "enabled", "holes", "partly", "unknown", "overdue"] as const;

const numbers = (tally: Tally): readonly number[] => COUNTED.map((name) => tally[name]);

/** Holds numbers only, and what the plan and the policies are called. */
export class ExclusionSums {
  readonly #all = new Table<"">();
  readonly #byReason = new Table<string>();
  readonly #byOwner = new Table<string>();
  readonly #byDomain = new Table<string>();
  readonly #byPolicy = new Table<string>();
  readonly #policies = new Map<string, NonNullable<Told["exclusion"]["policy"]>>();
  readonly #ended = new Map<Exception, number>();
  /** Rows that `--all` would have shown besides. */
  hidden = 0;

  /** @param rows all of one account's rows that are shown */
  account(rows: readonly Told[]): void {
    const [first] = rows;
    if (first === undefined) return;
    const { account, domain } = first.found;
    this.#all.add("", account.enabled, rows);
    this.#byDomain.add(domain, account.enabled, rows);
    const into = (table: Table<string>, keyOf: (told: Told) => string | undefined): void => {
      for (const [key, some] of groupedBy(rows, keyOf)) table.add(key, account.enabled, some);
    };
    into(this.#byReason, ({ exclusion }) => exclusion.by);
    into(this.#byOwner, ({ exclusion }) => exclusion.exception?.owner);
    into(this.#byPolicy, ({ exclusion: { policy } }) => {
      if (policy === undefined) return undefined;
      const key = JSON.stringify([policy.name, policy.ours, policy.state]);
      this.#policies.set(key, policy);
      return key;
    });
    for (const { exclusion } of rows)
      if (exclusion.overdue === true && exclusion.exception !== undefined)
        this.#ended.set(exclusion.exception, (this.#ended.get(exclusion.exception) ?? 0) + 1);
  }

  tables(): readonly SumTable[] {
    const plain = (title: string, column: string, table: Table<string>): SumTable => ({
      title,
      columns: [column, ...COUNTED],
      rows: table.sorted((key) => key).map(([key, tally]) => [key, ...numbers(tally)]),
    });
    const tables: readonly SumTable[] = [
      {
        title: "Overdue",
        columns: ["ended", "owner", "left out", "because", "accounts"],
        rows: [...this.#ended]
          .map(([{ until, owner, accounts, because }, count]) => [endOf(until), owner, accounts.join(", "), because, count] as const)
          .sort((a, b) => byText(a.slice(0, 4).join("\n"), b.slice(0, 4).join("\n"))),
      },
      { title: "All together", columns: [...COUNTED], rows: this.#all.sorted((key) => key).map(([, tally]) => numbers(tally)) },
      plain("By reason", "by", this.#byReason),
      plain("By owner", "owner", this.#byOwner),
      {
        title: "By policy",
        columns: ["policy", "ours", "state", ...COUNTED],
        rows: this.#byPolicy
          .sorted((key) => key)
          .flatMap(([key, tally]) => {
            const policy = this.#policies.get(key);
            return policy === undefined ? [] : [[policy.name, policy.ours ? "yes" : "no", policy.state, ...numbers(tally)]];
          }),
      },
      plain("By domain", "Domain", this.#byDomain),
    ];
    return tables.filter(({ rows }) => rows.length > 0);
  }
}

const endOf = (until: LocalDate | undefined): string => until ?? "";
