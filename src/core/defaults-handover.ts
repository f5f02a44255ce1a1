/**
 * From security defaults to conditional access, so that the tenant is never left with neither. The service lets no policy
 * be switched on beside the defaults: as long as the plan's policies do not cover everybody whom they cover, the policies
 * stay in report-only. When they do, the defaults go off and the policies on, with nothing in between.
 *
 * That the defaults went off by our hand stands in the plan's progress group, in the tenant: whoever finds them off, that
 * word there, and no policy in their place, closes the gap first, with or without a journal.
 */

import type { DefaultsCourse, Desired, DesiredOf, DesiredResource } from "./changes.ts";
import { byKindAndKey } from "./kinds/index.ts";
import type { Observed, Progress } from "./observed.ts";
import type { Plan } from "./plan/plan.ts";
import { PROGRESS_KEY, PROGRESS_NAME, progressOf, progressText, readProgress } from "./progress.ts";
import { asksEverywhere, isReplaced, restingState, uncoveredIn } from "./replacement.ts";
import { type ObjectId, type PhaseId, TENANT_KEY } from "./tenant.ts";

export type HandoverInput = {
  readonly plan: Plan;
  readonly observed: Observed;
  /** What the plan wants, were there no security defaults. */
  readonly desired: Desired;
  /** Observed as that would make it; only worked out where it matters. */
  readonly after: () => Observed;
  /** Of how many accounts an administrator said that they may do without what the defaults gave them. */
  readonly allowed: number;
  /** The policies cannot be switched on: a check stops it. */
  readonly stopped?: boolean;
};

type Policy = DesiredOf<"conditional-access">;
const isPolicy = (resource: DesiredResource): resource is Policy => resource.kind === "conditional-access";
const isOn = (resource: DesiredResource): resource is Policy => isPolicy(resource) && resource.settings.state === "on";

const phasesOf = (resources: readonly DesiredResource[]): readonly PhaseId[] => [...new Set(resources.flatMap(({ phases }) => phases))];

/** Nobody is asked: the policies stand in report-only, and so do their phases. */
const inReportOnly = (desired: Desired): Desired => {
  const kept = new Set(phasesOf(desired.resources.filter(isOn)));
  return {
    ...desired,
    phases: desired.phases.map((phase) =>
      phase.course === "started" && kept.has(phase.id) ? { ...phase, course: "waiting", wait: { for: "defaults" } } : phase,
    ),
    resources: desired.resources.map((each) => (isOn(each) ? { ...each, settings: { ...each.settings, state: restingState(each.settings) } } : each)),
  };
};

const withDefaults = (desired: Desired, enabled: boolean, phases: readonly PhaseId[], needs: Policy["needs"]): Desired => {
  const defaults: DesiredResource = { kind: "security-defaults", key: TENANT_KEY, settings: { enabled }, phases, ...(needs !== undefined && { needs }) };
  return { ...desired, resources: [...desired.resources.filter(({ kind }) => kind !== "security-defaults"), defaults].sort(byKindAndKey) };
};

const ownDefaults = (observed: Observed): ObjectId | undefined => {
  const list = observed.resources["security-defaults"];
  return list.type === "present" ? list.value[0]?.id : undefined;
};

/** The progress group with the word that the defaults went off by our hand. */
const withWord = (planId: string, desired: Desired, observed: Observed): Desired => {
  const known = progressOf(observed, planId);
  const there = desired.resources.find((each): each is DesiredOf<"cohort-group"> => each.kind === "cohort-group" && each.key === PROGRESS_KEY);
  const told: Progress = (there && readProgress(there.settings.description)) ?? (known.type === "present" ? known.value : { begun: [], held: [] });
  const settings = { name: there?.settings.name ?? PROGRESS_NAME, description: progressText(planId, { ...told, defaults: "left" }) };
  const group: DesiredResource = { kind: "cohort-group", key: PROGRESS_KEY, phases: there?.phases ?? [], settings };
  return { ...desired, resources: [...desired.resources.filter((each) => each !== there), group].sort(byKindAndKey) };
};

/** They are on again: should somebody else turn them off one day, that is no gap of ours. */
const withoutWord = (planId: string, desired: Desired): Desired => ({
  ...desired,
  resources: desired.resources.map((each) => {
    const told = each.kind === "cohort-group" && each.key === PROGRESS_KEY ? readProgress(each.settings.description) : undefined;
    if (each.kind !== "cohort-group" || told?.defaults === undefined) return each;
    const { defaults: _gone, ...others } = told;
    return { ...each, settings: { ...each.settings, description: progressText(planId, others) } };
  }),
});

/** The policy that asks most people comes on first: from then on the tenant is not bare. */
const first = (input: HandoverInput): string | undefined => {
  const { roster } = input.observed;
  const count = ({ settings, phases }: Policy): number => {
    if (settings.include.all) return Number.POSITIVE_INFINITY;
    const cohorts = input.desired.resources.flatMap((each) => {
      const isNamed = each.kind === "cohort-group" && settings.include.groups.includes(`@cohort-group/${each.key}`);
      return isNamed && each.membership?.standing === "in" ? [each.membership.cohort] : [];
    });
    return roster.type === "present" && phases.length > 0 ? cohorts.reduce((sum, cohort) => sum + roster.value.counts(cohort).in, 0) : 0;
  };
  const wide = input.desired.resources.filter(isOn).filter(({ settings }) => asksEverywhere(settings));
  return wide.map((each) => ({ key: each.key, people: count(each) })).sort((a, b) => b.people - a.people || (a.key < b.key ? -1 : 1))[0]?.key;
};

/** The policies need the defaults gone, and the defaults go for these policies alone: what holds the one back holds the other. */
const bound = (desired: Desired, keys: ReadonlySet<string>): Desired => ({
  ...desired,
  resources: desired.resources.map((each) =>
    isOn(each) && keys.has(each.key) ? { ...each, needs: [...(each.needs ?? []), { kind: "security-defaults", key: TENANT_KEY }] } : each,
  ),
});

const whileOn = (input: HandoverInput): Desired => {
  const { plan, desired, observed, after, allowed } = input;
  const on = desired.resources.filter(isOn);
  if (on.length === 0) return desired;
  const uncovered = uncoveredIn(after());
  const opening = first(input);
  const phases = phasesOf(on);
  const stay = (course: Extract<DefaultsCourse, { readonly type: "stay" }>): Desired => ({ ...withoutWord(plan.id, inReportOnly(desired)), defaults: course });
  if (uncovered.type !== "present") return stay({ type: "stay", phases, because: uncovered.type === "unknown" ? uncovered.because : "they were not read" });
  const { mfa, oldPrograms } = uncovered.value;
  const accounts = [...new Set([...mfa, ...oldPrograms])].sort();
  if (opening === undefined || accounts.length > allowed)
    return stay({ type: "stay", phases, mfa: mfa.length, oldPrograms: oldPrograms.length, accounts, isWide: opening !== undefined });
  const needs = on.map(({ kind, key }) => ({ kind, key }));
  const leaving = withWord(plan.id, withDefaults(bound(desired, new Set(on.map(({ key }) => key))), false, phases, needs), observed);
  return { ...leaving, defaults: { type: "leave", phases, first: opening, accounts } };
};

const isStaged = ({ plan, observed }: HandoverInput, key: string): boolean => {
  const list = observed.resources["conditional-access"];
  return (
    list.type === "present" &&
    list.value.some(({ mark, managed, settings }) => !managed && mark?.plan === plan.id && mark.key === key && settings.state === "report-only")
  );
};

/** The defaults are off by our hand, and nothing is in their place. */
const whileBare = (input: HandoverInput, id: ObjectId): Desired => {
  const { desired, stopped } = input;
  const opening = first(input);
  // Only what stands ready closes the gap with one write; else the defaults do.
  const isReady = opening !== undefined && isStaged(input, opening);
  if (isReady && stopped !== true) return { ...desired, defaults: { type: "close", by: "policies", first: opening, id } };
  const phases = phasesOf(desired.resources.filter(isOn));
  return { ...withDefaults(inReportOnly(desired), true, phases, undefined), defaults: { type: "close", by: "defaults", id } };
};

/** What the plan wants of a tenant in which security defaults are, or were, on. The same as before where they play no part. */
export const besideDefaults = (input: HandoverInput): Desired => {
  const { plan, desired, observed } = input;
  const { securityDefaults } = observed;
  if (plan.mechanism !== "conditional-access" || securityDefaults.type !== "present") return desired;
  if (securityDefaults.value) return whileOn(input);
  const progress = progressOf(observed, plan.id);
  const id = ownDefaults(observed);
  if (progress.type !== "present" || progress.value.defaults !== "left" || id === undefined) return desired;
  // Somebody halted the plan and knows that nothing asks any longer: the defaults would ask the same people again.
  if (progress.value.halted !== undefined && !desired.resources.some(isOn) && desired.phases.some(({ course }) => course === "held")) return desired;
  return observed.resources["conditional-access"].type !== "present" || isReplaced(observed) ? desired : whileBare(input, id);
};
