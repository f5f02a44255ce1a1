/**
 * Who is in which cohort: the plan's words, one account at a time. The shell owns the loop over a tenant's accounts; what
 * is compiled here answers for one of them in a microsecond or two.
 */

import type { IdIndex } from "./ids.ts";
import type { Remark } from "./observed.ts";
import { globMatches, splitAddress, takesWholeDomains } from "./plan/patterns.ts";
import type { Cohort, Exception, ListRow, Plan, Problem } from "./plan/plan.ts";
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

/** What was found of an account in a cohort's words: the pattern or row is there so that what met nobody can be told. */
type Match = { readonly matched: boolean; readonly leaves: boolean; readonly place: number; readonly wide: boolean };
const NO_MATCH: Match = { matched: false, leaves: false, place: -1, wide: false };
const EVERYBODY: Match = { matched: true, leaves: false, place: -1, wide: true };
const MEMBER: Match = { matched: true, leaves: false, place: -1, wide: false };

/** One pattern inside a domain that it matches: what is left to compare is the part before the `@`. */
type LocalGlob = { readonly glob: string; readonly match: Match };
/** All that one domain means to one cohort. */
type DomainWords = { readonly locals: readonly LocalGlob[]; readonly except: readonly LocalGlob[]; readonly row: Match | undefined };

const NO_WORDS: DomainWords = { locals: [], except: [], row: undefined };

const localsOf = (patterns: readonly string[], domain: string): readonly LocalGlob[] =>
  patterns.flatMap((pattern, place) => {
    const split = splitAddress(pattern);
    return globMatches(split.domain, domain) ? [{ glob: split.local, match: { matched: true, leaves: false, place, wide: takesWholeDomains(pattern) } }] : [];
  });

const findLocal = (globs: readonly LocalGlob[], local: string): Match | undefined => {
  for (const { glob, match } of globs) if (glob === "*" || globMatches(glob, local)) return match;
  return undefined;
};

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
  /** Whether an address decides who is in, and not a group or nothing at all. */
  readonly goesByAddress: boolean;
  readonly #patterns: readonly string[];
  readonly #except: readonly string[];
  readonly #rows: readonly ListRow[];
  readonly #addresses = new Map<string, Match>();
  readonly #domains = new Map<string, Match>();
  readonly #group: IdIndex | undefined;
  readonly #found = new Sightings();
  readonly #aliases = new Sightings();
  readonly #pupils = new Sightings();

  constructor(cohort: Cohort, group: IdIndex | undefined) {
    this.cohort = cohort;
    const { source } = cohort;
    this.goesByAddress = source.type === "accounts" || source.type === "file";
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
    return { locals: localsOf(this.#patterns, domain), except: localsOf(this.#except, domain), row: this.#domains.get(domain) };
  }

  match(person: Person, local: string, words: DomainWords): Match {
    const { type } = this.cohort.source;
    if (type === "all") return EVERYBODY;
    if (type === "group") return this.#group?.has(person.id) === true ? MEMBER : NO_MATCH;
    return this.byAddress(person.address, local, words);
  }

  /** An account's own row goes before that of its whole domain. */
  byAddress(address: string, local: string, words: DomainWords): Match {
    // A pattern may match any letters or none, but never an account that has no address.
    if (local === "") return NO_MATCH;
    return findLocal(words.locals, local) ?? this.#addresses.get(address) ?? words.row ?? NO_MATCH;
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
    const idle = this.#patterns.filter((_, place) => !this.#found.has(place));
    // A pattern can be idle because an earlier one of the same cohort takes all that it matches.
    if (idle.length > 0 && idle.length === this.#patterns.length)
      made.push({ cohort: name, type: "no-account", detail: `no account of the tenant matches ${idle.join(", ")}`, accounts: [] });
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
    if (this.#pupils.count > 0)
      made.push({
        cohort: name,
        type: "pupils-unsaid",
        detail: `${this.#pupils.count === 1 ? "1 pupil" : `${this.#pupils.count} pupils`} would be in, and the plan does not say whether they shall: pupils: in or pupils: out`,
        accounts: this.#pupils.accounts,
      });
    return made;
  }
}

/** Rows that cannot be read: the first says what is wrong with it, of the others the plan's own check tells. */
const rowRemarks = (cohort: string, file: string, remarks: readonly Problem[]): readonly Remark[] => {
  const [first, ...others] = remarks;
  if (first === undefined) return [];
  const more = others.length === 0 ? "" : `; ${others.length === 1 ? "1 more row is" : `${others.length} more rows are`} not understood (see check)`;
  return [{ cohort, type: "row-unreadable", detail: `${file}, line ${first.line}: ${first.message}${more}`, accounts: [] }];
};

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
    if (source.type === "file" && source.list.type === "read") early.push(...rowRemarks(name, source.file, source.list.remarks));
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

  const domains = new Map<string, readonly DomainWords[]>();
  /** What a domain means to each cohort, looked up once for all of them. */
  const wordsFor = (domain: string): readonly DomainWords[] => {
    const known = domains.get(domain);
    if (known !== undefined) return known;
    const words = compiled.map((one) => one.wordsFor(domain));
    if (domains.size >= MOST_DOMAINS) domains.clear();
    domains.set(domain, words);
    return words;
  };

  const standingOf = (one: CompiledCohort, person: Person, local: string, words: DomainWords, match: Match, nobodys: boolean): Standing => {
    const { cohort } = one;
    if (!match.matched || nobodys || (person.guest && cohort.guests === "out")) return "out";
    // The policy of an `all` cohort leaves guests and emergency accounts out itself; the others have to stand in its exclusion group.
    if (one.isExcepted(local, words) || (person.pupil && cohort.pupils !== "in")) return cohort.source.type === "all" ? "excepted" : "out";
    return "in";
  };

  const read = (person: Person): CohortReading => {
    const nobodys = isNobodys(person);
    const { local, domain } = splitAddress(person.address);
    const words = wordsFor(domain);
    const aliasOnly: string[] = [];
    const standings: Standing[] = [];
    for (const [place, one] of compiled.entries()) {
      const own = words[place] ?? NO_WORDS;
      const match = one.match(person, local, own);
      one.note(match, person);
      standings.push(standingOf(one, person, local, own, match, nobodys));
      if (!one.goesByAddress || match.matched || match.leaves || nobodys) continue;
      for (const alias of person.aliases) {
        const split = splitAddress(alias);
        const met = one.byAddress(alias, split.local, wordsFor(split.domain)[place] ?? NO_WORDS);
        if (!met.matched) continue;
        one.noteAlias(met, person.address);
        aliasOnly.push(one.cohort.name);
        break;
      }
    }
    return { flags: { enabled: person.enabled, guest: person.guest, pupil: person.pupil }, standings, aliasOnly };
  };

  const leavers = (cohort: string) => {
    const place = compiled.findIndex((candidate) => candidate.cohort.name === cohort);
    const one = compiled[place];
    if (one === undefined) throw new RangeError(`no cohort ${cohort}`);
    const grows = one.cohort.source.type === "file";
    return (person: Person): boolean => {
      const { local, domain } = splitAddress(person.address);
      const own = wordsFor(domain)[place] ?? NO_WORDS;
      const match = one.match(person, local, own);
      const stays = grows && !match.leaves ? MEMBER : match;
      return standingOf(one, person, local, own, stays, isNobodys(person)) !== "in";
    };
  };

  return { names: plan.cohorts.map((cohort) => cohort.name), unreadable, read, leavers, finish: () => [...early, ...compiled.flatMap((one) => one.remarks())] };
};
