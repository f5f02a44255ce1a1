/** What a plan wants of passwords alone: one authentication policy of its own, and that it is the tenant's default. */

import type { DesiredOf, PhaseCourse } from "./changes.ts";
import { nameWithMark } from "./mark.ts";
import { BASIC_ALLOWABLE, type BasicAllowable, type BlockBasic, type Phase, type Plan } from "./plan/plan.ts";
import { type BasicWord, type PhaseId, TENANT_KEY } from "./tenant.ts";

export const BASIC_KEY = "no-basic";

type BlockBasicPhase = Phase & { readonly blockBasic: BlockBasic };
const isBlockBasic = (phase: Phase): phase is BlockBasicPhase => phase.blockBasic !== undefined;

export const blockBasicPhases = ({ phases }: Pick<Plan, "phases">): readonly BlockBasicPhase[] => phases.filter(isBlockBasic);

/** What all of these phases let in: each takes something away. */
export const allowedBy = (phases: readonly BlockBasicPhase[]): readonly BasicAllowable[] =>
  BASIC_ALLOWABLE.filter((word) => phases.every(({ blockBasic }) => blockBasic.allow.includes(word)));

/**
 * The phases that block what the policy lets in now; all of them where it is not there, or lets in nothing that one blocks.
 * @param before what the policy lets in now; undefined where there is none yet.
 */
export const phasesOfBasic = (plan: Plan, wanted: readonly PhaseId[], before: readonly BasicWord[] = []): readonly PhaseId[] => {
  const blocking = blockBasicPhases(plan)
    .filter(({ id, blockBasic }) => wanted.includes(id) && before.some((word) => !blockBasic.allow.some((allowed) => allowed === word)))
    .map(({ id }) => id);
  return blocking.length > 0 ? blocking : wanted;
};

/** A phase on hold, or still ahead, wants nothing. */
export const wishedBasic = (
  plan: Plan,
  courses: ReadonlyMap<PhaseId, PhaseCourse>,
): readonly (DesiredOf<"authentication-policy"> | DesiredOf<"default-authentication-policy">)[] => {
  const started = blockBasicPhases(plan).filter(({ id }) => courses.get(id) === "started");
  if (started.length === 0) return [];
  const phases = started.map(({ id }) => id);
  const name = nameWithMark("No basic authentication", { plan: plan.id, key: BASIC_KEY });
  return [
    { kind: "authentication-policy", key: BASIC_KEY, settings: { name, allowBasic: allowedBy(started) }, phases },
    {
      kind: "default-authentication-policy",
      key: TENANT_KEY,
      settings: { defaultPolicy: `@authentication-policy/${BASIC_KEY}`, dehydrated: false },
      phases,
    },
  ];
};
