/** `report protocols`: every mailbox packed, who came by which protocol out of the log, then all accounts past them, page by page. */

import type { PhaseCourse } from "../core/changes.ts";
import { attributesUsed, type CohortReader, isGated, partsOf, peopleOf } from "../core/cohorts.ts";
import { coursesOf, NO_GATES, NO_PROGRESS } from "../core/course.ts";
import { liveIn } from "../core/gates.ts";
import { IdIndex } from "../core/ids.ts";
import { turnOffPhases } from "../core/mailbox-wishes.ts";
import type { Mailboxes } from "../core/mailboxes.ts";
import { localOf } from "../core/plan/moments.ts";
import type { Plan } from "../core/plan/plan.ts";
import type { Account } from "../core/reports/account.ts";
import { daysOfLog } from "../core/reports/log-days.ts";
import { domainOf, momentText } from "../core/reports/log-row.ts";
import { ProtocolUses } from "../core/reports/protocol-uses.ts";
import { type Context, Protocols, protocols } from "../core/reports/protocols.ts";
import type { Filter, Gap, Row } from "../core/reports/shape.ts";
import { isAboutOwner, NO_WORDS, type Owner, turnedOffBy } from "../core/reports/turned-off.ts";
import { MAIL_PROGRAMS, USE_DAYS } from "../core/sign-in-digest.ts";
import { DIRECTORY_SYNCHRONIZATION_ACCOUNTS, type Known, type PhaseId } from "../core/tenant.ts";
import { accountPages } from "../graph/report-accounts.ts";
import { holdersOf } from "../graph/surroundings.ts";
import { type Ground, knownAs, noted, plannedOf } from "./ground.ts";
import { filterGap } from "./log-people.ts";
import { openLog, readLog } from "./log-read.ts";
import type { Made, MakeReport, ReportAsk } from "./report.ts";

const CHUNK = 500;

const counted = (count: number, one: string, many: string): string => `${count.toLocaleString("en-GB")} ${count === 1 ? one : many}`;

// ---- Exchange

const ENOUGH = "for this report alone the role Global Reader is enough, which changes nothing";

/** What is said of a missing grant holds for what writes as well; a report needs less. */
const ofExchange = <T>(gaps: Gap[], what: string, known: Known<T>): Known<T> => {
  const own: Gap[] = [];
  noted(own, what, known);
  gaps.push(...own.map((gap) => (gap.sort === "permission" ? { ...gap, todo: ENOUGH } : gap)));
  return known;
};

// ---- the log

type Uses = { readonly uses: ProtocolUses; readonly log: Context["log"]; readonly from: number };

const usesOf = async (ask: ReportAsk, isOpen: boolean, gaps: Gap[]): Promise<Uses> => {
  const uses = new ProtocolUses();
  const spans = daysOfLog(ask.now, ask.zone);
  const from = spans.at(-1)?.from ?? ask.now;
  if (!isOpen) return { uses, log: "nothing", from };
  const told = await readLog(ask, { spans, succeeded: true, programs: MAIL_PROGRAMS, read: (row) => uses.read(row) });
  gaps.push(...told.gaps);
  const isNothing = spans.every((_, place) => told.unread.get(place) === "nothing");
  return { uses, log: told.unread.size === 0 ? "whole" : isNothing ? "nothing" : "part", from };
};

// ---- the plan

type Planned = NonNullable<Ground["planned"]>;

/** Whether a gate is open is not looked at: what waits for one is waiting until it has begun. */
const coursesBy = async ({ gateway, now }: ReportAsk, { plan, progress, isProgressTold }: Planned, gaps: Gap[]): Promise<NonNullable<Context["courseOf"]>> => {
  if (!isProgressTold) return () => undefined;
  const live = plan.phases.some(isGated) ? liveIn(plan, noted(gaps, "policies", await gateway.list("conditional-access"))) : NO_GATES.live;
  const courses = coursesOf(plan, now, progress ?? NO_PROGRESS, false, { ...NO_GATES, live });
  return (id: PhaseId): PhaseCourse | undefined => courses.get(id)?.course;
};

/** Cohorts of which nobody can say who is in them. */
const darkIn = (plan: Plan, reader: CohortReader, isSure: boolean): ((cohort: string) => boolean) => {
  if (!isSure) return () => true;
  const unread = new Set(reader.unreadable.map(({ cohort }) => cohort));
  // A list that cannot be read holds nobody, which says nothing of who was in it.
  for (const { name, source } of plan.cohorts) if (source.type === "file" && source.list.type === "unusable") unread.add(name);
  const dark = new Set(reader.names.filter((name) => [...partsOf(plan, name)].some((part) => unread.has(part))));
  return (cohort) => dark.has(cohort);
};

type PlanSeen = {
  readonly ownerOf: (account: Account) => Owner;
  /** Cohorts that the filter stands on and of which nobody can say who is in them. */
  readonly isFilterDark: boolean;
  readonly isMeant: (owner: Owner) => boolean;
};

const planSeen = ({ plan, cohorts }: Planned, { phase: id, cohort }: Filter, isSure: boolean): PlanSeen => {
  const reader = cohorts();
  const isDark = darkIn(plan, reader, isSure);
  const places = new Map(reader.names.map((name, place) => [name, place]));
  const phase = plan.phases.find((each) => each.id === id);
  const turning = turnOffPhases(plan).find((each) => each.id === id);
  const named = turning !== undefined ? [turning.turnOff.for ?? []].flat() : phase === undefined ? [] : peopleOf(phase);
  return {
    ownerOf: (account) => {
      const { standings } = reader.read(account);
      return {
        address: account.address,
        isIn: (name) => (isDark(name) ? "unknown" : standings[places.get(name) ?? -1] === "in"),
      };
    },
    isFilterDark: [...named, ...(cohort === undefined ? [] : [cohort])].some(isDark),
    isMeant: (owner) => {
      if (cohort !== undefined && owner.isIn(cohort) !== true) return false;
      if (turning !== undefined) return isAboutOwner(turning, owner);
      return phase === undefined || named.some((name) => owner.isIn(name) === true);
    },
  };
};

const NOBODYS: Owner = { address: undefined, isIn: () => false };

// ---- the report

const noRows = async function* (): AsyncIterable<readonly Row[]> {};

const nothing = (gaps: readonly Gap[]): Made => ({ shape: protocols, rows: noRows(), finish: () => ({ sums: [], gaps, notes: [] }) });

const smtpNote = (word: Context["tenantSmtp"], inherit: number): string =>
  `the tenant's own word on SMTP AUTH ${word === "unknown" ? "could not be read" : `is ${word}`}: ${counted(inherit, "mailbox goes", "mailboxes go")} by it`;

/** @param strangers mailboxes of which the directory lists no account; `placed`: they have rows */
const notesOf = (
  { plan, now }: ReportAsk,
  context: Context,
  { hidden, inherit }: Protocols["counts"],
  from: number,
  strangers: { readonly count: number; readonly placed: boolean },
): readonly string[] => {
  const left = counted(hidden, "mailbox has", "mailboxes have");
  return [
    ...(context.log === "nothing"
      ? []
      : [
          `who came by which protocol is by the log of sign-ins from ${momentText(from)} to ${momentText(now)}, successes alone, of people and of programs; the service keeps ${USE_DAYS} days`,
          "the log tells who signed in, and not to whose mailbox: whoever reads a shared mailbox by IMAP stands there with their own account",
        ]),
    smtpNote(context.tenantSmtp, inherit),
    ...(hidden === 0
      ? []
      : [
          plan === undefined
            ? `${left} no row: nobody came by the four in ${USE_DAYS} days; --all shows every one`
            : `${left} no row: nothing is on that the plan turns off, and nobody came by the four in ${USE_DAYS} days; --all shows every one`,
        ]),
    ...(plan !== undefined && turnOffPhases(plan).length === 0 ? ["no phase of the plan turns off a protocol: turnOff says which"] : []),
    ...(strangers.count === 0
      ? []
      : [
          `${counted(strangers.count, "mailbox belongs", "mailboxes belong")} to accounts that the directory does not list: ${
            strangers.placed ? "they stand under the account's id" : "whether they are meant nobody can say, and without a filter they have rows"
          }`,
        ]),
  ];
};

export const makeProtocols: MakeReport = async (ask) => {
  const { client, gateway, filter, now, zone, progress } = ask;
  const gaps: Gap[] = [];
  const known = ofExchange(gaps, "mailboxes", await gateway.mailboxes((done) => progress("mailboxes", done)));
  // Without them there is no row to be had, and nothing else is worth a request.
  if (known.type !== "present") return nothing(gaps);
  const mailboxes: Mailboxes = known.value;
  const tenantSmtp = ofExchange(gaps, "the tenant's own word on SMTP AUTH", await gateway.list("smtp-auth"));
  const types = ofExchange(gaps, "what mailboxes are for", await gateway.mailboxTypes());

  const opened = await openLog(ask);
  gaps.push(...opened.gaps);
  const { uses, log, from } = await usesOf(ask, opened.type === "open", gaps);
  const { licence } = opened;
  const nobodies = await knownAs(gaps, "which accounts synchronise the directory", () => holdersOf(client, DIRECTORY_SYNCHRONIZATION_ACCOUNTS));
  const planned = await plannedOf(ask, [], gaps);
  // Who is a pupil, and which account is nobody's, decides who is in a cohort at all.
  const isSure = licence.type === "present" && nobodies.type === "present";
  const seenPlan = planned === undefined ? undefined : planSeen(planned, filter, isSure);
  if (seenPlan?.isFilterDark === true) return nothing([...gaps, filterGap(filter)]);
  const courseOf = planned === undefined ? undefined : await coursesBy(ask, planned, gaps);
  const wordsOf = planned === undefined || courseOf === undefined ? () => NO_WORDS : turnedOffBy(turnOffPhases(planned.plan), courseOf);

  const [smtp] = tenantSmtp.type === "present" ? tenantSmtp.value : [];
  const context: Context = {
    now,
    today: localOf(now, planned?.plan.timeZone ?? zone).slice(0, 10),
    all: filter.all,
    tenantSmtp: smtp?.settings.smtpAuth ?? "unknown",
    log,
    courseOf,
  };
  const fold = new Protocols(context);
  const isNarrow = filter.phase !== undefined || filter.cohort !== undefined || filter.domain !== undefined;
  const typeOf = (id: string): string | undefined => (types.type === "present" ? types.value.of(id) : undefined);

  const rowOf = (account: Account): Row | undefined => {
    const mailbox = mailboxes.ofOwner(account.id);
    if (mailbox === undefined) return undefined;
    if (filter.domain !== undefined && domainOf(account.address) !== filter.domain.toLowerCase()) return undefined;
    const owner = seenPlan?.ownerOf(account) ?? { ...NOBODYS, address: account.address };
    if (seenPlan?.isMeant(owner) === false) return undefined;
    return fold.take({ mailbox, account, type: typeOf(mailbox.id), use: uses.of(account.id), words: wordsOf(owner) });
  };

  let strange = 0;
  const strangers = function* (seen: IdIndex): Iterable<Row | undefined> {
    for (const mailbox of mailboxes) {
      if (seen.has(mailbox.owner)) continue;
      strange += 1;
      if (isNarrow) continue;
      yield fold.take({ mailbox, account: undefined, type: typeOf(mailbox.id), use: uses.of(mailbox.owner), words: wordsOf(NOBODYS) });
    }
  };

  async function* rows(): AsyncGenerator<readonly Row[], void, undefined> {
    const seen = new IdIndex();
    const students = new Set(licence.type === "present" ? licence.value.studentSkus : []);
    const synchronising = nobodies.type === "present" ? nobodies.value : new IdIndex();
    const attributes = planned === undefined ? [] : attributesUsed(planned.plan);
    for await (const page of accountPages(client, students, synchronising, { attributes, activity: false, perUser: false, story: false })) {
      const chunk: Row[] = [];
      for (const account of page) {
        // While pages shift an account may come twice.
        if (seen.has(account.id)) continue;
        seen.add(account.id);
        const row = rowOf(account);
        if (row !== undefined) chunk.push(row);
      }
      progress("accounts", seen.size);
      yield chunk;
    }
    let chunk: Row[] = [];
    for (const row of strangers(seen)) {
      if (row !== undefined) chunk.push(row);
      if (chunk.length < CHUNK) continue;
      yield chunk;
      chunk = [];
    }
    if (chunk.length > 0) yield chunk;
  }

  return {
    shape: protocols,
    rows: rows(),
    finish: () => ({ sums: fold.sums(), gaps, notes: notesOf(ask, context, fold.counts, from, { count: strange, placed: !isNarrow }) }),
  };
};
