/** Where each phase stands by the clock, by what was begun early and by what is on hold. */

import type { PhaseCourse } from "./changes.ts";
import type { Progress } from "./observed.ts";
import type { Phase, Plan } from "./plan/plan.ts";
import type { Instant, PhaseId } from "./tenant.ts";

export const NO_PROGRESS: Progress = { begun: [], held: [] };

/**
 * The progress once a phase is begun by hand: its hold is released, and if its moment is still ahead it counts as begun.
 *
 * @throws RangeError when the plan has no such phase.
 */
export const progressWith = (plan: Plan, progress: Progress, moment: Instant, begin: PhaseId | undefined): Progress => {
  if (begin === undefined) return progress;
  const phase = plan.phases.find(({ id }) => id === begin);
  if (phase === undefined) throw new RangeError(`no phase ${begin} in the plan ${plan.id}`);
  const isAhead = phase.starts.instant > moment;
  return {
    begun: isAhead && !progress.begun.includes(begin) ? [...progress.begun, begin] : progress.begun,
    held: progress.held.filter((id) => id !== begin),
  };
};

/** The phases that start at the next moment at which one does. */
export const nextPhases = (plan: Plan, moment: Instant, progress: Progress): readonly Phase[] => {
  const ahead = plan.phases.filter(({ id, starts }) => starts.instant > moment && !progress.held.includes(id) && !progress.begun.includes(id));
  const next = Math.min(...ahead.map(({ starts }) => starts.instant));
  return ahead.filter(({ starts }) => starts.instant === next);
};

/** @param stage what starts next is staged, whatever the plan says of report-only. */
export const coursesOf = (plan: Plan, moment: Instant, progress: Progress, stage: boolean): ReadonlyMap<PhaseId, PhaseCourse> => {
  const next = stage ? nextPhases(plan, moment, progress) : [];
  return new Map(
    plan.phases.map((phase): readonly [PhaseId, PhaseCourse] => {
      if (progress.held.includes(phase.id)) return [phase.id, "held"];
      if (phase.starts.instant <= moment || progress.begun.includes(phase.id)) return [phase.id, "started"];
      if ((phase.reportOnlyFrom !== undefined && phase.reportOnlyFrom.instant <= moment) || next.includes(phase)) return [phase.id, "staged"];
      return [phase.id, "later"];
    }),
  );
};
