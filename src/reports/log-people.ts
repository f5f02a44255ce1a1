/** Who the accounts in the log are: the directory, the plan's cohorts and phases, who can do MFA. Packed, since the log is read against it. */

import { attributesUsed, type CohortReader, type CohortReading, EVERYBODY, peopleOf } from "../core/cohorts.ts";
import { IdIndex } from "../core/ids.ts";
import type { Phase, Plan } from "../core/plan/plan.ts";
import { domainOf } from "../core/reports/log-row.ts";
import type { Filter, Gap } from "../core/reports/shape.ts";
import { Roster } from "../core/roster.ts";
import { DIRECTORY_SYNCHRONIZATION_ACCOUNTS, type Instant, type Known, type Licence, type ObjectId, type Person } from "../core/tenant.ts";
import { readPeople, readRegistration } from "../graph/people.ts";
import { holdersOf } from "../graph/surroundings.ts";
import { LICENCE_TRIES, whileSaidUnlicensed } from "../read-people.ts";
import { knownAs, plannedOf } from "./ground.ts";
import type { ReportAsk } from "./report.ts";

export type PhaseOf = { readonly id: string; readonly starts: Instant };

export type LogPeople = {
  /** Undefined: the accounts could not be read. */
  readonly roster: Roster | undefined;
  /** The first phase that asks the account for MFA. */
  readonly phaseOf: (id: ObjectId) => PhaseOf | "unknown" | undefined;
  /** Whom the filter means; undefined: everybody. `unknown` when that cannot be said. */
  readonly wanted: ((id: ObjectId, upn: string | undefined) => boolean) | undefined | "unknown";
  readonly gaps: readonly Gap[];
};

export const isLicensed = (licence: Known<Licence>): boolean => licence.type === "present" && (licence.value.p1 || licence.value.p2);

/** Phases that ask for MFA, by whatever mechanism, in order. */
const asking = (plan: Plan): readonly { readonly phase: Phase; readonly cohorts: readonly string[] }[] =>
  plan.phases
    .filter(({ requireMfa, securityDefaults }) => requireMfa !== undefined || securityDefaults !== undefined)
    .map((phase) => ({ phase, cohorts: phase.securityDefaults !== undefined || phase.requireMfa === undefined ? [EVERYBODY] : [phase.requireMfa.for] }))
    .sort((a, b) => a.phase.starts.instant - b.phase.starts.instant);

const isIn = (roster: Roster, id: ObjectId, cohorts: readonly string[]): boolean =>
  cohorts.some((name) => roster.knows(name) && roster.standing(id, name) === "in");

/** Cohorts that the filter names; undefined: it names none. @param named whom the plan's phases are about, where nothing else is said */
const cohortsMeant = (plan: Plan | undefined, { phase, cohort, all }: Filter, named: boolean): readonly string[] | undefined => {
  if (plan === undefined) return undefined;
  if (cohort !== undefined) return [cohort];
  if (phase !== undefined) return plan.phases.filter(({ id }) => id === phase).flatMap(peopleOf);
  return named && !all ? [...new Set(plan.phases.flatMap(peopleOf))] : undefined;
};

type Read = { readonly roster: Roster; readonly unsure: ReadonlySet<string> };

export type PeopleWish = {
  /** Who can do MFA. */
  readonly registration: boolean;
  /** Without a filter, those whom the plan's phases are about, and not everybody. */
  readonly named: boolean;
  readonly licence: Known<Licence>;
};

export const logPeopleOf = async (ask: ReportAsk, { registration, named, licence }: PeopleWish): Promise<LogPeople> => {
  const { client, filter, progress } = ask;
  const gaps: Gap[] = [];
  const nobodies = await knownAs(gaps, "which accounts synchronise the directory", () => holdersOf(client, DIRECTORY_SYNCHRONIZATION_ACCOUNTS));
  const planned = await plannedOf(ask, [], gaps);
  const plan = planned?.plan;
  const students = new Set(licence.type === "present" ? licence.value.studentSkus : []);

  const begin = () => {
    const reader: Reader = planned?.cohorts() ?? NO_COHORTS;
    const roster = new Roster(reader.names);
    return {
      read: (person: Person): void => {
        const { flags, standings } = reader.read(person);
        roster.add(person.id, person.address, flags, standings);
      },
      finish: (): Read => ({ roster, unsure: new Set(reader.unreadable.map(({ cohort }) => cohort)) }),
    };
  };
  const people = await knownAs(gaps, "accounts of the directory, and who is in which cohort", () =>
    readPeople(
      client,
      students,
      nobodies.type === "present" ? nobodies.value : new IdIndex(),
      { attributes: plan === undefined ? [] : attributesUsed(plan) },
      begin,
      (done) => progress("accounts", done),
    ),
  );
  const read = people.type === "present" ? people.value : undefined;
  if (registration && read !== undefined) await registrationInto(ask, read.roster, isLicensed(licence), gaps);

  // Who is a pupil, and which account is nobody's, decides who is in a cohort at all.
  const isSure = licence.type === "present" && nobodies.type === "present";
  const phases = plan === undefined ? [] : asking(plan);
  const meant = cohortsMeant(plan, filter, named);
  const { domain } = filter;
  const byDomain = domain === undefined ? undefined : (address: string): boolean => domainOf(address) === domain.toLowerCase();
  return {
    roster: read?.roster,
    gaps,
    phaseOf: (id) => {
      if (read === undefined || !isSure) return phases.length === 0 ? undefined : "unknown";
      for (const { phase, cohorts } of phases) {
        if (isIn(read.roster, id, cohorts)) return { id: phase.id, starts: phase.starts.instant };
        if (cohorts.some((name) => read.unsure.has(name))) return "unknown";
      }
      return undefined;
    },
    wanted: wantedBy(read, meant, byDomain, isSure),
  };
};

const wantedBy = (
  read: Read | undefined,
  meant: readonly string[] | undefined,
  byDomain: ((address: string) => boolean) | undefined,
  isSure: boolean,
): LogPeople["wanted"] => {
  if (meant === undefined && byDomain === undefined) return undefined;
  if (meant !== undefined && (read === undefined || !isSure || meant.some((name) => read.unsure.has(name)))) return "unknown";
  return (id, upn) => {
    if (meant !== undefined && (read === undefined || !isIn(read.roster, id, meant))) return false;
    return byDomain === undefined || byDomain(read?.roster.address(id) ?? upn ?? "");
  };
};

type Reader = Pick<CohortReader, "names" | "unreadable"> & { readonly read: (person: Person) => Pick<CohortReading, "flags" | "standings"> };

/** Without a plan there are no cohorts. */
const NO_COHORTS: Reader = {
  names: [],
  unreadable: [],
  read: ({ enabled, guest, pupil }) => ({ flags: { enabled, guest, pupil }, standings: [] }),
};

const registrationInto = async ({ client, progress }: ReportAsk, roster: Roster, licensed: boolean, gaps: Gap[]): Promise<void> => {
  const known = await knownAs(gaps, "who is MFA capable", () =>
    whileSaidUnlicensed(client, licensed ? LICENCE_TRIES : 1, () =>
      readRegistration(
        client,
        () => roster.forgetCapable(),
        (id, capable) => roster.setCapable(id, capable),
        (done) => progress("registration", done),
      ),
    ),
  );
  // Half a report would pass for a whole one.
  if (known.type !== "present") roster.forgetCapable();
};

/** Of more accounts the log is read whole, and sorted out here. */
const FEW = 60;

/** Those whom the filter means, sorted, where these are few. */
export const fewOf = ({ roster, wanted }: LogPeople): readonly ObjectId[] | undefined => {
  if (roster === undefined || typeof wanted !== "function") return undefined;
  const found: ObjectId[] = [];
  for (const id of roster.everybody()) {
    if (wanted(id, undefined)) found.push(id);
    if (found.length > FEW) return undefined;
  }
  return found.sort();
};

/** Who is asked for is not known: then nothing can be told of them. */
export const filterGap = ({ phase, cohort }: Filter): Gap => ({
  sort: "failed",
  what: "who is asked for",
  because: `who is in ${cohort !== undefined ? `the cohort ${cohort}` : phase !== undefined ? `the phase ${phase}` : "the plan's cohorts"} could not be read`,
  todo: "run it again; --all tells of everybody",
});
