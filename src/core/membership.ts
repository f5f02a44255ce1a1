/** Who joins and who leaves a cohort group. Half a million accounts pass here: ids only, no object an account. */

import type { Change, Membership } from "./changes.ts";
import { cohortReader, partsOf } from "./cohorts.ts";
import { IdIndex } from "./ids.ts";
import type { Observed } from "./observed.ts";
import type { Cohort, Plan } from "./plan/plan.ts";
import type { Roster } from "./roster.ts";
import type { Known, ObjectId } from "./tenant.ts";

export type Members = NonNullable<Change["members"]>;

/** Whether an account that is in a growing group leaves it, by what cohorts say of leaving. One that the roster does not hold stays. */
const leavesOf = (plan: Plan, observed: Observed, cohort: Cohort, roster: Roster): ((id: ObjectId) => boolean) => {
  const emergencyIds = IdIndex.of(observed.emergency.flatMap(({ account }) => (account.type === "present" ? [account.value.id] : [])));
  const leaves = cohortReader(plan, new Map(), { emergencyIds }).leavers(cohort.name, ({ id }, other) => roster.standing(id, other));
  return (id) => {
    const address = roster.address(id);
    const flags = roster.flags(id);
    if (address === undefined || flags === undefined) return false;
    const { enabled, guest, pupil } = flags;
    return leaves({ id, address, name: address, enabled, guest, pupil, synced: false, aliases: [], nobody: false });
  };
};

const isUnread = (observed: Observed, { name, source }: Cohort): boolean =>
  observed.remarks.some((remark) => remark.cohort === name && (remark.type === "no-group" || remark.type === "list-unusable")) ||
  (source.type === "file" && source.list.type === "unusable");

/** A list or group that says who is in could not be had, here or in a part of a sum: then nobody leaves because of it. */
const isUnsure = (plan: Plan, observed: Observed, { name }: Cohort): boolean => {
  const parts = partsOf(plan, name);
  return plan.cohorts.some((cohort) => parts.has(cohort.name) && isUnread(observed, cohort));
};

/** What a sum leaves out could not be had: somebody may seem to be in who is not. */
const isTooMany = (plan: Plan, observed: Observed, { source }: Cohort): boolean => {
  if (source.type !== "sum") return false;
  const isLost = (name: string): boolean => plan.cohorts.some((cohort) => cohort.name === name && isUnsure(plan, observed, cohort));
  return source.without.some(isLost) || source.of.some((name) => plan.cohorts.some((cohort) => cohort.name === name && isTooMany(plan, observed, cohort)));
};

const removedOf = (members: IdIndex, isWanted: (id: ObjectId) => boolean, leaves: (id: ObjectId) => boolean): readonly ObjectId[] => {
  const removed: ObjectId[] = [];
  for (const id of members) if (!isWanted(id) && leaves(id)) removed.push(id);
  return removed.sort();
};

/**
 * @param members of the group as observed; undefined when the group is not there yet.
 * @returns undefined when nothing differs, and also when nobody can say: accounts or members that were not read move nobody.
 */
export const memberChanges = (plan: Plan, observed: Observed, membership: Membership, members: Known<IdIndex> | undefined): Members | undefined => {
  const cohort = plan.cohorts.find(({ name }) => name === membership.cohort);
  if (cohort === undefined || observed.roster.type !== "present" || members?.type === "unknown") return undefined;
  const roster = observed.roster.value;
  const there = members?.type === "present" ? members.value : undefined;
  const added: ObjectId[] = [];
  const isClosed = isTooMany(plan, observed, cohort);
  let wanted = 0;
  let kept = 0;
  for (const id of roster.members(cohort.name, membership.standing)) {
    wanted += 1;
    if (there?.has(id) === true) kept += 1;
    else if (!isClosed) added.push(id);
  }
  // When the group holds no more than those who are wanted and there, nobody is left over to be looked at.
  const others = there === undefined ? 0 : there.size - kept;
  // A group that came out empty looks like one that was not read whole.
  const isSuspect = isUnsure(plan, observed, cohort) || (cohort.source.type === "group" && wanted === 0);
  const leaves = membership.rule === "growing" ? leavesOf(plan, observed, cohort, roster) : () => true;
  const removed =
    there === undefined || others === 0 || isSuspect || membership.rule === "joining"
      ? []
      : removedOf(there, (id) => roster.standing(id, cohort.name) === membership.standing, leaves);
  return added.length + removed.length === 0 ? undefined : { added: added.sort(), removed };
};
