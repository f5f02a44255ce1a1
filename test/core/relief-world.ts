/** A tenant on a bad morning, for the tests of what helps there. */

import { applyChanges } from "../../src/core/after.ts";
import type { Step } from "../../src/core/changes.ts";
import type { Observed, Progress } from "../../src/core/observed.ts";
import { progressOf } from "../../src/core/progress.ts";
import { type Ground, haltOf, type ReliefPlan } from "../../src/core/relief.ts";
import { diffOfSteps } from "../../src/core/undo-changes.ts";
import { applied, at, plan, tenant } from "./county.ts";

export const COUNTY = plan();
export const NOV19 = at("2018-11-19");
export const NINE = NOV19 + 9 * 3_600_000;
export const HOUR = 3_600_000;
export const LIVE = applied(COUNTY, tenant(COUNTY), NOV19);

export const groundOf = ({ resources }: Observed): Ground => ({ policies: resources["conditional-access"], groups: resources["cohort-group"] });
export const withDone = (observed: Observed, { steps }: Pick<ReliefPlan, "steps">): Observed =>
  applyChanges(observed, diffOfSteps("county-2018", steps, observed));
export const halted = (observed: Observed, when = NINE): Observed => withDone(observed, haltOf(groundOf(observed), "county-2018", when));
export const told = (observed: Observed): Progress | undefined => {
  const known = progressOf(observed, "county-2018");
  return known.type === "present" ? known.value : undefined;
};
export const wordOf = ({ write, kind, key }: Step): string =>
  write.type === "update" && "grant" in write.before && "grant" in write.after
    ? `${key} ${write.before.state} -> ${write.after.state}`
    : `${write.type} ${kind} ${key}`;
export const ALDER = "alder.county.example";
