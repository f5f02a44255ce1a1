/** How many people something is about, and how many of them could not meet a demand for MFA today. */

import { byText } from "./canonical.ts";
import type { Change, Membership } from "./changes.ts";
import type { AccountCount } from "./document.ts";
import type { Observed } from "./observed.ts";
import type { Capable, Roster } from "./roster.ts";
import type { ObjectId } from "./tenant.ts";

const SAMPLE = 5;

/** Registration data that could not be had says of nobody that they are not ready. */
const isTold = (observed: Observed): boolean => observed.registration.type === "present";

/**
 * The enabled accounts of a cohort. Who does not stand in the registration report counts as not ready: nobody has seen a method of theirs.
 *
 * @returns undefined when the accounts could not be read, or this cohort's were not counted.
 */
export const accountsOf = (observed: Observed, cohort: string): AccountCount | undefined => {
  if (observed.roster.type !== "present" || !observed.roster.value.knows(cohort)) return undefined;
  const { enabled, notReady, unclear } = observed.roster.value.counts(cohort);
  return { count: enabled, notReady: isTold(observed) ? notReady + unclear : null, sample: observed.roster.value.sample(cohort, SAMPLE) };
};

const RANKS = { no: 0, unknown: 1, yes: 2 } as const satisfies Record<Capable, number>;

const accountsAmong = (observed: Observed, roster: Roster, ids: Iterable<ObjectId>): AccountCount => {
  let count = 0;
  let notReady = 0;
  const first: { readonly rank: number; readonly address: string }[] = [];
  for (const id of ids) {
    const flags = roster.flags(id);
    if (flags?.enabled !== true) continue;
    count += 1;
    if (flags.capable !== "yes") notReady += 1;
    const one = { rank: RANKS[flags.capable], address: roster.address(id) ?? id };
    const at = first.findIndex((each) => one.rank - each.rank < 0 || (one.rank === each.rank && byText(one.address, each.address) < 0));
    if (at < 0 && first.length >= SAMPLE) continue;
    first.splice(at < 0 ? first.length : at, 0, one);
    if (first.length > SAMPLE) first.pop();
  }
  return { count, notReady: isTold(observed) ? notReady : null, sample: first.map(({ address }) => address) };
};

/**
 * Those whom a cohort's group holds once its change is made. A list that grows, or that could not be read this time, says less than its group.
 *
 * @returns undefined when the group is not there, or it or the accounts could not be read.
 */
export const accountsInGroup = (observed: Observed, group: ObjectId, change: Change | undefined): AccountCount | undefined => {
  const members = observed.members.get(group);
  if (observed.roster.type !== "present" || members?.type !== "present") return undefined;
  const ids = new Set([...members.value, ...(change?.members?.added ?? [])]);
  for (const id of change?.members?.removed ?? []) ids.delete(id);
  return accountsAmong(observed, observed.roster.value, ids);
};

/**
 * Who comes to be asked by joining a cohort's group, by leaving a group of exceptions or by a state; where nobody does, who comes to be spared.
 *
 * @param cohort whose group it is
 * @param standing of those whom the group holds
 * @returns undefined when it is nobody one could count, or the accounts could not be read.
 */
export const accountsMoved = (observed: Observed, change: Change, cohort: string | undefined, standing: Membership["standing"]): AccountCount | undefined => {
  if (observed.roster.type !== "present") return undefined;
  const roster = observed.roster.value;
  if (change.states !== undefined) {
    return accountsAmong(
      observed,
      roster,
      change.states.accounts.map(({ id }) => id),
    );
  }
  if (change.mailboxes !== undefined) {
    const owners = observed.mailboxes?.type === "present" ? observed.mailboxes.value : undefined;
    return accountsAmong(
      observed,
      roster,
      change.mailboxes.flatMap(({ id }) => owners?.ownerOf(id) ?? []),
    );
  }
  if (cohort === undefined) return undefined;
  if (change.members === undefined || change.action === "delete") return undefined;
  const { added, removed } = change.members;
  // A whole cohort is counted without looking at each of its ids.
  if (standing === "in" && removed.length === 0 && added.length === roster.counts(cohort).in) return accountsOf(observed, cohort);
  const [asked, spared] = standing === "in" ? [added, removed] : [removed, added];
  return accountsAmong(observed, roster, asked.length > 0 ? asked : spared);
};
