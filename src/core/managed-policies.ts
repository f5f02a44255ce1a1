/**
 * Policies that Microsoft puts into a tenant, above all when security defaults go off. Nobody can delete or rename them;
 * their state is all that is changed, and only where the plan says so. Facts, sections 0 and 7.2.
 */

import type { Change } from "./changes.ts";
import type { Plan } from "./plan/plan.ts";
import type { PolicyState, ResourceOf } from "./tenant.ts";

const wantedState = (plan: Plan, state: PolicyState): PolicyState => {
  if (plan.microsoftManaged === "off") return "off";
  // Off already is quieter than report-only.
  return plan.microsoftManaged === "report-only" && state === "on" ? "report-only" : state;
};

/** What the plan's word for Microsoft's policies changes in those that are there. They bear no mark: `mark` tells the plan and the change apart. */
export const managedChanges = (plan: Plan, policies: readonly ResourceOf<"conditional-access">[]): readonly Change[] =>
  plan.mechanism !== "conditional-access"
    ? []
    : policies.flatMap(({ id, managed, settings }): readonly Change[] => {
        const state = wantedState(plan, settings.state);
        if (!managed || state === settings.state) return [];
        const key = `microsoft-${id}`;
        return [
          {
            kind: "conditional-access",
            key,
            action: "update",
            name: settings.name,
            id,
            phases: [],
            mark: { plan: plan.id, key },
            before: settings,
            after: { ...settings, state },
            fields: [{ path: "state", before: settings.state, after: state }],
            needs: [],
          },
        ];
      });
