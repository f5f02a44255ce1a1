/** A phase that would start on a day on which nothing may, or, unattended, long after the moment that people were told. */

import type { Change, CoursedPhase, Finding } from "../changes.ts";
import { mailboxCount } from "../mailbox-changes.ts";
import { turnOffPhases } from "../mailbox-wishes.ts";
import { formatDay, formatMoment, localOf } from "../plan/moments.ts";
import type { Guard, GuardInput, Held } from "./guard.ts";

const GUARD = "late";

type Asked = Pick<GuardInput, "plan" | "moment" | "desired" | "diff" | "observed">;

/**
 * What comes back one by one, with a licence that changes hands or somebody new, is put right at any hour; a phase begins where more
 * than half of those it is about have yet to get what it wants.
 */
const isMost = (some: number, all: number): boolean => some * 2 > all;

const turnsOffMost = ({ plan, observed }: Asked, id: string): boolean => {
  const phase = turnOffPhases(plan).find((each) => each.id === id);
  const counts = phase === undefined ? null : mailboxCount(observed, phase);
  return counts !== null && isMost(counts.on, counts.count);
};

const setsMost = ({ plan, observed: { roster } }: Asked, { key, states }: Change): boolean => {
  const cohort = plan.cohorts.find(({ slug }) => slug === key);
  if (states === undefined || cohort === undefined || roster.type !== "present" || !roster.value.knows(cohort.name)) return false;
  return isMost(states.accounts.length, roster.value.counts(cohort.name).in);
};

/** Nobody is asked anything by a group or by what is in report-only; what asked before and is put right is no start. */
const isStart = (input: Asked, id: string, change: Change): boolean => {
  const { after, before, fields } = change;
  if (change.states !== undefined) return setsMost(input, change);
  if (change.kind === "mailbox-protocols" || change.kind === "mailbox-plan" || change.kind === "smtp-auth") return turnsOffMost(input, id);
  if (after === undefined) return false;
  if ("enabled" in after) return after.enabled;
  if (!("grant" in after) || after.state !== "on") return false;
  return before === undefined || !("grant" in before) || before.state !== "on" || fields.some(({ path }) => path === "clients");
};

const startsWith = (input: Asked, id: string): readonly Held[] =>
  input.diff.changes.filter((change) => change.phases.includes(id) && isStart(input, id, change)).map(({ kind, key }) => ({ kind, key }));

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
