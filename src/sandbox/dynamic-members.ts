/** Who is in the dynamic groups: computed from their rules as somebody asks, a while after a rule was written. */

import type { Instant } from "../runtime.ts";
import { type Collection, idOf } from "./collection.ts";
import type { WireObject } from "./fill.ts";
import type { Computed } from "./members.ts";
import { membershipTest, RuleInvalid, RuleUnknown } from "./rules/membership-rule.ts";
import { textsIn } from "./rules/shape.ts";

export type DynamicMembers = {
  /** Members of a group that follow from its rule, by its id in lower case; undefined for every other container. */
  readonly of: (container: string) => Computed | undefined;
  /** Takes note of a group that was filled in or written. */
  readonly note: (group: WireObject) => void;
};

type Source = { readonly groups: Collection; readonly users: Collection; readonly now: () => Instant; readonly lagMs: () => number };

/** Whether members follow the rule; while its processing is paused they stay as they are. */
export const followsRule = (group: WireObject): boolean =>
  textsIn(group["groupTypes"]).includes("DynamicMembership") && group["membershipRuleProcessingState"] === "On";

const nobody = (): boolean => false;

const testOf = (group: WireObject): ((user: WireObject) => boolean) => {
  const rule = group["membershipRule"];
  if (typeof rule !== "string") return nobody;
  try {
    return membershipTest(rule);
  } catch (error) {
    // Only a group that was filled in or put there can have such a rule: a route would have refused it.
    if (error instanceof RuleInvalid || error instanceof RuleUnknown) return nobody;
    throw error;
  }
};

export const createDynamicMembers = ({ groups, users, now: clock, lagMs }: Source): DynamicMembers => {
  const following = new Set<string>();
  const tests = new WeakMap<WireObject, (user: WireObject) => boolean>();

  const testAt = (id: string, now: Instant): ((user: WireObject) => boolean) => {
    const then = now - lagMs();
    const group = groups.seen(id, now);
    const created = group?.["createdDateTime"];
    if (group === undefined || (typeof created === "string" && Date.parse(created) > then)) return nobody;
    const counted = groups.seen(id, then) ?? group;
    const known = tests.get(counted) ?? testOf(counted);
    tests.set(counted, known);
    return known;
  };

  const computedOf = (id: string): Computed => ({
    has: (member, at) => {
      const now = Math.min(at, clock());
      const user = users.seen(member, now);
      return user !== undefined && testAt(id, now)(user);
    },
    rows: function* (at, after) {
      const now = Math.min(at, clock());
      const test = testAt(id, now);
      if (test === nobody) return;
      for (const { place, object } of users.rows(now, after, true)) if (test(object)) yield { place, id: idOf(object) };
    },
  });

  return {
    of: (container) => (following.has(container) ? computedOf(container) : undefined),
    note: (group) => {
      if (followsRule(group)) following.add(idOf(group));
      else following.delete(idOf(group));
    },
  };
};
