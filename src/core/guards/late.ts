/** A phase that would start on a day on which nothing may, or, unattended, long after the moment that people were told. */

import type { CoursedPhase, Finding } from "../changes.ts";
import { formatDay, formatMoment, localOf } from "../plan/moments.ts";
import type { Guard, GuardInput, Held } from "./guard.ts";

const GUARD = "late";

/** Nobody is asked anything by a group or by what is in report-only; what asked before and is put right is no start. */
const startsWith = ({ diff }: Pick<GuardInput, "diff">, id: string): readonly Held[] =>
  diff.changes
    .filter(({ phases, after, before, fields }) => {
      if (!phases.includes(id) || after === undefined) return false;
      if ("enabled" in after) return after.enabled;
      if (!("grant" in after) || after.state !== "on") return false;
      return before === undefined || !("grant" in before) || before.state !== "on" || fields.some(({ path }) => path === "clients");
    })
    .map(({ kind, key }) => ({ kind, key }));

type Asked = Pick<GuardInput, "plan" | "moment" | "desired" | "diff">;

/** Phases that these changes start, longer after their moment than the plan's window allows. Who waited at a gate starts when it opens. */
export const startedLate = (input: Asked): readonly CoursedPhase[] =>
  input.desired.phases.filter(
    ({ id, course, starts, gate }) =>
      course === "started" && gate === undefined && input.moment - starts.instant > input.plan.windowMs && startsWith(input, id).length > 0,
  );

const found = (input: GuardInput, phase: CoursedPhase): readonly Finding[] => {
  const { plan, moment, attended } = input;
  const { id, title, starts } = phase;
  const holds = startsWith(input, id);
  if (holds.length === 0) return [];
  const told = { guard: GUARD, verdict: "stop", phase: id, count: 1, allowable: true, holds } as const;
  const today = localOf(moment, plan.timeZone).slice(0, 10);
  if (plan.notOn.includes(today)) {
    return [{ ...told, detail: `${title} would start today, ${formatDay(today)}, on which the plan says that nothing starts`, hint: "apply on another day" }];
  }
  if (attended || !startedLate(input).includes(phase)) return [];
  return [
    {
      ...told,
      detail: `${title} was to start on ${formatMoment(starts.instant, plan.timeZone)}, which is longer ago than the plan's window allows: nobody expects it now`,
      hint: "apply asks, and then starts it",
    },
  ];
};

export const late: Guard = {
  name: GUARD,
  about: "nothing starts on a day on which the plan says so, nor, unattended, later than its window after its moment",
  allowable: true,
  check: (input) => input.desired.phases.flatMap((phase) => (phase.course === "started" ? found(input, phase) : [])),
};
