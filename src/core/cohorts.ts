/**
 * Who is in which cohort: the plan's words, one account at a time. The shell owns the loop over a tenant's accounts; what
 * is compiled here answers for one of them in a microsecond or two.
 */

import type { IdIndex } from "./ids.ts";
import type { Remark } from "./observed.ts";
import { globMatches, splitAddress, takesWholeDomains } from "./plan/patterns.ts";
import type { Cohort, Exception, ListRow, Plan } from "./plan/plan.ts";
import type { PersonFlags, Standing } from "./roster.ts";
import { type Known, type Person, unknown } from "./tenant.ts";

/** Addresses that a remark names; how many there are stands in its text. */
const SAMPLE = 200;
/** A tenant has hundreds of domains; this only keeps a strange one from filling the memory. */
const MOST_DOMAINS = 20_000;

/** Accounts that no cohort holds, besides the emergency accounts by address and those that are nobody's. */
export type CohortContext = {
  /** The emergency accounts that were found, by id. */
  readonly emergencyIds?: IdIndex;
  /** Directory synchronisation accounts, unless the reader of accounts marked them as nobody's. */
  readonly syncIds?: IdIndex;
};

export type CohortReading = {
  readonly flags: PersonFlags;
  /** In the order of `names`. */
  readonly standings: readonly Standing[];
  /** Cohorts that another address of the account matches, while its user principal name does not: listed, not used. */
  readonly aliasOnly: readonly string[];
};

export type CohortReader = {
  /** The plan's cohorts, in its order. */
  readonly names: readonly string[];
  /** Cohorts whose group could not be read: who is in them is not known, and nothing may be changed on the ground of it. */
  readonly unreadable: readonly { readonly cohort: string; readonly because: string }[];
  readonly read: (person: Person) => CohortReading;
  /**
   * Whether an account that is in the cohort's group has to leave it. In a cohort by list, which only grows, that takes a
   * `leave` row, an exception, or an account that no cohort may hold; in the others it is enough not to be in.
   */
  readonly leavers: (cohort: string) => (person: Person) => boolean;
  /** Where the plan's words met the tenant, once everybody was read. */
  readonly finish: () => readonly Remark[];
};

/** One pattern inside a domain that it matches: what is left to compare is the part before the `@`. */
type LocalGlob = { readonly glob: string; readonly pattern: number };
type Row = { readonly leaves: boolean; readonly place: number };
/** All that one domain means to one cohort. */
type DomainWords = { readonly locals: readonly LocalGlob[]; readonly except: readonly LocalGlob[]; readonly row: Row | undefined };

type Match = { readonly matched: boolean; readonly leaves: boolean; readonly pattern?: number; readonly row?: Row };
const NO_MATCH: Match = { matched: false, leaves: false };
const EVERYBODY: Match = { matched: true, leaves: false };

const localsOf = (patterns: readonly string[], domain: string): readonly LocalGlob[] =>
  patterns.flatMap((pattern, place) => {
    const split = splitAddress(pattern);
    return globMatches(split.domain, domain) ? [{ glob: split.local, pattern: place }] : [];
  });

const findLocal = (globs: readonly LocalGlob[], local: string): LocalGlob | undefined => globs.find(({ glob }) => glob === "*" || globMatches(glob, local));

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

class CompiledCohort {
  readonly cohort: Cohort;
  readonly #patterns: readonly string[];
  readonly #except: readonly string[];
  readonly #rows: readonly ListRow[];
  readonly #addresses = new Map<string, Row>();
  readonly #domains = new Map<string, Row>();
  readonly #group: IdIndex | undefined;
  readonly #domainWords = new Map<string, DomainWords>();
  readonly #found = new Sightings();
  readonly #aliases = new Sightings();
  readonly #pupils = new Sightings();

  constructor(cohort: Cohort, group: IdIndex | undefined) {
    this.cohort = cohort;
    const { source } = cohort;
    this.#patterns = source.type === "accounts" ? source.patterns : [];
    this.#except = cohort.except.flatMap((exception: Exception) => exception.accounts);
    this.#rows = source.type === "file" && source.list.type === "read" ? source.list.rows : [];
    this.#group = group;
    // Of two rows for one entry the later one holds: a list is written downwards.
    this.#rows.forEach(({ entry, leaves }, place) => {
      (entry.includes("@") ? this.#addresses : this.#domains).set(entry, { leaves, place });
    });
  }

  #wordsFor(domain: string): DomainWords {
    const known = this.#domainWords.get(domain);
    if (known !== undefined) return known;
    const words = { locals: localsOf(this.#patterns, domain), except: localsOf(this.#except, domain), row: this.#domains.get(domain) };
    if (this.#domainWords.size >= MOST_DOMAINS) this.#domainWords.clear();
    this.#domainWords.set(domain, words);
    return words;
  }

  /** By one address. An account's own row goes before that of its whole domain. */
  #byAddress(address: string): Match {
    const { type } = this.cohort.source;
    if (type !== "accounts" && type !== "file") return NO_MATCH;
    const { local, domain } = splitAddress(address);
    const words = this.#wordsFor(domain);
    if (type === "accounts") {
      const found = findLocal(words.locals, local);
      return found === undefined ? NO_MATCH : { matched: true, leaves: false, pattern: found.pattern };
    }
    const row = this.#addresses.get(address) ?? words.row;
    return row === undefined ? NO_MATCH : { matched: !row.leaves, leaves: row.leaves, row };
  }

  match(person: Person): Match {
    const { type } = this.cohort.source;
    if (type === "all") return EVERYBODY;
    if (type === "group") return this.#group?.has(person.id) === true ? EVERYBODY : NO_MATCH;
    return this.#byAddress(person.address);
  }

  isExcepted(address: string): boolean {
    if (this.#except.length === 0) return false;
    const { local, domain } = splitAddress(address);
    return findLocal(this.#wordsFor(domain).except, local) !== undefined;
  }

  /** Whether another address of the account would be in. */
  matchesAlias(person: Person): boolean {
    return person.aliases.some((alias) => {
      const match = this.#byAddress(alias);
      // The row met somebody after all, if not by the right address: one remark about it is enough.
      if (match.row !== undefined) this.#found.mark(match.row.place);
      return match.matched;
    });
  }

  /** Everything that a match is noted for, whatever becomes of it. */
  note(match: Match, person: Person): void {
    if (match.row !== undefined) this.#found.mark(match.row.place);
    if (match.pattern !== undefined) this.#found.mark(match.pattern);
    // A single account may be a pupil's by the plan's own word; a domain, or everybody, takes pupils in unseen.
    if (person.pupil && match.matched && this.cohort.pupils === undefined && this.#isWide(match)) this.#pupils.account(person.address);
  }

  noteAlias(address: string): void {
    this.#aliases.account(address);
  }

  #isWide(match: Match): boolean {
    if (match.row !== undefined) return this.#rows[match.row.place]?.entry.includes("@") === false;
    if (match.pattern !== undefined) return takesWholeDomains(this.#patterns[match.pattern] ?? "");
    return this.cohort.source.type === "all";
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
    const idle = this.#patterns.filter((_, place) => !this.#found.has(place));
    // A pattern can be idle because an earlier one of the same cohort takes all that it matches.
    if (idle.length > 0 && idle.length === this.#patterns.length)
      made.push({ cohort: name, type: "no-account", detail: `no account of the tenant matches ${idle.join(", ")}`, accounts: [] });
    if (this.#aliases.count > 0)
      made.push({
        cohort: name,
        type: "alias-only",
        detail: `${this.#aliases.count} match by another of their addresses only, and are not in`,
        accounts: this.#aliases.accounts,
      });
    if (this.#pupils.count > 0)
      made.push({
        cohort: name,
        type: "pupils-unsaid",
        detail: `${this.#pupils.count} pupils would be in, and the plan does not say whether they shall: pupils: in or pupils: out`,
        accounts: this.#pupils.accounts,
      });
    return made;
  }
}

/**
 * Compiles the plan's cohorts.
 *
 * @param groups the members, nested ones too, of each group that a cohort names, by the group's name in lower case
 */
export const cohortReader = (plan: Plan, groups: ReadonlyMap<string, Known<IdIndex>>, context: CohortContext = {}): CohortReader => {
  const emergency = new Set(plan.emergencyAccounts);
  const unreadable: { readonly cohort: string; readonly because: string }[] = [];
  const early: Remark[] = [];

  const groupOf = ({ name, source }: Cohort): IdIndex | undefined => {
    if (source.type === "file" && source.list.type === "unusable")
      early.push({ cohort: name, type: "list-unusable", detail: `${source.file}: ${source.list.because}; nobody joins or leaves by it`, accounts: [] });
    if (source.type !== "group") return undefined;
    const members = groups.get(source.group.toLowerCase()) ?? groups.get(source.group) ?? unknown(`the group "${source.group}" was not read`);
    if (members.type === "unknown") {
      unreadable.push({ cohort: name, because: members.because });
      early.push({ cohort: name, type: "no-group", detail: `the group "${source.group}" cannot be read: ${members.because}`, accounts: [] });
    }
    if (members.type === "absent") early.push({ cohort: name, type: "no-group", detail: `the tenant has no group "${source.group}"`, accounts: [] });
    return members.type === "present" ? members.value : undefined;
  };
  const compiled = plan.cohorts.map((cohort) => new CompiledCohort(cohort, groupOf(cohort)));

  /** Accounts that no cohort holds, whatever it says. */
  const isNobodys = (person: Person): boolean =>
    person.nobody || emergency.has(person.address) || context.emergencyIds?.has(person.id) === true || context.syncIds?.has(person.id) === true;

  const standingOf = (one: CompiledCohort, person: Person, match: Match, nobodys: boolean): Standing => {
    const { cohort } = one;
    // The policy of an `all` cohort leaves guests and emergency accounts out itself; the others have to stand in its exclusion group.
    const left: Standing = cohort.source.type === "all" ? "excepted" : "out";
    if (!match.matched || nobodys || (person.guest && cohort.guests === "out")) return "out";
    if (one.isExcepted(person.address) || (person.pupil && cohort.pupils !== "in")) return left;
    return "in";
  };

  const read = (person: Person): CohortReading => {
    const nobodys = isNobodys(person);
    const aliasOnly: string[] = [];
    const standings = compiled.map((one) => {
      const match = one.match(person);
      one.note(match, person);
      if (!match.matched && !match.leaves && !nobodys && person.aliases.length > 0 && one.matchesAlias(person)) {
        one.noteAlias(person.address);
        aliasOnly.push(one.cohort.name);
      }
      return standingOf(one, person, match, nobodys);
    });
    return { flags: { enabled: person.enabled, guest: person.guest, pupil: person.pupil }, standings, aliasOnly };
  };

  const leavers = (cohort: string) => {
    const one = compiled.find((candidate) => candidate.cohort.name === cohort);
    if (one === undefined) throw new RangeError(`no cohort ${cohort}`);
    const grows = one.cohort.source.type === "file";
    return (person: Person): boolean => {
      const match = one.match(person);
      const stays = grows && !match.leaves ? EVERYBODY : match;
      return standingOf(one, person, stays, isNobodys(person)) !== "in";
    };
  };

  return { names: plan.cohorts.map((cohort) => cohort.name), unreadable, read, leavers, finish: () => [...early, ...compiled.flatMap((one) => one.remarks())] };
};
