/** Exclusions whose end has passed and which the plan still has. Only time makes them wrong, so nothing is stopped. */

import type { Finding } from "../changes.ts";
import { type TurnOffPhase, turnOffPhases } from "../mailbox-wishes.ts";
import { formatDay, localOf } from "../plan/moments.ts";
import { globMatches, patternMatches, splitAddress } from "../plan/patterns.ts";
import type { Cohort, Exception } from "../plan/plan.ts";
import type { Roster } from "../roster.ts";
import type { ObjectId } from "../tenant.ts";
import { counted, type Guard, type GuardInput, listed } from "./guard.ts";

const GUARD = "overdue";

/** Whether the cohort's own words mean the account. Of groups, rules and sums only the tenant knows, which tells no more than who is in. */
const isMeant = ({ name, source }: Cohort, roster: Roster, id: ObjectId, address: string): boolean => {
  switch (source.type) {
    case "all":
      return roster.standing(id, name) === "excepted";
    case "accounts":
      return source.patterns.some((pattern) => patternMatches(pattern, address));
    case "domains":
      return source.patterns.some((pattern) => globMatches(pattern, splitAddress(address).domain));
    case "file":
      return (
        source.list.type === "read" && source.list.rows.some(({ entry, leaves }) => !leaves && (entry === address || entry === splitAddress(address).domain))
      );
    case "group":
    case "dynamic":
    case "where":
    case "sum":
      return false;
  }
};

/** Enabled accounts that would be in but for the exclusion, sorted. */
const leftOut = ({ observed }: GuardInput, cohort: Cohort, patterns: readonly string[]): readonly string[] => {
  if (observed.roster.type !== "present" || !observed.roster.value.knows(cohort.name)) return [];
  const roster = observed.roster.value;
  const found: string[] = [];
  for (const id of roster.everybody()) {
    const flags = roster.flags(id);
    if (flags?.enabled !== true || roster.standing(id, cohort.name) === "in") continue;
    if ((flags.guest && cohort.guests === "out") || (flags.pupil && cohort.pupils !== "in")) continue;
    const address = roster.address(id);
    if (address !== undefined && patterns.some((pattern) => patternMatches(pattern, address)) && isMeant(cohort, roster, id, address)) found.push(address);
  }
  return found.sort();
};

/** The day named is the last on which it holds. */
const isOver = ({ until }: Exception, today: string): boolean => until !== undefined && until < today;

/** Accounts with a mailbox for which a protocol is kept on, as far as mailboxes are known. */
const keepers = ({ observed }: GuardInput, { turnOff }: TurnOffPhase, { accounts }: Exception): readonly string[] => {
  const { roster, mailboxes } = observed;
  if (roster.type !== "present" || mailboxes?.type !== "present" || (turnOff.for !== undefined && !roster.value.knows(turnOff.for))) return [];
  const found: string[] = [];
  for (const { owner } of mailboxes.value) {
    const address = roster.value.address(owner);
    const isMeant = turnOff.for === undefined || roster.value.standing(owner, turnOff.for) === "in";
    if (isMeant && address !== undefined && accounts.some((pattern) => patternMatches(pattern, address))) found.push(address);
  }
  return found.sort();
};

const keptOn = (input: GuardInput, phase: TurnOffPhase, kept: Exception): Finding => {
  const { accounts, because, owner, until = "", place } = kept;
  const found = keepers(input, phase, kept);
  const who = found.length === 0 ? "" : `: ${counted(found.length, "mailbox", "mailboxes")} ${found.length === 1 ? "keeps" : "keep"} what the phase turns off`;
  return {
    guard: GUARD,
    verdict: "go",
    phase: phase.id,
    detail: `keepOn of ${listed(accounts)} in ${phase.title} ended on ${formatDay(until)} and is overdue${who} (because: ${because}; ${owner} answers for it)`,
    hint: `take it out of ${place.file}, line ${place.line}, or give it a new end`,
    ...(found.length > 0 && { accounts: found, count: found.length }),
    allowable: false,
  };
};

export const overdue: Guard = {
  name: GUARD,
  about: "exclusions, and protocols kept on, whose end has passed: told, never stopped",
  allowable: false,
  check: (input) => {
    const { plan, moment } = input;
    const today = localOf(moment, plan.timeZone).slice(0, 10);
    const ofCohorts = plan.cohorts.flatMap((cohort) =>
      cohort.except
        .filter((each) => isOver(each, today))
        .map(({ accounts, because, owner, until = today, place }): Finding => {
          const patterns = listed(accounts);
          const out = leftOut(input, cohort, accounts);
          const who = out.length === 0 ? "they are" : `${counted(out.length, "account")} ${out.length === 1 ? "is" : "are"}`;
          return {
            guard: GUARD,
            verdict: "go",
            detail: `the exclusion of ${patterns} from ${cohort.name} ended on ${formatDay(until)} and is overdue: ${who} still not asked (because: ${because}; ${owner} answers for it)`,
            hint: `take it out of ${place.file}, line ${place.line}, or give it a new end`,
            ...(out.length > 0 && { accounts: out, count: out.length }),
            allowable: false,
          };
        }),
    );
    return [
      ...ofCohorts,
      ...turnOffPhases(plan).flatMap((phase) => phase.turnOff.keepOn.filter((each) => isOver(each, today)).map((each) => keptOn(input, phase, each))),
    ];
  },
};
