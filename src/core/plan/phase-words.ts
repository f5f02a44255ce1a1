/** The part of a plan that says what happens when: one phase at a time, and then all of them against each other. */

import { daysLater, formatLocal, instantOf, readMoment, titleFault, typed } from "./moments.ts";
import { fitsProgress, lineFault } from "./names.ts";
import { patternCovers, patternsMeet } from "./patterns.ts";
import type { Cohort, Moment, Phase, Place, RequireMfa } from "./plan.ts";
import { fault, quoted, suggestion } from "./problems.ts";
import { phaseName } from "./shape.ts";
import { check, childOf, entryOf, isSaid, itemsOf, namesOf, refuse, type Sheet, textOf, type Words, wordsOf } from "./sheet.ts";
import type { Item } from "./tree.ts";

const MOST_PHASES = 300;

/** What the phases may name. Of what is not sound the name alone is known, and naming it is no second mistake. */
export type Known = {
  readonly planId: string;
  readonly cohortNames: readonly string[];
  readonly networkNames: readonly string[];
  readonly cohorts: ReadonlyMap<string, Cohort>;
  /** Undefined while the plan's zone is not known. */
  readonly zone: string | undefined;
};

/** A phase as far as it could be read, with the places that a check across phases points at. */
type Draft = {
  readonly name: string;
  readonly id?: Words | undefined;
  readonly title?: string | undefined;
  readonly starts?: { readonly moment: Moment; readonly at: Place } | undefined;
  readonly reportOnlyFrom?: Moment | undefined;
  readonly demand?: { readonly words: RequireMfa; readonly at: Place; readonly forAt: Place } | undefined;
  readonly place: Place;
};

const readWhen = (sheet: Sheet, known: Known, words: Words, week: boolean): Moment | undefined => {
  const read = readMoment(words.text, { week });
  if (read.type === "wrong") return refuse(sheet, words.item.at, read);
  if (week && read.timed)
    return refuse(sheet, words.item.at, fault(`${quoted(words.text)} is not a day`, "for a time of day write starts: in place of weekCommencing:"));
  const found = instantOf(read.local, known.zone ?? "UTC");
  return found.type === "wrong" ? refuse(sheet, words.item.at, found) : { local: read.local, instant: found.instant };
};

const readStarts = (sheet: Sheet, known: Known, phase: Item, name: string): Draft["starts"] => {
  const week = entryOf(phase, "weekCommencing");
  const starts = entryOf(phase, "starts");
  if (starts !== undefined && week !== undefined)
    sheet.problems.add(week.key, fault(`${name} says when it starts twice, by starts and by weekCommencing`, "keep one of the two"));
  if (!isSaid(sheet, phase, "starts") && !isSaid(sheet, phase, "weekCommencing"))
    sheet.problems.add(phase.home, fault(`${name} does not say when it starts`, "for example starts: 2018-11-19"));
  const words = wordsOf(sheet, (starts ?? week)?.item);
  const moment = words === undefined ? undefined : readWhen(sheet, known, words, starts === undefined);
  return words === undefined || moment === undefined ? undefined : { moment, at: words.item.at };
};

const readReportOnly = (sheet: Sheet, known: Known, phase: Item, starts: Moment | undefined): Moment | undefined => {
  const words = wordsOf(sheet, childOf(phase, "reportOnlyFrom"));
  const from = words === undefined ? undefined : readWhen(sheet, known, words, false);
  if (words === undefined || from === undefined || starts === undefined) return from;
  const latest = daysLater(starts.local, -1);
  if (from.local > latest)
    sheet.problems.add(
      words.item.at,
      fault(`${quoted(words.text)} is less than a day before the phase starts, on ${formatLocal(starts.local)}`, `write ${typed(latest)} or an earlier moment`),
    );
  return from;
};

const readOutside = (sheet: Sheet, known: Known, item: Item | undefined): readonly string[] => {
  const names = new Set<string>();
  for (const { item: one, text } of namesOf(sheet, item)) {
    if (!known.networkNames.includes(text))
      sheet.problems.add(
        one.at,
        fault(
          `there is no network ${quoted(text)}`,
          known.networkNames.length === 0
            ? `give it its ranges under networks:, as in ${text}: { ranges: [192.0.2.0/24] }`
            : suggestion(text, known.networkNames, "networks are named under networks:"),
        ),
      );
    else if (names.has(text)) sheet.problems.add(one.at, fault(`network ${quoted(text)} stands here twice`));
    names.add(text);
  }
  return [...names];
};

const readOn = (sheet: Sheet, item: Item | undefined): RequireMfa["on"] => {
  const words = itemsOf(item).map((one) => wordsOf(sheet, one));
  words.forEach((one, at) => {
    if (one !== undefined && words.findIndex((other) => other?.text === one.text) < at)
      sheet.problems.add(one.item.at, fault(`${quoted(one.text)} stands here twice`));
  });
  return (["web", "clients"] as const).filter((word) => words.some((one) => one?.text === word));
};

const readDays = (sheet: Sheet, item: Item | undefined): number | undefined => {
  const words = wordsOf(sheet, item);
  if (words === undefined) return undefined;
  const days = Number.parseInt(words.text, 10);
  if (days < 1 || days > 365) sheet.problems.add(words.item.at, fault(`${quoted(words.text)} is not from 1 day to 365 days`));
  return days;
};

const readDemand = (sheet: Sheet, known: Known, phase: Item): Draft["demand"] => {
  const item = childOf(phase, "requireMfa");
  if (item?.type !== "map") return undefined;
  const cohort = wordsOf(sheet, childOf(item, "for"));
  if (cohort !== undefined && !known.cohortNames.includes(cohort.text))
    sheet.problems.add(
      cohort.item.at,
      fault(`there is no cohort ${quoted(cohort.text)}`, suggestion(cohort.text, known.cohortNames, "cohorts are named under cohorts:")),
    );
  const days = readDays(sheet, childOf(item, "askAgainAfter"));
  const on = readOn(sheet, childOf(item, "on"));
  const networks = readOutside(sheet, known, childOf(item, "outside"));
  if (cohort === undefined) return undefined;
  const words: RequireMfa = {
    for: cohort.text,
    on,
    apps: textOf(sheet, childOf(item, "apps")) === "office365" ? "office365" : "all",
    outside: networks,
    ...(days !== undefined && { askAgainAfterDays: days }),
  };
  return { words, at: entryOf(phase, "requireMfa")?.key ?? item.at, forAt: cohort.item.at };
};

const readPhase = (sheet: Sheet, known: Known, item: Item, place: number): Draft => {
  const name = phaseName(item, place);
  const starts = item.type === "map" ? readStarts(sheet, known, item, name) : undefined;
  const title = wordsOf(sheet, childOf(item, "title"));
  if (title !== undefined && check(sheet, title.item.at, lineFault(title.text)) && starts !== undefined)
    check(sheet, title.item.at, titleFault(title.text, starts.moment.local));
  return {
    name,
    id: wordsOf(sheet, childOf(item, "id")),
    title: title?.text.trim(),
    starts,
    reportOnlyFrom: readReportOnly(sheet, known, item, starts?.moment),
    demand: readDemand(sheet, known, item),
    place: item.at,
  };
};

const checkIds = (sheet: Sheet, known: Known, drafts: readonly Draft[]): void => {
  const lines = new Map<string, number>();
  const ids: string[] = [];
  let fits = true;
  for (const { id } of drafts) {
    if (id === undefined) continue;
    const before = lines.get(id.text);
    if (before !== undefined)
      sheet.problems.add(id.item.at, fault(`the phase id ${quoted(id.text)} is already taken in line ${before}`, "every phase has an id of its own"));
    else lines.set(id.text, id.item.at.line);
    ids.push(id.text);
    if (fits && !fitsProgress(known.planId, ids)) {
      fits = false;
      sheet.problems.add(
        id.item.at,
        fault(
          "from here on the phase ids are too long together: the tenant keeps them all in one description of 1,024 characters",
          "shorten the ids of phases that have not begun",
        ),
      );
    }
  }
};

/** Each against the one above it, so that one wrong moment is one problem. */
const checkOrder = (sheet: Sheet, drafts: readonly Draft[]): void => {
  let last: { readonly name: string; readonly moment: Moment } | undefined;
  for (const { name, starts } of drafts) {
    if (starts === undefined) continue;
    const { moment, at } = starts;
    const hint = "put the phases in order of their moments, or correct the moment";
    if (last !== undefined && moment.instant < last.moment.instant)
      sheet.problems.add(at, fault(`${name} starts before ${last.name}, which stands above it and starts on ${formatLocal(last.moment.local)}`, hint));
    last = { name, moment };
  }
};

const within = (networks: readonly string[], others: readonly string[]): boolean => networks.every((network) => others.includes(network));

/** Whether, for one word of `on`, the earlier demand asks wherever and as often as the later one. */
const asksAlready = (earlier: RequireMfa, later: RequireMfa): boolean =>
  earlier.for === later.for &&
  (earlier.apps === "all" || earlier.apps === later.apps) &&
  within(earlier.outside, later.outside) &&
  (later.askAgainAfterDays === undefined || (earlier.askAgainAfterDays !== undefined && earlier.askAgainAfterDays <= later.askAgainAfterDays));

/** What phases with the same cohort, applications and networks share. */
const policyOf = (demand: RequireMfa): string => JSON.stringify([demand.for, demand.apps, [...demand.outside].sort()]);

/** What earlier phases mean for one: it may repeat them, or part from their policy by saying less. */
const checkRepeats = (sheet: Sheet, drafts: readonly Draft[]): void => {
  drafts.forEach(({ name, demand }, at) => {
    if (demand === undefined || demand.words.on.length === 0) return;
    const earlier = drafts.slice(0, at).filter((draft) => draft.demand !== undefined && asksAlready(draft.demand.words, demand.words));
    const covering = demand.words.on.map((word) => earlier.find((draft) => draft.demand?.words.on.includes(word)));
    const first = covering[0];
    if (first !== undefined && covering.every((draft) => draft !== undefined)) {
      sheet.problems.add(
        demand.at,
        fault(
          `${name} asks nothing that ${[...new Set(covering.map((draft) => draft.name))].join(" and ")} does not ask already`,
          "take the phase out, or say what it adds",
        ),
      );
      return;
    }
    const kin = drafts
      .slice(0, at)
      .findLast(
        (draft) => draft.demand !== undefined && draft.demand.words.askAgainAfterDays !== undefined && policyOf(draft.demand.words) === policyOf(demand.words),
      );
    if (kin !== undefined && demand.words.askAgainAfterDays === undefined)
      sheet.remarks.add(
        demand.at,
        fault(`${name} does not say askAgainAfter, as ${kin.name} does, so it becomes a policy of its own`, "say it in both, and one policy grows"),
      );
  });
};

/** The patterns of a cohort, if it is told by patterns; everybody for `all`. */
const patternsOf = (cohort: Cohort | undefined): readonly string[] =>
  cohort?.source.type === "accounts" ? cohort.source.patterns : cohort?.source.type === "all" ? ["*@*"] : [];

/** A phase that asks accounts which an earlier one leaves out on purpose would void that exception without saying so. */
const checkExceptions = (sheet: Sheet, known: Known, drafts: readonly Draft[]): void => {
  drafts.forEach(({ name, demand }, at) => {
    const later = known.cohorts.get(demand?.words.for ?? "");
    if (demand === undefined || later === undefined) return;
    const kept = later.except.flatMap((exception) => exception.accounts);
    for (const cohortName of new Set(
      drafts.slice(0, at).map((draft) => (draft.demand?.words.on.some((word) => demand.words.on.includes(word)) === true ? draft.demand.words.for : "")),
    )) {
      const earlier = known.cohorts.get(cohortName);
      if (earlier === undefined || earlier === later) continue;
      const left = earlier.except.flatMap((exception) => exception.accounts).filter((pattern) => !kept.some((other) => patternCovers(other, pattern)));
      const voided = left.filter((pattern) => patternsOf(later).some((other) => patternCovers(other, pattern)));
      const touched = left.filter((pattern) => patternsOf(later).some((other) => patternsMeet(other, pattern)));
      const because = earlier.except.find((exception) => exception.accounts.includes(voided[0] ?? ""))?.because;
      if (voided.length > 0)
        sheet.problems.add(
          demand.forAt,
          fault(
            `${name} asks ${voided.join(", ")}, which cohort ${quoted(cohortName)} leaves out (${because})`,
            `leave them out of cohort ${quoted(later.name)} as well, or end the exception of ${quoted(cohortName)}`,
          ),
        );
      else if (touched.length > 0)
        sheet.remarks.add(
          demand.forAt,
          fault(
            `${name} may ask some of ${touched.join(", ")}, which cohort ${quoted(cohortName)} leaves out`,
            `leave them out of cohort ${quoted(later.name)} as well if they shall not be asked`,
          ),
        );
    }
  });
};

/** @returns the phases in the order of the plan; fewer than there are only when problems were found. */
export const readPhases = (sheet: Sheet, known: Known, item: Item | undefined): readonly Phase[] => {
  const drafts = itemsOf(item).map((phase, place) => readPhase(sheet, known, phase, place));
  checkIds(sheet, known, drafts);
  checkOrder(sheet, drafts);
  // More than this do not fit the tenant, which was said above; comparing each with each would take its time.
  const few = drafts.slice(0, MOST_PHASES);
  checkRepeats(sheet, few);
  checkExceptions(sheet, known, few);
  return drafts.flatMap(({ id, title, starts, reportOnlyFrom, demand, place }) =>
    id === undefined || starts === undefined || demand === undefined
      ? []
      : [
          {
            id: id.text,
            title: title ?? id.text,
            starts: starts.moment,
            ...(reportOnlyFrom !== undefined && { reportOnlyFrom }),
            requireMfa: demand.words,
            place,
          },
        ],
  );
};
