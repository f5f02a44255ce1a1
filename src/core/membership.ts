/** Who joins and who leaves a cohort group. Half a million accounts pass here: ids only, no object an account. */

import { byText } from "./canonical.ts";
import type { Change, Membership } from "./changes.ts";
import type { IdIndex } from "./ids.ts";
import type { Observed } from "./observed.ts";
import type { Cohort, Plan } from "./plan/plan.ts";
import type { Roster } from "./roster.ts";
import type { Known, ObjectId } from "./tenant.ts";

export type Members = NonNullable<Change["members"]>;

const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1);

/** Whom the cohort's list sends away: those that a `leave` row names, themselves or by their domain. */
const leavesOf = ({ source }: Cohort): ((address: string) => boolean) => {
  if (source.type !== "file" || source.list.type !== "read") return () => false;
  const entries = new Set(source.list.rows.flatMap(({ entry, leaves }) => (leaves ? [entry] : [])));
  return (address) => entries.has(address) || entries.has(domainOf(address));
};

/** The list or group that says who is in could not be had: then nobody leaves because of it. */
const isUnread = (observed: Observed, cohort: Cohort): boolean =>
  observed.remarks.some((remark) => remark.cohort === cohort.name && (remark.type === "no-group" || remark.type === "list-unusable")) ||
  (cohort.source.type === "file" && cohort.source.list.type === "unusable");

const removedOf = (cohort: Cohort, { standing, rule }: Membership, roster: Roster, members: IdIndex): readonly ObjectId[] => {
  const leaves = leavesOf(cohort);
  const removed: ObjectId[] = [];
  for (const id of members) {
    if (roster.standing(id, cohort.name) === standing) continue;
    if (rule === "growing") {
      const address = roster.address(id);
      if (address === undefined || !leaves(address)) continue;
    }
    removed.push(id);
  }
  return removed.sort(byText);
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
  let wanted = 0;
  for (const id of roster.members(cohort.name, membership.standing)) {
    wanted += 1;
    if (there === undefined || !there.has(id)) added.push(id);
  }
  // When the group holds no more than those who are wanted and there, nobody is left over to be looked at.
  const others = there === undefined ? 0 : there.size - (wanted - added.length);
  const removed = there === undefined || others === 0 || isUnread(observed, cohort) ? [] : removedOf(cohort, membership, roster, there);
  return added.length + removed.length === 0 ? undefined : { added: added.sort(byText), removed };
};
