/** Reads the log of sign-ins, as far as the changes at hand make anybody ask: only what is switched on can hurt somebody. */

import type { Observed } from "./core/observed.ts";
import type { Network } from "./core/plan/plan.ts";
import type { Roster } from "./core/roster.ts";
import {
  type Gap,
  joinedMail,
  joinedPrograms,
  joinedUses,
  type Looked,
  type MailUses,
  type OldUses,
  oldUseReader,
  PLACE_DAYS,
  type ProgramUses,
  placesReader,
  programReader,
  type ServiceLog,
  type ServicesRead,
  type ServiceUse,
  type SignInDigest,
  type SignInRow,
  type Stamps,
  servicesReader,
  USE_DAYS,
} from "./core/sign-in-digest.ts";
import type { LogQuestions } from "./core/switching.ts";
import { absent, type Instant, type Known, type ObjectId, present, unknown } from "./core/tenant.ts";
import type { GraphClient } from "./graph/client.ts";
import { knownOr } from "./graph/live-account.ts";
import {
  type Into,
  isLogged,
  OLD_PROGRAM_QUESTIONS,
  PASSWORD_GRANT_QUESTIONS,
  PLACE_QUESTION,
  personQuestion,
  readSignIns,
  readStamps,
  type SignInQuestion,
  type Told,
} from "./graph/sign-ins.ts";
import { LICENCE_TRIES, whileSaidUnlicensed } from "./read-people.ts";
import { type ReadProgress, ServiceError } from "./service.ts";

const DAY_MS = 86_400_000;
/** Of one question: forty thousand rows, and eighty seconds at the service's rate. */
const MOST_PAGES = 40;
/** Where people sign in is no narrow question: half of its pages are the newest, the others a page of each day before. */
const NEWEST_PAGES = 20;
const PAGES_A_DAY = 1;

/** The log is not for this caller: what is asked next is not either. */
class Forbidden extends Error {}

/** One question's answer, or why there is none. `lasting`: this service does not take the question. */
type Answered<T> = { readonly type: "told"; readonly told: Told<T> } | { readonly type: "gap"; readonly gap: Gap };

type Log = { readonly client: GraphClient; readonly now: Instant; readonly rows: (rows: number) => void };

const answered = async <T>(
  { client, now, rows }: Log,
  what: string,
  question: SignInQuestion,
  begin: () => Into<T>,
  { days, pages, pagesADay }: { readonly days: number; readonly pages: number; readonly pagesADay?: number },
): Promise<Answered<T>> => {
  try {
    const told = await whileSaidUnlicensed(client, LICENCE_TRIES, () =>
      readSignIns(client, { question, from: now - days * DAY_MS, now, pages, ...(pagesADay !== undefined && { pagesADay }), begin, progress: rows }),
    );
    rows(told.rows);
    return { type: "told", told };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.status === 403) throw new Forbidden(error.message, { cause: error });
    return { type: "gap", gap: { words: `${what}: ${error.message}`, lasting: error.status === 400 || error.status === 501 } };
  }
};

const lookedIn = <T>(answers: readonly Answered<T>[], days: number, now: Instant, gaps: readonly Gap[] = []): Looked => ({
  since: Math.max(now - days * DAY_MS, ...answers.flatMap((answer) => (answer.type === "told" ? [answer.told.since] : []))),
  cut: answers.some((answer) => answer.type === "told" && answer.told.cut),
  gaps: [...answers.flatMap((answer) => (answer.type === "gap" ? [answer.gap] : [])), ...gaps],
});

const valuesIn = <T>(answers: readonly Answered<T>[]): readonly T[] => answers.flatMap((answer) => (answer.type === "told" ? [answer.told.value] : []));

type Old = { readonly looked: Looked; readonly uses: OldUses; readonly mail: MailUses; readonly smtp: ProgramUses; readonly known: boolean };

const oldPrograms = async (log: Log): Promise<Old> => {
  const answers: Answered<{ readonly uses: OldUses; readonly smtp: ProgramUses; readonly mail: MailUses }>[] = [];
  for (const question of OLD_PROGRAM_QUESTIONS) {
    const where = question.version === undefined ? "of people" : "without a person";
    const begin = () => {
      const { read, uses, smtp, mail } = oldUseReader();
      return { read, finish: () => ({ uses, smtp, mail }) };
    };
    answers.push(await answered(log, `sign-ins ${where} with old programs`, question, begin, { days: USE_DAYS, pages: MOST_PAGES }));
  }
  const values = valuesIn(answers);
  return {
    looked: lookedIn(answers, USE_DAYS, log.now),
    uses: joinedUses(values.map(({ uses }) => uses)),
    smtp: joinedPrograms(values.map(({ smtp }) => smtp)),
    mail: joinedMail(values.map(({ mail }) => mail)),
    known: values.length > 0,
  };
};

const placesOf = async (log: Log, networks: readonly Network[], roster: Roster): Promise<NonNullable<SignInDigest["places"]>> => {
  const limits = { days: PLACE_DAYS, pages: NEWEST_PAGES, pagesADay: PAGES_A_DAY };
  const answer = await answered(log, "where people sign in", PLACE_QUESTION, () => placesReader(networks, roster), limits);
  if (answer.type === "gap") return unknown(answer.gap.words);
  return present({ ...lookedIn([answer], PLACE_DAYS, log.now), ...answer.told.value });
};

/** Where the service does not take the question, stamps tell of these accounts as well, though not of those that a person uses besides. */
const passwordsOf = async (log: Log): Promise<readonly Answered<ProgramUses>[]> => {
  const answers: Answered<ProgramUses>[] = [];
  for (const question of PASSWORD_GRANT_QUESTIONS) {
    const begin = () => {
      const { read, uses } = programReader();
      return { read, finish: () => uses };
    };
    const answer = await answered(log, "sign-ins of programs that send a password", question, begin, { days: USE_DAYS, pages: MOST_PAGES });
    if (answer.type === "gap" && answer.gap.lasting) return answers;
    answers.push(answer);
  }
  return answers;
};

/** So many accounts are asked about at once, and so many at all. */
const ASKED_AT_ONCE = 10;
const MOST_DOUBTFUL = 50;

/** Those of the doubtful with whom no person signed in; one of whom that cannot be had is told of as a gap. */
const withoutPerson = async (
  log: Log,
  doubtful: ServicesRead["doubtful"],
): Promise<{ readonly accounts: ServicesRead["doubtful"]; readonly gaps: readonly Gap[] }> => {
  const all = [...doubtful].slice(0, MOST_DOUBTFUL);
  const accounts = new Map<ObjectId, ServiceUse>();
  const gaps: Gap[] = [];
  for (let from = 0; from < all.length; from += ASKED_AT_ONCE) {
    const some = all.slice(from, from + ASKED_AT_ONCE);
    const begin = () => {
      const persons = new Set<ObjectId>();
      return { read: ({ account }: SignInRow) => account !== undefined && persons.add(account), finish: () => persons };
    };
    const question = personQuestion(some.map(([id]) => id));
    const answer = await answered(log, "sign-ins of people beside their programs", question, begin, { days: USE_DAYS, pages: 2 });
    if (answer.type === "gap") gaps.push(answer.gap);
    else for (const [id, use] of some) if (!answer.told.value.has(id)) accounts.set(id, use);
  }
  return { accounts, gaps };
};

const servicesOf = async (log: Log, old: Old, roster: Roster, progress: ReadProgress): Promise<NonNullable<SignInDigest["services"]>> => {
  const answers = await passwordsOf(log);
  const told: ServiceLog = { smtp: old.smtp, passwords: joinedPrograms(valuesIn(answers)) };
  let untold = 0;
  let reader = servicesReader(roster, told, log.now);
  const begin = () => {
    untold = 0;
    reader = servicesReader(roster, told, log.now);
    return {
      read: (id: ObjectId, stamps: Stamps) => reader.read(id, stamps),
      untold: () => {
        untold += 1;
      },
    };
  };
  const read = await knownOr(() => readStamps(log.client, begin, (done) => progress("stamps", done)));
  if (read.type === "unknown") return unknown(`when accounts were last signed in with: ${read.because}`);
  const { accounts, doubtful, more } = reader.finish();
  const settled = await withoutPerson(log, doubtful);
  const looked = lookedIn(answers, USE_DAYS, log.now, [
    ...old.looked.gaps,
    ...settled.gaps,
    ...(untold === 0
      ? []
      : [{ words: `the service does not say when ${untold === 1 ? "1 account was" : `${untold} accounts were`} last signed in with`, lasting: true }]),
  ]);
  return present({
    ...looked,
    since: Math.max(looked.since, old.looked.since),
    cut: looked.cut || old.looked.cut || more,
    accounts: new Map([...accounts, ...settled.accounts]),
  });
};

const asked = async (
  client: GraphClient,
  networks: readonly Network[],
  { legacy, places, services }: LogQuestions,
  roster: Roster,
  progress: ReadProgress,
): Promise<SignInDigest> => {
  let rows = 0;
  const log: Log = {
    client,
    now: client.clock.now(),
    rows: (more) => {
      rows = Math.max(rows, more);
      progress("log", more);
    },
  };
  const old = legacy || services ? await oldPrograms(log) : undefined;
  const found = places ? await placesOf(log, networks, roster) : undefined;
  const programs = services && old !== undefined ? await servicesOf(log, old, roster, progress) : undefined;
  // What was found proves that there is a log.
  const empty = rows === 0 && !(await whileSaidUnlicensed(client, LICENCE_TRIES, () => isLogged(client, log.now - USE_DAYS * DAY_MS)));
  return {
    empty,
    ...(legacy && old !== undefined && { legacy: oldKnown(old) }),
    ...(found !== undefined && { places: found }),
    ...(programs !== undefined && { services: programs }),
  };
};

const oldKnown = ({ looked, uses, mail, known }: Old): NonNullable<SignInDigest["legacy"]> =>
  known ? present({ ...looked, uses, mail }) : unknown(looked.gaps.map(({ words }) => words).join("; "));

/**
 * What the log says of the plan's people.
 *
 * @returns unknown when the log cannot be read; its parts are absent where the tenant has no licence by which the service would tell.
 */
export const readLog = async (
  client: GraphClient,
  networks: readonly Network[],
  questions: LogQuestions,
  { licence, roster }: Pick<Observed, "licence" | "roster">,
  progress: ReadProgress,
): Promise<Known<SignInDigest>> => {
  if (licence.type === "unknown") return unknown(`whether the tenant has the licence for it is not known: ${licence.because}`);
  if (licence.type === "absent" || !(licence.value.p1 || licence.value.p2)) {
    return present({
      empty: false,
      ...(questions.legacy && { legacy: absent }),
      ...(questions.places && { places: absent }),
      ...(questions.services && { services: absent }),
    });
  }
  if (roster.type !== "present") return unknown("the accounts whose sign-ins they are could not be read");
  try {
    return await knownOr(() => asked(client, networks, questions, roster.value, progress));
  } catch (error) {
    if (error instanceof Forbidden) return unknown(error.message);
    throw error;
  }
};
