/**
 * Why an account stands outside a plan's cohorts, in the plan's own words. Whether it does, `core/cohorts.ts` says; here is told which
 * of the plan's words did it. A cohort means an account when it would hold it but for them.
 */

import { type CohortContext, cohortReader } from "../cohorts.ts";
import type { IdIndex } from "../ids.ts";
import { patternMatches, splitAddress } from "../plan/patterns.ts";
import type { Cohort, CohortSource, Exception, ListRow, Phase, Plan } from "../plan/plan.ts";
import type { Known, Person } from "../tenant.ts";

export type Reason =
  /** An `except` entry of a cohort, and which of its patterns matched. */
  | { readonly type: "exception"; readonly exception: Exception; readonly pattern: string }
  | { readonly type: "emergency account" | "directory synchronisation" | "agent" | "pupil" | "guest" }
  | { readonly type: "service account"; readonly pattern: string }
  /** A row of a cohort's list says that it leaves, or that its whole domain does. */
  | { readonly type: "leave row"; readonly file: string; readonly row: ListRow }
  /** It is in a cohort that a sum leaves out. */
  | { readonly type: "left out of a sum"; readonly without: string }
  /** Who is in could not be read, so that nobody can say whether this account is. */
  | { readonly type: "not read"; readonly because: string }
  /** Nobody said anything of it: no word of any cohort means it. */
  | { readonly type: "not named" };

export type Outside = {
  /** Those of the cohorts that were asked about which hold the account, in the plan's order. */
  readonly held: readonly string[];
  /** Each once, with the cohorts that it keeps the account out of; none where it holds whatever a cohort says. */
  readonly reasons: readonly { readonly reason: Reason; readonly cohorts: readonly string[] }[];
};

/** The cohorts whose people a phase asks for MFA, or keeps from old programs or from registering; what it asks of nobody, such as a campaign, is not among it. */
export const cohortsAsked = ({ requireMfa, blockLegacy, protectRegistration }: Phase): readonly string[] => [
  ...new Set([requireMfa?.for, blockLegacy?.for, protectRegistration?.for].flatMap((name) => name ?? [])),
];

const bareSource = (source: CohortSource): CohortSource => {
  if (source.type === "sum") return { ...source, without: [] };
  if (source.type !== "file" || source.list.type !== "read") return source;
  return { ...source, list: { ...source.list, rows: source.list.rows.map((row) => ({ ...row, leaves: false })) } };
};

/** The plan without a word that keeps anybody out: whom its cohorts hold then, they mean. */
const bareOf = (plan: Plan): Plan => ({
  ...plan,
  emergencyAccounts: [],
  serviceAccounts: [],
  cohorts: plan.cohorts.map((cohort) => ({
    ...cohort,
    source: bareSource(cohort.source),
    except: [],
    pupils: "in",
    guests: "in",
    serviceAccounts: "in",
  })),
});

type Listed = { readonly file: string; readonly rows: ReadonlyMap<string, ListRow> };

/** Of two rows for one entry the later one holds. */
const listedIn = ({ source }: Cohort): Listed | undefined =>
  source.type === "file" && source.list.type === "read" ? { file: source.file, rows: new Map(source.list.rows.map((row) => [row.entry, row])) } : undefined;

/** An account's own row goes before that of its whole domain. */
const leaveRow = (listed: Listed | undefined, address: string): Reason | undefined => {
  const row = listed?.rows.get(address) ?? listed?.rows.get(splitAddress(address).domain);
  return listed === undefined || row === undefined || !row.leaves ? undefined : { type: "leave row", file: listed.file, row };
};

const whyUnread = ({ name, source }: Cohort, unreadable: ReadonlyMap<string, string>, dynamic: CohortContext["dynamic"]): string | undefined => {
  const because = unreadable.get(name);
  if (because !== undefined) return because;
  if (source.type === "file" && source.list.type === "unusable") return `${source.file}: ${source.list.because}`;
  return source.type === "dynamic" && dynamic?.get(name)?.type === "absent" ? "the group that finds its members by a rule is not there yet" : undefined;
};

const sameReason = (a: Reason, b: Reason): boolean => {
  if (a.type === "exception") return b.type === "exception" && a.exception === b.exception;
  if (a.type === "leave row") return b.type === "leave row" && a.row === b.row;
  if (a.type === "left out of a sum") return b.type === "left out of a sum" && a.without === b.without;
  if (a.type === "not read") return b.type === "not read" && a.because === b.because;
  return a.type === b.type;
};

/**
 * Compiles the plan's words, from the same that `cohortReader` takes.
 *
 * @param asked about which cohorts; a cohort that only a sum names is asked about by the sum
 * @param context `syncIds` also tells which of those that are nobody's synchronise the directory; the others are agents
 */
export const whyOutReader = (
  plan: Plan,
  groups: ReadonlyMap<string, Known<IdIndex>>,
  context: CohortContext,
  asked: readonly string[],
): ((person: Person) => Outside) => {
  const real = cohortReader(plan, groups, context);
  const bare = cohortReader(bareOf(plan), groups, context.dynamic === undefined ? {} : { dynamic: context.dynamic });
  const emergency = new Set(plan.emergencyAccounts);
  const unreadable = new Map(real.unreadable.map(({ cohort, because }) => [cohort, because]));
  const lists = plan.cohorts.map(listedIn);
  const unread = plan.cohorts.map((cohort) => whyUnread(cohort, unreadable, context.dynamic));
  const placeOf = new Map(plan.cohorts.map(({ name }, place) => [name, place]));
  const places = plan.cohorts.flatMap(({ name }, place) => (asked.includes(name) ? [place] : []));

  /** No cohort holds these, whatever it says. */
  const nobodys = (person: Person): readonly Reason[] => {
    const isEmergency = emergency.has(person.address) || context.emergencyIds?.has(person.id) === true;
    const own: readonly Reason[] =
      context.syncIds?.has(person.id) === true ? [{ type: "directory synchronisation" }] : person.nobody ? [{ type: "agent" }] : [];
    return isEmergency ? [{ type: "emergency account" }, ...own] : own;
  };

  return (person) => {
    // A plan that asks no cohort for anything keeps nobody out.
    if (places.length === 0) return { held: [], reasons: [] };
    const standings = real.read(person).standings;
    const isIn = (place: number): boolean => standings[place] === "in";
    const held = places.filter(isIn).map((place) => real.names[place] ?? "");
    const beyond = nobodys(person);
    if (held.length === places.length && beyond.length === 0) return { held, reasons: [] };
    const meant = bare.read(person.nobody ? { ...person, nobody: false } : person).standings;
    const service = plan.serviceAccounts.find((pattern) => patternMatches(pattern, person.address));

    /** Nothing for a cohort that holds it, or does not mean it. */
    const reasonsFor = (place: number): readonly Reason[] => {
      const cohort = plan.cohorts[place];
      if (cohort === undefined || isIn(place)) return [];
      const because = unread[place];
      if (because !== undefined) return [{ type: "not read", because }];
      const { source, except, guests, pupils = source.type === "sum" ? "in" : "out", serviceAccounts } = cohort;
      if (source.type === "sum" && meant[place] !== "in") return source.of.flatMap((part) => reasonsFor(placeOf.get(part) ?? -1));
      if (meant[place] !== "in") return [];
      // Who is in by a rule is in, whatever else the plan says, but for those whom no cohort holds.
      if (source.type === "dynamic") return beyond;
      const leaves = leaveRow(lists[place], person.address);
      const own: readonly Reason[] = [
        ...beyond,
        ...except.flatMap((exception): readonly Reason[] => {
          const pattern = exception.accounts.find((each) => patternMatches(each, person.address));
          return pattern === undefined ? [] : [{ type: "exception", exception, pattern }];
        }),
        ...(leaves === undefined ? [] : [leaves]),
        ...(person.guest && guests === "out" ? [{ type: "guest" } as const] : []),
        ...(person.pupil && pupils === "out" ? [{ type: "pupil" } as const] : []),
        ...(service !== undefined && serviceAccounts === "out" ? [{ type: "service account", pattern: service } as const] : []),
      ];
      if (source.type !== "sum") return own;
      const isPartIn = (name: string): boolean => isIn(placeOf.get(name) ?? -1);
      return [
        ...own,
        ...source.without.filter(isPartIn).map((without): Reason => ({ type: "left out of a sum", without })),
        ...(source.of.some(isPartIn) ? [] : source.of.flatMap((part) => reasonsFor(placeOf.get(part) ?? -1))),
      ];
    };

    const found: { readonly reason: Reason; readonly cohorts: string[] }[] = beyond.map((reason) => ({ reason, cohorts: [] }));
    for (const place of places) {
      for (const reason of reasonsFor(place)) {
        // Of an account that is asked elsewhere nothing is told that nobody knows.
        if (reason.type === "not read" && held.length > 0) continue;
        const same = found.find((each) => sameReason(each.reason, reason));
        const cohort = real.names[place] ?? "";
        if (same === undefined) found.push({ reason, cohorts: [cohort] });
        else if (!same.cohorts.includes(cohort)) same.cohorts.push(cohort);
      }
    }
    if (found.length === 0 && held.length === 0) return { held, reasons: [{ reason: { type: "not named" }, cohorts: [] }] };
    return { held, reasons: found };
  };
};
