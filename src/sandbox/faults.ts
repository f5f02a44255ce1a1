/** Bad days on purpose: which rule of the dials hits a request. */

import type { FaultEffect, FaultRule } from "./dials.ts";
import type { Store } from "./store.ts";

const matches = (rule: FaultRule, method: string, target: string): boolean =>
  (rule.method === undefined || rule.method.toUpperCase() === method) && new RegExp(rule.path, "i").test(target);

/**
 * What happens to a request. Every rule that it meets counts it, up to the first that hits it; the counts are part of the state.
 * @param target path and query below the version
 */
export const faultFor = (store: Store, method: string, target: string): FaultEffect | undefined => {
  const rules = store.dials.faults;
  const met = rules.map((_, index) => store.faultsMet[index] ?? 0);
  let hit: FaultEffect | undefined;
  let counted = false;
  for (const [index, rule] of rules.entries()) {
    const before = met[index] ?? 0;
    const isUsedUp = rule.times !== undefined && before >= rule.skip + rule.times;
    if (isUsedUp || !matches(rule, method, target)) continue;
    met[index] = before + 1;
    counted = true;
    if (before < rule.skip) continue;
    hit = rule.effect;
    break;
  }
  if (counted) store.write([{ type: "faults", met }]);
  return hit;
};
