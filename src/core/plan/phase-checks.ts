/** The phases of a plan against each other, and against what holds for the whole plan. */

import { checkAccounts } from "./account-checks.ts";
import { checkBasics } from "./basic-checks.ts";
import { Coverage } from "./coverage.ts";
import { checkMechanism } from "./mechanism.ts";
import { formatDay, formatLocal, typed } from "./moments.ts";
import { fitsProgress } from "./names.ts";
import { patternCovers, patternsMeet } from "./patterns.ts";
import type { Names, Part, Parts } from "./phase-parts.ts";
import type { ClientWord, Cohort, LocalDate, Mechanism, Moment, Place, ReadyGate, RequireMfa } from "./plan.ts";
import { fault, quoted } from "./problems.ts";
import { nextFree } from "./rule-words.ts";
import type { Sheet, Words } from "./sheet.ts";
import type { Item } from "./tree.ts";
import { checkTurnOffs } from "./turn-off-checks.ts";

const MOST_PHASES = 300;

/** What the phases may name, and what holds for all of them. */
export type Known = Names & {
  readonly planId: string;
  readonly cohorts: ReadonlyMap<string, Cohort>;
  /** Undefined while it is not known. */
  readonly mechanism: Mechanism | undefined;
  readonly notOn: readonly LocalDate[];
};

/** A phase as far as it could be read, with the places that a check across phases points at. */
export type Draft = {
  readonly name: string;
  readonly id?: Words | undefined;
  readonly title?: string | undefined;
  readonly starts?: { readonly moment: Moment; readonly at: Place } | undefined;
  /** `at` is its key. */
  readonly reportOnlyFrom?: { readonly moment: Moment; readonly at: Place } | undefined;
  readonly parts: Parts;
  readonly gate?: ReadyGate | undefined;
  readonly item: Item;
};

const checkNotOn = (sheet: Sheet, { notOn }: Known, drafts: readonly Draft[]): void => {
  for (const { name, starts } of drafts) {
    if (starts === undefined || !notOn.includes(starts.moment.local.slice(0, 10))) continue;
    const free = `${nextFree(starts.moment.local, notOn)}${starts.moment.local.slice(10)}`;
    sheet.problems.add(
      starts.at,
      fault(
        `${name} starts on ${formatDay(starts.moment.local)}, on which notOn lets nothing start`,
        `the next free day is ${formatDay(free)}: ${typed(free)}`,
      ),
    );
  }
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

const STRENGTHS = ["multifactor", "passwordless", "phishing-resistant"];
const strengthOf = ({ strength }: RequireMfa): number => (strength === undefined ? -1 : STRENGTHS.indexOf(strength));

const appsOf = ({ apps }: RequireMfa): string => JSON.stringify(apps);

/** Where a demand asks: under per-user MFA enforced, which is meant by clients, asks on the web as well. */
const wordsOf = ({ on }: RequireMfa, { mechanism }: Known): readonly ClientWord[] =>
  mechanism === "per-user" && on.includes("clients") ? ["web", "clients"] : on;

/** Whether, for one word of `on`, the earlier demand asks wherever, as strongly and as often as the later one. */
const asksAlready = (earlier: RequireMfa, later: RequireMfa): boolean =>
  earlier.for === later.for &&
  (earlier.apps === "all" || appsOf(earlier) === appsOf(later)) &&
  within(earlier.outside, later.outside) &&
  strengthOf(earlier) >= strengthOf(later) &&
  (later.askAgainAfterDays === undefined || (earlier.askAgainAfterDays !== undefined && earlier.askAgainAfterDays <= later.askAgainAfterDays));

/** What phases with the same cohort, applications, networks and strength share. */
const policyOf = (demand: RequireMfa): string => JSON.stringify([demand.for, demand.apps, [...demand.outside].sort(), demand.strength ?? ""]);

/** What earlier phases mean for one: it may repeat them, or part from their policy by saying less. */
const checkDemands = (sheet: Sheet, known: Known, drafts: readonly Draft[]): void => {
  drafts.forEach(({ name, parts: { requireMfa: demand } }, at) => {
    if (demand === undefined || demand.words.on.length === 0) return;
    const before = drafts
      .slice(0, at)
      .flatMap((draft) => (draft.parts.requireMfa === undefined ? [] : [{ name: draft.name, words: draft.parts.requireMfa.words }]));
    const earlier = before.filter(({ words }) => asksAlready(words, demand.words));
    const covering = wordsOf(demand.words, known).map((word) => earlier.find(({ words }) => wordsOf(words, known).includes(word)));
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
    const kin = before.findLast(({ words }) => words.askAgainAfterDays !== undefined && policyOf(words) === policyOf(demand.words));
    if (kin !== undefined && demand.words.askAgainAfterDays === undefined)
      sheet.remarks.add(
        demand.at,
        fault(`${name} does not say askAgainAfter, as ${kin.name} does, so it becomes a policy of its own`, "say it in both, and one policy grows"),
      );
  });
};

/** Parts that are there once and for all: a later phase that says the same again adds nothing. */
const REPEATED = ["blockLegacy", "protectRegistration", "retirePerUser", "securityDefaults"] as const;

const checkRepeats = (sheet: Sheet, drafts: readonly Draft[]): void => {
  for (const key of REPEATED) {
    const seen = new Map<string, string>();
    for (const { name, parts } of drafts) {
      const part = parts[key];
      if (part === undefined) continue;
      const words = JSON.stringify(part.words);
      const before = seen.get(words);
      if (before === undefined) seen.set(words, name);
      else sheet.problems.add(part.at, fault(`${key} of ${name} says nothing that ${before} does not say already`, "take it out, or say what it adds"));
    }
  }
};

/** The parts that put people before a question or a closed door, and what they do to them. */
const askingParts = ({
  requireMfa,
  blockLegacy,
}: Parts): readonly { readonly part: Part<{ readonly for: string }>; readonly does: string; readonly ways: readonly string[] }[] => [
  ...(requireMfa === undefined ? [] : [{ part: requireMfa, does: "ask", ways: requireMfa.words.on }]),
  ...(blockLegacy === undefined ? [] : [{ part: blockLegacy, does: "block", ways: ["legacy"] }]),
];

/** A phase that asks accounts which an earlier one leaves out on purpose would void that exception without saying so. */
const checkExceptions = (sheet: Sheet, known: Known, coverage: Coverage, drafts: readonly Draft[]): void => {
  drafts.forEach(({ name, parts }, at) => {
    for (const { part, does, ways } of askingParts(parts)) {
      const later = known.cohorts.get(part.words.for);
      if (later === undefined) continue;
      const reach = coverage.of(later);
      const before = drafts.slice(0, at).flatMap((draft) => askingParts(draft.parts));
      for (const cohortName of new Set(before.filter((one) => one.ways.some((way) => ways.includes(way))).map((one) => one.part.words.for))) {
        const earlier = known.cohorts.get(cohortName);
        if (earlier === undefined || earlier === later) continue;
        const left = earlier.except.flatMap((exception) => exception.accounts);
        const met = (meets: (pattern: string, other: string) => boolean): readonly string[] =>
          left.filter((one) => reach.some(({ pattern, kept }) => meets(pattern, one) && !kept.some((other) => patternCovers(other, one))));
        const voided = met(patternCovers);
        const touched = met(patternsMeet);
        const because = earlier.except.find((exception) => exception.accounts.includes(voided[0] ?? ""))?.because;
        if (voided.length > 0)
          sheet.problems.add(
            part.forAt,
            fault(
              `${name} ${does}s ${voided.join(", ")}, which cohort ${quoted(cohortName)} leaves out (${because})`,
              `leave them out of cohort ${quoted(later.name)} as well, or end the exception of ${quoted(cohortName)}`,
            ),
          );
        else if (touched.length > 0)
          sheet.remarks.add(
            part.forAt,
            fault(
              `${name} may ${does} some of ${touched.join(", ")}, which cohort ${quoted(cohortName)} leaves out`,
              `leave them out of cohort ${quoted(later.name)} as well if they shall not be ${does}ed`,
            ),
          );
      }
    }
  });
};

/** Report-only evaluates sign-ins; a user action is none, and settings of the tenant have no such state. */
const checkStaging = (sheet: Sheet, known: Known, drafts: readonly Draft[]): void => {
  if (known.mechanism !== "conditional-access") return;
  for (const { name, reportOnlyFrom, parts } of drafts) {
    if (reportOnlyFrom === undefined) continue;
    const { requireMfa, blockLegacy, protectRegistration } = parts;
    if (requireMfa === undefined && blockLegacy === undefined)
      sheet.problems.add(
        reportOnlyFrom.at,
        fault(
          protectRegistration === undefined
            ? `nothing in ${name} can stand in report-only`
            : `protectRegistration of ${name} cannot stand in report-only: registering is a user action, which report-only does not evaluate`,
          "take reportOnlyFrom out",
        ),
      );
    else if (protectRegistration !== undefined)
      sheet.remarks.add(
        protectRegistration.at,
        fault(
          `protectRegistration of ${name} cannot stand in report-only, so it comes with the phase itself`,
          "give it a phase of its own to see the two apart",
        ),
      );
  }
};

/** Who has no method yet has to be able to register a first one, or the demand is a closed door. */
const checkRegistration = (sheet: Sheet, known: Known, coverage: Coverage, drafts: readonly Draft[]): void => {
  for (const { name, parts } of drafts) {
    const part = parts.protectRegistration;
    if (part === undefined || part.words.temporaryAccessPass) continue;
    const route = "issue Temporary Access Passes to whoever has no method yet, and say so: temporaryAccessPass: true";
    if (part.words.outside.length === 0) {
      sheet.problems.add(
        part.at,
        fault(
          `protectRegistration of ${name} lets nobody register a first method: MFA is asked before there is any`,
          `${route}; or let people register inside: outside: NETWORK`,
        ),
      );
      continue;
    }
    const own = known.cohorts.get(part.words.for);
    for (const draft of drafts) {
      const demand = draft.parts.requireMfa?.words;
      const other = known.cohorts.get(demand?.for ?? "");
      if (own === undefined || other === undefined || demand === undefined || demand.outside.length === 0 || !coverage.mayShare(own, other)) continue;
      sheet.problems.add(
        part.at,
        fault(
          `protectRegistration of ${name} shuts out whoever is asked outside (by ${draft.name}) and has not registered: outside, nobody can register a first method`,
          route,
        ),
      );
      break;
    }
  }
};

/** Per-user MFA that ends before anything else asks leaves people with a password alone. */
const checkRetirements = (sheet: Sheet, known: Known, coverage: Coverage, drafts: readonly Draft[]): void => {
  drafts.forEach(({ name, parts: { retirePerUser } }, at) => {
    const own = known.cohorts.get(retirePerUser?.words.for ?? "");
    if (retirePerUser === undefined || own === undefined) return;
    const asking = drafts.slice(0, at + 1).some(({ parts: { requireMfa } }) => {
      const other = known.cohorts.get(requireMfa?.words.for ?? "");
      return other !== undefined && coverage.mayShare(own, other);
    });
    if (!asking)
      sheet.problems.add(
        retirePerUser.at,
        fault(
          `${name} ends per-user MFA of cohort ${quoted(own.name)}, and no phase up to it asks these people by conditional access`,
          "ask them first: requireMfa: in the same phase or an earlier one",
        ),
      );
  });
};

/** Says what is wrong with the phases together. */
export const checkPhases = (sheet: Sheet, known: Known, drafts: readonly Draft[]): void => {
  checkIds(sheet, known, drafts);
  checkOrder(sheet, drafts);
  checkNotOn(sheet, known, drafts);
  for (const { name, item } of drafts) checkMechanism(sheet, known.mechanism, name, item);
  // More than this do not fit the tenant, which was said above; comparing each with each would take its time.
  const few = drafts.slice(0, MOST_PHASES);
  const coverage = new Coverage(known.cohorts);
  checkDemands(sheet, known, few);
  checkRepeats(sheet, few);
  checkExceptions(sheet, known, coverage, few);
  checkStaging(sheet, known, few);
  checkRegistration(sheet, known, coverage, few);
  checkRetirements(sheet, known, coverage, few);
  checkTurnOffs(
    { sheet, cohorts: known.cohorts, coverage },
    few.flatMap(({ name, parts: { turnOff } }) => (turnOff === undefined ? [] : [{ name, part: turnOff }])),
  );
  checkBasics(sheet, few);
  checkAccounts(sheet, known, few);
};
