/** What stands on the page for the safe: how to undo a plan without this tool, and whom to call. */

import { desiredAt } from "./desired.ts";
import { asksForStates } from "./per-user-wishes.ts";
import { isoIn } from "./plan/moments.ts";
import type { Plan } from "./plan/plan.ts";
import { isHeld, progressIn } from "./progress.ts";
import type { Instant, Known, ObjectId, PhaseId, PolicyState, ResourceOf } from "./tenant.ts";

/** A policy by the name that the portal shows. Id and state only where the tenant was asked. */
export type CardPolicy = { readonly name: string; readonly id?: ObjectId; readonly state?: PolicyState };

/** What has to be undone by hand besides policies, each by clicks of its own. */
export type ByHand = "per-user" | "defaults-off" | "defaults-on" | "methods";

export type Card = {
  readonly plan: { readonly id: string; readonly name: string; readonly file: string; readonly zone: string };
  /** Missing where no tenant was asked. */
  readonly tenant?: { readonly id: ObjectId; readonly name: string };
  /** ISO 8601 with the plan's offset. */
  readonly printed: string;
  readonly contact?: { readonly name: string; readonly email: string };
  /** As they stand in the tenant, or as the plan will make them; sorted by name. */
  readonly policies: {
    readonly from: "tenant" | "plan";
    readonly list: readonly CardPolicy[] /** Why the tenant's own could not be read. */;
    readonly because?: string;
  };
  /** One of them is about registering methods, of which report-only tells nothing: it has to be off. */
  readonly registering: boolean;
  readonly byHand: readonly ByHand[];
  /** `missing`: the tenant was asked, and there is no such account. */
  readonly emergencyAccounts: readonly { readonly address: string; readonly missing: boolean }[];
  /** In order of their moments, which are the plan's own words: `2022-02-28T06:30`. */
  readonly phases: readonly { readonly id: PhaseId; readonly title: string; readonly starts: string; readonly note?: "begun early" | "on hold" }[];
};

/** What the tenant was seen to hold of the plan. */
export type CardGround = {
  readonly tenant: { readonly id: ObjectId; readonly name: string };
  readonly policies: Known<readonly ResourceOf<"conditional-access">[]>;
  readonly groups: Known<readonly ResourceOf<"cohort-group">[]>;
  /** Emergency accounts that it does not have. */
  readonly missing: readonly string[];
};

const byName = (one: CardPolicy, other: CardPolicy): number => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0);

/** Those that the plan will have made once its last phase has started. */
const planned = (plan: Plan): readonly CardPolicy[] => {
  const last = Math.max(0, ...plan.phases.map(({ starts }) => starts.instant));
  return desiredAt(plan, last)
    .resources.flatMap((each) => (each.kind === "conditional-access" ? [{ name: each.settings.name }] : []))
    .sort(byName);
};

/** Whatever bears the plan's mark, also what the plan no longer names: it asks people all the same. */
const standing = (plan: Plan, { policies }: CardGround): Card["policies"] => {
  if (policies.type !== "present") return { from: "plan", list: planned(plan), ...(policies.type === "unknown" && { because: policies.because }) };
  const own = policies.value.filter(({ mark, managed }) => !managed && mark?.plan === plan.id);
  if (own.length === 0) return { from: "plan", list: planned(plan) };
  return { from: "tenant", list: own.map(({ id, settings }) => ({ name: settings.name, id, state: settings.state })).sort(byName) };
};

const byHandOf = (plan: Plan): readonly ByHand[] => [
  ...(asksForStates(plan) ? (["per-user"] as const) : []),
  ...(plan.phases.some(({ securityDefaults }) => securityDefaults === "on") ? (["defaults-off"] as const) : []),
  // Whoever says what becomes of Microsoft's policies has left security defaults, or is about to.
  ...(plan.microsoftManaged !== undefined ? (["defaults-on"] as const) : []),
  ...(plan.phases.some(({ allowMethods }) => Object.values(allowMethods ?? {}).includes("off")) ? (["methods"] as const) : []),
];

/** @param ground undefined: no tenant was asked */
export const cardOf = (plan: Plan, ground: CardGround | undefined, now: Instant): Card => {
  const known = ground === undefined ? undefined : progressIn(ground.groups, plan.id);
  const progress = known?.type === "present" ? known.value : undefined;
  const noteOf = (id: PhaseId): "begun early" | "on hold" | undefined =>
    progress !== undefined && isHeld(progress, id) ? "on hold" : progress?.begun.includes(id) === true ? "begun early" : undefined;
  return {
    plan: { id: plan.id, name: plan.name, file: plan.file, zone: plan.timeZone },
    ...(ground !== undefined && { tenant: ground.tenant }),
    printed: isoIn(now, plan.timeZone),
    ...(plan.contact !== undefined && { contact: plan.contact }),
    policies: ground === undefined ? { from: "plan", list: planned(plan) } : standing(plan, ground),
    registering: plan.phases.some(({ protectRegistration }) => protectRegistration !== undefined),
    byHand: byHandOf(plan),
    emergencyAccounts: plan.emergencyAccounts.map((address) => ({ address, missing: ground?.missing.includes(address) === true })),
    phases: plan.phases.map(({ id, title, starts }) => {
      const note = noteOf(id);
      return { id, title, starts: starts.local, ...(note !== undefined && { note }) };
    }),
  };
};
