/** A change that is larger than a rollout's changes are is more often a mistake in a list or a read than a wish. */

import type { Change, Finding } from "../changes.ts";
import { nameWithoutMark } from "../mark.ts";
import { changesOf, counted, type Guard, type GuardInput, isOurs, keysOfCohort, listed, liveCohorts, phaseOf } from "./guard.ts";

const GUARD = "size";
/** Of count and share the smaller: a share of many is many, and a count of few is all of them. */
const LEAVERS = { count: 50, share: 0.1 };
const MISSING = { count: 1_000, share: 0.2 };
/** From a small group one or two may leave, whatever share they are. */
const SOME_LEAVERS = 2;
const DELETIONS = 3;

const smaller = ({ count, share }: { readonly count: number; readonly share: number }, of: number): number => Math.min(count, of * share);

const leavers = ({ observed }: GuardInput, change: Change): readonly Finding[] => {
  const removed = change.members?.removed ?? [];
  const members = change.id === undefined ? undefined : observed.members.get(change.id);
  const size = members?.type === "present" ? members.value.size : undefined;
  const most = size === undefined ? SOME_LEAVERS : Math.max(SOME_LEAVERS, smaller(LEAVERS, size));
  if (removed.length <= most) return [];
  const roster = observed.roster.type === "present" ? observed.roster.value : undefined;
  const [phase] = change.phases;
  return [
    {
      guard: GUARD,
      verdict: "stop",
      ...(phase !== undefined && { phase }),
      detail: `${counted(removed.length, "account")}${size === undefined ? "" : ` of ${size.toLocaleString("en-GB")}`} would leave the group "${nameWithoutMark(change.name)}"`,
      hint: "look at who they are (diff --json names them all); a list that was cut short or a wrong pattern looks like this",
      accounts: removed.map((id) => roster?.address(id) ?? id).sort(),
      count: removed.length,
      allowable: true,
      holds: [{ kind: change.kind, key: change.key }],
    },
  ];
};

/** A list that names nobody any longer removes nobody: as long as its group holds somebody, its phase protects them. */
const keepsMembers = ({ plan, observed, desired }: GuardInput, cohort: string): boolean => {
  const groups = observed.resources["cohort-group"];
  const keys = desired.resources.flatMap(({ key, membership }) => (membership?.cohort === cohort && membership.rule === "growing" ? [key] : []));
  if (groups.type !== "present") return false;
  return groups.value.some((group) => {
    const members = isOurs(plan, group) && group.mark !== undefined && keys.includes(group.mark.key) ? observed.members.get(group.id) : undefined;
    return members?.type === "present" && members.value.size > 0;
  });
};

/** The service has yet to find the members of a rule, and nothing is switched on that goes by it: other than its group being made as well. */
const isPending = ({ plan, desired, diff }: GuardInput, cohort: string): boolean => {
  if (plan.cohorts.find(({ name }) => name === cohort)?.source.type !== "dynamic") return false;
  const phases = desired.phases.filter(({ cohorts }) => cohorts.includes(cohort)).map(({ id }) => id);
  const own = diff.changes.filter(({ phases: asking }) => asking.some((id) => phases.includes(id)));
  const isMade = own.some(({ kind, action, after }) => kind === "cohort-group" && action === "create" && after !== undefined && "dynamic" in after);
  return isMade || !own.some(({ kind, after }) => kind === "conditional-access" && after !== undefined && "grant" in after && after.state === "on");
};

/** A list that cannot be used, or a group that is not there, is told of by the guard of lists already. */
const emptyCohorts = (input: GuardInput): readonly Finding[] => {
  const { observed, desired, plan } = input;
  if (observed.roster.type !== "present") return [];
  const roster = observed.roster.value;
  const told = new Set(observed.remarks.filter(({ type }) => type === "list-unusable" || type === "no-group").map(({ cohort }) => cohort));
  return [...liveCohorts(desired)]
    .filter(
      (cohort) =>
        !told.has(cohort) &&
        !isPending(input, cohort) &&
        plan.cohorts.some(({ name }) => name === cohort) &&
        roster.counts(cohort).in === 0 &&
        !keepsMembers(input, cohort),
    )
    .map((cohort): Finding => {
      const phase = phaseOf(desired, cohort);
      return {
        guard: GUARD,
        verdict: "stop",
        ...(phase !== undefined && { phase }),
        detail: `the cohort ${cohort} is nobody at all, so its phase would protect nobody`,
        hint: `look at its accounts, list or group in ${plan.file}`,
        count: 1,
        allowable: true,
        holds: keysOfCohort(desired, cohort),
      };
    });
};

const deletions = ({ diff }: GuardInput): readonly Finding[] => {
  const gone = diff.changes.filter(({ action }) => action === "delete");
  if (gone.length <= DELETIONS) return [];
  return [
    {
      guard: GUARD,
      verdict: "stop",
      detail: `${counted(gone.length, "resource")} would be deleted: ${listed(gone.map(({ name }) => `"${nameWithoutMark(name)}"`))}`,
      hint: "look whether phases are missing from the plan that should not be",
      count: gone.length,
      allowable: true,
      holds: gone.map(({ kind, key }) => ({ kind, key })),
    },
  ];
};

const fewerAccounts = ({ observed, history }: GuardInput): readonly Finding[] => {
  const before = history?.accounts;
  if (before === undefined || observed.roster.type !== "present") return [];
  const now = observed.roster.value.size;
  if (before - now <= smaller(MISSING, before)) return [];
  // Without keys: what the short list would change is the least of it, whom it leaves out nobody sees.
  return [
    {
      guard: GUARD,
      verdict: "unclear",
      detail: `the tenant shows ${counted(now, "account")}, the last run saw ${before.toLocaleString("en-GB")}: the list of accounts may be cut short`,
      hint: "run it again; if so many accounts are really gone, let it pass",
      count: before - now,
      allowable: true,
    },
  ];
};

export const size: Guard = {
  name: GUARD,
  about: "no group loses many members at once, no live cohort is empty, few things are deleted, and the accounts are about as many as last time",
  allowable: true,
  check: (input) => [
    ...changesOf(input.diff, "cohort-group").flatMap((change) => leavers(input, change)),
    ...emptyCohorts(input),
    ...deletions(input),
    ...fewerAccounts(input),
  ],
};
