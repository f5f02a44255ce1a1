/** Where each phase stands by the clock, by its gate, by what was begun early and by what is on hold. */

import { byText } from "./canonical.ts";
import type { Gate, PhaseCourse, Wait } from "./changes.ts";
import { isGated } from "./cohorts.ts";
import type { Progress } from "./observed.ts";
import { localOf } from "./plan/moments.ts";
import { cohortsOf, type Phase, type Plan } from "./plan/plan.ts";
import { EVERY_PHASE, isHeld } from "./progress.ts";
import type { Instant, PhaseId } from "./tenant.ts";

export const NO_PROGRESS: Progress = { begun: [], held: [] };

/** What the tenant says of gates. */
export type Gates = {
  /** Of phases with a gate whose moment has come, or that are to begin by hand. */
  readonly of: ReadonlyMap<PhaseId, Gate>;
  /** Phases that the tenant is seen to carry out: they started, whatever anybody noted. */
  readonly live: ReadonlySet<PhaseId>;
  readonly areSamePeople: (one: Phase, other: Phase) => boolean;
};

/** While nothing is known of a tenant no gate is open, and cohorts are told apart by their names alone. */
export const NO_GATES: Gates = {
  of: new Map(),
  live: new Set(),
  areSamePeople: (one, other) => {
    const [a, b] = [cohortsOf(one), cohortsOf(other)];
    return a.length === 0 || b.length === 0 || a.some((name) => b.includes(name));
  },
};

export type Course = { readonly course: PhaseCourse; readonly wait?: Wait };
export type Courses = ReadonlyMap<PhaseId, Course>;

const inOrder = (phases: readonly Phase[]): readonly Phase[] => [...phases].sort((a, b) => a.starts.instant - b.starts.instant || byText(a.id, b.id));

/** The phases that start at the next moment at which one does. */
export const nextPhases = (plan: Plan, moment: Instant, progress: Progress): readonly Phase[] => {
  const ahead = plan.phases.filter(({ id, starts }) => starts.instant > moment && !isHeld(progress, id) && !progress.begun.includes(id));
  const next = Math.min(...ahead.map(({ starts }) => starts.instant));
  return ahead.filter(({ starts }) => starts.instant === next);
};

/** Whether the plan says that nothing starts on this day. */
const isDayOff = (plan: Plan, moment: Instant): boolean => plan.notOn.includes(localOf(moment, plan.timeZone).slice(0, 10));

/** @param stage what starts next is staged, whatever the plan says of report-only. */
export const coursesOf = (plan: Plan, moment: Instant, progress: Progress, stage: boolean, gates: Gates = NO_GATES): Courses => {
  const next = stage ? nextPhases(plan, moment, progress) : [];
  const waiting: Phase[] = [];

  const waitOf = (phase: Phase): Wait | undefined => {
    if (isGated(phase)) {
      if (gates.of.get(phase.id)?.state !== "open") return { for: "gate" };
      if (isDayOff(plan, moment)) return { for: "day" };
    }
    const before = waiting.find((each) => each.starts.instant < phase.starts.instant && gates.areSamePeople(each, phase));
    return before === undefined ? undefined : { for: "phase", phase: before.id };
  };

  const courseOf = (phase: Phase): Course => {
    if (isHeld(progress, phase.id)) return { course: "held" };
    if (progress.begun.includes(phase.id)) return { course: "started" };
    if (phase.starts.instant > moment) {
      const isStaged = (phase.reportOnlyFrom !== undefined && phase.reportOnlyFrom.instant <= moment) || next.includes(phase);
      return { course: isStaged ? "staged" : "later" };
    }
    const wait = gates.live.has(phase.id) ? undefined : waitOf(phase);
    if (wait === undefined) return { course: "started" };
    waiting.push(phase);
    return { course: "waiting", wait };
  };

  return new Map(inOrder(plan.phases).map((phase): readonly [PhaseId, Course] => [phase.id, courseOf(phase)]));
};

/**
 * The progress once a phase is begun by hand: its hold is released, and unless it starts by itself now it counts as begun.
 *
 * @throws RangeError when the plan has no such phase.
 */
export const progressWith = (plan: Plan, progress: Progress, moment: Instant, begin: PhaseId | undefined, gates: Gates = NO_GATES): Progress => {
  if (begin === undefined) return progress;
  if (!plan.phases.some(({ id }) => id === begin)) throw new RangeError(`no phase ${begin} in the plan ${plan.id}`);
  // Of a hold on everything the others stay on hold.
  const held = progress.held.includes(EVERY_PHASE) ? plan.phases.map(({ id }) => id) : progress.held;
  const released = { ...progress, held: isHeld(progress, begin) ? held.filter((id) => id !== begin) : progress.held };
  const startsByItself = coursesOf(plan, moment, released, false, gates).get(begin)?.course === "started";
  return startsByItself ? released : { ...released, begun: [...released.begun, begin] };
};

/** A phase that got through its gate has started, whoever is ready later: every machine is told. */
export const progressNoted = (plan: Plan, progress: Progress, courses: Courses): Progress => {
  const through = plan.phases.filter((phase) => isGated(phase) && courses.get(phase.id)?.course === "started" && !progress.begun.includes(phase.id));
  return through.length === 0 ? progress : { ...progress, begun: [...progress.begun, ...through.map(({ id }) => id)] };
};
