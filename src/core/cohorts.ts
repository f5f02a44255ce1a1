/**
 * Who is in which cohort: the plan's words, one account at a time. The shell owns the loop over a tenant's accounts; what
 * is compiled here answers for one of them in a microsecond or two.
 */

import { CompiledCohort, type DomainWords, findLocal, type LocalGlob, localsOf, type Match, MEMBER, NO_WORDS } from "./compiled-cohort.ts";
import type { IdIndex } from "./ids.ts";
import type { Remark } from "./observed.ts";
import { splitAddress } from "./plan/patterns.ts";
import { type AttributeWord, type Cohort, cohortsOf, isListOnly, type Phase, type Plan, type Problem } from "./plan/plan.ts";
import type { PersonFlags, Standing } from "./roster.ts";
import { type Known, type Person, unknown } from "./tenant.ts";

/** A tenant has hundreds of domains; this only keeps a strange one from filling the memory. */
const MOST_DOMAINS = 20_000;

/** Accounts that no cohort holds, besides the emergency accounts by address and those that are nobody's. */
export type CohortContext = {
  /** The emergency accounts that were found, by id. */
  readonly emergencyIds?: IdIndex;
  /** Directory synchronisation accounts, unless the reader of accounts marked them as nobody's. */
  readonly syncIds?: IdIndex;
  /** Members of the plan's own groups that find their members by a rule, by the cohort's name; absent: the group is not there yet. */
  readonly dynamic?: ReadonlyMap<string, Known<IdIndex>>;
};

export type CohortReading = {
  readonly flags: PersonFlags;
  /** In the order of `names`. */
  readonly standings: readonly Standing[];
  /** Cohorts that another address of the account matches, while its user principal name does not: listed, not used. */
  readonly aliasOnly: readonly string[];
};

export type CohortReader = {
  /** The plan's cohorts, in its order, and `EVERYBODY` where a phase is about everybody. */
  readonly names: readonly string[];
  /** Cohorts whose group could not be read: who is in them is not known, and nothing may be changed on the ground of it. */
  readonly unreadable: readonly { readonly cohort: string; readonly because: string }[];
  readonly read: (person: Person) => CohortReading;
  /**
   * Whether an account that is in the cohort's group has to leave it. In a cohort by list, which only grows, that takes a
   * `leave` row, an exception, or an account that no cohort may hold; in the others it is enough not to be in. In a sum
   * with such a part: one of these, or being in what the sum leaves out.
   *
   * @param standing of the account to another cohort, which a sum asks for.
   */
  readonly leavers: (cohort: string, standing?: (person: Person, cohort: string) => Standing) => (person: Person) => boolean;
  /** Where the plan's words met the tenant, once everybody was read. */
  readonly finish: () => readonly Remark[];
};

/** Whoever can be asked for anything, whatever cohorts the plan names: counted where a phase is about everybody. */
export const EVERYBODY = "*everybody";

/** A phase that waits for people to be ready. */
export const isGated = ({ ready, external }: Phase): boolean => ready !== undefined || external?.gate === "ready";

/** Whose readiness a phase is about, by cohort; nobody's where it is about accounts that nobody uses. */
export const peopleOf = (phase: Phase): readonly string[] => {
  const { external, campaign } = phase;
  const isForAll =
    phase.securityDefaults !== undefined ||
    phase.allowMethods !== undefined ||
    (external !== undefined && external.for === undefined) ||
    (campaign?.state === "on" && campaign.for === undefined);
  const names = cohortsOf(phase);
  if (isListOnly(phase)) return [];
  return isForAll || names.length === 0 ? [EVERYBODY] : names;
};

/** What the plan's cohorts ask of the directory besides addresses: each once, sorted. */
export const attributesUsed = (plan: Plan): readonly AttributeWord[] =>
  [...new Set(plan.cohorts.flatMap(({ source }) => (source.type === "where" ? source.conditions.map(({ attribute }) => attribute) : [])))].sort();

/** The cohort and all that its sum, and the sums in it, are made of. */
export const partsOf = (plan: Plan, name: string): ReadonlySet<string> => {
  const found = new Set([name]);
  for (const each of found) {
    const source = plan.cohorts.find((cohort) => cohort.name === each)?.source;
    for (const part of source?.type === "sum" ? [...source.of, ...source.without] : []) found.add(part);
  }
  return found;
};

/** Whom a list has put in stays in until a row says otherwise, also in the sums of which it is a part. */
export const isGrowing = (plan: Plan, { source }: Cohort): boolean => {
  if (source.type !== "sum") return source.type === "file";
  return source.of.some((name) => [...partsOf(plan, name)].some((part) => plan.cohorts.find((cohort) => cohort.name === part)?.source.type === "file"));
};

const everybody = (plan: Plan): Cohort => ({
  name: EVERYBODY,
  slug: "",
  source: { type: "all" },
  except: [],
  pupils: "out",
  guests: "out",
  serviceAccounts: "out",
  place: { file: plan.file, line: 1, column: 1 },
});

/** The cohorts whose people are counted, with one for everybody where a phase is about them. */
const countedCohorts = (plan: Plan): readonly Cohort[] =>
  plan.phases.some((phase) => peopleOf(phase).includes(EVERYBODY)) ? [...plan.cohorts, everybody(plan)] : plan.cohorts;

/** Places in an order in which parts come before their sums. @throws Error for a circle, which no plan has that passed its loader. */
const partsFirst = (cohorts: readonly Cohort[]): readonly number[] => {
  const places = new Map(cohorts.map(({ name }, place) => [name, place]));
  const order: number[] = [];
  const open = new Set<number>();
  const visit = (place: number): void => {
    if (order.includes(place)) return;
    if (open.has(place)) throw new Error(`the cohort ${cohorts[place]?.name ?? ""} is a sum of itself`);
    open.add(place);
    const source = cohorts[place]?.source;
    for (const part of source?.type === "sum" ? [...source.of, ...source.without] : []) {
      const at = places.get(part);
      if (at === undefined) throw new Error(`the plan names no cohort ${part}`);
      visit(at);
    }
    order.push(place);
  };
  for (const place of cohorts.keys()) visit(place);
  return order;
};

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
    if (source.type === "dynamic") {
      const members = context.dynamic?.get(name) ?? unknown("its members were not read");
      if (members.type === "unknown") {
        unreadable.push({ cohort: name, because: members.because });
        early.push({ cohort: name, type: "no-group", detail: `who is in by the rule cannot be read: ${members.because}`, accounts: [] });
      }
      return members.type === "present" ? members.value : undefined;
    }
    if (source.type !== "group") return undefined;
    const members = groups.get(source.group.toLowerCase()) ?? groups.get(source.group) ?? unknown(`the group "${source.group}" was not read`);
    if (members.type === "unknown") {
      unreadable.push({ cohort: name, because: members.because });
      early.push({ cohort: name, type: "no-group", detail: `the group "${source.group}" cannot be read: ${members.because}`, accounts: [] });
    }
    if (members.type === "absent") early.push({ cohort: name, type: "no-group", detail: `the tenant has no group "${source.group}"`, accounts: [] });
    return members.type === "present" ? members.value : undefined;
  };
  const compiled = countedCohorts(plan).map((cohort) => new CompiledCohort(cohort, groupOf(cohort)));
  const order = partsFirst(compiled.map(({ cohort }) => cohort));
  const placeOf = new Map(compiled.map(({ cohort }, place) => [cohort.name, place]));

  /** Accounts that no cohort holds, whatever it says. */
  const isNobodys = (person: Person): boolean =>
    person.nobody || emergency.has(person.address) || context.emergencyIds?.has(person.id) === true || context.syncIds?.has(person.id) === true;

  const services = new Map<string, readonly LocalGlob[]>();
  /** Accounts of programs and printers, by the plan's own patterns. */
  const isService = (local: string, domain: string): boolean => {
    if (plan.serviceAccounts.length === 0) return false;
    const known = services.get(domain) ?? localsOf(plan.serviceAccounts, domain);
    if (services.size >= MOST_DOMAINS) services.clear();
    services.set(domain, known);
    return findLocal(known, local) !== undefined;
  };

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

  /** An account and what goes for it in every cohort. */
  type Seen = { readonly person: Person; readonly local: string; readonly nobodys: boolean; readonly service: boolean };
  const seen = (person: Person): Seen & { readonly domain: string } => {
    const { local, domain } = splitAddress(person.address);
    return { person, local, domain, nobodys: isNobodys(person), service: isService(local, domain) };
  };

  const standingOf = (one: CompiledCohort, { person, local, nobodys, service }: Seen, words: DomainWords, match: Match): Standing => {
    const { cohort } = one;
    const { type } = cohort.source;
    if (!match.matched || nobodys) return "out";
    // Who is in by a rule is in, whatever else the plan says: the service keeps the group.
    if (type === "dynamic") return "in";
    if (person.guest && cohort.guests === "out") return "out";
    // What the plan does not say of a sum, its parts say.
    const pupils = cohort.pupils ?? (type === "sum" ? "in" : "out");
    const isOut = one.isExcepted(local, words) || (person.pupil && pupils === "out") || (service && cohort.serviceAccounts === "out");
    // The policy of an `all` cohort leaves guests and emergency accounts out itself; the others have to stand in its exclusion group.
    return !isOut ? "in" : type === "all" ? "excepted" : "out";
  };

  const isSummed = ({ cohort: { source } }: CompiledCohort, standing: (cohort: string) => Standing): boolean =>
    source.type === "sum" && source.of.some((name) => standing(name) === "in") && !source.without.some((name) => standing(name) === "in");

  const read = (person: Person): CohortReading => {
    const account = seen(person);
    const words = wordsFor(account.domain);
    const aliasOnly: string[] = [];
    const standings: Standing[] = compiled.map(() => "out");
    const standing = (name: string): Standing => standings[placeOf.get(name) ?? -1] ?? "out";
    for (const place of order) {
      const one = compiled[place];
      if (one === undefined) continue;
      const own = words[place] ?? NO_WORDS;
      const match = one.match(person, account.local, own, isSummed(one, standing));
      one.note(match, person);
      standings[place] = standingOf(one, account, own, match);
      if (!one.goesByAddress || match.matched || match.leaves || account.nobodys) continue;
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

  const leavers: CohortReader["leavers"] = (cohort, standing = () => "out") => {
    const place = placeOf.get(cohort) ?? -1;
    const one = compiled[place];
    if (one === undefined) throw new RangeError(`no cohort ${cohort}`);
    const { source } = one.cohort;
    const grows = isGrowing(plan, one.cohort);
    const parts =
      source.type === "sum" ? source.of.flatMap((name) => (isGrowing(plan, compiled[placeOf.get(name) ?? -1]?.cohort ?? one.cohort) ? [name] : [])) : [];
    const leavesPart = parts.map((name) => leavers(name, standing));
    return (person) => {
      const isIn = (name: string): boolean => standing(person, name) === "in";
      const account = seen(person);
      const own = wordsFor(account.domain)[place] ?? NO_WORDS;
      if (source.type === "sum" && grows) {
        if (standingOf(one, account, own, MEMBER) !== "in" || source.without.some(isIn)) return true;
        return !source.of.some(isIn) && leavesPart.every((leaves) => leaves(person));
      }
      const match = one.match(
        person,
        account.local,
        own,
        isSummed(one, (name) => standing(person, name)),
      );
      const stays = grows && !match.leaves ? MEMBER : match;
      return standingOf(one, account, own, stays) !== "in";
    };
  };

  return {
    names: compiled.map(({ cohort }) => cohort.name),
    unreadable,
    read,
    leavers,
    finish: () => [...early, ...compiled.flatMap((one) => one.remarks())],
  };
};
