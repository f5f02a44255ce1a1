/** One cohort's words, compiled: whether they mean an account, and what of them met nobody. */

import type { IdIndex } from "./ids.ts";
import type { Remark } from "./observed.ts";
import { globMatches, splitAddress, takesWholeDomains } from "./plan/patterns.ts";
import type { Cohort, Condition, Exception, ListRow } from "./plan/plan.ts";
import type { Person } from "./tenant.ts";

/** Addresses that a remark names; how many there are stands in its text. */
const SAMPLE = 200;

/** What was found of an account in a cohort's words: the pattern or row is there so that what met nobody can be told. */
export type Match = { readonly matched: boolean; readonly leaves: boolean; readonly place: number; readonly wide: boolean };
const NO_MATCH: Match = { matched: false, leaves: false, place: -1, wide: false };
const EVERYBODY: Match = { matched: true, leaves: false, place: -1, wide: true };
export const MEMBER: Match = { matched: true, leaves: false, place: -1, wide: false };

/** One pattern inside a domain that it matches: what is left to compare is the part before the `@`. */
export type LocalGlob = { readonly glob: string; readonly match: Match };
/** All that one domain means to one cohort. */
export type DomainWords = {
  readonly locals: readonly LocalGlob[];
  readonly except: readonly LocalGlob[];
  readonly row: Match | undefined;
  readonly whole: Match | undefined;
};

export const NO_WORDS: DomainWords = { locals: [], except: [], row: undefined, whole: undefined };

export const localsOf = (patterns: readonly string[], domain: string): readonly LocalGlob[] =>
  patterns.flatMap((pattern, place) => {
    const split = splitAddress(pattern);
    return globMatches(split.domain, domain) ? [{ glob: split.local, match: { matched: true, leaves: false, place, wide: takesWholeDomains(pattern) } }] : [];
  });

export const findLocal = (globs: readonly LocalGlob[], local: string): Match | undefined => {
  for (const { glob, match } of globs) if (glob === "*" || globMatches(glob, local)) return match;
  return undefined;
};

/** All of the conditions; what the directory says nothing of meets none. */
const meetsAll = (conditions: readonly Condition[], { attributes }: Person): boolean =>
  conditions.every(({ attribute, patterns }) => {
    const value = attributes?.[attribute];
    return value !== undefined && patterns.some((pattern) => globMatches(pattern, value));
  });

/** What was seen of one cohort while everybody passed by. */
class Sightings {
  readonly #seen = new Set<number>();
  #count = 0;
  readonly accounts: string[] = [];

  mark(place: number): void {
    this.#seen.add(place);
  }
  has(place: number): boolean {
    return this.#seen.has(place);
  }
  account(address: string): void {
    this.#count += 1;
    if (this.accounts.length < SAMPLE) this.accounts.push(address);
  }
  get count(): number {
    return this.#count;
  }
}

export class CompiledCohort {
  readonly cohort: Cohort;
  /** Whether an address decides who is in, and not a group or nothing at all. */
  readonly goesByAddress: boolean;
  readonly #patterns: readonly string[];
  readonly #except: readonly string[];
  readonly #rows: readonly ListRow[];
  readonly #addresses = new Map<string, Match>();
  readonly #domains = new Map<string, Match>();
  readonly #group: IdIndex | undefined;
  readonly #wholeDomains: readonly string[];
  readonly #found = new Sightings();
  readonly #aliases = new Sightings();
  readonly #pupils = new Sightings();

  constructor(cohort: Cohort, group: IdIndex | undefined) {
    this.cohort = cohort;
    const { source } = cohort;
    this.goesByAddress = source.type === "accounts" || source.type === "file" || source.type === "domains";
    this.#wholeDomains = source.type === "domains" ? source.patterns : [];
    this.#patterns = source.type === "accounts" ? source.patterns : [];
    this.#except = cohort.except.flatMap((exception: Exception) => exception.accounts);
    this.#rows = source.type === "file" && source.list.type === "read" ? source.list.rows : [];
    this.#group = group;
    // Of two rows for one entry the later one holds: a list is written downwards.
    this.#rows.forEach(({ entry, leaves }, place) => {
      const wide = !entry.includes("@");
      (wide ? this.#domains : this.#addresses).set(entry, { matched: !leaves, leaves, place, wide });
    });
  }

  wordsFor(domain: string): DomainWords {
    const place = this.#wholeDomains.findIndex((pattern) => globMatches(pattern, domain));
    return {
      locals: localsOf(this.#patterns, domain),
      except: localsOf(this.#except, domain),
      row: this.#domains.get(domain),
      whole: place < 0 ? undefined : { matched: true, leaves: false, place, wide: true },
    };
  }

  /** @param isSummed for a sum, whether its parts make it hold the account. */
  match(person: Person, local: string, words: DomainWords, isSummed: boolean): Match {
    const { source } = this.cohort;
    switch (source.type) {
      case "all":
        return EVERYBODY;
      case "group":
        return this.#group?.has(person.id) === true ? MEMBER : NO_MATCH;
      case "dynamic":
        // A rule takes in whom it likes, pupils too.
        return this.#group?.has(person.id) === true ? EVERYBODY : NO_MATCH;
      case "where":
        return meetsAll(source.conditions, person) ? EVERYBODY : NO_MATCH;
      case "sum":
        return isSummed ? MEMBER : NO_MATCH;
      case "accounts":
      case "domains":
      case "file":
        return this.byAddress(person.address, local, words);
    }
  }

  /** An account's own row goes before that of its whole domain. */
  byAddress(address: string, local: string, words: DomainWords): Match {
    // A pattern may match any letters or none, but never an account that has no address.
    if (local === "") return NO_MATCH;
    return findLocal(words.locals, local) ?? this.#addresses.get(address) ?? words.row ?? words.whole ?? NO_MATCH;
  }

  isExcepted(local: string, words: DomainWords): boolean {
    return words.except.length > 0 && findLocal(words.except, local) !== undefined;
  }

  /** Everything that a match is noted for, whatever becomes of it. */
  note(match: Match, person: Person): void {
    if (match.place >= 0) this.#found.mark(match.place);
    // A single account may be a pupil's by the plan's own word; a domain, or everybody, takes pupils in unseen.
    if (person.pupil && match.matched && match.wide && this.cohort.pupils === undefined) this.#pupils.account(person.address);
  }

  /** The row met somebody after all, if not by the right address: one remark about it is enough. */
  noteAlias(match: Match, address: string): void {
    if (match.place >= 0) this.#found.mark(match.place);
    this.#aliases.account(address);
  }

  remarks(): readonly Remark[] {
    const { name, source } = this.cohort;
    const made: Remark[] = [];
    if (source.type === "file") {
      const lost = this.#rows.filter(
        (row, place) => !row.leaves && !this.#found.has(place) && (this.#addresses.get(row.entry) ?? this.#domains.get(row.entry))?.place === place,
      );
      const lines = lost.slice(0, 20).map((row) => row.line);
      const where = `${lost.length === 1 ? "line" : "lines"} ${lines.join(", ")}${lost.length > lines.length ? ", ..." : ""}`;
      if (lost.length > 0)
        made.push({
          cohort: name,
          type: "no-account",
          detail: `${source.file}, ${where}: no account of the tenant`,
          accounts: lost.slice(0, SAMPLE).map((row) => row.entry),
        });
    }
    const patterns = source.type === "domains" ? this.#wholeDomains : this.#patterns;
    const idle = patterns.filter((_, place) => !this.#found.has(place));
    // A pattern can be idle because an earlier one of the same cohort takes all that it matches.
    if (idle.length > 0 && idle.length === patterns.length)
      made.push({ cohort: name, type: "no-account", detail: `no account of the tenant matches ${idle.join(", ")}`, accounts: [] });
    if (source.type === "dynamic" && (this.#group === undefined || this.#group.size === 0))
      made.push({
        cohort: name,
        type: "rule-pending",
        detail: `the service has put nobody into its group${this.#group === undefined ? ", which is not there yet" : ""}: it works out by the rule who is in, which takes minutes to a day`,
        accounts: [],
      });
    if (this.#aliases.count > 0)
      made.push({
        cohort: name,
        type: "alias-only",
        detail:
          this.#aliases.count === 1
            ? "1 account matches by another of its addresses only, and is not in"
            : `${this.#aliases.count} accounts match by another of their addresses only, and are not in`,
        accounts: this.#aliases.accounts,
      });
    const pupils = this.#pupils.count === 1 ? "1 pupil" : `${this.#pupils.count} pupils`;
    if (this.#pupils.count > 0 && source.type === "dynamic")
      made.push({ cohort: name, type: "pupils-by-rule", detail: `${pupils} would be asked, since the rule takes them in`, accounts: this.#pupils.accounts });
    else if (this.#pupils.count > 0)
      made.push({
        cohort: name,
        type: "pupils-unsaid",
        detail: `${pupils} would be in, and the plan does not say whether they shall: pupils: in or pupils: out`,
        accounts: this.#pupils.accounts,
      });
    return made;
  }
}
