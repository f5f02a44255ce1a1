/**
 * Policies that Microsoft puts into a tenant, above all when security defaults go off. Nobody can delete or rename them;
 * their state is all that is changed, and only where the plan says so. Facts, sections 0 and 7.2.
 */

import type { Change, Desired } from "./changes.ts";
import { settingsOf } from "./kinds/index.ts";
import type { Observed } from "./observed.ts";
import type { Plan } from "./plan/plan.ts";
import { progressOf } from "./progress.ts";
import { asksEverywhere } from "./replacement.ts";
import type { PolicyState, ResourceOf } from "./tenant.ts";

const wantedState = (plan: Plan, state: PolicyState): PolicyState => {
  if (plan.microsoftManaged === "off") return "off";
  // Off already is quieter than report-only.
  return plan.microsoftManaged === "report-only" && state === "on" ? "report-only" : state;
};

const changesOf = (plan: Plan, policies: readonly ResourceOf<"conditional-access">[], needs: Change["needs"]): readonly Change[] =>
  policies.flatMap(({ id, managed, settings }): readonly Change[] => {
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
        needs,
      },
    ];
  });

/** Policies that turned up while security defaults went off; all of ours are on by then. */
export const appearedChanges = (plan: Plan, policies: readonly ResourceOf<"conditional-access">[]): readonly Change[] => changesOf(plan, policies, []);

/**
 * What the plan's word for Microsoft's policies changes in those that are there. They bear no mark: `mark` tells the plan and
 * the change apart. Ours come on first, so that nobody is without in between.
 *
 * @param changes those of our own policies.
 */
export const managedChanges = (plan: Plan, desired: Desired, observed: Observed, changes: readonly Change[]): readonly Change[] => {
  const list = observed.resources["conditional-access"];
  if (plan.mechanism !== "conditional-access" || list.type !== "present") return [];
  const progress = progressOf(observed, plan.id);
  const isWide = desired.resources.some(({ kind, settings }) => kind === "conditional-access" && settings.state === "on" && asksEverywhere(settings));
  // Where security defaults went off by our hand, Microsoft's policies are what stands in their place until ours do.
  if (progress.type === "present" && progress.value.defaults === "left" && !isWide) return [];
  const switchedOn = changes.filter(({ kind, after }) => kind === "conditional-access" && after !== undefined && settingsOf(kind, after).state === "on");
  return changesOf(
    plan,
    list.value,
    switchedOn.map(({ kind, key }) => ({ kind, key })),
  );
};
