/** Exclusions whose end has passed and which the plan still has. Only time makes them wrong, so nothing is stopped. */

import type { Finding } from "../changes.ts";
import { formatDay, localOf } from "../plan/moments.ts";
import { globMatches, patternMatches, splitAddress } from "../plan/patterns.ts";
import type { Cohort } from "../plan/plan.ts";
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

export const overdue: Guard = {
  name: GUARD,
  about: "exclusions whose end has passed: told, never stopped",
  allowable: false,
  check: (input) => {
    const { plan, moment } = input;
    const today = localOf(moment, plan.timeZone).slice(0, 10);
    return plan.cohorts.flatMap((cohort) =>
      cohort.except
        // The day named is the last on which it holds.
        .filter(({ until }) => until !== undefined && until < today)
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
  },
};
