/** Which groups that policies name are looked up, to see whether they are still there: a dead id matches nobody, and no policy says so. */

import { sortedOnce } from "./canonical.ts";
import type { Observed } from "./observed.ts";
import type { Plan } from "./plan/plan.ts";
import type { LookedUp, ObjectId } from "./tenant.ts";

/** A request each. */
const AT_MOST = 20;

/** Groups that the reads have shown already: those that bear a mark, and those in which somebody is who was looked up. */
export const groupsShown = ({ resources, emergency, access }: Pick<Observed, "resources" | "emergency" | "access">): ReadonlySet<ObjectId> => {
  const groups = resources["cohort-group"];
  const administrators = access?.type === "present" ? access.value.administrators : undefined;
  const accounts: readonly LookedUp[] = [...emergency, ...(administrators?.type === "present" ? administrators.value.looked : [])];
  const theirs = accounts.flatMap(({ account }) => (account.type === "present" && account.value.groups.type === "present" ? account.value.groups.value : []));
  return new Set([...(groups.type === "present" ? groups.value.map(({ id }) => id) : []), ...theirs]);
};

/**
 * All that the plan's own policies name, then those whose members policies of others leave out; a group of others that is gone
 * from those whom a policy asks asks fewer, which is for them to see.
 *
 * @returns sorted, ours first; past the first few the others are left unlooked.
 */
export const groupsToLookUp = (plan: Plan, observed: Pick<Observed, "resources" | "emergency" | "access">): readonly ObjectId[] => {
  const list = observed.resources["conditional-access"];
  // Without the list of groups, which of them are known is not known either.
  if (list.type !== "present" || observed.resources["cohort-group"].type !== "present") return [];
  const shown = groupsShown(observed);
  const unseen = (ids: readonly ObjectId[]): readonly ObjectId[] => sortedOnce(ids.filter((id) => !shown.has(id)));
  const isOwn = ({ managed, mark }: (typeof list.value)[number]): boolean => !managed && mark?.plan === plan.id;
  const own = unseen(list.value.filter(isOwn).flatMap(({ settings: { include, exclude } }) => [...include.groups, ...exclude.groups]));
  const others = unseen(list.value.filter((policy) => !isOwn(policy) && policy.settings.state !== "off").flatMap(({ settings }) => settings.exclude.groups));
  return [...own, ...others.filter((id) => !own.includes(id))].slice(0, AT_MOST);
};
